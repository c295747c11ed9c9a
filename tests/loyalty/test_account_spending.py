"""Spending: holds, redemptions, rewards, and giving back what was had."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from account_tools import Bank, at, programme, reward, row
from hypothesis import given
from hypothesis import strategies as st

from bankservice.loyalty.account.account import HoldStatus
from bankservice.loyalty.account.entries import Confirmed, RedemptionCancelled
from bankservice.loyalty.account.evaluation import parts_of

CREDIT = reward("credit", kind="statement-credit", points=1, value="0.01", step=2500, exact=True)


def rich(points: int = 100, **more: Any) -> Bank:
    """Return a bank with points from one purchase."""
    bank = Bank(programme(**more))
    bank.ok("post", ref="p", amount=f"{points}.00")
    return bank


def layered(**more: Any) -> Bank:
    """Return a bank with three lots of 10, which lapse one after the other."""
    bank = Bank(programme(**{"expiry": {"mode": "after", "period": "P10D"}, **more}))
    for day in (1, 2, 3):
        bank.wait(f"2026-03-0{day}T09:00")
        bank.ok("post", ref=f"p-{day}", amount="10.00")
    return bank


def drawn(bank: Bank) -> list[int]:
    """Return what each lot has left."""
    return [lot.left for lot in bank.state().lots]


def test_a_hold_is_confirmed() -> None:
    """Reserved points are drawn at once, and confirmed they are spent."""
    bank = rich()
    bank.ok("reserve", ref="h", points=30)
    assert (70, 0, 30, 0) == bank.figures()
    bank.ok("confirm", ref="h")

    assert (70, 0, 0, 0) == bank.figures()
    assert (30, HoldStatus.CONFIRMED) == (bank.view().redeemed, bank.view().holds["h"].status)


def test_a_hold_is_released_once() -> None:
    """B10: what goes back goes back once, however often the release is told."""
    bank = rich()
    bank.ok("reserve", ref="h", points=30)
    bank.ok("release", ref="h")
    bank.ok("release", ref="h")

    assert (100, 0, 0, 0) == bank.figures()
    assert 1 == bank.kinds().count("released")
    assert "hold-ended" == bank.no("confirm", ref="h")


def test_a_hold_ends_by_itself() -> None:
    """The instant of its end no longer counts; nobody has to sweep, and a sweep changes nothing."""
    bank = rich()
    bank.ok("reserve", ref="h", points=30)
    bank.wait("2026-03-02T09:29:59.999999")
    assert (70, 0, 30, 0) == bank.figures()
    bank.wait("2026-03-02T09:30:00")
    assert (100, 0, 0, 0) == bank.figures()
    assert "hold-ended" == bank.no("confirm", ref="h")
    before = bank.view()
    bank.ok("advance")

    assert (before, "released") == (bank.view(), bank.kinds()[-1])
    bank.ok("redeem", ref="r", points=100)


def test_one_hold_too_many() -> None:
    """B18: holds count against what there is at once."""
    bank = rich(50)
    for place in range(5):
        bank.ok("reserve", ref=f"h-{place}", points=10)

    assert "not-enough" == bank.no("reserve", ref="h-5", points=10)


def test_a_part_is_confirmed() -> None:
    """I10: confirming a part is redeeming it; the rest goes back, last drawn first."""
    bank, other = layered(), layered()
    bank.ok("reserve", ref="h", points=25)
    bank.ok("confirm", ref="h", points=12)
    other.ok("redeem", ref="h", points=12)
    found = bank.events()[-1]

    assert isinstance(found, Confirmed)
    assert [(3, 5), (2, 8)] == [(draw.lot, draw.points) for draw in found.returns]
    assert [0, 8, 10] == drawn(bank) == drawn(other)
    bank.ok("confirm", ref="h", points=12)
    assert "ref-conflict" == bank.no("confirm", ref="h", points=13)


def test_confirmed_in_time_and_told_late() -> None:
    """c7.6: a confirmation within the hold's life counts, though it was told after its end."""
    bank = rich()
    bank.ok("reserve", ref="h", points=30)
    bank.wait("2026-03-02T12:00")
    bank.ok("advance")
    bank.ok("confirm", ref="h", at=at("2026-03-02T09:10"))
    assert (70, 30) == (bank.balance(), bank.view().redeemed)

    gone = rich()
    gone.ok("reserve", ref="h", points=30)
    gone.wait("2026-03-02T12:00")
    gone.ok("redeem", ref="r", points=100)
    assert "hold-ended" == gone.no("confirm", ref="h", at=at("2026-03-02T09:10"))


