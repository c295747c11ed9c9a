"""The rules of purchases and survival: what a model expects of a customer, and fitting one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.prediction.fitting import check_population, fit_purchases
from bankservice.lifecycle.prediction.model import (
    Fit,
    FitWhy,
    Pattern,
    PurchaseModel,
    history_faults,
    parameter_faults,
    period_faults,
)
from bankservice.lifecycle.prediction.purchase_models import BG_BB, BG_NBD, MBG_NBD, MODELS

__all__ = [
    "Forecast",
    "PeriodFacts",
    "PurchaseFacts",
    "PurchaseFitFacts",
    "bg_bb",
    "bg_nbd",
    "mbg_nbd",
    "purchase_fit",
]

PACKAGE: Final = "bankservice.lifecycle"

EXPECTED: Final = Says("PURCHASES_EXPECTED", ("p_alive", "expected", "horizon"))
ALIVE: Final = Says("PURCHASES_ALIVE", ("p_alive",))
NOT_KNOWN: Final = Says("PURCHASES_UNKNOWN", ("unknown",))
SEEN: Final = Says("purchases-seen", ("frequency", "recency", "age"))
SILENT: Final = Says("purchases-silent", ("silence",))
CERTAIN: Final = Says("purchases-never-certain", ("age",))
DOUBTFUL: Final = Says("purchases-never-doubtful", ("age",))
PERIODS: Final = Says("purchases-periods", ("frequency", "recency", "age"))
NEXT: Final = Says("purchases-next-period", ("period",))

FITTED: Final = Says("FIT_FOUND", ("customers", "repeat_customers", "log_likelihood"))
EMPTY: Final = Says("FIT_EMPTY")
NO_REPEATS: Final = Says("FIT_NO_REPEATS", ("customers",))
CONSTANT: Final = Says("FIT_CONSTANT", ("customers",))
NOT_CONVERGED: Final = Says("FIT_NOT_CONVERGED", ("evaluations",))
PARAMETER: Final = Says("fit-parameter", ("name", "value"))
SEARCHED: Final = Says("fit-search", ("patterns", "evaluations"))
ONCE: Final = Says("fit-once", ("customers", "once"))


@attrs.frozen(kw_only=True)
class PurchaseFacts:
    """
    A customer's purchases, and the parameters they are judged by.

    Attributes:
        frequency: Repeat purchases: days with one after the first.
        recency: Time from the first purchase to the last, 0 where none came after it.
        age: Time from the first purchase to the day asked, in the same unit.
        horizon: Time ahead, in the same unit, for which purchases are expected; nothing where only
            survival is asked for.
        parameters: `r`, `alpha`, `a` and `b`, fitted in the same unit of time.
    """

    frequency: Decimal | UnknownType
    age: Decimal | UnknownType
    parameters: FrozenMapping[str, Decimal]
    recency: Decimal | UnknownType = Decimal(0)
    horizon: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self, BG_NBD.names))
        if faults:
            raise FaultsError("the purchases of a customer", faults)


@attrs.frozen(kw_only=True)
class PeriodFacts:
    """
    A customer's periods with a purchase, and the parameters they are judged by.

    Attributes:
        frequency: Periods with a purchase, after that of the first one.
        recency: The last of them, counted from that of the first; 0 where there was none.
        age: Periods seen, counted the same way.
        horizon: Periods ahead for which purchases are expected; nothing where only survival is
            asked for.
        parameters: `alpha`, `beta`, `gamma` and `delta`, fitted with the same period.
    """

    frequency: Decimal | UnknownType
    age: Decimal | UnknownType
    parameters: FrozenMapping[str, Decimal]
    recency: Decimal | UnknownType = Decimal(0)
    horizon: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        seen, whole = _seen(self), tuple[Fault, ...]()
        if seen is not None:
            whole = tuple(period_faults(*seen, self.horizon or Decimal(0)))
        faults = (*_faults(self, BG_BB.names), *whole)
        if faults:
            raise FaultsError("the purchases of a customer", faults)


def _faults(facts: PurchaseFacts | PeriodFacts, names: tuple[str, ...]) -> Iterator[Fault]:
    seen = _seen(facts)
    if seen is not None:
        yield from history_faults(*seen)
    if facts.horizon is not None and facts.horizon < 0:
        yield Fault("horizon", str(facts.horizon), "a time of 0 or more")
    yield from parameter_faults(names, facts.parameters)


def _seen(facts: PurchaseFacts | PeriodFacts) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return frequency, recency and age; None where one of them is not known."""
    seen = (facts.frequency, facts.recency, facts.age)
    known = tuple(part for part in seen if isinstance(part, Decimal))
    return known if len(known) == 3 else None


