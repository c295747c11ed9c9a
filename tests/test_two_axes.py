"""
Two axes of time: what would have been said of a day, knowing what was known on another.

A bank lives through some weeks; at every step what it says of three days is written down. Asked
afterwards as it was known at that step, it says the same, whatever came later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bankservice
from bankservice.bank import Bank
from bankservice.core.errors import NotInForceError, PastIsReadOnlyError, PurgedError
from bankservice.core.journal import AgendaItem, Commit, Lease, Stream
from bankservice.core.repetition import Repetition
from bankservice.journals.known import KnownJournal
from bankservice.journals.memory import MemoryJournal

START = datetime(2026, 1, 5, 4, tzinfo=UTC)
WHO = "customer-7"
CASE = "case-1"

MEASURES = st.sampled_from(("0.00", "60000.00", "620000.00", "7000000.00"))
ACTS = st.one_of(
    st.tuples(st.just("assess"), MEASURES),
    st.tuples(st.just("observe"), st.integers(0, 200)),
    st.tuples(st.just("assign"), st.booleans()),
    st.tuples(st.just("complain"), st.integers(0, 3)),
)


class Life:
    """A bank with a time of its own, and what it said at every step."""

    def __init__(self, url: str = "memory:") -> None:
        self.now = START
        self.bank: Bank = bankservice.open(url, now=lambda: self.now)
        self.said: list[tuple[datetime, Any]] = []

    def act(self, place: int, act: tuple[str, Any]) -> None:
        """Do one thing, and write down what is said afterwards."""
        what, with_ = act
        today = self.now.date()
        if what == "assess":
            self.bank.standings.assess(f"c-{place}", WHO, measure={"average": with_})
        elif what == "observe":
            day = today - timedelta(days=with_)
            self.bank.lifecycle.observe(f"c-{place}", WHO, on=day, kind="transfer")
        elif what == "assign":
            facts = {"tier": "GOLD" if with_ else "STANDARD", "customer_kind": "person"}
            self.bank.memberships.assign(f"c-{place}", WHO, facts=facts, on=today)
        elif place % 2:
            self.bank.complaints.receive(f"c-{place}", CASE, customer=WHO, channel="hotline")
        else:
            self.bank.complaints.respond(f"c-{place}", CASE, text_ref="letter-1")
        self.said.append((self.now, told(self.bank, self.now)))
        self.now += timedelta(days=19, minutes=place)


def told(bank: Bank, now: datetime) -> Any:
    """Return what a bank says of today, a month ago and in a year."""
    days = (now - timedelta(days=31), now, now + timedelta(days=365))
    return [
        (
            bank.standings.view(WHO, day),
            bank.lifecycle.view(WHO, day),
            bank.memberships.view(WHO, day.date()),
            bank.complaints.view(CASE, day),
        )
        for day in days
    ]


class TestWhatWasKnown:
    """A bank as it was known at an instant says what it said then."""

    @given(st.lists(ACTS, min_size=1, max_size=7))
    def test_it_says_what_it_said(self, acts: list[tuple[str, Any]]) -> None:
        """Of any day, at every step: corrections and late acts came later and are not known."""
        life = Life()
        for place, act in enumerate(acts):
            life.act(place, act)

        for at, said in life.said:
            assert said == told(life.bank.known(at), at)
        before = life.bank.known(START - timedelta(seconds=1))
        assert told(bankservice.open("memory:"), START) == told(before, START)

    def test_on_a_database(self, tmp_path: Path) -> None:
        """The same on SQLite, with snapshots taken on the way."""
        life = Life(f"sqlite:///{tmp_path / 'bank.db'}")
        with life.bank:
            life.bank.standings.desk._snapshot_every = 1
            for place, act in enumerate(
                [("assess", "620000.00"), ("assess", "0.00"), ("observe", 100), ("observe", 190)]
            ):
                life.act(place, act)

            for at, said in life.said:
                assert said == told(life.bank.known(at), at)

    def test_policies_too(self, tmp_path: Path) -> None:
        """A version that became known later does not count, though it is in force on the day."""
        text = """
            id = "acme/tiers"
            kind = "segmentation.tiers"
            [[version]]
            since = 2020-01-01
            source = { text = "Acme retail policy", clause = "1", checked = "own" }
            zone = "Asia/Shanghai"
            currency = "CNY"
            tier = [{ code = "STANDARD" }, { code = "GOLD", enter = "50000.00" }]
            [[version]]
            since = 2026-01-01
            known_on = 2026-03-01
            source = { text = "Acme retail policy", clause = "2", checked = "own" }
            zone = "Asia/Shanghai"
            currency = "CNY"
            tier = [{ code = "STANDARD" }, { code = "GOLD", enter = "90000.00" }]
        """
        path = tmp_path / "acme.policy.toml"
        path.write_text(text, "utf-8")
        now = datetime(2026, 4, 1, tzinfo=UTC)
        with bankservice.open("memory:", tiers=str(path), now=lambda: now) as bank:
            past = bank.known(datetime(2026, 2, 15, tzinfo=UTC))

            assert 2 == len(bank.charter.policy(bank.charter.tiers).versions)
            assert 1 == len(past.charter.policy(past.charter.tiers).versions)
            assert [1, 2] == [len(held.tiers.versions) for held in (past, bank)]
            with pytest.raises(NotInForceError, match="became known on 2020-01-01"):
                bank.known(datetime(2019, 2, 15, tzinfo=UTC)).standings.view(WHO)


class TestThePastIsReadOnly:
    """What was known is looked at: every way of writing is refused, and nothing is written."""

    @pytest.fixture
    def bank(self) -> Iterator[Bank]:
        """Return a bank with one entry."""
        with bankservice.open("memory:", now=lambda: START) as bank:
            bank.standings.assess("c-1", WHO, measure={"average": "620000.00"})
            yield bank

    def test_commands(self, bank: Bank) -> None:
        """A command to the past is refused by name, and leaves no trace."""
        past = bank.known(START)

        with pytest.raises(PastIsReadOnlyError, match="is looked at, not written"):
            past.standings.assess("c-2", WHO, measure={"average": "0.00"})
        assert ["c-1"] == [held.entry.command_id for held in bank.journal.feed(limit=9)]
        assert {} == bank.journal.receipts("default", ["c-2"])

    def test_the_same_command_again(self, bank: Bank) -> None:
        """A command that was given by then has its first answer; one given later has none."""
        rich = {"average": "620000.00"}

        assert bank.known(START).standings.assess("c-1", WHO, measure=rich).replayed
        with pytest.raises(PastIsReadOnlyError):
            bank.known(START - timedelta(days=1)).standings.assess("c-1", WHO, measure=rich)

    def test_shared_limits(self, tmp_path: Path) -> None:
        """How many of a reward were left is not known of the past, and none of today's is taken."""
        with bankservice.open(f"sqlite:///{tmp_path / 'bank.db'}", now=lambda: START) as bank:
            past = bank.known(START)

            assert past.stocks is None
            assert past.loyalty.left("tea-set") is None
            with pytest.raises(PastIsReadOnlyError):
                past.loyalty.redeem("c-1", WHO, ref="r-1", reward="tea-set")
            assert 500 == bank.loyalty.left("tea-set")

    def test_the_agenda(self, bank: Bank) -> None:
        """An agenda is not kept over time: sweeping the past is refused, whichever way."""
        past = KnownJournal(bank.journal, START)
        item = AgendaItem(START, Stream("default", "segmentation.standing", WHO), "review")
        lease = Lease(START, START)
        ways = (
            lambda: past.due("default", START, limit=1),
            lambda: past.claim(item, lease),
            lambda: past.postpone(item, START),
            lambda: past.park(item, "no"),
            lambda: past.parked("default"),
        )
        for way in ways:
            with pytest.raises(PastIsReadOnlyError, match="not swept"):
                way()
        with pytest.raises(PastIsReadOnlyError, match="not written"):
            past.commit(Commit())
        with pytest.raises(PastIsReadOnlyError, match="not written"):
            past.forget_snapshots()

    def test_naive_instants(self, bank: Bank) -> None:
        """An instant without a zone is refused."""
        with pytest.raises(ValueError, match=r"aware|zone"):
            bank.known(START.replace(tzinfo=None))

    def test_the_feed(self, bank: Bank) -> None:
        """The feed of the past skips what came later and keeps its positions."""
        later = START + timedelta(days=1)
        with bankservice.open("memory:", now=lambda: later) as other:
            other.journal = bank.journal
            for place in range(5):
                other.standings.assess(f"d-{place}", f"c-{place}", measure={"average": "620000.00"})
        past = KnownJournal(bank.journal, START)

        assert 6 == len(bank.journal.feed(limit=9))
        assert [WHO] == [held.entry.stream.key for held in past.feed(limit=2)]
        assert () == past.feed(past.feed(limit=2)[-1].position, limit=2)
        assert 6 == len(KnownJournal(bank.journal, later).feed(limit=9))

    def test_what_was_purged_since(self, bank: Bank) -> None:
        """What a stream held then cannot be told any more once it was purged, and that is said."""
        from bankservice.core.archive import PURGED
        from bankservice.core.journal import Append, Entry

        journal = bank.journal
        assert isinstance(journal, MemoryJournal)
        stream = Stream("default", "segmentation.standing", WHO)
        tombstone = Entry(
            stream=stream,
            version=2,
            kind=PURGED,
            effective_at=START,
            recorded_at=START + timedelta(days=9),
            actor="system",
            command_id="purge",
            data={"reason": "retention"},
        )
        journal.purge(Append(stream, 1, (tombstone,)))

        with pytest.raises(PurgedError):
            bank.known(START).standings.view(WHO)


