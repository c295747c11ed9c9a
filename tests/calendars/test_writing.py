"""The tool that writes the calendars: years are added, what stands there stays."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.calendars import Region, region
from bankservice.calendars.regions import Announcement
from bankservice.calendars.source import Library, named
from bankservice.calendars.texts import Block, block, head, merged
from bankservice.calendars.writing import differences, missing, refresh, stages, written
from bankservice.core.citation import Citation
from bankservice.core.errors import PolicyError
from bankservice.core.holidays import Holiday, HolidayTable
from bankservice.core.policy import Title

READ_ON = date(2026, 11, 22)
LATER = date(2027, 12, 1)
ENGLAND = region("gb-eng")


@attrs.frozen
class MadeUp:
    """A source with the written days of a region, but for those told."""

    extra: tuple[date, ...] = ()
    gone: tuple[date, ...] = ()
    edition: str = "a made-up source 1"

    def table(self, region: Region, year: int) -> HolidayTable:
        """Return the days of a year; New Year's Day alone where nothing is written."""
        known = {v.since.year: v.parameters for v in written(region).versions}
        table = known.get(year, HolidayTable(days=(holiday(date(year, 1, 1)),)))
        kept = [day for day in table.days if day.on not in self.gone]
        new = [holiday(day) for day in self.extra if day.year == year]
        return attrs.evolve(table, days=tuple(sorted([*kept, *new], key=lambda day: day.on)))


def holiday(on: date) -> Holiday:
    """Return a holiday with a name."""
    return Holiday(on=on, name=Title(en="A day", zh="某日"))


def texts(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_of_ones_own_begins_with_what_is_shipped(tmp_path: Path) -> None:
    """A new folder gets the shipped files to the byte, and nothing else is left there."""
    (done,) = refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    shipped = Path(sys.modules["bankservice.calendars"].__file__ or "").parent / "policies"

    assert ((), (), ()) == (done.added, done.corrected, done.left)
    assert {
        name: (shipped / name).read_bytes()
        for name in ("calendars/gb-eng.toml", "holidays/gb-eng.toml")
    } == texts(tmp_path)


def test_refreshing_again_changes_nothing(tmp_path: Path) -> None:
    """A file that needs nothing is not touched, whatever the day."""
    refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path, through=2029)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.toml")}
    (done,) = refresh([ENGLAND], MadeUp(), on=LATER, into=tmp_path, through=2029)

    assert () == done.added
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.toml")}


def test_years_are_added(tmp_path: Path) -> None:
    """New years stand after the old ones, which stay as they are to the byte."""
    refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    before = texts(tmp_path)["holidays/gb-eng.toml"]
    (done,) = refresh([ENGLAND], MadeUp(), on=LATER, into=tmp_path, through=2029)
    policy = written(ENGLAND, tmp_path)

    assert (2028, 2029) == done.added
    assert texts(tmp_path)["holidays/gb-eng.toml"].startswith(before)
    assert date(2029, 1, 1) == policy.versions[-1].since
    assert "a made-up source 1" == policy.versions[-1].source.text
    assert LATER == policy.versions[-1].source.read_on


def test_a_year_read_early_is_known_from_that_day(tmp_path: Path) -> None:
    """A year counts as known from the region's usual day on, or from the day it was read."""
    refresh([ENGLAND], MadeUp(), on=date(2027, 12, 20), into=tmp_path, through=2029)
    known = {
        version.since.year: version.ref.known_on for version in written(ENGLAND, tmp_path).versions
    }

    assert date(2027, 12, 1) == known[2028]
    assert date(2027, 12, 20) == known[2029]


def test_missing_years(tmp_path: Path) -> None:
    """The years that are announced and not written are told."""
    assert [] == missing(ENGLAND)
    assert [2028, 2029] == missing(ENGLAND, folder=tmp_path, through=2029)


def test_a_gap_is_filled(tmp_path: Path) -> None:
    """A year that is missing between two others is put between them."""
    refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    path = tmp_path / "holidays" / "gb-eng.toml"
    whole = path.read_text("utf-8")
    begin, end = (whole.index(f"[[version]]\nsince = {year}") for year in (2015, 2016))
    path.write_text(whole[:begin] + whole[end:], "utf-8")
    (done,) = refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    years = [version.since.year for version in written(ENGLAND, tmp_path).versions]

    assert (2015,) == done.added
    assert sorted(years) == years
    assert path.read_text("utf-8").index("since = 2015") < path.read_text("utf-8").index(
        "since = 2016"
    )


