"""
The port for the record: an append-only journal, its receipts and its agenda, in one commit.

State that lasts is the fold of a *stream* of entries. A commit writes entries to one or several
streams, the receipt of the command that caused them, the changes of the agenda and the policy
versions that were used: all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeAlias

import attrs

from bankservice.core.calendar import in_utc
from bankservice.core.identifiers import checked_id

__all__ = [
    "BOX_MARK",
    "AgendaChange",
    "AgendaItem",
    "Append",
    "Commit",
    "Entry",
    "Fed",
    "History",
    "Journal",
    "Json",
    "KeptVersion",
    "Lease",
    "Receipt",
    "Snapshot",
    "Stream",
]

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What entries, receipts and snapshots are made of: JSON without floats."""


BOX_MARK: Final = "bankservice.sealed"
"""What tells the box of an encrypted sealed part; its value is the form of the box."""


@attrs.frozen(order=True)
class Stream:
    """
    The address of one record.

    Attributes:
        tenant: Legal entity (法人) the record belongs to; part of every key.
        kind: Kind of record, such as `segmentation.standing`.
        key: Opaque id of the subject; never a card or identity number.
    """

    tenant: str
    kind: str
    key: str

    @classmethod
    def of(cls, tenant: str, kind: str, key: str) -> Stream:
        """
        Return the address after checking the parts a caller chose.

        Raises:
            IdentifierError: If *tenant* or *key* may not serve as an identifier.
        """
        return cls(checked_id(tenant, "tenant"), kind, checked_id(key, kind))

    def __str__(self) -> str:
        return f"{self.tenant}/{self.kind}/{self.key}"


@attrs.frozen(kw_only=True)
class Entry:
    """
    One thing that was decided, for ever.

    Attributes:
        stream: The record it belongs to.
        version: 1 for the first entry of the stream, without gaps.
        kind: What happened, such as `assessed`.
        schema: Version of the layout of `data`; 1 or more.
        effective_at: Business time; given aware, held in UTC.
        recorded_at: Knowledge time; given aware, held in UTC.
        actor: Who gave the command.
        command_id: The caller's id of the command.
        data: All that replay reads; holds no personal data.
        sealed: The rest (facts, texts), or None once its key is destroyed or where there is none.
        approved_by: The second person, where one approved; never the actor.
        source: The channel or system the command came from.
        correlation_id: Ties entries of one undertaking together.
        erased: The sealed part was there and its key is destroyed. Only reading sets it.
    """

    stream: Stream
    version: int
    kind: str
    effective_at: datetime = attrs.field(converter=in_utc)
    recorded_at: datetime = attrs.field(converter=in_utc)
    actor: str
    command_id: str
    data: Mapping[str, Json]
    sealed: Mapping[str, Json] | None = None
    schema: int = 1
    approved_by: str = ""
    source: str = ""
    correlation_id: str = ""
    erased: bool = False

    def __attrs_post_init__(self) -> None:
        if self.approved_by and self.approved_by == self.actor:
            raise ValueError(
                f"the approver of {self.command_id!r} is its actor; a second person approves."
            )

    @property
    def locked(self) -> bool:
        """Whether the sealed part came back as it lies, because it was read without the keys."""
        return self.sealed is not None and BOX_MARK in self.sealed

    @property
    def owner(self) -> str:
        """The customer it is about: the one `data` names as `customer`, else the stream's key."""
        named = self.data.get("customer")
        return named if isinstance(named, str) else self.stream.key


@attrs.frozen
class Append:
    """
    Entries for one stream.

    Attributes:
        stream: Where they go.
        expected: Version the stream is at; 0 for a stream that does not exist yet.
        entries: One or more, with versions `expected + 1`, `expected + 2`, ….
    """

    stream: Stream
    expected: int
    entries: tuple[Entry, ...]

    def __attrs_post_init__(self) -> None:
        wanted = tuple(range(self.expected + 1, self.expected + 1 + len(self.entries)))
        if not self.entries or tuple(entry.version for entry in self.entries) != wanted:
            raise ValueError(
                f"entries for {self.stream} must carry versions {wanted or '1 or more'}."
            )
        if any(entry.stream != self.stream for entry in self.entries):
            raise ValueError(f"an entry for another stream stands in the append to {self.stream}.")


@attrs.frozen
class Receipt:
    """
    What a command led to.

    Attributes:
        tenant: Scope of the command id.
        command_id: The caller's id.
        fingerprint: Digest over the command's content.
        result: What was answered the first time.
        recorded_at: Given aware, held in UTC.
        content: The command itself as far as a difference may be named (no personal data).
    """

    tenant: str
    command_id: str
    fingerprint: str
    result: Mapping[str, Json]
    recorded_at: datetime = attrs.field(converter=in_utc)
    content: Mapping[str, Json] = attrs.field(factory=dict)


@attrs.frozen(order=True)
class AgendaItem:
    """
    Something that must be looked at.

    Attributes:
        due_at: First instant (aware) at which it may be looked at; may be early.
        stream: The record it concerns.
        key: Which of the record's matters.
        attempts: How often it was claimed.
        parked: Why it is left aside; empty while it is not.
    """

    due_at: datetime
    stream: Stream
    key: str
    attempts: int = 0
    parked: str = ""


