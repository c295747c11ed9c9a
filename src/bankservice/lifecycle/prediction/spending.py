"""The rules of spending: what a customer spends on average, and fitting the model that says so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.lifecycle.prediction.fitting import SPEND_NAMES, fit_spend
from bankservice.lifecycle.prediction.gamma_gamma import expected_spend
from bankservice.lifecycle.prediction.model import (
    Fit,
    Spend,
    SpendParameters,
    parameter_faults,
    spend_faults,
)
from bankservice.lifecycle.prediction.purchases import (
    CONSTANT,
    EMPTY,
    FITTED,
    NO_REPEATS,
    NOT_CONVERGED,
    PACKAGE,
    PARAMETER,
    SEARCHED,
    fit_headline,
    note_fit,
)

__all__ = [
    "SpendFacts",
    "SpendFitFacts",
    "SpendForecast",
    "gamma_gamma",
    "spend_fit",
    "spend_parameters",
]

SPENDS: Final = Says("SPEND_EXPECTED", ("expected",))
NO_MEAN: Final = Says("SPEND_NO_MEAN", ("q",))
OWN: Final = Says("spend-own", ("frequency", "mean", "percent"))
NEVER: Final = Says("spend-never")
POPULATION: Final = Says("spend-population", ("mean",))
CORRELATED: Final = Says("spend-correlation", ("correlation",))


def spend_parameters(named: Mapping[str, Decimal]) -> SpendParameters:
    """
    Return the parameters of Gamma-Gamma as floats; the third is called `v` or `gamma`.

    Raises:
        FaultsError: If one is missing, not known, or not above 0.
    """
    held = dict(named)
    if "gamma" in held and "v" not in held:
        held["v"] = held.pop("gamma")
    faults = tuple(parameter_faults(SPEND_NAMES, held))
    if faults:
        raise FaultsError("parameters of gamma-gamma", faults)
    return SpendParameters(*(float(held[name]) for name in SPEND_NAMES))


@attrs.frozen(kw_only=True)
class SpendFacts:
    """
    A customer's average spend, and the parameters it is judged by.

    Attributes:
        frequency: Repeat purchases.
        mean: Average spend of those purchases, in any one unit; nothing where there were none.
        parameters: `p`, `q` and `v` (or `gamma`), fitted in the same unit.
    """

    frequency: Decimal
    parameters: FrozenMapping[str, Decimal]
    mean: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        faults = [*spend_faults(self.frequency, self.mean)]
        try:
            spend_parameters(self.parameters)
        except FaultsError as error:
            faults.extend(error.faults)
        if faults:
            raise FaultsError("the spending of a customer", tuple(faults))


@attrs.frozen(kw_only=True)
class SpendForecast:
    """
    What a customer is expected to spend on a purchase.

    Attributes:
        expected: In the unit of the facts, to twelve significant digits; None where the parameters
            allow of no average.
        population: What the average of all customers is; None where there is none.
    """

    expected: Decimal | None
    population: Decimal | None


def _gamma_gamma(facts: SpendFacts, parameters: None, trace: Trace | None) -> SpendForecast:
    """
    Estimate by Gamma-Gamma what a customer spends on a purchase.

    The customer's own average is drawn towards that of the population, the less so the more
    purchases it rests on; who never came back gets that of the population. The model takes it that
    how much has nothing to do with how often: the correlation told by `lifecycle.spend-fit` says
    whether that holds. Where `p` times the purchases and `q` are together not above 1, there is no
    average to expect.

    Raises:
        FaultsError: If the average is missing or below 0, or a parameter is missing, not known, or
            not above 0.

    Examples:
        >>> from bankservice.lifecycle import gamma_gamma
        >>> fitted = {"p": "6.25", "q": "3.74", "v": "15.44"}
        >>> found = gamma_gamma(frequency=2, mean="22.35", parameters=fitted).outcome
        >>> round(found.expected, 2), round(found.population, 2)
        (Decimal('24.66'), Decimal('35.22'))
    """
    fitted = spend_parameters(facts.parameters)
    frequency, mean = float(facts.frequency), float(facts.mean or 0)
    expected, population = expected_spend(fitted, frequency, mean), expected_spend(fitted, 0, 0)
    outcome = SpendForecast(
        expected=None if expected is None else rounded(expected),
        population=None if population is None else rounded(population),
    )
    if trace is not None:
        _tell(facts, fitted, outcome, trace)
    return outcome


def _tell(facts: SpendFacts, fitted: SpendParameters, outcome: SpendForecast, trace: Trace) -> None:
    if outcome.population is not None:
        trace.check(POPULATION(mean=rounded(float(outcome.population), 4)), held=True)
    if not facts.frequency:
        trace.check(NEVER(), held=True)
    elif outcome.population is not None:
        bought = fitted.p * float(facts.frequency)
        percent = rounded(100 * bought / (bought + fitted.q - 1), 3)
        own = OWN(frequency=facts.frequency, mean=facts.mean, percent=percent)
        trace.check(own, held=True)


def _headline(facts: SpendFacts, parameters: None, outcome: SpendForecast) -> Reason:
    if outcome.expected is None:
        return NO_MEAN(q=facts.parameters["q"])
    return SPENDS(expected=rounded(float(outcome.expected), 4))


gamma_gamma: Final[Rule[SpendFacts, None, SpendForecast]] = Rule(
    id="lifecycle.gamma-gamma",
    facts=SpendFacts,
    outcome=SpendForecast,
    evaluate=_gamma_gamma,
    headline=_headline,
    says=(SPENDS, NO_MEAN, OWN, NEVER, POPULATION),
    package=PACKAGE,
)


@attrs.frozen(kw_only=True)
class SpendFitFacts:
    """
    What Gamma-Gamma is fitted on.

    Attributes:
        population: The customers, each by itself or those with the same spending counted; who never
            came back is counted and looked at no further.
    """

    population: tuple[Spend, ...]


def _spend_fit(facts: SpendFitFacts, parameters: None, trace: Trace | None) -> Fit:
    """
    Fit Gamma-Gamma on what customers spent: the parameters under which it is likeliest.

    The outcome tells the correlation of how often and how much, which the model takes to be 0: the
    farther it is from that, the less the model is for these customers. A population that cannot
    tell the parameters is an answer, with the reason.

    Raises:
        FaultsError: If an average is missing, or not above 0.

    Examples:
        >>> from bankservice.lifecycle import spend_fit
        >>> spent = [
        ...     (0, None, 9),
        ...     (1, 8, 9),
        ...     (1, 45, 7),
        ...     (4, 15, 6),
        ...     (4, 25, 8),
        ...     (9, 20, 5),
        ...     (9, 35, 4),
        ... ]
        >>> found = spend_fit(
        ...     population=[{"frequency": x, "mean": m, "count": n} for x, m, n in spent]
        ... ).outcome
        >>> found.customers, found.repeat_customers, found.converged, round(found.correlation, 2)
        (48, 39, True, Decimal('0.07'))
    """
    outcome = fit_spend(facts.population)
    if trace is not None:
        note_fit(outcome, trace)
        if outcome.correlation is not None:
            trace.check(CORRELATED(correlation=rounded(float(outcome.correlation), 3)), held=True)
    return outcome


spend_fit: Final[Rule[SpendFitFacts, None, Fit]] = Rule(
    id="lifecycle.spend-fit",
    facts=SpendFitFacts,
    outcome=Fit,
    evaluate=_spend_fit,
    headline=fit_headline,
    says=(FITTED, EMPTY, NO_REPEATS, CONSTANT, NOT_CONVERGED, PARAMETER, SEARCHED, CORRELATED),
    package=PACKAGE,
)
