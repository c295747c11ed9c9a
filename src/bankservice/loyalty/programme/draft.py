"""
What checks of a programme share: the numbers of its currencies, its trees, its groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

import attrs

from bankservice.core.conditions import Condition
from bankservice.core.errors import near_names
from bankservice.core.institution import check_currency, check_zone
from bankservice.core.money import parse_minor
from bankservice.core.policy import Faults, Library
from bankservice.core.terms import Terms
from bankservice.loyalty.programme.merchants import groups_of
from bankservice.loyalty.programme.scheme import EARNING_FACTS, Ratio
from bankservice.loyalty.programme.table import ProgrammeTable

__all__ = ["Coded", "Draft", "ratio_of"]

_MOST_SCALE = 6


class Coded(Protocol):
    """A row with a code."""

    @property
    def code(self) -> str:
        """Its code."""


@attrs.frozen(eq=False)
class Draft:
    """
    A programme while it is checked.

    Attributes:
        table: As written.
        faults: Takes what is wrong.
        library: Finds what it links.
        digits: Digits of its currency.
        unit: Smallest units of a point.
        groups: Groups of merchants.
        terms: What conditions may name, but for what the version declares.
    """

    table: ProgrammeTable
    faults: Faults
    library: Library
    digits: int
    unit: int
    groups: Mapping[str, frozenset[str]]
    terms: Terms

    @classmethod
    def of(cls, table: ProgrammeTable, faults: Faults, library: Library) -> Draft:
        """Begin checking *table*."""
        check_zone(table.zone, "zone", faults)
        digits = check_currency(table.currency, "currency", faults)
        scale = table.points.scale
        if not 0 <= scale <= _MOST_SCALE:
            faults.add("points.scale", scale, f"0 to {_MOST_SCALE} digits")
            scale = 0
        if not table.points.code.strip():
            faults.add("points.code", repr(table.points.code), "a code")
        if not 1 <= table.statement_day <= 31:
            faults.add("statement_day", table.statement_day, "a day from 1 to 31")
        return cls(
            table,
            faults,
            library,
            2 if digits is None else digits,
            10**scale,
            groups_of(table.merchants, faults),
            Terms.of(EARNING_FACTS, {}, library),
        )

    def check_codes(self, name: str, rows: Iterable[Coded]) -> None:
        """Note codes that are empty or stand twice in one table."""
        seen: set[str] = set()
        for index, row in enumerate(rows):
            path = f"{name}[{index}].code"
            if not row.code.strip() or row.code.startswith("="):
                self.faults.add(path, repr(row.code), "a code that is not empty")
            elif row.code in seen:
                self.faults.add(path, repr(row.code), "a code that is not taken")
            seen.add(row.code)

    def known(self, code: str, known: Iterable[str], path: str, wanted: str) -> bool:
        """Tell whether a code is one of those known, and note it where it is not."""
        held = tuple(known)
        if code in held:
            return True
        self.faults.add(path, repr(code), wanted, near_names(code, held))
        return False

    def kinds(self, codes: tuple[str, ...], path: str) -> frozenset[str]:
        """Return kinds of transaction with all that stand below them."""
        tree = self.terms.trees["kind"]
        wanted = "a code of vocabulary/earning-kinds"
        held = [
            code
            for index, code in enumerate(codes)
            if self.known(code, tree, f"{path}[{index}]", wanted)
        ]
        return frozenset(code for code in tree if any(tree.within(code, above) for above in held))

    def merchants(self, codes: tuple[str, ...], path: str) -> frozenset[str] | None:
        """Return the category codes of groups of merchants; None where none is named."""
        if not codes:
            return None
        held: set[str] = set()
        for index, code in enumerate(codes):
            if self.known(code, self.groups, f"{path}[{index}]", "a group of merchants"):
                held |= self.groups[code]
        return frozenset(held)

    def condition(self, condition: Condition | None, path: str) -> None:
        """Check a condition that names known facts only; what it declares is known later."""
        if condition is not None and all(
            part.fact in EARNING_FACTS for part in condition.comparisons()
        ):
            self.terms.check(condition, path, self.faults)

    def minor(self, amount: str, path: str, *, digits: int | None = None, least: int = 1) -> int:
        """Return an amount in minor units, at least *least*; *least* where it is none."""
        digits = self.digits if digits is None else digits
        try:
            minor = parse_minor(amount, digits)
        except ValueError as error:
            self.faults.add(path, repr(amount), str(error))
            return max(least, 1)
        if minor < least:
            wanted = "an amount above 0" if least else "an amount of 0 or more"
            self.faults.add(path, repr(amount), wanted)
            return max(least, 1)
        return minor

    def points(self, number: Decimal, path: str) -> Fraction:
        """Return whole points of 0 or more in the smallest unit, exact."""
        if number < 0:
            self.faults.add(path, number, "a number of 0 or more")
            return Fraction(0)
        return Fraction(number) * self.unit

    def at_least(self, name: str, number: int | None, least: int) -> None:
        """Note a number that is too small; none is none."""
        if number is not None and number < least:
            self.faults.add(name, number, f"a whole number from {least} on")


def ratio_of(number: Fraction) -> Ratio:
    """Return an exact number as numerator and denominator."""
    return number.numerator, number.denominator
