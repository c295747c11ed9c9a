"""
Intervals: between which values a share, a mean or a net promoter score lies, and how surely.

Of shares: Wilson (the default), Agresti and Coull, Clopper and Pearson, Jeffreys, and Wald, which
is for teaching: it has no width where all are satisfied. Of net promoter scores: the adjusted Wald
interval (three answers are added, 3/4 of them promoters and 3/4 detractors), Wald and Student's t.
All take a base that need not be whole, such as the effective one of weighted answers.

E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212; A. Agresti, B. A.
Coull, The American Statistician 52 (1998) 119-126; C. J. Clopper, E. S. Pearson, Biometrika 26
(1934) 404-413; L. D. Brown, T. T. Cai, A. DasGupta, Statistical Science 16 (2001) 101-133; R. G.
Newcombe, Statistics in Medicine 17 (1998) 857-872; B. Rocks, "Interval estimation for the net
promoter score", The American Statistician 70 (2016) 365-372.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from math import expm1, log, sqrt
from typing import Final

import attrs

from bankservice.core.errors import Fault
from bankservice.core.quantiles import beta_quantile, normal_quantile, t_quantile

__all__ = [
    "ADDED",
    "CONFIDENCE",
    "Interval",
    "Net",
    "NetMethod",
    "ShareMethod",
    "adjusted_net",
    "agresti_coull",
    "clopper_pearson",
    "confidence_faults",
    "jeffreys",
    "mean_t",
    "net_interval",
    "plain_net",
    "share_interval",
    "wald",
    "wilson",
    "wilson_continuity",
    "z_of",
]

CONFIDENCE: Final = Decimal("0.95")
"""How sure an interval is where nobody says."""

ADDED: Final = 3.0
"""Answers the adjusted Wald interval adds: a quarter of them promoters, another detractors."""

_LITTLE: Final = 0.05


class ShareMethod(Enum):
    """How an interval of a share is found."""

    WILSON = "wilson"
    WILSON_CONTINUITY = "wilson-continuity"
    AGRESTI_COULL = "agresti-coull"
    CLOPPER_PEARSON = "clopper-pearson"
    JEFFREYS = "jeffreys"
    WALD = "wald"


class NetMethod(Enum):
    """How an interval of a net promoter score is found."""

    ADJUSTED_WALD = "adjusted-wald"
    WALD = "wald"
    T = "t"


@attrs.frozen
class Interval:
    """
    Where a value lies.

    Attributes:
        low: Lower end.
        high: Upper end, not below the lower.
        method: How it was found.
        confidence: How often such intervals hold the true value, between 0 and 1.
    """

    low: float
    high: float
    method: str
    confidence: float


def confidence_faults(confidence: Decimal, path: str = "confidence") -> Iterator[Fault]:
    """Yield a fault where a confidence is none: as a float, too, it is above 0 and below 1."""
    if not 0 < float(confidence) < 1:
        wanted = "a number above 0 and below 1, such as 0.95"
        yield Fault(path, f"the number {confidence}", wanted)


def z_of(confidence: float) -> float:
    """
    Return how many standard errors a two-sided interval reaches to either side.

    Examples:
        >>> round(z_of(0.95), 10)
        1.9599639845
    """
    # From the small side: 1 less a tail would lose its digits.
    return -normal_quantile((1 - confidence) / 2)


# -- shares ----------------------------------------------------------------------------------------


def wilson(k: float, n: float, confidence: float) -> Interval:
    """
    Return Wilson's interval of a share.

    Args:
        k: Satisfied, from 0 to *n*.
        n: Base, above 0; neither need be whole.
        confidence: Between 0 and 1.

    Examples:
        >>> found = wilson(45, 50, 0.95)
        >>> round(found.low, 10), round(found.high, 10)
        (0.7863976856, 0.9565242351)
    """
    z = z_of(confidence)
    # Each end by the product of the two roots: a difference would lose an end that is near 0 or 1.
    rest, half = n - k, z * sqrt(k * (n - k) / n + z * z / 4)
    # Nothing is left of the divisor, too, where nobody is satisfied, or all are, and z is 0.
    low = k * (k / n) / (k + z * z / 2 + half) if k else 0.0
    high = 1 - rest * (rest / n) / (rest + z * z / 2 + half) if rest else 1.0
    return _share(k, n, low, high, ShareMethod.WILSON, confidence)


def wilson_continuity(k: float, n: float, confidence: float) -> Interval:
    """Return Wilson's interval of a share with a correction for continuity; see `wilson`."""
    z = z_of(confidence)
    weight, p, q = 2 * (n + z * z), k / n, (n - k) / n
    below = z * sqrt(max(z * z - 2 - 1 / n + 4 * p * (n * q + 1), 0.0))
    above = z * sqrt(max(z * z + 2 - 1 / n + 4 * p * (n * q - 1), 0.0))
    low = min((2 * k + z * z - 1 - below) / weight, p)
    high = max((2 * k + z * z + 1 + above) / weight, p)
    return _share(k, n, low, high, ShareMethod.WILSON_CONTINUITY, confidence)


def agresti_coull(k: float, n: float, confidence: float) -> Interval:
    """Return the interval of Agresti and Coull of a share, cut at 0 and 1; see `wilson`."""
    z = z_of(confidence)
    weight = n + z * z
    p = (k + z * z / 2) / weight
    half = z * sqrt(p * (1 - p) / weight)
    low, high = max(p - half, 0.0), min(p + half, 1.0)
    return Interval(low, high, ShareMethod.AGRESTI_COULL.value, confidence)


