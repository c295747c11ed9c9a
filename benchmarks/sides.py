"""
The sides that the journal's benchmarks compare: the journal, the bare driver, a named peer.

The bare driver writes the rows the journal wrote, ready made, into the same tables of another file
or schema, with the same settings. The peer is the recorder of the `eventsourcing` package, given
the same entries as its stored events (stream, version, topic, JSON); it keeps less of an envelope
and no unique command.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bankservice.core.journal import Commit
from bankservice.journals import statements
from bankservice.journals.canonical import to_text
from bankservice.journals.gateway import Row
from bankservice.journals.schema import ddl
from bankservice.journals.sql_rows import entry_rows

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from databases import Postgres, postgres_server

__all__ = [
    "Postgres",
    "Raw",
    "peer",
    "places",
    "postgres_server",
    "raw",
    "rows_of",
    "stored_events",
]

NAMES = statements.ENTRY_COLUMNS
COLUMNS = ", ".join(f'"{name}"' for name in NAMES)


@contextmanager
def places(server: Postgres | None, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Give three fresh URLs: the journal's, the bare driver's, the peer's."""
    if server is None:
        names = ("ours", "raw", "peer")
        yield tuple(f"sqlite:///{folder}/{name}.db" for name in names)  # type: ignore[misc]
        return
    with server.fresh() as ours, server.fresh() as theirs, server.fresh() as other:
        yield ours, theirs, other


class Raw:
    """The bare driver, in autocommit mode, on the journal's tables."""

    def __init__(self, url: str) -> None:
        self.connection: Any
        if url.startswith("sqlite:///"):
            self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
            self.begin, mark, made = "BEGIN IMMEDIATE", "?", ddl("sqlite")
        else:
            self.connection = psycopg.connect(url, autocommit=True)
            self.begin, mark, made = "BEGIN", "%s", ddl("postgresql")
        for statement in made:
            self.connection.execute(statement)
        self.cursor = self.connection.cursor()
        marks = ", ".join([mark] * len(NAMES))
        self.insert = f"INSERT INTO bankservice_entries ({COLUMNS}) VALUES ({marks})"
        self.mark = mark

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows in one transaction, as a careful programmer would: executemany."""
        self.cursor.execute(self.begin)
        if len(rows) == 1:
            self.cursor.execute(self.insert, rows[0])
        else:
            self.cursor.executemany(self.insert, rows)
        self.cursor.execute("COMMIT")

    def read(self, tenant: str, kind: str, key: str) -> list[Row]:
        """Read a stream's rows."""
        marks = " AND ".join(f"{name} = {self.mark}" for name in ("tenant", "kind", "key"))
        self.cursor.execute(
            f"SELECT {COLUMNS} FROM bankservice_entries WHERE {marks} ORDER BY version",
            (tenant, kind, key),
        )
        rows: list[Row] = self.cursor.fetchall()
        return rows

    def feed(self, after: int, limit: int) -> list[Row]:
        """Read rows in the order of their positions."""
        self.cursor.execute(
            f"SELECT position, {COLUMNS} FROM bankservice_entries WHERE position > {self.mark} "
            f"ORDER BY position LIMIT {self.mark}",
            (after, limit),
        )
        rows: list[Row] = self.cursor.fetchall()
        return rows


@contextmanager
def raw(url: str) -> Iterator[Raw]:
    """Give the bare driver on fresh tables."""
    made = Raw(url)
    with closing(made.connection):
        yield made


def rows_of(commit: Commit) -> list[Row]:
    """Return the rows of a commit for the bare driver."""
    return [row[: len(NAMES)] for row in entry_rows(commit.appends)]


def stored_events(commit: Commit) -> list[Any]:
    """Return a commit's entries as the peer stores them, serialised beforehand."""
    from eventsourcing.persistence import StoredEvent

    return [
        StoredEvent(
            uuid5(NAMESPACE_OID, str(append.stream)),
            entry.version,
            entry.kind,
            to_text(entry.data, "data").encode(),
        )
        for append in commit.appends
        for entry in append.entries
    ]


@contextmanager
def peer(url: str) -> Iterator[Any]:
    """Give the peer's recorder on fresh tables."""
    if url.startswith("sqlite:///"):
        from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

        datastore: Any = SQLiteDatastore(url.removeprefix("sqlite:///"))
        recorder: Any = SQLiteApplicationRecorder(datastore)
    else:
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

        parts = conninfo_to_dict(url)
        schema = str(parts["options"]).partition("search_path=")[2]
        datastore = PostgresDatastore(
            str(parts["dbname"]),
            str(parts.get("host", "")),
            str(parts.get("port", 5432)),
            str(parts.get("user", "")),
            str(parts.get("password", "")),
            schema=schema,
        )
        recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    with closing(datastore):
        yield recorder
