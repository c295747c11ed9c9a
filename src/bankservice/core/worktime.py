"""
Working time: adding it, measuring it, counting business days.

A calendar is a set of half-open open intervals on the UTC line. With `W(t)` the open time before
an instant `t`, `between(a, b)` is `W(b) - W(a)`, and `add(t, n)` the earliest instant `u` with
`W(u) = W(t) + n`: a full day from opening ends at the closing edge, not at the next opening. For
negative amounts it is the latest such instant, so that taking away what was added gives the next
opening. Both are one or two searches in a sorted table, whatever the span.

    Mon-Fri 09:00-17:00
    add(Fri 16:00, 8 h)  = Mon 16:00
    add(Mon 09:00, 8 h)  = Mon 17:00
    add(Mon 17:00, -8 h) = Mon 09:00

A business day is a local date with open time. Years are laid out when they are first needed, from
1900 to 2200.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeAlias

import attrs

from bankservice.core.calendar import Period, aware, zone_of
from bankservice.core.hours import Closed, Hours, Schedule
from bankservice.core.offsets import (
    EPOCH,
    MICROSECOND,
    first_instant,
    last_close,
)
from bankservice.core.open_time import FIRST_YEAR, LAST_YEAR, OpenTime, Table
from bankservice.core.policy import PolicyRef, Version

__all__ = [
    "Roll",
    "WorkingCalendar",
]

_ONE: Final = timedelta(days=1)

_minus: Final = datetime.__sub__
"""The plain difference, also of a subclass that has another one, as pendulum's."""

Roll: TypeAlias = Literal["none", "following", "preceding"]
"""Where a last day that is no business day moves to."""


