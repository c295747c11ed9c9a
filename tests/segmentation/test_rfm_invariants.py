"""The laws of RFM scores, by their numbers: equal values, order, scale, and who was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bankservice import segmentation
from bankservice.segmentation.scoring.model import Better, Scale, fit
from bankservice.testing import strategies

SCORES = st.integers(1, 12)
BETTER: st.SearchStrategy[Better] = st.sampled_from(("larger", "smaller"))


def by_rank(values: Sequence[int], k: int, better: Better) -> list[int]:
    """Return the score of each value by its smallest rank, counted one by one."""
    worse = {
        value: sum(
            1 for other in values if (other < value if better == "larger" else other > value)
        )
        for value in values
    }
    return [-(-k * (1 + worse[value]) // len(values)) for value in values]


def scored(values: Sequence[Any], k: int, better: Better = "larger") -> list[int]:
    """Return the score of each value by the cut points fitted on all of them."""
    scale = fit(values, k, better)
    return [scale.score(value) for value in values]


class TestScores:
    """Law 23: what a score says."""

    @given(strategies.rfm_values(), SCORES, BETTER)
    def test_thresholds_are_ranks(self, values: tuple[int, ...], k: int, better: Better) -> None:
        """On those they were fitted on, cut points give the scores of the smallest ranks."""
        assert by_rank(values, k, better) == scored(values, k, better)

    @given(strategies.rfm_values(), SCORES, BETTER, st.randoms(use_true_random=False))
    def test_the_order_of_customers_is_nothing(
        self, values: tuple[int, ...], k: int, better: Better, random: Any
    ) -> None:
        """NTILE splits equals by the order they stand in; here any order fits the same points."""
        shuffled = list(values)
        random.shuffle(shuffled)

        assert fit(values, k, better) == fit(shuffled, k, better)

    @given(strategies.rfm_values(min_size=2), SCORES)
    def test_better_is_never_lower(self, values: tuple[int, ...], k: int) -> None:
        """Of two values, the larger has at least the score; equal ones have the same."""
        by_value = sorted(zip(values, scored(values, k), strict=True))

        assert sorted(score for _, score in by_value) == [score for _, score in by_value]
        assert len(set(by_value)) == len(set(values))

    @given(strategies.rfm_values(), SCORES, BETTER)
    def test_scores_lie_between_one_and_k(
        self, values: tuple[int, ...], k: int, better: Better
    ) -> None:
        """Whoever was ever active scores 1 to k, on whatever side of the population they are."""
        scale = fit(values, k, better)
        beyond = (min(values) - 1, *values, max(values) + 1)

        assert all(1 <= scale.score(value) <= k for value in beyond)

    @given(strategies.rfm_values(), SCORES, st.integers(1, 10**6), st.integers(-(10**9), 10**9))
    def test_growing_alike_keeps_scores(
        self, values: tuple[int, ...], k: int, factor: int, more: int
    ) -> None:
        """A strictly growing change of every value, straight or bent, keeps every score."""
        straight = [factor * value + more for value in values]
        bent = [value**3 for value in values]

        assert scored(values, k) == scored(straight, k) == scored(bent, k)

    @given(strategies.rfm_values(), SCORES)
    def test_smaller_is_better_is_the_mirror(self, values: tuple[int, ...], k: int) -> None:
        """Where smaller is better, days score as their negatives do where larger is."""
        assert scored(values, k, "smaller") == scored([-value for value in values], k)

    @given(strategies.rfm_values(), SCORES)
    def test_numbers_of_any_kind_score_alike(self, values: tuple[int, ...], k: int) -> None:
        """A value is what it is worth: integers, decimals and fractions give the same scores."""
        assert scored(values, k) == scored([Decimal(value) for value in values], k)
        assert scored(values, k) == scored([Fraction(value) for value in values], k)

    @given(st.integers(), st.integers(1, 50), SCORES, BETTER)
    def test_one_tie_of_all_scores_one(
        self, value: int, customers: int, k: int, better: Better
    ) -> None:
        """Where all are equal nobody is better than anybody: pandas loses its bins, here all have
        the score of the first rank.
        """
        assert {-(-k // customers)} == set(scored([value] * customers, k, better))

    @given(strategies.rfm_values(min_size=1, max_size=15), st.integers(1, 8))
    def test_a_crowd_at_the_bottom_scores_one(self, values: tuple[int, ...], k: int) -> None:
        """However many bought once, they are the bottom, once they are as many as the scores."""
        crowd = [min(values) - 1] * k

        assert {1} == set(scored([*crowd, *values], k)[:k])


class TestFittedOnce:
    """Law 24: those who come later change nothing until a new fit is adopted."""

    @given(strategies.rfm_values(), strategies.rfm_values(), SCORES, BETTER)
    def test_newcomers_change_nothing(
        self, values: tuple[int, ...], more: tuple[int, ...], k: int, better: Better
    ) -> None:
        """Scoring others in between leaves the scores of the first as they were."""
        scale = fit(values, k, better)
        before = [scale.score(value) for value in values]
        for value in more:
            scale.score(value)

        assert before == [scale.score(value) for value in values]
        assert scale == Scale(scale.cuts, better)

    @given(strategies.rfm_values(max_size=12), st.integers(1, 6))
    def test_the_rules_are_the_functions(self, values: tuple[int, ...], k: int) -> None:
        """The rules that a case table calls fit and score as the functions do."""
        cuts = segmentation.rfm_fit(values=list(values), k=k).outcome.cuts

        assert tuple(fit(values, k).cuts) == tuple(cuts)
        assert scored(values, k) == [
            segmentation.rfm_score(value=value, cuts=list(cuts)).outcome.score for value in values
        ]
