"""The rule of drivers: how much of an outcome's variance is associated with each of several items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Final, Literal, TypeVar

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.special import rounded
from bankservice.satisfaction.importance.columns import (
    DROPPED,
    Columns,
    Moments,
    Numbers,
    complete_rows,
    counted_missing,
    length_faults,
    moments,
    titles,
)
from bankservice.satisfaction.importance.shares import (
    MOST_DRIVERS,
    REDUNDANT,
    explained,
    johnson_weights,
    percentages,
    shapley_shares,
    solved,
)
from bankservice.satisfaction.model import told

__all__ = ["DriverFlag", "Drivers", "DriversFacts", "drivers"]

T = TypeVar("T")
ByDriver = FrozenMapping[str, T] | tuple[T, ...]

MOST_WEIGHED: Final = 100
"""Most drivers that relative weights are reckoned for."""
LEAST: Final = 50
LEAST_EACH: Final = 10
"""A base below the larger of 50 and ten for each driver is small."""
MOST_DIGITS: Final = 10

SHARES: Final = Says("DRIVERS_SHARES", ("strongest", "percent", "explained", "base"))
NONE_TELLS: Final = Says("DRIVERS_NONE_TELLS", ("base",))
NOBODY: Final = Says("DRIVERS_NOBODY")
TOO_FEW: Final = Says("DRIVERS_TOO_FEW", ("base", "least"))
CONSTANT_OUTCOME: Final = Says("DRIVERS_OUTCOME_CONSTANT", ("base",))
SHARE: Final = Says("driver-share", ("driver", "percent", "correlation"))
CONSTANT: Final = Says("driver-constant", ("driver",))
COLLINEAR: Final = Says("drivers-collinear")
SMALL: Final = Says("drivers-small-base", ("base", "least"))


class DriverFlag(Enum):
    """What is to be held against the shares of drivers."""

    SMALL_BASE = "small-base"
    CONSTANT_DRIVER = "constant-driver"
    COLLINEAR = "collinear"


@attrs.frozen(kw_only=True)
class DriversFacts:
    """
    What customers answered to several items, and to the question these may go with.

    Attributes:
        drivers: A column of answers for each item: a list of lists, or lists by name. A column has
            a number for each respondent, or why there is none.
        outcome: The answers to the question they may go with, such as overall satisfaction.
        method: Which shares are told: exact ones (`shapley`, of at most 14 drivers), or relative
            weights (`johnson`).
        weights: What each respondent weighs, 0 or more; empty where all weigh the same.
        digits: Digits after the point of the percentages.
    """

    drivers: Columns
    outcome: Numbers
    method: Literal["shapley", "johnson"] = "shapley"
    weights: tuple[Decimal, ...] = ()
    digits: int = 1

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise FaultsError("drivers and their outcome", faults)


def _faults(facts: DriversFacts) -> Iterable[Fault]:
    k, n = len(facts.drivers.columns), len(facts.outcome.values)
    if not k:
        yield Fault("drivers", "no column", "one column or more")
    if facts.method == "shapley" and k > MOST_DRIVERS:
        wanted = f'at most {MOST_DRIVERS} for exact shares; method = "johnson" takes more'
        yield Fault("drivers", f"{k} columns", wanted)
    if k > MOST_WEIGHED:
        yield Fault("drivers", f"{k} columns", f"at most {MOST_WEIGHED}")
    yield from length_faults(facts.drivers, "drivers", n, "outcome")
    if not 0 <= facts.digits <= MOST_DIGITS:
        yield Fault("digits", str(facts.digits), f"a number from 0 to {MOST_DIGITS}")
    if facts.weights and len(facts.weights) != n:
        yield Fault("weights", f"{len(facts.weights)} weights", f"{n}, as many as outcome has")
    for place, weight in enumerate(facts.weights):
        if weight < 0:
            yield Fault(f"weights[{place}]", str(weight), "a weight of 0 or more")
    if facts.weights and not any(facts.weights):
        yield Fault("weights", "weights that are all 0", "at least one above 0")


@attrs.frozen(kw_only=True)
class Drivers:
    """
    How much of an outcome's variance is associated with each driver.

    Shares and everything else told of each driver have the shape of the drivers: a list, or a table
    by name.

    Attributes:
        base: Respondents with every answer and a weight above 0.
        effective: How many answers of equal weight tell as much as these.
        dropped: Respondents left out because an answer of theirs is missing.
        missing: How many answers are missing, by why.
        r_squared: Share of the outcome's variance all drivers explain together; None where it
            cannot be said.
        adjusted: The same, less what as many meaningless drivers would be expected to explain.
        shares: What part of that is each driver's; they sum to `r_squared`.
        percent: The same in percent, so rounded that they sum to 100; None where nothing is
            explained.
        method: Which shares these are: `shapley` or `johnson`.
        correlations: Of each driver with the outcome; None for a driver that never differs.
        means: Mean answer to each driver.
        outcome_mean: Mean of the outcome.
        betas: Standardised slopes of the regression on all drivers; None where drivers follow from
            each other, or never differ.
        slopes: The same in the units of the answers.
        intercept: What the regression expects where every driver is 0.
        vif: How many times the variance of a slope is raised by the other drivers; None where the
            driver follows from them, or never differs.
        johnson: Relative weights, as a check; they sum to `r_squared`, too.
        pratt: Beta times correlation, as a diagnostic only: it may be below 0.
        flags: What is to be held against the shares.
        why: Why there are none: `no-answers`, `too-few` respondents, or `outcome-constant`.
    """

    base: int
    effective: Decimal | None = None
    dropped: int = 0
    missing: FrozenMapping[str, int] = FrozenMapping()
    r_squared: Decimal | None = None
    adjusted: Decimal | None = None
    shares: FrozenMapping[str, Decimal] | tuple[Decimal, ...] | None = None
    percent: FrozenMapping[str, Decimal] | tuple[Decimal, ...] | None = None
    method: Literal["shapley", "johnson"] | None = None
    correlations: FrozenMapping[str, Decimal | None] | tuple[Decimal | None, ...] | None = None
    means: FrozenMapping[str, Decimal] | tuple[Decimal, ...] | None = None
    outcome_mean: Decimal | None = None
    betas: FrozenMapping[str, Decimal | None] | tuple[Decimal | None, ...] | None = None
    slopes: FrozenMapping[str, Decimal | None] | tuple[Decimal | None, ...] | None = None
    intercept: Decimal | None = None
    vif: FrozenMapping[str, Decimal | None] | tuple[Decimal | None, ...] | None = None
    johnson: FrozenMapping[str, Decimal] | tuple[Decimal, ...] | None = None
    pratt: FrozenMapping[str, Decimal | None] | tuple[Decimal | None, ...] | None = None
    flags: tuple[DriverFlag, ...] = ()
    why: Literal["no-answers", "too-few", "outcome-constant"] | None = None


def _drivers(facts: DriversFacts, parameters: None, trace: Trace | None) -> Drivers:
    """
    Tell how much of an outcome's variance is associated with each of several items.

    Everything follows from the correlations. The shares are Shapley's, which Lindeman, Merenda and
    Gold call LMG: what a driver adds to R squared, on average over every order of adding the
    drivers. Two drivers that say the same share equally; one whose answers never differ has 0. They
    say what goes together with the outcome, never what brings it about.

    Who left an answer out, or weighs 0, is left out whole. There are no shares where nobody is left,
    where there are no more respondents than drivers and one, or where all give the same outcome. A
    base below 50, or below ten for each driver, is flagged. With weights the base that is judged is
    the effective one; weighing everybody twice as much changes nothing.

    Raises:
        FaultsError: If columns differ in length, there are more drivers than exact shares are
            reckoned for, or a weight is below 0.

    Source:
        Lindeman, Merenda and Gold (1980); relative weights: Johnson (2000); Pratt (1987).

    Examples:
        >>> from bankservice.satisfaction import drivers
        >>> found = drivers(
        ...     drivers={"speed": [5, 4, 2, 3, 1, 4], "accuracy": [4, 4, 3, 2, 2, 5]},
        ...     outcome=[5, 4, 2, 3, 2, 5],
        ... ).outcome
        >>> round(found.r_squared, 4), found.percent["speed"], found.flags[0].value
        (Decimal('0.9203'), Decimal('59.4'), 'small-base')
    """
    columns = (*facts.drivers.columns, facts.outcome)
    rows = complete_rows(columns)
    dropped = len(facts.outcome.values) - len(rows)
    if facts.weights:
        rows = [row for row in rows if facts.weights[row]]
    found = Drivers(base=len(rows), dropped=dropped, missing=counted_missing(columns))
    k = len(facts.drivers.columns)
    if not rows:
        return attrs.evolve(found, why="no-answers")
    held = moments(columns, rows, facts.weights)
    found = attrs.evolve(
        found,
        effective=told(float(held.effective)),
        means=facts.drivers.shaped(told(float(mean)) for mean in held.means[:k]),
        outcome_mean=told(float(held.means[k])),
    )
    if len(rows) <= k + 1:
        return attrs.evolve(found, why="too-few")
    if not held.varies(k):
        return attrs.evolve(found, why="outcome-constant")
    outcome = _told(facts, held, found)
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _told(facts: DriversFacts, held: Moments, found: Drivers) -> Drivers:
    k = len(facts.drivers.columns)
    moving = [place for place in range(k) if held.varies(place)]
    between = [[held.correlation(i, j) for j in moving] for i in moving]
    beside = [held.correlation(i, k) for i in moving]
    johnson = johnson_weights(between, beside)
    exact = facts.method == "shapley"
    shares = shapley_shares(between, beside) if exact else johnson
    r_squared = explained(between, beside)
    betas = solved(between, beside)
    slopes = [b * held.spread_ratio(k, i) for i, b in zip(moving, betas or (), strict=bool(betas))]

    def spread(values: Sequence[float | None] | None) -> list[Decimal | None]:
        given = dict(zip(moving, values or (), strict=bool(values)))
        held_ = [given.get(place) for place in range(k)]
        return [None if value is None else told(value) for value in held_]

    def filled(values: Sequence[float]) -> list[Decimal]:
        return [value or Decimal(0) for value in spread(values)]

    means = [float(held.means[i]) for i in moving]
    inflated = [_inflation(between, place) for place in range(len(moving))]
    effective = float(held.effective)
    adjusted = None
    if effective > k + 1:
        adjusted = told(1 - (1 - r_squared) * (effective - 1) / (effective - k - 1))
    intercept = None
    if betas is not None:
        lifted = sum(b * m for b, m in zip(slopes, means, strict=True))
        intercept = told(float(held.means[k]) - lifted)
    whole, shaped = filled(shares), facts.drivers.shaped
    pratt = None if betas is None else [b * r for b, r in zip(betas, beside, strict=True)]
    flags = {
        DriverFlag.SMALL_BASE: held.effective < _least(k),
        DriverFlag.CONSTANT_DRIVER: len(moving) < k,
        DriverFlag.COLLINEAR: betas is None or None in inflated,
    }
    return attrs.evolve(
        found,
        r_squared=told(r_squared),
        adjusted=adjusted,
        shares=shaped(whole),
        percent=shaped(percentages(whole, facts.digits)) if any(whole) else None,
        method=facts.method,
        correlations=shaped(spread(beside)),
        betas=shaped(spread(betas)),
        slopes=shaped(spread(slopes)),
        intercept=intercept,
        vif=shaped(spread(inflated)),
        johnson=shaped(filled(johnson)),
        pratt=shaped(spread(pratt)),
        flags=tuple(flag for flag in DriverFlag if flags[flag]),
    )


def _least(k: int) -> int:
    return max(LEAST, LEAST_EACH * k)


def _inflation(between: Sequence[Sequence[float]], place: int) -> float | None:
    """Return how many times a slope's variance is raised by the other drivers."""
    others = [i for i in range(len(between)) if i != place]
    inner = [[between[i][j] for j in others] for i in others]
    left = 1 - explained(inner, [between[i][place] for i in others])
    return 1 / left if left > REDUNDANT else None


