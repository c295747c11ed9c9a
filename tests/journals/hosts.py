"""Hosts whose transaction a journal joins in the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, make_url

__all__ = ["django_connection", "engine_of"]


def engine_of(url: str) -> Engine:
    """Return an engine of a SQLAlchemy host."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return create_engine(address)


@contextmanager
def django_connection(url: str) -> Iterator[Any]:
    """Give a connection of Django, with no application round it, and close it afterwards."""
    import django
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        settings.configure(DATABASES={}, USE_TZ=True)
        django.setup()
    address = make_url(url)
    alias = f"journal-{address.database}-{address.query.get('application_name', '')}"
    if address.get_backend_name() == "sqlite":
        named: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": address.database}
    else:
        options = {name: str(value) for name, value in address.query.items() if name != "host"}
        named = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": address.database,
            "USER": address.username,
            "PASSWORD": address.password or "",
            "HOST": address.host or str(address.query.get("host", "")),
            "PORT": str(address.port or ""),
            "OPTIONS": options,
        }
    connections.settings[alias] = connections.configure_settings(
        {"default": {"ENGINE": "django.db.backends.dummy"}, alias: named}
    )[alias]
    connection = connections[alias]
    try:
        yield connection
    finally:
        connection.close()
        del connections[alias]
        del connections.settings[alias]