@pytest.mark.parametrize(("lapse", "code"), [("honour", ""), ("lose", "not-enough")])
def test_a_lot_that_lapses_while_held(lapse: str, code: str) -> None:
    """c3.5: honoured, it can be confirmed until the hold ends; released, it lapses at once."""
    bank = layered(holds={"lasts": "P3D", "lapse": lapse})
    bank.wait("2026-03-11T09:00")
    bank.ok("reserve", ref="h", points=15)
    bank.wait("2026-03-12T00:00")
    assert code == bank.do("confirm", ref="h", points=10).refused
    if not code:
        return
    bank.ok("release", ref="h")

    assert (20, 10) == (bank.balance(), bank.view().expired)
    bank.ok("expire")
    assert [(1, 10, at("2026-03-12T00:00"))] == [
        (lapse.lot, lapse.points, _instant(lapse.at)) for lapse in bank.events()[-1].lapses
    ]


def _instant(micros: int) -> Any:
    from bankservice.loyalty.account.instants import moment

    return moment(micros, "Asia/Shanghai")


def test_released_after_its_lot_lapsed() -> None:
    """What goes back to a lot that has lapsed meanwhile lapses then, dated at the release."""
    bank = layered(holds={"lasts": "P30D"})
    bank.ok("reserve", ref="h", points=10)
    bank.wait("2026-03-12T00:00")
    bank.ok("expire")
    assert "reserved" == bank.kinds()[-1]
    bank.wait("2026-03-12T12:00")
    bank.ok("release", ref="h")
    bank.ok("expire")

    assert [(1, 10, at("2026-03-12T12:00"))] == [
        (lapse.lot, lapse.points, _instant(lapse.at)) for lapse in bank.events()[-1].lapses
    ]


def test_the_earliest_expiry_is_drawn_first() -> None:
    """B26, B35: what lapses first goes first, whatever the order it came in."""
    bank = Bank(programme(earn=[row()], expiry={"mode": "never"}))
    bank.ok("adjust", ref="a-1", points=10, expires_on=date(2026, 12, 31))
    bank.ok("adjust", ref="a-2", points=10, expires_on=date(2026, 3, 31))
    bank.ok("post", ref="p", amount="10.00")
    bank.ok("redeem", ref="r", points=15)

    assert [5, 0, 10] == drawn(bank)


@pytest.mark.parametrize(
    ("order", "left"),
    [
        ("earliest-expiry", [0, 5, 10]),
        ("earned-first", [0, 5, 10]),
        ("last-in-first-out", [10, 5, 0]),
        ("promo-first", [10, 5, 0]),
    ],
)
def test_orders_of_drawing(order: str, left: list[int]) -> None:
    """c2.2: the programme says which lots are drawn first."""
    earn = [row(), row("more", component="promo", when={"fact": "tier", "equals": "X"})]
    bank = Bank(programme(earn=earn, burn_order=order))
    for day, tier in ((1, ""), (2, ""), (3, "X")):
        bank.wait(f"2026-03-0{day}T09:00")
        if tier:
            bank.ok("adjust", ref="a", points=10, component="promo")
        else:
            bank.ok("post", ref=f"p-{day}", amount="10.00")
    bank.ok("redeem", ref="r", points=15)
    if order == "promo-first":
        left = [5, 10, 0]

    assert left == drawn(bank)


def test_a_redemption_told_late() -> None:
    """I05: dated before a lapse it works, also after the sweep wrote the lapse down."""
    bank = layered()
    bank.wait("2026-03-12T09:00")
    bank.ok("expire")
    assert 10 == bank.view().expired
    bank.ok("redeem", ref="r", points=25, at=at("2026-03-11T23:00"))
    assert (5, 0) == (bank.balance(), bank.view().expired)
    bank.ok("expire")

    assert [-10] == [lapse.points for lapse in bank.events()[-1].lapses]


