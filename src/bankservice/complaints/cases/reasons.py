"""Why an entry of a case says what it says: what happened, and what its clocks rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from bankservice.complaints.cases.case import Case, Timer
from bankservice.complaints.cases.entries import (
    Acknowledged,
    Assigned,
    Classified,
    ClocksChanged,
    Closed,
    EffectRecorded,
    Escalated,
    Granted,
    Merged,
    Noticed,
    Opened,
    Referred,
    Reopened,
    Replied,
    Withdrawn,
)
from bankservice.complaints.cases.notices import DUE
from bankservice.complaints.cases.timers import deadline_facts, known, known_law
from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.deadlines import deadlines
from bankservice.complaints.regimes.regime import REGIME
from bankservice.core.calendar import instant
from bankservice.core.clock import Clock, Status, Verdict
from bankservice.core.decision import Check, Explanation, Reason, Says
from bankservice.core.institution import INSTITUTION
from bankservice.core.policy import Title, Version

__all__ = ["explain"]

PACKAGE: Final = "bankservice.complaints"

OPENED: Final = Says("CASE_OPENED", ("channel", "on"))
CLASSIFIED: Final = Says("CASE_CLASSIFIED", ("facts",))
JOINED: Final = Says("CASE_JOINED", ("channel",))
ACKNOWLEDGED: Final = Says("CASE_ACKNOWLEDGED", ("at",))
ASSIGNED: Final = Says("CASE_ASSIGNED", ("department",))
PAUSED: Final = Says("CLOCK_PAUSED", ("clock", "reason"))
RESUMED: Final = Says("CLOCK_RESUMED", ("clock",))
EXTENDED: Final = Says("CLOCK_EXTENDED", ("clock", "reason", "by"))
EXCUSED: Final = Says("CLOCK_EXCUSED", ("clock", "reason", "by"))
RESTATED: Final = Says("CLOCKS_RESTATED", ("count",))
PROPOSED: Final = Says("CASE_PROPOSED", ("at",))
REPLIED: Final = Says("CASE_REPLIED", ("at",))
ANSWERED: Final = Says("CASE_ANSWERED", ("at",))
ESCALATED: Final = Says("CASE_ESCALATED", ("to", "reason"))
GRANTED: Final = Says("CASE_GRANTED", ("kind", "by"))
REFERRED: Final = Says("CASE_REFERRED", ("to", "reason"))
WITHDRAWN: Final = Says("CASE_WITHDRAWN", ("at",))
MERGED: Final = Says("CASE_MERGED", ("into",))
CLOSED: Final = Says("CASE_CLOSED", ("at",))
REOPENED: Final = Says("CASE_REOPENED", ("at",))
EFFECTIVE: Final = Says("CASE_EFFECTIVE", ())
NOT_EFFECTIVE: Final = Says("CASE_NOT_EFFECTIVE", ())
NOTHING: Final = "–"
"""Stands for what nobody stated."""

DEADLINE: Final = Title(en="the deadline", zh="期限")
KINDS: Final = {
    "money": Title(en="money", zh="资金"),
    "apology": Title(en="an apology", zh="道歉"),
    "correction": Title(en="a correction", zh="更正"),
}

NOTICED: Final = Says("CASE_NOTICED", ("clock", "step", "at"))

RUNS: Final = Says("timer-runs", ("clock", "due"))
STANDS: Final = Says("timer-stands", ("clock",))
WAITS: Final = Says("timer-waits", ("clock", "facts"))
MET: Final = Says("timer-met", ("clock", "at", "due"))
ENDED: Final = Says("timer-cancelled", ("clock", "cause"))


def explain(case: Case, event: Any, find: Callable[[str, str], Version[Any]]) -> Explanation | None:
    """
    Return why an entry was decided.

    The duties of law are decided again from what is stored; every other clock tells when it is
    due, or how it ended.
    """
    zone = getattr(event, "zone", "") or case.zone
    versions = {ref["policy"]: find(ref["policy"], ref["digest"]) for ref in _refs(event)}
    sources = tuple((held.ref, held.source) for held in versions.values())
    checks: list[Check] = []
    told: set[str] = set()
    if isinstance(event, Opened):
        for policy_id in event.versions:
            version = versions[policy_id]
            if version.kind.name == REGIME.name:
                checks += _law(event, version, versions)
                told.add(policy_id)
    checks += [
        _timer(timer, zone) for timer in getattr(event, "timers", ()) if timer.policy not in told
    ]
    return Explanation(_headline(case, event, zone), tuple(checks), sources, PACKAGE)


def _refs(event: Any) -> Iterable[Mapping[str, str]]:
    return getattr(event, "older", ())


def _law(
    event: Opened, version: Version[Any], versions: Mapping[str, Version[Any]]
) -> tuple[Check, ...]:
    """Decide the law's deadlines again, with a trace."""
    on = event.calendars_on
    profile = next((v for v in versions.values() if v.kind.name == INSTITUTION.name), None)
    if on is not None:
        # As it was known then: a holiday announced later moved nothing yet.
        version = attrs.evolve(version, parameters=known_law(version.parameters, on))
        if profile is not None:
            working = known(profile.parameters.working, on)
            profile = attrs.evolve(
                profile, parameters=attrs.evolve(profile.parameters, working=working)
            )
    facts = deadline_facts(event.about, event.private, event.on, event.at, event.zone)
    found: Explanation = deadlines.decide(facts, version, profile).explanation()
    return found.checks


