"""
Where each value of a TOML text stands, down to single items of lists.

The text is known to be TOML: it was read before. What stands between values (comments, blanks) is
whatever no span covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from bankservice.sheets.values import Keys, Path, parsed

__all__ = ["Block", "Entry", "Span", "blocks"]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^\\]|\\.|\\\r?\n)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_PLAIN: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+|[^\s,\]}#]+")
_LINE: Final = re.compile(r"[^\n]*\n?")


@attrs.frozen
class Span:
    """
    A value: where it begins and ends, and what it is made of.

    Attributes:
        start: Its first character.
        end: Behind its last one.
        items: Of a list.
        entries: Of an inline table.
    """

    start: int
    end: int
    items: tuple[Span, ...] | None = None
    entries: tuple[Entry, ...] | None = None


@attrs.frozen
class Entry:
    """A key, or several with points between, and its value; from its comment above to its line's end."""

    keys: Keys
    value: Span
    start: int
    end: int


@attrs.frozen
class Block:
    """
    A heading with what stands below it.

    Attributes:
        path: The table, with places in lists; empty at the top of the file.
        start: Where it begins: at the comment right above its heading.
        body: Where its entries can begin.
        end: Where the next block begins.
        entries: Its keys.
        in_list: Whether the heading begins a row of a list.
    """

    path: Path
    start: int
    body: int
    end: int
    entries: tuple[Entry, ...]
    in_list: bool = False


def blocks(text: str) -> list[Block]:
    """
    Return the blocks of a text, in order.

    Examples:
        >>> for block in blocks("id = 'x'\\n\\n[[version]]\\nsince = 2020-01-01\\n"):
        ...     print(block.path, block.start, block.end, [entry.keys for entry in block.entries])
        () 0 10 [('id',)]
        ('version', 0) 10 41 [('since',)]
    """
    found: list[Block] = []
    rows: dict[Path, int] = {}
    path: Path = ()
    start, body, in_list = 0, 0, False
    entries: list[Entry] = []
    for begin, at in _statements(text):
        if text[at] != "[":
            entries.append(_entry(text, begin, at))
            continue
        found.append(Block(path, start, body, begin, tuple(entries), in_list))
        in_list = text.startswith("[[", at)
        keys, _ = _keys(text, at + 1 + in_list)
        path, entries, start = _concrete(keys, rows, in_list), [], begin
        body = _line_end(text, at)
    found.append(Block(path, start, body, len(text), tuple(entries), in_list))
    return found


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each statement begins, with the comment right above it, and where its own text does."""
    at = comment = 0
    while at < len(text):
        first = _end(_SPACE, text, at)
        line_end = _end(_LINE, text, at)
        if text[at:line_end].strip() == "":
            at = comment = line_end
        elif text[first] == "#":
            at = line_end
        else:
            yield comment, first
            at = comment = _line_end(text, first)


def _line_end(text: str, at: int) -> int:
    """Return where the line ends on which the statement at *at* does."""
    if text[at] != "[":
        at = _entry(text, at, at).value.end
    return _end(_LINE, text, at)


def _concrete(keys: Keys, rows: dict[Path, int], in_list: bool) -> Path:
    path: Path = ()
    for place, key in enumerate(keys, start=1):
        path = (*path, key)
        if in_list and place == len(keys):
            rows[path] = rows.get(path, -1) + 1
            for below in [held for held in rows if held[: len(path) + 1] == (*path, rows[path])]:
                del rows[below]
        if path in rows:
            path = (*path, rows[path])
    return path


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    if found is None:
        raise ValueError(f"no {pattern.pattern} at {at}")
    return found.end()


def _keys(text: str, at: int) -> tuple[Keys, int]:
    keys: list[str] = []
    while True:
        at = _end(_SPACE, text, at)
        sign = text[at]
        quoted = {'"': _BASIC, "'": _LITERAL}.get(sign)
        end = _end(quoted or _BARE, text, at)
        keys.append(parsed(text[at:end]) if quoted else text[at:end])
        at = _end(_SPACE, text, end)
        if text[at] != ".":
            return tuple(keys), at
        at += 1


def _entry(text: str, begin: int, at: int) -> Entry:
    keys, at = _keys(text, at)
    value = _value(text, _end(_SPACE, text, at + 1))
    return Entry(keys, value, begin, _end(_LINE, text, value.end))


def _value(text: str, at: int) -> Span:
    if text[at] == "[":
        return _list(text, at)
    if text[at] == "{":
        return _table(text, at)
    for start, pattern in (
        ('"""', _LONG_BASIC),
        ("'''", _LONG_LITERAL),
        ('"', _BASIC),
        ("'", _LITERAL),
        ("", _PLAIN),
    ):
        if text.startswith(start, at):
            return Span(at, _end(pattern, text, at))
    raise AssertionError("every text starts with nothing")


def _list(text: str, at: int) -> Span:
    items: list[Span] = []
    place = _end(_BLANK, text, at + 1)
    while text[place] != "]":
        items.append(_value(text, place))
        place = _end(_BLANK, text, items[-1].end)
        if text[place] == ",":
            place = _end(_BLANK, text, place + 1)
    return Span(at, place + 1, items=tuple(items))


def _table(text: str, at: int) -> Span:
    entries: list[Entry] = []
    place = _end(_BLANK, text, at + 1)
    while text[place] != "}":
        keys, equals = _keys(text, place)
        value = _value(text, _end(_SPACE, text, equals + 1))
        entries.append(Entry(keys, value, place, value.end))
        place = _end(_BLANK, text, value.end)
        if text[place] == ",":
            place = _end(_BLANK, text, place + 1)
    return Span(at, place + 1, entries=tuple(entries))
