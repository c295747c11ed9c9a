"""Money that stays exact until it is written: one rounding, at the end."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final, Self

import attrs

from bankservice.core.money import Rounding, digits_of, divide, plain

__all__ = ["Scale", "checked_share", "exact", "finite"]

MOST_DIGITS: Final = 12


def exact(amount: str | Decimal | int) -> Fraction:
    """Return an amount in major units, exact."""
    return Fraction(Decimal(amount))


def finite(number: Fraction) -> Decimal:
    """
    Return a number that has finitely many decimals, such as a share of some points, as a Decimal.

    Examples:
        >>> finite(Fraction(1021, 2))
        Decimal('510.5')
    """
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    return Decimal(plain(int(number * 10**places), places))


@attrs.frozen(kw_only=True)
class Scale:
    """
    How fine amounts are written, and how they are rounded, once.

    Attributes:
        digits: Digits after the point.
        rounding: How.

    Examples:
        >>> cents = Scale.of("CNY", Rounding.HALF_UP)
        >>> cents.amount(cents.units(Fraction(156_682, 1_000)))
        Decimal('156.68')
    """

    digits: int
    rounding: Rounding

    @classmethod
    def of(cls, currency: str, rounding: Rounding, digits: int | None = None) -> Self:
        """
        Return the scale of a currency, or of so many digits instead of its own.

        Raises:
            UnknownNameError: If the currency is not known.
            ValueError: If the digits are too many, or below 0.
        """
        own = digits_of(currency)
        places = own if digits is None else digits
        if not 0 <= places <= MOST_DIGITS:
            raise ValueError(
                f"amounts have 0 to {MOST_DIGITS} digits after the point, not {places}."
            )
        return cls(digits=places, rounding=rounding)

    def units(self, amount: Fraction) -> int:
        """Return an exact amount in major units as units of the scale, rounded."""
        scaled = amount * 10**self.digits
        return divide(scaled.numerator, scaled.denominator, self.rounding)

    def amount(self, units: int) -> Decimal:
        """Return units of the scale as an amount in major units."""
        return Decimal(plain(units, self.digits))

    def written(self, amount: Fraction) -> Decimal:
        """Return an exact amount in major units, rounded."""
        return self.amount(self.units(amount))


def checked_share(share: Decimal, name: str) -> Decimal:
    """
    Return a share after checking that it is one.

    Raises:
        ValueError: If it is below 0 or above 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"{name} is {share}; a share lies between 0 and 1.")
    return share
