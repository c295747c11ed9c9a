"""Working time: what the laws do not say, one by one."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import pytest
from worktime_tools import HOUR, MINUTE, NINE_TO_FIVE, SOURCE, at, calendar, holidays, policy, shelf

from bankservice.core.calendar import Period
from bankservice.core.hours import Closed, Hours
from bankservice.core.open_time import BeyondHorizonError
from bankservice.core.policy import Policy, Title
from bankservice.core.worktime import WorkingCalendar

FRIDAY = at("2025-06-06T16:30")


class TestInstants:
    """What goes in and comes out."""

    def test_answers_are_in_the_calendars_zone(self) -> None:
        """Whatever the start is written in, the answer reads the clock of the calendar."""
        found = calendar().add(datetime(2025, 6, 6, 15, 30, tzinfo=UTC), 8 * HOUR)

        assert "2025-06-09T16:30:00+01:00" == found.isoformat()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda desk, when: desk.add(when, HOUR),
            lambda desk, when: desk.between(FRIDAY, when),
            lambda desk, when: desk.between(when, FRIDAY),
            lambda desk, when: desk.next_open(when),
            lambda desk, when: desk.previous_close(when),
            lambda desk, when: desk.is_open(when),
            lambda desk, when: desk.deemed_day(when),
        ],
    )
    def test_naive_times_are_refused(self, ask: Any) -> None:
        """A time without a zone is no instant."""
        with pytest.raises(ValueError, match="has no time zone"):
            ask(calendar(), datetime(2025, 6, 6, 16, 30))  # noqa: DTZ001

    def test_a_zone_without_an_offset_is_refused(self) -> None:
        """A zone that tells no offset makes no instant either."""

        class Nowhere(tzinfo):
            def utcoffset(self, when: datetime | None) -> None:
                return None

            dst = utcoffset

            def tzname(self, when: datetime | None) -> None:
                return None

        with pytest.raises(ValueError, match="has no time zone"):
            calendar().add(datetime(2025, 6, 6, 16, 30, tzinfo=Nowhere()), HOUR)

    def test_no_datetime_at_all(self) -> None:
        """What is no datetime is refused by its type."""
        with pytest.raises(AttributeError):
            calendar().add("2025-06-06", HOUR)  # type: ignore[arg-type]

    @pytest.mark.parametrize("amount", [8.0, True, "PT8H", timedelta(hours=8)])
    def test_amounts_are_whole_microseconds(self, amount: Any) -> None:
        """An amount is an integer: fractions leave residues."""
        with pytest.raises(TypeError, match="whole microseconds"):
            calendar().add(FRIDAY, amount)

    def test_an_instant_is_no_day(self) -> None:
        """Where a date is asked for, an instant is refused: its own offset must not decide."""
        with pytest.raises(TypeError, match="pass the local date"):
            calendar().business_day(FRIDAY, 1)

    def test_none_added_is_the_start(self) -> None:
        """Nothing added gives the same instant, open or not, in the calendar's zone."""
        saturday = datetime(2025, 6, 7, 12, tzinfo=UTC)

        assert "2025-06-07T13:00:00+01:00" == calendar().add(saturday, 0).isoformat()

    def test_the_second_of_two_equal_times(self) -> None:
        """An end in the hour that comes twice says which of the two it is."""
        always = calendar({"hours": "always"})
        nights = calendar({"hours": {"sun": ["00:00-04:00"]}})
        start = datetime(2025, 10, 25, 23, tzinfo=UTC)

        for desk in (always, nights):
            found = [desk.add(start, hours * HOUR) for hours in (1, 2, 3)]

            assert [
                "2025-10-26T01:00:00+01:00",
                "2025-10-26T01:00:00+00:00",
                "2025-10-26T02:00:00+00:00",
            ] == [one.isoformat() for one in found]
            assert found == [desk.add(one, 0) for one in found]
            assert 2 * HOUR == desk.between(start, found[1])


