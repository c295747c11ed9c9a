"""
Faults that users of other systems met with promotions, one test each.

Each is named after its thread, restated in our own words; the numbers are those of our list.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest
from offer_tools import (
    WIRE,
    Clock,
    benefits,
    bonus,
    gift,
    lane,
    offering,
    shanghai,
    waiver,
)

from bankservice import loyalty
from bankservice.core.policy import Policy, Title
from bankservice.loyalty.benefits.model import Offered

ON = date(2026, 6, 1)


def wire(policy: Policy[Any], amount: str = "100.00", **more: Any) -> Offered:
    """Return what a wire fee becomes."""
    facts: dict[str, Any] = {"on": ON, "fee": "wire", "fee_amount": amount, **more}
    return loyalty.offers(policy, **facts).outcome


def test_odoo_222428_the_programmes_day_decides_at_every_step() -> None:
    """B31: seen from California and posted by a server in UTC, the last day is the bank's own."""
    policy = offering(waiver(window={"through_on": date(2026, 6, 30)}))
    # In Shanghai it is 30 June 23:30; in UTC 15:30 of that day, in California still the morning.
    bought = datetime.fromisoformat("2026-06-30T08:30:00-07:00")
    later = Clock(datetime(2026, 6, 30, 19, tzinfo=UTC))
    bank = benefits(policy, later)
    seen = bank.preview("wu", at=bought, **WIRE)
    done = bank.claim("c-1", "wu", ref="w-1", at=bought, **WIRE)

    assert isinstance(seen, Offered)
    assert (date(2026, 6, 30), 0) == (seen.on, seen.fee_minor)
    assert done.accepted
    claim = bank.view("wu").claims["w-1"]
    assert (seen.on, seen.fee_minor) == (claim.on, claim.fee_minor)


@pytest.mark.parametrize(
    ("at", "charged"),
    [
        (shanghai(2026, 6, 19, 23, 59, 59), 0),
        (shanghai(2026, 6, 20), 10000),
    ],
)
def test_virtocommerce_956_odoo_100339_until_19_june(at: datetime, charged: int) -> None:
    """B32: the last second of 19 June counts, the first instant of 20 June does not."""
    policy = offering(waiver(window={"through_on": date(2026, 6, 19)}))
    decision = loyalty.offers(policy, at=at, zone="Asia/Shanghai", **WIRE)

    assert charged == decision.outcome.fee_minor


def test_medusa_16396_equal_fees_in_any_order() -> None:
    """B77: of fees of one amount, whatever their order, the same ones are waived."""
    policy = offering(waiver(most=2, period="month"))
    fees = [{"code": "wire", "amount": "5.00", "ref": ref} for ref in "abcd"]
    found = {
        tuple(
            sorted(
                (fee.ref, fee.charged_minor)
                for fee in loyalty.offers(policy, on=ON, fees=list(order)).outcome.fees
            )
        )
        for order in permutations(fees)
    }

    assert {(("a", 0), ("b", 0), ("c", 500), ("d", 500))} == found


def test_medusa_13265_every_two_units() -> None:
    """B78: every two units and four of them: twice, up to the stated most."""
    policy = offering(gift(every=2, most_each_time=3))
    times = {
        quantity: sum(
            benefit.times
            for benefit in loyalty.offers(policy, on=ON, quantity=quantity).outcome.benefits
        )
        for quantity in (1, 2, 3, 4, 9)
    }

    assert {1: 0, 2: 1, 3: 1, 4: 2, 9: 3} == times


def test_medusa_8829_more_than_there_is() -> None:
    """B79: a benefit larger than the fee leaves nothing, never less."""
    policy = offering(waiver("a"), waiver("b"), waiver("c", most_each="500.00"), lane=[lane("all")])
    outcome = wire(policy, "3.00")

    assert 0 == outcome.fee_minor
    assert [300] == [benefit.waived_minor for benefit in outcome.benefits]
    assert ["nothing-left"] * 2 == [no.why.value for no in outcome.not_applied]


def test_saleor_17453_forty_and_then_seventy() -> None:
    """B80: 40% and then 70% of 100 leave 18; no sum above the whole can arise."""
    shares = [waiver("a", share="0.40"), waiver("b", share="0.70")]
    policy = offering(*shares, lane=[lane("all")])

    assert 1800 == wire(policy).fee_minor


def test_saleor_12107_the_cheapest_eligible_one() -> None:
    """B81: a cheaper fee that is not eligible is none: the cheapest eligible one is waived."""
    policy = offering(waiver(most=1, period="month", pick="smallest"))
    fees = [
        {"code": "card", "amount": "1.00"},
        {"code": "wire", "amount": "9.00"},
        {"code": "wire", "amount": "4.00"},
    ]
    outcome = loyalty.offers(policy, on=ON, fees=fees).outcome

    assert [100, 900, 0] == [fee.charged_minor for fee in outcome.fees]


def test_saleor_5689_10688_half_up_to_ten() -> None:
    """B82: half, ten at most: 8 gives 4 off and 100 gives 10; all together may have a ceiling."""
    half = waiver("half", share="0.5", most_each="10.00")
    alone = offering(half)
    both = offering(half, waiver("rest"), lane=[lane("all")], most_waived="30.00")

    assert [400, 1000] == [
        sum(benefit.waived_minor for benefit in wire(alone, amount).benefits)
        for amount in ("8.00", "100.00")
    ]
    assert 7000 == wire(both).fee_minor


def test_open_loyalty_a_harmless_edit_changes_nothing() -> None:
    """B83: another title, or another place in the file, and every result stays as it was."""
    offers = [
        waiver("a", share="0.5"),
        waiver("b", share="0.5"),
        bonus("c"),
        bonus("d", basis_points=25),
    ]
    facts = {**WIRE, "on": ON, "product": "deposit", "rate": "1.00"}
    before = loyalty.offers(offering(*offers), **facts).outcome
    for order in permutations(offers):
        edited = [{**offer, "title": {"en": "Edited", "zh": "改"}} for offer in order]

        assert before == loyalty.offers(offering(*edited), **facts).outcome


@pytest.mark.parametrize(("priority", "winner"), [(100, "a"), (1, "b")])
@pytest.mark.parametrize("mode", ["best", "cheapest"])
def test_saleor_two_equal_benefits(mode: str, priority: int, winner: str) -> None:
    """B84: of two equal benefits the one of lower priority number is taken, then by code."""
    pair = [waiver("a", share="0.5"), waiver("b", share="0.5", priority=priority)]
    for order in (pair, pair[::-1]):
        outcome = wire(offering(*order, lane=[lane(mode)]))

        assert [winner] == [benefit.offer for benefit in outcome.benefits]
        assert ["beaten"] == [no.why.value for no in outcome.not_applied]


def test_titles_are_no_part_of_a_version() -> None:
    """B83: the digest, by which records name a version, does not change with a title either."""
    first, second = (
        offering({**waiver(), "title": {"en": text, "zh": text}}) for text in ("One", "Two")
    )

    assert first.versions[0].ref.digest == second.versions[0].ref.digest
    assert Title(en="Two", zh="Two") == second.versions[0].parameters.offers[0].title
