"""
The parts of facts, outcomes, commands and policy keys: name, type, default, meaning.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from book.bilingual import NOTHING, Titles, both, spoken, written_words
from book.docstrings import attributes_of, own_attributes, own_doc
from pendulum import DateTime

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import AllOf, AnyOf, Comparison, Not
from bankservice.core.decision import Counted
from bankservice.core.money import Money
from bankservice.core.plain import to_json
from bankservice.core.policy import Title
from bankservice.core.scalars import Amount
from bankservice.core.unknown import Unknown
from bankservice.run.as_of import AsOf
from bankservice.run.plan import Extract, Mapped
from bankservice.worktime import Duration

__all__ = [
    "PLAIN",
    "FieldDoc",
    "PartDoc",
    "about",
    "attrs_classes",
    "fields_of",
    "hints_of",
    "part_of",
    "parts_of",
    "type_words",
]


@attrs.frozen
class FieldDoc:
    """One named part: how it is written, its default (empty where it must be stated), its meaning."""

    name: str
    type: Titles
    default: str
    meaning: Titles
    needed: bool = True
    unit: Titles = NOTHING
    """What a number counts or measures; empty for what is none."""
    example: str = ""
    """A value it had in a case that was decided, as JSON; empty where none is known."""


@attrs.frozen
class PartDoc:
    """A class that facts, outcomes, commands or policy keys are made of."""

    name: str
    meaning: Titles
    fields: tuple[FieldDoc, ...]
    given: bool = True
    """Whether a writer states the fields; otherwise they are what readers are shown."""
    kind: type[Any] | None = attrs.field(default=None, repr=False)
    """The class itself."""


PLAIN: Final[Mapping[Any, Titles]] = {
    str: {"en": "text", "zh": "文本"},
    bool: {"en": "true or false", "zh": "true 或 false"},
    int: {"en": "whole number", "zh": "整数"},
    Decimal: {"en": "number", "zh": "数值"},
    date: {"en": "date", "zh": "日期"},
    datetime: {"en": "aware datetime", "zh": "带时区的时刻"},
    DateTime: {"en": "aware datetime", "zh": "带时区的时刻"},
    Duration: {"en": 'duration, such as `"PT8H"`', "zh": '时长，如 `"PT8H"`'},
    Fraction: {"en": "fraction", "zh": "分数"},
    time: {"en": "local time", "zh": "当地时间"},
    Period: {"en": 'period, such as `"P6M"`', "zh": '期间，如 `"P6M"`'},
    Amount: {"en": 'amount as text, such as `"50000.00"`', "zh": '文本金额，如 `"50000.00"`'},
    Unknown: {"en": '`"unknown"`', "zh": '`"unknown"`'},
    type(None): {"en": "nothing", "zh": "无"},
    Money: {"en": "amount with its currency", "zh": "金额及币种"},
    Counted: {"en": "number with its unit", "zh": "数量及单位"},
    Title: {"en": "`{ en = …, zh = … }`", "zh": "`{ en = …, zh = … }`"},
    Citation: {"en": "source", "zh": "出处"},
    Any: {"en": "any JSON", "zh": "任意 JSON"},
    AsOf: {
        "en": "date, or `{ first = …, last = …, every = … }`",
        "zh": "日期，或 `{ first = …, last = …, every = … }`",
    },
    Extract: {"en": "`[[extract]]`", "zh": "`[[extract]]`"},
    Mapped: {
        "en": "column name or `{ … }`",
        "zh": "列名或 `{ … }`",
    },
}
_CONDITION: Final = {AllOf, AnyOf, Comparison, Not}


_FEW: Final = 8
"""So many codes of an enumeration are named one by one; of more only the class is."""


def type_words(hint: Any) -> Titles:
    """Return how a value of a type is written, in words."""
    if isinstance(hint, type(Amount)) or hint in PLAIN:
        return PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return PLAIN[Unknown] if inner == (Unknown.UNKNOWN,) else _one_of(inner)
    if origin in (Union, UnionType):
        return _union(inner)
    if origin is tuple and inner[-1:] == (...,):
        of = type_words(inner[0])
        return both(f"list of {of['en']}", f"列表：{of['zh']}")
    if isinstance(origin, type) and issubclass(origin, Mapping):
        of = type_words(inner[1])
        return both(f"table of {of['en']}, by name", f"按名称的表：{of['zh']}")
    if _held_by_name(hint) is not None:
        of = type_words(_held_by_name(hint))
        return both(f"table of {of['en']}, by name", f"按名称的表：{of['zh']}")
    if isinstance(hint, type) and issubclass(hint, Enum) and len(hint) <= _FEW:
        return _one_of(tuple(code.value for code in hint))
    name = getattr(hint, "__name__", str(hint)).lstrip("_")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return both(f"code of `{name}`", f"代码：`{name}`")
    return both(f"`{name}`", f"`{name}`")


def _one_of(codes: tuple[Any, ...]) -> Titles:
    words = ", ".join(f"`{code}`" for code in codes if code != "")
    empty = both(", or empty", "，或为空") if "" in codes else both("", "")
    return both(f"one of {words}{empty['en']}", f"其一：{words}{empty['zh']}")


def _held_by_name(hint: Any) -> Any:
    """Return what a class that is a mapping of its own holds; None for any other."""
    if not (isinstance(hint, type) and issubclass(hint, Mapping) and attrs.has(hint)):
        return None
    bases = getattr(hint, "__orig_bases__", ())
    return next((get_args(base)[1] for base in bases if get_origin(base) is not None), None)


def _union(inner: tuple[Any, ...]) -> Titles:
    parts = [part for part in inner if part not in _CONDITION]
    shown = [type_words(part) for part in parts]
    if len(parts) < len(inner):
        shown.insert(0, both("condition", "条件"))
    return {
        "en": " or ".join(part["en"] for part in shown),
        "zh": "或".join(part["zh"] for part in shown),
    }


def attrs_classes(hint: Any) -> Iterator[type[Any]]:
    """Yield the attrs classes of this package that a type is made of."""
    held = _held_by_name(hint)
    for part in get_args(hint) if held is None else (held,):
        yield from attrs_classes(part)
    ours = held is None and isinstance(hint, type) and attrs.has(hint)
    if ours and hint not in (*PLAIN, *_CONDITION):
        yield hint


def hints_of(kind: Any) -> Mapping[str, Any]:
    """Return the types of the fields of a class."""
    return _hints(kind)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in attrs.fields(kind)}


def _default(field: attrs.Attribute[Any]) -> str:
    """Return a default as a person would write it; empty where there is none to write."""
    default = field.default
    if (
        default is attrs.NOTHING
        or default is None
        or isinstance(default, type(attrs.Factory(list)))
    ):
        return ""
    written = to_json(default)
    if isinstance(default, Period) and not default:
        return "P0D"
    if isinstance(written, bool):
        return "true" if written else "false"
    if isinstance(written, list) and written:
        return json.dumps(written, ensure_ascii=False)
    return "" if written in ("", [], {}, None) or isinstance(written, dict) else str(written)


def _key(kind: type[Any], section: str, tail: str = "") -> str:
    """
    Return the key of a class in `words.toml`.

    Classes may have one name: that of the domain or of the module then comes before it there.
    """
    name, path = kind.__name__, kind.__module__.split(".")
    places = (f"{before}.{name}{tail}" for before in (*path[1:2], path[-1]))
    return next((key for key in places if key in written_words()[section]), f"{name}{tail}")


def _meaning(kind: type[Any], name: str, english: str) -> Titles:
    """Return the meaning of a field, in the words of the class that tells it."""
    told = next((held for held in kind.__mro__ if name in own_attributes(held)), kind)
    return spoken("field", _key(told, "field", f".{name}"), english)


def about(kind: type[Any]) -> Titles:
    """Return what a class is."""
    return spoken("class", _key(kind, "class"), " ".join(own_doc(kind).split()))


def fields_of(kind: type[Any], told: type[Any] | None = None) -> tuple[FieldDoc, ...]:
    """
    Return the parts of facts, a command, an outcome or a table of keys.

    *told* is the class whose docstring tells the parts, where that is another one.
    """
    teller: Any = told or kind
    hints, says = hints_of(kind), attributes_of(teller)
    shown = getattr(kind, "shown", None)
    if shown is not None:
        return tuple(_shown(kind, name, hints, says) for name in shown)
    if _own_form(kind):
        return ()  # the meaning of the class tells its form
    return tuple(
        FieldDoc(
            field.name,
            type_words(hints[field.name]),
            _default(field),
            _meaning(told or kind, field.name, says.get(field.name, "")),
            field.default is attrs.NOTHING,
        )
        for field in _in_order(kind)
        if not field.name.startswith("_")
    )


def _in_order(kind: type[Any]) -> list[attrs.Attribute[Any]]:
    """Return the fields of a class; of one that inherits, what must be stated and its own first."""
    held = list(attrs.fields(kind))
    if any(field.inherited for field in held):
        held.sort(key=lambda field: (field.default is not attrs.NOTHING, field.inherited))
    return held


def _shown(
    kind: type[Any], name: str, hints: Mapping[str, Any], says: Mapping[str, str]
) -> FieldDoc:
    if name in hints:
        hint, meaning = hints[name], says.get(name, "")
    else:
        getter = inspect.getattr_static(kind, name).fget
        hint, meaning = get_type_hints(getter)["return"], inspect.getdoc(getter) or ""
    return FieldDoc(name, type_words(hint), "", _meaning(kind, name, meaning))


def part_of(kind: type[Any], name: str = "") -> PartDoc:
    """Return one class."""
    given = not hasattr(kind, "shown")
    return PartDoc(name or kind.__name__.lstrip("_"), about(kind), fields_of(kind), given, kind)


def parts_of(*kinds: type[Any]) -> tuple[PartDoc, ...]:
    """Return the classes that *kinds* are made of, each once, in reading order; not themselves."""
    found: dict[type[Any], None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        for name, hint in _shown_hints(kind).items():
            for below in attrs_classes(hint):
                if not name.startswith("_") and below not in found and below not in kinds:
                    found[below] = None
                    if not _own_form(below):
                        waiting.append(below)
    return tuple(part_of(kind) for kind in found)


def _own_form(kind: type[Any]) -> bool:
    """Tell whether a class is written in a form of its own, not as a table of its fields."""
    return hasattr(kind, "__read__") and not hasattr(kind, "shown")


def _shown_hints(kind: type[Any]) -> Mapping[str, Any]:
    shown = getattr(kind, "shown", None)
    hints = hints_of(kind)
    if shown is None:
        return hints
    return {
        name: hints[name]
        if name in hints
        else get_type_hints(inspect.getattr_static(kind, name).fget)["return"]
        for name in shown
    }
