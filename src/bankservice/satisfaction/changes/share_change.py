"""The rule of a change of the satisfied share, between two periods with other respondents."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.errors import Fault
from bankservice.core.policy import Title
from bankservice.core.quantiles import two_sided
from bankservice.satisfaction.changes.two_samples import (
    Share,
    agresti_caffo,
    detectable_share,
    expected_least,
    fisher,
    newcombe,
    pooled_error,
)
from bankservice.satisfaction.changes.verdicts import (
    PACKAGE,
    TELLING,
    Change,
    ChangeFlag,
    Periods,
    Unit,
    Verdict,
    change_headline,
    judged,
    tell_change,
    told_or_none,
)
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.satisfied import CsatFacts
from bankservice.satisfaction.scores.tally import Portion

__all__ = [
    "PERCENT",
    "CsatChange",
    "CsatChangeFacts",
    "ShareChangeInterval",
    "ShareChangeTest",
    "SharesCompared",
    "csat_change",
    "shares_compared",
]

PERCENT: Final = Unit(Title(en="percentage points", zh="个百分点"), 100, 1)
FEWEST: Final = 5.0
"""Expected counts below which the normal law is not to be relied on."""


class ShareChangeInterval(Enum):
    """How the interval of a difference of shares is found."""

    NEWCOMBE = "newcombe"
    AGRESTI_CAFFO = "agresti-caffo"


class ShareChangeTest(Enum):
    """By which test two shares are compared."""

    POOLED_Z = "pooled-z"
    FISHER = "fisher"


@attrs.frozen(kw_only=True)
class CsatChangeFacts(Periods):
    """
    Ratings of satisfaction of two periods, on one scale.

    Attributes:
        before: Ratings of the earlier period, as the facts of `satisfaction.csat`; the method and
            confidence that stand there are not looked at.
        after: Ratings of the later period, of other respondents.
        interval: `newcombe`, or `agresti-caffo` for few answers.
        test: `pooled-z`, or `fisher` for the exact test, which takes counts without weights.
        confidence: How sure the interval is, between 0 and 1.
        power: How surely `detectable` would have been found, from 0.5 to below 1.
        before_from: First day of the earlier period.
        before_until: Day after its last.
        after_from: First day of the later period.
        after_until: Day after its last.
    """

    before: CsatFacts
    after: CsatFacts
    interval: ShareChangeInterval = ShareChangeInterval.NEWCOMBE
    test: ShareChangeTest = ShareChangeTest.POOLED_Z

    def more_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the ratings."""
        scales = (self.before.scale, self.after.scale)
        if None not in scales and scales[0] != scales[1]:
            wanted = "the scale and satisfied codes of `before`: others make another score"
            yield Fault("after.scale", str(scales[1]), wanted)
        weighted = self.before.weights is not None or self.after.weights is not None
        if self.test is ShareChangeTest.FISHER and weighted:
            yield Fault("test", "fisher", "pooled-z where answers have weights")


@attrs.frozen(kw_only=True)
class CsatChange(Change):
    """
    A change of the satisfied share; shares go from 0 to 1, differences from -1 to 1.

    Attributes:
        difference: The later score less the earlier; None where there is none of either.
        low: Lower end of its interval; None where nothing tells it.
        high: Upper end of its interval.
        p_value: How often chance alone differs as much; None where nothing tells it.
        verdict: `improved`, `worsened` or `no-evidence`.
        detectable: The smallest true difference that would have been found with the power asked
            for; None where not even the largest.
        standard_error: Of the difference; None where nothing tells it.
        before: The earlier score.
        after: The later score.
        before_base: Answers it rests on.
        after_base: Answers it rests on.
        before_effective: So many answers of equal weight would tell as much.
        after_effective: So many answers of equal weight would tell as much.
        before_missing: How often there is no answer, by why; none of these is in the base.
        after_missing: How often there is no answer, by why; none of these is in the base.
        flags: What to mind.
        z: The difference in standard errors of one share for both; None where all agree.
        exact_p_value: By Fisher's exact test; None where the table is not small and nobody asked.
        interval: How the interval was found.
        test: Which test `p_value` is of.
    """

    z: Decimal | None = None
    exact_p_value: Decimal | None = None
    interval: ShareChangeInterval
    test: ShareChangeTest


@attrs.frozen
class SharesCompared:
    """
    Two shares compared.

    Attributes:
        difference: The second less the first.
        low: Lower end of its interval.
        high: Upper end of its interval.
        error: Standard error of the difference, were both shares one.
        z: The difference in these; None where all agree.
        p_value: By the test that counts first.
        exact: By Fisher's exact test; None where it was not needed, or not possible.
        small: Whether a count below 5 is expected.
        seen: Smallest true difference that would have been found.
        verdict: What all of this comes to.
    """

    difference: float
    low: float
    high: float
    error: float
    z: float | None
    p_value: float
    exact: float | None
    small: bool
    seen: float | None
    verdict: Verdict


