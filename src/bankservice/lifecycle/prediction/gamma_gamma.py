"""
Gamma-Gamma: what a customer spends on average, drawn towards what all do.

What one purchase costs is gamma distributed around the customer's own mean, and the customers'
means differ by another gamma distribution. The fewer purchases were seen, the more the estimate
rests on the population. How much is spent is taken to have nothing to do with how often.

P. S. Fader, B. G. S. Hardie, K. L. Lee, "RFM and CLV: using iso-value curves for customer base
analysis", Journal of Marketing Research 42 (2005) 415-430.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import log, log1p

from bankservice.core.special import log_beta
from bankservice.lifecycle.prediction.model import Spend, SpendParameters

__all__ = ["expected_spend", "likelihood"]


def expected_spend(parameters: SpendParameters, frequency: float, mean: float) -> float | None:
    """
    Return what a customer is expected to spend on a purchase.

    Args:
        parameters: Fitted on those who came back.
        frequency: Repeat purchases seen.
        mean: Their average; it counts for nothing where there were none.

    Returns:
        The estimate; None where the distribution of means has no mean (`p x + q` is not above 1).

    Examples:
        >>> cdnow = SpendParameters(6.25, 3.74, 15.44)
        >>> round(expected_spend(cdnow, 2, 22.35), 2), round(expected_spend(cdnow, 0, 0), 2)
        (24.66, 35.22)
    """
    bought = parameters.p * frequency
    if bought + parameters.q <= 1:
        return None
    spent = parameters.v + mean * frequency if frequency else parameters.v
    return parameters.p * (spent / (bought + parameters.q - 1))


def likelihood(patterns: Sequence[Spend]) -> Callable[[SpendParameters], float]:
    """
    Return the log-likelihood of a population, as a function of the parameters.

    Customers without a repeat purchase say nothing of spending, and are left out.
    """
    frequencies: Counter[float] = Counter()
    groups: Counter[tuple[float, float]] = Counter()
    logs = shares = 0.0
    for held in patterns:
        if held.frequency and held.mean is not None:
            x, mean = float(held.frequency), float(held.mean)
            frequencies[x] += held.count
            groups[x, x * mean] += held.count
            logs += held.count * log(mean)
            shares += held.count * x * log(x * mean)
    purchases = sum(x * count for x, count in frequencies.items())
    rows: defaultdict[float, list[tuple[float, int]]] = defaultdict(list)
    for (x, spent), count in groups.items():
        rows[x].append((spent, count))

    def log_likelihood(parameters: SpendParameters) -> float:
        p, q, v = parameters.p, parameters.q, parameters.v
        total = p * (shares - purchases * log(v)) - logs
        for x, held in rows.items():
            shape = p * x
            total -= frequencies[x] * log_beta(shape, q)
            # The logarithms of 1 + spent / v, which keep their digits where v is huge.
            total -= (shape + q) * sum(count * log1p(spent / v) for spent, count in held)
        return total

    return log_likelihood
