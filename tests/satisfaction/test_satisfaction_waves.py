"""Waves: laws of their scores, what is kept back, and bad input that is told with its row."""

from __future__ import annotations

import sys
from array import array
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.satisfaction import (
    SHELF,
    TRIALS,
    Missing,
    Wave,
    WaveScores,
    ces,
    csat,
    items_of,
    nps,
    wave_scores,
    wave_tallies,
    weighed_wave,
)
from bankservice.satisfaction.waves.cells import placed
from bankservice.testing import strategies

CASES = Path(__file__).parents[1] / "cases" / "satisfaction"
OPEN = SHELF.load(CASES / "waves-open.policy.toml").versions[0]
SHIPPED = SHELF.load("satisfaction/reporting-shape")
ON = date(2025, 6, 30)

ITEMS = (
    {"code": "nps", "metric": "nps"},
    {"code": "care", "metric": "csat"},
    {"code": "ease", "metric": "ces-v2"},
)
SCALES = {"nps": (0, 10), "care": (1, 5), "ease": (1, 7)}
ROWS = strategies.wave_respondents(SCALES)


def scored(rows: Any, *, policy: Any = OPEN, items: Any = ITEMS, **facts: Any) -> WaveScores:
    """Return the scores of a wave."""
    return wave_scores(policy, on=ON, items=items, respondents=rows, **facts).outcome


def refused(rows: Any, **facts: Any) -> str:
    """Return what is said against a wave."""
    with pytest.raises(FaultsError) as error:
        scored(rows, **facts)
    return str(error.value)


def as_columns(rows: Any) -> Wave:
    """Return rows as a wave made of columns."""
    wave = Wave()
    if not rows:
        return wave
    weights = [row["weight"] for row in rows] if "weight" in rows[0] else None
    wave.extend(
        {
            item: [row["answers"].get(item, Missing.NOT_SHOWN) for row in rows]
            for item in SCALES
            if any(item in row["answers"] for row in rows)
        },
        {"branch": [row.get("units", {}).get("branch", "") for row in rows]}
        if any("units" in row for row in rows)
        else {},
        weights=weights,
        self_selected=[row.get("self_selected", False) for row in rows],
    )
    return wave


