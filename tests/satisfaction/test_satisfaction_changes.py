"""Changes between periods: laws of the tests, and what users were told wrongly elsewhere."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import comb, isclose, log10, sqrt
from typing import Any

import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.core.quantiles import normal_quantile
from bankservice.satisfaction import (
    adjusted_p_values,
    ces_change,
    csat_change,
    nps_change,
    paired_change,
    unit_comparison,
)
from bankservice.satisfaction.changes.many_tests import benjamini_hochberg, bonferroni, holm
from bankservice.satisfaction.changes.side_by_side import Adjusting, Standing, side_by_side
from bankservice.satisfaction.changes.two_samples import (
    Share,
    detectable_share,
    fisher,
    mcnemar,
    newcombe,
)
from bankservice.satisfaction.changes.verdicts import ChangeFlag, Verdict
from bankservice.satisfaction.scores.intervals import z_of
from bankservice.satisfaction.scores.promoters import classes_of
from bankservice.satisfaction.scores.tally import Tally
from bankservice.testing.satisfaction_strategies import class_counts

LIMIT = 0.05


def of_classes(counts: tuple[int, int, int]) -> dict[str, Any]:
    """Return facts of a net promoter score."""
    return dict(zip(("promoters", "passives", "detractors"), counts, strict=True))


def of_share(counts: tuple[int, int]) -> dict[str, Any]:
    """Return facts of a satisfied share: satisfied, and not."""
    return {"satisfied": counts[0], "base": sum(counts)}


def shares(most: int = 60) -> st.SearchStrategy[tuple[int, int]]:
    """Return counts of those satisfied and those not; somebody is there."""
    return st.tuples(st.integers(0, most), st.integers(0, most)).filter(any)


def p_value_lists() -> st.SearchStrategy[list[float]]:
    """Return p-values, some of them equal."""
    return st.lists(st.integers(0, 1000).map(lambda drawn: drawn / 1000), max_size=12)


# --- two periods --------------------------------------------------------------------------------


@given(before=class_counts(least=1), after=class_counts(least=1))
@settings(max_examples=some(60))
def test_nps_change_turns_round(before: tuple[int, int, int], after: tuple[int, int, int]) -> None:
    """
    Who takes the periods the other way round gets the other sign and the same p; an improvement has
    its interval above 0; p lies between 0 and 1.
    """
    there = nps_change(before=of_classes(before), after=of_classes(after)).outcome
    back = nps_change(before=of_classes(after), after=of_classes(before)).outcome

    assert there.z is not None
    assert there.low is not None
    assert there.high is not None
    assert there.p_value is not None
    assert there.z == -(back.z or 0)
    assert there.p_value == back.p_value
    assert (there.low, there.high) == (-(back.high or 0), -(back.low or 0))
    assert 0 <= there.p_value <= 1
    assert (there.verdict is Verdict.IMPROVED) is (there.low > 0)
    assert (there.verdict is Verdict.WORSENED) is (there.high < 0)
    if abs(float(there.p_value) - LIMIT) > 1e-9 and -200 < there.low and there.high < 200:
        assert (float(there.p_value) < LIMIT) is (there.verdict is not Verdict.NO_EVIDENCE)


@given(before=shares(), after=shares(), caffo=st.booleans())
@settings(max_examples=some(60))
def test_csat_change_turns_round(
    before: tuple[int, int], after: tuple[int, int], caffo: bool
) -> None:
    """
    The same for shares; a verdict takes the interval and every test.
    """
    interval = "agresti-caffo" if caffo else "newcombe"
    facts = {"before": of_share(before), "after": of_share(after), "interval": interval}
    there = csat_change(**facts).outcome
    back = csat_change(before=of_share(after), after=of_share(before), interval=interval).outcome

    assert there.low is not None
    assert there.high is not None
    assert there.p_value is not None
    assert isclose(there.p_value, back.p_value or 0, rel_tol=1e-9)
    assert isclose(there.low, -(back.high or 0), abs_tol=1e-9)
    assert -1 <= there.low <= (there.difference or 0) <= there.high <= 1 or caffo
    assert 0 <= there.p_value <= 1
    if there.verdict is not Verdict.NO_EVIDENCE:
        found = [there.p_value, *([] if there.exact_p_value is None else [there.exact_p_value])]
        assert all(p_value < LIMIT for p_value in found)
        assert there.low > 0 if there.verdict is Verdict.IMPROVED else there.high < 0


@given(counts=class_counts(least=1), share=shares())
@settings(max_examples=some(30))
def test_same_sample_twice_is_no_change(
    counts: tuple[int, int, int], share: tuple[int, int]
) -> None:
    """
    Of two equal samples z is 0 and p is 1, also where all are alike.
    """
    net = nps_change(before=of_classes(counts), after=of_classes(counts)).outcome
    satisfied = csat_change(before=of_share(share), after=of_share(share)).outcome

    assert 0 == net.z
    assert 1 == net.p_value
    assert 1 == satisfied.p_value
    assert {Verdict.NO_EVIDENCE} == {net.verdict, satisfied.verdict}


def by_hand(before: tuple[int, int], after: tuple[int, int]) -> Fraction:
    """Return Fisher's p-value by counting every table."""
    (first, of_first), (second, of_second) = before, after
    total = first + second
    ways = {
        x: comb(of_first, x) * comb(of_second, total - x)
        for x in range(total + 1)
        if x <= of_first and total - x <= of_second
    }
    return Fraction(sum(w for w in ways.values() if w <= ways[first]), sum(ways.values()))


