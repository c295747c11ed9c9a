"""The life of a store in a database: opened by us or joined to a host, made, checked, closed."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from bankservice.journals import schema
from bankservice.journals.engine import EngineGateway
from bankservice.journals.gateway import Gateway, Run, Synchronous
from bankservice.journals.host import HostGateway

__all__ = ["SqlStore"]


class SqlStore:
    """
    A store in a database. `SqlJournal` is one; `SqlQuota` stands on one.

    Args:
        gateway: How the database is reached. `open` and `on` make one.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._chained: bool | None = None

    @classmethod
    def open(
        cls,
        url: str,
        *,
        synchronous: Synchronous = "FULL",
        busy_seconds: float = 5.0,
        chained: bool = False,
    ) -> Self:
        """
        Open a database of ours; its tables are made if it has none.

        Args:
            url: `sqlite:///path.db`, `sqlite://` for one in memory, or
                `postgresql://user@host/database` (by psycopg 3).
            synchronous: `FULL` keeps every commit through a power cut; `NORMAL` is faster for
                single commits and may lose the last ones (never half of one).
            busy_seconds: How long to wait while another writes.
            chained: Give every entry a digest over itself and the entry before it in its stream.
                A property of the database from its first entry on: one that has it keeps it.

        Raises:
            ValueError: If *url* does not lead to SQLite or PostgreSQL.
            OperationalError: If the database cannot be reached.
            SchemaVersionError: If its tables are not as this package writes them.
        """
        store = cls(EngineGateway(url, synchronous=synchronous, busy_seconds=busy_seconds))
        try:
            store.create(chained=chained)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def on(cls, connection: object) -> Self:
        """
        Join a connection the host has open; its commit or rollback is ours.

        A refused write leaves the host's own work as it was. The tables are not made: call
        `create`, or put `schema.ddl()` into the host's migrations.

        Args:
            connection: A SQLAlchemy `Connection` or `Session`, Django's `connection`, a
                `sqlite3.Connection` or a `psycopg.Connection`.

        Raises:
            TypeError: If it is none of them.
            ValueError: If it does not lead to SQLite or PostgreSQL.
        """
        return cls(HostGateway(connection))

    @property
    def chained(self) -> bool:
        """Whether every entry carries a digest over itself and the entry before it."""
        with self.gateway.reading() as run:
            return self.chained_in(run)

    def chained_in(self, run: Run) -> bool:
        """Tell whether the journal is chained, by a transaction that is open; asked once."""
        if self._chained is None:
            self._chained = schema.is_chained(run)
        return self._chained

    def create(self, *, chained: bool = False) -> None:
        """
        Make the tables if there are none.

        Raises:
            SchemaVersionError: If there are some, not as this package writes them; or not chained
                though asked so.
        """
        schema.create(self.gateway, chained=chained)

    def verify(self) -> None:
        """
        Check that the tables are as this package writes them.

        Raises:
            SchemaVersionError: If there are none, or others, older or newer ones.
        """
        schema.verify(self.gateway)

    def upgrade(self) -> int:
        """
        Bring older tables to this package's schema in one transaction; return what they were.

        Raises:
            SchemaVersionError: If there are none, or newer ones.
        """
        return schema.upgrade(self.gateway)

    def close(self) -> None:
        """Close what `open` opened; a host's connection stays as it is."""
        self.gateway.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
