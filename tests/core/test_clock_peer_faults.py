"""
Faults that users of other case tools met, one test each, named after the thread or the tool.

They are restated in our own words; the numbers are those of our list of peer faults. What needs a
whole case (merging, sweeping, delivering) is tested there.
"""

from __future__ import annotations

from datetime import date, timedelta

import attrs
from clock_tools import (
    MICROSECOND,
    UK,
    desk,
    done,
    due,
    hours,
    in_days,
    june,
    working,
)
from worktime_tools import at

from bankservice.core.clock import Clock, ClockRefusal, Pause, Status, Verdict
from bankservice.core.clock_changes import reopen, retarget, revise
from bankservice.core.clockwork import cancel, extend, meet, pause, remaining, resume, start
from bankservice.core.ruler import Target, Unit

CUSTOMER = "waiting-customer"


def flow(clock: Clock, *acts: str) -> Clock:
    """Return a clock after pauses and resumptions at the given times, in turn."""
    for place, moment in enumerate(acts):
        if place % 2:
            clock = done(resume(clock, UK, june(moment)))
        else:
            clock = done(pause(clock, UK, june(moment), CUSTOMER))
    return clock


# -- pause and hold (1-11) -----------------------------------------------------------------------


def test_erpnext_49414_off_hours_pause_is_neutral() -> None:
    """1: paused from closing to opening, 16 h stay due on Tuesday 17:00; no wall clock is added."""
    # At closing time itself, or after it.
    for since in ("09 17:00", "09 20:00"):
        assert june("10 17:00") == due(flow(working(16, "09 09:00"), since, "10 09:00"))


def test_glpi_10594_pause_over_a_weekend() -> None:
    """2: one business day, paused Friday 16:00 to Monday 10:00: the weekend buys no time."""
    clock = in_days(1, "12 10:00", close="close-of-business")

    assert june("13 17:00") == due(clock)
    assert june("16 17:00") == due(flow(clock, "13 16:00", "16 10:00"))
    assert june("16 11:00") == due(flow(working(8, "12 17:00"), "13 16:00", "16 10:00"))


def test_erpnext_every_pause_counts() -> None:
    """3: two pauses, an hour and two working hours: due Wednesday 12:00, not the last one only."""
    paused = flow(working(16, "09 09:00"), "09 11:00", "09 12:00", "10 16:00", "11 10:00")

    assert june("11 12:00") == due(paused)


def test_frappe_1554_paused_clock_cannot_breach() -> None:
    """4: whatever is asked of it on Wednesday, a paused clock is paused and not late."""
    clock = flow(working(8, "09 09:00"), "09 10:00")
    saved = attrs.evolve(clock)

    assert Status.PAUSED is saved.status
    assert Verdict.PENDING is saved.verdict(june("11 10:00"))
    assert saved.breached_at(june("11 10:00")) is None


def test_frappe_resolved_straight_from_paused() -> None:
    """5: resolved without resuming: one hour was used, not nine."""
    met = done(meet(flow(working(8, "09 09:00"), "09 10:00"), UK, june("10 10:00")))

    assert hours(1) == met.consumed(UK, june("10 10:00"))


def test_laravel_help_desk_52_two_paused_states_in_a_row() -> None:
    """6: waiting for another party continues the first pause: the very same clock."""
    clock = flow(working(8, "09 09:00"), "09 10:00")

    assert clock is pause(clock, UK, june("09 11:00"), "waiting-third-party")
    assert (Pause(june("09 10:00"), CUSTOMER),) == clock.pauses


def test_zammad_188_all_states_that_do_not_run() -> None:
    """7: a bank's own reasons to wait are reasons like any other, over a reopening too."""
    clock = working(8, "09 09:00")
    held = done(pause(clock, UK, june("09 10:00"), "waiting-for-the-archive"))
    closed = done(meet(held, UK, june("09 15:00")))

    assert june("12 17:00") == due(reopen(closed, UK, june("12 10:00"), "continue"))


def test_zammad_pause_shorter_than_the_resolution() -> None:
    """8: 35 seconds and 29 minutes 10 seconds, both whole, neither over the other."""
    monday = june("09 10:00")
    clock = working(8, "09 09:00")
    for since, until in ((5, 40), (50, 1800)):
        held = done(pause(clock, UK, monday + timedelta(seconds=since), CUSTOMER))
        clock = done(resume(held, UK, monday + timedelta(seconds=until)))

    assert june("10 09:29") + timedelta(seconds=45) == due(clock)


def test_pause_exactly_at_the_due_instant() -> None:
    """9: nothing is left to protect; refused, and the deadline stays. A moment before it is not."""
    clock = working(8, "09 09:00")

    assert ClockRefusal.NOTHING_LEFT is pause(clock, UK, june("09 17:00"), CUSTOMER)
    held = done(pause(clock, UK, june("09 17:00") - MICROSECOND, CUSTOMER))

    assert june("11 09:00") + MICROSECOND == due(resume(held, UK, june("11 09:00")))


