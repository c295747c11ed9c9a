"""Retention, legal hold and purge: who may discard what, when, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.archive import PURGED
from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.errors import IdentifierError, PurgedError, RaceLostError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.holds import HOLD, HoldRefusal, Holds, PlaceHold, ReleaseHold
from bankservice.core.journal import Append, Commit, Entry, History, Snapshot, Stream
from bankservice.core.record import Refused
from bankservice.core.retention import (
    Purgeable,
    Purged,
    PurgeRefusal,
    Retention,
    may_purge,
    purge,
)
from bankservice.journals import MemoryJournal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2031, 3, 3, tzinfo=UTC)
SUBJECT = Stream("default", "test.record", "customer-7")
SOURCE = Citation(text="Acme records policy", clause="4", checked="own")
RETENTION = Retention(kind="test.record", keep=Period(months=60), source=SOURCE)


def entry(version: int, effective_at: datetime = NOW, **parts: Any) -> Entry:
    """Return a plain entry."""
    plain: dict[str, Any] = {"kind": "noted", "command_id": f"n-{version}", "data": {}}
    return Entry(
        stream=SUBJECT,
        version=version,
        effective_at=effective_at,
        recorded_at=NOW,
        actor="teller-1",
        **{**plain, **parts},
    )


def filled(journal: MemoryJournal, count: int = 3) -> MemoryJournal:
    """Write some entries and return the journal."""
    journal.commit(Commit(appends=(Append(SUBJECT, 0, tuple(map(entry, range(1, count + 1)))),)))
    return journal


def holds_of(journal: MemoryJournal) -> Holds:
    """Return the holds kept in a journal."""
    return Holds(journal, now=lambda: NOW)


def purged(journal: MemoryJournal, **parts: Any) -> Purged | Refused:
    """Purge the subject's record as an officer does, in its own time."""
    asked: dict[str, Any] = {
        "command_id": "p-1",
        "reason": "retention ended",
        "actor": "officer-1",
        "approved_by": "officer-2",
        "now": LATER,
    }
    return purge(journal, SUBJECT, RETENTION, **{**asked, **parts})


# --- holds --------------------------------------------------------------------------------------


def test_a_hold_is_placed_by_one_and_released_by_two() -> None:
    """One person places a hold; it ends only with a second one's approval."""
    holds = holds_of(MemoryJournal())

    placed = holds.place("h-1", "customer-7", hold="case-1", reason="subpoena", actor="legal-1")
    alone = holds.release("h-2", "customer-7", hold="case-1", reason="closed", actor="legal-1")

    assert placed.accepted
    assert "approval-missing" == alone.refused
    assert ("case-1",) == holds.on("customer-7")

    done = holds.release(
        "h-3", "customer-7", hold="case-1", reason="closed", actor="legal-1", approved_by="legal-2"
    )
    assert done.accepted
    assert () == holds.on("customer-7")
    assert () == holds.on("customer-8")


def test_one_may_not_approve_oneself() -> None:
    """The second person is another one, whether a hold is placed or released."""
    holds = holds_of(MemoryJournal())
    who = {"actor": "legal-1", "approved_by": "legal-1", "hold": "case-1", "reason": "x"}

    assert "approver-is-actor" == holds.place("h-1", "customer-7", **who).refused
    assert "approver-is-actor" == holds.release("h-2", "customer-7", **who).refused


def test_holds_are_counted_by_their_ids() -> None:
    """A subject under several holds is under the others when one ends."""
    holds = holds_of(MemoryJournal())
    who = {"actor": "legal-1", "approved_by": "legal-2", "reason": "x"}
    for number in (1, 2, 3):
        holds.place(f"h-{number}", "customer-7", hold=f"case-{number}", **who)

    again = holds.place("h-4", "customer-7", hold="case-2", **who)
    unknown = holds.release("h-5", "customer-7", hold="case-9", **who)
    holds.release("h-6", "customer-7", hold="case-2", **who)

    assert ("already-held", {"hold": "case-2"}) == (again.refused, dict(again.facts))
    assert ("not-held", {"hold": "case-9"}) == (unknown.refused, dict(unknown.facts))
    assert ("case-1", "case-3") == holds.on("customer-7")


def test_holds_belong_to_a_tenant() -> None:
    """The same subject of another tenant is under no hold."""
    journal = MemoryJournal()
    holds_of(journal).place("h-1", "customer-7", hold="case-1", reason="x", actor="legal-1")

    assert () == Holds(journal, now=lambda: NOW, tenant="other").on("customer-7")


def test_why_is_sealed() -> None:
    """The reason of a hold stands in the sealed part, and the rest does without."""
    journal = MemoryJournal()
    holds_of(journal).place("h-1", "customer-7", hold="case-1", reason="x", actor="legal-1")

    (found,) = journal.read(Stream("default", HOLD.kind, "customer-7"))

    assert ({"hold": "case-1"}, {"reason": "x"}) == (found.data, found.sealed)
    HOLD.events.decode(attrs.evolve(found, sealed=None, erased=True))


