"""What a decision on a customer's stages works with, and what all commands share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.desk import ref_json
from bankservice.core.errors import near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, PolicyRef
from bankservice.core.record import Refused
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.model import Stage, StageReason
from bankservice.lifecycle.stages.commands import SummaryAct
from bankservice.lifecycle.stages.dossier import Dossier, refold, state_before, told
from bankservice.lifecycle.stages.entries import (
    Corrected,
    Observed,
    Relationship,
    Said,
    learnt,
)
from bankservice.lifecycle.stages.kind import FAR, Stages
from bankservice.lifecycle.stages.machine import Change, Machine, State, exact
from bankservice.lifecycle.stages.versions import machine_of, versions_between
from bankservice.lifecycle.stages.views import zone_of_policy

__all__ = [
    "StageRefusal",
    "Work",
    "apart",
    "due_on",
    "now_of",
    "observed",
    "onboards",
    "out_of_time",
    "read_act",
    "read_acts",
    "refolded",
    "refuse",
    "work_on",
    "written",
]


class StageRefusal(Enum):
    """Why a command on a customer's stages is refused; the first that applies wins."""

    DAY_UNKNOWN = "day-unknown"
    INITIATOR_UNKNOWN = "initiator-unknown"
    IN_FUTURE = "in-future"
    COHORT_UNKNOWN = "cohort-unknown"
    NOT_IN_FORCE = "not-in-force"
    UNKNOWN_KIND = "unknown-kind"
    FACT_UNKNOWN = "fact-unknown"
    NOT_KNOWN = "not-known"
    BEFORE_ONBOARDING = "before-onboarding"
    DECEASED = "deceased"
    EXITED = "exited"
    UNTIL_NOT_AFTER = "until-not-after"
    ALREADY_HELD = "already-held"
    NO_SUCH_HOLD = "no-such-hold"


def refuse(code: StageRefusal, **facts: object) -> Refused:
    """Return a refusal with its facts as text."""
    return Refused(code, FrozenMapping({name: str(value) for name, value in facts.items()}))


@attrs.frozen(eq=False)
class Work:
    """What a decision works with: the state, the policy as known, and the day it is recorded."""

    state: Relationship
    policy: Policy[Stages]
    machine: Machine
    zone: str
    today: date
    effective: date

    def day(self, on: Any) -> date | Refused:
        """Return the day of a command, or why there is none."""
        if on is UNKNOWN:
            return refuse(StageRefusal.DAY_UNKNOWN)
        day: date = self.effective if on is None else on
        if day > self.today:
            return refuse(StageRefusal.IN_FUTURE, on=day, today=self.today)
        return day

    def in_force(self, day: date) -> Stages | Refused:
        """Return what is in force on a day."""
        segment = self.machine.at(day.toordinal())
        if segment.unknown:
            return refuse(StageRefusal.COHORT_UNKNOWN, facts=", ".join(segment.unknown))
        if segment.stages is None:
            return refuse(StageRefusal.NOT_IN_FORCE, policy=self.policy.id, on=day)
        return segment.stages


def work_on(
    state: Relationship,
    policy: Policy[Stages],
    customer: FrozenMapping[str, Any],
    recorded_at: datetime,
    effective_at: datetime,
) -> Work:
    """Return what a decision works with."""
    zone = zone_of_policy(policy)
    today = _local(recorded_at, recorded_at.fold, zone)
    known = policy.as_known(today)
    machine = machine_of(known, customer)
    effective = _local(effective_at, effective_at.fold, zone)
    return Work(state, known, machine, zone, today, effective)


@lru_cache(maxsize=64)
def _local(moment: datetime, fold: int, zone: str) -> date:
    # A run decides many thousands at one instant. Times of one zone are equal whatever their fold,
    # so that is part of what is asked.
    return local_day(moment, zone)


def written(
    work: Work, customer: FrozenMapping[str, Any], event: Any, after: State, from_day: int
) -> tuple[Any, tuple[Any, ...]]:
    """Return an event with the stages it began and replaced, and the versions that had a part."""
    fresh, replaced = apart(work.state.said, after.changes)
    days = [from_day, *(change.day for change in fresh)]
    used = tuple(versions_between(work.policy, customer, min(days), max(days)))
    after = exact(after, work.machine)
    if work.machine.only is None:
        # What was done later, and the clock that runs, may be under versions of later days; where
        # none runs, no version to come brings one.
        clocks = after.stage is not None and after.stage is not Stage.LOST
        last = max(*days, _acted(after), min(after.due, FAR - 1) if clocks else 0)
        later = versions_between(work.policy, customer, max(days), last)
        used = tuple(dict.fromkeys((*used, *later)))
    refs = [_named(version.ref) for version in used]
    whole: Any = type(event)
    kind = Corrected if replaced and whole is Observed else whole
    fields = {
        **{name: getattr(event, name) for name in _own(whole)},
        "said": told(fresh),
        "replaced": told(replaced),
        "due": due_on(after),
        "version": refs[0] if refs else None,
        "older": tuple(refs[1:]),
        "zone": work.zone,
    }
    return kind(**fields), used


