"""
A long run of faults, with the harness of the tests: kill, cut, end, fill, lock, and check it all.

Each round takes a fresh database, lets three writers work at it while faults strike, checks every
promise after each fault, and in the end gives everything again. Then a reader follows the feed
while four processes write. Round n of seed s is the run of seed s + n. PostgreSQL is the server
that BANKSERVICE_POSTGRES or --database names, or one started for the run, which waits for the disk.

Run: python benchmarks/faults.py [--seconds 60] [--seed 1] [--entries 100000] [--database URL]
     [--only sqlite | --only postgresql]
Exits with 1 if anything was violated.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from time import monotonic

# The harness is that of the tests.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "faults"))

from databases import VARIABLE, Postgres, postgres_server
from fault_campaign import KINDS, Campaign, Report
from fault_feed import Followed, follow

Place = Callable[[], AbstractContextManager[str]]

STEPS = 24
"""Faults in a round: each kind at least once."""


@contextmanager
def sqlite_place() -> Iterator[str]:
    """Give the URL of a SQLite file that does not exist yet."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        yield f"sqlite:///{folder}/bank.db"


def campaign(place: Place, kinds: tuple[str, ...], seed: int, end: float) -> Report:
    """Run rounds until the time is over or something is violated, and add them up."""
    whole = Report(seed)
    while monotonic() < end and not whole.violations:
        with place() as url:
            done = Campaign(url, seed + whole.rounds).run(kinds, STEPS)
        whole = whole.with_round(done)
    return whole


def table(name: str, report: Report, followed: Followed) -> None:
    """Print what happened on one database."""
    print(f"\n{name}")
    print(f"  rounds, seeds {report.seed} to {report.seed + report.rounds - 1}: {report.rounds}")
    for label, number in (
        ("commands, batches and commits ordered", report.ordered),
        ("given, again and again", report.given),
        ("acknowledged in the end", report.acknowledged),
        ("answered with the first answer", report.replayed),
        ("troubles reported to writers", report.troubles),
    ):
        print(f"  {label:<40} {number:>9,}")
    for kind, times in sorted(Counter(report.faults).items()):
        print(f"  fault: {kind:<33} {times:>9,}")
    print(f"  {'checks of every promise':<40} {report.checks:>9,}")
    print(f"  {'violations':<40} {len(report.violations):>9,}")
    print(
        f"  feed: {followed.written:,} entries by 4 writers, {followed.polls:,} polls, "
        f"{followed.missed:,} missed, {followed.doubled:,} doubled, {followed.moved:,} moved, "
        f"{followed.written / followed.seconds:,.0f} entries/s {followed.broken}"
    )
    for violation in report.violations:
        print(f"  VIOLATION {violation}")


def main() -> int:
    """Run what is asked and return the exit code."""
    asked = argparse.ArgumentParser(description="A long run of faults.")
    asked.add_argument("--seconds", type=float, default=60.0, help="of faults, for each database")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--entries", type=int, default=100_000, help="for the reader of the feed")
    asked.add_argument("--database", help="DSN of a PostgreSQL server to use")
    asked.add_argument("--only", choices=tuple(KINDS))
    given = asked.parse_args()
    if given.database:
        os.environ[VARIABLE] = given.database
    wrong = 0
    with ExitStack() as stack:
        places: dict[str, tuple[str, Place]] = {}
        if given.only != "postgresql":
            places["sqlite"] = (f"SQLite {sqlite3.sqlite_version}", sqlite_place)
        if given.only != "sqlite":
            server: Postgres = stack.enter_context(postgres_server(durable=True))
            ((number,),) = server.run("SHOW server_version")
            driver = f"psycopg {version('psycopg')}"
            places["postgresql"] = (f"PostgreSQL {number}, {driver}", server.fresh)
        print(f"Python {platform.python_version()}, SQLAlchemy {version('sqlalchemy')}")
        for kind, (name, place) in places.items():
            report = campaign(place, KINDS[kind], given.seed, monotonic() + given.seconds)
            with place() as url:
                followed = follow(url, seed=given.seed, entries=given.entries)
            table(name, report, followed)
            wrong += len(report.violations) + followed.missed + followed.doubled + followed.moved
            wrong += bool(followed.broken)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
