"""
What is done about an intent: delivered, answered, taken back, run out; and why that is refused.

Each gives the events it leads to, none where nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final, Literal

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Refused
from bankservice.lifecycle.care.commands import (
    Agree,
    Deliver,
    NoteExpiry,
    Object,
    RecordOutcome,
    Withdraw,
)
from bankservice.lifecycle.care.entries import (
    Agreed,
    Care,
    Delivered,
    Expired,
    Intended,
    Intent,
    Objected,
    OutcomeRecorded,
    Withdrawn,
)
from bankservice.lifecycle.care.holding import Case
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import EVERYTHING

__all__ = [
    "TreatmentRefusal",
    "deliver",
    "note_expiry",
    "object_to",
    "outdated",
    "record_outcome",
    "refusal",
    "take_back",
    "withdraw",
]

_DAY: Final = timedelta(days=1)


class TreatmentRefusal(Enum):
    """Why a command on treatments is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    COHORT_UNKNOWN = "cohort-unknown"
    NOT_IN_FORCE = "not-in-force"
    OUT_OF_ORDER = "out-of-order"
    UNDECIDED = "undecided"
    UNKNOWN_INTENT = "unknown-intent"
    BEFORE_INTENT = "before-intent"
    WITHDRAWN = "withdrawn"
    ALREADY_DELIVERED = "already-delivered"
    BEFORE_DELIVERY = "before-delivery"
    OTHER_CHANNEL = "other-channel"
    OBJECTED = "objected"
    NOT_OBJECTED = "not-objected"
    NOT_EXPIRED = "not-expired"


def refusal(code: TreatmentRefusal, **told: object) -> Refused:
    """Return a refusal with what the reader needs to know."""
    return Refused(code, FrozenMapping({name: str(held) for name, held in told.items()}))


def _intent(state: Care, intent: str, on: date | None) -> Intent | Refused:
    """Return an intent something is told of, or why nothing can be."""
    held: Intent | None = state.intents.get(intent)
    if held is None:
        known = ", ".join(state.intents)
        return refusal(TreatmentRefusal.UNKNOWN_INTENT, intent=intent, known=known)
    if on is not None and on < held.intended.on:
        return refusal(TreatmentRefusal.BEFORE_INTENT, on=on, intended=held.intended.on)
    return held


def _gone(held: Intent, on: date) -> Refused | None:
    """Refuse what was taken back by a day; what happened before that and is told later counts."""
    if held.gone() and held.gone(on):
        assert held.withdrawn is not None, "what is gone was withdrawn"
        return refusal(TreatmentRefusal.WITHDRAWN, on=held.withdrawn.on)
    return None


def deliver(state: Care, body: Deliver, on: date, rules: TreatmentRules) -> Sequence[Any] | Refused:
    """Note a delivery: once, by a channel that was open to it, and not against a refusal."""
    held = _intent(state, body.intent, on)
    if isinstance(held, Refused):
        return held
    gone = _gone(held, on)
    if gone is not None:
        return gone
    if held.delivered is not None:
        if (held.delivered.on, held.delivered.channel) == (on, body.channel):
            return ()
        known = {"on": held.delivered.on, "channel": held.delivered.channel}
        return refusal(TreatmentRefusal.ALREADY_DELIVERED, **known)
    reached = held.delivered_on()
    if reached is not None and reached < on:
        return refusal(TreatmentRefusal.ALREADY_DELIVERED, on=reached)
    if not any(rules.by(body.channel, channel) for channel in held.intended.channels):
        known = {"channel": body.channel, "open": ", ".join(held.intended.channels)}
        return refusal(TreatmentRefusal.OTHER_CHANNEL, **known)
    words = state.refused_on(on)
    if rules.refuses_kind(words, held.intended.kind) or not rules.left(words, (body.channel,)):
        return refusal(TreatmentRefusal.OBJECTED, refused=", ".join(words), on=on)
    late = on > held.intended.due_by
    return (Delivered(intent=body.intent, on=on, channel=body.channel, late=late),)


