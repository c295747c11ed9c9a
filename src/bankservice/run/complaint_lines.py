"""One case and its clocks as they stand on a day: what is in time, what is late, what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Literal

import attrs

from bankservice.complaints.cases.case import Case, CaseStatus, Reply, Timer
from bankservice.complaints.model import Role
from bankservice.complaints.watch.grave import Grave
from bankservice.complaints.watch.tally import CaseRow, CycleRow
from bankservice.core.calendar import in_utc, local_day
from bankservice.core.clock import Status, Verdict
from bankservice.core.policy import Title
from bankservice.core.ruler import MICROSECOND
from bankservice.run.complaint_acts import Acts, is_undated
from bankservice.run.complaint_rows import Told

__all__ = ["CaseLine", "ClockLine", "Standing"]

Fate = Literal["pending", "in_time", "late", "excused", "cancelled", "unknown"]
Standing = Literal["open", "answered", "closed", "withdrawn", "merged"]

_WORST: Final[tuple[Fate, ...]] = ("late", "excused", "unknown", "pending", "in_time", "cancelled")
_ENDED: Final[dict[CaseStatus, Standing]] = {
    CaseStatus.CLOSED: "closed",
    CaseStatus.WITHDRAWN: "withdrawn",
    CaseStatus.MERGED: "merged",
}


@attrs.frozen(kw_only=True)
class ClockLine:
    """
    A clock of a case on a day.

    Attributes:
        name: Its full name.
        title: What is due.
        law: Whether a regime asks for it.
        last_day: Last day, for clocks in days.
        last_on: The same, or the day of its last instant in time.
        due_at: Its deadline.
        fate: What became of it; unknown where the day of the answer is not.
        row: The same for the statistics; None where it cannot be told.
    """

    name: str
    title: Title
    law: bool
    last_day: date | None
    last_on: date | None
    due_at: datetime | None
    fate: Fate
    row: CycleRow | None


@attrs.frozen(kw_only=True)
class CaseLine:
    """
    A case on a day.

    Attributes:
        told: As the extract tells it.
        case: As the record has it.
        standing: Where it stands.
        answered_on: Day of the answer; None where there is none or its day is not known.
        closed_on: Day it ended, or by which it must have.
        undated: Whether it was answered on a day that nobody knows.
        stale: Whether it is open and was last told of before the day.
        clocks: Its clocks.
        grave: Whether it must be raised at once; None where that was not looked at.
    """

    told: Told
    case: Case
    standing: Standing
    answered_on: date | None
    closed_on: date | None
    undated: bool
    stale: bool
    clocks: tuple[ClockLine, ...]
    grave: Grave | None = None

    @classmethod
    def of(cls, told: Told, case: Case, acts: Acts, on: date) -> CaseLine:
        """Return how a case that is on record stands on a day."""
        until, zone = acts.known_until(told), acts.case_zone or acts.zone
        ended = case.ended_at if case.ended_at is not None and case.ended_at <= until else None
        replies = [reply for reply in case.replies if reply.at <= until]
        answers = replies[1:] if told.replied is not None else replies
        standing: Standing = "answered" if answers else "open"
        if ended is not None:
            standing = _ENDED.get(case.status, standing)
        undated = next((reply for reply in answers if is_undated(reply)), None)
        clocks = tuple(_clock(told, timer, undated, acts, until, zone) for timer in case.timers)
        stops = [reply.at for reply in answers] + ([] if ended is None else [ended])
        return cls(
            told=told,
            case=case,
            standing=standing,
            answered_on=local_day(answers[0].at, zone) if answers and not undated else None,
            closed_on=max(local_day(max(stops), zone), told.received.on) if stops else None,
            undated=undated is not None,
            stale=standing == "open" and told.drawn_on < on,
            clocks=clocks,
        )

    @property
    def fate(self) -> Fate:
        """The worst of its clocks; cancelled ones only where there are no others."""
        fates = {clock.fate for clock in self.clocks}
        return next((fate for fate in _WORST if fate in fates), "unknown")

    @property
    def due_on(self) -> date | None:
        """Last day of the first of its open clocks."""
        days = [clock.last_on for clock in self.clocks if clock.fate == "pending" and clock.last_on]
        return min(days, default=None)

    @property
    def row(self) -> CaseRow:
        """The case for the statistics: what is answered is no longer open."""
        facts = self.told.facts
        return CaseRow(
            case=self.told.case,
            customer=self.told.customer,
            received_on=self.told.received.on,
            closed_on=self.closed_on,
            product=facts.get("product", ""),
            channel=facts.get("channel", ""),
            branch=facts.get("branch", ""),
            issue=facts.get("issue", ""),
            cause=facts.get("cause", ""),
            severity=self.case.about.severity or "",
        )

    def rows(self) -> Iterator[CycleRow]:
        """Yield what the statistics count of its clocks."""
        yield from (clock.row for clock in self.clocks if clock.row is not None)


def _clock(
    told: Told, timer: Timer, undated: Reply | None, acts: Acts, until: datetime, zone: str
) -> ClockLine:
    clock = timer.clock
    ended = clock.ended_at if clock.ended_at is not None and clock.ended_at <= until else None
    verdict = clock.verdict(until)
    status = clock.status
    if ended is None and not clock.open:
        status = Status.RUNNING
        verdict = verdict if verdict in (Verdict.LATE, Verdict.EXCUSED) else Verdict.PENDING
    fate: Fate = verdict.value
    if status is Status.CANCELLED and verdict is Verdict.PENDING:
        fate = "cancelled"
    by_bound = undated is not None and ended is not None and ended == in_utc(undated.at)
    if by_bound:
        sure = clock.due is not None and not clock.due.is_late(min(acts.latest(told), until))
        fate = "in_time" if sure else "unknown"
    elif clock.undecided:
        fate = "unknown"
    row = None
    if fate != "unknown":
        row = CycleRow(
            case=told.case,
            clock=clock.name,
            role=Role.LIMIT if timer.window else Role.DUTY,
            status=status,
            verdict=verdict,
            cycle=clock.cycle,
            closed_on=None if ended is None else local_day(ended, zone),
            due_at=None if clock.due is None else clock.due.instant,
            stopped_at=ended if status is Status.STOPPED and not by_bound else None,
        )
    last_on = clock.last_day
    if last_on is None and clock.due is not None:
        last_on = local_day(clock.due.late_from - MICROSECOND, zone)
    return ClockLine(
        name=clock.name,
        title=timer.title,
        law=timer.law,
        last_day=clock.last_day,
        last_on=last_on,
        due_at=None if clock.due is None else clock.due.instant,
        fate=fate,
        row=row,
    )
