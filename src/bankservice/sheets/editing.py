"""
Changes written into the text they were made to: comments, order and layout stay.

Only what differs is touched. The result is read again and compared, so what comes out is right
even where a text has a form that cannot be edited in place; then the file is laid out anew, below
the comment it began with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import attrs

from bankservice.core.errors import PolicyError
from bankservice.core.policy_file import parse_toml
from bankservice.sheets.spans import Block, Entry, Span, blocks
from bankservice.sheets.values import (
    Document,
    Keys,
    Path,
    assignment,
    block,
    dotted,
    inline,
    same,
    written,
)

__all__ = ["Edited", "edited"]

_NAMES: Final = ("name", "code", "on", "id", "since")
"""What tells a row of a list from the others, so that a changed row is not taken for a new one."""

_WIDTH: Final = 100
_NEW: Final = object()


@attrs.frozen
class Edited:
    """A new text, and whether the comments and the layout of the old one are in it."""

    text: str
    in_place: bool = True


def edited(text: str, document: Document) -> Edited:
    """
    Return *text* changed so that it says *document*.

    Examples:
        >>> print(edited("# why\\nstep = 1  # so\\n", {"step": 2}).text, end="")
        # why
        step = 2  # so
    """
    before = parse_toml(text, "the text")
    if same(before, document):
        return Edited(text)
    after = _Editor(text, before).edited(document)
    try:
        if same(parse_toml(after, "the text"), document):
            return Edited(after)
    except PolicyError:
        # A form that cannot be edited in place, such as a table told in two parts of the file.
        pass
    return Edited(_opening(text) + written(document), in_place=False)


def _opening(text: str) -> str:
    """Return the comment a file begins with."""
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines)


class _Editor:
    """The changes to one text, gathered and then made from its end."""

    def __init__(self, text: str, before: Document) -> None:
        self._text = text
        self._before = before
        self._blocks = blocks(text)
        self._changes: list[tuple[int, int, str]] = []

    def edited(self, after: Document) -> str:
        """Return the text that says *after*."""
        self._table((), self._blocks, self._before, after)
        found, newline = self._text, "\r\n" if "\r\n" in self._text else "\n"
        # Stable: of several texts that come at one place, the one told first stands first.
        changes = sorted(self._changes, key=lambda change: change[:2])
        changes.reverse()
        for start, end, new in changes:
            if start == len(found) and found and not found.endswith("\n"):
                new = f"\n{new}"
            found = found[:start] + new.replace("\n", newline) + found[end:]
        return found

    def _change(self, start: int, end: int, text: str) -> None:
        self._changes.append((start, end, text))

    # --- tables with headings -------------------------------------------------------------------

    def _table(self, path: Path, held: list[Block], before: Any, after: Document) -> None:
        """Change the table at *path*, all of whose blocks are *held*."""
        own = next((part for part in held if part.path == path), None)
        told: list[Keys] = []
        for entry in own.entries if own else ():
            old, new = _at(before, entry.keys), _at(after, entry.keys)
            if new is _NEW:
                self._change(entry.start, entry.end, "")
                continue
            told.append(entry.keys)
            if not same(old, new):
                value = entry.value
                self._change(value.start, value.end, self._value(value, old, new))
        for keys, below in _children(path, held).items():
            old, new = _at(before, keys), _at(after, keys)
            if isinstance(old, dict) and isinstance(new, dict):
                told.append(keys)
                self._table((*path, *keys), below, old, new)
            elif isinstance(old, list) and _are_tables(new):
                told.append(keys)
                self._rows((*path, *keys), below, old, new)
            else:
                self._remove(below)
        self._add(path, own, held, list(_untold(after, (), told)))

    def _remove(self, held: list[Block]) -> None:
        for part in held:
            self._change(part.start, part.end, "")

    def _add(
        self, path: Path, own: Block | None, held: list[Block], new: list[tuple[Keys, Any]]
    ) -> None:
        """Add keys to a table: lines below its last one, or blocks behind its last block."""
        names = tuple(step for step in path if isinstance(step, str))
        lines: list[str] = []
        behind: list[str] = []
        for keys, value in new:
            if _are_tables(value) and len(inline(value)) > _WIDTH:
                behind += [block((*names, *keys), row) for row in value]
            else:
                lines.append(assignment(keys, value))
        if lines:
            body = "".join(lines)
            if own is None:
                self._change(held[0].start, held[0].start, f"[{dotted(names)}]\n{body}\n")
            else:
                at = own.entries[-1].end if own.entries else own.body
                self._change(at, at, body)
        if behind:
            self._behind_all(held, "\n".join(behind))

    def _behind_all(self, held: list[Block], text: str) -> None:
        """Put blocks behind others, with an empty line between."""
        end = max(part.end for part in held)
        last = end == len(self._text)
        self._change(end, end, f"\n{text}" if last else f"{text}\n")

    def _rows(self, path: Path, held: list[Block], before: list[Any], after: list[Any]) -> None:
        """Change a list of tables with a heading each."""
        names = tuple(step for step in path if isinstance(step, str))
        rows: list[list[Block]] = [[] for _ in before]
        for part in held:
            if part.path[: len(path)] == path and len(part.path) > len(path):
                place = part.path[len(path)]
                assert isinstance(place, int), "below a list"
                rows[place].append(part)
        for place, old, new in _steps(before, after):
            if new is None:
                self._remove(rows[place])
            elif old is None:
                self._insert(names, rows, place, before, new[0])
            else:
                self._table((*path, place), rows[place], old[0], new[0])

    def _insert(
        self, names: Keys, rows: list[list[Block]], place: int, before: list[Any], row: Any
    ) -> None:
        # A row that only moved takes its comments along.
        moved = next((n for n, held in enumerate(before) if same(held, row)), None)
        if moved is None:
            text = block(names, row)
        else:
            text = "".join(self._text[part.start : part.end] for part in rows[moved])
        text = text.rstrip("\n") + "\n"
        if place < len(rows):
            at = rows[place][0].start
            self._change(at, at, f"{text}\n")
        else:
            self._behind_all(rows[-1], text)

    # --- values ---------------------------------------------------------------------------------

    def _value(self, span: Span, old: Any, new: Any) -> str:
        """Return the new text of a value, its unchanged parts as they were."""
        if span.items and isinstance(new, list) and new:
            return self._list(span, span.items, old, new)
        if span.entries and isinstance(new, dict) and new:
            return self._inline(span, span.entries, old, new)
        return inline(new)

    def _list(self, span: Span, items: tuple[Span, ...], old: list[Any], new: list[Any]) -> str:
        pieces = self._pieces(span, items)
        on_lines = "\n" in pieces[-1][0]
        first, later = pieces[0][0], pieces[-1][0] if len(pieces) > 1 else " "
        fresh = (re.sub(r"#[^\n]*", "", first if on_lines else later).lstrip(" "), "")
        changes: dict[int, list[Any]] = {}
        gone: set[int] = set()
        texts: dict[int, str] = {}
        for place, was, now in _steps(old, new):
            if now is None:
                gone.add(place)
            elif was is None:
                changes.setdefault(place, []).append(now[0])
            else:
                texts[place] = self._value(items[place], was[0], now[0])
        found: list[tuple[str, str, str]] = []
        for place in range(len(items) + 1):
            found += [(fresh[0], inline(value), "") for value in changes.get(place, ())]
            if place < len(items) and place not in gone:
                lead, after = pieces[place]
                item = items[place]
                found.append((lead, texts.get(place, self._text[item.start : item.end]), after))
        closing = self._text[self._tail(span, items) : span.end]
        had_comma = "," in re.sub(r"#[^\n]*", "", self._text[items[-1].end : span.end])
        parts: list[str] = []
        for number, (lead, text, after) in enumerate(found):
            if not on_lines:
                lead = first if number == 0 else lead.strip(" ") or " "
            comma = "," if number < len(found) - 1 or had_comma else ""
            parts.append(f"{lead}{text}{comma}{after}")
        return f"[{''.join(parts)}{closing}"

    def _pieces(self, span: Span, items: tuple[Span, ...]) -> list[tuple[str, str]]:
        """Return what stands before each item, and what behind its comma on the same line."""
        found: list[tuple[str, str]] = []
        at = span.start + 1
        for number, item in enumerate(items):
            last = number == len(items) - 1
            end = span.end - 1 if last else items[number + 1].start
            found.append((self._text[at : item.start], self._after(item.end, end)))
            at = self._behind(item.end, end)
        return found

    def _behind(self, start: int, end: int) -> int:
        """Return where the line comment behind an item's comma ends; right behind the comma if none."""
        match = re.compile(r"[ \t]*,?(?:[ \t]*#[^\n]*)?").match(self._text, start, end)
        assert match is not None, "matches nothing too"
        return match.end()

    def _after(self, start: int, end: int) -> str:
        return self._text[start : self._behind(start, end)].lstrip(" \t").removeprefix(",")

    def _tail(self, span: Span, items: tuple[Span, ...]) -> int:
        return self._behind(items[-1].end, span.end - 1)

    def _inline(
        self, span: Span, entries: tuple[Entry, ...], old: Mapping[str, Any], new: Document
    ) -> str:
        parts: list[str] = []
        told: list[Keys] = []
        for entry in entries:
            was, now = _at(old, entry.keys), _at(new, entry.keys)
            if now is _NEW:
                continue
            told.append(entry.keys)
            value = entry.value
            text = (
                self._text[value.start : value.end]
                if same(was, now)
                else self._value(value, was, now)
            )
            parts.append(self._text[entry.start : value.start] + text)
        parts += [f"{dotted(keys)} = {inline(value)}" for keys, value in _untold(new, (), told)]
        opening = self._text[span.start : entries[0].start]
        closing = self._text[entries[-1].end : span.end]
        return f"{opening}{', '.join(parts)}{closing}"


