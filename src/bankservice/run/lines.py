"""
Lines of text in, rows of text out, each with the number of the line it began on.

Plain lines go through polars at full speed. A piece in which something is odd (a quoted line break,
a blank line, a line with too few or too many fields, bytes that are no text) is read line by line,
so that the odd line alone is rejected and named.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import attrs
import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.run.plan import Extract
from bankservice.run.rejects import Reject, mask
from bankservice.run.tables import TABLES

__all__ = ["LINE", "Source", "Torn", "fields_of", "rows_of", "whole_lines"]

LINE: Final = "#line"
"""Name of the column that holds the line a row began on."""

PIECE_BYTES: Final = 128 * 1024
QUOTED_LINES: Final = 1_000
"""How many lines a quoted field may have; one that goes on is a quote that was never closed."""

UNDECODABLE = Says("undecodable", ("encoding",))
RAGGED = Says("ragged", ("fields", "wanted"))
UNCLOSED = Says("unclosed")
BROKEN = Says("broken-line")


@attrs.frozen
class Source:
    """
    One file of an extract.

    Attributes:
        path: Where it is.
        name: How it is named to people: below the data folder.
        extract: How it is read.
        columns: The columns it has, in their order.
        size: Bytes, for progress.
        place: Where its extract stands in `bank.toml`; two extracts may share a file.
    """

    path: Path
    name: str
    extract: Extract
    columns: tuple[str, ...]
    size: int
    place: str

    @property
    def counted(self) -> tuple[str, str]:
        """What its rows are counted under."""
        return self.place, self.name

    @property
    def parquet(self) -> bool:
        """Whether it is a Parquet file."""
        return self.path.suffix == ".parquet"

    def written(self, column: str) -> str:
        """Return how the file names a column of the table; the table's name where it has none."""
        mapped = self.extract.columns.get(column)
        return (mapped and mapped.column) or column


def fields_of(text: str, delimiter: str) -> list[str] | None:
    """Return the fields of a record; None where it is none, as with a bare carriage return."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return None


def whole_lines(stream: IO[bytes], size: int) -> bytes:
    """Return about *size* bytes: whole lines, the last quoted field closed if it closes soon."""
    chunk = stream.read(size) + stream.readline()
    if chunk.count(b'"') % 2 == 0:
        return chunk
    more = []
    for _ in range(QUOTED_LINES):
        line = stream.readline()
        if not line:
            break
        more.append(line)
        if line.count(b'"') % 2:
            break
    return chunk + b"".join(more)


def rows_of(chunk: bytes, first: int, encoding: str, torn: Torn) -> tuple[pl.DataFrame, int]:
    """Return the rows of a chunk and how many lines it has."""
    lines = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
    rows = _quick(chunk, lines, first, torn.source, encoding)
    if rows is not None:
        return rows, lines
    # One odd line shall not make a whole block slow: only the piece it stands in is.
    parts, line, pieces = [], first, BytesIO(chunk)
    while piece := whole_lines(pieces, PIECE_BYTES):
        if len(piece) == len(chunk):
            return _careful(chunk, first, encoding, torn), lines
        part, count = rows_of(piece, line, encoding, torn)
        parts.append(part)
        line += count
    return pl.concat(parts), lines


def _quick(
    chunk: bytes, lines: int, first: int, source: Source, encoding: str
) -> pl.DataFrame | None:
    """Return the rows of a chunk whose every line is one plain row; None where one may not be."""
    extract = source.extract
    width = len(source.columns)
    try:
        text = chunk.decode(encoding)
    except UnicodeDecodeError:
        return None
    if text.count(extract.delimiter) != lines * (width - 1) or "\0" in text:
        return None
    if not extract.delimiter.isascii() or text.count("\r") != text.count("\r\n"):
        return None
    try:
        rows = pl.read_csv(
            BytesIO(chunk if encoding == "utf-8" else text.encode()),
            has_header=False,
            new_columns=list(source.columns),
            separator=extract.delimiter,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if rows.height != lines or rows.width != width:
        return None
    blank = pl.all_horizontal(pl.all().is_null())
    if width == 1:
        blank |= pl.first().str.strip_chars() == ""
    if rows.select(blank.any()).item():
        return None
    # A quote inside a field is read in more than one way: the careful one decides.
    if '"' in text and text.count('"') != _around(text, extract.delimiter):
        return None
    # A delimiter inside quotes may stand for one that another line lacks.
    inside = pl.any_horizontal(pl.all().str.contains(extract.delimiter, literal=True))
    if '"' in text and rows.select(inside.any()).item():
        return None
    numbers = pl.int_range(first, first + lines, dtype=pl.UInt32, eager=True)
    return rows.with_columns(pl.all().fill_null("")).with_columns(numbers.alias(LINE))


def _around(text: str, delimiter: str) -> int:
    """Count the quotes that stand at the beginning or the end of a field."""
    begins = text.count(f'{delimiter}"') + text.count('\n"') + text.startswith('"')
    ends = text.count(f'"{delimiter}') + text.count('"\n') + text.count('"\r\n')
    return begins + ends + text.endswith('"')


class Torn:
    """Takes lines that are no rows, and what they say where ids and currencies stand."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.rejects: list[Reject] = []
        self.suspects: list[dict[str, str]] = []
        known = TABLES[source.extract.table].of(source.extract.columns)
        self._ids = [
            (name, source.columns.index(mapped.column))
            for name, mapped in source.extract.columns.items()
            if known[name].kind in ("id", "currency") and mapped.column
        ]

    def add(self, line: int, text: str, said: Reason, fields: Sequence[str] = ()) -> None:
        """Take one; without its fields they are guessed."""
        self.rejects.append(Reject(self.source.name, line, "", mask(text.rstrip()), said))
        fields = fields or text.replace('"', "").split(self.source.extract.delimiter)
        # Nobody knows where fields are lost: they are counted from the start and from the end.
        for shift in {0, len(fields) - len(self.source.columns)}:
            places = [(name, place + shift) for name, place in self._ids]
            self.suspects.append(
                {name: fields[at].strip() for name, at in places if 0 <= at < len(fields)}
            )


