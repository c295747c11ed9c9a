"""Reliability: laws of alpha and kappa, and what others show as an error or block on."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import isclose
from typing import Any, Final

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice import satisfaction
from bankservice.core.errors import FaultsError

# Rules, as they are called: what they answer is looked at part by part.
cronbach_alpha: Final[Any] = satisfaction.cronbach_alpha
rater_agreement: Final[Any] = satisfaction.rater_agreement

ANSWERS = st.integers(1, 5)


def rows(least: int = 1, items: int = 3) -> st.SearchStrategy[list[list[int]]]:
    """Return rows of answers to a scale of so many items."""
    return st.lists(st.lists(ANSWERS, min_size=items, max_size=items), min_size=least, max_size=12)


def near(expected: Any, actual: Any, within: float = 1e-9) -> bool:
    """Tell whether two numbers agree but for the last digits of floats; None agrees with None."""
    if expected is None or actual is None:
        return expected is actual
    return isclose(float(expected), float(actual), rel_tol=within, abs_tol=within)


def faults_of(rule: Any, **facts: Any) -> list[str]:
    """Return the faults a rule tells of its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return [str(fault) for fault in caught.value.faults]


class TestAlpha:
    """What must hold of alpha, whatever was answered."""

    @given(rows(), st.integers(-9, 9), st.integers(1, 9), st.randoms(use_true_random=False))
    @settings(max_examples=some(60))
    def test_laws(self, items: list[list[int]], shift: int, by: int, order: Any) -> None:
        """
        Alpha is at most 1 and inside its interval, or there is a reason; another zero of one item,
        another unit of all, all turned round, other orders of rows: nothing changes.
        """
        found = cronbach_alpha(items=items).outcome
        moved = [[-by * (row[0] + shift), *(-by * answer for answer in row[1:])] for row in items]
        order.shuffle(moved)
        again = cronbach_alpha(items=moved).outcome

        assert (found.alpha is None) == (found.why is not None)
        assert found.why == again.why
        if found.alpha is not None:
            assert found.low <= found.alpha <= found.high
            assert found.alpha <= 1
            assert ("check-coding" in [flag.value for flag in found.flags]) == (found.alpha < 0)
        assert near(found.alpha, again.alpha)
        assert near(found.standardised, again.standardised)

    @given(rows(least=2), st.tuples(*[st.integers(1, 9)] * 3))
    @settings(max_examples=some(30))
    def test_standardised(self, items: list[list[int]], units: tuple[int, ...]) -> None:
        """Standardised alpha does not hang on the unit of any item."""
        scaled = [[a * by for a, by in zip(row, units, strict=True)] for row in items]
        one, other = (cronbach_alpha(items=held).outcome for held in (items, scaled))

        if one.alpha is not None and other.alpha is not None:
            assert near(one.standardised, other.standardised)

    @given(rows(least=2, items=2))
    @settings(max_examples=some(40))
    def test_two_items(self, items: list[list[int]]) -> None:
        """
        Of two items Spearman and Brown is at least alpha where they go together, and at most alpha
        where one goes against the other.
        """
        found = cronbach_alpha(items=items).outcome

        if found.spearman_brown is not None:
            short, tall = sorted((found.alpha, found.spearman_brown))
            if found.alpha >= 0:
                assert near(tall, found.spearman_brown)
            else:
                assert near(short, found.spearman_brown)

    @given(st.lists(ANSWERS, min_size=2, max_size=10), st.integers(2, 6))
    @settings(max_examples=some(20))
    def test_identical(self, answers: list[int], k: int) -> None:
        """Items that say the same have exactly 1, or no spread."""
        found = cronbach_alpha(items=[[answer] * k for answer in answers]).outcome

        assert found.alpha == (1 if len(set(answers)) > 1 else None)

    @given(rows(least=2))
    @settings(max_examples=some(20))
    def test_nothing_missing(self, items: list[list[int]]) -> None:
        """Where nothing is missing, both ways of leaving out are the same."""
        one = cronbach_alpha(items=items).outcome
        other = cronbach_alpha(items=items, missing="pairwise").outcome

        assert one == other

    @given(rows(least=4), st.sampled_from(["feldt", "bonett"]))
    @settings(max_examples=some(20))
    def test_wider(self, items: list[list[int]], interval: str) -> None:
        """A 99 % interval contains the 95 % one, which contains the 90 % one."""
        found = [
            cronbach_alpha(items=items, interval=interval, confidence=share).outcome
            for share in ("0.99", "0.95", "0.90")
        ]

        if found[0].low is not None:
            assert found[0].low <= found[1].low <= found[2].low
            assert found[2].high <= found[1].high <= found[0].high


