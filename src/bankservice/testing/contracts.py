"""
Contract suites for the ports: one test for each promise, in the order the port states them.

A bank that writes its own journal derives a class and says how to get a fresh one:

    class TestOurJournal(JournalContract):
        @pytest.fixture
        def journal(self):
            return OurJournal()
"""

# These are tests, and tests in this house say `expected == actual`.
# ruff: noqa: SIM300

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest

from bankservice.core.errors import IntegrityError, RaceLostError, UnknownNameError
from bankservice.core.journal import (
    AgendaChange,
    AgendaItem,
    Append,
    Commit,
    Entry,
    Fed,
    Journal,
    Json,
    KeptVersion,
    Lease,
    Receipt,
    Snapshot,
    Stream,
)
from bankservice.core.quota import Quota

__all__ = ["JournalContract", "QuotaContract"]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
TENANT = "bank-a"
OTHER_TENANT = "bank-b"


def hours(count: int) -> datetime:
    """Return the instant *count* hours after noon."""
    return NOON + timedelta(hours=count)


def stream(key: str, *, tenant: str = TENANT) -> Stream:
    """Return the address of a record."""
    return Stream(tenant, "contract.record", key)


def entry(of: Stream, version: int) -> Entry:
    """Return a plain entry."""
    return Entry(
        stream=of,
        version=version,
        kind="noted",
        effective_at=NOON,
        recorded_at=NOON,
        actor="teller-1",
        command_id=f"{of.key}-{version}",
        data={"version": version},
    )


def append(of: Stream, first: int = 1, last: int | None = None) -> Append:
    """Return plain entries from version *first* to *last*."""
    end = first if last is None else last
    return Append(of, first - 1, tuple(entry(of, each) for each in range(first, end + 1)))


def receipt(command_id: str, *, tenant: str = TENANT) -> Receipt:
    """Return a receipt with something in every part."""
    result: dict[str, Json] = {"refused": None, "points": 1_200, "lots": ["a", "b"]}
    return Receipt(tenant, command_id, "3f9a", result, NOON, {"amount": "12.50"})


def put(key: str, due_at: datetime, *, tenant: str = TENANT) -> AgendaChange:
    """Return a change that puts the matter `review` of a record on the agenda."""
    return AgendaChange(stream(key, tenant=tenant), "review", due_at)


def keys(items: tuple[AgendaItem, ...]) -> list[str]:
    """Return the keys of the records that *items* concern."""
    return [item.stream.key for item in items]


