"""`bankservice calendars`, as somebody at a terminal meets it."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bankservice.calendars import Region, region, regions
from bankservice.calendars.source import Library
from bankservice.calendars.writing import refresh, written
from bankservice.cli.commands import cli
from bankservice.core.holidays import Holiday, HolidayTable
from bankservice.core.policy import Title


def run(*args: str | Path) -> Result:
    """Run the command in this process; an exception is a failure of the test."""
    return CliRunner().invoke(
        cli, ["calendars", *(str(arg) for arg in args)], catch_exceptions=False
    )


def done(*args: str | Path) -> str:
    """Return what a command prints that succeeds in silence."""
    result = run(*args)

    assert (0, "") == (result.exit_code, result.stderr)
    return result.stdout


def refused(*args: str | Path) -> str:
    """Return the message of a caller's mistake: exit 2, nothing on standard output."""
    result = run(*args)

    assert (2, "") == (result.exit_code, result.stdout)
    return result.stderr


class Steady(Library):
    """The library as if it had the written days, and New Year's Day alone in later years."""

    def table(self, region: Region, year: int) -> HolidayTable:
        """Return the days of a year."""
        known = {version.since.year: version.parameters for version in written(region).versions}
        new_year = Holiday(on=date(year, 1, 1), name=Title(en="New Year's Day", zh="元旦"))
        return known.get(year, HolidayTable(days=(new_year,)))


class Moved(Steady):
    """The same, but for a day of 2024 that has become a holiday."""

    def table(self, region: Region, year: int) -> HolidayTable:
        """Return the days of a year and one more."""
        found = super().table(region, year)
        if year != 2024:
            return found
        day = Holiday(on=date(2024, 3, 5), name=Title(en="A new day", zh="新假日"))
        return HolidayTable(days=(*found.days, day), make_up=found.make_up)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the installed library have what is written."""
    monkeypatch.setattr("bankservice.cli.calendars.Library", Steady)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the installed library differ from what is written."""
    monkeypatch.setattr("bankservice.cli.calendars.Library", Moved)


# --- list and show ------------------------------------------------------------------------------


def test_list() -> None:
    """Every region is listed with its years and the last day known."""
    lines = done("list").splitlines()

    assert len(regions()) == len(lines)
    assert "cn                   2010–2026  known through 2026-12-31  mainland China" == lines[0]


def test_list_in_chinese() -> None:
    """Titles are in the language asked for."""
    assert "中国大陆" in done("list", "--locale", "zh_CN")


def test_list_as_json() -> None:
    """The list in JSON has the ids of both policies and the reason for the last year."""
    rows = {row["id"]: row for row in json.loads(done("list", "--json"))}

    assert {
        "id": "us",
        "title": {"en": "the United States (federal)", "zh": "美国联邦"},
        "holidays": "holidays/us",
        "calendar": "calendars/us-federal",
        "years": [2010, 2027],
        "known_through": "2027-12-31",
        "because": region("us").because,
    } == rows["us"]


def test_show_a_year() -> None:
    """A year is shown by day with its weekday, name and source."""
    shown = done("show", "GB-ENG", "--year", "2026")

    assert "holidays/gb-eng: Public holidays in England, known through 2027-12-31" in shown
    assert "2026, known 2025-12-01" in shown
    assert "  - 2026-04-03 Fri  Good Friday" in shown
    assert "https://github.com/vacanza/holidays" in shown
    assert "2025-" not in shown.replace("known 2025-12-01", "")


def test_show_in_chinese() -> None:
    """Make-up working days are marked, and names and weekdays are in the language asked for."""
    shown = done("show", "cn", "--year", "2026", "--locale", "zh_CN")

    assert "  + 2026-01-04 周日  补 2026-01-02 调休上班" in shown
    assert "  - 2026-10-01 周四  国庆节" in shown


def test_show_every_stage() -> None:
    """A year whose days were announced late is shown as it was known each time."""
    shown = done("show", "gb-sct", "--year", "2022")

    assert 2 == shown.count("\n2022, known ")
    assert 1 == shown.count("2022-09-19 Mon")


def test_show_as_json() -> None:
    """Without a year all of them are shown; in JSON each version has its days and source."""
    rows = json.loads(done("show", "cn", "--json"))

    assert "2010-01-01" == rows[0]["since"]
    assert {"since", "known_on", "source", "days", "make_up"} == set(rows[-1])
    assert {
        "on": "2026-01-04",
        "name": {"en": "Working day made up for 2026-01-02", "zh": "补 2026-01-02 调休上班"},
    } == rows[-1]["make_up"][0]


def test_show_from_a_folder(tmp_path: Path) -> None:
    """A bank's own folder comes before what is shipped."""
    refresh([region("gb-eng")], Steady(), on=date(2027, 12, 1), into=tmp_path, through=2028)

    assert "known through 2028-12-31" in done("show", "gb-eng", "--folder", tmp_path)


