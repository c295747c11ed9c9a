"""The rule of correlations: how each of several items goes with an outcome, taken one by one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import combinations
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.special import rounded
from bankservice.satisfaction.importance.columns import (
    Columns,
    Numbers,
    complete_rows,
    counted_missing,
    length_faults,
    moments,
    titles,
    whole_numbers,
)
from bankservice.satisfaction.importance.ranks import fisher_interval, mid_ranks, tau_b
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.intervals import confidence_faults

__all__ = ["Correlation", "Correlations", "CorrelationsFacts", "PairCorrelation", "correlations"]

CLOSEST: Final = Says("CORRELATIONS_CLOSEST", ("driver", "pearson", "base"))
NONE: Final = Says("CORRELATIONS_NONE")
FOUND: Final = Says("correlation-found", ("driver", "pearson", "low", "high", "base"))
BARE: Final = Says("correlation-no-interval", ("driver", "pearson", "base"))
NOT_FOUND: Final = Says("correlation-none", ("driver", "base"))


@attrs.frozen(kw_only=True)
class CorrelationsFacts:
    """
    What customers answered to several items, and to the question these may go with.

    Attributes:
        drivers: A column of answers for each item: a list of lists, or lists by name. A column has
            a number for each respondent, or why there is none.
        outcome: The answers to the question they may go with, such as overall satisfaction.
        confidence: How often intervals made so hold the true correlation; between 0 and 1.
    """

    drivers: Columns
    outcome: Numbers
    confidence: Decimal = Decimal("0.95")

    def __attrs_post_init__(self) -> None:
        faults = [*confidence_faults(self.confidence)]
        if not self.drivers.columns:
            faults.append(Fault("drivers", "no column", "one column or more"))
        rows = len(self.outcome.values)
        faults.extend(length_faults(self.drivers, "drivers", rows, "outcome"))
        if faults:
            raise FaultsError("drivers and their outcome", tuple(faults))


@attrs.frozen(kw_only=True)
class Correlation:
    """
    How one item goes with the outcome, over all who answered both.

    Attributes:
        base: Respondents who answered both.
        pearson: Pearson's correlation; None where it cannot be said.
        low: Its lower bound, by Fisher's z; None for fewer than four respondents.
        high: Its upper bound.
        spearman: Spearman's, of the ranks.
        tau: Kendall's tau-b.
        why: Why there is none: `no-answers`, `too-few` (one respondent), or `constant` answers.
    """

    base: int
    pearson: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    spearman: Decimal | None = None
    tau: Decimal | None = None
    why: Literal["no-answers", "too-few", "constant"] | None = None


@attrs.frozen(kw_only=True)
class PairCorrelation:
    """
    How two items go with each other.

    Attributes:
        one: Name of the first, or its place from 1.
        other: The second.
        pearson: Pearson's correlation over all who answered both; None where it cannot be said.
        base: Respondents who answered both.
    """

    one: str
    other: str
    pearson: Decimal | None
    base: int


@attrs.frozen(kw_only=True)
class Correlations:
    """
    How several items go with an outcome, taken one by one.

    Attributes:
        correlations: Of each item with the outcome, in the shape of the items.
        between: Of the items with each other.
        missing: How many answers are missing, by why.
    """

    correlations: FrozenMapping[str, Correlation] | tuple[Correlation, ...]
    between: tuple[PairCorrelation, ...]
    missing: FrozenMapping[str, int] = FrozenMapping()


def _correlations(facts: CorrelationsFacts, parameters: None, trace: Trace | None) -> Correlations:
    """
    Tell how each of several items goes with an outcome, taken one by one.

    Pearson's correlation comes with an interval by Fisher's z, and beside it stand Spearman's and
    Kendall's tau-b, which look at the order of answers alone. Each uses all who answered both
    questions. Where nobody did, or all answers to one of them are the same, there is no correlation.
    Items that go together share what they tell: their shares are told by `satisfaction.drivers`.

    Raises:
        FaultsError: If columns differ in length, or the confidence is not between 0 and 1.

    Source:
        Fisher (1921); Kendall (1948).

    Examples:
        >>> from bankservice.satisfaction import correlations
        >>> found = correlations(
        ...     drivers={"speed": [5, 4, 2, 3, 1, 4]}, outcome=[5, 4, 2, 3, 2, 5]
        ... ).outcome.correlations["speed"]
        >>> round(found.pearson, 4), round(found.low, 4), round(found.tau, 4)
        (Decimal('0.9364'), Decimal('0.5203'), Decimal('0.8895'))
    """
    drivers, confidence = facts.drivers, float(facts.confidence)
    found = [_one(column, facts.outcome, confidence) for column in drivers.columns]
    between = []
    for i, j in combinations(range(len(drivers.columns)), 2):
        base, r = _pearson(drivers.columns[i], drivers.columns[j])
        shown = None if r is None else told(r)
        one, other = drivers.called[i], drivers.called[j]
        between.append(PairCorrelation(one=one, other=other, pearson=shown, base=base))
    outcome = Correlations(
        correlations=drivers.shaped(found),
        between=tuple(between),
        missing=counted_missing((*drivers.columns, facts.outcome)),
    )
    if trace is not None:
        for name, held in zip(_titles(facts), found, strict=True):
            _tell(name, held, trace)
    return outcome


def _pearson(one: Numbers, other: Numbers) -> tuple[int, float | None]:
    """Return how many answered both, and the correlation, where there is one."""
    rows = complete_rows((one, other))
    if not rows:
        return 0, None
    held = moments((one, other), rows)
    moves = held.varies(0) and held.varies(1)
    return len(rows), held.correlation(0, 1) if moves else None


def _one(column: Numbers, outcome: Numbers, confidence: float) -> Correlation:
    base, r = _pearson(column, outcome)
    if r is None:
        if base < 2:
            return Correlation(base=base, why="too-few" if base else "no-answers")
        return Correlation(base=base, why="constant")
    rows = complete_rows((column, outcome))
    one, other = (whole_numbers(held.values[row] for row in rows)[0] for held in (column, outcome))
    ranks = [Numbers(tuple(mid_ranks(held))) for held in (one, other)]
    low, high = fisher_interval(r, base, confidence) or (None, None)
    tau = tau_b(one, other)
    return Correlation(
        base=base,
        pearson=told(r),
        low=None if low is None else told(low),
        high=None if high is None else told(high),
        spearman=told(moments(ranks, range(base)).correlation(0, 1)),
        tau=None if tau is None else told(tau),
    )


def _titles(facts: CorrelationsFacts) -> list[str | Title]:
    return titles(facts.drivers.names, len(facts.drivers.columns))


def _tell(name: str | Title, held: Correlation, trace: Trace) -> None:
    if held.pearson is None:
        trace.check(NOT_FOUND(driver=name, base=held.base), held=False)
        return
    pearson = rounded(float(held.pearson), 3)
    if held.low is None or held.high is None:
        trace.check(BARE(driver=name, pearson=pearson, base=held.base), held=True)
        return
    low, high = rounded(float(held.low), 3), rounded(float(held.high), 3)
    found = FOUND(driver=name, pearson=pearson, low=low, high=high, base=held.base)
    trace.check(found, held=True)


def _headline(facts: CorrelationsFacts, parameters: None, outcome: Correlations) -> Reason:
    held = outcome.correlations
    found: Iterable[Correlation] = held.values() if isinstance(held, FrozenMapping) else held
    closest = max(
        (
            (one.pearson.copy_abs(), name, one.pearson, one.base)
            for name, one in zip(_titles(facts), found, strict=True)
            if one.pearson is not None
        ),
        default=None,
        key=lambda row: row[0],
    )
    if closest is None:
        return NONE()
    _, name, pearson, base = closest
    return CLOSEST(driver=name, pearson=rounded(float(pearson), 3), base=base)


correlations: Final[Rule[CorrelationsFacts, None, Correlations]] = Rule(
    id="satisfaction.correlations",
    facts=CorrelationsFacts,
    outcome=Correlations,
    evaluate=_correlations,
    headline=_headline,
    says=(CLOSEST, NONE, FOUND, BARE, NOT_FOUND),
    package="bankservice.satisfaction",
)
