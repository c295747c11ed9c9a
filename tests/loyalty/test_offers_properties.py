"""Laws of offers: order never matters, no rate past its edge, no fee below nothing, no sum of parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import product as product_of
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from offer_tools import Clock, benefits, bonus, discount, gift, lane, offering, shanghai, waiver

from bankservice import loyalty
from bankservice.core.decision import Trace
from bankservice.core.errors import PolicyError
from bankservice.core.policy import Policy
from bankservice.core.record import Refused
from bankservice.loyalty.benefits.model import Offered

ON = date(2026, 6, 1)
MODES = ("all", "best", "cheapest", "first")
LANES = ("one", "two")

rates = st.decimals(Decimal(0), Decimal(6), places=3)
cents = st.integers(1, 30_000).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
shares = st.integers(1, 20).map(lambda part: str(Decimal(part) / 20))
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"when": {"fact": "tier", "equals": "GOLD"}},
    {"when": {"fact": "new_customer", "equals": True}},
    {"when": {"fact": "amount", "at_least": 100}},
    {"enrolment": True},
    {"group": "g"},
    {"window": {"months": [6]}},
    {"window": {"months": [7]}},
)
conditions = st.sampled_from(_CONDITIONS)


@st.composite
def offers(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an offer without its code."""
    more: dict[str, Any] = {
        "lane": draw(st.sampled_from(LANES)),
        "priority": draw(st.integers(1, 3)),
        **draw(conditions),
    }
    make = draw(st.sampled_from((bonus, discount, waiver, gift)))
    if make in (bonus, discount):
        more["basis_points"] = draw(st.integers(1, 200))
        more["ceiling" if make is bonus else "floor"] = str(draw(rates) + Decimal("0.001"))
    elif make is waiver:
        more |= {"share": draw(shares), "fees": draw(st.sampled_from((["wire"], ["wire", "card"])))}
        if draw(st.booleans()):
            more |= {"most": draw(st.integers(1, 3)), "period": "month"}
        if draw(st.booleans()):
            more |= {"most_each": draw(cents)}
    else:
        more |= {"every": draw(st.integers(1, 3))}
        if draw(st.booleans()):
            more |= {"most": draw(st.integers(1, 3)), "period": "year"}
    row: dict[str, Any] = make("", **more)
    return row


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw offers with codes of their own."""
    held = draw(st.lists(offers(), min_size=1, max_size=6))
    return [{**offer, "code": f"o{place}"} for place, offer in enumerate(held)]


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event without its day."""
    fees = draw(st.lists(st.tuples(st.sampled_from(("wire", "card")), cents), max_size=4))
    return {
        "product": draw(st.sampled_from(("deposit", "loan", "home_loan", "", "unknown"))),
        "rate": draw(st.none() | rates),
        "fees": [
            {"code": code, "amount": amount, "ref": f"f{place}"}
            for place, (code, amount) in enumerate(fees)
        ],
        "quantity": draw(st.integers(1, 6)),
        "amount": draw(st.none() | st.sampled_from(("99.99", "100.00"))),
        "tier": draw(st.sampled_from(("GOLD", "STANDARD", "", "unknown"))),
        "new_customer": draw(st.sampled_from((True, False, "unknown"))),
    }


modes = st.tuples(st.sampled_from(MODES), st.sampled_from(MODES))


def lanes(held: tuple[str, str]) -> list[dict[str, Any]]:
    """Return two lanes."""
    return [lane(mode, code) for code, mode in zip(LANES, held, strict=True)]


def policy_of(table: list[dict[str, Any]], held: tuple[str, str]) -> Policy[Any] | None:
    """Return the policy of a table, or None where a row can never be reached."""
    try:
        return offering(*table, lane=lanes(held))
    except PolicyError as error:
        assert all("reached" in fault.got for fault in error.faults), error  # noqa: PT017
        return None


def asked(policy: Policy[Any], event: Mapping[str, Any], **more: Any) -> Offered:
    """Return what an event gets."""
    return loyalty.offers(policy, on=ON, **{**event, **more}).outcome


@given(tables(), modes, events(), st.randoms(use_true_random=False))
def test_order_never_matters(
    table: list[dict[str, Any]], held: tuple[str, str], event: dict[str, Any], random: Any
) -> None:
    """In which order offers are written, or fees stated, changes nothing that anybody gets."""
    policy = policy_of(table, held)
    if policy is None:
        return
    shuffled, fees = list(table), list(event["fees"])
    random.shuffle(shuffled)
    random.shuffle(fees)
    again = policy_of(shuffled, held)
    first = asked(policy, event)

    assert again is not None
    assert first == asked(again, event)
    moved = asked(policy, event, fees=fees)
    assert first.rate == moved.rate
    assert sorted(first.fees, key=lambda fee: fee.ref) == sorted(
        moved.fees, key=lambda fee: fee.ref
    )


