"""
Model cards: which model, fitted on whom, when, with what parameters and likelihood.

A card is part of a policy version. A score names the version, so its card stands with it for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import PolicyRef, Title
from bankservice.lifecycle.prediction.model import Pattern, Spend

__all__ = [
    "ModelCard",
    "PurchaseCard",
    "PurchaseModelName",
    "SpendCard",
    "TimeUnit",
    "population_digest",
]

PurchaseModelName: TypeAlias = Literal["bg-nbd", "mbg-nbd", "bg-bb"]
TimeUnit: TypeAlias = Literal["day", "week", "month"]


@attrs.frozen(kw_only=True)
class PurchaseCard:
    """
    The card of a fitted model of purchases.

    Attributes:
        model: `bg-nbd`, `mbg-nbd` or `bg-bb`.
        parameters: Its parameters by name.
        unit: Unit of every time: a week has 7 days, a month is the twelfth of a year of 365 days.
            For BG/BB it is the period, and months are those of the calendar.
        population: On which customers it was fitted, in words.
        customers: How many they were.
        fitted_on: Day up to which their purchases were seen.
        log_likelihood: Of these parameters on that population.
        digest: Digest of the population, to tell whether a later fit saw the same.
    """

    model: PurchaseModelName
    parameters: FrozenMapping[str, Decimal]
    unit: TimeUnit
    population: Title
    customers: int
    fitted_on: date
    log_likelihood: Decimal
    digest: str = ""


@attrs.frozen(kw_only=True)
class SpendCard:
    """
    The card of a fitted model of spend.

    Attributes:
        model: `gamma-gamma`.
        parameters: Its parameters `p`, `q` and `v` by name.
        currency: Currency of the spend, counted in its major unit.
        population: On which customers it was fitted, in words.
        customers: How many they were: those with a repeat purchase.
        fitted_on: Day up to which their purchases were seen.
        log_likelihood: Of these parameters on that population; left out where not published.
        correlation: Of frequency and average spend on that population; the model takes it to be 0.
        digest: Digest of the population.
    """

    model: Literal["gamma-gamma"] = "gamma-gamma"
    parameters: FrozenMapping[str, Decimal]
    currency: str
    population: Title
    customers: int
    fitted_on: date
    log_likelihood: Decimal | None = None
    correlation: Decimal | None = None
    digest: str = ""


@attrs.frozen(kw_only=True)
class ModelCard:
    """
    What stands behind a score.

    Attributes:
        version: The policy version the score was made under.
        purchases: The card of the model of purchases.
        spend: The card of the model of spend, where there is one.
    """

    version: PolicyRef
    purchases: PurchaseCard
    spend: SpendCard | None = None


def population_digest(population: Iterable[Pattern | Spend]) -> str:
    """
    Return the digest of a population, however its rows are ordered or counted together.

    Examples:
        >>> one = Pattern(Decimal(2), Decimal("30.43"), Decimal("38.86"))
        >>> population_digest([one, one]) == population_digest([attrs.evolve(one, count=2)])
        True
    """
    counted: dict[str, int] = {}
    for row in population:
        key = digest(to_json(attrs.evolve(row, count=1)))
        counted[key] = counted.get(key, 0) + row.count
    return digest(counted)
