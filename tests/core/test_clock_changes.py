"""
What a reopened case, a newer target and a newer calendar do to clocks.
"""

from __future__ import annotations

from datetime import date, timedelta

from clock_tools import (
    LONDON,
    MICROSECOND,
    ROUND_THE_CLOCK,
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
from worktime_tools import calendar

from bankservice.core.clock import Clock, ClockRefusal, Pause, Status, Step, Verdict
from bankservice.core.clock_changes import reopen, retarget, revise
from bankservice.core.clockwork import cancel, extend, meet, pause, remaining, resume, start
from bankservice.core.ruler import Deadline, Ruler, Target, Unit

TUESDAY_OFF = desk((date(2025, 6, 10),))
MONDAY_OFF = desk((date(2025, 6, 9),))
LONG_TUESDAY = desk(override=[{"on": date(2025, 6, 10), "hours": ["06:00-22:00"]}])


def held(clock: Clock, moment: str, ruler: Ruler = UK) -> Clock:
    """Return a clock that was paused."""
    return done(pause(clock, ruler, june(moment), "customer"))


def on(clock: Clock, moment: str, ruler: Ruler = UK) -> Clock:
    """Return a clock that was resumed."""
    return done(resume(clock, ruler, june(moment)))


def met(clock: Clock, moment: str, ruler: Ruler = UK) -> Clock:
    """Return a clock that was met."""
    return done(meet(clock, ruler, june(moment)))


def longer(clock: Clock, moment: str, amount: int) -> Clock:
    """Return a clock that was extended."""
    return done(extend(clock, UK, june(moment), amount, by="K. Ito", reason="bank", most=None))


def aimed(
    clock: Clock, moment: str, target: Target, mode: str = "retarget", ruler: Ruler = UK
) -> Clock:
    """Return a clock with a newer target."""
    return done(retarget(clock, ruler, june(moment), target, mode))  # type: ignore[arg-type]


def revised(clock: Clock, moment: str, after: Ruler, mode: str, before: Ruler = UK) -> Clock:
    """Return a clock under a newer calendar."""
    return done(revise(clock, before, after, june(moment), mode))  # type: ignore[arg-type]


def eight(amount: float = 8) -> Target:
    """Return a target of working hours."""
    return Target(Unit.WORKING_TIME, hours(amount))


class TestReopen:
    """Another cycle; the closed one stands."""

    def test_new_cycle_and_restart_begin_anew(self) -> None:
        """The whole target from the reopening on, its warnings too; extensions are used up."""
        clock = longer(working(8, "09 09:00", warn=("50%",)), "09 10:00", hours(8))
        first = met(clock, "11 12:00")
        for mode in ("new-cycle", "restart"):
            again = done(reopen(first, UK, june("12 09:00"), mode))

            assert june("12 17:00") == due(again)
            assert (2, 0, Verdict.PENDING) == (
                again.cycle,
                again.granted,
                again.verdict(june("12 10:00")),
            )
            assert (Step("50%", june("12 13:00"), 2),) == again.steps
            (closed,) = again.cycles

            assert (1, Status.STOPPED, Verdict.LATE) == (
                closed.number,
                closed.status,
                closed.verdict,
            )
            assert (june("11 12:00"), first.due) == (closed.ended_at, closed.due)
            assert june("10 17:00") == closed.breached_at
            assert (hours(3), hours(19)) == (closed.late_working, closed.late_elapsed)

    def test_new_cycle_with_a_last_day_told(self) -> None:
        """A rule may tell the last day of the new cycle."""
        again = done(
            reopen(
                met(in_days(3, "09 10:00"), "10 10:00"),
                UK,
                june("16 10:00"),
                "new-cycle",
                last_day=date(2025, 6, 30),
            )
        )

        assert date(2025, 6, 30) == again.last_day
        assert date(2025, 6, 16) == again.day_zero

    def test_continue_goes_on_with_what_remained(self) -> None:
        """The time closed is a pause; what was true does not come true again."""
        first = met(working(8, "09 09:00", warn=("25%", "50%", "+PT1H")), "09 12:00")
        again = done(reopen(first, UK, june("16 09:00"), "continue"))

        assert june("16 14:00") == due(again)
        assert (
            Step("25%", june("09 11:00"), 1),
            Step("50%", june("16 10:00"), 2),
            Step("+PT1H", june("16 15:00"), 2),
        ) == again.steps
        assert (Pause(june("09 12:00"), "closed", june("16 09:00")),) == again.pauses
        assert hours(5) == remaining(again, UK, june("16 09:00"))

    def test_continue_what_was_late_stays_late(self) -> None:
        """Neither the deadline nor the leave moves; what comes after it still does."""
        late = met(longer(working(8, "09 09:00", warn=("+PT9H",)), "10 10:00", 1), "10 11:00")
        again = done(reopen(late, UK, june("16 09:00"), "continue"))

        assert june("09 17:00") == again.breached_at(june("16 09:00")) == due(again)
        assert Verdict.EXCUSED is again.verdict(june("16 09:00"))
        assert (Step("+PT9H", june("16 09:00"), 2),) == again.steps
        assert ClockRefusal.NOTHING_LEFT is pause(again, UK, june("16 10:00"), "customer")

    def test_continue_days(self) -> None:
        """Days closed, and days it stood still before, count for nothing."""
        first = met(held(in_days(5, "09 10:00"), "10 10:00"), "12 10:00")
        again = done(reopen(first, UK, june("16 10:00"), "continue"))

        # Counted are none of the days up to Friday the 13th; Monday the 16th is the first.
        assert date(2025, 6, 20) == again.last_day

    def test_continue_what_was_cancelled(self) -> None:
        """A case merged by mistake goes on, paused or not when it was."""
        clock = held(working(8, "09 09:00"), "09 10:00")
        gone = done(cancel(clock, UK, june("09 12:00"), "merged"))

        assert june("10 16:00") == due(reopen(gone, UK, june("10 09:00"), "continue"))

    def test_continue_undecided(self) -> None:
        """What nobody could tell before nobody can tell now."""
        clock = start(
            "law/a", Target(Unit.CALENDAR_DAYS, 3), WALL, june("09 10:00"), undecided=("x",)
        )
        again = done(reopen(met(clock, "10 10:00", WALL), WALL, june("11 10:00"), "continue"))

        assert (2, None) == (again.cycle, again.due)

    def test_what_does_not_reopen(self) -> None:
        """An open clock, or one whose policy says so, stays; before its end nothing reopens."""
        clock = working(8, "09 09:00")
        ended = met(clock, "09 12:00")

        assert clock is reopen(clock, UK, june("09 10:00"), "new-cycle")
        assert ended is reopen(ended, UK, june("16 09:00"), "none")
        assert ClockRefusal.OUT_OF_ORDER is reopen(ended, UK, june("09 11:59"), "continue")


class TestRetarget:
    """A newer target."""

    def test_keep(self) -> None:
        """The very same clock; so with the same target, and for a clock that is late."""
        clock = working(8, "09 09:00")

        assert clock is retarget(clock, UK, june("09 10:00"), eight(4), "keep")
        assert clock is retarget(clock, UK, june("09 10:00"), eight(), "restart")
        assert clock is retarget(clock, UK, june("10 10:00"), eight(80), "restart")

    def test_what_was_consumed_and_every_pause_count(self) -> None:
        """The newer target from the same start."""
        clock = on(held(working(16, "09 09:00"), "09 11:00"), "09 12:00")

        assert june("10 10:00") == due(aimed(clock, "09 13:00", eight()))
        assert june("10 12:00") == due(
            aimed(longer(clock, "09 12:30", hours(2)), "09 13:00", eight())
        )
        paused = aimed(held(clock, "09 13:00"), "10 10:00", eight())

        assert paused.due is None
        assert hours(5) == remaining(paused, UK, june("11 10:00"))

    def test_past_already_the_change_is_the_deadline(self) -> None:
        """Late from the change on, labelled so; an answer before the change was in time."""
        clock = working(8, "09 09:00", warn=("75%", "+PT1H"))
        late = aimed(clock, "09 14:00", eight(2))

        assert Deadline(june("09 14:00"), inclusive=False) == late.due
        assert (june("09 14:00"), "retargeted") == (late.breach, late.breach_cause)
        assert Verdict.LATE is late.verdict(june("09 14:00"))
        assert [june("09 14:00"), june("09 15:00")] == [step.at for step in late.steps]
        answered = met(late, "09 13:00")

        assert Verdict.IN_TIME is answered.verdict(june("27 10:00"))
        assert -hours(1) == answered.late_working
        assert june("09 14:00") == met(late, "09 16:00").breached_at(june("27 10:00"))

    def test_past_already_while_it_stands_still(self) -> None:
        """It was used up before the pause, so the pause does not save it; nor does it later."""
        clock = held(working(8, "09 09:00", warn=("75%",)), "09 14:00")
        late = aimed(clock, "10 10:00", eight(2))

        assert Status.PAUSED is late.status
        assert june("10 10:00") == late.breached_at(june("10 10:00")) == due(late)
        going = on(late, "11 10:00")

        assert june("10 10:00") == going.breached_at(june("11 10:00")) == due(going)
        assert (Step("75%", june("11 10:00")),) == going.steps
        assert hours(8) == met(late, "11 10:00").late_working
        # Used up to the microsecond: nothing is late before it runs again.
        just = on(aimed(clock, "10 10:00", eight(5)), "11 10:00")

        assert june("11 10:00") == due(just)
        assert just.breached_at(june("11 10:00")) is None
        assert june("11 10:00") == just.breached_at(june("11 10:00") + MICROSECOND)

    def test_days_past_already(self) -> None:
        """A last day that has closed; one that closed only during the pause has not."""
        clock = in_days(8, "09 10:00")
        late = aimed(clock, "12 10:00", Target(Unit.BUSINESS_DAYS, 2))

        assert june("12 10:00") == late.breached_at(june("12 10:00"))
        assert date(2025, 6, 12) == late.last_day
        paused = held(clock, "10 10:00")
        kept = aimed(paused, "16 10:00", Target(Unit.BUSINESS_DAYS, 2))

        assert kept.breach is None
        assert date(2025, 6, 17) == on(kept, "16 10:00").last_day
        used = aimed(held(clock, "12 10:00"), "16 10:00", Target(Unit.BUSINESS_DAYS, 2))

        assert june("16 10:00") == used.breached_at(june("16 10:00"))

    def test_days_keep_their_pauses_and_extensions(self) -> None:
        """Two missed days and two granted ones count under the newer target too."""
        clock = longer(on(held(in_days(8, "09 10:00"), "10 10:00"), "12 09:00"), "12 10:00", 2)

        assert date(2025, 6, 18) == aimed(clock, "12 11:00", Target(Unit.BUSINESS_DAYS, 3)).last_day

    def test_restart_counts_from_now(self) -> None:
        """Without what was consumed, paused or granted before; a warning is not told twice."""
        clock = on(held(working(8, "09 09:00", warn=("25%",)), "09 12:00"), "09 13:00")
        again = aimed(longer(clock, "09 13:00", hours(1)), "10 09:00", eight(4), "restart")

        assert june("10 13:00") == due(again)
        assert (Step("25%", june("09 11:00")),) == again.steps
        assert ((), ()) == (again.pauses, again.extensions)
        stood = aimed(held(clock, "09 14:00"), "10 09:00", eight(4), "restart")

        assert (Pause(june("10 09:00"), "customer"),) == stood.pauses
        assert june("12 13:00") == due(on(stood, "12 09:00"))
        days = aimed(in_days(8, "09 10:00"), "10 09:00", Target(Unit.BUSINESS_DAYS, 2), "restart")

        assert (date(2025, 6, 10), date(2025, 6, 12)) == (days.day_zero, days.last_day)

    def test_another_unit_measures_anew(self) -> None:
        """What was consumed and missed is measured in the newer unit; extensions do not carry over."""
        clock = longer(on(held(working(16, "09 09:00"), "09 16:00"), "10 10:00"), "10 11:00", 1)
        wall = aimed(clock, "10 12:00", Target(Unit.ELAPSED, hours(24)))

        assert june("11 03:00") == due(wall)
        assert 0 == wall.granted
        days = aimed(clock, "10 12:00", Target(Unit.BUSINESS_DAYS, 2, close="close-of-business"))

        assert june("11 17:00") == due(days)
        # Monday is day 0, and it ran again when Tuesday closed.
        assert 0 == days.missed
        back = aimed(on(held(days, "10 13:00"), "11 10:00"), "11 11:00", eight(12))

        # The microsecond that was granted counts again in its own unit.
        assert june("11 12:00") + MICROSECOND == due(back)
        assert (None, None, 0) == (back.day_zero, back.base_day, back.missed)

    def test_another_close_counts_the_missed_days_anew(self) -> None:
        """A day whose business closed in the pause is missed, one that merely ended later is not."""
        clock = on(held(in_days(3, "09 10:00"), "10 16:00"), "10 18:00")
        newer = Target(Unit.BUSINESS_DAYS, 3, close="close-of-business")

        assert june("13 00:00") == due(clock)
        assert june("13 17:00") == due(aimed(clock, "10 19:00", newer))

    def test_a_last_day_told(self) -> None:
        """By a rule; without one it is counted."""
        target = Target(Unit.CALENDAR_DAYS, 7)
        clock = start("law/a", target, WALL, june("09 10:00"), last_day=date(2025, 6, 20))
        moved = retarget(
            clock, WALL, june("10 10:00"), target, "retarget", last_day=date(2025, 6, 18)
        )

        assert june("19 00:00") == due(moved)
        newer = Target(Unit.CALENDAR_DAYS, 8)

        assert june("18 00:00") == due(aimed(clock, "10 10:00", newer, ruler=WALL))

    def test_undecided_and_refused(self) -> None:
        """An undecided clock only takes the target; one that has ended takes nothing."""
        clock = start("law/a", eight(), WALL, june("09 10:00"), undecided=("x",))
        newer = aimed(clock, "10 10:00", eight(4), ruler=WALL)

        assert (eight(4), None) == (newer.target, newer.due)
        assert ClockRefusal.CLOCK_ENDED is retarget(
            met(clock, "10 10:00", WALL), WALL, june("11 10:00"), eight(4), "restart"
        )


class TestRevise:
    """A newer calendar."""

    def test_modes(self) -> None:
        """Tuesday becomes a holiday: kept, or the rest by the newer one, or all of it."""
        clock = working(16, "09 09:00")

        assert clock is revise(clock, UK, TUESDAY_OFF, june("09 10:00"), "freeze")
        assert june("11 17:00") == due(revised(clock, "09 10:00", TUESDAY_OFF, "forward"))
        assert june("11 17:00") == due(revised(clock, "09 10:00", TUESDAY_OFF, "recompute"))
        # What has been consumed of Tuesday stays so only with `forward`.
        assert june("11 16:00") == due(revised(clock, "10 10:00", TUESDAY_OFF, "forward"))
        assert june("11 17:00") == due(revised(clock, "10 10:00", TUESDAY_OFF, "recompute"))

    def test_pauses_are_measured_by_the_newer_calendar_too(self) -> None:
        """Under `recompute` each running span is; under `forward` those before stay as they were."""
        clock = on(held(working(16, "09 09:00"), "10 12:00"), "11 09:00")

        assert june("11 14:00") == due(clock)
        assert june("11 14:00") == due(revised(clock, "11 10:00", TUESDAY_OFF, "forward"))
        again = revised(clock, "11 10:00", TUESDAY_OFF, "recompute")

        assert june("11 17:00") == due(again)
        # A second revision, after a first that went forward, loses nothing.
        first = revised(working(16, "09 09:00"), "10 10:00", TUESDAY_OFF, "forward")

        assert june("10 17:00") == due(
            revised(first, "10 11:00", UK, "recompute", before=TUESDAY_OFF)
        )

    def test_of_a_paused_clock(self) -> None:
        """What remains is what it is: forward leaves it, recompute measures it."""
        clock = held(working(16, "09 09:00"), "10 12:00")

        assert clock is revise(clock, UK, TUESDAY_OFF, june("10 13:00"), "forward")
        again = revised(clock, "10 13:00", TUESDAY_OFF, "recompute")

        assert hours(8) == remaining(again, TUESDAY_OFF, june("11 10:00"))

    def test_past_already_the_change_is_the_deadline(self) -> None:
        """More open time in the past: late from the revision on, running or not."""
        clock = working(13, "09 09:00")
        late = revised(clock, "10 12:00", LONG_TUESDAY, "recompute")

        assert (june("10 12:00"), "revised") == (late.breach, late.breach_cause)
        stood = revised(held(clock, "10 12:00"), "11 12:00", LONG_TUESDAY, "recompute")

        assert june("11 12:00") == stood.breached_at(june("11 12:00"))
        # By the older calendar there were hours left; now the end of the pause begins a last one.
        left = revised(held(clock, "10 10:00"), "11 12:00", LONG_TUESDAY, "recompute")

        assert hours(1) == remaining(left, LONG_TUESDAY, june("11 12:00"))

    def test_days(self) -> None:
        """A holiday announced: days that closed stay counted with `forward`, and today is not one."""
        clock = in_days(3, "06 10:00")

        assert date(2025, 6, 11) == clock.last_day
        for mode in ("forward", "recompute"):
            assert date(2025, 6, 12) == revised(clock, "09 10:00", TUESDAY_OFF, mode).last_day
            assert date(2025, 6, 12) == revised(clock, "10 10:00", TUESDAY_OFF, mode).last_day
        assert clock is revise(clock, UK, TUESDAY_OFF, june("11 10:00"), "forward")
        assert date(2025, 6, 12) == revised(clock, "11 10:00", TUESDAY_OFF, "recompute").last_day

    def test_days_with_pauses(self) -> None:
        """Days missed are counted by the newer calendar with `recompute`; none is lost on the way."""
        clock = on(held(in_days(3, "06 10:00"), "10 10:00"), "11 10:00")

        assert date(2025, 6, 12) == clock.last_day
        # Tuesday was missed anyway.
        again = revised(clock, "11 11:00", TUESDAY_OFF, "recompute")

        assert (date(2025, 6, 12), 0) == (again.last_day, again.missed)
        thursday_off = desk((date(2025, 6, 12),))
        forward = revised(clock, "11 11:00", thursday_off, "forward")

        assert (date(2025, 6, 13), 1) == (forward.last_day, forward.missed)
        paused = held(in_days(3, "06 10:00"), "10 10:00")
        stood = revised(paused, "12 10:00", thursday_off, "forward")

        # Monday counted; Tuesday and Wednesday missed; Friday and Monday the 16th are left.
        assert date(2025, 6, 16) == on(stood, "13 10:00", thursday_off).last_day
        # A holiday within the pause: it is no matter on which day of the pause that is learned.
        wednesday_off = desk((date(2025, 6, 11),))
        learned = revised(paused, "12 10:00", wednesday_off, "forward")

        assert date(2025, 6, 16) == on(learned, "13 10:00", wednesday_off).last_day

    def test_days_with_extensions_and_a_last_day_told(self) -> None:
        """Extensions are counted by the newer calendar; what a rule told is told again by it."""
        clock = longer(in_days(3, "06 10:00"), "06 11:00", 2)

        assert date(2025, 6, 16) == revised(clock, "09 10:00", TUESDAY_OFF, "recompute").last_day
        told = start(
            "law/a", Target(Unit.BUSINESS_DAYS, 3), UK, june("06 10:00"), last_day=date(2025, 6, 11)
        )

        assert told is revise(told, UK, TUESDAY_OFF, june("09 10:00"), "recompute")
        moved = done(
            revise(told, UK, TUESDAY_OFF, june("09 10:00"), "recompute", last_day=date(2025, 6, 12))
        )

        assert june("13 00:00") == due(moved)

    def test_calendar_days_only_roll(self) -> None:
        """The last day itself is no matter of a calendar; where it rolls to is."""
        clock = in_days(4, "06 10:00", unit=Unit.CALENDAR_DAYS, roll="following")

        assert date(2025, 6, 10) == clock.last_day
        for mode in ("forward", "recompute"):
            assert date(2025, 6, 11) == revised(clock, "09 10:00", TUESDAY_OFF, mode).last_day
            assert clock is revise(clock, UK, MONDAY_OFF, june("09 10:00"), mode)

    def test_nothing_changes_nothing(self) -> None:
        """The very same clock: the same calendar, or one that differs elsewhere."""
        far = desk((date(2025, 6, 26),))
        for clock in (working(16, "09 09:00", warn=("-PT1H", "50%")), in_days(3, "09 09:00")):
            for mode in ("forward", "recompute"):
                assert clock is revise(clock, UK, UK, june("09 10:00"), mode)
                assert clock is revise(clock, UK, far, june("09 10:00"), mode)
        undecided = start("law/a", eight(), WALL, june("09 10:00"), undecided=("x",))

        assert undecided is revise(undecided, WALL, UK, june("09 10:00"), "recompute")
        assert ClockRefusal.CLOCK_ENDED is revise(
            met(working(8, "09 09:00"), "09 10:00"), UK, far, june("09 10:00"), "recompute"
        )

    def test_a_late_clock_keeps_its_deadline_and_what_it_used(self) -> None:
        """What moves is only what comes after: later warnings, and the lateness from now on."""
        clock = working(8, "09 09:00", warn=("+PT16H",))
        for mode in ("forward", "recompute"):
            late = revised(clock, "09 18:00", TUESDAY_OFF, mode)

            assert clock.due == late.due
            assert june("12 17:00") == late.steps[0].at
            assert 0 == remaining(late, TUESDAY_OFF, june("10 12:00"))
            used = revised(clock, "11 12:00", MONDAY_OFF, mode)

            # Monday was used up, whatever is said of it now.
            assert june("09 17:00") == used.breached_at(june("11 12:00"))
            assert -hours(11) == remaining(used, MONDAY_OFF, june("11 12:00"))
        days = in_days(3, "09 09:00")

        assert days is revise(days, UK, TUESDAY_OFF, june("20 10:00"), "recompute")

    def test_an_unmoved_deadline_may_rest_on_other_hours(self) -> None:
        """With `forward` a past day may close while the deadline stays: what was measured is kept."""
        clock = working(16, "09 09:00")
        kept = revised(clock, "10 10:00", MONDAY_OFF, "forward")

        assert june("10 17:00") == due(kept)
        assert hours(9) == held(kept, "10 10:00", MONDAY_OFF).spent

    def test_what_was_provisional_becomes_known(self) -> None:
        """The same deadline, now known: the clock says so. Warnings after it may move too."""
        through = {"known_through": date(2025, 6, 10)}
        before = Ruler(LONDON, calendar({}, {"days": [], **through}))
        clock = in_days(3, "09 10:00", before)
        known = revised(clock, "09 11:00", UK, "forward", before=before)

        assert clock.provisional
        assert not known.provisional
        assert clock.due == known.due
        warned = working(8, "09 09:00", warn=("+PT4H",))
        moved = revised(warned, "09 10:00", TUESDAY_OFF, "forward")

        assert (due(warned), june("11 13:00")) == (due(moved), moved.steps[0].at)

    @given(
        st.sampled_from([eight(), eight(20), Target(Unit.ELAPSED, hours(50))]),
        st.lists(st.dates(date(2025, 6, 5), date(2025, 6, 20)), max_size=4, unique=True),
        st.integers(-3, 80),
    )
    def test_forward_at_the_start_is_recompute(
        self, target: Target, days: list[date], hour: int
    ) -> None:
        """Nothing has been measured yet, so both count all of it by the newer calendar."""
        begins = june("09 09:00") + timedelta(hours=hour)
        newer = desk(tuple(days))
        for aim in (target, Target(Unit.BUSINESS_DAYS, 4, close="close-of-business")):
            clock = start("desk/a", aim, UK, begins)

            assert revise(clock, UK, newer, begins, "forward") == revise(
                clock, UK, newer, begins, "recompute"
            )
            again = done(revise(clock, UK, newer, begins, "recompute"))

            assert start("desk/a", aim, newer, begins).due == again.due

    def test_round_the_clock_to_office_hours(self) -> None:
        """From 24 hours a day to eight: the rest is counted in eight."""
        clock = working(20, "09 09:00", ROUND_THE_CLOCK)

        assert june("10 05:00") == due(clock)
        assert june("11 13:00") == due(
            revised(clock, "09 17:00", UK, "forward", before=ROUND_THE_CLOCK)
        )
