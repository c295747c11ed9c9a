"""Calendar arithmetic: months, periods, durations, zones and the first instant of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pendulum
import pytest
from effort import some
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bankservice.core.calendar import (
    LeapDayRule,
    Period,
    add_months,
    age_on,
    aware,
    civil,
    days,
    days_between,
    in_utc,
    instant,
    last_of_month,
    local_day,
    midnight,
    months_between,
    parse_duration,
    zone_of,
)
from bankservice.core.errors import UnknownNameError

# `localtime` is the machine's own zone, not one of the IANA data.
ZONES = tuple(sorted(available_timezones() - {"localtime"}))
MICRO = timedelta(microseconds=1)

any_day = st.dates()
near_days = st.dates(date(1890, 1, 1), date(2110, 12, 31))
zone_names = st.sampled_from(ZONES)
offsets = st.integers(-23 * 60, 23 * 60).map(lambda count: timezone(timedelta(minutes=count)))
moments = st.datetimes(
    datetime(1800, 1, 3),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2200, 12, 29),  # noqa: DTZ001
    timezones=offsets,
)
numbers = st.integers(0, 10**9)
short_days = st.integers(0, 9_999)


def walked(day: date, months: int) -> date:
    """Return *day* plus *months* the slow way: one month at a time, then back to a real day."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


class TestMonths:
    """Months are counted from the anchor and clamp to the month's end."""

    @given(near_days, st.integers(-600, 600))
    def test_adding_months_is_walking_them_and_clamping_once(self, day: date, months: int) -> None:
        """The result is the same day of the month, or the last day of a shorter month."""
        assert walked(day, months) == add_months(day, months)

    @given(any_day, st.integers())
    def test_a_result_outside_the_calendar_is_refused(self, day: date, months: int) -> None:
        """A result before year 1 or after year 9999 raises; every other one is given."""
        index = day.year * 12 + day.month - 1 + months
        if 12 <= index < 120_000:
            moved = add_months(day, months)

            assert index == moved.year * 12 + moved.month - 1
        else:
            with pytest.raises(OverflowError, match="dates end in 9999"):
                add_months(day, months)

    @pytest.mark.parametrize(
        ("months", "wanted"),
        [
            (1, date(2026, 2, 28)),
            (2, date(2026, 3, 31)),
            (25, date(2028, 2, 29)),
            (-2, date(2025, 11, 30)),
            (0, date(2026, 1, 31)),
        ],
    )
    def test_the_last_of_january_comes_back_where_a_month_is_long(
        self, months: int, wanted: date
    ) -> None:
        """31 January plus two months is 31 March, although plus one is 28 February."""
        assert wanted == add_months(date(2026, 1, 31), months)

    @given(near_days, near_days)
    @example(date(2024, 2, 29), date(2025, 2, 28))
    @example(date(2026, 1, 31), date(2026, 2, 28))
    def test_months_between_is_the_largest_count_that_fits(self, one: date, two: date) -> None:
        """For a <= b it is the largest n with add_months(a, n) <= b."""
        start, end = sorted((one, two))
        count = months_between(start, end)

        assert add_months(start, count) <= end < add_months(start, count + 1)

    @given(near_days, st.integers(0, 40))
    def test_months_between_agrees_with_counting_up(self, start: date, span: int) -> None:
        """Counting month by month from the start gives the same number, on every day of a span."""
        for more in range(0, 32, 5):
            end = walked(start, span) + timedelta(days=more)
            count = 0
            while walked(start, count + 1) <= end:
                count += 1

            assert count == months_between(start, end)

    @given(any_day, any_day)
    def test_counting_backwards_is_the_negative(self, one: date, two: date) -> None:
        """Swapping the days negates the count."""
        assert -months_between(one, two) == months_between(two, one)

    @given(any_day, any_day, any_day)
    def test_a_later_end_never_counts_fewer_months(self, start: date, a: date, b: date) -> None:
        """The count does not fall as the end moves on."""
        first, second = sorted((a, b))

        assert months_between(start, first) <= months_between(start, second)

    @pytest.mark.parametrize(
        ("start", "end", "wanted"),
        [
            # pendulum says 2 for the first and a whole year more for the second.
            (date(2025, 7, 23), date(2025, 9, 22), 1),
            (date(2009, 11, 30), date(2027, 11, 29), 215),
            (date(2026, 1, 31), date(2026, 2, 27), 0),
            (date(2026, 1, 31), date(2026, 2, 28), 1),
            (date(2026, 2, 28), date(2026, 3, 31), 1),
            (date(2024, 2, 29), date(2028, 2, 28), 47),
        ],
    )
    def test_counts_others_get_wrong(self, start: date, end: date, wanted: int) -> None:
        """Known wrong answers of date libraries are right here."""
        assert wanted == months_between(start, end)

    @given(any_day)
    def test_the_last_of_a_month_is_the_day_before_the_next_begins(self, day: date) -> None:
        """It lies in the same month, and the day after it does not."""
        last = last_of_month(day)

        assert (day.year, day.month) == (last.year, last.month)
        assert last == date.max or (last + timedelta(days=1)).day == 1


