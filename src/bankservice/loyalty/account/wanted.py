"""
How many points a command is about, where it says so as an amount.

An amount is of money where money is paid, and of whole points otherwise; the code of the points as
its currency says so outright.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from bankservice.loyalty.account.account import Account, Hold, Redemption
from bankservice.loyalty.account.asking import MOST_POINTS
from bankservice.loyalty.account.commands import (
    Adjust,
    CancelRedemption,
    Confirm,
    Redeem,
    Reserve,
    Transfer,
)
from bankservice.loyalty.programme.programme import Programme

__all__ = ["in_points"]

_KINDS: Final = (Adjust, CancelRedemption, Confirm, Redeem, Reserve, Transfer)


def in_points(body: Any, account: Account, programme: Programme) -> Any:
    """
    Return a command with its points stated, where its amount is of points.

    Raises:
        ValueError: If they are no whole number of the smallest unit, or stated twice.
    """
    if not isinstance(body, _KINDS) or body.amount is None:
        return body
    named = body.currency == programme.written.points.code
    if not named and (body.currency or _pays(body, account)):
        return body
    if body.points is not None:
        raise ValueError(f"{body.ref!r} states points twice; leave out points or amount.")
    exact = Fraction(Decimal(body.amount)) * programme.unit
    if exact.denominator != 1 or abs(exact) > MOST_POINTS:
        raise ValueError(f"amount {body.amount!r} is no number of points the programme has.")
    return attrs.evolve(body, points=exact.numerator, amount=None, currency="")


def _pays(body: Any, account: Account) -> bool:
    """Tell whether an amount without a currency is of money."""
    if isinstance(body, (Redeem, Reserve)):
        return bool(body.reward) or body.points is not None
    held: Hold | Redemption | None = None
    if isinstance(body, Confirm):
        held = account.holds.get(body.ref)
    elif isinstance(body, CancelRedemption):
        held = account.redemptions.get(body.redemption)
    return held is not None and bool(held.value_minor or held.cash_minor)
