"""
The models of purchases: the published numbers, their laws, and the ends of their ranges.

Published: Fader, Hardie and Lee 2005 and their notes 004, 021, 025 and 027; Fader, Hardie and Shang
2010; the vignette of the R package BTYD. Where more digits stand here than were printed, they are
another program's, with forty digits, at the parameters that were printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isclose, isfinite
from typing import Any, Final, SupportsFloat

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.lifecycle.prediction.bg_nbd import probability
from bankservice.lifecycle.prediction.model import (
    Pattern,
    PeriodParameters,
    PurchaseModel,
    PurchaseParameters,
)
from bankservice.lifecycle.prediction.purchase_models import BG_BB, BG_NBD, MBG_NBD, MODELS

CDNOW: Final = PurchaseParameters(0.243, 4.414, 0.793, 2.426)
MODIFIED: Final = PurchaseParameters(0.525, 6.183, 0.891, 1.614)
DONORS: Final = PeriodParameters(1.204, 0.750, 0.657, 2.783)

TINY: Final = 1e-290
"""Below this a float has fewer digits, and what is reckoned two ways need not agree."""

PARAMETERS = st.builds(PurchaseParameters, *[st.floats(1e-3, 1e3)] * 4)
PERIODS = st.builds(PeriodParameters, *[st.floats(1e-3, 1e3)] * 4)
ENDS = st.sampled_from((1e-40, 1e-9, 1.0, 1e9, 1e40))
IN_TIME = pytest.mark.parametrize("model", [BG_NBD, MBG_NBD], ids=lambda model: model.id)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, float, float]:
    """Draw purchases that do not contradict themselves."""
    age = draw(st.floats(0.01, 1e4))
    frequency = draw(st.integers(0, 3_000))
    share = draw(st.floats(1e-6, 1)) if frequency else 0.0
    return frequency, age * share, age


class TestPublished:
    """What the authors printed, and what others reckoned by their formulas."""

    @pytest.mark.parametrize(
        ("history", "alive", "within_39", "within_52"),
        [
            ((0, 0, 38.86), 1, 0.195098, 0.252073),
            ((1, 1.71, 38.86), 0.212101, 0.203187, 0.259823),
            ((2, 30.43, 38.86), 0.726579, 1.226028, 1.558721),
            ((7, 29.43, 38.86), 0.641756, 3.337053, 4.198856),
            ((4, 2.0, 38.86), 0.002072, 0.006438, 0.008135),
            ((26, 30.86, 31), 0.968916, 20.749726, 25.758196),
        ],
    )
    def test_cdnow(
        self,
        history: tuple[float, float, float],
        alive: float,
        within_39: float,
        within_52: float,
    ) -> None:
        """BG/NBD on customers of CDNOW."""
        assert alive == round(BG_NBD.p_alive(CDNOW, *history), 6)
        assert within_39 == round(BG_NBD.expected(CDNOW, *history, 39), 6)
        assert within_52 == round(BG_NBD.expected(CDNOW, *history, 52), 6)

    def test_new_customers(self) -> None:
        """BG/NBD expects these repeat purchases of a new customer, in weeks."""
        fitted = PurchaseParameters(0.242593, 4.413532, 0.792886, 2.425754)
        times = (0.1429, 1, 3, 31.8571, 32, 78)

        assert [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8580] == [
            round(BG_NBD.unconditional(fitted, time), 4) for time in times
        ]

    def test_numbers_of_purchases(self) -> None:
        """The chances of so many purchases, down to a ten millionth."""
        eleven_on = (
            "0.0019995214 0.0015170236 0.0011633150 0.0009003148 0.0007023638 "
            "0.0005517902 0.0004361913 0.0003467171 0.0002769613 0.0002222260"
        )

        assert isclose(0.5737863520960, BG_NBD.probability(CDNOW, 39, 0), rel_tol=1e-12)
        assert isclose(1.0786896404e-07, BG_NBD.probability(CDNOW, 2, 10), rel_tol=1e-10)
        assert eleven_on.split() == [
            f"{BG_NBD.probability(CDNOW, 30, number):.10f}" for number in range(11, 21)
        ]

    @pytest.mark.parametrize(
        ("history", "alive"),
        [
            ((0, 0, 38.86), 0.389735),
            ((1, 1.71, 38.86), 0.170836),
            ((2, 30.43, 38.86), 0.706202),
            ((7, 29.43, 38.86), 0.622724),
        ],
    )
    def test_modified(self, history: tuple[float, float, float], alive: float) -> None:
        """MBG/NBD on customers of CDNOW: who never came back may be gone."""
        assert alive == round(MBG_NBD.p_alive(MODIFIED, *history), 6)

    @pytest.mark.parametrize(
        ("frequency", "recency", "alive"),
        [
            (0, 0, 0.1080),
            (1, 1, 0.0694),
            (2, 4, 0.5895),
            (3, 3, 0.0950),
            (4, 5, 0.6967),
            (5, 5, 0.5219),
            (6, 6, 0.9304),
        ],
    )
    def test_donors(self, frequency: int, recency: int, alive: float) -> None:
        """BG/BB on donors of six years: the probability for the seventh."""
        assert alive == round(BG_BB.p_alive(DONORS, frequency, recency, 6), 4)

    @pytest.mark.parametrize(
        ("history", "plain", "modified"),
        [
            ((2, 30.43, 38.86, 39), 1.2260281747671444, 1.2629606232673657),
            ((2, 30.43, 38.86, 39_000), 37.401770972007735, 27.586539129459234),
            ((0, 0, 38.86, 1e9), 155.79750698702395, 34.840705676374069),
            ((0, 0, 0, 39), 1.1967231933208168, 1.1829536655971726),
            ((5, 3, 3, 0.001), 0.00062946750309096327, 0.00053020647659565384),
            ((100, 199, 200, 104), 42.610786917173167, 41.518032181060192),
            ((3_000, 199, 200, 104), 1.9835737941079731, 1.9466412025310259),
            ((3_000, 200, 200, 1_000), 6429.5771663045094, 5845.0700024780166),
        ],
    )
    def test_formula(self, history: Sequence[float], plain: float, modified: float) -> None:
        """The papers' formula, with forty digits: near and far horizons, few purchases and many."""
        one, last, age, horizon = history

        assert isclose(plain, BG_NBD.expected(CDNOW, one, last, age, horizon), rel_tol=1e-11)
        assert isclose(modified, MBG_NBD.expected(MODIFIED, one, last, age, horizon), rel_tol=1e-11)


