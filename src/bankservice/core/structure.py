"""
The one strict reading room: raw tables in, typed values out, every fault at once.

Policies, facts and commands are all read here. Unknown keys are refused with the near names,
nothing is coerced, and each fault names its path. `POLICY` reads what TOML gives (dates are
TOML's own); `FACTS` also takes ISO text for dates and text for numbers, as JSON and case tables
write them.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from typing import Any, Final, Literal, NewType, TypeVar, Union, get_args, get_origin

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

from bankservice.core.calendar import Period, aware
from bankservice.core.conditions import (
    All,
    Any_,
    Comparison,
    Condition,
    Not,
    read_condition,
    to_raw,
)
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, Unknown

__all__ = ["FACTS", "POLICY", "Amount", "Reader", "canonical", "digest", "to_json"]

T = TypeVar("T")

Amount = NewType("Amount", str)
"""An amount as text in major units, such as `"50000.00"`; its unit is known elsewhere."""


class _Refused(ValueError):
    """A value a hook refuses; turned into a `Fault` with the path where it stood."""

    def __init__(self, got: object, wanted: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(got, wanted)
        self.got = got
        self.wanted = wanted
        self.near = near


def _named(value: object) -> str:
    if isinstance(value, Decimal):
        return f"the number {value}"
    text = repr(value)
    return (
        f"{type(value).__name__} {text}"
        if len(text) <= 60
        else f"{type(value).__name__} {text[:57]}…"
    )


def _exactly(kind: type[T], wanted: str) -> Callable[[Any, Any], T]:
    def hook(value: Any, _: Any) -> T:
        if type(value) is not kind:
            raise _Refused(value, wanted)
        return value

    return hook


def _text(value: Any, _: Any) -> str:
    if type(value) is not str:
        raise _Refused(value, "text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Refused(value, "text that UTF-8 can write") from None
    return value


def _number(value: Any, _: Any) -> Decimal:
    if isinstance(value, str):
        if not value.isascii():
            raise _Refused(value, "a number in ASCII digits")
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise _Refused(value, "a number") from None
    if type(value) not in (int, Decimal):
        raise _Refused(
            value,
            "a number, not a float; write it as text" if isinstance(value, float) else "a number",
        )
    number = Decimal(value)
    if not number.is_finite():
        raise _Refused(value, "a finite number")
    if abs(number.adjusted()) > 40:
        raise _Refused(value, "a number of at most 40 digits")
    return number


def _amount(value: Any, _: Any) -> Amount:
    if not isinstance(value, str):
        raise _Refused(value, 'an amount as text, such as "50000.00"')
    _number(value, None)
    return Amount(value)


def _date(value: Any, _: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _Refused(value, "a date such as 2026-01-31")
    return date(value.year, value.month, value.day)


def _moment(value: Any, _: Any) -> datetime:
    if not isinstance(value, datetime):
        raise _Refused(value, "an aware datetime such as 2026-01-31T10:00:00+08:00")
    try:
        return aware(value)
    except ValueError:
        raise _Refused(
            value, "a datetime with its offset, such as 2026-01-31T10:00:00+08:00"
        ) from None


def _time(value: Any, _: Any) -> time:
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            raise _Refused(value, 'a local time such as "17:00"') from None
    if not isinstance(value, time) or value.tzinfo is not None:
        raise _Refused(value, 'a local time such as "17:00"')
    return value


def _from_iso(kind: type[date], inner: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def hook(value: Any, target: Any) -> Any:
        if isinstance(value, str):
            try:
                value = kind.fromisoformat(value)
            except ValueError:
                raise _Refused(value, f"a {kind.__name__} in ISO form") from None
        return inner(value, target)

    return hook


def _integer_text(value: Any, _: Any) -> int:
    if isinstance(value, str):
        if not value.isascii():
            raise _Refused(value, "a whole number in ASCII digits")
        try:
            return int(value)
        except ValueError:
            raise _Refused(value, "a whole number") from None
    if type(value) is not int:
        raise _Refused(value, "a whole number")
    return value


def _period(value: Any, _: Any) -> Period:
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        raise _Refused(value, 'a period such as "P6M"')
    try:
        return Period.parse(value)
    except ValueError:
        raise _Refused(value, 'a period of years, months, weeks or days such as "P6M"') from None


def _enum(value: Any, kind: type[Enum]) -> Enum:
    if isinstance(value, kind):
        return value
    known = [str(member.value) for member in kind]
    for member in kind:
        if member.value == value and type(member.value) is type(value):
            return member
    raise _Refused(value, "one of " + ", ".join(known), near_names(str(value), known))


def _literal(value: Any, kind: Any) -> Any:
    known = get_args(kind)
    for choice in known:
        if choice == value and type(choice) is type(value):
            return choice
    words = [str(choice) for choice in known]
    raise _Refused(value, "one of " + ", ".join(words), near_names(str(value), words))


def _may_be_unknown(kind: Any) -> bool:
    if get_origin(kind) not in (Union, types.UnionType):
        return False
    return any(
        part is Unknown or (get_origin(part) is Literal and Unknown.UNKNOWN in get_args(part))
        for part in get_args(kind)
    )


def _is_amount(kind: Any) -> bool:
    return bool(kind == Amount)


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
        hook(str, _text)
        hook(bool, _exactly(bool, "true or false"))
        hook(int, _integer_text if texts else _exactly(int, "a whole number"))
        hook(Decimal, _number)
        hook(date, _from_iso(date, _date) if texts else _date)
        hook(datetime, _from_iso(datetime, _moment) if texts else _moment)
        hook(time, _time)
        hook(Period, _period)
        converter.register_structure_hook_func(_is_amount, _amount)
        converter.register_structure_hook_func(_is_literal, _literal)
        converter.register_structure_hook_func(
            lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum
        )
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
                raise _Refused(
                    value, f"a table with {', '.join(f.name for f in attrs.fields(kind))}"
                )
            return inner(value, target)

        return hook

    def _own(self, value: Any, kind: Any) -> Any:
        return value if isinstance(value, kind) else kind.__read__(value, self)

    def _condition(self, value: Any, kind: Any) -> Condition | None:
        if value is None and type(None) in get_args(kind):
            return None
        if isinstance(value, (All, Any_, Comparison, Not)):
            return value
        return read_condition(_untagged(value) if self._texts else value)

    def _tuple(self, value: Any, kind: Any) -> tuple[Any, ...]:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            raise _Refused(value, "a list")
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
            raise _Refused(value, "a table")
        inner = get_args(kind)[1]
        held: dict[str, Any] = {}
        errors: list[Exception] = []
        for key, item in value.items():
            try:
                held[_text(key, str)] = self._converter.structure(item, inner)
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
    if isinstance(error, _Refused):
        return [Fault(path, _named(error.got), error.wanted, error.near)]
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
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, (Comparison, All, Any_, Not)):
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
