"""
Round trips: a file that goes out to a workbook and comes back has lost nothing.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from effort import chosen_profile, some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import policies, sheets
from bankservice.core.policy_file import parse_toml, read_policy
from bankservice.sheets.book import book_bytes
from bankservice.sheets.decor import decorated
from bankservice.sheets.layout import grids
from bankservice.sheets.loading import read_book
from bankservice.sheets.names import MOST, Names
from bankservice.sheets.reading import documents
from bankservice.sheets.values import Document, inline, same, same_order, written
from bankservice.sheets.wants import shape_of

ROOT: Final = Path(__file__).parent.parent.parent
SHIPPED: Final = tuple(sorted((ROOT / "src" / "bankservice").rglob("policies/**/*.toml")))
CASES: Final = tuple(sorted((ROOT / "tests" / "cases").rglob("*.toml")))
BY_FOLDER: Final = {
    folder: tuple(path for path in (*SHIPPED, *CASES) if path.parent == folder)
    for folder in sorted({path.parent for path in (*SHIPPED, *CASES)})
}
IN_HASTE: Final = chosen_profile() in ("brief", "ci")
"""Whether only some calendars are looked at: they are many, and of one form."""
WHOLE: Final = (
    ("complaints/us-reg-e", "segmentation/us-qualified-client-class")
    if IN_HASTE
    else tuple(name for name in policies.shelf().ids() if not name.startswith("holidays/"))
)
"""Policies that go through real workbooks: nested lists, references by number."""
TABLES: Final = ("complaints/case-24-hours.toml", "complaints/applicable-own.toml")


def told(document: Document) -> Document:
    """Return what the sheets of a document say by their cells alone."""
    faults: list[Any] = []
    found = documents(
        grids(document, "x.toml", Names(1)), lambda file, keys, cell, value: value, faults
    )

    assert [] == faults
    return found["x.toml"].document


def without_texts(raw: bytes) -> bytes:
    """Return a workbook whose hidden sheets were taken out."""
    book = openpyxl.load_workbook(BytesIO(raw))
    for sheet in [sheet for sheet in book.worksheets if sheet.sheet_state == "hidden"]:
        book.remove(sheet)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


class TestEveryFile:
    """Every shipped policy, calendars too, and every case table."""

    @pytest.mark.parametrize("folder", BY_FOLDER, ids=lambda folder: folder.name)
    def test_cells_alone_say_everything(self, folder: Path) -> None:
        """
        Cells hold every value with its type and digits, and the order of keys and rows.
        """
        lost = []
        for path in BY_FOLDER[folder][:: 10 if IN_HASTE and folder.name == "holidays" else 1]:
            document = parse_toml(path.read_text("utf-8"), path.name)
            found = told(document)
            if not same(document, found) or not same_order(document, found):
                lost.append(path.name)

        assert [] == lost

    @pytest.mark.parametrize("policy_id", WHOLE)
    def test_a_policy_through_a_workbook(self, policy_id: str) -> None:
        """
        An unchanged workbook gives the very same bytes; without its hidden sheet, a policy whose
        versions have the same digests.
        """
        raw = sheets.export_workbook([policy_id], locale="zh_CN")

        (file,) = sheets.read_workbook(raw)
        (anew,) = sheets.read_workbook(without_texts(raw))

        prefix, _, name = policy_id.partition("/")
        package = ROOT.joinpath("src", *policies.shelf().packages[prefix].split("."))
        shelf = policies.shelf()
        again = read_policy(parse_toml(anew.text, "again"), "again", shelf.kinds, shelf)
        assert (package / "policies" / prefix / f"{name}.toml").read_text("utf-8") == file.text
        assert not file.changed
        assert anew.before is None
        assert [v.ref for v in shelf.get(policy_id).versions] == [v.ref for v in again.versions]

    @pytest.mark.parametrize("name", TABLES)
    def test_a_case_table_through_a_workbook(self, name: str) -> None:
        """
        A case table comes back byte for byte, and without its hidden sheet the same as data.
        """
        path = ROOT / "tests" / "cases" / name
        raw = sheets.export_workbook([path])

        (file,) = sheets.read_workbook(raw, folder=path.parent)
        (anew,) = sheets.read_workbook(without_texts(raw), folder=path.parent)

        assert path.read_bytes() == file.text.encode()
        assert file.is_table
        assert same(parse_toml(file.text, name), parse_toml(anew.text, name))


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("=@'\"`[]{},.#\n _"), max_size=6
)
KEYS = st.sampled_from(["name", "code", "id", "fact", "a", "b c", "x.y", "z@", "é", "#", ""])
PLAIN: st.SearchStrategy[Any] = (
    TEXTS
    | st.integers(-5, 10**17)
    | st.decimals(-9, 9, places=2)
    | st.dates()
    | st.booleans()
    | st.just([])
)
TREES: st.SearchStrategy[Any] = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.lists(st.dictionaries(KEYS, inner, max_size=3), max_size=3)
    ),
    max_leaves=12,
)
ROWS = st.lists(st.dictionaries(KEYS, TREES, max_size=4), min_size=1, max_size=4)
DOCUMENTS = st.fixed_dictionaries(
    {}, optional={"id": TEXTS, "version": ROWS, "case": ROWS, "list": ROWS, "other": TREES}
)


class TestAnyTree:
    """Whatever tree a TOML file may hold."""

    @settings(max_examples=some(60), deadline=None)
    @given(DOCUMENTS)
    def test_cells_alone_say_everything(self, document: Document) -> None:
        """
        Any document comes back from its sheets the same, keys and rows in their order.
        """
        document = parse_toml(written(document), "test")

        found = told(document)

        assert same(document, found)
        assert same_order(document, found)

    @settings(max_examples=some(15), deadline=None)
    @given(DOCUMENTS)
    def test_real_workbooks_hold_it(self, document: Document) -> None:
        """
        A saved and loaded workbook has the same cells, and the text it was made of.
        """
        text = written(document)
        document = parse_toml(text, "test")
        held = grids(document, "x.toml", Names(1))
        decors = [decorated(grid, document, shape_of(document), "en") for grid in held]
        faults: list[Any] = []

        book = read_book(book_bytes(held, decors, {"x.toml": text}, "en"), "test", faults)

        found = documents(book.grids, lambda file, keys, cell, value: value, faults)
        assert [] == faults
        assert {"x.toml": text} == book.texts
        assert same(document, found["x.toml"].document)


class TestLayout:
    """What people find in a workbook."""

    def test_a_sheet_for_each_list(self) -> None:
        """
        The top, each version and each list have a sheet; rows name the row they belong to.
        """
        document = parse_toml(
            (ROOT / "src/bankservice/complaints/policies/complaints/us-reg-e.toml").read_text(
                "utf-8"
            ),
            "us-reg-e",
        )

        held = {grid.name: grid for grid in grids(document, "us-reg-e.toml", Names(1))}

        terms = held["2011-12-30 clock.term"]
        assert [
            "complaints-us-reg-e",
            "2011-12-30",
            "2011-12-30 clock",
            "2011-12-30 clock.term",
            "2011-12-30 keep",
        ] == list(held)
        assert ("clock@name", "when{}", "amount", "unit", "source.issuer") == terms.keys[:5]
        assert [
            "determination",
            'fact = "new_account"\nequals = true',
            "P20D",
            "business-days",
        ] == [cell and cell.value for cell in terms.rows[4][:4]]

    def test_rows_without_names_are_numbered(self) -> None:
        """
        Where no key tells rows apart, they have numbers, and rows below go by these.
        """
        long = [{"text": "x" * 90, "more": "y" * 90}]
        document = {"case": [{"name": "same", "list": long}, {"name": "same", "list": long}]}

        cases, rows = list(grids(document, "x.toml", Names(1)))[1:]

        assert ("#", "name", "#list") == cases.keys
        assert [1, 2] == [cells[0] and cells[0].value for cells in cases.rows.values()]
        assert "case@#" == rows.keys[0]
        assert [1, 2] == [cells[0] and cells[0].value for cells in rows.rows.values()]

    def test_names_of_sheets(self) -> None:
        """
        Names are short, each once whatever the case, without signs a sheet cannot have.
        """
        names = Names(2)

        found = [names.free(name) for name in ("a/b", "A-B", "x" * 40, "x" * 50, "'q'", "History")]

        assert ["a-b", "A-B (2)", "x" * MOST, f"{'x' * 27} (2)", "-q-", "History (2)"] == found

    def test_two_files_of_one_name(self, tmp_path: Path) -> None:
        """
        Two files of one name cannot share a workbook.
        """
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "x.toml").write_text("id = 'x'\n", "utf-8")

        with pytest.raises(sheets.WorkbookError, match=r"x\.toml: got a second file of this name"):
            sheets.export_workbook([tmp_path / "a" / "x.toml", tmp_path / "b" / "x.toml"])

    def test_too_long_for_a_cell(self, tmp_path: Path) -> None:
        """
        A value longer than a cell holds is refused at export, by sheet and key.
        """
        path = tmp_path / "x.policy.toml"
        path.write_text(f"id = {inline('x' * 40_000)}\n", "utf-8")

        with pytest.raises(sheets.WorkbookError, match="40000 characters, wanted at most 32767"):
            sheets.export_workbook([path])
