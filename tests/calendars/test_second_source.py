"""The written days beside sources of their own: two other libraries, and the rules computed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import chinese_calendar
import pytest
from workalendar.registry import registry

from bankservice.calendars import region, regions
from bankservice.calendars.writing import written

COMPARED: Final[list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "second_source.toml").read_text("utf-8")
)["compared"]
DAY: Final = timedelta(days=1)


@cache
def tables(region_id: str) -> dict[int, tuple[set[date], set[date]]]:
    """Return holidays and make-up working days by year, as known today."""
    return {
        version.since.year: (
            {day.on for day in version.parameters.days},
            {day.on for day in version.parameters.make_up},
        )
        for version in written(region(region_id)).versions
    }


def days_of(year: int) -> Iterator[date]:
    """Yield the days of a year."""
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def test_china_beside_chinesecalendar() -> None:
    """Every day of 2010 to 2026 is a working day or not as in chinesecalendar."""
    differ = [
        day
        for year, (holidays, made_up) in tables("cn").items()
        for day in days_of(year)
        if ((day.weekday() < 5 and day not in holidays) or day in made_up)
        != chinese_calendar.is_workday(day)
    ]

    assert [] == differ


def other(calendar: str, region_id: str) -> Any:
    """Return a calendar of workalendar."""
    module, _, name = calendar.partition(":")
    return getattr(import_module(module), name)() if name else registry.get(region_id.upper())()


def listed(rows: list[dict[str, Any]]) -> set[date]:
    """Return the days of known differences."""
    return {day for row in rows for day in row["days"]}


@pytest.mark.parametrize(
    ("region_id", "row"),
    [(region_id, row) for row in COMPARED for region_id in row["regions"]],
    ids=[region_id for row in COMPARED for region_id in row["regions"]],
)
def test_weekdays_beside_workalendar(region_id: str, row: dict[str, Any]) -> None:
    """On weekdays of every year workalendar has the same holidays, but for the days listed."""
    calendar = other(row["calendar"], region_id)
    ours, theirs = set(), set()
    for year, (holidays, _) in tables(region_id).items():
        ours |= {day for day in holidays if day.weekday() < 5}
        theirs |= {
            day for day, _ in calendar.holidays(year) if day.weekday() < 5 and day.year == year
        }

    assert listed(row.get("ours", [])) == ours - theirs
    assert listed(row.get("theirs", [])) == theirs - ours


# --- the United States, by the words of the rules -----------------------------------------------


def nth(year: int, month: int, weekday: int, which: int) -> date:
    """Return the *which*-th weekday of a month; the last one for -1."""
    found = [day for day in days_of(year) if day.month == month and day.weekday() == weekday]
    return found[which - 1 if which > 0 else which]


def statutory(year: int) -> set[date]:
    """Return the days of 5 U.S.C. 6103(a)."""
    return {
        date(year, 1, 1),
        nth(year, 1, 0, 3),
        nth(year, 2, 0, 3),
        nth(year, 5, 0, -1),
        *([date(year, 6, 19)] if year >= 2021 else []),
        date(year, 7, 4),
        nth(year, 9, 0, 1),
        nth(year, 10, 0, 2),
        date(year, 11, 11),
        nth(year, 11, 3, 4),
        date(year, 12, 25),
    }


@pytest.mark.parametrize("year", range(2010, 2028))
def test_united_states_by_statute(year: int) -> None:
    """Federal holidays: those of the statute; on a Saturday the Friday before, on a Sunday the Monday."""
    days = statutory(year) | statutory(year + 1)
    expected = (
        {day for day in days if day.weekday() < 5}
        | {day - DAY for day in days if day.weekday() == 5}
        | {day + DAY for day in days if day.weekday() == 6}
    )

    assert {day for day in expected if day.year == year} == {
        day for day in tables("us")[year][0] if day.weekday() < 5
    }


@pytest.mark.parametrize("year", range(2010, 2028))
def test_federal_reserve_by_its_rule(year: int) -> None:
    """Reserve Banks: a holiday on a Saturday leaves the Friday open; on a Sunday Monday is closed."""
    days = statutory(year)
    expected = {day for day in days if day.weekday() < 5} | {
        day + DAY for day in days if day.weekday() == 6
    }

    assert expected == {day for day in tables("us-federal-reserve")[year][0] if day.weekday() < 5}


def test_common_days_of_the_united_kingdom() -> None:
    """What is common to the United Kingdom is what its four parts share, on every day."""
    parts = [tables(f"gb-{part}") for part in ("eng", "wls", "sct", "nir")]

    for year, (holidays, _) in tables("gb").items():
        assert set.intersection(*(part[year][0] for part in parts)) == holidays


@pytest.mark.parametrize("country", ["au", "de"])
def test_common_days_of_a_federation(country: str) -> None:
    """What is common to a federation is off in each of its states, weekdays counted."""
    common = tables(country)
    states = [held.id for held in regions() if held.id.startswith(f"{country}-")]

    for state in states:
        for year, (holidays, _) in tables(state).items():
            assert set() == {day for day in common[year][0] - holidays if day.weekday() < 5}
