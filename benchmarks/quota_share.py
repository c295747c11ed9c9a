"""
What a shared budget costs: four processes that spend from one, beside four that spend from none.

    python benchmarks/quota_share.py [commands of each process]

Every command is one transaction of a host: an entry with its receipt and, with the budget, one
unit of it, taken from a purse that leases slices of 100. The budget is smaller than what is asked
for, so that it runs out. Rounds with and without are interleaved on the same server; SQLite has
one writer at a time anyway.
"""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from journal_append import appends
from sides import postgres_server

from bankservice.core.journal import Commit, Receipt
from bankservice.core.quota import Purse
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota

PROCESSES = 4
ROUNDS = 5
SLICE = 100
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENDED = NOON + timedelta(hours=1)
"""When every lease has ended, and what was not spent has fallen back."""


def connect(url: str) -> Any:
    """Return a host's connection."""
    if url.startswith("sqlite:///"):
        return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60)
    return psycopg.connect(url)


def work(url: str, name: str, count: int, budget: str, ready: Any, told: Any) -> None:
    """Give *count* commands, each with a unit of the budget if there is one; tell what was spent."""
    connection = connect(url)
    journal = SqlJournal.on(connection)
    journal.verify()
    inside = SqlQuota(journal)
    spent = 0
    with SqlJournal.open(url, busy_seconds=60) as own:
        purse = Purse(SqlQuota(own), budget, name, size=SLICE, hold=timedelta(hours=1))
        ready.wait()
        for number in range(count):
            key = f"{name}-{number}"
            if budget and not purse.take(1, NOON, inside=inside):
                continue
            spent += 1
            journal.commit(
                Commit(
                    appends=appends([key], 0, 1, number),
                    receipt=Receipt("bank", key, "3f9a", {}, NOON),
                )
            )
            connection.commit()
        purse.settle(NOON)
    connection.close()
    told.put(spent)


def once(url: str, tag: str, count: int, budget: str) -> tuple[float, int]:
    """Return the seconds of one round, and how many units were spent."""
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(PROCESSES + 1), context.Queue()
    crew = [
        context.Process(target=work, args=(url, f"{tag}-{each}", count, budget, ready, told))
        for each in range(PROCESSES)
    ]
    for process in crew:
        process.start()
    ready.wait()
    begun = perf_counter()
    spent = sum(told.get() for _ in crew)
    took = perf_counter() - begun
    for process in crew:
        process.join()
    return took, spent


def main(count: int = 500) -> None:
    """Measure both databases and print the ratios."""
    with postgres_server(durable=True) as server, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name, url in (
            ("SQLite", f"sqlite:///{folder}/bank.db"),
            ("PostgreSQL", stack.enter_context(server.fresh())),
        ):
            took: list[tuple[float, float]] = []
            with SqlJournal.open(url) as journal:
                quota = SqlQuota(journal)
                for number in range(ROUNDS):
                    without, _ = once(url, f"without-{number}", count, "")
                    quota.open(f"budget-{number}", PROCESSES * count)
                    within, spent = once(url, f"with-{number}", count, f"budget-{number}")
                    assert spent == PROCESSES * count - quota.left(f"budget-{number}", now=ENDED)
                    took.append((without, within))
                limit = PROCESSES * count // 2
                quota.open("short", limit)
                _, spent = once(url, "short", count, "short")
            without, within = (median(side) for side in zip(*took, strict=True))
            total = PROCESSES * count
            print(
                f"{name:11} {total:,} commands of {PROCESSES} processes: without {total / without:,.0f}/s, "
                f"with a shared budget {total / within:,.0f}/s, ratio {without / within:.2f}; "
                f"a budget of {limit:,}: {spent:,} spent"
            )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