# --- what differs -------------------------------------------------------------------------------


def _at(table: Any, keys: Keys) -> Any:
    """Return what stands at keys; `_NEW` where nothing does."""
    for key in keys:
        if not isinstance(table, Mapping) or key not in table:
            return _NEW
        table = table[key]
    return table


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _children(path: Path, held: list[Block]) -> dict[Keys, list[Block]]:
    """Return the blocks below a table, by the nearest headings: keys from the table to each."""
    found: dict[Keys, list[Block]] = {}
    for part in held:
        rest = part.path[len(path) :]
        keys = tuple(step for step in rest[: _until_row(rest)] if isinstance(step, str))
        if not keys:
            continue
        known = next((head for head in found if keys[: len(head)] == head), keys)
        found.setdefault(known, []).append(part)
    return found


def _until_row(path: Path) -> int:
    """Return how many steps a path has before its first place in a list."""
    return next((n for n, step in enumerate(path) if isinstance(step, int)), len(path))


def _untold(table: Document, before: Keys, told: list[Keys]) -> Iterator[tuple[Keys, Any]]:
    """Yield what no entry and no heading tells yet."""
    for key, value in table.items():
        keys = (*before, key)
        if keys in told:
            continue
        if isinstance(value, dict) and any(held[: len(keys)] == keys for held in told):
            yield from _untold(value, keys, told)
        elif not any(keys[: len(held)] == held for held in told):
            yield keys, value