@pytest.mark.parametrize("body", [PlaceHold, ReleaseHold])
def test_a_hold_has_an_opaque_id(body: Any) -> None:
    """The id of a hold is no card number."""
    with pytest.raises(IdentifierError):
        body(hold="4111111111111111", reason="x")


def test_a_hold_waits_for_nothing() -> None:
    """A hold puts nothing on the agenda, and its refusals are the documented ones, in order."""
    assert {} == HOLD.due(("case-1",))
    assert HoldRefusal is HOLD.refusals
    assert ["approval-missing", "approver-is-actor", "already-held", "not-held"] == [
        code.value for code in HoldRefusal
    ]


# --- the rule -----------------------------------------------------------------------------------


def history(*entries: Entry) -> History:
    """Return a whole history."""
    return History(SUBJECT, entries)


@pytest.mark.parametrize(
    ("effective_at", "zone", "keep", "until"),
    [
        (NOW, "UTC", Period(months=60), date(2031, 3, 3)),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), "UTC", Period(months=12), date(2025, 3, 1)),
        (datetime(2026, 3, 2, 17, tzinfo=UTC), "Asia/Shanghai", Period(days=1), date(2026, 3, 5)),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "Asia/Shanghai", Period(), date.max),
        (NOW, "UTC", Period(months=12 * 9_000), date.max),
    ],
)
def test_how_long_a_record_is_retained(
    effective_at: datetime, zone: str, keep: Period, until: date
) -> None:
    """The day of the latest entry is not counted and the last day is kept to its end; what ends
    after all calendars does not end."""
    retention = attrs.evolve(RETENTION, zone=zone, keep=keep)

    assert until == retention.until([entry(1, effective_at)])


def test_the_latest_business_time_counts() -> None:
    """Retention runs from the latest business time, whichever entry has it."""
    late = NOW + timedelta(days=400)

    assert date(2032, 4, 7) == RETENTION.until([entry(1, late), entry(2)])


@pytest.mark.parametrize(
    ("on", "allowed"), [(date(2031, 3, 2), False), (date(2031, 3, 3), True), (date.max, True)]
)
def test_purgeable_once_retention_has_ended(on: date, allowed: bool) -> None:
    """A record may go on the first day it is no longer retained, and not before."""
    found = may_purge(history(entry(1), entry(2)), RETENTION, (), on)

    until = date(2031, 3, 3)
    assert found == (
        Purgeable(2, 2, until)
        if allowed
        else Refused(PurgeRefusal.RETAINED, FrozenMapping({"until": until}))
    )


def test_precedence_of_refusals() -> None:
    """Of several reasons the first in the enum's order is given."""
    nothing, early = history(), date(2026, 3, 2)
    graves = history(entry(4, kind=PURGED))

    held = may_purge(history(entry(1)), RETENTION, ("b", "a"), early, matters=("review",))
    open_ = may_purge(history(entry(1)), RETENTION, (), early, matters=("review", "call"))

    assert Refused(PurgeRefusal.HELD, FrozenMapping({"holds": "a, b"})) == held
    assert Refused(PurgeRefusal.STILL_OPEN, FrozenMapping({"matters": "call, review"})) == open_
    assert Refused(PurgeRefusal.EMPTY) == may_purge(nothing, RETENTION, (), date.max)
    assert Refused(PurgeRefusal.EMPTY) == may_purge(graves, RETENTION, (), date.max)
    assert [
        "approval-missing",
        "approver-is-actor",
        "held",
        "still-open",
        "retained",
        "empty",
    ] == [code.value for code in PurgeRefusal]


def test_only_what_came_after_a_purge_is_counted() -> None:
    """A stream that went on after its tombstone is retained for what came after."""
    found = may_purge(history(entry(4, kind=PURGED), entry(5)), RETENTION, (), date.max)

    assert Purgeable(5, 1, date(2031, 3, 3)) == found


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        (history(entry(1)), "other.record"),
        (History(SUBJECT, (), Snapshot(SUBJECT, 1, 1, {})), "test.record"),
    ],
)
def test_the_right_retention_and_the_whole_history(of: History, kind: str) -> None:
    """The retention of another kind, or a history in part, is a caller's mistake."""
    with pytest.raises(ValueError, match="the retention of"):
        may_purge(of, attrs.evolve(RETENTION, kind=kind), (), date.max)


@given(
    st.lists(st.integers(-900, 900), min_size=1, max_size=4),
    st.integers(0, 30),
    st.integers(0, 40),
    st.integers(-400, 3_000),
)
def test_never_before_its_time(at: list[int], months: int, days: int, ahead: int) -> None:
    """Whatever the entries and the period: not purgeable until the period after the latest one is
    over, purgeable from then on."""
    on = NOW.date() + timedelta(days=ahead)
    keep = Period(months=months, days=days)
    entries = [entry(place, NOW + timedelta(days=each)) for place, each in enumerate(at, start=1)]
    over = keep.after((NOW + timedelta(days=max(at))).date()) < on

    found = may_purge(history(*entries), attrs.evolve(RETENTION, keep=keep), (), on)

    assert over == isinstance(found, Purgeable)


# --- purge --------------------------------------------------------------------------------------


