"""
JSON Schemas of what the reading room reads and of what leaves the library.

They are made from the classes that read and write, so there is no second truth: a field's type,
its default, whether it must be stated, and what its docstring says of it. A class with a form of
its own (`__read__`) says it beside that, in `__schema__`.

A schema tells form, not sense: that a key is unknown, missing or of another type. That a day comes
before another, a code is in its tree or a row cannot be reached is found when the file is loaded.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from inspect import getattr_static, getdoc
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from bankservice.core.calendar import DURATION, PERIOD, Period
from bankservice.core.conditions import LISTS, OPERATORS, AllOf, AnyOf, Comparison, Not
from bankservice.core.docstring import attributes_of, own_doc
from bankservice.core.plain import to_json
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN

__all__ = ["DIALECT", "Form", "Forms", "Schema", "any_of", "chosen", "closed", "one_or_list"]

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema, or a part of one."""

Form = Literal["policy", "facts", "written", "shown"]
"""
Which form of a type is told: as a policy file writes it (`policy`), as facts and commands may stand
in JSON (`facts`), as a decision keeps facts (`written`), as an outcome is printed (`shown`).
"""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The dialect all schemas are in."""

_EXACT: Final = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_CONDITIONS: Final = frozenset({AllOf, AnyOf, Comparison, Not})
_NULL: Final[Schema] = {"type": "null"}
_OWN_FORM: Final = ("__read__", "__written__", "__schema__")


def _whole(pattern: str) -> str:
    return f"^({pattern})$"


def _for_browsers(pattern: str) -> str:
    """Return a pattern of Python's as every validator knows it: its groups have no names."""
    return _whole(re.sub(r"\?P<\w+>", "?:", pattern).replace(r"\d", "[0-9]"))


