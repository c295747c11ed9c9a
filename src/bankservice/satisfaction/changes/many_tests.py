"""
Many tests at once: p-values adjusted, so that chance alone is not found among them.

Of twenty branches where nothing differs, one is expected to show p below 0.05. Holm keeps the risk
of even one false finding; Benjamini and Hochberg keep the share of false ones among those found.

S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 6 (1979) 65-70. Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate",
Journal of the Royal Statistical Society B 57 (1995) 289-300.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.satisfaction.model import told

__all__ = [
    "AdjustedPValues",
    "PValuesFacts",
    "adjusted_p_values",
    "benjamini_hochberg",
    "bonferroni",
    "holm",
]

ADJUSTED: Final = Says("P_VALUES_ADJUSTED", ("count", "least"))
NONE: Final = Says("P_VALUES_NONE")
LEAST: Final = Says("p-values-least", ("raw", "holm", "bh"))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """
    Return p-values as Holm adjusts them, in the order given.

    Examples:
        >>> holm([0.01, 0.04, 0.03])
        (0.03, 0.06, 0.06)
    """
    count, most = len(p_values), 0.0
    adjusted = [0.0] * count
    for rank, place in enumerate(_rising(p_values)):
        most = max(most, min(1.0, (count - rank) * p_values[place]))
        adjusted[place] = most
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """
    Return p-values as Benjamini and Hochberg adjust them, in the order given.

    Examples:
        >>> benjamini_hochberg([0.01, 0.04, 0.03])
        (0.03, 0.04, 0.04)
    """
    count, least = len(p_values), 1.0
    adjusted = [0.0] * count
    for rank, place in reversed([*enumerate(_rising(p_values), 1)]):
        # Divided first where that is exact: the largest p-value stays as it is.
        least = min(least, p_values[place] * (count / rank))
        adjusted[place] = least
    return tuple(adjusted)


def bonferroni(p_values: Sequence[float]) -> tuple[float, ...]:
    """
    Return p-values times how many there are, at most 1.

    Examples:
        >>> bonferroni([0.01, 0.5])
        (0.02, 1.0)
    """
    return tuple(min(1.0, len(p_values) * p_value) for p_value in p_values)


def _rising(p_values: Sequence[float]) -> list[int]:
    """Return the places of p-values, the smallest first; equal ones as they stand."""
    return sorted(range(len(p_values)), key=lambda place: p_values[place])


@attrs.frozen(kw_only=True)
class PValuesFacts:
    """
    The p-values of tests that are looked at together.

    Attributes:
        p_values: Each 0 or more and at most 1, in any order.
    """

    p_values: tuple[Decimal, ...]

    def __attrs_post_init__(self) -> None:
        faults = tuple(
            Fault(f"p_values[{place}]", f"the number {p_value}", "0 or more, at most 1")
            for place, p_value in enumerate(self.p_values)
            if not 0 <= p_value <= 1
        )
        if faults:
            raise FaultsError("p-values", faults)


@attrs.frozen(kw_only=True)
class AdjustedPValues:
    """
    P-values adjusted for how many there are, each list in the order of the facts.

    Attributes:
        count: How many there are.
        holm: Adjusted by Holm: below 0.05, the risk of any false finding is kept at 5 %.
        bh: Adjusted by Benjamini and Hochberg: below 0.05, about 5 % of the findings are false.
        bonferroni: Times their count: never below Holm's.
    """

    count: int
    holm: tuple[Decimal, ...]
    bh: tuple[Decimal, ...]
    bonferroni: tuple[Decimal, ...]


def _adjusted_p_values(
    facts: PValuesFacts, parameters: None, trace: Trace | None
) -> AdjustedPValues:
    """
    Adjust p-values for how many tests there are: Holm, Benjamini-Hochberg, Bonferroni.

    Each adjusted value is to be held against the same limit as a single one, such as 0.05. Their
    order does not matter; equal ones stay equal.

    Raises:
        FaultsError: If one is below 0 or above 1.

    Source:
        Holm (1979); Benjamini and Hochberg (1995).

    Examples:
        >>> from bankservice.satisfaction import adjusted_p_values
        >>> found = adjusted_p_values(p_values=["0.001", "0.008", "0.039", "0.041"]).outcome
        >>> found.holm
        (Decimal('0.004'), Decimal('0.024'), Decimal('0.078'), Decimal('0.078'))
        >>> found.bh
        (Decimal('0.004'), Decimal('0.016'), Decimal('0.041'), Decimal('0.041'))
    """
    raw = [float(p_value) for p_value in facts.p_values]
    outcome = AdjustedPValues(
        count=len(raw),
        holm=tuple(map(told, holm(raw))),
        bh=tuple(map(told, benjamini_hochberg(raw))),
        bonferroni=tuple(map(told, bonferroni(raw))),
    )
    if trace is not None and raw:
        first = raw.index(min(raw))
        least = LEAST(raw=facts.p_values[first], holm=outcome.holm[first], bh=outcome.bh[first])
        trace.check(least, held=True)
    return outcome


def _headline(facts: PValuesFacts, parameters: None, outcome: AdjustedPValues) -> Reason:
    if not outcome.count:
        return NONE()
    return ADJUSTED(count=outcome.count, least=min(outcome.holm))


adjusted_p_values: Final[Rule[PValuesFacts, None, AdjustedPValues]] = Rule(
    id="satisfaction.adjusted-p-values",
    facts=PValuesFacts,
    outcome=AdjustedPValues,
    evaluate=_adjusted_p_values,
    headline=_headline,
    says=(ADJUSTED, NONE, LEAST),
    package="bankservice.satisfaction",
)
