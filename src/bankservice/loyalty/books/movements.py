"""
The entries of an account as dated moves of points, with all that time alone does.

Entries are gone through in the order of their business instants, whatever the order they were
written in; between them points become available, lots lapse, holds end and debts age, each at its
own instant, whether a sweep wrote it down or not. What an entry decided is taken as it stands:
which lots came in, were drawn on or given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from bankservice.core.journal import Entry
from bankservice.loyalty.account.account import Account, Debt
from bankservice.loyalty.account.entries import (
    Adjusted,
    Bought,
    BuyCancelled,
    Confirmed,
    Forfeited,
    Posted,
    Received,
    Redeemed,
    RedemptionCancelled,
    RefundedPoints,
    Reinstated,
    Released,
    Rerated,
    Reserved,
    Sent,
)
from bankservice.loyalty.account.fold import EVENTS
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.account.movement import Movement
from bankservice.loyalty.account.posted_many import each
from bankservice.loyalty.account.standing import lapses_at
from bankservice.loyalty.books.chart import Figures, Move, Place, PointsAccount, figures
from bankservice.loyalty.books.running import Cause, Running, RunningLot
from bankservice.loyalty.model import Draw, Lot

__all__ = ["Booked", "Course", "LotStand", "apply", "booked", "follow", "owed_by"]

GRANTED_FROM: Final[Mapping[type[Any], PointsAccount]] = {
    Posted: PointsAccount.ISSUED,
    RefundedPoints: PointsAccount.CLAWED_BACK,
    Rerated: PointsAccount.ISSUED,
    Adjusted: PointsAccount.ADJUSTED,
    Received: PointsAccount.TRANSFERRED,
    Bought: PointsAccount.BOUGHT,
    RedemptionCancelled: PointsAccount.REDEEMED,
    Reinstated: PointsAccount.EXPIRED,
}
"""Where the points of new lots come from."""

DRAWN_TO: Final[Mapping[type[Any], PointsAccount]] = {
    RefundedPoints: PointsAccount.CLAWED_BACK,
    Rerated: PointsAccount.ISSUED,
    Redeemed: PointsAccount.REDEEMED,
    Adjusted: PointsAccount.ADJUSTED,
    Sent: PointsAccount.TRANSFERRED,
    BuyCancelled: PointsAccount.BOUGHT,
    Forfeited: PointsAccount.FORFEITED,
}
"""Where points drawn from lots go to, and what is owed besides."""

RETURNED_FROM: Final[Mapping[type[Any], PointsAccount]] = {
    RedemptionCancelled: PointsAccount.REDEEMED,
    Reinstated: PointsAccount.FORFEITED,
    Rerated: PointsAccount.ISSUED,
}
"""Where points given back to lots come from."""


NAMES: Final = {kind: name for name, kind in EVENTS.kinds.items()}


@attrs.frozen
class Booked:
    """
    A movement as the books see it.

    Attributes:
        place: Version of its entry, and its place there where the entry holds several postings.
        recorded_at: When it was written.
        event: What happened.
    """

    place: Place
    recorded_at: int
    event: Any


def booked(entries: Iterable[Entry]) -> tuple[Booked, ...]:
    """Return the journal's entries of one account as the books see them, each posting alone."""
    return tuple(
        Booked((entry.version, row), micros(entry.recorded_at), event)
        for entry in entries
        for row, event in enumerate(each(EVENTS.decode(entry)))
    )


@attrs.frozen(kw_only=True)
class LotStand:
    """
    A lot at an instant: the lot with the dates it has by then, and where its points lie.

    Attributes:
        lot: The lot; `left` is what nobody drew, lapsed or not.
        pending: Points that cannot be spent yet.
        available: Points that can be spent.
        held: Points reserved.
    """

    lot: Lot
    pending: int = 0
    available: int = 0
    held: int = 0

    @property
    def outstanding(self) -> int:
        """What the bank owes of it."""
        return self.pending + self.available + self.held


@attrs.frozen(kw_only=True)
class Course:
    """
    What became of an account up to an instant, as known at another.

    Attributes:
        moves: Every move of points, in order of business instants.
        lots: Every lot that came in, by number.
        figures: What the member has at the end.
        known: The entries it rests on, in order of versions.
    """

    moves: tuple[Move, ...]
    lots: tuple[LotStand, ...]
    figures: Figures
    known: tuple[Booked, ...]


