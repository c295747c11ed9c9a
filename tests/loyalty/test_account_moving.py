"""Points by hand, from member to member, bought; how long they live; and closing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from account_tools import Bank, at, programme, reward, row
from hypothesis import given
from hypothesis import strategies as st

from bankservice.loyalty.account.entries import Expired, Extended, Forfeited, Received
from bankservice.loyalty.account.views import LadderStep


def rich(points: int = 100, **more: Any) -> Bank:
    """Return a bank with points of ann's, and bob enrolled."""
    bank = Bank(programme(**more))
    bank.ok("post", ref="p", amount=f"{points}.00")
    bank.ok("enrol", subject="bob")
    return bank


def test_adjusting_by_hand() -> None:
    """Added points are there at once, taken ones are drawn; repeated under a ref, once."""
    bank = rich(available={"mode": "after", "days": 5})
    bank.ok("adjust", ref="a-1", points=50, reason="goodwill")
    bank.ok("adjust", ref="a-1", points=50, reason="goodwill, told again")
    bank.ok("adjust", ref="a-2", points=-20)

    assert (30, 100, 30) == (bank.balance(), bank.view().pending, bank.view().adjusted)
    assert "ref-conflict" == bank.no("adjust", ref="a-1", points=51)
    assert "not-enough" == bank.no("adjust", ref="a-3", points=-31)


def test_above_the_limit_a_second_person_approves() -> None:
    """c10.5: alone up to the limit; above it a second person, who is another one."""
    bank = rich(limits={"adjust_alone": 1000})
    bank.ok("adjust", ref="a-1", points=1000)
    assert "approval-missing" == bank.no("adjust", ref="a-2", points=-1001)
    assert "approver-is-actor" == bank.no(
        "adjust", ref="a-3", points=1001, actor="eve", approved_by="eve"
    )
    bank.ok("adjust", ref="a-4", points=1001, actor="eve", approved_by="fred")


def test_balances_of_an_old_system() -> None:
    """Points may be brought in with their own last day, under a class and for tiers."""
    bank = Bank()
    bank.ok("adjust", ref="a", points=70, expires_on=date(2026, 6, 30), qualifying=True)
    lot = bank.view().lots[0]

    assert (at("2026-07-01T00:00"), 70) == (lot.expires_at, bank.view().qualifying)
    assert [(date(2026, 6, 30), 70)] == [(step.on, step.points) for step in bank.view().ladder]


def test_a_transfer_keeps_dates_and_class() -> None:
    """c10.1: moved lots keep expiry and class, do not qualify, and both sides are one commit."""
    bank = rich(transfer={"allowed": True})
    bank.ok("transfer", ref="t", to="bob", points=40)
    bank.ok("transfer", ref="t", to="bob", points=40)
    mine, theirs = bank.view().lots[0], bank.view("bob").lots[0]

    assert ((60, 40), (40, 40)) == (
        (bank.balance(), bank.view().sent),
        (bank.balance("bob"), bank.view("bob").received),
    )
    assert (mine.expires_at, mine.component) == (theirs.expires_at, theirs.component)
    assert (100, 0) == (bank.view().qualifying, bank.view("bob").qualifying)
    assert isinstance(bank.events("bob")[-1], Received)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_many_gifts_of_one_balance(gifts: list[int]) -> None:
    """B12: whatever is asked, no point is made or lost."""
    bank = rich(transfer={"allowed": True})
    for place, points in enumerate(gifts):
        bank.do("transfer", ref=f"t-{place}", to="bob", points=points)

    assert 100 == bank.balance() + bank.balance("bob")


def test_pending_points_are_not_given_away() -> None:
    """c3.3: what cannot be spent yet cannot be sent."""
    bank = rich(transfer={"allowed": True}, available={"mode": "next-day"})

    assert "not-enough" == bank.no("transfer", ref="t", to="bob", points=1)
    bank.wait("2026-03-03T00:00")
    bank.ok("transfer", ref="t", to="bob", points=100)


def test_bought_points() -> None:
    """c10.3: their own class, at the exact price; cancelled only while none was drawn."""
    bank = rich(purchase={"price": "10.00", "points": 1000})
    assert "not-the-price" == bank.no("buy", ref="b", points=1500, amount="14.99")
    bank.ok("buy", ref="b", points=1500, amount="15.00")
    lot = bank.view().lots[-1]
    assert ("purchased", False, 1500) == (lot.component, lot.qualifying, bank.view().bought)
    bank.ok("cancel_buy", ref="b")
    bank.ok("cancel_buy", ref="b")

    assert (100, 0) == (bank.balance(), bank.view().bought)


