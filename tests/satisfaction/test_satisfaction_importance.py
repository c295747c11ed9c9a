"""Importance: laws of shares and correlations, an exact oracle, and faults that others pass over."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations, permutations
from math import factorial, isclose
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import satisfaction
from bankservice.core.errors import FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.plain import to_json
from bankservice.core.structure import FACTS
from bankservice.satisfaction.importance.drivers import DriversFacts
from bankservice.satisfaction.importance.ranks import tau_b
from bankservice.satisfaction.importance.shares import explained, explained_by_sets
from bankservice.testing import strategies

# Rules, as they are called: what they answer is looked at part by part.
correlations: Final[Any] = satisfaction.correlations
drivers: Final[Any] = satisfaction.drivers
penalty_reward: Final[Any] = satisfaction.penalty_reward
quadrants: Final[Any] = satisfaction.quadrants

TABLE: Final = (
    "5455 4444 3343 5545 2332 4354 1221 3433 5555 2232 4544 3333 5444 2443 4455 1322 3243"
)
COLUMNS: Final = [[int(row[place]) for row in TABLE.split()] for place in range(4)]
FIRST: Final = COLUMNS[:3]
LAST: Final = COLUMNS[3]


def near(expected: Any, actual: Any, within: float = 1e-9) -> bool:
    """Tell whether two numbers, or two rows of them, agree but for the last digits of floats."""
    if isinstance(expected, list | tuple):
        return all(near(a, b, within) for a, b in zip(expected, actual, strict=True))
    return isclose(float(expected), float(actual), rel_tol=within, abs_tol=within)


def faults_of(rule: Any, **facts: Any) -> list[str]:
    """Return the faults a rule tells of its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return [str(fault) for fault in caught.value.faults]


def exact_r_squared(columns: list[list[int]], outcome: list[int]) -> Fraction:
    """Return R squared by elimination in fractions: an oracle that knows no rounding."""
    n = len(outcome)
    rows = [*columns, outcome]
    held = [
        [
            Fraction(n * sum(a * b for a, b in zip(x, y, strict=True)) - sum(x) * sum(y))
            for y in rows
        ]
        for x in rows
    ]
    whole = held[-1][-1]
    for place in range(len(columns)):
        pivot = held[place][place]
        if not pivot:
            continue
        for i in range(place + 1, len(rows)):
            factor = held[i][place] / pivot
            held[i] = [a - factor * b for a, b in zip(held[i], held[place], strict=True)]
    return 1 - held[-1][-1] / whole


def exact_shares(columns: list[list[int]], outcome: list[int]) -> list[Fraction]:
    """Return the shares by walking every order of adding the drivers."""
    k = len(columns)
    shares = [Fraction(0)] * k
    for order in permutations(range(k)):
        before = Fraction(0)
        for count, place in enumerate(order, 1):
            after = exact_r_squared([columns[i] for i in order[:count]], outcome)
            shares[place] += (after - before) / factorial(k)
            before = after
    return shares


