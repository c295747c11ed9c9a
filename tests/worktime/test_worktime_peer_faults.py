"""
What users of other libraries and case tools reported about working time, each as a test.

Named after the thread it was reported in. Faults of clocks (pausing, reopening, alerts) are proved
where the clocks are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bankservice.core.errors import PolicyError
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.worktime import SHELF, WorkingCalendar, add

HOUR = 3_600_000_000
SECOND = 1_000_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WEEKDAYS, "sat", "sun")
SOURCE = {"text": "the tests", "clause": "1", "checked": "own"}


def week(*spans: str, days: tuple[str, ...] = WEEKDAYS) -> dict[str, list[str]]:
    """Return the same hours for each of some days."""
    return {day: list(spans) for day in days}


def policy(days: Mapping[str, Any] | None = None, **table: Any) -> Policy[WorkingCalendar]:
    """Return a calendar; London nine to five where nothing else is said."""
    shelf = SHELF
    linked: dict[str, Any] = {}
    if days is not None:
        raw = {
            "id": "holidays/of-the-tests",
            "kind": "worktime.holidays",
            "version": [{"since": date(1970, 1, 1), "source": SOURCE, **days}],
        }
        shelf = SHELF.with_policies([read_policy(raw, "holidays", SHELF.kinds, SHELF)])
        linked["public_holidays"] = {"country": "of-the-tests"}
    usual = {"zone": "Europe/London", "hours": week("09:00-17:00"), **linked}
    version = {"since": date(1970, 1, 1), "source": SOURCE, **usual, **table}
    raw = {"id": "acme/desk", "kind": "worktime.calendar", "version": [version]}
    return read_policy(raw, "a calendar", shelf.kinds, shelf)


def calendar(days: Mapping[str, Any] | None = None, **table: Any) -> WorkingCalendar:
    """Return its parameters."""
    return policy(days, **table).versions[0].parameters


def at(text: str, zone: str = "Europe/London") -> datetime:
    """Return a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def off(*days: date) -> dict[str, Any]:
    """Return public holidays."""
    return {"days": [{"on": day} for day in days]}


