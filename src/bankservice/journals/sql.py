"""The journal in a database, ours or inside the host's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import attrs

import bankservice.journals.extra  # noqa: F401 - first, for its message
from bankservice.core.errors import IntegrityError
from bankservice.core.journal import (
    AgendaItem,
    Append,
    Commit,
    Entry,
    Fed,
    History,
    KeptVersion,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.journals import sql_agenda
from bankservice.journals import statements as sql
from bankservice.journals.canonical import (
    checked_limit,
    checked_part,
    from_text,
    only,
    whole,
)
from bankservice.journals.gateway import ContentionError, DuplicateError, Row, Run
from bankservice.journals.sql_feed import behind, horizon, mark
from bankservice.journals.sql_rows import Rows, entry_of, entry_rows, kept_of, receipt_of
from bankservice.journals.sql_versions import LostError, at_present, hold, named, settle
from bankservice.journals.store import SqlStore

__all__ = ["SqlJournal"]


class SqlJournal(SqlStore):
    """
    A journal in a database.

    Examples:
        >>> with SqlJournal.open("sqlite://") as journal:
        ...     journal.read(Stream("bank", "segmentation.standing", "c-1"))
        ()
    """

    def commit(self, commit: Commit) -> None:
        """
        Write all of *commit*, or nothing.

        Raises:
            RaceLostError: If a stream is not at the version expected.
            IntegrityError: If another promise would break.
            OperationalError: If the database is locked, full or unreachable.
            TypeError: If a float, or another value JSON does not have, stands in it.
            ValueError: If it has two appends for one stream.
        """
        rows = Rows.of(commit)
        with self._race(commit), self.gateway.writing() as run:
            hold(run, commit)
            if commit.appends:
                mark(run)
                ends = self._ends(run, commit.appends) if self.chained_in(run) else None
                self._insert(run, entry_rows(commit.appends, ends))
                settle(run, commit)
            self._snapshot(run, commit.snapshots, rows.snapshots)
            self._acknowledge(run, rows.receipt)
            for version in commit.versions:
                self._keep(run, version)
            rows.agenda.write(run)

    @contextmanager
    def _race(self, commit: Commit) -> Iterator[None]:
        """Name the stream for which another writer came first."""
        try:
            yield
        except (LostError, ContentionError) as lost:
            # Two appends for one stream fail here too; only then is it worth looking for them.
            whole(commit)
            with self.gateway.reading() as run:
                race = named(run, commit)
            if race is None:
                raise
            raise race from lost.__cause__ or lost

    @staticmethod
    def _insert(run: Run, rows: list[Row]) -> None:
        try:
            run.insert(sql.ENTRY_INSERT, rows)
        except DuplicateError as taken:
            raise LostError from taken

    @staticmethod
    def _ends(run: Run, appends: Iterable[Append]) -> dict[Stream, str]:
        """Return the digests of the entries before *appends*."""
        before = [(append.stream, append.expected) for append in appends if append.expected]
        return {Stream(*at): chain or "" for *at, chain in sql.LINKS_BEFORE.rows(run, before)}

    @staticmethod
    def _snapshot(run: Run, snapshots: Sequence[Snapshot], rows: list[Row]) -> None:
        places = list(dict.fromkeys((each.stream, each.version) for each in snapshots))
        # Held, so that nobody purges the stream while its snapshot is on the way.
        count = sql.GUARDS_HELD.count
        if count(run, places) < len(places):
            stream, version = next(place for place in places if not count(run, [place]))
            raise IntegrityError(
                f"a snapshot of {stream} is at version {version}, which the stream does not have; "
                "snapshot a version that is written."
            )
        run.insert(sql.SNAPSHOT_PUT, rows)

    @staticmethod
    def _acknowledge(run: Run, receipt: Row | None) -> None:
        if receipt is None:
            return
        try:
            run.insert(sql.RECEIPT_INSERT, [receipt])
        except DuplicateError as there:
            raise IntegrityError(
                f"command {receipt[1]!r} of {receipt[0]!r} has a receipt already; "
                "read it instead of giving the command again."
            ) from there

    @staticmethod
    def _keep(run: Run, version: KeptVersion) -> None:
        known = attrs.asdict(version)
        first = run.one(sql.KEPT_DIGEST, **known)
        if first is None:
            # Another process may use it for the first time in the same moment.
            run.write(sql.KEPT_INSERT, **known)
            first = run.one(sql.KEPT_DIGEST, **known)
        if first is None or first[0] != version.digest:
            raise IntegrityError(
                f"policy {version.policy!r} since {version.since}, known on {version.known_on}, "
                f"was used with digest {first and first[0]}; got {version.digest}. "
                "A used version does not change: add a new one."
            )

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries of *stream* with a version above *after*."""
        with self.gateway.reading() as run:
            rows = run.rows(
                sql.STREAM_READ,
                tenant=stream.tenant,
                kind=stream.kind,
                key=stream.key,
                after=after,
            )
        return tuple(entry_of(row, stream) for row in rows)

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return the histories of *streams*, from their snapshots on."""
        wanted = list(dict.fromkeys(streams))
        kept: dict[Stream, Snapshot] = {}
        found: dict[Stream, list[Entry]] = {stream: [] for stream in wanted}
        with self.gateway.reading() as run:
            whole_streams = [(stream, 0) for stream in wanted]
            for *address, version, schema, state in sql.SNAPSHOTS_READ.rows(run, whole_streams):
                stream = Stream(*address)
                kept[stream] = Snapshot(stream, version, schema, from_text(state))
            after = [(each, kept[each].version if each in kept else 0) for each in wanted]
            for row in sql.HISTORIES_READ.rows(run, after):
                entry = entry_of(row)
                found[entry.stream].append(entry)
        return {
            stream: History(stream, tuple(entries), kept.get(stream))
            for stream, entries in found.items()
        }

    def receipts(self, tenant: str, command_ids: Iterable[str]) -> Mapping[str, Receipt]:
        """Return the receipts there are among *command_ids*."""
        found: dict[str, Receipt] = {}
        with self.gateway.reading() as run:
            for command_id in dict.fromkeys(command_ids):
                row = run.one(sql.RECEIPT_READ, tenant=tenant, command_id=command_id)
                if row is not None:
                    found[command_id] = receipt_of(row)
        return found

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
        return sql_agenda.due(self.gateway, tenant, by, limit=limit, after=after, lease=lease)

    def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
        """Claim *item* and return it with this attempt counted; None where it is not to be had."""
        return sql_agenda.claim(self.gateway, item, lease)

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        """Let *item* wait until an instant (exclusive), if it is still as it was given."""
        sql_agenda.postpone(self.gateway, item, until)

    def park(self, item: AgendaItem, reason: str) -> None:
        """
        Leave *item* aside, with the reason.

        Nothing happens if it was put again, taken off or claimed since *item* was given: then
        somebody else is responsible for it.
        """
        sql_agenda.park(self.gateway, item, reason)

    def parked(self, tenant: str) -> tuple[AgendaItem, ...]:
        """Return the items left aside."""
        return sql_agenda.parked(self.gateway, tenant)

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Return up to *limit* entries past position *after*, for part `part[0]` of `part[1]`."""
        index, count = checked_part(part)
        wanted = {"after": after, "limit": checked_limit(limit), "part": index, "parts": count}
        with self.gateway.reading() as run:
            rows = run.rows(sql.FEED, upto=horizon(run), **wanted)
        return tuple(Fed(position, entry_of(tuple(row))) for position, *row in rows)

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it was."""
        with self.gateway.reading() as run:
            row = run.one(sql.KEPT, tenant=tenant, policy=policy, digest=digest)
        return None if row is None else kept_of(row)

    def versions(self, tenant: str) -> tuple[KeptVersion, ...]:
        """Return the policy versions kept for *tenant*, in the order they were kept."""
        with self.gateway.reading() as run:
            return tuple(map(kept_of, run.rows(sql.KEPT_ALL, tenant=tenant)))

    def receipts_after(self, tenant: str, after: str = "", *, limit: int) -> tuple[Receipt, ...]:
        """Return up to *limit* receipts whose command id comes after *after*."""
        with self.gateway.reading() as run:
            rows = run.rows(
                sql.RECEIPTS_AFTER, tenant=tenant, after=after, limit=checked_limit(limit)
            )
        return tuple(map(receipt_of, rows))

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        """Delete all entries of the stream and append *tombstone*, one entry, in one commit."""
        stream = only(tombstone).stream
        address = {"tenant": stream.tenant, "kind": stream.kind, "key": stream.key}
        with self._race(Commit(appends=(tombstone,), guards=guards)), self.gateway.writing() as run:
            there = at_present(run, stream)
            if there:
                hold(run, Commit(appends=(tombstone,), guards=guards))
            else:
                hold(run, Commit(guards=(*guards, (stream, 0))))
            # The tombstone comes first, so that no position is given out twice.
            mark(run)
            self._insert(run, self._tombstone(run, tombstone, bool(there)))
            if there:
                run.write(sql.STREAM_PURGE, through=tombstone.expected, **address)
            run.write(sql.SNAPSHOT_OFF, **address)
            run.write(sql.MATTERS_OFF, **address)

    def _tombstone(self, run: Run, tombstone: Append, there: bool) -> list[Row]:
        """Return the row of a tombstone, which goes on with the chain of what it stands for."""
        if not self.chained_in(run):
            return entry_rows((tombstone,))
        (entry,) = tombstone.entries
        if there:
            last = self._ends(run, (tombstone,))[tombstone.stream]
            entry = attrs.evolve(entry, data={**entry.data, "chain": last})
        ends = {tombstone.stream: str(entry.data.get("chain", ""))}
        return entry_rows((attrs.evolve(tombstone, entries=(entry,)),), ends)

    def behind(self) -> bool:
        """Tell whether the feed may lack what is committed, because an earlier writer is open."""
        with self.gateway.reading() as run:
            return behind(run)

    def links(self, after: int = 0, *, limit: int) -> tuple[tuple[Fed, str], ...]:
        """Return up to *limit* entries as they are stored, each with its digest in the chain."""
        with self.gateway.reading() as run:
            rows = run.rows(sql.LINKS, after=after, upto=horizon(run), limit=checked_limit(limit))
        return tuple(
            (Fed(position, entry_of(tuple(row))), chain or "") for position, *row, chain in rows
        )

    def forget_snapshots(self) -> None:
        """Delete every snapshot."""
        with self.gateway.writing() as run:
            run.write(sql.SNAPSHOTS_FORGET)