class JournalContract:
    """The promises of `Journal`. Override `journal` with a fixture that gives an empty one."""

    @pytest.fixture
    def journal(self) -> Journal:
        """Give a fresh, empty journal."""
        raise NotImplementedError("override the fixture `journal` with one of yours.")

    def test_commit_is_all_or_nothing(self, journal: Journal) -> None:
        """A commit is all or nothing: after an exception, none of its parts can be read."""
        old, new = stream("old"), stream("new")
        version = KeptVersion(TENANT, "tiers", "2026-01-01", "2026-01-01", "d1", "{}")
        journal.commit(Commit(appends=(append(old),)))

        with pytest.raises(IntegrityError):
            journal.commit(
                Commit(
                    appends=(append(new, 1, 2), append(old)),
                    receipt=receipt("c-1"),
                    agenda=(put("new", NOON),),
                    versions=(version,),
                    snapshots=(Snapshot(new, 1, 1, {"n": 1}),),
                )
            )

        assert journal.read(new) == ()
        assert len(journal.read(old)) == 1
        assert len(journal.feed(limit=10)) == 1
        assert journal.receipts(TENANT, ["c-1"]) == {}
        assert journal.due(TENANT, NOON, limit=10) == ()
        assert journal.kept(TENANT, "tiers", "d1") is None
        assert all(history.version == 0 for history in journal.read_many([new]).values())

    @pytest.mark.parametrize("expected", [0, 1, 3])
    def test_other_version_loses_the_race(self, journal: Journal, expected: int) -> None:
        """An append whose `expected` is not the stream's version raises `RaceLostError`."""
        first, second = stream("first"), stream("second")
        journal.commit(Commit(appends=(append(second, 1, 2),)))

        with pytest.raises(RaceLostError) as lost:
            journal.commit(Commit(appends=(append(first), append(second, expected + 1))))

        assert (str(second), expected) == (lost.value.stream, lost.value.expected)

    @pytest.mark.parametrize("version", [0, 1, 3])
    def test_guard_at_other_version_loses_the_race(self, journal: Journal, version: int) -> None:
        """A guard whose stream is not at its version raises `RaceLostError`."""
        first, second, missing = stream("first"), stream("second"), stream("missing")
        journal.commit(Commit(appends=(append(second, 1, 2),)))

        with pytest.raises(RaceLostError) as lost:
            journal.commit(Commit(appends=(append(first),), guards=((second, version),)))

        assert (str(second), version) == (lost.value.stream, lost.value.expected)
        assert () == journal.read(first)

        journal.commit(Commit(appends=(append(first),), guards=((second, 2), (missing, 0))))

        assert 1 == len(journal.read(first))

    def test_receipt_is_given_once(self, journal: Journal) -> None:
        """A receipt under a command id that has one already (in the tenant) raises
        `IntegrityError`."""
        first = receipt("c-1")
        journal.commit(Commit(receipt=first))
        journal.commit(Commit(receipt=receipt("c-1", tenant=OTHER_TENANT)))

        with pytest.raises(IntegrityError):
            journal.commit(Commit(receipt=attrs.evolve(first, fingerprint="0000")))

        assert "3f9a" == journal.receipts(TENANT, ["c-1"])["c-1"].fingerprint

    def test_entries_come_back(self, journal: Journal) -> None:
        """Entries come back equal to what was written, in version order, after the version
        asked."""
        subject = stream("客户-1")
        rich = Entry(
            stream=subject,
            version=1,
            kind="assessed",
            schema=7,
            effective_at=datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            recorded_at=datetime(2026, 3, 2, 9, 30, 0, 1, tzinfo=BEIJING),
            actor="teller-1",
            approved_by="officer-2",
            source="branch",
            command_id="c-1",
            correlation_id="run-1",
            data={"z": [1, {"deep": [None, True, False, -(2**70)]}], "a": "级别 “金” \n\\", "": {}},
            sealed={"text": "🙂"},
        )
        empty = attrs.evolve(rich, version=2, data={}, sealed={}, approved_by="")
        plain = entry(subject, 3)
        journal.commit(Commit(appends=(Append(subject, 0, (rich, empty)),)))
        journal.commit(Commit(appends=(Append(subject, 2, (plain,)),)))

        assert (rich, empty, plain) == journal.read(subject)
        assert (plain,) == journal.read(subject, after=2)
        assert () == journal.read(subject, after=3)

    def test_receipts_come_back(self, journal: Journal) -> None:
        """Receipts come back equal to what was written; an unknown id has none."""
        first, second = receipt("c-1"), attrs.evolve(receipt("c-2"), content={}, result={})
        journal.commit(Commit(receipt=first))
        journal.commit(Commit(receipt=second))

        found = journal.receipts(TENANT, ["c-2", "c-3", "c-1"])

        assert {"c-1": first, "c-2": second} == dict(found)

    def test_tenants_never_meet(self, journal: Journal) -> None:
        """Streams of different tenants never meet: same kind and key, other tenant, other
        stream."""
        ours, theirs = stream("c-1"), stream("c-1", tenant=OTHER_TENANT)
        journal.commit(Commit(appends=(append(ours, 1, 2),), agenda=(put("c-1", NOON),)))

        assert () == journal.read(theirs)
        assert () == journal.due(OTHER_TENANT, NOON, limit=10)

        journal.commit(Commit(appends=(append(theirs),)))

        assert {ours: 2, theirs: 1} == {
            each: history.version for each, history in journal.read_many([ours, theirs]).items()
        }
        assert (entry(theirs, 1),) == journal.read(theirs)

    def test_read_many_answers_for_every_stream(self, journal: Journal) -> None:
        """`read_many` answers for every stream asked, an empty history where there is
        nothing."""
        written = [stream(f"c-{number}") for number in range(123)]
        missing = stream("missing")
        journal.commit(Commit(appends=tuple(append(each, 1, 2) for each in written)))

        found = journal.read_many([missing, *written])

        assert {missing, *written} == set(found)
        assert (0, ()) == (found[missing].version, found[missing].entries)
        assert all((entry(each, 1), entry(each, 2)) == found[each].entries for each in written)

    def test_agenda_item_is_replaced_or_gone(self, journal: Journal) -> None:
        """An agenda item put again under its key replaces the earlier one and starts its
        attempts anew; one taken off is gone."""
        journal.commit(Commit(agenda=(put("c-1", NOON), put("c-2", NOON))))
        journal.due(TENANT, NOON, limit=10, lease=Lease(NOON, hours(1)))
        off = AgendaChange(stream("c-2"), "review", None)
        never = AgendaChange(stream("c-3"), "review", None)

        journal.commit(Commit(agenda=(put("c-1", hours(2)), off, never)))

        assert () == journal.due(TENANT, hours(1), limit=10)
        again = AgendaItem(hours(2), stream("c-1"), "review")
        assert (again,) == journal.due(TENANT, hours(9), limit=10)

    def test_due_items_in_order(self, journal: Journal) -> None:
        """`due` gives items due at or before the instant asked, earliest first, after the item
        given, at most *limit*, and neither parked nor leased ones."""
        dues = {"late": 3, "b": 1, "parked": 0, "a": 1, "edge": 2, "leased": -1}
        journal.commit(Commit(agenda=tuple(put(key, hours(at)) for key, at in dues.items())))
        journal.due(TENANT, hours(-1), limit=1, lease=Lease(NOON, hours(9)))
        journal.park(AgendaItem(NOON, stream("parked"), "review"), "no such customer")

        found = journal.due(TENANT, hours(2), limit=10)

        assert ["a", "b", "edge"] == keys(found)
        assert found[:2] == journal.due(TENANT, hours(2), limit=2)
        assert found[1:] == journal.due(TENANT, hours(2), limit=10, after=found[0])

    def test_lease_claims_the_items_given(self, journal: Journal) -> None:
        """With a lease, the items given are claimed: until the lease ends nobody else gets
        them; each claim counts one attempt."""
        journal.commit(Commit(agenda=tuple(put(key, NOON) for key in "abc")))

        first = journal.due(TENANT, NOON, limit=2, lease=Lease(NOON, hours(1)))
        rest = journal.due(TENANT, NOON, limit=10, lease=Lease(NOON, hours(5)))
        during = journal.due(TENANT, NOON, limit=10, lease=Lease(hours(0), hours(2)))
        ended = journal.due(TENANT, NOON, limit=10, lease=Lease(hours(1), hours(2)))

        assert [("a", 1), ("b", 1)] == [(item.stream.key, item.attempts) for item in first]
        assert [("c", 1)] == [(item.stream.key, item.attempts) for item in rest]
        assert () == during
        assert [("a", 2), ("b", 2)] == [(item.stream.key, item.attempts) for item in ended]

    def test_claim_takes_one_item(self, journal: Journal) -> None:
        """`claim` claims one item as it was given. One that was put again, taken off, parked or
        claimed since, or that waits, is left as it is, and nothing is given."""
        names = ("free", "taken", "put", "off", "parked", "waits")
        journal.commit(Commit(agenda=tuple(put(key, NOON) for key in names)))
        given = {item.stream.key: item for item in journal.due(TENANT, NOON, limit=10)}
        lease = Lease(NOON, hours(1))
        journal.claim(given["taken"], lease)
        off = AgendaChange(stream("off"), "review", None)
        journal.commit(Commit(agenda=(put("put", hours(1)), off)))
        journal.park(given["parked"], "no such customer")
        journal.postpone(given["waits"], hours(2))

        claimed = {key: journal.claim(item, lease) for key, item in given.items()}
        free = claimed.pop("free")

        assert free == attrs.evolve(given["free"], attempts=1)
        assert {None} == set(claimed.values())
        assert () == journal.due(TENANT, NOON, limit=10)
        found = journal.due(TENANT, hours(2), limit=10)
        assert {"free": 1, "taken": 1, "waits": 0, "put": 0} == {
            item.stream.key: item.attempts for item in found
        }
        again = journal.claim(free, Lease(hours(1), hours(3)))
        assert again is not None
        assert 2 == again.attempts

    def test_postponed_item_waits(self, journal: Journal) -> None:
        """A postponed item is not due before the instant given; its attempts stand. One that
        was put again, taken off or claimed since it was given is left as it is, by `park` too."""
        off = AgendaChange(stream("off"), "review", None)
        changed = ("claimed", "later", "off", "same")
        journal.commit(Commit(agenda=tuple(put(key, NOON) for key in ("long", "short", *changed))))
        given = {
            item.stream.key: item
            for item in journal.due(TENANT, NOON, limit=10, lease=Lease(NOON, hours(2)))
        }

        # The one waits past its lease, the other is let go before it.
        journal.postpone(given["long"], hours(5))
        journal.postpone(given["short"], hours(1))
        assert () == journal.due(TENANT, hours(1) - timedelta(microseconds=1), limit=10)
        assert ["short"] == keys(journal.due(TENANT, hours(1), limit=10))

        # Whoever comes late with an item changes nothing that came after.
        journal.due(TENANT, hours(3), limit=1, lease=Lease(hours(3), hours(4)))
        journal.commit(Commit(agenda=(put("same", NOON), put("later", hours(1)), off)))
        for key in changed:
            journal.postpone(given[key], hours(9))
            journal.park(given[key], "too late")
        early, late = (
            {item.stream.key: item for item in journal.due(TENANT, hours(count), limit=10)}
            for count in (4, 5)
        )

        assert () == journal.parked(TENANT)
        assert {"claimed", "later", "same", "short"} == set(early)
        assert {"long"} == set(late) - set(early)
        for key in ("short", "long"):
            assert given[key].attempts == late[key].attempts

    def test_parked_item_waits(self, journal: Journal) -> None:
        """A parked item is not due again until it is put again; `parked` lists it with its
        reason."""
        journal.commit(Commit(agenda=(put("c-1", NOON), put("c-2", NOON))))
        (given,) = journal.due(TENANT, NOON, limit=1, lease=Lease(NOON, hours(1)))

        journal.park(given, "失败 5 次")

        assert ["c-2"] == keys(journal.due(TENANT, hours(9), limit=10))
        (listed,) = journal.parked(TENANT)
        assert ("c-1", "失败 5 次") == (listed.stream.key, listed.parked)
        assert () == journal.parked(OTHER_TENANT)

        journal.commit(Commit(agenda=(put("c-1", NOON),)))

        assert ["c-1", "c-2"] == keys(journal.due(TENANT, NOON, limit=10))
        assert () == journal.parked(TENANT)

    def test_feed_skips_nothing(self, journal: Journal) -> None:
        """`feed` gives every entry once, in one total order that never changes and keeps each
        stream's order; reading on from a position skips nothing."""
        one, two = stream("one"), stream("two")
        journal.commit(Commit(appends=(append(one, 1, 2), append(two))))
        early = journal.feed(limit=10)
        journal.commit(Commit(appends=(append(two, 2, 3), append(one, 3))))

        whole = journal.feed(limit=10)
        paged: list[Fed] = []
        while page := journal.feed(paged[-1].position if paged else 0, limit=2):
            paged.extend(page)

        assert early == whole[:3]
        assert list(whole) == paged
        assert sorted({fed.position for fed in whole}) == [fed.position for fed in whole]
        for each in (one, two):
            assert [1, 2, 3] == [fed.entry.version for fed in whole if fed.entry.stream == each]

    def test_feed_in_parts(self, journal: Journal) -> None:
        """A feed split in parts gives each stream to exactly one part."""
        streams = [stream(f"c-{number}") for number in range(20)]
        journal.commit(Commit(appends=tuple(append(each, 1, 3) for each in streams)))

        parts = [journal.feed(limit=100, part=(index, 3)) for index in range(3)]

        homes = [{fed.entry.stream for fed in part} for part in parts]
        assert sum(len(home) for home in homes) == len(set().union(*homes)) == len(streams)
        assert sorted(journal.feed(limit=100), key=lambda fed: fed.position) == sorted(
            (fed for part in parts for fed in part), key=lambda fed: fed.position
        )

    def test_used_policy_version_does_not_change(self, journal: Journal) -> None:
        """A kept policy version comes back by policy and digest. The same dates and cohort with
        another digest raise `IntegrityError`: a used version does not change."""
        first = KeptVersion(TENANT, "tiers", "2026-01-01", "2025-12-01", "d1", '{"gold": 5}')
        others = (
            attrs.evolve(first, applies_to="staff", digest="d2"),
            attrs.evolve(first, known_on="2026-02-01", digest="d3"),
            attrs.evolve(first, since="2026-06-01", digest="d4"),
            attrs.evolve(first, tenant=OTHER_TENANT, digest="d5"),
        )
        journal.commit(Commit(versions=(first, *others)))
        journal.commit(Commit(versions=(attrs.evolve(first, text='{"gold":5}'),)))

        with pytest.raises(IntegrityError):
            journal.commit(Commit(versions=(attrs.evolve(first, digest="d9"),)))

        assert first == journal.kept(TENANT, "tiers", "d1")
        assert others[0] == journal.kept(TENANT, "tiers", "d2")
        assert journal.kept(TENANT, "tiers", "d5") is None
        assert journal.kept(TENANT, "tiers", "d9") is None
        assert journal.kept(TENANT, "stages", "d1") is None

    def test_snapshot_shortens_the_reading(self, journal: Journal) -> None:
        """A snapshot is given with the entries after it; forgetting all snapshots changes no
        history read from version 0."""
        subject = stream("c-1")
        snapshot = Snapshot(subject, 2, 4, {"points": 10})
        journal.commit(Commit(appends=(append(subject, 1, 3),), snapshots=(snapshot,)))
        before = journal.read(subject)

        short = journal.read_many([subject])[subject]
        journal.forget_snapshots()
        full = journal.read_many([subject])[subject]

        # A journal may drop snapshots; one that keeps them gives only what comes after.
        assert short.snapshot in (snapshot, None)
        assert before[2 if short.snapshot else 0 :] == short.entries
        assert (None, before) == (full.snapshot, full.entries)
        assert before == journal.read(subject)
        assert 3 == short.version == full.version


