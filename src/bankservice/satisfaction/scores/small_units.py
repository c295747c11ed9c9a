"""The rule of small units: a score of few answers, drawn towards that of what the unit is part of."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import sqrt
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.quantiles import beta_quantile
from bankservice.satisfaction.model import MOST, count_faults, told
from bankservice.satisfaction.scores.answered import (
    FLAGGED,
    ScoreFlag,
    base_flags,
    in_order,
    shown,
)
from bankservice.satisfaction.scores.intervals import (
    CONFIDENCE,
    Interval,
    confidence_faults,
    wilson,
    z_of,
)

__all__ = [
    "STRENGTH",
    "SmallUnitFacts",
    "SmallUnitScore",
    "funnel",
    "shrunk",
    "shrunk_share",
    "small_unit_score",
]

PACKAGE: Final = "bankservice.satisfaction"
STRENGTH: Final = Decimal(40)
"""Answers the parent's score counts for where nobody says otherwise; a number of ours."""
LEAST: Final = 0.05
"""So many answers of either kind a parent's share counts for; less would tell nothing."""

SHARE: Final = Says("SMALL_UNIT_SHARE", ("score", "low", "high", "percent", "base"))
INDEX: Final = Says("SMALL_UNIT_INDEX", ("score", "base"))
OWN: Final = Says("small-unit-own", ("raw", "base", "percent"))
PRIOR: Final = Says("small-unit-prior", ("prior", "strength"))
FUNNEL: Final = Says("small-unit-funnel", ("raw", "low", "high"))


def shrunk(observed: float, n: float, prior: float, strength: float) -> float:
    """
    Return a score drawn towards that of the parent.

    Args:
        observed: Score of the unit.
        n: Answers it rests on.
        prior: Score of the parent.
        strength: Answers the parent's score counts for; together with *n* above 0.

    Examples:
        >>> round(shrunk(96, 5, 82, 40), 10)
        83.5555555556
    """
    return prior + (observed - prior) * (n / (n + strength))


def shrunk_share(
    k: float, n: float, prior: float, strength: float, confidence: float
) -> tuple[float, Interval]:
    """
    Return a share drawn towards that of the parent, with its credible interval, by a beta prior.

    Args:
        k: Satisfied.
        n: Base, 0 or more.
        prior: Share of the parent, above 0 and below 1.
        strength: Answers the parent's share counts for, above 0.
        confidence: Between 0 and 1.

    Examples:
        >>> share, interval = shrunk_share(9, 10, 0.82, 50, 0.95)
        >>> round(share, 10), round(interval.low, 10), round(interval.high, 10)
        (0.8333333333, 0.7300804082, 0.9156098489)
    """
    a, b = k + strength * prior, n - k + strength * (1 - prior)
    tail = (1 - confidence) / 2
    low, high = beta_quantile(a, b, tail), beta_quantile(a, b, 1 - tail)
    return a / (a + b), Interval(low, high, "beta-binomial", confidence)


def funnel(target: float, n: float, confidence: float) -> Interval:
    """
    Return between which shares a unit that is on target lies by chance, cut at 0 and 1.

    Args:
        target: Share aimed at, from 0 to 1.
        n: Base, above 0.
        confidence: Between 0 and 1.
    """
    half = z_of(confidence) * sqrt(target * (1 - target) / n)
    return Interval(max(target - half, 0.0), min(target + half, 1.0), "funnel", confidence)


@attrs.frozen(kw_only=True)
class SmallUnitFacts:
    """
    The answers of a unit, such as a branch, and the score of what it is part of.

    Attributes:
        satisfied: Satisfied customers of the unit; then scores are shares from 0 to 1.
        observed: Score of the unit in any other unit; then `satisfied` is left out.
        base: Answers of the unit.
        prior: Score of what the unit is part of, in the same unit.
        strength: Answers that score counts for.
        target: Share aimed at, for the funnel; that of the parent where left out.
        confidence: How sure the intervals are, between 0 and 1.
    """

    satisfied: int | None = None
    observed: Decimal | None = None
    base: int
    prior: Decimal
    strength: Decimal = STRENGTH
    target: Decimal | None = None
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults = [*self._faults()]
        faults.extend(confidence_faults(self.confidence))
        if faults:
            raise FaultsError("the score of a unit", tuple(faults))

    def _faults(self) -> Iterator[Fault]:
        yield from count_faults("base", self.base)
        if not 0 < self.strength <= MOST:
            yield Fault("strength", str(self.strength), f"a number above 0 and up to {MOST}")
        if self.satisfied is None:
            if self.observed is None and self.base > 0:
                yield Fault("satisfied", "nothing", "a count; or else a score in `observed`")
            if self.target is not None:
                yield Fault("target", str(self.target), "nothing: only shares have a funnel")
            return
        if self.observed is not None:
            yield Fault("observed", str(self.observed), "nothing where `satisfied` is given")
        if not 0 <= self.satisfied <= max(self.base, 0):
            yield Fault("satisfied", str(self.satisfied), f"from 0 to {self.base}, the base")
        prior = float(self.prior)
        if not 0 < prior < 1:
            yield Fault("prior", str(self.prior), "a share above 0 and below 1")
        elif 0 < float(self.strength) * min(prior, 1 - prior) < LEAST:
            wanted = f"so much that either kind of the parent's answers counts for {LEAST} or more"
            yield Fault("strength", str(self.strength), wanted)
        if self.target is not None and not 0 <= self.target <= 1:
            yield Fault("target", str(self.target), "a share from 0 to 1")


