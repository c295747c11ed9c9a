"""
A connection the host has open: its commit or rollback is ours.

Wrapping an open DB-API connection in a new SQLAlchemy engine is no way to join it: closing the
engine's connection rolls the host's work back. So compiled statements run on it directly.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy

from bankservice.journals.engine import transaction
from bankservice.journals.gateway import Database, Run

__all__ = ["HostGateway"]


class _Django(Protocol):
    """What is needed of a connection of Django (`django.db.connection`)."""

    vendor: str
    connection: Any

    def ensure_connection(self) -> None: ...


@contextmanager
def _savepoint(database: Database, connection: Any) -> Iterator[Run]:
    """Run a part of somebody else's transaction that can fail without taking it along."""
    run = Run(database, connection, joined=True)
    run.plain("SAVEPOINT bankservice")
    try:
        yield run
        run.plain("RELEASE SAVEPOINT bankservice")
    except BaseException:
        if not database.broken(connection) and database.begun(connection):
            run.plain("ROLLBACK TO SAVEPOINT bankservice")
            run.plain("RELEASE SAVEPOINT bankservice")
        raise


class HostGateway:
    """
    A connection the host has open. Its commit or rollback is ours; we never give either.

    Only where the host's connection is in autocommit mode and no transaction is open is there
    nothing to join: then each unit of writes is a transaction of its own.

    Args:
        connection: A SQLAlchemy `Connection` or `Session`, Django's `connection`, a
            `sqlite3.Connection` or a `psycopg.Connection`.

    Raises:
        TypeError: If it is none of them, or an asynchronous one.
        ValueError: If it leads to another database than SQLite and PostgreSQL.
    """

    def __init__(self, connection: object) -> None:
        name, self._host = _opened(connection)
        self.database = _database(name)

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Give reads inside whatever the host has begun."""
        yield Run(self.database, self._host(), joined=True)

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """Give a savepoint inside the host's transaction, which begins here if it has not."""
        connection, database = self._host(), self.database
        if not database.begun(connection):
            if database.commits_itself(connection):
                with transaction(database, connection, database.begin_write) as run:
                    yield run
                return
            if database.begin_host:
                Run(database, connection).plain(database.begin_host)
        with _savepoint(database, connection) as run:
            yield run

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def _opened(connection: object) -> tuple[str, Callable[[], Any]]:
    """
    Return the database's name, and what gives the raw connection each time it is needed.

    Nothing is begun yet: the host may want to begin its transaction itself.
    """
    if isinstance(connection, sqlalchemy.Connection):
        return _named(connection), lambda: _begun(connection)
    if isinstance(connection, _sessions()):
        session: Any = connection
        return _named(session.get_bind()), lambda: _begun(session.connection())
    if hasattr(connection, "ensure_connection") and hasattr(connection, "vendor"):
        django: Any = connection
        return django.vendor, lambda: _of_django(django)
    return _kind(connection), lambda: connection


def _sessions() -> tuple[type, ...]:
    # A host that has a session has imported this.
    orm = sys.modules.get("sqlalchemy.orm")
    return () if orm is None else (orm.Session, orm.scoped_session)


def _named(bind: sqlalchemy.Connection | sqlalchemy.Engine) -> str:
    drivers = {"sqlite": "pysqlite", "postgresql": "psycopg"}
    name, driver = bind.dialect.name, bind.dialect.driver
    if driver != drivers.get(name, driver):
        raise TypeError(
            f"the driver is {name}+{driver}; this package speaks to it by {name}+{drivers[name]}."
        )
    return name


def _begun(connection: sqlalchemy.Connection) -> Any:
    # SQLAlchemy does not see what runs on the raw cursor. Without a transaction of its own the
    # host's commit() would do nothing.
    if not connection.in_transaction():
        connection.begin()
    raw = connection.connection.driver_connection
    _kind(raw)
    return raw


def _of_django(django: _Django) -> Any:
    django.ensure_connection()
    _kind(django.connection)
    return django.connection


def _kind(raw: object) -> str:
    """Return the name of the database that a raw connection leads to."""
    if isinstance(raw, sqlite3.Connection):
        return "sqlite"
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(raw, psycopg.Connection):
        return "postgresql"
    where = f"{type(raw).__module__}.{type(raw).__qualname__}".removeprefix("builtins.")
    raise TypeError(
        f"got a {where}; pass a SQLAlchemy Connection or Session, Django's `connection`, a "
        "sqlite3.Connection or a psycopg.Connection (psycopg 3, not asynchronous)."
    )


def _database(name: str) -> Database:
    match name:
        case "sqlite":
            from bankservice.journals.sqlite import Sqlite

            return Sqlite()
        case "postgresql":
            from bankservice.journals.postgres import Postgres

            return Postgres()
        case _:
            raise ValueError(
                f"the connection leads to {name!r}; this package writes 'sqlite' and 'postgresql'."
            )
