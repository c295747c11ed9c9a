"""
The measure of a whole book equals the rule's, customer by customer, however the rows come.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import attrs
from hypothesis import event, given, settings
from hypothesis import strategies as st
from run_tools import extract_of, register_of, typed_rows

from bankservice.core.money import ExchangeRates, Quote, digits_of, plain
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.scalars import Amount
from bankservice.run import files, holdings
from bankservice.run.assets import Assets, measure_assets
from bankservice.run.holdings import Holdings
from bankservice.run.plan import Extract
from bankservice.run.rejects import Rejects
from bankservice.segmentation import SHELF, Account, EndOfDay
from bankservice.segmentation.balances import BalanceFacts, measure_balances, window_start
from bankservice.segmentation.ladder import Ladder

FIRST, LAST = date(2025, 10, 1), date(2026, 5, 31)
LONG_AGO = date(2000, 1, 1)
FOREIGN = ("USD", "JPY", "KWD")
ENOUGH = settings(max_examples=max(1, settings().max_examples // 3))


@attrs.frozen(kw_only=True)
class Held:
    """One account of a drawn book; amounts in minor units of its currency."""

    id: str
    customer: str
    currency: str
    opened_on: date | None
    closed_on: date | None
    product: str
    opening: int | None
    moves: tuple[tuple[date, int], ...]


@attrs.frozen(kw_only=True)
class Drawn:
    """A drawn book, what it is measured by, and how its rows are written down."""

    customers: tuple[str, ...]
    accounts: tuple[Held, ...]
    quotes: tuple[Quote, ...]
    days: tuple[date, ...]
    ladder: Ladder
    seed: int
    files: int
    block_bytes: int
    pending: int


@lru_cache
def ladder_of(window: str, before: str, weights: tuple[tuple[str, int], ...]) -> Ladder:
    """Return a ladder in EUR that measures in a way of its own."""
    source = {"text": "Acme retail policy", "clause": "1", "checked": "own"}
    measurement = {"window": window, "before_opening": before, "weights": dict(weights)}
    version = {
        "zone": "UTC",
        "currency": "EUR",
        "measurement": measurement,
        "tier": [{"code": "BASE"}, {"code": "GOLD", "enter": "1000.00"}],
        "since": date(2000, 1, 1),
        "source": source,
    }
    raw = {"id": "acme/laws", "kind": "segmentation.tiers", "version": [version]}
    policy: Policy[Ladder] = read_policy(raw, "a policy of this test", SHELF.kinds, SHELF)
    return policy.versions[-1].parameters


def dates(first: date = FIRST, last: date = LAST) -> st.SearchStrategy[date]:
    """Draw a day."""
    return st.dates(first, last)


@st.composite
def accounts(draw: st.DrawFn, place: int, customers: tuple[str, ...], stated: bool) -> Held:
    """Draw an account that keeps the bank's own rules: nothing before opening or after closing."""
    opened = draw(st.none() | dates() | st.just(LONG_AGO))
    closed = draw(st.none() | dates(max(opened or FIRST, FIRST)))
    days = dates(max(opened or FIRST, FIRST), closed or LAST)
    moves = draw(st.lists(st.tuples(days, st.integers(-(10**7), 10**7)), max_size=6))
    return Held(
        id=f"A{place}",
        customer=draw(st.sampled_from(customers)),
        currency=draw(st.sampled_from(("EUR", "EUR", *FOREIGN))),
        opened_on=opened,
        closed_on=closed,
        product=draw(st.sampled_from(("", "P", "Q", "R"))),
        opening=draw(st.none() | st.integers(-(10**7), 10**7)),
        moves=tuple(dict(moves).items()) if stated else tuple(moves),
    )


