"""The shipped public holidays and business days: whole, in order, named, and never edited."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest

from bankservice.calendars import Region, region, regions
from bankservice.calendars.regions import FIRST_YEAR, announcements, chinese_names
from bankservice.calendars.writing import written
from bankservice.core.errors import UnknownNameError
from bankservice.core.holidays import HOLIDAYS, HolidayTable
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Policy, Version
from bankservice.core.shelf import PolicyShelf

WRITTEN_YEARS: Final = Path(__file__).parent / "written_years.txt"
SHELF: Final = PolicyShelf(
    (HOLIDAYS, WORKTIME),
    {"calendars": "bankservice.calendars", "holidays": "bankservice.calendars"},
)

by_region = pytest.mark.parametrize("held", regions(), ids=lambda held: held.id)


def holidays(region_id: str, known: date = date.max) -> dict[date, str]:
    """Return the holidays of a region by day, as they were known on a day."""
    policy = written(region(region_id)).as_known(known)
    tables = {version.since: version.parameters for version in policy.versions}
    return {day.on: day.name.en for table in tables.values() for day in table.days if day.name}


def made_up(region_id: str) -> set[date]:
    """Return the make-up working days of a region."""
    versions = written(region(region_id)).versions
    return {day.on for version in versions for day in version.parameters.make_up}


# --- form ---------------------------------------------------------------------------------------


def test_every_file_belongs_to_a_region() -> None:
    """What is shipped is the holidays and the calendar of each region, and nothing else."""
    expected = {held.holidays_id for held in regions()} | {held.calendar_id for held in regions()}

    assert expected == set(SHELF.shipped())
    assert len(regions()) == len({held.id for held in regions()})


@by_region
def test_files_load(held: Region) -> None:
    """Both files of a region load as policies, the calendar linking the holidays."""
    assert held.holidays_id == SHELF.get(held.holidays_id).id
    assert held.calendar_id == SHELF.get(held.calendar_id).id


@by_region
def test_years_without_a_gap(held: Region) -> None:
    """Every year from 2010 to the last one announced is there."""
    years = {version.since for version in written(held).versions}

    assert {date(year, 1, 1) for year in range(FIRST_YEAR, held.through + 1)} == years


def versions() -> list[tuple[Region, Version[HolidayTable]]]:
    """Return every version of every region."""
    return [(held, version) for held in regions() for version in written(held).versions]


def test_days_stand_in_order_in_their_year() -> None:
    """Days are within the year of their version, in order, each once; a make-up day is no holiday."""
    for _, version in versions():
        days = [day.on for day in version.parameters.days]
        made = [day.on for day in version.parameters.make_up]

        assert sorted(set(days)) == days
        assert sorted(set(made)) == made
        assert {version.since.year} == {day.year for day in (*days, *made)}
        assert set() == set(days) & set(made)


def test_make_up_days_are_weekends() -> None:
    """A make-up working day is a Saturday or Sunday; only China has them."""
    found = {(held.id, day.on) for held, v in versions() for day in v.parameters.make_up}

    assert {"cn"} == {region_id for region_id, _ in found}
    assert {5, 6} == {day.weekday() for _, day in found}


def test_days_are_named_in_both_languages() -> None:
    """Every day has an English name in ASCII and a Chinese one in Chinese."""
    for held, version in versions():
        for day in (*version.parameters.days, *version.parameters.make_up):
            assert day.name is not None, (held.id, day.on)
            assert day.name.en.isascii()
            assert day.name.en
            assert re.search("[\u4e00-\u9fff]", day.name.zh), (held.id, day)


def test_no_chinese_name_is_left_over() -> None:
    """Every name of the table of Chinese names is used."""
    english = {
        re.sub(r" \((observed|estimated)\)$", "", part)
        for _, version in versions()
        for day in version.parameters.days
        if day.name is not None
        for part in day.name.en.split("; ")
    }
    known = {name for country in ("any", "AU", "HK", "JP") for name in chinese_names(country)}

    assert set() == known - english


def test_each_year_is_known_by_its_end() -> None:
    """A year's days are known by 1 January, later announcements within the year aside."""
    for held in regions():
        first: dict[date, date] = {}
        for version in written(held).versions:
            first.setdefault(version.since, version.ref.known_on)
        for since, known_on in first.items():
            assert known_on <= since


def test_late_announcements_are_corrections() -> None:
    """What was announced late is known from that day on, and not before."""
    for row in announcements():
        for region_id in row.regions:
            before = written(region(region_id)).as_known(row.known_on - timedelta(days=1))
            after = written(region(region_id)).as_known(row.known_on)
            was, now = (
                {day.on for day in policy.on(date(row.year, 6, 1)).parameters.days}
                for policy in (before, after)
            )

            assert set(row.added) <= now
            assert set() == set(row.added) & was
            assert {day.on for day in row.dropped} == was - now


def test_refuted_days_are_left_out() -> None:
    """A day that the library has by mistake is not written."""
    for held in regions():
        for refuted in held.refuted:
            assert refuted.on not in holidays(held.id)


def test_unknown_region() -> None:
    """An unknown region is refused with the near names."""
    with pytest.raises(UnknownNameError) as refused:
        region("gb-scot")

    assert "gb-sct" in refused.value.near


# --- facts --------------------------------------------------------------------------------------


def test_china() -> None:
    """The working weekends of 2024, 2025 and 2026 are those of the notices."""
    expected = [
        "2024-02-04",
        "2024-02-18",
        "2024-04-07",
        "2024-04-28",
        "2024-05-11",
        "2024-09-14",
        "2024-09-29",
        "2024-10-12",
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ]

    assert expected == [str(day) for day in sorted(made_up("cn")) if day.year >= 2024]
    assert date(2024, 2, 9) not in holidays("cn")