class QuotaContract:
    """The promises of `Quota`. Override `quota` with a fixture that gives an empty one."""

    @pytest.fixture
    def quota(self) -> Quota:
        """Give a fresh, empty quota."""
        raise NotImplementedError("override the fixture `quota` with one of yours.")

    def test_limit_is_set_once(self, quota: Quota) -> None:
        """`open` sets a limit once; the same amount again changes nothing, another amount
        raises `IntegrityError`."""
        quota.open("gifts", 10)
        quota.lease("gifts", "l-1", 4, now=NOON, until=hours(1))
        quota.open("gifts", 10)

        with pytest.raises(IntegrityError):
            quota.open("gifts", 11)

        assert 6 == quota.left("gifts", now=NOON)

    def test_never_more_than_is_left(self, quota: Quota) -> None:
        """`lease` never grants more than what is left: at every instant, spent plus leased is
        at most the limit."""
        quota.open("gifts", 10)
        quota.open("budget", 100)
        quota.lease("budget", "l-1", 100, now=NOON, until=hours(1))

        granted = [
            quota.lease("gifts", f"l-{number}", 4, now=NOON, until=hours(1)).amount
            for number in range(4)
        ]

        assert [4, 4, 2, 0] == granted
        assert 0 == quota.left("gifts", now=NOON)

        # The first lease falls back and its units are granted again; a writer whose clock is
        # slow may not spend them a second time.
        assert 4 == quota.lease("gifts", "l-9", 4, now=hours(1), until=hours(2)).amount
        with pytest.raises(IntegrityError):
            quota.settle("gifts", "l-0", 4, now=NOON)

    def test_same_lease_again(self, quota: Quota) -> None:
        """The same lease id again returns the first allotment; nothing more is granted."""
        quota.open("gifts", 10)

        first = quota.lease("gifts", "l-1", 4, now=NOON, until=hours(1))
        again = quota.lease("gifts", "l-1", 5, now=NOON, until=hours(2))

        assert first == again
        assert 6 == quota.left("gifts", now=NOON)

    def test_spending_is_recorded(self, quota: Quota) -> None:
        """`spend` records units as used, together at most the allotment; more raises
        `IntegrityError`, and so does spending from a lease that was settled or has ended."""
        quota.open("gifts", 10)
        for lease in ("l-1", "l-2"):
            quota.lease("gifts", lease, 4, now=NOON, until=hours(1))

        quota.spend("gifts", "l-1", 1, now=NOON)
        quota.spend("gifts", "l-1", 2, now=NOON)
        with pytest.raises(IntegrityError):
            quota.spend("gifts", "l-1", 2, now=NOON)
        quota.spend("gifts", "l-1", 1, now=NOON)
        assert 2 == quota.left("gifts", now=NOON)

        quota.settle("gifts", "l-1", 4, now=NOON)
        quota.settle("gifts", "l-2", 3, now=NOON)
        quota.lease("gifts", "l-3", 3, now=NOON, until=hours(1))
        # The first is used up; the second had a unit left when it was settled.
        for lease, now in (("l-1", NOON), ("l-2", NOON), ("l-3", hours(1))):
            with pytest.raises(IntegrityError):
                quota.spend("gifts", lease, 1, now=now)
        assert 0 == quota.left("gifts", now=NOON)

    def test_settlement_returns_the_rest(self, quota: Quota) -> None:
        """`settle` records what was spent in all, at least what `spend` recorded and at most
        the allotment, and returns the rest to the limit; the same settlement again changes
        nothing, another one raises `IntegrityError`."""
        quota.open("gifts", 10)
        quota.lease("gifts", "l-1", 4, now=NOON, until=hours(1))
        quota.spend("gifts", "l-1", 2, now=NOON)

        for spent in (1, 5):
            with pytest.raises(IntegrityError):
                quota.settle("gifts", "l-1", spent, now=NOON)
        quota.settle("gifts", "l-1", 3, now=NOON)
        quota.settle("gifts", "l-1", 3, now=hours(2))
        for spent in (2, 4):
            with pytest.raises(IntegrityError):
                quota.settle("gifts", "l-1", spent, now=NOON)

        assert 7 == quota.left("gifts", now=hours(2))

    def test_what_was_not_spent_falls_back(self, quota: Quota) -> None:
        """What was not recorded as spent before the lease's `until` returns to the limit, and
        settling it after that raises `IntegrityError`."""
        quota.open("gifts", 10)
        quota.lease("gifts", "l-1", 4, now=NOON, until=hours(1))
        quota.lease("gifts", "l-2", 3, now=NOON, until=hours(2))
        just_before = hours(1) - timedelta(microseconds=1)
        quota.spend("gifts", "l-1", 1, now=just_before)

        assert 3 == quota.left("gifts", now=just_before)
        assert 6 == quota.left("gifts", now=hours(1))
        for spent in (1, 2):
            with pytest.raises(IntegrityError):
                quota.settle("gifts", "l-1", spent, now=hours(1))
        assert 6 == quota.left("gifts", now=hours(1))
        assert 6 == quota.lease("gifts", "l-3", 9, now=hours(1), until=hours(3)).amount
        assert 3 == quota.left("gifts", now=hours(2))
        assert 9 == quota.left("gifts", now=hours(3))

    def test_unknown_limit(self, quota: Quota) -> None:
        """An unknown limit raises `UnknownNameError`."""
        quota.open("gifts", 10)

        with pytest.raises(UnknownNameError) as unknown:
            quota.left("gift", now=NOON)
        with pytest.raises(UnknownNameError):
            quota.lease("gift", "l-1", 1, now=NOON, until=hours(1))
        with pytest.raises(UnknownNameError):
            quota.spend("gift", "l-1", 1, now=NOON)
        with pytest.raises(UnknownNameError):
            quota.settle("gift", "l-1", 1, now=NOON)

        assert ("gifts",) == unknown.value.near
