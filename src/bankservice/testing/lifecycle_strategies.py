"""
Hypothesis strategies for the lifecycle: policies of stages, and what customers do over the years.

    from hypothesis import given
    from bankservice.testing import strategies

    @given(strategies.activity_paths())
    def test_no_activity_crashes(activity): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.lifecycle.policy import SHELF

__all__ = ["activity_paths", "stage_policies", "stage_tables"]

SPANS: Final = ("P1M", "P2M", "P45D", "P3M", "P6M")
MORE: Final = ("P7M", "P9M", "P12M", "P400D")
TENURES: Final = ("P0D", "P1M", "P3M", "P12M")
WINDOWS: Final = ("P1M", "P40D", "P3M", "P6M")
REVIEWS: Final = ("P0D", "P1M", "P20D")
ACTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "payment"},
    {"kind": "payment", "initiator": "customer"},
    {"kind": "transfer", "verified": True},
)
QUIET: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "login"},
    {"kind": "interest", "initiator": "bank"},
    {"kind": "fee", "initiator": "bank"},
)


# -- policies ----------------------------------------------------------------------------------


@st.composite
def _tables(draw: st.DrawFn, zone: str, loyal: bool, prospects: bool) -> dict[str, Any]:
    table: dict[str, Any] = {
        "zone": zone,
        "boundary": draw(st.sampled_from(("more_than", "at_least"))),
    }
    clocks = draw(st.sampled_from(("both", "both", "both", "inactive", "lost", "neither")))
    if clocks in ("both", "inactive"):
        table["inactive_after"] = draw(st.sampled_from(SPANS))
    if clocks in ("both", "lost"):
        table["lost_after"] = draw(st.sampled_from(MORE))
    if loyal and draw(st.booleans()):
        table["loyal"] = {
            "tenure": draw(st.sampled_from(TENURES)),
            "events": draw(st.integers(1, 4)),
            "window": draw(st.sampled_from(WINDOWS)),
            "products": draw(st.sampled_from((0, 0, 2))),
        }
        if draw(st.booleans()):
            del table["loyal"]["window"]
        if draw(st.booleans()):
            table["loyal"]["review"] = draw(st.sampled_from(REVIEWS))
    if draw(st.booleans()):
        table["repeat"] = {"events": draw(st.integers(2, 3))}
        if draw(st.booleans()):
            table["repeat"]["window"] = draw(st.sampled_from(WINDOWS))
    if clocks == "both":
        table["lost_from"] = draw(st.sampled_from(("activity", "activity", "inactive")))
    table["recheck"] = draw(st.sampled_from((False, False, True)))
    if prospects and draw(st.booleans()):
        table["prospect_after"] = draw(st.sampled_from(SPANS))
    return table


def stage_tables(
    *, zone: str = "UTC", loyal: bool = True, prospects: bool = True
) -> SearchStrategy[dict[str, Any]]:
    """
    Return the parameters of a version of stages as a TOML file holds them.

    Args:
        zone: Zone whose days count.
        loyal: Whether some know loyal customers.
        prospects: Whether prospects may expire.
    """
    return _tables(zone, loyal, prospects)


def stage_policies(
    *tables: SearchStrategy[dict[str, Any]], since: date = date(2000, 1, 1), years: int = 1
) -> SearchStrategy[Policy[Any]]:
    """
    Return loaded policies of stages.

    Args:
        *tables: Parameters of the versions, oldest first; one of `stage_tables()` where left out.
        since: First day of the first version.
        years: Years from one version to the next.
    """
    if years < 1:
        raise InvalidArgument(f"{years} years from one version to the next; wanted 1 or more.")
    return st.tuples(*(tables or (stage_tables(),))).map(lambda drawn: _policy(drawn, since, years))


def _policy(tables: Sequence[dict[str, Any]], since: date, years: int) -> Policy[Any]:
    source = {"text": "drawn by Hypothesis", "clause": "1", "checked": "own"}
    raw = {
        "id": "drawn/stages",
        "kind": "lifecycle.stages",
        "version": [
            {**table, "since": since.replace(year=since.year + place * years), "source": source}
            for place, table in enumerate(tables)
        ],
    }
    return read_policy(raw, "a drawn policy", SHELF.kinds, SHELF)


# -- activity ----------------------------------------------------------------------------------


@st.composite
def _paths(
    draw: st.DrawFn, sizes: SearchStrategy[int], start: date, max_gap: int, quiet: bool
) -> tuple[dict[str, Any], ...]:
    gaps = st.sampled_from((0, 1, 28, 30, 31, 45, 59, 92, 183, 184)).filter(
        lambda gap: gap <= max_gap
    ) | st.integers(0, max_gap)
    acts = st.sampled_from((*ACTS, *QUIET) if quiet else ACTS)
    day, held = start, []
    for place in range(draw(sizes)):
        if place:
            day += timedelta(days=draw(gaps))
        held.append({"on": day, **draw(acts)})
    return tuple(held)


def activity_paths(
    *,
    min_size: int = 0,
    max_size: int = 12,
    start: date = date(2023, 1, 31),
    max_gap: int = 220,
    quiet: bool = True,
) -> SearchStrategy[tuple[dict[str, Any], ...]]:
    """
    Return what one customer did, ascending: `on`, `kind` and perhaps `initiator` of each event.

    Args:
        min_size: Fewest events.
        max_size: Most events.
        start: Day of the first.
        max_gap: Most days between two events.
        quiet: Whether there are events that do not count: contacts, and what the bank did itself.
    """
    if not 0 <= min_size <= max_size:
        raise InvalidArgument(f"sizes go from {min_size} to {max_size}; wanted 0 <= min <= max.")
    if max_gap < 0:
        raise InvalidArgument(f"no events fit into gaps of {max_gap} days.")
    return _paths(st.integers(min_size, max_size), start, max_gap, quiet)
