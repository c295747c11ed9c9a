"""The rule of treatments: what is meant, what is held back, and what cannot be written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from care_tools import (
    CUSTOMERS,
    FIRST,
    LIMITS,
    REFUSED,
    TITLE,
    faults,
    meaning,
    pasts,
    treatment,
)
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.calendar import Period
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle import TreatmentWhy, treatments
from bankservice.lifecycle.care.holding import free_on
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import Past, Treated, TreatmentFacts
from bankservice.lifecycle.care.rule import treatments_of
from bankservice.lifecycle.care.table import CapRow

RULES: TreatmentRules = LIMITS.versions[0].parameters
ON = date(2026, 6, 15)
PASTS = st.lists(pasts(ON), max_size=5).map(tuple)


def told(outcome: Treated) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return what is meant, and what is held back with its reason."""
    return (
        tuple(due.treatment for due in outcome.due),
        {held.treatment: held.why.value for held in outcome.held_back},
    )


def asked(customer: dict[str, Any], **more: Any) -> Treated:
    """Return what the treatments in `LIMITS` mean for a customer."""
    return treatments_of(TreatmentFacts(on=ON, customer=customer, **more), RULES)


class TestPolicy:
    """What cannot be written: each fault with its path, and what is wanted."""

    def test_a_barred_fact(self) -> None:
        """A condition over a fact that is kept from treatments is refused with the reason."""
        found = faults(treatment(when={"fact": "gender", "equals": "female"}))

        assert "Customers are not treated by gender." in found["treatment[0].when"]
        assert "gender, which is kept from treatment" in found["treatment[0].when"]

    def test_unknown_names(self) -> None:
        """Kinds, channels, facts, stages and words that there are not: all told at once."""
        found = faults(
            treatment(kind="vist", channels=["smss"], when={"fact": "stage", "equals": "lots"}),
            treatment("other", when={"fact": "tierr", "equals": "GOLD"}),
            cap=[{"count": 1, "period": "P1M", "kinds": ["offr"]}],
            quiet=[
                {
                    "code": "q",
                    "title": TITLE,
                    "when": {"fact": "stage", "equals": "x"},
                    "kinds": ["y"],
                }
            ],
        )

        assert {
            "treatment[0].kind",
            "treatment[0].channels",
            "treatment[0].when",
            "treatment[1].when.fact",
            "cap[0].kinds",
            "quiet[0].when",
            "quiet[0].kinds",
        } == set(found)

    def test_numbers_that_cannot_be(self) -> None:
        """No time to cool down, no channel, a cap of nothing: each would mean too much or none."""
        found = faults(
            treatment(cool_down="P0D", channels=[]),
            treatment("a", cap={"count": 0, "period": "P0D", "kinds": ["visit"]}),
            treatment("b", aim={"stage": "won_back", "within": "P0D"}),
            treatment(""),
            after_decline="P0D",
        )

        assert {
            "treatment[0].cool_down",
            "treatment[0].channels",
            "treatment[1].cap.count",
            "treatment[1].cap.period",
            "treatment[1].cap.kinds",
            "treatment[2].aim.within",
            "treatment[3].code",
            "after_decline",
        } == set(found)

    def test_a_row_nobody_reaches(self) -> None:
        """A condition that never holds is found when it is written."""
        never = {"all": [{"fact": "stage", "equals": "lost"}, {"fact": "stage", "equals": "loyal"}]}

        assert "never be reached" in faults(treatment(when=never))["treatment[0]"]

    def test_codes_once(self) -> None:
        """Two treatments of one code, or two quiet rows, are refused."""
        quiet = {"code": "q", "title": TITLE, "when": {"fact": "stage", "equals": "lost"}}

        assert ["treatment[1].code"] == list(faults(treatment(), treatment()))
        assert ["quiet[1].code"] == list(faults(treatment(), quiet=[quiet, quiet]))
        assert ["treatment"] == list(faults())

    def test_what_it_is_built_on(self) -> None:
        """A register or vocabulary there is none of, or that is something else, is told."""
        assert ["facts"] == list(faults(treatment(), facts="facts/custmer"))
        assert ["facts"] == list(faults(treatment(), facts="vocabulary/channels"))
        assert ["kinds"] == list(faults(treatment(), kinds="vocabulary/treatmnts"))
        assert ["kinds"] == list(faults(treatment(), kinds="facts/customer"))
        assert "phone" in faults(treatment(kind="sms"), kinds="vocabulary/channels")["kinds"]
        assert ["zone"] == list(faults(treatment(), zone="Asia/Shangai"))


