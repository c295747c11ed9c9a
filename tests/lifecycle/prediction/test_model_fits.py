"""
Fits: the published ones reproduced, never beaten by chance, and what cannot be fitted told by name.
"""

from __future__ import annotations

from decimal import Decimal
from math import exp, isclose
from random import Random
from typing import Any, Final

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.lifecycle.prediction import gamma_gamma
from bankservice.lifecycle.prediction.fitting import SPEND_NAMES, fit_purchases, fit_spend
from bankservice.lifecycle.prediction.model import (
    Fit,
    FitWhy,
    Pattern,
    PurchaseModel,
    Spend,
    SpendParameters,
)
from bankservice.lifecycle.prediction.purchase_models import BG_BB, BG_NBD, MBG_NBD, MODELS

# Donors by years with a gift of six, the last of them, and how many: Fader, Hardie and Shang 2010.
# fmt: off
DONATIONS: Final = (
    (0, 0, 3464), (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119), (1, 6, 129),
    (2, 2, 613), (2, 3, 255), (2, 4, 155), (2, 5, 173), (2, 6, 234), (3, 3, 322), (3, 4, 181),
    (3, 5, 225), (3, 6, 357), (4, 4, 240), (4, 5, 284), (4, 6, 512), (5, 5, 335), (5, 6, 728),
    (6, 6, 1203),
)
# A few customers with their purchases, the last and the first of them in weeks, and how many.
BUYERS: Final = (
    (0, 0, 39, 30), (0, 0, 30, 28), (1, 2, 38, 8), (1, 25, 39, 5), (2, 6, 33, 4), (2, 30, 39, 4),
    (3, 11, 36, 3), (4, 34, 37, 3), (7, 29, 30, 2), (7, 12, 39, 2), (12, 38, 39, 1), (26, 31, 31, 1),
)
SPENDERS: Final = (
    (0, 0, 9), (1, 8, 9), (1, 45, 7), (4, 15, 6), (4, 25, 8), (9, 20, 5), (9, 35, 4),
)
# fmt: on
HALF: Final = 0.5
"""What a handful of customers does not tell: their likelihood may have a second, lower hill."""
ALL: Final = pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)


def pattern(frequency: int, recency: int, age: int, count: int = 1) -> Pattern:
    """Return a history in whole weeks or periods."""
    return Pattern(Decimal(frequency), Decimal(recency), Decimal(age), count)


def spend(frequency: int, mean: int, count: int = 1) -> Spend:
    """Return what customers spent; an average of 0 is that of no purchase."""
    return Spend(Decimal(frequency), Decimal(mean) if frequency else None, count)


DONORS: Final = tuple(pattern(x, last, 6, count) for x, last, count in DONATIONS)
CUSTOMERS: Final = tuple(pattern(*row) for row in BUYERS)


def chance(random: Random, names: int) -> list[float]:
    """Return parameters drawn by chance, over six orders of size."""
    return [exp(random.uniform(-7, 7)) for _ in range(names)]


@st.composite
def populations(draw: st.DrawFn, *, periods: bool) -> tuple[Pattern, ...]:
    """Draw a small population, in whole periods or in time."""
    rows = []
    for _ in range(draw(st.integers(2, 12))):
        age = draw(st.integers(1, 12 if periods else 60))
        recency = draw(st.integers(0, age))
        frequency = draw(st.integers(1, recency if periods else 30)) if recency else 0
        rows.append(pattern(frequency, recency, age, draw(st.integers(1, 40))))
    return tuple(rows)


class TestPublished:
    """Published fits."""

    def test_donors(self) -> None:
        """BG/BB on the donors: parameters, likelihood, and the gifts of the next five years."""
        fit = fit_purchases(BG_BB, DONORS)
        fitted = BG_BB.parameters(fit.parameters)
        to_come = sum(
            held.count * BG_BB.expected(fitted, float(held.frequency), float(held.recency), 6, 5)
            for held in DONORS
        )

        assert ["1.2035", "0.7497", "0.6567", "2.7834"] == [
            f"{fit.parameters[name]:.4f}" for name in BG_BB.names
        ]
        assert isclose(-33225.5813, float(fit.log_likelihood or 0), abs_tol=1e-3)
        assert isclose(12884.157, to_come, abs_tol=0.05)
        assert (11_104, 7_640, 22) == (fit.customers, fit.repeat_customers, fit.patterns)
        assert fit.converged
        assert fit.why is None

    def test_expected_of_donors(self) -> None:
        """At the printed parameters, the gifts of the next five years."""
        printed = BG_BB.of(1.204, 0.750, 0.657, 2.783)
        to_come = sum(
            held.count * BG_BB.expected(printed, float(held.frequency), float(held.recency), 6, 5)
            for held in DONORS
        )

        assert isclose(12882.268, to_come, abs_tol=1e-3)


