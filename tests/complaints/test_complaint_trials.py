"""Rules of complaints under another policy: deadlines that move, and what would have been late."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from case_tools import Bank, levels
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from repeating import Changed
from trying import alone, in_tables, untried

from bankservice import bank as banks
from bankservice import complaints, policies, simulate
from bankservice.complaints import SHELF, deadlines
from bankservice.complaints.trials import MetFacts
from bankservice.core import what_if
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.trial import Question, Unasked, questions
from bankservice.journals.keys import MemoryKeys
from bankservice.journals.memory import MemoryJournal
from bankservice.journals.sealed import SealedJournal

TRIAL = policies.trial("complaints.deadlines")
SOURCE = {"text": "Acme service charter", "clause": "2", "checked": "own"}
DAYS = st.dates(date(2021, 1, 1), date(2026, 12, 1))


def regime(answer: int = 10, unit: str = "business-days", name: str = "acme/regime") -> Policy[Any]:
    """Return a regime with an answer and a longest answer, in days."""
    rows = [
        {
            "name": clock,
            "role": role,
            "title": {"en": clock, "zh": clock},
            "stops_on": ["respond"],
            "term": [{"amount": f"P{amount}D", "unit": unit}],
        }
        for clock, role, amount in (("answer", "duty", answer), ("longest", "limit", 3 * answer))
    ]
    for row in rows:
        if row["role"] == "limit":
            del row["stops_on"]
    version = {
        "since": date(2020, 1, 1),
        "source": SOURCE,
        "zone": "Europe/London",
        "calendar": "calendars/gb-eng",
        "clock": rows,
    }
    raw = {"id": name, "kind": "complaints.regime", "version": [version]}
    return read_policy(raw, name, SHELF.kinds, SHELF)


def asked(bank: Bank, **how: Any) -> list[Any]:
    """Return what a bank's cases give to be asked again."""
    return [q for page in bank.cases.office.pages(TRIAL, **how) for q in page.questions]


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Return a bank with a case that was answered on its eleventh day, and one that was not."""
    held = Bank((regime(), levels(), SHELF.get("uk-disp")), Changed())
    held.receive("2026-03-02T09:00", region="ENG")
    held.receive("2026-03-03T09:00", case="case-2", region="ENG")
    held.do("2026-03-17T09:00", "respond", text_ref="t-1", final=True, ways_on=["ombudsman"])
    return held


class TestTables:
    """Every rule that works by a policy is tried, on all its case tables."""

    def test_every_rule_is_tried(self) -> None:
        """None is left out."""
        assert set() == untried(complaints)

    def test_a_policy_against_itself(self) -> None:
        """Whatever the case, a policy tried against itself moves nothing, and all are placed."""
        places = set[str]()
        for trial, version, question in in_tables("complaints", complaints.TRIALS):
            places.update(alone(trial, version, [question]).places())

        assert {"not-in-force", "cohort-unknown", "two-cohorts"}.isdisjoint(places)
        assert {"decided", "undecided", "new", "allowed", "grave", "raised", "counted"} <= places

    def test_titles(self) -> None:
        """Places are called what the policy, or the house, calls them."""
        book = policies.load("complaints/regimes").versions[-1].parameters
        handling = policies.load("complaints/handling").versions[-1].parameters
        found = {
            (rule, place): policies.trial(f"complaints.{rule}").title(held, place)
            for rule, held, place in (
                ("applicable-regimes", book, "complaints/cn-nfra+complaints/us-reg-e"),
                ("applicable-regimes", book, "none"),
                ("routing", handling, "complaint_handling"),
                ("routing", handling, "nowhere"),
                ("grave-case", None, "grave"),
                ("deadlines", None, "decided"),
            )
        }

        assert {("routing", "nowhere")} == {key for key, title in found.items() if title is None}


class TestDeadlines:
    """Last days move as the terms do."""

    @given(st.lists(DAYS, max_size=6), st.integers(1, 30), st.integers(1, 10), st.booleans())
    @settings(max_examples=some(40))
    def test_more_days_move_every_day_later(
        self, received: list[date], days: int, more: int, business: bool
    ) -> None:
        """Under a regime with more days nothing comes earlier, and nothing stays."""
        unit = "business-days" if business else "calendar-days"
        before, after = regime(days, unit), regime(days + more, unit)
        facts = {f"case-{n}": {"received_on": day} for n, day in enumerate(received)}
        told = what_if.simulate(TRIAL, before, after, list(questions(deadlines, facts)))

        assert {("decided", "decided"): len(received)} == told.matrix or not received
        for shift in told.days.values():
            assert (len(received), 0, 0) == (shift.later, shift.earlier, shift.same)
        if not business and received:
            assert {more: len(received)} == told.days["answer"].by
        alone(TRIAL, before, list(questions(deadlines, facts)))

    def test_clocks_come_and_go(self) -> None:
        """A clock that only one regime has begins, or is gone; why is told on either side."""
        facts = {"case-1": {"received_on": date(2026, 3, 2), "region": "ENG"}}
        book = list(questions(deadlines, facts))
        told = what_if.simulate(TRIAL, regime(), SHELF.get("uk-disp"), book)

        assert (1, 1) == (told.days["answer"].gone, told.days["final_response"].begun)
        before, after = told.moves[0].explain()
        assert "answer" in before
        assert before != after


class TestAskedAgain:
    """Cases of the record under another regime."""

    def test_what_is_asked(self, bank: Bank) -> None:
        """Each case is asked about once for each regime that holds for it."""
        found = [(q.subject, q.ref, dict(q.facts.met)) for q in asked(bank)]
        mine = asked(bank, policy="acme/regime")

        assert ["case-1", "case-1", "case-2", "case-2"] == [subject for subject, _, _ in found]
        assert {"complaints.case/case-1@1"} == {ref for who, ref, _ in found if who == "case-1"}
        assert ["answer"] == list(mine[0].facts.met)
        assert {} == mine[1].facts.met
        assert [] == asked(bank, policy="acme/other")

    def test_what_would_have_been_late(self, bank: Bank) -> None:
        """An answer in time under one regime may have been late under the other."""
        book = asked(bank, policy="acme/regime")
        told = what_if.simulate(TRIAL, regime(12), regime(10), book)

        assert {"late:answer": (0, 1)} == told.amounts
        assert 2 == told.days["answer"].earlier

    def test_late_to_the_instant(self) -> None:
        """At the deadline itself an answer is late where the day has ended, and only there."""
        facts = {"received_on": date(2026, 3, 2), "zone": "Europe/London"}
        (question,) = questions(deadlines, {"case-1": facts})
        last = deadlines(regime(), **facts).outcome["answer"].due_at
        zoneless = {"received_on": date(2026, 3, 2)}

        def late(at: datetime, **stated: Any) -> tuple[int, int]:
            book = [Question("case-1", MetFacts(**stated, met=FrozenMapping({"answer": at})))]
            return what_if.simulate(TRIAL, regime(), regime(), book).amounts["late:answer"]

        assert question.facts.zone == facts["zone"]
        assert (1, 1) == late(last, **facts)
        assert (0, 0) == late(last.subtract(seconds=1), **facts)
        assert (1, 1) == late(last, **zoneless)

    def test_the_front_door(self) -> None:
        """A bank is asked under the regime before, and its record stays as it was."""
        held = banks.Bank(
            MemoryJournal(),
            now=lambda: datetime.fromisoformat("2026-03-02T09:00:00+00:00"),
            complaints=[regime()],
        )
        held.complaints.receive("r-1", "case-1", customer="customer-7", channel="email")
        before = held.journal.feed(limit=10)
        told = simulate(regime(), regime(15), held)

        assert {("decided", "decided"): 1} == told.matrix
        assert {7: 1} == told.days["answer"].by
        assert before == held.journal.feed(limit=10)

    def test_what_cannot_be_asked(self, bank: Bank) -> None:
        """Erased facts and lost texts are named."""
        keys = MemoryKeys()
        sealed = Bank((regime(),), SealedJournal(MemoryJournal(), keys))
        sealed.receive("2026-03-02T09:00", vulnerable=True)
        sealed.receive("2026-03-02T09:00", case="case-2")
        keys.destroy("default", "customer-7")
        lost = Bank((regime(),), Changed())
        lost.receive("2026-03-02T09:00", region="ENG")
        journal: Any = lost.journal
        journal.lost = True

        gone, plain = asked(sealed)
        assert Unasked("case-1", "erased", "complaints.case/case-1@1") == gone
        # Of the other nothing was stated that had to be sealed.
        assert "case-2" == plain.subject
        assert isinstance(plain, Question)
        assert [Unasked("case-1", "policy-missing", "complaints.case/case-1@1")] == asked(lost)
