"""
How often the intervals of a net promoter score hold the true one, counted over every outcome.

Fifty answers, and shares of one's own, are told by `python benchmarks/coverage_nps.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from math import comb, fsum
from typing import Final

import pytest

from bankservice.satisfaction import nps

SAID: Final = 0.95

Ends = tuple[Decimal, Decimal]
"""Lower and upper end of an interval."""


@cache
def intervals(n: int, method: str) -> dict[tuple[int, int], Ends]:
    """Return the interval of every split of n answers into promoters, the rest and detractors."""
    found: dict[tuple[int, int], Ends] = {}
    for promoters in range(n + 1):
        for detractors in range(n - promoters + 1):
            score = nps(
                promoters=promoters,
                passives=n - promoters - detractors,
                detractors=detractors,
                method=method,
            ).outcome
            assert score.low is not None
            assert score.high is not None
            found[promoters, detractors] = (score.low, score.high)
    return found


def coverage(n: int, promoters: str, detractors: str, method: str) -> float:
    """Return how often the interval holds the score of such a population."""
    first, last = float(promoters), float(detractors)
    true = 100 * (Decimal(promoters) - Decimal(detractors))

    def held() -> Iterator[float]:
        for (p, d), (low, high) in intervals(n, method).items():
            if low <= true <= high:
                ways = comb(n, p) * comb(n - p, d)
                yield ways * first**p * last**d * (1 - first - last) ** (n - p - d)

    return fsum(held())


@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "wald", "t", "adjusted"),
    [
        ("0.8", "0.05", 5, 0.6648, 0.6717, 0.9293),
        ("0.8", "0.05", 20, 0.8598, 0.8643, 0.9563),
        ("0.9", "0.02", 10, 0.6494, 0.6506, 0.9298),
        ("0.5", "0.2", 20, 0.9262, 0.9431, 0.9478),
    ],
)
def test_intervals_hold_the_true_score_as_often_as_counted(
    promoters: str, detractors: str, n: int, wald: float, t: float, adjusted: float
) -> None:
    """Each method covers the true score as often as the trinomial law says, to four digits."""
    found = [
        round(coverage(n, promoters, detractors, method), 4)
        for method in ("wald", "t", "adjusted-wald")
    ]

    assert [wald, t, adjusted] == found


def test_the_default_is_near_what_it_says_where_others_are_not() -> None:
    """Few answers, nearly all promoters: the default stays within three points of its 95 %."""
    cases = (("0.8", "0.05", 5), ("0.9", "0.02", 10))
    default = [coverage(n, p, d, "adjusted-wald") for p, d, n in cases]
    plain = [coverage(n, p, d, method) for p, d, n in cases for method in ("wald", "t")]

    assert all(abs(share - SAID) < 0.03 for share in default)
    assert all(share < 0.7 for share in plain)
