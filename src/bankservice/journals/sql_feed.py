"""
How far a feed may go.

A feed gives entries in the order of their positions, and must never give one while a lower one
can still appear. SQLite has one writer at a time, so what is seen is all there is. PostgreSQL
numbers entries when they are inserted and shows them when their transaction commits, which may be
in another order. So each transaction that writes entries first takes an advisory lock, shared with
everybody and held to its end, whose number tells from where on its positions lie. A reader asks in
this order:

1. What is the last position given out?
2. Which writers are open, and from where on do their positions lie?
3. The entries up to the lower of both.

A writer that is not seen in step 2 either ended before, and step 3 sees what it wrote, or takes
its lock later, and then its positions lie behind those of step 1. So nothing is skipped, nobody
waits, and the feed lags at most the oldest open writer of this journal (other transactions do not
hold it back).

A stream's order is kept: an append takes its positions after it has seen the entry before it.
"""

from __future__ import annotations

from sqlalchemy import text

from bankservice.core.errors import OperationalError
from bankservice.journals.gateway import Query, Run
from bankservice.journals.tables import POSITIONS

__all__ = ["behind", "horizon", "mark"]

_EVERYTHING = 2**63 - 1

# A lock's number is made of the journal, by the identity of its sequence (the schemas of one
# database may hold a journal each), and of a position in 48 bits. The second bit from above keeps
# it away from the small numbers that applications take.
_JOURNAL = "(16384 + CAST(tableoid AS BIGINT) % 16384)"
_LAST = "(last_value - CASE WHEN is_called THEN 0 ELSE 1 END)"

_REACHED = Query(text(f"SELECT {_LAST}, pg_is_in_recovery() FROM {POSITIONS}"))
# Both halves of a lock's number are shown as 32 bits each. Prepared transactions have no process.
_OPEN = Query(
    text(
        "SELECT min((CAST(classid AS BIGINT) & 65535) << 32 | CAST(objid AS BIGINT)) "
        "FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND mode = 'ShareLock' "
        f"AND CAST(classid AS BIGINT) >> 16 = (SELECT {_JOURNAL} FROM {POSITIONS}) "
        "AND pid IS DISTINCT FROM pg_backend_pid() "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
)
# Once for each transaction and journal: the setting is given back when the transaction ends, or
# goes back to a savepoint before.
_MARK = Query(
    text(
        "SELECT set_config('bankservice.marked', CAST(tableoid AS TEXT), true), "
        f"pg_advisory_xact_lock_shared(({_JOURNAL} << 48) + {_LAST}) FROM {POSITIONS} "
        "WHERE coalesce(current_setting('bankservice.marked', true), '') <> CAST(tableoid AS TEXT)"
    )
)


def mark(run: Run) -> None:
    """Tell readers that this transaction is about to take positions."""
    if run.database.many_writers:
        run.rows(_MARK)


def horizon(run: Run) -> int:
    """
    Return the position up to which the feed is final (inclusive).

    Raises:
        OperationalError: If this connection cannot tell: it leads to a replica, or the host's
            transaction sees an older state than the present one.
    """
    if not run.database.many_writers:
        return _EVERYTHING
    if not run.sees_present():
        raise OperationalError(
            "the host's transaction may see an older state than the open writers show; read the "
            "feed in one that is 'read committed'."
        )
    reached, replica = run.rows(_REACHED)[0]
    if replica:
        raise OperationalError(
            "the database is a replica, which does not know the open writers; read the feed from "
            "the primary."
        )
    lowest = run.rows(_OPEN)[0][0]
    final: int = reached if lowest is None else min(reached, lowest)
    return final


def behind(run: Run) -> bool:
    """Tell whether the feed may lack what is committed, because an earlier writer is open."""
    if not run.database.many_writers:
        return False
    final = horizon(run)
    return bool(run.rows(_REACHED)[0][0] > final)
