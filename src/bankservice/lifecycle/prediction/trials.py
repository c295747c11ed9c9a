"""How the rules of the outlook are tried under another policy, and asked again from the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final, TypeVar

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.lifecycle.prediction.churn import ChurnFacts, ChurnRisk, churn_risk
from bankservice.lifecycle.prediction.entries import Outlooked, Score
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.lifecycle.prediction.record import OUTLOOKED
from bankservice.lifecycle.prediction.trend import Trend, TrendFacts, trend
from bankservice.lifecycle.prediction.value import CustomerValue, ValueFacts, customer_value

__all__ = ["OUTLOOK_TRIALS"]

F = TypeVar("F")

_NO_BAND: Final = "no-band"


def _last(
    told: Told[Outlooked], make: Callable[[Score, date], F]
) -> Iterator[Question[F] | Unasked]:
    """Yield what a customer's last entry up to the day asks, if there is one."""
    held = [
        (version, erased, event)
        for version, erased, event in told.events
        if (told.on is None or event.on <= told.on) and told.policy in ("", event.version["policy"])
    ]
    if not held:
        return
    version, erased, event = max(held, key=lambda one: (one[2].on, one[0]))
    ref = f"{OUTLOOKED.kind}/{told.subject}@{version}"
    body = None if erased else event.asked()
    if body is None:
        yield Unasked(told.subject, "erased", ref)
    else:
        yield Question(told.subject, make(body, event.on), ref)


# -- churn risk ------------------------------------------------------------------------------------


def _risk(told: Told[Outlooked]) -> Iterator[Question[ChurnFacts] | Unasked]:
    def make(body: Score, on: date) -> ChurnFacts:
        return ChurnFacts(on=on, customer=body.customer, **body.history)

    yield from _last(told, make)


def _risk_seen(facts: ChurnFacts, outlook: Outlook, outcome: ChurnRisk) -> Seen:
    if outcome.unknown:
        return Seen(UNDECIDED)
    return Seen(outcome.why or outcome.band or _NO_BAND)


def _band_title(outlook: Outlook, place: str) -> Title | None:
    title = outlook.title(place)
    return title if isinstance(title, Title) else None


# -- value -----------------------------------------------------------------------------------------


def _value(told: Told[Outlooked]) -> Iterator[Question[ValueFacts] | Unasked]:
    def make(body: Score, on: date) -> ValueFacts:
        return ValueFacts(
            on=on,
            customer=body.customer,
            **body.history,
            mean=body.mean,
            currency=body.currency,
        )

    yield from _last(told, make)


def _value_seen(facts: ValueFacts, outlook: Outlook, outcome: CustomerValue) -> Seen:
    if outcome.unknown:
        return Seen(UNDECIDED)
    if outcome.value_minor is None:
        return Seen(outcome.why)
    return Seen("valued", amounts=FrozenMapping({"value": outcome.value_minor}))


# -- trends ----------------------------------------------------------------------------------------


def _trend_seen(facts: TrendFacts, outlook: Outlook, outcome: Trend) -> Seen:
    return Seen(outcome.direction or UNDECIDED)


OUTLOOK_TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=churn_risk,
        seen=_risk_seen,
        title=_band_title,
        record=OUTLOOKED,
        asked=_risk,
    ),
    Trial(
        rule=customer_value,
        seen=_value_seen,
        amounts=FrozenMapping({"value": Title(en="Value, in minor units", zh="价值（分）")}),
        record=OUTLOOKED,
        asked=_value,
    ),
    Trial(rule=trend, seen=_trend_seen),
)
"""The rules of the outlook as they are tried."""
