"""The feed skips nothing while others write: fast ones, slow ones, and hosts that roll back."""

from __future__ import annotations

import pytest
from fault_checks import whole_feed
from fault_feed import follow, host, noted

from bankservice.core.journal import Commit, Fed, Stream
from bankservice.journals.sql import SqlJournal

SEED = 20260302


def stream(name: str) -> Stream:
    """Return the address of a record."""
    return Stream("bank", "faults.feed", name)


class Reader:
    """Somebody who reads on from where the feed ended."""

    def __init__(self, journal: SqlJournal) -> None:
        self.journal = journal
        self.seen: list[Fed] = []

    def read(self) -> list[str]:
        """Read on to the end and return whose entries came."""
        came: list[Fed] = []
        while page := self.journal.feed(self._after(came), limit=2):
            came.extend(page)
        self.seen += came
        return [fed.entry.stream.key for fed in came]

    def _after(self, came: list[Fed]) -> int:
        last = [*self.seen, *came][-1:]
        return last[0].position if last else 0


@pytest.mark.parametrize("entries", [8_000])
def test_following_four_writers(database_url: str, entries: int) -> None:
    """Who follows the feed while four processes write, a fifth of it in hosts' late or broken-off
    transactions, is given every entry once, in the order that stays."""
    followed = follow(database_url, seed=SEED, entries=entries)

    assert "" == followed.broken
    assert followed.written >= entries
    assert (followed.written, 0, 0, 0) == (
        followed.read,
        followed.missed,
        followed.doubled,
        followed.moved,
    ), followed


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_late_commit_is_not_skipped(postgres_url: str, end: str) -> None:
    """A host that wrote first and commits last holds the feed back at most to where it began; then
    everything comes, its own entries too if it committed."""
    with SqlJournal.open(postgres_url) as journal, host(postgres_url) as slow:
        reader = Reader(journal)
        journal.commit(Commit(appends=(noted(stream("before"), 0, 3),)))
        SqlJournal.on(slow).commit(Commit(appends=(noted(stream("slow"), 0, 2),)))
        journal.commit(Commit(appends=(noted(stream("after"), 0, 3),)))

        early = reader.read()
        getattr(slow, end)()
        late = reader.read()

        assert ["before"] * 3 == early[:3]
        slows = ["slow"] * 2 if end == "commit" else []
        assert sorted(["before"] * 3 + ["after"] * 3 + slows) == sorted(early + late)
        assert whole_feed(journal) == reader.seen


def test_two_late_commits_the_wrong_way_round(postgres_url: str) -> None:
    """Where two hosts overlap and the later one commits first, the feed waits for the oldest that
    is open, and for no other."""
    with (
        SqlJournal.open(postgres_url) as journal,
        host(postgres_url) as first,
        host(postgres_url) as second,
    ):
        reader = Reader(journal)
        SqlJournal.on(first).commit(Commit(appends=(noted(stream("first"), 0, 2),)))
        journal.commit(Commit(appends=(noted(stream("between"), 0, 2),)))
        SqlJournal.on(second).commit(Commit(appends=(noted(stream("second"), 0, 2),)))
        journal.commit(Commit(appends=(noted(stream("after"), 0, 2),)))
        reader.read()

        second.commit()
        reader.read()
        SqlJournal.on(second).commit(Commit(appends=(noted(stream("third"), 0, 2),)))
        first.commit()
        reader.read()

        # What was written before the host that is still open began.
        names = ("first", "between", "second", "after")
        assert sorted(name for name in names for _ in range(2)) == sorted(
            fed.entry.stream.key for fed in reader.seen if fed.entry.stream.key != "third"
        )

        second.commit()
        reader.read()

        assert 10 == len(reader.seen)
        assert whole_feed(journal) == reader.seen


def test_readers_hold_nothing_back(database_url: str) -> None:
    """A transaction that only read does not hold the feed back, however long it stays open."""
    with SqlJournal.open(database_url) as journal, host(database_url) as idle:
        journal.commit(Commit(appends=(noted(stream("before"), 0, 1),)))
        if not database_url.startswith("sqlite"):
            idle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        idle.execute("SELECT count(*) FROM bankservice_entries").fetchall()
        journal.commit(Commit(appends=(noted(stream("after"), 0, 1),)))

        assert ["before", "after"] == Reader(journal).read()


def test_open_transaction_is_not_in_the_feed(database_url: str) -> None:
    """What a host wrote and did not commit is in nobody else's feed; nothing of it after a
    rollback."""
    with SqlJournal.open(database_url) as journal, host(database_url) as slow:
        reader = Reader(journal)
        SqlJournal.on(slow).commit(Commit(appends=(noted(stream("slow"), 0, 2),)))

        assert [] == reader.read()
        slow.rollback()
        journal.commit(Commit(appends=(noted(stream("slow"), 0, 1),)))
        assert ["slow"] == reader.read()