def record_outcome(state: Care, body: RecordOutcome, on: date) -> Sequence[Any] | Refused:
    """Note what became of an intent."""
    held = _intent(state, body.intent, on)
    if isinstance(held, Refused):
        return held
    gone = _gone(held, on)
    if gone is not None:
        return gone
    if held.delivered is not None and on < held.delivered.on:
        return refusal(TreatmentRefusal.BEFORE_DELIVERY, on=on, delivered=held.delivered.on)
    if any((told.outcome, told.on) == (body.outcome, on) for told in held.outcomes):
        return ()
    return (OutcomeRecorded(intent=body.intent, outcome=body.outcome, on=on, note=body.note),)


def withdraw(state: Care, body: Withdraw, on: date) -> Sequence[Any] | Refused:
    """Take an intent back that has not reached the customer."""
    held = _intent(state, body.intent, on)
    if isinstance(held, Refused):
        return held
    if held.gone():
        return ()
    delivered = held.delivered_on()
    if delivered is not None:
        return refusal(TreatmentRefusal.ALREADY_DELIVERED, on=delivered)
    return (Withdrawn(intent=body.intent, on=on, reason=body.reason),)


def object_to(state: Care, body: Object, on: date, rules: TreatmentRules) -> Sequence[Any]:
    """Return the objection, and the withdrawal of what is still open against it."""
    rules.check_refused(body.words)
    words = tuple(word for word in dict.fromkeys(body.words) if word not in state.refused)
    if not words:
        return ()
    every = (*state.refused, *words)
    against = (held for held in _open(state, on) if _refused(held, every, rules))
    return (
        Objected(words=words, on=on, zone=rules.zone),
        *(Withdrawn(intent=held.id, on=max(on, held.on), cause="objected") for held in against),
    )


def outdated(state: Care, case: Case) -> tuple[Withdrawn, ...]:
    """Return the withdrawal of open intents that a customer as considered now must not get."""
    on, refused = case.facts.on, case.facts.refused
    words = refused if isinstance(refused, tuple) else ()
    found = []
    for held in _open(state, on):
        row = case.rules.row(held.treatment)
        cause: Literal["", "objected", "stage", "terminal"] = ""
        if case.terminal:
            cause = "terminal"
        elif _refused(held, words, case.rules):
            cause = "objected"
        elif row is not None and row.lapses_with_stage and case.stage not in (None, held.stage):
            cause = "stage"
        if cause:
            found.append(Withdrawn(intent=held.id, on=on, cause=cause))
    return tuple(found)


def _open(state: Care, on: date) -> Iterator[Intended]:
    """Yield the intents that may still be delivered."""
    for held in state.intents.values():
        if held.past.is_open(max(on, held.intended.on)):
            yield held.intended


def _refused(held: Intended, words: Sequence[str], rules: TreatmentRules) -> bool:
    return rules.refuses_kind(words, held.kind) or not rules.left(words, held.channels)


def take_back(state: Care, body: Agree, on: date) -> Sequence[Any] | Refused:
    """Take refusals back: those named, or every one."""
    words = state.refused if EVERYTHING in body.words else tuple(dict.fromkeys(body.words))
    missing = [word for word in words if word not in state.refused]
    if missing or not words:
        named = ", ".join(missing or body.words)
        standing = ", ".join(state.refused)
        return refusal(TreatmentRefusal.NOT_OBJECTED, words=named, refused=standing)
    return (Agreed(words=words, on=on),)


def note_expiry(state: Care, body: NoteExpiry, today: date) -> Sequence[Any] | Refused:
    """Note that the days of an intent went by, dated on the first day after its last."""
    held = _intent(state, body.intent, None)
    if isinstance(held, Refused):
        return held
    last = held.intended.due_by
    if held.noted or not held.past.is_open(last):
        return ()
    if today <= last:
        return refusal(TreatmentRefusal.NOT_EXPIRED, intent=body.intent, due_by=last)
    return (Expired(intent=body.intent, on=last + _DAY),)