class TestLaws:
    """What must hold of any wave."""

    @given(ROWS, st.randoms(use_true_random=False))
    @settings(max_examples=some(30))
    def test_order(self, rows: Any, random: Any) -> None:
        """
        The order of respondents changes no digit of a score.
        """
        other = list(rows)
        random.shuffle(other)
        before, after = scored(rows), scored(other)

        assert before.scores == after.scores
        assert before.units == after.units

    @given(ROWS, st.sampled_from([2, "0.125", 1000]))
    @settings(max_examples=some(30))
    def test_unit_of_weights(self, rows: Any, factor: Any) -> None:
        """
        The unit of weights changes no score; its last digits are those of floats.
        """
        other = [dict(row) for row in rows]
        for row in other:
            if "weight" in row:
                row["weight"] *= Decimal(factor)
        before, after = scored(rows), scored(other)

        assert [*before.scores] == [*after.scores]
        for item, score in before.scores.items():
            for name in ("score", "low", "high", "effective"):
                held, found = getattr(score, name), getattr(after.scores[item], name)
                assert (held is None) == (found is None)
                assert held is None or float(found) == pytest.approx(float(held), 1e-9, 1e-9)

    @given(ROWS)
    @settings(max_examples=some(30))
    def test_rows_and_columns(self, rows: Any) -> None:
        """
        A wave read from rows and one made of columns are one: equal, with one digest and outcome.
        """
        wave = as_columns(rows)
        read = wave_scores(OPEN, on=ON, items=ITEMS, respondents=rows).facts.respondents

        assert len(rows) == len(wave)
        assert scored(rows) == scored(wave)
        assert (read, hash(read)) == (wave, hash(wave))

    @given(ROWS)
    @settings(max_examples=some(30))
    def test_scores_of_units_are_those_of_the_rules(self, rows: Any) -> None:
        """
        What a wave tells of a branch is what the rules of scores tell of its answers alone.
        """
        found = scored(rows)

        for unit, scores in found.units.get("branch", {}).items():
            held = [
                row
                for row in rows
                if row.get("units", {}).get("branch") == unit and not row.get("self_selected")
            ]
            for item, score in scores.items():
                answers = [row["answers"].get(item, "not-shown") for row in held]
                alone = {"weights": [row["weight"] for row in held]} if "weight" in held[0] else {}
                if item == "nps":
                    one: Any = nps(scores=answers, **alone).outcome
                    expected = one.score
                elif item == "care":
                    one = csat(answers=answers, scale=5, **alone).outcome
                    expected = one.share
                else:
                    one = ces(answers=answers, version="v2", **alone).outcome
                    expected = one.mean
                assert (one.base, expected) == (score.base, score.score)
                assert (one.low, one.high) == (score.low, score.high)

    @given(ROWS, ROWS)
    @settings(max_examples=some(20))
    def test_tallies_stand_for_respondents(self, earlier: Any, later: Any) -> None:
        """
        A wave compared with the tallies of the one before changes as beside its respondents.
        """
        by = ["branch"] if any("units" in row for row in earlier) else []
        tallies = wave_tallies(as_columns(earlier), list(SCALES), by)
        beside = scored(later, before=as_columns(earlier))
        found = scored(later, tallies=[attrs.asdict(each, recurse=False) for each in tallies])

        for item, score in beside.scores.items():
            other = found.scores[item].change
            assert (score.change is None) == (other is None)
            if score.change is not None and other is not None:
                assert score.change.difference == pytest.approx(
                    other.difference, abs=Decimal("1e-9")
                )
                assert score.change.verdict == other.verdict

    @given(ROWS, st.permutations([why.value for why in Missing]))
    @settings(max_examples=some(20))
    def test_kinds_of_missing_change_counts_only(self, rows: Any, order: Any) -> None:
        """
        Calling what is missing otherwise changes no score; answers and missing ones are all there.
        """
        swap = dict(zip([why.value for why in Missing], order, strict=True))
        other = [
            {
                **row,
                "answers": {
                    item: swap.get(row["answers"].get(item, "not-shown"), row["answers"].get(item))
                    for item in SCALES
                },
            }
            for row in rows
        ]
        before, after = scored(rows), scored(other)

        assert before.units == after.units
        for item, score in before.scores.items():
            again = after.scores[item]
            assert attrs.evolve(score, missing=again.missing) == again
            if score.base is not None:
                assert before.respondents == score.base + sum(score.missing.values())

    @given(
        st.lists(st.integers(0, 70), min_size=1, max_size=4),
        st.lists(st.integers(0, 40), min_size=4, max_size=4),
    )
    @settings(max_examples=some(25))
    def test_nothing_small_follows(self, own: list[int], nowhere: list[int]) -> None:
        """
        What was kept back beside a small branch is large enough together, so that no sum of what is
        told, taken from the whole, leaves fewer answers than the floor.
        """
        wave = Wave()
        for place, count in enumerate(own):
            if count:
                wave.extend({"nps": [9] * count}, {"branch": [f"b{place}"] * count})
        if nowhere[0]:
            wave.extend({"nps": [3] * nowhere[0]})
        found = scored(wave, policy=SHIPPED, items=ITEMS[:1])
        shown = [
            scores["nps"].base
            for scores in found.units.get("branch", {}).values()
            if scores["nps"].score is not None
        ]

        assert all(base >= 30 for base in shown)
        if found.respondents and found.scores["nps"].score is not None:
            for size in range(1, len(shown) + 1):
                for some_of in combinations(shown, size):
                    rest = found.scores["nps"].base - sum(some_of)
                    assert not 0 < rest < 30


