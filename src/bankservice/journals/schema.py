"""
The tables, and the check that a database holds them as this package knows them.

A host that runs its own migrations takes the statements of `ddl` and `upgrade_ddl`; they make
what `create` and `upgrade` make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    column,
    select,
    table,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bankservice.core.archive import PURGED
from bankservice.core.errors import SchemaVersionError, UnknownNameError
from bankservice.journals.gateway import Gateway, Query, Run

__all__ = [
    "LOCKS",
    "POSITIONS",
    "SCHEMA_VERSION",
    "agenda",
    "allotments",
    "create",
    "ddl",
    "entries",
    "is_chained",
    "keys",
    "meta",
    "metadata",
    "quotas",
    "receipts",
    "snapshots",
    "upgrade",
    "upgrade_ddl",
    "verify",
    "versions",
]

SCHEMA_VERSION = 2
POSITIONS = "bankservice_entries_position_seq"
"""Name PostgreSQL gives to the sequence of the positions."""
LOCKS = 0x6273
"""First 16 bits of every advisory lock taken on PostgreSQL; the rest is a position."""

metadata = MetaData()

# SQLite numbers rows by itself only in a column of exactly this type.
_POSITION = BigInteger().with_variant(Integer(), "sqlite")


# By code point, as Python and SQLite order text, whatever the database's locale.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> Column[int]:
    """Return a column of microseconds since 1970-01-01T00:00Z."""
    return Column(name, BigInteger, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _position() -> Column[int]:
    # The order of the feed. On PostgreSQL a sequence without cache gives it: a later commit to a
    # stream never has an earlier position.
    return Column("position", _POSITION, Identity(cache=1), primary_key=True)


def _stream() -> tuple[Column[str], Column[str], Column[str]]:
    return _text("tenant"), _text("kind"), _text("key")


meta = Table(
    "bankservice_meta",
    metadata,
    Column("name", _TEXT, primary_key=True, nullable=False),
    _text("value"),
)

entries = Table(
    "bankservice_entries",
    metadata,
    _position(),
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
    # Digest over this entry and the one before it, where the journal is chained.
    Column("chain", Text),
    UniqueConstraint("tenant", "kind", "key", "version"),
    # Tombstones are few, as a rule none: this tells it at once.
    Index(
        "bankservice_entries_purged",
        "position",
        sqlite_where=text(f"event = '{PURGED}'"),
        postgresql_where=text(f"event = '{PURGED}'"),
    ),
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
    # What is parked must not be walked through each time somebody asks what is due.
    Index(
        "bankservice_agenda_due",
        "tenant",
        "due_at",
        "kind",
        "key",
        "matter",
        sqlite_where=text("parked = ''"),
        postgresql_where=text("parked = ''"),
    ),
)

versions = Table(
    "bankservice_versions",
    metadata,
    _position(),
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
    Column("quota", _TEXT, primary_key=True, nullable=False),
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
    # What was recorded as spent so far; and in all, once the lease is settled.
    Column("used", BigInteger, nullable=False, server_default=text("0")),
    _whole("spent", nullable=True),
    PrimaryKeyConstraint("quota", "lease"),
    Index("bankservice_allotments_open", "quota", "open", "until"),
)

keys = Table(
    "bankservice_keys",
    metadata,
    _text("tenant"),
    _text("subject"),
    _whole("generation"),
    _text("id"),
    # Wrapped under the master key, which is not here; NULL once destroyed.
    Column("secret", Text),
    PrimaryKeyConstraint("tenant", "subject", "generation"),
    UniqueConstraint("tenant", "id"),
)

_NAMES = frozenset(metadata.tables)
_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
}

_catalogue = table("sqlite_master", column("type"), column("name"))
_relations = table("pg_class", column("relname"), column("relkind"), column("oid"))
_TABLES = Query(
    select(_catalogue.c.name).where(_catalogue.c.type == "table"),
    postgresql=select(_relations.c.relname).where(
        # Partitioned tables too.
        text("relkind IN ('r', 'p') AND pg_table_is_visible(oid)")
    ),
)
_MARKS = Query(select(meta.c.name, meta.c.value))
# A number no position reaches.
_ALONE = Query(text(f"SELECT pg_advisory_xact_lock({(LOCKS << 48) + 2**48 - 1})"))


def _made(dialect: str) -> Dialect:
    if dialect not in _DIALECTS:
        raise UnknownNameError("database", dialect, _DIALECTS)
    return _DIALECTS[dialect]


def _creation(each: Table, dialect: Dialect) -> list[str]:
    made = [str(CreateTable(each).compile(dialect=dialect)).strip()]
    made.extend(str(CreateIndex(index).compile(dialect=dialect)) for index in each.indexes)
    return made


def ddl(dialect: str = "sqlite", *, chained: bool = False) -> tuple[str, ...]:
    """
    Return the statements that make the tables and mark them with the schema's version.

    Args:
        dialect: `sqlite` or `postgresql`.
        chained: Every entry is to carry a digest over itself and the entry before it.
    """
    made = []
    for each in metadata.sorted_tables:
        made.extend(_creation(each, _made(dialect)))
    made.append(f"INSERT INTO {meta.name} (name, value) VALUES ('schema', '{SCHEMA_VERSION}')")
    if chained:
        made.append(f"INSERT INTO {meta.name} (name, value) VALUES ('chain', 'sha256')")
    return tuple(made)


def _to_2(dialect: Dialect) -> list[str]:
    (due,) = agenda.indexes
    return [
        f"ALTER TABLE {entries.name} ADD COLUMN chain TEXT",
        *(str(CreateIndex(index).compile(dialect=dialect)) for index in entries.indexes),
        f"ALTER TABLE {allotments.name} ADD COLUMN used BIGINT DEFAULT 0 NOT NULL",
        f"DROP INDEX {due.name}",
        str(CreateIndex(due).compile(dialect=dialect)),
        *_creation(keys, dialect),
    ]


_STEPS: Mapping[int, Callable[[Dialect], list[str]]] = {2: _to_2}
"""Schema version → the statements that lead to it from the one before."""


def upgrade_ddl(found: int, dialect: str = "sqlite") -> tuple[str, ...]:
    """
    Return the statements that lead from an older schema to this one.

    Args:
        found: The schema's version as it is, 1 or more.
        dialect: `sqlite` or `postgresql`.

    Raises:
        SchemaVersionError: If no way leads from that version to this one.
    """
    if not 1 <= found <= SCHEMA_VERSION:
        raise SchemaVersionError(
            f"no way leads from schema {found} to {SCHEMA_VERSION}; "
            f"this bankservice upgrades from 1 to {SCHEMA_VERSION}."
        )
    made = [
        statement
        for version in range(found + 1, SCHEMA_VERSION + 1)
        for statement in _STEPS[version](_made(dialect))
    ]
    made.append(f"UPDATE {meta.name} SET value = '{SCHEMA_VERSION}' WHERE name = 'schema'")
    return tuple(made)


def _there(run: Run) -> frozenset[str]:
    return _NAMES & {name for (name,) in run.rows(_TABLES)}


def _found(run: Run) -> tuple[int, frozenset[str], dict[str, str]]:
    """Return the schema's version, our tables and our marks."""
    there = _there(run)
    if not there:
        raise SchemaVersionError(
            "the database has no journal of bankservice; call create(), or run the statements of "
            "bankservice.journals.schema.ddl()."
        )
    marks: dict[str, str] = dict(map(tuple, run.rows(_MARKS))) if meta.name in there else {}
    written = marks.get("schema", "")
    if not written.isdecimal():
        raise SchemaVersionError(
            f"the database has tables named {meta.name.removesuffix('meta')}… but no schema "
            "version; they were not made by bankservice. Use another database."
        )
    return int(written), there, marks


