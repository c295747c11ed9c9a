"""
What a key wants, from the classes a file is read into: its type, and what its docstring says.

Spreadsheets change what is typed: a day becomes a date, an amount a number. Where the key tells
what is wanted, or else every value the file had there, a cell is read as that; where a cell has
lost what was meant (a code of digits that became a number), it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from inspect import cleandoc
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Title
from bankservice.core.policy_file import VersionHead
from bankservice.core.scalars import Amount, named
from bankservice.core.shelf import LINKS
from bankservice.sheets.cells import Cell, CellError
from bankservice.sheets.reading import EACH
from bankservice.sheets.values import Document, Keys

__all__ = ["Shape", "Spot", "kinds_of", "shape_of"]

_NONE: Final = type(None)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d*)")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d*)\.\d+")
_FIXED: Final = re.compile(r"(?:#,##)?0\.(0+)")
_TEXTS: Final = frozenset({"text", "amount", "period", "number", "code"})

_STEP: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("do", "refused", "subject", "command", "actor", "approved_by"), str),
    "replayed": bool,
    "absent": tuple[str, ...],
}
_TABLE: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("rule", "record", "policy", "policy_file"), str),
    "policies": tuple[str, ...],
    "policy_files": tuple[str, ...],
    "tolerance": Decimal,
    "version_on": date,
}


@attrs.frozen
class Spot:
    """
    One key of a file.

    Attributes:
        hint: The type its value is read into; None where nothing is known of it.
        meaning: What its class says of it, in English; empty where it says nothing.
        name: `module:Class.field`, by which other languages find the meaning.
    """

    hint: Any = None
    meaning: str = ""
    name: str = ""


@attrs.frozen
class Shape:
    """
    What a file may hold.

    Attributes:
        root: Type of the whole file: a class, or a mapping of keys to types.
        had: Path of keys → the kinds of values the file had there before.
        lenient: Path before which dates and whole numbers may also be text.
    """

    root: Any
    had: Mapping[Keys, frozenset[str]] = attrs.field(factory=dict)
    lenient: Keys = ()

    def spot(self, keys: Keys) -> Spot:
        """Return what is known of a key; `EACH` in its path is any row."""
        spot = Spot(self.root)
        for key in keys:
            spot = _below(spot.hint, key)
        return spot

    def wants(self, keys: Keys) -> frozenset[str]:
        """Return what a key wants, as kinds of values; nothing where anything may stand there."""
        found = frozenset(kinds_of(self.spot(keys).hint))
        if "any" in found or not found:
            return self.had.get(keys, frozenset())
        is_lenient = self.lenient and keys[: len(self.lenient)] == self.lenient
        return found | {"text"} if is_lenient and found & {"date", "whole", "moment"} else found

    def read(self, keys: Keys, cell: Cell, value: Any) -> Any:
        """
        Return what a cell says at a key.

        Raises:
            CellError: If the cell no longer tells what the key wants.
        """
        wants = self.wants(keys)
        if not wants:
            return value
        if isinstance(value, str):
            return value if wants & _TEXTS else _from_text(value, wants)
        if isinstance(value, bool):
            return value if "flag" in wants else _only(wants, value)
        if isinstance(value, (int, Decimal)):
            return _from_number(value, cell, wants)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value if "date" in wants else _only(wants, value)
        return value


def _from_text(text: str, wants: frozenset[str]) -> Any:
    """Return what text says where no text is wanted; the text itself where it says nothing else."""
    if "date" in wants and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    if "flag" in wants and text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    if wants & {"whole", "decimal"} and _WHOLE.fullmatch(text):
        return int(text) if "whole" in wants else Decimal(f"{text}.0")
    if "decimal" in wants and _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text


def _from_number(value: int | Decimal, cell: Cell, wants: frozenset[str]) -> Any:
    if wants & {"whole", "number", "decimal"}:
        alone = not wants & {"whole", "number"} and isinstance(value, int)
        return Decimal(f"{value}.0") if alone else value
    if "amount" in wants:
        shown = _FIXED.match(cell.format)
        places = len(shown[1]) if shown else 0
        number = Decimal(value)
        _, _, exponent = number.as_tuple()
        assert isinstance(exponent, int), "a cell holds finite numbers"
        return str(number.quantize(Decimal(1).scaleb(min(exponent, -places))))
    return _only(wants, value)


def _only(wants: frozenset[str], value: Any) -> Any:
    """Refuse a value a spreadsheet made of text; what was typed cannot be told from it."""
    if wants & _TEXTS:
        raise CellError(
            named(value) if not isinstance(value, date) else f"the date {value}",
            "text; set the format of the cell to text and type it again",
        )
    return value


# --- shapes -------------------------------------------------------------------------------------


@attrs.frozen
class _Named:
    """A table of fields that are told by more than one class, or by none."""

    fields: Mapping[str, Any]
    told: tuple[Any, ...] = ()


@attrs.frozen
class _Rows:
    """A list of tables."""

    of: _Named


def shape_of(document: Document, before: Document | None = None) -> Shape:
    """
    Return what a file may hold.

    Args:
        document: The file; its `kind`, or its `rule` or `record`, tells which.
        before: The file as it was exported, where that is known.
    """
    had: dict[Keys, set[str]] = {}
    for keys, word in _held(before or {}, ()):
        had.setdefault(keys, set()).add(word)
    known = {keys: frozenset(words) for keys, words in had.items()}
    if "rule" in document or "record" in document:
        try:
            facts: Any = policies.rule(str(document.get("rule"))).facts
        except UnknownNameError:
            facts = Any
        case = {"name": str, "facts": facts, "expect": Any, "absent": tuple[str, ...]}
        steps = _Rows(_Named({**_STEP, "at": Any, "with": Any, "expect": Any}))
        row = _Named({**case, "version_on": date, "step": steps})
        table = _Named({**_TABLE, "case": _Rows(row)})
        return Shape(table, known, ("case", EACH, "facts"))
    kind = {kind.name: kind for kind in policies.kinds()}.get(str(document.get("kind")))
    told = (VersionHead, *((kind.schema,) if kind else ()))
    fields = {name: hint for held in told for name, hint in _fields(held).items()}
    linked = {f"{link}_file": str for link in LINKS if link in fields}
    top = {
        "id": str,
        "kind": str,
        "title": Title,
        "version": _Rows(_Named({**fields, **linked}, told)),
    }
    return Shape(_Named(top), known)


def _held(value: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    """Yield what every value of a document is, by its path."""
    yield keys, next(word for kind, word in _WORDS if isinstance(value, kind))
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _held(part, (*keys, key))
    elif isinstance(value, list):
        for part in value:
            yield from _held(part, (*keys, EACH))


_WORDS: Final = (
    (bool, "flag"),
    (int, "whole"),
    (Decimal, "decimal"),
    (str, "text"),
    (datetime, "moment"),
    (date, "date"),
    (time, "time"),
    (list, "list"),
    (dict, "table"),
)


# --- types --------------------------------------------------------------------------------------


@cache
def _fields(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in attrs.fields(kind)}


def _is_class(hint: Any) -> bool:
    return isinstance(hint, type) and attrs.has(hint) and not hasattr(hint, "__read__")


def _below(hint: Any, key: str) -> Spot:
    """Return what stands one step below a type."""
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, _Named):
        told = next((held for held in hint.told if key in _fields(held)), None)
        return _told(told, key) if told else Spot(hint.fields.get(key))
    if origin in (Union, UnionType):
        spots = (_below(part, key) for part in inner)
        return next((spot for spot in spots if spot.hint is not None), Spot())
    if isinstance(hint, _Rows):
        return Spot(hint.of if key == EACH else None)
    if key == EACH:
        return Spot(inner[0]) if origin is tuple and inner[1:] == (...,) else Spot()
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Spot(inner[1])
    if _is_class(hint) and key in _fields(hint):
        return _told(hint, key)
    return Spot()


def _told(kind: Any, key: str) -> Spot:
    above: tuple[Any, ...] = kind.__mro__
    told = next((held for held in above if key in _attributes(held)), kind)
    name = f"{told.__module__}:{told.__qualname__}.{key}"
    return Spot(_fields(kind)[key], _attributes(told).get(key, ""), name)


@cache
def _attributes(kind: Any) -> Mapping[str, str]:
    """Return what the docstring of a class says of each attribute."""
    _, _, rest = cleandoc(kind.__doc__ or "").partition("\nAttributes:\n")
    found: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            break
        entry = re.match(r" {4}(\w+): ?(.*)$", line)
        if entry is not None:
            name = entry[1]
            found[name] = entry[2]
        elif name and line.strip():
            found[name] += " " + line.strip()
    return found


def kinds_of(hint: Any) -> Iterable[str]:
    """
    Yield what a type may be written as: text, code, amount, period, number, whole, decimal, flag,
    date, moment, time, list, table, or any.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if hint == Amount:
        yield "amount"
    elif isinstance(hint, type) and hint in _KINDS:
        yield _KINDS[hint]
    elif origin is Literal:
        yield from {"whole" if type(word) is int else "code" for word in inner}
    elif origin in (Union, UnionType):
        for part in inner:
            yield from () if part is _NONE else kinds_of(part)
    elif isinstance(hint, _Rows):
        yield "list"
    elif isinstance(hint, _Named) or _is_class(hint):
        yield "table"
    elif isinstance(origin, type) and issubclass(origin, (tuple, Mapping)):
        yield "table" if issubclass(origin, Mapping) else "list"
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield from {"whole" if type(word.value) is int else "code" for word in hint}
    else:
        yield "any"


_KINDS: Final[Mapping[Any, str]] = {
    str: "text",
    Period: "period",
    Decimal: "number",
    Fraction: "number",
    int: "whole",
    bool: "flag",
    date: "date",
    datetime: "moment",
    time: "text",
}
