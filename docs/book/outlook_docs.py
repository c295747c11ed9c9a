"""
Outlooks as sections: cards of the models, bands of churn risk, value, trends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from book.bilingual import NOTHING, Titles, alike, both, spoken, titles
from book.cell_docs import count, heads, periods, titled
from book.section_docs import SectionDoc, TableDoc

from bankservice.core.plain import to_json
from bankservice.core.policy import Version
from bankservice.lifecycle.prediction.cards import PurchaseCard, SpendCard
from bankservice.lifecycle.prediction.table import BandRow, OutlookTable, TrendRow, ValueRow

__all__ = ["OUTLOOK", "outlook_sections"]

OUTLOOK: Final = "lifecycle.outlook"

Cells = tuple[Titles, ...]

_CARD: Final = (
    "model_of",
    "model",
    "model_parameters",
    "model_unit",
    "population",
    "model_customers",
    "seen_to",
    "log_likelihood",
    "correlation",
)
_TREND: Final = ("trend_measure", "trend_period", "trend_window", "trend_least", "p_at_most")


def outlook_sections(version: Version[Any]) -> tuple[SectionDoc, ...]:
    """Return what a version says: its models, its bands, what is valued, which trends are told."""
    written: OutlookTable = version.written
    found = [_section("model_cards", _CARD, _cards(written))]
    if written.band:
        found.append(_section("risk_bands", ("band", "risk"), _bands(written.band)))
    if written.trend:
        found.append(_section("trends_told", _TREND, map(_trend, written.trend)))
    found.append(_section("terms", ("term", "says"), _terms(written)))
    return tuple(found)


def _section(name: str, keys: tuple[str, ...], rows: Iterable[Cells]) -> SectionDoc:
    return SectionDoc(spoken("column", name), (), (TableDoc(heads(*keys), tuple(rows)),))


def _cards(written: OutlookTable) -> Iterator[Cells]:
    card = written.purchases
    yield spoken("said", "model-of-purchases"), *_card(card, alike(f"`{card.unit}`"), NOTHING)
    spend = written.spend
    if spend is not None:
        correlation = alike("" if spend.correlation is None else str(spend.correlation))
        yield spoken("said", "model-of-spend"), *_card(spend, alike(spend.currency), correlation)


def _card(card: PurchaseCard | SpendCard, unit: Titles, correlation: Titles) -> Cells:
    parameters = ", ".join(f"{name} = {held}" for name, held in card.parameters.items())
    likelihood = "" if card.log_likelihood is None else f"{card.log_likelihood:,}"
    return (
        alike(f"`{card.model}`"),
        alike(parameters),
        unit,
        titles(card.population),
        count(card.customers),
        alike(str(card.fitted_on)),
        alike(likelihood),
        correlation,
    )


def _bands(rows: tuple[BandRow, ...]) -> Iterator[Cells]:
    """Yield each band with the risks it reaches over: the first from 0, the last to 1."""
    for row, above in pairwise((*rows, None)):
        assert row is not None, "only what comes after the last band is none"
        low = row.at_least or Decimal(0)
        if above is None:
            told = both(f"{low} or more", f"{low} 及以上")
        else:
            told = both(f"{low} to below {above.at_least}", f"{low} 至不足 {above.at_least}")
        yield titled(row.title, row.code), told


def _trend(row: TrendRow) -> Cells:
    period = spoken("said", f"seasonal-{row.period}" if row.seasonal else f"every-{row.period}")
    window = spoken("said", "all-periods") if row.window is None else count(row.window)
    measure = titled(row.title, row.measure)
    return measure, period, window, count(row.least), alike(str(row.significance))


def _terms(written: OutlookTable) -> Iterator[Cells]:
    horizon = f"{_number(written.horizon)} × `{written.purchases.unit}`"
    yield spoken("column", "term.horizon"), alike(horizon)
    value = spoken("said", "not-valued") if written.value is None else _value(written.value)
    yield spoken("column", "term.value"), value
    never = written.refit_after is None
    after = periods(written.refit_after)
    old = both(f"{after['en']} after the fit", f"拟合后满{after['zh']}")
    yield spoken("column", "term.refit"), spoken("said", "never") if never else old
    yield spoken("column", "term.days"), alike(f"`{written.zone}`")


def _value(value: ValueRow) -> Titles:
    rate, margin = _number(value.rate * 100), _number(value.margin * 100)
    per = spoken("said", f"rate-per-{value.rate_per}")
    return both(
        f"{value.steps} steps, discounted by {rate} % {per['en']}, margin {margin} %, "
        f"rounded `{value.rounding.value}`",
        f"分 {value.steps} 步，{per['zh']}折现率 {rate} %，利润率 {margin} %，"
        f"舍入方式 `{value.rounding.value}`",
    )


def _number(held: Fraction) -> str:
    """
    Return a number as a decimal where it is one.

    Examples:
        >>> _number(Fraction(2607, 50)), _number(Fraction(1, 3))
        ('52.14', '1/3')
    """
    rest = held.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return str(to_json(held))
    return format((Decimal(held.numerator) / held.denominator).normalize(), "f")
