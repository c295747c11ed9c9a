"""
Functions of statistics that the standard library has not, in floats.

Money and points are never reckoned here: these serve estimates. All stay accurate where their
arguments are huge, which is where a fit goes when it has lost its way.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import exp, expm1, lgamma, log, log1p
from typing import Final

__all__ = ["beta_average", "log_beta", "log_rising", "rounded"]

_STIRLING: Final = 1e3
"""From here on the series of Stirling, cut after two terms, is as good as a float."""
_NARROW: Final = 1e-6
"""A distribution of log odds that is narrower is as good as a point."""
_STEP: Final = 0.25
"""A step this wide, on log odds, is exact for smooth functions: the error falls as exp(-10/step)."""
_FLAT: Final = 40.0
"""Log odds beyond which a probability is 0 or 1, as far as a float can tell."""
_NOTHING: Final = 1e-20
_LEAST: Final = 1e-40


def rounded(value: float, digits: int = 12) -> Decimal:
    """
    Return a float as a `Decimal` of so many significant digits, rounded half to even.

    What is nearer to 0 than a number that is read may be (forty digits) is 0.

    Examples:
        >>> rounded(1.2260277499999), rounded(0.1 + 0.2)
        (Decimal('1.22602775'), Decimal('0.3'))
    """
    # A text is exact in any ambient context.
    text = format(value if abs(value) >= _LEAST else 0.0, f".{digits}g")
    return Decimal(format(Decimal(text), "f"))


def log_rising(a: float, n: float) -> float:
    """
    Return the logarithm of `gamma(a + n) / gamma(a)`: of `a (a + 1) … (a + n - 1)` for whole n.

    Args:
        a: Above 0.
        n: 0 or more; a whole number, or not.

    Examples:
        >>> from math import log
        >>> abs(log_rising(3, 2) - log(3 * 4)) < 1e-15
        True
    """
    if a < _STIRLING:
        return lgamma(a + n) - lgamma(a)
    # The two are near each other where a is huge: their difference is taken before it is lost.
    above = a + n
    return (
        n * (log(a) - 1)
        + (above - 0.5) * log1p(n / a)
        + (1 / above - 1 / a) / 12
        - (1 / above**3 - 1 / a**3) / 360
    )


def log_beta(a: float, b: float) -> float:
    """
    Return the logarithm of the beta function of *a* and *b*, both above 0.

    Examples:
        >>> from math import log
        >>> abs(log_beta(2, 3) + log(12)) < 1e-15
        True
    """
    small, large = sorted((a, b))
    return lgamma(small) - log_rising(large, small)


def beta_average(f: Callable[[float], float], a: float, b: float, scale: float = 1.0) -> float:
    """
    Return the average of *f* over a beta distribution.

    The sum of equal steps on the log odds of the probability, where such a sum is as exact as
    floats are: nothing is subtracted, and neither end needs care, however heavy its tail. What is
    left of the first step and right of the last is a geometric series, added in closed form.

    Args:
        f: A smooth, positive function of the probability, falling or flat.
        a: First parameter of the distribution, above 0.
        b: Its second parameter, above 0.
        scale: Below `1 / scale`, as far as a float can tell, *f* is flat.

    Returns:
        The average, to about twelve digits.

    Examples:
        >>> abs(beta_average(lambda p: 1 - p, 2, 3) - 3 / 5) < 1e-14
        True
    """
    width = (1 / a + 1 / b) ** 0.5
    if width < _NARROW:
        return f(a / (a + b))
    step = min(_STEP, width / 2)
    middle = log(a) - log(b)
    top = _log_density(middle, a, b)
    low, high = -_FLAT - max(0.0, log(scale)), _FLAT
    weights = average = 0.0
    for place, end, sign, rate in ((middle, high, 1, b), (middle - step, low, -1, a)):
        while True:
            weight = exp(_log_density(place, a, b) - top)
            part = weight * f(_probability(place))
            if place * sign >= end * sign:
                share = -expm1(-rate * step)
                weights, average = weights + weight / share, average + part / share
                break
            weights, average = weights + weight, average + part
            if weight < _NOTHING * weights and part < _NOTHING * average:
                break
            place += sign * step
    return average / weights


def _probability(odds: float) -> float:
    return 1 / (1 + exp(-odds)) if odds > -_FLAT else exp(odds)


def _log_density(odds: float, a: float, b: float) -> float:
    """Return the logarithm of a beta density, on log odds, but for a constant."""
    if odds > 0:
        return -a * log1p(exp(-odds)) - b * (odds + log1p(exp(-odds)))
    return a * (odds - log1p(exp(odds))) - b * log1p(exp(odds))