class TestBadFacts:
    """What is wrong with facts is an error that names it."""

    def test_an_unknown_name_is_told_with_near_ones(self) -> None:
        """A fact, a word, a refusal or a treatment of the past that there is none of."""
        wrong: list[tuple[dict[str, Any], dict[str, Any], str]] = [
            ({"stag": "lost"}, {}, "stage"),
            ({"stage": "lots"}, {}, "lost"),
            ({}, {"refused": ("ofer",)}, "offer"),
            ({}, {"past": (Past(code="cal", on=ON),)}, "call"),
        ]
        for customer, more, near in wrong:
            with pytest.raises(UnknownNameError, match=near):
                asked(customer, **more)

    def test_a_wrong_type_names_the_fact(self) -> None:
        """A number that is none is refused by name."""
        with pytest.raises(FaultsError, match="products"):
            asked({"products": "many"})

    def test_days_agree(self) -> None:
        """The past is past, stages have begun, and the two ways to tell their day agree."""
        with pytest.raises(ValueError, match="no earlier day"):
            Past(code="call", on=ON, due_by=ON - timedelta(days=1))
        with pytest.raises(ValueError, match="both or neither"):
            Past(code="call", on=ON, outcome_on=ON)
        with pytest.raises(ValueError, match="after"):
            asked({}, past=(Past(code="call", on=ON + timedelta(days=1)),))
        with pytest.raises(ValueError, match="after"):
            asked({}, stage_since=ON + timedelta(days=1))
        with pytest.raises(ValueError, match="one of the two"):
            asked({"days_in_stage": 3}, stage_since=ON)


