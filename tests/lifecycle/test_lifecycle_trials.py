"""Stages, accounts and treatments tried under another policy, from books and from the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from care_tools import CUSTOMERS, FIRST, LIMITS, RETAIL, meaning, treatment
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_proof_tools import policy_of

from bankservice import simulate
from bankservice.bank import Bank, open_bank
from bankservice.core.policy import Policy
from bankservice.core.simulation import Simulation
from bankservice.core.trial import Question, Unasked
from bankservice.journals.keys import MemoryKeys
from bankservice.lifecycle import SHELF, TRIALS, Observe, stage
from bankservice.testing.lifecycle_strategies import activity_paths, stage_policies, stage_tables

SIX_TWELVE: Mapping[str, Any] = {"inactive_after": "P6M", "lost_after": "P12M"}
ROWS: Sequence[Mapping[str, Any]] = (
    {"code": "gifts", "when": {"fact": "kind", "equals": "gift"}, "counts": True},
    {"code": "rest"},
)
ON = date(2025, 6, 30)
LAW = SHELF.get("lifecycle/ca-unclaimed-balances")
LAWS = ("ca-unclaimed-balances", "in-inoperative-accounts", "uk-dormant-accounts")
STAGE, DORMANCY, TREATMENTS = (TRIALS[place] for place in range(3))

ACCOUNTS = st.fixed_dictionaries(
    {
        "on": st.just(date(2026, 11, 22)),
        "account_kind": st.sampled_from(["savings", "current", "term"]),
        "last_activity_on": st.dates(date(1990, 1, 1), date(2026, 11, 22)),
    }
)


def book(facts: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return facts as a book."""
    return {f"customer-{place}": held for place, held in enumerate(facts)}


def adds_up(told: Simulation, asked: int) -> bool:
    """Tell whether the rows of the matrix sum to the book."""
    return asked == told.asked == sum(told.matrix.values())


class TestBooks:
    """Laws of every simulation, over books that are drawn."""

    @given(
        stage_policies(stage_tables()),
        stage_policies(stage_tables()),
        st.lists(activity_paths(), max_size=5),
    )
    @settings(max_examples=some(25))
    def test_stages(
        self, first: Policy[Any], second: Policy[Any], paths: Sequence[Sequence[Mapping[str, Any]]]
    ) -> None:
        """A policy against itself changes nothing; against another, everybody is somewhere."""
        facts = [{"as_of": ON, "activity": path} for path in paths]

        assert simulate(first, first, book(facts), rule="lifecycle.stage").empty
        assert adds_up(simulate(first, second, book(facts), rule="lifecycle.stage"), len(facts))

    @given(st.sampled_from(["P1M", "P2M", "P5M", "P5M20D"]), st.lists(activity_paths(), max_size=8))
    @settings(max_examples=some(25))
    def test_a_shorter_period_makes_nobody_less_inactive(
        self, shorter: str, paths: Sequence[Sequence[Mapping[str, Any]]]
    ) -> None:
        """Who is inactive or lost after six months is so after fewer."""
        facts = [{"as_of": ON, "activity": path} for path in paths]
        other = policy_of({**SIX_TWELVE, "inactive_after": shorter})
        told = simulate(policy_of(SIX_TWELVE), other, book(facts))
        gone = {"inactive", "lost"}

        assert {after for before, after in told.matrix if before in gone} <= gone
        assert not told.days or told.days["since"].gone == 0

    @given(st.lists(ACCOUNTS, max_size=6), st.sampled_from(LAWS))
    @settings(max_examples=some(20))
    def test_accounts(self, facts: Sequence[Mapping[str, Any]], other: str) -> None:
        """The same of accounts under the laws of two countries."""
        first, second = LAW, SHELF.get(f"lifecycle/{other}")

        assert simulate(first, first, book(facts)).empty
        assert adds_up(simulate(first, second, book(facts)), len(facts))

    @given(st.lists(CUSTOMERS, max_size=6))
    @settings(max_examples=some(20))
    def test_treatments(self, customers: Sequence[Mapping[str, Any]]) -> None:
        """The same of what is meant; one more of each treatment is one more in its sum."""
        more = {"on": FIRST, "consents": ["marketing"], "ended": False}
        facts = [{"customer": held, **more} for held in customers]
        told = simulate(LIMITS, meaning(treatment()), book(facts))

        assert simulate(LIMITS, LIMITS, book(facts)).empty
        assert adds_up(told, len(facts))
        alive = [held for held in customers if held["stage_reason"] != "LC_DECEASED"]
        loyal = sum(held["stage"] == "loyal" for held in alive)
        assert not loyal or (0, loyal) == told.amounts["meant:note"]


