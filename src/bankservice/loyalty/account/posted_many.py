"""
Many transactions of one account, posted together: one entry, each with its own lots and facts.

What it holds is what as many single postings would hold, in less room: names, classes of lots and
shapes of facts stand once, and a transaction is a short row. Whoever reads an account reads the
single postings again, so a statement, a refund or an explanation never sees the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, Self

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.account.account import Counted
from bankservice.loyalty.account.codec import thaw
from bankservice.loyalty.account.entries import Posted
from bankservice.loyalty.account.movement import Event, Ref
from bankservice.loyalty.account.shapes import facts_of
from bankservice.loyalty.model import AccrualFacts, Lot

__all__ = ["PostedMany", "each"]

_REST: Final[tuple[Any, ...]] = (0, 1, 0, (), ())
"""Tail of a row: days until it was posted, part, points lost to caps, why it earned less, uses."""


@attrs.frozen(kw_only=True)
class PostedMany(Event):
    """
    Transactions posted together, in the order given.

    Attributes:
        customer: Whose account it is.
        at: Instant of the latest.
        version: Programme version that rated them.
        older: Calendar versions by which windows were judged.
        first: Number of their first lot.
        currency: Currency of those that do not say otherwise.
        campaigns: Campaigns the member has joined, for those that do not say otherwise.
        classes: (component, earning row, whether it counts for tiers, what it waits for) of lots.
        shapes: Names of the facts that lines of `facts` state.
        rows: A line for each: ref, day as an ordinal, instant, lots, and where it is not `_REST`,
            that as JSON. Lots are four numbers each: points, class, microseconds until it can be
            spent (nothing while it waits for something), instant of its lapse. Uses of caps are
            cap, period, what was used, the sum afterwards.
        facts: A line for each: number of its shape, the facts it states.
    """

    customer: str
    at: int
    version: Ref
    first: int
    currency: str
    campaigns: Sequence[str] = ()
    older: Sequence[Ref] = ()
    classes: Sequence[Sequence[Any]] = ()
    shapes: Sequence[Sequence[str]] = ()
    rows: str = ""
    facts: str = attrs.field(default="", metadata={"sealed": True})

    def __written__(self) -> dict[str, Any]:
        """Return it as plain JSON: all parts are that already."""
        held = {name: getattr(self, name) for name in _NAMES}
        held["version"] = dict(self.version)
        if self.older:
            held["older"] = [dict(ref) for ref in self.older]
        else:
            del held["older"]
        return held

    @classmethod
    def thaw(cls, whole: Mapping[str, Any]) -> Self:
        """Return the event an entry holds."""
        older = tuple(map(FrozenMapping, whole.get("older", ())))
        return cls(**{**whole, "version": FrozenMapping(whole["version"]), "older": older})

    def postings(self) -> Iterator[Posted]:
        """Yield the single postings it stands for; without facts where they were erased."""
        number = self.first
        facts = iter(self.facts.split("\n")) if self.facts else None
        for line in self.rows.split("\n"):
            ref, ordinal, stamp, flat, *tail = line.split("\t")
            rest: tuple[Any, ...] = tuple(json.loads(tail[0])) if tail else ()
            posted, part, lost, why, uses = (*rest, *_REST[len(rest) :])
            at, on = int(stamp), date.fromordinal(int(ordinal))
            lots = tuple(self._lots(ref, on, at, flat, number)) if flat else ()
            number += len(lots)
            yield Posted(
                at=at,
                on=on,
                ref=ref,
                version=self.version,
                grants=lots,
                counts=tuple(_counted(cap, period, after) for cap, period, _, after in uses),
                customer=self.customer,
                part=part,
                granted=sum([lot.granted for lot in lots]),
                lost=lost,
                qualifying=sum([lot.granted for lot in lots if lot.qualifying]),
                why=tuple(why),
                uses=tuple(_counted(cap, period, used) for cap, period, used, _ in uses),
                facts=None if facts is None else self._facts(next(facts), on, posted),
            )

    def _lots(self, ref: str, on: date, at: int, flat: str, number: int) -> Iterator[Lot]:
        for place, held in enumerate(flat.split(";")):
            points, kind, wait, expires_at = held.split(",")
            component, row, qualifying, action = self.classes[int(kind)]
            yield Lot(
                number=number + place,
                granted=int(points),
                left=int(points),
                component=component,
                ref=ref,
                row=row,
                earned_on=on,
                available_at=at + int(wait) if wait else None,
                expires_at=int(expires_at) if expires_at else None,
                qualifying=qualifying,
                action=action,
            )

    def _facts(self, line: str, on: date, posted: int) -> AccrualFacts:
        shape, _, stated = line.partition("\t")
        whole = {
            "currency": self.currency,
            "campaigns": self.campaigns,
            **facts_of(self.shapes[int(shape)], stated),
            "on": on.isoformat(),
            "posted_on": date.fromordinal(on.toordinal() + posted).isoformat(),
        }
        facts: AccrualFacts = thaw(AccrualFacts, whole)
        return facts


_NAMES: Final = tuple(field.name for field in attrs.fields(PostedMany))


def _counted(cap: str, period: str, used: str) -> Counted:
    return Counted(cap=cap, period=period, used=Fraction(used))


def each(event: Any) -> Iterator[Any]:
    """Yield the single events an event stands for: itself, or the postings of many."""
    if isinstance(event, PostedMany):
        yield from event.postings()
    else:
        yield event
