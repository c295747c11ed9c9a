"""
The journal's tables.

`create` runs on the migration's own connection, so they come and go with its transaction. It looks
at what is there, and so stays right when a later bankservice makes a later schema: on a new
database it makes that one, and the upgrades after it have nothing to do. A list of statements,
frozen here, would meet tables that it does not expect.
"""

from __future__ import annotations

from alembic import op

from bankservice.journals.sql import SqlJournal
from bankservice.journals.tables import metadata

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    SqlJournal.on(op.get_bind()).create()


def downgrade() -> None:
    """Drop them, but never a record."""
    connection = op.get_bind()
    if SqlJournal.on(connection).feed(limit=1):
        raise RuntimeError("the journal has entries; a migration does not take them away.")
    metadata.drop_all(connection)