class TestSeen:
    """What outcomes are compared by, and what people call it."""

    def test_stages(self) -> None:
        """A stage with its first day and the next clock; nobody's; what hangs on something unknown."""
        other = policy_of({**SIX_TWELVE, "inactive_after": "P5M"})
        asked: dict[str, Any] = {
            "al": {"as_of": "2024-06-20", "activity": [{"on": "2024-01-10"}]},
            "bo": {"as_of": "2024-06-20"},
            "cy": {"as_of": "2024-06-20", "activity": [{"on": "unknown"}]},
        }
        told = simulate(policy_of(SIX_TWELVE), other, asked)
        parameters = other.versions[0].parameters
        titles = [STAGE.title(parameters, place) for place in told.places()]

        assert {
            ("first_time", "inactive"): 1,
            ("unknown-customer", "unknown-customer"): 1,
            ("undecided", "undecided"): 1,
        } == told.matrix
        moved = {name: dict(shift.by) for name, shift in told.days.items()}
        assert (1, {"since": {153: 1}, "next": {184: 1}}) == (told.changed, moved)
        assert ["初次客户", "不活跃客户", None, "尚未建立关系"] == [
            title and title.zh for title in titles
        ]

    def test_accounts(self) -> None:
        """A status of the law by its own title, and its days."""
        facts = {
            "al": {"on": "2026-11-22", "account_kind": "savings", "last_activity_on": "2010-01-10"}
        }
        (place,) = simulate(LAW, LAW, facts).places()
        titles = [
            DORMANCY.title(LAW.versions[-1].parameters, held) for held in (place, "active", "x")
        ]

        assert [row.title for row in LAW.versions[-1].parameters.statuses if row.code == place] == [
            titles[0]
        ]
        assert ["active", None] == [title and title.en for title in titles[1:]]
        unknown = simulate(LAW, LAW, {"bo": {"on": "2026-11-22", "account_kind": "savings"}})
        assert ("undecided",) == unknown.places()

    def test_treatments(self) -> None:
        """Whether anything is meant; each treatment counts, and its last day may move."""
        more = {"on": FIRST, "ended": False}
        facts = {"customer": {"stage": "loyal"}, **more}
        rows = (treatment(), treatment("second", when={"fact": "stage", "equals": "lost"}))
        told = simulate(
            meaning(*rows),
            meaning(treatment(within="P9D")),
            {"al": facts, "bo": {"customer": {"stage": "lost"}, **more}, "cy": more},
        )

        assert {
            ("meant", "meant"): 1,
            ("meant", "nothing"): 1,
            ("undecided", "undecided"): 1,
        } == told.matrix
        assert {"meant:note": (1, 1), "meant:second": (1, 0)} == told.amounts
        assert {2: 1} == told.days["due_by:note"].by
        assert ["拟" in str(TREATMENTS.title(None, place)) for place in ("meant", "nothing")] == [
            True,
            True,
        ]


def stages_bank(policy: Policy[Any], **more: Any) -> Bank:
    """Return a bank that keeps stages."""
    now = datetime(2025, 7, 1, 12, tzinfo=UTC)
    return open_bank("memory:", stages=policy, now=lambda: now, **more)


