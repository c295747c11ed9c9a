"""
Two samples: how far apart two scores are, how sure that is, and what could have been seen.

Everything here is a fraction: NPS between -1 and 1, shares between 0 and 1. The sizes of samples
are floats, because of weighted answers only the effective number counts.

B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016)
365-372. R. G. Newcombe, "Interval estimation for the difference between independent proportions",
Statistics in Medicine 17 (1998) 873-890. A. Agresti, B. Caffo, "Simple and effective confidence
intervals for proportions", The American Statistician 54 (2000) 280-288. B. L. Welch, "The
generalization of Student's problem", Biometrika 34 (1947) 28-35.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, fsum, hypot, sqrt
from typing import Final

import attrs

from bankservice.core.quantiles import (
    beta_share,
    normal_quantile,
    t_quantile,
    t_two_sided,
    two_sided,
)
from bankservice.satisfaction.scores.intervals import Net, wilson, z_of

__all__ = [
    "Compared",
    "Mean",
    "Share",
    "agresti_caffo",
    "detectable_share",
    "expected_least",
    "fisher",
    "mcnemar",
    "net_difference",
    "newcombe",
    "pooled_error",
    "student",
    "welch",
]

_EXACT: Final = 20_000
"""Answers up to which Fisher's test counts in whole numbers."""
_TIE: Final = 1 + 1e-9
"""Beyond, tables as likely as the one seen but for what floats lose are as likely."""
_NEAR: Final = 1e-15
"""As near to each other as floats have digits."""
_STEPS: Final = 120
"""A dozen are enough; where floats are too coarse to come nearer, it ends."""


@attrs.frozen
class Share:
    """
    A share and how many answers it rests on.

    Attributes:
        part: Between 0 and 1.
        size: Answers, the effective number where they are weighted; above 0.
    """

    part: float
    size: float


@attrs.frozen
class Mean:
    """
    A mean, the variance of one answer about it, and how many answers it rests on.

    Attributes:
        value: The mean.
        variance: Of a sample: the sum of squares divided by one less than the answers.
        size: Answers, the effective number where they are weighted; above 1.
    """

    value: float
    variance: float
    size: float


@attrs.frozen
class Compared:
    """
    A difference of two scores, the second less the first, and how sure it is.

    Attributes:
        centre: The difference the interval lies around.
        error: Its standard error.
        low: Lower end of the interval; None where nothing spreads, and nothing can be told.
        high: Upper end.
        statistic: The difference in standard errors.
        freedom: Degrees of freedom; None for the normal law.
        p_value: How often chance alone differs as much.
        seen: Smallest true difference that would have been found with the power asked for.
    """

    centre: float
    error: float
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    freedom: float | None = None
    p_value: float | None = None
    seen: float | None = None


def net_difference(before: Net, after: Net, confidence: float, power: float) -> Compared:
    """
    Compare two net promoter scores by the normal law; where nothing spreads there is no interval.

    Args:
        before: The score as `adjusted_net` (which always spreads) or `plain_net` has it.
        after: The other one, by the same method.
        confidence: Between 0 and 1.
        power: How surely a difference is to be found for `seen`; 0.5 or more, below 1.

    Examples:
        >>> from bankservice.satisfaction.scores.intervals import adjusted_net
        >>> earlier, later = adjusted_net(0.5, 0.2, 100), adjusted_net(0.6, 0.15, 100)
        >>> found = net_difference(earlier, later, 0.95, 0.8)
        >>> round(found.centre, 12), round(found.statistic or 0, 10)
        (0.145631067961, 1.3715831584)
    """
    centre = after.centre - before.centre
    error = sqrt(before.variance / before.base + after.variance / after.base)
    if not error:
        return Compared(centre, error)
    z = z_of(confidence)
    return Compared(
        centre,
        error,
        # Two scores are at most 2 apart.
        max(-2.0, centre - z * error),
        min(2.0, centre + z * error),
        centre / error,
        None,
        two_sided(centre / error),
        (z + normal_quantile(power)) * error,
    )


