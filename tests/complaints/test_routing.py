"""Routing, redress and the grave case: tables of conditions, checked at load."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from handling_tools import faults_of, version_of
from hypothesis import given
from hypothesis import strategies as st

from bankservice.complaints import crisis_frequency, grave_case, redress_authority, routing
from bankservice.complaints.authority import RedressFacts
from bankservice.complaints.handling import CASE_FACTS, SEVERITIES
from bankservice.complaints.routes import RoutingFacts
from bankservice.complaints.watch.counts import at_least, at_most, share_bounds
from bankservice.complaints.watch.crises import CrisisFacts
from bankservice.complaints.watch.grave import GraveFacts
from bankservice.complaints.watch.surge_policy import GRAVE_FACTS
from bankservice.core.errors import UnknownNameError
from bankservice.core.unknown import UNKNOWN

HANDLING = version_of("handling")
WATCH = version_of("surge-watch")
ON = date(2026, 11, 22)
MAYBE = st.sampled_from([True, False, UNKNOWN])


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what is known of a case."""
    return {
        "on": ON,
        "matter": draw(st.sampled_from(["complaint", "dispute", "concern", UNKNOWN])),
        "product": draw(st.sampled_from(["fund", "", UNKNOWN])),
        "issue": draw(st.sampled_from(["data_leak", "privacy", "scam", "waiting", UNKNOWN])),
        "amount_minor": draw(st.sampled_from([0, 1, 5_000_000, 10**8, UNKNOWN])),
        "currency": draw(st.sampled_from(["CNY", "JPY"])),
        "vulnerable": draw(MAYBE),
        "channel": draw(st.sampled_from(["social", "web", UNKNOWN])),
        "public": draw(MAYBE),
        "regulator_sent": draw(MAYBE),
    }


KNOWN: dict[str, list[Any]] = {
    "matter": ["complaint", "dispute", "concern"],
    "issue": ["data_leak", "privacy", "scam", "waiting"],
    "amount_minor": [0, 5_000_000, 10**8],
    "vulnerable": [True, False],
    "public": [True, False],
    "regulator_sent": [True, False],
    "product": ["fund"],
    "channel": ["web"],
    "loss": [True, False],
    "data_leak": [True, False],
    "media": [True, False],
    "readers": [0, 10**6],
    "branch_customers": [0, 5],
}


class TestRouting:
    """The first row that holds decides."""

    def test_conditions_may_name_every_fact(self) -> None:
        """The facts of a case are those that conditions may name, and no other."""
        assert set(CASE_FACTS) == {field.name for field in attrs.fields(RoutingFacts)} - {"on"}
        assert set(GRAVE_FACTS) == {field.name for field in attrs.fields(GraveFacts)} - {"on"}

    @given(cases(), st.data())
    def test_what_is_learnt_never_lies_outside_what_was_told(
        self, facts: dict[str, Any], data: st.DataObject
    ) -> None:
        """
        Once all is known the case is as grave as told or graver, at most what it could be; and
        facts that were not named as unknown change nothing.
        """
        before = routing.decide(RoutingFacts(**facts), HANDLING).outcome
        learnt = {
            name: data.draw(st.sampled_from(KNOWN[name])) if value is UNKNOWN else value
            for name, value in facts.items()
        }
        after = routing.decide(RoutingFacts(**learnt), HANDLING).outcome
        order = tuple(SEVERITIES)
        unnamed = {
            name: learnt[name] if name not in before.unknown else value
            for name, value in facts.items()
        }

        assert order.index(after.severity) <= order.index(before.could_be)
        assert () == after.unknown
        assert before == routing.decide(RoutingFacts(**unnamed), HANDLING).outcome
        if not before.unknown:
            assert before == after

    @given(cases())
    def test_explaining_decides_the_same(self, facts: dict[str, Any]) -> None:
        """The explanation is of the same decision, in both languages."""
        decision = routing.decide(RoutingFacts(**facts), HANDLING)

        assert decision.explain("en")
        assert decision.explain("zh_CN")

    def test_codes_are_those_of_the_vocabularies(self) -> None:
        """A code that no vocabulary has is refused with the near names."""
        with pytest.raises(UnknownNameError, match="privacy"):
            routing("handling", on=ON, issue="privcy")

    @pytest.mark.parametrize(
        "wrong", [{"amount_minor": -1, "currency": "CNY"}, {"amount_minor": 1}]
    )
    def test_money_has_a_currency_and_is_not_negative(self, wrong: dict[str, Any]) -> None:
        """Money at stake is not below zero, and has a currency."""
        with pytest.raises(ValueError, match="amount_minor"):
            RoutingFacts(on=ON, **wrong)


