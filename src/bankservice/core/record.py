"""
Records: state that lasts, as the fold of entries.

A record is four pure functions and two codecs. `decide` turns states, a command and a context
into entries or a refusal; `evolve` turns a state and an event into the next state; `view` is what
depends on the day it is asked; `due` is what must be looked at, and when. Entries carry what was
decided, so replay never decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import reduce
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from bankservice.core.archive import PURGED
from bankservice.core.calendar import aware, in_utc
from bankservice.core.decision import Explanation
from bankservice.core.errors import (
    FaultsError,
    PurgedError,
    StoreError,
    UnknownKindError,
    UnknownNameError,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import Entry, History, Json, Snapshot
from bankservice.core.plain import canonical, digest, to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.structure import FACTS

__all__ = ["Accepted", "Command", "Context", "Encoded", "Events", "Record", "Refused", "Upcast"]

S = TypeVar("S")
Upcast: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What lifts an entry's content from one schema to the next: pure, and total without the sealed."""


@attrs.frozen(kw_only=True)
class Command:
    """
    What somebody wants done to one record.

    Attributes:
        id: The caller's id: the same command again gives the first answer.
        subject: Whose record, such as a customer's id.
        body: The command itself, a value of one of the record's command classes.
        actor: Who gives it.
        approved_by: The second person, where one approved.
        at: Business time; now where left out.
        source: The channel or system it came from.
        correlation_id: Ties commands of one undertaking together.
    """

    id: str
    subject: str
    body: Any
    actor: str = "system"
    approved_by: str = ""
    at: datetime | None = None
    source: str = ""
    correlation_id: str = ""

    def __attrs_post_init__(self) -> None:
        checked_id(self.id, "command")
        checked_id(self.subject, "subject")
        checked_id(self.actor, "actor")
        if self.approved_by:
            checked_id(self.approved_by, "approver")
        if self.at is not None:
            aware(self.at)

    def content(self, name: str) -> dict[str, str]:
        """Return digests of the command's parts, by name: they tell a difference, not the content."""
        parts = {
            "do": name,
            "subject": self.subject,
            "actor": self.actor,
            "approved_by": self.approved_by,
            "at": None if self.at is None else to_json(in_utc(self.at)),
            "source": self.source,
            **{f"with.{key}": part for key, part in to_json(self.body).items()},
        }
        return {key: digest(part)[:16] for key, part in parts.items()}


@attrs.frozen(kw_only=True)
class Context:
    """
    What a decision may know beside the states and the command.

    Attributes:
        effective_at: Business time of the command.
        recorded_at: Knowledge time: what policies were known is taken from it.
        actor: Who gives the command.
        approved_by: The second person; empty where nobody approved.
        policies: The policies the record works under.
    """

    effective_at: datetime
    recorded_at: datetime
    actor: str
    approved_by: str
    policies: tuple[Policy[Any], ...]

    def policy(self, kind: str) -> Policy[Any]:
        """
        Return the policy of a kind.

        Raises:
            UnknownNameError: If the record was given none.
        """
        for policy in self.policies:
            if policy.kind.name == kind:
                return policy
        raise UnknownNameError(
            "policy of kind", kind, (policy.kind.name for policy in self.policies)
        )


@attrs.frozen
class Accepted:
    """
    What a command led to: events by subject, none where nothing changes.

    Attributes:
        events: Subject → events, in order.
        used: Policy versions that were used, to be kept.
    """

    events: Mapping[str, tuple[Any, ...]]
    used: tuple[Version[Any], ...] = ()


@attrs.frozen
class Refused:
    """
    An expected no.

    Attributes:
        code: From the record's ordered enum; the order is the precedence.
        facts: What the reader needs to know.
    """

    code: Enum
    facts: FrozenMapping[str, Any] = FrozenMapping()


@attrs.frozen
class Encoded:
    """An event as an entry holds it."""

    kind: str
    data: Mapping[str, Json]
    sealed: Mapping[str, Json] | None = None
    schema: int = 1


