"""
Faults of other programs, on record with their users: each is made here, and ours says otherwise.

A test names whose fault it is. Where a fault has a number, the test works it out the wrong way
first, so that the inputs are known to tell both ways apart.
"""

from __future__ import annotations

from decimal import Decimal
from math import fsum, sqrt
from statistics import NormalDist
from typing import Any, Final

import pytest

from bankservice.core.errors import FaultsError
from bankservice.satisfaction import (
    ces,
    cronbach_alpha,
    csat,
    csat_change,
    effective_size,
    nps,
    nps_change,
    post_stratification,
    raking,
    satisfaction_index,
    stratified_nps,
    suppression,
    trimmed_weights,
    unit_comparison,
)

HISTOGRAM: Final = (1, 0, 1, 1, 2, 5, 10, 12, 18, 22, 28)
"""How many scored 0, 1, … 10; the score is 30."""
SCORES: Final = [score for score, many in enumerate(HISTOGRAM) for _ in range(many)]
WAVE: Final = [10, 9, 9, 8, 7, 6, 10, 3, 9, 8, 5, 10]
WEIGHTS: Final = [800, 800, 1200, 1200, 1500, 600, 600, 1500, 1000, 1000, 900, 900]
"""Weights of these answers, times a thousand."""


def points(wanted: str, told: Decimal | None) -> bool:
    """Tell whether a number is the one wanted, to its ten digits."""
    return told is not None and abs(told - Decimal(wanted)) < Decimal("1e-9")


def fault(rule: Any, **facts: Any) -> str:
    """Return what a rule holds against its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return "; ".join(str(each) for each in caught.value.faults)


class TestClasses:
    """Who is a promoter, and who is counted at all."""

    def test_the_place_of_an_option_is_not_its_value(self) -> None:
        """Mozilla's relay took the class from the index of the option: promoters with 9 were lost."""
        shifted = [score - 1 for score in SCORES]
        wrong = sum(score >= 9 for score in shifted) - sum(score <= 6 for score in shifted)

        assert -4 == wrong
        assert Decimal(30) == nps(scores=SCORES).outcome.score

    def test_who_scores_0_is_a_detractor(self) -> None:
        """A tutorial of PostHog counts detractors from 1: who is angriest is nobody."""
        told = [score for score in SCORES if score]
        wrong = 100 * (sum(s >= 9 for s in told) - sum(s <= 6 for s in told)) / len(told)

        assert 31.3131313131 == pytest.approx(wrong, abs=1e-10)
        assert Decimal(30) == nps(scores=SCORES).outcome.score
        assert 1 == nps(scores=[0]).outcome.detractors

    @pytest.mark.parametrize("score", range(11))
    def test_every_score_is_of_one_class(self, score: int) -> None:
        """No score of the scale falls between the classes, or into two of them."""
        found = nps(scores=[score]).outcome

        assert [0, 0, 1] == sorted((found.promoters, found.passives, found.detractors))

    def test_skips_are_no_answers(self) -> None:
        """Formbricks divides by everybody who saw the question: twenty skips make 25 of 30."""
        found = nps(scores=SCORES + ["skipped"] * 20).outcome

        assert 25 == 100 * (50 - 20) / (len(SCORES) + 20)
        assert (Decimal(30), 100) == (found.score, found.base)
        assert [("skipped", 20)] == [*found.missing.items()]

    def test_everybody_ends_in_one_class(self) -> None:
        """CDC's ReportStream told of 36 responses and 32 scores, in classes that add to 31."""
        answers = [10] * 15 + [8] * 9 + [4] * 8 + ["skipped", "refused", "refused", "dont-know"]
        found = nps(scores=answers).outcome

        assert (36, 32) == (len(answers), found.base)
        assert found.base == found.promoters + found.passives + found.detractors
        assert len(answers) == found.base + sum(found.missing.values())

    def test_a_scale_of_five_points_is_no_nps(self) -> None:
        """Users of Microsoft's ask who is a promoter of five points: nobody, and it is said."""
        assert "scale" in fault(nps, scores=[5, 4, 5], scale="1-5")

    @pytest.mark.parametrize("answer", [-1, 11, 9.7, "9.7", True, None, float("nan")])
    def test_what_is_no_answer_of_the_scale_is_refused(self, answer: Any) -> None:
        """SurveyJS takes any number it can read, below 0 or above 10, and cuts decimals off."""
        assert "scores[1]" in fault(nps, scores=[9, answer])

    def test_nobody_has_no_score(self) -> None:
        """Formbricks and PostHog say 0 of an empty survey, SurveyJS divides 0 by 0."""
        found = nps(scores=["skipped"]).outcome

        assert 0 == found.base
        assert (None, None, None) == (found.score, found.low, found.high)

    def test_scales_of_two_vendors_are_not_compared(self) -> None:
        """Users of VA.gov hold top boxes of five points against top boxes of seven."""
        five, seven = ({"answers": [5, 1], "scale": scale} for scale in ("1-5", "1-7"))

        assert "after.scale" in fault(csat_change, before=five, after=seven)

    def test_versions_of_effort_are_not_mixed(self) -> None:
        """Programs that know one scale of effort take 5 of the old one, the worst, as good."""
        assert "version[1]" in fault(ces, answers=[5, 5], version=["v1", "v2"])
        assert 0 == ces(answers=[5], version="v1").outcome.share


