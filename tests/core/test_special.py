"""
Functions of statistics: against values worked out with forty digits, and by their laws.

The expected numbers are those of another program's arithmetic of many digits, rounded to seventeen.
"""

from __future__ import annotations

from math import fsum, isclose, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.special import beta_average, log_beta, log_rising

PARAMETERS = st.floats(1e-6, 1e6)
LARGE = st.floats(1e-6, 1e40)


class TestLogRising:
    """The logarithm of a quotient of gamma functions."""

    @pytest.mark.parametrize(
        ("a", "n", "expected"),
        [
            (0.243, 1, -1.4146938356415886),
            (0.243, 26, 57.473730085162264),
            (7, 3.5, 7.3613740073936626),
            (9999, 40, 368.48751996165236),
            (12345.678, 7, 65.949129950734854),
            (1e8, 5, 92.103403819761826),
            (1e15, 3, 103.61632918473206),
            (1e-6, 4000, 29159.154993267773),
            (3, 1e9, 19723265888.980367),
        ],
    )
    def test_known_values(self, a: float, n: float, expected: float) -> None:
        """It is what arithmetic of many digits says, however large its arguments."""
        assert isclose(expected, log_rising(a, n), rel_tol=1e-12)

    @given(a=LARGE, n=st.integers(0, 60))
    def test_it_is_the_sum_of_logarithms(self, a: float, n: int) -> None:
        """For a whole number it is the sum of the logarithms of as many numbers from a up."""
        expected = fsum(log(a + k) for k in range(n))

        assert isclose(expected, log_rising(a, n), rel_tol=1e-11, abs_tol=1e-10)


class TestLogBeta:
    """The logarithm of the beta function."""

    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [
            (0.5, 0.5, 1.1447298858494002),
            (1e-8, 3, 18.420680728952366),
            (40, 60, -67.968616247482449),
            (1e9, 2.5, -51.523481723768109),
            (1e8, 1e8, -138629444.05681731),
        ],
    )
    def test_known_values(self, a: float, b: float, expected: float) -> None:
        """It is what arithmetic of many digits says, and the same the other way round."""
        assert isclose(expected, log_beta(a, b), rel_tol=1e-12)
        assert log_beta(a, b) == log_beta(b, a)


class TestBetaAverage:
    """The average of a function over a beta distribution."""

    @pytest.mark.parametrize(
        ("k", "a", "b", "expected"),
        [
            (3, 0.793, 2.426, 0.64519841071071932),
            (1e6, 0.01, 0.02, 0.58092532147693805),
            (1e9, 2e3, 5e3, 3.5012506130495173e-9),
            (0.5, 1e-3, 40, 0.99998764938310388),
            (2, 40, 1e-3, 0.33333898218432839),
        ],
    )
    def test_known_values(self, k: float, a: float, b: float, expected: float) -> None:
        """The average of `1 / (1 + k p)` is a hypergeometric function, worked out with many digits."""
        assert isclose(expected, beta_average(lambda p: 1 / (1 + k * p), a, b, k), rel_tol=1e-12)

    @given(a=PARAMETERS, b=PARAMETERS)
    def test_moments(self, a: float, b: float) -> None:
        """The averages of 1, of 1 - p and of its square are those of the distribution."""
        above = b / (a + b)

        assert isclose(1, beta_average(lambda _: 1.0, a, b), rel_tol=1e-12)
        assert isclose(above, beta_average(lambda p: 1 - p, a, b), rel_tol=1e-9)
        assert isclose(
            above * (b + 1) / (a + b + 1), beta_average(lambda p: (1 - p) ** 2, a, b), rel_tol=1e-9
        )

    def test_narrow(self) -> None:
        """A distribution narrower than a float can tell from a point is one."""
        assert beta_average(lambda p: 1 - p, 1e14, 3e14) == 0.75
