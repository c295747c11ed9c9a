"""The quick look at who needs no considering says nothing that the rule would not say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from care_tools import FIRST, LIMITS, RETAIL, noon
from effort import some
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bankservice.core.policy import Policy
from bankservice.core.record import Command, Context, Refused
from bankservice.core.unknown import UNKNOWN
from bankservice.lifecycle.care.commands import Agree, Consider, Deliver, Object, RecordOutcome
from bankservice.lifecycle.care.entries import Care
from bankservice.lifecycle.care.model import TreatmentOutcome
from bankservice.lifecycle.care.record import TREATMENT
from bankservice.lifecycle.care.resting import TERMINAL, nothing_comes

STAGES = st.tuples(
    st.sampled_from(["loyal", "active", "prospect", "lost", "inactive", "won_back"]),
    st.sampled_from(["LC_INACTIVE", "LC_INACTIVE", "LC_LOYAL", "LC_DECEASED"]),
)
ACTS = st.sampled_from(
    [
        None,
        Deliver(intent="", channel="app"),
        RecordOutcome(intent="", outcome=TreatmentOutcome.DECLINED),
        RecordOutcome(intent="", outcome=TreatmentOutcome.NO_ANSWER),
        Object(kinds=("visit",)),
        Agree(all=True),
    ]
)
STEPS = st.lists(
    st.tuples(st.integers(0, 100), STAGES | st.none(), ACTS, st.booleans()),
    min_size=1,
    max_size=9,
)


def after(state: Care, body: Any, on: date, policy: Policy[Any]) -> Care | Refused:
    """Return the state after a command of a day, or why it is refused."""
    command = Command(id="c", subject="chen", body=body)
    moment = noon(on)
    context = Context(
        effective_at=moment, recorded_at=moment, actor="", approved_by="", policies=(policy,)
    )
    found = TREATMENT.decide({"chen": state}, command, context)
    if isinstance(found, Refused):
        return found
    for event in found.events.get("chen", ()):
        state = TREATMENT.evolve(state, event)
    return state


def named(body: Any, state: Care) -> Any:
    """Return a command on the latest intent; None where there is none."""
    if isinstance(body, Deliver):
        known = list(state.intents)
        return Deliver(intent=known[-1], channel=body.channel) if known else None
    if isinstance(body, RecordOutcome):
        known = list(state.intents)
        return RecordOutcome(intent=known[-1], outcome=body.outcome) if known else None
    return body


@settings(max_examples=some(150))
@given(st.sampled_from([RETAIL, LIMITS]), STEPS, st.sampled_from([None, (), ("marketing",)]))
@example(RETAIL, [(0, ("lost", "LC_INACTIVE"), None, False), (9, None, None, True)], ())
@example(RETAIL, [(0, ("inactive", "LC_INACTIVE"), None, False), (9, None, None, False)], None)
def test_of_who_rests_nothing_comes(
    policy: Policy[Any], steps: list[Any], agreed: tuple[str, ...] | None
) -> None:
    """Where nothing is said to come, considering changes nothing and is not refused."""
    rules = policy.versions[-1].parameters
    state, on, since = Care(), FIRST, FIRST
    stage, reason = "active", "LC_INACTIVE"
    for days, moved, act, ended in steps:
        on += timedelta(days)
        if moved is not None:
            (stage, reason), since = moved, on
        facts = {"stage": stage, "stage_reason": reason, "days_in_stage": (on - since).days}
        within = rules.terms.within
        rows = [r for r in rules.rows if r.when is None or r.when.holds(facts, within) is not False]
        rests = nothing_comes(
            state,
            rules,
            rows,
            on=on,
            stage=stage,
            since=since,
            terminal=ended or reason in TERMINAL,
            consents=agreed,
        )
        body = Consider(
            on=on,
            customer=facts,
            stage_since=since,
            ended=True if ended else None,
            consents=UNKNOWN if agreed is None else agreed,
        )
        found = after(state, body, on, policy)

        assert not rests or found is state

        state = state if isinstance(found, Refused) else found
        told = named(act, state)
        done = state if told is None else after(state, told, on, policy)
        state = state if isinstance(done, Refused) else done


def test_most_rest() -> None:
    """Who was meant something yesterday rests today, and no longer once it must be taken back."""
    facts = {"stage": "inactive", "stage_reason": "LC_INACTIVE", "days_in_stage": 0}
    body = Consider(on=FIRST, customer=facts, stage_since=FIRST, consents=())
    state = after(Care(), body, FIRST, RETAIL)
    assert isinstance(state, Care)
    rules = RETAIL.versions[-1].parameters
    rows = [row for row in rules.rows if row.code == "inactive-reminder"]

    def rests(stage: str, terminal: bool = False) -> bool:
        on = FIRST + timedelta(1)
        return nothing_comes(
            state,
            rules,
            rows if stage == "inactive" else (),
            on=on,
            stage=stage,
            since=FIRST,
            terminal=terminal,
            consents=(),
        )

    assert rests("inactive")
    assert not rests("active")
    assert not rests("inactive", terminal=True)
