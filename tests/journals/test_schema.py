"""
The tables: made once however many ask, checked before anything is read, upgraded whole or not.

`schema_1.sql` is a journal of schema 1 as its own package left it. There is no such journal in
PostgreSQL, which came with schema 2; what holds for an upgrade as such is shown on both databases
with a step that is made up.

This file is also a process that makes or upgrades a journal:
python test_schema.py (create | killed) URL [STATEMENT]
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hosts import engine_of
from sqlalchemy import Connection, inspect
from sqlalchemy.sql.ddl import ExecutableDDLElement

from bankservice.core.errors import IntegrityError, SchemaVersionError, UnknownNameError
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Entry,
    KeptVersion,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.quota import Quota
from bankservice.journals import schema
from bankservice.journals.gateway import Run
from bankservice.journals.schema import SCHEMA_VERSION, ddl, upgrade_ddl
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota
from bankservice.journals.tables import POSITIONS, metadata
from bankservice.testing.archive_contract import ArchiveContract
from bankservice.testing.contracts import JournalContract, QuotaContract

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = (Stream("bank", "test.record", key) for key in ("c-1", "c-2"))
ONE = (Path(__file__).parent / "schema_1.sql").read_text("utf-8")
DATABASES = ("sqlite", "postgresql")


def entry(of: Stream, version: int) -> Entry:
    """Return a plain entry; the first of a stream has something sealed."""
    return Entry(
        stream=of,
        version=version,
        kind="noted",
        effective_at=NOON,
        recorded_at=NOON + version * HOUR,
        actor="teller-1",
        command_id=f"{of.key}-{version}",
        data={"words": "客户", "version": version},
        sealed={"average": "620000.00"} if version == 1 else None,
    )


def written(journal: SqlJournal, quota: SqlQuota) -> None:
    """Write the record that `schema_1.sql` holds: something in every table it has."""
    matters = ("claimed", "review", "stuck")
    journal.commit(
        Commit(
            appends=(Append(FIRST, 0, tuple(entry(FIRST, each) for each in (1, 2, 3))),),
            receipt=Receipt(
                "bank", "run-1", "3f9a", {"tier": "GOLD"}, NOON, {"average": "620000.00"}
            ),
            agenda=tuple(
                AgendaChange(FIRST, matter, NOON + at * HOUR) for at, matter in enumerate(matters)
            ),
            versions=(KeptVersion("bank", "tiers", "2026-01-01", "2025-12-01", "d1", "{}"),),
            snapshots=(Snapshot(FIRST, 2, 1, {"tier": "GOLD"}),),
        )
    )
    journal.commit(
        Commit(
            appends=(Append(SECOND, 0, (entry(SECOND, 1),)),),
            agenda=(AgendaChange(SECOND, "review", NOON),),
        )
    )
    journal.due("bank", NOON, limit=1, lease=Lease(NOON, NOON + HOUR))
    (stuck,) = (
        item for item in journal.due("bank", NOON + 9 * HOUR, limit=9) if item.key == "stuck"
    )
    journal.park(stuck, "no policy")
    quota.open("gifts", 100)
    for lease, amount, until in (("settled", 30, 2), ("open", 20, 2), ("late", 10, 1)):
        quota.lease("gifts", lease, amount, now=NOON, until=NOON + until * HOUR)
    quota.settle("gifts", "settled", 12, now=NOON)
    quota.lease("gifts", "after", 5, now=NOON + HOUR, until=NOON + 9 * HOUR)


def told(journal: SqlJournal, quota: SqlQuota) -> list[object]:
    """Return everything a journal and its quota tell of that record."""
    late = NOON + 9 * HOUR
    return [
        journal.feed(limit=100),
        journal.read(FIRST),
        journal.read_many([FIRST, SECOND]),
        journal.receipts_after("bank", limit=100),
        [journal.due("bank", NOON + at * HOUR, limit=100) for at in range(4)],
        journal.parked("bank"),
        journal.versions("bank"),
        [quota.left("gifts", now=instant) for instant in (NOON, NOON + 2 * HOUR, late)],
    ]


def of_schema_1(path: Path, *, filled: bool = True) -> str:
    """Make a journal of schema 1 and return its URL."""
    connection = sqlite3.connect(path)
    for statement in ONE.split(";\n"):
        if filled or "VALUES" not in statement or "bankservice_meta" in statement:
            connection.execute(statement)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


@contextmanager
def journal_on(url: str) -> Iterator[SqlJournal]:
    """Give a journal inside a host's transaction, which commits at the end: no check, no tables."""
    engine = engine_of(url)
    try:
        with engine.begin() as connection:
            yield SqlJournal.on(connection)
    finally:
        engine.dispose()


