"""
How long to wait before a customer is asked again: windows between days, and quiet hours.

Every window is held against what comes after as well as before: an invitation that is told late
must not come closer to a later one either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil
from typing import Final

from bankservice.core.calendar import Period, in_utc, zone_of
from bankservice.satisfaction.campaigns.table import QuietHours

__all__ = ["YEAR", "always_quiet", "crowded", "free_day", "is_quiet", "near", "quiet_until"]

YEAR: Final = Period(months=12)
"""The stretch in which the most invitations a year are counted."""


def near(one: date, other: date, window: Period) -> bool:
    """Tell whether two days are closer than a window allows, whichever comes first."""
    first, second = (one, other) if one <= other else (other, one)
    return second < window.after(first)


def crowded(days: Sequence[date], on: date, most: int) -> bool:
    """Tell whether one more on a day makes more than *most* in some stretch of twelve months."""
    every = sorted((*days, on))
    for start in every:
        end = YEAR.after(start)
        if start <= on < end and sum(start <= day < end for day in every) > most:
            return True
    return False


def free_day(
    days: Iterable[date], on: date, window: Period, blocked: Callable[[date], bool]
) -> date:
    """
    Return the first day from *on* that is not blocked.

    Args:
        days: Days that block, each up to the end of its window.
        on: The day asked.
        window: How long a day blocks at most.
        blocked: Tells whether a day is.
    """
    if not blocked(on):
        return on
    ends = sorted({end for day in days if (end := window.after(day)) > on})
    return next(end for end in ends if not blocked(end))


def is_quiet(quiet: Iterable[QuietHours], moment: datetime, zone: str) -> bool:
    """Tell whether an instant falls into quiet hours of a zone's local clock."""
    clock = in_utc(moment).astimezone(zone_of(zone)).time()
    return any(_holds(row, clock.replace(fold=0)) for row in quiet)


def _holds(row: QuietHours, clock: time) -> bool:
    start, until = row.start, row.until
    if start < until:
        return start <= clock < until
    return clock >= start or clock < until


def quiet_until(quiet: Sequence[QuietHours], moment: datetime, zone: str) -> datetime:
    """Return the first instant from *moment* on at which no row of quiet hours holds."""
    if not is_quiet(quiet, moment, zone):
        return moment
    return next(end for end in _ends(quiet, moment, zone) if not is_quiet(quiet, end, zone))


def _ends(quiet: Sequence[QuietHours], moment: datetime, zone: str) -> Iterator[datetime]:
    """Yield the instants after *moment* at which a row ends, by the local clock; soonest first."""
    home, start = zone_of(zone), in_utc(moment)
    today = start.astimezone(home).date()
    while True:
        # Where the clock is put back, a time comes twice: both are looked at.
        yield from sorted(
            {end for row in quiet for end in _comings(today, row.until, home) if end > start}
        )
        today += timedelta(days=1)


def _comings(day: date, clock: time, home: tzinfo) -> Iterator[datetime]:
    """Yield when a local clock shows a time on a day, or passes over it."""
    first, second = (
        datetime.combine(day, clock, tzinfo=home).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    )
    yield from (first, second)
    if second < first:
        yield _put_forward(second, first, home)


def _put_forward(before: datetime, after: datetime, home: tzinfo) -> datetime:
    """Return the instant between two, to the second, at which a local clock is put forward."""
    was = before.astimezone(home).utcoffset()
    start, low, high = before.replace(microsecond=0), 0, ceil((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        offset = (start + timedelta(seconds=middle)).astimezone(home).utcoffset()
        low, high = (middle, high) if offset == was else (low, middle)
    return start + timedelta(seconds=high)


def always_quiet(quiet: Sequence[QuietHours]) -> bool:
    """Tell whether rows leave no time of the day."""
    return bool(quiet) and all(any(_holds(row, other.until) for row in quiet) for other in quiet)
