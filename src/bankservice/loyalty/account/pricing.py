"""
What a redemption takes: points, and money beside them.

Amounts are exact minor units. A reward's price is kept as points for an amount; where points do not
come out whole they are rounded up for the last of an amount that is paid whole, and what fewer
points pay for is rounded down: the last fraction is never a gift and never left over.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, lcm

import attrs

from bankservice.core.money import parse_minor
from bankservice.core.record import Refused
from bankservice.loyalty.account.commands import Redeem, Reserve
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.programme.terms import RewardRow

__all__ = ["Price", "price_of"]


@attrs.frozen
class Price:
    """
    What a redemption takes.

    Attributes:
        points: Points.
        cash_minor: Money beside, in minor units of the programme's currency.
        value_minor: What the points pay for, in the same.
    """

    points: int
    cash_minor: int = 0
    value_minor: int = 0


def price_of(
    body: Redeem | Reserve, row: RewardRow | None, programme: Programme, available: int
) -> Price | Refused:
    """
    Return what a redemption takes.

    Raises:
        ValueError: If neither points nor an amount tell how much, or the amount is none.
    """
    amount = None if body.amount is None else parse_minor(body.amount, programme.digits)
    if row is None:
        if body.points is None:
            raise ValueError("a redemption without a reward states its points; pass points.")
        return Price(body.points, 0, amount or 0)
    if row.kind in ("gift", "voucher"):
        return _piece(body, row, programme)
    if body.quantity != 1 and amount is not None:
        raise ValueError(f"{row.code} pays an amount; pass the whole amount and no quantity.")
    if row.kind == "statement-credit":
        return _credit(body, row, programme, amount, available)
    return _mixed(body, row, programme, amount, available)


def _worth(row: RewardRow, programme: Programme) -> int:
    return 0 if row.value is None else parse_minor(row.value, programme.digits)


def _piece(body: Redeem | Reserve, row: RewardRow, programme: Programme) -> Price | Refused:
    points = row.points * programme.unit * body.quantity
    if body.points is not None and body.points != points:
        return refused(AccountRefusal.NOT_THE_PRICE, points=body.points, price=points)
    return Price(points, 0, _worth(row, programme) * body.quantity)


def _credit(
    body: Redeem | Reserve,
    row: RewardRow,
    programme: Programme,
    amount: int | None,
    available: int,
) -> Price | Refused:
    base, worth = row.points * programme.unit, _worth(row, programme)
    step = lcm(base, row.step * programme.unit)
    if amount is None:
        if body.points is None:
            raise ValueError(f"{row.code} needs the amount to be paid, or points; pass one.")
        if body.points % step:
            return refused(AccountRefusal.NOT_A_STEP, points=body.points, step=step)
        return Price(body.points, 0, body.points * worth // base)
    most = min(available, body.points) if body.points is not None else available
    whole = ceil(Fraction(amount * base, worth))
    if row.exact and most >= whole:
        return Price(whole, 0, amount)
    if body.points is not None and body.points < whole and body.points % step:
        return refused(AccountRefusal.NOT_A_STEP, points=body.points, step=step)
    points = min(most, amount * base // worth) // step * step
    if not points:
        return refused(AccountRefusal.NOT_ENOUGH, points=step, available=most)
    return Price(points, 0, points * worth // base)


def _mixed(
    body: Redeem | Reserve,
    row: RewardRow,
    programme: Programme,
    amount: int | None,
    available: int,
) -> Price | Refused:
    base, worth = row.points * programme.unit, _worth(row, programme)
    total = worth * body.quantity if amount is None else amount
    share = Fraction(row.most_share)
    most = ceil(Fraction(total * base, worth))
    if share < 1:
        most = floor(floor(total * share) * Fraction(base, worth))
    if body.points is None:
        points = min(most, available)
    elif body.points > most and share < 1:
        return refused(AccountRefusal.OVER_SHARE, points=body.points, most=most)
    else:
        points = min(body.points, most)
    value = min(total, points * worth // base)
    return Price(points, total - value, value)
