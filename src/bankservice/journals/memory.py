"""
The journal in memory: for tests, trials and rules that need no lasting record.

It keeps entries as the text a database would keep, so that what a database refuses it refuses
too, and nobody can change history through a mapping they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, TypeAlias

import attrs

from bankservice.core.errors import IntegrityError, RaceLostError
from bankservice.core.journal import (
    AgendaItem,
    Append,
    Commit,
    Entry,
    Fed,
    History,
    Json,
    KeptVersion,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.journals.canonical import (
    checked_limit,
    checked_part,
    checked_reason,
    from_micros,
    from_text,
    only,
    slot_of,
    to_micros,
    to_text,
    whole,
)

__all__ = ["MemoryJournal"]


@attrs.frozen
class _Kept:
    """An entry with its mappings as text."""

    entry: Entry
    data: str
    sealed: str | None

    @classmethod
    def of(cls, entry: Entry) -> _Kept:
        sealed = None if entry.sealed is None else to_text(entry.sealed, "sealed")
        effective_at = from_micros(to_micros(entry.effective_at))
        recorded_at = from_micros(to_micros(entry.recorded_at))
        bare = _with(entry, {}, None, effective_at, recorded_at)
        return cls(bare, to_text(entry.data, "data"), sealed)

    def given(self) -> Entry:
        entry = self.entry
        sealed = None if self.sealed is None else from_text(self.sealed)
        return _with(entry, from_text(self.data), sealed, entry.effective_at, entry.recorded_at)


def _with(
    entry: Entry,
    data: Mapping[str, Json],
    sealed: Mapping[str, Json] | None,
    effective_at: datetime,
    recorded_at: datetime,
) -> Entry:
    # `attrs.evolve` takes four times as long, and every entry that is written or read comes here.
    return Entry(
        stream=entry.stream,
        version=entry.version,
        kind=entry.kind,
        effective_at=effective_at,
        recorded_at=recorded_at,
        actor=entry.actor,
        command_id=entry.command_id,
        data=data,
        sealed=sealed,
        schema=entry.schema,
        approved_by=entry.approved_by,
        source=entry.source,
        correlation_id=entry.correlation_id,
        erased=entry.erased,
    )


@attrs.frozen
class _Matter:
    """An agenda item and the instant (in microseconds) until which it is leased or postponed."""

    due_at: int
    attempts: int = 0
    parked: str = ""
    leased_until: int | None = None


_Place: TypeAlias = tuple[Stream, str]
_Dates: TypeAlias = tuple[str, str, str, str, str]


def _dates(version: KeptVersion) -> _Dates:
    return (
        version.tenant,
        version.policy,
        version.since,
        version.known_on,
        version.applies_to,
    )


class MemoryJournal:
    """A journal that lasts as long as the object. One lock makes it safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._streams: dict[Stream, list[_Kept]] = {}
        # A purged entry leaves its place empty, so that no position changes.
        self._feed: list[tuple[int, _Kept] | None] = []
        self._receipts: dict[tuple[str, str], tuple[Receipt, str, str]] = {}
        self._agenda: dict[_Place, _Matter] = {}
        self._versions: dict[_Dates, KeptVersion] = {}
        self._snapshots: dict[Stream, tuple[Snapshot, str]] = {}

    def commit(self, commit: Commit) -> None:
        """Write all of *commit*, or nothing."""
        whole(commit)
        # Everything that can fail comes before the first change, so there is nothing to undo.
        entries = [[_Kept.of(entry) for entry in append.entries] for append in commit.appends]
        slots = [slot_of(append.stream) for append in commit.appends]
        receipt = None if commit.receipt is None else self._written(commit.receipt)
        agenda = {
            (change.stream, change.key): (
                None if change.due_at is None else _Matter(to_micros(change.due_at))
            )
            for change in commit.agenda
        }
        states = [to_text(snapshot.state, "state") for snapshot in commit.snapshots]
        with self._lock:
            self._check_versions(commit)
            self._check_receipt(commit.receipt)
            kept = self._checked_policies(commit.versions)
            for append, rows, slot in zip(commit.appends, entries, slots, strict=True):
                self._streams.setdefault(append.stream, []).extend(rows)
                self._feed.extend((slot, row) for row in rows)
            if receipt is not None:
                self._receipts[receipt[0].tenant, receipt[0].command_id] = receipt
            for place, matter in agenda.items():
                if matter is None:
                    self._agenda.pop(place, None)
                else:
                    self._agenda[place] = matter
            self._versions.update(kept)
            for snapshot, state in zip(commit.snapshots, states, strict=True):
                older = self._snapshots.get(snapshot.stream)
                if older is None or older[0].version <= snapshot.version:
                    self._snapshots[snapshot.stream] = (attrs.evolve(snapshot, state={}), state)

    @staticmethod
    def _written(receipt: Receipt) -> tuple[Receipt, str, str]:
        bare = attrs.evolve(
            receipt,
            result={},
            content={},
            recorded_at=from_micros(to_micros(receipt.recorded_at)),
        )
        return bare, to_text(receipt.result, "result"), to_text(receipt.content, "content")

    def _version(self, stream: Stream) -> int:
        rows = self._streams.get(stream)
        return rows[-1].entry.version if rows else 0

    @staticmethod
    def _after(rows: list[_Kept], version: int) -> list[_Kept]:
        # Versions have no gaps; a purged stream begins with its tombstone.
        return rows[max(version + 1 - rows[0].entry.version, 0) :] if rows else []

    def _check_versions(self, commit: Commit) -> None:
        after: dict[Stream, int] = {}
        for append in commit.appends:
            found = self._version(append.stream)
            if found != append.expected:
                raise RaceLostError(str(append.stream), append.expected, found)
            after[append.stream] = found + len(append.entries)
        for stream, version in commit.guards:
            if self._version(stream) != version:
                raise RaceLostError(str(stream), version, self._version(stream))
        for snapshot in commit.snapshots:
            reached = after.get(snapshot.stream, self._version(snapshot.stream))
            if not 0 < snapshot.version <= reached:
                raise IntegrityError(
                    f"a snapshot of {snapshot.stream} is at version {snapshot.version}, which the "
                    "stream does not have; snapshot a version that is written."
                )

    def _check_receipt(self, receipt: Receipt | None) -> None:
        if receipt is not None and (receipt.tenant, receipt.command_id) in self._receipts:
            raise IntegrityError(
                f"command {receipt.command_id!r} of {receipt.tenant!r} has a receipt already; "
                "read it instead of giving the command again."
            )

    def _checked_policies(self, versions: Iterable[KeptVersion]) -> dict[_Dates, KeptVersion]:
        fresh: dict[_Dates, KeptVersion] = {}
        for version in versions:
            dates = _dates(version)
            first = self._versions.get(dates) or fresh.setdefault(dates, version)
            if first.digest != version.digest:
                raise IntegrityError(
                    f"policy {version.policy!r} since {version.since}, known on "
                    f"{version.known_on}, was used with digest {first.digest}; got "
                    f"{version.digest}. A used version does not change: add a new one."
                )
        return fresh

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries of *stream* with a version above *after*."""
        with self._lock:
            rows = self._after(self._streams.get(stream, []), after)
        return tuple(row.given() for row in rows)

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return the histories of *streams*, from their snapshots on."""
        wanted = dict.fromkeys(streams)
        with self._lock:
            found = []
            for stream in wanted:
                kept = self._snapshots.get(stream)
                after = kept[0].version if kept else 0
                found.append((stream, kept, self._after(self._streams.get(stream, []), after)))
        histories = {}
        for stream, kept, rows in found:
            snapshot = None if kept is None else attrs.evolve(kept[0], state=from_text(kept[1]))
            histories[stream] = History(stream, tuple(row.given() for row in rows), snapshot)
        return histories

    def receipts(self, tenant: str, command_ids: Iterable[str]) -> Mapping[str, Receipt]:
        """Return the receipts there are among *command_ids*."""
        with self._lock:
            found = [
                self._receipts[tenant, command_id]
                for command_id in dict.fromkeys(command_ids)
                if (tenant, command_id) in self._receipts
            ]
        return {written[0].command_id: self._read(written) for written in found}

    def behind(self) -> bool:
        """Tell whether the feed may lack what is committed: never here."""
        return False

    def receipts_after(self, tenant: str, after: str = "", *, limit: int) -> tuple[Receipt, ...]:
        """Return up to *limit* receipts whose command id comes after *after*."""
        checked_limit(limit)
        with self._lock:
            ids = sorted(of for place, of in self._receipts if place == tenant and of > after)
            found = [self._receipts[tenant, command_id] for command_id in ids[:limit]]
        return tuple(map(self._read, found))

    @staticmethod
    def _read(written: tuple[Receipt, str, str]) -> Receipt:
        receipt, result, content = written
        return attrs.evolve(receipt, result=from_text(result), content=from_text(content))

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
        Return up to *limit* items due at or before *by* (inclusive).

        Without a lease, *by* is also the instant at which the leases of others are judged.
        """
        checked_limit(limit)
        latest = to_micros(by)
        now = latest if lease is None else to_micros(lease.now)
        start = None if after is None else (to_micros(after.due_at), after.stream, after.key)
        with self._lock:
            ready = sorted(
                (matter.due_at, stream, key)
                for (stream, key), matter in self._agenda.items()
                if stream.tenant == tenant
                and matter.due_at <= latest
                and not matter.parked
                and (matter.leased_until is None or matter.leased_until <= now)
            )
            places = [place for place in ready if start is None or place > start][:limit]
            if lease is not None:
                for _, stream, key in places:
                    matter = self._agenda[stream, key]
                    self._agenda[stream, key] = attrs.evolve(
                        matter,
                        attempts=matter.attempts + 1,
                        leased_until=to_micros(lease.until),
                    )
            return tuple(self._item((stream, key)) for _, stream, key in places)

    def _item(self, place: _Place) -> AgendaItem:
        matter = self._agenda[place]
        return AgendaItem(from_micros(matter.due_at), *place, matter.attempts, matter.parked)

    def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
        """Claim *item* and return it with this attempt counted; None where it is not to be had."""
        place, now = (item.stream, item.key), to_micros(lease.now)
        with self._lock:
            held = self._agenda.get(place)
            if held is None or (held.due_at, held.attempts) != (
                to_micros(item.due_at),
                item.attempts,
            ):
                return None
            if held.parked or (held.leased_until is not None and held.leased_until > now):
                return None
            until, attempts = to_micros(lease.until), held.attempts + 1
            self._agenda[place] = attrs.evolve(held, attempts=attempts, leased_until=until)
            return self._item(place)

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        """
        Let *item* wait until an instant (exclusive), whatever its lease.

        What it was due at stands, so its place in the order does too. Nothing happens if it was
        put again, taken off or claimed since *item* was given: then somebody else is responsible
        for it.
        """
        self._change(item, leased_until=to_micros(until))

    def park(self, item: AgendaItem, reason: str) -> None:
        """Leave *item* aside, with the reason; nothing happens where `postpone` does nothing."""
        self._change(item, parked=checked_reason(reason))

    def _change(self, item: AgendaItem, **changes: Any) -> None:
        place, given = (item.stream, item.key), (to_micros(item.due_at), item.attempts)
        with self._lock:
            matter = self._agenda.get(place)
            if matter is not None and (matter.due_at, matter.attempts) == given:
                self._agenda[place] = attrs.evolve(matter, **changes)

    def parked(self, tenant: str) -> tuple[AgendaItem, ...]:
        """Return the items left aside."""
        with self._lock:
            items = [
                self._item(place)
                for place, matter in self._agenda.items()
                if place[0].tenant == tenant and matter.parked
            ]
        return tuple(sorted(items))

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Return up to *limit* entries past position *after*, for part `part[0]` of `part[1]`."""
        checked_limit(limit)
        index, count = checked_part(part)
        start = max(after, 0)
        found: list[Fed] = []
        with self._lock:
            for position in range(start + 1, len(self._feed) + 1):
                if len(found) == limit:
                    break
                fed = self._feed[position - 1]
                if fed is not None and fed[0] % count == index:
                    found.append(Fed(position, fed[1].given()))
        return tuple(found)

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it was."""
        wanted = (tenant, policy, digest)
        with self._lock:
            for version in self._versions.values():
                if (version.tenant, version.policy, version.digest) == wanted:
                    return version
        return None

    def versions(self, tenant: str) -> tuple[KeptVersion, ...]:
        """Return the policy versions kept for *tenant*."""
        with self._lock:
            return tuple(each for each in self._versions.values() if each.tenant == tenant)

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        """
        Delete all entries of the stream and append *tombstone*, one entry, in one commit.

        *guards* are other streams, with the version they must still be at.
        """
        stream, row = tombstone.stream, _Kept.of(only(tombstone).entries[0])
        with self._lock:
            there = self._streams.get(stream)
            self._check_versions(Commit(appends=(tombstone,) if there else (), guards=guards))
            gone = {id(each) for each in there or ()}
            self._feed = [None if fed and id(fed[1]) in gone else fed for fed in self._feed]
            self._feed.append((slot_of(stream), row))
            self._streams[stream] = [row]
            self._snapshots.pop(stream, None)
            for place in [place for place in self._agenda if place[0] == stream]:
                del self._agenda[place]

    def forget_snapshots(self) -> None:
        """Delete every snapshot."""
        with self._lock:
            self._snapshots.clear()
