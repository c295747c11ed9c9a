"""
A customer's treatments, as a record: what was meant, delivered, answered, taken back, refused.

What is meant is decided by the rule `lifecycle.treatments` alone, on the facts stated and on what
the record holds; a preview asks the same function and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from typing import Any, Final

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import Explanation, Says, Trace
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.care.acting import (
    TreatmentRefusal,
    deliver,
    note_expiry,
    object_to,
    outdated,
    record_outcome,
    refusal,
    take_back,
    withdraw,
)
from bankservice.lifecycle.care.commands import (
    COMMANDS,
    Agree,
    Consider,
    Deliver,
    NoteExpiry,
    Object,
    RecordOutcome,
    Withdraw,
)
from bankservice.lifecycle.care.entries import (
    EVENTS,
    Agreed,
    Care,
    Delivered,
    Expired,
    Intended,
    Objected,
    OutcomeRecorded,
    Withdrawn,
    evolve,
)
from bankservice.lifecycle.care.holding import Case
from bankservice.lifecycle.care.kind import TREATMENTS, TreatmentRules
from bankservice.lifecycle.care.model import Treated, TreatmentFacts
from bankservice.lifecycle.care.rule import PACKAGE, decided, treatments_of
from bankservice.lifecycle.care.telling import headline
from bankservice.lifecycle.care.views import due, view

__all__ = ["SAYS", "TREATMENT", "Plan", "in_force", "planned", "stated", "whole_facts"]

DELIVERED: Final = Says("INTENT_DELIVERED", ("intent", "channel", "on"))
OUTCOME: Final = Says("INTENT_OUTCOME", ("intent", "outcome", "on"))
WITHDRAWN: Final = Says("INTENT_WITHDRAWN", ("intent", "on"))
TAKEN_BACK: Final = {
    "": WITHDRAWN,
    "objected": Says("INTENT_WITHDRAWN_OBJECTED", ("intent", "on")),
    "stage": Says("INTENT_WITHDRAWN_STAGE", ("intent", "on")),
    "terminal": Says("INTENT_WITHDRAWN_TERMINAL", ("intent", "on")),
}
OBJECTED: Final = Says("TREATMENTS_OBJECTED", ("words", "on"))
AGREED: Final = Says("TREATMENTS_AGREED", ("words", "on"))
EXPIRED: Final = Says("INTENT_EXPIRED", ("intent", "on"))

SAYS: Final = (DELIVERED, OUTCOME, *TAKEN_BACK.values(), OBJECTED, AGREED, EXPIRED)
"""What is said of entries that no rule decided."""


@attrs.frozen(kw_only=True)
class Plan:
    """
    What considering a customer would lead to.

    Attributes:
        facts: The facts, with what the record holds.
        version: The version it is decided under.
        outcome: What is due, and what is held back.
        withdrawn: Open intents that are taken back first.
    """

    facts: TreatmentFacts
    version: Version[TreatmentRules]
    outcome: Treated
    withdrawn: tuple[Withdrawn, ...] = ()


def planned(
    state: Care, body: Consider, on: date, recorded_at: datetime, policy: Policy[TreatmentRules]
) -> Plan | Refused:
    """
    Return what is due to a customer on a day, or why that is refused; nothing is written.

    Args:
        state: What was meant so far.
        body: The customer.
        on: The day.
        recorded_at: When it is told: what is known of policies is taken from then.
        policy: The treatments.
    """
    found = in_force(policy, on, recorded_at, body.customer)
    if isinstance(found, Refused):
        return found
    last = state.last_on
    if last is not None and on < last:
        return refusal(TreatmentRefusal.OUT_OF_ORDER, on=on, last=last)
    rules: TreatmentRules = found.parameters
    strange = rules.strange(state.refused)
    if strange:
        # Refused by words of an older vocabulary: what is meant by them now is for people to say.
        words = ", ".join(strange)
        return refusal(TreatmentRefusal.UNDECIDED, facts="refused", words=words)
    told = stated(body, on)
    case = Case.of(whole_facts(state, told), rules)
    withdrawn = outdated(state, case)
    if withdrawn:
        case = Case.of(whole_facts(reduce(evolve, withdrawn, state), told), rules)
    return Plan(facts=case.facts, version=found, outcome=decided(case), withdrawn=withdrawn)


def in_force(
    policy: Policy[TreatmentRules], on: date, recorded_at: datetime, facts: Mapping[str, object]
) -> Version[TreatmentRules] | Refused:
    """Return the version in force for a customer on a day, or why there is none."""
    today = local_day(recorded_at, policy.versions[-1].parameters.zone)
    if on > today:
        return refusal(TreatmentRefusal.IN_FUTURE, on=on, today=today)
    found = policy.as_known(today).select(on, facts)
    if isinstance(found, Undecided):
        return refusal(TreatmentRefusal.COHORT_UNKNOWN, facts=", ".join(found.facts))
    if found is None:
        return refusal(TreatmentRefusal.NOT_IN_FORCE, policy=policy.id, on=on)
    return found


def stated(body: Consider, on: date) -> TreatmentFacts:
    """Return the facts of a customer on a day as they were stated, without what the record holds."""
    return TreatmentFacts(
        on=on,
        customer=body.customer,
        stage_since=body.stage_since,
        ended=body.ended,
        refused=body.refused,
        consents=body.consents,
    )


def whole_facts(state: Care, stated: TreatmentFacts) -> TreatmentFacts:
    """Return facts with what the record holds; a refusal counts from when it is known, whatever its day."""
    refused = stated.refused
    if refused is not UNKNOWN:
        refused = tuple(dict.fromkeys((*refused, *state.refused)))
    past = tuple(held.past for held in state.intents.values())
    return attrs.evolve(stated, refused=refused, past=past)


def _decide(states: Mapping[str, Care], command: Command, context: Context) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    policy: Policy[TreatmentRules] = context.policy(TREATMENTS.name)
    rules = policy.versions[-1].parameters
    on = getattr(body, "on", None) or local_day(context.effective_at, rules.zone)
    today = local_day(context.recorded_at, rules.zone)
    if on > today:
        return refusal(TreatmentRefusal.IN_FUTURE, on=on, today=today)
    found: Sequence[Any] | Refused
    match body:
        case Consider():
            return _consider(state, command, on, context, policy)
        case Deliver():
            found = deliver(state, body, on, rules)
        case RecordOutcome():
            found = record_outcome(state, body, on)
        case Withdraw():
            found = withdraw(state, body, on)
        case Object():
            found = object_to(state, body, on, rules)
        case Agree():
            found = take_back(state, body, on)
        case NoteExpiry():
            found = note_expiry(state, body, today)
        case _:
            raise TypeError(f"{type(body).__name__} is no command of treatments")
    if isinstance(found, Refused):
        return found
    return Accepted({command.subject: tuple(found)} if found else {})


def _consider(
    state: Care, command: Command, on: date, context: Context, policy: Policy[TreatmentRules]
) -> Accepted | Refused:
    plan = planned(state, command.body, on, context.recorded_at, policy)
    if isinstance(plan, Refused):
        return plan
    outcome, version = plan.outcome, plan.version
    if outcome.unknown and not outcome.due and not plan.withdrawn:
        return refusal(TreatmentRefusal.UNDECIDED, facts=", ".join(outcome.unknown))
    if not outcome.due:
        taken = plan.withdrawn
        return Accepted({command.subject: taken} if taken else {}, (version,))
    meant = _meant(state, stated(command.body, on), outcome, version)
    return Accepted({command.subject: (*plan.withdrawn, *meant)}, (version,))


def _meant(
    state: Care, told: TreatmentFacts, outcome: Treated, version: Version[TreatmentRules]
) -> tuple[Intended, ...]:
    """Return the intents of what is due."""
    counts = dict[str, int]()
    for held in state.intents.values():
        code = held.intended.treatment
        counts[code] = counts.get(code, 0) + 1
    return tuple(
        Intended(
            id=f"{one.treatment}-{counts.get(one.treatment, 0) + 1}",
            treatment=one.treatment,
            kind=one.kind,
            on=told.on,
            due_by=one.due_by,
            channels=one.channels,
            stage=outcome.stage or "",
            since=outcome.stage_since,
            zone=version.parameters.zone,
            version=FrozenMapping(ref_json(version.ref)),
            part=part,
            facts=told,
        )
        for part, one in enumerate(outcome.due)
    )


def _explain(
    state: Care, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    match event:
        case Intended():
            return _explain_intent(state, event, find)
        case Delivered():
            reason = DELIVERED(intent=event.intent, channel=event.channel, on=event.on)
        case OutcomeRecorded():
            reason = OUTCOME(intent=event.intent, outcome=event.outcome, on=event.on)
        case Withdrawn():
            reason = TAKEN_BACK[event.cause](intent=event.intent, on=event.on)
        case Objected():
            reason = OBJECTED(words=event.words, on=event.on)
        case Agreed():
            reason = AGREED(words=event.words, on=event.on)
        case Expired():
            reason = EXPIRED(intent=event.intent, on=event.on)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of treatments")
    return Explanation(reason, (), (), PACKAGE)


def _explain_intent(
    state: Care, event: Intended, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    if event.facts is None:
        return None
    version = find(event.version["policy"], event.version["digest"])
    facts, trace = whole_facts(state, event.facts), Trace()
    outcome = treatments_of(facts, version.parameters, trace)
    reason = headline(facts, version.parameters, outcome)
    return Explanation(reason, tuple(trace.checks), ((version.ref, version.source),), PACKAGE)


def _again(state: Care, event: Any, seen: Hindsight) -> tuple[Any, Any] | None:
    """Return an intent, and what is meant in its place if it is considered again."""
    if not isinstance(event, Intended) or event.facts is None:
        return None
    version = seen(event.version["policy"], event.version["digest"])
    outcome = treatments_of(whole_facts(state, event.facts), version.parameters)
    meant = _meant(state, event.facts, outcome, version)
    return event, meant[event.part] if event.part < len(meant) else None


def _past(events: Sequence[Any], event: Any) -> Sequence[Any]:
    """Return what an intent was decided on: not the others of the same consideration."""
    part = event.part if isinstance(event, Intended) else 0
    return events[: len(events) - part]


TREATMENT: Final[Record[Care]] = Record(
    kind="lifecycle.treatment",
    initial=Care(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=TreatmentRefusal,
    policies=(TREATMENTS.name,),
    past=_past,
    explain=_explain,
    again=_again,
    freeze=(to_json, lambda state: FACTS.read(state, Care, "snapshot")),
)
"""The record `lifecycle.treatment`."""
