"""
A customer's benefits, as a record: what was joined, what events got, what was taken back.

What a claim gets is decided by the rule `loyalty.offers` alone, on the event and on what the
record holds; a preview asks the same function and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import Explanation, Says, Trace, named_facts
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.money import plain
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.scalars import Amount
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.benefits.entries import (
    COMMANDS,
    EVENTS,
    Benefited,
    Claim,
    Claimed,
    JoinCampaign,
    Joined,
    OfferUse,
    Reversal,
    ReverseClaim,
    evolve,
    fold,
)
from bankservice.loyalty.benefits.kind import OFFERS, Offers
from bankservice.loyalty.benefits.model import EventFacts, Offered, OfferFacts
from bankservice.loyalty.benefits.rule import PACKAGE, links, offers_of
from bankservice.loyalty.benefits.telling import headline
from bankservice.loyalty.benefits.views import view

__all__ = ["BENEFITS", "SAYS", "BenefitRefusal", "Plan", "day_of", "in_force", "planned"]

JOINED: Final = Says("CAMPAIGN_JOINED", ("campaign", "on"))
REVERSED: Final = Says("CLAIM_REVERSED", ("ref", "on"))

SAYS: Final = (JOINED, REVERSED)
"""What is said of entries that no rule decided."""

_FIELDS: Final = tuple(f.name for f in attrs.fields(EventFacts) if f.name != "budget_left")
"""What makes an event the same event: what its budget had left is none of it."""
_LATEST: Final = "Etc/GMT-14"
"""Where the day is ahead of every other: a branch may be there."""


class BenefitRefusal(Enum):
    """Why a command on benefits is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_IN_FORCE = "not-in-force"
    COHORT_UNKNOWN = "cohort-unknown"
    UNKNOWN_CAMPAIGN = "unknown-campaign"
    UNKNOWN_CLAIM = "unknown-claim"
    BEFORE_CLAIM = "before-claim"
    REVERSED = "reversed"
    FACTS_ERASED = "facts-erased"
    REF_CONFLICT = "ref-conflict"
    UNDECIDED = "undecided"


@attrs.frozen(kw_only=True)
class Plan:
    """
    What a claim would get.

    Attributes:
        facts: The event, with what was used and joined before.
        version: The version it is decided under.
        outcome: What it gets.
    """

    facts: OfferFacts
    version: Version[Offers]
    outcome: Offered


def planned(
    state: Benefited, body: Claim, at: datetime, recorded_at: datetime, policy: Policy[Offers]
) -> Plan | Refused:
    """
    Return what an event gets, or why that is refused; nothing is written.

    Args:
        state: The customer's benefits so far.
        body: The event.
        at: When it happened.
        recorded_at: When it is told: what is known of policies and holidays is taken from then.
        policy: The offers.
    """
    zone, on = policy.versions[-1].parameters.zone, day_of(body, at, policy)
    found = in_force(policy, on, recorded_at, named_facts(body))
    if isinstance(found, Refused):
        return found
    offers: Offers = found.parameters
    # Of the days that were not announced by then, nothing is known.
    known_on = max(local_day(recorded_at, zone), on)
    used, amounts = dict[str, int](), dict[str, Amount]()
    for offer in offers.offers:
        use = state.use_of(offer.code, offer.period_of(on, known_on))
        if use.count:
            used[offer.code] = use.count
        if use.minor:
            amounts[offer.code] = Amount(plain(use.minor, offers.digits))
    campaigns = (code for code, joined in state.joined.items() if _had_joined(joined, body, on, at))
    facts = OfferFacts(
        **{name: getattr(body, name) for name in _FIELDS},
        budget_left=body.budget_left,
        on=on,
        campaigns=tuple(sorted(campaigns)),
        used=FrozenMapping(used),
        used_amount=FrozenMapping(amounts),
        known_on=known_on,
    )
    return Plan(facts=facts, version=found, outcome=offers_of(facts, offers))


def day_of(body: Claim, at: datetime, policy: Policy[Offers]) -> date:
    """Return the local day of an event: as stated, or that of its instant in its zone."""
    return body.on or local_day(at, body.zone or policy.versions[-1].parameters.zone)


