"""Handling a case: classified, assigned, answered, made good, closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import attrs

from bankservice.complaints.authority import RedressFacts, redress_authority
from bankservice.complaints.cases import acts, changes, renewals
from bankservice.complaints.cases.case import About, Case, Grant, Private, Reply, Timer
from bankservice.complaints.cases.commands import (
    Assign,
    Classify,
    CloseCase,
    Propose,
    Redress,
    Respond,
)
from bankservice.complaints.cases.entries import (
    Assigned,
    Classified,
    Closed,
    Granted,
    Replied,
    evolve,
)
from bankservice.complaints.cases.reception import part, unknown_code
from bankservice.complaints.cases.refusals import CaseRefusal, refused
from bankservice.complaints.cases.timing import Timing, moment_of
from bankservice.complaints.handling import HANDLING
from bankservice.core.calendar import local_day, midnight
from bankservice.core.policy import Version
from bankservice.core.record import Command, Context, Refused

__all__ = ["ask_at", "assign", "classify", "close", "ending", "redress", "reply", "retain"]


def ending(timers: tuple[Timer, ...] | Refused, event: Callable[[tuple[Timer, ...]], Any]) -> Any:
    """Return the event with the clocks an act has ended, or why it could not."""
    return timers if isinstance(timers, Refused) else event(timers)


def classify(case: Case, body: Classify, timing: Timing, at: datetime, context: Context) -> Any:
    """Take in what more is known, and measure the clocks that depend on it anew."""
    no = unknown_code(body, context)
    if no is not None:
        return no
    event = Classified(
        customer=case.customer,
        about=part(body, About),
        private=part(body, Private),
        assumed=case.assumed,
    )
    if body.zone and body.zone != case.zone:
        if case.zone and "zone" not in case.assumed:
            return refused(CaseRefusal.ZONE_KNOWN, zone=case.zone)
        event = _in_zone(case, event, body.zone)
    met = acts.meet(case, timing, frozenset({"classify"}), at)
    if isinstance(met, Refused):
        return met
    if evolve(case, event) == case and not met:
        return None
    return changes.stated(case, event, timing, at, met)


def _in_zone(case: Case, event: Classified, zone: str) -> Classified:
    """Return the event with the zone stated, by which the day of receipt is told anew."""
    at, on = case.received_at, case.received_on
    if case.day_only and on is not None:
        at = midnight(on, zone)
    elif at is not None:
        on = local_day(at, zone)
    assumed = tuple(name for name in event.assumed if name != "zone")
    return attrs.evolve(event, zone=zone, received_at=at, received_on=on, assumed=assumed)


def assign(case: Case, body: Assign, timing: Timing, at: datetime) -> Any:
    """Give the case to a department or to somebody."""
    department = body.department or case.about.department or ""
    same = (department, body.owner) == (case.about.department or "", case.owner)
    met = acts.meet(case, timing, frozenset({"assign"}), at)
    if same and not met:
        return None
    return ending(
        met, lambda timers: Assigned(department=department, owner=body.owner, timers=timers)
    )


def reply(case: Case, body: Propose | Respond, timing: Timing, at: datetime) -> Any:
    """Take a proposal or an answer, which ends the clocks that wait for one."""
    if isinstance(body, Propose):
        reply, tokens = Reply(at=at, text_ref=body.text_ref), {"propose"}
    else:
        if body.final and not body.ways_on:
            lawful = ", ".join(timing.ways_on(case))
            return refused(CaseRefusal.WAYS_ON_MISSING, wanted=lawful)
        reply = Reply(
            at=at,
            text_ref=body.text_ref,
            final=body.final,
            outcome=body.outcome,
            ways_on=body.ways_on,
        )
        tokens = {"respond"}
        tokens |= {"final-response"} if body.final else set()
        tokens |= {"propose"} if body.proposes else set()
    timers = acts.meet(case, timing, frozenset(tokens), at)
    if "respond" in tokens and not reply.final and not isinstance(timers, Refused):
        timers = renewals.run_cadence(case, timing, at, timers)
    return ending(
        timers,
        lambda held: Replied(reply=reply, proposal=isinstance(body, Propose), timers=held),
    )


def redress(
    case: Case, command: Command, body: Redress, timing: Timing, at: datetime, context: Context
) -> Any:
    """Grant redress; a bank that limits who may grant what has its handling policy asked."""
    no = _beyond_authority(case, body, at, context)
    if no is not None:
        return no
    grant = Grant(
        at=at,
        kind=body.kind,
        by=command.actor,
        role=body.role,
        amount_minor=body.minor,
        currency=body.currency,
    )
    # Law that asks for money is not served by an apology.
    tokens = frozenset({"redress", f"redress-{body.kind}"})
    return ending(
        acts.meet(case, timing, tokens, at), lambda timers: Granted(grant=grant, timers=timers)
    )


def _beyond_authority(case: Case, body: Redress, at: datetime, context: Context) -> Refused | None:
    policy = next((held for held in context.policies if held.kind.name == HANDLING.name), None)
    if policy is None:
        return None
    already = sum(grant.amount_minor for grant in case.grants if grant.currency == body.currency)
    facts = RedressFacts(
        on=moment_of(case, at),
        role=body.role,
        kind=body.kind,
        amount_minor=body.minor,
        currency=body.currency,
        already_minor=already if body.kind == "money" else 0,
    )
    version = policy.select(facts.on)
    found = (
        redress_authority.decide(facts, version).outcome if isinstance(version, Version) else None
    )
    if found is not None and found.allowed is True:
        return None
    needed = "" if found is None else found.needed_role
    return refused(CaseRefusal.AUTHORITY_EXCEEDED, role=body.role, needed=needed)


def close(case: Case, body: CloseCase, timing: Timing, at: datetime) -> Any:
    """Close the case; refused while a duty of law runs that nobody answered."""
    met = acts.meet(case, timing, frozenset({"close"}), at)
    if isinstance(met, Refused):
        return met
    cause = "accepted" if body.accepted else "closed"
    timers = acts.cancel_open(case, timing, at, cause, but=met)
    ended = {timer.clock.name for timer in met}
    running = [
        timer.clock.name
        for timer in case.timers
        if timer.law and not timer.window and timer.clock.open and timer.clock.name not in ended
    ]
    if running and not body.accepted and not isinstance(timers, Refused):
        # The law's clock does not end because the bank's own file is shut.
        return refused(CaseRefusal.DUTY_RUNNING, clocks=", ".join(running))
    return ending(
        timers,
        lambda held: Closed(
            at=at,
            reason=body.reason,
            timers=held,
            ask_effect_at=ask_at(case, timing, at),
            retain_until=retain(case, timing, at),
        ),
    )


def ask_at(case: Case, timing: Timing, at: datetime) -> datetime | None:
    """Return when the customer is asked whether the solution was effective; None for never."""
    after = timing.ask_effect_after(case)
    return midnight(after.after(moment_of(case, at)), case.zone or "UTC") if after else None


def retain(case: Case, timing: Timing, at: datetime) -> date | None:
    """Return the first day on which the record may be discarded; None where no law says."""
    periods = timing.keeping(case)
    days = [period.after(moment_of(case, at)) for period in periods]
    return max(days) + timedelta(days=1) if days else None
