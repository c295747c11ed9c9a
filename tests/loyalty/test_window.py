"""When something holds: dates to their last instant, weekdays, holidays by name and year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offer_tools import FESTIVAL, holidays

from bankservice.core.calendar import days
from bankservice.core.policy import Faults
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import POLICY
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.window import Window, WindowRow, build_window

CN: Mapping[str, Any] = {"calendar": "holidays/cn", "holidays": [FESTIVAL]}


def window(shelf: PolicyShelf = SHELF, **row: Any) -> Window:
    """Return a window without faults."""
    faults = Faults()
    built = build_window(POLICY.read(row, WindowRow, "window"), "window", faults, shelf)
    assert not len(faults), list(faults)
    return built


def faults_of(**row: Any) -> dict[str, tuple[str, ...]]:
    """Return the faults of a window: path → near names."""
    faults = Faults()
    build_window(POLICY.read(row, WindowRow, "window"), "window", faults, SHELF)
    return {fault.path: fault.near for fault in faults}


def held(built: Window, start: date, end: date) -> list[str]:
    """Return the days from *start* to *end* on which a window holds."""
    return [f"{day:%m-%d}" for day in days(start, end) if built.holds(day)]


def test_named_days_alone() -> None:
    """The days of a name are those the calendar gives it, year by year."""
    named = window(**CN)

    assert ["02-10", "02-11", "02-12"] == held(named, date(2024, 1, 1), date(2025, 1, 1))
    assert ["01-29", "01-30", "01-31"] == held(named, date(2025, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [(2024, "02-10", "02-17"), (2025, "01-28", "02-04"), (2026, "02-15", "02-23")],
)
def test_the_run_of_days_off(year: int, first: str, last: str) -> None:
    """With days in lieu and weekends the run is the holiday as announced; make-up days end it."""
    found = held(window(**CN, run="days-off"), date(year, 1, 1), date(year, 4, 1))

    assert (first, last) == (found[0], found[-1])
    assert len(found) == (date(year, *_md(last)) - date(year, *_md(first))).days + 1


def _md(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def test_widened() -> None:
    """Days before and after widen each run."""
    wide = window(**CN, before=2, after=1)

    assert ["01-27", "01-28", "01-29", "01-30", "01-31", "02-01"] == held(
        wide, date(2025, 1, 1), date(2025, 3, 1)
    )


def test_a_year_not_announced_is_unknown() -> None:
    """Of a year the calendar does not know it says neither yes nor no."""
    named = window(**CN, before=3)

    assert False is named.holds(date(2026, 12, 28))
    assert None is named.holds(date(2026, 12, 29)), "a holiday of 1 January would reach back"
    assert None is named.holds(date(2027, 2, 6))
    assert None is named.holds(date(2009, 12, 31))


def test_a_plain_no_is_no_whatever_the_calendar_knows() -> None:
    """A month that is not meant is no, in an unknown year too."""
    assert False is window(**CN, months=[1, 2]).holds(date(2031, 7, 1))


def test_one_day_of_two_names() -> None:
    """A day that is two holidays is found by either name."""
    day = date(2010, 4, 5)

    for name in ("Easter Monday", "Ching Ming Festival", "Ching Ming Festival; Easter Monday"):
        assert window(calendar="holidays/hk", holidays=[name]).holds(day)


def test_every_holiday() -> None:
    """Without names every holiday of the calendar is meant."""
    assert "10-01" in held(window(calendar="holidays/cn"), date(2026, 9, 1), date(2026, 11, 1))


def test_a_correction_counts_from_when_it_was_known() -> None:
    """What was added later is not there for who asks as known before."""
    calendar = holidays(
        (date(2026, 1, 1), {"Feast": (date(2026, 5, 1),)}),
        (
            date(2026, 1, 1),
            {"known_on": date(2026, 4, 20), "Feast": (date(2026, 5, 1), date(2026, 5, 2))},
        ),
    )
    feast = window(SHELF.with_policies((calendar,)), calendar="holidays/acme", holidays=["Feast"])

    assert [False, True, True] == [
        feast.holds(date(2026, 5, 2), known)
        for known in (date(2026, 4, 19), date(2026, 4, 20), None)
    ]


def test_next_year_follows_the_calendar() -> None:
    """A version for the next year is all it takes: no date stands in the window."""
    first = (date(2026, 1, 1), {"Feast": (date(2026, 2, 17),)})
    second = (date(2027, 1, 1), {"Feast": (date(2027, 2, 6),)})
    row = {"calendar": "holidays/acme", "holidays": ["Feast"]}
    before = window(SHELF.with_policies((holidays(first),)), **row)
    after = window(SHELF.with_policies((holidays(first, second),)), **row)

    assert (None, True) == (before.holds(date(2027, 2, 6)), after.holds(date(2027, 2, 6)))
    assert False is after.holds(date(2027, 2, 17))


def test_bounds_are_half_open() -> None:
    """The last day counts up to its last instant, on a day of 23 hours too."""
    start, end = window(from_on=date(2026, 3, 29), through_on=date(2026, 3, 29)).bounds(
        "Europe/London"
    )
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert start is not None
    assert end is not None
    assert datetime(2026, 3, 29, tzinfo=UTC) == epoch + timedelta(microseconds=start)
    assert datetime(2026, 3, 29, 23, tzinfo=UTC) == epoch + timedelta(microseconds=end)
    assert (None, None) == window(months=[2]).bounds("Europe/London")


def test_when_a_run_began() -> None:
    """A run begins at its first day; a time between two days, at the first."""
    assert date(2026, 2, 15) == window(**CN, run="days-off").began(date(2026, 2, 23))
    assert date(2026, 3, 1) == window(from_on=date(2026, 3, 1)).began(date(2026, 4, 1))


def test_links() -> None:
    """The calendar's version of the year is named, and nothing where there is no calendar."""
    assert [date(2026, 1, 1)] == [held.since for held in window(**CN).links(date(2026, 2, 17))]
    assert () == window(months=[2]).links(date(2026, 2, 17))
    assert ["holidays/cn"] == [policy.id for policy in window(**CN).calendars]


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"from_on": date(2026, 2, 2), "through_on": date(2026, 2, 1)}, "window.through_on"),
        ({"months": [2], "days_of_month": [30]}, "window"),
        (
            {"from_on": date(2026, 1, 5), "through_on": date(2026, 1, 6), "weekdays": ["sun"]},
            "window",
        ),
        ({"months": [13]}, "window.months[0]"),
        ({"days_of_month": [0]}, "window.days_of_month[0]"),
        ({"weekdays": ["mon", "mon"]}, "window.weekdays[1]"),
        ({"before": 1}, "window.before"),
        ({"run": "days-off"}, "window.run"),
        ({"holidays": ["Easter Monday"]}, "window.holidays"),
        ({"calendar": "holidays/cn", "before": -1}, "window.before"),
        ({"calendar": "holidays/cn", "after": 40}, "window.after"),
        ({"calendar": "vocabulary/channels"}, "window.calendar"),
        (
            {
                "calendar": "holidays/cn",
                "holidays": [FESTIVAL],
                "from_on": date(2026, 3, 1),
                "through_on": date(2026, 3, 31),
            },
            "window",
        ),
    ],
)
def test_faults(row: dict[str, Any], path: str) -> None:
    """What cannot be, or can never hold, is refused with its path."""
    assert [path] == list(faults_of(**row))


def test_near_names() -> None:
    """A calendar or a holiday that is not there is answered by those that are."""
    assert (
        FESTIVAL
        in faults_of(calendar="holidays/cn", holidays=["Spring Festival"])["window.holidays[0]"]
    )
    assert "holidays/cn" in faults_of(calendar="holidays/china")["window.calendar"]


@given(st.dates(date(2010, 1, 1), date(2026, 12, 31)), st.integers(0, 9), st.integers(0, 9))
def test_wider_never_holds_less(day: date, before: int, after: int) -> None:
    """Days before and after take none away; a run of days off holds whatever its names do."""
    if window(**CN).holds(day):
        assert window(**CN, before=before, after=after).holds(day)
        assert window(**CN, run="days-off").holds(day)
