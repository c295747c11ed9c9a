"""
What a month of a whole book costs: time, rows and bytes, by three measured sizes.

    python benchmarks/book_run.py                  # 20,000, 60,000 and 180,000 customers
    python benchmarks/book_run.py 1000000          # a million in one run
    python benchmarks/book_run.py postgresql       # on a PostgreSQL server that waits for the disk

A synthetic book (10 % above the base, balances that wander) is assessed for three months on a
SQLite file with synchronous FULL, or on PostgreSQL. The first month finds nobody known; the third is an ordinary
month, and the one the figures are taken from. The rule's share is the time the same assessments
take alone, in the same process, without journal or desk.
"""

from __future__ import annotations

import platform
import random
import sqlite3
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs
import psycopg
from assessment import three_tiers
from sides import Postgres, postgres_server

from bankservice.bank import Bank
from bankservice.core.policy import Policy
from bankservice.journals.sql import SqlJournal
from bankservice.journals.tables import metadata
from bankservice.segmentation import Book, Measure, Standing
from bankservice.segmentation.policy import TIERS
from bankservice.segmentation.tiers import assess

SIZES = (20_000, 60_000, 180_000)
SHARD = 10_000
MONTHS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
BOOK_OF_A_LARGE_BANK = 12_000_000


@attrs.frozen
class Figures:
    """What one size gave, for the ordinary month."""

    customers: int
    seconds: float
    rule_seconds: float
    rows: int
    bytes: int
    written: int


def measures(customers: int, months: int) -> list[dict[str, Measure]]:
    """Return a measure for every customer and month; the same for the same numbers."""
    draw = random.Random(20260331)
    held: list[dict[str, Measure]] = [{} for _ in range(months)]
    for number in range(customers):
        level = (
            draw.lognormvariate(11.0, 1.3) * 3 if draw.random() < 0.25 else draw.uniform(0, 30_000)
        )
        for month in held:
            level *= draw.uniform(0.9, 1.1)
            month[f"customer-{number:08d}"] = Measure(int(level * 100) * 30, 30)
    return held


def run(customers: int, server: Postgres | None) -> Figures:
    """Run three months of a book of *customers* and return the figures of the third."""
    policy = Policy("bench/tiers", TIERS, three_tiers().title, (three_tiers(),))
    book = Book("bench", shards=max(1, customers // SHARD))
    months = measures(customers, len(MONTHS))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = stack.enter_context(server.fresh()) if server else f"sqlite:///{folder}/bank.db"
        journal = stack.enter_context(SqlJournal.open(url))
        clock = [datetime(2026, 1, 31, 12, tzinfo=UTC)]
        with Bank(journal, tiers=policy, now=lambda: clock[0]) as bank:
            seconds, rows, size, written = 0.0, 0, 0, 0
            for on, month in zip(MONTHS, months, strict=True):
                clock[0] = datetime(on.year, on.month, on.day, 12, tzinfo=UTC) + timedelta(hours=8)
                rows_before, size_before = _counted(url)
                start = perf_counter()
                result = bank.standings.run(f"run-{on}", book, month, on)
                seconds = perf_counter() - start
                rows_after, size_after = _counted(url)
                rows, size, written = (
                    rows_after - rows_before,
                    size_after - size_before,
                    result.written,
                )
    return Figures(customers, seconds, _rule_alone(months), rows, size, written)


def _counted(url: str) -> tuple[int, int]:
    """Return how many rows and bytes our tables hold."""
    connection: Any
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
    else:
        connection = psycopg.connect(url)
        size = sum(
            connection.execute("SELECT pg_total_relation_size(%s)", (name,)).fetchone()[0]
            for name in metadata.tables
        )
    rows = sum(
        connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in metadata.tables
    )
    connection.close()
    return rows, size


def _rule_alone(months: list[dict[str, Measure]]) -> float:
    ladder = three_tiers().parameters
    states: dict[str, Standing] = {}
    seconds = 0.0
    for on, month in zip(MONTHS, months, strict=True):
        start = perf_counter()
        for customer, measure in month.items():
            before = states.get(customer) or Standing()
            states[customer] = assess(before, on, {"assets": measure}, ladder)
        seconds = perf_counter() - start
    return seconds


def main() -> None:
    """Run the sizes asked for, print the figures and the extrapolation."""
    asked = sys.argv[1:]
    on_postgres = "postgresql" in asked
    sizes = tuple(int(size) for size in asked if size != "postgresql") or SIZES
    with postgres_server(durable=True) if on_postgres else nullcontext() as server:
        report(sizes, server)


def report(sizes: tuple[int, ...], server: Postgres | None) -> None:
    """Run the sizes and print what each gave."""
    where = f"SQLite {sqlite3.sqlite_version}, synchronous FULL"
    if server is not None:
        where = f"PostgreSQL {server.run('SHOW server_version')[0][0]}, one process"
    print(f"Python {platform.python_version()}, {where}")
    print("an ordinary month; one commit for each shard of about 10,000 customers\n")
    print(
        "  customers  seconds  us/customer  outside the rule   rows  rows/customer  bytes/customer"
    )
    found = []
    for size in sizes:
        got = run(size, server)
        found.append(got)
        outside = 1 - got.rule_seconds / got.seconds
        print(
            f"  {size:9,}  {got.seconds:7.1f}  {got.seconds / size * 1e6:11.1f}  {outside:16.0%}"
            f"  {got.rows:5,}  {got.rows / size:13.4f}  {got.bytes / size:14.1f}"
        )
    last = found[-1]
    scale = BOOK_OF_A_LARGE_BANK / last.customers
    print(
        f"\n12 million customers a month, scaled from {last.customers:,} (cost per customer as above): "
        f"{last.seconds * scale / 60:,.0f} minutes, {last.rows * scale / 1e6:,.2f} million rows, "
        f"{last.bytes * scale * 12 / 1e9:,.1f} GB a year"
    )
    if len(found) > 1:
        per = [got.seconds / got.customers for got in found]
        print(f"cost per customer, largest size to smallest: x{per[-1] / per[0]:.2f}")


if __name__ == "__main__":
    main()
