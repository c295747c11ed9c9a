"""The rule `loyalty.offers`: what an event gets beside points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import Rule, Trace
from bankservice.core.institution import INSTITUTION, Institution
from bankservice.core.policy import Version
from bankservice.loyalty.benefits.eligible import Event, standing_of, where_nothing
from bankservice.loyalty.benefits.kind import OFFERS, Offer, OfferLane, Offers
from bankservice.loyalty.benefits.model import (
    Benefit,
    Declined,
    FeeCharged,
    Offered,
    OfferFacts,
    OfferWhy,
    percent,
)
from bankservice.loyalty.benefits.stacking import Basket, Given
from bankservice.loyalty.benefits.table import OFFER_KINDS, OfferKind
from bankservice.loyalty.benefits.telling import NOTHING, SAYS, headline, tell
from bankservice.loyalty.policy import SHELF

__all__ = ["PACKAGE", "links", "offers", "offers_of"]

PACKAGE: Final = "bankservice.loyalty"


@attrs.frozen
class _KeptOut:
    """What keeps an event from any offer: codes, or unknown facts it hangs on; or nothing."""

    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@attrs.frozen
class _Waiting:
    """An offer that is for an event, for certain or as far as unknown facts allow."""

    offer: Offer
    unknown: tuple[str, ...] = ()


def offers_of(facts: OfferFacts, policy: Offers, trace: Trace | None = None) -> Offered:
    """
    Decide what an event gets beside points: rates, fees, gifts, and every offer that does not apply.

    The version in force on `on`, or on the local day of `at` in `zone`, applies. Lanes are gone
    through in their order, in each the kinds in theirs, and in a kind the offers by priority, then
    code; in which order they were written never matters. Offers that stack are applied one after
    the other to what is left. A rate is never lifted above the ceiling or lowered below the floor
    of the offer that changes it; a fee is never less than nothing. An offer that hangs on an
    unknown fact does not apply, and the fact is named.

    Raises:
        UnknownNameError: If a code is not in its vocabulary or in the policy.
        ValueError: If an amount is finer than its currency, or no day is stated.

    Examples:
        >>> from bankservice.loyalty import offers
        >>> bought = offers(
        ...     "spring-festival-offers",
        ...     on="2026-02-23",
        ...     kind="wealth",
        ...     product="time_deposit",
        ...     term_days=90,
        ...     rate="2.10",
        ... )
        >>> bought.outcome.rate, [benefit.offer for benefit in bought.outcome.benefits]
        (Decimal('2.30'), ['spring-saver'])
    """
    day = facts.day
    if day is None and facts.at is not None:
        day = local_day(facts.at, policy.zone)
    if day is None:
        raise ValueError("offers hang on the day; state `on`, or `at` with the `zone`.")
    event = Event.of(facts, day, policy)
    kept_out = _kept_out(event, trace)
    declined: dict[str, Declined] = {}
    # All are looked at before any is taken: what an offer is for does not hang on the others.
    waiting = {
        (lane.code, kind): _for_event(lane, kind, event, kept_out, declined)
        for lane in policy.lanes
        for kind in OFFER_KINDS
    }
    basket, benefits, won = Basket.of(event), list[Benefit](), dict[str, str]()
    for lane in policy.lanes:
        for kind in OFFER_KINDS:
            benefits += _stack(lane, waiting[lane.code, kind], basket, won, declined)
    outcome = Offered(
        benefits=tuple(benefits),
        rate=_rate(facts, basket),
        fee_minor=sum(basket.left) if event.fees else None,
        fees=_fees(event, basket),
        not_applied=tuple(declined[o.code] for o in policy.offers if o.code in declined),
        excluded=kept_out.codes,
        unknown=tuple(dict.fromkeys(name for no in declined.values() for name in no.unknown)),
        on=day,
    )
    if trace is not None:
        tell(event, outcome, trace)
    return outcome


def _kept_out(event: Event, trace: Trace | None) -> _KeptOut:
    found, unknown = list[str](), dict[str, None]()
    for row in event.offers.nothing:
        held, names = where_nothing(row, event)
        if held:
            found.append(row.code)
        unknown.update(dict.fromkeys(names))
        if trace is not None and held is not False:
            trace.check(NOTHING(row=row.title), held, source=row.source)
    return _KeptOut(tuple(found), () if found else tuple(unknown))


def _for_event(
    lane: OfferLane,
    kind: OfferKind,
    event: Event,
    kept_out: _KeptOut,
    declined: dict[str, Declined],
) -> tuple[_Waiting, ...]:
    """Return the offers that are for an event, and note why the others are not."""
    found = []
    for offer in lane.of(kind):
        standing = standing_of(offer, event)
        if standing.why not in (None, OfferWhy.UNKNOWN):
            declined[offer.code] = _no(offer, standing.why)
        elif kept_out.codes:
            declined[offer.code] = _no(offer, OfferWhy.NOTHING, by=kept_out.codes[0])
        else:
            found.append(_Waiting(offer, (*kept_out.unknown, *standing.unknown)))
    return tuple(found)


def _stack(
    lane: OfferLane,
    waiting: tuple[_Waiting, ...],
    basket: Basket,
    won: dict[str, str],
    declined: dict[str, Declined],
) -> list[Benefit]:
    """Take offers of one kind and lane, by the lane's mode, and note why the others are not."""
    taken: list[Benefit] = []
    for held, before in _ordered(lane, waiting, basket):
        offer = held.offer
        given = basket.given(offer) if lane.mode == "all" else before
        if offer.row.group in won:
            no = _no(offer, OfferWhy.EXCLUDED, by=won[offer.row.group])
        elif not given.something:
            no = _no(offer, given.why)
        elif taken and lane.mode != "all":
            no = _no(offer, OfferWhy.BEATEN, by=taken[0].offer)
        elif held.unknown:
            # Only here could it have been taken: where another is, or nothing is left, no fact
            # would change that.
            no = _no(offer, OfferWhy.UNKNOWN, unknown=held.unknown)
        else:
            taken.append(basket.take(offer, given))
            if offer.row.group:
                won[offer.row.group] = offer.code
            continue
        declined[offer.code] = no
    return taken


