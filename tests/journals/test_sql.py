"""The SQLite journal: inside a host's transaction, beside other schemas, on a bad day."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy import exc as sqlalchemy_errors

from bankservice.core.errors import (
    IntegrityError,
    OperationalError,
    RaceLostError,
    StoreError,
    UnknownNameError,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import (
    AgendaChange,
    AgendaItem,
    Append,
    Commit,
    Entry,
    Json,
    KeptVersion,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.quota import Quota
from bankservice.journals import MemoryJournal, MemoryQuota, sql_versions
from bankservice.journals.gateway import Gateway, Query
from bankservice.journals.sql import SqlJournal
from bankservice.journals.sql_quota import SqlQuota

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUBJECT = Stream("bank", "test.record", "c-1")


def entry(version: int = 1, *, of: Stream = SUBJECT, data: dict[str, Any] | None = None) -> Entry:
    """Return a plain entry."""
    return Entry(
        stream=of,
        version=version,
        kind="noted",
        effective_at=NOON,
        recorded_at=NOON,
        actor="teller-1",
        command_id=f"c-{version}",
        data=data or {},
    )


def appended(
    version: int = 1, *, of: Stream = SUBJECT, data: dict[str, Any] | None = None
) -> Commit:
    """Return a commit of one entry."""
    return Commit(appends=(Append(of, version - 1, (entry(version, of=of, data=data),)),))


def receipt(command_id: str = "c-1") -> Receipt:
    """Return a receipt."""
    return Receipt("bank", command_id, "3f9a", {}, NOON)


def filled(path: Path) -> str:
    """Make a journal with one entry in a file and return its URL."""
    url = f"sqlite:///{path}"
    with SqlJournal.open(url) as journal:
        journal.commit(appended())
    return url


# --- inside the host's transaction --------------------------------------------------------------


class Host:
    """A host with a table of its own and a connection it has open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE work (note TEXT)")
            SqlJournal.on(connection).create()
        connection.close()

    def committed(self) -> tuple[list[str], int]:
        """Return the host's notes and the number of our entries, as another connection sees them."""
        connection = sqlite3.connect(self.path)
        notes = [note for (note,) in connection.execute("SELECT note FROM work ORDER BY note")]
        (entries,) = connection.execute("SELECT count(*) FROM bankservice_entries").fetchone()
        connection.close()
        return notes, entries


class DbapiHost(Host):
    """A host with a plain sqlite3 connection."""

    def open(self) -> sqlite3.Connection:
        """Open the host's connection."""
        self.connection = sqlite3.connect(self.path)
        return self.connection

    def work(self, note: str) -> None:
        """Do some work of the host's own."""
        self.connection.execute("INSERT INTO work VALUES (?)", (note,))

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class ManualHost(DbapiHost):
    """A host that gives BEGIN itself, as Django does inside `atomic`."""

    def open(self) -> sqlite3.Connection:
        """Open the host's connection and begin."""
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.execute("BEGIN")
        return self.connection


class SqlAlchemyHost(Host):
    """A host with a SQLAlchemy connection."""

    def open(self) -> Connection:
        """Open the host's connection."""
        self.engine = create_engine(f"sqlite:///{self.path}")
        self.connection = self.engine.connect()
        return self.connection

    def work(self, note: str) -> None:
        """Do some work of the host's own."""
        self.connection.exec_driver_sql("INSERT INTO work VALUES (?)", (note,))

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
        self.engine.dispose()


class BeginningHost(SqlAlchemyHost):
    """A host with the known recipe for SQLite: the driver begins nothing, SQLAlchemy does."""

    def open(self) -> Connection:
        """Open the host's connection."""
        self.engine = create_engine(f"sqlite:///{self.path}")
        self.engine.update_execution_options(sqlite_legacy=False)

        @event.listens_for(self.engine, "connect")
        def quiet(raw: sqlite3.Connection, _: object) -> None:
            raw.isolation_level = None

        @event.listens_for(self.engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        self.connection = self.engine.connect()
        return self.connection


AnyHost = DbapiHost | SqlAlchemyHost


@pytest.fixture(params=[DbapiHost, ManualHost, SqlAlchemyHost, BeginningHost])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyHost]:
    """Give a host of each kind."""
    made = request.param(tmp_path / "host.db")
    yield made
    made.close()


