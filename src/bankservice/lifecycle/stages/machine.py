"""
The machine of stages: two pure functions over whole numbers, `advance` and `apply`.

Days are ordinals. A state knows a day before which no clock fires (`due`); `advance` to an earlier
day is the state itself. Clocks fire in the order of their days, each on its own, so it does
not matter how often or how late somebody asks. On one day, what happened comes before clocks.

The policy version in force on a day governs what happens and what fires on that day: a newer
version never moves a day before it came into force, but a clock that is over under it fires on
its first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import attrs

from bankservice.lifecycle.model import Stage, StageReason
from bankservice.lifecycle.stages.activity import COUNTS, RESETS_INACTIVE, RESETS_LOST, VERIFIED
from bankservice.lifecycle.stages.kind import FAR, Loyal, Stages
from bankservice.lifecycle.stages.lapse import unmet_since

__all__ = [
    "ENDED",
    "FRESH",
    "Beside",
    "Change",
    "Machine",
    "Segment",
    "State",
    "advance",
    "apply",
    "beginning",
    "close",
    "enough",
    "exact",
    "next_change",
    "start",
]

# Named once: looking a member up in its class costs as much as a step does otherwise.
PROSPECT, FIRST_TIME, ACTIVE = Stage.PROSPECT, Stage.FIRST_TIME, Stage.ACTIVE
LOYAL, INACTIVE, LOST, WON_BACK = Stage.LOYAL, Stage.INACTIVE, Stage.LOST, Stage.WON_BACK
_FIRST, _REPEAT, _LOYAL = StageReason.FIRST, StageReason.REPEAT, StageReason.LOYAL
_INACTIVE = StageReason.INACTIVE

ENDED = (StageReason.DECEASED, StageReason.EXITED)
"""Reasons of a closure after which nobody comes back."""


class Change(NamedTuple):
    """The beginning of a stage; its first day as an ordinal."""

    stage: Stage
    day: int
    reason: StageReason


@attrs.frozen
class Beside:
    """
    What stands beside the stage and seldom changes.

    Attributes:
        products: How many products the customer holds; None where that is unknown.
        stated: How many they were, from which days on.
        ended: Day of death or of the exit by the bank; 0 for neither.
        holds: Days on which clocks of inactivity do not fire: [from, until), apart and in order.
    """

    products: int | None = None
    stated: tuple[tuple[int, int], ...] = ()
    ended: int = 0
    holds: tuple[tuple[int, int], ...] = ()


class State(NamedTuple):
    """
    Where a customer stands; a plain tuple, because a book makes millions of them.

    Attributes:
        stage: The stage; None before anything is known.
        since: Its first day.
        due: No clock fires before this day; `FAR` for none at all.
        last: Last day that began the clock of inactivity again.
        last_lost: Last day that began the clock of loss again.
        first: First day of business; 0 before.
        counted: Days of business as a set of bits, the first day the lowest.
        beside: What seldom changes.
        changes: The stages so far.
    """

    stage: Stage | None
    since: int
    due: int
    last: int
    last_lost: int
    first: int
    counted: int
    beside: Beside
    changes: tuple[Change, ...]


FRESH = State(None, 0, FAR, 0, 0, 0, 0, Beside(), ())
"""The state of somebody nobody knows."""


@attrs.frozen(eq=False)
class Segment:
    """
    The days of one policy version.

    Attributes:
        start: First day.
        end: First day after.
        stages: What is in force; None for nothing.
        unknown: Facts of the customer without which it cannot be told what is in force.
    """

    start: int
    end: int
    stages: Stages | None
    unknown: tuple[str, ...] = ()


class Machine:
    """The versions of a policy for one customer, in order of days and without gaps."""

    __slots__ = ("of_one_clock", "only", "segments", "simple")

    def __init__(self, segments: Sequence[Segment]) -> None:
        """Make a machine of segments that cover every day."""
        self.segments = tuple(segments)
        live = [held for held in self.segments if held.stages is not None or held.unknown]
        # Nothing happens before the first version, so one that never ends is the only one.
        self.only = live[0].stages if len(live) == 1 and live[0].end == FAR else None
        # With one version for ever, the clock of stages that have but one is one look-up away.
        self.simple = self.only.inactive if self.only is not None else None
        loyal = None if self.only is None else self.only.loyal
        reviewed = loyal is not None and loyal.review is not None
        self.of_one_clock = (FIRST_TIME, ACTIVE, WON_BACK, *(() if reviewed else (LOYAL,)))

    @classmethod
    def of(cls, stages: Stages) -> Machine:
        """Return a machine of one version that was always in force."""
        return cls((Segment(0, FAR, stages),))

    def runs_one_clock(self, state: State) -> bool:
        """Tell whether the clock that fires next is known without looking for it."""
        return (
            self.simple is not None
            and (state.stage is INACTIVE or state.stage in self.of_one_clock)
            and not state.beside.holds
        )

    def at(self, day: int) -> Segment:
        """Return the segment a day lies in."""
        for segment in self.segments:
            if day < segment.end:
                return segment
        raise AssertionError("segments cover every day")


def advance(state: State, as_of: int, machine: Machine) -> State:
    """
    Return the state at the end of a day on which nothing happened: every clock due has fired.

    Each change carries its own day; a long silence makes more than one.
    """
    while state.due <= as_of:
        if machine.runs_one_clock(state):
            state = _silent(state, as_of, machine)
            continue
        change = next_change(state, machine)
        if change is None or change.day > as_of:
            return state._replace(due=FAR if change is None else change.day)
        state = _began(state, change, machine)
    return state


def _silent(state: State, as_of: int, machine: Machine) -> State:
    """Return the state after the one clock that runs fired, or was found to fire later."""
    stage, since, _, last, last_lost, first, counted, beside, changes = state
    assert machine.simple is not None, "one version for ever, with a clock of inactivity"
    assert machine.only is not None, "one version for ever"
    if stage is INACTIVE:
        to, day, due = LOST, machine.only.lost_on(since, last_lost), FAR
    else:
        to, day = INACTIVE, max(machine.simple.due(last), since)
        due = machine.only.lost_on(day, last_lost)
    if day > as_of:
        return state._replace(due=day)
    changes = (*changes, Change(to, day, _INACTIVE))
    return State(to, day, due, last, last_lost, first, counted, beside, changes)


def apply(state: State, day: int, flags: int, machine: Machine) -> State:
    """
    Return the state after what the customer did on a day, given as flags; never before a last day.

    Clocks due before the day fire first. A day of business makes at most one change, however often
    it is told. Nothing after a death, or an exit by the bank, is of any effect.
    """
    if state.due < day:
        state = advance(state, day - 1, machine)
    stage, since, due, last, last_lost, first, counted, beside, changes = state
    if beside.ended and day > beside.ended:
        return state
    if flags & RESETS_INACTIVE:
        last = day
    if flags & RESETS_LOST:
        last_lost = day
    if flags & COUNTS:
        if not first:
            first = day
        bit = 1 << (day - first)
        again = counted & bit
        counted |= bit
        stages = machine.only or machine.at(day).stages
        if stage is not LOYAL and stages is not None:
            change = _moved(stage, since, day, flags, first, counted, again, beside, stages)
            if change is not None:
                clocks = stage is FIRST_TIME or stage is WON_BACK
                stage, since, _ = change
                changes = (*changes, change)
                if not (clocks and stage is ACTIVE):
                    due = FAR if machine.simple is None else machine.simple.due(last)
                    held = State(
                        stage, since, due, last, last_lost, first, counted, beside, changes
                    )
                    return held if machine.runs_one_clock(held) else _with_due(held, machine)
    # An act only ever makes clocks fire later, so the day till which none fires may stay.
    return State(stage, since, due, last, last_lost, first, counted, beside, changes)


def _moved(
    stage: Stage | None,
    since: int,
    day: int,
    flags: int,
    first: int,
    counted: int,
    again: int,
    beside: Beside,
    stages: Stages,
) -> Change | None:
    """Return what a day of business begins, if anything; *again* if it was one before."""
    if stage is ACTIVE:
        loyal = stages.loyal
        if (
            loyal is not None
            and not again
            and loyal.tenure.due(first) <= day
            and enough(counted, first, day, loyal)
            and (not loyal.products or (beside.products or 0) >= loyal.products)
        ):
            return Change(LOYAL, day, _LOYAL)
        return None
    if stage is None or stage is PROSPECT:
        return Change(FIRST_TIME, day, _FIRST)
    if stage is LOST:
        return None if again else Change(WON_BACK, day, StageReason.RETURNED)
    if stage is INACTIVE:
        if stages.recheck and not flags & VERIFIED:
            return None
        return Change(ACTIVE, day, StageReason.REACTIVATED)
    if stage is LOYAL or again:
        return None
    lowest = since
    if stages.repeat_window is not None:
        lowest = max(since, stages.repeat_window.before(day) + 1)
    if _several(counted, first, lowest) >= stages.repeat:
        return Change(ACTIVE, day, _REPEAT)
    return None


def _several(counted: int, first: int, lowest: int) -> int:
    """Return how many days of business there are from a day on."""
    return (counted >> (lowest - first) if lowest > first else counted).bit_count()


def enough(counted: int, first: int, day: int, loyal: Loyal) -> bool:
    """Tell whether there are as many days of business on a day as loyalty takes."""
    if loyal.window is None:
        return counted.bit_count() >= loyal.events
    return _several(counted, first, loyal.window.before(day) + 1) >= loyal.events


def start(state: State, day: int, machine: Machine) -> State:
    """Return the state after somebody became known; no more than kept where they were known."""
    if state.stage is not None:
        return state
    return _began(
        advance(state, day - 1, machine), Change(PROSPECT, day, StageReason.KNOWN), machine
    )


def close(state: State, day: int, reason: StageReason, machine: Machine) -> State:
    """
    Return the state after all a customer had was closed, after a death, or an exit by the bank.

    It comes after what happened on the day. Who was lost before stays lost since then.
    """
    state = advance(state, day - 1, machine)
    if reason in ENDED and not state.beside.ended:
        state = state._replace(beside=attrs.evolve(state.beside, ended=day))
    if state.stage is None or state.stage is LOST:
        return state
    return _began(state, Change(LOST, day, reason), machine)


def beginning(
    changes: tuple[Change, ...],
    last: int,
    last_lost: int,
    first: int,
    counted: int,
    beside: Beside,
    machine: Machine,
) -> State:
    """Return the state that follows from stages told before and from what was done till then."""
    stage, since = (changes[-1].stage, changes[-1].day) if changes else (None, 0)
    held = State(stage, since, FAR, last, last_lost, first, counted, beside, changes)
    return _with_due(held, machine)


def _began(state: State, change: Change, machine: Machine) -> State:
    begun = state._replace(
        stage=change.stage, since=change.day, changes=(*state.changes, change), due=FAR
    )
    return _with_due(begun, machine)


def _with_due(state: State, machine: Machine) -> State:
    stage, simple = state.stage, machine.simple
    if simple is not None and not state.beside.holds and stage in machine.of_one_clock:
        return state._replace(due=simple.due(state.last))
    change = next_change(state, machine)
    return state if change is None else state._replace(due=change.day)


def exact(state: State, machine: Machine) -> State:
    """Return the state with the very day on which a clock fires if nothing happens."""
    change = next_change(state, machine)
    return state._replace(due=FAR if change is None else change.day)


def next_change(state: State, machine: Machine) -> Change | None:
    """Return the change that comes if nothing happens; None where no clock runs."""
    stage = state.stage
    if stage is None or stage is LOST:
        return None
    for segment in machine.segments:
        if segment.end <= state.since or segment.stages is None:
            continue
        found = _due_under(state, segment.stages, max(segment.start, state.since))
        if found is not None and found.day < segment.end:
            return found
    return None


def _due_under(state: State, stages: Stages, floor: int) -> Change | None:
    """Return what fires first under a version, not before a day."""
    stage = state.stage
    if stage is PROSPECT:
        if stages.prospect is None:
            return None
        anchor = max(state.since, state.last_lost)
        day = max(stages.prospect.due(anchor), floor)
        return Change(LOST, day, StageReason.PROSPECT_EXPIRED)
    to = LOST if stage is INACTIVE or stages.inactive is None else INACTIVE
    found: Change | None = None
    if to is LOST and stages.lost is not None:
        from_inactive = stages.lost_from_inactive and stage is INACTIVE
        anchor = max(state.since, state.last_lost) if from_inactive else state.last_lost
        day = _unheld(max(stages.lost.due(anchor), floor), state.beside.holds)
        found = Change(LOST, day, StageReason.INACTIVE)
    elif to is INACTIVE and stages.inactive is not None:
        day = _unheld(max(stages.inactive.due(state.last), floor), state.beside.holds)
        found = Change(INACTIVE, day, StageReason.INACTIVE)
    if stage is LOYAL and stages.loyal is not None and stages.loyal.review is not None:
        stated, loyal = state.beside.stated, stages.loyal
        unmet = unmet_since(state.counted, state.first, state.since, stated, loyal)
        day = FAR if unmet >= FAR else max(stages.loyal.review.due(unmet), floor)
        if day < (FAR if found is None else found.day):
            found = Change(ACTIVE, day, StageReason.LOYAL_LAPSED)
    return found if found is None or found.day < FAR else None


def _unheld(day: int, holds: tuple[tuple[int, int], ...]) -> int:
    """Return the first day from *day* on that no hold covers."""
    for start_, end in holds:
        if start_ <= day < end:
            day = end
    return day