@pytest.mark.parametrize(("year", "published"), [(2025, "2024-11-12"), (2026, "2025-11-04")])
def test_china_is_known_from_the_notice(year: int, published: str) -> None:
    """A year is known from the day of the State Council's notice, which the citation names."""
    version = written(region("cn")).on(date(year, 1, 1))

    assert published == str(version.ref.known_on)
    assert "was read" in version.source.note


def test_china_is_not_known_beyond_the_notices() -> None:
    """2027 is not there: it was not announced."""
    assert 2026 == max(version.since.year for version in written(region("cn")).versions)


@pytest.mark.parametrize("region_id", ["gb", "gb-eng", "gb-wls", "gb-sct", "gb-nir"])
def test_19_september_2022(region_id: str) -> None:
    """The day of the funeral is a holiday for those who ask from 10 September 2022 on."""
    day = date(2022, 9, 19)

    assert day not in holidays(region_id, date(2022, 9, 9))
    assert day in holidays(region_id, date(2022, 9, 10))
    assert "holidays" in written(region(region_id)).on(day).source.note


def test_3_july_2026() -> None:
    """Independence Day on a Saturday closes federal offices on Friday, Reserve Banks not."""
    assert date(2026, 7, 3) in holidays("us")
    assert date(2026, 7, 3) not in holidays("us-federal-reserve")


@pytest.mark.parametrize(
    ("region_id", "day", "off"),
    [
        ("gb-sct", "2026-01-02", True),
        ("gb-eng", "2026-01-02", False),
        ("gb-sct", "2026-11-30", True),
        ("gb-eng", "2026-11-30", False),
        ("gb-sct", "2026-04-06", False),
        ("gb-eng", "2026-04-06", True),
        ("gb-sct", "2026-06-15", True),
        ("gb-nir", "2027-07-12", True),
        ("gb-nir", "2026-07-13", True),
        ("gb-eng", "2027-07-12", False),
        ("gb-eng", "2022-09-19", True),
        ("hk", "2026-04-04", True),
        ("hk", "2026-09-26", True),
        ("hk", "2026-12-26", True),
        ("hk", "2026-04-03", True),
        ("us", "2014-11-11", True),
        ("us", "2014-11-28", False),
        ("us", "2014-12-24", False),
        ("ie", "2022-03-18", True),
        ("ca", "2026-05-18", True),
        ("ca", "2026-09-30", True),
        ("au-nsw", "2022-09-22", True),
        ("au-vic", "2026-11-03", True),
        ("au-nsw", "2026-11-03", False),
        ("de-be", "2027-03-08", True),
        ("de-by", "2027-03-08", False),
        ("jp", "2026-09-22", True),
        ("nz", "2026-07-10", True),
        ("sa", "2025-09-23", True),
    ],
)
def test_single_days(region_id: str, day: str, off: bool) -> None:
    """Days that tell places apart."""
    assert off == (date.fromisoformat(day) in holidays(region_id))


def test_weekends() -> None:
    """The working week is Monday to Friday; in Saudi Arabia Sunday to Thursday since 2013-06-29."""
    for held in regions():
        calendar = SHELF.get(held.calendar_id)
        week = [tuple(version.written.hours.days) for version in calendar.versions]
        weekdays = ("mon", "tue", "wed", "thu", "fri")

        assert date(FIRST_YEAR, 1, 1) == calendar.versions[0].since
        if held.id != "sa":
            assert [weekdays] == week
    saudi = SHELF.get("calendars/sa")
    assert {"sun", "mon", "tue", "wed", "thu"} == set(saudi.versions[-1].written.hours.days)
    assert date(2013, 6, 29) == saudi.versions[-1].since


def test_calendar_ids() -> None:
    """A calendar links its region's holidays, whatever it is called itself."""
    for held in regions():
        for version in SHELF.get(held.calendar_id).versions:
            assert held.holidays_id == version.written.public_holidays.policy_id
            assert held.zone == version.written.zone
    assert {"calendars/us-federal", "calendars/us-federal-reserve"} <= set(SHELF.shipped())


# --- what was written stays ---------------------------------------------------------------------


def digest(version: Version[HolidayTable]) -> str:
    """Return a short digest over what a version says of its days, names included."""
    text = "\n".join(
        f"{sign}{day.on} {day.name}"
        for sign, days in (("-", version.parameters.days), ("+", version.parameters.make_up))
        for day in days
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def lines(policy: Policy[HolidayTable]) -> list[str]:
    """Return a line for each version of a region."""
    return [
        f"{policy.id} {version.since} {version.ref.known_on} {digest(version)}"
        for version in policy.versions
    ]


def test_written_years_never_change() -> None:
    """
    Every version once written is there as it was. A new one gets its line by running this file.
    """
    assert [line for held in regions() for line in lines(written(held))] == WRITTEN_YEARS.read_text(
        "utf-8"
    ).splitlines()


def add_new_lines() -> None:
    """Add the lines of versions that have none; a line that is there is never rewritten."""
    have = {line.rpartition(" ")[0]: line for line in WRITTEN_YEARS.read_text("utf-8").splitlines()}
    found = [line for held in regions() for line in lines(written(held))]
    kept = [have.get(line.rpartition(" ")[0], line) for line in found]
    WRITTEN_YEARS.write_text("\n".join([*kept, ""]), "utf-8")


if __name__ == "__main__":
    add_new_lines()
