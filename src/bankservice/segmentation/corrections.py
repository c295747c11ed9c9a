"""
A day's run decided again, and what a run decided of each customer.

A second run of a day is a correction of the first: it begins from the state before that run, so
that nothing the first one did, such as a protection given by a wrong balance, has any say. A
customer whose decision differs from what stands gets an entry that takes effect at the place of
the run it corrects; later entries and runs stand as they were written, and a caller who corrects
a day runs the days after it again, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from bankservice.core.desk import Desk, ref_json
from bankservice.core.driver import Asking, Kept, Read
from bankservice.core.errors import UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Receipt,
)
from bankservice.core.kept import Rebuild
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.core.unknown import UnknownType
from bankservice.segmentation.entries import (
    Assessed,
    Member,
    Overridden,
    before_run,
    followed,
    in_run,
    seal,
)
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measure
from bankservice.segmentation.model import Standing, TierReason
from bankservice.segmentation.policy import TIERS
from bankservice.segmentation.record import older_terms, reassess, was
from bankservice.segmentation.runs import Course, Ran, RunCorrected, noticed

__all__ = ["Correction", "Outcome", "correct", "course_of", "entry_of_run", "outcomes", "written"]


@attrs.frozen
class Outcome:
    """
    What a run decided of a customer, as the record has it now.

    Attributes:
        before: The standing before the run.
        after: The standing after it.
        version: The entry of the customer's own stream that tells it; 0 where dates alone do.
    """

    before: Standing
    after: Standing
    version: int


@attrs.frozen
class _Own:
    """A customer's own stream, read whole."""

    events: tuple[Any, ...]
    version: int
    snapshot: bool


@attrs.frozen
class Correction:
    """
    The decisions of a correction, not written yet.

    Attributes:
        event: What the shard's stream is told.
        changed: Customer → the entry that corrects.
        moved: Customers whose tier after the run is another than stood.
        own: Everybody's own stream as read.
    """

    event: RunCorrected
    changed: Mapping[str, Assessed]
    moved: int
    own: Mapping[str, _Own]


def course_of(desk: Desk[Member], key: str) -> Asking[Course]:
    """Read the runs of a shard."""
    stream = desk.shared(key)
    entries = (yield Read((stream,), whole=True))[stream].entries
    return Course(tuple(desk.record.events.decode(entry) for entry in entries))


def correct(
    desk: Desk[Member],
    key: str,
    course: Course,
    ran: RunCorrected,
    policy: Policy[Ladder],
    version: Version[Ladder],
    measures: Mapping[str, Mapping[str, Measure | UnknownType]],
) -> Asking[Correction]:
    """
    Decide a run again.

    Args:
        desk: Desk of the standings.
        key: Key of the shard.
        course: The shard's runs so far.
        ran: What the shard's stream will be told, as far as it is known before deciding.
        policy: The policy as known now.
        version: Its version in force on the day of the run.
        measures: Customer → exact measures by name.
    """
    own = yield from _whole(desk, measures)
    run, changed, held_back, joined = ran.corrects, {}, [], []
    moved = 0
    for customer, held in own.items():
        if _elsewhere(held.events, key):
            held_back.append(customer)
            continue
        before, now = _around(desk, held.events, key, course, run)
        last = before.standing.assessed_on
        if last is not None and ran.on < last:
            continue
        after = reassess(before, ran.on, measures[customer], policy, version)
        if not _differs(before, now, after, key):
            continue
        if _given_since(held.events, key, run, ran.on):
            held_back.append(customer)
            continue
        if now.shard != key:
            joined.append(customer)
        moved += after.top != now.standing.top
        told = seal(measures[customer])
        changed[customer] = entry_of_run(ran.on, before, after, told, policy, version, key, run)
    event = attrs.evolve(
        ran,
        followers=course.followers + len(set(joined) - course.members()),
        written=len(changed),
        joined=tuple(joined),
        held_back=tuple(held_back),
    )
    return Correction(event, changed, moved, own)


def entry_of_run(
    on: date,
    before: Member,
    after: Standing,
    measures: FrozenMapping[str, Any],
    policy: Policy[Ladder],
    version: Version[Ladder],
    key: str,
    run: int,
) -> Assessed:
    """Return what a run of a shard, the *run*-th of its stream, tells a customer's own stream."""
    return Assessed(
        on=on,
        standing=after,
        version=FrozenMapping(ref_json(version.ref)),
        was=was(before, version, policy),
        older=older_terms(before.standing, after, policy),
        zone=version.parameters.zone,
        shard=key,
        seen=run,
        in_run=True,
        measures=measures,
    )


