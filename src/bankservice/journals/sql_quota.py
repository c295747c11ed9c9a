"""Shared limits in a SQLite database, ours or inside the host's transaction."""

from __future__ import annotations

from datetime import datetime

import bankservice.journals.extra  # noqa: F401 - first, for its message
from bankservice.core.errors import IntegrityError, UnknownNameError
from bankservice.core.quota import Allotment
from bankservice.journals import statements as sql
from bankservice.journals.canonical import from_micros, to_micros
from bankservice.journals.gateway import Run
from bankservice.journals.slices import Slice, checked_ask, checked_limit_units, checked_spent
from bankservice.journals.store import SqlStore

__all__ = ["SqlQuota"]


def _slice(run: Run, quota: str, lease: str) -> Slice | None:
    row = run.one(sql.SLICE_READ, quota=quota, lease=lease)
    return None if row is None else Slice(row[0], row[1], bool(row[2]), row[3])


def _limit(run: Run, quota: str) -> tuple[int, int]:
    """Return the units of a limit and how many are taken (spent or leased)."""
    row = run.one(sql.LIMIT_READ, quota=quota)
    if row is None:
        raise UnknownNameError("quota", quota, [name for (name,) in run.rows(sql.LIMIT_NAMES)])
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
            known = run.one(sql.LIMIT_READ, quota=quota)
            if known is None:
                run.write(sql.LIMIT_INSERT, quota=quota, units=limit, taken=0)
            elif known[0] != limit:
                raise IntegrityError(
                    f"quota {quota!r} was opened with {known[0]} units; got {limit}. "
                    "Open another quota for another limit."
                )

    def lease(
        self, quota: str, lease: str, amount: int, *, now: datetime, until: datetime
    ) -> Allotment:
        """Lease up to *amount* units until *until* (exclusive)."""
        start, end = to_micros(now), to_micros(until)
        with self.gateway.writing() as run:
            units, taken = _limit(run, quota)
            first = _slice(run, quota, lease)
            if first is None:
                checked_ask(quota, amount, start, end)
                back = run.rows(sql.LIMIT_LATE, quota=quota, now=start)[0][0]
                if back:
                    run.write(sql.SLICES_LATE, quota=quota, now=start)
                first = Slice(min(amount, units - taken + back), end)
                run.write(
                    sql.SLICE_INSERT,
                    quota=quota,
                    lease=lease,
                    amount=first.amount,
                    until=end,
                    open=1,
                    spent=None,
                )
                run.write(sql.LIMIT_TAKE, quota=quota, more=first.amount - back)
        return Allotment(quota, lease, first.amount, from_micros(first.until))

    def settle(self, quota: str, lease: str, spent: int, *, now: datetime) -> None:
        """Record that *spent* units of the lease were used; the rest goes back."""
        instant = to_micros(now)
        with self.gateway.writing() as run:
            _limit(run, quota)
            taken = _slice(run, quota, lease)
            if taken is None:
                raise UnknownNameError("lease", lease, ())
            if checked_spent(quota, lease, taken, spent, instant):
                run.write(sql.SLICE_SETTLE, quota=quota, lease=lease, used=spent)
                run.write(sql.LIMIT_TAKE, quota=quota, more=spent - taken.amount)

    def left(self, quota: str, *, now: datetime) -> int:
        """Return the units neither spent nor leased at *now*."""
        with self.gateway.reading() as run:
            units, taken = _limit(run, quota)
            back: int = run.rows(sql.LIMIT_LATE, quota=quota, now=to_micros(now))[0][0]
        return units - taken + back
