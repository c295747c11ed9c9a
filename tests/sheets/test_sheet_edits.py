"""
Changes: what people do to a workbook comes into the file, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, datetime
from difflib import unified_diff
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sheet_round_trips import CASES, DOCUMENTS, ROOT, SHIPPED

from bankservice import sheets
from bankservice.core.policy_file import parse_toml
from bankservice.sheets.editing import edited
from bankservice.sheets.values import same, written

TIERS: Final = "segmentation/cn-retail-shape"


def changed(
    source: str | Path, edit: Callable[[Any], object], folder: Path | None = None, **how: Any
) -> sheets.ReadFile:
    """Export, let *edit* change the workbook, and read it."""
    book = openpyxl.load_workbook(BytesIO(sheets.export_workbook([source], **how)))
    edit(book)
    held = BytesIO()
    book.save(held)
    (file,) = sheets.read_workbook(held.getvalue(), "x.xlsx", folder=folder)
    return file


def differences(before: str, after: str) -> list[str]:
    """Return the lines that went and came."""
    found = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in found if line[:2] not in ("--", "++", "@@")]


def cell(book: Any, sheet: str, place: str, value: Any, shown: str = "@") -> None:
    """Write a cell as a spreadsheet program would."""
    book[sheet][place] = value
    book[sheet][place].number_format = shown


class TestInAWorkbook:
    """A compliance officer changes cells, adds rows and takes some out."""

    @pytest.mark.parametrize(
        ("value", "shown", "text"),
        [
            ("600000.00", "@", "600000.00"),
            (600000, "General", "600000"),
            (600000, "#,##0.00", "600000.00"),
            (600000.5, "General", "600000.5"),
        ],
    )
    def test_an_amount(self, value: Any, shown: str, text: str) -> None:
        """
        An amount that became a number is the amount that is shown; one line of the file changes.
        """
        file = changed(TIERS, lambda book: cell(book, "2020-01-01 tier", "D5", value, shown))

        assert file.in_place
        assert ['-enter = "500000.00"', f'+enter = "{text}"'] == differences(
            file.before or "", file.text
        )

    def test_dates_and_truths(self) -> None:
        """
        A day typed as text is a date where a date is wanted, TRUE as text a truth.
        """

        def edit(book: Any) -> None:
            cell(book, "2011-12-30", "C4", "2011-12-31")
            cell(book, "2011-12-30", "C8", "false")

        file = changed("complaints/us-reg-e", edit)

        assert [
            "-since = 2011-12-30",
            "+since = 2011-12-31",
            "-institution_days = true",
            "+institution_days = false",
        ] == differences(file.before or "", file.text)

    def test_what_libreoffice_writes(self) -> None:
        """
        A truth that a program saved as a formula is read as the truth it is.
        """
        file = changed(
            "complaints/us-reg-e", lambda book: cell(book, "2011-12-30", "C8", "=TRUE()", "General")
        )

        assert not file.changed

    def test_blank_rows_remarks_and_headings(self) -> None:
        """
        Blank rows, columns and sheets of remarks, other headings and other names of sheets change
        nothing.
        """

        def edit(book: Any) -> None:
            sheet = book["2020-01-01 tier"]
            sheet.insert_rows(5)
            sheet["A2"], sheet["F3"], sheet["F4"] = "Class", "#remark", "=1+1"
            sheet.title = "Tiers"
            book.create_sheet("# notes")["A1"] = "Ask Li"
            book.create_sheet("empty")

        assert not changed(TIERS, edit).changed

    def test_a_row_more(self) -> None:
        """
        A new row is a new block below the others, laid out as they are.
        """
        file = changed(
            TIERS,
            lambda book: book["2020-01-01 tier"].append(
                ["TOP", "Top", "顶级", "20000000.00", "vip_room、own_adviser"]
            ),
        )

        assert [
            "+",
            "+[[version.tier]]",
            '+code = "TOP"',
            '+title = { en = "Top", zh = "顶级" }',
            '+enter = "20000000.00"',
            '+services = ["vip_room", "own_adviser"]',
        ] == differences(file.before or "", file.text)

    def test_a_version_more(self) -> None:
        """
        A workbook with a new version has a copy of the last one to change; old versions stay.
        """
        file = changed(
            TIERS,
            lambda book: cell(book, "2027-01-01 tier", "D5", "600000.00"),
            new_version=date(2027, 1, 1),
        )

        versions = parse_toml(file.text, "x")["version"]
        assert file.text.startswith((file.before or "?").rstrip("\n"))
        assert [date(2020, 1, 1), date(2027, 1, 1)] == [version["since"] for version in versions]
        assert "600000.00" == versions[1]["tier"][1]["enter"]

    def test_a_version_before_the_last(self) -> None:
        """
        A new version starts after the last one.
        """
        with pytest.raises(sheets.WorkbookError, match="a day after the last version's"):
            sheets.export_workbook([TIERS], new_version=date(2020, 1, 1))

    def test_rows_taken_out_with_their_sheet(self) -> None:
        """
        A list whose sheet and whose row in the list of sheets are gone is gone from the file.
        """

        def edit(book: Any) -> None:
            del book["2011-12-30 keep"]
            contents = book["contents"]
            (row,) = (row[0].row for row in contents if row[0].value == "2011-12-30 keep")
            contents.delete_rows(row)

        file = changed("complaints/us-reg-e", edit)

        assert "[[version.keep]]" not in file.text
        assert all(line.startswith("-") for line in differences(file.before or "", file.text))

    def test_a_case_changes(self) -> None:
        """
        Lines of a step's cell change what the step expects, and its other cells stay.
        """
        path = ROOT / "tests/cases/complaints/case-24-hours.toml"

        file = changed(
            path, lambda book: cell(book, "case.step", "E5", 'department = "complaint_handling"')
        )

        assert [
            '-with = { department = "complaint_handling", owner = "agent-3" }',
            '+with = { department = "complaint_handling" }',
        ] == differences(file.before or "", file.text)


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a tree: what holds it, and its key or index."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield value, key
            yield from spots(part)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield value, place
            yield from spots(part)


class TestInAText:
    """A text changes where the document did."""

    @settings(max_examples=some(60), deadline=None)
    @given(st.data())
    def test_one_change_in_a_file(self, data: st.DataObject) -> None:
        """
        Whatever is set, taken out, doubled, added or turned round in a file of ours is written in
        its place, and another value changes no more than the line it stands on.
        """
        text = data.draw(st.sampled_from((*SHIPPED, *CASES))).read_text("utf-8")
        before = parse_toml(text, "test")
        after = deepcopy(before)
        places = list(spots(after))
        do = data.draw(st.sampled_from(["set", "remove", "double", "add", "turn"]))
        if do == "set":
            held, key = data.draw(
                st.sampled_from([p for p in places if isinstance(p[0][p[1]], str)])
            )
            held[key] += "x"
        elif do == "remove":
            held, key = data.draw(st.sampled_from(places))
            del held[key]
        elif do == "add":
            tables = [held[key] for held, key in places if isinstance(held[key], dict)]
            added = st.sampled_from([1, "a", [], {}, {"x": {"y": 2}}, [{"a": "b" * 120}]])
            data.draw(st.sampled_from([after, *tables]))["zz new"] = data.draw(added)
        else:
            lists = [held[key] for held, key in places if isinstance(held[key], list)]
            chosen = data.draw(st.sampled_from([held for held in lists if held]))
            if do == "double":
                chosen.insert(data.draw(st.integers(0, len(chosen))), deepcopy(chosen[0]))
            else:
                chosen.reverse()

        found = edited(text, after)

        assert same(after, parse_toml(found.text, "test"))
        assert found.in_place
        if do == "set":
            assert 2 == len(differences(text, found.text))

    @settings(max_examples=some(60), deadline=None)
    @given(DOCUMENTS, DOCUMENTS)
    def test_any_change(self, before: Any, after: Any) -> None:
        """
        From any document to any other: the text says what it is to say.
        """
        text = written(before)
        wanted = parse_toml(written(after), "test")

        assert same(wanted, parse_toml(edited(text, wanted).text, "test"))

    def test_comments_stay(self) -> None:
        """
        Comments stay beside what they tell, in lists too; a row that moves takes its own along.
        """
        text = (
            "# Why this file.\n"
            "a = [\n    1, # one\n    2, # two\n]\n\n"
            "# The first.\n[[row]]\nname = 'x' # kept\n\n"
            "# The second.\n[[row]]\nname = 'y'\n"
        )

        found = edited(text, {"a": [1, 2, 3], "row": [{"name": "y"}, {"name": "x"}]})

        assert found.in_place
        assert (
            "# Why this file.\n"
            "a = [\n    1, # one\n    2, # two\n    3,\n]\n\n"
            "# The second.\n[[row]]\nname = 'y'\n\n"
            "# The first.\n[[row]]\nname = 'x' # kept\n"
        ) == found.text.rstrip("\n") + "\n"

    def test_line_ends_stay(self) -> None:
        """
        A file with the line ends of another system keeps them.
        """
        assert "a = 1\r\nb = 2\r\n" == edited("a = 1\r\n", {"a": 1, "b": 2}).text

    def test_what_cannot_be_edited(self) -> None:
        """
        A form that cannot be edited in place is laid out anew below its first comment, and says so.
        """
        text = "# Why.\n[[a]]\n[b]\nx = 1\n[a.c]\ny = 1\n"

        found = edited(text, {"a": [{"d": 1}, {"c": {"y": 2}}], "b": {"x": 1}})

        assert same(
            {"a": [{"d": 1}, {"c": {"y": 2}}], "b": {"x": 1}}, parse_toml(found.text, "test")
        )
        assert found.text.startswith("# Why.\n")

    def test_a_time_of_day_is_no_date(self) -> None:
        """
        A date cell with a time of day is refused, for its offset is not known.
        """
        with pytest.raises(sheets.WorkbookError, match="2020-01-01!C4: got the time of day"):
            changed(
                TIERS,
                lambda book: cell(
                    book,
                    "2020-01-01",
                    "C4",
                    datetime.fromisoformat("2020-01-01T09:00"),
                    "yyyy-mm-dd hh:mm",
                ),
            )
