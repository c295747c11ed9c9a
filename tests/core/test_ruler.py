"""
Rulers: units, targets, thresholds, and the instants at which days end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from clock_tools import LONDON, MICROSECOND, ROUND_THE_CLOCK, UK, WALL, hours, june
from hypothesis import given
from hypothesis import strategies as st
from worktime_tools import SINCE, at, calendar

from bankservice.core.ruler import Deadline, Ruler, Target, Threshold, Unit
from bankservice.core.worktime import WorkingCalendar
from bankservice.testing.calendar_strategies import instants, working_calendars

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2025, 6, 9)
FRIDAY = date(2025, 6, 13)
SATURDAY = date(2025, 6, 14)


class TestDeadline:
    """An instant with its own word on whether it is still in time."""

    @given(st.datetimes(timezones=st.just(UTC)), st.booleans())
    def test_lateness_begins_once(self, moment: datetime, inclusive: bool) -> None:
        """Late from one instant on: the deadline itself, or the microsecond after it."""
        deadline = Deadline(NOON, inclusive)

        assert (moment >= deadline.late_from) == deadline.is_late(moment)
        assert inclusive != deadline.is_late(NOON)
        assert inclusive == (deadline.late_from == NOON + MICROSECOND)


class TestTarget:
    """How long a clock runs, in a unit that never follows from the number."""

    def test_hours_and_days_are_read_in_their_unit(self) -> None:
        """The same two days are 48 elapsed hours, two business days, or two calendar days."""
        assert Target(Unit.ELAPSED, hours(48)) == Target.parse("P2D", Unit.ELAPSED)
        assert Target(Unit.BUSINESS_DAYS, 2) == Target.parse("P2D", Unit.BUSINESS_DAYS)
        assert Target(Unit.CALENDAR_DAYS, 16, 1) == Target.parse("P1M2W2D", Unit.CALENDAR_DAYS)
        assert Target(Unit.CALENDAR_DAYS, 2, 0, "close-of-business", "following") == Target.parse(
            "P2D", Unit.CALENDAR_DAYS, close="close-of-business", roll="following"
        )

    @pytest.mark.parametrize(
        ("text", "unit"),
        [
            ("-PT8H", Unit.WORKING_TIME),
            ("-P1D", Unit.ELAPSED),
            ("P1D", Unit.WORKING_TIME),
            ("P1M", Unit.BUSINESS_DAYS),
            ("P1M", Unit.ELAPSED),
            ("PT8H", Unit.CALENDAR_DAYS),
            ("8 hours", Unit.WORKING_TIME),
            ("", Unit.CALENDAR_DAYS),
        ],
    )
    def test_what_is_no_duration_of_the_unit_is_refused(self, text: str, unit: Unit) -> None:
        """Backward, months of business days, days of working hours: refused."""
        with pytest.raises(ValueError, match=r"\S"):
            Target.parse(text, unit)

    @pytest.mark.parametrize(
        ("unit", "amount", "months"),
        [
            (Unit.ELAPSED, -1, 0),
            (Unit.CALENDAR_DAYS, 0, -1),
            (Unit.BUSINESS_DAYS, 1, 1),
            (Unit.WORKING_TIME, 1, 1),
        ],
    )
    def test_impossible_target_is_refused(self, unit: Unit, amount: int, months: int) -> None:
        """A target runs forward, and only calendar days have months."""
        with pytest.raises(ValueError, match=r"runs forward|use calendar-days"):
            Target(unit, amount, months)


class TestThreshold:
    """When to warn."""

    def test_shares_and_offsets(self) -> None:
        """A percentage is a share of the target; a duration with its sign lies beside the deadline."""
        assert Threshold("150%", Fraction(3, 2)) == Threshold.parse("150%")
        assert Threshold("0%", Fraction(0)) == Threshold.parse("0%")
        assert Threshold("-PT2H", None, -hours(2)) == Threshold.parse("-PT2H")
        assert Threshold("+P1D", None, hours(24), elapsed=True) == Threshold.parse("+P1D")

    @pytest.mark.parametrize(
        "text", ["PT2H", "75", "75.5%", "1000%", "-75%", "+2h", "", "\u0667\u0665%"]
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        """A duration without sign could be meant either way; other digits are no percentage."""
        with pytest.raises(ValueError, match=r"\S"):
            Threshold.parse(text)


class TestMeasuring:
    """Amounts and instants."""

    def test_working_time_needs_a_calendar(self) -> None:
        """Without a calendar there is neither working time nor a business day."""
        with pytest.raises(ValueError, match="name one"):
            WALL.between(Unit.WORKING_TIME, NOON, NOON)
        with pytest.raises(ValueError, match="name one"):
            WALL.last_day(MONDAY, Target(Unit.BUSINESS_DAYS, 1))

    def test_elapsed_time_is_on_the_utc_line(self) -> None:
        """Across a change of the clocks 24 elapsed hours are no wall-clock day."""
        start = at("2025-03-29T12:00")

        assert at("2025-03-30T13:00") == WALL.after(Unit.ELAPSED, start, hours(24))
        assert hours(23) == WALL.between(Unit.ELAPSED, start, at("2025-03-30T12:00"))
        assert hours(23) == WALL.between(Unit.CALENDAR_DAYS, start, at("2025-03-30T12:00"))

    @given(
        working_calendars(),
        instants(min_value=date(2025, 1, 1), max_value=date(2025, 12, 31)),
        st.integers(0, 10**11),
    )
    def test_after_and_between_agree(
        self, desk: WorkingCalendar, start: datetime, amount: int
    ) -> None:
        """What lies between an instant and the one an amount later is that amount, in UTC."""
        ruler = Ruler(desk.zone, desk)
        for unit in (Unit.WORKING_TIME, Unit.ELAPSED):
            end = ruler.after(unit, start, amount)

            assert amount == ruler.between(unit, start, end)
            assert UTC is end.tzinfo

    def test_beside_a_deadline_working_time_counts(self) -> None:
        """Two hours before Monday 10:00 is Friday 16:00; for elapsed clocks it is 08:00."""
        deadline = june("16 10:00")

        assert june("13 16:00") == UK.beside(Unit.BUSINESS_DAYS, deadline, -hours(2))
        assert june("16 08:00") == UK.beside(Unit.ELAPSED, deadline, -hours(2))
        assert june("16 08:00") == WALL.beside(Unit.CALENDAR_DAYS, deadline, -hours(2))

    def test_beside_never_before_the_earliest(self) -> None:
        """A warning longer before the deadline than the clock runs comes with the start."""
        young = Ruler(LONDON, calendar(since=date(2025, 6, 9)))
        deadline, start = june("10 10:00"), june("09 15:00")

        assert start == UK.beside(Unit.WORKING_TIME, deadline, -hours(4), earliest=start)
        assert june("09 16:00") == UK.beside(Unit.WORKING_TIME, deadline, -hours(2), earliest=start)
        # This calendar does not reach so far back at all.
        assert start == young.beside(Unit.WORKING_TIME, deadline, -hours(400), earliest=start)
        for earliest, offset in ((None, -hours(400)), (start, hours(10**7))):
            with pytest.raises(OverflowError):
                young.beside(Unit.WORKING_TIME, deadline, offset, earliest=earliest)


class TestDays:
    """Last days, and when they end."""

    def test_last_days(self) -> None:
        """Day 0 is not counted; months clamp; a last day that is no business day may roll."""
        eight = Target(Unit.CALENDAR_DAYS, 5)

        assert SATURDAY == UK.last_day(MONDAY, eight)
        for roll, expected in (("following", 16), ("preceding", 13), ("none", 14)):
            target = Target(Unit.CALENDAR_DAYS, 5, roll=roll)  # type: ignore[arg-type]

            assert date(2025, 6, expected) == UK.last_day(MONDAY, target)
            assert SATURDAY == UK.base_day(MONDAY, target)
        assert date(2025, 6, 16) == UK.last_day(MONDAY, Target(Unit.BUSINESS_DAYS, 5))
        assert date(2025, 2, 28) == WALL.last_day(
            date(2024, 12, 31), Target(Unit.CALENDAR_DAYS, 0, 2)
        )

    def test_days_are_shifted_and_counted_in_the_unit(self) -> None:
        """Three business days after Thursday is Tuesday; calendar days pass weekends."""
        thursday, tuesday = date(2025, 6, 12), date(2025, 6, 17)

        assert tuesday == UK.shift(Unit.BUSINESS_DAYS, thursday, 3)
        assert tuesday == UK.shift(Unit.CALENDAR_DAYS, thursday, 5)
        assert 3 == UK.days_between(Unit.BUSINESS_DAYS, thursday, tuesday)
        assert -5 == UK.days_between(Unit.CALENDAR_DAYS, tuesday, thursday)

    def test_a_day_ends_with_its_business_or_with_itself(self) -> None:
        """Close of business is in time; the end of a day is the first instant after it, and late."""
        closing = Deadline(june("13 17:00"), inclusive=True)
        ending = Deadline(june("14 00:00"), inclusive=False)

        assert closing == UK.deadline(FRIDAY, "close-of-business")
        assert ending == UK.deadline(FRIDAY, "end-of-day")
        assert ending == WALL.deadline(FRIDAY, "close-of-business")
        assert ending == ROUND_THE_CLOCK.deadline(FRIDAY, "close-of-business")
        assert Deadline(june("15 00:00"), inclusive=False) == UK.deadline(
            SATURDAY, "close-of-business"
        )

    def test_hours_of_the_bank_close_the_business_days_of_a_country(self) -> None:
        """Business days by one calendar, hours by another."""
        country = calendar({"hours": "always"})
        ruler = Ruler(LONDON, country, calendar())

        assert june("13 17:00") == ruler.deadline(FRIDAY, "close-of-business").instant

    def test_a_country_calendar_of_another_zone_closes_nothing_early(self) -> None:
        """Business days up to 24:00 of New York end with the day of the bank's own zone."""
        zone = "America/Los_Angeles"
        ruler = Ruler(zone, calendar({"hours": "always", "zone": "America/New_York"}))
        expected = Deadline(at("2025-06-14T00:00", zone), inclusive=False)

        assert expected == ruler.deadline(FRIDAY, "close-of-business")

    def test_a_midnight_that_does_not_exist(self) -> None:
        """The last day in Cairo ends where the next one begins: at 01:00."""
        found = Ruler("Africa/Cairo").deadline(date(2025, 4, 24), "end-of-day")

        assert Deadline(datetime(2025, 4, 24, 22, tzinfo=UTC), inclusive=False) == found

    def test_a_day_counts_if_the_clock_runs_at_its_close(self) -> None:
        """Pauses over the close miss the day; ends on the close, in time and late, go each its way."""
        target = Target(Unit.BUSINESS_DAYS, 5, close="close-of-business")

        def missed(start: str, end: str, kind: Target = target) -> int:
            return UK.missed(kind, MONDAY, june(start), june(end))

        assert 0 == missed("10 10:00", "10 16:59")
        # At 17:00 itself the day is still open to answers, and so the clock must run then.
        assert 0 == missed("10 10:00", "10 17:00")
        assert 1 == missed("10 10:00", "10 17:01")
        assert 1 == missed("10 17:00", "10 18:00")
        assert 0 == missed("10 17:01", "11 16:00")
        assert 0 == missed("09 10:00", "10 10:00")
        assert 1 == missed("13 10:00", "16 10:00")
        end_of_day = Target(Unit.CALENDAR_DAYS, 5)

        # The end of a day is late itself: the day needs the clock up to it, not at it.
        assert 1 == missed("10 10:00", "11 00:00", end_of_day)
        assert 0 == missed("11 00:00", "11 23:59", end_of_day)
        assert 3 == missed("13 10:00", "16 10:00", end_of_day)

    def test_very_long_pauses_cost_nothing(self) -> None:
        """Days are counted, not walked: a pause of seven thousand years."""
        start, end = datetime(2025, 6, 9, tzinfo=UTC), datetime(9000, 6, 9, tzinfo=UTC)

        assert (end - start).days == WALL.missed(
            Target(Unit.CALENDAR_DAYS, 1), date(2025, 6, 1), start, end
        )


