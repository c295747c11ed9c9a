"""
Formulas of the rules of statistics: what `formulas.toml` holds, and how a page shows it.

A formula is written in TeX, in a fenced block of its own (`math`), and stands in the page as MathML,
which browsers show by themselves: nothing is loaded, and it is read aloud.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from book.bilingual import BOOK, Titles

__all__ = ["fence", "formula_lines", "formulas_of", "named"]

HELD: Final = BOOK / "formulas.toml"

Formula = tuple[Titles, str]
"""What a formula says, in each language, and the formula in TeX."""


@cache
def _written() -> Mapping[str, tuple[Formula, ...]]:
    raw: dict[str, list[dict[str, Any]]] = tomllib.loads(HELD.read_text("utf-8"))
    return {
        rule: tuple(({"en": row["en"], "zh": row["zh"]}, row["tex"].strip()) for row in rows)
        for rule, rows in raw.items()
    }


def named() -> tuple[str, ...]:
    """Return the ids of the rules that have formulas."""
    return tuple(_written())


def formulas_of(rule: str) -> tuple[Formula, ...]:
    """Return the formulas of a rule, by its id; none where it has none."""
    return _written().get(rule, ())


def formula_lines(formulas: tuple[Formula, ...], locale: str) -> list[str]:
    """Return the formulas as parts of a page: what each says, then the formula."""
    found: list[str] = []
    for says, tex in formulas:
        found += [says[locale], f"```math\n{tex}\n```"]
    return found


def fence(source: str, *_: Any, **__: Any) -> str:
    """Return a fenced block of TeX as MathML, as the site tool asks for it."""
    from latex2mathml.converter import convert

    return f'<div class="math">{convert(source.strip(), display="block")}</div>'
