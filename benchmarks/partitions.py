"""
What partitioning the entries by their stream changes on PostgreSQL, measured.

    python benchmarks/partitions.py [entries [partitions]]

Two journals on one server that waits for the disk, one with the tables of `ddl()`, one whose
entries are partitioned by a hash of the stream; both are filled with streams of ten entries. Then,
interleaved: a batch of 1,000 entries for new streams, one for streams chosen at random, reading a
stream, a page of 1,000 of the feed, and purging a stream. Medians, and the ratio of the two.

`partitioned` is the recipe: the statements a bank runs in the place of `ddl()`.
"""

from __future__ import annotations

import random
import sys
from contextlib import ExitStack
from functools import partial
from statistics import median

import psycopg
from journal_append import SIZE, START, appends, timed
from sides import postgres_server

from bankservice.core.archive import PURGED
from bankservice.core.journal import Append, Commit, Entry, Stream
from bankservice.journals.schema import ddl
from bankservice.journals.sql import SqlJournal

ENTRIES = 5_000_000
PARTITIONS = 16
EACH = 10
BATCH = 10_000
ROUNDS = 60


def partitioned(count: int) -> tuple[str, ...]:
    """Return the statements of `ddl` with the entries split by a hash of their stream."""
    made = []
    for statement in ddl("postgresql"):
        if not statement.startswith("CREATE TABLE bankservice_entries"):
            made.append(statement)
            continue
        # A primary key must hold what the table is split by; the feed only needs the order.
        plain = statement.replace("PRIMARY KEY (position), ", "").replace(
            "PRIMARY KEY (position),", ""
        )
        made.append(f"{plain.rstrip().rstrip(';')} PARTITION BY HASH (tenant, kind, key)")
        made.extend(
            f"CREATE TABLE bankservice_entries_{each} PARTITION OF bankservice_entries "
            f"FOR VALUES WITH (MODULUS {count}, REMAINDER {each})"
            for each in range(count)
        )
        made.append("CREATE INDEX ON bankservice_entries (position)")
    return tuple(made)


def made(url: str, statements: tuple[str, ...]) -> SqlJournal:
    """Return a journal on tables made by *statements*."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    return SqlJournal.open(url)


def fill(journal: SqlJournal, entries: int) -> None:
    """Write streams of ten entries."""
    for first in range(0, entries // EACH, BATCH // EACH):
        keys = [f"c-{first + each:08d}" for each in range(BATCH // EACH)]
        journal.commit(Commit(appends=appends(keys, 0, EACH, first)))


def stream(number: int) -> Stream:
    """Return the address of one of the streams that filled the journal."""
    return Stream("bank", "segmentation.standing", f"c-{number:08d}")


def tombstone(of: Stream) -> Append:
    """Return what stands in the place of a purged stream of ten entries."""
    entry = Entry(
        stream=of,
        version=EACH + 1,
        kind=PURGED,
        effective_at=START,
        recorded_at=START,
        actor="batch",
        command_id="purge",
        data={"through": EACH},
    )
    return Append(of, EACH, (entry,))


def main(entries: int = ENTRIES, partitions: int = PARTITIONS) -> None:
    """Fill both journals, measure and print the ratios."""
    draw = random.Random(5)
    streams = entries // EACH
    with postgres_server(durable=True) as server, ExitStack() as stack:
        sides = [
            stack.enter_context(made(stack.enter_context(server.fresh()), statements))
            for statements in (ddl("postgresql"), partitioned(partitions))
        ]
        for journal in sides:
            fill(journal, entries)
        server.run("VACUUM ANALYZE")
        print(
            f"PostgreSQL {server.run('SHOW server_version')[0][0]}, shared buffers "
            f"{server.run('SHOW shared_buffers')[0][0]}, {entries:,} entries, {partitions} partitions"
        )
        took: tuple[dict[str, list[float]], ...] = ({}, {})
        versions = dict.fromkeys(range(streams), EACH)
        for number in range(ROUNDS):
            fresh = [f"n-{number}-{each:04d}" for each in range(SIZE)]
            more: list[Append] = []
            for each in draw.sample(range(streams), SIZE):
                more.extend(appends([f"c-{each:08d}"], versions[each], 1, number))
                versions[each] += 1
            lone, after = draw.randrange(streams), draw.randrange(entries - SIZE)
            gone = next(
                each for each in draw.sample(range(streams), streams) if versions[each] == EACH
            )
            versions[gone] += 1
            new, again = Commit(appends=appends(fresh, 0, 1, number)), Commit(appends=tuple(more))
            for journal, times in zip(sides, took, strict=True):
                for name, work in (
                    ("1,000 entries for new streams", partial(journal.commit, new)),
                    ("1,000 entries more, at random", partial(journal.commit, again)),
                    ("read a stream", partial(journal.read, stream(lone))),
                    ("1,000 of the feed", partial(journal.feed, after, limit=SIZE)),
                    ("purge a stream", partial(journal.purge, tombstone(stream(gone)))),
                ):
                    times.setdefault(name, []).append(timed(work))
        for name, whole, split in (
            (name, median(took[0][name]), median(took[1][name])) for name in took[0]
        ):
            print(
                f"  {name:32} whole {1e3 * whole:8.2f} ms   split {1e3 * split:8.2f} ms   "
                f"split / whole {split / whole:.2f}"
            )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
