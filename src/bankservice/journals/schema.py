"""
The tables, and the check that a database holds them as this package knows them.

A host that runs its own migrations takes `metadata` (Alembic) or the statements of `ddl()`
(any other tool); both make what `create` makes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    column,
    insert,
    select,
    table,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bankservice.core.errors import SchemaVersionError
from bankservice.journals.gateway import Gateway, Query, Run

__all__ = [
    "SCHEMA_VERSION",
    "agenda",
    "allotments",
    "create",
    "ddl",
    "entries",
    "meta",
    "metadata",
    "quotas",
    "receipts",
    "snapshots",
    "verify",
    "versions",
]

SCHEMA_VERSION = 1

metadata = MetaData()

# SQLite numbers rows by itself only in a column of exactly this type.
_POSITION = BigInteger().with_variant(Integer(), "sqlite")


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> Column[int]:
    """Return a column of microseconds since 1970-01-01T00:00Z."""
    return Column(name, BigInteger, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _stream() -> tuple[Column[str], Column[str], Column[str]]:
    return _text("tenant"), _text("kind"), _text("key")


meta = Table(
    "bankservice_meta",
    metadata,
    Column("name", Text, primary_key=True, nullable=False),
    _text("value"),
)

entries = Table(
    "bankservice_entries",
    metadata,
    Column("position", _POSITION, primary_key=True),
    *_stream(),
    _whole("version"),
    _text("event"),
    _whole("schema"),
    _instant("effective_at"),
    _instant("recorded_at"),
    _text("actor"),
    _text("approved_by"),
    _text("source"),
    _text("command_id"),
    _text("correlation_id"),
    _whole("slot"),
    _text("data"),
    Column("sealed", Text),
    UniqueConstraint("tenant", "kind", "key", "version"),
)

receipts = Table(
    "bankservice_receipts",
    metadata,
    _text("tenant"),
    _text("command_id"),
    _text("fingerprint"),
    _instant("recorded_at"),
    _text("result"),
    _text("content"),
    PrimaryKeyConstraint("tenant", "command_id"),
)

agenda = Table(
    "bankservice_agenda",
    metadata,
    *_stream(),
    _text("matter"),
    _instant("due_at"),
    _whole("attempts"),
    _text("parked"),
    _instant("leased_until", nullable=True),
    PrimaryKeyConstraint("tenant", "kind", "key", "matter"),
    Index("bankservice_agenda_due", "tenant", "due_at", "kind", "key", "matter"),
)

versions = Table(
    "bankservice_versions",
    metadata,
    Column("position", _POSITION, primary_key=True),
    _text("tenant"),
    _text("policy"),
    _text("since"),
    _text("known_on"),
    _text("applies_to"),
    _text("digest"),
    _text("text"),
    UniqueConstraint("tenant", "policy", "since", "known_on", "applies_to"),
)

snapshots = Table(
    "bankservice_snapshots",
    metadata,
    *_stream(),
    _whole("version"),
    _whole("schema"),
    _text("state"),
    PrimaryKeyConstraint("tenant", "kind", "key"),
)

quotas = Table(
    "bankservice_quotas",
    metadata,
    Column("quota", Text, primary_key=True, nullable=False),
    _whole("units"),
    _whole("taken"),
    # The promise of a quota, held by the database itself.
    CheckConstraint("taken BETWEEN 0 AND units"),
)

allotments = Table(
    "bankservice_allotments",
    metadata,
    _text("quota"),
    _text("lease"),
    _whole("amount"),
    _instant("until"),
    _whole("open"),
    _whole("spent", nullable=True),
    PrimaryKeyConstraint("quota", "lease"),
    Index("bankservice_allotments_open", "quota", "open", "until"),
)

_NAMES = frozenset(metadata.tables)
_catalogue = table("sqlite_master", column("type"), column("name"))
_TABLES = Query(select(_catalogue.c.name).where(_catalogue.c.type == "table"))
_WRITTEN = Query(select(meta.c.value).where(meta.c.name == "schema"))
_MARK = Query(insert(meta), columns=("name", "value"))


def ddl() -> tuple[str, ...]:
    """Return the statements that make the tables and mark them with the schema's version."""
    dialect = sqlite.dialect()
    made = []
    for each in metadata.sorted_tables:
        made.append(str(CreateTable(each).compile(dialect=dialect)).strip())
        made.extend(str(CreateIndex(index).compile(dialect=dialect)) for index in each.indexes)
    made.append(f"INSERT INTO {meta.name} (name, value) VALUES ('schema', '{SCHEMA_VERSION}')")
    return tuple(made)


def _there(run: Run) -> frozenset[str]:
    return _NAMES & {name for (name,) in run.rows(_TABLES)}


def _check(run: Run) -> None:
    there = _there(run)
    if not there:
        raise SchemaVersionError(
            "the database has no journal of bankservice; call create(), or run the statements of "
            "bankservice.journals.schema.ddl()."
        )
    written = run.one(_WRITTEN) if meta.name in there else None
    if written is None or not str(written[0]).isdecimal():
        raise SchemaVersionError(
            f"the database has tables named {meta.name.removesuffix('meta')}… but no schema "
            "version; they were not made by bankservice. Use another database."
        )
    found = int(written[0])
    if found > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"the journal has schema {found}, newer than {SCHEMA_VERSION}, the newest this "
            "bankservice knows. Install the bankservice that wrote it, or a later one."
        )
    if found < SCHEMA_VERSION:
        raise SchemaVersionError(
            f"the journal has schema {found}, older than {SCHEMA_VERSION}, which this bankservice "
            "writes. Migrate it as the changelog says, or install the bankservice that wrote it."
        )
    if there != _NAMES:
        raise SchemaVersionError(
            f"the journal lacks {', '.join(sorted(_NAMES - there))}; restore the database."
        )


def create(gateway: Gateway) -> None:
    """
    Make the tables if none is there.

    Raises:
        SchemaVersionError: If there are some already, and not as this package writes them.
    """
    # Looked at first without the write lock, which another writer may hold.
    with gateway.reading() as run:
        made = bool(_there(run))
    if not made:
        with gateway.writing() as run:
            # Another process may have been quicker.
            if not _there(run):
                for statement in ddl():
                    run.plain(statement)
    verify(gateway)


def verify(gateway: Gateway) -> None:
    """
    Check that the database holds the tables as this package writes them.

    Raises:
        SchemaVersionError: If it holds none, others, older or newer ones.
    """
    with gateway.reading() as run:
        _check(run)
