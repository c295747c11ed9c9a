"""The strategies for working calendars draw what they promise, and refuse what cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from bankservice.core.policy import Policy
from bankservice.core.worktime import WorkingCalendar
from bankservice.testing import calendar_strategies as kit

LOW, HIGH = date(2025, 1, 1), date(2025, 12, 31)


@given(kit.working_calendars(holidays=kit.holiday_tables(min_value=LOW, max_value=HIGH)))
def test_calendars_open(calendar: WorkingCalendar) -> None:
    """Every calendar drawn opens some day, and knows its holidays as far as they were drawn."""
    assert calendar.business_day(HIGH, 1) > HIGH
    assert HIGH == calendar.known_through


@given(kit.calendar_policies(kit.calendar_tables(), kit.calendar_tables()))
def test_versions(policy: Policy[WorkingCalendar]) -> None:
    """Versions begin a year apart and share one calendar."""
    first, second = policy.versions

    assert first.parameters is second.parameters
    assert (1971, 1972) == (first.since.year, second.since.year)


@given(kit.instants(zone="Europe/London", min_value=LOW, max_value=HIGH))
def test_instants(moment: datetime) -> None:
    """Instants are on whole minutes of the days asked for, in UTC."""
    assert LOW <= moment.astimezone(UTC).date() <= HIGH
    assert (0, 0) == (moment.second, moment.microsecond)


def first(strategy: st.SearchStrategy[Any], wanted: Callable[[Any], bool]) -> Any:
    """Return the first drawn that is wanted, as it was drawn."""
    return find(strategy, wanted, settings=settings(phases=[Phase.generate], database=None))


def test_both_kinds_are_drawn() -> None:
    """Round the clock and hours by weekday are both drawn; so are days that change clocks."""
    spring = date(2025, 3, 30)
    moments = kit.instants(zone="Europe/London")

    assert first(kit.calendar_tables(), lambda table: table["hours"] == "always")
    assert first(kit.calendar_tables(), lambda table: isinstance(table["hours"], dict))
    assert first(kit.calendar_tables(), lambda table: bool(table["override"]))
    assert spring == first(moments, lambda at: at.date() == spring).date()
    assert first(kit.instants(), lambda at: at.year > 2000)


@given(kit.calendar_tables(zones=("UTC",), max_overrides=0, always=False))
def test_options_narrow(table: dict[str, Any]) -> None:
    """Options leave out what they name."""
    assert ("UTC", []) == (table["zone"], table["override"])
    assert isinstance(table["hours"], dict)


@pytest.mark.parametrize(
    "strategy",
    [
        lambda: kit.calendar_tables(zones=()),
        lambda: kit.calendar_tables(zones=("Mars/Olympus",)),
        lambda: kit.calendar_tables(max_overrides=-1),
        lambda: kit.calendar_tables(min_value=HIGH, max_value=LOW),
        lambda: kit.holiday_tables(min_value=HIGH, max_value=LOW),
        lambda: kit.instants(min_value=HIGH, max_value=LOW),
    ],
)
def test_what_cannot_be_drawn(strategy: Any) -> None:
    """It is refused when asked for, not when drawn."""
    with pytest.raises(InvalidArgument):
        st.tuples(strategy())