def run(url: str, *statements: str | ExecutableDDLElement) -> None:
    """Run statements as somebody else would."""
    engine = engine_of(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                if isinstance(statement, str):
                    connection.exec_driver_sql(statement)
                else:
                    connection.execute(statement)
    finally:
        engine.dispose()


def upgraded(url: str) -> int:
    """Upgrade a journal and return the version it had."""
    with journal_on(url) as journal:
        return journal.upgrade()


def ordered(things: Any) -> list[str]:
    """Return what was reflected as texts, in an order that does not depend on the columns'."""
    return sorted(
        str(sorted((name, as_text(value)) for name, value in each.items())) for each in things
    )


def as_text(value: object) -> str:
    """Return a value that was reflected, the clause of a partial index too, as a text."""
    if isinstance(value, dict):
        return str(sorted((name, as_text(each)) for name, each in value.items()))
    return str(value)


def shape(url: str) -> dict[str, Any]:
    """Return tables with columns, keys, checks and indexes, whatever the order of the columns."""
    engine = engine_of(url)
    with engine.connect() as connection:
        found = inspect(connection)
        made = {
            name: {
                "columns": ordered(
                    {**each, "type": repr(each["type"])} for each in found.get_columns(name)
                ),
                "primary key": found.get_pk_constraint(name)["constrained_columns"],
                "unique": ordered(found.get_unique_constraints(name)),
                "checks": ordered(found.get_check_constraints(name)),
                "indexes": ordered(found.get_indexes(name)),
            }
            for name in sorted(found.get_table_names())
        }
    engine.dispose()
    return made


# --- making -------------------------------------------------------------------------------------


class TestCreate:
    """The tables are made where there are none, once, however many ask at once."""

    def test_twice(self, database_url: str) -> None:
        """Making the tables again changes nothing of what is in them."""
        with SqlJournal.open(database_url) as journal:
            written(journal, SqlQuota(journal))
            before = told(journal, SqlQuota(journal))
        made = shape(database_url)

        with SqlJournal.open(database_url) as journal:
            journal.create()

            assert before == told(journal, SqlQuota(journal))
        assert made == shape(database_url)

    @pytest.mark.parametrize("chained", [False, True])
    def test_statements(self, tmp_path: Path, postgres_url: str, chained: bool) -> None:
        """The statements for migrations make what `create` makes, and are taken as ours."""
        for dialect, url in (
            ("sqlite", f"sqlite:///{tmp_path}/bank.db"),
            ("postgresql", postgres_url),
        ):
            run(url, *ddl(dialect, chained=chained))
            by_statements = shape(url)
            with SqlJournal.open(url) as journal:
                journal.create(chained=chained)
                journal.commit(Commit(appends=(Append(FIRST, 0, (entry(FIRST, 1),)),)))

                assert chained == journal.chained
                assert (entry(FIRST, 1),) == journal.read(FIRST)
            run(url, *(f"DROP TABLE {name}" for name in metadata.tables))
            with SqlJournal.open(url, chained=chained):
                assert by_statements == shape(url)

    def test_metadata_tells_the_same(self, database_url: str) -> None:
        """A tool that compares the tables with `metadata` finds nothing to change."""
        with SqlJournal.open(database_url):
            pass
        engine = engine_of(database_url)
        with engine.connect() as connection:
            assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
        engine.dispose()

    @pytest.mark.parametrize("ends", ["commit", "rollback"])
    def test_while_another_makes_them(self, database_url: str, ends: str) -> None:
        """
        Who comes while another makes the tables waits; then they are there, or are made after all.
        """
        engine = engine_of(database_url)
        with engine.connect() as connection, ThreadPoolExecutor() as pool:
            SqlJournal.on(connection).create()
            second = pool.submit(SqlJournal.open, database_url, busy_seconds=30)
            if engine.dialect.name == "postgresql":
                until_one_waits(connection)

            assert not second.done()
            getattr(connection, ends)()
            with second.result() as journal:
                journal.verify()
        engine.dispose()

    def test_threads(self, database_url: str) -> None:
        """Threads that all find no tables make them once."""
        start = threading.Barrier(6)

        def opened(_: int) -> SqlJournal:
            start.wait()
            return SqlJournal.open(database_url, busy_seconds=30)

        with ThreadPoolExecutor(6) as pool:
            for journal in pool.map(opened, range(6)):
                with journal:
                    journal.verify()

    def test_processes(self, database_url: str) -> None:
        """Processes that all find no tables make them once."""
        running = [process("create", database_url) for _ in range(2)]
        for each in running:
            pipe(each.stdin).write("go\n")
            pipe(each.stdin).flush()
        said = [each.communicate()[0] for each in running]

        assert ["made\n", "made\n"] == said
        with journal_on(database_url) as journal:
            journal.verify()

    def test_made_in_a_transaction_of_the_hosts(self, database_url: str) -> None:
        """Tables that a host makes go with its rollback, and its own work before stays possible."""
        engine = engine_of(database_url)
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE work (note TEXT)")
            SqlJournal.on(connection).create()
            connection.rollback()

            with pytest.raises(SchemaVersionError, match=r"call create\(\)"):
                SqlJournal.on(connection).verify()
        engine.dispose()

    def test_not_chained_later(self, database_url: str) -> None:
        """A journal that is there cannot be made a chained one."""
        with SqlJournal.open(database_url):
            pass

        with pytest.raises(SchemaVersionError, match=r"not chained.*Export it"):
            SqlJournal.open(database_url, chained=True)


def until_one_waits(connection: Connection) -> None:
    """Wait until another connection waits for an advisory lock that this one holds."""
    for _ in range(1_000):
        waiting = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            "AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        ).scalar()
        if waiting:
            return
        time.sleep(0.01)
    pytest.fail("nobody waits")


# --- checking -----------------------------------------------------------------------------------

OURS = "not made by bankservice.*Use another database"
LACKS = "lacks bankservice_agenda"
SCHEMA = "UPDATE bankservice_meta SET value = '{}' WHERE name = 'schema'"


class TestVerify:
    """A database that is not as this package writes it is refused before anything is read."""

    def test_none(self, database_url: str) -> None:
        """A database without our tables says that they must be made, wherever it is asked."""
        asked: tuple[Callable[[SqlJournal], object], ...] = (
            SqlJournal.verify,
            SqlJournal.upgrade,
            lambda journal: journal.read(FIRST),
            lambda journal: journal.feed(limit=1),
            lambda journal: journal.commit(Commit(appends=(Append(FIRST, 0, (entry(FIRST, 1),)),))),
            lambda journal: SqlQuota(journal).open("gifts", 1),
        )
        run(database_url, "CREATE TABLE work (note TEXT)")
        for ask in asked:
            engine = engine_of(database_url)
            with (
                engine.connect() as connection,
                pytest.raises(SchemaVersionError, match=r"has no journal.*call create\(\)"),
            ):
                ask(SqlJournal.on(connection))
            engine.dispose()

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            (SCHEMA.format(SCHEMA_VERSION + 1), "schema 3, newer than 2.*Install the bankservice"),
            (SCHEMA.format(1_000), "schema 1000, newer than 2.*Install the bankservice"),
            (
                SCHEMA.format(1),
                r"schema 1, older than 2.*upgrade\(\).*journal upgrade.*upgrade_ddl\(\).*install",
            ),
            (SCHEMA.format(0), r"schema 0, older than 2"),
            (SCHEMA.format("-1"), OURS),
            (SCHEMA.format("two"), OURS),
            (SCHEMA.format(""), OURS),
            ("DELETE FROM bankservice_meta", OURS),
            ("DROP TABLE bankservice_meta", OURS),
            ("DROP TABLE bankservice_agenda", LACKS),
            ("ALTER TABLE bankservice_agenda RENAME TO agenda", LACKS),
            (
                "DROP TABLE bankservice_agenda; CREATE VIEW bankservice_agenda AS SELECT 1 AS one",
                LACKS,
            ),
        ],
    )
    def test_others(self, database_url: str, statement: str, message: str) -> None:
        """Newer, older and other tables are named as such, each with what to do, and left alone."""
        with SqlJournal.open(database_url):
            pass
        run(database_url, *statement.split("; "))
        before = shape(database_url)

        with pytest.raises(SchemaVersionError, match=message):
            SqlJournal.open(database_url)
        with journal_on(database_url) as journal:
            with pytest.raises(SchemaVersionError, match=message):
                journal.verify()
            with pytest.raises(SchemaVersionError, match=message):
                journal.create()
        assert before == shape(database_url)

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            (SCHEMA.format(SCHEMA_VERSION + 1), "newer than 2.*Install"),
            (SCHEMA.format(0), "no way leads from schema 0 on .* to 2"),
            ("DROP TABLE bankservice_meta", OURS),
            ("DROP TABLE bankservice_agenda", LACKS),
        ],
    )
    def test_upgrade_refuses_them(self, database_url: str, statement: str, message: str) -> None:
        """An upgrade does not touch what it does not know either."""
        with SqlJournal.open(database_url):
            pass
        run(database_url, statement)
        before = shape(database_url)

        with journal_on(database_url) as journal, pytest.raises(SchemaVersionError, match=message):
            journal.upgrade()

        assert before == shape(database_url)

    def test_a_table_of_that_name_elsewhere(self, postgres_url: str) -> None:
        """Tables in a schema that is not on the search path are another database's, so to say."""
        name = postgres_url.rpartition("=")[2]
        with SqlJournal.open(postgres_url):
            pass
        engine = engine_of(postgres_url)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}_other")
            connection.exec_driver_sql(f"SET LOCAL search_path = {name}_other")

            with pytest.raises(SchemaVersionError, match="has no journal"):
                SqlJournal.on(connection).verify()
            connection.rollback()
            SqlJournal.on(connection).verify()
        engine.dispose()