class TestStartsAndEdges:
    """Off hours, opening and closing edges."""

    def test_zammad_390_created_after_hours(self) -> None:
        """Counting starts at the next opening, and the explanation lists the holiday between."""
        desk = policy(off(date(2025, 6, 10)), hours=week("09:00-21:00"))
        decision = add(desk, start=at("2025-06-09T23:00"), amount="PT1H")

        assert at("2025-06-11T10:00") == decision.outcome.at
        assert "Jun 10, 2025 is no business day: public holiday" in decision.explain("en")

    def test_glpi_687_created_out_of_hours_gets_zero(self) -> None:
        """From Saturday to Monday 10:00 there is one hour, not none."""
        assert HOUR == calendar().between(at("2025-06-07T12:00"), at("2025-06-09T10:00"))

    def test_businesstime_13_26_both_ends_after_hours(self) -> None:
        """From Friday 18:00 to Monday 18:00 there are eight hours."""
        assert 8 * HOUR == calendar().between(at("2025-06-06T18:00"), at("2025-06-09T18:00"))

    def test_businesstime_3_7_the_first_instant_of_the_day_counts(self) -> None:
        """From opening to opening is exactly a day, and after closing nothing is lost."""
        desk = calendar(hours=week("09:00-16:00"))

        assert 8 * HOUR == calendar().between(at("2025-06-09T09:00"), at("2025-06-10T09:00"))
        assert 7 * HOUR == desk.between(at("2025-06-09T09:00"), at("2025-06-09T16:01"))

    def test_zammad_3180_round_the_clock_has_no_gap_at_midnight(self) -> None:
        """Two hours from 23:00 end at 01:00 sharp."""
        desk = calendar(hours=week("00:00-24:00", days=EVERY_DAY))

        assert at("2025-06-11T01:00") == desk.add(at("2025-06-10T23:00"), 2 * HOUR)
        assert desk.is_open(at("2025-06-10T23:59:59.999999"))

    def test_zammad_2497_biz_33_closing_at_00_00(self) -> None:
        """An interval to 00:00 is refused with the right way to write it; there is no loop."""
        with pytest.raises(PolicyError, match="24:00 where the day's end is meant"):
            calendar(hours={"mon": ["09:00-00:00"]})

    def test_businesstimedelta_6_start_after_end(self) -> None:
        """A night in one interval is refused; in two it is never negative."""
        with pytest.raises(PolicyError, match="an interval within one day"):
            calendar(hours={"mon": ["22:00-06:00"]})
        desk = calendar(hours={"mon": ["22:00-24:00"], "tue": ["00:00-06:00"]})

        assert 8 * HOUR == desk.between(at("2025-06-09T22:00"), at("2025-06-10T06:00"))

    def test_businesstimedelta_break_touching_closing_time(self) -> None:
        """Nine to five without the hour from four are seven hours a day."""
        desk = calendar(hours=week("09:00-16:00"))

        assert 7 * HOUR == desk.between(at("2025-06-09T00:00"), at("2025-06-10T00:00"))

    def test_glpi_hold_at_the_last_second(self) -> None:
        """At closing nothing added is closing, and a second is the first of the next day."""
        closing = at("2025-06-09T17:00")

        assert closing == calendar().add(closing, 0)
        assert at("2025-06-10T09:00:01") == calendar().add(closing, SECOND)

    def test_glpi_sub_day_unit_switch(self) -> None:
        """23 and 24 hours are of one unit: working time, whatever the size of the number."""
        start = at("2025-06-09T09:00")
        desk = calendar()

        assert HOUR == desk.between(desk.add(start, 23 * HOUR), desk.add(start, 24 * HOUR))
        assert at("2025-06-11T17:00") == desk.add(start, 24 * HOUR)

    @pytest.mark.parametrize("hour", [0, 3, 9, 12, 17, 23])
    def test_working_hours_38_biz_73_day_zero(self, hour: int) -> None:
        """Received on a weekend, one business day on is Monday; deemed received Monday, Tuesday."""
        desk = calendar()

        for day in (7, 8):
            deemed = desk.deemed_day(at(f"2025-06-{day:02}T{hour:02}:00"), time(16))

            assert date(2025, 6, 9) == desk.business_day(date(2025, 6, day), 1)
            assert date(2025, 6, 10) == desk.business_day(deemed, 1)

    def test_holidays_2758_no_business_day_added(self) -> None:
        """None counted from a Saturday is that Saturday, as documented."""
        saturday = date(2025, 6, 7)

        assert saturday == calendar().business_day(saturday, 0)

    def test_osticket_6739_few_open_days(self) -> None:
        """Open on Tuesdays only, ten hours from a Wednesday need the next two Tuesdays."""
        desk = calendar(hours={"tue": ["09:00-17:00"]})

        assert at("2025-06-24T11:00") == desk.add(at("2025-06-11T12:00"), 10 * HOUR)

    def test_osticket_6847_lunch(self) -> None:
        """With lunch between two intervals, eight hours from nine end at six."""
        desk = calendar(hours=week("09:00-13:00", "14:00-18:00"))

        assert at("2025-06-09T18:00") == desk.add(at("2025-06-09T09:00"), 8 * HOUR)

    def test_django_helpdesk_exclusions_delay(self) -> None:
        """Three days with weekends left out: on a Monday only what came by Wednesday qualifies."""
        desk, monday = calendar(), date(2025, 6, 9)
        came = [monday - timedelta(days=back) for back in range(7)]

        assert [date(2025, 6, 4), date(2025, 6, 3)] == [
            day for day in came if desk.business_day(day, 3) <= monday
        ]


