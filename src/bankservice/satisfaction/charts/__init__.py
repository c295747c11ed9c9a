"""Scores over time: control charts and trend."""

__all__: tuple[str, ...] = ()
