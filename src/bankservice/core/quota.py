"""
The port for shared limits: a campaign's budget, a gift's stock.

A limit that many writers share would be one hot row. A quota leases *allotments* instead: each
writer takes a slice, spends from it on its own, and gives back the rest. A writer that records
what it spends in the transaction that spends it can be killed at any point: what it used stays
used, the rest falls back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from bankservice.core.errors import IntegrityError

__all__ = ["Allotment", "Purse", "Quota"]


@attrs.frozen
class Allotment:
    """
    A leased slice of a shared limit.

    Attributes:
        quota: Name of the limit.
        lease: The caller's id of this lease.
        amount: Units granted; may be fewer than asked, and 0 where nothing is left.
        until: Aware instant from which what was not recorded as spent returns to the limit.
    """

    quota: str
    lease: str
    amount: int
    until: datetime


class Quota(Protocol):
    """
    A shared limit, leased in allotments.

    One quota serves one tenant; the same name with another tenant's is another limit.

    Promises:

    * `open` sets a limit once; the same amount again changes nothing, another amount raises
      `IntegrityError`.
    * `lease` never grants more than what is left: at every instant, spent plus leased is at most
      the limit.
    * The same lease id again returns the first allotment; nothing more is granted.
    * `spend` records units as used, together at most the allotment; more raises
      `IntegrityError`, and so does spending from a lease that was settled or has ended.
    * `settle` records what was spent in all, at least what `spend` recorded and at most the
      allotment, and returns the rest to the limit; the same settlement again changes nothing,
      another one raises `IntegrityError`.
    * What was not recorded as spent before the lease's `until` returns to the limit, and settling
      it after that raises `IntegrityError`.
    * An unknown limit raises `UnknownNameError`.
    """

    def open(self, quota: str, limit: int) -> None:
        """Set *quota* to *limit* units."""

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        """Lease up to *amount* units until *until* (exclusive)."""

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        """Record that *units* of the lease were used; inside the transaction that used them."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        """Record that *spent* units of the lease were used in all; the rest goes back."""

    def left(self, quota: str, *, now: datetime) -> int:
        """Return the units neither spent nor leased at *now*."""


@attrs.define
class _Held:
    """
    An allotment in a purse.

    Attributes:
        lease: Its id.
        until: When it ends.
        units: What is left of it.
        spent: What was spent of it.
        certain: Nothing was spent where a host may have rolled it back.
    """

    lease: str
    until: datetime
    units: int
    spent: int = 0
    certain: bool = True

    def has(self, units: int, now: datetime) -> bool:
        return now < self.until and units <= self.units


class Purse:
    """
    Units of a shared limit in one writer's hands, taken from the limit a slice at a time.

    Every unit is recorded as spent when it is taken, in the slice and not in the limit itself, so
    writers do not wait for each other. A writer that is killed has spent what it took; the rest of
    its slices falls back when they end. A purse serves one thread: give each its own, with an id
    of its own.

    Examples:
        >>> from datetime import UTC
        >>> from bankservice.journals import MemoryQuota
        >>> noon, quota = datetime(2026, 3, 2, 12, tzinfo=UTC), MemoryQuota()
        >>> quota.open("gifts", 25)
        >>> purse = Purse(quota, "gifts", "till-4", size=10, hold=timedelta(hours=1))
        >>> purse.take(3, noon), quota.left("gifts", now=noon)
        (True, 15)
        >>> purse.settle(noon)
        >>> quota.left("gifts", now=noon)
        22
    """

    def __init__(self, quota: Quota, name: str, writer: str, *, size: int, hold: timedelta) -> None:
        """
        Set up.

        Args:
            quota: Where the limit is kept; not inside a host's transaction, which would hold the
                limit for itself until it ends.
            name: Name of the limit.
            writer: The caller's id of this purse, the stem of its leases' ids. Under an id that
                was used before, the purse first goes through the leases of then.
            size: Units of a slice; more are leased where more are taken at once.
            hold: How long a slice is leased for.
        """
        if size < 1 or hold <= timedelta(0):
            raise ValueError(
                f"slices are of {size} units for {hold}; pass 1 unit or more and a time above 0."
            )
        self._quota = quota
        self._name = name
        self._writer = writer
        self._size = size
        self._hold = hold
        self._leases = 0
        self._held: list[_Held] = []

    def take(self, units: int, now: datetime, *, inside: Quota | None = None) -> bool:
        """
        Spend units, all of them or none.

        Args:
            units: How many; 1 or more.
            now: The present instant, aware.
            inside: The same quota inside the host's transaction that uses the units. If that is
                rolled back they were not spent, and fall back when their slice ends.

        Returns:
            False where fewer are left than nobody else has leased.

        Raises:
            UnknownNameError: If there is no such limit.
        """
        if units < 1:
            raise ValueError(f"{self._writer!r} takes {units} units; pass 1 or more.")
        self._held = [held for held in self._held if held.has(1, now)]
        for held in self._held:
            if held.has(units, now) and self._spend(held, units, now, inside):
                return True
        # Asked first: a lease of nothing would be a row for every customer who comes too late.
        while self._quota.left(self._name, now=now) >= units:
            held = self._lease(units, now)
            if not held.has(units, now):
                # Others came between, or the lease is one of an earlier purse under this id.
                self._give_back(held, now)
                continue
            self._held.append(held)
            if self._spend(held, units, now, inside):
                return True
        return False

    def settle(self, now: datetime) -> None:
        """
        Give back what was leased and not spent.

        A slice that was spent from inside a host's transaction falls back when it ends: whether
        the host committed is not known here.
        """
        for held in self._held:
            if held.certain:
                self._give_back(held, now)
        self._held = []

    def _lease(self, units: int, now: datetime) -> _Held:
        # Counted once it is had: asked again after trouble, the same lease is given.
        lease = f"{self._writer}-{self._leases + 1}"
        asked = max(units, self._size)
        given = self._quota.lease(self._name, lease, asked, now=now, until=now + self._hold)
        self._leases += 1
        return _Held(lease, given.until, given.amount)

    def _spend(self, held: _Held, units: int, now: datetime, inside: Quota | None) -> bool:
        spending = self._quota if inside is None else inside
        try:
            spending.spend(self._name, held.lease, units, now=now)
        except IntegrityError:
            # By another clock it has ended, or another purse has this id too.
            held.units, held.certain = 0, False
            return False
        held.units -= units
        held.spent += units
        held.certain = held.certain and inside is None
        return True

    def _give_back(self, held: _Held, now: datetime) -> None:
        with suppress(IntegrityError):
            self._quota.settle(self._name, held.lease, held.spent, now=now)