class TestUncertainty:
    """Intervals and tests that say what is known."""

    def test_shares_of_one_survey_are_not_independent(self) -> None:
        """Built by hand from two shares, the error of an NPS lacks the term that joins them."""
        found = nps(promoters=50, passives=30, detractors=20, method="wald").outcome

        assert 6.4031 == pytest.approx(100 * sqrt((0.5 * 0.5 + 0.2 * 0.8) / 100), abs=1e-4)
        assert points("7.8102496759", found.standard_error)

    def test_an_interval_of_no_width_is_no_certainty(self) -> None:
        """Ten promoters of ten: R's package of NPS, and garak's rates, say they are sure."""
        wald = nps(promoters=10, passives=0, detractors=0, method="wald").outcome
        found = nps(promoters=10, passives=0, detractors=0).outcome

        assert (Decimal(100), Decimal(100)) == (wald.low, wald.high)
        assert points("47.5035515448", found.low)
        assert Decimal(100) == found.high

    @pytest.mark.parametrize("method", ["adjusted-wald", "wald", "t"])
    def test_the_lower_end_comes_first(self, method: str) -> None:
        """R's package of NPS gives the interval of one sample with its upper end first."""
        found = nps(promoters=9, passives=4, detractors=2, method=method).outcome

        assert found.low is not None
        assert found.high is not None
        assert found.low < found.high

    @pytest.mark.parametrize(
        "method",
        ["wilson", "wilson-continuity", "agresti-coull", "clopper-pearson", "jeffreys", "wald"],
    )
    @pytest.mark.parametrize("base", [1, 10, 77, 1000])
    @pytest.mark.parametrize("confidence", ["0.8", "0.95", "0.9999999"])
    def test_intervals_stay_between_0_and_1(self, method: str, base: int, confidence: str) -> None:
        """Statsmodels: below 0 at 0 of 77, NaN at the ends, wrong where alpha is tiny."""
        asked: dict[str, Any] = {"base": base, "method": method, "confidence": confidence}
        least, most = (csat(satisfied=k, **asked).outcome for k in (0, base))

        assert (Decimal(0), Decimal(1)) == (least.low, most.high)
        assert least.high is not None
        assert least.high <= 1
        assert most.low is not None
        assert most.low >= 0

    def test_a_tiny_alpha_is_exact(self) -> None:
        """Statsmodels missed the exact bound of 0 of 1000 at one in ten million."""
        asked: dict[str, Any] = {"confidence": "0.9999999", "method": "clopper-pearson"}
        found = csat(satisfied=0, base=1000, **asked).outcome

        assert points("0.0166707224", found.high)

    def test_more_satisfied_than_asked_is_a_fault(self) -> None:
        """Statsmodels gives NaN of 6 out of 5, and of 0 out of 0."""
        nobody = csat(satisfied=0, base=0).outcome

        assert "satisfied: got 6" in fault(csat, satisfied=6, base=5)
        assert (0, None, None, None) == (nobody.base, nobody.share, nobody.low, nobody.high)

    def test_tails_do_not_vanish(self) -> None:
        """One less the distribution is exactly 0 from 8.3 deviations on; a chance never is."""
        found = csat_change(
            before={"satisfied": 500, "base": 1000}, after={"satisfied": 700, "base": 1000}
        ).outcome

        assert found.z is not None
        assert found.z > 9
        assert 0 == 1 - NormalDist().cdf(float(found.z))
        assert found.p_value is not None
        assert 6.93e-20 == pytest.approx(float(found.p_value), rel=1e-3)

    def test_every_comparison_has_a_verdict(self) -> None:
        """Alida's, Askia's and VA.gov's users build the test of a change by hand."""
        found = nps_change(
            before={"promoters": 50, "passives": 30, "detractors": 20},
            after={"promoters": 60, "passives": 25, "detractors": 15},
        ).outcome

        assert "no-evidence" == found.verdict.value
        assert found.detectable is not None
        assert found.difference is not None
        assert found.detectable > found.difference

    def test_two_waves_where_all_are_promoters_can_be_compared(self) -> None:
        """Wald's test of R's package divides 0 by 0 there."""
        all_of_them = {"promoters": 10, "passives": 0, "detractors": 0}
        found = nps_change(before=all_of_them, after=all_of_them).outcome

        assert (Decimal(0), Decimal(1)) == (found.z, found.p_value)
        assert "no-evidence" == found.verdict.value

    def test_rolling_windows_share_their_answers(self) -> None:
        """Dashboards set three months beside the three that ended a month before."""
        wave = {"promoters": 5, "passives": 5, "detractors": 5}
        told = fault(
            nps_change,
            before=wave,
            after=wave,
            before_from="2026-01-01",
            before_until="2026-04-01",
            after_from="2026-02-01",
            after_until="2026-05-01",
        )

        assert "after_from" in told

    def test_many_branches_are_many_tests(self) -> None:
        """Dashboards mark the best of many branches by a test made for one."""
        units = [{"unit": f"branch {n}", "satisfied": 80, "base": 100} for n in range(19)]
        units.append({"unit": "lucky", "satisfied": 89, "base": 100})
        found = unit_comparison(units=units).outcome
        alone = csat_change(
            before={"satisfied": 19 * 80, "base": 1900}, after={"satisfied": 89, "base": 100}
        ).outcome

        assert "improved" == alone.verdict.value
        assert () == found.better

    def test_a_stratum_of_one_has_no_variance(self) -> None:
        """Programs that put 0 for a variance nobody can know make the error too small."""
        strata = [
            {"size": 500, "promoters": 30, "passives": 10, "detractors": 10},
            {"size": 500, "promoters": 1, "passives": 0, "detractors": 0},
        ]

        assert "strata[1]" in fault(stratified_nps, strata=strata)


