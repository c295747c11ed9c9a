"""The example of a host with SQLAlchemy and Alembic does what its files say."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Final

import attrs
import pytest
from alembic import config
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, select
from sqlalchemy.orm import Session

from bankservice import Bank
from bankservice.journals.sql import SqlJournal
from bankservice.journals.tables import metadata

EXAMPLE: Final = Path(__file__).parent.parent.parent / "examples" / "alembic-host"
SCHEMA_1: Final = Path(__file__).parent.parent / "journals" / "schema_1.sql"
GOLD: Final = 62_000_000


@attrs.frozen
class Host:
    """The host's database."""

    url: str
    engine: Engine

    def alembic(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Alembic as somebody in the example's folder would."""
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "alembic", *words],
            cwd=EXAMPLE,
            env={**os.environ, "HOST_DATABASE": self.url, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def migrate(self, *words: str) -> None:
        """Run a command of Alembic that must succeed, in this process: it starts quicker."""
        with pytest.MonkeyPatch.context() as patched, redirect_stdout(StringIO()):
            patched.setenv("HOST_DATABASE", self.url)
            patched.setattr(sys, "dont_write_bytecode", True)
            patched.chdir(EXAMPLE)
            config.main(words)

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        return set(inspect(self.engine).get_table_names())


@pytest.fixture
def host(database_url: str) -> Iterator[Host]:
    """Give an empty database of each kind."""
    url = database_url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    yield Host(url, engine)
    engine.dispose()


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the example's module."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    return import_module("ledger")


def test_migrations_make_both(host: Host) -> None:
    """The revisions make the host's tables and the journal's, and take both away again."""
    host.migrate("upgrade", "head")

    assert {"customers", "transfers", "alembic_version", *metadata.tables} == host.tables()
    with host.engine.connect() as connection:
        SqlJournal.on(connection).verify()
    host.migrate("downgrade", "base")
    assert {"alembic_version"} == host.tables()


def test_autogenerate_finds_nothing(host: Host, ledger: ModuleType) -> None:
    """Autogenerate has nothing to add or drop; without the filter it would drop the journal."""
    host.migrate("upgrade", "head")

    host.migrate("check")

    with host.engine.connect() as connection:
        unfiltered = compare_metadata(MigrationContext.configure(connection), ledger.Base.metadata)
    assert set(metadata.tables) == {
        what[1].name for what in unfiltered if what[0] == "remove_table"
    }


def test_host_of_an_older_revision(tmp_path: Path) -> None:
    """A host that made the journal's tables with schema 1 has schema 2 at the head, and its data."""
    url = f"sqlite:///{tmp_path}/host.db"
    engine = create_engine(url)
    host = Host(url, engine)
    host.migrate("upgrade", "0001")
    connection = sqlite3.connect(tmp_path / "host.db")
    connection.executescript(SCHEMA_1.read_text("utf-8"))
    connection.close()
    host.migrate("stamp", "0002")

    host.migrate("upgrade", "head")

    host.migrate("check")
    with SqlJournal.open(url) as journal:
        assert 4 == len(journal.feed(limit=9))
    engine.dispose()


def test_a_record_is_not_dropped(host: Host) -> None:
    """A downgrade stops where there are entries, and everything stays."""
    host.migrate("upgrade", "head")
    with host.engine.begin() as connection:
        bank = Bank(SqlJournal.on(connection))
        bank.standings.assess("c-1", "customer-7", measure={"average": "620000.00"})

    done = host.alembic("downgrade", "base")

    assert 0 != done.returncode
    assert "the journal has entries" in done.stderr
    with SqlJournal.open(host.url) as journal:
        assert 1 == len(journal.feed(limit=9))


def test_transfer_and_tiers_together(host: Host, ledger: ModuleType) -> None:
    """A transfer that is committed moves the money and the tiers; one rolled back moves neither."""
    host.migrate("upgrade", "head")
    with Session(host.engine) as session, session.begin():
        session.add_all([ledger.Customer(id="a", fen=2 * GOLD), ledger.Customer(id="b", fen=0)])

    def seen() -> tuple[list[int], list[str], list[str]]:
        with Session(host.engine) as session:
            return (
                list(session.scalars(select(ledger.Customer.fen).order_by(ledger.Customer.id))),
                list(session.scalars(select(ledger.Transfer.id).order_by(ledger.Transfer.id))),
                [bank.standings.view(customer).tier for customer in "ab"],
            )

    with Bank(SqlJournal.open(host.url)) as bank:
        before: tuple[list[int], list[str], list[str]]
        before = [2 * GOLD, 0], [], ["STANDARD", "STANDARD"]
        assert before == seen()
        with Session(host.engine) as session:
            ledger.transfer(session, bank, "t-1", "a", "b", GOLD)
            session.rollback()
        assert before == seen()

        with Session(host.engine) as session, session.begin():
            ledger.transfer(session, bank, "t-1", "a", "b", GOLD)

        assert ([GOLD, GOLD], ["t-1"], ["GOLD", "GOLD"]) == seen()
