"""One account from day to day: what it has, what came and went by month, what it lost and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from bankservice.loyalty.account.entries import Posted, Rerated
from bankservice.loyalty.books.chart import Figures, Move, PointsAccount
from bankservice.loyalty.books.following import Following
from bankservice.loyalty.books.movements import Booked
from bankservice.loyalty.programme.dates import day_of

__all__ = ["FLOWS", "Tally"]

FLOWS: Final = {
    PointsAccount.ISSUED: ("earned", -1),
    PointsAccount.REDEEMED: ("redeemed", 1),
    PointsAccount.EXPIRED: ("expired", 1),
    PointsAccount.CLAWED_BACK: ("clawed_back", 1),
}
"""Account of the chart → which flow it is, and which way it counts."""


class Tally:
    """
    Counts one account forward; what was counted before is not counted again.

    Attributes:
        at: The last instant that counts.
        sums: Account of the chart → its balance.
        flows: (first day of the month, what) → points; what a refund or cancellation undid is
            netted.
        excluded: Reason for which purchases earned nothing → how many.
        version: Newest entry of the record; 0 before the first.
    """

    def __init__(self, zone: str) -> None:
        """Begin before the first entry; *zone* is the one whose days count."""
        self._zone = zone
        self._following = Following(zone)
        self._waiting: list[Booked] = []
        self._seen = 0
        self.version = 0
        self.at = 0
        self._begin()

    def _begin(self) -> None:
        self._counted = 0
        self.sums: Counter[PointsAccount] = Counter()
        self.flows: Counter[tuple[date, str]] = Counter()
        self.excluded: Counter[str] = Counter()
        self._lost: dict[str, tuple[date, int]] = {}

    def until(self, entries: Sequence[Booked], at: int) -> None:
        """
        Count up to an instant.

        Args:
            entries: All there are by now, in order of versions.
            at: The last instant that counts.
        """
        waiting = [*self._waiting, *entries[self._seen :]]
        if self._following.until(entries, at):
            self._begin()
            waiting = list(entries)
        self._seen, self.at = len(entries), at
        self.version = entries[-1].place[0] if entries else 0
        self._waiting = [entry for entry in waiting if _at(entry.event) > at]
        for entry in waiting:
            if _at(entry.event) <= at:
                self._event(entry.event)
        moves = self._following.moves
        for move in moves[self._counted :]:
            self._move(move)
        self._counted = len(moves)

    def _event(self, event: Any) -> None:
        if isinstance(event, Posted):
            key = event.ref if event.part == 1 else f"{event.ref}#{event.part}"
            self._lose(key, event.on, event.lost)
            self.excluded.update(event.why)
        elif isinstance(event, Rerated):
            on, _ = self._lost.get(event.purchase, (event.on, 0))
            self._lose(event.purchase, on, event.lost)

    def _lose(self, key: str, on: date, points: int) -> None:
        _, before = self._lost.get(key, (on, 0))
        self._lost[key] = (on, points)
        if points != before:
            self.flows[on.replace(day=1), "lost_to_caps"] += points - before

    def _move(self, move: Move) -> None:
        self.sums[move.source] -= move.points
        self.sums[move.target] += move.points
        for account, way in ((move.source, -1), (move.target, 1)):
            if account in FLOWS:
                name, sign = FLOWS[account]
                self.flows[move.on.replace(day=1), name] += way * sign * move.points

    @property
    def figures(self) -> Figures:
        """What the member has."""
        sums = self.sums
        return Figures(
            available=sums[PointsAccount.AVAILABLE],
            pending=sums[PointsAccount.PENDING],
            held=sums[PointsAccount.HELD],
            arrears=-sums[PointsAccount.ARREARS],
        )

    @property
    def lost(self) -> int:
        """Points lost to caps so far."""
        return sum(points for _, points in self._lost.values())

    def since(self, start: date) -> tuple[Move, ...]:
        """Return the moves from a day on."""
        moves = self._following.moves
        first = len(moves)
        while first and moves[first - 1].on >= start:
            first -= 1
        return tuple(moves[first:])

    def lost_since(self, start: date) -> int:
        """Return the points that purchases from a day on lost to caps."""
        return sum(points for on, points in self._lost.values() if on >= start)

    def ladder(self) -> Counter[date | None]:
        """Return last day of points → how many there are; None for those that never lapse."""
        found: Counter[date | None] = Counter()
        for end, points in self._following.outstanding():
            if end is None or end > self.at:
                # An instant is the first at which the lot has lapsed.
                found[None if end is None else day_of(self._zone, end - 1)] += points
        return found


def _at(event: Any) -> int:
    return int(getattr(event, "at", 0))
