"""
What complaint statistics are told from, and what they tell.

Rows are drawn as they stand on one day: a case with what it is about, and each run of each of its
clocks. Everything is counted in whole numbers; a share is a fraction, and where nothing was counted
there is none.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from fractions import Fraction

import attrs

from bankservice.complaints.model import Role
from bankservice.core.calendar import in_utc
from bankservice.core.clock import Status, Verdict

__all__ = [
    "AgeClass",
    "CaseRow",
    "Cause",
    "Complainer",
    "CycleRow",
    "Group",
    "Spread",
    "Statistics",
    "StatisticsFacts",
    "Timeliness",
]


@attrs.frozen(kw_only=True)
class CaseRow:
    """
    A case as it stands on the day asked.

    Attributes:
        case: Its id.
        customer: Id of the customer.
        received_on: Day it was received, in the governing zone.
        closed_on: Day it was closed; None while it is open.
        product: Code; empty where it is not stated, here and below.
        channel: Channel of the first contact.
        branch: Branch it is about.
        issue: What it is about.
        cause: Root cause, once it was found.
        severity: How grave it is.
    """

    case: str
    customer: str
    received_on: date
    closed_on: date | None = None
    product: str = ""
    channel: str = ""
    branch: str = ""
    issue: str = ""
    cause: str = ""
    severity: str = ""

    def __attrs_post_init__(self) -> None:
        if self.closed_on is not None and self.closed_on < self.received_on:
            raise ValueError(
                f"case {self.case} is closed on {self.closed_on}, before {self.received_on}."
            )


@attrs.frozen(kw_only=True)
class CycleRow:
    """
    One run of one clock of a case, as it stands on the day asked.

    Attributes:
        case: Id of the case.
        clock: Name of the clock.
        role: `duty` or `limit`.
        status: `running`, `paused`, `stopped` or `cancelled`.
        verdict: `pending`, `in_time`, `late` or `excused`.
        cycle: Which run of the clock, from 1.
        closed_on: Day it stopped or was cancelled, in the governing zone; None while it is open.
        due_at: When it was due, where that is known.
        stopped_at: When it stopped.
        late_working_us: Working time after the deadline in microseconds, negative before it; None
            where the clock does not run in working time.
        paused_us: How long it was paused, in microseconds.
    """

    case: str
    clock: str
    role: Role
    status: Status
    verdict: Verdict
    cycle: int = 1
    closed_on: date | None = None
    due_at: datetime | None = None
    stopped_at: datetime | None = None
    late_working_us: int | None = None
    paused_us: int = 0

    def __attrs_post_init__(self) -> None:
        ended = self.status in (Status.STOPPED, Status.CANCELLED)
        what = f"{self.case} {self.clock} is {self.status.value}"
        if ended != (self.closed_on is not None):
            raise ValueError(f"{what}, closed on {self.closed_on}.")
        if self.status is not Status.STOPPED and self.verdict is Verdict.IN_TIME:
            raise ValueError(f"{what}; only what has stopped was in time.")

    @property
    def late_elapsed_us(self) -> int | None:
        """Elapsed time after the deadline in microseconds, negative before it."""
        if self.due_at is None or self.stopped_at is None:
            return None
        apart = in_utc(self.stopped_at) - in_utc(self.due_at)
        return (apart.days * 86_400 + apart.seconds) * 1_000_000 + apart.microseconds


@attrs.frozen(kw_only=True)
class StatisticsFacts:
    """
    What is counted.

    Attributes:
        start: First day of the period, in the governing zone.
        end: First day after it.
        as_of: Day on which the rows were drawn; it selects the version.
        cases: Every case received by then that is open or was closed from `start` on, and those
            received in the period.
        cycles: Their cycles.
    """

    start: date
    end: date
    as_of: date
    cases: tuple[CaseRow, ...] = ()
    cycles: tuple[CycleRow, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the period ends on {self.end}, not after {self.start}.")
        if self.as_of < self.start:
            raise ValueError(f"as_of is {self.as_of}, before the period begins ({self.start}).")
        known = Counter(row.case for row in self.cases)
        twice = [case for case, times in known.items() if times > 1]
        runs = Counter((row.case, row.clock, row.cycle) for row in self.cycles)
        twice += [" ".join(map(str, run)) for run, times in runs.items() if times > 1]
        if twice:
            raise ValueError(f"counted twice: {', '.join(sorted(twice)[:5])}.")
        lost = sorted({row.case for row in self.cycles} - set(known))
        if lost:
            raise ValueError(f"cycles of cases that are not given: {', '.join(lost[:5])}.")


@attrs.frozen(kw_only=True)
class Spread:
    """Amounts of time in microseconds: how many, their sum, least, median and most."""

    count: int = 0
    total: int = 0
    least: int | None = None
    median: Fraction | None = None
    most: int | None = None


@attrs.frozen(kw_only=True)
class Timeliness:
    """
    How one duty was kept; limits are never counted.

    Attributes:
        clock: Name of the clock; empty for all duties together.
        met: Closed in the period, in time.
        met_late: Closed in the period, late.
        breached_open: Late and still open on the day asked.
        excused: Late, with an excuse on record; an excuse is shown and mends nothing.
        cancelled: Cancelled in the period before they were late; not judged.
        cancelled_late: Cancelled in the period when they were late; cancelling mends nothing.
        pending: Open on the day asked, and not late.
        undecided: Closed in the period, but nobody can tell when they were due; not judged.
        judged: All that were met or breached, the base of the share.
        share: Share of `met` in `judged`; None where nothing was judged.
        share_closed: Share of `met` among those that were closed; it can be made better by
            closing nothing, and stands beside the other so that this is seen.
        paused: How many of the judged were paused.
        paused_us: For how long, together.
        late_working: Working time by which the late were late.
        late_elapsed: Elapsed time by which they were late.
        early_working: Working time that was left to those in time.
        early_elapsed: Elapsed time that was left to them.
    """

    clock: str
    met: int
    met_late: int
    breached_open: int
    excused: int
    cancelled: int
    cancelled_late: int
    pending: int
    undecided: int
    judged: int
    share: Fraction | None
    share_closed: Fraction | None
    paused: int
    paused_us: int
    late_working: Spread
    late_elapsed: Spread
    early_working: Spread
    early_elapsed: Spread


@attrs.frozen(kw_only=True)
class Group:
    """
    One line of a table.

    Attributes:
        code: Product, channel, branch, issue or severity; empty where it is not stated.
        received: Cases received in the period.
        closed: Cases closed in the period.
        open: Cases open at the end of the day asked.
        met: Their duties that were met in time.
        judged: Their duties that were met or breached.
        share: Share of `met` in `judged`; None where nothing was judged.
    """

    code: str
    received: int
    closed: int
    open: int
    met: int
    judged: int
    share: Fraction | None


@attrs.frozen(kw_only=True)
class AgeClass:
    """Open cases by age in days; both ends counted, the last class has no end."""

    first_day: int
    last_day: int | None
    cases: int


@attrs.frozen(kw_only=True)
class Cause:
    """A root cause: cases closed in the period, its share, and the share of all down to it."""

    code: str
    cases: int
    share: Fraction
    cumulative: Fraction


@attrs.frozen(kw_only=True)
class Complainer:
    """A customer who complained repeatedly in the period."""

    customer: str
    cases: int


@attrs.frozen(kw_only=True)
class Statistics:
    """
    What was counted.

    Attributes:
        received: Cases received in the period.
        closed: Cases closed in the period.
        open: Cases open at the end of the day asked.
        overall: All duties together.
        duties: Each duty, by name.
        limits_left_out: Cycles of limits, which are no duties.
        ageing: Open cases by age.
        causes: Root causes, the most frequent first; equal ones by code.
        without_cause: Cases closed in the period whose root cause was not recorded.
        repeaters: Customers who complained repeatedly, the most frequent first; equal ones by id.
        by_product: By product, in order of the code; so are those below.
        by_channel: By channel.
        by_branch: By branch.
        by_issue: By issue.
        by_severity: By severity.
    """

    received: int
    closed: int
    open: int
    overall: Timeliness
    duties: tuple[Timeliness, ...]
    limits_left_out: int
    ageing: tuple[AgeClass, ...]
    causes: tuple[Cause, ...]
    without_cause: int
    repeaters: tuple[Complainer, ...]
    by_product: tuple[Group, ...]
    by_channel: tuple[Group, ...]
    by_branch: tuple[Group, ...]
    by_issue: tuple[Group, ...]
    by_severity: tuple[Group, ...]