class TestLikeliest:
    """A fit is the likeliest."""

    @ALL
    def test_a_top(self, model: PurchaseModel[Any]) -> None:
        """Around a fit, along every parameter, the likelihood falls."""
        population = DONORS if model.periods else CUSTOMERS
        fit = fit_purchases(model, population)
        held = [float(fit.parameters[name]) for name in model.names]
        around = [
            model.log_likelihood(
                model.of(*(v * (by if n == axis else 1) for n, v in enumerate(held))), population
            )
            for axis in range(len(held))
            for by in (0.99, 1.01)
        ]

        assert fit.converged
        assert max(around) < float(fit.log_likelihood or 0)

    @ALL
    @given(data=st.data(), seed=st.integers(0, 1_000))
    @settings(max_examples=some(10))
    def test_chance_finds_no_better(
        self, model: PurchaseModel[Any], data: st.DataObject, seed: int
    ) -> None:
        """
        Of two hundred sets of parameters drawn by chance none is likelier than a fit, but for
        what so few customers cannot tell.
        """
        population = data.draw(populations(periods=model.periods))
        fit = fit_purchases(model, population)
        if not fit.parameters:
            assert fit.why in (FitWhy.NO_REPEATS, FitWhy.CONSTANT)
            return
        likelihood, random = model.likelihood(population), Random(seed)
        best = max(likelihood(model.of(*chance(random, len(model.names)))) for _ in range(200))

        assert not fit.converged or best <= float(fit.log_likelihood or 0) + HALF

    @given(
        rows=st.lists(
            st.tuples(st.integers(1, 20), st.integers(1, 500), st.integers(1, 40)),
            min_size=2,
            max_size=12,
        ),
        seed=st.integers(0, 1_000),
    )
    @settings(max_examples=some(10))
    def test_chance_finds_no_better_spend(
        self, rows: list[tuple[int, int, int]], seed: int
    ) -> None:
        """Nor for what is spent."""
        population = [spend(*row) for row in rows]
        fit = fit_spend(population)
        if not fit.parameters:
            assert fit.why is FitWhy.CONSTANT
            return
        likelihood, random = gamma_gamma.likelihood(population), Random(seed)
        best = max(likelihood(SpendParameters(*chance(random, 3))) for _ in range(200))

        assert not fit.converged or best <= float(fit.log_likelihood or 0) + HALF


class TestPopulation:
    """What of a population matters."""

    @ALL
    def test_order_and_counting(self, model: PurchaseModel[Any]) -> None:
        """The order of the customers, and whether equal ones are counted, changes no digit."""
        rows = DONORS[:6] if model.periods else CUSTOMERS
        fit = fit_purchases(model, rows)
        one_by_one = [
            attrs.evolve(held, count=1) for held in reversed(rows) for _ in range(held.count)
        ]

        assert fit == fit_purchases(model, one_by_one)
        assert fit.customers == len(one_by_one)

    @pytest.mark.parametrize("model", [BG_NBD, MBG_NBD], ids=lambda model: model.id)
    def test_unit_of_time(self, model: PurchaseModel[Any]) -> None:
        """In days alpha is seven times what it is in weeks, and nothing else changes."""
        weeks = fit_purchases(model, CUSTOMERS)
        days = fit_purchases(model, [pattern(x, 7 * t, 7 * age, n) for x, t, age, n in BUYERS])

        assert isclose(
            7 * weeks.parameters["alpha"], days.parameters["alpha"], rel_tol=Decimal("1e-4")
        )
        assert all(
            isclose(weeks.parameters[name], days.parameters[name], rel_tol=Decimal("1e-4"))
            for name in ("r", "a", "b")
        )

    def test_spend(self) -> None:
        """Who never came back is counted, and changes neither parameters nor likelihood."""
        rows = [spend(*row) for row in SPENDERS]
        fit, without = fit_spend(rows), fit_spend(rows[1:])

        assert (48, 39, 153) == (fit.customers, fit.repeat_customers, fit.repeat_purchases)
        assert attrs.evolve(fit, customers=39) == without
        assert SPEND_NAMES == tuple(fit.parameters)
        assert fit.converged

    def test_correlation(self) -> None:
        """How often and how much: 1 where it rises in a line, nothing where one never differs."""
        rising = [spend(n, 10 * n, 3) for n in range(1, 6)]
        level = [spend(2, 10 * n) for n in range(1, 6)]

        assert Decimal(1) == fit_spend(rising).correlation
        assert fit_spend(level).correlation is None


