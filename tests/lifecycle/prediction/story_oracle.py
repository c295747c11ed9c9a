"""
The stories behind the models of purchases and spend, told again without their closed forms.

Each model says how a customer lives: a rate of purchases, a chance of leaving, and how both differ
between customers. What follows from that is computed here in three ways that share no formula with
the package: sums over a fine grid of rates and chances (no beta, gamma or hypergeometric function
is called), every possible course of a few periods in exact fractions, and lives drawn one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from math import cosh, exp, expm1, factorial, lgamma, log, log1p, sinh
from random import Random
from typing import Final

import attrs

__all__ = [
    "FINE",
    "STEP",
    "BoughtUntil",
    "Course",
    "Life",
    "bernoulli_courses",
    "chances",
    "lives",
    "rates",
    "seen_alive",
    "spend_given",
    "spend_log_density",
]

STEP: Final = 0.08
"""Width of the grid, in the transformed coordinate; half of it changes nothing to ten figures."""

FINE: Final = STEP / 2
"""The same for chances of leaving: what is expected in a long time bends sharply near 0."""

Weighted = list[tuple[float, float, float]]


# -- grids -----------------------------------------------------------------------------------------


@cache
def rates(shape: float, inverse_scale: float, step: float = STEP) -> Weighted:
    """
    Return purchase rates λ, (λ, λ, weight), distributed as gamma; the weights sum to one.

    The grid is that of exp(w - exp(-5 - w)): even in log λ where customers are, and far below it a
    gamma density falls off doubly exponentially, so that plain sums are exact to the last figures.
    """
    found = []
    for place in range(round(-11.2 / step), round(6 / step)):
        w = place * step
        at = exp(w - exp(-5 - w)) / inverse_scale * max(shape, 1.0)
        weight = exp(shape * log(at) - inverse_scale * at) * (1 + exp(-5 - w))
        found.append((at, at, weight))
    total = sum(weight for *_, weight in found)
    return [(at, same, weight / total) for at, same, weight in found]


def chances(left: float, right: float) -> Weighted:
    """
    Return chances of leaving p, (p, 1 - p, weight), distributed as beta; the weights sum to one.

    Both p and 1 - p are told, because near the ends one of them cannot be had from the other.
    """
    found = []
    for place in range(round(-4.5 / FINE), round(4.5 / FINE) + 1):
        u = 3.0 * sinh(place * FINE)
        log_p, log_q = -log1p(exp(-u)), -log1p(exp(u))
        weight = exp(left * log_p + right * log_q) * cosh(place * FINE)
        found.append((exp(log_p), exp(log_q), weight))
    total = sum(weight for *_, weight in found)
    return [(p, q, weight / total) for p, q, weight in found]


# -- BG/NBD and MBG/NBD ----------------------------------------------------------------------------


@attrs.frozen
class BoughtUntil:
    """
    What a population of buyers does, summed over the grid of rates and chances.

    A customer buys at a rate of their own and may leave after each purchase: after the repeat
    purchases alone (BG/NBD), or after the very first one too (MBG/NBD).

    Attributes:
        leaves_at_once: The very first purchase may be the last (MBG/NBD).
        rates: Grid of purchase rates.
        chances: Grid of chances of leaving.
    """

    leaves_at_once: bool
    rates: Weighted
    chances: Weighted

    @classmethod
    def of(cls, parameters: Mapping[str, float], leaves_at_once: bool) -> BoughtUntil:
        """Return the population of parameters `r`, `alpha`, `a`, `b`."""
        held = {name: float(each) for name, each in parameters.items()}
        return cls(
            leaves_at_once,
            rates(held["r"], held["alpha"]),
            chances(held["a"], held["b"]),
        )

    def _survived(self, x: int) -> tuple[float, float]:
        """Return the chances that nobody's leave was taken in x purchases, and that the last was."""
        taken = x + self.leaves_at_once
        stayed = sum(weight * q**taken for _, q, weight in self.chances)
        if not taken:
            return stayed, 0.0
        return stayed, sum(weight * p * q ** (taken - 1) for p, q, weight in self.chances)

    def _timed(self, x: int, until: float) -> float:
        """Return the density of x purchases at given times and of none after them up to *until*."""
        return sum(weight * rate**x * exp(-rate * until) for rate, _, weight in self.rates)

    def likelihood(self, x: int, last: float, age: float) -> float:
        """Return the density of x repeat purchases at given times, the last one at *last*."""
        stayed, left = self._survived(x)
        return stayed * self._timed(x, age) + left * self._timed(x, last)

    def p_alive(self, x: int, last: float, age: float) -> float:
        """Return the probability that a customer with this past has not left."""
        return self._survived(x)[0] * self._timed(x, age) / self.likelihood(x, last, age)

    def expected(self, x: int, last: float, age: float, horizon: float) -> float:
        """Return the expected purchases of such a customer over the next *horizon*."""
        taken = x + self.leaves_at_once
        # Purchases come at the rate λ until the first one that is the last: a chance p each.
        staying = [(p, weight * q**taken / p) for p, q, weight in self.chances]
        total = 0.0
        for rate, _, weight in self.rates:
            here = rate**x * exp(-rate * age) * weight
            total += here * sum(each * -expm1(-rate * p * horizon) for p, each in staying)
        return total / self.likelihood(x, last, age)

    def unconditional(self, t: float) -> float:
        """Return the expected repeat purchases of a newcomer in a time t."""
        return sum(
            rate_weight * weight * (q if self.leaves_at_once else 1.0) * -expm1(-rate * p * t) / p
            for rate, _, rate_weight in self.rates
            for p, q, weight in self.chances
        )

    def probability(self, t: float, n: int) -> float:
        """Return the probability that a newcomer makes n repeat purchases in a time t."""
        total = 0.0
        for rate, _, rate_weight in self.rates:
            exactly = (rate * t) ** n * exp(-rate * t) / factorial(n)
            ever = at_least(n, rate * t)
            for p, q, weight in self.chances:
                taken = n + self.leaves_at_once
                each = q**taken * exactly
                each += p * q ** (taken - 1) * ever if taken else 0.0
                total += rate_weight * weight * each
        return total


