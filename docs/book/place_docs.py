"""
Places with a calendar: business days, and public holidays by year with what was announced late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

import attrs
from book.bilingual import NOTHING, Titles, spoken, titles
from book.policy_docs import VersionDoc, version_doc

from bankservice import policies
from bankservice.calendars.regions import Region, regions
from bankservice.core.citation import Citation
from bankservice.core.holidays import Holiday, HolidayTable, public_holidays
from bankservice.core.policy import Policy, Version

__all__ = ["DayDoc", "ListDoc", "PlaceDoc", "YearDoc", "place_docs"]


@attrs.frozen(kw_only=True)
class DayDoc:
    """
    One day of a year's list.

    Attributes:
        works: Whether it is a make-up working day, not a holiday.
        known_on: Day on which it became known, where that is later than the rest of the list.
        struck_on: Day from which it is known that it is none, where an earlier list had it.
    """

    on: date
    name: Titles
    works: bool
    known_on: date | None = None
    struck_on: date | None = None


@attrs.frozen(kw_only=True)
class ListDoc:
    """One version of a year's list: when it became known, how far it reaches, where it is from."""

    since: date
    known_on: date
    through: date
    digest: str
    source: Citation


@attrs.frozen
class YearDoc:
    """One year: its days in order, and the versions of its list, the first known first."""

    year: int
    days: tuple[DayDoc, ...]
    lists: tuple[ListDoc, ...]


@attrs.frozen(kw_only=True)
class PlaceDoc:
    """
    A place.

    Attributes:
        business_days: Id of the policy with its business days, and its versions.
        holidays: Id of the policy with its public holidays.
        because: Why the list ends with its last year.
        years: The last year first.
    """

    id: str
    title: Titles
    business_days: str
    versions: tuple[VersionDoc, ...]
    holidays: str
    known_from: date
    known_through: date
    because: Titles
    years: tuple[YearDoc, ...]


def place_docs() -> Iterator[PlaceDoc]:
    """Yield every place, in the order of its list."""
    return map(_place, regions())


def _place(held: Region) -> PlaceDoc:
    holidays: Policy[HolidayTable] = policies.load(held.holidays_id)
    known = public_holidays(holidays)
    return PlaceDoc(
        id=held.id,
        title=titles(held.title),
        business_days=held.calendar_id,
        versions=tuple(map(version_doc, policies.load(held.calendar_id).versions)),
        holidays=held.holidays_id,
        known_from=known.known_from,
        known_through=known.known_through,
        because=spoken("because", held.because, held.because),
        years=tuple(_years(holidays))[::-1],
    )


def _years(holidays: Policy[HolidayTable]) -> Iterator[YearDoc]:
    for year, held in groupby(holidays.versions, key=lambda version: version.since.year):
        versions = tuple(held)
        yield YearDoc(year, tuple(_days(versions)), tuple(map(_list, versions)))


def _list(version: Version[HolidayTable]) -> ListDoc:
    return ListDoc(
        since=version.since,
        known_on=version.ref.known_on,
        through=version.parameters.known_through or date(version.since.year, 12, 31),
        digest=version.ref.digest,
        source=version.source,
    )


def _days(versions: tuple[Version[HolidayTable], ...]) -> list[DayDoc]:
    """Return the days of a year: those of the last list known, and those it struck."""
    found: dict[tuple[date, bool], DayDoc] = {}
    for place, version in enumerate(versions):
        table, corrects = version.parameters, place and version.since == versions[place - 1].since
        now = {(day.on, works): day for works, day in _listed(table)}
        known_on = version.ref.known_on if corrects else None
        for key, day in found.items():
            if corrects and key not in now and day.struck_on is None:
                found[key] = attrs.evolve(day, struck_on=version.ref.known_on)
        for key, held in now.items():
            before = found.get(key)
            if before is None or before.struck_on is not None:
                name = NOTHING if held.name is None else titles(held.name)
                found[key] = DayDoc(on=held.on, name=name, works=key[1], known_on=known_on)
    return sorted(found.values(), key=lambda day: (day.on, day.works))


def _listed(table: HolidayTable) -> Iterator[tuple[bool, Holiday]]:
    yield from ((False, day) for day in table.days)
    yield from ((True, day) for day in table.make_up)
