"""
The test of Mann and Kendall: do values rise or fall with time, or could their order be chance?

The test looks at pairs of values alone, so neither an outlier nor a skewed measure misleads it. Of
`1 3 2 5 4` eight pairs rise and two fall: S = 6. Of all 120 orders of five values 28 have an S of 6
or more on either side, so p = 28/120: no trend can be told of so few.

H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945) 245-259; M. G. Kendall,
"Rank correlation methods" (1948); by season: R. M. Hirsch, J. R. Slack, R. A. Smith, "Techniques of
trend analysis for monthly water quality data", Water Resources Research 18 (1982) 107-121.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import erfc, sqrt
from typing import Any, Final, Literal

from bankservice.lifecycle.prediction.model import rounded

__all__ = ["EXACT_UP_TO", "kendall"]

EXACT_UP_TO: Final = 10
"""Up to so many values p is counted over every order they can have; beyond, the normal law serves."""


def kendall(
    groups: Sequence[Sequence[Any]],
) -> tuple[int, Decimal, Literal["exact", "normal"]]:
    """
    Return S, its two-sided p-value, and how that was found.

    Args:
        groups: Values that are compared with each other, in the order of time; one group, or one
            for each season.

    Examples:
        >>> kendall([[1, 3, 2, 5, 4]])
        (6, Decimal('0.233333333333'), 'exact')
    """
    s = sum(
        (late > early) - (late < early)
        for group in groups
        for early, late in combinations(group, 2)
    )
    ties = tuple(tuple(sorted(Counter(group).values())) for group in groups)
    p_value, method = _p(abs(s), ties)
    return s, p_value, method


@lru_cache(maxsize=4096)
def _p(s: int, ties: tuple[tuple[int, ...], ...]) -> tuple[Decimal, Literal["exact", "normal"]]:
    """Return the p-value of S or more on either side, of groups whose values are equal so often."""
    sizes = [sum(tied) for tied in ties]
    if sum(sizes) <= EXACT_UP_TO:
        return rounded(float(_exact_p(s, ties))), "exact"
    if not s:
        return Decimal(1), "normal"
    variance = sum(
        (_spread(size) - sum(map(_spread, tied)) for size, tied in zip(sizes, ties, strict=True)),
        Fraction(0),
    )
    # S moves in steps of two, so its continuous image begins one nearer to the middle.
    z = (s - 1) / sqrt(variance)
    return rounded(erfc(z / sqrt(2))), "normal"


def _spread(n: int) -> Fraction:
    """Return the variance of S over all orders of *n* different values."""
    return Fraction(n * (n - 1) * (2 * n + 5), 18)


def _exact_p(s: int, ties: Sequence[Sequence[int]]) -> Fraction:
    """Return how many of all orders have an S at least as far from 0, as a share."""
    counts = [1]
    for tied in ties:
        counts = _times(counts, _inversions(tied))
    most = len(counts) - 1
    far = sum(count for falls, count in enumerate(counts) if abs(most - 2 * falls) >= abs(s))
    return Fraction(far, sum(counts))


def _inversions(tied: Sequence[int]) -> list[int]:
    """Return how many orders of values, some equal, have 0, 1, 2, … falling pairs."""
    counts, n = [1], 0
    for size in tied:
        n += size
        # Put further equals in between: a Gaussian binomial coefficient, as in counting partitions.
        for k in range(1, size + 1):
            counts = _over(_times(counts, [1] * (n - size + k)), k)
    return counts


def _times(one: Sequence[int], other: Sequence[int]) -> list[int]:
    found = [0] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            found[i + j] += a * b
    return found


def _over(counts: Sequence[int], k: int) -> list[int]:
    """Divide by 1 + q + … + q^(k-1), which leaves no rest."""
    found: list[int] = []
    for place in range(len(counts) - k + 1):
        found.append(counts[place] - sum(found[max(0, place - k + 1) :]))
    return found
