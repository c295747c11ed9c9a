"""How calendars and public holidays are written, and every way to write them wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from worktime_tools import HOUR, NINE_TO_FIVE, SOURCE, at, calendar, holidays, policy, shelf

from bankservice.core.errors import PolicyError
from bankservice.core.holidays import public_holidays
from bankservice.core.opening import HolidayPlace
from bankservice.core.policy import Title
from bankservice.core.policy_file import parse_toml, read_policy

DESK = """
id = "acme/london-desk"
kind = "worktime.calendar"
title = { en = "London service desk", zh = "伦敦服务台" }

[[version]]
since = 2020-01-01
source = { text = "Acme operations manual", clause = "4.2", checked = "own" }
zone = "Europe/London"
public_holidays = { country = "GB", subdivision = "ENG" }
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }
make_up_hours = "fri"
override = [ { on = 2025-01-28, hours = ["09:00-12:00"] }, { on = 2025-01-29, hours = [] } ]
"""


def faults(*versions: Mapping[str, Any], **held: Any) -> list[str]:
    """Return the faults of a calendar as lines."""
    with pytest.raises(PolicyError) as caught:
        policy(*versions, **held)
    return [str(fault) for fault in caught.value.faults]


class TestWritten:
    """The written form."""

    def test_the_form_of_the_case_tables(self) -> None:
        """The documented file is read as it stands."""
        linked = holidays({"since": date(2020, 1, 1), "days": [{"on": date(2025, 1, 30)}]})
        held = shelf(linked)
        desk = (
            read_policy(parse_toml(DESK, "desk"), "desk", held.kinds, held).versions[0].parameters
        )

        assert at("2025-01-28T12:00") == desk.close_of(date(2025, 1, 28))
        assert date(2025, 1, 31) == desk.business_day(date(2025, 1, 28), 1)

    def test_first_that_matches(self) -> None:
        """An override beats a make-up day, that a holiday, that a closed weekday, that the week."""
        second_tuesday = date(2025, 6, 10)
        table = {
            "hours": {**NINE_TO_FIVE, "fri": ["10:00-12:00"]},
            "closed": [{"weekday": "tue", "nth": [2]}],
        }
        day = {"on": second_tuesday}

        def open_hours(own: Mapping[str, Any], days: Mapping[str, Any]) -> int:
            desk = calendar({**table, **own}, days)
            return desk.between(at("2025-06-10T00:00"), at("2025-06-11T00:00")) // HOUR

        override = {"override": [{"on": second_tuesday, "hours": ["09:00-10:00"]}]}
        assert 1 == open_hours(override, {"make_up": [day]})
        assert 2 == open_hours({}, {"make_up": [day]})
        assert 0 == open_hours({"closed": []}, {"days": [day]})
        assert 0 == open_hours({}, {})
        assert 8 == open_hours({"closed": []}, {})

    def test_make_up_hours(self) -> None:
        """A make-up day has the hours of Friday, or of the weekday that is named."""
        sunday = {"make_up": [{"on": date(2025, 9, 28)}]}
        week = {**NINE_TO_FIVE, "fri": ["09:00-12:00"]}

        for own, expected in (({}, 12), ({"make_up_hours": "mon"}, 17)):
            desk = calendar({"hours": week, **own}, sunday)
            assert at(f"2025-09-28T{expected}:00") == desk.close_of(date(2025, 9, 28))

    def test_always(self) -> None:
        """Round the clock is one word; holidays and overrides close it all the same."""
        desk = calendar(
            {"hours": "always", "override": [{"on": date(2025, 6, 7), "hours": []}]},
            {"days": [{"on": date(2025, 6, 8)}]},
        )

        assert at("2025-06-09T01:00") == desk.add(at("2025-06-06T23:00"), 2 * HOUR)

    def test_second_and_fourth_saturdays(self) -> None:
        """Weekdays of the month are counted within it, also where it begins with that weekday."""
        week = {day: ["10:00-16:00"] for day in (*NINE_TO_FIVE, "sat")}
        desk = calendar({"hours": week, "closed": [{"weekday": "sat", "nth": [2, 4]}]})
        saturdays = [day for day in range(1, 31) if date(2025, 11, day).weekday() == 5]

        assert [1, 15, 29] == [
            day for day in saturdays if desk.is_business_day(date(2025, 11, day))
        ]

    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            (HolidayPlace(country="GB", subdivision="ENG"), "holidays/gb-eng"),
            (HolidayPlace(country="CN"), "holidays/cn"),
            (HolidayPlace(country="US", market="federal-reserve"), "holidays/us-federal-reserve"),
        ],
    )
    def test_place(self, place: HolidayPlace, expected: str) -> None:
        """Country, part and market name the policy, in lower case."""
        assert expected == place.policy_id


class TestHours:
    """Intervals that are none."""

    @pytest.mark.parametrize(
        ("span", "wanted"),
        [
            ("9-17", "an interval such as '09:00-17:00'"),
            ("9:00-17:00", "an interval such as '09:00-17:00'"),
            ("09:00–17:00", "an interval such as '09:00-17:00'"),
            ("\u06609:00-17:00", "an interval such as '09:00-17:00'"),
            ("", "an interval such as '09:00-17:00'"),
            ("09:00-25:00", "times from 00:00 to 24:00"),
            ("09:00-24:01", "times from 00:00 to 24:00"),
            ("09:60-10:00", "times from 00:00 to 24:00"),
            ("09:00-10:60", "times from 00:00 to 24:00"),
            ("24:00-24:00", "times from 00:00 to 24:00"),
            ("09:00-00:00", "24:00 where the day's end is meant"),
            ("00:00-00:00", "24:00 where the day's end is meant"),
            ("09:00-09:00", "an interval with time in it"),
            (
                "22:00-06:00",
                "an interval within one day; write the part after midnight, from 00:00, on the next",
            ),
        ],
    )
    def test_bad_interval(self, span: str, wanted: str) -> None:
        """It is refused with what is wanted, wherever it stands."""
        hours = {**NINE_TO_FIVE, "mon": ["09:00-12:00", span]}
        own = [{"on": date(2025, 6, 6), "hours": [span]}]

        assert [
            f"version[0].hours.mon[1]: got {span!r}, wanted {wanted}",
            f"version[0].override[0].hours[0]: got {span!r}, wanted {wanted}",
        ] == faults({"hours": hours, "override": own})

    def test_overnight_in_two_intervals(self) -> None:
        """A night is two intervals, up to 24:00 and from 00:00."""
        desk = calendar({"hours": {"mon": ["22:00-24:00"], "tue": ["00:00-06:00"]}})

        assert 8 * HOUR == desk.between(at("2025-06-09T12:00"), at("2025-06-10T12:00"))

    def test_unknown_weekday(self) -> None:
        """It is refused with the near ones."""
        (line,) = faults({"hours": {"tues": ["09:00-17:00"], "mon": ["09:00-17:00"]}})

        assert line == (
            "version[0].hours.tues: got an unknown weekday, wanted one of mon, tue, wed, thu, fri, "
            "sat, sun; did you mean tue or thu?"
        )

    @pytest.mark.parametrize("hours", ["allways", ["09:00-17:00"], 24])
    def test_no_hours_by_weekday(self, hours: object) -> None:
        """Hours are a table by weekday or the one word."""
        (line,) = faults({"hours": hours})

        assert line.startswith("version[0].hours: got ")
        assert line.endswith(
            'wanted hours by weekday, such as { mon = ["09:00-17:00"] }, or "always"'
        )

    def test_no_open_time(self) -> None:
        """A calendar that never opens is refused by name, whatever keeps it closed."""
        never = "got no open time in acme/desk, wanted hours on some day"
        mondays = {
            "hours": {"mon": ["09:00-17:00"]},
            "closed": [{"weekday": "mon", "nth": [1, 2, 3, 4, 5]}],
        }
        nights = [{"on": date(2025, 6, 6), "hours": []}]

        assert [f"hours: {never}"] == faults({"hours": {}})
        assert [f"hours: {never}"] == faults({"hours": {"mon": []}, "override": nights})
        assert [f"hours: {never}"] == faults(mondays)
        once = {"on": date(2025, 6, 6), "hours": ["09:00-10:00"]}
        assert calendar({**mondays, "override": [once]}).is_business_day(date(2025, 6, 6))


class TestOtherFaults:
    """What else may be wrong."""

    def test_zone(self) -> None:
        """An unknown zone is refused with the near ones, and the rest is checked all the same."""
        first, second = faults({"zone": "Europe/Londn", "hours": {"mon": ["x"]}})

        assert "version[0].zone: got 'Europe/Londn', wanted an IANA time zone" in first
        assert "Europe/London" in first
        assert second.startswith("version[0].hours.mon[0]")

    def test_date_twice(self) -> None:
        """An override has each date once."""
        row = {"on": date(2025, 6, 6), "hours": []}

        assert ["version[0].override[1].on: got 2025-06-06, wanted each date once"] == faults(
            {"override": [row, row]}
        )

    def test_weekday_of_the_month(self) -> None:
        """A weekday comes one to five times a month; none named closes nothing."""
        rows = [{"weekday": "sat", "nth": [0, 2, 6]}, {"weekday": "sun", "nth": []}]

        assert [
            "version[0].closed[0].nth[0]: got 0, wanted a whole number from 1 to 5",
            "version[0].closed[0].nth[2]: got 6, wanted a whole number from 1 to 5",
            "version[0].closed[1].nth: got nothing, wanted whole numbers from 1 to 5",
        ] == faults({"closed": rows})

    def test_weekday_names(self) -> None:
        """Weekdays are named by three letters wherever they stand."""
        found = faults({"make_up_hours": "friday", "closed": [{"weekday": "Sat", "nth": [2]}]})

        assert ["version[0].make_up_hours", "version[0].closed[0].weekday"] == [
            line.partition(":")[0] for line in found
        ]
        assert "did you mean fri?" in found[0]

    def test_unknown_place(self) -> None:
        """A place without holidays is refused with the near ones there are."""
        linked = holidays({})

        place = {"country": "GB", "subdivision": "EGN"}
        (line,) = faults({"public_holidays": place}, linked=linked)

        assert line == (
            "version[0].public_holidays: got 'holidays/gb-egn', wanted a place whose holidays there "
            "are; did you mean holidays/gb-eng?"
        )

    def test_no_holidays(self) -> None:
        """A policy of another kind under that id is none."""
        held = shelf()
        raw = {
            "id": "holidays/gb-eng",
            "kind": "worktime.calendar",
            "version": [
                {"since": date(2020, 1, 1), "source": SOURCE, "zone": "UTC", "hours": "always"}
            ],
        }
        odd = read_policy(raw, "odd", held.kinds, held)

        place = {"country": "GB", "subdivision": "ENG"}
        (line,) = faults({"public_holidays": place}, linked=odd)

        assert line.endswith("got 'holidays/gb-eng', wanted a policy of kind worktime.holidays")

    def test_between_versions(self) -> None:
        """Versions are of one zone, for everybody, and without a gap."""
        rows: list[dict[str, Any]] = [
            {"since": date(2020, 1, 1), "ends_on": date(2021, 1, 1)},
            {
                "since": date(2022, 1, 1),
                "zone": "UTC",
                "fact": [{"name": "branch", "type": "text"}],
                "applies_to": {"fact": "branch", "equals": "city"},
            },
        ]

        assert [
            "version: got Europe/London, UTC, wanted one zone; another zone is another calendar",
            "version since 2020-01-01.ends_on: got 2021-01-01, wanted no gap before 2022-01-01",
            "version since 2022-01-01.applies_to: got a cohort, wanted a calendar for everybody",
        ] == faults(*rows)

    def test_an_end_at_the_next_version(self) -> None:
        """A version may say that it ends where the next begins."""
        held = policy(
            {"since": date(2020, 1, 1), "ends_on": date(2022, 1, 1)}, {"since": date(2022, 1, 1)}
        )

        assert date(2022, 1, 3) == held.versions[0].parameters.business_day(date(2021, 12, 31), 1)


class TestHolidays:
    """Public holidays."""

    def test_own_days_only(self) -> None:
        """A date looks at the version in force on it, not at what another version lists."""
        days = [{"on": date(2024, 6, 3)}, {"on": date(2025, 6, 3)}]
        held = public_holidays(
            holidays({"since": date(2024, 1, 1), "days": days}, {"since": date(2025, 1, 1)})
        )

        assert [date(2024, 6, 3).toordinal()] == list(held.days)

    def test_correction(self) -> None:
        """Of two lists of a year the one known later counts, from when it was known."""
        year = {"since": date(2022, 1, 1)}
        held = holidays(
            year, {**year, "known_on": date(2022, 9, 10), "days": [{"on": date(2022, 9, 19)}]}
        )

        assert 1 == len(public_holidays(held).days)
        assert {} == public_holidays(held, date(2022, 9, 9)).days
        assert 1 == len(public_holidays(held, date(2021, 1, 1)).versions)

    def test_names(self) -> None:
        """Days carry their names, make-up days too; a name may be missing."""
        name = {"en": "National Day", "zh": "国庆节"}
        held = public_holidays(
            holidays(
                {
                    "days": [{"on": date(2025, 10, 1), "name": name}, {"on": date(2025, 10, 2)}],
                    "make_up": [{"on": date(2025, 9, 28), "name": name}],
                }
            )
        )

        assert [Title(**name), None] == list(held.days.values())
        assert [Title(**name)] == list(held.make_up.values())

    def test_a_list_that_ends_early(self) -> None:
        """What a version does not know is not known, though the next version begins later."""
        held = holidays(
            {"since": date(2024, 1, 1), "known_through": date(2024, 6, 30)},
            {"since": date(2025, 1, 1)},
        )

        assert date(2024, 6, 30) == public_holidays(held).known_through

    def test_day_twice(self) -> None:
        """A day is listed once, and not as a holiday and a working day at once."""
        day = {"on": date(2025, 10, 1)}

        with pytest.raises(PolicyError) as caught:
            holidays({"days": [day, day], "make_up": [day]})

        assert [
            "version[0].days[1].on: got 2025-10-01, wanted a day not in days already",
            "version[0].make_up[0].on: got 2025-10-01, wanted a day not in days already",
        ] == [str(fault) for fault in caught.value.faults]

    def test_names_do_not_change_the_digest(self) -> None:
        """What a holiday is called changes no decision, so it changes no digest."""
        name = {"en": "National Day", "zh": "国庆节"}
        plain = holidays({"days": [{"on": date(2025, 10, 1)}]})
        named = holidays({"days": [{"on": date(2025, 10, 1), "name": name}]})

        assert plain.versions[0].ref == named.versions[0].ref
