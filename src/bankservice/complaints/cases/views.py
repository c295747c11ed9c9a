"""What people see of a case at an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import attrs
import pendulum

from bankservice.complaints.cases.case import (
    Case,
    CaseStatus,
    Door,
    Escalation,
    Grant,
    Limit,
    Referral,
    Reply,
    Timer,
)
from bankservice.complaints.cases.notices import due
from bankservice.complaints.cases.timing import Timing
from bankservice.core import clockwork
from bankservice.core.calendar import in_utc, instant
from bankservice.core.clock import Cycle, Extension, Pause, Status, Verdict
from bankservice.core.policy import Policy, Title
from bankservice.core.unknown import UnknownType

__all__ = ["CaseView", "ClockName", "ClockView", "Clocks", "LimitView", "Warned", "due", "view"]

_SECOND = 1_000_000


@attrs.frozen(kw_only=True)
class ClockView:
    """
    A clock as seen at an instant.

    Attributes:
        title: What is due.
        law: Whether a regime asks for it.
        window: Whether it is a span that may be used: `late` then only says that it has passed.
        status: Whether it runs.
        verdict: Whether it is in time; `late` is for good.
        due_at: Its deadline; None while it is paused or undecided.
        inclusive: Whether that very instant is in time.
        last_day: Last day, for clocks in days; of one of law also where no zone tells its instant.
        remaining_seconds: What remains, in the unit of the clock (elapsed for days), negative once
            it is late; None where it cannot be told.
        breached_at: When its deadline was crossed.
        breach_cause: `retargeted` where a newer target had passed already.
        due_if_resumed_at: Its deadline, were it resumed now.
        stopped_at: When it was met or cancelled.
        end_cause: Why it was cancelled.
        late_seconds: Working time from the deadline to the end, negative where it was early.
        provisional: Whether the public holidays up to the deadline are not all known yet.
        undecided: Facts without which it cannot be told when it is due.
        unproven: Conditions of its extension that nobody has shown to be met.
        lawful: Whether the clock it rests on was met in time; None where it rests on none, or
            that is open.
        cycle: Number of the cycle.
        cycles: Cycles before.
        pauses: When it stood still.
        extensions: More time that was granted.
    """

    title: Title
    law: bool
    window: bool
    status: Status
    verdict: Verdict
    due_at: pendulum.DateTime | None
    inclusive: bool | None
    last_day: date | None
    remaining_seconds: int | None
    breached_at: pendulum.DateTime | None
    breach_cause: str
    due_if_resumed_at: pendulum.DateTime | None
    stopped_at: pendulum.DateTime | None
    end_cause: str
    late_seconds: int | None
    provisional: bool
    undecided: tuple[str, ...]
    unproven: tuple[str, ...]
    lawful: bool | None
    cycle: int
    cycles: tuple[Cycle, ...]
    pauses: tuple[Pause, ...]
    extensions: tuple[Extension, ...]


@attrs.frozen
class Clocks(Mapping[str, ClockView]):
    """Clocks by name: the bare one where it is unique in the case; the full one always finds it."""

    shown: Mapping[str, ClockView]
    full: Mapping[str, str]

    def __getitem__(self, name: str) -> ClockView:
        return self.shown[self.full.get(name, name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)

    def __contains__(self, name: object) -> bool:
        return name in self.shown or name in self.full


@attrs.frozen
class LimitView:
    """How far a duty may be moved: last day and instant."""

    last_day: date | None
    due_at: pendulum.DateTime | None


class ClockName(str):
    """A clock's name as it is shown: bare where that is unique in the case. `full` finds it always."""

    full: str

    def __new__(cls, shown: str, full: str) -> ClockName:
        name = super().__new__(cls, shown)
        name.full = full
        return name


@attrs.frozen
class Warned:
    """A warning that is true: of which clock, since when, and its threshold."""

    clock: ClockName
    at: pendulum.DateTime
    step: str


@attrs.frozen(kw_only=True)
class CaseView:
    """
    A case as seen at an instant.

    Attributes:
        state: Where it stands.
        customer: Whose it is.
        zone: Zone whose days count.
        received_at: When it was received.
        received_on: Local day of receipt.
        channel: The first door.
        doors: Every door.
        matter: What it is.
        kind: Kind of complaint in law.
        region: Where calendars or law differ.
        product: Product code.
        issue: Issue code.
        cause: Cause code.
        branch: Which branch it is about.
        severity: How grave it is.
        vulnerable: Whether the customer needs particular care.
        department: Department it lies in.
        owner: Who works on it.
        clocks: Its clocks by name.
        limits: How far duties may be moved, by name.
        warnings: The warnings true by then, oldest first.
        assumed: Facts that would lengthen a duty and were not stated.
        replies: Proposals and answers.
        grants: Redress.
        escalations: To whom it was raised.
        referrals: To whom it went outside the bank.
        unnamed_ways: Ways on the law wants named that the final answer did not name.
        acknowledged_at: When receipt was acknowledged.
        answered_at: When the final answer was given.
        ended_at: When it was closed, withdrawn or merged.
        merged_into: The case it is part of.
        effective: Whether the solution was effective.
        retain_until: First day on which the record may be discarded.
        reopened: How often it was opened again.
    """

    state: CaseStatus
    customer: str
    zone: str
    received_at: pendulum.DateTime | None
    received_on: date | None
    channel: str
    doors: tuple[Door, ...]
    matter: str
    kind: str
    region: str | UnknownType | None
    product: str | UnknownType | None
    issue: str | UnknownType | None
    cause: str | UnknownType | None
    branch: str
    severity: str
    vulnerable: bool | UnknownType | None
    department: str
    owner: str
    clocks: Clocks
    limits: Mapping[str, LimitView]
    warnings: tuple[Warned, ...]
    assumed: tuple[str, ...]
    replies: tuple[Reply, ...]
    grants: tuple[Grant, ...]
    escalations: tuple[Escalation, ...]
    referrals: tuple[Referral, ...]
    unnamed_ways: tuple[str, ...]
    acknowledged_at: pendulum.DateTime | None
    answered_at: pendulum.DateTime | None
    ended_at: pendulum.DateTime | None
    merged_into: str
    effective: bool | None
    retain_until: date | None
    reopened: int