_Step = tuple[int, tuple[Any] | None, tuple[Any] | None]


def _steps(before: list[Any], after: list[Any]) -> Iterator[_Step]:
    """Yield what makes *after* of *before*: place in *before*, what stood there, what comes."""
    for tag, i, j, k, m in _opcodes(list(map(inline, before)), list(map(inline, after))):
        if tag == "equal":
            continue
        names = [_named(row) for row in before[i:j]], [_named(row) for row in after[k:m]]
        for part, i2, j2, k2, m2 in _opcodes(*names):
            old, new = before[i + i2 : i + j2], after[k + k2 : k + m2]
            alike = min(len(old), len(new)) if part == "equal" or j - i == m - k else 0
            for number in range(alike):
                if not same(old[number], new[number]):
                    yield i + i2 + number, (old[number],), (new[number],)
            yield from ((i + i2 + n, (old[n],), None) for n in range(alike, len(old)))
            yield from ((i + j2, None, (row,)) for row in new[alike:])


def _opcodes(first: list[str], second: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, first, second, autojunk=False).get_opcodes()


def _named(row: Any) -> str:
    """Return what a row is known by; of one without a name, nothing, so that place decides."""
    if not isinstance(row, dict):
        return ""
    return next((f"{key} {inline(row[key])}" for key in _NAMES if key in row), "")
