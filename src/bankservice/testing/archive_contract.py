"""
The contract suite of `Archive`: one test for each promise, in the order the port states them.

A journal that keeps it keeps the promises of `Journal` too; run both suites:

    class TestOurArchive(ArchiveContract):
        @pytest.fixture
        def archive(self):
            return OurJournal()
"""

# These are tests, and tests in this house say `expected == actual`.
# ruff: noqa: SIM300

from __future__ import annotations

import attrs
import pytest

from bankservice.core.archive import PURGED, Archive
from bankservice.core.errors import RaceLostError
from bankservice.core.journal import Append, Commit, Entry, Json, KeptVersion, Snapshot, Stream
from bankservice.testing.contracts import (
    NOON,
    OTHER_TENANT,
    TENANT,
    append,
    hours,
    put,
    receipt,
    stream,
)

__all__ = ["ArchiveContract", "tombstone"]


def tombstone(of: Stream, through: int, **data: Json) -> Append:
    """Return the tombstone of a stream that is at version *through*."""
    entry = Entry(
        stream=of,
        version=through + 1,
        kind=PURGED,
        effective_at=NOON,
        recorded_at=hours(1),
        actor="officer-1",
        approved_by="officer-2",
        command_id="purge-1",
        data={"through": through, "count": through, "reason": "留存期满", **data},
    )
    return Append(of, through, (entry,))


def without_chain(entry: Entry) -> Entry:
    """Return *entry* without what a chained journal adds to its data."""
    return attrs.evolve(
        entry, data={name: part for name, part in entry.data.items() if name != "chain"}
    )


