"""Reliability, drivers and charts: what their explanations say, in both languages."""

from __future__ import annotations

from typing import Any, Final

import pytest

from bankservice import satisfaction

THREE: Final = [1, 2, 4, 3, 5, 2]
OTHER: Final = [2, 2, 5, 3, 4, 1]
GAP: Final = {"satisfied": 0, "base": 0}
CALM: Final = [{"satisfied": share, "base": 100} for share in (50, 52, 49, 51)]
JUMP: Final = [*CALM, {"satisfied": 90, "base": 100, "label": "May"}]


@pytest.mark.parametrize(
    ("rule", "facts", "told"),
    [
        ("drivers", {"drivers": [THREE], "outcome": OTHER}, "most of it with item 1 (100% of that"),
        ("drivers", {"drivers": [[3] * 6], "outcome": OTHER}, "None of the variance is associated"),
        ("drivers", {"drivers": [[]], "outcome": []}, "nobody answered every question"),
        ("drivers", {"drivers": [[1, 2]], "outcome": [1, 2]}, "so many drivers need 3"),
        ("drivers", {"drivers": [[1, 2, 3]], "outcome": [4, 4, 4]}, "give the same outcome"),
        (
            "correlations",
            {"drivers": {"pace": THREE, "rest": [3] * 6, "few": [1, 2, 5, *["skipped"] * 3]}}
            | {"outcome": OTHER},
            "few: 0.971, 3 respondents; too few for an interval",
        ),
        ("correlations", {"drivers": [THREE], "outcome": OTHER}, "The closest is item 1"),
        ("correlations", {"drivers": [[1]], "outcome": [1]}, "No correlation can be said"),
        (
            "quadrants",
            {"performance": {"a": 1, "b": 5, "c": "refused"}}
            | {"importance": {"a": 5, "b": 1, "c": 3}},
            "a: concentrate here (performance 1, importance 5)",
        ),
        (
            "quadrants",
            {"performance": ["refused"], "importance": [1]},
            "item 1: a number is missing",
        ),
        ("quadrants", {"performance": [], "importance": []}, "No item has both numbers"),
        (
            "penalty_reward",
            {"item": [5, 3, 1, "skipped"], "outcome": [4, 4, 1, 4], "top": 5, "bottom": 1},
            "A basic factor: reward 0, penalty -3.",
        ),
        (
            "penalty_reward",
            {"item": [5, 1], "outcome": [4, 1], "top": 5, "bottom": 1},
            "good answers 1, answers between 0, bad answers 1",
        ),
        (
            "penalty_reward",
            {"item": [], "outcome": [], "top": 5, "bottom": 1},
            "nobody answered both questions",
        ),
        (
            "cronbach_alpha",
            {"items": [[1, 2], [3, 3], [4, 5]]},
            "reliability by Spearman and Brown",
        ),
        ("cronbach_alpha", {"items": [[1, 1], [4, 4]]}, "Cronbach's alpha is 1: 2 items, 2"),
        ("cronbach_alpha", {"items": []}, "nobody answered the items"),
        ("cronbach_alpha", {"items": [[1, 2]]}, "are the least, and there are 1."),
        ("cronbach_alpha", {"items": [[1], [2]]}, "two items are the least, and there are 1."),
        ("cronbach_alpha", {"items": [[1, 1], [1, 1]]}, "the sum of the items does not vary"),
        (
            "rater_agreement",
            {"first": [1, 2, 2, "skipped"], "second": [1, 2, 1, 1]},
            "They agree on 66.67%; chance would give 44.44%",
        ),
        ("rater_agreement", {"first": [2, 2], "second": [2, 2]}, "one and the same mark to all 2"),
        ("rater_agreement", {}, "nothing that both rated"),
        ("p_chart", {"points": JUMP, "baseline": 4}, "May: 0.9 is beyond the limits, 0.35501 to"),
        ("p_chart", {"points": CALM}, "No signal about a share of 0.505 (periods: 4)."),
        ("p_chart", {"points": [GAP]}, "nobody answered in the baseline"),
        (
            "p_chart",
            {"points": [{"satisfied": 9 + place, "base": 100} for place in range(6)]}
            | {"rules": ["six-in-a-row"]},
            "6: 0.14; six rising or falling",
        ),
        ("xmr_chart", {"values": [1, 2, 1, 2, 30], "baseline": 4}, "Value 5 lies 28 from the one"),
        ("xmr_chart", {"values": [1, 2, 1, 2]}, "No signal about 1.5 (values: 4)."),
        ("xmr_chart", {"values": [1]}, "Two values are the least for limits"),
        ("xmr_chart", {"values": ["skipped"]}, "there is no value in the baseline"),
        ("xmr_chart", {"values": ["skipped", 1], "baseline": 1}, "no value in the baseline"),
        ("ewma_chart", {"points": JUMP, "baseline": 4}, "May: the average 0.5840"),
        ("ewma_chart", {"points": CALM}, "The newest period weighs 0.2; limits are 2.7 deviations"),
        ("ewma_chart", {"values": []}, "there is nothing to start from"),
        ("ewma_chart", {"values": ["skipped", 4], "baseline": 1}, "nothing to start from"),
        (
            "nps_chart",
            {"points": [{"promoters": 60, "passives": 0, "detractors": 40}] * 2}
            | {"centre": 90, "variance": "0.1"},
            "Periods with a signal: 2 of 2, about a score of 90.",
        ),
        (
            "nps_chart",
            {"points": [{"promoters": 6, "passives": 0, "detractors": 4}]},
            "No signal about a score of 20 (periods: 1).",
        ),
        (
            "nps_chart",
            {"points": [{"promoters": 0, "passives": 0, "detractors": 0}]},
            "No chart: nobody answered.",
        ),
        ("score_trend", {"values": list(range(8))}, "Scores rise by 1 a period"),
        ("score_trend", {"values": list(range(8, 0, -1))}, "Scores fall by 1 a period"),
        ("score_trend", {"values": THREE}, "No evidence of a trend"),
        ("score_trend", {"values": [4, 4, 4, 4]}, "all 4 scores are alike"),
        ("score_trend", {"values": [4]}, "No trend can be told of so few scores (1)"),
    ],
)
def test_explained(rule: str, facts: dict[str, Any], told: str) -> None:
    """
    Every way an outcome may come out is told, in Chinese as well, and never without an outcome that
    comes out the same again.
    """
    decision = getattr(satisfaction, rule)(**facts)
    english, chinese = decision.explain(), decision.explain("zh_CN")

    assert told in english
    assert english.count("\n") == chinese.count("\n")
    assert not {"{", "}"} & set(english + chinese)
