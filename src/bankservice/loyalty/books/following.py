"""
An account followed step by step: what was followed before is not followed again.

It is `follow` for somebody who asks for one instant after another, such as the ends of many months,
and tells the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.entries import Movement, Released
from bankservice.loyalty.account.standing import lapses_at
from bankservice.loyalty.books.chart import Move, PointsAccount
from bankservice.loyalty.books.movements import Booked, apply, owed_by
from bankservice.loyalty.books.running import Running

__all__ = ["Following"]


class Following:
    """Follows one account forward; it begins anew where something is told late."""

    def __init__(self, zone: str) -> None:
        """Begin before the first entry; *zone* is the one whose days count."""
        self._zone = zone
        self._run: Running | None = None
        self._seen = 0
        self._as_of = 0
        self._waiting: list[Booked] = []
        self._indebted = False

    def until(self, entries: Sequence[Booked], as_of: int) -> bool:
        """
        Follow the account up to an instant.

        Args:
            entries: All there are by now, in order of versions.
            as_of: Last business instant that counts.

        Returns:
            Whether it began anew: `moves` are others than before, not only more of them.
        """
        fresh = entries[self._seen :]
        self._seen = len(entries)
        moving = [entry for entry in fresh if isinstance(entry.event, Movement)]
        self._indebted |= any(entry.event.debts is not None for entry in moving)
        self._waiting += moving
        ready = [entry for entry in self._waiting if entry.event.at <= as_of]
        late = any(
            entry.event.active or entry.event.at <= self._as_of or _timed_out(entry)
            for entry in ready
        )
        anew = self._run is None or as_of < self._as_of or late
        if anew:
            ready = self._begin(entries, as_of)
        else:
            self._waiting = [entry for entry in self._waiting if entry.event.at > as_of]
        run = self._run
        assert run is not None, "begun above"
        run.expect(lot for entry in moving for lot in entry.event.grants)
        owed = owed_by(entries) if self._indebted else {}
        for entry in sorted(ready, key=lambda entry: (entry.event.at, entry.place)):
            run.advance(entry.event.at)
            apply(run, entry, owed.get(entry.place, ()))
        run.advance(as_of)
        self._as_of = as_of
        return anew

    def _begin(self, entries: Sequence[Booked], as_of: int) -> list[Booked]:
        """Begin anew, and return what is to be applied."""
        moving = [entry for entry in entries if isinstance(entry.event, Movement)]
        ready = [entry for entry in moving if entry.event.at <= as_of]
        self._waiting = [entry for entry in moving if entry.event.at > as_of]
        active = sorted({entry.event.on.toordinal() for entry in ready if entry.event.active})
        account = Account(zone=self._zone, active=tuple(active))
        lots = [lot for entry in moving for lot in entry.event.grants]
        ended = {entry.event.ref for entry in ready if _timed_out(entry)}
        self._run = Running(lots, self._zone, lambda lot: lapses_at(account, lot), ended)
        return ready

    @property
    def moves(self) -> Sequence[Move]:
        """Every move of points so far, in order of business instants."""
        return () if self._run is None else self._run.moves

    def outstanding(self) -> Iterator[tuple[int | None, int]]:
        """Yield first instant of lapse (None: never) and points owed of every lot that has some."""
        for held in self._run.lots.values() if self._run is not None else ():
            points = held.points[PointsAccount.PENDING] + held.points[PointsAccount.AVAILABLE]
            if held.granted and (points or held.held):
                yield held.expires_at, points + held.held


def _timed_out(entry: Booked) -> bool:
    return isinstance(entry.event, Released) and entry.event.timed_out