def at_least(n: int, mean: float) -> float:
    """Return the Poisson probability of n or more."""
    if mean > n:
        return 1 - sum(exp(-mean) * mean**below / factorial(below) for below in range(n))
    # The small tail is added up itself: one less the rest would keep nothing of it.
    term = exp(-mean) * mean**n / factorial(n)
    total, beyond = 0.0, n
    while term > total * 1e-17:
        total += term
        beyond += 1
        term *= mean / beyond
    return total


# -- BG/BB -----------------------------------------------------------------------------------------


@attrs.frozen
class Course:
    """
    What may happen in some periods, and how probable it is.

    Attributes:
        bought: For each period whether there was a transaction.
        lived: Periods the customer was there, from the first one.
        probability: Its probability, exact.
    """

    bought: tuple[int, ...]
    lived: int
    probability: Fraction


def rising(base: Fraction, times: int) -> Fraction:
    """Return the product base · (base + 1) · … of so many factors."""
    made = Fraction(1)
    for each in range(times):
        made *= base + each
    return made


def moment(left: Fraction, right: Fraction, hits: int, misses: int) -> Fraction:
    """Return the mean of p^hits · (1 - p)^misses where p is beta distributed."""
    return rising(left, hits) * rising(right, misses) / rising(left + right, hits + misses)


def bernoulli_courses(parameters: Mapping[str, Fraction], periods: int) -> list[Course]:
    """
    Return every course of some periods: at the start of each one a customer may leave for good.

    Args:
        parameters: `alpha`, `beta` (buying), `gamma`, `delta` (leaving).
        periods: How many.
    """
    alpha, beta, gamma, delta = (parameters[n] for n in ("alpha", "beta", "gamma", "delta"))
    found = []
    for lived in range(periods + 1):
        stays = moment(gamma, delta, int(lived < periods), lived)
        for bought in product((0, 1), repeat=lived):
            hits = sum(bought)
            happens = stays * moment(alpha, beta, hits, lived - hits)
            found.append(Course(bought + (0,) * (periods - lived), lived, happens))
    return found


