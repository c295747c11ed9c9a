"""
The offers of a bank, ready to use: in the order in which they are gone through.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition, FactType
from bankservice.core.errors import UnknownNameError
from bankservice.core.institution import check_currency, check_zone
from bankservice.core.money import Rounding, digits_of, parse_minor
from bankservice.core.policy import Faults, Kind, Library, Policy, Title
from bankservice.core.scalars import Amount
from bankservice.core.terms import Terms
from bankservice.loyalty.benefits.checks import check_table
from bankservice.loyalty.benefits.model import BASIS_POINT, EventFacts, rate_units
from bankservice.loyalty.benefits.table import (
    OFFER_KINDS,
    GiftRow,
    NothingRow,
    OfferKind,
    OfferLaneRow,
    OfferRow,
    OffersTable,
    UsePeriod,
)
from bankservice.loyalty.window import Window, build_window

__all__ = ["EVENT_FACTS", "EVENT_WORDS", "OFFERS", "Offer", "OfferLane", "Offers"]

EVENT_FACTS: Final[Mapping[str, FactType]] = {
    "product": FactType("code", "vocabulary/product-kinds"),
    "kind": FactType("code", "vocabulary/earning-kinds"),
    "amount": FactType("number"),
    "rate": FactType("number"),
    "quantity": FactType("integer"),
    "term_days": FactType("integer"),
    "tier": FactType("text"),
    "stage": FactType("text"),
    "customer_kind": FactType("code", "vocabulary/customer-kinds"),
    "new_customer": FactType("boolean"),
    "channel": FactType("code", "vocabulary/channels"),
    "standing": FactType("text"),
    "branch": FactType("text"),
    "region": FactType("text"),
}
"""Facts of an event that conditions may name."""

EVENT_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "stage": ("prospect", "first_time", "active", "loyal", "inactive", "lost", "won_back"),
}
"""Words of facts that are closed lists."""


@attrs.frozen(eq=False, kw_only=True)
class Offer:
    """
    One offer, in integers.

    Attributes:
        code: Its code.
        title: What people read.
        kind: What it gives.
        row: As written.
        window: When it holds; None for always.
        currencies: Currencies of events it is for.
        change: How much it changes a rate, in units of rates.
        limit: The ceiling or the floor in the same units; None for no ceiling.
        share: Share of a fee waived.
        most_each: Most waived of one fee, in minor units.
        most_amount: Most waived for one customer in its period.
        gift: The gift.
        value: What one gift is worth, in minor units.
    """

    code: str
    title: Title
    kind: OfferKind
    row: OfferRow
    window: Window | None
    currencies: tuple[str, ...]
    change: int = 0
    limit: int | None = None
    share: Fraction = Fraction(1)
    most_each: int | None = None
    most_amount: int | None = None
    gift: GiftRow | None = None
    value: int = 0

    @property
    def when(self) -> Condition | None:
        """The condition over the facts of an event."""
        return self.row.when

    @property
    def source(self) -> Citation | None:
        """Where it comes from, if not from the version's own source."""
        return self.row.source

    @property
    def limited(self) -> bool:
        """Whether a customer's uses are counted."""
        return self.row.period is not None

    @property
    def budgeted(self) -> bool:
        """Whether a shared budget is counted."""
        return self.row.budget is not None or self.row.budget_amount is not None

    def period_of(self, on: date, known: date | None = None) -> str:
        """Return the name of the period in which uses of a day are counted."""
        return _period_of(self.row.period, self.window, on, known)


@attrs.frozen(eq=False)
class OfferLane:
    """A lane and the offers in it: by priority, then code."""

    code: str
    mode: Literal["all", "best", "cheapest", "first"]
    offers: tuple[Offer, ...]

    def of(self, kind: OfferKind) -> tuple[Offer, ...]:
        """Return its offers of one kind."""
        return tuple(offer for offer in self.offers if offer.kind == kind)