class TestStatements:
    """What cannot be worded is refused by name."""

    @pytest.mark.parametrize("found", [SCHEMA_VERSION + 1, 0, -1])
    def test_versions(self, found: int) -> None:
        """No statements lead from a version that is newer or was never there."""
        with pytest.raises(
            SchemaVersionError, match=f"no way leads from schema {found} on .* to 2"
        ):
            upgrade_ddl(found)

    def test_no_schema_1_on_postgresql(self) -> None:
        """Schema 1 was written on SQLite only; no statements are made up for another database."""
        with pytest.raises(SchemaVersionError, match="from schema 1 on 'postgresql' to 2"):
            upgrade_ddl(1, "postgresql")

    @pytest.mark.parametrize("dialect", ["mysql", "postgres", ""])
    def test_databases(self, dialect: str) -> None:
        """Another database, or one misspelt, is refused; near names are offered."""
        with pytest.raises(UnknownNameError, match=f"database '{dialect}'"):
            ddl(dialect)
        with pytest.raises(UnknownNameError, match=f"database '{dialect}'"):
            upgrade_ddl(1, dialect)

    @pytest.mark.parametrize("dialect", DATABASES)
    def test_nothing_to_do(self, dialect: str) -> None:
        """From the present version on, the version is all that is written."""
        assert 1 == len(upgrade_ddl(SCHEMA_VERSION, dialect))


