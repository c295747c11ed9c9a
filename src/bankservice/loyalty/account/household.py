"""
Redeeming together: one redemption of several accounts, each with its own share.

Shares sum exactly and none is more than its account has. Nothing else is shared: tiers, lots and
what is owed stay with each.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Refused
from bankservice.loyalty.account import standing
from bankservice.loyalty.account.commands import Redeem
from bankservice.loyalty.account.evaluation import parts_of
from bankservice.loyalty.account.limits import free_to_spend, within_limits
from bankservice.loyalty.account.pricing import Price
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.spending import (
    Spending,
    spend_asked,
    spending_of,
    write_redeemed,
)
from bankservice.loyalty.account.work import Work, repeated
from bankservice.loyalty.model import Draw

__all__ = ["redeem_together"]


def redeem_together(work: Work, body: Redeem, members: Mapping[str, Work]) -> Refused | None:
    """Spend points of several accounts at once."""
    asked = spend_asked("redeem", body)
    again = repeated(work.account, body.ref, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    of_member = FrozenMapping({"act": "spend", "do": "household", "head": work.subject})
    works = {work.subject: work, **members}
    for subject, held in members.items():
        no = _fit(held, subject, body, of_member)
        if no is not None:
            return no
    for held in works.values():
        held.settle()
    balances = {
        subject: standing.spendable(held.account, held.at) for subject, held in works.items()
    }
    found = spending_of(work, body, sum(balances.values()))
    if isinstance(found, Refused):
        return found
    points = found.price.points
    if points > sum(balances.values()):
        return refused(AccountRefusal.NOT_ENOUGH, points=points, available=sum(balances.values()))
    return _spend(
        works, work, body, found, _shares(works, work, balances, points), asked, of_member
    )


def _fit(work: Work, subject: str, body: Redeem, asked: FrozenMapping[str, str]) -> Refused | None:
    if not work.account.opened:
        return refused(AccountRefusal.NOT_ENROLLED, account=subject)
    if work.account.closed_at is not None:
        return refused(AccountRefusal.CLOSED, account=subject)
    again = repeated(work.account, body.ref, asked)
    if isinstance(again, Refused):
        return again
    no = free_to_spend(work)
    if no is None:
        return None
    return attrs.evolve(no, facts=FrozenMapping({**no.facts, "account": subject}))


def _shares(
    works: Mapping[str, Work], head: Work, balances: Mapping[str, int], points: int
) -> dict[str, int]:
    """Return what each account pays."""
    ids = sorted(works)
    split = head.programme.written.household.split
    if split == "proportional":
        return dict(zip(ids, parts_of(points, [balances[who] for who in ids]), strict=True))
    shares = dict.fromkeys(ids, 0)
    if split == "head-first":
        order = [head.subject, *(who for who in ids if who != head.subject)]
        for who in order:
            shares[who] = min(points, balances[who])
            points -= shares[who]
        return shares
    lots = [
        (head.programme.draw_key(lot)[:-1], who, place, left)
        for who in ids
        for place, (lot, left) in enumerate(works[who].drawable())
    ]
    for _, who, _, left in sorted(lots):
        part = min(points, left)
        shares[who] += part
        points -= part
    return shares


def _spend(
    works: Mapping[str, Work],
    head: Work,
    body: Redeem,
    found: Spending,
    shares: Mapping[str, int],
    asked: FrozenMapping[str, str],
    of_member: FrozenMapping[str, str],
) -> Refused | None:
    draws: dict[str, tuple[Draw, ...]] = {}
    for who, held in works.items():
        if held is not head and shares[who]:
            no = within_limits(held, attrs.evolve(body, reward=""), None, shares[who])
            if no is not None:
                return attrs.evolve(no, facts=FrozenMapping({**no.facts, "account": who}))
        drawn = held.draw(shares[who]) if shares[who] else ()
        if isinstance(drawn, Refused):
            return drawn
        draws[who] = drawn
    paying = tuple(who for who in sorted(works) if who != head.subject and shares[who])
    for who in paying:
        own = Spending(Price(shares[who]), None)
        write_redeemed(works[who], body, own, draws[who], of_member, household=head.subject)
    write_redeemed(head, body, found, draws[head.subject], asked, members=paying)
    return None
