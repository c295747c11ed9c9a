"""
Clocks by walking: minute by minute along the UTC line, with what was done to the clock on the way.

It knows no deadline in advance. Every minute it asks whether the clock runs and whether the minute
counts; a clock in days asks at the close of each local day. It shares no code with the library, and
works on whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import attrs
from worktime_oracle import Walk

MINUTE = timedelta(minutes=1)

Unit = Literal["working-time", "elapsed", "business-days", "calendar-days"]


@attrs.frozen
class Act:
    """What is done to a clock: `pause`, `resume`, `extend` (by minutes or days) or `meet`."""

    at: datetime
    what: str
    amount: int = 0


@attrs.define
class Walked:
    """What a walk has found."""

    refused: list[bool] = attrs.field(factory=list)
    state: str = "running"
    due: datetime | None = None
    inclusive: bool = True
    late: bool = False
    excused: bool = False
    counted: int = 0


class ClockWalk:
    """One clock, walked."""

    def __init__(
        self, unit: Unit, target: int, start: datetime, desk: Walk, *, close_of_business: bool
    ) -> None:
        """Take what the clock counts, how many minutes or days, and where it starts."""
        self.unit, self.target, self.now, self.desk = unit, target, start.astimezone(UTC), desk
        self.days = unit in ("business-days", "calendar-days")
        self.close_of_business = close_of_business
        self.zero = self.day_of(self.now)
        self.found = Walked()
        self.closings: dict[date, datetime | None] = {}

    def day_of(self, at: datetime) -> date:
        """Return the local date of the minute that begins at an instant."""
        return at.astimezone(self.desk.zone).date()

    def go(self, acts: Iterable[Act], until: datetime) -> Walked:
        """Walk to *until*, doing every act in its minute; stop early where nothing is left to see."""
        waiting = list(acts)
        found = self.found
        while True:
            self.close_day_before()
            if not self.days:
                self.reach(found.counted >= self.target, inclusive=True)
            self.note_lateness()
            while waiting and waiting[0].at == self.now:
                found.refused.append(not self.do(waiting.pop(0)))
            if self.days:
                self.close_of_business_now()
            over = found.due is not None and self.now > found.due
            if self.now >= until or found.state == "met" or (over and not waiting):
                return found
            self.step()

    def step(self) -> None:
        """Let a minute pass."""
        counts = self.unit == "elapsed" or (
            self.unit == "working-time" and self.desk.is_open(self.now)
        )
        if self.found.state == "running" and counts:
            self.found.counted += 1
        self.now += MINUTE

    def reach(self, reached: bool, *, inclusive: bool) -> None:
        """Note that the target is reached now, the first time."""
        if reached and self.found.due is None and self.found.state == "running":
            self.found.due, self.found.inclusive = self.now, inclusive

    def note_lateness(self) -> None:
        """Note that now is late, for good."""
        found = self.found
        if found.due is not None and (self.now > found.due or not found.inclusive):
            found.late = True

    def do(self, act: Act) -> bool:
        """Do an act; tell whether it may be done."""
        found = self.found
        if act.what == "pause":
            would = self.days and self.closes_now() and found.counted + 1 >= self.target
            if found.state == "running" and (found.due is not None or would):
                return False
            found.state = "paused"
        elif act.what == "resume":
            if found.state == "running":
                return False
            found.state = "running"
            if not self.days:
                self.reach(found.counted >= self.target, inclusive=True)
        elif act.what == "extend":
            if found.late:
                found.excused = True
            else:
                self.target += act.amount
                if found.counted < self.target:
                    found.due = None
        else:
            found.state = "met"
        return True

    # -- days -------------------------------------------------------------------------------

    def counts(self, day: date) -> bool:
        """Tell whether a local day counts if the clock runs at its close."""
        return day > self.zero and (self.unit == "calendar-days" or self.closing(day) is not None)

    def closing(self, day: date) -> datetime | None:
        """Return the end of the last open minute of a local day that is walked just now."""
        if day not in self.closings:
            at, last = self.now - timedelta(days=2), None
            while self.day_of(at) <= day:
                if self.day_of(at) == day and self.desk.is_open(at):
                    last = at + MINUTE
                at += MINUTE
            self.closings[day] = last
        return self.closings[day]

    def ends_in_hours(self, day: date) -> bool:
        """Tell whether the day closes before it ends."""
        closing = self.closing(day)
        return self.close_of_business and closing is not None and self.day_of(closing) == day

    def close_day_before(self) -> None:
        """Count the day that has just ended, where its end is its close."""
        day = self.day_of(self.now - MINUTE)
        if not self.days or self.day_of(self.now) == day or day < self.zero:
            return
        if self.counts(day) and not self.ends_in_hours(day) and self.found.state == "running":
            self.found.counted += 1
            self.reach(self.found.counted >= self.target, inclusive=False)

    def closes_now(self) -> bool:
        """Tell whether this very instant is the close of business of a day that counts."""
        day = self.day_of(self.now - MINUTE)
        return self.counts(day) and self.ends_in_hours(day) and self.closing(day) == self.now

    def close_of_business_now(self) -> None:
        """Count the day whose business closes now."""
        if self.closes_now() and self.found.state == "running":
            self.found.counted += 1
            self.reach(self.found.counted >= self.target, inclusive=True)
