"""
The bytes of a workbook back to sheets: what a spreadsheet program saved, cell by cell.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from hashlib import sha256
from io import BytesIO
from typing import Any, Final
from warnings import catch_warnings, filterwarnings
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

import attrs
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bankservice.core.errors import Fault, PolicyError
from bankservice.sheets.book import CONTENTS, FORM, SOURCE
from bankservice.sheets.cells import TEXT, Cell
from bankservice.sheets.grid import FIRST_ROW, NUMBER, Grid, Place, WorkbookError, path_of

__all__ = ["Book", "read_book"]

_BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What a file that is broken, encrypted or no workbook makes openpyxl raise."""

_LARGEST: Final = 200 * 2**20
"""So many bytes a workbook may unpack to: far more than a policy has, and what fits in memory."""

_TRUTHS: Final = {"=TRUE()": True, "=FALSE()": False}


@attrs.frozen
class Book:
    """
    What a workbook holds.

    Attributes:
        grids: Its sheets with data.
        texts: File → the text it was exported from, where the workbook still has it.
        listed: File and path of every sheet that the list of sheets names → the place of its row.
    """

    grids: tuple[Grid, ...]
    texts: Mapping[str, str]
    listed: Mapping[tuple[str, str], Place]


def read_book(raw: bytes, name: str, faults: list[Fault]) -> Book:
    """
    Return what a workbook holds.

    Args:
        raw: The file.
        name: Its name, for messages.
        faults: Every fault of single sheets and cells is added here.

    Raises:
        WorkbookError: If it is no workbook of this package at all.
    """
    try:
        _refuse_large(raw, name)
        with catch_warnings():
            # It tells which formats it would not write again; here nothing but values is read.
            filterwarnings("ignore", module="openpyxl")
            book = load_workbook(BytesIO(raw))
    except WorkbookError:
        raise
    except _BROKEN as error:
        wanted = "a workbook (.xlsx) that `bankservice policies export` wrote"
        raise WorkbookError(
            name, (Fault("", f"{type(error).__name__}: {error}", wanted),)
        ) from None
    grids: list[Grid] = []
    texts: dict[str, str] = {}
    listed: dict[tuple[str, str], Place] = {}
    found = False
    for sheet in book.worksheets:
        first = sheet.cell(1, 1).value
        if sheet.title.startswith("#"):
            continue
        if first == CONTENTS:
            found = True
            _form_of(sheet, name)
            listed.update(_listed(sheet))
        elif first == SOURCE:
            _text(sheet, texts, faults)
        else:
            _refuse_merged(sheet, faults)
            grid = _grid(sheet, faults)
            if grid is not None:
                grids.append(grid)
    if not found:
        wanted = f"a first sheet that begins with {CONTENTS}, as exported workbooks have"
        raise WorkbookError(name, (Fault("", "no list of sheets", wanted),))
    return Book(tuple(grids), texts, listed)


def _refuse_large(raw: bytes, name: str) -> None:
    """Refuse a file that says it is small and unpacks to more than a machine can hold."""
    with ZipFile(BytesIO(raw)) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > _LARGEST:
        got = f"a file that unpacks to {size // 2**20} MiB"
        raise WorkbookError(name, (Fault("", got, f"at most {_LARGEST // 2**20} MiB"),))


def _rows(sheet: Any, first: int) -> Iterator[list[Any]]:
    """
    Yield the cells that hold something, by row, from a first row on.

    A cell far off, perhaps only formatted, must not cost a walk over all that lies between.
    """
    found: dict[int, list[Any]] = {}
    for (row, _), cell in sorted(sheet._cells.items()):
        if row >= first and cell.value is not None:
            found.setdefault(row, []).append(cell)
    yield from found.values()


def _form_of(sheet: Any, name: str) -> None:
    form = sheet.cell(1, 2).value
    if form != FORM:
        place = str(Place(sheet.title, 1, 2))
        fault = Fault(place, f"a workbook of form {form}", f"form {FORM}, which this version reads")
        raise WorkbookError(name, (fault,))


