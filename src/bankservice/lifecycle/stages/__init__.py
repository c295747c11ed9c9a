"""Stages: a customer's relationship as a fold of active days, clocks and closures."""

__all__: tuple[str, ...] = ()
