"""
Exact comparison of two counts: is one of them too large beside the other?

Cases of one series are counted over a block of time and over *n* quiet blocks like it. If every
block has the same mean, then, given the total, the count of the one block is binomial: the mean,
which nobody knows, drops out. If the mean itself goes up and down from block to block (a gamma
variable with squared coefficient of variation *d*), the counts are negative binomial, and given
the total the count of the block is beta-binomial. Both are the same formula, *d* = 0 being the
binomial one:

    P(k | total) = C(total, k) · w(w+d)…(w+(k−1)d) · v(v+d)…(v+(total−k−1)d)
                   / (w+v)(w+v+d)…(w+v+(total−1)d)

with *w* the exposure of the block, *v* that of the others. Nothing is approximated: the numbers
are worked out in decimal arithmetic of fifty digits, whose rounding error cannot be seen in the
twelve places that are given.

Example: 12 complaints in a week, 24 in the eight weeks before it. Given 36 in nine weeks, the week
holds 12 or more with probability 0.00034 if nothing has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

__all__ = ["PLACES", "at_least", "at_most", "dispersion", "holm", "share_bounds", "variance"]

PLACES: Final = Decimal("1E-12")
"""Probabilities are rounded up to this many places."""

_EXACT: Final = Context(prec=50, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
_UP: Final = Context(prec=50, rounding=ROUND_CEILING, Emin=MIN_EMIN, Emax=MAX_EMAX)
_NEGLIGIBLE: Final = Decimal("1E-30")
_FINE: Final = 10**6
"""Shares are looked for in millionths."""


def at_least(count: int, others: int, *, own: int, other: int, spread: Fraction) -> Decimal:
    """
    Return the probability of *count* or more, given the total, if nothing has changed.

    Args:
        count: Cases in the block.
        others: Cases in the blocks it is compared with.
        own: Exposure of the block, such as days or blocks.
        other: Exposure of the others, in the same unit.
        spread: Squared coefficient of variation of the level of one unit of exposure; 0 where
            it does not move.

    Returns:
        The probability, rounded up to twelve places.

    Examples:
        >>> at_least(12, 24, own=1, other=8, spread=Fraction(0))
        Decimal('0.000338073369')
    """
    if count <= 0:
        return Decimal(1)
    total = count + others
    # A common denominator makes every factor a whole number.
    step, unit = spread.numerator, spread.denominator
    w, v = own * unit, other * unit
    term = _first(count, total, w, v, step)
    found = term
    for k in range(count, total):
        up = (total - k) * (w + k * step)
        down = (k + 1) * (v + (total - k - 1) * step)
        term = _EXACT.divide(_EXACT.multiply(term, Decimal(up)), Decimal(down))
        found = _EXACT.add(found, term)
        # Beyond the mode each term is smaller than the one before by a factor that shrinks too.
        if up < down and term < _EXACT.multiply(found, _NEGLIGIBLE):
            break
    return min(Decimal(1), _UP.quantize(found, PLACES))


def at_most(count: int, others: int, *, own: int, other: int, spread: Fraction) -> Decimal:
    """
    Return the probability of *count* or fewer, given the total, if nothing has changed.

    The arguments are those of `at_least`.

    Examples:
        >>> at_most(0, 3, own=1, other=1, spread=Fraction(0))
        Decimal('0.125000000000')
    """
    return at_least(others, count, own=other, other=own, spread=spread)


def _first(count: int, total: int, w: int, v: int, step: int) -> Decimal:
    up = down = 1
    found = Decimal(1)
    for k in range(total):
        if k < count:
            up *= (total - k) * (w + k * step)
            down *= (k + 1) * (w + v + (total - 1 - k) * step)
        else:
            up *= v + (k - count) * step
            down *= w + v + (k - count) * step
        # Whole numbers first, decimals in between: fewer roundings, and quicker.
        if k % 16 == 15 or k == total - 1:
            found = _EXACT.multiply(found, _EXACT.divide(Decimal(up), Decimal(down)))
            up = down = 1
    return found


def dispersion(blocks: Sequence[int], margin: Fraction = Fraction(1)) -> Fraction:
    """
    Return how much the level moves from block to block, beyond chance.

    It is the squared coefficient of variation of the level: the sample variance less the mean (the
    part that is chance), over the squared mean; 0 where there is no more than chance.

    Args:
        blocks: Cases of each block.
        margin: How many times the sample variance is taken: few blocks tell it badly.

    Examples:
        >>> dispersion((3, 4, 2, 3)), dispersion((0, 12, 1, 11))
        (Fraction(0, 1), Fraction(26, 27))
    """
    number, total = len(blocks), sum(blocks)
    if number < 2 or total == 0:
        return Fraction(0)
    return max(Fraction(0), (margin * variance(blocks) * number - total) * number / total**2)


def variance(blocks: Sequence[int]) -> Fraction:
    """
    Return the sample variance of two or more counts.

    Examples:
        >>> variance((0, 12, 1, 11))
        Fraction(122, 3)
    """
    number, total = len(blocks), sum(blocks)
    squares = sum(block * block for block in blocks)
    return Fraction(number * squares - total * total, number * (number - 1))


def holm(found: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """
    Return probabilities adjusted for how many were looked at, after Holm.

    The smallest is multiplied by their number, the next by one less, and so on; none falls below
    the one before. Raising every series whose adjusted value is at most *a* raises a quiet one
    with probability at most *a*, however the series hang together.

    Examples:
        >>> holm((Decimal("0.04"), Decimal("0.01"), Decimal("0.9")))
        (Decimal('0.08'), Decimal('0.03'), Decimal('0.9'))
    """
    adjusted = [Decimal(1)] * len(found)
    floor = Decimal(0)
    for place, index in enumerate(sorted(range(len(found)), key=lambda i: found[i])):
        times = _EXACT.multiply(found[index], Decimal(len(found) - place))
        floor = max(floor, min(Decimal(1), times))
        adjusted[index] = floor
    return tuple(adjusted)


def share_bounds(count: int, total: int, tail: Fraction) -> tuple[Fraction, Fraction]:
    """
    Return the bounds of a share after Clopper and Pearson, each missed with at most *tail*.

    They are looked for in millionths and widened to the next one.

    Examples:
        >>> share_bounds(0, 10, Fraction(1, 40))
        (Fraction(0, 1), Fraction(154249, 500000))
    """
    low = _crossing(count, total - count, tail) if count else 0
    high = _FINE - _crossing(total - count, count, tail) if count < total else _FINE
    return Fraction(low, _FINE), Fraction(high, _FINE)


def _crossing(count: int, others: int, tail: Fraction) -> int:
    """Return the largest share, in millionths, at which *count* or more is as rare as *tail*."""
    low, high = 0, _FINE
    while high - low > 1:
        middle = (low + high) // 2
        rare = at_least(count, others, own=middle, other=_FINE - middle, spread=Fraction(0))
        low, high = (middle, high) if rare <= tail else (low, middle)
    return low
