"""Columns and tables: the form of what a bank's extracts are mapped to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

__all__ = ["Column", "ColumnKind", "Table", "yes_no"]

ColumnKind = Literal["id", "date", "time", "amount", "rate", "text", "code", "currency"]


@attrs.frozen(kw_only=True)
class Column:
    """
    One column of a table.

    Attributes:
        name: How mappings name it.
        kind: `id` (an opaque id), `date`, `time` (a local time of the bank's zone), `amount` (in
            major units of the account's or the bank's currency), `rate`, `text` (a code), `code`
            (one of a list that the extract may not know: other values are kept as unknown, and
            told) or `currency` (ISO 4217).
        doc: What it holds.
        required: Whether it must be mapped, and every row must have it.
        whole: Whether every row must have it where it is mapped.
        codes: The only values a text or code may have.
        tree: Vocabulary whose codes it holds, for kind `code`.
    """

    name: str
    kind: ColumnKind
    doc: str
    required: bool = False
    whole: bool = False
    codes: tuple[str, ...] = ()
    tree: str = ""


@attrs.frozen(kw_only=True)
class Table:
    """
    One table.

    Attributes:
        name: How extracts name it.
        doc: What one row is.
        columns: Its columns.
        further: What columns of other names hold; there may be none where it is empty.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    further: str = ""

    @property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column | None:
        """Return the column of a name; None where the table may have none of it."""
        found = self.by_name.get(name)
        if found is None and self.further:
            return Column(name=name, kind="text", doc=self.further)
        return found

    def of(self, names: Iterable[str]) -> Mapping[str, Column]:
        """Return the columns of names, without those it may not have."""
        found = ((name, self.column(name)) for name in names)
        return {name: column for name, column in found if column is not None}


def yes_no(name: str, doc: str) -> Column:
    """Return a column of yes and no."""
    return Column(name=name, kind="code", doc=doc, codes=("yes", "no"))
