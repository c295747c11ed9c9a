"""
Accounts kept folded in memory, beside a journal that others write to as well.

A command on an account with ten thousand entries should not read ten thousand entries. What was
folded is kept, and the next command reads on from there: from the last entry that has a sealed
part, so that it is seen when a customer was erased since; then, and where what is remembered is not
what stands in the journal (a host's transaction that was rolled back, a stream that was purged),
the account is forgotten and read whole. What is remembered never decides alone: a commit still
names the version it follows, and loses the race where somebody else wrote.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock

import attrs

from bankservice.core.archive import PURGED
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
    Snapshot,
    Stream,
)
from bankservice.core.record import Record
from bankservice.loyalty.account.account import Account

__all__ = ["Remembering", "remembered"]

_HERE = "account"


def remembered(record: Record[Account]) -> Record[Account]:
    """Return the record with the codec by which a state in memory passes for a snapshot."""
    codec = (lambda state: {_HERE: state}, lambda held: held[_HERE])
    return attrs.evolve(record, freeze=codec)


@attrs.frozen
class _Known:
    """An account as folded up to an entry, and the version of the last entry that was sealed."""

    account: Account
    last: Entry
    sealed: int


class Remembering:
    """
    Any journal, with accounts remembered; everything but reading histories goes straight to it.

    Args:
        journal: Where the record is kept.
        record: The record, with the codec of `remembered`.
        size: How many accounts; the one not used for longest is forgotten first.
    """

    def __init__(self, journal: Journal, record: Record[Account], size: int) -> None:
        self.journal = journal
        self._record = record
        self._size = size
        self._known: OrderedDict[Stream, _Known] = OrderedDict()
        self._lock = Lock()
        # Only where parts are sealed can they be erased, and only then must that be looked for.
        self._sealing = hasattr(journal, "keys")

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return the histories of *streams*: of an account, as a snapshot made here."""
        found: dict[Stream, History] = {}
        others = []
        for stream in streams:
            if stream.kind == self._record.kind:
                found[stream] = self._history(stream)
            else:
                others.append(stream)
        return {**found, **(self.journal.read_many(others) if others else {})}

    def _history(self, stream: Stream) -> History:
        with self._lock:
            known = self._known.get(stream)
        entries: tuple[Entry, ...] | None = None
        if known is not None:
            entries = self._news(stream, known)
        if known is None or entries is None:
            known, entries = None, self.journal.read(stream)
        if not entries:
            if known is None:
                return History(stream, ())
            return self._snapshot(stream, known)
        if entries[-1].kind == PURGED:
            # The desk tells that better.
            return History(stream, entries)
        events = [self._record.events.decode(entry) for entry in entries]
        before = self._record.initial if known is None else known.account
        account = self._record.fold(self._record, before, events, ())
        sealed = max(
            (entry.version for entry in entries if self._sealing and entry.sealed is not None),
            default=0 if known is None else known.sealed,
        )
        now = _Known(account, entries[-1], sealed)
        with self._lock:
            self._known[stream] = now
            self._known.move_to_end(stream)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return self._snapshot(stream, now)

    def _news(self, stream: Stream, known: _Known) -> tuple[Entry, ...] | None:
        """Return what was written since; None where what is remembered does not hold any more."""
        after = min(known.sealed or known.last.version, known.last.version) - 1
        tail = self.journal.read(stream, after=after)
        place = known.last.version - after - 1
        if len(tail) <= place or any(entry.erased for entry in tail):
            return None
        held = tail[place]
        same = ("version", "kind", "command_id", "recorded_at")
        if any(getattr(held, name) != getattr(known.last, name) for name in same):
            return None
        return tail[place + 1 :]

    def _snapshot(self, stream: Stream, known: _Known) -> History:
        state = {_HERE: known.account}
        snapshot = Snapshot(stream, known.last.version, self._record.schema, state)  # type: ignore[arg-type]
        return History(stream, (), snapshot)

    def forget(self) -> None:
        """Forget every account."""
        with self._lock:
            self._known.clear()

    # -- straight to the journal -----------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """Write all of *commit*, or nothing."""
        # A state in memory is no snapshot for anybody else, and holds in the clear what is sealed.
        self.journal.commit(attrs.evolve(commit, snapshots=()))

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries of *stream* with a version above *after*."""
        return self.journal.read(stream, after)

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

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Return up to *limit* entries past position *after*, for part `part[0]` of `part[1]`."""
        return self.journal.feed(after, limit=limit, part=part)

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it was."""
        return self.journal.kept(tenant, policy, digest)

    def forget_snapshots(self) -> None:
        """Delete every snapshot, those in memory too."""
        self.forget()
        self.journal.forget_snapshots()
