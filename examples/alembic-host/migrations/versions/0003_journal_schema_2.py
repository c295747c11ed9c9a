"""
The journal's tables as bankservice with schema 2 wants them.

One such revision goes with each bankservice that has a later schema; it refuses to work until it
has run. `upgrade` does nothing where the tables are up to date.
"""

from __future__ import annotations

from alembic import op

from bankservice.journals.sql import SqlJournal

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change them."""
    SqlJournal.on(op.get_bind()).upgrade()


def downgrade() -> None:
    """Leave them: the bankservice that is installed writes no older schema."""
