"""
What every entry that moves points has: what came in, was drawn, came back, changed its dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.account.account import Counted, Debt
from bankservice.loyalty.account.codec import thaw
from bankservice.loyalty.model import Draw, Lot

__all__ = ["Event", "Lapse", "Movement", "NewDates", "Ref"]

Ref = FrozenMapping[str, str]


class Event:
    """What entries hold; read quickly, for it was written from the same class."""

    __slots__ = ()

    @classmethod
    def thaw(cls, whole: Mapping[str, Any]) -> Self:
        """
        Return the event an entry holds.

        Raises:
            KeyError: If it has a field this class does not have.
            TypeError: If one is missing.
        """
        event: Self = thaw(cls, whole)
        return event


@attrs.frozen(kw_only=True)
class NewDates:
    """New dates of a lot, with the old ones."""

    lot: int
    available_at: int | None
    expires_at: int | None
    was_available_at: int | None
    was_expires_at: int | None


@attrs.frozen(kw_only=True)
class Lapse:
    """Points of a lot that had lapsed at an instant, as written down."""

    lot: int
    points: int
    at: int


@attrs.frozen(kw_only=True)
class Movement(Event):
    """
    What every entry that moves points has.

    Attributes:
        at: Business instant.
        on: Local day.
        ref: The caller's reference.
        version: Programme version it was decided under.
        older: Calendar versions by which windows were judged.
        grants: Lots that came in.
        draws: Taken from lots, in order.
        returns: Given back to lots, in order.
        dates: Dates that changed.
        repaid: Debts repaid, as draws from the lots that came in or back (`draws` hold them too).
        debts: What is owed afterwards, where it changed; None where it did not.
        counts: Use of caps and limits afterwards, where it changed.
        customer: Whose account it is, where the entry has a sealed part.
        asked: What was asked, as text by name, where a ref is to be done once.
        active: Whether lots that lapse by inactivity live on from this day.
    """

    at: int
    on: date
    ref: str = ""
    version: Ref | None = None
    older: tuple[Ref, ...] = ()
    grants: tuple[Lot, ...] = ()
    draws: tuple[Draw, ...] = ()
    returns: tuple[Draw, ...] = ()
    dates: tuple[NewDates, ...] = ()
    repaid: int = 0
    debts: tuple[Debt, ...] | None = None
    counts: tuple[Counted, ...] = ()
    customer: str = ""
    asked: Ref = FrozenMapping()
    active: bool = False
