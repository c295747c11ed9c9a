"""
Clockwork: what is done to a clock of an open case. Each act gives the next clock, or says why not.

Acts are given in their order, each with the instant at which it holds: an answer given in time and
recorded late is in time. What a newer policy or calendar and a reopened case do to a clock stands
in `bankservice.core.clock_changes`.
"""

from __future__ import annotations

from datetime import date, datetime

import attrs

from bankservice.core.calendar import in_utc
from bankservice.core.clock import Clock, ClockRefusal, Extension, Pause, Status
from bankservice.core.clock_dating import dated, refused, resumed, settled, stepped
from bankservice.core.ruler import Deadline, Ruler, Target, Unit

__all__ = [
    "cancel",
    "due_if_resumed",
    "extend",
    "meet",
    "pause",
    "remaining",
    "resume",
    "start",
]


def remaining(clock: Clock, ruler: Ruler, at: datetime) -> int | None:
    """
    Return the microseconds that remain at *at*; negative once that much too much was used.

    In the unit of the clock: working time does not go on being used up out of hours. For targets
    in days, elapsed time up to the deadline. None where it is undecided.
    """
    if clock.undecided:
        return None
    if not clock.target.unit.in_days:
        return clock.allowed - clock.consumed(ruler, at)
    due = clock.due or due_if_resumed(clock, ruler, at)
    assert due is not None, "a clock that is decided is due, or would be if it ran"
    seen = at if clock.ended_at is None else min(at, clock.ended_at)
    return ruler.between(Unit.ELAPSED, seen, due.instant)


def due_if_resumed(clock: Clock, ruler: Ruler, at: datetime) -> Deadline | None:
    """Return the deadline a paused clock would have, were it resumed at *at*."""
    if clock.status is not Status.PAUSED or clock.undecided:
        return None
    return resumed(clock, ruler, at).due


def start(
    name: str,
    target: Target,
    ruler: Ruler,
    at: datetime,
    *,
    day_zero: date | None = None,
    last_day: date | None = None,
    thresholds: tuple[str, ...] = (),
    pausable: bool = False,
    undecided: tuple[str, ...] = (),
) -> Clock:
    """
    Start a clock.

    Args:
        name: Unique in the case.
        target: How long it runs.
        ruler: How it is measured.
        at: When it starts.
        day_zero: Local day that is not counted; that of *at* where left out.
        last_day: Last day, where a rule has told it; counted from *day_zero* where left out.
        thresholds: When to warn; each counts once.
        pausable: Whether it may be paused.
        undecided: Facts without which it cannot be told when it is due. When they are known, start
            the clock again from the same instant.

    Raises:
        ValueError: If a threshold is none.
    """
    at = in_utc(at)
    clock = Clock(
        name=name,
        target=target,
        started_at=at,
        running_since=at,
        pausable=pausable,
        thresholds=tuple(dict.fromkeys(thresholds)),
        undecided=undecided,
    )
    if target.unit.in_days and not undecided:
        zero = day_zero or ruler.day_of(at)
        base = last_day or ruler.base_day(zero, target)
        clock = attrs.evolve(clock, day_zero=zero, told_day=last_day, base_day=base)
    return dated(clock, ruler, at)


def pause(clock: Clock, ruler: Ruler, at: datetime, reason: str) -> Clock | ClockRefusal:
    """
    Stop counting.

    A second pause, whatever its reason, continues the first: the very same clock. At or after the
    deadline nothing is left to protect, and the pause is refused.
    """
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    if clock.status is Status.PAUSED:
        return clock
    if not clock.pausable:
        return ClockRefusal.NOT_PAUSABLE
    over = clock.due is not None and at >= clock.due.instant
    if over or clock.undecided or clock.breach is not None:
        return ClockRefusal.NOTHING_LEFT
    held = attrs.evolve(
        clock,
        status=Status.PAUSED,
        spent=clock.consumed(ruler, at),
        running_since=None,
        due=None,
        last_day=None,
        pauses=(*clock.pauses, Pause(at, reason)),
    )
    return stepped(held, ruler, at)


def resume(clock: Clock, ruler: Ruler, at: datetime) -> Clock | ClockRefusal:
    """Count on; out of hours nothing is consumed until the next opening."""
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    return resumed(clock, ruler, at) if clock.status is Status.PAUSED else ClockRefusal.NOT_PAUSED


def extend(
    clock: Clock, ruler: Ruler, at: datetime, amount: int, *, by: str, reason: str, most: int | None
) -> Clock | ClockRefusal:
    """
    Give more time, in the unit of the clock.

    Asking for more than there may be gives what there may be, and says `capped`. After the
    deadline an extension adds nothing: the breach stays, and the verdict is `excused`.

    Args:
        clock: The clock.
        ruler: How it is measured.
        at: When it was decided.
        amount: Microseconds or days, from 0 up.
        by: Who approved it.
        reason: Why.
        most: What all extensions together may come to; None for no cap.

    Raises:
        ValueError: If *amount* is negative, or nobody approved it.
    """
    if amount < 0:
        raise ValueError(f"an extension of {amount} would shorten the clock; pass 0 or more.")
    if not by:
        raise ValueError("an extension needs the name of who approved it.")
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    late = settled(clock, at)
    more = amount if most is None else max(0, min(amount, most - clock.granted))
    capped, unit = more < amount, clock.target.unit
    told = Extension(at=at, by=by, reason=reason, amount=more, unit=unit, capped=capped)
    if late.breach is not None:
        told = attrs.evolve(told, amount=0, capped=False)
        return attrs.evolve(late, excused_by=by, extensions=(*clock.extensions, told))
    longer = attrs.evolve(clock, extensions=(*clock.extensions, told))
    if clock.base_day is not None and more:
        longer = attrs.evolve(longer, base_day=ruler.shift(unit, clock.base_day, more))
    return dated(longer, ruler, at)


def meet(clock: Clock, ruler: Ruler, at: datetime) -> Clock | ClockRefusal:
    """
    Stop it: what was to happen has happened, at the deadline itself still in time.

    *at* is when it happened: by the deadline it is in time, however late it is recorded. A paused
    clock is measured against the deadline it would have, were it resumed at *at*.
    """
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    met = _ended(clock, ruler, at, Status.STOPPED)
    if met.due is None:
        return met
    unit = Unit.ELAPSED if ruler.calendar is None else Unit.WORKING_TIME
    return attrs.evolve(
        met,
        late_working=ruler.between(unit, met.due.instant, at),
        late_elapsed=ruler.between(Unit.ELAPSED, met.due.instant, at),
    )


def cancel(clock: Clock, ruler: Ruler, at: datetime, cause: str) -> Clock | ClockRefusal:
    """Stop it without an answer: withdrawn, merged, no longer owed. A breach by then stays."""
    at = in_utc(at)
    no = refused(clock, at)
    if no is not None:
        return no
    return attrs.evolve(_ended(clock, ruler, at, Status.CANCELLED), end_cause=cause)


def _ended(clock: Clock, ruler: Ruler, at: datetime, status: Status) -> Clock:
    going = resumed(clock, ruler, at) if clock.status is Status.PAUSED else clock
    ended = attrs.evolve(
        settled(going, at),
        status=status,
        # What resuming would have brought on must not be told of a clock that never ran again.
        steps=clock.steps,
        spent=clock.consumed(ruler, at),
        running_since=None,
        ended_at=at,
    )
    if ended.breach is not None and ended.breached_at(at) is None:
        # Recorded by a later act than this one, which was in time.
        return attrs.evolve(ended, breach=None, breach_cause="", excused_by="")
    return ended
