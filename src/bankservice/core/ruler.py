"""
Rulers: how far a clock runs, in which unit, by which calendar, and the deadline that gives.

Working time and elapsed time count in microseconds, business days and calendar days in whole
days. Day 0 is never counted. A deadline is an instant with its own word on whether that instant
is still in time; nothing else compares instants.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Final, Literal

import attrs

from bankservice.core.calendar import Period, in_utc, local_day, midnight, parse_duration
from bankservice.core.worktime import WorkingCalendar

__all__ = ["Close", "Deadline", "Roll", "Ruler", "Target", "Threshold", "Unit"]

Close = Literal["end-of-day", "close-of-business"]
Roll = Literal["none", "following", "preceding"]

MICROSECOND: Final = timedelta(microseconds=1)
_PERCENT: Final = re.compile(r"(\d{1,3})%", re.ASCII)


class Unit(Enum):
    """What a clock counts."""

    WORKING_TIME = "working-time"
    ELAPSED = "elapsed"
    BUSINESS_DAYS = "business-days"
    CALENDAR_DAYS = "calendar-days"

    @property
    def in_days(self) -> bool:
        """Whether it counts whole days."""
        return self in (Unit.BUSINESS_DAYS, Unit.CALENDAR_DAYS)


@attrs.frozen
class Deadline:
    """
    An instant, and whether it is still in time.

    Attributes:
        instant: In UTC.
        inclusive: Whether an act at that very instant is in time.

    Examples:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
        >>> (
        ...     Deadline(noon, inclusive=True).is_late(noon),
        ...     Deadline(noon, inclusive=False).is_late(noon),
        ... )
        (False, True)
    """

    instant: datetime
    inclusive: bool

    def is_late(self, moment: datetime) -> bool:
        """Tell whether an act at *moment* is late."""
        return moment > self.instant if self.inclusive else moment >= self.instant

    @property
    def late_from(self) -> datetime:
        """The first instant that is late."""
        return self.instant + MICROSECOND if self.inclusive else self.instant


@attrs.frozen
class Target:
    """
    How long a clock runs.

    Attributes:
        unit: What it counts.
        amount: Microseconds, or days.
        months: Calendar months before the days; 0 unless the unit is calendar days.
        close: Where the last day ends.
        roll: Where a last day goes that is no business day.

    Raises:
        ValueError: If it runs backward, or has months without counting calendar days.
    """

    unit: Unit
    amount: int
    months: int = 0
    close: Close = "end-of-day"
    roll: Roll = "none"

    def __attrs_post_init__(self) -> None:
        if self.amount < 0 or self.months < 0:
            raise ValueError(f"{self.amount}, {self.months} months: a target runs forward.")
        if self.months and self.unit is not Unit.CALENDAR_DAYS:
            raise ValueError(f"months are no number of {self.unit.value}; use calendar-days.")

    @classmethod
    def parse(
        cls, text: str, unit: Unit, *, close: Close = "end-of-day", roll: Roll = "none"
    ) -> Target:
        """
        Read an ISO 8601 duration in the unit of the clock: the unit never follows from the number.

        Raises:
            ValueError: If it is negative, or no duration of that unit. Months are no number of
                business days, and a day is no number of working hours: eight or twenty-four?

        Examples:
            >>> Target.parse("PT8H", Unit.WORKING_TIME).amount // 3_600_000_000
            8
            >>> Target.parse("P8W", Unit.CALENDAR_DAYS).amount
            56
        """
        if unit.in_days:
            period = Period.parse(text)
            return cls(unit, period.days, period.months, close, roll)
        if unit is Unit.WORKING_TIME and "D" in text:
            raise ValueError(f"{text!r} has days, which are no number of working hours.")
        return cls(unit, parse_duration(text))


@attrs.frozen
class Threshold:
    """
    When to warn: at a share of the target, before the deadline, or after it.

    A share is of the target with its extensions, as it is consumed; for targets in days of the
    elapsed time from the start to the deadline. Above 100 % it lies after the deadline.

    Attributes:
        text: As written: `75%`, `-PT2H` or `+PT4H`.
        share: Of the target; None for the others.
        offset: Microseconds from the deadline, negative before it.
        elapsed: Whether the offset was written in days, which are of 24 elapsed hours whatever the
            clock counts; hours, minutes and seconds are of working time where there is a calendar.
    """

    text: str
    share: Fraction | None = None
    offset: int = 0
    elapsed: bool = False

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """
        Read a threshold.

        Raises:
            ValueError: If it is neither a percentage nor a duration with its sign.

        Examples:
            >>> Threshold.parse("75%").share, Threshold.parse("-PT2H").offset < 0
            (Fraction(3, 4), True)
        """
        found = _PERCENT.fullmatch(text)
        if found is not None:
            return cls(text, Fraction(int(found[1]), 100))
        if not text.startswith(("+", "-")):
            raise ValueError(f"{text!r} is no threshold like '75%', '-PT2H' or '+PT4H'.")
        return cls(text, None, parse_duration(text), "D" in text)


@attrs.frozen
class Ruler:
    """
    Measures one clock.

    Attributes:
        zone: IANA zone whose local days count.
        calendar: Working calendar; needed for working time and business days.
        hours: Calendar whose hours close the business day; *calendar* where left out.

    Raises:
        ValueError: When asked for working time or business days without a calendar.
    """

    zone: str
    calendar: WorkingCalendar | None = None
    hours: WorkingCalendar | None = None

    def working(self) -> WorkingCalendar:
        """Return the calendar, which must be there."""
        if self.calendar is None:
            raise ValueError("working time and business days need a working calendar; name one.")
        return self.calendar

    def between(self, unit: Unit, start: datetime, end: datetime) -> int:
        """Return what passes from *start* to *end* in microseconds, signed; days count elapsed."""
        if unit is Unit.WORKING_TIME:
            return self.working().between(start, end)
        return (in_utc(end) - in_utc(start)) // MICROSECOND

    def after(self, unit: Unit, start: datetime, amount: int) -> datetime:
        """Return the instant *amount* microseconds after *start* (before it, if negative), in UTC."""
        if unit is Unit.WORKING_TIME:
            return in_utc(self.working().add(start, amount))
        return in_utc(start) + timedelta(microseconds=amount)

    def beside(
        self, unit: Unit, deadline: datetime, offset: int, *, earliest: datetime | None = None
    ) -> datetime:
        """
        Return the instant *offset* from a deadline: working time wherever there is a calendar.

        Elapsed time for that unit, and where there is no calendar.

        Args:
            unit: What the clock counts.
            deadline: From where.
            offset: Microseconds, negative before it.
            earliest: Never before this; nor need the calendar reach further back.
        """
        elapsed = unit is Unit.ELAPSED or self.calendar is None
        try:
            found = self.after(Unit.ELAPSED if elapsed else Unit.WORKING_TIME, deadline, offset)
        except OverflowError:
            if earliest is None or offset > 0:
                raise
            return earliest
        return found if earliest is None else max(found, earliest)

    def day_of(self, moment: datetime) -> date:
        """Return the local day on which an instant falls."""
        return local_day(moment, self.zone)

    def base_day(self, day_zero: date, target: Target) -> date:
        """Return the last day of a target in days before any roll, *day_zero* not counted."""
        if target.unit is Unit.BUSINESS_DAYS:
            return self.working().business_day(day_zero, target.amount)
        return Period(target.months, target.amount).after(day_zero)

    def rolled(self, day: date, target: Target) -> date:
        """Return the last day after the roll of a target: the day itself if it is a business day."""
        if target.unit is Unit.BUSINESS_DAYS or target.roll == "none":
            return day
        return self.working().calendar_day(day, Period(), target.roll)

    def last_day(self, day_zero: date, target: Target) -> date:
        """Return the last day of a target in days, *day_zero* not counted."""
        return self.rolled(self.base_day(day_zero, target), target)

    def shift(self, unit: Unit, day: date, days: int) -> date:
        """Return the day a number of days after *day*, in the unit."""
        if unit is Unit.BUSINESS_DAYS:
            return self.working().business_day(day, days)
        return day + timedelta(days=days)

    def days_between(self, unit: Unit, start: date, end: date) -> int:
        """Return the days after *start* up to *end*, in the unit, signed."""
        if unit is Unit.BUSINESS_DAYS:
            return self.working().business_days_between(start, end)
        return end.toordinal() - start.toordinal()

    def deadline(self, day: date, close: Close) -> Deadline:
        """Return the deadline of a last day: its close of business, or the first instant after it."""
        end = midnight(day + timedelta(days=1), self.zone)
        hours = self.hours or self.calendar
        if close == "close-of-business" and hours is not None:
            closing = hours.close_of(day)
            # Hours up to 24:00, in whose zone ever, tell of a day and not of a close of business.
            if closing is not None and closing < min(end, hours.end_of(day)):
                return Deadline(in_utc(closing), inclusive=True)
        return Deadline(end, inclusive=False)

    def last_closed(self, moment: datetime, close: Close) -> date:
        """Return the last day whose deadline *moment* is too late for."""
        day = self.day_of(moment)
        return day if self.deadline(day, close).is_late(moment) else day - timedelta(days=1)

    def missed(self, target: Target, day_zero: date, start: datetime, end: datetime) -> int:
        """
        Return how many days do not count because the clock stood still from *start* to *end*.

        A day counts if the clock runs when the day closes: at the last instant that is in time.
        """
        before = max(self.last_closed(start, target.close), day_zero)
        return max(0, self.days_between(target.unit, before, self.last_closed(end, target.close)))

    def calendars(self, target: Target) -> tuple[WorkingCalendar, ...]:
        """Return the calendars on which the deadline of a target depends."""
        counts = target.unit in (Unit.WORKING_TIME, Unit.BUSINESS_DAYS) or target.roll != "none"
        closes = target.unit.in_days and target.close == "close-of-business"
        found = (
            self.calendar if counts else None,
            (self.hours or self.calendar) if closes else None,
        )
        return tuple(dict.fromkeys(calendar for calendar in found if calendar is not None))

    def provisional(self, until: date | datetime) -> bool:
        """Tell whether the calendar does not know all days up to *until* yet."""
        if self.calendar is None:
            return False
        return self.calendar.provisional(
            self.day_of(until) if isinstance(until, datetime) else until
        )
