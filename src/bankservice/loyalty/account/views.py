"""What people see of a points account at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import attrs
import pendulum

from bankservice.core.offsets import EPOCH, MICROSECOND
from bankservice.core.policy import Policy
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, Hold, HoldStatus, Purchase
from bankservice.loyalty.account.instants import micros, moment
from bankservice.loyalty.account.settling import settled
from bankservice.loyalty.model import Lot
from bankservice.loyalty.programme.dates import day_of

__all__ = [
    "AccountView",
    "HoldView",
    "LadderStep",
    "LotView",
    "ParkedView",
    "PurchaseView",
    "RedemptionView",
    "due",
    "view",
]


@attrs.frozen(kw_only=True)
class LotView:
    """
    A lot at an instant.

    Attributes:
        number: 1 for the first of the account.
        granted: Points it came with.
        remaining: What is left of them and not held; 0 once it has lapsed.
        lapsed: What lapsed of it.
        component: Its class.
        ref: Its source.
        row: The earning row, or what else made it.
        earned_on: Local day it was earned.
        available_at: First instant it can be spent; None while it waits for an action.
        expires_at: First instant it has lapsed; None: never.
        qualifying: Whether it counts for tiers.
        action: What it waits for.
    """

    number: int
    granted: int
    remaining: int
    lapsed: int
    component: str
    ref: str
    row: str
    earned_on: date
    available_at: pendulum.DateTime | None
    expires_at: pendulum.DateTime | None
    qualifying: bool
    action: str


@attrs.frozen
class LadderStep:
    """Points that lapse unless they are spent, and the last day they can be."""

    on: date
    points: int


@attrs.frozen(kw_only=True)
class HoldView:
    """
    A hold at an instant.

    Attributes:
        points: Points it was made for.
        until: First instant it has ended by itself.
        status: Where it stands.
        reward: What it is for.
        cash_minor: Money beside, in minor units.
        value_minor: What the points pay for, in the same.
    """

    points: int
    until: pendulum.DateTime
    status: HoldStatus
    reward: str
    cash_minor: int
    value_minor: int


@attrs.frozen(kw_only=True)
class PurchaseView:
    """
    A purchase.

    Attributes:
        granted: Points granted for it.
        clawed: Points its refunds take back.
        refunded: Amounts given back, in its currency, oldest first.
        lost_to_caps: Points caps took.
        on: Local day of the transaction.
    """

    granted: int
    clawed: int
    refunded: tuple[str, ...]
    lost_to_caps: int
    on: date


@attrs.frozen(kw_only=True)
class RedemptionView:
    """
    A redemption.

    Attributes:
        points: Points it took.
        returned: Points given back of it.
        reward: What was had.
        quantity: How many of it.
        cash_minor: Money beside, in minor units.
        cash_returned: Money given back of it.
        value_minor: What the points paid for.
    """

    points: int
    returned: int
    reward: str
    quantity: int
    cash_minor: int
    cash_returned: int
    value_minor: int


@attrs.frozen(kw_only=True)
class ParkedView:
    """A refund that waits for its purchase."""

    ref: str
    original_ref: str
    amount: str | None
    on: date


@attrs.frozen(kw_only=True)
class AccountView:
    """
    A points account at an instant. Points are of the programme's smallest unit.

    What time has made of the account is told for the instant asked, earlier or later; what was
    done is told as it is known now.

    Attributes:
        customer: Whose it is.
        programme: Its programme.
        opened_on: Local day it was opened.
        closed: Whether it is closed.
        balance: Points that can be spent now.
        pending: Points that cannot be spent yet.
        held: Points reserved.
        arrears: Points owed.
        earned: Granted for purchases, after what was rated again.
        lost_to_caps: Not granted because of caps.
        clawed_back: Taken back by refunds, what is owed for them included; less what was waived.
        redeemed: Spent, less what came back.
        restored: Granted anew in place of what had lapsed.
        expired: Lapsed.
        forfeited: Taken away, less what was given back.
        adjusted: Added by hand, less what was taken by hand.
        bought: Sold to the member, less what was given back.
        sent: Given to other members.
        received: Given by other members.
        repaid: Debts repaid from what came in.
        waived: What refunds did not take back, and debts too old to be asked for.
        qualifying: Points that count for tiers.
        authorised: What announced purchases would earn.
        lots: Every lot, in the order they were made.
        ladder: What lapses by which last day, the next first.
        next_expiry: The next of them.
        holds: Holds by ref.
        purchases: Purchases by ref; a further part as `<ref>#<part>`.
        redemptions: Redemptions by ref.
        parked: Refunds that wait for their purchase.
        campaigns: Campaigns joined.
    """

    customer: str
    programme: str
    opened_on: date | None
    closed: bool
    balance: int
    pending: int
    held: int
    arrears: int
    earned: int
    lost_to_caps: int
    clawed_back: int
    redeemed: int
    restored: int
    expired: int
    forfeited: int
    adjusted: int
    bought: int
    sent: int
    received: int
    repaid: int
    waived: int
    qualifying: int
    authorised: int
    lots: tuple[LotView, ...]
    ladder: tuple[LadderStep, ...]
    next_expiry: LadderStep | None
    holds: Mapping[str, HoldView]
    purchases: Mapping[str, PurchaseView]
    redemptions: Mapping[str, RedemptionView]
    parked: tuple[ParkedView, ...]
    campaigns: tuple[str, ...]


def view(state: Account, as_of: datetime, policies: tuple[Policy[Any], ...]) -> AccountView:
    """Return an account as seen at *as_of*: what has lapsed, ended or aged by then counts so."""
    at = micros(as_of)
    account = settled(state, at)
    totals = account.totals
    aged = sum(debt.points for debt in account.debts if debt.until is not None and debt.until <= at)
    ladder = _ladder(account, at)
    return AccountView(
        customer=account.customer,
        programme=account.programme,
        opened_on=account.opened_on,
        closed=account.closed_at is not None and account.closed_at <= at,
        balance=standing.balance(account, at),
        pending=standing.pending(account, at),
        held=standing.held(account, at),
        arrears=standing.arrears(account, at),
        earned=totals.earned,
        lost_to_caps=totals.lost_to_caps,
        clawed_back=totals.clawed_back - aged,
        redeemed=totals.redeemed,
        restored=totals.restored,
        expired=standing.expired(account, at),
        forfeited=totals.forfeited,
        adjusted=totals.adjusted_in - totals.adjusted_out,
        bought=totals.bought,
        sent=totals.sent,
        received=totals.received,
        repaid=totals.repaid,
        waived=totals.waived + aged,
        qualifying=_qualifying(account, at, policies),
        authorised=sum(held.projected for held in account.authorisations.values()),
        lots=tuple(_lot(account, lot, at) for lot in account.lots),
        ladder=ladder,
        next_expiry=ladder[0] if ladder else None,
        holds={ref: _hold(account, hold) for ref, hold in account.holds.items()},
        purchases={key: _purchase(held) for key, held in account.purchases.items()},
        redemptions={
            ref: RedemptionView(
                points=held.points,
                returned=held.returned,
                reward=held.reward,
                quantity=held.quantity,
                cash_minor=held.cash_minor,
                cash_returned=held.cash_returned,
                value_minor=held.value_minor,
            )
            for ref, held in account.redemptions.items()
        },
        parked=tuple(
            ParkedView(ref=held.ref, original_ref=held.original_ref, amount=held.amount, on=held.on)
            for held in account.parked
        ),
        campaigns=account.campaigns,
    )


def _qualifying(account: Account, at: int, policies: tuple[Policy[Any], ...]) -> int:
    for policy in policies:
        if (
            policy.id == account.programme
            and policy.versions[-1].parameters.written.pending_qualifies
        ):
            return account.totals.qualifying
    waiting = sum(
        lot.left
        for lot in standing.open_lots(account)
        if lot.qualifying and (lot.available_at is None or lot.available_at > at)
    )
    return max(account.totals.qualifying - waiting, 0)


def _lot(account: Account, lot: Lot, at: int) -> LotView:
    gone = standing.lapsed(account, lot, at)
    end = standing.lapses_at(account, lot)
    return LotView(
        number=lot.number,
        granted=lot.granted,
        remaining=0 if gone else lot.left,
        lapsed=lot.left if gone else 0,
        component=lot.component,
        ref=lot.ref,
        row=lot.row,
        earned_on=lot.earned_on,
        available_at=_moment(lot.available_at, account.zone),
        expires_at=_moment(end, account.zone),
        qualifying=lot.qualifying,
        action=lot.action,
    )


def _moment(at: int | None, zone: str) -> pendulum.DateTime | None:
    return None if at is None else moment(at, zone)


def _hold(account: Account, hold: Hold) -> HoldView:
    return HoldView(
        points=hold.points,
        until=moment(hold.until, account.zone),
        status=hold.status,
        reward=hold.reward,
        cash_minor=hold.cash_minor,
        value_minor=hold.value_minor,
    )


def _purchase(purchase: Purchase) -> PurchaseView:
    return PurchaseView(
        granted=purchase.granted,
        clawed=purchase.clawed,
        refunded=tuple(held.amount for held in purchase.refunds),
        lost_to_caps=purchase.lost,
        on=purchase.on,
    )


def _ladder(account: Account, at: int) -> tuple[LadderStep, ...]:
    found: dict[date, int] = {}
    for lot in standing.open_lots(account):
        end = standing.lapses_at(account, lot)
        if end is not None and end > at:
            on = day_of(account.zone, end) - timedelta(days=1)
            found[on] = found.get(on, 0) + lot.left
    return tuple(LadderStep(on, found[on]) for on in sorted(found))


def due(state: Account) -> Mapping[str, datetime]:
    """Return what must be written down, and when: the next lapse, holds that end, debts that age."""
    found: dict[str, int] = {}
    lapse = _next_lapse(state)
    if lapse is not None:
        found["lapse"] = lapse
    for hold in state.holds.values():
        if hold.status is HoldStatus.OPEN:
            found[f"hold:{hold.ref}"] = hold.until
    ages = [debt.until for debt in state.debts if debt.until is not None and not debt.waived]
    if ages:
        found["debt"] = min(ages)
    return {key: EPOCH + at * MICROSECOND for key, at in found.items()}


def _next_lapse(account: Account) -> int | None:
    first: int | None = None
    for lot in standing.open_lots(account):
        end = standing.lapses_at(account, lot)
        if end is None or lot.left == account.written.get(str(lot.number), 0):
            continue
        if not account.active:
            # They stand in the order of their lapses.
            return end
        first = end if first is None else min(first, end)
    return first