class TestWeights:
    """What weights are, and when they fit."""

    def test_a_weight_is_no_number_of_customers(self) -> None:
        """Statsmodels' DescrStatsW takes weights as counts: a thousand times them, more is known."""
        values = [(score >= 9) - (score <= 6) for score in WAVE]

        def counted(weights: list[float]) -> float:
            mean = fsum(w * v for w, v in zip(weights, values, strict=True)) / fsum(weights)
            squares = fsum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True))
            return sqrt(squares / (fsum(weights) - 1) / fsum(weights))

        small = [str(Decimal(w) / 1000) for w in WEIGHTS]
        one, thousand = (nps(scores=WAVE, weights=each).outcome for each in (small, WEIGHTS))

        assert 0.2440064372 == pytest.approx(counted([w / 1000 for w in WEIGHTS]), abs=1e-10)
        assert 0.0073879696 == pytest.approx(counted([float(w) for w in WEIGHTS]), abs=1e-10)
        assert points("24.9606803588", one.linearised)
        assert one == thousand

    def test_standing_still_is_not_fitting(self) -> None:
        """Surveysd and ipfn called raking converged when weights stood still, off their margins."""
        weights = {"x": 1.0, "y": 1.0}
        cycles = []
        # Everybody of x is of p, and everybody of y of q, so that no weights fit both margins.
        for _ in range(3):
            for shares in ({"x": 0.5, "y": 0.5}, {"x": 0.7, "y": 0.3}):
                total = sum(weights.values())
                weights = {each: shares[each] * total for each in weights}
            cycles.append(dict(weights))
        found = raking(
            respondents=[{"a": "x", "b": "p"}, {"a": "y", "b": "q"}],
            targets={"a": {"x": "0.5", "y": "0.5"}, "b": {"p": "0.7", "q": "0.3"}},
        ).outcome

        assert cycles[1] == pytest.approx(cycles[2], abs=1e-12)
        assert not found.converged
        assert found.why is not None
        assert "not-converged" == found.why.value
        assert Decimal("0.4") == found.worst_error

    def test_margins_that_contradict_are_told_before_they_oscillate(self) -> None:
        """Raking of synthpop goes round for ever between margins of 1000 and of 1300 people."""
        rows = [{"a": a, "b": b} for a in "xy" for b in "pq"]
        told = fault(
            raking,
            respondents=rows,
            targets={"a": {"x": 500, "y": 500}, "b": {"p": 700, "q": 600}},
        )

        assert "targets.b: got inconsistent-margins" in told

    def test_margins_off_by_rounding_are_brought_to_one_total(self) -> None:
        """It does so, too, between shares that sum to 1 and to 1.001."""
        rows = [{"a": a, "b": b} for a in "xy" for b in "pqr"]
        found = raking(
            respondents=rows,
            targets={
                "a": {"x": "0.5", "y": "0.5"},
                "b": {"p": "0.333", "q": "0.333", "r": "0.335"},
            },
        ).outcome

        assert found.converged
        assert "rounded-targets" in [flag.value for flag in found.flags]

    def test_an_empty_cell_is_named(self) -> None:
        """A category with a target and nobody in it made endless weights in mlfit and in mipfp."""
        rows = [{"age": "18-34"}, {"age": "35-54"}]
        shares = {"18-34": "0.3", "35-54": "0.4", "55+": "0.3"}
        cells = [{"of": {"age": age}, "target": share} for age, share in shares.items()]

        assert "targets.age.55+" in fault(raking, respondents=rows, targets={"age": shares})
        assert "55+" in fault(post_stratification, respondents=rows, cells=cells)

    def test_trimming_says_what_it_did(self) -> None:
        """Balance ignored a cap in silence, and had no way to ask for a design effect."""
        weights = [1] * 9 + [11]
        capped = trimmed_weights(weights=weights, cap=2).outcome
        wanted = trimmed_weights(weights=weights, design_effect="1.5").outcome

        assert (1, Decimal(4)) == (capped.trimmed, capped.most)
        assert points("20", sum(capped.weights, start=Decimal()))
        assert wanted.design_effect is not None
        assert Decimal("1.4999") < wanted.design_effect <= Decimal("1.5")

    def test_the_base_that_weights_leave_stands_beside_the_score(self) -> None:
        """Tools that show a weighted score beside the plain base say more than they know."""
        found = nps(scores=WAVE, weights=WEIGHTS).outcome

        assert 12 == found.base
        assert points("11.0769230769", found.effective)
        assert found.effective == effective_size(weights=WEIGHTS).outcome.effective_n


