"""
Clocks against a walk along the UTC line: the same deadline, the same refusals, the same lateness.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, get_args

from clock_oracle import MINUTE, Act, ClockWalk, Unit
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from worktime_oracle import Walk
from worktime_tools import calendar

from bankservice.core import clockwork
from bankservice.core.calendar import midnight
from bankservice.core.clock import Clock, ClockRefusal, Status, Verdict
from bankservice.core.ruler import Close, Deadline, Ruler, Target
from bankservice.core.ruler import Unit as Counted
from bankservice.testing.calendar_strategies import ZONES, calendar_tables

NINE = (
    "Africa/Cairo",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Auckland",
)
QUARTER = 15 * MINUTE
SPAN = 8


@st.composite
def desks(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """Return a calendar and an instant near which its clocks change."""
    zone = draw(st.sampled_from(NINE))
    change = draw(st.sampled_from(ZONES[zone]))
    first, last = change - timedelta(days=4), change + timedelta(days=9)
    table = draw(calendar_tables(zones=(zone,), min_value=first, max_value=last))
    start = midnight(change, zone) + draw(st.integers(-4 * 96, 96)) * QUARTER
    return table, start


def edges(desk: Walk, start: datetime) -> list[datetime]:
    """Return the quarters of an hour after *start* at which the desk opens or closes, or a day ends."""
    found = []
    for step in range(SPAN * 96):
        before, at = start + (step - 1) * QUARTER, start + step * QUARTER
        turns = desk.is_open(before) != desk.is_open(at)
        if turns or before.astimezone(desk.zone).date() != at.astimezone(desk.zone).date():
            found.append(at)
    return found


@st.composite
def acts(draw: st.DrawFn, last: datetime, clock: Clock, hard: list[datetime]) -> Act:
    """Return the next act on a clock: mostly up to its deadline, often when the desk turns."""
    paused, due = clock.status is Status.PAUSED, clock.due
    late = due is not None and due.is_late(last)
    steps = 150 if paused or due is None or late else max(0, (due.instant - last) // QUARTER)
    at = last + (draw(st.integers(0, 1000)) * steps // 1000) * QUARTER
    hard = [edge for edge in hard if last <= edge and (due is None or edge < due.instant)]
    turn = draw(st.integers(0, 9))
    if hard and turn < 4:
        at = draw(st.sampled_from(hard[:6]))
    elif due is not None and not late and turn == 4:
        at = due.instant
    words: tuple[str, ...] = ("resume", "resume", "resume", "extend", "pause", "meet")
    if not paused:
        words = ("extend",) if late else ("pause", "pause", "pause", "extend", "extend", "resume")
    what = draw(st.sampled_from(words)) if turn < 9 else "meet"
    if clock.target.unit.in_days:
        return Act(at, what, draw(st.integers(0, 2)))
    return Act(at, what, draw(st.integers(0, 8)) * 45)


def do(clock: Clock, ruler: Ruler, act: Act) -> Clock | ClockRefusal:
    """Do an act to a clock of the library."""
    if act.what == "pause":
        return clockwork.pause(clock, ruler, act.at, "waiting")
    if act.what == "resume":
        return clockwork.resume(clock, ruler, act.at)
    if act.what == "meet":
        return clockwork.meet(clock, ruler, act.at)
    amount = act.amount if clock.target.unit.in_days else act.amount * 60_000_000
    return clockwork.extend(clock, ruler, act.at, amount, by="K. Ito", reason="bank", most=None)


@settings(max_examples=some(120), deadline=None)
@given(st.data())
def test_clock_is_the_walk(data: st.DataObject) -> None:
    """
    Pauses, extensions and answers in any order: the deadline, its word on itself, what is refused,
    what is late or excused and what was consumed are those of the minute walk.
    """
    table, start = data.draw(desks())
    unit: Unit = data.draw(st.sampled_from(get_args(Unit)))
    close: Close = data.draw(st.sampled_from(get_args(Close)))
    days = unit.endswith("days")
    amount = data.draw(st.integers(1, 4) if days else st.integers(0, 80).map(lambda n: n * 15))
    desk = Walk(table)
    ruler = Ruler(table["zone"], calendar(table))
    target = Target(Counted(unit), amount if days else amount * 60_000_000, close=close)
    clock = clockwork.start("desk/first", target, ruler, start, pausable=True)
    every: list[Act] = []
    refusals = []
    hard, last = edges(desk, start), start
    for _ in range(data.draw(st.sampled_from((3, 6, 9)))):
        act = data.draw(acts(last, clock, hard))
        after = do(clock, ruler, act)
        refusals.append(isinstance(after, ClockRefusal))
        clock = clock if isinstance(after, ClockRefusal) else after
        every, last = [*every, act], act.at
        if not clock.open:
            break

    walk = ClockWalk(unit, amount, start, desk, close_of_business=close != "end-of-day")
    until = last + timedelta(days=6)
    found = walk.go(every, until)

    assert refusals == found.refused
    assert (
        found.state
        == {
            Status.RUNNING: "running",
            Status.PAUSED: "paused",
            Status.STOPPED: "met",
        }[clock.status]
    )
    if found.due is not None and clock.status is not Status.STOPPED:
        assert Deadline(found.due, found.inclusive) == clock.due
    elif found.state == "running":
        assert clock.due is not None
        assert clock.due.instant >= until
    if clock.status is Status.STOPPED:
        late = Verdict.EXCUSED if found.excused else Verdict.LATE

        assert (late if found.late else Verdict.IN_TIME) == clock.verdict(until)
        assert (found.due if found.late else None) == clock.breached_at(until)
        assert days or found.counted == clock.consumed(ruler, until) // 60_000_000
    elif found.state == "running" and found.late:
        assert clock.verdict(walk.now) is (Verdict.EXCUSED if found.excused else Verdict.LATE)


def test_the_walk_knows_a_flow_by_heart() -> None:
    """The oracle itself, on a flow that was counted by hand: 16 hours with two pauses."""
    table = {
        "zone": "Europe/London",
        "hours": {key: ["09:00-17:00"] for key in ("mon", "tue", "wed")},
    }
    monday = midnight(date(2025, 6, 9), "Europe/London")
    steps = [(11, "pause"), (12, "resume"), (40, "pause"), (58, "resume")]
    every = [Act(monday + timedelta(hours=hours), what) for hours, what in steps]
    walk = ClockWalk(
        "working-time", 16 * 60, monday + timedelta(hours=9), Walk(table), close_of_business=False
    )

    found = walk.go(every, monday + timedelta(days=9))

    assert [False] * 4 == found.refused
    assert monday + timedelta(hours=60) == found.due