class TestSurvival:
    """The probability of still being a customer."""

    @IN_TIME
    @given(parameters=PARAMETERS, history=histories(), later=st.floats(1.001, 10))
    @settings(max_examples=some(100))
    def test_in_time(
        self,
        model: PurchaseModel[Any],
        parameters: PurchaseParameters,
        history: tuple[int, float, float],
        later: float,
    ) -> None:
        """It is a probability; it falls with silence, and is higher the later the last purchase."""
        frequency, recency, age = history
        alive = model.p_alive(parameters, *history)

        assert 0 <= alive <= 1
        assert model.p_alive(parameters, frequency, recency, age * later) <= alive
        assert frequency == 0 or model.p_alive(parameters, frequency, age, age) >= alive

    @given(parameters=PARAMETERS, age=st.floats(0, 1e6))
    @settings(max_examples=some(50))
    def test_never_came_back(self, parameters: PurchaseParameters, age: float) -> None:
        """Who never came back certainly is a customer in BG/NBD, and never certainly in MBG/NBD."""
        chance = parameters.b / (parameters.a + parameters.b)

        assert BG_NBD.p_alive(parameters, 0, 0, age) == 1
        assert MBG_NBD.p_alive(parameters, 0, 0, age) <= chance * (1 + 1e-12)

    @given(parameters=PERIODS, data=st.data())
    @settings(max_examples=some(100))
    def test_in_periods(self, parameters: PeriodParameters, data: st.DataObject) -> None:
        """It is a probability; it falls with silence, and is higher the later the last purchase."""
        age = data.draw(st.integers(1, 60))
        recency = data.draw(st.integers(1, age))
        frequency = data.draw(st.integers(1, recency))
        alive = BG_BB.p_alive(parameters, frequency, recency, age)
        slack = 1 + 1e-12

        assert 0 <= alive <= 1
        assert BG_BB.p_alive(parameters, frequency, recency, age + 1) <= alive * slack
        assert alive <= BG_BB.p_alive(parameters, frequency, age, age) * slack
        assert BG_BB.p_alive(parameters, 0, 0, age) <= BG_BB.p_alive(parameters, 0, 0, 0) * slack