class TestLayout:
    """What the promises rest on is looked at, whoever changed it."""

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            ("ALTER TABLE bankservice_entries DROP COLUMN chain", "entries lacks chain"),
            ("ALTER TABLE bankservice_allotments DROP COLUMN used", "allotments lacks used"),
        ],
    )
    def test_columns(self, database_url: str, statement: str, message: str) -> None:
        """A column that is gone is named, when the journal is opened and not when it is missed."""
        SqlJournal.open(database_url).close()
        run(database_url, statement)

        with pytest.raises(SchemaVersionError, match=message):
            SqlJournal.open(database_url)

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            (f"ALTER SEQUENCE {POSITIONS} CACHE 50", "without cache"),
            (f"ALTER SEQUENCE {POSITIONS} CYCLE", "cycle"),
            (f"ALTER SEQUENCE {POSITIONS} INCREMENT BY 2", "count by one"),
            (f"ALTER SEQUENCE {POSITIONS} RENAME TO other", "does not number the entries"),
            (
                "ALTER TABLE bankservice_receipts DROP CONSTRAINT bankservice_receipts_pkey",
                r"receipts has no unique key \(tenant, command_id\)",
            ),
            (
                'ALTER TABLE bankservice_agenda ALTER COLUMN matter TYPE TEXT COLLATE "default"',
                "agenda.matter orders its text by 'default'",
            ),
        ],
    )
    def test_on_postgresql(self, postgres_url: str, statement: str, message: str) -> None:
        """A sequence that could skip, a key that is gone and another order of text are refused."""
        SqlJournal.open(postgres_url).close()
        run(postgres_url, statement)

        with pytest.raises(SchemaVersionError, match=message):
            SqlJournal.open(postgres_url)

    def test_unique_key_on_sqlite(self, sqlite_url: str) -> None:
        """A table made again without its unique key is refused."""
        SqlJournal.open(sqlite_url).close()
        run(
            sqlite_url,
            "CREATE TABLE kept AS SELECT * FROM bankservice_entries",
            "DROP TABLE bankservice_entries",
            "ALTER TABLE kept RENAME TO bankservice_entries",
        )

        with pytest.raises(SchemaVersionError, match=r"no unique key \(tenant, kind, key, version"):
            SqlJournal.open(sqlite_url)


