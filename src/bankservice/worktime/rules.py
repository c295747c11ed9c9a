"""The public rules of working time."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final, TypeVar

import attrs

from bankservice.core.calendar import instant, local_day
from bankservice.core.decision import Counted, Reason, Rule, Says, Trace
from bankservice.core.policy import Policy, Title, Version
from bankservice.core.worktime import WorkingCalendar
from bankservice.worktime.model import (
    Added,
    AddFacts,
    BetweenFacts,
    BusinessDay,
    BusinessDayFacts,
    CalendarDay,
    CalendarDayFacts,
    Measured,
)
from bankservice.worktime.policy import SHELF, WORKTIME

__all__ = ["RULES", "add", "between", "business_day", "calendar_day"]

F = TypeVar("F")
O = TypeVar("O")  # noqa: E741 - facts and outcome, as in the room of decisions

PACKAGE: Final = "bankservice.worktime"

HOURS: Final = Title(en="h", zh="小时")
_HOUR: Final = 3_600_000_000
_SECOND: Final = 1_000_000
_LISTED: Final = 14
"""So many days closed by the weekly hours are named one by one; more are only counted."""

ADDED: Final = Says("ADDED", ("amount", "start", "at"))
MEASURED: Final = Says("MEASURED", ("amount", "start", "end"))
BUSINESS_DAY: Final = Says("BUSINESS_DAY", ("n", "start", "day"))
SAME_DAY: Final = Says("SAME_DAY", ("day",))
LAST_DAY: Final = Says("LAST_DAY", ("amount", "start", "day", "ends_at"))

WEEKEND: Final = Says("weekend", ("days",))
WEEKENDS: Final = Says("weekends", ("number",))
WEEKDAY_OF_MONTH: Final = Says("weekday-of-month", ("day",))
HOLIDAY: Final = Says("holiday", ("day", "name"))
OVERRIDE: Final = Says("override", ("day",))
WORKED: Final = Says("worked", ("day",))
MAKE_UP: Final = Says("make-up", ("day", "name"))
ROLLED: Final = Says("rolled", ("day", "to"))
KNOWN: Final = Says("known-through", ("since", "until"))

DAYS: Final = (WEEKEND, WEEKENDS, WEEKDAY_OF_MONTH, HOLIDAY, OVERRIDE, WORKED, MAKE_UP, KNOWN)

_PUBLIC: Final = Title(en="public holiday", zh="公共假日")
_EXTRA: Final = Title(en="make-up working day", zh="调休上班日")


def _skipped(calendar: WorkingCalendar, start: date, end: date, trace: Trace) -> None:
    """Note the days left out between two dates and why; and those worked out of turn."""
    told = calendar.skipped(start, end)
    weekend = tuple(closed.on for closed in told if closed.kind == "weekend")
    if len(weekend) > _LISTED:
        trace.check(WEEKENDS(number=len(weekend)), False)
    elif weekend:
        trace.check(WEEKEND(days=weekend), False)
    for closed in told:
        day = closed.on
        if closed.kind == "holiday":
            trace.check(HOLIDAY(day=day, name=closed.name or _PUBLIC), False)
        elif closed.kind == "weekday_of_month":
            trace.check(WEEKDAY_OF_MONTH(day=day), False)
        elif closed.kind == "make_up":
            trace.check(MAKE_UP(day=day, name=closed.name or _EXTRA), closed.worked)
        elif closed.kind == "override":
            trace.check((WORKED if closed.worked else OVERRIDE)(day=day), closed.worked)


def _provisional(calendar: WorkingCalendar, start: date, end: date, trace: Trace | None) -> bool:
    """Tell whether public holidays between two dates are not all known; note that and the days."""
    first, last = min(start, end), max(start, end)
    provisional = calendar.provisional(last, first)
    if trace:
        _skipped(calendar, start, end, trace)
        if provisional:
            trace.check(KNOWN(since=calendar.known_from, until=calendar.known_through), False)
    return provisional


def _hours(microseconds: int) -> Counted:
    return Counted(Fraction(microseconds, _HOUR), HOURS)


def _linked(
    calendar: WorkingCalendar, governing: date, start: date, end: date
) -> tuple[Version[Any], ...]:
    """Return the versions between two dates but for the one that governs, which is named anyway."""
    own = calendar.versions(governing, governing)[:1]
    return tuple(version for version in calendar.versions(start, end) if version not in own)


@attrs.frozen(eq=False)
class _ByTheClock(Rule[F, WorkingCalendar, O]):
    """A rule whose version is that of the local day of an instant, in the calendar's own zone."""

    def version(
        self,
        policy: str | Policy[WorkingCalendar] | Version[WorkingCalendar] | None,
        facts: F,
        *,
        on: date | None = None,
    ) -> Version[WorkingCalendar] | None:
        """Return the version in force on the local day of `start`, or on the day given."""
        if isinstance(policy, str):
            policy = SHELF.load(policy)
        if on is None and isinstance(policy, Policy) and policy.kind.name == WORKTIME.name:
            zone = policy.versions[-1].parameters.zone if policy.versions else "UTC"
            start: datetime = facts.start  # type: ignore[attr-defined]
            on = local_day(start, zone)
        return super().version(policy, facts, on=on)


