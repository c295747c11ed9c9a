"""
Writers in processes of their own, which may be killed at any moment.

They come from a fork server that has imported everything, so that a new one is ready at once. A
writer is handed orders, gives them to its journal one by one, and names each one that the journal
acknowledged; the words are short enough that a pipe takes or leaves each as a whole.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Protocol

import attrs
from sqlalchemy import make_url

from bankservice.core.errors import OperationalError, RaceLostError
from bankservice.core.journal import Journal
from bankservice.journals.sql import SqlJournal

__all__ = ["Crew", "Given", "Ordered", "Said", "Task", "forked"]

SILENCE: Final = 60.0
"""Seconds without a word after which writers count as stuck."""


class Given(Protocol):
    """What giving an order led to: its answer, and whether it is that of an earlier time."""

    @property
    def answer(self) -> Any: ...

    @property
    def replayed(self) -> bool: ...


class Ordered(Protocol):
    """What can be ordered of a writer."""

    @property
    def id(self) -> str: ...

    def give(self, journal: Journal, now: datetime) -> Given:
        """Give it to a journal; the same again gives the first answer."""


@attrs.frozen
class Task:
    """
    What a writer is handed.

    Attributes:
        orders: To be given, each with what the writer's clock says then.
        room: Bytes left on its disk (SQLite); None for enough.
    """

    orders: tuple[tuple[Ordered, datetime], ...]
    room: int | None = None


@attrs.frozen
class Said:
    """
    One word of a writer.

    Attributes:
        how: The order was acknowledged; a trouble was reported; the race was lost too often;
            something came that must not come; the task is done.
        order_id: Which order; empty when done.
        told: The answer, or the trouble.
        replayed: Whether the answer is that of an earlier time.
    """

    how: Literal["acknowledged", "trouble", "lost", "wrong", "done"]
    order_id: str = ""
    told: Any = None
    replayed: bool = False


def forked() -> Any:
    """Return the means to start processes quickly; what they need is imported once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["fault_workers", "fault_ledger", "fault_points", "fault_lives", "fault_feed", "psycopg"]
    )
    # Python 3.11 tells the server what to import and not where from.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return context


@contextmanager
def short_disk(url: str, room: int | None) -> Iterator[None]:
    """Let writes to the database's files fail past so many bytes more than its log has now."""
    if room is None:
        yield
        return
    log = Path(f"{make_url(url).database}-wal")
    size = log.stat().st_size if log.exists() else 0
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def work(url: str, busy_seconds: float, pipe: Connection) -> None:
    """Give what is handed in until the pipe closes."""
    journal: SqlJournal | None = None
    with suppress(EOFError, OSError):
        while True:
            task: Task = pipe.recv()
            with short_disk(url, task.room):
                for order, now in task.orders:
                    try:
                        journal = journal or SqlJournal.open(url, busy_seconds=busy_seconds)
                        given = order.give(journal, now)
                    except OperationalError as error:
                        pipe.send(Said("trouble", order.id, str(error)[:500]))
                    except RaceLostError as error:
                        pipe.send(Said("lost", order.id, str(error)[:500]))
                    except Exception:  # noqa: BLE001 - whatever else comes must not come
                        pipe.send(Said("wrong", order.id, traceback.format_exc()[-3000:]))
                    else:
                        pipe.send(Said("acknowledged", order.id, given.answer, given.replayed))
            pipe.send(Said("done"))
    if journal is not None:
        journal.close()


@attrs.define
class _Writer:
    process: Any
    pipe: Connection
    busy: bool = False
    killed: bool = False


class Crew:
    """
    Some writers at one database.

    Args:
        url: What they open.
        size: How many they are.
        busy_seconds: How long each waits for a lock.

    Attributes:
        killed: How many were killed.
    """

    def __init__(self, url: str, size: int, *, busy_seconds: float = 5.0) -> None:
        self.url = url
        self.size = size
        self.busy_seconds = busy_seconds
        self.killed = 0
        self._context = forked()
        self._writers: list[_Writer] = []
        self.fill()

    def fill(self) -> None:
        """Start a writer in place of each one that is missing."""
        while len(self._writers) < self.size:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=work, args=(self.url, self.busy_seconds, theirs), daemon=True
            )
            process.start()
            theirs.close()
            self._writers.append(_Writer(process, ours))

    def hand(self, tasks: list[Task]) -> None:
        """Hand each writer a task."""
        for writer, task in zip(self._writers, tasks, strict=True):
            writer.pipe.send(task)
            writer.busy = True

    def words(self) -> Iterator[Said]:
        """Yield what the writers say until each is done or dead."""
        while busy := {writer.pipe: writer for writer in self._writers if writer.busy}:
            ready = wait(list(busy), SILENCE)
            if not ready:
                yield Said("wrong", "", f"no writer said anything for {SILENCE:g} s")
                self.kill_all()
            for pipe in ready:
                assert isinstance(pipe, Connection)
                writer = busy[pipe]
                try:
                    said: Said = pipe.recv()
                except (EOFError, OSError):
                    self._bury(writer)
                    continue
                # What a killed one said before is still in the pipe, and then its end.
                writer.busy = writer.killed or said.how != "done"
                yield said

    def kill(self, place: int) -> None:
        """Kill a writer; it has no time to tidy up."""
        writer = self._writers[place % len(self._writers)]
        if not writer.killed:
            os.kill(writer.process.pid, signal.SIGKILL)
            writer.killed = writer.busy = True
            self.killed += 1

    def kill_all(self) -> None:
        """Kill every writer."""
        for place in range(len(self._writers)):
            self.kill(place)

    def _bury(self, writer: _Writer) -> None:
        self._writers.remove(writer)
        writer.pipe.close()
        writer.process.join()
        writer.process.close()

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for writer in tuple(self._writers):
            writer.pipe.close()
            writer.process.join(10)
            if writer.process.is_alive():
                writer.process.kill()
            self._bury(writer)
