"""The lines of a statement: what moved a member's points, why, and by which lots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import attrs

from bankservice.core.decision import Reason
from bankservice.core.policy import Title
from bankservice.loyalty.account.account import Hold
from bankservice.loyalty.account.entries import (
    Extended,
    Met,
    Posted,
    RedemptionCancelled,
    RefundedPoints,
    Reinstated,
    Released,
    Reserved,
)
from bankservice.loyalty.books.chart import BY_TIME, MEMBER, Move, Place, PointsAccount
from bankservice.loyalty.books.movements import Booked, Course, LotStand
from bankservice.loyalty.books.reasons import lapsed, other, said, timed_out, waived
from bankservice.loyalty.programme.dates import day_of

if TYPE_CHECKING:
    from bankservice.loyalty.programme.programme import Programme

__all__ = ["Flow", "Line", "LinePart", "lines_of"]


class Flow(Enum):
    """What a line counts as."""

    EARNED = "earned"
    ADJUSTED_IN = "adjusted-in"
    RECEIVED = "received"
    RESTORED = "restored"
    BOUGHT = "bought"
    WAIVED = "waived"
    CLAWED_BACK = "clawed-back"
    REDEEMED = "redeemed"
    SENT = "sent"
    EXPIRED = "expired"
    FORFEITED = "forfeited"
    ADJUSTED_OUT = "adjusted-out"
    BUY_CANCELLED = "buy-cancelled"


INTO: Final[Mapping[PointsAccount, Flow]] = {
    PointsAccount.ISSUED: Flow.EARNED,
    PointsAccount.CLAWED_BACK: Flow.CLAWED_BACK,
    PointsAccount.ADJUSTED: Flow.ADJUSTED_IN,
    PointsAccount.TRANSFERRED: Flow.RECEIVED,
    PointsAccount.REDEEMED: Flow.RESTORED,
    PointsAccount.EXPIRED: Flow.RESTORED,
    PointsAccount.FORFEITED: Flow.RESTORED,
    PointsAccount.BOUGHT: Flow.BOUGHT,
    PointsAccount.WAIVED: Flow.WAIVED,
}
"""What points count as that come to a member from an account."""

OUT: Final[Mapping[PointsAccount, Flow]] = {
    PointsAccount.ISSUED: Flow.EARNED,
    PointsAccount.CLAWED_BACK: Flow.CLAWED_BACK,
    PointsAccount.REDEEMED: Flow.REDEEMED,
    PointsAccount.TRANSFERRED: Flow.SENT,
    PointsAccount.EXPIRED: Flow.EXPIRED,
    PointsAccount.FORFEITED: Flow.FORFEITED,
    PointsAccount.ADJUSTED: Flow.ADJUSTED_OUT,
    PointsAccount.BOUGHT: Flow.BUY_CANCELLED,
}
"""What points count as that go from a member to an account."""


@attrs.frozen(kw_only=True)
class LinePart:
    """
    What a line did to one lot.

    Attributes:
        lot: Number of the lot; 0 for what is owed.
        row: The earning row or campaign, or what else made the lot.
        title: What people call that row, where the programme says.
        component: Class of the lot.
        points: By how much it changed what the member has.
        available_on: First day its points can be spent; None while it waits for an action.
        through_on: Last day they are valid; None: for ever.
    """

    lot: int
    row: str = ""
    title: Title | None = None
    component: str = ""
    points: int
    available_on: date | None = None
    through_on: date | None = None


@attrs.frozen(kw_only=True)
class Line:
    """
    One line of a statement.

    Attributes:
        on: Business day.
        recorded_on: Day it became known.
        prior: Whether it belongs to an earlier period, whose statement did not know it.
        flow: What it counts as; None where it moved nothing in or out.
        why: Reason with its facts.
        ref: The caller's reference.
        points: By how much it changed the balance.
        balance: The balance after it.
        parts: By lot.
        entry: Version of the entry that did it; 0 for time alone.
    """

    on: date
    recorded_on: date
    prior: bool = False
    flow: Flow | None
    why: Reason
    ref: str = ""
    points: int
    balance: int
    parts: tuple[LinePart, ...] = ()
    entry: int = 0


@attrs.define
class _Group:
    at: int
    entry: Place
    flow: Flow | None
    kind: str
    prior: bool
    recorded_at: int
    refs: dict[str, None]
    lots: Counter[int]

    @property
    def points(self) -> int:
        return sum(self.lots.values())


def flow_of(move: Move) -> Flow | None:
    """Return what a move counts as; None where it stays with the member or outside."""
    if move.net == 0:
        return None
    return INTO[move.source] if move.target in MEMBER else OUT[move.target]


def _corrections(before: Iterable[Move], after: Iterable[Move]) -> Iterator[tuple[Move, int]]:
    """Yield the moves in which two accounts of the past differ, with what is to be added."""
    held: dict[tuple[Any, ...], Move] = {}
    change: Counter[tuple[Any, ...]] = Counter()
    for sign, moves in ((-1, before), (1, after)):
        for move in moves:
            key = (move.at, move.entry, move.kind, move.ref, move.lot, move.source, move.target)
            held[key] = move
            change[key] += sign * move.points
    for key, points in change.items():
        if points:
            yield held[key], points


def _groups(opening: Course, closing: Course, start: int) -> dict[tuple[Any, ...], _Group]:
    groups: dict[tuple[Any, ...], _Group] = {}

    def add(move: Move, points: int, *, prior: bool) -> None:
        flow = flow_of(move)
        ended = move.kind == "timed-out" and move.source is PointsAccount.HELD and points > 0
        if flow is None and not ended:
            return
        key = (prior, move.at, move.entry, move.kind if move.entry == BY_TIME else "", flow)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(
                move.at, move.entry, flow, move.kind, prior, move.recorded_at, {}, Counter()
            )
        group.recorded_at = max(group.recorded_at, move.recorded_at)
        group.refs[move.ref] = None
        if flow is not None:
            group.lots[move.lot] += points if move.net > 0 else -points

    past = [move for move in closing.moves if move.at < start]
    for move, points in _corrections(opening.moves, past):
        add(move, points, prior=True)
    for move in closing.moves[len(past) :]:
        add(move, move.points, prior=False)
    return groups


TOLD: Final = (
    Posted,
    RefundedPoints,
    Reserved,
    Released,
    RedemptionCancelled,
    Extended,
    Reinstated,
    Met,
)
"""Entries that are told even where they move nothing in or out."""


def _silent(
    groups: dict[tuple[Any, ...], _Group], opening: Course, closing: Course, start: int, last: int
) -> None:
    """Add a group without points for each entry that is told and moved nothing in or out."""
    moved = {group.entry for group in groups.values()}
    told = {entry.place for entry in opening.known}
    for entry in closing.known:
        event = entry.event
        if not isinstance(event, TOLD) or entry.place in moved or event.at > last:
            continue
        if isinstance(event, Released) and event.timed_out:
            continue
        if event.at < start and entry.place in told:
            continue
        key = (event.at < start, event.at, entry.place, "", None)
        groups[key] = _Group(
            event.at,
            entry.place,
            None,
            type(event).__name__,
            event.at < start,
            entry.recorded_at,
            {event.ref: None},
            Counter(),
        )


def lines_of(
    opening: Course,
    closing: Course,
    start: int,
    last: int,
    programme: Programme,
) -> tuple[Line, ...]:
    """
    Return the lines between two courses of one account, prior periods first.

    Args:
        opening: What the statement before knew, up to the period's first instant.
        closing: What is known now, up to the period's last instant.
        start: First instant of the period.
        last: Last instant of the period.
        programme: For what people call rows and names.
    """
    zone = programme.zone
    written = programme.written
    names = {
        **{row.code: row.title for row in written.exclude},
        **{row.code: row.title for row in written.reward},
    }
    titles = {row.code: row.title for row in written.earn}
    groups = _groups(opening, closing, start)
    _silent(groups, opening, closing, start, last)
    events = {entry.place: entry for entry in closing.known}
    holds = {
        entry.event.hold.ref: entry.event.hold
        for entry in closing.known
        if isinstance(entry.event, Reserved)
    }
    stands = {stand.lot.number: stand for stand in closing.lots}
    stands = {**{stand.lot.number: stand for stand in opening.lots}, **stands}
    balance = opening.figures.balance
    lines: list[Line] = []
    for group in sorted(groups.values(), key=lambda g: (not g.prior, g.at, g.entry)):
        if group.flow is not None and not group.points:
            continue
        balance += group.points
        ref = next(iter(group.refs)) if len(group.refs) == 1 else ""
        lines.append(
            Line(
                on=day_of(zone, group.at),
                recorded_on=day_of(zone, group.recorded_at),
                prior=group.prior,
                flow=group.flow,
                why=_why(group, events.get(group.entry), ref, names, holds),
                ref=ref,
                points=group.points,
                balance=balance,
                parts=tuple(_parts(group, stands, titles, zone)),
                entry=group.entry[0],
            )
        )
    return tuple(lines)


def _parts(
    group: _Group, stands: Mapping[int, LotStand], titles: Mapping[str, Title], zone: str
) -> Iterator[LinePart]:
    for number, points in sorted(group.lots.items()):
        lot = stands[number].lot if number in stands else None
        if lot is None:
            yield LinePart(lot=number, points=points)
            continue
        available, expires = lot.available_at, lot.expires_at
        yield LinePart(
            lot=number,
            row=lot.row,
            title=titles.get(lot.row),
            component=lot.component,
            points=points,
            available_on=None if available is None else day_of(zone, available),
            through_on=None if expires is None else day_of(zone, expires - 1),
        )


def _why(
    group: _Group,
    entry: Booked | None,
    ref: str,
    names: Mapping[str, Title],
    holds: Mapping[str, Hold],
) -> Reason:
    if group.flow is Flow.EXPIRED:
        return lapsed(ref)
    if group.flow is Flow.WAIVED:
        return waived(ref)
    if group.kind == "timed-out":
        return timed_out(ref)
    return other(ref) if entry is None else said(entry.event, names, holds)