BLOCKS = st.lists(
    st.tuples(st.integers(2010, 2030), st.integers(0, 400)), unique=True, max_size=12
).map(
    lambda places: [
        block(
            date(year, 1, 1),
            date(year, 1, 1) + timedelta(days=late),
            Citation(text="Acme", clause=f"{year} {late}", checked="own"),
            HolidayTable(days=(holiday(date(year, 1, 1)),)),
        )
        for year, late in places
    ]
)


@given(blocks=BLOCKS, cut=st.integers(0, 12))
def test_the_order_of_adding_does_not_matter(blocks: list[Block], cut: int) -> None:
    """Versions added in two rounds make the same file as added at once, and none changes another."""
    at_once = merged(head(ENGLAND), blocks)
    in_two = merged(merged(head(ENGLAND), blocks[:cut]), blocks[cut:])

    assert at_once == in_two
    assert all(held.text in at_once for held in blocks)


# --- what has come to differ --------------------------------------------------------------------

MOVED = MadeUp(extra=(date(2024, 5, 7),), gone=(date(2024, 5, 6),))


def test_differences_are_told_by_day() -> None:
    """A day that the source has otherwise is told with what it was and is; a new name is not."""
    found = differences(ENGLAND, MOVED)

    assert [
        (date(2024, 5, 6), "holiday", "ordinary"),
        (date(2024, 5, 7), "ordinary", "holiday"),
    ] == [(each.on, each.written, each.source) for each in found]
    assert () == differences(ENGLAND, MadeUp())


def test_an_old_year_is_left_as_it_is(tmp_path: Path) -> None:
    """Without being told to, refreshing leaves an old year and says what differs."""
    refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    before = texts(tmp_path)
    (done,) = refresh([ENGLAND], MOVED, on=LATER, into=tmp_path)

    assert [date(2024, 5, 6), date(2024, 5, 7)] == [each.on for each in done.left]
    assert before == texts(tmp_path)


def test_a_correction_is_known_later(tmp_path: Path) -> None:
    """A correction has the same since, is known from the day it was read, and adds to the file."""
    refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    old = texts(tmp_path)["holidays/gb-eng.toml"].decode()
    (done,) = refresh([ENGLAND], MOVED, on=LATER, into=tmp_path, correct=True)
    policy = written(ENGLAND, tmp_path)
    day = date(2024, 5, 7)
    of_year = [version for version in policy.versions if version.since.year == 2024]

    assert ((2024,), ()) == (done.corrected, done.left)
    assert [date(2023, 12, 1), LATER] == [version.ref.known_on for version in of_year]
    assert day in {held.on for held in policy.on(day).parameters.days}
    assert day not in {held.on for held in policy.as_known(READ_ON).on(day).parameters.days}
    new = texts(tmp_path)["holidays/gb-eng.toml"].decode()
    begin = new.index(f"known_on = {LATER}") - len("[[version]]\nsince = 2024-01-01\n")
    end = new.index("[[version]]\nsince = 2025")
    assert old == new[:begin] + new[end:]


def test_a_correction_is_made_once(tmp_path: Path) -> None:
    """Correcting again on a later day changes nothing."""
    refresh([ENGLAND], MOVED, on=LATER, into=tmp_path, correct=True)
    before = texts(tmp_path)
    (done,) = refresh([ENGLAND], MOVED, on=date(2028, 1, 1), into=tmp_path, correct=True)

    assert () == done.corrected
    assert before == texts(tmp_path)


def test_a_correction_must_be_known_later(tmp_path: Path) -> None:
    """A correction that was read before the year was known is refused, and nothing is written."""
    with pytest.raises(ValueError, match="must be known later"):
        refresh([ENGLAND], MOVED, on=date(2023, 12, 1), into=tmp_path, correct=True)

    assert {} == texts(tmp_path)


def test_days_without_a_chinese_name_are_told(tmp_path: Path) -> None:
    """A name that has no Chinese stands in English in both languages, and is told."""

    class New(MadeUp):
        def table(self, region: Region, year: int) -> HolidayTable:
            found = super().table(region, year)
            day = Holiday(on=date(year, 7, 1), name=named("Jubilee of Somebody"))
            return found if year < 2028 else attrs.evolve(found, days=(*found.days, day))

    (done,) = refresh([ENGLAND], New(), on=LATER, into=tmp_path, through=2028)

    assert (date(2028, 7, 1),) == done.unnamed


# --- bad files ----------------------------------------------------------------------------------


def held(folder: Path, text: str) -> Path:
    """Put a file of England into a folder."""
    path = folder / "holidays" / "gb-eng.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    "text", ["", "id = ", 'id = "holidays/gb-eng"\nkind = "worktime.holidays"\n']
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is no policy is refused and stays."""
    path = held(tmp_path, text)
    with pytest.raises(PolicyError):
        refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)

    assert text == path.read_text("utf-8")
    assert not (tmp_path / "calendars").exists()


VERSION = """
id = "{}"
kind = "worktime.holidays"

