"""The places with a calendar, and which of their days were announced late: read from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

import attrs

from bankservice.core.citation import Citation
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.holidays import Holiday
from bankservice.core.opening import Weekday
from bankservice.core.policy import Title
from bankservice.core.policy_file import parse_toml
from bankservice.core.structure import POLICY

__all__ = [
    "FIRST_YEAR",
    "Announcement",
    "Notice",
    "Refuted",
    "Region",
    "Weekend",
    "announcements",
    "chinese_names",
    "region",
    "regions",
]

FIRST_YEAR: Final = 2010
"""The first year of every region."""


@attrs.frozen(kw_only=True)
class Weekend:
    """The days of the week on which a place does not work, from a day on."""

    since: date
    closed: tuple[Weekday, ...]


@attrs.frozen(kw_only=True)
class Notice:
    """The notice by which the days of a year were announced, where somebody has seen it."""

    year: int
    published_on: date
    note: str = ""


@attrs.frozen(kw_only=True)
class Refuted:
    """A day that the library has as a holiday by mistake, and why it is none."""

    on: date
    because: str


@attrs.frozen(kw_only=True)
class Region:
    """
    A place whose public holidays are written.

    Attributes:
        id: Part of the ids `holidays/<id>` and, unless `calendar` says otherwise, `calendars/<id>`.
        title: What it is called.
        country: Code of the country (ISO 3166-1).
        zone: Time zone of its business days.
        through: The last year whose days are announced, or follow from a statute.
        because: Why that year.
        subdivision: Part of the country, as the library names it.
        market: Whose holidays, where they are not the country's.
        calendar: Last part of the calendar's id.
        categories: Kinds of holiday of the library on which banks there are closed.
        language: Language in which the library gives the English names.
        chinese: Language in which it gives the Chinese ones; where left out, `names.toml` does.
        known_months_before: Months before 1 January at which the days of a year are known.
        friday_before_saturday: Whether a holiday on a Saturday closes the Friday before it.
        weekend: The days of the week without work.
        notices: Notices that were seen.
        refuted: Days that the library has by mistake.
    """

    id: str
    title: Title
    country: str
    zone: str
    through: int
    because: str
    subdivision: str = ""
    market: str = ""
    calendar: str = ""
    categories: tuple[str, ...] = ("public",)
    language: str = ""
    chinese: str = ""
    known_months_before: int = 1
    friday_before_saturday: bool = True
    weekend: tuple[Weekend, ...] = (Weekend(since=date(FIRST_YEAR, 1, 1), closed=("sat", "sun")),)
    notices: tuple[Notice, ...] = ()
    refuted: tuple[Refuted, ...] = ()

    @property
    def holidays_id(self) -> str:
        """Id of the policy with its public holidays."""
        return f"holidays/{self.id}"

    @property
    def calendar_id(self) -> str:
        """Id of the policy with its business days."""
        return f"calendars/{self.calendar or self.id}"

    @property
    def entity(self) -> str:
        """The place as the library names it, and the kinds of holiday that were taken."""
        parts = [self.country, self.subdivision, self.market and f"rule of the {self.market}"]
        return f"{', '.join(part for part in parts if part)} ({', '.join(self.categories)})"

    def notice(self, year: int) -> Notice | None:
        """Return the notice that announced the days of *year*, if somebody has seen it."""
        return next((notice for notice in self.notices if notice.year == year), None)

    def known_on(self, year: int) -> date:
        """Return the day from which the days of *year* count as known."""
        notice = self.notice(year)
        if notice is not None:
            return notice.published_on
        months = year * 12 - self.known_months_before
        return date(months // 12, months % 12 + 1, 1)


@attrs.frozen(kw_only=True)
class Announcement:
    """
    Days of a year that were announced, moved or taken away after the year's days were known.

    Attributes:
        regions: Where.
        year: Of which year.
        known_on: The day it was announced.
        source: Who says so.
        added: Days it made holidays.
        dropped: Days it took away, with their names.
        make_up_added: Days it made working days.
        make_up_dropped: Working days it took back, with their names.
    """

    regions: tuple[str, ...]
    year: int
    known_on: date
    source: Citation
    added: tuple[date, ...] = ()
    dropped: tuple[Holiday, ...] = ()
    make_up_added: tuple[date, ...] = ()
    make_up_dropped: tuple[Holiday, ...] = ()


@attrs.frozen(kw_only=True)
class _Regions:
    region: tuple[Region, ...]


@attrs.frozen(kw_only=True)
class _Announcements:
    announcement: tuple[Announcement, ...]


def _text(name: str) -> str:
    return (files("bankservice.calendars") / name).read_text("utf-8")


@cache
def regions() -> tuple[Region, ...]:
    """Return every region there is."""
    name = "regions.toml"
    return POLICY.read(parse_toml(_text(name), name), _Regions, name).region


def region(region_id: str) -> Region:
    """
    Return the region called *region_id*, in capitals or not.

    Raises:
        UnknownNameError: If there is none; near names are offered.

    Examples:
        >>> region("GB-SCT").calendar_id, region("us").calendar_id
        ('calendars/gb-sct', 'calendars/us-federal')
    """
    for held in regions():
        if held.id == region_id.lower():
            return held
    raise UnknownNameError("region", region_id, (held.id for held in regions()))


@cache
def _announced() -> tuple[Announcement, ...]:
    name = "announced.toml"
    return POLICY.read(parse_toml(_text(name), name), _Announcements, name).announcement


def announcements(region_id: str | None = None, year: int | None = None) -> list[Announcement]:
    """Return what was announced late, in a region and for a year where they are given, in order."""
    return sorted(
        (
            row
            for row in _announced()
            if region_id in (None, *row.regions) and year in (None, row.year)
        ),
        key=lambda row: row.known_on,
    )


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    name = "names.toml"
    kind = FrozenMapping[str, FrozenMapping[str, str]]
    return POLICY.read(parse_toml(_text(name), name), kind, name)


def chinese_names(country: str = "any") -> Mapping[str, str]:
    """Return the Chinese names of holidays by their English ones: of all countries, or of one."""
    return _names().get(country, {})
