"""
The way to a database: statements compiled once, one transaction at a time, errors of our own.

A statement is composed with SQLAlchemy Core, compiled to text once for each dialect, and run on
a raw DB-API cursor. So the same text runs on an engine of ours and on any connection a host has
open. (Wrapping an open DB-API connection in a new engine is no way to join it: closing the
engine's connection rolls the host's work back.)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import RLock
from typing import Any, Literal, Protocol, TypeAlias

import attrs
import sqlalchemy
from sqlalchemy import ClauseElement, Dialect, event
from sqlalchemy import exc as sqlalchemy_errors
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import QueuePool, StaticPool

from bankservice.core.errors import (
    IntegrityError,
    OperationalError,
    SchemaVersionError,
    StoreError,
)

__all__ = [
    "DuplicateError",
    "EngineGateway",
    "Gateway",
    "HostGateway",
    "Query",
    "Row",
    "Run",
    "Synchronous",
    "chunks",
]

Row: TypeAlias = tuple[Any, ...]
Synchronous: TypeAlias = Literal["FULL", "NORMAL"]

_SQLITE: Dialect = sqlite.dialect(paramstyle="qmark")
_DUPLICATES = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
_CHUNKS = (100, 10, 1)


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """
    Yield (start, size) pairs that cover *count* things in a few fixed sizes.

    A statement over many streams has one text for each size, so there are few texts to compile.
    """
    start = 0
    for size in _CHUNKS:
        while count - start >= size:
            yield start, size
            start += size


class DuplicateError(IntegrityError):
    """A row with this key is there already."""


@attrs.frozen
class _Text:
    """A compiled statement: its text, the names of its parameters in order, its own literals."""

    sql: str
    names: tuple[str, ...]
    literals: Mapping[str, object]

    def values(self, named: Mapping[str, object]) -> tuple[object, ...]:
        return tuple(named[name] if name in named else self.literals[name] for name in self.names)


class Query:
    """
    A statement, composed once and compiled once for each dialect.

    Args:
        clause: What SQLAlchemy Core composed.
        columns: For an insert, the columns given, in the table's order.
    """

    def __init__(self, clause: ClauseElement, columns: Sequence[str] | None = None) -> None:
        self._clause = clause
        self._columns = None if columns is None else list(columns)
        self._texts: dict[str, _Text] = {}

    def on(self, dialect: Dialect) -> _Text:
        """Return the statement as *dialect* words it."""
        text = self._texts.get(dialect.name)
        if text is None:
            compiled = self._clause.compile(dialect=dialect, column_keys=self._columns)
            names = tuple(getattr(compiled, "positiontup", None) or ())
            # A parameter without a value of its own stands here as None or a marker.
            literals = {k: v for k, v in (compiled.params or {}).items() if type(v) in (int, str)}
            text = self._texts[dialect.name] = _Text(str(compiled), names, literals)
        return text


def _trouble(error: sqlite3.Error) -> StoreError:
    """Return our error for the driver's, by its name and not by its words."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if name in _DUPLICATES:
        return DuplicateError(
            f"the database has such a row already ({error}); nothing was written."
        )
    if name.startswith("SQLITE_CONSTRAINT"):
        return IntegrityError(f"the database refused the write ({error}); nothing was written.")
    # SQLite has one code for every fault in a statement; ours are tested, so only a table that
    # is not there can be behind it.
    if name == "SQLITE_ERROR" and "no such table" in str(error):
        return SchemaVersionError(
            f"the database has no journal of bankservice ({error}); call create() first."
        )
    if isinstance(error, sqlite3.OperationalError):
        return OperationalError(
            f"the database cannot do it now ({name}: {error}); nothing was written. "
            "Free it or make room, then try again."
        )
    return StoreError(f"the database cannot be used ({name}: {error}).")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _trouble(error) from error