def follow(
    entries: Iterable[Booked], zone: str, *, as_of: int, known_at: int | None = None
) -> Course:
    """
    Follow an account up to an instant, as known at another.

    Args:
        entries: All there are of one account, in order of versions.
        zone: Zone whose days count.
        as_of: Last business instant that counts.
        known_at: Last instant of writing that counts; all where left out.
    """
    known = tuple(entry for entry in entries if known_at is None or entry.recorded_at <= known_at)
    moving = [
        entry for entry in known if isinstance(entry.event, Movement) and entry.event.at <= as_of
    ]
    lots = [lot for entry in known for lot in getattr(entry.event, "grants", ())]
    active = sorted({entry.event.on.toordinal() for entry in moving if entry.event.active})
    account = Account(zone=zone, active=tuple(active))
    ended = {
        entry.event.ref
        for entry in moving
        if isinstance(entry.event, Released) and entry.event.timed_out
    }
    run, owed = Running(lots, zone, lambda lot: lapses_at(account, lot), ended), owed_by(known)
    for entry in sorted(moving, key=lambda entry: (entry.event.at, entry.place)):
        run.advance(entry.event.at)
        apply(run, entry, owed.get(entry.place, ()))
    run.advance(as_of)
    moves = tuple(run.moves)
    return Course(
        moves=moves,
        lots=tuple(_stand(held) for held in run.lots.values() if held.granted),
        figures=figures(moves),
        known=known,
    )


def owed_by(known: Sequence[Booked]) -> dict[Place, tuple[tuple[Debt, int], ...]]:
    """
    Return by how much each entry changed each debt.

    They stand in entries as what is owed afterwards, in the order they were written. Debts of one
    cause and instant are one here.
    """
    changes: dict[Place, tuple[tuple[Debt, int], ...]] = {}
    before: dict[tuple[str, int], Debt] = {}
    for entry in known:
        debts = getattr(entry.event, "debts", None)
        if debts is None:
            continue
        after: dict[tuple[str, int], Debt] = {}
        for debt in debts:
            key = (debt.ref, debt.at)
            held = after[key].points if key in after else 0
            after[key] = attrs.evolve(debt, points=held + debt.points)
        changes[entry.place] = tuple(
            (debt, _points(after, key) - _points(before, key))
            for key, debt in {**before, **after}.items()
        )
        before = after
    return changes


def _points(debts: Mapping[tuple[str, int], Debt], key: tuple[str, int]) -> int:
    return debts[key].points if key in debts else 0


def _stand(held: RunningLot) -> LotStand:
    lot = attrs.evolve(
        held.lot,
        left=sum(held.points.values()),
        available_at=held.available_at,
        expires_at=held.expires_at,
    )
    return LotStand(
        lot=lot,
        pending=held.points[PointsAccount.PENDING],
        available=held.points[PointsAccount.AVAILABLE],
        held=held.held,
    )


def apply(run: Running, entry: Booked, owed: Sequence[tuple[Debt, int]]) -> None:
    """Apply one entry: new lots, holds, what is drawn and given back, dates, debts."""
    event: Movement = entry.event
    kind = type(event)
    why = Cause(event.at, entry.recorded_at, NAMES[kind], event.ref, entry.place)
    if isinstance(event, Released) and event.timed_out:
        # Writing down what time had done makes no difference to any book.
        known_at = max(event.at, run.ended.get(event.ref, event.at))
        why = Cause(event.at, known_at, "timed-out", event.ref)
    for lot in event.grants:
        run.grant(lot, GRANTED_FROM.get(kind, PointsAccount.ADJUSTED), why)
    for dates in event.dates:
        run.redate(dates, entry.place, why)
    match event:
        case Redeemed() if event.ref in run.holds:
            # Confirmed in time, but told after the hold had ended by itself.
            run.release(event.ref, why)
            draws: tuple[Draw, ...] = event.draws
        case Reserved():
            run.hold(event.hold.ref, event.hold.draws, event.hold.until, why)
            draws = ()
        case Confirmed():
            run.confirm(event.ref, event.returns, PointsAccount.REDEEMED, why)
            draws = event.draws
        case Released():
            run.release(event.ref, why)
            draws = event.draws
        case _:
            for back in event.returns:
                run.give_back(back, RETURNED_FROM.get(kind, PointsAccount.ADJUSTED), why)
            draws = event.draws
    target = DRAWN_TO.get(kind, PointsAccount.ADJUSTED)
    _draw(run, draws, event.repaid, target, why)
    # What is repaid was drawn from lots just now; what is owed anew is told by its own debt.
    for debt, change in owed:
        run.owe(debt, change, target, why)


def _draw(
    run: Running, draws: Sequence[Draw], repaid: int, target: PointsAccount, why: Cause
) -> None:
    """Draw on lots: the last points of the draws are those that repay debts."""
    spent = sum(draw.points for draw in draws) - repaid
    for draw in draws:
        own = max(0, min(draw.points, spent))
        spent -= own
        if own:
            run.draw(Draw(draw.lot, own), target, why)
        if draw.points > own:
            run.draw(Draw(draw.lot, draw.points - own), PointsAccount.ARREARS, why)
