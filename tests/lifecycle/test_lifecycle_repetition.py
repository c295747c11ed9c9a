"""Past entries of stages and treatments, decided again from the record alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from care_tools import FIRST, LOST, RETAIL, meaning, served, treatment
from effort import some
from entries_again import Altered, counted, lying, of_tables, office_of
from hypothesis import given, settings
from hypothesis import strategies as st
from stage_proof_tools import policy_of

from bankservice.bank import open_bank
from bankservice.core.policy import Policy
from bankservice.core.repetition import Repetition
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.lifecycle import STANDING, TREATMENT, Observe
from bankservice.lifecycle.stages.service import Lifecycles
from bankservice.testing.lifecycle_strategies import stage_policies, stage_tables

TABLES = Path(__file__).parent.parent / "cases" / "lifecycle"
SIX_TWELVE: Mapping[str, Any] = {"inactive_after": "P6M", "lost_after": "P12M"}
START = date(2024, 1, 10)
DAYS = st.integers(0, 900).map(lambda days: START + timedelta(days=days))
ACTS = st.one_of(
    st.fixed_dictionaries(
        {"do": st.just("observe"), "on": DAYS},
        optional={
            "kind": st.sampled_from(["login", "fee"]),
            "products": st.integers(0, 3),
            "verified": st.booleans(),
        },
    ),
    st.fixed_dictionaries({"do": st.just("know"), "on": DAYS}),
    st.fixed_dictionaries({"do": st.just("close"), "on": DAYS}),
    st.fixed_dictionaries({"do": st.just("hold"), "on": DAYS, "kind": st.just("minor")}),
    st.fixed_dictionaries({"do": st.just("advance"), "as_of": DAYS}),
    st.fixed_dictionaries({"do": st.just("batch"), "on": DAYS, "as_of": DAYS}),
)


def kept(
    policy: Policy[Any], acts: Sequence[Mapping[str, Any]] = (), journal: Any = None
) -> Lifecycles:
    """Return the stages of one customer with whom these acts were done, by singles and batches."""
    now = datetime(2027, 1, 10, 12, tzinfo=UTC)
    bank = Lifecycles(journal or MemoryJournal(), policy, now=lambda: now)
    for place, act in enumerate(acts):
        body = {name: value for name, value in act.items() if name != "do"}
        if act["do"] == "batch":
            bank.observe_many(f"c-{place}", {"al": [Observe(on=body["on"])]}, as_of=body["as_of"])
        else:
            bank.do(f"c-{place}", "al", act["do"], **body)
    return bank


def act(on: date = START, **more: Any) -> dict[str, Any]:
    """Return an act of business."""
    return {"do": "observe", "on": on, **more}


class TestStages:
    """Which stages began, which did not after all, and the next clock, come out the same."""

    @given(
        stage_policies(stage_tables(), stage_tables(), stage_tables(), since=date(2022, 1, 1)),
        st.lists(ACTS, max_size=8),
    )
    @settings(max_examples=some(40))
    def test_what_was_told_in_any_order(
        self, policy: Policy[Any], acts: Sequence[Mapping[str, Any]]
    ) -> None:
        """Late, early, by command or by batch, under versions that change: every entry is equal."""
        bank = kept(policy, acts)
        found = counted(bank.office)

        assert {"equal"} >= {outcome for _, outcome in found}

    def test_the_case_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every entry of the scenarios is equal: each kind is among them."""
        found = of_tables(TABLES, STANDING, monkeypatch)

        assert {(kind, "equal") for kind in STANDING.events.kinds} == set(found)

    @pytest.mark.parametrize(
        ("lie", "path"),
        [
            ({"due": "2024-07-12"}, ("due", "2024-07-12", "2024-07-11")),
            (
                {"said": [{"stage": "first_time", "on": "2024-01-11", "reason": "LC_FIRST"}]},
                ("said.[0].on", "2024-01-11", "2024-01-10"),
            ),
        ],
    )
    def test_an_entry_that_lies(self, lie: Mapping[str, Any], path: tuple[str, str, str]) -> None:
        """A stage or a clock that does not follow from the days is told, with its path."""
        bank = kept(policy_of(SIX_TWELVE), [act()])
        journal = Altered(bank.office.journal, lying(1, **lie))
        found = office_of(STANDING, bank.desk.policies, journal).repeat("al", 1)

        assert (Repetition.DIFFERENT, (path,)) == (found.outcome, found.differences)

    def test_an_edited_policy(self) -> None:
        """Other numbers under the same dates change nothing: the text that was kept decides."""
        journal = MemoryJournal()
        kept(policy_of(SIX_TWELVE), [act(), {"do": "advance", "as_of": date(2025, 3, 1)}], journal)
        edited = kept(policy_of({"inactive_after": "P1M", "lost_after": "P2M"}), (), journal)

        assert {("observed", "equal"): 1, ("advanced", "equal"): 1} == counted(edited.office)

    def test_a_version_to_come(self) -> None:
        """Where the next clock is one of a version to come, the entry names it, and is equal."""
        later = {"since": date(2024, 3, 1), "inactive_after": "P1M", "lost_after": "P2M"}
        none = {"since": date(2024, 3, 1), "lost_after": "P9M"}
        for versions in ((SIX_TWELVE, later), (SIX_TWELVE, none)):
            bank = kept(policy_of(*versions), [act()])
            (entry,) = bank.office.journal.read(bank.desk.stream("al"))

            assert ["2024-03-01"] == [ref["since"] for ref in STANDING.events.decode(entry).older]
            assert {("observed", "equal"): 1} == counted(bank.office)

    def test_a_repeal(self) -> None:
        """Where the policy ends before its clock fires, none runs; and so it comes out again."""
        bank = kept(policy_of({**SIX_TWELVE, "ends_on": date(2024, 5, 1)}), [act()])
        (entry,) = bank.office.journal.read(bank.desk.stream("al"))

        assert None is STANDING.events.decode(entry).due
        assert {("observed", "equal"): 1} == counted(bank.office)

    def test_a_text_that_was_lost(self) -> None:
        """Without the kept text nothing can be decided, and the version is named."""
        bank = kept(policy_of(SIX_TWELVE), [act()])
        found = office_of(
            STANDING, bank.desk.policies, Altered(bank.office.journal, lost=True)
        ).repeat("al", 1)

        assert Repetition.POLICY_MISSING is found.outcome
        assert found.missing.startswith("acme/stages (")

    def test_erased(self) -> None:
        """What became known is erased; the days stand, and their stages follow from them."""
        now = datetime(2024, 1, 10, 12, tzinfo=UTC)
        with open_bank(
            "memory:", stages=policy_of(SIX_TWELVE), now=lambda: now, keys=MemoryKeys()
        ) as bank:
            bank.lifecycle.know("k-1", "al", customer={"region": "north"})
            bank.lifecycle.observe("o-1", "al")
            bank.erase("al")
            found = [
                bank.repeat(f"lifecycle.standing/al@{place}").outcome.value for place in (1, 2)
            ]

        assert ["erased", "equal"] == found


