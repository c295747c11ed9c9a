"""The shipped journals and quotas keep the promises of their ports, wherever they stand."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bankservice.core.journal import Journal
from bankservice.core.quota import Quota
from bankservice.journals import MemoryJournal, MemoryQuota
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota
from bankservice.testing.contracts import JournalContract, QuotaContract


@pytest.fixture
def file_journal(tmp_path: Path) -> Iterator[SqlJournal]:
    """Give a journal in a file of its own."""
    with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db") as journal:
        yield journal


@pytest.fixture
def ram_journal() -> Iterator[SqlJournal]:
    """Give a journal in a database in memory."""
    with SqlJournal.open("sqlite://") as journal:
        yield journal


@pytest.fixture
def sqlalchemy_journal(tmp_path: Path) -> Iterator[SqlJournal]:
    """Give a journal inside the transaction of a SQLAlchemy host, with work of the host's own."""
    engine = create_engine(f"sqlite:///{tmp_path}/host.db")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE work (note TEXT)")
        connection.exec_driver_sql("INSERT INTO work VALUES ('done')")
        journal = SqlJournal.on(connection)
        journal.create()
        yield journal
        work = connection.exec_driver_sql("SELECT note FROM work").fetchall()
        assert [("done",)] == [tuple(row) for row in work]
    engine.dispose()


@pytest.fixture
def dbapi_journal(tmp_path: Path) -> Iterator[SqlJournal]:
    """Give a journal inside the transaction of a host that has a plain sqlite3 connection."""
    connection = sqlite3.connect(tmp_path / "host.db")
    connection.row_factory = sqlite3.Row
    connection.execute("CREATE TABLE work (note TEXT)")
    connection.execute("INSERT INTO work VALUES ('done')")
    journal = SqlJournal.on(connection)
    journal.create()
    yield journal
    assert ["done"] == [row["note"] for row in connection.execute("SELECT note FROM work")]
    connection.close()


class TestMemoryJournal(JournalContract):
    """The journal in memory."""

    @pytest.fixture
    def journal(self) -> Journal:
        """Give a fresh one."""
        return MemoryJournal()


class TestFileJournal(JournalContract):
    """The journal in a SQLite file."""

    @pytest.fixture
    def journal(self, file_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return file_journal


class TestRamJournal(JournalContract):
    """The journal in a SQLite database in memory."""

    @pytest.fixture
    def journal(self, ram_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return ram_journal


class TestSqlAlchemyHostJournal(JournalContract):
    """The journal on a SQLAlchemy connection of the host."""

    @pytest.fixture
    def journal(self, sqlalchemy_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return sqlalchemy_journal


class TestDbapiHostJournal(JournalContract):
    """The journal on a plain sqlite3 connection of the host."""

    @pytest.fixture
    def journal(self, dbapi_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return dbapi_journal


class TestMemoryQuota(QuotaContract):
    """The quota in memory."""

    @pytest.fixture
    def quota(self) -> Quota:
        """Give a fresh one."""
        return MemoryQuota()


class TestFileQuota(QuotaContract):
    """The quota in a SQLite file."""

    @pytest.fixture
    def quota(self, file_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(file_journal)


class TestRamQuota(QuotaContract):
    """The quota in a SQLite database in memory."""

    @pytest.fixture
    def quota(self, ram_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(ram_journal)


class TestSqlAlchemyHostQuota(QuotaContract):
    """The quota on a SQLAlchemy connection of the host."""

    @pytest.fixture
    def quota(self, sqlalchemy_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(sqlalchemy_journal)


class TestDbapiHostQuota(QuotaContract):
    """The quota on a plain sqlite3 connection of the host."""

    @pytest.fixture
    def quota(self, dbapi_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(dbapi_journal)


def _folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("port", "suite"), [(Journal, JournalContract), (Quota, QuotaContract)])
def test_one_test_for_each_promise(port: type, suite: type) -> None:
    """The suite's tests quote the promises of the port, all of them and in their order."""
    promises = re.findall(
        r"^\* (.*(?:\n  .*)*)", inspect.cleandoc(port.__doc__ or ""), re.MULTILINE
    )
    tests = [test for name, test in vars(suite).items() if name.startswith("test_")]

    assert [_folded(each) for each in promises] == [_folded(test.__doc__) for test in tests]


@pytest.mark.parametrize(
    ("suite", "name"), [(JournalContract, "journal"), (QuotaContract, "quota")]
)
def test_a_suite_asks_for_its_fixture(suite: type, name: str) -> None:
    """A suite whose fixture was not overridden says so instead of passing."""
    fixture = getattr(suite, name)

    with pytest.raises(NotImplementedError, match=f"override the fixture `{name}`"):
        fixture.__wrapped__(suite())
