"""The rule of customer effort: how easy the bank made it, with how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.satisfaction.model import Answers, told
from bankservice.satisfaction.scores.answered import (
    EFFECTIVE,
    FLAGGED,
    UNANSWERED,
    ScoreFlag,
    base_flags,
    cells_of_answers,
    in_order,
    interval_flags,
    note_base,
    range_faults,
    shown,
    weight_faults,
)
from bankservice.satisfaction.scores.intervals import (
    CONFIDENCE,
    ShareMethod,
    confidence_faults,
    mean_t,
    share_interval,
)
from bankservice.satisfaction.scores.tally import Cell, Spread, portion, spread

__all__ = ["EFFORTS", "CesFacts", "EffortScale", "EffortScore", "ces"]

PACKAGE: Final = "bankservice.satisfaction"

SCORED: Final = Says("CES_SCORE", ("mean", "low", "high", "percent", "share", "base"))
UNSURE: Final = Says("CES_NO_INTERVAL", ("mean", "base"))
NONE: Final = Says("CES_NONE")
HIGH: Final = Says("ces-high-is-easy", ("lowest", "highest"))
LOW: Final = Says("ces-low-is-easy", ("lowest", "highest"))


@attrs.frozen
class EffortScale:
    """
    A version of the question of effort: its codes, and the direction they go.

    Attributes:
        name: `v2` or `v1`.
        lowest: Lowest code.
        highest: Highest code.
        easy: Codes that count as easy.
        very_easy: Codes that count as easy by a stricter reading.
    """

    name: str
    lowest: int
    highest: int
    easy: tuple[int, ...]
    very_easy: tuple[int, ...]

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> EffortScale:
        if isinstance(raw, Sequence) and not isinstance(raw, (str, bytes)):
            return _one_of(raw)
        found = _found(raw)
        if found is None:
            wanted = f"one of {', '.join(EFFORTS)}"
            raise FaultsError("a version", (Fault("", named(raw), wanted),))
        return found

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        written = {"type": "string", "pattern": r"^([cC][eE][sS])?\s*[vV]?[12](\.0)?$"}
        one = any_of([written, {"enum": [1, 2]}])
        return any_of([one, {"type": "array", "items": one, "minItems": 1}])

    def __written__(self) -> str:
        return self.name

    @property
    def high_is_easy(self) -> bool:
        """Whether the highest code is the best."""
        return self.highest in self.easy

    @property
    def codes(self) -> range:
        """Every code, rising."""
        return range(self.lowest, self.highest + 1)


EFFORTS: Final[FrozenMapping[str, EffortScale]] = FrozenMapping(
    {
        "v2": EffortScale("v2", 1, 7, (5, 6, 7), (6, 7)),
        "v1": EffortScale("v1", 1, 5, (1, 2), (1,)),
    }
)
"""Version 2: agreement that it was made easy, 7 is best. Version 1: effort put in, 5 is worst."""


def _found(raw: Any) -> EffortScale | None:
    if type(raw) not in (int, str, Decimal):
        return None
    # As people write it: 2, "2", "v2", "CES 2.0".
    key = str(raw).casefold().removeprefix("ces").strip().removesuffix(".0")
    found: EffortScale | None = EFFORTS.get(key if key.startswith("v") else f"v{key}")
    return found


def _one_of(raw: Sequence[Any]) -> EffortScale:
    """Return the version that a list of them is of throughout."""
    first = _found(raw[0]) if raw else None
    faults = [
        Fault(f"[{row}]", named(each), f"one version throughout: {first.name if first else 'v2'}")
        for row, each in enumerate(raw)
        if _found(each) is None or _found(each) != first
    ]
    if first is None and not faults:
        faults = [Fault("", "an empty list", f"one of {', '.join(EFFORTS)}")]
    if faults or first is None:
        raise FaultsError("versions", tuple(faults))
    return first


@attrs.frozen(kw_only=True)
class CesFacts:
    """
    Answers to the question how much effort it took.

    Attributes:
        answers: Codes of the version's scale, or why there is no answer.
        version: `v2`, from 1 to 7 where 7 is easy, or `v1`, from 1 to 5 where 5 is hard. A list, one
            for each answer, must be of one version throughout.
        weights: One for each row of `answers`; all weigh the same where left out.
        confidence: How sure the intervals are, between 0 and 1.
    """

    answers: Answers
    version: EffortScale = EFFORTS["v2"]
    weights: tuple[Decimal, ...] | None = None
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults = [*range_faults("answers", self.answers, self.version.codes)]
        faults.extend(weight_faults(self.weights, len(self.answers.codes)))
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("answers about effort", tuple(faults))

    @property
    def cells(self) -> FrozenMapping[int, Cell]:
        """The answers by code."""
        return cells_of_answers(self.answers, self.weights)


@attrs.frozen(kw_only=True)
class EffortScore:
    """
    A customer effort score with its uncertainty; the mean is in codes, shares go from 0 to 1.

    Attributes:
        mean: Weighted mean of the codes as they were asked: low is easy in version 1.
        low: Lower end of the interval of the mean; None for a single answer.
        high: Upper end of the interval of the mean.
        share: Of those who found it easy: 5 to 7 in version 2, 1 and 2 in version 1.
        share_low: Lower end of Wilson's interval of that share.
        share_high: Upper end of Wilson's interval of that share.
        strict_share: Of those who found it very easy: 6 and 7 in version 2, 1 in version 1.
        rescaled: The mean from 0, as hard as can be, to 100, as easy as can be.
        deviation: Standard deviation of the codes as of a sample; None for a single answer.
        standard_error: Of the mean, linearised; None for a single answer.
        base: Answers.
        effective: So many answers of equal weight would tell as much.
        missing: How often there is no answer, by why; none of these is in the base.
        version: Version of the question; scores of two versions are not comparable.
        confidence: How sure the intervals are.
        flags: What to mind.
    """

    mean: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    share: Decimal | None = None
    share_low: Decimal | None = None
    share_high: Decimal | None = None
    strict_share: Decimal | None = None
    rescaled: Decimal | None = None
    deviation: Decimal | None = None
    standard_error: Decimal | None = None
    base: int
    effective: Decimal | None = None
    missing: FrozenMapping[str, int] = FrozenMapping()
    version: str
    confidence: Decimal
    flags: tuple[ScoreFlag, ...] = ()


def _ces(facts: CesFacts, parameters: None, trace: Trace | None) -> EffortScore:
    """
    Score answers about effort: the mean with its interval, and the share of those who had it easy.

    The two versions of the question go in opposite directions, so that the version stands with the
    answers; scores of both in one series are refused. `rescaled` is higher where it is easier in
    both. The interval of the mean is Student's. Over nobody there is no score.

    Raises:
        FaultsError: If an answer is no code of the version, versions are mixed, a weight is none,
            or the confidence is not between 0 and 1; rows are named.

    Source:
        M. Dixon, K. Freeman, N. Toman, "Stop trying to delight your customers", Harvard Business
        Review (July 2010), for version 1; the seven codes of version 2 as its successors ask them.

    Examples:
        >>> from bankservice.satisfaction import ces
        >>> found = ces(answers=[7, 6, 5, 7, 3, "skipped"], version="v2").outcome
        >>> found.mean, found.share, round(found.low, 3)
        (Decimal('5.6'), Decimal('0.8'), Decimal('3.522'))
    """
    scale, cells = facts.version, facts.cells
    found, base = spread(cells), len(facts.answers.valid)
    flags = set(base_flags(base, None if found is None else found.effective))
    outcome = EffortScore(
        base=base,
        missing=facts.answers.missing,
        version=scale.name,
        confidence=facts.confidence,
    )
    if found is not None:
        outcome = _with_mean(outcome, found, scale, flags)
        easy, very = portion(cells, scale.easy), portion(cells, scale.very_easy)
        assert easy is not None, "there is a mean"
        assert very is not None, "there is a mean"
        confidence = float(facts.confidence)
        share = share_interval(easy.k, easy.effective, confidence, ShareMethod.WILSON)
        outcome = attrs.evolve(
            outcome,
            share=told(easy.share),
            share_low=told(share.low),
            share_high=told(share.high),
            strict_share=told(very.share),
        )
    outcome = attrs.evolve(outcome, flags=in_order(flags))
    if trace is not None:
        _tell(scale, outcome, trace)
    return outcome


def _with_mean(
    outcome: EffortScore, found: Spread, scale: EffortScale, flags: set[ScoreFlag]
) -> EffortScore:
    interval = mean_t(found.mean, found.linearised, found.n - 1, float(outcome.confidence))
    flags.update(interval_flags(interval, found.variance))
    hard = scale.lowest if scale.high_is_easy else scale.highest
    return attrs.evolve(
        outcome,
        mean=told(found.mean),
        low=None if interval is None else told(interval.low),
        high=None if interval is None else told(interval.high),
        rescaled=told(100 * abs(found.mean - hard) / (scale.highest - scale.lowest)),
        deviation=None if found.deviation is None else told(found.deviation),
        standard_error=None if found.linearised is None else told(found.linearised),
        effective=told(found.effective),
    )


def _tell(scale: EffortScale, outcome: EffortScore, trace: Trace) -> None:
    direction = HIGH if scale.high_is_easy else LOW
    trace.check(direction(lowest=scale.lowest, highest=scale.highest), held=True)
    note_base(outcome.base, outcome.effective, outcome.missing, outcome.flags, trace)


def _headline(facts: CesFacts, parameters: None, outcome: EffortScore) -> Reason:
    if outcome.mean is None or outcome.share is None:
        return NONE()
    mean = shown(outcome.mean, 2)
    if outcome.low is None or outcome.high is None:
        return UNSURE(mean=mean, base=outcome.base)
    return SCORED(
        mean=mean,
        low=shown(outcome.low, 2),
        high=shown(outcome.high, 2),
        percent=shown(100 * outcome.confidence, 3),
        share=shown(100 * outcome.share),
        base=outcome.base,
    )


ces: Final[Rule[CesFacts, None, EffortScore]] = Rule(
    id="satisfaction.ces",
    facts=CesFacts,
    outcome=EffortScore,
    evaluate=_ces,
    headline=_headline,
    says=(SCORED, UNSURE, NONE, HIGH, LOW, UNANSWERED, EFFECTIVE, *FLAGGED.values()),
    package=PACKAGE,
)