class Run:
    """Statements on one cursor, inside the transaction that handed it out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        with _translated():
            self._cursor = connection.cursor()
        # The host's connection may give rows as something else than tuples.
        self._cursor.row_factory = None

    def plain(self, sql: str) -> list[Row]:
        """Run a statement without parameters, such as BEGIN."""
        with _translated():
            return self._cursor.execute(sql).fetchall()

    def rows(self, query: Query, **named: object) -> list[Row]:
        """Return the rows *query* gives."""
        return self.rows_of(query, named)

    def rows_of(self, query: Query, named: Mapping[str, object]) -> list[Row]:
        """Return the rows *query* gives, for parameters whose names are computed."""
        text = query.on(_SQLITE)
        with _translated():
            return self._cursor.execute(text.sql, text.values(named)).fetchall()

    def one(self, query: Query, **named: object) -> Row | None:
        """Return the first row *query* gives, if any."""
        rows = self.rows_of(query, named)
        return rows[0] if rows else None

    def write(self, query: Query, **named: object) -> int:
        """Run a write and return the number of rows it touched."""
        text = query.on(_SQLITE)
        with _translated():
            return self._cursor.execute(text.sql, text.values(named)).rowcount

    def insert(self, query: Query, rows: Iterable[Row]) -> None:
        """Insert *rows*, whose values stand in the order of the query's columns."""
        with _translated():
            self._cursor.executemany(query.on(_SQLITE).sql, rows)

    def each(self, query: Query, named: Sequence[Mapping[str, object]]) -> None:
        """Run a write once for each set of parameters."""
        if named:
            text = query.on(_SQLITE)
            with _translated():
                self._cursor.executemany(text.sql, [text.values(one) for one in named])


class Gateway(Protocol):
    """How a store reaches its database."""

    def reading(self) -> AbstractContextManager[Run]:
        """Give one state of the database for several reads."""

    def writing(self) -> AbstractContextManager[Run]:
        """Give a unit of writes: all of it, or nothing after an exception."""

    def close(self) -> None:
        """Let go of what this gateway opened itself."""


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[Run]:
    """Run a transaction that is ours from beginning to end."""
    run = Run(connection)
    run.plain(begin)
    try:
        yield run
        run.plain("COMMIT")
    except BaseException:
        # After some errors (a full disk) SQLite has rolled back on its own.
        if connection.in_transaction:
            run.plain("ROLLBACK")
        raise


@contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[Run]:
    """Run a part of somebody else's transaction that can fail without taking it along."""
    run = Run(connection)
    run.plain("SAVEPOINT bankservice")
    try:
        yield run
        run.plain("RELEASE bankservice")
    except BaseException:
        if connection.in_transaction:
            run.plain("ROLLBACK TO bankservice")
            run.plain("RELEASE bankservice")
        raise


