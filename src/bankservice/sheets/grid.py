"""
What stands on one sheet, before and after any spreadsheet program: keys, rows, cells.

A sheet tells one table key by key ("single"), or a list of tables row by row. Its `path` says
which: `version[0]` is the first version, `version[0].clock[].term[]` are the terms of all its
clocks, and `.` is the top of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import attrs

from bankservice.core.errors import FaultsError
from bankservice.sheets.cells import LIST, PLAIN, TABLE, Cell
from bankservice.sheets.values import Keys, dotted, spelled

__all__ = [
    "FIRST_ROW",
    "IDENTITIES",
    "KEY",
    "NUMBER",
    "ORDER",
    "VALUE",
    "Grid",
    "Keys",
    "Place",
    "SheetPath",
    "Step",
    "WorkbookError",
    "marked",
    "path_of",
    "path_text",
    "unmarked",
]

FIRST_ROW: Final = 4
"""Above it stand what the sheet is, the headings, and the keys."""

KEY: Final = "@key"
VALUE: Final = "@value"
ORDER: Final = "@order"
NUMBER: Final = "#"

IDENTITIES: Final = ("name", "code", "id", "key")
"""Keys by which rows of another sheet may name a row, where no two rows have the same."""

_STEP: Final = re.compile(r"(.+?)\[(\d*)\]")


class WorkbookError(FaultsError):
    """A workbook cannot be used; each fault names the sheet and the cell. Nothing was written."""


@attrs.frozen
class Step:
    """One step of a sheet's path: keys to a list, and which of its tables; None for all of them."""

    keys: Keys
    index: int | None = None


SheetPath: TypeAlias = tuple[Step, ...]


@attrs.frozen
class Place:
    """Where something stands in a workbook: the sheet's name, row and column from 1; 0 for none."""

    sheet: str
    row: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.row:
            return self.sheet
        return f"{self.sheet}!{_letters(self.column or 1)}{self.row}"


def _letters(column: int) -> str:
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@attrs.frozen(kw_only=True)
class Grid:
    """
    One sheet of a workbook.

    Attributes:
        name: Name of the sheet.
        file: Name of the file it belongs to.
        path: What of the file it tells.
        keys: The row of keys, one for each column; an empty one is a column without key.
        rows: Number of the row → its cells; empty rows are left out.
        links: For whoever writes it: column, or row where it tells one table, → path of the sheet
            the cell there leads to.
    """

    name: str
    file: str
    path: SheetPath
    keys: tuple[str, ...]
    rows: Mapping[int, tuple[Cell | None, ...]]
    links: Mapping[int, SheetPath] = attrs.field(factory=dict)

    @property
    def is_single(self) -> bool:
        """Whether it tells one table, a key in each row."""
        return not self.path or self.path[-1].index is not None


def path_text(path: SheetPath) -> str:
    """
    Return a path as the sheet says it.

    Examples:
        >>> path_text((Step(("version",), 0), Step(("clock",)))), path_text(())
        ('version[0].clock[]', '.')
    """
    parts = (f"{dotted(step.keys)}[{'' if step.index is None else step.index}]" for step in path)
    return ".".join(parts) or "."


def path_of(text: str) -> SheetPath:
    """
    Return the path that *text* says.

    Raises:
        ValueError: If it says none.
    """
    if text == ".":
        return ()
    steps: list[Step] = []
    rest = text
    while rest:
        found = _STEP.match(rest)
        if found is None:
            raise ValueError(text)
        steps.append(Step(spelled(found[1]), int(found[2]) if found[2] else None))
        rest = rest[found.end() :].removeprefix(".")
    return tuple(steps)


def marked(keys: Keys, mark: str) -> str:
    """Return keys as a column says them."""
    return dotted(keys) + mark


def unmarked(text: str) -> tuple[Keys, str]:
    """
    Return the keys and the mark that a column says.

    Raises:
        PolicyError: If it says no keys.
    """
    for mark in (LIST, TABLE):
        if text.endswith(mark):
            return spelled(text.removesuffix(mark)), mark
    return spelled(text), PLAIN
