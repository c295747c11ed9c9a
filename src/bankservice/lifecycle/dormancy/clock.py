"""
From when the clock of an account runs, and the days it leads to.

What is not known is carried as the earliest and the latest it can be, so that an answer that is
the same either way is given, and one that is not names the fact. An account whose last activity
is not known was active some day between its opening and today.

    opened 2024-05-02, last activity unknown, 24 months, asked on 2026-05-02: the first day of the
    status is 2026-05-03 at the earliest, so the account is active whatever happened
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import attrs

from bankservice.core.calendar import Period, add_months, last_of_month, months_between
from bankservice.core.conditions import Condition
from bankservice.core.terms import unknown_in
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.dormancy.facts import DormancyFacts, account_values
from bankservice.lifecycle.dormancy.kind import DormancyLaw
from bankservice.lifecycle.dormancy.model import AccountDuty
from bankservice.lifecycle.dormancy.table import DutyRow, StatusRow, Term

__all__ = ["Anchor", "Reach", "anchor_of", "counted", "duties_of", "reaches_of"]

_DAY: Final = timedelta(days=1)


@attrs.frozen
class Anchor:
    """
    The day periods count from.

    Attributes:
        low: The earliest it can be; None where no clock runs.
        high: The latest it can be; None where there is no such day.
        by: What it is: `last-activity`, `opening`, the code of a later start; empty if not known.
        unknown: Facts it hangs on.
        assumed: Facts not stated that would have made an exception.
    """

    low: date | None
    high: date | None
    by: str = ""
    unknown: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def day(self) -> date | None:
        """The day, where it is known."""
        return self.low if self.low == self.high else None


@attrs.frozen
class Reach:
    """
    Whether and when an account comes to a status.

    Attributes:
        row: The status.
        applies: Whether the account is one that can; None where that is not known.
        low: The earliest first day.
        high: The latest first day; None where there is none.
        term: The period and where it comes from, where it is known which it is.
        excluded: Exclusions that hold.
        unknown: Facts it hangs on.
        assumed: Facts not stated that would have made an exception.
    """

    row: StatusRow
    applies: bool | None
    low: date = date.max
    high: date | None = None
    term: Term | None = None
    excluded: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def on(self) -> date | None:
        """The first day, where it is known that there is one."""
        return self.low if self.applies and self.low == self.high else None

    def held(self, day: date) -> bool | None:
        """Tell whether the status holds on *day*; None where that hangs on a fact not known."""
        if self.applies is False or self.low > day:
            return False
        return True if self.applies and self.high is not None and self.high <= day else None


def _after(day: date, period: Period) -> date:
    try:
        return period.after(day)
    except OverflowError:
        return date.max


def _moved(day: date, months: int) -> date:
    try:
        return add_months(day, months)
    except OverflowError:
        return date.max if months > 0 else date.min


def counted(facts: DormancyFacts, law: DormancyLaw) -> Iterator[tuple[date, bool | None]]:
    """Yield the day of each activity and whether it starts the clock anew."""
    for row in facts.activity if isinstance(facts.activity, tuple) else ():
        yield row.on, law.counts[row.kind, row.initiator]


def anchor_of(facts: DormancyFacts, law: DormancyLaw) -> Anchor:
    """Return the day periods count from, as far as it is known."""
    days = tuple(counted(facts, law))
    sure = [day for day, counts in days if counts]
    if isinstance(facts.last_activity_on, date):
        sure.append(facts.last_activity_on)
    doubtful = [day for day, counts in days if counts is None]
    opened = facts.opened_on if isinstance(facts.opened_on, date) else None
    missing = _missing(facts)
    if missing:
        low = max(sure, default=opened or date.min)
        found = Anchor(low, max(facts.on, low), "", (missing,))
    elif sure or doubtful:
        found = _last(sure, doubtful, opened if law.from_opening else None)
    elif not law.from_opening:
        return Anchor(None, None)
    elif opened is None:
        found = Anchor(date.min, facts.on, "", ("opened_on",))
    else:
        found = Anchor(opened, opened, "opening")
    if found.day is not None and not found.by:
        # An account opened on the day asked: whatever was last done, it was on that day.
        began = law.from_opening and found.day == opened and found.day not in sure
        found = attrs.evolve(found, by="opening" if began else "last-activity")
    return _later(found, facts, law)


def _missing(facts: DormancyFacts) -> str:
    """Return the fact without which nobody can say when the account was last active."""
    if facts.last_activity_on is UNKNOWN:
        return "last_activity_on"
    if facts.activity is UNKNOWN:
        return "activity"
    # No day and no list is no statement that nothing ever happened.
    silent = facts.activity is None and facts.last_activity_on is None
    return "last_activity_on" if silent else ""


def _last(sure: Sequence[date], doubtful: Sequence[date], opened: date | None) -> Anchor:
    if not doubtful or (sure and max(doubtful) <= max(sure)):
        return Anchor(max(sure), max(sure), "last-activity")
    # Without a start from the opening, no clock may run at all: there is no latest day.
    low = max(sure) if sure else opened or min(doubtful)
    high = max(doubtful) if sure or opened else None
    return Anchor(low, high, "", ("activity",))


def _later(found: Anchor, facts: DormancyFacts, law: DormancyLaw) -> Anchor:
    """Return the anchor, no earlier than the law's later starts."""
    low, high, by = found.low, found.high, found.by
    assert low is not None, "a clock runs"
    if not law.later_starts:
        return found
    values = account_values(facts)
    unknown, assumed = list(found.unknown), list(found.assumed)
    for start in law.later_starts:
        holds = start.when.holds(values, law.accounts.within)
        if holds is False:
            continue
        stated = getattr(facts, start.day)
        names = unknown_in(start.when, values)
        if holds is None and stated is None and not _said_unknown(names, values):
            assumed.extend(names)
            continue
        if not isinstance(stated, date):
            high, by = None, ""
            unknown.extend(names if holds is None else (start.day,))
            continue
        day = _after(stated, start.plus)
        if holds and day >= low:
            low, by = day, start.code if high is not None and high <= day else by
        elif not holds and (high is None or day > low):
            unknown.extend(names)
        high = None if high is None else max(high, day)
    by = by if low == high else ""
    return Anchor(low, high, by, tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(assumed)))


