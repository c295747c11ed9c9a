"""
The accounts of one member as they run: lots that lie somewhere, holds, and what time does.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Container, Iterable
from typing import Final

import attrs

from bankservice.loyalty.account.account import Debt
from bankservice.loyalty.account.movement import NewDates
from bankservice.loyalty.books.chart import BY_TIME, Move, Place, PointsAccount
from bankservice.loyalty.model import Draw, Lot
from bankservice.loyalty.programme.dates import day_of

__all__ = ["Cause", "Running", "RunningLot"]

PENDING, AVAILABLE, HELD = PointsAccount.PENDING, PointsAccount.AVAILABLE, PointsAccount.HELD
EXPIRED, ARREARS, WAIVED = PointsAccount.EXPIRED, PointsAccount.ARREARS, PointsAccount.WAIVED

NO_DEBT: Final = -(1 << 62)

LIVE: Final = (PENDING, AVAILABLE, EXPIRED)
"""Where points of a lot lie that nobody drew."""


@attrs.frozen
class Cause:
    """
    What moves points: when, since when that is known, what, for which reference, by which entry.
    """

    at: int
    known_at: int
    kind: str
    ref: str = ""
    entry: Place = BY_TIME


@attrs.define
class RunningLot:
    """A lot on its way: its dates so far, and where its points lie."""

    lot: Lot
    available_at: int | None
    expires_at: int | None
    granted: bool = False
    dated_by: Place = BY_TIME
    known_at: int = 0
    held: int = 0
    points: dict[PointsAccount, int] = attrs.Factory(lambda: dict.fromkeys(LIVE, 0))

    def home(self, at: int) -> PointsAccount:
        """Return where its points lie at an instant, by its dates."""
        if self.expires_at is not None and self.expires_at <= at:
            return EXPIRED
        return AVAILABLE if self.available_at is not None and self.available_at <= at else PENDING


@attrs.define
class _Hold:
    until: int
    known_at: int
    draws: list[Draw]


@attrs.define
class _Owed:
    known_at: int
    points: int = 0
    aged: bool = False


class Running:
    """Runs one account forward in business time; one use."""

    def __init__(
        self,
        lots: Iterable[Lot],
        zone: str,
        lapse: Callable[[Lot], int | None],
        written: Container[str] = (),
    ) -> None:
        """
        Begin before the first entry.

        Args:
            lots: Every lot that will come.
            zone: Zone whose days count.
            lapse: Tells when a lot lapses; None for never.
            written: Refs of holds whose end by time is written down, with what it repaid.
        """
        self.moves: list[Move] = []
        self.holds: dict[str, _Hold] = {}
        self.ended: dict[str, int] = {}
        """Holds that ended by themselves: since when that is known."""
        self.lots: dict[int, RunningLot] = {}
        self._lapse = lapse
        self.expect(lots)
        self._written = written
        self._now = 0
        self._zone = zone
        self._debts: dict[tuple[str, int], _Owed] = {}
        self._due: list[tuple[int, int, str, int]] = []
        """Instant, then what waits for it: a lot by number, a hold by ref, a debt by both."""

    def expect(self, lots: Iterable[Lot]) -> None:
        """Know lots that will come; those known already stay as they are."""
        for lot in lots:
            if lot.number not in self.lots:
                self.lots[lot.number] = RunningLot(lot, lot.available_at, self._lapse(lot))

    def move(
        self, source: PointsAccount, target: PointsAccount, points: int, why: Cause, lot: int = 0
    ) -> None:
        """Note a move; one of fewer than no points goes the other way."""
        if points < 0:
            source, target, points = target, source, -points
        if points and source is not target:
            self.moves.append(
                Move(
                    at=why.at,
                    on=day_of(self._zone, why.at),
                    recorded_at=why.known_at,
                    source=source,
                    target=target,
                    points=points,
                    kind=why.kind,
                    ref=why.ref,
                    lot=lot,
                    entry=why.entry,
                )
            )

    def settle(self, held: RunningLot, why: Cause) -> None:
        """Bring the points of a lot to where its dates say they lie."""
        home = held.home(why.at)
        for place, points in held.points.items():
            if points and place is not home:
                held.points[place] = 0
                held.points[home] += points
                self.move(place, home, points, why, held.lot.number)

    def redate(self, dates: NewDates, place: Place, why: Cause) -> None:
        """Give a lot new dates; one that was written later knows better."""
        held = self.lots[dates.lot]
        if place <= held.dated_by:
            return
        action = "" if dates.available_at is not None else held.lot.action
        held.lot = attrs.evolve(
            held.lot,
            available_at=dates.available_at,
            expires_at=dates.expires_at,
            action=action,
        )
        held.dated_by, held.known_at = place, max(held.known_at, why.known_at)
        held.available_at, held.expires_at = dates.available_at, self._lapse(held.lot)
        if held.granted:
            self.settle(held, why)
            self.wait(held, why.at)

    def wait(self, held: RunningLot, at: int) -> None:
        """Note the instants after one at which the points of a lot move by themselves."""
        for instant in (held.available_at, held.expires_at):
            if instant is not None and instant > at:
                heapq.heappush(self._due, (instant, held.lot.number, "", 0))

    def advance(self, at: int) -> None:
        """Do all that time alone does, up to and at an instant."""
        while self._due and self._due[0][0] <= at:
            due, number, ref, since = heapq.heappop(self._due)
            self._now = max(self._now, due)
            if number:
                held = self.lots[number]
                kind = "lapsed" if held.home(due) is EXPIRED else "available"
                self.settle(held, Cause(due, max(due, held.known_at), kind, held.lot.ref))
            elif (ref, since) in self._debts:
                owed = self._debts[ref, since]
                known = max(self._now, owed.known_at)
                self._age(owed, Cause(self._now, known, "aged", ref))
            elif ref in self.holds and self.holds[ref].until == due:
                self._time_out(ref, due)
        self._now = max(self._now, at)

    def grant(self, lot: Lot, source: PointsAccount, why: Cause) -> None:
        """Bring in a lot."""
        held = self.lots[lot.number]
        held.granted, held.known_at = True, max(held.known_at, why.known_at)
        # One that came too late to be used lapses in the same instant, so that both are told.
        alive = PENDING if held.home(why.at) is PENDING else AVAILABLE
        held.points[alive] += lot.granted
        self.move(source, alive, lot.granted, why, lot.number)
        self.settle(held, Cause(why.at, why.known_at, "lapsed", lot.ref))
        self.wait(held, why.at)

    def draw(self, draw: Draw, target: PointsAccount, why: Cause) -> None:
        """Take points of a lot; what was drawn out of turn is taken from where it lies."""
        held = self.lots[draw.lot]
        held.known_at = max(held.known_at, why.known_at)
        home = held.home(why.at)
        left = draw.points
        for place in (home, *(place for place in LIVE if place is not home)):
            taken = min(left, max(held.points[place], 0))
            held.points[place] -= taken
            left -= taken
            self.move(place, target, taken, why, draw.lot)
        held.points[home] -= left
        self.move(home, target, left, why, draw.lot)
        held.held += draw.points if target is HELD else 0

    def give_back(self, draw: Draw, source: PointsAccount, why: Cause) -> None:
        """Give points back to a lot: to where its dates say they lie."""
        held = self.lots[draw.lot]
        held.known_at = max(held.known_at, why.known_at)
        home = held.home(why.at)
        held.points[home] += draw.points
        held.held -= draw.points if source is HELD else 0
        self.move(source, home, draw.points, why, draw.lot)

    def hold(self, ref: str, draws: Iterable[Draw], until: int, why: Cause) -> None:
        """Hold points of lots until an instant."""
        kept = list(draws)
        for draw in kept:
            self.draw(draw, HELD, why)
        self.holds[ref] = _Hold(until, why.known_at, kept)
        heapq.heappush(self._due, (until, 0, ref, NO_DEBT))

    def confirm(self, ref: str, returns: Iterable[Draw], target: PointsAccount, why: Cause) -> None:
        """Spend what a hold holds, but for what is given back."""
        hold = self.holds.pop(ref, None)
        if hold is None:
            return
        back: dict[int, int] = {}
        for draw in returns:
            back[draw.lot] = back.get(draw.lot, 0) + draw.points
            self.give_back(draw, HELD, why)
        for draw in hold.draws:
            less = min(back.get(draw.lot, 0), draw.points)
            back[draw.lot] = back.get(draw.lot, 0) - less
            self.lots[draw.lot].held -= draw.points - less
            self.move(HELD, target, draw.points - less, why, draw.lot)

    def release(self, ref: str, why: Cause) -> None:
        """End a hold: what it holds goes back; nothing where it ended before."""
        hold = self.holds.pop(ref, None)
        for draw in reversed(hold.draws if hold else ()):
            self.give_back(draw, HELD, why)

    def _time_out(self, ref: str, due: int) -> None:
        """End a hold that nobody ended: what comes back repays what is owed, the oldest first."""
        hold = self.holds[ref]
        why = Cause(due, max(due, hold.known_at), "timed-out", ref)
        self.ended[ref] = why.known_at
        self.release(ref, why)
        if ref in self._written:
            return
        for draw in reversed(hold.draws):
            left = draw.points if self.lots[draw.lot].home(due) is not EXPIRED else 0
            for owed in self._debts.values():
                part = min(left, owed.points)
                if part:
                    owed.points -= part
                    left -= part
                    self.draw(Draw(draw.lot, part), ARREARS, why)

    def owe(self, debt: Debt, change: int, target: PointsAccount, why: Cause) -> None:
        """
        Change what is owed: more of it counts as taken, less was repaid with points drawn.

        A debt that is too old by then is no longer asked for.
        """
        key = (debt.ref, debt.at)
        owed = self._debts.get(key)
        if owed is None:
            owed = self._debts[key] = _Owed(why.known_at)
            if debt.until is not None:
                heapq.heappush(self._due, (debt.until, 0, debt.ref, debt.at))
        owed.points += change
        if change > 0:
            self.move(ARREARS, target, change, why)
        if owed.aged:
            self._age(owed, why)

    def _age(self, owed: _Owed, why: Cause) -> None:
        """Waive what is owed by a debt that is too old."""
        owed.aged = True
        self.move(WAIVED, ARREARS, owed.points, why)
        owed.points = 0