def shares_compared(
    before: Portion,
    after: Portion,
    confidence: float,
    power: float,
    interval: ShareChangeInterval = ShareChangeInterval.NEWCOMBE,
    test: ShareChangeTest = ShareChangeTest.POOLED_Z,
) -> SharesCompared:
    """
    Compare the satisfied shares of two groups.

    With weights the effective numbers count, and there is no exact test.

    Args:
        before: Share of one group.
        after: That of the other, with nobody in common.
        confidence: Between 0 and 1.
        power: From 0.5 to below 1.
        interval: How the interval is found.
        test: The test that counts first.

    Examples:
        >>> groups = Portion(5, 5, 1.0, 5.0, 5.0), Portion(5, 5, 1.0, 5.0, 5.0)
        >>> found = shares_compared(*groups, 0.95, 0.8)
        >>> found.z, found.p_value, round(found.high, 10)
        (None, 1.0, 0.4344824648)
    """
    first, second = Share(before.share, before.effective), Share(after.share, after.effective)
    chosen = newcombe if interval is ShareChangeInterval.NEWCOMBE else agresti_caffo
    low, high = chosen(first, second, confidence)
    difference, error = second.part - first.part, pooled_error(first, second)
    z = difference / error if error else None
    # Where all agree z is 0 by 0, and nothing differs.
    p_value = 1.0 if z is None else two_sided(z)
    small = expected_least(first, second) < FEWEST
    exact = None
    counted = before.effective == before.n and after.effective == after.n
    if counted and (small or test is ShareChangeTest.FISHER):
        exact = fisher((before.chosen, before.n), (after.chosen, after.n))
    if test is ShareChangeTest.FISHER and exact is not None:
        p_value = exact
    p_values = (p_value, *(() if exact is None else (exact,)))
    verdict = judged(low, high, 1 - confidence, p_values)
    if small and exact is None:
        # The test that a small table needs is for whole counts only.
        verdict = Verdict.NO_EVIDENCE
    seen = detectable_share(first, second.size, confidence, power)
    return SharesCompared(difference, low, high, error, z, p_value, exact, small, seen, verdict)


def _csat_change(facts: CsatChangeFacts, parameters: None, trace: Trace | None) -> CsatChange:
    """
    Tell whether the satisfied share changed from one period to another.

    The test is the z test with one share for both, the interval of the difference Newcombe's.
    Where a count below 5 is expected, Fisher's exact test is added, and a change is told only if
    both find it. Where everybody is satisfied in both periods, or nobody, p is 1. "Improved" means
    that the whole interval is above 0 and that every test agrees. With weights the effective bases
    count; a small table with weights is no evidence, because the exact test is for whole counts.

    The respondents of both periods must be others: the same ones belong to
    `satisfaction.paired-change`, and periods that overlap are refused, as are two scales.

    Raises:
        FaultsError: If ratings are none of the scale, the scales differ, the periods overlap, or
            the confidence or power is out of range; rows are named.

    Source:
        R. G. Newcombe, "Interval estimation for the difference between independent proportions",
        Statistics in Medicine 17 (1998) 873-890; A. Agresti, B. Caffo, The American Statistician 54
        (2000) 280-288.

    Examples:
        >>> from bankservice.satisfaction import csat_change
        >>> found = csat_change(
        ...     before={"satisfied": 412, "base": 500}, after={"satisfied": 445, "base": 520}
        ... ).outcome
        >>> round(found.difference, 4), round(found.p_value, 4), found.verdict.value
        (Decimal('0.0318'), Decimal('0.1663'), 'no-evidence')
        >>> round(found.low, 4), round(found.high, 4), round(found.detectable, 4)
        (Decimal('-0.0133'), Decimal('0.0770'), Decimal('0.0617'))
    """
    portions = (facts.before.portion, facts.after.portion)
    outcome = CsatChange(
        interval=facts.interval,
        test=facts.test,
        before=None if portions[0] is None else told(portions[0].share),
        after=None if portions[1] is None else told(portions[1].share),
        before_base=facts.before.rated,
        after_base=facts.after.rated,
        before_effective=None if portions[0] is None else told(portions[0].effective),
        after_effective=None if portions[1] is None else told(portions[1].effective),
        before_missing=facts.before.missing,
        after_missing=facts.after.missing,
    )
    if portions[0] is None or portions[1] is None:
        outcome = attrs.evolve(outcome, flags=(ChangeFlag.NOBODY,))
    else:
        chance = (float(facts.confidence), float(facts.power))
        found = shares_compared(portions[0], portions[1], *chance, facts.interval, facts.test)
        outcome = _compared(outcome, found)
    if trace is not None:
        exact = None if facts.test is ShareChangeTest.FISHER else outcome.exact_p_value
        tell_change(facts, outcome, PERCENT, trace, exact)
    return outcome


def _compared(outcome: CsatChange, found: SharesCompared) -> CsatChange:
    flags = {
        ChangeFlag.NO_SPREAD: found.z is None,
        ChangeFlag.SMALL_TABLE: found.small,
        ChangeFlag.NO_EXACT: found.small and found.exact is None,
    }
    return attrs.evolve(
        outcome,
        difference=told(found.difference),
        low=told(found.low),
        high=told(found.high),
        p_value=told(found.p_value),
        verdict=found.verdict,
        detectable=told_or_none(found.seen),
        standard_error=told(found.error),
        z=told_or_none(found.z),
        exact_p_value=told_or_none(found.exact),
        flags=tuple(flag for flag, holds in flags.items() if holds),
    )


def _headline(facts: CsatChangeFacts, parameters: None, outcome: CsatChange) -> Reason:
    return change_headline(facts, outcome, PERCENT)


csat_change: Final[Rule[CsatChangeFacts, None, CsatChange]] = Rule(
    id="satisfaction.csat-change",
    facts=CsatChangeFacts,
    outcome=CsatChange,
    evaluate=_csat_change,
    headline=_headline,
    says=TELLING,
    package=PACKAGE,
)
