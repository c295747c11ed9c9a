"""Recency, frequency and money in a run: fitted once or adopted before, scored day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.policy import Policy, Title, Version
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.run.groups_plan import Rfm
from bankservice.run.part import Setting
from bankservice.segmentation import RFM_CUTS, CutPoints, fit_policy, score_book

__all__ = ["RFM", "Scored", "Scoring", "Values"]

RFM: Final = {
    "customer": pl.String,
    "recency_days": pl.Int64,
    "frequency": pl.Int64,
    "monetary_minor": pl.Int128,
    "r": pl.Int64,
    "f": pl.Int64,
    "m": pl.Int64,
    "cell": pl.String,
    "name": pl.String,
}

_OPEN: Final = 255
"""The byte of a score that is not known."""

POPULATION: Final = Title(
    en="Customers of the book who had done business by the day",
    zh="截至该日已有业务往来的在册客户",
)

Measured = int | UnknownType | None


@attrs.frozen
class Values:
    """The three measures of customers, in one order; None for who never had an event."""

    customers: Sequence[str]
    recency: Sequence[Measured]
    frequency: Sequence[Measured]
    monetary: Sequence[Measured]


@attrs.frozen(eq=False)
class Scored:
    """
    The scores of one day.

    Attributes:
        version: The cut points they were scored by.
        rows: One row for each customer.
        cells: Cell → customers, the fullest first.
        names: Customer → cell.
    """

    version: Version[CutPoints]
    rows: pl.DataFrame
    cells: Mapping[str, int]
    names: Mapping[str, str]


class Scoring:
    """Scores customers by cut points that a policy has, or that are fitted here once."""

    def __init__(self, told: Rfm, setting: Setting) -> None:
        """
        Set up.

        Raises:
            FaultsError: If the policy is missing or of another kind.
        """
        self.told = told
        self._setting = setting
        self.policy: Policy[CutPoints] | None = (
            setting.policy(told.cuts, RFM_CUTS.name, "groups.rfm.cuts") if told.cuts else None
        )
        self._fit_on = told.fit_on or setting.days[0]
        self.text = ""
        """The cut points fitted here, as a policy that a bank may adopt."""

    def version(self, on: date) -> Version[CutPoints] | None:
        """Return the cut points in force on a day; None where there are none yet."""
        if self.policy is None:
            return None
        covers = (held for held in self.policy.versions if held.since <= on)
        return self.policy.on(on) if any(True for _ in covers) else None

    def fit(self, values: Values, on: date) -> None:
        """Fit the cut points on a day, if it is the one and somebody is there to fit on."""
        if self.told.cuts or on != self._fit_on or all(day is None for day in values.recency):
            return
        self.text = fit_policy(
            recency=values.recency,
            frequency=values.frequency,
            monetary=values.monetary,
            policy_id=f"{self._setting.bank.tenant}/rfm-cuts",
            since=on,
            fitted_on=on,
            described={"en": POPULATION.en, "zh": POPULATION.zh},
            source={"text": "bankservice run", "clause": f"fit of {on}", "checked": "own"},
            k=self.told.scores,
            currency=self._setting.institution.currency,
        )
        self.policy = self._setting.bank.policies.read(self.text, "the cut points fitted")

    def score(self, values: Values, on: date) -> Scored | None:
        """Score the customers of a day; None where there are no cut points yet."""
        version = self.version(on)
        if version is None:
            return None
        cuts = version.parameters
        scores = score_book(values.recency, values.frequency, values.monetary, cuts)
        found = scores.names(cuts)
        rows: list[tuple[Any, ...]] = []
        cells: Counter[str] = Counter()
        names: dict[str, str] = {}
        for place, customer in enumerate(values.customers):
            cell = scores.cell(place)
            if cell is not None:
                cells[cell] += 1
                names[customer] = cell
            measured = (values.recency[place], values.frequency[place], values.monetary[place])
            marks = (scores.r[place], scores.f[place], scores.m[place])
            rows.append(
                (
                    customer,
                    *(None if value is UNKNOWN else value for value in measured),
                    *(None if mark == _OPEN else mark for mark in marks),
                    cell,
                    found[place],
                )
            )
        frame = pl.DataFrame(rows, schema=RFM, orient="row").sort("customer")
        ordered = dict(sorted(cells.items(), key=lambda pair: (-pair[1], pair[0])))
        return Scored(version, frame, ordered, names)
