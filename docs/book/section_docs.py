"""
Tables and sections of a page, as plain values.
"""

from __future__ import annotations

import attrs
from book.bilingual import NOTHING, Titles

__all__ = ["SectionDoc", "TableDoc"]


@attrs.frozen
class TableDoc:
    """A table with its heads and what it is headed with, by locale; an empty cell says nothing."""

    heads: tuple[Titles, ...]
    rows: tuple[tuple[Titles, ...], ...]
    title: Titles = NOTHING


@attrs.frozen
class SectionDoc:
    """A section: heading, lines of (label, text), then tables. An empty text is left out."""

    title: Titles
    lines: tuple[tuple[str, Titles], ...] = ()
    tables: tuple[TableDoc, ...] = ()