class TestDays:
    """Days are counted from the start (counted) to the end (not counted)."""

    @given(any_day, any_day)
    def test_days_between_is_the_difference(self, one: date, two: date) -> None:
        """The count has a sign and agrees with subtraction."""
        assert (two - one).days == days_between(one, two)

    @given(any_day, st.integers(-5, 40))
    def test_every_day_once_and_the_end_left_out(self, start: date, span: int) -> None:
        """The days are consecutive and as many as the span; none where it is not positive."""
        assume(0 < start.toordinal() + span <= date.max.toordinal())
        end = date.fromordinal(start.toordinal() + span)
        seen = list(days(start, end))

        assert max(span, 0) == len(seen)
        assert [start + timedelta(days=index) for index in range(len(seen))] == seen


class TestAge:
    """Age is in whole years; a leap-day birthday moves as the caller says."""

    @given(near_days, st.integers(0, 120))
    def test_nobody_is_older_the_day_before_the_birthday(self, born: date, years: int) -> None:
        """Age grows by one on the birthday and not a day earlier."""
        assume((born.month, born.day) != (2, 29))
        birthday = born.replace(year=born.year + years)

        assert years == age_on(born, birthday)
        if years:
            assert years - 1 == age_on(born, birthday - timedelta(days=1))

    @given(
        near_days, st.integers(0, 40_000), st.sampled_from(["first-of-march", "end-of-february"])
    )
    def test_age_is_the_number_of_birthdays_past(
        self, born: date, span: int, rule: LeapDayRule
    ) -> None:
        """Counting birthdays one by one gives the age, under either leap-day rule."""
        day = born + timedelta(days=span)
        birthdays = 0
        for year in range(born.year + 1, day.year + 1):
            try:
                birthday = born.replace(year=year)
            except ValueError:
                birthday = date(year, 3, 1) if rule == "first-of-march" else date(year, 2, 28)
            birthdays += birthday <= day

        assert birthdays == age_on(born, day, leap_day=rule)

    @pytest.mark.parametrize(
        ("day", "march", "february"),
        [
            (date(2018, 2, 27), 17, 17),
            (date(2018, 2, 28), 17, 18),
            (date(2018, 3, 1), 18, 18),
            (date(2020, 2, 28), 19, 19),
            (date(2020, 2, 29), 20, 20),
        ],
    )
    def test_the_two_leap_day_rules(self, day: date, march: int, february: int) -> None:
        """In a common year they differ on 28 February only; in a leap year never."""
        born = date(2000, 2, 29)

        assert (march, february) == (
            age_on(born, day),
            age_on(born, day, leap_day="end-of-february"),
        )

    def test_a_seventeen_year_old_is_not_eighteen(self) -> None:
        """The day before the eighteenth birthday at a month's end is still seventeen."""
        assert 17 == age_on(date(2009, 11, 30), date(2027, 11, 29))

    def test_a_day_before_birth_is_refused(self) -> None:
        """There is no negative age; the message names both days."""
        with pytest.raises(ValueError, match="2009-11-29 is before the birth date 2009-11-30"):
            age_on(date(2009, 11, 30), date(2009, 11, 29))


