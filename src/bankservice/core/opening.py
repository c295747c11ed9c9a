"""
How a working calendar is written: hours of the week, public holidays, a bank's own days.

All versions of a calendar make one `WorkingCalendar`: each local date takes its hours from the
version in force on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Final, Literal, get_args

import attrs

from bankservice.core.calendar import zone_of
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.holidays import HOLIDAYS, PublicHolidays, public_holidays
from bankservice.core.hours import Hours
from bankservice.core.offsets import DAY, HOUR, MINUTE, Spans
from bankservice.core.policy import Faults, Kind, Library, Version
from bankservice.core.scalars import RefusedError
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.core.worktime import WorkingCalendar

__all__ = [
    "WORKTIME",
    "CalendarTable",
    "ClosedWeekday",
    "HolidayPlace",
    "Override",
    "WeekHours",
    "Weekday",
]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: Final = get_args(Weekday)
ALWAYS: Final = "always"
_WHOLE_DAY: Final[Spans] = ((0, DAY),)
_SPAN: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


@attrs.frozen
class WeekHours:
    """Opening hours by weekday as written; none by weekday stands for `"always"`."""

    days: FrozenMapping[str, tuple[str, ...]] | None

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> WeekHours:
        if raw == ALWAYS:
            return cls(None)
        if not isinstance(raw, Mapping):
            raise RefusedError(
                raw, 'hours by weekday, such as { mon = ["09:00-17:00"] }, or "always"'
            )
        return cls(reader.read(raw, FrozenMapping[str, tuple[str, ...]], ""))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        week = forms.of(FrozenMapping[str, tuple[str, ...]])
        return any_of([{"const": ALWAYS}, week])

    def __written__(self) -> str | dict[str, list[str]]:
        if self.days is None:
            return ALWAYS
        return {day: list(spans) for day, spans in self.days.items()}


@attrs.frozen(kw_only=True)
class HolidayPlace:
    """
    Whose public holidays count.

    Attributes:
        country: ISO 3166 code.
        subdivision: ISO 3166-2 code within it, or another name of a part.
        market: A list of its own within the country, such as that of its central bank.
    """

    country: str
    subdivision: str = ""
    market: str = ""

    @property
    def policy_id(self) -> str:
        """Id of the policy that holds them."""
        parts = (self.country, self.subdivision, self.market)
        return "holidays/" + "-".join(part.lower() for part in parts if part)


@attrs.frozen(kw_only=True)
class Override:
    """The hours of one date, whatever else is said of it; none: closed."""

    on: date
    hours: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ClosedWeekday:
    """A weekday that is closed in some weeks: `nth` counts it within the month, from 1."""

    weekday: Weekday
    nth: tuple[int, ...]


@attrs.frozen(kw_only=True)
class CalendarTable:
    """
    A calendar version as written.

    Attributes:
        zone: IANA name of the zone whose clock the hours are read on.
        hours: Opening hours by weekday, or `"always"`; an interval never crosses midnight and may
            end at `24:00`.
        public_holidays: Whose public holidays close it; none where left out.
        make_up_hours: Weekday whose hours a make-up working day follows.
        override: Hours of single dates, before anything else.
        closed: Weekdays closed in some weeks of the month.
    """

    zone: str
    hours: WeekHours
    public_holidays: HolidayPlace | None = None
    make_up_hours: Weekday = "fri"
    override: tuple[Override, ...] = ()
    closed: tuple[ClosedWeekday, ...] = ()


def _build(written: CalendarTable, faults: Faults, library: Library) -> WorkingCalendar:
    try:
        zone_of(written.zone)
        zone = written.zone
    except UnknownNameError as error:
        faults.add(
            "zone", repr(written.zone), "an IANA time zone such as 'Asia/Shanghai'", error.near
        )
        zone = "UTC"
    week = _week(written.hours, faults)
    hours = Hours(
        week=week,
        make_up=week[WEEKDAYS.index(written.make_up_hours)],
        closed=_closed(written.closed, faults),
        overrides=_overrides(written.override, faults),
        holidays=_linked(written.public_holidays, faults, library),
    )
    return WorkingCalendar("", zone, (hours,))


def _week(written: WeekHours, faults: Faults) -> tuple[Spans, ...]:
    if written.days is None:
        return (_WHOLE_DAY,) * 7
    for name in written.days:
        if name not in WEEKDAYS:
            near = near_names(name, WEEKDAYS)
            faults.add(f"hours.{name}", "an unknown weekday", "one of " + ", ".join(WEEKDAYS), near)
    return tuple(_spans(written.days.get(day, ()), f"hours.{day}", faults) for day in WEEKDAYS)


def _spans(written: tuple[str, ...], path: str, faults: Faults) -> Spans:
    """Return intervals in order; those that touch or overlap are one."""
    found = []
    for index, text in enumerate(written):
        span = _span(text, f"{path}[{index}]", faults)
        if span is not None:
            found.append(span)
    merged: list[tuple[int, int]] = []
    for opening, closing in sorted(found):
        if merged and opening <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closing))
        else:
            merged.append((opening, closing))
    return tuple(merged)


def _span(text: str, path: str, faults: Faults) -> tuple[int, int] | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        faults.add(path, repr(text), "an interval such as '09:00-17:00'")
        return None
    hour, minute, until_hour, until_minute = map(int, match.groups())
    opening, closing = hour * HOUR + minute * MINUTE, until_hour * HOUR + until_minute * MINUTE
    wanted = ""
    if minute > 59 or until_minute > 59 or opening >= DAY or closing > DAY:
        wanted = "times from 00:00 to 24:00"
    elif closing == 0:
        wanted = "24:00 where the day's end is meant"
    elif opening == closing:
        wanted = "an interval with time in it"
    elif opening > closing:
        wanted = (
            "an interval within one day; write the part after midnight, from 00:00, on the next"
        )
    if wanted:
        faults.add(path, repr(text), wanted)
        return None
    return opening, closing


def _overrides(written: tuple[Override, ...], faults: Faults) -> Mapping[int, Spans]:
    found: dict[int, Spans] = {}
    for index, row in enumerate(written):
        if row.on.toordinal() in found:
            faults.add(f"override[{index}].on", row.on, "each date once")
        found[row.on.toordinal()] = _spans(row.hours, f"override[{index}].hours", faults)
    return found


def _closed(written: tuple[ClosedWeekday, ...], faults: Faults) -> frozenset[tuple[int, int]]:
    found = set()
    for index, row in enumerate(written):
        if not row.nth:
            faults.add(f"closed[{index}].nth", "nothing", "whole numbers from 1 to 5")
        for place, nth in enumerate(row.nth):
            if not 1 <= nth <= 5:
                faults.add(f"closed[{index}].nth[{place}]", nth, "a whole number from 1 to 5")
            found.add((WEEKDAYS.index(row.weekday), nth))
    return frozenset(found)


def _linked(place: HolidayPlace | None, faults: Faults, library: Library) -> PublicHolidays | None:
    if place is None:
        return None
    try:
        policy = library.get(place.policy_id)
    except UnknownNameError as error:
        near = tuple(name for name in error.near if name.startswith("holidays/"))
        faults.add(
            "public_holidays", repr(place.policy_id), "a place whose holidays there are", near
        )
        return None
    if policy.kind.name != HOLIDAYS.name:
        faults.add("public_holidays", repr(place.policy_id), f"a policy of kind {HOLIDAYS.name}")
        return None
    return public_holidays(policy)


def _join(
    policy_id: str,
    versions: tuple[Version[WorkingCalendar], ...],
    faults: Faults,
) -> tuple[Version[WorkingCalendar], ...]:
    """Return the versions with the one calendar they make as parameters of each."""
    if not versions:
        return ()
    hours = tuple(
        attrs.evolve(version.parameters.hours_of(version.ref), version=version)
        for version in versions
    )
    zones = sorted({version.parameters.zone for version in versions})
    if len(zones) > 1:
        faults.add("version", ", ".join(zones), "one zone; another zone is another calendar")
    if not any(held.ever_open for held in hours):
        faults.add("hours", f"no open time in {policy_id}", "hours on some day")
    for version, after in pairwise((*versions, None)):
        assert version is not None, "only what follows the last is none"
        path = f"version since {version.since}"
        if version.applies_to is not None:
            faults.add(f"{path}.applies_to", "a cohort", "a calendar for everybody")
        if after is not None and version.ends_on is not None and version.ends_on < after.since:
            faults.add(f"{path}.ends_on", version.ends_on, f"no gap before {after.since}")
    if len(faults):
        return versions
    calendar = WorkingCalendar(policy_id, zones[0], hours)
    return tuple(attrs.evolve(version, parameters=calendar) for version in versions)


WORKTIME: Final = Kind("worktime.calendar", CalendarTable, _build, join=_join)
"""Kind of policy that holds a working calendar."""
