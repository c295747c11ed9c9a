"""
What is done to the clocks of a case: found, paused, resumed, met, cancelled.

A clock whose policy is no longer at hand cannot be measured. It may be met or cancelled all the
same, for its deadline stands on it; it may not be paused, resumed or extended.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from bankservice.complaints.cases.case import Case, Timer
from bankservice.complaints.cases.commands import PauseClock
from bankservice.complaints.cases.entries import ClocksChanged
from bankservice.complaints.cases.refusals import CaseRefusal, of_clock, refused
from bankservice.complaints.cases.timing import Timing
from bankservice.core import clock_dating, clockwork
from bankservice.core.clock import Clock, ClockRefusal, Status
from bankservice.core.errors import near_names
from bankservice.core.record import Refused
from bankservice.core.ruler import Ruler, Unit

__all__ = ["cancel", "cancel_open", "find", "meet", "movable", "pause", "resume"]


def find(case: Case, name: str) -> Timer | Refused:
    """Return the clock a name means: the full one, or the bare one where it is unique."""
    found = case.named(name)
    if len(found) == 1:
        return found[0]
    known = [timer.clock.name for timer in found or case.timers]
    near = ", ".join(near_names(name, known)) or ", ".join(known)
    return refused(CaseRefusal.UNKNOWN_CLOCK, clock=name, known=near)


def movable(case: Case, name: str, timing: Timing, at: datetime) -> tuple[Timer, Ruler] | Refused:
    """Return a clock that something can be done to at an instant, and what measures it."""
    timer = find(case, name)
    if isinstance(timer, Refused):
        return timer
    no = clock_dating.refused(timer.clock, at)
    if no is not None:
        return of_clock(no, timer.clock.name)
    ruler = timing.ruler(case, timer)
    if ruler is None:
        return refused(CaseRefusal.NOT_IN_FORCE, clock=timer.clock.name, policy=timer.policy)
    return timer, ruler


def pause(case: Case, body: PauseClock, timing: Timing, at: datetime) -> ClocksChanged | Refused:
    """Stop a clock; one of law only for a reason that law names."""
    found = movable(case, body.clock, timing, at)
    if isinstance(found, Refused):
        return found
    timer, ruler = found
    version = timing.version_of(case, timer)
    if timer.law and timer.clock.pausable and version is not None:
        lawful = version.parameters.pauses
        reason = _coded(body.reason)
        if not any(
            reason in (held.reason, _coded(held.title.en), _coded(held.title.zh)) for held in lawful
        ):
            known = ", ".join(held.reason for held in lawful)
            return refused(CaseRefusal.REASON_NOT_LAWFUL, reason=body.reason, lawful=known)
    return _changed(
        "pause", timer, clockwork.pause(timer.clock, ruler, at, body.reason), body.reason
    )


def _coded(reason: str) -> str:
    return "-".join(reason.replace("_", " ").replace("-", " ").lower().split())


def resume(case: Case, name: str, timing: Timing, at: datetime) -> ClocksChanged | Refused:
    """Let a clock run on."""
    found = movable(case, name, timing, at)
    if isinstance(found, Refused):
        return found
    timer, ruler = found
    return _changed("resume", timer, clockwork.resume(timer.clock, ruler, at))


def _changed(
    act: str, timer: Timer, clock: Clock | ClockRefusal, reason: str = ""
) -> ClocksChanged | Refused:
    if isinstance(clock, ClockRefusal):
        return of_clock(clock, timer.clock.name)
    if clock is timer.clock:
        return ClocksChanged(act=act, timers=(), reason=reason)
    return ClocksChanged(act=act, timers=(attrs.evolve(timer, clock=clock),), reason=reason)


def meet(
    case: Case, timing: Timing, tokens: frozenset[str], at: datetime
) -> tuple[Timer, ...] | Refused:
    """Return the open clocks that one of the acts ends, as they are then."""
    met = []
    for timer in case.timers:
        if not timer.clock.open or not tokens & set(timer.stops_on):
            continue
        if at < timer.clock.started_at:
            # An act recorded late is none of a clock that began after it.
            continue
        ruler = timing.ruler(case, timer)
        clock = (
            _ended(timer.clock, at, Status.STOPPED)
            if ruler is None
            else clockwork.meet(timer.clock, ruler, at)
        )
        if isinstance(clock, ClockRefusal):
            return of_clock(clock, timer.clock.name)
        met.append(attrs.evolve(timer, clock=clock))
    return tuple(met)


def cancel(
    case: Case, timer: Timer, timing: Timing, at: datetime, cause: str
) -> Timer | ClockRefusal:
    """Return a clock that is owed no longer."""
    ruler = timing.ruler(case, timer)
    clock = (
        _ended(timer.clock, at, Status.CANCELLED, cause)
        if ruler is None
        else clockwork.cancel(timer.clock, ruler, at, cause)
    )
    return clock if isinstance(clock, ClockRefusal) else attrs.evolve(timer, clock=clock)


def _ended(clock: Clock, at: datetime, status: Status, cause: str = "") -> Clock | ClockRefusal:
    """End a clock that nothing measures: what was consumed stays as it was told last."""
    no = clock_dating.refused(clock, at)
    if no is not None:
        return no
    ended = attrs.evolve(
        clock_dating.settled(clock, at),
        status=status,
        running_since=None,
        pauses=clock_dating.closed_pauses(clock, at),
        ended_at=at,
        end_cause=cause,
    )
    if status is Status.CANCELLED or ended.due is None:
        return ended
    late = Ruler("UTC").between(Unit.ELAPSED, ended.due.instant, at)
    return attrs.evolve(ended, late_elapsed=late)


def cancel_open(
    case: Case, timing: Timing, at: datetime, cause: str, *, but: Iterable[Timer] = ()
) -> tuple[Timer, ...] | Refused:
    """Return the open clocks cancelled; those in *but* have ended already, as they are there."""
    done = {timer.clock.name: timer for timer in but}
    held = list(done.values())
    for timer in case.timers:
        if not timer.clock.open or timer.clock.name in done:
            continue
        ended = cancel(case, timer, timing, at, cause)
        if isinstance(ended, ClockRefusal):
            return of_clock(ended, timer.clock.name)
        held.append(ended)
    return tuple(held)
