"""What people see of a customer's treatments on a day, and when somebody must look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import attrs

from bankservice.core.calendar import local_day, midnight
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.lifecycle.care.entries import Care, Intent
from bankservice.lifecycle.care.kind import TREATMENTS
from bankservice.lifecycle.care.model import ANSWERED, TreatmentOutcome

__all__ = ["EXPIRY", "IntentStatus", "IntentView", "TreatmentsView", "due", "status_of", "view"]

IntentStatus = Literal[
    "open",
    "delivered",
    "done",
    "no_answer",
    "undeliverable",
    "declined",
    "converted",
    "withdrawn",
    "expired",
]
"""How an intent stands."""

EXPIRY: Final = "expiry:"
"""How keys of the agenda begin; the id of the intent follows."""

_DAY: Final = timedelta(days=1)
_STATUS: Final[Mapping[TreatmentOutcome, IntentStatus]] = {
    TreatmentOutcome.DONE: "done",
    TreatmentOutcome.NO_ANSWER: "no_answer",
    TreatmentOutcome.UNDELIVERABLE: "undeliverable",
    TreatmentOutcome.DECLINED: "declined",
    TreatmentOutcome.CONVERTED: "converted",
}


@attrs.frozen(kw_only=True)
class IntentView:
    """
    One intent.

    Attributes:
        treatment: Code of the row.
        kind: Its kind.
        status: How it stands.
        on: Day it was meant.
        due_by: Last day to deliver it.
        stage: The stage it was meant for; empty where unknown.
        channels: By which it may be delivered.
        delivered_on: Day it reached the customer.
        channel: By which channel.
        late: Whether that was after its last day.
        outcome: What became of it.
        outcome_on: Day of that.
    """

    treatment: str
    kind: str
    status: IntentStatus
    on: date
    due_by: date
    stage: str = ""
    channels: tuple[str, ...] = ()
    delivered_on: date | None = None
    channel: str = ""
    late: bool = False
    outcome: TreatmentOutcome | None = None
    outcome_on: date | None = None


@attrs.frozen(kw_only=True)
class TreatmentsView:
    """
    A customer's treatments.

    Attributes:
        intents: By id.
        waiting: Ids of those that may still be delivered, the most urgent first.
        refused: What the customer does not want.
    """

    intents: FrozenMapping[str, IntentView] = FrozenMapping()
    waiting: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def status_of(intent: Intent, on: date) -> IntentStatus:
    """Tell how an intent stood at the end of a day, from what happened up to then."""
    if intent.gone(on):
        return "withdrawn"
    outcome, delivered = intent.outcome(on), intent.delivered_on(on)
    # A try that reached nobody is overtaken by a delivery on the same day or later.
    overtaken = (
        outcome is not None
        and delivered is not None
        and outcome.outcome not in ANSWERED
        and outcome.on <= delivered
    )
    if outcome is not None and not overtaken:
        return _STATUS[outcome.outcome]
    if delivered is not None:
        return "delivered"
    return "open" if on <= intent.intended.due_by else "expired"


def view(state: Care, as_of: datetime, policies: tuple[Policy[Any], ...]) -> TreatmentsView:
    """Return a customer's treatments as seen at *as_of*: what happened up to that day."""
    policy = next(held for held in policies if held.kind.name == TREATMENTS.name)
    on = local_day(as_of, policy.versions[-1].parameters.zone)
    held = {key: one for key, one in state.intents.items() if one.intended.on <= on}
    shown = {key: _view(one, on) for key, one in held.items()}
    waiting = [key for key, one in shown.items() if _waits(one, on)]
    return TreatmentsView(
        intents=FrozenMapping(shown),
        waiting=tuple(sorted(waiting, key=lambda key: (shown[key].due_by, key))),
        refused=state.refused_on(on),
    )


def _waits(shown: IntentView, on: date) -> bool:
    return shown.status == "open" or (
        shown.status == "no_answer" and shown.delivered_on is None and on <= shown.due_by
    )


def _view(intent: Intent, on: date) -> IntentView:
    held, outcome = intent.intended, intent.outcome(on)
    delivered = intent.delivered if intent.delivered and intent.delivered.on <= on else None
    return IntentView(
        treatment=held.treatment,
        kind=held.kind,
        status=status_of(intent, on),
        on=held.on,
        due_by=held.due_by,
        stage=held.stage,
        channels=held.channels,
        delivered_on=intent.delivered_on(on),
        channel="" if delivered is None else delivered.channel,
        late=delivered is not None and delivered.late,
        outcome=None if outcome is None else outcome.outcome,
        outcome_on=None if outcome is None else outcome.on,
    )


def due(state: Care) -> Mapping[str, datetime]:
    """Return when somebody may be told that an intent expired, for each that may still wait."""
    return {
        f"{EXPIRY}{key}": midnight(held.intended.due_by + _DAY, state.zone)
        for key, held in state.intents.items()
        if not held.noted and held.past.is_open(held.intended.due_by)
    }
