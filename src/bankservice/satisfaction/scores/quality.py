"""The rule of service quality: what customers perceive, against what they expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import fsum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.model import Answers, Missing, told
from bankservice.satisfaction.scores.answered import (
    FLAGGED,
    ScoreFlag,
    base_flags,
    in_order,
    interval_flags,
    range_faults,
    scale_faults,
    shown,
    weight_faults,
    weights_as_floats,
)
from bankservice.satisfaction.scores.intervals import CONFIDENCE, confidence_faults, mean_t
from bankservice.satisfaction.scores.tally import cells_of, spread

__all__ = [
    "POINTS",
    "QualityDimension",
    "ServiceQuality",
    "ServiceQualityFacts",
    "service_quality",
]

PACKAGE: Final = "bankservice.satisfaction"
POINTS: Final = 100
"""What customers share out among dimensions when asked how important each is."""

GAP: Final = Says("QUALITY_GAP", ("gap", "perception"))
PERCEIVED: Final = Says("QUALITY_PERCEIVED", ("perception",))
NONE: Final = Says("QUALITY_NONE")
DIMENSION: Final = Says("quality-dimension", ("dimension", "perception", "expectation", "gap"))
ALONE: Final = Says("quality-perceived", ("dimension", "perception"))
EMPTY: Final = Says("quality-empty", ("dimension",))
WEIGHED: Final = Says("quality-importance", ("gap",))


@attrs.frozen(kw_only=True)
class ServiceQualityFacts:
    """
    What is perceived of each dimension and, where it was asked, expected: means or answers.

    Attributes:
        perception: Dimension → the mean of what is perceived; then `perceived` is left out.
        expectation: Dimension → the mean of what is expected; left out for perceptions alone.
        perceived: Dimension → answers, the rows of all being the same people.
        expected: Dimension → answers of the same people to what they expect.
        importance: Dimension → points, 100 together; the same for all where left out.
        weights: One for each row of answers; all weigh the same where left out.
        lowest: Lowest code of the scale.
        highest: Highest code of the scale, which is the best.
        confidence: How sure the intervals are, between 0 and 1.
    """

    perception: FrozenMapping[str, Decimal] | None = None
    expectation: FrozenMapping[str, Decimal] | None = None
    perceived: FrozenMapping[str, Answers] | None = None
    expected: FrozenMapping[str, Answers] | None = None
    importance: FrozenMapping[str, Decimal] | None = None
    weights: tuple[Decimal, ...] | None = None
    lowest: int = 1
    highest: int = 7
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults = [*self._scale_faults()]
        if not faults:
            faults = [*self._mean_faults(), *self._answer_faults(), *self._importance_faults()]
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("service quality", tuple(faults))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Codes of the dimensions, in the order perceptions name them."""
        held: Mapping[str, object] | None = self.perception or self.perceived
        return tuple(held or ())

    def _scale_faults(self) -> Iterator[Fault]:
        yield from scale_faults(self.lowest, self.highest)
        means = self.perception is not None or self.expectation is not None
        if means == (self.perceived is not None or self.expected is not None):
            got = "means and answers" if means else "nothing"
            yield Fault("perception", got, "means in `perception`, or answers in `perceived`")
        elif self.perception is None and self.perceived is None:
            yield Fault("perception" if means else "perceived", "nothing", "what is perceived")
        elif not self.dimensions:
            yield Fault("perception" if means else "perceived", "no dimension", "at least one")

    def _mean_faults(self) -> Iterator[Fault]:
        for name, means in (("perception", self.perception), ("expectation", self.expectation)):
            yield from self._key_faults(name, means)
            for code, mean in (means or {}).items():
                if not self.lowest <= mean <= self.highest:
                    wanted = f"a mean from {self.lowest} to {self.highest}"
                    yield Fault(f"{name}.{code}", str(mean), wanted)
        if self.perceived is None and self.weights is not None:
            yield Fault("weights", "weights", "none: means have no weights")

    def _answer_faults(self) -> Iterator[Fault]:
        if self.perceived is None:
            return
        rows = len(next(iter(self.perceived.values())).codes)
        codes = range(self.lowest, self.highest + 1)
        for name, columns in (("perceived", self.perceived), ("expected", self.expected)):
            yield from self._key_faults(name, columns)
            for code, answers in (columns or {}).items():
                if len(answers.codes) != rows:
                    wanted = f"{rows} rows, as the first dimension has"
                    yield Fault(f"{name}.{code}", f"{len(answers.codes)} rows", wanted)
                yield from range_faults(f"{name}.{code}", answers, codes)
        yield from weight_faults(self.weights, rows)

    def _importance_faults(self) -> Iterator[Fault]:
        if self.importance is None:
            return
        yield from self._key_faults("importance", self.importance)
        for code, points in self.importance.items():
            if points < 0:
                yield Fault(f"importance.{code}", str(points), "points of 0 or more")
        total = sum(self.importance.values())
        if total != POINTS:
            yield Fault("importance", f"{total} points together", f"{POINTS}")

    def _key_faults(self, name: str, held: Mapping[str, object] | None) -> Iterator[Fault]:
        if held is None:
            return
        for code in self.dimensions:
            if code not in held:
                yield Fault(f"{name}.{code}", "nothing", "a value for each dimension")
        for code in held:
            if code not in self.dimensions:
                wanted = f"one of {', '.join(self.dimensions)}"
                yield Fault(f"{name}.{code}", "an unknown dimension", wanted)