class TestPeriod:
    """A period is months, then days, from the anchor."""

    @given(near_days, st.integers(0, 240), st.integers(0, 400))
    def test_months_are_added_first_and_clamped_once(
        self, day: date, months: int, more: int
    ) -> None:
        """The result is the clamped month plus the days."""
        assert walked(day, months) + timedelta(days=more) == Period(months, more).after(day)

    def test_the_anchor_is_never_iterated(self) -> None:
        """One period of two months is not two periods of one month, and after never drifts."""
        anchor = date(2026, 1, 31)
        monthly = [Period(months=count).after(anchor) for count in range(1, 5)]

        assert [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)] == (
            monthly
        )
        assert Period(months=1).after(Period(months=1).after(anchor)) != monthly[1]

    @given(short_days, short_days, short_days, short_days)
    def test_text_is_read_part_by_part(
        self, years: int, months: int, weeks: int, more: int
    ) -> None:
        """Years are twelve months and weeks seven days, whatever parts are written."""
        text = f"P{years}Y{months}M{weeks}W{more}D"

        assert Period(years * 12 + months, weeks * 7 + more) == Period.parse(text)

    @given(numbers, numbers)
    def test_what_is_written_is_read_back(self, months: int, more: int) -> None:
        """Reading the text of a period gives an equal period, also the empty one."""
        period = Period(months, more)

        assert period == Period.parse(str(period))

    @pytest.mark.parametrize(
        ("text", "period"),
        [
            ("P6M", Period(months=6)),
            ("P14D", Period(days=14)),
            ("P1Y", Period(months=12)),
            ("P2W", Period(days=14)),
            ("P0D", Period()),
            ("P0Y", Period()),
        ],
    )
    def test_single_parts(self, text: str, period: Period) -> None:
        """Each part may stand alone."""
        assert period == Period.parse(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "P",
            "6M",
            "p6m",
            "P6",
            "PM",
            "P-6M",
            "-P6M",
            "+P6M",
            "P1.5M",
            "P1,5M",
            "PT6H",
            "P1DT6H",
            "P1M1Y",
            "P6M ",
            " P6M",
            "P6M\n",
            "P 6M",
            "P1_0M",
            "P\uff16M",
            "P\u0666M",
            "六个月",
        ],
    )
    def test_any_other_text_is_refused(self, text: str) -> None:
        """Signs, fractions, times of day, blanks, wrong order and other digits are no period."""
        with pytest.raises(ValueError, match="is not a period of years, months, weeks or days"):
            Period.parse(text)

    @pytest.mark.parametrize("part", [-1, 1.0, True, "6", None])
    def test_its_parts_are_whole_and_not_negative(self, part: Any) -> None:
        """What could not be written as text and read back cannot be built."""
        for wrong in ({"months": part}, {"days": part}):
            with pytest.raises(ValueError, match="whole months and days from 0 up"):
                Period(**wrong)

    def test_only_the_empty_period_is_false(self) -> None:
        """A period is true when it moves a day."""
        assert [False, True, True] == [bool(Period()), bool(Period(1)), bool(Period(0, 1))]

    def test_a_month_is_not_comparable_with_days(self) -> None:
        """Periods have no order: a month may be longer or shorter than thirty days."""
        month: Any = Period(months=1)
        with pytest.raises(TypeError):
            sorted([month, Period(days=30)])

        assert month != Period(days=30)

    @given(any_day)
    def test_the_empty_period_moves_nothing(self, day: date) -> None:
        """Adding nothing gives the day itself, at the ends of the calendar too."""
        assert day == Period().after(day)

    def test_a_period_past_the_calendar_is_refused(self) -> None:
        """A day after year 9999 raises, whether months or days lead there."""
        for period in (Period(months=1), Period(days=1), Period(months=10**12)):
            with pytest.raises(OverflowError):
                period.after(date(9999, 12, 31))