class TestInsideTheHostsTransaction:
    """The host's commit or rollback is ours, and we never give either."""

    @pytest.mark.parametrize("first", ["host", "journal"])
    def test_host_commits(self, host: AnyHost, first: str) -> None:
        """Nothing of ours is there for others until the host commits; then all of it is."""
        journal = SqlJournal.on(host.open())
        if first == "host":
            host.work("a")
        journal.commit(appended())
        journal.commit(appended(2))
        host.work("b")
        assert ([], 0) == host.committed()

        host.connection.commit()

        assert (["a", "b"] if first == "host" else ["b"], 2) == host.committed()

    @pytest.mark.parametrize("first", ["host", "journal"])
    def test_host_rolls_back(self, host: AnyHost, first: str) -> None:
        """The host's rollback removes what we wrote, wherever the transaction began."""
        journal = SqlJournal.on(host.open())
        if first == "host":
            host.work("a")
        journal.commit(appended())
        assert 1 == len(journal.read(SUBJECT))

        host.connection.rollback()

        assert ([], 0) == host.committed()
        assert () == journal.read(SUBJECT)

    def test_conflict_leaves_the_hosts_work_alive(self, host: AnyHost) -> None:
        """After a refused commit the host's work and our earlier commits are as they were."""
        journal = SqlJournal.on(host.open())
        host.work("before")
        journal.commit(attrs.evolve(appended(), receipt=receipt()))

        with pytest.raises(RaceLostError) as lost:
            journal.commit(appended())
        with pytest.raises(IntegrityError):
            journal.commit(attrs.evolve(appended(2), receipt=receipt()))

        assert ("bank/test.record/c-1", 0, 1) == (
            lost.value.stream,
            lost.value.expected,
            lost.value.found,
        )
        host.work("later")
        host.connection.commit()
        assert (["before", "later"], 1) == host.committed()

    def test_close_leaves_the_connection_open(self, host: AnyHost) -> None:
        """Closing a joined journal closes nothing of the host's."""
        with SqlJournal.on(host.open()) as journal:
            journal.commit(appended())

        host.work("after")
        host.connection.commit()
        assert (["after"], 1) == host.committed()

    def test_autocommit_has_no_transaction_to_join(self, tmp_path: Path) -> None:
        """On a connection in autocommit mode each commit stands alone, whole or not at all."""
        host = DbapiHost(tmp_path / "host.db")
        connection = sqlite3.connect(host.path, isolation_level=None)
        journal = SqlJournal.on(connection)

        journal.commit(appended())
        with pytest.raises(IntegrityError):
            journal.commit(
                Commit(appends=appended(2).appends, snapshots=(Snapshot(SUBJECT, 9, 1, {}),))
            )

        assert ([], 1) == host.committed()
        assert not connection.in_transaction
        connection.close()

    if sys.version_info >= (3, 12):  # the driver's switch came with 3.12

        @pytest.mark.parametrize("autocommit", [True, False])
        def test_newer_autocommit_switch(self, tmp_path: Path, autocommit: bool) -> None:
            """The driver's newer switch decides as the isolation level does."""
            host = DbapiHost(tmp_path / "host.db")
            options: dict[str, Any] = {"autocommit": autocommit}
            connection = sqlite3.connect(host.path, **options)

            SqlJournal.on(connection).commit(appended())

            assert ([], int(autocommit)) == host.committed()
            connection.commit()
            assert ([], 1) == host.committed()
            connection.close()

    def test_other_things_are_refused(self) -> None:
        """Something that is no connection is refused with what to pass instead."""
        with pytest.raises(TypeError, match=r"got a str; pass a SQLAlchemy Connection"):
            SqlJournal.on("sqlite://")

    def test_other_databases_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection to another database is refused by name."""
        engine = create_engine("sqlite://")
        with engine.connect() as connection:
            monkeypatch.setattr(engine.dialect, "name", "mysql")

            with pytest.raises(ValueError, match="'mysql'"):
                SqlJournal.on(connection)
        engine.dispose()

    def test_other_drivers_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A SQLite connection through another driver is refused when it is used."""
        engine = create_engine("sqlite://")
        with engine.connect() as connection:
            journal = SqlJournal.on(connection)
            monkeypatch.setattr(type(connection.connection), "driver_connection", object())

            with pytest.raises(TypeError, match="got a object"):
                journal.read(SUBJECT)
            monkeypatch.undo()
            monkeypatch.setattr(engine.dialect, "driver", "pysqlcipher")
            with pytest.raises(TypeError, match=r"sqlite\+pysqlcipher.*by sqlite\+pysqlite"):
                SqlJournal.on(connection)
        engine.dispose()


