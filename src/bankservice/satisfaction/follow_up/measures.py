"""
What becomes of follow-ups, in numbers: contacted in time, recovered, heard of again, open for long.

Each number comes with those it is a share of. Nobody stands among them who could not be counted:
a clock that is still to be decided, a customer who was not asked again, a case that is looked after
elsewhere. A better answer afterwards goes with having been called; that it came of it, no count of
this kind can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from statistics import median_low
from typing import Final

import attrs

from bankservice.core.calendar import Period, in_utc
from bankservice.core.clock import Verdict
from bankservice.satisfaction.follow_up.kind import LEVELS
from bankservice.satisfaction.follow_up.model import ENDED, QUESTIONS, FollowUpState
from bankservice.satisfaction.follow_up.views import FollowUpsView, FollowUpView
from bankservice.satisfaction.model import told

__all__ = [
    "FollowUpRecovery",
    "FollowUpShare",
    "OpenFollowUp",
    "OpenFollowUps",
    "follow_up_recovery",
    "follow_ups_in_time",
    "open_follow_ups",
    "repeat_follow_ups",
]

_ELSEWHERE: Final = (FollowUpState.DUPLICATE, FollowUpState.NO_CONSENT)
_DECIDED: Final = (Verdict.IN_TIME, Verdict.LATE, Verdict.EXCUSED)


@attrs.frozen(kw_only=True)
class FollowUpShare:
    """
    A share, with what it is of.

    Attributes:
        count: How many.
        base: Of how many.
        share: The one by the other, 0 to 1; None where there is nobody.
    """

    count: int
    base: int
    share: Decimal | None

    @classmethod
    def of(cls, count: int, base: int) -> FollowUpShare:
        """Return the share."""
        return cls(count=count, base=base, share=told(count / base) if base else None)


@attrs.frozen(kw_only=True)
class FollowUpRecovery:
    """
    How customers answered when asked again.

    Attributes:
        up: Those whose answer is in a higher class than before.
        down: Those whose answer is in a lower one.
        asked: Cases with an answer to a question that was answered before, of all that were
            contacted.
    """

    up: FollowUpShare
    down: FollowUpShare
    asked: FollowUpShare


@attrs.frozen(kw_only=True)
class OpenFollowUp:
    """
    An open case.

    Attributes:
        customer: Whose it is.
        case: Its id.
        seconds: Elapsed time since its first answer.
        late: Its clocks that are late.
    """

    customer: str
    case: str
    seconds: int
    late: tuple[str, ...]


@attrs.frozen(kw_only=True)
class OpenFollowUps:
    """
    The open cases.

    Attributes:
        base: How many there are.
        oldest_seconds: Age of the oldest; None where none is open.
        median_seconds: Age of the one in the middle, the younger of two.
        cases: Each, the oldest first.
    """

    base: int
    oldest_seconds: int | None
    median_seconds: int | None
    cases: tuple[OpenFollowUp, ...]


def _cases(views: Mapping[str, FollowUpsView]) -> Iterator[tuple[str, str, FollowUpView]]:
    for customer, view in views.items():
        for key, case in view.cases.items():
            yield customer, key, case


def follow_ups_in_time(views: Mapping[str, FollowUpsView], clock: str = "contact") -> FollowUpShare:
    """
    Return the share of cases whose clock was met in time.

    Of those whose clock was met, or crossed: one that still runs in time, or was dropped in time
    because the customer declined or a complaint took it over, is decided neither way. Duplicates,
    and customers who may not be contacted, are left out.

    Args:
        views: Customer → follow-ups, as seen at one instant.
        clock: `acknowledge`, `contact` or `resolve`.
    """
    verdicts = [
        case.clocks[clock].verdict
        for _, _, case in _cases(views)
        if clock in case.clocks and case.state not in _ELSEWHERE
    ]
    decided = [verdict for verdict in verdicts if verdict in _DECIDED]
    return FollowUpShare.of(sum(verdict is Verdict.IN_TIME for verdict in decided), len(decided))


def follow_up_recovery(views: Mapping[str, FollowUpsView]) -> FollowUpRecovery:
    """
    Return how the customers answered when asked again, by class.

    Of several answers before, the least satisfied counts; of several questions, the first of
    recommending, satisfaction and effort that was answered before and after.
    """
    contacted = [case for _, _, case in _cases(views) if case.contacted_at is not None]
    moves = [move for case in contacted if (move := _move(case)) is not None]
    asked = len(moves)
    return FollowUpRecovery(
        up=FollowUpShare.of(sum(move > 0 for move in moves), asked),
        down=FollowUpShare.of(sum(move < 0 for move in moves), asked),
        asked=FollowUpShare.of(asked, len(contacted)),
    )


def _move(case: FollowUpView) -> int | None:
    """Return how many classes the answer rose; None where it was not asked before and after."""
    for question in QUESTIONS:
        before = [held.levels[question] for held in case.triggers if question in held.levels]
        if before and question in case.scores:
            return LEVELS.index(case.scores[question]) - min(map(LEVELS.index, before))
    return None


def repeat_follow_ups(
    views: Mapping[str, FollowUpsView], within: Period, as_of: date
) -> FollowUpShare:
    """
    Return the share of ended cases whose customer had to be followed up again.

    Of those that ended long enough ago to tell: all of *within* has passed by *as_of*. Duplicates
    are left out.

    Args:
        views: Customer → follow-ups.
        within: From the day a case ended.
        as_of: Day up to which is known.
    """
    count = base = 0
    for customer, key, case in _cases(views):
        if case.ended_at is None or case.state is FollowUpState.DUPLICATE:
            continue
        ended_on = case.ended_at.date()
        until = within.after(ended_on)
        if until > as_of:
            continue
        base += 1
        count += any(
            other != key and ended_on <= held.opened_on < until
            for other, held in views[customer].cases.items()
            if held.opened_at >= case.ended_at
        )
    return FollowUpShare.of(count, base)


def open_follow_ups(views: Mapping[str, FollowUpsView], as_of: datetime) -> OpenFollowUps:
    """Return how long the open cases have been open at an instant."""
    at = in_utc(as_of)
    found = [
        OpenFollowUp(
            customer=customer,
            case=key,
            seconds=int((at - in_utc(case.opened_at)).total_seconds()),
            late=tuple(
                name for name, clock in case.clocks.items() if clock.verdict is Verdict.LATE
            ),
        )
        for customer, key, case in _cases(views)
        if case.state not in ENDED
    ]
    found.sort(key=lambda held: (-held.seconds, held.customer, held.case))
    seconds = [held.seconds for held in found]
    return OpenFollowUps(
        base=len(found),
        oldest_seconds=max(seconds, default=None),
        median_seconds=median_low(seconds) if seconds else None,
        cases=tuple(found),
    )
