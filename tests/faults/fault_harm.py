"""What can be done to a database from outside, without being root."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import psycopg
from databases import with_query
from fault_proxy import CuttingProxy, Way
from fault_workers import Said
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

__all__ = ["Harm", "harm_for"]

BUSY: Final = 0.2
"""Seconds a writer waits for a lock where locks are held."""


class Harm(Protocol):
    """
    Faults for one database.

    Attributes:
        url: What writers open.
        busy_seconds: How long they wait for a lock.
    """

    url: str
    busy_seconds: float

    def before(self, kind: str, draws: random.Random) -> None:
        """Prepare a fault before anything is handed out."""

    def room(self, kind: str, draws: random.Random) -> int | None:
        """Return how much room a writer's disk has."""

    def strike(self, kind: str, draws: random.Random) -> None:
        """Do harm."""

    def heard(self, kind: str, said: Said) -> None:
        """Learn what writers say: some faults last until they are noticed."""

    def heal(self, kind: str) -> int:
        """Undo it, and tell how often it struck."""


class SqliteHarm:
    """A disk that is full, and somebody who holds the write lock."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.busy_seconds = BUSY
        self._other = sqlite3.connect(str(make_url(url).database), isolation_level=None)
        self._struck = 0

    def before(self, kind: str, draws: random.Random) -> None:
        """Nothing needs to be prepared."""

    def room(self, kind: str, draws: random.Random) -> int | None:
        """Give each writer room for some pages, and not always for whole ones."""
        return draws.randint(0, 60_000) if kind == "full" else None

    def strike(self, kind: str, draws: random.Random) -> None:
        """Take the write lock."""
        if kind == "lock" and not self._other.in_transaction:
            # Writers hold it for moments only.
            self._other.execute("PRAGMA busy_timeout = 20000")
            self._other.execute("BEGIN IMMEDIATE")

    def heard(self, kind: str, said: Said) -> None:
        """Give the lock back once somebody waited for it in vain; count what was noticed."""
        if kind == "full" and said.how == "trouble":
            self._struck += 1
        if kind == "lock" and said.how == "trouble" and self._other.in_transaction:
            self._struck += 1
            self._other.execute("ROLLBACK")

    def heal(self, kind: str) -> int:
        """Give the lock back."""
        if self._other.in_transaction:
            self._other.execute("ROLLBACK")
        struck, self._struck = self._struck, 0
        return struck

    def close(self) -> None:
        """Close the connection."""
        self._other.close()


FULL: Final = """
CREATE TABLE faults_full (place text NOT NULL);
CREATE FUNCTION faults_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM faults_full WHERE place = TG_NAME) AND random() < 0.5 THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END IF;
    RETURN NULL;
END $$;
"""
PLACES: Final = ("entries", "receipts", "agenda")


class PostgresHarm:
    """Connections cut, server processes ended, a full disk, and somebody who holds a table."""

    def __init__(self, url: str, proxy: CuttingProxy) -> None:
        self._name = f"{conninfo_to_dict(url)['application_name']}_writer"
        lock = f"-clock_timeout={int(BUSY * 1000)}"
        self.url = with_query(proxy.url, application_name=self._name, options=lock)
        self.busy_seconds = BUSY
        self._proxy = proxy
        self._struck = 0
        self._other = psycopg.connect(url, autocommit=True)
        self._other.execute(FULL.encode())
        for place in PLACES:
            for when, late in (("now", ""), ("late", "DEFERRABLE INITIALLY DEFERRED")):
                # One fires with the statement, the other with COMMIT.
                self._other.execute(
                    f"CREATE CONSTRAINT TRIGGER faults_{place}_{when} AFTER INSERT "
                    f"OR UPDATE ON bankservice_{place} {late} FOR EACH ROW EXECUTE FUNCTION faults_full()".encode()
                )

    def before(self, kind: str, draws: random.Random) -> None:
        """Fill the disk in one place, or cut soon."""
        if kind == "full":
            place = f"faults_{draws.choice(PLACES)}_{draws.choice(('now', 'late'))}"
            self._other.execute("INSERT INTO faults_full VALUES (%s)", (place,))
        if kind == "cut":
            self._cut(draws)

    def room(self, kind: str, draws: random.Random) -> int | None:
        """A writer's own disk holds nothing of the journal."""
        return None

    def _cut(self, draws: random.Random) -> None:
        ways: tuple[Way, Way] = ("to server", "to client")
        self._proxy.cut_after(draws.randint(0, 20_000), draws.choice(ways))

    def strike(self, kind: str, draws: random.Random) -> None:
        """Cut again, end a server process, or take a table."""
        match kind:
            case "cut":
                self._cut(draws)
            case "end":
                ended = self._other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = %s ORDER BY pid OFFSET %s LIMIT 1",
                    (self._name, draws.randrange(3)),
                ).fetchall()
                self._struck += len(ended)
            case "lock" if self._idle:
                table = draws.choice(PLACES)
                mode = draws.choice(("SHARE", "ACCESS EXCLUSIVE"))
                self._other.execute("BEGIN")
                self._other.execute(f"LOCK TABLE bankservice_{table} IN {mode} MODE".encode())

    @property
    def _idle(self) -> bool:
        return self._other.info.transaction_status == psycopg.pq.TransactionStatus.IDLE

    def heard(self, kind: str, said: Said) -> None:
        """Give the table back once somebody waited for it in vain; count what was noticed."""
        if said.how != "trouble":
            return
        if kind == "full":
            self._struck += 1
        if kind == "lock" and not self._idle:
            self._struck += 1
            self._other.execute("ROLLBACK")

    def heal(self, kind: str) -> int:
        """Undo everything."""
        if not self._idle:
            self._other.execute("ROLLBACK")
        self._other.execute("DELETE FROM faults_full")
        self._proxy.heal()
        struck, self._struck = self._struck + self._proxy.cuts, 0
        self._proxy.cuts = 0
        return struck

    def close(self) -> None:
        """Close the connection."""
        self._other.close()


@contextmanager
def harm_for(url: str) -> Iterator[Harm]:
    """Give what can be done to the database of *url*; its tables are there already."""
    if url.startswith("sqlite"):
        sqlite = SqliteHarm(url)
        try:
            yield sqlite
        finally:
            sqlite.close()
        return
    # The path of a socket must be short.
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as short,
        CuttingProxy(url, Path(short)) as p,
    ):
        postgres = PostgresHarm(url, p)
        try:
            yield postgres
        finally:
            postgres.close()