def test_points_that_came_back_later_were_not_there() -> None:
    """A redemption told late takes nothing that a hold had at that instant."""
    for swept in (False, True):
        bank = rich(10)
        bank.ok("reserve", ref="h", points=8)
        bank.wait("2026-03-02T12:00")
        if swept:
            bank.ok("advance")
        early = at("2026-03-02T09:10")

        assert "not-enough" == bank.no("redeem", ref="r-1", points=3, at=early)
        bank.ok("redeem", ref="r-2", points=2, at=early)
        bank.ok("redeem", ref="r-3", points=8)


def test_g31_statement_credit() -> None:
    """G31: exact where the points cover the amount, else full steps."""
    for points, used, paid in ((9_000, 8_700, 8_700), (8_000, 7_500, 7_500)):
        bank = rich(points, reward=[CREDIT])
        bank.ok("redeem", ref="r", reward="credit", amount="87.00")
        seen = bank.view().redemptions["r"]

        assert (used, paid, points - used) == (seen.points, seen.value_minor, bank.balance())


@pytest.mark.parametrize(
    ("terms", "body", "points", "value", "cash"),
    [
        # B54: 3,030 points at 0.03 pay exactly 90.90.
        ({"points": 1, "value": "0.03"}, {"amount": "90.90"}, 3030, 9090, 0),
        # B61: the last fraction of an amount that is paid whole takes a whole point.
        ({"points": 3, "value": "0.10", "exact": True}, {"amount": "1.01"}, 31, 101, 0),
        # B63: 30 points at 10 each, an order of 20: two are used.
        ({"points": 1, "value": "10.00"}, {"amount": "20.00", "points": 30}, 2, 2000, 0),
        # B70: 50 points, a bill of 50, the member takes 10.
        ({"points": 1, "value": "1.00"}, {"amount": "50.00", "points": 10}, 10, 1000, 0),
        (
            {"kind": "points-plus-cash", "points": 100, "value": "1.00"},
            {"amount": "50.00", "points": 2050},
            2050,
            2050,
            2950,
        ),
        (
            {"kind": "points-plus-cash", "points": 100, "value": "1.00", "most_share": "0.4"},
            {"amount": "10.00"},
            400,
            400,
            600,
        ),
        (
            {"kind": "points-plus-cash", "points": 3, "value": "0.10"},
            {"amount": "1.01", "points": 10},
            10,
            33,
            68,
        ),
        ({"kind": "voucher", "points": 20, "value": "5.00"}, {"quantity": 3}, 60, 1500, 0),
    ],
)
def test_what_a_reward_takes(
    terms: dict[str, Any], body: dict[str, Any], points: int, value: int, cash: int
) -> None:
    """Points, what they pay, and money beside, to the last minor unit."""
    bank = rich(5_000, reward=[reward("it", **{"kind": "statement-credit", **terms})])
    bank.ok("redeem", ref="r", reward="it", **body)
    seen = bank.view().redemptions["r"]

    assert (points, value, cash) == (seen.points, seen.value_minor, seen.cash_minor)
    assert 5_000 - points == bank.balance()


def test_who_a_reward_is_for() -> None:
    """A reward may ask for facts; without them it is not offered, and why is told."""
    bank = rich(reward=[reward(when={"fact": "tier", "equals": "GOLD"})])
    answer = bank.do("redeem", ref="r-1", reward="kettle")

    assert ("not-offered", "tier") == (answer.refused, answer.facts["facts"])
    bank.ok("redeem", ref="r-2", reward="kettle", tier="GOLD")