class TestStagesOfTheRecord:
    """Stages are asked again of what the record keeps."""

    @given(stage_policies(stage_tables()), activity_paths(start=date(2024, 1, 31), max_gap=60))
    @settings(max_examples=some(30))
    def test_under_the_same_policy_the_stage_stands(
        self, policy: Policy[Any], path: Sequence[Mapping[str, Any]]
    ) -> None:
        """Under the policy it was told by, a customer is seen as the record has it, on any day."""
        bank = stages_bank(policy)
        bank.lifecycle.know("k", "al", on=date(2024, 1, 10))
        for place, act in enumerate(path):
            if act["on"] <= ON:
                bank.lifecycle.observe(f"o-{place}", "al", products=place % 4, **act)
        bank.lifecycle.hold("h", "al", kind="minor", on=date(2024, 3, 1), until=date(2024, 9, 1))
        feed = bank.journal.feed(limit=999)
        for on in (date(2024, 8, 1), ON):
            (asked,) = bank.questions("lifecycle.stage", on=on)
            assert isinstance(asked, Question)
            stood = stage.decide(asked.facts, policy.versions[0]).outcome
            view = bank.lifecycle.view("al", datetime(on.year, on.month, on.day, 12, tzinfo=UTC))

            assert (view.stage, view.history, view.next) == (
                stood.stage,
                stood.history,
                stood.next,
            )
        assert simulate(policy, policy, bank, rule="lifecycle.stage").empty
        assert feed == bank.journal.feed(limit=999)

    def test_everything_beside_acts(self) -> None:
        """Closures, holds without end, a day in the past and facts of cohorts are asked too."""
        bank = stages_bank(policy_of(SIX_TWELVE))
        bank.lifecycle.know("k", "al", on=date(2024, 1, 10), customer={"region": "north"})
        bank.lifecycle.observe("o", "al", on=date(2024, 2, 1), verified=True)
        bank.lifecycle.hold("h", "al", kind="court_order", on=date(2024, 3, 1))
        bank.lifecycle.close("c", "al", on=date(2025, 2, 1), reason="deceased")
        (now,) = bank.questions("lifecycle.stage")
        (before,) = bank.questions("lifecycle.stage", on=date(2024, 1, 31))
        assert isinstance(now, Question)
        assert isinstance(before, Question)

        assert (date(2025, 2, 1), "north") == (now.facts.as_of, now.facts.customer["region"])
        assert ("deceased", None) == (now.facts.closures[0].reason, now.facts.holds[0].until)
        assert [(date(2024, 2, 1), True)] == [(day.on, day.verified) for day in now.facts.read.days]
        assert ((), ()) == (before.facts.closures, before.facts.read.days)
        assert "lifecycle.standing/al@4" == now.ref

    def test_a_policy_that_reads_acts_otherwise(self) -> None:
        """What counts elsewhere may be something else: every customer is undecided, none guessed."""
        mine = policy_of(SIX_TWELVE)
        bank = stages_bank(mine)
        bank.lifecycle.observe_many(
            "b", {who: [Observe(on=date(2025, 6, 1))] for who in ("al", "bo")}, as_of=ON
        )
        told = simulate(mine, policy_of({**SIX_TWELVE, "event": ROWS}), bank)

        assert {("first_time", "undecided"): 2} == told.matrix
        assert "read.read_by" in str(told.moves[0].explanations()[1].headline.facts)

    def test_what_cannot_be_asked(self) -> None:
        """Days read by two tables, erased facts and lost texts are counted by name; others' not."""
        later = {"since": date(2025, 1, 1), **SIX_TWELVE, "event": ROWS}
        bank = stages_bank(policy_of(SIX_TWELVE, later), keys=MemoryKeys())
        bank.lifecycle.observe("o-1", "al", on=date(2024, 12, 1))
        bank.lifecycle.observe("o-2", "al", on=date(2025, 2, 1), kind="gift")
        bank.lifecycle.observe("o-3", "bo", on=date(2024, 12, 1))
        bank.lifecycle.know("k-1", "cy", customer={"region": "north"})
        bank.erase("cy")
        kept = {
            held.subject: held.why
            for held in bank.questions("lifecycle.stage", policy="acme/stages")
            if isinstance(held, Unasked)
        }
        trial = attrs.evolve(STAGE, asked=lambda told: asked(attrs.evolve(told, find=lose)))

        def lose(policy: str, digest: str) -> None:
            return None

        assert STAGE.asked is not None
        asked = STAGE.asked
        assert {"al": "acts-not-kept", "cy": "erased"} == kept
        assert [] == list(bank.questions("lifecycle.stage", policy="acme/other"))
        assert {"al": "policy-missing", "bo": "policy-missing", "cy": "erased"} == {
            held.subject: held.why
            for page in bank.lifecycle.office.pages(trial)
            for held in page.questions
            if isinstance(held, Unasked)
        }


class TestTreatmentsOfTheRecord:
    """Treatments are asked again where something was meant last."""

    def test_what_was_meant_last(self) -> None:
        """The facts of the last decision, with what had been meant before it; days limit it."""
        days = [datetime(2026, 1, 1, 4, tzinfo=UTC)]
        bank = open_bank("memory:", treatments=RETAIL, now=lambda: days[-1], keys=MemoryKeys())
        lost = {"stage": "lost", "stage_reason": "LC_INACTIVE"}
        bank.treatments.consider("c-1", "chen", facts=lost, consents=["marketing"])
        bank.treatments.object_to("c-2", "lin", channels=["sms"])
        days.append(days[-1] + timedelta(days=40))
        feed = bank.journal.feed(limit=99)
        (first,) = bank.questions("lifecycle.treatments", policy=RETAIL.id)
        told = simulate(RETAIL, meaning(treatment()), bank)

        assert isinstance(first, Question)
        assert () == first.facts.past
        assert {("meant", "nothing"): 1} == told.matrix
        assert feed == bank.journal.feed(limit=99)
        assert [] == list(bank.questions("lifecycle.treatments", policy="acme/notes"))
        assert [] == list(bank.questions("lifecycle.treatments", on=date(2025, 1, 1)))
        bank.erase("chen")
        (gone,) = bank.questions("lifecycle.treatments")
        assert isinstance(gone, Unasked)
        assert "erased" == gone.why


def test_the_first_trial_of_a_kind_is_the_rule_a_user_means() -> None:
    """Without naming a rule, a policy is tried by the rule that works by it."""
    for policy, rule in (
        (policy_of(SIX_TWELVE), "lifecycle.stage"),
        (LAW, "lifecycle.account-dormancy"),
        (RETAIL, "lifecycle.treatments"),
    ):
        assert rule == simulate(policy, policy, {}).rule


def test_a_book_of_accounts_is_no_record() -> None:
    """No record holds accounts as the law sees them; a book does."""
    with pytest.raises(ValueError, match="give them as a book"):
        simulate(LAW, LAW, open_bank("memory:"))
