"""
The models of purchases and spend against their stories, told without the closed forms.

`story_oracle` sums over grids of rates and chances, goes through every course of a few periods in
exact fractions, and draws customers one by one. Nothing of the package is used to make a number
that is expected here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import isclose, log, sqrt
from random import Random
from typing import Any, Final

import pytest
import story_oracle as story
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from story_oracle import BoughtUntil, Life

from bankservice import lifecycle
from bankservice.lifecycle.prediction import gamma_gamma
from bankservice.lifecycle.prediction.fitting import fit_purchases, fit_spend
from bankservice.lifecycle.prediction.model import Pattern, Spend, SpendParameters
from bankservice.lifecycle.prediction.purchase_models import MODELS

Parameters = Mapping[str, str]

BUYING: Final = ("bg-nbd", "mbg-nbd")
SETS: Final[Mapping[str, Parameters]] = {
    "published": {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"},
    "modified": {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"},
    "both chances near the ends": {"r": "1.5", "alpha": "30", "a": "0.3", "b": "0.4"},
    "alike customers": {"r": "12", "alpha": "90", "a": "6.5", "b": "9"},
    "hardly anybody buys": {"r": "0.07", "alpha": "2", "a": "2", "b": "1.2"},
    "where the closed form divides by nothing": {"r": "0.9", "alpha": "7", "a": "1", "b": "1"},
    "in days": {"r": "0.243", "alpha": "30.898", "a": "0.793", "b": "2.426"},
}
PASTS: Final = (
    ("0", "0", "38.86"),
    ("0", "0", "0"),
    ("1", "1.71", "38.86"),
    ("1", "12", "12"),
    ("2", "30.43", "38.86"),
    ("4", "2.0", "38.86"),
    ("26", "30.86", "31"),
    ("60", "90", "104"),
)
PERIODS: Final[Mapping[str, Parameters]] = {
    "published": {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"},
    "leaving soon": {"alpha": "2.5", "beta": "0.5", "gamma": "3", "delta": "1"},
}
SPEND: Final[Parameters] = {"p": "6.25", "q": "3.74", "v": "15.44"}


@cache
def told(model: str, name: str) -> BoughtUntil:
    """
    Return the population of a named set of parameters, by the grid.
    """
    return BoughtUntil.of({key: float(each) for key, each in SETS[name].items()}, model[0] == "m")


def ours(rule: str, **facts: Any) -> Any:
    """
    Return the outcome of a rule.
    """
    return getattr(lifecycle, rule.replace("-", "_"))(**facts).outcome


def floats(model: str, named: Parameters) -> Any:
    """
    Return parameters as the model takes them.
    """
    return MODELS[model].parameters({key: float(each) for key, each in named.items()})


def alike(expected: float, actual: object, within: float = 1e-9) -> bool:
    """
    Tell whether two numbers are the same, relatively.
    """
    return isclose(expected, float(str(actual)), rel_tol=within, abs_tol=1e-13)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", BUYING)
class TestGrid:
    """
    BG/NBD and MBG/NBD against sums over rates of purchase and chances of leaving.
    """

    def test_survival_and_purchases(self, model: str, name: str) -> None:
        """
        The probability of being a customer, and the purchases to come, are those of the story.
        """
        grid = told(model, name)
        wrong = []
        for past in PASTS:
            x, last, age = int(past[0]), float(past[1]), float(past[2])
            for horizon in ("0.5", "39"):
                held = ours(
                    model,
                    frequency=x,
                    recency=past[1],
                    age=past[2],
                    horizon=horizon,
                    parameters=SETS[name],
                )
                sure = grid.p_alive(x, last, age), grid.expected(x, last, age, float(horizon))
                if not (alike(sure[0], held.p_alive) and alike(sure[1], held.expected)):
                    wrong.append((past, horizon, sure, held))

        assert [] == wrong

    def test_log_likelihood(self, model: str, name: str) -> None:
        """
        The log-likelihood of customers is the sum of the logs of the story's densities.
        """
        grid = told(model, name)
        patterns = [
            Pattern(Decimal(x), Decimal(last), Decimal(age), count)
            for count, (x, last, age) in enumerate(PASTS, start=1)
        ]
        expected = sum(
            count * log(grid.likelihood(int(x), float(last), float(age)))
            for count, (x, last, age) in enumerate(PASTS, start=1)
        )
        actual = MODELS[model].log_likelihood(floats(model, SETS[name]), patterns)

        assert alike(expected, actual)

    def test_newcomers(self, model: str, name: str) -> None:
        """
        What a newcomer is expected to buy, and how probable each number is, is the story's.
        """
        grid, parameters = told(model, name), floats(model, SETS[name])
        asked = MODELS[model]

        assert [] == [
            t
            for t in (0.5, 39.0)
            if not alike(grid.unconditional(t), asked.unconditional(parameters, t))
        ]
        assert [] == [
            (t, n, grid.probability(t, n), asked.probability(parameters, t, n))
            for t, n in ((2.0, 0), (2.0, 1), (2.0, 6), (39.0, 0), (39.0, 3), (39.0, 12))
            if not alike(grid.probability(t, n), asked.probability(parameters, t, n), 1e-8)
        ]


class TestAnyParameters:
    """
    BG/NBD and MBG/NBD against the same sums, wherever the parameters lie.
    """

    @given(
        st.sampled_from(BUYING),
        st.tuples(st.floats(0.1, 6), st.floats(0.5, 60), st.floats(0.2, 6), st.floats(0.2, 6)),
        st.integers(0, 25),
        st.tuples(st.floats(0.01, 1), st.floats(1, 120), st.floats(0.1, 300)),
    )
    @settings(max_examples=some(40))
    def test_survival_and_purchases(
        self,
        model: str,
        drawn: tuple[float, float, float, float],
        x: int,
        times: tuple[float, float, float],
    ) -> None:
        """
        The probability of being a customer, and the purchases to come, are those of the story.
        """
        named = dict(zip(("r", "alpha", "a", "b"), drawn, strict=True))
        share, age, horizon = times
        last = share * age if x else 0.0
        grid = BoughtUntil.of(named, model == "mbg-nbd")
        asked = MODELS[model]
        parameters = asked.parameters(named)

        assert alike(grid.p_alive(x, last, age), asked.p_alive(parameters, x, last, age))
        assert alike(
            grid.expected(x, last, age, horizon),
            asked.expected(parameters, x, last, age, horizon),
        )


class TestCourses:
    """
    BG/BB against every course of its periods, in exact fractions.
    """

    @pytest.mark.parametrize("name", PERIODS)
    def test_every_course(self, name: str) -> None:
        """
        For each past of five periods the chance of being there in the sixth, the expected
        transactions of the next three, and the log-likelihood are those of all courses together.
        """
        named = PERIODS[name]
        courses = story.bernoulli_courses({key: Fraction(each) for key, each in named.items()}, 8)
        pasts: dict[tuple[int, int], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 3)
        strings: dict[tuple[int, int], set[tuple[int, ...]]] = defaultdict(set)
        for course in courses:
            bought, later = course.bought[:5], course.bought[5:]
            last = max((place for place, hit in enumerate(bought, start=1) if hit), default=0)
            row = pasts[sum(bought), last]
            row[0] += course.probability
            row[1] += course.probability * (course.lived > 5)
            row[2] += course.probability * sum(later)
            strings[sum(bought), last].add(bought)
        parameters = floats("bg-bb", named)
        wrong = []
        for (x, last), (seen, there, more) in pasts.items():
            held = ours("bg-bb", frequency=x, recency=last, age=5, horizon=3, parameters=named)
            density = MODELS["bg-bb"].log_likelihood(
                parameters, [Pattern(Decimal(x), Decimal(last), Decimal(5))]
            )
            # The likelihood is that of one order of the transactions, and all are alike.
            sure = log(seen / len(strings[x, last]))
            if not (
                alike(float(there / seen), held.p_alive)
                and alike(float(more / seen), held.expected)
                and alike(sure, density)
            ):
                wrong.append(
                    (x, last, float(there / seen), float(more / seen), sure, held, density)
                )

        assert 1 == sum(seen for seen, *_ in pasts.values())
        assert [] == wrong

    @pytest.mark.parametrize(
        ("x", "last", "age"),
        [(16, 30, 36), (14, 32, 33), (21, 30, 35), (1, 2, 120), (90, 118, 120)],
    )
    def test_many_periods(self, x: int, last: int, age: int) -> None:
        """
        Over months of years nothing is lost to rounding either; `lifetimes` 0.11.3 is wrong in the
        fourth figure of the first of these.
        """
        named = PERIODS["published"]
        seen, there = story.seen_alive(
            {key: Fraction(each) for key, each in named.items()}, x, last, age
        )
        held = ours("bg-bb", frequency=x, recency=last, age=age, horizon=1, parameters=named)

        assert alike(float(there / seen), held.p_alive, 1e-11)

    @pytest.mark.parametrize("name", PERIODS)
    def test_newcomers(self, name: str) -> None:
        """
        The number of transactions in six periods is distributed as over all courses.
        """
        named = PERIODS[name]
        courses = story.bernoulli_courses({key: Fraction(each) for key, each in named.items()}, 6)
        parameters = floats("bg-bb", named)
        asked = MODELS["bg-bb"]
        mean = sum(course.probability * sum(course.bought) for course in courses)
        probable = [
            sum(course.probability for course in courses if sum(course.bought) == n)
            for n in range(7)
        ]

        assert alike(float(mean), asked.unconditional(parameters, 6))
        assert [] == [
            n
            for n, each in enumerate(probable)
            if not alike(float(each), asked.probability(parameters, 6, n))
        ]


class TestSpend:
    """
    Gamma-Gamma against sums over the scales of spend.
    """

    @pytest.mark.parametrize(
        ("x", "mean"), [(1, "11.77"), (2, "22.35"), (7, "73.74"), (29, "3.10")]
    )
    def test_expected_spend(self, x: int, mean: str) -> None:
        """
        The expected spend given what somebody spent is that of the story.
        """
        named = {key: float(each) for key, each in SPEND.items()}
        held = ours("gamma-gamma", frequency=x, mean=mean, parameters=SPEND)

        assert alike(story.spend_given(named, x, float(mean)), held.expected)

    def test_log_likelihood(self) -> None:
        """
        The log-likelihood of customers is the sum of the logs of the story's densities.
        """
        named = {key: float(each) for key, each in SPEND.items()}
        seen = ((1, 11.77), (2, 22.35), (7, 73.74), (29, 3.10))
        expected = sum(
            count * story.spend_log_density(named, x, mean)
            for count, (x, mean) in enumerate(seen, start=1)
        )
        actual = gamma_gamma.likelihood(
            [
                Spend(Decimal(x), Decimal(str(mean)), count)
                for count, (x, mean) in enumerate(seen, start=1)
            ]
        )(SpendParameters(**named))

        assert alike(expected, actual)


class TestLives:
    """
    Customers drawn one by one: who leaves, who buys, and how often, as the models say.
    """

    @pytest.mark.parametrize("model", BUYING)
    def test_calibration(self, model: str) -> None:
        """
        Among drawn customers with as many repeat purchases, as many are still there, and as many
        purchases follow, as the rule expects of them, within five standard errors.
        """
        drawn = lives(model)
        asked, parameters = MODELS[model], floats(model, SETS["modified"])
        groups: dict[int, list[Life]] = defaultdict(list)
        for life in drawn:
            groups[min(life.x, 5)].append(life)
        wrong = []
        for x, group in sorted(groups.items()):
            there = [asked.p_alive(parameters, each.x, each.last, each.age) for each in group]
            later = [
                asked.expected(parameters, each.x, each.last, each.age, 20.0) for each in group
            ]
            off = sum(each.alive for each in group) - sum(there)
            spread = sqrt(sum(p * (1 - p) for p in there) + 1)
            if abs(off) > 5 * spread:
                wrong.append((x, "alive", off, spread))
            off = sum(each.later for each in group) - sum(later)
            spread = sqrt(sum((each.later - p) ** 2 for each, p in zip(group, later, strict=True)))
            if abs(off) > 5 * (spread + 1):
                wrong.append((x, "later", off, spread))

        assert range(6) == range(len(groups))
        assert [] == wrong

    @pytest.mark.parametrize("model", BUYING)
    def test_number_of_purchases(self, model: str) -> None:
        """
        The drawn numbers of repeat purchases are distributed as the model says.
        """
        drawn = [life for life in lives(model) if life.age == 40.0]
        asked, parameters = MODELS[model], floats(model, SETS["modified"])
        wrong = []
        for n in range(8):
            p = asked.probability(parameters, 40.0, n)
            seen = sum(life.x == n for life in drawn)
            if abs(seen - p * len(drawn)) > 5 * sqrt(len(drawn) * p * (1 - p)):
                wrong.append((n, seen, p * len(drawn)))

        assert [] == wrong


@cache
def lives(model: str) -> list[Life]:
    """
    Return drawn customers of three ages.
    """
    return story.lives(
        {key: float(each) for key, each in SETS["modified"].items()},
        model == "mbg-nbd",
        ages=(10.0, 25.0, 40.0),
        horizon=20.0,
        count=12_000,
        seed=20_050_424,
    )


class TestFits:
    """
    What a fit found is the likeliest, by the story's own likelihood.
    """

    @pytest.mark.parametrize("model", BUYING)
    def test_likeliest_by_the_story(self, model: str) -> None:
        """
        On drawn customers the stated log-likelihood is the story's at the fitted parameters, and
        the story finds every neighbour of them less likely.
        """
        counts = Counter(
            (life.x, round(life.last + 0.5) if life.x else 0, life.age)
            for life in lives(model)[:1500]
        )
        fitted = fit_purchases(
            MODELS[model],
            [
                Pattern(Decimal(x), Decimal(min(last, int(age))), Decimal(int(age)), count)
                for (x, last, age), count in counts.items()
            ],
        )
        found = {name: float(each) for name, each in fitted.parameters.items()}

        def likely(named: Mapping[str, float]) -> float:
            grid = BoughtUntil.of(named, model == "mbg-nbd")
            return sum(
                count * log(grid.likelihood(x, min(last, age), age))
                for (x, last, age), count in counts.items()
            )

        best = likely(found)

        assert fitted.why is None
        assert alike(best, fitted.log_likelihood)
        assert [] == [
            (name, by)
            for name in found
            for by in (0.97, 1.03)
            if likely({**found, name: found[name] * by}) >= best
        ]

    def test_likeliest_courses(self) -> None:
        """
        On the courses of four periods, each as often as it is probable, the fit of BG/BB comes
        back to the parameters they were made with.
        """
        named = {"alpha": "1.2", "beta": "0.75", "gamma": "0.65", "delta": "2.8"}
        courses = story.bernoulli_courses({key: Fraction(each) for key, each in named.items()}, 6)
        pasts: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
        for course in courses:
            last = max((place for place, hit in enumerate(course.bought, 1) if hit), default=0)
            pasts[sum(course.bought), last] += course.probability
        fitted = fit_purchases(
            MODELS["bg-bb"],
            [
                Pattern(Decimal(x), Decimal(last), Decimal(6), round(share * 10**9))
                for (x, last), share in pasts.items()
            ],
        )

        assert fitted.why is None
        assert {name: float(each) for name, each in named.items()} == pytest.approx(
            {name: float(each) for name, each in fitted.parameters.items()}, rel=1e-4
        )

    def test_likeliest_spend(self) -> None:
        """
        Of Gamma-Gamma the same holds, on means of spend drawn by the story.
        """
        random = Random(20_050_800)
        seen = []
        for number in range(150):
            x, scale = 1 + number % 4, random.gammavariate(3.74, 1 / 15.44)
            seen.append((x, round(random.gammavariate(6.25 * x, 1 / (scale * x)), 2)))
        fitted = fit_spend(Spend(Decimal(x), Decimal(str(mean))) for x, mean in seen)
        found = {name: float(each) for name, each in fitted.parameters.items()}

        def likely(named: Mapping[str, float]) -> float:
            return sum(story.spend_log_density(named, x, mean) for x, mean in seen)

        best = likely(found)

        assert fitted.why is None
        assert alike(best, fitted.log_likelihood)
        assert [] == [
            (name, by)
            for name in found
            for by in (0.97, 1.03)
            if likely({**found, name: found[name] * by}) >= best
        ]