def _said_unknown(names: Sequence[str], values: Mapping[str, object]) -> bool:
    return any(values[name] is UNKNOWN for name in names)


def reaches_of(facts: DormancyFacts, law: DormancyLaw, anchor: Anchor) -> tuple[Reach, ...]:
    """Return for each status whether and when the account comes to it."""
    values = account_values(facts)
    found: list[Reach] = []
    for row in law.statuses:
        start = anchor if row.starts == "activity" else _noticed(facts, found[-1])
        found.append(_reach(row, start, values, law))
    return tuple(found)


def _noticed(facts: DormancyFacts, before: Reach) -> Anchor:
    """Return the day of the notice, if the status before it already held then."""
    day = facts.notified_on
    if day is None or before.applies is False:
        return Anchor(None, None)
    if day is UNKNOWN:
        return Anchor(before.low, None, "", ("notified_on", *before.unknown))
    if before.low > day:
        return Anchor(None, None)
    if before.applies and before.high is not None and before.high <= day:
        return Anchor(day, day, "notice")
    return Anchor(day, None, "", before.unknown)


def _reach(row: StatusRow, start: Anchor, values: Mapping[str, object], law: DormancyLaw) -> Reach:
    if start.low is None:
        return Reach(row, False)
    within = law.accounts.within
    applies = True if row.when is None else row.when.holds(values, within)
    unknown = [*start.unknown]
    if applies is None and row.when is not None:
        unknown.extend(unknown_in(row.when, values))
    excluded: list[str] = []
    assumed = [*start.assumed]
    for exclusion in law.exclusions:
        if exclusion.keeps_from and row.code not in exclusion.keeps_from:
            continue
        holds = exclusion.when.holds(values, within)
        if holds:
            excluded.append(exclusion.code)
        elif holds is None:
            unsure = _exception(exclusion.when, values, assumed)
            unknown.extend(unsure)
            applies = None if unsure and applies else applies
    terms = _terms(row.term, values, law, unknown, assumed)
    if excluded or not terms:
        return Reach(row, False, excluded=tuple(excluded))
    beyond = _DAY if row.boundary == "more_than" else timedelta()
    firsts = [_first(start.low, term.after, beyond) for term in terms]
    if min(firsts) == date.max:
        # Past the end of the calendar there is no such day.
        return Reach(row, False)
    lasts = [] if start.high is None else [_first(start.high, t.after, beyond) for t in terms]
    return Reach(
        row,
        applies,
        min(firsts),
        max(lasts, default=None),
        terms[0] if len(terms) == 1 else None,
        (),
        tuple(dict.fromkeys(unknown)),
        tuple(dict.fromkeys(assumed)),
    )


