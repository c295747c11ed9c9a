"""Refunds: cumulative, telescoping, taken from the right lots, and matched when they come first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from account_tools import Bank, at, programme, row, titled
from hypothesis import given
from hypothesis import strategies as st

from bankservice.loyalty.account.entries import RefundedPoints


def last(bank: Bank) -> RefundedPoints:
    """Return the last refund written."""
    found = [event for event in bank.events() if isinstance(event, RefundedPoints)]
    return found[-1]


def bought(amount: str = "100.00", **more: Any) -> Bank:
    """Return a bank with one purchase."""
    bank = Bank(programme(**more))
    bank.ok("post", ref="p", amount=amount)
    return bank


BLOCKS: dict[str, Any] = {"earn": [row(points=7, per="10.00", block="10.00")]}


@pytest.mark.parametrize(
    "parts", [("100.00",), ("33.33", "66.67"), ("0.01", "99.98", "0.01"), ("95.00", "5.00")]
)
def test_refunds_telescope(parts: tuple[str, ...]) -> None:
    """B49: whatever the split, all that was granted is taken back, and not a point more."""
    bank = bought(**BLOCKS)
    for place, amount in enumerate(parts):
        bank.ok("refund", ref=f"f-{place}", original_ref="p", amount=amount)

    assert (70, 70, 0) == (bank.view().earned, bank.view().clawed_back, bank.balance())
    assert "over-original" == bank.no("refund", ref="more", original_ref="p", amount="0.01")


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=6), st.data())
def test_any_order_and_split_comes_to_the_same(cents: list[int], data: st.DataObject) -> None:
    """I09: after the same refunds in any order, the same is taken back."""
    order = data.draw(st.permutations(range(len(cents))))
    found = []
    for places in (range(len(cents)), order):
        bank = bought("300.00", **BLOCKS)
        for place in places:
            amount = f"{cents[place] / 100:.2f}"
            bank.ok("refund", ref=f"f-{place}", original_ref="p", amount=amount)
        found.append((bank.view().clawed_back, bank.balance()))
    left = 30_000 - sum(cents)

    assert found[0] == found[1] == (210 - left // 1000 * 7, left // 1000 * 7)


def test_a_threshold_bonus_falls_too() -> None:
    """c4.3: when what is left no longer reaches the minimum, the bonus lot is taken from."""
    earn = [row(), row("bonus", component="bonus", points=0, fixed=50, minimum="80.00")]
    bank = bought(earn=earn)
    bank.ok("refund", ref="f", original_ref="p", amount="30.00")

    assert (70, 80) == (bank.balance(), last(bank).clawed)
    assert [("bonus", 0), ("base", 70)] == [
        (lot.component, lot.remaining) for lot in bank.view().lots
    ]


def test_lines_go_back_one_by_one() -> None:
    """B46, B51: a line that is given back takes the points it earned, not its share of value."""
    earn = [row(), row("books", points=4, merchants=["books"], component="bonus")]
    bank = Bank(
        programme(earn=earn, merchants=[{"code": "books", "mcc": ["5942"], "title": titled("b")}])
    )
    lines = [
        {"ref": "pen", "amount": "30.00"},
        {"ref": "book", "amount": "10.00", "mcc": "5942"},
        {"ref": "ink", "amount": "10.00"},
    ]
    bank.ok("post", ref="p", items=lines)
    assert 90 == bank.balance()
    bank.ok("refund", ref="f-1", original_ref="p", items=["book"])
    assert 40 == bank.balance()
    bank.ok("refund", ref="f-2", original_ref="p", items=["pen"], amount="10.00")
    assert 30 == bank.balance()
    bank.ok("refund", ref="f-3", original_ref="p", items=["pen"])
    assert "over-original" == bank.no("refund", ref="f-4", original_ref="p", items=["pen"])
    bank.ok("refund", ref="f-5", original_ref="p")

    assert 0 == bank.balance()


def test_recovery_in_order() -> None:
    """c4.4, B45: pending, then unspent, lapsed counts, then other lots, then what is owed."""
    earn = [
        row("slow", component="slow", available={"mode": "after", "days": 5}),
        row("quick", component="quick"),
        row("brief", component="brief", expiry={"mode": "after", "period": "P1D"}),
    ]
    bank = bought("10.00", earn=earn)
    bank.ok("redeem", ref="r", points=13)
    bank.ok("adjust", ref="a", points=4)
    bank.wait("2026-03-04T09:00")
    bank.ok("refund", ref="f", original_ref="p")
    found = last(bank)

    # The brief lot was drawn first, so that 10 of it and 3 of the quick one were spent.
    assert (10, 7, 0, 4, 9, 0) == (
        found.pending,
        found.unspent,
        found.lapsed,
        found.other,
        found.owed,
        found.waived,
    )
    assert (0, 0, 0, 9) == bank.figures()


def test_what_lapsed_counts_as_taken_back() -> None:
    """c4.4: an expired part is recovered already, and cannot be given back any more."""
    bank = bought("10.00", reinstatement={"within": "P1Y"})
    bank.ok("redeem", ref="r", points=4)
    bank.wait("2027-03-05T09:00")
    assert 6 == bank.view().expired
    bank.ok("refund", ref="f", original_ref="p", amount="5.00")

    assert (0, 5, 0) == (last(bank).unspent, last(bank).lapsed, last(bank).owed)
    assert (1, 5) == (bank.view().expired, bank.view().clawed_back)
    bank.ok("reinstate", ref="x")
    assert 1 == bank.balance()


@pytest.mark.parametrize(
    ("terms", "figures", "rest"),
    [
        ({"shortfall": "waive"}, (5, 0), {"waived": 60}),
        ({"shortfall": "within-balance"}, (0, 0), {"other": 5, "waived": 55}),
        ({"shortfall": "arrears"}, (0, 55), {"other": 5, "owed": 55}),
        (
            {"shortfall": "cash-quote", "cash_per_point": "0.015"},
            None,
            {},
        ),
    ],
)
def test_the_shortfall(
    terms: dict[str, Any], figures: tuple[int, int] | None, rest: dict[str, int]
) -> None:
    """B44: a refund of points that were spent is accepted, and the rest follows the programme."""
    if figures is None:
        terms, figures = {**terms, "cash_per_point": "0.02"}, (5, 0)
        rest = {"cash_points": 60, "cash_minor": 120}
    bank = bought(refunds=terms)
    bank.ok("redeem", ref="r", points=60)
    bank.ok("adjust", ref="a", points=5)
    bank.ok("refund", ref="f", original_ref="p")
    found = last(bank)

    assert (100, 40) == (found.clawed, found.unspent)
    assert figures == (bank.balance(), bank.view().arrears)
    assert rest == {name: getattr(found, name) for name in rest}
    assert 100 == found.unspent + found.other + found.owed + found.waived + found.cash_points


def test_arrears_have_a_limit_and_an_age() -> None:
    """c4.5: above the limit nothing is owed; what is too old is not asked for, swept or not."""
    bank = bought(arrears={"limit": 30, "age": "P10D"})
    bank.ok("redeem", ref="r", points=100)
    bank.ok("refund", ref="f", original_ref="p")

    assert (30, 70) == (last(bank).owed, last(bank).waived)
    bank.wait("2026-03-11T23:59")
    assert 30 == bank.view().arrears
    bank.wait("2026-03-12T00:00")
    assert (0, 100) == (bank.view().arrears, bank.view().waived)
    bank.ok("adjust", ref="a", points=5)
    bank.ok("advance")
    assert ("waived", 5, 0) == (bank.kinds()[-1], bank.balance(), bank.view().arrears)
    bank.ok("advance")
    assert 1 == bank.kinds().count("waived")


def test_credits_repay_the_oldest_debt_first() -> None:
    """G37 and c4.5: what comes in goes to debts, the oldest first; the rest is a lot."""
    bank = Bank(programme(transfer={"allowed": True}))
    for ref, amount in (("p-1", "10.00"), ("p-2", "7.00")):
        bank.ok("post", ref=ref, amount=amount)
    bank.ok("redeem", ref="r", points=17)
    bank.now += timedelta(hours=1)
    bank.ok("refund", ref="f-2", original_ref="p-2")
    bank.now += timedelta(hours=1)
    bank.ok("refund", ref="f-1", original_ref="p-1")
    assert [("f-2", 7), ("f-1", 10)] == [(d.ref, d.points) for d in bank.state().debts]
    bank.ok("adjust", ref="a", points=8)
    assert [("f-1", 9)] == [(d.ref, d.points) for d in bank.state().debts]
    bank.ok("post", ref="p", amount="5.00", subject="bob")
    bank.ok("transfer", ref="t", to="ann", points=5, subject="bob")
    assert (0, 0, 0, 4) == bank.figures()
    bank.ok("cancel_redemption", ref="r", points=6)

    assert (2, 0, 0, 0) == bank.figures()
    assert 17 == bank.view().repaid


def test_a_refund_while_points_are_held() -> None:
    """What is held is not there to be taken; when it comes back, it repays what is owed."""
    bank = bought("10.00")
    bank.ok("reserve", ref="h", points=8)
    bank.ok("refund", ref="f", original_ref="p")
    assert (0, 0, 8, 8) == bank.figures()
    bank.now += timedelta(minutes=30)

    assert (0, 0, 0, 0) == bank.figures()
    bank.ok("adjust", ref="a", points=3)
    assert (3, 0, 0, 0) == bank.figures()
    assert "released" == bank.kinds()[-2]


def test_points_that_were_given_away() -> None:
    """A refund does not reach into another member's account: the giver owes."""
    bank = Bank(programme(transfer={"allowed": True}))
    bank.ok("post", ref="p", amount="10.00")
    bank.ok("post", ref="p", amount="1.00", subject="bob")
    bank.ok("transfer", ref="t", to="bob", points=9)
    bank.ok("refund", ref="f", original_ref="p")

    assert ((0, 0, 0, 9), (10, 0, 0, 0)) == (bank.figures(), bank.figures("bob"))


