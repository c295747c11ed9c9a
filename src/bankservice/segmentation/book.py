"""
A book of customers assessed in runs, with one write for what dates alone explain.

A month of twelve million customers must not mean twelve million writes. A run splits its book
into shards; each shard is one commit. It writes to a customer's own stream only what somebody
would notice, and one entry to the shard's own stream for everything that follows from the run's
day for everybody else (protection renewed for those who still reach the entry level). Reading a
customer weaves both. A second run of a day corrects the first; see `corrections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NoReturn
from zlib import crc32

import attrs

from bankservice.core.desk import Desk, Loaded, ref_json
from bankservice.core.driver import Asking
from bankservice.core.errors import BankServiceError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import AgendaChange, Append, Commit, Receipt
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.segmentation.corrections import correct, course_of, entry_of_run, written
from bankservice.segmentation.entries import Assessed, Member, seal
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measure, Measures, exact
from bankservice.segmentation.policy import TIERS
from bankservice.segmentation.record import as_known, reassess
from bankservice.segmentation.runs import Course, RunCorrected, RunHeld, after_run, noticed

__all__ = ["Book", "MembersMissingError", "RunOutOfOrderError", "RunResult", "shard_of"]


class MembersMissingError(BankServiceError, ValueError):
    """A run leaves out customers who follow the book; they must be stated, if only as unknown."""


class RunOutOfOrderError(BankServiceError, ValueError):
    """A run is for an earlier day than the one before it, and that day had no run to correct."""


@attrs.frozen
class Book:
    """
    A book of customers.

    Attributes:
        name: Opaque name, part of the shards' keys.
        shards: How many shards it is split into; fixed once the book has had a run.
    """

    name: str
    shards: int = 1

    def key(self, shard: int) -> str:
        """Return the key of a shard's stream."""
        return f"{self.name}.{self.shards}.{shard}"

    def split(self, customers: Iterable[str]) -> dict[int, list[str]]:
        """Return the customers by shard."""
        held: dict[int, list[str]] = {}
        for customer in customers:
            held.setdefault(shard_of(customer, self.shards), []).append(customer)
        return held


def shard_of(customer: str, shards: int) -> int:
    """Return the shard a customer belongs to, the same on every machine."""
    return crc32(customer.encode()) % shards


@attrs.frozen
class RunResult:
    """
    What a run of one shard, or of a whole book, did.

    Attributes:
        assessed: Customers assessed.
        written: Entries written to customers' own streams.
        moved: Customers whose tier changed; in a correction, against what stood.
        replayed: Shards that had been done before, under the same id.
        corrected: Customers whose decision was another than the one that stood: the day had a run.
        held_back: Customers a correction left alone: their decision would be another, but they
            were given a standing outside runs since, or have been in another book.
        unchanged: Shards whose day had a run of the same customers and measures, under the same
            policy version: nothing was decided or written.
    """

    assessed: int = 0
    written: int = 0
    moved: int = 0
    replayed: int = 0
    corrected: int = 0
    held_back: tuple[str, ...] = ()
    unchanged: int = 0

    def __add__(self, other: RunResult) -> RunResult:
        return RunResult(
            self.assessed + other.assessed,
            self.written + other.written,
            self.moved + other.moved,
            self.replayed + other.replayed,
            self.corrected + other.corrected,
            self.held_back + other.held_back,
            self.unchanged + other.unchanged,
        )


@attrs.frozen
class _Decided:
    """One shard's decisions: what changes, and the run entry for the rest."""

    run: RunHeld
    changed: Mapping[str, Assessed]
    moved: int


