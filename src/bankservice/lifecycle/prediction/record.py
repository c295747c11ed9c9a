"""
A customer's outlook as a record: estimated on a day, kept with the facts, told as of any.

The policy version in force on the day applies, as it is known when that is recorded. An entry is
written where the band, the direction of a trend or the version changed, not for every new number.
What hangs on a fact that is not known stays as it was, and the fact is named. Nothing else in a
bank's records follows from an entry here: it is an estimate, and a stage is a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import Check, Decision, Explanation
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.prediction.churn import ChurnFacts, ChurnRisk, churn_risk
from bankservice.lifecycle.prediction.entries import (
    COMMANDS,
    EVENTS,
    Estimate,
    Outlooked,
    Score,
    Scored,
    Told,
    evolve,
)
from bankservice.lifecycle.prediction.kind import OUTLOOK, Outlook
from bankservice.lifecycle.prediction.trend import Trend, TrendFacts, trend
from bankservice.lifecycle.prediction.value import CustomerValue, ValueFacts, customer_value
from bankservice.lifecycle.prediction.views import OutlookView, view_on

__all__ = [
    "OUTLOOKED",
    "OutlookRefusal",
    "decisions",
    "estimated",
    "versions_of",
    "zone_of_policy",
]

_NOT_KNOWN: Final = (None, UNKNOWN, UNKNOWN.value)


class OutlookRefusal(Enum):
    """Why a command on an outlook is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_IN_FORCE = "not-in-force"
    COHORT_UNKNOWN = "cohort-unknown"
    UNKNOWN_MEASURE = "unknown-measure"
    OTHER_CURRENCY = "other-currency"


def decisions(
    body: Score, on: date, version: Version[Outlook]
) -> tuple[Decision[ChurnRisk], Decision[CustomerValue] | None, Mapping[str, Decision[Trend]]]:
    """
    Return what is decided of a customer on a day: risk, value where the policy asks it, trends.

    Raises:
        FaultsError: If the facts contradict each other, or are none the model can have.
        UnknownNameError: If the policy tells no trend of a measure.
    """
    customer = body.customer
    risk = churn_risk.decide(ChurnFacts(on=on, customer=customer, **body.history), version)
    value = None
    if version.parameters.value is not None:
        facts = ValueFacts(
            on=on, customer=customer, **body.history, mean=body.mean, currency=body.currency
        )
        value = customer_value.decide(facts, version)
    trends = {
        measure: trend.decide(
            TrendFacts(on=on, measure=measure, values=values, customer=customer), version
        )
        for measure, values in body.values.items()
    }
    return risk, value, trends


def _estimate(before: Estimate, body: Score, on: date, version: Version[Outlook]) -> Estimate:
    risk, value, trends = decisions(body, on, version)
    told = {measure: decided.outcome for measure, decided in trends.items()}
    worth = None if value is None else value.outcome
    return estimated(before, risk.outcome, worth, told, version)


def estimated(
    before: Estimate,
    risk: ChurnRisk,
    value: CustomerValue | None,
    trends: Mapping[str, Trend],
    version: Version[Outlook],
) -> Estimate:
    """Return what is estimated now, of what was decided; what hangs on unknown facts is as it was."""
    undecided: dict[str, tuple[str, ...]] = {}
    found = before
    if risk.unknown:
        undecided["risk"] = risk.unknown
    else:
        parts = {name: getattr(risk, name) for name in ("p_alive", "risk", "band", "expected")}
        found = attrs.evolve(found, why=risk.why, **parts)
    if value is None:
        found = attrs.evolve(found, value_minor=None, currency="")
    elif value.unknown:
        undecided["value"] = value.unknown
    else:
        currency = "" if value.value_minor is None else value.currency
        found = attrs.evolve(found, value_minor=value.value_minor, currency=currency)
    # A trend that the version no longer tells is let go; one not asked this time is kept.
    held = {name: told for name, told in before.trends.items() if name in version.parameters.trends}
    for measure, outcome in trends.items():
        if outcome.direction is None:
            undecided[measure] = outcome.unknown
            continue
        slope = "" if outcome.slope is None else str(outcome.slope)
        held[measure] = Told(direction=outcome.direction, slope=slope, p_value=outcome.p_value)
    return attrs.evolve(found, trends=FrozenMapping(held), undecided=FrozenMapping(undecided))


