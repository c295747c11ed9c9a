"""The rule of the three-item satisfaction index: three answers joined to one number, 0 to 100."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import fsum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
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

__all__ = ["ITEMS", "IndexFacts", "SatisfactionIndex", "index_of", "satisfaction_index"]

PACKAGE: Final = "bankservice.satisfaction"
ITEMS: Final = 3
"""Overall satisfaction, compared with what was expected, compared with the ideal."""

INDEX: Final = Says("INDEX_SCORE", ("index", "low", "high", "percent", "base"))
ALONE: Final = Says("INDEX_MEANS", ("index",))
NONE: Final = Says("INDEX_NONE")
ITEM: Final = Says("index-item", ("place", "mean", "percent"))
LEFT_OUT: Final = Says("index-left-out", ("left_out",))


def index_of(means: Sequence[float], importance: Sequence[float], lowest: int, span: int) -> float:
    """
    Return the index, from 0 to 100, of three means.

    Args:
        means: Mean of each item.
        importance: Of each item; not all 0.
        lowest: Lowest code of the items.
        span: Highest code less the lowest.

    Examples:
        >>> round(index_of((8.1, 7.6, 7.3), (0.40, 0.32, 0.28), 1, 9), 10)
        74.6222222222
    """
    total = fsum(importance)
    worth = fsum(part * (mean - lowest) for part, mean in zip(importance, means, strict=True))
    return 100 * (worth / (total * span))


@attrs.frozen(kw_only=True)
class IndexFacts:
    """
    Three questions of satisfaction on one scale: their means, or their answers.

    Attributes:
        means: Mean of each of the three; then `answers` is left out.
        answers: Answers to each of the three, the rows of all being the same people.
        weights: One for each row of `answers`; all weigh the same where left out.
        importance: Of each of the three, in any unit; the same for all where left out.
        lowest: Lowest code of the scale.
        highest: Highest code of the scale, which is the best.
        confidence: How sure the interval is, between 0 and 1.
    """

    means: tuple[Decimal, ...] | None = None
    answers: tuple[Answers, ...] | None = None
    weights: tuple[Decimal, ...] | None = None
    importance: tuple[Decimal, ...] = (Decimal(1),) * ITEMS
    lowest: int = 1
    highest: int = 10
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults: list[Fault] = []
        if ends := [*scale_faults(self.lowest, self.highest)]:
            faults.extend(ends)
        elif self.answers is not None:
            faults.extend(self._answer_faults())
        elif self.means is None or len(self.means) != ITEMS:
            got = "nothing" if self.means is None else f"{len(self.means)} means"
            faults.append(Fault("means", got, "three means; or else `answers`"))
        else:
            wanted = f"a mean from {self.lowest} to {self.highest}"
            faults += [
                Fault(f"means[{place}]", str(mean), wanted)
                for place, mean in enumerate(self.means)
                if not self.lowest <= mean <= self.highest
            ]
        if self.answers is None and self.weights is not None:
            faults.append(Fault("weights", "weights", "none: means have no weights"))
        if len(self.importance) != ITEMS:
            faults.append(Fault("importance", f"{len(self.importance)} numbers", "three"))
        elif min(self.importance) < 0 or not any(self.importance):
            got = str([str(part) for part in self.importance])
            faults.append(Fault("importance", got, "three numbers of 0 or more, not all 0"))
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("three questions of satisfaction", tuple(faults))

    def _answer_faults(self) -> list[Fault]:
        assert self.answers is not None, "just looked at"
        faults: list[Fault] = []
        if self.means is not None:
            faults.append(Fault("means", "means", "nothing where `answers` are given"))
        if len(self.answers) != ITEMS:
            faults.append(Fault("answers", f"{len(self.answers)} lists", "three, one an item"))
            return faults
        rows = len(self.answers[0].codes)
        codes = range(self.lowest, self.highest + 1)
        for place, item in enumerate(self.answers):
            if len(item.codes) != rows:
                wanted = f"{rows} rows, as the first item has"
                faults.append(Fault(f"answers[{place}]", f"{len(item.codes)} rows", wanted))
            faults.extend(range_faults(f"answers[{place}]", item, codes))
        faults.extend(weight_faults(self.weights, rows))
        return faults


@attrs.frozen(kw_only=True)
class SatisfactionIndex:
    """
    A three-item satisfaction index with its uncertainty, from 0 to 100.

    Attributes:
        index: All lowest is 0, all highest 100; None over nobody.
        low: Lower end of the interval; None where there are only means, or one answer.
        high: Upper end of the interval.
        standard_error: Of the index, linearised.
        means: Mean of each item, over those who answered all three.
        base: Those who answered all three; None where there are only means.
        left_out: Those who answered not all three.
        effective: So many answers of equal weight would tell as much.
        confidence: How sure the interval is.
        flags: What to mind.
    """

    index: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    standard_error: Decimal | None = None
    means: tuple[Decimal, ...] = ()
    base: int | None = None
    left_out: int = 0
    effective: Decimal | None = None
    confidence: Decimal
    flags: tuple[ScoreFlag, ...] = ()


def _satisfaction_index(
    facts: IndexFacts, parameters: None, trace: Trace | None
) -> SatisfactionIndex:
    """
    Join three questions of satisfaction to one index, from 0 to 100.

    Each item counts by its importance, which is the same for all where nobody says otherwise. The
    construction is that of the American Customer Satisfaction Index; its importances are not
    published, so that this is an index of ours, to be compared only with itself. From answers an
    interval by Student's t follows; who answered not all three is left out and counted.

    Raises:
        FaultsError: If there are not three items, an answer or mean is off the scale, importances
            or weights are none, or the confidence is not between 0 and 1; rows are named.

    Source:
        C. Fornell and others, "The American Customer Satisfaction Index: nature, purpose, and
        findings", Journal of Marketing 60 (October 1996) 7-18.

    Examples:
        >>> from bankservice.satisfaction import satisfaction_index
        >>> satisfaction_index(
        ...     means=["8.1", "7.6", "7.3"], importance=["0.40", "0.32", "0.28"]
        ... ).outcome.index
        Decimal('74.622222222222')
    """
    span, importance = facts.highest - facts.lowest, [float(part) for part in facts.importance]
    outcome = SatisfactionIndex(confidence=facts.confidence)
    if facts.answers is not None:
        outcome = _of_answers(facts, outcome, importance, span)
    elif facts.means is not None:
        means = [float(mean) for mean in facts.means]
        index = told(index_of(means, importance, facts.lowest, span))
        outcome = attrs.evolve(outcome, index=index, means=facts.means)
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _of_answers(
    facts: IndexFacts, outcome: SatisfactionIndex, importance: list[float], span: int
) -> SatisfactionIndex:
    assert facts.answers is not None, "just looked at"
    weights, kept, held = weights_as_floats(facts.weights), [], []
    for place, row in enumerate(zip(*(item.codes for item in facts.answers), strict=True)):
        codes = [code for code in row if not isinstance(code, Missing)]
        if len(codes) == ITEMS:
            held.append(codes)
            kept.append(1.0 if weights is None else weights[place])
    values = [index_of(codes, importance, facts.lowest, span) for codes in held]
    found = spread(cells_of(values, None if weights is None else kept))
    flags = set(base_flags(len(held), None if found is None else found.effective))
    left_out = len(facts.answers[0].codes) - len(held)
    if left_out:
        flags.add(ScoreFlag.INCOMPLETE)
    outcome = attrs.evolve(outcome, base=len(held), left_out=left_out)
    if found is None:
        return attrs.evolve(outcome, flags=in_order(flags))
    interval = mean_t(found.mean, found.linearised, found.n - 1, float(facts.confidence))
    flags.update(interval_flags(interval, found.variance))
    total = fsum(kept)
    columns = zip(*held, strict=True)
    means = [fsum(w * c for w, c in zip(kept, column, strict=True)) / total for column in columns]
    return attrs.evolve(
        outcome,
        index=told(found.mean),
        low=None if interval is None else told(max(interval.low, 0.0)),
        high=None if interval is None else told(min(interval.high, 100.0)),
        standard_error=None if found.linearised is None else told(found.linearised),
        means=tuple(told(mean) for mean in means),
        effective=told(found.effective),
        flags=in_order(flags),
    )


def _tell(facts: IndexFacts, outcome: SatisfactionIndex, trace: Trace) -> None:
    total = sum(facts.importance)
    for place, (mean, part) in enumerate(zip(outcome.means, facts.importance, strict=False)):
        share = shown(100 * part / total)
        trace.check(ITEM(place=place + 1, mean=shown(mean, 2), percent=share), held=True)
    if outcome.left_out:
        trace.check(LEFT_OUT(left_out=outcome.left_out), held=True)
    for flag in outcome.flags:
        trace.check(FLAGGED[flag](), held=True)


def _headline(facts: IndexFacts, parameters: None, outcome: SatisfactionIndex) -> Reason:
    if outcome.index is None:
        return NONE()
    index = shown(outcome.index)
    if outcome.low is None or outcome.high is None:
        return ALONE(index=index)
    return INDEX(
        index=index,
        low=shown(outcome.low),
        high=shown(outcome.high),
        percent=shown(100 * outcome.confidence, 3),
        base=outcome.base,
    )


satisfaction_index: Final[Rule[IndexFacts, None, SatisfactionIndex]] = Rule(
    id="satisfaction.satisfaction-index",
    facts=IndexFacts,
    outcome=SatisfactionIndex,
    evaluate=_satisfaction_index,
    headline=_headline,
    says=(INDEX, ALONE, NONE, ITEM, LEFT_OUT, *FLAGGED.values()),
    package=PACKAGE,
)
