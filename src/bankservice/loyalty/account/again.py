"""
Deciding an entry of a points account again, under the programme version it names.

What a command stated is taken from the entry: the facts of a transaction, what a refund was of, what
was redeemed. What the programme made of it is decided anew: points, lots with their dates, what caps
took, prices, and which lots are drawn on. The rest of an account (who joined, what a hold came to,
what lapsed, what was given back) is stated or follows from the lots.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.hindsight import Hindsight
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Refused
from bankservice.core.scalars import Amount
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, Purchase
from bankservice.loyalty.account.commands import Adjust, Buy, Redeem, Reserve
from bankservice.loyalty.account.entries import (
    Adjusted,
    Authorised,
    Bought,
    Posted,
    Redeemed,
    RefundedPoints,
    Rerated,
    Reserved,
    Sent,
)
from bankservice.loyalty.account.moving import adjust, buy
from bankservice.loyalty.account.posted_many import PostedMany
from bankservice.loyalty.account.posting import posted
from bankservice.loyalty.account.pricing import price_of
from bankservice.loyalty.account.refunds import RefundAsked, applied
from bankservice.loyalty.account.rerating import facts_now, rerate
from bankservice.loyalty.account.spending import Spending, write_redeemed, write_reserved
from bankservice.loyalty.account.using import in_turn, place_of
from bankservice.loyalty.account.work import Work
from bankservice.loyalty.accrual import accrual_of
from bankservice.loyalty.model import Draw
from bankservice.loyalty.programme.dates import day_of
from bankservice.loyalty.programme.programme import Programme

__all__ = ["again"]

_DECIDED: Final = (
    Authorised,
    Posted,
    PostedMany,
    RefundedPoints,
    Rerated,
    Reserved,
    Redeemed,
    Sent,
    Adjusted,
    Bought,
)

Pair = tuple[Any, Any]


def again(account: Account, event: Any, seen: Hindsight) -> Pair | None:
    """
    Return an entry, and what it would say if it were decided now.

    None where a programme decided nothing of it: what was stated, what time alone tells, and the
    end of a hold. Of a redemption by several accounts, only the lots drawn on are decided again,
    for the price hangs on what the others had.

    Args:
        account: As it was before.
        event: What the entry holds.
        seen: Gives a policy version as it was when it was used.
    """
    if not isinstance(event, _DECIDED) or event.version is None:
        return None
    version = seen(event.version["policy"], event.version["digest"])
    match event:
        case Authorised():
            return _announced(event, version)
        case PostedMany():
            told = tuple(event.postings())
            return told, tuple(_each(account, told, version))
        case Posted():
            return event, next(_each(account, (event,), version), None)
        case RefundedPoints() | Rerated():
            return _of_purchase(account, event, version)
        case Sent():
            work = _work(account, event.at, event.on, version)
            return event, _drawing(event, work.draw(event.points))
        case Adjusted() | Bought():
            return _granted(account, event, version)
        case _:
            return _spent(account, event, version)


def _work(account: Account, at: int, on: date, version: Version[Programme]) -> Work:
    """Return a decision under one version."""
    policy = Policy(version.ref.policy, version.kind, version.title, (version,))
    return Work(subject="", account=account, at=at, on=on, now=at, policy=policy, version=version)


def _announced(event: Authorised, version: Version[Programme]) -> Pair:
    if event.facts is None:
        return event, None
    projected = accrual_of(event.facts, version.parameters).points
    return event, attrs.evolve(event, projected=projected)


def _each(
    account: Account, told: tuple[Posted, ...], version: Version[Programme]
) -> Iterator[Posted]:
    """Yield transactions as they are posted now, one after the other; up to one without facts."""
    for event in told:
        if event.facts is None:
            return
        work = _work(account, event.at, day_of(account.zone, event.at), version)
        accrual = accrual_of(event.facts, version.parameters)
        work.write(posted(work, event.ref, event.part, event.facts, accrual))
        account = work.account
        # Of transactions posted together the calendars stand once.
        yield attrs.evolve(work.events[-1], older=event.older)


def _of_purchase(
    account: Account, event: RefundedPoints | Rerated, version: Version[Programme]
) -> Pair:
    """Return what a purchase comes to after a refund, or after one that came late."""
    purchase: Purchase = account.purchases[event.purchase]
    if purchase.facts is None:
        return event, None
    work = _work(account, event.at, event.on, version)
    if isinstance(event, Rerated):
        sums = in_turn(account.purchases.values(), place_of(purchase))
        rerate(work, purchase, facts_now(work, purchase.facts, version.parameters, sums), version)
        return event, work.events[-1]
    asked = RefundAsked(
        ref=event.ref,
        at=event.at,
        on=event.on,
        amount=event.amount or None,
        currency="",
        items=event.items,
    )
    refused = applied(work, purchase, asked, event.asked)
    return event, refused or work.events[-1]


def _granted(account: Account, event: Adjusted | Bought, version: Version[Programme]) -> Pair:
    """Return what comes in by hand or is sold, with its dates and price; or what is taken."""
    work, asked = _work(account, event.at, event.on, version), event.asked
    if isinstance(event, Bought):
        bought = Buy(
            ref=event.ref,
            points=event.points,
            amount=Amount(asked["amount"]),
            currency=asked.get("currency", ""),
        )
        return event, buy(work, bought) or work.events[-1]
    # Who approved is no part of what it comes to: it was given, so it was approved.
    work.approved_by = "approver"
    ends = asked.get("expires_on")
    body = Adjust(
        ref=event.ref,
        points=event.points,
        reason=event.reason,
        component=asked.get("component", "manual"),
        qualifying=asked.get("qualifying") == "true",
        expires_on=None if ends is None else date.fromisoformat(ends),
    )
    return event, adjust(work, body) or work.events[-1]


def _drawing(event: Sent | Redeemed, draws: tuple[Draw, ...] | Refused) -> Any:
    """Return an entry with the lots it draws on."""
    return draws if isinstance(draws, Refused) else attrs.evolve(event, draws=draws)


def _spent(
    account: Account, event: Reserved | Redeemed, version: Version[Programme]
) -> Pair | None:
    """Return what a redemption takes: its price, and the lots drawn on."""
    asked = event.asked
    if not asked:
        # Confirmed in time and told late: of a hold, which was decided before.
        return None
    work = _work(account, event.at, event.on, version)
    if isinstance(event, Redeemed) and (event.household or event.members):
        return event, _drawing(event, work.draw(event.points) if event.points else ())
    points, kind = asked.get("points"), Reserve if isinstance(event, Reserved) else Redeem
    body = kind(
        ref=event.ref,
        points=None if points is None else int(points),
        reward=asked.get("reward", ""),
        quantity=int(asked.get("quantity", "1")),
        amount=asked.get("amount"),
        currency=asked.get("currency", ""),
    )
    row = version.parameters.rewards.get(body.reward)
    available = standing.spendable(account, work.at) if body.reward else 0
    price = price_of(body, row, version.parameters, available)
    draws = price if isinstance(price, Refused) else work.draw(price.points)
    if isinstance(price, Refused) or isinstance(draws, Refused):
        return event, draws
    found = Spending(price, row)
    if isinstance(body, Reserve):
        write_reserved(work, body, found, draws, asked)
    else:
        write_redeemed(work, body, found, draws, asked)
    return event, work.events[-1]
