"""
What was used of caps before a transaction, in its own period.

Caps dated by posting are used in the order of arrival: their sums stand in the account. Caps dated
by the transaction are used in the order of transactions, by day, ref and part, whatever the order
they arrive in: what counts is what those before used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.account.account import Account, Counted, Purchase
from bankservice.loyalty.model import AccrualFacts, Use
from bankservice.loyalty.programme.programme import Programme

__all__ = ["Place", "Sums", "in_turn", "ordered_caps", "place_of", "used_before", "uses_of"]

Place = tuple[date, str, int]
"""Where a transaction stands among those that use a cap: day, ref, part."""

Sums = dict[tuple[str, str], Fraction]
"""(cap, period) → what was used of it."""


def place_of(purchase: Purchase) -> Place:
    """Return where a purchase stands."""
    return (purchase.on, purchase.ref, purchase.part)


def ordered_caps(programme: Programme) -> frozenset[str]:
    """Return the codes of the caps that are used in the order of transactions."""
    return frozenset(
        cap.code
        for cap in programme.written.cap
        if cap.dated_by == "transaction"
        and cap.scope in ("account", "card")
        and cap.code in programme.scheme.uses
    )


def in_turn(purchases: Iterable[Purchase], before: Place) -> Sums:
    """Return what purchases before a place use of every cap, by period."""
    sums: Sums = {}
    for purchase in purchases:
        if place_of(purchase) < before:
            add(sums, purchase.counts)
    return sums


def add(sums: Sums, uses: Iterable[Counted]) -> None:
    """Add uses to sums."""
    for use in uses:
        key = (use.cap, use.period)
        sums[key] = sums.get(key, Fraction(0)) + use.used


def used_before(
    account: Account, programme: Programme, facts: AccrualFacts, place: Place
) -> FrozenMapping[str, Fraction]:
    """
    Return what was used of each cap before a transaction.

    Of a cap of a household the command states what the others used; of a campaign, what all did.
    """
    ordered = ordered_caps(programme)
    sums = in_turn(account.purchases.values(), place) if ordered else {}
    found: dict[str, Fraction] = {}
    for cap in sorted(programme.scheme.uses):
        if cap in ordered:
            used = of_turn(programme, cap, facts, account.opened_on, sums)
        else:
            used = _of_account(account, programme, cap, facts)
        if used:
            found[cap] = used
    return FrozenMapping(found)


def of_turn(
    programme: Programme,
    cap: str,
    facts: AccrualFacts,
    opened_on: date | None,
    sums: Mapping[tuple[str, str], Fraction],
) -> Fraction:
    """Return what was used of a cap that is used in the order of transactions."""
    periods = _periods(programme, cap, facts, opened_on)
    return sum((sums.get((cap, period), Fraction(0)) for period in periods), Fraction(0))


def _of_account(account: Account, programme: Programme, cap: str, facts: AccrualFacts) -> Fraction:
    row = programme.cap_row(cap)
    stated = facts.used.get(cap, Fraction(0))
    if row is not None and row.scope == "campaign" and cap in facts.used:
        return Fraction(stated)
    periods = _periods(programme, cap, facts, account.opened_on)
    own = sum(
        (account.counts.get(f"{cap}|{period}", Fraction(0)) for period in periods), Fraction(0)
    )
    shared = row is not None and row.scope in ("household", "campaign")
    return own + stated if shared else own


def _periods(
    programme: Programme, cap: str, facts: AccrualFacts, opened_on: date | None
) -> tuple[str, ...]:
    assert facts.on is not None, "filled in before"
    posted_on = facts.posted_on or facts.on
    return programme.periods_of(cap, facts.on, posted_on, opened_on, facts.card)


def uses_of(
    programme: Programme, uses: Iterable[Use], facts: AccrualFacts, opened_on: date | None
) -> tuple[Counted, ...]:
    """Return what a transaction uses of caps, each with its period."""
    return tuple(
        Counted(
            cap=use.cap, period=_periods(programme, use.cap, facts, opened_on)[0], used=use.used
        )
        for use in uses
        if use.used
    )
