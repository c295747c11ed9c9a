"""All scores of a wave of answers, as they may be told."""

__all__: tuple[str, ...] = ()
