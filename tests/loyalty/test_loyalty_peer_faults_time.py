"""
Faults that users of other points systems met with expiry and time, one test each.

Each is named after its thread, restated in our own words; the numbers are those of our list.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from proof_tools import Bank, at, earning, programme

from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.loyalty.account.commands import Advance
from bankservice.loyalty.account.entries import Expired


def after(period: str, **more: Any) -> Policy[Any]:
    """Return a programme whose points lapse after a period."""
    return programme(expiry={"mode": "after", "period": period}, **more)


def dated(bank: Bank, points: int, ref: str, last: str | None, on: str, who: str = "a") -> None:
    """Add points by hand with a last valid day."""
    body = {} if last is None else {"expires_on": date.fromisoformat(last)}
    bank.ok("adjust", who, on=on, ref=ref, points=points, reason="gift", **body)


def test_flocafe_78_spent_points_do_not_lapse_again() -> None:
    """B25: 100 that lapse, 60 of them spent, 100 earned later: 100 stay, not 40."""
    bank = Bank(after("P9D"))
    bank.post("100.00", "p-1")
    bank.ok("redeem", on="2026-03-04T09:00", ref="gift-1", points=60)
    bank.post("100.00", "p-2", on="2026-03-08T09:00")

    assert 140 == bank.balance(on="2026-03-11T23:59:59")
    assert 100 == bank.balance(on="2026-03-12T00:00")
    assert [(100, 0), (100, 100)] == bank.lots(on="2026-03-12T00:00")


def test_open_loyalty_the_first_to_lapse_is_drawn_first() -> None:
    """B26: lot B was made later and lapses earlier: B is drawn."""
    bank = Bank()
    bank.ok("enrol", on="2026-01-05T09:00")
    dated(bank, 100, "lot-a", "2026-12-31", "2026-01-10T09:00")
    dated(bank, 100, "lot-b", "2026-03-31", "2026-02-10T09:00")
    bank.ok("redeem", on="2026-02-20T09:00", ref="gift-1", points=50)

    assert [(100, 100), (100, 50)] == bank.lots()


def test_open_loyalty_lapsed_without_a_job() -> None:
    """B27: a second after the date nothing can be spent; a late job dates the lapse rightly."""
    bank = Bank(after("P9D"))
    bank.post("100.00", "p-1")

    assert bank.no("redeem", on="2026-03-12T00:00:01", ref="gift-1", points=1)
    bank.ok("expire", on="2026-03-19T03:00")
    (written,) = [event for event in bank.events() if isinstance(event, Expired)]
    (lapse,) = written.lapses

    assert (1, 100) == (lapse.lot, lapse.points)
    assert at("2026-03-12T00:00").timestamp() * 1_000_000 == lapse.at


def test_open_loyalty_a_new_setting_moves_no_old_lot() -> None:
    """B28: granted under 60 days, the programme changes to 365: only an extension moves the lot."""
    longer = {"since": date(2026, 3, 10), "expiry": {"mode": "after", "period": "P365D"}}
    bank = Bank(programme({"expiry": {"mode": "after", "period": "P60D"}}, longer))
    bank.post("100.00", "p-1")
    before = bank.look().lots[0].expires_at
    bank.post("1.00", "p-2", on="2026-03-12T09:00")

    assert at("2026-05-02T00:00") == before == bank.look().lots[0].expires_at
    assert at("2027-03-13T00:00") == bank.look().lots[1].expires_at
    bank.ok("extend", ref="longer-1", until_on=date(2026, 6, 30), lots=[1])

    assert at("2026-07-01T00:00") == bank.look().lots[0].expires_at


def test_liberusoftware_1056_lots_of_every_kind_lapse() -> None:
    """B29: earned, bonus, by hand, bought, received and given back: each lapses at its date."""
    bonus = earning("extra", component="bonus", points="1")
    held = after(
        "P9D",
        earn=[earning(), bonus],
        transfer={"allowed": True},
        purchase={"price": "10.00", "points": 1000},
        cancellation={"lapsed": "grace", "days": 10},
    )
    bank = Bank(held)
    bank.ok("enrol", "b")
    dated(bank, 7, "welcome", None, "2026-03-02T09:00", "b")
    bank.post("100.00")
    dated(bank, 11, "by-hand", None, "2026-03-02T09:00")
    bank.ok("buy", ref="buy-1", points=1000, amount="10.00")
    bank.ok("transfer", "b", ref="gift-1", to="a", points=7)
    bank.ok("redeem", ref="all-1", points=1218)
    bank.ok("cancel_redemption", on="2026-03-20T09:00", ref="undo-1", original_ref="all-1")

    assert 1218 == bank.balance(on="2026-03-20T09:00")
    assert 0 == bank.balance(on="2026-04-30T09:00")
    assert {"base", "bonus", "manual", "purchased"} <= {lot.component for lot in bank.look().lots}
    assert all(lot.expires_at is not None for lot in bank.look().lots)


def test_kademi_4759_the_day_is_the_programmes() -> None:
    """B30: eleven hours east, until the start of 11 January: shown and evaluated as 11 January."""
    bank = Bank(after("P9D", zone="Etc/GMT-11"))
    bank.now = datetime.fromisoformat("2026-01-01T12:00:00+11:00")
    bank.post("10.00")
    (lot,) = bank.look().lots

    assert date(2026, 1, 11) == lot.expires_at.date()
    assert timedelta(hours=11) == lot.expires_at.utcoffset()
    assert 10 == bank.balance(on=datetime.fromisoformat("2026-01-10T12:59:59+00:00"))
    assert 0 == bank.balance(on=datetime.fromisoformat("2026-01-10T13:00:00+00:00"))


def test_odoo_224665_no_naive_time() -> None:
    """B33: a time without a zone is refused wherever one is given."""
    bank = Bank()
    bank.post("10.00")
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - that is the point
    for ask in (
        lambda: Command(id="x", subject="a", body=Advance(), at=naive),
        lambda: bank.look(on=naive),
        lambda: bank.do("post", on=naive, ref="p-2", amount="1.00"),
    ):
        with pytest.raises(ValueError, match=r"aware|zone|naive"):
            ask()


def test_flocafe_62_the_whole_ladder() -> None:
    """B34: three lots with dates of their own: the ladder has all three, and settings take effect."""
    bank = Bank()
    bank.ok("enrol", on="2026-01-05T09:00")
    for number, last in enumerate(("2026-04-30", "2026-03-31", "2026-05-31"), 1):
        dated(bank, number, f"lot-{number}", last, "2026-01-10T09:00")
    ladder = [(rung.on, rung.points) for rung in bank.look().ladder]

    assert [2, 1, 3] == [points for _, points in ladder]
    assert sorted(ladder) == ladder
    for mode, expected in (
        ({"mode": "never"}, None),
        ({"mode": "after", "period": "P60D"}, at("2026-05-02T00:00")),
        ({"mode": "end-of", "round_to": "quarter"}, at("2026-04-01T00:00")),
    ):
        other = Bank(programme(expiry=mode))
        other.post("1.00")

        assert expected == other.look().lots[0].expires_at


def test_storage_order_does_not_choose_the_lots() -> None:
    """B35: the same lots arrive in any order: a redemption draws the same ones."""
    days = ("02", "05", "07")
    found = set()
    for order in permutations(days):
        bank = Bank(after("P30D"))
        bank.ok("enrol")
        bank.now = at("2026-03-09T09:00")
        for day in order:
            bank.ok("post", ref=f"p-{day}", amount="10.00", when=f"2026-03-{day}T10:00")
        bank.ok("redeem", ref="gift-1", points=15)
        found.add(tuple(sorted((lot.ref, lot.remaining) for lot in bank.look().lots)))

    assert {(("p-02", 0), ("p-05", 5), ("p-07", 10))} == found


def test_odoo_208134_the_programme_has_ended() -> None:
    """B36: a purchase after the end: no empty account is made, and the reason is told."""
    row = earning(window={"through_on": date(2026, 2, 28)})
    bank = Bank(programme(earn=[row]))
    answer = bank.do("post", ref="p-1", amount="10.00")

    assert 0 == bank.look().balance
    assert not bank.look().lots
    assert answer.refused or bank.events()[-1].why


@pytest.mark.parametrize(
    ("order", "left"), [("earned-first", [5, 10, 10]), ("last-in-first-out", [10, 10, 5])]
)
def test_rustledger_2115_2118_equal_dates(order: str, left: list[int]) -> None:
    """B37: lots of equal dates are drawn by their numbers, and are never merged."""
    bank = Bank(programme(burn_order=order))
    for number in (1, 2, 3):
        bank.post("10.00", f"p-{number}")
    bank.ok("redeem", ref="gift-1", points=5)

    assert left == [lot.remaining for lot in bank.look().lots]
