"""
What follows from several items at once: dimensions, gaps to what was expected, drivers.

Respondents with the same answers are taken together first, so that a million of them are walked
through once, and the rest is reckoned over their different answers.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from math import fsum
from operator import mul
from typing import Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.satisfaction.importance.columns import Numbers, moments
from bankservice.satisfaction.importance.shares import explained, percentages, shapley_shares
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.intervals import mean_t
from bankservice.satisfaction.scores.tally import Cell, Spread, spread
from bankservice.satisfaction.waves.coding import NOT_SHOWN, missing_code
from bankservice.satisfaction.waves.columns import Columns
from bankservice.satisfaction.waves.items import WaveItem
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.waves.measuring import told_ends
from bankservice.satisfaction.waves.outcome import WaveDimension, WaveDrivers, WaveGap

__all__ = ["dimension", "gap", "wave_drivers"]

_DIGITS: Final = 1
_BEST: Final = 100.0


def _patterns(columns: Columns, items: Sequence[WaveItem]) -> dict[tuple[int, ...], Cell]:
    """Return how many respondents gave each different row of answers, and what they weigh."""
    shown = [columns.answers.get(item.code) or repeat(NOT_SHOWN, columns.n) for item in items]
    if columns.weights is None:
        counted = Counter(zip(*shown, strict=False))
        return {row: Cell(n, float(n), float(n)) for row, n in counted.items()}
    held: defaultdict[tuple[int, ...], array[float]] = defaultdict(lambda: array("d"))
    for row, weight in zip(zip(*shown, strict=False), columns.weights, strict=False):
        held[row].append(weight)
    return {
        row: Cell(len(part), fsum(part), fsum(map(mul, part, part))) for row, part in held.items()
    }


def _spread(held: Iterable[tuple[float, Cell]]) -> Spread | None:
    values: list[float] = []
    cells: dict[int, Cell] = {}
    for place, (value, cell) in enumerate(held):
        values.append(value)
        cells[place] = cell
    return spread(cells, values.__getitem__)


def dimension(
    columns: Columns, items: Sequence[WaveItem], reporting: Reporting, floor: int
) -> WaveDimension:
    """Return the score of the items of a dimension, of who answered half of them or more."""
    held: list[tuple[float, Cell]] = []
    for row, cell in _patterns(columns, items).items():
        worth = [
            item.rescaled(item.keyed(code))
            for item, code in zip(items, row, strict=True)
            if missing_code(code) is None
        ]
        if worth and 2 * len(worth) >= len(items):
            held.append((fsum(worth) / len(worth), cell))
    names = tuple(item.code for item in items)
    base = sum(cell.n for _, cell in held)
    found = _spread(held)
    if found is None:
        return WaveDimension(base=base, items=names, why="no-weight" if base else "no-answers")
    if base < floor:
        return WaveDimension(items=names, why="below-floor")
    around = mean_t(found.mean, found.linearised, base - 1, reporting.confidence)
    low, high = told_ends(around, _BEST)
    return WaveDimension(
        score=told(_BEST * found.mean),
        low=low,
        high=high,
        base=base,
        effective=told(found.effective),
        items=names,
    )


def gap(
    columns: Columns, item: WaveItem, other: WaveItem, reporting: Reporting, floor: int
) -> WaveGap:
    """Return a perception less the expectation beside it, of who answered both."""
    held = [
        (item.keyed(row[0]) - other.keyed(row[1]), cell)
        for row, cell in _patterns(columns, (item, other)).items()
        if missing_code(row[0]) is None and missing_code(row[1]) is None
    ]
    base = sum(cell.n for _, cell in held)
    found = _spread(held)
    if found is None:
        why = "no-weight" if base else "no-answers"
        return WaveGap(expectation=other.code, base=base, why=why)  # type: ignore[arg-type]
    if base < floor:
        return WaveGap(expectation=other.code, why="below-floor")
    around = mean_t(found.mean, found.linearised, base - 1, reporting.confidence)
    low, high = told_ends(around)
    good = -1 if item.good_is_low else 1
    ends = sorted((good * around.low, good * around.high)) if around is not None else [0.0, 0.0]
    return WaveGap(
        expectation=other.code,
        gap=told(found.mean),
        low=low,
        high=high,
        base=base,
        verdict="above" if ends[0] > 0 else "below" if ends[1] < 0 else "no-evidence",
    )


def wave_drivers(
    columns: Columns,
    outcome: WaveItem,
    items: Sequence[WaveItem],
    reporting: Reporting,
    floor: int,
) -> WaveDrivers:
    """Return how much of an item's variance is associated with each of several others."""
    asked = (*items, outcome)
    rows = {
        row: cell
        for row, cell in _patterns(columns, asked).items()
        if cell.weight and all(missing_code(code) is None for code in row)
    }
    k = len(items)
    least = max(reporting.drivers.least, reporting.drivers.per_driver * k, k + 2, floor)
    base = sum(cell.n for cell in rows.values())
    weight = fsum(cell.weight for cell in rows.values())
    effective = weight * (weight / fsum(cell.square for cell in rows.values())) if rows else 0.0
    if effective < least:
        kept = base if base >= floor else None
        return WaveDrivers(outcome=outcome.code, base=kept, least=least, why="small-base")
    found = _shares(rows, asked)
    if found is None:
        return WaveDrivers(
            outcome=outcome.code,
            base=base,
            effective=told(effective),
            least=least,
            why="no-spread",
        )
    r_squared, shares = found
    names = [item.code for item in items]
    whole = [told(share) for share in shares]
    percent = percentages(whole, _DIGITS) if any(whole) else []
    return WaveDrivers(
        outcome=outcome.code,
        base=base,
        effective=told(effective),
        least=least,
        r_squared=told(r_squared),
        shares=FrozenMapping(dict(zip(names, whole, strict=True))),
        percent=FrozenMapping(dict(zip(names, percent, strict=bool(percent)))),
    )


def _shares(
    rows: Mapping[tuple[int, ...], Cell], asked: Sequence[WaveItem]
) -> tuple[float, list[float]] | None:
    """Return what all explain, and each one's part of it; None where the last is always alike."""
    columns = [
        Numbers(tuple(int(item.keyed(code)) for code in column))
        for item, column in zip(asked, zip(*rows, strict=True), strict=True)
    ]
    # Fourteen digits of a weight are more than it has.
    weights = [rounded(cell.weight, 14) for cell in rows.values()]
    held = moments(columns, range(len(rows)), weights)
    last = len(asked) - 1
    if not held.varies(last):
        return None
    moving = [place for place in range(last) if held.varies(place)]
    between = [[held.correlation(i, j) for j in moving] for i in moving]
    beside = [held.correlation(i, last) for i in moving]
    shares = dict(zip(moving, shapley_shares(between, beside), strict=True))
    return explained(between, beside), [shares.get(place, 0.0) for place in range(last)]
