"""The books of a bank's programme, through the front of its accounts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from proof_tools import at, programme

from bankservice.core.scalars import Amount
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.account.commands import Post
from bankservice.loyalty.books.movements import booked, follow
from bankservice.loyalty.service import Accounts

MARCH = (date(2026, 3, 1), date(2026, 4, 1))


class Clock:
    """A clock that a test holds."""

    def __init__(self) -> None:
        """Start in March."""
        self.now = at("2026-03-02T09:00")

    def __call__(self) -> datetime:
        """Return the instant it stands at."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands."""
    return Clock()


@pytest.fixture
def accounts(clock: Clock) -> Accounts:
    """Return accounts of a programme whose points never lapse."""
    return Accounts(MemoryJournal(), [programme(expiry={"mode": "never"})], now=clock)


def test_statement_of_a_customer(accounts: Accounts, clock: Clock) -> None:
    """A statement in a running month is not final; later the issued one is told, and stays."""
    accounts.post("c-1", "ann", ref="order", amount="100.00")
    running = accounts.books.statement("ann", *MARCH)
    clock.now = at("2026-04-20T09:00")
    issued = accounts.books.statement("ann", *MARCH)
    accounts.redeem("c-2", "ann", ref="late", points=40, at=at("2026-03-20T09:00"))
    again = accounts.books.statement("ann", *MARCH)
    april = accounts.books.statement("ann", date(2026, 4, 1), date(2026, 5, 1))

    assert (False, 100) == (running.final, running.closing.balance)
    assert (True, 100) == (issued.final, issued.closing.balance)
    assert issued == again
    assert issued.closing == april.opening
    assert [("late", True, 60)] == [(line.ref, line.prior, line.balance) for line in april.lines]
    assert ("ann", "acme/points") == (issued.customer, issued.programme)


def test_ledger_and_liability_of_customers(accounts: Accounts) -> None:
    """Ledger and liability speak of the same points, now where no instant is given."""
    for who in ("ann", "bob"):
        accounts.post(f"p-{who}", who, ref="order", amount="100.00")
    accounts.redeem("c-2", "ann", ref="r-1", points=40)
    told = accounts.books.ledger(["ann", "bob"], cost=Decimal("0.01"))
    owed = accounts.books.liability(["ann", "bob"])

    assert ("acme/points", "POINTS", "CNY") == (told.programme, told.points, told.currency)
    assert 0 == sum(row.points for row in told.rows) == sum(row.minor or 0 for row in told.rows)
    assert 160 == owed.points.outstanding
    assert 160 == sum(row.points for row in told.rows if row.account.value == "available")


def test_before_the_programme_began(accounts: Accounts) -> None:
    """A period before the programme began has an empty statement."""
    told = accounts.books.statement("ann", date(2019, 1, 1), date(2019, 2, 1))

    assert () == told.lines


def test_entries_are_read_as_written(accounts: Accounts) -> None:
    """The books read the journal's entries, and nothing beside them."""
    accounts.post("c-1", "ann", ref="order", amount="100.00")
    held = booked(accounts.entries("ann"))

    assert held == accounts.books.of("ann")
    assert 100 == follow(held, "Asia/Shanghai", as_of=2**60).figures.available


def test_postings_of_a_batch_are_told_one_by_one(clock: Clock) -> None:
    """Books of purchases posted together are those of the same purchases posted singly."""
    terms = programme(expiry={"mode": "after", "period": "P1M"})
    rows = [(f"order-{n}", f"{n}0.00", at(f"2026-03-0{n}T08:00")) for n in range(1, 6)]
    singly = Accounts(MemoryJournal(), [terms], now=clock)
    together = Accounts(MemoryJournal(), [terms], now=clock)
    clock.now = at("2026-04-20T09:00")
    for ref, amount, moment in rows:
        singly.post(f"c-{ref}", "ann", ref=ref, amount=amount, at=moment)
    together.post_book(
        "batch",
        [("ann", Post(ref=ref, amount=Amount(amount)), moment) for ref, amount, moment in rows],
    )

    assert 1 == sum(entry.kind == "posted-many" for entry in together.entries("ann"))
    for month in (MARCH, (date(2026, 4, 1), date(2026, 5, 1))):
        one, other = (
            held.books.statement("ann", *month, known_at=clock()) for held in (singly, together)
        )
        assert one.closing == other.closing
        assert one.ladder == other.ladder
        assert [(line.ref, line.points, line.balance) for line in one.lines] == [
            (line.ref, line.points, line.balance) for line in other.lines
        ]
