"""The strategies of predictions draw what the rules take, and the laws hold on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from bankservice.lifecycle import bg_bb, mbg_nbd, purchase_fit, trend
from bankservice.lifecycle.prediction.model import FitWhy
from bankservice.testing import strategies


class TestDrawn:
    """Whatever is drawn is taken."""

    @given(strategies.purchase_histories(), strategies.model_parameters("mbg-nbd"))
    def test_times(self, history: dict[str, Any], parameters: dict[str, Decimal]) -> None:
        """A history has a probability from 0 to 1 and expects no fewer purchases than none."""
        found = mbg_nbd(**history, horizon=10, parameters=parameters).outcome

        assert 0 <= float(found.p_alive or 0) <= 1
        assert float(found.expected or 0) >= 0

    @given(
        strategies.purchase_histories(periods=True, longest=40),
        strategies.model_parameters("bg-bb"),
    )
    def test_periods(self, history: dict[str, Any], parameters: dict[str, Decimal]) -> None:
        """The same in whole periods, of which at most one purchase is expected each."""
        found = bg_bb(**history, horizon=10, parameters=parameters).outcome

        assert 0 <= float(found.p_alive or 0) <= 1
        assert 0 <= float(found.expected or 0) <= 10

    @given(strategies.purchase_populations(periods=True, longest=6, most=4))
    def test_populations(self, population: tuple[dict[str, Any], ...]) -> None:
        """A population is fitted, or it is told why not."""
        found = purchase_fit(model="bg-bb", population=population).outcome

        fitted = found.why in (None, FitWhy.NOT_CONVERGED)
        assert fitted == bool(found.parameters)
        assert sum(row["count"] for row in population) == found.customers

    @given(strategies.trend_values())
    def test_values(self, values: list[Any]) -> None:
        """Values have a direction, or there are too few."""
        found = trend("cdnow-outlook", on="2026-01-31", measure="balance", values=values).outcome

        assert found.direction in ("rising", "falling", "level", "too-few")


class TestRefused:
    """What cannot be drawn is refused by name."""

    @pytest.mark.parametrize(
        "asked",
        [
            lambda: strategies.purchase_histories(longest=0),
            lambda: strategies.purchase_populations(most=0),
            lambda: strategies.model_parameters("pareto-nbd"),
            lambda: strategies.trend_values(most=0),
        ],
    )
    def test_impossible(self, asked: Any) -> None:
        """An impossible request says what was wanted."""
        with pytest.raises(InvalidArgument, match="wanted"):
            asked()

    def test_nothing_unknown(self) -> None:
        """Values without the unknown are whole numbers."""
        found: list[Any] = []

        @given(st.data())
        def drawn(data: st.DataObject) -> None:
            found.extend(data.draw(strategies.trend_values(unknown=False)))

        drawn()

        assert {int} >= {type(value) for value in found}