class TestOnce:
    """Once in each stay in a stage."""

    ONCE = meaning(treatment(once_per_stage=True, cool_down="P1D")).versions[0].parameters

    def due(self, past: Past | None, **more: Any) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return what is meant for a loyal customer after a past."""
        held = () if past is None else (past,)
        facts = TreatmentFacts(on=ON, customer={"stage": "loyal"}, past=held, **more)
        return told(treatments_of(facts, self.ONCE))

    def test_a_new_stay_is_a_new_time(self) -> None:
        """What was meant before the stage began, or for another stage that day, does not count."""
        since = date(2026, 6, 1)
        before, same = Past(code="note", on=since - timedelta(days=1)), Past(code="note", on=since)

        assert (("note",), {}) == self.due(before, stage_since=since)
        assert ((), {"note": "once-per-stage"}) == self.due(same, stage_since=since)
        assert (("note",), {}) == self.due(attrs.evolve(same, stage="active"), stage_since=since)

    def test_when_the_stage_began_matters_only_where_something_was_meant(self) -> None:
        """Unknown, it leaves open what it decides, and nothing else."""
        assert (("note",), {}) == self.due(None)
        assert ((), {"note": "unknown"}) == self.due(Past(code="note", on=FIRST))
        assert ((), {"note": "unknown"}) == self.due(
            Past(code="note", on=FIRST), stage_since=UNKNOWN
        )


@given(CUSTOMERS, REFUSED, PASTS)
def test_never_against_a_refusal(
    customer: dict[str, Any], refused: tuple[str, ...], past: tuple[Past, ...]
) -> None:
    """Nothing is meant of a refused kind, by a refused channel, or at all where all is refused."""
    for due in asked(customer, refused=refused, past=past).due:
        assert due.kind not in refused
        assert due.channels
        assert not {*due.channels, "all"} & set(refused)


@given(CUSTOMERS, PASTS, st.booleans())
def test_the_dead_get_nothing(
    customer: dict[str, Any], past: tuple[Past, ...], by_the_reason: bool
) -> None:
    """Whatever else holds, nothing is meant for who died, before the stage began or after."""
    reason = {"stage_reason": "LC_DECEASED"} if by_the_reason else {}
    outcome = asked({**customer, **reason}, past=past, ended=None if by_the_reason else True)

    assert () == outcome.due
    assert {TreatmentWhy.TERMINAL} >= {held.why for held in outcome.held_back}


@given(CUSTOMERS, REFUSED, PASTS, st.sets(st.sampled_from(["tier", "products", "behaviours"])))
def test_an_unknown_fact_is_neither_a_yes_nor_a_no(
    customer: dict[str, Any], refused: tuple[str, ...], past: tuple[Past, ...], hidden: set[str]
) -> None:
    """
    What is meant with facts unknown is meant whatever they are; what is held back for a reason that
    is known is not meant whatever they are; and only hidden facts are named.
    """
    whole = asked(customer, refused=refused, past=past)
    known = {name: held for name, held in customer.items() if name not in hidden}
    part = asked(known, refused=refused, past=past)
    certain = {held.treatment for held in part.held_back if held.why is not TreatmentWhy.UNKNOWN}

    assert set(told(part)[0]) <= set(told(whole)[0])
    assert not certain & set(told(whole)[0])
    assert set(part.unknown) <= hidden
    assert hidden or part == whole


@given(CUSTOMERS, PASTS, st.permutations(range(len(RULES.rows))))
def test_the_order_of_rows_and_of_the_past_never_matters(
    customer: dict[str, Any], past: tuple[Past, ...], order: list[int]
) -> None:
    """Rows are gone through by priority and code; the past is a set."""
    rows = [RULES.table.treatment[place] for place in order]
    shuffled = attrs.evolve(RULES, rows=tuple(sorted(rows, key=lambda r: (r.priority, r.code))))
    facts = TreatmentFacts(on=ON, customer=customer, past=past)
    turned = attrs.evolve(facts, past=past[::-1])

    assert treatments_of(facts, RULES) == treatments_of(turned, shuffled)


@given(CUSTOMERS, REFUSED, PASTS)
def test_the_explanation_decides_again(
    customer: dict[str, Any], refused: tuple[str, ...], past: tuple[Past, ...]
) -> None:
    """Explaining gives the same outcome, one check for each row, and says what holds of it."""
    decision = treatments.decide(
        TreatmentFacts(on=ON, customer=customer, refused=refused, past=past),
        LIMITS.versions[0],
    )
    held = [check.held for check in decision.explanation().checks]

    assert len(RULES.rows) == len(held)
    assert len(decision.outcome.due) == held.count(True)
    assert hash(decision) == hash(decision)
    assert decision.explain("zh_CN")
    assert decision.explain("en")


@given(CUSTOMERS, PASTS)
def test_what_is_held_back_until_a_day_is_free_of_that_reason_then(
    customer: dict[str, Any], past: tuple[Past, ...]
) -> None:
    """
    On the day told the reason is gone, and on the day before it was not, if nothing is meant or
    runs out between; what waits for room among others is proved with the caps themselves, and what
    was beaten may be beaten anew by what is meant that day.
    """
    settled = tuple(held for held in past if not held.is_open(ON))
    for held in asked(customer, past=settled).held_back:
        if held.until is None or held.why is TreatmentWhy.CAPPED_IN_ALL:
            continue
        facts = TreatmentFacts(on=held.until, customer=customer, past=settled)
        eve = attrs.evolve(facts, on=held.until - timedelta(days=1))

        then = {no.treatment: no for no in treatments_of(facts, RULES).held_back}
        again = then.get(held.treatment)

        assert held.until > ON
        assert held.treatment in told(treatments_of(eve, RULES))[1]
        assert again is None or again.why is not held.why or again.until is None


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 3), st.integers(1, 20))
def test_a_cap_holds_in_every_stretch(days: list[int], count: int, length: int) -> None:
    """
    Meaning something on each day on which the cap leaves room, no stretch of its length holds more
    than it allows; and the day it tells is the first that has room.
    """
    rule, held = CapRow(count=count, period=Period(days=length)), list[date]()
    for day in sorted(FIRST + timedelta(days=place) for place in days):
        until = free_on(rule, held, day)
        if until is None:
            held.append(day)
        else:
            assert free_on(rule, held, until) is None
            assert free_on(rule, held, until - timedelta(days=1)) is not None

    assert all(
        count >= sum(one <= other < one + timedelta(days=length) for other in held) for one in held
    )