class EngineGateway:
    """
    A database of ours, through a SQLAlchemy engine.

    Args:
        url: `sqlite:///path.db`, or `sqlite://` for a database in memory.
        synchronous: FULL survives a power cut; NORMAL may lose the last commits in one.
        busy_seconds: How long to wait for another writer.

    Raises:
        ValueError: If *url* names another database.
    """

    def __init__(self, url: str, *, synchronous: Synchronous, busy_seconds: float) -> None:
        address = sqlalchemy.make_url(url)
        if address.get_backend_name() != "sqlite":
            raise ValueError(
                f"the database is {address.get_backend_name()!r}; this package writes 'sqlite'. "
                "Pass a URL like 'sqlite:///bank.db'."
            )
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f"synchronous is {synchronous!r}; pass 'FULL' or 'NORMAL'.")
        in_memory = address.database in (None, "", ":memory:")
        # A database in memory lives in one connection, which threads take in turn.
        self._turn: AbstractContextManager[object] = RLock() if in_memory else nullcontext()
        self._engine = sqlalchemy.create_engine(
            address,
            poolclass=StaticPool if in_memory else QueuePool,
            # Without an isolation level the driver begins nothing on its own: a deferred BEGIN
            # is refused at once when it turns from reading to writing beside another writer.
            connect_args={"isolation_level": None, "check_same_thread": False},
        )

        def prepare(connection: sqlite3.Connection, _: object) -> None:
            try:
                connection.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
                # Asked first: changing the mode needs the file alone, even from WAL to WAL.
                if connection.execute("PRAGMA journal_mode").fetchone() == ("delete",):
                    connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA synchronous = {synchronous}")
            except sqlite3.Error:
                # The pool does not know it yet, so nobody else would close it.
                connection.close()
                raise

        event.listen(self._engine, "connect", prepare)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                pooled = self._engine.raw_connection()
            except (sqlite3.Error, sqlalchemy_errors.SQLAlchemyError) as error:
                cause = getattr(error, "orig", None) or error
                if isinstance(cause, sqlite3.Error):
                    raise _trouble(cause) from error
                raise OperationalError(f"no connection is free ({cause}); try again.") from error
            try:
                connection = pooled.driver_connection
                assert isinstance(connection, sqlite3.Connection)
                yield connection
            finally:
                pooled.close()

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Give one state of the database for several reads."""
        with self._connection() as connection, _transaction(connection, "BEGIN") as run:
            yield run

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """Give a transaction that holds the write lock from its beginning."""
        with self._connection() as connection, _transaction(connection, "BEGIN IMMEDIATE") as run:
            yield run

    def close(self) -> None:
        """Close the engine's connections."""
        self._engine.dispose()


def _commits_itself(connection: sqlite3.Connection) -> bool:
    """Tell whether the driver opens no transactions, so that each statement stands alone."""
    mode = getattr(connection, "autocommit", None)  # Python 3.12 and later
    return mode if isinstance(mode, bool) else connection.isolation_level is None


class HostGateway:
    """
    A connection the host has open. Its commit or rollback is ours; we never give either.

    Only where the host's connection is in autocommit mode and no transaction is open is there
    nothing to join: then each unit of writes is a transaction of its own.

    Args:
        connection: A SQLAlchemy `Connection` or a `sqlite3.Connection`.

    Raises:
        TypeError: If it is neither.
        ValueError: If it leads to another database than SQLite.
    """

    def __init__(self, connection: object) -> None:
        if isinstance(connection, sqlalchemy.Connection):
            if connection.dialect.name != "sqlite":
                raise ValueError(
                    f"the connection leads to {connection.dialect.name!r}; this package writes "
                    "'sqlite'."
                )
            self._host: Callable[[], sqlite3.Connection] = _begun(connection)
        elif isinstance(connection, sqlite3.Connection):
            self._host = lambda: connection
        else:
            raise TypeError(
                f"got a {type(connection).__name__}; pass a SQLAlchemy Connection "
                "(`session.connection()` of a session) or a sqlite3.Connection "
                "(`connection.connection` in Django)."
            )

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Give reads inside whatever the host has begun."""
        yield Run(self._host())

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """Give a savepoint inside the host's transaction, which begins here if it has not."""
        connection = self._host()
        if not connection.in_transaction:
            if _commits_itself(connection):
                with _transaction(connection, "BEGIN IMMEDIATE") as run:
                    yield run
                return
            # The driver would begin a transaction before the first write, but not before a
            # SAVEPOINT; releasing an outermost savepoint commits.
            Run(connection).plain("BEGIN IMMEDIATE")
        with _savepoint(connection) as run:
            yield run

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def _begun(connection: sqlalchemy.Connection) -> Callable[[], sqlite3.Connection]:
    def host() -> sqlite3.Connection:
        # SQLAlchemy does not see what runs on the raw cursor. Without a transaction of its own
        # the host's commit() would do nothing.
        if not connection.in_transaction():
            connection.begin()
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            raise TypeError(f"the driver is {type(raw).__module__}; use SQLite's own, `pysqlite`.")
        return raw

    return host
