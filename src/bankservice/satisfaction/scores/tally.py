"""
Answers counted by code, with their weights, in any order and in any number of parts.

A tally keeps the weights themselves and adds them up only when asked, with `math.fsum`, which
rounds once: so neither the order of answers nor the way tallies were merged ever moves a digit.
An answer without a weight weighs 1, by the same path.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import fsum, isfinite, sqrt
from typing import Final, TypeVar

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.satisfaction.model import Missing

__all__ = [
    "HEAVIEST",
    "Cell",
    "Cells",
    "Portion",
    "Spread",
    "Tally",
    "cells_of",
    "checked_weights",
    "portion",
    "spread",
    "tallied",
]

U = TypeVar("U")

HEAVIEST: Final = 1e100
"""No weight is above this, nor below its inverse unless it is 0: their squares stay numbers."""

_ROWS_TOLD: Final = 20
"""So many faulty rows are told; more would not help."""


@attrs.frozen
class Cell:
    """
    The answers of one code.

    Attributes:
        n: How many.
        weight: Sum of their weights.
        square: Sum of the squares of their weights.
    """

    n: int
    weight: float
    square: float


K = TypeVar("K", int, float)

Cells = Mapping[int, Cell]
"""Answers by code: all that a score of a group needs to know of them."""


@attrs.frozen
class Spread:
    """
    Mean and variance of answers that were given values.

    Attributes:
        n: Answers, those of weight 0 included.
        weight: Sum of their weights.
        effective: So many answers of equal weight would tell as much: Kish's effective base.
        mean: Weighted mean.
        variance: Weighted variance of one answer around the mean, divided by the weight.
        linearised: Standard error of the mean by linearisation; None for a single answer.
        kish: Standard error of the mean as the variance over the effective base has it.
    """

    n: int
    weight: float
    effective: float
    mean: float
    variance: float
    linearised: float | None
    kish: float

    @property
    def deviation(self) -> float | None:
        """The standard deviation as a sample has it; None for a single answer."""
        return sqrt(self.variance * self.n / (self.n - 1)) if self.n > 1 else None


class Tally:
    """
    Counts answers by code and keeps their weights; tallies of parts merge into that of the whole.

    Examples:
        >>> tally = Tally()
        >>> tally.extend([9, 9, 3, Missing.SKIPPED])
        >>> tally.add(10, 0.5)
        >>> tally.cells()[9], tally.cells()[10], tally.missing()
        (Cell(n=2, weight=2.0, square=2.0), Cell(n=1, weight=0.5, square=0.25), \
FrozenMapping({'skipped': 1}))
    """

    __slots__ = ("_plain", "_weights")

    def __init__(self) -> None:
        """Start with no answer."""
        self._plain: Counter[int | Missing] = Counter()
        self._weights: defaultdict[int | Missing, array[float]] = defaultdict(_column)

    def add(self, code: int, weight: float | None = None) -> None:
        """Count an answer; without a weight it weighs 1."""
        if weight is None:
            self._plain[code] += 1
        else:
            if not _is_weight(weight):
                raise FaultsError("weights", (_weight_fault(0, weight),))
            self._weights[code].append(weight)

    def miss(self, why: Missing, times: int = 1) -> None:
        """Count that there is no answer."""
        self._plain[why] += times

    def extend(
        self, codes: Sequence[int | Missing], weights: Sequence[float] | None = None
    ) -> None:
        """
        Count many answers, some of which may be missing.

        Args:
            codes: The answers, or why there is none.
            weights: One for each of them; None where all weigh 1.

        Raises:
            FaultsError: If a weight is below 0, not finite, or out of all measure, or there are
                not as many as answers.
        """
        if weights is None:
            self._plain.update(codes)
            return
        checked_weights(weights, len(codes))
        held = self._weights
        for code, weight in zip(codes, weights, strict=True):
            held[code].append(weight)

    def merge(self, other: Tally) -> None:
        """Count the answers of another tally too; that one stays as it is."""
        self._plain.update(other._plain)
        for code, column in other._weights.items():
            self._weights[code].extend(column)

    def cells(self) -> FrozenMapping[int, Cell]:
        """Return the answers by code, lowest first."""
        plain, weights = self._plain, self._weights
        codes = {code for code in (*plain, *weights) if not isinstance(code, Missing)}
        return FrozenMapping(
            {code: _cell(plain.get(code, 0), weights.get(code)) for code in sorted(codes)}
        )

    def missing(self) -> FrozenMapping[str, int]:
        """Return how often there is no answer, by why; a reason that never came is left out."""
        found = {why: self._plain[why] + len(self._weights.get(why, ())) for why in Missing}
        return FrozenMapping({why.value: count for why, count in found.items() if count})


def tallied(
    groups: Sequence[U], codes: Sequence[int | Missing], weights: Sequence[float] | None = None
) -> dict[U, Tally]:
    """
    Return the tally of each group, of columns with a row for each person asked.

    Args:
        groups: Whose answer it is: a branch, a stratum, a wave.
        codes: The answers, or why there is none.
        weights: One for each row; None where all weigh 1.

    Raises:
        FaultsError: If a weight is below 0, not finite, or out of all measure.
        ValueError: If the columns are not of one length.

    Examples:
        >>> found = tallied(["north", "south", "north"], [9, 10, 2], [1.0, 1.0, 0.5])
        >>> found["north"].cells()[2]
        Cell(n=1, weight=0.5, square=0.25)
    """
    found: defaultdict[U, Tally] = defaultdict(Tally)
    if weights is None:
        for (group, code), count in Counter(zip(groups, codes, strict=True)).items():
            found[group]._plain[code] += count
        return dict(found)
    checked_weights(weights, len(codes))
    # The columns by group, so that the loop below does nothing but look up and append.
    held: defaultdict[U, defaultdict[int | Missing, array[float]]]
    held = defaultdict(lambda: defaultdict(_column))
    for group, code, weight in zip(groups, codes, weights, strict=True):
        held[group][code].append(weight)
    for group, columns in held.items():
        found[group]._weights = columns
        columns.default_factory = _column
    return dict(found)


def spread(cells: Mapping[K, Cell], value: Callable[[K], float] = float) -> Spread | None:
    """
    Return mean and variance of answers; None where there is none, or all weigh nothing.

    Args:
        cells: The answers by code.
        value: What a code is worth; left out, itself.

    Examples:
        >>> tally = Tally()
        >>> tally.extend([5] * 3 + [4])
        >>> found = spread(tally.cells())
        >>> found.n, found.effective, found.mean, found.variance
        (4, 4.0, 4.75, 0.1875)
    """
    held = [(value(code), cell) for code, cell in cells.items() if cell.n]
    weight = fsum(cell.weight for _, cell in held)
    if not weight:
        return None
    n = sum(cell.n for _, cell in held)
    worth = {each for each, cell in held if cell.weight}
    if len(worth) == 1:
        # A sum and a quotient might miss the one value there is by a last digit.
        mean = worth.pop()
    else:
        mean = fsum(each * cell.weight for each, cell in held) / weight
    variance = fsum((each - mean) ** 2 * cell.weight for each, cell in held) / weight
    effective = weight * (weight / fsum(cell.square for _, cell in held))
    squares = fsum((each - mean) ** 2 * (cell.square / weight / weight) for each, cell in held)
    return Spread(
        n=n,
        weight=weight,
        effective=effective,
        mean=mean,
        variance=variance,
        linearised=sqrt(n / (n - 1) * squares) if n > 1 else None,
        kish=sqrt(variance / effective),
    )


@attrs.frozen
class Portion:
    """
    The share of answers that are of some codes.

    Attributes:
        n: Answers, those of weight 0 included.
        chosen: So many of them are of the codes.
        share: Weighted share, from 0 to 1.
        k: The share of the effective base; just the count where answers are not weighted.
        effective: Kish's effective base; just the count where answers are not weighted.
    """

    n: int
    chosen: int
    share: float
    k: float
    effective: float


def portion(cells: Cells, chosen: Collection[int]) -> Portion | None:
    """
    Return the share of answers that are *chosen* codes; None where there is no answer with weight.

    Examples:
        >>> tally = Tally()
        >>> tally.extend([5, 5, 4, 2])
        >>> found = portion(tally.cells(), {4, 5})
        >>> found.k, found.effective, found.share
        (3.0, 4.0, 0.75)
    """
    found = spread(cells, lambda code: float(code in chosen))
    if found is None:
        return None
    held = [cell for code, cell in cells.items() if code in chosen]
    even = found.effective == found.weight
    return Portion(
        n=found.n,
        chosen=sum(cell.n for cell in held),
        share=found.mean,
        k=fsum(cell.weight for cell in held) if even else found.mean * found.effective,
        effective=found.effective,
    )


def cells_of(values: Sequence[float], weights: Sequence[float] | None = None) -> dict[float, Cell]:
    """
    Return cells of values that are no codes, such as means of a respondent's answers.

    Args:
        values: The values.
        weights: One for each; None where all weigh 1.
    """
    if weights is None:
        return {value: _cell(count, None) for value, count in Counter(values).items()}
    held: defaultdict[float, array[float]] = defaultdict(_column)
    for value, weight in zip(values, weights, strict=True):
        held[value].append(weight)
    return {value: _cell(0, column) for value, column in held.items()}


def checked_weights(weights: Sequence[float], count: int) -> None:
    """
    Refuse weights that are none, naming their rows.

    Raises:
        FaultsError: If one is below 0, not finite, or out of all measure, or there are not *count*
            of them.
    """
    if len(weights) != count:
        fault = Fault("", f"{len(weights)} weights", f"one for each of {count} answers")
        raise FaultsError("weights", (fault,))
    faults: list[Fault] = []
    # Three passes in C tell the usual case; rows are looked at one by one where something is wrong.
    if weights and not _all_weights(weights):
        for row, weight in enumerate(weights):
            if not _is_weight(weight) and len(faults) < _ROWS_TOLD:
                faults.append(_weight_fault(row, weight))
    if faults:
        raise FaultsError("weights", tuple(faults))


def _column() -> array[float]:
    return array("d")


def _is_weight(weight: float) -> bool:
    return weight == 0 or 1 / HEAVIEST <= weight <= HEAVIEST


def _all_weights(weights: Sequence[float]) -> bool:
    lightest = min(weights)
    return lightest >= 1 / HEAVIEST and max(weights) <= HEAVIEST and isfinite(sum(weights))


def _weight_fault(row: int, weight: float) -> Fault:
    return Fault(f"[{row}]", named(weight), f"a weight: 0, or from {1 / HEAVIEST:g} to 1e+100")


def _cell(plain: int, column: Iterable[float] | None) -> Cell:
    if column is None:
        return Cell(plain, float(plain), float(plain))
    weights = array("d", column)
    return Cell(
        plain + len(weights),
        fsum((plain, *weights)) if plain else fsum(weights),
        fsum((plain, *(w * w for w in weights))) if plain else fsum(w * w for w in weights),
    )
