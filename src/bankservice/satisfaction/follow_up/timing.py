"""
Clocks of a follow-up: started with the first answer, met by what is done, dropped where it ends.

The version in force on the day of the first answer holds for the life of the case; public holidays
count as they were known when it was opened. A clock is late by instants alone: nobody has to notice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from bankservice.core import clock_changes, clockwork
from bankservice.core.clock import Clock, ClockRefusal, Status
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.ruler import Ruler
from bankservice.satisfaction.follow_up.kind import FollowUpRules

__all__ = [
    "DUE",
    "OF_CASE",
    "begun",
    "begun_earlier",
    "dropped",
    "key_of",
    "linked",
    "met",
    "refs",
    "resumed",
    "steps",
    "true_by",
    "version_held",
]

OF_CASE = ("acknowledge", "contact", "resolve")
"""The clocks of a case, in their order."""

DUE = "due"
"""Step of a crossed deadline."""


def begun(
    rules: FollowUpRules, ruler: Ruler, at: datetime, names: Collection[str] = OF_CASE
) -> tuple[Clock, ...]:
    """Return the clocks of these names, started at an instant."""
    return tuple(
        clockwork.start(
            name, promise.target, ruler, at, thresholds=promise.row.warn, pausable=False
        )
        for name, promise in rules.promises.items()
        if name in names
    )


def met(
    clocks: tuple[Clock, ...], ruler: Ruler, at: datetime, names: Collection[str]
) -> tuple[Clock, ...]:
    """Return the clocks with those of these names met; one that ended stays as it is."""
    return tuple(
        _sure(clockwork.meet(clock, ruler, at)) if clock.open and clock.name in names else clock
        for clock in clocks
    )


def dropped(clocks: tuple[Clock, ...], ruler: Ruler, at: datetime, cause: str) -> tuple[Clock, ...]:
    """Return the clocks with those still open cancelled; a breach by then stays."""
    return tuple(
        _sure(clockwork.cancel(clock, ruler, at, cause)) if clock.open else clock
        for clock in clocks
    )


def resumed(clocks: tuple[Clock, ...], ruler: Ruler, at: datetime) -> tuple[Clock, ...]:
    """Return the clocks with that of the resolution running on with what remained."""
    return tuple(
        _sure(clock_changes.reopen(clock, ruler, at, "continue"))
        if clock.name == "resolve"
        else clock
        for clock in clocks
    )


def begun_earlier(
    clocks: tuple[Clock, ...], rules: FollowUpRules, ruler: Ruler, at: datetime
) -> tuple[Clock, ...]:
    """
    Return the clocks as they stand had they been started at an earlier instant.

    An answer that is heard late was given when it was given: what the customer is owed counts from
    then. A clock that ran on after its end keeps the start it has.
    """
    fresh = {clock.name: clock for clock in begun(rules, ruler, at)}
    return tuple(
        clock if clock.cycle > 1 or clock.name not in fresh else _replayed(clock, fresh, ruler)
        for clock in clocks
    )


def _replayed(clock: Clock, fresh: dict[str, Clock], ruler: Ruler) -> Clock:
    again = fresh[clock.name]
    if clock.ended_at is None:
        return again
    if clock.status is Status.STOPPED:
        return _sure(clockwork.meet(again, ruler, clock.ended_at))
    return _sure(clockwork.cancel(again, ruler, clock.ended_at, clock.end_cause))


def _sure(clock: Clock | ClockRefusal) -> Clock:
    assert isinstance(clock, Clock), "the case keeps the order its clocks want"
    return clock


# -- notices ----------------------------------------------------------------------------------


def key_of(clock: Clock, cycle: int, step: str) -> str:
    """Return the name under which a step of a clock's cycle is noticed once."""
    return f"{clock.name}#{cycle}#{step}"


def steps(clock: Clock) -> Iterator[tuple[str, str, datetime, datetime]]:
    """
    Yield what a clock will have told if nothing changes.

    Each step with its key, its code, the first instant at which it can be told, and the instant it
    is dated.
    """
    ended, told = clock.ended_at, set[datetime]()
    for cycle in clock.cycles:
        if cycle.breached_at is not None and cycle.due is not None:
            if cycle.breached_at not in told:
                # A deadline crossed before a clock ran on is not crossed again.
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


def true_by(
    clocks: tuple[Clock, ...], key: str, at: datetime
) -> tuple[Clock, str, datetime] | None:
    """Return the clock, the code and the date of the step of a key, if it is true by an instant."""
    for clock in clocks:
        for held, step, first, true_at in steps(clock):
            if held == key and first <= at:
                return clock, step, true_at
    return None


# -- versions ---------------------------------------------------------------------------------


def version_held(policy: Policy[Any], ref: FrozenMapping[str, str]) -> Version[Any] | None:
    """Return the version of a policy that an entry names; None where it is not at hand."""
    return next((held for held in policy.versions if held.ref.digest == ref["digest"]), None)


def linked(ruler: Ruler, clocks: tuple[Clock, ...], on: date) -> tuple[Version[Any], ...]:
    """Return the versions of the calendar that clocks rest on from a day."""
    if ruler.calendar is None:
        return ()
    days = [ruler.day_of(clock.due.instant) for clock in clocks if clock.due]
    return ruler.calendar.versions(on, max([on, *days]))


def refs(versions: tuple[Version[Any], ...]) -> tuple[FrozenMapping[str, str], ...]:
    """Return versions by name, each once."""
    return tuple(dict.fromkeys(FrozenMapping(ref_json(held.ref)) for held in versions))