ROW = {"code": "mine", "severity": "high", "department": "complaint_handling"}


class TestLoading:
    """Tables with gaps, with rows never reached, or with words nobody knows are refused."""

    @staticmethod
    def with_rows(*rows: dict[str, Any]) -> Any:
        """Return a change that puts *rows* before the shipped ones."""
        return lambda version: version.update(route=[*rows, *version["route"]])

    def test_a_gap_is_a_fault(self) -> None:
        """A table whose last row has a condition leaves cases without a department."""
        found = faults_of("handling", lambda version: version["route"].pop())

        assert ["version[0].route"] == list(found)
        assert "no last row without `when`" in found["version[0].route"]

    def test_a_row_behind_one_that_takes_all(self) -> None:
        """A row after one without a condition can never be reached."""
        found = faults_of("handling", self.with_rows(ROW))

        assert "version[0].route[1]" in found
        assert "regulator, which can never be reached" in found["version[0].route[1]"]

    @pytest.mark.parametrize(
        ("first", "never"),
        [
            ({"fact": "issue", "within": "fees"}, {"fact": "issue", "equals": "late_fee"}),
            ({"fact": "issue", "within": "fees"}, {"fact": "issue", "within": "late_fee"}),
            (
                {"fact": "channel", "in": ["social", "web"]},
                {"all": [{"fact": "channel", "equals": "web"}, {"fact": "tier", "equals": "X"}]},
            ),
            (
                {"any": [{"fact": "tier", "in": ["A", "C"]}, {"fact": "tier", "equals": "B"}]},
                {"fact": "tier", "in": ["A", "B"]},
            ),
            (
                {"not": {"fact": "tier", "equals": "A"}},
                {"not": {"fact": "tier", "in": ["A", "B"]}},
            ),
        ],
    )
    def test_rows_that_are_never_reached(self, first: Any, never: Any) -> None:
        """A row that an earlier one always takes is a fault; the other way round it is none."""
        one, two = {**ROW, "when": first}, {**ROW, "code": "never", "when": never}

        assert ["version[0].route[1]"] == list(faults_of("handling", self.with_rows(one, two)))
        assert "never" == version_of("handling", self.with_rows(two, one)).parameters.routes[0].code

    @pytest.mark.parametrize(
        ("when", "path"),
        [
            ({"fact": "colour", "equals": "red"}, ".when.fact"),
            ({"fact": "issue", "within": "feees"}, ".when"),
            ({"fact": "matter", "equals": "complant"}, ".when"),
            ({"fact": "amount_minor", "at_least": 1}, ".when"),
            ({"fact": "public", "equals": "yes"}, ".when.equals"),
        ],
    )
    def test_words_nobody_knows(self, when: Any, path: str) -> None:
        """Unknown facts, codes and words, and amounts without a currency, are faults."""
        assert [f"version[0].route[0]{path}"] == list(
            faults_of("handling", self.with_rows({**ROW, "when": when}))
        )

    def test_departments_and_codes(self) -> None:
        """A department nobody has, and a code that is taken, are faults."""
        when = {"fact": "tier", "equals": "A"}
        wrong = {**ROW, "code": "rest", "when": when, "department": "complaints"}
        found = faults_of("handling", self.with_rows(wrong))

        assert {"version[0].route[0].department", "version[0].route[9].code"} == set(found)