class TestExpected:
    """Purchases to come."""

    @IN_TIME
    @given(parameters=PARAMETERS, history=histories(), horizon=st.floats(1e-3, 1e5))
    @settings(max_examples=some(60))
    def test_in_time(
        self,
        model: PurchaseModel[Any],
        parameters: PurchaseParameters,
        history: tuple[int, float, float],
        horizon: float,
    ) -> None:
        """None at once, more with more time, and never more than a purchase rate allows."""
        rate = (parameters.r + history[0]) / (parameters.alpha + history[2])
        alive = model.p_alive(parameters, *history)
        within = model.expected(parameters, *history, horizon)

        assert model.expected(parameters, *history, 0) == 0
        assert 0 <= within <= alive * rate * horizon * (1 + 1e-9) + TINY
        assert within <= model.expected(parameters, *history, horizon * 1.5) * (1 + 1e-9)

    @given(parameters=PERIODS, recency=st.integers(0, 30), horizon=st.integers(1, 60))
    @settings(max_examples=some(60))
    def test_in_periods(self, parameters: PeriodParameters, recency: int, horizon: int) -> None:
        """None at once, more with more periods, and never more than one in each."""
        frequency = (recency + 1) // 2
        history = frequency, recency, 30
        within = BG_BB.expected(parameters, *history, horizon)

        assert BG_BB.expected(parameters, *history, 0) == 0
        assert 0 <= within <= horizon * BG_BB.p_alive(parameters, *history) * (1 + 1e-12)
        assert within <= BG_BB.expected(parameters, *history, horizon + 1)

    @IN_TIME
    @given(
        parameters=PARAMETERS,
        history=histories(),
        horizon=st.floats(0, 1e4),
        unit=st.floats(1e-6, 1e6),
    )
    @settings(max_examples=some(60))
    def test_unit_of_time(
        self,
        model: PurchaseModel[Any],
        parameters: PurchaseParameters,
        history: tuple[int, float, float],
        horizon: float,
        unit: float,
    ) -> None:
        """Time in another unit, alpha with it, changes nothing."""
        frequency, recency, age = history
        r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
        changed = PurchaseParameters(r, alpha * unit, a, b)
        moved = frequency, recency * unit, age * unit

        assert isclose(
            model.p_alive(parameters, *history),
            model.p_alive(changed, *moved),
            rel_tol=1e-6,
            abs_tol=TINY,
        )
        assert isclose(
            model.expected(parameters, *history, horizon),
            model.expected(changed, *moved, horizon * unit),
            rel_tol=1e-6,
            abs_tol=TINY,
        )

    @given(parameters=PARAMETERS, history=histories(), horizon=st.floats(1e-3, 1e5))
    @settings(max_examples=some(40))
    def test_nothing_special_at_one(
        self, parameters: PurchaseParameters, history: tuple[int, float, float], horizon: float
    ) -> None:
        """Where the printed formula divides by `a - 1`, a = 1 lies between its neighbours."""
        r, alpha, b = parameters.r, parameters.alpha, parameters.b
        below, at, above = (
            BG_NBD.expected(PurchaseParameters(r, alpha, a, b), *history, horizon)
            for a in (1 - 1e-9, 1.0, 1 + 1e-9)
        )

        assert isclose(below, at, rel_tol=1e-7)
        assert isclose(at, above, rel_tol=1e-7)


class TestNewCustomers:
    """The chances of so many purchases."""

    @IN_TIME
    @given(parameters=PARAMETERS, time=st.floats(0, 100))
    @settings(max_examples=some(40))
    def test_chances_in_time(
        self, model: PurchaseModel[Any], parameters: PurchaseParameters, time: float
    ) -> None:
        """They add up to 1, but for what is left beyond, which the expected number bounds."""
        chances = [model.probability(parameters, time, number) for number in range(120)]
        expected = model.unconditional(parameters, time)

        assert min(chances) >= 0
        assert 1 - expected / 120 - 1e-9 <= sum(chances) <= 1 + 1e-9
        assert sum(n * chance for n, chance in enumerate(chances)) <= expected * (1 + 1e-9) + 1e-12

    def test_chances_at_the_printed_parameters(self) -> None:
        """At the printed parameters 150 of them leave nothing out."""
        chances = [BG_NBD.probability(CDNOW, 39, number) for number in range(150)]
        expected = BG_NBD.unconditional(CDNOW, 39)

        assert round(sum(chances), 11) == 0.99999999988
        assert isclose(expected, sum(n * chance for n, chance in enumerate(chances)), rel_tol=1e-7)

    @given(parameters=PERIODS, periods=st.integers(0, 24))
    @settings(max_examples=some(40))
    def test_chances_in_periods(self, parameters: PeriodParameters, periods: int) -> None:
        """They add up to 1, and to the number expected."""
        numbers = range(periods + 1)
        chances = [BG_BB.probability(parameters, periods, number) for number in numbers]
        expected = BG_BB.unconditional(parameters, periods)

        assert isclose(1, sum(chances), rel_tol=1e-9)
        assert isclose(
            expected, sum(map(lambda n, c: n * c, numbers, chances)), rel_tol=1e-8, abs_tol=1e-15
        )

    def test_at_once(self) -> None:
        """At once there was no purchase; of a long time the chance of one is still told."""
        assert isclose(1, MBG_NBD.probability(MODIFIED, 0, 0), rel_tol=1e-15)
        assert MBG_NBD.probability(MODIFIED, 0, 1) == 0
        assert 0 < BG_NBD.probability(CDNOW, 1e12, 3) < 1
        assert 0 <= BG_NBD.unconditional(CDNOW, 5e-324) <= 1e-320
        assert [1, 0] == [BG_NBD.probability(CDNOW, 5e-324, number) for number in (0, 2)]
        assert 0 < probability(PurchaseParameters(1e-9, 1, 1, 1), 1e9, 2) < 1e-6


