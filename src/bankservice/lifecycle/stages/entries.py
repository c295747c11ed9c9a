"""
What the stream of a customer's stages holds: events as decided, and the state they fold to.

An entry carries the days and what they do, as flags, and the stages that began: no kind of act,
no channel and no amount, so that nothing personal is in it but the facts that cohorts ask for,
which are sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache, reduce
from typing import Any

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.record import Events, Record
from bankservice.lifecycle.model import Stage, StageChange, StageReason
from bankservice.lifecycle.stages.commands import CLOSURES, ClosureReason
from bankservice.lifecycle.stages.dossier import EMPTY, Dossier, Hold, untold
from bankservice.lifecycle.stages.kind import FAR
from bankservice.lifecycle.stages.machine import Change

__all__ = [
    "EVENTS",
    "Advanced",
    "Closed",
    "Corrected",
    "Held",
    "Known",
    "Observed",
    "Relationship",
    "Released",
    "Said",
    "evolve",
    "fold",
    "learnt",
]


@attrs.frozen(kw_only=True)
class Said:
    """
    What every event carries.

    Attributes:
        said: The stages that began by it.
        replaced: The stages said before that did not begin after all.
        due: First day on which a clock fires afterwards; None where none runs.
        version: Name of the policy version in force.
        older: Names of others that had a part in it.
        zone: Zone whose days count.
    """

    said: tuple[StageChange, ...] = ()
    replaced: tuple[StageChange, ...] = ()
    due: date | None = None
    version: FrozenMapping[str, str] | None = None
    older: tuple[FrozenMapping[str, str], ...] = ()
    zone: str = "UTC"

    def __written__(self) -> dict[str, Any]:
        """Return it as plain JSON, without what is at its default: millions are written."""
        held = self._own()
        for name in ("said", "replaced"):
            changes = getattr(self, name)
            if changes:
                held[name] = [
                    {"stage": c.stage.value, "on": c.on.isoformat(), "reason": c.reason.value}
                    for c in changes
                ]
        if self.due is not None:
            held["due"] = self.due.isoformat()
        if self.version is not None:
            held["version"] = self.version.mutable()
        if self.older:
            held["older"] = [ref.mutable() for ref in self.older]
        if self.zone != "UTC":
            held["zone"] = self.zone
        return held

    def _own(self) -> dict[str, Any]:
        """Return the fields of the class's own as plain JSON."""
        shared = attrs.fields_dict(Said)
        return {
            field.name: to_json(value)
            for field in attrs.fields(type(self))
            if field.name not in shared and (value := getattr(self, field.name)) != field.default
        }


