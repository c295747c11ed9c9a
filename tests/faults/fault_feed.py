"""
A reader that follows the feed while several processes write, some of them slowly.

A slow writer is a host: it has a transaction of its own open, writes through it, and commits late
or rolls back. Its entries got their places before those of others that are there already.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Final

import attrs
import psycopg
from fault_checks import whole_feed
from fault_ledger import START
from fault_workers import forked
from sqlalchemy import make_url

from bankservice.core.errors import RaceLostError
from bankservice.core.journal import Append, Commit, Entry, Stream
from bankservice.journals.sql import SqlJournal

__all__ = ["Followed", "follow", "host", "noted"]

HOT: Final = Stream("bank", "faults.feed", "hot")
STREAMS: Final = 5
PAGE: Final = 500
WAIT: Final = 60.0
"""Seconds a writer waits for a lock."""


def noted(of: Stream, expected: int, count: int, command_id: str = "c-1") -> Append:
    """Return *count* entries after version *expected*."""
    return Append(
        of,
        expected,
        tuple(
            Entry(
                stream=of,
                version=expected + each,
                kind="noted",
                effective_at=START,
                recorded_at=START,
                actor="writer",
                command_id=command_id,
                data={"each": each},
            )
            for each in range(1, count + 1)
        ),
    )


@contextmanager
def host(url: str) -> Iterator[Any]:
    """Open a connection as a host has one: nothing is committed until it says so."""
    opened: Any
    if url.startswith("sqlite"):
        opened = sqlite3.connect(str(make_url(url).database), timeout=WAIT)
    else:
        opened = psycopg.connect(url)
    with closing(opened):
        yield opened


@attrs.frozen
class Share:
    """What one writer writes: so many batches of so many entries, each as its draws decide."""

    name: str
    seed: int
    batches: int
    size: int


def write(url: str, share: Share, pipe: Connection) -> None:
    """Write a share when told to, and say how many entries it was."""
    draws = random.Random(f"{share.seed}/{share.name}")
    streams = [Stream("bank", "faults.feed", f"{share.name}-{each}") for each in range(STREAMS)]
    versions = dict.fromkeys(streams, 0)
    with SqlJournal.open(url, busy_seconds=WAIT) as journal, host(url) as connection:
        pipe.send("ready")
        pipe.recv()
        for number in range(share.batches):
            counts = [share.size // STREAMS] * STREAMS
            commit = Commit(
                appends=tuple(
                    noted(stream, versions[stream], count, f"{share.name}-{number}")
                    for stream, count in zip(streams, counts, strict=True)
                )
            )
            if draws.random() < 0.2:
                SqlJournal.on(connection).commit(commit)
                time.sleep(draws.uniform(0, 0.03))
                if draws.random() < 0.3:
                    # Its places in the feed stay empty, and the next batch takes others.
                    connection.rollback()
                    journal.commit(commit)
                else:
                    connection.commit()
            else:
                journal.commit(commit)
            for append in commit.appends:
                versions[append.stream] = append.entries[-1].version
            if number % 4 == 0:
                _on_hot(journal, f"{share.name}-hot-{number}")
    pipe.send(sum(versions.values()) + len(range(0, share.batches, 4)))
    pipe.close()


def _on_hot(journal: SqlJournal, command_id: str) -> None:
    """Append to the stream that all writers share."""
    while True:
        version = journal.read_many([HOT])[HOT].version
        with suppress(RaceLostError):
            journal.commit(Commit(appends=(noted(HOT, version, 1, command_id),)))
            return


@attrs.frozen
class Followed:
    """
    What a reader saw that followed the feed.

    Attributes:
        written: How many entries the writers wrote.
        read: How many the reader was given.
        missed: How many it was never given.
        doubled: How many it was given twice.
        moved: How many stand elsewhere when the feed is read again.
        polls: How often it asked.
        seconds: From the first write to the last entry read.
        broken: What went wrong in a writer; empty if nothing did.
    """

    written: int
    read: int
    missed: int
    doubled: int
    moved: int
    polls: int
    seconds: float
    broken: str = ""


def follow(url: str, *, seed: int, entries: int, size: int = 50, writers: int = 4) -> Followed:
    """Let *writers* processes write about *entries* in batches, and follow them."""
    context = forked()
    crew = []
    with SqlJournal.open(url, busy_seconds=WAIT) as journal:
        for number in range(writers):
            ours, theirs = context.Pipe()
            share = Share(f"w-{number}", seed, entries // writers // size, size)
            process = context.Process(target=write, args=(url, share, theirs), daemon=True)
            process.start()
            theirs.close()
            crew.append((process, ours))
        try:
            for _, pipe in crew:
                pipe.recv()
            for _, pipe in crew:
                pipe.send("go")
            started = time.perf_counter()
            seen, polls = _poll(journal, lambda: any(process.is_alive() for process, _ in crew))
            seconds = time.perf_counter() - started
            written, broken = 0, ""
            for process, pipe in crew:
                try:
                    written += pipe.recv()
                except EOFError:
                    broken = f"a writer ended with {process.exitcode} and said nothing"
        finally:
            for process, pipe in crew:
                process.kill()
                process.join()
                process.close()
                pipe.close()
        whole = [_place(each) for each in whole_feed(journal)]
    return Followed(
        written=written,
        read=len(seen),
        missed=len(set(whole) - set(seen)) + abs(written - len(whole)),
        doubled=len(seen) - len(set(seen)),
        moved=sum(one != two for one, two in zip(seen, whole, strict=False)),
        polls=polls,
        seconds=seconds,
        broken=broken,
    )


def _place(fed: Any) -> tuple[int, str, int]:
    return fed.position, str(fed.entry.stream), fed.entry.version


def _poll(
    journal: SqlJournal, writing: Callable[[], bool]
) -> tuple[list[tuple[int, str, int]], int]:
    """Read on and on, until the writers are done and nothing more comes."""
    seen: list[tuple[int, str, int]] = []
    polls = after = 0
    while True:
        # Asked first: what is written after this look is read after it, too.
        more = writing()
        page = journal.feed(after, limit=PAGE)
        polls += 1
        seen.extend(map(_place, page))
        if page:
            after = page[-1].position
        elif not more:
            return seen, polls
        else:
            time.sleep(0.001)
