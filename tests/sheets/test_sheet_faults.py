"""
Faults: each is told by its sheet and cell, what stood there and what was wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from bankservice import sheets
from bankservice.core.policy_file import parse_toml

CASES: Final = Path(__file__).parent.parent / "cases"
TIERS: Final = "segmentation/cn-retail-shape"
REG_E: Final = "complaints/us-reg-e"
ROW: Final = "2020-01-01 tier"


def faults(source: str | Path, edit: Callable[[Any], object]) -> list[str]:
    """Export, let *edit* change the workbook, and return what is wrong with it."""
    book = openpyxl.load_workbook(BytesIO(sheets.export_workbook([source])))
    edit(book)
    held = BytesIO()
    book.save(held)
    folder = source.parent if isinstance(source, Path) else None
    with pytest.raises(sheets.WorkbookError) as error:
        sheets.read_workbook(held.getvalue(), "x.xlsx", folder=folder)
    return [str(fault) for fault in error.value.faults]


def setting(sheet: str, **cells: Any) -> Callable[[Any], None]:
    """Return an edit that sets cells of a sheet."""

    def edit(book: Any) -> None:
        for place, value in cells.items():
            book[sheet][place] = value

    return edit


def with_part(part: str, edit: Callable[[bytes], bytes]) -> bytes:
    """Return an exported workbook with one part of its archive changed."""
    held = BytesIO()
    with (
        ZipFile(BytesIO(sheets.export_workbook([TIERS]))) as whole,
        ZipFile(held, "w", ZIP_DEFLATED) as changed,
    ):
        for name in whole.namelist():
            text = whole.read(name)
            changed.writestr(name, edit(text) if name == part else text)
    return held.getvalue()


class TestCells:
    """What a single cell says."""

    @pytest.mark.parametrize(
        ("sheet", "cells", "told"),
        [
            (ROW, {"D5": "lots"}, "2020-01-01 tier!D5: got str 'lots', wanted a number"),
            (ROW, {"A5": 1}, "2020-01-01 tier!A5: got int 1, wanted text; set the format"),
            (ROW, {"A5": True}, "2020-01-01 tier!A5: got bool True, wanted text; set the format"),
            (
                ROW,
                {"A5": datetime.fromisoformat("2020-03-04T00:00")},
                "2020-01-01 tier!A5: got the date 2020-03-04, wanted text; set the format",
            ),
            (ROW, {"B5": "=A5"}, "2020-01-01 tier!B5: got the formula =A5, wanted a value"),
            (ROW, {"B5": "#N/A"}, "2020-01-01 tier!B5: got the error #N/A, wanted a value"),
            (ROW, {"E5": '["a"'}, '2020-01-01 tier!E5: got ["a", wanted a list such as'),
            (ROW, {"F3": "code"}, "2020-01-01 tier!F3: got code a second time, wanted each key"),
            (ROW, {"F3": "a = b"}, "2020-01-01 tier!F3: got a = b, wanted a key such as enter"),
            (ROW, {"G5": "hm"}, "2020-01-01 tier!G5: got a value without a key, wanted a key in"),
            (
                ROW,
                {"F3": "grase", "F5": "P3M"},
                "2020-01-01 tier!F5: got an unknown key, wanted one of",
            ),
            (ROW, {"F3": "title", "F5": "x"}, "2020-01-01 tier!F5: got a second value, wanted"),
            (ROW, {"F3": "x@name"}, "2020-01-01 tier!F3: got x@name, wanted no such key"),
            (ROW, {"B1": "version[0].tier"}, "2020-01-01 tier!A1: got 'cn-retail-shape.policy.t"),
            (
                ROW,
                {"D6": "1.00"},
                "2020-01-01 tier!D6: got assets at or below GOLD's, wanted an entr",
            ),
            ("2020-01-01", {"C4": "soon"}, "2020-01-01!C4: got str 'soon', wanted a date such as"),
            ("2020-01-01", {"B5": "zon"}, "2020-01-01!C5: got an unknown key, wanted a key of seg"),
            ("2020-01-01", {"B5": "since"}, "2020-01-01!B5: got since a second time, wanted each"),
            ("2020-01-01", {"B5": None}, "2020-01-01!B5: got nothing, wanted the key of the val"),
            ("2020-01-01", {"B3": "key"}, "2020-01-01!A3: got other keys, wanted @key and @value"),
        ],
    )
    def test_a_cell(self, sheet: str, cells: dict[str, Any], told: str) -> None:
        """
        The fault names the cell, what stood there and what was wanted.
        """
        found = faults(TIERS, setting(sheet, **cells))

        assert any(fault.startswith(told) for fault in found), found

    def test_what_is_lacking(self) -> None:
        """
        A value that is needed and not there is told at the cell it should stand in.
        """
        found = faults(TIERS, setting(ROW, A5=None))

        assert ["2020-01-01 tier!A5: got nothing, wanted a value"] == found

    def test_all_at_once(self) -> None:
        """
        Every fault of the policy is told, not only the first.
        """
        found = faults(REG_E, setting("2011-12-30 clock.term", D4="days", D6="busines-days"))

        assert ["2011-12-30 clock.term!D4", "2011-12-30 clock.term!D6"] == [
            fault.partition(":")[0] for fault in found
        ]

    def test_in_lines(self) -> None:
        """
        A fault within a cell of several lines names the cell, and the key in it.
        """
        found = faults(REG_E, setting("2011-12-30 clock.term", B4='fact = "new_account"'))

        assert found[0].startswith("2011-12-30 clock.term!B4: got keys fact, wanted one fact and")


class TestRows:
    """Which row belongs to which."""

    def test_a_row_of_no_row(self) -> None:
        """
        A row that names no row of the sheet above is told, with the near names.
        """
        found = faults(REG_E, setting("2011-12-30 clock.term", A5="determinaton", A6=None))

        assert (
            "2011-12-30 clock.term!A5: got 'determinaton', wanted the name of one row of "
            "2011-12-30 clock; did you mean determination?"
        ) == found[0]
        assert [
            "2011-12-30 clock.term!A6: got nothing, wanted the name of a row of 2011-12-30 clock"
        ] == found[1:]

    def test_a_row_of_two_rows(self) -> None:
        """
        Two rows of one name cannot be told apart by what belongs to them.
        """
        found = faults(REG_E, setting("2011-12-30 clock", A5="determination"))

        assert found[0].startswith(
            "2011-12-30 clock.term!A4: got 'determination', as 2 rows are called, wanted the name"
        )

    def test_no_column_that_names_it(self) -> None:
        """
        A sheet whose rows belong to others needs the column that says to which.
        """
        found = faults(REG_E, setting("2011-12-30 clock.term", A3="#remark"))

        assert found[0].startswith("2011-12-30 clock.term!A3: got no column that names the row")


class TestSheets:
    """Whole sheets, and whole workbooks."""

    def test_a_sheet_is_gone(self) -> None:
        """
        A sheet that the list of sheets names and that is not there is told, at its row there.
        """

        def edit(book: Any) -> None:
            del book[ROW]

        (told,) = faults(TIERS, edit)

        assert (
            "contents!A17: got no sheet that tells version[0].tier[] of "
            "cn-retail-shape.policy.toml, wanted it, or no row here where it was taken out"
        ) == told

    def test_a_sheet_twice(self) -> None:
        """
        Two sheets cannot tell the same part.
        """

        def edit(book: Any) -> None:
            book.copy_worksheet(book[ROW]).title = "again"

        (told,) = faults(TIERS, edit)

        assert (
            "again!B1: got version[0].tier[], wanted a part that 2020-01-01 tier does not tell too"
        ) == told

    def test_a_sheet_of_nothing(self) -> None:
        """
        A sheet below one that is not there has nothing to belong to.
        """
        found = faults(TIERS, setting(ROW, B1="version[3].tier[]"))

        assert any(
            fault.startswith("2020-01-01 tier!B1: got no version[3] to belong to")
            for fault in found
        )

    def test_merged_cells(self) -> None:
        """
        Merged cells hide values, so they are refused.
        """
        found = faults(TIERS, lambda book: book[ROW].merge_cells("A4:A5"))

        assert "2020-01-01 tier!A4:A5: got merged cells, wanted single cells" in found

    def test_a_strange_sheet(self) -> None:
        """
        A sheet that does not say what it tells is refused, unless its name says it is a remark.
        """
        found = faults(TIERS, lambda book: book.create_sheet("notes").append(["Ask Li"]))

        assert found[0].startswith("notes!A1: got 'Ask Li' and '', wanted the name of a file in A1")

    def test_the_hidden_text_was_changed(self) -> None:
        """
        The text that travels along is whole, or it is not used.
        """
        (told,) = faults(TIERS, setting("_source 1", A2='"id = 1"'))

        assert (
            "_source 1: got a text that was changed, "
            "wanted the hidden sheet as it was exported, or none"
        ) == told

    @pytest.mark.parametrize("raw", [b"", b"no workbook", b"PK\x03\x04"])
    def test_no_workbook(self, raw: bytes) -> None:
        """
        A file that is no workbook is refused by its name.
        """
        with pytest.raises(sheets.WorkbookError, match=r"x\.xlsx has 1 fault"):
            sheets.read_workbook(raw, "x.xlsx")

    @pytest.mark.parametrize("part", ["xl/worksheets/sheet4.xml", "xl/styles.xml"])
    @pytest.mark.parametrize("kept", ["begun", "emptied"])
    def test_a_broken_workbook(self, part: str, kept: str) -> None:
        """
        A workbook with a broken part is refused by its name, whatever its reader stumbles over.
        """
        head = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
        raw = with_part(part, lambda text: text[: len(text) // 2] if kept == "begun" else head)

        with pytest.raises(sheets.WorkbookError, match=r"x\.xlsx has "):
            sheets.read_workbook(raw, "x.xlsx")

    def test_a_damaged_workbook(self) -> None:
        """
        A byte changed anywhere gives a fault by name, or the same policy where nothing is read from
        it.
        """
        raw = sheets.export_workbook([TIERS])
        (whole,) = sheets.read_workbook(raw)
        for place in range(0, len(raw), len(raw) // 40):
            damaged = bytearray(raw)
            damaged[place] ^= 0x5A
            with suppress(sheets.WorkbookError):
                (file,) = sheets.read_workbook(bytes(damaged), "x.xlsx")
                assert parse_toml(whole.text, "whole") == parse_toml(file.text, "damaged")

    def test_a_workbook_that_swells(self) -> None:
        """
        A small file that unpacks to more than fits in memory is refused before it is unpacked.
        """
        raw = with_part("xl/comments/comment1.xml", lambda text: text + b" " * (201 * 2**20))

        assert len(raw) < 2**20
        with pytest.raises(sheets.WorkbookError, match="unpacks to 201 MiB, wanted at most 200"):
            sheets.read_workbook(raw, "x.xlsx")

    def test_a_cell_far_off(self) -> None:
        """
        A value far off is told by its cell at once: nothing walks over what lies between; a cell
        that is only formatted is nothing.
        """
        found = faults(TIERS, setting(ROW, XFD1048576=1))

        assert [f"{ROW}!XFD1048576: got a value without a key"] == [
            fault.partition(", wanted")[0] for fault in found
        ]

    def test_another_workbook(self) -> None:
        """
        A workbook that was not exported here is refused, and so is one of a later form.
        """
        held = BytesIO()
        openpyxl.Workbook().save(held)

        with pytest.raises(sheets.WorkbookError, match="no list of sheets"):
            sheets.read_workbook(held.getvalue())
        assert [
            "contents!B1: got a workbook of form 2, wanted form 1, which this version reads"
        ] == (faults(TIERS, setting("contents", B1=2)))


class TestCaseTables:
    """Case tables have faults of their own."""

    def test_facts_of_a_case(self) -> None:
        """
        A fact that cannot be, and one there is none of, are told by cell.
        """
        path = CASES / "complaints" / "deadlines-us-reg-z.toml"

        found = faults(path, setting("case", B4="x", C3="facts.cycle_end", C4="x"))

        assert ["case!B4", "case!C4"] == [fault.partition(":")[0] for fault in found[:2]]
        assert "did you mean cycle_ends?" in found[1]

    def test_steps_of_a_scenario(self) -> None:
        """
        Commands, what they are told, and refusals are checked without running the case.
        """
        path = CASES / "complaints" / "case-24-hours.toml"

        found = faults(
            path,
            setting(
                "case.step",
                D5="asign",
                E4='customer = "zhao"\nchanel = "hotline"',
                G3="refused",
                G6="no",
            ),
        )

        assert ["case.step!E4", "case.step!E4", "case.step!D5", "case.step!G6"] == [
            fault.partition(":")[0].partition(" ")[0] for fault in found
        ]
        assert any("did you mean assign?" in fault for fault in found)

    @pytest.mark.parametrize(
        ("cells", "told"),
        [
            ({"C4": "complaints.deadline"}, "did you mean complaints.deadlines"),
            ({"C5": "complaints/us-reg-y"}, "wanted the id of a policy"),
            ({"B5": "policy_file"}, "wanted a policy file in this workbook or in"),
            ({"B5": "record"}, "got both rule and record, wanted one of them"),
            ({"B5": "polcy"}, "got an unknown key"),
        ],
    )
    def test_the_top_of_a_table(self, cells: dict[str, Any], told: str) -> None:
        """
        What the table as a whole names has to be there.
        """
        path = CASES / "complaints" / "deadlines-us-reg-z.toml"

        found = faults(path, setting("deadlines-us-reg-z", **cells))

        assert any(told in fault and fault.startswith("deadlines-us-reg-z") for fault in found), (
            found
        )

    def test_a_case_that_cannot_be_run(self) -> None:
        """
        A case that names an outcome there is none of is told by cell; one that fails is no fault.
        """
        path = CASES / "segmentation" / "band-several.toml"

        found = faults(path, setting("case", F3="expect.tire"))

        assert found
        assert all(fault.startswith("case!F") and "'tire'" in fault for fault in found)

    @pytest.mark.parametrize(
        ("table", "place", "value"),
        [
            ("loyalty/accrue-no-block", "D9", "walletx"),
            ("segmentation/groups-shipped", "D17", "behaviours, segmentx"),
        ],
    )
    def test_a_word_that_only_one_cell_says(self, table: str, place: str, value: str) -> None:
        """
        A case that cannot be run for a word in a list or a fact is told by the cell with the word.
        """
        found = faults(CASES / f"{table}.toml", setting("case", **{place: value}))

        assert [True] == [fault.startswith(f"case!{place}: got a case that") for fault in found]


class TestVersions:
    """Faults that are found once a version is joined with others."""

    def test_a_part_of_a_version(self) -> None:
        """
        What does not fit a linked item bank is told by the cell that names the item.
        """
        (told,) = faults("satisfaction/relationship", setting("2020-01-01 question", A7="speedx"))

        assert told.startswith("2020-01-01 question!A7: got 'speedx', wanted an item of the bank")

    def test_a_table_told_by_its_parts(self) -> None:
        """
        A fault of a table that has no cell of its own is told by the first of its parts.
        """
        (told,) = faults("calendars/gb", setting("2010-01-01", C12="GBx"))

        assert told.startswith("2010-01-01!C12 (version[0].public_holidays): got 'holidays/gbx'")
