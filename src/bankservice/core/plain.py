"""
Typed values out: plain JSON without floats, the canonical text equal values share, digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, Final

import attrs

from bankservice.core.calendar import Period, in_utc
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Not, to_raw

__all__ = ["canonical", "digest", "outcome_json", "to_json"]


def to_json(value: Any, *, for_digest: bool = False) -> Any:
    """
    Return *value* as plain JSON without floats; attrs fields at their defaults are left out.

    Args:
        value: A typed value.
        for_digest: Leave out fields marked `metadata={"digest": False}` (titles, sources).
    """
    kind: Any = type(value)
    if kind in _AS_IS:
        return value
    rows = _rows(kind)
    if rows is None:
        return _other_json(value, for_digest=for_digest)
    found = {}
    for name, told, default, factory in rows:
        item = getattr(value, name)
        if factory is not None:
            if item == factory():
                continue
        elif type(item) is type(default) and item == default:
            continue
        if told or not for_digest:
            found[name] = item if type(item) in _AS_IS else to_json(item, for_digest=for_digest)
    return found


_AS_IS: Final = frozenset({str, int, bool, type(None)})
_FACTORY: Any = type(attrs.Factory(dict))
_WHOLE: Final = (Enum, int, str, Period, Comparison, AllOf, AnyOf, Not, Mapping, tuple)
"""Classes that are written another way than by their fields, though they may have some."""


@cache
def _rows(kind: type) -> tuple[tuple[str, bool, Any, Any], ...] | None:
    """Return (name, part of digests, default, its factory) of a class written by its fields."""
    if not attrs.has(kind) or issubclass(kind, _WHOLE) or hasattr(kind, "__written__"):
        return None
    return tuple(
        (field.name, field.metadata.get("digest") is not False, *_default(field))
        for field in attrs.fields(kind)
    )


def _default(field: attrs.Attribute[Any]) -> tuple[Any, Any]:
    if not isinstance(field.default, _FACTORY):
        return field.default, None
    return attrs.NOTHING, None if field.default.takes_self else field.default.factory


def _other_json(value: Any, *, for_digest: bool) -> Any:
    kind: Any = type(value)
    return _writer(kind)(value, for_digest)


@cache
def _writer(kind: type[Any]) -> Callable[[Any, bool], Any]:
    """Return what writes the values of a class that is not written by its fields."""
    for kinds, write in _WRITERS:
        if issubclass(kind, kinds):
            return write
    if hasattr(kind, "__written__"):
        return lambda value, _: value.__written__()
    raise TypeError(f"{kind.__name__} cannot be written as JSON; use the house's values.")


def _listed(value: Any, for_digest: bool) -> list[Any]:
    return [to_json(item, for_digest=for_digest) for item in value]


def _mapped(value: Mapping[Any, Any], for_digest: bool) -> dict[str, Any]:
    return {str(key): to_json(item, for_digest=for_digest) for key, item in value.items()}


def _tagged(raw: object) -> Any:
    """Return a raw condition as JSON; dates and decimals, which it has not, as tagged text."""
    if isinstance(raw, Mapping):
        return {key: _tagged(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [_tagged(item) for item in raw]
    if isinstance(raw, (date, Decimal)):
        return {"date" if isinstance(raw, date) else "number": to_json(raw)}
    return raw


def _plain_decimal(value: Decimal) -> str:
    # `normalize` would round to the ambient context's digits.
    text = format(value, "f") if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WRITERS: Final[tuple[tuple[Any, Callable[[Any, bool], Any]], ...]] = (
    (Enum, lambda value, _: value.value),
    (int, lambda value, _: value),
    ((tuple, list), _listed),
    ((str, Period), lambda value, _: str(value)),
    (Decimal, lambda value, _: _plain_decimal(value)),
    (Fraction, lambda value, _: str(value)),
    (datetime, lambda value, _: in_utc(value).isoformat()),
    ((date, time), lambda value, _: value.isoformat()),
    ((Comparison, AllOf, AnyOf, Not), lambda value, _: _tagged(to_raw(value))),
    (Mapping, _mapped),
    (frozenset, lambda value, for_digest: sorted(_listed(value, for_digest), key=repr)),
)
"""How values of other classes are written; the first class that fits decides."""


def canonical(value: object) -> str:
    """Return plain JSON as the one text that equal values share."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(value: object) -> str:
    """Return the first 128 bits of the SHA-256 of *value*'s canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


def outcome_json(value: Any) -> Any:
    """Return an outcome as plain JSON, fields at their defaults included."""
    if isinstance(value, Mapping):
        return {str(key): outcome_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [outcome_json(item) for item in value]
    shown = _shown(type(value)) is not None
    if shown or (
        attrs.has(type(value)) and not hasattr(value, "__written__") and not _is_scalar(value)
    ):
        return {name: outcome_json(item) for name, item in _items(value)}
    return to_json(value)


def _is_scalar(value: Any) -> bool:
    return hasattr(value, "months") and hasattr(value, "days")


def _shown(kind: type[Any]) -> tuple[str, ...] | None:
    """Return the parts an outcome lists; None where it lists none: a field may have that name."""
    listed = getattr(kind, "shown", None)
    return listed if isinstance(listed, tuple) else None


def _items(outcome: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named parts of an outcome: its public fields and the properties it lists."""
    shown = _shown(type(outcome))
    if shown is not None:
        for name in shown:
            yield name, getattr(outcome, name)
    else:
        for field in attrs.fields(type(outcome)):
            if not field.name.startswith("_"):
                yield field.name, getattr(outcome, field.name)
