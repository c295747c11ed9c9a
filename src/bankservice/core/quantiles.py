"""
Quantiles and tails of the laws that statistics are judged by, in floats.

The standard library has the normal law (`statistics.NormalDist`); Student's t, F, chi-square, beta
and the binomial law follow here from two functions: the share of a beta and of a gamma distribution
that lies on either side of a point. Both are reckoned from the side where they are small, so that
nothing is lost to a subtraction from 1.

M. Abramowitz, I. A. Stegun, "Handbook of mathematical functions" (1964), 6.5 and 26.5.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import erfc, exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import Final

from bankservice.core.special import log_beta

__all__ = [
    "beta_quantile",
    "beta_share",
    "chi_square_tail",
    "f_quantile",
    "normal_quantile",
    "t_quantile",
    "t_two_sided",
    "two_sided",
]

_ENOUGH: Final = 1.5e-16
_TINY: Final = 1e-300
_MOST: Final = 100_000
"""Terms of a continued fraction; it needs about as many as the root of its parameters."""
_STEPS: Final = 200
_STRIDE: Final = 1e-6
_LAST: Final = 1 - 2**-53
"""The float before 1."""


@lru_cache(maxsize=256)
def normal_quantile(p: float) -> float:
    """
    Return the value that a normal variable is below with probability *p*, between 0 and 1.

    Examples:
        >>> round(normal_quantile(0.975), 10)
        1.9599639845
    """
    return NormalDist().inv_cdf(p)


def two_sided(z: float) -> float:
    """
    Return the probability that a normal variable is at least as far from 0 as *z*.

    It is right far out, where 1 less the distribution is 0.

    Examples:
        >>> f"{two_sided(9):.10e}"
        '2.2571768119e-19'
    """
    return erfc(abs(z) / sqrt(2))


def beta_share(a: float, b: float, x: float) -> float:
    """
    Return the share of a beta distribution below *x*: the regularised incomplete beta function.

    Args:
        a: First parameter, above 0.
        b: Second parameter, above 0.
        x: Between 0 and 1, both included.

    Examples:
        >>> round(beta_share(2, 3, 0.5), 12)
        0.6875
    """
    return _beta_sides(a, b, x, 1 - x)[0]


@lru_cache(maxsize=4096)
def beta_quantile(a: float, b: float, p: float) -> float:
    """
    Return the point a beta distribution is below with probability *p*.

    Args:
        a: First parameter, above 0.
        b: Second parameter, above 0.
        p: Between 0 and 1, both included.

    Examples:
        >>> round(beta_quantile(2, 3, 0.6875), 12)
        0.5
    """
    if p <= 0 or p >= 1:
        return 0.0 if p <= 0 else 1.0

    def slope(x: float) -> float:
        return exp((a - 1) * log(x) + (b - 1) * log1p(-x) - log_beta(a, b))

    return _solved(lambda x: _beta_sides(a, b, x, 1 - x), slope, p, a / (a + b))


def t_two_sided(t: float, freedom: float) -> float:
    """
    Return the probability that Student's t is at least as far from 0 as *t*.

    Args:
        t: The value.
        freedom: Degrees of freedom, above 0; they need not be whole.

    Examples:
        >>> round(t_two_sided(1.3872296304, 197.4244025415), 8)
        0.16693579
    """
    square = t * t
    return _beta_sides(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square))[
        0
    ]


@lru_cache(maxsize=4096)
def t_quantile(p: float, freedom: float) -> float:
    """
    Return the value that Student's t is below with probability *p*.

    Args:
        p: Between 0 and 1, both excluded.
        freedom: Degrees of freedom, 1 or more.

    Examples:
        >>> round(t_quantile(0.975, 14), 10)
        2.1447866879
    """
    if p == 0.5:
        return 0.0
    outside = 2 * min(p, 1 - p)
    # Of t squared over t squared and the freedom, so that a small t keeps its digits.
    inside = beta_quantile(0.5, freedom / 2, 1 - outside)
    if inside > 0.5:
        near = beta_quantile(freedom / 2, 0.5, outside)
        t = sqrt(freedom * (1 - near) / near)
    else:
        t = sqrt(freedom * inside / (1 - inside))
    return t if p > 0.5 else -t


def f_quantile(p: float, above: float, below: float) -> float:
    """
    Return the value that F is below with probability *p*.

    Args:
        p: Between 0 and 1, both excluded.
        above: Degrees of freedom of the numerator, 1 or more.
        below: Degrees of freedom of the denominator, 1 or more.

    Examples:
        >>> round(f_quantile(0.95, 3, 10), 6)
        3.708265
    """
    share = beta_quantile(above / 2, below / 2, p)
    rest = beta_quantile(below / 2, above / 2, 1 - p)
    return below * share / (above * rest)


def chi_square_tail(value: float, freedom: float) -> float:
    """
    Return the probability that chi-square is at least *value*.

    Args:
        value: 0 or more.
        freedom: Degrees of freedom, above 0.

    Examples:
        >>> round(chi_square_tail(7.6811594203, 2), 10)
        0.0214811449
    """
    a, x = freedom / 2, value / 2
    if x <= 0:
        return 1.0
    front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > _ENOUGH * total:
            n += 1
            term *= x / n
            total += term
        return 1 - front * total
    return front * _fraction(x + 1 - a, lambda i: i * (a - i), lambda i: x + 1 - a + 2 * i)


def _fraction(first: float, above: Callable[[int], float], below: Callable[[int], float]) -> float:
    """Return 1 over a continued fraction, by the method of Lentz."""
    c, d = 1 / _TINY, 1 / (first or _TINY)
    value, change, i = d, 0.0, 0
    while abs(change - 1) > _ENOUGH and i < _MOST:
        i += 1
        a, b = above(i), below(i)
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        change = c * d
        value *= change
    return value


def _beta_sides(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """Return the shares below and above *x*, where *y* is 1 less *x*; the smaller one is exact."""
    if x <= 0 or y <= 0:
        return (0.0, 1.0) if x <= 0 else (1.0, 0.0)
    if x > (a + 1) / (a + b + 2):
        above, below = _beta_sides(b, a, y, x)
        return below, above

    def over(i: int) -> float:
        m = i // 2
        if i % 2:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))

    # A number near 1 has lost digits that what it lacks of 1 still has.
    log_x = log(x) if x < y else log1p(-y)
    log_y = log(y) if y < x else log1p(-x)
    front = exp(a * log_x + b * log_y - log_beta(a, b)) / a
    share = front * _fraction(1.0, over, lambda i: 1.0)
    return share, 1 - share


def _solved(
    sides: Callable[[float], tuple[float, float]],
    slope: Callable[[float], float],
    p: float,
    start: float,
) -> float:
    """Return the point with *p* below it: steps of Newton, and halves where they lead astray."""
    low, high, x = 0.0, 1.0, min(max(start, _TINY), _LAST)
    before, steps = inf, 0
    while abs(x - before) > 4 * _ENOUGH * x and steps < _STEPS and high > _TINY:
        below, above = sides(x)
        # The difference is taken on the side that is small, where it keeps its digits.
        off = below - p if p <= 0.5 else (1 - p) - above
        if off > 0:
            high = x
        else:
            low = x
        steep = slope(x)
        before, steps = x, steps + 1
        x -= off / steep if 0 < steep < inf else inf
        if not low < x < high:
            x = _between(low, high)
    # What is nearer to 0 than a float can well tell is 0.
    return x if high > _TINY else 0.0


def _between(low: float, high: float) -> float:
    """Return a point between, by the size of numbers where they differ by orders of it."""
    if not low:
        return max(high * _STRIDE, _TINY) if high < _STRIDE else high / 2
    return sqrt(low) * sqrt(high) if high > 4 * low else (low + high) / 2