def _check(run: Run) -> dict[str, str]:
    found, there, marks = _found(run)
    if found > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"the journal has schema {found}, newer than {SCHEMA_VERSION}, the newest this "
            "bankservice knows. Install the bankservice that wrote it, or a later one."
        )
    if found < SCHEMA_VERSION:
        raise SchemaVersionError(
            f"the journal has schema {found}, older than {SCHEMA_VERSION}, which this bankservice "
            "writes. Call upgrade() (`bankservice journal upgrade`), run the statements of "
            "bankservice.journals.schema.upgrade_ddl(), or install the bankservice that wrote it."
        )
    if there != _NAMES:
        raise SchemaVersionError(
            f"the journal lacks {', '.join(sorted(_NAMES - there))}; restore the database."
        )
    return marks


def is_chained(run: Run) -> bool:
    """Tell whether every entry is to carry a digest."""
    return "chain" in dict(map(tuple, run.rows(_MARKS)))


def _alone(run: Run) -> None:
    """Wait until nobody else makes or changes the tables (SQLite has one writer anyway)."""
    if run.database.many_writers:
        run.rows(_ALONE)


def create(gateway: Gateway, *, chained: bool = False) -> None:
    """
    Make the tables if none is there.

    Raises:
        SchemaVersionError: If there are some already, and not as this package writes them; or
            not chained though asked so.
    """
    # Looked at first without the write lock, which another writer may hold.
    with gateway.reading() as run:
        made = bool(_there(run))
    if not made:
        with gateway.writing() as run:
            _alone(run)
            # Another process may have been quicker.
            if not _there(run):
                for statement in ddl(gateway.database.name, chained=chained):
                    run.plain(statement)
    marks = verify(gateway)
    if chained and "chain" not in marks:
        raise SchemaVersionError(
            "the journal is there and not chained; a chain begins with the first entry. Export it "
            "and import it into a chained one."
        )


def verify(gateway: Gateway) -> dict[str, str]:
    """
    Check that the database holds the tables as this package writes them, and return its marks.

    Raises:
        SchemaVersionError: If it holds none, others, older or newer ones.
    """
    with gateway.reading() as run:
        return _check(run)


def upgrade(gateway: Gateway) -> int:
    """
    Bring older tables to this schema, in one transaction; return the version they had.

    Raises:
        SchemaVersionError: If there are none, or newer ones.
    """
    with gateway.writing() as run:
        _alone(run)
        found, _, _ = _found(run)
        if found < SCHEMA_VERSION:
            for statement in upgrade_ddl(found, gateway.database.name):
                run.plain(statement)
        _check(run)
    return found