def _had_joined(joined: Joined, body: Claim, on: date, at: datetime) -> bool:
    # Where only the day of an event is known, the day of joining counts as a whole.
    return joined.on <= on if body.on is not None else joined.at <= micros(at)


def in_force(
    policy: Policy[Offers], on: date, recorded_at: datetime, facts: Mapping[str, object]
) -> Version[Offers] | Refused:
    """Return the version in force for an event of a day, or why there is none."""
    today = local_day(recorded_at, policy.versions[-1].parameters.zone)
    if on > today and on > local_day(recorded_at, _LATEST):
        told = FrozenMapping({"on": str(on), "today": str(today)})
        return Refused(BenefitRefusal.IN_FUTURE, told)
    found = policy.as_known(max(today, on)).select(on, facts)
    if isinstance(found, Undecided):
        told = FrozenMapping({"facts": ", ".join(found.facts)})
        return Refused(BenefitRefusal.COHORT_UNKNOWN, told)
    if found is None:
        told = FrozenMapping({"policy": policy.id, "on": str(on)})
        return Refused(BenefitRefusal.NOT_IN_FORCE, told)
    return found


def _decide(
    states: Mapping[str, Benefited], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    policy: Policy[Offers] = context.policy(OFFERS.name)
    if context.effective_at > context.recorded_at:
        told = FrozenMapping({"at": str(context.effective_at), "now": str(context.recorded_at)})
        return Refused(BenefitRefusal.IN_FUTURE, told)
    match body:
        case JoinCampaign():
            return _join(state, command, context, policy)
        case Claim():
            return _claim(state, command, context, policy)
        case ReverseClaim():
            return _reverse(state, command, context, policy)
    raise TypeError(f"{type(body).__name__} is no command of benefits")


def _customer(command: Command, policy: Policy[Offers]) -> str:
    """Return whose benefits a subject is: the service puts the policy before the customer."""
    return command.subject.removeprefix(f"{policy.id}:")


def _join(
    state: Benefited, command: Command, context: Context, policy: Policy[Offers]
) -> Accepted | Refused:
    campaign, zone = command.body.campaign, policy.versions[-1].parameters.zone
    on = local_day(context.effective_at, zone)
    found = in_force(policy, on, context.recorded_at, {})
    if isinstance(found, Refused):
        return found
    if campaign not in found.parameters.campaigns:
        known = ", ".join(found.parameters.campaigns)
        told = FrozenMapping({"campaign": campaign, "known": known})
        return Refused(BenefitRefusal.UNKNOWN_CAMPAIGN, told)
    joined, at = state.joined.get(campaign), micros(context.effective_at)
    # Told again it changes nothing; told of an earlier instant, that one counts.
    if joined is not None and joined.at <= at:
        return Accepted({}, (found,))
    event = Joined(
        campaign=campaign,
        at=at,
        on=on,
        customer=_customer(command, policy),
        zone=zone,
        version=FrozenMapping(ref_json(found.ref)),
    )
    return Accepted({command.subject: (event,)}, (found,))


def _claim(
    state: Benefited, command: Command, context: Context, policy: Policy[Offers]
) -> Accepted | Refused:
    body: Claim = command.body
    if body.ref in state.reversals:
        return Refused(BenefitRefusal.REVERSED, FrozenMapping({"ref": body.ref}))
    plan = planned(state, body, context.effective_at, context.recorded_at, policy)
    if isinstance(plan, Refused):
        return plan
    before = state.claims.get(body.ref)
    if before is not None:
        return _again(before, body, plan)
    outcome, facts = plan.outcome, plan.facts
    if outcome.unknown and not body.certain_only:
        told = FrozenMapping({"ref": body.ref, "facts": ", ".join(outcome.unknown)})
        return Refused(BenefitRefusal.UNDECIDED, told)
    calendars = links(facts, plan.version.parameters, outcome)
    event = Claimed(
        ref=body.ref,
        at=micros(context.effective_at),
        on=outcome.on,
        customer=_customer(command, policy),
        zone=plan.version.parameters.zone,
        version=FrozenMapping(ref_json(plan.version.ref)),
        facts=facts,
        **_got(facts, plan.version.parameters, outcome),
    )
    return Accepted({command.subject: (event,)}, (plan.version, *calendars))


def _got(facts: OfferFacts, policy: Offers, outcome: Offered) -> dict[str, Any]:
    """Return the parts of an entry that say what an event gets."""
    offers = {offer.code: offer for offer in policy.offers}
    return {
        "older": tuple(FrozenMapping(ref_json(held.ref)) for held in links(facts, policy, outcome)),
        "benefits": outcome.benefits,
        "uses": tuple(
            OfferUse(
                offer=benefit.offer,
                period=offers[benefit.offer].period_of(outcome.on, facts.known_on),
                count=benefit.uses,
                minor=benefit.waived_minor,
            )
            for benefit in outcome.benefits
        ),
        "unknown": outcome.unknown,
        "rate": outcome.rate,
        "fee_minor": outcome.fee_minor,
    }


def _again(before: Claimed, body: Claim, plan: Plan) -> Accepted | Refused:
    """Answer a claim whose reference was claimed before: the same event gets nothing twice."""
    if before.facts is None:
        return Refused(BenefitRefusal.FACTS_ERASED, FrozenMapping({"ref": body.ref}))
    differing = [
        name for name in _FIELDS if getattr(before.facts, name) != getattr(plan.facts, name)
    ]
    if before.on != plan.outcome.on:
        differing.append("on")
    if differing:
        told = FrozenMapping({"ref": body.ref, "differing": ", ".join(differing)})
        return Refused(BenefitRefusal.REF_CONFLICT, told)
    return Accepted({}, (plan.version,))


def _reverse(
    state: Benefited, command: Command, context: Context, policy: Policy[Offers]
) -> Accepted | Refused:
    body: ReverseClaim = command.body
    claim, at = state.claims.get(body.ref), micros(context.effective_at)
    if claim is None:
        return Refused(BenefitRefusal.UNKNOWN_CLAIM, FrozenMapping({"ref": body.ref}))
    if body.ref in state.reversals:
        return Accepted({})
    if at < claim.at:
        told = FrozenMapping({"ref": body.ref, "on": str(claim.on)})
        return Refused(BenefitRefusal.BEFORE_CLAIM, told)
    event = Reversal(
        ref=body.ref,
        at=at,
        on=local_day(context.effective_at, claim.zone),
        customer=_customer(command, policy),
        uses=claim.uses,
        reason=body.reason,
    )
    return Accepted({command.subject: (event,)})


def _explain(
    state: Benefited, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    match event:
        case Joined():
            version = find(event.version["policy"], event.version["digest"])
            titles = {offer.code: offer.title for offer in version.parameters.offers}
            reason = JOINED(campaign=titles[event.campaign], on=event.on)
            return Explanation(reason, (), ((version.ref, version.source),), PACKAGE)
        case Reversal():
            return Explanation(REVERSED(ref=event.ref, on=event.on), (), (), PACKAGE)
    if event.facts is None:
        return None
    refs = (event.version, *event.older)
    version, *calendars = (find(ref["policy"], ref["digest"]) for ref in refs)
    trace = Trace()
    outcome = offers_of(event.facts, version.parameters, trace)
    reason = headline(event.facts, version.parameters, outcome)
    sources = tuple((held.ref, held.source) for held in (version, *calendars))
    return Explanation(reason, tuple(trace.checks), sources, PACKAGE)


def _decided_again(state: Benefited, event: Any, seen: Hindsight) -> tuple[Any, Any] | None:
    """Return a claim, and what its event gets now; nothing was decided of the other entries."""
    if not isinstance(event, Claimed) or event.facts is None:
        return None
    version, *_ = (seen(ref["policy"], ref["digest"]) for ref in (event.version, *event.older))
    outcome = offers_of(event.facts, version.parameters)
    now = attrs.evolve(event, on=outcome.on, **_got(event.facts, version.parameters, outcome))
    return event, now


BENEFITS: Final[Record[Benefited]] = Record(
    kind="loyalty.benefits",
    initial=Benefited(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    fold=fold,
    view=view,
    due=lambda state: {},
    refusals=BenefitRefusal,
    policies=(OFFERS.name,),
    explain=_explain,
    again=_decided_again,
)
"""The record `loyalty.benefits`."""
