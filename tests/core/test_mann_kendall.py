"""The test of Mann and Kendall, and the slope of Theil and Sen, against counting every order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from statistics import median

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.mann_kendall import EXACT_UP_TO, kendall, theil_sen


def s_of(values: tuple[int, ...]) -> int:
    """Return rising pairs less falling ones, one by one."""
    return sum((b > a) - (b < a) for a, b in combinations(values, 2))


class TestKendall:
    """Whether an order could be chance."""

    @given(st.lists(st.integers(0, 3), min_size=2, max_size=6))
    @settings(max_examples=some(25))
    def test_every_order_is_counted(self, values: list[int]) -> None:
        """
        Up to ten values p is the share of all their orders with an S as far from 0, ties included,
        and the variance is that of S over all of them.
        """
        found = kendall([values])
        orders = [s_of(order) for order in permutations(values)]
        far = [abs(s) >= abs(found.s) for s in orders]

        assert "exact" == found.method
        assert float(found.p_value) == pytest.approx(sum(far) / len(far), abs=1e-11)
        assert Fraction(sum(s * s for s in orders), len(orders)) == found.variance
        assert (found.z is None) == (found.variance == 0)

    def test_normal_is_near_to_exact(self) -> None:
        """
        Where counting ends the normal law is within a hundredth of it.
        """
        ten = list(range(EXACT_UP_TO))
        for order in (ten, ten[::2] + ten[1::2], [*ten[5:], *ten[:5]]):
            exact = kendall([order])
            # One more value in a season of its own has no pair, and tips the count over.
            normal = kendall([order, [0]])

            assert ("exact", "normal") == (exact.method, normal.method)
            assert (exact.s, exact.z) == (normal.s, normal.z)
            assert abs(exact.p_value - normal.p_value) < Decimal("0.01")

    def test_many_equal_values(self) -> None:
        """
        Of values that are all equal no trend is told, however many there are.
        """
        found = kendall([[7] * 20])

        assert found.z is None
        assert (0, Decimal(1), "normal") == (found.s, found.p_value, found.method)

    def test_falls_by_two_thirds_of_a_deviation(self) -> None:
        """
        Twelve months of an index, worked out elsewhere: S −6, variance 212⅔, z −0.343, p 0.732.
        """
        months = [312, 284, 330, 301, 356, 298, 325, 279, 341, 307, 220, 315]
        found = kendall([months])

        assert (-6, Fraction(638, 3)) == (found.s, found.variance)
        assert found.z == pytest.approx(-0.3428627407, abs=1e-10)
        assert float(found.p_value) == pytest.approx(0.7317017232, abs=1e-10)


class TestTheilSen:
    """How steep a trend is."""

    @given(st.lists(st.fractions(-9, 9, max_denominator=6), min_size=2, max_size=9))
    @settings(max_examples=some(25))
    def test_is_the_median_of_slopes(self, values: list[Fraction]) -> None:
        """
        It is the median of the slopes of all pairs, exactly.
        """
        points = list(enumerate(values))
        slopes = [Fraction(y - b, x - a) for (a, b), (x, y) in combinations(points, 2)]

        assert median(slopes) == theil_sen([points])

    def test_seasons_are_compared_within(self) -> None:
        """
        Values of different seasons have no slope between them.
        """
        summer = [(0, Fraction(10)), (4, Fraction(14))]
        winter = [(2, Fraction(90)), (6, Fraction(98))]

        assert Fraction(3, 2) == theil_sen([summer, winter])