class TestShares:
    """What must hold of the shares of drivers, whatever was answered."""

    @given(strategies.driven_outcomes(most=14))
    @settings(max_examples=some(60))
    def test_laws(self, facts: dict[str, Any]) -> None:
        """
        Shares are 0 or more and sum to R squared, and so do relative weights; percentages sum to
        100; there are shares or a reason why there are none, and never both.
        """
        found = drivers(**facts).outcome

        assert (found.shares is None) == (found.why is not None)
        if found.why is None:
            assert min(found.shares) >= 0
            assert near(found.r_squared, sum(found.shares))
            assert near(found.r_squared, sum(found.johnson))
            assert 0 <= found.r_squared <= 1
            assert found.percent is None or sum(found.percent) == 100
        assert found.base + found.dropped == len(facts["outcome"])

    @given(strategies.driven_outcomes(columns=3, most=12, missing=False))
    @settings(max_examples=some(20))
    def test_exact(self, facts: dict[str, Any]) -> None:
        """Shares are those of walking every order of adding the drivers, in fractions."""
        found = drivers(**facts).outcome

        if found.why is None:
            assert near(exact_shares(facts["drivers"], facts["outcome"]), found.shares)

    @given(
        strategies.driven_outcomes(most=14),
        st.randoms(use_true_random=False),
        st.integers(1, 9),
        st.integers(-9, 9),
    )
    @settings(max_examples=some(40))
    def test_moved(self, facts: dict[str, Any], order: Any, by: int, shift: int) -> None:
        """
        Neither the order of the respondents nor the unit or the zero of an answer matters; drivers
        in another order have their own shares still.
        """
        columns = facts["drivers"]
        rows = list(range(len(facts["outcome"])))
        places = list(range(len(columns)))
        order.shuffle(rows)
        order.shuffle(places)

        def moved(column: list[Any]) -> list[Any]:
            return [c if isinstance(c, str) else c * by + shift for c in (column[r] for r in rows)]

        found = drivers(**facts).outcome
        again = drivers(
            drivers=[moved(columns[place]) for place in places], outcome=moved(facts["outcome"])
        ).outcome

        assert found.why == again.why
        if found.why is None:
            assert near([found.shares[place] for place in places], again.shares)

    @given(strategies.driven_outcomes(columns=3, most=14, missing=False))
    @settings(max_examples=some(30))
    def test_twins(self, facts: dict[str, Any]) -> None:
        """
        A driver stated twice shares equally with itself; what all explain stays the same, and so
        does the share of a driver that never differs: 0.
        """
        twice = [*facts["drivers"], facts["drivers"][0], [3] * len(facts["outcome"])]
        found = drivers(drivers=twice, outcome=facts["outcome"]).outcome

        if found.why is None:
            assert near(found.shares[0], found.shares[-2])
            assert found.shares[-1] == 0
            assert near(exact_r_squared(facts["drivers"], facts["outcome"]), found.r_squared)

    @given(strategies.survey_weights(len(LAST)), st.integers(1, 1000))
    @settings(max_examples=some(20))
    def test_weights(self, weights: tuple[Decimal, ...], by: int) -> None:
        """Weighing everybody so many times as much changes nothing."""
        with localcontext(prec=60):
            heavier = [weight * by for weight in weights]
        found = drivers(drivers=FIRST, outcome=LAST, weights=weights).outcome
        again = drivers(drivers=FIRST, outcome=LAST, weights=heavier).outcome

        assert found == again

    def test_whole_weights(self) -> None:
        """Whole weights are respondents stated so many times, as far as shares go."""
        weights = [1 + place % 3 for place in range(len(LAST))]

        def repeated(column: list[int]) -> list[int]:
            return [c for c, w in zip(column, weights, strict=True) for _ in range(w)]

        found = drivers(drivers=FIRST, outcome=LAST, weights=weights).outcome
        again = drivers(drivers=list(map(repeated, FIRST)), outcome=repeated(LAST)).outcome

        assert near(again.shares, found.shares)
        assert near(again.intercept, found.intercept)
        assert found.effective < again.base

    def test_sets(self) -> None:
        """What every set explains, on one walk, is what elimination finds for each."""
        held = [[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]]
        beside = [0.5, 0.4, 0.7]
        found = explained_by_sets(held, beside)

        for count in range(4):
            for chosen in combinations(range(3), count):
                inner = [[held[i][j] for j in chosen] for i in chosen]
                mask = sum(1 << place for place in chosen)

                assert near(explained(inner, [beside[i] for i in chosen]), found[mask])

    def test_fourteen(self) -> None:
        """Fourteen drivers are shared out exactly; one more is refused, and Johnson named."""
        columns = [
            [(row * (place + 3) + place * place) % 7 for row in range(40)] for place in range(15)
        ]
        found = drivers(drivers=columns[:14], outcome=columns[14]).outcome
        weighed = drivers(drivers=columns, outcome=columns[3], method="johnson").outcome

        assert near(found.r_squared, sum(found.shares))
        assert near(1, weighed.r_squared)
        (fault,) = faults_of(drivers, drivers=columns, outcome=columns[3])
        assert fault.startswith("drivers: got 15 columns, wanted at most 14 for exact shares")
        assert 'method = "johnson"' in fault

    def test_small_base(self) -> None:
        """A base below 50, or ten for each driver, is flagged; at it no more; weights count less."""

        def flags(n: int, k: int, **more: Any) -> list[str]:
            held = [[(row * (place + 2)) % 5 for row in range(n)] for place in range(k + 1)]
            found = drivers(drivers=held[:k], outcome=held[k], **more).outcome
            return [flag.value for flag in found.flags if flag.value == "small-base"]

        assert (["small-base"], []) == (flags(49, 2), flags(50, 2))
        assert (["small-base"], []) == (flags(59, 6, method="johnson"), flags(60, 6))
        assert flags(50, 2, weights=[2, *[1] * 49]) == ["small-base"]


