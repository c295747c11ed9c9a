"""
Changes of what a clock rests on: a reopened case, a newer target, a newer calendar.

What was crossed already stays crossed: no newer target or calendar moves the deadline of a late
clock. Nor does a change put a deadline into the past. Where it finds the time used up, the clock is due
at the change, late from that instant on, and its breach says so.
"""

from __future__ import annotations

from datetime import date, datetime

import attrs

from bankservice.core.calendar import in_utc
from bankservice.core.clock import (
    Clock,
    ClockRefusal,
    Cycle,
    Pause,
    PolicyChange,
    Reopening,
    Revision,
    Status,
)
from bankservice.core.clock_dating import dated, deadline, refused, settled, stepped
from bankservice.core.clockwork import start
from bankservice.core.ruler import Deadline, Ruler, Target, Unit

__all__ = ["reopen", "retarget", "revise"]


def reopen(
    clock: Clock, ruler: Ruler, at: datetime, mode: Reopening, *, last_day: date | None = None
) -> Clock | ClockRefusal:
    """
    Begin another cycle; the one that ended is kept as it is.

    `continue` goes on with what remained, as if it had been paused since: late stays late, and a
    warning that was true does not come true again. `restart` and `new-cycle` begin with the whole
    target; `none` leaves the clock ended. A clock that is open stays as it is.

    Args:
        clock: The clock.
        ruler: How it is measured.
        at: When the case was reopened.
        mode: What its policy says.
        last_day: Last day of a whole target, where a rule has told it.
    """
    at = in_utc(at)
    if clock.ended_at is None or mode == "none":
        return clock
    if at < clock.ended_at:
        return ClockRefusal.OUT_OF_ORDER
    again = _again(clock, clock.ended_at)
    if mode == "continue":
        missed = clock.missed
        if clock.day_zero is not None:
            missed += ruler.missed(clock.target, clock.day_zero, clock.ended_at, at)
        pauses = (*clock.pauses, Pause(clock.ended_at, "closed", at))
        return dated(attrs.evolve(again, running_since=at, missed=missed, pauses=pauses), ruler, at)
    fresh = start(
        clock.name,
        clock.target,
        ruler,
        at,
        last_day=last_day,
        thresholds=clock.thresholds,
        pausable=clock.pausable,
        undecided=clock.undecided,
    )
    return stepped(attrs.evolve(fresh, cycle=again.cycle, cycles=again.cycles, steps=()), ruler, at)


def retarget(
    clock: Clock,
    ruler: Ruler,
    at: datetime,
    target: Target,
    mode: PolicyChange,
    *,
    last_day: date | None = None,
) -> Clock | ClockRefusal:
    """
    Put a newer target in force.

    `keep` changes nothing; `retarget` keeps what was consumed, pauses and extensions (those in
    another unit do not count), and where that is past the newer target already, the clock is late
    from the change on; `restart` counts from now, without the pauses and extensions before. A
    clock that is late keeps the target it missed.

    Args:
        clock: The clock.
        ruler: How it is measured.
        at: When the newer target comes into force.
        target: The newer target.
        mode: What its policy says.
        last_day: Last day of the newer target, where a rule has told it.
    """
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    same = target == clock.target and last_day in (None, clock.told_day)
    if mode == "keep" or same or settled(clock, at).breach is not None:
        return clock
    running = clock.status is Status.RUNNING
    if clock.undecided:
        return attrs.evolve(clock, target=target)
    newer = attrs.evolve(clock, target=target, told_day=last_day)
    if mode == "restart":
        newer = attrs.evolve(
            newer,
            started_at=at,
            day_zero=None,
            spent=0,
            running_since=at if running else None,
            missed=0,
            extensions=(),
            pauses=() if running else (Pause(at, clock.pauses[-1].reason),),
        )
    newer = _based(newer, ruler)
    if (target.unit, target.close) != (clock.target.unit, clock.target.close):
        newer = _remeasured(newer, ruler)
    return _changed(newer, ruler, at, "retargeted")


