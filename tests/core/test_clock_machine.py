"""
Clocks under acts in any order: what holds of every clock after every act, and forever after.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, get_args

from clock_tools import LONDON, UK, WALL, desk, done, hours
from effort import some
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from worktime_tools import at, calendar

from bankservice.core import clock_changes, clockwork
from bankservice.core.clock import (
    Clock,
    ClockRefusal,
    PolicyChange,
    Reopening,
    Revision,
    Status,
    Verdict,
)
from bankservice.core.ruler import Ruler, Target, Unit

ODD = [{"on": date(2025, 3, 31), "hours": ["00:00-24:00"]}]
RULERS = (
    UK,
    desk((date(2025, 3, 31), date(2025, 4, 2))),
    desk(override=ODD),
    Ruler(LONDON, calendar({"hours": "always"}), calendar()),
    Ruler(
        "Pacific/Auckland",
        calendar(
            {"zone": "Pacific/Auckland", "hours": {"sun": ["22:00-24:00"], "mon": ["00:00-04:00"]}}
        ),
    ),
)
CODES = ("25%", "50%", "100%", "150%", "-PT30M", "-PT9H", "+PT1H")
TIMES = st.sampled_from((0, 1, hours(0.5), hours(3), hours(8), hours(20)))
TARGETS = st.one_of(
    st.builds(Target, st.sampled_from((Unit.WORKING_TIME, Unit.ELAPSED)), TIMES),
    st.builds(
        Target,
        st.just(Unit.BUSINESS_DAYS),
        st.integers(0, 5),
        close=st.sampled_from(("end-of-day", "close-of-business")),
    ),
    st.builds(
        Target,
        st.just(Unit.CALENDAR_DAYS),
        st.integers(0, 9),
        st.sampled_from((0, 0, 1)),
        st.sampled_from(("end-of-day", "close-of-business")),
        st.sampled_from(("none", "following", "preceding")),
    ),
)
# Friday before the clocks change in London; whole days, hours, minutes and a microsecond.
START = at("2025-03-28T15:00")
GAPS = st.sampled_from((0, 1, hours(1 / 60), hours(1), hours(4), hours(17), hours(24), hours(66)))


class ClockMachine(RuleBasedStateMachine):
    """One clock, and all that was ever true of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.ruler = UK
        self.most = hours(30)
        self.told: dict[tuple[int, str], datetime] = {}
        self.crossed: dict[int, datetime] = {}
        self.closed: tuple[Any, ...] = ()

    @initialize(aim=TARGETS, ruler=st.sampled_from(RULERS), codes=st.sets(st.sampled_from(CODES)))
    def begin(self, aim: Target, ruler: Ruler, codes: set[str]) -> None:
        """Start the clock."""
        self.ruler = ruler
        self.clock = clockwork.start(
            "desk/a", aim, ruler, self.now, pausable=True, thresholds=tuple(sorted(codes))
        )

    def take(self, after: Clock | ClockRefusal) -> bool:
        """Take the next clock, unless the act was refused; what is kept of it reads back equal."""
        if isinstance(after, ClockRefusal):
            assert after is not ClockRefusal.BEFORE_START
            return False
        self.clock = done(after)
        return True

    @rule(gap=GAPS)
    def wait(self, gap: int) -> None:
        """Let time pass."""
        self.now += timedelta(microseconds=gap)

    @precondition(lambda self: self.clock.due is not None)
    @rule(more=st.sampled_from((-1, 0, 1)))
    def wait_for_the_deadline(self, more: int) -> None:
        """Let time pass up to the deadline, a microsecond before it, or one after it."""
        assert self.clock.due is not None
        moment = self.clock.due.instant + timedelta(microseconds=more)
        self.now = max(self.now, moment)

    @rule()
    def pause(self) -> None:
        """Pause; at or after the deadline it is refused, and twice is once."""
        before = self.clock
        if self.take(clockwork.pause(before, self.ruler, self.now, "customer")):
            assert self.clock.status is Status.PAUSED
            if before.status is Status.PAUSED:
                assert before == self.clock
            else:
                assert before.due is not None
                assert self.now < before.due.instant

    @rule()
    def resume(self) -> None:
        """Resume; the deadline is the one that was foretold, and not past already."""
        foretold = clockwork.due_if_resumed(self.clock, self.ruler, self.now)
        late = self.clock.breach is not None
        if self.take(clockwork.resume(self.clock, self.ruler, self.now)):
            assert foretold == self.clock.due
            assert late or not self.clock.due.is_late(self.now)  # type: ignore[union-attr]

    @rule(amount=st.sampled_from((0, 1, 2, 3)))
    def extend(self, amount: int) -> None:
        """Extend; never earlier, never past the cap, never taking back a breach."""
        before, more = self.clock, amount
        if not before.target.unit.in_days:
            more = hours(amount)
        after = clockwork.extend(
            before, self.ruler, self.now, more, by="K. Ito", reason="", most=self.most
        )
        if self.take(after):
            assert before.granted <= self.clock.granted <= max(self.most, before.granted)
            if before.due is not None and self.clock.due is not None:
                assert before.due.instant <= self.clock.due.instant
            if before.breached_at(self.now) is not None or not amount:
                assert before.due == self.clock.due
            if before.breached_at(self.now) is not None:
                assert self.clock.verdict(self.now) is Verdict.EXCUSED

    @rule()
    def meet(self) -> None:
        """Meet it; in time exactly if it was not late."""
        late = self.clock.breached_at(self.now)
        if self.take(clockwork.meet(self.clock, self.ruler, self.now)):
            assert late == self.clock.breached_at(self.now)
            assert (late is None) == (self.clock.verdict(self.now) is Verdict.IN_TIME)
            assert late is None or self.clock.late_elapsed >= 0  # type: ignore[operator]

    @rule()
    def cancel(self) -> None:
        """Cancel it."""
        late = self.clock.breached_at(self.now)
        if self.take(clockwork.cancel(self.clock, self.ruler, self.now, "withdrawn")):
            assert late == self.clock.breached_at(self.now)

    @rule(mode=st.sampled_from(get_args(Reopening)))
    def reopen(self, mode: Reopening) -> None:
        """Reopen it; a cycle more, or the very same clock."""
        before = self.clock
        late = before.breached_at(self.now)
        assert self.take(clock_changes.reopen(before, self.ruler, self.now, mode))
        if before.open or mode == "none":
            assert before == self.clock
        else:
            assert before.cycle + 1 == self.clock.cycle
            kept = late if mode == "continue" else None
            # A target of nothing, or rolled back to a day before, is late as it begins.
            at_once = before.target.amount == 0 or before.target.roll == "preceding"
            assert at_once or kept == self.clock.breached_at(self.now)

    @rule(aim=TARGETS, mode=st.sampled_from(get_args(PolicyChange)))
    def retarget(self, aim: Target, mode: PolicyChange) -> None:
        """Put a newer target in force; no deadline is ever put into the past."""
        before = self.clock
        late = before.breached_at(self.now)
        if self.take(clock_changes.retarget(before, self.ruler, self.now, aim, mode)):
            assert self.clock.breached_at(self.now) in (late, late or self.now)

    @rule(ruler=st.sampled_from(RULERS), mode=st.sampled_from(get_args(Revision)))
    def revise(self, ruler: Ruler, mode: Revision) -> None:
        """Put a newer calendar in force; no deadline is ever put into the past."""
        before = self.clock
        late = before.breached_at(self.now)
        if self.take(clock_changes.revise(before, self.ruler, ruler, self.now, mode)):
            assert self.clock.breached_at(self.now) in (late, late or self.now)
            self.ruler = self.ruler if mode == "freeze" else ruler

    @invariant()
    def deadline_and_status_agree(self) -> None:
        """A paused clock has no deadline unless it is late; a running one has, by the formula."""
        clock = self.clock
        if clock.status is Status.PAUSED:
            assert (clock.due is None) == (clock.breach is None)
            assert {None} >= {step.at for step in clock.steps if step.at and step.at > self.now}
        else:
            assert clock.due is not None
        if clock.status is Status.RUNNING and clock.breach is None:
            assert (clock.last_day is None) == (clock.base_day is None)
            if clock.base_day is None:
                left = clock.allowed - clock.consumed(self.ruler, self.now)
                late = clock.due.is_late(self.now)  # type: ignore[union-attr]
                assert left == clockwork.remaining(clock, self.ruler, self.now)
                assert left <= 0 if late else left >= 0
        assert clock.open == (clock.running_since is not None or clock.status is Status.PAUSED)

    @invariant()
    def late_is_for_good(self) -> None:
        """A breach seen once in a cycle stays, at its instant; a closed cycle never changes."""
        clock = self.clock
        crossed = clock.breached_at(self.now)
        assert crossed is None or crossed <= self.now
        if clock.cycle in self.crossed:
            assert self.crossed[clock.cycle] == crossed
        elif crossed is not None:
            self.crossed[clock.cycle] = crossed
        assert self.closed == clock.cycles[: len(self.closed)]
        self.closed = clock.cycles
        assert len(clock.cycles) + 1 == clock.cycle
        for cycle in clock.cycles:
            assert self.crossed.get(cycle.number) == cycle.breached_at

    @invariant()
    def ended_is_for_good(self) -> None:
        """A clock that has ended is seen a year later as it is now, and takes no act."""
        clock, later = self.clock, self.now + timedelta(days=365)
        if not clock.open:
            assert clock.verdict(self.now) is clock.verdict(later)
            assert clock.warnings(self.now) == clock.warnings(later)
            assert clockwork.meet(clock, self.ruler, later) is ClockRefusal.CLOCK_ENDED

    @invariant()
    def each_step_once(self) -> None:
        """A warning that was true stays true at its instant; greater shares never come first."""
        true = {(step.cycle, step.code): step.at for step in self.clock.warnings(self.now)}
        for name, moment in true.items():
            assert moment is not None
            assert self.told.setdefault(name, moment) == moment
        for cycle, code in self.told:
            if cycle == self.clock.cycle:
                assert (cycle, code) in true
        shares = {
            int(step.code[:-1]): step.at
            for step in self.clock.steps
            if step.code.endswith("%") and step.at is not None
        }
        moments = [shares[share] for share in sorted(shares)]
        assert sorted(moments) == moments

    @invariant()
    def undone_acts_say_why(self) -> None:
        """Acts before the last pause ended are out of order, or before the start."""
        clock = self.clock
        if clock.open:
            before = clock.started_at - timedelta(microseconds=1)
            assert clockwork.cancel(clock, WALL, before, "") is ClockRefusal.BEFORE_START


TestClockMachine = ClockMachine.TestCase
TestClockMachine.settings = settings(max_examples=some(150), stateful_step_count=25, deadline=None)
