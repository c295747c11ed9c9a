"""
Offers as they are written: one version of a `loyalty.offers` policy.

Rates are percent a year; amounts are in the policy's currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.money import Rounding
from bankservice.core.policy import Title
from bankservice.core.scalars import Amount
from bankservice.loyalty.window import WindowRow

__all__ = [
    "OFFER_KINDS",
    "FeeRow",
    "GiftRow",
    "NothingRow",
    "OfferKind",
    "OfferLaneRow",
    "OfferRow",
    "OffersTable",
    "UsePeriod",
]

OfferKind = Literal["rate_bonus", "rate_discount", "fee_waiver", "gift"]
"""What an offer gives."""

OFFER_KINDS: Final[tuple[OfferKind, ...]] = ("rate_bonus", "rate_discount", "fee_waiver", "gift")
"""The kinds in the order they are gone through; they do not compete."""

UsePeriod = Literal["occasion", "day", "month", "quarter", "year", "lifetime"]
"""Over which time uses are counted; an `occasion` is one run of the offer's window."""


@attrs.frozen(kw_only=True)
class FeeRow:
    """
    A fee that offers may waive.

    Attributes:
        code: Its code, by which events name it.
        title: What people read.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})


@attrs.frozen(kw_only=True)
class GiftRow:
    """
    A gift beside points.

    Attributes:
        code: Its code.
        title: What people read.
        partner: Who gives it; empty for the bank.
        value: What one is worth, by which the best of several is told.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    partner: str = ""
    value: Amount = Amount("0")


@attrs.frozen(kw_only=True)
class NothingRow:
    """
    What gets no offer at all, and the code by which that is told. Every part stated must hold.

    Attributes:
        code: Reason by which it is reported.
        title: What people read.
        kinds: Codes of `vocabulary/earning-kinds`, with what stands below them.
        products: Codes of `vocabulary/product-kinds`, with what stands below them.
        when: A condition over the facts of an event.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    kinds: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class OfferLaneRow:
    """
    One lane of offers; lanes are gone through in the order they are written.

    Attributes:
        code: Name of the lane.
        mode: Which of the offers of one kind that hold are taken: the `best` for the customer; the
            `cheapest` for the bank; the `first` by priority; `all`, one after the other, each on
            what the ones before left. Ties go by priority, then code.
        title: What people read.
    """

    code: str
    mode: Literal["all", "best", "cheapest", "first"] = "best"
    title: Title | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class OfferRow:
    """
    One offer.

    Attributes:
        code: Name of the offer; never renamed.
        title: What people read.
        kind: `rate_bonus`: basis points more on what a saver earns; `rate_discount`: basis points
            less on what a borrower pays; `fee_waiver`: a fee, or a share of it, is not charged;
            `gift`: something beside points.
        kinds: Codes of `vocabulary/earning-kinds`, with what stands below them: which events it is
            for. Nothing for all.
        products: Codes of `vocabulary/product-kinds`, with what stands below them. Rates state
            them, because a product either earns or is paid for. Nothing for all.
        currencies: Currencies of events it is for; that of the policy where left out.
        lane: The lane it stands in; the first where left out.
        priority: The smaller, the earlier.
        group: Offers of one group exclude each other, whatever their kind: the first that applies
            counts.
        when: A condition over the facts of an event.
        window: When it holds, by the local day of the event.
        enrolment: Whether only customers count who joined the campaign of this offer's code.
        basis_points: How much a rate changes; a hundredth of a percent each.
        ceiling: Rate that a bonus never lifts above.
        floor: Rate that a discount never lowers below.
        fees: Codes of the fees waived.
        share: Which share of a fee is waived.
        most_each: Most that is waived of one fee.
        pick: Which fees of one event are waived first where not all are: the `largest` or the
            `smallest`.
        gift: Code of the gift.
        every: One gift for every so many of what is bought.
        most_each_time: Most gifts of one event; nothing for no limit.
        most: How many uses one customer has in `period`: fees waived, gifts given, rates changed.
        most_amount: Most that is waived for one customer in `period`.
        period: For `most` and `most_amount`.
        budget: How many uses there are for everybody together; held by a shared quota.
        budget_amount: How much is waived for everybody together; held by a shared quota.
        whole: Whether a waiver is left out where a limit would cut it.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    kind: OfferKind
    kinds: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    lane: str = ""
    priority: int = 100
    group: str = ""
    when: Condition | None = None
    window: WindowRow | None = None
    enrolment: bool = False
    basis_points: int | None = None
    ceiling: Decimal | None = None
    floor: Decimal | None = None
    fees: tuple[str, ...] = ()
    share: Decimal = Decimal(1)
    most_each: Amount | None = None
    pick: Literal["largest", "smallest"] = "largest"
    gift: str = ""
    every: int = 1
    most_each_time: int | None = None
    most: int | None = None
    most_amount: Amount | None = None
    period: UsePeriod | None = None
    budget: int | None = None
    budget_amount: Amount | None = None
    whole: bool = False
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class OffersTable:
    """
    The offers of a bank beside points.

    Attributes:
        zone: Zone whose local day an event falls on, where the event states no other.
        currency: Currency of the amounts.
        offer: The offers; in which order they are written never matters.
        lane: Lanes of offers; one lane `base` that takes the best where left out.
        nothing: What gets no offer at all.
        fee: The fees there are.
        gift: The gifts there are.
        tiers: The tiers there are, where conditions name them.
        most_basis_points: Most that all offers together change a rate by.
        most_waived: Most that all offers together waive of the fees of one event.
        rounding: How a share of a fee becomes minor units.
    """

    zone: str
    currency: str
    offer: tuple[OfferRow, ...]
    lane: tuple[OfferLaneRow, ...] = ()
    nothing: tuple[NothingRow, ...] = ()
    fee: tuple[FeeRow, ...] = ()
    gift: tuple[GiftRow, ...] = ()
    tiers: tuple[str, ...] = ()
    most_basis_points: int | None = None
    most_waived: Amount | None = None
    rounding: Rounding = Rounding.HALF_UP
