"""Laws of scores that hold on whatever customers answer."""

from __future__ import annotations

from decimal import Decimal
from math import isclose
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from bankservice.satisfaction import ces, csat, nps
from bankservice.satisfaction.scores.intervals import (
    NetMethod,
    adjusted_net,
    agresti_coull,
    clopper_pearson,
    net_interval,
    plain_net,
    wilson,
    z_of,
)
from bankservice.satisfaction.scores.promoters import CLASSES
from bankservice.satisfaction.scores.tally import Tally, spread, tallied
from bankservice.testing import strategies

Counts = tuple[int, int, int]
CLOSE = 1e-9


def near(one: float | Decimal | None, other: float | Decimal | None) -> bool:
    """Return whether two numbers are the same but for the last digits; None is only None."""
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)


def scored(counts: Counts, **facts: Any) -> Any:
    """Return the outcome of counted classes."""
    promoters, passives, detractors = counts
    return nps(promoters=promoters, passives=passives, detractors=detractors, **facts).outcome


class TestNet:
    """The net promoter score."""

    @given(strategies.class_counts(least=1), st.integers(1, 9))
    def test_range_mirror_and_copies(self, counts: Counts, times: int) -> None:
        """The score is in its range, turns its sign with the classes, and copies leave it."""
        found, mirror = scored(counts), scored((counts[2], counts[1], counts[0]))
        p, n, d = counts
        copied = scored((p * times, n * times, d * times))

        assert -100 <= found.score <= 100
        assert -found.score == mirror.score
        assert (-found.high, -found.low) == (mirror.low, mirror.high)
        assert near(found.score, copied.score)
        assert near(found.variance, copied.variance)
        # Only a single answer can be missed by an interval of 95 % that is drawn towards 0.
        assert found.low <= found.score <= found.high or 1 == p + n + d

    @given(strategies.class_counts(least=1))
    def test_variance(self, counts: Counts) -> None:
        """There is no variance only in one class, and 1 only of halves at both ends."""
        variance = scored(counts).variance
        p, n, d = counts

        assert (0 == variance) == (1 == sum(count > 0 for count in counts))
        assert variance <= 1
        assert (1 == variance) == (not n and p == d)

    @given(strategies.class_counts(), st.sampled_from(["0.8", "0.9", "0.95", "0.99"]))
    def test_adjusted(self, counts: Counts, confidence: str) -> None:
        """The adjusted interval holds its centre, has width, and is drawn towards 0."""
        p, n, d = counts
        base = p + n + d
        shares = (p / base, d / base) if base else (0.0, 0.0)
        net = adjusted_net(*shares, base)
        interval = net_interval(net, float(confidence), NetMethod.ADJUSTED_WALD)

        assert interval.low <= net.centre <= interval.high
        assert interval.low < interval.high
        assert abs(net.centre) <= abs(shares[0] - shares[1]) + CLOSE

    @given(strategies.class_counts(least=1))
    def test_adjusted_and_plain_meet(self, counts: Counts) -> None:
        """With shares fixed the two intervals come together as the base grows, at least as 1/n."""
        p, n, d = counts
        base = p + n + d
        for times in (10, 1000):
            size = times * base
            two = adjusted_net(p / base, d / base, size), plain_net(p / base, d / base, size)
            ends = [
                (net.centre - z_of(0.95) * net.standard_error) for net in two if net.variance > 0
            ]

            assert abs(two[0].centre - two[1].centre) <= 3 / size
            if len(ends) == 2 and p / base > 0.1 and d / base > 0.1:
                assert abs(ends[0] - ends[1]) <= 20 / size

    @given(strategies.survey_answers(), st.data())
    def test_order_and_missing(self, answers: tuple[int | str, ...], data: st.DataObject) -> None:
        """Order never matters; why answers are missing changes counts and nothing else."""
        turned = data.draw(st.permutations(answers))
        other = ["refused" if isinstance(code, str) else code for code in answers]
        found, same, plain = (nps(scores=held).outcome for held in (answers, turned, other))

        assert found == same
        assert (found.score, found.low, found.base) == (plain.score, plain.low, plain.base)
        assert len(answers) == found.base + sum(found.missing.values())
        assert (found.score is None) == (found.base == 0)

    @given(strategies.survey_answers(missing=False), st.data())
    def test_a_better_answer(self, answers: tuple[int, ...], data: st.DataObject) -> None:
        """One answer that is better never lowers a score, and inside its class leaves it."""
        if not answers:
            return
        place = data.draw(st.integers(0, len(answers) - 1))
        better = data.draw(st.integers(answers[place], 10))
        raised = [*answers[:place], better, *answers[place + 1 :]]
        before, after = nps(scores=answers).outcome, nps(scores=raised).outcome

        assert (before.score or 0) <= (after.score or 0)
        if CLASSES[better] == CLASSES[answers[place]]:
            assert before == after


