"""
Giving a purchase back: refunds are cumulative, and one that comes before its purchase waits.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import digits_of, parse_minor, plain
from bankservice.core.policy import Version
from bankservice.core.record import Refused
from bankservice.loyalty.account.account import (
    Account,
    Counted,
    Parked,
    Purchase,
    Refunded,
    key_of,
)
from bankservice.loyalty.account.commands import Refund
from bankservice.loyalty.account.entries import RefundedPoints, RefundParked
from bankservice.loyalty.account.evaluation import Left, Rated, evaluate, left_after
from bankservice.loyalty.account.movement import Ref
from bankservice.loyalty.account.recovery import change_of
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.rerating import rerate_after
from bankservice.loyalty.account.settling import freed
from bankservice.loyalty.account.using import ordered_caps
from bankservice.loyalty.account.work import Work, repeated
from bankservice.loyalty.model import AccrualFacts
from bankservice.loyalty.programme.programme import Programme

__all__ = ["RefundAsked", "applied", "match_parked", "refund"]


@attrs.frozen(kw_only=True)
class RefundAsked:
    """
    A refund as it is applied.

    Attributes:
        ref: The caller's reference.
        at: At which instant.
        on: Of which day.
        amount: Of how much; None for all that is left of the purchase, or of its lines.
        currency: In which currency; empty for that of the purchase.
        items: Of which lines.
    """

    ref: str
    at: int
    on: date
    amount: str | None
    currency: str
    items: tuple[str, ...]


def refund(work: Work, body: Refund) -> Refused | None:
    """Give a purchase back, or a part of it."""
    asked = _asked(body)
    again = _again(work.account, body, asked)
    if again is not False:
        return again if isinstance(again, Refused) else None
    on = body.on or work.on
    purchase: Purchase | None = work.account.purchases.get(key_of(body.original_ref, body.part))
    if purchase is None:
        return _park(work, body, on)
    part = RefundAsked(
        ref=body.ref,
        at=work.at,
        on=on,
        amount=body.amount,
        currency=body.currency,
        items=body.items,
    )
    found = applied(work, purchase, part, asked)
    if isinstance(found, Refused):
        return found
    return _after(work, purchase)


def _asked(body: Refund | Parked) -> Ref:
    whole = {"whole": "true"} if body.amount is None and not body.items else {}
    return FrozenMapping(
        {"act": "refund", "original_ref": body.original_ref, "part": str(body.part), **whole}
    )


def _again(account: Account, body: Refund, asked: Ref) -> bool | Refused:
    """Tell whether this very refund was taken before, applied or parked."""
    for parked in account.parked:
        if parked.ref == body.ref:
            known = FrozenMapping({f"refund:{body.ref}": _asked(parked)})
            found = repeated(attrs.evolve(account, refs=known), body.ref, asked)
            return found if found is not True else _same(body, parked.amount, parked.items)
    found = repeated(account, body.ref, asked)
    if found is not True:
        return found
    purchase: Purchase = account.purchases[key_of(body.original_ref, body.part)]
    held = next(refund for refund in purchase.refunds if refund.ref == body.ref)
    return _same(body, held.amount, held.items)


def _same(body: Refund, amount: str | None, items: tuple[str, ...]) -> bool | Refused:
    differ = []
    # Once the customer is erased, what was given back cannot be told any more.
    if body.amount is not None and amount and Decimal(body.amount) != Decimal(amount):
        differ.append("amount")
    if items and sorted(items) != sorted(body.items):
        differ.append("items")
    if differ:
        return refused(AccountRefusal.REF_CONFLICT, ref=body.ref, differs=", ".join(differ))
    return True


def _park(work: Work, body: Refund, on: date) -> Refused | None:
    if work.programme.written.refunds.unknown_original == "refuse":
        return refused(AccountRefusal.UNKNOWN_ORIGINAL, original_ref=body.original_ref)
    work.open()
    currency = body.currency or work.programme.currency
    if body.amount is not None:
        parse_minor(body.amount, digits_of(currency))
    work.settle()
    work.write(
        RefundParked(
            customer=work.account.customer,
            ref=body.ref,
            original_ref=body.original_ref,
            part=body.part,
            at=work.at,
            on=on,
            amount=body.amount,
            currency=currency,
            items=body.items,
        )
    )
    return None


def match_parked(work: Work, purchase: Purchase) -> Refused | None:
    """
    Apply the refunds that waited for a purchase, in the order of their own instants.

    One that does not fit (of more than there was, or of an earlier day) goes on waiting, where
    people see it.
    """
    waiting = [
        parked
        for parked in work.account.parked
        if key_of(parked.original_ref, parked.part) == purchase.key
    ]
    for parked in sorted(waiting, key=lambda held: (held.at, held.ref)):
        if not parked.currency:
            # The customer was erased: how much it was of cannot be told.
            continue
        part = RefundAsked(
            ref=parked.ref,
            at=max(parked.at, purchase.at),
            on=parked.on,
            amount=parked.amount,
            currency=parked.currency,
            items=parked.items,
        )
        current: Purchase = work.account.purchases[purchase.key]
        found = applied(work, current, part, _asked(parked))
        if isinstance(found, Refused):
            continue
        no = _after(work, current)
        if no is not None:
            return no
    return None


def _after(work: Work, purchase: Purchase) -> Refused | None:
    held = work.held(purchase.version)
    if held is None or not ordered_caps(held.parameters):
        return None
    return rerate_after(work, work.account.purchases[purchase.key])


def applied(work: Work, purchase: Purchase, part: RefundAsked, asked: Ref) -> Refused | None:
    """Write a refund of a purchase that is there, or say why not."""
    found = _resolved(work, purchase, part)
    if isinstance(found, Refused):
        return found
    version, facts, refunded = found
    work.settle()
    programme = version.parameters
    refunds = (*purchase.refunds, refunded)
    rated = evaluate(purchase, facts, programme, refunds, work.account.opened_on)
    change = change_of(work, purchase, rated, programme, part.at, part.on, part.ref)
    work.used[version] = None
    counts = _freed(work, purchase, facts, programme, part, rated)
    work.write(
        RefundedPoints(
            at=part.at,
            on=part.on,
            ref=part.ref,
            version=purchase.version,
            older=work.rests_on(facts, programme),
            grants=change.grants,
            draws=change.draws,
            repaid=change.repaid,
            debts=change.debts,
            counts=counts,
            customer=work.account.customer,
            asked=asked,
            purchase=purchase.key,
            clawed=change.points,
            pending=change.pending,
            unspent=change.unspent,
            lapsed=change.lapsed,
            other=change.other,
            owed=change.owed,
            waived=change.waived,
            cash_minor=change.cash_minor,
            cash_points=change.cash_points,
            kept=change.kept,
            qualifying=rated.qualifying,
            uses=rated.uses,
            amount=refunded.amount,
            items=part.items,
        )
    )
    return None


def _resolved(
    work: Work, purchase: Purchase, part: RefundAsked
) -> tuple[Version[Programme], AccrualFacts, Refunded] | Refused:
    """Return the version that rated the purchase, its facts, and the refund with its amount."""
    facts = purchase.facts
    if facts is None:
        return refused(AccountRefusal.FACTS_ERASED, purchase=purchase.key)
    version = work.held(purchase.version)
    if version is None:
        digest = purchase.version["digest"]
        return refused(AccountRefusal.VERSION_NOT_HELD, purchase=purchase.key, version=digest)
    if part.on < purchase.on:
        return refused(AccountRefusal.BEFORE_PURCHASE, on=part.on, purchase_on=purchase.on)
    if part.currency and part.currency != facts.currency:
        return refused(
            AccountRefusal.OTHER_CURRENCY, currency=part.currency, original=facts.currency
        )
    left = left_after(facts, purchase.refunds)
    amount = _amount(facts, left, part)
    if isinstance(amount, Refused):
        return amount
    return version, facts, Refunded(part.ref, part.at, part.on, amount, 0, part.items)


def _amount(facts: AccrualFacts, left: Left, part: RefundAsked) -> str | Refused:
    """Return how much is given back, in full; empty where the purchase has no amount."""
    digits = digits_of(facts.currency)
    wanted = None if part.amount is None else parse_minor(part.amount, digits)
    if left.minor is None:
        if wanted is not None or part.items:
            return refused(AccountRefusal.WHOLE_ONLY, refund=part.ref)
        return "" if left.all else _over(part, "0")
    unknown = [ref for ref in part.items if all(ref != item.ref for item in facts.items)]
    if unknown:
        return refused(AccountRefusal.UNKNOWN_ITEM, item=unknown[0])
    gone = [ref for ref in part.items if ref not in left.lines]
    if gone:
        return refused(AccountRefusal.OVER_ORIGINAL, item=gone[0], left="0")
    there = sum(left.lines[ref] for ref in part.items) if part.items else left.minor
    if wanted is None:
        return plain(there, digits) if there or left.all else _over(part, "0")
    if wanted > there:
        return _over(part, plain(there, digits))
    lines = part.items or tuple(left.lines)
    if facts.items and wanted < there and len(lines) > 1:
        return refused(AccountRefusal.UNKNOWN_ITEM, item="", lines=", ".join(lines))
    return plain(wanted, digits)


def _over(part: RefundAsked, left: str) -> Refused:
    return refused(AccountRefusal.OVER_ORIGINAL, amount=part.amount or "", left=left)


def _freed(
    work: Work,
    purchase: Purchase,
    facts: AccrualFacts,
    programme: Programme,
    part: RefundAsked,
    rated: Rated,
) -> tuple[Counted, ...]:
    """Return the sums of caps after a refund: it frees headroom where it was used, or in its own."""
    account = work.account
    after = {use.key: use.used for use in rated.uses}
    less = [attrs.evolve(use, used=use.used - after.get(use.key, 0)) for use in purchase.counts]
    if rated.spare:
        before = evaluate(purchase, facts, programme, purchase.refunds, account.opened_on)
        known = {use.cap: use.used for use in before.spare}
        for use in rated.spare:
            periods = programme.periods_of(use.cap, part.on, part.on, account.opened_on, facts.card)
            more = use.used - known.get(use.cap, 0)
            less.append(attrs.evolve(use, period=periods[0], used=more))
    return freed(account, (use for use in less if use.used))