class TestEdges:
    """Opening and closing."""

    def test_open_is_half_open(self) -> None:
        """The opening edge is open, the closing edge is not."""
        desk = calendar()

        assert desk.is_open(at("2025-06-06T09:00"))
        assert not desk.is_open(at("2025-06-06T17:00"))

    def test_open_across_the_edge_of_what_is_laid_out(self) -> None:
        """Round the clock is open also at the last instant of a year."""
        always = calendar({"zone": "UTC", "hours": "always"})

        for _ in range(2):
            assert always.is_open(datetime(2025, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
            assert always.is_open(datetime(2026, 1, 1, tzinfo=UTC))

    def test_next_open_and_previous_close(self) -> None:
        """Within open time both are the instant itself; at an edge the other side is looked for."""
        desk = calendar()
        noon, night = at("2025-06-06T12:00"), at("2025-06-06T22:00")

        assert noon == desk.next_open(noon) == desk.previous_close(noon)
        assert at("2025-06-09T09:00") == desk.next_open(night)
        assert at("2025-06-06T17:00") == desk.previous_close(night)
        assert at("2025-06-09T09:00") == desk.next_open(at("2025-06-06T17:00"))
        assert at("2025-06-06T17:00") == desk.previous_close(at("2025-06-06T17:00"))
        assert at("2025-06-05T17:00") == desk.previous_close(at("2025-06-06T09:00"))

    def test_over_years_without_open_time(self) -> None:
        """A desk closed for years is found open again, either way."""
        desk = (
            policy(
                {"since": date(2000, 1, 1)},
                {"since": date(2003, 1, 1), "hours": {}},
                {"since": date(2011, 1, 1)},
            )
            .versions[0]
            .parameters
        )
        inside = at("2007-05-05T12:00")

        assert at("2011-01-03T09:00") == desk.next_open(inside)
        assert at("2002-12-31T17:00") == desk.previous_close(inside)
        assert at("2011-01-03T10:00") == desk.add(inside, HOUR)
        assert at("2002-12-31T16:00") == desk.add(inside, -HOUR)
        assert date(2011, 1, 3) == desk.business_day(date(2007, 5, 5), 1)
        assert date(2002, 12, 31) == desk.business_day(date(2007, 5, 5), -1)

    def test_far_away(self) -> None:
        """Decades of working time are added and taken away as well, whatever was laid out before."""
        start, decades = at("2025-06-09T09:00"), 30 * 250 * 8 * HOUR
        later = calendar().add(start, decades)
        earlier = calendar().add(start, -decades)

        assert decades == calendar().between(start, later) == calendar().between(earlier, start)
        assert (2054, 1996) == (later.year, earlier.year)

    def test_hours_that_are_skipped(self) -> None:
        """Hours that lie in a spring gap are no open time, and that day is no business day."""
        desk = calendar({"hours": {"sun": ["01:00-02:00"]}})

        assert not desk.is_business_day(date(2025, 3, 30))
        assert desk.close_of(date(2025, 3, 30)) is None
        assert 2 * HOUR == desk.between(at("2025-10-26T00:00"), at("2025-10-26T12:00"))

    def test_close_of_a_day(self) -> None:
        """The last closing edge of the day; none where it never opens."""
        desk = calendar({"hours": {"mon": ["09:00-12:00", "13:00-24:00"]}})

        assert at("2025-06-10T00:00") == desk.close_of(date(2025, 6, 9))
        assert desk.close_of(date(2025, 6, 10)) is None


class TestHorizon:
    """A calendar begins with its first version, and ends in 2200 or with its repeal."""

    DESK = policy({"since": date(2020, 1, 1), "ends_on": date(2026, 1, 1)}).versions[0].parameters

    @pytest.mark.parametrize(
        "ask",
        [
            lambda desk: desk.add(at("2019-12-31T23:59"), HOUR),
            lambda desk: desk.add(at("2020-01-01T10:00"), -2 * HOUR),
            lambda desk: desk.add(at("2025-12-31T16:00"), 2 * HOUR),
            lambda desk: desk.add(at("2026-01-01T00:01"), HOUR),
            lambda desk: desk.between(at("2020-01-01T00:00"), at("2027-01-01T00:00")),
            lambda desk: desk.next_open(at("2025-12-31T17:00")),
            lambda desk: desk.previous_close(at("2020-01-01T09:00")),
            lambda desk: desk.is_open(at("2026-01-01T00:00")),
            lambda desk: desk.is_business_day(date(2019, 12, 31)),
            lambda desk: desk.is_business_day(date(2026, 1, 1)),
            lambda desk: desk.business_day(date(2025, 12, 31), 1),
            lambda desk: desk.business_day(date(2020, 1, 2), -2),
            lambda desk: desk.business_days_between(date(2025, 1, 1), date(2026, 1, 1)),
            lambda desk: desk.close_of(date(2026, 1, 1)),
            lambda desk: desk.why_closed(date(2026, 1, 1)),
            lambda desk: desk.skipped(date(2025, 12, 30), date(2026, 1, 2)),
        ],
    )
    def test_beyond(self, ask: Any) -> None:
        """What needs more than that is refused by name, never answered from days that are not."""
        with pytest.raises(BeyondHorizonError, match="acme/desk reaches from 2020-01-01 to 2025"):
            ask(self.DESK)

    def test_up_to_the_edge(self) -> None:
        """Up to the very edges it answers."""
        desk = self.DESK

        assert at("2025-12-31T17:00") == desk.add(at("2025-12-31T16:00"), HOUR)
        assert at("2020-01-01T09:00") == desk.add(at("2020-01-01T10:00"), -HOUR)
        assert 8 * HOUR == desk.between(at("2025-12-31T00:00"), at("2026-01-01T00:00"))
        assert date(2020, 1, 1) == desk.business_day(date(2019, 12, 31), 1)
        assert date(2025, 12, 31) == desk.business_day(date(2025, 12, 30), 1)
        assert date(2025, 12, 31) == desk.business_day(date(2026, 1, 1), -1)

    def test_whole_horizon(self) -> None:
        """From 1900 to 2200 it answers, and not beyond."""
        desk = calendar({"zone": "UTC"}, since=date(1850, 1, 1))
        first = datetime(1900, 1, 1, tzinfo=UTC)
        worked = desk.between(first, datetime(2201, 1, 1, tzinfo=UTC))
        days = sum(
            day % 7 not in (6, 0) for day in range(first.toordinal(), date(2201, 1, 1).toordinal())
        )

        assert days * 8 * HOUR == worked
        assert days == desk.business_days_between(date(1899, 12, 31), date(2200, 12, 31))
        with pytest.raises(BeyondHorizonError):
            desk.add(first, worked + 1)

    def test_the_error_travels(self) -> None:
        """The error is an OverflowError, keeps its parts, and can be pickled."""
        kept = pickle.dumps(BeyondHorizonError("", date(2020, 1, 1), date.max))
        error: BeyondHorizonError = pickle.loads(kept)

        assert issubclass(type(error), OverflowError)
        assert (date(2020, 1, 1), date.max) == (error.first, error.last)
        assert str(error).startswith("the calendar reaches")


class TestDays:
    """Business days, calendar days, deemed days."""

    DESK = calendar({}, {"days": [{"on": date(2025, 8, 25)}], "known_through": date(2025, 12, 31)})

    @pytest.mark.parametrize(
        ("day", "n", "expected"),
        [
            (date(2025, 8, 22), 0, date(2025, 8, 22)),
            (date(2025, 8, 23), 0, date(2025, 8, 23)),
            (date(2025, 8, 22), 1, date(2025, 8, 26)),
            (date(2025, 8, 23), 1, date(2025, 8, 26)),
            (date(2025, 8, 26), -1, date(2025, 8, 22)),
            (date(2025, 8, 24), -1, date(2025, 8, 22)),
        ],
    )
    def test_business_day(self, day: date, n: int, expected: date) -> None:
        """Day 0 is never counted, business day or not; none counted leaves it as it is."""
        assert expected == self.DESK.business_day(day, n)

    @pytest.mark.parametrize(
        ("roll", "expected"),
        [
            ("none", date(2025, 8, 25)),
            ("following", date(2025, 8, 26)),
            ("preceding", date(2025, 8, 22)),
        ],
    )
    def test_roll(self, roll: Any, expected: date) -> None:
        """A last day that is no business day stays or moves; one that is never moves."""
        month = Period(months=1)

        assert expected == self.DESK.calendar_day(date(2025, 7, 25), month, roll)
        assert date(2025, 8, 26) == self.DESK.calendar_day(date(2025, 7, 26), month, roll)

    def test_calendar_days_need_no_version(self) -> None:
        """Without a roll no calendar is looked at, so days beyond its horizon count too."""
        assert date(1890, 3, 1) == self.DESK.calendar_day(date(1890, 2, 1), Period(days=28))

    @pytest.mark.parametrize(
        ("moment", "cut_off", "expected"),
        [
            ("2025-08-22T17:00", None, date(2025, 8, 22)),
            ("2025-08-22T17:00:01", None, date(2025, 8, 26)),
            ("2025-08-22T15:59:59", time(16), date(2025, 8, 22)),
            ("2025-08-22T16:00", time(16), date(2025, 8, 26)),
            ("2025-08-22T03:00", None, date(2025, 8, 22)),
            ("2025-08-23T03:00", None, date(2025, 8, 26)),
            ("2025-08-23T23:00", time(16), date(2025, 8, 26)),
        ],
    )
    def test_deemed_day(self, moment: str, cut_off: time | None, expected: date) -> None:
        """After the cut-off or the close, or on no business day, the next business day counts."""
        assert expected == self.DESK.deemed_day(at(moment), cut_off)

    def test_a_date_that_was_skipped(self) -> None:
        """Samoa had no 30 December 2011: it is no business day and as long as nothing."""
        apia = calendar({"zone": "Pacific/Apia", "hours": "always"})
        gone = date(2011, 12, 30)

        assert not apia.is_business_day(gone)
        assert Closed(gone, "weekend") == apia.why_closed(gone)
        assert apia.start_of(gone) == apia.end_of(gone) == apia.start_of(date(2011, 12, 31))


class TestKnowledge:
    """What is known of public holidays, and by which versions."""

    def test_none_linked(self) -> None:
        """Without public holidays nothing is unknown."""
        desk = calendar()

        assert (None, None) == (desk.known_from, desk.known_through)
        assert not desk.provisional(date(2199, 1, 1), date(1971, 1, 1))

    def test_known_through(self) -> None:
        """A day after the last known one is provisional; one before the first too, if asked."""
        desk = TestDays.DESK

        assert (date(1970, 1, 1), date(2025, 12, 31)) == (desk.known_from, desk.known_through)
        assert not desk.provisional(date(2025, 12, 31))
        assert desk.provisional(date(2026, 1, 1))
        assert desk.provisional(date(2025, 12, 31), date(1969, 12, 31))

    def test_years_without_a_gap(self) -> None:
        """Where a year is missing, nothing after it is known."""
        years = [{"since": date(year, 1, 1)} for year in (2020, 2021, 2023)]
        held = {"public_holidays": {"country": "gb", "subdivision": "eng"}}

        for count, expected in ((1, 2020), (2, 2021), (3, 2021)):
            linked = holidays(*years[:count])
            desk = policy(held, linked=linked).versions[0].parameters

            assert date(expected, 12, 31) == desk.known_through

    def test_by_version(self) -> None:
        """Each version of a calendar knows as far as the holidays it links, while it is in force."""
        linked = holidays({"since": date(2020, 1, 1)}, {"since": date(2021, 1, 1)})
        place = {"public_holidays": {"country": "GB", "subdivision": "ENG"}}
        early = {"since": date(2020, 1, 1)}

        def through(*versions: Any) -> date | None:
            return policy(*versions, linked=linked).versions[0].parameters.known_through

        assert date(2021, 12, 31) == through(early, {"since": date(2021, 1, 1), **place})
        assert through({**early, **place}, {"since": date(2021, 6, 1)}) is None
        assert date(2021, 12, 31) == through({**early, **place}, {"since": date(2023, 1, 1)})

    def test_versions_in_force(self) -> None:
        """The versions that days were told by are named, each once, the calendar's own first."""
        linked = holidays({"since": date(2020, 1, 1)}, {"since": date(2021, 1, 1)})
        place = {"public_holidays": {"country": "GB", "subdivision": "ENG"}}
        held = policy(
            {"since": date(2020, 1, 1), **place},
            {"since": date(2021, 6, 1), **place},
            linked=linked,
        )
        desk = held.versions[0].parameters

        def named(start: date, end: date) -> list[str]:
            return [f"{one.ref.policy} {one.since}" for one in desk.versions(start, end)]

        assert ["acme/desk 2020-01-01", "holidays/gb-eng 2020-01-01"] == named(
            date(2020, 5, 5), date(2020, 12, 31)
        )
        assert [
            "acme/desk 2020-01-01",
            "acme/desk 2021-06-01",
            "holidays/gb-eng 2021-01-01",
        ] == named(date(2021, 6, 1), date(2021, 5, 31))
        assert ["acme/desk 2020-01-01"] == named(date(2019, 1, 1), date(2019, 1, 2))
        assert all(
            one.parameters is desk
            for one in desk.versions(date(2020, 5, 5), date(2022, 1, 1))
            if one.ref.policy == "acme/desk"
        )

    def test_as_known(self) -> None:
        """A holiday announced late is none for who asks as known before."""
        year = {"since": date(2022, 1, 1)}
        day = {"on": date(2022, 9, 19), "name": {"en": "State funeral", "zh": "国葬"}}
        linked = holidays(year, {**year, "known_on": date(2022, 9, 10), "days": [day]})
        place = {"public_holidays": {"country": "GB", "subdivision": "ENG"}}
        desk = policy({"since": date(2022, 1, 1), **place}, linked=linked).versions[0].parameters
        start = date(2022, 9, 5)

        assert date(2022, 9, 27) == desk.business_day(start, 15)
        assert date(2022, 9, 26) == desk.as_known(start).business_day(start, 15)
        assert desk != desk.as_known(start)
        assert desk is desk.as_known(date(2022, 9, 10))
        assert desk.as_known(start) is desk.as_known(date(2022, 9, 9))

    def test_own_hours_as_known(self) -> None:
        """A correction of the calendar's own hours does not hold for who asks as known before."""
        since = date(2022, 1, 1)
        late = {
            "since": since,
            "known_on": date(2022, 3, 1),
            "override": [{"on": date(2022, 4, 1), "hours": []}],
        }
        desk = policy({"since": since}, late).versions[0].parameters

        assert not desk.is_business_day(date(2022, 4, 1))
        assert desk.as_known(date(2022, 2, 28)).is_business_day(date(2022, 4, 1))

    def test_name_of_a_late_holiday(self) -> None:
        """A day that is closed tells by what."""
        year = {"since": date(2022, 1, 1)}
        day = {"on": date(2022, 9, 19), "name": {"en": "State funeral", "zh": "国葬"}}
        linked = holidays({**year, "days": [day]})
        place = {"public_holidays": {"country": "GB", "subdivision": "ENG"}}
        desk = policy({"since": date(2022, 1, 1), **place}, linked=linked).versions[0].parameters

        assert Closed(date(2022, 9, 19), "holiday", Title(en="State funeral", zh="国葬")) == (
            desk.why_closed(date(2022, 9, 19))
        )

    def test_first_list_counts_always(self) -> None:
        """The first list of a year is no correction: it counts whenever somebody asks."""
        desk = TestDays.DESK

        assert desk is desk.as_known(date(1969, 1, 1))
        assert calendar() == calendar().as_known(date(1969, 1, 1))


class TestIdentity:
    """Calendars are values."""

    def test_equal_by_versions(self) -> None:
        """Two readings of one file are one calendar; other versions are another."""
        assert calendar() == calendar()
        assert hash(calendar()) == hash(calendar())
        assert calendar() != calendar({"zone": "UTC"})
        assert calendar() != "acme/desk"
        assert "WorkingCalendar('acme/desk', zone='Europe/London', versions=1)" == repr(calendar())

    def test_without_a_version(self) -> None:
        """Hours alone make a calendar too; it holds at all times and names no version."""
        whole = ((0, 24 * HOUR),)
        desk = WorkingCalendar("", "UTC", (Hours(week=(whole,) * 5 + ((), ())),))

        assert date(1900, 1, 1) == desk.business_day(date(1899, 12, 31), 1)
        assert () == desk.versions(date(2020, 1, 1), date(2020, 1, 2))
        assert 24 * HOUR == desk.between(
            datetime(2025, 6, 6, tzinfo=UTC), datetime(2025, 6, 9, tzinfo=UTC)
        )


def test_why_closed() -> None:
    """Each closed day has its reason; days worked out of turn are told when days are skipped."""
    off = {"on": date(2025, 6, 5), "name": {"en": "A holiday", "zh": "假日"}}
    extra = {"on": date(2025, 6, 8)}
    desk = calendar(
        {
            "override": [
                {"on": date(2025, 6, 4), "hours": []},
                {"on": date(2025, 6, 7), "hours": ["10:00-12:00"]},
                {"on": date(2025, 6, 9), "hours": ["10:00-12:00"]},
            ],
            "closed": [{"weekday": "tue", "nth": [2]}],
        },
        {"days": [off], "make_up": [extra]},
    )

    assert [
        (4, "override", False),
        (5, "holiday", False),
        (7, "override", True),
        (8, "make_up", True),
        (10, "weekday_of_month", False),
        (14, "weekend", False),
        (15, "weekend", False),
    ] == [
        (one.on.day, one.kind, one.worked)
        for one in desk.skipped(date(2025, 6, 3), date(2025, 6, 15))
    ]
    assert desk.why_closed(date(2025, 6, 8)) is None
    assert desk.why_closed(date(2025, 6, 6)) is None
    assert [4, 5] == [one.on.day for one in desk.skipped(date(2025, 6, 6), date(2025, 6, 4))]


def test_hours_change_with_the_version() -> None:
    """Each local date takes its hours from the version in force on it."""
    held = policy(
        {"since": date(2020, 1, 1)},
        {"since": date(2025, 6, 9), "hours": {"mon": ["12:00-14:00"]}},
        {
            "since": date(2025, 6, 9),
            "known_on": date(2025, 6, 10),
            "hours": {"mon": ["12:00-15:00"]},
        },
    )
    desk = held.versions[0].parameters

    assert {desk} == {version.parameters for version in held.versions}
    assert at("2025-06-09T13:30") == desk.add(FRIDAY, 2 * HOUR)
    assert at("2025-06-09T15:00") == desk.close_of(date(2025, 6, 9))
    # As it was known before the correction.
    before = held.as_known(date(2025, 6, 9)).versions[0].parameters
    assert at("2025-06-09T14:00") == before.close_of(date(2025, 6, 9))
    assert () == held.as_known(date(2019, 1, 1)).versions


def test_touching_hours_are_one() -> None:
    """Hours that touch or overlap, also over midnight, have no edge between them."""
    desk = calendar(
        {"hours": {"mon": ["22:00-24:00"], "tue": ["00:00-03:00", "02:00-04:00", "04:00-05:00"]}}
    )

    assert at("2025-06-10T05:00") == desk.add(at("2025-06-09T22:00"), 7 * HOUR)
    assert at("2025-06-09T22:00") == desk.next_open(at("2025-06-09T12:00"))
    assert at("2025-06-10T05:00") == desk.previous_close(at("2025-06-10T12:00"))
    assert at("2025-06-10T00:00") == desk.close_of(date(2025, 6, 9))


def test_minutes() -> None:
    """An amount of a minute over lunch ends after lunch."""
    desk = calendar({"hours": {"mon": ["09:00-12:00", "13:30-18:00"]}})

    assert at("2025-06-09T13:31") == desk.add(at("2025-06-09T12:00"), MINUTE)
    assert -MINUTE == desk.between(at("2025-06-09T13:31"), at("2025-06-09T12:00"))


def test_kept_text_reads_back() -> None:
    """The canonical text of a calendar version gives the same hours again."""
    held = policy({"override": [{"on": date(2025, 6, 6), "hours": []}], "hours": "always"})
    text = held.versions[0].text
    again: Policy[Any] = _kept(text)

    assert held.versions[0].ref == again.versions[0].ref
    assert not again.versions[0].parameters.is_business_day(date(2025, 6, 6))
    assert (
        NINE_TO_FIVE.keys()
        == _kept(policy({}).versions[0].text).versions[0].written.hours.days.keys()
    )
    assert SOURCE["text"] == again.versions[0].source.text


def _kept(text: str) -> Policy[Any]:
    import json

    from bankservice.core.policy_file import read_policy
    from bankservice.core.structure import FACTS

    held = shelf()
    return read_policy(json.loads(text), "kept", held.kinds, held, reader=FACTS)
