"""
What the page itself says, around what the sections say.

The sentences are in this package's `wording`, as those of a domain are in the domain's.
"""

from __future__ import annotations

from typing import Final

from bankservice.core.decision import Says

__all__ = [
    "ATTENTION",
    "BARS_TOLD",
    "CONTENTS",
    "DAY",
    "GOOD",
    "MADE_BY",
    "MATRIX_TOLD",
    "MORE",
    "MORE_IN",
    "NO_CHART",
    "NO_ROWS",
    "NO_SECTION",
    "NUMBER",
    "NUMBERS",
    "NUMBERS_OF",
    "PACKAGE",
    "SCALE_CUT",
    "SCATTER_TOLD",
    "SKIP",
    "TRENDS_TOLD",
    "WHISKERS_TOLD",
]

PACKAGE: Final = "bankservice.report"
"""Package whose `wording` has these sentences."""

SKIP = Says("skip")
CONTENTS = Says("contents")
NUMBERS = Says("numbers")
NUMBERS_OF = Says("numbers-of", ("title",))
DAY = Says("day")
GOOD = Says("good")
ATTENTION = Says("attention")
MORE = Says("more", ("count",))
MORE_IN = Says("more-in", ("count", "file"))
NO_ROWS = Says("no-rows")
NO_CHART = Says("no-chart")
NO_SECTION = Says("no-section")
MADE_BY = Says("made-by")
SCALE_CUT = Says("scale-cut", ("least",))
BARS_TOLD = Says("bars-told", ("measure", "label", "most", "number"))
MATRIX_TOLD = Says("matrix-told", ("down", "across", "number", "row", "column"))
TRENDS_TOLD = Says("trends-told", ("measure", "start", "end", "lines"))
WHISKERS_TOLD = Says("whiskers-told", ("measure", "label", "most", "number"))
SCATTER_TOLD = Says("scatter-told", ("count", "across", "up"))
NUMBER = Says("number")