def pragma(name: str) -> Query:
    """Return the question for a setting of SQLite."""
    return Query(text(f"PRAGMA {name}"))


# --- opening ------------------------------------------------------------------------------------


class TestOpen:
    """What cannot be opened is refused by name; what is opened has the settings it was asked for."""

    def test_not_a_database(self, tmp_path: Path) -> None:
        """A file that is no database is refused as such."""
        (tmp_path / "bank.db").write_bytes(b"customer,tier\n" * 100)

        with pytest.raises(StoreError, match="SQLITE_NOTADB"):
            SqlJournal.open(f"sqlite:///{tmp_path}/bank.db")

    def test_unreachable(self, tmp_path: Path) -> None:
        """A path that cannot be opened is machine trouble."""
        with pytest.raises(OperationalError, match="unable to open"):
            SqlJournal.open(f"sqlite:///{tmp_path}/nowhere/bank.db")

    def test_other_databases(self) -> None:
        """A URL of another database is refused by name."""
        with pytest.raises(ValueError, match="'mysql'"):
            SqlJournal.open("mysql://localhost/bank")

    def test_settings(self, tmp_path: Path) -> None:
        """WAL and FULL are the defaults, NORMAL a choice, anything else refused."""
        url = f"sqlite:///{tmp_path}/bank.db"
        for chosen, kept in (("FULL", 2), ("NORMAL", 1)):
            journal = SqlJournal.open(url, synchronous=chosen)  # type: ignore[arg-type]
            with journal, journal.gateway.reading() as run:
                assert [(kept,)] == run.rows(pragma("synchronous"))
                assert [("wal",)] == run.rows(pragma("journal_mode"))
                assert [(5_000,)] == run.rows(pragma("busy_timeout"))
        with pytest.raises(ValueError, match="pass 'FULL' or 'NORMAL'"):
            SqlJournal.open(url, synchronous="OFF")  # type: ignore[arg-type]


# --- a bad day ----------------------------------------------------------------------------------


