"""
The flow of a book between stages: a day's members follow from the day before, whatever happens.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.run.stages_flow import OUTSIDE, ConservationError, Flow

STAGES = ("prospect", "first_time", "active", "loyal", "inactive", "lost", "won_back")
FIRST = date(2026, 1, 1)
History = tuple[tuple[str, date, str], ...]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """
    Draw the stages of one customer: no two alike in a row, on days that do not fall.
    """
    stages = draw(st.lists(st.sampled_from(STAGES), max_size=6))
    kept = [stage for at, stage in enumerate(stages) if at == 0 or stages[at - 1] != stage]
    days = sorted(draw(st.lists(st.integers(0, 20), min_size=len(kept), max_size=len(kept))))
    return tuple(
        (stage, FIRST + timedelta(days=day), "LC_REPEAT")
        for stage, day in zip(kept, days, strict=True)
    )


@settings(max_examples=some(200))
@given(book=st.lists(histories(), max_size=8))
def test_flow_is_conserved(book: list[History]) -> None:
    """
    Each day's members are those of the day before, with who entered and without who left; they are
    who stands there by their own history; and the check agrees.
    """
    flow = Flow()
    for history in book:
        flow.add(history, history[-1][0] if history else None)
    undecided = sum(not history for history in book)
    before = dict.fromkeys(STAGES, 0)
    for on, members in flow.days():
        entered = dict.fromkeys(STAGES, 0)
        left = dict.fromkeys(STAGES, 0)
        for move in flow.moves(on - timedelta(days=1), on):
            entered[move.after] += move.customers
            if move.before != OUTSIDE:
                left[move.before] += move.customers
        expected = {stage: before[stage] + entered[stage] - left[stage] for stage in STAGES}
        stands = dict.fromkeys(STAGES, 0)
        for history in book:
            reached = [stage for stage, since, _ in history if since <= on]
            if reached:
                stands[reached[-1]] += 1
        before = {stage: members.get(stage, 0) for stage in STAGES}

        assert expected == before
        assert stands == before

    flow.check(FIRST, len(book), undecided)


def test_what_does_not_add_up_is_refused() -> None:
    """
    A stage that the moves do not lead to stops the run, and so does a book that lacks somebody.
    """
    flow = Flow()
    flow.add((("active", FIRST, "LC_REPEAT"),), "lost")

    with pytest.raises(ConservationError, match="lead to 1 customers of stage 'active', and 0"):
        flow.check(FIRST, 1, 0)

    whole = Flow()
    whole.add((("active", FIRST, "LC_REPEAT"),), "active")

    with pytest.raises(ConservationError, match="lead to 1 customers of stage '', and 2"):
        whole.check(FIRST, 2, 0)
