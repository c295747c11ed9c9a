"""
What the stream of a customer's membership holds: what was decided of which day, in any order.

An entry is about its own day (`on`), whenever it was recorded. One that comes late stands where
its day stands: between those before and after it. What holds on a day is what the last entry up
to that day says; what was *known* then is the same over the entries recorded by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.grouping.model import Grouped
from bankservice.segmentation.grouping.table import ScreenOutcome

__all__ = [
    "COMMANDS",
    "EVENTS",
    "Assign",
    "Assigned",
    "Belonging",
    "Leave",
    "Left",
    "Mark",
    "Place",
    "Span",
    "evolve",
    "facts_of",
]


_PLAIN: Final = (str, int, Decimal, date, type(UNKNOWN), type(None))


def _hashable(facts: FrozenMapping[str, Any]) -> FrozenMapping[str, Any]:
    """
    Return facts with lists as tuples, so that a command on them can be compared and hashed.

    What kind of value a fact has is for the register to say; what no fact can be is refused here,
    because it could not be kept.
    """
    held = {n: tuple(value) if isinstance(value, list) else value for n, value in facts.items()}
    faults = [
        Fault(str(name), type(value).__name__, "a text, number, boolean, date or list of texts")
        for name, value in held.items()
        for part in (value if isinstance(value, tuple) else (value,))
        if not isinstance(part, _PLAIN)
    ]
    if faults:
        raise FaultsError("the facts of a customer", tuple(faults))
    return FrozenMapping(held)


# -- commands ---------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Assign:
    """
    Decide which groups a customer is in on a day.

    Attributes:
        on: The day; that of the command where left out.
        customer: Facts of the customer on that day, as for `segmentation.groups`.
        born_on: The birth date; the age follows.
        returned: The customer had left and came back on that day.
    """

    on: date | None = None
    customer: FrozenMapping[str, Any] = attrs.field(default=FrozenMapping(), converter=_hashable)
    born_on: date | UnknownType | None = None
    returned: bool = False


@attrs.frozen(kw_only=True)
class Leave:
    """
    End a membership: the customer is no longer one.

    Attributes:
        on: First day they are not; that of the command where left out.
        reason: Why, as a code of the bank's own.
    """

    reason: str
    on: date | None = None


COMMANDS: Final = {"assign": Assign, "leave": Leave}
"""Command names and their classes."""


# -- state ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Place:
    """
    Where a customer belongs.

    Attributes:
        screening: `in`, `out` or `refer`; None where it was never known.
        behaviours: Codes of behaviours.
        segment: Code of the segment; None where there is none, or it was never known.
        undecided: What could not be decided last (`screening`, `behaviours`, `segment`) → the
            facts that were not known; what stood before was kept.
    """

    screening: ScreenOutcome | None = None
    behaviours: tuple[str, ...] = ()
    segment: str | None = None
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()

    @property
    def groups(self) -> tuple[str | None, tuple[str, ...], str | None]:
        """Screening, behaviours and segment alone."""
        return (self.screening, self.behaviours, self.segment)

    def after(self, found: Grouped) -> Place:
        """Return where the customer belongs after a decision: what it left open stays as it was."""
        unknown = {name: found.unknown[name] for name in _ASPECTS if name in found.unknown}
        return Place(
            screening=self.screening if "screening" in unknown else found.screening.outcome,
            behaviours=self.behaviours if "behaviours" in unknown else found.behaviours,
            segment=self.segment if "segment" in unknown else found.segment,
            undecided=FrozenMapping(unknown),
        )


_ASPECTS: Final = ("screening", "behaviours", "segment")
_NOWHERE: Final = Place()


@attrs.frozen(kw_only=True)
class Mark:
    """
    What one entry says of its day.

    Attributes:
        on: The day.
        place: Where the customer belongs from then on; None if they left.
        returned: They had left and came back.
        reason: Why they left.
    """

    on: date
    place: Place | None = None
    returned: bool = False
    reason: str = ""


@attrs.frozen(kw_only=True)
class Span:
    """
    Days of one membership, `[on, until)`.

    Attributes:
        on: First day.
        until: First day it no longer was so; None where it still is.
        segment: Code of the segment.
        behaviours: Codes of behaviours.
        screening: What screening said.
    """

    on: date
    until: date | None
    segment: str | None
    behaviours: tuple[str, ...]
    screening: ScreenOutcome | None


@attrs.frozen
class Belonging:
    """
    The state of the record: the marks in the order of their days, those of one day as recorded.

    Examples:
        >>> here = Place(screening="in", segment="general")
        >>> Belonging((Mark(on=date(2026, 1, 1), place=here),)).at(date(2026, 3, 31)).segment
        'general'
    """

    marks: tuple[Mark, ...] = ()

    def valid(self) -> tuple[Mark, ...]:
        """
        Return the marks that count: not those after the customer left, until they came back.

        Of several of one day the last recorded counts.
        """
        found: list[Mark] = []
        left = False
        for mark in self.marks:
            if mark.place is not None and left and not mark.returned:
                continue
            left = mark.place is None
            if found and found[-1].on == mark.on:
                found.pop()
            found.append(mark)
        return tuple(found)

    def last(self, on: date) -> Mark | None:
        """Return the mark that holds on a day; None before the first."""
        return next((mark for mark in reversed(self.valid()) if mark.on <= on), None)

    def at(self, on: date) -> Place:
        """Return where the customer belongs on a day; nowhere before the first, and after leaving."""
        mark = self.last(on)
        return _NOWHERE if mark is None or mark.place is None else mark.place

    def left(self, on: date) -> Mark | None:
        """Return how the customer left, if they have by a day."""
        mark = self.last(on)
        return mark if mark is not None and mark.place is None else None

    def spans(self, on: date) -> tuple[Span, ...]:
        """Return the memberships up to a day, oldest first; equal ones in a row are one."""
        found: list[tuple[Mark, date | None]] = []
        for mark in self.valid():
            if mark.on > on:
                break
            last = found[-1][0] if found else None
            if last is not None and _same(last, mark):
                continue
            if last is not None:
                found[-1] = (last, mark.on)
            found.append((mark, None))
        return tuple(
            Span(
                on=mark.on,
                until=until,
                segment=mark.place.segment,
                behaviours=mark.place.behaviours,
                screening=mark.place.screening,
            )
            for mark, until in found
            if mark.place is not None
        )


def _same(one: Mark, other: Mark) -> bool:
    if one.place is None or other.place is None:
        return one.place is other.place
    return one.place.groups == other.place.groups


# -- events -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Assigned:
    """Where a customer belongs from a day on, and the sealed facts on which that was decided."""

    on: date
    place: Place
    version: FrozenMapping[str, str]
    returned: bool = False
    customer: FrozenMapping[str, Any] | None = attrs.field(default=None, metadata={"sealed": True})
    born_on: str = attrs.field(default="", metadata={"sealed": True})

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Assigned:
        """Return the event an entry holds."""
        held, place = table.get("customer"), table.get("place", {})
        undecided = place.get("undecided", {})
        return cls(
            on=date.fromisoformat(table["on"]),
            place=Place(
                screening=place.get("screening"),
                behaviours=tuple(place.get("behaviours", ())),
                segment=place.get("segment"),
                undecided=FrozenMapping({name: tuple(facts) for name, facts in undecided.items()}),
            ),
            version=FrozenMapping(table["version"]),
            returned=table.get("returned", False),
            customer=None if held is None else FrozenMapping(held),
            born_on=table.get("born_on", ""),
        )


@attrs.frozen(kw_only=True)
class Left:
    """The customer is none from a day on."""

    on: date
    reason: str


EVENTS: Final = Events({"assigned": Assigned, "left": Left})


def evolve(state: Belonging, event: Any) -> Belonging:
    """Return the state after an event; total over `EVENTS`."""
    match event:
        case Assigned():
            mark = Mark(on=event.on, place=event.place, returned=event.returned)
        case Left():
            mark = Mark(on=event.on, reason=event.reason)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a membership")
    later = sum(held.on > mark.on for held in state.marks)
    place = len(state.marks) - later
    return Belonging((*state.marks[:place], mark, *state.marks[place:]))


def facts_of(event: Assigned) -> Mapping[str, Any]:
    """Return the facts on which a membership was decided, to decide again."""
    born = {"born_on": event.born_on} if event.born_on else {}
    return {"on": event.on, "customer": event.customer or {}, **born}
