"""
The state of a customer's follow-ups: the cases, folded from what happened.

It holds no sealed part, so a snapshot of it gives nothing away that was erased.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.clock import Clock
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.follow_up.entries import (
    FollowUpAcknowledged,
    FollowUpAgreed,
    FollowUpAssigned,
    FollowUpAttached,
    FollowUpAttempted,
    FollowUpClosed,
    FollowUpConfirmed,
    FollowUpContacted,
    FollowUpEnded,
    FollowUpNoticed,
    FollowUpOpened,
    FollowUpResolved,
    FollowUpScored,
    FollowUpThemed,
    Trigger,
)
from bankservice.satisfaction.follow_up.model import ENDED, FollowUpState

__all__ = [
    "FollowUpCase",
    "FollowUpCases",
    "evolve",
]

_Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class FollowUpCase:
    """
    One case.

    Attributes:
        id: Its id, among the customer's.
        state: Where it stands.
        moved_at: When it came to stand there.
        opened_at: When the first answer was given.
        opened_on: Local day of that.
        until: First day on which later answers do not join it.
        zone: Zone whose days count.
        known_on: Day whose knowledge of public holidays counts.
        version: Version that holds for its life.
        older: Every version the clocks rest on.
        owner: Who follows up.
        triggers: The answers, in the order they were heard.
        clocks: Its clocks.
        attempts: When the customer was tried in vain.
        acknowledged_at: When the customer was told.
        contacted_at: When somebody talked with the customer, first.
        due_on: Day by which what was agreed is to be done.
        resolved_at: When that was done, last.
        confirmed: Whether the customer confirmed it.
        ended_at: When it ended.
        into: The case or complaint that looks after it now.
        themes: What lies behind it.
        scores: What the customer answered when asked again, as classes.
        noticed: Keys of what was noticed.
    """

    id: str
    state: FollowUpState
    moved_at: datetime
    opened_at: datetime
    opened_on: date
    until: date
    zone: str
    known_on: date
    version: _Ref
    older: tuple[_Ref, ...] = ()
    owner: str = ""
    triggers: tuple[Trigger, ...] = ()
    clocks: tuple[Clock, ...] = ()
    attempts: tuple[FollowUpAttempted, ...] = ()
    acknowledged_at: datetime | None = None
    contacted_at: datetime | None = None
    due_on: date | None = None
    resolved_at: datetime | None = None
    confirmed: bool = False
    ended_at: datetime | None = None
    into: str = ""
    themes: tuple[str, ...] = ()
    scores: FrozenMapping[str, str] = FrozenMapping()
    noticed: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.state not in ENDED

    @property
    def rated(self) -> tuple[str, ...]:
        """The persons its answers are about."""
        return tuple(dict.fromkeys(held.rated for held in self.triggers if held.rated))


@attrs.frozen(kw_only=True)
class FollowUpCases:
    """
    The state of the record.

    Attributes:
        cases: By id, in the order they were opened.
    """

    cases: FrozenMapping[str, FollowUpCase] = FrozenMapping()

    def heard(self, answer: str) -> Trigger | None:
        """Return the trigger that an answer is, if it was heard."""
        found = (held for case in self.cases.values() for held in case.triggers)
        return next((held for held in found if held.answer == answer), None)


def evolve(state: FollowUpCases, event: Any) -> FollowUpCases:
    """Return the state after an event; total over `EVENTS`."""
    if isinstance(event, FollowUpOpened):
        return _with(state, _opened(event))
    return _with(state, _after(state.cases[event.case], event))


def _with(state: FollowUpCases, case: FollowUpCase) -> FollowUpCases:
    return FollowUpCases(cases=FrozenMapping({**state.cases, case.id: case}))


def _opened(event: FollowUpOpened) -> FollowUpCase:
    return FollowUpCase(
        id=event.case,
        state=FollowUpState.OPENED,
        moved_at=event.trigger.at,
        opened_at=event.trigger.at,
        opened_on=event.on,
        until=event.until,
        zone=event.zone,
        known_on=event.known_on,
        version=event.version,
        older=event.older,
        triggers=(event.trigger,),
        clocks=event.clocks,
    )


def _after(case: FollowUpCase, event: Any) -> FollowUpCase:
    state = FollowUpState
    match event:
        case FollowUpAttached():
            return _attached(case, event)
        case FollowUpAssigned():
            held = attrs.evolve(case, owner=event.owner)
            return _moved(held, state.ASSIGNED, event.at) if case.state is state.OPENED else held
        case FollowUpAcknowledged():
            return attrs.evolve(case, acknowledged_at=event.at, clocks=event.clocks)
        case FollowUpAttempted():
            held = attrs.evolve(case, attempts=(*case.attempts, event))
            return _moved(held, state.ATTEMPTED, event.at)
        case FollowUpContacted():
            first = case.contacted_at or event.at
            told = case.acknowledged_at or event.at
            held = attrs.evolve(case, contacted_at=first, acknowledged_at=told, clocks=event.clocks)
            return _moved(held, state.CONTACTED, event.at)
        case FollowUpAgreed():
            return _moved(attrs.evolve(case, due_on=event.due_on), state.AGREED, event.at)
        case FollowUpResolved():
            held = attrs.evolve(case, resolved_at=event.at, clocks=event.clocks)
            return _moved(held, state.RESOLVED, event.at)
        case FollowUpConfirmed():
            held = attrs.evolve(case, confirmed=event.resolved, clocks=event.clocks)
            to = state.CONFIRMED if event.resolved else state.CONTACTED
            return _moved(held, to, event.at)
        case FollowUpClosed():
            return _ended(case, state.CLOSED, event.at)
        case FollowUpEnded():
            held = attrs.evolve(case, clocks=event.clocks, into=event.into)
            return _ended(held, event.state, event.at)
        case FollowUpThemed():
            return attrs.evolve(case, themes=event.themes)
        case FollowUpScored():
            return attrs.evolve(case, scores=FrozenMapping({**case.scores, **event.levels}))
        case FollowUpNoticed():
            return attrs.evolve(case, noticed=(*case.noticed, event.key))
    raise TypeError(f"{type(event).__name__} is no event of follow-ups")


def _attached(case: FollowUpCase, event: FollowUpAttached) -> FollowUpCase:
    return attrs.evolve(
        case,
        triggers=(*case.triggers, event.trigger),
        opened_at=min(case.opened_at, event.trigger.at),
        opened_on=event.on,
        until=event.until,
        owner="" if event.owner_removed else case.owner,
        clocks=event.clocks or case.clocks,
    )


def _moved(case: FollowUpCase, state: FollowUpState, at: datetime) -> FollowUpCase:
    return attrs.evolve(case, state=state, moved_at=at)


def _ended(case: FollowUpCase, state: FollowUpState, at: datetime) -> FollowUpCase:
    return attrs.evolve(case, state=state, moved_at=at, ended_at=at)
