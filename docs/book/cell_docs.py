"""
What stands in the cells of tables: heads, titles with codes, periods, sources of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from book.bilingual import NOTHING, Titles, alike, both, each, grouped, listed, period, spoken
from book.labels import short
from book.section_docs import SectionDoc, TableDoc

from bankservice import policies
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.policy import Title, Version

__all__ = [
    "Source",
    "apart",
    "coded",
    "count",
    "heads",
    "money",
    "periods",
    "row_section",
    "rows_named",
    "sourced",
    "strung",
    "titled",
]

Source = Callable[[Citation | None], Titles]


def heads(*keys: str) -> tuple[Titles, ...]:
    """Return the heads of columns."""
    return tuple(spoken("column", key) for key in keys)


def strung(texts: Iterable[Titles]) -> Titles:
    """Return texts in a row, those that say something."""
    held = list(texts)
    return each(lambda locale: listed([text[locale] for text in held if text[locale]], locale))


def apart(texts: Iterable[Titles]) -> Titles:
    """Return texts that may have commas of their own, in a row; those that say something."""
    held = list(texts)
    mark = {"en": "; ", "zh": "；"}
    return each(lambda locale: mark[locale].join(t[locale] for t in held if t[locale]))


def titled(title: Title | None, code: str) -> Titles:
    """Return a code with its title."""
    if title is None:
        return alike(f"`{code}`")
    return both(f"{title.en} (`{code}`)", f"{title.zh}（`{code}`）")


def coded(tree: str, codes: Iterable[str]) -> Titles:
    """Return codes of a shared tree in a row, each with its title."""
    held = policies.load(tree).versions[-1].parameters
    return apart(titled(held[code].title, code) for code in codes)


def rows_named(rows: Iterable[Any], codes: Iterable[str]) -> Titles:
    """Return rows that another names by their codes, with their titles."""
    told = {row.code: row.title for row in rows}
    return apart(titled(told.get(code), code) for code in codes)


def periods(held: Period | None) -> Titles:
    """Return a period; empty for none."""
    return NOTHING if held is None else each(partial(period, held))


def money(amount: str | None, currency: str) -> Titles:
    """Return an amount with its currency; empty for none."""
    return alike("" if amount is None else f"{grouped(amount)} {currency}")


def count(number: int | None) -> Titles:
    """Return a whole number with its thousands set apart; empty for none."""
    return alike("" if number is None else f"{number:,}")


def sourced(version: Version[Any]) -> Source:
    """Return what shortens the source of a row beside that of its version; none of its own: that."""

    def tell(source: Citation | None) -> Titles:
        if source is None or source == version.source:
            return spoken("said", "as-version")
        return each(lambda locale: short(source, version.source, locale))

    return tell


def row_section(
    version: Version[Any],
    name: str,
    rows: Iterable[Any],
    tell: Callable[[Any], tuple[Titles, ...]],
    keys: tuple[str, ...],
) -> SectionDoc:
    """
    Return rows as a section of one table, with their sources where a row has its own.

    A source that all rows share is told once, above them.
    """
    held, source = list(rows), sourced(version)
    own = {getattr(row, "source", None) for row in held}
    shared = len(own) == 1
    lines = (("source", NOTHING if own == {None} else source(*own)),) if shared else ()
    cells = tuple((*tell(row), NOTHING if shared else source(row.source)) for row in held)
    table = TableDoc(heads(*keys, "source"), cells)
    return SectionDoc(spoken("column", name), lines, (table,))