def test_otrs_response_clock_not_moved_after_it_was_met() -> None:
    """10: what was met is not touched by a later pause of the case."""
    met = done(meet(working(8, "09 09:00"), UK, june("09 12:00")))

    assert ClockRefusal.CLOCK_ENDED is pause(met, UK, june("09 13:00"), CUSTOMER)


def test_frappe_3639_policy_detached_while_paused() -> None:
    """11: the detached clock ends with its pause; another starts clean and buys no time."""
    held = flow(working(8, "09 09:00"), "09 10:00")
    detached = done(cancel(held, UK, june("09 12:00"), "policy-withdrawn"))
    attached = working(8, "09 13:00")

    assert (Pause(june("09 10:00"), CUSTOMER, june("09 12:00")),) == detached.pauses
    assert () == attached.pauses
    assert june("10 13:00") == due(attached)
    toggled = flow(working(8, "09 09:00"), *("09 10:00",) * 6)

    assert june("09 17:00") == due(toggled)


# -- change, reopen, breach, notifications (43-58) -----------------------------------------------


def test_zammad_534_calendar_changed() -> None:
    """43: a holiday is added: one change of the deadline, under the mode that is configured."""
    newer = desk((date(2025, 6, 10),))
    clock = working(12, "09 09:00")
    moved = done(revise(clock, UK, newer, june("09 10:00"), "forward"))

    assert june("11 13:00") == due(moved)
    assert moved is revise(moved, newer, newer, june("09 11:00"), "forward")
    assert clock is revise(clock, UK, newer, june("09 10:00"), "freeze")


def test_zammad_4353_policy_withdrawn() -> None:
    """44: the open clock is cancelled with the reason; its breach stays, and nothing warns any more."""
    clock = working(8, "09 09:00", warn=("+PT4H", "+PT40H"))
    gone = done(cancel(clock, UK, june("11 10:00"), "policy-withdrawn"))

    assert "policy-withdrawn" == gone.end_cause
    assert june("09 17:00") == gone.breached_at(june("30 10:00"))
    assert ["+PT4H"] == [step.code for step in gone.warnings(june("30 10:00"))]


def test_glpi_15605_newer_target_forgets_waiting_time() -> None:
    """45: two days paused still count when another target applies."""
    clock = flow(working(16, "09 09:00"), "09 10:00", "11 10:00")
    newer = done(
        retarget(clock, UK, june("11 11:00"), Target(Unit.WORKING_TIME, hours(8)), "retarget")
    )

    assert june("11 17:00") == due(newer)


def test_atlassian_recompute_leaves_closed_verdicts() -> None:
    """46: met in 2.5 of 4 hours, it stays met against 4 hours when the target becomes 2."""
    met = done(meet(working(4, "09 09:00"), UK, june("09 11:30")))
    two = Target(Unit.WORKING_TIME, hours(2))

    assert ClockRefusal.CLOCK_ENDED is retarget(met, UK, june("10 09:00"), two, "retarget")
    assert ClockRefusal.CLOCK_ENDED is revise(met, UK, desk(), june("10 09:00"), "recompute")
    again = done(reopen(met, UK, june("12 09:00"), "new-cycle"))
    newer = done(retarget(again, UK, june("12 12:00"), two, "retarget"))

    assert [(Verdict.IN_TIME, met.due)] == [(cycle.verdict, cycle.due) for cycle in newer.cycles]
    assert Verdict.LATE is newer.verdict(june("12 12:00"))


def test_zendesk_policy_edit_has_an_effect_time() -> None:
    """47: a newer target holds from the instant that is given, not from the next edit of the case."""
    clock = working(8, "09 09:00")
    six = Target(Unit.WORKING_TIME, hours(6))
    at_once = done(retarget(clock, UK, june("09 10:00"), six, "restart"))

    assert june("09 16:00") == due(at_once)
    assert june("09 15:00") == due(retarget(clock, UK, june("09 10:00"), six, "retarget"))


def test_glpi_5213_each_reopening_gives_its_documented_deadline() -> None:
    """48: continue, restart, new cycle, none; the closed cycle and its breach are kept by all."""
    late = done(meet(working(8, "09 09:00"), UK, june("10 12:00")))
    early = done(meet(working(8, "09 09:00"), UK, june("09 12:00")))
    for mode, expected in (
        ("continue", "16 15:00"),
        ("restart", "17 10:00"),
        ("new-cycle", "17 10:00"),
        ("none", "09 17:00"),
    ):
        assert june(expected) == due(reopen(early, UK, june("16 10:00"), mode))  # type: ignore[arg-type]
        kept = done(reopen(late, UK, june("16 10:00"), mode))  # type: ignore[arg-type]
        breaches = [cycle.breached_at for cycle in kept.cycles] or [
            late.breached_at(june("16 10:00"))
        ]

        assert [june("09 17:00")] == breaches


