"""
Association by rank: how far two columns of answers go up together, whatever their steps mean.

Spearman's is the correlation of the ranks, equal answers sharing the middle one. Kendall's tau-b
compares pairs of respondents: those in the same order in both columns less those in opposite order,
as a share of the pairs, corrected for equal answers. The pairs are counted cell by cell of the table
of answers, so that a million answers to scales of ten cost no more than a hundred cells.

M. G. Kendall, "Rank correlation methods" (1948); intervals for Pearson's: R. A. Fisher, Metron 1
(1921) 3-32.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from math import atanh, copysign, sqrt, tanh

from bankservice.satisfaction.scores.intervals import z_of

__all__ = ["fisher_interval", "mid_ranks", "tau_b"]


def fisher_interval(r: float, n: int, confidence: float) -> tuple[float, float] | None:
    """
    Return the bounds of a correlation by Fisher's z; None for fewer than four respondents.

    Answers on one line have both bounds there.

    Examples:
        >>> tuple(round(bound, 10) for bound in fisher_interval(0.9228513036, 20, 0.95))
        (0.8118914784, 0.9694622417)
    """
    if n < 4:
        return None
    if abs(r) >= 1:
        return r, r
    half = z_of(confidence) / sqrt(n - 3)
    return tanh(atanh(r) - half), tanh(atanh(r) + half)


def mid_ranks(values: Sequence[int]) -> list[int]:
    """
    Return twice the rank of each value; equal ones share the middle of theirs.

    Examples:
        >>> mid_ranks([30, 10, 20, 10])
        [8, 3, 6, 3]
    """
    counts = Counter(values)
    order = sorted(counts)
    upto = accumulate(counts[value] for value in order)
    rank = {value: 2 * end - counts[value] + 1 for value, end in zip(order, upto, strict=True)}
    return [rank[value] for value in values]


def tau_b(one: Sequence[int], other: Sequence[int]) -> float | None:
    """
    Return Kendall's tau-b of two columns; None where one never differs.

    Examples:
        >>> tau_b([1, 2, 3, 4], [1, 3, 2, 4])
        0.6666666666666666
    """
    cells = Counter(zip(one, other, strict=True))
    places = {value: place for place, value in enumerate(sorted(set(other)), 1)}
    # Counts by the second answer, of those whose first answer is lower: a tree of partial sums.
    tree = [0] * (len(places) + 1)
    score = seen = 0
    waiting: list[tuple[int, int]] = []
    last: int | None = None
    for first, second in sorted(cells):
        if first != last:
            for place, count in waiting:
                seen += count
                while place < len(tree):
                    tree[place] += count
                    place += place & -place
            waiting, last = [], first
        place, count = places[second], cells[first, second]
        score += count * (_upto(tree, place - 1) - (seen - _upto(tree, place)))
        waiting.append((place, count))
    n = len(one)
    pairs = n * (n - 1) // 2
    apart = (pairs - _tied(one)) * (pairs - _tied(other))
    return copysign(sqrt(score * score / apart), score) if apart else None


def _upto(tree: Sequence[int], place: int) -> int:
    found = 0
    while place:
        found += tree[place]
        place -= place & -place
    return found


def _tied(values: Sequence[int]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(values).values())
