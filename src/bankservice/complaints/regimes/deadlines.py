"""
When a complaint must be dealt with, under one regime: every duty and limit, to the day.

Day 0 is the local day of receipt and is not counted. A clock in days ends at the first instant
after its last day, which is late; at the close of business it ends at the closing edge of the
institution's hours, which is in time; where no hours are known that is the end of the day.

    us-reg-e, received Mon 3 November 2014: 10 business days, without 8, 9, 15 and 16 November
    (weekends) and 11 November (Veterans Day), end on Tue 18 November; late from the 19th, 00:00
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import attrs

from bankservice.complaints.model import Deadlines, Due, Role
from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.articles import RECEIPT
from bankservice.complaints.regimes.grounds import (
    SAYS,
    headline,
    trace_due,
    trace_existence,
    trace_missing,
    trace_not_stated,
    trace_row,
)
from bankservice.complaints.regimes.law import ClockRow, Length, Regime
from bankservice.complaints.regimes.receipt import DeadlineFacts, receipt_of
from bankservice.complaints.regimes.reckoning import Case, Found, ending, home_of, last_day, shown
from bankservice.complaints.regimes.regime import REGIME
from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import INSTITUTION
from bankservice.core.policy import Policy, Version
from bankservice.core.ruler import Unit
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN

__all__ = ["DeadlineFacts", "deadlines", "due_dates", "linked_versions", "receipt_of"]


class _Passed(NamedTuple):
    """A row that was passed over because facts are not stated, or unknown."""

    length: Length
    unstated: tuple[str, ...]
    unknown: tuple[str, ...]


def due_dates(facts: DeadlineFacts, regime: Regime, trace: Trace | None = None) -> Deadlines:
    """
    Work out when a complaint must be dealt with: every duty and limit of one regime.

    The version in force on `received_on`, the local day of receipt, governs the complaint for
    life. Day 0 is not counted. A fact that would lengthen a duty and is not stated is not
    established: the shorter clock runs, and the fact is listed under `assumed`. A fact stated as
    unknown that matters, or a missing region, leaves that clock undecided and is named there.
    Without a zone there are last days and no instants.

    Examples:
        >>> from datetime import date
        >>> from bankservice.complaints import deadlines
        >>> decision = deadlines("us-reg-e", received_on=date(2014, 11, 3))
        >>> str(decision.outcome["determination"].last_day), decision.outcome["assumed"]
        ('2014-11-18', ('new_account', 'extended'))
    """
    zone = facts.zone or regime.zone
    received = receipt_of(facts, regime.zone)
    case = Case(
        facts,
        regime,
        _asked(facts, regime),
        zone,
        home_of(zone) if zone else None,
        regime.calendar_for(facts.region),
        trace,
    )
    entries: dict[str, Due] = {}
    assumed: dict[str, None] = {}
    for clock in regime.clocks:
        start = received if clock.starts == RECEIPT else _start(clock.starts, case)
        if start is None:
            continue
        due = _due(clock, start, case, assumed)
        if due is not None:
            entries[clock.name] = due
    return Deadlines(FrozenMapping(entries), tuple(assumed))


def _asked(facts: DeadlineFacts, regime: Regime) -> Mapping[str, object]:
    """Return the facts the regime's conditions look at, those it declares as their type."""
    return {
        name: _declared(name, facts, regime) if name in regime.declared else getattr(facts, name)
        for name in regime.asks
    }


def _declared(name: str, facts: DeadlineFacts, regime: Regime) -> object:
    value, kind = facts.customer.get(name), regime.declared[name]
    if value is None or value is UNKNOWN or value == UNKNOWN.value:
        return None if value is None else UNKNOWN
    return value if kind is None else FACTS.read(value, kind, f"fact {name}")


def _start(name: str, case: Case) -> date | None:
    if name in case.regime.declared:
        found = _declared(name, case.facts, case.regime)
        return found if isinstance(found, date) else None
    held: date | None = getattr(case.facts, name)
    return held


def _due(clock: ClockRow, start: date, case: Case, assumed: dict[str, None]) -> Due | None:
    """Return the deadline of one clock; None where it does not exist for this complaint."""
    trace = case.trace
    if clock.when is not None:
        exists = clock.when.holds(case.asked, case.regime.within)
        if trace is not None:
            trace_existence(clock, exists, trace)
        if not exists:
            asks = (part.fact for part in clock.when.comparisons()) if exists is None else ()
            unknown = tuple(dict.fromkeys(n for n in asks if case.asked[n] is UNKNOWN))
            return _undecided(clock, start, clock.terms[-1], unknown, case) if unknown else None
    length, passed = _row(clock, case)
    found = last_day(length, start, case)
    for row in passed:
        other = last_day(row.length, start, case)
        if row.unknown:
            if other.last is None or other.last != found.last:
                return _undecided(clock, start, None, row.unknown, case, length)
        elif clock.role is Role.DUTY and _longer(other.last, found.last):
            assumed.update(dict.fromkeys(row.unstated))
            if trace is not None:
                trace_not_stated(clock, row.unstated, trace)
    if found.last is None:
        return _undecided(clock, start, length, found.missing, case)
    if found.more and clock.role is Role.DUTY:
        assumed.update(dict.fromkeys(found.more))
        if trace is not None:
            trace_not_stated(clock, found.more, trace)
    return _ended(clock, start, length, found, case)


def _longer(other: date | None, last: date | None) -> bool:
    return other is not None and last is not None and other > last


