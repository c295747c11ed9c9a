"""
Clocks: the deadline of every flow that was counted by hand, and each act on a clock of an open case.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta

import attrs
import pytest
from clock_tools import (
    LONDON,
    MICROSECOND,
    UK,
    WALL,
    desk,
    done,
    due,
    hours,
    in_days,
    june,
    working,
)
from hypothesis import given
from hypothesis import strategies as st
from worktime_tools import at, calendar

from bankservice.core.clock import Clock, ClockRefusal, Pause, Status, Step, Verdict
from bankservice.core.clockwork import (
    cancel,
    due_if_resumed,
    extend,
    meet,
    pause,
    remaining,
    resume,
    start,
)
from bankservice.core.ruler import Deadline, Ruler, Target, Unit


def flow(clock: Clock, *acts: str, ruler: Ruler = UK) -> Clock:
    """Return a clock after pauses and resumptions at the given times, in turn."""
    for place, moment in enumerate(acts):
        if place % 2:
            clock = done(resume(clock, ruler, june(moment)))
        else:
            clock = done(pause(clock, ruler, june(moment), "customer"))
    return clock


def more(
    clock: Clock, moment: str, amount: int, most: int | None = None, ruler: Ruler = UK
) -> Clock:
    """Return a clock that was extended."""
    return done(extend(clock, ruler, june(moment), amount, by="K. Ito", reason="bank", most=most))


class TestGoldenFlows:
    """Flows counted minute by minute, by hand."""

    def test_59_pause_over_three_days(self) -> None:
        """8 h from Monday 09:00, paused Monday 10:00 to Thursday 10:00: due Thursday 17:00."""
        assert june("12 17:00") == due(flow(working(8, "09 09:00"), "09 10:00", "12 10:00"))

    def test_61_two_pauses(self) -> None:
        """16 h from Monday 09:00 with two pauses: due Wednesday 12:00."""
        paused = flow(working(16, "09 09:00"), "09 11:00", "09 12:00", "10 16:00", "11 10:00")

        assert june("11 12:00") == due(paused)

    def test_63_pause_over_a_bank_holiday(self) -> None:
        """8 h from Friday 16:00, paused Friday 16:30 to Tuesday 09:30: due Tuesday 17:00."""
        clock = start(
            "desk/first",
            Target(Unit.WORKING_TIME, hours(8)),
            UK,
            at("2025-08-22T16:00"),
            pausable=True,
        )
        held = done(pause(clock, UK, at("2025-08-22T16:30"), "customer"))

        assert at("2025-08-26T17:00") == due(resume(held, UK, at("2025-08-26T09:30")))

    def test_65_a_share_of_the_target_and_a_step_after_it(self) -> None:
        """8 h from Friday 15:00: due Monday 15:00, 75 % at 13:00, four hours after on Tuesday 11:00."""
        clock = working(8, "06 15:00", warn=("75%", "+PT4H"))

        assert june("09 15:00") == due(clock)
        assert (
            Step("75%", june("09 13:00")),
            Step("+PT4H", june("10 11:00")),
        ) == clock.steps

    def test_67_a_warning_before_the_deadline_over_two_days(self) -> None:
        """08-18, 4 h from Monday 17:00, warn an hour before: due Tuesday 11:00, warned at 10:00."""
        days = ("mon", "tue", "wed", "thu", "fri")
        ruler = desk(hours={key: ["08:00-18:00"] for key in days})
        clock = working(4, "09 17:00", ruler, warn=("-PT1H",))

        assert june("10 11:00") == due(clock)
        assert (Step("-PT1H", june("10 10:00")),) == clock.steps


class TestStart:
    """A clock that starts."""

    def test_of_days(self) -> None:
        """Day 0 is the local day of the start, or the one that is told; so is the last day."""
        target = Target(Unit.BUSINESS_DAYS, 3)
        clock = start("law/reply", target, UK, at("2025-06-13T23:30"))

        assert date(2025, 6, 13) == clock.day_zero
        assert date(2025, 6, 18) == clock.last_day
        assert june("19 00:00") == due(clock)
        deemed = start("law/reply", target, UK, june("14 10:00"), day_zero=date(2025, 6, 16))

        assert date(2025, 6, 19) == deemed.last_day

    def test_with_a_last_day_that_a_rule_has_told(self) -> None:
        """What a rule has told needs no calendar, and is not rolled again."""
        target = Target(Unit.CALENDAR_DAYS, 0, roll="following")
        told = start("law/reply", target, WALL, june("09 10:00"), last_day=date(2025, 6, 14))

        assert june("15 00:00") == due(told)
        assert date(2025, 6, 14) == told.told_day

    def test_of_nothing(self) -> None:
        """A target of nothing is due at once, and at that instant still in time."""
        clock = working(0, "09 20:00", warn=("0%", "100%"))

        assert june("09 20:00") == due(clock)
        assert {june("09 20:00")} == {step.at for step in clock.steps}
        assert ClockRefusal.NOTHING_LEFT is pause(clock, UK, june("09 20:00"), "customer")
        assert Verdict.IN_TIME is done(meet(clock, UK, june("09 20:00"))).verdict(june("30 09:00"))

    def test_of_no_days(self) -> None:
        """No days after day 0: the end of day 0; while it stands still another day is left."""
        clock = in_days(0, "14 10:00")

        assert june("15 00:00") == due(clock)
        assert june("18 00:00") == due(flow(clock, "14 11:00", "17 10:00"))

    def test_undecided(self) -> None:
        """Without a fact there is no deadline, nothing remains, nothing is late or in time."""
        clock = start(
            "law/reply",
            Target(Unit.BUSINESS_DAYS, 3),
            WALL,
            june("09 10:00"),
            undecided=("region",),
            thresholds=("75%",),
            pausable=True,
        )
        met = done(meet(clock, WALL, june("10 10:00")))

        assert (Step("75%", None),) == clock.steps
        assert clock.due is None
        assert remaining(clock, WALL, june("10 10:00")) is None
        assert due_if_resumed(clock, WALL, june("10 10:00")) is None
        assert ClockRefusal.NOTHING_LEFT is pause(clock, WALL, june("10 10:00"), "customer")
        assert Verdict.PENDING is met.verdict(june("30 10:00"))
        assert met.late_elapsed is None
        assert more(clock, "10 10:00", 2, ruler=WALL).due is None

    def test_thresholds_count_once_and_are_checked(self) -> None:
        """A warning written twice is one; what is no threshold is refused, undecided or not."""
        clock = working(8, "09 09:00", warn=("75%", "-PT1H", "75%"))

        assert ("75%", "-PT1H") == clock.thresholds
        assert 2 == len(clock.steps)
        with pytest.raises(ValueError, match="no threshold"):
            working(8, "09 09:00", warn=("soon",), undecided=("region",))

    def test_naive_start_is_refused(self) -> None:
        """An instant without a zone is none."""
        with pytest.raises(ValueError, match="no time zone"):
            start("a/b", Target(Unit.ELAPSED, 1), WALL, june("09 09:00").replace(tzinfo=None))

    def test_provisional_where_the_deadline_hangs_on_days_not_known(self) -> None:
        """Business days and rolls need the public holidays; calendar days and hours do not."""
        known = {"days": [], "known_through": date(2025, 6, 13)}
        since = date(2025, 1, 1)
        ruler = Ruler(LONDON, calendar({}, known, since=since))

        assert not in_days(4, "09 10:00", ruler).provisional
        assert in_days(5, "09 10:00", ruler).provisional
        assert working(8, "13 10:00", ruler).provisional
        plain, rolls = Unit.CALENDAR_DAYS, {"roll": "preceding"}

        assert not in_days(9, "09 10:00", ruler, plain).provisional
        # Rolled back to the 13th from the 15th, about which nothing is known.
        back = in_days(6, "09 10:00", ruler, plain, **rolls)
        assert date(2025, 6, 13) == back.last_day
        assert back.provisional


class TestPause:
    """A clock that stands still."""

    def test_has_no_deadline_but_what_remains(self) -> None:
        """No deadline, no warning, and no lateness however long it lasts."""
        clock = flow(working(8, "09 09:00", warn=("75%",)), "09 10:00")

        assert clock.due is None
        assert (Step("75%", None),) == clock.steps
        assert hours(7) == remaining(clock, UK, june("27 10:00"))
        assert clock.breached_at(june("27 10:00")) is None
        assert Deadline(june("27 16:00"), inclusive=True) == due_if_resumed(
            clock, UK, june("27 09:00")
        )
        assert due_if_resumed(working(8, "09 09:00"), UK, june("09 10:00")) is None

    def test_refused(self) -> None:
        """Not pausable, nothing left, before the start, out of order, over: the first that applies."""
        clock = working(8, "09 09:00")
        fixed = attrs.evolve(clock, pausable=False)
        held = flow(clock, "09 12:00", "09 14:00")

        assert ClockRefusal.NOT_PAUSABLE is pause(fixed, UK, june("09 10:00"), "customer")
        assert ClockRefusal.BEFORE_START is pause(clock, UK, june("09 08:59"), "customer")
        assert ClockRefusal.OUT_OF_ORDER is pause(held, UK, june("09 13:00"), "customer")
        assert ClockRefusal.NOTHING_LEFT is pause(clock, UK, june("11 10:00"), "customer")
        assert ClockRefusal.NOT_PAUSED is resume(clock, UK, june("09 10:00"))
        paused = flow(clock, "09 12:00")

        assert ClockRefusal.OUT_OF_ORDER is resume(paused, UK, june("09 11:59"))

    def test_days_count_if_the_clock_runs_when_they_close(self) -> None:
        """Three business days; what does not matter is how long of a day it stood still."""
        clock = in_days(3, "09 10:00", close="close-of-business")

        assert june("12 17:00") == due(clock)
        assert june("12 17:00") == due(flow(clock, "10 09:00", "10 16:59"))
        assert june("13 17:00") == due(flow(clock, "10 16:59", "10 17:01"))
        assert june("17 17:00") == due(flow(clock, "12 16:00", "17 09:00"))
        twice = flow(clock, "10 09:00", "11 09:00", "11 10:00", "12 09:00")

        assert june("16 17:00") == due(twice)

    def test_days_that_roll_are_counted_before_the_roll(self) -> None:
        """A pause moves the last day itself; then it rolls, once."""
        clock = in_days(5, "09 10:00", unit=Unit.CALENDAR_DAYS, roll="following")

        assert date(2025, 6, 16) == clock.last_day
        # Saturday the 14th and two days more.
        assert date(2025, 6, 16) == flow(clock, "10 09:00", "12 09:00").last_day
        assert date(2025, 6, 23) == flow(clock, "10 09:00", "17 09:00").last_day


class TestExtend:
    """More time."""

    def test_moves_the_deadline(self) -> None:
        """In the unit of the clock, while it runs or stands still."""
        assert june("10 11:00") == due(more(working(8, "09 09:00"), "09 17:00", hours(2)))
        held = more(flow(working(8, "09 09:00"), "09 10:00"), "11 10:00", hours(2))

        assert hours(9) == remaining(held, UK, june("11 11:00"))
        assert june("13 11:00") == due(resume(held, UK, june("12 10:00")))
        assert june("19 00:00") == due(more(in_days(5, "09 10:00"), "10 10:00", 2))

    def test_of_months_and_of_a_last_day_that_rolls(self) -> None:
        """Days are added to the last day before it rolled, and then it rolls."""
        target = Target(Unit.CALENDAR_DAYS, 0, 2, roll="following")
        clock = start("law/reply", target, UK, at("2025-04-14T10:00"), pausable=True)

        assert date(2025, 6, 16) == clock.last_day
        assert date(2025, 6, 16) == more(clock, "01 10:00", 2).last_day
        assert date(2025, 6, 17) == more(clock, "01 10:00", 3).last_day

    def test_is_capped_and_says_so(self) -> None:
        """All extensions together never exceed the cap; nothing refuses them for it."""
        clock = more(working(8, "09 09:00"), "09 10:00", hours(3), hours(4))
        capped = more(clock, "09 11:00", hours(3), hours(4))
        none = more(capped, "09 12:00", hours(3), hours(2))

        assert [False, True, True] == [given.capped for given in none.extensions]
        assert hours(4) == none.granted
        assert june("10 13:00") == due(none)

    def test_after_the_deadline_only_excuses(self) -> None:
        """Late stays late: nothing is added, and the verdict is `excused`."""
        clock = working(8, "09 09:00")
        at_due = more(clock, "09 17:00", hours(1))
        after = more(clock, "09 17:01", hours(1), hours(0))

        assert Verdict.PENDING is at_due.verdict(june("09 17:01"))
        assert Verdict.EXCUSED is after.verdict(june("09 17:01"))
        assert ("K. Ito", 0) == (after.excused_by, after.granted)
        assert [(0, False)] == [(given.amount, given.capped) for given in after.extensions]
        assert june("09 17:00") == after.breached_at(june("27 10:00"))
        assert clock.due == after.due
        met = done(meet(more(after, "10 10:00", hours(1)), UK, june("11 10:00")))

        assert Verdict.EXCUSED is met.verdict(june("27 10:00"))

    @pytest.mark.parametrize(("amount", "by"), [(-1, "K. Ito"), (1, "")])
    def test_without_sense_is_an_error(self, amount: int, by: str) -> None:
        """It never shortens a clock, and somebody approves it."""
        with pytest.raises(ValueError, match=r"pass 0 or more|who approved"):
            extend(
                working(8, "09 09:00"), UK, june("09 10:00"), amount, by=by, reason="", most=None
            )


class TestEnd:
    """A clock that was met or cancelled."""

    def test_met_in_time_and_late(self) -> None:
        """The deadline itself is in time; the microsecond after it is late, dated at the deadline."""
        clock = working(8, "09 09:00")
        met = done(meet(clock, UK, june("09 17:00")))
        late = done(meet(clock, UK, june("09 17:00") + MICROSECOND))

        assert Verdict.IN_TIME is met.verdict(june("27 10:00"))
        assert (0, 0) == (met.late_working, met.late_elapsed)
        assert Verdict.LATE is late.verdict(june("27 10:00"))
        assert june("09 17:00") == late.breached_at(june("27 10:00"))
        assert (0, 1) == (late.late_working, late.late_elapsed)
        assert hours(8) == late.consumed(UK, june("27 10:00"))
        assert 0 == remaining(late, UK, june("27 10:00"))

    def test_lateness_is_told_in_working_and_in_elapsed_time(self) -> None:
        """Negative for early answers; without a calendar both are elapsed time."""
        clock = working(8, "09 09:00")
        late = done(meet(clock, UK, june("11 10:00")))
        early = done(meet(clock, UK, june("09 16:00")))
        wall = start("law/first", Target(Unit.ELAPSED, hours(24)), WALL, june("09 09:00"))
        after = done(meet(wall, WALL, june("10 12:00")))

        assert (hours(9), hours(41)) == (late.late_working, late.late_elapsed)
        assert (-hours(1), -hours(1)) == (early.late_working, early.late_elapsed)
        assert (hours(3), hours(3)) == (after.late_working, after.late_elapsed)
        assert -hours(9) == remaining(late, UK, june("27 10:00"))

    def test_late_out_of_hours_uses_up_no_working_time(self) -> None:
        """At night nothing remains, and nothing more is consumed, but it is late."""
        clock = working(8, "09 09:00")

        assert 0 == remaining(clock, UK, june("09 23:00"))
        assert Verdict.LATE is clock.verdict(june("09 23:00"))
        assert -hours(1) == remaining(clock, UK, june("10 10:00"))

    def test_met_while_it_stood_still(self) -> None:
        """Measured against the deadline it would have had; the pause ends, and no warning comes."""
        clock = flow(working(8, "09 09:00", warn=("-PT30M",)), "09 10:00")
        met = done(meet(clock, UK, june("10 10:00")))

        assert june("10 17:00") == due(met)
        assert hours(1) == met.consumed(UK, june("27 10:00"))
        assert (Pause(june("09 10:00"), "customer", june("10 10:00")),) == met.pauses
        assert -hours(7) == met.late_working
        assert () == met.warnings(june("27 10:00"))

    def test_met_while_days_stood_still(self) -> None:
        """The last day people are shown is a day, not the instant after it."""
        met = done(meet(flow(in_days(5, "09 10:00"), "10 10:00"), UK, june("12 10:00")))

        assert date(2025, 6, 18) == met.last_day
        assert june("19 00:00") == due(met)
        assert hours(24 * 6 + 14) == remaining(met, UK, june("27 10:00"))

    def test_met_while_it_stood_still_warns_of_nothing(self) -> None:
        """A warning that only going on would have brought is not told of a clock that never did."""
        target = Target(Unit.BUSINESS_DAYS, 3)
        clock = start("law/a", target, UK, june("09 10:00"), pausable=True, thresholds=("-PT20H",))
        held = flow(clock, "10 10:00")

        assert june("11 18:00") == flow(clock, "10 10:00", "11 18:00").steps[0].at
        assert () == done(meet(held, UK, june("11 18:00"))).warnings(june("27 10:00"))

    def test_answered_in_time_and_recorded_late(self) -> None:
        """A breach that a later act has recorded goes where the answer was in time."""
        excused = more(working(8, "09 09:00"), "10 10:00", hours(1))
        met = done(meet(excused, UK, june("09 16:00")))
        cancelled = done(cancel(excused, UK, june("09 16:00"), "withdrawn"))

        assert june("09 17:00") == excused.breached_at(june("10 10:00"))
        assert Verdict.IN_TIME is met.verdict(june("27 10:00"))
        assert (-hours(1), "") == (met.late_working, met.excused_by)
        assert cancelled.breached_at(june("27 10:00")) is None

    def test_cancelled(self) -> None:
        """No longer owed: pending for good if nothing was late by then, else late for good."""
        clock = working(8, "09 09:00")
        gone = done(cancel(clock, UK, june("09 10:00"), "withdrawn"))
        late = done(cancel(clock, UK, june("10 10:00"), "merged"))

        assert (Status.CANCELLED, "withdrawn") == (gone.status, gone.end_cause)
        assert Verdict.PENDING is gone.verdict(june("27 10:00"))
        assert Verdict.LATE is late.verdict(june("27 10:00"))
        assert june("09 17:00") == late.breached_at(june("27 10:00"))
        held = done(cancel(flow(clock, "09 10:00"), UK, june("12 10:00"), "withdrawn"))

        assert held.breached_at(june("27 10:00")) is None
        assert hours(1) == held.consumed(UK, june("27 10:00"))

    @pytest.mark.parametrize("status", ["met", "cancelled"])
    def test_nothing_more_can_be_done(self, status: str) -> None:
        """Every act on a clock that has ended is refused."""
        clock = working(8, "09 09:00")
        moment = june("09 10:00")
        ended = done(
            meet(clock, UK, moment) if status == "met" else cancel(clock, UK, moment, "spam")
        )
        later = june("09 11:00")

        assert {ClockRefusal.CLOCK_ENDED} == {
            pause(ended, UK, later, "customer"),
            resume(ended, UK, later),
            extend(ended, UK, later, 1, by="K. Ito", reason="", most=None),
            meet(ended, UK, later),
            cancel(ended, UK, later, "again"),
        }


class TestSeenAt:
    """What is true of one clock at different instants."""

    def test_a_breach_is_seen_from_its_instant_on(self) -> None:
        """Asked about an earlier instant a clock is not late yet, recorded or not."""
        clock = working(8, "09 09:00")
        recorded = more(clock, "10 10:00", hours(1))

        for seen in (clock, recorded):
            assert seen.breached_at(june("09 17:00")) is None
            assert june("09 17:00") == seen.breached_at(june("09 17:00") + MICROSECOND)

    def test_the_end_of_a_day_is_late_itself(self) -> None:
        """An exclusive deadline: at the first instant after the last day it is too late."""
        clock = in_days(3, "09 10:00")
        end = june("13 00:00")

        assert Verdict.PENDING is clock.verdict(end - MICROSECOND)
        assert Verdict.LATE is clock.verdict(end)
        assert end == done(meet(clock, UK, end)).breached_at(end)
        assert Verdict.IN_TIME is done(meet(clock, UK, end - MICROSECOND)).verdict(end)

    def test_warnings_oldest_first_and_none_after_the_end(self) -> None:
        """By the instant asked; those at the end itself are true, whichever came first there."""
        clock = working(8, "09 09:00", warn=("+PT4H", "75%", "50%", "-PT4H"))
        met = done(meet(clock, UK, june("09 15:00")))

        def told(seen: Clock, moment: str) -> list[str]:
            return [step.code for step in seen.warnings(june(moment))]

        assert [] == told(clock, "09 12:59")
        assert ["-PT4H", "50%"] == told(clock, "09 13:00")
        assert ["-PT4H", "50%", "75%", "+PT4H"] == told(clock, "27 13:00")
        assert ["-PT4H", "50%", "75%"] == told(met, "27 13:00")

    def test_shares_above_the_whole(self) -> None:
        """150 % of eight hours is four working hours after the deadline."""
        clock = working(8, "09 09:00", warn=("100%", "150%"))

        assert [june("09 17:00"), june("10 13:00")] == [step.at for step in clock.steps]

    def test_shares_of_days_are_of_elapsed_time(self) -> None:
        """Half of the time between the start and the deadline."""
        target = Target(Unit.CALENDAR_DAYS, 3)
        clock = start("law/reply", target, WALL, june("09 12:00"), thresholds=("50%", "150%"))

        assert [june("11 06:00"), june("14 18:00")] == [step.at for step in clock.steps]

    def test_fired_warnings_stay_and_others_move(self) -> None:
        """An extension moves what is not true yet; what is true keeps its instant."""
        clock = more(working(8, "09 09:00", warn=("50%", "75%")), "09 14:00", hours(8))

        assert [june("09 13:00"), june("10 13:00")] == [step.at for step in clock.steps]
        held = flow(clock, "09 15:00")

        assert [june("09 13:00"), None] == [step.at for step in held.steps]

    @given(st.permutations(["25%", "50%", "75%", "100%", "150%"]), st.integers(1, 30))
    def test_shares_come_in_their_order(self, codes: list[str], eighths: int) -> None:
        """Whatever the target, a greater share never comes first."""
        clock = working(eighths / 8, "06 15:00", warn=tuple(codes))
        shares = sorted(clock.steps, key=lambda step: int(step.code[:-1]))
        moments = [step.at for step in shares if step.at is not None]

        assert sorted(moments) == moments
        assert UTC is moments[0].tzinfo

    def test_elapsed_clocks_run_through_the_change_of_clocks(self) -> None:
        """24 hours are 24 hours: due an hour later by the wall clock in spring."""
        target = Target(Unit.ELAPSED, hours(24))
        clock = start("law/first", target, WALL, at("2025-03-29T12:00"), thresholds=("50%",))

        assert at("2025-03-30T13:00") == due(clock)
        assert [at("2025-03-30T00:00")] == [step.at for step in clock.steps]
        assert timedelta(hours=24) == due(clock) - clock.started_at


def test_a_day_before_is_the_day_before() -> None:
    """A warning in days is of elapsed days, also on a desk that is open eight hours a day."""
    clock = working(16, "09 09:00", warn=("-P1D", "-PT8H"))

    assert [june("09 17:00"), june("10 09:00")] == [step.at for step in clock.steps]
