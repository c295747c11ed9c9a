"""A book of transactions posted at once comes to what its transactions come to one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import CommandConflictError, FaultsError, UnknownNameError
from bankservice.core.journal import AgendaItem, Commit
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN
from bankservice.journals import MemoryJournal
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.sealed import SealedJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.book import FAULTY, BookResult, RefusedRow, post_book
from bankservice.loyalty.account.commands import (
    Authorise,
    CloseAccount,
    Enrol,
    Post,
    Redeem,
    Refund,
    Reserve,
)
from bankservice.loyalty.account.entries import Posted
from bankservice.loyalty.account.posted_many import PostedMany, each
from bankservice.loyalty.model import Item
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.record import ACCOUNT
from bankservice.loyalty.service import Accounts

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)
BEGUN = datetime(2026, 2, 26, tzinfo=UTC)
FAR = datetime(2999, 1, 1, tzinfo=UTC)
HEAD = """
id = "acme/points"
kind = "loyalty.programme"
[[version]]
since = 2020-01-01
source = { text = "Acme", clause = "1", checked = "own" }
zone = "Europe/London"
currency = "GBP"
points = { code = "P", title = { en = "points", zh = "积分" } }
"""
EARN = """
[[version.earn]]
code = "purchase"
title = { en = "Purchases", zh = "消费" }
kinds = ["spending"]
points = 1
per = "1.00"
"""
BONUS = """
[[version.earn]]
code = "gold"
title = { en = "Gold", zh = "金卡" }
kinds = ["spending"]
points = 2
per = "3.00"
component = "bonus"
when = { fact = "tier", equals = "GOLD" }
[[version.earn]]
code = "spring"
title = { en = "Spring", zh = "春" }
kinds = ["spending"]
points = 1
per = "2.00"
block = "10.00"
component = "bonus"
enrolment = true
window = { from_on = 2026-03-10, through_on = 2026-03-31 }
[[version.multiplier]]
code = "platinum"
title = { en = "Platinum", zh = "白金" }
factor = 1.5
when = { fact = "tier", equals = "PLATINUM" }
[[version.cap]]
code = "month"
title = { en = "A month", zh = "每月" }
limit = 900
period = "month"
dated_by = "posting"
[[version.cap]]
code = "card"
title = { en = "A card a day", zh = "每卡每日" }
limit = 200
period = "day"
scope = "card"
dated_by = "posting"
rows = ["gold", "spring"]
"""
FLOOR = 'rounding = { mode = "floor", of = "parts", unit = "transaction" }\n'
HALF = 'rounding = { mode = "half-up", of = "parts", unit = "transaction" }\n'
MONTHS = 'expiry = { mode = "after", period = "P3M", round_to = "month" }\n'
NEXT_DAY = 'available = { mode = "next-day" }\n'
IDLE = 'expiry = { mode = "inactivity", period = "P2M" }\n'
PROGRAMMES = {
    "one rule": HEAD + FLOOR + MONTHS + EARN,
    "next day": HEAD + FLOOR + MONTHS + NEXT_DAY + EARN,
    "half up": HEAD + HALF + MONTHS + EARN,
    "caps": HEAD + FLOOR + MONTHS + EARN + BONUS,
    "caps, half up": HEAD + HALF + NEXT_DAY + MONTHS + EARN + BONUS,
    "caps in turn": (HEAD + FLOOR + EARN + BONUS).replace('"posting"', '"transaction"'),
    "inactivity": HEAD + FLOOR + IDLE + EARN,
    "few a day": HEAD + FLOOR + "limits = { posts_a_day = 2 }\n" + EARN,
}
SHIPPED = ("cn-card-shape", "block-rounding-shape", "category-cap-shape", "bank-wide-shape")


def policy(name: str) -> Policy[Any]:
    """Return a programme by name."""
    return SHELF.read(PROGRAMMES[name], name) if name in PROGRAMMES else SHELF.get(name)


POLICIES = {name: policy(name) for name in (*PROGRAMMES, *SHIPPED)}


class Bench:
    """A journal, and the desk of a programme's accounts."""

    def __init__(self, name: str = "one rule", journal: Any = None) -> None:
        self.desk: Desk[Account] = Desk(ACCOUNT, (POLICIES[name],))
        self.journal: Any = journal or MemoryJournal()

    def do(self, command_id: str, subject: str, body: Any, at: datetime = OPENED) -> str:
        """Give one command; return the code of its refusal."""
        command = Command(id=command_id, subject=subject, body=body, at=at)
        answer = serve(self.desk.handle(command, NOW), self.journal)
        return answer.refused

    def post(self, batch_id: str, rows: Iterable[tuple[str, Post, datetime]]) -> BookResult:
        """Post a batch."""
        return serve(post_book(self.desk, batch_id, rows, now=NOW), self.journal)

    def state(self, subject: str) -> Account:
        """Return an account."""
        return serve(self.desk.load((subject,)), self.journal)[subject].state

    def events(self, subject: str) -> list[Any]:
        """Return what an account's entries stand for."""
        entries = self.journal.read(self.desk.stream(subject))
        return [one for entry in entries for one in each(ACCOUNT.events.decode(entry))]

    def agenda(self) -> tuple[AgendaItem, ...]:
        """Return everything that will be due."""
        found: tuple[AgendaItem, ...] = self.journal.due("default", FAR, limit=1_000)
        return found


