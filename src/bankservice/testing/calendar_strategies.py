"""
Hypothesis strategies for working calendars: zones with hard clocks, hours, holidays, odd days.

Exported by `bankservice.testing.strategies`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.core.calendar import zone_of
from bankservice.core.errors import UnknownNameError
from bankservice.core.holidays import HOLIDAYS
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.worktime import WorkingCalendar

__all__ = [
    "ZONES",
    "calendar_policies",
    "calendar_tables",
    "holiday_tables",
    "instants",
    "working_calendars",
]

ZONES: Final[Mapping[str, tuple[date, ...]]] = {
    # Midnight is skipped, and on the autumn day 23:00 comes twice.
    "Africa/Cairo": (date(2025, 4, 25), date(2025, 10, 31)),
    "America/New_York": (date(2025, 3, 9), date(2025, 11, 2)),
    "America/Santiago": (date(2025, 4, 6), date(2025, 9, 7)),
    "America/Sao_Paulo": (date(2018, 11, 4), date(2019, 2, 17)),
    # Changes at one minute past midnight: a piece of the day before comes after the day began.
    "America/St_Johns": (date(2010, 3, 14), date(2010, 11, 7)),
    "Asia/Kathmandu": (date(1986, 1, 1),),
    "Asia/Shanghai": (date(1988, 4, 17), date(1988, 9, 11)),
    # Half an hour.
    "Australia/Lord_Howe": (date(2025, 4, 6), date(2025, 10, 5)),
    "Europe/London": (date(2025, 3, 30), date(2025, 10, 26)),
    "Pacific/Apia": (date(2011, 12, 30),),
    "Pacific/Auckland": (date(2025, 4, 6), date(2025, 9, 28)),
    "UTC": (),
}
"""Zones → dates near which their clocks change; Apia once skipped a whole date."""

FIRST: Final = date(1971, 1, 1)
LAST: Final = date(2099, 12, 31)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_MINUTES: Final = 24 * 60


def _in_order(name: str, low: Any, high: Any) -> None:
    if low > high:
        raise InvalidArgument(f"min_{name} is {low!r}, above max_{name} {high!r}.")


def instants(
    *, zone: str = "UTC", min_value: date = FIRST, max_value: date = LAST
) -> SearchStrategy[datetime]:
    """
    Return aware instants in UTC on whole minutes, often on days when the clocks of *zone* change.

    Args:
        zone: One of `ZONES`, or any other without such days.
        min_value: First UTC day.
        max_value: Last UTC day.
    """
    _in_order("value", min_value, max_value)
    changes = [day for day in ZONES.get(zone, ()) if min_value < day < max_value]
    days = st.dates(min_value, max_value)
    near = st.builds(
        lambda day, more: day + timedelta(days=more),
        st.sampled_from(changes or [min_value]),
        st.integers(-1, 1) if changes else st.just(0),
    )
    return st.builds(
        lambda day, minute: (
            datetime(day.year, day.month, day.day, tzinfo=zone_of("UTC"))
            + timedelta(minutes=minute)
        ),
        near | days,
        st.integers(0, _DAY_MINUTES - 1),
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _spans(fewest: int) -> SearchStrategy[list[str]]:
    """Return up to two intervals on quarters of an hour, apart from each other."""
    edges = st.lists(
        st.integers(0, _DAY_MINUTES // 15), min_size=2 * fewest, max_size=4, unique=True
    )
    return edges.map(_paired)


def _paired(edges: list[int]) -> list[str]:
    ordered = [_clock(15 * edge) for edge in sorted(edges)]
    # An odd edge is left over.
    return [f"{one}-{other}" for one, other in zip(ordered[::2], ordered[1::2], strict=False)]


def _week(always: bool) -> SearchStrategy[Any]:
    hours = st.fixed_dictionaries({day: _spans(0) for day in WEEKDAYS})
    # One day is open for certain: a calendar that never opens is none.
    week = st.builds(
        lambda drawn, day, spans: {**drawn, day: spans},
        hours,
        st.sampled_from(WEEKDAYS),
        _spans(1),
    )
    return st.just("always") | week if always else week


def calendar_tables(
    *,
    zones: Sequence[str] = tuple(ZONES),
    min_value: date = FIRST,
    max_value: date = LAST,
    max_overrides: int = 4,
    always: bool = True,
) -> SearchStrategy[dict[str, Any]]:
    """
    Return the parameters of a calendar version as a TOML file holds them.

    Args:
        zones: IANA names to draw from.
        min_value: First day of an override.
        max_value: Last day of an override.
        max_overrides: Most overrides.
        always: Whether some are open round the clock.
    """
    _in_order("value", min_value, max_value)
    if not zones or max_overrides < 0:
        raise InvalidArgument("name at least one zone, and no fewer than 0 overrides.")
    for zone in zones:
        try:
            zone_of(zone)
        except UnknownNameError as error:
            raise InvalidArgument(str(error)) from None
    rows = st.tuples(st.dates(min_value, max_value), st.just(list[str]()) | _spans(1))
    overrides = st.lists(rows, max_size=max_overrides, unique_by=lambda row: row[0]).map(
        lambda drawn: [{"on": day, "hours": hours} for day, hours in drawn]
    )
    closed = st.lists(
        st.fixed_dictionaries(
            {
                "weekday": st.sampled_from(WEEKDAYS),
                "nth": st.lists(st.integers(1, 5), min_size=1, max_size=2),
            }
        ),
        max_size=1,
    )
    return st.fixed_dictionaries(
        {
            "zone": st.sampled_from(tuple(zones)),
            "hours": _week(always),
            "override": overrides,
            "make_up_hours": st.sampled_from(WEEKDAYS),
            "closed": closed,
        }
    )


def holiday_tables(
    *, min_value: date = FIRST, max_value: date = LAST, max_days: int = 6
) -> SearchStrategy[dict[str, Any]]:
    """
    Return the parameters of a version of public holidays as a TOML file holds them.

    Args:
        min_value: First day of a holiday or make-up working day.
        max_value: Last one; up to it the list is known.
        max_days: Most days of either kind.
    """
    _in_order("value", min_value, max_value)
    days = st.lists(st.dates(min_value, max_value), max_size=2 * max_days, unique=True)
    halves = st.tuples(days, st.integers(0, 2 * max_days))
    return halves.map(
        lambda drawn: {
            "days": [{"on": day} for day in drawn[0][: drawn[1]]],
            "make_up": [{"on": day} for day in drawn[0][drawn[1] :]],
            "known_through": max_value,
        }
    )


def calendar_policies(
    *tables: SearchStrategy[dict[str, Any]],
    holidays: SearchStrategy[dict[str, Any]] | None = None,
    since: date = FIRST,
) -> SearchStrategy[Policy[WorkingCalendar]]:
    """
    Return loaded calendars.

    Args:
        *tables: Parameters of the versions, oldest first; one of `calendar_tables()` where left
            out. Those after the first take its zone.
        holidays: Parameters of the public holidays they follow; none where left out.
        since: First day of the first version; the others follow, each a year after the last.
    """
    drawn = st.tuples(*(tables or (calendar_tables(),)))
    days = st.none() if holidays is None else holidays
    return st.builds(lambda parts, days: _policy(parts, days, since), drawn, days)


def working_calendars(
    *tables: SearchStrategy[dict[str, Any]],
    holidays: SearchStrategy[dict[str, Any]] | None = None,
    since: date = FIRST,
) -> SearchStrategy[WorkingCalendar]:
    """Return working calendars; the options are those of `calendar_policies`."""
    drawn = calendar_policies(*tables, holidays=holidays, since=since)
    return drawn.map(lambda policy: policy.versions[0].parameters)


_SOURCE: Final = {"text": "drawn by Hypothesis", "clause": "1", "checked": "own"}


def _policy(
    tables: Sequence[Mapping[str, Any]], holidays: Mapping[str, Any] | None, since: date
) -> Policy[WorkingCalendar]:
    shelf = PolicyShelf((WORKTIME, HOLIDAYS), {})
    linked: dict[str, Any] = {}
    if holidays is not None:
        linked = {"public_holidays": {"country": "drawn"}}
        version = {**holidays, "since": since, "source": _SOURCE}
        raw = {"id": "holidays/drawn", "kind": HOLIDAYS.name, "version": [version]}
        shelf = shelf.with_policies([read_policy(raw, "drawn holidays", shelf.kinds, shelf)])
    raw = {
        "id": "drawn/calendar",
        "kind": WORKTIME.name,
        "version": [
            {
                **table,
                **linked,
                "zone": tables[0]["zone"],
                "since": date(since.year + place, since.month, since.day),
                "source": _SOURCE,
            }
            for place, table in enumerate(tables)
        ],
    }
    return read_policy(raw, "a drawn calendar", shelf.kinds, shelf)
