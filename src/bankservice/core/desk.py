"""
The desk: load, fold, decide, commit; on a lost race, load and decide again.

The desk does no I/O. Its methods are generators that ask for reads and writes; `serve` (see
`driver`) answers them from a journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.calendar import aware
from bankservice.core.decision import Explanation, Says
from bankservice.core.driver import Asking, Kept, Read, Receipts, Write
from bankservice.core.errors import (
    CommandConflictError,
    IntegrityError,
    StoreError,
    UnknownNameError,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Entry,
    History,
    KeptVersion,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.kept import Rebuild
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import Policy, PolicyRef, Version
from bankservice.core.record import (
    Command,
    Context,
    Record,
    Refused,
    difference,
)

__all__ = ["Desk", "Loaded", "Recalled", "ref_json", "refs_in"]

S = TypeVar("S")
R = TypeVar("R")

ERASED = Says("erased", ("entry",))


@attrs.frozen
class Loaded(Generic[S]):
    """A state, where its stream stands, and where the one it follows stood when it was folded."""

    state: S
    version: int
    snapshot: int
    follows: tuple[tuple[Stream, int], ...] = ()


@attrs.frozen
class Recalled(Generic[S]):
    """
    An entry, with what it was decided on.

    Attributes:
        entry: The entry.
        before: The state it was decided on.
        event: What it holds.
        versions: (policy, digest) → the versions it names, as far as the journal kept them.
    """

    entry: Entry
    before: S
    event: Any
    versions: Mapping[tuple[str, str], Version[Any]]

    def find(self, policy: str, held: str) -> Version[Any]:
        """
        Return a version it names.

        Raises:
            UnknownNameError: If the journal did not keep it.
        """
        if (policy, held) not in self.versions:
            raise UnknownNameError("kept policy version", f"{policy} ({held[:12]})", ())
        return self.versions[policy, held]


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
        self.tenant = checked_id(tenant, "tenant")
        self._attempts = attempts
        self._snapshot_every = snapshot_every
        for kind in record.policies:
            if kind not in {policy.kind.name for policy in self.policies}:
                raise UnknownNameError(
                    "policy of kind", kind, (policy.kind.name for policy in self.policies)
                )

    def stream(self, subject: str) -> Stream:
        """Return the address of a subject's record."""
        kind = self.record.kind
        return Stream(self.tenant, kind, checked_id(subject, kind))

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

        def work() -> Asking[tuple[Commit, Answer]]:
            loaded = yield from self.load(self.record.touches(command))
            done = self._decide((command,), loaded, now)
            refused = done.refused.get(command.id)
            if refused is None:
                versions = {
                    subject: entries[-1].version for subject, entries in done.entries.items()
                }
                answer = Answer(command.id, versions=FrozenMapping(versions))
            else:
                facts = FrozenMapping(to_json(refused.facts))
                answer = Answer(command.id, str(refused.code.value), facts)
            result = {
                "refused": answer.refused,
                "facts": dict(answer.facts),
                "versions": dict(answer.versions),
            }
            return self._commit(done, self.receipt(command.id, content, result, now)), answer

        return self.settle(command.id, content, work, _answered)

    def batch(self, batch_id: str, commands: Sequence[Command], now: datetime) -> Asking[Batch]:
        """
        Decide on many commands with one read and one commit.

        One receipt stands for the whole batch. Commands on one subject see each other's effect,
        in order.

        Raises:
            CommandConflictError: If the batch id was used with other content.
            IdentifierError: If the batch id may not serve as one.
            RaceLostError: If other writers came first as often as the desk tries.
        """
        checked_id(batch_id, "batch")
        parts = [command.content(self.record.name_of(command.body)) for command in commands]
        content = {"commands": str(len(commands)), "input": digest(parts)}
        subjects = tuple(dict.fromkeys(s for c in commands for s in self.record.touches(c)))

        def work() -> Asking[tuple[Commit, Batch]]:
            loaded = yield from self.load(subjects)
            done = self._decide(commands, loaded, now)
            result: dict[str, Any] = {
                "commands": len(commands),
                "changed": done.changed,
                "entries": sum(map(len, done.entries.values())),
                "refused": {key: str(no.code.value) for key, no in done.refused.items()},
                "policies": [str(version.ref) for version in done.used],
            }
            receipt = self.receipt(batch_id, content, result, now)
            return self._commit(done, receipt), _batch(receipt, replayed=False)

        return self.settle(batch_id, content, work, _batch)

    def settle(
        self,
        receipt_id: str,
        content: Mapping[str, str],
        work: Callable[[], Asking[tuple[Commit, R]]],
        replay: Callable[[Receipt], R],
    ) -> Asking[R]:
        """
        Do *work* and commit it once: replay its receipt if it was done, try again on a lost race.

        Args:
            receipt_id: Id of the command, batch or run.
            content: What was asked, as digests by part.
            work: Reads, decides and returns the commit and the result.
            replay: Makes the result from a receipt.
        """
        attempt, lost = 0, None
        while True:
            found = (yield Receipts(self.tenant, (receipt_id,))).get(receipt_id)
            if found is not None:
                if found.fingerprint != digest(dict(content)):
                    raise CommandConflictError(receipt_id, difference(found.content, content))
                return replay(found)
            # Only now: the last race may have been lost to the same command, given by another.
            if lost is not None and attempt >= self._attempts:
                raise lost
            commit, result = yield from work()
            attempt += 1
            try:
                yield Write(commit)
            except IntegrityError as error:
                lost = error
            else:
                return result

    def load(self, subjects: Iterable[str]) -> Asking[dict[str, Loaded[S]]]:
        """
        Read and fold the records of *subjects*, with what they follow.

        A stream with a snapshot the record does not read is read again, whole.
        """
        streams = {subject: self.stream(subject) for subject in subjects}
        histories = yield from self._read(streams.values())
        frozen: dict[str, S] = {}
        events: dict[str, list[Any]] = {}
        shared: dict[str, str] = {}
        for subject, stream in streams.items():
            entries = histories[stream].entries
            frozen[subject] = self.record.thaw(histories[stream].snapshot)
            events[subject] = [self.record.events.decode(entry) for entry in entries]
            shared[subject] = self.record.followed((frozen[subject], *events[subject]))
        keys = tuple(dict.fromkeys(key for key in shared.values() if key))
        followed: dict[str, list[Any]] = {"": []}
        stands: dict[str, tuple[tuple[Stream, int], ...]] = {"": ()}
        if keys:
            runs = yield from self._read(self.shared(key) for key in keys)
            for key in keys:
                run = runs[self.shared(key)]
                stands[key] = ((run.stream, run.version),)
                followed[key] = self.record.shared_events(run)
        return {
            subject: Loaded(
                self.record.fold(
                    self.record, frozen[subject], events[subject], followed[shared[subject]]
                ),
                histories[stream].version,
                histories[stream].version - len(histories[stream].entries),
                stands[shared[subject]],
            )
            for subject, stream in streams.items()
        }

    def _read(self, streams: Iterable[Stream]) -> Asking[Mapping[Stream, History]]:
        wanted = tuple(streams)
        histories: Mapping[Stream, History] = yield Read(wanted)
        aside = tuple(s for s in wanted if not self.record.reads(histories[s].snapshot))
        if aside:
            histories = {**histories, **(yield Read(aside, whole=True))}
        return histories

    def shared(self, key: str) -> Stream:
        """Return the address of a stream that several records follow."""
        return Stream(self.tenant, f"{self.record.kind}.run", key)

    def view(self, subject: str, as_of: datetime) -> Asking[Any]:
        """Return the record of *subject* as seen at *as_of*."""
        loaded = yield from self.load((subject,))
        return self.record.view(loaded[subject].state, aware(as_of), self.policies)

    def explain(self, subject: str, version: int, rebuild: Rebuild) -> Asking[Explanation]:
        """
        Explain an entry: fold what was written before and was its past, and decide again.

        Where its facts were erased, say so, with the policy versions it names.

        Raises:
            UnknownNameError: If there is no such entry, it holds no decision to explain, or the
                journal did not keep a policy version it names.
            StoreError: If its facts are sealed and the journal was opened without the keys.
        """
        held = yield from self.recall(subject, version, rebuild)
        explain = self.record.explain
        told = None
        if explain is not None and not held.entry.erased:
            told = explain(held.before, held.event, held.find)
        if told is None and held.entry.sealed is not None:
            raise StoreError(
                f"{held.entry.stream}@{version} is sealed, and this journal was opened without the "
                "keys; open it with them to have it explained. It was not erased."
            )
        why = ERASED(entry=f"{self.record.kind}/{subject}@{version}")
        sources = tuple((used.ref, used.source) for used in held.versions.values())
        return told or Explanation(why, (), sources, "bankservice.core")

    def recall(self, subject: str, version: int, rebuild: Rebuild) -> Asking[Recalled[S]]:
        """
        Return an entry with the state it was decided on and the policy versions it names.

        Raises:
            UnknownNameError: If there is no such entry, or it holds no decision.
        """
        stream = self.stream(subject)
        history = (yield Read((stream,), whole=True))[stream]
        decoded = [self.record.events.decode(entry) for entry in history.entries[:version]]
        wanted = [entry for entry in history.entries if entry.version == version]
        if not wanted or self.record.explain is None:
            raise UnknownNameError("entry", f"{stream}@{version}", ())
        *earlier, event = decoded
        events = self.record.past(earlier, event)
        key, shared = self.record.followed(events), tuple[Entry, ...]()
        if key:
            shared = (yield Read((self.shared(key),), whole=True))[self.shared(key)].entries
        seen = shared[: getattr(event, "seen", None)]
        followed = [self.record.events.decode(entry) for entry in seen]
        before = self.record.fold(self.record, self.record.initial, events, followed)
        found: dict[tuple[str, str], KeptVersion] = {}
        for policy, held in refs_in(self.record.events.lifted(wanted[0])):
            kept = yield Kept(self.tenant, policy, held)
            if kept is not None:
                found[policy, held] = kept
        # What one links, such as a calendar, is among the others: as it was, not as it is by now.
        beside = tuple(found.values())
        versions = {named: rebuild(kept, beside) for named, kept in found.items()}
        return Recalled(wanted[0], before, event, versions)

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

    def snapshots(
        self, subject: str, state: S, version: int, since: int | None
    ) -> tuple[Snapshot, ...]:
        """
        Return the snapshot of a state at *version*, if it is time for one.

        It is where enough was written *since* the last one (0 for none yet); with None it always is.
        """
        early = since is not None and version - since < self._snapshot_every
        if self.record.freeze is None or early:
            return ()
        frozen = self.record.freeze[0](state)
        return (Snapshot(self.stream(subject), version, self.record.schema, frozen),)

    def shared_snapshots(self, key: str, followed: Sequence[Any]) -> tuple[Snapshot, ...]:
        """Return the snapshot of a shared stream with its newest event, at every so many of them."""
        if self.record.gist is None or len(followed) % self._snapshot_every:
            return ()
        told = self.record.gist[0](followed)
        return (Snapshot(self.shared(key), len(followed), self.record.schema, told),)

    def receipt(
        self, receipt_id: str, content: Mapping[str, str], result: Mapping[str, Any], now: datetime
    ) -> Receipt:
        """Return the receipt of what was asked and answered."""
        return Receipt(
            self.tenant, receipt_id, digest(dict(content)), result, aware(now), dict(content)
        )

    def _decide(
        self, commands: Iterable[Command], loaded: Mapping[str, Loaded[S]], now: datetime
    ) -> _Done[S]:
        done = _Done(loaded, {subject: held.state for subject, held in loaded.items()})
        for command in commands:
            decided = self.record.decide(done.states, command, self.context(command, now))
            if isinstance(decided, Refused):
                done.refused[command.id] = decided
                continue
            done.used.update(dict.fromkeys(decided.used))
            if any(decided.events.values()):
                done.changed += 1
                done.read.update(dict.fromkeys(self.record.touches(command)))
            for subject, events in decided.events.items():
                if not events:
                    continue
                held = done.entries.setdefault(subject, [])
                version = loaded[subject].version + len(held)
                held.extend(self.entries_for(subject, version, events, command, now))
                for event in events:
                    done.states[subject] = self.record.evolve(done.states[subject], event)
        return done

    def _commit(self, done: _Done[S], receipt: Receipt) -> Commit:
        written = done.entries.items()
        followed = (done.loaded[subject].follows for subject in done.read)
        return Commit(
            appends=tuple(
                Append(self.stream(subject), done.loaded[subject].version, tuple(entries))
                for subject, entries in written
            ),
            # What was read and not written must still hold, or what was decided on it would not.
            guards=tuple(
                (self.stream(subject), done.loaded[subject].version)
                for subject in done.read
                if subject not in done.entries
            )
            + tuple(dict.fromkeys(guard for guards in followed for guard in guards)),
            receipt=receipt,
            agenda=tuple(
                change
                for subject, _ in written
                for change in self.agenda(subject, done.loaded[subject].state, done.states[subject])
            ),
            versions=self.keep(done.used),
            snapshots=tuple(
                snapshot
                for s, entries in written
                for snapshot in self.snapshots(
                    s, done.states[s], entries[-1].version, done.loaded[s].snapshot
                )
            ),
        )