class TestBadInput:
    """What cannot be taken is told with its row; nothing of it is used."""

    def test_answers(self) -> None:
        """
        A decimal, a bool, an unknown code, one out of all measure: each with its row and item.
        """
        answers = [9, 9.5, True, "skiped", 10**6, "1_0", None, Decimal("9.0"), Decimal(9), "7"]
        said = refused([{"answers": {"nps": answer}} for answer in answers])

        assert "[1].answers.nps: got float 9.5" in said
        assert "[2].answers.nps: got bool True" in said
        assert "did you mean skipped?" in said
        assert [4, 5, 6, 7] == [n for n in range(4, 10) if f"[{n}]" in said]

    def test_outside_the_scale(self) -> None:
        """
        An answer outside the scale of its item names its row among all respondents.
        """
        rows = [
            {"answers": {"nps": 0}, "self_selected": True},
            {"answers": {"nps": 11}},
            {"answers": {"nps": -1}, "self_selected": True},
        ]
        said = refused(rows)

        assert "respondents[1].answers.nps: got 11, wanted a code from 0 to 10" in said
        assert "respondents[2].answers.nps: got -1" in said

    def test_unknown_items(self) -> None:
        """
        An answer to an item the wave has not, and drivers or tallies of such, are faults.
        """
        rows = [{"answers": {"nps": 9}}, {"answers": {"cares": 4}}]
        said = refused(
            rows,
            outcome="nsp",
            drivers=["nps", "nps"],
            tallies=[
                {"item": "eas", "codes": {"1": 2}},
                {"item": "nps", "codes": {"11": 2}},
            ],
        )

        assert "answers.cares: got an unknown item" in said
        assert "outcome: got 'nsp'" in said
        assert "drivers: got an item twice" in said
        assert "tallies[0].item: got 'eas'" in said
        assert "tallies[1].codes: got 11" in said

    def test_weights(self) -> None:
        """
        A weight below 0, not finite, given to some only, or 0 for all, is a fault.
        """
        for weight in (-1, "NaN", "Infinity", True, float("inf"), "1e200"):
            assert "weight: got" in refused([{"answers": {"nps": 9}, "weight": weight}])
        rows = [{"answers": {"nps": 9}, "weight": 1}, {"answers": {"nps": 9}}]
        assert "[1].weight: got nothing" in refused(rows)
        assert "[1].weight: got a weight" in refused(rows[::-1])
        assert "weights that are all 0" in refused([{"answers": {"nps": 9}, "weight": 0}])

    def test_rows(self) -> None:
        """
        What is no row, has an unknown key, or stands there twice is told.
        """
        rows: list[Any] = [
            7,
            {"answer": {}},
            {"answers": [1]},
            {"answers": {}, "self_selected": "no"},
            {"answers": {}, "respondent": 4},
            {"answers": {}, "units": {"branch": 4}},
            {"answers": {"nps": 9}, "respondent": "a"},
            {"answers": {"nps": 9}, "respondent": "a"},
        ]
        said = refused(rows)

        assert all(f"[{place}]" in said for place in (0, 1, 2, 3, 4, 5, 7))
        assert "did you mean answers?" in said
        assert "a respondent once; row 0 is the same one" in said
        assert "a list of respondents" in refused("rows")

    def test_columns(self) -> None:
        """
        Columns of other lengths, or of what they cannot hold, are refused whole: nothing is added.
        """
        wave = Wave()
        with pytest.raises(FaultsError) as error:
            wave.extend(
                {"nps": [9, 10], "care": [4]},
                {"branch": ["a"]},
                weights=[1.0],
                self_selected=[True],
                respondents=["a"],
            )

        assert 5 == len(error.value.faults)
        with pytest.raises(FaultsError, match=r"self_selected\[0\]: got int 1"):
            wave.extend({"nps": [9]}, self_selected=[1])  # type: ignore[list-item]
        with pytest.raises(FaultsError, match=r"weight\[1\]"):
            wave.extend({"nps": [9, 9]}, weights=array("d", [1.0, float("nan")]))
        assert (0, ()) == (len(wave), wave.drawn.names("branch"))

    def test_a_judged_wave_stands(self) -> None:
        """
        Nothing is added to a wave after its digest stands in a decision.
        """
        wave = Wave()
        wave.add({"nps": 9}, mode="app")
        scored(wave)

        with pytest.raises(FaultsError, match="after the wave was judged"):
            wave.add({"nps": 9})
        assert "Wave(1 respondents)" == repr(wave)
        assert wave != "a wave"

    @pytest.mark.parametrize(
        ("item", "said"),
        [
            ({"metric": "nps", "highest": 5}, "0 to 10 for nps"),
            ({"metric": "csat", "highest": 1}, "more than 1"),
            ({"metric": "likert", "satisfied": [5]}, "none for likert"),
            ({"metric": "csat", "satisfied": [6]}, "some of the codes from 1 to 5"),
            ({"metric": "csat", "reverse": True}, "the direction of csat is fixed"),
            ({"metric": "likert", "pair": "q"}, "an expectation beside a perception"),
        ],
    )
    def test_items(self, item: Any, said: str) -> None:
        """
        An item whose scale, satisfied codes, direction or pair cannot be is a fault.
        """
        assert said in refused([], items=[{"code": "q", **item}])

    def test_items_beside_each_other(self) -> None:
        """
        An item twice, a pair on another scale, or no item at all is a fault.
        """
        pair = [
            {"code": "a", "metric": "likert", "pair": "b"},
            {"code": "b", "metric": "likert", "highest": 7, "aspect": "expectation", "pair": "a"},
        ]

        assert "on the scale of a" in refused([], items=pair)
        assert "a code of its own" in refused([], items=[ITEMS[0], ITEMS[0]])
        assert "an item or more" in refused([], items=[])

    def test_what_is_asked(self) -> None:
        """
        Unknown sorts of units, two waves before, an outcome without drivers, too many drivers.
        """
        row = {"answers": {"nps": 9}, "units": {"branch": "a"}}
        before = [{"answers": {"nps": 9}}]
        tally = {"item": "nps", "codes": {"9": 2}}

        assert "did you mean branch?" in refused([row], by=["branchs"])
        assert "each sort once" in refused([row], by=["branch", "branch"])
        assert "one of the two" in refused([row], before=before, tallies=[tally])
        assert "each item and unit once" in refused([row], tallies=[tally, tally])
        assert "one without the other" in refused([row], outcome="nps")
        assert "items beside the outcome" in refused([row], outcome="nps", drivers=["nps"])
        many = [{"code": f"q{n}", "metric": "likert"} for n in range(14)]
        said = refused([], items=many, outcome="q0", drivers=[f"q{n}" for n in range(1, 14)])
        assert "drivers: got 13 items, wanted at most 12" in said

    @pytest.mark.parametrize(
        ("tally", "path"),
        [
            ({"codes": {"nine": 1}}, "codes.nine"),
            ({"codes": {"9": -1}}, "codes.9"),
            ({"codes": {"9": "1.5"}}, "effective"),
            ({"codes": {"9": "1.5"}, "effective": 0}, "effective"),
            ({"codes": {"9": 1}, "base": -1}, "base"),
            ({"codes": {"9": 1}, "by": "branch"}, "unit"),
        ],
    )
    def test_tallies(self, tally: Any, path: str) -> None:
        """
        A tally of no code, of less than nothing, or weighted without its effective base.
        """
        assert f"tallies[0].{path}: got" in refused([], tallies=[{"item": "nps", **tally}])


