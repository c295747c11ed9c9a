"""What became of treatments, in numbers."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import attrs
from care_tools import FIRST, LOST, RETAIL, served, state_of
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.frozen import FrozenMapping
from bankservice.lifecycle import Stage, StageChange, StageReason, TreatmentOutcome
from bankservice.lifecycle.care.entries import (
    Care,
    Delivered,
    Intended,
    Intent,
    OutcomeRecorded,
    Withdrawn,
)
from bankservice.lifecycle.care.measures import TreatmentMeasures, measure_treatments

AIMS = {row.code: row.aim for row in RETAIL.versions[0].parameters.rows if row.aim is not None}
NO_VERSION: FrozenMapping[str, str] = FrozenMapping()


def won_back(day: date) -> tuple[StageChange, ...]:
    """Return the return of a customer on a day."""
    return (StageChange(Stage.WON_BACK, day, StageReason.RETURNED),)


def test_a_campaign_to_win_back_the_lost() -> None:
    """Six are meant a visit; five courses of it, each counted where it belongs, in exact shares."""
    bank, clock = served()
    names = ("chen", "lin", "wu", "gao", "zhao", "bai")
    for name in names:
        bank.consider(f"c-{name}", name, facts=LOST, consents=[])
    clock.turn(FIRST + timedelta(days=1))
    for name, outcome in (("chen", "done"), ("lin", "declined"), ("wu", "no_answer")):
        bank.record_outcome(f"o-{name}", name, intent="lost-visit-1", outcome=outcome)
    bank.withdraw("w-gao", "gao", intent="lost-visit-1")
    bank.deliver("d-zhao", "zhao", intent="lost-visit-1", channel="branch")
    states = {name: state_of(bank, name) for name in names}
    changes = {
        "chen": won_back(date(2026, 4, 1)),
        "zhao": won_back(date(2026, 4, 2)),
        "wu": won_back(FIRST),
    }
    at_once = measure_treatments(states, changes, AIMS, as_of=FIRST + timedelta(days=1))
    later = measure_treatments(states, changes, AIMS, as_of=date(2026, 4, 2))["lost-visit"]

    assert (
        TreatmentMeasures(
            treatment="lost-visit",
            intended=6,
            withdrawn=1,
            delivered=3,
            tried=1,
            waiting=1,
            answered=2,
            declined=1,
        )
        == at_once["lost-visit"]
    )
    assert None is at_once["lost-visit"].share_followed
    assert (3, 1, Fraction(1, 3)) == (later.watched, later.followed, later.share_followed)
    assert (1, 0) == (later.expired, later.waiting)
    assert (Fraction(3, 5), Fraction(1, 2), Fraction(0)) == (
        later.share_delivered,
        later.share_declined,
        later.share_converted,
    )


def test_over_nobody_there_is_no_share() -> None:
    """Without intents there is nothing; without answers, no share."""
    none = TreatmentMeasures(treatment="x", intended=1, waiting=1)

    assert {} == measure_treatments({"chen": Care()}, {}, AIMS, as_of=FIRST)
    assert (None, None, None, None) == (
        none.share_delivered,
        none.share_declined,
        none.share_converted,
        none.share_followed,
    )


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """Draw an intent with whatever became of it."""
    on = FIRST + timedelta(days=draw(st.integers(0, 60)))
    held = Intent(
        intended=Intended(
            id="lost-visit-1",
            treatment="lost-visit",
            kind="visit",
            on=on,
            due_by=on + timedelta(days=draw(st.integers(0, 30))),
            channels=("phone",),
            zone="Asia/Shanghai",
            version=NO_VERSION,
        )
    )
    days = st.integers(0, 40).map(lambda more: on + timedelta(days=more))
    if draw(st.booleans()):
        told = Delivered(intent="lost-visit-1", on=draw(days), channel="phone")
        held = attrs.evolve(held, delivered=told)
    outcomes = draw(st.lists(st.tuples(st.sampled_from(TreatmentOutcome), days), max_size=2))
    held = attrs.evolve(
        held,
        outcomes=tuple(
            OutcomeRecorded(intent="lost-visit-1", outcome=outcome, on=day)
            for outcome, day in outcomes
        ),
    )
    if draw(st.booleans()):
        held = attrs.evolve(held, withdrawn=Withdrawn(intent="lost-visit-1", on=draw(days)))
    return held


@given(
    st.lists(intents(), max_size=6),
    st.lists(st.integers(0, 200), max_size=4),
    st.integers(0, 240),
)
def test_every_intent_stands_in_one_place(held: list[Intent], back: list[int], asked: int) -> None:
    """
    On any day the places add up to all that was meant, parts are no more than their wholes, and
    what followed can only grow with more to see.
    """
    states = {
        f"customer-{place}": Care(intents=FrozenMapping({"lost-visit-1": intent}))
        for place, intent in enumerate(held)
    }
    changes = {
        f"customer-{place}": won_back(FIRST + timedelta(days=day)) for place, day in enumerate(back)
    }
    as_of = FIRST + timedelta(days=asked)
    found = measure_treatments(states, changes, AIMS, as_of=as_of).get(
        "lost-visit", TreatmentMeasures(treatment="lost-visit")
    )
    without = measure_treatments(states, {}, AIMS, as_of=as_of).get("lost-visit", found)

    assert found.intended == sum(intent.intended.on <= as_of for intent in held)
    assert found.intended == (
        found.withdrawn + found.delivered + found.tried + found.waiting + found.expired
    )
    assert found.declined + found.converted <= found.answered <= found.delivered
    assert found.followed <= found.watched <= found.delivered
    assert without.watched == found.watched
    assert not held or 0 == without.followed or found == without
