"""The example of a Django host does what its files say."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs
import pytest
from sqlalchemy import create_engine, inspect, make_url

from bankservice import Bank
from bankservice.journals.sql import SqlJournal
from bankservice.journals.tables import metadata

EXAMPLE: Final = Path(__file__).parent.parent.parent / "examples" / "django-host"
SCHEMA_1: Final = Path(__file__).parent.parent / "journals" / "schema_1.sql"
GOLD: Final = 62_000_000
MIGRATED: Final = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
OPENED: Final = f"""
from accounts.models import Account
Account.objects.create(customer="a", fen={2 * GOLD})
Account.objects.create(customer="b", fen=0)
"""
SEEN: Final = """
from accounts.models import Account, Transfer
from accounts.services import BANK
print([each.fen for each in Account.objects.order_by("pk")], Transfer.objects.count(),
      [BANK.standings.view(customer).tier for customer in "ab"])
"""
DONE: Final = f"""
from accounts.services import transfer
transfer("t-1", "a", "b", {GOLD})
"""
FAILED: Final = f"""
from django.db import transaction
from accounts.services import BANK, transfer
try:
    with transaction.atomic():
        transfer("t-1", "a", "b", {GOLD})
        assert "GOLD" == BANK.standings.view("b").tier
        raise LookupError
except LookupError:
    pass
"""
THREADS: Final = f"""
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from accounts.services import transfer
def one(number):
    transfer(f"t-{{number}}", *("ab" if number % 2 else "ba"), {GOLD} if number % 2 else 1)
    connection.close()
transfer("t-0", "a", "b", 10)
with ThreadPoolExecutor(4) as pool:
    list(pool.map(one, [2, 1, 4, 6, 8]))
"""


@attrs.frozen
class Host:
    """The host's database, and what tells the example where it is."""

    url: str
    environment: dict[str, str]

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as somebody in the example's folder would."""
        return subprocess.run(
            [sys.executable, "-W", "error", "manage.py", *words],
            cwd=EXAMPLE,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def said(self, *words: str) -> str:
        """Run a command that must succeed and return what it prints."""
        done = self.manage(*words)
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout.strip()

    def run(self, *scripts: str) -> str:
        """Run code in the host and return what it prints."""
        return self.said("shell", "--no-imports", "-c", "".join(scripts))

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        names = set(inspect(engine).get_table_names())
        engine.dispose()
        return names


@pytest.fixture(scope="module", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the host's processes compile in one place, which is not the example's folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("compiled")))
        patched.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture
def host(database_url: str) -> Host:
    """Give an empty database of each kind, named as the example wants it."""
    address = make_url(database_url)
    if address.get_backend_name() == "sqlite":
        return Host(database_url, {"HOST_DATABASE": str(address.database)})
    parts = {
        "PGDATABASE": address.database,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGHOST": address.host or address.query.get("host"),
        "PGPORT": address.port,
        "PGOPTIONS": address.query.get("options"),
        "PGAPPNAME": address.query.get("application_name"),
    }
    return Host(database_url, {name: str(part) for name, part in parts.items() if part})


def test_migrations_make_both(host: Host) -> None:
    """The migrations make the host's tables and the journal's; the journal's go back again."""
    host.said("migrate")

    assert {"accounts_account", "accounts_transfer", *metadata.tables} < host.tables()
    with SqlJournal.open(host.url) as journal:
        journal.verify()
    assert "No changes detected" == host.said("makemigrations", "--check")
    host.said("migrate", "accounts", "0001")
    assert set() == host.tables() & set(metadata.tables)


def test_host_of_an_older_migration(tmp_path: Path) -> None:
    """A host that made the journal's tables with schema 1 has schema 2 in the end, and its data."""
    host = Host(f"sqlite:///{tmp_path}/host.db", {"HOST_DATABASE": f"{tmp_path}/host.db"})
    host.said("migrate", "accounts", "0001")
    connection = sqlite3.connect(tmp_path / "host.db")
    connection.executescript(SCHEMA_1.read_text("utf-8"))
    connection.close()
    host.said("migrate", "--fake", "accounts", "0002")

    fed = host.run(MIGRATED, 'call_command("journal_feed", "3")')

    assert "4 c-2 1 noted" == fed


def test_a_record_is_not_dropped(host: Host) -> None:
    """Going back stops where there are entries, and everything stays."""
    host.said("migrate")
    with Bank(SqlJournal.open(host.url)) as bank:
        bank.standings.assess("c-1", "customer-7", measure={"average": "620000.00"})

        done = host.manage("migrate", "accounts", "0001")

        assert 0 != done.returncode
        assert "the journal has entries" in done.stderr
        assert 1 == len(bank.journal.feed(limit=9))


def test_transfer_and_tiers_together(host: Host) -> None:
    """A transfer moves the money and the tiers, and a rollback moves neither."""
    seen = host.run(MIGRATED, OPENED, SEEN, FAILED, SEEN, DONE, SEEN).splitlines()

    before = f"[{2 * GOLD}, 0] 0 ['STANDARD', 'STANDARD']"
    assert [before, before, f"[{GOLD}, {GOLD}] 1 ['GOLD', 'GOLD']"] == seen


def test_the_bank_serves_all_threads(host: Host) -> None:
    """Threads with a connection each, all of the one bank, move every amount and every tier."""
    seen = host.run(MIGRATED, OPENED, THREADS, SEEN)

    held = GOLD + 10 - 4
    assert f"[{3 * GOLD - held - GOLD}, {held}] 6 ['GOLD', 'GOLD']" == seen


def test_feed(host: Host) -> None:
    """The command prints what was recorded past the position it was given."""
    lines = host.run(MIGRATED, OPENED, DONE, 'call_command("journal_feed")').splitlines()

    assert ["a 1 assessed", "b 1 assessed"] == [line.partition(" ")[2] for line in lines]
    assert lines[1:] == host.said("journal_feed", lines[0].partition(" ")[0]).splitlines()