@attrs.frozen(kw_only=True)
class SmallUnitScore:
    """
    A score of a unit that may be ranked beside others; shares go from 0 to 1.

    Attributes:
        score: Drawn towards that of the parent, which it is where nobody answered.
        low: Lower end of the credible interval of a share; None for other scores.
        high: Upper end of it.
        raw: Score as observed; None where nobody answered. Units are not ranked by it.
        base: Answers.
        own: Part of the score that is the unit's own, from 0 to 1.
        wilson_low: Lower end of Wilson's interval of the share observed, the other score that
            units may be ranked by; None for other scores.
        funnel_low: Lower limit of the funnel; None for other scores.
        funnel_high: Upper limit of the funnel.
        beyond: Whether the share observed is `within` the funnel, `above` or `below` it.
        confidence: How sure the intervals are.
        flags: What to mind.
    """

    score: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    raw: Decimal | None = None
    base: int
    own: Decimal
    wilson_low: Decimal | None = None
    funnel_low: Decimal | None = None
    funnel_high: Decimal | None = None
    beyond: Literal["within", "above", "below"] | None = None
    confidence: Decimal
    flags: tuple[ScoreFlag, ...] = ()


def _small_unit_score(
    facts: SmallUnitFacts, parameters: None, trace: Trace | None
) -> SmallUnitScore:
    """
    Draw the score of a unit with few answers towards that of what it is part of.

    The fewer its own answers, the more it is drawn: units ranked by such scores do not come first
    or last for having few answers. Of a share the rule also gives the credible interval, and the
    funnel: between which shares a unit on target lies by chance. Where nobody answered the score is
    that of the parent, and the unit has none of its own.

    Raises:
        FaultsError: If counts contradict each other, the parent's share is not between 0 and 1, or
            the strength or the confidence is out of range.

    Source:
        B. Efron, C. Morris, "Stein's paradox in statistics", Scientific American 236 (May 1977)
        119-127; D. J. Spiegelhalter, "Funnel plots for comparing institutional performance",
        Statistics in Medicine 24 (2005) 1185-1202. The strength is a number of ours.

    Examples:
        >>> from bankservice.satisfaction import small_unit_score
        >>> found = small_unit_score(satisfied=9, base=10, prior="0.82", strength=50).outcome
        >>> found.raw, round(found.score, 4), found.beyond
        (Decimal('0.9'), Decimal('0.8333'), 'within')
    """
    n, strength, prior = facts.base, float(facts.strength), float(facts.prior)
    flags = {*base_flags(n, n or None)}
    outcome = SmallUnitScore(
        score=facts.prior,
        base=n,
        own=told(n / (n + strength)),
        confidence=facts.confidence,
    )
    if facts.satisfied is not None:
        outcome = _of_share(facts, outcome, facts.satisfied)
    elif facts.observed is not None and n:
        score = shrunk(float(facts.observed), n, prior, strength)
        outcome = attrs.evolve(outcome, score=told(score), raw=facts.observed)
    outcome = attrs.evolve(outcome, flags=in_order(flags))
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _of_share(facts: SmallUnitFacts, outcome: SmallUnitScore, k: int) -> SmallUnitScore:
    n, prior, confidence = facts.base, float(facts.prior), float(facts.confidence)
    score, interval = shrunk_share(k, n, prior, float(facts.strength), confidence)
    outcome = attrs.evolve(
        outcome, score=told(score), low=told(interval.low), high=told(interval.high)
    )
    if not n:
        return outcome
    limits = funnel(prior if facts.target is None else float(facts.target), n, confidence)
    raw = k / n
    beyond: Literal["within", "above", "below"] = "within"
    if not limits.low <= raw <= limits.high:
        beyond = "above" if raw > limits.high else "below"
    return attrs.evolve(
        outcome,
        raw=told(raw),
        wilson_low=told(wilson(k, n, confidence).low),
        funnel_low=told(limits.low),
        funnel_high=told(limits.high),
        beyond=beyond,
    )


def _tell(facts: SmallUnitFacts, outcome: SmallUnitScore, trace: Trace) -> None:
    if outcome.raw is not None:
        own = OWN(raw=shown(outcome.raw, 4), base=outcome.base, percent=shown(100 * outcome.own))
        trace.check(own, held=True)
    trace.check(PRIOR(prior=shown(facts.prior, 4), strength=facts.strength), held=True)
    if outcome.raw is not None and outcome.funnel_low is not None:
        assert outcome.funnel_high is not None, "a funnel has two limits"
        low, high = shown(outcome.funnel_low, 4), shown(outcome.funnel_high, 4)
        within = outcome.beyond == "within"
        trace.check(FUNNEL(raw=shown(outcome.raw, 4), low=low, high=high), held=within)
    for flag in outcome.flags:
        trace.check(FLAGGED[flag](), held=True)


def _headline(facts: SmallUnitFacts, parameters: None, outcome: SmallUnitScore) -> Reason:
    if outcome.low is None or outcome.high is None:
        return INDEX(score=shown(outcome.score, 2), base=outcome.base)
    return SHARE(
        score=shown(100 * outcome.score),
        low=shown(100 * outcome.low),
        high=shown(100 * outcome.high),
        percent=shown(100 * outcome.confidence, 3),
        base=outcome.base,
    )


small_unit_score: Final[Rule[SmallUnitFacts, None, SmallUnitScore]] = Rule(
    id="satisfaction.small-unit-score",
    facts=SmallUnitFacts,
    outcome=SmallUnitScore,
    evaluate=_small_unit_score,
    headline=_headline,
    says=(SHARE, INDEX, OWN, PRIOR, FUNNEL, *FLAGGED.values()),
    package=PACKAGE,
)