class TestDuration:
    """A duration is elapsed time in whole microseconds."""

    @given(
        st.sampled_from(["", "+", "-"]), numbers, numbers, numbers, numbers, st.integers(0, 999_999)
    )
    def test_parts_add_up(
        self, sign: str, many: int, hours: int, minutes: int, seconds: int, micro: int
    ) -> None:
        """Days are 24 hours; the sign counts for the whole."""
        text = f"{sign}P{many}DT{hours}H{minutes}M{seconds}.{micro:06d}S"
        whole = ((many * 24 + hours) * 60 + minutes) * 60 + seconds
        wanted = whole * 1_000_000 + micro

        assert (-wanted if sign == "-" else wanted) == parse_duration(text)

    @given(st.timedeltas(timedelta(0), timedelta(days=999_999)))
    def test_it_agrees_with_timedelta(self, span: timedelta) -> None:
        """Writing a timedelta as days, seconds and microseconds and reading it loses nothing."""
        text = f"P{span.days}DT{span.seconds}.{span.microseconds:06d}S"

        assert span // MICRO == parse_duration(text)

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("PT0S", 0),
            ("-PT0S", 0),
            ("P1D", 86_400_000_000),
            ("PT8H", 28_800_000_000),
            ("PT30M", 1_800_000_000),
            ("PT0.5S", 500_000),
            ("PT0.000001S", 1),
            ("-PT0.05S", -50_000),
            ("PT36H", 129_600_000_000),
            ("P1DT30M", 88_200_000_000),
            ("+PT4H", 14_400_000_000),
        ],
    )
    def test_single_parts(self, text: str, wanted: int) -> None:
        """Each part may stand alone, and a fraction of a second is read digit by digit."""
        assert wanted == parse_duration(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "P",
            "-P",
            "PT",
            "P1DT",
            "PT8",
            "8H",
            "P8H",
            "PT1.5H",
            "PT1,5S",
            "PT.5S",
            "PT1.S",
            "PT0.0000001S",
            "P1M",
            "P1W",
            "P1Y",
            "--PT1S",
            "PT-1S",
            "PT1M1H",
            "PT8H\n",
            " PT8H",
            "PT\uff18H",
        ],
    )
    def test_any_other_text_is_refused(self, text: str) -> None:
        """Months, weeks, blanks, fractions of an hour and other digits are no duration."""
        with pytest.raises(ValueError, match="is not a duration like 'PT8H'"):
            parse_duration(text)


class NoOffset(tzinfo):
    """A zone object that knows no offset: datetimes with it are as naive as those without."""

    def utcoffset(self, _: datetime | None) -> None:
        """Return nothing."""

    def dst(self, _: datetime | None) -> None:
        """Return nothing."""

    def tzname(self, _: datetime | None) -> str:
        """Return a name, so that only the offset is missing."""
        return "nowhere"


class TestZones:
    """Zones go by their IANA names; the machine's own zone is not one."""

    @given(zone_names)
    def test_every_iana_name_is_known(self, name: str) -> None:
        """A zone is found under its own name, and asked for again it is the same object."""
        assert name == zone_of(name).key
        assert zone_of(name) is zone_of(name)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "Asia",
            "Asia/",
            "Asia/Nowhere",
            "../etc/passwd",
            "/etc/localtime",
            "Asia/../Asia/Shanghai",
            "zone.tab",
            "a\0b",
            "\ud800",
            "x" * 300,
            "+08:00",
            "北京",
        ],
    )
    def test_anything_else_is_no_zone(self, name: str) -> None:
        """Folders, paths, offsets, control characters and over-long names are refused."""
        with pytest.raises(UnknownNameError) as caught:
            zone_of(name)

        assert ("time zone", name) == (caught.value.kind, caught.value.name)

    def test_a_slip_of_the_pen_is_told_the_near_name(self) -> None:
        """The name meant comes first."""
        with pytest.raises(UnknownNameError) as caught:
            zone_of("Asia/Shangai")

        assert "Asia/Shanghai" == caught.value.near[0]

    def test_the_machine_s_own_zone_is_refused(self) -> None:
        """`localtime` would give another answer on another machine, so it is no zone here."""
        with pytest.raises(UnknownNameError):
            zone_of("localtime")


class TestAware:
    """A time without a zone says nothing about its day."""

    @given(moments)
    def test_an_aware_time_passes_unchanged(self, moment: datetime) -> None:
        """The very object comes back."""
        assert aware(moment) is moment

    @pytest.mark.parametrize("zone", [None, NoOffset()])
    def test_a_naive_time_is_refused_everywhere(self, zone: tzinfo | None) -> None:
        """No function guesses a zone, also where a zone object knows no offset."""
        naive = datetime(2026, 6, 30, 23, 30, tzinfo=zone)

        for refuse in (aware, in_utc, instant, lambda moment: local_day(moment, "Asia/Shanghai")):
            with pytest.raises(ValueError, match=r"2026-06-30T23:30:00 has no time zone"):
                refuse(naive)

    def test_a_pendulum_time_is_welcome(self) -> None:
        """Pendulum values are datetimes and work as such."""
        assert date(2026, 7, 1) == local_day(
            pendulum.datetime(2026, 6, 30, 16, 0, tz="UTC"), "Asia/Shanghai"
        )