class TestEnds:
    """However far out the parameters and the times, there is an answer, and it is a number."""

    @IN_TIME
    @given(
        parameters=st.builds(PurchaseParameters, ENDS, ENDS, ENDS, ENDS),
        frequency=st.sampled_from((0, 1, 5_000, 10**12)),
        recency=ENDS,
        silence=st.sampled_from((0.0, 1e-40, 1.0, 1e40)),
        horizon=ENDS,
    )
    @settings(max_examples=some(60))
    def test_in_time(
        self,
        model: PurchaseModel[Any],
        parameters: PurchaseParameters,
        frequency: int,
        recency: float,
        silence: float,
        horizon: float,
    ) -> None:
        """Survival stays a probability, and what is expected is finite; so is the likelihood."""
        last = recency if frequency else 0.0
        age = last + silence
        alive = model.p_alive(parameters, frequency, last, age)
        pattern = Pattern(Decimal(frequency), Decimal(last), Decimal(age))

        assert 0 <= alive <= 1
        assert isfinite(model.expected(parameters, frequency, last, age, horizon))
        assert isfinite(model.log_likelihood(parameters, [pattern]))

    @given(
        parameters=st.builds(PeriodParameters, ENDS, ENDS, ENDS, ENDS),
        recency=st.integers(0, 2_000),
        silence=st.sampled_from((0, 1, 2_000)),
    )
    @settings(max_examples=some(30))
    def test_in_periods(self, parameters: PeriodParameters, recency: int, silence: int) -> None:
        """Survival stays a probability, and what is expected is finite; so is the likelihood."""
        frequency = (recency + 1) // 2
        history = frequency, recency, recency + silence
        seen = Pattern(Decimal(frequency), Decimal(recency), Decimal(recency + silence))

        assert 0 <= BG_BB.p_alive(parameters, *history) <= 1
        assert 0 <= BG_BB.expected(parameters, *history, 100) <= 100
        assert isfinite(BG_BB.log_likelihood(parameters, [seen]))


class TestParameters:
    """Parameters by name, all wrong ones told at once."""

    def test_they_are_read_in_any_order(self) -> None:
        """Each model reads its own, whatever order they stand in."""
        named: Mapping[str, SupportsFloat] = {
            "b": Decimal("2.426"),
            "a": 0.793,
            "alpha": 4.414,
            "r": 0.243,
        }

        assert BG_NBD.parameters(named) == CDNOW
        assert ["bg-nbd", "mbg-nbd", "bg-bb"] == list(MODELS)

    def test_all_that_is_wrong_is_told(self) -> None:
        """One missing, one at 0, one infinite, one of another model: each with its name."""
        with pytest.raises(FaultsError) as caught:
            BG_NBD.parameters({"alph": 4.4, "r": 0, "a": float("inf"), "b": float("nan")})
        near = "an unknown parameter, wanted one of r, alpha, a, b; did you mean alpha?"

        assert [
            "parameters.r: got 0, wanted a number above 0",
            "parameters.alpha: got nothing, wanted a number above 0",
            "parameters.a: got inf, wanted a number above 0",
            "parameters.b: got nan, wanted a number above 0",
            f"parameters.alph: got {near}",
        ] == [str(fault) for fault in caught.value.faults]
