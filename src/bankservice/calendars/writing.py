"""
The tool that writes the calendars: years are added, a year once written is only corrected.

    for done in refresh(regions(), Library(), on=date(2026, 11, 22), into=Path("calendars")):
        print(done.region.id, done.added)

A year that stands in a file is never written again. Where the source has come to differ from it,
`differences` says so by day, and `refresh` leaves it or, when told to, adds a correction: a version
with the same `since` that is known from the day the source was read. A bank that refreshes into a
folder of its own begins with what is shipped.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from bankservice.calendars import texts
from bankservice.calendars.regions import FIRST_YEAR, Announcement, Region, announcements
from bankservice.calendars.source import Source
from bankservice.core.citation import Citation
from bankservice.core.errors import UnknownNameError
from bankservice.core.holidays import HOLIDAYS, Holiday, HolidayTable
from bankservice.core.policy import Policy, Title, Version
from bankservice.core.policy_file import parse_toml, read_policy

__all__ = ["Difference", "Refreshed", "differences", "missing", "refresh", "stages", "written"]

_URL: Final = "https://github.com/vacanza/holidays"
_SHIPPED: Final = files("bankservice.calendars") / "policies"


class _NoLibrary:
    """Holidays link no other policy."""

    def get(self, policy_id: str) -> Policy[object]:
        raise UnknownNameError("policy", policy_id, ())


@attrs.frozen
class Difference:
    """
    A day on which a source says another thing than what is written.

    Attributes:
        on: The day.
        written: What it is in the file: `holiday`, `make-up` or `ordinary`.
        source: What it is in the source.
        name: Its name, where it has one.
    """

    on: date
    written: str
    source: str
    name: Title | None


@attrs.frozen
class Refreshed:
    """
    What refreshing a region came to.

    Attributes:
        region: The region.
        added: Years that were added.
        corrected: Years that were corrected.
        left: Days on which the source differs from a year that was left as it is.
        unnamed: Days added whose name is English in both languages.
    """

    region: Region
    added: tuple[int, ...] = ()
    corrected: tuple[int, ...] = ()
    left: tuple[Difference, ...] = ()
    unnamed: tuple[date, ...] = ()


# --- what is written ----------------------------------------------------------------------------


def _text(policy_id: str, folder: Path | None) -> str | None:
    """Return a policy as it stands in *folder*, else as it is shipped, else None."""
    name = f"{policy_id}.toml"
    if folder is not None and (folder / name).exists():
        return (folder / name).read_bytes().decode("utf-8")
    shipped = _SHIPPED.joinpath(*name.split("/"))
    return shipped.read_bytes().decode("utf-8") if shipped.is_file() else None


# A file of many years takes a tenth of a second to read; a command asks for the same one repeatedly.
@lru_cache(maxsize=128)
def _policy(text: str, region: Region) -> Policy[HolidayTable]:
    """Read a file; one that this tool did not write, or that is of another region, is refused."""
    where = region.holidays_id
    policy = read_policy(parse_toml(text, where), where, {HOLIDAYS.name: HOLIDAYS}, _NoLibrary())
    strange = [version.since for version in policy.versions if not _is_new_year(version.since)]
    if strange or policy.id != where:
        told = f"a version since {strange[0]}" if strange else f"the id {policy.id}"
        raise ValueError(
            f"the file of {where} has {told}; this tool writes one version a year, since 1 January. "
            "Keep what a bank adds of its own in a calendar's `override`."
        )
    return policy


def _is_new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


def written(region: Region, folder: Path | None = None) -> Policy[HolidayTable]:
    """
    Return the holidays of *region* as they are written.

    Args:
        region: Which.
        folder: Where to look before what is shipped.

    Raises:
        UnknownNameError: If nothing is written of it yet.
        PolicyError: If the file has faults.
    """
    text = _text(region.holidays_id, folder)
    if text is None:
        raise UnknownNameError("policy", region.holidays_id, ())
    return _policy(text, region)


def _latest(policy: Policy[HolidayTable]) -> dict[int, Version[HolidayTable]]:
    """Return the version that counts for each year: of corrections the last."""
    return {version.since.year: version for version in policy.versions}


# --- what a source has --------------------------------------------------------------------------


def _states(table: HolidayTable) -> dict[date, tuple[str, Title | None]]:
    return {
        **{day.on: ("holiday", day.name) for day in table.days},
        **{day.on: ("make-up", day.name) for day in table.make_up},
    }


def _differ(held: HolidayTable, found: HolidayTable) -> Iterator[Difference]:
    was, now = _states(held), _states(found)
    for on in sorted({*was, *now}):
        old, new = was.get(on, ("ordinary", None)), now.get(on, ("ordinary", None))
        # A name moves no deadline.
        if old[0] != new[0]:
            yield Difference(on, old[0], new[0], new[1] or old[1])


def differences(
    region: Region, source: Source, *, folder: Path | None = None
) -> tuple[Difference, ...]:
    """Return the days on which *source* differs from the years that are written."""
    return tuple(
        difference
        for year, version in sorted(_latest(written(region, folder)).items())
        for difference in _differ(version.parameters, source.table(region, year))
    )


def missing(region: Region, *, folder: Path | None = None, through: int | None = None) -> list[int]:
    """Return the years up to the last announced one, or up to *through*, that are not written."""
    text = _text(region.holidays_id, folder)
    have = _latest(_policy(text, region)) if text is not None else {}
    return [year for year in range(FIRST_YEAR, (through or region.through) + 1) if year not in have]


# --- writing ------------------------------------------------------------------------------------


def stages(table: HolidayTable, rows: Iterable[Announcement]) -> list[HolidayTable]:
    """
    Return the days of a year as they were before any late announcement, then after each.

    Args:
        table: The days as they are known today; they are the last stage.
        rows: What was announced late, in order.
    """
    found = [table]
    for row in reversed(tuple(rows)):
        days = [day for day in table.days if day.on not in row.added]
        make_up = [day for day in table.make_up if day.on not in row.make_up_added]
        table = HolidayTable(
            days=tuple(sorted([*days, *row.dropped], key=_day)),
            make_up=tuple(sorted([*make_up, *row.make_up_dropped], key=_day)),
        )
        found.append(table)
    return found[::-1]


def _day(holiday: Holiday) -> date:
    return holiday.on


def _citation(region: Region, year: int, source: Source, on: date) -> Citation:
    notice = region.notice(year)
    return Citation(
        text=source.edition,
        clause=f"{region.entity}, {year}",
        url=_URL,
        checked="secondary",
        read_on=on,
        note=notice.note if notice is not None else "",
    )


def _year(region: Region, year: int, source: Source, on: date) -> Iterator[texts.Block]:
    rows = announcements(region.id, year)
    first, *later = stages(source.table(region, year), rows)
    since, citation = date(year, 1, 1), _citation(region, year, source, on)
    # What is read before the day it would count as known is known by then.
    yield texts.block(since, min(region.known_on(year), on), citation, first)
    others = f"All other days: {citation.label()}."
    for row, table in zip(rows, later, strict=True):
        note = " ".join(part for part in (row.source.note, others) if part)
        yield texts.block(since, row.known_on, attrs.evolve(row.source, note=note), table)


def _refreshed(
    region: Region,
    source: Source,
    on: date,
    folder: Path | None,
    through: int | None,
    correct: bool,
) -> tuple[Refreshed, str]:
    name = region.holidays_id
    text = _text(name, folder)
    held = {} if text is None else _latest(_policy(text, region))
    blocks: list[texts.Block] = []
    added: list[int] = []
    corrected: list[int] = []
    left: list[Difference] = []
    for year in range(FIRST_YEAR, max([through or region.through, *held]) + 1):
        if year not in held:
            blocks.extend(_year(region, year, source, on))
            added.append(year)
            continue
        version, found = held[year], source.table(region, year)
        differ = tuple(_differ(version.parameters, found))
        if not differ:
            continue
        if not correct:
            left.extend(differ)
            continue
        if on <= version.ref.known_on:
            raise ValueError(
                f"{name} of {year} is known since {version.ref.known_on}; a correction must be "
                f"known later, and this one was read on {on}. Pass the day the data were read."
            )
        blocks.append(texts.block(version.since, on, _citation(region, year, source, on), found))
        corrected.append(year)
    whole = texts.merged(texts.head(region) if text is None else text, blocks)
    policy = _policy(whole, region)
    unnamed = tuple(
        day.on
        for year in (*added, *corrected)
        for day in _latest(policy)[year].parameters.days
        if day.name is not None and day.name.en == day.name.zh
    )
    return Refreshed(region, tuple(added), tuple(corrected), tuple(left), unnamed), whole


def refresh(
    regions: Iterable[Region],
    source: Source,
    *,
    on: date,
    into: Path | None = None,
    through: int | None = None,
    correct: bool = False,
) -> tuple[Refreshed, ...]:
    """
    Add the years that are not written yet.

    Args:
        regions: Which.
        source: Where the days come from.
        on: The day they were read.
        into: Folder that gets `holidays/<id>.toml` and `calendars/<id>.toml`; where left out, the
            shipped files themselves.
        through: Last year to add, where the regions' own last year is not the one.
        correct: Whether a year that differs from the source gets a correction.

    Returns:
        What was done, by region. A file that needs nothing is not touched.

    Raises:
        PolicyError: If a file has faults.
        OSError: If a file cannot be written.
    """
    folder = into if into is not None else Path(str(_SHIPPED))
    done, whole = [], {}
    # Everything is made before anything is written: a fault in one region leaves all as they were.
    for region in regions:
        result, text = _refreshed(region, source, on, folder, through, correct)
        done.append(result)
        whole[folder / f"{region.holidays_id}.toml"] = text
        calendar = _text(region.calendar_id, folder)
        whole[folder / f"{region.calendar_id}.toml"] = (
            texts.calendar(region, source.edition, _URL, on) if calendar is None else calendar
        )
    for path, text in whole.items():
        _write(path, text.encode())
    return tuple(done)


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and only where it changes."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # What stands aside is its owner's alone; a policy is for everybody who may read the folder.
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