# --- upgrading ----------------------------------------------------------------------------------


class TestFromSchema1:
    """What schema 1 kept is there after the upgrade, in tables like those made today."""

    def test_everything_is_told_as_before(self, tmp_path: Path) -> None:
        """Entries, receipts, agenda, versions, snapshots and quotas read as if written today."""
        old = of_schema_1(tmp_path / "old.db")
        with SqlJournal.open(f"sqlite:///{tmp_path}/new.db") as journal:
            written(journal, SqlQuota(journal))
            wanted = told(journal, SqlQuota(journal))

        assert 1 == upgraded(old)

        with SqlJournal.open(old) as journal:
            assert wanted == told(journal, SqlQuota(journal))
            assert shape(f"sqlite:///{tmp_path}/new.db") == shape(old)

    @pytest.mark.parametrize("by", ["upgrade", "statements"])
    def test_both_ways_lead_there(self, tmp_path: Path, by: str) -> None:
        """The statements for migrations do what `upgrade` does; again, it does nothing."""
        url = of_schema_1(tmp_path / "old.db")
        if by == "upgrade":
            upgraded(url)
        else:
            run(url, *upgrade_ddl(1))
        made = shape(url)

        assert SCHEMA_VERSION == upgraded(url)
        assert made == shape(url)

    def test_allotments_go_on(self, tmp_path: Path) -> None:
        """Leases of schema 1 are spent, settled and fall back as any other."""
        url = of_schema_1(tmp_path / "old.db")
        upgraded(url)
        with SqlJournal.open(url) as journal:
            quota = SqlQuota(journal)
            quota.settle("gifts", "settled", 12, now=NOON)
            for lease in ("settled", "late"):
                with pytest.raises(IntegrityError):
                    quota.spend("gifts", lease, 1, now=NOON)
            with pytest.raises(IntegrityError):
                quota.settle("gifts", "settled", 13, now=NOON)
            quota.spend("gifts", "open", 7, now=NOON + HOUR)
            quota.settle("gifts", "after", 5, now=NOON + HOUR)

            # Of 100: 12 and 5 settled, 7 spent of a lease that ended.
            assert 76 == quota.left("gifts", now=NOON + 3 * HOUR)
            assert (
                76
                == quota.lease(
                    "gifts", "rest", 80, now=NOON + 3 * HOUR, until=NOON + 4 * HOUR
                ).amount
            )

    def test_writes_go_on(self, tmp_path: Path) -> None:
        """Streams, positions and the agenda go on behind what is there."""
        url = of_schema_1(tmp_path / "old.db")
        upgraded(url)
        with SqlJournal.open(url) as journal:
            journal.commit(Commit(appends=(Append(FIRST, 3, (entry(FIRST, 4),)),)))

            assert [1, 2, 3, 4, 5] == [fed.position for fed in journal.feed(limit=9)]
            assert (entry(FIRST, 4),) == journal.read(FIRST, 3)
            assert {""} == {chain for _, chain in journal.links(limit=9)}

    def test_unused(self, tmp_path: Path) -> None:
        """Without an upgrade a journal of schema 1 is refused, and stays what it is."""
        url = of_schema_1(tmp_path / "old.db")
        before = shape(url)

        with pytest.raises(SchemaVersionError, match=r"schema 1, older than 2.*upgrade\(\)"):
            SqlJournal.open(url)

        assert before == shape(url)

    def test_at_once(self, tmp_path: Path) -> None:
        """Of two that upgrade at once one does it, and the other finds it done."""
        url = of_schema_1(tmp_path / "old.db")
        start = threading.Barrier(2)

        def once(_: int) -> int:
            connection = sqlite3.connect(tmp_path / "old.db", timeout=30)
            start.wait()
            with connection:
                found = SqlJournal.on(connection).upgrade()
            connection.close()
            return found

        with ThreadPoolExecutor(2) as pool:
            assert [1, SCHEMA_VERSION] == sorted(pool.map(once, range(2)))
        with SqlJournal.open(url) as journal:
            assert 4 == len(journal.feed(limit=9))


