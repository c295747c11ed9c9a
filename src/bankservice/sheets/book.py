"""
Sheets out to the bytes of a workbook. Only this module and `loading` know openpyxl.

Row 1 of a sheet says which part of which file it is, row 2 has headings, row 3 the keys. A first
sheet lists the others and tells how to read them; a hidden sheet for each file keeps its text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

from bankservice.sheets.cells import Cell
from bankservice.sheets.decor import Decor, say
from bankservice.sheets.grid import (
    FIRST_ROW,
    Grid,
    path_text,
)

__all__ = ["CONTENTS", "FORM", "SOURCE", "book_bytes"]

CONTENTS: Final = "bankservice-workbook"
SOURCE: Final = "bankservice-source"
FORM: Final = 1
"""Form of these workbooks; a newer one is refused by an older package."""

_HOW_TO: Final = 9
_PIECE: Final = 8_000
"""So many characters of a file's text stand in one cell, before what needs an escape gets one."""

_LINE: Final = 15
_TALLEST: Final = 240
"""Heights in points: of a line, and of the tallest row; the rest of its text is seen in the cell."""

_LONGEST_SHOWN: Final = 2_000

_HEADING: Final = PatternFill("solid", start_color="FF1F3A5F")
_KEYS: Final = Font(name="Consolas", size=8, color="FF808080")
_TOP: Final = Alignment(vertical="top", wrap_text=True)
_VALUE: Final = Alignment(horizontal="left", vertical="top", wrap_text=True)
_LINK: Final = Font(name="Calibri", size=11, color="FF1A5FB4", underline="single")
_QUIET: Final = Font(name="Calibri", size=11, color="FF606060")


def book_bytes(
    grids: Sequence[Grid], decors: Sequence[Decor], texts: Mapping[str, str], locale: str
) -> bytes:
    """
    Return a workbook.

    Args:
        grids: The sheets, in their order.
        decors: What each shows beside its data.
        texts: File → its text, which travels along.
        locale: Language of headings and notes, `en` or `zh_CN`.
    """
    book = Workbook()
    contents = book.active
    contents.title = say("contents", locale)
    names = {(grid.file, path_text(grid.path)): grid.name for grid in grids}
    _contents(contents, grids, decors, locale)
    for grid, decor in zip(grids, decors, strict=True):
        _sheet(book.create_sheet(grid.name), grid, decor, names)
    for number, (file, text) in enumerate(texts.items(), start=1):
        _hidden(book.create_sheet(f"_source {number}"), file, text)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _contents(sheet: Any, grids: Sequence[Grid], decors: Sequence[Decor], locale: str) -> None:
    _write(sheet, 1, 1, Cell(CONTENTS), _KEYS)
    _write(sheet, 1, 2, Cell(FORM, "0"), _KEYS)
    _write(sheet, 2, 1, Cell(say("how-title", locale)), Font(name="Calibri", bold=True, size=13))
    for number in range(1, _HOW_TO + 1):
        _write(sheet, 2 + number, 1, Cell(say(f"how-{number}", locale)))
    head = _HOW_TO + 4
    for column, code in enumerate(("sheet", "file", "path", "rows", "about"), start=1):
        _heading(sheet.cell(head, column), say(code, locale))
    _write(sheet, head + 1, 1, Cell("@sheet"), _KEYS)
    _write(sheet, head + 1, 2, Cell("@file"), _KEYS)
    _write(sheet, head + 1, 3, Cell("@path"), _KEYS)
    for number, (grid, decor) in enumerate(zip(grids, decors, strict=True), start=head + 2):
        _write(sheet, number, 1, Cell(grid.name), _LINK)
        _link(sheet.cell(number, 1), grid.name)
        _write(sheet, number, 2, Cell(grid.file))
        _write(sheet, number, 3, Cell(path_text(grid.path)))
        _write(sheet, number, 4, Cell(len(grid.rows), "0"))
        _write(sheet, number, 5, Cell(_shown(decor.title)))
    _print_wide(sheet)
    for letter, width in zip("ABCDE", (34, 30, 34, 8, 60), strict=True):
        sheet.column_dimensions[letter].width = width


