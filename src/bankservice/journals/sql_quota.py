"""Shared limits in a database, ours or inside the host's transaction."""

from __future__ import annotations

from datetime import datetime

import attrs

import bankservice.journals.extra  # noqa: F401 - first, for its message
from bankservice.core.errors import IntegrityError, OperationalError, UnknownNameError
from bankservice.core.identifiers import checked_id
from bankservice.core.quota import Allotment
from bankservice.journals import statements as sql
from bankservice.journals.canonical import from_micros, to_micros
from bankservice.journals.gateway import Query, Run
from bankservice.journals.slices import (
    Slice,
    checked_ask,
    checked_limit_units,
    checked_spent,
    checked_units,
    checked_use,
)
from bankservice.journals.store import SqlStore

__all__ = ["SqlQuota"]


@attrs.frozen
class _Place:
    """A limit among those of its tenant."""

    tenant: str
    quota: str

    def named(self, **more: object) -> dict[str, object]:
        """Return the parameters of a statement about it."""
        return {"tenant": self.tenant, "quota": self.quota, **more}

    def slice(self, run: Run, query: Query, lease: str) -> Slice | None:
        """Return a slice of it, if there is one under this id."""
        row = run.one(query, **self.named(lease=lease))
        if row is None:
            return None
        amount, until, is_open, used, spent = row
        settled = spent is not None
        return Slice(amount, until, bool(is_open), spent if settled else used, settled)

    def held(self, run: Run, lease: str) -> Slice:
        """Hold a slice of it."""
        taken = self.slice(run, sql.SLICE_HELD, lease)
        if taken is None:
            if run.rows(sql.LIMIT_READ, **self.named()):
                raise UnknownNameError("lease", lease, ())
            raise self.unknown(run)
        return taken

    def hold(self, run: Run) -> tuple[int, int]:
        """Hold the limit; return its units and how many are taken (spent or leased)."""
        row = run.one(sql.LIMIT_HELD, **self.named())
        if row is None:
            raise self.unknown(run)
        return row[0], row[1]

    def unknown(self, run: Run) -> UnknownNameError:
        """Return the error for a limit that is not there, with the near names."""
        names = [name for (name,) in run.rows(sql.LIMIT_NAMES, tenant=self.tenant)]
        return UnknownNameError("quota", self.quota, names)


class SqlQuota:
    """
    Shared limits in a database.

    Args:
        store: Where: a journal, whose database it shares, or a `SqlStore` of its own.
        tenant: Legal entity the limits belong to; those of others do not meet them.

    Raises:
        IdentifierError: If *tenant* may not serve as an identifier.
    """

    def __init__(self, store: SqlStore, *, tenant: str = "default") -> None:
        self.gateway = store.gateway
        self._tenant = checked_id(tenant, "tenant")

    def open(self, quota: str, limit: int) -> None:
        """Set *quota* to *limit* units."""
        checked_limit_units(quota, limit)
        place = _Place(self._tenant, quota)
        with self.gateway.writing() as run:
            run.write(sql.LIMIT_INSERT, **place.named(units=limit, taken=0))
            known = run.rows(sql.LIMIT_READ, **place.named())[0][0]
            if known != limit:
                raise IntegrityError(
                    f"quota {quota!r} was opened with {known} units; got {limit}. "
                    "Open another quota for another limit."
                )

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        """Lease up to *amount* units until *until* (exclusive)."""
        start, end = to_micros(now), to_micros(until)
        place = _Place(self._tenant, quota)
        with self.gateway.writing() as run:
            units, taken = place.hold(run)
            first = place.slice(run, sql.SLICE_READ, lease)
            if first is None:
                checked_ask(quota, amount, start, end)
                back = sum(
                    unused for (unused,) in run.rows(sql.SLICES_LATE, **place.named(now=start))
                )
                first = Slice(min(amount, units - taken + back), end)
                made = place.named(lease=lease, amount=first.amount, until=end, open=1)
                run.write(sql.SLICE_INSERT, **made, used=0, spent=None)
                run.write(sql.LIMIT_TAKE, **place.named(more=first.amount - back))
        return Allotment(quota, lease, first.amount, from_micros(first.until))

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        """
        Record that *units* of the lease were used; inside the transaction that used them.

        Only the lease's own row is touched, so nobody else waits for the host to commit.
        """
        instant = to_micros(now)
        place = _Place(self._tenant, quota)
        checked_units(lease, units)
        with self.gateway.writing() as run:
            asked = place.named(lease=lease, units=units, now=instant)
            # One trip where all is well; only a refusal asks for the reason.
            if not run.write(sql.SLICE_SPEND, **asked):
                if not run.sees_present():
                    raise OperationalError(
                        f"the host's transaction may not see lease {lease!r}, leased since it "
                        "began; spend in one that is 'read committed'."
                    )
                checked_use(quota, lease, place.held(run, lease), units, instant)
                run.write(sql.SLICE_SPEND, **asked)

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        """Record that *spent* units of the lease were used in all; the rest goes back."""
        instant = to_micros(now)
        place = _Place(self._tenant, quota)
        with self.gateway.writing() as run:
            place.hold(run)
            taken = place.held(run, lease)
            if checked_spent(quota, lease, taken, spent, instant):
                run.write(sql.SLICE_SETTLE, **place.named(lease=lease, in_all=spent))
                run.write(sql.LIMIT_TAKE, **place.named(more=spent - taken.amount))

    def left(self, quota: str, *, now: datetime) -> int:
        """Return the units neither spent nor leased at *now*."""
        place = _Place(self._tenant, quota)
        with self.gateway.reading() as run:
            row = run.one(sql.LIMIT_LEFT, **place.named(now=to_micros(now)))
            if row is None:
                raise place.unknown(run)
        left: int = row[0]
        return left
