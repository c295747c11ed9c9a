"""One day of outlooks: what is counted while customers are gone through, and what is kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from heapq import heappush, heappushpop
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.money import Rounding, divide, plain
from bankservice.core.policy import Version
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.run.outlook_book import BALANCE, DIGITAL

__all__ = ["MOVES", "OUTLOOK", "OutlookDay", "OutlookRow"]

OUTLOOK: Final = {
    "customer": pl.String,
    "band": pl.String,
    "band_before": pl.String,
    "risk": pl.String,
    "p_alive": pl.String,
    "expected": pl.String,
    "value": pl.String,
    "balance_trend": pl.String,
    "balance_slope": pl.String,
    "balance_p": pl.String,
    "digital_trend": pl.String,
    "digital_slope": pl.String,
    "digital_p": pl.String,
    "stage": pl.String,
    "frequency": pl.Int64,
    "recency": pl.String,
    "age": pl.String,
    "model": pl.String,
    "fitted_on": pl.Date,
    "stale": pl.Boolean,
    "policy": pl.String,
    "unknown": pl.String,
}
MOVES: Final = {"from": pl.String, "to": pl.String, "customers": pl.Int64}

Trending = tuple[str, Fraction | None, Decimal | None]
"""Direction, slope and p-value of a trend."""

SHOWN: Final = 20
"""Customers of the highest band that the report names."""

PLACES: Final = 2
"""Digits after the point that slopes are told with."""


@attrs.frozen(kw_only=True)
class OutlookRow:
    """
    What is estimated of one customer.

    Attributes:
        customer: Who.
        band: Band of churn risk; None where there is none.
        band_before: The one the record told before the day.
        risk: Risk that the customer has left.
        p_alive: One less that.
        expected: Purchases expected within the horizon.
        value_minor: What they are worth, in minor units.
        trends: Measure → direction, slope and p-value of its trend.
        stage: The stage of the day; None where not known.
        frequency: Repeat purchases.
        recency: Time from the first to the last, in the unit of the model.
        age: Time from the first to the day.
        stale: Whether the model is old.
        version: The policy version; None where none is in force for the customer.
        unknown: Why there is no estimate, as a code.
    """

    customer: str
    band: str | None = None
    band_before: str | None = None
    risk: Decimal | None = None
    p_alive: Decimal | None = None
    expected: Decimal | None = None
    value_minor: int | None = None
    trends: Mapping[str, Trending] = attrs.field(factory=dict)
    stage: str | None = None
    frequency: int | None = None
    recency: Decimal | None = None
    age: Decimal | None = None
    stale: bool = False
    version: Version[Outlook] | None = None
    unknown: str | None = None

    def cells(self, digits: int) -> tuple[Any, ...]:
        """Return the cells of the result, in the order of its columns."""
        card = None if self.version is None else self.version.parameters.card
        return (
            self.customer,
            self.band,
            self.band_before,
            _text(self.risk),
            _text(self.p_alive),
            _text(self.expected),
            None if self.value_minor is None else plain(self.value_minor, digits),
            *_trend(self.trends.get(BALANCE)),
            *_trend(self.trends.get(DIGITAL)),
            self.stage,
            self.frequency,
            _text(self.recency),
            _text(self.age),
            None if card is None else card.model,
            None if card is None else card.fitted_on,
            None if card is None else self.stale,
            None if self.version is None else self.version.ref.digest,
            self.unknown,
        )


class OutlookDay:
    """One day: what is counted while customers are gone through, and what is kept of it."""

    def __init__(self, on: date, version: Version[Outlook], digits: int) -> None:
        """
        Start empty.

        Args:
            on: The day.
            version: The policy in force for everybody; customers of a cohort may have another.
            digits: Digits after the point of the bank's currency.
        """
        self.on = on
        self.version = version
        self._digits = digits
        self.bands: Counter[str] = Counter()
        self.values: Counter[str] = Counter()
        self.expected: dict[str, Decimal] = {}
        self.stages: Counter[tuple[str, str]] = Counter()
        self.trends: Counter[tuple[str, str]] = Counter()
        self.moves: Counter[tuple[str, str]] = Counter()
        self.unknown: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.idle: Counter[str] = Counter()
        self._top: list[tuple[int, str, OutlookRow]] = []
        self.customers = 0
        self.scored = 0
        self.stale = 0
        self.entries = 0
        self._rows: list[tuple[Any, ...]] = []

    def add(self, row: OutlookRow) -> None:
        """Count one customer."""
        self._rows.append(row.cells(self._digits))
        self.customers += 1
        for measure, (direction, _, _) in row.trends.items():
            self.trends[measure, direction] += 1
        if row.unknown is not None:
            self.unknown[row.unknown] += 1
            return
        band = row.band or ""
        self.scored += 1
        self.stale += row.stale
        self.bands[band] += 1
        self.values[band] += row.value_minor or 0
        self.stages[row.stage or "", band] += 1
        if row.band_before is not None and row.band_before != row.band:
            self.moves[row.band_before, band] += 1
        highest = self.version.parameters.bands[-1:]
        if row.value_minor and highest and highest[0].code == band:
            # Ids are different, so rows are never compared.
            push = heappush if len(self._top) < SHOWN else heappushpop
            push(self._top, (row.value_minor, row.customer, row))
        if row.expected is not None:
            self.expected[band] = self.expected.get(band, Decimal(0)) + row.expected

    @property
    def top(self) -> tuple[OutlookRow, ...]:
        """Of the highest band, those whose purchases to come are worth most."""
        return tuple(row for *_, row in sorted(self._top, key=lambda held: (-held[0], held[1])))

    @property
    def decided(self) -> str:
        """How the day stands to the record: decided `first`, or the `same` again."""
        return "first" if self.entries else "same"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the bands, the lowest first; those of no version now at the end."""
        named = [row.code for row in self.version.parameters.bands]
        return (*named, *sorted(set(self.bands) - set(named)))

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the result files of the day; its rows are not kept."""
        rows = pl.DataFrame(self._rows, schema=OUTLOOK, orient="row").sort("customer")
        self._rows = []
        moves = [(*move, count) for move, count in sorted(self.moves.items())]
        return {"outlook": rows, "outlook-moves": pl.DataFrame(moves, schema=MOVES, orient="row")}

    def summary(self) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        return {
            "policy": str(self.version.ref),
            "customers": self.customers,
            "scored": self.scored,
            "bands": {code: self.bands[code] for code in self.codes},
            "moved": self.moves.total(),
            "trends": {
                f"{measure}: {direction}": count
                for (measure, direction), count in sorted(self.trends.items())
            },
            "stale": self.stale,
            "unknown": dict(sorted(self.unknown.items())),
            "idle": dict(sorted(self.idle.items())),
            "refused": dict(sorted(self.refused.items())),
            "entries": self.entries,
            "decided": self.decided,
            "run_again": [],
        }

    def line(self) -> str:
        """Return the day's counts in one line of English, for a terminal."""
        words = [f"{self.scored:,} customers estimated"]
        words += (f"{code or 'no band'} {self.bands[code]:,}" for code in self.codes)
        words.append(f"{self.moves.total():,} moved")
        if self.unknown:
            words.append(f"{self.unknown.total():,} without")
        if self.stale:
            words.append("the model is old")
        if self.decided == "same":
            words.append("nothing new")
        return "; ".join(words)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _trend(told: Trending | None) -> tuple[str | None, str | None, str | None]:
    """Return direction, slope and p-value as text."""
    if told is None:
        return None, None, None
    direction, change, p_value = told
    return direction, slope(change), _text(p_value)


def slope(value: Fraction | None) -> str | None:
    """
    Return a slope as text, rounded half to even.

    Examples:
        >>> slope(Fraction(-45, 2)), slope(Fraction(1, 3))
        ('-22.50', '0.33')
    """
    if value is None:
        return None
    whole = divide(value.numerator * 10**PLACES, value.denominator, Rounding.HALF_EVEN)
    return plain(whole, PLACES)
