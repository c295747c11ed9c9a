"""
Notices: warnings and crossed deadlines, each told once, dated when it came true.

What is to be told follows from the clocks alone; a sweep that comes late tells the same with the
same instants. When it is told is another matter: in opening hours, where the bank says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bankservice.complaints.cases.case import Case, Timer
from bankservice.complaints.cases.entries import Noticed
from bankservice.complaints.cases.refusals import CaseRefusal, refused
from bankservice.complaints.cases.timing import Timing
from bankservice.core.calendar import in_utc
from bankservice.core.clock import Clock
from bankservice.core.record import Refused

__all__ = ["DUE", "due", "key_of", "notice"]

DUE = "due"
"""Step of a crossed deadline."""


def key_of(clock: Clock, cycle: int, step: str) -> str:
    """Return the key under which a step of a clock's cycle is told once."""
    return f"{clock.name}#{cycle}#{step}"


def _steps(timer: Timer) -> Iterator[tuple[str, str, datetime, datetime]]:
    """
    Yield what a clock will have told if nothing changes.

    Each step with its key, the first instant at which it can be told, and the instant it is dated.
    A span that may be used and was not has nothing to tell.
    """
    if timer.window:
        return
    clock = timer.clock
    ended, told = clock.ended_at, set[datetime]()
    for cycle in clock.cycles:
        if cycle.breached_at is not None and cycle.due is not None:
            # A deadline crossed before a clock was continued is not crossed again.
            if cycle.breached_at not in told:
                key = key_of(clock, cycle.number, DUE)
                yield key, DUE, cycle.due.late_from, cycle.breached_at
            told.add(cycle.breached_at)
    for step in clock.steps:
        if step.at is not None and (ended is None or step.at <= ended):
            yield key_of(clock, step.cycle, step.code), step.code, step.at, step.at
    if clock.due is None or clock.due.instant in told:
        return
    if ended is None or clock.due.is_late(ended):
        yield key_of(clock, clock.cycle, DUE), DUE, clock.due.late_from, clock.due.instant


def due(case: Case) -> Mapping[str, datetime]:
    """
    Return what must be looked at, and when: every step of a clock that was not told, by its key;
    and `effect`, when the customer is to be asked whether the solution was effective.
    """
    found = {
        key: first
        for timer in case.timers
        for key, _, first, _ in _steps(timer)
        if key not in case.noticed
    }
    if case.ask_effect_at is not None:
        found["effect"] = case.ask_effect_at
    return found


def notice(case: Case, key: str, timing: Timing, at: datetime) -> Noticed | Refused | None:
    """Return the notice of a step that is true by *at*; None where it was given."""
    if key in case.noticed:
        return None
    for timer in case.timers:
        for held, step, first, told in _steps(timer):
            if held == key and first <= at:
                return _noticed(case, timer, key, step, told, timing)
    return refused(CaseRefusal.NOT_TRUE_YET, key=key)


def _noticed(
    case: Case, timer: Timer, key: str, step: str, told: datetime, timing: Timing
) -> Noticed:
    calendar = timing.delivery(case, timer.policy)
    return Noticed(
        key=key,
        true_at=told,
        deliver_at=told if calendar is None else in_utc(calendar.next_open(told)),
        to=timing.rungs(case, timer.clock.name, step),
    )