class TestTelling:
    """What is said of a wave, in both languages."""

    @pytest.mark.parametrize("locale", ["en", "zh_CN"])
    def test_everything_is_said(self, locale: str) -> None:
        """
        Scores, what is kept back, changes, units apart from the rest, strengths and weaknesses,
        weights and modes: each has its sentence.
        """
        wave = Wave()
        for branch, code, care in (("a", 10, 5), ("b", 3, 1)):
            wave.extend(
                {"nps": [code] * 60, "care": [care] * 60, "kind": [5] * 60, "slow": [1] * 60},
                {"branch": [branch] * 60, "mode": ["app", "phone"] * 30},
                weights=[1.0] * 55 + [4.0] * 5,
            )
        wave.add({"nps": 0}, self_selected=True)
        likert = [{"code": code, "metric": "likert"} for code in ("kind", "slow", "none")]
        tallies = [{"item": "nps", "codes": {"3": 100}}]
        decision = wave_scores(
            SHIPPED,
            on=ON,
            items=[*ITEMS[:2], *likert],
            respondents=wave,
            tallies=tallies,
        )
        said = {check.reason.code for check in decision.explanation().checks}

        assert {
            "wave-efficiency",
            "wave-heaviest",
            "wave-modes",
            "wave-apart",
            "wave-floor",
            "wave-score",
            "wave-kept",
            "wave-changed",
            "wave-unit",
            "wave-strength",
            "wave-weakness",
        } == said
        assert 15 < len(decision.explain(locale).splitlines())

    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            ([], "WAVE_NOBODY"),
            ([{"mode": "app"}, {"mode": "phone"}], "WAVE_MODES_POOLED"),
            ([{"weight": 100}, *[{"weight": 1}] * 9], "WAVE_INEFFICIENT"),
        ],
    )
    def test_why_there_is_nothing(self, rows: Any, code: str) -> None:
        """
        A wave without scores says why, and what it was held against.
        """
        respondents = [{"answers": {"nps": 9}, **row} for row in rows]
        decision = wave_scores(OPEN, on=ON, items=ITEMS[:1], respondents=respondents)

        assert code == decision.explanation().headline.code
        assert "wave-score" not in {c.reason.code for c in decision.explanation().checks}

    def test_nobody_and_too_few_of_everything(self) -> None:
        """
        Dimensions and gaps over nobody, over too few, or over answers that weigh nothing have none.
        """
        items = [
            {"code": "wait", "metric": "likert", "dimension": "d", "pair": "hoped"},
            {"code": "hoped", "metric": "likert", "aspect": "expectation", "pair": "wait"},
        ]
        row = {"answers": {"wait": 4, "hoped": 5}, "units": {"branch": "a"}}
        nobody = scored([{"answers": {}}], items=items)
        weightless = scored([{**row, "weight": 0}, {"answers": {}, "weight": 1}], items=items)
        few = scored([row] * 29, items=items, policy=SHIPPED)

        for found, why in (
            (nobody, "no-answers"),
            (weightless, "no-weight"),
            (few, "below-floor"),
        ):
            assert why == found.dimensions["d"].why
            assert why == found.gaps["wait"].why
            assert why == found.scores["wait"].why
        assert "no-weight" == weightless.units["branch"]["a"]["wait"].why


