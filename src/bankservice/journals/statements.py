"""The statements of the journal and the quota, composed with SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bankservice.core.archive import PURGED
from bankservice.journals.gateway import ManyQuery, Query
from bankservice.journals.tables import (
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
    "GUARDS_HELD",
    "HISTORIES_READ",
    "KEPT",
    "KEPT_ALL",
    "KEPT_DIGEST",
    "KEPT_INSERT",
    "LEASE_CLAIM",
    "LIMIT_HELD",
    "LIMIT_INSERT",
    "LIMIT_LEFT",
    "LIMIT_NAMES",
    "LIMIT_READ",
    "LIMIT_TAKE",
    "LINKS",
    "LINKS_BEFORE",
    "MATTERS_CLAIMED",
    "MATTERS_DUE",
    "MATTERS_OFF",
    "MATTERS_PARKED",
    "MATTER_OFF",
    "MATTER_PARK",
    "MATTER_POSTPONE",
    "MATTER_PUT",
    "RECEIPTS_AFTER",
    "RECEIPT_INSERT",
    "RECEIPT_READ",
    "SLICES_LATE",
    "SLICE_HELD",
    "SLICE_INSERT",
    "SLICE_READ",
    "SLICE_SETTLE",
    "SLICE_SPEND",
    "SNAPSHOTS_FORGET",
    "SNAPSHOTS_READ",
    "SNAPSHOT_OFF",
    "SNAPSHOT_PUT",
    "STREAM_PURGE",
    "STREAM_READ",
    "TOMBSTONE_ANY",
    "VERSIONS_ABOVE",
    "VERSIONS_COUNT",
    "VERSIONS_HELD",
    "VERSIONS_OFF",
    "VERSION_READ",
]


def _where(table: Table, *names: str) -> ColumnElement[bool]:
    """Return the condition that each column called equals the parameter of its name."""
    return and_(*(table.c[name] == bindparam(name) for name in names))


def _columns(table: Table, *without: str) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.name not in without)


# --- entries ------------------------------------------------------------------------------------

ENTRY_COLUMNS = _columns(entries, "position", "chain")
ENTRY_INSERT = Query(insert(entries), (*ENTRY_COLUMNS, "chain"))

_entry = [entries.c[name] for name in ENTRY_COLUMNS]
_of_stream = _where(entries, "tenant", "kind", "key")

STREAM_READ = Query(
    select(*_entry)
    .where(_of_stream, entries.c.version > bindparam("after"))
    .order_by(entries.c.version)
)
VERSION_READ = Query(select(func.max(entries.c.version)).where(_of_stream))
# A planner takes two bounds, or an equality of an expression, for a sign that few rows match, and
# then sorts all that do. Worded so that no index could serve them, they leave it to walk the
# positions in order and to stop at the limit.
_upto = entries.c.position + literal_column("0") <= bindparam("upto")
_in_part = func.abs(entries.c.slot % bindparam("parts") - bindparam("part")) < 1
_onwards = (
    select(entries.c.position, *_entry)
    .where(entries.c.position > bindparam("after"), _upto)
    .order_by(entries.c.position)
    .limit(bindparam("limit"))
)
FEED = Query(_onwards.where(_in_part))
LINKS = Query(_onwards.add_columns(entries.c.chain))
# As a literal, or the partial index could not be used.
TOMBSTONE_ANY = Query(
    select(entries.c.position).where(entries.c.event == literal_column(f"'{PURGED}'")).limit(1)
)
STREAM_PURGE = Query(delete(entries).where(_of_stream, entries.c.version <= bindparam("through")))


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


_address = ("tenant", "kind", "key")
_asked = (
    func.unnest(
        *(bindparam(f"{name}s", type_=ARRAY(Text())) for name in _address),
        bindparam("versions", type_=ARRAY(BigInteger())),
    )
    .table_valued(*_address, "version")
    .render_derived(name="asked")
)


def _asked_of(table: Table) -> ColumnElement[bool]:
    return and_(*(table.c[name] == _asked.c[name] for name in _address))


_at = and_(_asked_of(entries), entries.c.version == _asked.c.version)


def _found_at(what: Sequence[Any]) -> tuple[Any, Select[Any]]:
    """Return *what* of entries at versions: for a list of streams, and for arrays of them."""
    return (
        lambda size: select(*what).where(_one_of(entries, size, entries.c.version)),
        select(*what).where(_at),
    )


def _held(*, shared: bool) -> Select[Any]:
    """Count entries at versions, and hold their rows until the transaction ends."""
    rows = select(entries.c.version).where(_at).order_by(*(entries.c[name] for name in _address))
    held = (
        rows.with_for_update(of=entries, read=True)
        if shared
        else rows.with_for_update(of=entries, key_share=True)
    )
    return select(func.count()).select_from(held.subquery())


_count = [func.count()]
VERSIONS_COUNT = ManyQuery(*_found_at(_count))
# What is held, and why: see `sql_versions`.
VERSIONS_HELD = ManyQuery(_found_at(_count)[0], _held(shared=False))
VERSIONS_ABOVE = ManyQuery(
    lambda size: select(*_count).where(_one_of(entries, size, entries.c.version, above=True)),
    select(*_count).where(_asked_of(entries), entries.c.version > _asked.c.version),
)
# Only PostgreSQL needs it.
VERSIONS_OFF = ManyQuery(
    lambda size: delete(entries).where(_one_of(entries, size, entries.c.version)),
    delete(entries).where(_at).returning(literal(1)),
)
GUARDS_HELD = ManyQuery(_found_at(_count)[0], _held(shared=True))
LINKS_BEFORE = ManyQuery(
    *_found_at([entries.c.tenant, entries.c.kind, entries.c.key, entries.c.chain])
)

HISTORIES_READ = ManyQuery(
    lambda size: (
        select(*_entry)
        .where(_one_of(entries, size, entries.c.version, above=True))
        .order_by(entries.c.position)
    ),
    select(*_entry)
    .where(_asked_of(entries), entries.c.version > _asked.c.version)
    .order_by(entries.c.tenant, entries.c.kind, entries.c.key, entries.c.version),
)

# --- snapshots ----------------------------------------------------------------------------------

SNAPSHOTS_READ = ManyQuery(
    lambda size: select(snapshots).where(_one_of(snapshots, size)),
    select(snapshots).where(_asked_of(snapshots)),
)
SNAPSHOT_OFF = Query(delete(snapshots).where(_where(snapshots, *_address)))


def _upsert(
    table: Table, changed: Sequence[str], where: Any = None
) -> tuple[ClauseElement, ClauseElement]:
    """Return the upsert of a row by its primary key for SQLite, and for PostgreSQL."""
    made = []
    for dialect in (sqlite, postgresql):
        row: Any = dialect.insert(table)
        made.append(
            row.on_conflict_do_update(
                index_elements=[column.name for column in table.primary_key],
                set_={name: row.excluded[name] for name in changed},
                where=None if where is None else where(row.excluded),
            )
        )
    return made[0], made[1]


_sqlite, _postgres = _upsert(
    snapshots,
    ("version", "schema", "state"),
    lambda row: row.version >= snapshots.c.version,
)
SNAPSHOT_PUT = Query(_sqlite, _columns(snapshots), postgresql=_postgres)
SNAPSHOTS_FORGET = Query(delete(snapshots))

# --- receipts and policy versions ---------------------------------------------------------------

RECEIPT_INSERT = Query(insert(receipts), _columns(receipts))
RECEIPT_READ = Query(select(receipts).where(_where(receipts, "tenant", "command_id")))
RECEIPTS_AFTER = Query(
    select(receipts)
    .where(_where(receipts, "tenant"), receipts.c.command_id > bindparam("after"))
    .order_by(receipts.c.command_id)
    .limit(bindparam("limit"))
)

KEPT_INSERT = Query(
    sqlite.insert(versions).on_conflict_do_nothing(),
    _columns(versions, "position"),
    postgresql=postgresql.insert(versions).on_conflict_do_nothing(),
)
KEPT_DIGEST = Query(
    select(versions.c.digest).where(
        _where(versions, "tenant", "policy", "since", "known_on", "applies_to")
    )
)
_version = [versions.c[name] for name in _columns(versions, "position")]
KEPT = Query(
    select(*_version)
    .where(_where(versions, "tenant", "policy", "digest"))
    .order_by(versions.c.position)
    .limit(1)
)
KEPT_ALL = Query(select(*_version).where(_where(versions, "tenant")).order_by(versions.c.position))

# --- agenda -------------------------------------------------------------------------------------

_place = ("tenant", "kind", "key", "matter")
_order = (agenda.c.due_at, agenda.c.kind, agenda.c.key, agenda.c.matter)
_item = select(*(agenda.c[name] for name in _columns(agenda, "leased_until")))
_sqlite, _postgres = _upsert(agenda, ("due_at", "attempts", "parked", "leased_until"))
MATTER_PUT = Query(_sqlite, _columns(agenda), postgresql=_postgres)
MATTER_OFF = Query(delete(agenda).where(_where(agenda, *_place)))
MATTERS_OFF = Query(delete(agenda).where(_where(agenda, *_address)))
_free = or_(agenda.c.leased_until.is_(None), agenda.c.leased_until <= bindparam("now"))
_due = (
    _item.where(
        _where(agenda, "tenant"),
        agenda.c.due_at <= bindparam("by"),
        agenda.c.parked == "",
        _free,
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
MATTERS_DUE = Query(_due)
# Two sweepers get different items without waiting for each other.
MATTERS_CLAIMED = Query(_due, postgresql=_due.with_for_update(skip_locked=True))
MATTERS_PARKED = Query(
    _item.where(_where(agenda, "tenant"), agenda.c.parked != "").order_by(*_order)
)
LEASE_CLAIM = Query(
    update(agenda)
    .where(_where(agenda, *_place))
    .values(attempts=agenda.c.attempts + 1, leased_until=bindparam("until"))
)
_as_given = and_(
    _where(agenda, *_place),
    agenda.c.due_at == bindparam("given_due_at"),
    agenda.c.attempts == bindparam("given_attempts"),
)
MATTER_CLAIM = Query(
    update(agenda)
    .where(_as_given, agenda.c.parked == "", _free)
    .values(attempts=agenda.c.attempts + 1, leased_until=bindparam("until"))
)
MATTER_PARK = Query(update(agenda).where(_as_given).values(parked=bindparam("reason")))
MATTER_POSTPONE = Query(update(agenda).where(_as_given).values(leased_until=bindparam("until")))

# --- quotas -------------------------------------------------------------------------------------

_of_lease = _where(allotments, "tenant", "quota", "lease")
_late = and_(
    _where(allotments, "tenant", "quota"),
    allotments.c.open == 1,
    allotments.c.until <= bindparam("now"),
)
_unused = allotments.c.amount - allotments.c.used

LIMIT_INSERT = Query(
    sqlite.insert(quotas).on_conflict_do_nothing(),
    _columns(quotas),
    postgresql=postgresql.insert(quotas).on_conflict_do_nothing(),
)
_limit = select(quotas.c.units, quotas.c.taken).where(_where(quotas, "tenant", "quota"))
LIMIT_READ = Query(_limit)
LIMIT_HELD = Query(_limit.with_for_update())
LIMIT_NAMES = Query(select(quotas.c.quota).where(_where(quotas, "tenant")))
LIMIT_TAKE = Query(
    update(quotas)
    .where(_where(quotas, "tenant", "quota"))
    .values(taken=quotas.c.taken + bindparam("more"))
)
LIMIT_LEFT = Query(
    select(
        quotas.c.units
        - quotas.c.taken
        + select(func.coalesce(cast(func.sum(_unused), BigInteger), 0))
        .where(_late)
        .scalar_subquery()
    ).where(_where(quotas, "tenant", "quota"))
)
_let_go = update(allotments).values(open=0).returning(_unused)
# A slice somebody is spending from at this moment falls back next time: nobody waits for it.
_late_and_free = (
    select(allotments.c.tenant, allotments.c.quota, allotments.c.lease)
    .where(_late)
    .with_for_update(skip_locked=True)
)
SLICES_LATE = Query(
    _let_go.where(_late),
    postgresql=_let_go.where(
        tuple_(allotments.c.tenant, allotments.c.quota, allotments.c.lease).in_(_late_and_free)
    ),
)
SLICE_INSERT = Query(insert(allotments), _columns(allotments))
_slice = select(*(allotments.c[name] for name in ("amount", "until", "open", "used", "spent")))
_slice = _slice.where(_of_lease)
SLICE_READ = Query(_slice)
SLICE_HELD = Query(_slice.with_for_update())
SLICE_SPEND = Query(
    update(allotments)
    .where(
        _of_lease,
        allotments.c.open == 1,
        allotments.c.until > bindparam("now"),
        _unused >= bindparam("units"),
    )
    .values(used=allotments.c.used + bindparam("units"))
)
SLICE_SETTLE = Query(
    update(allotments)
    .where(_of_lease)
    .values(open=0, used=bindparam("in_all"), spent=bindparam("in_all"))
)
