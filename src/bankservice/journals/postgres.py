"""PostgreSQL, by psycopg 3."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

try:
    import psycopg
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "a journal in PostgreSQL needs psycopg 3, which is not installed; "
        "install `bankservice[postgres]`.",
        name="psycopg",
    ) from missing
except ImportError as missing:
    raise ImportError(
        "psycopg 3 finds no library of PostgreSQL's (libpq); install one, or `psycopg[binary]`, "
        "which brings its own.",
        name="psycopg",
    ) from missing
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.rows import TupleRow, tuple_row
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import psycopg as dialect

from bankservice.core.errors import (
    IntegrityError,
    OperationalError,
    SchemaVersionError,
    StoreError,
)
from bankservice.journals.gateway import (
    ContentionError,
    DuplicateError,
    Query,
    Row,
    Synchronous,
    Text,
    chunks,
)
from bankservice.journals.tables import POSITIONS

__all__ = ["Postgres", "prepare"]

_PRIMARY_KEY = "bankservice_entries_pkey"
_COPY_FROM = 8
"""Rows from which COPY is the quicker way."""


class Postgres:
    """What is particular to PostgreSQL."""

    name = "postgresql"
    dialect: Dialect = dialect.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    errors: type[Exception] = psycopg.Error
    arrays = True
    many_writers = True
    # In autocommit mode a statement is a transaction of its own: two trips less.
    begin_read = ""
    # After a lock was waited for, the next statement must see what its holder wrote.
    begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED"
    begin_host = ""

    def trouble(self, error: psycopg.Error) -> StoreError:
        """Return our error for the driver's, by its SQLSTATE."""
        state = error.sqlstate or ""
        told = str(error).partition("\n")[0] or type(error).__name__
        if state in ("23505", "42P07"):
            if error.diag.constraint_name == _PRIMARY_KEY:
                return IntegrityError(
                    f"the sequence {POSITIONS} is behind the entries there are ({told}), as after a "
                    "restore without it; set it past the highest position. Nothing was written."
                )
            return DuplicateError(
                f"the database has such a row already ({told}); nothing was written."
            )
        if state == "40P01":
            return ContentionError(
                f"two writers waited for each other ({told}); nothing was written. Try again."
            )
        if state == "40001":
            return OperationalError(
                f"the host's transaction is older than another writer's commit ({told}); nothing "
                "was written. Roll it back and run it again."
            )
        if isinstance(error, psycopg.DataError):
            return IntegrityError(f"the database cannot hold or compare a value ({told}).")
        if state.startswith("23"):
            return IntegrityError(f"the database refused the write ({told}); nothing was written.")
        if state in ("42P01", "42703"):
            return SchemaVersionError(
                f"the database has no journal of this bankservice ({told}); "
                "call create() or upgrade() first."
            )
        if state == "42501":
            return OperationalError(
                f"the database does not let us ({told}); grant CREATE on the "
                "schema to make the tables; SELECT, INSERT, UPDATE and DELETE on them and SELECT on "
                f"the sequence {POSITIONS} to use them."
            )
        if state == "25P02":
            return OperationalError(
                "the host's transaction has failed before; roll it back, or to a savepoint, first."
            )
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or state[:2] in (
            "25",
            "53",
            "55",
            "57",
            "58",
        ):
            return OperationalError(
                f"the database cannot do it now ({state or 'no connection'}: {told}). If it was a "
                "commit, its receipt tells whether it was done; give the command again."
            )
        return StoreError(f"the database cannot be used ({state}: {told}).")

    def unreached(self, error: psycopg.Error) -> StoreError:
        """Return our error where a connection could not be made."""
        told = str(error).partition("\n")[0] or type(error).__name__
        return OperationalError(
            f"the database cannot be reached ({told}); check its address, name, user and password, "
            "and that the server runs."
        )

    def shows_rows(self, error: psycopg.Error) -> bool:
        """Tell whether the driver's error holds the values of a row: a constraint's does."""
        return error.sqlstate in ("23502", "23514")

    def cursor(self, connection: psycopg.Connection[Any]) -> psycopg.Cursor[TupleRow]:
        """Return a plain client cursor that gives tuples."""
        if connection.pgconn.pipeline_status != PipelineStatus.OFF:
            raise OperationalError(
                "the host's connection is in pipeline mode, where nobody knows yet what a "
                "statement did; leave the pipeline first."
            )
        return psycopg.Cursor(connection, row_factory=tuple_row)

    def insert(self, cursor: psycopg.Cursor[TupleRow], query: Query, rows: Sequence[Row]) -> None:
        """Insert *rows*: by COPY where there are many and the table cannot hold them yet."""
        text = query.on(self.dialect).sql
        if len(rows) >= _COPY_FROM and "ON CONFLICT" not in text:
            into = text.partition(" VALUES ")[0].removeprefix("INSERT INTO ")
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        # Not `executemany`: it prepares in a pipeline, and where a row before is refused the
        # driver goes on with a name that the server never heard of.
        for start, size in chunks(len(rows)):
            values = [value for row in rows[start : start + size] for value in row]
            cursor.execute(_rows_of(text, size), values)

    def each(self, cursor: psycopg.Cursor[TupleRow], text: Text, rows: Sequence[Row]) -> None:
        """Run a write once for each row of parameters."""
        for row in rows:
            cursor.execute(text.sql, row)

    def begun(self, connection: psycopg.Connection[Any]) -> bool:
        """Tell whether a transaction is open."""
        return connection.info.transaction_status != TransactionStatus.IDLE

    def commits_itself(self, connection: psycopg.Connection[Any]) -> bool:
        """Tell whether the driver opens no transactions."""
        return connection.autocommit

    def broken(self, connection: psycopg.Connection[Any]) -> bool:
        """Tell whether the connection can be used no more."""
        return connection.closed


@cache
def _rows_of(text: str, count: int) -> str:
    """Return an INSERT of one row as one of *count* rows."""
    into, values, rest = text.partition(" VALUES ")
    row, conflict, tail = rest.partition(" ON CONFLICT")
    return f"{into}{values}{', '.join([row] * count)}{conflict}{tail}"


def prepare(
    connection: psycopg.Connection[Any], synchronous: Synchronous, busy_seconds: float
) -> None:
    """Set up a new connection of ours, which is in autocommit mode."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(busy_seconds * 1000)}")
            cursor.execute("SET default_transaction_isolation = 'read committed'")
            if synchronous == "NORMAL":
                cursor.execute("SET synchronous_commit = off")
            else:
                # A server may ask for more than `on`; it must not ask for less.
                cursor.execute(
                    "SELECT set_config('synchronous_commit', 'on', false) "
                    "WHERE current_setting('synchronous_commit') = 'off'"
                )
    except psycopg.Error:
        # The pool does not know it yet, so nobody else would close it.
        connection.close()
        raise