@attrs.frozen(kw_only=True)
class QualityDimension:
    """
    One dimension, in codes of the scale.

    Attributes:
        perception: Mean of what is perceived; None where nobody answered.
        expectation: Mean of what is expected; None where it was not asked.
        gap: What is perceived less what is expected: below 0 is short of what was expected.
        low: Lower end of the interval of the gap, or of the perception where there is no
            expectation; None where there are only means, or one answer.
        high: Upper end of the interval.
        base: People who answered; where expectations were asked, both. None where there are means.
        flags: What to mind.
    """

    perception: Decimal | None = None
    expectation: Decimal | None = None
    gap: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    base: int | None = None
    flags: tuple[ScoreFlag, ...] = ()


@attrs.frozen(kw_only=True)
class ServiceQuality:
    """
    Service quality over all dimensions; there is none where a dimension has no answers.

    Attributes:
        gap: Mean gap of the dimensions, in codes; None where no expectation was asked.
        weighted_gap: The same by importance; None where no importance was stated.
        perception: Mean of what is perceived, in codes.
        weighted_perception: The same by importance; None where no importance was stated.
        rescaled: What is perceived, by importance if stated, from 0 to 100.
        dimensions: Dimension → what is perceived and expected.
        confidence: How sure the intervals are.
    """

    gap: Decimal | None = None
    weighted_gap: Decimal | None = None
    perception: Decimal | None = None
    weighted_perception: Decimal | None = None
    rescaled: Decimal | None = None
    dimensions: FrozenMapping[str, QualityDimension]
    confidence: Decimal


_Row = tuple[float, float | None]
"""What is perceived and expected of a dimension."""


def _service_quality(
    facts: ServiceQualityFacts, parameters: None, trace: Trace | None
) -> ServiceQuality:
    """
    Join what customers perceive of each dimension of service to one score, and to gaps.

    The gap of a dimension is what is perceived less what is expected, of the same people: who
    answered only one of the two is left out of it. Without expectations the perceptions stand
    alone. Where customers shared out 100 points among the dimensions, scores are also given by
    that importance. Where a dimension has no answers there is no score over all of them.

    Raises:
        FaultsError: If dimensions differ, a mean or answer is off the scale, points are not 100
            together, or the confidence is not between 0 and 1; rows are named.

    Source:
        A. Parasuraman, V. A. Zeithaml, L. L. Berry, "SERVQUAL", Journal of Retailing 64 (1988)
        12-40; J. J. Cronin, S. A. Taylor, "Measuring service quality", Journal of Marketing 56
        (July 1992) 55-68, for perceptions alone.

    Examples:
        >>> from bankservice.satisfaction import service_quality
        >>> found = service_quality(
        ...     perception={"reliability": "5.8", "empathy": "5.5"},
        ...     expectation={"reliability": "6.7", "empathy": "6.1"},
        ...     importance={"reliability": 70, "empathy": 30},
        ... ).outcome
        >>> found.gap, found.weighted_gap
        (Decimal('-0.75'), Decimal('-0.81'))
    """
    rows: dict[str, _Row] = {}
    held: dict[str, QualityDimension] = {}
    for code in facts.dimensions:
        held[code], row = _of_means(facts, code) or _of_answers(facts, code)
        if row is not None:
            rows[code] = row
    outcome = ServiceQuality(dimensions=FrozenMapping(held), confidence=facts.confidence)
    if len(rows) == len(held):
        outcome = _joined(facts, outcome, list(rows.values()))
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _of_means(facts: ServiceQualityFacts, code: str) -> tuple[QualityDimension, _Row | None] | None:
    if facts.perception is None:
        return None
    perception = float(facts.perception[code])
    if facts.expectation is None:
        return QualityDimension(perception=told(perception)), (perception, None)
    expectation = float(facts.expectation[code])
    dimension = QualityDimension(
        perception=told(perception),
        expectation=told(expectation),
        gap=told(perception - expectation),
    )
    return dimension, (perception, expectation)


