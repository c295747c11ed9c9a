"""
BG/BB: a purchase or none in each period, and leaving before one of them.

In each period a customer buys with a probability that differs from customer to customer (beta:
alpha, beta); before each he leaves for good with a probability that differs too (beta: gamma,
delta). The natural model where activity is known by the month.

P. S. Fader, B. G. S. Hardie, J. Shang, "Customer-base analysis in a discrete-time noncontractual
setting", Marketing Science 29 (2010) 1086-1108.

The likelihood of a history is a sum over the period he may have left before. Each term is the one
before it by a ratio of four numbers, so what is summed is relative to the first, and nothing
overflows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import exp, lgamma, log

from bankservice.core.special import log_rising
from bankservice.lifecycle.prediction.model import Pattern, PeriodParameters

__all__ = ["expected", "likelihood", "p_alive", "probability", "unconditional"]


def p_alive(parameters: PeriodParameters, frequency: float, recency: float, age: float) -> float:
    """
    Return the probability that a customer will still be one in the period after *age*.

    Examples:
        >>> donors = PeriodParameters(1.204, 0.750, 0.657, 2.783)
        >>> round(p_alive(donors, 0, 0, 6), 2), round(p_alive(donors, 6, 6, 6), 2)
        (0.11, 0.93)
    """
    gamma, delta = parameters.gamma, parameters.delta
    return _there(parameters, frequency, recency, age) * (delta + age) / (gamma + delta + age)


def expected(
    parameters: PeriodParameters, frequency: float, recency: float, age: float, horizon: float
) -> float:
    """
    Return the purchases expected of a customer in the *horizon* periods after *age*.

    Examples:
        >>> donors = PeriodParameters(1.204, 0.750, 0.657, 2.783)
        >>> round(expected(donors, 6, 6, 6, 5), 2)
        3.75
    """
    alpha, beta = parameters.alpha, parameters.beta
    buys = (alpha + frequency) / (alpha + beta + age)
    return _there(parameters, frequency, recency, age) * buys * _periods(parameters, age, horizon)


def unconditional(parameters: PeriodParameters, time: float) -> float:
    """Return the repeat purchases expected of a new customer in *time* periods."""
    return expected(parameters, 0, 0, 0, time)


def probability(parameters: PeriodParameters, time: float, number: int) -> float:
    """Return the probability that a new customer buys in just *number* of *time* periods."""
    alpha, beta = parameters.alpha, parameters.beta
    gamma, delta = parameters.gamma, parameters.delta
    periods = int(time)
    total = 0.0
    for seen in range(number, periods + 1):
        ways = lgamma(seen + 1) - lgamma(number + 1) - lgamma(seen - number + 1)
        bought = log_rising(alpha, number) + log_rising(beta, seen - number)
        stayed = log_rising(delta, seen) - log_rising(gamma + delta, seen)
        left = gamma / (gamma + delta + seen) if seen < periods else 1.0
        total += left * exp(ways + bought - log_rising(alpha + beta, seen) + stayed)
    return total


def likelihood(patterns: Sequence[Pattern]) -> Callable[[PeriodParameters], float]:
    """Return the log-likelihood of a population, as a function of the parameters."""
    groups: defaultdict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    for held in patterns:
        groups[int(held.frequency), int(held.age)][int(held.recency)] += held.count
    rows = [(x, age, sorted(held.items(), reverse=True)) for (x, age), held in groups.items()]

    def log_likelihood(parameters: PeriodParameters) -> float:
        alpha, beta = parameters.alpha, parameters.beta
        gamma, delta = parameters.gamma, parameters.delta
        both, ends = alpha + beta, gamma + delta
        total = 0.0
        for x, age, held in rows:
            bought = log_rising(alpha, x)
            # From the last period backwards: each history shares what comes after its own last.
            summed, at = (ends + age) / gamma, age
            for recency, count in held:
                while at > recency:
                    at -= 1
                    # The term of leaving a period later, as a share of that of leaving before it.
                    share = (beta + at - x) / (both + at) * (delta + at) / (ends + at + 1)
                    summed = 1 + share * summed
                first = (
                    bought
                    + log_rising(beta, recency - x)
                    - log_rising(both, recency)
                    + log_rising(delta, recency)
                    - log_rising(ends, recency + 1)
                    + log(gamma)
                )
                total += count * (first + log(summed))
        return total

    return log_likelihood


def _there(parameters: PeriodParameters, frequency: float, recency: float, age: float) -> float:
    """Return the probability that a customer was one in the last period seen."""
    gamma = parameters.gamma
    both, ends = parameters.alpha + parameters.beta, gamma + parameters.delta
    total, term = 0.0, 1.0
    for at in range(int(recency), int(age)):
        total += term
        term *= (parameters.beta + at - frequency) / (both + at)
        term *= (parameters.delta + at) / (ends + at + 1)
    alive = term * ((ends + age) / gamma)
    return alive / (total + alive)


def _periods(parameters: PeriodParameters, age: float, horizon: float) -> float:
    """Return the periods after *age* that a customer who is there is expected to stay for."""
    total, stays = 0.0, 1.0
    for at in range(int(age), int(age + horizon)):
        stays *= (parameters.delta + at) / (parameters.gamma + parameters.delta + at)
        total += stays
    return total
