"""Treatments: what is due to a customer at a stage, as intents with cool-down and caps."""

__all__: tuple[str, ...] = ()
