"""
Quantiles and tails: against values worked out with forty digits, and by their laws.

The expected numbers are those of another program's arithmetic of many digits, rounded to seventeen.
"""

from __future__ import annotations

from math import erfc, exp, isclose, sqrt
from statistics import NormalDist

import pytest
from effort import some
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bankservice.core.quantiles import (
    beta_quantile,
    beta_share,
    chi_square_tail,
    f_quantile,
    normal_quantile,
    t_quantile,
    t_two_sided,
    two_sided,
)

PARAMETERS = st.floats(0.05, 1e5)
SHARES = st.floats(1e-6, 1 - 1e-6)


class TestBeta:
    """The share of a beta distribution, and the point that has it."""

    @pytest.mark.parametrize(
        ("a", "b", "x", "expected"),
        [
            (2, 3, 0.5, 0.6875),
            (0.5, 7, 0.001, 0.09255230112989836),
            (300.5, 200.25, 0.61, 0.67263950657152904),
            (5e4, 0.5, 0.99999, 0.31731050785796599),
            (45, 6, 0.7818646336, 0.025000000031971937),
            (0.1, 0.1, 0.3, 0.46280418611555204),
            (2, 3, 0, 0),
            (2, 3, 1, 1),
        ],
    )
    def test_known_values(self, a: float, b: float, x: float, expected: float) -> None:
        """It is what arithmetic of many digits says."""
        assert isclose(expected, beta_share(a, b, x), rel_tol=1e-11)

    @given(PARAMETERS, PARAMETERS, SHARES)
    @settings(max_examples=some(60))
    @example(0.05, 0.05, 1e-6)
    @example(1e5, 1e5, 0.5)
    @example(1e5, 0.05, 1e-6)
    def test_quantile_has_the_share(self, a: float, b: float, p: float) -> None:
        """Below the quantile lies the share it was asked for; no point beyond floats is asked."""
        found = beta_quantile(a, b, p)
        assume(1e-290 < found < 1 - 1e-13)

        assert isclose(p, beta_share(a, b, found), rel_tol=1e-6)

    def test_exact_tail(self) -> None:
        """A tail of one in ten million keeps its digits: of none in a thousand, it has a root."""
        assert isclose(1 - 5e-8 ** (1 / 1000), beta_quantile(1, 1000, 1 - 5e-8), rel_tol=1e-9)

    @pytest.mark.parametrize("a", [1e-3, 1e-6, 1e-12])
    def test_next_to_nothing(self, a: float) -> None:
        """Where nearly all lies nearer to 0 than a float can tell, the quantile is 0."""
        assert 0 == beta_quantile(a, 3, 0.2)
        assert isclose(1, beta_quantile(3, a, 0.8))

    def test_ends(self) -> None:
        """Nothing lies below 0, everything below 1."""
        assert (0.0, 1.0) == (beta_quantile(2, 3, 0), beta_quantile(2, 3, 1))


class TestNormal:
    """The normal law, far out too."""

    def test_far_out(self) -> None:
        """Nine deviations out there is a probability, where 1 less the distribution has none."""
        assert isclose(2.2571768119076845e-19, two_sided(-9), rel_tol=1e-14)
        assert 0 == 1 - NormalDist().cdf(9)

    @given(SHARES)
    @settings(max_examples=some(30))
    def test_quantile_and_tail_are_one(self, p: float) -> None:
        """What lies beyond a quantile on either side is what it was asked for."""
        assert isclose(2 * min(p, 1 - p), two_sided(normal_quantile(p)), rel_tol=1e-9)


class TestStudent:
    """Student's t, of one observation and of a hundred thousand."""

    @pytest.mark.parametrize(
        ("t", "freedom", "expected"),
        [
            (0, 5, 1),
            (2, 1, 0.29516723530086655),
            (-2, 1, 0.29516723530086655),
            (1e-8, 4, 0.9999999925),
            (9, 300_000, 2.2698541393851686e-19),
            (1.96, 100_000, 0.049998563194301638),
        ],
    )
    def test_known_tails(self, t: float, freedom: float, expected: float) -> None:
        """It is what arithmetic of many digits says."""
        assert isclose(expected, t_two_sided(t, freedom), rel_tol=2e-11)

    @given(SHARES, st.floats(1, 1e5))
    @settings(max_examples=some(40))
    @example(0.5, 3.0)
    @example(0.5000001, 3.0)
    @example(0.9999, 2.0)
    def test_quantile_and_tail_are_one(self, p: float, freedom: float) -> None:
        """What lies beyond a quantile on either side is what it was asked for, and it has signs."""
        found = t_quantile(p, freedom)

        assert isclose(2 * min(p, 1 - p), t_two_sided(found, freedom), rel_tol=1e-7)
        assert isclose(-found, t_quantile(1 - p, freedom), rel_tol=1e-6, abs_tol=1e-9)
        assert (p > 0.5) - (p < 0.5) == (found > 0) - (found < 0)

    def test_many_observations_are_normal(self) -> None:
        """With more observations t becomes the normal law."""
        assert isclose(normal_quantile(0.975), t_quantile(0.975, 1e8), rel_tol=1e-7)


class TestF:
    """The quotient of two variances."""

    def test_one_above_is_t_squared(self) -> None:
        """With one degree of freedom above, F is the square of t."""
        assert isclose(t_quantile(0.975, 12) ** 2, f_quantile(0.95, 1, 12), rel_tol=1e-11)

    @given(SHARES, st.floats(1, 3000), st.floats(1, 3000))
    @settings(max_examples=some(30))
    def test_turned_over(self, p: float, above: float, below: float) -> None:
        """Turned over, it is F again, from the other end."""
        one, other = f_quantile(p, above, below), f_quantile(1 - p, below, above)

        assert isclose(1, one * other, rel_tol=1e-6)


class TestChiSquare:
    """The tail of a sum of squares."""

    @pytest.mark.parametrize(
        ("value", "freedom", "expected"),
        [
            (7.6811594203, 2, 0.021481144897143615),
            (0.01, 3, 0.99973483494134439),
            (400, 300, 9.6786219949335771e-5),
            (1000, 10, 1.8702907209159497e-208),
            (19.8813105486, 11, 0.046995208900881863),
            (30, 31, 0.51729654931489578),
            (350, 350, 0.48994728436538703),
            (0, 4, 1),
        ],
    )
    def test_known_tails(self, value: float, freedom: float, expected: float) -> None:
        """It is what arithmetic of many digits says."""
        assert isclose(expected, chi_square_tail(value, freedom), rel_tol=1e-11)

    @given(st.floats(0.001, 300))
    @settings(max_examples=some(30))
    def test_closed_forms(self, value: float) -> None:
        """With one and two degrees of freedom there is a formula."""
        assert isclose(erfc(sqrt(value / 2)), chi_square_tail(value, 1), rel_tol=1e-10)
        assert isclose(exp(-value / 2), chi_square_tail(value, 2), rel_tol=1e-10)
