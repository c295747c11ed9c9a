"""Bad input: an error or a refusal that names it, and the account unchanged to the byte."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from proof_tools import Bank, at, programme, titled

from bankservice.core.errors import (
    BankServiceError,
    CommandConflictError,
    FaultsError,
    NotInForceError,
    PolicyError,
)

NAIVE = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - that is the point
HUGE = 10**30


def bank() -> Bank:
    """Return a bank with an account that has 150 points, a hold of 20, and a gift with no stock."""
    gift = titled("lamp", points=10, value="5.00", stock=1)
    held = Bank(
        programme(
            {"since": date(2024, 1, 1)},
            reward=[gift],
            purchase={"price": "10.00", "points": 1000},
            transfer={"allowed": True},
            limits={"adjust_alone": 1_000_000},
        )
    )
    held.ok("enrol")
    held.ok("enrol", "b")
    held.post("100.00", "p-1")
    held.ok("adjust", ref="welcome", points=50, reason="welcome")
    held.ok("reserve", ref="hold-1", points=20)
    return held


WRITTEN: list[tuple[str, dict[str, Any], str]] = [
    ("post", {"ref": "x", "amount": 10.0}, "amount"),
    ("post", {"ref": "x", "amount": True}, "amount"),
    ("post", {"ref": "x", "amount": "ten"}, "amount"),
    ("post", {"ref": "x", "amount": "NaN"}, "amount"),
    ("post", {"ref": "x", "amount": "1.00", "rate": 1.5}, "rate"),
    ("post", {"ref": "x", "amount": "1.00", "posted_on": NAIVE}, "posted_on"),
    ("post", {"ref": "", "amount": "1.00"}, "reference"),
    ("post", {"ref": "4111 1111 1111 1111", "amount": "1.00"}, "card number"),
    ("refund", {"ref": "x", "original_ref": "p-1", "amount": 1.0}, "amount"),
    ("redeem", {"ref": "x", "points": 1.0}, "points"),
    ("redeem", {"ref": "x", "points": True}, "points"),
    ("redeem", {"ref": "x", "points": "ten"}, "points"),
    ("redeem", {"ref": "x", "points": Decimal("0.5")}, "points"),
    ("adjust", {"ref": "x", "points": 2.5, "reason": "y"}, "points"),
    ("adjust", {"ref": "x", "points": False, "reason": "y"}, "points"),
    ("transfer", {"ref": "x", "to": "b", "points": 1.0}, "points"),
    ("extend", {"ref": "x", "until_on": NAIVE}, "until_on"),
    ("extend", {"ref": "x", "until_on": date(2027, 1, 1), "lots": [1.0]}, "lots"),
    ("post", {"ref": "x", "amount": "1.00", "amuont": "1.00"}, "amuont"),
]
"""Command, body, what the message names: what cannot even be read."""

ASKED: list[tuple[str, dict[str, Any], str]] = [
    ("post", {"ref": "x", "amount": "-1.00"}, "amount"),
    ("post", {"ref": "x", "amount": f"{HUGE}.00"}, "amount"),
    ("post", {"ref": "x", "amount": "1.001"}, "amount"),
    ("post", {"ref": "x", "amount": "1.00", "currency": "XQQ"}, "currency"),
    ("post", {"ref": "x", "amount": "1.00", "currency": "USD"}, "rate"),
    ("post", {"ref": "x", "amount": "1.00", "currency": "USD", "rate": "0"}, "rate"),
    ("post", {"ref": "x", "amount": "1.00", "currency": "USD", "rate": "-7"}, "rate"),
    ("post", {"ref": "x", "amount": "1.00", "mcc": "99"}, "mcc"),
    ("post", {"ref": "x", "amount": "1.00", "mcc": "54A1"}, "mcc"),
    ("post", {"ref": "x", "amount": "1.00", "kind": "gambling-win"}, "kind"),
    ("post", {"ref": "x", "amount": "1.00", "paid_with_points": "2.00"}, "paid_with_points"),
    ("post", {"ref": "x", "amount": "1.00", "tax": "2.00"}, "tax"),
    ("post", {"ref": "x", "amount": "1.00", "part": 0}, "part"),
    ("post", {"ref": "x", "amount": "1.00", "part": -1}, "part"),
    ("post", {"ref": "p-1", "amount": "101.00"}, "amount"),
    ("refund", {"ref": "x", "original_ref": "p-1", "amount": "100.01"}, "original"),
    ("refund", {"ref": "x", "original_ref": "p-1", "amount": "-1.00"}, "amount"),
    ("refund", {"ref": "x", "original_ref": "p-1", "amount": "0.00"}, "amount"),
    ("refund", {"ref": "x", "original_ref": "p-1", "amount": f"{HUGE}"}, "amount"),
    (
        "refund",
        {"ref": "x", "original_ref": "p-1", "amount": "1.00", "currency": "USD"},
        "currency",
    ),
    ("refund", {"ref": "x", "original_ref": "p-1", "items": ["none"]}, "item"),
    ("refund", {"ref": "x", "original_ref": "p-1", "when": "2026-03-01T09:00"}, "before"),
    ("redeem", {"ref": "x", "points": -1}, "points"),
    ("redeem", {"ref": "x", "points": 0}, "points"),
    ("redeem", {"ref": "x", "points": HUGE}, "points"),
    ("redeem", {"ref": "x", "points": 131}, "points"),
    ("redeem", {"ref": "x"}, "points"),
    ("redeem", {"ref": "x", "reward": "lampp"}, "reward"),
    ("redeem", {"ref": "x", "reward": "lamp", "quantity": 0}, "quantity"),
    ("redeem", {"ref": "x", "reward": "lamp", "quantity": -2}, "quantity"),
    ("redeem", {"ref": "x", "reward": "lamp", "stock": 0}, "stock"),
    ("redeem", {"ref": "x", "points": 1, "household": ["nobody"]}, "nobody"),
    ("confirm", {"ref": "hold-1", "points": 21}, "points"),
    ("confirm", {"ref": "hold-1", "points": 0}, "points"),
    ("confirm", {"ref": "hold-2"}, "hold"),
    ("release", {"ref": "hold-2"}, "hold"),
    ("cancel_redemption", {"ref": "x", "original_ref": "y"}, "redemption"),
    ("adjust", {"ref": "x", "points": 0, "reason": "y"}, "points"),
    ("adjust", {"ref": "x", "points": -131, "reason": "y"}, "points"),
    ("adjust", {"ref": "x", "points": HUGE, "reason": "y"}, "points"),
    ("transfer", {"ref": "x", "to": "a", "points": 1}, "to"),
    ("transfer", {"ref": "x", "to": "nobody", "points": 1}, "nobody"),
    ("transfer", {"ref": "x", "to": "b", "points": -1}, "points"),
    ("transfer", {"ref": "x", "to": "b", "points": 131}, "points"),
    ("buy", {"ref": "x", "points": -1000, "amount": "10.00"}, "points"),
    ("buy", {"ref": "x", "points": 1000, "amount": "9.99"}, "amount"),
    ("buy", {"ref": "x", "points": 1000, "amount": "10.00", "currency": "USD"}, "currency"),
    ("cancel_buy", {"ref": "y"}, "y"),
    ("reinstate", {"ref": "x", "lots": [99]}, "not-allowed"),
    ("extend", {"ref": "x", "until_on": date(2027, 1, 1), "lots": [99]}, "lot"),
    ("forfeit", {"ref": "x", "reason": "y", "lots": [99]}, "lot"),
    ("void", {"ref": "y"}, "authoris"),
    ("redeem", {"ref": "x", "points": 1, "when": "2026-03-02T09:00:01"}, "future"),
]
"""Command, body, what the error or the refusal names: what can be read and cannot be done."""


def named(ids: list[tuple[str, dict[str, Any], str]]) -> list[str]:
    """Return names of cases."""
    return [f"{number}-{act}-{names}" for number, (act, _, names) in enumerate(ids, 1)]


@pytest.mark.parametrize(("act", "body", "names"), WRITTEN, ids=named(WRITTEN))
def test_what_cannot_be_read(act: str, body: dict[str, Any], names: str) -> None:
    """A float, a bool, text for a number, a naive time: an error names the place."""
    held = bank()
    before = held.bytes()
    with pytest.raises((FaultsError, BankServiceError)) as told:
        held.do(act, **body)

    assert names in str(told.value)
    assert before == held.bytes()


@pytest.mark.parametrize(("act", "body", "names"), ASKED, ids=named(ASKED))
def test_what_cannot_be_done(act: str, body: dict[str, Any], names: str) -> None:
    """What makes no sense, or is too much: an error or a refusal that names it."""
    held = bank()
    before = [held.bytes(who) for who in ("a", "b", "nobody")]
    try:
        answer = held.do(act, **body)
    except (BankServiceError, ValueError) as error:
        told = str(error)
    else:
        assert answer.refused
        told = f"{answer.refused} {dict(answer.facts)}"

    assert names in told
    assert before == [held.bytes(who) for who in ("a", "b", "nobody")]


def test_confirm_after_the_time_is_over() -> None:
    """A hold that has timed out is not confirmed, not even at its very end."""
    held = bank()
    code = held.no("confirm", on="2026-03-02T09:30", ref="hold-1")

    assert "timed-out" in code or "hold" in code


def test_a_gift_that_is_out_of_stock() -> None:
    """The host says that none is left: the refusal says so."""
    held = bank()

    assert "stock" in held.no("redeem", ref="g-1", reward="lamp", stock=0)


def test_a_gap_between_versions_of_the_programme() -> None:
    """A purchase of a day before the first version: named, and nothing written."""
    held = bank()
    before = held.bytes("new")
    try:
        answer = held.do("post", "new", ref="x", amount="1.00", when="2023-12-31T09:00")
    except NotInForceError as error:
        assert "acme/points" in str(error)  # noqa: PT017 - either way is right
    else:
        assert "force" in answer.refused
    assert before == held.bytes("new")


def test_two_commands_under_one_id() -> None:
    """Another content under a used id: an error names the parts that differ."""
    held = bank()
    held.ok("redeem", ref="g-1", points=5, command_id="key-1")
    before = held.bytes()
    with pytest.raises(CommandConflictError, match=r"with\.points"):
        held.do("redeem", ref="g-1", points=6, command_id="key-1")
    with pytest.raises(CommandConflictError, match="do"):
        held.do("reserve", ref="g-1", points=5, command_id="key-1")

    assert before == held.bytes()


def test_an_account_that_is_not_there() -> None:
    """What finds no account and brings no points leaves none behind."""
    held = bank()
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("redeem", {"ref": "x", "points": 1}),
        ("adjust", {"ref": "x", "points": -1, "reason": "y"}),
        ("transfer", {"ref": "x", "to": "a", "points": 1}),
        ("expire", {}),
        ("advance", {}),
    )
    for act, body in acts:
        held.do(act, "nobody", **body)

        assert 0 == held.entries("nobody")


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"zone": "Mars/Base"}, "zone"),
        ({"currency": "XQQ"}, "currency"),
        ({"earn": []}, "earn"),
        ({"cap": [titled("most", limit=-1)]}, "cap"),
        ({"cap": [titled("most", limit=1.5)]}, "cap"),
        ({"cap": [titled("most", limit=5, rows=["none"])]}, "cap"),
        ({"points": {"scale": -1}}, "scale"),
        ({"holds": {"lasts": "soon"}}, "lasts"),
        ({"statement_day": 32}, "statement_day"),
        ({"merchants": [{"code": "x", "mcc": ["99999"]}]}, "mcc"),
        ({"expiry": {"mode": "fixed-day", "days": ["02-30"]}}, "days"),
    ],
)
def test_a_programme_with_faults(more: dict[str, Any], names: str) -> None:
    """A programme that cannot be: the fault is told with its path."""
    with pytest.raises(PolicyError, match=names):
        programme(**more)


def test_a_refusal_burns_its_id_and_a_fault_does_not() -> None:
    """What could not be read may come again under its id; what was refused stays refused."""
    held = bank()
    with pytest.raises(FaultsError):
        held.do("redeem", ref="g-1", points=1.5, command_id="key-1")
    held.ok("redeem", ref="g-1", points=1, command_id="key-1")
    first = held.do("redeem", ref="g-2", points=10_000, command_id="key-2")
    held.post("20000.00", "p-2", on=at("2026-03-02T10:00"))
    again = held.do("redeem", ref="g-2", points=10_000, command_id="key-2")

    assert first.refused == again.refused
    assert again.replayed