def _first(day: date, period: Period, beyond: timedelta) -> date:
    full = _after(day, period)
    return full if full == date.max else full + beyond


def _exception(
    when: Condition, values: Mapping[str, object], assumed: list[str]
) -> tuple[str, ...]:
    """Return the facts said to be unknown; those merely not stated are assumed."""
    names = unknown_in(when, values)
    if _said_unknown(names, values):
        return tuple(name for name in names if values[name] is UNKNOWN)
    assumed.extend(names)
    return ()


def _terms(
    terms: tuple[Term, ...],
    values: Mapping[str, object],
    law: DormancyLaw,
    unknown: list[str],
    assumed: list[str],
) -> list[Term]:
    """Return the periods that may be the account's: one, where all they ask for is known."""
    found: list[Term] = []
    for term in terms:
        holds = True if term.when is None else term.when.holds(values, law.accounts.within)
        if holds:
            return [*found, term]
        if holds is None and term.when is not None:
            names = unknown_in(term.when, values)
            if terms[-1].when is None and not _said_unknown(names, values):
                assumed.extend(names)
            else:
                found.append(term)
                unknown.extend(names)
    return found


def duties_of(reach: Reach, base: date, on: date) -> Iterator[tuple[DutyRow, AccountDuty]]:
    """Yield the duties of a status whose first day is known, with their days."""
    first = reach.on
    assert first is not None, "only a known first day has duties"
    for row in reach.row.duty:
        yield row, _duty(row, reach, first, base, on)


def _duty(row: DutyRow, reach: Reach, first: date, base: date, on: date) -> AccountDuty:
    start: date | None = None
    due: date | None = None
    if row.before is not None:
        due = _moved(first, -row.before.months) - timedelta(days=row.before.days)
    elif row.after is not None:
        beyond = _DAY if reach.row.boundary == "more_than" else timedelta()
        start = _first(base, row.after, beyond)
    elif row.january_after is not None:
        end = _after(base, Period(months=12 * row.january_after))
        year = min(end.year + 1, date.max.year)
        start, due = date(year, 1, 1), date(year, 1, 31)
    elif row.every is not None:
        gone = months_between(first, on) if on > first else 0
        due = _moved(first, row.every.months * (gone // row.every.months or 1))
        if due < on:
            due = _moved(first, row.every.months * (gone // row.every.months + 1))
    elif row.by == "year-end":
        due = date(first.year, 12, 31)
    elif row.by == "next-month-end":
        due = last_of_month(_moved(first.replace(day=1), 1))
    else:
        start = first
    return AccountDuty(code=row.code, status=reach.row.code, from_on=start, due_by=due)
