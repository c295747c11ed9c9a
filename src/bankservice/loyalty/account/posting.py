"""
Opening an account, announcing purchases and posting them.

A ref and its part earn once, whatever the command's id. What comes in repays what is owed first.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command, Refused
from bankservice.loyalty.account.account import Account, Counted, Purchase, key_of
from bankservice.loyalty.account.commands import Authorise, Enrol, Post, Void
from bankservice.loyalty.account.entries import Authorised, Enrolled, Posted, Voided
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.account.lots import dated, grouped
from bankservice.loyalty.account.refunds import match_parked
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.rerating import rerate_after
from bankservice.loyalty.account.settling import repay
from bankservice.loyalty.account.using import ordered_caps, used_before, uses_of
from bankservice.loyalty.account.work import Work
from bankservice.loyalty.accrual import accrual_of
from bankservice.loyalty.model import Accrual, AccrualFacts, Lot, Use
from bankservice.loyalty.programme.dates import day_of
from bankservice.loyalty.programme.programme import Programme

__all__ = ["authorise", "enrol", "post", "posted", "uses_wanted", "void", "why_of"]

_IDENTITY: Final = (
    "amount",
    "currency",
    "kind",
    "mcc",
    "merchant",
    "card",
    "tax",
    "paid_with_points",
    "count",
    "balance_minor_days",
    "items",
)
"""What tells one purchase from another; who the member was and by which door it came does not."""

_MONEY: Final = ("amount", "tax", "paid_with_points")
_FACTS: Final = tuple(field.name for field in attrs.fields(AccrualFacts))


def enrol(work: Work, body: Enrol) -> Refused | None:
    """Open the account, or join a campaign."""
    account = work.account
    if body.customer and account.opened and body.customer != account.customer:
        return refused(AccountRefusal.OTHER_CUSTOMER, customer=body.customer)
    known = {row.code for row in work.programme.written.earn if row.enrolment}
    if body.campaign and body.campaign not in known:
        near = ", ".join(sorted(known))
        return refused(AccountRefusal.UNKNOWN_CAMPAIGN, campaign=body.campaign, known=near)
    if not account.opened:
        work.enrol(body.customer, body.on or work.on)
    if body.campaign and body.campaign not in account.campaigns:
        work.write(
            Enrolled(
                customer=work.account.customer,
                programme=work.account.programme,
                zone=work.account.zone,
                at=work.at,
                on=body.on or work.on,
                campaign=body.campaign,
                scale=work.account.scale,
                version=work.ref,
            )
        )
    return None


def rated_facts(work: Work, body: Authorise | Post) -> AccrualFacts:
    """Return the facts of a transaction as they are rated and kept."""
    account, programme = work.account, work.programme
    stated = {name: getattr(body, name) for name in _FACTS}
    on = body.on or work.on
    stated["on"], stated["posted_on"] = on, body.posted_on or work.on
    stated["currency"] = body.currency or programme.currency
    stated["campaigns"] = tuple(dict.fromkeys((*account.campaigns, *body.campaigns)))
    part = body.part if isinstance(body, Post) else 1
    facts = AccrualFacts(**stated)
    used = used_before(account, programme, facts, (on, body.ref, part))
    return attrs.evolve(facts, used=used)


def uses_wanted(
    command: Command,
    account: Account,
    version: Version[Programme],
    policy: Policy[Programme],
    now: datetime,
) -> tuple[Use, ...]:
    """Return what a posting would use of limits if those it does not know had no end."""
    at = micros(command.at or now)
    work = Work(
        subject=command.subject,
        account=account,
        at=at,
        on=day_of(version.parameters.zone, at),
        now=micros(now),
        policy=policy,
        version=version,
    )
    return accrual_of(rated_facts(work, command.body), version.parameters).uses


def authorise(work: Work, body: Authorise) -> Refused | None:
    """Announce a purchase; once it is posted, an announcement says nothing new."""
    if body.ref in work.account.purchases:
        return None
    work.open()
    facts = rated_facts(work, body)
    projected = accrual_of(facts, work.programme).points
    known = work.account.authorisations.get(body.ref)
    if known is None or (known.projected != projected and not known.voided):
        work.settle()
        work.write(
            Authorised(
                customer=work.account.customer,
                ref=body.ref,
                at=work.at,
                projected=projected,
                version=work.ref,
                older=work.rests_on(facts, work.programme),
                facts=facts,
            )
        )
    return None


def void(work: Work, body: Void) -> Refused | None:
    """Void an authorisation; one that was voided or posted already is left as it is."""
    known = work.account.authorisations.get(body.ref)
    if known is None and body.ref not in work.account.purchases:
        return refused(AccountRefusal.UNKNOWN_AUTHORISATION, authorisation=body.ref)
    if known is not None and not known.voided:
        work.settle()
        work.write(Voided(ref=body.ref, at=work.at))
    return None


def post(work: Work, body: Post) -> Refused | None:
    """Post a transaction."""
    if body.customer_id and work.account.opened and body.customer_id != work.account.customer:
        return refused(AccountRefusal.OTHER_CUSTOMER, customer=body.customer_id)
    before: Purchase | None = work.account.purchases.get(key_of(body.ref, body.part))
    if before is not None:
        return _again(work, body, before)
    no = _too_many(work)
    if no is not None:
        return no
    work.open(body.customer_id)
    work.settle()
    facts = rated_facts(work, body)
    accrual = accrual_of(facts, work.programme)
    if accrual.unknown:
        # Posted it would be final: a ref earns once. With the facts, another command may post it.
        return refused(AccountRefusal.UNDECIDED, unknown=", ".join(accrual.unknown))
    work.write(posted(work, body.ref, body.part, facts, accrual))
    purchase: Purchase = work.account.purchases[key_of(body.ref, body.part)]
    no = _after(work, purchase)
    return no or match_parked(work, purchase)


def _after(work: Work, purchase: Purchase) -> Refused | None:
    return rerate_after(work, purchase) if ordered_caps(work.programme) else None


def posted(work: Work, ref: str, part: int, facts: AccrualFacts, accrual: Accrual) -> Posted:
    """Return the entry of a transaction, rated: its lots, what it repays, what it uses of caps."""
    account, programme = work.account, work.programme
    assert facts.on is not None, "filled in before"
    lots: list[Lot] = []
    for group, points in grouped(accrual.parts, programme).items():
        lots.append(
            dated(
                group,
                points,
                programme,
                number=len(account.lots) + len(lots) + 1,
                ref=ref,
                earned_on=facts.on,
                posted_at=work.at,
                at=work.at,
            )
        )
    incoming = (
        (lot.number, lot.granted)
        for lot in lots
        if lot.expires_at is None or lot.idle is not None or lot.expires_at > work.at
    )
    repaid = repay(account, work.at, incoming)
    uses = uses_of(programme, accrual.uses, facts, account.opened_on)
    counts = work.counted(uses)
    if accrual.points and programme.written.limits.posts_a_day is not None:
        counts = (*counts, *work.counted((_daily(work.on),)))
    return Posted(
        at=work.at,
        on=facts.on,
        ref=ref,
        part=part,
        version=work.ref,
        older=work.rests_on(facts, programme),
        grants=tuple(lots),
        draws=repaid.draws,
        repaid=repaid.points,
        debts=repaid.debts,
        counts=counts,
        customer=account.customer,
        active=any(lot.idle is not None for lot in lots),
        granted=accrual.points,
        lost=accrual.lost_to_caps,
        qualifying=sum(lot.granted for lot in lots if lot.qualifying),
        why=why_of(accrual),
        uses=uses,
        facts=facts,
    )


def why_of(accrual: Accrual) -> tuple[str, ...]:
    """Return the codes of what kept a transaction, or a line of it, from earning."""
    if accrual.points or accrual.excluded:
        return accrual.excluded
    if accrual.lost_to_caps:
        return ("capped",)
    return ("too-small",) if accrual.parts else ("no-row",)


def _daily(on: date) -> Counted:
    return Counted(cap="#posts", period=str(on), used=Fraction(1))


def _too_many(work: Work) -> Refused | None:
    most = work.programme.written.limits.posts_a_day
    if most is None or work.count("#posts", str(work.on)) < most:
        return None
    return refused(AccountRefusal.TOO_MANY_POSTS, on=work.on, most=most)


def _again(work: Work, body: Post, before: Purchase) -> Refused | None:
    """Accept the same content under a ref once more; refuse another, with what differs."""
    if before.facts is None:
        # The customer was erased: what it was cannot be told, that it was posted can.
        return None
    currency = work.programme.currency
    differ = [
        name
        for name in _IDENTITY
        if _plain(name, getattr(body, name), currency)
        != _plain(name, getattr(before.facts, name), currency)
    ]
    if body.on is not None and body.on != before.on:
        differ.append("on")
    if not differ:
        return None
    return refused(AccountRefusal.REF_CONFLICT, ref=before.key, differs=", ".join(sorted(differ)))


def _plain(name: str, value: Any, currency: str) -> Any:
    if name in _MONEY and value is not None:
        return Decimal(value)
    if name == "currency":
        return value or currency
    if name == "items":
        return sorted(
            (item.ref, Decimal(item.amount), item.mcc, item.quantity, item.excluded)
            for item in value
        )
    return value
