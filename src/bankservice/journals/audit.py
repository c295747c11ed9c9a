"""
Auditing a chained journal in a database: its chains, and the heads a bank keeps elsewhere.

Entries are audited as they are stored, so no key is needed. A file of heads is JSON lines: a
first line that says what it is, one line for each stream (tenant, kind, key, version, digest), and
a last line with their number and their root. The root alone holds everybody to such a file: print
it, publish it, or give it to a notary.

Receipts, agenda, policy versions and quotas are not chained.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TextIO

import attrs
from sqlalchemy import and_, bindparam, func, or_, select, tuple_

from bankservice.core.archive import PURGED
from bankservice.core.chain import Finding, Found, Head, Link, Root, compare, verify
from bankservice.core.errors import Fault, FaultsError, SchemaVersionError
from bankservice.core.journal import Entry, Stream
from bankservice.journals.canonical import slot_of, to_text
from bankservice.journals.gateway import Query, Row, Run
from bankservice.journals.sql_rows import entry_of
from bankservice.journals.statements import ENTRY_COLUMNS
from bankservice.journals.tables import entries

if TYPE_CHECKING:
    from bankservice.journals.sql import SqlJournal

__all__ = [
    "Against",
    "Examined",
    "against",
    "examine",
    "read_heads",
    "root_of",
    "write_heads",
]

_PAGE: Final = 1_000
_AT_ONCE: Final = 100
_FORMAT: Final = 1
_FIRST: Final = {"bankservice": "heads", "format": _FORMAT}
_ADDRESS: Final = ("tenant", "kind", "key")

# By stream, which is what the unique key is ordered by: one stream is held at a time, however
# many there are. The order of the streams is the database's own.
_place = [entries.c[name] for name in (*_ADDRESS, "version")]
_row = [entries.c.position, *(entries.c[name] for name in ENTRY_COLUMNS), entries.c.chain]
_LINKS = Query(
    select(*_row)
    .where(tuple_(*_place) > tuple_(*(bindparam(f"after_{column.name}") for column in _place)))
    .order_by(*_place)
    .limit(bindparam("limit"))
)
_LINKS_OF = Query(
    select(*_row)
    .where(*(entries.c[name] == bindparam(name) for name in _ADDRESS))
    .order_by(entries.c.version)
)


def _each(*columns: str) -> Any:
    """Return the condition that a row is one of those asked, by these columns."""
    return or_(
        *(
            and_(*(entries.c[name] == bindparam(f"{name}_{place}") for name in columns))
            for place in range(_AT_ONCE)
        )
    )


_address = [entries.c[name] for name in _ADDRESS]
_ENDS = Query(
    select(*_address, func.min(entries.c.version), func.max(entries.c.version))
    .where(_each(*_ADDRESS))
    .group_by(*_address)
)
_DIGESTS = Query(select(*_address, entries.c.chain).where(_each(*_ADDRESS, "version")))


# --- examining ----------------------------------------------------------------------------------


@attrs.define
class Examined:
    """
    How much was examined so far.

    Attributes:
        entries: Entries.
        streams: Streams.
        purged: Streams that begin with a tombstone.
    """

    entries: int = 0
    streams: int = 0
    purged: int = 0


@attrs.define
class _Walk:
    """A walk along one stream: where it began and where it ended."""

    seen: Examined
    purged: bool = False
    version: int = 0
    digest: str | None = None

    def along(self, links: Iterable[Link]) -> Iterator[Link]:
        """Pass the links on and note what goes by."""
        for each in links:
            if not self.version:
                self.purged = each.entry is not None and each.entry.kind == PURGED
            self.version, self.digest = each.version, each.digest
            self.seen.entries += 1
            yield each


def _link(row: Row) -> Link:
    position, *held, digest = row
    tenant, kind, key, version = held[:4]
    entry: Entry | None
    try:
        entry = entry_of(tuple(held))
        if not _as_written(entry, dict(zip(ENTRY_COLUMNS, held, strict=True))):
            entry = None
    except (ArithmeticError, RecursionError, TypeError, ValueError):
        entry = None
    return Link(Stream(tenant, kind, key), version, position, entry, digest)


def _as_written(entry: Entry, stored: Mapping[str, Any]) -> bool:
    """Tell whether what is not in the digest is as a journal writes it: the texts' form, the slot."""
    data: Any = entry.data
    if not isinstance(data, Mapping) or stored["slot"] != slot_of(entry.stream):
        return False
    parts = (("data", entry.data), ("sealed", entry.sealed))
    return all(part is None or stored[name] == to_text(part, name) for name, part in parts)


