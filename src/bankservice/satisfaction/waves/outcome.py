"""What is told of a wave: scores with their base and interval, by item, by unit, and compared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Literal, TypeAlias

import attrs

from bankservice.core.frozen import FrozenMapping

__all__ = [
    "Kept",
    "ScoreChange",
    "UnitScore",
    "VerdictWord",
    "WaveDimension",
    "WaveDrivers",
    "WaveFlag",
    "WaveGap",
    "WaveScore",
    "WaveScores",
    "WaveWhy",
]

Kept: TypeAlias = Literal["no-answers", "no-weight", "below-floor", "complementary"]
"""Why a score is not told."""

VerdictWord: TypeAlias = Literal["improved", "worsened", "better", "worse", "no-evidence"]
"""What a difference comes to: of two waves, or of a unit and the rest."""

WaveWhy: TypeAlias = Literal["no-respondents", "modes-pooled", "inefficient-weights"]
"""Why no score of a wave is told."""


class WaveFlag(Enum):
    """What is to be held against the scores of a wave, or against one of them."""

    MODES_POOLED = "modes-pooled"
    WEIGHTS_ABOVE_CAP = "weights-above-cap"
    WEIGHTS_HEAVY = "weights-heavy"
    LOW_EFFICIENCY = "low-efficiency"
    SELF_SELECTED = "self-selected"
    SHARED_RESPONDENTS = "shared-respondents"
    WITHOUT_UNIT = "without-unit"
    SMALL_EFFECTIVE = "small-effective"
    NO_SPREAD = "no-spread"
    SMALL_TABLE = "small-table"


@attrs.frozen(kw_only=True)
class ScoreChange:
    """
    How far a score is from another one, and how sure that is.

    Attributes:
        difference: This score less the other one, in the unit of the score.
        low: Lower end of the interval of the difference; None where nothing spreads.
        high: Upper end.
        p_value: How often chance alone would differ as much; None where that cannot be said.
        adjusted: The same, adjusted for all the units that were compared at once.
        detectable: Smallest true difference that would have been found.
        verdict: Of two waves `improved`, `worsened` or `no-evidence`; of a unit and the rest
            `better`, `worse` or `no-evidence`.
        flags: What is to be held against it.
    """

    difference: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    p_value: Decimal | None = None
    adjusted: Decimal | None = None
    detectable: Decimal | None = None
    verdict: VerdictWord = "no-evidence"
    flags: tuple[WaveFlag, ...] = ()


@attrs.frozen(kw_only=True)
class WaveScore:
    """
    The score of one item over everybody.

    Attributes:
        metric: What it measures.
        score: NPS in points from -100 to 100; of `csat` and `yes-no` the share from 0 to 1; of
            `ces-v1`, `ces-v2` and `likert` the mean on their scale, turned where reverse-keyed.
        low: Lower end of its interval.
        high: Upper end.
        linearised: Its standard error by linearisation, in the unit of the score.
        share: Share of those who found it easy, of `ces-v1` and `ces-v2`.
        rescaled: Mean answer on a scale where 0 is worst and 100 best.
        base: Answers; None where they are too few to be told.
        effective: So many answers of equal weight would tell as much.
        missing: How often there is no answer, by why.
        method: How the interval was found.
        change: Since the wave before, where there is one.
        flags: What is to be held against it.
        why: Why there is no score: `no-answers`, `no-weight`, `below-floor` or `complementary`.
    """

    metric: str
    score: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    linearised: Decimal | None = None
    share: Decimal | None = None
    rescaled: Decimal | None = None
    base: int | None = None
    effective: Decimal | None = None
    missing: FrozenMapping[str, int] = FrozenMapping()
    method: str | None = None
    change: ScoreChange | None = None
    flags: tuple[WaveFlag, ...] = ()
    why: Kept | None = None


@attrs.frozen(kw_only=True)
class UnitScore:
    """
    The score of one item in one unit.

    Attributes:
        score: As that of everybody, for this unit.
        low: Lower end of its interval.
        high: Upper end.
        base: Answers; None where they are kept back.
        effective: So many answers of equal weight would tell as much.
        shrunk: The score drawn towards that of everybody, the less so the more answers there are.
        rank: Place by the shrunk score among the units of its sort, the best first; equals share.
        against_rest: Beside everybody else of the wave.
        change: Since the wave before, where there is one.
        flags: What is to be held against it.
        why: Why there is no score: `no-answers`, `no-weight`, `below-floor`, or `complementary`
            where one below the floor would follow from it.
    """

    score: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    base: int | None = None
    effective: Decimal | None = None
    shrunk: Decimal | None = None
    rank: int | None = None
    against_rest: ScoreChange | None = None
    change: ScoreChange | None = None
    flags: tuple[WaveFlag, ...] = ()
    why: Kept | None = None


@attrs.frozen(kw_only=True)
class WaveDimension:
    """
    The score of a dimension: of each respondent the mean of the items answered, then their mean.

    Attributes:
        score: On a scale where 0 is worst and 100 best.
        low: Lower end of its interval.
        high: Upper end.
        base: Respondents who answered half of its items or more.
        effective: So many respondents of equal weight would tell as much.
        items: Its items.
        why: Why there is no score.
    """

    score: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    base: int | None = None
    effective: Decimal | None = None
    items: tuple[str, ...] = ()
    why: Kept | None = None


@attrs.frozen(kw_only=True)
class WaveGap:
    """
    A perception less the expectation beside it, of those who answered both.

    Attributes:
        expectation: Code of the expectation.
        gap: Mean difference on their scale; below 0 where it was worse than expected.
        low: Lower end of its interval.
        high: Upper end.
        base: Respondents who answered both.
        verdict: `above`, `below` what was expected, or `no-evidence`.
        why: Why there is no gap.
    """

    expectation: str
    gap: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    base: int | None = None
    verdict: Literal["above", "below", "no-evidence"] | None = None
    why: Kept | None = None


@attrs.frozen(kw_only=True)
class WaveDrivers:
    """
    How much of an item's variance is associated with each of several others.

    Attributes:
        outcome: The item it is about.
        base: Respondents who answered all of them.
        effective: So many respondents of equal weight would tell as much.
        least: Fewest that the policy asks for.
        r_squared: Share of the variance all explain together.
        shares: What part of that is each one's (Shapley's); they sum to `r_squared`.
        percent: The same in percent; they sum to 100.
        why: Why there are none: `small-base`, or `no-spread` where all answered alike.
    """

    outcome: str
    base: int | None = None
    effective: Decimal | None = None
    least: int = 0
    r_squared: Decimal | None = None
    shares: FrozenMapping[str, Decimal] = FrozenMapping()
    percent: FrozenMapping[str, Decimal] = FrozenMapping()
    why: Literal["small-base", "no-spread"] | None = None


@attrs.frozen(kw_only=True)
class WaveScores:
    """
    All scores of a wave, as they may be told.

    Attributes:
        respondents: Those who were drawn and answered.
        self_selected: Those who came by themselves; no score but their own rests on them.
        effective: So many respondents of equal weight would tell as much.
        efficiency: That as a share of the respondents.
        design_effect: How many times the weights raise the variance.
        heaviest: The largest weight, as a multiple of the mean.
        floor: Fewest answers a score is told of.
        scores: Item → its score over everybody.
        units: Sort of unit → unit → item → its score there.
        without_unit: Sort of unit → respondents who are in none.
        dimensions: Dimension → its score.
        gaps: Perception → how far it is from the expectation.
        strengths: Items whose whole interval is good, the best first.
        weaknesses: Items whose whole interval is bad, the worst first.
        drivers: What goes with one item, where it was asked.
        apart: Item → score of those who came by themselves, without interval or test.
        hidden: Scores that are kept back.
        next_on: Day the next wave is due.
        flags: What is to be held against the whole.
        why: Why there are no scores: `no-respondents`, `modes-pooled` or `inefficient-weights`.
    """

    respondents: int
    self_selected: int = 0
    effective: Decimal | None = None
    efficiency: Decimal | None = None
    design_effect: Decimal | None = None
    heaviest: Decimal | None = None
    floor: int = 0
    scores: FrozenMapping[str, WaveScore] = FrozenMapping()
    units: FrozenMapping[str, FrozenMapping[str, FrozenMapping[str, UnitScore]]] = FrozenMapping()
    without_unit: FrozenMapping[str, int] = FrozenMapping()
    dimensions: FrozenMapping[str, WaveDimension] = FrozenMapping()
    gaps: FrozenMapping[str, WaveGap] = FrozenMapping()
    strengths: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    drivers: WaveDrivers | None = None
    apart: FrozenMapping[str, WaveScore] = FrozenMapping()
    hidden: int = 0
    next_on: date | None = None
    flags: tuple[WaveFlag, ...] = ()
    why: WaveWhy | None = None