def welch(before: Mean, after: Mean, confidence: float, power: float) -> Compared:
    """
    Compare two means by Welch's t; where nothing spreads there is no interval.

    Examples:
        >>> found = welch(Mean(2.0, 1.0, 4.0), Mean(3.0, 1.0, 4.0), 0.95, 0.8)
        >>> round(found.statistic or 0, 6), found.freedom, round(found.p_value or 0, 6)
        (1.414214, 6.0, 0.207031)
    """
    centre = after.value - before.value
    parts = (before.variance / before.size, after.variance / after.size)
    square = fsum(parts)
    error = sqrt(square)
    if not error:
        return Compared(centre, error)
    sizes = (before.size, after.size)
    freedom = square**2 / fsum(
        part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True)
    )
    return student(centre, error, freedom, confidence, power)


def student(
    centre: float, error: float, freedom: float, confidence: float, power: float
) -> Compared:
    """Return what Student's t tells of a difference with a standard error above 0."""
    t = -t_quantile((1 - confidence) / 2, freedom)
    return Compared(
        centre,
        error,
        centre - t * error,
        centre + t * error,
        centre / error,
        freedom,
        t_two_sided(centre / error, freedom),
        (t + t_quantile(power, freedom)) * error,
    )


def pooled_error(before: Share, after: Share) -> float:
    """Return the standard error of a difference, were both shares one; 0 where all agree."""
    pooled = _pooled(before, after)
    return sqrt(pooled * (1 - pooled) * (1 / before.size + 1 / after.size))


def _pooled(before: Share, after: Share) -> float:
    pooled = (before.part * before.size + after.part * after.size) / (before.size + after.size)
    return min(1.0, max(0.0, pooled))


def newcombe(before: Share, after: Share, confidence: float) -> tuple[float, float]:
    """
    Return the bounds of a difference of shares by Newcombe's method, from two Wilson intervals.

    Examples:
        >>> low, high = newcombe(Share(1, 5), Share(1, 5), 0.95)
        >>> round(low, 10), round(high, 10)
        (-0.4344824648, 0.4344824648)
    """
    first = wilson(before.part * before.size, before.size, confidence)
    second = wilson(after.part * after.size, after.size, confidence)
    difference = after.part - before.part
    return (
        difference - hypot(after.part - second.low, first.high - before.part),
        difference + hypot(second.high - after.part, before.part - first.low),
    )


def agresti_caffo(before: Share, after: Share, confidence: float) -> tuple[float, float]:
    """
    Return the bounds of a difference of shares by Agresti's and Caffo's method, at most 1 apart.

    Examples:
        >>> low, high = agresti_caffo(Share(1, 10), Share(0.7, 10), 0.95)
        >>> round(low, 10), round(high, 10)
        (-0.5591793286, 0.0591793286)
    """
    z = z_of(confidence)
    shares = [
        Share((share.part * share.size + 1) / (share.size + 2), share.size + 2)
        for share in (before, after)
    ]
    centre = shares[1].part - shares[0].part
    half = z * sqrt(fsum(share.part * (1 - share.part) / share.size for share in shares))
    return max(-1.0, centre - half), min(1.0, centre + half)


def expected_least(before: Share, after: Share) -> float:
    """Return the smallest of the four counts expected if both shares were the same."""
    pooled = _pooled(before, after)
    return min(pooled, 1 - pooled) * min(before.size, after.size)


