"""
Faults that users of other points systems met with refunds and returns, one test each.

Each is named after its thread, restated in our own words; the numbers are those of our list.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from proof_tools import Bank, at, earning, programme, refunding, titled

from bankservice.loyalty.account.entries import Posted, RefundedPoints


def shortfall(mode: str, **more: Any) -> Bank:
    """Return a bank whose refunds do that with points that are no longer there."""
    return Bank(programme(refunds=refunding(mode), **more))


def back(bank: Bank, amount: str | None = None, ref: str = "p-1", **more: Any) -> RefundedPoints:
    """Give a purchase back, or a part; return what was written."""
    body = {} if amount is None else {"amount": amount}
    name = f"back-{bank.given}"
    bank.ok("refund", ref=name, original_ref=ref, **body, **more)
    return next(e for e in reversed(bank.events()) if isinstance(e, RefundedPoints))


def test_erpnext_32951_odoo_238806_257854_woo_wallet_53_the_loop() -> None:
    """B40: buy, earn, refund, again and again: it ends at zero, also when points were spent."""
    bank = shortfall("arrears")
    for turn in range(5):
        bank.post("100.00", f"p-{turn}")
        if bank.balance() >= 60:
            bank.ok("redeem", ref=f"gift-{turn}", points=60)
        back(bank, ref=f"p-{turn}")
    view = bank.look()

    assert 0 == view.balance
    assert view.redeemed == view.arrears


def test_odoo_257854_a_row_with_a_minimum() -> None:
    """B41: the rule's minimum does not hide the refund: what the rest no longer earns goes."""
    bank = Bank(programme(earn=[earning(minimum="100.00")]))
    bank.post("150.00")

    assert 150 == bank.balance()
    assert 150 == back(bank, "60.00").clawed
    assert 0 == back(bank, "90.00").clawed
    assert 0 == bank.balance()


def test_odoo_212922_221928_paid_partly_with_points() -> None:
    """B42: points that paid are not taken a second time; refund and return are two things."""
    bank = Bank()
    bank.ok("enrol")
    bank.ok("adjust", ref="welcome", points=40, reason="welcome")
    bank.ok("redeem", ref="pay-1", points=40)
    bank.post("100.00", paid_with_points="40.00")

    assert 60 == bank.balance()
    assert 60 == back(bank).clawed
    bank.ok("cancel_redemption", ref="undo-1", original_ref="pay-1")
    view = bank.look()

    assert (40, 0, 0) == (view.balance, view.arrears, view.redeemed)


def test_erpnext_30242_half_of_a_mixed_payment() -> None:
    """B43: of 100, 40 were paid with points; half comes back: 30 of 60 go, 20 come back."""
    bank = Bank()
    bank.ok("enrol")
    bank.ok("adjust", ref="welcome", points=40, reason="welcome")
    bank.ok("redeem", ref="pay-1", points=40)
    bank.post("100.00", paid_with_points="40.00")

    assert 30 == back(bank, "50.00").clawed
    bank.ok("cancel_redemption", ref="undo-1", original_ref="pay-1", points=20)

    assert 60 - 30 + 20 == bank.balance()


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("waive", (30, 0, 70)),
        ("within-balance", (0, 0, 40)),
        ("arrears", (0, 40, 0)),
        ("cash-quote", (30, 0, 0)),
    ],
)
def test_erpnext_cancelling_after_the_points_were_spent(
    mode: str, found: tuple[int, int, int]
) -> None:
    """B44: the refund is accepted; what is no longer there goes by the programme's way."""
    bank = shortfall(mode)
    bank.post("100.00")
    bank.ok("redeem", ref="gift-1", points=70)
    bank.post("30.00", "p-2")
    written = back(bank)
    view = bank.look()

    assert found == (view.balance, view.arrears, written.waived)
    assert 100 == written.clawed


def test_open_loyalty_a_partly_used_lot_reports_both() -> None:
    """B45: 100 granted, 70 used: 30 come from the lot, 70 are owed, and both are told."""
    bank = shortfall("arrears")
    bank.post("100.00")
    bank.ok("redeem", ref="gift-1", points=70)
    written = back(bank)

    assert (30, 0, 70) == (written.unspent, written.other, written.owed)
    assert (0, 70) == (bank.balance(), bank.look().arrears)