def purchase(
    ref: str, amount: str = "100.00", day: int = 2, **more: Any
) -> tuple[str, Post, datetime]:
    """Return a row of the first account: a purchase on a day of March, posted at noon."""
    post = Post(ref=ref, amount=Amount(amount), on=date(2026, 3, day), **more)
    return "al", post, datetime(2026, 3, day, 12, tzinfo=UTC)


DAYS = st.dates(date(2026, 2, 26), date(2026, 4, 22))


@st.composite
def posts(draw: st.DrawFn) -> Post:
    """Draw a transaction: most are plain, some are anything."""
    more: dict[str, Any] = {
        "amount": draw(st.sampled_from(["10.00", "99.99", "250.50", "1000.00", "0.00", "7", "7.5"]))
    }
    if draw(st.integers(0, 3)):
        more["tier"] = draw(st.sampled_from(["GOLD", "PLATINUM", UNKNOWN]))
    match draw(st.integers(0, 15)):
        case 0:
            more["items"] = (
                Item(ref="1", amount=Amount("5.00")),
                Item(ref="2", amount=Amount("7.50"), mcc="5411"),
            )
            del more["amount"]
        case 1:
            more |= {"currency": "USD", "rate": Decimal("0.8")}
        case 2:
            more["tax"] = "1.00"
        case 3:
            more["kind"] = "not-a-kind"
        case 4:
            more["posted_on"] = draw(DAYS)
        case 5:
            more["count"] = 3
        case 6:
            more["award"] = False
        case 7:
            more["campaigns"] = ("spring",)
        case 8:
            more["merchant"] = draw(st.sampled_from(["a\tb", "a\nb", "商户"]))
    return Post(
        ref=f"p{draw(st.integers(0, 9))}",
        part=draw(st.sampled_from([1, 1, 1, 2])),
        on=draw(st.none() | DAYS),
        mcc=draw(st.sampled_from(["", "5411", "5812", "6011", "9999"])),
        card=draw(st.sampled_from(["", "one", '"two"'])),
        **more,
    )


rows = st.lists(
    st.tuples(
        st.sampled_from(["al", "al", "bo"]),
        posts(),
        st.integers(0, 54 * 24 * 60).map(lambda minutes: BEGUN + timedelta(minutes=minutes)),
    ),
    min_size=1,
    max_size=14,
)
BEFORE: tuple[tuple[str, Any], ...] = (
    ("al", Enrol()),
    ("bo", Enrol()),
    ("al", Enrol(campaign="spring")),
    ("al", Post(ref="p0", amount=Amount("500.00"), mcc="5411")),
    ("al", Authorise(ref="p1", amount=Amount("100.00"))),
    ("al", Redeem(ref="r0", points=20)),
    ("al", Reserve(ref="h0", points=30)),
    ("al", Refund(ref="f0", original_ref="p0", amount=Amount("480.00"))),
    ("al", Refund(ref="f1", original_ref="p2", amount=Amount("1.00"))),
    ("bo", CloseAccount()),
)


