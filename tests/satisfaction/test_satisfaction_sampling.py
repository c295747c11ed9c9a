"""Sampling: laws of sizes, allocations and the draw, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from bankservice import policies
from bankservice.core.errors import FaultsError
from bankservice.core.structure import FACTS
from bankservice.satisfaction import allocation, change_size, response_rates, sample_size
from bankservice.satisfaction.sampling.draw import draw, in_order, reserve_batches
from bankservice.satisfaction.sampling.sizes import invitations_for
from bankservice.satisfaction.sampling.spreading import largest_remainder, shares_of
from bankservice.testing import cases, strategies

CASES: Final = Path(__file__).parent.parent / "cases" / "satisfaction"
TABLES: Final = (
    "sample-size",
    "change-size",
    "allocation",
    "response-rates",
    "raking",
    "post-stratification",
    "trimmed-weights",
    "effective-size",
    "representativeness",
)
THOUSANDTHS = st.integers(1, 999).map(lambda drawn: Decimal(drawn) / 1000)
IDS = st.lists(st.text("abcdef0123456789", min_size=1, max_size=6), unique=True, max_size=30)


def paths(error: FaultsError) -> list[str]:
    """Return where the faults of an error are."""
    return [fault.path for fault in error.faults]


class TestSizes:
    """How many answers."""

    @given(THOUSANDTHS, THOUSANDTHS, st.integers(1, 10**5), st.integers(1, 40))
    @settings(max_examples=some(40))
    def test_order(self, margin: Decimal, confidence: Decimal, population: int, more: int) -> None:
        """
        A wider margin never needs more; a higher confidence or a larger population never fewer;
        and never more than there are, nor fewer than the raw number.
        """
        asked = {"margin": margin, "confidence": confidence, "population": population}
        held = sample_size(**asked).outcome
        wider = sample_size(**{**asked, "margin": (margin + 1) / 2}).outcome
        surer = sample_size(**{**asked, "confidence": (confidence + 1) / 2}).outcome
        larger = sample_size(**{**asked, "population": population + more}).outcome

        assert wider.n <= held.n <= surer.n
        assert held.n <= larger.n
        assert held.raw <= held.n <= population
        assert held.n < held.raw + 1

    @given(THOUSANDTHS, THOUSANDTHS)
    @settings(max_examples=some(40))
    def test_change(self, before: Decimal, power: Decimal) -> None:
        """
        A change needs as many answers up as down, and more for a higher power.
        """
        after = before / 2
        there = change_size(before=before, after=after, power=power).outcome
        back = change_size(before=after, after=before, power=power).outcome
        surer = change_size(before=before, after=after, power=(power + 1) / 2).outcome

        assert there.n == back.n
        assert there.n <= surer.n

    def test_invitations_are_exact(self) -> None:
        """
        No float makes one invitation more of what divides without rest.
        """
        assert 300 == invitations_for(90, Decimal("0.3"))
        assert 301 == invitations_for(90, Decimal("0.2999"))

    @pytest.mark.parametrize(
        ("facts", "path"),
        [
            ({"margin": 0}, "margin"),
            ({"margin": 5}, "margin"),
            ({"margin": "0.05", "share": 1}, "share"),
            ({"margin": "0.05", "variance": "1.1"}, "variance"),
            ({"margin": "0.05", "share": "0.5", "variance": 1}, "variance"),
            ({"margin": "0.05", "confidence": 1}, "confidence"),
            ({"margin": "0.05", "population": 0}, "population"),
            ({"margin": "0.05", "design_effect": 0}, "design_effect"),
            ({"margin": "0.05", "confidence": "0.9999999999999999999"}, "confidence"),
            ({"margin": "0.05", "response_rate": "1.2"}, "response_rate"),
            ({"margin": 0.05}, "margin"),
        ],
    )
    def test_refused(self, facts: dict[str, Any], path: str) -> None:
        """
        A number outside its bounds, a float, or two ways to say one thing: told by its name.
        """
        with pytest.raises(FaultsError) as told:
            sample_size(**facts)

        assert [path] == paths(told.value)

    @pytest.mark.parametrize(
        ("facts", "path"),
        [
            ({}, ""),
            ({"before": "0.5"}, ""),
            ({"before": "0.5", "difference": "0.1"}, ""),
            ({"before": "0.5", "after": "0.5"}, "after"),
            ({"before": "0.5", "after": "1.5"}, "after"),
            ({"variance": "0.6", "difference": 0}, "difference"),
            ({"variance": "0.6", "difference": 10}, "difference"),
            ({"before": "0.5", "after": "0.6", "power": 1}, "power"),
        ],
    )
    def test_no_change(self, facts: dict[str, Any], path: str) -> None:
        """
        Which change is to be seen must be stated, once, and be one.
        """
        with pytest.raises(FaultsError) as told:
            change_size(**facts)

        assert [path] == paths(told.value)


class TestAllocation:
    """Who gets how many."""

    @given(
        strategies.allocated_strata(),
        st.sampled_from(["proportional", "neyman", "power", "cost"]),
        st.integers(0, 20),
    )
    @settings(max_examples=some(40))
    def test_bounds(self, asked: dict[str, Any], method: str, minimum: int) -> None:
        """
        Whole numbers that sum to what is asked (or to all there are), within the sizes and not
        below the minimum; or a fault that names it.
        """
        sizes = [stratum["size"] for stratum in asked["strata"]]
        wanted = min(asked["n"], sum(sizes))
        rest = {"method": method, "minimum": minimum, "small_strata": "whole"}
        if sum(min(size, minimum) for size in sizes) > wanted:
            with pytest.raises(FaultsError, match="minimum"):
                allocation(**asked, **rest)
            return
        found = allocation(**asked, **rest).outcome

        assert wanted == sum(found.counts) == found.n
        assert all(
            min(minimum, size) <= count <= size
            for size, count in zip(sizes, found.counts, strict=True)
        )

    @given(strategies.allocated_strata())
    @settings(max_examples=some(40))
    def test_proportional_keeps_order(self, asked: dict[str, Any]) -> None:
        """
        In proportion, a larger stratum never gets fewer than a smaller one.
        """
        counts = allocation(**asked).outcome.counts
        sizes = [stratum["size"] for stratum in asked["strata"]]
        rows = sorted(zip(sizes, counts, strict=True))

        assert all(
            fewer <= more for (small, fewer), (large, more) in pairwise(rows) if small < large
        )

    @given(strategies.allocated_strata(), st.integers(1, 900))
    @settings(max_examples=some(40))
    def test_equal_spread(self, asked: dict[str, Any], spread: int) -> None:
        """
        Where all strata are as spread, Neyman's allocation is the proportional one.
        """
        strata = tuple({**s, "spread": Decimal(spread) / 1000} for s in asked["strata"])
        found = [
            allocation(strata=strata, n=asked["n"], method=method).outcome.counts
            for method in ("proportional", "neyman")
        ]

        assert found[0] == found[1]

    @given(strategies.allocated_strata())
    @settings(max_examples=some(40))
    def test_neyman_is_best(self, asked: dict[str, Any]) -> None:
        """
        Before rounding no allocation has a smaller variance than Neyman's.
        """
        best, other = (
            allocation(**asked, method=method).outcome.variance_finite
            for method in ("neyman", "proportional")
        )

        assert best is None or other is None or best <= other * Decimal("1.000000001")

    @given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 200))
    def test_largest_remainder(self, weights: list[int], total: int) -> None:
        """
        Each part is its share rounded down or up, and they sum to the whole.
        """
        shares = shares_of(total, weights)
        counts = largest_remainder(shares)

        assert total == sum(counts)
        assert all(abs(Fraction(n) - share) < 1 for n, share in zip(counts, shares, strict=True))

    @pytest.mark.parametrize(
        ("facts", "where"),
        [
            ({"strata": [], "n": 5}, ["strata"]),
            ({"strata": [{"size": 5}], "n": -1}, ["n"]),
            ({"strata": [{"size": -5}], "n": 1}, ["strata[0].size"]),
            ({"strata": [{"size": 5}], "n": 1, "method": "neyman"}, ["strata[0].spread"]),
            (
                {"strata": [{"size": 5}], "n": 1, "method": "cost"},
                ["strata[0].spread", "strata[0].cost"],
            ),
            (
                {"strata": [{"size": 5, "spread": -1, "cost": 0}], "n": 1},
                ["strata[0].spread", "strata[0].cost"],
            ),
            ({"strata": [{"size": 10**400}], "n": 9, "method": "power"}, ["strata[0].size"]),
            ({"strata": [{"size": 50}, {"size": 50}], "n": 9, "minimum": 5}, ["minimum"]),
            ({"strata": [{"size": 50}, {"size": 4}], "n": 20, "minimum": 5}, ["strata[1].size"]),
        ],
    )
    def test_refused(self, facts: dict[str, Any], where: list[str]) -> None:
        """
        No stratum, a number below its bound, a method without its numbers, a minimum that cannot
        be kept: each told with its place.
        """
        with pytest.raises(FaultsError) as told:
            allocation(**facts)

        assert where == paths(told.value)


class TestResponse:
    """What became of invitations."""

    @given(st.lists(st.integers(0, 60), min_size=7, max_size=7), THOUSANDTHS)
    @settings(max_examples=some(40))
    def test_order(self, counts: list[int], share: Decimal) -> None:
        """
        Rates are shares; partial interviews and the ineligible among the unknown only raise them.
        """
        names = ("completes", "partials", "refusals", "non_contacts", "others")
        facts = dict(zip((*names, "unknown_households", "unknown_others"), counts, strict=True))
        found = response_rates(**facts, eligible_share=share).outcome

        if found.rr1 is None:
            assert 0 == found.invited
            return
        assert found.rr2 is not None
        assert 0 <= found.rr1 <= found.rr2 <= 1
        assert found.rr3 is None or found.rr1 <= found.rr3 <= 1

    def test_refused(self) -> None:
        """
        Counts below 0 or of more than there are, and a share above 1, are told together.
        """
        with pytest.raises(FaultsError) as told:
            response_rates(completes=-1, refusals=10**400, eligible_share="1.1")

        assert ["completes", "refusals", "eligible_share"] == paths(told.value)


class TestDraw:
    """Whom to ask."""

    FRAME: Final = {"young": ("a1", "a2", "a3", "a4"), "old": ("b1", "b2", "b3")}

    @given(IDS, st.text(max_size=8), st.randoms(use_true_random=False))
    @settings(max_examples=some(40))
    def test_order_of_the_frame(self, ids: list[str], seed: str, order: Any) -> None:
        """
        The frame may be written in any order: the draw is the same, and everybody is in it once.
        """
        moved = list(ids)
        order.shuffle(moved)
        found = in_order(ids, seed)

        assert found == in_order(moved, seed)
        assert sorted(ids) == sorted(found)

    @given(IDS, st.text(max_size=8), st.data())
    @settings(max_examples=some(40))
    def test_nested(self, ids: list[str], seed: str, data: st.DataObject) -> None:
        """
        A larger draw contains the smaller, the reserve is what it would have added, and who leaves
        the frame changes nobody else's turn.
        """
        count = data.draw(st.integers(0, len(ids)))
        small = draw({"all": ids}, {"all": count}, seed)["all"]
        large = draw({"all": ids}, {"all": len(ids)}, seed)["all"]
        batches = reserve_batches({"all": ids}, {"all": count}, seed, {"all": 3})
        gone = [who for who in ids if who not in small[:1]]

        assert large[:count] == small
        assert large[count:] == tuple(who for batch in batches for who in batch["all"])
        assert in_order(gone, seed) == tuple(who for who in large if who not in small[:1])

    def test_a_draw_for_ever(self) -> None:
        """
        What a seed drew once it draws on every machine: these are written down.
        """
        drawn = draw(self.FRAME, {"young": 2, "old": 1}, "2026-H1")

        assert {"young": ("a2", "a1"), "old": ("b3",)} == dict(drawn)

    def test_seeds_differ(self) -> None:
        """
        Twenty seeds do not draw one order of seven.
        """
        everybody = [who for ids in self.FRAME.values() for who in ids]

        assert 15 < len({in_order(everybody, str(seed)) for seed in range(20)})

    def test_reserves_end_apart(self) -> None:
        """
        A stratum whose reserve is used up is not in the next batch; one without reserve in none.
        """
        counts, sizes = {"young": 1, "old": 1}, {"young": 1, "old": 2}
        batches = reserve_batches(self.FRAME, counts, "s", sizes)
        without = reserve_batches(self.FRAME, counts, "s", {"old": 2})

        assert [["old", "young"], ["young"], ["young"]] == [sorted(batch) for batch in batches]
        assert [["old"]] == [sorted(batch) for batch in without]

    def test_refused(self) -> None:
        """
        An id twice, over strata as well; a stratum that is none; more than there are; below 0.
        """
        with pytest.raises(FaultsError, match="each id once"):
            draw({"young": ["a"], "old": ["a"]}, {}, "s")
        with pytest.raises(FaultsError, match="did you mean young"):
            draw(self.FRAME, {"yuong": 1}, "s")
        with pytest.raises(FaultsError, match="from 0 to 3"):
            draw(self.FRAME, {"old": 4}, "s")
        with pytest.raises(FaultsError, match="0 or more"):
            reserve_batches(self.FRAME, {}, "s", {"old": -1})


class TestExplained:
    """What is decided can be told, kept and decided again."""

    @pytest.mark.parametrize("name", TABLES)
    def test_cases(self, name: str) -> None:
        """
        Every case of the tables is explained in both languages, and its kept facts decide the same.
        """
        for case in cases.collect(CASES / f"{name}.toml"):
            rule = policies.rule(case.table.rule)
            decision = rule.decide(FACTS.read(case.raw["facts"], rule.facts, case.name))
            kept = json.loads(json.dumps(decision.to_json()))["facts"]

            assert decision.explain("en") != decision.explain("zh_CN")
            assert decision == rule.decide(FACTS.read(kept, rule.facts, case.name))

    def test_strategies_refuse(self) -> None:
        """
        What cannot be drawn is said when it is asked for.
        """
        with pytest.raises(InvalidArgument, match="strata"):
            strategies.allocated_strata(most=0)
        with pytest.raises(InvalidArgument, match="margins"):
            strategies.raked_samples(margins=0)
        with pytest.raises(InvalidArgument, match="categories"):
            strategies.raked_samples(categories=1)
