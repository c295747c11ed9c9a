"""What people see of a customer's follow-ups at an instant, and when somebody must look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs
import pendulum

from bankservice.core.calendar import in_utc, instant
from bankservice.core.clock import Clock, Status, Verdict
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Title
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.case import FollowUpCase, FollowUpCases
from bankservice.satisfaction.follow_up.entries import Trigger
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP, FollowUpRules
from bankservice.satisfaction.follow_up.model import FollowUpState

__all__ = [
    "AttemptView",
    "FollowUpView",
    "FollowUpsView",
    "PromiseView",
    "RatedView",
    "TriggerView",
    "due",
    "promise_views",
    "shown_to_rated",
    "view",
]

_SECOND = 1_000_000


@attrs.frozen(kw_only=True)
class PromiseView:
    """
    A clock as seen at an instant.

    Attributes:
        title: What is due.
        status: Whether it runs.
        verdict: Whether it is in time; `late` is for good.
        due_at: Its deadline.
        last_day: Its last day, for clocks in days.
        stopped_at: When it was met or cancelled.
        end_cause: Why it was cancelled.
        breached_at: When its deadline was crossed.
        late_seconds: Elapsed time from the deadline to the end, negative where it was early; of a
            clock that was met.
        warned: Warnings that are true, as written, oldest first.
        provisional: Whether the public holidays up to the deadline are not all known yet.
        cycle: Number of the cycle.
    """

    title: Title
    status: Status
    verdict: Verdict
    due_at: pendulum.DateTime | None
    last_day: date | None
    stopped_at: pendulum.DateTime | None
    end_cause: str
    breached_at: pendulum.DateTime | None
    late_seconds: int | None
    warned: tuple[str, ...]
    provisional: bool
    cycle: int


@attrs.frozen(kw_only=True)
class TriggerView:
    """
    An answer that is followed up.

    Attributes:
        answer: Its id.
        at: When it was given.
        codes: Codes of the triggers that held.
        priority: The most urgent among them.
        levels: Question → class of the answer.
        campaign: Id of the campaign it came from.
        rated: Id of the person it is about.
        may_name: Whether that person may be told who said it.
    """

    answer: str
    at: pendulum.DateTime
    codes: tuple[str, ...]
    priority: int
    levels: FrozenMapping[str, str]
    campaign: str
    rated: str
    may_name: bool


@attrs.frozen(kw_only=True)
class AttemptView:
    """
    An attempt in vain.

    Attributes:
        at: When it was made.
        channel: By which channel.
        outcome: What came of it.
    """

    at: pendulum.DateTime
    channel: str
    outcome: str


@attrs.frozen(kw_only=True)
class FollowUpView:
    """
    A case of follow-up as seen at an instant.

    Attributes:
        state: Where it stands.
        team: The department that follows up.
        owner: Who follows up; empty where nobody does, or the owner turned out to be the person an
            answer is about.
        priority: The most urgent of its triggers.
        opened_at: When the first answer was given.
        opened_on: Local day of that.
        until: First day on which later answers do not join it.
        triggers: The answers, in the order they were heard.
        clocks: `acknowledge`, `contact`, `resolve`.
        attempts: When the customer was tried in vain.
        acknowledged_at: When the customer was told.
        contacted_at: When somebody talked with the customer, first.
        due_on: Day by which what was agreed is to be done.
        resolved_at: When that was done, last.
        confirmed: Whether the customer confirmed it.
        ended_at: When it ended.
        into: The case or complaint that looks after it now.
        handed_over_at: The first instant, which the complaint counts from; of a converted case.
        themes: What lies behind it.
        scores: What the customer answered when asked again, as classes.
    """

    state: FollowUpState
    team: str
    owner: str
    priority: int
    opened_at: pendulum.DateTime
    opened_on: date
    until: date
    triggers: tuple[TriggerView, ...]
    clocks: FrozenMapping[str, PromiseView]
    attempts: tuple[AttemptView, ...]
    acknowledged_at: pendulum.DateTime | None
    contacted_at: pendulum.DateTime | None
    due_on: date | None
    resolved_at: pendulum.DateTime | None
    confirmed: bool
    ended_at: pendulum.DateTime | None
    into: str
    handed_over_at: pendulum.DateTime | None
    themes: tuple[str, ...]
    scores: FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class FollowUpsView:
    """
    A customer's follow-ups.

    Attributes:
        cases: By id, in the order they were opened.
        open: Ids of those that have not ended, the most urgent first.
    """

    cases: FrozenMapping[str, FollowUpView] = FrozenMapping()
    open: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RatedView:
    """
    What the person an answer is about is shown.

    Attributes:
        themes: What lies behind it.
        customer: Who said it; empty unless the customer agreed to that.
    """

    themes: tuple[str, ...] = ()
    customer: str = ""


def view(state: FollowUpCases, as_of: datetime, policies: tuple[Policy[Any], ...]) -> FollowUpsView:
    """Return a customer's follow-ups as seen at *as_of*: verdicts and warnings follow from it."""
    policy = next(held for held in policies if held.kind.name == FOLLOW_UP.name)
    at = in_utc(as_of)
    held = [case for case in state.cases.values() if case.opened_at <= at]
    shown = {case.id: _view(case, at, policy) for case in held}
    open_ = [case.id for case in held if case.open]
    order = sorted(open_, key=lambda key: (shown[key].priority, shown[key].opened_at))
    return FollowUpsView(cases=FrozenMapping(shown), open=tuple(order))