@given(before=shares(25), after=shares(25))
@settings(max_examples=some(60))
def test_fisher_counts_every_table(before: tuple[int, int], after: tuple[int, int]) -> None:
    """
    Fisher's p-value is that of all tables with the same margins that are no likelier.
    """
    first, second = (before[0], sum(before)), (after[0], sum(after))

    assert isclose(by_hand(first, second), fisher(first, second), rel_tol=1e-12)


def test_fisher_of_many() -> None:
    """
    Beyond what is counted in whole numbers, the p-value goes on as before.
    """
    counted, reckoned = (
        fisher((9000, 10_000), (9100, 10_000)),
        fisher((9001, 10_001), (9100, 10_000)),
    )

    assert 0.01 < reckoned < 0.02
    assert abs(log10(counted / reckoned)) < 0.01


@given(lost=st.integers(0, 200), gained=st.integers(0, 200))
@settings(max_examples=some(40))
def test_mcnemar_is_the_binomial_law(lost: int, gained: int) -> None:
    """
    McNemar's exact p-value is twice the smaller tail of a fair coin, at most 1.
    """
    n = lost + gained
    tail = Fraction(sum(comb(n, x) for x in range(min(lost, gained) + 1)), 2**n)

    assert isclose(min(Fraction(1), 2 * tail), mcnemar(lost, gained)[0], rel_tol=1e-11)


@given(before=shares(), size=st.integers(1, 5000))
@settings(max_examples=some(40))
def test_detectable_falls_with_the_answers(before: tuple[int, int], size: int) -> None:
    """
    More answers never make the smallest difference that would be seen larger; the share it leads to
    is one.
    """
    share = Share(before[0] / sum(before), float(size))
    more = Share(share.part, 4 * share.size)
    few = detectable_share(share, share.size, 0.95, 0.8)
    many = detectable_share(more, more.size, 0.95, 0.8)

    assert few is None or (many is not None and many <= few + 1e-9)
    assert few is None or 0 < few <= 1


@given(before=shares(), size=st.integers(1, 10**6), tenths=st.integers(1, 9))
@settings(max_examples=some(60))
def test_detectable_is_just_seen(before: tuple[int, int], size: int, tenths: int) -> None:
    """
    The smallest difference that would be seen is as many standard errors as the test and its power
    ask for; and that down from a share is that up from the other side.
    """
    part, own, other = before[0] / sum(before), float(sum(before)), float(size)
    found = detectable_share(Share(part, own), other, tenths / 10, 0.8)
    least = min(part, 1 - part)

    def over(q: float) -> float:
        pooled = (least * own + q * other) / (own + other)
        chance = sqrt(pooled * (1 - pooled) * (1 / own + 1 / other))
        error = sqrt(least * (1 - least) / own + q * (1 - q) / other)
        return abs(q - least) - z_of(tenths / 10) * chance - normal_quantile(0.8) * error

    assert found == detectable_share(Share(1 - part, own), other, tenths / 10, 0.8) or isclose(
        found or 0,
        detectable_share(Share(1 - part, own), other, tenths / 10, 0.8) or 0,
        rel_tol=1e-9,
    )
    assert found is None or any(
        abs(over(q)) < 1e-9 for q in (least + found, least - found) if -1e-9 < q < 1 + 1e-9
    )


def test_detectable_is_the_sample_size_turned_round() -> None:
    """
    With 1446.94 answers a change from 80 % to 84 % is just seen, as the sample size for it says; and
    with 957.56 a change of NPS by 10 points.
    """
    size = 1446.9388146356
    share = detectable_share(Share(0.8, size), size, 0.95, 0.8)
    net = nps_change(
        before=of_classes((500, 300, 200)), after=of_classes((500, 300, 200)), method="wald"
    ).outcome

    assert share is not None
    assert isclose(0.04, share, rel_tol=1e-9)
    assert net.detectable is not None
    assert isclose((957.5633275906 / 1000) ** 0.5 * 10, net.detectable, rel_tol=1e-9)


