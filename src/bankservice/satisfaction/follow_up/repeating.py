"""
Entries of follow-ups decided again: which triggers held, and every clock that the policy set.

Facts, versions and public holidays are those of the record, as they were known.
"""

from __future__ import annotations

from typing import Any

import attrs

from bankservice.core.clock import Clock
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.ruler import Ruler
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.acting import levels_of
from bankservice.satisfaction.follow_up.case import FollowUpCase, FollowUpCases
from bankservice.satisfaction.follow_up.entries import (
    FollowUpAcknowledged,
    FollowUpAttached,
    FollowUpAttempted,
    FollowUpConfirmed,
    FollowUpContacted,
    FollowUpEnded,
    FollowUpNoticed,
    FollowUpOpened,
    FollowUpResolved,
    FollowUpScored,
    FollowUpThemed,
)
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.rule import triggered

__all__ = [
    "FollowUpSet",
    "again",
]

_MEETS = {
    FollowUpAcknowledged: ("acknowledge",),
    FollowUpContacted: ("acknowledge", "contact"),
    FollowUpResolved: ("resolve",),
}


@attrs.frozen(kw_only=True)
class FollowUpSet:
    """
    What an entry says the policy decided.

    Attributes:
        triggers: Codes of the triggers that held.
        priority: The most urgent among them.
        team: The department that follows up.
        levels: Question → class of an answer.
        clocks: The clocks after it.
        to: Roles that are told.
    """

    triggers: tuple[str, ...] = ()
    priority: int | None = None
    team: str | None = None
    levels: FrozenMapping[str, str] = FrozenMapping()
    clocks: tuple[Clock, ...] = ()
    to: tuple[str, ...] = ()


def again(
    state: FollowUpCases, event: Any, find: Hindsight
) -> tuple[FollowUpSet, FollowUpSet] | None:
    """Return what an entry says was decided, and what comes out now; None where nothing was."""
    if isinstance(event, (FollowUpAttempted, FollowUpThemed)) or not hasattr(event, "version"):
        return None
    rules: FollowUpRules = find(event.version["policy"], event.version["digest"]).parameters
    if isinstance(event, (FollowUpOpened, FollowUpAttached)):
        return _heard(state, event, rules, find)
    if isinstance(event, FollowUpScored):
        found = levels_of(rules, event.answers, event.scales)
        return FollowUpSet(levels=event.levels), FollowUpSet(levels=found)
    case = state.cases[event.case]
    if isinstance(event, FollowUpNoticed):
        now = rules.promises[event.clock].row.tell
        return FollowUpSet(to=event.to), FollowUpSet(to=now)
    clocks = _clocks(case, event, rules.ruler(case.known_on))
    return FollowUpSet(clocks=event.clocks), FollowUpSet(clocks=clocks)


def _clocks(case: FollowUpCase, event: Any, ruler: Ruler) -> tuple[Clock, ...]:
    if isinstance(event, FollowUpEnded):
        return timing.dropped(case.clocks, ruler, event.at, event.state.value)
    if isinstance(event, FollowUpConfirmed):
        again_ = not event.resolved
        return timing.resumed(case.clocks, ruler, event.at) if again_ else case.clocks
    return timing.met(case.clocks, ruler, event.at, _MEETS[type(event)])


def _heard(
    state: FollowUpCases,
    event: FollowUpOpened | FollowUpAttached,
    rules: FollowUpRules,
    find: Hindsight,
) -> tuple[FollowUpSet, FollowUpSet] | None:
    if event.facts is None:
        return None
    found, at = triggered(event.facts, rules), event.trigger.at
    if isinstance(event, FollowUpOpened):
        clocks = timing.begun(rules, rules.ruler(event.known_on), at)
    else:
        clocks = _earlier(state.cases[event.case], event, find)
    told = event.trigger
    then = FollowUpSet(
        triggers=told.codes,
        priority=told.priority,
        team=told.team,
        levels=told.levels,
        clocks=event.clocks,
    )
    now = FollowUpSet(
        triggers=found.triggers,
        priority=found.priority,
        team=found.team,
        levels=found.levels,
        clocks=clocks,
    )
    return then, now


def _earlier(case: FollowUpCase, event: FollowUpAttached, find: Hindsight) -> tuple[Clock, ...]:
    if event.trigger.at >= case.opened_at:
        return ()
    rules: FollowUpRules = find(case.version["policy"], case.version["digest"]).parameters
    ruler = rules.ruler(case.known_on)
    clocks = timing.begun_earlier(case.clocks, rules, ruler, event.trigger.at)
    return clocks if clocks != case.clocks else ()
