"""The rule of dimension scores: the items of a questionnaire joined by what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
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
    "DimensionFacts",
    "DimensionItem",
    "DimensionScore",
    "DimensionScores",
    "dimension_scores",
    "person_means",
]

PACKAGE: Final = "bankservice.satisfaction"

SCORED: Final = Says("DIMENSIONS_SCORED", ("dimensions", "respondents"))
NONE: Final = Says("DIMENSIONS_NONE")
DIMENSION: Final = Says("dimension-mean", ("dimension", "mean", "base", "items"))
EMPTY: Final = Says("dimension-empty", ("dimension",))
LEFT_OUT: Final = Says("dimension-left-out", ("dimension", "left_out"))
REVERSED: Final = Says("dimension-reversed", ("item",))


@attrs.frozen
class DimensionItem:
    """
    What an item is about.

    Attributes:
        dimension: Code of the dimension.
        reversed: Whether agreement is bad, so that codes are turned round before they are joined.
    """

    dimension: str
    reversed: bool = False

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> DimensionItem:
        if isinstance(raw, str):
            return cls(raw)
        held = reader.read(raw, _Written, "an item")
        return cls(held.dimension, held.reversed)

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return any_of([forms.of(str), forms.of(_Written)])


@attrs.frozen
class _Written:
    dimension: str
    reversed: bool = False


@attrs.frozen(kw_only=True)
class DimensionFacts:
    """
    Answers to items of one scale, and which dimension each item is about.

    Attributes:
        items: Item → the code of its dimension, or `{ dimension, reversed }`.
        answers: Item → its answers, the rows of all being the same people.
        lowest: Lowest code of the scale.
        highest: Highest code of the scale, which is the best unless the item is reversed.
        least: Part of a dimension's items that a person must have answered to be counted.
        weights: One for each row; all weigh the same where left out.
        confidence: How sure the intervals are, between 0 and 1.
    """

    items: FrozenMapping[str, DimensionItem]
    answers: FrozenMapping[str, Answers]
    lowest: int = 1
    highest: int = 5
    least: Fraction = Fraction(1, 2)
    weights: tuple[Decimal, ...] | None = None
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults = [*scale_faults(self.lowest, self.highest)]
        if faults:
            raise FaultsError("answers to items", tuple(faults))
        if not self.items:
            faults.append(Fault("items", "no item", "at least one"))
        faults += [
            Fault(f"answers.{name}", "nothing", "the answers to the item")
            for name in self.items
            if name not in self.answers
        ]
        codes = range(self.lowest, self.highest + 1)
        for name, answers in self.answers.items():
            path = f"answers.{name}"
            if name not in self.items:
                wanted = f"one of {', '.join(self.items)}"
                faults.append(Fault(path, "an unknown item", wanted))
            if len(answers.codes) != self.rows:
                wanted = f"{self.rows} rows, as the first item has"
                faults.append(Fault(path, f"{len(answers.codes)} rows", wanted))
            faults.extend(range_faults(path, answers, codes))
        if not 0 < self.least <= 1:
            faults.append(Fault("least", str(self.least), "a part above 0 and up to 1"))
        faults.extend(weight_faults(self.weights, self.rows))
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("answers to items", tuple(faults))

    @property
    def rows(self) -> int:
        """How many people there are rows of."""
        return len(next(iter(self.answers.values())).codes) if self.answers else 0


@attrs.frozen(kw_only=True)
class DimensionScore:
    """
    What people said of one dimension, in codes of the scale.

    Attributes:
        mean: Of the means of each person, reversed items turned round; None over nobody.
        low: Lower end of the interval; None for a single person.
        high: Upper end of the interval.
        standard_error: Of the mean, linearised.
        deviation: Standard deviation between people, as of a sample.
        rescaled: The mean from 0, all lowest, to 100, all highest.
        base: People counted.
        left_out: People who answered some of the items, but too few.
        silent: People who answered none of them.
        items: Items of the dimension.
        effective: So many people of equal weight would tell as much.
        flags: What to mind.
    """

    mean: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    standard_error: Decimal | None = None
    deviation: Decimal | None = None
    rescaled: Decimal | None = None
    base: int
    left_out: int = 0
    silent: int = 0
    items: tuple[str, ...]
    effective: Decimal | None = None
    flags: tuple[ScoreFlag, ...] = ()


@attrs.frozen(kw_only=True)
class DimensionScores:
    """
    The score of each dimension.

    Attributes:
        dimensions: Dimension → its score, in the order the items name them.
        respondents: Rows of answers.
        confidence: How sure the intervals are.
    """

    dimensions: FrozenMapping[str, DimensionScore]
    respondents: int
    confidence: Decimal


def person_means(
    columns: Sequence[Answers], turned: Sequence[bool], ends: int, least: Fraction
) -> list[float | None]:
    """
    Return each person's mean over items; None where they answered too few of them.

    Args:
        columns: Answers to each item, the rows of all being the same people.
        turned: Whether each item is reversed.
        ends: Lowest and highest code together, by which a reversed item is turned round.
        least: Part of the items that must be answered.

    Examples:
        >>> easy, hard = Answers((5, 4)), Answers((1, Missing.SKIPPED))
        >>> person_means((easy, hard), (False, True), 6, Fraction(1))
        [5.0, None]
    """
    found: list[float | None] = []
    needed = least * len(columns)
    for row in zip(*(column.codes for column in columns), strict=True):
        codes = [
            ends - code if back else code
            for code, back in zip(row, turned, strict=True)
            if not isinstance(code, Missing)
        ]
        found.append(sum(codes) / len(codes) if codes and len(codes) >= needed else None)
    return found


def _dimension_scores(
    facts: DimensionFacts, parameters: None, trace: Trace | None
) -> DimensionScores:
    """
    Join the items of a questionnaire to a score for each dimension they are about.

    A person's score is the mean of the items they answered, reversed items turned round; a
    dimension's is the mean over people, with an interval by Student's t. Who answered fewer than
    `least` of a dimension's items, half of them where nobody says otherwise, is left out there and
    counted. A dimension nobody answered has no score.

    Raises:
        FaultsError: If an item has no answers or no dimension, rows differ, an answer is off the
            scale, weights are none, or the confidence is not between 0 and 1; rows are named.

    Source:
        A. Parasuraman, V. A. Zeithaml, L. L. Berry, "SERVQUAL", Journal of Retailing 64 (1988)
        12-40, for scores of dimensions; leaving out who answered less than half is common practice.

    Examples:
        >>> from bankservice.satisfaction import dimension_scores
        >>> found = dimension_scores(
        ...     items={"polite": "staff", "rude": {"dimension": "staff", "reversed": True}},
        ...     answers={"polite": [5, 4, "skipped"], "rude": [1, 3, 2]},
        ... ).outcome
        >>> found.dimensions["staff"].mean, found.dimensions["staff"].base
        (Decimal('4.1666666666667'), 3)
    """
    by_dimension: dict[str, list[str]] = {}
    for name, item in facts.items.items():
        by_dimension.setdefault(item.dimension, []).append(name)
    outcome = DimensionScores(
        dimensions=FrozenMapping(
            {code: _dimension(facts, tuple(names)) for code, names in by_dimension.items()}
        ),
        respondents=facts.rows,
        confidence=facts.confidence,
    )
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _dimension(facts: DimensionFacts, names: tuple[str, ...]) -> DimensionScore:
    columns = [facts.answers[name] for name in names]
    turned = [facts.items[name].reversed for name in names]
    means = person_means(columns, turned, facts.lowest + facts.highest, facts.least)
    weights = weights_as_floats(facts.weights)
    kept = [(place, mean) for place, mean in enumerate(means) if mean is not None]
    own = None if weights is None else [weights[place] for place, _ in kept]
    found = spread(cells_of([mean for _, mean in kept], own))
    silent = sum(
        all(isinstance(code, Missing) for code in row)
        for row in zip(*(column.codes for column in columns), strict=True)
    )
    left_out = len(means) - len(kept) - silent
    flags = set(base_flags(len(kept), None if found is None else found.effective))
    flags |= {ScoreFlag.INCOMPLETE} if left_out else set()
    outcome = DimensionScore(base=len(kept), left_out=left_out, silent=silent, items=names)
    if found is None:
        return attrs.evolve(outcome, flags=in_order(flags))
    interval = mean_t(found.mean, found.linearised, found.n - 1, float(facts.confidence))
    flags.update(interval_flags(interval, found.variance))
    return attrs.evolve(
        outcome,
        mean=told(found.mean),
        low=None if interval is None else told(interval.low),
        high=None if interval is None else told(interval.high),
        standard_error=None if found.linearised is None else told(found.linearised),
        deviation=None if found.deviation is None else told(found.deviation),
        rescaled=told(100 * (found.mean - facts.lowest) / (facts.highest - facts.lowest)),
        effective=told(found.effective),
        flags=in_order(flags),
    )


def _tell(facts: DimensionFacts, outcome: DimensionScores, trace: Trace) -> None:
    for name, item in facts.items.items():
        if item.reversed:
            trace.check(REVERSED(item=name), held=True)
    for code, score in outcome.dimensions.items():
        if score.mean is None:
            trace.check(EMPTY(dimension=code), held=False)
            continue
        mean, items = shown(score.mean, 2), len(score.items)
        trace.check(DIMENSION(dimension=code, mean=mean, base=score.base, items=items), held=True)
        if score.left_out:
            trace.check(LEFT_OUT(dimension=code, left_out=score.left_out), held=True)
    for flag in in_order({flag for each in outcome.dimensions.values() for flag in each.flags}):
        trace.check(FLAGGED[flag](), held=True)


def _headline(facts: DimensionFacts, parameters: None, outcome: DimensionScores) -> Reason:
    scored = tuple(code for code, each in outcome.dimensions.items() if each.mean is not None)
    return SCORED(dimensions=scored, respondents=outcome.respondents) if scored else NONE()


dimension_scores: Final[Rule[DimensionFacts, None, DimensionScores]] = Rule(
    id="satisfaction.dimension-scores",
    facts=DimensionFacts,
    outcome=DimensionScores,
    evaluate=_dimension_scores,
    headline=_headline,
    says=(SCORED, NONE, DIMENSION, EMPTY, LEFT_OUT, REVERSED, *FLAGGED.values()),
    package=PACKAGE,
)
