"""Why an entry of a follow-up says what it says: what happened, and what its clocks rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from bankservice.core.calendar import instant
from bankservice.core.clock import Clock, Status, Verdict
from bankservice.core.decision import Check, Explanation, Reason, Says, Trace
from bankservice.core.policy import Title, Version
from bankservice.satisfaction.follow_up.case import FollowUpCase, FollowUpCases
from bankservice.satisfaction.follow_up.entries import (
    FollowUpAcknowledged,
    FollowUpAgreed,
    FollowUpAssigned,
    FollowUpAttached,
    FollowUpAttempted,
    FollowUpClosed,
    FollowUpConfirmed,
    FollowUpContacted,
    FollowUpEnded,
    FollowUpNoticed,
    FollowUpOpened,
    FollowUpResolved,
    FollowUpScored,
    FollowUpThemed,
)
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.model import FollowUpState
from bankservice.satisfaction.follow_up.rule import QUESTION_TITLES, headline, triggered
from bankservice.satisfaction.follow_up.timing import DUE

__all__ = [
    "PACKAGE",
    "SAYS",
    "clock_checks",
    "explain",
    "step_title",
]

PACKAGE: Final = "bankservice.satisfaction"

ASSIGNED: Final = Says("FOLLOW_UP_ASSIGNED", ("case", "owner"))
ACKNOWLEDGED: Final = Says("FOLLOW_UP_ACKNOWLEDGED", ("case", "at"))
ATTEMPTED: Final = Says("FOLLOW_UP_ATTEMPTED", ("case", "channel", "at"))
CONTACTED: Final = Says("FOLLOW_UP_CONTACTED", ("case", "channel", "at"))
AGREED: Final = Says("FOLLOW_UP_AGREED", ("case", "at"))
RESOLVED: Final = Says("FOLLOW_UP_RESOLVED", ("case", "at"))
CONFIRMED: Final = Says("FOLLOW_UP_CONFIRMED", ("case", "at"))
DISPUTED: Final = Says("FOLLOW_UP_DISPUTED", ("case", "at"))
CLOSED: Final = Says("FOLLOW_UP_CLOSED", ("case", "at"))
UNCONFIRMED: Final = Says("FOLLOW_UP_CLOSED_UNCONFIRMED", ("case", "at"))
THEMED: Final = Says("FOLLOW_UP_THEMED", ("case", "themes"))
SCORED: Final = Says("FOLLOW_UP_SCORED", ("case", "questions"))
NOTICED: Final = Says("FOLLOW_UP_NOTICED", ("case", "clock", "step", "at"))
ENDED: Final = {
    FollowUpState.UNREACHABLE: Says("FOLLOW_UP_UNREACHABLE", ("case", "at")),
    FollowUpState.DECLINED: Says("FOLLOW_UP_DECLINED", ("case", "at")),
    FollowUpState.NO_CONSENT: Says("FOLLOW_UP_NO_CONSENT", ("case", "at")),
    FollowUpState.DUPLICATE: Says("FOLLOW_UP_DUPLICATE", ("case", "into")),
    FollowUpState.CONVERTED: Says("FOLLOW_UP_CONVERTED", ("case", "into", "at")),
}

RUNS: Final = Says("follow-up-clock-runs", ("clock", "due"))
MET: Final = Says("follow-up-clock-met", ("clock", "at", "due"))
DROPPED: Final = Says("follow-up-clock-dropped", ("clock", "at"))

DEADLINE: Final = Title(en="the deadline", zh="期限")

SAYS: Final = (
    ASSIGNED,
    ACKNOWLEDGED,
    ATTEMPTED,
    CONTACTED,
    AGREED,
    RESOLVED,
    CONFIRMED,
    DISPUTED,
    CLOSED,
    UNCONFIRMED,
    THEMED,
    SCORED,
    NOTICED,
    *ENDED.values(),
    RUNS,
    MET,
    DROPPED,
)
"""What is said of entries, beside what the rule says."""


def explain(
    state: FollowUpCases, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    """Return why an entry was decided; None where its facts were erased."""
    if isinstance(event, (FollowUpOpened, FollowUpAttached)):
        return _heard(event, find)
    case = state.cases[event.case]
    if not hasattr(event, "version"):
        return Explanation(_headline(case, event, None), (), (), PACKAGE)
    version = find(event.version["policy"], event.version["digest"])
    rules: FollowUpRules = version.parameters
    checks = tuple(clock_checks(getattr(event, "clocks", ()), rules, case.zone))
    source = ((version.ref, version.source),)
    return Explanation(_headline(case, event, rules), checks, source, PACKAGE)


def _heard(
    event: FollowUpOpened | FollowUpAttached, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    if event.facts is None:
        return None
    version, trace = find(event.version["policy"], event.version["digest"]), Trace()
    rules: FollowUpRules = version.parameters
    outcome = triggered(event.facts, rules, trace)
    checks = (*trace.checks, *clock_checks(event.clocks, rules, rules.zone))
    reason = headline(event.facts, rules, outcome)
    return Explanation(reason, checks, ((version.ref, version.source),), PACKAGE)


def clock_checks(clocks: Iterable[Clock], rules: FollowUpRules, zone: str) -> Iterable[Check]:
    """Yield until when each clock runs, or how it ended."""
    for clock in clocks:
        promise = rules.promises.get(clock.name)
        title = Title(en=clock.name, zh=clock.name) if promise is None else promise.row.title
        source = None if promise is None else promise.row.source
        assert clock.due is not None, "a clock of a follow-up is never paused"
        told = instant(clock.due.instant, zone)
        if clock.ended_at is None:
            yield Check(RUNS(clock=title, due=told), True, source=source)
            continue
        at = instant(clock.ended_at, zone)
        if clock.status is Status.CANCELLED:
            yield Check(DROPPED(clock=title, at=at), None, source=source)
            continue
        in_time = clock.verdict(clock.ended_at) is Verdict.IN_TIME
        yield Check(MET(clock=title, at=at, due=told), in_time, source=source)


def step_title(step: str) -> Title:
    """Return what people call a step of a clock: its threshold as written, or the deadline."""
    return DEADLINE if step == DUE else Title(en=step, zh=step)


def _headline(case: FollowUpCase, event: Any, rules: FollowUpRules | None) -> Reason:
    def local(moment: datetime) -> Any:
        return instant(moment, case.zone)

    match event:
        case FollowUpAssigned():
            return ASSIGNED(case=case.id, owner=event.owner)
        case FollowUpAcknowledged():
            return ACKNOWLEDGED(case=case.id, at=local(event.at))
        case FollowUpAttempted() | FollowUpContacted():
            assert rules is not None, "what names a channel names its version"
            told = ATTEMPTED if isinstance(event, FollowUpAttempted) else CONTACTED
            channel = rules.channels[event.channel].title
            return told(case=case.id, channel=channel, at=local(event.at))
        case FollowUpAgreed():
            return AGREED(case=case.id, at=local(event.at))
        case FollowUpResolved():
            return RESOLVED(case=case.id, at=local(event.at))
        case FollowUpConfirmed():
            told = CONFIRMED if event.resolved else DISPUTED
            return told(case=case.id, at=local(event.at))
        case FollowUpClosed():
            told = CLOSED if event.confirmed else UNCONFIRMED
            return told(case=case.id, at=local(event.at))
        case FollowUpEnded():
            return _ended(case, event)
        case FollowUpThemed():
            assert rules is not None, "what names themes names its version"
            titles = tuple(rules.themes[code].title for code in event.themes)
            return THEMED(case=case.id, themes=titles)
        case FollowUpScored():
            titles = tuple(QUESTION_TITLES[question] for question in event.levels)
            return SCORED(case=case.id, questions=titles)
        case FollowUpNoticed():
            assert rules is not None, "a notice names its version"
            return NOTICED(
                case=case.id,
                clock=rules.promises[event.clock].row.title,
                step=step_title(event.step),
                at=local(event.true_at),
            )
    raise TypeError(f"{type(event).__name__} is no event of follow-ups")


def _ended(case: FollowUpCase, event: FollowUpEnded) -> Reason:
    says, facts = ENDED[event.state], {"case": case.id}
    if "into" in says.names:
        facts["into"] = event.into
    if "at" in says.names:
        moment = event.received_at or event.at
        return says(**facts, at=instant(moment, case.zone))
    return says(**facts)
