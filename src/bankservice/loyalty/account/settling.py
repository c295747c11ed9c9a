"""
What time and debts ask for before anything else: holds that ended give back, credits repay.

Every command begins with the releases of the holds that have ended by themselves by the instant it
is recorded. So it makes no difference whether a sweep wrote them down before, and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import attrs

from bankservice.loyalty.account import standing
from bankservice.loyalty.account.account import Account, Counted, Debt, Hold
from bankservice.loyalty.account.entries import Released
from bankservice.loyalty.account.fold import evolve
from bankservice.loyalty.model import Draw
from bankservice.loyalty.programme.dates import day_of

__all__ = ["Repayment", "freed", "release", "repay", "settle", "settled"]


@attrs.frozen
class Repayment:
    """What came in and goes to debts at once: draws on it, how much, and what is owed then."""

    draws: tuple[Draw, ...] = ()
    points: int = 0
    debts: tuple[Debt, ...] | None = None


def repay(account: Account, at: int, incoming: Iterable[tuple[int, int]]) -> Repayment:
    """
    Return how debts are repaid, the oldest first, from points that come in.

    Args:
        account: As it was before.
        at: When they come in.
        incoming: (lot, points), none of them lapsed.
    """
    asked = {id(debt) for debt in standing.owed(account, at)}
    if not asked:
        return Repayment()
    left = {place: debt.points for place, debt in enumerate(account.debts) if id(debt) in asked}
    draws = []
    for lot, points in incoming:
        taken = 0
        for place, missing in tuple(left.items()):
            part = min(points - taken, missing)
            left[place] -= part
            taken += part
        if taken:
            draws.append(Draw(lot, taken))
    if not draws:
        return Repayment()
    debts = (
        attrs.evolve(debt, points=left.get(place, debt.points))
        for place, debt in enumerate(account.debts)
    )
    return Repayment(
        tuple(draws),
        sum(draw.points for draw in draws),
        tuple(debt for debt in debts if debt.points),
    )


def backwards(draws: Iterable[Draw]) -> tuple[Draw, ...]:
    """Return draws as they are given back: in reverse order."""
    return tuple(reversed(tuple(draws)))


def alive(account: Account, draws: Iterable[Draw], at: int) -> Iterator[tuple[int, int]]:
    """Yield those of the points given back whose lot has not lapsed."""
    for draw in draws:
        if not standing.lapsed(account, account.lot(draw.lot), at):
            yield draw.lot, draw.points


def freed(account: Account, uses: Iterable[Counted]) -> tuple[Counted, ...]:
    """Return the sums of limits after what was used is given back; never below nothing."""
    return tuple(
        attrs.evolve(
            use, used=max(account.counts.get(use.key, Fraction(0)) - use.used, Fraction(0))
        )
        for use in uses
    )


def release(account: Account, hold: Hold, at: int, *, timed_out: bool) -> Released:
    """Return the end of a hold: its points go back, and repay what is owed."""
    returns = backwards(hold.draws)
    repaid = repay(account, at, alive(account, returns, at))
    return Released(
        at=at,
        on=day_of(account.zone, at),
        ref=hold.ref,
        returns=returns,
        draws=repaid.draws,
        repaid=repaid.points,
        debts=repaid.debts,
        counts=freed(account, hold.uses),
        timed_out=timed_out,
    )


def settle(account: Account, at: int) -> tuple[Account, tuple[Released, ...]]:
    """Return the account after the holds that have ended by themselves, and their releases."""
    written = []
    for hold in standing.timed_out(account, at):
        event = release(account, hold, hold.until, timed_out=True)
        account = evolve(account, event)
        written.append(event)
    return account, tuple(written)


def settled(account: Account, at: int) -> Account:
    """Return the account as time has made it."""
    return settle(account, at)[0] if account.holds else account
