"""Scores compared: between two times, among several units, against what may be published."""

__all__: tuple[str, ...] = ()
