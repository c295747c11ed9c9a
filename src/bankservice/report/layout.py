"""
Where things stand in a chart: widths of words, lines of a label, ticks of a scale.

Widths are reckoned from the letters alone and not measured in a font, so that a report has the
same bytes on every machine, whatever fonts it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from unicodedata import east_asian_width

__all__ = ["Amount", "spread", "ticks", "width_of", "wrap"]

Amount = int | Decimal
"""What a chart draws."""

_WIDE, _NARROW = 100, 62
"""Hundredths of an em: a Chinese character, and a letter or digit of a roomy Latin font."""


def _units(text: str) -> int:
    return sum(_WIDE if east_asian_width(letter) in "WFA" else _NARROW for letter in text)


def width_of(text: str, size: int) -> int:
    """Return about how wide *text* is in a font of *size*, rather too wide than too narrow."""
    return -(-_units(text) * size // 100)


def wrap(text: str, width: int, size: int, lines: int = 2) -> tuple[str, ...]:
    """
    Break *text* into at most *lines* lines of *width*; what does not fit ends in an ellipsis.

    Words are kept whole where they fit. Chinese may break after any character.

    Examples:
        >>> wrap("Private banking", 90, 15)
        ('Private', 'banking')
        >>> wrap("私人银行客户", 75, 15)
        ('私人银', '行客户')
    """
    room = width * 100 // size
    broken: list[str] = []
    rest = " ".join(text.split())
    needed = -(-_units(rest) // max(room, 1))
    if " " not in rest and 1 < needed <= lines:
        # Lines of like length, rather than one character alone on the last.
        room = min(room, _units(rest) // needed + _WIDE // 2)
    while rest and len(broken) < lines:
        if _units(rest) <= room:
            return (*broken, rest)
        last = len(broken) == lines - 1
        used, cut, at_space = 0, 0, 0
        for place, letter in enumerate(rest):
            used += _units(letter)
            if used > (room - _WIDE if last else room):
                break
            cut = place + 1
            if rest[cut : cut + 1] == " ":
                at_space = cut
        # At least one letter goes on each line, however narrow it is.
        cut = max(cut, 1)
        whole_words = at_space and rest[cut - 1 : cut + 1].isascii()
        if last:
            broken.append(rest[:cut].rstrip() + "…")
        else:
            cut = at_space if whole_words else cut
            broken.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
    return tuple(broken)


def ticks(low: Amount, high: Amount, most: int = 5) -> tuple[Decimal, ...]:
    """
    Return round numbers from at most *low* to at least *high*, about *most* of them.

    Whole amounts get whole ticks: nobody counts half customers.

    Examples:
        >>> [int(tick) for tick in ticks(0, 1730)]
        [0, 500, 1000, 1500, 2000]
        >>> [int(tick) for tick in ticks(0, 0)]
        [0, 1]
    """
    least, greatest = Fraction(low), Fraction(high)
    if greatest <= least:
        greatest = least + 1
    wanted = (greatest - least) / (most - 1)
    size = Fraction(1)
    while size * 10 <= wanted:
        size *= 10
    while size > wanted:
        size /= 10
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= wanted)
    if isinstance(low, int) and isinstance(high, int):
        step = max(step, Fraction(1))
    return tuple(
        _decimal(step * times) for times in range(floor(least / step), ceil(greatest / step) + 1)
    )


def _decimal(number: Fraction) -> Decimal:
    # Exact: a tick is a whole number of 1, 2 or 5 times a power of ten.
    digits = 0
    while (number * 10**digits).denominator != 1:
        digits += 1
    return Decimal(int(number * 10**digits)).scaleb(-digits)


def spread(wanted: Sequence[int], heights: Sequence[int], room: int) -> list[int]:
    """
    Return middles near those *wanted*, so that things of these *heights* do not overlap.

    Args:
        wanted: Where each middle would be, from the top.
        heights: How high each is.
        room: Height there is, which they share; it has to hold them all.

    Returns:
        The middles, in the order given.

    Examples:
        >>> spread([10, 12, 90], [20, 20, 20], 100)
        [10, 30, 90]
    """
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    tops: list[int] = []
    free = 0
    for at in order:
        top = max(free, wanted[at] - heights[at] // 2)
        tops.append(top)
        free = top + heights[at]
    end = room
    placed = [0] * len(wanted)
    for at, top in zip(reversed(order), reversed(tops), strict=True):
        top = min(top, end - heights[at])
        placed[at] = top + heights[at] // 2
        end = top
    return placed