def written(
    desk: Desk[Member],
    key: str,
    command: Command,
    course: Course,
    correction: Correction,
    version: Version[Ladder],
    receipt: Receipt,
) -> Commit:
    """Return the commit that writes a correction."""
    record, now = desk.record, receipt.recorded_at
    appends: list[Append] = []
    agenda: list[AgendaChange] = []
    events = (*course.events, correction.event)
    snapshots = list(desk.shared_snapshots(key, events))
    for customer, event in correction.changed.items():
        own, stream = correction.own[customer], desk.stream(customer)
        entries = desk.entries_for(customer, own.version, (event,), command, now)
        appends.append(Append(stream, own.version, entries))
        # The agenda follows the present, with whatever later runs made of it.
        present, after = (
            record.fold(record, record.initial, events, course.events)
            for events in (own.events, (*own.events, event))
        )
        agenda.extend(desk.agenda(customer, present, after))
        # The one there is may hold what is corrected here.
        since = None if own.snapshot else 0
        snapshots.extend(desk.snapshots(customer, after, entries[-1].version, since))
    shared, seen = desk.shared(key), len(course.events)
    told = desk.entries_for(command.subject, seen, (correction.event,), command, now)
    appends.append(Append(shared, seen, tuple(attrs.evolve(e, stream=shared) for e in told)))
    return Commit(
        appends=tuple(appends),
        # What stands was compared: nobody may have moved it meanwhile.
        guards=tuple(
            (desk.stream(customer), own.version)
            for customer, own in correction.own.items()
            if own.version and customer not in correction.changed
        ),
        agenda=tuple(agenda),
        versions=desk.keep((version,)),
        receipt=receipt,
        snapshots=tuple(snapshots),
    )


def outcomes(
    desk: Desk[Member],
    key: str,
    customers: Iterable[str],
    on: date,
    rebuild: Rebuild,
) -> Asking[Mapping[str, Outcome]]:
    """
    Return what the run of a day decided of customers of a shard, as it stands now.

    Raises:
        UnknownNameError: If the day had no run.
    """
    course = yield from course_of(desk, key)
    run = course.of_day(on)
    if run is None:
        raise UnknownNameError(f"run of {key} on", str(on), map(str, course.days()))
    version = yield from _version(desk, course.latest(run), rebuild)
    ladder, since = version.parameters, version.ref.since
    fresh, base = ladder.fresh(since), ladder.day(on).at_base(TierReason.BASE, since, ladder)
    own = yield from _whole(desk, customers)
    found = {}
    for customer, held in own.items():
        events = _until_left(held.events, key)
        before, after = _around(desk, events, key, course, run)
        entry = max(
            (
                n
                for n, event in enumerate(events, 1)
                if in_run(event) and (event.seen, event.shard) == (run, key)
            ),
            default=0,
        )
        found[customer] = Outcome(
            before.standing if before.standing.codes else fresh,
            after.standing if after.standing.codes else base,
            entry,
        )
    return found


def _around(
    desk: Desk[Member], events: Sequence[Any], key: str, course: Course, run: int
) -> tuple[Member, Member]:
    """Return the states before and after a run, as the record has them now."""
    if not events:
        return desk.record.initial, desk.record.initial
    record, on = desk.record, course.events[run].on
    earlier = before_run(events, key, run, on)
    # Who comes from another book has not seen this one's runs.
    runs = course.events if followed(earlier) in ("", key) else ()
    before = record.fold(record, record.initial, earlier, runs[:run])
    decided = [
        event for event in events if in_run(event) and (event.seen, event.shard) == (run, key)
    ]
    if decided:
        return before, record.evolve(before, decided[-1])
    return before, record.fold(record, before, (), runs[: run + 1])


def _differs(before: Member, now: Member, after: Standing, key: str) -> bool:
    """Tell whether a decision is another than the one that stands."""
    if now.shard == key:
        # Under another version of the policy the next review may be another, and that alone.
        stands = now.standing
        return noticed(stands, after) or stands.next_review != after.next_review
    nothing_held = after.top < 0 and before.standing.top < 0 and not before.version
    return not nothing_held and after != before.standing


def _given_since(events: Sequence[Any], key: str, run: int, on: date) -> bool:
    """Tell whether a customer was given a standing outside runs after a run."""
    given = [e for e in events if not in_run(e) and not isinstance(e, Overridden)]
    return len(before_run(given, key, run, on)) < len(given)


def _elsewhere(events: Iterable[Any], key: str) -> bool:
    """Tell whether a customer was, or is, in another book: whose runs came first is not told."""
    return any(getattr(event, "shard", "") not in ("", key) for event in events)


def _until_left(events: Sequence[Any], key: str) -> Sequence[Any]:
    """Return own entries up to where the customer left the book of a shard for another."""
    shards = [getattr(event, "shard", "") for event in events]
    last = max((n for n, shard in enumerate(shards) if shard == key), default=len(shards))
    return events[: next((n for n in range(last + 1, len(shards)) if shards[n]), len(shards))]


def _whole(desk: Desk[Member], customers: Iterable[str]) -> Asking[dict[str, _Own]]:
    """Read own streams whole: in one read, and one more for those that have a snapshot."""
    streams = {customer: desk.stream(customer) for customer in customers}
    histories = dict((yield Read(tuple(streams.values()))))
    behind = tuple(stream for stream, history in histories.items() if history.snapshot is not None)
    if behind:
        histories.update((yield Read(behind, whole=True)))
    return {
        customer: _Own(
            tuple(desk.record.events.decode(entry) for entry in histories[stream].entries),
            histories[stream].version,
            stream in behind,
        )
        for customer, stream in streams.items()
    }


def _version(desk: Desk[Member], ran: Ran, rebuild: Rebuild) -> Asking[Version[Ladder]]:
    """Return the policy version a run was decided under."""
    for policy in desk.policies:
        for version in policy.versions if policy.kind.name == TIERS.name else ():
            if ran.version == FrozenMapping(ref_json(version.ref)):
                return version
    kept = yield Kept(desk.tenant, ran.version["policy"], ran.version["digest"])
    assert kept is not None, "a run keeps the version it was decided under"
    return rebuild(kept)