@given(tables(), modes, events())
def test_edges(table: list[dict[str, Any]], held: tuple[str, str], event: dict[str, Any]) -> None:
    """No rate is moved past the edge of the offer that moves it, no fee goes below nothing."""
    policy = policy_of(table, held)
    if policy is None:
        return
    outcome = asked(policy, event)
    rows = {row["code"]: row for row in table}
    rate = event["rate"]
    for benefit in outcome.benefits:
        row = rows[benefit.offer]
        if benefit.kind == "rate_bonus":
            rate += benefit.basis_points / 100
            assert rate <= Decimal(row["ceiling"])
        elif benefit.kind == "rate_discount":
            rate -= benefit.basis_points / 100
            assert rate >= Decimal(row["floor"])
        if benefit.kind in ("rate_bonus", "rate_discount"):
            assert row["basis_points"] == benefit.basis_points + benefit.lost_basis_points
            assert 0 < benefit.basis_points

    assert rate == outcome.rate
    assert all(
        fee.fee_minor == fee.waived_minor + fee.charged_minor and 0 <= fee.charged_minor
        for fee in outcome.fees
    )
    waived = sum(benefit.waived_minor for benefit in outcome.benefits)
    assert sum(fee.waived_minor for fee in outcome.fees) == waived
    codes = [benefit.offer for benefit in outcome.benefits]
    codes += [no.offer for no in outcome.not_applied]
    assert sorted(rows) == sorted(codes), "every offer is told of, once"


@given(tables(), events())
def test_stacked_is_never_more_than_the_sum(
    table: list[dict[str, Any]], event: dict[str, Any]
) -> None:
    """Offers that stack give at most the sum of what each gives alone; on rates at least the best."""
    table = [{key: part for key, part in row.items() if key != "group"} for row in table]
    policy = policy_of(table, ("all", "all"))
    if policy is None:
        return
    together = asked(policy, event)
    alone = [asked(offering(row, lane=lanes(("all", "all"))), event) for row in table]

    def changed(outcome: Offered, kind: str) -> Decimal:
        held = [benefit for benefit in outcome.benefits if benefit.kind == kind]
        return sum((b.basis_points + b.waived_minor for b in held), Decimal(0))

    for kind in ("rate_bonus", "rate_discount", "fee_waiver"):
        singles = [changed(outcome, kind) for outcome in alone]
        assert changed(together, kind) <= sum(singles)
        if kind != "fee_waiver":
            assert max(singles) <= changed(together, kind)


@given(tables(), modes, events())
def test_explaining_decides_again_the_same(
    table: list[dict[str, Any]], held: tuple[str, str], event: dict[str, Any]
) -> None:
    """With a trace the same comes out, and every offer is told of in both languages."""
    policy = policy_of(table, held)
    if policy is None:
        return
    decision = loyalty.offers(policy, on=ON, **event)
    trace = Trace()
    rule = decision.rule

    assert decision.outcome == rule.evaluate(
        decision.facts, rule.parameters(decision.versions), trace
    )
    assert len(table) <= len(trace.checks)
    assert decision.explain("en")
    assert decision.explain("zh_CN")


@given(tables(), modes, st.lists(events(), min_size=1, max_size=4))
def test_a_preview_is_what_a_claim_gets(
    table: list[dict[str, Any]], held: tuple[str, str], bought: list[dict[str, Any]]
) -> None:
    """For the same state and instant a preview and a claim give the same, refusals included."""
    policy = policy_of(table, held)
    if policy is None:
        return
    bank = benefits(policy, Clock(shanghai(2026, 6, 1, 12)))
    for campaign in policy.versions[0].parameters.campaigns:
        if campaign != "o0":
            bank.enrol(f"e-{campaign}", "wu", campaign=campaign)
    for place, event in enumerate(bought):
        ref = f"r-{place}"
        seen = bank.preview("wu", **event)
        answer = bank.claim(f"c-{place}", "wu", ref=ref, **event)

        assert isinstance(seen, Offered), "a preview tells what is certain"
        assert bool(seen.unknown) == (answer.refused == "undecided")
        answer = bank.claim(f"d-{place}", "wu", ref=ref, certain_only=True, **event)
        assert answer.accepted
        claim = bank.view("wu").claims[ref]
        assert (seen.benefits, seen.rate, seen.fee_minor) == (
            claim.benefits,
            claim.rate,
            claim.fee_minor,
        )
        assert seen.unknown == claim.unknown


@given(tables(), modes, events())
def test_limits_hold_over_any_claims(
    table: list[dict[str, Any]], held: tuple[str, str], event: dict[str, Any]
) -> None:
    """However often an event comes, no offer is used more often than it may be."""
    policy = policy_of(table, held)
    if policy is None:
        return
    bank = benefits(policy, Clock(shanghai(2026, 6, 1, 12)))
    for place in range(4):
        bank.claim(f"c-{place}", "wu", ref=f"r-{place}", certain_only=True, **event)
    used = bank.view("wu").used

    for row in table:
        if "most" in row:
            assert used[row["code"]].count <= row["most"]
            assert used[row["code"]].left == row["most"] - used[row["code"]].count


def test_a_refusal_is_no_outcome() -> None:
    """Where a claim would be refused for its day, so is the preview."""
    bank = benefits(offering(waiver()), Clock(shanghai(2026, 6, 1)))

    assert isinstance(bank.preview("wu", on=date(2026, 6, 9)), Refused)


@given(tables(), modes, events())
def test_what_is_not_named_as_unknown_cannot_matter(
    table: list[dict[str, Any]], held: tuple[str, str], event: dict[str, Any]
) -> None:
    """Where no fact is named, whatever the unknown ones are, the event gets the same."""
    policy = policy_of(table, held)
    if policy is None:
        return
    names = ("product", "tier", "new_customer", "amount")
    open_event = {**event, **dict.fromkeys(names, "unknown")}
    outcome = asked(policy, open_event)
    if outcome.unknown:
        return
    for values in product_of(
        ("deposit", "loan", "payment", ""), ("GOLD", "STANDARD", ""), (True, False), ("0", "100")
    ):
        known = asked(policy, event, **dict(zip(names, values, strict=True)))

        assert outcome.benefits == known.benefits
        assert () == known.unknown