@attrs.frozen(eq=False, kw_only=True)
class Offers:
    """
    An offers policy version, ready to use.

    Attributes:
        zone: Zone whose local day an event falls on, where the event states no other.
        currency: Currency of the amounts.
        digits: Its digits after the point.
        lanes: The lanes, in order.
        nothing: What gets no offer at all.
        fees: Codes of fees → titles.
        terms: What conditions may name, and the trees of codes.
        most_change: Most that all offers together change a rate by; None for no limit.
        most_waived: Most that all offers together waive of one event; None for no limit.
        rounding: How a share of a fee becomes minor units.
    """

    zone: str
    currency: str
    digits: int
    lanes: tuple[OfferLane, ...]
    nothing: tuple[NothingRow, ...]
    fees: Mapping[str, Title]
    terms: Terms
    most_change: int | None
    most_waived: int | None
    rounding: Rounding

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every offer in the order in which they are gone through."""
        return tuple(
            offer for lane in self.lanes for kind in OFFER_KINDS for offer in lane.of(kind)
        )

    def digits_of(self, currency: str) -> int:
        """Return the digits of an event's currency; those of the policy's where none is stated."""
        return digits_of(currency) if currency else self.digits

    def minor(self, amount: object) -> int:
        """Return an amount of the policy's currency in minor units."""
        return parse_minor(amount, self.digits)

    def check_event(self, facts: EventFacts) -> None:
        """
        Refuse what the policy does not know: a fee, an offer, a tier.

        Raises:
            UnknownNameError: With the near names.
        """
        for fee in facts.every_fee:
            if fee.code not in self.fees:
                raise UnknownNameError("fee", fee.code, self.fees)
        codes = {offer.code for lane in self.lanes for offer in lane.offers}
        for name in ("budget_left", "used", "used_amount"):
            for code in getattr(facts, name, ()):
                if code not in codes:
                    raise UnknownNameError(f"offer in {name}", code, codes)
        for name, words in self.terms.words.items():
            word = getattr(facts, name)
            if isinstance(word, str) and word and word not in words:
                raise UnknownNameError(name, word, words)

    @property
    def calendars(self) -> tuple[Policy[Any], ...]:
        """The holiday calendars that windows are linked to, each once."""
        windows = (offer.window for offer in self.offers)
        return tuple(dict.fromkeys(c for w in windows if w is not None for c in w.calendars))

    @property
    def campaigns(self) -> tuple[str, ...]:
        """The campaigns a customer can join: the codes of offers that want it."""
        return tuple(offer.code for offer in self.offers if offer.row.enrolment)


def _period_of(
    period: UsePeriod | None, window: Window | None, on: date, known: date | None
) -> str:
    match period:
        case "occasion":
            assert window is not None, "an occasion has a window, which was checked"
            return str(window.began(on, known))
        case "day":
            return str(on)
        case "month":
            return f"{on.year:04}-{on.month:02}"
        case "quarter":
            return f"{on.year:04}-Q{(on.month + 2) // 3}"
        case "year":
            return f"{on.year:04}"
    return ""


def _build(table: OffersTable, faults: Faults, library: Library) -> Offers:
    check_zone(table.zone, "zone", faults)
    digits = check_currency(table.currency, "currency", faults)
    words = {**EVENT_WORDS, **({"tier": table.tiers} if table.tiers else {})}
    terms = Terms.of(EVENT_FACTS, words, library)
    before = len(faults)
    windows = {
        index: build_window(row.window, f"offer[{index}].window", faults, library)
        for index, row in enumerate(table.offer)
        if row.window is not None
    }
    check_table(table, terms, digits, faults)
    sound = len(faults) == before and digits is not None
    offers = [
        _offer(row, windows.get(index), table, digits or 0)
        for index, row in enumerate(table.offer)
        if sound
    ]
    lanes = table.lane or (OfferLaneRow(code="base"),)
    return Offers(
        zone=table.zone,
        currency=table.currency,
        digits=digits or 0,
        lanes=tuple(
            OfferLane(
                lane.code,
                lane.mode,
                tuple(
                    sorted(
                        (o for o in offers if (o.row.lane or lanes[0].code) == lane.code),
                        key=lambda offer: (offer.row.priority, offer.code),
                    )
                ),
            )
            for lane in lanes
        ),
        nothing=table.nothing,
        fees={row.code: row.title for row in table.fee},
        terms=terms,
        most_change=None
        if table.most_basis_points is None
        else table.most_basis_points * BASIS_POINT,
        most_waived=_minor(table.most_waived, digits or 0) if sound else None,
        rounding=table.rounding,
    )


def _offer(row: OfferRow, window: Window | None, table: OffersTable, digits: int) -> Offer:
    gift = next((held for held in table.gift if held.code == row.gift), None)
    edge = row.ceiling if row.kind == "rate_bonus" else row.floor or Decimal(0)
    return Offer(
        code=row.code,
        title=row.title,
        kind=row.kind,
        row=row,
        window=window,
        currencies=row.currencies or (table.currency,),
        change=(row.basis_points or 0) * BASIS_POINT,
        limit=None if edge is None else rate_units(edge),
        share=Fraction(row.share),
        most_each=_minor(row.most_each, digits),
        most_amount=_minor(row.most_amount, digits),
        gift=gift,
        value=0 if gift is None else _minor(gift.value, digits) or 0,
    )


def _minor(amount: Amount | None, digits: int) -> int | None:
    return None if amount is None else parse_minor(amount, digits)


OFFERS: Final[Kind[Any, Offers]] = Kind(
    "loyalty.offers",
    OffersTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
)
"""Kind of policy that holds a bank's offers beside points."""