_DATE: Final[Schema] = {"type": "string", "format": "date", "pattern": _whole(_DAY)}
_INSTANT: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": _whole(rf"{_DAY}[Tt ]{_CLOCK}([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"),
}
_PLAIN: Final[Mapping[Any, Schema]] = {
    Any: {},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    date: _DATE,
    datetime: _INSTANT,
    time: {"type": "string", "pattern": _whole(_CLOCK)},
    Period: {"type": "string", "pattern": _for_browsers(PERIOD.pattern)},
    Amount: {"type": "string", "pattern": _whole(_EXACT)},
    type(None): _NULL,
}
_GIVEN: Final[Mapping[Any, Schema]] = {
    int: {"type": "integer"},
    Decimal: {"type": ["number", "string"], "pattern": _whole(_EXACT)},
    Fraction: {
        "type": ["number", "string"],
        "pattern": _whole(rf"{_EXACT}|-?[0-9]+/[0-9]+"),
    },
}
_TEXTS: Final[Schema] = {"type": ["integer", "string"], "pattern": _whole("[+-]?[0-9]+")}
_SHOWN: Final[Mapping[Any, Schema]] = {
    int: {"type": "integer"},
    Decimal: {"type": "string", "pattern": _whole(_EXACT)},
    Fraction: {"type": "string", "pattern": _whole(r"-?[0-9]+(/[0-9]+)?")},
}


class Forms:
    """
    Makes the schemas of types in one form; each class stands once, below `$defs`.

    Examples:
        >>> @attrs.frozen
        ... class Row:
        ...     code: str
        ...     step: int = 1
        >>> forms = Forms("policy")
        >>> forms.of(tuple[Row, ...])
        {'type': 'array', 'items': {'$ref': '#/$defs/Row'}}
        >>> forms.defs["Row"]["properties"]["step"], forms.defs["Row"]["required"]
        ({'type': 'integer', 'default': 1}, ['code'])
    """

    def __init__(self, form: Form, *, beside: Forms | None = None, prefix: str = "") -> None:
        """
        Start without classes.

        Args:
            form: Which form of the types is told.
            beside: Classes go below its `$defs`, where one schema has types in two forms.
            prefix: Stands before the names of classes there, to tell those forms apart.
        """
        self.form: Form = form
        self.defs: dict[str, Schema] = {} if beside is None else beside.defs
        self._prefix = prefix
        self._names: dict[Any, str] = {}

    # --- types ----------------------------------------------------------------------------------

    def of(self, kind: Any) -> Schema:
        """
        Return the schema of a type.

        Raises:
            TypeError: If it is none of the types that the house reads and writes.
        """
        plain = self._number(kind) if kind in _GIVEN else _PLAIN.get(kind)
        if plain is not None:
            return dict(plain)
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": [getattr(choice, "value", choice) for choice in inner]}
        if origin in (Union, types.UnionType):
            return self._union(inner)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self.table(self.of(inner[1]))
        if isinstance(origin, type) and issubclass(origin, Sequence):
            return self._sequence(inner)
        return self._of_class(kind)

    def _number(self, kind: Any) -> Schema:
        if self.form == "shown":
            return _SHOWN[kind]
        return _TEXTS if kind is int and self.form != "policy" else _GIVEN[kind]

    def _sequence(self, inner: tuple[Any, ...]) -> Schema:
        if inner[-1] is Ellipsis or len(inner) == 1:
            return {"type": "array", "items": self.of(inner[0])}
        items = [self.of(part) for part in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}

    def _union(self, inner: tuple[Any, ...]) -> Schema:
        parts = [part for part in inner if part not in _CONDITIONS]
        found = [self.of(part) for part in parts if part is not type(None)]
        if len(parts) < len(inner):
            found.insert(0, self.condition())
        # TOML has no nothing: there a key is left out.
        if type(None) in parts and self.form != "policy":
            found.append(_NULL)
        return any_of(found)

    def _of_class(self, kind: Any) -> Schema:
        if not isinstance(kind, type):
            raise TypeError(f"{kind!r} is no type that has a schema; use the house's values.")
        if issubclass(kind, Enum):
            return {"enum": [member.value for member in kind]}
        if issubclass(kind, str):
            return dict(_PLAIN[str])
        if issubclass(kind, date):
            # Those of pendulum, which leave the library, are written as the plain ones.
            return dict(_PLAIN[datetime if issubclass(kind, datetime) else date])
        parts_shown = self.form == "shown" and hasattr(kind, "shown")
        if not parts_shown and any(hasattr(kind, own) for own in _OWN_FORM):
            if not hasattr(kind, "__schema__"):
                raise TypeError(f"{kind.__name__} has a form of its own, no __schema__ tells it.")
            return self._named(kind, self._own)
        held = _held_by_name(kind)
        if held is not None:
            return self.described(self.table(self.of(held)), kind)
        if not attrs.has(kind):
            raise TypeError(f"{kind.__name__} is no type that has a schema.")
        return self._named(kind, self._outcome if self.form == "shown" else self._table)

    def _own(self, kind: Any) -> Schema:
        own: Schema = kind.__schema__(self)
        return own

    # --- classes --------------------------------------------------------------------------------

    def _named(self, kind: Any, make: Any) -> Schema:
        """Return the reference to a class, which is told once; a class may hold itself."""
        if kind not in self._names:
            name = self._prefix + kind.__name__.lstrip("_")
            if name in self.defs:
                name = f"{self._prefix}{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
            self._names[kind] = name
            self.defs[name] = {}
            self.defs[name] = self.described(make(kind), kind)
        return {"$ref": f"#/$defs/{self._names[kind]}"}

    def described(self, schema: Schema, kind: type[Any]) -> Schema:
        """Return a schema with what a class says of itself, where nothing is said yet."""
        says = " ".join(own_doc(kind).split())
        return schema if not says or "description" in schema else {"description": says, **schema}

    def _table(self, kind: Any) -> Schema:
        return closed(self.properties(kind), self.required(kind))

    def properties(self, kind: Any, told: Any = None) -> dict[str, Schema]:
        """
        Return the schema of each field that a writer states: type, meaning, default.

        *told* is the class whose docstring tells the fields, where that is another one.
        """
        hints, says = _hints(kind), _says(told or kind)
        return {
            field.name: self._field(self.of(hints[field.name]), field, says.get(field.name, ""))
            for field in attrs.fields(kind)
            if field.init
        }

    def required(self, kind: Any) -> list[str]:
        """Return the names of the fields that must be stated."""
        return [
            field.name
            for field in attrs.fields(kind)
            if field.init and field.default is attrs.NOTHING
        ]

    def _field(self, schema: Schema, field: attrs.Attribute[Any], says: str) -> Schema:
        found = {"description": says, **schema} if says else schema
        default = None if isinstance(field.default, _FACTORY) else field.default
        written = None if default in (None, attrs.NOTHING) else to_json(default)
        # An empty default says no more than that the key may be left out.
        return found if written in (None, "", [], {}) else {**found, "default": written}

    def _outcome(self, kind: Any) -> Schema:
        """Return an outcome's parts: its public fields, or the properties it lists."""
        hints, says = _hints(kind), _says(kind)
        shown = getattr(kind, "shown", None) or [
            field.name for field in attrs.fields(kind) if not field.name.startswith("_")
        ]
        parts: dict[str, Schema] = {}
        for name in shown:
            if name in hints:
                hint, meaning = hints[name], says.get(name, "")
            else:
                getter = getattr_static(kind, name).fget
                hint, meaning = get_type_hints(getter)["return"], getdoc(getter) or ""
            told = {"description": " ".join(meaning.split())} if meaning else {}
            parts[name] = {**told, **self.of(hint)}
        return closed(parts, list(parts))

    # --- pieces that own forms are made of --------------------------------------------------------

    def table(self, values: Schema) -> Schema:
        """Return a table whose names are somebody's own, with values of one schema."""
        return {"type": "object", "additionalProperties": values or True}

    def unknown(self) -> Schema:
        """Return the word for a fact that is not known."""
        return {"const": UNKNOWN.value}

    def duration(self) -> Schema:
        """Return an ISO 8601 duration of days, hours, minutes and seconds."""
        ends = r"(?![\s\S]*[PT]$)"
        return {"type": "string", "pattern": f"^{ends}{_for_browsers(DURATION.pattern)[1:]}"}

    def condition(self) -> Schema:
        """Return a condition: one comparison, or conditions joined by `all`, `any` and `not`."""
        name = f"{self._prefix}Condition"
        here: Schema = {"$ref": f"#/$defs/{name}"}
        if name not in self.defs:
            value = {"type": ["string", "number", "boolean"]}
            several = {"type": "array", "items": value}
            several_below = {"type": "array", "items": here, "minItems": 1}
            words = {word: several if word in LISTS else value for word in OPERATORS}
            comparison = closed({"fact": {"type": "string"}, **words}, ["fact"])
            self.defs[name] = {
                "description": "One fact compared with a value, or conditions joined by `all`, "
                "`any` and `not`.",
                "anyOf": [
                    {**comparison, "minProperties": 2, "maxProperties": 2},
                    closed({"all": several_below}, ["all"]),
                    closed({"any": several_below}, ["any"]),
                    closed({"not": here}, ["not"]),
                ],
            }
        return here

    def whole(self, root: Schema, name: str, says: str) -> Schema:
        """
        Return a schema that stands alone: with its dialect, address, title and classes.

        The address is that of the file beside others, so that it holds wherever they lie.
        """
        head = {"$schema": DIALECT, "$id": f"{name}.json", "title": name, "description": says}
        rest = {key: part for key, part in root.items() if key not in head}
        return {**head, **rest, **({"$defs": self.defs} if self.defs else {})}


_FACTORY: Any = type(attrs.Factory(dict))
_hints = cache(get_type_hints)
_says = cache(attributes_of)


def _held_by_name(kind: type[Any]) -> Any:
    """Return what a class that is a mapping of its own holds; None for any other."""
    if not issubclass(kind, Mapping):
        return None
    bases = getattr(kind, "__orig_bases__", ())
    return next((get_args(base)[1] for base in bases if get_origin(base) is not None), None)


def closed(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """Return a table with these keys and no other."""
    needed = list(required)
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def any_of(parts: Iterable[Schema]) -> Schema:
    """
    Return what one of several schemas fits.

    Examples:
        >>> any_of([{"type": "string"}, {"type": "null"}])
        {'type': ['string', 'null']}
    """
    found: list[Schema] = []
    for part in parts:
        found += part["anyOf"] if set(part) == {"anyOf"} else [part]
    if len(found) == 1:
        return found[0]
    kinds = [part["type"] for part in found if set(part) == {"type"}]
    if len(kinds) == len(found):
        return {"type": kinds}
    return {"anyOf": found}


def one_or_list(item: Schema) -> Schema:
    """Return one value, or a list of such values of which any will do."""
    return any_of([item, {"type": "array", "items": item}])


def chosen(key: str, value: str, part: str, schema: Schema, needed: bool) -> Schema:
    """Return that *part* fits a schema where *key* is *value*; where needed it must be there."""
    then: Schema = {"properties": {part: schema}}
    if needed:
        then["required"] = [part]
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": then}
