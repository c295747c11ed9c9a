"""The shipped journals and quotas keep the promises of their ports, wherever they stand."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hosts import django_connection, engine_of
from sqlalchemy.orm import Session

from bankservice.core.errors import UnknownNameError
from bankservice.core.journal import Journal
from bankservice.core.quota import Quota
from bankservice.journals import MemoryJournal, MemoryQuota
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota
from bankservice.testing.contracts import NOON, JournalContract, QuotaContract, hours


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
def postgres_journal(postgres_url: str) -> Iterator[SqlJournal]:
    """Give a journal in PostgreSQL."""
    with SqlJournal.open(postgres_url) as journal:
        yield journal


@pytest.fixture
def chained_journal(database_url: str) -> Iterator[SqlJournal]:
    """Give a journal of each kind whose entries are chained."""
    with SqlJournal.open(database_url, chained=True) as journal:
        assert journal.chained
        yield journal


@contextmanager
def joined(connection: Any, run: Any) -> Iterator[SqlJournal]:
    """Give a journal inside a host's transaction, which has work of its own before and after."""
    run("CREATE TABLE work (note TEXT)")
    run("INSERT INTO work VALUES ('done')")
    journal = SqlJournal.on(connection)
    journal.create()
    yield journal
    assert ["done"] == [note for (note,) in run("SELECT note FROM work").fetchall()]


@pytest.fixture
def sqlalchemy_journal(database_url: str) -> Iterator[SqlJournal]:
    """Give a journal inside the transaction of a SQLAlchemy host."""
    engine = engine_of(database_url)
    with engine.connect() as connection, joined(connection, connection.exec_driver_sql) as journal:
        yield journal
    engine.dispose()


@pytest.fixture
def session_journal(database_url: str) -> Iterator[SqlJournal]:
    """Give a journal inside the session of a SQLAlchemy host."""
    engine = engine_of(database_url)
    with (
        Session(engine) as session,
        joined(session, lambda sql: session.connection().exec_driver_sql(sql)) as journal,
    ):
        yield journal
    engine.dispose()


@pytest.fixture
def dbapi_journal(database_url: str) -> Iterator[SqlJournal]:
    """Give a journal inside the transaction of a host that has a plain connection."""
    connection: Any
    if database_url.startswith("sqlite:///"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    else:
        connection = psycopg.connect(database_url)
    with joined(connection, connection.execute) as journal:
        yield journal
    connection.close()


@pytest.fixture
def rowed_journal(postgres_url: str) -> Iterator[SqlJournal]:
    """Give a journal on a connection whose host wants dictionaries from a server-side cursor."""
    with psycopg.connect(postgres_url, row_factory=psycopg.rows.dict_row) as connection:
        journal = SqlJournal.on(connection)
        journal.create()
        yield journal


@pytest.fixture
def django_journal(database_url: str) -> Iterator[SqlJournal]:
    """Give a journal inside `atomic()` of a Django host."""
    from django.db.transaction import Atomic

    with django_connection(database_url) as connection:

        def run(statement: str) -> Any:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor

        with Atomic(connection.alias, True, False), joined(connection, run) as journal:
            yield journal


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


class TestPostgresJournal(JournalContract):
    """The journal in PostgreSQL."""

    @pytest.fixture
    def journal(self, postgres_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return postgres_journal


class TestChainedJournal(JournalContract):
    """The journal whose entries are chained, in each database."""

    @pytest.fixture
    def journal(self, chained_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return chained_journal


class TestSqlAlchemyHostJournal(JournalContract):
    """The journal on a SQLAlchemy connection of the host, in each database."""

    @pytest.fixture
    def journal(self, sqlalchemy_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return sqlalchemy_journal


class TestSessionHostJournal(JournalContract):
    """The journal in a SQLAlchemy session of the host, in each database."""

    @pytest.fixture
    def journal(self, session_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return session_journal


class TestDbapiHostJournal(JournalContract):
    """The journal on a plain connection of the host, in each database."""

    @pytest.fixture
    def journal(self, dbapi_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return dbapi_journal


class TestRowedHostJournal(JournalContract):
    """The journal on a psycopg connection that gives dictionaries."""

    @pytest.fixture
    def journal(self, rowed_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return rowed_journal


class TestDjangoHostJournal(JournalContract):
    """The journal on Django's connection, in each database."""

    @pytest.fixture
    def journal(self, django_journal: SqlJournal) -> Journal:
        """Give a fresh one."""
        return django_journal


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


class TestPostgresQuota(QuotaContract):
    """The quota in PostgreSQL."""

    @pytest.fixture
    def quota(self, postgres_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(postgres_journal)


class TestSqlAlchemyHostQuota(QuotaContract):
    """The quota on a SQLAlchemy connection of the host, in each database."""

    @pytest.fixture
    def quota(self, sqlalchemy_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(sqlalchemy_journal)


class TestDbapiHostQuota(QuotaContract):
    """The quota on a plain connection of the host, in each database."""

    @pytest.fixture
    def quota(self, dbapi_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(dbapi_journal)


class TestDjangoHostQuota(QuotaContract):
    """The quota on Django's connection, in each database."""

    @pytest.fixture
    def quota(self, django_journal: SqlJournal) -> Quota:
        """Give a fresh one."""
        return SqlQuota(django_journal)


def test_limits_of_different_tenants_never_meet(database_url: str) -> None:
    """A limit of one legal entity is not that of another, though it has the same name."""
    with SqlJournal.open(database_url) as journal:
        ours, theirs = SqlQuota(journal, tenant="bank-a"), SqlQuota(journal, tenant="bank-b")
        ours.open("gifts", 10)
        with pytest.raises(UnknownNameError):
            theirs.left("gifts", now=NOON)
        theirs.open("gifts", 20)

        assert 4 == ours.lease("gifts", "l-1", 4, now=NOON, until=hours(1)).amount
        assert 7 == theirs.lease("gifts", "l-1", 7, now=NOON, until=hours(1)).amount
        ours.spend("gifts", "l-1", 3, now=NOON)

        assert (6, 13) == (ours.left("gifts", now=NOON), theirs.left("gifts", now=NOON))
        assert (7, 20) == (ours.left("gifts", now=hours(2)), theirs.left("gifts", now=hours(2)))
        ours.lease("gifts", "l-2", 1, now=hours(2), until=hours(3))
        theirs.settle("gifts", "l-1", 7, now=NOON)
        assert 13 == theirs.left("gifts", now=hours(2))


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