def test_a_release_gives_back_limits() -> None:
    """A hold that ends without being confirmed used nothing of a limit."""
    bank = rich(200, reward=[reward(most=1, stock=1)], limits={"most_a_day": 120})
    bank.ok("reserve", ref="h-1", reward="kettle")
    assert "over-day" == bank.no("reserve", ref="h-2", reward="kettle")
    bank.ok("release", ref="h-1")
    bank.ok("reserve", ref="h-2x", reward="kettle")
    bank.ok("confirm", ref="h-2x")
    bank.wait("2026-03-03T09:00")

    assert "reward-limit" == bank.no("redeem", ref="r", reward="kettle")


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_any_split_of_a_cancellation(parts: list[int]) -> None:
    """I10: redeemed and given back in any parts, the lots are as they were."""
    bank = layered()
    whole = min(sum(parts), 30)
    bank.ok("redeem", ref="r", points=whole)
    for place, part in enumerate(parts):
        left = whole - sum(parts[:place])
        if left > 0:
            bank.ok("cancel_redemption", ref=f"c-{place}", original_ref="r", points=min(part, left))

    assert [10, 10, 10] == drawn(bank)
    assert 0 == bank.view().redeemed


def test_a_cancellation_is_done_once() -> None:
    """B11: told twice, or by two, the points come back once."""
    bank = rich()
    bank.ok("redeem", ref="r", points=40)
    bank.ok("cancel_redemption", ref="r")
    bank.ok("cancel_redemption", ref="r")
    bank.ok("cancel_redemption", ref="c", original_ref="r")

    assert (100, 1) == (bank.balance(), bank.kinds().count("redemption-cancelled"))


@pytest.mark.parametrize(
    ("terms", "balance", "lost", "restored"),
    [
        ({"lapsed": "lost"}, 20, 10, 0),
        ({"lapsed": "grace", "days": 3}, 30, 0, 0),
        ({"lapsed": "new-lot", "days": 3}, 30, 0, 10),
    ],
)
def test_cancelled_after_its_lot_lapsed(
    terms: dict[str, Any], balance: int, lost: int, restored: int
) -> None:
    """c4.6: what comes back to a lapsed lot is lost, lives on a while, or makes a lot of its own."""
    bank = layered(cancellation=terms)
    bank.ok("redeem", ref="r", points=10)
    bank.wait("2026-03-12T09:00")
    bank.ok("cancel_redemption", ref="r")
    found = bank.events()[-1]

    assert isinstance(found, RedemptionCancelled)
    assert (balance, lost, restored) == (bank.balance(), found.lost, bank.view().restored)
    if not lost:
        ends = [lot.expires_at for lot in bank.view().lots if lot.remaining]
        assert at("2026-03-15T00:00") in ends


def test_grace_never_brings_back_what_had_lapsed() -> None:
    """Where points of the lot itself had lapsed, they stay so; what comes back is a lot of its own."""
    bank = layered()
    bank.ok("redeem", ref="r", points=4)
    bank.wait("2026-03-12T09:00")
    bank.ok("cancel_redemption", ref="r")

    assert (24, 6) == (bank.balance(), bank.view().expired)


def test_mixed_payment_given_back() -> None:
    """B43, c4.7: points and money come back in their proportion, exact in the end."""
    mix = reward("mix", kind="points-plus-cash", points=3, value="1.00")
    bank = rich(300, reward=[mix])
    bank.ok("redeem", ref="r", reward="mix", amount="10.00", points=10)
    seen = bank.view().redemptions["r"]
    assert (10, 333, 667) == (seen.points, seen.value_minor, seen.cash_minor)
    for place in range(3):
        bank.ok("cancel_redemption", ref=f"c-{place}", original_ref="r", amount="2.50")
        bank.ok("cancel_redemption", ref=f"c-{place}", original_ref="r", amount="2.50")
    seen = bank.view().redemptions["r"]
    assert (8, 500) == (seen.returned, seen.cash_returned)
    assert "over-redemption" == bank.no(
        "cancel_redemption", ref="c", original_ref="r", amount="2.51"
    )
    bank.ok("cancel_redemption", ref="c-3", original_ref="r", amount="2.50")
    seen = bank.view().redemptions["r"]

    assert (10, 667, 300) == (seen.returned, seen.cash_returned, bank.balance())


