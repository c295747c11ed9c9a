"""
What is done in a case of follow-up, and why that is refused.

Each act gives the event it leads to, or none where nothing changes.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.errors import near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Refused
from bankservice.core.ruler import Ruler
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.case import FollowUpCase, FollowUpCases
from bankservice.satisfaction.follow_up.commands import (
    COMMANDS,
    AcknowledgeFollowUp,
    AgreeAction,
    AssignFollowUp,
    Attempt,
    CloseFollowUp,
    ConfirmResolved,
    Contact,
    Convert,
    Decline,
    Duplicate,
    FollowUpScore,
    NoConsent,
    NoticeFollowUp,
    Resolve,
    Theme,
    Unreachable,
)
from bankservice.satisfaction.follow_up.entries import (
    FollowUpAcknowledged,
    FollowUpAgreed,
    FollowUpAssigned,
    FollowUpAttempted,
    FollowUpClosed,
    FollowUpConfirmed,
    FollowUpContacted,
    FollowUpNoticed,
    FollowUpResolved,
    FollowUpScored,
    FollowUpThemed,
)
from bankservice.satisfaction.follow_up.hearing import ended
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.model import MOVES, QUESTIONS, FollowUpState
from bankservice.satisfaction.follow_up.refusals import FollowUpRefusal, refused

__all__ = [
    "At",
    "act",
    "case_of",
    "levels_of",
    "notice",
]

_S = FollowUpState
_TO = {
    Attempt: _S.ATTEMPTED,
    Contact: _S.CONTACTED,
    AgreeAction: _S.AGREED,
    Resolve: _S.RESOLVED,
    CloseFollowUp: _S.CLOSED,
    Unreachable: _S.UNREACHABLE,
    Decline: _S.DECLINED,
    NoConsent: _S.NO_CONSENT,
    Duplicate: _S.DUPLICATE,
    Convert: _S.CONVERTED,
}
"""Command → the state it moves a case to; that of a confirmation depends on what is confirmed."""

_NAMES = {kind: name for name, kind in COMMANDS.items()}
"""Command → what people call it by."""
_OWNED = (Attempt, Contact, AgreeAction, Resolve)
_AFTER_END = (Theme, FollowUpScore)


@attrs.frozen(eq=False, kw_only=True)
class At:
    """
    An act on a case.

    Attributes:
        case: The case.
        at: When it happened.
        rules: How the case is followed up.
        ruler: What measures its clocks.
    """

    case: FollowUpCase
    at: datetime
    rules: FollowUpRules
    ruler: Ruler

    @property
    def on(self) -> date:
        """Its local day."""
        return local_day(self.at, self.rules.zone)

    def timed(self, clocks: tuple[Any, ...]) -> dict[str, Any]:
        """Return what every event that may end a clock says."""
        case = self.case
        return {
            "case": case.id,
            "at": self.at,
            "clocks": clocks,
            "version": case.version,
            "older": case.older,
        }

    def met(self, *names: str) -> tuple[Any, ...]:
        """Return the clocks with those of these names met."""
        return timing.met(self.case.clocks, self.ruler, self.at, names)


def case_of(state: FollowUpCases, named: str) -> FollowUpCase | Refused:
    """Return the case a command means: the one named, the one open, or else the latest."""
    cases = state.cases
    if named:
        found: FollowUpCase | None = cases.get(named)
        if found is None:
            return refused(FollowUpRefusal.NO_CASE, case=named, known=", ".join(cases))
        return found
    open_ = [case for case in cases.values() if case.open]
    if len(open_) > 1:
        return refused(FollowUpRefusal.WHICH_CASE, open=", ".join(case.id for case in open_))
    if open_:
        return open_[0]
    if not cases:
        return refused(FollowUpRefusal.NO_CASE, case="", known="")
    return list(cases.values())[-1]


def act(told: At, body: Any, subject: str) -> Any:
    """Return the event an act leads to, None where nothing changes, or why it is refused."""
    case = told.case
    no = _unknown(told, body) or _out_of_place(told, body)
    if no is not None:
        return no
    match body:
        case AssignFollowUp():
            if body.owner in case.rated:
                return refused(FollowUpRefusal.OWNER_IS_RATED, owner=body.owner)
            if body.owner == case.owner:
                return None
            return FollowUpAssigned(case=case.id, owner=body.owner, at=told.at)
        case AcknowledgeFollowUp():
            if case.acknowledged_at is not None:
                return None
            return FollowUpAcknowledged(**told.timed(told.met("acknowledge")))
        case Theme():
            themes = tuple(dict.fromkeys(body.themes))
            if themes == case.themes:
                return None
            return FollowUpThemed(case=case.id, at=told.at, themes=themes, version=case.version)
        case FollowUpScore():
            return _scored(told, body)
        case ConfirmResolved():
            clocks = case.clocks
            if not body.resolved:
                clocks = timing.resumed(clocks, told.ruler, told.at)
            return FollowUpConfirmed(**told.timed(clocks), resolved=body.resolved)
        case CloseFollowUp():
            return _closed(told)
    return _moving(told, body, subject)


def _moving(told: At, body: Any, subject: str) -> Any:
    case = told.case
    if isinstance(body, _OWNED) and not case.owner:
        return refused(FollowUpRefusal.NO_OWNER, case=case.id)
    if isinstance(body, (Attempt, Contact)) and not told.rules.by(body.channel):
        known = ", ".join(told.rules.table.channels)
        return refused(FollowUpRefusal.OTHER_CHANNEL, channel=body.channel, open=known)
    match body:
        case Attempt():
            return FollowUpAttempted(
                case=case.id,
                at=told.at,
                channel=body.channel,
                outcome=body.outcome,
                version=case.version,
            )
        case Contact():
            timed = told.timed(told.met("acknowledge", "contact"))
            return FollowUpContacted(**timed, channel=body.channel, note=body.note)
        case AgreeAction():
            return FollowUpAgreed(case=case.id, at=told.at, due_on=body.due_on, action=body.action)
        case Resolve():
            return FollowUpResolved(**told.timed(told.met("resolve")), note=body.note)
        case Unreachable():
            return _given_up(told)
        case Decline() | NoConsent():
            return _end(told, _TO[type(body)], reason=body.reason)
        case Duplicate():
            if body.of == case.id:
                return refused(FollowUpRefusal.INTO_ITSELF, case=body.of)
            return _end(told, _S.DUPLICATE, into=body.of)
        case Convert():
            first = min(held.at for held in case.triggers)
            return _end(told, _S.CONVERTED, into=body.into, received_at=first)
    raise TypeError(f"{type(body).__name__} is no command of follow-ups")


def _end(told: At, state: FollowUpState, **more: Any) -> Any:
    return ended(told.case, told.case.clocks, told.ruler, told.at, state, **more)


# -- why not ----------------------------------------------------------------------------------


def _unknown(told: At, body: Any) -> Refused | None:
    trees = {"themes": told.rules.themes} if isinstance(body, Theme) else {}
    if isinstance(body, (Attempt, Contact)):
        trees = {"channel": told.rules.channels}
    for name, tree in trees.items():
        codes = getattr(body, name)
        for code in (codes,) if isinstance(codes, str) else codes:
            if code not in tree:
                near = ", ".join(near_names(code, tree))
                return refused(FollowUpRefusal.UNKNOWN_CODE, field=name, got=code, near=near)
    return None


def _out_of_place(told: At, body: Any) -> Refused | None:
    case = told.case
    if isinstance(body, _AFTER_END):
        if isinstance(body, FollowUpScore) and case.contacted_at is None:
            return _place(case, body)
        return None
    if not case.open:
        return refused(FollowUpRefusal.CASE_ENDED, case=case.id, state=case.state.value)
    if isinstance(body, (AssignFollowUp, AcknowledgeFollowUp)):
        return None
    if told.at < case.moved_at:
        return refused(FollowUpRefusal.OUT_OF_ORDER, at=told.at, last=case.moved_at)
    if isinstance(body, ConfirmResolved):
        to = _S.CONFIRMED if body.resolved else _S.CONTACTED
        wrong = case.state is not _S.RESOLVED
    else:
        to, wrong = _TO[type(body)], False
    return _place(case, body) if wrong or to not in MOVES[case.state] else None


def _place(case: FollowUpCase, body: Any) -> Refused:
    allowed = ", ".join(state.value for state in _S if state in MOVES[case.state])
    return refused(
        FollowUpRefusal.OUT_OF_PLACE,
        act=_NAMES[type(body)],
        state=case.state.value,
        allowed=allowed,
    )


def _closed(told: At) -> Any:
    case, wait = told.case, told.rules.table.close_unconfirmed_after
    if case.state is _S.CONFIRMED:
        return FollowUpClosed(case=case.id, at=told.at, confirmed=True)
    assert case.resolved_at is not None, "what is resolved was so at an instant"
    first = None if wait is None else wait.after(local_day(case.resolved_at, told.rules.zone))
    if first is None or told.on < first:
        return refused(FollowUpRefusal.NOT_CONFIRMED, case=case.id, first=first or "")
    return FollowUpClosed(case=case.id, at=told.at, confirmed=False)


def _given_up(told: At) -> Any:
    """End a case as unreachable, where the customer was tried often and long enough."""
    row, zone = told.rules.table.attempts, told.rules.zone
    days = Counter(local_day(tried.at, zone) for tried in told.case.attempts)
    counted = sum(min(count, row.a_day) for count in days.values())
    first = min(days)
    if row.over_days:
        first = told.ruler.working().business_day(first, row.over_days)
    if counted < row.count or told.on < first:
        return refused(
            FollowUpRefusal.TOO_FEW_ATTEMPTS, attempts=counted, wanted=row.count, first=first
        )
    return _end(told, _S.UNREACHABLE)


def _scored(told: At, body: FollowUpScore) -> FollowUpScored:
    scales = {"nps": "0-10", "csat": body.csat_scale, "ces": body.ces_version}
    said = {question: getattr(body, question).value for question in QUESTIONS}
    answers = {question: value for question, value in said.items() if isinstance(value, int)}
    held = {question: scales[question] for question in answers}
    return FollowUpScored(
        case=told.case.id,
        at=told.at,
        levels=levels_of(told.rules, answers, held),
        version=told.case.version,
        answers=FrozenMapping(answers),
        scales=FrozenMapping(held),
    )


def levels_of(rules: FollowUpRules, answers: Any, scales: Any) -> FrozenMapping[str, str]:
    """Return the classes of answers, by question."""
    return FrozenMapping(
        {
            question: rules.level(question, scales[question], answer)
            for question, answer in answers.items()
        }
    )


# -- notices ----------------------------------------------------------------------------------


def notice(told: At, body: NoticeFollowUp) -> FollowUpNoticed | Refused | None:
    """Return the notice of a step that is true by now; None where it was given."""
    case, key = told.case, body.key.partition("#")[2]
    if key in case.noticed:
        return None
    found = timing.true_by(case.clocks, key, told.at)
    if found is None:
        return refused(FollowUpRefusal.NOT_TRUE_YET, key=body.key)
    clock, step, true_at = found
    return FollowUpNoticed(
        case=case.id,
        clock=clock.name,
        step=step,
        key=key,
        true_at=true_at,
        to=told.rules.promises[clock.name].row.tell,
        version=case.version,
    )
