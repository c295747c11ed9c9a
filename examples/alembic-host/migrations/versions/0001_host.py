"""The host's own tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "customers",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("fen", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("payer", sa.String(20), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("payee", sa.String(20), sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("transfers")
    op.drop_table("customers")