def _local(moment: datetime | None, zone: str) -> pendulum.DateTime | None:
    return None if moment is None else instant(moment, zone)


def _view(case: FollowUpCase, at: datetime, policy: Policy[FollowUpRules]) -> FollowUpView:
    zone = case.zone
    version = timing.version_held(policy, case.version) or policy.versions[-1]
    first = min(case.triggers, key=lambda held: held.priority)
    converted = case.state is FollowUpState.CONVERTED
    return FollowUpView(
        state=case.state,
        team=first.team,
        owner=case.owner,
        priority=first.priority,
        opened_at=instant(case.opened_at, zone),
        opened_on=case.opened_on,
        until=case.until,
        triggers=tuple(_trigger(held, zone) for held in case.triggers),
        clocks=promise_views(case.clocks, version.parameters, at, zone),
        attempts=tuple(
            AttemptView(at=instant(held.at, zone), channel=held.channel, outcome=held.outcome)
            for held in case.attempts
        ),
        acknowledged_at=_local(case.acknowledged_at, zone),
        contacted_at=_local(case.contacted_at, zone),
        due_on=case.due_on,
        resolved_at=_local(case.resolved_at, zone),
        confirmed=case.confirmed,
        ended_at=_local(case.ended_at, zone),
        into=case.into,
        handed_over_at=_local(case.opened_at, zone) if converted else None,
        themes=case.themes,
        scores=case.scores,
    )


def _trigger(held: Trigger, zone: str) -> TriggerView:
    return TriggerView(
        answer=held.answer,
        at=instant(held.at, zone),
        codes=held.codes,
        priority=held.priority,
        levels=held.levels,
        campaign=held.campaign,
        rated=held.rated,
        may_name=held.may_name,
    )


def promise_views(
    clocks: tuple[Clock, ...], rules: FollowUpRules, at: datetime, zone: str
) -> FrozenMapping[str, PromiseView]:
    """Return clocks by name as seen at an instant."""
    return FrozenMapping({clock.name: _promise(clock, rules, at, zone) for clock in clocks})


def _promise(clock: Clock, rules: FollowUpRules, at: datetime, zone: str) -> PromiseView:
    promise = rules.promises.get(clock.name)
    late = clock.late_elapsed
    return PromiseView(
        title=Title(en=clock.name, zh=clock.name) if promise is None else promise.row.title,
        status=clock.status,
        verdict=clock.verdict(at),
        due_at=None if clock.due is None else _local(clock.due.instant, zone),
        last_day=clock.last_day,
        stopped_at=_local(clock.ended_at, zone),
        end_cause=clock.end_cause,
        breached_at=_local(clock.breached_at(at), zone),
        late_seconds=None if late is None else late // _SECOND,
        warned=tuple(step.code for step in clock.warnings(at)),
        provisional=clock.provisional,
        cycle=clock.cycle,
    )


def shown_to_rated(
    view: FollowUpsView, customer: str, person: str, rules: FollowUpRules
) -> tuple[RatedView, ...]:
    """
    Return what a person is shown of the cases whose answers are about that person.

    The theme, never the text, the score or the day, by which a customer might be recognised; the
    name only where every answer of the case about this person allows it.

    Args:
        view: The customer's follow-ups.
        customer: Whose they are.
        person: Who asks.
        rules: What the policy lets the person see.
    """
    if rules.table.rated_sees == "nothing":
        return ()
    found = []
    for case in view.cases.values():
        about = [held for held in case.triggers if held.rated == person]
        if about:
            named = all(held.may_name for held in about)
            found.append(RatedView(themes=case.themes, customer=customer if named else ""))
    return tuple(found)


def due(state: FollowUpCases) -> Mapping[str, datetime]:
    """Return every step of a clock that was not noticed, and the first instant it is true."""
    return {
        f"{case.id}#{key}": first
        for case in state.cases.values()
        for clock in case.clocks
        for key, _, first, _ in timing.steps(clock)
        if key not in case.noticed
    }
