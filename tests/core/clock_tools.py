"""Clocks for tests: desks, rulers, and a clock that must take an act."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from worktime_tools import HOUR, at, calendar

from bankservice.core.clock import Clock, ClockRefusal
from bankservice.core.clockwork import start
from bankservice.core.plain import to_json
from bankservice.core.ruler import Ruler, Target, Unit
from bankservice.core.structure import FACTS

LONDON = "Europe/London"
SUMMER_BANK_HOLIDAY = date(2025, 8, 25)
KNOWN = {"known_through": date(2099, 12, 31)}
UK = Ruler(LONDON, calendar(days={"days": [{"on": SUMMER_BANK_HOLIDAY}], **KNOWN}))
ROUND_THE_CLOCK = Ruler(LONDON, calendar({"hours": "always"}))
WALL = Ruler(LONDON)
MICROSECOND = timedelta(microseconds=1)


def desk(days: tuple[date, ...] = (), **table: Any) -> Ruler:
    """Return London, 9 to 5 unless the table says otherwise, with public holidays."""
    return Ruler(LONDON, calendar(table, {"days": [{"on": day} for day in days], **KNOWN}))


def hours(amount: float) -> int:
    """Return hours in microseconds."""
    return int(amount * HOUR)


def june(text: str) -> datetime:
    """Return "09 10:00" as that day and time of June 2025 in London; the 9th is a Monday."""
    day, clock = text.split()
    return at(f"2025-06-{day}T{clock}")


def working(
    amount: float, since: str, ruler: Ruler = UK, warn: tuple[str, ...] = (), **more: Any
) -> Clock:
    """Return a pausable clock of some working hours."""
    target = Target(Unit.WORKING_TIME, hours(amount))
    return start("desk/first", target, ruler, june(since), pausable=True, thresholds=warn, **more)


def in_days(
    amount: int, since: str, ruler: Ruler = UK, unit: Unit = Unit.BUSINESS_DAYS, **more: Any
) -> Clock:
    """Return a pausable clock of some days; more is for the target."""
    return start("law/reply", Target(unit, amount, **more), ruler, june(since), pausable=True)


def done(clock: Clock | ClockRefusal) -> Clock:
    """Return the clock after an act that must have been taken, read back from what is kept of it."""
    assert isinstance(clock, Clock), clock
    kept = json.loads(json.dumps(to_json(clock)))
    assert clock == FACTS.read(kept, Clock, "clock")
    return clock


def due(clock: Clock | ClockRefusal) -> datetime:
    """Return when a clock is due."""
    deadline = done(clock).due
    assert deadline is not None
    return deadline.instant.astimezone(UTC)
