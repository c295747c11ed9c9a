"""What an answer that is heard leads to: a case, another answer of an open one, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bankservice.core.calendar import Period, local_day
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Accepted, Refused
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.case import FollowUpCase, FollowUpCases
from bankservice.satisfaction.follow_up.commands import Hear
from bankservice.satisfaction.follow_up.entries import (
    FollowUpAttached,
    FollowUpEnded,
    FollowUpOpened,
    Trigger,
)
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.model import (
    MOVES,
    FollowUpFacts,
    FollowUpState,
    FollowUpTriggered,
)
from bankservice.satisfaction.follow_up.refusals import FollowUpRefusal, refused
from bankservice.satisfaction.follow_up.rule import triggered

__all__ = [
    "ended",
    "facts_of",
    "hear",
    "joined",
]


def facts_of(body: Hear, on: date, rules: FollowUpRules) -> FollowUpFacts:
    """Return the facts of an answer; words of its text are read where nobody has."""
    keywords = rules.words_in(body.text) if body.keywords is None else body.keywords
    return FollowUpFacts(
        on=on,
        nps=body.nps,
        csat=body.csat,
        csat_scale=body.csat_scale,
        ces=body.ces,
        ces_version=body.ces_version,
        solved=body.solved,
        keywords=keywords,
        contact_requested=body.contact_requested,
        channel=body.channel,
        product=body.product,
        tier=body.tier,
    )


def hear(
    state: FollowUpCases,
    subject: str,
    body: Hear,
    at: datetime,
    today: date,
    policy: Policy[FollowUpRules],
) -> Accepted | Refused:
    """
    Return what an answer leads to, or why that is refused.

    Args:
        state: The customer's cases.
        subject: The customer.
        body: The answer.
        at: When it was given.
        today: Day whose knowledge of policies and public holidays counts.
        policy: How answers are followed up.
    """
    on = local_day(at, policy.versions[-1].parameters.zone)
    version = policy.as_known(today).select(on)
    if not isinstance(version, Version):
        return refused(FollowUpRefusal.NOT_IN_FORCE, policy=policy.id, on=on)
    rules: FollowUpRules = version.parameters
    facts = facts_of(body, on, rules)
    found = triggered(facts, rules)
    before = state.heard(body.answer)
    if before is not None:
        if (before.codes, before.rated) == (found.triggers, body.rated):
            return Accepted({})
        known = ", ".join(before.codes)
        return refused(FollowUpRefusal.ANSWER_CONFLICT, answer=body.answer, known=known)
    if found.opens is None:
        return refused(FollowUpRefusal.UNDECIDED, facts=", ".join(found.unknown))
    if not found.opens:
        return Accepted({})
    trigger = _trigger(body, at, found)
    case = joined(state, on, rules.table.window)
    if case is None:
        return _open(state, subject, body, trigger, facts, version, today)
    return _attach(case, subject, body, trigger, facts, version, policy)


def joined(state: FollowUpCases, on: date, window: Period) -> FollowUpCase | None:
    """Return the open case that an answer of a day belongs to, the latest where there are two."""
    fitting = [
        case
        for case in state.cases.values()
        if case.open
        and (case.opened_on <= on < case.until or on < case.opened_on < window.after(on))
    ]
    return max(fitting, key=lambda case: case.opened_at, default=None)


def _trigger(body: Hear, at: datetime, found: FollowUpTriggered) -> Trigger:
    assert found.priority is not None, "what opens has a priority"
    assert found.team is not None, "what opens has a team"
    return Trigger(
        answer=body.answer,
        at=at,
        codes=found.triggers,
        priority=found.priority,
        team=found.team,
        levels=found.levels,
        campaign=body.campaign,
        rated=body.rated,
        may_name=body.may_name,
    )


def _open(
    state: FollowUpCases,
    subject: str,
    body: Hear,
    trigger: Trigger,
    facts: FollowUpFacts,
    version: Version[FollowUpRules],
    today: date,
) -> Accepted:
    rules, case = version.parameters, f"follow-up-{len(state.cases) + 1}"
    ruler = rules.ruler(today)
    clocks = timing.begun(rules, ruler, trigger.at)
    used = (version, *timing.linked(ruler, clocks, facts.on))
    events: list[Any] = [
        FollowUpOpened(
            case=case,
            trigger=trigger,
            on=facts.on,
            until=rules.table.window.after(facts.on),
            zone=rules.zone,
            known_on=today,
            clocks=clocks,
            version=FrozenMapping(ref_json(version.ref)),
            older=timing.refs(used),
            facts=facts,
            text=body.text,
        )
    ]
    if not body.may_contact:
        dropped = timing.dropped(clocks, ruler, trigger.at, FollowUpState.NO_CONSENT.value)
        events.append(
            FollowUpEnded(
                case=case,
                at=trigger.at,
                clocks=dropped,
                version=FrozenMapping(ref_json(version.ref)),
                older=timing.refs(used),
                state=FollowUpState.NO_CONSENT,
            )
        )
    return Accepted({subject: tuple(events)}, used)


def _attach(
    case: FollowUpCase,
    subject: str,
    body: Hear,
    trigger: Trigger,
    facts: FollowUpFacts,
    version: Version[FollowUpRules],
    policy: Policy[FollowUpRules],
) -> Accepted | Refused:
    held = timing.version_held(policy, case.version)
    if held is None:
        return refused(FollowUpRefusal.VERSION_NOT_HELD, **dict(case.version))
    rules: FollowUpRules = held.parameters
    ruler, used, clocks = rules.ruler(case.known_on), (version, held), case.clocks
    on, until = case.opened_on, case.until
    if trigger.at < case.opened_at:
        on = min(on, facts.on)
        until = rules.table.window.after(on)
        clocks = timing.begun_earlier(clocks, rules, ruler, trigger.at)
        used = (*used, *timing.linked(ruler, clocks, on))  # type: ignore[assignment]
    events: list[Any] = [
        FollowUpAttached(
            case=case.id,
            trigger=trigger,
            on=on,
            until=until,
            owner_removed=bool(body.rated) and body.rated == case.owner,
            clocks=clocks if clocks != case.clocks else (),
            version=FrozenMapping(ref_json(version.ref)),
            older=timing.refs(used),
            facts=facts,
            text=body.text,
        )
    ]
    last_word = trigger.at >= max(held.at for held in case.triggers)
    if not body.may_contact and last_word and FollowUpState.NO_CONSENT in MOVES[case.state]:
        # Also where it is heard only after something was done; of one confirmed, all is done.
        when = max(trigger.at, case.moved_at)
        events.append(ended(case, clocks, ruler, when, FollowUpState.NO_CONSENT))
    return Accepted({subject: tuple(events)}, used)


def ended(
    case: FollowUpCase,
    clocks: Sequence[Any],
    ruler: Any,
    at: datetime,
    state: FollowUpState,
    **more: Any,
) -> FollowUpEnded:
    """Return the event that ends a case, with the clocks still open dropped."""
    return FollowUpEnded(
        case=case.id,
        at=at,
        clocks=timing.dropped(tuple(clocks), ruler, at, state.value),
        version=case.version,
        older=case.older,
        state=state,
        **more,
    )
