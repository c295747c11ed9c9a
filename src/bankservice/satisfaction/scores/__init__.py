"""Scores of one group at one time, each with how sure it is."""

__all__: tuple[str, ...] = ()
