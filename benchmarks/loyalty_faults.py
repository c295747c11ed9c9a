"""
A long run of faults on points accounts: four writers, a third of the commands repeats.

On SQLite and on PostgreSQL, once with all commands on one account and once on a thousand: posts,
refunds, reservations and their ends, redemptions, transfers and cancellations, while writers are
killed and connections ended, cut and locked out. In the end every command that wrote something is
given again, one by one, to a journal in memory, and must write the very same; every answer must be
that of its receipt. The harness is that of the tests.

Run: python benchmarks/loyalty_faults.py [--commands 100000] [--seed 1] [--database URL]
     [--only sqlite | --only postgresql] [--accounts 1 1000]
Exits with 1 if anything was violated.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from time import monotonic

# The harness is that of the tests.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "faults"))

from databases import VARIABLE, postgres_server
from fault_points import POINT_KINDS, PointsCampaign, PointsReport

Place = Callable[[], AbstractContextManager[str]]


@contextmanager
def sqlite_place() -> Iterator[str]:
    """Give the URL of a SQLite file that does not exist yet."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        yield f"sqlite:///{folder}/bank.db"


def table(name: str, accounts: int, report: PointsReport, seconds: float) -> None:
    """Print what happened."""
    print(f"\n{name}, {accounts:,} account{'s' * (accounts > 1)}, {seconds:,.0f} s")
    for label, number in (
        ("commands given", report.given),
        ("of them different ones", report.fresh),
        ("accepted", report.accepted),
        ("answered with the first answer", report.replayed),
        ("troubles and lost races told", report.troubles),
        ("entries", report.entries),
        ("points left", report.points),
    ):
        print(f"  {label:<34} {number:>9,}")
    for kind, times in sorted(report.faults.items()):
        print(f"  fault: {kind:<27} {times:>9,}")
    print(f"  {'violations':<34} {len(report.violations):>9,}")
    for violation in report.violations[:20]:
        print(f"  VIOLATION {violation[:500]}")


def main() -> int:
    """Run what is asked and return the exit code."""
    asked = argparse.ArgumentParser(description="A long run of faults on points accounts.")
    asked.add_argument("--commands", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--accounts", type=int, nargs="+", default=[1, 1_000])
    asked.add_argument("--database", help="DSN of a PostgreSQL server to use")
    asked.add_argument("--only", choices=tuple(POINT_KINDS))
    given = asked.parse_args()
    if given.database:
        os.environ[VARIABLE] = given.database
    wrong = 0
    with ExitStack() as stack:
        places: dict[str, tuple[str, Place]] = {}
        if given.only != "postgresql":
            places["sqlite"] = (f"SQLite {sqlite3.sqlite_version}", sqlite_place)
        if given.only != "sqlite":
            server = stack.enter_context(postgres_server(durable=True))
            ((number,),) = server.run("SHOW server_version")
            places["postgresql"] = (f"PostgreSQL {number}", server.fresh)
        print(f"Python {platform.python_version()}, SQLAlchemy {version('sqlalchemy')}")
        for kind, (name, place) in places.items():
            for accounts in given.accounts:
                begun = monotonic()
                with place() as url:
                    campaign = PointsCampaign(url, given.seed, accounts)
                    report = campaign.run(POINT_KINDS[kind], given.commands)
                table(name, accounts, report, monotonic() - begun)
                wrong += len(report.violations)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