class TestScales:
    """Reliability and indices."""

    def test_a_negative_alpha_is_a_finding(self) -> None:
        """JASP shows an alpha below 0 as an error; its users asked what it means."""
        found = cronbach_alpha(items=[[1, 5], [2, 4], [3, 3], [4, 1], [5, 2]]).outcome

        assert Decimal(-18) == found.alpha
        assert "check-coding" in [flag.value for flag in found.flags]

    def test_a_constant_item_does_not_block_the_rest(self) -> None:
        """JASP refuses a scale one of whose items never varies."""
        found = cronbach_alpha(items=[[5, 4, 3], [4, 4, 3], [2, 2, 3], [1, 2, 3]]).outcome

        assert found.alpha is not None
        assert found.flags

    def test_missing_answers_may_be_left_out_by_pairs(self) -> None:
        """Jamovi's users asked for pairs: whoever left one item out is not lost for the others."""
        rows: list[list[Any]] = [[5, 4, 5], [4, 4, 4], [3, "skipped", 4], [2, 3, 2], [1, 2, 2]]
        listwise, pairwise = (
            cronbach_alpha(items=rows, missing=how).outcome for how in ("listwise", "pairwise")
        )

        assert (4, 5) == (listwise.base, pairwise.base)
        assert listwise.alpha != pairwise.alpha

    def test_an_index_goes_from_0_to_100(self) -> None:
        """Pages that copy the formula of ACSI with other numbers give no 0 for the worst."""
        wrong = (1 + 1 + 1) / 17 * 200
        worst, best = (satisfaction_index(means=[each] * 3).outcome.index for each in (1, 10))

        assert wrong > 30
        assert (Decimal(0), Decimal(100)) == (worst, best)


class TestPublished:
    """What may be told of few."""

    def test_a_small_cell_does_not_follow_from_the_total(self) -> None:
        """Dashboards hide the small branch and show the total: the rest is a subtraction."""
        bases = {"north": 12, "south": 45, "west": 80}
        found = suppression(
            cells=[{"of": {"branch": branch}, "base": base} for branch, base in bases.items()]
        ).outcome
        hidden = [figure.of["branch"] for figure in found.figures if not figure.visible]

        assert bases["north"] == sum(bases.values()) - bases["south"] - bases["west"]
        assert ["north", "south"] == hidden
        assert () == found.exposed