def _links(journal: SqlJournal) -> Iterator[Link]:
    """Yield every entry as stored, by stream."""
    after: Mapping[str, object] = dict.fromkeys(
        (f"after_{column.name}" for column in _place), ""
    ) | {"after_version": 0}
    while True:
        with journal.gateway.reading() as run:
            rows = run.rows(_LINKS, limit=_PAGE, **after)
        yield from map(_link, rows)
        if len(rows) < _PAGE:
            return
        after = {
            f"after_{column.name}": value
            for column, value in zip(_place, rows[-1][1:], strict=False)
        }


def examine(
    journal: SqlJournal,
    examined: Examined | None = None,
    *,
    heads: Callable[[Head], object] = lambda head: None,
) -> Iterator[Finding]:
    """
    Yield what is wrong with the chains of a journal.

    Writers need not wait: a stream that seems wrong is read again in one piece before it is
    called so, because it may have been purged between two pages.

    Args:
        journal: The journal, as `SqlJournal` gives it.
        examined: Counts along.
        heads: Called with the head of every stream that has a digest at its end.

    Raises:
        SchemaVersionError: If the journal is not chained.
    """
    if not journal.chained:
        raise SchemaVersionError(
            "the journal is not chained, so nothing can be verified. A chain begins with the first "
            "entry: export the journal and import it into one that was created chained."
        )
    seen = examined or Examined()
    for stream, links in groupby(_links(journal), attrgetter("stream")):
        walk = _Walk(seen)
        wrong = sum(1 for _ in verify(walk.along(links)))
        seen.streams += 1
        seen.purged += walk.purged
        if walk.digest is not None:
            heads(Head(stream, walk.version, walk.digest))
        if wrong:
            with journal.gateway.reading() as run:
                rows = run.rows(_LINKS_OF, **_named(stream))
            yield from verify(map(_link, rows))


def _named(stream: Stream) -> dict[str, object]:
    return {"tenant": stream.tenant, "kind": stream.kind, "key": stream.key}


# --- heads --------------------------------------------------------------------------------------


def write_heads(journal: SqlJournal, file: TextIO, examined: Examined) -> tuple[str, list[Finding]]:
    """
    Write the heads of all streams to *file*, and return their root and what is wrong.

    Heads of a journal that is not sound prove the wrong thing: with findings, throw the file away.

    Raises:
        SchemaVersionError: If the journal is not chained.
    """
    root = Root()

    def keep(head: Head) -> None:
        root.add(head)
        file.write(head.line() + "\n")

    file.write(_json(_FIRST) + "\n")
    found = list(examine(journal, examined, heads=keep))
    file.write(_json({"root": root.digest(), "streams": examined.streams}) + "\n")
    return root.digest(), found


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def read_heads(file: Iterable[str], name: str) -> Iterator[Head]:
    """
    Yield the heads of a file; whether they are all there is known at its end only.

    Args:
        file: Its lines.
        name: What to call it in messages.

    Raises:
        FaultsError: If it is no such file, it was cut, or its lines do not have its root.
    """
    root, streams, closed = Root(), 0, False
    for number, line in enumerate(file, start=1):
        held = _loaded(line)
        if number == 1:
            if held != _FIRST:
                raise _fault(name, number, "a file of heads", _json(_FIRST))
        elif closed:
            raise _fault(name, number, "a line after the last", "nothing")
        elif isinstance(held, dict):
            if held != {"root": root.digest(), "streams": streams}:
                wanted = f"the root {root.digest()} of the {streams} heads above"
                raise _fault(name, number, "another root or number", wanted)
            closed = True
        elif _is_head(held):
            head = Head(Stream(*held[:3]), held[3], held[4])
            root.add(head)
            streams += 1
            yield head
        else:
            raise _fault(name, number, "no head", '["tenant","kind","key",version,"digest"]')
    if not closed:
        raise _fault(name, streams + 2, "the end of the file", "a last line with the root")