@pytest.fixture
def upgraded_journal(tmp_path: Path) -> Iterator[SqlJournal]:
    """Give an empty journal that had schema 1."""
    url = of_schema_1(tmp_path / "old.db", filled=False)
    upgraded(url)
    with SqlJournal.open(url) as journal:
        yield journal


class TestUpgradedJournal(JournalContract):
    """A journal that had schema 1 keeps every promise."""

    @pytest.fixture
    def journal(self, upgraded_journal: SqlJournal) -> SqlJournal:
        """Give it."""
        return upgraded_journal


class TestUpgradedArchive(ArchiveContract):
    """A journal that had schema 1 is an archive as any other."""

    @pytest.fixture
    def archive(self, upgraded_journal: SqlJournal) -> SqlJournal:
        """Give it."""
        return upgraded_journal


class TestUpgradedQuota(QuotaContract):
    """A quota in a database that had schema 1 keeps every promise."""

    @pytest.fixture
    def quota(self, upgraded_journal: SqlJournal) -> Quota:
        """Give it."""
        return SqlQuota(upgraded_journal)


NEXT = (
    "ALTER TABLE bankservice_entries ADD COLUMN place TEXT",
    "CREATE INDEX bankservice_entries_place ON bankservice_entries (place)",
    "UPDATE bankservice_entries SET place = 'branch-7'",
)
"""What a later version of this package might do."""


