"""
How fast the SQLite journal appends, beside the bare driver writing the same rows.

Both write batches of 1,000 entries, one transaction each, into the same tables of two files with
WAL and synchronous FULL. The bare driver gets its rows ready made; the journal gets commits, so
its time holds the checks, the canonical JSON and the epoch instants. Rounds are interleaved and
the ratio is taken of medians, so a busy machine slows both sides alike.

Run: python benchmarks/journal_append.py [batches]
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import sqlalchemy

from bankservice.core.journal import Append, Commit, Entry, Stream
from bankservice.journals import statements
from bankservice.journals.canonical import to_text
from bankservice.journals.schema import ddl
from bankservice.journals.sql import SqlJournal

SIZE = 1_000
WARM = 3
START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(stream: Stream, version: int, command_id: str, at: datetime) -> Entry:
    """Return an entry as a nightly assessment writes it: one instant for the whole batch."""
    return Entry(
        stream=stream,
        version=version,
        kind="assessed",
        effective_at=at,
        recorded_at=at,
        actor="batch",
        command_id=command_id,
        source="core-banking",
        data={"tier": "gold", "policy": "tiers@3f9a", "balance": 1_250_000, "lapses_on": 20_512},
    )


def shape_new(batch: int) -> Commit:
    """One entry for each of 1,000 new streams."""
    streams = (f"c-{batch * SIZE + each:08d}" for each in range(SIZE))
    return Commit(appends=appends(streams, 0, 1, batch))


def shape_more(batch: int) -> Commit:
    """One entry more for each of the same 1,000 streams."""
    streams = (f"c-{each:08d}" for each in range(SIZE))
    return Commit(appends=appends(streams, batch, 1, batch))


def shape_long(batch: int) -> Commit:
    """1,000 entries for one new stream."""
    return Commit(appends=appends([f"c-{batch:08d}"], 0, SIZE, batch))


def appends(keys: Iterable[str], expected: int, count: int, batch: int) -> tuple[Append, ...]:
    """Return *count* entries for the stream of each key."""
    at = START + timedelta(minutes=batch)
    versions = range(expected + 1, expected + 1 + count)
    made = []
    for key in keys:
        stream = Stream("bank", "segmentation.standing", key)
        entries = tuple(entry(stream, version, f"run-{batch}", at) for version in versions)
        made.append(Append(stream, expected, entries))
    return tuple(made)


def raw_database(path: Path) -> sqlite3.Connection:
    """Return a bare connection to a new file with the journal's tables and settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for statement in ddl():
        connection.execute(statement)
    return connection


def insert_sql() -> str:
    """Return the plain INSERT of one entry."""
    names = ", ".join(f'"{name}"' for name in statements.ENTRY_COLUMNS)
    marks = ", ".join("?" for _ in statements.ENTRY_COLUMNS)
    return f"INSERT INTO bankservice_entries ({names}) VALUES ({marks})"


def batch_rows(path: Path, first: int) -> list[tuple[object, ...]]:
    """Return the rows the journal wrote from position *first* on, to give to the bare driver."""
    names = ", ".join(f'"{name}"' for name in statements.ENTRY_COLUMNS)
    connection = sqlite3.connect(path)
    rows = connection.execute(
        f"SELECT {names} FROM bankservice_entries WHERE position >= ? ORDER BY position", (first,)
    ).fetchall()
    connection.close()
    return rows


def rounds(shape: Callable[[int], Commit], batches: int) -> Iterator[tuple[float, float]]:
    """Yield the seconds of one batch by the journal and by the bare driver."""
    sql = insert_sql()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours.db"), Path(folder, "raw.db")
        raw = raw_database(theirs)
        with SqlJournal.open(f"sqlite:///{ours}") as journal:
            for batch in range(batches):
                commit = shape(batch)
                begun = perf_counter()
                journal.commit(commit)
                journal_took = perf_counter() - begun

                rows = batch_rows(ours, batch * SIZE + 1)
                begun = perf_counter()
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany(sql, rows)
                raw.execute("COMMIT")
                yield journal_took, perf_counter() - begun
        raw.close()


def main(batches: int = 60) -> None:
    """Measure every shape and print the ratios."""
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"SQLAlchemy {sqlalchemy.__version__}, {platform.machine()}"
    )
    size = len(to_text(shape_new(0).appends[0].entries[0].data, "data"))
    print(
        f"{batches} interleaved batches of {SIZE:,} entries with {size} bytes of data each, "
        "WAL, synchronous FULL; medians"
    )
    for shape in (shape_new, shape_more, shape_long):
        took = list(rounds(shape, batches + WARM))[WARM:]
        journal, raw = (median(side) for side in zip(*took, strict=True))
        print(
            f"{shape.__doc__!s:52} journal {SIZE / journal:>9,.0f}/s   "
            f"raw {SIZE / raw:>9,.0f}/s   ratio {raw / journal:.2f}"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
