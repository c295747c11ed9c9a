"""
Words for what a report holds, in one language and from one package's sentences.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs
from babel import Locale, dates, numbers

from bankservice.core import wording
from bankservice.core.decision import Reason
from bankservice.core.money import Money, Rounding, divide
from bankservice.report.model import Cell, Share
from bankservice.report.phrases import PACKAGE

__all__ = ["DASH", "Voice", "is_number"]

DASH: Final = "–"
"""Stands where there is no number to show."""


def is_number(cell: Cell) -> bool:
    """Tell whether *cell* reads as a number: a count, an amount, a share or a day."""
    return isinstance(cell, int | Decimal | Fraction | date | Money | Share) and not isinstance(
        cell, bool
    )


@attrs.frozen
class Voice:
    """
    Words values for a reader.

    Attributes:
        locale: The reader's locale.
        package: Package whose `wording` has the sentences.
    """

    locale: Locale
    package: str

    def show(self, cell: Cell) -> str:
        """Return *cell* as the reader writes it; a plain text is returned as it stands."""
        if isinstance(cell, str):
            return cell
        if isinstance(cell, Reason):
            return self.say(cell)
        if isinstance(cell, Share):
            return self._share(cell)
        return wording.value(cell, self.locale)

    def say(self, reason: Reason) -> str:
        """Return the sentence for *reason*; reasons and shares among its facts are worded too."""
        facts = tuple((name, self._fact(held)) for name, held in reason.facts)
        return wording.sentence(Reason(reason.code, facts), self.locale, self.package)

    def chrome(self, reason: Reason) -> str:
        """Return a sentence of the page's own."""
        return wording.sentence(reason, self.locale, PACKAGE)

    def listed(self, texts: tuple[str, ...]) -> str:
        """Return *texts* as one phrase."""
        return wording.value(texts, self.locale)

    def short(self, number: Decimal) -> str:
        """Return a round number in few letters, such as 20K or 2万."""
        return str(numbers.format_compact_decimal(number, locale=self.locale, fraction_digits=3))

    def part_of(self, day: date, skeleton: str) -> str:
        """Return the part of *day* that a CLDR skeleton names, such as its month."""
        return str(dates.format_skeleton(skeleton, day, locale=self.locale))

    def _fact(self, held: Any) -> Any:
        return self.show(held) if isinstance(held, Reason | Share) else held

    def _share(self, share: Share) -> str:
        if share.fraction is None:
            return DASH
        # Rounded here, exactly: Babel would round in the ambient decimal context.
        per_mille = divide(share.part * 1000, share.whole, Rounding.HALF_EVEN)
        return str(
            numbers.format_percent(Decimal(per_mille).scaleb(-3), "#,##0.0%", locale=self.locale)
        )
