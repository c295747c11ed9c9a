"""What a bank owes in points: cohorts, both models, and the two rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from books_tools import entries_of, terms_of
from hypothesis import given
from hypothesis import strategies as st
from proof_tools import Bank, at, earning, programme

from bankservice.core.errors import FaultsError, PolicyError, UnknownNameError
from bankservice.core.money import Rounding
from bankservice.core.policy_file import read_policy
from bankservice.loyalty import cost_accrual, deferred_revenue
from bankservice.loyalty.books.amounts import Scale
from bankservice.loyalty.books.expectations import Cohort, Expectations
from bankservice.loyalty.books.liability import Liability, liability
from bankservice.loyalty.books.statement import Rung
from bankservice.loyalty.policy import SHELF

SOURCE = {"text": "Acme finance manual", "clause": "7", "checked": "own"}


def expectations(
    *rows: dict[str, Any], model: str = "deferred-revenue", **more: Any
) -> Expectations:
    """Return a bank's expectations."""
    raw = {
        "id": "acme/expectations",
        "kind": "loyalty.expectations",
        "version": [
            {
                "since": date(2020, 1, 1),
                "source": SOURCE,
                "currency": "CNY",
                "model": model,
                "cohort": list(rows),
                **more,
            }
        ],
    }
    found: Expectations = (
        read_policy(raw, "expectations", SHELF.kinds, SHELF).versions[-1].parameters
    )
    return found


ALL = {"code": "all", "share": "0.8", "per_point": "0.01"}


def owed(bank: Bank, when: str, held: Expectations | None = None) -> Liability:
    """Return what the bank owes to its two members."""
    accounts = [entries_of(bank, who) for who in ("a", "b")]
    return liability(accounts, terms_of(bank).zone, held, as_of=at(when))


def member_bank() -> Bank:
    """Return a bank whose points last to the end of the next month."""
    bank = Bank(
        programme(
            expiry={"mode": "after", "period": "P1M", "round_to": "month"},
            transfer={"allowed": True},
        )
    )
    bank.post("100.00", "jan", on="2026-01-05T09:00", tier="GOLD")
    bank.post("200.00", "feb", on="2026-02-05T09:00")
    bank.post("50.00", "other", "b")
    return bank


def test_outstanding_by_cohort() -> None:
    """What is outstanding is told by month of issue, class and tier, with its ladder."""
    bank = member_bank()
    bank.ok("redeem", ref="r-1", points=30)
    bank.ok("reserve", ref="h-1", points=20)
    told = owed(bank, "2026-02-05T09:10")

    assert {
        Cohort(date(2026, 1, 1), "base", "GOLD"): (100, 30, 50, 20),
        Cohort(date(2026, 2, 1), "base"): (250, 0, 250, 0),
    } == {
        value.cohort: (
            value.points.issued,
            value.points.redeemed,
            value.points.available,
            value.points.held,
        )
        for value in told.cohorts
    }
    assert 320 == told.points.outstanding
    assert (
        Rung(month=date(2026, 2, 1), points=70, first_on=date(2026, 2, 28)),
        Rung(month=date(2026, 3, 1), points=250, first_on=date(2026, 3, 31)),
    ) == told.ladder
    assert None is told.owed


def test_deferred_revenue_of_a_book() -> None:
    """Revenue is redeemed over expected of the allocated price; when all is over, all of it."""
    bank, held = member_bank(), expectations(ALL)
    bank.ok("redeem", ref="r-1", points=40)
    before, after = owed(bank, "2026-02-06T09:00", held), owed(bank, "2026-05-01T09:00", held)

    # 40 of 80 expected of 1.00, nothing of 2.50.
    assert (Decimal("3.50"), Decimal("0.50"), Decimal("3.00")) == (
        before.whole,
        before.earned,
        before.owed,
    )
    assert (Decimal("3.50"), Decimal("3.50"), Decimal("0.00")) == (
        after.whole,
        after.earned,
        after.owed,
    )
    assert 310 == after.points.lapsed


def test_cost_accrual_of_a_book() -> None:
    """The cost of points expected to be redeemed; the liability is that of those to come."""
    bank = member_bank()
    bank.ok("redeem", ref="r-1", points=40)
    told = owed(bank, "2026-02-06T09:00", expectations(ALL, model="cost-accrual"))

    # 80 of 100 and 200 of 250 expected, 40 redeemed.
    assert (Decimal("2.80"), Decimal("0.40"), Decimal("2.40")) == (
        told.whole,
        told.earned,
        told.owed,
    )


def test_rows_are_chosen_by_cohort() -> None:
    """The first row that holds values a cohort: by day of issue, class and tier."""
    gold = {"code": "gold", "tiers": ["GOLD"], "share": "1", "per_point": "0.02"}
    spring = {
        "code": "spring",
        "from_on": date(2026, 2, 1),
        "through_on": date(2026, 2, 28),
        "share": "0.5",
        "per_point": "0.04",
    }
    told = owed(member_bank(), "2026-02-06T09:00", expectations(gold, spring, ALL))

    assert {"gold": Fraction(100), "spring": Fraction(125)} == {
        value.cohort.row: value.expected for value in told.cohorts
    }
    assert Decimal("12.00") == told.whole


def test_arrears_are_not_netted() -> None:
    """What members owe is told apart, and lessens nothing."""
    bank = member_bank()
    bank.ok("redeem", "b", ref="r-b", points=50)
    bank.ok("refund", "b", ref="back", original_ref="other")
    told = owed(bank, "2026-02-06T09:00")

    assert (300, 50) == (told.points.outstanding, told.arrears)


