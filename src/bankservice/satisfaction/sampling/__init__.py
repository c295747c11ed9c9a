"""Whom to ask, and how many: sizes, allocation, the draw, response."""

__all__: tuple[str, ...] = ()
