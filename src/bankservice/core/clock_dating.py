"""
What every act on a clock has in common: may it happen, is it late already, when is it due now.
"""

from __future__ import annotations

from datetime import date, datetime
from math import ceil

import attrs

from bankservice.core.calendar import in_utc
from bankservice.core.clock import Clock, ClockRefusal, Pause, Status, Step
from bankservice.core.ruler import Deadline, Ruler, Threshold, Unit

__all__ = ["closed_pauses", "dated", "deadline", "refused", "resumed", "settled", "stepped"]


def refused(clock: Clock, at: datetime) -> ClockRefusal | None:
    """Return why nothing can be done to a clock at *at*; None where something can."""
    if not clock.open:
        return ClockRefusal.CLOCK_ENDED
    if at < clock.started_at:
        return ClockRefusal.BEFORE_START
    if any(at < (held.until or held.since) for held in clock.pauses):
        return ClockRefusal.OUT_OF_ORDER
    return None


def settled(clock: Clock, at: datetime) -> Clock:
    """Record a breach that is true by *at*, before anything can move the deadline."""
    crossed = clock.breached_at(at)
    if crossed is None or clock.breach is not None:
        return clock
    return attrs.evolve(clock, breach=crossed, breach_cause="due")


def closed_pauses(clock: Clock, at: datetime) -> tuple[Pause, ...]:
    """Return the pauses of a clock with the open one ended."""
    return tuple(
        held if held.until is not None else attrs.evolve(held, until=at) for held in clock.pauses
    )


def resumed(clock: Clock, ruler: Ruler, at: datetime) -> Clock:
    """Return a paused clock that runs again."""
    at, missed = in_utc(at), clock.missed
    if clock.day_zero is not None:
        missed += ruler.missed(clock.target, clock.day_zero, clock.pauses[-1].since, at)
    running = attrs.evolve(
        clock,
        status=Status.RUNNING,
        running_since=at,
        missed=missed,
        pauses=closed_pauses(clock, at),
    )
    if clock.base_day is not None and clock.breach is None:
        # Of a target of no days the last day is day 0, which is never among the missed.
        while deadline(running, ruler)[0].is_late(at):
            running = attrs.evolve(running, missed=running.missed + 1)
    return dated(running, ruler, at)


def deadline(clock: Clock, ruler: Ruler) -> tuple[Deadline, date | None]:
    """Return when a running clock is due, and the last day for targets in days."""
    unit = clock.target.unit
    if clock.base_day is None:
        assert clock.running_since is not None, "a running clock knows since when"
        left = clock.allowed - clock.spent
        return Deadline(ruler.after(unit, clock.running_since, left), inclusive=True), None
    day = _unrolled(clock, ruler, clock.base_day)
    if day != clock.told_day:
        # A rule that told the last day has rolled it, or had no reason to.
        day = ruler.rolled(day, clock.target)
    return ruler.deadline(day, clock.target.close), day


def dated(clock: Clock, ruler: Ruler, at: datetime) -> Clock:
    """Work out the deadline and what follows from it, as things stand at *at*."""
    if clock.status is Status.RUNNING and not clock.undecided and clock.breach is None:
        due, day = deadline(clock, ruler)
        provisional = _provisional(clock, ruler, day or ruler.day_of(due.instant))
        clock = attrs.evolve(clock, due=due, last_day=day, provisional=provisional)
    return stepped(clock, ruler, at)


def stepped(clock: Clock, ruler: Ruler, at: datetime) -> Clock:
    """Work out the warnings that are not true yet; those that are stay as they came."""
    true = {step.code: step for step in clock.steps if step.at is not None and step.at <= at}
    steps = tuple(
        true.get(code) or Step(code, _when(clock, Threshold.parse(code), ruler, at), clock.cycle)
        for code in clock.thresholds
    )
    return attrs.evolve(clock, steps=steps)


def _unrolled(clock: Clock, ruler: Ruler, base: date) -> date:
    # Nothing to count off: a last day that a rule told needs no calendar then.
    return ruler.shift(clock.target.unit, base, clock.missed) if clock.missed else base


def _provisional(clock: Clock, ruler: Ruler, last: date) -> bool:
    if clock.base_day is not None:
        # A day may have been rolled back from one that is not known.
        last = max(last, _unrolled(clock, ruler, clock.base_day))
    first = clock.day_zero or ruler.day_of(clock.started_at)
    return any(calendar.provisional(last, first) for calendar in ruler.calendars(clock.target))


def _when(clock: Clock, threshold: Threshold, ruler: Ruler, at: datetime) -> datetime | None:
    if clock.status is not Status.RUNNING or clock.due is None or clock.running_since is None:
        return None
    unit, share = clock.target.unit, threshold.share
    if share is None:
        first = clock.started_at
        counted = Unit.ELAPSED if threshold.elapsed else unit
        found = ruler.beside(counted, clock.due.instant, threshold.offset, earliest=first)
    elif unit.in_days:
        whole = ruler.between(Unit.ELAPSED, clock.started_at, clock.due.instant)
        found = ruler.after(Unit.ELAPSED, clock.started_at, ceil(whole * share))
    else:
        left = ceil(clock.allowed * share) - clock.spent
        found = ruler.after(unit, clock.running_since, left) if left > 0 else at
    # What would have been true before the deadline moved is true from the move on.
    return max(found, at)
