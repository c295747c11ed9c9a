"""
How fast the journal appends and reads, beside the bare driver and a named peer, in one run.

    python benchmarks/journal_append.py [batches]

SQLite is a file with WAL and synchronous FULL; PostgreSQL a server of its own that waits for the
disk, on a unix socket. The bare driver gets its rows ready made; the journal gets commits, so its
time holds the checks, the canonical JSON and the epoch instants. Rounds are interleaved and the
ratios are taken of medians, so a busy machine slows all sides alike.
"""

from __future__ import annotations

import json
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as installed
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sides import Postgres, peer, places, postgres_server, raw, rows_of, stored_events

from bankservice.core.journal import Append, Commit, Entry, Receipt, Stream
from bankservice.journals.canonical import to_text
from bankservice.journals.sql import SqlJournal
from bankservice.journals.statements import ENTRY_COLUMNS

SIZE = 1_000
SINGLES = 400
DATA = ENTRY_COLUMNS.index("data")
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


def new_streams(batch: int) -> Commit:
    """An entry for each of 1,000 new streams."""
    streams = (f"c-{batch * SIZE + each:08d}" for each in range(SIZE))
    return Commit(appends=appends(streams, 0, 1, batch))


def same_streams(batch: int) -> Commit:
    """An entry more for each of the same 1,000."""
    streams = (f"c-{each:08d}" for each in range(SIZE))
    return Commit(appends=appends(streams, batch, 1, batch))


def one_stream(batch: int) -> Commit:
    """1,000 entries for one new stream."""
    return Commit(appends=appends([f"c-{batch:08d}"], 0, SIZE, batch))


def single(batch: int) -> Commit:
    """One entry for a new stream."""
    return Commit(appends=appends([f"c-{batch:08d}"], 0, 1, batch))


def command(batch: int) -> Commit:
    """One entry more for a stream, with its receipt."""
    made = appends([f"c-{batch % 20:08d}"], batch // 20, 1, batch)
    return Commit(appends=made, receipt=Receipt("bank", f"cmd-{batch}", "3f9a", {}, START))


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


def timed(work: Callable[..., Any], *arguments: Any) -> float:
    """Return the seconds a call takes."""
    begun = perf_counter()
    work(*arguments)
    return perf_counter() - begun


def measure(
    server: Postgres | None, shape: Callable[[int], Commit], batches: int, **how: Any
) -> str:
    """Return a line: the journal's pace, and the others' beside it."""
    took: list[tuple[float, float, float]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, theirs, other = stack.enter_context(places(server, folder))
        journal = stack.enter_context(SqlJournal.open(ours, **how))
        bare, recorder = stack.enter_context(raw(theirs)), stack.enter_context(peer(other))
        for batch in range(batches + WARM):
            commit = shape(batch)
            rows, events = rows_of(commit), stored_events(commit)
            took.append(
                (
                    timed(journal.commit, commit),
                    timed(bare.write, rows),
                    timed(recorder.insert_events, events),
                )
            )
    count = sum(len(append.entries) for append in shape(0).appends)
    journal_s, raw_s, peer_s = (median(side) for side in zip(*took[WARM:], strict=True))
    return line(str(shape.__doc__), count, journal_s, raw_s, peer_s)


def reading(server: Postgres | None, batches: int) -> list[str]:
    """Return lines for reading: a stream of 1,000 entries, and the feed by thousands."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, theirs, other = stack.enter_context(places(server, folder))
        journal = stack.enter_context(SqlJournal.open(ours))
        bare, recorder = stack.enter_context(raw(theirs)), stack.enter_context(peer(other))
        for batch in range(batches):
            commit = one_stream(batch)
            journal.commit(commit)
            bare.write(rows_of(commit))
            recorder.insert_events(stored_events(commit))
        streams, values, feeds = [], [], []
        for batch in range(batches):
            commit = one_stream(batch)
            stream = commit.appends[0].stream
            address = (stream.tenant, stream.kind, stream.key)
            origin = stored_events(commit)[0].originator_id
            took_ours = timed(journal.read, stream)
            streams.append(
                (took_ours, timed(bare.read, *address), timed(recorder.select_events, origin))
            )
            values.append(
                (
                    took_ours,
                    timed(lambda: [json.loads(row[DATA]) for row in bare.read(*address)]),  # noqa: B023
                    timed(
                        lambda: [json.loads(each.state) for each in recorder.select_events(origin)]  # noqa: B023
                    ),
                )
            )
            after = batch * SIZE
            feeds.append(
                (
                    timed(lambda: journal.feed(after, limit=SIZE)),  # noqa: B023 - called at once
                    timed(bare.feed, after, SIZE),
                    timed(recorder.select_notifications, after + 1, SIZE),
                )
            )
    return [
        line(what, SIZE, *(median(side) for side in zip(*took[WARM:], strict=True)))
        for what, took in (
            ("Read a stream of 1,000 entries.", streams),
            ("... beside theirs with the JSON read.", values),
            ("Read 1,000 entries of the feed.", feeds),
        )
    ]


def line(what: str, count: int, journal: float, bare: float, other: float) -> str:
    """Return one line of the table."""
    return (
        f"  {what:40} {count / journal:>9,.0f}/s {1e6 * journal:>9,.0f} us   "
        f"raw {count / bare:>9,.0f}/s  ratio {bare / journal:5.2f}   "
        f"eventsourcing {count / other:>9,.0f}/s  ratio {other / journal:5.2f}"
    )


def main(batches: int = 40) -> None:
    """Measure both databases and print the ratios."""
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        + ", ".join(
            f"{name} {installed(name)}" for name in ("sqlalchemy", "psycopg", "eventsourcing")
        )
        + f", {platform.machine()}"
    )
    size = len(to_text(single(0).appends[0].entries[0].data, "data"))
    print(
        f"medians of {batches} interleaved batches of {SIZE:,} entries ({SINGLES} single ones) "
        f"with {size} bytes of data each; ratio: their time over ours"
    )
    with postgres_server(durable=True) as server:
        for name, at in (("SQLite", None), ("PostgreSQL", server)):
            print(name)
            for shape in (new_streams, same_streams, one_stream):
                print(measure(at, shape, batches))
            print(
                measure(at, new_streams, batches, chained=True).replace("1,000 new", "new, chained")
            )
            for shape in (single, command):
                print(measure(at, shape, SINGLES))
            for each in reading(at, batches):
                print(each)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
