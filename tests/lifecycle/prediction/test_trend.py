"""Trends: laws of the test and of the slope, whatever the values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from outlook_tools import CASES

from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.mann_kendall import kendall
from bankservice.lifecycle import SHELF, Trend, trend

POLICY = SHELF.load(CASES / "outlook-trend.policy.toml")
VALUES = st.lists(st.integers(-5, 5) | st.integers(-(10**12), 10**12), min_size=5, max_size=24)


def told(values: list[Any], measure: str = "balance") -> Trend:
    """Return the trend of values."""
    return trend(POLICY, on=date(2026, 8, 31), measure=measure, values=values).outcome


class TestLaws:
    """What must hold of any values."""

    @given(VALUES, st.integers(-(10**6), 10**6), st.fractions("1/50", 1000, max_denominator=50))
    @settings(max_examples=some(40))
    def test_shift_and_scale(self, values: list[int], shift: int, scale: Fraction) -> None:
        """
        Another zero and another unit change nothing but the slope, which is in the unit.
        """
        before = told(values)
        after = told([value * scale + shift for value in values])

        assert (before.direction, before.s, before.p_value) == (
            after.direction,
            after.s,
            after.p_value,
        )
        assert before.slope is not None
        assert before.slope * scale == after.slope

    @given(VALUES)
    @settings(max_examples=some(40))
    def test_reversed_time(self, values: list[int]) -> None:
        """
        Told backwards, rising is falling, and as sure.
        """
        forth, back = told(values), told(values[::-1])
        flipped = {"rising": "falling", "falling": "rising", "level": "level"}

        assert flipped[str(forth.direction)] == back.direction
        assert (forth.p_value, forth.s) == (back.p_value, -(back.s or 0))
        assert forth.slope is not None
        assert -forth.slope == back.slope

    @given(VALUES)
    @settings(max_examples=some(40))
    def test_only_order_counts(self, values: list[int]) -> None:
        """
        A transform that keeps the order keeps S and p: an outlier is as good as its rank.
        """
        before, after = told(values), told([value**3 for value in values])

        assert (before.s, before.p_value, before.tau) == (after.s, after.p_value, after.tau)

    @given(VALUES)
    @settings(max_examples=some(40))
    def test_bounds(self, values: list[int]) -> None:
        """
        p is a probability, tau from -1 to 1, the slope within those of single steps; and a trend
        is told only where p is small.
        """
        found = told(values)
        steps = [b - a for a, b in pairwise(values)]

        assert found.p_value is not None
        assert 0 < found.p_value <= 1
        assert found.tau is not None
        assert -1 <= found.tau <= 1
        assert found.slope is not None
        assert min(steps) <= found.slope <= max(steps)
        assert (found.direction == "level") == (found.p_value > Decimal("0.05") or found.s == 0)

    @given(st.integers(-50, 50), st.integers(-9, 9), st.integers(5, 24))
    @settings(max_examples=some(25))
    def test_straight_line(self, start: int, step: int, n: int) -> None:
        """
        On a line the slope is the line's.
        """
        found = told([start + step * place for place in range(n)])

        assert step == found.slope

    @given(st.lists(st.integers(-9, 9) | st.just("unknown"), max_size=30))
    @settings(max_examples=some(40))
    def test_unknown_is_missing(self, values: list[Any]) -> None:
        """
        What is known and what is missing add up, and unknown values count for nothing else.
        """
        found = told(values)
        known = [value for value in values if value != "unknown"]

        assert (len(known), len(values) - len(known)) == (found.n, found.missing)
        assert (found.direction == "too-few") == (len(known) < 5)
        if found.s is not None:
            assert (kendall([known]).s, kendall([known]).p_value) == (found.s, found.p_value)


class TestErrors:
    """What is no question."""

    @pytest.mark.parametrize(
        ("values", "wanted"),
        [
            ([{"on": "2026-01-01", "value": 1}, 2], "one of the two forms"),
            ([{"on": "2026-09-01", "value": 1}], "up to 2026-08-31"),
            ([{"on": "2026-01-01", "value": 1}, {"on": "2026-01-31", "value": 1}], "each month"),
            ([{"on": "2026-01-01"}], "a value"),
            ([None], "number"),
            ([1] * 401, "at most 400"),
            (7, "a list"),
            ("unkown", "a list"),
        ],
    )
    def test_values(self, values: Any, wanted: str) -> None:
        """
        Values that are none are refused, with where they stand and what was wanted.
        """
        with pytest.raises(FaultsError, match=wanted):
            told(values)

    def test_floats(self) -> None:
        """
        A float is no exact value.
        """
        with pytest.raises(FaultsError, match="not a float"):
            told([0.1, 0.2])

    def test_measure(self) -> None:
        """
        A measure that the policy does not tell is an error that offers the near names.
        """
        with pytest.raises(UnknownNameError, match="balance"):
            told([1, 2, 3, 4, 5], "balanse")
