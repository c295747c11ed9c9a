"""What the register says of a customer, as facts that policies name; what it does not say is left out."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final

from bankservice.core.fact_register import Register as Facts
from bankservice.core.money import CURRENCIES
from bankservice.run.register import Register
from bankservice.run.rows import SCALE

__all__ = ["People", "whole_years"]

_PLAIN: Final = ("customer_kind", "gender", "occupation", "region", "industry")
_FINAL: Final = ("deceased", "exited")
"""Ends after which the bank seeks nobody's business any more."""


def whole_years(since: date, on: date) -> int:
    """
    Return the whole years from one day to another.

    Examples:
        >>> whole_years(date(2020, 3, 1), date(2026, 2, 28))
        5
    """
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


class People:
    """Facts of the customers of a register."""

    def __init__(self, register: Register, currency: str, *, minor_units: bool) -> None:
        """
        Take the register.

        Args:
            register: The customers.
            currency: The bank's own, of incomes.
            minor_units: Whether incomes are stated in minor units.
        """
        self._unit = 1 if minor_units else 10 ** (SCALE - CURRENCIES[currency])
        rows = register.customers.iter_rows(named=True)
        self._held = {row["customer"]: row for row in rows}
        self.unknown: Counter[str] = Counter()
        """Fact → customers whose value is no word or code of it."""

    def born_on(self, customer: str) -> date | None:
        """Return the day of birth."""
        born: date | None = self._held[customer]["born_on"]
        return born

    def agreed(self, customer: str) -> tuple[str, ...] | None:
        """Return the purposes a customer agreed to; None where nobody asked."""
        said = self._held[customer]["marketing"]
        return None if said is None else ("marketing",) if said == "yes" else ()

    def ended(self, customer: str, on: date) -> bool:
        """Tell whether a customer has died or was exited by the bank by a day."""
        row = self._held[customer]
        ended_on: date | None = row["ended_on"]
        return row["ended_by"] in _FINAL and ended_on is not None and ended_on <= on

    def facts(self, customer: str, on: date, known: Facts) -> dict[str, Any]:
        """
        Return facts by name that a register of facts knows.

        Args:
            customer: Of whom.
            on: The day.
            known: The facts there are.
        """
        row = self._held[customer]
        facts: dict[str, Any] = {name: row[name] for name in _PLAIN}
        income, founded, leads = row["income"], row["founded_on"], row["leads_industry"]
        if income is not None:
            facts["income_minor"] = income // self._unit
        if founded is not None and founded <= on:
            facts["founded_years"] = whole_years(founded, on)
        if leads is not None:
            facts["leads_industry"] = leads == "yes"
        return {
            name: value
            for name, value in facts.items()
            if value is not None and name in known.facts and self._fits(name, value, known)
        }

    def _fits(self, name: str, value: object, known: Facts) -> bool:
        """Tell whether a word or code is one; of one that is not nothing is known."""
        words, tree = known.facts[name].words, known.every.trees.get(name)
        right = (not words or value in words) and (tree is None or value in tree)
        self.unknown[name] += not right
        return right