def apart(
    said: tuple[Change, ...], changes: tuple[Change, ...]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the stages that were not said before, and those that were and do not hold any more."""
    same = 0
    for before, now in zip(said, changes, strict=False):
        if before != now:
            break
        same += 1
    return changes[same:], said[same:]


def due_on(after: State) -> date | None:
    """Return the day on which a clock fires if nothing happens; None where none runs."""
    return date.fromordinal(after.due) if after.due < FAR else None


def _acted(after: State) -> int:
    """Return the last day on which anything was done; 0 for none."""
    counted = after.first + after.counted.bit_length() - 1 if after.first else 0
    return max(after.last, after.last_lost, counted)


@cache
def _own(kind: type[Any]) -> tuple[str, ...]:
    """Return the fields of an event that are not told by `written`."""
    shared = {field.name for field in attrs.fields(Said)}
    return tuple(field.name for field in attrs.fields(kind) if field.name not in shared)


@lru_cache(maxsize=256)
def _named(ref: PolicyRef) -> FrozenMapping[str, str]:
    return FrozenMapping(ref_json(ref))


def refolded(work: Work, event: Any, from_day: int) -> tuple[Any, State, int]:
    """Return an event, the state after it, and the first day on which it told anything new."""
    dossier = learnt(work.state.dossier, event)
    return event, refold(dossier, from_day, work.state.said, work.machine), from_day


def observed(
    dossier: Dossier, flagged: Mapping[int, int], products: Mapping[int, int], known: int = 0
) -> tuple[Observed, int] | None:
    """
    Return the event of days of acts, and the first day on which it tells anything new.

    None where all of it was told before: the same act, or another of the same kind on its day.
    """
    days = sorted(dossier.news(flagged).items())
    held = [(on, n) for on, n in sorted(products.items()) if (on, n) not in dossier.products]
    first = min([on for on, _ in (*days, *held)] + ([known] if known else []), default=0)
    if not first:
        return None
    event = Observed(
        days=tuple((date.fromordinal(on), flags) for on, flags in days),
        products=tuple((date.fromordinal(on), number) for on, number in held),
        known=date.fromordinal(known) if known else None,
    )
    return event, first


def read_acts(work: Work, acts: Sequence[SummaryAct]) -> dict[int, int] | Refused:
    """Return the days of acts and what they do, or why the first that is refused is."""
    flagged: dict[int, int] = {}
    alike: dict[tuple[Any, ...], int] = {}
    dossier, last = work.state.dossier, work.today.toordinal()
    if dossier.ended is not None:
        last = min(last, dossier.ended[0])
    # From this day to the last, acts of one kind do the same, and none is refused.
    first = max(work.machine.at(last).start, dossier.known, 1)
    for act in acts:
        on, told = act.on, (act.kind, act.initiator, act.channel, act.verified)
        day = on.toordinal() if type(on) is date else 0
        flags = alike.get(told) if first <= day <= last else None
        if flags is None:
            found = read_act(work, act)
            if isinstance(found, Refused):
                return found
            day, flags = found
            if first <= day <= last:
                alike[told] = flags
        if act.count:
            flagged[day] = flagged.get(day, 0) | flags
    return flagged


def read_act(work: Work, act: SummaryAct) -> tuple[int, int] | Refused:
    """Return the day of an act and what it does, or why it is refused."""
    if act.on is UNKNOWN:
        return refuse(StageRefusal.DAY_UNKNOWN)
    if act.initiator is UNKNOWN:
        return refuse(StageRefusal.INITIATOR_UNKNOWN)
    day = work.day(act.on)
    if isinstance(day, Refused):
        return day
    stages = work.in_force(day)
    if isinstance(stages, Refused):
        return stages
    if not stages.knows(act.kind):
        near = ", ".join(near_names(act.kind, stages.kinds or ()))
        return refuse(StageRefusal.UNKNOWN_KIND, kind=act.kind, near=near)
    flags, unknown = stages.flags(
        kind=act.kind,
        initiator=str(act.initiator),
        channel=act.channel,
        verified=act.verified,
    )
    if unknown:
        return refuse(StageRefusal.FACT_UNKNOWN, facts=", ".join(unknown))
    if flags:
        refused = out_of_time(work.state.dossier, day)
        if refused is not None:
            return refused
    return day.toordinal(), flags


def out_of_time(dossier: Dossier, day: date) -> Refused | None:
    """Refuse what a customer did before they became known, or after a death or an exit."""
    if dossier.known and day.toordinal() < dossier.known:
        known_on = date.fromordinal(dossier.known)
        return refuse(StageRefusal.BEFORE_ONBOARDING, on=day, known_on=known_on)
    ended = dossier.ended
    if ended is None or day.toordinal() <= ended[0]:
        return None
    code = StageRefusal.DECEASED if ended[1] is StageReason.DECEASED else StageRefusal.EXITED
    return refuse(code, on=day, since=date.fromordinal(ended[0]))


def onboards(state: Relationship, day: int) -> bool:
    """Tell whether a customer becomes known on a day: before all that is known of them so far."""
    dossier = state.dossier
    if dossier.known:
        return day < dossier.known
    return not state.said or day <= state.said[0].day


def now_of(state: Relationship, machine: Machine) -> State:
    """Return the state after all that was told."""
    last = state.said[-1].day if state.said else 1
    return state_before(state.dossier, max(state.dossier.last, last) + 1, state.said, machine)