@attrs.frozen(kw_only=True)
class Forecast:
    """
    What a model expects of a customer; an estimate, which no stage and no clock follows.

    Attributes:
        p_alive: Probability that the customer is still one; twelve significant digits. None where
            a fact is not known.
        expected: Purchases expected within the horizon; None where none was stated.
        unknown: Facts that are not known, without which there is no estimate.
    """

    p_alive: Decimal | None = None
    expected: Decimal | None = None
    unknown: tuple[str, ...] = ()


def _forecast(model: PurchaseModel[Any], facts: PurchaseFacts | PeriodFacts) -> Forecast:
    seen = _seen(facts)
    if seen is None:
        names = ("frequency", "recency", "age")
        return Forecast(unknown=tuple(n for n in names if getattr(facts, n) is UNKNOWN))
    parameters = model.parameters(facts.parameters)
    frequency, recency, age = seen
    history = float(frequency), float(recency), float(age)
    alive = rounded(model.p_alive(parameters, *history))
    if facts.horizon is None:
        return Forecast(p_alive=alive)
    expected = model.expected(parameters, *history, float(facts.horizon))
    return Forecast(p_alive=alive, expected=rounded(expected))


def _tell(facts: PurchaseFacts, never: Says, trace: Trace) -> None:
    seen = _seen(facts)
    if seen is None:
        return
    frequency, recency, age = seen
    trace.check(SEEN(frequency=frequency, recency=recency, age=age), held=True)
    if frequency:
        trace.check(SILENT(silence=rounded(float(age) - float(recency))), held=True)
    else:
        trace.check(never(age=age), held=True)


def _headline(facts: PurchaseFacts | PeriodFacts, parameters: None, outcome: Forecast) -> Reason:
    if outcome.p_alive is None:
        return NOT_KNOWN(unknown=outcome.unknown)
    # Three digits are more than such an estimate is worth.
    alive = rounded(float(outcome.p_alive), 3)
    if outcome.expected is None:
        return ALIVE(p_alive=alive)
    expected = rounded(float(outcome.expected), 3)
    return EXPECTED(p_alive=alive, expected=expected, horizon=facts.horizon)


def _bg_nbd(facts: PurchaseFacts, parameters: None, trace: Trace | None) -> Forecast:
    """
    Estimate by BG/NBD whether a customer is still one, and what he will buy.

    A customer buys at a rate of his own, and may leave after any purchase but the first. So who
    never came back is certainly still a customer (`p_alive` is 1), by assumption and not by
    evidence: to judge such customers, ask `lifecycle.mbg-nbd`. All times, and `alpha`, are in one
    unit.

    Raises:
        FaultsError: If the purchases contradict themselves, or a parameter is missing, not known,
            or not above 0.

    Examples:
        >>> from bankservice.lifecycle import bg_nbd
        >>> fitted = {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"}
        >>> found = bg_nbd(frequency=2, recency="30.43", age="38.86", horizon=39, parameters=fitted)
        >>> round(found.outcome.p_alive, 4), round(found.outcome.expected, 4)
        (Decimal('0.7266'), Decimal('1.2260'))
    """
    if trace is not None:
        _tell(facts, CERTAIN, trace)
    return _forecast(BG_NBD, facts)


def _mbg_nbd(facts: PurchaseFacts, parameters: None, trace: Trace | None) -> Forecast:
    """
    Estimate by MBG/NBD whether a customer is still one, and what he will buy.

    As `lifecycle.bg-nbd`, but a customer may leave after the very first purchase too: who never
    came back is the less likely to be one the longer he is silent. Its parameters are fitted for
    it; those of the other model are not for this one.

    Raises:
        FaultsError: If the purchases contradict themselves, or a parameter is missing, not known,
            or not above 0.

    Examples:
        >>> from bankservice.lifecycle import mbg_nbd
        >>> fitted = {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"}
        >>> round(mbg_nbd(frequency=0, age="38.86", parameters=fitted).outcome.p_alive, 4)
        Decimal('0.3897')
    """
    if trace is not None:
        _tell(facts, DOUBTFUL, trace)
    return _forecast(MBG_NBD, facts)


def _bg_bb(facts: PeriodFacts, parameters: None, trace: Trace | None) -> Forecast:
    """
    Estimate by BG/BB whether a customer is still one in the next period, and what he will buy.

    Time is counted in whole periods, such as months, each with a purchase or none; the period of
    the first purchase is period 0. `p_alive` is for the period after the last one seen, `age + 1`,
    as it is published.

    Raises:
        FaultsError: If the purchases contradict themselves or are not in whole periods, or a
            parameter is missing, not known, or not above 0.

    Examples:
        >>> from bankservice.lifecycle import bg_bb
        >>> donors = {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"}
        >>> round(bg_bb(frequency=2, recency=4, age=6, parameters=donors).outcome.p_alive, 4)
        Decimal('0.5895')
    """
    seen = _seen(facts)
    if trace is not None and seen is not None:
        frequency, recency, age = seen
        trace.check(PERIODS(frequency=frequency, recency=recency, age=age), held=True)
        trace.check(NEXT(period=int(age) + 1), held=True)
    return _forecast(BG_BB, facts)


