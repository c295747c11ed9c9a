"""
The cut points of a bank, ready to use: three scales and the name of every cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Final

import attrs

from bankservice.core.conditions import FactType
from bankservice.core.decision_table import DecisionTable, Hits, TableRow, check_table
from bankservice.core.institution import check_currency
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.terms import Terms
from bankservice.segmentation.scoring.model import Better, Number, Scale
from bankservice.segmentation.scoring.table import CellRow, MeasureCuts, NeverCell, RfmTable

__all__ = ["MEASURES", "RFM_CUTS", "CutPoints"]

MEASURES: Final[Mapping[str, Title]] = {
    "recency": Title(en="Days since the last event", zh="距最近一次的天数"),
    "frequency": Title(en="How often", zh="频率"),
    "monetary": Title(en="How much", zh="金额"),
}
"""The measures in their order, and what people read where a policy says nothing else."""

MOST: Final = 9
"""Most scores a measure may have: a cell is written with one digit for each."""

_DIGITS: Final = 90
"""More than a cut point that is a decimal number can have."""

TERMS: Final = Terms(dict.fromkeys("rfm", FactType("integer")), {}, {})
"""What the names of cells may look at."""


@attrs.frozen(eq=False, kw_only=True)
class CutPoints:
    """
    One version of cut points, ready to use.

    Attributes:
        k: How many scores each measure has.
        recency: The scale of days since the last event; smaller is better.
        frequency: The scale of how often, by score of recency where it is nested; else one.
        monetary: The same for how much.
        currency: Of what is counted as money.
        titles: What people read for each measure.
        cells: The names of cells, in their order.
        table: The same as a table over `r`, `f` and `m`.
        never: What customers are called who never had an event.
    """

    k: int
    recency: Scale
    frequency: tuple[Scale, ...]
    monetary: tuple[Scale, ...]
    currency: str
    titles: Mapping[str, Title]
    cells: tuple[CellRow, ...]
    table: DecisionTable
    never: NeverCell

    def scale(self, measure: str, r: int | None) -> Scale | None:
        """Return the scale of a measure; None where it is nested and recency has no score."""
        if measure == "recency":
            return self.recency
        held = self.frequency if measure == "frequency" else self.monetary
        if len(held) == 1:
            return held[0]
        return None if r is None else held[r - 1]

    @cached_property
    def names(self) -> Mapping[tuple[int, int, int], str]:
        """The code of every cell; nothing where the policy names none."""
        scores = range(1, self.k + 1 if self.cells else 1)
        return {
            (r, f, m): self.table.hits({"r": r, "f": f, "m": m}).rows[0]
            for r, f, m in product(scores, repeat=3)
        }

    def named(self, r: int | None, f: int | None, m: int | None) -> Hits:
        """Return the name of a cell of which some scores are not known, if they do not matter."""
        ofs = [(score,) if score else range(1, self.k + 1) for score in (r, f, m)]
        cells = [(x, y, z) for x in ofs[0] for y in ofs[1] for z in ofs[2]] if self.cells else []
        found = dict.fromkeys(self.names[cell] for cell in cells)
        if len(found) == 1:
            return Hits(tuple(found))
        return Hits((), tuple(n for n, s in zip("rfm", (r, f, m), strict=True) if s is None))

    def name(self, r: int, f: int, m: int) -> str | None:
        """Return the name of a cell, or of who never had an event; None where there is none."""
        return self.names.get((r, f, m)) if r else self.never.code

    def title(self, code: str) -> Title:
        """Return what people read for a cell's name."""
        return next((row.title for row in self.cells if row.code == code), self.never.title)


def _build(table: RfmTable, faults: Faults, library: Library) -> CutPoints:
    if not 2 <= table.k <= MOST:
        faults.add("k", table.k, f"from 2 to {MOST} scores: a cell has one digit for each")
    if table.currency:
        check_currency(table.currency, "currency", faults)
    if table.population.n < 1:
        faults.add("population.n", table.population.n, "a population of one or more")
    if table.recency.within_recency:
        faults.add("recency.within_recency", "recency within itself", "cuts alone")
    before = len(faults)
    recency = _scales(table.recency, table.k, "recency", "smaller", faults)
    frequency = _scales(table.frequency, table.k, "frequency", "larger", faults)
    monetary = _scales(table.monetary, table.k, "monetary", "larger", faults)
    if any(cut < 0 for scale in recency for cut in scale.cuts):
        faults.add("recency.cuts", "days below 0", "days since the last event, from 0 up")
    rows = tuple(TableRow(row.code, row.when) for row in table.cell)
    if len(faults) == before and 2 <= table.k <= MOST and rows:
        _check_cells(table, rows, faults)
    written = {name: getattr(table, name).title for name in MEASURES}
    return CutPoints(
        k=table.k,
        recency=recency[0],
        frequency=frequency,
        monetary=monetary,
        currency=table.currency,
        titles={name: written[name] or title for name, title in MEASURES.items()},
        cells=table.cell,
        table=DecisionTable(rows, TERMS),
        never=table.never,
    )


def _scales(
    written: MeasureCuts, k: int, path: str, better: Better, faults: Faults
) -> tuple[Scale, ...]:
    """Return the scale of a measure, or one for each score of recency."""
    if not written.within_recency:
        return (_scale(written.cuts, k, f"{path}.cuts", better, faults),)
    if written.cuts:
        faults.add(f"{path}.cuts", "beside within_recency", "one of the two forms")
    if len(written.within_recency) != k:
        wanted = f"{k}, one for each score of recency"
        faults.add(f"{path}.within_recency", f"{len(written.within_recency)} lists", wanted)
    return tuple(
        _scale(cuts, k, f"{path}.within_recency[{place}]", better, faults)
        for place, cuts in enumerate(written.within_recency)
    )


def _scale(cuts: tuple[Fraction, ...], k: int, path: str, better: Better, faults: Faults) -> Scale:
    if len(cuts) >= k:
        faults.add(path, f"{len(cuts)} cut points", f"at most {k - 1}, for the scores 2 to {k}")
    try:
        return Scale(tuple(map(_quick, cuts)), better)
    except ValueError as error:
        faults.add(path, ", ".join(map(str, cuts)), str(error))
        return Scale((), better)


def _quick(cut: Fraction) -> Number:
    """Return the same number in the form that compares quickest."""
    if cut.denominator == 1:
        return int(cut)
    exact = Context(prec=_DIGITS, traps=[])
    found = exact.divide(Decimal(cut.numerator), Decimal(cut.denominator))
    return cut if exact.flags[Inexact] else found


def _check_cells(table: RfmTable, rows: tuple[TableRow, ...], faults: Faults) -> None:
    before = len(faults)
    for place, row in enumerate(table.cell):
        TERMS.check(row.when, f"cell[{place}].when", faults)
        if row.code == table.never.code:
            faults.add(f"cell[{place}].code", repr(row.code), "a code that `never` does not have")
    if len(faults) == before:
        ranges = dict.fromkeys("rfm", (1, table.k))
        check_table(rows, "unique", TERMS, "cell", faults, ranges=ranges)


RFM_CUTS: Final = Kind(
    "segmentation.rfm-cuts",
    RfmTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("text"),
    },
)
"""Kind of policy that holds adopted cut points."""
