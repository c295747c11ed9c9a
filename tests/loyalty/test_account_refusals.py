"""Refusals of a points account: every code is reached, names its facts, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from account_tools import Bank, at, programme, reward, row

from bankservice.core.errors import BankServiceError
from bankservice.loyalty.account.refusals import AccountRefusal

Play = Callable[[], tuple[Bank, str, dict[str, Any]]]


def rich(**more: Any) -> Bank:
    """Return a bank with 1,000 points for ann and 10 for bob, and every term stated."""
    terms: dict[str, Any] = {
        "reward": [
            reward(),
            reward("scarce", points=1, stock=1),
            reward("single", points=1, most=1),
            reward("large", points=1, kind="statement-credit", value="0.01", minimum=500),
            reward("steps", points=1, kind="statement-credit", value="0.01", step=250),
            reward("mix", points=1, kind="points-plus-cash", value="0.01", most_share="0.5"),
            reward("gone", window={"through_on": date(2025, 12, 31)}),
        ],
        "transfer": {"allowed": True, "least": 5, "most_a_day": 100, "most_a_year": 150},
        "purchase": {"price": "10.00", "points": 1000, "most_a_year": 2000},
        "reinstatement": {"within": "P30D", "days": 10},
        "limits": {"adjust_alone": 2000},
        **more,
    }
    bank = Bank(programme(**terms))
    bank.ok("post", ref="p-1", amount="1000.00")
    bank.ok("post", ref="p-1", amount="10.00", subject="bob")
    return bank


def told(bank: Bank, act: str, **more: Any) -> tuple[Bank, str, dict[str, Any]]:
    """Return what is to be refused."""
    return bank, act, more


def in_future() -> tuple[Bank, str, dict[str, Any]]:
    return told(rich(), "post", ref="x", amount="1", at=at("2026-03-02T09:01"))


def approver() -> tuple[Bank, str, dict[str, Any]]:
    return told(rich(), "adjust", ref="x", points=5000, actor="eve", approved_by="eve")


def not_in_force() -> tuple[Bank, str, dict[str, Any]]:
    return told(Bank(), "post", ref="x", amount="1", on=date(2019, 12, 31))


def cohort() -> tuple[Bank, str, dict[str, Any]]:
    only = {"fact": "tier", "equals": "GOLD"}
    bank = Bank(programme({"applies_to": only}, {"since": date(2019, 1, 1)}))
    return told(bank, "post", ref="x", amount="1", tier="unknown")


def closed() -> tuple[Bank, str, dict[str, Any]]:
    bank = rich()
    bank.ok("close")
    return told(bank, "post", ref="x", amount="1")


def too_many() -> tuple[Bank, str, dict[str, Any]]:
    return told(rich(limits={"posts_a_day": 1}), "post", ref="x", amount="1")


def erased() -> tuple[Bank, str, dict[str, Any]]:
    from bankservice.journals.keys import MemoryKeys
    from bankservice.journals.memory import MemoryJournal
    from bankservice.journals.sealed import SealedJournal

    keys = MemoryKeys()
    bank = Bank(journal=SealedJournal(MemoryJournal(), keys))
    bank.ok("post", ref="p-1", amount="10.00")
    keys.destroy("default", "ann")
    return told(bank, "refund", ref="f", original_ref="p-1")


def version_lost() -> tuple[Bank, str, dict[str, Any]]:
    bank = rich()
    bank.policy = programme(points={"code": "OTHER"})
    return told(bank, "refund", ref="f", original_ref="p-1")


def items() -> Bank:
    bank = rich()
    lines = [{"ref": "a", "amount": "5.00"}, {"ref": "b", "amount": "5.00"}]
    bank.ok("post", ref="p-2", items=lines)
    return bank


def counted() -> Bank:
    bank = Bank(programme(earn=[row("visit", basis="count", per="1")]))
    bank.ok("post", ref="p-2", count=3)
    return bank


def held(minutes: int = 0) -> Bank:
    bank = rich()
    bank.ok("reserve", ref="h", points=10)
    bank.now += timedelta(minutes=minutes)
    return bank


def owing() -> Bank:
    bank = rich()
    bank.ok("redeem", ref="r", points=990)
    bank.ok("refund", ref="f", original_ref="p-1")
    return bank


def spent(**more: Any) -> Bank:
    bank = rich(**more)
    bank.ok("redeem", ref="r", points=100)
    return bank


def bought(**more: Any) -> Bank:
    bank = rich(**more)
    bank.ok("buy", ref="b", points=1000, amount="10.00")
    return bank


def lapsed(days: int = 380) -> Bank:
    bank = rich()
    bank.now += timedelta(days=days)
    return bank


def sent(points: int, days: int = 0) -> Bank:
    bank = rich()
    bank.ok("transfer", ref="t", to="bob", points=points)
    bank.now += timedelta(days=days)
    return bank


def reinstated() -> Bank:
    bank = lapsed()
    bank.ok("reinstate", ref="y")
    bank.now += timedelta(days=11)
    return bank


def undecided() -> tuple[Bank, str, dict[str, Any]]:
    gold = {"fact": "tier", "equals": "GOLD"}
    factor = {"code": "gold", "title": {"en": "g", "zh": "g"}, "factor": "2", "when": gold}
    return told(Bank(programme(multiplier=[factor])), "post", ref="x", amount="1", tier="unknown")


PLAYS: dict[str, Play] = {
    "in-future": in_future,
    "approver-is-actor": approver,
    "not-in-force": not_in_force,
    "cohort-unknown": cohort,
    "not-enrolled": lambda: told(Bank(), "redeem", ref="x", points=1),
    "other-customer": lambda: told(rich(), "enrol", customer="carl"),
    "closed": closed,
    "ref-conflict": lambda: told(rich(), "post", ref="p-1", amount="7.00"),
    "unknown-campaign": lambda: told(rich(), "enrol", campaign="spring"),
    "too-many-posts": too_many,
    "undecided": undecided,
    "unknown-authorisation": lambda: told(rich(), "void", ref="x"),
    "unknown-original": lambda: told(
        rich(refunds={"unknown_original": "refuse"}), "refund", ref="f", original_ref="x"
    ),
    "facts-erased": erased,
    "version-not-held": version_lost,
    "before-purchase": lambda: told(
        rich(), "refund", ref="f", original_ref="p-1", on=date(2026, 3, 1)
    ),
    "other-currency": lambda: told(
        rich(), "refund", ref="f", original_ref="p-1", amount="1", currency="USD"
    ),
    "unknown-item": lambda: told(items(), "refund", ref="f", original_ref="p-2", items=["c"]),
    "whole-only": lambda: told(counted(), "refund", ref="f", original_ref="p-2", amount="1"),
    "over-original": lambda: told(rich(), "refund", ref="f", original_ref="p-1", amount="1000.01"),
    "unknown-hold": lambda: told(rich(), "confirm", ref="h"),
    "hold-ended": lambda: told(held(30), "confirm", ref="h"),
    "over-hold": lambda: told(held(), "confirm", ref="h", points=11),
    "unknown-redemption": lambda: told(rich(), "cancel_redemption", ref="r"),
    "before-redemption": lambda: told(
        spent(), "cancel_redemption", ref="r", at=at("2026-03-02T08:59")
    ),
    "other-household": lambda: told(spent(), "cancel_redemption", ref="r", household=["bob"]),
    "over-redemption": lambda: told(spent(), "cancel_redemption", ref="r", points=101),
    "to-itself": lambda: told(rich(), "transfer", ref="t", to="ann", points=10),
    "not-allowed": lambda: told(
        rich(transfer={"allowed": False}), "transfer", ref="t", to="bob", points=10
    ),
    "recipient-unknown": lambda: told(rich(), "transfer", ref="t", to="carl", points=10),
    "in-arrears": lambda: told(owing(), "redeem", ref="x", points=1),
    "account-too-new": lambda: told(
        rich(limits={"new_account_days": 1}), "redeem", ref="x", points=1
    ),
    "unknown-reward": lambda: told(rich(), "redeem", ref="x", reward="kettel"),
    "not-offered": lambda: told(rich(), "redeem", ref="x", reward="gone"),
    "not-the-price": lambda: told(rich(), "redeem", ref="x", reward="kettle", points=99),
    "not-a-step": lambda: told(rich(), "redeem", ref="x", reward="steps", points=251),
    "over-share": lambda: told(rich(), "redeem", ref="x", reward="mix", amount="1.00", points=51),
    "below-least": lambda: told(rich(), "redeem", ref="x", reward="large", points=499),
    "over-limit": lambda: told(
        rich(limits={"most_a_redemption": 50}), "redeem", ref="x", points=51
    ),
    "over-day": lambda: told(spent(limits={"most_a_day": 150}), "redeem", ref="x", points=51),
    "over-year": lambda: told(sent(100, 1), "transfer", ref="x", to="bob", points=51),
    "out-of-stock": lambda: told(rich(), "redeem", ref="x", reward="scarce", quantity=2),
    "approval-missing": lambda: told(rich(), "adjust", ref="x", points=2001),
    "unknown-purchase": lambda: told(rich(), "cancel_buy", ref="b"),
    "unknown-lot": lambda: told(rich(), "forfeit", ref="x", reason="y", lots=[2]),
    "lot-lapsed": lambda: told(lapsed(), "extend", ref="x", until_on=date(2028, 1, 1), lots=[1]),
    "unknown-forfeit": lambda: told(rich(), "reinstate", ref="x", forfeit_ref="y"),
    "reinstated-once": lambda: told(reinstated(), "reinstate", ref="x", lots=[1]),
    "nothing-there": lambda: told(lapsed(), "forfeit", ref="x", reason="y"),
    "not-enough": lambda: told(rich(), "redeem", ref="x", points=1001),
}


def recipient_closed() -> tuple[Bank, str, dict[str, Any]]:
    bank = rich()
    bank.ok("close", subject="bob")
    return told(bank, "transfer", ref="t", to="bob", points=10)


def cooling() -> tuple[Bank, str, dict[str, Any]]:
    bank = rich(limits={"cooling_hours": 24})
    bank.ok("change_credentials")
    bank.now += timedelta(hours=24, seconds=-1)
    return told(bank, "redeem", ref="x", points=1)


def second_of_one() -> tuple[Bank, str, dict[str, Any]]:
    bank = rich()
    bank.ok("redeem", ref="r", reward="single")
    return told(bank, "redeem", ref="x", reward="single")


def drawn() -> tuple[Bank, str, dict[str, Any]]:
    bank = bought()
    bank.ok("redeem", ref="r", points=1500)
    return told(bank, "cancel_buy", ref="b")


def too_late() -> tuple[Bank, str, dict[str, Any]]:
    bank = bought()
    bank.now += timedelta(days=15)
    return told(bank, "cancel_buy", ref="b")


PLAYS |= {
    "recipient-closed": recipient_closed,
    "cooling-off": cooling,
    "reward-limit": second_of_one,
    "already-drawn": drawn,
    "too-late": too_late,
}


@pytest.mark.parametrize("code", [code.value for code in AccountRefusal])
def test_every_refusal(code: str) -> None:
    """Each refusal is reached, leaves the state as it was to the byte, and writes no entry."""
    bank, act, body = PLAYS[code]()
    before = (bank.bytes(), bank.bytes("bob"), bank.kinds(), bank.kinds("bob"))
    answer = bank.do(act, **body)

    assert code == answer.refused
    assert before == (bank.bytes(), bank.bytes("bob"), bank.kinds(), bank.kinds("bob"))
    assert all(isinstance(value, str) for value in answer.facts.values())


FACTS = {
    "not-enough": {"points": "1001", "available": "1000"},
    "over-original": {"amount": "1000.01", "left": "1000.00"},
    "in-arrears": {"arrears": "990"},
    "over-day": {"points": "51", "used": "100", "most": "150"},
    "cooling-off": {"hours": "24", "hours_left": "1"},
    "account-too-new": {"on": "2026-03-02", "free_on": "2026-03-03"},
    "approval-missing": {"points": "2001", "alone": "2000"},
    "over-limit": {"points": "51", "most": "50"},
    "reward-limit": {"reward": "single", "used": "1", "most": "1"},
    "out-of-stock": {"reward": "scarce", "quantity": "2", "left": "1"},
    "too-many-posts": {"on": "2026-03-02", "most": "1"},
    "ref-conflict": {"ref": "p-1", "differs": "amount"},
    "over-share": {"points": "51", "most": "50"},
    "not-a-step": {"points": "251", "step": "250"},
}


@pytest.mark.parametrize("code", FACTS)
def test_a_refusal_names_its_numbers(code: str) -> None:
    """Limits against abuse and amounts are told with the numbers they rest on."""
    bank, act, body = PLAYS[code]()

    assert FACTS[code] == dict(bank.do(act, **body).facts)


def test_a_refused_id_stays_refused() -> None:
    """B21: refused for lack of points, the id stays refused when points have come; a new one works."""
    bank = rich()
    asked = bank.command("redeem", ref="r", points=1500)
    first = bank.give(asked)
    bank.ok("adjust", ref="a", points=1000)
    again = bank.give(asked)

    assert ("not-enough", "not-enough", True) == (first.refused, again.refused, again.replayed)
    bank.ok("redeem", ref="r", points=1500)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("redeem", {"ref": "r", "points": 0}),
        ("redeem", {"ref": "r", "points": -5}),
        ("redeem", {"ref": "r", "points": 10**30}),
        ("redeem", {"ref": "r", "points": True}),
        ("redeem", {"ref": "r"}),
        ("post", {"ref": "x", "amount": "1.001"}),
        ("post", {"ref": "x", "amount": "-1.00"}),
        ("post", {"ref": "x", "amount": "1.00", "currency": "XQX"}),
        ("refund", {"ref": "f", "original_ref": "p-1", "amount": "0.001"}),
        ("refund", {"ref": "f", "original_ref": "p-1", "items": ["a", "a"]}),
        ("adjust", {"ref": "a", "points": 0}),
        ("transfer", {"ref": "t", "to": "bob", "points": 0}),
        ("cancel_redemption", {"ref": "r", "points": 1, "amount": "1.00"}),
    ],
)
def test_what_is_malformed_burns_no_id(act: str, body: dict[str, Any]) -> None:
    """c7.3: what makes no sense is an error, and its id can be used for what does."""
    bank = rich()
    before = bank.bytes()
    with pytest.raises((BankServiceError, TypeError, ValueError)):
        bank.do(act, command="once", **body)

    assert before == bank.bytes()
    assert bank.do("redeem", command="once", ref="good", points=5).accepted


def test_the_order_of_refusals() -> None:
    """Of several refusals the first of the list is given: the order is the precedence."""
    codes = [code.value for code in AccountRefusal]
    bank = rich(transfer={"allowed": False})
    bank.ok("close", subject="bob")

    assert "not-allowed" == bank.no("transfer", ref="t", to="bob", points=10**6)
    assert codes.index("not-allowed") < codes.index("recipient-closed")
    assert codes.index("recipient-closed") < codes.index("not-enough")
    assert len(codes) == len(set(codes))
