"""
Alembic's way to the database.

The journal's tables lie beside the host's and are none of its models, so autogenerate would drop
them. `include_name` leaves them out.
"""

from __future__ import annotations

import os

from alembic import context
from ledger import Base
from sqlalchemy import create_engine


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Leave the journal's tables to the journal, which checks them itself when it is opened."""
    return not (kind == "table" and name is not None and name.startswith("bankservice_"))


engine = create_engine(os.environ["HOST_DATABASE"])
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, include_name=include_name
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