class ArchiveContract:
    """The promises of `Archive`. Override `archive` with a fixture that gives an empty one."""

    @pytest.fixture
    def archive(self) -> Archive:
        """Give a fresh, empty archive."""
        raise NotImplementedError("override the fixture `archive` with one of yours.")

    def test_every_receipt_is_listed(self, archive: Archive) -> None:
        """`receipts_after` gives every receipt of the tenant once, in the order of command ids
        by code point, past the id given, at most *limit*."""
        # An order by locale would put a before B, and é before z.
        ids = ["B", "Z-1", "a", "z", "é", "客户", "\ufffd", "🙂"]
        for command_id in reversed(ids):
            archive.commit(Commit(receipt=receipt(command_id)))
        archive.commit(Commit(receipt=receipt("b", tenant=OTHER_TENANT)))

        found = archive.receipts_after(TENANT, limit=100)

        assert tuple(receipt(command_id) for command_id in ids) == found
        assert found[:3] == archive.receipts_after(TENANT, limit=3)
        assert found[3:5] == archive.receipts_after(TENANT, "a", limit=2)
        # What is past an id does not depend on a receipt under it.
        assert found[3:] == archive.receipts_after(TENANT, "b", limit=100)
        assert () == archive.receipts_after(TENANT, "🙂", limit=100)

    def test_every_kept_version_is_listed(self, archive: Archive) -> None:
        """`versions` gives every kept policy version of the tenant, in the order they were
        kept."""
        first = KeptVersion(TENANT, "tiers", "2026-01-01", "2025-12-01", "d1", '{"gold": 5}')
        cohort = attrs.evolve(first, applies_to="staff", digest="d2")
        earlier = attrs.evolve(first, policy="stages", since="2020-01-01", digest="d3")
        theirs = attrs.evolve(first, tenant=OTHER_TENANT)
        archive.commit(Commit(versions=(first, theirs, cohort)))
        archive.commit(Commit(versions=(earlier, first)))

        assert (first, cohort, earlier) == archive.versions(TENANT)
        assert (theirs,) == archive.versions(OTHER_TENANT)
        assert () == archive.versions("bank-c")

    def test_purge_leaves_the_tombstone(self, archive: Archive) -> None:
        """`purge` leaves the tombstone as the only entry of its stream, under the version after
        the last one; snapshots and agenda items of the stream are gone, other streams stay as
        they are."""
        gone, stays = stream("c-1"), stream("c-2")
        theirs = stream("c-1", tenant=OTHER_TENANT)
        for each in (gone, stays, theirs):
            archive.commit(
                Commit(
                    appends=(append(each, 1, 3),),
                    agenda=(put(each.key, NOON, tenant=each.tenant),),
                    snapshots=(Snapshot(each, 2, 1, {"n": 2}),),
                )
            )
        before = archive.read_many([stays, theirs])

        archive.purge(tombstone(gone, 3))

        (left,) = archive.read(gone)
        assert (4, PURGED) == (left.version, left.kind)
        assert () == archive.read(gone, after=4)
        history = archive.read_many([gone])[gone]
        assert (4, None, (left,)) == (history.version, history.snapshot, history.entries)
        assert [stays] == [item.stream for item in archive.due(TENANT, NOON, limit=9)]
        assert [theirs] == [item.stream for item in archive.due(OTHER_TENANT, NOON, limit=9)]
        assert before == archive.read_many([stays, theirs])

        archive.commit(Commit(appends=(append(gone, 5),)))
        assert [4, 5] == [entry.version for entry in archive.read(gone)]

    def test_tombstone_carries_the_chain(self, archive: Archive) -> None:
        """A chained journal adds to the tombstone's data, under `chain`, the digest of the last
        entry purged; otherwise the tombstone comes back as it was given."""
        subject = stream("c-1")
        archive.commit(Commit(appends=(append(subject, 1, 3),)))

        archive.purge(tombstone(subject, 3))

        (left,) = archive.read(subject)
        assert tombstone(subject, 3).entries[0] == without_chain(left)
        chain = left.data.get("chain")
        assert chain is None or (isinstance(chain, str) and set(chain) <= set("0123456789abcdef"))

    @pytest.mark.parametrize("through", [1, 2, 4])
    def test_purge_loses_the_race(self, archive: Archive, through: int) -> None:
        """A tombstone whose `expected` is not the stream's version, or a guard whose stream is
        not at its version, raises `RaceLostError`, and nothing is purged."""
        subject, hold = stream("c-1"), stream("hold")
        archive.commit(
            Commit(appends=(append(subject, 1, 3), append(hold)), agenda=(put("c-1", NOON),))
        )
        before = archive.read(subject)

        with pytest.raises(RaceLostError) as lost:
            archive.purge(tombstone(subject, through))
        with pytest.raises(RaceLostError) as guarded:
            archive.purge(tombstone(subject, 3), guards=((hold, 0),))
        with pytest.raises(RaceLostError):
            archive.purge(tombstone(subject, 3), guards=((stream("missing"), through),))

        assert (str(subject), through) == (lost.value.stream, lost.value.expected)
        assert (str(hold), 0) == (guarded.value.stream, guarded.value.expected)
        assert before == archive.read(subject)
        assert 1 == len(archive.due(TENANT, NOON, limit=9))

        archive.purge(tombstone(subject, 3), guards=((hold, 1), (stream("missing"), 0)))
        for stale in (
            Commit(appends=(append(subject),)),
            Commit(appends=(append(stream("other")),), guards=((subject, 0),)),
        ):
            with pytest.raises(RaceLostError):
                archive.commit(stale)
        assert () == archive.read(stream("other"))
        assert [4] == [entry.version for entry in archive.read(subject)]

    def test_tombstone_can_be_put_back(self, archive: Archive) -> None:
        """A stream that does not exist takes a tombstone under any version, so that what was
        exported can be put back."""
        subject = stream("c-1")
        given = tombstone(subject, 7, chain="ab" * 32)

        archive.purge(given)

        assert given.entries == archive.read(subject)
        with pytest.raises(RaceLostError):
            archive.purge(tombstone(subject, 7))

        archive.commit(Commit(appends=(append(subject, 9),)))
        assert [8, 9] == [entry.version for entry in archive.read(subject)]

    def test_feed_gives_the_tombstone(self, archive: Archive) -> None:
        """The feed gives the tombstone as a new entry, and the purged ones no longer."""
        gone, stays = stream("c-1"), stream("c-2")
        archive.commit(Commit(appends=(append(gone, 1, 2), append(stays))))
        archive.commit(Commit(appends=(append(gone, 3),)))
        before = archive.feed(limit=9)

        archive.purge(tombstone(gone, 3))

        kept, new = archive.feed(limit=9)
        assert before[2] == kept
        assert archive.read(gone) == (new.entry,)
        assert new.position > before[-1].position
        assert (new,) == archive.feed(before[-1].position, limit=9)

        archive.commit(Commit(appends=(append(stays, 2),)))
        assert archive.feed(limit=9)[-1].position > new.position

    def test_feed_follows_the_appends(self, archive: Archive) -> None:
        """The feed gives the entries of one commit in the order of its appends."""
        names = ["z", "a", "m", *(f"c-{number}" for number in range(30, 0, -1))]

        archive.commit(Commit(appends=tuple(append(stream(name), 1, 2) for name in names)))

        fed = [(each.entry.stream.key, each.entry.version) for each in archive.feed(limit=100)]
        assert [(name, version) for name in names for version in (1, 2)] == fed

    def test_behind_while_a_writer_is_open(self, archive: Archive) -> None:
        """`behind` tells whether the feed may lack what is committed, because an earlier writer
        is open."""
        assert not archive.behind()

        archive.commit(Commit(appends=(append(stream("c-1"), 1, 2),)))

        # Nobody is open here; that it tells when somebody is, is for each store to show.
        assert not archive.behind()
        assert 2 == len(archive.feed(limit=9))