def test_chatwoot_10178_still_counting_after_resolution() -> None:
    """49: the length of the lateness stops growing at the end."""
    met = done(meet(working(8, "09 09:00"), UK, june("10 11:00")))

    assert hours(2) == met.late_working
    assert -hours(2) == remaining(met, UK, june("10 11:00")) == remaining(met, UK, june("30 10:00"))


def test_chatwoot_13392_late_first_reply_hidden() -> None:
    """50: a reply after the deadline is met and late, and visible as a breach."""
    met = done(meet(working(8, "09 09:00"), UK, june("10 11:00")))

    assert (Status.STOPPED, Verdict.LATE) == (met.status, met.verdict(june("30 10:00")))
    assert june("09 17:00") == met.breached_at(june("30 10:00"))


def test_glpi_22678_warning_over_several_segments() -> None:
    """52: 08-18, 4 h from Monday 17:00, an hour before: warned Tuesday 10:00, not at midnight."""
    days = ("mon", "tue", "wed", "thu", "fri")
    ruler = desk(hours={key: ["08:00-18:00"] for key in days})
    clock = working(4, "09 17:00", ruler, warn=("-PT1H",))

    assert june("10 11:00") == due(clock)
    assert june("10 10:00") == clock.steps[0].at


def test_glpi_1996_alert_storms() -> None:
    """53: a sweep every minute, a late one, or none: the step has one name and one instant."""
    clock = working(1, "09 09:00", warn=("+PT10M",))
    swept = {
        (step.cycle, step.code, step.at)
        for minute in range(240)
        for step in clock.warnings(june("09 09:00") + timedelta(minutes=minute))
    }

    assert {(1, "+PT10M", june("09 10:10"))} == swept
    excused = done(extend(clock, UK, june("09 12:00"), hours(1), by="K. Ito", reason="", most=None))

    assert clock.steps == excused.steps


def test_zammad_4432_a_warning_at_night_is_a_fact_of_the_night() -> None:
    """54: of a clock round the clock it is true at 22:00; when it is delivered is another matter."""
    clock = start(
        "law/a", Target(Unit.ELAPSED, hours(14)), UK, june("09 09:00"), thresholds=("-PT1H",)
    )

    assert june("09 22:00") == clock.steps[0].at
    assert june("10 09:00") == UK.working().next_open(june("09 22:00"))
    assert june("09 23:00") == due(clock)


def test_zammad_904_merged_and_withdrawn_do_not_run() -> None:
    """55: a clock that is cancelled neither runs nor becomes late nor warns."""
    clock = working(8, "09 09:00", warn=("75%", "+PT1H"))
    gone = done(cancel(clock, UK, june("09 10:00"), "merged"))

    assert not gone.open
    assert gone.breached_at(june("30 10:00")) is None
    assert () == gone.warnings(june("30 10:00"))


def test_zammad_3523_due_before_at_and_after() -> None:
    """56: the deadline is there to be listed before, at and after its instant."""
    clock = working(8, "09 09:00")
    for moment in ("09 16:50", "09 17:00", "09 17:10"):
        kept = done(extend(clock, UK, june(moment), 0, by="K. Ito", reason="", most=None))

        assert june("09 17:00") == due(kept)


def test_dbt_zendesk_116_breach_is_the_first_crossing() -> None:
    """57: over several segments, with acts after it, the breach is dated at the deadline."""
    clock = flow(working(8, "09 09:00"), "09 12:00", "10 12:00")
    later = done(extend(clock, UK, june("12 10:00"), hours(8), by="K. Ito", reason="", most=None))
    newer = done(
        retarget(later, UK, june("13 10:00"), Target(Unit.WORKING_TIME, hours(80)), "retarget")
    )

    assert june("10 17:00") == due(clock)
    assert june("10 17:00") == newer.breached_at(june("30 10:00"))


def test_chatwoot_response_at_exactly_due() -> None:
    """58: in time, whichever of sweep and reply is looked at first."""
    clock = working(8, "09 09:00")
    swept_first = clock.breached_at(june("09 17:00"))
    met = done(meet(clock, UK, june("09 17:00")))

    assert swept_first is None
    assert Verdict.IN_TIME is met.verdict(june("09 17:00"))
    assert met.breached_at(june("30 10:00")) is None


def test_a_holiday_announced_nine_days_before() -> None:
    """43: 19 September 2022, a holiday nine days before: 15 business days end a day later."""
    before = desk()
    after = desk((date(2022, 9, 19),))
    clock = start("law/a", Target(Unit.BUSINESS_DAYS, 15), before, at("2022-09-05T10:00"))
    known = done(revise(clock, before, after, at("2022-09-10T12:00"), "recompute"))

    assert (date(2022, 9, 26), date(2022, 9, 27)) == (clock.last_day, known.last_day)