@st.composite
def books(draw: st.DrawFn, stated: bool = False) -> Drawn:
    """Draw a book, and how it is written down."""
    customers = tuple(f"C{n}" for n in range(draw(st.integers(1, 3))))
    count = draw(st.integers(0, 5))
    quotes = draw(
        st.dictionaries(
            st.tuples(st.sampled_from(FOREIGN), dates(FIRST - timedelta(days=30))),
            st.decimals("0.0001", "200", places=4),
            max_size=6,
        )
    )
    return Drawn(
        customers=customers,
        accounts=tuple(draw(accounts(place, customers, stated)) for place in range(count)),
        quotes=tuple(Quote(code, on, rate) for (code, on), rate in quotes.items()),
        days=tuple(sorted(draw(st.sets(dates(), min_size=1, max_size=3)))),
        ladder=ladder_of(
            draw(st.sampled_from(("P1M", "P3M", "P14D"))),
            draw(st.sampled_from(("zero", "exclude"))),
            draw(st.sampled_from(((), (("P", 5_000), ("Q", 0))))),
        ),
        seed=draw(st.integers(0, 2**16)),
        files=draw(st.integers(1, 3)),
        block_bytes=draw(st.sampled_from((1, 17, 100, 1 << 20))),
        pending=draw(st.sampled_from((0, 3, 1_000_000))),
    )


@contextmanager
def small(drawn: Drawn) -> Iterator[None]:
    """Read in blocks of the drawn size, and sum up what waits as soon as drawn."""
    with (
        mock.patch.object(files, "BLOCK_BYTES", drawn.block_bytes),
        mock.patch.object(holdings, "PENDING", drawn.pending),
    ):
        yield


def write(drawn: Drawn, folder: Path, stated: bool) -> tuple[tuple[Extract, ...], Extract]:
    """Write a book as extracts, rows in drawn order; return those of the register, and the rest."""
    shuffle = Random(drawn.seed)
    lines = [
        ",".join(
            (
                held.id,
                held.customer,
                held.currency,
                str(held.opened_on or ""),
                str(held.closed_on or ""),
                held.product,
                "" if held.opening is None else plain(held.opening, digits_of(held.currency)),
            )
        )
        for held in drawn.accounts
    ]
    shuffle.shuffle(lines)
    _put(folder / "accounts.csv", "A,C,CCY,OPEN,CLOSE,PROD,BF", lines)
    _put(folder / "customers.csv", "C", list(drawn.customers))
    rows = [
        f"{held.id},{on},{plain(minor, digits_of(held.currency))}"
        for held in drawn.accounts
        for on, minor in held.moves
    ]
    shuffle.shuffle(rows)
    for number in range(drawn.files):
        _put(folder / f"rows_{number}.csv", "A,DAY,AMT", rows[number :: drawn.files])
    columns = {
        "account": "A",
        "customer": "C",
        "currency": "CCY",
        "opened_on": "OPEN",
        "closed_on": "CLOSE",
        "product": "PROD",
        "opening_balance": "BF",
    }
    table, value = ("balances", "balance") if stated else ("transactions", "amount")
    return (
        (
            extract_of("customers", "customers.csv", {"customer": "C"}),
            extract_of("accounts", "accounts.csv", columns),
        ),
        extract_of(table, "rows_*.csv", {"account": "A", "on": "DAY", value: "AMT"}),
    )


def _put(path: Path, first: str, lines: list[str]) -> None:
    path.write_text("\n".join((first, *lines)) + "\n", "utf-8")


def measured(drawn: Drawn, *, stated: bool) -> dict[tuple[date, str], Any]:
    """Return (day, customer) → (minor units times days, days), None where it is unknown."""
    with tempfile.TemporaryDirectory() as name, small(drawn):
        folder = Path(name)
        first, rest = write(drawn, folder, stated)
        rejects = Rejects(folder / "rejects.csv", "en")
        register = register_of(first, folder, rejects)
        windows = [(window_start(on, drawn.ladder), on + timedelta(days=1)) for on in drawn.days]
        held = Holdings(register, windows, "EUR", rejects)
        for source, rows in typed_rows((rest,), folder):
            held.take(source, rows)
        held.close()
        rejects.close()

        assert [] == rejects.first
        assets = Assets(register, held, ExchangeRates("EUR", drawn.quotes))
        found = {}
        for on in drawn.days:
            for customer, minor, days, unknown in measure_assets(
                assets, on, drawn.ladder
            ).iter_rows():
                found[on, customer] = None if unknown else (int(minor), days)
        return found


