"""
Deciding a whole journal again: every entry of every record, stream by stream.

One entry alone is folded from the start of its stream. Here a stream is read once and folded
forward, so that a long one is not gone through again for each of its entries.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

import attrs

from bankservice.core.archive import PURGED
from bankservice.core.desk import Desk, Recalled, refs_in
from bankservice.core.driver import Asking, Kept, serve
from bankservice.core.errors import BankServiceError
from bankservice.core.journal import Entry, History, Journal, KeptVersion, Stream
from bankservice.core.kept import Rebuild
from bankservice.core.policy import Version
from bankservice.core.record import Record
from bankservice.core.repetition import Repeated, repeat

__all__ = ["Again", "NotAskable", "Repeating", "repeat_feed"]

S = TypeVar("S")

_STREAMS: Final = 64
"""Shared streams whose entries are kept in memory."""
_VERSIONS: Final = 4_096
"""Policy versions that are kept built."""
_PAGE: Final = 500
"""Entries of the feed that are looked at together."""


@attrs.frozen(kw_only=True)
class NotAskable:
    """
    A past entry that could not be decided again at all.

    Attributes:
        ref: The entry, as `kind/subject@version`.
        event: Kind of the entry.
        why: Why not, such as that its facts are sealed and the keys are not there.
    """

    ref: str
    event: str
    why: str


Again = Repeated | NotAskable
"""What became of an entry."""


class Repeating(Generic[S]):
    """Decides the entries of one kind of record again."""

    def __init__(self, desk: Desk[S], journal: Journal, rebuild: Rebuild) -> None:
        """
        Set up.

        Args:
            desk: Desk of the record.
            journal: Where it is kept.
            rebuild: Builds a policy version from its kept text.
        """
        self._desk, self._rebuild = desk, rebuild
        self._reading = _Reading(journal)
        self._built: dict[tuple[KeptVersion, tuple[KeptVersion, ...], bool], Version[Any]] = {}

    def stream(self, subject: str) -> Iterator[Again]:
        """Yield what becomes of each entry of a record, in order."""
        kind = self._desk.record.kind
        stream = self._desk.stream(subject)
        entries = self._reading.journal.read(stream)
        self._reading.own = History(stream, entries)
        forward = _Forward(self._desk, entries)
        for entry in entries:
            ref = f"{kind}/{subject}@{entry.version}"
            if entry.kind == PURGED:
                yield NotAskable(ref=ref, event=entry.kind, why="purged")
                continue
            try:
                asking = repeat(forward, subject, entry.version, self._build)
                found: Again = serve(asking, self._reading)  # type: ignore[arg-type]
            except BankServiceError as error:
                found = NotAskable(ref=ref, event=entry.kind, why=str(error))
            yield found

    def _build(
        self, kept: KeptVersion, beside: tuple[KeptVersion, ...] = (), *, later: bool = False
    ) -> Version[Any]:
        key = (kept, beside, later)
        found = self._built.get(key)
        if found is None:
            if len(self._built) >= _VERSIONS:
                self._built.clear()
            found = self._built[key] = self._rebuild(kept, beside, later=later)
        return found


class _Forward(Desk[S]):
    """A desk that recalls the entries of one stream, in order, each from the state before it."""

    def __init__(self, desk: Desk[S], entries: tuple[Entry, ...]) -> None:
        super().__init__(desk.record, desk.policies, tenant=desk.tenant)
        self._entries = {entry.version: entry for entry in entries}
        self._state, self._next = desk.record.initial, 1
        # A record that decides on other than all that was written before has to be asked itself.
        self._plain = desk.record.past is _PAST

    def recall(self, subject: str, version: int, rebuild: Rebuild) -> Asking[Recalled[S]]:
        record = self.record
        entry = self._entries[version]
        event = record.events.decode(entry)
        if not self._plain or version != self._next or record.followed((event,)):
            found: Recalled[S] = yield from super().recall(subject, version, rebuild)
            return found
        before = self._state
        # As a fold goes on from a snapshot, so it does from the state before.
        self._state = record.fold(record, before, (event,), ())
        self._next += 1
        kept: dict[tuple[str, str], KeptVersion] = {}
        for policy, held in refs_in(record.events.lifted(entry)):
            told = yield Kept(self.tenant, policy, held)
            if told is not None:
                kept[policy, held] = told
        beside = tuple(kept.values())
        versions = {named: rebuild(held, beside) for named, held in kept.items()}
        return Recalled(entry, before, event, versions)


_PAST: Final = attrs.fields(Record).past.default


class _Reading:
    """A journal that is only read, and not twice: a stream at work, shared ones, kept versions."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.own: History | None = None
        self._shared: OrderedDict[Stream, tuple[Entry, ...]] = OrderedDict()
        self._kept: dict[tuple[str, str, str], KeptVersion | None] = {}

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        if self.own is not None and stream == self.own.stream:
            return self.own.entries
        if stream not in self._shared:
            if len(self._shared) >= _STREAMS:
                self._shared.popitem(last=False)
            self._shared[stream] = self.journal.read(stream)
        self._shared.move_to_end(stream)
        return self._shared[stream]

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        key = (tenant, policy, digest)
        if key not in self._kept:
            if len(self._kept) >= _VERSIONS:
                self._kept.clear()
            self._kept[key] = self.journal.kept(*key)
        return self._kept[key]


def repeat_feed(
    find: Callable[[str, str], Repeating[Any] | None],
    journal: Journal,
    tenant: str,
    *,
    after: int = 0,
) -> Iterator[tuple[str, str, Again]]:
    """
    Decide every entry of a tenant's records again, in the order of the feed.

    Args:
        find: (kind, subject) → what decides its entries again, or None where nothing does.
        journal: The journal, or what was known of it.
        tenant: Whose records.
        after: Position in the feed to begin after.

    Yields:
        (kind of record, subject, what became of an entry).
    """
    while fed := journal.feed(after, limit=_PAGE):
        after = fed[-1].position
        for held in fed:
            stream, entry = held.entry.stream, held.entry
            # Every stream is taken with its first entry, whole; of a purged one a tombstone is left.
            if stream.tenant != tenant or (entry.version != 1 and entry.kind != PURGED):
                continue
            repeating = find(stream.kind, stream.key)
            if repeating is not None:
                for again in repeating.stream(stream.key):
                    yield stream.kind, stream.key, again
