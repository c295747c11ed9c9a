"""The tables of the record, the same on every database but for what is particular to one."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bankservice.core.archive import PURGED

__all__ = [
    "LOCKS",
    "POSITIONS",
    "agenda",
    "allotments",
    "entries",
    "keys",
    "meta",
    "metadata",
    "quotas",
    "receipts",
    "snapshots",
    "versions",
]

POSITIONS = "bankservice_entries_position_seq"
"""Name PostgreSQL gives to the sequence of the positions."""
LOCKS = 0x6273
"""First 16 bits of every advisory lock taken on PostgreSQL; the rest is a position."""

metadata = MetaData()
"""All tables of the record, for a host's own migrations."""

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
"""What the tables are: their schema, and whether entries are chained."""

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
"""The entries of all records, in the order of the feed."""

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
"""What each command led to."""

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
"""What must be looked at, and when."""

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
"""The policy versions that were used, as canonical text."""

snapshots = Table(
    "bankservice_snapshots",
    metadata,
    *_stream(),
    _whole("version"),
    _whole("schema"),
    _text("state"),
    PrimaryKeyConstraint("tenant", "kind", "key"),
)
"""States of records, to begin a fold at."""

quotas = Table(
    "bankservice_quotas",
    metadata,
    _text("tenant"),
    _text("quota"),
    _whole("units"),
    _whole("taken"),
    PrimaryKeyConstraint("tenant", "quota"),
    # The promise of a quota, held by the database itself.
    CheckConstraint("taken BETWEEN 0 AND units"),
)
"""Shared limits: how much there is, and how much is taken."""

allotments = Table(
    "bankservice_allotments",
    metadata,
    _text("tenant"),
    _text("quota"),
    _text("lease"),
    _whole("amount"),
    _instant("until"),
    _whole("open"),
    # What was recorded as spent so far; and in all, once the lease is settled.
    Column("used", BigInteger, nullable=False, server_default=text("0")),
    _whole("spent", nullable=True),
    PrimaryKeyConstraint("tenant", "quota", "lease"),
    Index("bankservice_allotments_open", "tenant", "quota", "open", "until"),
)
"""Leased shares of a limit."""

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
"""The keys that sealed parts lie under, wrapped; destroyed ones without their secret."""
