"""
Fitting: the parameters under which what was seen is likeliest.

The likelihood is asked of different histories, each with the number of customers who share it. The
search goes over the logarithms of the parameters, so that none can fall to 0 or below, with time
in units of the longest age, or spend in units of its average, so that all are of the same size. It
starts where every parameter is 1 and starts again where it ended, until that gains nothing.

A population need not tell all parameters: where nobody ever leaves, or all buy alike, the
likelihood keeps rising towards the end of the range, or is flat. So the point where the search came
to rest is compared with others far away, one parameter and one pair at a time. Where one of them
is as good, the fit has not converged, and the best point found is given as what it is.
The search is local: the likelihood of a handful of customers may have a second hill, a little
higher, which is not looked for where the first has a top.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import combinations, product
from math import exp, inf, sqrt
from typing import Any, Final

import attrs

from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.simplex import Minimum, minimise
from bankservice.core.special import rounded
from bankservice.lifecycle.prediction import gamma_gamma
from bankservice.lifecycle.prediction.model import (
    Fit,
    FitWhy,
    Pattern,
    PurchaseModel,
    Spend,
    SpendParameters,
    period_faults,
)

__all__ = ["GAMMA_GAMMA", "SPEND_NAMES", "check_population", "fit_purchases", "fit_spend"]

GAMMA_GAMMA: Final = "gamma-gamma"
SPEND_NAMES: Final = ("p", "q", "v")
"""Names of the parameters of Gamma-Gamma, in reading order."""

_DIGITS: Final = 6
_SMALLEST: Final = Decimal("1e-40")
"""The smallest number that is read."""
_RANGE: Final = 20.0
"""The farthest a parameter's logarithm goes: beyond lies nothing a population tells."""
_FAR: Final = 3.0
"""Twentyfold, and a twentieth: so far away a likelihood must be lower …"""
_LOWER: Final = 0.01
"""… by this much, or the population does not tell the two from each other."""
_STEP: Final = 0.6
_NEAR: Final = 1e-6
_LEVEL: Final = 1e-13
_STARTS: Final = 4
_MOST: Final = 800
_GAIN: Final = 1e-7
_COARSE: Final = 4.0


def fit_purchases(model: PurchaseModel[Any], patterns: Iterable[Pattern]) -> Fit:
    """
    Fit a model of purchases on a population.

    Args:
        model: One of `MODELS`.
        patterns: The customers, one by one or counted, in any order.

    Returns:
        The parameters, or why there are none to rely on.
    """
    counts: Counter[tuple[Decimal, Decimal, Decimal]] = Counter()
    for held in patterns:
        counts[held.frequency, held.recency, held.age] += held.count
    # In an order of their own: sums of floats hang on it, and nothing shall on that of the rows.
    known = [Pattern(*pattern, counts[pattern]) for pattern in sorted(counts)]
    check_population(model, known, "patterns")
    fit = Fit(
        model=model.id,
        customers=sum(counts.values()),
        repeat_customers=sum(held.count for held in known if held.frequency),
        repeat_purchases=sum(held.count * int(held.frequency) for held in known),
        patterns=len(known),
    )
    why = _nothing_to_fit(fit, len(known))
    if why is not None:
        return attrs.evolve(fit, why=why)
    longest = float(max(held.age for held in known))
    units = [longest if name in model.timed else 1.0 for name in model.names]
    likelihood = model.likelihood(known)
    search = _Search(model.names, units, lambda values: likelihood(model.of(*values)))
    return search.found(fit, fit.customers)


def check_population(
    model: PurchaseModel[Any], patterns: Iterable[Pattern], path: str = "population"
) -> None:
    """
    Refuse histories that a model cannot have seen.

    Raises:
        FaultsError: If the model counts in periods, and a history is not in whole ones.
    """
    if not model.periods:
        return
    faults = [
        attrs.evolve(fault, path=f"{path}[{place}].{fault.path}")
        for place, held in enumerate(patterns)
        for fault in period_faults(held.frequency, held.recency, held.age)
    ]
    if faults:
        raise FaultsError(f"the population of {model.id}", tuple(faults))


def fit_spend(patterns: Iterable[Spend]) -> Fit:
    """
    Fit Gamma-Gamma on what those who came back spent.

    Args:
        patterns: The customers, one by one or counted, in any order. Those without a repeat
            purchase are counted, and looked at no further.

    Returns:
        The parameters, or why there are none to rely on.
    """
    counts: Counter[tuple[Decimal, Decimal]] = Counter()
    customers = 0
    for held in patterns:
        customers += held.count
        if held.frequency and held.mean is not None:
            counts[held.frequency, held.mean] += held.count
    known = [Spend(*pattern, counts[pattern]) for pattern in sorted(counts)]
    fit = Fit(
        model=GAMMA_GAMMA,
        customers=customers,
        repeat_customers=sum(counts.values()),
        repeat_purchases=sum(held.count * int(held.frequency) for held in known),
        patterns=len(known),
        correlation=_correlation(known),
    )
    why = _nothing_to_fit(fit, len({mean for _, mean in counts}))
    if why is not None:
        return attrs.evolve(fit, why=why)
    spent = sum(float(mean) * count for (_, mean), count in counts.items())
    units = [1.0, 1.0, spent / fit.repeat_customers]
    likelihood = gamma_gamma.likelihood(known)
    search = _Search(SPEND_NAMES, units, lambda values: likelihood(SpendParameters(*values)))
    return search.found(fit, fit.repeat_customers)


