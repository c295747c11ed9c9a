"""
From sheets back to documents: what each cell says, where it stands, and every fault by its cell.

Nothing is guessed: two columns of one key, a row that names no row, a value without a key are
faults. What begins with `#` is a remark, be it a column, a key or a whole sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from bankservice.core.errors import Fault, PolicyError, near_names
from bankservice.sheets.cells import LIST, TABLE, Cell, CellError, read
from bankservice.sheets.grid import (
    KEY,
    NUMBER,
    ORDER,
    VALUE,
    Grid,
    Keys,
    Place,
    SheetPath,
    path_text,
    unmarked,
)
from bankservice.sheets.values import Document, Path, arranged, dotted, put, spelled

__all__ = ["EACH", "Found", "Wanted", "documents"]

EACH: Final = "[]"
"""Stands in a path of keys for any row of a list."""

Wanted: TypeAlias = Callable[[str, Keys, Cell, Any], Any]
"""
Takes a file, a path of keys, a cell and what it says by itself; gives what it says where the key
wants something else, or raises `CellError`.
"""

_REFERENCE: Final = re.compile(r"(.+)@(#|[A-Za-z0-9_-]+)")
_KEYS_ROW: Final = 3


@attrs.frozen
class Found:
    """
    What the sheets of one file say.

    Attributes:
        document: The file, as `parse_toml` would give it.
        places: Path → where it stands in the workbook.
        columns: Path of a table → the keys its row could have and their places, for what it lacks.
    """

    document: Document
    places: Mapping[Path, Place]
    columns: Mapping[Path, Mapping[Keys, Place]]


@attrs.define(eq=False)
class _Item:
    """One table: what it holds by itself, where, and the lists below it."""

    at: Place
    table: Document = attrs.field(factory=dict)
    cells: dict[Keys, Place] = attrs.field(factory=dict)
    columns: dict[Keys, Place] = attrs.field(factory=dict)
    order: list[Keys] = attrs.field(factory=list)
    lists: dict[Keys, list[_Item]] = attrs.field(factory=dict)
    number: object = None


def documents(grids: Iterable[Grid], wanted: Wanted, faults: list[Fault]) -> dict[str, Found]:
    """
    Return the files that sheets tell, by name, in the order of their first sheets.

    Args:
        grids: All sheets with data.
        wanted: What keys want, where it is known.
        faults: Every fault is added here; what is returned is whole only where none was.
    """
    files: dict[str, list[Grid]] = {}
    for grid in grids:
        files.setdefault(grid.file, []).append(grid)
    return {file: _File(file, held, wanted, faults).found() for file, held in files.items()}


class _File:
    """The sheets of one file, read from the top down."""

    def __init__(self, file: str, grids: list[Grid], wanted: Wanted, faults: list[Fault]) -> None:
        self._file = file
        self._wanted = wanted
        self._faults = faults
        self._names: dict[str, str] = {}
        self._items: dict[str, list[_Item]] = {}
        for grid in sorted(grids, key=lambda grid: _rank(grid.path)):
            text = path_text(grid.path)
            if text in self._names:
                wanted_path = f"a part that {self._names[text]} does not tell too"
                self._fault(Place(grid.name, 1, 2), text, wanted_path)
                continue
            self._names[text] = grid.name
            self._stray(grid)
            self._items[text] = self._single(grid) if grid.is_single else self._rows(grid)

    def found(self) -> Found:
        """Return the file."""
        if "." not in self._items:
            at = Place(next(iter(self._names.values())))
            self._fault(at, "no sheet that tells the top of its file", "one whose path is .")
            return Found({}, {}, {})
        places: dict[Path, Place] = {}
        columns: dict[Path, Mapping[Keys, Place]] = {}
        document = self._assembled(self._items["."][0], (), places, columns)
        return Found(document, places, columns)

    # --- one sheet ------------------------------------------------------------------------------

    def _single(self, grid: Grid) -> list[_Item]:
        item = _Item(Place(grid.name))
        self._hang(grid, item, "", None)
        if KEY not in grid.keys or VALUE not in grid.keys:
            self._fault(Place(grid.name, _KEYS_ROW, 1), "other keys", f"{KEY} and {VALUE}")
            return [item]
        key_column, value_column = grid.keys.index(KEY), grid.keys.index(VALUE)
        for number, cells in grid.rows.items():
            at, value_at = _place(grid, number, key_column), _place(grid, number, value_column)
            key, value = _cell(cells, key_column), _cell(cells, value_column)
            text = str(key.value).strip() if key else ""
            if text.startswith("#"):
                item.order += [keys for keys in [self._led(text)] if keys]
            elif text:
                keys, mark = self._keys(text, at)
                if keys in item.columns:
                    self._fault(at, f"{text} a second time", "each key once")
                elif keys:
                    item.columns[keys] = value_at
                    item.order.append(keys)
                    self._set(item, keys, mark, value, value_at, grid)
            elif value is not None:
                self._fault(at, "nothing", "the key of the value beside it")
        return [item]

    def _rows(self, grid: Grid) -> list[_Item]:
        columns = self._columns(grid)
        reference, by = self._reference(grid)
        sequence = [
            keys
            for text in grid.keys
            for keys in [self._led(text) if text.startswith("#") else self._said(text)]
            if keys
        ]
        items: list[_Item] = []
        for number, cells in grid.rows.items():
            item = _Item(_place(grid, number, max(reference, 0)), order=sequence)
            label: Cell | None = None
            item.columns = {
                keys: _place(grid, number, column) for column, (keys, _) in columns.items()
            }
            for column, key in enumerate(grid.keys):
                cell, at = _cell(cells, column), _place(grid, number, column)
                if column in columns:
                    self._set(item, *columns[column], cell, at, grid)
                elif cell is not None and column == reference:
                    label = cell
                elif cell is not None and key == NUMBER:
                    item.number = self._value(cell, at)
                elif cell is not None and key == ORDER:
                    item.order = self._own_order(cell, at)
            items.append(item)
            self._hang(grid, item, by, label)
        return items

    def _columns(self, grid: Grid) -> dict[int, tuple[Keys, str]]:
        """Return the columns with values: place → keys and mark."""
        found: dict[int, tuple[Keys, str]] = {}
        for column, text in enumerate(grid.keys):
            if not text or text.startswith("#") or text == ORDER or _REFERENCE.fullmatch(text):
                continue
            at = _place(grid, _KEYS_ROW, column)
            keys, mark = self._keys(text, at)
            if any(keys == held for held, _ in found.values()):
                self._fault(at, f"{text} a second time", "each key once")
            elif keys:
                found[column] = (keys, mark)
        return found

    def _reference(self, grid: Grid) -> tuple[int, str]:
        """Return the column that names the row above, and by what; -1 where none is needed."""
        found = [
            (column, match[2])
            for column, text in enumerate(grid.keys)
            if (match := _REFERENCE.fullmatch(text))
        ]
        above = grid.path[-2] if len(grid.path) > 1 else None
        if above is None or above.index is not None:
            for column, _ in found:
                at = _place(grid, _KEYS_ROW, column)
                self._fault(at, grid.keys[column], "no such key: nothing but the top stands above")
            return -1, ""
        if len(found) != 1:
            got = "two such keys" if found else "no column that names the row each belongs to"
            wanted = f"a key such as {dotted(above.keys[-1:])}@name"
            self._fault(Place(grid.name, _KEYS_ROW, 1), got, wanted)
            return -1, ""
        return found[0]

    def _stray(self, grid: Grid) -> None:
        """Tell of cells in columns that have no key."""
        for number, cells in grid.rows.items():
            for column, cell in enumerate(cells):
                text = grid.keys[column] if column < len(grid.keys) else ""
                if cell is not None and cell.value is not None and not text:
                    wanted = f"a key in row {_KEYS_ROW} of its column; # makes it a remark"
                    self._fault(_place(grid, number, column), "a value without a key", wanted)

    # --- one cell -------------------------------------------------------------------------------

    def _set(
        self, item: _Item, keys: Keys, mark: str, cell: Cell | None, at: Place, grid: Grid
    ) -> None:
        if cell is None:
            return
        value = self._value(cell, at, mark, (*_schematic(grid.path), *keys))
        if value is None:
            return
        item.cells[keys] = at
        if not put(item.table, keys, value):
            wanted = f"nothing, for another cell of this row tells {dotted(keys)} or a part of it"
            self._fault(at, "a second value", wanted)

    def _value(self, cell: Cell, at: Place, mark: str = "", keys: Keys = ()) -> Any:
        try:
            value = read(cell, mark)
            if value is None or not keys or mark in (LIST, TABLE):
                return value
            return self._wanted(self._file, keys, cell, value)
        except CellError as error:
            self._fault(at, error.got, error.wanted)
            return None

    def _keys(self, text: str, at: Place) -> tuple[Keys, str]:
        try:
            return unmarked(text)
        except PolicyError:
            self._fault(at, text, "a key such as enter, source.clause or tags[]")
            return (), ""

    def _said(self, text: str) -> Keys:
        """Return the keys of a column that says some; a wrong one is told elsewhere."""
        try:
            is_key = text and text != ORDER and not _REFERENCE.fullmatch(text)
            return unmarked(text)[0] if is_key else ()
        except PolicyError:
            return ()

    def _led(self, text: str) -> Keys:
        """Return the list a remark leads to; none where it is another remark."""
        try:
            return spelled(text.removeprefix("#"))
        except PolicyError:
            return ()

    def _own_order(self, cell: Cell, at: Place) -> list[Keys]:
        names = self._value(cell, at)
        try:
            return [spelled(name) for name in names]
        except (PolicyError, TypeError):
            self._fault(at, repr(cell.value), 'a list of keys such as ["name", "facts.on"]')
            return []

    def _fault(self, at: Place, got: str, wanted: str, near: tuple[str, ...] = ()) -> None:
        self._faults.append(Fault(str(at), got, wanted, near))

    # --- from tables to the file ----------------------------------------------------------------

    def _hang(self, grid: Grid, item: _Item, by: str, label: Cell | None) -> None:
        """Put a table below the one it belongs to."""
        if not grid.path:
            return
        above_path = path_text(grid.path[:-1])
        above = self._items.get(above_path)
        keys = grid.path[-1].keys
        if above is None:
            wanted = f"a sheet with the path {above_path}"
            self._fault(Place(grid.name, 1, 2), f"no {above_path} to belong to", wanted)
            # Once is enough: the sheet's other rows have nowhere to go either.
            self._items[above_path] = above = [_Item(item.at)]
        if not by:
            above[0].lists.setdefault(keys, []).append(item)
            return
        if label is None:
            self._fault(item.at, "nothing", f"the {by} of a row of {self._names[above_path]}")
            return
        name = self._value(label, item.at)
        known = [held.number if by == NUMBER else held.table.get(by) for held in above]
        fitting = [held for held, own in zip(above, known, strict=True) if str(own) == str(name)]
        if len(fitting) == 1:
            fitting[0].lists.setdefault(keys, []).append(item)
        else:
            got = f"{name!r}, as {len(fitting)} rows are called" if fitting else repr(name)
            wanted = f"the {by} of one row of {self._names.get(above_path, above_path)}"
            self._fault(item.at, got, wanted, near_names(str(name), map(str, known)))

    def _assembled(
        self,
        item: _Item,
        path: Path,
        places: dict[Path, Place],
        columns: dict[Path, Mapping[Keys, Place]],
    ) -> Document:
        places[path] = item.at
        columns[path] = item.columns
        for keys, at in item.cells.items():
            places[(*path, *keys)] = at
        for keys, below in item.lists.items():
            tables = [
                self._assembled(held, (*path, *keys, index), places, columns)
                for index, held in enumerate(below)
            ]
            places.setdefault((*path, *keys), Place(below[0].at.sheet))
            if not put(item.table, keys, tables):
                wanted = f"none, for {item.cells.get(keys, item.at)} tells {dotted(keys)}"
                self._fault(below[0].at, "rows", wanted)
        return arranged(item.table, item.order)


def _rank(path: SheetPath) -> tuple[int, tuple[int, ...]]:
    return len(path), tuple(-1 if step.index is None else step.index for step in path)


def _schematic(path: SheetPath) -> Keys:
    return tuple(key for step in path for key in (*step.keys, EACH))


def _place(grid: Grid, row: int, column: int) -> Place:
    return Place(grid.name, row, column + 1)


def _cell(cells: tuple[Cell | None, ...], column: int) -> Cell | None:
    cell = cells[column] if column < len(cells) else None
    return None if cell is None or cell.value is None else cell
