"""Posting: what earns makes lots, once, whatever the command's id; announcements grant nothing."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from account_tools import Bank, at, programme, row, titled

from bankservice.core.scalars import Amount
from bankservice.core.unknown import UNKNOWN
from bankservice.loyalty.account.commands import Post
from bankservice.loyalty.account.entries import Posted, Rerated
from bankservice.loyalty.account.lots import grouped
from bankservice.loyalty.model import Part
from bankservice.loyalty.record import ACCOUNT


def capped(dated_by: str = "transaction", **more: Any) -> Any:
    """Return a programme that grants at most 100 points a month."""
    cap = {"code": "month", "title": titled("month"), "limit": 100, "dated_by": dated_by, **more}
    return programme(cap=[cap], expiry={"mode": "never"})


def test_the_first_purchase_opens_the_account() -> None:
    """Where the programme lets it, one entry opens the account and the next posts."""
    bank = Bank()
    bank.ok("post", ref="p", amount="10.90", customer_id="customer-7")

    assert ["enrolled", "posted"] == bank.kinds()
    assert ("customer-7", date(2026, 3, 2), 10) == (
        bank.view().customer,
        bank.view().opened_on,
        bank.balance(),
    )


def test_enrolment_may_be_required() -> None:
    """Where enrolment is required, a purchase before it is refused, and enrolling twice is one."""
    bank = Bank(programme(enrolment="required"))

    assert "not-enrolled" == bank.no("post", ref="p", amount="10.00")
    bank.ok("enrol", customer="customer-7")
    bank.ok("enrol", customer="customer-7")
    bank.ok("post", ref="p", amount="10.00")
    assert ["enrolled", "posted"] == bank.kinds()


def test_one_source_earns_once() -> None:
    """B06: another id, another door, another clock: the same purchase earns once."""
    bank = Bank()
    bank.ok("post", ref="p", amount="10.00", channel="branch")
    bank.now += timedelta(days=3)
    bank.ok("post", ref="p", amount="10.0", tier="GOLD")

    assert ["enrolled", "posted"] == bank.kinds()
    assert 10 == bank.balance()


def test_another_content_under_one_ref() -> None:
    """The same ref with other content is refused, and what differs is named."""
    bank = Bank()
    bank.ok("post", ref="p", amount="10.00", mcc="5411")
    answer = bank.do("post", ref="p", amount="11.00", mcc="5412", on=date(2026, 3, 1))

    assert "ref-conflict" == answer.refused
    assert "amount, mcc, on" == answer.facts["differs"]


def test_parts_of_one_purchase() -> None:
    """Several captures of one authorisation earn each, and the announcement is gone."""
    bank = Bank()
    bank.ok("authorise", ref="p", amount="30.00")
    assert (30, 0) == (bank.view().authorised, bank.balance())
    bank.ok("post", ref="p", amount="10.00")
    bank.ok("post", ref="p", part=2, amount="20.00")

    assert (0, 30) == (bank.view().authorised, bank.balance())
    assert {"p": 10, "p#2": 20} == {k: v.granted for k, v in bank.view().purchases.items()}


def test_an_announcement_that_is_voided() -> None:
    """Voided, it leaves nothing; voided again, it stays so; posted after all, it earns."""
    bank = Bank()
    bank.ok("authorise", ref="p", amount="30.00")
    bank.ok("void", ref="p")
    bank.ok("void", ref="p")
    bank.ok("authorise", ref="p", amount="30.00")
    assert 0 == bank.view().authorised
    bank.ok("post", ref="p", amount="30.00")

    assert ["enrolled", "authorised", "voided", "posted"] == bank.kinds()


def test_one_id_twice_in_a_batch() -> None:
    """B15: a batch that holds a key twice applies it once, and nothing crashes."""
    bank = Bank()
    post = bank.command("post", ref="p", amount="10.00")
    spend = bank.command("redeem", ref="r", points=4)
    done = bank.batch("b", post, post, spend, spend)

    assert (4, 2, {}) == (done.commands, done.changed, dict(done.refused))
    assert 6 == bank.balance()


@pytest.mark.parametrize(
    ("terms", "body", "why"),
    [
        ({}, {"amount": "0.99"}, ("too-small",)),
        ({}, {"amount": "9.99", "award": False}, ("not-awarded",)),
        ({"earn": [row(window={"through_on": date(2025, 1, 1)})]}, {"amount": "5"}, ("no-row",)),
        (
            {"cap": [{"code": "one", "title": titled("one"), "limit": 1, "measure": "count"}]},
            {"amount": "5"},
            None,
        ),
    ],
)
def test_why_nothing_was_earned(
    terms: dict[str, Any], body: dict[str, Any], why: tuple[str, ...] | None
) -> None:
    """A transaction that earns nothing is kept, with the reason."""
    bank = Bank(programme(**terms))
    if why is None:
        bank.ok("post", ref="first", amount="5")
    bank.ok("post", ref="p", **body)
    last = bank.events()[-1]

    assert isinstance(last, Posted)
    assert (0, why or last.why) == (last.granted, last.why)
    assert last.why


def test_parts_of_one_class_and_dates_make_one_lot() -> None:
    """Rows of one component that date alike make one lot; others make their own."""
    held = programme(
        earn=[
            row("base"),
            row("more", points=2),
            row("bonus", component="bonus"),
            row("late", expiry={"mode": "never"}),
        ]
    ).versions[0]
    parts = [
        Part(row=code, component=kind, points=points)
        for code, kind, points in [
            ("base", "base", 5),
            ("more", "base", 7),
            ("bonus", "bonus", 1),
            ("late", "base", 3),
            ("base", "base", 0),
        ]
    ]
    found = grouped(parts, held.parameters)

    assert [("base", 12), ("bonus", 1), ("base", 3)] == [
        (group.component, points) for group, points in found.items()
    ]


def test_a_campaign_is_joined_once() -> None:
    """A row that asks for enrolment earns for those who joined, and joining twice is one entry."""
    bank = Bank(programme(earn=[row(), row("spring", enrolment=True, component="bonus")]))
    bank.ok("post", ref="p-1", amount="10.00")
    bank.ok("enrol", campaign="spring")
    bank.ok("enrol", campaign="spring")
    bank.ok("post", ref="p-2", amount="10.00")

    assert (30, ("spring",)) == (bank.balance(), bank.view().campaigns)
    assert ["enrolled", "posted", "enrolled", "posted"] == bank.kinds()


def test_caps_by_posting_are_used_in_order_of_arrival() -> None:
    """A cap dated by posting gives its room to who comes first."""
    bank = Bank(capped("posting"))
    bank.ok("post", ref="late", amount="80.00", on=date(2026, 3, 2))
    bank.ok("post", ref="early", amount="80.00", on=date(2026, 3, 1))

    assert {"late": 80, "early": 20} == {
        key: held.granted for key, held in bank.view().purchases.items()
    }
    assert 60 == bank.view().lost_to_caps


def test_caps_by_transaction_do_not_depend_on_the_order() -> None:
    """I15: what comes late takes its room, and the later one is rated again."""
    in_order, late = Bank(capped()), Bank(capped())
    for bank, order in ((in_order, ("early", "late")), (late, ("late", "early"))):
        for ref in order:
            bank.ok("post", ref=ref, amount="80.00", on=date(2026, 3, 1 + (ref == "late")))
        seen = bank.view()

        assert (80, 20) == (seen.purchases["early"].granted, seen.purchases["late"].granted)
        assert (100, 100, 60) == (seen.balance, seen.earned, seen.lost_to_caps)
    assert [-60] == [event.change for event in late.events() if isinstance(event, Rerated)]


def test_a_refund_frees_room_for_later_days() -> None:
    """I15: what a refund frees goes to the later purchases of the period, in any order."""
    found = []
    for order in ("abr", "arb", "rab", "bar", "bra", "rba"):
        bank = Bank(capped())
        for step in order:
            if step == "r":
                bank.ok("refund", ref="f", original_ref="a", amount="50.00")
            else:
                bank.ok("post", ref=step, amount="80.00", on=date(2026, 3, 1 + (step == "b")))
        seen = bank.view()
        found.append((seen.balance, seen.arrears, seen.earned, seen.clawed_back))

    assert {(100, 0, 150, 50)} == set(found)


def test_lost_points_are_told() -> None:
    """I13: granted and lost make the uncapped points, and a new period begins with nothing used."""
    bank = Bank(capped("posting"))
    bank.ok("post", ref="p-1", amount="130.00")
    bank.wait("2026-04-01T00:00")
    bank.ok("post", ref="p-2", amount="130.00")
    seen = bank.view()

    assert (200, 60) == (seen.earned, seen.lost_to_caps)
    assert {"month|2026-03": Fraction(100), "month|2026-04": Fraction(100)} == dict(
        bank.state().counts
    )


def test_business_time_is_the_transactions() -> None:
    """B24: told days later, its dates and caps follow the day it was made."""
    bank = Bank()
    bank.now += timedelta(days=40)
    bank.ok("post", ref="p", amount="10.00", at=at("2026-03-02T09:00"))

    assert at("2027-03-03T00:00") == bank.view().lots[0].expires_at


def test_a_programme_that_has_ended() -> None:
    """B36: no empty account is made, and the reason is told; refunds still work."""
    bank = Bank(programme(ends_on=date(2026, 3, 4)))
    bank.ok("post", ref="p", amount="10.00")
    bank.wait("2026-03-04T09:00")

    assert "not-in-force" == bank.no("post", ref="q", amount="1", subject="bob")
    assert not bank.kinds("bob")
    bank.ok("refund", ref="f", original_ref="p")
    assert 0 == bank.balance()


def test_points_with_a_scale() -> None:
    """With a scale, points are counted in the smallest unit."""
    bank = Bank(programme(points={"code": "CASH", "scale": 2}, earn=[row(points="0.01")]))
    bank.ok("post", ref="p", amount="123.45")
    bank.ok("redeem", ref="r", points=23)

    assert (123, 100) == (bank.view().earned, bank.balance())


@pytest.mark.parametrize("name", ["tier", "stage", "standing", "channel", "product"])
def test_the_word_for_unknown_is_no_code(name: str) -> None:
    """A fact stated as the bare word would be rated as a code, and read back as unknown."""
    stated: dict[str, Any] = {name: "unknown"}
    with pytest.raises(ValueError, match=f"{name} is the word 'unknown'"):
        Post(ref="p", amount=Amount("1.00"), **stated)

    assert UNKNOWN is getattr(ACCOUNT.command("post", {"ref": "p", name: "unknown"}), name)