@settings(max_examples=some(80))
@given(st.sampled_from(sorted(POLICIES)), rows, st.sets(st.integers(2, 9)), st.integers(1, 14))
def test_a_book_is_its_rows_one_by_one(
    name: str, given_rows: list[tuple[str, Post, datetime]], before: set[int], size: int
) -> None:
    """Whatever the accounts are, they end alike: states, events, what is due, and what is refused."""
    together, alone = Bench(name), Bench(name)
    for place, (subject, body) in enumerate(BEFORE):
        if place in before or place < 2:
            at = OPENED + timedelta(days=place)
            assert alone.do(f"b{place}", subject, body, at) == together.do(
                f"b{place}", subject, body, at
            )
    refused: list[tuple[int, str]] = []
    for place, (subject, post, at) in enumerate(given_rows):
        try:
            code = alone.do(f"c{place}", subject, post, at)
        except (FaultsError, UnknownNameError):
            code = FAULTY
        if code:
            refused.append((place, code))
    told: list[tuple[int, str]] = []
    for start in range(0, len(given_rows), size):
        result = together.post(f"batch-{start}", given_rows[start : start + size])
        told += [(start + row.row, row.code) for row in result.refused]

        assert len(given_rows[start : start + size]) == (
            result.posted + result.replayed + len(result.refused)
        )

    assert refused == told
    for subject in ("al", "bo"):
        assert alone.state(subject) == together.state(subject)
        assert alone.events(subject) == together.events(subject)
    assert alone.agenda() == together.agenda()


class TestBatch:
    """One read, one commit, one receipt."""

    def test_one_entry_for_an_account(self) -> None:
        """All rows of an account that nothing else depends on make one entry."""
        bench = Bench()
        bench.do("e", "al", Enrol())
        result = bench.post("b", [purchase(f"p{n}", day=n) for n in range(1, 9)])
        entries = bench.journal.read(bench.desk.stream("al"))

        assert BookResult(posted=8, entries=1) == result
        assert ["enrolled", "posted-many"] == [entry.kind for entry in entries]
        assert 800 == bench.state("al").totals.earned

    def test_again(self) -> None:
        """The same batch again gives the first answer, and writes nothing."""
        bench = Bench()
        given_rows = [purchase("p1"), purchase("p1"), purchase("p1", "7.00")]
        first = bench.post("b", given_rows)
        again = bench.post("b", given_rows)

        assert (1, 1, ["ref-conflict"]) == (
            first.posted,
            first.replayed,
            [row.code for row in first.refused],
        )
        assert attrs.evolve(first, again=True) == again
        assert len(bench.events("al")) == 2

    @pytest.mark.parametrize(
        "other",
        [
            [purchase("p1", "100.01")],
            [purchase("p2")],
            [purchase("p1"), purchase("p2")],
            [purchase("p1", day=3)],
            [purchase("p1", card="one")],
            [("bo", *purchase("p1")[1:])],
        ],
    )
    def test_other_rows_under_one_id(self, other: Sequence[tuple[str, Post, datetime]]) -> None:
        """A batch id is not used for anything else."""
        bench = Bench()
        bench.post("b", [purchase("p1")])

        with pytest.raises(CommandConflictError):
            bench.post("b", other)

    def test_posted_before(self) -> None:
        """What was posted before, in another batch or by itself, is posted no second time."""
        bench = Bench()
        bench.do("c", "al", purchase("p1")[1], purchase("p1")[2])
        result = bench.post("b", [purchase("p1"), purchase("p2")])
        later = bench.post("b2", [purchase("p2"), purchase("p3")])

        assert (1, 1) == (result.posted, result.replayed)
        assert (1, 1) == (later.posted, later.replayed)
        assert 300 == bench.state("al").totals.earned

    def test_a_row_that_cannot_be(self) -> None:
        """A row whose facts no transaction can have is told by what is wrong, and the rest goes on."""
        result = Bench().post("b", [purchase("p1", kind="nonsense"), purchase("p2")])

        assert (1, 1) == (result.posted, len(result.refused))
        (row,) = result.refused
        assert (0, FAULTY, "code of kind") == (row.row, row.code, row.facts["faults"])
        assert isinstance(row, RefusedRow)

    def test_a_naive_instant(self) -> None:
        """An instant without an offset is an error, and nothing is written."""
        bench = Bench()

        with pytest.raises(ValueError, match="has no offset"):
            bench.post("b", [("al", purchase("p1")[1], NOW.replace(tzinfo=None))])
        assert [] == bench.events("al")

    def test_a_commit_that_fails(self) -> None:
        """A batch that is not committed leaves nothing behind."""

        class Broken(MemoryJournal):
            def commit(self, commit: Commit) -> None:
                if commit.receipt is not None and commit.receipt.command_id == "b":
                    raise OSError("no room")
                super().commit(commit)

        bench = Bench(journal=Broken())
        bench.do("e", "al", Enrol())

        with pytest.raises(OSError, match="no room"):
            bench.post("b", [purchase("p1"), purchase("p2")])
        assert 0 == bench.state("al").totals.earned
        assert {} == bench.journal.receipts("default", ("b",))


