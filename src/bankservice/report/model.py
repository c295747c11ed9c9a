"""
What a report says, before anybody words or draws it.

A report is sections of sentences, figures, tables and charts. Everything a person may read is a
`Reason` (a code with its facts) or a typed value, so that one report reads in any language: the
sentences stand in the `wording` of the package a section names.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import attrs

from bankservice.core.decision import Reason
from bankservice.core.money import Money
from bankservice.core.policy import Title

__all__ = [
    "Bars",
    "Beside",
    "Cell",
    "Chart",
    "Dot",
    "Figure",
    "Matrix",
    "Report",
    "Scatter",
    "Section",
    "Share",
    "Table",
    "Trend",
    "Trends",
    "Whisker",
    "Whiskers",
]

Tone = Literal["plain", "good", "warning"]


@attrs.frozen
class Share:
    """A part of a whole, shown as a percentage; a whole of nothing has no share."""

    part: int
    whole: int

    @property
    def fraction(self) -> Fraction | None:
        """The share, or None where the whole is nothing."""
        return Fraction(self.part, self.whole) if self.whole else None


Cell = str | int | Decimal | Fraction | date | Money | Title | Reason | Share | None
"""One value in a table or figure; a plain `str` is shown as it stands (a code, an id, a file)."""


@attrs.frozen
class Figure:
    """
    One number at a glance.

    Attributes:
        label: What it counts.
        value: The number.
        note: What to know about it.
        tone: Whether it asks for attention. Told by a word and a mark as well as by colour.
    """

    label: Reason
    value: Cell
    note: Reason | None = None
    tone: Tone = "plain"


@attrs.frozen(kw_only=True)
class Table:
    """
    A table.

    Attributes:
        caption: What it shows.
        columns: Headings, one for each cell of a row.
        rows: The rows. Numbers, money, shares and days are set to the right.
        left_out: How many more rows there are than are shown.
        whole: Name of the file that has them all, where rows are left out.
        headed: Whether the first cell of a row is its heading.
    """

    caption: Reason
    columns: tuple[Reason, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    whole: str = ""
    headed: bool = True


@attrs.frozen(kw_only=True)
class Bars:
    """Bars: one for each label, in the order given. The same numbers stand in a table beside."""

    title: Reason
    label: Reason
    measure: Reason
    bars: tuple[tuple[Cell, int | Decimal], ...]


@attrs.frozen(kw_only=True)
class Matrix:
    """
    Counts by row and column, drawn as a heat map with its numbers.

    Attributes:
        title: What it shows.
        down: What the rows are.
        across: What the columns are.
        rows: Labels of the rows.
        columns: Labels of the columns.
        counts: One row of counts for each label.
    """

    title: Reason
    down: Reason
    across: Reason
    rows: tuple[Cell, ...]
    columns: tuple[Cell, ...]
    counts: tuple[tuple[int, ...], ...]


@attrs.frozen
class Trend:
    """One line of `Trends`: a label, and a value for each day it is known."""

    label: Cell
    points: tuple[tuple[date, int | Decimal], ...]


@attrs.frozen(kw_only=True)
class Trends:
    """
    Several values over days, each its own line, told apart by more than colour.

    Attributes:
        title: What it shows.
        measure: What the values count.
        lines: The values.
        stacked: Whether they are parts of a whole, none below nothing: drawn as bands upon each
            other, the first at the bottom.
    """

    title: Reason
    measure: Reason
    lines: tuple[Trend, ...]
    stacked: bool = False


@attrs.frozen(kw_only=True)
class Whisker:
    """
    One row of `Whiskers`.

    Attributes:
        label: What it is of.
        value: The value; None where there is none to be told.
        low: Lower end of how unsure it is; None where that cannot be said.
        high: Upper end.
        note: Why there is no value.
    """

    label: Cell
    value: int | Decimal | None = None
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    note: Reason | None = None


@attrs.frozen(kw_only=True)
class Whiskers:
    """
    Values with how unsure they are: a dot and a line for each, in the order given.

    Attributes:
        title: What it shows.
        label: What the rows are.
        measure: What the values count.
        low: What the lower ends are.
        high: What the upper ends are.
        rows: The rows.
        middle: A value to compare with, drawn across all rows.
    """

    title: Reason
    label: Reason
    measure: Reason
    low: Reason
    high: Reason
    rows: tuple[Whisker, ...]
    middle: int | Decimal | None = None


@attrs.frozen(kw_only=True)
class Dot:
    """One point of `Scatter`: a label, how far to the right it is, and how far up."""

    label: Cell
    across: int | Decimal
    up: int | Decimal


@attrs.frozen(kw_only=True)
class Scatter:
    """
    Points by two amounts; each has the number of its row in the table beside.

    Attributes:
        title: What it shows.
        label: What the points are.
        across: What counts to the right.
        up: What counts upwards.
        dots: The points.
        cuts: Where to the right, and upwards, high begins; None for no line.
        corners: Names of the four corners: both low, up alone, to the right alone, both high.
    """

    title: Reason
    label: Reason
    across: Reason
    up: Reason
    dots: tuple[Dot, ...]
    cuts: tuple[int | Decimal | None, int | Decimal | None] = (None, None)
    corners: tuple[Reason, ...] = ()


Chart = Bars | Matrix | Trends | Whiskers | Scatter


@attrs.frozen(kw_only=True)
class Beside:
    """
    Two texts to be read side by side; they are words already, in the language of the report.

    Attributes:
        title: Whom or what they are about; shown as it stands.
        heads: What each of them is.
        texts: The texts; their line breaks are kept.
    """

    title: str
    heads: tuple[Reason, Reason]
    texts: tuple[str, str]


@attrs.frozen(kw_only=True)
class Section:
    """
    One section of a report.

    Attributes:
        anchor: Its name in the page's address; stable.
        title: Heading.
        package: Package whose `wording` has its sentences.
        lead: What the reader should know first.
        figures: Numbers at a glance.
        charts: Charts, each followed by its numbers as a table.
        tables: Further tables.
        sides: Texts to be read side by side.
    """

    anchor: str
    title: Reason
    package: str
    lead: tuple[Reason, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    sides: tuple[Beside, ...] = ()


@attrs.frozen(kw_only=True)
class Report:
    """
    A whole report.

    Attributes:
        title: Whose report it is.
        subtitle: Of which day or days; a sentence of the first section's package.
        sections: The sections, in reading order.
    """

    title: Title
    subtitle: Reason
    sections: tuple[Section, ...]
