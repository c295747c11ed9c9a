"""
The open intervals of a calendar on the UTC line, year by year.

An instant is open if and only if its local clock stands inside the hours of its local date. So an
opening inside a spring gap begins where the gap ends, and hours over an autumn change contain the
repeated hour twice. Nothing is ever put at "midnight": a local date begins with the first instant
that bears it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import accumulate, pairwise
from operator import sub
from typing import Final, NamedTuple

from bankservice.core.errors import BankServiceError
from bankservice.core.offsets import (
    DAY,
    EPOCH_ORDINAL,
    Spans,
    first_instant,
    segments,
    year_of,
    year_start,
)

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "BeyondHorizonError",
    "Chunk",
    "OpenTime",
    "Table",
    "chunk_of",
]

FIRST_YEAR: Final = 1900
"""First year a calendar can be asked about."""

LAST_YEAR: Final = 2200
"""Last year a calendar can be asked about."""


class BeyondHorizonError(BankServiceError, OverflowError):
    """A question needs days before the first or after the last that a calendar has."""

    def __init__(self, calendar: str, first: date, last: date) -> None:
        super().__init__(calendar, first, last)
        self.calendar = calendar
        self.first = first
        self.last = last

    def __str__(self) -> str:
        return (
            f"{self.calendar or 'the calendar'} reaches from {self.first} to {self.last}, and the "
            "answer lies beyond that horizon. Ask for days within it, or add a version."
        )


class Chunk(NamedTuple):
    """
    The open intervals of one UTC year.

    Attributes:
        opens: Opening edges.
        closes: Closing edges.
        shifts: By interval, the offset of its local clock if that is the same for all of it and
            its end and no local time is ambiguous; else None.
        days: Ordinals of the local dates with open time in it.
    """

    opens: list[int]
    closes: list[int]
    shifts: list[int | None]
    days: list[int]


class Table(NamedTuple):
    """
    The open intervals of some years on end, with the open time before each.

    Attributes:
        floor: First instant it covers.
        ceiling: First instant it does not cover.
        opens: Opening edges; the first row is empty and stands at the floor.
        closes: Closing edges.
        before: Open time between the floor and each opening; one row more has all of it.
        base: What is added to an instant inside an interval to get the open time before it.
        shifts: As those of a chunk.
        days: Ordinals of the local dates with open time.
        clear: Stretches of the local clock on which no time is skipped or comes twice: where each
            begins and ends, in turn.
        offsets: The offset of each of them.
        first_year: First UTC year it covers.
        last_year: Last UTC year it covers.
    """

    floor: int
    ceiling: int
    opens: list[int]
    closes: list[int]
    before: list[int]
    base: list[int]
    shifts: list[int | None]
    days: list[int]
    clear: list[int]
    offsets: list[int]
    first_year: int
    last_year: int

    @classmethod
    def of(cls, zone: str, chunks: Mapping[int, Chunk], floor: int, ceiling: int) -> Table:
        """
        Join the chunks of years on end.

        Args:
            zone: Whose clock the hours are read on.
            chunks: By year.
            floor: No instant before it is covered.
            ceiling: No instant from it on is covered.
        """
        first, last = min(chunks), max(chunks)
        floor = max(floor, year_start(first))
        joined = Chunk([floor], [floor], [None], [])
        days = joined.days
        for year in range(first, last + 1):
            chunk = chunks[year]
            for row in zip(chunk.opens, chunk.closes, chunk.shifts, strict=True):
                _append(joined, *row)
            # A local date that lies in two UTC years is counted once.
            days.extend(chunk.days[1:] if days[-1:] == chunk.days[:1] else chunk.days)
        opens, closes, shifts, _ = joined
        before = list(accumulate(map(sub, closes, opens), initial=0))
        base = list(map(sub, before, opens))
        ceiling = min(ceiling, year_start(last + 1))
        # A year more, for the offset that comes after the last.
        line = [one for year in range(first, last + 2) for one in segments(zone, year)]
        clear = [
            edge + one.offset if edge == one.clear else edge + min(one.offset, after.offset)
            for one, after in pairwise(line)
            for edge in (one.clear, one.end)
        ]
        return cls(
            floor,
            ceiling,
            opens,
            closes,
            before,
            base,
            shifts,
            days,
            clear,
            [one.offset for one in line],
            first,
            last,
        )


def _append(chunk: Chunk, opening: int, closing: int, shift: int | None) -> None:
    """Append an interval; one that touches the last is merged with it, so that edges are real."""
    opens, closes, shifts, _ = chunk
    if closes and opens[-1] < closes[-1] == opening:
        closes[-1] = closing
        if shifts[-1] != shift:
            shifts[-1] = None
    else:
        opens.append(opening)
        closes.append(closing)
        shifts.append(shift)


def chunk_of(zone: str, year: int, spans_of: Callable[[int], Spans]) -> Chunk:
    """
    Return the open intervals of a UTC year.

    Args:
        zone: Whose clock the hours are read on.
        year: The year.
        spans_of: Gives the opening hours of a local date by its ordinal.
    """
    chunk = Chunk([], [], [], [])
    days = chunk.days
    for start, end, offset, clear in segments(zone, year):
        first = (start + offset) // DAY
        last = (end + offset - 1) // DAY
        for day in range(first, last + 1):
            midnight = day * DAY - offset
            for opening, closing in spans_of(day + EPOCH_ORDINAL):
                edge = max(midnight + opening, start)
                close = min(midnight + closing, end)
                if edge < close:
                    plain = clear <= edge and close < end
                    _append(chunk, edge, close, offset if plain else None)
                    if not days or days[-1] < day + EPOCH_ORDINAL:
                        days.append(day + EPOCH_ORDINAL)
    return chunk


class OpenTime:
    """The open time of one calendar: years laid out as they are needed, within its horizon."""

    __slots__ = ("_chunks", "_first", "_last", "_name", "_spans_of", "_zone", "table")

    table: Table
    """The years laid out so far."""

    def __init__(
        self, name: str, zone: str, spans_of: Callable[[int], Spans], first: int, last: int
    ) -> None:
        """
        Lay out nothing yet.

        Args:
            name: Of the calendar, for messages.
            zone: Whose clock the hours are read on.
            spans_of: Gives the opening hours of a local date by its ordinal; it is asked for dates
                within the horizon only.
            first: Ordinal of the first local date of the horizon.
            last: Ordinal of the last one.
        """
        self._name = name
        self._zone = zone
        self._spans_of = spans_of
        self._first = first
        self._last = last
        self._chunks: dict[int, Chunk] = {}
        self.table = _NOTHING

    @property
    def limits(self) -> tuple[int, int]:
        """The first instant of the horizon and the first one after it."""
        return first_instant(self._zone, self._first), first_instant(self._zone, self._last + 1)

    def beyond(self) -> BeyondHorizonError:
        """Return the error for a question that needs more than the horizon."""
        first, last = date.fromordinal(self._first), date.fromordinal(self._last)
        return BeyondHorizonError(self._name, first, last)

    def reach(self, first: int, last: int) -> Table:
        """
        Return a table that covers two instants; its ceiling is covered as an end.

        Raises:
            BeyondHorizonError: If one of them lies beyond the horizon.
        """
        if last < first:
            first, last = last, first
        table = self.table
        if table.floor <= first and last <= table.ceiling:
            return table
        floor, ceiling = self.limits
        if first < floor or last > ceiling:
            raise self.beyond()
        return self._lay_out(year_of(first), year_of(last))

    def reach_days(self, first: int, last: int) -> Table:
        """
        Return a table that covers the local dates after *first* up to *last*.

        Raises:
            BeyondHorizonError: If one of them lies beyond the horizon.
        """
        if first < self._first - 1 or last > self._last:
            raise self.beyond()
        # No zone's clock is two days from UTC.
        from_year = date.fromordinal(first - 1).year
        to_year = date.fromordinal(last + 2).year
        table = self.table
        if table.first_year <= from_year and to_year <= table.last_year:
            return table
        return self._lay_out(from_year, to_year)

    def later(self, table: Table) -> Table:
        """
        Return a table that reaches further on: each time twice as far, so that few are built.

        Raises:
            BeyondHorizonError: If *table* reaches the end of the horizon.
        """
        if table.ceiling >= self.limits[1]:
            raise self.beyond()
        years = table.last_year - table.first_year + 1
        return self._lay_out(table.first_year, min(table.last_year + years, LAST_YEAR + 1))

    def earlier(self, table: Table) -> Table:
        """
        Return a table that reaches further back.

        Raises:
            BeyondHorizonError: If *table* reaches the beginning of the horizon.
        """
        if table.floor <= self.limits[0]:
            raise self.beyond()
        years = table.last_year - table.first_year + 1
        return self._lay_out(max(table.first_year - years, FIRST_YEAR - 1), table.last_year)

    def _lay_out(self, first: int, last: int) -> Table:
        held = self.table
        if held is not _NOTHING:
            first, last = min(first, held.first_year), max(last, held.last_year)
        chunks = {year: self._chunk(year) for year in range(first, last + 1)}
        # Built whole before it is kept: another thread sees the old table or the new one.
        self.table = table = Table.of(self._zone, chunks, *self.limits)
        return table

    def _chunk(self, year: int) -> Chunk:
        chunk = self._chunks.get(year)
        if chunk is None:
            chunk = self._chunks[year] = chunk_of(self._zone, year, self._within)
        return chunk

    def _within(self, ordinal: int) -> Spans:
        return self._spans_of(ordinal) if self._first <= ordinal <= self._last else ()


_NOTHING: Final = Table(1, 0, [], [], [], [], [], [], [], [], 1, 0)
"""A table that covers nothing."""
