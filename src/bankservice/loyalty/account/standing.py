"""
How an account stands at an instant: pure functions of the account and the instant.

A lot counts where it is available and has not lapsed yet. A hold that has ended by itself is given
back first (`settling`), so what is said here of balances is said of a settled account.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from typing import Final

from bankservice.loyalty.account.account import Account, Debt, Hold, HoldStatus
from bankservice.loyalty.model import Lot
from bankservice.loyalty.programme.dates import last_of, start_of

__all__ = [
    "NEVER",
    "arrears",
    "balance",
    "expired",
    "held",
    "lapsed",
    "lapses_at",
    "left_of",
    "live",
    "open_holds",
    "open_lots",
    "owed",
    "pending",
    "spendable",
    "timed_out",
]

NEVER: Final = 1 << 62
"""Stands for no instant where instants are compared."""


def lapses_at(account: Account, lot: Lot) -> int | None:
    """
    Return the first instant at which a lot has lapsed; None: never.

    One that lapses by inactivity lives on from each day of activity that finds it living, however
    late that day is told.
    """
    idle, first = lot.idle, lot.expires_at
    if idle is None or first is None:
        return first
    at, days = first, account.active
    for ordinal in days[bisect_left(days, lot.earned_on.toordinal()) :]:
        day = date.fromordinal(ordinal)
        if start_of(account.zone, day) >= at:
            break
        last = last_of(idle.period.after(day), idle.round_to)
        at = max(at, start_of(account.zone, date.fromordinal(last.toordinal() + 1)))
        if idle.most_at is not None and at >= idle.most_at:
            return max(first, idle.most_at)
    return at


def lapsed(account: Account, lot: Lot, at: int) -> bool:
    """Tell whether a lot has lapsed."""
    end = lot.expires_at if lot.idle is None else lapses_at(account, lot)
    return end is not None and end <= at


def live(account: Account, lot: Lot, at: int) -> bool:
    """Tell whether a lot can be drawn on: it is available and has not lapsed."""
    return lot.available_at is not None and lot.available_at <= at and not lapsed(account, lot, at)


def open_lots(account: Account) -> Iterator[Lot]:
    """Yield the lots with points left, in the order of `Account.open`."""
    lots = account.lots
    for number in account.open:
        yield lots[number - 1]


def left_of(account: Account, lot: Lot, at: int) -> int:
    """
    Return what of a lot can be drawn at an instant.

    What came back after it was not there yet: a hold or a redemption had it.
    """
    left = lot.left
    for back in reversed(account.returned):
        if back.lot == lot.number and back.at > at:
            left -= back.points
    return max(left, 0)


def spendable(account: Account, at: int) -> int:
    """Return the points that can be spent, whatever is owed."""
    late = {back.lot for back in account.returned if back.at > at}
    return sum(
        left_of(account, lot, at) if lot.number in late else lot.left
        for lot in open_lots(account)
        if live(account, lot, at)
    )


def balance(account: Account, at: int) -> int:
    """Return the points available at an instant."""
    return spendable(account, at)


def pending(account: Account, at: int) -> int:
    """Return the points that cannot be spent yet."""
    return sum(
        lot.left
        for lot in open_lots(account)
        if (lot.available_at is None or lot.available_at > at) and not lapsed(account, lot, at)
    )


def expired(account: Account, at: int) -> int:
    """Return the points that have lapsed."""
    return sum(lot.left for lot in open_lots(account) if lapsed(account, lot, at))


def open_holds(account: Account, at: int) -> Iterator[Hold]:
    """Yield the holds that stand at an instant."""
    for hold in account.holds.values():
        if hold.status is HoldStatus.OPEN and at < hold.until:
            yield hold


def held(account: Account, at: int) -> int:
    """Return the points reserved."""
    return sum(hold.points for hold in open_holds(account, at))


def timed_out(account: Account, at: int) -> tuple[Hold, ...]:
    """Return the holds that have ended by themselves and are not given back yet, in order."""
    ended = (
        hold
        for hold in account.holds.values()
        if hold.status is HoldStatus.OPEN and hold.until <= at
    )
    return tuple(sorted(ended, key=lambda hold: (hold.until, hold.ref)))


def owed(account: Account, at: int) -> tuple[Debt, ...]:
    """Return the debts that are asked for at an instant, oldest first."""
    if not account.debts:
        return ()
    return tuple(debt for debt in account.debts if debt.until is None or at < debt.until)


def arrears(account: Account, at: int) -> int:
    """Return the points owed."""
    return sum(debt.points for debt in owed(account, at))
