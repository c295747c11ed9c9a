"""
The chain: each entry carries a digest over itself and the entry before it in its stream.

The digest of an entry is the SHA-256, in hexadecimal, of the UTF-8 text of one JSON array without
spaces, so that an auditor can compute it with any tool:

    [digest before, tenant, kind, key, version, event, schema, effective_at, recorded_at,
     actor, approved_by, source, command_id, correlation_id, data, sealed]

Instants are microseconds since 1970-01-01T00:00Z; `data` and `sealed` stand as they are stored
(a sealed part as its ciphertext, so a destroyed key breaks no chain), their keys sorted. The first
entry of a stream has "" before it, a tombstone the digest its data holds under `chain`.

Who changes an entry must change every digest after it in its stream. Somebody who can do that, or
delete the end of a stream or a whole one, is found by the *heads* a bank keeps elsewhere: the last
digest of every stream, and one root over them all.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from json.encoder import encode_basestring as _quote
from typing import Any, TypeAlias

import attrs

from bankservice.core.archive import PURGED
from bankservice.core.journal import Entry, Stream

__all__ = [
    "Fields",
    "Finding",
    "Found",
    "Head",
    "Link",
    "Root",
    "What",
    "compare",
    "link",
    "link_fields",
    "verify",
]

Fields: TypeAlias = tuple[str, str, str, int, str, int, int, int, str, str, str, str, str]
"""Tenant, kind, key, version, event, schema, effective_at, recorded_at, and the five texts after."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _listed(value: Any) -> Any:
    """Give the encoder a dict for any mapping and a list for any sequence."""
    return dict(value) if isinstance(value, Mapping) else list(value)


_JSON = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    sort_keys=True,
    separators=(",", ":"),
    default=_listed,
)


def _micros(moment: datetime) -> int:
    span = moment - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def link_fields(previous: str, fields: Fields, data: str, sealed: str | None) -> str:
    """
    Return the digest of an entry whose parts are texts and numbers already, as a writer has them.

    Args:
        previous: Digest of the entry before it in its stream; empty before the first.
        fields: The thirteen from tenant to correlation id, in the order the module states;
            instants in microseconds.
        data: Canonical JSON of the data.
        sealed: Canonical JSON of the sealed part as stored, or None where there is none.
    """
    tenant, kind, key, version, event, schema, effective_at, recorded_at = fields[:8]
    actor, approved_by, source, command_id, correlation_id = fields[8:]
    # Written out, because it runs on every append: quicker than encoding a list.
    text = (
        f"[{_quote(previous)},{_quote(tenant)},{_quote(kind)},{_quote(key)},{version},"
        f"{_quote(event)},{schema},{effective_at},{recorded_at},{_quote(actor)},"
        f"{_quote(approved_by)},{_quote(source)},{_quote(command_id)},{_quote(correlation_id)},"
        f"{data},{'null' if sealed is None else sealed}]"
    )
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, entry: Entry) -> str:
    """
    Return the digest of *entry*, which comes after the one with the digest *previous*.

    Examples:
        >>> entry = Entry(
        ...     stream=Stream("bank", "test.record", "c-1"),
        ...     version=1,
        ...     kind="noted",
        ...     effective_at=datetime(2026, 3, 2, tzinfo=UTC),
        ...     recorded_at=datetime(2026, 3, 2, tzinfo=UTC),
        ...     actor="teller-1",
        ...     command_id="n-1",
        ...     data={"points": 5},
        ... )
        >>> link("", entry)[:16]
        'b81f09a410af5132'
    """
    stream = entry.stream
    return link_fields(
        previous,
        (
            stream.tenant,
            stream.kind,
            stream.key,
            entry.version,
            entry.kind,
            entry.schema,
            _micros(entry.effective_at),
            _micros(entry.recorded_at),
            entry.actor,
            entry.approved_by,
            entry.source,
            entry.command_id,
            entry.correlation_id,
        ),
        _JSON.encode(entry.data),
        None if entry.sealed is None else _JSON.encode(entry.sealed),
    )