@given(before=shares(), after=shares())
@settings(max_examples=some(30))
def test_newcombe_widens_with_confidence(before: tuple[int, int], after: tuple[int, int]) -> None:
    """
    A surer interval holds a less sure one.
    """
    groups = [Share(k / (k + rest), float(k + rest)) for k, rest in (before, after)]
    narrow, wide = newcombe(groups[0], groups[1], 0.9), newcombe(groups[0], groups[1], 0.99)

    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


# --- what is refused ----------------------------------------------------------------------------

NET = of_classes((5, 3, 2))
FEW = {"before": NET, "after": NET}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"before_until": date(2026, 4, 1), "after_from": date(2026, 3, 1)},
            "after_from: got 2026-03-01, wanted 2026-04-01 or later",
        ),
        (
            {"before_from": date(2026, 4, 1), "after_from": date(2026, 3, 1)},
            "after_from: got 2026-03-01, wanted 2026-04-01 or later",
        ),
        (
            {"before_from": date(2026, 4, 1), "before_until": date(2026, 4, 1)},
            "before_until: got 2026-04-01, wanted a day after",
        ),
        ({"confidence": 1}, "confidence: got the number 1"),
        ({"power": "0.4"}, "power: got the number 0.4"),
        ({"after": {"scores": [9, 11]}}, r"after.scores\[1\]: got 11"),
        ({"after": {"scores": [9, True]}}, r"after.scores\[1\]: got bool True"),
    ],
)
def test_faulty_periods_are_refused(facts: dict[str, Any], told: str) -> None:
    """
    Periods that overlap share their answers, so that no test of two samples is for them; what is
    wrong is named.
    """
    with pytest.raises(FaultsError, match=told):
        nps_change(**{**FEW, **facts})


def test_other_scales_are_refused() -> None:
    """
    Scores on two scales, or of two versions of a question, make no difference to be told.
    """
    with pytest.raises(FaultsError, match=r"after\.scale"):
        csat_change(before={"answers": [5], "scale": "1-5"}, after={"answers": [5], "scale": "1-7"})
    with pytest.raises(FaultsError, match=r"after\.version: got v1"):
        ces_change(
            before={"answers": [5], "version": "v2"}, after={"answers": [5], "version": "v1"}
        )
    with pytest.raises(FaultsError, match="pooled-z where answers have weights"):
        csat_change(
            before={"answers": [5], "scale": 5, "weights": [2]},
            after=of_share((3, 4)),
            test="fisher",
        )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"score": "csat"}, "before: got nothing"),
        ({"score": "csat", "before": [5], "after": [4]}, "scale: got nothing"),
        ({"score": "csat", "table": [[1, 2]]}, "two rows of two counts"),
        ({"score": "csat", "table": [[1, 2], [3, -4]]}, r"table\[1\]\[1\]: got -4"),
        ({"score": "csat", "table": [[1, 2], [3, 10**400]]}, r"table\[1\]\[1\]: got too many"),
        ({"score": "nps", "table": [[1, 2], [3, 4]]}, "nps has no table"),
        (
            {"score": "csat", "table": [[1, 2], [3, 4]], "before": [5]},
            "nothing where a `table` is given",
        ),
        ({"score": "nps", "before": [9, 8], "after": [9]}, "one for each of the 2 people"),
        ({"score": "ces", "before": [9], "after": [7]}, r"before\[0\]: got 9"),
        ({"score": "nps", "before": ["yes"], "after": [7]}, r"before\[0\]: got yes or no"),
    ],
)
def test_faulty_pairs_are_refused(facts: dict[str, Any], told: str) -> None:
    """
    Pairs that are none are refused by row.
    """
    with pytest.raises(FaultsError, match=told):
        paired_change(**facts)


# --- the same people ----------------------------------------------------------------------------


@given(pairs=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), max_size=30))
@settings(max_examples=some(40))
def test_pairs_turn_round(pairs: list[tuple[int, int]]) -> None:
    """
    Who takes before for after gets the other sign and the same p; the order of people is no matter.
    """
    there = paired_change(
        score="nps", before=[a for a, _ in pairs], after=[b for _, b in pairs]
    ).outcome
    back = paired_change(
        score="nps", before=[b for _, b in reversed(pairs)], after=[a for a, _ in reversed(pairs)]
    ).outcome

    assert there.p_value == back.p_value
    assert there.difference is None or there.difference == -(back.difference or 0)
    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert there.verdict is not Verdict.IMPROVED or (there.low or 0) > 0


def test_pairs_see_more_than_samples() -> None:
    """
    The same answers, taken for those of other people, are less evidence.
    """
    paired = paired_change(score="csat", table=[[60, 5], [15, 20]]).outcome
    apart = csat_change(before=of_share((65, 35)), after=of_share((75, 25))).outcome

    assert paired.difference == apart.difference
    assert Verdict.IMPROVED is paired.verdict
    assert Verdict.NO_EVIDENCE is apart.verdict