class TestBadDay:
    """Machine trouble is an error of ours, and nothing is half written."""

    def test_locked(self, tmp_path: Path) -> None:
        """A database that another writer holds gives OperationalError; later it works."""
        url = filled(tmp_path / "bank.db")
        other = sqlite3.connect(tmp_path / "bank.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with SqlJournal.open(url, busy_seconds=0.05) as journal:
            assert 1 == len(journal.read(SUBJECT))
            with pytest.raises(OperationalError, match="SQLITE_BUSY"):
                journal.commit(appended(2))

            other.execute("ROLLBACK")
            journal.commit(appended(2))

            assert 2 == len(journal.read(SUBJECT))
        other.close()

    def test_full(self, tmp_path: Path) -> None:
        """A full database gives OperationalError, nothing half written; with room it works."""
        url = filled(tmp_path / "bank.db")
        streams = [Stream("bank", "test.record", f"f-{number}") for number in range(200)]
        appends = tuple(
            Append(each, 0, (entry(of=each, data={"text": "x" * 2_000}),)) for each in streams
        )
        big = Commit(appends=appends, receipt=receipt())
        with SqlJournal.open(url) as journal:
            with journal.gateway.reading() as run:
                ((pages,),) = run.rows(pragma("page_count"))
                run.plain(f"PRAGMA max_page_count = {pages + 5}")

            with pytest.raises(OperationalError, match="SQLITE_FULL"):
                journal.commit(big)

            assert 1 == len(journal.feed(limit=1_000))
            assert {} == journal.receipts("bank", ["c-1"])
            with journal.gateway.reading() as run:
                run.plain("PRAGMA max_page_count = 1000000")
            journal.commit(big)
            assert 201 == len(journal.feed(limit=1_000))

    def test_full_under_a_host(self, tmp_path: Path) -> None:
        """A database that fills up inside a host's transaction is reported, not hidden."""
        host = DbapiHost(tmp_path / "host.db")
        connection = host.open()
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
        journal = SqlJournal.on(connection)
        host.work("before")

        with pytest.raises(OperationalError, match="SQLITE_FULL"):
            journal.commit(appended(data={"text": "x" * 100_000}))

        connection.commit()
        assert 0 == host.committed()[1]
        host.close()

    def test_no_connection_is_free(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When all connections are taken for too long, that is machine trouble too."""
        with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db") as journal:

            def taken(*_: object) -> None:
                raise sqlalchemy_errors.TimeoutError("all are taken")

            monkeypatch.setattr("sqlalchemy.Engine.raw_connection", taken)

            with pytest.raises(OperationalError, match="no connection is free"):
                journal.read(SUBJECT)

    def test_closed_connection(self) -> None:
        """A connection the host has closed is reported as a store that cannot be used."""
        connection = sqlite3.connect(":memory:")
        journal = SqlJournal.on(connection)
        connection.close()

        with pytest.raises(StoreError, match="closed database"):
            journal.read(SUBJECT)

    def test_constraint_of_a_trigger(self, tmp_path: Path) -> None:
        """A refusal by a rule the bank put into the database is an IntegrityError."""
        url = filled(tmp_path / "bank.db")
        with sqlite3.connect(tmp_path / "bank.db") as connection:
            connection.execute(
                "CREATE TRIGGER closed BEFORE INSERT ON bankservice_receipts "
                "BEGIN SELECT RAISE(ABORT, 'the books are closed'); END"
            )
        connection.close()
        with SqlJournal.open(url) as journal:
            with pytest.raises(IntegrityError, match="the books are closed"):
                journal.commit(attrs.evolve(appended(2), receipt=receipt()))

            assert 1 == len(journal.read(SUBJECT))

    def test_conflict_that_is_gone_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If the other writer's entries are gone when we look, the race is lost all the same."""
        with SqlJournal.open(filled(tmp_path / "bank.db")) as journal:
            monkeypatch.setattr(sql_versions, "at_present", lambda run, stream: 0)

            with pytest.raises(RaceLostError, match="another version") as lost:
                journal.commit(appended())

            assert lost.value.found is None

    def test_interrupted(self, tmp_path: Path) -> None:
        """An interrupt inside a unit of writes leaves nothing of it and frees the database."""
        with SqlJournal.open(f"sqlite:///{tmp_path}/bank.db") as journal:

            def interrupted() -> None:
                with journal.gateway.writing() as run:
                    run.plain("INSERT INTO bankservice_quotas VALUES ('bank', 'gifts', 1, 0)")
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                interrupted()
            journal.commit(appended())

            with pytest.raises(UnknownNameError):
                SqlQuota(journal).left("gifts", now=NOON)

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///{}/bank.db"])
    def test_threads(self, tmp_path: Path, url: str) -> None:
        """Threads that share a journal lose, double and skip nothing."""
        with SqlJournal.open(url.format(tmp_path), busy_seconds=20) as journal:
            start = threading.Barrier(4)

            def write(number: int) -> None:
                of = Stream("bank", "test.record", f"t-{number}")
                start.wait()
                for version in range(1, 26):
                    journal.commit(appended(version, of=of))

            with ThreadPoolExecutor(4) as pool:
                list(pool.map(write, range(4)))

            fed = journal.feed(limit=1_000)
            assert list(range(1, 101)) == [each.position for each in fed]
            for number in range(4):
                of = Stream("bank", "test.record", f"t-{number}")
                assert 25 == len(journal.read(of))


# --- what may be written, in both journals ------------------------------------------------------


@pytest.fixture(params=["memory", "sql"])
def journal(request: pytest.FixtureRequest) -> Iterator[MemoryJournal | SqlJournal]:
    """Give both journals."""
    if request.param == "memory":
        yield MemoryJournal()
    else:
        with SqlJournal.open("sqlite://") as opened:
            yield opened


AnyJournal = MemoryJournal | SqlJournal


class TestWhatMayBeWritten:
    """What could not come back equal is refused before anything is written."""

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (1.5, r"data\.n is a float"),
            (float("nan"), r"data\.n is a float"),
            ([{"deep": [0, 2.5]}], r"data\.n\[0\]\.deep\[1\] is a float"),
            ({1: "one"}, r"data\.n has a key of type int"),
            (b"bytes", r"data\.n is a bytes"),
            (NOON, r"data\.n is a datetime"),
            ({1, 2}, r"data\.n is a set"),
        ],
    )
    def test_values_json_would_change(self, journal: AnyJournal, value: Any, message: str) -> None:
        """Floats, keys that are not text and foreign types are refused with their place."""
        good = Stream("bank", "test.record", "good")
        bad = appended(data={"a": 1, "n": value}).appends[0]

        with pytest.raises(TypeError, match=message):
            journal.commit(Commit(appends=(Append(good, 0, (entry(of=good),)), bad)))

        assert () == journal.feed(limit=10)

    def test_keys_that_are_not_text(self, journal: AnyJournal) -> None:
        """A key that is not text is refused in a flat mapping too."""
        data: dict[Any, Any] = {1: "one"}

        with pytest.raises(TypeError, match="data has a key of type int"):
            journal.commit(appended(data=data))

    @pytest.mark.parametrize(
        "make",
        [
            lambda bad: Commit(receipt=attrs.evolve(receipt(), result=bad)),
            lambda bad: Commit(receipt=attrs.evolve(receipt(), content=bad)),
            lambda bad: Commit(snapshots=(Snapshot(SUBJECT, 1, 1, bad),)),
            lambda bad: Commit(appends=(Append(SUBJECT, 0, (attrs.evolve(entry(), sealed=bad),)),)),
        ],
    )
    def test_floats_anywhere(
        self, journal: AnyJournal, make: Callable[[dict[str, Any]], Commit]
    ) -> None:
        """Results, contents, states and sealed parts are held to the same rule."""
        with pytest.raises(TypeError, match="is a float"):
            journal.commit(make({"rate": 0.05}))

    def test_half_a_surrogate_pair(self, journal: AnyJournal) -> None:
        """Text that UTF-8 cannot carry is refused."""
        with pytest.raises(UnicodeEncodeError):
            journal.commit(appended(data={"text": "\ud800"}))

        assert () == journal.feed(limit=10)

    def test_naive_and_distant_instants(self, journal: AnyJournal) -> None:
        """A naive instant is refused, and one that UTC cannot express."""
        naive = datetime(2026, 3, 2)  # noqa: DTZ001 - the point of the test

        with pytest.raises(ValueError, match="has no time zone"):
            journal.commit(Commit(receipt=attrs.evolve(receipt(), recorded_at=naive)))
        early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            journal.commit(Commit(agenda=(AgendaChange(SUBJECT, "review", early),)))

    @pytest.mark.parametrize("expected", [0, 1])
    def test_two_appends_for_one_stream(self, journal: AnyJournal, expected: int) -> None:
        """A commit has at most one append for each stream."""
        first = Append(SUBJECT, 0, (entry(),))
        second = Append(SUBJECT, expected, (entry(expected + 1),))

        with pytest.raises(ValueError, match=r"two appends for bank/test\.record/c-1"):
            journal.commit(Commit(appends=(first, second)))

        assert () == journal.feed(limit=10)

    @pytest.mark.parametrize("version", [0, 2])
    def test_snapshot_of_no_version(self, journal: AnyJournal, version: int) -> None:
        """A snapshot beyond its stream would hide entries to come; it is refused."""
        ahead = Snapshot(SUBJECT, version, 1, {})

        with pytest.raises(IntegrityError, match=f"is at version {version}"):
            journal.commit(attrs.evolve(appended(), snapshots=(ahead,)))

        assert () == journal.feed(limit=10)

    def test_older_snapshot(self, journal: AnyJournal) -> None:
        """An older snapshot does not replace a newer one; one of another layout does."""
        journal.commit(appended(1))
        journal.commit(appended(2))
        journal.commit(Commit(snapshots=(Snapshot(SUBJECT, 2, 1, {"n": 2}),)))
        journal.commit(Commit(snapshots=(Snapshot(SUBJECT, 1, 1, {"n": 1}),)))
        assert Snapshot(SUBJECT, 2, 1, {"n": 2}) == journal.read_many([SUBJECT])[SUBJECT].snapshot

        journal.commit(Commit(snapshots=(Snapshot(SUBJECT, 2, 2, {"m": 2}),)))

        assert Snapshot(SUBJECT, 2, 2, {"m": 2}) == journal.read_many([SUBJECT])[SUBJECT].snapshot

    def test_other_mappings_and_sequences(self, journal: AnyJournal) -> None:
        """Any mapping comes back as a dict, any sequence as a list."""
        data: dict[str, Json] = {"tiers": FrozenMapping({"gold": (1, 2)}), "none": ()}

        journal.commit(appended(data=data))

        assert {"tiers": {"gold": [1, 2]}, "none": []} == journal.read(SUBJECT)[0].data

    def test_nobody_can_change_history(self, journal: AnyJournal) -> None:
        """What was written stays, whatever happens to the mapping that was given or read."""
        data: dict[str, Json] = {"lots": [1, 2]}
        journal.commit(appended(data=data))
        data["lots"] = []
        read = journal.read(SUBJECT)[0].data
        assert isinstance(read, dict)
        read["lots"].append(3)

        assert {"lots": [1, 2]} == journal.read(SUBJECT)[0].data

    def test_numbers_that_are_none(self, journal: AnyJournal) -> None:
        """Limits, parts and reasons that mean nothing are refused."""
        with pytest.raises(ValueError, match="limit is -1"):
            journal.feed(limit=-1)
        with pytest.raises(ValueError, match="limit is -1"):
            journal.due("bank", NOON, limit=-1)
        for part in ((1, 1), (-1, 2), (0, 0)):
            with pytest.raises(ValueError, match="part is"):
                journal.feed(limit=1, part=part)
        with pytest.raises(ValueError, match="reason for parking is empty"):
            journal.park(AgendaItem(NOON, SUBJECT, "review"), "")

    def test_stale_park(self, journal: AnyJournal) -> None:
        """Parking an item as it was given before somebody claimed it or put it again does
        nothing."""
        put = Commit(agenda=(AgendaChange(SUBJECT, "review", NOON),))
        journal.commit(put)
        (given,) = journal.due("bank", NOON, limit=1)
        (claimed,) = journal.due("bank", NOON, limit=1, lease=Lease(NOON, NOON))

        journal.park(given, "stale")
        journal.park(attrs.evolve(claimed, key="other"), "not there")
        assert () == journal.parked("bank")
        journal.commit(put)
        journal.park(claimed, "stale")
        assert () == journal.parked("bank")

        journal.park(given, "in time")
        assert ["in time"] == [item.parked for item in journal.parked("bank")]

    def test_one_digest_under_two_dates(self, journal: AnyJournal) -> None:
        """Where parameters came back later, the digest leads to the version used first."""
        first = KeptVersion("bank", "tiers", "2026-01-01", "2026-01-01", "d1", "{}")
        journal.commit(Commit(versions=(first,)))
        journal.commit(Commit(versions=(attrs.evolve(first, since="2025-01-01"),)))

        assert first == journal.kept("bank", "tiers", "d1")

    def test_one_commit_with_two_digests(self, journal: AnyJournal) -> None:
        """Two digests under the same dates are refused within one commit too."""
        first = KeptVersion("bank", "tiers", "2026-01-01", "2026-01-01", "d1", "{}")

        with pytest.raises(IntegrityError, match="does not change"):
            journal.commit(Commit(versions=(first, attrs.evolve(first, digest="d2"))))

        assert journal.kept("bank", "tiers", "d1") is None


