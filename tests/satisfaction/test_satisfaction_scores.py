"""The rules of scores: what they refuse, what they read, and what holds of every decision."""

from __future__ import annotations

from decimal import localcontext
from typing import Any, Final

import pytest

from bankservice.core.errors import FaultsError
from bankservice.core.plain import to_json
from bankservice.core.structure import FACTS
from bankservice.satisfaction import (
    ces,
    csat,
    dimension_scores,
    nps,
    satisfaction_index,
    service_quality,
    small_unit_score,
    stratified_nps,
)
from bankservice.satisfaction.scores.tally import Tally, tallied

STRATUM: Final = {"size": 90, "promoters": 5, "passives": 3, "detractors": 2}


def faults_of(rule: Any, **facts: Any) -> list[str]:
    """Return the faults a rule tells of its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return [str(fault) for fault in caught.value.faults]


class TestBadInput:
    """What is no answer, no weight or no count is refused, with its row."""

    @pytest.mark.parametrize(
        ("rule", "facts", "told"),
        [
            (nps, {"scores": [9, 11]}, "scores[1]: got 11, wanted a whole number from 0 to 10"),
            (nps, {"scores": [-1]}, "scores[0]: got -1, wanted a whole number from 0 to 10"),
            (nps, {"scores": [9, 9.5]}, "scores[1]: got float 9.5, wanted a whole number"),
            (nps, {"scores": ["9.5"]}, "scores[0]: got str '9.5', wanted a whole number"),
            (nps, {"scores": [True]}, "scores[0]: got bool True, wanted a whole number"),
            (nps, {"scores": [float("nan")]}, "scores[0]: got float nan, wanted a whole number"),
            (nps, {"scores": [None]}, "scores[0]: got NoneType None, wanted a whole number"),
            (nps, {"scores": ["skip"]}, "scores[0]: got str 'skip', wanted a whole number"),
            (nps, {"scores": "9"}, "scores: got str '9', wanted a list of answers"),
            (nps, {"scores": [9], "promoters": 1}, "promoters: got 1, wanted nothing where"),
            (nps, {"scores": [9], "scale": "1-5"}, "scale: got an unknown key"),
            (nps, {"scores": [9], "weights": [1, 1]}, "weights: got 2 weights, wanted one for"),
            (nps, {"scores": [9], "weights": [-1]}, "weights[0]: got -1, wanted a weight of 0"),
            (nps, {"scores": [9], "weights": ["inf"]}, "weights[0]: got the number Infinity"),
            (nps, {"scores": [9], "weights": ["nan"]}, "weights[0]: got the number NaN, wanted"),
            (nps, {"scores": [9], "weights": [0]}, "weights: got weights that are all 0, wanted"),
            (nps, {"scores": [9], "confidence": 1}, "confidence: got the number 1, wanted"),
            (nps, {"scores": [9], "confidence": 0}, "confidence: got the number 0, wanted"),
            (nps, {"scores": [9], "confidence": "0." + "9" * 20}, "confidence: got the number"),
            (nps, {"scores": [9], "method": "wild"}, "method: got str 'wild', wanted one of"),
            (csat, {"answers": [1]}, "scale: got nothing, wanted the scale of the answers"),
            (csat, {"answers": [6], "scale": 5}, "answers[0]: got 6, wanted a whole number from 1"),
            (csat, {"answers": ["yes"], "scale": 5}, "answers[0]: got yes or no, wanted a code"),
            (csat, {"answers": [True], "scale": "yes-no"}, "answers[0]: got bool True, wanted"),
            (csat, {"answers": 5, "scale": 5}, "answers: got int 5, wanted a list of answers"),
            (csat, {"answers": [1], "scale": 8}, "scale: got int 8, wanted one of 1-3, 1-4"),
            (csat, {"answers": [1], "scale": "0-10"}, "scale: got str '0-10', wanted one of"),
            (csat, {"satisfied": 6, "base": 5}, "satisfied: got 6, wanted at most 5"),
            (csat, {"satisfied": -1, "base": 5}, "satisfied: got -1, wanted a count of 0 or more"),
            (csat, {"satisfied": 1, "base": 5, "surveyed": 4}, "surveyed: got 4, wanted at least"),
            (
                csat,
                {"satisfied": 1, "base": 5, "surveyed": 9, "invited": 8},
                "invited: got 8, wanted at least 9",
            ),
            (
                csat,
                {"satisfied": 1, "base": 5, "weights": [1]},
                "weights: got weights, wanted none",
            ),
            (csat, {"satisfied": 1, "base": 10**400}, "base: got too many, wanted a count of 0"),
            (
                csat,
                {"answers": [1], "scale": {"lowest": 0, "highest": 9}},
                "scale.satisfied: got [], wanted some codes from 0 to 9, not all",
            ),
            (
                csat,
                {"answers": [1], "scale": {"lowest": 1, "highest": 1, "satisfied": [1]}},
                "scale.highest: got 1, wanted from 1 to 1000 more than 1, the lowest code",
            ),
            (
                small_unit_score,
                {"satisfied": 1, "base": 2, "prior": "0.9999"},
                "strength: got 40, wanted so much that either kind of the parent's answers",
            ),
            (ces, {"answers": [8]}, "answers[0]: got 8, wanted a whole number from 1 to 7"),
            (ces, {"answers": [6], "version": "v1"}, "answers[0]: got 6, wanted a whole number"),
            (ces, {"answers": [6], "version": 3}, "version: got int 3, wanted one of v2, v1"),
            (
                ces,
                {"answers": [1, 1], "version": ["v1", "v2"]},
                "version[1]: got str 'v2', wanted one version throughout: v1",
            ),
            (ces, {"answers": [], "version": []}, "version: got an empty list, wanted one of v2"),
            (satisfaction_index, {"means": [8, 7]}, "means: got 2 means, wanted three means"),
            (satisfaction_index, {"means": [8, 7, 11]}, "means[2]: got 11, wanted a mean from 1"),
            (satisfaction_index, {"answers": [[1], [2]]}, "answers: got 2 lists, wanted three"),
            (
                satisfaction_index,
                {"answers": [[1], [2], [3, 4]]},
                "answers[2]: got 2 rows, wanted 1 rows, as the first item has",
            ),
            (
                satisfaction_index,
                {"means": [8, 7, 9], "importance": [0, 0, 0]},
                "importance: got ['0', '0', '0'], wanted three numbers of 0 or more, not all 0",
            ),
            (service_quality, {}, "perception: got nothing, wanted means in `perception`"),
            (
                service_quality,
                {"perception": {"a": 5}, "perceived": {"a": [5]}},
                "perception: got means and answers, wanted means in `perception`",
            ),
            (service_quality, {"expectation": {"a": 5}}, "perception: got nothing, wanted what is"),
            (
                service_quality,
                {"perception": {"a": 5}, "importance": {"a": 90}},
                "importance: got 90 points together, wanted 100",
            ),
            (
                dimension_scores,
                {"items": {"a": "x"}, "answers": {"a": [1], "b": [1]}},
                "answers.b: got an unknown item, wanted one of a",
            ),
            (
                dimension_scores,
                {"items": {"a": "x"}, "answers": {"a": [6]}},
                "answers.a[0]: got 6, wanted a whole number from 1 to 5",
            ),
            (
                dimension_scores,
                {"items": {"a": "x", "b": "x"}, "answers": {"a": [1, 2], "b": [1]}},
                "answers.b: got 1 rows, wanted 2 rows, as the first item has",
            ),
            (
                dimension_scores,
                {"items": {"a": "x", "b": "x"}, "answers": {"a": [1]}},
                "answers.b: got nothing, wanted the answers to the item",
            ),
            (
                dimension_scores,
                {"items": {"a": "x"}, "answers": {"a": [1]}, "least": 0},
                "least: got 0, wanted a part above 0 and up to 1",
            ),
            (dimension_scores, {"items": {}, "answers": {}}, "items: got no item, wanted at least"),
            (
                dimension_scores,
                {"items": {"a": "x"}, "answers": {"a": [1]}, "highest": 1},
                "highest: got 1, wanted from 1 to 1000 more than 1, the lowest code",
            ),
            (
                service_quality,
                {"perception": {"a": 5}, "expectation": {"b": 5}},
                "expectation.a: got nothing, wanted a value for each dimension",
            ),
            (
                service_quality,
                {"perception": {"a": 8}},
                "perception.a: got 8, wanted a mean from 1 to 7",
            ),
            (
                service_quality,
                {"perceived": {"a": [5, 6]}, "expected": {"a": [5]}},
                "expected.a: got 1 rows, wanted 2 rows, as the first dimension has",
            ),
            (
                service_quality,
                {"perception": {"a": 5}, "weights": [1]},
                "weights: got weights, wanted none: means have no weights",
            ),
            (
                satisfaction_index,
                {"means": [8, 7, 9], "answers": [[1], [2], [3]]},
                "means: got means, wanted nothing where `answers` are given",
            ),
            (
                satisfaction_index,
                {"means": [8, 7, 9], "lowest": -(10**7)},
                "lowest: got a code far from 0, wanted one from -1000000 to 1000000",
            ),
            (
                small_unit_score,
                {"satisfied": 1, "base": 2, "prior": "0.5", "target": 2},
                "target: got 2, wanted a share from 0 to 1",
            ),
            (
                small_unit_score,
                {"observed": 80, "base": 2, "prior": 70, "target": 75},
                "target: got 75, wanted nothing: only shares have a funnel",
            ),
            (
                small_unit_score,
                {"satisfied": 3, "base": 2, "prior": "0.5"},
                "satisfied: got 3, wanted from 0 to 2, the base",
            ),
            (stratified_nps, {"strata": []}, "strata: got an empty list, wanted at least one"),
            (
                stratified_nps,
                {"strata": [STRATUM, {**STRATUM, "size": 9}]},
                "strata[1].size: got 9, wanted at least 10, the answers",
            ),
            (
                stratified_nps,
                {
                    "strata": [
                        STRATUM,
                        {"size": 9, "promoters": 1, "passives": 0, "detractors": 0},
                    ]
                },
                "strata[1]: got 1 answers of 9 customers, wanted at least two answers",
            ),
            (
                small_unit_score,
                {"satisfied": 1, "base": 2, "prior": 1},
                "prior: got 1, wanted a share above 0 and below 1",
            ),
            (
                small_unit_score,
                {"satisfied": 1, "base": 2, "prior": "0.5", "strength": 0},
                "strength: got 0, wanted a number above 0 and up",
            ),
            (small_unit_score, {"base": 2, "prior": 80}, "satisfied: got nothing, wanted a count"),
        ],
    )
    def test_fault(self, rule: Any, facts: dict[str, Any], told: str) -> None:
        """The first fault, told by its place."""
        fault, *_ = faults_of(rule, **facts)

        assert told == fault[: len(told)]

    def test_all_faults_at_once(self) -> None:
        """Several faults of one list are told together, row by row."""
        told = faults_of(nps, scores=[9, 12, "refused", -3], weights=[1, -1, 0, 1])

        assert ["scores[1]", "scores[3]", "weights[1]"] == [line.partition(":")[0] for line in told]

    def test_tally_names_the_row(self) -> None:
        """Columns with a weight that is none are refused by row, as is a column too short."""
        for weights in ([1.0, float("nan")], [1.0, -2.0], [1.0, float("inf")], [1.0, 1e-200]):
            with pytest.raises(FaultsError, match=r"\[1\]: got float"):
                Tally().extend([9, 9], weights)
        with pytest.raises(FaultsError, match="got 1 weights, wanted one for each of 2"):
            tallied(["a", "b"], [9, 9], [1.0])
        with pytest.raises(FaultsError, match=r"got float -1.0, wanted a weight"):
            Tally().add(9, -1.0)

        assert 0 == len(Tally().cells())


class TestLeniency:
    """What is clear is read, however it is written."""

    @pytest.mark.parametrize("scale", [5, "5", "1-5", {"lowest": 1, "highest": 5}])
    def test_scales(self, scale: Any) -> None:
        """A scale by length, by its ends, or as a table that leaves the usual codes to us."""
        assert 2 == csat(answers=[5, "4", 3], scale=scale).outcome.satisfied

    @pytest.mark.parametrize("version", [1, "1", "v1", "V1", "CES 1.0", ["v1", 1]])
    def test_versions(self, version: Any) -> None:
        """A version of effort as people write it."""
        assert "v1" == ces(answers=[1, 2], version=version).outcome.version

    def test_little_weight(self) -> None:
        """Weights far apart leave an interval, by every method, that holds the share."""
        for method in ("wilson", "wilson-continuity", "agresti-coull", "clopper-pearson"):
            found = csat(
                answers=[9, 5, 5],
                weights=["1e-30", 1, 1],
                scale={"lowest": 0, "highest": 10, "satisfied": [9, 10]},
                method=method,
                confidence="0.9999999",
            ).outcome

            assert found.low is not None
            assert found.high is not None
            assert found.share is not None
            assert found.low <= found.share <= found.high


EVERY: Final[tuple[tuple[Any, dict[str, Any]], ...]] = (
    (nps, {"scores": [10, "skipped", 3], "weights": ["0.5", 1, 2], "method": "t"}),
    (nps, {"promoters": 1, "passives": 0, "detractors": 0}),
    (nps, {"promoters": 1, "passives": 0, "detractors": 0, "method": "t"}),
    (nps, {"scores": ["refused", "skipped"]}),
    (csat, {"answers": ["refused"], "scale": 5}),
    (ces, {"answers": ["skipped"]}),
    (ces, {"answers": [4]}),
    (satisfaction_index, {"answers": [["refused"], [8], [7]]}),
    (service_quality, {"perceived": {"a": [5, 6], "b": ["refused", "skipped"]}}),
    (service_quality, {"perception": {"a": 5}}),
    (dimension_scores, {"items": {"a": "x"}, "answers": {"a": ["refused"]}}),
    (
        stratified_nps,
        {"strata": [{"size": 9, "promoters": 1, "passives": 0, "detractors": 0}]}
        | {"single": "collapse"},
    ),
    (small_unit_score, {"base": 0, "prior": 80}),
    (csat, {"answers": ["yes", "no", "refused"], "scale": "yes-no", "invited": 9, "surveyed": 5}),
    (csat, {"satisfied": 3, "base": 3, "method": "wald"}),
    (ces, {"answers": [1, 5, "dont-know"], "version": "v1"}),
    (satisfaction_index, {"answers": [[9, 8], [8, "refused"], [7, 7]]}),
    (satisfaction_index, {"means": [9, 8, 7]}),
    (service_quality, {"perceived": {"a": [5, 6]}, "expected": {"a": [6, "refused"]}}),
    (
        service_quality,
        {"perception": {"a": 5}, "expectation": {"a": 6}, "importance": {"a": 100}},
    ),
    (
        dimension_scores,
        {
            "items": {"a": "x", "b": {"dimension": "x", "reversed": True}, "c": "y"},
            "answers": {"a": [1, 2], "b": [5, "refused"], "c": ["skipped", "skipped"]},
            "least": 1,
        },
    ),
    (
        stratified_nps,
        {"strata": [STRATUM, {**STRATUM, "promoters": 0, "passives": 0, "detractors": 1}]}
        | {"single": "collapse"},
    ),
    (small_unit_score, {"satisfied": 1, "base": 10, "prior": "0.8"}),
    (small_unit_score, {"observed": 96, "base": 5, "prior": 82}),
)
"""A call of each rule that meets most of what it says."""


class TestEveryRule:
    """What holds of the decisions of each rule."""

    @pytest.mark.parametrize(("rule", "facts"), EVERY)
    def test_facts_are_read_back(self, rule: Any, facts: dict[str, Any]) -> None:
        """Facts written as JSON are read as the same facts, and decide the same."""
        made = rule(**facts)
        again = FACTS.read(to_json(made.facts), rule.facts, "facts")

        assert made.facts == again
        assert made.outcome == rule.decide(again).outcome
        assert hash(made.outcome) == hash(rule.decide(again).outcome)

    @pytest.mark.parametrize("locale", ["en", "zh_CN"])
    @pytest.mark.parametrize(("rule", "facts"), EVERY)
    def test_explained(self, rule: Any, facts: dict[str, Any], locale: str) -> None:
        """Every decision has words in both languages, none left as a code."""
        text = rule(**facts).explain(locale)

        assert "{" not in text
        assert len(text.splitlines()) > 1

    @pytest.mark.parametrize(("rule", "facts"), EVERY)
    def test_context_does_not_matter(self, rule: Any, facts: dict[str, Any]) -> None:
        """A caller's decimal context moves no digit, and no outcome is infinite or NaN."""
        wide = rule(**facts)
        with localcontext() as context:
            context.prec = 3
            narrow = rule(**facts)

        assert wide.outcome == narrow.outcome
        assert not {"NaN", "Infinity"} & set(str(to_json(wide.outcome)).replace("'", " ").split())