def run_shard(
    desk: Desk[Member],
    book: Book,
    shard: int,
    run: str,
    on: date,
    measures: Mapping[str, Measure | UnknownType | Measures],
    now: datetime,
) -> Asking[RunResult]:
    """
    Assess every customer of one shard and commit it whole.

    A run of a day that had a run corrects it: it decides from the state before that run, and
    writes the decisions that differ from what stands. Where later days had runs too, they are to
    be run again after it, in order.

    Args:
        desk: Desk of the standings.
        book: The book.
        shard: Which shard; *measures* must hold its customers only.
        run: The caller's id of the run; the same again gives the first result.
        on: Day assessed, in the policy's zone.
        measures: Customer → measure, or unknown.
        now: Knowledge time, aware.

    Returns:
        The counts; `unchanged` is 1 where the day had a run of the same input already.

    Raises:
        CommandConflictError: If the run was given with other input.
        MembersMissingError: If a customer who follows the shard is not among them.
        RunOutOfOrderError: If the shard's last run was for a later day, and this day had none.
    """
    command_id = f"{run}:{book.key(shard)}"
    exact_input = sorted((customer, _plain(measure)) for customer, measure in measures.items())
    content = {"on": str(on), "measures": digest(exact_input)}
    policy = desk.context(Command(id=command_id, subject=book.name, body=None), now).policy(
        TIERS.name
    )
    version = as_known(policy, on, now).on(on)
    exacted = {
        customer: _exact(measure, version.parameters) for customer, measure in measures.items()
    }

    command = Command(id=command_id, subject=book.name, body=None)
    key = book.key(shard)

    def receipt(result: RunResult) -> Receipt:
        return desk.receipt(command_id, content, attrs.asdict(result), now)

    def first(course: Course) -> Asking[tuple[Commit, RunResult]]:
        _check_order(course, on, key)
        loaded = yield from desk.load(measures)
        _check_members(course, loaded, key)
        header = _header(version, on, run, len(measures), content["measures"])
        decided = _decide(policy, version, loaded, exacted, header, key, len(course.events))
        result = RunResult(len(measures), len(decided.changed), decided.moved)
        told = receipt(result)
        return _commit(desk, key, command, decided, loaded, version, course, told), result

    def again(course: Course, ran: int) -> Asking[tuple[Commit, RunResult]]:
        ref = FrozenMapping(ref_json(version.ref))
        if course.stands(ran, content["measures"], ref):
            held_back = getattr(course.latest(ran), "held_back", ())
            result = RunResult(len(measures), held_back=held_back, unchanged=1)
            guards = ((desk.shared(key), len(course.events)),)
            return Commit(guards=guards, receipt=receipt(result)), result
        _check_stated(course.members(ran), measures, key)
        event = RunCorrected(
            corrects=ran,
            on=on,
            run=run,
            version=ref,
            followers=0,
            assessed=len(measures),
            written=0,
            input=content["measures"],
        )
        correction = yield from correct(desk, key, course, event, policy, version, exacted)
        changed = len(correction.changed)
        result = RunResult(
            len(measures),
            changed,
            correction.moved,
            corrected=changed,
            held_back=correction.event.held_back,
        )
        return written(desk, key, command, course, correction, version, receipt(result)), result

    def work() -> Asking[tuple[Commit, RunResult]]:
        course = yield from course_of(desk, key)
        ran = course.of_day(on)
        return (yield from first(course) if ran is None else again(course, ran))

    return desk.settle(command_id, content, work, _replayed)


def _replayed(found: Receipt) -> RunResult:
    result: Any = found.result
    return RunResult(
        result["assessed"],
        result["written"],
        result["moved"],
        1,
        result.get("corrected", 0),
        tuple(result.get("held_back", ())),
        result.get("unchanged", 0),
    )


def _plain(measure: Measure | UnknownType | Measures) -> Any:
    if isinstance(measure, Measure):
        return (measure.minor_days, measure.days, measure.scale)
    return to_json(measure)


def _exact(
    measure: Measure | UnknownType | Measures, ladder: Ladder
) -> Mapping[str, Measure | UnknownType]:
    if isinstance(measure, Measures):
        return exact(measure, ladder)
    if ladder.single:
        return {"assets": measure}
    if measure is UNKNOWN:
        return dict.fromkeys(ladder.measures, UNKNOWN)
    return exact(Measures(FrozenMapping({"assets": measure})), ladder)


def _check_order(course: Course, on: date, key: str) -> None:
    last = course.last_on
    if last is not None and on < last:
        raise RunOutOfOrderError(
            f"the run of {key} is for {on}, its last one was for {last}. Nothing of the shard was written; "
            "only a day that had a run may be run again. Assess customers one by one where an earlier day "
            "has to be told."
        )