def _timer(timer: Timer, zone: str) -> Check:
    clock, name = timer.clock, timer.title
    if clock.status is Status.STOPPED:
        met = MET(clock=name, at=_at(clock.ended_at, zone), due=_due(clock, zone))
        in_time = clock.ended_at is not None and clock.verdict(clock.ended_at) is Verdict.IN_TIME
        return Check(met, in_time)
    if clock.status is Status.CANCELLED:
        return Check(ENDED(clock=name, cause=clock.end_cause), None)
    if clock.undecided:
        return Check(WAITS(clock=name, facts=clock.undecided), None)
    if clock.status is Status.PAUSED:
        return Check(STANDS(clock=name), None)
    return Check(RUNS(clock=name, due=_due(clock, zone)), True)


def _at(moment: Any, zone: str) -> Any:
    return moment if moment is None else instant(moment, zone or "UTC")


def _due(clock: Clock, zone: str) -> Any:
    return None if clock.due is None else _at(clock.due.instant, zone)


def _headline(case: Case, event: Any, zone: str) -> Reason:
    match event:
        case Opened():
            return OPENED(channel=_titled("channels", event.door.channel), on=event.on)
        case Classified(door=door) if door is not None:
            return JOINED(channel=_titled("channels", door.channel))
        case Classified():
            return CLASSIFIED(facts=_stated(event))
        case Acknowledged():
            return ACKNOWLEDGED(at=_at(event.at, zone))
        case Assigned():
            return ASSIGNED(
                department=_titled("departments", event.department)
                if event.department
                else event.owner
            )
        case ClocksChanged():
            return _changed(event)
        case Replied(reply=reply):
            says = PROPOSED if event.proposal else ANSWERED if reply.final else REPLIED
            return says(at=_at(reply.at, zone))
        case Escalated(escalation=raised):
            return ESCALATED(to=raised.to or NOTHING, reason=raised.reason or NOTHING)
        case Granted(grant=grant):
            return GRANTED(kind=KINDS[grant.kind], by=grant.by)
        case Referred(referral=sent):
            return REFERRED(to=sent.to or NOTHING, reason=sent.reason or NOTHING)
        case Withdrawn():
            return WITHDRAWN(at=_at(event.at, zone))
        case Merged():
            return MERGED(into=event.into)
        case Closed():
            return CLOSED(at=_at(event.at, zone))
        case Reopened():
            return REOPENED(at=_at(event.at, zone))
        case EffectRecorded(effective=effective):
            return EFFECTIVE() if effective else NOT_EFFECTIVE()
        case Noticed():
            name, _, step = event.key.rpartition("#")
            clock = name.rpartition("#")[0]
            titles = [timer.title for timer in case.timers if timer.clock.name == clock]
            return NOTICED(
                clock=titles[0] if titles else clock,
                step=DEADLINE if step == DUE else step,
                at=_at(event.true_at, zone),
            )
    raise TypeError(f"{type(event).__name__} is no event of a case")


def _titled(tree: str, code: str) -> Title | str:
    """Return what people call a code; the code itself where the shipped tree has it not."""
    held = SHELF.get(f"vocabulary/{tree}").versions[-1].parameters
    return held[code].title if code in held else code


def _changed(event: ClocksChanged) -> Reason:
    if event.act == "restate":
        return RESTATED(count=len(event.timers))
    timer = event.timers[0]
    if event.act == "pause":
        return PAUSED(clock=timer.title, reason=event.reason)
    if event.act == "resume":
        return RESUMED(clock=timer.title)
    granted = timer.clock.extensions[-1]
    says = EXCUSED if timer.clock.excused_by else EXTENDED
    return says(clock=timer.title, reason=granted.reason, by=granted.by)


def _stated(event: Classified) -> tuple[str, ...]:
    stated = (
        name
        for part in (event.about, event.private)
        for name, value in vars(part).items()
        if value not in (None, (), {})
    )
    return tuple(sorted(stated))
