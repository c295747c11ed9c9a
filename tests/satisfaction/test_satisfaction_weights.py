"""Weights: laws of raking, trimming and effective sizes, and faults that others pass over."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import product
from math import isclose
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.satisfaction import (
    effective_size,
    post_stratification,
    raking,
    representativeness,
    trimmed_weights,
)
from bankservice.satisfaction.weights.kish import kish
from bankservice.satisfaction.weights.margins import rake
from bankservice.satisfaction.weights.trimming import cap_for, trim
from bankservice.testing import strategies

HALVES = {"young": "0.5", "old": "0.5"}
WEIGHTS = st.lists(st.integers(1, 10**4), min_size=1, max_size=30)


def near(expected: float | Decimal, actual: float | Decimal, within: float = 1e-9) -> bool:
    """Tell whether two numbers agree but for the last digits of floats."""
    return isclose(float(expected), float(actual), rel_tol=within, abs_tol=within)


def alike(expected: Any, actual: Any, within: float = 1e-9) -> bool:
    """Tell whether two rows of numbers agree."""
    return all(near(a, b, within) for a, b in zip(expected, actual, strict=True))


def told(**facts: Any) -> str:
    """Return what raking says against facts."""
    with pytest.raises(FaultsError) as error:
        raking(**facts)
    return str(error.value)


class TestRakingLaws:
    """What must hold of any sample whose margins can be met."""

    @given(strategies.raked_samples(margins=3, categories=3))
    @settings(max_examples=some(30))
    def test_margins_met(self, sample: dict[str, Any]) -> None:
        """
        Every margin is met, every weight above 0, their mean 1, their worth between 1 and n; the
        order of the margins is of no matter.
        """
        found = raking(**sample).outcome
        turned = dict(reversed(sample["targets"].items()))
        counts = [row["count"] for row in sample["respondents"]]
        held = Counter[tuple[str, str]]()
        for row, weight in zip(sample["respondents"], found.weights, strict=True):
            for name in sample["targets"]:
                held[name, row[name]] += row["count"] * weight
        n = found.respondents

        assert found.converged
        assert all(weight > 0 for weight in found.weights)
        assert near(n, sum(c * w for c, w in zip(counts, found.weights, strict=True)))
        assert all(
            near(target * n / sum(margin.values()), held[name, category])
            for name, margin in sample["targets"].items()
            for category, target in margin.items()
        )
        assert 1 <= float(found.effective_n or 0) <= n
        again = raking(respondents=sample["respondents"], targets=turned).outcome
        assert alike(found.weights, again.weights, 1e-8)

    @given(strategies.raked_samples())
    @settings(max_examples=some(30))
    def test_raked_again(self, sample: dict[str, Any]) -> None:
        """
        Raking what is raked changes nothing, nor does another unit of the base weights.
        """
        found = raking(**sample).outcome
        again = raking(**sample, start=found.weights).outcome
        scaled = raking(**sample, start=[weight * 1000 for weight in found.weights]).outcome

        assert alike(found.weights, again.weights)
        assert alike(found.weights, scaled.weights)

    @given(strategies.raked_samples(categories=2))
    @settings(max_examples=some(30))
    def test_odds_ratio_kept(self, sample: dict[str, Any]) -> None:
        """
        How two margins hang together in the sample stays: of four cells the odds ratio is kept.
        """
        a, b, c, d = raking(**sample).outcome.weights

        assert near(1, float(a) * float(d) / (float(b) * float(c)), 1e-8)

    @given(strategies.raked_samples())
    @settings(max_examples=some(20))
    def test_rows_and_counts(self, sample: dict[str, Any]) -> None:
        """
        One row with a count is so many rows alike; and their order is of no matter at all.
        """
        rows = [
            {name: row[name] for name in sample["targets"]}
            for row in sample["respondents"]
            for _ in range(row["count"])
        ]
        short = raking(**sample).outcome
        long = raking(respondents=rows, targets=sample["targets"]).outcome
        turned = raking(respondents=rows[::-1], targets=sample["targets"]).outcome

        assert alike(sorted(set(short.weights)), sorted(set(long.weights)), 1e-12)
        assert short.respondents == long.respondents
        assert long.weights == turned.weights[::-1]

    @given(strategies.raked_samples())
    @settings(max_examples=some(20))
    def test_full_cells(self, sample: dict[str, Any]) -> None:
        """
        Post-stratification is raking to one margin whose categories are the cells.
        """
        first, second = sample["targets"]
        parts = {
            (a, b): Decimal(place + 1)
            for place, (a, b) in enumerate(
                product(sample["targets"][first], sample["targets"][second])
            )
        }
        cells = [{"of": {first: a, second: b}, "target": part} for (a, b), part in parts.items()]
        by_cells = post_stratification(respondents=sample["respondents"], cells=cells).outcome
        rows = [
            {"cell": f"{row[first]}/{row[second]}", "count": row["count"]}
            for row in sample["respondents"]
        ]
        margin = {"cell": {f"{a}/{b}": part for (a, b), part in parts.items()}}

        assert raking(respondents=rows, targets=margin).outcome.weights == by_cells.weights

    def test_a_hundred_thousand(self) -> None:
        """
        Patterns with their counts are what is raked: many respondents cost no more than few.
        """
        patterns = [(a, b) for a in ("x", "y", "z") for b in ("p", "q")]
        counts = [30000.0, 10000.0, 20000.0, 5000.0, 25000.0, 10000.0]
        targets = {"first": {"x": 1.0, "y": 1.0, "z": 1.0}, "second": {"p": 0.5, "q": 0.5}}
        found = rake(patterns, counts, targets)

        assert found.converged
        assert near(100_000, sum(f * c for f, c in zip(found.factors, counts, strict=True)))


class TestFaultsOfRaking:
    """What other packages pass over, or report as converged."""

    YOUNG = ({"age": "young"},)
    BOTH = ({"age": "young", "sex": "f"}, {"age": "old", "sex": "m"})

    def test_empty_cell(self) -> None:
        """
        A category with a target and no respondent is named, not weighted without end.
        """
        said = told(respondents=self.YOUNG, targets={"age": HALVES})

        assert "targets.age.old: got empty-cell" in said
        assert "collapse it" in said

    def test_empty_post_stratum(self) -> None:
        """
        The same of a cell, by the names of both its categories.
        """
        cells = [
            {"of": {"age": a, "sex": s}, "target": "0.25"}
            for a in ("young", "old")
            for s in ("f", "m")
        ]

        with pytest.raises(FaultsError, match="young × m: got empty-cell"):
            post_stratification(respondents=self.BOTH, cells=cells)

    def test_unknown_category(self) -> None:
        """
        A category without target is told with its row and the near names.
        """
        said = told(respondents=[*self.BOTH, {"age": "yuong"}], targets={"age": HALVES})

        assert "respondents[2].age: got unknown-category: str 'yuong'" in said
        assert "did you mean young?" in said

    def test_zero_target_needs_consent(self) -> None:
        """
        Nobody is weighted away unless that was said.
        """
        targets = {"age": {"young": 1, "old": 0}}

        assert "targets.age.old: got without-target" in told(respondents=self.BOTH, targets=targets)
        weights = raking(respondents=self.BOTH, targets=targets, drop=True).outcome.weights
        assert [2, 0] == list(weights)

    @pytest.mark.parametrize(
        "targets",
        [
            {"age": {"young": 500, "old": 500}, "sex": {"f": 500, "m": 600}},
            {"age": {"young": "0.5", "old": "0.4"}},
            {"age": HALVES, "sex": {"f": "0.50", "m": "0.45"}},
        ],
    )
    def test_inconsistent_margins(self, targets: Any) -> None:
        """
        Margins whose totals disagree would make it oscillate for ever: refused before it starts.
        """
        assert "inconsistent-margins" in told(respondents=self.BOTH, targets=targets)

    def test_all_zero_targets(self) -> None:
        """
        A margin nobody is to be in is refused.
        """
        targets = {"age": {"young": 0, "old": 0}}

        assert "all-zero-targets" in told(respondents=self.BOTH, targets=targets)

    def test_nobody_has_the_margin(self) -> None:
        """
        A margin whose name no row has is a slip, not a sample of unknowns.
        """
        targets = {"ages": HALVES}

        assert "targets.ages: got a margin no respondent" in told(
            respondents=self.BOTH, targets=targets
        )

    def test_no_false_convergence(self) -> None:
        """
        Where the weights stand still and the margins are missed, it has not converged.
        """
        targets = {"age": HALVES, "sex": {"f": "0.6", "m": "0.4"}}
        found = raking(respondents=self.BOTH, targets=targets)

        assert not found.outcome.converged
        assert "not to be relied on" in found.explain()

    def test_every_fault_at_once(self) -> None:
        """
        Faults of the facts are told together.
        """
        said = told(
            respondents=self.BOTH,
            targets={"age": {"young": -1, "old": 1}, "sex": {"f": 0, "m": 0}},
            start=[1, -1, 2],
            cycles=0,
        )

        assert all(
            path in said
            for path in ("targets.age.young", "targets.sex", "cycles", "start[1]", "start:")
        )

    @pytest.mark.parametrize(
        ("row", "path"),
        [
            ({"age": True}, "respondents[0].age"),
            ({"age": Decimal("1.5")}, "respondents[0].age"),
            ({"age": ["young"]}, "respondents[0].age"),
            ({"age": "young", "count": 0}, "respondents[0].count"),
            ({"age": "young", "count": "two"}, "respondents[0].count"),
            ({"age": "young", "count": 10**400}, "respondents[0].count"),
            ({1: "young"}, "respondents[0]"),
            ("young", "respondents[0]"),
        ],
    )
    def test_rows(self, row: Any, path: str) -> None:
        """
        A row that is none is told with its place.
        """
        assert f"  {path}: got" in told(respondents=[row], targets={"age": {"young": 1}})

    def test_cycles_without_end(self) -> None:
        """
        Margins that can never be met are not gone through for as long as anybody says.
        """
        targets = {"age": {"young": 1, "old": 1}, "sex": {"f": 3, "m": 1}}

        assert "cycles: got too many" in told(respondents=self.BOTH, targets=targets, cycles=10**30)

    def test_count_may_be_a_margin(self) -> None:
        """
        Where a margin is called `count`, the key is its category.
        """
        rows = [{"count": 1}, {"count": 2}]
        found = raking(respondents=rows, targets={"count": {"1": "0.25", "2": "0.75"}}).outcome

        assert 2 == found.respondents

    @pytest.mark.parametrize(
        "cells",
        [
            [],
            [{"of": {}, "target": 1}],
            [{"of": {"age": "young"}, "target": 1}, {"of": {"age": "young"}, "target": 1}],
            [{"of": {"age": "young"}, "target": 1}, {"of": {"sex": "f"}, "target": 1}],
        ],
    )
    def test_cells(self, cells: Any) -> None:
        """
        No cell, a cell of no margin, one twice, one of other margins: refused with its place.
        """
        with pytest.raises(FaultsError, match="cells"):
            post_stratification(respondents=self.BOTH, cells=cells)


class TestWorth:
    """Effective sizes and trimming."""

    @given(WEIGHTS, st.integers(2, 1000))
    @settings(max_examples=some(40))
    def test_kish(self, drawn: list[int], scale: int) -> None:
        """
        Between 1 and n, n only for equal weights, design effect one more than the square of cv,
        whatever the unit; and a weight written twice is that of two.
        """
        found = effective_size(weights=drawn).outcome
        n = len(drawn)
        assert None not in (found.effective_n, found.design_effect, found.cv)
        worth, effect, cv = (
            float(part or 0) for part in (found.effective_n, found.design_effect, found.cv)
        )
        twice, counted = kish([*map(float, drawn)] * 2), kish([*map(float, drawn)], [2] * n)

        assert 1 - 1e-9 <= worth <= n
        assert (len(set(drawn)) == 1) == near(n, worth, 1e-13)
        assert near(1 + cv * cv, effect)
        assert found == effective_size(weights=[weight * scale for weight in drawn]).outcome
        assert twice is not None
        assert counted is not None
        assert near(twice.effective, counted.effective)

    @given(WEIGHTS, st.integers(100, 600))
    @settings(max_examples=some(40))
    def test_trimming(self, drawn: list[int], hundredths: int) -> None:
        """
        The sum stays, nothing is above the cap, the largest and the design effect never rise, and
        a cap above the largest changes nothing.
        """
        weights = [float(weight) for weight in drawn]
        cap = hundredths / 100 * sum(weights) / len(weights)
        found = trim(weights, cap)
        before, after = kish(weights), kish(found)
        assert before is not None
        assert after is not None

        assert near(sum(weights), sum(found))
        assert max(found) <= min(cap, max(weights)) * (1 + 1e-12)
        assert after.design_effect <= before.design_effect * (1 + 1e-12)
        assert max(weights) > cap or found == tuple(weights)

    @given(WEIGHTS, st.integers(1, 99))
    @settings(max_examples=some(30))
    def test_design_effect_wanted(self, drawn: list[int], hundredths: int) -> None:
        """
        The cap for a design effect keeps it, and cuts no deeper than it must.
        """
        weights = [float(weight) for weight in drawn]
        before = kish(weights)
        assert before is not None
        wanted = 1 + (before.design_effect - 1) * hundredths / 100
        after = kish(trim(weights, cap_for(weights, wanted)))
        assert after is not None

        assert after.design_effect <= wanted
        assert near(wanted, after.design_effect, 1e-6)

    @pytest.mark.parametrize(
        ("facts", "path"),
        [
            ({"weights": [1, -1]}, "weights[1]"),
            ({"weights": [0, 0]}, "weights"),
            ({"weights": [1, 2], "cap": "0.9"}, "cap"),
            ({"weights": [1, 2], "cap": 2, "design_effect": 2}, "design_effect"),
            ({"weights": [1, 2], "design_effect": "0.5"}, "design_effect"),
            ({"weights": [0, 0, 1], "cap": 2}, "cap"),
            ({"weights": [0] * 9 + [1]}, "cap"),
            ({"weights": [1, 2], "targets": {"age": HALVES}}, "respondents"),
            ({"weights": [1, 2], "rerake": True}, "targets"),
            ({"weights": [1, 2], "respondents": [{"age": "young"}]}, "weights"),
        ],
    )
    def test_refused(self, facts: dict[str, Any], path: str) -> None:
        """
        Weights that are none, a cap that cannot be kept, rows that do not fit: told by name.
        """
        with pytest.raises(FaultsError) as error:
            trimmed_weights(**facts)

        assert [path] == [fault.path for fault in error.value.faults]

    def test_not_a_number(self) -> None:
        """
        NaN, infinity, floats and bools are no weights; the row is told.
        """
        for weight in (float("nan"), 1.5, True, Decimal("Infinity")):
            with pytest.raises(FaultsError, match=r"weights\[1\]"):
                effective_size(weights=[1, weight])


class TestRepresentativeness:
    """How far a sample is from its population."""

    @given(strategies.raked_samples(margins=1, categories=4))
    @settings(max_examples=some(30))
    def test_bounds(self, sample: dict[str, Any]) -> None:
        """
        A gap is a share, p a probability; a sample with the very shares has neither gap nor index.
        """
        found = representativeness(**sample).outcome
        counts = {row["margin-0"]: row["count"] for row in sample["respondents"]}
        exact = representativeness(
            counts={"margin-0": counts}, targets={"margin-0": counts}
        ).outcome.margins["margin-0"]

        assert 0 <= (found.largest_gap or 0) <= 1
        assert 0 <= (found.margins["margin-0"].p_value or 0) <= 1
        assert [0, 0, 1, 0] == [exact.gap, exact.chi_square, exact.p_value, exact.psi]

    def test_refused(self) -> None:
        """
        Rows and counts at once, a margin that is none, a category that is none: told by name.
        """
        targets = {"age": HALVES}
        both = {"respondents": [{"age": "young"}], "counts": {"age": {"young": 1}}}
        wrong = {"counts": {"age": {"yuong": 1, "old": -1}, "sex": {}}}

        with pytest.raises(FaultsError, match="respondents, or counts"):
            representativeness(targets=targets, **both)
        with pytest.raises(FaultsError) as error:
            representativeness(targets=targets, **wrong)
        assert ["counts.age.yuong", "counts.age.old", "counts.sex"] == [
            fault.path for fault in error.value.faults
        ]