@attrs.define
class _Done(Generic[S]):
    """What deciding on commands led to, before it is written."""

    loaded: Mapping[str, Loaded[S]]
    states: dict[str, S]
    entries: dict[str, list[Entry]] = attrs.field(factory=dict)
    read: dict[str, None] = attrs.field(factory=dict)
    refused: dict[str, Refused] = attrs.field(factory=dict)
    used: dict[Version[Any], None] = attrs.field(factory=dict)
    changed: int = 0


def _answered(found: Receipt) -> Answer:
    result: Any = found.result
    return Answer(
        found.command_id,
        result["refused"],
        FrozenMapping(result["facts"]),
        FrozenMapping(result["versions"]),
        replayed=True,
    )


def _batch(found: Receipt, *, replayed: bool = True) -> Batch:
    result: Any = found.result
    counts = (result["commands"], result["changed"], result["entries"])
    return Batch(found.command_id, *counts, FrozenMapping(result["refused"]), replayed)


def refs_in(told: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield (policy, digest) of the versions that what stands in an entry names."""
    for ref in (told.get("version"), told.get("was"), *told.get("older", ())):
        if isinstance(ref, Mapping):
            yield str(ref["policy"]), str(ref["digest"])


def ref_json(ref: PolicyRef) -> dict[str, Any]:
    """Return a version's name as an entry holds it."""
    return {"policy": ref.policy, "since": str(ref.since), "digest": ref.digest}
