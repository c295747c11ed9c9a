"""
Complaint statistics: on time, late, open and ageing, why, and who comes again.

A cycle is one run of one clock of a case; it belongs to the period in which it was
closed, so that a period once told never changes, and what is late and still open is told beside
it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from bankservice.complaints.handling import HANDLING, Handling
from bankservice.complaints.model import Role
from bankservice.complaints.policy import SHELF
from bankservice.complaints.watch.tally import (
    AgeClass,
    CaseRow,
    Cause,
    Complainer,
    CycleRow,
    Group,
    Spread,
    Statistics,
    StatisticsFacts,
    Timeliness,
)
from bankservice.core.clock import Status, Verdict
from bankservice.core.decision import Reason, Rule, Says, Trace

__all__ = ["statistics"]

COUNTED: Final = Says("STATISTICS", ("received", "closed", "open", "in_time", "judged", "share"))
NO_SHARE: Final = Says("STATISTICS_NO_SHARE", ("received", "closed", "open"))
CLOCK: Final = Says("statistics-clock", ("clock", "in_time", "judged"))
EXCUSED: Final = Says("statistics-excused", ("clock", "excused"))


Fate = Literal[
    "met",
    "met_late",
    "breached_open",
    "excused",
    "cancelled",
    "cancelled_late",
    "pending",
    "undecided",
]
_JUDGED: Final = ("met", "met_late", "breached_open", "excused", "cancelled_late")


def _fate(row: CycleRow, facts: StatisticsFacts) -> Fate | None:
    """Return what became of a cycle; None where it belongs to another period."""
    if row.closed_on is not None and not facts.start <= row.closed_on < facts.end:
        return None
    late = row.verdict is Verdict.LATE
    if row.verdict is Verdict.EXCUSED:
        return "excused"
    if row.status is Status.CANCELLED:
        return "cancelled_late" if late else "cancelled"
    if row.status is Status.STOPPED:
        if late:
            return "met_late"
        return "met" if row.verdict is Verdict.IN_TIME else "undecided"
    return "breached_open" if late else "pending"


def _statistics(facts: StatisticsFacts, handling: Handling, trace: Trace | None) -> Statistics:
    """
    Count complaints of a period: kept and broken duties, ageing, causes, who comes again.

    The version in force on `as_of` applies. The period is half-open, `[start, end)`; a cycle
    belongs to it by the day it was closed. Limits are never counted, nor is what was cancelled in
    time; what was late and then excused or cancelled stays late. What is late and still open counts
    against the share, until it is closed and counts once more in that period. An empty period has
    no share. The order of the rows changes nothing.

    Raises:
        ValueError: If a row stands twice, or a cycle belongs to no case.

    Examples:
        >>> from bankservice.complaints import statistics
        >>> case = {"case": "c-1", "customer": "zhao", "received_on": "2026-11-01"}
        >>> clock = {"case": "c-1", "clock": "solution", "role": "duty", "closed_on": "2026-11-02"}
        >>> counted = statistics(
        ...     "handling",
        ...     start="2026-11-01",
        ...     end="2026-12-01",
        ...     as_of="2026-12-01",
        ...     cases=[case],
        ...     cycles=[{**clock, "status": "stopped", "verdict": "in_time"}],
        ... ).outcome
        >>> counted.received, counted.open, counted.overall.share
        (1, 1, Fraction(1, 1))
    """
    fates = [
        (row, fate)
        for row in facts.cycles
        if row.role is Role.DUTY and (fate := _fate(row, facts)) is not None
    ]
    by_clock: dict[str, list[tuple[CycleRow, Fate]]] = {}
    for row, fate in fates:
        by_clock.setdefault(row.clock, []).append((row, fate))
    duties = tuple(_timeliness(clock, by_clock[clock]) for clock in sorted(by_clock))
    if trace is not None:
        for duty in duties:
            judged = duty.judged
            held = duty.met == judged if judged else None
            trace.check(CLOCK(clock=duty.clock, in_time=duty.met, judged=judged), held)
            if duty.excused:
                trace.check(EXCUSED(clock=duty.clock, excused=duty.excused), False)
    closed = [row for row in facts.cases if _closed(row, facts)]
    still_open = [row for row in facts.cases if _open(row, facts)]
    received = [row for row in facts.cases if facts.start <= row.received_on < facts.end]
    causes = Counter(row.cause for row in closed if row.cause)
    customers = Counter(row.customer for row in received)
    most = handling.counting.repeat_from
    return Statistics(
        received=len(received),
        closed=len(closed),
        open=len(still_open),
        overall=_timeliness("", fates),
        duties=duties,
        limits_left_out=sum(row.role is Role.LIMIT for row in facts.cycles),
        ageing=_ageing(still_open, facts.as_of, handling.counting.ageing),
        causes=_pareto(causes),
        without_cause=len(closed) - causes.total(),
        repeaters=tuple(
            Complainer(customer=customer, cases=cases)
            for customer, cases in _frequent(customers)
            if cases >= most
        ),
        by_product=_table(facts, fates, lambda row: row.product),
        by_channel=_table(facts, fates, lambda row: row.channel),
        by_branch=_table(facts, fates, lambda row: row.branch),
        by_issue=_table(facts, fates, lambda row: row.issue),
        by_severity=_table(facts, fates, lambda row: row.severity),
    )


def _closed(row: CaseRow, facts: StatisticsFacts) -> bool:
    return row.closed_on is not None and facts.start <= row.closed_on < facts.end


def _open(row: CaseRow, facts: StatisticsFacts) -> bool:
    return row.received_on <= facts.as_of and (row.closed_on is None or row.closed_on > facts.as_of)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _timeliness(clock: str, fates: list[tuple[CycleRow, Fate]]) -> Timeliness:
    count = Counter(fate for _, fate in fates)
    judged = [row for row, fate in fates if fate in _JUDGED]
    late = [
        row for row in judged if row.status is Status.STOPPED and row.verdict is not Verdict.IN_TIME
    ]
    early = [row for row, fate in fates if fate == "met"]
    paused = [row.paused_us for row in judged if row.paused_us]
    return Timeliness(
        clock=clock,
        met=count["met"],
        met_late=count["met_late"],
        breached_open=count["breached_open"],
        excused=count["excused"],
        cancelled=count["cancelled"],
        cancelled_late=count["cancelled_late"],
        pending=count["pending"],
        undecided=count["undecided"],
        judged=len(judged),
        share=_share(count["met"], len(judged)),
        share_closed=_share(count["met"], sum(row.closed_on is not None for row in judged)),
        paused=len(paused),
        paused_us=sum(paused),
        late_working=_spread(row.late_working_us for row in late),
        late_elapsed=_spread(row.late_elapsed_us for row in late),
        early_working=_spread(_negated(row.late_working_us) for row in early),
        early_elapsed=_spread(_negated(row.late_elapsed_us) for row in early),
    )


def _negated(amount: int | None) -> int | None:
    return None if amount is None else -amount


def _spread(amounts: Iterable[int | None]) -> Spread:
    held = sorted(amount for amount in amounts if amount is not None)
    if not held:
        return Spread()
    middle = held[(len(held) - 1) // 2] + held[len(held) // 2]
    return Spread(
        count=len(held),
        total=sum(held),
        least=held[0],
        median=Fraction(middle, 2),
        most=held[-1],
    )


def _ageing(rows: list[CaseRow], as_of: date, edges: tuple[int, ...]) -> tuple[AgeClass, ...]:
    ages = [(as_of - row.received_on).days for row in rows]
    firsts = (0, *(edge + 1 for edge in edges))
    return tuple(
        AgeClass(
            first_day=first,
            last_day=last,
            cases=sum(first <= age and (last is None or age <= last) for age in ages),
        )
        for first, last in zip(firsts, (*edges, None), strict=True)
    )


def _frequent(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _pareto(causes: Counter[str]) -> tuple[Cause, ...]:
    whole, reached = causes.total(), 0
    held = []
    for code, cases in _frequent(causes):
        reached += cases
        share, cumulative = Fraction(cases, whole), Fraction(reached, whole)
        held.append(Cause(code=code, cases=cases, share=share, cumulative=cumulative))
    return tuple(held)


def _table(
    facts: StatisticsFacts,
    fates: list[tuple[CycleRow, Fate]],
    part: Callable[[CaseRow], str],
) -> tuple[Group, ...]:
    code_of = {row.case: part(row) for row in facts.cases}
    received = Counter(
        part(row) for row in facts.cases if facts.start <= row.received_on < facts.end
    )
    closed = Counter(part(row) for row in facts.cases if _closed(row, facts))
    still_open = Counter(part(row) for row in facts.cases if _open(row, facts))
    met = Counter(code_of[row.case] for row, fate in fates if fate == "met")
    judged = Counter(code_of[row.case] for row, fate in fates if fate in _JUDGED)
    return tuple(
        Group(
            code=code,
            received=received[code],
            closed=closed[code],
            open=still_open[code],
            met=met[code],
            judged=judged[code],
            share=_share(met[code], judged[code]),
        )
        for code in sorted({*received, *closed, *still_open, *judged})
    )


def _headline(facts: StatisticsFacts, handling: Handling, outcome: Statistics) -> Reason:
    cases = {"received": outcome.received, "closed": outcome.closed, "open": outcome.open}
    overall = outcome.overall
    if overall.share is None:
        return NO_SHARE(**cases)
    percent = overall.share * 100
    return COUNTED(**cases, in_time=overall.met, judged=overall.judged, share=percent)


statistics: Final = Rule(
    id="complaints.statistics",
    facts=StatisticsFacts,
    outcome=Statistics,
    evaluate=_statistics,
    headline=_headline,
    says=(COUNTED, NO_SHARE, CLOCK, EXCUSED),
    package="bankservice.complaints",
    kind=HANDLING,
    day=lambda facts: facts.as_of,
    shelf=lambda: SHELF,
)