class TestNothingToFit:
    """A population that does not tell the parameters is an answer."""

    @ALL
    def test_empty(self, model: PurchaseModel[Any]) -> None:
        """Nobody."""
        assert Fit(model=model.id, why=FitWhy.EMPTY) == fit_purchases(model, [])

    @ALL
    def test_nobody_came_back(self, model: PurchaseModel[Any]) -> None:
        """Customers, and no repeat purchase."""
        fit = fit_purchases(model, [pattern(0, 0, 5, 3), pattern(0, 0, 0, 2)])

        assert Fit(model=model.id, customers=5, patterns=2, why=FitWhy.NO_REPEATS) == fit

    @ALL
    def test_all_the_same(self, model: PurchaseModel[Any]) -> None:
        """Everybody the same: nothing tells how customers differ."""
        fit = fit_purchases(model, [pattern(2, 3, 5, 40)])

        assert (FitWhy.CONSTANT, 40, {}) == (fit.why, fit.repeat_customers, dict(fit.parameters))

    @pytest.mark.parametrize(
        ("rows", "why"),
        [
            ([], FitWhy.EMPTY),
            ([(0, 0, 7)], FitWhy.NO_REPEATS),
            ([(1, 50, 7), (3, 50, 2), (0, 0, 1)], FitWhy.CONSTANT),
        ],
    )
    def test_spend(self, rows: list[tuple[int, int, int]], why: FitWhy) -> None:
        """Nobody; nobody who came back; everybody with the same average."""
        fit = fit_spend([spend(*row) for row in rows])

        assert (why, {}, None) == (fit.why, dict(fit.parameters), fit.log_likelihood)

    def test_nobody_ever_leaves(self) -> None:
        """Where all buy to the end, how they leave cannot be told: the best found is no fit."""
        steady = [pattern(n, 39, 39, 5) for n in range(3, 9)]
        fit = fit_purchases(BG_NBD, steady)

        assert (FitWhy.NOT_CONVERGED, False) == (fit.why, fit.converged)
        assert set(BG_NBD.names) == set(fit.parameters)
        assert fit.log_likelihood is not None

    def test_units_too_small(self) -> None:
        """Where times or spend are next to nothing, no parameter is 0 and none is to be trusted."""
        tiny = Decimal("1e-39")
        bought = [Pattern(Decimal(x), tiny * x, tiny * 9, 3) for x in (0, 1, 2)]
        spent = [Spend(Decimal(x), tiny * x, 3) for x in (1, 2)]

        for found in (
            fit_purchases(BG_NBD, bought),
            fit_purchases(MBG_NBD, bought),
            fit_spend(spent),
        ):
            assert FitWhy.NOT_CONVERGED is found.why
            assert min(found.parameters.values()) > 0

    def test_not_in_periods(self) -> None:
        """A model of periods refuses times that are not, and more purchases than periods."""
        halves = Pattern(Decimal(1), Decimal("1.5"), Decimal(4))
        with pytest.raises(FaultsError) as caught:
            fit_purchases(BG_BB, [pattern(3, 2, 4), halves])

        assert [
            "patterns[0].recency: got 1.5, wanted a whole number of periods",
            "patterns[1].frequency: got 3, wanted at most the recency, 2: a period counts once",
        ] == [str(fault) for fault in caught.value.faults]
