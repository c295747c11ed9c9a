"""What can be asked of points: hold, spend, give back, send, buy."""

from __future__ import annotations

from typing import Any

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UnknownType
from bankservice.loyalty.account.asking import (
    checked_amount,
    checked_number,
    checked_points,
    checked_ref,
    checked_spending,
)

__all__ = [
    "Buy",
    "CancelBuy",
    "CancelRedemption",
    "Confirm",
    "Redeem",
    "Release",
    "Reserve",
    "Transfer",
]


@attrs.frozen(kw_only=True)
class Reserve:
    """
    Hold points for something: they are drawn at once, and given back unless it is confirmed.

    Attributes:
        ref: The caller's reference of the hold.
        points: How many points (of the smallest unit), where no reward tells, or at most.
        reward: Code of the reward it is for.
        quantity: How many of it.
        amount: For a statement credit or points plus cash: the amount to be paid. Where neither
            points nor a reward are stated, whole points as text, such as `"50"`.
        currency: Its currency; the programme's where left out. The code of the points where the
            amount is of points.
        stock: How many of the reward are left, as its quota says; where left out, how many the
            programme has less those this account had.
        tier: The member's tier, where the reward asks.
        stage: The member's stage of life as a customer, where it asks.
        standing: Standing of the account, where it asks.
        customer: Facts the programme's own conditions ask for.
    """

    ref: str
    points: int | None = None
    reward: str = ""
    quantity: int = 1
    amount: Amount | None = None
    currency: str = ""
    stock: int | None = None
    tier: str | UnknownType = ""
    stage: str | UnknownType = ""
    standing: str | UnknownType = ""
    customer: FrozenMapping[str, Any] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_spending(self)


@attrs.frozen(kw_only=True)
class Confirm:
    """
    Spend a hold, or a part of it; the rest goes back.

    Attributes:
        ref: The hold.
        points: How many of its points (of the smallest unit); all where left out.
        amount: Instead of points: which part of the amount it pays, in money; where it pays none,
            whole points as text.
        currency: That of the amount; the programme's, or the code of the points.
    """

    ref: str
    points: int | None = None
    amount: Amount | None = None
    currency: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        if self.points is not None or self.amount is not None:
            checked_points(self.points, self.amount)


@attrs.frozen(kw_only=True)
class Release:
    """End a hold: its points go back."""

    ref: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")


@attrs.frozen(kw_only=True)
class Redeem:
    """
    Spend points at once; as `Reserve` and `Confirm` together.

    Attributes:
        ref: The caller's reference.
        points: How many points (of the smallest unit), where no reward tells, or at most.
        reward: Code of the reward.
        quantity: How many of it.
        amount: For a statement credit or points plus cash: the amount to be paid. Where neither
            points nor a reward are stated, whole points as text, such as `"50"`.
        currency: Its currency; the programme's where left out. The code of the points where the
            amount is of points.
        stock: As of `Reserve`.
        household: Other accounts that pay together with this one, which is the head.
        tier: The member's tier, where the reward asks.
        stage: The member's stage of life as a customer, where it asks.
        standing: Standing of the account, where it asks.
        customer: Facts the programme's own conditions ask for.
    """

    ref: str
    points: int | None = None
    reward: str = ""
    quantity: int = 1
    amount: Amount | None = None
    currency: str = ""
    stock: int | None = None
    household: tuple[str, ...] = ()
    tier: str | UnknownType = ""
    stage: str | UnknownType = ""
    standing: str | UnknownType = ""
    customer: FrozenMapping[str, Any] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_spending(self)
        for member in self.household:
            checked_id(member, "account")
        if len(set(self.household)) != len(self.household):
            raise ValueError(f"the household of {self.ref!r} names an account twice.")


@attrs.frozen(kw_only=True)
class CancelRedemption:
    """
    Give back what was redeemed, or a part.

    Attributes:
        ref: Reference of the cancellation; of the redemption where `original_ref` is left out.
        original_ref: The redemption.
        points: How many points; all that are left of it where left out.
        amount: Instead of points: which amount of a mixed payment is given back; points and money
            come back in its proportion. Where it paid none, whole points as text.
        currency: That of the amount; the programme's, or the code of the points.
        household: The accounts that paid together with this one, where several did.
    """

    ref: str
    original_ref: str = ""
    points: int | None = None
    amount: Amount | None = None
    currency: str = ""
    household: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_ref(self.original_ref, "reference")
        if self.points is not None or self.amount is not None:
            checked_points(self.points, self.amount)
        for member in self.household:
            checked_id(member, "account")

    @property
    def redemption(self) -> str:
        """Reference of the redemption."""
        return self.original_ref or self.ref


@attrs.frozen(kw_only=True)
class Transfer:
    """
    Give points to another account; they keep their dates and class.

    Attributes:
        ref: The caller's reference.
        to: The other account.
        points: How many (of the smallest unit).
        amount: Instead: whole points as text, such as `"50"`.
        currency: The code of the points, if it is stated.
    """

    ref: str
    to: str
    points: int | None = None
    amount: Amount | None = None
    currency: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_id(self.to, "account")
        checked_points(self.points, self.amount)


@attrs.frozen(kw_only=True)
class Buy:
    """Buy points (of the smallest unit) for an amount, at the programme's price."""

    ref: str
    points: int
    amount: Amount
    currency: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_number(self.points, "points")
        checked_amount(self.amount, "amount")


@attrs.frozen(kw_only=True)
class CancelBuy:
    """Give bought points back, while none of them is drawn."""

    ref: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
