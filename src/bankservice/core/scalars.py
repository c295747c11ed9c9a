"""
How single values are read: nothing is coerced, and what is refused says what was wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from typing import Any, NewType, TypeVar, get_args

from bankservice.core.calendar import Period, aware
from bankservice.core.errors import near_names

__all__ = [
    "Amount",
    "RefusedError",
    "amount",
    "choice",
    "day",
    "exactly",
    "from_iso",
    "integer_text",
    "local_time",
    "member",
    "moment",
    "named",
    "number",
    "period",
    "ratio",
    "text",
]

T = TypeVar("T")

_LONGEST_RATIO = 200

Amount = NewType("Amount", str)
"""An amount as text in major units, such as `"50000.00"`; its unit is known elsewhere."""


class RefusedError(ValueError):
    """A value a hook refuses; turned into a `Fault` with the path where it stood."""

    def __init__(self, got: object, wanted: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(got, wanted)
        self.got = got
        self.wanted = wanted
        self.near = near


def named(value: object) -> str:
    """Return a value as a message names it: its type and how it was written."""
    if isinstance(value, Decimal):
        return f"the number {value}"
    try:
        text = repr(value)
    except ValueError:
        # A whole number of thousands of digits is not written by Python.
        text = "too long to be written"
    return (
        f"{type(value).__name__} {text}"
        if len(text) <= 60
        else f"{type(value).__name__} {text[:57]}…"
    )


def exactly(kind: type[T], wanted: str) -> Callable[[Any, Any], T]:
    """Return a hook that takes values of exactly one type."""

    def hook(value: Any, _: Any) -> T:
        if type(value) is not kind:
            raise RefusedError(value, wanted)
        return value

    return hook


def text(value: Any, _: Any) -> str:
    """Read text."""
    if type(value) is not str:
        raise RefusedError(value, "text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RefusedError(value, "text that UTF-8 can write") from None
    return value


def number(value: Any, _: Any) -> Decimal:
    """Read a finite number: a whole one, a Decimal, or text."""
    if isinstance(value, str):
        if not value.isascii():
            raise RefusedError(value, "a number in ASCII digits")
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise RefusedError(value, "a number") from None
    if type(value) not in (int, Decimal):
        raise RefusedError(
            value,
            "a number, not a float; write it as text" if isinstance(value, float) else "a number",
        )
    number = Decimal(value)
    if not number.is_finite():
        raise RefusedError(value, "a finite number")
    if abs(number.adjusted()) > 40:
        raise RefusedError(value, "a number of at most 40 digits")
    return number


def ratio(value: Any, _: Any) -> Fraction:
    """Read an exact number: as `number` does, or a quotient as text, such as `"1/3"`."""
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str) or "/" not in value:
        return Fraction(number(value, None))
    above, _, below = value.partition("/")
    if len(value) > _LONGEST_RATIO:
        raise RefusedError(value, f"a quotient of at most {_LONGEST_RATIO} characters")
    if not (above.removeprefix("-").isdecimal() and below.isdecimal() and value.isascii()):
        raise RefusedError(value, "a quotient of whole numbers")
    if not int(below):
        raise RefusedError(value, "a quotient whose divisor is not 0")
    return Fraction(int(above), int(below))


def amount(value: Any, _: Any) -> Amount:
    """Read an amount, which stands as text."""
    if not isinstance(value, str):
        raise RefusedError(value, 'an amount as text, such as "50000.00"')
    number(value, None)
    return Amount(value)


def day(value: Any, _: Any) -> date:
    """Read a date."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise RefusedError(value, "a date such as 2026-01-31")
    return date(value.year, value.month, value.day)


def moment(value: Any, _: Any) -> datetime:
    """Read an aware datetime."""
    if not isinstance(value, datetime):
        raise RefusedError(value, "an aware datetime such as 2026-01-31T10:00:00+08:00")
    try:
        return aware(value)
    except ValueError:
        raise RefusedError(
            value, "a datetime with its offset, such as 2026-01-31T10:00:00+08:00"
        ) from None


def local_time(value: Any, _: Any) -> time:
    """Read a local time without zone."""
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            raise RefusedError(value, 'a local time such as "17:00"') from None
    if not isinstance(value, time) or value.tzinfo is not None:
        raise RefusedError(value, 'a local time such as "17:00"')
    return value


def from_iso(kind: type[date], inner: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a hook that also takes ISO text."""

    def hook(value: Any, target: Any) -> Any:
        if isinstance(value, str):
            try:
                value = kind.fromisoformat(value)
            except ValueError:
                raise RefusedError(value, f"a {kind.__name__} in ISO form") from None
        return inner(value, target)

    return hook


def integer_text(value: Any, _: Any) -> int:
    """Read a whole number that may stand as text."""
    if isinstance(value, str):
        if not value.isascii():
            raise RefusedError(value, "a whole number in ASCII digits")
        try:
            return int(value)
        except ValueError:
            raise RefusedError(value, "a whole number") from None
    if type(value) is not int:
        raise RefusedError(value, "a whole number")
    return value


def period(value: Any, _: Any) -> Period:
    """Read a period."""
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        raise RefusedError(value, 'a period such as "P6M"')
    try:
        return Period.parse(value)
    except ValueError:
        raise RefusedError(
            value, 'a period of years, months, weeks or days such as "P6M"'
        ) from None


def member(value: Any, kind: type[Enum]) -> Enum:
    """Read a member of an enum by its value."""
    if isinstance(value, kind):
        return value
    known = [str(member.value) for member in kind]
    for member in kind:
        if member.value == value and type(member.value) is type(value):
            return member
    raise RefusedError(value, "one of " + ", ".join(known), near_names(str(value), known))


def choice(value: Any, kind: Any) -> Any:
    """Read one of the choices of a `Literal`."""
    known = get_args(kind)
    for choice in known:
        if choice == value and type(choice) is type(value):
            return choice
    words = [str(choice) for choice in known]
    raise RefusedError(value, "one of " + ", ".join(words), near_names(str(value), words))