class TestRedress:
    """All grants of a case count together."""

    @given(
        st.sampled_from(["service_agent", "relationship_manager", "management", "teller"]),
        st.integers(1, 6_000_000),
        st.integers(0, 6_000_000),
    )
    def test_splitting_a_grant_buys_nothing(self, role: str, amount: int, already: int) -> None:
        """What may be granted depends on the sum alone, and more is never easier."""

        def ask(now: int, before: int) -> Any:
            facts = RedressFacts(
                on=ON,
                role=role,
                kind="money",
                amount_minor=now,
                currency="CNY",
                already_minor=before,
            )
            return redress_authority.decide(facts, HANDLING).outcome

        assert ask(amount, already) == ask(amount + already, 0)
        assert ask(amount, already).allowed or not ask(amount + 1, already).allowed
        assert ask(amount, already).allowed == (ask(amount, already).over_minor == 0)

    def test_a_limit_of_nothing_but_gestures(self) -> None:
        """A role without money may still apologise; one without a limit may grant anything."""
        rows = [{"role": "teller"}, {"role": "management", "unlimited": True}]
        version = version_of("handling", lambda raw: raw.update(authority=rows))

        def ask(role: str, **grant: Any) -> Any:
            facts = RedressFacts(on=ON, role=role, **grant)
            return redress_authority.decide(facts, version)

        money: dict[str, Any] = {"kind": "money", "amount_minor": 1, "currency": "CNY"}
        assert ask("teller", kind="apology").outcome.allowed
        assert "management" == ask("teller", **money).outcome.needed_role
        assert ask("management", **money).outcome.allowed
        assert "no limit" in ask("management", **money).explain()

    @pytest.mark.parametrize(
        ("rows", "path"),
        [
            ([], "authority"),
            ([{"role": "tellr"}], "authority[0].role"),
            ([{"role": "teller"}, {"role": "teller"}], "authority[1].role"),
            ([{"role": "teller", "money": "1.005"}], "authority[0].money"),
            ([{"role": "teller", "money": "-1.00"}], "authority[0].money"),
            ([{"role": "teller", "money": "1", "unlimited": True}], "authority[0].money"),
            (
                [{"role": "teller", "money": "2"}, {"role": "management", "money": "1"}],
                "authority[1].money",
            ),
            (
                [{"role": "teller", "unlimited": True}, {"role": "management", "money": "1"}],
                "authority[1].money",
            ),
            ([{"role": "teller"}, {"role": "management", "gestures": []}], "authority[1].gestures"),
        ],
    )
    def test_ladders_that_fall(self, rows: list[dict[str, Any]], path: str) -> None:
        """A higher role may do what a lower one may; roles and amounts are known ones."""
        found = faults_of("handling", lambda version: version.update(authority=rows))

        assert [f"version[0].{path}"] == list(found)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"kind": "money", "amount_minor": 0, "currency": "CNY"},
            {"kind": "money", "amount_minor": 1, "currency": "XXQ"},
            {"kind": "apology", "amount_minor": 1, "currency": "CNY"},
            {"kind": "apology", "already_minor": -1},
        ],
    )
    def test_grants_that_are_none(self, wrong: dict[str, Any]) -> None:
        """Money is above zero and has a currency; a gesture has no amount."""
        with pytest.raises((ValueError, UnknownNameError)):
            RedressFacts(on=ON, role="teller", **wrong)


