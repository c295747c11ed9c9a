"""What deadlines rest on, as data: the reasons and checks they give when they are explained."""

from __future__ import annotations

from datetime import date
from typing import Final

import attrs

from bankservice.complaints.model import Deadlines, Due
from bankservice.complaints.regimes.law import ClockRow, Length, Regime
from bankservice.complaints.regimes.telling import amount_told, condition_told
from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.errors import near_names
from bankservice.core.ruler import Ruler, Unit
from bankservice.core.worktime import WorkingCalendar

__all__ = [
    "SAYS",
    "headline",
    "trace_due",
    "trace_existence",
    "trace_missing",
    "trace_not_stated",
    "trace_row",
]

DUE: Final = Says("DEADLINES_DUE", ("count", "clock", "day"))
UNDECIDED: Final = Says("DEADLINES_UNDECIDED", ("facts",))
NONE: Final = Says("DEADLINES_NONE", ("day",))

ROW: Final = Says("clock-row", ("clock", "amount", "condition", "source"))
ONLY: Final = Says("clock-only-row", ("clock", "amount", "source"))
ELSE: Final = Says("clock-row-else", ("clock", "amount", "source"))
EXISTS: Final = Says("clock-exists", ("clock", "condition"))
START: Final = Says("clock-start", ("clock", "day"))
WEEKENDS: Final = Says("clock-weekends", ("clock", "days"))
HOLIDAY: Final = Says("clock-holiday", ("clock", "day", "name"))
CLOSED: Final = Says("clock-closed", ("clock", "day"))
WORKED: Final = Says("clock-worked", ("clock", "day", "name"))
ROLLED: Final = Says("clock-rolled", ("clock", "day"))
CAPPED: Final = Says("clock-capped", ("clock", "day"))
END: Final = Says("clock-end", ("clock", "day"))
UNTIL: Final = Says("clock-until", ("clock", "at"))
BEFORE: Final = Says("clock-before", ("clock", "at"))
LAWFUL: Final = Says("clock-lawful-if", ("clock", "other"))
MISSING: Final = Says("clock-missing", ("clock", "facts"))
REGION: Final = Says("clock-region", ("clock", "region", "near"))
NOT_STATED: Final = Says("fact-not-stated", ("clock", "facts"))
KNOWN: Final = Says("clock-known", ("clock", "day"))

SAYS: Final = (
    DUE,
    UNDECIDED,
    NONE,
    ROW,
    ONLY,
    ELSE,
    EXISTS,
    START,
    WEEKENDS,
    HOLIDAY,
    CLOSED,
    WORKED,
    ROLLED,
    CAPPED,
    END,
    UNTIL,
    BEFORE,
    LAWFUL,
    MISSING,
    REGION,
    NOT_STATED,
    KNOWN,
)
"""Every reason and check of deadlines."""


def headline(day: date, outcome: Deadlines) -> Reason:
    """Return the main reason: what is due first, or what is not known."""
    if outcome.undecided:
        return UNDECIDED(facts=outcome.undecided)
    dated = [due for due in outcome.entries.values() if due.last_day is not None]
    if not dated:
        return NONE(day=day)
    first = min(dated, key=lambda due: due.last_day or date.max)
    return DUE(count=len(dated), clock=first.title, day=first.last_day)


def trace_existence(clock: ClockRow, exists: bool | None, trace: Trace) -> None:
    """Note whether a clock exists for this complaint."""
    assert clock.when is not None, "only a clock with a condition may not exist"
    trace.check(EXISTS(clock=clock.title, condition=condition_told(clock.when)), exists)


def trace_not_stated(clock: ClockRow, facts: tuple[str, ...], trace: Trace) -> None:
    """Note facts that would lengthen the clock and were not stated."""
    trace.check(NOT_STATED(clock=clock.title, facts=facts), False)


def trace_row(clock: ClockRow, length: Length, held: bool | None, trace: Trace) -> None:
    """Note whether a row applies, and where its number comes from."""
    source = length.source
    label = "" if source is None else source.label()
    amount = amount_told(length)
    if length.when is None:
        says = ONLY if len(clock.terms) == 1 else ELSE
        trace.check(says(clock=clock.title, amount=amount, source=label), True, source=source)
        return
    condition = condition_told(length.when)
    reason = ROW(clock=clock.title, amount=amount, condition=condition, source=label)
    trace.check(reason, held, source=source)


def trace_missing(
    clock: ClockRow, facts: tuple[str, ...], region: object, regime: Regime, trace: Trace
) -> None:
    """Note the facts that leave a clock undecided; a region that is none is told the near ones."""
    trace.check(MISSING(clock=clock.title, facts=facts), None)
    if "region" in facts and isinstance(region, str):
        near = near_names(region, regime.calendars) or tuple(regime.calendars)
        trace.check(REGION(clock=clock.title, region=region, near=near), False)


def trace_due(
    clock: ClockRow,
    length: Length,
    due: Due,
    regime: Regime,
    calendar: WorkingCalendar | None,
    trace: Trace,
) -> None:
    """Note how a deadline was counted: day 0, the days skipped and why, the roll, the end."""
    start, last = due.starts_on, due.last_day
    assert start is not None, "the clock has begun"
    assert last is not None, "the clock is decided"
    trace.check(START(clock=clock.title, day=start), True)
    if length.by_calendar and calendar is not None:
        _trace_days(clock, length, start, last, calendar, trace)
    if length.cap is not None and last == Ruler("UTC").last_day(start, length.cap):
        trace.check(CAPPED(clock=clock.title, day=last), True)
    trace.check(END(clock=clock.title, day=last), True)
    if due.due_at is not None:
        says = UNTIL if due.inclusive else BEFORE
        trace.check(says(clock=clock.title, at=due.due_at), True)
    if due.provisional:
        trace.check(KNOWN(clock=clock.title, day=last), False)
    if clock.lawful_if:
        other = regime.clock(clock.lawful_if).title
        trace.check(LAWFUL(clock=clock.title, other=other), True)


def _trace_days(
    clock: ClockRow,
    length: Length,
    start: date,
    last: date,
    calendar: WorkingCalendar,
    trace: Trace,
) -> None:
    """Say which days were skipped and why: holidays by name, weekends together."""
    target = length.target
    assert target is not None, "only days roll or are business days"
    if target.unit is Unit.CALENDAR_DAYS:
        unrolled = Ruler("UTC").last_day(start, attrs.evolve(target, roll="none"))
        if unrolled != last:
            trace.check(ROLLED(clock=clock.title, day=unrolled), True)
        return
    weekends = []
    for day in calendar.skipped(start, last):
        if day.worked:
            trace.check(WORKED(clock=clock.title, day=day.on, name=day.name), True)
        elif day.kind == "weekend":
            weekends.append(day.on)
        elif day.kind == "holiday":
            trace.check(HOLIDAY(clock=clock.title, day=day.on, name=day.name), True)
        else:
            trace.check(CLOSED(clock=clock.title, day=day.on), True)
    if weekends:
        trace.check(WEEKENDS(clock=clock.title, days=len(weekends)), True)