def test_a_refund_before_its_purchase() -> None:
    """B50: it waits, is shown, and the end is that of the right order."""
    bank = Bank()
    bank.ok("refund", ref="f-2", original_ref="p", amount="30.00", at=at("2026-03-02T08:30"))
    bank.ok("refund", ref="f-1", original_ref="p", amount="50.00", at=at("2026-03-02T08:00"))
    assert ["f-2", "f-1"] == [held.ref for held in bank.view().parked]
    bank.ok("refund", ref="f-1", original_ref="p", amount="50.00")
    bank.ok("post", ref="p", amount="100.00", at=at("2026-03-02T07:00"))

    assert (20, 80, ()) == (bank.balance(), bank.view().clawed_back, bank.view().parked)
    assert [("f-1", at("2026-03-02T08:00")), ("f-2", at("2026-03-02T08:30"))] == [
        (event.ref, _instant(event.at))
        for event in bank.events()
        if isinstance(event, RefundedPoints)
    ]
    bank.ok("refund", ref="f-1", original_ref="p", amount="50.00")
    assert 20 == bank.balance()


def _instant(micros: int) -> Any:
    from bankservice.loyalty.account.instants import moment

    return moment(micros, "Asia/Shanghai")


def test_a_parked_refund_that_does_not_fit_goes_on_waiting() -> None:
    """One of more than there was is left where people see it; the purchase is posted all the same."""
    bank = Bank()
    bank.ok("refund", ref="f", original_ref="p", amount="30.00")
    bank.ok("post", ref="p", amount="10.00")

    assert (10, ["f"]) == (bank.balance(), [held.ref for held in bank.view().parked])