class TestTreatments:
    """What was meant for a customer is meant again."""

    def test_the_case_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every intent of the scenarios is equal; nothing was decided of what became of them."""
        found = of_tables(TABLES, TREATMENT, monkeypatch)

        assert {
            (kind, "equal" if kind == "intended" else "not-decided")
            for kind in TREATMENT.events.kinds
        } == set(found)

    def test_several_at_once_and_one_that_lies(self) -> None:
        """Each intent is decided on what stood before all of them; a lie is told by its path."""
        bank, clock = served()
        bank.consider("c-1", "chen", facts=LOST, consents=["marketing"])
        clock.turn(FIRST + timedelta(days=40))
        bank.consider("c-2", "chen", facts=LOST, consents=["marketing"])
        journal = bank.office.journal
        found = counted(bank.office)
        lie = office_of(TREATMENT, [RETAIL], Altered(journal, lying(1, due_by="2030-01-01")))

        assert found["intended", "equal"] > 1
        assert [("due_by", "2030-01-01")] == [
            (path, then) for path, then, _ in lie.repeat("chen", 1).differences
        ]

    def test_an_intent_that_would_not_be(self) -> None:
        """An intent that the facts do not give is different as a whole."""
        bank, _ = served(meaning(treatment("a", group="g"), treatment("b", group="g")))
        bank.consider("c-1", "chen", facts={"stage": "loyal"})
        found = office_of(
            TREATMENT,
            bank.desk.policies,
            Altered(bank.office.journal, lying(1, part=0, treatment="b", id="b-1")),
        ).repeat("chen", 1)
        other: Any = {"facts": {"on": "2026-01-01", "customer": {"stage": "lost"}}}
        none = office_of(
            TREATMENT,
            bank.desk.policies,
            Altered(bank.office.journal, lambda entry: attrs.evolve(entry, sealed=other)),
        ).repeat("chen", 1)

        assert {("treatment", "b", "a"), ("id", "b-1", "a-1")} == set(found.differences)
        assert [("", None)] == [(path, now) for path, _, now in none.differences]

    def test_edited_lost_and_erased(self) -> None:
        """The text that was kept decides; without it, or without the facts, nothing does."""
        journal = MemoryJournal()
        bank, _ = served(meaning(treatment()), journal=journal)
        bank.consider("c-1", "chen", facts={"stage": "loyal"})
        edited, _ = served(meaning(treatment(within="P1D", channels=["app"])), journal=journal)
        lost = office_of(TREATMENT, bank.desk.policies, Altered(journal, lost=True))

        assert {("intended", "equal"): 1} == counted(edited.office)
        assert Repetition.POLICY_MISSING is lost.repeat("chen", 1).outcome
        with open_bank("memory:", treatments=meaning(treatment()), keys=MemoryKeys()) as sealed:
            sealed.treatments.consider("c-1", "chen", facts={"stage": "loyal"})

            assert "equal" == sealed.repeat("lifecycle.treatment/chen@1").outcome.value
            sealed.erase("chen")
            assert "erased" == sealed.repeat("lifecycle.treatment/chen@1").outcome.value