def fisher(before: tuple[int, int], after: tuple[int, int]) -> float:
    """
    Return Fisher's exact two-sided p-value: the tables no likelier than the one seen.

    Args:
        before: How many were satisfied, of how many.
        after: The same.

    Examples:
        >>> round(fisher((10, 10), (7, 10)), 10)
        0.2105263158
    """
    (first, of_first), (second, of_second) = before, after
    total, satisfied = of_first + of_second, first + second
    # Rows and columns may change places, and their order: the fewest tables are to be counted.
    drawn, marked, seen = min(
        (of_first, satisfied, first),
        (of_second, satisfied, second),
        (of_first, total - satisfied, of_first - first),
        (of_second, total - satisfied, of_second - second),
        (satisfied, of_first, first),
        (satisfied, of_second, second),
        (total - satisfied, of_first, of_first - first),
        (total - satisfied, of_second, of_second - second),
    )
    places = range(max(0, drawn + marked - total), min(drawn, marked) + 1)
    if total <= _EXACT:
        ways = [comb(marked, places[0]) * comb(total - marked, drawn - places[0])]
        for x in places[:-1]:
            over = (marked - x) * (drawn - x)
            ways.append(ways[-1] * over // ((x + 1) * (total - marked - drawn + x + 1)))
        most = ways[seen - places[0]]
        return sum(way for way in ways if way <= most) / sum(ways)
    likely = _likely(drawn, marked, total, places)
    limit = likely[seen - places[0]] * _TIE
    return min(1.0, fsum(way for way in likely if way <= limit) / fsum(likely))


def _likely(drawn: int, marked: int, total: int, places: range) -> list[float]:
    """Return how likely each count of marked ones is, against the likeliest."""

    def step(x: int) -> float:
        return (marked - x) * (drawn - x) / ((x + 1) * (total - marked - drawn + x + 1))

    top = min(places[-1], max(places[0], (drawn + 1) * (marked + 1) // (total + 2)))
    above, below = [1.0], []
    for x in range(top, places[-1]):
        above.append(above[-1] * step(x))
    held = 1.0
    for x in range(top - 1, places[0] - 1, -1):
        held /= step(x)
        below.append(held)
    return [*reversed(below), *above]


def mcnemar(lost: int, gained: int) -> tuple[float, float]:
    """
    Return McNemar's exact two-sided p-value, and its chi-square.

    Args:
        lost: How many were satisfied before and not after.
        gained: How many were satisfied after and not before.

    Examples:
        >>> exact, square = mcnemar(5, 15)
        >>> round(exact, 10), square
        (0.0413894653, 5.0)
    """
    fewer, changed = min(lost, gained), lost + gained
    if lost == gained:
        return 1.0, 0.0
    exact = 2 * beta_share(changed - fewer, fewer + 1, 0.5)
    return min(1.0, exact), (gained - lost) ** 2 / changed


def detectable_share(before: Share, size: float, confidence: float, power: float) -> float | None:
    """
    Return the smallest difference from a share that samples of these sizes would have shown.

    It is the smaller one of up and down; None where not even the whole way would have been seen.

    Examples:
        >>> round(detectable_share(Share(0.8, 1447), 1447, 0.95, 0.8) or 0, 4)
        0.04
    """
    z, beyond = z_of(confidence), normal_quantile(power)
    # Up from a share is as far as down from the other: near 0 nothing is lost.
    p = min(before.part, 1 - before.part)
    own = p * (1 - p) / before.size
    total, both = before.size + size, 1 / before.size + 1 / size

    def over(difference: float) -> float:
        q = min(1.0, max(0.0, p + difference))
        pooled = min(1.0, (p * before.size + q * size) / total)
        chance = sqrt(pooled * (1 - pooled) * both)
        return abs(difference) - z * chance - beyond * sqrt(own + q * (1 - q) / size)

    ends = [end for end in (1 - p, -p) if end and over(end) >= 0]
    return min((abs(_crossing(over, end)) for end in ends), default=None)


def _crossing(over: Callable[[float], float], end: float) -> float:
    """
    Return where a function passes 0 that is below it from 0 on, and not at the end.

    Steps are those of the false position; where one side stays, its value is halved (Illinois).
    """
    low, high = 0.0, end
    below, above, stayed = over(low), over(high), 0
    for _ in range(_STEPS):
        # Where all agree the function is 0 at 0 too: that is not where it passes.
        at = high - above * (high - low) / (above - below) if below < 0 else high / 2
        found = over(at)
        if found < 0:
            low, below = at, found
            above, stayed = above / (2 if stayed < 0 else 1), -1
        else:
            high, above = at, found
            below, stayed = below / (2 if stayed > 0 else 1), 1
        if not above or abs(high - low) <= _NEAR * abs(high):
            break
    return high
