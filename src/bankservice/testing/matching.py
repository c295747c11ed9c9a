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
from typing import Any, Final

import attrs

from bankservice.core.calendar import Period
from bankservice.core.errors import UnknownNameError
from bankservice.core.money import Money, digits_of, plain
from bankservice.core.structure import to_json

__all__ = ["absent", "mismatches"]


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()


def mismatches(
    expected: Any, got: Any, tolerance: Decimal | None = None, path: str = ""
) -> Iterator[str]:
    """
    Yield what does not match, as `path: expected …, got …`.

    Raises:
        UnknownNameError: If *expected* names a part that a value of this type cannot have.
    """
    if isinstance(expected, Mapping) and not isinstance(got, _Nothing):
        for name, part in expected.items():
            for below, value in _walk(got, str(name), path):
                yield from mismatches(part, value, tolerance, below)
    elif isinstance(expected, list):
        if isinstance(got, (str, _Nothing)) or not isinstance(got, Sequence):
            yield _line(path, expected, got)
        elif len(expected) != len(got):
            yield f"{path}: expected {len(expected)} items, got {len(got)}: {_shown(got)}"
        else:
            for index, (part, value) in enumerate(zip(expected, got, strict=True)):
                yield from mismatches(part, value, tolerance, f"{path}[{index}]")
    elif not _equal(expected, got, tolerance):
        yield _line(path, expected, got)


def absent(paths: Iterable[str], got: Any) -> Iterator[str]:
    """Yield the *paths* that have a value although they should not."""
    for path in paths:
        for below, value in _walk(got, path, ""):
            if not isinstance(value, _Nothing) and value is not None and value not in ((), ""):
                yield f"{below}: expected nothing, got {_shown(value)}"


def _walk(got: Any, name: str, path: str) -> Iterator[tuple[str, Any]]:
    value = got
    below = path
    if isinstance(got, Mapping) and name in got:
        yield (f"{path}.{name}" if path else name), got[name]
        return
    for word in name.split("."):
        below = f"{below}.{word}" if below else word
        value = (
            NOTHING if isinstance(value, _Nothing) or value is None else _part(value, word, below)
        )
    yield below, value


def _part(value: Any, word: str, path: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(word, NOTHING)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value[int(word)] if word.isdigit() and int(word) < len(value) else NOTHING
    known = _names(type(value))
    if word not in known:
        raise UnknownNameError("path", path, known)
    return getattr(value, word)


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
        return isinstance(expected, datetime) and expected.tzinfo is not None and got == expected
    if isinstance(got, date):
        return type(expected) is date and (got.year, got.month, got.day) == (
            expected.year,
            expected.month,
            expected.day,
        )
    if isinstance(got, Period):
        return isinstance(expected, str) and to_json(Period.parse(expected)) == to_json(got)
    if isinstance(got, (int, float, Decimal, Fraction)):
        wanted = _number(expected)
        if wanted is None:
            return False
        if tolerance is None:
            return wanted == Fraction(got)
        return abs(wanted - Fraction(got)) <= Fraction(tolerance)
    return bool(expected == got)


def _number(expected: Any) -> Fraction | None:
    try:
        return Fraction(Decimal(expected)) if isinstance(expected, (int, str, Decimal)) else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _line(path: str, expected: Any, got: Any) -> str:
    return f"{path or 'outcome'}: expected {_shown(expected)}, got {_shown(got)}"


def _shown(value: Any) -> str:
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, (date, datetime, Decimal, Fraction, Money)):
        return str(value)
    return repr(value)
