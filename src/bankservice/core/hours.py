"""
What one version of a working calendar says about each local date.

The first that matches decides: an override of the date; a make-up working day; a public holiday; a
weekday of the month without hours (every second Saturday); the hours of the weekday.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

import attrs

from bankservice.core.holidays import PublicHolidays, corrected_on, public_holidays
from bankservice.core.offsets import Spans
from bankservice.core.policy import PolicyRef, Title, Version

__all__ = ["Closed", "ClosedBy", "Hours", "Schedule"]

ClosedBy: TypeAlias = Literal["weekend", "weekday_of_month", "holiday", "override", "make_up"]
"""What decides about a local date; `make_up` is the one by which a day is worked."""


@attrs.frozen
class Closed:
    """
    A day that is no business day, or one only because of a make-up or override, and why.

    Attributes:
        on: The local date.
        kind: What decided.
        name: Name of the holiday or make-up day, where it has one.
        worked: Whether the day is worked although it would be closed without this.
    """

    on: date
    kind: ClosedBy
    name: Title | None = None
    worked: bool = False


@attrs.frozen(eq=False, kw_only=True)
class Hours:
    """
    What one version of a calendar says about every local date.

    Attributes:
        week: Opening hours by weekday, Monday first.
        make_up: Hours of a make-up working day.
        closed: Weekdays of the month without hours: (weekday, which of the month, from 1).
        overrides: Ordinal of a date → its hours.
        holidays: The public holidays; None where the calendar links none.
        version: The policy version; None where it is not known yet.
    """

    week: tuple[Spans, ...]
    make_up: Spans = ()
    closed: frozenset[tuple[int, int]] = frozenset()
    overrides: Mapping[int, Spans] = attrs.field(factory=dict)
    holidays: PublicHolidays | None = None
    version: Version[Any] | None = None

    @property
    def ref(self) -> PolicyRef | None:
        """Name of the version."""
        return None if self.version is None else self.version.ref

    @property
    def since(self) -> date:
        """First day it is in force."""
        return date.min if self.version is None else self.version.since

    @property
    def until(self) -> date:
        """Last day it is in force, if no other version follows."""
        ends_on = None if self.version is None else self.version.ends_on
        return date.max if ends_on is None else ends_on - timedelta(days=1)

    def of(self, ordinal: int) -> tuple[Spans, ClosedBy, Title | None]:
        """Return the hours of a local date, what decides about it, and its name."""
        found = self.overrides.get(ordinal)
        if found is not None:
            return found, "override", None
        public = self.holidays
        if public is not None:
            if ordinal in public.make_up:
                return self.make_up, "make_up", public.make_up[ordinal]
            if ordinal in public.days:
                return (), "holiday", public.days[ordinal]
        weekday = (ordinal - 1) % 7
        if self.closed:
            day = date.fromordinal(ordinal).day
            if (weekday, (day - 1) // 7 + 1) in self.closed:
                return (), "weekday_of_month", None
        return self.week[weekday], "weekend", None

    def usual(self, ordinal: int) -> Spans:
        """Return the hours a local date would have without its override."""
        return attrs.evolve(self, overrides={}).of(ordinal)[0]

    def as_known(self, day: date) -> Hours:
        """Return the same without corrections of public holidays known after *day*."""
        public = self.holidays
        if public is None:
            return self
        return attrs.evolve(self, holidays=public_holidays(public.policy, day))

    @property
    def ever_open(self) -> bool:
        """Whether any date has hours, holidays left aside."""
        weekly = any(
            spans and not all((weekday, nth) in self.closed for nth in range(1, 6))
            for weekday, spans in enumerate(self.week)
        )
        return weekly or any(self.overrides.values())


class Schedule:
    """The hours of every local date: those of the version in force on it."""

    __slots__ = ("_corrected", "_sinces", "every", "hours")

    every: tuple[Hours, ...]
    """All versions, corrected ones too."""
    hours: tuple[Hours, ...]
    """The versions that count, by the day from which each is in force."""

    def __init__(self, every: tuple[Hours, ...]) -> None:
        """
        Build a schedule.

        Args:
            every: By since, then known_on; of those with one since the last counts.
        """
        counting = {held.since: held for held in every}
        self.every = every
        self.hours = tuple(counting.values())
        self._sinces = [since.toordinal() for since in counting]
        own = corrected_on(held.version for held in every if held.version is not None)
        public = (held.holidays for held in self.hours if held.holidays is not None)
        of_holidays = (day for held in public for day in corrected_on(held.policy.versions))
        self._corrected = tuple(sorted({*own, *of_holidays}))

    def on(self, ordinal: int) -> Hours:
        """Return what holds for a local date from the first version on."""
        return self.hours[bisect_right(self._sinces, ordinal) - 1]

    def spans(self, ordinal: int) -> Spans:
        """Return the hours of a local date from the first version on."""
        return self.on(ordinal).of(ordinal)[0]

    def between(self, first: int, last: int) -> tuple[Hours, ...]:
        """Return what holds for the local dates *first* to *last*, both counted."""
        start = max(bisect_right(self._sinces, first) - 1, 0)
        return self.hours[start : max(bisect_right(self._sinces, last), start + 1)]

    def refs(self) -> Iterator[PolicyRef | None]:
        """Yield the names of everything the hours come from."""
        for held in self.hours:
            yield held.ref
            if held.holidays is not None:
                yield from (version.ref for version in held.holidays.versions)

    def corrected_on(self) -> tuple[date, ...]:
        """Return the days on which corrections became known, ascending."""
        return self._corrected

    def as_known(self, day: date) -> tuple[Hours, ...]:
        """Return what holds without corrections that became known after *day*."""
        counting: dict[date, Hours] = {}
        for held in self.every:
            if held.since not in counting or held.ref is None or held.ref.known_on <= day:
                counting[held.since] = held.as_known(day)
        return tuple(counting.values())

    def known(self) -> tuple[date | None, date | None]:
        """Return the first and the last day between which public holidays are known, if linked."""
        known_from = known_through = None
        for held, after in zip(self.hours, (*self._sinces[1:], None), strict=True):
            public = held.holidays
            known_through = None if public is None else public.known_through
            if public is not None:
                known_from = known_from or public.known_from
                if after is not None and public.known_through.toordinal() < after - 1:
                    break
        return known_from, known_through