class TestPolicy:
    """What a policy of reporting may say."""

    @pytest.mark.parametrize(
        ("line", "path"),
        [
            ("confidence = 1", "confidence"),
            ('power = "0"', "power"),
            ('cadence = "P0M"', "cadence"),
            ("floor = { identity = 0 }", "floor.identity"),
            ("floor = { internal = 4 }", "floor.internal"),
            ("floor = { external = 20 }", "floor.external"),
            ("weights = { cap = 1, warn_above = 1 }", "weights.cap"),
            ("weights = { warn_above = 6 }", "weights.warn_above"),
            ('weights = { least_efficiency = "0.9" }', "weights.least_efficiency"),
            ("units = { prior_strength = -1 }", "units.prior_strength"),
            ("drivers = { most = 15 }", "drivers.most"),
            ("drivers = { least = 2 }", "drivers.least"),
            ("drivers = { per_driver = 0 }", "drivers.per_driver"),
            ("cuts = { weak = 80 }", "cuts.strong"),
            ("charts = { rules = [6] }", "charts.rules[0]"),
            ("charts = { width = 0 }", "charts.width"),
            ("charts = { ewma_weight = 0 }", "charts.ewma_weight"),
        ],
    )
    def test_faults(self, line: str, path: str) -> None:
        """
        Shares outside their bounds, floors in disorder, caps that cut nothing: each with its path.
        """
        head = (CASES / "waves-open.policy.toml").read_text("utf-8").partition("cadence")[0]
        cadence = "" if line.startswith("cadence") else 'cadence = "P6M"\n'

        with pytest.raises(FaultsError) as error:
            SHELF.read(f"{head}{cadence}{line}\n", "a policy")
        assert any(path in fault.path for fault in error.value.faults)

    def test_the_next_wave_may_be_past_all_dates(self) -> None:
        """
        A wave at the end of dates has no next one.
        """
        rows = [{"answers": {"nps": 9}}]
        version = SHIPPED.versions[0]
        found = wave_scores(version, on=date(9999, 12, 1), items=ITEMS[:1], respondents=rows)

        assert found.outcome.next_on is None

    def test_questionnaire_beside(self) -> None:
        """
        Without items stated, those of the questionnaire beside are scored, pairs and all; the
        decision names the bank they are from.
        """
        asked = SHELF.load("satisfaction/relationship").versions[-1]
        items = items_of(asked.parameters.on(ON))
        rows = [{"answers": {item.code: item.ends[1] for item in items}}] * 30
        facts = {"on": ON, "respondents": rows}
        found = wave_scores(SHIPPED, asked, **facts)

        assert {item.code for item in items} == set(found.outcome.scores)
        assert all(score.base == 30 for score in found.outcome.scores.values())
        assert 3 == len(found.policies)
        stated = wave_scores(
            SHIPPED, asked, on=ON, respondents=[{"answers": {"nps": 9}}], items=ITEMS[:1]
        )
        assert ["nps"] == list(stated.outcome.scores)

    def test_trial(self) -> None:
        """
        A wave on trial stands where its scores are told, or why they are not.
        """
        trial = next(each for each in TRIALS if each.rule is wave_scores)
        rows = [{"answers": {"nps": 9}, "units": {"branch": str(n % 2)}} for n in range(80)]
        decision = wave_scores(SHIPPED, on=ON, items=ITEMS[:1], respondents=rows)
        parameters = SHIPPED.versions[0].parameters
        seen = trial.seen(decision.facts, parameters, decision.outcome)

        assert "told" == seen.place
        assert set(trial.amounts) == set(seen.amounts)
        assert [trial.title(parameters, place) is not None for place in trial.order(parameters)]