def test_undo_is_an_entry() -> None:
    """B14: what came meanwhile survives the undoing."""
    bank = rich()
    bank.ok("redeem", ref="r", points=60)
    bank.ok("post", ref="q", amount="7.00")
    bank.ok("cancel_redemption", ref="r")

    assert 107 == bank.balance()


def test_g33_household() -> None:
    """G33: 100,000, 50,000 and 25,000 redeem 10,000: 5,714, 2,857 and 1,429; and back again."""
    bank = Bank()
    for who, points in (("ann", 100_000), ("bob", 50_000), ("carl", 25_000)):
        bank.ok("adjust", ref="a", points=points, subject=who)
    bank.ok("redeem", ref="r", points=10_000, household=["carl", "bob"])
    bank.ok("redeem", ref="r", points=10_000, household=["carl", "bob"])
    shares = {who: bank.view(who).redeemed for who in ("ann", "bob", "carl")}

    assert {"ann": 5_714, "bob": 2_857, "carl": 1_429} == shares
    both = ["bob", "carl"]
    bank.ok("cancel_redemption", ref="c-1", original_ref="r", points=2_000, household=both)
    assert [5_714, 2_286, 0] == [bank.view(who).redeemed for who in ("ann", *both)]
    bank.ok("cancel_redemption", ref="c-2", original_ref="r", household=both)
    assert [100_000, 50_000, 25_000] == [bank.balance(who) for who in ("ann", *both)]


@pytest.mark.parametrize(
    ("split", "shares"), [("head-first", (10, 5, 0)), ("earliest-expiry", (5, 10, 0))]
)
def test_other_splits(split: str, shares: tuple[int, ...]) -> None:
    """c10.2: the head first, or what lapses first across all."""
    bank = Bank(programme(household={"split": split}, expiry={"mode": "after", "period": "P1M"}))
    for who, day in (("bob", 1), ("ann", 2), ("carl", 3)):
        bank.wait(f"2026-03-0{day}T09:00")
        bank.ok("post", ref="p", amount="10.00", subject=who)
    bank.ok("redeem", ref="r", points=15, household=["bob", "carl"])

    assert shares == tuple(bank.view(who).redeemed for who in ("ann", "bob", "carl"))


def test_a_household_is_all_or_nothing() -> None:
    """One member who may not spend refuses the whole, and no account changes."""
    bank = Bank()
    for who in ("ann", "bob"):
        bank.ok("adjust", ref="a", points=10, subject=who)
    before = bank.bytes("bob")

    assert "not-enrolled" == bank.no("redeem", ref="r", points=5, household=["bob", "carl"])
    assert "not-enough" == bank.no("redeem", ref="s", points=21, household=["bob"])
    bank.ok("close", subject="bob")
    assert "closed" == bank.no("redeem", ref="t", points=5, household=["bob"])
    assert "to-itself" == bank.no("redeem", ref="u", points=5, household=["ann"])
    assert before != bank.bytes("bob")


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_shares_sum_and_fit(total: int, weights: list[int]) -> None:
    """I22: shares sum exactly, each is less than a point from its proportion."""
    whole = sum(weights)
    total = min(total, whole)
    found = parts_of(total, weights)

    assert total == sum(found)
    assert all(0 <= part <= weight for part, weight in zip(found, weights, strict=True))
    assert all(
        abs(part * whole - total * weight) < whole
        for part, weight in zip(found, weights, strict=True)
        if whole
    )


def test_waiting_makes_no_difference() -> None:
    """I05: sweeps at any time change neither balances nor refusals."""
    seen = []
    for swept in (False, True):
        bank = layered(holds={"lasts": "PT1H"})
        bank.ok("reserve", ref="h", points=12)
        for day in range(4, 16):
            bank.wait(f"2026-03-{day:02}T09:00")
            if swept:
                bank.ok("advance")
                bank.ok("expire")
            refused = bank.do("redeem", ref=f"r-{day}", points=6).refused
            seen.append((swept, day, refused, bank.figures(), bank.view().expired))
        bank.now += timedelta(days=1)

    half = len(seen) // 2
    assert [row[1:] for row in seen[:half]] == [row[1:] for row in seen[half:]]
