"""
What grows with a journal, and what does not: single commands, reading, the agenda, long streams.

    python benchmarks/journal_size.py             # 10,000, 300,000 and 10,000,000 entries
    python benchmarks/journal_size.py 10000 100000

For each number of entries, on a SQLite file and on a PostgreSQL server that waits for the disk:
a command (one entry more for a stream chosen at random, its receipt and its agenda item), reading
such a stream, and a page of 1,000 of the feed from a random place. Then `due` for 1,000 items due
among 10,000 and 1,000,000 open ones, and a command on a stream of 100 and of 100,000 entries
with snapshots. Medians; the ratio is to the smallest size of the same run.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from enum import Enum
from itertools import chain
from pathlib import Path
from statistics import median
from time import perf_counter

import attrs
from journal_append import START, appends, timed
from sides import Postgres, postgres_server

from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import AgendaChange, Commit, Receipt, Stream
from bankservice.core.record import Accepted, Command, Context, Events, Record
from bankservice.journals.sql import SqlJournal

SIZES = (10_000, 300_000, 10_000_000)
EACH = 10
"""Entries of a stream, in the journal that grows."""
BATCH = 10_000
ASKED = 300
OPEN = (10_000, 1_000_000)
DUE = 1_000
LONG = (100, 100_000)


def place(stack: ExitStack, server: Postgres | None) -> str:
    """Return the URL of a fresh journal."""
    if server is not None:
        return stack.enter_context(server.fresh())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return f"sqlite:///{folder}/bank.db"


def grown(journal: SqlJournal, sizes: tuple[int, ...]) -> Iterator[int]:
    """Grow a journal to each size in turn, streams of ten entries, in batches."""
    written = 0
    for size in sizes:
        while written < size:
            first = written // EACH
            keys = [f"c-{first + each:08d}" for each in range(BATCH // EACH)]
            journal.commit(Commit(appends=appends(keys, 0, EACH, first)))
            written += BATCH
        yield size


def command(journal: SqlJournal, key: str, number: int) -> None:
    """Read a stream, and write one entry more with a receipt and an agenda item."""
    stream = Stream("bank", "segmentation.standing", key)
    version = journal.read_many([stream])[stream].version
    journal.commit(
        Commit(
            appends=appends([key], version, 1, number),
            receipt=Receipt("bank", f"cmd-{key}-{version}", "3f9a", {}, START),
            agenda=(AgendaChange(stream, "review", START + timedelta(days=number)),),
        )
    )


def growth(server: Postgres | None, sizes: tuple[int, ...]) -> Iterator[str]:
    """Yield a line for each size of the journal."""
    draw = random.Random(7)
    first: tuple[float, float, float] | None = None
    with ExitStack() as stack:
        journal = stack.enter_context(SqlJournal.open(place(stack, server)))
        for size in grown(journal, sizes):
            commands, reads, feeds = [], [], []
            for number in range(ASKED):
                key = f"c-{draw.randrange(size // EACH):08d}"
                stream = Stream("bank", "segmentation.standing", key)
                after = draw.randrange(size - 1_000)
                commands.append(timed(command, journal, key, number))
                reads.append(timed(journal.read, stream))
                begun = perf_counter()
                journal.feed(after, limit=1_000)
                feeds.append(perf_counter() - begun)
            took = (median(commands), median(reads), median(feeds))
            first = first or took
            told = "   ".join(
                f"{name} {1e6 * now:8,.0f} us ({now / then:.2f})"
                for name, now, then in zip(("command", "read", "feed"), took, first, strict=True)
            )
            yield f"  {size:>12,} entries   {told}"


def agenda(server: Postgres | None) -> Iterator[str]:
    """Yield a line for each number of open items."""
    first = 0.0
    for count in OPEN:
        with ExitStack() as stack:
            journal = stack.enter_context(SqlJournal.open(place(stack, server)))
            draw = random.Random(11)
            # A thousand are due now; the others in the years to come.
            days = [0] * DUE + [draw.randrange(2, 2_000) for _ in range(count - DUE)]
            draw.shuffle(days)
            for start in range(0, count, BATCH):
                items = tuple(
                    AgendaChange(
                        Stream("bank", "segmentation.standing", f"c-{start + each:08d}"),
                        "review",
                        START + timedelta(days=day),
                    )
                    for each, day in enumerate(days[start : start + BATCH])
                )
                journal.commit(Commit(agenda=items))
            took = []
            for _ in range(30):
                begun = perf_counter()
                found = journal.due("bank", START + timedelta(days=1), limit=10_000)
                took.append(perf_counter() - begun)
                assert len(found) == DUE
        now = median(took)
        first = first or now
        yield f"  {count:>12,} open      due {1e3 * now:8.2f} ms ({now / first:.2f})"


@attrs.frozen
class Add:
    """Add to a counter; the event too."""

    amount: int


class Refusals(Enum):
    """A counter refuses nothing."""


def _decide(states: Mapping[str, int], command: Command, context: Context) -> Accepted:
    return Accepted({command.subject: (command.body,)})


COUNTER: Record[int] = Record(
    kind="bench.counter",
    initial=0,
    commands={"add": Add},
    events=Events({"added": Add}),
    decide=_decide,
    evolve=lambda state, event: state + event.amount,
    view=lambda state, as_of, policies: state,
    due=lambda state: {},
    refusals=Refusals,
    freeze=(lambda state: {"sum": state}, lambda frozen: int(str(frozen["sum"]))),
)


def long_streams(server: Postgres | None) -> Iterator[str]:
    """Yield a line for each length of one stream."""
    first = 0.0
    for length in LONG:
        with ExitStack() as stack:
            journal = stack.enter_context(SqlJournal.open(place(stack, server)))
            desk = Desk(COUNTER)
            for start in range(0, length, 1_000):
                batch = [
                    Command(id=f"c-{number}", subject="counter-7", body=Add(number))
                    for number in range(start, min(start + 1_000, length))
                ]
                serve(desk.batch(f"b-{start}", batch, START), journal)
            took = []
            for number in range(ASKED):
                one = Command(id=f"one-{number}", subject="counter-7", body=Add(1))
                took.append(timed(serve, desk.handle(one, START), journal))
            held = serve(desk.view("counter-7", START), journal)
            journal.forget_snapshots()
            begun = perf_counter()
            assert held == serve(desk.view("counter-7", START), journal)
            whole = perf_counter() - begun
        middle = median(took)
        first = first or middle
        yield (
            f"  {length:>12,} in one stream   command {1e6 * middle:8,.0f} us ({middle / first:.2f})"
            f"   folded whole, without snapshots {1e3 * whole:8,.1f} ms"
        )


def main(*sizes: int) -> None:
    """Measure both databases and print the ratios."""
    with postgres_server(durable=True) as server:
        for name, at in (("SQLite", None), ("PostgreSQL", server)):
            print(name)
            for line in chain(growth(at, sizes or SIZES), agenda(at), long_streams(at)):
                print(line, flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
