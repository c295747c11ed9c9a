"""The journal in a SQLite database, ours or inside the host's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

import bankservice.journals.extra  # noqa: F401 - first, for its message
from bankservice.core.errors import IntegrityError, RaceLostError
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
    from_micros,
    from_text,
    slot_of,
    to_micros,
    to_text,
    whole,
)
from bankservice.journals.gateway import DuplicateError, Row, Run, chunks
from bankservice.journals.store import SqlStore

__all__ = ["SqlJournal"]


class _LostError(Exception):
    """An append met another version; which one is asked after the rollback."""


def _entry_rows(appends: Iterable[Append]) -> list[Row]:
    """Return the rows of all entries, values in the order of `ENTRY_COLUMNS`."""
    rows = []
    # A batch has few instants, as a rule one: each is converted once.
    effective_at = recorded_at = None
    effective = recorded = 0
    for append in appends:
        stream = append.stream
        tenant, kind, key, slot = stream.tenant, stream.kind, stream.key, slot_of(stream)
        for entry in append.entries:
            if entry.effective_at is not effective_at:
                effective_at = entry.effective_at
                effective = to_micros(effective_at)
            if entry.recorded_at is not recorded_at:
                recorded_at = entry.recorded_at
                recorded = to_micros(recorded_at)
            sealed = entry.sealed
            rows.append(
                (
                    tenant,
                    kind,
                    key,
                    entry.version,
                    entry.kind,
                    entry.schema,
                    effective,
                    recorded,
                    entry.actor,
                    entry.approved_by,
                    entry.source,
                    entry.command_id,
                    entry.correlation_id,
                    slot,
                    to_text(entry.data, "data"),
                    None if sealed is None else to_text(sealed, "sealed"),
                )
            )
    return rows


def _entry(row: Row, stream: Stream | None = None) -> Entry:
    (
        tenant,
        kind,
        key,
        version,
        event,
        schema,
        effective_at,
        recorded_at,
        actor,
        approved_by,
        source,
        command_id,
        correlation_id,
        _,
        data,
        sealed,
    ) = row
    return Entry(
        stream=stream or Stream(tenant, kind, key),
        version=version,
        kind=event,
        schema=schema,
        effective_at=from_micros(effective_at),
        recorded_at=from_micros(recorded_at),
        actor=actor,
        approved_by=approved_by,
        source=source,
        command_id=command_id,
        correlation_id=correlation_id,
        data=from_text(data),
        sealed=None if sealed is None else from_text(sealed),
    )


def _named(streams: Sequence[tuple[Stream, int]]) -> dict[str, object]:
    """Return the parameters of a statement over several streams with a version each."""
    named: dict[str, object] = {}
    for index, (stream, version) in enumerate(streams):
        named[f"tenant_{index}"] = stream.tenant
        named[f"kind_{index}"] = stream.kind
        named[f"key_{index}"] = stream.key
        named[f"version_{index}"] = version
    return named


def _count(run: Run, pairs: Sequence[tuple[Stream, int]]) -> int:
    """Return how many of these (different) entries are written."""
    found = 0
    for start, size in chunks(len(pairs)):
        rows = run.rows_of(sql.versions_count(size), _named(pairs[start : start + size]))
        found += rows[0][0]
    return found


@attrs.frozen
class _Rows:
    """A commit as rows. Making them refuses what cannot be kept, before anything is written."""

    entries: list[Row]
    receipt: Row | None
    snapshots: list[Row]
    agenda: sql_agenda.Changes

    @classmethod
    def of(cls, commit: Commit) -> _Rows:
        receipt = commit.receipt
        return cls(
            _entry_rows(commit.appends),
            None
            if receipt is None
            else (
                receipt.tenant,
                receipt.command_id,
                receipt.fingerprint,
                to_micros(receipt.recorded_at),
                to_text(receipt.result, "result"),
                to_text(receipt.content, "content"),
            ),
            [
                (
                    each.stream.tenant,
                    each.stream.kind,
                    each.stream.key,
                    each.version,
                    each.schema,
                    to_text(each.state, "state"),
                )
                for each in commit.snapshots
            ],
            sql_agenda.Changes.of(commit.agenda),
        )


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
        rows = _Rows.of(commit)
        try:
            with self.gateway.writing() as run:
                self._guard(run, commit.guards)
                self._append(run, commit.appends, rows.entries)
                self._snapshot(run, commit.snapshots, rows.snapshots)
                self._acknowledge(run, rows.receipt)
                for version in commit.versions:
                    self._keep(run, version)
                rows.agenda.write(run)
        except _LostError as lost:
            # Two appends for one stream fail here too; only then is it worth looking for them.
            whole(commit)
            raise self._race(commit) from lost.__cause__

    @staticmethod
    def _guard(run: Run, guards: Iterable[tuple[Stream, int]]) -> None:
        # A stream is at a version if that entry is written and the next one is not.
        pairs = list(dict.fromkeys(guards))
        at = [(stream, version) for stream, version in pairs if version]
        past = [(stream, version + 1) for stream, version in pairs]
        if _count(run, at) < len(at) or _count(run, past):
            raise _LostError

    @staticmethod
    def _append(run: Run, appends: Sequence[Append], rows: list[Row]) -> None:
        # The unique key refuses a version that is taken. Only a version too high needs a look:
        # the entry before the first one must be there.
        before = [(append.stream, append.expected) for append in appends if append.expected]
        if _count(run, before) < len(before):
            raise _LostError
        try:
            run.insert(sql.ENTRY_INSERT, rows)
        except DuplicateError as taken:
            raise _LostError from taken

    def _race(self, commit: Commit) -> RaceLostError:
        """Name the stream that lost, as the database stands after the rollback."""
        expected = [(append.stream, append.expected) for append in commit.appends]
        expected += commit.guards
        with self.gateway.reading() as run:
            for stream, version in expected:
                found = self._version(run, stream)
                if found != version:
                    return RaceLostError(str(stream), version, found)
        # The other writer's entries are gone again: a host rolled them back meanwhile.
        return RaceLostError(str(expected[0][0]), expected[0][1])

    @staticmethod
    def _version(run: Run, stream: Stream) -> int:
        row = run.one(sql.VERSION_READ, tenant=stream.tenant, kind=stream.kind, key=stream.key)
        return row[0] or 0 if row else 0

    @staticmethod
    def _snapshot(run: Run, snapshots: Sequence[Snapshot], rows: list[Row]) -> None:
        places = list(dict.fromkeys((each.stream, each.version) for each in snapshots))
        if _count(run, places) < len(places):
            stream, version = next(place for place in places if not _count(run, [place]))
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
        named = attrs.asdict(version)
        first = run.one(sql.KEPT_DIGEST, **named)
        if first is None:
            run.write(sql.KEPT_INSERT, **named)
        elif first[0] != version.digest:
            raise IntegrityError(
                f"policy {version.policy!r} since {version.since}, known on {version.known_on}, "
                f"was used with digest {first[0]}; got {version.digest}. "
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
        return tuple(_entry(row, stream) for row in rows)

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return the histories of *streams*, from their snapshots on."""
        wanted = list(dict.fromkeys(streams))
        kept: dict[Stream, Snapshot] = {}
        found: dict[Stream, list[Entry]] = {stream: [] for stream in wanted}
        with self.gateway.reading() as run:
            for start, size in chunks(len(wanted)):
                named = _named([(stream, 0) for stream in wanted[start : start + size]])
                for *address, version, schema, state in run.rows_of(
                    sql.snapshots_read(size), named
                ):
                    stream = Stream(*address)
                    kept[stream] = Snapshot(stream, version, schema, from_text(state))
            for start, size in chunks(len(wanted)):
                after = [
                    (stream, kept[stream].version if stream in kept else 0)
                    for stream in wanted[start : start + size]
                ]
                for row in run.rows_of(sql.histories_read(size), _named(after)):
                    entry = _entry(row)
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
                    _, _, fingerprint, recorded_at, result, content = row
                    found[command_id] = Receipt(
                        tenant,
                        command_id,
                        fingerprint,
                        from_text(result),
                        from_micros(recorded_at),
                        from_text(content),
                    )
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
        with self.gateway.reading() as run:
            rows = run.rows(
                sql.FEED, after=after, limit=checked_limit(limit), part=index, parts=count
            )
        return tuple(Fed(position, _entry(tuple(row))) for position, *row in rows)

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it was."""
        with self.gateway.reading() as run:
            row = run.one(sql.KEPT, tenant=tenant, policy=policy, digest=digest)
        if row is None:
            return None
        _, _, since, known_on, applies_to, _, text = row
        return KeptVersion(tenant, policy, since, known_on, digest, text, applies_to)

    def forget_snapshots(self) -> None:
        """Delete every snapshot."""
        with self.gateway.writing() as run:
            run.write(sql.SNAPSHOTS_FORGET)