class TestAfterwards:
    """What was posted together can be given back, and forgotten, by itself."""

    def test_a_refund_takes_back_its_own(self) -> None:
        """A purchase of a book is refunded like any other."""
        bench = Bench("caps")
        bench.do("e", "al", Enrol())
        bench.post("b", [purchase("p1", tier="GOLD"), purchase("p2", "50.00", tier="GOLD")])
        bench.do("f", "al", Refund(ref="f1", original_ref="p1"), NOW)
        state = bench.state("al")

        assert (0, 50 + 33) == (
            sum(lot.left for lot in state.lots if lot.ref == "p1"),
            sum(lot.left for lot in state.lots if lot.ref == "p2"),
        )

    def test_erased(self) -> None:
        """Without the customer's key the points stand, and what was bought is gone."""
        keys = MemoryKeys()
        bench = Bench(journal=SealedJournal(MemoryJournal(), keys))
        bench.do("e", "al", Enrol())
        bench.post("b", [purchase("p1"), purchase("p2")])
        before = bench.state("al")
        keys.destroy("default", "al")
        after = bench.state("al")

        assert (before.lots, before.totals) == (after.lots, after.totals)
        assert [None, None] == [held.facts for held in after.purchases.values()]
        stored = bench.journal.journal.read(bench.desk.stream("al"))
        assert "100.00" not in str([entry.data for entry in stored])


def test_by_customer() -> None:
    """The service names accounts by their customers, and batches under the programme."""
    journal = MemoryJournal()
    accounts = Accounts(journal, [POLICIES["one rule"]], now=lambda: NOW)
    first = accounts.post_book(
        "march", [purchase("p1"), purchase("p2")], actor="job", source="file"
    )
    again = accounts.post_book("march", [purchase("p1"), purchase("p2")])
    (entry,) = [held for held in accounts.entries("al") if held.kind == "posted-many"]

    assert (2, False, True) == (first.posted, first.again, again.again)
    assert 200 == accounts.view("al").balance
    assert ("job", "file", "acme/points:march") == (entry.actor, entry.source, entry.command_id)


def test_each() -> None:
    """An event stands for itself, but many postings for their single ones."""
    bench = Bench()
    bench.do("e", "al", Enrol())
    bench.post("b", [purchase("p1"), purchase("p2")])
    *_, entry = bench.journal.read(bench.desk.stream("al"))
    event = ACCOUNT.events.decode(entry)

    assert isinstance(event, PostedMany)
    assert ["p1", "p2"] == [one.ref for one in each(event)]
    (first, _) = each(event)
    assert isinstance(first, Posted)
    assert [first] == list(each(first))