def test_what_is_left() -> None:
    """The tombstone says what went, until when it was kept, why, and under whose names."""
    journal = filled(MemoryJournal())

    assert Purged(SUBJECT, 4, 3) == purged(journal)

    (left,) = journal.read(SUBJECT)
    assert (4, PURGED, "officer-1", "officer-2", "p-1") == (
        left.version,
        left.kind,
        left.actor,
        left.approved_by,
        left.command_id,
    )
    assert {
        "through": 3,
        "count": 3,
        "retained_until": "2031-03-03",
        "reason": "retention ended",
    } == left.data
    assert LATER == left.recorded_at


def test_the_same_purge_again() -> None:
    """The same command again gives the first answer; another one finds nothing left."""
    journal = filled(MemoryJournal())
    purged(journal)

    assert Purged(SUBJECT, 4, 3, replayed=True) == purged(journal)
    assert Refused(PurgeRefusal.EMPTY) == purged(journal, command_id="p-2")
    assert 1 == len(journal.read(SUBJECT))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"approved_by": ""}, PurgeRefusal.APPROVAL_MISSING),
        ({"approved_by": "officer-1"}, PurgeRefusal.APPROVER_IS_ACTOR),
        ({"now": LATER - timedelta(microseconds=1)}, PurgeRefusal.RETAINED),
        ({"matters": ("review",)}, PurgeRefusal.STILL_OPEN),
    ],
)
def test_a_refused_purge_changes_nothing(parts: dict[str, Any], code: PurgeRefusal) -> None:
    """Without a second person, too early, or with something open, nothing is purged."""
    journal = filled(MemoryJournal())

    refused = purged(journal, **parts)

    assert isinstance(refused, Refused)
    assert code is refused.code
    assert 3 == len(journal.read(SUBJECT))


def test_a_held_record_stays() -> None:
    """A record whose subject is under a hold is not purged until the hold is released."""
    journal = filled(MemoryJournal())
    holds = holds_of(journal)
    holds.place("h-1", "customer-7", hold="case-1", reason="x", actor="legal-1")

    assert Refused(PurgeRefusal.HELD, FrozenMapping({"holds": "case-1"})) == purged(journal)

    holds.release(
        "h-2", "customer-7", hold="case-1", reason="x", actor="legal-1", approved_by="legal-2"
    )
    assert isinstance(purged(journal), Purged)
    with pytest.raises(ValueError, match="it stays"):
        purge(
            journal,
            Stream("default", HOLD.kind, "customer-7"),
            attrs.evolve(RETENTION, kind=HOLD.kind),
            command_id="p-2",
            reason="x",
            actor="officer-1",
            approved_by="officer-2",
            now=LATER,
        )


@attrs.define
class Interrupted(MemoryJournal):
    """A journal in which somebody is quicker than a purge."""

    meanwhile: Callable[[], object] = lambda: None
    times: int = 1

    def __attrs_pre_init__(self) -> None:
        MemoryJournal.__init__(self)

    def purge(self, tombstone: Append, *, guards: tuple[tuple[Stream, int], ...] = ()) -> None:
        """Let somebody do something first."""
        if self.times:
            self.times -= 1
            self.meanwhile()
        super().purge(tombstone, guards=guards)


def test_a_hold_placed_meanwhile_wins() -> None:
    """A hold that is placed between looking and purging keeps the record."""
    journal = Interrupted()
    journal.meanwhile = lambda: holds_of(journal).place(
        "h-1", "customer-7", hold="case-1", reason="x", actor="legal-1"
    )
    filled(journal)

    assert Refused(PurgeRefusal.HELD, FrozenMapping({"holds": "case-1"})) == purged(journal)
    assert 3 == len(journal.read(SUBJECT))


def test_an_entry_written_meanwhile_is_looked_at() -> None:
    """An entry written between looking and purging is taken into the decision."""
    journal = Interrupted()
    journal.meanwhile = lambda: journal.commit(Commit(appends=(Append(SUBJECT, 3, (entry(4),)),)))
    filled(journal)

    assert Purged(SUBJECT, 5, 4) == purged(journal)


def test_a_purge_that_always_loses_gives_up() -> None:
    """Where others come first as often as was tried, the lost race is told."""
    journal = Interrupted(times=9)

    def write() -> None:
        version = len(journal.read(SUBJECT))
        journal.commit(Commit(appends=(Append(SUBJECT, version, (entry(version + 1),)),)))

    journal.meanwhile = write
    filled(journal)

    with pytest.raises(RaceLostError):
        purged(journal, attempts=2)
    assert 5 == len(journal.read(SUBJECT))


@pytest.mark.parametrize("name", ["actor", "approved_by", "command_id"])
def test_names_are_opaque(name: str) -> None:
    """Nobody's card number gets into a tombstone as a name."""
    with pytest.raises(IdentifierError):
        purged(filled(MemoryJournal()), **{name: "4111111111111111"})


def test_a_purged_record_is_not_folded() -> None:
    """Whoever folds a purged stream is told so."""
    journal = filled(MemoryJournal())
    purged(journal)

    with pytest.raises(PurgedError):
        HOLD.events.decode(journal.read(SUBJECT)[0])
