"""
Clocks measured anew: by newer facts of a case, a newer calendar, newer service levels.

What is late stays late, and what was consumed stays consumed: no newer fact, calendar or target
takes a breach away or gives back time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import attrs

from bankservice.complaints.cases.acts import cancel
from bankservice.complaints.cases.case import Case, Timer
from bankservice.complaints.cases.entries import Classified, ClocksChanged, evolve
from bankservice.complaints.cases.refusals import of_clock
from bankservice.complaints.cases.renewals import limits_after, next_cycle
from bankservice.complaints.cases.timers import level_facts, own_timer
from bankservice.complaints.cases.timing import Begun, Timing
from bankservice.complaints.levels import Level, ServiceLevels
from bankservice.core import clock_changes, clock_dating
from bankservice.core.calendar import local_day
from bankservice.core.clock import ClockRefusal, PolicyChange
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Undecided, Version
from bankservice.core.record import Refused
from bankservice.core.ruler import Ruler

__all__ = ["RECLASSIFIED", "redecide", "remeasure", "restate", "stated"]

RECLASSIFIED: Final = "reclassified"
"""Cause of the end of a clock that newer facts make superfluous."""

Fresh: TypeAlias = Callable[[Timer], Timer | None]
"""Gives a duty as its law wants it now, for the receipt its cycle began with."""


def stated(
    case: Case, event: Classified, timing: Timing, at: datetime, met: tuple[Timer, ...] = ()
) -> tuple[Classified, tuple[Version[Any], ...]] | Refused:
    """
    Return what more was stated of a case with the clocks that change by it.

    Args:
        case: The case before.
        event: What was stated; clocks it holds already stand as they are.
        timing: What measures.
        at: When it was stated.
        met: Clocks that stating it has ended.

    Returns:
        The event with its clocks and the versions it rests on, or why it cannot be.
    """
    after = evolve(case, attrs.evolve(event, timers=()))
    done = {timer.clock.name for timer in (*met, *event.timers)}
    own = remeasure(case, after, timing, at)
    if isinstance(own, Refused):
        return own
    law = redecide(case, after, timing, at)
    if isinstance(law, Refused):
        return law
    moved, told = law
    held = [timer for timer in (*own, *moved) if timer.clock.name not in done]
    limits = event.limits
    if limits is None and told.versions:
        limits = limits_after(case, told)
    assumed = event.assumed
    if told.versions:
        # That a zone is assumed is told by the receipt; law tells the rest anew.
        assumed = (*told.assumed, *(name for name in assumed if name == "zone"))
    event = attrs.evolve(
        event,
        timers=(*met, *event.timers, *held),
        limits=None if limits == case.limits else limits,
        assumed=assumed,
    )
    if not moved and event.limits is None:
        return event, ()
    event = attrs.evolve(
        event,
        versions=FrozenMapping({**told.refs, **event.versions}),
        older=tuple(dict.fromkeys((*event.older, *told.older))),
    )
    return event, told.every


def remeasure(case: Case, after: Case, timing: Timing, at: datetime) -> tuple[Timer, ...] | Refused:
    """
    Return the bank's own clocks as the newer facts of a case want them.

    Time that was consumed and pauses that were made stay; a clock that no longer applies is
    cancelled, one that applies now begins, one that applies again goes on.
    """
    changed: list[Timer] = []
    for policy in timing.levels:
        version = timing.version(case, policy.id)
        if version is None or case.calendars_on is None:
            continue
        ruler = timing.desk_ruler(version, case.calendars_on)
        wanted = {
            f"{policy.id}/{level.name}": level
            for level in version.parameters.running(level_facts(after))
        }
        for timer in case.timers:
            if timer.policy != policy.id:
                continue
            held = _reclassified(case, timer, wanted.get(timer.clock.name), timing, at)
            if isinstance(held, ClockRefusal):
                return of_clock(held, timer.clock.name)
            if held is not timer:
                changed.append(held)
        known = {timer.clock.name for timer in case.timers}
        changed += [
            own_timer(policy.id, level, ruler, at)
            for name, level in wanted.items()
            if name not in known and level.starts_on == "receive"
        ]
    return tuple(changed)


def _reclassified(
    case: Case, timer: Timer, level: Level | None, timing: Timing, at: datetime
) -> Timer | ClockRefusal:
    ruler = timing.ruler(case, timer)
    if ruler is None:
        return timer
    if not timer.clock.open:
        if level is None or timer.clock.end_cause != RECLASSIFIED:
            return timer
        again = clock_changes.reopen(timer.clock, ruler, at, "continue")
        if isinstance(again, ClockRefusal):
            return again
        timer = attrs.evolve(timer, clock=again)
    if level is None:
        return cancel(case, timer, timing, at, RECLASSIFIED)
    return _as_level(timer, level, ruler, at, "retarget")


def _as_level(
    timer: Timer, level: Level, ruler: Ruler, at: datetime, mode: PolicyChange
) -> Timer | ClockRefusal:
    """Return an open clock under a row of service levels: its target, warnings, what ends it."""
    clock = clock_changes.retarget(timer.clock, ruler, at, level.target, mode)
    if isinstance(clock, ClockRefusal) or mode == "keep":
        return clock if isinstance(clock, ClockRefusal) else timer
    true = [step.code for step in clock.steps if step.at is not None and step.at <= at]
    thresholds = tuple(dict.fromkeys((*true, *level.thresholds)))
    if thresholds != clock.thresholds or level.pausable != clock.pausable:
        # A warning that came true stays, whatever the newer row would have warned of.
        clock = attrs.evolve(clock, thresholds=thresholds, pausable=level.pausable)
        clock = clock_dating.stepped(clock, ruler, at)
    held = attrs.evolve(
        timer,
        clock=clock,
        title=level.title,
        stops_on=level.stops_on,
        reopen=level.reopen,
        on_calendar_change=level.on_calendar_change,
    )
    return timer if held == timer else held


def redecide(
    case: Case, after: Case, timing: Timing, at: datetime
) -> tuple[tuple[Timer, ...], Begun] | Refused:
    """
    Return the duties of law as newer facts of a case want them: their own day 0, no day lost.

    A duty that waited for a fact starts from its receipt; one that runs moves to the deadline the
    facts give it, and one that has passed that is late from now on; one that is owed no longer is
    cancelled. What is late keeps the deadline it missed.
    """
    known_on = case.calendars_on
    if known_on is None or after.received_at is None or after.received_on is None:
        return (), Begun()
    told = timing.duties(after, after.received_at, after.received_on, known_on)
    fresh = _fresh(after, timing, known_on, told)
    moved: list[Timer] = []
    for timer in case.timers:
        if not timer.law or timing.version_of(case, timer) is None:
            # What cannot be decided anew stays as it was decided.
            continue
        held = _redecided(case, after, timer, fresh(timer), timing, at)
        if isinstance(held, ClockRefusal):
            return of_clock(held, timer.clock.name)
        if held != timer:
            moved.append(held)
    held_names = {timer.clock.name for timer in case.timers}
    moved += [timer for timer in told.timers if timer.clock.name not in held_names]
    return tuple(moved), told


def _redecided(
    case: Case, after: Case, timer: Timer, begun: Timer | None, timing: Timing, at: datetime
) -> Timer | ClockRefusal:
    if not timer.clock.open:
        again = begun is not None and timer.clock.end_cause == RECLASSIFIED
        return next_cycle(timer, begun, at) if again and begun is not None else timer
    if begun is None:
        return cancel(case, timer, timing, at, RECLASSIFIED)
    before, clock = timer.clock, begun.clock
    if before.undecided or after.zone != case.zone:
        # Nothing had run that could be kept: it runs from its receipt, as if this had been known.
        steps = tuple(attrs.evolve(step, cycle=before.cycle) for step in clock.steps)
        clock = attrs.evolve(clock, cycle=before.cycle, cycles=before.cycles, steps=steps)
        return attrs.evolve(begun, clock=clock)
    if clock.undecided:
        return timer
    ruler = timing.ruler(after, timer)
    assert ruler is not None, "its version is at hand"
    moved = clock_changes.retarget(
        before, ruler, at, clock.target, "retarget", last_day=clock.told_day
    )
    return moved if isinstance(moved, ClockRefusal) else attrs.evolve(timer, clock=moved)


def _fresh(case: Case, timing: Timing, known_on: date, told: Begun) -> Fresh:
    first = {timer.clock.name: timer for timer in told.timers}

    def fresh(timer: Timer) -> Timer | None:
        if timer.clock.cycle == 1:
            return first.get(timer.clock.name)
        start = timer.clock.started_at
        again = timing.duties(case, start, local_day(start, case.zone or "UTC"), known_on)
        return next((t for t in again.timers if t.clock.name == timer.clock.name), None)

    return fresh


def restate(
    case: Case, timing: Timing, at: datetime, known_on: date
) -> tuple[ClocksChanged, tuple[Version[Any], ...]] | Refused | None:
    """
    Measure the open clocks by what is known now: public holidays, and newer service levels.

    Service levels change as each clock of the newer version says (`keep`, `retarget`, `restart`);
    clocks of a policy that is no longer in force, or no longer at hand, are cancelled. Law keeps
    the version of the day of receipt. None where nothing changes.
    """
    told = Begun()
    if case.received_at is not None and case.received_on is not None:
        told = timing.duties(case, case.received_at, case.received_on, known_on)
    fresh = _fresh(case, timing, known_on, told)
    timers: list[Timer] = []
    moved = False
    newer: dict[Version[Any], None] = {}
    for timer in case.timers:
        if not timer.clock.open:
            continue
        if timer.law:
            held = _restated_law(case, timer, fresh(timer), timing, at, known_on)
        else:
            held = _restated(case, timer, timing, at, known_on, newer)
        if isinstance(held, ClockRefusal):
            return of_clock(held, timer.clock.name)
        if held != timer:
            timers.append(held)
        # What a frozen clock is measured by matters only once something newer counts.
        moved |= attrs.evolve(held, version=timer.version, known_on=timer.known_on) != timer
    limits = limits_after(case, told)
    same = not moved and limits == case.limits
    same = same and all(
        case.versions.get(version.ref.policy, {}).get("digest") == version.ref.digest
        for version in newer
    )
    if same:
        return None
    used = Begun(versions=tuple(newer), linked=tuple(dict.fromkeys((*told.every, *newer))))
    event = ClocksChanged(
        act="restate",
        timers=tuple(timers),
        limits=limits,
        calendars_on=known_on,
        versions=used.refs,
        older=used.older,
    )
    return event, used.every


def _restated_law(
    case: Case, timer: Timer, begun: Timer | None, timing: Timing, at: datetime, known_on: date
) -> Timer | ClockRefusal:
    before, after = timing.ruler(case, timer), timing.ruler(case, timer, known_on)
    if before is None or after is None or begun is None:
        # Law binds also where its policy is not at hand.
        return timer
    clock = clock_changes.revise(
        timer.clock, before, after, at, timer.on_calendar_change, last_day=begun.clock.told_day
    )
    return clock if isinstance(clock, ClockRefusal) else attrs.evolve(timer, clock=clock)


def _restated(
    case: Case,
    timer: Timer,
    timing: Timing,
    at: datetime,
    known_on: date,
    newer: dict[Version[Any], None],
) -> Timer | ClockRefusal:
    """Return a clock of the bank's own by the calendar and the service levels of today."""
    policy = next((held for held in timing.levels if held.id == timer.policy), None)
    facts = dict(case.private.facts)
    found = None if policy is None else policy.as_known(known_on).select(known_on, facts)
    before = timing.ruler(case, timer)
    if found is None or before is None:
        return cancel(case, timer, timing, at, "policy-withdrawn")
    if isinstance(found, Undecided):
        return timer
    newer[found] = None
    levels: ServiceLevels = found.parameters
    level = next((x for x in levels.running(level_facts(case)) if x.name == timer.bare), None)
    mode = timer.on_calendar_change if level is None else level.on_calendar_change
    if mode == "freeze" or level is None:
        # What measures it from now on is what measured it before.
        ruler = before
        held = _frozen(case, timer)
    else:
        ruler = timing.desk_ruler(found, known_on)
        clock = clock_changes.revise(timer.clock, before, ruler, at, mode)
        if isinstance(clock, ClockRefusal):
            return clock
        held = attrs.evolve(timer, clock=clock, version="", known_on=None)
    return held if level is None else _as_level(held, level, ruler, at, level.on_policy_change)


def _frozen(case: Case, timer: Timer) -> Timer:
    ref = case.versions.get(timer.policy, {})
    return attrs.evolve(
        timer,
        version=timer.version or ref.get("digest", ""),
        known_on=timer.known_on or case.calendars_on,
    )
