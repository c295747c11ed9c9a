"""The strategies of stages, groups and scores: what they draw is valid, the impossible refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from bankservice.core.policy import Policy
from bankservice.lifecycle.stages.kind import Stages
from bankservice.segmentation import Groups
from bankservice.testing import strategies

FEW = settings(max_examples=some(15))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("activity_paths", {"min_size": 2, "max_size": 1}),
        ("activity_paths", {"min_size": -1}),
        ("activity_paths", {"max_gap": -1}),
        ("stage_policies", {"years": 0}),
        ("group_tables", {"max_segments": 0}),
        ("rfm_values", {"min_size": 3, "max_size": 2}),
        ("rfm_values", {"min_value": 1, "max_value": 0}),
    ],
)
def test_an_impossible_request_is_refused(name: str, options: dict[str, Any]) -> None:
    """What cannot be drawn is refused when it is asked for, not when it is drawn."""
    with pytest.raises(InvalidArgument):
        getattr(strategies, name)(**options)


@FEW
@given(strategies.stage_policies(strategies.stage_tables(), strategies.stage_tables(), years=3))
def test_policies_of_stages_load(policy: Policy[Any]) -> None:
    """Every drawn policy is one that a bank could write, with as many versions as tables."""
    assert [2000, 2003] == [version.since.year for version in policy.versions]
    assert all(isinstance(version.parameters, Stages) for version in policy.versions)


@FEW
@given(strategies.group_policies(strategies.group_tables(max_segments=3, screens=False)))
def test_policies_of_groups_load(policy: Policy[Any]) -> None:
    """Every drawn policy of groups has no gap and no tie, which the kind checks."""
    (groups,) = (version.parameters for version in policy.versions)

    assert isinstance(groups, Groups)
    assert 1 <= len(groups.segments) <= 3
    assert not groups.screen


@FEW
@given(strategies.activity_paths(min_size=1, max_size=5, max_gap=31, quiet=False))
def test_activity_ascends_within_its_bounds(path: tuple[dict[str, Any], ...]) -> None:
    """Days ascend, no gap is longer than asked, and without quiet events all are business."""
    days = [event["on"] for event in path]

    assert 1 <= len(path) <= 5
    assert all(0 <= (later - day).days <= 31 for day, later in pairwise(days))
    assert {event["kind"] for event in path} <= {"payment", "transfer"}


@FEW
@given(strategies.rfm_values(min_size=2, max_size=4, min_value=0, max_value=2))
def test_values_lie_within_their_bounds(values: tuple[int, ...]) -> None:
    """As many values as asked, ends included."""
    assert 2 <= len(values) <= 4
    assert all(0 <= value <= 2 for value in values)


@FEW
@given(strategies.customers(unknown=False), st.data())
def test_a_known_customer_has_no_unknown_fact(customer: dict[str, Any], data: Any) -> None:
    """Every fact of a customer drawn as known is stated."""
    assert "unknown" not in customer.values()
    assert set(data.draw(strategies.customers())) <= set(customer)
