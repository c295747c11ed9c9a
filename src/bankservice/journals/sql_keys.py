"""
Keys in a database, each wrapped under a master key that is not there.

Who holds the database alone, or a copy of it, can open nothing. The master key comes from the
host: from its key service, its vault, a file on another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, insert, null, select, text, tuple_, update

import bankservice.journals.extra  # noqa: F401 - first, for its message
from bankservice.core.errors import IntegrityError, OperationalError
from bankservice.core.keys import Key
from bankservice.journals.cipher import (
    SECRET_BYTES,
    Randomness,
    UnopenedError,
    box,
    checked_secret,
    label,
    system_random,
    unbox,
)
from bankservice.journals.gateway import DuplicateError, Query, Row, Run
from bankservice.journals.store import SqlStore
from bankservice.journals.tables import keys

__all__ = ["SqlKeys"]

_CHUNKS = (100, 10, 1)
_ATTEMPTS = 10
_PAGE = 10_000

_place = (keys.c.tenant, keys.c.subject, keys.c.generation)
_held = keys.c.secret.is_not(null())


def _is(*names: str) -> ColumnElement[bool]:
    return and_(*(keys.c[name] == bindparam(name) for name in names))


def _one_of(name: str, size: int) -> ColumnElement[bool]:
    return keys.c[name].in_([bindparam(f"{name}_{index}") for index in range(size)])


@cache
def _of_subjects(size: int) -> Query:
    """Read the keys of *size* subjects, the newest of each last."""
    return Query(select(keys).where(_is("tenant"), _one_of("subject", size)).order_by(*_place))


@cache
def _of_ids(size: int) -> Query:
    """Read *size* keys by their ids."""
    return Query(select(keys).where(_is("tenant"), _one_of("id", size)))


_INSERT = Query(insert(keys), tuple(column.name for column in keys.columns))
_DESTROY = Query(update(keys).where(_is("tenant", "subject"), _held).values(secret=null()))
_WRAPPED = Query(
    select(keys)
    .where(
        _held,
        tuple_(*_place)
        > tuple_(bindparam("tenant"), bindparam("subject"), bindparam("generation")),
    )
    .order_by(*_place)
    .limit(bindparam("limit"))
)
_ANY = Query(select(keys).where(_held).limit(1))
# Not where it was destroyed meanwhile: what is gone must not come back.
_REWRAP = Query(
    update(keys)
    .where(_is("tenant", "subject", "generation"), _held)
    .values(secret=bindparam("wrapped"))
)
_OVERWRITES = Query(text("PRAGMA secure_delete"))
_SETTINGS = ("OFF", "ON", "FAST")


def _rows(
    run: Run, made: Callable[[int], Query], tenant: str, name: str, values: Sequence[str]
) -> Iterator[Row]:
    """Yield the rows for many values, with few different statements."""
    start = 0
    for size in _CHUNKS:
        while len(values) - start >= size:
            named = {f"{name}_{n}": one for n, one in enumerate(values[start : start + size])}
            yield from run.rows_of(made(size), {"tenant": tenant, **named})
            start += size


class SqlKeys:
    """
    Keys in a database.

    Where the keys lie beside the record, one backup holds both, and a key that was destroyed is
    in it still. A database of their own, with backups kept for a short time, is better.

    Args:
        store: Where: a `SqlStore` of its own, or a journal, whose database it shares. On a
            host's connection (`SqlStore.on`), its commit or rollback is ours.
        master: 32 bytes under which the keys are wrapped.
        former: Master keys from before; keys still wrapped under one of them can be read.
        random: Gives as many random bytes as asked; the system's where left out.
    """

    def __init__(
        self,
        store: SqlStore,
        master: bytes,
        *,
        former: Sequence[bytes] = (),
        random: Randomness = system_random,
    ) -> None:
        self.gateway = store.gateway
        self._masters = tuple(checked_secret(each, "a master key") for each in (master, *former))
        self._random = random
        self._proven = False

    def current(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, Key]:
        """
        Return the key to seal with for each of *subjects*.

        Keys that are missing are made in one write.

        Raises:
            IntegrityError: If a key does not open with the master key.
            OperationalError: If other writers were quicker time and again.
        """
        wanted = sorted(set(subjects))
        with self.gateway.reading() as run:
            newest = self._newest(run, tenant, wanted)
        for _ in range(_ATTEMPTS):
            missing = [one for one in wanted if one not in newest or newest[one][4] is None]
            if not missing:
                return {one: self._key(newest[one]) for one in wanted}
            self._prove()
            try:
                with self.gateway.writing() as run:
                    # Another writer may have made some since they were looked for.
                    newest |= self._newest(run, tenant, missing)
                    made = [
                        self._made(tenant, one, newest.get(one))
                        for one in missing
                        if one not in newest or newest[one][4] is None
                    ]
                    run.insert(_INSERT, made)
            except DuplicateError:
                with self.gateway.reading() as run:
                    newest |= self._newest(run, tenant, missing)
            else:
                newest |= {row[1]: row for row in made}
        raise OperationalError(
            f"other writers were quicker {_ATTEMPTS} times in making keys of {tenant!r}; try again."
        )

    def _prove(self) -> None:
        """Open one key there is, before a new one is wrapped under a master key that may be wrong."""
        if not self._proven:
            with self.gateway.reading() as run:
                row = run.one(_ANY)
            if row is not None:
                self._unwrapped(row)
            self._proven = True

    @staticmethod
    def _newest(run: Run, tenant: str, subjects: Sequence[str]) -> dict[str, Row]:
        return {row[1]: row for row in _rows(run, _of_subjects, tenant, "subject", subjects)}

    def _made(self, tenant: str, subject: str, before: Row | None) -> Row:
        """Return the row of a new key."""
        key_id, secret = self._random(16).hex(), self._random(SECRET_BYTES)
        wrapped = box(self._masters[0], secret, _about(tenant, subject, key_id), self._random)
        return (tenant, subject, 1 if before is None else before[2] + 1, key_id, wrapped)

    def _key(self, row: Row) -> Key:
        return Key(row[3], self._unwrapped(row))

    def _unwrapped(self, row: Row) -> bytes:
        tenant, subject, _, key_id, wrapped = row
        for master in self._masters:
            try:
                return unbox(master, wrapped, _about(tenant, subject, key_id))
            except UnopenedError:
                continue
        raise IntegrityError(
            f"the key {key_id!r} of {tenant}/{subject} does not open with the master key given: it "
            "was wrapped under another one, or changed. Pass the master key it was wrapped under "
            "(as `former`, where it was replaced)."
        )

    def find(self, tenant: str, ids: Iterable[str]) -> Mapping[str, Key | None]:
        """
        Return the keys there are among *ids*; None says that one was destroyed.

        Raises:
            IntegrityError: If a key does not open with the master key.
        """
        with self.gateway.reading() as run:
            rows = list(_rows(run, _of_ids, tenant, "id", list(dict.fromkeys(ids))))
        return {row[3]: None if row[4] is None else self._key(row) for row in rows}

    def destroy(self, tenant: str, subject: str) -> int:
        """
        Destroy the keys of *subject* for good, and return how many there were.

        In a SQLite file of ours the wrapped keys are overwritten, and the log is emptied unless
        somebody reads at that moment. PostgreSQL lets go of them with the next VACUUM. Backups are the host's matter.
        """
        with self.gateway.writing() as run:
            if run.database.name != "sqlite":
                return run.write(_DESTROY, tenant=tenant, subject=subject)
            before = _SETTINGS[run.rows(_OVERWRITES)[0][0]]
            run.plain("PRAGMA secure_delete = ON")
            count = run.write(_DESTROY, tenant=tenant, subject=subject)
            # A host's connection keeps the setting it had.
            run.plain(f"PRAGMA secure_delete = {before}")
            joined = run.joined
        if not joined:
            with self.gateway.reading() as run:
                run.plain("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def rewrap(self, master: bytes) -> int:
        """
        Wrap every key under another master key, in one transaction; return how many.

        Nothing that was sealed is touched. Where several processes run, first give all of them
        the new master key with the old one as `former`; then rewrap; then drop the old one.

        Raises:
            IntegrityError: If a key does not open with the master keys held; all stay as they are.
        """
        checked_secret(master, "the new master key")
        place: tuple[Any, ...] = ("", "", 0)
        count = 0
        with self.gateway.writing() as run:
            while True:
                tenant, subject, generation = place
                page = run.rows(
                    _WRAPPED, tenant=tenant, subject=subject, generation=generation, limit=_PAGE
                )
                if not page:
                    break
                run.each(_REWRAP, [self._rewrapped(row, master) for row in page])
                count += len(page)
                place = page[-1][:3]
        # The old ones stay: a host may still roll its transaction back.
        self._masters = (master, *(each for each in self._masters if each != master))
        return count

    def _rewrapped(self, row: Row, master: bytes) -> dict[str, object]:
        tenant, subject, generation, key_id, _ = row
        wrapped = box(master, self._unwrapped(row), _about(tenant, subject, key_id), self._random)
        return {
            "tenant": tenant,
            "subject": subject,
            "generation": generation,
            "wrapped": wrapped,
        }


def _about(tenant: str, subject: str, key_id: str) -> bytes:
    """Return what a wrapped key is bound to."""
    return label("bankservice.key", 1, tenant, subject, key_id)
