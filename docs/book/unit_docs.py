"""
Units: what a number of facts or an outcome counts or measures.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final

import attrs
from book.bilingual import BOOK, NOTHING, Titles, both
from book.field_docs import FieldDoc, PartDoc

__all__ = ["is_number", "parts_with_units", "unit_of", "units", "with_units"]

_WHOLE: Final = ("whole number", "list of whole number", "table of whole number, by name")


@cache
def units() -> Mapping[str, tuple[Titles, frozenset[str]]]:
    """Return code → (unit, names of fields) as `units.toml` has them."""
    held = tomllib.loads((BOOK / "units.toml").read_text("utf-8"))["unit"]
    return {
        code: (both(unit["en"], unit["zh"]), frozenset(unit["names"]))
        for code, unit in held.items()
    }


def is_number(field: FieldDoc) -> bool:
    """Tell whether a field holds numbers: alone, in a list, or by name."""
    kinds = field.type["en"].replace(" with its unit", "").replace(" with its currency", "")
    return any(word in kinds for word in ("number", "fraction", "amount"))


def unit_of(field: FieldDoc, owner: str) -> Titles:
    """Return the unit of a field; nothing where it holds no number, or none is known."""
    if not is_number(field):
        return NOTHING
    for name in (f"{owner}.{field.name}", field.name):
        for unit, names in units().values():
            if name in names:
                return unit
    kinds = field.type["en"].split(" or ")
    if any("amount" in kind for kind in kinds):
        return units()["major"][0]
    numbers = [kind for kind in kinds if "number" in kind or "fraction" in kind]
    whole = all(any(kind.startswith(word) for word in _WHOLE) for kind in numbers)
    return units()["count"][0] if whole else NOTHING


def with_units(fields: tuple[FieldDoc, ...], owner: str) -> tuple[FieldDoc, ...]:
    """Return fields with the unit of each number."""
    return tuple(attrs.evolve(field, unit=unit_of(field, owner)) for field in fields)


def parts_with_units(parts: tuple[PartDoc, ...]) -> tuple[PartDoc, ...]:
    """Return classes with the units of their fields."""
    return tuple(attrs.evolve(part, fields=with_units(part.fields, part.name)) for part in parts)
