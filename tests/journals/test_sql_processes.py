"""
The SQLite journal among other processes: killed ones, racing ones.

This file is also the writer that the tests start:
python test_sql_processes.py (batches | race | hammer) URL [NAME]
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bankservice.core.errors import RaceLostError
from bankservice.core.journal import AgendaChange, Append, Commit, Entry, Receipt, Stream
from bankservice.journals.sql import SqlJournal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STREAMS = 3
SIZE = 40
ROUNDS = 25


def stream(name: str) -> Stream:
    """Return the address of a record."""
    return Stream("bank", "test.record", name)


def append(of: Stream, expected: int, count: int, command_id: str) -> Append:
    """Return *count* entries after version *expected*."""
    versions = range(expected + 1, expected + 1 + count)
    return Append(
        of,
        expected,
        tuple(
            Entry(
                stream=of,
                version=version,
                kind="noted",
                effective_at=NOON,
                recorded_at=NOON,
                actor="writer",
                command_id=command_id,
                data={"text": "x" * 200},
            )
            for version in versions
        ),
    )


def batch(number: int) -> Commit:
    """Return batch *number*: 40 entries for each of three streams, a receipt, an agenda item."""
    command_id = f"batch-{number}"
    return Commit(
        appends=tuple(
            append(stream(f"s-{each}"), number * SIZE, SIZE, command_id) for each in range(STREAMS)
        ),
        receipt=Receipt("bank", command_id, "3f9a", {}, NOON),
        agenda=(AgendaChange(stream("s-0"), command_id, NOON),),
    )


def say(word: str) -> None:
    """Tell the test; nothing of it may stay in a buffer when this process is killed."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def batches(journal: SqlJournal) -> None:
    """Commit batches until killed, naming each one that was acknowledged."""
    number = len(journal.read(stream("s-0"))) // SIZE
    say("ready")
    while True:
        journal.commit(batch(number))
        say(str(number))
        number += 1


def race(journal: SqlJournal) -> None:
    """Read, wait until the test has written, then write on what was read."""
    version = len(journal.read(stream("hot")))
    say("ready")
    sys.stdin.readline()
    try:
        journal.commit(Commit(appends=(append(stream("hot"), version, 1, "late"),)))
    except RaceLostError as lost:
        say(f"lost {lost.stream} {lost.expected} {lost.found}")
    else:
        say("won")


def hammer(journal: SqlJournal, name: str) -> None:
    """Append to one stream as often as agreed, reading again after each lost race."""
    say("ready")
    sys.stdin.readline()
    for each in range(ROUNDS):
        while True:
            version = len(journal.read(stream("hot")))
            entries = append(stream("hot"), version, 1, f"{name}-{each}")
            try:
                journal.commit(Commit(appends=(entries,)))
            except RaceLostError:
                continue
            break
    say("done")


@contextmanager
def process(mode: str, url: str, name: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run a committer and wait until it is ready."""
    with subprocess.Popen(
        [sys.executable, __file__, mode, url, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert "ready" == pipe(running.stdout).readline().strip()
            yield running
        finally:
            running.kill()


def pipe(end: IO[str] | None) -> IO[str]:
    """Return a pipe that was asked for."""
    assert end is not None
    return end


def go(running: subprocess.Popen[str]) -> None:
    """Let a waiting committer go on."""
    pipe(running.stdin).write("go\n")
    pipe(running.stdin).flush()


def test_killed_writer_leaves_whole_commits(tmp_path: Path) -> None:
    """
    A writer killed at any point leaves every acknowledged commit whole, and no half one.

    The seed only spreads the moments; where in a commit the signal falls is up to the machine.
    """
    url = f"sqlite:///{tmp_path}/bank.db"
    moments = random.Random(20260302)
    acknowledged = -1
    for _ in range(8):
        with process("batches", url) as running:
            time.sleep(moments.uniform(0.0, 0.12))
            running.kill()
            said = pipe(running.stdout).read().split("\n")
        # The last word may have been cut off in the middle.
        acknowledged = max([acknowledged, *map(int, said[:-1])])

        with SqlJournal.open(url) as journal:
            counts = {len(journal.read(stream(f"s-{each}"))) for each in range(STREAMS)}
            (count,) = counts
            written, rest = divmod(count, SIZE)
            ids = [f"batch-{number}" for number in range(written + 1)]

            assert 0 == rest
            assert written in (acknowledged + 1, acknowledged + 2)
            assert set(ids[:written]) == set(journal.receipts("bank", ids))
            assert written == len(journal.due("bank", NOON, limit=10_000))
            assert written * SIZE * STREAMS == len(journal.feed(limit=1_000_000))
            # An unacknowledged commit that is there whole counts from now on.
            acknowledged = written - 1

    with SqlJournal.open(url) as journal:
        journal.commit(batch(acknowledged + 1))

        assert acknowledged > 0
        assert (acknowledged + 2) * SIZE == len(journal.read(stream("s-0")))


def test_second_process_loses_the_race(tmp_path: Path) -> None:
    """A process that read before another wrote is told which stream lost, and where it is."""
    url = f"sqlite:///{tmp_path}/bank.db"
    with SqlJournal.open(url) as journal, process("race", url) as running:
        journal.commit(Commit(appends=(append(stream("hot"), 0, 2, "early"),)))
        go(running)

        assert "lost bank/test.record/hot 0 2" == pipe(running.stdout).readline().strip()
        assert 2 == len(journal.read(stream("hot")))


def test_racing_processes_lose_no_entry(tmp_path: Path) -> None:
    """Processes that append to one stream and retry lose, double and skip nothing."""
    url = f"sqlite:///{tmp_path}/bank.db"
    with SqlJournal.open(url) as journal:
        with process("hammer", url, "a") as first, process("hammer", url, "b") as second:
            for running in (first, second):
                go(running)
            for running in (first, second):
                assert "done" == pipe(running.stdout).readline().strip()

        entries = journal.read(stream("hot"))

        assert list(range(1, 2 * ROUNDS + 1)) == [entry.version for entry in entries]
        assert {f"{name}-{each}" for name in "ab" for each in range(ROUNDS)} == {
            entry.command_id for entry in entries
        }
        assert [fed.entry for fed in journal.feed(limit=1_000)] == list(entries)


if __name__ == "__main__":
    with SqlJournal.open(sys.argv[2], busy_seconds=20) as opened:
        match sys.argv[1]:
            case "batches":
                batches(opened)
            case "race":
                race(opened)
            case _:
                hammer(opened, sys.argv[3])
