"""
When a lot can be spent and when it lapses, fixed when it is made.

Everything is reckoned in local days of the programme's zone; a lot lapses at the first instant of
the day after its last valid day, so that "valid through 31 July" ends at 1 August 00:00. What is
rounded up to the end of a month or a quarter is rounded after adding: 30 June and nine months are
30 March, and the end of that quarter is 31 March.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import attrs

from bankservice.core.calendar import Period, add_months, last_of_month
from bankservice.core.offsets import DAY, EPOCH_ORDINAL, first_instant, segments, year_of
from bankservice.loyalty.model import Lot
from bankservice.loyalty.programme.dating import AvailabilityRow, ExpiryRow

__all__ = [
    "Dating",
    "LotDates",
    "cycle_days",
    "day_of",
    "last_of",
    "start_of",
    "statement_close",
]

_MONTHS: Final = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
_LEAP: Final = 2000


@attrs.frozen
class LotDates:
    """
    The dates of a lot.

    Attributes:
        available_at: First instant it can be spent; None while it waits for `action`.
        expires_at: First instant it has lapsed; None: never, or not told before it is activated.
        action: What it waits for; empty for nothing.
    """

    available_at: int | None
    expires_at: int | None
    action: str = ""


@lru_cache(maxsize=65536)
def start_of(zone: str, day: date) -> int:
    """Return the first instant of a local day, in microseconds of the UTC line."""
    return first_instant(zone, day.toordinal())


def day_of(zone: str, at: int) -> date:
    """Return the local day on which an instant falls."""
    segment = next(held for held in segments(zone, year_of(at)) if at < held.end)
    return date.fromordinal((at + segment.offset) // DAY + EPOCH_ORDINAL)


def last_of(day: date, period: str) -> date:
    """
    Return the last day of the `day`, `month`, `quarter`, `half-year` or `year` that *day* is in.

    Examples:
        >>> last_of(date(2026, 5, 3), "quarter")
        datetime.date(2026, 6, 30)
    """
    months = _MONTHS.get(period)
    if months is None:
        return day
    return last_of_month(day.replace(day=1, month=(day.month + months - 1) // months * months))


def statement_close(day: date, statement_day: int) -> date:
    """
    Return the last day of the statement period that *day* is in.

    Examples:
        >>> statement_close(date(2026, 2, 10), 31), statement_close(date(2026, 2, 10), 9)
        (datetime.date(2026, 2, 28), datetime.date(2026, 3, 9))
    """
    month_end = last_of_month(day).day
    if day.day <= min(statement_day, month_end):
        return day.replace(day=min(statement_day, month_end))
    following = add_months(day.replace(day=1), 1)
    return following.replace(day=min(statement_day, last_of_month(following).day))


def cycle_days(days: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """
    Return days of the year written as `MM-DD`, in order.

    Raises:
        ValueError: If one is no day of any year.
    """
    found = set()
    for text in days:
        # Without the look at the dash, a week such as `W05-1` would be a day.
        if len(text) != 5 or text[2] != "-":
            raise ValueError(text)
        read = date.fromisoformat(f"{_LEAP}-{text}")
        found.add((read.month, read.day))
    return tuple(sorted(found))


def _in_year(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, last_of_month(date(year, month, 1)).day))


@attrs.frozen(eq=False)
class Dating:
    """
    How the lots of one earning row are dated.

    Attributes:
        zone: Zone whose days count.
        available: When they can be spent.
        expiry: When they lapse.
        statement_day: Last day of the statement period.
        cycles: The days of `expiry`, read.
    """

    zone: str
    available: AvailabilityRow
    expiry: ExpiryRow
    statement_day: int
    cycles: tuple[tuple[int, int], ...] = ()
    _ends: dict[date, int] = attrs.field(factory=dict, init=False, repr=False)

    def dates(self, earned_on: date, posted_at: int, met_at: int | None = None) -> LotDates:
        """
        Return the dates of a lot.

        Args:
            earned_on: Local day it was earned.
            posted_at: Instant of posting.
            met_at: When what it waits for has happened, if it has.
        """
        available_at = self._available_at(posted_at) if met_at is None else met_at
        action = self.available.action if available_at is None else ""
        expiry = self.expiry
        if expiry.mode == "never":
            return LotDates(available_at, None, action)
        if expiry.starts == "activation":
            if available_at is None:
                return LotDates(None, None, action)
            start = day_of(self.zone, available_at)
        elif expiry.starts == "posting":
            start = day_of(self.zone, posted_at)
        else:
            start = earned_on
        return LotDates(available_at, self._end(start, earned_on), action)

    def after_activity(self, lot: Lot, active_on: date) -> int | None:
        """
        Return when a lot lapses once something was done on a local day.

        It is what it was unless lots lapse by inactivity, the lot still lives on that day, and it
        then lives longer.
        """
        if self.expiry.mode != "inactivity" or lot.expires_at is None:
            return lot.expires_at
        if start_of(self.zone, active_on) >= lot.expires_at:
            return lot.expires_at
        return max(lot.expires_at, self._end(active_on, lot.earned_on))

    def _available_at(self, posted_at: int) -> int | None:
        mode = self.available.mode
        if mode == "at-once":
            return posted_at
        if mode == "action":
            return None
        posted_on = day_of(self.zone, posted_at)
        if mode == "statement":
            last = statement_close(posted_on, self.statement_day)
        else:
            last = Period(days=(self.available.days if mode == "after" else 1) - 1).after(posted_on)
        return max(posted_at, self._after(last))

    def _end(self, start: date, earned_on: date) -> int:
        held = self._ends.get(start)
        if held is None:
            held = self._ends[start] = self._after(self._last_day(start))
        if self.expiry.most and self.expiry.mode == "inactivity":
            last = last_of(self.expiry.most.after(earned_on), self.expiry.round_to)
            return min(held, self._after(last))
        return held

    def _last_day(self, start: date) -> date:
        row = self.expiry
        if row.mode == "end-of":
            # Counted from the day after: 30 June and nine months would be 30 March.
            end = last_of(start, row.round_to)
            return _before(row.period.after(_next(end))) if row.period else end
        begun = row.period.after(start)
        if row.mode in ("fixed-day", "cycles"):
            passes = row.years if row.mode == "fixed-day" else 1
            return self._cycle(begun, passes)
        return last_of(begun, row.round_to)

    def _cycle(self, start: date, passes: int) -> date:
        year = start.year
        while True:
            for month, day in self.cycles:
                found = _in_year(year, month, day)
                if found >= start:
                    passes -= 1
                    if not passes:
                        return found
            year += 1

    def _after(self, last: date) -> int:
        return start_of(self.zone, _next(last))


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
