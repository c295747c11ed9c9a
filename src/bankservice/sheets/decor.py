"""
What a sheet shows beside its data: headings in the reader's language, meanings, sources, widths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from importlib.resources import files
from io import BytesIO
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
from babel.messages.pofile import read_po

from bankservice.core import wording
from bankservice.core.errors import PolicyError
from bankservice.sheets.cells import LIST, PLAIN, TEXT
from bankservice.sheets.grid import (
    KEY,
    NUMBER,
    ORDER,
    VALUE,
    Grid,
    path_text,
    unmarked,
)
from bankservice.sheets.reading import EACH
from bankservice.sheets.values import Document, Keys
from bankservice.sheets.wants import Shape, Spot, kinds_of

__all__ = ["Decor", "decorated", "say"]

_PACKAGE: Final = "bankservice.sheets"
_CITATION: Final = "bankservice.core.citation:Citation."
_WIDEST: Final = 44
_NARROWEST: Final = 9
_FEW: Final = 12
"""So many words of a closed list are named one by one, and offered for choice."""


@attrs.frozen(kw_only=True)
class Decor:
    """
    What one sheet shows beside its data.

    Attributes:
        title: What the sheet tells.
        headings: One for each column.
        notes: Row and column from 1 → note.
        texts: Row and column from 1 → text of a cell that is not read.
        widths: Of the columns, in characters.
        lines: Row → how many lines its longest cell runs over, where that is more than one.
        formats: Number format of each column, for rows to come.
        choices: Column from 0 → the words a cell there may be.
    """

    title: str
    headings: tuple[str, ...]
    notes: Mapping[tuple[int, int], str]
    texts: Mapping[tuple[int, int], str]
    widths: tuple[float, ...]
    lines: Mapping[int, int]
    formats: tuple[str, ...]
    choices: Mapping[int, tuple[str, ...]]


def say(code: str, locale: str, **names: object) -> str:
    """Return a text of the workbook; empty where the language has none."""
    text = wording.templates(_PACKAGE, locale).get(code, "")
    return text.format(**names)


@cache
def _catalogue(name: str) -> Mapping[str, str]:
    raw = (files(_PACKAGE) / "wording" / f"{name}_zh_CN.po").read_bytes()
    held = read_po(BytesIO(raw), locale="zh_CN", abort_invalid=True)
    return {str(message.id): str(message.string) for message in held if message.id}


def decorated(grid: Grid, document: Document, shape: Shape, locale: str) -> Decor:
    """
    Return what a sheet shows beside its data.

    Args:
        grid: The sheet.
        document: The file it belongs to.
        shape: What the file may hold.
        locale: `en` or `zh_CN`.
    """
    base = tuple(key for step in grid.path for key in (*step.keys, EACH))
    if grid.is_single:
        headings, notes, texts = _single(grid, base, document, shape, locale)
        choices: dict[int, tuple[str, ...]] = {}
    else:
        headings, notes, choices = _rows(grid, base, document, shape, locale)
        texts = {}
    widths = tuple(_widths(grid, headings, texts))
    return Decor(
        title=_title(grid, document, locale),
        headings=headings,
        notes=notes,
        texts=texts,
        widths=widths,
        lines=_lines(grid, texts, widths),
        formats=tuple(_format(grid, column) for column in range(len(grid.keys))),
        choices=choices,
    )


def _title(grid: Grid, document: Document, locale: str) -> str:
    if not grid.path:
        return say("top", locale, file=grid.file)
    path = grid.path
    if path[0].index is None:
        return say("list", locale, path=path_text(path).replace("[]", ""))
    versions = document.get("version")
    held = versions[path[0].index] if isinstance(versions, list) else {}
    since = held.get("since", "?") if isinstance(held, dict) else "?"
    if len(path) == 1:
        return say("single", locale, id=document.get("id", grid.file), since=since)
    below = path_text(path[1:]).replace("[]", "")
    return say("list-of-version", locale, path=below, since=since)


def _single(
    grid: Grid, base: Keys, document: Document, shape: Shape, locale: str
) -> tuple[tuple[str, ...], dict[tuple[int, int], str], dict[tuple[int, int], str]]:
    headings = tuple(
        say(code, locale) for code in ("label", "key", "value", "form", "meaning", "clause")
    )
    texts: dict[tuple[int, int], str] = {}
    table = _at(document, grid)
    clause = _source(table.get("source") if isinstance(table, dict) else None)
    for number, cells in grid.rows.items():
        key = cells[1]
        assert key is not None, "each row of a single sheet has a key"
        keys, _ = _said(str(key.value).removeprefix("#"))
        spot = shape.spot((*base, *keys))
        texts[number, 1] = _heading(keys, locale)
        texts[number, 4] = _form(spot, locale)
        texts[number, 5] = _meaning(spot, keys, locale)
        if keys and keys[0] not in ("source", "since", "known_on", "title", "id", "kind"):
            texts[number, 6] = clause
    return headings, {}, {place: text for place, text in texts.items() if text}


def _rows(
    grid: Grid, base: Keys, document: Document, shape: Shape, locale: str
) -> tuple[tuple[str, ...], dict[tuple[int, int], str], dict[int, tuple[str, ...]]]:
    headings: list[str] = []
    notes: dict[tuple[int, int], str] = {}
    choices: dict[int, tuple[str, ...]] = {}
    first = 0
    for column, text in enumerate(grid.keys):
        if text in (NUMBER, ORDER) or "@" in text.rpartition('"')[2]:
            code = {NUMBER: "number", ORDER: "order"}.get(text, "belongs")
            headings.append(say(code, locale))
            first += column == first
            continue
        keys, mark = _said(text.removeprefix("#"))
        spot = shape.spot((*base, *keys))
        headings.append(_heading(keys, locale) or text)
        form = _form(spot, locale) if not text.startswith("#") else ""
        note = "\n".join(part for part in (_meaning(spot, keys, locale), form) if part)
        if note:
            notes[2, column + 1] = note
        words = _words(spot.hint)
        if words and mark == PLAIN:
            choices[column] = words
    for (number, _), table in zip(grid.rows.items(), _tables(document, grid), strict=False):
        source = _source(table.get("source"))
        if source:
            notes[number, first + 1] = say("source-of-row", locale, source=source)
    return tuple(headings), notes, choices


def _said(text: str) -> tuple[Keys, str]:
    try:
        return unmarked(text)
    except PolicyError:
        return (), PLAIN


def _at(document: Document, grid: Grid) -> Any:
    if not grid.path:
        return document
    (step,) = grid.path
    return document[step.keys[0]][step.index]


def _tables(document: Document, grid: Grid) -> Iterator[Document]:
    """Yield the tables of a sheet's rows, in their order."""
    held: list[Any] = [document]
    for step in grid.path:
        for key in step.keys:
            held = [table[key] for table in held if isinstance(table, dict) and key in table]
        below = [rows for rows in held if isinstance(rows, list)]
        if step.index is None:
            held = [row for rows in below for row in rows]
        else:
            held = [rows[step.index] for rows in below]
    yield from (table for table in held if isinstance(table, dict))


