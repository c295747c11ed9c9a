"""The life of a store in a database: opened by us or joined to a host, made, checked, closed."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from bankservice.journals.gateway import EngineGateway, Gateway, HostGateway, Synchronous
from bankservice.journals.schema import create, verify

__all__ = ["SqlStore"]


class SqlStore:
    """
    A store in a database. `SqlJournal` is one; `SqlQuota` stands on one.

    Args:
        gateway: How the database is reached. `open` and `on` make one.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    @classmethod
    def open(
        cls, url: str, *, synchronous: Synchronous = "FULL", busy_seconds: float = 5.0
    ) -> Self:
        """
        Open a database of ours; its tables are made if it has none.

        Args:
            url: `sqlite:///path.db`, or `sqlite://` for one in memory.
            synchronous: `FULL` keeps every commit through a power cut; `NORMAL` is faster for
                single commits and may lose the last ones (never half of one).
            busy_seconds: How long to wait while another writes.

        Raises:
            ValueError: If *url* does not lead to SQLite.
            OperationalError: If the database cannot be reached.
            SchemaVersionError: If its tables are not as this package writes them.
        """
        store = cls(EngineGateway(url, synchronous=synchronous, busy_seconds=busy_seconds))
        try:
            store.create()
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
            connection: A SQLAlchemy `Connection` or a `sqlite3.Connection`.

        Raises:
            TypeError: If it is neither.
            ValueError: If it does not lead to SQLite.
        """
        return cls(HostGateway(connection))

    def create(self) -> None:
        """
        Make the tables if there are none.

        Raises:
            SchemaVersionError: If there are some, not as this package writes them.
        """
        create(self.gateway)

    def verify(self) -> None:
        """
        Check that the tables are as this package writes them.

        Raises:
            SchemaVersionError: If there are none, or others, older or newer ones.
        """
        verify(self.gateway)

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