def root_of(file: Iterable[str], name: str) -> str:
    """
    Read a file of heads to its end and return its root.

    Raises:
        FaultsError: As `read_heads` does.
    """
    root = Root()
    for head in read_heads(file, name):
        root.add(head)
    return root.digest()


def _loaded(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_head(held: Any) -> bool:
    return (
        isinstance(held, list)
        and [type(part) for part in held] == [str, str, str, int, str]
        and held[3] > 0
    )


def _fault(name: str, number: int, got: str, wanted: str) -> FaultsError:
    return FaultsError(name, (Fault(f"line {number}", got, wanted),))


@attrs.define
class Against:
    """
    How much was compared so far.

    Attributes:
        heads: Kept heads.
        grown: Streams that have grown since.
        purged: Streams that were purged since, as their tombstones say.
    """

    heads: int = 0
    grown: int = 0
    purged: int = 0


def against(
    journal: SqlJournal, kept: Iterable[Head], compared: Against | None = None
) -> Iterator[Finding]:
    """
    Yield what is wrong with a journal by the heads that were kept of it.

    It finds what a chain alone cannot: a stream that is gone, that lost its end, or whose chain
    was computed anew. Chains are taken as they stand: verify them too (`examine`).

    Args:
        journal: The journal, as `SqlJournal` gives it.
        kept: The heads.
        compared: Counts along.
    """
    counts, rest = compared or Against(), iter(kept)
    while some := list(islice(rest, _AT_ONCE)):
        with journal.gateway.reading() as run:
            today = _found(run, some)
        for head in some:
            found = today[head]
            finding = compare(head, found)
            if finding is not None:
                # It may have been purged between two statements.
                with journal.gateway.reading() as run:
                    found = _found(run, [head])[head]
                finding = compare(head, found)
            counts.heads += 1
            counts.purged += found.purged >= head.version
            counts.grown += found.version > head.version > found.purged
            if finding is not None:
                yield finding


def _found(run: Run, heads: Sequence[Head]) -> dict[Head, Found]:
    """Return what the journal holds of each head's stream."""
    # Filled up, so that there is one statement to compile.
    asked = [*heads, *[heads[-1]] * (_AT_ONCE - len(heads))]
    named = {
        f"{name}_{place}": value
        for place, head in enumerate(asked)
        for name, value in (*_named(head.stream).items(), ("version", head.version))
    }
    ends = {Stream(*at): (low, high) for *at, low, high in run.rows_of(_ENDS, named)}
    digests = {Stream(*at): digest for *at, digest in run.rows_of(_DIGESTS, named)}
    found = {}
    for head in heads:
        low, high = ends.get(head.stream, (0, 0))
        through, base = (0, "") if low <= 1 else _purged(run, head.stream)
        found[head] = Found(high, digests.get(head.stream), through, base)
    return found


def _purged(run: Run, stream: Stream) -> tuple[int, str]:
    """Return the version up to which a stream was purged, and the digest its tombstone names."""
    first = _link(run.rows(_LINKS_OF, **_named(stream))[0])
    if first.entry is None or first.entry.kind != PURGED:
        return 0, ""
    return first.version - 1, str(first.entry.data.get("chain", ""))