class TestWeights:
    """Weights that make a wave look like a population."""

    @given(
        st.lists(st.sampled_from(["young", "old"]), min_size=8, max_size=40),
        st.booleans(),
        st.sampled_from([None, 1.2, 5.0]),
    )
    @settings(max_examples=some(20))
    def test_margins_are_met(self, ages: list[str], weighed: bool, cap: float | None) -> None:
        """
        Weights have mean 1 and meet the margins where none is cut; a cap is kept, and what it costs
        is told. Who has no category keeps out of the margin.
        """
        ages = [*ages, "young", "old", ""]
        wave = Wave()
        weights = [1.0 + n % 3 for n in range(len(ages))] if weighed else None
        wave.extend({"nps": [9] * len(ages)}, {"age": ages}, weights=weights)
        found = weighed_wave(wave, {"age": {"young": 0.6, "old": 0.4}}, cap)

        assert found.wave is not None
        held = found.wave.drawn.weights
        assert held is not None
        assert sum(held) == pytest.approx(len(ages))
        assert cap is None or max(held) <= cap * (1 + 1e-12)
        young = sum(w for w, age in zip(held, ages, strict=True) if age == "young")
        old = sum(w for w, age in zip(held, ages, strict=True) if age == "old")
        if not found.trimmed:
            assert 0.6 == pytest.approx(young / (young + old))
            assert 0 == pytest.approx(found.error, abs=1e-9)
        with pytest.raises(FaultsError, match="after the wave was judged"):
            wave.add({"nps": 9})

    def test_margins_that_cannot_be_met_together(self) -> None:
        """
        Where no weights meet all margins there is no wave, and the margin that is missed is named.
        """
        wave = Wave()
        wave.extend({"nps": [9, 9]}, {"age": ["young", "old"], "work": ["yes", "no"]})
        targets = {"age": {"young": 0.5, "old": 0.5}, "work": {"yes": 0.9, "no": 0.1}}
        found = weighed_wave(wave, targets)

        assert (None, False) == (found.wave, found.converged)
        assert found.margin in targets
        assert found.error > 0.1

    def test_who_answered_twice_is_flagged(self) -> None:
        """
        Two waves with a respondent in common are no samples of their own, which is said.
        """
        waves = [Wave(), Wave(), Wave()]
        for wave, ids in zip(waves, (["a", "b"], ["b", "c"], ["d", "e"]), strict=True):
            wave.extend({"nps": [9, 3]}, respondents=ids)

        assert ["shared-respondents"] == [f.value for f in scored(waves[1], before=waves[0]).flags]
        assert () == scored(waves[2], before=waves[0]).flags


class TestColumns:
    """Columns in themselves."""

    def test_columns_that_come_later(self) -> None:
        """
        An item or a sort of unit that the first respondents have not was not shown to them, or is
        none of theirs.
        """
        wave = Wave()
        wave.add({"nps": 9})
        wave.add({"care": 4}, {"branch": "a"})
        wave.add({}, {"product": "loan", "branch": "b"})
        wave.extend({"nps": array("b", [1])})

        assert ("a", "b") == wave.drawn.names("branch")
        assert [0, 1, 2, 0] == list(wave.drawn.units["branch"])
        names, places = placed(wave.drawn, "product*branch")
        assert (("loan*b",), [0, 0, 1, 0]) == (names, list(places))
        found = scored(wave)
        assert (2, 1) == (found.scores["nps"].base, found.scores["care"].base)

    def test_digest_is_of_the_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Other answers or other weights have another digest, equal ones the same.
        """
        waves = [Wave() for _ in range(4)]
        for wave, weight, code in zip(waves, ("1", "1", "2", "1"), (9, 9, 9, 10), strict=True):
            wave.add({"nps": code}, {"branch": "a"}, weight=weight)
        first, second, third, fourth = (wave.digest for wave in waves)
        again = Wave()
        again.add({"nps": 9}, {"branch": "a"}, weight="1")
        order = "big" if sys.byteorder == "little" else "little"
        monkeypatch.setattr(sys, "byteorder", order)

        assert first == second
        assert 3 == len({first, third, fourth})
        # Where numbers lie the other way round in memory they are turned, not the wave.
        assert first != again.digest
        assert [9] == list(again.drawn.answers["nps"])

    def test_a_decision_keeps_no_rows(self) -> None:
        """
        Facts are written with the number of respondents and their digest.
        """
        decision = wave_scores(OPEN, on=ON, items=ITEMS[:1], respondents=[{"answers": {"nps": 9}}])
        written = decision.to_json()["facts"]["respondents"]

        assert {"respondents": 1, "digest": decision.facts.respondents.digest} == written
        assert "1 respondents" in decision.explain()
