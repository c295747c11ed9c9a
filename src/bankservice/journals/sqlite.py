"""SQLite, by the driver of the standard library."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from time import sleep

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite

from bankservice.core.errors import (
    IntegrityError,
    OperationalError,
    SchemaVersionError,
    StoreError,
)
from bankservice.journals.gateway import DuplicateError, Query, Row, Synchronous, Text

__all__ = ["Sqlite", "prepare"]

_PAUSE = 0.01
_MISSING = ("no such table", "no such column", "has no column")
_DUPLICATES = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


class Sqlite:
    """What is particular to SQLite."""

    name = "sqlite"
    dialect: Dialect = sqlite.dialect(paramstyle="qmark")
    errors: type[Exception] = sqlite3.Error
    arrays = False
    many_writers = False
    begin_read = "BEGIN"
    # A deferred BEGIN is refused at once when it turns from reading to writing beside another
    # writer; the time to wait for a lock does not help it.
    begin_write = "BEGIN IMMEDIATE"
    # The driver begins before the first write, but not before a SAVEPOINT; releasing an outermost
    # savepoint commits.
    begin_host = begin_write

    def trouble(self, error: sqlite3.Error) -> StoreError:
        """Return our error for the driver's."""
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if name in _DUPLICATES:
            return DuplicateError(
                f"the database has such a row already ({error}); nothing was written."
            )
        if name.startswith("SQLITE_CONSTRAINT"):
            return IntegrityError(f"the database refused the write ({error}); nothing was written.")
        # SQLite has one code for every fault in a statement; ours are tested, so only a table or
        # a column that is not there can be behind it.
        if name == "SQLITE_ERROR" and any(word in str(error) for word in _MISSING):
            return SchemaVersionError(
                f"the database has no journal of this bankservice ({error}); "
                "call create() or upgrade() first."
            )
        if name == "SQLITE_CANTOPEN":
            return OperationalError(
                f"the file cannot be opened ({error}); see that its folder exists, that it is a "
                "file, and that you may write there."
            )
        if name == "SQLITE_NOTADB":
            return StoreError(f"the file is no SQLite database ({name}); is it the right one?")
        if isinstance(error, sqlite3.OperationalError):
            return OperationalError(
                f"the database cannot do it now ({name}: {error}); nothing was written. "
                "Free it or make room, then try again."
            )
        return StoreError(f"the database cannot be used ({name}: {error}).")

    def unreached(self, error: sqlite3.Error) -> StoreError:
        """Return our error where a file could not be opened."""
        return self.trouble(error)

    def shows_rows(self, error: sqlite3.Error) -> bool:
        """Tell whether the driver's error holds the values of a row: never."""
        return False

    def cursor(self, connection: sqlite3.Connection) -> sqlite3.Cursor:
        """Return a cursor that gives tuples."""
        cursor = connection.cursor()
        cursor.row_factory = None
        return cursor

    def insert(self, cursor: sqlite3.Cursor, query: Query, rows: Sequence[Row]) -> None:
        """Insert *rows*, one prepared statement for all."""
        cursor.executemany(query.on(self.dialect).sql, rows)

    def each(self, cursor: sqlite3.Cursor, text: Text, rows: Sequence[Row]) -> None:
        """Run a write once for each row of parameters."""
        cursor.executemany(text.sql, rows)

    def begun(self, connection: sqlite3.Connection) -> bool:
        """Tell whether a transaction is open."""
        return connection.in_transaction

    def commits_itself(self, connection: sqlite3.Connection) -> bool:
        """Tell whether the driver opens no transactions."""
        mode = getattr(connection, "autocommit", None)  # Python 3.12 and later
        return mode if isinstance(mode, bool) else connection.isolation_level is None

    def broken(self, connection: sqlite3.Connection) -> bool:
        """Tell whether the connection can be used no more: a file does not hang up."""
        return False


def prepare(connection: sqlite3.Connection, synchronous: Synchronous, busy_seconds: float) -> None:
    """Set up a new connection of ours."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
        _to_wal(connection, busy_seconds)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
    except sqlite3.Error:
        # The pool does not know it yet, so nobody else would close it.
        connection.close()
        raise


def _to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Change a new file to WAL, which needs it alone and does not wait for that by itself."""
    tries = max(1, int(busy_seconds / _PAUSE))
    for left in reversed(range(tries)):
        # Asked first: another process may have done it, and even from WAL to WAL needs the file.
        if connection.execute("PRAGMA journal_mode").fetchone() != ("delete",):
            return
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if not left:
                raise
            sleep(_PAUSE)
