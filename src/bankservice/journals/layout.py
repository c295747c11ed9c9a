"""
What a database really holds, beside what this package writes.

Somebody may have changed tables by hand, or restored half of them. What the record's promises rest
on is looked at: every column, the order text has, every unique key, and on PostgreSQL the sequence
that numbers the feed.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import PrimaryKeyConstraint, Table, Text, UniqueConstraint, text

from bankservice.journals.gateway import Query, Run
from bankservice.journals.tables import POSITIONS, entries, metadata

__all__ = ["columns_there", "differences", "tables_there"]

# Partitioned tables too, and only those that a statement of ours would find.
_OURS = "c.relkind IN ('r', 'p') AND c.relname LIKE 'bankservice%' AND pg_table_is_visible(c.oid)"

_COLUMNS = Query(
    text(
        "SELECT m.name, c.name, '' FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND m.name LIKE 'bankservice%'"
    ),
    postgresql=text(
        "SELECT c.relname, a.attname, coalesce(o.collname, '') FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        f"LEFT JOIN pg_collation o ON o.oid = a.attcollation WHERE {_OURS}"
    ),
)
_KEYS = Query(
    text(
        "SELECT m.name, group_concat(i.name, ',') FROM sqlite_master m "
        "JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i "
        "WHERE m.type = 'table' AND m.name LIKE 'bankservice%' AND l.\"unique\" "
        "GROUP BY m.name, l.name"
    ),
    postgresql=text(
        "SELECT c.relname, string_agg(a.attname, ',' ORDER BY k.place) FROM pg_class c "
        "JOIN pg_index x ON x.indrelid = c.oid AND x.indisunique AND x.indisvalid "
        "AND x.indpred IS NULL "
        "CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k (number, place) "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number "
        f"WHERE {_OURS} GROUP BY c.relname, x.indexrelid"
    ),
)
_SEQUENCE = Query(
    text(
        "SELECT s.seqincrement, s.seqcache, s.seqcycle FROM pg_sequence s "
        f"WHERE s.seqrelid = to_regclass('{POSITIONS}') AND s.seqrelid = "
        "to_regclass(pg_get_serial_sequence('bankservice_entries', 'position'))"
    )
)
_BEHIND = Query(
    text(
        f"SELECT 1 FROM {POSITIONS} "
        "WHERE last_value < (SELECT max(position) FROM bankservice_entries)"
    )
)


def tables_there(run: Run) -> frozenset[str]:
    """Return which of our tables there are."""
    return frozenset(metadata.tables) & set(columns_there(run))


def columns_there(run: Run) -> dict[str, dict[str, str]]:
    """Return table → column → collation, where a column has one."""
    found: dict[str, dict[str, str]] = {}
    for name, column, collation in run.rows(_COLUMNS):
        found.setdefault(name, {})[column] = collation
    return found


def differences(run: Run) -> list[str]:
    """Return what the record's promises rest on and is not as this package makes it."""
    found = list(_columns(run))
    if not found:
        found += _keys(run)
        if run.database.many_writers:
            found += _sequence(run)
    return found


def _columns(run: Run) -> Iterator[str]:
    there = columns_there(run)
    for table in metadata.sorted_tables:
        if table.name not in there:
            yield f"lacks {table.name}"
            continue
        for column in table.columns:
            collation = there[table.name].get(column.name)
            if collation is None:
                yield f"{table.name} lacks {column.name}"
            elif run.database.many_writers and _ordered(table, column.name) and collation != "C":
                yield f"{table.name}.{column.name} orders its text by {collation!r} and not by 'C'"


def _sequence(run: Run) -> Iterator[str]:
    if run.rows(_SEQUENCE) != [(1, 1, False)]:
        yield (
            f"the sequence {POSITIONS} does not number the entries, or does not count by one, "
            "without cache and cycle"
        )
    elif run.rows(_BEHIND):
        yield f"the sequence {POSITIONS} is behind the positions there are; set it past them"


def _ordered(table: Table, name: str) -> bool:
    """Tell whether a column's text is compared: what is only kept may have any collation."""
    column = table.columns[name]
    keyed = any(name in constraint.columns for constraint in _unique(table))
    return isinstance(column.type, Text) and keyed


def _unique(table: Table) -> list[PrimaryKeyConstraint | UniqueConstraint]:
    return [
        each
        for each in table.constraints
        if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)
    ]


def _keys(run: Run) -> Iterator[str]:
    there = {(name, frozenset(columns.split(","))) for name, columns in run.rows(_KEYS)}
    for table in metadata.sorted_tables:
        for constraint in _unique(table):
            names = [column.name for column in constraint.columns]
            # A column that numbers rows is unique by itself, and is none in a partitioned table.
            if names != [entries.c.position.name] and (table.name, frozenset(names)) not in there:
                yield f"{table.name} has no unique key ({', '.join(names)})"
