"""
TOML values as text, and when two are the same.

A document is what `parse_toml` gives: floats are `Decimal` with every digit that was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, TypeAlias

from bankservice.core.errors import Fault, PolicyError
from bankservice.core.policy_file import parse_toml

__all__ = [
    "Document",
    "Keys",
    "Path",
    "arranged",
    "assignment",
    "block",
    "dotted",
    "inline",
    "lines",
    "parsed",
    "put",
    "same",
    "same_order",
    "spelled",
    "written",
]

Document: TypeAlias = dict[str, Any]
"""A parsed TOML file."""

Keys: TypeAlias = tuple[str, ...]

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys, and places in lists from 0."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_KEY: Final = re.compile(r"""(?:[^"'=#\n]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')+""")
_SHORT: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"'}
_WIDTH: Final = 100
_DEEPEST: Final = 3
_CELL_MARK: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def same(first: object, second: object) -> bool:
    """
    Tell whether two TOML values are the same, by type and by every digit; keys in any order.

    Examples:
        >>> same([1, "1"], [1, "1"]), same(1, True), same(Decimal("1.0"), Decimal("1.00"))
        (True, False, False)
    """
    if type(first) is not type(second):
        return False
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, (Decimal, datetime, time)):
        return str(first) == str(second)
    return first == second


def parsed(text: str) -> Any:
    """
    Return the one TOML value that *text* is.

    Raises:
        PolicyError: If it is none.
    """
    found = parse_toml(f"value = {text}", "the cell")
    if set(found) != {"value"}:
        raise PolicyError("the cell", (Fault("", repr(text), "one TOML value"),))
    return found["value"]


def dotted(keys: tuple[str, ...]) -> str:
    """
    Return keys as TOML writes them in one.

    Examples:
        >>> print(dotted(("undecided", "acme/vip")))
        undecided."acme/vip"
    """
    return ".".join(key if _BARE.fullmatch(key) else _text(key) for key in keys)


def spelled(text: str) -> tuple[str, ...]:
    """
    Return the keys of a dotted key.

    Raises:
        PolicyError: If it is no key.
    """
    if not _KEY.fullmatch(text):
        raise PolicyError("the key", (Fault("", repr(text), "a key, or keys with points between"),))
    found: Any = parse_toml(f"{text} = 0", "the key")
    keys: list[str] = []
    while isinstance(found, dict):
        (key, found), *_ = found.items()
        keys.append(key)
    return tuple(keys)