class TestGrave:
    """One row that holds is enough."""

    @given(cases(), MAYBE, MAYBE, st.data())
    def test_what_is_learnt_keeps_a_yes_and_a_no(
        self, facts: dict[str, Any], loss: Any, leak: Any, data: st.DataObject
    ) -> None:
        """A yes stays a yes and a no a no, whatever is learnt; undecided names what is missing."""
        whole = {**facts, "loss": loss, "data_leak": leak}
        before = grave_case.decide(GraveFacts(**whole), WATCH).outcome
        learnt = {
            name: data.draw(st.sampled_from(KNOWN[name])) if value is UNKNOWN else value
            for name, value in whole.items()
        }
        after = grave_case.decide(GraveFacts(**learnt), WATCH).outcome

        assert after.grave is not None
        assert before.grave in (None, after.grave)
        assert set(before.why) <= set(after.why)
        assert (before.grave is None) == (not before.why and bool(before.unknown))

    def test_every_answer_has_words(self) -> None:
        """Yes, no and undecided are told in both languages."""
        for facts in ({"media": True}, {"issue": "waiting", "loss": False}, {"media": UNKNOWN}):
            decision = grave_case.decide(GraveFacts(on=ON, **facts), WATCH)

            assert decision.explain("en")
            assert decision.explain("zh_CN")

    @pytest.mark.parametrize(
        ("rows", "path"),
        [
            ([], "grave"),
            ([{"when": {"fact": "redaers", "at_least": 1}}], "grave[0].when.fact"),
            ([{"when": {"fact": "media", "equals": True}}] * 2, "grave[1].code"),
        ],
    )
    def test_tables_that_cannot_be(self, rows: list[dict[str, Any]], path: str) -> None:
        """An empty table, a fact nobody has and a code that is taken are faults."""
        title = {"en": "x", "zh": "x"}
        held = [{"code": "x", "title": title, **row} for row in rows]
        found = faults_of("surge-watch", lambda version: version.update(grave=held))

        assert [f"version[0].{path}"] == list(found)


class TestCrises:
    """Few crises tell little."""

    @given(st.integers(0, 12), st.integers(0, 12))
    def test_bounds_hold_the_ratio(self, later: int, earlier: int) -> None:
        """The ratio lies between its bounds, and a verdict is told only outside chance."""
        days = [date(2026, 7, 1)] * later + [date(2026, 4, 1)] * earlier
        facts = CrisisFacts(
            before_start=date(2026, 4, 1),
            start=date(2026, 7, 1),
            end=date(2026, 9, 30),
            crises=tuple(days),
        )
        decision = crisis_frequency.decide(facts, WATCH)
        found = decision.outcome

        assert (later, earlier, 91, 91) == (
            found.count,
            found.before,
            found.days,
            found.days_before,
        )
        if found.ratio is not None and found.low is not None:
            assert found.low <= found.ratio
            assert found.high is None or found.ratio <= found.high
        # With equal periods the verdict is that of a fair coin, tossed once for each crisis.
        rare = Decimal("0.025")
        fair: dict[str, Any] = {"own": 1, "other": 1, "spread": Fraction(0)}
        fewer = later + earlier > 0 and at_most(later, earlier, **fair) <= rare
        more = later + earlier > 0 and at_least(later, earlier, **fair) <= rare
        assert ("fewer" if fewer else "more" if more else "no-evidence") == found.verdict
        assert decision.explain("en")
        assert decision.explain("zh_CN")

    def test_known_bounds(self) -> None:
        """The bounds are those of published tables: 1 of 10 and 5 of 10 at 95 %."""
        tail = Fraction(1, 40)

        low, high = share_bounds(1, 10, tail)
        assert (Decimal("0.0025"), Decimal("0.4450")) == (
            round(Decimal(low.numerator) / low.denominator, 4),
            round(Decimal(high.numerator) / high.denominator, 4),
        )
        low, high = share_bounds(5, 10, tail)
        assert (Decimal("0.1871"), Decimal("0.8129")) == (
            round(Decimal(low.numerator) / low.denominator, 4),
            round(Decimal(high.numerator) / high.denominator, 4),
        )

    def test_periods_in_order(self) -> None:
        """A period without a day is refused."""
        with pytest.raises(ValueError, match="in order"):
            CrisisFacts(before_start=ON, start=ON, end=date(2026, 12, 1))