@pytest.mark.parametrize(("mode", "taken"), [("re-evaluate", 20), ("proportional", 35)])
def test_open_loyalty_one_item_of_a_basket(mode: str, taken: int) -> None:
    """B46: item C earned 20 of 70 and is half the value: 20 come back, 35 only where it says so."""
    rows = [
        earning("food", merchants=["food"]),
        earning("fuel", merchants=["fuel"], points="0.4"),
    ]
    held = programme(
        earn=rows,
        merchants=[{"code": "food", "mcc": ["5411"]}, {"code": "fuel", "mcc": ["5541"]}],
        rounding={"unit": "item"},
        refunds={"mode": mode},
    )
    bank = Bank(held)
    items = [
        {"ref": "A", "amount": "20.00", "mcc": "5411"},
        {"ref": "B", "amount": "30.00", "mcc": "5411"},
        {"ref": "C", "amount": "50.00", "mcc": "5541"},
    ]
    bank.ok("post", ref="p-1", amount="100.00", items=items)

    assert 70 == bank.balance()
    assert taken == back(bank, items=["C"]).clawed
    assert 70 - taken == bank.balance()


def test_flocafe_720_a_line_voided_before_payment() -> None:
    """B47: what was voided before it was paid earns nothing."""
    bank = Bank()
    items = [
        {"ref": "A", "amount": "20.00"},
        {"ref": "B", "amount": "30.00", "excluded": True},
    ]
    bank.ok("post", ref="p-1", items=items)

    assert 20 == bank.balance()


@pytest.mark.parametrize(
    "parts",
    [
        ("9.99", "20.01", "70.00"),
        ("4.99",) * 20 + ("0.20",),
        ("33.33", "33.33", "33.34"),
        ("99.99", "0.01"),
    ],
)
def test_refunds_in_parts_of_a_block_rounded_purchase(parts: tuple[str, ...]) -> None:
    """B49: 70 granted by full blocks of 5: refunds in any parts take exactly 70."""
    bank = Bank(programme(earn=[earning(points="3.5", per="5.00", block="5.00")]))
    bank.post("100.00")
    taken = [back(bank, part).clawed for part in parts]

    assert Decimal(100) == sum(map(Decimal, parts))
    assert 70 == sum(taken)
    assert all(points >= 0 for points in taken)
    assert (0, 0) == (bank.balance(), bank.look().arrears)


def test_beancount_354_the_refund_comes_first() -> None:
    """B50: refund before purchase, or after it: the end is the same."""
    found = set()
    for order in permutations(("buy", "back")):
        bank = Bank()
        bank.ok("enrol")
        bank.now = at("2026-03-05T09:00")
        for step in order:
            if step == "buy":
                bank.post("100.00", when="2026-03-03T09:00")
            else:
                body = {"ref": "back-1", "original_ref": "p-1", "amount": "25.00"}
                bank.ok("refund", when="2026-03-04T09:00", **body)
        view = bank.look()
        found.add((view.balance, view.arrears, view.clawed_back, view.earned, tuple(view.parked)))

    assert {(75, 0, 25, 100, ())} == found


def test_frappe_books_1305_some_units_of_a_batch() -> None:
    """B51: only the points of the units that come back go."""
    bank = Bank()
    items = [{"ref": f"unit-{n}", "amount": "10.00"} for n in range(5)]
    bank.ok("post", ref="p-1", amount="50.00", items=items)
    written = back(bank, items=["unit-1", "unit-3"])

    assert 20 == written.clawed
    assert 30 == bank.balance()


def test_trybeans_15_no_points_with_a_discount() -> None:
    """B52: a discount was used: no points, and that reason."""
    out = titled("discount-used", when={"fact": "discounted", "equals": True})
    bank = Bank(programme(exclude=[out]))
    bank.post("100.00", discounted=True)
    (written,) = [event for event in bank.events() if isinstance(event, Posted)]

    assert (0, ("discount-used",)) == (written.granted, tuple(written.why))
    assert 0 == bank.balance()