def seen_alive(
    parameters: Mapping[str, Fraction], x: int, last: int, age: int
) -> tuple[Fraction, Fraction]:
    """
    Return how probable it is to see one course of many periods, and to be there in the next too.

    Args:
        parameters: `alpha`, `beta` (buying), `gamma`, `delta` (leaving).
        x: Periods with a transaction.
        last: The last of them.
        age: Periods seen.
    """
    alpha, beta, gamma, delta = (parameters[n] for n in ("alpha", "beta", "gamma", "delta"))
    seen = sum(
        moment(gamma, delta, int(lived < age), lived) * moment(alpha, beta, x, lived - x)
        for lived in range(last, age + 1)
    )
    return Fraction(seen), moment(gamma, delta, 0, age + 1) * moment(alpha, beta, x, age - x)


# -- Gamma-Gamma -----------------------------------------------------------------------------------


def spend_weights(
    parameters: Mapping[str, float], x: int, mean: float
) -> tuple[list[tuple[float, float]], float]:
    """
    Return scales s of spend with the joint weight of x purchases of this mean, and a log of both.

    The mean of x amounts of shape p and scale s is a gamma of shape p·x and scale s·x. What does
    not depend on s is left out, and put back by `spend_log_density`.
    """
    p, q, v = (float(parameters[name]) for name in ("p", "q", "v"))
    # Many purchases leave little doubt, so the grid has to be finer.
    grid = rates(q, v, STEP / 4)
    logs = [p * x * log(scale * x * mean) - scale * x * mean for scale, _, _ in grid]
    highest = max(logs)
    return [
        (scale, weight * exp(each - highest))
        for (scale, _, weight), each in zip(grid, logs, strict=True)
    ], highest


def spend_given(parameters: Mapping[str, float], x: int, mean: float) -> float:
    """Return the expected mean spend of somebody whose x purchases had this mean."""
    p = float(parameters["p"])
    told, _ = spend_weights(parameters, x, mean)
    return sum(p / scale * weight for scale, weight in told) / sum(weight for _, weight in told)


def spend_log_density(parameters: Mapping[str, float], x: int, mean: float) -> float:
    """Return the log density of the mean of x purchases."""
    told, highest = spend_weights(parameters, x, mean)
    shape = float(parameters["p"]) * x
    return log(sum(weight for _, weight in told)) + highest - lgamma(shape) - log(mean)


# -- lives -----------------------------------------------------------------------------------------


@attrs.frozen
class Life:
    """
    A customer drawn by lot.

    Attributes:
        x: Repeat purchases until the customer's age.
        last: Time of the last of them.
        age: Time since the first purchase.
        alive: Whether the customer had not left by then.
        later: Purchases in the time that follows.
    """

    x: int
    last: float
    age: float
    alive: bool
    later: int


def lives(
    parameters: Mapping[str, float],
    leaves_at_once: bool,
    ages: tuple[float, ...],
    horizon: float,
    count: int,
    seed: int,
) -> list[Life]:
    """
    Draw customers by the story: a rate, a chance of leaving, then purchase by purchase.

    Args:
        parameters: `r`, `alpha`, `a`, `b`.
        leaves_at_once: The very first purchase may be the last (MBG/NBD).
        ages: Ages they have, in turn.
        horizon: How long they are watched afterwards.
        count: How many.
        seed: Of the draw.
    """
    random = Random(seed)
    found = []
    for number in range(count):
        age = ages[number % len(ages)]
        rate = random.gammavariate(parameters["r"], 1 / parameters["alpha"])
        p = random.betavariate(parameters["a"], parameters["b"])
        x, later, last, at = 0, 0, 0.0, 0.0
        alive = not (leaves_at_once and random.random() < p)
        there = alive
        while there:
            at += random.expovariate(rate) if rate > 0 else age + horizon + 1
            if at > age + horizon:
                break
            there = random.random() >= p
            if at <= age:
                x, last, alive = x + 1, at, there
            else:
                later += 1
        found.append(Life(x, last, age, alive, later))
    return found