class TestKnowing:
    """What a deadline depends on, and whether that is known."""

    def test_calendars_of_a_target(self) -> None:
        """Only what counts, rolls or closes by a calendar depends on one."""
        country, bank = calendar({"hours": "always"}), calendar()
        ruler = Ruler(LONDON, country, bank)
        close = Target(Unit.CALENDAR_DAYS, 5, close="close-of-business")

        assert (country,) == ruler.calendars(Target(Unit.WORKING_TIME, 5))
        assert (country,) == ruler.calendars(Target(Unit.BUSINESS_DAYS, 5))
        assert (country,) == ruler.calendars(Target(Unit.CALENDAR_DAYS, 5, roll="following"))
        assert () == ruler.calendars(Target(Unit.CALENDAR_DAYS, 5))
        assert () == ruler.calendars(Target(Unit.ELAPSED, 5))
        assert (bank,) == ruler.calendars(close)
        assert (bank,) == Ruler(LONDON, bank).calendars(close)
        assert () == WALL.calendars(close)

    def test_provisional_beyond_what_is_known(self) -> None:
        """A day after the last one whose public holidays are known; never without a calendar."""
        known = date(2025, 12, 31)
        ruler = Ruler(LONDON, calendar(days={"days": [], "known_through": known}))

        assert not ruler.provisional(known)
        assert ruler.provisional(known + timedelta(days=1))
        assert ruler.provisional(at("2026-01-01T00:00"))
        assert not WALL.provisional(date(2999, 1, 1))
        assert not Ruler(LONDON, calendar(since=SINCE)).provisional(known)
