"""
The way to a database: statements compiled once, one transaction at a time, errors of our own.

A statement is composed with SQLAlchemy Core, compiled to text once for each dialect, and run on
a raw DB-API cursor. So the same text runs on an engine of ours (`engine`) and on any connection a
host has open (`host`). What differs between databases is one `Database` each: `sqlite` and
`postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Literal, Protocol, TypeAlias

import attrs
from sqlalchemy import ClauseElement, Dialect

from bankservice.core.errors import IntegrityError, StoreError

__all__ = [
    "ContentionError",
    "Database",
    "DuplicateError",
    "Gateway",
    "ManyQuery",
    "Query",
    "Row",
    "Run",
    "Synchronous",
    "Text",
    "chunks",
    "translated",
]

Row: TypeAlias = tuple[Any, ...]
Synchronous: TypeAlias = Literal["FULL", "NORMAL"]

_CHUNKS = (100, 10, 1)


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """
    Yield (start, size) pairs that cover *count* things in a few fixed sizes.

    A statement over many has one text for each size, so there are few texts to compile.
    """
    start = 0
    for size in _CHUNKS:
        while count - start >= size:
            yield start, size
            start += size


class DuplicateError(IntegrityError):
    """A row with this key is there already."""


class ContentionError(IntegrityError):
    """Two writers waited for each other, and the database ended this one's attempt."""


@attrs.frozen
class Text:
    """A compiled statement: its text, the names of its parameters in order, its own literals."""

    sql: str
    names: tuple[str, ...]
    literals: Mapping[str, object]

    def values(self, named: Mapping[str, object]) -> tuple[object, ...]:
        """Return the values of the parameters in order."""
        return tuple(named[name] if name in named else self.literals[name] for name in self.names)


class Query:
    """
    A statement, composed once and compiled once for each dialect.

    Args:
        clause: What SQLAlchemy Core composed.
        columns: For an insert, the columns given, in the table's order.
        others: The clause for a dialect (by its name) that needs another.
    """

    def __init__(
        self,
        clause: ClauseElement,
        columns: Sequence[str] | None = None,
        **others: ClauseElement,
    ) -> None:
        self._clause = clause
        self._others = others
        self.columns = None if columns is None else list(columns)
        self._texts: dict[str, Text] = {}

    def on(self, dialect: Dialect) -> Text:
        """Return the statement as *dialect* words it."""
        text = self._texts.get(dialect.name)
        if text is None:
            clause = self._others.get(dialect.name, self._clause)
            compiled = clause.compile(dialect=dialect, column_keys=self.columns)
            names = tuple(getattr(compiled, "positiontup", None) or ())
            # A parameter without a value of its own stands here as None or a marker.
            literals = {k: v for k, v in (compiled.params or {}).items() if type(v) in (int, str)}
            text = self._texts[dialect.name] = Text(str(compiled), names, literals)
        return text


class ManyQuery:
    """
    A statement over many streams, each with a version.

    Args:
        listed: Composes it for a fixed number of streams, whose parameters end in their place
            (`tenant_0`, `kind_0`, `key_0`, `version_0`, …).
        arrays: The same with arrays as parameters (`tenants`, `kinds`, `keys`, `versions`), for a
            database that has them.
    """

    def __init__(self, listed: Callable[[int], ClauseElement], arrays: ClauseElement) -> None:
        self._listed = cache(lambda size: Query(listed(size)))
        self._arrays = Query(arrays)

    def rows(self, run: Run, pairs: Sequence[tuple[Any, int]]) -> Iterator[Row]:
        """Yield the rows for (stream, version) pairs."""
        if not pairs:
            return
        if run.database.arrays:
            streams, versions = zip(*pairs, strict=True)
            yield from run.rows(
                self._arrays,
                tenants=[stream.tenant for stream in streams],
                kinds=[stream.kind for stream in streams],
                keys=[stream.key for stream in streams],
                versions=list(versions),
            )
            return
        for start, size in chunks(len(pairs)):
            named: dict[str, object] = {}
            for index, (stream, version) in enumerate(pairs[start : start + size]):
                named[f"tenant_{index}"] = stream.tenant
                named[f"kind_{index}"] = stream.kind
                named[f"key_{index}"] = stream.key
                named[f"version_{index}"] = version
            yield from run.rows_of(self._listed(size), named)

    def count(self, run: Run, pairs: Sequence[tuple[Any, int]]) -> int:
        """Return the sum of the counts the statement gives for *pairs*."""
        return sum(row[0] for row in self.rows(run, pairs))