def inline(value: object) -> str:
    """
    Return a value on one line.

    Examples:
        >>> print(inline({"on": date(2026, 1, 1), "hours": ["09:00-12:00"]}))
        { on = 2026-01-01, hours = ["09:00-12:00"] }
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, Mapping):
        parts = ", ".join(f"{dotted((key,))} = {inline(part)}" for key, part in value.items())
        return f"{{ {parts} }}" if parts else "{}"
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"TOML has no {type(value).__name__}.")


def _number(value: Decimal) -> str:
    if not value.is_finite():
        return str(value).lower().replace("infinity", "inf")
    text = str(value).lower()
    return text if "." in text or "e" in text else f"{text}.0"


def _text(value: str) -> str:
    """Return text between quotation marks; what a cell or a terminal might change is escaped."""
    escaped = "".join(map(_sign, value))
    # Spreadsheets read `_x0041_` in a cell as a sign.
    marked = _CELL_MARK.sub(r"\\u005F", escaped)
    return f'"{marked}"'


def _sign(sign: str) -> str:
    if sign in _SHORT:
        return _SHORT[sign]
    if sign == "\\":
        return "\\\\"
    code = ord(sign)
    if code < 32 or 127 <= code < 160 or code in (0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF):
        return f"\\u{code:04X}"
    return sign


def lines(table: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[str]:
    """
    Yield a table as lines of `key = value`, tables within it by dotted keys.

    Examples:
        >>> print(*lines({"clocks": {"reply": {"status": "running"}}, "doors": []}), sep=chr(10))
        clocks.reply.status = "running"
        doors = []
    """
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from lines(value, (*before, key))
        else:
            yield f"{dotted((*before, key))} = {inline(value)}"


def written(document: Mapping[str, Any]) -> str:
    """
    Return a whole document, laid out the way the shipped files are.

    Keys keep their order: what stands before a plain key is written within its own line.
    """
    return "\n".join(_table(document, (), 0)).strip("\n") + "\n"


def block(keys: Keys, row: Mapping[str, Any]) -> str:
    """
    Return one row of a list of tables, with its heading.

    Examples:
        >>> print(block(("version", "tier"), {"code": "GOLD"}), end="")
        [[version.tier]]
        code = "GOLD"
    """
    # Here the order of keys is free, so that what reads better below a heading gets one.
    depth = len(keys)
    loose = dict(sorted(row.items(), key=lambda part: _headed(part, depth)))
    return "\n".join([f"[[{dotted(keys)}]]", *_table(loose, keys, depth)]) + "\n"


def assignment(keys: Keys, value: Any) -> str:
    """Return a key with its value, without a heading; a long list over lines of its own."""
    return "\n".join(_line(dotted(keys), value)) + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...], depth: int) -> Iterator[str]:
    parts = list(table.items())
    # TOML ends a table's own keys at its first heading, so only what comes last gets headings.
    first = len(parts)
    while first and _headed(parts[first - 1], depth):
        first -= 1
    for key, value in parts[:first]:
        yield from _line(dotted((key,)), value)
    for key, value in parts[first:]:
        place = (*path, key)
        if isinstance(value, list):
            for row in value:
                yield from ("", f"[[{dotted(place)}]]", *_table(row, place, depth + 1))
        else:
            yield from ("", f"[{dotted(place)}]", *_table(value, place, depth + 1))


def _headed(part: tuple[str, Any], depth: int) -> bool:
    key, value = part
    if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        return depth < _DEEPEST and not all(
            len(inline(row)) < _WIDTH and len(row) < 4 for row in value
        )
    # A table that fits its line is read there; so is a title, however long.
    wide = len(f"{key} = {inline(value)}") > _WIDTH
    return isinstance(value, Mapping) and len(value) > 2 and depth < _DEEPEST and wide


def _line(key: str, value: Any) -> Iterator[str]:
    whole = f"{key} = {inline(value)}"
    if not isinstance(value, list) or len(whole) <= _WIDTH or len(value) < 2:
        yield whole
        return
    yield f"{key} = ["
    yield from (f"    {inline(item)}," for item in value)
    yield "]"


# --- building tables ----------------------------------------------------------------------------


def put(table: Document, keys: Keys, value: Any) -> bool:
    """
    Set a value deep in a table; a table is put into one that is there already, key by key.

    Returns:
        Whether nothing stood in its way.
    """
    *above, last = keys
    for key in above:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            return False
    held = table.get(last)
    if isinstance(held, dict) and isinstance(value, dict):
        return _put_all(held, value)
    if held is not None:
        return False
    table[last] = {}
    if isinstance(value, dict):
        # A copy: what is put below it later must not reach the giver's own table.
        return _put_all(table[last], value)
    table[last] = value
    return True


def _put_all(table: Document, parts: Document) -> bool:
    done = [put(table, (key,), part) for key, part in parts.items()]
    return all(done)


def arranged(table: Document, order: Iterable[Keys]) -> Document:
    """Return a table with its keys in an order; what the order does not name comes last."""
    below: dict[str, list[Keys]] = {}
    for keys in order:
        below.setdefault(keys[0], [])
        if len(keys) > 1:
            below[keys[0]].append(keys[1:])
    names = [name for name in below if name in table]
    return {
        name: arranged(table[name], below[name])
        if below.get(name) and isinstance(table[name], dict)
        else table[name]
        for name in (*names, *(name for name in table if name not in below))
    }


def same_order(first: object, second: object) -> bool:
    """Tell whether tables that are the same have their keys in the same order, at every depth."""
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(same_order(first[k], second[k]) for k in first)
    if isinstance(first, list) and isinstance(second, list):
        return all(map(same_order, first, second))
    return True
