"""
What offers give, one after the other, each on what the ones before left.

Nothing is added up first: 40% and then 70% off a fee of 100 leave 18, and a rate is never lifted
above the ceiling or lowered below the floor of the offer that changes it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.money import divide
from bankservice.loyalty.benefits.eligible import Event
from bankservice.loyalty.benefits.kind import Offer, Offers
from bankservice.loyalty.benefits.model import Benefit, OfferWhy, percent, rate_units

__all__ = ["Basket", "Given"]

_NO_LIMIT: Final = 10**60
"""More than any amount, rate or number that is read."""


@attrs.frozen(kw_only=True)
class Given:
    """
    What one offer gives on what is left.

    Attributes:
        gain: How much it is worth: units of a rate, minor units, or the worth of gifts; 0 for
            nothing.
        lost: What limits took of it, in the same units.
        why: `applied`, what cut it, or why it gives nothing.
        fees: Place of a fee → how much of it is waived.
        times: How many gifts.
        uses: How many uses it takes.
    """

    gain: int
    lost: int = 0
    why: OfferWhy = OfferWhy.APPLIED
    fees: tuple[tuple[int, int], ...] = ()
    times: int = 0
    uses: int = 1

    @property
    def something(self) -> bool:
        """Whether it gives anything."""
        return self.uses > 0 and (self.gain > 0 or self.times > 0)


@attrs.define(eq=False)
class Basket:
    """
    What an event still costs or earns while offers are gone through.

    Attributes:
        event: The event.
        rate: The rate as changed so far, in units.
        left: What is left of each fee, in minor units.
        changed: By how much the rate was changed so far.
        waived: How much of fees was waived so far.
    """

    event: Event
    rate: int | None
    left: list[int]
    changed: int = 0
    waived: int = 0

    @classmethod
    def of(cls, event: Event) -> Basket:
        """Return the basket of an event without any offer."""
        rate = event.facts.rate
        return cls(event, None if rate is None else rate_units(rate), list(event.fees))

    @property
    def offers(self) -> Offers:
        """The policy."""
        return self.event.offers

    def given(self, offer: Offer) -> Given:
        """Return what an offer gives on what is left; nothing is taken yet."""
        if offer.kind == "gift":
            return self._gifts(offer)
        return self._waiver(offer) if offer.kind == "fee_waiver" else self._rate(offer)

    def take(self, offer: Offer, given: Given) -> Benefit:
        """Take what an offer gives, and return it as people are told."""
        gift = offer.gift
        on_rate = offer.kind in ("rate_bonus", "rate_discount")
        if on_rate and self.rate is not None:
            self.rate += given.gain if offer.kind == "rate_bonus" else -given.gain
            self.changed += given.gain
        for place, minor in given.fees:
            self.left[place] -= minor
            self.waived += minor
        return Benefit(
            offer=offer.code,
            kind=offer.kind,
            why=given.why,
            basis_points=_basis_points(given.gain if on_rate else 0),
            lost_basis_points=_basis_points(given.lost if on_rate else 0),
            waived_minor=given.gain if offer.kind == "fee_waiver" else 0,
            lost_minor=given.lost if offer.kind == "fee_waiver" else 0,
            fees=tuple(place + 1 for place, _ in sorted(given.fees)),
            gift="" if gift is None else gift.code,
            partner="" if gift is None else gift.partner,
            times=given.times,
            uses=given.uses,
        )

    def _rate(self, offer: Offer) -> Given:
        assert self.rate is not None, "an offer on a rate is for events with one"
        if offer.kind == "rate_bonus":
            edge = OfferWhy.AT_CEILING
            room = _NO_LIMIT if offer.limit is None else offer.limit - self.rate
        else:
            edge, room = OfferWhy.AT_FLOOR, self.rate - (offer.limit or 0)
        most = self.offers.most_change
        in_all = _NO_LIMIT if most is None else most - self.changed
        gain = max(0, min(offer.change, room, in_all))
        why = OfferWhy.APPLIED
        if gain < offer.change:
            why = edge if room <= in_all else OfferWhy.CUT_IN_ALL
        return Given(gain=gain, lost=offer.change - gain, why=why)

    def _waiver(self, offer: Offer) -> Given:
        row, fees = offer.row, self.event.facts.every_fee
        uses, why = self._uses_left(offer)
        amount, amount_why = self._amount_left(offer)
        places = [
            place for place, fee in enumerate(fees) if fee.code in row.fees and self.left[place] > 0
        ]
        sign = -1 if row.pick == "largest" else 1
        places.sort(key=lambda place: (sign * self.left[place], fees[place].ref, place))
        taken: list[tuple[int, int]] = []
        gain = lost = 0
        cut = OfferWhy.APPLIED
        for place in places:
            wanted = divide(
                self.left[place] * offer.share.numerator,
                offer.share.denominator,
                self.offers.rounding,
            )
            if offer.most_each is not None:
                wanted = min(wanted, offer.most_each)
            got = wanted
            if len(taken) >= uses:
                got, cut = 0, why
            elif wanted > amount - gain:
                got, cut = 0 if row.whole else amount - gain, amount_why
            if got > 0:
                taken.append((place, got))
            gain, lost = gain + got, lost + wanted - got
        if not gain and cut is OfferWhy.APPLIED:
            cut = OfferWhy.NOTHING_LEFT
        return Given(gain=gain, lost=lost, why=cut, fees=tuple(taken), uses=len(taken))

    def _gifts(self, offer: Offer) -> Given:
        row = offer.row
        wanted = self.event.facts.quantity // row.every
        if row.most_each_time is not None:
            wanted = min(wanted, row.most_each_time)
        uses, why = self._uses_left(offer)
        times = min(wanted, uses)
        return Given(
            gain=offer.value * times,
            why=OfferWhy.APPLIED if times == wanted else why,
            times=times,
            uses=times,
        )

    def _uses_left(self, offer: Offer) -> tuple[int, OfferWhy]:
        """Return how many uses are left, and what is told where they are too few."""
        row, facts = offer.row, self.event.facts
        own = _NO_LIMIT if row.most is None else row.most - facts.used.get(offer.code, 0)
        # A budget that is not known could be of any size; the offer is not taken then.
        left = None if row.budget is None else facts.budget_left.get(offer.code)
        shared = _NO_LIMIT if left is None else int(left)
        if own <= shared:
            return max(0, own), OfferWhy.CUT_BY_LIMIT
        return shared, OfferWhy.CUT_BY_BUDGET

    def _amount_left(self, offer: Offer) -> tuple[int, OfferWhy]:
        """Return how much may still be waived, and what is told where it is too little."""
        facts, most, in_all = self.event.facts, offer.most_amount, self.offers.most_waived
        limits = []
        if most is not None:
            used = self.offers.minor(facts.used_amount.get(offer.code, "0"))
            limits.append((max(0, most - used), OfferWhy.CUT_BY_LIMIT))
        left = None if offer.row.budget_amount is None else facts.budget_left.get(offer.code)
        if left is not None:
            limits.append((self.offers.minor(left), OfferWhy.CUT_BY_BUDGET))
        if in_all is not None:
            limits.append((max(0, in_all - self.waived), OfferWhy.CUT_IN_ALL))
        return min(limits, key=lambda limit: limit[0], default=(_NO_LIMIT, OfferWhy.APPLIED))


def _basis_points(units: int) -> Decimal:
    # A basis point is a hundredth of a percent.
    return percent(units * 100, 0)