class TestPeerFaultsOfAlpha:
    """What users of other packages ran into."""

    def test_negative_is_no_error(self) -> None:
        """An alpha below 0 is told, with the hint to check how items are coded."""
        decision = cronbach_alpha(items=[[1, 5], [2, 4], [3, 3], [4, 1], [5, 2]])

        assert decision.outcome.alpha == -18
        assert "check whether an item is coded the wrong way round" in decision.explain()

    def test_constant_item_does_not_block(self) -> None:
        """An item that everybody answers alike is flagged and named; the others still count."""
        decision = cronbach_alpha(items=[[1, 2, 3], [4, 5, 3], [2, 2, 3]])

        assert decision.outcome.alpha is not None
        assert [flag.value for flag in decision.outcome.flags] == ["constant-item"]
        assert "Item 3: all answers are the same" in decision.explain()

    def test_pairwise_without_a_pair(self) -> None:
        """Two items nobody answered together have no covariance, and the scale no alpha."""
        items = [[1, "skipped"], [2, "skipped"], ["skipped", 3], ["skipped", 4]]
        found = cronbach_alpha(items=items, missing="pairwise").outcome

        assert (None, "too-few", 4) == (found.alpha, found.why, found.base)

    def test_pairwise_says_so(self) -> None:
        """The explanation says that pairs rest on different respondents."""
        items = [[1, 2, 2], [2, 3, 2], [5, "skipped", 4], [3, 3, 3]]
        told = cronbach_alpha(items=items, missing="pairwise").explain()

        assert "the least answered pair has 3 respondents" in told

    def test_scores_of_dimensions(self) -> None:
        """Items may be decimal scores, in any context of decimals."""
        items = [["4.25", "4.5"], ["3.1", "3.3"], ["2.75", "3"], ["1.2", "1.9"]]
        expected = cronbach_alpha(items=items).outcome
        with localcontext(prec=2):
            actual = cronbach_alpha(items=items).outcome

        assert expected == actual
        assert Decimal("0.9") < expected.alpha < 1

    def test_faults(self) -> None:
        """A row of another length and a confidence that is none are named."""
        assert faults_of(cronbach_alpha, items=[[1, 2], [1]], confidence=0) == [
            "confidence: got the number 0, wanted a number above 0 and below 1, such as 0.95",
            "items[1]: got 1 answers, wanted 2, as the first row has",
        ]
        assert faults_of(cronbach_alpha, items=[[1, 2], [1, 2.5]])[0].startswith(
            "items[1][1]: got float 2.5, wanted a number, not a float"
        )


class TestKappa:
    """What must hold of the agreement of two raters."""

    @given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=20))
    @settings(max_examples=some(40))
    def test_laws(self, marks: list[tuple[int, int]]) -> None:
        """
        It is between -1 and 1, the same for raters who change places, and 1 for one who is asked
        twice; there is one or a reason why there is none.
        """
        first, second = [one for one, _ in marks], [other for _, other in marks]
        found = rater_agreement(first=first, second=second).outcome
        swapped = rater_agreement(first=second, second=first).outcome
        same = rater_agreement(first=first, second=first).outcome

        assert found == swapped
        assert (found.kappa is None) == (found.why is not None)
        for kappa in (found.kappa, found.linear, found.quadratic):
            assert kappa is None or -1 <= kappa <= 1
        assert same.kappa == (1 if len(set(first)) > 1 else None)

    @given(st.lists(st.tuples(ANSWERS, ANSWERS), min_size=1, max_size=20))
    @settings(max_examples=some(20))
    def test_table(self, marks: list[tuple[int, int]]) -> None:
        """Marks in order and their table are the same to all three."""
        table = [[marks.count((one, other)) for other in range(1, 6)] for one in range(1, 6)]
        listed = rater_agreement(first=[m for m, _ in marks], second=[m for _, m in marks])

        assert listed.outcome == rater_agreement(table=table).outcome

    def test_faults(self) -> None:
        """Raters with other numbers of marks and a crooked table are named."""
        assert faults_of(rater_agreement, first=[1, 2], second=[1]) == [
            "second: got 1 marks, wanted 2, as many as first has"
        ]
        assert faults_of(rater_agreement, first=[1], table=[[1, 2], [-1]]) == [
            "table: got a table beside marks, wanted one of the two forms",
            "table[1]: got 1 counts, wanted 2, as many as there are rows",
            "table[1][0]: got -1, wanted a count of 0 or more",
        ]
