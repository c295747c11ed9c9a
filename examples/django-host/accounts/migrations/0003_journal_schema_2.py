"""
The journal's tables as bankservice with schema 2 wants them.

One such migration goes with each bankservice that has a later schema; it refuses to work until it
has run. `upgrade` does nothing where the tables are up to date. There is no way back: the
bankservice that is installed writes no older schema.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

from bankservice.journals.sql import SqlJournal


def upgrade(apps: Any, editor: Any) -> None:
    """Change them."""
    SqlJournal.on(editor.connection).upgrade()


class Migration(migrations.Migration):
    """Brings the journal's tables to schema 2."""

    dependencies = (("accounts", "0002_journal"),)
    operations = (migrations.RunPython(upgrade, migrations.RunPython.noop),)
