"""
The port for shared limits: a campaign's budget, a gift's stock.

A limit that many writers share would be one hot row. A quota leases *allotments* instead: each
writer takes a slice, spends from it on its own, and gives back the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import attrs

__all__ = ["Allotment", "Quota"]


@attrs.frozen
class Allotment:
    """
    A leased slice of a shared limit.

    Attributes:
        quota: Name of the limit.
        lease: The caller's id of this lease.
        amount: Units granted; may be fewer than asked, and 0 where nothing is left.
        until: Aware instant from which an allotment that was not settled returns to the limit
            whole.
    """

    quota: str
    lease: str
    amount: int
    until: datetime


class Quota(Protocol):
    """
    A shared limit, leased in allotments.

    Promises:

    * `open` sets a limit once; the same amount again changes nothing, another amount raises
      `IntegrityError`.
    * `lease` never grants more than what is left: at every instant, spent plus leased is at most
      the limit.
    * The same lease id again returns the first allotment; nothing more is granted.
    * `settle` records what was spent, at most the allotment, and returns the rest to the limit;
      the same settlement again changes nothing, another one raises `IntegrityError`.
    * An allotment not settled before its `until` returns whole to the limit, and settling it
      after that raises `IntegrityError`.
    * An unknown limit raises `UnknownNameError`.
    """

    def open(self, quota: str, limit: int) -> None:
        """Set *quota* to *limit* units."""

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        """Lease up to *amount* units until *until* (exclusive)."""

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        """Record that *spent* units of the lease were used; the rest goes back."""

    def left(self, quota: str, *, now: datetime) -> int:
        """Return the units neither spent nor leased at *now*."""