[[version]]
since = {}
source = {{ text = "Acme", clause = "1", checked = "own" }}
days = []
"""


@pytest.mark.parametrize(
    ("policy_id", "since", "told"),
    [
        ("holidays/gb-eng", "2024-05-01", "a version since 2024-05-01"),
        ("holidays/gb-sct", "2024-01-01", "the id holidays/gb-sct"),
    ],
)
def test_a_file_of_another_hand_is_refused(
    tmp_path: Path, policy_id: str, since: str, told: str
) -> None:
    """A file that this tool would not write like that is refused, and stays."""
    text = VERSION.format(policy_id, since)
    path = held(tmp_path, text)
    with pytest.raises(ValueError, match=told):
        refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)

    assert text == path.read_text("utf-8")


def test_a_fault_in_one_region_leaves_all_as_they_were(tmp_path: Path) -> None:
    """Nothing is written of any region where one has a fault."""
    held(tmp_path, "id = ")
    before = texts(tmp_path)
    with pytest.raises(PolicyError):
        refresh([region("fr"), ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)

    assert before == texts(tmp_path)


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails leaves the file as it was, and nothing beside it."""
    refresh([ENGLAND], MadeUp(), on=READ_ON, into=tmp_path)
    before = texts(tmp_path)

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        refresh([ENGLAND], MadeUp(), on=LATER, into=tmp_path, through=2028)

    assert before == texts(tmp_path)


# --- the library --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region_id", "year"), [("gb-eng", 2024), ("us", 2023), ("cn", 2024), ("fr", 2024)]
)
def test_the_library_says_what_is_written(region_id: str, year: int) -> None:
    """Years long settled are in the library as they are written, whatever its names for the days."""
    place = region(region_id)
    held, found = written(place).on(date(year, 12, 31)).parameters, Library().table(place, year)

    assert [day.on for day in held.days] == [day.on for day in found.days]
    assert list(held.make_up) == list(found.make_up)


def test_the_library_is_cited_with_its_release() -> None:
    """The citation names the library and its release."""
    assert Library().edition.startswith("holidays 0.")


def test_the_library_is_imported_when_asked() -> None:
    """Neither the calendars nor the command import the library before a year is asked for."""
    asked = (
        "import sys; import bankservice.calendars.writing, bankservice.cli.calendars; "
        "print('holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)

    assert "False" == done.stdout.strip()


@pytest.mark.parametrize(
    ("english", "chinese", "country", "expected"),
    [
        ("Christmas Day", "", "GB", Title(en="Christmas Day", zh="圣诞节")),
        ("Muharram (estimated)", "", "IN", Title(en="Muharram (estimated)", zh="阿舒拉节（推算）")),
        ("Foundation Day", "", "JP", Title(en="Foundation Day", zh="建国纪念日")),
        ("Foundation Day", "", "AU", Title(en="Foundation Day", zh="建州日")),
        ("National Day", "国庆节", "CN", Title(en="National Day", zh="国庆节")),
        ("Labour Day", "甲; 乙", "CN", Title(en="Labour Day", zh="劳动节")),
        ("Unheard-of Day", "", "GB", Title(en="Unheard-of Day", zh="Unheard-of Day")),
    ],
)
def test_names(english: str, chinese: str, country: str, expected: Title) -> None:
    """The country's own Chinese name comes first, then the library's, then the one for all."""
    assert expected == named(english, chinese, country)


# --- late announcements -------------------------------------------------------------------------


def test_stages_of_a_year() -> None:
    """Announcements are undone from the last to the first."""
    first, second, moved = (date(2030, 1, 1), date(2030, 3, 1), date(2030, 4, 1))
    today = HolidayTable(days=(holiday(first), holiday(second)), make_up=(holiday(moved),))
    source = Citation(text="Acme", clause="1", checked="own")
    dropped = Holiday(on=date(2030, 2, 1), name=None)
    rows = (
        Announcement(
            regions=("gb",), year=2030, known_on=date(2030, 1, 5), source=source, dropped=(dropped,)
        ),
        Announcement(
            regions=("gb",),
            year=2030,
            known_on=date(2030, 2, 5),
            source=source,
            added=(second,),
            make_up_added=(moved,),
        ),
    )

    assert [
        ((first, dropped.on), ()),
        ((first,), ()),
        ((first, second), (moved,)),
    ] == [
        (tuple(day.on for day in table.days), tuple(day.on for day in table.make_up))
        for table in stages(today, rows)
    ]