def _careful(chunk: bytes, first: int, encoding: str, torn: Torn) -> pl.DataFrame:
    """Return the rows of a chunk read record by record; what is no row is torn out and named."""
    names = torn.source.columns
    columns: list[list[str]] = [[] for _ in names]
    numbers: list[int] = []
    for number, record in _records(_decoded(chunk, first, encoding, torn), torn):
        if len(record) != len(names):
            torn.add(number, "", RAGGED(fields=len(record), wanted=len(names)), record)
            continue
        numbers.append(number)
        for column, value in zip(columns, record, strict=True):
            column.append(value)
    series = [
        pl.Series(name, held, dtype=pl.String) for name, held in zip(names, columns, strict=True)
    ]
    return pl.DataFrame([*series, pl.Series(LINE, numbers, dtype=pl.UInt32)])


def _decoded(chunk: bytes, first: int, encoding: str, torn: Torn) -> list[tuple[int, str]]:
    held = []
    for number, line in enumerate(chunk.split(b"\n"), start=first):
        try:
            held.append((number, f"{line.decode(encoding)}\n"))
        except UnicodeDecodeError:
            fields = line.decode(encoding, "replace").split(torn.source.extract.delimiter)
            torn.add(number, "", UNDECODABLE(encoding=torn.source.extract.encoding), fields)
    return held


def _records(lines: Sequence[tuple[int, str]], torn: Torn) -> Iterator[tuple[int, list[str]]]:
    """Yield (line it began on, fields) of each record."""
    place, delimiter, width = 0, torn.source.extract.delimiter, len(torn.source.columns)
    while place < len(lines):
        number, text = lines[place]
        if not text.strip():
            place += 1
            continue
        feed = _Feed(lines, place)
        try:
            fields = next(csv.reader(feed, delimiter=delimiter))
        except csv.Error:
            fields = None
        several = feed.place > place + 1
        if feed.ran_out or (several and (fields is None or len(fields) != width)):
            # A quote that is never closed: this line alone is torn, the next stand on their own.
            torn.add(number, text, UNCLOSED())
            place += 1
            continue
        if fields is None:
            torn.add(number, text, BROKEN())
        else:
            yield number, fields
        place = feed.place


class _Feed:
    """Gives the reader of a record its lines; it asks for one more while a quote is open."""

    def __init__(self, lines: Sequence[tuple[int, str]], place: int) -> None:
        self._lines = lines
        self._last = min(len(lines), place + 1 + QUOTED_LINES)
        self.place = place
        self.ran_out = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.place == self._last:
            self.ran_out = True
            raise StopIteration
        self.place += 1
        return self._lines[self.place - 1][1]