@attrs.frozen
class AgendaChange:
    """Put one item on the agenda (replacing the one with its key), or take it off (`due_at` None)."""

    stream: Stream
    key: str
    due_at: datetime | None


@attrs.frozen
class Lease:
    """A claim on agenda items: taken at *now*, falling back at *until* unless the matter is settled."""

    now: datetime
    until: datetime


@attrs.frozen
class KeptVersion:
    """
    The canonical text of a policy version a decision used.

    Attributes:
        tenant: Whose archive.
        policy: Policy id.
        since: ISO date the version takes effect.
        known_on: ISO date it became known.
        digest: Digest over its typed parameters.
        text: Canonical JSON from which the version can be built again.
        applies_to: Digest of the cohort it is for; empty for everybody.
    """

    tenant: str
    policy: str
    since: str
    known_on: str
    digest: str
    text: str
    applies_to: str = ""


@attrs.frozen
class Snapshot:
    """A state as folded up to *version*; deleting it changes nothing but the time a fold takes."""

    stream: Stream
    version: int
    schema: int
    state: Mapping[str, Json]


@attrs.frozen
class History:
    """A stream as read: the newest snapshot, if any, and the entries after it."""

    stream: Stream
    entries: tuple[Entry, ...]
    snapshot: Snapshot | None = None

    @property
    def version(self) -> int:
        """The version the stream is at; 0 if it does not exist."""
        if self.entries:
            return self.entries[-1].version
        return self.snapshot.version if self.snapshot else 0


@attrs.frozen
class Fed:
    """An entry and its place in the feed."""

    position: int
    entry: Entry


@attrs.frozen(kw_only=True)
class Commit:
    """
    All that one command, or one batch, writes.

    Attributes:
        appends: At most one for each stream.
        guards: Streams that were read and are not written, with the version they must still be at.
        receipt: The receipt of the command or batch.
        agenda: What comes on and off the agenda.
        versions: Policy versions used, kept for repetition.
        snapshots: States worth keeping; a journal may drop them.
    """

    appends: tuple[Append, ...] = ()
    guards: tuple[tuple[Stream, int], ...] = ()
    receipt: Receipt | None = None
    agenda: tuple[AgendaChange, ...] = ()
    versions: tuple[KeptVersion, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()


class Journal(Protocol):
    """
    An append-only record.

    Promises:

    * A commit is all or nothing: after an exception, none of its parts can be read.
    * An append whose `expected` is not the stream's version raises `RaceLostError`.
    * A guard whose stream is not at its version raises `RaceLostError`.
    * A receipt under a command id that has one already (in the tenant) raises `IntegrityError`.
    * Entries come back equal to what was written, in version order, after the version asked.
    * Receipts come back equal to what was written; an unknown id has none.
    * Streams of different tenants never meet: same kind and key, other tenant, other stream.
    * `read_many` answers for every stream asked, an empty history where there is nothing.
    * An agenda item put again under its key replaces the earlier one and starts its attempts
      anew; one taken off is gone.
    * `due` gives items due at or before the instant asked, earliest first, after the item given,
      at most *limit*, and neither parked nor leased ones.
    * With a lease, the items given are claimed: until the lease ends nobody else gets them; each
      claim counts one attempt.
    * `claim` claims one item as it was given. One that was put again, taken off, parked or
      claimed since, or that waits, is left as it is, and nothing is given.
    * A postponed item is not due before the instant given; its attempts stand. One that was put
      again, taken off or claimed since it was given is left as it is, by `park` too.
    * A parked item is not due again until it is put again; `parked` lists it with its reason.
    * `feed` gives every entry once, in one total order that never changes and keeps each
      stream's order; reading on from a position skips nothing.
    * A feed split in parts gives each stream to exactly one part.
    * A kept policy version comes back by policy and digest. The same dates and cohort with
      another digest raise `IntegrityError`: a used version does not change.
    * A snapshot is given with the entries after it; forgetting all snapshots changes no history
      read from version 0.
    """

    def commit(self, commit: Commit) -> None:
        """Write all of *commit*, or nothing."""

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries of *stream* with a version above *after*."""

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return the histories of *streams*, from their snapshots on."""

    def receipts(self, tenant: str, command_ids: Iterable[str]) -> Mapping[str, Receipt]:
        """Return the receipts there are among *command_ids*."""

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

    def claim(self, item: AgendaItem, lease: Lease) -> AgendaItem | None:
        """Claim *item* and return it with this attempt counted; None where it is not to be had."""

    def postpone(self, item: AgendaItem, until: datetime) -> None:
        """Let *item* wait until an instant (exclusive), whatever its lease."""

    def park(self, item: AgendaItem, reason: str) -> None:
        """Leave *item* aside, with the reason."""

    def parked(self, tenant: str) -> tuple[AgendaItem, ...]:
        """Return the items left aside."""

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Return up to *limit* entries past position *after*, for part `part[0]` of `part[1]`."""

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version as it was when first used, if it was."""

    def forget_snapshots(self) -> None:
        """Delete every snapshot."""
