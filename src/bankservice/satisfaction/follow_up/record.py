"""
A customer's follow-ups, as a record: answers heard, cases opened, looked after, ended, handed over.

What opens a case is decided by the rule `satisfaction.follow-up-trigger` alone. The version in
force on the day of the first answer holds for the life of a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.calendar import in_utc, local_day
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.acting import At, act, case_of, notice
from bankservice.satisfaction.follow_up.case import FollowUpCases, evolve
from bankservice.satisfaction.follow_up.commands import COMMANDS, Hear, NoticeFollowUp
from bankservice.satisfaction.follow_up.entries import EVENTS
from bankservice.satisfaction.follow_up.hearing import hear
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP, FollowUpRules
from bankservice.satisfaction.follow_up.refusals import FollowUpRefusal, refused
from bankservice.satisfaction.follow_up.repeating import again
from bankservice.satisfaction.follow_up.telling import explain
from bankservice.satisfaction.follow_up.views import due, view

__all__ = [
    "FOLLOW_UPS",
]


def _decide(
    states: Mapping[str, FollowUpCases], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    at = in_utc(context.effective_at)
    if at > in_utc(context.recorded_at):
        return refused(FollowUpRefusal.IN_FUTURE, at=at, now=context.recorded_at)
    policy: Policy[FollowUpRules] = context.policy(FOLLOW_UP.name)
    if isinstance(body, Hear):
        today = local_day(context.recorded_at, policy.versions[-1].parameters.zone)
        return hear(state, command.subject, body, at, today, policy)
    named = body.key.partition("#")[0] if isinstance(body, NoticeFollowUp) else body.case
    case = case_of(state, named)
    if isinstance(case, Refused):
        return case
    if at < case.opened_at:
        return refused(FollowUpRefusal.BEFORE_OPENING, at=at, opened=case.opened_at)
    version = timing.version_held(policy, case.version)
    if version is None:
        return refused(FollowUpRefusal.VERSION_NOT_HELD, **dict(case.version))
    rules: FollowUpRules = version.parameters
    told = At(case=case, at=at, rules=rules, ruler=rules.ruler(case.known_on))
    found = (
        notice(told, body) if isinstance(body, NoticeFollowUp) else act(told, body, command.subject)
    )
    if isinstance(found, Refused):
        return found
    used = (version,) if hasattr(found, "version") else ()
    return Accepted({} if found is None else {command.subject: (found,)}, used)


FOLLOW_UPS: Final[Record[FollowUpCases]] = Record(
    kind="satisfaction.follow-up",
    initial=FollowUpCases(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=view,
    due=due,
    refusals=FollowUpRefusal,
    policies=(FOLLOW_UP.name,),
    explain=explain,
    again=again,
    freeze=(to_json, lambda state: FACTS.read(state, FollowUpCases, "snapshot")),
)
"""The record `satisfaction.follow-up`."""
