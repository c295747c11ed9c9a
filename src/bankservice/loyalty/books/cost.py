"""Cost accrual: what points that will be redeemed are going to cost, as card issuers publish it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.money import Rounding
from bankservice.loyalty.books.amounts import Scale, checked_share, finite
from bankservice.loyalty.books.estimates import Stand, expected_total

__all__ = ["Cost", "CostFacts", "cost_accrual"]

ACCRUED: Final = Says("COST_ACCRUED", ("liability", "to_come", "cost", "currency"))
EXPECTED: Final = Says("cost-expected", ("expected", "redeemed"))


@attrs.frozen(kw_only=True)
class CostFacts(Stand):
    """
    Points granted, and what one that is redeemed costs.

    Attributes:
        points: Points granted.
        expected_share: Share of the points that is expected to be redeemed in all.
        cost: Weighted average cost of one point that is redeemed, in `currency`.
        currency: ISO 4217 code.
        digits: Digits after the point of what is written; those of the currency where left out.
        rounding: The one rounding, at the end.
    """

    points: int
    expected_share: Decimal = Decimal(1)
    cost: Decimal
    currency: str
    digits: int | None = None
    rounding: Rounding = Rounding.HALF_UP

    def __attrs_post_init__(self) -> None:
        checked_share(self.expected_share, "expected_share")
        if self.points < 0:
            raise ValueError(f"points is {self.points}; points are counted from 0 up.")
        if self.cost < 0:
            raise ValueError(f"cost is {self.cost}; it is never negative.")
        self.check(self.points)


@attrs.frozen(kw_only=True)
class Cost:
    """
    What points cost.

    Attributes:
        expected: Points expected to be redeemed in all.
        to_come: Of them, those not redeemed yet.
        accrued: Expense to date: what all expected points cost.
        liability: What the points to come will cost.
    """

    expected: Decimal
    to_come: Decimal
    accrued: Decimal
    liability: Decimal


def _cost(facts: CostFacts, parameters: None, trace: Trace | None) -> Cost:
    """
    Estimate the cost of points that will be redeemed: an expense and a liability, no revenue.

    Points expected ever to be redeemed times the weighted average cost of a point is the expense
    to date; the part not redeemed yet is the liability. All is exact until one rounding at the
    end.

    Whether a programme is treated so or by `deferred_revenue` is for the bank and its auditors to
    judge: the library does not decide it.

    Examples:
        >>> from bankservice.loyalty import cost_accrual
        >>> card = cost_accrual(
        ...     points=2_000_000,
        ...     expected_share="0.96",
        ...     redeemed=900_000,
        ...     cost="0.0105",
        ...     currency="USD",
        ... ).outcome
        >>> str(card.liability), str(card.accrued)
        ('10710.00', '20160.00')
    """
    expected = expected_total(facts.points, Fraction(facts.expected_share), facts)
    to_come = expected - facts.redeemed
    if trace is not None:
        trace.check(EXPECTED(expected=finite(expected), redeemed=facts.redeemed), True)

    scale = Scale.of(facts.currency, facts.rounding, facts.digits)
    return Cost(
        expected=finite(expected),
        to_come=finite(to_come),
        accrued=scale.written(expected * Fraction(facts.cost)),
        liability=scale.written(to_come * Fraction(facts.cost)),
    )


def _headline(facts: CostFacts, parameters: None, outcome: Cost) -> Reason:
    return ACCRUED(
        liability=outcome.liability,
        to_come=outcome.to_come,
        cost=facts.cost,
        currency=facts.currency,
    )


cost_accrual: Final = Rule(
    id="loyalty.cost-accrual",
    facts=CostFacts,
    outcome=Cost,
    evaluate=_cost,
    headline=_headline,
    says=(ACCRUED, EXPECTED),
    package="bankservice.loyalty",
)
