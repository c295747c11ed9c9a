"""Double-entry rows for a general ledger."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from books_tools import course_of
from proof_tools import Bank, programme

from bankservice.core.errors import UnknownNameError
from bankservice.loyalty.books.chart import TITLES, Move, PointsAccount
from bankservice.loyalty.books.ledger import COLUMNS, GeneralLedger, ledger, write_ledger


def ledger_of(bank: Bank, on: str, **more: Any) -> GeneralLedger:
    """Return the ledger of the bank's two members."""
    moves = {who: course_of(bank, on, who).moves for who in ("b", "a")}
    return ledger(moves, programme="acme/points", points="POINTS", **more)


def busy_bank() -> Bank:
    """Return a bank with a few movements."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P10D"}, transfer={"allowed": True}))
    bank.post("100.00", "order", on="2026-03-02T09:00")
    bank.ok("redeem", ref="r-1", points=30, on="2026-03-03T09:00")
    bank.ok("enrol", "b")
    bank.ok("transfer", ref="t-1", to="b", points=20, on="2026-03-04T09:00")
    return bank


def test_rows() -> None:
    """Rows come by instant and subject; what members have stands on the credit side."""
    told = ledger_of(busy_bank(), "2026-03-31T12:00")

    assert [
        ("a", "posted", "order", "issued", -100),
        ("a", "posted", "order", "available", 100),
        ("a", "redeemed", "r-1", "available", -30),
        ("a", "redeemed", "r-1", "redeemed", 30),
        ("a", "sent", "t-1", "available", -20),
        ("a", "sent", "t-1", "transferred", 20),
        ("b", "received", "t-1", "transferred", -20),
        ("b", "received", "t-1", "available", 20),
        ("a", "lapsed", "order", "available", -50),
        ("a", "lapsed", "order", "expired", 50),
        ("b", "lapsed", "t-1", "available", -20),
        ("b", "lapsed", "t-1", "expired", 20),
    ] == [(row.subject, row.kind, row.ref, row.account.value, row.points) for row in told.rows]


def test_text() -> None:
    """The text names the programme and the currency, and titles in the language asked for."""
    stream = StringIO()
    told = ledger_of(busy_bank(), "2026-03-03T12:00", cost=Decimal("0.005"), currency="CNY")
    written = write_ledger(told, stream, locale="zh_CN")
    header, *rows = csv.reader(StringIO(stream.getvalue()))

    assert list(COLUMNS) == header
    assert written == len(rows) == 4
    assert ["acme/points", "POINTS", "", "100", "CNY", "", "0.50"] == rows[1][7:]
    assert TITLES[PointsAccount.AVAILABLE].zh == rows[1][6]
    debit, credit, debit_money, credit_money = (
        sum((Decimal(row[COLUMNS.index(name)] or 0) for row in rows), Decimal(0))
        for name in ("debit", "credit", "debit_money", "credit_money")
    )

    assert debit == credit
    assert debit_money == credit_money


def test_order_of_accounts_does_not_matter() -> None:
    """The rows are the same in whatever order accounts are given."""
    bank = busy_bank()
    moves = {who: course_of(bank, "2026-03-31T12:00", who).moves for who in ("a", "b")}

    def told(held: Mapping[str, tuple[Move, ...]]) -> GeneralLedger:
        return ledger(held, programme="acme/points", points="POINTS")

    assert told(moves) == told(dict(reversed(moves.items())))


def test_bad_costs_are_refused() -> None:
    """A float as cost and an unknown currency are named."""
    with pytest.raises(TypeError, match="float"):
        ledger({}, programme="x", points="P", cost=0.5, currency="CNY")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="XXQ"):
        ledger({}, programme="x", points="P", cost=Decimal(1), currency="XXQ")


def test_every_account_has_a_title() -> None:
    """Every account of the chart has titles in both languages."""
    assert set(PointsAccount) == set(TITLES)
