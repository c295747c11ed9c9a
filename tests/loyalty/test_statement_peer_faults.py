"""Faults users met in the statements and valuations of other points systems."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from books_tools import entries_of, figures_of, statement_of, terms_of
from proof_tools import Bank, at, earning, programme, titled

from bankservice.core.policy_file import read_policy
from bankservice.loyalty.books.chart import PointsAccount
from bankservice.loyalty.books.ledger import ledger
from bankservice.loyalty.books.liability import liability
from bankservice.loyalty.books.lines import Flow
from bankservice.loyalty.books.movements import follow
from bankservice.loyalty.policy import SHELF

MARCH = (date(2026, 3, 1), date(2026, 4, 1))
APRIL = (date(2026, 4, 1), date(2026, 5, 1))


def test_talon_one_balance_on_a_date_is_the_end_of_that_day() -> None:
    """B38: the balance on 31 March is that at the end of the day in the programme's zone."""
    zone = ZoneInfo("Asia/Singapore")
    bank = Bank(programme(zone="Asia/Singapore", expiry={"mode": "never"}))
    bank.post("100.00", "morning", on=datetime(2026, 3, 31, 7, 30, tzinfo=zone))
    bank.post("20.00", "evening", on=datetime(2026, 3, 31, 23, 59, 59, tzinfo=zone))
    bank.post("3.00", "midnight", on=datetime(2026, 4, 1, tzinfo=zone))

    assert 120 == statement_of(bank, *MARCH).closing.balance
    assert 120 == statement_of(bank, *APRIL).opening.balance
    assert ["midnight"] == [line.ref for line in statement_of(bank, *APRIL).lines]