def _decide(
    states: Mapping[str, Outlooked], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    policy: Policy[Outlook] = context.policy(OUTLOOK.name)
    zone = zone_of_policy(policy)
    on: date = body.on or local_day(context.effective_at, zone)
    today = local_day(context.recorded_at, zone)
    if on > today:
        return _refused(OutlookRefusal.IN_FUTURE, on=str(on), today=str(today))
    cohort = {name: held for name, held in body.customer.items() if held not in _NOT_KNOWN}
    found = policy.as_known(today).select(on, cohort)
    if found is None:
        return _refused(OutlookRefusal.NOT_IN_FORCE, policy=policy.id, on=str(on))
    if isinstance(found, Undecided):
        return _refused(OutlookRefusal.COHORT_UNKNOWN, facts=", ".join(found.facts))
    strange = [measure for measure in body.values if measure not in found.parameters.trends]
    if strange:
        return _refused(OutlookRefusal.UNKNOWN_MEASURE, measures=", ".join(strange))
    spend = found.parameters.spend
    if body.currency and (spend is None or spend.currency != body.currency):
        held = "" if spend is None else spend.currency
        return _refused(OutlookRefusal.OTHER_CURRENCY, currency=body.currency, policy=held)
    return _score(state, command.subject, body, on, found)


def _refused(code: OutlookRefusal, **facts: str) -> Refused:
    return Refused(code, FrozenMapping(facts))


def _score(
    state: Outlooked, customer: str, body: Score, on: date, version: Version[Outlook]
) -> Accepted:
    last = state.last(on)
    before = state.at(on)
    after = _estimate(before, body, on, version)
    ref = FrozenMapping(ref_json(version.ref))
    if last is not None and last.version == ref and after.moved == before.moved:
        return Accepted({}, (version,))
    event = Scored(on=on, estimate=after, version=ref, facts=_written(body, on))
    return Accepted({customer: (event,)}, (version,))


def _written(body: Score, on: date) -> FrozenMapping[str, Any]:
    return FrozenMapping(to_json(attrs.evolve(body, on=on)))


def zone_of_policy(policy: Policy[Outlook]) -> str:
    """Return the zone whose days count: that of the newest version; UTC before there was one."""
    return policy.versions[-1].parameters.zone if policy.versions else "UTC"


def versions_of(policy: Policy[Outlook]) -> Mapping[tuple[str, str], Version[Outlook]]:
    """Return the versions of a policy by its id and their digests."""
    return {(policy.id, version.ref.digest): version for version in policy.versions}


def _view(state: Outlooked, as_of: datetime, policies: tuple[Policy[Any], ...]) -> OutlookView:
    policy = next(policy for policy in policies if policy.kind.name == OUTLOOK.name)
    return view_on(state, local_day(as_of, zone_of_policy(policy)), versions_of(policy).get)


def _explain(
    state: Outlooked, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    body = event.asked()
    if body is None:
        return None
    version: Version[Outlook] = find(event.version["policy"], event.version["digest"])
    risk, value, trends = decisions(body, event.on, version)
    first = risk.explanation()
    others = [] if value is None else [value.explanation()]
    others += [decided.explanation() for decided in trends.values()]
    told = list(first.checks)
    for other in others:
        # The history and the model stand with the risk; they are not told twice.
        held = (Check(other.headline, True), *other.checks)
        told += [check for check in held if check not in told]
    return attrs.evolve(first, checks=tuple(told))


def _again(
    state: Outlooked, event: Any, find: Callable[[str, str], Version[Any]]
) -> tuple[Any, Any] | None:
    body = event.asked()
    if body is None:
        return None
    version: Version[Outlook] = find(event.version["policy"], event.version["digest"])
    return event.estimate, _estimate(state.at(event.on), body, event.on, version)


OUTLOOKED: Final[Record[Outlooked]] = Record(
    kind="lifecycle.outlook",
    initial=Outlooked(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=_view,
    due=lambda state: {},
    refusals=OutlookRefusal,
    policies=(OUTLOOK.name,),
    explain=_explain,
    again=_again,
    freeze=(to_json, lambda state: FACTS.read(state, Outlooked, "snapshot")),
)
"""The record `lifecycle.outlook`."""