def _nothing_to_fit(fit: Fit, different: int) -> FitWhy | None:
    if not fit.customers:
        return FitWhy.EMPTY
    if not fit.repeat_customers:
        return FitWhy.NO_REPEATS
    return FitWhy.CONSTANT if different == 1 else None


@attrs.frozen
class _Search:
    """
    A search over parameters.

    Attributes:
        names: Their names.
        units: What each is in units of.
        log_likelihood: Of their values.
    """

    names: Sequence[str]
    units: Sequence[float]
    log_likelihood: Callable[[Sequence[float]], float]

    def found(self, fit: Fit, customers: int) -> Fit:
        """Return the fit with what the search finds; so many customers are in the likelihood."""

        def cost(point: Sequence[float]) -> float:
            if max(map(abs, point)) > _RANGE:
                return inf
            # By customer: how exact the search is shall not hang on how many there are.
            return -self.log_likelihood(self.values(point)) / customers

        best = self._rest(cost, [0.0] * len(self.names), customers)
        evaluations = best.evaluations
        if not best.converged:
            # Another hill may be higher; where the first one has a top, there is no sign of one.
            coarse = list(product((-_COARSE, 0.0, _COARSE), repeat=len(self.names)))
            other = self._rest(cost, min(coarse, key=cost), customers)
            evaluations += len(coarse) + other.evaluations
            best = min(best, other, key=lambda found: found.value)
        # More digits than a likelihood tells would be noise; it is given for just these.
        found = [rounded(value, _DIGITS) for value in self.values(best.point)]
        # In a unit so small that a parameter would be written as 0, nothing can be told of it.
        parameters = [max(value, _SMALLEST) for value in found]
        converged = best.converged and parameters == found
        log_likelihood = self.log_likelihood([float(value) for value in parameters])
        return attrs.evolve(
            fit,
            parameters=FrozenMapping(dict(zip(self.names, parameters, strict=True))),
            log_likelihood=rounded(log_likelihood),
            evaluations=evaluations + 1,
            converged=converged,
            why=None if converged else FitWhy.NOT_CONVERGED,
        )

    def _rest(
        self, cost: Callable[[Sequence[float]], float], start: Sequence[float], customers: int
    ) -> Minimum:
        """Search from *start* until nothing is gained, and compare what is found with far away."""
        best = minimise(cost, start, step=_STEP, near=_NEAR, level=_LEVEL, most=_MOST)
        evaluations = best.evaluations
        for _ in range(_STARTS):
            again = minimise(cost, best.point, step=_STEP / 4, near=_NEAR, level=_LEVEL, most=_MOST)
            evaluations += again.evaluations
            gained = best.value - again.value
            best = again
            if gained * customers < _GAIN:
                break
        far = tuple(_far(best.point))
        lower = [(cost(point) - best.value) * customers > _LOWER for point in far]
        return attrs.evolve(
            best, evaluations=evaluations + len(far), converged=best.converged and all(lower)
        )

    def values(self, point: Sequence[float]) -> list[float]:
        """Return the parameters whose logarithms, in their units, are a point."""
        return [exp(part) * unit for part, unit in zip(point, self.units, strict=True)]


def _far(point: Sequence[float]) -> Iterable[tuple[float, ...]]:
    """Yield points far from *point*: by one parameter, and by two together."""
    axes = range(len(point))
    for moved in [*combinations(axes, 1), *combinations(axes, 2)]:
        for by in (_FAR, -_FAR):
            yield tuple(part + by * (axis in moved) for axis, part in enumerate(point))


def _correlation(known: Sequence[Spend]) -> Decimal | None:
    """Return the correlation of frequency and average spend; None where one is the same for all."""
    rows = [(float(held.frequency), float(held.mean or 0), held.count) for held in known]
    customers = sum(count for _, _, count in rows)
    if not customers:
        return None
    x, y = (sum(row[axis] * row[2] for row in rows) / customers for axis in (0, 1))
    xx = sum((row[0] - x) ** 2 * row[2] for row in rows)
    yy = sum((row[1] - y) ** 2 * row[2] for row in rows)
    if not (xx and yy):
        return None
    xy = sum((row[0] - x) * (row[1] - y) * row[2] for row in rows)
    return rounded(xy / sqrt(xx) / sqrt(yy), _DIGITS)
