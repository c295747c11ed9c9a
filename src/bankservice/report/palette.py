"""
Colours of the charts, and how well one is read on another.

Every text colour here has a contrast of at least 4.5 on what lies behind it (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACCENT",
    "FAINT",
    "GROUND",
    "INK",
    "LINES",
    "MUTED",
    "SHADES",
    "contrast",
    "ink_on",
    "shade_of",
]

INK: Final = "#1b262c"
MUTED: Final = "#52606a"
FAINT: Final = "#dbe1e4"
"""Rules and grids; never text."""
GROUND: Final = "#ffffff"
ACCENT: Final = "#0f5c6e"

LINES: Final = ("#0f5c6e", "#a8450c", "#5a4a9c", "#3d6b1e", "#8c2456", "#4b5963")
"""Colours of lines and of the words beside them."""

SHADES: Final = ("#f3f6f7", "#dcebee", "#b5d5dc", "#86b8c3", "#35788a", "#0f5c6e")
"""Shades of a heat map: the first for nothing, then from little to much."""


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """
    Return the contrast of two colours, from 1 to 21.

    Args:
        first: A colour as `#rrggbb`.
        second: The other.

    Examples:
        >>> contrast("#000000", "#ffffff")
        21.0
    """
    less, more = sorted((_luminance(first), _luminance(second)))
    return (more + 0.05) / (less + 0.05)


def ink_on(shade: str) -> str:
    """Return the text colour that is read best on *shade*."""
    return max((INK, GROUND), key=lambda ink: contrast(ink, shade))


def shade_of(count: int, most: int) -> str:
    """
    Return the shade for *count* where the greatest is *most*.

    Shades follow the square root: in a table of moves nearly everybody stays, and the few who do
    not are what the reader looks for.
    """
    if count <= 0 or most <= 0:
        return SHADES[0]
    steps = len(SHADES) - 1
    return next(
        SHADES[step] for step in range(1, steps + 1) if count * steps * steps <= most * step * step
    )
