"""
What weights cost: how many answers weighted ones are worth.

Answers with unequal weights tell less than as many with equal ones. By Kish, n weighted answers are
worth the square of the sum of the weights over the sum of their squares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import Enum
from math import fsum
from typing import Final

import attrs

from bankservice.core.errors import Fault, FaultsError

__all__ = [
    "INEFFICIENT",
    "UNUSABLE",
    "Kish",
    "WeightFlag",
    "efficiency_flags",
    "kish",
    "read_weights",
]

INEFFICIENT: Final = 0.7
"""Below this share of the answers' worth, weights are warned of; a convention, not a law."""
UNUSABLE: Final = 0.4
"""Below this one they had better not be used; a convention, not a law."""
_HEAVY: Final = 3.0
"""A weight above so many times the mean is warned of; a convention, not a law."""


class WeightFlag(Enum):
    """What is to be held against weights."""

    INEFFICIENT = "inefficient"
    UNUSABLE = "unusable"
    HEAVY = "heavy"
    ZERO_WEIGHTS = "zero-weights"
    UNKNOWN_CATEGORY = "unknown-category"
    ROUNDED_TARGETS = "rounded-targets"
    MARGINS_MISSED = "margins-missed"


@attrs.frozen
class Kish:
    """
    What weights are worth.

    Attributes:
        n: How many they are.
        effective: How many equal ones they are worth.
        design_effect: n over that.
        efficiency: That over n.
    """

    n: int
    effective: float
    design_effect: float
    efficiency: float


def kish(weights: Sequence[float], counts: Sequence[int] | None = None) -> Kish | None:
    """
    Return what weights are worth; None where there are none, or all are 0.

    Args:
        weights: Each finite, 0 or more.
        counts: How many respondents share each weight; nothing for one each.

    Examples:
        >>> round(kish([1, 2, 3, 4]).effective, 4)
        3.3333
    """
    largest = max(weights, default=0.0)
    times = [1] * len(weights) if counts is None else counts
    n = sum(times)
    if not largest or not n:
        return None
    # In units of the largest: no square is too large or too small for a float.
    held = [weight / largest for weight in weights]
    total = fsum(t * w for t, w in zip(times, held, strict=True))
    squares = fsum(t * w * w for t, w in zip(times, held, strict=True))
    # Never above n but for the last digit of a float.
    effective = min(total * total / squares, float(n))
    return Kish(n, effective, n / effective, effective / n)


def efficiency_flags(
    held: Kish, weights: Sequence[float], counts: Sequence[int] | None = None
) -> Iterator[WeightFlag]:
    """Yield what is to be held against weights whose worth is known."""
    if held.efficiency < INEFFICIENT:
        yield WeightFlag.INEFFICIENT
    if held.efficiency < UNUSABLE:
        yield WeightFlag.UNUSABLE
    times = [1] * len(weights) if counts is None else counts
    mean = fsum(t * w for t, w in zip(times, weights, strict=True)) / held.n
    if max(weights) > _HEAVY * mean:
        yield WeightFlag.HEAVY
    if any(not w and t for t, w in zip(times, weights, strict=True)):
        yield WeightFlag.ZERO_WEIGHTS


def read_weights(weights: Sequence[Decimal], name: str = "weights") -> tuple[float, ...]:
    """
    Return weights as floats.

    Raises:
        FaultsError: If one is below 0, or all are 0; each is told with its row.
    """
    faults = [
        Fault(f"{name}[{row}]", str(weight), "a weight of 0 or more")
        for row, weight in enumerate(weights)
        if weight < 0
    ]
    if not faults and weights and not any(weights):
        faults.append(Fault(name, "weights that are all 0", "at least one above 0"))
    if faults:
        raise FaultsError("weights", tuple(faults))
    return tuple(float(weight) for weight in weights)