def test_a_forfeit_and_its_return() -> None:
    """c3.4: pending points are taken when a payment is missed, and given back after it, once."""
    bank = rich(
        available={"mode": "after", "days": 20},
        reinstatement={"within": "P30D"},
    )
    bank.ok("adjust", ref="a", points=10)
    bank.ok("forfeit", ref="f", reason="payment missed", pending_only=True)
    assert (10, 0, 100) == (bank.balance(), bank.view().pending, bank.view().forfeited)
    assert isinstance(bank.events()[-1], Forfeited)
    bank.now += timedelta(days=10)
    bank.ok("reinstate", ref="x", forfeit_ref="f")
    assert (10, 100, 0) == (bank.balance(), bank.view().pending, bank.view().forfeited)
    assert "reinstated-once" == bank.no("reinstate", ref="y", forfeit_ref="f")


def test_points_that_wait_for_a_payment() -> None:
    """c3.2: lots that wait for an action can be spent once it is told, and live from then."""
    bank = Bank(
        programme(
            available={"mode": "action", "action": "minimum-payment"},
            expiry={"mode": "after", "period": "P1M", "starts": "activation"},
        )
    )
    bank.ok("post", ref="p-1", amount="10.00")
    bank.ok("post", ref="p-2", amount="20.00")
    lot = bank.view().lots[0]
    assert (0, 30, None, None) == (
        bank.balance(),
        bank.view().pending,
        lot.available_at,
        lot.expires_at,
    )
    bank.ok("meet", action="something-else")
    bank.wait("2026-03-20T09:00")
    bank.ok("meet", action="minimum-payment", refs=["p-1"])
    assert (10, 20) == (bank.balance(), bank.view().pending)
    assert at("2026-04-21T00:00") == bank.view().lots[0].expires_at
    bank.ok("meet", action="minimum-payment")
    assert (30, 0) == (bank.balance(), bank.view().pending)


def test_an_extension_names_each_lot() -> None:
    """c2.8: an extension is an entry with old and new dates; it never shortens a life."""
    bank = rich()
    bank.ok("extend", ref="x", until_on=date(2027, 12, 31))
    found = bank.events()[-1]

    assert isinstance(found, Extended)
    assert [(1, _instant(found.dates[0].was_expires_at))] == [(1, at("2027-03-03T00:00"))]
    assert at("2028-01-01T00:00") == bank.view().lots[0].expires_at
    assert "nothing-there" == bank.no("extend", ref="y", until_on=date(2027, 6, 30))
    bank.wait("2027-12-31T23:00")
    assert 100 == bank.balance()


def _instant(micros: int | None) -> Any:
    from bankservice.loyalty.account.instants import moment

    assert micros is not None
    return moment(micros, "Asia/Shanghai")


def test_lapsed_points_may_be_given_back_once() -> None:
    """c2.8: within the window, and drawn points stay drawn."""
    bank = rich(reinstatement={"within": "P30D", "days": 10})
    bank.ok("redeem", ref="r", points=30)
    bank.wait("2027-04-02T23:00")
    assert "too-late" == rich_later(bank)
    bank.ok("reinstate", ref="x")
    assert (70, 0) == (bank.balance(), bank.view().expired)
    bank.wait("2027-04-12T00:00")
    assert (0, 70) == (bank.balance(), bank.view().expired)
    assert "reinstated-once" == bank.no("reinstate", ref="y", lots=[1])


def rich_later(bank: Bank) -> str:
    """Return why a lot that lapsed too long ago cannot come back."""
    other = Bank(bank.policy)
    other.wait("2026-03-01T09:00")
    other.ok("post", ref="p", amount="10.00")
    other.wait("2027-04-02T00:00")
    return other.no("reinstate", ref="x", lots=[1])


IDLE = {"mode": "inactivity", "period": "P3M", "most": "P12M"}


