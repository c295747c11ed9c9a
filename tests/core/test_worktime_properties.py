"""The laws of working time, over zones with hard clocks, random hours, holidays and odd days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest
from effort import some
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worktime_oracle import Walk
from worktime_tools import HOUR, MINUTE, calendar

from bankservice.core.calendar import midnight
from bankservice.core.worktime import WorkingCalendar
from bankservice.testing.calendar_strategies import (
    ZONES,
    calendar_tables,
    holiday_tables,
    instants,
)

STEP = timedelta(microseconds=1)


@attrs.frozen
class Drawn:
    """A calendar, the tables it was read from, and a place to ask about."""

    calendar: WorkingCalendar
    table: Any
    holidays: Any
    moments: tuple[datetime, ...]

    # Of two instants in one zone Python compares the clocks, and an instant in an hour that comes
    # twice equals none in another zone: answers are compared in UTC.

    def add(self, start: datetime, amount: int) -> datetime:
        """Return the end in UTC."""
        return self.calendar.add(start, amount).astimezone(UTC)

    def next_open(self, moment: datetime) -> datetime:
        """Return the next opening in UTC."""
        return self.calendar.next_open(moment).astimezone(UTC)

    def previous_close(self, moment: datetime) -> datetime:
        """Return the last close in UTC."""
        return self.calendar.previous_close(moment).astimezone(UTC)


@st.composite
def drawn(draw: st.DrawFn, moments: int = 1, span: int = 20) -> Drawn:
    """Draw a calendar whose odd days lie near the moments to ask about."""
    zone = draw(st.sampled_from(tuple(ZONES)))
    first = draw(instants(zone=zone, min_value=date(1975, 1, 1), max_value=date(2060, 1, 1)))
    low, high = first.date() - timedelta(days=10), first.date() + timedelta(days=span)
    table = draw(calendar_tables(zones=(zone,), min_value=low, max_value=high))
    holidays = draw(st.none() | holiday_tables(min_value=low, max_value=high))
    micro = st.integers(0, span * 24 * 60).map(lambda minutes: minutes * MINUTE)
    later = sorted(draw(st.lists(micro, min_size=moments - 1, max_size=moments - 1)))
    return Drawn(
        calendar(table, holidays),
        table,
        holidays,
        (first, *(first + more * STEP for more in later)),
    )


AMOUNTS = st.integers(1, 60 * HOUR) | st.integers(1, 60).map(lambda hours: hours * HOUR)


@given(drawn(), AMOUNTS)
def test_earliest_instant(case: Drawn, amount: int) -> None:
    """What is added is what lies between, and an instant earlier it would be less."""
    (start,) = case.moments
    end = case.add(start, amount)

    assert amount == case.calendar.between(start, end)
    assert amount - 1 == case.calendar.between(start, end - STEP)


@given(drawn(), AMOUNTS, AMOUNTS)
def test_parts_add_up(case: Drawn, one: int, other: int) -> None:
    """Adding in two parts is adding the sum; taking away in two parts too."""
    (start,) = case.moments
    add = case.add

    assert add(start, one + other) == add(add(start, one), other)
    assert add(start, -one - other) == add(add(start, -one), -other)


@given(drawn(moments=2), AMOUNTS, AMOUNTS)
def test_monotone(case: Drawn, one: int, other: int) -> None:
    """Later starts and larger amounts never end earlier."""
    start, later = case.moments
    add = case.add

    assert add(start, one) <= add(later, one)
    assert add(start, -one) <= add(later, -one)
    assert add(start, min(one, other)) <= add(start, max(one, other))


@given(drawn(moments=3))
def test_measure(case: Drawn) -> None:
    """Working time is additive, signed, and never more than elapsed time."""
    first, second, third = case.moments
    between = case.calendar.between

    assert between(first, third) == between(first, second) + between(second, third)
    assert between(first, second) == -between(second, first)
    assert 0 <= between(first, second) <= (second - first) // STEP


@given(drawn(moments=2))
def test_nothing_left_over(case: Drawn) -> None:
    """Adding what lies between two instants ends at the later one at the latest."""
    start, end = case.moments
    worked = case.calendar.between(start, end)
    assume(worked)
    back = case.add(start, worked)

    assert back <= end
    assert 0 == case.calendar.between(back, end)


@settings(max_examples=some(60))
@given(drawn(moments=2, span=3))
def test_measured_as_walked(case: Drawn) -> None:
    """The table measures what a walk over every minute of the local clock counts."""
    start, end = case.moments
    walk = Walk(case.table, case.holidays)

    assert walk.between(start, end) * MINUTE == case.calendar.between(start, end)
    assert walk.is_open(start) is case.calendar.is_open(start)


@settings(max_examples=some(60))
@given(drawn(), st.integers(1, 900))
def test_added_as_walked(case: Drawn, minutes: int) -> None:
    """The table adds and takes away what a walk over every minute does."""
    (start,) = case.moments
    walk = Walk(case.table, case.holidays)
    most = 6 * 24 * 60
    later, earlier = walk.add(start, minutes, most), walk.take(start, minutes, most)

    assert later in (None, case.add(start, minutes * MINUTE))
    assert earlier in (None, case.add(start, -minutes * MINUTE))


@settings(max_examples=some(30))
@given(drawn(), st.integers(-2, 2))
def test_business_days_as_walked(case: Drawn, more: int) -> None:
    """A business day is a local date some minute of which is open."""
    day = (case.moments[0] + timedelta(days=more)).date()

    assert Walk(case.table, case.holidays).is_business_day(day) is case.calendar.is_business_day(
        day
    )


@given(drawn(), AMOUNTS, st.integers(0, 10))
def test_holidays_delay(case: Drawn, amount: int, more: int) -> None:
    """A day closed never makes an end earlier; open time added never makes it later."""
    (start,) = case.moments
    day = start.date() + timedelta(days=more)
    rest = [row for row in case.table["override"] if row["on"] != day]

    free = {
        "days": (case.holidays or {}).get("days", []),
        "make_up": [row for row in (case.holidays or {}).get("make_up", []) if row["on"] != day],
    }

    def ending(*own: Any) -> datetime:
        return (
            calendar({**case.table, "override": [*rest, *own]}, free)
            .add(start, amount)
            .astimezone(UTC)
        )

    assert ending() <= ending({"on": day, "hours": []})
    assert ending() >= ending({"on": day, "hours": ["00:00-24:00"]})


@given(drawn(), st.integers(1, 30), st.integers(1, 30))
def test_business_days_count(case: Drawn, one: int, other: int) -> None:
    """The n-th business day is one, n lie up to it, and counting on is counting the sum."""
    day = case.moments[0].date()
    found = case.calendar.business_day(day, one)
    before = case.calendar.business_day(day, -one)

    assert case.calendar.is_business_day(found)
    assert one == case.calendar.business_days_between(day, found)
    assert case.calendar.business_day(day, one + other) == case.calendar.business_day(found, other)
    assert case.calendar.is_business_day(before)
    assert case.calendar.business_day(day, -one - other) == case.calendar.business_day(
        before, -other
    )
    assert -case.calendar.business_days_between(day, before) == (
        case.calendar.business_days_between(before, day)
    )


@given(drawn(), st.integers(0, 12))
def test_skipped_and_counted_make_all(case: Drawn, more: int) -> None:
    """Of the days after one up to another, each is a business day or is told with its reason."""
    day = case.moments[0].date()
    last = day + timedelta(days=more)
    told = case.calendar.skipped(day, last)
    closed = [one.on for one in told if not one.worked]

    assert more - case.calendar.business_days_between(day, last) == len(closed)
    assert all(case.calendar.is_business_day(one.on) is one.worked for one in told)
    assert all(case.calendar.why_closed(one.on) == (None if one.worked else one) for one in told)


@given(drawn(), AMOUNTS)
def test_taking_away_what_was_added(case: Drawn, amount: int) -> None:
    """Taking away what was added gives the next opening; the other way round the last close."""
    (start,) = case.moments
    add = case.add

    assert case.next_open(start) == add(add(start, amount), -amount)
    assert case.previous_close(start) == add(add(start, -amount), amount)


@given(drawn())
def test_edges(case: Drawn) -> None:
    """The next opening is open and nothing was before it; the last close the other way round."""
    (start,) = case.moments
    opening, close = case.next_open(start), case.previous_close(start)

    assert case.calendar.is_open(opening)
    assert opening == start or 0 == case.calendar.between(start, opening)
    assert case.calendar.is_open(close - STEP)
    assert close == start or 0 == case.calendar.between(close, start)


@given(drawn(), AMOUNTS, st.sampled_from(tuple(ZONES)))
def test_any_zone_any_type(case: Drawn, amount: int, zone: str) -> None:
    """The same instant gives the same answer, whatever zone or type it is written in."""
    (start,) = case.moments
    expected = case.add(start, amount)
    written = start.astimezone(ZoneInfo(zone))

    at_home = start.astimezone(ZoneInfo(case.calendar.zone))

    assert expected == case.add(written, amount)
    assert expected == case.add(at_home, amount)
    assert expected == case.add(pendulum.instance(written), amount)
    assert start == case.add(at_home, 0)
    assert case.calendar.add(written, amount).tzinfo is ZoneInfo(case.calendar.zone)


@given(st.sampled_from(tuple(ZONES)), instants(), st.integers(-(10**15), 10**15))
def test_round_the_clock(zone: str, start: datetime, amount: int) -> None:
    """A calendar that is always open adds elapsed time, and has no edges."""
    always = calendar({"zone": zone, "hours": "always"}, since=date(1930, 1, 1))

    assert start + amount * STEP == always.add(start, amount).astimezone(UTC)
    assert start == always.next_open(start).astimezone(UTC)
    assert start == always.previous_close(start).astimezone(UTC)
    assert 2 == len(always.table.opens)


@given(drawn())
def test_local_dates_tile_the_line(case: Drawn) -> None:
    """Each local date ends where the next begins, and begins with the first instant that bears it."""
    first = case.moments[0].date() - timedelta(days=3)
    days = [first + timedelta(days=more) for more in range(7)]

    for day, after in pairwise(days):
        begin, end = case.calendar.start_of(day), case.calendar.end_of(day)

        assert end == case.calendar.start_of(after)
        assert begin == midnight(day, case.calendar.zone)
        assert begin <= end


@given(drawn())
def test_last_close_of_a_day(case: Drawn) -> None:
    """A local date that opens closes for the last time before nothing of it is left to work."""
    day = case.moments[0].date()
    close = case.calendar.close_of(day)

    assert (close is not None) is case.calendar.is_business_day(day)
    if close is not None:
        last = close.astimezone(UTC) - STEP

        assert case.calendar.is_open(last)
        assert day == last.astimezone(close.tzinfo).date()


@pytest.mark.parametrize("years", [1, 50])
def test_holidays_cost_nothing(years: int) -> None:
    """The rows searched do not grow with the holidays: fifty years of them make fewer, not more."""
    days = [{"on": date(1975 + year, month, 1)} for year in range(years) for month in range(1, 13)]
    held = calendar({}, {"days": days})
    held.add(datetime(1999, 3, 1, tzinfo=UTC), HOUR)

    assert len(held.table.opens) <= 262
