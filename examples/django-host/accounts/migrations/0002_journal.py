"""
The journal's tables.

`create` runs on the migration's own connection, so they come and go with its transaction, on SQLite
and PostgreSQL. It looks at what is there, and so stays right when a later bankservice makes a later
schema. Django's models know nothing of these tables, and makemigrations leaves them alone.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

from bankservice.journals.sql import SqlJournal
from bankservice.journals.tables import metadata


def create(apps: Any, editor: Any) -> None:
    """Make them."""
    SqlJournal.on(editor.connection).create()


def drop(apps: Any, editor: Any) -> None:
    """Drop them, but never a record."""
    if SqlJournal.on(editor.connection).feed(limit=1):
        raise RuntimeError("the journal has entries; a migration does not take them away.")
    for name in metadata.tables:
        editor.execute(f"DROP TABLE {name}")


class Migration(migrations.Migration):
    """Makes the journal's tables beside the host's."""

    dependencies = (("accounts", "0001_initial"),)
    operations = (migrations.RunPython(create, drop),)