# --- many tests ---------------------------------------------------------------------------------


@given(p_values=p_value_lists())
@settings(max_examples=some(60))
def test_adjusted_p_values_are_in_order(p_values: list[float]) -> None:
    """
    Raw ones are at most those of Benjamini and Hochberg, these at most Holm's, these at most
    Bonferroni's, and all at most 1; what is smaller stays no larger.
    """
    lists = [benjamini_hochberg(p_values), holm(p_values), bonferroni(p_values)]

    for raw, bh, by_holm, by_bonferroni in zip(p_values, *lists, strict=True):
        assert raw <= bh + 1e-15 <= by_holm + 2e-15 <= by_bonferroni + 3e-15 <= 1 + 4e-15
    for adjusted in lists:
        ranked = sorted(zip(p_values, adjusted, strict=True))
        assert [pair[1] for pair in ranked] == sorted(adjusted)


def test_p_values_out_of_range_are_refused() -> None:
    """
    What is no p-value is named by its place.
    """
    with pytest.raises(FaultsError, match=r"p_values\[1\]: got the number 1.2"):
        adjusted_p_values(p_values=["0.1", "1.2", "0.3"])


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"units": [{"unit": "a", "base": 3}]}, r"units\[0\]: got base, wanted promoters"),
        ({"units": [{"unit": "a", "satisfied": 4, "base": 3}]}, "at most 3"),
        ({"units": [{"unit": "a", "satisfied": -1, "base": 3}]}, "got -1"),
        ({"units": [{"unit": "a", "satisfied": 1, "base": 10**400}]}, "base: got too many"),
        ({"units": [{"satisfied": 1, "base": 3}]}, "a name that no other unit has"),
        (
            {"units": [{"unit": "a", "satisfied": 1, "base": 3}] * 2},
            "got `a` once more",
        ),
        (
            {"units": [{"unit": "a", "satisfied": 1, "base": 3}, {"unit": "b", **NET}]},
            "counts of another score",
        ),
        (
            {
                "units": [{"unit": "a", "satisfied": 1, "base": 3}],
                "parent": {"satisfied": 0, "base": 9},
            },
            "parent: got 0 answers that count 1, wanted at least 1",
        ),
        ({"units": [{"unit": "a", "satisfied": 1, "base": 3}], "parent": NET}, "another score"),
    ],
)
def test_faulty_units_are_refused(facts: dict[str, Any], told: str) -> None:
    """
    Units whose counts contradict each other are refused by name.
    """
    with pytest.raises(FaultsError, match=told):
        unit_comparison(**facts)


def test_many_branches_of_one_score_show_nothing() -> None:
    """
    Of twenty branches that differ by chance, one has p below 0.05 by itself and none after Holm.
    """
    units = [{"unit": f"u{place}", "satisfied": 80, "base": 100} for place in range(19)]
    found = unit_comparison(units=[*units, {"unit": "odd", "satisfied": 88, "base": 100}]).outcome
    odd = found.comparisons[-1]

    assert odd.p_value is not None
    assert odd.p_value < LIMIT
    assert Standing.NO_EVIDENCE is odd.verdict
    assert ((), ()) == (found.better, found.worse)


def test_weighted_groups_side_by_side() -> None:
    """
    Groups with weights are compared by their effective answers; the scale of weights is no matter.
    """

    def tally(scores: list[int], weight: float) -> Tally:
        held = Tally()
        held.extend(scores, [weight, *([2 * weight] * (len(scores) - 1))])
        return held

    scores = ([10, 9, 9, 8, 10, 9] * 8, [3, 9, 5, 8, 2, 6] * 8)
    found = [
        side_by_side(
            [
                (
                    "a",
                    classes_of(tally(scores[0], weight).cells()),
                    "b",
                    classes_of(tally(scores[1], 1.0).cells()),
                )
            ],
            net=True,
            adjust=Adjusting.BENJAMINI_HOCHBERG,
        )[0]
        for weight in (1.0, 1024.0)
    ]

    assert found[0] == found[1]
    assert Standing.BETTER is found[0].verdict


def test_explanations_say_what_could_be_seen() -> None:
    """
    No evidence is told with the smallest difference that would have been found, in both languages.
    """
    decision = nps_change(before=of_classes((50, 30, 20)), after=of_classes((60, 25, 15)))
    nobody = nps_change(before=of_classes((0, 0, 0)), after=of_classes((60, 25, 15)))
    small = csat_change(before=of_share((1, 0)), after=of_share((0, 1)))

    assert "could have shown 29.7 or more" in decision.explain()
    assert "29.7" in decision.explain("zh_CN")
    assert "0 answers before, 100 after" in nobody.explain()
    assert (ChangeFlag.NOBODY,) == nobody.outcome.flags
    assert "the exact test must agree" in small.explain()
