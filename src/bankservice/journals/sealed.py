"""
A journal whose sealed parts are encrypted, each customer's under a key of their own.

It stands before any other journal. `Entry.sealed` goes in as a *box* and comes out opened; once
a customer's key is destroyed, their boxes stay shut for good and their entries say `erased`. All
that replay reads is `Entry.data`, so nothing else changes.

A box is a mapping of three names, one of which no field of a record can have:

    {"bankservice.sealed": 1, "key": "<id of the key>", "box": "<nonce, ciphertext and tag>"}

Whatever is written through this journal is boxed, also a mapping that looks like a box itself. A
mapping without that name was written before sealing was switched on and comes back as it is. One
with the name is a box or an error, never taken for the facts themselves; and since a box is bound
to its entry, one that was moved to another entry is an error too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, cast

import attrs

from bankservice.core.archive import Archive
from bankservice.core.errors import IntegrityError, UnknownKindError
from bankservice.core.journal import (
    BOX_MARK,
    AgendaItem,
    Append,
    Commit,
    Entry,
    Fed,
    History,
    Journal,
    Json,
    KeptVersion,
    Lease,
    Receipt,
    Stream,
)
from bankservice.core.keys import Key, Keys
from bankservice.journals.canonical import from_text, to_text
from bankservice.journals.cipher import (
    Randomness,
    UnopenedError,
    box,
    label,
    system_random,
    unbox,
)

__all__ = ["SealedJournal"]

_FORMAT = 1
_NAMES = frozenset({BOX_MARK, "key", "box"})


def _about(entry: Entry) -> bytes:
    """Return what a box is bound to: its tenant, record, version and kind of entry."""
    stream = entry.stream
    return label(
        BOX_MARK, _FORMAT, stream.tenant, stream.kind, stream.key, entry.version, entry.kind
    )


def _key_id(entry: Entry) -> str | None:
    """Return the id of the key an entry is sealed under; None where it is not sealed."""
    held = entry.sealed
    if held is None or BOX_MARK not in held:
        return None
    if held[BOX_MARK] != _FORMAT:
        raise UnknownKindError(
            f"{_name(entry)} is sealed in form {held[BOX_MARK]!r}; this bankservice knows form {_FORMAT}. "
            "Upgrade the package."
        )
    if held.keys() != _NAMES or not isinstance(held["key"], str):
        raise _broken(entry)
    return held["key"]


def _name(entry: Entry) -> str:
    return f"{entry.stream}@{entry.version}"


def _broken(entry: Entry) -> IntegrityError:
    return IntegrityError(
        f"the sealed part of {_name(entry)} does not open with its key: it was changed, or written "
        "for another entry. Restore the entry from a backup."
    )


class SealedJournal:
    """
    Any journal, with the sealed parts of its entries encrypted.

    It keeps the promises of the journal it stands before, those of an `Archive` too where that
    one is an archive. Keys are asked for once for each tenant and call, and never kept: a key
    that another process destroyed is gone here at once.

    Args:
        journal: Where the record is kept.
        keys: The customers' keys; the key of a customer seals all that is about them (`Entry.owner`).
        random: Gives as many random bytes as asked; the system's where left out.

    Examples:
        >>> from bankservice.journals import MemoryJournal
        >>> from bankservice.journals.keys import MemoryKeys
        >>> journal = SealedJournal(MemoryJournal(), MemoryKeys())
        >>> journal.read(Stream("bank", "segmentation.standing", "c-1"))
        ()
    """

    def __init__(self, journal: Journal, keys: Keys, *, random: Randomness = system_random) -> None:
        self.journal = journal
        self.keys = keys
        self._random = random

    # --- writing --------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """
        Write all of *commit*, or nothing.

        A key made for it stays also where the commit is refused; the next one takes it.

        Raises:
            ValueError: If an entry says it was erased: it was read, and its facts are gone.
        """
        self.journal.commit(attrs.evolve(commit, appends=self._sealed(commit.appends)))

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        """Delete all entries of the stream and append *tombstone*, one entry, in one commit."""
        (sealed,) = self._sealed((tombstone,))
        self._archive().purge(sealed, guards=guards)

    def _sealed(self, appends: Sequence[Append]) -> tuple[Append, ...]:
        texts: dict[int, bytes] = {}
        subjects: dict[str, dict[str, None]] = {}
        for append in appends:
            for entry in append.entries:
                if entry.erased:
                    raise ValueError(
                        f"{_name(entry)} was erased, so its facts cannot be written again; to copy "
                        "a record, copy the journal beneath this one."
                    )
                if entry.sealed is not None:
                    # Refused here, as every journal does, before any key is made.
                    texts[id(entry)] = to_text(entry.sealed, "sealed").encode()
                    subjects.setdefault(entry.stream.tenant, {})[entry.owner] = None
        if not texts:
            return tuple(appends)
        found = {tenant: self.keys.current(tenant, those) for tenant, those in subjects.items()}

        def boxed(entry: Entry) -> Entry:
            if entry.sealed is None:
                return entry
            key = found[entry.stream.tenant][entry.owner]
            held = box(key.secret, texts[id(entry)], _about(entry), self._random)
            return attrs.evolve(entry, sealed={BOX_MARK: _FORMAT, "key": key.id, "box": held})

        return tuple(
            Append(append.stream, append.expected, tuple(map(boxed, append.entries)))
            for append in appends
        )

    # --- reading --------------------------------------------------------------------------------

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """
        Return the entries of *stream* with a version above *after*.

        Raises:
            IntegrityError: If a box does not open, or its key is not known here at all.
        """
        return self._opened(self.journal.read(stream, after))

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """
        Return the histories of *streams*, from their snapshots on.

        Raises:
            IntegrityError: If a box does not open, or its key is not known here at all.
        """
        histories = self.journal.read_many(streams)
        opened = iter(
            self._opened([entry for history in histories.values() for entry in history.entries])
        )
        return {
            stream: attrs.evolve(history, entries=tuple(next(opened) for _ in history.entries))
            for stream, history in histories.items()
        }

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """
        Return up to *limit* entries past position *after*, for part `part[0]` of `part[1]`.

        Raises:
            IntegrityError: If a box does not open, or its key is not known here at all.
        """
        fed = self.journal.feed(after, limit=limit, part=part)
        opened = self._opened([each.entry for each in fed])
        return tuple(Fed(each.position, entry) for each, entry in zip(fed, opened, strict=True))

    def _opened(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        ids = list(map(_key_id, entries))
        asked: dict[str, dict[str, None]] = {}
        for entry, key_id in zip(entries, ids, strict=True):
            if key_id is not None:
                asked.setdefault(entry.stream.tenant, {})[key_id] = None
        found = {tenant: self.keys.find(tenant, those) for tenant, those in asked.items()}
        return tuple(
            entry if key_id is None else _open(entry, key_id, found[entry.stream.tenant])
            for entry, key_id in zip(entries, ids, strict=True)
        )

    # --- handed on ------------------------------------------------------------------------------

    def receipts(self, tenant: str, command_ids: Iterable[str]) -> Mapping[str, Receipt]:
        """Return the receipts there are among *command_ids*."""
        return self.journal.receipts(tenant, command_ids)

    def due(
        self,
        tenant: str,
        by: datetime,
        *,
        limit: int,
        after: AgendaItem | None = None,
        lease: Lease | None = None,
    ) -> tuple[AgendaItem, ...]:
        """Return up to *limit* items due at or before *by* (inclusive)."""
        return self.journal.due(tenant, by, limit=limit, after=after, lease=lease)

    def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
        """Claim *item* and return it with this attempt counted; None where it is not to be had."""
        return self.journal.claim(item, lease)

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        """Let *item* wait until an instant (exclusive), whatever its lease."""
        self.journal.postpone(item, until)

    def park(self, item: AgendaItem, reason: str) -> None:
        """Leave *item* aside, with the reason."""
        self.journal.park(item, reason)

    def parked(self, tenant: str) -> tuple[AgendaItem, ...]:
        """Return the items left aside."""
        return self.journal.parked(tenant)

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it was."""
        return self.journal.kept(tenant, policy, digest)

    def forget_snapshots(self) -> None:
        """Delete every snapshot."""
        self.journal.forget_snapshots()

    def behind(self) -> bool:
        """Tell whether the feed may lack what is committed."""
        return self._archive().behind()

    def receipts_after(self, tenant: str, after: str = "", *, limit: int) -> tuple[Receipt, ...]:
        """Return up to *limit* receipts whose command id comes after *after*."""
        return self._archive().receipts_after(tenant, after, limit=limit)

    def versions(self, tenant: str) -> tuple[KeptVersion, ...]:
        """Return the policy versions kept for *tenant*."""
        return self._archive().versions(tenant)

    def _archive(self) -> Archive:
        if not hasattr(self.journal, "purge"):
            raise TypeError(
                f"{type(self.journal).__name__} is a journal but no archive: it cannot list what "
                "it holds, nor purge. Write the methods of bankservice.core.archive.Archive."
            )
        return cast("Archive", self.journal)

    def close(self) -> None:
        """Close the journal beneath, if it can be; the keys are their owner's to close."""
        close = getattr(self.journal, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _open(entry: Entry, key_id: str, keys: Mapping[str, Key | None]) -> Entry:
    """Return *entry* with its box opened, or as erased."""
    if key_id not in keys:
        raise IntegrityError(
            f"{_name(entry)} is sealed under the key {key_id!r}, which these keys do not know; it "
            "was not destroyed there either. Open the journal with the keys it was sealed under."
        )
    key = keys[key_id]
    if key is None:
        return attrs.evolve(entry, sealed=None, erased=True)
    held: Mapping[str, Any] = entry.sealed or {}
    try:
        plain = unbox(key.secret, str(held["box"]), _about(entry))
    except UnopenedError as error:
        raise _broken(entry) from error
    sealed: Mapping[str, Json] = from_text(plain.decode())
    return attrs.evolve(entry, sealed=sealed)
