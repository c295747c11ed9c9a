"""
The test of Mann and Kendall: do values rise or fall with time, or could their order be chance?

The test looks at pairs of values alone, so neither an outlier nor a skewed measure misleads it. Of
`1 3 2 5 4` eight pairs rise and two fall: S = 6. Of all 120 orders of five values 28 have an S of 6
or more on either side, so p = 28/120: no trend can be told of so few. How steep a trend is follows
from the pairs too: it is the median of their slopes.

H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945) 245-259; M. G. Kendall,
"Rank correlation methods" (1948); by season: R. M. Hirsch, J. R. Slack, R. A. Smith, "Techniques of
trend analysis for monthly water quality data", Water Resources Research 18 (1982) 107-121; the slope:
P. K. Sen, Journal of the American Statistical Association 63 (1968) 1379-1389.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import erfc, lcm, sqrt
from typing import Any, Final, Literal

import attrs

from bankservice.core.special import rounded

__all__ = ["EXACT_UP_TO", "Kendall", "kendall", "theil_sen"]

EXACT_UP_TO: Final = 10
"""Up to so many values p is counted over every order they can have; beyond, the normal law serves."""


@attrs.frozen
class Kendall:
    """
    What the test found.

    Attributes:
        s: Rising pairs less falling ones.
        variance: That of S over all orders the values can have.
        z: How far S is from 0, in its deviations, one step nearer to the middle; None where all
            values are equal.
        p_value: Two-sided.
        method: How p was found: counted over every order, or by the normal law.
    """

    s: int
    variance: Fraction
    z: float | None
    p_value: Decimal
    method: Literal["exact", "normal"]


def kendall(groups: Sequence[Sequence[Any]]) -> Kendall:
    """
    Return whether values rise or fall with time, or their order could be chance.

    Args:
        groups: Values that are compared with each other, in the order of time; one group, or one
            for each season.

    Examples:
        >>> found = kendall([[1, 3, 2, 5, 4]])
        >>> found.s, found.p_value, found.method
        (6, Decimal('0.233333333333'), 'exact')
    """
    s = sum(
        (late > early) - (late < early)
        for group in groups
        for early, late in combinations(group, 2)
    )
    ties = tuple(tuple(sorted(Counter(group).values())) for group in groups)
    variance = sum(
        (_spread(sum(tied)) - sum(map(_spread, tied)) for tied in ties),
        Fraction(0),
    )
    # S moves in steps of two, so its continuous image begins one nearer to the middle.
    z = ((s > 0) - (s < 0)) * max(abs(s) - 1, 0) / sqrt(variance) if variance else None
    if sum(map(sum, ties)) <= EXACT_UP_TO:
        return Kendall(s, variance, z, _exact_p(abs(s), ties), "exact")
    p_value = rounded(erfc(abs(z) / sqrt(2))) if z else Decimal(1)
    return Kendall(s, variance, z, p_value, "normal")


def theil_sen(groups: Sequence[Sequence[tuple[int, Fraction]]]) -> Fraction:
    """
    Return the median of the slopes of all pairs: how much values change by a step of time.

    Args:
        groups: Places in time, all different within a group, each with its value; one group, or
            one for each season. At least one group has a pair.

    Examples:
        >>> theil_sen([[(0, Fraction(1)), (1, Fraction(3)), (2, Fraction(4))]])
        Fraction(3, 2)
    """
    scale = lcm(*{value.denominator for group in groups for _, value in group})
    whole = [
        [(place, value.numerator * (scale // value.denominator)) for place, value in group]
        for group in groups
    ]
    pairs = [pair for group in whole for pair in combinations(group, 2)]
    # Compared as whole numbers of one unit: fractions are many times slower.
    unit = lcm(*{last - first for (first, _), (last, _) in pairs})
    slopes = sorted(
        (late - early) * (unit // (last - first)) for (first, early), (last, late) in pairs
    )
    half = len(slopes) // 2
    middle = slopes[half] * 2 if len(slopes) % 2 else slopes[half - 1] + slopes[half]
    return Fraction(middle, 2 * unit * scale)


def _spread(n: int) -> Fraction:
    """Return the variance of S over all orders of *n* different values."""
    return Fraction(n * (n - 1) * (2 * n + 5), 18)


@lru_cache(maxsize=4096)
def _exact_p(s: int, ties: tuple[tuple[int, ...], ...]) -> Decimal:
    """Return how many of all orders have an S at least as far from 0, as a share."""
    counts = [1]
    for tied in ties:
        counts = _times(counts, _inversions(tied))
    most = len(counts) - 1
    far = sum(count for falls, count in enumerate(counts) if abs(most - 2 * falls) >= abs(s))
    return rounded(far / sum(counts))


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
