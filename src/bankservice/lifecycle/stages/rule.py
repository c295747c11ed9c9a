"""The rule `lifecycle.stage`: where a customer stands, from what they did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.model import Stage, StageChange, StageReason
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.stages.activity import Act, not_negative
from bankservice.lifecycle.stages.dossier import EMPTY, Dossier, Hold, refold, told
from bankservice.lifecycle.stages.kind import FAR, STAGES, Stages
from bankservice.lifecycle.stages.machine import ENDED, Machine, advance, next_change
from bankservice.lifecycle.stages.reading import ReadActs
from bankservice.lifecycle.stages.telling import LEFT_OUT, SAYS, WHY, headline_of, tell

__all__ = ["PACKAGE", "Closure", "HeldDays", "LeftOut", "StageFacts", "Stood", "stage", "stage_of"]

PACKAGE: Final = "bankservice.lifecycle"

Why = Literal["in-future", "before-onboarding", "deceased", "exited"]

_REASONS: Final = {
    "closed": StageReason.CLOSED,
    "deceased": StageReason.DECEASED,
    "exited": StageReason.EXITED,
}


@attrs.frozen(kw_only=True)
class Closure:
    """Everything ended on a day: all was closed, a death, an exit by the bank."""

    on: date
    reason: Literal["closed", "deceased", "exited"] = "closed"


@attrs.frozen(kw_only=True)
class HeldDays:
    """Days on which clocks of inactivity do not fire: [on, until), without end where left out."""

    kind: str
    on: date
    until: date | None = None


@attrs.frozen(kw_only=True)
class StageFacts:
    """
    What a stage is told from.

    Attributes:
        as_of: The day asked, in the policy's zone; it selects the version.
        known_on: Day the customer became known; None where they came by business.
        activity: What they did, in any order.
        closures: When everything ended.
        holds: Days on which clocks of inactivity do not fire.
        products: How many products the customer holds.
        customer: Facts that cohorts ask for.
        read: What a record keeps in place of acts, beside those in `activity`.
    """

    as_of: date
    known_on: date | None = None
    activity: tuple[Act, ...] = ()
    closures: tuple[Closure, ...] = ()
    holds: tuple[HeldDays, ...] = ()
    products: int | UnknownType | None = attrs.field(default=None, validator=not_negative)
    customer: FrozenMapping[str, Any] = FrozenMapping()
    read: ReadActs | None = None


@attrs.frozen(kw_only=True)
class LeftOut:
    """An act that is of no effect, and why."""

    on: date
    why: Why


@attrs.frozen(kw_only=True)
class Stood:
    """
    Where a customer stands.

    Attributes:
        stage: The stage; None where nothing is known, or it hangs on unknown facts.
        since: Its first day.
        reason: Why it began.
        history: Every stage so far, in order.
        next: What begins if nothing happens; None where no clock runs.
        days_of_business: How many there were.
        left_out: Acts of no effect: of days to come, from before the customer became known, after
            their death or exit.
        unknown: Facts on which the stage hangs and that are unknown; `products` where the customer
            would be loyal by them.
    """

    stage: Stage | None = None
    since: date | None = None
    reason: StageReason | None = None
    history: tuple[StageChange, ...] = ()
    next: StageChange | None = None
    days_of_business: int = 0
    left_out: tuple[LeftOut, ...] = ()
    unknown: tuple[str, ...] = ()


def stage_of(facts: StageFacts, stages: Stages, trace: Trace | None = None) -> Stood:
    """
    Decide at which stage of the relationship a customer stands, since when and why.

    The version in force on `as_of` applies, to all days; the record applies each version to its
    own days. What counts is the day of business, however many acts it has. Every clock that is over
    fired on its own day, in order, whoever looked; what happened on a day comes before its clocks.
    An act whose day or initiator is unknown leaves the stage undecided, and is named: it is never
    long ago. So do acts as a record keeps them, under a policy by which they were not read. Who would be loyal by an unknown number of products is not, and that is named.

    Raises:
        UnknownNameError: If a kind of act is not in the policy's vocabulary.

    Examples:
        >>> from bankservice.lifecycle import stage
        >>> gone = stage(
        ...     "retail-stages-shape",
        ...     as_of="2025-03-01",
        ...     activity=[{"on": "2024-08-31", "kind": "transfer"}],
        ... )
        >>> gone.outcome.stage.value, str(gone.outcome.since), gone.outcome.reason.value
        ('inactive', '2025-03-01', 'LC_INACTIVE')
    """
    unknown = tuple(_unknown(facts, stages))
    if unknown:
        return Stood(unknown=unknown)
    dossier, left_out = _dossier(facts, stages)
    machine, as_of = Machine.of(stages), facts.as_of.toordinal()
    state = advance(refold(dossier, 0, (), machine), as_of, machine)
    coming = next_change(state, machine)
    outcome = Stood(
        stage=state.stage,
        since=date.fromordinal(state.since) if state.changes else None,
        reason=state.changes[-1].reason if state.changes else None,
        history=told(state.changes),
        next=None if coming is None else told((coming,))[0],
        days_of_business=state.counted.bit_count(),
        left_out=left_out,
        unknown=("products",) if _hangs_on_products(dossier, facts, stages) else (),
    )
    if trace is not None:
        for act in left_out:
            trace.check(LEFT_OUT(on=act.on, why=WHY[act.why]), False)
        tell(dossier, state.changes, state.changes, as_of, machine, trace)
    return outcome


def _unknown(facts: StageFacts, stages: Stages) -> Iterator[str]:
    """Yield the facts of acts that are unknown and matter."""
    for place, act in enumerate(facts.activity):
        if not stages.knows(act.kind):
            raise UnknownNameError("kind of act", act.kind, stages.kinds or ())
        if not act.count:
            continue
        words = ("customer", "mandate", "bank") if act.initiator is UNKNOWN else (act.initiator,)
        found = {_read(act, str(word), stages) for word in words}
        names = {name for _, names in found for name in names}
        if len({flags for flags, _ in found}) > 1:
            names.add("initiator")
        if act.on is UNKNOWN and any(flags for flags, _ in found):
            names.add("on")
        yield from (f"activity[{place}].{name}" for name in sorted(names))
    if facts.read is not None and facts.read.days and facts.read.read_by != stages.read_by:
        yield "read.read_by"


def _read(act: Act, initiator: str, stages: Stages) -> tuple[int, tuple[str, ...]]:
    return stages.flags(
        kind=act.kind, initiator=initiator, channel=act.channel, verified=act.verified
    )


def _dossier(facts: StageFacts, stages: Stages) -> tuple[Dossier, tuple[LeftOut, ...]]:
    """Return what stages follow from as of the day asked, and the acts of no effect."""
    dossier, left_out = EMPTY, list[LeftOut]()
    as_of, known = facts.as_of, facts.known_on
    if known is not None and known <= as_of:
        dossier = attrs.evolve(dossier, known=known.toordinal())
    ends = [held for held in facts.closures if _REASONS[held.reason] in ENDED]
    end = min(ends, key=lambda held: held.on, default=None)
    for act in facts.activity:
        if act.on is UNKNOWN or not act.count:
            continue
        initiator = "bank" if act.initiator is UNKNOWN else act.initiator
        flags, _ = _read(act, initiator, stages)
        if not flags:
            continue
        why: Why | None = None
        if act.on > as_of:
            why = "in-future"
        elif known is not None and act.on < known:
            why = "before-onboarding"
        elif end is not None and act.on > end.on:
            why = "deceased" if end.reason == "deceased" else "exited"
        if why is None:
            dossier = dossier.with_day(act.on.toordinal(), flags)
        else:
            left_out.append(LeftOut(on=act.on, why=why))
    for closure in facts.closures:
        if closure.on <= as_of:
            dossier = dossier.with_closure(closure.on.toordinal(), _REASONS[closure.reason])
    for hold in facts.holds:
        until = FAR if hold.until is None else hold.until.toordinal()
        dossier = dossier.with_hold(Hold(hold.kind, hold.on.toordinal(), until))
    if facts.read is not None:
        dossier = _with_read(dossier, facts.read, min(as_of, end.on) if end else as_of)
    first = dossier.known or dossier.first
    if isinstance(facts.products, int) and first:
        dossier = dossier.with_products(first, facts.products)
    return dossier, tuple(left_out)


def _with_read(dossier: Dossier, read: ReadActs, last: date) -> Dossier:
    """Return a dossier with what a record keeps in place of acts, up to a day."""
    days: dict[int, int] = {}
    for held in read.days:
        if held.on <= last and held.flags:
            on = held.on.toordinal()
            days[on] = days.get(on, 0) | held.flags
    dossier = dossier.with_days(days)
    for stated in read.products:
        if stated.on <= last:
            dossier = dossier.with_products(stated.on.toordinal(), stated.products)
    return dossier


def _hangs_on_products(dossier: Dossier, facts: StageFacts, stages: Stages) -> bool:
    """Tell whether the stages would be others if the customer held as many products as it takes."""
    loyal = stages.loyal
    if isinstance(facts.products, int) or loyal is None or not loyal.products:
        return False
    first = dossier.known or dossier.first
    if not first:
        return False
    machine, as_of = Machine.of(stages), facts.as_of.toordinal()
    with_them = dossier.with_products(first, loyal.products)
    return (
        advance(refold(with_them, 0, (), machine), as_of, machine).changes
        != advance(refold(dossier, 0, (), machine), as_of, machine).changes
    )


def _headline(facts: StageFacts, stages: Stages, outcome: Stood) -> Reason:
    return headline_of(outcome.history, outcome.unknown)


stage: Final = Rule(
    id="lifecycle.stage",
    facts=StageFacts,
    outcome=Stood,
    evaluate=stage_of,
    headline=_headline,
    says=SAYS,
    package=PACKAGE,
    kind=STAGES,
    day=lambda facts: facts.as_of,
    shelf=lambda: SHELF,
)
