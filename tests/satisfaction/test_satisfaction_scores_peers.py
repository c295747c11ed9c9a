"""Faults of other tools that scores must not have, and why their intervals are as they are."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any, Final

import pytest

from bankservice.core.errors import FaultsError
from bankservice.satisfaction import (
    csat,
    nps,
)
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.scores.intervals import (
    NetMethod,
    adjusted_net,
    mean_t,
    net_interval,
    plain_net,
)
from bankservice.satisfaction.scores.promoters import CLASSES, counted_classes
from bankservice.satisfaction.scores.tally import spread

HISTOGRAM: Final = (1, 0, 1, 1, 2, 5, 10, 12, 18, 22, 28)
"""How often each score from 0 to 10 was given, of a hundred."""
SCORES: Final = [code for code, count in enumerate(HISTOGRAM) for _ in range(count)]


def faults_of(rule: Any, **facts: Any) -> list[str]:
    """Return the faults a rule tells of its facts."""
    with pytest.raises(FaultsError) as caught:
        rule(**facts)
    return [str(fault) for fault in caught.value.faults]


class TestPeers:
    """Faults on record of others, which ours must not have."""

    def test_classes_go_by_value(self) -> None:
        """A class taken from the place of an option lost the promoters with 9: the score is 30."""
        assert 30 == nps(scores=SCORES).outcome.score

    def test_classes_cover_the_scale(self) -> None:
        """A tutorial left 0 out of the detractors: every score has exactly one class."""
        assert list(range(11)) == list(CLASSES)
        assert {-1: 7, 0: 2, 1: 2} == {
            each: list(CLASSES.values()).count(each) for each in (-1, 0, 1)
        }

    def test_everybody_is_counted_once(self) -> None:
        """Of 36 who were asked 32 gave a score and classes added up to 31: here they add up."""
        asked = [*SCORES, *(why.value for why in Missing for _ in range(3))]
        found = nps(scores=asked).outcome

        assert found.base == found.promoters + found.passives + found.detractors
        assert len(asked) == found.base + sum(found.missing.values())

    def test_skips_are_in_no_denominator(self) -> None:
        """Twenty skips that count in the denominator would make 25 of 30 points."""
        assert 30 == nps(scores=[*SCORES, *["skipped"] * 20]).outcome.score

    def test_another_scale_is_no_nps(self) -> None:
        """A question from 0 to 10 is not NPS unless it is said to be, nor is one from 1 to 5."""
        found = csat(answers=[9, 10], scale={"lowest": 0, "highest": 10, "satisfied": [9, 10]})

        assert not hasattr(found.outcome, "score")
        assert ["scale: got an unknown key"] == [
            fault[:25] for fault in faults_of(nps, scores=[1, 5], scale="1-5")
        ]

    def test_covariance_of_the_classes(self) -> None:
        """Taking the two shares as independent understates the error: 6.4031 for 7.8102."""
        found = nps(promoters=50, passives=30, detractors=20, method="wald").outcome

        assert 7.8102 == round(float(found.standard_error or 0), 4)

    def test_weights_are_no_frequencies(self) -> None:
        """A thousandfold weight is no thousandfold sample: the error stays."""
        scores, weights = [10, 9, 7, 3], [2, 1, 1, 3]
        once = nps(scores=scores, weights=weights).outcome
        often = nps(scores=scores, weights=[1024 * weight for weight in weights]).outcome

        assert once == often

    def test_wald_claims_certainty(self) -> None:
        """Ten promoters by Wald are 100 to 100, flagged; the default gives room."""
        counts = {"promoters": 10, "passives": 0, "detractors": 0}
        sure, open_ended = nps(**counts, method="wald").outcome, nps(**counts).outcome

        assert "no-width" in [flag.value for flag in sure.flags]
        assert 47 < float(open_ended.low or 0) < 48


COVERED: Final = (
    ("0.8", "0.05", 5, ".6648", ".9293"),
    ("0.8", "0.05", 20, ".8598", ".9563"),
    ("0.8", "0.05", 50, ".9310", ".9559"),
    ("0.9", "0.02", 10, ".6494", ".9298"),
    ("0.5", "0.2", 20, ".9262", ".9478"),
)
"""Shares of promoters and detractors, base, how often Wald and adjusted Wald hold the truth."""
BY_T: Final = (("0.9", "0.02", 10, ".6506"), ("0.5", "0.2", 20, ".9431"))


def covered(p: str, d: str, n: int, method: NetMethod) -> float:
    """Return how often an interval holds the true score, over every sample there can be."""
    shares = Fraction(p), Fraction(d)
    chance = [float(shares[0]), float(1 - sum(shares)), float(shares[1])]
    truth, held = float(shares[0] - shares[1]), 0.0
    for promoters in range(n + 1):
        for detractors in range(n + 1 - promoters):
            passives = n - promoters - detractors
            if method is NetMethod.T:
                found = spread(counted_classes(promoters, passives, detractors))
                assert found is not None, "n is above 0"
                interval = mean_t(found.mean, found.linearised, n - 1, 0.95)
                assert interval is not None, "n is above 1"
            else:
                made = adjusted_net if method is NetMethod.ADJUSTED_WALD else plain_net
                net = made(promoters / n, detractors / n, n)
                interval = net_interval(net, 0.95, method)
            if interval.low <= truth <= interval.high:
                ways = comb(n, promoters) * comb(n - promoters, detractors)
                held += (
                    ways * chance[0] ** promoters * chance[1] ** passives * chance[2] ** detractors
                )
    return held


class TestCoverage:
    """Why the adjusted Wald interval is the default, by enumeration of every sample."""

    @pytest.mark.parametrize(("p", "d", "n", "wald", "adjusted"), COVERED)
    def test_wald(self, p: str, d: str, n: int, wald: str, adjusted: str) -> None:
        """Wald covers far less than it claims for few and lopsided answers; adjusted does not."""
        assert float(wald) == round(covered(p, d, n, NetMethod.WALD), 4)
        assert float(adjusted) == round(covered(p, d, n, NetMethod.ADJUSTED_WALD), 4)

    @pytest.mark.parametrize(("p", "d", "n", "by_t"), BY_T)
    def test_t(self, p: str, d: str, n: int, by_t: str) -> None:
        """Student's t is hardly better than Wald there."""
        assert float(by_t) == round(covered(p, d, n, NetMethod.T), 4)