def _listed(sheet: Any) -> dict[tuple[str, str], Place]:
    found: dict[tuple[str, str], Place] = {}
    begun = False
    for row in _rows(sheet, 1):
        held = {cell.column: str(cell.value or "").strip() for cell in row}
        name, file, path = (held.get(column, "") for column in (1, 2, 3))
        if begun and file and path:
            found[file, path] = Place(sheet.title, row[0].row, 1)
        begun = begun or name == "@sheet"
    return found


def _text(sheet: Any, texts: dict[str, str], faults: list[Fault]) -> None:
    """Read the text a file was exported from; a changed one is refused, for it is no text of ours."""
    pieces: list[str] = []
    try:
        for row in _rows(sheet, 2):
            piece = "".join(str(cell.value) for cell in row)
            if piece:
                pieces.append(json.loads(piece))
        text = "".join(pieces)
        whole = sha256(text.encode()).hexdigest() == sheet.cell(1, 3).value
    except (TypeError, ValueError):
        text, whole = "", False
    if whole:
        texts[str(sheet.cell(1, 2).value)] = text
    else:
        wanted = "the hidden sheet as it was exported, or none"
        faults.append(Fault(sheet.title, "a text that was changed", wanted))


def _refuse_merged(sheet: Any, faults: list[Fault]) -> None:
    faults.extend(
        Fault(f"{sheet.title}!{merged.coord}", "merged cells", "single cells")
        for merged in sheet.merged_cells.ranges
        # Above the keys nothing is read but the first two cells.
        if merged.max_row >= FIRST_ROW - 1
    )


_FILE: Final = re.compile(r"[^/\\\x00-\x1f]+\.toml")


def _grid(sheet: Any, faults: list[Fault]) -> Grid | None:
    file, text = (str(sheet.cell(1, column).value or "").strip() for column in (1, 2))
    try:
        path = path_of(text) if _FILE.fullmatch(file) else None
    except (PolicyError, ValueError):
        path = None
    if path is None:
        if any(_rows(sheet, 1)):
            got = f"{file!r} and {text!r}"
            wanted = (
                "the name of a file in A1 and the path of a part of it in B1, "
                "such as version[0].clock[]; # at the beginning of the sheet's name makes it a remark"
            )
            faults.append(Fault(str(Place(sheet.title, 1, 1)), got, wanted))
        return None
    keys = [str(cell.value or "").strip() for cell in next(sheet.iter_rows(3, 3))]
    while keys and not keys[-1]:
        keys.pop()
    rows: dict[int, tuple[Cell | None, ...]] = {}
    for row in _rows(sheet, FIRST_ROW):
        cells: list[Cell | None] = [None] * row[-1].column
        for cell in row:
            key = keys[cell.column - 1] if cell.column <= len(keys) else ""
            is_remark = key.startswith("#") and key != NUMBER
            cells[cell.column - 1] = _cell(sheet, cell, is_remark, faults)
        if any(cell is not None for cell in cells):
            rows[row[0].row] = tuple(cells)
    return Grid(name=sheet.title, file=file, path=path, keys=tuple(keys), rows=rows)


def _cell(sheet: Any, cell: Any, is_remark: bool, faults: list[Fault]) -> Cell | None:
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()) or is_remark:
        return None
    place = str(Place(sheet.title, cell.row, cell.column))
    if cell.data_type == "f" and value in _TRUTHS:
        # LibreOffice writes so what was typed as TRUE.
        return Cell(_TRUTHS[value], "General")
    if cell.data_type == "f":
        shown = value if isinstance(value, str) else "of an array"
        faults.append(Fault(place, f"the formula {shown}", "a value; paste it as one, or as text"))
        return None
    if cell.data_type == "e":
        faults.append(Fault(place, f"the error {value}", "a value"))
        return None
    if not isinstance(value, (str, bool, int, float, datetime, date, time)):
        faults.append(Fault(place, f"{type(value).__name__} {value}", "text, a number or a date"))
        return None
    return Cell(value, cell.number_format or TEXT)
