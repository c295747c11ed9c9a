"""The statements of the journal and the quota, composed with SQLAlchemy Core."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import sqlite

from bankservice.journals.gateway import Query
from bankservice.journals.schema import (
    agenda,
    allotments,
    entries,
    quotas,
    receipts,
    snapshots,
    versions,
)

__all__ = [
    "ENTRY_COLUMNS",
    "ENTRY_INSERT",
    "FEED",
    "KEPT",
    "KEPT_DIGEST",
    "KEPT_INSERT",
    "LEASE_CLAIM",
    "LIMIT_INSERT",
    "LIMIT_LATE",
    "LIMIT_NAMES",
    "LIMIT_READ",
    "LIMIT_TAKE",
    "MATTERS_DUE",
    "MATTERS_PARKED",
    "MATTER_OFF",
    "MATTER_PARK",
    "MATTER_PUT",
    "RECEIPT_INSERT",
    "RECEIPT_READ",
    "SLICES_LATE",
    "SLICE_INSERT",
    "SLICE_READ",
    "SLICE_SETTLE",
    "SNAPSHOTS_FORGET",
    "SNAPSHOT_PUT",
    "STREAM_READ",
    "VERSION_READ",
    "histories_read",
    "snapshots_read",
    "versions_count",
]


def _where(table: Table, *names: str) -> ColumnElement[bool]:
    """Return the condition that each column called equals the parameter of its name."""
    return and_(*(table.c[name] == bindparam(name) for name in names))


def _columns(table: Table, *without: str) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.name not in without)


# --- entries ------------------------------------------------------------------------------------

ENTRY_COLUMNS = _columns(entries, "position")
ENTRY_INSERT = Query(insert(entries), ENTRY_COLUMNS)

_entry = [entries.c[name] for name in ENTRY_COLUMNS]
_of_stream = _where(entries, "tenant", "kind", "key")

STREAM_READ = Query(
    select(*_entry)
    .where(_of_stream, entries.c.version > bindparam("after"))
    .order_by(entries.c.version)
)
VERSION_READ = Query(select(func.max(entries.c.version)).where(_of_stream))
FEED = Query(
    select(entries.c.position, *_entry)
    .where(
        entries.c.position > bindparam("after"),
        entries.c.slot % bindparam("parts") == bindparam("part"),
    )
    .order_by(entries.c.position)
    .limit(bindparam("limit"))
)


def _one_of(
    table: Table, size: int, version: ColumnElement[Any] | None = None, *, above: bool = False
) -> ColumnElement[bool]:
    """
    Return the condition that a row belongs to one of *size* streams.

    A list of alternatives is what SQLite answers with one search of the index each; for
    `(a, b, c) IN (VALUES …)` it reads the whole table.
    """
    each = []
    for index in range(size):
        parts = [
            table.c[name] == bindparam(f"{name}_{index}") for name in ("tenant", "kind", "key")
        ]
        if version is not None:
            bound: ColumnElement[Any] = bindparam(f"version_{index}")
            parts.append(version > bound if above else version == bound)
        each.append(and_(*parts))
    return or_(*each)


@cache
def versions_count(size: int) -> Query:
    """Count how many of *size* (stream, version) pairs are written."""
    return Query(
        select(func.count()).select_from(entries).where(_one_of(entries, size, entries.c.version))
    )


@cache
def histories_read(size: int) -> Query:
    """Read the entries of *size* streams above a version each."""
    return Query(
        select(*_entry)
        .where(_one_of(entries, size, entries.c.version, above=True))
        .order_by(entries.c.position)
    )


# --- snapshots ----------------------------------------------------------------------------------


@cache
def snapshots_read(size: int) -> Query:
    """Read the snapshots of *size* streams."""
    return Query(select(snapshots).where(_one_of(snapshots, size)))


_snapshot = sqlite.insert(snapshots)
SNAPSHOT_PUT = Query(
    _snapshot.on_conflict_do_update(
        index_elements=["tenant", "kind", "key"],
        set_={name: _snapshot.excluded[name] for name in ("version", "schema", "state")},
        where=_snapshot.excluded.version >= snapshots.c.version,
    ),
    _columns(snapshots),
)
SNAPSHOTS_FORGET = Query(delete(snapshots))

# --- receipts and policy versions ---------------------------------------------------------------

RECEIPT_INSERT = Query(insert(receipts), _columns(receipts))
RECEIPT_READ = Query(select(receipts).where(_where(receipts, "tenant", "command_id")))

KEPT_INSERT = Query(insert(versions), _columns(versions, "position"))
KEPT_DIGEST = Query(
    select(versions.c.digest).where(
        _where(versions, "tenant", "policy", "since", "known_on", "applies_to")
    )
)
KEPT = Query(
    select(*(versions.c[name] for name in _columns(versions, "position")))
    .where(_where(versions, "tenant", "policy", "digest"))
    .order_by(versions.c.position)
    .limit(1)
)

# --- agenda -------------------------------------------------------------------------------------

_place = ("tenant", "kind", "key", "matter")
_order = (agenda.c.due_at, agenda.c.kind, agenda.c.key, agenda.c.matter)
_item = select(*(agenda.c[name] for name in _columns(agenda, "leased_until")))
_put = sqlite.insert(agenda)

MATTER_PUT = Query(
    _put.on_conflict_do_update(
        index_elements=list(_place),
        set_={
            name: _put.excluded[name] for name in ("due_at", "attempts", "parked", "leased_until")
        },
    ),
    _columns(agenda),
)
MATTER_OFF = Query(delete(agenda).where(_where(agenda, *_place)))
MATTERS_DUE = Query(
    _item.where(
        _where(agenda, "tenant"),
        agenda.c.due_at <= bindparam("by"),
        agenda.c.parked == "",
        or_(agenda.c.leased_until.is_(None), agenda.c.leased_until <= bindparam("now")),
        tuple_(*_order)
        > tuple_(
            bindparam("after_due_at"),
            bindparam("after_kind"),
            bindparam("after_key"),
            bindparam("after_matter"),
        ),
    )
    .order_by(*_order)
    .limit(bindparam("limit"))
)
MATTERS_PARKED = Query(
    _item.where(_where(agenda, "tenant"), agenda.c.parked != "").order_by(*_order)
)
LEASE_CLAIM = Query(
    update(agenda)
    .where(_where(agenda, *_place))
    .values(attempts=agenda.c.attempts + 1, leased_until=bindparam("until"))
)
MATTER_PARK = Query(
    update(agenda)
    .where(
        _where(agenda, *_place),
        agenda.c.due_at == bindparam("given_due_at"),
        agenda.c.attempts == bindparam("given_attempts"),
    )
    .values(parked=bindparam("reason"))
)

# --- quotas -------------------------------------------------------------------------------------

_of_lease = _where(allotments, "quota", "lease")
_late = and_(
    _where(allotments, "quota"),
    allotments.c.open == 1,
    allotments.c.until <= bindparam("now"),
)

LIMIT_INSERT = Query(insert(quotas), _columns(quotas))
LIMIT_READ = Query(select(quotas.c.units, quotas.c.taken).where(_where(quotas, "quota")))
LIMIT_NAMES = Query(select(quotas.c.quota))
LIMIT_TAKE = Query(
    update(quotas).where(_where(quotas, "quota")).values(taken=quotas.c.taken + bindparam("more"))
)
LIMIT_LATE = Query(select(func.coalesce(func.sum(allotments.c.amount), 0)).where(_late))
SLICES_LATE = Query(update(allotments).where(_late).values(open=0))
SLICE_INSERT = Query(insert(allotments), _columns(allotments))
SLICE_READ = Query(
    select(allotments.c.amount, allotments.c.until, allotments.c.open, allotments.c.spent).where(
        _of_lease
    )
)
SLICE_SETTLE = Query(update(allotments).where(_of_lease).values(open=0, spent=bindparam("used")))