def by_the_rule(drawn: Drawn, *, stated: bool) -> dict[tuple[date, str], Any]:
    """Return the same, by the rule for one customer."""
    found: dict[tuple[date, str], Any] = {}
    for on in drawn.days:
        for customer in drawn.customers:
            mine = tuple(
                _account(held, stated) for held in drawn.accounts if held.customer == customer
            )
            if mine and min(account.opened_on for account in mine) > on:
                # No customer yet: the book of that day does not have them.
                continue
            facts = BalanceFacts(on=on, accounts=mine, rates=drawn.quotes)
            answer = measure_balances(facts, drawn.ladder)
            known = mine and not answer.gaps
            found[on, customer] = (answer.balance_minor_days, answer.days) if known else None
    return found


def _account(held: Held, stated: bool) -> Account:
    opened = held.opened_on or LONG_AGO
    balances: dict[date, int] = {}
    if stated:
        balances = dict(held.moves)
    elif held.opening is not None:
        total = held.opening
        balances[opened] = total
        for on, minor in sorted(held.moves):
            total += minor
            balances[on] = total
    digits = digits_of(held.currency)
    return Account(
        id=held.id,
        currency=held.currency,
        opened_on=opened,
        closed_on=held.closed_on,
        product=held.product,
        balances=tuple(
            EndOfDay(on, Amount(plain(minor, digits))) for on, minor in balances.items()
        ),
    )


class TestTheRule:
    """The measure of a book is `segmentation.balance-days` of each of its customers."""

    @given(books())
    @ENOUGH
    def test_from_transactions(self, drawn: Drawn) -> None:
        """Summed from transactions in any order, files and blocks: the rule's whole numbers."""
        expected = by_the_rule(drawn, stated=False)
        event(f"known: {sum(found is not None for found in expected.values())}")

        assert expected == measured(drawn, stated=False)

    @given(books(stated=True))
    @ENOUGH
    def test_from_stated_balances(self, drawn: Drawn) -> None:
        """Summed from stated balances in any order: the rule's whole numbers."""
        expected = by_the_rule(drawn, stated=True)
        event(f"known: {sum(found is not None for found in expected.values())}")

        assert expected == measured(drawn, stated=True)

    @given(books(), st.integers(0, 2**16), st.integers(1, 4))
    @settings(max_examples=max(1, settings().max_examples // 8))
    def test_order_changes_nothing(self, drawn: Drawn, seed: int, parts: int) -> None:
        """The same rows in another order, in other files and blocks, measure the same."""
        other = attrs.evolve(drawn, seed=seed, files=parts, block_bytes=1 << 20, pending=0)

        assert measured(drawn, stated=False) == measured(other, stated=False)


def test_amounts_at_the_edge_are_exact() -> None:
    """Two largest amounts over a year sum without a digit lost."""
    moves = ((FIRST, 10**15 - 1), (FIRST, 10**15 - 1))
    held = Held(
        id="A0",
        customer="C0",
        currency="EUR",
        opened_on=FIRST,
        closed_on=None,
        product="P",
        opening=0,
        moves=moves,
    )
    drawn = Drawn(
        customers=("C0",),
        accounts=(held,),
        quotes=(Quote("USD", FIRST, Decimal(1)),),
        days=(LAST,),
        ladder=ladder_of("P12M", "zero", (("P", 9_999),)),
        seed=0,
        files=1,
        block_bytes=100,
        pending=0,
    )
    days = (LAST - FIRST).days + 1

    assert {(LAST, "C0"): (2 * (10**15 - 1) * 9_999 * days, 365)} == measured(drawn, stated=False)