def _add(facts: AddFacts, calendar: WorkingCalendar, trace: Trace | None) -> Added:
    """
    Decide when an amount of working time has passed.

    The answer is the earliest instant with so much working time since `start`: a full day from
    opening ends at the closing edge, and that edge is in time. Of a negative amount it is the
    latest instant from which that much leads to `start`; of none, `start` itself. Each local date
    takes its hours from the calendar version in force on it; the version in force on `start`'s
    local day, in the calendar's zone, is the one the decision names first.

    Examples:
        >>> from datetime import datetime
        >>> from zoneinfo import ZoneInfo
        >>> from bankservice.worktime import add
        >>> friday = datetime(2025, 6, 6, 16, 30, tzinfo=ZoneInfo("Europe/London"))
        >>> str(add("gb-eng", start=friday, amount="PT8H").outcome.at)
        '2025-06-09 00:30:00+01:00'
    """
    amount = facts.amount.microseconds
    at = calendar.add(facts.start, amount)
    start = local_day(facts.start, calendar.zone)
    provisional = bool(amount) and _provisional(calendar, start, at.date(), trace)
    return Added(at=instant(at, calendar.zone), provisional=provisional)


def _add_headline(facts: AddFacts, calendar: WorkingCalendar, outcome: Added) -> Reason:
    start = instant(facts.start, calendar.zone)
    return ADDED(amount=_hours(facts.amount.microseconds), start=start, at=outcome.at)


def _add_links(
    facts: AddFacts, calendar: WorkingCalendar, outcome: Added
) -> tuple[Version[Any], ...]:
    start = local_day(facts.start, calendar.zone)
    return _linked(calendar, start, start, outcome.at.date())


add: Final = _ByTheClock(
    id="worktime.add",
    facts=AddFacts,
    outcome=Added,
    evaluate=_add,
    headline=_add_headline,
    says=(ADDED, *DAYS),
    package=PACKAGE,
    kind=WORKTIME,
    shelf=lambda: SHELF,
    links=_add_links,
)


def _between(facts: BetweenFacts, calendar: WorkingCalendar, trace: Trace | None) -> Measured:
    """
    Decide how much working time lies between two instants.

    Whole seconds are given, rounded down; the number is negative where `end` is first. Each local
    date takes its hours from the calendar version in force on it. The version in force on `start`'s
    local day, in the calendar's zone, is the one the decision names first.

    Examples:
        >>> from datetime import datetime
        >>> from zoneinfo import ZoneInfo
        >>> from bankservice.worktime import between
        >>> london = ZoneInfo("Europe/London")
        >>> between(
        ...     "gb-eng",
        ...     start=datetime(2025, 12, 24, 16, tzinfo=london),
        ...     end=datetime(2025, 12, 29, 1, tzinfo=london),
        ... ).outcome.seconds
        32400
    """
    worked = calendar.between(facts.start, facts.end)
    start, end = (local_day(moment, calendar.zone) for moment in (facts.start, facts.end))
    return Measured(
        seconds=worked // _SECOND, provisional=_provisional(calendar, start, end, trace)
    )


def _between_headline(facts: BetweenFacts, calendar: WorkingCalendar, outcome: Measured) -> Reason:
    start, end = (instant(moment, calendar.zone) for moment in (facts.start, facts.end))
    return MEASURED(amount=_hours(outcome.seconds * _SECOND), start=start, end=end)


def _between_links(
    facts: BetweenFacts, calendar: WorkingCalendar, outcome: Measured
) -> tuple[Version[Any], ...]:
    start, end = (local_day(moment, calendar.zone) for moment in (facts.start, facts.end))
    return _linked(calendar, start, start, end)


between: Final = _ByTheClock(
    id="worktime.between",
    facts=BetweenFacts,
    outcome=Measured,
    evaluate=_between,
    headline=_between_headline,
    says=(MEASURED, *DAYS),
    package=PACKAGE,
    kind=WORKTIME,
    shelf=lambda: SHELF,
    links=_between_links,
)


