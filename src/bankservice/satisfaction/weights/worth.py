"""The rule of what weights are worth: their effective size."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.special import rounded
from bankservice.satisfaction.model import told
from bankservice.satisfaction.weights.kish import (
    WeightFlag,
    efficiency_flags,
    kish,
    read_weights,
)
from bankservice.satisfaction.weights.weighting import PACKAGE

__all__ = ["EffectiveSize", "EffectiveSizeFacts", "effective_size"]

WORTH: Final = Says("EFFECTIVE_SIZE", ("n", "effective_n"))
NONE: Final = Says("EFFECTIVE_SIZE_NOBODY")
SPREAD: Final = Says("effective-size-spread", ("design_effect", "cv"))
EFFICIENT: Final = Says("effective-size-efficiency", ("percent",))
_SHOWN: Final = 6


@attrs.frozen(kw_only=True)
class EffectiveSizeFacts:
    """
    Weights of answers.

    Attributes:
        weights: One for each answer, 0 or more, one of them above 0.
    """

    weights: tuple[Decimal, ...]

    def __attrs_post_init__(self) -> None:
        read_weights(self.weights)


@attrs.frozen(kw_only=True)
class EffectiveSize:
    """
    How many answers weighted ones are worth.

    Attributes:
        base: How many answers there are.
        effective_n: How many with equal weights they are worth; None where there are none.
        design_effect: Answers over effective answers, 1 or more; None where there are none.
        efficiency: Effective answers over answers; None where there are none.
        cv: Standard deviation of the weights over their mean; None where there are none.
        flags: `inefficient` below an efficiency of 0.7, `unusable` below 0.4, `heavy` where a
            weight is above three times the mean, `zero-weights`.
    """

    base: int
    effective_n: Decimal | None
    design_effect: Decimal | None
    efficiency: Decimal | None
    cv: Decimal | None
    flags: tuple[WeightFlag, ...] = ()


def _effective_size(
    facts: EffectiveSizeFacts, parameters: None, trace: Trace | None
) -> EffectiveSize:
    """
    Work out how many answers with equal weights the weighted ones are worth, by Kish.

    It is the square of the sum of the weights over the sum of their squares. A score by weights is
    as sure as one over so many answers, not as one over all of them. The bounds of the flags are
    conventions.

    Raises:
        FaultsError: If a weight is below 0, or all are 0.

    Source:
        L. Kish, "Survey sampling" (Wiley, 1965).

    Examples:
        >>> from bankservice.satisfaction import effective_size
        >>> found = effective_size(weights=["0.5", "0.5", "2", "2"]).outcome
        >>> found.effective_n, found.design_effect
        (Decimal('2.9411764705882'), Decimal('1.36'))
    """
    weights = read_weights(facts.weights)
    worth = kish(weights)
    if worth is None:
        return EffectiveSize(base=0, effective_n=None, design_effect=None, efficiency=None, cv=None)
    cv = sqrt(max(worth.design_effect - 1, 0.0))
    flags = (*efficiency_flags(worth, weights),)
    outcome = EffectiveSize(
        base=worth.n,
        effective_n=told(worth.effective),
        design_effect=told(worth.design_effect),
        efficiency=told(worth.efficiency),
        cv=told(cv),
        flags=tuple(flag for flag in WeightFlag if flag in flags),
    )
    if trace is not None:
        effect = rounded(worth.design_effect, _SHOWN)
        trace.check(SPREAD(design_effect=effect, cv=rounded(cv, _SHOWN)), True)
        efficient = WeightFlag.INEFFICIENT not in flags
        trace.check(EFFICIENT(percent=rounded(100 * worth.efficiency, _SHOWN)), efficient)
    return outcome


def _effective_headline(
    facts: EffectiveSizeFacts, parameters: None, outcome: EffectiveSize
) -> Reason:
    if outcome.effective_n is None:
        return NONE()
    return WORTH(n=outcome.base, effective_n=rounded(float(outcome.effective_n), _SHOWN))


effective_size: Final[Rule[EffectiveSizeFacts, None, EffectiveSize]] = Rule(
    id="satisfaction.effective-size",
    facts=EffectiveSizeFacts,
    outcome=EffectiveSize,
    evaluate=_effective_size,
    headline=_effective_headline,
    says=(WORTH, NONE, SPREAD, EFFICIENT),
    package=PACKAGE,
)