def test_inactivity() -> None:
    """c2.5: every activity lets all lots live on, up to the hard limit; without one all lapse."""
    bank = Bank(programme(expiry=IDLE))
    for month in (1, 3, 6, 9, 11):
        bank.wait(f"2026-{month:02}-01T09:00")
        bank.ok("post", ref=f"p-{month}", amount="10.00")
    assert 50 == bank.balance()
    bank.wait("2027-01-01T23:59")
    assert 50 == bank.balance()
    bank.wait("2027-01-02T00:00")
    assert 40 == bank.balance()
    bank.wait("2027-02-01T23:59")
    assert 40 == bank.balance()
    bank.wait("2027-02-02T00:00")

    assert (0, 50) == (bank.balance(), bank.view().expired)
    bank.ok("advance")
    assert 50 == sum(lapse.points for lapse in bank.events()[-1].lapses)


def test_what_lapsed_by_inactivity_stays_so() -> None:
    """An activity after the lapse brings nothing back; one told late that was before it does."""
    bank = Bank(programme(expiry=IDLE))
    bank.wait("2026-01-01T09:00")
    bank.ok("post", ref="p-1", amount="10.00")
    bank.wait("2026-05-01T09:00")
    bank.ok("expire")
    bank.ok("post", ref="p-2", amount="7.00")
    assert 7 == bank.balance()
    bank.ok("post", ref="p-3", amount="5.00", on=date(2026, 3, 15))

    assert 22 == bank.balance()
    bank.ok("expire")
    assert [-10] == [lapse.points for lapse in bank.events()[-1].lapses]


def test_lapses_are_written_once_and_dated_when_true() -> None:
    """B27, c2.4: a sweep a week late writes the true instant; twice, it writes nothing more."""
    bank = rich()
    bank.wait("2027-03-10T09:00")
    bank.ok("expire")
    bank.ok("expire")
    bank.ok("advance")
    found = [event for event in bank.events() if isinstance(event, Expired)]

    assert [[(1, 100, at("2027-03-03T00:00"))]] == [
        [(lapse.lot, lapse.points, _instant(lapse.at)) for lapse in event.lapses] for event in found
    ]


def test_sweeping_nobody() -> None:
    """A sweep of an account that is not there is no error and makes none."""
    bank = Bank()
    bank.ok("expire")
    bank.ok("advance")

    assert [] == bank.kinds()


def test_every_kind_of_lot_lapses() -> None:
    """B29: whatever it came from, a lot lapses on its date."""
    bank = rich(
        purchase={"price": "1.00", "points": 10},
        transfer={"allowed": True},
        earn=[row(), row("bonus", component="bonus")],
    )
    bank.ok("adjust", ref="a", points=5)
    bank.ok("buy", ref="b", points=10, amount="1.00")
    bank.ok("transfer", ref="t", to="bob", points=3)
    bank.wait("2027-03-04T00:00")

    assert (0, 0) == (bank.balance(), bank.balance("bob"))
    assert (212, 3) == (bank.view().expired, bank.view("bob").expired)


def test_old_lots_keep_their_dates() -> None:
    """B28: a new version changes no lot there is."""
    longer = {"mode": "after", "period": "P9Y"}
    bank = Bank(programme({}, {"since": date(2026, 3, 3), "expiry": longer}))
    bank.ok("post", ref="p", amount="10.00")
    bank.wait("2026-03-03T09:00")
    bank.ok("post", ref="q", amount="10.00")

    assert [at("2027-03-03T00:00"), at("2035-03-04T00:00")] == [
        lot.expires_at for lot in bank.view().lots
    ]


def test_the_ladder() -> None:
    """B34: every step is there, by the last day points can be spent, and follows time."""
    bank = Bank(programme(expiry={"mode": "after", "period": "P1M"}))
    for day in (1, 2, 2, 9):
        bank.wait(f"2026-03-0{day}T09:00")
        bank.given += 1
        bank.ok("post", ref=f"p-{bank.given}", amount="10.00")
    steps = [(step.on, step.points) for step in bank.view().ladder]

    assert [(date(2026, 4, 1), 10), (date(2026, 4, 2), 20), (date(2026, 4, 9), 10)] == steps
    bank.wait("2026-04-02T00:00")
    assert LadderStep(date(2026, 4, 2), 20) == bank.view().next_expiry