class TestZones:
    """Time zones and clock changes."""

    def test_erpnext_38745_the_calendars_zone_counts(self) -> None:
        """One instant gives one answer in whatever zone it is written; without one it is refused."""
        desk, start = calendar(), at("2025-06-06T16:30")

        assert {desk.add(start, 8 * HOUR)} == {
            desk.add(start.astimezone(ZoneInfo(zone)), 8 * HOUR)
            for zone in ("UTC", "Asia/Shanghai", "America/Los_Angeles")
        }
        with pytest.raises(ValueError, match="has no time zone"):
            desk.add(start.replace(tzinfo=None), 8 * HOUR)

    def test_oncall_3261_fixed_offsets_drift(self) -> None:
        """Opening stays at nine by the local clock, and the past is not measured anew."""
        desk = calendar()

        assert at("2025-10-24T09:00") == desk.next_open(at("2025-10-24T00:00"))
        assert at("2025-10-27T09:00") == desk.next_open(at("2025-10-27T00:00"))
        assert HOUR == desk.between(at("2025-06-09T09:00"), at("2025-06-09T10:00"))

    def test_moment_business_time_58_the_hour_that_comes_twice(self) -> None:
        """An hour on from its first 02:00 is its second, not the same instant."""
        zone = "Europe/Amsterdam"
        desk = calendar(zone=zone, hours=week("00:00-10:00", days=EVERY_DAY))
        first = datetime(2022, 10, 30, 0, tzinfo=UTC)
        found = desk.add(first, HOUR)

        assert "2022-10-30T02:00:00+02:00" == first.astimezone(ZoneInfo(zone)).isoformat()
        assert "2022-10-30T02:00:00+01:00" == found.isoformat()
        assert HOUR == desk.between(first, found)

    def test_working_hours_business_duration_night_windows(self) -> None:
        """Midnight to four is three hours in the spring night and five in the autumn one."""
        desk = calendar(hours=week("00:00-04:00", days=EVERY_DAY))

        assert 3 * HOUR == desk.between(at("2025-03-30T00:00"), at("2025-03-30T04:00"))
        assert 5 * HOUR == desk.between(at("2025-10-26T00:00"), at("2025-10-26T04:00"))

    @pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26"])
    def test_vue_business_hours_26_tine20_4916_loops(self, day: str) -> None:
        """Every quarter of a day of a clock change gives an answer."""
        desk = calendar(hours=week("00:30-02:30", days=EVERY_DAY))
        start = at(f"{day}T00:00")

        for quarter in range(96):
            moment = (start.astimezone(UTC)) + timedelta(minutes=15 * quarter)

            assert 9 * HOUR == desk.between(moment, desk.add(moment, 9 * HOUR))
            assert 9 * HOUR == desk.between(desk.add(moment, -9 * HOUR), moment)

    @pytest.mark.parametrize(
        ("zone", "day"),
        [("Africa/Cairo", date(2025, 4, 25)), ("America/Santiago", date(2025, 9, 7))],
    )
    def test_biz_37_midnight_that_does_not_exist(self, zone: str, day: date) -> None:
        """The day before ends at 01:00 by the local clock, once."""
        desk = calendar(zone=zone, hours="always")
        before = day - timedelta(days=1)
        end = desk.end_of(before).astimezone(ZoneInfo(zone))

        assert (day, time(1)) == (end.date(), end.time())
        assert desk.end_of(before) == desk.start_of(day)
        assert 24 * HOUR == desk.between(desk.start_of(before), desk.end_of(before))
        assert 23 * HOUR == desk.between(desk.start_of(day), desk.end_of(day))

    def test_odoo_15746_near_midnight(self) -> None:
        """Round the clock two hours east of UTC, seven hours from 20:00 end at 03:00."""
        zone = "Africa/Johannesburg"
        desk = calendar(zone=zone, hours=week("00:00-24:00", days=EVERY_DAY))

        assert at("2025-06-11T03:00", zone) == desk.add(at("2025-06-10T20:00", zone), 7 * HOUR)

    def test_businesstimedelta_9_holiday_on_the_wrong_date(self) -> None:
        """In Los Angeles, four hours back from 17:00 before a holiday are 13:00 that day."""
        zone = "America/Los_Angeles"
        desk = calendar(off(date(2025, 7, 4)), zone=zone)

        assert at("2025-07-03T13:00", zone) == desk.add(at("2025-07-03T17:00", zone), -4 * HOUR)


