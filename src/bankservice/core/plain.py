"""
Typed values out: plain JSON without floats, the canonical text equal values share, digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

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
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, Period)):
        return str(value)
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, datetime):
        return in_utc(value).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (Comparison, AllOf, AnyOf, Not)):
        return _tagged(to_raw(value))
    if isinstance(value, Mapping):
        return {str(key): to_json(item, for_digest=for_digest) for key, item in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        held = [to_json(item, for_digest=for_digest) for item in value]
        return sorted(held, key=repr) if isinstance(value, frozenset) else held
    if hasattr(value, "__written__"):
        return value.__written__()
    if attrs.has(type(value)):
        return {
            field.name: to_json(getattr(value, field.name), for_digest=for_digest)
            for field in attrs.fields(type(value))
            if not (for_digest and field.metadata.get("digest") is False)
            and not _is_default(field, getattr(value, field.name))
        }
    raise TypeError(f"{type(value).__name__} cannot be written as JSON; use the house's values.")


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


_FACTORY: Any = type(attrs.Factory(dict))


def _is_default(field: attrs.Attribute[Any], value: object) -> bool:
    default = field.default
    if default is attrs.NOTHING:
        return False
    if isinstance(default, _FACTORY):
        return not default.takes_self and bool(value == default.factory())
    return type(value) is type(default) and bool(value == default)


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
    shown = hasattr(type(value), "shown")
    if shown or (
        attrs.has(type(value)) and not hasattr(value, "__written__") and not _is_scalar(value)
    ):
        return {name: outcome_json(item) for name, item in _items(value)}
    return to_json(value)


def _is_scalar(value: Any) -> bool:
    return hasattr(value, "months") and hasattr(value, "days")


def _items(outcome: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named parts of an outcome: its public fields and the properties it lists."""
    shown = getattr(type(outcome), "shown", None)
    if shown is not None:
        for name in shown:
            yield name, getattr(outcome, name)
    else:
        for field in attrs.fields(type(outcome)):
            if not field.name.startswith("_"):
                yield field.name, getattr(outcome, field.name)
