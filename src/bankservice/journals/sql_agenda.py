"""The agenda in a database: what comes on and off it, what is due, leased and parked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from bankservice.core.journal import AgendaChange, AgendaItem, Lease, Stream
from bankservice.journals import statements as sql
from bankservice.journals.canonical import (
    checked_limit,
    checked_reason,
    from_micros,
    to_micros,
)
from bankservice.journals.gateway import Gateway, Row, Run

__all__ = ["Changes", "claim", "due", "park", "parked", "postpone"]

_BEFORE_ALL = (-(2**62), "", "", "")


def _place(stream: Stream, matter: str) -> dict[str, object]:
    return {"tenant": stream.tenant, "kind": stream.kind, "key": stream.key, "matter": matter}


def _item(row: Row) -> AgendaItem:
    *address, matter, due_at, attempts, parked_for = row
    return AgendaItem(from_micros(due_at), Stream(*address), matter, attempts, parked_for)


@attrs.frozen
class Changes:
    """What a commit puts on the agenda and takes off, the last change of a key counting."""

    put: list[Row]
    off: list[dict[str, object]]

    @classmethod
    def of(cls, changes: Iterable[AgendaChange]) -> Changes:
        """Return the changes as rows."""
        put, off = [], []
        last = {(change.stream, change.key): change.due_at for change in changes}
        # In one order, so that two commits do not wait for each other in a circle.
        for (stream, matter), due_at in sorted(last.items(), key=lambda each: each[0]):
            if due_at is None:
                off.append(_place(stream, matter))
            else:
                address = (stream.tenant, stream.kind, stream.key)
                put.append((*address, matter, to_micros(due_at), 0, "", None))
        return cls(put, off)

    def write(self, run: Run) -> None:
        """Write them."""
        run.each(sql.MATTER_OFF, self.off)
        run.insert(sql.MATTER_PUT, self.put)


def due(
    gateway: Gateway,
    tenant: str,
    by: datetime,
    *,
    limit: int,
    after: AgendaItem | None,
    lease: Lease | None,
) -> tuple[AgendaItem, ...]:
    """Return the items due, claimed if a lease is given."""
    latest = to_micros(by)
    start = (
        _BEFORE_ALL
        if after is None
        else (to_micros(after.due_at), after.stream.kind, after.stream.key, after.key)
    )
    named = {
        "tenant": tenant,
        "by": latest,
        "now": latest if lease is None else to_micros(lease.now),
        "limit": checked_limit(limit),
        "after_due_at": start[0],
        "after_kind": start[1],
        "after_key": start[2],
        "after_matter": start[3],
    }
    if lease is None:
        with gateway.reading() as run:
            return tuple(map(_item, run.rows_of(sql.MATTERS_DUE, named)))
    until = to_micros(lease.until)
    with gateway.writing() as run:
        items = tuple(map(_item, run.rows_of(sql.MATTERS_CLAIMED, named)))
        run.each(
            sql.LEASE_CLAIM,
            [{**_place(item.stream, item.key), "until": until} for item in items],
        )
    return tuple(attrs.evolve(item, attempts=item.attempts + 1) for item in items)


def _as_given(item: AgendaItem) -> dict[str, object]:
    """Return the parameters that find *item* if nobody changed it since it was given."""
    return {
        **_place(item.stream, item.key),
        "given_due_at": to_micros(item.due_at),
        "given_attempts": item.attempts,
    }


def claim(gateway: Gateway, item: AgendaItem, lease: Lease) -> AgendaItem | None:
    """Claim *item* if it is still as it was given and nobody else's; None where it is not."""
    named = {"now": to_micros(lease.now), "until": to_micros(lease.until)}
    with gateway.writing() as run:
        taken = run.write(sql.MATTER_CLAIM, **_as_given(item), **named)
    return attrs.evolve(item, attempts=item.attempts + 1) if taken else None


def postpone(gateway: Gateway, item: AgendaItem, until: datetime) -> None:
    """Let *item* wait if it is still as it was given."""
    with gateway.writing() as run:
        run.write(sql.MATTER_POSTPONE, **_as_given(item), until=to_micros(until))


def park(gateway: Gateway, item: AgendaItem, reason: str) -> None:
    """Leave *item* aside if it is still as it was given."""
    with gateway.writing() as run:
        run.write(sql.MATTER_PARK, **_as_given(item), reason=checked_reason(reason))


def parked(gateway: Gateway, tenant: str) -> tuple[AgendaItem, ...]:
    """Return the items left aside, earliest first."""
    with gateway.reading() as run:
        return tuple(map(_item, run.rows(sql.MATTERS_PARKED, tenant=tenant)))