def view(state: Case, as_of: datetime, policies: tuple[Policy[Any], ...]) -> CaseView:
    """Return a case as seen at *as_of*: verdicts, time left and warnings follow from it."""
    timing, at = Timing(policies), in_utc(as_of)
    names = _names(tuple(timer.clock.name for timer in state.timers))
    clocks = {names[timer.clock.name]: _clock(state, timer, timing, at) for timer in state.timers}
    limits = _names(tuple(limit.name for limit in state.limits))
    about = state.about
    return CaseView(
        state=state.status,
        customer=state.customer,
        zone=state.zone,
        received_at=_local(state.received_at, state.zone),
        received_on=state.received_on,
        channel=state.doors[0].channel if state.doors else "",
        doors=state.doors,
        matter=about.matter or "",
        kind=about.kind or "general",
        region=about.region,
        product=about.product,
        issue=about.issue,
        cause=about.cause,
        branch=about.branch or "",
        severity=about.severity or "",
        vulnerable=state.private.vulnerable,
        department=about.department or "",
        owner=state.owner,
        clocks=Clocks(clocks, names),
        limits={limits[held.name]: _limit(held, state.zone) for held in state.limits},
        warnings=_warnings(state, names, at),
        assumed=state.assumed,
        replies=state.replies,
        grants=state.grants,
        escalations=state.escalations,
        referrals=state.referrals,
        unnamed_ways=_unnamed(state, timing),
        acknowledged_at=_local(state.acknowledged_at, state.zone),
        answered_at=_local(state.answered_at, state.zone),
        ended_at=_local(state.ended_at, state.zone),
        merged_into=state.merged_into,
        effective=state.effective,
        retain_until=state.retain_until,
        reopened=state.reopened,
    )


def _names(full: tuple[str, ...]) -> dict[str, str]:
    """Return what each is shown as: the bare name where it is unique."""
    counts = Counter(name.rpartition("/")[2] for name in full)
    return {name: bare if counts[bare := name.rpartition("/")[2]] == 1 else name for name in full}


def _local(moment: datetime | None, zone: str) -> pendulum.DateTime | None:
    return None if moment is None else instant(moment, zone or "UTC")


def _clock(case: Case, timer: Timer, timing: Timing, at: datetime) -> ClockView:
    clock, ruler, zone = timer.clock, timing.ruler(case, timer), case.zone
    # What nothing measures any more still has its deadline, if it had one when it ended.
    resumed = None if ruler is None else clockwork.due_if_resumed(clock, ruler, at)
    told = clock.open or clock.due is not None
    left = None if ruler is None or not told else clockwork.remaining(clock, ruler, at)
    late = clock.late_working
    return ClockView(
        title=timer.title,
        law=timer.law,
        window=timer.window,
        status=clock.status,
        verdict=clock.verdict(at),
        due_at=None if clock.due is None else _local(clock.due.instant, zone),
        inclusive=None if clock.due is None else clock.due.inclusive,
        last_day=clock.last_day or timer.last_day,
        remaining_seconds=None if left is None else left // _SECOND,
        breached_at=_local(clock.breached_at(at), zone),
        breach_cause=clock.breach_cause,
        due_if_resumed_at=None if resumed is None else _local(resumed.instant, zone),
        stopped_at=_local(clock.ended_at, zone),
        end_cause=clock.end_cause,
        late_seconds=None if late is None else late // _SECOND,
        provisional=clock.provisional,
        undecided=clock.undecided,
        unproven=timer.unproven,
        lawful=_lawful(case, timer, at),
        cycle=clock.cycle,
        cycles=clock.cycles,
        pauses=clock.pauses,
        extensions=clock.extensions,
    )


def _lawful(case: Case, timer: Timer, at: datetime) -> bool | None:
    """Tell whether the clock that this one rests on was met in time."""
    if not timer.lawful_if:
        return None
    for other in case.named(f"{timer.policy}/{timer.lawful_if}"):
        verdict = other.clock.verdict(at)
        return None if verdict is Verdict.PENDING else verdict is Verdict.IN_TIME
    return None


def _limit(limit: Limit, zone: str) -> LimitView:
    due_at = None if limit.due is None else _local(limit.due.instant, zone)
    return LimitView(limit.last_day, due_at)


def _warnings(case: Case, names: Mapping[str, str], at: datetime) -> tuple[Warned, ...]:
    found = [
        (step.at, ClockName(names[timer.clock.name], timer.clock.name), step.code)
        for timer in case.timers
        for step in timer.clock.warnings(at)
        if step.at is not None
    ]
    return tuple(
        Warned(name, instant(moment, case.zone or "UTC"), code)
        for moment, name, code in sorted(found)
    )


def _unnamed(case: Case, timing: Timing) -> tuple[str, ...]:
    final = [reply for reply in case.replies if reply.final]
    if not final:
        return ()
    return tuple(code for code in timing.ways_on(case) if code not in final[-1].ways_on)
