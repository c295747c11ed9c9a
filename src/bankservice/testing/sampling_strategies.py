"""
Hypothesis strategies for sampling plans: frames of customers at the edges of their strata.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from bankservice.core.unknown import UNKNOWN
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.table import DimensionRow

__all__ = ["survey_frames"]


def _facts_of(row: DimensionRow) -> SearchStrategy[Any]:
    """Return values on, below and in the bands of a dimension, of none of them, and unknown."""
    codes = [code for band in row.band for code in band.values]
    if codes:
        return st.sampled_from([*codes, "of-no-band", UNKNOWN])
    edges = [
        edge for band in row.band for edge in (band.at_least, band.less_than) if edge is not None
    ]
    near = [int(edge) + step for edge in edges for step in (-1, 0, 1)]
    return st.sampled_from([*near, UNKNOWN]) if near else st.integers(0, 100)


def survey_frames(
    plan: SamplingPlan, *, on: date, most: int = 40
) -> SearchStrategy[list[dict[str, Any]]]:
    """
    Return frames for a sampling plan: facts at the edges of its bands, wishes, earlier invitations.

    Args:
        plan: The plan.
        on: The day of the draw.
        most: Most customers.

    Raises:
        InvalidArgument: If that number is below 0.
    """
    if most < 0:
        raise InvalidArgument(f"at most {most} of customers; wanted 0 or more.")
    facts = {row.fact or row.code: _facts_of(row) for row in plan.table.dimension}
    window = (plan.table.contact.cool_down.after(on) - on).days
    days = [on - timedelta(days=window + step) for step in (-30, -1, 0, 1, 3, 30)]
    row = st.fixed_dictionaries(
        {"facts": st.fixed_dictionaries({}, optional=facts)},
        optional={
            "last_invited_on": st.sampled_from([None, UNKNOWN, *days]),
            "opted_out": st.sampled_from([False, False, True, UNKNOWN]),
            "excluded_for": st.sampled_from(["", "", *plan.exclusions]),
        },
    )
    return st.lists(row, max_size=most).map(
        lambda rows: [{"customer": f"c{place}", **held} for place, held in enumerate(rows)]
    )