def to_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this package one that writes schema 3."""
    monkeypatch.setitem(schema._STEPS, 3, dict.fromkeys(DATABASES, NEXT))
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 3)


@contextmanager
def stopped(before: int) -> Iterator[None]:
    """Fail before a statement of the upgrade, counted from 0; the last one is its COMMIT."""
    count = iter(range(-before, 1_000))
    plain = Run.plain

    def failing(self: Run, sql: str) -> None:
        if next(count) == 0:
            raise KeyboardInterrupt
        plain(self, sql)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Run, "plain", failing)
        yield


class TestUpgradeIsWhole:
    """An upgrade that does not come to its end leaves the tables as they were."""

    @pytest.mark.parametrize("before", range(1, len(upgrade_ddl(1)) + 2))
    def test_interrupted_from_1(self, tmp_path: Path, before: int) -> None:
        """An upgrade of schema 1 that is interrupted anywhere leaves schema 1; later it works."""
        url = of_schema_1(tmp_path / "old.db")
        as_it_was = shape(url)

        with stopped(before), pytest.raises(KeyboardInterrupt):
            upgraded(url)

        assert as_it_was == shape(url)
        assert 1 == upgraded(url)
        with SqlJournal.open(url) as journal:
            assert 4 == len(journal.feed(limit=9))

    @pytest.mark.parametrize("before", range(1, len(NEXT) + 3))
    def test_interrupted(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch, before: int
    ) -> None:
        """On each database, an upgrade that is interrupted anywhere leaves what was there."""
        with SqlJournal.open(database_url) as journal:
            written(journal, SqlQuota(journal))
            as_it_was = shape(database_url), told(journal, SqlQuota(journal))
        with monkeypatch.context() as later:
            to_next(later)
            engine = engine_of(database_url)
            with (
                stopped(before),
                pytest.raises(KeyboardInterrupt),
                engine.begin() as connection,
            ):
                SqlJournal.on(connection).upgrade()
            engine.dispose()

        with SqlJournal.open(database_url) as journal:
            assert as_it_was == (shape(database_url), told(journal, SqlQuota(journal)))
        to_next(monkeypatch)
        assert 2 == upgraded(database_url)
        assert 3 == upgraded(database_url)

    @pytest.mark.parametrize("before", [2, len(NEXT) + 2])
    def test_killed(self, database_url: str, before: int) -> None:
        """A process killed in an upgrade, even right before its commit, leaves what was there."""
        with SqlJournal.open(database_url) as journal:
            written(journal, SqlQuota(journal))
            as_it_was = shape(database_url), told(journal, SqlQuota(journal))

        killed = process("killed", database_url, str(before))
        killed.communicate("go\n")

        assert -signal.SIGKILL == killed.returncode
        with SqlJournal.open(database_url, busy_seconds=30) as journal:
            assert as_it_was == (shape(database_url), told(journal, SqlQuota(journal)))

    def test_while_another_upgrades(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who upgrades while another does waits for it, and finds it done."""
        with SqlJournal.open(database_url):
            pass
        to_next(monkeypatch)
        engine = engine_of(database_url)
        with engine.connect() as connection, ThreadPoolExecutor() as pool:
            assert 2 == SqlJournal.on(connection).upgrade()
            second = pool.submit(upgraded, database_url)
            if engine.dialect.name == "postgresql":
                until_one_waits(connection)
            connection.commit()

            assert 3 == second.result()
        engine.dispose()


# --- processes ----------------------------------------------------------------------------------


def process(mode: str, url: str, *more: str) -> subprocess.Popen[str]:
    """Start a process of this file that waits for a word, and wait until it is ready."""
    running = subprocess.Popen(
        [sys.executable, __file__, mode, url, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert "ready\n" == pipe(running.stdout).readline()
    return running


def pipe(end: IO[str] | None) -> IO[str]:
    """Return a pipe that was asked for."""
    assert end is not None
    return end


def kill_before(statement: int) -> None:
    """Let this process be killed before a statement, counted from 0."""
    plain = Run.plain
    count = iter(range(statement))

    def killing(self: Run, sql: str) -> None:
        if next(count, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        plain(self, sql)

    pytest.MonkeyPatch().setattr(Run, "plain", killing)


def main(mode: str, url: str, *more: str) -> None:
    """Make or upgrade a journal once there is a word on standard input."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if mode == "create":
        SqlJournal.open(url, busy_seconds=30).close()
        sys.stdout.write("made\n")
    else:
        to_next(pytest.MonkeyPatch())
        kill_before(int(more[0]))
        upgraded(url)


if __name__ == "__main__":
    main(*sys.argv[1:])
