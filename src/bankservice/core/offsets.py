"""
Local clocks on the UTC line: where a zone's offset is constant, where a local date begins.

Instants are integers here: microseconds since 1970-01-01T00:00Z.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from bankservice.core.calendar import zone_of

__all__ = [
    "DAY",
    "EPOCH",
    "EPOCH_ORDINAL",
    "HOUR",
    "MICROSECOND",
    "MINUTE",
    "Segment",
    "Spans",
    "first_instant",
    "last_close",
    "segments",
    "year_of",
    "year_start",
]

_SECOND: Final = 1_000_000

MINUTE: Final = 60_000_000
"""A minute in microseconds."""

HOUR: Final = 60 * MINUTE
"""An hour in microseconds."""

DAY: Final = 24 * HOUR
"""24 hours in microseconds."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant called 0."""

EPOCH_ORDINAL: Final = EPOCH.toordinal()
"""Ordinal of the date of that instant."""

MICROSECOND: Final = timedelta(microseconds=1)
"""The unit of every integer here."""

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Opening hours of one local date, half-open, in microseconds of its clock, in order and apart."""


class Segment(NamedTuple):
    """
    A stretch of the UTC line on which a zone's offset is constant.

    Attributes:
        start: Its first instant.
        end: The first instant after it.
        offset: What is added to UTC to read the local clock.
        clear: From here on no local time repeats one of the segment before.
    """

    start: int
    end: int
    offset: int
    clear: int


def year_of(at: int) -> int:
    """Return the UTC year in which an instant lies."""
    return date.fromordinal(at // DAY + EPOCH_ORDINAL).year


def year_start(year: int) -> int:
    """Return the first instant of a UTC year."""
    return (date(year, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY


@lru_cache(maxsize=4096)
def segments(zone: str, year: int) -> tuple[Segment, ...]:
    """
    Return the stretches of constant offset of a UTC year.

    The zone data cannot be asked for its changes, so the offset is read at every UTC midnight and
    in the year's last second, and a change between two is searched for. No zone has ever changed
    twice within three days, and none within a second.
    """
    home = zone_of(zone)

    def offset(at: int) -> int:
        found = (EPOCH + at * MICROSECOND).astimezone(home).utcoffset()
        assert found is not None, "the zone data give every instant an offset"
        return found // MICROSECOND

    start, end = year_start(year), year_start(year + 1)
    earlier, current = offset(start - DAY), offset(start)
    found = []
    for at in (*range(start + DAY, end, DAY), end - _SECOND):
        later = offset(at)
        if later != current:
            change = _change(offset, at - DAY, at, later)
            found.append(Segment(start, change, current, start + max(0, earlier - current)))
            start, earlier, current = change, current, later
    found.append(Segment(start, end, current, start + max(0, earlier - current)))
    return tuple(found)


def _change(offset: Callable[[int], int], low: int, high: int, after: int) -> int:
    """Return the first instant after *low*, up to *high*, with the offset *after*."""
    while high - low > _SECOND:
        middle = (low + high) // (2 * _SECOND) * _SECOND
        if offset(middle) == after:
            high = middle
        else:
            low = middle
    return high


def first_instant(zone: str, ordinal: int) -> int:
    """
    Return the first instant of a local date; of a date that the clocks skip, that of the next one.
    """
    midnight = (ordinal - EPOCH_ORDINAL) * DAY
    around = date.fromordinal(ordinal)
    years = {(around - timedelta(days=2)).year, (around + timedelta(days=2)).year}
    return next(
        at
        for year in sorted(years)
        for start, end, offset, _ in segments(zone, year)
        for at in [max(start, midnight - offset)]
        if at < end
    )


def last_close(zone: str, ordinal: int, spans: Spans) -> int | None:
    """Return the last closing edge of a local date with these hours; None where it never opens."""
    midnight = (ordinal - EPOCH_ORDINAL) * DAY
    around = date.fromordinal(ordinal)
    years = {(around - timedelta(days=2)).year, (around + timedelta(days=2)).year}
    edges = [
        close
        for year in years
        for start, end, offset, _ in segments(zone, year)
        for opening, closing in spans
        for close in [min(midnight - offset + closing, end)]
        if max(midnight - offset + opening, start) < close
    ]
    return max(edges, default=None)
