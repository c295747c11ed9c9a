"""Local days as the books count them."""

from __future__ import annotations

from datetime import date, timedelta

from bankservice.loyalty.programme.dates import start_of

__all__ = ["end_of"]


def end_of(zone: str, day: date) -> int:
    """
    Return the last instant of a local day, in microseconds of the UTC line.

    A balance "on 31 March" means the end of that day in the programme's zone.
    """
    return start_of(zone, day + timedelta(days=1)) - 1
