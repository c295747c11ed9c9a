"""Instants of the edge, as the account counts them: microseconds of the UTC line."""

from __future__ import annotations

from datetime import datetime

import pendulum

from bankservice.core.calendar import in_utc, instant
from bankservice.core.offsets import EPOCH, MICROSECOND

__all__ = ["micros", "moment"]


def micros(at: datetime) -> int:
    """
    Return an aware instant as microseconds of the UTC line.

    Raises:
        ValueError: If it is naive.
    """
    return (in_utc(at) - EPOCH) // MICROSECOND


def moment(at: int, zone: str = "UTC") -> pendulum.DateTime:
    """Return an instant as people of *zone* read it."""
    return instant(EPOCH + at * MICROSECOND, zone)