def _sheet(sheet: Any, grid: Grid, decor: Decor, names: Mapping[tuple[str, str], str]) -> None:
    for column, shown in enumerate(decor.formats):
        held = sheet.column_dimensions[get_column_letter(column + 1)]
        held.width = decor.widths[column]
        held.number_format = shown
    _write(sheet, 1, 1, Cell(grid.file), _KEYS)
    _write(sheet, 1, 2, Cell(path_text(grid.path)), _KEYS)
    _write(sheet, 1, 3, Cell(_shown(decor.title)), Font(name="Calibri", size=11, bold=True))
    for column, key in enumerate(grid.keys, start=1):
        _heading(sheet.cell(2, column), decor.headings[column - 1])
        _write(sheet, 3, column, Cell(key), _KEYS)
    for number, cells in grid.rows.items():
        for column, cell in enumerate(cells, start=1):
            if cell is not None and cell.value is not None:
                _write(sheet, number, column, cell)
                sheet.cell(number, column).alignment = _VALUE if grid.is_single else _TOP
    for (row, column), text in decor.texts.items():
        _write(sheet, row, column, Cell(_shown(text)), _QUIET)
        sheet.cell(row, column).alignment = _TOP
    for row, lines in decor.lines.items():
        sheet.row_dimensions[row].height = min(_LINE * lines, _TALLEST)
    for (row, column), text in decor.notes.items():
        sheet.cell(row, column).comment = _note(text)
    for place, path in grid.links.items():
        rows = [place] if grid.is_single else list(grid.rows)
        column = 3 if grid.is_single else place + 1
        for row in rows:
            cell = sheet.cell(row, column)
            if cell.value is not None:
                _link(cell, names[grid.file, path_text(path)])
                cell.font = _LINK
    for column, words in decor.choices.items():
        _choose(sheet, column + 1, words)
    _print_wide(sheet)
    # What names a row stays in sight, and what says which column it is.
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 4 if grid.is_single else 2)


def _print_wide(sheet: Any) -> None:
    """Let a sheet be printed across the page, with its headings on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:2"


def _heading(cell: Any, text: str) -> None:
    cell.value = _shown(text)
    cell.data_type = "s"
    cell.font = Font(name="Calibri", size=11, bold=True, color="FFFFFFFF")
    cell.fill = _HEADING
    cell.alignment = _TOP


def _write(sheet: Any, row: int, column: int, held: Cell, font: Font | None = None) -> None:
    cell = sheet.cell(row, column)
    cell.value = held.value
    if isinstance(held.value, str):
        # Text that looks like a formula, or like an error, is text.
        cell.data_type = "s"
    cell.number_format = held.format
    if font is not None:
        cell.font = font


def _shown(text: str) -> str:
    """Return text that is only looked at, without signs a workbook cannot have, and not too long."""
    clean = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[: _LONGEST_SHOWN - 1]}…"


def _note(text: str) -> Comment:
    text = _shown(text)
    note = Comment(text, "bankservice")
    note.width = 320
    note.height = 24 + 18 * sum(1 + len(line) // 42 for line in text.split("\n"))
    return note


def _link(cell: Any, name: str) -> None:
    quoted = name.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1")


def _choose(sheet: Any, column: int, words: tuple[str, ...]) -> None:
    """Offer the words of a closed list; what is not among them is told at import, by its cell."""
    listed = ",".join(words)
    if len(listed) > 250 or any("," in word for word in words):
        return
    choice = DataValidation(
        type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False
    )
    letter = get_column_letter(column)
    choice.add(f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + 999}")
    sheet.add_data_validation(choice)


def _hidden(sheet: Any, file: str, text: str) -> None:
    _write(sheet, 1, 1, Cell(SOURCE))
    _write(sheet, 1, 2, Cell(file))
    _write(sheet, 1, 3, Cell(sha256(text.encode()).hexdigest()))
    for number, start in enumerate(range(0, len(text), _PIECE), start=2):
        # As ASCII, so that no program changes line ends, blanks or signs. Spreadsheets read
        # `_x0041_` as a sign; no piece has it.
        piece = json.dumps(text[start : start + _PIECE]).replace("_x", "\\u005fx")
        for column, begin in enumerate(range(0, len(piece), 30_000), start=1):
            _write(sheet, number, column, Cell(piece[begin : begin + 30_000]))
    sheet.sheet_state = "hidden"
