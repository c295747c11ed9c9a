"""
What a standing's stream holds: commands as given, events as decided, and the state they fold to.

A customer's own stream holds what somebody would notice: a tier gained or lost, a first miss, an
override. What follows from a run's date alone, such as protection renewed for everybody whose
measure still reaches the entry level, stands once in the stream of the run (see `runs`), which
the standing follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from bankservice.core.errors import StoreError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.record import Events, Record
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.measure import Measure, Measures
from bankservice.segmentation.model import Override, Qualification, Standing, TierReason
from bankservice.segmentation.runs import RunCorrected, RunHeld, after_run

__all__ = [
    "EVENTS",
    "Assess",
    "Assessed",
    "EndOverride",
    "GrantOverride",
    "GrantRamp",
    "Member",
    "Overridden",
    "RampGranted",
    "StandingView",
    "before_run",
    "evolve",
    "fold",
    "followed",
    "in_run",
    "past",
    "reread",
    "seal",
]


# -- commands ---------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Assess:
    """
    Assess the standing.

    Attributes:
        measure: A measure, a table of measures by name, or unknown.
        on: Day of the assessment, in the policy's zone; that of the command where left out.
        household: Id of the household whose measures these are; empty for the customer's own.
        customer: Facts that cohorts ask for.
    """

    measure: Measures
    on: date | None = None
    household: str = ""
    customer: FrozenMapping[str, str] = FrozenMapping()

    def __attrs_post_init__(self) -> None:
        if self.household:
            checked_id(self.household, "household")


@attrs.frozen(kw_only=True)
class GrantOverride:
    """Hold a tier by hand until a day (exclusive); a second person approves."""

    tier: str
    until: date
    reason: str
    on: date | None = None


@attrs.frozen(kw_only=True)
class EndOverride:
    """End an override before its day; a second person approves."""

    reason: str
    on: date | None = None


@attrs.frozen(kw_only=True)
class GrantRamp:
    """Give a new customer a tier ahead of any measure, for the tier's ramp period."""

    tier: str
    on: date | None = None


# -- events -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Assessed:
    """An assessment and the standing after it."""

    on: date
    standing: Standing
    version: FrozenMapping[str, str]
    was: FrozenMapping[str, str] | None = None
    older: tuple[FrozenMapping[str, str], ...] = ()
    zone: str = "UTC"
    shard: str = ""
    seen: int = 0
    in_run: bool = False
    measures: Any = attrs.field(default=None, metadata={"sealed": True})
    household: str = attrs.field(default="", metadata={"sealed": True})

    @classmethod
    def thaw(cls, table: Mapping[str, Any]) -> Assessed:
        """Return the event an entry holds."""
        was = table.get("was")
        return cls(
            on=date.fromisoformat(table["on"]),
            standing=Standing.thaw(table["standing"]),
            version=FrozenMapping(table["version"]),
            was=None if was is None else FrozenMapping(was),
            older=tuple(map(FrozenMapping, table.get("older", ()))),
            zone=table.get("zone", "UTC"),
            shard=table.get("shard", ""),
            seen=table.get("seen", 0),
            in_run=table.get("in_run", False),
            measures=table.get("measures"),
            household=table.get("household", ""),
        )


@attrs.frozen(kw_only=True)
class Overridden:
    """A tier held by hand from now on, or (`override` None) no longer."""

    on: date
    reason: str
    override: Override | None = None
    zone: str = "UTC"
    seen: int = 0


@attrs.frozen(kw_only=True)
class RampGranted:
    """A tier given ahead of any measure."""

    on: date
    standing: Standing
    version: FrozenMapping[str, str]
    zone: str = "UTC"
    seen: int = 0


# -- state ------------------------------------------------------------------------------------


@attrs.frozen
class Member:
    """
    The state of the record.

    Attributes:
        standing: By measure.
        override: The tier held by hand, if any.
        zone: Zone whose days count.
        version: Name of the policy version of the last assessment.
        shard: Key of the run stream it follows; empty for none.
        seen: How many entries of that stream are folded in.
    """

    standing: Standing = Standing()
    override: Override | None = None
    zone: str = "UTC"
    version: FrozenMapping[str, str] | None = None
    shard: str = ""
    seen: int = 0


@attrs.frozen
class StandingView:
    """
    A standing as seen on a day.

    Attributes:
        tier: The tier that holds: by hand or by measure, whichever is higher.
        reason: Why.
        reasons: The main reason first.
        effective_on: First day it held.
        next_review: Day by which something must be looked at.
        assessed_on: Day of the last assessment.
        measured_tier: The tier by measure.
        override_until: First day the override no longer holds, if one does.
        qualifications: The latches by tier.
    """

    tier: str
    reason: TierReason | None
    reasons: tuple[TierReason, ...]
    effective_on: date | None
    next_review: date | None
    assessed_on: date | None
    measured_tier: str
    override_until: date | None
    qualifications: FrozenMapping[str, Qualification]