class What(Enum):
    """What is wrong with a stream; what a chain shows first, then what only kept heads show."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    UNLINKED = "unlinked"
    TOMBSTONE = "tombstone"
    LOST = "lost"
    SHORTER = "shorter"
    REWRITTEN = "rewritten"


@attrs.frozen
class Finding:
    """
    Something a chain, or a kept head, does not agree with.

    Attributes:
        stream: Where.
        version: The first version it concerns.
        what: What is wrong.
        through: The last version it concerns; *version* where left out.
    """

    stream: Stream
    version: int
    what: What
    through: int = attrs.field(
        default=attrs.Factory(lambda finding: finding.version, takes_self=True)
    )


@attrs.frozen
class Link:
    """
    An entry as stored, with its digest.

    Attributes:
        stream: The record it belongs to.
        version: Its place there.
        position: Its place in the feed.
        entry: The entry with its sealed part as stored; None where it cannot be read.
        digest: The digest stored beside it; None where there is none.
    """

    stream: Stream
    version: int
    position: int
    entry: Entry | None
    digest: str | None


@attrs.define
class _Course:
    """
    How far a stream is verified.

    Attributes:
        stream: Which.
        version: The last version seen.
        position: Its place in the feed.
        bases: Digests the next entry may build on; none where that cannot be told.
    """

    stream: Stream
    version: int = 0
    position: int = 0
    bases: tuple[str, ...] = ("",)

    def place(self, each: Link) -> Iterator[Finding]:
        """Find what is wrong with the place of a link."""
        entry = each.entry
        if entry is not None and entry.kind == PURGED:
            through, base = entry.data.get("through"), entry.data.get("chain", "")
            fits = isinstance(base, str) and (base == "" or _DIGEST.fullmatch(base) is not None)
            if self.version or through != each.version - 1 or not fits:
                yield Finding(each.stream, each.version, What.TOMBSTONE)
            self.bases = (str(base),)
        elif each.version > self.version + 1:
            yield Finding(each.stream, self.version + 1, What.MISSING, each.version - 1)
            self.bases = ()
        elif each.version <= self.version:
            yield Finding(each.stream, each.version, What.REORDERED)
            self.bases = ()
        if each.position <= self.position:
            yield Finding(each.stream, each.version, What.REORDERED)

    def content(self, each: Link) -> Iterator[Finding]:
        """Find what is wrong with the content of a link, and build on it."""
        try:
            right = [link(base, each.entry) for base in self.bases] if each.entry else None
        except (RecursionError, ValueError):
            # It was read, and holds what no journal writes: half a surrogate pair, or no number.
            right = None
        if right is None:
            yield Finding(each.stream, each.version, What.CHANGED)
            self.bases = () if each.digest is None else (each.digest,)
            return
        if each.digest is None:
            yield Finding(each.stream, each.version, What.UNLINKED)
            # Where a journal was chained late, its writers built on nothing.
            self.bases = ("", *right)
        elif not right or each.digest in right:
            self.bases = (each.digest,)
        else:
            yield Finding(each.stream, each.version, What.CHANGED)
            # Either the entry was changed or its digest: the next one tells nothing of its own.
            self.bases = (each.digest, *right)


def verify(links: Iterable[Link]) -> Iterator[Finding]:
    """
    Yield what is wrong with the chains of streams.

    A change is found where it was made; what comes after it is judged by the digests as stored.
    The end of a stream and whole streams can be missed only by heads that were kept (`compare`).

    Args:
        links: Those of a stream one after another, by version; the order of streams is free.
    """
    course: _Course | None = None
    for each in links:
        if course is None or each.stream != course.stream:
            course = _Course(each.stream)
        yield from course.place(each)
        yield from course.content(each)
        course.version = max(course.version, each.version)
        course.position = max(course.position, each.position)


@attrs.frozen(order=True)
class Head:
    """The last entry of a stream at some time, and its digest: what a bank keeps elsewhere."""

    stream: Stream
    version: int
    digest: str

    def line(self) -> str:
        """
        Return the head as one line of JSON: tenant, kind, key, version, digest.

        Examples:
            >>> Head(Stream("bank", "test.record", "c-1"), 3, "9f").line()
            '["bank","test.record","c-1",3,"9f"]'
        """
        stream = self.stream
        return _JSON.encode((stream.tenant, stream.kind, stream.key, self.version, self.digest))


class Root:
    """
    One number over the heads of all streams, in whatever order they come.

    It is the SHA-256 over the SHA-256 of every head's line (in UTF-8), sorted. It holds 32 bytes
    for each stream.

    Examples:
        >>> root = Root()
        >>> root.add(Head(Stream("bank", "test.record", "c-1"), 3, "9f"))
        >>> root.digest()[:16]
        '3379b474aeece3a7'
    """

    def __init__(self) -> None:
        """Begin with no stream."""
        self._held: list[bytes] = []

    def add(self, head: Head) -> None:
        """Take in the head of one more stream."""
        self._held.append(hashlib.sha256(head.line().encode()).digest())

    def digest(self) -> str:
        """Return the number, in hexadecimal."""
        return hashlib.sha256(b"".join(sorted(self._held))).hexdigest()


@attrs.frozen
class Found:
    """
    What a journal holds of a stream whose head was kept.

    Attributes:
        version: The version the stream is at; 0 where it does not exist.
        digest: The digest stored at the kept version; None where that entry is not there.
        purged: The last version a tombstone stands for; 0 where there is no tombstone.
        purged_digest: The digest the tombstone names for that version; empty where none.
    """

    version: int
    digest: str | None = None
    purged: int = 0
    purged_digest: str = ""


def compare(kept: Head, found: Found) -> Finding | None:
    """
    Return what is wrong with a stream, given its kept head; None where it has only grown.

    A stream that was purged since is no finding: its tombstone says so, and under whose name.
    """
    if not found.version:
        return Finding(kept.stream, 1, What.LOST, kept.version)
    if found.purged >= kept.version:
        # Of a tombstone further on, only it says what the digest was; of this one, the head does.
        if found.purged > kept.version or found.purged_digest == kept.digest:
            return None
        return Finding(kept.stream, kept.version, What.REWRITTEN)
    if found.version < kept.version:
        return Finding(kept.stream, found.version + 1, What.SHORTER, kept.version)
    if found.digest != kept.digest:
        return Finding(kept.stream, kept.version, What.REWRITTEN)
    return None
