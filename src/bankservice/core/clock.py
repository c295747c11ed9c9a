"""
Clocks: what must happen by when; paused, extended, met or late, and the record of it.

A clock is a value; `core.clockwork` and `core.clock_changes` give the next one for every act. All
that depends on a calendar is worked out when the act happens and kept on the clock (its deadline,
the instants of its warnings), so reading a clock back needs no calendar and no policy.

    due while running = last resume + (target and extensions − what was consumed before)

While a clock is paused it has no deadline, only what remains. Whether it is late follows from
instants alone: nobody has to notice. The breach of a deadline that is itself in time is dated at
the deadline (the first crossing), and whatever comes a microsecond after it is late. What is late
once stays late: no extension, pause, newer target or newer calendar moves a deadline that was
crossed. A clock that was met or cancelled never changes again; a reopened case puts it aside as a
closed cycle and begins another.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Literal

import attrs

from bankservice.core.ruler import Deadline, Ruler, Target, Unit

__all__ = [
    "Clock",
    "ClockRefusal",
    "Cycle",
    "Extension",
    "Pause",
    "PolicyChange",
    "Reopening",
    "Revision",
    "Status",
    "Step",
    "Verdict",
]

Revision = Literal["freeze", "forward", "recompute"]
PolicyChange = Literal["keep", "retarget", "restart"]
Reopening = Literal["new-cycle", "continue", "restart", "none"]


class Status(Enum):
    """Whether a clock runs."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Verdict(Enum):
    """Whether what was to happen did in time; `late` is for good, `excused` is late with leave."""

    PENDING = "pending"
    IN_TIME = "in_time"
    LATE = "late"
    EXCUSED = "excused"


class ClockRefusal(Enum):
    """Why an act on a clock is refused; the first that applies wins."""

    CLOCK_ENDED = "clock-ended"
    BEFORE_START = "before-start"
    OUT_OF_ORDER = "out-of-order"
    NOT_PAUSABLE = "not-pausable"
    NOTHING_LEFT = "nothing-left"
    NOT_PAUSED = "not-paused"


@attrs.frozen
class Step:
    """
    A warning of a clock.

    Attributes:
        code: Its threshold as written.
        at: When it comes true; None while the clock is paused.
        cycle: Cycle of the clock to which it belongs: what came true before a clock was continued
            stays a warning of the earlier cycle and does not come true again.
    """

    code: str
    at: datetime | None
    cycle: int = 1


@attrs.frozen
class Pause:
    """A span in which a clock stood still; `until` is None while it does."""

    since: datetime
    reason: str
    until: datetime | None = None


@attrs.frozen(kw_only=True)
class Extension:
    """
    More time that was granted.

    Attributes:
        at: When it was decided.
        by: Who approved it.
        reason: Why.
        amount: Microseconds or days that were added; 0 after the deadline, when it only excuses.
        unit: Unit of the clock then. Under a target in another unit it does not count.
        capped: Whether more was asked than the clock may have.
    """

    at: datetime
    by: str
    reason: str
    amount: int
    unit: Unit
    capped: bool = False


@attrs.frozen(kw_only=True)
class Cycle:
    """A cycle of a clock that has ended: nothing changes it."""

    number: int
    status: Status
    verdict: Verdict
    started_at: datetime
    ended_at: datetime
    due: Deadline | None
    breached_at: datetime | None
    late_working: int | None
    late_elapsed: int | None