class TestShares:
    """Shares of satisfied customers, and effort."""

    @given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.9, 0.95, 0.99]))
    def test_wilson(self, k: int, rest: int, confidence: float) -> None:
        """Wilson's interval holds the share, mirrors, widens with confidence, shrinks with n."""
        n = k + rest
        if not n:
            return
        found, mirror = wilson(k, n, confidence), wilson(rest, n, confidence)
        wider, longer = wilson(k, n, 0.995), wilson(10 * k, 10 * n, confidence)
        more = wilson(min(k + 1, n), n, confidence)

        assert 0 <= found.low <= k / n <= found.high <= 1
        assert near(found.high, 1 - mirror.low)
        assert wider.low <= found.low + CLOSE
        assert wider.high >= found.high - CLOSE
        assert longer.high - longer.low < found.high - found.low
        assert more.low >= found.low
        assert more.high >= found.high

    @settings(max_examples=some(60))
    @given(st.integers(0, 60), st.integers(0, 60))
    def test_others(self, k: int, rest: int) -> None:
        """Agresti and Coull hold Wilson's; Clopper and Pearson begin at 0 only at 0."""
        n = k + rest
        if not n:
            return
        inner, outer, exact = (
            each(k, n, 0.95) for each in (wilson, agresti_coull, clopper_pearson)
        )

        assert outer.low <= inner.low + CLOSE
        assert outer.high >= inner.high - CLOSE
        assert (0 == exact.low) == (0 == k)
        assert (1 == exact.high) == (0 == rest)
        assert exact.low <= k / n <= exact.high

    @given(strategies.survey_answers(lowest=1, highest=7, missing=False), st.data())
    def test_a_better_answer(self, answers: tuple[int, ...], data: st.DataObject) -> None:
        """One answer that is better never lowers satisfaction, nor the mean of effort."""
        if not answers:
            return
        place = data.draw(st.integers(0, len(answers) - 1))
        raised = [
            *answers[:place],
            data.draw(st.integers(answers[place], 7)),
            *answers[place + 1 :],
        ]
        two = [csat(answers=held, scale=7).outcome for held in (answers, raised)]
        easy = [ces(answers=held).outcome for held in (answers, raised)]

        assert two[0].share is not None
        assert two[1].share is not None
        assert two[0].share <= two[1].share
        assert (easy[0].mean or 0) <= (easy[1].mean or 0)
        assert (easy[0].rescaled or 0) <= (easy[1].rescaled or 0)


class TestWeights:
    """Answers with weights."""

    @given(strategies.weighted_answers(), st.integers(1, 10**6), st.sampled_from(list(NetMethod)))
    def test_unit_of_weights(self, drawn: dict[str, Any], times: int, method: NetMethod) -> None:
        """The unit of weights changes nothing, and the effective base is within the base."""
        answers, weights = drawn["answers"], drawn["weights"]
        found = nps(scores=answers, weights=weights, method=method).outcome
        scaled = nps(
            scores=answers, weights=[weight * times for weight in weights], method=method
        ).outcome

        for name in ("score", "low", "high", "linearised", "kish", "effective", "variance"):
            assert near(getattr(found, name), getattr(scaled, name)), name
        if found.effective is not None:
            assert 1 - CLOSE <= found.effective <= found.base + CLOSE

    @given(strategies.survey_answers(), st.integers(1, 999))
    def test_equal_weights(self, answers: tuple[int | str, ...], each: int) -> None:
        """Equal weights are as none."""
        found = nps(scores=answers, weights=[Decimal(each) / 8] * len(answers)).outcome
        plain = nps(scores=answers).outcome

        for name in ("score", "low", "high", "effective", "base", "flags"):
            one, other = getattr(found, name), getattr(plain, name)
            assert near(one, other) if isinstance(one, Decimal) else one == other

    @given(st.lists(st.tuples(st.integers(0, 10), st.integers(1, 5)), min_size=1, max_size=15))
    def test_whole_weights(self, rows: list[tuple[int, int]]) -> None:
        """Whole weights and rows repeated have one score; the errors differ, and may."""
        weighed = nps(scores=[code for code, _ in rows], weights=[w for _, w in rows]).outcome
        repeated = nps(scores=[code for code, w in rows for _ in range(w)]).outcome

        assert near(weighed.score, repeated.score)
        assert near(weighed.variance, repeated.variance)

    @given(strategies.weighted_answers(), st.data())
    def test_parts_make_the_whole(self, drawn: dict[str, Any], data: st.DataObject) -> None:
        """Tallies of parts, merged in any order, are that of the whole to the last digit."""
        rows = list(zip(drawn["answers"], map(float, drawn["weights"]), strict=True))
        rows = [(code, weight) for code, weight in rows if isinstance(code, int)]
        shuffled = data.draw(st.permutations(rows))
        groups = [data.draw(st.integers(0, 2)) for _ in shuffled]
        whole, parts = Tally(), Tally()
        for code, weight in rows:
            whole.add(code, weight)
        held = tallied(groups, [row[0] for row in shuffled], [row[1] for row in shuffled])
        for part in held.values():
            parts.merge(part)

        assert whole.cells() == parts.cells()
        assert spread(whole.cells()) == spread(parts.cells())


class TestStrategies:
    """The strategies that ship for satisfaction."""

    @given(strategies.weighted_answers(lowest=1, highest=5, most=12))
    def test_drawn(self, drawn: dict[str, Any]) -> None:
        """Whatever is drawn is taken."""
        found = csat(**drawn, scale="1-5").outcome

        assert len(drawn["answers"]) == found.base + sum(found.missing.values())

    @pytest.mark.parametrize(
        ("drawing", "options"),
        [
            (strategies.survey_answers, {"lowest": 2, "highest": 1}),
            (strategies.survey_answers, {"most": -1}),
            (strategies.weighted_answers, {"most": -1}),
            (strategies.survey_weights, {"count": -1}),
            (strategies.class_counts, {"most": 1, "least": 4}),
            (strategies.class_counts, {"least": -1}),
        ],
    )
    def test_refused(self, drawing: Any, options: dict[str, int]) -> None:
        """What cannot be drawn is refused at once."""
        with pytest.raises(InvalidArgument):
            drawing(**options)
