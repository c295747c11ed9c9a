"""
How a number is spread over parts: by weights, within bounds, in whole numbers.

All of it is exact, in fractions, so that a tie is a tie: on every platform the part that comes
first gets the unit that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

__all__ = ["largest_remainder", "shares_of", "spread"]

_ONE: Final = Fraction(1)


def shares_of(total: Fraction | int, weights: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
    """
    Return a total in proportion to weights; in equal parts where all are 0.

    Examples:
        >>> shares_of(10, [1, 3])
        (Fraction(5, 2), Fraction(15, 2))
    """
    held = [Fraction(weight) for weight in weights]
    if not any(held):
        held = [_ONE] * len(held)
    whole = sum(held, Fraction())
    return tuple(Fraction(total) * weight / whole for weight in held)


def spread(
    total: Fraction | int,
    weights: Sequence[Fraction | int],
    least: Sequence[Fraction | int],
    most: Sequence[Fraction | int],
) -> tuple[Fraction, ...]:
    """
    Return a total in proportion to weights, no part outside its bounds.

    What a bound takes or gives is spread over the others in proportion, until none is outside. A
    part whose weight is 0 gets more than the least only where the others are full; then these are
    filled in proportion to the room they have.

    Args:
        total: From the sum of the least to the sum of the most.
        weights: 0 or more, one for each part.
        least: The least each part gets.
        most: The most each part gets, none below its least.

    Examples:
        >>> [float(part) for part in spread(300, [200, 500, 1600], [0, 0, 0], [20, 1000, 4000])]
        [20.0, 66.66666666666667, 213.33333333333334]
    """
    parts: dict[int, Fraction] = {}
    free = list(range(len(weights)))
    while free:
        rest = Fraction(total) - sum(parts.values(), Fraction())
        held = [Fraction(weights[place]) for place in free]
        if not any(held):
            # Nobody of these was to get any: what is left fills them by the room there is.
            rooms = [Fraction(most[place]) - Fraction(least[place]) for place in free]
            over = shares_of(rest - sum((Fraction(least[p]) for p in free), Fraction()), rooms)
            parts.update((p, Fraction(least[p]) + o) for p, o in zip(free, over, strict=True))
            break
        wanted = dict(zip(free, shares_of(rest, held), strict=True))
        over_by = {p: w - most[p] for p, w in wanted.items() if w > most[p]}
        under_by = {p: least[p] - w for p, w in wanted.items() if w < least[p]}
        if not over_by and not under_by:
            parts.update(wanted)
            break
        # Only the side that misses more is sure to stay at its bound; the other is asked again.
        if sum(over_by.values()) >= sum(under_by.values()):
            parts.update((p, Fraction(most[p])) for p in over_by)
        else:
            parts.update((p, Fraction(least[p])) for p in under_by)
        free = [p for p in free if p not in parts]
    return tuple(parts[place] for place in range(len(weights)))


def largest_remainder(parts: Sequence[Fraction | int]) -> tuple[int, ...]:
    """
    Return parts that sum to a whole number as whole numbers with that sum.

    Each is rounded down; the units left go to the largest remainders, of equal ones to the first.

    Examples:
        >>> largest_remainder(shares_of(10, [49, 35, 16]))
        (5, 3, 2)
        >>> largest_remainder(shares_of(100, [1, 1, 1]))
        (34, 33, 33)
    """
    held = [Fraction(part) for part in parts]
    counts = [part.numerator // part.denominator for part in held]
    left = sum(held, Fraction()) - sum(counts)
    assert left.denominator == 1, f"the parts sum to a whole number, not to {left} above one"
    first = sorted(range(len(held)), key=lambda place: (counts[place] - held[place], place))
    for place in first[: int(left)]:
        counts[place] += 1
    return tuple(counts)
