"""
The one strict reading room: raw tables in, typed values out, every fault at once.

Policies, facts and commands are all read here. Unknown keys are refused with the near names,
nothing is coerced, and each fault names its path. `POLICY` reads what TOML gives (dates are
TOML's own); `FACTS` also takes ISO text for dates and text for numbers, as JSON and case tables
write them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import Converter, IterableValidationError
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn

from bankservice.core import scalars
from bankservice.core.calendar import Period
from bankservice.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    read_condition,
)
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, Unknown

__all__ = ["FACTS", "POLICY", "Reader"]

T = TypeVar("T")


def _may_be_unknown(kind: Any) -> bool:
    if get_origin(kind) not in (Union, types.UnionType):
        return False
    return any(
        part is Unknown or (get_origin(part) is Literal and Unknown.UNKNOWN in get_args(part))
        for part in get_args(kind)
    )


def _is_amount(kind: Any) -> bool:
    return bool(kind == scalars.Amount)


def _is_literal(kind: Any) -> bool:
    return bool(get_origin(kind) == Literal)


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in (FrozenMapping, Mapping)


def _is_condition(kind: Any) -> bool:
    return bool(get_args(kind)) and set(get_args(kind)) - {type(None)} == set(get_args(Condition))


class Reader:
    """
    Reads raw tables into typed values, strictly.

    Examples:
        >>> @attrs.frozen
        ... class Row:
        ...     code: str
        ...     step: int = 1
        >>> POLICY.read({"code": "A"}, Row, "row")
        Row(code='A', step=1)
        >>> POLICY.read({"cod": "A", "step": "2"}, Row, "row")
        Traceback (most recent call last):
        ...
        bankservice.core.errors.FaultsError: row has 3 faults:
          code: got nothing, wanted a value
          step: got str '2', wanted a whole number
          cod: got an unknown key, wanted one of code, step; did you mean code?
    """

    def __init__(self, *, texts: bool) -> None:
        """
        Build a reader.

        Args:
            texts: Whether dates and whole numbers may stand as text.
        """
        self._texts = texts
        converter = Converter(detailed_validation=True, forbid_extra_keys=True)
        hook = converter.register_structure_hook
        hook(str, scalars.text)
        hook(bool, scalars.exactly(bool, "true or false"))
        hook(int, scalars.integer_text if texts else scalars.exactly(int, "a whole number"))
        hook(Decimal, scalars.number)
        hook(Fraction, scalars.ratio)
        hook(date, scalars.from_iso(date, scalars.day) if texts else scalars.day)
        hook(datetime, scalars.from_iso(datetime, scalars.moment) if texts else scalars.moment)
        hook(time, scalars.local_time)
        hook(Period, scalars.period)
        converter.register_structure_hook_func(_is_amount, scalars.amount)
        converter.register_structure_hook_func(_is_literal, scalars.choice)
        # Older releases of cattrs ask their own hook for `Enum` before those found by a condition.
        hook(Enum, scalars.member)
        converter.register_structure_hook_func(_is_condition, self._condition)
        converter.register_structure_hook_func(_is_list, self._tuple)
        converter.register_structure_hook_func(_is_mapping, self._mapping)
        converter.register_structure_hook_func(_may_be_unknown, self._unknown_or)
        converter.register_structure_hook_func(lambda kind: hasattr(kind, "__read__"), self._own)
        converter.register_structure_hook_factory(
            lambda kind: attrs.has(kind) and not hasattr(kind, "__read__"), self._class
        )
        self._converter = converter

    def read(self, raw: object, kind: type[T], what: str) -> T:
        """
        Return *raw* as a *kind*.

        Args:
            raw: What TOML, JSON or a caller gave.
            kind: An attrs class or a type built from the ones this room knows.
            what: What is read, to begin the message.

        Raises:
            FaultsError: With every fault and its path.
        """
        try:
            return self._converter.structure(raw, kind)
        except (BaseValidationError, ValueError, TypeError, LookupError) as error:
            raise FaultsError(what, tuple(_faults(error, ""))) from None

    def _class(self, kind: Any) -> Callable[[Any, Any], Any]:
        inner = make_dict_structure_fn(kind, self._converter, _cattrs_forbid_extra_keys=True)

        def hook(value: Any, target: Any) -> Any:
            if isinstance(value, kind):
                return value
            if not isinstance(value, Mapping):
                raise scalars.RefusedError(
                    value, f"a table with {', '.join(f.name for f in attrs.fields(kind))}"
                )
            # A key that is no text names no field; told as text, it is one unknown key among others.
            return inner({str(key): part for key, part in value.items()}, target)

        return hook

    def _own(self, value: Any, kind: Any) -> Any:
        return value if isinstance(value, kind) else kind.__read__(value, self)

    def _condition(self, value: Any, kind: Any) -> Condition | None:
        if value is None and type(None) in get_args(kind):
            return None
        if isinstance(value, (AllOf, AnyOf, Comparison, Not)):
            return value
        return read_condition(_untagged(value) if self._texts else value)

    def _tuple(self, value: Any, kind: Any) -> tuple[Any, ...]:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            raise scalars.RefusedError(value, "a list")
        inner = get_args(kind)[0]
        held: list[Any] = []
        errors: list[Exception] = []
        for index, item in enumerate(value):
            try:
                held.append(self._converter.structure(item, inner))
            except Exception as error:  # noqa: BLE001 - collected, so that all faults are told at once
                _note(error, IterableValidationNote(f"[{index}]", index, inner))
                errors.append(error)
        if errors:
            raise IterableValidationError("list", errors, tuple)
        return tuple(held)

    def _mapping(self, value: Any, kind: Any) -> FrozenMapping[str, Any]:
        if not isinstance(value, Mapping):
            raise scalars.RefusedError(value, "a table")
        inner = get_args(kind)[1]
        held: dict[str, Any] = {}
        errors: list[Exception] = []
        for key, item in value.items():
            try:
                held[scalars.text(key, str)] = self._converter.structure(item, inner)
            except Exception as error:  # noqa: BLE001 - collected, so that all faults are told at once
                _note(error, AttributeValidationNote(key, key, inner))
                errors.append(error)
        if errors:
            raise ClassValidationError("table", errors, dict)
        return FrozenMapping(held)

    def _unknown_or(self, value: Any, kind: Any) -> Any:
        if value is UNKNOWN or value == UNKNOWN.value:
            return UNKNOWN
        rest = [
            part
            for part in get_args(kind)
            if part is not Unknown
            and not (get_origin(part) is Literal and UNKNOWN in get_args(part))
        ]
        if value is None and type(None) in rest:
            return None
        narrowed: Any = Union[tuple(rest)]  # noqa: UP007 - built at run time
        return self._converter.structure(value, narrowed)


def _note(error: BaseException, note: Any) -> None:
    error.__notes__ = [*getattr(error, "__notes__", []), note]


def _place(error: BaseException) -> str:
    for note in reversed(getattr(error, "__notes__", [])):
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
        if isinstance(note, AttributeValidationNote):
            return str(note.name)
    return ""


def _join(path: str, place: str) -> str:
    if not place or not path:
        return path or place
    return path + place if place.startswith("[") else f"{path}.{place}"


def _faults(error: BaseException, path: str) -> list[Fault]:
    """Flatten what cattrs and our hooks raised into faults with paths."""
    if isinstance(error, (BaseValidationError, ExceptionGroup)):
        found: list[Fault] = []
        for part in error.exceptions:
            found.extend(_faults(part, _join(path, _place(part))))
        return found
    if isinstance(error, scalars.RefusedError):
        return [Fault(path, scalars.named(error.got), error.wanted, error.near)]
    if isinstance(error, FaultsError):
        return [
            attrs.evolve(fault, path=_join(path, fault.path.lstrip("."))) for fault in error.faults
        ]
    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        wanted = "one of " + ", ".join(known) if known else "no key"
        return [
            Fault(_join(path, str(key)), "an unknown key", wanted, near_names(str(key), known))
            for key in sorted(error.extra_fields, key=str)
        ]
    if isinstance(error, KeyError):
        return [
            Fault(
                _join(path, str(error.args[0])) if not path.endswith(str(error.args[0])) else path,
                "nothing",
                "a value",
            )
        ]
    return [Fault(path, "this value", str(error))]


POLICY: Final = Reader(texts=False)
"""Reads policy files: strict TOML."""

FACTS: Final = Reader(texts=True)
"""Reads facts, commands and kept texts: dates and whole numbers may stand as text."""


def _untagged(raw: object) -> object:
    """Return the raw condition that `_tagged` wrote."""
    if isinstance(raw, Mapping):
        if set(raw) == {"date"}:
            return FACTS.read(raw["date"], date, "date")
        if set(raw) == {"number"}:
            return FACTS.read(raw["number"], Decimal, "number")
        return {key: _untagged(item) for key, item in raw.items()}
    if isinstance(raw, list):
        return [_untagged(item) for item in raw]
    return raw
