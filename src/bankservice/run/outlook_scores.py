"""
What the rules say of customers on a day; who has the same history shares one computation.

Risk hangs on how often, how lately and for how long alone, and many customers are alike in that.
The record decides once more on what it writes: here it is only found of whom it would write
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.prediction.churn import ChurnFacts, ChurnRisk, churn_risk
from bankservice.lifecycle.prediction.entries import Estimate, Score
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.lifecycle.prediction.record import estimated
from bankservice.lifecycle.prediction.trend import Reading, Trend, TrendFacts, trend
from bankservice.lifecycle.prediction.value import CustomerValue, ValueFacts, customer_value
from bankservice.run.outlook_seen import Counting, History

__all__ = ["Found", "Scores", "Told", "Values", "readings", "told_of"]

Values = tuple[Reading, ...] | UnknownType


@attrs.frozen(eq=False, kw_only=True)
class Told:
    """
    What is told of a customer on a day.

    Attributes:
        history: Frequency, recency and age; None of who never did business.
        doubtful: Whether days of business could not be read.
        mean: Average spend of repeat purchases, in major units; None where it is not known.
        values: Measure → its values by month, the oldest first.
    """

    history: History | None
    doubtful: bool = False
    mean: Decimal | None = None
    values: Mapping[str, Values] = FrozenMapping()

    def score(self, on: date, counting: Counting, customer: Mapping[str, str]) -> Score:
        """Return the command that estimates the customer's outlook."""
        return Score(
            on=on,
            mean=UNKNOWN if self.mean is None else self.mean,
            values=FrozenMapping(self.values),
            customer=FrozenMapping(customer),
            **_history(self, counting),
        )


@attrs.frozen(eq=False)
class Found:
    """What the rules said of a customer."""

    risk: ChurnRisk
    value: CustomerValue | None
    trends: Mapping[str, Trend]

    def estimate(self, before: Estimate, version: Version[Outlook]) -> Estimate:
        """Return what the record would hold after it."""
        return estimated(before, self.risk, self.value, self.trends, version)


class Scores:
    """What one version says on one day."""

    def __init__(self, version: Version[Outlook], on: date) -> None:
        """Start with nothing decided."""
        self.version = version
        self.on = on
        outlook = version.parameters
        self.counting = Counting(outlook.card.unit, outlook.model.periods)
        self._risks: dict[tuple[History | None, bool], ChurnRisk] = {}
        self._values: dict[tuple[History | None, bool, Decimal | None], CustomerValue] = {}

    def of(self, told: Told) -> Found:
        """Return what the rules say of a customer."""
        value = None if self.version.parameters.value is None else self._value(told)
        trends = {name: self._trend(name, values) for name, values in told.values.items()}
        return Found(self._risk(told), value, trends)

    def _risk(self, told: Told) -> ChurnRisk:
        key = (told.history, told.doubtful)
        found = self._risks.get(key)
        if found is None:
            facts = ChurnFacts(on=self.on, **_history(told, self.counting))
            found = self._risks[key] = churn_risk.decide(facts, self.version).outcome
        return found

    def _value(self, told: Told) -> CustomerValue:
        key = (told.history, told.doubtful, told.mean)
        found = self._values.get(key)
        if found is None:
            mean = UNKNOWN if told.mean is None else told.mean
            facts = ValueFacts(on=self.on, mean=mean, **_history(told, self.counting))
            found = self._values[key] = customer_value.decide(facts, self.version).outcome
        return found

    def _trend(self, measure: str, values: Values) -> Trend:
        facts = TrendFacts(on=self.on, measure=measure, values=values)
        return trend.decide(facts, self.version).outcome


def _history(told: Told, counting: Counting) -> dict[str, Any]:
    """Return the history as facts: no business is no days, and not a sum that is not known."""
    if told.doubtful:
        return {"days": UNKNOWN}
    if told.history is None:
        return {"days": ()}
    frequency, recency, age = told.history
    return {
        "frequency": Decimal(frequency),
        "recency": counting.time(recency),
        "age": counting.time(age),
    }


def told_of(said: Found | Estimate) -> dict[str, Any]:
    """Return what is told of a customer: as the rules said it here, or as the record kept it."""
    if isinstance(said, Estimate):
        told = {"band": said.band, "risk": said.risk, "p_alive": said.p_alive}
        known = "risk" not in said.undecided
        return {
            **(told | {"expected": said.expected} if known else {}),
            "value_minor": None if "value" in said.undecided else said.value_minor,
            "trends": {
                measure: (
                    held.direction,
                    Fraction(held.slope) if held.slope else None,
                    held.p_value,
                )
                for measure, held in said.trends.items()
                if measure not in said.undecided
            },
        }
    risk, value = said.risk, said.value
    return {
        "band": risk.band,
        "risk": risk.risk,
        "p_alive": risk.p_alive,
        "expected": risk.expected,
        "value_minor": None if value is None else value.value_minor,
        "trends": {
            measure: (held.direction, held.slope, held.p_value)
            for measure, held in said.trends.items()
            if held.direction is not None
        },
    }


def readings(values: Sequence[int | None], scale: int) -> tuple[Reading, ...]:
    """
    Return the values of months as the rule of trends takes them; those before the first are gone.

    Args:
        values: Whole numbers, oldest first; None where not known.
        scale: By how much they are divided.
    """
    first = next((place for place, value in enumerate(values) if value is not None), len(values))
    return tuple(_reading(value, scale) for value in values[first:])


@lru_cache(maxsize=65_536)
def _reading(value: int | None, scale: int) -> Reading:
    """Return one value; of use and of empty accounts many are the same."""
    return Reading(None if value is None else Fraction(value, scale))