def test_transferred_points_keep_their_cohort_month() -> None:
    """A transfer moves outstanding points from one member to the other, and none is lost."""
    bank = member_bank()
    before = owed(bank, "2026-02-06T09:00")
    bank.ok("transfer", ref="t-1", to="b", points=60)
    after = owed(bank, "2026-02-06T09:00")

    assert before.points.outstanding == after.points.outstanding
    assert before.ladder == after.ladder


def test_as_known_at() -> None:
    """What was written later is not in a valuation as known before."""
    bank = member_bank()
    known = bank.now
    bank.now = at("2026-02-20T09:00")
    bank.ok("redeem", ref="late", points=10, when="2026-02-06T09:00")
    accounts, zone = [entries_of(bank)], terms_of(bank).zone
    when = at("2026-02-10T09:00")

    assert 300 == liability(accounts, zone, as_of=when, known_at=known).points.outstanding
    assert 290 == liability(accounts, zone, as_of=when).points.outstanding


def test_faults_of_expectations_are_named() -> None:
    """A share above one, a negative price, rows that none can reach, a missing last row."""
    with pytest.raises(PolicyError) as caught:
        expectations(
            {"code": "x", "tiers": ["GOLD"], "share": "1.2", "per_point": "-1"},
            {"code": "x", "share": "0.5", "per_point": "1"},
            {"code": "y", "components": ["bonus"], "share": "0.5", "per_point": "1"},
            currency="XXQ",
        )
    with pytest.raises(PolicyError, match="a last row for everything"):
        expectations({"code": "x", "tiers": ["GOLD"], "share": "1", "per_point": "1"})
    paths = [fault.path for fault in caught.value.faults]

    assert [
        "version[0].currency",
        "version[0].cohort[0].share",
        "version[0].cohort[0].per_point",
        "version[0].cohort[1].code",
        "version[0].cohort[2]",
    ] == paths


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"points": -1}, "points is -1"),
        ({"points": True}, "bool"),
        ({"price": 1.5}, "float"),
        ({"price": "-1"}, "price is -1"),
        ({"expected_share": "1.01"}, "expected_share is 1.01"),
        ({"price": None}, "neither price nor allocated"),
        ({"allocated": "101"}, "more than the price"),
        ({"stands": [{"redeemed": 11}]}, "more than the 10 granted"),
        ({"stands": [{"redeemed": -1}]}, "redeemed is -1"),
        ({"stands": [{"redeemed": 5, "expected": 4}]}, "4 expected in all"),
        ({"stands": [{"redeemed": 5, "lapsed": 3, "expected": 8}]}, "8 expected in all"),
        ({"digits": 13}, "0 to 12 digits"),
        ({"currency": "XXQ"}, "XXQ"),
    ],
)
def test_bad_sales_are_named(facts: dict[str, Any], named: str) -> None:
    """Facts that cannot be are refused with their name."""
    good = {"price": "100", "points": 10, "value": "1", "currency": "USD"}

    with pytest.raises((FaultsError, UnknownNameError, ValueError), match=named):
        deferred_revenue(**{**good, **facts})


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"points": -1}, "points is -1"),
        ({"cost": "-0.01"}, "cost is -0.01"),
        ({"redeemed": 11}, "more than the 10 granted"),
        ({"expected_share": "-0.1"}, "expected_share is -0.1"),
    ],
)
def test_bad_costs_are_named(facts: dict[str, Any], named: str) -> None:
    """Facts that cannot be are refused with their name."""
    good = {"points": 10, "cost": "0.01", "currency": "USD"}

    with pytest.raises(FaultsError, match=named):
        cost_accrual(**{**good, **facts})


MONEY = st.decimals("0.01", "999999.99", places=2)


@given(
    price=MONEY,
    points=st.integers(1, 10**7),
    value=st.decimals("0.0001", "9", places=4),
    share=st.decimals("0", "1", places=3),
    parts=st.lists(st.fractions(0, 1), max_size=5),
    rounding=st.sampled_from(Rounding),
)
def test_recognised_lies_between_nothing_and_all(
    price: Decimal,
    points: int,
    value: Decimal,
    share: Decimal,
    parts: list[Fraction],
    rounding: Rounding,
) -> None:
    """I21: 0 ≤ recognised ≤ allocated; periods sum to it; all redeemed or lapsed: all of it."""
    redeemed = sorted(int(part * points) for part in parts)
    stands = [{"redeemed": held} for held in redeemed]
    last = {"redeemed": redeemed[-1] if redeemed else 0}
    last["lapsed"] = points - last["redeemed"]
    told = deferred_revenue(
        price=str(price),
        points=points,
        value=value,
        expected_share=share,
        stands=[*stands, last],
        currency="USD",
        rounding=rounding.value,
    ).outcome

    assert told.service is not None
    assert Decimal(str(price)) == told.service + told.allocated
    assert all(0 <= stand.recognised <= told.allocated for stand in told.stands)
    assert told.recognised == told.allocated == sum(stand.period for stand in told.stands)
    assert 0 == told.deferred


def test_scale_keeps_every_digit() -> None:
    """Large amounts lose no digit to an arithmetic of limited precision."""
    scale = Scale.of("USD", Rounding.HALF_UP)

    assert Decimal("123456789012345678901234567890.12") == scale.written(
        Fraction(12345678901234567890123456789012, 100)
    )


def test_components_are_cohorts_of_their_own() -> None:
    """Base and bonus of one purchase are valued apart."""
    rows = [earning("base"), earning("bonus", component="bonus", points="2")]
    bank = Bank(programme(earn=rows, expiry={"mode": "never"}))
    bank.post("100.00", "order", on="2026-01-05T09:00")
    bonus = {"code": "bonus", "components": ["bonus"], "share": "1", "per_point": "0.5"}
    told = owed(bank, "2026-01-06T09:00", expectations(bonus, ALL))

    assert Decimal("101.00") == told.whole