def evolve(state: Member, event: Any) -> Member:
    """Return the state after an event; total over `EVENTS`."""
    match event:
        case Assessed():
            return Member(
                event.standing,
                state.override,
                event.zone,
                event.version,
                event.shard or state.shard,
                event.seen + event.in_run,
            )
        case RampGranted():
            return Member(
                event.standing, state.override, event.zone, event.version, state.shard, event.seen
            )
        case Overridden():
            return attrs.evolve(state, override=event.override, zone=event.zone, seen=event.seen)
        case RunHeld():
            return attrs.evolve(
                state, standing=after_run(state.standing, event), seen=state.seen + 1
            )
        case RunCorrected():
            return attrs.evolve(state, seen=state.seen + 1)
    raise TypeError(f"{type(event).__name__} is no event of a standing")


def seal(measures: Mapping[str, Measure | UnknownType]) -> FrozenMapping[str, Any]:
    """Return exact measures as the sealed part of an entry holds them."""
    return FrozenMapping(
        {
            name: "unknown"
            if measure is UNKNOWN
            else (measure.minor_days, measure.days, measure.scale)
            for name, measure in measures.items()
        }
    )


def reread(sealed: Mapping[str, Any]) -> FrozenMapping[str, Measure | UnknownType]:
    """Return the exact measures that `seal` put away."""
    return FrozenMapping(
        {name: UNKNOWN if held == "unknown" else Measure(*held) for name, held in sealed.items()}
    )


def fold(
    record: Record[Member], state: Member, events: Sequence[Any], followed: Sequence[Any]
) -> Member:
    """
    Weave a customer's own entries and the runs: each own entry after the runs it had seen.

    Raises:
        StoreError: If a snapshot is older than a correction of a run it holds.
    """
    for event in _in_place(state, events):
        state = evolve(_run_through(state, followed[: event.seen]), event)
    return _run_through(state, followed)


def _in_place(state: Member, events: Sequence[Any]) -> Sequence[Any]:
    """
    Return own entries in the order of what they are about: a correction at the run it corrects.

    Entries come in this order as they are written, but for corrections. Where a customer has
    moved to another book, that book's runs come after those of the one before.
    """
    book, shard, last, sorted_ = 0, state.shard, (0, 0, False), True
    places = []
    for event in events:
        own = getattr(event, "shard", "")
        if own and own != shard:
            book, shard = book + bool(shard), own
        place = (book, event.seen, in_run(event))
        sorted_ = sorted_ and place >= last
        last = place
        places.append(place)
    if events and state.shard and min(places) < (0, state.seen, False):
        raise StoreError(
            "a snapshot is older than a correction of a run it holds; forget the snapshots."
        )
    if sorted_:
        return events
    return [events[index] for index in sorted(range(len(events)), key=places.__getitem__)]


def _run_through(state: Member, runs: Sequence[Any]) -> Member:
    """
    Fold in the runs not yet seen.

    Between two entries of the customer's own, each run undoes the one before: the last alone
    tells the state, however many there were. Corrections tell nothing here.
    """
    if not state.shard or state.seen >= len(runs):
        return state
    unseen = (runs[place] for place in range(len(runs) - 1, state.seen - 1, -1))
    latest = next((run for run in unseen if isinstance(run, RunHeld)), None)
    standing = state.standing if latest is None else after_run(state.standing, latest)
    return Member(standing, state.override, state.zone, state.version, state.shard, len(runs))


def in_run(event: Any) -> bool:
    """Tell whether an own entry was decided in a run."""
    return isinstance(event, Assessed) and event.in_run


def past(events: Sequence[Any], event: Any) -> Sequence[Any]:
    """
    Return those of the own entries written before one on which it was decided.

    What was decided in a run was decided on the state before that run, also where the entry
    corrects another one of the same run or was written after later runs.
    """
    if not in_run(event):
        return events
    return before_run(events, event.shard, event.seen, event.on)


def before_run(events: Sequence[Any], shard: str, run: int, on: date) -> list[Any]:
    """
    Return own entries from before the run of a shard at a place, of a day.

    All from before the customer came from another book are. Who does not follow a shard has seen
    no run; then an entry of a later day came after the run.
    """
    came = max(
        (n for n, event in enumerate(events, 1) if getattr(event, "shard", "") not in ("", shard)),
        default=0,
    )
    return [
        event
        for n, event in enumerate(events)
        if n < came
        or (
            (event.seen, in_run(event)) < (run, True)
            and (event.seen or in_run(event) or event.on <= on)
        )
    ]


def followed(events: Sequence[Any]) -> str:
    """Return the key of the run stream the record follows; empty for none."""
    return next((event.shard for event in reversed(events) if getattr(event, "shard", "")), "")


EVENTS = Events(
    {
        "assessed": Assessed,
        "overridden": Overridden,
        "ramp-granted": RampGranted,
        "run-held": RunHeld,
        "run-corrected": RunCorrected,
    }
)
