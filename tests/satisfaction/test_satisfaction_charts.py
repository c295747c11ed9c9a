"""Charts: laws of limits, averages and runs, and faults."""

from __future__ import annotations

from decimal import localcontext
from itertools import pairwise
from math import isclose
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import satisfaction
from bankservice.core.errors import FaultsError
from bankservice.testing import strategies

# Rules, as they are called: what they answer is looked at part by part.
ewma_chart: Final[Any] = satisfaction.ewma_chart
nps_chart: Final[Any] = satisfaction.nps_chart
p_chart: Final[Any] = satisfaction.p_chart
score_trend: Final[Any] = satisfaction.score_trend
xmr_chart: Final[Any] = satisfaction.xmr_chart

VALUES = st.lists(st.integers(-50, 50), max_size=25)
LAST_OF_BASE_TEN = {"satisfied": 9, "base": 10}


def near(expected: Any, actual: Any, within: float = 1e-9) -> bool:
    """Tell whether two numbers agree but for the last digits of floats."""
    return isclose(float(expected), float(actual), rel_tol=within, abs_tol=within)


def faults_of(rule: Any, **facts: Any) -> list[str]:
    """Return the faults a rule tells of its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return [str(fault) for fault in caught.value.faults]


class TestShares:
    """What must hold of a chart of shares."""

    @given(strategies.charted_shares(), st.sampled_from(["auto", "p", "laney"]))
    @settings(max_examples=some(60))
    def test_limits(self, points: list[dict[str, int]], limits: str) -> None:
        """
        Limits lie in [0, 1] and hold the centre; the fewer answers, the wider they are; a period
        without answers has none, and with nobody at all there is no centre.
        """
        found = p_chart(points=points, limits=limits).outcome
        drawn = [(row["base"], point) for row, point in zip(points, found.points, strict=True)]

        assert (found.centre is None) == (not any(base for base, _ in drawn))
        for base, point in drawn:
            assert (point.value is None) == (not base)
            if base:
                assert 0 <= point.low <= found.centre <= point.high <= 1
        widths = sorted((base, point.low - point.high) for base, point in drawn if base)
        assert all(one <= other for (fewer, one), (more, other) in pairwise(widths) if fewer < more)

    @given(st.integers(1, 9), st.lists(st.integers(1, 20), min_size=1, max_size=25))
    @settings(max_examples=some(20))
    def test_equal_shares(self, tenths: int, sizes: list[int]) -> None:
        """Where all shares are the same, nothing is a signal, whatever the bases."""
        points = [{"satisfied": tenths * size, "base": 10 * size} for size in sizes]
        found = p_chart(points=points).outcome

        assert found.signals == ()
        assert all(point.z == 0 for point in found.points)

    @given(strategies.charted_shares(least=4), strategies.charted_shares())
    @settings(max_examples=some(30))
    def test_frozen(self, first: list[dict[str, int]], later: list[dict[str, int]]) -> None:
        """Later periods move neither the centre, the spread nor the limits of a frozen baseline."""
        alone = p_chart(points=first).outcome
        found = p_chart(points=first + later, baseline=len(first)).outcome

        assert (alone.centre, alone.sigma_z) == (found.centre, found.sigma_z)
        if alone.centre is not None:
            assert alone.points == found.points[: len(first)]

    def test_ordinary_months_of_a_large_bank(self) -> None:
        """
        With thousands of answers a month plain limits call ordinary months signals; the limits that
        count how much months differ do not, and the outcome says which were used.
        """
        shares = [8200, 8360, 8090, 8310, 8230, 8050, 8380, 8210, 8400, 8090]
        points = [{"satisfied": share, "base": 10_000} for share in shares]
        decision = p_chart(points=points)

        assert (0, 6) == (
            len(decision.outcome.signals),
            len(p_chart(points=points, limits="p").outcome.signals),
        )
        assert decision.outcome.method == "laney"
        assert "Limits widened by Laney" in decision.explain()


class TestValues:
    """What must hold of a chart of values."""

    @given(VALUES, st.integers(-99, 99))
    @settings(max_examples=some(40))
    def test_shifted(self, values: list[int], by: int) -> None:
        """Values so much higher have a centre and limits so much higher, and the same signals."""
        found = xmr_chart(values=values).outcome
        again = xmr_chart(values=[value + by for value in values]).outcome

        assert found.signals == again.signals
        assert found.wide == again.wide
        for name in ("centre", "low", "high"):
            one, other = getattr(found, name), getattr(again, name)
            assert (one is None) == (other is None)
            assert one is None or near(float(one) + by, other)

    @given(VALUES, st.sets(st.integers(0, 24)))
    @settings(max_examples=some(20))
    def test_gaps(self, values: list[int], places: set[int]) -> None:
        """Gaps change neither the centre nor the limits."""
        held: list[Any] = list(values)
        for place in sorted(places, reverse=True):
            held.insert(min(place, len(held)), "not-shown")
        found, again = xmr_chart(values=values).outcome, xmr_chart(values=held).outcome

        assert (found.centre, found.low, found.high) == (again.centre, again.low, again.high)

    def test_on_the_limit(self) -> None:
        """A value on the limit is inside it; one beyond by a little is a signal."""
        first = [10, 11, 10, 9, 10]
        on = xmr_chart(values=[*first, "12.66"], baseline=5).outcome
        over = xmr_chart(values=[*first, "12.6601"], baseline=5).outcome

        assert ((), (5,)) == (on.signals, over.signals)

    def test_limits_of_equal_values(self) -> None:
        """After a baseline without spread, any other value is a signal, and has no deviations."""
        found = xmr_chart(values=[7, 7, 7, "7.1"], baseline=3).outcome

        assert (3,) == found.signals
        assert found.points[3].z is None


class TestAverages:
    """What must hold of a moving average."""

    @given(VALUES, st.integers(1, 100), st.integers(-50, 50))
    @settings(max_examples=some(40))
    def test_between(self, values: list[int], percent: int, target: int) -> None:
        """
        It lies between the least and the greatest of the values and its start; limits widen with
        time, towards those of the long run.
        """
        weight = f"{percent / 100:.2f}"
        found = ewma_chart(values=values, weight=weight, target=target, sigma=3).outcome
        least, most = min([*values, target]), max([*values, target])
        widths = [point.high - point.low for point in found.points]

        assert all(least - 1e-9 <= float(p.average) <= most + 1e-9 for p in found.points)
        assert all(near(a, b) or a < b for a, b in pairwise(widths))
        assert not widths or near(min(widths[-1], found.high - found.low), widths[-1])

    @given(VALUES)
    @settings(max_examples=some(20))
    def test_weight_of_one(self, values: list[int]) -> None:
        """With a weight of 1 the average is the series."""
        found = ewma_chart(values=values, weight=1, target=0, sigma=1).outcome

        assert values == [point.average for point in found.points]

    @given(strategies.charted_shares(), st.sampled_from(["0.05", "0.2", "1"]))
    @settings(max_examples=some(30))
    def test_shares(self, points: list[dict[str, int]], weight: str) -> None:
        """Of shares averages and limits lie in [0, 1]; a period without answers moves nothing."""
        found = ewma_chart(points=points, weight=weight).outcome
        last = None
        for row, point in zip(points, found.points, strict=True):
            if row["base"]:
                assert 0 <= point.low <= found.centre <= point.high <= 1
                assert -1e-9 <= float(point.average) <= 1 + 1e-9
            else:
                assert (last, None) == (point.average, point.low)
            last = point.average


class TestNps:
    """What must hold of a chart of net promoter scores."""

    @given(st.lists(strategies.class_counts(most=40), max_size=12))
    @settings(max_examples=some(30))
    def test_mirrored(self, counts: list[tuple[int, int, int]]) -> None:
        """Promoters and detractors changed about, the chart is upside down; limits stay inside."""
        names = ("promoters", "passives", "detractors")
        found, other = (
            nps_chart(points=[dict(zip(order, row, strict=True)) for row in counts]).outcome
            for order in (names, names[::-1])
        )

        assert found.signals == other.signals
        for one, turned in zip(found.points, other.points, strict=True):
            assert (one.value is None) == (turned.value is None)
            if one.value is not None:
                assert one.value == -turned.value
                assert near(-one.low, turned.high)
                assert -100 <= one.low <= found.centre <= one.high <= 100


class TestTrend:
    """What must hold of the trend of scores."""

    @given(VALUES)
    @settings(max_examples=some(30))
    def test_backwards(self, values: list[int]) -> None:
        """Told backwards, what improved worsened, as surely."""
        turned = {"improved": "worsened", "worsened": "improved", "no-evidence": "no-evidence"}
        found, other = score_trend(values=values).outcome, score_trend(values=values[::-1]).outcome

        assert turned[found.verdict] == other.verdict
        assert found.p_value == other.p_value
        assert found.slope is None or found.slope == -other.slope

    @given(strategies.charted_shares())
    @settings(max_examples=some(30))
    def test_shares(self, points: list[dict[str, int]]) -> None:
        """p is a share; a verdict goes with a slope of its sign, and with no p above 0.05."""
        found = score_trend(points=points).outcome

        assert found.base + found.gaps == len(points)
        assert found.p_value is None or 0 <= found.p_value <= 1
        assert (found.p_value is None) == (found.why is not None)
        if found.verdict != "no-evidence":
            assert found.p_value <= 0.05
            assert (found.slope > 0) == (found.verdict == "improved")

    def test_no_evidence_says_what_could_be_found(self) -> None:
        """Beside "no evidence" stands the slope that would have been found."""
        decision = score_trend(values=[71, 74, 70, 73, 72, 71, 74, 70])

        assert decision.outcome.verdict == "no-evidence"
        assert decision.outcome.detectable > 0
        assert "would have been found four times out of five" in decision.explain()

    def test_ambient_decimals(self) -> None:
        """How many digits decimals have elsewhere does not matter."""
        facts = {"values": [70, 71, 73, 72, 75, 76], "confidence": "0.975"}
        expected = score_trend(**facts)
        with localcontext(prec=1):
            actual = score_trend(**facts)

            assert expected.outcome == actual.outcome
            assert expected.explanation() == actual.explanation()


class TestFaults:
    """What contradicts itself is refused, by its path."""

    @pytest.mark.parametrize(
        ("rule", "facts", "told"),
        [
            (p_chart, {"points": [{"satisfied": 5, "base": 4}]}, "points[0].satisfied: got 5, wan"),
            (p_chart, {"points": [{"satisfied": 0, "base": -1}]}, "points[0].base: got -1, wanted"),
            (p_chart, {"points": [LAST_OF_BASE_TEN], "baseline": 2}, "baseline: got 2, wanted a n"),
            (p_chart, {"points": [LAST_OF_BASE_TEN], "baseline": 0}, "baseline: got 0, wanted a n"),
            (p_chart, {"points": [], "rules": ["nelson"]}, "rules[0]: got str 'nelson', wanted on"),
            (p_chart, {"points": [LAST_OF_BASE_TEN] * 1001}, "points: got 1001 points, wanted at "),
            (
                xmr_chart,
                {"values": [1, 2.5]},
                "values[1]: got float 2.5, wanted a number, not a fl",
            ),
            (
                xmr_chart,
                {"values": [1], "baseline": 3},
                "baseline: got 3, wanted a number of first",
            ),
            (xmr_chart, {"values": [1] * 1001}, "values: got 1001 values, wanted at most 1000"),
            (ewma_chart, {"values": [1], "weight": 0}, "weight: got 0, wanted a share above 0, up"),
            (ewma_chart, {"values": [1], "width": 0}, "width: got 0, wanted a number above 0"),
            (
                ewma_chart,
                {"values": [1], "sigma": -1},
                "sigma: got -1, wanted 0 or more, of values",
            ),
            (ewma_chart, {"points": [LAST_OF_BASE_TEN], "sigma": 1}, "sigma: got 1 beside counts,"),
            (ewma_chart, {"points": [LAST_OF_BASE_TEN], "target": 2}, "target: got 2, wanted a sh"),
            (ewma_chart, {"points": [LAST_OF_BASE_TEN], "values": [1]}, "values: got values besid"),
            (score_trend, {"points": [LAST_OF_BASE_TEN], "values": [1]}, "values: got values besi"),
            (score_trend, {"values": [1], "confidence": 95}, "confidence: got the number 95, "),
            (score_trend, {"values": [1] * 1001}, "values: got 1001 periods, wanted at most 1000"),
            (nps_chart, {"points": [], "centre": 101}, "centre: got 101, wanted a score from -100"),
            (nps_chart, {"points": [], "variance": 2}, "variance: got 2, wanted a variance from 0"),
            (
                nps_chart,
                {"points": [{"promoters": -1, "passives": 0, "detractors": 0}]},
                "points[0].promoters: got -1, wanted a count of 0 or more",
            ),
            (
                nps_chart,
                {"points": [{"promoters": 10**400, "passives": 0, "detractors": 0}]},
                "points[0].promoters: got too many, wanted a count of 0 or more",
            ),
        ],
    )
    def test_one_fault(self, rule: Any, facts: dict[str, Any], told: str) -> None:
        """One fault, by the name of the fact."""
        (fault,) = faults_of(rule, **facts)

        assert fault.startswith(told)