class TestUtc:
    """In UTC equal instants are equal values."""

    @given(moments, zone_names)
    def test_the_instant_stays_and_everything_else_goes(self, moment: datetime, zone: str) -> None:
        """Whatever the zone or the class, a plain datetime in UTC comes out, once and for all."""
        shown = pendulum.instance(moment).in_timezone(zone)
        for held in (moment, moment.astimezone(ZoneInfo(zone)), shown):
            utc = in_utc(held)

            assert moment == utc
            assert (datetime, UTC) == (type(utc), utc.tzinfo)
            assert in_utc(utc) is utc

    def test_an_hour_that_comes_twice_is_told_apart(self) -> None:
        """The two half past twos of an autumn night are an hour apart."""
        wall = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))

        assert timedelta(hours=1) == in_utc(wall.replace(fold=1)) - in_utc(wall)

    def test_a_pendulum_time_in_utc_becomes_a_plain_one(self) -> None:
        """Being in UTC already is not enough."""
        for zone in (UTC, pendulum.UTC):
            utc = in_utc(pendulum.DateTime(2026, 6, 30, 16, tzinfo=zone))

            assert datetime(2026, 6, 30, 16, tzinfo=UTC) == utc
            assert (datetime, UTC) == (type(utc), utc.tzinfo)


class TestLocalDay:
    """The zone asked decides the day, never the offset the instant came with."""

    @given(moments, offsets, zone_names)
    def test_the_instant_s_own_offset_never_matters(
        self, moment: datetime, offset: timezone, zone: str
    ) -> None:
        """One instant written with any offset falls on one day."""
        assert local_day(moment, zone) == local_day(moment.astimezone(offset), zone)

    @given(moments, zone_names, st.times())
    def test_from_the_cut_off_on_it_is_the_next_day(
        self, moment: datetime, zone: str, cut_off: time
    ) -> None:
        """At the cut-off and after it the next day counts; before it the day itself."""
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        after = wall >= datetime.combine(wall.date(), cut_off)

        assert wall.date() + timedelta(days=after) == local_day(moment, zone, cut_off=cut_off)

    @pytest.mark.parametrize(
        ("minute", "second", "wanted"),
        [(59, 59, date(2026, 6, 30)), (0, 0, date(2026, 7, 1)), (0, 1, date(2026, 7, 1))],
    )
    def test_the_cut_off_is_inclusive(self, minute: int, second: int, wanted: date) -> None:
        """17:00:00 with a cut-off at five already belongs to the next day."""
        hour = 17 if minute == 0 else 16
        moment = datetime(2026, 6, 30, hour, minute, second, tzinfo=ZoneInfo("Asia/Shanghai"))

        assert wanted == local_day(moment, "Asia/Shanghai", cut_off=time(17))

    def test_an_unknown_zone_is_refused(self) -> None:
        """A wrong zone is the caller's mistake, not UTC."""
        with pytest.raises(UnknownNameError):
            local_day(datetime(2026, 6, 30, tzinfo=UTC), "Asia/Shangai")


def assert_first_instant(day: date, zone: str) -> None:
    """Assert that `midnight` is the first instant of *day*, or of what follows a skipped day."""
    home = ZoneInfo(zone)
    first = midnight(day, zone)
    seen = {(first - timedelta(minutes=count)).astimezone(home).date() for count in range(1, 1500)}

    assert UTC == first.tzinfo
    assert day <= first.astimezone(home).date()
    assert day > (first - MICRO).astimezone(home).date()
    assert day not in seen


