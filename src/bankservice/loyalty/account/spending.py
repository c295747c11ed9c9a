"""
Spending points: reserve, then confirm or release; or at once; and giving back what was had.

Reserving draws lots at once, so nothing is held twice. What goes back goes to the lots it came
from, last drawn first, with their own dates, and repays what is owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Rounding, divide, parse_minor
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, Hold, HoldStatus
from bankservice.loyalty.account.commands import Confirm, Redeem, Release, Reserve
from bankservice.loyalty.account.entries import Confirmed, Redeemed, Reserved
from bankservice.loyalty.account.fold import first_of
from bankservice.loyalty.account.limits import (
    free_to_spend,
    reward_of,
    uses_of_spending,
    within_limits,
)
from bankservice.loyalty.account.movement import Ref
from bankservice.loyalty.account.pricing import Price, price_of
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.settling import alive, backwards, release, repay
from bankservice.loyalty.account.work import Work, asked_of, repeated
from bankservice.loyalty.model import Draw
from bankservice.loyalty.programme.terms import RewardRow

__all__ = [
    "Spending",
    "confirm",
    "give_up",
    "redeem",
    "reserve",
    "spend_asked",
    "spending_of",
    "write_redeemed",
    "write_reserved",
]


@attrs.frozen
class Spending:
    """What a redemption takes, and for what."""

    price: Price
    row: RewardRow | None


def spend_asked(do: str, body: Redeem | Reserve) -> Ref:
    """Return what a redemption asks; who asks and how many are left is not part of it."""
    asked = asked_of("spend", body, "stock", "tier", "stage", "standing", "customer")
    return FrozenMapping({**asked, "do": do})


def spending_of(work: Work, body: Redeem | Reserve, available: int) -> Spending | Refused:
    """Return what a redemption takes, or why it cannot be."""
    no = free_to_spend(work)
    if no is not None:
        return no
    row = reward_of(work, body)
    if isinstance(row, Refused):
        return row
    price = price_of(body, row, work.programme, available)
    if isinstance(price, Refused):
        return price
    limit = within_limits(work, body, row, price.points)
    return limit or Spending(price, row)


def _available(work: Work, body: Redeem | Reserve) -> int:
    """Return what can be spent; counted only where the price depends on it."""
    return standing.spendable(work.account, work.at) if body.reward else 0


def reserve(work: Work, body: Reserve) -> Refused | None:
    """Hold points."""
    asked = spend_asked("reserve", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    work.settle()
    found = spending_of(work, body, _available(work, body))
    if isinstance(found, Refused):
        return found
    draws = work.draw(found.price.points)
    if isinstance(draws, Refused):
        return draws
    write_reserved(work, body, found, draws, asked)
    return None


def write_reserved(
    work: Work, body: Reserve, found: Spending, draws: tuple[Draw, ...], asked: Ref
) -> None:
    """Write that points are held."""
    programme = work.programme
    uses = uses_of_spending(work, body, found.row, found.price.points)
    hold = Hold(
        ref=body.ref,
        at=work.at,
        until=work.at + programme.hold_lasts,
        draws=draws,
        reward=body.reward,
        quantity=body.quantity,
        cash_minor=found.price.cash_minor,
        value_minor=found.price.value_minor,
        honoured=programme.written.holds.lapse == "honour",
        uses=uses,
    )
    work.write(
        Reserved(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            draws=draws,
            counts=work.counted(uses),
            asked=asked,
            hold=hold,
        )
    )


def confirm(work: Work, body: Confirm) -> Refused | None:
    """Spend a hold, or a part of it."""
    hold: Hold | None = work.account.holds.get(body.ref)
    if hold is None:
        return refused(AccountRefusal.UNKNOWN_HOLD, hold=body.ref)
    if hold.status is HoldStatus.CONFIRMED:
        return _again(work.account, body, hold)
    if hold.status is HoldStatus.RELEASED or not hold.at <= work.at < hold.until:
        ended_at = hold.until if hold.ended_at is None else hold.ended_at
        status = "timed-out" if hold.status is HoldStatus.OPEN else hold.status.value
        if work.at < hold.at:
            status, ended_at = "not-begun", hold.at
        return refused(AccountRefusal.HOLD_ENDED, hold=body.ref, status=status, at=ended_at)
    points = _of_hold(work, body, hold)
    if points > hold.points:
        return refused(AccountRefusal.OVER_HOLD, points=points, held=hold.points)
    work.settle()
    if work.account.holds[body.ref].status is HoldStatus.TIMED_OUT:
        return _late(work, work.account.holds[body.ref], points)
    return _spend(work, hold, points)


def _of_hold(work: Work, body: Confirm, hold: Hold) -> int:
    """Return how many points of a hold are spent."""
    if body.amount is not None:
        share = Fraction(
            parse_minor(body.amount, work.programme.digits), hold.value_minor + hold.cash_minor
        )
        # More than there is must not be rounded to it.
        return hold.points + 1 if share > 1 else max(1, _rounded(hold.points * share))
    return hold.points if body.points is None else body.points


def _again(account: Account, body: Confirm, hold: Hold) -> Refused | None:
    spent = account.redemptions[body.ref].points
    if body.points is None or body.points == spent:
        # What part of an amount it was is not kept: that it was confirmed is.
        return None
    return refused(AccountRefusal.REF_CONFLICT, ref=body.ref, differs="points", was=spent)


def _money(hold: Hold, points: int) -> tuple[int, int]:
    """Return (cash, value) of a part of a hold: what points do not pay for is not bought."""
    if points == hold.points:
        return hold.cash_minor, hold.value_minor
    share = Fraction(points, hold.points)
    return _rounded(hold.cash_minor * share), _rounded(hold.value_minor * share)


def _rounded(exact: Fraction) -> int:
    return divide(exact.numerator, exact.denominator, Rounding.HALF_UP)


def _spend(work: Work, hold: Hold, points: int) -> Refused | None:
    account, at = work.account, work.at
    spent = first_of(hold.draws, points)
    if not hold.honoured:
        lost = [draw for draw in spent if standing.lapsed(account, account.lot(draw.lot), at)]
        if lost:
            there = points - sum(draw.points for draw in lost)
            return refused(AccountRefusal.NOT_ENOUGH, points=points, available=there)
    returns = backwards(_rest(hold.draws, spent))
    repaid = repay(account, at, alive(account, returns, at))
    cash, value = _money(hold, points)
    work.write(
        Confirmed(
            at=at,
            on=work.on,
            ref=hold.ref,
            version=work.ref,
            returns=returns,
            draws=repaid.draws,
            repaid=repaid.points,
            debts=repaid.debts,
            points=points,
            cash_minor=cash,
            value_minor=value,
        )
    )
    return None


def _rest(draws: Iterable[Draw], spent: tuple[Draw, ...]) -> tuple[Draw, ...]:
    """Return what of draws is left after the first of them were spent."""
    held = tuple(draws)
    whole = len(spent)
    if not whole:
        return held
    cut = held[whole - 1].points - spent[-1].points
    first = (Draw(held[whole - 1].lot, cut),) if cut else ()
    return (*first, *held[whole:])


def _late(work: Work, hold: Hold, points: int) -> Refused | None:
    """Confirm in time what was told late: the hold had ended meanwhile, its points are there yet."""
    spent = first_of(hold.draws, points)
    for draw in spent:
        if work.account.lot(draw.lot).left < draw.points:
            return refused(
                AccountRefusal.HOLD_ENDED, hold=hold.ref, status=hold.status.value, at=hold.until
            )
    cash, value = _money(hold, points)
    work.write(
        Redeemed(
            at=work.at,
            on=work.on,
            ref=hold.ref,
            version=work.ref,
            draws=spent,
            counts=work.counted(hold.uses),
            points=points,
            reward=hold.reward,
            quantity=hold.quantity,
            cash_minor=cash,
            value_minor=value,
        )
    )
    return None


def give_up(work: Work, body: Release) -> Refused | None:
    """End a hold; one that has ended already stays as it is."""
    hold: Hold | None = work.account.holds.get(body.ref)
    if hold is None:
        return refused(AccountRefusal.UNKNOWN_HOLD, hold=body.ref)
    if hold.status is HoldStatus.CONFIRMED:
        return refused(
            AccountRefusal.HOLD_ENDED, hold=body.ref, status=hold.status.value, at=hold.ended_at
        )
    if hold.status is not HoldStatus.OPEN:
        return None
    if work.at < hold.at:
        return refused(AccountRefusal.HOLD_ENDED, hold=body.ref, status="not-begun", at=hold.at)
    if work.at < hold.until:
        work.write(release(work.account, hold, work.at, timed_out=False))
    work.settle()
    return None


def redeem(work: Work, body: Redeem) -> Refused | None:
    """Spend points at once."""
    asked = spend_asked("redeem", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    work.settle()
    found = spending_of(work, body, _available(work, body))
    if isinstance(found, Refused):
        return found
    draws = work.draw(found.price.points)
    if isinstance(draws, Refused):
        return draws
    write_redeemed(work, body, found, draws, asked)
    return None


def write_redeemed(
    work: Work,
    body: Redeem,
    found: Spending,
    draws: tuple[Draw, ...],
    asked: Ref,
    *,
    household: str = "",
    members: tuple[str, ...] = (),
) -> None:
    """Write what one account spends; in a household, its share."""
    points = sum(draw.points for draw in draws)
    uses = uses_of_spending(work, body, found.row, points)
    work.write(
        Redeemed(
            at=work.at,
            on=work.on,
            ref=body.ref,
            version=work.ref,
            draws=draws,
            counts=work.counted(uses),
            asked=asked,
            points=points,
            reward=body.reward,
            quantity=body.quantity,
            cash_minor=found.price.cash_minor,
            value_minor=found.price.value_minor,
            household=household,
            members=members,
        )
    )
