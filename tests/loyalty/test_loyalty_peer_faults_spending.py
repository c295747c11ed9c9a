"""
Faults that users of other points systems met with redemptions, tiers and rates, one test each.

Each is named after its thread, restated in our own words; the numbers are those of our list.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from proof_tools import SHANGHAI, SOURCE, Bank, earning, programme, titled

from bankservice import policies
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.account.entries import Posted, Redeemed
from bankservice.segmentation.service import Standings


def test_erpnext_59050_earned_here_and_spent_there() -> None:
    """B67: 59 points of a deposit, 50 of them pay for a card purchase of 106: 65, and a debit."""
    rows = [earning("saving", kinds=["deposit"]), earning()]
    bank = Bank(programme(earn=rows))
    bank.ok("post", ref="deposit-1", kind="deposit", amount="59.00")
    bank.ok("redeem", ref="pay-1", points=50)
    bank.post("106.00", "buy-1", paid_with_points="50.00")

    assert [(59, 9), (56, 56)] == bank.lots()
    assert 65 == bank.balance()


def test_pospire_74_an_empty_lot_is_passed_over() -> None:
    """B68: the oldest lot is empty: it is skipped, and no draw of nothing is written."""
    bank = Bank()
    for number in (1, 2):
        bank.post("10.00", f"p-{number}")
    bank.ok("redeem", ref="gift-1", points=10)
    bank.ok("redeem", ref="gift-2", points=4)
    drawn = [[(d.lot, d.points) for d in e.draws] for e in bank.events() if isinstance(e, Redeemed)]

    assert [[(1, 10)], [(2, 4)]] == drawn


def test_odoo_264931_the_member_chooses_how_many() -> None:
    """B70: fifty are there and the bill is fifty; ten are wanted: ten are used."""
    credit = titled("credit", kind="points-plus-cash", points=1, value="1.00")
    bank = Bank(programme(reward=[credit]))
    bank.post("50.00")
    bank.ok("redeem", ref="pay-1", reward="credit", amount="50.00", points=10)
    written = next(event for event in bank.events() if isinstance(event, Redeemed))

    assert (10, 4_000) == (written.points, written.cash_minor)
    assert 40 == bank.balance()


@pytest.mark.parametrize(("counts", "earned"), [("before", 100), ("after", 60)])
def test_odoo_150833_114004_before_or_after_the_points(counts: str, earned: int) -> None:
    """B71: a reward earns nothing; whether the share paid with points does, is a setting."""
    bank = Bank(programme(points_payment=counts))
    bank.ok("enrol")
    bank.ok("adjust", ref="welcome", points=40, reason="welcome")
    bank.ok("redeem", ref="pay-1", points=40)

    assert 0 == bank.balance()
    bank.post("100.00", paid_with_points="40.00")

    assert earned == bank.balance() == bank.look().earned


def test_erpnext_39097_do_not_award() -> None:
    """B72: a transaction that is not to be awarded: zero, and that reason."""
    bank = Bank()
    bank.post("100.00", award=False)
    (written,) = [event for event in bank.events() if isinstance(event, Posted)]

    assert 0 == written.granted
    assert 1 == len(written.why)
    assert "award" in written.why[0]
    assert 0 == bank.balance()


@pytest.mark.parametrize(
    ("spent", "tier"),
    [
        ("20000.00", "NONE"),
        ("196000.00", "FIRST"),
        ("100000.00", "FIRST"),
        ("99999.99", "NONE"),
        ("300000.00", "SECOND"),
    ],
)
def test_erpnext_14930_22167_24672_45450_33550_41564_thresholds(spent: str, tier: str) -> None:
    """B73: the tier is the highest whose threshold is reached; reached exactly is reached."""
    rows: list[dict[str, Any]] = [{"code": "NONE"}]
    for code, level in (("FIRST", "100000.00"), ("SECOND", "300000.00")):
        rows.append({"code": code, "enter": level, "retain": level})
    version = {"since": date(2020, 1, 1), "source": SOURCE, "zone": "Asia/Shanghai"}
    raw = {
        "id": "acme/spend",
        "kind": "segmentation.tiers",
        "version": [{**version, "currency": "CNY", "tier": rows}],
    }
    shelf = policies.shelf()
    held = read_policy(raw, "acme/spend", shelf.kinds, shelf)
    now = datetime(2026, 3, 2, tzinfo=SHANGHAI)
    standings = Standings(MemoryJournal(), held, now=lambda: now)
    standings.assess("run-1", "customer-7", measure={"average": spent})

    assert tier == standings.view("customer-7").tier


def test_pospire_74_spend_is_counted_once() -> None:
    """B74: a redemption that names the bill's amount adds nothing to what counts for tiers."""
    credit = titled("credit", kind="points-plus-cash", points=1, value="1.00")
    bank = Bank(programme(reward=[credit]))
    bank.post("500.00")

    assert 500 == bank.look().qualifying
    bank.ok("redeem", ref="pay-1", reward="credit", amount="500.00", points=100)

    assert 500 == bank.look().qualifying


def test_open_loyalty_131_earned_counts_and_not_what_is_left() -> None:
    """B75: 1,000 earned and 900 spent: 1,000 count for the level."""
    bank = Bank()
    bank.post("1000.00")
    bank.ok("redeem", ref="gift-1", points=900)
    view = bank.look()

    assert (100, 1_000, 1_000) == (view.balance, view.earned, view.qualifying)


def test_complinks_177_the_rate_changes() -> None:
    """B76: what was accrued stays; a refund takes back by the version that granted."""
    twice = {"since": date(2026, 3, 10), "earn": [earning(points="2")]}
    bank = Bank(programme({}, twice))
    bank.post("100.00", "p-1")
    bank.post("100.00", "p-2", on="2026-03-12T09:00")

    assert [(100, 100), (200, 200)] == bank.lots()
    bank.ok("refund", ref="back-1", original_ref="p-1", amount="50.00")
    bank.ok("refund", ref="back-2", original_ref="p-2", amount="50.00")

    assert [(100, 50), (200, 100)] == bank.lots()
