"""The rules of cut points: fit them on a population, score a value by them."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.segmentation.scoring.model import (
    Better,
    Number,
    Scale,
    Tie,
    Value,
    Values,
    check_scores,
    fit,
)

__all__ = ["Fit", "FitFacts", "Score", "ScoreFacts", "note_cuts", "rfm_fit", "rfm_score"]

PACKAGE: Final = "bankservice.segmentation"

FITTED: Final = Says("RFM_FITTED", ("n", "k", "reached"))
NOBODY: Final = Says("RFM_NOBODY")
CUT: Final = Says("rfm-cut", ("score", "cut", "customers"))
SKIPPED: Final = Says("rfm-unreachable", ("score",))
TIED: Final = Says("rfm-tie", ("value", "customers"))
LEFT_OUT: Final = Says("rfm-left-out", ("never", "unknown"))

SCORED: Final = Says("RFM_SCORED", ("score", "most"))
NEVER: Final = Says("RFM_NEVER")
OPEN: Final = Says("RFM_SCORE_UNKNOWN")
REACHES: Final = Says("rfm-reaches", ("value", "score", "cut"))


@attrs.frozen(kw_only=True)
class FitFacts:
    """
    What cut points are fitted on.

    Attributes:
        values: One value for each customer, in any order; `never` (or nothing) for one without any
            event, `unknown` for one whose value is not known. Both are counted and left out.
        k: How many scores.
        better: Which values score higher: `larger`, or `smaller` as for days since the last event.
    """

    values: Values
    k: int = 5
    better: Better = "larger"

    def __attrs_post_init__(self) -> None:
        check_scores(self.k)


@attrs.frozen(kw_only=True)
class Fit:
    """
    Fitted cut points and what they do to the population.

    Attributes:
        cuts: Cut points of the scores 2, 3, …; top scores that nobody can reach have none.
        n: Customers in the population.
        never: Customers left out because they never had an event; they score 0.
        unknown: Customers left out because their value is not known.
        counts: Score → how many of the population have it, those nobody has included.
        unreachable: The scores nobody of the population has.
        ties: Values shared by more customers than one score's part of the population.
    """

    cuts: tuple[Number, ...]
    n: int
    never: int = 0
    unknown: int = 0
    counts: FrozenMapping[str, int] = FrozenMapping()
    unreachable: tuple[int, ...] = ()
    ties: tuple[Tie, ...] = ()


def _fit(facts: FitFacts, parameters: None, trace: Trace | None) -> Fit:
    """
    Fit cut points of `k` scores on a population's values, so that equal values score equally.

    The cut point of a score is the smallest value whose smallest rank is above that score's part of
    the population. A big tie at the bottom scores 1; scores that ties skip are told and nothing is
    numbered anew. Adopt the result as a policy (`segmentation.rfm-cuts`): then more customers
    change nobody's score until a new fit is adopted.

    Raises:
        FaultsError: If a value is no exact number.

    Examples:
        >>> from bankservice.segmentation import rfm_fit
        >>> found = rfm_fit(values=[1, 1, 1, 1, 1, 2, 2, 3, 3], k=5).outcome
        >>> found.cuts, found.unreachable
        ((2, 2, 2, 3), (2, 3))
    """
    scale = fit(facts.values.held, facts.k, facts.better)
    ordered = sorted(facts.values.held)
    n = len(ordered)
    counts = [0] * facts.k
    ties = []
    for value, equals in groupby(ordered):
        customers = sum(1 for _ in equals)
        counts[scale.score(value) - 1] += customers
        if customers * facts.k > n:
            ties.append(Tie(value, customers))
    outcome = Fit(
        cuts=scale.cuts,
        n=n,
        never=facts.values.never,
        unknown=facts.values.unknown,
        counts=FrozenMapping({str(score): held for score, held in enumerate(counts, 1)}),
        unreachable=tuple(score for score, held in enumerate(counts, 1) if n and not held),
        ties=tuple(ties),
    )
    if trace is not None:
        _tell(outcome, scale, trace)
    return outcome


def _tell(outcome: Fit, scale: Scale, trace: Trace) -> None:
    for score, cut in enumerate(scale.cuts, 2):
        if score not in outcome.unreachable:
            trace.check(CUT(score=score, cut=cut, customers=outcome.counts[str(score)]), True)
    for score in outcome.unreachable:
        trace.check(SKIPPED(score=score), False)
    for tie in outcome.ties:
        trace.check(TIED(value=tie.value, customers=tie.customers), True)
    if outcome.never or outcome.unknown:
        trace.check(LEFT_OUT(never=outcome.never, unknown=outcome.unknown), True)


def _fit_headline(facts: FitFacts, parameters: None, outcome: Fit) -> Reason:
    if not outcome.n:
        return NOBODY()
    return FITTED(n=outcome.n, k=facts.k, reached=facts.k - len(outcome.unreachable))


rfm_fit: Final[Rule[FitFacts, None, Fit]] = Rule(
    id="segmentation.rfm-fit",
    facts=FitFacts,
    outcome=Fit,
    evaluate=_fit,
    headline=_fit_headline,
    says=(FITTED, NOBODY, CUT, SKIPPED, TIED, LEFT_OUT),
    package=PACKAGE,
)


@attrs.frozen(kw_only=True)
class ScoreFacts:
    """
    A value and the cut points it is scored by.

    Attributes:
        value: The value; `never` (or nothing) where there never was an event; or `unknown`.
        cuts: Cut points of the scores 2, 3, …: rising where larger is better, else falling.
        better: Which values score higher.
    """

    value: Value
    cuts: tuple[Value, ...]
    better: Better = "larger"

    def __attrs_post_init__(self) -> None:
        missing = [
            Fault(f"cuts[{place}]", "no number", "a number")
            for place, cut in enumerate(self.cuts)
            if cut.number is None
        ]
        if missing:
            raise FaultsError("the cut points", tuple(missing))
        _ = self.scale

    @property
    def scale(self) -> Scale:
        """The cut points as values are scored by them."""
        return Scale(tuple(c.number for c in self.cuts if c.number is not None), self.better)


@attrs.frozen(kw_only=True)
class Score:
    """
    A score.

    Attributes:
        score: From 1 up; 0 where there never was an event; None where the value is not known.
        unknown: `value` where that is not known.
    """

    score: int | None
    unknown: tuple[str, ...] = ()


def _score(facts: ScoreFacts, parameters: None, trace: Trace | None) -> Score:
    """
    Score a value by cut points: one more than the cut points it reaches.

    A value equal to a cut point reaches it. Who never had an event scores 0, below everybody; a
    value that is not known gives no score.

    Examples:
        >>> from bankservice.segmentation import rfm_score
        >>> rfm_score(value=2, cuts=[2, 2, 2, 3]).outcome.score
        4
        >>> rfm_score(value="never", cuts=[2, 2, 2, 3]).outcome.score
        0
    """
    if facts.value.unknown:
        return Score(score=None, unknown=("value",))
    if facts.value.number is None:
        return Score(score=0)
    scale, value = facts.scale, facts.value.number
    if trace is not None:
        note_cuts(scale, value, REACHES, trace)
    return Score(score=scale.score(value))


def note_cuts(scale: Scale, value: Number, says: Says, trace: Trace, **more: object) -> None:
    """Note the cut point of the score that was reached, and by how much the next was missed."""
    score = scale.score(value)
    if score > 1:
        cut = scale.cuts[score - 2]
        trace.check(says(**more, value=value, score=score, cut=cut), True)
    if score <= len(scale.cuts):
        cut = scale.cuts[score - 1]
        # Equal cut points skip scores: reaching the next gives the last of them.
        short = abs(Fraction(cut) - Fraction(value))
        trace.check(
            says(**more, value=value, score=scale.score(cut), cut=cut),
            False,
            short=int(short) if short.denominator == 1 else short,
            relative=short / abs(Fraction(cut)) if cut else None,
        )


def _score_headline(facts: ScoreFacts, parameters: None, outcome: Score) -> Reason:
    if outcome.score is None:
        return OPEN()
    if not outcome.score:
        return NEVER()
    return SCORED(score=outcome.score, most=len(facts.cuts) + 1)


rfm_score: Final[Rule[ScoreFacts, None, Score]] = Rule(
    id="segmentation.rfm-score",
    facts=ScoreFacts,
    outcome=Score,
    evaluate=_score,
    headline=_score_headline,
    says=(SCORED, NEVER, OPEN, REACHES),
    package=PACKAGE,
)
