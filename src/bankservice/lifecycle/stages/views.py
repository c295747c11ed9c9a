"""What people see of a customer's stages on a day, and when the next clock fires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.calendar import local_day, midnight
from bankservice.core.policy import Policy
from bankservice.lifecycle.model import Stage, StageChange, StageReason
from bankservice.lifecycle.stages.dossier import state_before, told
from bankservice.lifecycle.stages.entries import Relationship
from bankservice.lifecycle.stages.kind import FAR, STAGES, Stages
from bankservice.lifecycle.stages.machine import Machine, State, advance, enough, next_change
from bankservice.lifecycle.stages.versions import machine_of

__all__ = ["ClockHold", "LifecycleView", "due", "seen", "view", "zone_of_policy"]


@attrs.frozen
class ClockHold:
    """A hold on the clocks of inactivity: [on, until), without end where `until` is None."""

    kind: str
    on: date
    until: date | None


@attrs.frozen(kw_only=True)
class LifecycleView:
    """
    Where a customer stands on a day.

    Attributes:
        stage: The stage; None before anything is known.
        since: Its first day.
        reason: Why it began.
        history: Every stage so far, in order.
        next: The stage that begins if nothing happens, and its first day; None where no clock runs.
        known_on: Day the customer became known, where that was said.
        first_activity_on: First day of business.
        last_activity_on: Last day on which the customer did anything.
        days_of_business: How many days of business there were.
        products: How many products the customer holds; None where that is unknown.
        closed: Whether the customer has ended everything and not come back.
        closed_on: The day of it.
        deceased: Whether the customer has died.
        exited: Whether the bank has ended the relationship.
        holds: Holds that are on, on the day.
        unknown: Facts of the customer without which it cannot be told what is in force; `products`
            where the customer would be loyal by them.
    """

    stage: Stage | None = None
    since: date | None = None
    reason: StageReason | None = None
    history: tuple[StageChange, ...] = ()
    next: StageChange | None = None
    known_on: date | None = None
    first_activity_on: date | None = None
    last_activity_on: date | None = None
    days_of_business: int = 0
    products: int | None = None
    closed: bool = False
    closed_on: date | None = None
    deceased: bool = False
    exited: bool = False
    holds: tuple[ClockHold, ...] = ()
    unknown: tuple[str, ...] = ()


def zone_of_policy(policy: Policy[Stages]) -> str:
    """Return the zone whose days count: that of the newest version."""
    return policy.versions[-1].parameters.zone


def view(state: Relationship, as_of: datetime, policies: tuple[Policy[Any], ...]) -> LifecycleView:
    """
    Return the stages as seen at *as_of*, under the policy as it was known then.

    Clocks that are over show, whether anybody wrote them down or not.
    """
    policy: Policy[Stages] = next(held for held in policies if held.kind.name == STAGES.name)
    day = local_day(as_of, zone_of_policy(policy))
    return seen(state, day, policy.as_known(day))


def seen(state: Relationship, day: date, policy: Policy[Stages]) -> LifecycleView:
    """Return the stages at the end of a day, under a policy as known."""
    machine, today = machine_of(policy, state.customer), day.toordinal()
    past = state.dossier.until(today)
    now = advance(state_before(state.dossier, today + 1, state.said, machine), today, machine)
    coming = next_change(now, machine)
    closures = {reason: on for on, reason in reversed(past.closures)}
    closed_on = _closed_on(now, past.closures)
    last = past.last
    return LifecycleView(
        stage=now.stage,
        since=_day(now.since),
        reason=now.changes[-1].reason if now.changes else None,
        history=told(now.changes),
        next=None if coming is None else told((coming,))[0],
        known_on=_day(past.known),
        first_activity_on=_day(now.first),
        last_activity_on=_day(last),
        days_of_business=now.counted.bit_count(),
        products=now.beside.products,
        closed=closed_on is not None,
        closed_on=closed_on,
        deceased=StageReason.DECEASED in closures,
        exited=StageReason.EXITED in closures,
        holds=tuple(
            ClockHold(kind, date.fromordinal(start), _day(end))
            for kind, start, end in state.dossier.holds
            if start <= today < end
        ),
        unknown=machine.at(today).unknown or _unknown(now, machine),
    )


def _unknown(now: State, machine: Machine) -> tuple[str, ...]:
    """Return what keeps an active customer from being loyal only because it is unknown."""
    if now.stage is not Stage.ACTIVE or now.beside.products is not None:
        return ()
    last = now.first + now.counted.bit_length() - 1
    stages = machine.at(last).stages
    loyal = None if stages is None else stages.loyal
    if loyal is None or not loyal.products or last == now.since:
        return ()
    met = loyal.tenure.due(now.first) <= last and enough(now.counted, now.first, last, loyal)
    return ("products",) if met else ()


def _closed_on(now: State, closures: tuple[tuple[int, StageReason], ...]) -> date | None:
    """Return the day everything ended, unless there was business after it."""
    latest = max((on for on, _ in closures), default=0)
    if not latest or now.first + now.counted.bit_length() - 1 > latest:
        return None
    return date.fromordinal(latest)


def _day(ordinal: int) -> date | None:
    return date.fromordinal(ordinal) if 0 < ordinal < FAR else None


def due(state: Relationship) -> Mapping[str, datetime]:
    """Return the first instant at which a clock fires: the beginning of its day."""
    if state.due >= FAR:
        return {}
    return {"clock": midnight(date.fromordinal(state.due), state.zone)}
