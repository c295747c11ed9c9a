"""
How an expectation written as data matches a value.

Tables match partially; lists in length and order; numbers as numbers, exactly or within the
tolerance; datetimes as instants. A path that no such value can have is an error with near names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import attrs

from bankservice.core.calendar import Period, in_utc
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.money import Money, digits_of, plain

__all__ = ["absent", "mismatches"]


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()

_LONGEST: Final = 60
"""Digits before or after the point that a number in a table may have."""


def mismatches(
    expected: Any, got: Any, tolerance: Decimal | None = None, path: str = "", kind: Any = Any
) -> Iterator[str]:
    """
    Yield what does not match, as `path: expected …, got …`.

    Args:
        expected: As a table writes it.
        got: The value.
        tolerance: How far numbers may differ; None for not at all.
        path: Where *got* stands in the whole.
        kind: Type of the whole: it tells which paths there are where a value is missing.

    Raises:
        UnknownNameError: If *expected* names a part that a value of this type cannot have.
    """
    if isinstance(expected, Mapping) and (expected or _has_parts(got)):
        for name, part in expected.items():
            below, value = _walk(got, str(name), path, kind)
            yield from mismatches(part, value, tolerance, below, kind)
    elif isinstance(expected, list):
        if isinstance(got, (str, _Nothing)) or not isinstance(got, Sequence):
            yield _line(path, expected, got)
        elif len(expected) != len(got):
            yield f"{path}: expected {len(expected)} items, got {len(got)}: {_shown(got)}"
        else:
            for index, (part, value) in enumerate(zip(expected, got, strict=True)):
                yield from mismatches(part, value, tolerance, f"{path}[{index}]", kind)
    elif not _equal(expected, got, tolerance):
        yield _line(path, expected, got)


def absent(paths: Iterable[str], got: Any, kind: Any = Any) -> Iterator[str]:
    """
    Yield the *paths* that have a value although they should not.

    Raises:
        UnknownNameError: If a path is none that a value of this type can have.
    """
    for path in paths:
        below, value = _walk(got, path, "", kind)
        empty = isinstance(value, (str, Sequence, Mapping)) and not value
        if value is not NOTHING and value is not None and not empty:
            yield f"{below}: expected nothing, got {_shown(value)}"


def _has_parts(got: Any) -> bool:
    return isinstance(got, Mapping) or (attrs.has(type(got)) and not isinstance(got, Period))


def _walk(got: Any, name: str, path: str, kind: Any) -> tuple[str, Any]:
    if isinstance(got, Mapping) and name in got:
        return (f"{path}.{name}" if path else name), got[name]
    value, below = got, path
    for word in name.split("."):
        below = f"{below}.{word}" if below else word
        value = NOTHING if value is NOTHING or value is None else _part(value, word, below)
    if value is NOTHING:
        _possible(kind, below)
    return below, value


def _part(value: Any, word: str, path: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(word, NOTHING)
    if isinstance(value, Sequence) and not isinstance(value, str):
        place = _place(word, path)
        return value[place] if place < len(value) else NOTHING
    known = _names(type(value))
    if word not in known:
        raise _unknown(path, word, known)
    return getattr(value, word)


def _unknown(path: str, word: str, known: Iterable[str]) -> UnknownNameError:
    before = path.removesuffix(word)
    return UnknownNameError("path", path, (before + near for near in near_names(word, known)))


def _place(word: str, path: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise UnknownNameError("path", path, ())
    return int(word)


def _possible(kind: Any, path: str) -> None:
    """Refuse a *path* that no value of *kind* can have; parts of type `Any` may have any."""
    words = path.replace("[", ".").replace("]", "").split(".")
    for place, word in enumerate(words):
        options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        kind = next((option for option in options if option is not type(None)), Any)
        inner = get_args(kind)
        if kind is Any or len(options) > 2:
            return
        if not word:
            raise UnknownNameError("path", path, ())
        if inner and issubclass(get_origin(kind), Mapping):
            kind = inner[-1]
        elif inner and get_origin(kind) is tuple:
            _place(word, path)
            kind = inner[0]
        elif not isinstance(kind, type) or issubclass(kind, Mapping):
            # A mapping of a class of its own has whatever names its rule or record gives it.
            return
        elif word not in _names(kind):
            raise _unknown(".".join(words[: place + 1]), word, _names(kind))
        else:
            kind = _type_of(kind, word)


def _type_of(kind: type[Any], name: str) -> Any:
    held = getattr(kind, name, None)
    if isinstance(held, property):
        return get_type_hints(held.fget).get("return", Any)
    return get_type_hints(kind).get(name, Any)


def _names(kind: type[Any]) -> tuple[str, ...]:
    fields = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else []
    properties = [
        name
        for base in kind.__mro__
        for name, held in vars(base).items()
        if isinstance(held, property) and not name.startswith("_")
    ]
    return tuple(dict.fromkeys((*getattr(kind, "shown", ()), *fields, *properties)))


def _equal(expected: Any, got: Any, tolerance: Decimal | None) -> bool:
    if isinstance(got, Enum):
        got = got.value
    if isinstance(got, Money):
        got = Decimal(plain(got.minor, digits_of(got.currency)))
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, datetime):
        # In UTC: Python calls an instant in a repeated hour unequal to itself in another zone.
        known = isinstance(expected, datetime) and expected.tzinfo is not None
        return known and got.tzinfo is not None and in_utc(got) == in_utc(expected)
    if isinstance(got, date):
        return type(expected) is date and (got.year, got.month, got.day) == (
            expected.year,
            expected.month,
            expected.day,
        )
    if isinstance(got, Period):
        return _period(expected) == got
    if isinstance(got, (int, float, Decimal, Fraction)):
        wanted = _number(expected)
        if wanted is None or (isinstance(got, (float, Decimal)) and not Decimal(got).is_finite()):
            return False
        return abs(wanted - Fraction(got)) <= Fraction(tolerance or 0)
    # A name that is shown short may be written in full.
    return bool(expected == got or expected == getattr(got, "full", got))


def _period(expected: Any) -> Period | None:
    try:
        return Period.parse(expected) if isinstance(expected, str) else None
    except ValueError:
        return None


def _number(expected: Any) -> Fraction | None:
    try:
        number = Decimal(expected) if isinstance(expected, (int, str, Decimal)) else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        return None
    return Fraction(number)


def _line(path: str, expected: Any, got: Any) -> str:
    return f"{path or 'outcome'}: expected {_shown(expected)}, got {_shown(got)}"


def _shown(value: Any) -> str:
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, (date, datetime, Decimal, Fraction, Money)):
        return str(value)
    return repr(value)
