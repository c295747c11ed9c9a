"""Shared limits in a database, ours or inside the host's transaction."""

from __future__ import annotations

from datetime import datetime

import bankservice.journals.extra  # noqa: F401 - first, for its message
from bankservice.core.errors import IntegrityError, OperationalError, UnknownNameError
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


def _slice(run: Run, query: Query, quota: str, lease: str) -> Slice | None:
    row = run.one(query, quota=quota, lease=lease)
    if row is None:
        return None
    amount, until, is_open, used, spent = row
    return Slice(amount, until, bool(is_open), used if spent is None else spent, spent is not None)


def _held(run: Run, quota: str, lease: str) -> Slice:
    taken = _slice(run, sql.SLICE_HELD, quota, lease)
    if taken is None:
        raise (
            _unknown(run, quota)
            if not run.rows(sql.LIMIT_READ, quota=quota)
            else (UnknownNameError("lease", lease, ()))
        )
    return taken


def _unknown(run: Run, quota: str) -> UnknownNameError:
    return UnknownNameError("quota", quota, [name for (name,) in run.rows(sql.LIMIT_NAMES)])


def _limit(run: Run, quota: str) -> tuple[int, int]:
    """Hold a limit; return its units and how many are taken (spent or leased)."""
    row = run.one(sql.LIMIT_HELD, quota=quota)
    if row is None:
        raise _unknown(run, quota)
    return row[0], row[1]


class SqlQuota:
    """
    Shared limits in a database.

    Args:
        store: Where: a journal, whose database it shares, or a `SqlStore` of its own.
    """

    def __init__(self, store: SqlStore) -> None:
        self.gateway = store.gateway

    def open(self, quota: str, limit: int) -> None:
        """Set *quota* to *limit* units."""
        checked_limit_units(quota, limit)
        with self.gateway.writing() as run:
            run.write(sql.LIMIT_INSERT, quota=quota, units=limit, taken=0)
            known = run.rows(sql.LIMIT_READ, quota=quota)[0][0]
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
        with self.gateway.writing() as run:
            units, taken = _limit(run, quota)
            first = _slice(run, sql.SLICE_READ, quota, lease)
            if first is None:
                checked_ask(quota, amount, start, end)
                back = sum(
                    unused for (unused,) in run.rows(sql.SLICES_LATE, quota=quota, now=start)
                )
                first = Slice(min(amount, units - taken + back), end)
                run.write(
                    sql.SLICE_INSERT,
                    quota=quota,
                    lease=lease,
                    amount=first.amount,
                    until=end,
                    open=1,
                    used=0,
                    spent=None,
                )
                run.write(sql.LIMIT_TAKE, quota=quota, more=first.amount - back)
        return Allotment(quota, lease, first.amount, from_micros(first.until))

    def spend(self, quota: str, lease: str, units: int, *, now: datetime) -> None:
        """
        Record that *units* of the lease were used; inside the transaction that used them.

        Only the lease's own row is touched, so nobody else waits for the host to commit.
        """
        instant = to_micros(now)
        checked_units(lease, units)
        with self.gateway.writing() as run:
            asked = {"quota": quota, "lease": lease, "units": units, "now": instant}
            # One trip where all is well; only a refusal asks for the reason.
            if not run.write(sql.SLICE_SPEND, **asked):
                if not run.sees_present():
                    raise OperationalError(
                        f"the host's transaction may not see lease {lease!r}, leased since it "
                        "began; spend in one that is 'read committed'."
                    )
                checked_use(quota, lease, _held(run, quota, lease), units, instant)
                run.write(sql.SLICE_SPEND, **asked)

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        """Record that *spent* units of the lease were used in all; the rest goes back."""
        instant = to_micros(now)
        with self.gateway.writing() as run:
            _limit(run, quota)
            taken = _held(run, quota, lease)
            if checked_spent(quota, lease, taken, spent, instant):
                run.write(sql.SLICE_SETTLE, quota=quota, lease=lease, in_all=spent)
                run.write(sql.LIMIT_TAKE, quota=quota, more=spent - taken.amount)

    def left(self, quota: str, *, now: datetime) -> int:
        """Return the units neither spent nor leased at *now*."""
        with self.gateway.reading() as run:
            row = run.one(sql.LIMIT_LEFT, quota=quota, now=to_micros(now))
            if row is None:
                raise _unknown(run, quota)
        left: int = row[0]
        return left