def test_the_version_of_then() -> None:
    """B76: points of then stay, and a refund is rated under the version of then."""
    bank = Bank(programme({}, {"since": date(2026, 3, 3), "earn": [row(points=5)]}))
    bank.ok("post", ref="p", amount="10.00")
    bank.wait("2026-03-03T09:00")
    bank.ok("post", ref="q", amount="10.00")
    assert 60 == bank.balance()
    bank.ok("refund", ref="f", original_ref="p", amount="4.00")

    assert 56 == bank.balance()


def test_refunds_that_come_too_late_take_nothing() -> None:
    """After the time the programme states, a refund is noted and takes no points."""
    bank = bought(refunds={"within": "P30D"})
    bank.wait("2026-04-02T09:00")
    bank.ok("refund", ref="f", original_ref="p", amount="40.00")
    assert (100, 0) == (bank.balance(), last(bank).clawed)
    bank.ok("refund", ref="g", original_ref="p", amount="60.00", at=at("2026-03-20T09:00"))

    assert (40, 60) == (bank.balance(), last(bank).clawed)


def test_the_tier_and_headroom_of_then() -> None:
    """c4.2: the facts of then count again, whatever came since."""
    cap = {"code": "month", "title": titled("month"), "limit": 100}
    bank = Bank(programme(cap=[cap]))
    bank.ok("post", ref="p-1", amount="70.00")
    bank.ok("post", ref="p-2", amount="70.00")
    assert (100, 40) == (bank.balance(), bank.view().lost_to_caps)
    bank.ok("refund", ref="f", original_ref="p-2", amount="30.00")
    assert 100 == bank.balance()
    bank.ok("refund", ref="g", original_ref="p-2")
    assert 70 == bank.balance()
    bank.ok("post", ref="p-3", amount="70.00")

    assert 100 == bank.balance()