def test_zones_decide_days() -> None:
    """B30: 11 January in the programme's zone is that, whatever the server's clock."""
    bank = Bank(programme(zone="Pacific/Noumea", expiry={"mode": "after", "period": "P10D"}))
    bank.now = at("2026-01-01T05:30")
    bank.ok("post", ref="p", amount="10.00")
    lot = bank.view().lots[0]

    assert (date(2026, 1, 1), "2026-01-12T00:00:00+11:00") == (
        lot.earned_on,
        lot.expires_at.isoformat() if lot.expires_at else "",
    )


def test_closing() -> None:
    """Holds end, what is left is forfeited; nothing but sweeps is taken any more."""
    bank = rich()
    bank.ok("reserve", ref="h", points=30)
    bank.ok("close", reason="customer's wish")
    bank.ok("close")

    assert (0, 0, 0, 0) == bank.figures()
    assert (True, 100) == (bank.view().closed, bank.view().forfeited)
    assert ["released", "forfeited", "closed"] == bank.kinds()[-3:]
    assert "closed" == bank.no("refund", ref="f", original_ref="p")
    bank.ok("advance")


def test_cooling_off() -> None:
    """c10.5: after a change of credentials nothing is spent for a while; before it, all is well."""
    bank = rich(limits={"cooling_hours": 24})
    bank.ok("redeem", ref="r-1", points=1)
    bank.now += timedelta(hours=1)
    bank.ok("change_credentials")
    assert "cooling-off" == bank.no("redeem", ref="r-2", points=1)
    bank.ok("redeem", ref="r-3", points=1, at=bank.now - timedelta(minutes=1))
    bank.now += timedelta(hours=24)
    bank.ok("redeem", ref="r-4", points=1)


@pytest.mark.parametrize("place", [0, 1])
def test_a_debt_is_on_the_agenda_until_it_aged(place: int) -> None:
    """The agenda names the next lapse, the end of holds and the age of debts, each once."""
    bank = rich(arrears={"age": "P5D"}, holds={"lasts": "P2D"})
    bank.ok("reserve", ref="h", points=60)
    bank.ok("redeem", ref="r", points=40)
    bank.ok("refund", ref="f", original_ref="p")
    due = {
        item.key: item.due_at
        for item in bank.journal.due("default", at("2099-01-01T00:00"), limit=9)
    }

    assert {"hold:h": at("2026-03-04T09:00"), "debt": at("2026-03-07T00:00")} == due
    bank.wait("2026-03-08T09:00")
    for _ in range(place + 1):
        bank.ok("advance")
    assert not bank.journal.due("default", at("2099-01-01T00:00"), limit=9)
    assert ["released", "waived"] == bank.kinds()[-2:]


def test_points_may_be_stated_as_an_amount() -> None:
    """Where no money is paid, an amount is of whole points; the code of the points says so too."""
    mix = reward("mix", kind="points-plus-cash", points=1, value="0.10")
    terms: dict[str, Any] = {
        "points": {"code": "STARS"},
        "transfer": {"allowed": True},
        "reward": [mix],
    }
    bank = Bank(programme(**terms))
    bank.ok("post", ref="p", amount="100.00")
    bank.ok("enrol", subject="bob")
    bank.ok("adjust", ref="a-1", amount="50", currency="STARS")
    bank.ok("adjust", ref="a-1", points=50)
    bank.ok("adjust", ref="a-2", amount="-10")
    bank.ok("redeem", ref="r-1", amount="40")
    bank.ok("transfer", ref="t", to="bob", amount="20")
    bank.ok("reserve", ref="h", amount="30")
    bank.ok("confirm", ref="h", amount="10")
    bank.ok("cancel_redemption", ref="r-1", amount="15")
    assert 100 + 50 - 10 - 40 - 20 - 10 + 15 == bank.balance()
    bank.ok("reserve", ref="m", reward="mix", amount="5.00", points=40)
    bank.ok("confirm", ref="m", amount="2.50", currency="CNY")
    seen = bank.view().redemptions["m"]

    assert (20, 200, 50) == (seen.points, seen.value_minor, seen.cash_minor)
    assert "other-currency" == bank.no("adjust", ref="a-3", amount="5", currency="CNY")
    assert "other-currency" == bank.no("redeem", ref="r-2", amount="5", currency="USD", points=5)
    with pytest.raises(ValueError, match="no number of points"):
        bank.do("redeem", ref="r-3", amount="0.5")
    with pytest.raises(ValueError, match="once"):
        bank.do("transfer", ref="t-2", to="bob")
