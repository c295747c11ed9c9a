"""
What a record keeps in place of acts: days, and what was done on them as it was read then.

Which kinds of acts there were, by which channel and who set them off is not kept. So they can be
asked again of a policy that reads acts alike, and of no other: what counts there may be something
else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, Literal

import attrs

from bankservice.lifecycle.stages.activity import (
    COUNTS,
    RESETS_INACTIVE,
    RESETS_LOST,
    VERIFIED,
    check_day,
    not_negative,
)
from bankservice.lifecycle.stages.dossier import Dossier

__all__ = ["ProductsHeld", "ReadActs", "ReadDay", "read_of"]

_RESETS: Final[Mapping[int, tuple[Literal["inactive", "lost"], ...]]] = {
    0: (),
    RESETS_INACTIVE: ("inactive",),
    RESETS_LOST: ("lost",),
    RESETS_INACTIVE | RESETS_LOST: ("inactive", "lost"),
}


@attrs.frozen(kw_only=True)
class ReadDay:
    """
    A day with acts, and what they did.

    Attributes:
        on: The day.
        counts: Whether it counts as one of business.
        resets: Clocks that began again: `inactive`, `lost`.
        verified: Whether the customer's identity was checked by business.
    """

    on: date = attrs.field(validator=check_day)
    counts: bool = False
    resets: tuple[Literal["inactive", "lost"], ...] = ()
    verified: bool = False

    @property
    def flags(self) -> int:
        """What it does, as flags of the day."""
        return (
            (COUNTS if self.counts else 0)
            | (RESETS_INACTIVE if "inactive" in self.resets else 0)
            | (RESETS_LOST if "lost" in self.resets else 0)
            | (VERIFIED if self.verified else 0)
        )


@attrs.frozen(kw_only=True)
class ProductsHeld:
    """
    How many products a customer holds from a day on.

    Attributes:
        on: The first day.
        products: How many.
    """

    on: date = attrs.field(validator=check_day)
    products: int = attrs.field(validator=not_negative)


@attrs.frozen(kw_only=True)
class ReadActs:
    """
    Acts as they were read when they were told.

    Attributes:
        days: The days, with what was done on them.
        products: How many products the customer held, from which days on.
        read_by: How they were read: the name of the policy's `kinds` and `event` rows. A policy that
            reads acts otherwise cannot tell the stage from them.
    """

    days: tuple[ReadDay, ...] = ()
    products: tuple[ProductsHeld, ...] = ()
    read_by: str = ""


def read_of(dossier: Dossier, read_by: str) -> ReadActs:
    """Return what a dossier keeps of acts."""
    return ReadActs(
        days=tuple(_days(dossier)),
        products=tuple(
            ProductsHeld(on=date.fromordinal(day), products=number)
            for day, number in dossier.products
        ),
        read_by=read_by,
    )


def _days(dossier: Dossier) -> Iterator[ReadDay]:
    together = dossier.days[0] | dossier.days[1] | dossier.days[2]
    for place in range(together.bit_length()):
        if together >> place & 1:
            day = dossier.base + place
            yield _day(day, dossier.flags(day))


@lru_cache(maxsize=8192)
def _day(day: int, flags: int) -> ReadDay:
    # Much of a book does the same on the same day.
    return ReadDay(
        on=date.fromordinal(day),
        counts=bool(flags & COUNTS),
        resets=_RESETS[flags & (RESETS_INACTIVE | RESETS_LOST)],
        verified=bool(flags & VERIFIED),
    )