def _row(clock: ClockRow, case: Case) -> tuple[Length, list[_Passed]]:
    """Return the row that applies, and those passed over for want of facts."""
    passed: list[_Passed] = []
    for length in clock.terms:
        held = True if length.when is None else length.when.holds(case.asked, case.regime.within)
        if case.trace is not None:
            trace_row(clock, length, held, case.trace)
        if held:
            return length, passed
        if held is None:
            asked = case.asked
            unstated = tuple(name for name in length.asks if asked[name] is None)
            unknown = tuple(name for name in length.asks if asked[name] is UNKNOWN)
            passed.append(_Passed(length, unstated, unknown))
    raise AssertionError("the last row has no condition")


def _ended(
    clock: ClockRow,
    start: date,
    length: Length,
    found: Found,
    case: Case,
) -> Due:
    last = found.last
    assert last is not None, "the clock is decided"
    calendar = case.calendar if length.by_calendar else None
    moment: datetime | None = None
    inclusive: bool | None = None
    if case.home is not None:
        ends = ending(length, last, found, case)
        moment, inclusive = shown(ends.instant, case.home), ends.inclusive
    assert length.source is not None, "given when the version was read"
    due = Due(
        role=clock.role,
        title=clock.title,
        unit=length.unit,
        amount=length.amount,
        starts_on=start,
        last_day=last,
        due_at=moment,
        inclusive=inclusive,
        provisional=calendar is not None and calendar.provisional(last, start),
        lawful_if=clock.lawful_if,
        sends=clock.sends,
        source=length.source,
    )
    if case.trace is not None:
        trace_due(clock, length, due, case.regime, case.calendar, case.trace)
    return due


def _undecided(
    clock: ClockRow,
    start: date,
    length: Length | None,
    facts: tuple[str, ...],
    case: Case,
    cited: Length | None = None,
) -> Due:
    source = (length or cited or clock.terms[-1]).source
    assert source is not None, "given when the version was read"
    if case.trace is not None:
        trace_missing(clock, facts, case.facts.region, case.regime, case.trace)
    return Due(
        role=clock.role,
        title=clock.title,
        unit="" if length is None else length.unit,
        amount="" if length is None else length.amount,
        starts_on=start,
        undecided=facts,
        lawful_if=clock.lawful_if,
        sends=clock.sends,
        source=source,
    )


# --- the rule -----------------------------------------------------------------------------------


def linked_versions(
    facts: DeadlineFacts, regime: Regime, outcome: Deadlines
) -> tuple[Version[Any], ...]:
    """Return the versions of the calendars the deadlines rest on."""
    counted = [
        (due.starts_on, due.last_day)
        for name, due in outcome.entries.items()
        if due.starts_on is not None and due.last_day is not None
        if any(term.by_calendar and term.unit == due.unit for term in regime.clock(name).terms)
    ]
    calendar = regime.calendar_for(facts.region)
    found: dict[Version[Any], None] = {}
    if calendar is not None and counted:
        first, last = min(start for start, _ in counted), max(end for _, end in counted)
        found.update(dict.fromkeys(calendar.versions(first, last)))
    if regime.hours is not None:
        for due in outcome.entries.values():
            if due.inclusive and due.last_day is not None and due.unit != Unit.ELAPSED.value:
                found.update(dict.fromkeys(regime.hours.versions(due.last_day, due.last_day)))
    return tuple(found)


def _day(facts: DeadlineFacts) -> date | None:
    """Return day 0 as far as the facts tell it: an instant alone needs a zone."""
    if facts.received_at is not None and not facts.zone:
        return facts.received_on
    return receipt_of(facts, "")


def _zone_of(policy: Policy[Any] | Version[Any]) -> str:
    version = policy.versions[-1] if isinstance(policy, Policy) else policy
    return str(getattr(version.parameters, "zone", ""))


@attrs.frozen(eq=False)
class _RegimeRule(Rule[DeadlineFacts, Regime, Deadlines]):
    """A rule whose governing day may take the one zone of the regime's country."""

    def version(
        self,
        policy: str | Policy[Regime] | Version[Regime] | None,
        facts: DeadlineFacts,
        *,
        on: date | None = None,
    ) -> Version[Regime] | None:
        """Return the version in force on day 0, by the regime's own zone where none is stated."""
        if on is None and policy is not None and self.day(facts) is None:
            policy = self._loaded(policy)
            on = receipt_of(facts, _zone_of(policy))
        return Rule.version(self, policy, facts, on=on)

    def decide(
        self,
        facts: DeadlineFacts,
        version: Version[Regime] | None = None,
        beside: Version[Any] | None = None,
    ) -> Any:
        """Decide; where nobody states a zone, the regime's own is written into the facts."""
        if version is not None and beside is None and facts.received_at is not None:
            facts = _with_zone(facts, version.parameters)
        return Rule.decide(self, facts, version, beside)


def _with_zone(facts: DeadlineFacts, held: Any) -> DeadlineFacts:
    return facts if facts.zone or not held.zone else attrs.evolve(facts, zone=held.zone)


def _headline(facts: DeadlineFacts, regime: Regime, outcome: Deadlines) -> Reason:
    return headline(receipt_of(facts, regime.zone), outcome)


deadlines: Final = _RegimeRule(
    id="complaints.deadlines",
    facts=DeadlineFacts,
    outcome=Deadlines,
    evaluate=due_dates,
    headline=_headline,
    says=SAYS,
    package="bankservice.complaints",
    kind=REGIME,
    day=_day,
    shelf=lambda: SHELF,
    beside=INSTITUTION,
    filled=_with_zone,
    joined=lambda regime, institution: regime.at(institution.working),
    links=linked_versions,
)