bg_nbd: Final[Rule[PurchaseFacts, None, Forecast]] = Rule(
    id="lifecycle.bg-nbd",
    facts=PurchaseFacts,
    outcome=Forecast,
    evaluate=_bg_nbd,
    headline=_headline,
    says=(EXPECTED, ALIVE, NOT_KNOWN, SEEN, SILENT, CERTAIN),
    package=PACKAGE,
)

mbg_nbd: Final[Rule[PurchaseFacts, None, Forecast]] = Rule(
    id="lifecycle.mbg-nbd",
    facts=PurchaseFacts,
    outcome=Forecast,
    evaluate=_mbg_nbd,
    headline=_headline,
    says=(EXPECTED, ALIVE, NOT_KNOWN, SEEN, SILENT, DOUBTFUL),
    package=PACKAGE,
)

bg_bb: Final[Rule[PeriodFacts, None, Forecast]] = Rule(
    id="lifecycle.bg-bb",
    facts=PeriodFacts,
    outcome=Forecast,
    evaluate=_bg_bb,
    headline=_headline,
    says=(EXPECTED, ALIVE, NOT_KNOWN, PERIODS, NEXT),
    package=PACKAGE,
)


@attrs.frozen(kw_only=True)
class PurchaseFitFacts:
    """
    What a model of purchases is fitted on.

    Attributes:
        population: The customers, each by itself or those with the same purchases counted.
        model: `bg-nbd`, `mbg-nbd` or `bg-bb`.
    """

    population: tuple[Pattern, ...]
    model: Literal["bg-nbd", "mbg-nbd", "bg-bb"] = "mbg-nbd"

    def __attrs_post_init__(self) -> None:
        check_population(MODELS[self.model], self.population)


def _purchase_fit(facts: PurchaseFitFacts, parameters: None, trace: Trace | None) -> Fit:
    """
    Fit a model of purchases on a population: the parameters under which it is likeliest.

    A population that cannot tell them is an answer, with the reason: nobody in it, nobody who came
    back, everybody the same, or a search that did not come to rest (the best point found is then
    given, and not to be relied on). The order of the customers changes nothing.

    Raises:
        FaultsError: If a customer's purchases contradict themselves, or are not in whole periods
            where the model counts in them.

    Examples:
        >>> from bankservice.lifecycle import purchase_fit
        >>> donors = [(0, 0, 8), (1, 1, 3), (1, 4, 2), (2, 2, 2), (3, 5, 3), (6, 6, 4)]
        >>> found = purchase_fit(
        ...     model="bg-bb",
        ...     population=[
        ...         {"frequency": x, "recency": last, "age": 6, "count": n} for x, last, n in donors
        ...     ],
        ... ).outcome
        >>> found.customers, found.converged, sorted(found.parameters)
        (22, True, ['alpha', 'beta', 'delta', 'gamma'])
        >>> purchase_fit(population=[]).outcome.why.value
        'empty'
    """
    outcome = fit_purchases(MODELS[facts.model], facts.population)
    if trace is not None:
        note_fit(outcome, trace)
        if outcome.customers and not MODELS[facts.model].periods:
            once = outcome.customers - outcome.repeat_customers
            trace.check(ONCE(customers=outcome.customers, once=once), held=True)
    return outcome


def note_fit(outcome: Fit, trace: Trace) -> None:
    """Note the parameters of a fit and how they were found."""
    for name, value in outcome.parameters.items():
        trace.check(PARAMETER(name=name, value=value), outcome.converged)
    if outcome.parameters:
        searched = SEARCHED(patterns=outcome.patterns, evaluations=outcome.evaluations)
        trace.check(searched, outcome.converged)


def fit_headline(facts: object, parameters: None, outcome: Fit) -> Reason:
    """Return the main reason of a fit."""
    match outcome.why:
        case FitWhy.EMPTY:
            return EMPTY()
        case FitWhy.NO_REPEATS:
            return NO_REPEATS(customers=outcome.customers)
        case FitWhy.CONSTANT:
            return CONSTANT(customers=outcome.repeat_customers)
        case FitWhy.NOT_CONVERGED:
            return NOT_CONVERGED(evaluations=outcome.evaluations)
        case None:
            return FITTED(
                customers=outcome.customers,
                repeat_customers=outcome.repeat_customers,
                log_likelihood=outcome.log_likelihood,
            )


purchase_fit: Final[Rule[PurchaseFitFacts, None, Fit]] = Rule(
    id="lifecycle.purchase-fit",
    facts=PurchaseFitFacts,
    outcome=Fit,
    evaluate=_purchase_fit,
    headline=fit_headline,
    says=(FITTED, EMPTY, NO_REPEATS, CONSTANT, NOT_CONVERGED, PARAMETER, SEARCHED, ONCE),
    package=PACKAGE,
)
