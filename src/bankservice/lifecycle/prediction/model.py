"""
The values of the models of purchases and spending: parameters, populations, fits, and the models.

The models reckon with floats, here and in the modules beside; what leaves a rule is rounded to
`Decimal` by `core.special.rounded`, so that outcomes compare, hash and are written the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Generic, SupportsFloat, TypeVar

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named

__all__ = [
    "MOST_PERIODS",
    "Fit",
    "FitWhy",
    "Pattern",
    "PeriodParameters",
    "PurchaseModel",
    "PurchaseParameters",
    "Spend",
    "SpendParameters",
    "history_faults",
    "parameter_faults",
    "period_faults",
    "spend_faults",
]

P = TypeVar("P")

MOST_PERIODS: Final = 100_000
"""The most periods of BG/BB that are gone through, one by one."""
_MOST_CUSTOMERS: Final = 10**12
"""More people than there are: a larger number is a mistake."""


@attrs.frozen
class PurchaseParameters:
    """
    Parameters of BG/NBD and MBG/NBD.

    Attributes:
        r: Shape of the purchase rates' gamma distribution.
        alpha: Its rate, in the unit of time.
        a: First parameter of the beta distribution of leaving after a purchase.
        b: Its second parameter.
    """

    r: float
    alpha: float
    a: float
    b: float


@attrs.frozen
class PeriodParameters:
    """
    Parameters of BG/BB.

    Attributes:
        alpha: First parameter of the beta distribution of buying in a period.
        beta: Its second parameter.
        gamma: First parameter of the beta distribution of leaving before a period.
        delta: Its second parameter.
    """

    alpha: float
    beta: float
    gamma: float
    delta: float


@attrs.frozen
class SpendParameters:
    """
    Parameters of Gamma-Gamma.

    Attributes:
        p: Shape of one purchase's spend.
        q: Shape of the distribution of customers' rates.
        v: Its rate, in the unit of spend; called gamma in the paper.
    """

    p: float
    q: float
    v: float


@attrs.frozen
class Pattern:
    """
    What is known of a customer's purchases, and how many customers share it.

    Attributes:
        frequency: Repeat purchases (x): days, or periods, with one after the first.
        recency: Time from the first purchase to the last (t_x); 0 where there was none after it.
        age: Time from the first purchase to the end of what was seen (T), in the same unit.
        count: Customers with just this pattern.
    """

    frequency: Decimal
    recency: Decimal
    age: Decimal
    count: int = 1

    def __attrs_post_init__(self) -> None:
        faults = [*history_faults(self.frequency, self.recency, self.age)]
        faults += _count_faults(self.count)
        if faults:
            raise FaultsError("the purchases of a customer", tuple(faults))


@attrs.frozen
class Spend:
    """
    What is known of a customer's spending, and how many customers share it.

    Attributes:
        frequency: Repeat purchases (x).
        mean: Average spend of those purchases, above 0; nothing where there were none.
        count: Customers with just this.
    """

    frequency: Decimal
    mean: Decimal | None = None
    count: int = 1

    def __attrs_post_init__(self) -> None:
        faults = [*spend_faults(self.frequency, self.mean)]
        if self.frequency > 0 and self.mean is not None and not self.mean:
            faults.append(Fault("mean", "0", "an average spend above 0; leave out what was free"))
        faults += _count_faults(self.count)
        if faults:
            raise FaultsError("the spending of a customer", tuple(faults))


class FitWhy(Enum):
    """Why a fit gives no parameters to rely on."""

    EMPTY = "empty"
    NO_REPEATS = "no-repeats"
    CONSTANT = "constant"
    NOT_CONVERGED = "not-converged"


@attrs.frozen(kw_only=True)
class Fit:
    """
    A model fitted on a population.

    Attributes:
        model: Id of the model.
        parameters: Its parameters by name, to six significant digits, which is what a likelihood
            tells; none where there is nothing to fit on.
        log_likelihood: Of just these parameters; None where there are none.
        customers: Customers of the population.
        repeat_customers: Those with a repeat purchase.
        repeat_purchases: Their repeat purchases.
        patterns: Different patterns among the customers the likelihood looks at.
        evaluations: How often the likelihood was asked.
        converged: Whether the search came to rest, at a point that the population really tells from
            those far away.
        why: Why there are no parameters to rely on, if so: `empty`, `no-repeats`, `constant`,
            `not-converged`.
        correlation: Of frequency and average spend, which Gamma-Gamma takes to be 0; None for other
            models, or where it cannot be said.
    """

    model: str
    parameters: FrozenMapping[str, Decimal] = FrozenMapping()
    log_likelihood: Decimal | None = None
    customers: int = 0
    repeat_customers: int = 0
    repeat_purchases: int = 0
    patterns: int = 0
    evaluations: int = 0
    converged: bool = False
    why: FitWhy | None = None
    correlation: Decimal | None = None


@attrs.frozen
class PurchaseModel(Generic[P]):
    """
    A model of purchases and survival, as functions of floats.

    Attributes:
        id: `bg-nbd`, `mbg-nbd` or `bg-bb`; the rule is `lifecycle.` and the id.
        names: Names of its parameters, in reading order.
        timed: Those that are times, and change with the unit of time.
        periods: Whether time is counted in whole periods.
        of: Builds the parameters from floats in that order.
        p_alive: Of parameters, frequency, recency and age: the probability that the customer is
            still one; for BG/BB in the period after `age`.
        expected: Of the same and a horizon: the purchases expected after `age` within it.
        likelihood: Of patterns: the log-likelihood as a function of parameters, prepared once.
        unconditional: Of parameters and a time: the repeat purchases expected of a new customer.
        probability: Of parameters, a time and a number: the probability that a new customer makes
            just so many.
    """

    id: str
    names: tuple[str, ...]
    timed: tuple[str, ...]
    periods: bool
    of: Callable[..., P]
    p_alive: Callable[[P, float, float, float], float]
    expected: Callable[[P, float, float, float, float], float]
    likelihood: Callable[[Sequence[Pattern]], Callable[[P], float]]
    unconditional: Callable[[P, float], float]
    probability: Callable[[P, float, int], float]

    def parameters(self, named: Mapping[str, SupportsFloat]) -> P:
        """
        Return the parameters as floats.

        Raises:
            FaultsError: If one is missing, not known, or not above 0.
        """
        faults = tuple(parameter_faults(self.names, named))
        if faults:
            raise FaultsError(f"parameters of {self.id}", faults)
        return self.of(*(float(named[name]) for name in self.names))

    def log_likelihood(self, parameters: P, patterns: Sequence[Pattern]) -> float:
        """Return the log-likelihood of *parameters*, given a population."""
        return self.likelihood(patterns)(parameters)


def _count_faults(count: int) -> Iterator[Fault]:
    """Yield what is wrong with the number of customers who share a pattern."""
    if count < 1:
        yield Fault("count", str(count), "1 or more customers")
    elif count > _MOST_CUSTOMERS:
        yield Fault("count", named(count), f"at most {_MOST_CUSTOMERS} customers")


def parameter_faults(
    names: Sequence[str], named: Mapping[str, Any], path: str = "parameters"
) -> Iterator[Fault]:
    """Yield what is wrong with parameters: one missing, one not known, one not above 0."""
    for name in names:
        if name not in named:
            yield Fault(f"{path}.{name}", "nothing", "a number above 0")
        elif not 0 < float(named[name]) < float("inf"):
            yield Fault(f"{path}.{name}", str(named[name]), "a number above 0")
    wanted = "one of " + ", ".join(names)
    for name in named:
        if name not in names:
            near = near_names(name, names)
            yield Fault(f"{path}.{name}", "an unknown parameter", wanted, near)


def history_faults(frequency: Decimal, recency: Decimal, age: Decimal) -> Iterator[Fault]:
    """Yield what contradicts itself in a customer's purchases."""
    if frequency < 0 or frequency != int(frequency):
        yield Fault("frequency", str(frequency), "a whole number of repeat purchases, 0 or more")
    if age < 0:
        yield Fault("age", str(age), "a time of 0 or more")
    if recency < 0:
        yield Fault("recency", str(recency), "a time of 0 or more")
    elif recency > age >= 0:
        wanted = f"at most the age, {age}: no purchase is later than what was seen"
        yield Fault("recency", str(recency), wanted)
    elif frequency == 0 and recency:
        yield Fault("recency", str(recency), "0, as there was no repeat purchase (frequency 0)")
    elif frequency > 0 and not recency:
        wanted = f"more than 0, the time of the last of {frequency} repeat purchases"
        yield Fault("recency", str(recency), wanted)


def period_faults(
    frequency: Decimal, recency: Decimal, age: Decimal, horizon: Decimal = Decimal(0)
) -> Iterator[Fault]:
    """Yield what cannot be of a customer seen in whole periods with at most one purchase each."""
    for name, value in (("recency", recency), ("age", age), ("horizon", horizon)):
        if value != int(value):
            yield Fault(name, str(value), "a whole number of periods")
    if frequency > recency > 0:
        wanted = f"at most the recency, {recency}: a period counts once"
        yield Fault("frequency", str(frequency), wanted)
    for name, value in (("age", age), ("horizon", horizon)):
        if value > MOST_PERIODS:
            yield Fault(name, str(value), f"at most {MOST_PERIODS} periods")


def spend_faults(frequency: Decimal, mean: Decimal | None) -> Iterator[Fault]:
    """Yield what contradicts itself in a customer's spending."""
    if frequency < 0 or frequency != int(frequency):
        yield Fault("frequency", str(frequency), "a whole number of repeat purchases, 0 or more")
    elif frequency and mean is None:
        yield Fault("mean", "nothing", f"the average spend of {frequency} repeat purchases")
    if mean is not None and mean < 0:
        yield Fault("mean", str(mean), "an average spend of 0 or more")
