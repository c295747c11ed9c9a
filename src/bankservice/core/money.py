"""
Money as integers of minor units, and exchange rates that are dated and exact.

No `float` enters: a float amount is refused wherever money is read. Digits after the point come
from ISO 4217, not from a display library.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Final, Self

import attrs
import iso4217

from bankservice.core.errors import UnknownNameError

__all__ = [
    "CURRENCIES",
    "ExchangeRates",
    "Money",
    "Quote",
    "Rounding",
    "digits_of",
    "divide",
    "parse_minor",
    "plain",
]


class Rounding(Enum):
    """How an exact quotient becomes an integer."""

    DOWN = "down"
    """Towards zero."""
    FLOOR = "floor"
    """Towards minus infinity."""
    CEILING = "ceiling"
    """Towards plus infinity."""
    HALF_UP = "half-up"
    """To the nearest; a half away from zero."""
    HALF_EVEN = "half-even"
    """To the nearest; a half to the even neighbour."""


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """
    Return *numerator* / *denominator* as an integer.

    Args:
        numerator: Any integer.
        denominator: Greater than zero.
        rounding: Has no default: rounding is always named.

    Examples:
        >>> (
        ...     divide(5, 2, Rounding.HALF_EVEN),
        ...     divide(5, 2, Rounding.HALF_UP),
        ...     divide(-5, 2, Rounding.DOWN),
        ... )
        (2, 3, -2)
    """
    if type(numerator) is not int or type(denominator) is not int:
        raise TypeError(
            "only an int is divided by an int, "
            f"got {type(numerator).__name__} and {type(denominator).__name__}."
        )
    if denominator <= 0:
        raise ValueError(f"the denominator is {denominator}; pass one greater than zero.")
    quotient, rest = divmod(numerator, denominator)
    if rest == 0 or rounding is Rounding.FLOOR:
        return quotient
    if rounding is Rounding.CEILING:
        return quotient + 1
    if rounding is Rounding.DOWN:
        return quotient + 1 if numerator < 0 else quotient
    twice = 2 * rest - denominator
    if twice == 0:
        up = quotient % 2 == 1 if rounding is Rounding.HALF_EVEN else numerator > 0
    else:
        up = twice > 0
    return quotient + 1 if up else quotient


CURRENCIES: Final[Mapping[str, int]] = {
    currency.code: currency.exponent
    for currency in iso4217.Currency
    if currency.exponent is not None
}
"""Currency → digits after the point; gold and test codes, which have no minor unit, are left out."""


@lru_cache(maxsize=512)
def digits_of(currency: str) -> int:
    """
    Return how many digits ISO 4217 gives *currency* after the point.

    Raises:
        UnknownNameError: If the code is not listed, or (gold, test codes) has no minor unit.

    Examples:
        >>> digits_of("CNY"), digits_of("JPY"), digits_of("KWD")
        (2, 0, 3)
    """
    digits = CURRENCIES.get(currency)
    if digits is None:
        raise UnknownNameError("currency", currency, CURRENCIES)
    return digits


def parse_minor(amount: object, digits: int) -> int:
    """
    Return *amount* in units of 10^-*digits*.

    Args:
        amount: Text such as `"50000.00"`, an `int` or a finite `Decimal`, in major units.
        digits: Digits after the point that the unit has.

    Raises:
        TypeError: If it is a `float`, a `bool` or anything else.
        ValueError: If it is not a finite number, or finer than the unit.

    Examples:
        >>> parse_minor("50000.00", 2)
        5000000
    """
    if isinstance(amount, bool) or not isinstance(amount, (str, int, Decimal)):
        raise TypeError(
            f"an amount must be text such as '50000.00', an int or a Decimal; got {type(amount).__name__}."
        )
    if isinstance(amount, str) and not amount.isascii():
        raise ValueError(f"{amount!r} is not a number; write ASCII digits, like '50000.00'.")
    try:
        number = Decimal(amount.strip()) if isinstance(amount, str) else Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"{amount!r} is not a number; write it like '50000.00'.") from None
    if not number.is_finite():
        raise ValueError(f"{amount!r} is not a finite amount.")
    if abs(number.adjusted()) > 40:
        raise ValueError(f"{amount!r} is outside what money can be; write at most 40 digits.")
    sign, figures, exponent = number.as_tuple()
    minor = int("".join(map(str, figures)))
    shift = int(exponent) + digits
    if shift >= 0:
        minor *= int(10**shift)
    else:
        minor, lost = divmod(minor, 10**-shift)
        if lost:
            raise ValueError(f"{amount} is finer than {digits} digits after the point allow.")
    return -minor if sign else minor


def plain(minor: int, digits: int) -> str:
    """
    Return minor units as plain text in major units.

    Examples:
        >>> plain(-5, 2), plain(5000000, 2), plain(7, 0)
        ('-0.05', '50000.00', '7')
    """
    sign = "-" if minor < 0 else ""
    whole = str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else sign + whole


@attrs.frozen
class Money:
    """
    An exact amount in one currency.

    Amounts of one currency add, subtract and compare; nothing multiplies itself. Use `share`
    for a fraction with a named rounding and `split` for parts that sum to the whole.

    Attributes:
        minor: Integer of minor units (cents, fen); may be negative.
        currency: ISO 4217 code.

    Examples:
        >>> Money.of("0.10", "CNY") + Money.of("0.20", "CNY")
        Money(minor=30, currency='CNY')
        >>> [part.minor for part in Money(100, "CNY").split(3)]
        [34, 33, 33]
    """

    minor: int
    currency: str

    def __attrs_post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(
                f"Money.minor must be an int of minor units, got {type(self.minor).__name__}."
            )
        digits_of(self.currency)

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Self:
        """
        Read an amount in major units.

        Raises:
            TypeError: If it is a float.
            ValueError: If it is no finite number or finer than the currency's minor unit.
            UnknownNameError: If the currency is not known.
        """
        return cls(parse_minor(amount, digits_of(currency)), currency)

    def __str__(self) -> str:
        return f"{plain(self.minor, digits_of(self.currency))} {self.currency}"

    def _other(self, other: object) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money works with Money only, got {type(other).__name__}.")
        if other.currency != self.currency:
            raise ValueError(
                f"{self.currency} and {other.currency} do not mix; convert one with ExchangeRates first."
            )
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._other(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._other(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._other(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._other(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._other(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._other(other)

    def share(self, part: Fraction | Decimal | int, rounding: Rounding) -> Money:
        """Return *part* times this amount, rounded once as named."""
        if isinstance(part, bool) or not isinstance(part, (Fraction, Decimal, int)):
            raise TypeError(
                f"a share must be a Fraction, Decimal or int, got {type(part).__name__}."
            )
        exact = Fraction(part) * self.minor
        return Money(divide(exact.numerator, exact.denominator, rounding), self.currency)

    def split(self, parts: int) -> tuple[Money, ...]:
        """Return *parts* amounts that sum to this one and differ by at most one minor unit."""
        if parts < 1:
            raise ValueError(f"cannot split into {parts} parts; pass 1 or more.")
        each, rest = divmod(self.minor, parts)
        return tuple(Money(each + (index < rest), self.currency) for index in range(parts))


@attrs.frozen
class Quote:
    """
    One published rate: one major unit of *currency* is *rate* units of the home currency.

    Attributes:
        currency: ISO 4217 code of the foreign currency.
        on: Day from which the rate holds, until the next quote.
        rate: Exact; greater than zero.
    """

    currency: str
    on: date
    rate: Decimal

    def __attrs_post_init__(self) -> None:
        digits_of(self.currency)
        rate: object = self.rate
        if not isinstance(rate, Decimal) or not rate.is_finite() or rate <= 0:
            raise ValueError(
                f"the rate of {self.currency} on {self.on} must be a Decimal above zero."
            )


class ExchangeRates:
    """
    A dated table of rates into one home currency.

    The rate of a day is the last one published on or before it; a day before the first quote has
    none, which is an answer (`None`), not an error.

    Examples:
        >>> rates = ExchangeRates("CNY", [Quote("USD", date(2026, 1, 2), Decimal("7.0123"))])
        >>> rates.convert(100_00, "USD", date(2026, 1, 5), Rounding.HALF_EVEN)
        70123
        >>> rates.convert(100_00, "USD", date(2026, 1, 1), Rounding.HALF_EVEN) is None
        True
    """

    __slots__ = ("_days", "_scaled", "home", "quotes")

    def __init__(self, home: str, quotes: Iterable[Quote]) -> None:
        """
        Build the table.

        Args:
            home: ISO 4217 code amounts are converted into.
            quotes: In any order; two for one currency and day are refused.
        """
        self.home = home
        self.quotes = tuple(sorted(quotes, key=lambda quote: (quote.currency, quote.on)))
        home_digits = digits_of(home)
        days: dict[str, list[int]] = {}
        scaled: dict[str, list[tuple[int, int]]] = {}
        for quote in self.quotes:
            if quote.currency == home:
                raise ValueError(f"{home} is the home currency; its rate is 1 and is not quoted.")
            known = days.setdefault(quote.currency, [])
            if known and known[-1] == quote.on.toordinal():
                raise ValueError(f"{quote.currency} has two rates on {quote.on}; keep one.")
            exact = Fraction(quote.rate) * Fraction(10) ** (home_digits - digits_of(quote.currency))
            known.append(quote.on.toordinal())
            scaled.setdefault(quote.currency, []).append((exact.numerator, exact.denominator))
        self._days: Mapping[str, list[int]] = days
        self._scaled: Mapping[str, list[tuple[int, int]]] = scaled

    def ratio(self, currency: str, day: date) -> tuple[int, int] | None:
        """Return the rate between minor units as (numerator, denominator), or None if unknown."""
        if currency == self.home:
            return (1, 1)
        known = self._days.get(currency)
        if known is None:
            digits_of(currency)
            return None
        place = bisect_right(known, day.toordinal()) - 1
        return self._scaled[currency][place] if place >= 0 else None

    def changes(self, currency: str, start: date, end: date) -> tuple[date, ...]:
        """Return the days in [*start*, *end*) on which a new rate of *currency* begins."""
        known = self._days.get(currency, [])
        low, high = bisect_left(known, start.toordinal()), bisect_left(known, end.toordinal())
        return tuple(date.fromordinal(ordinal) for ordinal in known[low:high])

    def convert(self, minor: int, currency: str, day: date, rounding: Rounding) -> int | None:
        """Return *minor* units of *currency* in the home currency on *day*, or None if unknown."""
        ratio = self.ratio(currency, day)
        return None if ratio is None else divide(minor * ratio[0], ratio[1], rounding)
