"""
The schema's versions: made, checked, brought from one to the next.

A host that runs its own migrations calls `create` and `upgrade` on its connection, or takes the
statements of `ddl` and `upgrade_ddl`; they make the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Dialect, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bankservice.core.errors import OperationalError, SchemaVersionError, UnknownNameError
from bankservice.journals.gateway import DuplicateError, Gateway, Query, Run
from bankservice.journals.layout import columns_there, differences, tables_there
from bankservice.journals.tables import LOCKS, meta, metadata

__all__ = [
    "SCHEMA_VERSION",
    "create",
    "ddl",
    "is_chained",
    "upgrade",
    "upgrade_ddl",
    "verify",
]

SCHEMA_VERSION = 2
"""Schema of the tables that this package writes."""

_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
}

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


# Written out: what a step makes stays as it is when the tables above change again.
_TO_2 = (
    "ALTER TABLE bankservice_entries ADD COLUMN chain TEXT",
    """CREATE INDEX bankservice_entries_purged ON bankservice_entries (position)
        WHERE event = 'bankservice.purged'""",
    # Limits had no tenant; those there are belong to the one that is meant where none is named.
    "ALTER TABLE bankservice_quotas RENAME TO bankservice_quotas_1",
    """CREATE TABLE bankservice_quotas (
        tenant TEXT NOT NULL,
        quota TEXT NOT NULL,
        units BIGINT NOT NULL,
        taken BIGINT NOT NULL,
        PRIMARY KEY (tenant, quota),
        CHECK (taken BETWEEN 0 AND units)
    )""",
    """INSERT INTO bankservice_quotas (tenant, quota, units, taken)
        SELECT 'default', quota, units, taken FROM bankservice_quotas_1""",
    "DROP TABLE bankservice_quotas_1",
    "DROP INDEX bankservice_allotments_open",
    "ALTER TABLE bankservice_allotments RENAME TO bankservice_allotments_1",
    """CREATE TABLE bankservice_allotments (
        tenant TEXT NOT NULL,
        quota TEXT NOT NULL,
        lease TEXT NOT NULL,
        amount BIGINT NOT NULL,
        until BIGINT NOT NULL,
        open BIGINT NOT NULL,
        used BIGINT DEFAULT 0 NOT NULL,
        spent BIGINT,
        PRIMARY KEY (tenant, quota, lease)
    )""",
    """INSERT INTO bankservice_allotments
        (tenant, quota, lease, amount, until, open, used, spent)
        SELECT 'default', quota, lease, amount, until, open, coalesce(spent, 0), spent
        FROM bankservice_allotments_1""",
    "DROP TABLE bankservice_allotments_1",
    """CREATE INDEX bankservice_allotments_open
        ON bankservice_allotments (tenant, quota, open, until)""",
    "DROP INDEX bankservice_agenda_due",
    """CREATE INDEX bankservice_agenda_due
        ON bankservice_agenda (tenant, due_at, kind, "key", matter) WHERE parked = ''""",
    """CREATE TABLE bankservice_keys (
        tenant TEXT NOT NULL,
        subject TEXT NOT NULL,
        generation BIGINT NOT NULL,
        id TEXT NOT NULL,
        secret TEXT,
        PRIMARY KEY (tenant, subject, generation),
        UNIQUE (tenant, id)
    )""",
)
_STEPS: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    # Schema 1 was written on SQLite only.
    2: {"sqlite": _TO_2},
}
"""Schema version → database → the statements that lead to it from the version before."""


def upgrade_ddl(found: int, dialect: str = "sqlite") -> tuple[str, ...]:
    """
    Return the statements that lead from an older schema to this one.

    Args:
        found: The schema's version as it is, 1 or more.
        dialect: `sqlite` or `postgresql`.

    Raises:
        SchemaVersionError: If no way leads from that version to this one.
    """
    _made(dialect)
    steps = [_STEPS.get(version, {}) for version in range(found + 1, SCHEMA_VERSION + 1)]
    if not 1 <= found <= SCHEMA_VERSION or not all(dialect in step for step in steps):
        raise SchemaVersionError(
            f"no way leads from schema {found} on {dialect!r} to {SCHEMA_VERSION}; "
            "this bankservice upgrades what an earlier one wrote."
        )
    made = [statement for step in steps for statement in step[dialect]]
    made.append(f"UPDATE {meta.name} SET value = '{SCHEMA_VERSION}' WHERE name = 'schema'")
    return tuple(made)


def _found(run: Run) -> tuple[int, dict[str, str]]:
    """Return the schema's version and our marks."""
    if not tables_there(run):
        raise SchemaVersionError(
            "the database has no journal of bankservice; call create() (`bankservice journal "
            "create`), or run the statements of bankservice.journals.schema.ddl()."
        )
    columns = columns_there(run).get(meta.name, {})
    marks: dict[str, str] = {}
    if {"name", "value"} <= set(columns):
        marks = dict(map(tuple, run.rows(_MARKS)))
    written = marks.get("schema", "")
    if not written.isdecimal():
        raise SchemaVersionError(
            f"the database has tables named {meta.name.removesuffix('meta')}… but no schema "
            "version; they were not made by bankservice. Use another database."
        )
    return int(written), marks


def _check_version(found: int) -> None:
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


def _check(run: Run) -> dict[str, str]:
    found, marks = _found(run)
    _check_version(found)
    lacking = differences(run)
    if lacking:
        raise SchemaVersionError(
            f"the journal has schema {found} and {'; '.join(lacking)}. Restore the database, or "
            "undo what was changed in it."
        )
    return marks


def is_chained(run: Run) -> bool:
    """
    Tell whether every entry is to carry a digest.

    Raises:
        SchemaVersionError: If the tables are older or newer ones.
    """
    marks = dict(map(tuple, run.rows(_MARKS)))
    _check_version(int(marks.get("schema", SCHEMA_VERSION)))
    return "chain" in marks


def _alone(run: Run) -> None:
    """Wait until nobody else makes or changes the tables (SQLite has one writer anyway)."""
    if run.database.many_writers:
        run.rows(_ALONE)


def _make(run: Run, statements: tuple[str, ...]) -> None:
    try:
        for statement in statements:
            run.plain(statement)
    except DuplicateError as there:
        raise OperationalError(
            "another transaction has just made the tables, which this one, begun before, does not "
            "see; roll it back and run it again."
        ) from there


def create(gateway: Gateway, *, chained: bool = False) -> None:
    """
    Make the tables if none is there.

    Raises:
        SchemaVersionError: If there are some already, and not as this package writes them; or
            not chained though asked so.
    """
    # Looked at first without the write lock, which another writer may hold.
    with gateway.reading() as run:
        made = bool(tables_there(run))
    if not made:
        with gateway.writing() as run:
            _alone(run)
            # Another process may have been quicker.
            if not tables_there(run):
                _make(run, ddl(gateway.database.name, chained=chained))
    marks = verify(gateway)
    if chained and "chain" not in marks:
        raise SchemaVersionError(
            "the journal is there and not chained; a chain begins with the first entry. Export it "
            "(`bankservice journal export`) and import it into one made with `--chained`."
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
        found, _ = _found(run)
        if found < SCHEMA_VERSION:
            for statement in upgrade_ddl(found, gateway.database.name):
                run.plain(statement)
        _check(run)
    return found
