"""The laws of tables over facts for treatments and services: unknown, orders, and explanations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.lifecycle import treatments
from bankservice.segmentation import entitlements

ON = date(2026, 11, 22)
FEW = settings(max_examples=some(40))
STAGES = ("prospect", "first_time", "active", "loyal", "inactive", "lost", "won_back")
REASONS = ("LC_KNOWN", "LC_INACTIVE", "LC_CLOSED", "LC_REPEAT", "LC_LOYAL")
TIERS = ("STANDARD", "GOLD", "PLATINUM", "PRIVATE")
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "stage": st.sampled_from(STAGES),
    "stage_reason": st.sampled_from(REASONS),
    "tier": st.sampled_from(TIERS),
    "days_in_stage": st.sampled_from((0, 6, 7, 8, 29, 30, 31, 400)),
    "customer_kind": st.sampled_from(("person", "business_owner", "small_business")),
    "behaviours": st.lists(st.sampled_from(("investing", "spending", "operating")), unique=True),
    "region": st.sampled_from(("CN-SC", "CN-SH")),
    "products": st.integers(0, 4),
    "active_days": st.integers(0, 30),
    "segment": st.just("general"),
    "turnover_minor": st.integers(0, 10**9),
    "online_share": st.integers(0, 10_000),
    "industry": st.just("catering"),
    "rfm": st.just("555"),
}
WHOLE = st.fixed_dictionaries(KNOWN)
PARTS = st.fixed_dictionaries(
    {}, optional={name: held | st.just("unknown") for name, held in KNOWN.items()}
)
SERVED = ("customer_kind", "tier", "behaviours", "stage", "segment", "products", "region")


def meant(customer: dict[str, Any], **more: Any) -> Any:
    """Return what is meant for a customer; nothing was refused, and ads are consented to."""
    return treatments(
        "retail-treatments-shape",
        on=ON,
        customer=customer,
        **{"consents": ["marketing"], **more},
    )


def served(customer: dict[str, Any]) -> Any:
    """Return the services of a customer."""
    facts = {name: customer[name] for name in SERVED if name in customer}
    return entitlements("cn-entitlements-shape", on=ON, customer=facts)


def known(customer: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that are known."""
    return {name: held for name, held in customer.items() if held != "unknown"}


class TestTreatments:
    """What is meant, and what hangs on something."""

    @FEW
    @given(PARTS, WHOLE)
    def test_what_is_due_is_due_whatever_the_unknown_is(
        self, customer: dict[str, Any], fill: dict[str, Any]
    ) -> None:
        """What is due with facts unknown is due with any of them; what is not hangs on them."""
        part, whole = meant(customer).outcome, meant({**fill, **known(customer)}).outcome
        due = {each.treatment for each in whole.due}

        assert {each.treatment for each in part.due} <= due
        assert not whole.unknown
        assert due - {each.treatment for each in part.due} <= {
            each.treatment for each in part.held_back
        }

    @FEW
    @given(WHOLE, st.integers(0, 400))
    def test_nothing_twice_within_its_cool_down(self, customer: dict[str, Any], days: int) -> None:
        """What was meant a while ago is due again, or held back until a later day; never silent."""
        first = meant(customer).outcome
        past = [{"code": each.treatment, "on": ON - timedelta(days)} for each in first.due]
        again = meant(customer, past=past).outcome
        held = {each.treatment: each for each in again.held_back}

        assert {each.treatment for each in first.due} <= {
            each.treatment for each in again.due
        } | set(held)
        assert all(each.until is None or each.until > ON for each in held.values())

    @FEW
    @given(PARTS)
    def test_who_wants_nothing_gets_nothing(self, customer: dict[str, Any]) -> None:
        """A refusal of all is kept, whatever else is known."""
        assert () == meant(customer, refused=["all"]).outcome.due

    @FEW
    @given(PARTS)
    def test_deciding_again_gives_the_same(self, customer: dict[str, Any]) -> None:
        """Laws 30 and 34: equal facts give equal decisions, explained in both languages."""
        first, second = meant(customer), meant(dict(reversed(customer.items())))

        assert first == second
        assert hash(first) == hash(second)
        assert first.explain("en")
        assert first.explain("zh_CN")


class TestServices:
    """What is given, and what hangs on something."""

    @FEW
    @given(PARTS, WHOLE)
    def test_what_is_given_is_given_whatever_the_unknown_is(
        self, customer: dict[str, Any], fill: dict[str, Any]
    ) -> None:
        """A service given with facts unknown is given with any of them; the rest is undecided."""
        part, whole = served(customer).outcome, served({**fill, **known(customer)}).outcome

        assert set(part.services) <= set(whole.services)
        assert not whole.undecided
        assert set(whole.services) - set(part.services) <= set(part.undecided)

    @FEW
    @given(PARTS)
    def test_deciding_again_gives_the_same(self, customer: dict[str, Any]) -> None:
        """Laws 30 and 34: equal facts give equal decisions, explained in both languages."""
        first, second = served(customer), served(dict(reversed(customer.items())))

        assert first == second
        assert hash(first) == hash(second)
        assert first.explain("en")
        assert first.explain("zh_CN")
