"""
Faults that users of other points systems met with numbers, one test each.

Each is named after its thread, restated in our own words; the numbers are those of our list.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from proof_tools import Bank, earning, programme, titled

from bankservice.core.errors import FaultsError
from bankservice.core.policy import Policy
from bankservice.loyalty.account.entries import Redeemed
from bankservice.loyalty.rules import accrue

CENTS = {"code": "CASH", "title": {"en": "cash back", "zh": "返现"}, "scale": 2}


def points_of(held: Policy[Any], **facts: Any) -> int:
    """Return what one transaction earns."""
    return int(accrue(held, **facts).outcome.points)


def earned(amount: str, held: Policy[Any] | None = None, **facts: Any) -> int:
    """Return what a card purchase of 2026 earns."""
    return points_of(held or programme(), amount=amount, on="2026-03-02", **facts)


def rich(held: Policy[Any], points: int) -> Bank:
    """Return a bank with an account that has points."""
    bank = Bank(held)
    bank.ok("enrol")
    bank.ok("adjust", ref="welcome", points=points, reason="welcome")
    return bank


def spent(bank: Bank) -> Redeemed:
    """Return the last redemption."""
    return next(event for event in reversed(bank.events()) if isinstance(event, Redeemed))


def test_odoo_111670_nothing_is_left_below_zero() -> None:
    """B53: a tenth, thrice; three tenths are spent: exactly nothing is left, and nothing owed."""
    bank = Bank(programme(points=CENTS))
    for number in range(3):
        bank.post("0.10", f"p-{number}")
    bank.ok("redeem", ref="all", points=30)
    view = bank.look()

    assert (0, 0) == (view.balance, view.arrears)
    assert bank.no("redeem", ref="more", points=1)


def test_odoo_219640_points_pay_exactly() -> None:
    """B54: 3,030 points at 0.03 each pay 90.90."""
    credit = titled("credit", kind="statement-credit", points=1, value="0.03", exact=True)
    bank = rich(programme(reward=[credit]), 3_030)
    bank.ok("redeem", ref="pay-1", reward="credit", amount="90.90")

    assert (3_030, 9_090) == (spent(bank).points, spent(bank).value_minor)
    assert 0 == bank.balance()


def test_odoo_259660_points_know_no_cash_rounding() -> None:
    """B55: a currency without small coins: one point stays one."""
    for currency, amount in (("CHF", "1.00"), ("HUF", "1.00"), ("JPY", "1")):
        assert 1 == earned(amount, programme(currency=currency))


def test_odoo_153541_a_sum_has_its_own_digits() -> None:
    """B56: 267.39 and 0.89 are 268.28."""
    bank = Bank(programme(points=CENTS))
    bank.post("267.39", "p-1")
    bank.post("0.89", "p-2")

    assert 26_828 == bank.balance()


def test_odoo_136982_143334_a_reward_of_two() -> None:
    """B57: three points, a reward of two: two are used, one reward is given, one is left."""
    bank = rich(programme(reward=[titled("mug", points=2, value="3.00")]), 3)
    bank.ok("redeem", ref="mug-1", reward="mug")

    assert (2, 1) == (spent(bank).points, spent(bank).quantity)
    assert 1 == bank.balance()
    assert bank.no("redeem", ref="mug-2", reward="mug")


def test_odoo_250153_246857_a_currency_without_decimals() -> None:
    """B58: the programme counts yen, the purchase is 0.40 dollars: that is 60 yen, not zero."""
    held = programme(currency="JPY", earn=[earning(per="1")])

    assert 60 == earned("0.40", held, currency="USD", rate="150")


@pytest.mark.parametrize(
    ("amount", "per", "points"),
    [
        ("4.35", "0.01", 435),
        ("0.3", "0.1", 3),
        ("2.3", "0.1", 23),
        ("33.3", "0.1", 333),
        ("8.2", "0.1", 82),
    ],
)
def test_erpnext_a_quotient_of_floats(amount: str, per: str, points: int) -> None:
    """B59: amounts divided by a factor are exact."""
    assert points == earned(amount, programme(earn=[earning(per=per)]))


def test_erpnext_the_part_paid_with_points_is_not_cut() -> None:
    """B60: of 100.00, 9.99 were paid with points: 90.01 earns."""
    held = programme(earn=[earning(per="0.01")])

    assert 9_001 == earned("100.00", held, paid_with_points="9.99")


def test_erpnext_31509_36466_all_is_paid() -> None:
    """B61: 100.60 paid with points: what points do not cover is told, and nothing is left over."""
    credit = titled("credit", kind="statement-credit", points=1, value="0.01", exact=True)
    bank = rich(programme(reward=[credit]), 20_000)
    bank.ok("redeem", ref="pay-1", reward="credit", amount="100.60")

    assert (10_060, 10_060, 0) == (
        spent(bank).points,
        spent(bank).value_minor,
        spent(bank).cash_minor,
    )
    mixed = titled("mixed", kind="points-plus-cash", points=1, value="1.00")
    bank = rich(programme(reward=[mixed]), 200)
    bank.ok("redeem", ref="pay-2", reward="mixed", amount="100.60", points=100)

    assert 100 == spent(bank).points
    assert (10_000, 60) == (spent(bank).value_minor, spent(bank).cash_minor)


def test_open_loyalty_rounded_once() -> None:
    """B62: three rules in any order, written or met: one exact sum, rounded once."""
    rows = [earning(f"row-{part}", points=part) for part in ("0.333", "0.25", "0.417")]
    found = set()
    for order in permutations(rows):
        held = programme(earn=list(order), rounding={"of": "total"})
        found.add(earned("10.00", held))

    assert {10} == found


def test_odoo_274951_how_many_points_an_order_takes() -> None:
    """B63: thirty points at ten a point, an order of twenty: two are used."""
    credit = titled("credit", kind="statement-credit", points=1, value="10.00", exact=True)
    bank = rich(programme(reward=[credit]), 30)
    bank.ok("redeem", ref="pay-1", reward="credit", amount="20.00")

    assert 2 == spent(bank).points
    assert 28 == bank.balance()


def test_sale_promotion_361_erpnext_14847_net_of_tax() -> None:
    """B64: the amount has its tax in it, and the programme says which one counts."""
    assert 100 == earned("119.00", programme(eligible="net"), tax="19.00")
    assert 119 == earned("119.00", programme(eligible="gross"), tax="19.00")


@pytest.mark.parametrize("points", [-10, 0, "0.5", 0.5])
def test_wpswings_71_no_whole_number_of_points(points: object) -> None:
    """B65: a negative number of points, none, or half a one: refused."""
    bank = rich(programme(), 100)
    before = bank.bytes()
    with pytest.raises(FaultsError, match="points"):
        bank.do("redeem", ref="gift-1", points=points)

    assert before == bank.bytes()


def test_odoo_220748_a_reward_in_its_own_currency() -> None:
    """B66: the bank counts yuan, the programme dollars: its reward stays one of dollars."""
    credit = titled("credit", kind="statement-credit", points=1, value="0.01", exact=True)
    bank = rich(programme(currency="USD", reward=[credit]), 2_000)

    assert bank.no("redeem", ref="pay-1", reward="credit", amount="5.00", currency="CNY")
    bank.ok("redeem", ref="pay-2", reward="credit", amount="5.00", currency="USD")

    assert (500, 500) == (spent(bank).points, spent(bank).value_minor)


@pytest.mark.parametrize(("of", "points"), [("parts", 8_334), ("total", 8_333)])
def test_hdfc_two_components_rounded(of: str, points: int) -> None:
    """B88: 6,666.67 and 1,666.67: the programme says whether parts or their sum are rounded."""
    rows = [
        earning("base", points="4", per="150.00"),
        earning("extra", points="1", per="150.00", component="bonus"),
    ]
    held = programme(earn=rows, rounding={"mode": "half-up", "of": of})

    assert points == earned("250000.00", held)