class Database(Protocol):
    """
    What differs between databases.

    Attributes:
        name: As SQLAlchemy calls it.
        dialect: Words its statements.
        arrays: Takes arrays as parameters.
        many_writers: Several write at once; otherwise one goes after the other.
        begin_read: Begins a transaction of ours that only reads; empty where none is needed.
        begin_write: Begins one of ours that writes.
        begin_host: Begins the host's; empty where its driver does so before any statement.
    """

    name: str
    dialect: Dialect
    arrays: bool
    many_writers: bool
    begin_read: str
    begin_write: str
    begin_host: str

    @property
    def errors(self) -> type[Exception]:
        """Base of the driver's exceptions."""

    def trouble(self, error: Any) -> StoreError:
        """Return our error for the driver's, by its code and not by its words."""

    def unreached(self, error: Any) -> StoreError:
        """Return our error for the driver's, where a connection could not be made."""

    def shows_rows(self, error: Any) -> bool:
        """Tell whether the driver's error holds the values of a row."""

    def cursor(self, connection: Any) -> Any:
        """Return a cursor that gives tuples, whatever the host's connection is set to give."""

    def insert(self, cursor: Any, query: Query, rows: Sequence[Row]) -> None:
        """Insert *rows* in the quickest way the database has."""

    def each(self, cursor: Any, text: Text, rows: Sequence[Row]) -> None:
        """Run a write once for each row of parameters."""

    def begun(self, connection: Any) -> bool:
        """Tell whether a transaction is open."""

    def commits_itself(self, connection: Any) -> bool:
        """Tell whether the driver begins nothing on its own, so that each statement stands alone."""

    def broken(self, connection: Any) -> bool:
        """Tell whether the connection can be used no more."""


@contextmanager
def translated(database: Database) -> Iterator[None]:
    """Raise our error in the place of the driver's."""
    try:
        yield
    except database.errors as error:
        # A cause that shows a row would bring what it holds into logs.
        raise database.trouble(error) from None if database.shows_rows(error) else error


class Run:
    """
    Statements on one cursor, inside the transaction that handed it out.

    Args:
        database: Which kind of database it is.
        connection: The raw connection.
        joined: The transaction is the host's.
    """

    def __init__(self, database: Database, connection: Any, *, joined: bool = False) -> None:
        self.database = database
        self.joined = joined
        with translated(database):
            self._cursor = database.cursor(connection)

    def sees_present(self) -> bool:
        """
        Tell whether each statement sees the present state.

        A host's transaction may see one state from its beginning, and nothing written since.
        """
        if not self.joined or not self.database.many_writers:
            return True
        with translated(self.database):
            found = self._cursor.execute("SELECT current_setting('transaction_isolation')")
        level: str = found.fetchall()[0][0]
        return level == "read committed"

    def plain(self, sql: str) -> None:
        """Run a statement without parameters, such as BEGIN."""
        with translated(self.database):
            self._cursor.execute(sql)

    def rows(self, query: Query, **named: object) -> list[Row]:
        """Return the rows *query* gives."""
        return self.rows_of(query, named)

    def rows_of(self, query: Query, named: Mapping[str, object]) -> list[Row]:
        """Return the rows *query* gives, for parameters whose names are computed."""
        text = query.on(self.database.dialect)
        with translated(self.database):
            rows: list[Row] = self._cursor.execute(text.sql, text.values(named)).fetchall()
        return rows

    def one(self, query: Query, **named: object) -> Row | None:
        """Return the first row *query* gives, if any."""
        rows = self.rows_of(query, named)
        return rows[0] if rows else None

    def write(self, query: Query, **named: object) -> int:
        """Run a write and return the number of rows it touched."""
        text = query.on(self.database.dialect)
        with translated(self.database):
            self._cursor.execute(text.sql, text.values(named))
        count: int = self._cursor.rowcount
        return count

    def insert(self, query: Query, rows: Sequence[Row]) -> None:
        """Insert *rows*, whose values stand in the order of the query's columns."""
        if rows:
            with translated(self.database):
                self.database.insert(self._cursor, query, rows)

    def each(self, query: Query, named: Sequence[Mapping[str, object]]) -> None:
        """Run a write once for each set of parameters."""
        if named:
            text = query.on(self.database.dialect)
            with translated(self.database):
                self.database.each(self._cursor, text, [text.values(one) for one in named])


class Gateway(Protocol):
    """How a store reaches its database."""

    database: Database

    def reading(self) -> AbstractContextManager[Run]:
        """Give reads. Each statement sees one state; on SQLite, all of them see the same."""

    def writing(self) -> AbstractContextManager[Run]:
        """Give a unit of writes: all of it, or nothing after an exception."""

    def close(self) -> None:
        """Let go of what this gateway opened itself."""
