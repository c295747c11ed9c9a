"""
What the stream of a customer's treatments holds: events as decided, and the state they fold to.

The state holds no sealed part, so a snapshot of it gives nothing away that was erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.lifecycle.care.model import (
    ANSWERED,
    Past,
    TreatmentFacts,
    TreatmentOutcome,
)

__all__ = [
    "EVENTS",
    "Agreed",
    "Care",
    "Delivered",
    "Expired",
    "Intended",
    "Intent",
    "Objected",
    "Objection",
    "OutcomeRecorded",
    "Withdrawn",
    "evolve",
]

_Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class Intended:
    """
    A treatment is meant for the customer: what whoever acts on it reads.

    Attributes:
        id: Of the intent, among the customer's.
        treatment: Code of the row.
        kind: Its kind.
        on: Day it was meant.
        due_by: Last day to deliver it.
        channels: By which it may be delivered.
        stage: The stage it was meant for; empty where unknown.
        since: First day of that stage, if known.
        zone: Zone of the policy.
        version: Version it was decided under.
        part: Its place among the intents of one consideration, the first being 0.
        facts: What it was decided from, as stated.
    """

    id: str
    treatment: str
    kind: str
    on: date
    due_by: date
    channels: tuple[str, ...]
    stage: str = ""
    since: date | None = None
    zone: str
    version: _Ref
    part: int = 0
    facts: TreatmentFacts | None = attrs.field(default=None, metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Delivered:
    """An intent was delivered; `late` where that was after its last day."""

    intent: str
    on: date
    channel: str
    late: bool = False


@attrs.frozen(kw_only=True)
class OutcomeRecorded:
    """What became of an intent."""

    intent: str
    outcome: TreatmentOutcome
    on: date
    note: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Withdrawn:
    """
    An intent was taken back.

    Attributes:
        intent: Its id.
        on: Day of that.
        cause: What took it back: nothing stated; the customer `objected`; the customer is in
            another `stage`; the customer died or was exited (`terminal`).
        reason: Why, in words.
    """

    intent: str
    on: date
    cause: Literal["", "objected", "stage", "terminal"] = ""
    reason: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Objected:
    """The customer does not want what the words name."""

    words: tuple[str, ...]
    on: date
    zone: str


@attrs.frozen(kw_only=True)
class Agreed:
    """The customer took refusals back."""

    words: tuple[str, ...]
    on: date


@attrs.frozen(kw_only=True)
class Expired:
    """The days of an intent went by: `on` is the first day after its last."""

    intent: str
    on: date


EVENTS: Final = Events(
    {
        "intended": Intended,
        "delivered": Delivered,
        "outcome-recorded": OutcomeRecorded,
        "withdrawn": Withdrawn,
        "objected": Objected,
        "agreed": Agreed,
        "expired": Expired,
    }
)


# -- state ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Intent:
    """
    An intent and what became of it.

    Attributes:
        intended: As it was meant, without the facts.
        delivered: When and how it was delivered.
        outcomes: What became of it, in the order told.
        withdrawn: When it was taken back.
        noted: Whether somebody was told that it expired.
    """

    intended: Intended
    delivered: Delivered | None = None
    outcomes: tuple[OutcomeRecorded, ...] = ()
    withdrawn: Withdrawn | None = None
    noted: bool = False

    def delivered_on(self, by: date = date.max) -> date | None:
        """Return the day it reached the customer, as known from what happened up to a day."""
        days = [held.on for held in self.outcomes if held.outcome in ANSWERED]
        if self.delivered is not None:
            days.append(self.delivered.on)
        return min((day for day in days if day <= by), default=None)

    def outcome(self, by: date = date.max) -> OutcomeRecorded | None:
        """Return what became of it: of what happened up to a day, the latest, told last."""
        found = None
        for held in self.outcomes:
            if held.on <= by and (found is None or held.on >= found.on):
                found = held
        return found

    def gone(self, by: date = date.max) -> bool:
        """Tell whether it was taken back, up to a day, and had not reached the customer."""
        taken = self.withdrawn is not None and self.withdrawn.on <= by
        return taken and self.delivered_on(by) is None

    @property
    def past(self) -> Past:
        """The intent as later decisions look at it."""
        held, outcome = self.intended, self.outcome()
        return Past(
            code=held.treatment,
            on=held.on,
            kind=held.kind,
            stage=held.stage,
            due_by=held.due_by,
            delivered_on=self.delivered_on(),
            outcome=None if outcome is None else outcome.outcome,
            outcome_on=None if outcome is None else outcome.on,
            withdrawn=self.gone(),
        )


@attrs.frozen(kw_only=True)
class Objection:
    """A word the customer refuses by, from a day on, until (exclusive) it was taken back."""

    word: str
    on: date
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Tell whether it holds on a day."""
        return self.on <= on and (self.until is None or on < self.until)


@attrs.frozen(kw_only=True)
class Care:
    """
    The state of the record.

    Attributes:
        zone: Zone whose days count.
        intents: By id, in the order they were meant.
        objections: What the customer refused, taken back or not.
    """

    zone: str = "UTC"
    intents: FrozenMapping[str, Intent] = FrozenMapping()
    objections: tuple[Objection, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """The words of the refusals that stand."""
        return tuple(held.word for held in self.objections if held.until is None)

    def refused_on(self, on: date) -> tuple[str, ...]:
        """Return the words of the refusals that held on a day."""
        return tuple(held.word for held in self.objections if held.holds(on))

    @property
    def last_on(self) -> date | None:
        """The latest day something was meant."""
        return max((held.intended.on for held in self.intents.values()), default=None)


def evolve(state: Care, event: Any) -> Care:
    """Return the state after an event; total over `EVENTS`."""
    match event:
        case Intended():
            held = Intent(intended=attrs.evolve(event, facts=None))
            return _with(attrs.evolve(state, zone=event.zone), event.id, held)
        case Delivered():
            held = attrs.evolve(state.intents[event.intent], delivered=event)
        case OutcomeRecorded():
            held = state.intents[event.intent]
            told = (*held.outcomes, attrs.evolve(event, note=""))
            held = attrs.evolve(held, outcomes=told)
        case Withdrawn():
            taken = attrs.evolve(event, reason="")
            held = attrs.evolve(state.intents[event.intent], withdrawn=taken)
        case Expired():
            held = attrs.evolve(state.intents[event.intent], noted=True)
        case Objected():
            more = (Objection(word=word, on=event.on) for word in event.words)
            return attrs.evolve(state, zone=event.zone, objections=(*state.objections, *more))
        case Agreed():
            return attrs.evolve(state, objections=_taken_back(state.objections, event))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of treatments")
    return _with(state, event.intent, held)


def _with(state: Care, intent: str, held: Intent) -> Care:
    intents: Mapping[str, Intent] = {**state.intents, intent: held}
    return attrs.evolve(state, intents=FrozenMapping(intents))


def _taken_back(held: tuple[Objection, ...], event: Agreed) -> tuple[Objection, ...]:
    return tuple(
        attrs.evolve(one, until=max(event.on, one.on))
        if one.until is None and one.word in event.words
        else one
        for one in held
    )
