"""Weights that make those who answered stand for those who were meant."""

__all__: tuple[str, ...] = ()
