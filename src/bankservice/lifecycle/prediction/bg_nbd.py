"""
BG/NBD and MBG/NBD: purchases at any time, and leaving after one of them.

While a customer stays, purchases come as a Poisson process, at a rate that differs from customer to
customer (gamma: r, alpha). After each purchase he leaves for good with a probability that differs
too (beta: a, b). MBG/NBD differs in one thing: he may leave after the very first purchase as well,
so who never came back may be gone; BG/NBD is certain that he is not.

P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting your customers the easy way", Marketing Science
24 (2005) 275-284; E. P. Batislam, M. Denizel, A. Filiztekin, "Empirical validation and comparison
of models for customer base analysis", International Journal of Research in Marketing 24 (2007)
201-209.

The papers give expected purchases by a hypergeometric function and divide by `a - 1`. Here they are
what these formulas are made of: the n-th purchase to come happens with a negative binomial's
probability, and is made by this customer if he stayed after the n - 1 before. Every term is
positive, and `a = 1` is nothing special.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from math import exp, expm1, lgamma, log, log1p

from bankservice.core.special import beta_average, log_rising
from bankservice.lifecycle.prediction.model import Pattern, PurchaseParameters

__all__ = ["expected", "likelihood", "p_alive", "probability", "unconditional"]

_TERMS = 700.0
"""About as many terms of a series as are summed; then the average is taken over the leaving."""
_LARGE = 36.0
"""Added to the exponential of this, 1 is lost in a float."""


def p_alive(
    parameters: PurchaseParameters,
    frequency: float,
    recency: float,
    age: float,
    *,
    modified: bool = False,
) -> float:
    """
    Return the probability that a customer is still one at *age*.

    Examples:
        >>> cdnow = PurchaseParameters(0.243, 4.414, 0.793, 2.426)
        >>> round(p_alive(cdnow, 2, 30.43, 38.86), 6), p_alive(cdnow, 0, 0, 38.86)
        (0.726579, 1.0)
    """
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    if not (frequency or modified):
        return 1.0
    silence = (r + frequency) * log1p((age - recency) / (alpha + recency))
    odds = log(a) - log(b + (frequency - (not modified))) + silence
    return 1 / (1 + exp(odds)) if odds < _LARGE else exp(-odds)


def expected(
    parameters: PurchaseParameters,
    frequency: float,
    recency: float,
    age: float,
    horizon: float,
    *,
    modified: bool = False,
) -> float:
    """
    Return the purchases expected of a customer after *age*, within *horizon*.

    Examples:
        >>> cdnow = PurchaseParameters(0.243, 4.414, 0.793, 2.426)
        >>> round(expected(cdnow, 2, 30.43, 38.86, 39), 6)
        1.226028
    """
    alive = p_alive(parameters, frequency, recency, age, modified=modified)
    rate, stayed = parameters.r + frequency, parameters.b + frequency + modified
    return alive * _while_alive(rate, parameters.a, stayed, horizon / (parameters.alpha + age))


def unconditional(parameters: PurchaseParameters, time: float, *, modified: bool = False) -> float:
    """Return the repeat purchases expected of a new customer within *time*."""
    return expected(parameters, 0, 0, 0, time, modified=modified)


def probability(
    parameters: PurchaseParameters, time: float, number: int, *, modified: bool = False
) -> float:
    """Return the probability that a new customer makes just *number* repeat purchases in *time*."""
    r, a, b = parameters.r, parameters.a, parameters.b
    z = time / parameters.alpha
    # The chances he had to leave after, or before, his last purchase.
    chances = number + modified
    there = _stayed(a, b, chances) * _negative_binomial(r, z, number)
    if not chances:
        return there
    left = _stayed(a, b, chances - 1) * a / (a + b + (chances - 1))
    return there + left * _at_least(r, z, number)


def likelihood(
    patterns: Sequence[Pattern], *, modified: bool = False
) -> Callable[[PurchaseParameters], float]:
    """
    Return the log-likelihood of a population, as a function of the parameters.

    What does not hang on the parameters is reckoned once; of each pattern with a repeat purchase
    remain one exponential and one logarithm.
    """
    frequencies: Counter[float] = Counter()
    ages: Counter[float] = Counter()
    exposures: defaultdict[float, float] = defaultdict(float)
    groups: Counter[tuple[float, float, float]] = Counter()
    for held in patterns:
        x, age, count = float(held.frequency), float(held.age), held.count
        frequencies[x] += count
        ages[age] += count
        exposures[age] += count * x
        if x or modified:
            groups[x, float(held.recency), age] += count
    purchases = sum(exposures.values())
    # Terms are looked up by their place: a list is quicker to go through than a mapping.
    times = sorted({time for _, recency, age in groups for time in (recency, age)})
    place = {time: index for index, time in enumerate(times)}
    rows: defaultdict[float, list[tuple[int, int, int]]] = defaultdict(list)
    for (x, recency, age), count in groups.items():
        rows[x].append((place[recency], place[age], count))

    def log_likelihood(parameters: PurchaseParameters) -> float:
        r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
        log_alpha, log_a = log(alpha), log(a)
        # The logarithms of 1 + time / alpha, which keep their digits where alpha is huge.
        waited = [log1p(time / alpha) for time in times]
        total = -purchases * log_alpha
        for age, count in ages.items():
            total -= (count * r + exposures[age]) * log1p(age / alpha)
        for x, count in frequencies.items():
            chances = x + modified
            stayed = log_rising(b, chances) - log_rising(a + b, chances)
            total += count * (log_rising(r, x) + stayed)
        for x, held in rows.items():
            shape = r + x
            left = log_a - log(b + (x - (not modified)))
            for recency, age, count in held:
                # The logarithm of 1 / P(alive): what leaving adds to the likelihood of staying.
                odds = left + shape * (waited[age] - waited[recency])
                total += count * (log1p(exp(odds)) if odds < _LARGE else odds)
        return total

    return log_likelihood


def _stayed(a: float, b: float, chances: int) -> float:
    """Return the probability of not having left at any of so many chances."""
    return exp(log_rising(b, chances) - log_rising(a + b, chances))


def _while_alive(shape: float, a: float, stayed: float, z: float) -> float:
    """
    Return the purchases expected of a customer who is there, in *z* times what he was exposed to.

    The n-th is his with probability `stayed (stayed + 1) … / ((a + stayed) …)`, n - 1 factors.
    """
    if z <= 0:
        return 0.0
    if (shape + 40) * (z + 1) >= _TERMS:
        return beta_average(partial(_of_leaving, shape, z), a, stayed, z * (1 + shape))
    w = z / (1 + z)
    just, there, number = exp(-shape * log1p(z)), 1.0, 0
    # Those made if there are just n purchases, by the probability of just n.
    made = total = 0.0
    while True:
        just *= w * (shape + number) / (number + 1)
        made += there
        there *= (stayed + number) / (a + stayed + number)
        number += 1
        term = just * made
        total += term
        ratio = w * (shape + number) / number
        # Asked this way, it ends also where the terms are too small for a float: 0 is not above 0.
        if not (ratio >= 1 or term > 1e-17 * total * (1 - ratio)):
            return total


def _of_leaving(shape: float, z: float, p: float) -> float:
    """Return the purchases expected of who leaves after each with probability *p*."""
    return -expm1(-shape * log1p(p * z)) / p


def _negative_binomial(shape: float, z: float, number: int) -> float:
    """Return the probability of just so many purchases, were nobody ever to leave."""
    if z <= 0:
        return float(not number)
    ways = log_rising(shape, number) - lgamma(number + 1)
    # A time so short that its reciprocal is no float still has a logarithm.
    share = -log1p(1 / z) if z > 1 else log(z) - log1p(z)
    return exp(ways - shape * log1p(z) + number * share)


def _at_least(shape: float, z: float, number: int) -> float:
    """Return the probability of so many purchases or more, were nobody ever to leave."""
    just = _negative_binomial(shape, z, number)
    if number <= shape * z or 40 * (z + 1) > 100 * _TERMS:
        return max(0.0, 1 - sum(_negative_binomial(shape, z, fewer) for fewer in range(number)))
    # A small tail is summed itself: what is left of 1 would have lost its digits.
    total, w = just, z / (1 + z)
    while just > 1e-17 * total:
        just *= w * (shape + number) / (number + 1)
        number += 1
        total += just
    return total
