"""
What offers look at and what they give: the facts of an event, benefits, what did not apply.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final

import attrs

from bankservice.core.calendar import aware, local_day
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.loyalty.benefits.table import OfferKind

__all__ = [
    "BASIS_POINT",
    "Benefit",
    "Declined",
    "EventFacts",
    "Fee",
    "FeeCharged",
    "OfferFacts",
    "OfferWhy",
    "Offered",
    "percent",
    "rate_units",
]

_DIGITS: Final = 12
_LARGEST: Final = 1_000

BASIS_POINT: Final = 10 ** (_DIGITS - 2)
"""A basis point in the units in which rates are counted."""


class OfferWhy(Enum):
    """Why an offer came out as it did."""

    APPLIED = "applied"
    AT_CEILING = "at-ceiling"
    AT_FLOOR = "at-floor"
    CUT_BY_LIMIT = "cut-by-limit"
    CUT_BY_BUDGET = "cut-by-budget"
    CUT_IN_ALL = "cut-in-all"
    NOTHING = "nothing-for-this"
    OTHER_KIND = "other-kind"
    OTHER_PRODUCT = "other-product"
    OTHER_CURRENCY = "other-currency"
    NO_RATE = "no-rate"
    OTHER_FEE = "other-fee"
    TOO_FEW = "too-few"
    NOT_ENROLLED = "not-enrolled"
    OUTSIDE_WINDOW = "outside-window"
    CONDITION = "condition"
    LIMIT_REACHED = "limit-reached"
    BUDGET_SPENT = "budget-spent"
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"
    BEATEN = "beaten"
    NOTHING_LEFT = "nothing-left"


def rate_units(rate: Decimal) -> int:
    """
    Return a rate in percent a year as whole units, exactly, whatever the ambient context.

    Raises:
        ValueError: If it is no rate: too large, or finer than the unit.
    """
    if type(rate) is not Decimal or not rate.is_finite():
        raise ValueError(f"a rate is a decimal number, got {rate!r}; write it as text.")
    if not rate:
        return 0
    sign, digits, exponent = rate.as_tuple()
    assert isinstance(exponent, int), "a finite number has an exponent"
    # Looked at before any power is taken, which could be of a million digits.
    if -_DIGITS <= rate.adjusted() < len(str(_LARGEST)):
        value, shift = int("".join(map(str, digits))), exponent + _DIGITS
        units, rest = divmod(value * _power(shift), _power(-shift))
        if not rest and units <= _LARGEST * 10**_DIGITS:
            return -units if sign else units
    raise ValueError(
        f"a rate is at most {_LARGEST} percent with {_DIGITS} digits after the point, got {rate}."
    )


def _power(exponent: int) -> int:
    return int(10 ** max(0, exponent))


def percent(units: int, digits: int = 2) -> Decimal:
    """Return units of a rate as percent, with at least so many *digits* after the point."""
    whole, rest = divmod(abs(units), 10**_DIGITS)
    told = f"{rest:0{_DIGITS}d}".rstrip("0").ljust(digits, "0")
    return Decimal(f"{'-' if units < 0 else ''}{whole}{'.' if told else ''}{told}")


@attrs.frozen(kw_only=True)
class Fee:
    """
    A fee an event costs.

    Attributes:
        code: Code of the policy's fees.
        amount: How much, zero or more.
        ref: Which one; for people and for ties between equal fees.
    """

    code: str
    amount: Amount
    ref: str = ""

    def __attrs_post_init__(self) -> None:
        if self.amount.strip().startswith("-"):
            raise ValueError(f"the fee {self.code} is {self.amount}; a fee is nothing or more.")


@attrs.frozen(kw_only=True)
class EventFacts:
    """
    One event, as far as offers depend on it.

    Attributes:
        product: Code of `vocabulary/product-kinds`; empty for none.
        kind: Code of `vocabulary/earning-kinds`: what the event is.
        amount: How much it is about, in `currency`, zero or more.
        currency: ISO 4217 code; the policy's where left out.
        rate: What the product earns or costs without offers, in percent a year.
        fee: Code of the one fee it costs; or all of them in `fees`.
        fee_amount: How much that fee is.
        fees: The fees it costs.
        quantity: How many of it.
        term_days: Term of the product in days.
        tier: The customer's tier; empty for none.
        stage: The customer's stage of life.
        customer_kind: Code of `vocabulary/customer-kinds`.
        new_customer: Whether the customer is new to the bank.
        channel: Code of `vocabulary/channels`.
        standing: Standing of the account, such as `good` or `overdue`.
        branch: Where it happens.
        region: Where the branch or the customer is.
        zone: Zone of the branch or account that decides the day; the policy's where left out.
        budget_left: Offer → what its shared budget has left: uses, or an amount.
        customer: Facts that cohorts of the policy ask for.
    """

    product: str | UnknownType = UNKNOWN
    kind: str | UnknownType = UNKNOWN
    amount: Amount | UnknownType | None = None
    currency: str = ""
    rate: Decimal | None = None
    fee: str = ""
    fee_amount: Amount | None = None
    fees: tuple[Fee, ...] = ()
    quantity: int = 1
    term_days: int | UnknownType = UNKNOWN
    tier: str | UnknownType = UNKNOWN
    stage: str | UnknownType = UNKNOWN
    customer_kind: str | UnknownType = UNKNOWN
    new_customer: bool | UnknownType = UNKNOWN
    channel: str | UnknownType = UNKNOWN
    standing: str | UnknownType = UNKNOWN
    branch: str | UnknownType = UNKNOWN
    region: str | UnknownType = UNKNOWN
    zone: str = ""
    budget_left: FrozenMapping[str, Decimal] = FrozenMapping()
    customer: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        if self.rate is not None:
            rate_units(self.rate)
        if type(self.quantity) is not int or self.quantity < 1:
            raise ValueError(f"the quantity is {self.quantity!r}; pass a whole number from 1 on.")
        if isinstance(self.amount, str) and self.amount.strip().startswith("-"):
            raise ValueError(f"the amount is {self.amount}; pass nothing or more.")
        if bool(self.fee) != (self.fee_amount is not None):
            raise ValueError("a fee has a code and an amount; pass both or neither.")
        if self.fee and self.fees:
            raise ValueError("one fee stands beside several; pass `fee` or `fees`.")
        refs = [fee.ref for fee in self.every_fee if fee.ref]
        if len(set(refs)) < len(refs):
            raise ValueError("two fees have one reference; give each its own.")
        if any(left < 0 for left in self.budget_left.values()):
            raise ValueError("a budget has less than nothing left; pass nothing or more.")

    @property
    def every_fee(self) -> tuple[Fee, ...]:
        """The fees, however they were stated."""
        if self.fee and self.fee_amount is not None:
            return (Fee(code=self.fee, amount=self.fee_amount),)
        return self.fees


@attrs.frozen(kw_only=True)
class OfferFacts(EventFacts):
    """
    One event, its day, and what the customer had before.

    Attributes:
        on: Local day of the event.
        at: Instant of the event, for its day in `zone`, where `on` is left out.
        campaigns: Campaigns the customer has joined.
        used: Offer → uses before, in its own period.
        used_amount: Offer → amount waived before, in its own period.
        known_on: Leave out what was corrected in holiday calendars after this day.
    """

    on: date | None = None
    at: datetime | None = None
    campaigns: tuple[str, ...] = ()
    used: FrozenMapping[str, int] = FrozenMapping()
    used_amount: FrozenMapping[str, Amount] = FrozenMapping()
    known_on: date | None = None

    def __attrs_post_init__(self) -> None:
        EventFacts.__attrs_post_init__(self)
        if self.at is not None:
            aware(self.at)
        if any(type(count) is not int or count < 0 for count in self.used.values()):
            raise ValueError("an offer was used less than no times; pass whole numbers from 0 on.")
        if any(amount.strip().startswith("-") for amount in self.used_amount.values()):
            raise ValueError("less than nothing was waived before; pass nothing or more.")

    @property
    def day(self) -> date | None:
        """The local day: as stated, or that of the instant in the zone; None where not told."""
        if self.on is not None or self.at is None or not self.zone:
            return self.on
        return local_day(self.at, self.zone)


@attrs.frozen(kw_only=True)
class Benefit:
    """
    What one offer gives.

    Attributes:
        offer: Its code.
        kind: Its kind.
        why: `applied`; or what cut it: `at-ceiling`, `at-floor`, `cut-by-limit`, `cut-by-budget`,
            `cut-in-all`.
        basis_points: How much it changes the rate.
        lost_basis_points: What the ceiling, the floor or the limit of all offers took.
        waived_minor: What it waives, in minor units.
        lost_minor: What limits took of that.
        fees: Places of the fees it waives, wholly or in part, the first being 1.
        gift: Code of the gift.
        partner: Who gives it.
        times: How many gifts.
        uses: How many of its uses this took.
    """

    offer: str
    kind: OfferKind
    why: OfferWhy = OfferWhy.APPLIED
    basis_points: Decimal = Decimal(0)
    lost_basis_points: Decimal = Decimal(0)
    waived_minor: int = 0
    lost_minor: int = 0
    fees: tuple[int, ...] = ()
    gift: str = ""
    partner: str = ""
    times: int = 0
    uses: int = 1


@attrs.frozen(kw_only=True)
class Declined:
    """
    An offer that does not apply.

    Attributes:
        offer: Its code.
        kind: Its kind.
        why: The first reason against it.
        by: The offer that took its place, or the code of what gets nothing.
        unknown: Facts on which it depends, where they are unknown.
    """

    offer: str
    kind: OfferKind
    why: OfferWhy
    by: str = ""
    unknown: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class FeeCharged:
    """What becomes of one fee, in minor units."""

    code: str
    ref: str = ""
    fee_minor: int
    waived_minor: int = 0
    charged_minor: int


@attrs.frozen(kw_only=True)
class Offered:
    """
    What an event gets.

    Attributes:
        benefits: What applies, in the order it was taken.
        rate: The rate with offers, where one was stated.
        fee_minor: What is charged in all, where there is a fee.
        fees: Each fee, in the order stated.
        not_applied: Every other offer and why not.
        excluded: Codes of what keeps the event from any offer.
        unknown: Unknown facts on which an offer depends; it does not apply then.
        on: The local day it was decided for.
    """

    benefits: tuple[Benefit, ...] = ()
    rate: Decimal | None = None
    fee_minor: int | None = None
    fees: tuple[FeeCharged, ...] = ()
    not_applied: tuple[Declined, ...] = ()
    excluded: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    on: date