def clopper_pearson(k: float, n: float, confidence: float) -> Interval:
    """Return the interval of Clopper and Pearson of a share, which never says too much."""
    tail = (1 - confidence) / 2
    if k <= 0:
        low, high = 0.0, -expm1(log(tail) / n)
    elif k >= n:
        low, high = 1 + expm1(log(tail) / n), 1.0
    else:
        # Weights may leave so little of one kind that a float has no number for its end.
        low = beta_quantile(k, n - k + 1, tail) if k > _LITTLE else 0.0
        high = beta_quantile(k + 1, n - k, 1 - tail) if n - k > _LITTLE else 1.0
    return _share(k, n, low, high, ShareMethod.CLOPPER_PEARSON, confidence)


def jeffreys(k: float, n: float, confidence: float) -> Interval:
    """Return Jeffreys' interval of a share; it ends at 0 or 1 where the share is one of them."""
    tail = (1 - confidence) / 2
    low = beta_quantile(k + 0.5, n - k + 0.5, tail)
    high = beta_quantile(k + 0.5, n - k + 0.5, 1 - tail)
    return _share(k, n, low, high, ShareMethod.JEFFREYS, confidence)


def wald(k: float, n: float, confidence: float) -> Interval:
    """Return Wald's interval of a share: for teaching, as it has no width at 0 and 1."""
    half = z_of(confidence) * sqrt(k * (n - k) / n) / n
    return _share(k, n, k / n - half, k / n + half, ShareMethod.WALD, confidence)


def _share(
    k: float, n: float, low: float, high: float, method: ShareMethod, confidence: float
) -> Interval:
    # Where nobody or everybody is satisfied the end is known, and a float might just miss it.
    low = 0.0 if k <= 0 else max(low, 0.0)
    high = 1.0 if k >= n else min(high, 1.0)
    return Interval(low, high, method.value, confidence)


_SHARES: Final = {
    ShareMethod.WILSON: wilson,
    ShareMethod.WILSON_CONTINUITY: wilson_continuity,
    ShareMethod.AGRESTI_COULL: agresti_coull,
    ShareMethod.CLOPPER_PEARSON: clopper_pearson,
    ShareMethod.JEFFREYS: jeffreys,
    ShareMethod.WALD: wald,
}


def share_interval(k: float, n: float, confidence: float, method: ShareMethod) -> Interval:
    """Return the interval of a share by the method named; see `wilson`."""
    return _SHARES[method](k, n, confidence)


# -- means and net promoter scores -----------------------------------------------------------------


def mean_t(
    mean: float, standard_error: float | None, freedom: float, confidence: float
) -> Interval | None:
    """
    Return Student's interval of a mean; None where nothing tells the standard error.

    Args:
        mean: The mean.
        standard_error: Its standard error; None for a single answer.
        freedom: Degrees of freedom: one less than the answers.
        confidence: Between 0 and 1.
    """
    if standard_error is None or freedom <= 0:
        return None
    half = -t_quantile((1 - confidence) / 2, freedom) * standard_error
    return Interval(mean - half, mean + half, NetMethod.T.value, confidence)


@attrs.frozen
class Net:
    """
    A net promoter score as an interval has it, from -1 to 1.

    Attributes:
        centre: Middle of the interval before it is cut at -1 and 1.
        variance: Variance of one answer that counts -1, 0 or 1.
        base: Answers it rests on, those that were added included.
        standard_error: Of the centre.
    """

    centre: float
    variance: float
    base: float
    standard_error: float


def plain_net(promoters: float, detractors: float, n: float) -> Net:
    """
    Return a net promoter score as it was observed.

    Args:
        promoters: Share of promoters.
        detractors: Share of detractors.
        n: Base, above 0; it need not be whole.
    """
    centre = promoters - detractors
    # Of both parts none is below 0, so that nothing is lost where the two are near each other.
    passives = max(1 - promoters - detractors, 0.0)
    variance = (promoters + detractors) * passives + 4 * promoters * detractors
    return Net(centre, variance, n, sqrt(variance / n))


def adjusted_net(promoters: float, detractors: float, n: float) -> Net:
    """
    Return a net promoter score with three answers added, which draw it towards 0.

    Args:
        promoters: Share of promoters.
        detractors: Share of detractors.
        n: Base, 0 or more; it need not be whole.

    Examples:
        >>> found = adjusted_net(0.5, 0.2, 100)
        >>> round(100 * found.centre, 10), round(100 * found.standard_error, 10)
        (29.1262135922, 7.6915104218)
    """
    total = n + ADDED
    return plain_net(
        (promoters * n + ADDED / 4) / total, (detractors * n + ADDED / 4) / total, total
    )


def net_interval(net: Net, confidence: float, method: NetMethod) -> Interval:
    """
    Return the interval of a net promoter score around its centre, cut at -1 and 1.

    Args:
        net: The score as `adjusted_net` or `plain_net` has it, which is what makes the method.
        confidence: Between 0 and 1.
        method: Which of the two it was.
    """
    half = z_of(confidence) * net.standard_error
    low, high = max(net.centre - half, -1.0), min(net.centre + half, 1.0)
    return Interval(low, high, method.value, confidence)