class TestHolidays:
    """Holidays, odd days and calendars as a whole."""

    def test_biz_122_working_hours_37_short_day_before_a_holiday(self) -> None:
        """Adding and measuring, forwards and back, all close the eve at noon."""
        eve = {"on": date(2025, 12, 24), "hours": ["09:00-12:00"]}
        desk = calendar(off(date(2025, 12, 25), date(2025, 12, 26)), override=[eve])
        start, end = at("2025-12-24T10:00"), at("2025-12-29T10:00")

        assert end == desk.add(start, 3 * HOUR)
        assert start == desk.add(end, -3 * HOUR)
        assert 3 * HOUR == desk.between(start, end) == -desk.between(end, start)

    def test_cal_106_make_up_working_day(self) -> None:
        """China worked on Sunday 28 September 2025; an override beats weekend and holiday."""
        sunday, holiday = date(2025, 9, 28), date(2025, 10, 1)
        days = {**off(holiday), "make_up": [{"on": sunday}]}
        own = [{"on": holiday, "hours": ["09:00-10:00"]}]
        desk = calendar(days, zone="Asia/Shanghai", override=own)

        assert desk.is_business_day(sunday)
        assert desk.is_business_day(holiday)
        assert not calendar(
            days, zone="Asia/Shanghai", override=[{"on": sunday, "hours": []}]
        ).is_business_day(sunday)

    def test_workalendar_4_year_boundary(self) -> None:
        """Twenty business days from 20 December meet the holidays of both years."""
        both = (date(2024, 12, 25), date(2024, 12, 26), date(2025, 1, 1))
        desk = calendar(off(*both))

        assert date(2025, 1, 22) == desk.business_day(date(2024, 12, 20), 20)
        assert date(2025, 1, 17) == calendar().business_day(date(2024, 12, 20), 20)

    def test_pandas_16867_23542_30593_two_paths(self) -> None:
        """Adding and measuring agree over every holiday, from every quarter of an hour."""
        desk = calendar(off(date(2025, 8, 25)))
        start = at("2025-08-22T00:00")

        for quarter in range(96 * 5):
            moment = start + timedelta(minutes=15 * quarter)

            assert 8 * HOUR == desk.between(moment, desk.add(moment, 8 * HOUR))

    def test_zammad_2574_4037_a_refresh_without_a_change(self) -> None:
        """The same calendar read again is the same calendar, so nothing is to be updated."""
        days = off(date(2025, 8, 25))

        assert policy(days).versions[0].ref == policy(days).versions[0].ref
        assert calendar(days) == calendar(days)
        assert calendar(days) != calendar(off(date(2025, 8, 26)))

    def test_glpi_holiday_range_over_new_year(self) -> None:
        """Days are dates, so a closure from 30 December to 2 January holds all four."""
        first = date(2025, 12, 30)
        closure = [{"on": first + timedelta(days=more), "hours": []} for more in range(4)]
        desk = calendar(override=closure)

        assert not desk.is_business_day(date(2025, 12, 31))
        assert date(2026, 1, 5) == desk.business_day(date(2025, 12, 29), 1)

    def test_zammad_1396_osticket_4807_no_open_time(self) -> None:
        """A calendar that never opens is refused when it is read, by its name."""
        with pytest.raises(PolicyError, match="no open time in acme/desk"):
            calendar(hours={})

    def test_biz_holidays_over_every_open_day(self) -> None:
        """Where holidays cover every open day to the horizon there is an error, not a loop."""
        days = [date(1970, 1, 6) + timedelta(weeks=number) for number in range(12_100)]
        desk = calendar(off(*days), hours={"tue": ["09:00-17:00"]})

        with pytest.raises(OverflowError, match="acme/desk reaches from 1970-01-01 to 2200-12-31"):
            desk.add(at("2025-06-09T09:00"), HOUR)

    def test_biz_63_many_holidays(self) -> None:
        """Holidays of fifty years make the table searched smaller, not larger."""
        start = at("2025-06-09T09:00")
        many = [date(1990 + year, month, 2) for year in range(50) for month in range(1, 13)]
        few, lots = calendar(off(many[0])), calendar(off(*many))

        assert few.add(start, 8 * HOUR) == lots.add(start, 8 * HOUR)
        assert len(lots.table.opens) < len(few.table.opens)


class TestVendorDocuments:
    """Worked examples that vendors got wrong."""

    def test_four_hours_from_friday_at_four(self) -> None:
        """Monday to Friday eight to five: Monday 11:00, though one vendor says Tuesday."""
        desk = calendar(hours=week("08:00-17:00"))

        assert at("2025-06-09T11:00") == desk.add(at("2025-06-06T16:00"), 4 * HOUR)

    def test_eight_hours_from_friday_at_five(self) -> None:
        """Nine to five: Monday 17:00, though one guide says Monday 09:00."""
        assert at("2025-06-09T17:00") == calendar().add(at("2025-06-06T17:00"), 8 * HOUR)

    def test_glpi_22678_warning_before_the_end(self) -> None:
        """Eight to six, four hours from Monday 17:00 end Tuesday 11:00; an hour before is 10:00."""
        desk = calendar(hours=week("08:00-18:00"))
        due = desk.add(at("2025-06-09T17:00"), 4 * HOUR)

        assert at("2025-06-10T11:00") == due
        assert at("2025-06-10T10:00") == desk.add(due, -HOUR)
