"""One clock of a case, as a law or the bank's own service levels want it when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import attrs

from bankservice.complaints.cases.case import About, Case, Limit, Private, Timer
from bankservice.complaints.levels import Level
from bankservice.complaints.model import Due
from bankservice.complaints.regimes.law import ClockRow, Regime
from bankservice.complaints.regimes.receipt import DeadlineFacts
from bankservice.core import clockwork
from bankservice.core.calendar import local_day
from bankservice.core.frozen import FrozenMapping
from bankservice.core.ruler import Close, Ruler, Target, Unit
from bankservice.core.worktime import WorkingCalendar

__all__ = [
    "deadline_facts",
    "duty",
    "known",
    "known_law",
    "level_facts",
    "limit",
    "may_govern",
    "own_timer",
]


def own_timer(policy_id: str, level: Level, ruler: Ruler, at: datetime) -> Timer:
    """Return one of the bank's own clocks, started at an instant."""
    clock = clockwork.start(
        f"{policy_id}/{level.name}",
        level.target,
        ruler,
        at,
        thresholds=level.thresholds,
        pausable=level.pausable,
    )
    return Timer(
        clock=clock,
        title=level.title,
        law=False,
        stops_on=level.stops_on,
        reopen=level.reopen,
        on_calendar_change=level.on_calendar_change,
    )


def level_facts(case: Case) -> Mapping[str, object]:
    """Return the facts of a case that the bank's own clocks may depend on."""
    about = case.about
    facts: dict[str, object] = {
        "severity": about.severity,
        "tier": about.tier,
        "matter": about.matter or "complaint",
        "kind": about.kind or "general",
        "department": about.department,
        "vulnerable": case.private.vulnerable,
        "channel": case.doors[0].channel if case.doors else None,
        "product": about.product,
        "customer_kind": about.customer_kind,
        "region": about.region,
    }
    return facts


def deadline_facts(
    about: About, private: Private, on: date, at: datetime | None, zone: str
) -> DeadlineFacts:
    """Return the facts the law's deadlines follow from."""
    by_instant = at is not None and bool(zone) and local_day(at, zone) == on
    return DeadlineFacts(
        received_on=None if by_instant else on,
        received_at=at if by_instant else None,
        zone=zone,
        kind=about.kind or "general",
        region=about.region,
        new_account=private.new_account,
        extended=private.extended,
        cycle_ends=private.cycle_ends,
        provisional_credit_on=private.provisional_credit_on,
        finished_on=private.finished_on,
        error_found_on=private.error_found_on,
        reversal_notice_on=private.reversal_notice_on,
        customer=FrozenMapping(private.facts),
    )


def duty(
    name: str,
    due: Due,
    row: ClockRow,
    regime: Regime,
    ruler: Ruler,
    at: datetime,
    zone: str,
    thresholds: tuple[str, ...] = (),
) -> Timer:
    """
    Return a duty of law, started at the receipt, with the warnings the bank gives itself.

    Without a zone there is a last day and no instant, so the clock waits for the zone.
    """
    undecided = due.undecided if zone else (*due.undecided, "zone")
    clock = clockwork.start(
        name,
        _target(due),
        ruler,
        at,
        day_zero=due.starts_on,
        last_day=due.last_day,
        thresholds=thresholds,
        pausable=bool(regime.pauses),
        undecided=undecided,
    )
    return Timer(
        clock=clock,
        title=due.title,
        law=True,
        window=row.window,
        stops_on=row.stops_on,
        reopen=row.reopen,
        lawful_if=due.lawful_if,
        last_day=None if zone else due.last_day,
    )


def limit(name: str, due: Due, ruler: Ruler, zone: str) -> Limit:
    """Return how far extensions may move a duty; its instant only where a zone is known."""
    if due.last_day is None or not zone:
        return Limit(name, due.last_day, None)
    return Limit(name, due.last_day, ruler.deadline(due.last_day, _target(due).close))


def _target(due: Due) -> Target:
    """Return how long a duty runs; billing cycles are the calendar days they come to."""
    close: Close = "close-of-business" if due.inclusive else "end-of-day"
    if due.unit in (Unit.BUSINESS_DAYS.value, Unit.CALENDAR_DAYS.value):
        return Target.parse(due.amount, Unit(due.unit), close=close)
    if due.unit == Unit.ELAPSED.value:
        return Target.parse(due.amount, Unit.ELAPSED)
    days = 0
    if due.starts_on is not None and due.last_day is not None:
        days = (due.last_day - due.starts_on).days
    return Target(Unit.CALENDAR_DAYS, days, close=close)


def may_govern(regime: Regime, case: Case, jurisdiction: str) -> bool:
    """Tell whether a regime may govern a case; only facts that are stated can rule it out."""
    if regime.governs is None:
        return True
    facts: dict[str, object] = {
        "jurisdiction": jurisdiction or None,
        "region": case.about.region,
        "kind": case.about.kind or "general",
        "product": case.about.product,
        "channel": case.doors[0].channel if case.doors else None,
        "customer_kind": case.about.customer_kind,
        **case.private.facts,
    }
    return regime.governs.holds(facts, regime.within) is not False


def known(calendar: WorkingCalendar | None, on: date) -> WorkingCalendar | None:
    """Return a calendar without the corrections that became known after a day."""
    return None if calendar is None else calendar.as_known(on)


def known_law(regime: Regime, on: date) -> Regime:
    """Return a regime that counts its days without the holidays that became known after a day."""
    calendars = {region: known(held, on) for region, held in regime.calendars.items()}
    return attrs.evolve(
        regime,
        calendar=known(regime.calendar, on),
        calendars={region: held for region, held in calendars.items() if held is not None},
        hours=known(regime.hours, on),
    )
