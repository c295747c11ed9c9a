"""What can be asked of purchases: open an account, announce, post, give back."""

from __future__ import annotations

from datetime import date

import attrs

from bankservice.core.identifiers import checked_id
from bankservice.core.scalars import Amount
from bankservice.loyalty.account.asking import (
    checked_amount,
    checked_day,
    checked_facts,
    checked_number,
    checked_ref,
)
from bankservice.loyalty.model import AccrualFacts

__all__ = [
    "Authorise",
    "Enrol",
    "Post",
    "Refund",
    "Void",
]


@attrs.frozen(kw_only=True)
class Enrol:
    """
    Open the account; on one that is open, join a campaign.

    Attributes:
        customer: Whose it is; the subject of the command where left out.
        campaign: A campaign to join.
        on: Local day of opening; that of the command where left out.
    """

    customer: str = ""
    campaign: str = ""
    on: date | None = None

    def __attrs_post_init__(self) -> None:
        checked_ref(self.customer, "customer")
        checked_ref(self.campaign, "campaign")
        checked_day(self.on, "on")


@attrs.frozen(kw_only=True)
class Authorise(AccrualFacts):
    """Announce a purchase: what it would earn is shown, and nothing is granted."""

    ref: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_facts(self)


@attrs.frozen(kw_only=True)
class Post(AccrualFacts):
    """
    Post a transaction: what it earns is granted.

    The same reference and part earn once, whatever the command's id.

    Attributes:
        ref: The caller's reference of the transaction; that of its authorisation, if it had one.
        part: Which capture of it.
        customer_id: Whose account it opens, where the first purchase opens one; the subject of the
            command where left out.
    """

    ref: str
    part: int = 1
    customer_id: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_ref(self.customer_id, "customer")
        checked_number(self.part, "part")
        checked_facts(self)


@attrs.frozen(kw_only=True)
class Void:
    """Void an authorisation: nothing is left of it."""

    ref: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")


@attrs.frozen(kw_only=True)
class Refund:
    """
    Give back a purchase, or a part of it.

    Attributes:
        ref: The refund's own reference.
        original_ref: The purchase's.
        part: Which capture of the purchase.
        amount: How much of it, in its currency; what is left of it where left out.
        currency: That of the purchase; checked where stated.
        items: Refs of the lines given back, where the purchase had lines.
        on: Local day of the refund; that of the command where left out.
    """

    ref: str
    original_ref: str
    part: int = 1
    amount: Amount | None = None
    currency: str = ""
    items: tuple[str, ...] = ()
    on: date | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_id(self.original_ref, "reference")
        checked_number(self.part, "part")
        checked_amount(self.amount, "amount")
        checked_day(self.on, "on")
        if len(set(self.items)) != len(self.items):
            raise ValueError(f"items of refund {self.ref!r} are named twice; name each line once.")