def test_a_refund_may_count_in_its_own_period() -> None:
    """c5.5: where the programme says so, headroom comes back in the period of the refund."""
    cap = {"code": "month", "title": titled("month"), "limit": 100, "refund": "current"}
    bank = Bank(programme(cap=[cap]))
    bank.ok("post", ref="p", amount="100.00")
    bank.wait("2026-04-10T09:00")
    bank.ok("post", ref="q", amount="80.00")
    bank.ok("refund", ref="f", original_ref="p", amount="40.00")
    assert {"month|2026-03": 100, "month|2026-04": 40} == dict(bank.state().counts)
    bank.ok("post", ref="s", amount="80.00")

    assert 60 + 80 + 60 == bank.balance()


def test_in_proportion_to_value() -> None:
    """A programme may take points back in proportion: cumulatively, so that it telescopes too."""
    bank = bought("30.00", refunds={"mode": "proportional"}, **BLOCKS)
    for place, amount in enumerate(("10.00", "10.00", "10.00")):
        bank.ok("refund", ref=f"f-{place}", original_ref="p", amount=amount)
        assert 21 - 7 * (place + 1) == bank.balance()


def test_what_is_left_may_earn_more() -> None:
    """Where what is left fits a cap that the whole did not, it earns; the rest takes it back."""
    cap = {"code": "month", "title": titled("month"), "limit": 100, "whole": True}
    bank = Bank(programme(cap=[cap]))
    bank.ok("post", ref="p", amount="150.00")
    assert 0 == bank.balance()
    bank.ok("refund", ref="f-1", original_ref="p", amount="60.00")
    assert (90, -90) == (bank.balance(), last(bank).clawed)
    bank.ok("refund", ref="f-2", original_ref="p")

    assert (0, 0) == (bank.balance(), bank.view().clawed_back)


def test_partly_paid_with_points() -> None:
    """B43: half of a purchase of 100, 40 of it paid with points, takes half of what 60 earned."""
    bank = Bank()
    bank.ok("post", ref="p", amount="100.00", paid_with_points="40.00")
    assert 60 == bank.balance()
    bank.ok("refund", ref="f", original_ref="p", amount="50.00")

    assert 30 == bank.balance()


def test_another_currency() -> None:
    """A refund is in the currency of the purchase, at the rate of then."""
    bank = Bank()
    bank.ok("post", ref="p", amount="10.00", currency="USD", rate="7.00")
    bank.ok("refund", ref="f", original_ref="p", amount="5.00", currency="USD")

    assert (35, "35") == (bank.balance(), str(last(bank).clawed))
