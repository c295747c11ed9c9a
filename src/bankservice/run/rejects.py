"""
What was not taken, and why: every rejected row with its file, line and field, its value masked.

A rejected row never vanishes into a sum: the accounts it may have belonged to are known as
doubtful, and their measure is unknown rather than wrong.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import IO, Final

import attrs

from bankservice.core import wording
from bankservice.core.decision import Reason
from bankservice.run.folder import unwritten

__all__ = ["PACKAGE", "Reject", "Rejects", "mask"]

PACKAGE: Final = "bankservice.run"
KEPT: Final = 20
"""Rejects kept in memory for the report; the file has them all."""

_DIGIT = re.compile(r"\d")
_UPPER = re.compile(r"[A-Z]")
_LOWER = re.compile(r"[a-z]")
_OTHER = re.compile(r"[^\W\d_A-Za-z]")
LONGEST: Final = 40


def mask(value: str) -> str:
    """
    Return the shape of a value: what it looked like, without what it said.

    Examples:
        >>> mask("1.234,56"), mask("31/06/2026"), mask("张三 A7")
        ('9.999,99', '99/99/9999', '文文 A9')
    """
    shape = _OTHER.sub("文", _LOWER.sub("a", _UPPER.sub("A", _DIGIT.sub("9", value))))
    shape = "".join(sign if sign.isprintable() else "?" for sign in shape)
    return shape if len(shape) <= LONGEST else f"{shape[: LONGEST - 1]}…"


@attrs.frozen
class Reject:
    """
    One thing that was not taken.

    Attributes:
        file: Name of the file, below the data folder.
        line: Line in a text file, row in a Parquet file, counted from 1; 0 for the file itself.
        field: Name of the extract's column; empty for the whole line.
        shape: The value, masked.
        reason: Why.
    """

    file: str
    line: int
    field: str
    shape: str
    reason: Reason


class Rejects:
    """Writes rejects to a file as they come, and counts them; memory does not grow with them."""

    HEAD: Final = ("file", "line", "field", "value", "code", "reason")

    def __init__(self, path: Path, locale: str) -> None:
        """
        Open the file of rejects.

        Args:
            path: Where it is written.
            locale: Language of the reasons.
        """
        self._locale = wording.locale_of(locale)
        # With a byte-order mark, without which spreadsheets read Chinese as something else.
        self._file: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(self.HEAD)
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.first: list[Reject] = []
        self.passed: Counter[tuple[str, str]] = Counter()
        self.dropped: Counter[tuple[str, str]] = Counter()

    def add(self, reject: Reject) -> None:
        """Note one reject."""
        self.counts[reject.file, reject.field, reject.reason.code] += 1
        if len(self.first) < KEPT:
            self.first.append(reject)
        said = wording.sentence(reject.reason, self._locale, PACKAGE)
        row = (reject.file, reject.line or "", reject.field, reject.shape)
        self._rows.writerow((*row, reject.reason.code, said))

    def drop(self, counted: tuple[str, str], reject: Reject) -> None:
        """Note a reject that takes away a row of a source which could be read."""
        self.dropped[counted] += 1
        self.add(reject)

    def pass_over(self, counted: tuple[str, str], rows: int) -> None:
        """Count rows of a source that may be left out (`only_known`); they are no rejects."""
        self.passed[counted] += rows

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()

    def close(self) -> None:
        """
        Write what is left, and close the file.

        Raises:
            OutputError: If there is no room for it.
        """
        try:
            self._file.close()
        except OSError as error:
            raise unwritten("rejects.csv", error) from error
