"""
How often intervals of a net promoter score hold the true score: counted, not simulated.

    python benchmarks/coverage_nps.py
    python benchmarks/coverage_nps.py 0.7 0.1 30

Every split of n answers into promoters, passives and detractors is weighed by its probability, and
counts where the interval of `satisfaction.nps` holds the score of the population. The intervals say
95 %. The arguments are the shares of promoters and detractors, and the answers; without them the
table behind the choice of the default is printed.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from functools import cache
from math import exp, fsum, inf, lgamma, log
from typing import Final

from bankservice.satisfaction import nps

METHODS: Final = ("wald", "t", "adjusted-wald")
CASES: Final = (
    ("0.8", "0.05", 5),
    ("0.8", "0.05", 20),
    ("0.8", "0.05", 50),
    ("0.9", "0.02", 10),
    ("0.5", "0.2", 20),
)
"""Share of promoters, share of detractors, answers."""

Split = tuple[int, int]
"""Promoters and detractors."""


@cache
def intervals(n: int, method: str) -> dict[Split, tuple[Decimal, Decimal] | None]:
    """Return the interval of every split of some answers; None where there is none."""
    found: dict[Split, tuple[Decimal, Decimal] | None] = {}
    for promoters in range(n + 1):
        for detractors in range(n - promoters + 1):
            score = nps(
                promoters=promoters,
                passives=n - promoters - detractors,
                detractors=detractors,
                method=method,
            ).outcome
            ends = None if score.low is None or score.high is None else (score.low, score.high)
            found[promoters, detractors] = ends
    return found


def power(share: float, count: int) -> float:
    """Return the logarithm of a share to the power of a count."""
    if not count:
        return 0.0
    return count * log(share) if share > 0 else -inf


def probability(split: Split, n: int, promoters: float, detractors: float) -> float:
    """Return how probable a split of n answers is."""
    first, last = split
    between = n - first - last
    return exp(
        lgamma(n + 1)
        - lgamma(first + 1)
        - lgamma(last + 1)
        - lgamma(between + 1)
        + power(promoters, first)
        + power(detractors, last)
        + power(1 - promoters - detractors, between)
    )


def coverage(n: int, promoters: str, detractors: str, method: str) -> float:
    """Return how often the interval holds the true score."""
    true = (Decimal(promoters) - Decimal(detractors)) * 100
    held = (
        split
        for split, ends in intervals(n, method).items()
        if ends is not None and ends[0] <= true <= ends[1]
    )
    return fsum(probability(split, n, float(promoters), float(detractors)) for split in held)


def main(*asked: str) -> None:
    """Print how often each method holds the score, beside the 95 % it says."""
    cases = ((asked[0], asked[1], int(asked[2])),) if len(asked) == 3 else CASES
    print(f"{'promoters':>9} {'detractors':>10} {'n':>5}  " + " ".join(f"{m:>13}" for m in METHODS))
    for promoters, detractors, n in cases:
        held = " ".join(f"{coverage(n, promoters, detractors, m):13.4f}" for m in METHODS)
        print(f"{promoters:>9} {detractors:>10} {n:5}  {held}")


if __name__ == "__main__":
    main(*sys.argv[1:])