@attrs.frozen(kw_only=True)
class Clock:
    """
    One clock of a case.

    Attributes:
        name: Unique in the case: `<policy id>/<clock>`.
        target: How long it runs.
        started_at: When its target began to count: at the start of the cycle, or at a restart in it.
            A continued cycle keeps the start of the one before.
        day_zero: Local day that is not counted, for targets in days.
        told_day: Last day as a rule told it, for targets in days that are not just counted.
        status: Whether it runs.
        running_since: Begin of the running span; None unless it runs.
        spent: Microseconds consumed before that span.
        base_day: Last day with extensions, before pauses and the roll, for targets in days.
        missed: Days that did not count because the clock stood still.
        due: The deadline; None while paused, and where it is undecided. Where a newer target or
            calendar finds the time used up already it is the change itself, paused or not.
        last_day: What people are shown, for targets in days.
        undecided: Facts without which it cannot be told when it is due.
        provisional: Whether the deadline hangs on days the calendar does not know yet.
        pausable: Whether it may be paused.
        thresholds: When to warn, as written.
        steps: The warnings with their instants.
        pauses: Every span in which it stood still.
        extensions: More time that was granted.
        excused_by: Who gave leave for being late.
        breach: When it was crossed, as recorded by a later act.
        breach_cause: `due`; `retargeted` or `revised` where a newer target or calendar had passed.
        ended_at: When it was met or cancelled.
        end_cause: Why it was cancelled.
        late_working: Microseconds of working time from the deadline to the end, negative if early;
            elapsed where there is no calendar.
        late_elapsed: The same in elapsed time.
        cycle: Number of the cycle, from 1.
        cycles: The cycles before.
    """

    name: str
    target: Target
    started_at: datetime
    day_zero: date | None = None
    told_day: date | None = None
    status: Status = Status.RUNNING
    running_since: datetime | None = None
    spent: int = 0
    base_day: date | None = None
    missed: int = 0
    due: Deadline | None = None
    last_day: date | None = None
    undecided: tuple[str, ...] = ()
    provisional: bool = False
    pausable: bool = False
    thresholds: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    excused_by: str = ""
    breach: datetime | None = None
    breach_cause: str = ""
    ended_at: datetime | None = None
    end_cause: str = ""
    late_working: int | None = None
    late_elapsed: int | None = None
    cycle: int = 1
    cycles: tuple[Cycle, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it was neither met nor cancelled."""
        return self.status in (Status.RUNNING, Status.PAUSED)

    @property
    def granted(self) -> int:
        """What all extensions of this cycle come to, in the unit of the clock."""
        unit = self.target.unit
        return sum(given.amount for given in self.extensions if given.unit is unit)

    @property
    def allowed(self) -> int:
        """The target with its extensions, in microseconds or days."""
        return self.target.amount + self.granted

    def verdict(self, at: datetime) -> Verdict:
        """
        Tell whether it is in time, as seen at *at*.

        Pending while it is open, and for good where it was cancelled in time or where nobody can
        tell when it was due.
        """
        if self.breached_at(at) is not None:
            return Verdict.EXCUSED if self.excused_by else Verdict.LATE
        met = self.status is Status.STOPPED and not self.undecided
        return Verdict.IN_TIME if met else Verdict.PENDING

    def breached_at(self, at: datetime) -> datetime | None:
        """Return when its deadline was crossed, as seen at *at*; None if it was not."""
        seen = at if self.ended_at is None else min(at, self.ended_at)
        return self.due.instant if self.due is not None and self.due.is_late(seen) else None

    def warnings(self, at: datetime) -> tuple[Step, ...]:
        """Return the warnings that are true by *at*, oldest first; none after the end."""
        seen = at if self.ended_at is None else min(at, self.ended_at)
        true = [(step.at, step.code, step) for step in self.steps if step.at and step.at <= seen]
        return tuple(step for _, _, step in sorted(true, key=lambda row: row[:2]))

    def consumed(self, ruler: Ruler, at: datetime) -> int:
        """
        Return the microseconds consumed by *at*: working time for that unit, else elapsed.

        Of an undecided clock nothing is measured; there may be no calendar to do it by.

        Args:
            ruler: How it is measured.
            at: From the last act on.
        """
        seen = at if self.ended_at is None else min(at, self.ended_at)
        if self.running_since is None or self.undecided:
            return self.spent
        return self.spent + ruler.between(self.target.unit, self.running_since, seen)