class TestMidnight:
    """A day begins at its first instant, where a clock change removes midnight too."""

    @settings(max_examples=some(40))
    @given(st.dates(date(1850, 1, 2), date(2100, 12, 30)))
    @example(date(2025, 4, 25))
    @example(date(2025, 9, 7))
    @example(date(2011, 12, 30))
    @example(date(1919, 3, 31))
    def test_no_instant_of_the_day_comes_before_it_in_any_zone(self, day: date) -> None:
        """In every IANA zone the first instant is on the day and the one before it is not."""
        for zone in ZONES:
            home = ZoneInfo(zone)
            first = midnight(day, zone)

            assert day <= first.astimezone(home).date(), zone
            assert day > (first - MICRO).astimezone(home).date(), zone

    @given(near_days, zone_names)
    def test_it_is_the_first_of_all_instants_of_the_day(self, day: date, zone: str) -> None:
        """No minute of the 25 hours before it falls on the day."""
        assert_first_instant(day, zone)

    @pytest.mark.parametrize(
        ("zone", "day", "wanted"),
        [
            # Clocks went from 00:00 to 01:00: the day begins at 01:00.
            ("Africa/Cairo", date(2025, 4, 25), datetime(2025, 4, 24, 22, tzinfo=UTC)),
            ("America/Santiago", date(2025, 9, 7), datetime(2025, 9, 7, 4, tzinfo=UTC)),
            ("Asia/Beirut", date(2024, 3, 31), datetime(2024, 3, 30, 22, tzinfo=UTC)),
            # From 23:30 to 00:30: the gap begins on the day before.
            ("America/Toronto", date(1919, 3, 31), datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
            # The whole day was skipped: it begins, and ends, where the next day begins.
            ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
            ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
            # From 01:00 back to 00:00: midnight comes twice and the earlier one counts.
            ("America/Havana", date(2025, 11, 2), datetime(2025, 11, 2, 4, tzinfo=UTC)),
            # From 00:01 back to 23:01: the day begins, is left and begins again.
            ("America/St_Johns", date(2010, 11, 7), datetime(2010, 11, 7, 2, 30, tzinfo=UTC)),
            ("Asia/Shanghai", date(2026, 7, 1), datetime(2026, 6, 30, 16, tzinfo=UTC)),
            ("UTC", date(2026, 7, 1), datetime(2026, 7, 1, tzinfo=UTC)),
        ],
    )
    def test_clock_changes_at_midnight(self, zone: str, day: date, wanted: datetime) -> None:
        """Known changes at midnight give the instant the tz data says."""
        assert wanted == midnight(day, zone)
        assert_first_instant(day, zone)

    @given(st.dates(date(1850, 1, 2), date(2100, 12, 30)), zone_names)
    def test_days_begin_in_order(self, day: date, zone: str) -> None:
        """A day never begins after the next one does."""
        assert midnight(day, zone) <= midnight(day + timedelta(days=1), zone)

    def test_an_unknown_zone_is_refused(self) -> None:
        """A wrong zone has no days."""
        with pytest.raises(UnknownNameError):
            midnight(date(2026, 7, 1), "Asia/Shangai")


class TestEdge:
    """Values that leave the library are pendulum's and equal to what went in."""

    @given(any_day)
    def test_a_civil_day_is_the_same_day(self, day: date) -> None:
        """A pendulum date equals and hashes as the date it was made from."""
        given_out = civil(day)

        assert isinstance(given_out, pendulum.Date)
        assert (day, hash(day)) == (given_out, hash(given_out))

    @given(moments, zone_names)
    def test_an_instant_stays_the_same_instant_in_any_zone(
        self, moment: datetime, zone: str
    ) -> None:
        """Only the zone it is shown in changes."""
        given_out = instant(moment, zone)

        assert isinstance(given_out, pendulum.DateTime)
        assert moment.astimezone(UTC) == given_out.astimezone(UTC)
        assert moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == given_out.naive()

    @given(st.datetimes(datetime(1800, 1, 3), datetime(2200, 1, 1)), zone_names, st.integers(0, 1))  # noqa: DTZ001
    @example(datetime(1912, 1, 1), "Africa/Abidjan", 0)  # noqa: DTZ001 - in a gap of 16:08
    def test_a_wall_time_of_any_zone_keeps_its_instant(
        self, wall: datetime, zone: str, fold: int
    ) -> None:
        """Zones whose offset has seconds, and hours that come twice, lose nothing."""
        moment = wall.replace(tzinfo=ZoneInfo(zone), fold=fold)

        assert moment.astimezone(UTC) == instant(moment).astimezone(UTC)

    def test_an_unknown_zone_is_refused_by_our_own_error(self) -> None:
        """The near name is offered here as everywhere."""
        with pytest.raises(UnknownNameError, match="Asia/Shanghai"):
            instant(datetime(2026, 6, 30, tzinfo=UTC), "Asia/Shangai")
