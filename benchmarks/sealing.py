"""
What sealing costs: the same batches through a SQLite journal, sealed and plain.

Batches of 1,000 entries, one for each of 1,000 customers, each with a sealed part: the costliest
case, since every entry has a key of its own. The keys lie in a database of their own. Rounds are
interleaved and the ratio is taken of medians, so a busy machine slows both sides alike.

Run: python benchmarks/sealing.py [batches]
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import attrs
import cryptography

from bankservice.core.journal import Append, Commit, Entry, Journal, Stream
from bankservice.journals.canonical import to_text
from bankservice.journals.sealed import SealedJournal
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_keys import SqlKeys
from bankservice.journals.store import SqlStore

SIZE = 1_000
WARM = 3
START = datetime(2026, 1, 1, tzinfo=UTC)
MASTER = bytes(32)


@attrs.frozen
class Side:
    """A journal, and what a batch took in it: seconds to write, to read, to read erased."""

    journal: Journal
    appended: list[float] = attrs.field(factory=list)
    read: list[float] = attrs.field(factory=list)

    def give(self, commit: Commit) -> None:
        """Write a batch and read the histories of its customers."""
        streams = [append.stream for append in commit.appends]
        begun = perf_counter()
        self.journal.commit(commit)
        written = perf_counter()
        found = self.journal.read_many(streams)
        self.read.append(perf_counter() - written)
        self.appended.append(written - begun)
        assert all(found[append.stream].entries[-1:] == append.entries for append in commit.appends)


def batch_of(keys: Iterator[str], number: int, version: int) -> Commit:
    """Return one entry, as a nightly assessment writes it, for each customer."""
    at = START + timedelta(minutes=number)
    made = []
    for key in keys:
        stream = Stream("bank", "segmentation.standing", key)
        entry = Entry(
            stream=stream,
            version=version,
            kind="assessed",
            effective_at=at,
            recorded_at=at,
            actor="batch",
            command_id=f"run-{number}",
            data={"tier": "gold", "policy": "tiers@3f9a", "lapses_on": 20_512},
            sealed={"measures": {"assets": [1_250_000_00 * 30 + number, 30, 2]}},
        )
        made.append(Append(stream, version - 1, (entry,)))
    return Commit(appends=tuple(made))


def new_customers(number: int) -> Commit:
    """1,000 customers seen for the first time: their keys are made"""
    return batch_of((f"c-{number * SIZE + each:08d}" for each in range(SIZE)), number, 1)


def known_customers(number: int) -> Commit:
    """The same 1,000 customers again: their keys are there"""
    # Their histories grow by an entry a batch; only the last is new, all are read.
    return batch_of((f"c-{each:08d}" for each in range(SIZE)), number, number + 1)


def measured(shape: Callable[[int], Commit], batches: int) -> tuple[Side, Side]:
    """Return what batches of a shape took, plain and sealed."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder).as_posix()}"
        with (
            SqlJournal.open(f"{url}/plain.db") as plain,
            SqlJournal.open(f"{url}/sealed.db") as inner,
            SqlStore.open(f"{url}/keys.db") as store,
        ):
            sides = Side(plain), Side(SealedJournal(inner, SqlKeys(store, MASTER)))
            for number in range(batches + WARM):
                commit = shape(number)
                for side in sides if number % 2 else sides[::-1]:
                    side.give(commit)
    return sides


def main(batches: int = 40) -> None:
    """Measure both shapes and print the ratios."""
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"cryptography {cryptography.__version__}, {platform.machine()}"
    )
    sealed = new_customers(0).appends[0].entries[0].sealed
    assert sealed is not None
    print(
        f"{batches} interleaved batches of {SIZE:,} entries with {len(to_text(sealed, 'sealed'))} "
        "bytes sealed in each, WAL, synchronous FULL; medians"
    )
    for shape in (new_customers, known_customers):
        plain, boxed = measured(shape, batches)
        print(shape.__doc__)
        for what, one, other in (
            ("append", plain.appended, boxed.appended),
            ("read", plain.read, boxed.read),
        ):
            took, sealing = median(one[WARM:]), median(other[WARM:])
            print(
                f"  {what:8} plain {1_000 * took:7.1f} ms   sealed {1_000 * sealing:7.1f} ms   "
                f"ratio {sealing / took:.2f}"
            )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