class WorkingCalendar:
    """
    The working time of a desk, a bank or a country. Immutable; equal by id and version refs.

    Each local date takes its hours from the version in force on it. Instants may be written in any
    zone; they come back in the calendar's own. Dates are local dates of that zone.
    """

    __slots__ = (
        "_home",
        "_key",
        "_known",
        "_local",
        "_open",
        "_schedule",
        "id",
        "known_from",
        "known_through",
        "zone",
    )

    id: str
    """Id of its policy."""
    zone: str
    """Whose clock its hours are read on."""
    known_from: date | None
    """First day its public holidays are known; None where none are linked."""
    known_through: date | None
    """Last day they are known without a gap; None where none are linked."""

    def __init__(self, calendar_id: str, zone: str, hours: tuple[Hours, ...]) -> None:
        """
        Build a calendar.

        Args:
            calendar_id: Id of its policy.
            zone: IANA name of the zone.
            hours: What its versions say, by since, then known_on; of those with one since the last
                counts. One alone may lack its version: it then holds at all times.
        """
        self.id = calendar_id
        self.zone = zone
        self._home = zone_of(zone)
        self._local = datetime(1970, 1, 1, tzinfo=self._home)
        self._schedule = schedule = Schedule(hours)
        first = max(hours[0].since, date(FIRST_YEAR, 1, 1)).toordinal()
        last = min(hours[-1].until, date(LAST_YEAR, 12, 31)).toordinal()
        self._open = OpenTime(calendar_id, zone, schedule.spans, first, last)
        # Laid out when first asked for, as the years are.
        self._known: dict[int, WorkingCalendar] = {}
        self._key = (calendar_id, zone, tuple(schedule.refs()))
        self.known_from, self.known_through = schedule.known()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkingCalendar) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"WorkingCalendar({self.id!r}, zone={self.zone!r}, versions={len(self._schedule.hours)})"

    @property
    def table(self) -> Table:
        """The open intervals laid out so far."""
        return self._open.table

    def hours_of(self, ref: PolicyRef) -> Hours:
        """Return what the version called *ref* says of every date; of one alone, that one."""
        every = self._schedule.every
        return next((held for held in every if held.ref == ref), every[0])

    def as_known(self, day: date) -> WorkingCalendar:
        """
        Return the calendar without the corrections that became known after *day*.

        Corrections of its own hours and of the public holidays alike; where all are known, it is
        this very calendar.
        """
        corrections = self._schedule.corrected_on()
        place = bisect_right(corrections, day)
        if place == len(corrections):
            return self
        found = self._known.get(place)
        if found is None:
            found = WorkingCalendar(self.id, self.zone, self._schedule.as_known(day))
            self._known[place] = found
        return found

    # -- working time -----------------------------------------------------------------------

    def add(self, start: datetime, amount: int) -> datetime:
        """
        Return the instant at which an amount of working time has passed.

        Args:
            start: Aware.
            amount: Microseconds of working time. Of 0 it is *start* itself; of less it is the
                latest instant from which that much working time leads to *start*.

        Returns:
            The instant, in the calendar's zone.

        Raises:
            ValueError: If *start* is naive.
            BeyondHorizonError: If the calendar does not reach so far.
        """
        if type(amount) is not int:
            raise TypeError(f"an amount is whole microseconds, got {amount!r}.")
        at = self._micros(start)
        floor, ceiling, opens, closes, before, base, shifts, _, _, _, _, _ = self._open.table
        if not floor <= at <= ceiling:
            table = self._open.reach(at, at)
            _, _, opens, closes, before, base, shifts, _, _, _, _, _ = table
        place = bisect_right(opens, at) - 1
        target = (base[place] + at if at < closes[place] else before[place + 1]) + amount
        if amount > 0:
            if target > before[-1]:
                self._open.later(self.table)
                return self.add(start, amount)
            place = bisect_left(before, target) - 1
        elif amount < 0:
            if target < 0:
                self._open.earlier(self.table)
                return self.add(start, amount)
            place = bisect_right(before, target) - 1
        else:
            return self._moment(at)
        shift = shifts[place]
        if shift is None:
            return self._moment(target - base[place])
        # The local clock can be read without asking the zone data.
        return self._local + (target - base[place] + shift) * MICROSECOND

    def between(self, start: datetime, end: datetime) -> int:
        """
        Return the working time from *start* to *end* in microseconds; negative where *end* is first.

        Raises:
            ValueError: If one of them is naive.
            BeyondHorizonError: If the calendar does not reach so far.
        """
        first, last = self._micros(start), self._micros(end)
        table = self._open.reach(first, last)
        _, _, opens, closes, before, base, _, _, _, _, _, _ = table
        place = bisect_right(opens, last) - 1
        worked = base[place] + last if last < closes[place] else before[place + 1]
        place = bisect_right(opens, first) - 1
        return worked - (base[place] + first if first < closes[place] else before[place + 1])

    def next_open(self, moment: datetime) -> datetime:
        """
        Return the first instant from *moment* on that is open: *moment* itself where it is.

        Raises:
            ValueError: If *moment* is naive.
            BeyondHorizonError: If the calendar does not open again.
        """
        at = self._micros(moment)
        table = self._open.reach(at, at)
        place = bisect_right(table.opens, at) - 1
        if at < table.closes[place]:
            return self._moment(at)
        while place + 1 == len(table.opens):
            table = self._open.later(table)
            place = bisect_right(table.opens, at) - 1
        return self._moment(table.opens[place + 1])

    def previous_close(self, moment: datetime) -> datetime:
        """
        Return the end of the last open time up to *moment*: *moment* itself within open time.

        At a closing edge it is that edge; at an opening edge the closing edge before.

        Raises:
            ValueError: If *moment* is naive.
            BeyondHorizonError: If the calendar was not open before.
        """
        at = self._micros(moment)
        table = self._open.reach(at, at)
        while (place := bisect_left(table.opens, at) - 1) < 1:
            table = self._open.earlier(table)
        return self._moment(min(at, table.closes[place]))

    def is_open(self, moment: datetime) -> bool:
        """Return whether *moment* is open; a closing edge is not."""
        at = self._micros(moment)
        table = self._open.reach(at, at + 1)
        return at < table.closes[bisect_right(table.opens, at) - 1]

    # -- business days ----------------------------------------------------------------------

    def is_business_day(self, day: date) -> bool:
        """Return whether the local date has open time."""
        ordinal = _ordinal(day)
        days = self._open.reach_days(ordinal - 1, ordinal).days
        place = bisect_left(days, ordinal)
        return place < len(days) and days[place] == ordinal

    def business_day(self, day: date, n: int) -> date:
        """
        Return the *n*-th business day strictly after *day*; before it for a negative *n*.

        Of 0 it is *day* itself, unchanged, business day or not.

        Raises:
            BeyondHorizonError: If the calendar does not reach so far.
        """
        ordinal = _ordinal(day)
        if not n:
            return day
        # Day 0 itself need not be within the horizon.
        reach = (ordinal, ordinal) if n > 0 else (ordinal - 2, ordinal - 1)
        table = self._open.reach_days(*reach)
        while True:
            days = table.days
            place = bisect_right(days, ordinal) + n - 1 if n > 0 else bisect_left(days, ordinal) + n
            if 0 <= place < len(days):
                return date.fromordinal(days[place])
            table = self._open.later(table) if n > 0 else self._open.earlier(table)

    def business_days_between(self, start: date, end: date) -> int:
        """Return the number of business days after *start* up to *end*; negative the other way."""
        first, last = _ordinal(start), _ordinal(end)
        days = self._open.reach_days(min(first, last), max(first, last)).days
        return bisect_right(days, last) - bisect_right(days, first)

    def calendar_day(self, day: date, amount: Period, roll: Roll = "none") -> date:
        """
        Return the last day of a period of calendar days and months; *day* is not counted.

        Args:
            day: Day 0.
            amount: Months are added first and clamp to the month's end.
            roll: Whether a last day that is no business day stays, or moves to the next or the
                previous one.
        """
        last = amount.after(day)
        if roll == "none" or self.is_business_day(last):
            return last
        return self.business_day(last, 1 if roll == "following" else -1)

    # -- local days -------------------------------------------------------------------------

    def start_of(self, day: date) -> datetime:
        """Return the first instant of a local date, in UTC."""
        return EPOCH + first_instant(self.zone, _ordinal(day)) * MICROSECOND

    def end_of(self, day: date) -> datetime:
        """Return the first instant after a local date, in UTC."""
        return EPOCH + first_instant(self.zone, _ordinal(day) + 1) * MICROSECOND

    def close_of(self, day: date) -> datetime | None:
        """Return the last closing edge of a local date; None where it never opens."""
        ordinal = _ordinal(day)
        self._open.reach_days(ordinal - 1, ordinal)
        edge = last_close(self.zone, ordinal, self._schedule.spans(ordinal))
        return None if edge is None else self._moment(edge)

    def deemed_day(self, moment: datetime, cut_off: time | None = None) -> date:
        """
        Return the day on which something is deemed received.

        Args:
            moment: Aware; when it came.
            cut_off: From this local time on (inclusive) it counts for the next business day; the
                close of business where left out, up to which (inclusive) it is in time.

        Returns:
            The local date; the next business day where that is none or the time was past.
        """
        local = aware(moment).astimezone(self._home)
        day = local.date()
        close = self.close_of(day)
        if close is None:
            return self.business_day(day, 1)
        late = moment > close if cut_off is None else local.time() >= cut_off
        return self.business_day(day, 1) if late else day

    def provisional(self, until: date, since: date | None = None) -> bool:
        """Return whether the public holidays up to *until* (from *since*) are not all known."""
        if self.known_through is None or self.known_from is None:
            return False
        return until > self.known_through or (since is not None and since < self.known_from)

    def why_closed(self, day: date) -> Closed | None:
        """Return why a local date has no open time; None where it has."""
        found = self._told(_ordinal(day))
        return None if found is None or found.worked else found

    def skipped(self, start: date, end: date) -> tuple[Closed, ...]:
        """
        Return the days after *start* up to *end* that are no business days.

        Days worked only because of a make-up or an override are among them, marked as worked. Where
        *end* is first, the days are those from *end* on, before *start*.
        """
        first, last = _ordinal(start), _ordinal(end)
        days = range(first + 1, last + 1) if first <= last else range(last, first)
        return tuple(told for told in map(self._told, days) if told is not None)

    def versions(self, start: date, end: date) -> tuple[Version[Any], ...]:
        """Return the calendar and holiday versions in force on *start* to *end*, both counted."""
        start, end = min(start, end), max(start, end)
        held = self._schedule.between(start.toordinal(), end.toordinal())
        own = (hours.version for hours in held if hours.version is not None)
        public = (hours.holidays for hours in held if hours.holidays is not None)
        linked = dict.fromkeys(version for known in public for version in known.on(start, end))
        return (*(attrs.evolve(version, parameters=self) for version in own), *linked)

    def _told(self, ordinal: int) -> Closed | None:
        self._open.reach_days(ordinal - 1, ordinal)
        hours = self._schedule.on(ordinal)
        spans, kind, name = hours.of(ordinal)
        day = date.fromordinal(ordinal)
        if last_close(self.zone, ordinal, spans) is None:
            return Closed(day, kind, name)
        if kind == "make_up" or (kind == "override" and not hours.usual(ordinal)):
            return Closed(day, kind, name, worked=True)
        return None

    def _micros(self, moment: datetime) -> int:
        """Return an instant as an integer."""
        if moment.tzinfo is self._home:
            # The difference within one zone is that of its clock, and much cheaper: it will do
            # wherever the clock is not being changed.
            wall = _minus(moment, self._local) // MICROSECOND
            table = self._open.table
            place = bisect_right(table.clear, wall)
            if place & 1:
                return wall - table.offsets[place >> 1]
        try:
            return _minus(moment, EPOCH) // MICROSECOND
        except TypeError:
            return _minus(aware(moment), EPOCH) // MICROSECOND

    def _moment(self, at: int) -> datetime:
        return (EPOCH + at * MICROSECOND).astimezone(self._home)


def _ordinal(day: date) -> int:
    if isinstance(day, datetime):
        raise TypeError(f"{day.isoformat()} is an instant; pass the local date.")
    return day.toordinal()
