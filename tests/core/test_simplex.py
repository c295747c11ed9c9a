"""The simplex finds minima, stops, and answers the same question the same way."""

from __future__ import annotations

from math import inf, isclose, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankservice.core.simplex import minimise

COORDINATES = st.floats(-5, 5)


def rosenbrock(point: tuple[float, ...]) -> float:
    """Return the height of the valley that is bent like a banana; its bottom is at (1, 1)."""
    x, y = point
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


class TestMinimise:
    """A minimum by comparing values."""

    @given(
        bottom=st.tuples(COORDINATES, COORDINATES, COORDINATES),
        start=st.tuples(COORDINATES, COORDINATES, COORDINATES),
        steep=st.tuples(*[st.floats(0.1, 10)] * 3),
    )
    def test_bowls(
        self,
        bottom: tuple[float, ...],
        start: tuple[float, ...],
        steep: tuple[float, ...],
    ) -> None:
        """The bottom of any bowl is found from anywhere near."""

        def bowl(point: tuple[float, ...]) -> float:
            rows = zip(point, bottom, steep, strict=True)
            return sum(s * (p - b) ** 2 for p, b, s in rows)

        found = minimise(bowl, start, step=1)

        assert found.converged
        assert all(isclose(b, p, abs_tol=1e-4) for b, p in zip(bottom, found.point, strict=True))
        assert found.value == bowl(found.point)

    def test_a_bent_valley(self) -> None:
        """A valley that bends is followed to its bottom, twice the same way."""
        found = minimise(rosenbrock, (-1.2, 1), step=0.5, near=1e-8)

        assert found.converged
        assert all(isclose(1, part, abs_tol=1e-6) for part in found.point)
        assert found == minimise(rosenbrock, (-1.2, 1), step=0.5, near=1e-8)

    def test_one_axis(self) -> None:
        """One axis is enough."""
        found = minimise(lambda p: abs(p[0] - 2), (0,))

        assert isclose(2, found.point[0], abs_tol=1e-5)

    @pytest.mark.parametrize("no_value", [inf, nan])
    def test_where_there_is_no_value(self, no_value: float) -> None:
        """A place without a value is left, and never the answer."""
        found = minimise(lambda p: (p[0] - 3) ** 2 if p[0] > 0 else no_value, (-0.5,), step=1)

        assert found.converged
        assert isclose(3, found.point[0], abs_tol=1e-3)

    def test_no_value_anywhere(self) -> None:
        """Where nothing has a value it stops without a minimum."""
        found = minimise(lambda _: nan, (0, 0), most=50)

        assert not found.converged
        assert found.value == inf

    def test_a_plain(self) -> None:
        """Where all is flat it comes to rest at once: nothing is lower."""
        found = minimise(lambda _: 7.0, (1, 2))

        assert found.converged
        assert (found.point, found.value) == ((1.0, 2.0), 7.0)

    def test_it_stops(self) -> None:
        """It asks no more often than it may, but for the last step, and says it has not arrived."""
        found = minimise(rosenbrock, (-1.2, 1), most=20)

        assert not found.converged
        assert 20 <= found.evaluations <= 24

    @given(start=st.tuples(COORDINATES, COORDINATES), most=st.integers(1, 60))
    def test_never_worse_than_the_start(self, start: tuple[float, float], most: int) -> None:
        """However early it stops, what it found is not higher than where it began."""
        assert minimise(rosenbrock, start, most=most).value <= rosenbrock(start)
