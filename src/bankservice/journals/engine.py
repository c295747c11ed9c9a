"""A database of ours, reached through a pool of SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import RLock
from typing import Any

import sqlalchemy
from sqlalchemy import URL, event
from sqlalchemy import exc as sqlalchemy_errors
from sqlalchemy.pool import QueuePool, StaticPool

from bankservice.core.errors import OperationalError
from bankservice.journals.gateway import Database, Run, Synchronous

__all__ = ["EngineGateway", "transaction"]


@contextmanager
def transaction(database: Database, connection: Any, begin: str) -> Iterator[Run]:
    """Run a transaction that is ours from beginning to end."""
    run = Run(database, connection)
    run.plain(begin)
    try:
        yield run
        run.plain("COMMIT")
    except BaseException:
        # After some errors (a full disk, a connection that is cut) there is nothing to undo.
        if not database.broken(connection) and database.begun(connection):
            run.plain("ROLLBACK")
        raise


class EngineGateway:
    """
    A database of ours, through a SQLAlchemy engine.

    Args:
        url: `sqlite:///path.db`, `sqlite://` for a database in memory, or
            `postgresql://user@host/database`.
        synchronous: FULL survives a power cut; NORMAL may lose the last commits in one.
        busy_seconds: How long to wait for another writer.

    Raises:
        ValueError: If *url* names another database.
        ModuleNotFoundError: If the driver is not installed.
    """

    def __init__(self, url: str, *, synchronous: Synchronous, busy_seconds: float) -> None:
        try:
            address = sqlalchemy.make_url(url)
        except (ValueError, sqlalchemy_errors.ArgumentError):
            # Its words may hold a part of the password.
            raise ValueError(
                "the address of the database cannot be read; pass one like 'sqlite:///bank.db' or "
                "'postgresql://user:password@host/bank', with %40 for an @ in the password."
            ) from None
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f"synchronous is {synchronous!r}; pass 'FULL' or 'NORMAL'.")
        # A database in memory lives in one connection, which threads take in turn.
        self._turn: AbstractContextManager[object] = nullcontext()
        match address.get_backend_name():
            case "sqlite":
                self._sqlite(address, synchronous, busy_seconds)
            case "postgresql":
                self._postgres(address, synchronous, busy_seconds)
            case other:
                raise ValueError(
                    f"the database is {other!r}; this package writes 'sqlite' and 'postgresql'. "
                    "Pass a URL like 'sqlite:///bank.db' or 'postgresql://user@host/bank'."
                )

    def _sqlite(self, address: URL, synchronous: Synchronous, busy_seconds: float) -> None:
        from bankservice.journals.sqlite import Sqlite, prepare

        if address.drivername not in ("sqlite", "sqlite+pysqlite"):
            raise ValueError(
                f"the driver is {address.drivername!r}; this package uses SQLite's own: "
                "pass 'sqlite:///…'."
            )
        in_memory = address.database in (None, "", ":memory:")
        if in_memory:
            self._turn = RLock()
        self.database: Database = Sqlite()
        self._engine = sqlalchemy.create_engine(
            address,
            poolclass=StaticPool if in_memory else QueuePool,
            # Without an isolation level the driver begins nothing on its own.
            connect_args={"isolation_level": None, "check_same_thread": False},
        )
        event.listen(
            self._engine, "connect", lambda made, _: prepare(made, synchronous, busy_seconds)
        )

    def _postgres(self, address: URL, synchronous: Synchronous, busy_seconds: float) -> None:
        from bankservice.journals.postgres import Postgres, prepare

        if address.drivername not in ("postgresql", "postgresql+psycopg"):
            raise ValueError(
                f"the driver is {address.drivername!r}; this package uses psycopg 3: "
                "pass 'postgresql://…' or 'postgresql+psycopg://…'."
            )
        self.database = Postgres()
        options: dict[str, object] = {"autocommit": True}
        # The driver wants a number, or None for "never" (behind some poolers).
        threshold = address.query.get("prepare_threshold")
        if threshold is not None:
            options["prepare_threshold"] = None if threshold == "none" else int(str(threshold))
            address = address.difference_update_query(["prepare_threshold"])
        self._engine = sqlalchemy.create_engine(
            address.set(drivername="postgresql+psycopg"), connect_args=options
        )
        event.listen(
            self._engine, "connect", lambda made, _: prepare(made, synchronous, busy_seconds)
        )

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        with self._turn:
            try:
                pooled = self._engine.raw_connection()
            except (self.database.errors, sqlalchemy_errors.SQLAlchemyError) as error:
                cause = getattr(error, "orig", None) or error
                if isinstance(cause, self.database.errors):
                    raise self.database.unreached(cause) from error
                raise OperationalError(f"no connection is free ({cause}); try again.") from error
            connection = pooled.driver_connection
            try:
                yield connection
            finally:
                if self.database.broken(connection):
                    # The others in the pool were most likely cut with it.
                    pooled.invalidate()
                    self._engine.dispose()
                else:
                    pooled.close()

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """Give reads; on SQLite, of one state of the database."""
        with self._connection() as connection:
            if not self.database.begin_read:
                yield Run(self.database, connection)
            else:
                with transaction(self.database, connection, self.database.begin_read) as run:
                    yield run

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """Give a transaction; on SQLite it holds the write lock from its beginning."""
        with (
            self._connection() as connection,
            transaction(self.database, connection, self.database.begin_write) as run,
        ):
            yield run

    def close(self) -> None:
        """Close the engine's connections."""
        self._engine.dispose()