class TestCorrelations:
    """What must hold of correlations."""

    @given(strategies.driven_outcomes(most=20))
    @settings(max_examples=some(40))
    def test_bounds(self, facts: dict[str, Any]) -> None:
        """All lie in [-1, 1], each inside its interval; tau-b is that of comparing all pairs."""
        found = correlations(**facts).outcome
        for column, held in zip(facts["drivers"], found.correlations, strict=True):
            if held.pearson is None:
                continue
            assert -1 <= held.pearson <= 1
            assert held.low is None or held.low <= held.pearson <= held.high
            assert -1 <= held.spearman <= 1
            assert near(slow_tau(column, facts["outcome"]), held.tau)

    @given(st.lists(st.integers(0, 50), min_size=2, max_size=30, unique=True))
    @settings(max_examples=some(20))
    def test_perfect(self, values: list[int]) -> None:
        """Answers on a rising line have 1 in all three, on a falling one -1."""
        up = correlations(drivers=[[3 * v + 1 for v in values]], outcome=values).outcome
        down = correlations(drivers=[[-v for v in values]], outcome=values).outcome

        for sign, found in ((1, up), (-1, down)):
            (held,) = found.correlations
            assert (sign, sign, sign) == (held.pearson, held.spearman, held.tau)

    def test_tau_is_quick(self) -> None:
        """A hundred thousand answers cost what their table of cells costs."""
        one = [place % 10 for place in range(100_000)]
        other = [place % 7 for place in range(100_000)]

        assert abs(tau_b(one, other) or 1) < 0.01


def slow_tau(column: list[Any], outcome: list[Any]) -> float:
    """Return tau-b by comparing every pair."""
    both = [
        pair
        for pair in zip(column, outcome, strict=True)
        if not any(isinstance(answer, str) for answer in pair)
    ]
    score = ties_one = ties_other = pairs = 0
    for (a, b), (c, d) in combinations(both, 2):
        pairs += 1
        score += ((a > c) - (a < c)) * ((b > d) - (b < d))
        ties_one += a == c
        ties_other += b == d
    return float(score / ((pairs - ties_one) * (pairs - ties_other)) ** 0.5)


class TestQuadrants:
    """What must hold of quadrants."""

    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8))
    @settings(max_examples=some(20))
    def test_some_item_is_high(self, items: list[tuple[int, int]]) -> None:
        """With the means as cuts some item is high on each side, unless there is none."""
        found = quadrants(
            performance=[well for well, _ in items], importance=[much for _, much in items]
        ).outcome
        names = [quadrant.value for quadrant in found.quadrants]

        assert not items or {"keep-up", "concentrate-here"} & set(names)
        assert not items or {"keep-up", "possible-overkill"} & set(names)

    def test_order_of_names(self) -> None:
        """Items by name are matched by name, not by place."""
        one = quadrants(performance={"a": 1, "b": 5}, importance={"a": 9, "b": 2}).outcome
        other = quadrants(performance={"a": 1, "b": 5}, importance={"b": 2, "a": 9}).outcome

        assert one == other


