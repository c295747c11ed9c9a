"""
Hypothesis strategies for complaints: what is received, and what is done with a case.

    from hypothesis import given
    from bankservice.testing import case_strategies

    @given(case_strategies.case_commands(clocks=("first_response",)))
    def test_no_command_crashes(commands): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice import policies
from bankservice.complaints.cases.commands import (
    Acknowledge,
    Assign,
    Classify,
    CloseCase,
    Escalate,
    Extend,
    Merge,
    PauseClock,
    Propose,
    Receive,
    RecordEffect,
    Redress,
    Refer,
    Reopen,
    Respond,
    Restate,
    ResumeClock,
    Withdraw,
)
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN

__all__ = ["case_commands", "complaint_receipts"]

START: Final = datetime(2026, 3, 2, 1, tzinfo=UTC)
REASONS: Final = ("papers", "external-appraisal", "complex", "especially-complex")
AMOUNTS: Final = ("", "PT1H", "PT40H", "P1D", "P15D", "P90D", "P1M")


def complaint_receipts(
    *, customer: str = "customer-7", new_facts: bool = True
) -> SearchStrategy[Receive]:
    """
    Return complaints as they are received, codes of the shipped trees among their facts.

    Args:
        customer: Whose.
        new_facts: Whether some bring new facts and reasons.
    """
    return st.builds(
        lambda facts, channel, new: Receive(
            customer=customer, channel=channel, new_facts=new, **facts
        ),
        _stated(),
        st.sampled_from(_codes("vocabulary/channels")),
        st.booleans() if new_facts else st.just(False),
    )


def case_commands(
    *,
    clocks: Sequence[str],
    subject: str = "case-1",
    min_size: int = 1,
    max_size: int = 12,
    start: datetime = START,
    max_gap: timedelta = timedelta(days=20),
) -> SearchStrategy[tuple[Command, ...]]:
    """
    Return commands on one case, the receipt first, instants ascending, each with an id of its own.

    Some will be refused: a pause of a clock that has ended, an extension nobody approved.

    Args:
        clocks: Names of clocks to pause, resume and extend.
        subject: Id of the case.
        min_size: Fewest commands, from 1 up.
        max_size: Most commands.
        start: Instant of the receipt, aware.
        max_gap: Most time between two commands.
    """
    if not 1 <= min_size <= max_size:
        raise InvalidArgument(f"sizes go from {min_size} to {max_size}; wanted 1 <= min <= max.")
    if max_gap < timedelta(0) or start.tzinfo is None:
        raise InvalidArgument(f"start is {start} and max_gap {max_gap}; wanted aware, and no less.")
    return _commands(tuple(clocks), subject, st.integers(min_size, max_size), start, max_gap)


@lru_cache(maxsize=8)
def _codes(tree: str) -> list[str]:
    return sorted(policies.shelf().get(tree).versions[-1].parameters)


@lru_cache(maxsize=1)
def _stated() -> SearchStrategy[dict[str, Any]]:
    """Draw some facts of a case."""
    unknown = st.just(UNKNOWN)
    return st.fixed_dictionaries(
        {},
        optional={
            "matter": st.sampled_from(("complaint", "dispute", "concern")),
            "kind": st.sampled_from(("general", "payment", "hardship")),
            "region": st.sampled_from(("ENG", "SCT", "NIR", "DE")) | unknown,
            "severity": st.sampled_from(("low", "normal", "high", "grave")),
            "issue": st.sampled_from(_codes("vocabulary/complaint-issues")) | unknown,
            "vulnerable": st.booleans() | unknown,
            "new_account": st.booleans() | unknown,
            "extended": st.booleans() | unknown,
            "public": st.booleans(),
            "cycle_ends": st.lists(
                st.dates(date(2026, 3, 1), date(2026, 12, 31)), max_size=3, unique=True
            ).map(tuple),
        },
    )


@lru_cache(maxsize=64)
def _acts(clocks: tuple[str, ...]) -> SearchStrategy[Any]:
    """Return commands on a case that is there; those that end it come up less often."""
    named = st.sampled_from(clocks) if clocks else st.just("no-clock")
    texts = st.sampled_from(("letter-1", "letter-2"))
    reasons = st.sampled_from(REASONS)
    answer = st.builds(
        Respond,
        text_ref=texts,
        final=st.booleans(),
        ways_on=st.sampled_from((("ombudsman",), ())),
        proposes=st.booleans(),
    )
    extension = st.builds(
        Extend,
        clock=named,
        reason=reasons,
        amount=st.sampled_from(AMOUNTS),
        approved_by=st.sampled_from(("head-1", "head-2", "head-3", "")),
        notified=st.none() | st.booleans(),
    )
    clock = st.one_of(
        st.builds(PauseClock, clock=named, reason=reasons),
        st.builds(ResumeClock, clock=named),
        extension,
        st.just(Restate()),
    )
    facts = st.one_of(complaint_receipts(), _stated().map(lambda held: Classify(**held)))
    small = st.one_of(
        st.just(Acknowledge()),
        st.builds(Assign, owner=st.sampled_from(("agent-1", "agent-2"))),
        st.builds(Propose, text_ref=texts),
        st.just(Escalate(to="management")),
        st.just(Redress(kind="money", amount_minor=100, currency="GBP")),
        st.just(Redress(kind="apology")),
        st.just(Refer(to="ombudsman")),
    )
    end = st.one_of(
        st.builds(CloseCase, accepted=st.booleans()),
        st.just(Reopen()),
        st.just(Reopen()),
        st.just(Withdraw()),
        st.just(Merge(into="case-of-another")),
        st.builds(RecordEffect, effective=st.booleans()),
    )
    return st.one_of(clock, facts, answer, small, clock, facts, answer, end)


@st.composite
def _commands(
    draw: st.DrawFn,
    clocks: tuple[str, ...],
    subject: str,
    sizes: SearchStrategy[int],
    start: datetime,
    max_gap: timedelta,
) -> tuple[Command, ...]:
    moment, acts = start, _acts(clocks)
    gaps = st.just(timedelta(0)) | st.timedeltas(timedelta(0), max_gap)
    first = draw(complaint_receipts(new_facts=False))
    held = [Command(id="command-1", subject=subject, body=first, at=start, actor="officer-1")]
    for place in range(2, draw(sizes) + 1):
        moment += draw(gaps)
        body = draw(acts)
        held.append(
            Command(id=f"command-{place}", subject=subject, body=body, at=moment, actor="officer-1")
        )
    return tuple(held)