def _business_day(
    facts: BusinessDayFacts, calendar: WorkingCalendar, trace: Trace | None
) -> BusinessDay:
    """
    Decide which day is so many business days after another.

    `day` is day 0 and not counted, business day or not; a negative number counts back, and 0 gives
    `day` itself. A business day is one with open time. Each date is told by the calendar version in
    force on it; the version in force on `day` is the one the decision names first.

    Examples:
        >>> from datetime import date
        >>> from bankservice.worktime import business_day
        >>> business_day("gb-eng", day=date(2025, 12, 27), n=3).outcome.day
        datetime.date(2025, 12, 31)
    """
    found = calendar.business_day(facts.day, facts.n)
    provisional = bool(facts.n) and _provisional(calendar, facts.day, found, trace)
    return BusinessDay(day=found, provisional=provisional)


def _business_day_headline(
    facts: BusinessDayFacts, calendar: WorkingCalendar, outcome: BusinessDay
) -> Reason:
    if not facts.n:
        return SAME_DAY(day=outcome.day)
    return BUSINESS_DAY(n=facts.n, start=facts.day, day=outcome.day)


business_day: Final = Rule(
    id="worktime.business-day",
    facts=BusinessDayFacts,
    outcome=BusinessDay,
    evaluate=_business_day,
    headline=_business_day_headline,
    says=(BUSINESS_DAY, SAME_DAY, *DAYS),
    package=PACKAGE,
    kind=WORKTIME,
    day=lambda facts: facts.day,
    shelf=lambda: SHELF,
    links=lambda facts, calendar, outcome: _linked(calendar, facts.day, facts.day, outcome.day),
)


def _calendar_day(
    facts: CalendarDayFacts, calendar: WorkingCalendar, trace: Trace | None
) -> CalendarDay:
    """
    Decide the last day of a period of calendar days, weeks or months.

    `day` is day 0 and not counted. Months are added first and clamp to the month's end. A last day
    that is no business day stays, or moves by `roll` to the next or the previous one. `ends_at` is
    the first instant after the last day. Each date is told by the calendar version in force on it;
    the version in force on `day` is the one the decision names first.

    Examples:
        >>> from datetime import date
        >>> from bankservice.worktime import calendar_day
        >>> found = calendar_day("gb-eng", day=date(2025, 2, 10), amount="P56D").outcome
        >>> found.last_day, found.ends_at.in_timezone("UTC").isoformat()
        (datetime.date(2025, 4, 7), '2025-04-07T23:00:00+00:00')
    """
    plain = facts.amount.after(facts.day)
    last = calendar.calendar_day(facts.day, facts.amount, facts.roll)
    provisional = False
    if facts.roll != "none":
        provisional = calendar.provisional(max(plain, last), min(plain, last))
        if trace:
            _rolled(calendar, plain, last, trace)
            if provisional:
                trace.check(KNOWN(since=calendar.known_from, until=calendar.known_through), False)
    ends_at = instant(calendar.end_of(last), calendar.zone)
    return CalendarDay(last_day=last, ends_at=ends_at, provisional=provisional)


def _rolled(calendar: WorkingCalendar, plain: date, last: date, trace: Trace) -> None:
    if plain != last:
        # The day the period would end on is among the days left out.
        one = 1 if last > plain else -1
        _skipped(calendar, date.fromordinal(plain.toordinal() - one), last, trace)
    trace.check(ROLLED(day=plain, to=last), plain == last)


def _calendar_day_headline(
    facts: CalendarDayFacts, calendar: WorkingCalendar, outcome: CalendarDay
) -> Reason:
    return LAST_DAY(
        amount=facts.amount, start=facts.day, day=outcome.last_day, ends_at=outcome.ends_at
    )


calendar_day: Final = Rule(
    id="worktime.calendar-day",
    facts=CalendarDayFacts,
    outcome=CalendarDay,
    evaluate=_calendar_day,
    headline=_calendar_day_headline,
    says=(LAST_DAY, ROLLED, *DAYS),
    package=PACKAGE,
    kind=WORKTIME,
    day=lambda facts: facts.day,
    shelf=lambda: SHELF,
    links=lambda facts, calendar, outcome: (
        ()
        if facts.roll == "none"
        else _linked(calendar, facts.day, facts.amount.after(facts.day), outcome.last_day)
    ),
)


RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (add, between, business_day, calendar_day)
"""Every public rule of this domain."""
