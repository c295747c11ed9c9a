"""
The desk: load, fold, decide, commit; on a lost race, load and decide again.

The desk does no I/O. Its methods are generators that ask for reads and writes; `serve` answers
them from a journal. An async driver would be the same few lines, so nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from bankservice.core.calendar import aware
from bankservice.core.decision import Explanation
from bankservice.core.errors import CommandConflictError, IntegrityError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Entry,
    History,
    Journal,
    KeptVersion,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.policy import Policy, PolicyRef, Version
from bankservice.core.record import (
    Accepted,
    Command,
    Context,
    Record,
    Refused,
    difference,
    fingerprint,
)
from bankservice.core.structure import digest, to_json

__all__ = ["Answer", "Ask", "Batch", "Desk", "Kept", "Loaded", "Read", "Receipts", "Write", "serve"]

S = TypeVar("S")
R = TypeVar("R")


@attrs.frozen
class Read:
    """Ask for the histories of streams, whole or from their snapshots on."""

    streams: tuple[Stream, ...]
    whole: bool = False

    def answer(self, journal: Journal) -> Mapping[Stream, History]:
        """Read them."""
        if self.whole:
            return {stream: History(stream, journal.read(stream)) for stream in self.streams}
        return journal.read_many(self.streams)


@attrs.frozen
class Receipts:
    """Ask for receipts."""

    tenant: str
    ids: tuple[str, ...]

    def answer(self, journal: Journal) -> Mapping[str, Receipt]:
        """Look them up."""
        return journal.receipts(self.tenant, self.ids)


@attrs.frozen
class Kept:
    """Ask for a policy version as it was when first used."""

    tenant: str
    policy: str
    digest: str

    def answer(self, journal: Journal) -> KeptVersion | None:
        """Look it up."""
        return journal.kept(self.tenant, self.policy, self.digest)


@attrs.frozen
class Write:
    """Ask for a commit."""

    commit: Commit

    def answer(self, journal: Journal) -> None:
        """Write it."""
        journal.commit(self.commit)


Ask: TypeAlias = "Read | Receipts | Kept | Write"
Asking: TypeAlias = Generator[Ask, Any, R]


def serve(asking: Asking[R], journal: Journal) -> R:
    """Answer what a desk asks for from *journal* until it is done, and return its result."""
    try:
        ask = next(asking)
        while True:
            try:
                reply = ask.answer(journal)
            except IntegrityError as error:
                ask = asking.throw(error)
            else:
                ask = asking.send(reply)
    except StopIteration as done:
        result: R = done.value
        return result


@attrs.frozen
class Answer:
    """
    What became of a command.

    Attributes:
        command_id: The caller's id.
        refused: Code of the refusal; empty where the command was accepted.
        facts: What a refusal wants known.
        versions: Subject → version of its stream afterwards, where entries were written.
        replayed: Whether this is the first answer given again.
    """

    command_id: str
    refused: str = ""
    facts: FrozenMapping[str, Any] = FrozenMapping()
    versions: FrozenMapping[str, int] = FrozenMapping()
    replayed: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the command was accepted."""
        return not self.refused


@attrs.frozen
class Batch:
    """
    What became of a batch.

    Attributes:
        id: The caller's id of the batch.
        commands: How many commands it held.
        changed: How many of them wrote entries.
        entries: Entries written.
        refused: Command id → code of the refusal.
        replayed: Whether this is the first result given again.
    """

    id: str
    commands: int
    changed: int
    entries: int
    refused: FrozenMapping[str, str]
    replayed: bool = False


@attrs.frozen
class Loaded(Generic[S]):
    """A state and where its stream stands."""

    state: S
    version: int
    snapshot: int