class Events:
    """
    The codec between events and entries: one attrs class for each kind.

    Fields marked `metadata={"sealed": True}` go to the sealed part; they must have a default,
    which stands in for them once the key is destroyed. Where millions are read, a class may bring
    its own quick `thaw` of what it wrote.

    Entries stay as they were written, for ever. When a class's layout changes, an *upcaster* joins
    the kind: a function that lifts what stands in an entry (`data` and `sealed` as one mapping)
    from one schema to the next. The first lifts schema 1 to 2, so a class's own schema, the one
    written, is one more than its upcasters. A lift must be pure and must do without the sealed
    part, which may be erased.

    A kind that was renamed stays listed under its old name too, after the new one, with upcasters
    of its own that end in the class's layout: written is the first name of a class. A kind that
    means nothing any more gets a class without fields, which `evolve` leaves aside.
    """

    def __init__(
        self,
        kinds: Mapping[str, type[Any]],
        upcasters: Mapping[str, tuple[Upcast, ...]] = FrozenMapping(),
    ) -> None:
        """
        Build the codec from entry kinds, their classes, and the upcasters of some kinds.

        Raises:
            UnknownNameError: If there are upcasters of a kind that has no class.
        """
        self.kinds = dict(kinds)
        self.lifts = {kind: tuple(upcasters.get(kind, ())) for kind in kinds}
        for kind in upcasters:
            if kind not in kinds:
                raise UnknownNameError("entry kind with upcasters", kind, kinds)
        self._names: dict[type[Any], str] = {}
        for name, kind_ in kinds.items():
            self._names.setdefault(kind_, name)
        self._sealed = {
            kind: tuple(f.name for f in attrs.fields(kind) if f.metadata.get("sealed"))
            for kind in kinds.values()
        }

    def encode(self, event: Any) -> Encoded:
        """Return *event* as an entry holds it, in the schema of its class."""
        data, name = to_json(event), self._names[type(event)]
        sealed = {field: data.pop(field) for field in self._sealed[type(event)] if field in data}
        return Encoded(name, data, sealed or None, len(self.lifts[name]) + 1)

    def lifted(self, entry: Entry) -> Mapping[str, Any]:
        """
        Return what stands in an entry, sealed part included, in the schema of its class.

        Raises:
            PurgedError: If it is the tombstone of a stream that was purged.
            UnknownKindError: If its kind or schema is not known: a newer version wrote it.
            StoreError: If it does not have the schema it says.
        """
        lifts = self.lifts.get(entry.kind)
        if lifts is None or not 1 <= entry.schema <= len(lifts) + 1:
            raise self._unreadable(entry)
        whole: Mapping[str, Any] = {**entry.data, **(entry.sealed or {})}
        for schema, lift in enumerate(lifts[entry.schema - 1 :], entry.schema):
            try:
                whole = lift(whole)
            except (LookupError, TypeError, ValueError) as error:
                raise StoreError(
                    f"{entry.stream}@{entry.version} cannot be lifted from schema {schema} of "
                    f"{entry.kind!r}: {type(error).__name__}."
                ) from None
        return whole

    def decode(self, entry: Entry) -> Any:
        """
        Return the event an entry holds.

        Raises:
            PurgedError: If it is the tombstone of a stream that was purged.
            UnknownKindError: If its kind or schema is not known: a newer version wrote it.
        """
        whole = self.lifted(entry)
        kind: Any = self.kinds[entry.kind]
        where = f"{entry.stream}@{entry.version}"
        try:
            return kind.thaw(whole) if hasattr(kind, "thaw") else FACTS.read(whole, kind, where)
        except (KeyError, TypeError, ValueError) as error:
            if entry.locked:
                raise StoreError(
                    f"{where} is sealed, and this journal was opened without the keys; open it with "
                    "them to read it. It was not erased."
                ) from None
            # What could not be read may be a customer's fact, which must not get into a log.
            faults = error.faults if isinstance(error, FaultsError) else ()
            what = ", ".join(fault.path for fault in faults) or type(error).__name__
            raise StoreError(f"{where} cannot be read as {entry.kind!r}: {what}.") from None

    def _unreadable(self, entry: Entry) -> StoreError:
        if entry.kind == PURGED:
            reason = str(entry.data.get("reason", ""))
            return PurgedError(str(entry.stream), str(entry.recorded_at.date()), reason)
        known = ", ".join(f"{kind} up to {len(lifts) + 1}" for kind, lifts in self.lifts.items())
        return UnknownKindError(
            f"{entry.stream} version {entry.version} is {entry.kind!r} of schema {entry.schema}, "
            f"which this version cannot read (it knows {known}). Upgrade the package."
        )


def _plain_fold(record: Record[S], state: S, events: Sequence[Any], followed: Sequence[Any]) -> S:
    return reduce(record.evolve, events, state)


