"""Clocks that begin again: reopened, restarted by law, or from one answer to the next."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs

from bankservice.complaints.cases.acts import cancel
from bankservice.complaints.cases.case import Case, Limit, Timer
from bankservice.complaints.cases.entries import Reopened
from bankservice.complaints.cases.refusals import CaseRefusal, of_clock, refused
from bankservice.complaints.cases.timers import level_facts, own_timer
from bankservice.complaints.cases.timing import Begun, Timing, moment_of
from bankservice.core import clock_changes
from bankservice.core.clock import ClockRefusal, Status
from bankservice.core.policy import Version
from bankservice.core.record import Refused
from bankservice.core.ruler import Ruler, Target, Unit

__all__ = ["limits_after", "next_cycle", "reopen", "restart_by_law", "run_cadence"]


def run_cadence(
    case: Case, timing: Timing, at: datetime, met: tuple[Timer, ...]
) -> tuple[Timer, ...] | Refused:
    """
    Return the clocks that run from one answer to the next, begun by this one.

    One that the answer has just ended begins its next cycle; *met* holds it as it ended.
    """
    begun = {timer.clock.name: timer for timer in met}
    held = {timer.clock.name: timer for timer in case.timers}
    for policy in timing.levels:
        version = timing.version(case, policy.id)
        if version is None or case.calendars_on is None:
            continue
        ruler = timing.desk_ruler(version, case.calendars_on)
        for level in version.parameters.running(level_facts(case)):
            name = f"{policy.id}/{level.name}"
            if level.starts_on != "respond":
                continue
            timer = begun.get(name) or held.get(name)
            fresh = own_timer(policy.id, level, ruler, at)
            if timer is None:
                begun[name] = fresh
            elif not timer.clock.open:
                # An answer recorded late begins nothing that a later one has ended.
                ended = timer.clock.ended_at
                if ended is not None and at >= ended:
                    again = next_cycle(timer, fresh, at)
                    if isinstance(again, ClockRefusal):
                        return of_clock(again, name)
                    begun[name] = again
    return tuple(begun.values())


def reopen(
    case: Case, reason: str, timing: Timing, at: datetime, known_on: date
) -> tuple[Reopened, tuple[Version[Any], ...]] | Refused:
    """
    Open a case again: duties of law begin a new cycle under the version of the day, the bank's own
    clocks do what their policy says. A clock that its own act ended before the case was closed
    goes on only where the policy says `restart` or `new-cycle`.
    """
    fresh = timing.begin(case, at, moment_of(case, at), known_on, law_only=True) or Begun()
    anew = {timer.clock.name: timer for timer in fresh.timers}
    timers = []
    for timer in case.timers:
        mode, name = timer.reopen, timer.clock.name
        begun = anew.pop(name, None)
        if mode == "none" or (mode == "continue" and not _ended_with(case, timer)):
            continue
        if mode == "new-cycle" and timer.law and begun is not None:
            following = next_cycle(timer, begun, at)
            if isinstance(following, ClockRefusal):
                return of_clock(following, name)
            timers.append(following)
            continue
        ruler = timing.ruler(case, timer)
        if ruler is None:
            return refused(CaseRefusal.NOT_IN_FORCE, clock=name, policy=timer.policy)
        again = clock_changes.reopen(timer.clock, ruler, at, mode)
        if isinstance(again, ClockRefusal):
            return of_clock(again, name)
        timers.append(attrs.evolve(timer, clock=again))
    timers += anew.values()
    event = Reopened(
        at=at,
        reason=reason,
        timers=tuple(timers),
        limits=limits_after(case, fresh),
        versions=fresh.refs,
        older=fresh.older,
        calendars_on=known_on,
    )
    return event, fresh.every


def _ended_with(case: Case, timer: Timer) -> bool:
    """Tell whether a clock ended because the case did, not by the act it waited for."""
    by_case = timer.clock.status is Status.CANCELLED or "close" in timer.stops_on
    return by_case and timer.clock.ended_at == case.ended_at


def next_cycle(timer: Timer, begun: Timer, at: datetime) -> Timer | ClockRefusal:
    """Return a clock that has ended in its next cycle, as its policy wants it anew."""
    # Only the cycles are taken from it, so the target does not matter.
    ended = attrs.evolve(timer.clock, target=Target(Unit.ELAPSED, 0), thresholds=())
    again = clock_changes.reopen(ended, Ruler("UTC"), at, "new-cycle")
    if isinstance(again, ClockRefusal):
        return again
    steps = tuple(attrs.evolve(step, cycle=again.cycle) for step in begun.clock.steps)
    clock = attrs.evolve(begun.clock, steps=steps, cycle=again.cycle, cycles=again.cycles)
    return attrs.evolve(begun, clock=clock)


def restart_by_law(
    case: Case, after: Case, timing: Timing, at: datetime, known_on: date
) -> Begun | Refused:
    """
    Return the duties that new facts and reasons begin anew, where their law says so.

    Also those that were met: what is new has not been answered.
    """
    fresh = timing.begin(after, at, moment_of(after, at), known_on, law_only=True) or Begun()
    anew = {timer.clock.name: timer for timer in fresh.timers}
    restarting = {
        version.ref.policy
        for version in fresh.versions
        if getattr(version.parameters, "new_facts", "") == "restart"
    }
    timers = []
    for timer in case.timers:
        begun = anew.get(timer.clock.name)
        if not timer.law or begun is None or timer.policy not in restarting:
            continue
        ended: Timer | ClockRefusal = timer
        if timer.clock.open:
            ended = cancel(case, timer, timing, at, "new-facts")
        following = ended if isinstance(ended, ClockRefusal) else next_cycle(ended, begun, at)
        if isinstance(following, ClockRefusal):
            return of_clock(following, timer.clock.name)
        timers.append(following)
    if not timers:
        return Begun()
    kept = [held for held in fresh.limits if held.name.rpartition("/")[0] in restarting]
    used = [held for held in fresh.versions if held.ref.policy in restarting]
    return attrs.evolve(fresh, timers=tuple(timers), limits=tuple(kept), versions=tuple(used))


def limits_after(case: Case, fresh: Begun) -> tuple[Limit, ...]:
    """Return all limits once some policies have told theirs anew."""
    told = {version.ref.policy for version in fresh.versions}
    stay = [held for held in case.limits if held.name.rpartition("/")[0] not in told]
    return (*stay, *fresh.limits)