def revise(
    clock: Clock,
    before: Ruler,
    after: Ruler,
    at: datetime,
    mode: Revision,
    *,
    last_day: date | None = None,
) -> Clock | ClockRefusal:
    """
    Put a newer calendar in force.

    `freeze` keeps the old one to the end (measure it by *before* from then on too); `forward`
    leaves what was consumed as measured and counts the rest by the newer one; `recompute` counts
    the whole cycle by it. A clock that is late keeps its deadline, and what it used up so far. A
    revision that changes nothing gives the very same clock.

    Args:
        clock: The clock.
        before: How it was measured.
        after: How it is measured from now on.
        at: When the newer calendar comes into force.
        mode: What its policy says.
        last_day: For `recompute`, the last day where a rule has told it anew.
    """
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    told = last_day or clock.told_day
    same = before == after and told == clock.told_day
    if mode == "freeze" or same or clock.undecided:
        return clock
    kept = settled(clock, at)
    late = kept.breach is not None
    if mode == "recompute" and not late:
        revised = _remeasured(_based(attrs.evolve(clock, told_day=told), after), after)
    elif clock.day_zero is not None:
        revised = kept if late else _forward(clock, before, after, at)
    else:
        since = at if clock.status is Status.RUNNING else None
        revised = attrs.evolve(kept, spent=clock.consumed(before, at), running_since=since)
    revised = dated(revised, after, at) if late else _changed(revised, after, at, "revised")
    # What it comes to and what it is made of must both be the same: the next act builds on them.
    same = all(
        getattr(clock, name) == getattr(revised, name)
        for name in ("due", "last_day", "base_day", "missed", "steps", "provisional", "told_day")
    )
    same = same and clock.consumed(after, at) == revised.consumed(after, at)
    return clock if same else revised


def _forward(clock: Clock, before: Ruler, after: Ruler, at: datetime) -> Clock:
    """Keep the days that have closed as they were counted, and count the others by *after*."""
    assert clock.day_zero is not None, "asked for days only"
    assert clock.base_day is not None, "asked for days only"
    unit = clock.target.unit
    if unit is Unit.CALENDAR_DAYS:
        return clock
    stood = at if clock.status is Status.RUNNING else clock.pauses[-1].since
    closed = max(before.last_closed(stood, clock.target.close), clock.day_zero)
    last = before.shift(unit, clock.base_day, clock.missed)
    moved = after.shift(unit, closed, before.days_between(unit, closed, last))
    # Pauses stay counted off: a later change may count them anew.
    return attrs.evolve(clock, base_day=after.shift(unit, moved, -clock.missed))


def _based(clock: Clock, ruler: Ruler) -> Clock:
    """Work out the last day of the target anew, with its extensions."""
    target = clock.target
    if not target.unit.in_days:
        return attrs.evolve(clock, day_zero=None, told_day=None, base_day=None, missed=0)
    zero = clock.day_zero or ruler.day_of(clock.started_at)
    base = clock.told_day or ruler.base_day(zero, target)
    if clock.granted:
        base = ruler.shift(target.unit, base, clock.granted)
    return attrs.evolve(clock, day_zero=zero, base_day=base)


def _remeasured(clock: Clock, ruler: Ruler) -> Clock:
    """Measure what was consumed before the running span, and the days that were missed, anew."""
    target, spent, missed, since = clock.target, 0, 0, clock.started_at
    for held in clock.pauses:
        spent += ruler.between(target.unit, since, held.since)
        if held.until is not None and clock.day_zero is not None:
            missed += ruler.missed(target, clock.day_zero, held.since, held.until)
        since = held.until or held.since
    running_since = since if clock.status is Status.RUNNING else None
    return attrs.evolve(clock, spent=spent, missed=missed, running_since=running_since)


def _changed(clock: Clock, ruler: Ruler, at: datetime, cause: str) -> Clock:
    """Work out the deadline after a change; at the change, where the time is used up already."""
    running = clock.status is Status.RUNNING
    if clock.base_day is None and clock.spent > clock.allowed:
        over = True
    elif clock.base_day is None and not running:
        over = False
    else:
        stood = at if running else clock.pauses[-1].since
        over = deadline(clock, ruler)[0].is_late(stood)
    if not over:
        return dated(clock, ruler, at)
    last = None if clock.base_day is None else ruler.day_of(at)
    due = Deadline(at, inclusive=False)
    late = attrs.evolve(clock, due=due, last_day=last, breach=at, breach_cause=cause)
    return stepped(late, ruler, at)


def _again(clock: Clock, ended_at: datetime) -> Clock:
    """Return the next cycle, with this one put aside."""
    closed = Cycle(
        number=clock.cycle,
        status=clock.status,
        verdict=clock.verdict(ended_at),
        started_at=clock.started_at,
        ended_at=ended_at,
        due=clock.due,
        breached_at=clock.breached_at(ended_at),
        late_working=clock.late_working,
        late_elapsed=clock.late_elapsed,
    )
    return attrs.evolve(
        clock,
        status=Status.RUNNING,
        cycle=clock.cycle + 1,
        cycles=(*clock.cycles, closed),
        ended_at=None,
        end_cause="",
        late_working=None,
        late_elapsed=None,
        # What was still to come true is worked out anew.
        steps=clock.warnings(ended_at),
    )