def _values(held: ByDriver[T] | None) -> tuple[T, ...]:
    if held is None:
        return ()
    return tuple(held.values()) if isinstance(held, FrozenMapping) else held


def _titles(facts: DriversFacts) -> list[str | Title]:
    return titles(facts.drivers.names, len(facts.drivers.columns))


def _tell(facts: DriversFacts, outcome: Drivers, trace: Trace) -> None:
    if outcome.dropped:
        trace.check(DROPPED(dropped=outcome.dropped), held=True)
    rows = zip(
        _titles(facts),
        _values(outcome.correlations),
        _values(outcome.percent) or (Decimal(0),) * len(facts.drivers.columns),
        strict=True,
    )
    for name, correlation, percent in rows:
        if correlation is None:
            trace.check(CONSTANT(driver=name), held=True)
        else:
            shown = rounded(float(correlation), 3)
            trace.check(SHARE(driver=name, percent=percent, correlation=shown), held=True)
    least = _least(len(facts.drivers.columns))
    if DriverFlag.SMALL_BASE in outcome.flags:
        effective = rounded(float(outcome.effective or 0), 4)
        trace.check(SMALL(base=effective, least=least), held=True)
    if DriverFlag.COLLINEAR in outcome.flags:
        trace.check(COLLINEAR(), held=True)


def _headline(facts: DriversFacts, parameters: None, outcome: Drivers) -> Reason:
    k = len(facts.drivers.columns)
    match outcome.why:
        case "no-answers":
            return NOBODY()
        case "too-few":
            return TOO_FEW(base=outcome.base, least=k + 2)
        case "outcome-constant":
            return CONSTANT_OUTCOME(base=outcome.base)
    if outcome.percent is None or outcome.r_squared is None:
        return NONE_TELLS(base=outcome.base)
    percent = _values(outcome.percent)
    place = percent.index(max(percent))
    return SHARES(
        strongest=_titles(facts)[place],
        percent=percent[place],
        explained=rounded(100 * float(outcome.r_squared), 3),
        base=outcome.base,
    )


drivers: Final[Rule[DriversFacts, None, Drivers]] = Rule(
    id="satisfaction.drivers",
    facts=DriversFacts,
    outcome=Drivers,
    evaluate=_drivers,
    headline=_headline,
    says=(
        SHARES,
        NONE_TELLS,
        NOBODY,
        TOO_FEW,
        CONSTANT_OUTCOME,
        SHARE,
        CONSTANT,
        COLLINEAR,
        SMALL,
        DROPPED,
    ),
    package="bankservice.satisfaction",
)
