"""
Public holidays and make-up working days of a place, by year, each year with its source.

A local date looks at the version in force on it: usually that of its year. What was announced late
is a correction: the same `since` with a later `known_on`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import attrs

from bankservice.core.policy import Faults, Kind, Library, Policy, Title, Version

__all__ = [
    "HOLIDAYS",
    "Holiday",
    "HolidayTable",
    "PublicHolidays",
    "corrected_on",
    "public_holidays",
]

_ONE: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Holiday:
    """
    A day and what it is called.

    Attributes:
        on: The local date.
        name: What people call it.
    """

    on: date
    name: Title | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class HolidayTable:
    """
    The public holidays of one version, which is usually one year.

    Attributes:
        days: The days that are public holidays, weekends among them or not.
        make_up: Working days although a weekend.
        known_through: Up to this day (inclusive) the list is known; 31 December of the year the
            version begins in where left out.
    """

    days: tuple[Holiday, ...] = ()
    make_up: tuple[Holiday, ...] = ()
    known_through: date | None = None


@attrs.frozen(eq=False)
class PublicHolidays:
    """
    The public holidays of a place over all its versions.

    Attributes:
        policy: The policy they are from.
        versions: The versions that count, by the day from which each is in force.
        days: Ordinal of a holiday → its name.
        make_up: Ordinal of a make-up working day → its name.
        known_from: First day the lists are known.
        known_through: Last day they are known without a gap.
    """

    policy: Policy[HolidayTable]
    versions: tuple[Version[HolidayTable], ...]
    days: Mapping[int, Title | None]
    make_up: Mapping[int, Title | None]
    known_from: date
    known_through: date

    def on(self, start: date, end: date) -> tuple[Version[HolidayTable], ...]:
        """Return the versions in force on the days *start* to *end*, both counted."""
        follow = [version.since for version in self.versions[1:]] + [date.max]
        return tuple(
            version
            for version, after in zip(self.versions, follow, strict=True)
            if version.since <= end and start < after
        )


def _through(version: Version[HolidayTable]) -> date:
    return version.parameters.known_through or date(version.since.year, 12, 31)


def corrected_on(versions: Iterable[Version[Any]]) -> tuple[date, ...]:
    """Return the days on which corrections of versions became known, ascending, each once."""
    seen: set[date] = set()
    found: set[date] = set()
    for version in versions:
        if version.since in seen:
            found.add(version.ref.known_on)
        seen.add(version.since)
    return tuple(sorted(found))


def public_holidays(policy: Policy[HolidayTable], known: date | None = None) -> PublicHolidays:
    """
    Return the holidays of a policy.

    Args:
        policy: Of kind `worktime.holidays`.
        known: Leave out corrections that became known after this day. The first list of a year
            counts always: when it became known is seldom written down.
    """
    # Versions stand by since and known_on: of those with one since, the last one known counts.
    counting: dict[date, Version[HolidayTable]] = {}
    for version in policy.versions:
        if version.since not in counting or known is None or version.ref.known_on <= known:
            counting[version.since] = version
    versions = tuple(counting.values())
    days: dict[int, Title | None] = {}
    make_up: dict[int, Title | None] = {}
    through = None if versions else date.min
    follow = [version.since for version in versions[1:]] + [date.max]
    for version, after in zip(versions, follow, strict=False):
        table = version.parameters
        for held, into in ((table.days, days), (table.make_up, make_up)):
            into.update(
                {day.on.toordinal(): day.name for day in held if version.since <= day.on < after}
            )
        # A version speaks for its own days only: where its list ends early, there is a gap.
        if through is None and _through(version) < after - _ONE:
            through = _through(version)
    known_from = versions[0].since if versions else date.max
    return PublicHolidays(policy, versions, days, make_up, known_from, through or date.max)


def _build(written: HolidayTable, faults: Faults, library: Library) -> HolidayTable:
    listed: dict[date, str] = {}
    for name in ("days", "make_up"):
        for index, day in enumerate(getattr(written, name)):
            if day.on in listed:
                faults.add(f"{name}[{index}].on", day.on, f"a day not in {listed[day.on]} already")
            listed.setdefault(day.on, name)
    return written


HOLIDAYS: Final[Kind[Any, HolidayTable]] = Kind("worktime.holidays", HolidayTable, _build)
"""Kind of policy that holds the public holidays of a place, one version a year."""
