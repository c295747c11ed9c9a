"""
Events of an account as entries hold them, read quickly.

The general reader checks what people write. Here only what was written by `to_json` from the same
classes is read, a million times in a replay: a reader is put together once for each class and
trusts the layout. What does not fit it is still an error.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from bankservice.core.calendar import Period
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, Unknown

__all__ = ["thaw"]

_Reader = Callable[[Any], Any]


def thaw(kind: type[Any], whole: Mapping[str, Any]) -> Any:
    """
    Return what `to_json` made of a value of *kind*.

    Raises:
        KeyError: If there is a field that *kind* does not have.
        TypeError: If one is missing.
    """
    readers = _readers(kind)  # type: ignore[arg-type]
    held = {}
    for name, value in whole.items():
        read = readers[name]
        held[name] = value if read is None or value is None else read(value)
    return kind(**held)


@cache
def _readers(kind: type[Any]) -> dict[str, _Reader | None]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in attrs.fields(kind)}


def _reader(hint: Any) -> _Reader | None:
    """Return what reads a value of a type; None where it stands as it is."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _of_union(tuple(part for part in inner if part is not type(None)))
    if origin is tuple:
        return _of_items(_reader(inner[0]))
    if origin in (FrozenMapping, Mapping):
        item = _reader(inner[1])
        if item is None:
            return FrozenMapping
        return lambda value: FrozenMapping({key: item(part) for key, part in value.items()})
    if hint is Fraction:
        return _fraction
    if hint is Decimal:
        return Decimal
    if hint is date:
        return date.fromisoformat
    if hint is Period:
        return Period.parse
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and attrs.has(hint):
        return lambda value: thaw(hint, value)
    return None


def _of_items(item: _Reader | None) -> _Reader:
    return tuple if item is None else lambda value: tuple(map(item, value))


def _of_union(parts: tuple[Any, ...]) -> _Reader | None:
    known = tuple(part for part in parts if not _is_unknown(part))
    read = _reader(known[0]) if len(known) == 1 else None
    if len(known) == len(parts):
        return read
    return lambda value: (
        UNKNOWN if value == UNKNOWN.value else value if read is None else read(value)
    )


def _is_unknown(part: Any) -> bool:
    return part is Unknown or (get_origin(part) is Literal and UNKNOWN in get_args(part))


def _fraction(text: str) -> Fraction:
    # From the parts: the general reader of fractions costs several times as much.
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator or 1))
