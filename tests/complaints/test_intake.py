"""Intake: one customer's one matter is one case, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from handling_tools import faults_of, version_of
from hypothesis import given
from hypothesis import strategies as st

from bankservice.complaints import intake
from bankservice.complaints.contacts import EarlierCase, Intake, IntakeFacts
from bankservice.core.errors import UnknownNameError
from bankservice.core.unknown import UNKNOWN

VERSION = version_of("handling")
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 400 * 24).map(lambda hours: START + timedelta(hours=hours))
PRODUCTS: st.SearchStrategy[Any] = st.sampled_from(["wealth", "fund", "loan", UNKNOWN])
ISSUES: st.SearchStrategy[Any] = st.sampled_from(["fees", "late_fee", "waiting", UNKNOWN])
MATTERS: st.SearchStrategy[Any] = st.sampled_from(["complaint", "dispute", "concern", UNKNOWN])
REFS = st.sampled_from(["", "r-1", "r-2"])


@st.composite
def earlier_cases(draw: st.DrawFn) -> tuple[EarlierCase, ...]:
    """Draw the cases a customer brought before."""
    held = []
    for index in range(draw(st.integers(0, 4))):
        received = draw(MOMENTS)
        after = draw(st.none() | st.integers(0, 2000))
        held.append(
            EarlierCase(
                case=f"c-{index}",
                received_at=received,
                closed_at=None if after is None else received + timedelta(hours=after),
                matter=draw(MATTERS),
                product=draw(PRODUCTS),
                issue=draw(ISSUES),
                refs=tuple(ref for ref in (draw(REFS),) if ref),
            )
        )
    return tuple(held)


@st.composite
def contacts(draw: st.DrawFn) -> IntakeFacts:
    """Draw a contact of a customer with cases behind them."""
    return IntakeFacts(
        on=date(2026, 11, 22),
        customer="zhao",
        received_at=draw(MOMENTS),
        channel="email",
        matter=draw(MATTERS),
        product=draw(PRODUCTS),
        issue=draw(ISSUES),
        external_ref=draw(REFS),
        new_facts=draw(st.sampled_from([True, False, UNKNOWN])),
        earlier=draw(earlier_cases()),
    )


def decided(facts: IntakeFacts) -> Intake:
    """Return what a contact is."""
    return intake.decide(facts, VERSION).outcome


class TestLaws:
    """What holds of every contact."""

    @given(contacts())
    def test_the_verdict_agrees_with_the_case(self, facts: IntakeFacts) -> None:
        """A duplicate is of a case that was open then, a repeat of one that was closed."""
        found = decided(facts)
        held = {case.case: case for case in facts.earlier}

        assert (found.verdict in ("duplicate", "repeat")) == bool(found.of)
        if found.of:
            assert (found.verdict == "duplicate") == held[found.of].open_at(facts.received_at)
        assert (found.verdict == "possible-duplicate") == bool(found.candidates)

    @given(contacts())
    def test_no_open_case_is_lost(self, facts: IntakeFacts) -> None:
        """Every open case of the customer is the one, a candidate, or linked."""
        found = decided(facts)
        named = {found.of, *found.candidates, *found.related}

        assert {case.case for case in facts.earlier if case.open_at(facts.received_at)} <= named
        assert set() == set(found.related) & {found.of, *found.candidates}

    @given(contacts(), st.randoms(use_true_random=False))
    def test_the_order_of_the_cases_changes_nothing(self, facts: IntakeFacts, random: Any) -> None:
        """The same cases in another order give the same verdict, case and candidates."""
        other = list(facts.earlier)
        random.shuffle(other)
        one, two = decided(facts), decided(attrs.evolve(facts, earlier=tuple(other)))

        assert attrs.evolve(one, related=()) == attrs.evolve(two, related=())
        assert set(one.related) == set(two.related)

    @given(contacts())
    def test_an_unknown_joins_nothing_but_by_reference(self, facts: IntakeFacts) -> None:
        """A contact whose issue is unknown is joined by its reference number, or left to a person."""
        found = decided(attrs.evolve(facts, issue=UNKNOWN, digest=""))

        assert found.by in ("reference", "unsure", None)

    @given(contacts())
    def test_known_other_matters_stay_apart(self, facts: IntakeFacts) -> None:
        """A doubt never joins a complaint, whatever else is the same."""
        earlier = tuple(attrs.evolve(case, matter="complaint") for case in facts.earlier)
        found = decided(attrs.evolve(facts, matter="concern", earlier=earlier))

        assert "new" == found.verdict

    @given(contacts())
    def test_explaining_decides_the_same(self, facts: IntakeFacts) -> None:
        """The explanation is of the same decision, in both languages."""
        decision = intake.decide(facts, VERSION)

        assert decision.explain("en")
        assert decision.explain("zh_CN")


class TestBadInput:
    """What is refused."""

    def test_naive_instants(self) -> None:
        """An instant without its offset is no instant."""
        with pytest.raises(ValueError, match=r"offset|zone|naive"):
            IntakeFacts(
                on=date(2026, 11, 22),
                customer="zhao",
                received_at=datetime(2026, 11, 22),  # noqa: DTZ001 - naive on purpose
                channel="web",
            )

    def test_closed_before_received(self) -> None:
        """A case cannot be closed before it was received."""
        with pytest.raises(ValueError, match="before it was received"):
            EarlierCase(case="c-1", received_at=START, closed_at=START - timedelta(1))

    @pytest.mark.parametrize("name", ["channel", "product", "issue"])
    def test_codes_are_those_of_the_vocabularies(self, name: str) -> None:
        """A code that no vocabulary has is refused with the near names."""
        facts = {"channel": "web", name: "hotlin"}
        with pytest.raises(UnknownNameError, match=f"code of {name}"):
            intake("handling", on="2026-11-22", customer="zhao", received_at=START, **facts)

    def test_policies_that_join_by_branch_alone(self) -> None:
        """Windows below zero, and joining by the branch alone, are faults."""
        wrong = {"duplicate_within_days": -1, "repeat_within_days": -1, "same": ["branch"]}

        assert {
            "version[0].intake.duplicate_within_days",
            "version[0].intake.repeat_within_days",
            "version[0].intake.same",
        } == set(faults_of("handling", lambda version: version.update(intake=wrong)))


def test_the_branch_may_count_too() -> None:
    """Where the policy says so, contacts about two branches are two cases."""
    intake_rules = {
        "duplicate_within_days": 60,
        "repeat_within_days": 0,
        "same": ["product", "issue", "branch"],
    }
    version = version_of("handling", lambda raw: raw.update(intake=intake_rules))
    about: dict[str, Any] = {"matter": "complaint", "product": "fund", "issue": "waiting"}
    earlier = EarlierCase(case="c-1", received_at=START, branch="b-1", **about)
    facts = IntakeFacts(
        on=date(2026, 11, 22),
        customer="zhao",
        received_at=START,
        channel="web",
        branch="b-2",
        earlier=(earlier,),
        **about,
    )

    assert "new" == intake.decide(facts, version).outcome.verdict
    same = attrs.evolve(facts, branch="b-1")
    assert "duplicate" == intake.decide(same, version).outcome.verdict


def test_the_newest_of_several_closed_cases_is_repeated() -> None:
    """A matter closed twice before is a repeat of the case closed last."""
    about: dict[str, Any] = {"matter": "complaint", "product": "fund", "issue": "waiting"}
    cases = tuple(
        EarlierCase(
            case=f"c-{days}",
            received_at=START,
            closed_at=START + timedelta(days),
            **about,
        )
        for days in (3, 9, 5)
    )
    facts = IntakeFacts(
        on=date(2026, 11, 22),
        customer="zhao",
        received_at=START + timedelta(20),
        channel="web",
        earlier=cases,
        **about,
    )

    assert "c-9" == decided(facts).of