def _of_answers(facts: ServiceQualityFacts, code: str) -> tuple[QualityDimension, _Row | None]:
    assert facts.perceived is not None, "there are means or answers"
    codes = facts.perceived[code].codes
    others = codes if facts.expected is None else facts.expected[code].codes
    weights = weights_as_floats(facts.weights) or [1.0] * len(codes)
    both = [
        (seen, hoped, weight)
        for seen, hoped, weight in zip(codes, others, weights, strict=True)
        if not isinstance(seen, Missing) and not isinstance(hoped, Missing)
    ]
    own = [weight for _, _, weight in both]
    seen, hoped = _mean([row[0] for row in both], own), _mean([row[1] for row in both], own)
    alone = facts.expected is None
    values = [float(seen if alone else seen - hoped) for seen, hoped, _ in both]
    found = spread(cells_of(values, None if facts.weights is None else own))
    flags = set(base_flags(len(both), None if found is None else found.effective))
    dimension = QualityDimension(base=len(both))
    if found is None or seen is None or hoped is None:
        return attrs.evolve(dimension, flags=in_order(flags)), None
    interval = mean_t(found.mean, found.linearised, found.n - 1, float(facts.confidence))
    flags.update(interval_flags(interval, found.variance))
    dimension = attrs.evolve(
        dimension,
        perception=told(seen),
        expectation=None if alone else told(hoped),
        gap=None if alone else told(found.mean),
        low=None if interval is None else told(interval.low),
        high=None if interval is None else told(interval.high),
        flags=in_order(flags),
    )
    return dimension, (seen, None if alone else hoped)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float | None:
    total = fsum(weights)
    return fsum(v * w for v, w in zip(values, weights, strict=True)) / total if total else None


def _joined(
    facts: ServiceQualityFacts, outcome: ServiceQuality, rows: Sequence[_Row]
) -> ServiceQuality:
    """Return the outcome with what all dimensions together tell."""
    even = [1.0] * len(rows)
    seen = [perception for perception, _ in rows]
    gaps = [p - e for p, e in rows if e is not None]
    points = None
    if facts.importance is not None:
        points = [float(facts.importance[code]) for code in facts.dimensions]
    perception, weighted = _mean(seen, even), None if points is None else _mean(seen, points)
    assert perception is not None, "there is a dimension"
    best = perception if weighted is None else weighted
    gap = _mean(gaps, even) if gaps else None
    weighted_gap = _mean(gaps, points) if gaps and points is not None else None
    return attrs.evolve(
        outcome,
        gap=None if gap is None else told(gap),
        weighted_gap=None if weighted_gap is None else told(weighted_gap),
        perception=told(perception),
        weighted_perception=None if weighted is None else told(weighted),
        rescaled=told(100 * (best - facts.lowest) / (facts.highest - facts.lowest)),
    )


def _tell(outcome: ServiceQuality, trace: Trace) -> None:
    for code, each in outcome.dimensions.items():
        if each.perception is None:
            trace.check(EMPTY(dimension=code), held=False)
            continue
        seen = shown(each.perception, 2)
        if each.expectation is None or each.gap is None:
            trace.check(ALONE(dimension=code, perception=seen), held=True)
            continue
        hoped, gap = shown(each.expectation, 2), shown(each.gap, 2)
        told_of = DIMENSION(dimension=code, perception=seen, expectation=hoped, gap=gap)
        trace.check(told_of, held=True)
    if outcome.weighted_gap is not None:
        trace.check(WEIGHED(gap=shown(outcome.weighted_gap, 3)), held=True)
    for flag in in_order({flag for each in outcome.dimensions.values() for flag in each.flags}):
        trace.check(FLAGGED[flag](), held=True)


def _headline(facts: ServiceQualityFacts, parameters: None, outcome: ServiceQuality) -> Reason:
    if outcome.perception is None:
        return NONE()
    perception = shown(outcome.perception, 2)
    if outcome.gap is None:
        return PERCEIVED(perception=perception)
    return GAP(gap=shown(outcome.gap, 3), perception=perception)


service_quality: Final[Rule[ServiceQualityFacts, None, ServiceQuality]] = Rule(
    id="satisfaction.service-quality",
    facts=ServiceQualityFacts,
    outcome=ServiceQuality,
    evaluate=_service_quality,
    headline=_headline,
    says=(GAP, PERCEIVED, NONE, DIMENSION, ALONE, EMPTY, WEIGHED, *FLAGGED.values()),
    package=PACKAGE,
)
