"""
Files in, blocks of raw text out: CSV in any encoding, gzipped or not, and Parquet.

A file is read block by block, so that its size does not matter. Each row keeps the number of
the line it began on; how lines become rows is in `bankservice.run.lines`.
"""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Iterator, Mapping
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, Final, cast

import attrs
import polars as pl

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.run.lines import LINE, Source, Torn, fields_of, rows_of, whole_lines
from bankservice.run.plan import Extract
from bankservice.run.rejects import Reject
from bankservice.run.tables import TABLES

__all__ = ["LINE", "Block", "Source", "find", "read"]

BLOCK_BYTES: Final = 8 * 1024 * 1024
BLOCK_ROWS: Final = 250_000


@attrs.frozen
class Block:
    """
    Some rows of a file.

    Attributes:
        rows: The columns that are mapped, as text, and `LINE`.
        torn: Lines that are no rows.
        done: Bytes of the file read so far, for progress.
        suspects: What the torn lines say where ids and currencies stand, by the table's column.
    """

    rows: pl.DataFrame
    torn: tuple[Reject, ...]
    done: int
    suspects: tuple[Mapping[str, str], ...] = ()


def find(extract: Extract, folder: Path, path: str) -> Iterator[Source | Fault]:
    """
    Yield the files of an extract, or what is wrong with them.

    Args:
        extract: The extract.
        folder: The data folder.
        path: Where the extract stands in `bank.toml`, for messages.
    """
    wanted = dict.fromkeys(held.column for held in extract.columns.values() if held.column)
    if extract.where is not None:
        wanted |= dict.fromkeys(comparison.fact for comparison in extract.where.comparisons())
    seen: dict[Path, None] = {}
    for pattern in extract.files:
        try:
            found = sorted(folder.glob(pattern))
        except (NotImplementedError, ValueError):
            found = []
        if not found:
            yield Fault(f"{path}.files", repr(pattern), f"a file below {folder}")
        seen |= dict.fromkeys(found)
    for file in seen:
        name = file.relative_to(folder).as_posix()
        try:
            columns = _columns(file, extract)
            size = file.stat().st_size
        except UnicodeDecodeError:
            text = f"text in {extract.encoding}, as {path}.encoding says"
            yield Fault(name, "other bytes in its first line", text)
            continue
        except (OSError, EOFError, ValueError, pl.exceptions.PolarsError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            yield Fault(name, said, f"a readable file of {extract.table}")
            continue
        if not columns:
            yield Fault(name, "an empty file", f"a first line with {', '.join(wanted)}")
            continue
        twice = sorted({column for column in columns if columns.count(column) > 1} & set(wanted))
        for column in twice:
            yield Fault(f"{name}: {column}", "the column twice", "each column once")
        missing = [column for column in wanted if column not in columns]
        for column in missing:
            yield Fault(
                f"{name}: {column}", "no such column", "a column", near_names(column, columns)
            )
        if not missing and not twice:
            yield from _floats(file, name, extract) if file.suffix == ".parquet" else ()
            yield Source(file, name, extract, _distinct(columns, wanted), size, path)


def _distinct(columns: tuple[str, ...], wanted: Mapping[str, None]) -> tuple[str, ...]:
    """Return names that differ; columns nobody asked for may be called alike, or not at all."""
    return tuple(
        name if name in wanted else f"{place}#{name}" for place, name in enumerate(columns)
    )


def _floats(file: Path, name: str, extract: Extract) -> Iterator[Fault]:
    schema = pl.read_parquet_schema(file)
    for mapped in extract.columns.values():
        if mapped.column and schema[mapped.column].is_float():
            wanted = "a decimal, a whole number or text: a float has lost what was written"
            yield Fault(f"{name}: {mapped.column}", str(schema[mapped.column]), wanted)


def _columns(file: Path, extract: Extract) -> tuple[str, ...]:
    if file.suffix == ".parquet":
        return tuple(pl.read_parquet_schema(file))
    with _bytes(file, extract.encoding) as stream:
        return _header(stream, extract)[0]


def _header(stream: IO[bytes], extract: Extract) -> tuple[tuple[str, ...], int]:
    """Return the names in the first line that is not blank, and how many lines were read."""
    lines = 0
    while line := stream.readline():
        lines += 1
        text = line.decode(_kept(extract.encoding)).lstrip("\ufeff")
        if text.strip():
            row = fields_of(text, extract.delimiter)
            if row is None:
                raise ValueError("its first line is no row of names that ends with a line feed")
            return tuple(name.strip() for name in row), lines
    return (), lines


def _kept(encoding: str) -> str:
    """Return the encoding blocks are in: the file's own where a line break is one byte in it."""
    return encoding if _plain(encoding) else "utf-8"


def _plain(encoding: str) -> bool:
    """Tell whether line breaks, quotes and delimiters are the same single bytes as in ASCII."""
    signs = '\n\r",;\t|'
    return signs.encode(encoding) == signs.encode("ascii")


def _bytes(file: Path, encoding: str) -> IO[bytes]:
    """Open a file as bytes whose line breaks are ASCII."""
    plain = _plain(encoding)
    with file.open("rb") as head:
        packed = head.read(2) == b"\x1f\x8b"
    stream = cast("IO[bytes]", gzip.open(file, "rb")) if packed else file.open("rb")  # noqa: SIM115
    if plain:
        return stream
    return cast("IO[bytes]", BufferedReader(_Recoded(stream, encoding)))


class _Recoded(RawIOBase):
    """UTF-16 and its like, written anew as UTF-8 while it is read; text cut short is an error."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        super().__init__()
        self.fileobj = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            raw = self.fileobj.read(1 << 16)
            self._ready = self._decoder.decode(raw, final=not raw).encode()
            if not raw:
                break
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self.fileobj.close()
        super().close()


def read(source: Source) -> Iterator[Block]:
    """
    Yield the rows of a file, block by block.

    Raises:
        FaultsError: If the file ends in the middle (a truncated gzip) or cannot be read.
    """
    try:
        yield from _parquet(source) if source.parquet else _csv(source)
    except (OSError, EOFError, UnicodeError, pl.exceptions.PolarsError) as error:
        wanted = "a whole, readable file; nothing was decided"
        raise FaultsError("the extracts", (Fault(source.name, str(error), wanted),)) from error


def _parquet(source: Source) -> Iterator[Block]:
    names = _mapped(source)
    lazy = pl.scan_parquet(source.path)
    schema = pl.read_parquet_schema(source.path)
    total = lazy.select(pl.len()).collect().item()
    known = TABLES[source.extract.table].of(source.extract.columns)
    dates = {
        held.column: source.extract.form_of(name, known[name].kind)
        for name, held in source.extract.columns.items()
        # An instant is no day: where a date is asked for it stays what it is, and is rejected.
        if held.column
        and (
            schema[held.column] == pl.Date
            or (known[name].kind == "time" and schema[held.column] == pl.Datetime)
        )
    }
    for start in range(0, max(total, 1), BLOCK_ROWS):
        rows = lazy.slice(start, BLOCK_ROWS).select(
            pl.col(name).dt.strftime(dates[name]) if name in dates else pl.col(name).cast(pl.String)
            for name in names
        )
        held = rows.collect().with_columns(pl.all().fill_null(""))
        lines = pl.int_range(start + 1, start + 1 + held.height, dtype=pl.UInt32, eager=True)
        done = source.size * min(start + BLOCK_ROWS, total) // max(total, 1)
        yield Block(held.with_columns(lines.alias(LINE)), (), done)


def _mapped(source: Source) -> list[str]:
    """Return the columns that are read: those mapped, and those a filter looks at."""
    extract = source.extract
    wanted = {held.column for held in extract.columns.values()}
    if extract.where is not None:
        wanted |= {comparison.fact for comparison in extract.where.comparisons()}
    return [name for name in source.columns if name in wanted]


def _csv(source: Source) -> Iterator[Block]:
    extract = source.extract
    encoding = _kept(extract.encoding)
    # A file without rows is an extract all the same: its table is there, and is empty.
    kinds = {**dict.fromkeys(_mapped(source), pl.String), LINE: pl.UInt32}
    yield Block(pl.DataFrame(schema=kinds), (), 0)
    with _bytes(source.path, extract.encoding) as stream:
        line = _header(stream, extract)[1] + 1
        while chunk := whole_lines(stream, BLOCK_BYTES):
            torn = Torn(source)
            rows, lines = rows_of(chunk, line, encoding, torn)
            rows = rows.select(*_mapped(source), LINE)
            yield Block(rows, tuple(torn.rejects), _position(stream), tuple(torn.suspects))
            line += lines


def _position(stream: Any) -> int:
    """Return how far the file itself was read; for a packed one, how far its packed bytes were."""
    while (inner := getattr(stream, "fileobj", None) or getattr(stream, "raw", None)) is not None:
        stream = inner
    return int(stream.tell())