class Desk(Generic[S]):
    """
    Serves one kind of record for one tenant.

    Args given once: the record, its policies, the tenant, how often a lost race is tried again,
    and after how many entries a snapshot is taken.
    """

    def __init__(
        self,
        record: Record[S],
        policies: Iterable[Policy[Any]] = (),
        *,
        tenant: str = "default",
        attempts: int = 5,
        snapshot_every: int = 200,
    ) -> None:
        """
        Set up the desk.

        Raises:
            UnknownNameError: If a kind of policy the record works under is missing.
        """
        self.record = record
        self.policies = tuple(policies)
        self.tenant = tenant
        self._attempts = attempts
        self._snapshot_every = snapshot_every
        for kind in record.policies:
            if kind not in {policy.kind.name for policy in self.policies}:
                raise UnknownNameError(
                    "policy of kind", kind, (policy.kind.name for policy in self.policies)
                )

    def stream(self, subject: str) -> Stream:
        """Return the address of a subject's record."""
        return Stream.of(self.tenant, self.record.kind, subject)

    def context(self, command: Command, now: datetime) -> Context:
        """Return what a decision on *command* may know."""
        return Context(
            effective_at=command.at or now,
            recorded_at=aware(now),
            actor=command.actor,
            approved_by=command.approved_by,
            policies=self.policies,
        )

    def handle(self, command: Command, now: datetime) -> Asking[Answer]:
        """
        Decide on one command and write what it leads to.

        The same command again gives the first answer, also when it was refused or changed
        nothing.

        Raises:
            CommandConflictError: If its id was used with other content; the parts that differ
                are named.
            RaceLostError: If other writers came first as often as the desk tries.
        """
        content = command.content(self.record.name_of(command.body))
        for attempt in range(self._attempts):
            found = (yield Receipts(self.tenant, (command.id,))).get(command.id)
            if found is not None:
                return _replayed(found, content)
            loaded = yield from self.load(self.record.touches(command))
            states = {subject: held.state for subject, held in loaded.items()}
            decided = self.record.decide(states, command, self.context(command, now))
            commit, answer = self._commit(command, decided, loaded, content, now)
            try:
                yield Write(commit)
            except IntegrityError:
                if attempt == self._attempts - 1:
                    raise
                continue
            return answer
        raise AssertionError("the loop returns or raises")

    def batch(self, batch_id: str, commands: Sequence[Command], now: datetime) -> Asking[Batch]:
        """
        Decide on many commands with one read and one commit.

        One receipt stands for the whole batch. Commands on one subject see each other's effect,
        in order.

        Raises:
            CommandConflictError: If the batch id was used with other content.
            RaceLostError: If other writers came first as often as the desk tries.
        """
        names = [self.record.name_of(command.body) for command in commands]
        content = {
            "commands": str(len(commands)),
            "input": digest(
                [command.content(name) for command, name in zip(commands, names, strict=True)]
            ),
        }
        subjects = tuple(
            dict.fromkeys(s for command in commands for s in self.record.touches(command))
        )
        for attempt in range(self._attempts):
            found = (yield Receipts(self.tenant, (batch_id,))).get(batch_id)
            if found is not None:
                _same(found, content)
                return _batch(batch_id, found.result, replayed=True)
            loaded = yield from self.load(subjects)
            commit, result = self._commit_many(batch_id, commands, loaded, content, now)
            try:
                yield Write(commit)
            except IntegrityError:
                if attempt == self._attempts - 1:
                    raise
                continue
            return result
        raise AssertionError("the loop returns or raises")

    def load(
        self, subjects: Iterable[str], *, upto: int | None = None, seen: int | None = None
    ) -> Asking[dict[str, Loaded[S]]]:
        """
        Read and fold the records of *subjects*, with what they follow.

        Args:
            subjects: Whose records.
            upto: Fold own entries up to this version only, without snapshots.
            seen: Fold this many entries of what they follow only.
        """
        streams = {subject: self.stream(subject) for subject in subjects}
        histories = yield Read(tuple(streams.values()), whole=upto is not None)
        events: dict[str, list[Any]] = {}
        shared: dict[str, str] = {}
        for subject, stream in streams.items():
            entries = histories[stream].entries
            if upto is not None:
                entries = tuple(entry for entry in entries if entry.version <= upto)
            events[subject] = [self.record.events.decode(entry) for entry in entries]
            frozen = self.record.thaw(histories[stream].snapshot)
            shared[subject] = self.record.followed((frozen, *events[subject]))
        keys = tuple(dict.fromkeys(key for key in shared.values() if key))
        followed: dict[str, list[Any]] = {"": []}
        if keys:
            runs = yield Read(tuple(self.shared(key) for key in keys))
            for key in keys:
                entries = runs[self.shared(key)].entries
                followed[key] = [self.record.events.decode(entry) for entry in entries[:seen]]
        return {
            subject: Loaded(
                self.record.fold(
                    self.record,
                    self.record.thaw(histories[stream].snapshot),
                    events[subject],
                    followed[shared[subject]],
                ),
                histories[stream].version,
                histories[stream].snapshot.version if histories[stream].snapshot else 0,  # type: ignore[union-attr]
            )
            for subject, stream in streams.items()
        }

    def shared(self, key: str) -> Stream:
        """Return the address of a stream that several records follow."""
        return Stream(self.tenant, f"{self.record.kind}.run", key)

    def view(self, subject: str, as_of: datetime) -> Asking[Any]:
        """Return the record of *subject* as seen at *as_of*."""
        loaded = yield from self.load((subject,))
        return self.record.view(loaded[subject].state, aware(as_of), self.policies)

    def explain(
        self, subject: str, version: int, rebuild: Callable[[KeptVersion], Version[Any]]
    ) -> Asking[Explanation]:
        """
        Explain an entry: fold up to the version before and decide again.

        Raises:
            UnknownNameError: If there is no such entry, or it holds no decision to explain.
        """
        stream = self.stream(subject)
        history = (yield Read((stream,), whole=True))[stream]
        wanted = [entry for entry in history.entries if entry.version == version]
        if not wanted or self.record.explain is None:
            raise UnknownNameError("entry", f"{stream}@{version}", ())
        event = self.record.events.decode(wanted[0])
        seen = getattr(event, "seen", None)
        before = (yield from self.load((subject,), upto=version - 1, seen=seen))[subject].state
        versions: dict[tuple[str, str], Version[Any]] = {}
        for policy, held in _refs(wanted[0]):
            kept = yield Kept(self.tenant, policy, held)
            if kept is not None:
                versions[policy, held] = rebuild(kept)
        return self.record.explain(before, event, lambda policy, held: versions[policy, held])

    def entries_for(
        self, subject: str, version: int, events: Sequence[Any], command: Command, now: datetime
    ) -> tuple[Entry, ...]:
        """Return the entries that *events* become after *version* of the subject's stream."""
        stream = self.stream(subject)
        held = []
        for place, event in enumerate(events):
            encoded = self.record.events.encode(event)
            held.append(
                Entry(
                    stream=stream,
                    version=version + 1 + place,
                    kind=encoded.kind,
                    schema=encoded.schema,
                    effective_at=command.at or now,
                    recorded_at=now,
                    actor=command.actor,
                    command_id=command.id,
                    data=encoded.data,
                    sealed=encoded.sealed,
                    approved_by=command.approved_by,
                    source=command.source,
                    correlation_id=command.correlation_id,
                )
            )
        return tuple(held)

    def keep(self, used: Iterable[Version[Any]]) -> tuple[KeptVersion, ...]:
        """Return policy versions as the archive keeps them, each once."""
        return tuple(
            KeptVersion(
                self.tenant,
                v.ref.policy,
                str(v.ref.since),
                str(v.ref.known_on),
                v.ref.digest,
                v.text,
                digest(v.cohort)[:16] if v.cohort else "",
            )
            for v in dict.fromkeys(used)
        )

    def agenda(self, subject: str, before: S, after: S) -> tuple[AgendaChange, ...]:
        """Return what changes on the agenda between two states."""
        was, now = self.record.due(before), self.record.due(after)
        stream = self.stream(subject)
        return tuple(
            AgendaChange(stream, key, now.get(key))
            for key in sorted({*was, *now})
            if was.get(key) != now.get(key)
        )

    def _commit(
        self,
        command: Command,
        decided: Accepted | Refused,
        loaded: Mapping[str, Loaded[S]],
        content: Mapping[str, str],
        now: datetime,
    ) -> tuple[Commit, Answer]:
        if isinstance(decided, Refused):
            answer = Answer(
                command.id, str(decided.code.value), FrozenMapping(to_json(decided.facts))
            )
            return Commit(receipt=self._receipt(command.id, content, answer, now)), answer
        appends, agenda, snapshots, versions = [], [], [], {}
        for subject, events in decided.events.items():
            if not events:
                continue
            held = loaded[subject]
            entries = self.entries_for(subject, held.version, events, command, now)
            after = held.state
            for event in events:
                after = self.record.evolve(after, event)
            appends.append(Append(self.stream(subject), held.version, entries))
            agenda.extend(self.agenda(subject, held.state, after))
            versions[subject] = entries[-1].version
            snapshots.extend(self._snapshot(subject, after, entries[-1].version, held.snapshot))
        answer = Answer(command.id, versions=FrozenMapping(versions))
        return Commit(
            appends=tuple(appends),
            receipt=self._receipt(command.id, content, answer, now),
            agenda=tuple(agenda),
            versions=self.keep(decided.used),
            snapshots=tuple(snapshots),
        ), answer

    def _commit_many(
        self,
        batch_id: str,
        commands: Sequence[Command],
        loaded: Mapping[str, Loaded[S]],
        content: Mapping[str, str],
        now: datetime,
    ) -> tuple[Commit, Batch]:
        states = {subject: held.state for subject, held in loaded.items()}
        written: dict[str, list[Entry]] = {}
        refused: dict[str, str] = {}
        used: dict[Version[Any], None] = {}
        changed = 0
        for command in commands:
            decided = self.record.decide(states, command, self.context(command, now))
            if isinstance(decided, Refused):
                refused[command.id] = str(decided.code.value)
                continue
            used.update(dict.fromkeys(decided.used))
            changed += any(decided.events.values())
            for subject, events in decided.events.items():
                if events:
                    entries = written.setdefault(subject, [])
                    at = loaded[subject].version + len(entries)
                    entries.extend(self.entries_for(subject, at, events, command, now))
                    for event in events:
                        states[subject] = self.record.evolve(states[subject], event)
        result = Batch(
            batch_id,
            len(commands),
            changed,
            sum(map(len, written.values())),
            FrozenMapping(refused),
        )
        summary = {
            "commands": result.commands,
            "changed": changed,
            "entries": result.entries,
            "refused": refused,
            "policies": [str(version.ref) for version in used],
        }
        return Commit(
            appends=tuple(
                Append(self.stream(s), loaded[s].version, tuple(entries))
                for s, entries in written.items()
            ),
            receipt=Receipt(
                self.tenant, batch_id, fingerprint(content), summary, now, dict(content)
            ),
            agenda=tuple(
                change for s in written for change in self.agenda(s, loaded[s].state, states[s])
            ),
            versions=self.keep(used),
        ), result

    def _receipt(
        self, command_id: str, content: Mapping[str, str], answer: Answer, now: datetime
    ) -> Receipt:
        result = {
            "refused": answer.refused,
            "facts": dict(answer.facts),
            "versions": dict(answer.versions),
        }
        return Receipt(self.tenant, command_id, fingerprint(content), result, now, dict(content))

    def _snapshot(self, subject: str, state: S, version: int, last: int) -> tuple[Snapshot, ...]:
        if self.record.freeze is None or version - last < self._snapshot_every:
            return ()
        return (Snapshot(self.stream(subject), version, 1, self.record.freeze[0](state)),)


def _same(found: Receipt, content: Mapping[str, str]) -> None:
    if found.fingerprint != fingerprint(content):
        raise CommandConflictError(found.command_id, difference(found.content, content))


def _replayed(found: Receipt, content: Mapping[str, str]) -> Answer:
    _same(found, content)
    result: Any = found.result
    return Answer(
        found.command_id,
        result["refused"],
        FrozenMapping(result["facts"]),
        FrozenMapping(result["versions"]),
        True,
    )


def _batch(batch_id: str, result: Any, *, replayed: bool) -> Batch:
    return Batch(
        batch_id,
        result["commands"],
        result["changed"],
        result["entries"],
        FrozenMapping(result["refused"]),
        replayed,
    )


def _refs(entry: Entry) -> Iterable[tuple[str, str]]:
    """Yield (policy, digest) of the versions an entry names."""
    for ref in (entry.data.get("version"), entry.data.get("was")):
        if isinstance(ref, Mapping):
            yield str(ref["policy"]), str(ref["digest"])


def ref_json(ref: PolicyRef) -> dict[str, Any]:
    """Return a version's name as an entry holds it."""
    return {
        "policy": ref.policy,
        "since": str(ref.since),
        "known_on": str(ref.known_on),
        "digest": ref.digest,
    }
