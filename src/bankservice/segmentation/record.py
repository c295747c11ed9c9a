"""
The standing of a customer, as a record: what a command leads to, and what people see.

The policy version in force on the day of the assessment applies. Which assessment lapses a tier
is decided by dates, so a late one changes no effective date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import Explanation, Says, Trace
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight, as_named
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.segmentation.entries import (
    EVENTS,
    Assess,
    Assessed,
    EndOverride,
    GrantOverride,
    GrantRamp,
    Member,
    Overridden,
    RampGranted,
    evolve,
    fold,
    followed,
    past,
    reread,
    seal,
)
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import exact
from bankservice.segmentation.model import Latch, Override, Standing, TierReason
from bankservice.segmentation.policy import TIERS
from bankservice.segmentation.runs import GIST
from bankservice.segmentation.terms import change_terms
from bankservice.segmentation.tiers import SAYS, assess, headline
from bankservice.segmentation.views import due, view

__all__ = ["STANDING", "StandingRefusal", "as_known", "older_terms", "reassess", "was"]

PACKAGE = "bankservice.segmentation"

ENDED = Says("OVERRIDE_ENDED", ("on",))


class StandingRefusal(Enum):
    """Why a command on a standing is refused; the first that applies wins."""

    NOT_IN_FORCE = "not-in-force"
    COHORT_UNKNOWN = "cohort-unknown"
    OUT_OF_ORDER = "out-of-order"
    UNKNOWN_TIER = "unknown-tier"
    APPROVAL_MISSING = "approval-missing"
    APPROVER_IS_ACTOR = "approver-is-actor"
    UNTIL_NOT_AFTER = "until-not-after"
    NO_OVERRIDE = "no-override"
    NO_RAMP = "no-ramp"
    ALREADY_HELD = "already-held"


def _decide(states: Mapping[str, Member], command: Command, context: Context) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    policy: Policy[Ladder] = context.policy(TIERS.name)
    zone = policy.versions[-1].parameters.zone
    on = body.on or local_day(context.effective_at, zone)
    found = as_known(policy, on, context.recorded_at).select(on, getattr(body, "customer", None))
    if found is None:
        return Refused(
            StandingRefusal.NOT_IN_FORCE, FrozenMapping({"policy": policy.id, "on": str(on)})
        )
    if isinstance(found, Undecided):
        return Refused(
            StandingRefusal.COHORT_UNKNOWN, FrozenMapping({"facts": ", ".join(found.facts)})
        )
    match body:
        case Assess():
            return _assess(state, command, body, on, policy, found)
        case GrantOverride():
            return _override(state, command, body, on, found)
        case EndOverride():
            return _end_override(state, command, body, on, zone)
        case GrantRamp():
            return _ramp(state, command, body, on, policy, found)
    raise TypeError(f"{type(body).__name__} is no command of a standing")


def as_known(policy: Policy[Ladder], on: date, recorded_at: datetime) -> Policy[Ladder]:
    """Return the policy as it was known when an assessment of *on* is recorded, or on its day."""
    zone = policy.versions[-1].parameters.zone
    return policy.as_known(max(local_day(recorded_at, zone), on))


def _assess(
    state: Member,
    command: Command,
    body: Assess,
    on: date,
    policy: Policy[Ladder],
    version: Version[Ladder],
) -> Accepted | Refused:
    refused = _out_of_order(state, on)
    if refused is not None:
        return refused
    measures = exact(body.measure, version.parameters)
    after = reassess(state, on, measures, policy, version, household=bool(body.household))
    if after == state.standing:
        return Accepted({}, (version,))
    event = Assessed(
        on=on,
        standing=after,
        version=FrozenMapping(ref_json(version.ref)),
        was=was(state, version, policy),
        older=older_terms(state.standing, after, policy),
        zone=version.parameters.zone,
        shard=state.shard,
        seen=state.seen,
        measures=seal(measures),
        household=body.household,
    )
    return Accepted({command.subject: (event,)}, (version,))


def was(
    state: Member, version: Version[Ladder], policy: Policy[Ladder]
) -> FrozenMapping[str, str] | None:
    """
    Return the name of the older version, where this assessment is the first under a newer one.

    None where the policy has it no longer: then nothing of it was carried over.
    """
    held = state.version
    if held is None or held["digest"] == version.ref.digest:
        return None
    return held if _ladder_of(policy, held) is not None else None


def older_terms(
    before: Standing, after: Standing, policy: Policy[Ladder]
) -> tuple[FrozenMapping[str, str], ...]:
    """Return the names of the older versions whose terms latches keep, or kept until they fell."""
    latches = (*before.latches, *after.latches)
    kept = {latch.terms for latch in latches if latch.terms is not None}
    return tuple(
        FrozenMapping(ref_json(version.ref))
        for version in policy.versions
        if version.ref.since in kept
    )


def reassess(
    state: Member,
    on: date,
    measures: Mapping[str, Any],
    policy: Policy[Ladder],
    version: Version[Ladder],
    *,
    household: bool = False,
    trace: Trace | None = None,
) -> Standing:
    """Assess a standing under a version, carrying it over first where the version is a newer one."""
    before, falls_on = _carried_over(state, policy, version), None
    changed = bool(state.standing.codes) and before is not state.standing
    if changed and state.standing.version_since and version.parameters.on_change == "immediate":
        falls_on = version.ref.since
    older = None
    if any(latch.terms is not None for latch in before.latches):
        older = {held.ref.since: held.parameters for held in policy.versions}
    return assess(
        before,
        on,
        measures,
        version.parameters,
        household=household,
        older=older,
        falls_on=falls_on,
        trace=trace,
    )


def _carried_over(state: Member, policy: Policy[Ladder], version: Version[Ladder]) -> Standing:
    """Return the standing under a version; the very same where it was under it before."""
    before, since, ladder = state.standing, version.ref.since, version.parameters
    if not before.codes:
        return ladder.fresh(since)
    if before.version_since == since and before.codes == ladder.codes:
        return before
    return change_terms(before, since, ladder, _ladder_of(policy, state.version))


def _ladder_of(policy: Policy[Ladder], ref: Mapping[str, str] | None) -> Ladder | None:
    if ref is None:
        return None
    for version in policy.versions:
        if version.ref.digest == ref["digest"]:
            return version.parameters
    return None


def _out_of_order(state: Member, on: date) -> Refused | None:
    last = state.standing.assessed_on
    if last is None or on >= last:
        return None
    return Refused(StandingRefusal.OUT_OF_ORDER, FrozenMapping({"on": str(on), "last": str(last)}))


def _second_person(command: Command) -> Refused | None:
    if not command.approved_by:
        return Refused(StandingRefusal.APPROVAL_MISSING)
    if command.approved_by == command.actor:
        return Refused(StandingRefusal.APPROVER_IS_ACTOR)
    return None


def _override(
    state: Member, command: Command, body: GrantOverride, on: date, version: Version[Ladder]
) -> Accepted | Refused:
    ladder = version.parameters
    if body.tier not in (ladder.base, *ladder.codes):
        return Refused(StandingRefusal.UNKNOWN_TIER, FrozenMapping({"tier": body.tier}))
    refused = _second_person(command)
    if refused is not None:
        return refused
    if body.until <= on:
        return Refused(
            StandingRefusal.UNTIL_NOT_AFTER,
            FrozenMapping({"until": str(body.until), "on": str(on)}),
        )
    override = Override(
        tier=body.tier,
        rank=ladder.index(body.tier),
        on=on,
        until=body.until,
        granted_by=command.actor,
        approved_by=command.approved_by,
        reason=body.reason,
    )
    event = Overridden(
        on=on, reason=body.reason, override=override, zone=ladder.zone, seen=state.seen
    )
    return Accepted({command.subject: (event,)}, (version,))


def _end_override(
    state: Member, command: Command, body: EndOverride, on: date, zone: str
) -> Accepted | Refused:
    refused = _second_person(command)
    if refused is not None:
        return refused
    if state.override is None or state.override.until <= on:
        return Refused(StandingRefusal.NO_OVERRIDE)
    return Accepted(
        {command.subject: (Overridden(on=on, reason=body.reason, zone=zone, seen=state.seen),)}
    )


def _ramp(
    state: Member,
    command: Command,
    body: GrantRamp,
    on: date,
    policy: Policy[Ladder],
    version: Version[Ladder],
) -> Accepted | Refused:
    ladder = version.parameters
    refused = _out_of_order(state, on)
    if refused is not None:
        return refused
    if body.tier not in ladder.codes:
        return Refused(StandingRefusal.UNKNOWN_TIER, FrozenMapping({"tier": body.tier}))
    if not ladder.rows[ladder.index(body.tier) + 1].ramp:
        return Refused(StandingRefusal.NO_RAMP, FrozenMapping({"tier": body.tier}))
    if state.standing.latch(body.tier).on:
        return Refused(StandingRefusal.ALREADY_HELD, FrozenMapping({"tier": body.tier}))
    event = RampGranted(
        on=on,
        standing=_ramped(state, body.tier, on, policy, version),
        version=FrozenMapping(ref_json(version.ref)),
        zone=ladder.zone,
        seen=state.seen,
    )
    return Accepted({command.subject: (event,)}, (version,))


def _ramped(
    state: Member, tier: str, on: date, policy: Policy[Ladder], version: Version[Ladder]
) -> Standing:
    """Return the standing with a tier given ahead for its ramp period."""
    before, ladder = _carried_over(state, policy, version), version.parameters
    index, latches = ladder.codes.index(tier), list(before.latches)
    latches[index] = Latch(on=True, ramp_until=ladder.rows[index + 1].ramp.after(on))
    top = max(before.top, index)
    return attrs.evolve(
        before,
        latches=tuple(latches),
        top=top,
        reason=TierReason.RAMP,
        effective_on=on if top > before.top else before.effective_on,
        next_review=min(
            look for latch in latches if latch.on and (look := latch.due or latch.ramp_until)
        ),
    )


def _explain(
    state: Member, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    match event:
        case Overridden(override=None):
            return Explanation(ENDED(on=event.on), (), (), PACKAGE)
        case Overridden(override=Override() as held):
            headline_ = SAYS[TierReason.OVERRIDE](tier=held.tier, until=held.until)
            return Explanation(headline_, (), (), PACKAGE)
    if isinstance(event, Assessed) and event.measures is None:
        return None
    policy, version = _kept(event, find)
    trace = Trace()
    after = event.standing
    if isinstance(event, Assessed):
        after = _assessed(state, event, policy, version, trace)
    reason = headline(state.standing, after, version.parameters)
    sources = ((version.ref, version.source),)
    return Explanation(reason, tuple(trace.checks), sources, PACKAGE)


def _kept(
    event: Assessed | RampGranted, find: Callable[[str, str], Version[Any]]
) -> tuple[Policy[Ladder], Version[Ladder]]:
    """Return the policy as far as an entry names its versions, and the one that decided."""
    was, older = getattr(event, "was", None), getattr(event, "older", ())
    refs = [event.version, *([was] if was else []), *older]
    versions = tuple(as_named(find(ref["policy"], ref["digest"]), ref) for ref in refs)
    first = versions[0]
    return Policy(first.ref.policy, first.kind, first.title, versions), first


def _assessed(
    state: Member,
    event: Assessed,
    policy: Policy[Ladder],
    version: Version[Ladder],
    trace: Trace | None = None,
) -> Standing:
    measures, household = reread(event.measures), bool(event.household)
    return reassess(state, event.on, measures, policy, version, household=household, trace=trace)


def _again(state: Member, event: Any, find: Hindsight) -> tuple[Standing, Standing] | None:
    """Return the standing as written and as it comes out now; what was held by hand is neither."""
    if isinstance(event, Assessed) and event.measures is not None:
        return event.standing, _assessed(state, event, *_kept(event, find))
    if not isinstance(event, RampGranted):
        return None
    policy, version = _kept(event, find)
    if (held := state.version) is not None and held["digest"] != version.ref.digest:
        # Its terms are carried over; the entry that was assessed under it names it.
        was = as_named(find(held["policy"], held["digest"]), held)
        policy = attrs.evolve(policy, versions=(*policy.versions, was))
    after, before = event.standing, state.standing
    given = next((c for c in after.codes if after.latch(c).on and not before.latch(c).on), "")
    return after, _ramped(state, given, event.on, policy, version) if given else before


STANDING: Record[Member] = Record(
    kind="segmentation.standing",
    initial=Member(),
    commands={
        "assess": Assess,
        "grant_override": GrantOverride,
        "end_override": EndOverride,
        "grant_ramp": GrantRamp,
    },
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=StandingRefusal,
    policies=(TIERS.name,),
    followed=followed,
    fold=fold,
    past=past,
    explain=_explain,
    again=_again,
    gist=GIST,
    freeze=(to_json, lambda state: FACTS.read(state, Member, "snapshot")),
)
"""The record `segmentation.standing`."""
