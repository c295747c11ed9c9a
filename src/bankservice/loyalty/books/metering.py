"""What points are going to cost: a meter for simulations, by a bank's own expectations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from bankservice.core.money import Rounding
from bankservice.core.policy import Policy, Version
from bankservice.core.trial import Meter
from bankservice.loyalty.books.amounts import Scale
from bankservice.loyalty.books.expectations import Expectations
from bankservice.loyalty.model import Accrual, AccrualFacts
from bankservice.loyalty.programme.programme import Programme

__all__ = ["points_liability"]


def points_liability(
    expectations: Policy[Expectations] | Version[Expectations] | Expectations,
    *,
    rounding: Rounding = Rounding.HALF_EVEN,
    digits: int | None = None,
) -> Meter:
    """
    Return a meter that adds up what the points of `loyalty.accrue` are worth when they are granted.

    It is what `liability` makes of points just issued: by `cost-accrual`, the cost of those that are
    expected to be redeemed; by `deferred-revenue`, the part of the price that is deferred. Every
    transaction is rounded by itself, once, so where points are cheap and many, add up finer units.

    Args:
        expectations: The policy, whose version of the day of the transaction values it; or a
            version, or what one holds, which values every day.
        rounding: How the amount of one transaction is rounded.
        digits: Digits after the point of what is added up; those of the currency where left out.

    Returns:
        A meter of `liability:<currency>`, in minor units; with *digits*, of
        `liability:<currency>/<digits>`, in units of so many digits.

    Raises:
        NotInForceError: When it is asked of a day on which no version is in force.
        ValueError: When it is asked, if the digits are too many, or below 0.
    """

    def meter(facts: AccrualFacts, programme: Programme, outcome: Accrual) -> Mapping[str, int]:
        assert facts.on is not None, "a transaction that was rated has its day"
        held = _held(expectations, facts.on)
        share_counts = held.model == "cost-accrual"
        tier = facts.tier if isinstance(facts.tier, str) else ""
        worth = Fraction(0)
        for part in outcome.parts:
            row = held.row_of(facts.on, part.component, tier)
            share = Fraction(row.share) if share_counts else 1
            worth += Fraction(part.points, part.unit) * Fraction(row.per_point) * share
        name = f"liability:{held.currency}{'' if digits is None else f'/{digits}'}"
        return {name: Scale.of(held.currency, rounding, digits).units(worth)}

    return meter


def _held(
    expectations: Policy[Expectations] | Version[Expectations] | Expectations, on: date
) -> Expectations:
    """Return what is expected of points issued on a day."""
    if isinstance(expectations, Policy):
        return expectations.on(on).parameters
    return expectations.parameters if isinstance(expectations, Version) else expectations
