"""Calling back who was not satisfied."""

__all__: tuple[str, ...] = ()
