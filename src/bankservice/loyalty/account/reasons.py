"""
Why an entry of a points account says what it says.

Where a programme decided, it decides again from what is stored, with a trace; everything else
tells its numbers: which lots, how many points, until when.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from bankservice.core.decision import Check, Explanation, Reason, Says, Trace
from bankservice.core.money import Money
from bankservice.core.policy import Version
from bankservice.loyalty.account import entries as kinds
from bankservice.loyalty.account.account import Account, Purchase, Refunded
from bankservice.loyalty.account.evaluation import left_after, left_facts
from bankservice.loyalty.account.instants import moment
from bankservice.loyalty.account.posted_many import PostedMany
from bankservice.loyalty.account.telling import PACKAGE, Words, told_moves
from bankservice.loyalty.accrual import accrual_of

__all__ = ["explain"]

OPENED: Final = Says("ENTRY_OPENED", ("on",))
JOINED: Final = Says("ENTRY_JOINED", ("campaign",))
ANNOUNCED: Final = Says("ENTRY_ANNOUNCED", ("ref", "points"))
VOIDED: Final = Says("ENTRY_VOIDED", ("ref",))
POSTED: Final = Says("ENTRY_POSTED", ("ref", "points"))
POSTED_CAPPED: Final = Says("ENTRY_POSTED_CAPPED", ("ref", "points", "lost"))
POSTED_NOTHING: Final = Says("ENTRY_POSTED_NOTHING", ("ref",))
POSTED_MANY: Final = Says("ENTRY_POSTED_MANY", ("count", "points"))
REFUNDED: Final = Says("ENTRY_REFUNDED", ("ref", "purchase", "points"))
REFUNDED_MORE: Final = Says("ENTRY_REFUNDED_MORE", ("ref", "purchase", "points"))
PARKED: Final = Says("ENTRY_PARKED", ("ref", "purchase"))
RERATED: Final = Says("ENTRY_RERATED", ("purchase", "points"))
RERATED_LESS: Final = Says("ENTRY_RERATED_LESS", ("purchase", "points"))
RESERVED: Final = Says("ENTRY_RESERVED", ("ref", "points", "until"))
CONFIRMED: Final = Says("ENTRY_CONFIRMED", ("ref", "points", "back"))
RELEASED: Final = Says("ENTRY_RELEASED", ("ref", "points"))
TIMED_OUT: Final = Says("ENTRY_TIMED_OUT", ("ref", "points", "at"))
REDEEMED: Final = Says("ENTRY_REDEEMED", ("ref", "points"))
REDEEMED_FOR: Final = Says("ENTRY_REDEEMED_FOR", ("ref", "points", "quantity", "reward"))
CANCELLED: Final = Says("ENTRY_CANCELLED", ("redemption", "points"))
ADDED: Final = Says("ENTRY_ADDED", ("points", "reason"))
TAKEN: Final = Says("ENTRY_TAKEN", ("points", "reason"))
SENT: Final = Says("ENTRY_SENT", ("points", "to"))
RECEIVED: Final = Says("ENTRY_RECEIVED", ("points", "sender"))
BOUGHT: Final = Says("ENTRY_BOUGHT", ("points", "amount"))
BUY_CANCELLED: Final = Says("ENTRY_BUY_CANCELLED", ("points",))
FORFEITED: Final = Says("ENTRY_FORFEITED", ("points", "reason"))
EXTENDED: Final = Says("ENTRY_EXTENDED", ("count", "reason"))
REINSTATED: Final = Says("ENTRY_REINSTATED", ("points", "reason"))
MET: Final = Says("ENTRY_MET", ("action", "count"))
LAPSED: Final = Says("ENTRY_LAPSED", ("points", "count"))
WAIVED: Final = Says("ENTRY_WAIVED", ("points",))
CREDENTIALS: Final = Says("ENTRY_CREDENTIALS", ("at",))
CLOSED: Final = Says("ENTRY_CLOSED", ("on", "reason"))

LEFT: Final = Says("entry-left", ("purchase", "amount"))
LEFT_NOTHING: Final = Says("entry-left-nothing", ("purchase",))
OF_MANY: Final = Says("entry-of-many", ("ref", "points"))
_NOBODY_SAID: Final = "–"
_MOST_TOLD: Final = 20


def explain(
    account: Account, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    """
    Return why an entry was decided; None where its facts were erased.

    Args:
        account: As it was before.
        event: What the entry holds.
        find: Gives a policy version as it was when it was used.
    """
    ref = getattr(event, "version", None)
    version = None if ref is None else find(ref["policy"], ref["digest"])
    words = Words(account, event, version)
    trace = Trace()
    match event:
        case kinds.Posted() | kinds.Authorised():
            if event.facts is None or version is None:
                return None
            accrual_of(event.facts, version.parameters, trace)
        case kinds.RefundedPoints():
            _refund(account, event, version, trace)
        case kinds.Rerated():
            _rerate(account, event, version, trace)
        case PostedMany():
            if not event.facts:
                return None
            for posting in list(event.postings())[:_MOST_TOLD]:
                told = OF_MANY(ref=posting.ref, points=words.points(posting.granted))
                trace.check(told, bool(posting.granted))
    checks: list[Check] = [*trace.checks, *told_moves(words)]
    sources = () if version is None else ((version.ref, version.source),)
    return Explanation(_headline(words), tuple(checks), sources, PACKAGE)


def _refund(
    account: Account, event: kinds.RefundedPoints, version: Version[Any] | None, trace: Trace
) -> None:
    """Rate again what is left of a purchase, as far as its facts are there."""
    purchase: Purchase | None = account.purchases.get(event.purchase)
    if purchase is None or purchase.facts is None or version is None:
        return
    held = Refunded(event.ref, event.at, event.on, event.amount, event.clawed, event.items)
    refunds = (*purchase.refunds, held)
    left = left_after(purchase.facts, refunds)
    if left.none:
        trace.check(LEFT_NOTHING(purchase=event.purchase), True)
        return
    if left.minor is not None:
        money = Money(left.minor, purchase.facts.currency)
        trace.check(LEFT(purchase=event.purchase, amount=money), True)
    if version.parameters.written.refunds.mode == "re-evaluate":
        accrual_of(left_facts(purchase.facts, left), version.parameters, trace)


def _rerate(
    account: Account, event: kinds.Rerated, version: Version[Any] | None, trace: Trace
) -> None:
    purchase: Purchase | None = account.purchases.get(event.purchase)
    if purchase is None or purchase.facts is None or version is None:
        return
    facts = attrs.evolve(purchase.facts, used=event.used)
    left = left_after(facts, purchase.refunds)
    if not left.none:
        accrual_of(left_facts(facts, left), version.parameters, trace)


def _headline(words: Words) -> Reason:
    for told in (_about_purchases(words), _about_spending(words), _about_others(words)):
        if told is not None:
            return told
    raise TypeError(f"{type(words.event).__name__} is no event of a points account")


def _about_purchases(words: Words) -> Reason | None:
    event, points = words.event, words.points
    match event:
        case kinds.Enrolled(campaign=""):
            return OPENED(on=event.on)
        case kinds.Enrolled():
            return JOINED(campaign=event.campaign)
        case kinds.Authorised():
            return ANNOUNCED(ref=event.ref, points=points(event.projected))
        case kinds.Voided():
            return VOIDED(ref=event.ref)
        case kinds.Posted() if event.lost:
            told, lost = points(event.granted), points(event.lost)
            return POSTED_CAPPED(ref=event.ref, points=told, lost=lost)
        case kinds.Posted() if event.granted:
            return POSTED(ref=event.ref, points=points(event.granted))
        case kinds.Posted():
            return POSTED_NOTHING(ref=event.ref)
        case PostedMany():
            whole = sum(posting.granted for posting in event.postings())
            return POSTED_MANY(count=len(event.rows), points=points(whole))
        case kinds.RefundedPoints():
            says = REFUNDED if event.clawed >= 0 else REFUNDED_MORE
            told = points(abs(event.clawed))
            return says(ref=event.ref, purchase=event.purchase, points=told)
        case kinds.RefundParked():
            return PARKED(ref=event.ref, purchase=event.original_ref)
        case kinds.Rerated():
            says = RERATED if event.change >= 0 else RERATED_LESS
            return says(purchase=event.purchase, points=points(abs(event.change)))
    return None


def _about_spending(words: Words) -> Reason | None:
    event, points = words.event, words.points
    match event:
        case kinds.Reserved(hold=hold):
            until = moment(hold.until, words.zone)
            return RESERVED(ref=event.ref, points=points(hold.points), until=until)
        case kinds.Confirmed():
            back = points(sum(draw.points for draw in event.returns))
            return CONFIRMED(ref=event.ref, points=points(event.points), back=back)
        case kinds.Released():
            back = points(sum(draw.points for draw in event.returns))
            if event.timed_out:
                return TIMED_OUT(ref=event.ref, points=back, at=moment(event.at, words.zone))
            return RELEASED(ref=event.ref, points=back)
        case kinds.Redeemed() if event.reward:
            return REDEEMED_FOR(
                ref=event.ref,
                points=points(event.points),
                quantity=event.quantity,
                reward=words.reward(event.reward),
            )
        case kinds.Redeemed():
            return REDEEMED(ref=event.ref, points=points(event.points))
        case kinds.RedemptionCancelled():
            return CANCELLED(redemption=event.redemption, points=points(event.points))
        case kinds.Sent():
            return SENT(points=points(event.points), to=event.to)
        case kinds.Received():
            return RECEIVED(points=points(event.points), sender=event.sender)
        case kinds.Bought():
            return BOUGHT(points=points(event.points), amount=words.money(event.paid_minor))
        case kinds.BuyCancelled():
            return BUY_CANCELLED(points=points(event.points))
    return None


def _about_others(words: Words) -> Reason | None:
    event, points = words.event, words.points
    reason = getattr(event, "reason", "") or _NOBODY_SAID
    match event:
        case kinds.Adjusted():
            says = ADDED if event.points > 0 else TAKEN
            return says(points=points(abs(event.points)), reason=reason)
        case kinds.Forfeited():
            return FORFEITED(points=points(event.points), reason=reason)
        case kinds.Extended():
            return EXTENDED(count=len(event.dates), reason=reason)
        case kinds.Reinstated():
            return REINSTATED(points=points(event.points), reason=reason)
        case kinds.Met():
            return MET(action=event.action, count=len(event.dates))
        case kinds.Expired():
            lapsed = sum(lapse.points for lapse in event.lapses)
            return LAPSED(points=points(lapsed), count=len(event.lapses))
        case kinds.Waived():
            return WAIVED(points=points(event.points))
        case kinds.CredentialsChanged():
            return CREDENTIALS(at=moment(event.at, words.zone))
        case kinds.Closed():
            return CLOSED(on=event.on, reason=reason)
    return None