def _check_members(course: Course, loaded: Mapping[str, Loaded[Member]], key: str) -> None:
    following = {customer for customer, held in loaded.items() if held.state.shard == key}
    if len(following) != course.followers:
        _missing(course.followers, course.members() - following, len(following), key)


def _check_stated(members: frozenset[str], stated: Mapping[str, Any], key: str) -> None:
    missing = members.difference(stated)
    if missing:
        _missing(len(members), missing, len(members) - len(missing), key)


def _missing(members: int, missing: frozenset[str], stated: int, key: str) -> NoReturn:
    few = ", ".join([*sorted(missing)[:3], *["…"] * (len(missing) > 3)]) or "not told"
    raise MembersMissingError(
        f"the run of {key} has {stated} of its {members} customers with a standing; "
        f"state every one, as unknown where the measure is not known (missing: {few}). "
        "Nothing of the shard was written."
    )


def _header(version: Version[Ladder], on: date, run: str, assessed: int, input_: str) -> RunHeld:
    day = version.parameters.day(on)
    protected = zip(version.parameters.codes, day.fresh, strict=True)
    return RunHeld(
        on=on,
        run=run,
        version=FrozenMapping(ref_json(version.ref)),
        next_review=day.next_review,
        followers=0,
        assessed=assessed,
        written=0,
        input=input_,
        protected=FrozenMapping(
            {code: latch.protected_until for code, latch in protected if latch.protected_until}
        ),
    )


def _decide(
    policy: Policy[Ladder],
    version: Version[Ladder],
    loaded: Mapping[str, Loaded[Member]],
    measures: Mapping[str, Mapping[str, Measure | UnknownType]],
    header: RunHeld,
    key: str,
    seen: int,
) -> _Decided:
    changed: dict[str, Assessed] = {}
    joiners = []
    moved = followers = 0
    for customer, held in loaded.items():
        state = held.state
        last = state.standing.assessed_on
        if last is not None and header.on < last:
            followers += state.shard == key
            continue
        after = reassess(state, header.on, measures[customer], policy, version)
        joined = state.shard == key
        followers += joined
        if joined and not noticed(after_run(state.standing, header), after):
            continue
        if not joined and after.top < 0 and state.standing.top < 0 and not state.version:
            continue
        if not joined:
            joiners.append(customer)
        moved += after.top != state.standing.top
        told = seal(measures[customer])
        changed[customer] = entry_of_run(header.on, state, after, told, policy, version, key, seen)
    run = attrs.evolve(
        header,
        followers=followers + len(joiners),
        written=len(changed),
        joined=tuple(joiners),
    )
    return _Decided(run, changed, moved)


def _commit(
    desk: Desk[Member],
    key: str,
    command: Command,
    decided: _Decided,
    loaded: Mapping[str, Loaded[Member]],
    version: Version[Ladder],
    course: Course,
    receipt: Receipt,
) -> Commit:
    appends: list[Append] = []
    agenda: list[AgendaChange] = []
    snapshots = list(desk.shared_snapshots(key, (*course.events, decided.run)))
    now = receipt.recorded_at
    for customer, event in decided.changed.items():
        held = loaded[customer]
        entries = desk.entries_for(customer, held.version, (event,), command, now)
        appends.append(Append(desk.stream(customer), held.version, entries))
        after = desk.record.evolve(held.state, event)
        agenda.extend(desk.agenda(customer, held.state, after))
        snapshots.extend(desk.snapshots(customer, after, held.version + 1, held.snapshot))
    stream, seen = desk.shared(key), len(course.events)
    header = desk.entries_for(command.subject, seen, (decided.run,), command, now)
    entries = tuple(attrs.evolve(entry, stream=stream) for entry in header)
    appends.append(Append(stream, seen, entries))
    return Commit(
        appends=tuple(appends),
        # A follower without an entry is renewed by the run: nobody may have moved it meanwhile.
        guards=tuple(
            (desk.stream(customer), held.version)
            for customer, held in loaded.items()
            if held.version and customer not in decided.changed
        ),
        agenda=tuple(agenda),
        versions=desk.keep((version,)),
        receipt=receipt,
        snapshots=tuple(snapshots),
    )
