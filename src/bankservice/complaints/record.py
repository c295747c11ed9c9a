"""
The complaint case as a record: what a command leads to, or why it is refused.

The version of a policy in force on the local day of receipt holds for the life of the case; a
reopened case takes the version of that day for the duties that begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bankservice.complaints.cases import acts, changes, conduct, renewals
from bankservice.complaints.cases.again import again
from bankservice.complaints.cases.case import (
    Case,
    CaseStatus,
    Escalation,
    Referral,
)
from bankservice.complaints.cases.commands import (
    COMMANDS,
    Acknowledge,
    Assign,
    Classify,
    CloseCase,
    Escalate,
    Extend,
    Merge,
    Notice,
    PauseClock,
    Propose,
    Receive,
    RecordEffect,
    Redress,
    Refer,
    Reopen,
    Respond,
    Restate,
    ResumeClock,
    Withdraw,
)
from bankservice.complaints.cases.entries import (
    EVENTS,
    Acknowledged,
    EffectRecorded,
    Escalated,
    Merged,
    Referred,
    Withdrawn,
    evolve,
)
from bankservice.complaints.cases.extensions import extend
from bankservice.complaints.cases.notices import notice
from bankservice.complaints.cases.reasons import explain
from bankservice.complaints.cases.reception import receive
from bankservice.complaints.cases.refusals import CaseRefusal, refused
from bankservice.complaints.cases.timing import Timing, moment_of
from bankservice.complaints.cases.views import due, view
from bankservice.core.calendar import in_utc
from bankservice.core.record import Accepted, Command, Context, Record, Refused

__all__ = ["CASE"]

_ALWAYS = (Notice, RecordEffect, Refer, Redress, Escalate)
"""Commands that an ended case takes too."""


def _decide(states: Mapping[str, Case], command: Command, context: Context) -> Accepted | Refused:
    case, body = states[command.subject], command.body
    at = in_utc(context.effective_at)
    if at > in_utc(context.recorded_at):
        return refused(CaseRefusal.IN_FUTURE, at=at, now=context.recorded_at)
    if command.actor in (command.approved_by, getattr(body, "approved_by", "")):
        return refused(CaseRefusal.APPROVER_IS_ACTOR, actor=command.actor)
    timing = Timing(context.policies)
    no = _out_of_place(case, body, at)
    if no is not None:
        return no
    if isinstance(body, Receive):
        return receive(case, command, body, timing, at, context)
    found = _event(case, command, body, timing, at, context)
    if isinstance(found, Refused):
        return found
    event, used = found if isinstance(found, tuple) else (found, ())
    if event is None:
        return Accepted({})
    return Accepted({command.subject: (event,)}, used)


def _out_of_place(case: Case, body: Any, at: datetime) -> Refused | None:
    """Refuse what the standing of the case does not allow."""
    if case.status is CaseStatus.NONE:
        return None if isinstance(body, Receive) else refused(CaseRefusal.NOT_RECEIVED)
    if case.received_at is not None and at < case.received_at:
        return refused(CaseRefusal.BEFORE_RECEIPT, at=at, received_at=case.received_at)
    if isinstance(body, Reopen):
        if not case.ended:
            return refused(CaseRefusal.NOT_ENDED, status=case.status.value)
        if case.status is CaseStatus.MERGED:
            return refused(CaseRefusal.NOT_CLOSED, status=case.status.value)
        if case.ended_at is not None and at < case.ended_at:
            return refused(CaseRefusal.OUT_OF_ORDER, at=at, ended_at=case.ended_at)
    elif case.ended and not isinstance(body, _ALWAYS):
        return refused(CaseRefusal.CASE_ENDED, status=case.status.value)
    return None


def _event(
    case: Case, command: Command, body: Any, timing: Timing, at: datetime, context: Context
) -> Any:
    """Return the event a command leads to, None for nothing, or why not."""
    known_on = moment_of(case, context.recorded_at)
    match body:
        case Acknowledge():
            return conduct.ending(
                acts.meet(case, timing, frozenset({"acknowledge"}), at),
                lambda timers: Acknowledged(at=at, text_ref=body.text_ref, timers=timers),
            )
        case Assign():
            return conduct.assign(case, body, timing, at)
        case Classify():
            return conduct.classify(case, body, timing, at, context)
        case PauseClock():
            return _moved(acts.pause(case, body, timing, at))
        case ResumeClock():
            return acts.resume(case, body.clock, timing, at)
        case Extend():
            return extend(case, body, command, timing, at)
        case Propose() | Respond():
            return conduct.reply(case, body, timing, at)
        case Escalate():
            return conduct.ending(
                acts.meet(case, timing, frozenset({"escalate"}), at),
                lambda timers: Escalated(
                    escalation=Escalation(body.to, at, body.reason), timers=timers
                ),
            )
        case Redress():
            return conduct.redress(case, command, body, timing, at, context)
        case Refer():
            return conduct.ending(
                acts.meet(case, timing, frozenset({"refer"}), at),
                lambda timers: Referred(referral=Referral(body.to, at, body.reason), timers=timers),
            )
        case Withdraw():
            return conduct.ending(
                acts.cancel_open(case, timing, at, "withdrawn"),
                lambda timers: Withdrawn(
                    at=at,
                    reason=body.reason,
                    timers=timers,
                    retain_until=conduct.retain(case, timing, at),
                ),
            )
        case Merge():
            if body.into == command.subject:
                return refused(CaseRefusal.INTO_ITSELF, case=body.into)
            return conduct.ending(
                acts.cancel_open(case, timing, at, "merged"),
                lambda timers: Merged(
                    at=at,
                    into=body.into,
                    timers=timers,
                    retain_until=conduct.retain(case, timing, at),
                ),
            )
        case CloseCase():
            return conduct.close(case, body, timing, at)
        case Reopen():
            return renewals.reopen(case, body.reason, timing, at, known_on)
        case RecordEffect():
            return EffectRecorded(effective=body.effective)
        case Restate():
            return changes.restate(case, timing, at, known_on)
        case Notice():
            return notice(case, body.key, timing, at)
    raise TypeError(f"{type(body).__name__} is no command of a case")


def _moved(event: Any) -> Any:
    """Return an event only where it moved a clock."""
    return event if isinstance(event, Refused) or event.timers else None


# Without a codec for snapshots: a case is short, and one would hold in the clear what entries seal.
CASE: Record[Case] = Record(
    kind="complaints.case",
    initial=Case(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=CaseRefusal,
    explain=explain,
    again=again,
)
"""The record `complaints.case`."""
