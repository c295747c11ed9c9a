"""
An account while entries are folded into it: what they touch is copied once, and then changed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.account.account import Account, Returned
from bankservice.loyalty.account.movement import Movement, NewDates
from bankservice.loyalty.account.standing import NEVER
from bankservice.loyalty.model import Lot

__all__ = ["Draft", "draw_order"]

_LISTS: Final = ("lots", "open", "parked", "campaigns", "active", "returned", "reinstated")
_MAPPINGS: Final = (
    "purchases",
    "authorisations",
    "holds",
    "redemptions",
    "forfeits",
    "counts",
    "refs",
    "written",
)


def draw_order(lot: Lot) -> tuple[int, int, date, int]:
    """Return by what `Account.open` is sorted: expiry, availability, day earned, number."""
    return (
        NEVER if lot.expires_at is None else lot.expires_at,
        NEVER if lot.available_at is None else lot.available_at,
        lot.earned_on,
        lot.number,
    )


class Draft:
    """An account that is being changed; the lists and mappings it touches are its own."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._held: dict[str, Any] = {}
        self._totals: dict[str, int] = {}

    def get(self, name: str) -> Any:
        """Return a part as it stands, to be read only."""
        return self._held[name] if name in self._held else getattr(self._account, name)

    def own(self, name: str) -> Any:
        """Return a list or mapping that may be changed."""
        if name not in self._held:
            kept = getattr(self._account, name)
            self._held[name] = list(kept) if name in _LISTS else kept.mutable()
        return self._held[name]

    def put(self, name: str, value: Any) -> None:
        """Set a part."""
        self._held[name] = value

    def count(self, **more: int) -> None:
        """Add to the totals."""
        for name, points in more.items():
            self._totals[name] = self._totals.get(name, 0) + points

    def account(self) -> Account:
        """Return the account with what was changed."""
        changed: dict[str, Any] = {
            name: tuple(value)
            if name in _LISTS
            else FrozenMapping(value)
            if name in _MAPPINGS
            else value
            for name, value in self._held.items()
        }
        if self._totals:
            totals = self._account.totals
            changed["totals"] = attrs.evolve(
                totals,
                **{name: getattr(totals, name) + more for name, more in self._totals.items()},
            )
        return attrs.evolve(self._account, **changed)

    # -- lots ---------------------------------------------------------------------------------

    def lot(self, number: int) -> Lot:
        """Return a lot by number."""
        found: Lot = self.get("lots")[number - 1]
        return found

    def grant(self, lot: Lot) -> None:
        """Add a lot."""
        self.own("lots").append(lot)
        if lot.left:
            self._open(lot)

    def change(self, number: int, points: int) -> None:
        """Take points from a lot (below zero) or give them back."""
        before = self.lot(number)
        after = attrs.evolve(before, left=before.left + points)
        assert 0 <= after.left <= after.granted, f"lot {number} would hold {after.left}"
        self.own("lots")[number - 1] = after
        if not before.left and after.left:
            self._open(after)
        elif before.left and not after.left:
            self._close(before)

    def redate(self, dates: NewDates) -> None:
        """Give a lot new dates."""
        before = self.lot(dates.lot)
        after = attrs.evolve(
            before,
            available_at=dates.available_at,
            expires_at=dates.expires_at,
            action="" if dates.available_at is not None else before.action,
        )
        if before.left:
            self._close(before)
        self.own("lots")[dates.lot - 1] = after
        if after.left:
            self._open(after)

    def _order(self, number: int) -> tuple[int, int, date, int]:
        return draw_order(self.lot(number))

    def _open(self, lot: Lot) -> None:
        held = self.own("open")
        if held and self._order(held[-1]) < draw_order(lot):
            held.append(lot.number)
        else:
            insort(held, lot.number, key=self._order)

    def _close(self, lot: Lot) -> None:
        held = self.own("open")
        # It is sorted by what the lots hold now: the lot must not have changed its dates yet.
        del held[bisect_left(held, draw_order(lot), key=self._order)]

    # -- what every movement has ---------------------------------------------------------------

    def move(self, event: Movement) -> None:
        """Apply what every movement has."""
        for lot in event.grants:
            self.grant(lot)
        for back in event.returns:
            self.change(back.lot, back.points)
            self.own("returned").append(Returned(event.at, back.lot, back.points))
        for dates in event.dates:
            self.redate(dates)
        for draw in event.draws:
            self.change(draw.lot, -draw.points)
        if event.debts is not None:
            self.put("debts", event.debts)
        if event.repaid:
            self.count(repaid=event.repaid)
        if event.counts:
            counts = self.own("counts")
            for counted in event.counts:
                counts[counted.key] = counted.used
        if event.asked:
            self.own("refs")[event.asked["act"] + ":" + event.ref] = event.asked
        if event.active:
            self._activity(event.on.toordinal())

    def _activity(self, ordinal: int) -> None:
        days = self.own("active")
        place = bisect_left(days, ordinal)
        if place == len(days) or days[place] != ordinal:
            days.insert(place, ordinal)
