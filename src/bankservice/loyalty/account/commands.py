"""What can be done with a points account: the commands as callers give them."""

from __future__ import annotations

from datetime import date
from typing import Final

import attrs

from bankservice.core.identifiers import checked_id
from bankservice.core.scalars import Amount
from bankservice.loyalty.account.asking import checked_day, checked_lots, checked_points
from bankservice.loyalty.account.purchase_commands import Authorise, Enrol, Post, Refund, Void
from bankservice.loyalty.account.spend_commands import (
    Buy,
    CancelBuy,
    CancelRedemption,
    Confirm,
    Redeem,
    Release,
    Reserve,
    Transfer,
)

__all__ = [
    "COMMANDS",
    "Adjust",
    "Advance",
    "Authorise",
    "Buy",
    "CancelBuy",
    "CancelRedemption",
    "ChangeCredentials",
    "CloseAccount",
    "Confirm",
    "Enrol",
    "Expire",
    "Extend",
    "Forfeit",
    "Meet",
    "Post",
    "Redeem",
    "Refund",
    "Reinstate",
    "Release",
    "Reserve",
    "Transfer",
    "Void",
]


@attrs.frozen(kw_only=True)
class Adjust:
    """
    Add or take points by hand.

    Attributes:
        ref: The caller's reference.
        points: Points (of the smallest unit); negative to take.
        amount: Instead: whole points as text, such as `"50"`.
        currency: The code of the points, if it is stated.
        reason: Why; shown on the statement.
        component: Class of the lot.
        qualifying: Whether they count for tiers.
        expires_on: Last day they are valid; as the programme says where left out.
    """

    ref: str
    points: int | None = None
    amount: Amount | None = None
    currency: str = ""
    reason: str = ""
    component: str = "manual"
    qualifying: bool = False
    expires_on: date | None = None

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_points(self.points, self.amount, signed=True)
        checked_day(self.expires_on, "expires_on")


@attrs.frozen(kw_only=True)
class Forfeit:
    """
    Take points away.

    Attributes:
        ref: The caller's reference.
        reason: Why.
        lots: Which lots; nothing for all there are.
        pending_only: Whether only points count that cannot be spent yet (a payment was missed).
    """

    ref: str
    reason: str
    lots: tuple[int, ...] = ()
    pending_only: bool = False

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_lots(self.lots)


@attrs.frozen(kw_only=True)
class Extend:
    """
    Let lots live longer.

    Attributes:
        ref: The caller's reference.
        until_on: Last valid day.
        lots: Which lots; nothing for all that live and would end before.
        reason: Why.
    """

    ref: str
    until_on: date
    lots: tuple[int, ...] = ()
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_lots(self.lots)
        checked_day(self.until_on, "until_on")


@attrs.frozen(kw_only=True)
class Reinstate:
    """
    Give back what lapsed or was forfeited, within the programme's window; drawn points stay drawn.

    Attributes:
        ref: The caller's reference.
        lots: Which lots; nothing for all that lapsed within the window.
        forfeit_ref: A forfeiture to be taken back, instead of lapsed lots.
        reason: Why.
    """

    ref: str
    lots: tuple[int, ...] = ()
    forfeit_ref: str = ""
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.ref, "reference")
        checked_lots(self.lots)


@attrs.frozen(kw_only=True)
class Meet:
    """
    Tell of an action that lots wait for, such as `minimum-payment`.

    Attributes:
        action: Its code.
        refs: Purchases it is about; nothing for all that wait for it.
    """

    action: str
    refs: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_id(self.action, "action")


@attrs.frozen(kw_only=True)
class ChangeCredentials:
    """Tell that the member's credentials changed: a cooling time begins where the programme has one."""


@attrs.frozen(kw_only=True)
class Expire:
    """Write down which lots have lapsed by now; what can be spent does not change by it."""


@attrs.frozen(kw_only=True)
class Advance:
    """Write down all that time has made true by now: lapses, holds that ended, debts that aged."""


@attrs.frozen(kw_only=True)
class CloseAccount:
    """
    Close the account; what is left on it is forfeited.

    Attributes:
        reason: Why.
    """

    reason: str = ""


COMMANDS: Final = {
    "enrol": Enrol,
    "authorise": Authorise,
    "void": Void,
    "post": Post,
    "refund": Refund,
    "reserve": Reserve,
    "confirm": Confirm,
    "release": Release,
    "redeem": Redeem,
    "cancel_redemption": CancelRedemption,
    "adjust": Adjust,
    "transfer": Transfer,
    "buy": Buy,
    "cancel_buy": CancelBuy,
    "forfeit": Forfeit,
    "extend": Extend,
    "reinstate": Reinstate,
    "meet": Meet,
    "change_credentials": ChangeCredentials,
    "expire": Expire,
    "advance": Advance,
    "close": CloseAccount,
}
"""Command names and their classes."""
