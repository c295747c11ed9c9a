"""
The journal among several writers on PostgreSQL: what a second connection sees, waits for and wins.

Each test holds two or three connections in a fixed order of steps; nothing is left to chance.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from bankservice.core.errors import (
    IntegrityError,
    OperationalError,
    RaceLostError,
    SchemaVersionError,
)
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Entry,
    Json,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.quota import Purse
from bankservice.journals.exchange import export
from bankservice.journals.gateway import Query
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota
from bankservice.journals.statements import FEED
from bankservice.journals.tables import POSITIONS
from bankservice.testing.archive_contract import tombstone

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def stream(key: str, tenant: str = "bank") -> Stream:
    """Return the address of a record."""
    return Stream(tenant, "test.record", key)


def append(of: Stream, version: int = 1, data: dict[str, Json] | None = None) -> Append:
    """Return one entry for a stream."""
    entry = Entry(
        stream=of,
        version=version,
        kind="noted",
        effective_at=NOON,
        recorded_at=NOON,
        actor="teller-1",
        command_id=f"{of.key}-{version}",
        data=data or {},
    )
    return Append(of, version - 1, (entry,))


def noted(*keys: str) -> Commit:
    """Return a commit with the first entry of each record."""
    return Commit(appends=tuple(append(stream(key)) for key in keys))


def seen(journal: SqlJournal, after: int = 0) -> list[str]:
    """Return the records in the feed, in its order."""
    return [fed.entry.stream.key for fed in journal.feed(after, limit=100)]


@pytest.fixture
def journal(postgres_url: str) -> Iterator[SqlJournal]:
    """Give a journal of ours, with one entry in it."""
    with SqlJournal.open(postgres_url, busy_seconds=30) as made:
        made.commit(noted("first"))
        yield made


@pytest.fixture
def host(postgres_url: str, journal: SqlJournal) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection of a host."""
    with psycopg.connect(postgres_url) as connection:
        yield connection
        connection.rollback()


@contextmanager
def waiting(work: Any, *arguments: Any) -> Iterator[list[BaseException | None]]:
    """Run *work* in a thread meanwhile, and give what it raised once it has ended."""
    told: list[BaseException | None] = []

    def run() -> None:
        try:
            work(*arguments)
        except IntegrityError as error:
            told.append(error)
        else:
            told.append(None)

    thread = Thread(target=run)
    thread.start()
    yield told
    thread.join(30)
    assert not thread.is_alive()


