"""
Trimming: no weight above a cap, what is cut off spread over the others.

The weights left keep their proportions: they are raised by one factor so that the sum stays, and
who reaches the cap by that is capped as well. So the trimmed weights are the smaller of the cap and
the raised ones, and a lower cap never makes answers worth less.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Final

from bankservice.satisfaction.weights.kish import kish

__all__ = ["cap_for", "trim"]

_STEPS: Final = 200
"""Halvings of an interval, far more than a float has digits."""


def trim(
    weights: Sequence[float], cap: float, counts: Sequence[int] | None = None
) -> tuple[float, ...]:
    """
    Return weights none of which is above a cap, with the sum they had.

    Args:
        weights: Each finite, 0 or more, one of them above 0.
        cap: The most a weight may be, in the unit of the weights; not below the mean of those
            above 0.
        counts: How many respondents share each weight; nothing for one each.

    Examples:
        >>> trim([1.0, 1.0, 4.0], 3.0)
        (1.5, 1.5, 3.0)
    """
    if max(weights) <= cap:
        return tuple(weights)
    times = [1] * len(weights) if counts is None else counts
    whole = fsum(t * w for t, w in zip(times, weights, strict=True))
    order = sorted(range(len(weights)), key=lambda place: -weights[place])
    capped = 0
    # The weight not capped, from the lightest on: nothing is lost to a subtraction from the whole.
    below = [0.0]
    for place in reversed(order):
        below.append(below[-1] + times[place] * weights[place])
    for rank, place in enumerate(order):
        rest = below[len(order) - rank]
        factor = (whole - capped * cap) / rest if rest > 0 else 1.0
        if weights[place] * factor <= cap or not weights[place]:
            break
        capped += times[place]
    else:
        # The cap is the mean of those above 0: they are all alike.
        return tuple(cap if weight else 0.0 for weight in weights)
    return tuple(min(weight * factor, cap) for weight in weights)


def cap_for(
    weights: Sequence[float], design_effect: float, counts: Sequence[int] | None = None
) -> float:
    """
    Return the highest cap under which weights have no more than a design effect.

    Args:
        weights: Each finite, 0 or more, one of them above 0.
        design_effect: What is wanted, above that of equal weights for those that are not 0.
        counts: How many respondents share each weight; nothing for one each.

    Examples:
        >>> round(cap_for([1.0, 1.0, 4.0], 1.125), 4)
        3.0
    """
    times = [1] * len(weights) if counts is None else counts
    heaviest = max(weights)
    held = sum(t for t, w in zip(times, weights, strict=True) if w)
    least = fsum(t * w for t, w in zip(times, weights, strict=True)) / held

    def met(cap: float) -> bool:
        worth = kish(trim(weights, cap, counts), counts)
        return worth is not None and worth.design_effect <= design_effect

    if met(heaviest):
        return heaviest
    low, high = least, heaviest
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if met(middle) else (low, middle)
    return low
