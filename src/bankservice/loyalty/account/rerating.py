"""
Rating again what a late purchase or refund moves: caps that are used in the order of transactions.

A purchase that comes late takes its headroom before those of later days, and a refund frees it for
them. Each of those is rated again, and the difference is written, so that any order of delivery
ends in the same points.
"""

from __future__ import annotations

from fractions import Fraction

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.record import Refused
from bankservice.loyalty.account.account import Counted, Purchase
from bankservice.loyalty.account.entries import Rerated
from bankservice.loyalty.account.evaluation import Rated, evaluate
from bankservice.loyalty.account.recovery import change_of
from bankservice.loyalty.account.refusals import AccountRefusal, refused
from bankservice.loyalty.account.using import Sums, add, of_turn, ordered_caps, place_of
from bankservice.loyalty.account.work import Work
from bankservice.loyalty.model import AccrualFacts
from bankservice.loyalty.programme.dates import day_of
from bankservice.loyalty.programme.programme import Programme

__all__ = ["facts_now", "rerate", "rerate_after"]


def rerate_after(work: Work, changed: Purchase) -> Refused | None:
    """Rate again the purchases after one that came late or was given back, where it matters."""
    sums: Sums = {}
    for purchase in sorted(work.account.purchases.values(), key=place_of):
        if place_of(purchase) > place_of(changed) and purchase.facts is not None:
            version = work.held(purchase.version)
            if version is None:
                digest = purchase.version["digest"]
                return refused(
                    AccountRefusal.VERSION_NOT_HELD, purchase=purchase.key, version=digest
                )
            facts = facts_now(work, purchase.facts, version.parameters, sums)
            if facts is not purchase.facts:
                rerate(work, purchase, facts, version)
                purchase = work.account.purchases[purchase.key]
        add(sums, purchase.counts)
    return None


def facts_now(work: Work, facts: AccrualFacts, programme: Programme, sums: Sums) -> AccrualFacts:
    """Return the facts with what is used of caps before now; the very same where nothing changed."""
    used = dict(facts.used)
    for cap in ordered_caps(programme):
        now = of_turn(programme, cap, facts, work.account.opened_on, sums)
        if now:
            used[cap] = now
        else:
            used.pop(cap, None)
    return facts if used == facts.used else attrs.evolve(facts, used=FrozenMapping(used))


def rerate(
    work: Work, purchase: Purchase, facts: AccrualFacts, version: Version[Programme]
) -> None:
    """Write what a purchase comes to with these facts, under the version that rated it."""
    programme = version.parameters
    rated = evaluate(purchase, facts, programme, purchase.refunds, work.account.opened_on)
    at = max(work.at, purchase.at)
    on = day_of(programme.zone, at)
    change = change_of(work, purchase, rated, programme, at, on, purchase.key)
    work.used[version] = None
    work.write(
        Rerated(
            at=at,
            on=on,
            ref=purchase.ref,
            version=purchase.version,
            older=work.rests_on(facts, programme),
            grants=change.grants,
            draws=change.draws,
            repaid=change.repaid,
            debts=change.debts,
            counts=_counts(work, purchase, rated),
            customer=work.account.customer,
            purchase=purchase.key,
            granted=rated.granted,
            clawed=rated.granted - rated.points,
            lost=rated.lost,
            change=-change.points,
            owed=change.owed,
            waived=change.waived,
            cash_minor=change.cash_minor,
            cash_points=change.cash_points,
            kept=change.kept,
            qualifying=rated.qualifying,
            uses=rated.uses,
            used=facts.used,
        )
    )


def _counts(work: Work, purchase: Purchase, rated: Rated) -> tuple[Counted, ...]:
    """Return the sums of caps with what the purchase uses now instead of before."""
    more: dict[str, Counted] = {}
    for sign, uses in ((-1, purchase.counts), (1, rated.uses)):
        for use in uses:
            before = more.get(use.key)
            used = (before.used if before else Fraction(0)) + sign * use.used
            more[use.key] = attrs.evolve(use, used=used)
    return work.counted(use for use in more.values() if use.used)