@pytest.mark.parametrize("swept", [False, True])
def test_kademi_5962_balance_statement_and_liability_agree(swept: bool) -> None:
    """B39: when points lapse, balance, statement and liability say the same, swept or not."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P10D"}))
    bank.post("100.00", "first", on="2026-03-02T09:00")
    bank.post("40.00", "second", on="2026-03-20T09:00")
    bank.ok("redeem", ref="r-1", points=30, on="2026-03-21T09:00")
    if swept:
        bank.ok("expire", on="2026-03-31T09:00")
    zone = terms_of(bank).zone
    for day, held in ((12, 100), (13, 0), (20, 40), (30, 10), (31, 0)):
        moment = at(f"2026-03-{day}T23:59:59.999999")
        told = statement_of(bank, MARCH[0], date(2026, 3, day) + timedelta(days=1), moment)
        owed = liability([entries_of(bank)], zone, as_of=moment, known_at=moment)

        assert held == told.closing.available == owed.points.outstanding
        assert held == figures_of(bank, moment).available
        # The account itself knows the past only up to its last draw.
        assert day <= 20 or held == bank.balance(on=moment)
    assert 110 == statement_of(bank, *MARCH).summary.expired


@pytest.mark.parametrize("refund_first", [True, False])
def test_nopcommerce_5595_running_balances_in_any_order(refund_first: bool) -> None:
    """B48: +50, −50 redeemed, +21 earned; cancelled and refunded in any order: 50 at the end."""
    bank = Bank()
    bank.ok("adjust", ref="welcome", points=50, on="2026-03-02T09:00", approved_by="boss")
    bank.ok("redeem", ref="spent", points=50, on="2026-03-03T09:00")
    bank.post("21.00", "order", on="2026-03-03T10:00")
    refund = {"ref": "back", "original_ref": "order"}
    acts = [("refund", refund), ("cancel_redemption", {"ref": "undo", "original_ref": "spent"})]
    for day, (act, body) in enumerate(acts if refund_first else reversed(acts), 4):
        bank.ok(act, on=f"2026-03-0{day}T09:00", **body)
    told = statement_of(bank, *MARCH)

    assert 50 == told.closing.balance == told.closing.available
    assert [50, 0, 21, *((0, 50) if refund_first else (71, 50))] == [
        line.balance for line in told.lines
    ]


def test_odoo_211188_two_rewards_in_one_order() -> None:
    """B69: two rewards of 100 and 200 points in one order are 300 on the statement."""
    rewards = [titled("mug", points=100), titled("lamp", points=200)]
    bank = Bank(programme(expiry={"mode": "never"}, reward=rewards))
    bank.post("500.00", "order", on="2026-03-02T09:00")
    bank.ok("redeem", ref="order-mug", reward="mug")
    bank.ok("redeem", ref="order-lamp", reward="lamp")
    told = statement_of(bank, *MARCH)

    assert 300 == told.summary.redeemed
    assert [("order-mug", -100), ("order-lamp", -200)] == [
        (line.ref, line.points) for line in told.lines if line.flow is Flow.REDEEMED
    ]
    assert "Mug" in told.text("en")


def test_open_loyalty_79_every_line_says_why() -> None:
    """B85: a line names the rule, the source and the reason, not only that points were added."""
    bank = Bank(programme(earn=[earning("groceries")], expiry={"mode": "never"}))
    bank.post("100.00", "order-7", on="2026-03-02T09:00")
    bank.ok("adjust", ref="sorry", points=5, reason="late answer", approved_by="boss")
    bank.ok("redeem", ref="r-1", points=30)
    bank.ok("refund", ref="back", original_ref="order-7", amount="40.00")
    told = statement_of(bank, *MARCH)

    assert [
        ("line-earned", "order-7"),
        ("line-adjusted-in", "sorry"),
        ("line-redeemed", "r-1"),
        ("line-refunded", "back"),
    ] == [(line.why.code, line.ref) for line in told.lines]
    assert ["groceries"] == [part.row for part in told.lines[0].parts]
    assert "late answer" in told.text("en")
    assert "order-7" in told.text("zh_CN")


def test_beancount_230_many_small_lots_valued_to_the_cent() -> None:
    """B86: many small lots valued with rounding; when all are used, the value is what was booked."""
    bank = Bank()
    for number in range(40):
        bank.post("1.00", f"p-{number}", on="2026-03-02T09:00")
    zone, moment = terms_of(bank).zone, at("2026-03-31T12:00")
    source = {"text": "Acme finance manual", "clause": "7", "checked": "own"}
    row = {"code": "all", "share": "0.9", "per_point": "0.0333"}
    raw = {
        "id": "acme/expectations",
        "kind": "loyalty.expectations",
        "version": [
            {
                "since": date(2020, 1, 1),
                "source": source,
                "currency": "CNY",
                "model": "deferred-revenue",
                "cohort": [row],
            }
        ],
    }
    expected = read_policy(raw, "expectations", SHELF.kinds, SHELF).versions[-1].parameters
    before = liability([entries_of(bank)], zone, expected, as_of=moment)
    for number in range(8):
        bank.ok("redeem", ref=f"r-{number}", points=5)
    after = liability([entries_of(bank)], zone, expected, as_of=moment)
    course = follow(entries_of(bank), zone, as_of=2**62)
    rows = ledger(
        {"a": course.moves},
        programme="acme/points",
        points="POINTS",
        cost=Decimal("0.0333"),
        currency="CNY",
    ).rows
    money = dict.fromkeys(PointsAccount, 0)
    for held in rows:
        money[held.account] += held.minor or 0

    assert (Decimal("1.33"), Decimal("0.00"), Decimal("1.33")) == (
        before.whole,
        before.earned,
        before.owed,
    )
    assert (before.whole, before.whole, Decimal("0.00")) == (after.whole, after.earned, after.owed)
    assert (-133, 0, 133, 0) == (
        money[PointsAccount.ISSUED],
        money[PointsAccount.AVAILABLE],
        money[PointsAccount.REDEEMED],
        money[PointsAccount.ROUNDING],
    )