class TestBadInput:
    """What is no answer is refused, with its row."""

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (4.5, "drivers[0][1]: got float 4.5, wanted a number, not a float; write it as text"),
            (True, "drivers[0][1]: got bool True, wanted a number, or one of dont-know"),
            (None, "drivers[0][1]: got NoneType None, wanted a number, or one of dont-know"),
            ("skiped", "did you mean skipped?"),
            ("NaN", "drivers[0][1]: got str 'NaN', wanted a finite number"),
            ("", "drivers[0][1]: got str '', wanted a number, or one of"),
        ],
    )
    def test_answers(self, answer: Any, told: str) -> None:
        """The fault names column and row, what was got, and what is wanted."""
        (fault,) = faults_of(drivers, drivers=[[1, answer, 3]], outcome=[1, 2, 3])

        assert told in fault

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"drivers": {"a": [1, 2]}}, "drivers.a: got 2 answers, wanted 3, as many as outcome"),
            ({"drivers": [[1, 2]]}, "drivers[0]: got 2 answers, wanted 3, as many as outcome has"),
            ({"drivers": []}, "drivers: got no column, wanted one column or more"),
            ({"drivers": {}}, "drivers: got no column, wanted one column or more"),
            ({"drivers": 3}, "drivers: got int 3, wanted a list"),
            ({"drivers": ["543"]}, "drivers[0]: got str '543', wanted a list of numbers"),
            ({"weights": [1, 1]}, "weights: got 2 weights, wanted 3, as many as outcome has"),
            ({"weights": [1, -1, 1]}, "weights[1]: got -1, wanted a weight of 0 or more"),
            ({"weights": [0, 0, 0]}, "weights: got weights that are all 0, wanted at least one"),
            ({"digits": 11}, "digits: got 11, wanted a number from 0 to 10"),
            ({"method": "lmg"}, "method: got str 'lmg', wanted one of shapley, johnson"),
        ],
    )
    def test_drivers(self, changed: dict[str, Any], told: str) -> None:
        """One fault, by the name of the fact."""
        sound = {"drivers": [[1, 2, 3]], "outcome": [3, 2, 3]}
        (fault,) = faults_of(drivers, **{**sound, **changed})

        assert fault.startswith(told)

    def test_others(self) -> None:
        """The other rules of the room name their faults, too."""
        assert faults_of(correlations, drivers=[[1]], outcome=[1], confidence=1) == [
            "confidence: got the number 1, wanted a number above 0 and below 1, such as 0.95"
        ]
        assert faults_of(quadrants, performance={"a": 1, "b": 1}, importance={"a": 1, "c": 1}) == [
            "importance.b: got nothing, wanted a number, as performance has one",
            "performance.c: got nothing, wanted a number, as importance has one",
        ]
        assert faults_of(quadrants, performance=[1, 2], importance=[1]) == [
            "importance: got 1 numbers, wanted 2, as many as performance has"
        ]
        assert faults_of(quadrants, performance=[1], importance={"a": 1}) == [
            "importance: got one as a list, the other by name, wanted both in the same shape"
        ]
        assert faults_of(quadrants, performance={"a": "x"}, importance={"a": 1})[0].startswith(
            "performance.a: got str 'x', wanted a number"
        )
        assert faults_of(penalty_reward, item=[1, 2], outcome=[1], top=2, bottom=2, ratio=0) == [
            "outcome: got 1 answers, wanted 2, as many as item has",
            "bottom: got 2, wanted less than top, 2",
            "ratio: got 0, wanted 1 or more",
        ]


class TestShape:
    """Facts and outcomes are values that hold in any context."""

    def test_facts_come_back(self) -> None:
        """What facts are written as is read as the same facts, in either shape."""
        for shape in ([[5, "4.5", "skipped"]], {"speed": [5, "4.5", "skipped"]}):
            facts = FACTS.read({"drivers": shape, "outcome": [1, 2, 3]}, DriversFacts, "facts")

            assert facts == FACTS.read(to_json(facts), DriversFacts, "facts")
            assert to_json(facts)["drivers"] == shape

    def test_ambient_decimals(self) -> None:
        """How many digits decimals have elsewhere does not matter, nor how whole ones are written."""
        facts = {"drivers": {"speed": COLUMNS[0], "accuracy": COLUMNS[1]}, "outcome": LAST}
        expected = drivers(**facts).outcome
        texts = {**facts, "outcome": [f"{answer}.0" for answer in LAST]}
        with localcontext(prec=2):
            actual = drivers(**texts).outcome

        assert expected == actual

    def test_explained(self) -> None:
        """The explanation tells each driver's share, and what is to be held against it."""
        decision = drivers(
            drivers={"speed": COLUMNS[0], "polish": [1] * len(LAST), "pace": COLUMNS[0]},
            outcome=[*LAST[:-1], "skipped"],
        )
        told = decision.explain()

        assert isinstance(decision.outcome.shares, FrozenMapping)
        assert "50% of what is explained" in told
        assert "polish: all answers are the same" in told
        assert "left out because an answer of theirs is missing: 1" in told
        assert "16 respondents are few for so many drivers: 50 are wanted" in told
        assert "slopes are not told" in told
