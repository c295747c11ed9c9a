"""Shared limits in memory: for tests, trials and rules that need no lasting record."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

import attrs

from bankservice.core.errors import IntegrityError, UnknownNameError
from bankservice.core.quota import Allotment
from bankservice.journals.canonical import from_micros, to_micros
from bankservice.journals.slices import (
    Slice,
    checked_ask,
    checked_limit_units,
    checked_spent,
    checked_use,
)

__all__ = ["MemoryQuota"]


@attrs.define
class _Limit:
    """A limit, what is taken of it (spent and leased), and its slices."""

    units: int
    taken: int = 0
    slices: dict[str, Slice] = attrs.field(factory=dict)


class MemoryQuota:
    """Shared limits that last as long as the object. One lock makes them safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._limits: dict[str, _Limit] = {}

    def open(self, quota: str, limit: int) -> None:
        """Set *quota* to *limit* units."""
        checked_limit_units(quota, limit)
        with self._lock:
            known = self._limits.setdefault(quota, _Limit(limit))
            if known.units != limit:
                raise IntegrityError(
                    f"quota {quota!r} was opened with {known.units} units; got {limit}. "
                    "Open another quota for another limit."
                )

    def _limit(self, quota: str) -> _Limit:
        if quota not in self._limits:
            raise UnknownNameError("quota", quota, self._limits)
        return self._limits[quota]

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        """Lease up to *amount* units until *until* (exclusive)."""
        start, end = to_micros(now), to_micros(until)
        with self._lock:
            limit = self._limit(quota)
            first = limit.slices.get(lease)
            if first is None:
                checked_ask(quota, amount, start, end)
                for name, late in limit.slices.items():
                    if late.open and late.until <= start:
                        limit.slices[name] = attrs.evolve(late, open=False)
                        limit.taken -= late.unspent
                first = Slice(min(amount, limit.units - limit.taken), end)
                limit.slices[lease] = first
                limit.taken += first.amount
        return Allotment(quota, lease, first.amount, from_micros(first.until))

    def _slice(self, quota: str, lease: str) -> tuple[_Limit, Slice]:
        limit = self._limit(quota)
        if lease not in limit.slices:
            raise UnknownNameError("lease", lease, ())
        return limit, limit.slices[lease]

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        """Record that *units* of the lease were used; inside the transaction that used them."""
        instant = to_micros(now)
        with self._lock:
            limit, taken = self._slice(quota, lease)
            checked_use(quota, lease, taken, units, instant)
            limit.slices[lease] = attrs.evolve(taken, spent=taken.spent + units)

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        """Record that *spent* units of the lease were used in all; the rest goes back."""
        instant = to_micros(now)
        with self._lock:
            limit, taken = self._slice(quota, lease)
            if checked_spent(quota, lease, taken, spent, instant):
                limit.slices[lease] = attrs.evolve(taken, open=False, spent=spent, settled=True)
                limit.taken -= taken.amount - spent

    def left(self, quota: str, *, now: datetime) -> int:
        """Return the units neither spent nor leased at *now*."""
        instant = to_micros(now)
        with self._lock:
            limit = self._limit(quota)
            late = sum(
                taken.unspent
                for taken in limit.slices.values()
                if taken.open and taken.until <= instant
            )
            return limit.units - limit.taken + late