# --- quotas -------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "sql"])
def quota(request: pytest.FixtureRequest) -> Iterator[Quota]:
    """Give both quotas."""
    if request.param == "memory":
        yield MemoryQuota()
    else:
        with SqlJournal.open("sqlite://") as opened:
            yield SqlQuota(opened)


class TestQuota:
    """What both quotas do beyond their promises."""

    def test_amounts_that_are_none(self, quota: Quota) -> None:
        """Limits, amounts and settlements are whole and not negative; a lease ends after it
        begins."""
        quota.open("gifts", 10)
        later = NOON + timedelta(hours=1)
        half: Any = 1.5

        with pytest.raises(ValueError, match="limit of quota 'budget' is -1"):
            quota.open("budget", -1)
        with pytest.raises(TypeError, match="is a float; pass whole units"):
            quota.open("budget", half)
        with pytest.raises(ValueError, match="amount asked of quota 'gifts' is 0"):
            quota.lease("gifts", "l-1", 0, now=NOON, until=later)
        with pytest.raises(ValueError, match="ends before it begins"):
            quota.lease("gifts", "l-1", 1, now=NOON, until=NOON)
        quota.lease("gifts", "l-1", 1, now=NOON, until=later)
        with pytest.raises(ValueError, match="lease 'l-1' spent is -1"):
            quota.settle("gifts", "l-1", -1, now=NOON)
        assert 9 == quota.left("gifts", now=NOON)

    def test_unknown_lease(self, quota: Quota) -> None:
        """A lease nobody took cannot be settled."""
        quota.open("gifts", 10)

        with pytest.raises(UnknownNameError, match="no lease 'l-1'"):
            quota.settle("gifts", "l-1", 1, now=NOON)

    def test_retry_after_the_end(self, quota: Quota) -> None:
        """A lease asked for again after it ended is still the first one."""
        quota.open("gifts", 10)
        hour = timedelta(hours=1)
        first = quota.lease("gifts", "l-1", 4, now=NOON, until=NOON + hour)

        again = quota.lease("gifts", "l-1", 4, now=NOON + 2 * hour, until=NOON + hour)

        assert first == again


def test_without_sqlalchemy() -> None:
    """Without SQLAlchemy the package imports, and the SQL journal says what to install."""
    script = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "import bankservice, bankservice.journals, bankservice.testing\n"
        "assert 'pytest' not in sys.modules and 'hypothesis' not in sys.modules\n"
        "try: import bankservice.journals.sql\n"
        "except ModuleNotFoundError as missing: print(missing)\n"
    )

    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "install `bankservice[sql]`" in found.stdout


def test_gateway_port() -> None:
    """Both gateways are gateways to the type checker; at run time they have its methods."""
    with SqlJournal.open("sqlite://") as journal:
        own: Gateway = journal.gateway

        assert {"reading", "writing", "close"} <= set(dir(own))