def test_an_unknown_region() -> None:
    """An unknown region is refused with the near names, whatever the command."""
    expected = "Error: there is no region 'gb-scot'; did you mean gb-sct or "

    assert refused("show", "gb-scot").startswith(expected)
    assert refused("diff", "gb-scot").startswith(expected)
    assert refused("refresh", "gb-scot", "--on", "2026-11-22").startswith(expected)


def test_a_year_that_is_not_known() -> None:
    """A year that is not written is refused with those that are, and what to do."""
    assert (
        "Error: the days of cn are known for 2010 to 2026, not for 2031; `bankservice calendars "
        "refresh` adds a year once it is announced.\n"
    ) == refused("show", "cn", "--year", "2031")


def test_a_bad_file(tmp_path: Path) -> None:
    """A file with faults is refused with its faults."""
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "cn.toml").write_text("id = 3\n", "utf-8")

    assert "holidays/cn has" in refused("show", "cn", "--folder", tmp_path)
    assert "holidays/cn has" in refused("diff", "cn", "--folder", tmp_path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused."""
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "cn.toml").write_bytes(b"\xff\xfe")

    assert "utf-8" in refused("show", "cn", "--folder", tmp_path)


# --- diff ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("moved")
def test_diff_tells_days() -> None:
    """A day that the library has otherwise is told, and the exit code is 1."""
    result = run("diff", "fr", "de")

    assert 1 == result.exit_code
    assert "fr: 2024-03-05 ordinary → holiday  A new day\n" in result.stdout
    assert result.stdout.endswith("2 of 2 regions differ\n")


@pytest.mark.usefixtures("moved")
def test_diff_as_json() -> None:
    """The differences in JSON stand by region, with the release compared."""
    result = run("diff", "fr", "--json")
    found = json.loads(result.stdout)

    assert 1 == result.exit_code
    assert Library().edition == found["source"]
    assert [("fr", "2024-03-05", "ordinary", "holiday")] == [
        (row["id"], day["on"], day["written"], day["source"])
        for row in found["regions"]
        for day in row["days"]
    ]


@pytest.mark.usefixtures("steady")
def test_diff_tells_years(tmp_path: Path) -> None:
    """A year that is announced and not written is told."""
    refresh([region("fr")], Steady(), on=date(2026, 11, 22), into=tmp_path)
    path = tmp_path / "holidays" / "fr.toml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("[[version]]\nsince = 2027")], "utf-8")
    result = run("diff", "fr", "--folder", tmp_path)

    assert 1 == result.exit_code
    assert "fr: 2027 is not written\n" in result.stdout


# --- refresh ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("steady")
def test_refresh_adds_years(tmp_path: Path) -> None:
    """Years are added on top of what is shipped, into a folder of one's own."""
    args = ("refresh", "fr", "--on", "2027-12-01", "--into", tmp_path, "--through", "2028")

    assert "fr: added 2028\n1 of 1 regions changed\n" == done(*args)
    assert "0 of 1 regions changed\n" == done(*args)
    assert ["calendars/fr.toml", "holidays/fr.toml"] == sorted(
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.toml")
    )


@pytest.mark.usefixtures("moved")
def test_refresh_leaves_and_corrects(tmp_path: Path) -> None:
    """A year that differs is left and told; with --correct it gets a version known later."""
    args = ("refresh", "fr", "--on", "2026-12-01", "--into", tmp_path)
    left = run(*args)
    corrected = run(*args, "--correct", "--json")

    assert 0 == left.exit_code
    assert "fr: left as it is: 2024-03-05 ordinary → holiday" in left.stderr
    assert [
        {"id": "fr", "added": [], "corrected": [2024], "left": [], "unnamed": []}
    ] == json.loads(corrected.stdout)
    assert "2024, known 2026-12-01" in done("show", "fr", "--folder", tmp_path)


def test_refresh_needs_the_day() -> None:
    """Without the day the data were read nothing is written."""
    assert "--on" in refused("refresh", "fr")


def test_refresh_into_what_is_no_folder(tmp_path: Path) -> None:
    """A place that cannot be written to is told, without a traceback."""
    path = tmp_path / "file"
    path.write_text("", "utf-8")

    assert "Error" in refused("refresh", "fr", "--on", "2026-11-22", "--into", path / "below")
    assert "" == path.read_text("utf-8")


@pytest.mark.parametrize("args", [("diff",), ("refresh", "--on", "2026-11-22")])
def test_without_the_library(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the library the extra that brings it is named, and nothing is written."""
    monkeypatch.setattr(
        sys, "path", [place for place in sys.path if not place.endswith("site-packages")]
    )

    assert (
        "Error: this needs the library holidays, of the `calendars` extra: "
        "pip install 'bankservice[calendars]'.\n"
    ) == refused(*args, *(("--into", str(tmp_path)) if len(args) > 1 else ()))
    assert [] == list(tmp_path.iterdir())
