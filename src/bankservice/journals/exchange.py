"""
Export and import: what a journal holds of one tenant, as one file of JSON lines.

Carried are policy versions, entries, receipts and the agenda with what is parked and why. Not
carried are snapshots (they are made again), leases, delays and attempts of agenda items (they
belong to a sweep that runs), keys, and quotas: a quota is shared by writers who are at work, and
no part of the record.

Entries are carried as the journal gives them. Export the journal beneath a sealed one, so that
what is sealed stays sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Final, TextIO, TypeVar

import attrs

from bankservice.core.archive import PURGED, Archive
from bankservice.core.errors import IntegrityError, OperationalError, RaceLostError
from bankservice.core.journal import (
    AgendaChange,
    AgendaItem,
    Append,
    Commit,
    Entry,
    KeptVersion,
    Receipt,
    Stream,
)
from bankservice.journals.export_lines import Counts, Held, Reader, Writer

__all__ = ["Imported", "export", "import_", "tenants"]

H = TypeVar("H", KeptVersion, Entry, Receipt, AgendaItem)

_PAGE: Final = 1_000
_BATCH: Final = 500
_EVER: Final = datetime.max.replace(tzinfo=UTC)


# --- reading all there is -----------------------------------------------------------------------


def _entries(journal: Archive, tenant: str, after: int = 0) -> Iterator[tuple[int, Entry]]:
    """Yield every entry of a tenant past a position, with the last position looked at."""
    while fed := journal.feed(after, limit=_PAGE):
        for each in fed:
            if each.entry.stream.tenant == tenant:
                yield each.position, each.entry
        after = fed[-1].position


def _receipts(journal: Archive, tenant: str) -> Iterator[Receipt]:
    after = ""
    while receipts := journal.receipts_after(tenant, after, limit=_PAGE):
        yield from receipts
        after = receipts[-1].command_id


def _matters(journal: Archive, tenant: str) -> Iterator[AgendaItem]:
    """Yield every agenda item, what is parked last; at the end of time no lease holds."""
    item: AgendaItem | None = None
    while items := journal.due(tenant, _EVER, limit=_PAGE, after=item):
        yield from items
        item = items[-1]
    yield from sorted(journal.parked(tenant))


def tenants(journal: Archive, wanted: str = "") -> tuple[str, ...]:
    """
    Return the tenants that have entries in *journal*, read as far as one that is *wanted*.

    Args:
        journal: The journal.
        wanted: A tenant to stop at; the whole feed is read where it is left out, or not there.
    """
    found: set[str] = set()
    after = 0
    while wanted not in found and (fed := journal.feed(after, limit=_PAGE)):
        found.update(each.entry.stream.tenant for each in fed)
        after = fed[-1].position
    return tuple(sorted(found))


def export(journal: Archive, tenant: str, file: TextIO) -> Counts:
    """
    Write all that *journal* holds of a tenant to *file*, and return how much it was.

    Args:
        journal: The journal; the one beneath a sealed one.
        tenant: The legal entity.
        file: Where to write; lines end in a line feed.

    Raises:
        OperationalError: If a writer is open, or the journal was written to meanwhile; the file is
            then no export.
        ValueError: If an entry was erased: its sealed part would be lost in silence.
    """
    begun = _quiet(journal, tenant)
    writer = Writer(file, tenant)
    for version in journal.versions(tenant):
        writer.write(version)
    last = 0
    for position, entry in _entries(journal, tenant):
        last = position
        if entry.erased:
            raise ValueError(
                f"{entry.stream}@{entry.version} was erased; export the journal beneath the sealed "
                "one, where its sealed part stands as it is stored."
            )
        writer.write(entry)
    for receipt in _receipts(journal, tenant):
        writer.write(receipt)
    for item in _matters(journal, tenant):
        writer.write(item)
    for _, entry in _entries(journal, tenant, last):
        raise OperationalError(
            f"{entry.stream} was written to during the export, so it is none. Export again while "
            "nobody writes, or from a copy of the database."
        )
    if begun != _quiet(journal, tenant):
        raise OperationalError(
            f"receipts, policy versions or the agenda of {tenant!r} were written to during the "
            "export, so it is none. Export again while nobody writes, or from a copy of the "
            "database."
        )
    writer.close()
    return writer.counts


def _quiet(journal: Archive, tenant: str) -> str:
    """Return a digest over what stands beside the entries; refuse while a writer is open."""
    if journal.behind():
        raise OperationalError(
            "a writer is open, and what was written after it began cannot be seen whole yet. "
            "Export again once it has ended."
        )
    seen = sha256()
    for version in journal.versions(tenant):
        seen.update(f"{version.policy} {version.digest}\n".encode())
    for receipt in _receipts(journal, tenant):
        seen.update(f"{receipt.command_id} {receipt.fingerprint}\n".encode())
    for item in _matters(journal, tenant):
        seen.update(f"{item.stream} {item.key} {item.due_at} {item.parked}\n".encode())
    return seen.hexdigest()


# --- importing ----------------------------------------------------------------------------------


@attrs.frozen
class Imported:
    """
    What an import did.

    Attributes:
        tenant: Whose record it was.
        held: How much the file holds.
        written: How much of it was written; the rest was there.
    """

    tenant: str
    held: Counts
    written: Counts


def import_(file: TextIO, journal: Archive, *, name: str = "the export") -> Imported:
    """
    Write what a file holds to *journal*, which then gives the same export.

    The file is read to its end first and compared with what the journal holds, so nothing is
    written where the one is broken or the other another. Then it is written in many commits; an
    import that was interrupted is given again and goes on. The agenda is put as the file has it:
    import before anybody works with the journal.

    Args:
        file: An export; read twice, so it must be seekable.
        journal: Empty, or holding the beginning of this very export; other tenants do not matter.
        name: What to call the file in messages.

    Raises:
        FaultsError: If the file is no export, or was cut or changed; nothing was written.
        IntegrityError: If the journal holds something else of the same tenant; line and stream
            are named.
    """
    start = file.tell()
    _taken(Reader(file, name), journal, name, write=False)
    file.seek(start)
    lines = Reader(file, name)
    return Imported(lines.tenant, *_taken(lines, journal, name, write=True))


def _taken(lines: Reader, journal: Archive, name: str, *, write: bool) -> tuple[Counts, Counts]:
    """Read an export to its end beside a journal, and return what it holds and what was missing."""
    work = _Import(journal, lines.tenant, name, write=write)
    ahead = _Ahead(iter(lines))
    missing = Counts(
        versions=work.versions(ahead.of(KeptVersion)),
        entries=work.entries(ahead.of(Entry)),
        receipts=work.receipts(ahead.of(Receipt)),
        matters=work.matters(ahead.of(AgendaItem)),
    )
    return lines.counts, missing


class _Ahead:
    """The lines of a file, given out kind by kind."""

    def __init__(self, lines: Iterator[tuple[int, Held]]) -> None:
        self._lines = lines
        self._next = next(lines, None)

    def of(self, kind: type[H]) -> Iterator[tuple[int, H]]:
        """Yield the next lines as long as they are of this kind."""
        while self._next is not None and isinstance(self._next[1], kind):
            yield self._next[0], self._next[1]
            self._next = next(self._lines, None)


class _Import:
    """
    An import at work.

    What the journal holds already is read along beside the file: it must be the beginning of it.
    Nothing is written of a kind before the journal's own of that kind has come to its end, so what
    is read along is never what was just written.
    """

    def __init__(self, journal: Archive, tenant: str, name: str, *, write: bool) -> None:
        self._journal = journal
        self._write = write
        self._tenant = tenant
        self._name = name

    def _differs(self, line: int, what: object, there: object) -> IntegrityError:
        return IntegrityError(
            f"{self._name}, line {line}: {what} is not what the journal holds there, {there}. "
            "Nothing was replaced; import into an empty journal, or one that holds the beginning "
            "of this export."
        )

    def _extra(self, there: object) -> IntegrityError:
        return IntegrityError(
            f"the journal holds {there}, which {self._name} does not; it has gone on, or is "
            "another one. Import into an empty journal."
        )

    def versions(self, lines: Iterator[tuple[int, KeptVersion]]) -> int:
        """Write the policy versions that are missing."""
        there, missing = iter(self._journal.versions(self._tenant)), []
        for line, version in lines:
            first = next(there, None)
            if first is None:
                missing.append(version)
            elif first != version:
                raise self._differs(line, _policy(version), _policy(first))
        for first in there:
            raise self._extra(_policy(first))
        if missing and self._write:
            self._journal.commit(Commit(versions=tuple(missing)))
        return len(missing)

    def entries(self, lines: Iterator[tuple[int, Entry]]) -> int:
        """Write the entries that are missing, in the order of the file."""
        there = (entry for _, entry in _entries(self._journal, self._tenant))
        written = 0
        batch: dict[Stream, list[Entry]] = {}
        begun: dict[Stream, int] = {}
        for line, entry in lines:
            first = next(there, None)
            if first is not None:
                if first != entry:
                    raise self._differs(line, _place(entry), _place(first))
                continue
            # One append holds a stream's entries, so a stream that comes again begins a batch.
            again = entry.stream in batch and entry.stream != next(reversed(batch))
            if again or entry.kind == PURGED or written % _BATCH == 0:
                self._append(batch, begun)
            written += 1
            begun.setdefault(entry.stream, line)
            if entry.kind == PURGED:
                self._bury(entry, line)
            else:
                batch.setdefault(entry.stream, []).append(entry)
        for first in there:
            raise self._extra(_place(first))
        self._append(batch, begun)
        return written

    def _append(self, batch: dict[Stream, list[Entry]], begun: dict[Stream, int]) -> None:
        if not (batch and self._write):
            batch.clear()
            begun.clear()
            return
        appends = tuple(
            Append(stream, entries[0].version - 1, tuple(entries))
            for stream, entries in batch.items()
        )
        try:
            self._journal.commit(Commit(appends=appends))
        except RaceLostError as lost:
            line = {str(stream): line for stream, line in begun.items()}[lost.stream]
            there = f"version {lost.found} of the stream"
            raise self._differs(line, f"{lost.stream}@{lost.expected + 1}", there) from lost
        batch.clear()
        begun.clear()

    def _bury(self, tombstone: Entry, line: int) -> None:
        append = Append(tombstone.stream, tombstone.version - 1, (tombstone,))
        if not self._write:
            return
        try:
            self._journal.purge(append)
        except RaceLostError as lost:
            there = f"version {lost.found} of the stream"
            raise self._differs(line, _place(tombstone), there) from lost

    def receipts(self, lines: Iterator[tuple[int, Receipt]]) -> int:
        """Write the receipts that are missing; both sides are in the order of command ids."""
        there = _receipts(self._journal, self._tenant)
        first, written = next(there, None), 0
        for line, receipt in lines:
            if first is None or first.command_id > receipt.command_id:
                if self._write:
                    self._journal.commit(Commit(receipt=receipt))
                written += 1
            elif first == receipt:
                first = next(there, None)
            elif first.command_id == receipt.command_id:
                raise self._differs(line, _command(receipt), "another one under this id")
            else:
                raise self._extra(_command(first))
        if first is not None:
            raise self._extra(_command(first))
        return written

    def matters(self, lines: Iterator[tuple[int, AgendaItem]]) -> int:
        """Put the agenda items, and park those that were."""
        written = 0
        while some := [item for _, item in islice(lines, _BATCH)]:
            written += len(some)
            if self._write:
                changes = tuple(AgendaChange(item.stream, item.key, item.due_at) for item in some)
                self._journal.commit(Commit(agenda=changes))
                for item in some:
                    if item.parked:
                        self._journal.park(attrs.evolve(item, parked=""), item.parked)
        there = sum(1 for _ in _matters(self._journal, self._tenant))
        if there > written or (self._write and there < written):
            raise self._extra(f"{there} agenda items, not {written},")
        return written


def _place(entry: Entry) -> str:
    return f"{entry.stream}@{entry.version}"


def _policy(version: KeptVersion) -> str:
    return f"policy {version.policy} since {version.since}, digest {version.digest}"


def _command(receipt: Receipt) -> str:
    return f"the receipt of command {receipt.command_id!r}"
