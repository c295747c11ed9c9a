"""
An outlook policy, ready to use: a fitted model, what its risk is called, what purchases are worth.

The bands of risk are cut points in order, so that there is neither a gap nor an overlap to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import attrs

from bankservice.core.conditions import FactType
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.institution import check_currency, check_zone
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.lifecycle.prediction.cards import PurchaseCard, SpendCard
from bankservice.lifecycle.prediction.history import per_year
from bankservice.lifecycle.prediction.model import (
    MOST_PERIODS,
    PurchaseModel,
    SpendParameters,
    parameter_faults,
)
from bankservice.lifecycle.prediction.purchase_models import MODELS
from bankservice.lifecycle.prediction.table import BandRow, OutlookTable, TrendRow, ValueRow

__all__ = ["CYCLES", "MOST_VALUES", "OUTLOOK", "Outlook"]

LEAST: Final = 3
"""Fewest values of which a trend can be told at all: of two, every change is one."""

MOST_STEPS: Final = 1_200
MOST_DISCOUNT: Final = 500
"""Most that a rate and the times it is compounded may multiply to: a float ends near exp(700)."""
MOST_VALUES: Final = 400
"""Most values of a measure that are compared, each with each."""

_SPEND: Final = ("p", "q", "v")
CYCLES: Final = {"month": 12, "quarter": 4}
"""Periods that have seasons, and how many are in a year."""


@attrs.frozen(eq=False, kw_only=True)
class Outlook:
    """
    A version of an outlook policy, ready to use.

    Attributes:
        zone: Zone whose local day an instant falls on.
        card: The card of the model of purchases.
        model: That model.
        parameters: Its parameters, as the model reckons with them.
        horizon: How far ahead purchases are expected, in the card's unit.
        spend: The card of the model of spend, where there is one.
        spending: Its parameters.
        bands: Bands of risk, the lowest first.
        value: How expected purchases become a value.
        trends: Measure → how its trend is told.
        written: As written.
    """

    zone: str
    card: PurchaseCard
    model: PurchaseModel[Any]
    parameters: Any
    horizon: Fraction
    spend: SpendCard | None
    spending: SpendParameters | None
    bands: tuple[BandRow, ...]
    value: ValueRow | None
    trends: Mapping[str, TrendRow]
    written: OutlookTable

    def band(self, risk: Decimal) -> BandRow | None:
        """Return the band a risk falls in; None where risk is not banded."""
        reached = [row for row in self.bands if row.at_least is None or risk >= row.at_least]
        return reached[-1] if reached else None

    def title(self, band: str) -> Title | str:
        """Return what people read for a band."""
        return next((row.title for row in self.bands if row.code == band), band)

    def stale(self, on: date, *, spend: bool = False) -> bool:
        """Tell whether the fit is so old on a day that it should be made anew."""
        after = self.written.refit_after
        if after is None:
            return False
        fits = [self.card.fitted_on]
        if spend and self.spend is not None:
            fits.append(self.spend.fitted_on)
        return any(on >= after.after(fitted_on) for fitted_on in fits)

    def trend(self, measure: str) -> TrendRow:
        """
        Return how the trend of a measure is told.

        Raises:
            UnknownNameError: If the policy tells none of it; near names are offered.
        """
        row = self.trends.get(measure)
        if row is None:
            raise UnknownNameError("measure with a trend", measure, self.trends)
        return row


def _build(table: OutlookTable, faults: Faults, library: Library) -> Outlook:
    check_zone(table.zone, "zone", faults)
    model = MODELS[table.purchases.model]
    before = len(faults)
    _check_card(table.purchases, "purchases", model.names, faults)
    _check_horizon(table, model, faults)
    sound = len(faults) == before
    spending = None
    if table.spend is not None:
        spending = _spending(table.spend, faults)
    _check_bands(table, faults)
    _check_value(table, model, faults)
    _check_trends(table.trend, faults)
    _check_age(table, faults)
    return Outlook(
        zone=table.zone,
        card=table.purchases,
        model=model,
        parameters=model.parameters(table.purchases.parameters) if sound else None,
        horizon=table.horizon,
        spend=table.spend,
        spending=spending,
        bands=table.band,
        value=table.value,
        trends={row.measure: row for row in table.trend},
        written=table,
    )


def _check_card(
    card: PurchaseCard | SpendCard, path: str, names: tuple[str, ...], faults: Faults
) -> None:
    for fault in parameter_faults(names, card.parameters, f"{path}.parameters"):
        faults.add(fault.path, fault.got, fault.wanted, fault.near)
    if card.customers < 1:
        faults.add(f"{path}.customers", card.customers, "1 customer or more; nobody was fitted on")


def _spending(card: SpendCard, faults: Faults) -> SpendParameters | None:
    before = len(faults)
    _check_card(card, "spend", _SPEND, faults)
    check_currency(card.currency, "spend.currency", faults)
    if card.correlation is not None and abs(card.correlation) > 1:
        faults.add("spend.correlation", card.correlation, "a correlation from -1 to 1")
    if len(faults) > before:
        return None
    return SpendParameters(*(float(card.parameters[name]) for name in _SPEND))


def _check_horizon(table: OutlookTable, model: PurchaseModel[Any], faults: Faults) -> None:
    if not 0 < table.horizon <= MOST_PERIODS:
        faults.add("horizon", table.horizon, f"a time above 0, up to {MOST_PERIODS} units")
    elif model.periods and table.horizon.denominator != 1:
        faults.add("horizon", table.horizon, f"a whole number of periods, as {model.id} counts")


def _check_bands(table: OutlookTable, faults: Faults) -> None:
    if table.band and table.purchases.model == "bg-nbd":
        wanted = (
            "mbg-nbd or bg-bb: bg-nbd holds every customer who never came back to be one still "
            "(its probability is 1), so it cannot band risk; leave the bands out to use it for value"
        )
        faults.add("purchases.model", "'bg-nbd' with bands", wanted)
    codes = [row.code for row in table.band]
    for place, row in enumerate(table.band):
        path = f"band[{place}]"
        if not row.code or row.code in codes[:place]:
            faults.add(f"{path}.code", repr(row.code), "a code of its own")
        if place == 0 and row.at_least is not None:
            faults.add(f"{path}.at_least", row.at_least, "nothing: the first band begins at 0")
        elif place and (row.at_least is None or not 0 < row.at_least < 1):
            got = "nothing" if row.at_least is None else row.at_least
            faults.add(f"{path}.at_least", got, "a risk above 0 and below 1")
    cuts = [(n, row.at_least) for n, row in enumerate(table.band) if n and row.at_least is not None]
    for (_, low), (place, high) in pairwise(cuts):
        if high <= low:
            wanted = f"more than {low}, where the band before begins"
            faults.add(f"band[{place}].at_least", high, wanted)


def _check_value(table: OutlookTable, model: PurchaseModel[Any], faults: Faults) -> None:
    value = table.value
    if value is None:
        return
    if table.spend is None:
        faults.add("spend", "nothing", "a card of a model of spend, to tell a value by")
    elif 0 < table.spend.parameters.get("q", 2) <= 1:
        wanted = "a number above 1: otherwise the spend of customers has no mean"
        faults.add("spend.parameters.q", table.spend.parameters["q"], wanted)
    if not 1 <= value.steps <= MOST_STEPS:
        faults.add("value.steps", value.steps, f"from 1 to {MOST_STEPS} steps")
    elif model.periods and (table.horizon / value.steps).denominator != 1:
        wanted = f"a number that parts {table.horizon} periods into whole ones"
        faults.add("value.steps", value.steps, wanted)
    elif value.rate * _compounded(table, value) > MOST_DISCOUNT:
        wanted = "a rate that leaves something of a value at the horizon; one per cent is 0.01"
        faults.add("value.rate", value.rate, wanted)
    if value.rate < 0:
        faults.add("value.rate", value.rate, "a rate of 0 or more; one per cent is 0.01")
    if not 0 < value.margin <= 1:
        faults.add("value.margin", value.margin, "a share above 0, up to 1")


def _check_age(table: OutlookTable, faults: Faults) -> None:
    """Note a fault where a fit would be old on a day that dates do not reach."""
    if table.refit_after is None:
        return
    for card in (table.purchases, table.spend or table.purchases):
        try:
            table.refit_after.after(card.fitted_on)
        except OverflowError:
            wanted = f"a period that from {card.fitted_on} on ends by the year 9999"
            faults.add("refit_after", table.refit_after, wanted)
            return


def _compounded(table: OutlookTable, value: ValueRow) -> Fraction:
    """Return how often the rate is compounded up to the horizon."""
    if value.rate_per == "step":
        return Fraction(value.steps)
    return table.horizon / (1 if value.rate_per == "unit" else per_year(table.purchases.unit))


def _check_trends(rows: tuple[TrendRow, ...], faults: Faults) -> None:
    measures = [row.measure for row in rows]
    for place, row in enumerate(rows):
        path = f"trend[{place}]"
        if not row.measure or row.measure in measures[:place]:
            faults.add(f"{path}.measure", repr(row.measure), "a code of its own")
        if row.least < LEAST:
            faults.add(f"{path}.least", row.least, f"{LEAST} values or more")
        if row.window is not None and not row.least <= row.window <= MOST_VALUES:
            wanted = f"from {row.least} (the fewest values) to {MOST_VALUES} periods"
            faults.add(f"{path}.window", row.window, wanted)
        if not 0 < row.significance < 1:
            faults.add(f"{path}.significance", row.significance, "a share above 0 and below 1")
        if row.seasonal and row.period not in CYCLES:
            near = near_names(row.period, CYCLES)
            wanted = "a month or a quarter: other periods have no seasons here"
            faults.add(f"{path}.period", repr(row.period), wanted, near)


OUTLOOK: Final = Kind(
    "lifecycle.outlook",
    OutlookTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
)
"""Kind of policy that holds an adopted model of purchases, bands of risk, value and trends."""
