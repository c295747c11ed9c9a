"""
How much of an outcome's variance goes with each driver: exact Shapley shares and relative weights.

Three drivers explain 0.93 of how much overall satisfaction varies. How much of it is the first
one's? On its own it explains 0.85; added last, 0.11. Shapley's answer is the average over every
order in which the drivers may be added (Lindeman, Merenda and Gold call it LMG). It needs what
every set of drivers explains: 2^k numbers, found here on one walk that leaves out one driver more
at each step, so that the whole walk costs a few operations a set.

R. H. Lindeman, P. F. Merenda, R. Z. Gold, "Introduction to bivariate and multivariate analysis"
(1980); relative weights: J. W. Johnson, Multivariate Behavioral Research 35 (2000) 1-19.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import factorial, fsum, hypot, sqrt
from typing import Final

__all__ = [
    "MOST_DRIVERS",
    "Matrix",
    "explained",
    "explained_by_sets",
    "johnson_weights",
    "percentages",
    "shapley_shares",
    "solved",
]

Matrix = Sequence[Sequence[float]]

MOST_DRIVERS: Final = 14
"""Exact shares need what every set of drivers explains; beyond so many there are too many sets."""

REDUNDANT: Final = 1e-10
"""A driver of which others leave no larger share of its variance says nothing of its own."""
_NOISE: Final = 1e-15
_TURNS: Final = 100


def explained_by_sets(drivers: Matrix, outcome: Sequence[float]) -> list[float]:
    """
    Return R squared of every set of drivers; a set is a number with a bit for each of its drivers.

    Args:
        drivers: Correlations of the drivers with each other.
        outcome: Their correlations with the outcome.

    Examples:
        >>> explained_by_sets([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.25])
        [0.0, 0.25, 0.0625, 0.3125]
    """
    k = len(outcome)
    found = [0.0] * (1 << k)
    # A set, what it explains, the drivers after its last, and what is left of them and the outcome.
    waiting = [(0, 0.0, 0, [list(row) for row in drivers], list(outcome))]
    while waiting:
        chosen, value, first, left, rest = waiting.pop()
        for place in range(len(rest)):
            pivot = left[place][place]
            later = range(place + 1, len(rest))
            if pivot > REDUNDANT:
                more = min(1.0, value + rest[place] * rest[place] / pivot)
                factors = [left[i][place] / pivot for i in later]
                inner = [
                    [left[i][j] - factor * left[place][j] for j in later]
                    for i, factor in zip(later, factors, strict=True)
                ]
                over = [rest[i] - f * rest[place] for i, f in zip(later, factors, strict=True)]
            else:
                more = value
                inner = [[left[i][j] for j in later] for i in later]
                over = [rest[i] for i in later]
            grown = chosen | 1 << (first + place)
            found[grown] = more
            if over:
                waiting.append((grown, more, first + place + 1, inner, over))
    return found


def shapley_shares(drivers: Matrix, outcome: Sequence[float]) -> list[float]:
    """
    Return how much of R squared is each driver's, on average over every order of adding them.

    Examples:
        >>> shapley_shares([[1.0, 1.0], [1.0, 1.0]], [0.8, 0.8])
        [0.32000000000000006, 0.32000000000000006]
    """
    k = len(outcome)
    found = explained_by_sets(drivers, outcome)
    sizes = [chosen.bit_count() for chosen in range(1 << k)]
    weights = [factorial(n) * factorial(k - n - 1) / factorial(k) for n in range(k)]
    shares = []
    for place in range(k):
        bit = 1 << place
        share = fsum(
            weights[sizes[chosen]] * (found[chosen | bit] - found[chosen])
            for chosen in range(1 << k)
            if not chosen & bit
        )
        shares.append(share if share > _NOISE else 0.0)
    return shares


def explained(drivers: Matrix, outcome: Sequence[float]) -> float:
    """Return R squared of all drivers together."""
    left, rest, value = [list(row) for row in drivers], list(outcome), 0.0
    for place in range(len(rest)):
        pivot = left[place][place]
        if pivot <= REDUNDANT:
            continue
        value += rest[place] * rest[place] / pivot
        for i in range(place + 1, len(rest)):
            factor = left[i][place] / pivot
            rest[i] -= factor * rest[place]
            for j in range(place + 1, len(rest)):
                left[i][j] -= factor * left[place][j]
    return min(1.0, value)


def solved(drivers: Matrix, outcome: Sequence[float]) -> list[float] | None:
    """
    Return the standardised slopes of the drivers; None where a driver follows from others.

    Examples:
        >>> solved([[1.0, 0.5], [0.5, 1.0]], [0.5, 0.25])
        [0.5, 0.0]
    """
    k = len(outcome)
    left = [[*row, value] for row, value in zip(drivers, outcome, strict=True)]
    for place in range(k):
        pivot = left[place][place]
        if pivot <= REDUNDANT:
            return None
        for i in range(place + 1, k):
            factor = left[i][place] / pivot
            for j in range(place, k + 1):
                left[i][j] -= factor * left[place][j]
    slopes = [0.0] * k
    for place in reversed(range(k)):
        known = fsum(left[place][j] * slopes[j] for j in range(place + 1, k))
        slopes[place] = (left[place][k] - known) / left[place][place]
    return slopes


def johnson_weights(drivers: Matrix, outcome: Sequence[float]) -> list[float]:
    """
    Return the relative weights of the drivers, which sum to R squared.

    The drivers are replaced by the uncorrelated variables nearest to them, whose squared slopes are
    dealt back to the drivers.
    """
    k = len(outcome)
    values, vectors = _eigen(drivers)
    roots = [sqrt(value) if value > REDUNDANT else 0.0 for value in values]
    near = [
        [fsum(vectors[i][e] * roots[e] * vectors[j][e] for e in range(k)) for j in range(k)]
        for i in range(k)
    ]
    turned = [
        fsum(vectors[i][e] * outcome[i] for i in range(k)) / roots[e] if roots[e] else 0.0
        for e in range(k)
    ]
    slopes = [fsum(vectors[i][e] * turned[e] for e in range(k)) for i in range(k)]
    weights = [fsum(near[i][j] ** 2 * slopes[j] ** 2 for j in range(k)) for i in range(k)]
    return [weight if weight > _NOISE else 0.0 for weight in weights]


def percentages(shares: Sequence[Decimal], digits: int) -> list[Decimal]:
    """
    Return shares as percent of their sum, above 0, so rounded that they sum to 100.

    Each is cut, and what is missing goes to the largest rests; ties go to the first.

    Examples:
        >>> percentages([Decimal(1), Decimal(1), Decimal(1)], 0)
        [Decimal('34'), Decimal('33'), Decimal('33')]
    """
    held = [Fraction(share) for share in shares]
    total, units = sum(held), 100 * 10**digits
    exact = [share * units / total for share in held]
    cut = [int(part) for part in exact]
    order = sorted(range(len(cut)), key=lambda place: cut[place] - exact[place])
    for place in order[: units - sum(cut)]:
        cut[place] += 1
    # A text is exact in any ambient context.
    return [Decimal(f"{part}e-{digits}") for part in cut]


def _eigen(matrix: Matrix) -> tuple[list[float], list[list[float]]]:
    """Return the eigenvalues of a symmetric matrix and its eigenvectors, as columns, by Jacobi."""
    k = len(matrix)
    a = [list(row) for row in matrix]
    v = [[float(i == j) for j in range(k)] for i in range(k)]
    for _ in range(_TURNS):
        if not any(abs(a[i][j]) > _NOISE / k for i in range(k) for j in range(i)):
            break
        for p in range(k):
            for q in range(p + 1, k):
                if a[p][q]:
                    _turn(a, v, p, q)
    return [a[i][i] for i in range(k)], v


def _turn(a: list[list[float]], v: list[list[float]], p: int, q: int) -> None:
    """Turn two axes so that their entry off the diagonal is 0."""
    slope = (a[q][q] - a[p][p]) / (2 * a[p][q])
    t = (1 if slope >= 0 else -1) / (abs(slope) + hypot(slope, 1))
    c = 1 / hypot(t, 1)
    s = t * c
    for row in a:
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    a[p], a[q] = (
        [c * x - s * y for x, y in zip(a[p], a[q], strict=True)],
        [s * x + c * y for x, y in zip(a[p], a[q], strict=True)],
    )
    a[p][q] = a[q][p] = 0.0
    for row in v:
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
