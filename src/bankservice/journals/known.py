"""
A journal as it was known at an instant: what was written later is not there, and nothing is written.

With it any question is asked again knowing only what was known then: a standing on a day, why an
entry was decided, what another policy would have made of the book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NoReturn

from bankservice.core.archive import PURGED
from bankservice.core.calendar import aware, in_utc
from bankservice.core.errors import PastIsReadOnlyError
from bankservice.core.journal import (
    AgendaItem,
    Commit,
    Entry,
    Fed,
    History,
    Journal,
    KeptVersion,
    Lease,
    Receipt,
    Stream,
)

__all__ = ["KnownJournal"]


class KnownJournal:
    """
    Any journal, as it was known at an instant.

    Entries and receipts recorded later are left out; a stream that was purged since shows its
    tombstone, for what it held cannot be told any more. There is no agenda: what was due follows
    from the states. Kept policy versions are all there, for a text is the same whenever it is read.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> past = KnownJournal(MemoryJournal(), pendulum.datetime(2026, 3, 31))
        >>> past.read(Stream("default", "segmentation.standing", "customer-7"))
        ()
    """

    def __init__(self, journal: Journal, at: datetime) -> None:
        """
        Look at a journal.

        Args:
            journal: The journal; it is not closed with this one.
            at: The instant, aware; what was recorded at it is known.
        """
        self.journal = journal
        self.at = in_utc(aware(at))

    def commit(self, commit: Commit) -> None:
        """
        Refuse.

        Raises:
            PastIsReadOnlyError: Always.
        """
        self._refuse("written")

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries of *stream* that were known, with a version above *after*."""
        return self._known(self.journal.read(stream, after))

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return the histories of *streams*, whole."""
        found = self.journal.read_many(tuple(streams))
        return {
            stream: History(
                stream,
                # A snapshot may hold what was not known yet, so what it stands for is read.
                self._known(history.entries) if history.snapshot is None else self.read(stream),
            )
            for stream, history in found.items()
        }

    def _known(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(entry for entry in entries if self._knows(entry))

    def _knows(self, entry: Entry) -> bool:
        return entry.kind == PURGED or entry.recorded_at <= self.at

    def receipts(self, tenant: str, command_ids: Iterable[str]) -> Mapping[str, Receipt]:
        """Return the receipts there were among *command_ids*."""
        found = self.journal.receipts(tenant, command_ids)
        return {held: receipt for held, receipt in found.items() if receipt.recorded_at <= self.at}

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Return up to *limit* entries that were known, past position *after*, for one part."""
        known: list[Fed] = []
        while len(known) < limit:
            fed = self.journal.feed(after, limit=limit, part=part)
            if not fed:
                break
            known += (held for held in fed if self._knows(held.entry))
            after = fed[-1].position
        return tuple(known[:limit])

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it ever was."""
        return self.journal.kept(tenant, policy, digest)

    def due(
        self,
        tenant: str,
        by: datetime,
        *,
        limit: int,
        after: AgendaItem | None = None,
        lease: Lease | None = None,
    ) -> tuple[AgendaItem, ...]:
        """
        Refuse: an agenda is not kept over time.

        Raises:
            PastIsReadOnlyError: Always.
        """
        self._refuse("swept")

    def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
        """Refuse, as `due` does."""
        self._refuse("swept")

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        """Refuse, as `due` does."""
        self._refuse("swept")

    def park(self, item: AgendaItem, reason: str) -> None:
        """Refuse, as `due` does."""
        self._refuse("swept")

    def parked(self, tenant: str) -> tuple[AgendaItem, ...]:
        """Refuse, as `due` does."""
        self._refuse("swept")

    def forget_snapshots(self) -> None:
        """Refuse: what is not read need not be forgotten."""
        self._refuse("written")

    def _refuse(self, done: str) -> NoReturn:
        raise PastIsReadOnlyError(
            f"the journal as known at {self.at.isoformat()} is looked at, not {done}; use the bank "
            "itself for that."
        )