class TestFeed:
    """The feed gives nothing that an earlier writer can still come before."""

    def test_waits_for_the_oldest_writer(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """While a host is open, what is written after it waits; then all of it comes in order."""
        SqlJournal.on(host).commit(noted("early"))
        journal.commit(noted("late"))

        assert ["first"] == seen(journal)
        assert journal.behind()

        host.commit()
        assert ["first", "early", "late"] == seen(journal)
        assert not journal.behind()

    def test_prepared_transaction(self, journal: SqlJournal, host: psycopg.Connection[Any]) -> None:
        """A transaction prepared to be committed in a second phase holds the feed as an open one."""
        xid = host.xid(1, "both-phases", "here")
        host.tpc_begin(xid)
        SqlJournal.on(host).commit(noted("early"))
        host.tpc_prepare()
        journal.commit(noted("late"))

        assert ["first"] == seen(journal)

        host.tpc_commit()
        assert ["first", "early", "late"] == seen(journal)

    def test_rolled_back_to_a_savepoint(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """What a host undoes by a savepoint holds nothing back; what it writes then does."""
        ours = SqlJournal.on(host)
        host.execute("SAVEPOINT here")
        ours.commit(noted("undone"))
        host.execute("ROLLBACK TO SAVEPOINT here")
        journal.commit(noted("late"))
        assert ["first", "late"] == seen(journal)

        ours.commit(noted("later"))
        journal.commit(noted("last"))
        assert ["first", "late"] == seen(journal)

        host.commit()
        assert ["first", "late", "later", "last"] == seen(journal)

    def test_two_journals_in_one_database(self, postgres: Any) -> None:
        """Journals in two schemas do not hold each other back, and one transaction marks both."""
        with (
            postgres.fresh() as one,
            postgres.fresh() as two,
            SqlJournal.open(one) as first,
            SqlJournal.open(two) as second,
            psycopg.connect(one) as host,
        ):
            second.commit(noted("known"))
            SqlJournal.on(host).commit(noted("a"))
            assert ["known"] == seen(second)

            schema = conninfo_to_dict(two)["application_name"]
            host.execute(f"SET LOCAL search_path = {schema}".encode())
            SqlJournal.on(host).commit(noted("early"))
            second.commit(noted("late"))
            assert ["known"] == seen(second)

            host.commit()
            assert ["known", "early", "late"] == seen(second)
            assert ["a"] == seen(first)

    def test_not_by_an_old_state(self, journal: SqlJournal, host: psycopg.Connection[Any]) -> None:
        """A host that sees an older state is refused the feed, and its transaction lives on."""
        host.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

        with pytest.raises(OperationalError, match="read committed"):
            SqlJournal.on(host).feed(limit=1)

        assert (1,) == host.execute("SELECT 1").fetchone()

    def test_long_feed_is_walked_in_order(self, journal: SqlJournal) -> None:
        """A page from the middle is read by the index, not by sorting all that follows."""
        journal.commit(Commit(appends=tuple(append(stream(f"c-{n}")) for n in range(20_000))))
        with journal.gateway.reading() as run:
            words = FEED.on(run.database.dialect)
            named = {"after": 10, "upto": 15_000, "limit": 50, "part": 0, "parts": 2}
            sql = words.sql
            for value in words.values(named):
                sql = sql.replace("%s", str(value), 1)
            plans = [row[0] for row in run.rows(Query(text(f"EXPLAIN {sql.replace('%%', '%')}")))]

        assert any("Index Scan" in line for line in plans)
        assert not any("Sort" in line for line in plans)


class TestWriters:
    """Of two commits that disagree, one is written and the other is told."""

    def test_crosswise_guards(self, journal: SqlJournal, host: psycopg.Connection[Any]) -> None:
        """Of two commits that each write what the other read, the second waits and loses."""
        journal.commit(noted("a", "b"))
        SqlJournal.on(host).commit(
            Commit(appends=(append(stream("a"), 2),), guards=((stream("b"), 1),))
        )
        crosswise = Commit(appends=(append(stream("b"), 2),), guards=((stream("a"), 1),))

        with waiting(journal.commit, crosswise) as told:
            host.commit()

        assert isinstance(told[0], RaceLostError)
        assert 1 == len(journal.read(stream("b")))

    def test_guard_of_what_does_not_exist(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """A guard at version 0 keeps others from beginning the stream until its commit ends."""
        SqlJournal.on(host).commit(
            Commit(appends=(append(stream("a")),), guards=((stream("none"), 0),))
        )

        with waiting(journal.commit, noted("none")) as told:
            assert [] == told
            host.commit()

        assert [None] == told
        assert 1 == len(journal.read(stream("none")))

    def test_append_beside_a_tombstone_that_is_put_back(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """A stream that is put back as purged is not begun by somebody else meanwhile."""
        SqlJournal.on(host).purge(tombstone(stream("gone"), 3))

        with waiting(journal.commit, noted("gone")) as told:
            host.commit()

        assert isinstance(told[0], RaceLostError)
        assert [4] == [entry.version for entry in journal.read(stream("gone"))]

    def test_snapshot_of_what_is_purged(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """A snapshot on its way makes a purge wait, and goes with the stream."""
        SqlJournal.on(host).commit(
            Commit(snapshots=(Snapshot(stream("first"), 1, 1, {"who": "x"}),))
        )

        with waiting(journal.purge, tombstone(stream("first"), 1)) as told:
            host.commit()

        assert [None] == told
        assert journal.read_many([stream("first")])[stream("first")].snapshot is None

    def test_circle_without_streams(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """Two hosts that wait for each other's receipts: one is ended, and told what happened."""
        ours = SqlJournal.on(host)
        with psycopg.connect(host.info.dsn) as other:
            theirs = SqlJournal.on(other)
            ours.commit(Commit(receipt=Receipt("bank", "a", "1", {}, NOON)))
            theirs.commit(Commit(receipt=Receipt("bank", "b", "1", {}, NOON)))

            def both() -> None:
                try:
                    ours.commit(Commit(receipt=Receipt("bank", "b", "1", {}, NOON)))
                finally:
                    host.rollback()

            with waiting(both) as told:
                with pytest.raises(IntegrityError):  # noqa: PT012
                    theirs.commit(Commit(receipt=Receipt("bank", "a", "1", {}, NOON)))
                    other.commit()
                    raise IntegrityError("the other one was ended")
                other.rollback()
            assert 1 == len(told)

    def test_agenda_in_any_order(self, journal: SqlJournal, host: psycopg.Connection[Any]) -> None:
        """Commits that put the same matters, given in another order, do not form a circle."""
        matters = [AgendaChange(stream(key), "review", NOON) for key in "abcdef"]
        SqlJournal.on(host).commit(Commit(agenda=tuple(matters)))

        with waiting(journal.commit, Commit(agenda=tuple(reversed(matters)))) as told:
            host.commit()

        assert [None] == told
        assert 6 == len(journal.due("bank", NOON, limit=10))

    def test_pipeline_is_refused(self, host: psycopg.Connection[Any]) -> None:
        """In a pipeline nobody knows what a statement did, so nothing is begun."""
        with host.pipeline(), pytest.raises(OperationalError, match="pipeline mode"):
            SqlJournal.on(host).commit(noted("a"))

    def test_refusal_shows_no_row(
        self, journal: SqlJournal, host: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        """A bank's own constraint refuses a write; what the row holds gets into no log."""
        host.execute("ALTER TABLE bankservice_entries ADD CHECK (actor <> 'teller-1') NOT VALID")
        host.commit()

        name = " ".join(("ZHANG", "WEI"))

        try:
            journal.commit(Commit(appends=(append(stream("a"), data={"name": name}),)))
        except IntegrityError:
            logging.getLogger("test").exception("refused")

        assert "refused" in caplog.text
        assert name not in caplog.text


class TestQuota:
    """Nobody waits for a host that spends."""

    def test_late_slice_of_an_open_host(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """A late slice somebody is spending from falls back next time; others lease meanwhile."""
        quota = SqlQuota(journal)
        quota.open("gifts", 10)
        quota.lease("gifts", "slow", 6, now=NOON, until=NOON + HOUR)
        SqlQuota(SqlJournal.on(host)).spend("gifts", "slow", 2, now=NOON)

        late = NOON + 2 * HOUR
        first = quota.lease("gifts", "quick", 6, now=late, until=late + HOUR)
        host.commit()
        second = quota.lease("gifts", "again", 6, now=late, until=late + HOUR)

        assert (4, 4) == (first.amount, second.amount)
        assert 0 == quota.left("gifts", now=late)

    def test_spending_where_the_lease_is_not_seen(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """A host that sees an older state is told so, and not that there is no such lease."""
        quota = SqlQuota(journal)
        quota.open("gifts", 10)
        host.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        host.execute("SELECT 1 FROM bankservice_quotas")
        purse = Purse(quota, "gifts", "till-1", size=5, hold=HOUR)

        with pytest.raises(OperationalError, match="read committed"):
            purse.take(1, NOON, inside=SqlQuota(SqlJournal.on(host)))


class TestExport:
    """An export is whole, or none."""

    def test_behind_an_open_writer(
        self, journal: SqlJournal, host: psycopg.Connection[Any]
    ) -> None:
        """While a writer is open, what was committed after it would be missing: refused."""
        SqlJournal.on(host).commit(Commit(appends=(append(stream("a", "other")),)))
        journal.commit(noted("late"))

        with pytest.raises(OperationalError, match="a writer is open"):
            export(journal, "bank", io.StringIO())

        host.rollback()
        assert 2 == export(journal, "bank", io.StringIO()).entries

    def test_receipt_during_the_export(self, journal: SqlJournal) -> None:
        """A receipt that comes while the export is written makes it none."""

        class Meddling(io.StringIO):
            given = False

            def write(self, text: str) -> int:
                if not self.given:
                    self.given = True
                    journal.commit(Commit(receipt=Receipt("bank", "late", "1", {}, NOON)))
                return super().write(text)

        with pytest.raises(OperationalError, match="written to during"):
            export(journal, "bank", Meddling())


def test_sequence_behind_its_entries(postgres_url: str) -> None:
    """After a restore without its sequence a journal is refused, and a write names the sequence."""
    with SqlJournal.open(postgres_url) as journal:
        journal.commit(noted("a", "b", "c"))
        with psycopg.connect(postgres_url) as connection:
            connection.execute(f"SELECT setval('{POSITIONS}', 1)".encode())

        with pytest.raises(IntegrityError, match=r"sequence .* is behind"):
            journal.commit(noted("d"))
        with pytest.raises(SchemaVersionError, match=r"sequence .* is behind"):
            SqlJournal.open(postgres_url)


@pytest.mark.parametrize(
    "url", ["postgresql://u:se@cret:word@h/db", "postgresql://u:p@h:secret/db", "nothing secret"]
)
def test_no_part_of_a_password(url: str) -> None:
    """An address that cannot be read is not repeated: a part of the password may stand in it."""
    with pytest.raises(ValueError, match="cannot be read") as refused:
        SqlJournal.open(url)

    assert "secret" not in str(refused.value)
    assert "word" not in str(refused.value).replace("password", "")
