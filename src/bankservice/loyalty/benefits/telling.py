"""
How offers are told: what each gave, what limits took of it, or why it does not apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.money import Money
from bankservice.loyalty.benefits.eligible import Event
from bankservice.loyalty.benefits.kind import Offer, Offers
from bankservice.loyalty.benefits.model import Benefit, Declined, Offered, OfferFacts, OfferWhy

__all__ = ["NOTHING", "SAYS", "headline", "tell"]

GIVEN: Final = Says("OFFERS_GIVEN", ("offers",))
PART: Final = Says("OFFERS_PART", ("offers", "unknown"))
OPEN: Final = Says("OFFERS_UNKNOWN", ("unknown",))
KEPT: Final = Says("OFFERS_EXCLUDED", ("why",))
NONE: Final = Says("OFFERS_NONE", ("day",))

BONUS: Final = Says("offer-bonus", ("offer", "points"))
DISCOUNT: Final = Says("offer-discount", ("offer", "points"))
WAIVER: Final = Says("offer-waiver", ("offer", "amount", "count"))
GIFT: Final = Says("offer-gift", ("offer", "gift", "times"))
PARTNER: Final = Says("offer-partner-gift", ("offer", "gift", "times", "partner"))
RATE: Final = Says("offer-rate", ("before", "rate"))
FEE: Final = Says("offer-fee", ("before", "amount"))

LOST_RATE: Final = {
    why: Says(f"offer-points-{why.value}", ("offer", "points"))
    for why in (OfferWhy.AT_CEILING, OfferWhy.AT_FLOOR, OfferWhy.CUT_IN_ALL)
}
LOST_FEE: Final = {
    why: Says(f"offer-amount-{why.value}", ("offer", "amount"))
    for why in (OfferWhy.CUT_BY_LIMIT, OfferWhy.CUT_BY_BUDGET, OfferWhy.CUT_IN_ALL)
}

NOTHING: Final = Says("offer-nothing-row", ("row",))
DAY: Final = Says("offer-outside-window", ("offer", "day"))
HANGS: Final = Says("offer-unknown", ("offer", "unknown"))
BY: Final = {
    OfferWhy.EXCLUDED: Says("offer-excluded", ("offer", "other")),
    OfferWhy.BEATEN: Says("offer-beaten", ("offer", "other")),
    OfferWhy.NOTHING: Says("offer-nothing-for-this", ("offer", "other")),
}
PLAIN: Final[Mapping[OfferWhy, Says]] = {
    why: Says(f"offer-{why.value}", ("offer",))
    for why in OfferWhy
    if why not in (OfferWhy.APPLIED, OfferWhy.OUTSIDE_WINDOW, OfferWhy.UNKNOWN, *BY)
}

SAYS: Final = (
    GIVEN,
    PART,
    OPEN,
    KEPT,
    NONE,
    BONUS,
    DISCOUNT,
    WAIVER,
    GIFT,
    PARTNER,
    RATE,
    FEE,
    *LOST_RATE.values(),
    *LOST_FEE.values(),
    NOTHING,
    DAY,
    HANGS,
    *BY.values(),
    *PLAIN.values(),
)
"""Every reason and check the rule may give."""


def headline(facts: OfferFacts, policy: Offers, outcome: Offered) -> Reason:
    """Return the main reason of an outcome."""
    titles = {offer.code: offer.title for offer in policy.offers}
    given = tuple(titles[benefit.offer] for benefit in outcome.benefits)
    if outcome.excluded:
        return KEPT(why=tuple(r.title for r in policy.nothing if r.code in outcome.excluded))
    if outcome.unknown:
        return (
            PART(offers=given, unknown=outcome.unknown) if given else OPEN(unknown=outcome.unknown)
        )
    return GIVEN(offers=given) if given else NONE(day=outcome.on)


def tell(event: Event, outcome: Offered, trace: Trace) -> None:
    """Note every offer looked at: what it gave, or why not."""
    titles = {offer.code: offer for offer in event.offers.offers}
    before = event.facts.rate
    if outcome.rate is not None and before is not None and outcome.rate != before:
        trace.check(RATE(before=before, rate=outcome.rate), True)
    if outcome.fee_minor is not None and outcome.fee_minor != sum(event.fees):
        whole = Money(sum(event.fees), event.currency)
        trace.check(FEE(before=whole, amount=Money(outcome.fee_minor, event.currency)), True)
    for benefit in outcome.benefits:
        offer = titles[benefit.offer]
        trace.check(_given(benefit, offer, event), True, source=offer.source)
        if benefit.why is not OfferWhy.APPLIED:
            trace.check(_cut(benefit, offer, event), False, source=offer.source)
    for no in outcome.not_applied:
        offer = titles[no.offer]
        held = None if no.why is OfferWhy.UNKNOWN else False
        trace.check(_declined(no, offer, event, titles), held, source=offer.source)


def _given(benefit: Benefit, offer: Offer, event: Event) -> Reason:
    title = offer.title
    if benefit.kind == "rate_bonus":
        return BONUS(offer=title, points=benefit.basis_points)
    if benefit.kind == "rate_discount":
        return DISCOUNT(offer=title, points=benefit.basis_points)
    if benefit.kind == "fee_waiver":
        amount = Money(benefit.waived_minor, event.currency)
        return WAIVER(offer=title, amount=amount, count=len(benefit.fees))
    assert offer.gift is not None, "an offer of a gift has one, which was checked"
    if benefit.partner:
        return PARTNER(
            offer=title, gift=offer.gift.title, times=benefit.times, partner=benefit.partner
        )
    return GIFT(offer=title, gift=offer.gift.title, times=benefit.times)


def _cut(benefit: Benefit, offer: Offer, event: Event) -> Reason:
    """Return what a limit took of a benefit."""
    if benefit.lost_basis_points:
        return LOST_RATE[benefit.why](offer=offer.title, points=benefit.lost_basis_points)
    if benefit.lost_minor:
        amount = Money(benefit.lost_minor, event.currency)
        return LOST_FEE[benefit.why](offer=offer.title, amount=amount)
    return PLAIN[benefit.why](offer=offer.title)


def _declined(no: Declined, offer: Offer, event: Event, titles: dict[str, Offer]) -> Reason:
    if no.why is OfferWhy.OUTSIDE_WINDOW:
        return DAY(offer=offer.title, day=event.on)
    if no.why is OfferWhy.UNKNOWN:
        return HANGS(offer=offer.title, unknown=no.unknown)
    if no.why in BY:
        rows = {row.code: row.title for row in event.offers.nothing}
        other = titles[no.by].title if no.by in titles else rows[no.by]
        return BY[no.why](offer=offer.title, other=other)
    return PLAIN[no.why](offer=offer.title)