def _source(source: object) -> str:
    """Return a source as people quote it."""
    if not isinstance(source, dict):
        return ""
    parts = [source.get(key) for key in ("issuer", "text", "number", "clause")]
    return ", ".join(part for part in parts if isinstance(part, str) and part)


def _heading(keys: Keys, locale: str) -> str:
    """Return keys as people read them."""
    if locale == "zh_CN":
        labels = _catalogue("keys")
        return " / ".join(labels.get(key, key) for key in keys)
    return " / ".join(key.replace("_", " ") for key in keys)


def _meaning(spot: Spot, keys: Keys, locale: str) -> str:
    """Return what a key means; of one no class tells, what the workbook itself says of it."""
    if spot.name.startswith(_CITATION):
        return say(f"cite.{keys[-1]}", locale)
    if not spot.meaning:
        return say(f"head.{keys[-1]}", locale) if len(keys) == 1 else ""
    if locale == "zh_CN":
        return _catalogue("meanings").get(spot.meaning, spot.meaning)
    return spot.meaning


def _form(spot: Spot, locale: str) -> str:
    words = _words(spot.hint)
    found = [
        say("form-code", locale, words=", ".join(words))
        if kind == "code" and words
        else say("form-codes" if kind == "code" else f"form-{kind}", locale)
        for kind in dict.fromkeys(kinds_of(spot.hint) if spot.hint is not None else ())
    ]
    told = [form for form in dict.fromkeys(found) if form]
    text = told[0] if told else ""
    for form in told[1:]:
        text = say("or", locale, first=text, second=form)
    return text


def _words(hint: Any) -> tuple[str, ...]:
    """Return the words of a closed list, where they are few; none where the key may be more."""
    if get_origin(hint) in (Union, UnionType):
        rest = [part for part in get_args(hint) if part is not type(None)]
        return _words(rest[0]) if len(rest) == 1 else ()
    words: tuple[Any, ...] = ()
    if get_origin(hint) is Literal:
        words = get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        words = tuple(word.value for word in hint)
    few = len(words) <= _FEW and all(isinstance(word, str) for word in words)
    return tuple(word for word in words if word) if few else ()


def _widths(
    grid: Grid, headings: tuple[str, ...], texts: Mapping[tuple[int, int], str]
) -> Iterator[float]:
    for column, key in enumerate(grid.keys):
        shown = [key, headings[column]]
        shown += [text for (_, place), text in texts.items() if place == column + 1]
        for cells in grid.rows.values():
            cell = cells[column] if column < len(cells) else None
            if cell is not None and cell.value is not None:
                shown += str(cell.value).split("\n")
        yield min(max(max(map(_signs, shown)) + 2, _NARROWEST), _WIDEST)


def _lines(
    grid: Grid, texts: Mapping[tuple[int, int], str], widths: tuple[float, ...]
) -> dict[int, int]:
    """Return over how many lines the longest cell of a row runs, where that is more than one."""
    found: dict[int, int] = {}
    for number, cells in grid.rows.items():
        shown = [texts.get((number, column), "") for column in range(1, len(widths) + 1)]
        for column, cell in enumerate(cells):
            if cell is not None and cell.value is not None:
                shown[column] = str(cell.value)
        most = max(
            sum(1 + int(_signs(line) // (width - 1)) for line in text.split("\n"))
            for text, width in zip(shown, widths, strict=True)
        )
        if most > 1:
            found[number] = most
    return found


def _signs(text: str) -> int:
    """Return how wide a text is; a Chinese sign takes the room of two others."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def _format(grid: Grid, column: int) -> str:
    """Return the number format most cells of a column have, so that new rows get it too."""
    if grid.keys[column] in (KEY, VALUE) or grid.keys[column].endswith(LIST):
        return TEXT
    formats = [
        cell.format
        for cells in grid.rows.values()
        for cell in cells[column : column + 1]
        if cell is not None
    ]
    return max(dict.fromkeys(formats), key=formats.count, default=TEXT)