def _read(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `Said` that an entry holds."""
    said, replaced, older = table.get("said"), table.get("replaced"), table.get("older")
    due, version = table.get("due"), table.get("version")
    return {
        "said": tuple(map(_change, said)) if said else (),
        "replaced": tuple(map(_change, replaced)) if replaced else (),
        "due": None if due is None else date.fromisoformat(due),
        "version": None if version is None else _named(**version),
        "older": tuple(_named(**ref) for ref in older) if older else (),
        "zone": table.get("zone", "UTC"),
    }


@lru_cache(maxsize=256)
def _named(policy: str, since: str, digest: str) -> FrozenMapping[str, str]:
    """Return the name of a policy version; the few there are stand in millions of entries."""
    return FrozenMapping({"policy": policy, "since": since, "digest": digest})


def _change(table: Mapping[str, Any]) -> StageChange:
    return StageChange(
        Stage(table["stage"]), date.fromisoformat(table["on"]), StageReason(table["reason"])
    )


def _dated(rows: Any) -> tuple[tuple[date, int], ...]:
    return tuple((date.fromisoformat(on), number) for on, number in rows)


@attrs.frozen(kw_only=True)
class Known(Said):
    """Facts stated from a day on; *first* where the customer became known on it."""

    on: date
    first: bool = False
    products: int | None = None
    customer: Any = attrs.field(default=None, metadata={"sealed": True})

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Known:
        """Return the event an entry holds."""
        customer = table.get("customer")
        return cls(
            on=date.fromisoformat(table["on"]),
            first=table.get("first", False),
            products=table.get("products"),
            customer=None if customer is None else FrozenMapping(customer),
            **_read(table),
        )


@attrs.frozen(kw_only=True)
class Observed(Said):
    """
    Days of acts, each with what it does as flags (see `activity`).

    Attributes:
        days: The days that are new, or have something new.
        products: How many products the customer holds from a day on.
        known: Day the customer became known, where the batch that told the acts told that too.
    """

    days: tuple[tuple[date, int], ...] = ()
    products: tuple[tuple[date, int], ...] = ()
    known: date | None = None

    def _own(self) -> dict[str, Any]:
        held: dict[str, Any] = {}
        if self.days:
            held["days"] = [[on.isoformat(), flags] for on, flags in self.days]
        if self.products:
            held["products"] = [[on.isoformat(), number] for on, number in self.products]
        if self.known is not None:
            held["known"] = self.known.isoformat()
        return held

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Observed:
        """Return the event an entry holds."""
        known = table.get("known")
        return cls(
            days=_dated(table.get("days", ())),
            products=_dated(table.get("products", ())),
            known=None if known is None else date.fromisoformat(known),
            **_read(table),
        )


@attrs.frozen(kw_only=True)
class Corrected(Observed):
    """Days told late, by which what was said before does not hold any more."""


@attrs.frozen(kw_only=True)
class Advanced(Said):
    """Clocks had fired by the end of a day."""

    on: date

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Advanced:
        """Return the event an entry holds."""
        return cls(on=date.fromisoformat(table["on"]), **_read(table))


@attrs.frozen(kw_only=True)
class Closed(Said):
    """Everything ended on a day."""

    on: date
    reason: ClosureReason

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Closed:
        """Return the event an entry holds."""
        return cls(on=date.fromisoformat(table["on"]), reason=table["reason"], **_read(table))


@attrs.frozen(kw_only=True)
class Held(Said):
    """Clocks of inactivity stand still from a day on."""

    kind: str
    on: date
    until: date | None = None

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Held:
        """Return the event an entry holds."""
        until = table.get("until")
        return cls(
            kind=table["kind"],
            on=date.fromisoformat(table["on"]),
            until=None if until is None else date.fromisoformat(until),
            **_read(table),
        )


@attrs.frozen(kw_only=True)
class Released(Said):
    """The clocks of a hold run again: it began on a day and ended before another."""

    kind: str
    held_on: date
    on: date

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Released:
        """Return the event an entry holds."""
        return cls(
            kind=table["kind"],
            held_on=date.fromisoformat(table["held_on"]),
            on=date.fromisoformat(table["on"]),
            **_read(table),
        )


EVENTS = Events(
    {
        "known": Known,
        "observed": Observed,
        "corrected": Corrected,
        "advanced": Advanced,
        "closed": Closed,
        "held": Held,
        "released": Released,
    }
)


# -- state ------------------------------------------------------------------------------------


@attrs.frozen
class Relationship:
    """
    The state of the record.

    Attributes:
        dossier: What stages follow from.
        said: The stages told so far, as they stand now.
        due: First day on which a clock fires; `FAR` for none.
        zone: Zone whose days count.
        customer: Facts that cohorts ask for.
    """

    dossier: Dossier = EMPTY
    said: tuple[Change, ...] = ()
    due: int = FAR
    zone: str = "UTC"
    customer: FrozenMapping[str, Any] = FrozenMapping()


def evolve(state: Relationship, event: Any) -> Relationship:
    """Return the state after an event; total over `EVENTS`."""
    customer = state.customer
    if isinstance(event, Known) and event.customer is not None:
        customer = FrozenMapping({**customer, **event.customer})
    kept = state.said[: len(state.said) - len(event.replaced)]
    return Relationship(
        learnt(state.dossier, event),
        (*kept, *untold(event.said)),
        FAR if event.due is None else event.due.toordinal(),
        event.zone,
        customer,
    )


def fold(
    record: Record[Relationship],
    state: Relationship,
    events: Sequence[Any],
    followed: Sequence[Any],
) -> Relationship:
    """Return the state after all of a customer's events, as `evolve` would one by one; quicker."""
    if len(events) < 2:
        return reduce(evolve, events, state)
    dossier, said, customer = state.dossier, list(state.said), state.customer
    days: dict[int, int] = {}
    for event in events:
        if isinstance(event, Observed):
            for day, flags in event.days:
                on = day.toordinal()
                days[on] = days.get(on, 0) | flags
            if event.products or event.known is not None:
                dossier = learnt(dossier, attrs.evolve(event, days=()))
        else:
            dossier = learnt(dossier, event)
            if isinstance(event, Known) and event.customer is not None:
                customer = FrozenMapping({**customer, **event.customer})
        if event.replaced:
            del said[len(said) - len(event.replaced) :]
        said += untold(event.said)
    due = FAR if event.due is None else event.due.toordinal()
    return Relationship(dossier.with_days(days), tuple(said), due, event.zone, customer)


def learnt(dossier: Dossier, event: Any) -> Dossier:
    """Return the dossier with what an event brought."""
    match event:
        case Observed():
            if event.known is not None:
                dossier = attrs.evolve(dossier, known=event.known.toordinal())
            # An entry may name a day twice, and one on which nothing was done.
            days: dict[int, int] = {}
            for day, flags in event.days:
                if flags:
                    on = day.toordinal()
                    days[on] = days.get(on, 0) | flags
            dossier = dossier.with_days(days)
            for day, number in event.products:
                dossier = dossier.with_products(day.toordinal(), number)
        case Known():
            if event.first:
                dossier = attrs.evolve(dossier, known=event.on.toordinal())
            if event.products is not None:
                dossier = dossier.with_products(event.on.toordinal(), event.products)
        case Closed():
            dossier = dossier.with_closure(event.on.toordinal(), CLOSURES[event.reason])
        case Held():
            end = FAR if event.until is None else event.until.toordinal()
            dossier = dossier.with_hold(Hold(event.kind, event.on.toordinal(), end))
        case Released():
            began, end = event.held_on.toordinal(), event.on.toordinal()
            was = next(h for h in dossier.holds if h[:2] == (event.kind, began))
            dossier = dossier.without_hold(was)
            if began < end:
                dossier = dossier.with_hold(Hold(event.kind, began, end))
    return dossier
