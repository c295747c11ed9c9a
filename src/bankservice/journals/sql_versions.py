"""
The versions a commit expects: held while it is written, named where another writer came first.

SQLite has one writer at a time, so looking is enough. On PostgreSQL the entry before an append is
held against guards, and the entry that a guard names against appends, until the transaction ends:
of two commits that each write what the other one read, the second waits for the first and then
loses. Streams are held in one order everywhere, so that commits do not wait for each other in a
circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from bankservice.core.errors import RaceLostError
from bankservice.core.journal import Commit, Stream
from bankservice.journals import statements as sql
from bankservice.journals.gateway import DuplicateError, Run

__all__ = ["LostError", "at_present", "hold", "named", "settle"]

_TURNS = 8
"""Turns between appends and guards up to which streams are held one after the other."""


class LostError(Exception):
    """A stream is at another version than expected; which one is asked after the rollback."""


def hold(run: Run, commit: Commit) -> None:
    """
    Hold the versions *commit* expects until the transaction ends.

    Raises:
        LostError: If one of them is not the stream's.
    """
    guards = list(dict.fromkeys(commit.guards))
    wanted = [(each.stream, each.expected, False) for each in commit.appends if each.expected]
    wanted += [(stream, version, True) for stream, version in guards if version]
    for shared, pairs in _in_order(run, wanted):
        query = sql.GUARDS_HELD if shared else sql.VERSIONS_HELD
        if query.count(run, pairs) < len(pairs):
            raise LostError
    past = [(stream, version + 1) for stream, version in guards]
    if sql.VERSIONS_COUNT.count(run, past):
        raise LostError
    if guards:
        _alone(run, ((stream, 0) for stream, version in guards if not version))
    if past and run.database.many_writers:
        _take(run, guards)


def settle(run: Run, commit: Commit) -> None:
    """
    Check, once its entries are written, that new streams of *commit* have no others.

    The unique key refuses a version that is taken, but a purged stream has none but its last.

    Raises:
        LostError: If one of them was purged.
    """
    _alone(
        run,
        (
            (append.stream, append.entries[-1].version)
            for append in commit.appends
            if not append.expected
        ),
    )


def _alone(run: Run, ends: Iterable[tuple[Stream, int]]) -> None:
    # Where one writer goes after the other, streams are asked only if any was ever purged.
    asked = run.database.many_writers or run.rows(sql.TOMBSTONE_ANY)
    if asked and sql.VERSIONS_ABOVE.count(run, list(ends)):
        raise LostError


def _in_order(
    run: Run, wanted: list[tuple[Stream, int, bool]]
) -> Iterator[tuple[bool, list[tuple[Stream, int]]]]:
    """
    Yield what is to be held, (shared, pairs) by (shared, pairs), in the order all writers keep.

    Streams come in their order, so that no two commits wait for each other. Where that would take
    too many statements, appends and then guards of a kind come together: two such commits may
    wait for each other, and the database ends one.
    """
    if run.database.many_writers:
        wanted.sort(key=lambda each: (each[0].tenant, each[0].kind, each[0].key))
        turns = sum(a[2] != b[2] for a, b in pairwise(wanted))
        if turns > _TURNS:
            wanted.sort(key=lambda each: (each[0].tenant, each[0].kind, each[2]))
    else:
        wanted.sort(key=lambda each: each[2])
    for shared, group in groupby(wanted, key=lambda each: each[2]):
        yield shared, [(stream, version) for stream, version, _ in group]


def _take(run: Run, guards: list[tuple[Stream, int]]) -> None:
    """
    Take the versions after the guards and give them back, where looking is not enough.

    A stream that does not exist yet has no entry to hold; and a transaction that sees one state
    from its beginning does not see what was written since. The unique key does: while this
    transaction is open nobody else gets these versions, and one that is taken is a duplicate.
    """
    present = run.sees_present()
    guards = sorted((stream, version) for stream, version in guards if not (present and version))
    if not guards:
        return
    empty = ("", 1, 0, 0, "", "", "", "", "", 0, "{}", None, None)
    try:
        run.insert(
            sql.ENTRY_INSERT,
            [(each.tenant, each.kind, each.key, version + 1, *empty) for each, version in guards],
        )
    except DuplicateError as taken:
        raise LostError from taken
    sql.VERSIONS_OFF.count(run, [(stream, version + 1) for stream, version in guards])


def at_present(run: Run, stream: Stream) -> int:
    """Return the version a stream is at; 0 if it does not exist."""
    row = run.one(sql.VERSION_READ, tenant=stream.tenant, kind=stream.kind, key=stream.key)
    return row[0] or 0 if row else 0


def named(run: Run, commit: Commit) -> RaceLostError | None:
    """Name the stream that lost, as the database stands after the rollback; None without streams."""
    expected = [(append.stream, append.expected) for append in commit.appends]
    expected += commit.guards
    if not expected:
        return None
    for stream, version in expected:
        found = at_present(run, stream)
        if found != version:
            return RaceLostError(str(stream), version, found)
    # The other writer's entries are gone again, or are not to be seen from here.
    return RaceLostError(str(expected[0][0]), expected[0][1])
