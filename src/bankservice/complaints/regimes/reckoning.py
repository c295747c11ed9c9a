"""
How far a term runs from its start: business days, calendar days, hours, billing cycles.

The last day is worked out on dates alone; the instant at which it ends takes a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import pendulum
from pendulum.tz.timezone import Timezone

from bankservice.complaints.regimes.law import Length, Regime
from bankservice.complaints.regimes.receipt import DeadlineFacts
from bankservice.core.calendar import in_utc, local_day, midnight, zone_of
from bankservice.core.decision import Trace
from bankservice.core.ruler import Deadline, Ruler, Unit
from bankservice.core.worktime import WorkingCalendar

__all__ = ["Case", "Found", "ending", "home_of", "last_day", "shown"]

_ONE: Final = timedelta(days=1)


class Found(NamedTuple):
    """The last day of a term; or the facts it needs. `more`: a longer list would give more."""

    last: date | None
    missing: tuple[str, ...] = ()
    instant: datetime | None = None
    more: tuple[str, ...] = ()


class Case(NamedTuple):
    """What all clocks of one complaint share."""

    facts: DeadlineFacts
    regime: Regime
    asked: Mapping[str, object]
    zone: str
    home: Timezone | None
    calendar: WorkingCalendar | None
    trace: Trace | None


@lru_cache(maxsize=512)
def home_of(zone: str) -> Timezone:
    """Return a zone as pendulum has it."""
    return pendulum.timezone(zone_of(zone).key)


def last_day(length: Length, start: date, case: Case) -> Found:
    """Return the last day of a term from *start*."""
    target = length.target
    if target is None:
        return _cycles(length, start, case.facts.cycle_ends)
    calendar = case.calendar
    if length.by_calendar and calendar is None:
        return Found(None, ("region",))
    if target.unit is Unit.BUSINESS_DAYS:
        assert calendar is not None, "looked at above"
        last = calendar.business_day(start, target.amount)
    elif target.unit is Unit.CALENDAR_DAYS:
        if target.months or target.roll != "none":
            last = Ruler(case.zone, calendar).last_day(start, target)
        else:
            last = start + timedelta(target.amount)
    else:
        return _elapsed(target.amount, case)
    if length.cap is None:
        return Found(last)
    return Found(min(last, Ruler("UTC").last_day(start, length.cap)))


def _cycles(length: Length, start: date, ends: tuple[date, ...]) -> Found:
    """The rest of the running billing cycle, then whole ones; the last one known where too few."""
    known = sorted({end for end in ends if end >= start})
    if not known:
        return Found(None, ("cycle_ends",))
    last = known[min(length.cycles, len(known) - 1)]
    if length.cap is not None:
        latest = Ruler("UTC").last_day(start, length.cap)
        if last >= latest:
            return Found(latest)
    return Found(last, more=("cycle_ends",) if len(known) <= length.cycles else ())


def _elapsed(amount: int, case: Case) -> Found:
    received = case.facts.received_at
    if received is None:
        return Found(None, ("received_at",))
    instant = in_utc(received) + timedelta(microseconds=amount)
    return Found(local_day(instant, case.zone), instant=instant)


def ending(length: Length, last: date, found: Found, case: Case) -> Deadline:
    """Return the deadline of a last day: its end, or the close of business."""
    if found.instant is not None:
        return Deadline(found.instant, inclusive=True)
    if length.target is None or length.target.close == "end-of-day":
        return Deadline(midnight(last + _ONE, case.zone), inclusive=False)
    return Ruler(case.zone, case.regime.hours).deadline(last, "close-of-business")


def shown(instant: datetime, home: Timezone) -> pendulum.DateTime:
    """Return an instant in a zone as pendulum has it, built straight from its fields."""
    local = instant.astimezone(home)
    return pendulum.DateTime(
        local.year,
        local.month,
        local.day,
        local.hour,
        local.minute,
        local.second,
        local.microsecond,
        tzinfo=home,
        fold=local.fold,
    )