class TestRepeating:
    """A past decision is repeated from the record alone."""

    def test_after_the_file_was_edited(self, tmp_path: Path) -> None:
        """An edited policy file changes nothing of what was decided: the kept text decides."""
        path = tmp_path / "acme.policy.toml"
        text = (
            'id = "acme/tiers"\nkind = "segmentation.tiers"\n[[version]]\nsince = 2020-01-01\n'
            'source = { text = "Acme", clause = "1", checked = "own" }\nzone = "Asia/Shanghai"\n'
            'currency = "CNY"\ntier = [{ code = "STANDARD" }, { code = "GOLD", enter = "ENTER" }]\n'
        )
        url = f"sqlite:///{tmp_path / 'bank.db'}"
        path.write_text(text.replace("ENTER", "50000.00"), "utf-8")
        with bankservice.open(url, tiers=str(path), now=lambda: START) as bank:
            bank.standings.assess("c-1", WHO, measure={"average": "60000.00"})
        path.write_text(text.replace("ENTER", "90000.00"), "utf-8")
        with bankservice.open(url, tiers=str(path), now=lambda: START) as bank:
            found = bank.repeat(f"segmentation.standing/{WHO}@1")

            assert Repetition.EQUAL is found.outcome
            assert "GOLD" == bank.standings.view(WHO, START).tier
            assert date(2020, 1, 1) == found.policies[0].since
