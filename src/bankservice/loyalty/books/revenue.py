"""Deferred revenue: the part of a price that belongs to points, and when it is earned."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.money import Rounding
from bankservice.core.scalars import Amount
from bankservice.loyalty.books.amounts import Scale, checked_share, exact, finite
from bankservice.loyalty.books.estimates import Stand, expected_total

__all__ = ["Recognised", "Revenue", "RevenueFacts", "deferred_revenue", "recognised_share"]

DEFERRED: Final = Says("REVENUE_DEFERRED", ("recognised", "allocated", "deferred", "currency"))
GIVEN: Final = Says("revenue-given", ("allocated", "currency"))
SHARED: Final = Says("revenue-shared", ("price", "service", "points", "allocated", "currency"))
STOOD: Final = Says("revenue-stand", ("redeemed", "expected", "recognised", "currency"))


@attrs.frozen(kw_only=True)
class RevenueFacts:
    """
    A sale that came with points, and what became of the points.

    Attributes:
        price: What the customer paid for both, in `currency`; may be left out where `allocated`
            is given.
        service: Stand-alone selling price of what was sold beside the points; `price` where left
            out.
        points: Points granted with it.
        value: Stand-alone value of one point that is redeemed, in `currency`.
        expected_share: Share of the points that is expected to be redeemed, at the sale.
        allocated: The part of the price that belongs to the points, where it was fixed before; it
            never changes afterwards.
        stands: Where the points stood at each reporting date, the first one first.
        currency: ISO 4217 code.
        digits: Digits after the point of what is written; those of the currency where left out.
        rounding: The one rounding, at the end.
    """

    price: Amount | None = None
    service: Amount | None = None
    points: int
    value: Decimal = Decimal(0)
    expected_share: Decimal = Decimal(1)
    allocated: Amount | None = None
    stands: tuple[Stand, ...] = ()
    currency: str
    digits: int | None = None
    rounding: Rounding = Rounding.HALF_UP

    def __attrs_post_init__(self) -> None:
        checked_share(self.expected_share, "expected_share")
        if self.points < 0:
            raise ValueError(f"points is {self.points}; points are counted from 0 up.")
        if self.price is None and self.allocated is None:
            raise ValueError("neither price nor allocated is given; one of them is needed.")
        for name in ("price", "service", "value", "allocated"):
            held = getattr(self, name)
            if held is not None and exact(held) < 0:
                raise ValueError(f"{name} is {held}; it is never negative.")
        if exact(self.allocated or "0") > exact(self.price or self.allocated or "0"):
            raise ValueError(f"allocated is {self.allocated}, more than the price {self.price}.")
        for stand in self.stands:
            stand.check(self.points)


@attrs.frozen(kw_only=True)
class Recognised:
    """
    Revenue at one reporting date.

    Attributes:
        redeemed: Points redeemed so far.
        expected: Points expected to be redeemed in all.
        recognised: Revenue from the points to date.
        period: Of it, since the reporting date before.
        deferred: What is still owed to the customers.
    """

    redeemed: int
    expected: Decimal
    recognised: Decimal
    period: Decimal
    deferred: Decimal


@attrs.frozen(kw_only=True)
class Revenue:
    """
    How a price is divided between service and points, and what of it is earned.

    Attributes:
        allocated: The part of the price that belongs to the points.
        service: The rest, earned with the service; None where no price is given.
        recognised: Revenue from the points to date.
        deferred: The contract liability: allocated less recognised.
        stands: By reporting date.
    """

    allocated: Decimal
    service: Decimal | None
    recognised: Decimal
    deferred: Decimal
    stands: tuple[Recognised, ...] = ()


def recognised_share(points: int, expected: Fraction, stand: Stand) -> Fraction:
    """
    Return which share of the allocated price is earned.

    It is redeemed ÷ expected in all. Where nothing is left, or nothing more is expected, all of it
    is earned.
    """
    if points == stand.redeemed + stand.lapsed or expected == stand.redeemed:
        return Fraction(1)
    return stand.redeemed / expected


def _prices(facts: RevenueFacts) -> tuple[Fraction, Fraction, Fraction]:
    """Return the price, and the stand-alone prices of service and points."""
    price = exact(facts.price or "0")
    service = price if facts.service is None else exact(facts.service)
    return price, service, facts.points * Fraction(facts.value) * Fraction(facts.expected_share)


def _allocated(facts: RevenueFacts) -> Fraction:
    if facts.allocated is not None:
        return exact(facts.allocated)
    price, service, points = _prices(facts)
    return price * points / (service + points) if points else Fraction(0)


def _revenue(facts: RevenueFacts, parameters: None, trace: Trace | None) -> Revenue:
    """
    Divide a price between service and points, and tell what of the points' part is earned.

    This is the model of IFRS 15 B39 to B43 (Example 52) and of ASC 606-10-55-41 to 55-45: points
    are a promise of their own. The price is shared by relative stand-alone prices, that of the
    points being their value times the expected redemption. Revenue to date is the allocated part
    times points redeemed over points expected to be redeemed in all; a changed estimate works
    through that cumulative figure, and the allocation stays. What lapsed or is expected to lapse
    is earned with the rest. All is exact until one rounding at the end, and a period brings the
    difference of two rounded figures, so that periods sum to the whole to the cent.

    Whether a programme falls under that model at all is for the bank and its auditors to judge
    (for card rewards opinions differ): the library does not decide it. `cost_accrual` is the other
    one.

    Examples:
        >>> from bankservice.loyalty import deferred_revenue
        >>> shop = deferred_revenue(
        ...     price="2000.00",
        ...     points=2000,
        ...     value="0.10",
        ...     expected_share="0.85",
        ...     stands=[{"redeemed": 850}],
        ...     currency="USD",
        ... ).outcome
        >>> str(shop.service), str(shop.allocated), str(shop.recognised)
        ('1843.32', '156.68', '78.34')
    """

    scale = Scale.of(facts.currency, facts.rounding, facts.digits)
    allocated = _allocated(facts)
    whole = scale.units(allocated)
    if trace is not None:
        trace.check(_shared(facts, scale), True)
    stands: list[Recognised] = []
    before = 0
    for stand in facts.stands:
        expected = expected_total(facts.points, Fraction(facts.expected_share), stand)
        earned = scale.units(allocated * recognised_share(facts.points, expected, stand))
        stands.append(
            Recognised(
                redeemed=stand.redeemed,
                expected=finite(expected),
                recognised=scale.amount(earned),
                period=scale.amount(earned - before),
                deferred=scale.amount(whole - earned),
            )
        )
        before = earned
        if trace is not None:
            told = STOOD(
                redeemed=stand.redeemed,
                expected=finite(expected),
                recognised=scale.amount(earned),
                currency=facts.currency,
            )
            trace.check(told, True)
    return Revenue(
        allocated=scale.amount(whole),
        service=None
        if facts.price is None
        else scale.amount(scale.units(exact(facts.price)) - whole),
        recognised=scale.amount(before),
        deferred=scale.amount(whole - before),
        stands=tuple(stands),
    )


def _shared(facts: RevenueFacts, scale: Scale) -> Reason:
    """Return how the price is shared, for people."""
    allocated = scale.written(_allocated(facts))
    if facts.allocated is not None:
        return GIVEN(allocated=allocated, currency=facts.currency)
    price, service, points = _prices(facts)
    return SHARED(
        price=scale.written(price),
        service=scale.written(service),
        points=scale.written(points),
        allocated=allocated,
        currency=facts.currency,
    )


def _headline(facts: RevenueFacts, parameters: None, outcome: Revenue) -> Reason:
    return DEFERRED(
        recognised=outcome.recognised,
        allocated=outcome.allocated,
        deferred=outcome.deferred,
        currency=facts.currency,
    )


deferred_revenue: Final = Rule(
    id="loyalty.deferred-revenue",
    facts=RevenueFacts,
    outcome=Revenue,
    evaluate=_revenue,
    headline=_headline,
    says=(DEFERRED, GIVEN, SHARED, STOOD),
    package="bankservice.loyalty",
)
