"""What the tests of `bankservice run` share: a small bank in a folder, and what a run made of it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from bankservice import run
from bankservice.core.errors import Fault
from bankservice.run.files import Block, Source, find, read
from bankservice.run.plan import Extract, Mapped
from bankservice.run.register import Register, Registrar
from bankservice.run.rejects import Rejects
from bankservice.run.rows import Rows, typed

DAY = "2026-01-31"
ASIDE = (".run.lock", "bank.db")
"""What stands beside the results: the lock and the record."""
LATER = datetime(2026, 7, 1, tzinfo=UTC)

INSTITUTION = """
id = "acme/bank"
kind = "institution.profile"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "1", checked = "own" }
zone = "Europe/Vienna"
currency = "EUR"
jurisdiction = "AT"
"""

TIERS = """
id = "acme/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "Acme manual", clause = "2", checked = "own" }
zone = "Europe/Vienna"
currency = "EUR"
measurement = { window = "P1M", before_opening = "zero" }
review = "month-end"
[[version.tier]]
code = "BASE"
[[version.tier]]
code = "SILVER"
enter = "1000.00"
protection = "P1M"
[[version.tier]]
code = "GOLD"
enter = "10000.00"
protection = "P2M"
"""

CUSTOMERS = """
[[extract]]
table = "customers"
files = ["customers.csv"]
columns = { customer = "CUST" }
"""
ACCOUNTS = """
[[extract]]
table = "accounts"
files = ["accounts.csv"]
columns = { account = "ACCT", customer = "CUST", currency = "CCY", opened_on = "OPEN", closed_on = "CLOSE", opening_balance = "BF" }
"""
TRANSACTIONS = """
[[extract]]
table = "transactions"
files = ["transactions*.csv"]
columns = { account = "ACCT", on = "DAY", amount = "AMT", balance = "BAL" }
"""
RATES = """
[[extract]]
table = "rates"
files = ["rates.csv"]
columns = { currency = "CCY", on = "DAY", rate = "MID" }
"""

FILES = {
    "customers.csv": "CUST\nC1\nC2\nC3\n",
    "accounts.csv": (
        "ACCT,CUST,CCY,OPEN,CLOSE,BF\n"
        "A1,C1,EUR,2024-01-01,,500.00\n"
        "A2,C1,EUR,2024-01-01,,100.00\n"
        "A3,C2,EUR,2024-01-01,,20000.00\n"
        "A4,C3,EUR,2025-06-01,,0.00\n"
    ),
    "transactions.csv": (
        "ACCT,DAY,AMT,BAL\n"
        "A1,2025-12-31,1000.00,1500.00\n"
        "A3,2026-01-01,-15000.00,5000.00\n"
        "A1,2026-01-11,-31.00,1469.00\n"
        "A4,2026-01-16,62.00,62.00\n"
    ),
}
"""Averages over January 2026: C1 1,579.00 (SILVER), C2 5,000.00 (SILVER), C3 32.00 (BASE)."""


def head(as_of: str = DAY, **more: str) -> str:
    """Return the top of a `bank.toml`; *more* are lines of their own, values as TOML writes them."""
    lines = {
        "title": '{ en = "Acme", zh = "艾克米" }',
        "institution": '"acme/bank"',
        "policies": '["policies/*.toml"]',
        "data": '["extracts"]',
        "as_of": as_of,
        **more,
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def tiers_part(**more: str) -> str:
    """Return the table `[tiers]`."""
    lines = {"policy": '"acme/tiers"', "book": '"retail"', "shards": "2", **more}
    return "[tiers]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


PLAN = head() + tiers_part() + CUSTOMERS + ACCOUNTS + TRANSACTIONS
MONTHS = '{ first = 2026-01-31, last = 2026-03-31, every = "month-end" }'


@attrs.frozen
class BankFolder:
    """A bank in a folder: policies, extracts and a `bank.toml`."""

    path: Path

    @property
    def file(self) -> Path:
        """Its `bank.toml`."""
        return self.path / "bank.toml"

    @property
    def out(self) -> Path:
        """Its folder of results."""
        return self.path / "out"

    def extract(self, name: str, held: str | bytes) -> None:
        """Write one extract."""
        path = self.path / "extracts" / name
        path.write_bytes(held if isinstance(held, bytes) else held.encode())

    def add(self, name: str, lines: str) -> None:
        """Add lines to an extract."""
        path = self.path / "extracts" / name
        path.write_bytes(path.read_bytes() + lines.encode())

    def run(self, watch: run.Watch = lambda *_: None, **changes: Any) -> run.Summary:
        """Run it in this process, at a fixed instant."""
        told = attrs.evolve(run.plan(self.file), **changes)
        return run.run(told, now=lambda: LATER, watch=watch)

    def rows(self, name: str = "tiers", day: str = DAY) -> dict[str, dict[str, str]]:
        """Return customer → row of a result."""
        return {row["customer"]: row for row in table(self.out / day / f"{name}.csv")}

    def averages(self, day: str = DAY) -> dict[str, str]:
        """Return customer → average, or why it is unknown."""
        return {who: row["average"] or row["unknown"] for who, row in self.rows(day=day).items()}

    def rejects(self) -> list[tuple[str, str, str, str]]:
        """Return (file, line, field, code) of every reject."""
        names = ("file", "line", "field", "code")
        rows = table(self.out / "rejects.csv")
        return [(row[names[0]], row[names[1]], row[names[2]], row[names[3]]) for row in rows]

    def results(self, ignoring: tuple[str, ...] = ("summary.json",)) -> dict[str, bytes]:
        """Return every file of the results, byte for byte; the summary tells what a run changed."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file() and path.name not in ignoring and not path.name.startswith(ASIDE)
        }


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV result."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def make_bank(
    path: Path,
    *,
    plan: str = PLAN,
    files: Mapping[str, str | bytes] = FILES,
    tiers: str = TIERS,
) -> BankFolder:
    """Write a bank; the one of `FILES` where nothing else is said."""
    for folder in ("policies", "extracts"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    (path / "policies" / "bank.toml").write_text(INSTITUTION, "utf-8")
    (path / "policies" / "tiers.toml").write_text(tiers, "utf-8")
    (path / "bank.toml").write_text(plan, "utf-8")
    bank = BankFolder(path)
    for name, held in files.items():
        bank.extract(name, held)
    return bank


def command(
    *arguments: object, before: Callable[[], None] | None = None, **environment: str
) -> subprocess.Popen[str]:
    """Start `bankservice` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bankservice.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        preexec_fn=before,  # noqa: PLW1509
    )


def said(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of a process when it has ended."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def extract_of(table_name: str, files: str, columns: Mapping[str, Any], **more: Any) -> Extract:
    """Return an extract; a column is named by text or by the arguments of `Mapped`."""
    from bankservice.core.frozen import FrozenMapping

    held = {
        name: Mapped(column=to) if isinstance(to, str) else Mapped(**to)
        for name, to in columns.items()
    }
    return Extract(table=table_name, files=(files,), columns=FrozenMapping(held), **more)


def source_of(extract: Extract, folder: Path) -> Source:
    """Return the one file of an extract."""
    (found,) = find(extract, folder, "extract[0]")

    assert not isinstance(found, Fault), str(found)
    return found


def blocks_of(extract: Extract, folder: Path) -> tuple[Source, list[Block]]:
    """Return the one file of an extract and its blocks."""
    source = source_of(extract, folder)
    return source, list(read(source))


def typed_rows(extracts: tuple[Extract, ...], folder: Path) -> Iterator[tuple[Source, Rows]]:
    """Yield the typed rows of every file of extracts."""
    for extract in extracts:
        for source in find(extract, folder, "extract"):
            assert not isinstance(source, Fault), str(source)
            for block in read(source):
                yield source, typed(source, block)


def register_of(
    extracts: tuple[Extract, ...], folder: Path, rejects: Rejects, currency: str = "EUR"
) -> Register:
    """Return the register of a folder."""
    registrar = Registrar(currency, rejects)
    for source, rows in typed_rows(extracts, folder):
        for reject in rows.bad:
            rejects.add(reject)
        registrar.take(source, rows)
    return registrar.close()
