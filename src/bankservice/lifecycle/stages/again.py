"""Deciding an entry of a customer's stages again, under the versions it names."""

from __future__ import annotations

from typing import Any

import attrs

from bankservice.core.hindsight import Hindsight
from bankservice.core.policy import Version
from bankservice.lifecycle.stages.dossier import refold, told
from bankservice.lifecycle.stages.entries import Advanced, Observed, Relationship, learnt
from bankservice.lifecycle.stages.kind import Stages
from bankservice.lifecycle.stages.machine import Machine, State, advance, exact
from bankservice.lifecycle.stages.versions import machine_from
from bankservice.lifecycle.stages.work import apart, due_on, now_of

__all__ = ["again"]


def again(state: Relationship, event: Any, seen: Hindsight) -> tuple[Any, Any]:
    """
    Return an entry, and what it would say if it were decided now.

    The days it brought are those it holds; which stages begin by them, which do not hold any more,
    and on which day a clock fires next is decided anew.

    Args:
        state: As it was before.
        event: What the entry holds.
        seen: Gives a policy version as it was when it was used.
    """
    named = [ref for ref in (event.version, *event.older) if ref is not None]
    versions: list[Version[Stages]] = [seen(ref["policy"], ref["digest"]) for ref in named]
    machine = machine_from(versions)
    after = exact(_after(state, event, machine), machine)
    fresh, replaced = apart(state.said, after.changes)
    now = attrs.evolve(event, said=told(fresh), replaced=told(replaced), due=due_on(after))
    return event, now


def _after(state: Relationship, event: Any, machine: Machine) -> State:
    """Return the state after an entry."""
    if isinstance(event, Advanced):
        return advance(now_of(state, machine), event.on.toordinal(), machine)
    dossier = learnt(state.dossier, event)
    if not isinstance(event, Observed):
        return refold(dossier, event.on.toordinal(), state.said, machine)
    days = [on for on, _ in (*event.days, *event.products)]
    first = min(days if event.known is None else (*days, event.known))
    after = refold(dossier, first.toordinal(), state.said, machine)
    # A batch writes clocks down up to its day, which is not kept: up to the last that fired, then.
    return advance(after, event.said[-1].on.toordinal(), machine) if event.said else after
