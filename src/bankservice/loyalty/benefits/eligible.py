"""
Whether an offer is for an event at all: every reason against it, the first one told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.money import parse_minor
from bankservice.core.terms import named, unknown_in
from bankservice.core.unknown import UNKNOWN
from bankservice.loyalty.benefits.kind import Offer, Offers
from bankservice.loyalty.benefits.model import OfferFacts, OfferWhy
from bankservice.loyalty.benefits.table import NothingRow

__all__ = ["Event", "Standing", "standing_of", "where_nothing"]

_CALENDAR: Final = "holidays"


@attrs.frozen(eq=False, kw_only=True)
class Event:
    """
    An event made ready for its offers.

    Attributes:
        facts: As stated.
        on: The local day.
        values: Facts by name, as conditions read them.
        fees: Each fee in minor units; None where they are in another currency.
        offers: The policy.
    """

    facts: OfferFacts
    on: date
    values: Mapping[str, object]
    fees: tuple[int, ...]
    offers: Offers

    @classmethod
    def of(cls, facts: OfferFacts, on: date, offers: Offers) -> Event:
        """
        Return an event ready for its offers.

        Raises:
            UnknownNameError: If a code is not in its vocabulary or in the policy.
            ValueError: If an amount is finer than its currency.
        """
        # What was not stated is unknown to a condition, as what was stated to be unknown is.
        values = {name: UNKNOWN if held is None else held for name, held in named(facts).items()}
        if isinstance(facts.amount, str):
            values["amount"] = Decimal(facts.amount)
        offers.terms.check_codes(values)
        offers.check_event(facts)
        digits = offers.digits_of(facts.currency)
        fees = tuple(parse_minor(fee.amount, digits) for fee in facts.every_fee)
        return cls(facts=facts, on=on, values=values, fees=fees, offers=offers)

    @property
    def currency(self) -> str:
        """The currency of the event."""
        return self.facts.currency or self.offers.currency


@attrs.frozen
class Standing:
    """
    Whether an offer is for an event.

    Attributes:
        why: The first reason against it; None where it is for it.
        unknown: The facts on which it depends, where they are unknown.
    """

    why: OfferWhy | None = None
    unknown: tuple[str, ...] = ()


def standing_of(offer: Offer, event: Event) -> Standing:
    """Tell whether an offer is for an event: a no is a no, whatever else is unknown."""
    unknown: dict[str, None] = {}
    for why, held, names in _reasons(offer, event):
        if held is False:
            return Standing(why)
        if held is None:
            assert names, "what is unknown hangs on a fact, which is named"
            unknown.update(dict.fromkeys(names))
    return Standing(OfferWhy.UNKNOWN, tuple(unknown)) if unknown else Standing()


def where_nothing(row: NothingRow, event: Event) -> tuple[bool | None, tuple[str, ...]]:
    """Tell whether an event gets no offer at all by a row, and the unknown facts it hangs on."""
    answers = [_within("kind", row.kinds, event), _within("product", row.products, event)]
    names = [name for name, held in zip(("kind", "product"), answers, strict=True) if held is None]
    if row.when is not None:
        answers.append(row.when.holds(event.values, event.offers.terms.within))
        if answers[-1] is None:
            names.extend(unknown_in(row.when, event.values))
    held = False if False in answers else None if None in answers else True
    return held, tuple(dict.fromkeys(names)) if held is None else ()


def _reasons(offer: Offer, event: Event) -> Iterator[tuple[OfferWhy, bool | None, tuple[str, ...]]]:
    row, facts = offer.row, event.facts
    yield OfferWhy.OTHER_KIND, _within("kind", row.kinds, event), ("kind",)
    yield OfferWhy.OTHER_PRODUCT, _within("product", row.products, event), ("product",)
    yield OfferWhy.OTHER_CURRENCY, event.currency in offer.currencies, ()
    if offer.kind in ("rate_bonus", "rate_discount"):
        yield OfferWhy.NO_RATE, facts.rate is not None, ()
    elif offer.kind == "fee_waiver":
        yield OfferWhy.OTHER_FEE, any(fee.code in row.fees for fee in facts.every_fee), ()
    else:
        yield OfferWhy.TOO_FEW, facts.quantity >= row.every, ()
    yield OfferWhy.NOT_ENROLLED, not row.enrolment or offer.code in facts.campaigns, ()
    if offer.window is not None:
        held = offer.window.holds(event.on, facts.known_on)
        yield OfferWhy.OUTSIDE_WINDOW, held, (_CALENDAR,)
    if row.when is not None:
        held = row.when.holds(event.values, event.offers.terms.within)
        yield OfferWhy.CONDITION, held, unknown_in(row.when, event.values)
    yield OfferWhy.LIMIT_REACHED, _within_limit(offer, event), ()
    if offer.budgeted:
        left = facts.budget_left.get(offer.code)
        name = f"budget_left.{offer.code}"
        yield OfferWhy.BUDGET_SPENT, None if left is None else left > 0, (name,)


def _within(fact: str, codes: tuple[str, ...], event: Event) -> bool | None:
    if not codes:
        return True
    code = event.values[fact]
    if code is UNKNOWN:
        return None
    tree = event.offers.terms.trees[fact]
    return bool(code) and any(tree.within(str(code), above) for above in codes)


def _within_limit(offer: Offer, event: Event) -> bool:
    facts, most = event.facts, offer.row.most
    if most is not None and facts.used.get(offer.code, 0) >= most:
        return False
    if offer.most_amount is None:
        return True
    return event.offers.minor(facts.used_amount.get(offer.code, "0")) < offer.most_amount