def _no(
    offer: Offer, why: OfferWhy | None, *, by: str = "", unknown: tuple[str, ...] = ()
) -> Declined:
    assert why is not None, "what does not apply has its reason"
    names = tuple(dict.fromkeys(unknown))
    return Declined(offer=offer.code, kind=offer.kind, why=why, by=by, unknown=names)


def _ordered(
    lane: OfferLane, waiting: tuple[_Waiting, ...], basket: Basket
) -> list[tuple[_Waiting, Given]]:
    """Return offers in the order in which they are tried: by worth, then priority, then code."""
    found = [(held, basket.given(held.offer)) for held in waiting]
    if lane.mode in ("best", "cheapest"):
        # Sorting keeps the order of what is equal, which is that of priority and code.
        sign = -1 if lane.mode == "best" else 1
        found.sort(key=lambda pair: sign * pair[1].gain)
    return found


def _rate(facts: OfferFacts, basket: Basket) -> Decimal | None:
    if basket.rate is None or facts.rate is None:
        return None
    exponent = facts.rate.as_tuple().exponent
    return percent(basket.rate, min(12, max(2, -exponent if isinstance(exponent, int) else 2)))


def _fees(event: Event, basket: Basket) -> tuple[FeeCharged, ...]:
    held = zip(event.facts.every_fee, event.fees, basket.left, strict=True)
    return tuple(
        FeeCharged(
            code=fee.code,
            ref=fee.ref,
            fee_minor=minor,
            waived_minor=minor - left,
            charged_minor=left,
        )
        for fee, minor, left in held
    )


def links(facts: OfferFacts, policy: Offers, outcome: Offered) -> tuple[Version[Any], ...]:
    """Return the versions of holiday calendars on which an outcome rests."""
    windows = (offer.window for offer in policy.offers)
    held = (version for w in windows if w is not None for version in w.links(outcome.on))
    return tuple(dict.fromkeys(held))


def _filled(facts: OfferFacts, institution: Institution) -> OfferFacts:
    return facts if facts.zone else attrs.evolve(facts, zone=institution.zone)


offers: Final = Rule(
    id="loyalty.offers",
    facts=OfferFacts,
    outcome=Offered,
    evaluate=offers_of,
    headline=headline,
    says=SAYS,
    package=PACKAGE,
    kind=OFFERS,
    day=lambda facts: facts.day,
    shelf=lambda: SHELF,
    beside=INSTITUTION,
    filled=_filled,
    links=links,
)
