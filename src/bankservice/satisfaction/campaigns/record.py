"""
A customer's contacts with surveys, as a record: invited, reached, answered, refused, run out.

It is one record for each customer and not for each survey, so that the cool-down holds over all
programmes and channels, whoever invites at the same time. Whether somebody may be invited is
decided by the rule `satisfaction.may-ask` alone, on what the record holds. How an invitation ended
follows from instants: a sweep that comes late, or never, changes nothing but who was told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from bankservice.core.calendar import in_utc, instant, local_day, midnight
from bankservice.core.decision import Explanation, Says, Trace
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Title, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.satisfaction.campaigns import acting
from bankservice.satisfaction.campaigns.acting import BY_WHY, ContactRefusal, refusal
from bankservice.satisfaction.campaigns.asking import MayAskFacts, headline, may_ask_of
from bankservice.satisfaction.campaigns.commands import (
    COMMANDS,
    Answer,
    End,
    Invite,
    NoteExpiry,
    OptIn,
    OptOut,
    Reach,
    Remind,
    Volunteer,
)
from bankservice.satisfaction.campaigns.entries import (
    EVENTS,
    Answered,
    Contacts,
    Ended,
    Expired,
    Invitation,
    Invited,
    OptedIn,
    OptedOut,
    Reached,
    Reminded,
    Volunteered,
    evolve,
)
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.campaigns.outcomes import TITLES
from bankservice.satisfaction.campaigns.plan import EVERY_CHANNEL, SamplingPlan
from bankservice.satisfaction.campaigns.views import due, view

__all__ = ["CONTACT", "SAYS", "whole_facts"]

PACKAGE: Final = "bankservice.satisfaction"

REMINDED: Final = Says("SURVEY_REMINDED", ("campaign", "channel", "at"))
REACHED: Final = Says("SURVEY_REACHED", ("campaign", "at"))
TRIED: Final = Says("SURVEY_TRIED", ("campaign", "at"))
ANSWERED: Final = Says("SURVEY_ANSWERED", ("campaign", "outcome", "at"))
VOLUNTEERED: Final = Says("SURVEY_VOLUNTEERED", ("campaign", "outcome", "at"))
ENDED: Final = Says("SURVEY_ENDED", ("campaign", "outcome", "at"))
OPTED_OUT: Final = Says("SURVEY_OPTED_OUT", ("words", "at"))
OPTED_IN: Final = Says("SURVEY_OPTED_IN", ("words", "at"))
EXPIRED: Final = Says("SURVEY_EXPIRED", ("campaign", "at"))

SAYS: Final = (
    REMINDED,
    REACHED,
    TRIED,
    ANSWERED,
    VOLUNTEERED,
    ENDED,
    OPTED_OUT,
    OPTED_IN,
    EXPIRED,
)
"""What is said of entries that no rule decided."""

_BY_PLAN: Final = (Invited, Reminded, OptedOut, OptedIn)
"""Events that name the version of the plan they happened under."""
_ANY_CHANNEL: Final = Title(en="any channel", zh="任何渠道")


def whole_facts(state: Contacts, stated: MayAskFacts) -> MayAskFacts:
    """Return facts with what the record holds; a refusal counts from when it is known."""
    return attrs.evolve(stated, past=state.asked, opted_out=state.refused)


def _decide(
    states: Mapping[str, Contacts], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    at, now = in_utc(context.effective_at), in_utc(context.recorded_at)
    if at > now:
        return refusal(ContactRefusal.IN_FUTURE, at=at, now=now)
    policy: Policy[SamplingPlan] = context.policy(SAMPLING_PLAN.name)
    version = _in_force(policy, at, now)
    if isinstance(version, Refused):
        return version
    found = _acted(state, body, at, now, version)
    if isinstance(found, Refused):
        return found
    named = any(isinstance(event, _BY_PLAN) for event in found)
    used = (version,) if named else ()
    return Accepted({command.subject: tuple(found)} if found else {}, used)


def _in_force(
    policy: Policy[SamplingPlan], at: datetime, now: datetime
) -> Version[SamplingPlan] | Refused:
    """Return the version in force at an instant, as it is known now."""
    zone = policy.versions[-1].parameters.zone
    on = local_day(at, zone)
    found = policy.as_known(local_day(now, zone)).select(on)
    if found is None or isinstance(found, Undecided):
        return refusal(ContactRefusal.NOT_IN_FORCE, policy=policy.id, on=on)
    return found


def _acted(
    state: Contacts, body: Any, at: datetime, now: datetime, version: Version[SamplingPlan]
) -> Sequence[Any] | Refused:
    match body:
        case Invite():
            return _invite(state, body, at, version)
        case Remind():
            return acting.remind(state, body, at, version)
        case Reach():
            return acting.reach(state, body, at)
        case Answer():
            return acting.answer(state, body, at)
        case Volunteer():
            return acting.volunteer(state, body, at, version.parameters)
        case End():
            return acting.end(state, body, at)
        case OptOut():
            return acting.opt_out(state, body, at, version)
        case OptIn():
            return acting.opt_in(state, body, at, version)
        case NoteExpiry():
            return acting.note_expiry(state, body, now)
    raise TypeError(f"{type(body).__name__} is no command of contacts")


def _invite(
    state: Contacts, body: Invite, at: datetime, version: Version[SamplingPlan]
) -> Sequence[Any] | Refused:
    if body.quota_full:
        return refusal(ContactRefusal.QUOTA_FULL, campaign=body.campaign, stratum=body.stratum)
    before = state.invitations.get(body.campaign)
    if before is not None:
        held = before.invited
        return refusal(ContactRefusal.ALREADY_INVITED, campaign=body.campaign, at=held.at)
    stated = MayAskFacts(
        at=at,
        channel=body.channel,
        programme=body.programme,
        zone=body.zone,
        planned=body.planned,
    )
    made = _made(state, stated, body, version)
    if isinstance(made, Refused):
        return made
    if body.not_before is not None and made.on < body.not_before:
        told = {"on": made.on, "from_on": body.not_before}
        return refusal(ContactRefusal.TOO_EARLY, **told)
    return (made,)


def _made(
    state: Contacts, stated: MayAskFacts, about: Any, version: Version[SamplingPlan]
) -> Invited | Refused:
    """
    Return an invitation as it is made, or the first reason against it.

    Args:
        state: What the record holds.
        stated: What it is decided from, as stated.
        about: What the invitation says of itself: the command, or the entry that is decided again.
        version: The plan.
    """
    plan = version.parameters
    outcome = may_ask_of(whole_facts(state, stated), plan)
    if not outcome.allowed:
        told = {"channel": stated.channel, "on": outcome.on}
        if outcome.from_at is not None:
            told["from_at"] = outcome.from_at
        return refusal(BY_WHY[outcome.why[0]], **told)
    expires_on = plan.table.contact.expires_after.after(outcome.on)
    return Invited(
        campaign=about.campaign,
        programme=stated.programme,
        questionnaire=about.questionnaire,
        channel=stated.channel,
        at=in_utc(stated.at),
        on=outcome.on,
        expires_at=midnight(expires_on, plan.zone),
        stratum=about.stratum,
        batch=about.batch,
        about=about.about,
        zone=plan.zone,
        version=FrozenMapping(ref_json(version.ref)),
        facts=stated,
    )


def _explain(
    state: Contacts, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    at = _local(state, event)
    match event:
        case Invited():
            return _explain_invitation(state, event, find)
        case Volunteered():
            reason = VOLUNTEERED(campaign=event.campaign, outcome=TITLES[event.outcome], at=at)
        case Answered():
            reason = ANSWERED(campaign=event.campaign, outcome=TITLES[event.outcome], at=at)
        case Ended():
            reason = ENDED(campaign=event.campaign, outcome=TITLES[event.outcome], at=at)
        case Reminded() | OptedOut() | OptedIn():
            return _explain_by_plan(event, find)
        case Reached():
            reason = (REACHED if event.contacted else TRIED)(campaign=event.campaign, at=at)
        case Expired():
            reason = EXPIRED(campaign=event.campaign, at=at)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of contacts")
    return Explanation(reason, (), (), PACKAGE)


def _local(state: Contacts, event: Any) -> datetime:
    """Return when an entry happened, by the clock of the bank where an invitation tells it."""
    held: Invitation | None = state.invitations.get(getattr(event, "campaign", ""))
    if isinstance(event, (Invited, Volunteered)):
        return instant(event.at, event.zone)
    return instant(event.at, "UTC" if held is None else held.invited.zone)


def _explain_by_plan(event: Any, find: Callable[[str, str], Version[Any]]) -> Explanation:
    version = find(event.version["policy"], event.version["digest"])
    plan: SamplingPlan = version.parameters
    at = instant(event.at, plan.zone)
    if isinstance(event, Reminded):
        channel = plan.channels[event.channel].title
        reason = REMINDED(campaign=event.campaign, channel=channel, at=at)
    else:
        # What was refused under a plan may be taken back under one that does not have the channel.
        titles = {EVERY_CHANNEL: _ANY_CHANNEL, **{c: plan.channels[c].title for c in plan.channels}}
        words = tuple(titles.get(word, word) for word in event.words)
        reason = (OPTED_OUT if isinstance(event, OptedOut) else OPTED_IN)(words=words, at=at)
    return Explanation(reason, (), ((version.ref, version.source),), PACKAGE)


def _explain_invitation(
    state: Contacts, event: Invited, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    if event.facts is None:
        return None
    version = find(event.version["policy"], event.version["digest"])
    facts, trace = whole_facts(state, event.facts), Trace()
    outcome = may_ask_of(facts, version.parameters, trace)
    reason = headline(facts, version.parameters, outcome)
    return Explanation(reason, tuple(trace.checks), ((version.ref, version.source),), PACKAGE)


def _again(state: Contacts, event: Any, seen: Hindsight) -> tuple[Any, Any] | None:
    """Return an invitation, and the one that would be made in its place; None where none would."""
    if not isinstance(event, Invited) or event.facts is None:
        return None
    version = seen(event.version["policy"], event.version["digest"])
    made = _made(state, event.facts, event, version)
    return event, None if isinstance(made, Refused) else made


CONTACT: Final[Record[Contacts]] = Record(
    kind="satisfaction.contact",
    initial=Contacts(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=ContactRefusal,
    policies=(SAMPLING_PLAN.name,),
    explain=_explain,
    again=_again,
    freeze=(to_json, lambda state: FACTS.read(state, Contacts, "snapshot")),
)
"""The record `satisfaction.contact`."""
