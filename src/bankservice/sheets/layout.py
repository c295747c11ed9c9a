"""
From a document to sheets: the tables people would draw themselves.

The top of a file and each `[[version]]` are told key by key. Every other list of tables is a sheet
with a row for each; tables within a row are columns by dotted keys, lists of tables within it are
sheets of their own whose rows name the row they belong to. What would make a sheet unreadable stays
in one cell: conditions, tables with many keys that few rows have, short lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault
from bankservice.sheets.cells import (
    LIST,
    PLAIN,
    TABLE,
    WHOLE,
    Cell,
    CellError,
    is_plain_list,
    stored,
)
from bankservice.sheets.grid import (
    FIRST_ROW,
    IDENTITIES,
    KEY,
    NUMBER,
    ORDER,
    VALUE,
    Grid,
    Keys,
    SheetPath,
    Step,
    WorkbookError,
    marked,
)
from bankservice.sheets.names import Names
from bankservice.sheets.values import Document, arranged, dotted, inline, put, same_order

__all__ = ["grids"]

_CONDITION: Final = ({"fact"}, {"all"}, {"any"}, {"not"})
_MANY_KEYS: Final = 10
_SHORT_LIST: Final = 150
_LABEL: Final = "#label"
_EXTRA: Final = ("#form", "#meaning", "#clause")
"""Columns beside key and value that say more and are not read."""


@attrs.frozen
class _Row:
    """A table of a list, with what its sheet calls the row it belongs to."""

    table: Mapping[str, Any]
    parent: str | int | None = None


@attrs.frozen
class _Column:
    """A column: keys and whether it only leads to the sheet with the list there."""

    keys: Keys
    leads: bool = False


def grids(document: Document, file: str, names: Names) -> list[Grid]:
    """
    Return the sheets of a document, the top of the file first.

    Args:
        document: As `parse_toml` gives it.
        file: Name of the file it will be written to.
        names: Gives sheets their names; each name once in a workbook.

    Raises:
        WorkbookError: If something is too long for a cell.
    """
    return list(_single(document, (), file, names))


# --- one table ----------------------------------------------------------------------------------


def _single(table: Mapping[str, Any], path: SheetPath, file: str, names: Names) -> Iterator[Grid]:
    name = names.of(file, path, table)
    rows: dict[int, tuple[Cell | None, ...]] = {}
    links: dict[int, SheetPath] = {}
    below: list[tuple[Step, list[Any]]] = []
    for keys, value in _parts(table, ()):
        number = FIRST_ROW + len(rows)
        if _are_tables(value):
            below.append((Step(keys), value))
            links[number] = (*path, Step(keys, 0 if _versions(path, keys) else None))
            rows[number] = (Cell(None), Cell(f"#{dotted(keys)}"), Cell(len(value), WHOLE))
            continue
        mark = _mark([value])
        cell = _stored(value, mark, f"{name}: {dotted(keys)}")
        rows[number] = (Cell(None), Cell(marked(keys, mark)), cell)
    head = (_LABEL, KEY, VALUE, *_EXTRA)
    yield Grid(name=name, file=file, path=path, keys=head, rows=rows, links=links)
    for step, items in below:
        if _versions(path, step.keys):
            for index, item in enumerate(items):
                yield from _single(item, (Step(step.keys, index),), file, names)
        else:
            rows_of = [_Row(item) for item in items]
            yield from _list(rows_of, (*path, step), file, names, by="")


def _versions(path: SheetPath, keys: Keys) -> bool:
    return path == () and keys == ("version",)


def _parts(table: Mapping[str, Any], before: Keys) -> Iterator[tuple[Keys, Any]]:
    """Yield what a table holds, tables within it taken apart unless they are conditions."""
    for key, value in table.items():
        keys = (*before, key)
        if isinstance(value, Mapping) and value and not _is_condition(value):
            yield from _parts(value, keys)
        else:
            yield keys, value


def _is_condition(table: Mapping[str, Any]) -> bool:
    return any(part <= table.keys() for part in _CONDITION)


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _mark(values: Iterable[Any]) -> str:
    """Return the form of a column: the one all its values can have."""
    held = list(values)
    if all(isinstance(value, Mapping) for value in held) and any(held):
        return TABLE
    if all(isinstance(value, list) for value in held) and any(map(is_plain_list, held)):
        return LIST
    return PLAIN


def _stored(value: Any, mark: str, where: str) -> Cell:
    try:
        return stored(value, mark)
    except CellError as error:
        raise WorkbookError("the file", (Fault(where, error.got, error.wanted),)) from None


# --- a list of tables ---------------------------------------------------------------------------


def _list(rows: list[_Row], path: SheetPath, file: str, names: Names, *, by: str) -> Iterator[Grid]:
    """Yield the sheet of a list and those below; *by* is the key that tells the row above."""
    name = names.of(file, path, {})
    tables = [row.table for row in rows]
    apart = _Apart.of(tables)
    flat = [list(apart.parts(table)) for table in tables]
    columns = _in_order([[column for column, _ in parts] for parts in flat], 0)
    children = [column for column in columns if column.leads]
    identity = _identity(tables) if children else ""
    labels = [
        table[identity] if identity else number for number, table in enumerate(tables, start=1)
    ]
    marks = {
        column: PLAIN
        if column.leads
        else _mark(value for parts in flat for held, value in parts if held == column)
        for column in columns
    }
    held = [dict(parts) for parts in flat]
    orders = [_order(table, parts, columns) for table, parts in zip(tables, held, strict=True)]
    keys: list[str] = [f"{dotted((path[-2].keys[-1],))}@{by}"] if by else []
    # A row that holds nothing is there all the same, by its number.
    is_numbered = bool(children and not identity) or (not by and not all(flat))
    if is_numbered:
        keys.append(NUMBER)
    keys += [
        f"#{dotted(column.keys)}" if column.leads else marked(column.keys, marks[column])
        for column in columns
    ]
    keys += [ORDER] if any(orders) else []
    cells: dict[int, tuple[Cell | None, ...]] = {}
    for place, row in enumerate(rows):
        line: list[Cell | None] = []
        if row.parent is not None:
            line.append(stored(row.parent))
        if is_numbered:
            line.append(Cell(place + 1, WHOLE))
        for column in columns:
            if column not in held[place]:
                line.append(None)
            elif column.leads:
                line.append(Cell(len(held[place][column]), WHOLE))
            else:
                where = f"{name}, row {FIRST_ROW + place}: {dotted(column.keys)}"
                line.append(_stored(held[place][column], marks[column], where))
        if any(orders):
            line.append(stored(orders[place]) if orders[place] else None)
        cells[FIRST_ROW + place] = tuple(line)
    shift = len(keys) - len(columns) - bool(any(orders))
    links = {
        shift + place: (*path, Step(column.keys))
        for place, column in enumerate(columns)
        if column.leads
    }
    yield Grid(name=name, file=file, path=path, keys=tuple(keys), rows=cells, links=links)
    for column in children:
        below = [
            _Row(item, label)
            for label, parts in zip(labels, held, strict=True)
            for item in parts.get(column, ())
        ]
        step = (*path, Step(column.keys))
        yield from _list(below, step, file, names, by=identity or NUMBER)


def _identity(tables: list[Mapping[str, Any]]) -> str:
    """Return the key by which rows can be named; empty where none tells them apart."""
    for key in IDENTITIES:
        names = [table.get(key) for table in tables]
        if all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names):
            return key
    return ""


@attrs.frozen
class _Apart:
    """Which tables of a sheet stay in one cell, and which lists have sheets of their own."""

    whole: frozenset[Keys]
    sheets: frozenset[Keys]

    @classmethod
    def of(cls, tables: list[Mapping[str, Any]]) -> _Apart:
        sheets = {
            keys for table in tables for keys, value in _parts(table, ()) if _has_own_sheet(value)
        }
        whole: set[Keys] = set()
        for keys, count in _tables_within(tables).items():
            leaves: dict[Keys, int] = {}
            conditions = False
            for table in tables:
                inner = _at(table, keys)
                if isinstance(inner, Mapping):
                    conditions |= _is_condition(inner)
                    for below, _ in _parts(inner, keys):
                        if below not in sheets:
                            leaves[below] = leaves.get(below, 0) + 1
            filled = sum(leaves.values()) * 2 >= len(leaves) * count
            if conditions or (len(leaves) > _MANY_KEYS and not filled):
                whole.add(keys)
        return cls(frozenset(whole), frozenset(sheets))

    def parts(self, table: Mapping[str, Any]) -> Iterator[tuple[_Column, Any]]:
        """Yield the columns one row has a value in, in its own order."""
        yield from self._walk(table, ())

    def _walk(self, table: Mapping[str, Any], before: Keys) -> Iterator[tuple[_Column, Any]]:
        for key, value in table.items():
            keys = (*before, key)
            if keys in self.sheets and _are_tables(value):
                yield _Column(keys, leads=True), value
            elif keys in self.whole and isinstance(value, Mapping) and value:
                kept = self._without(value, keys)
                if kept:
                    yield _Column(keys), kept
                yield from self._lists(value, keys)
            elif isinstance(value, Mapping) and value:
                yield from self._walk(value, keys)
            else:
                yield _Column(keys), value

    def _without(self, table: Mapping[str, Any], before: Keys) -> dict[str, Any]:
        """Return a table without the lists that have sheets of their own."""
        kept: dict[str, Any] = {}
        for key, value in table.items():
            keys = (*before, key)
            if keys in self.sheets and _are_tables(value):
                continue
            inner = value
            if isinstance(value, Mapping) and value:
                inner = self._without(value, keys)
                if not inner:
                    continue
            kept[key] = inner
        return kept

    def _lists(self, table: Mapping[str, Any], before: Keys) -> Iterator[tuple[_Column, Any]]:
        for key, value in table.items():
            keys = (*before, key)
            if keys in self.sheets and _are_tables(value):
                yield _Column(keys, leads=True), value
            elif isinstance(value, Mapping):
                yield from self._lists(value, keys)


def _has_own_sheet(value: object) -> bool:
    return _are_tables(value) and len(inline(value)) > _SHORT_LIST


def _tables_within(tables: list[Mapping[str, Any]]) -> dict[Keys, int]:
    """Return the keys of the tables within tables, outer ones first, and how many rows have each."""
    found: dict[Keys, int] = {}

    def walk(table: Mapping[str, Any], before: Keys) -> None:
        for key, value in table.items():
            if isinstance(value, Mapping) and value:
                found[(*before, key)] = found.get((*before, key), 0) + 1
                walk(value, (*before, key))

    for table in tables:
        walk(table, ())
    return found


def _at(table: Any, keys: Keys) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, Mapping) else None
    return table


# --- the order of columns -----------------------------------------------------------------------


def _in_order(rows: list[list[_Column]], depth: int) -> list[_Column]:
    """Return every column once, in an order that agrees with as many rows as can be."""
    names = _merged([list(dict.fromkeys(column.keys[depth] for column in row)) for row in rows])
    found: list[_Column] = []
    for name in names:
        here = [[column for column in row if column.keys[depth] == name] for row in rows]
        ends = {column for row in here for column in row if len(column.keys) == depth + 1}
        found += sorted(ends, key=lambda column: column.leads)
        deeper = [[c for c in row if len(c.keys) > depth + 1] for row in here]
        if any(deeper):
            found += _in_order([row for row in deeper if row], depth + 1)
    return found


def _merged(rows: list[list[str]]) -> list[str]:
    """Return names in an order that agrees with every row, or, where none does, as first seen."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    before: dict[str, set[str]] = {name: set() for name in names}
    for row in rows:
        for first, second in pairwise(row):
            before[second].add(first)
    found: list[str] = []
    waiting = names
    while waiting:
        # Where rows go round in a circle, the name seen first breaks it.
        free = next((name for name in waiting if before[name] <= set(found)), waiting[0])
        found.append(free)
        waiting = [name for name in waiting if name != free]
    return found


def _order(
    table: Mapping[str, Any], parts: Mapping[_Column, Any], columns: list[_Column]
) -> list[str]:
    """Return the keys of a row in its own order where the columns do not tell it; else nothing."""
    told: Document = {}
    for column in sorted(columns, key=lambda column: column.leads):
        if column in parts:
            put(told, column.keys, parts[column])
    if same_order(arranged(told, [column.keys for column in columns]), table):
        return []
    return [dotted(keys) for keys, _ in _parts(table, ())]