@attrs.frozen(eq=False, kw_only=True)
class Record(Generic[S]):
    """
    One kind of record.

    Attributes:
        kind: Such as `segmentation.standing`; part of every stream's address.
        initial: State of a record without entries.
        commands: Command names and their classes.
        events: Codec of the events.
        decide: (states by subject, command, context) → `Accepted` or `Refused`; pure.
        evolve: (state, event) → state; pure and total.
        view: (state, as_of, policies) → what people see; pure.
        due: (state) → matters that must be looked at, and the first instant for each.
        refusals: Every code a refusal may have, in order of precedence.
        policies: Kinds of policy the record works under.
        touches: (command) → every subject it reads or writes.
        followed: (events) → key of the shared stream the record also follows; empty for none.
        fold: (record, state, own events, events followed) → state.
        past: (own events written before an entry, its event) → those on which it was decided; the
            others corrected it, or were about something later.
        explain: (state before, event, versions by digest) → why, or None where the facts were
            erased; no function where nothing is decided.
        again: (state before, event, hindsight) → what the event says was decided, and what the
            same facts under the same versions give now; None where nothing of it was decided by
            a policy. It is not asked where the facts were erased.
        freeze: Codec of the state for snapshots: (to plain JSON, from plain JSON).
        gist: Codec of a shared stream for snapshots: (its events → plain JSON of those that still
            tell a state that folds them all, that JSON → as many events, None for the others).
        schema: Layout of what `freeze` and `gist` write. It goes up when the layout changes, or
            when `evolve` makes another state of the same entries: snapshots of another schema are
            left aside, and the stream is read whole.
    """

    kind: str
    initial: S
    commands: Mapping[str, type[Any]]
    events: Events
    decide: Callable[[Mapping[str, S], Command, Context], Accepted | Refused]
    evolve: Callable[[S, Any], S]
    view: Callable[[S, datetime, tuple[Policy[Any], ...]], Any]
    due: Callable[[S], Mapping[str, datetime]]
    refusals: type[Enum]
    policies: tuple[str, ...] = ()
    touches: Callable[[Command], tuple[str, ...]] = lambda command: (command.subject,)
    followed: Callable[[Sequence[Any]], str] = lambda events: ""
    fold: Callable[[Record[S], S, Sequence[Any], Sequence[Any]], S] = _plain_fold
    past: Callable[[Sequence[Any], Any], Sequence[Any]] = lambda events, event: events
    explain: Callable[[S, Any, Callable[[str, str], Version[Any]]], Explanation | None] | None = (
        None
    )
    again: Callable[[S, Any, Hindsight], tuple[Any, Any] | None] | None = None
    freeze: tuple[Callable[[S], Mapping[str, Json]], Callable[[Mapping[str, Json]], S]] | None = (
        None
    )
    gist: (
        tuple[
            Callable[[Sequence[Any]], Mapping[str, Json]],
            Callable[[Mapping[str, Json]], Sequence[Any]],
        ]
        | None
    ) = None
    schema: int = 1

    def command(self, name: str, body: Mapping[str, Any]) -> Any:
        """
        Read a command's body.

        Raises:
            UnknownNameError: If the record has no such command; near names are offered.
            FaultsError: If the body has faults.
        """
        kind = self.commands.get(name)
        if kind is None:
            raise UnknownNameError(f"command of {self.kind}", name, self.commands)
        return FACTS.read(body, kind, f"command {name}")

    def name_of(self, body: Any) -> str:
        """Return the name of a command by its body."""
        for name, kind in self.commands.items():
            if type(body) is kind:
                return name
        raise TypeError(f"{type(body).__name__} is no command of {self.kind}.")

    def reads(self, snapshot: Snapshot | None) -> bool:
        """
        Tell whether a fold may begin at a snapshot.

        One of another schema, older or newer, is left aside: the entries hold all it holds.
        """
        if snapshot is None:
            return True
        codec = self.freeze if snapshot.stream.kind == self.kind else self.gist
        return codec is not None and snapshot.schema == self.schema

    def thaw(self, snapshot: Snapshot | None) -> S:
        """
        Return the state a snapshot holds, or the initial one.

        Raises:
            UnknownKindError: If the record does not read the snapshot: it was to be left aside.
        """
        if snapshot is None:
            return self.initial
        if self.freeze is None or not self.reads(snapshot):
            raise UnknownKindError(
                f"the snapshot of {snapshot.stream} at version {snapshot.version} has schema "
                f"{snapshot.schema}, which this version cannot read. Read the stream whole, or forget "
                "the snapshots."
            )
        return self.freeze[1](snapshot.state)

    def shared_events(self, history: History) -> list[Any]:
        """Return the events of a shared stream; None for those a snapshot says tell no more."""
        told = [self.events.decode(entry) for entry in history.entries]
        if history.snapshot is None or self.gist is None:
            return told
        return [*self.gist[1](history.snapshot.state), *told]


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Name the parts in which two contents differ."""
    names: Iterable[str] = (key for key in {**first, **second} if first.get(key) != second.get(key))
    return ", ".join(sorted(names)) or canonical(dict(second))
