"""The rule of a change of the customer effort score, between two periods with other respondents."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.errors import Fault
from bankservice.core.policy import Title
from bankservice.satisfaction.changes.net_change import mean_of
from bankservice.satisfaction.changes.two_samples import Compared, welch
from bankservice.satisfaction.changes.verdicts import (
    PACKAGE,
    TELLING,
    Change,
    ChangeFlag,
    Periods,
    Unit,
    change_headline,
    judged,
    tell_change,
    told_or_none,
)
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.effort import CesFacts
from bankservice.satisfaction.scores.tally import spread

__all__ = ["STEPS", "CesChange", "CesChangeFacts", "ces_change"]

STEPS: Final = Unit(Title(en="steps of the scale", zh="个刻度"), 1, 2)


@attrs.frozen(kw_only=True)
class CesChangeFacts(Periods):
    """
    Answers of two periods to the question how much effort it took, in one version of it.

    Attributes:
        before: Answers of the earlier period, as the facts of `satisfaction.ces`; the confidence
            that stands there is not looked at.
        after: Answers of the later period, of other respondents.
        confidence: How sure the interval is, between 0 and 1.
        power: How surely `detectable` would have been found, from 0.5 to below 1.
        before_from: First day of the earlier period.
        before_until: Day after its last.
        after_from: First day of the later period.
        after_until: Day after its last.
    """

    before: CesFacts
    after: CesFacts

    def more_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the answers."""
        if self.before.version != self.after.version:
            wanted = f"{self.before.version.name}, the version of `before`: they go opposite ways"
            yield Fault("after.version", self.after.version.name, wanted)


@attrs.frozen(kw_only=True)
class CesChange(Change):
    """
    A change of the customer effort score, in steps of its scale.

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
        t: The difference in standard errors; None where nothing tells it.
        freedom: Degrees of freedom of `t`.
        version: The version of the question; in version 1 a lower score is the better one.
    """

    t: Decimal | None = None
    freedom: Decimal | None = None
    version: str


def _ces_change(facts: CesChangeFacts, parameters: None, trace: Trace | None) -> CesChange:
    """
    Tell whether the customer effort score changed from one period to another.

    The means are compared by Welch's t, which does not take both periods to spread alike. In
    version 2 a higher mean is the better one; in version 1, where 5 is the most effort, a lower
    one, and an improvement has its whole interval below 0. A single answer, or answers that are all
    alike in both periods, tell no interval. With weights the effective bases count.

    The respondents of both periods must be others: the same ones belong to
    `satisfaction.paired-change`, and periods that overlap are refused, as are two versions.

    Raises:
        FaultsError: If answers are none of the version, the versions differ, the periods overlap,
            or the confidence or power is out of range; rows are named.

    Source:
        B. L. Welch, "The generalization of Student's problem when several different population
        variances are involved", Biometrika 34 (1947) 28-35.

    Examples:
        >>> from bankservice.satisfaction import ces_change
        >>> found = ces_change(
        ...     before={"answers": [3, 4, 4, 5, 3, 4], "version": "v2"},
        ...     after={"answers": [6, 5, 7, 6, 6, 5], "version": "v2"},
        ... ).outcome
        >>> found.difference, found.verdict.value, round(found.low, 3), round(found.high, 3)
        (Decimal('2'), 'improved', Decimal('1.032'), Decimal('2.968'))
    """
    spreads = (spread(facts.before.cells), spread(facts.after.cells))
    scale = facts.before.version
    outcome = CesChange(
        version=scale.name,
        before=None if spreads[0] is None else told(spreads[0].mean),
        after=None if spreads[1] is None else told(spreads[1].mean),
        before_base=len(facts.before.answers.valid),
        after_base=len(facts.after.answers.valid),
        before_effective=None if spreads[0] is None else told(spreads[0].effective),
        after_effective=None if spreads[1] is None else told(spreads[1].effective),
        before_missing=facts.before.answers.missing,
        after_missing=facts.after.answers.missing,
    )
    if spreads[0] is None or spreads[1] is None:
        outcome = attrs.evolve(outcome, flags=(ChangeFlag.NOBODY,))
    else:
        outcome = attrs.evolve(outcome, difference=told(spreads[1].mean - spreads[0].mean))
        means = (mean_of(spreads[0]), mean_of(spreads[1]))
        if means[0] is None or means[1] is None:
            outcome = attrs.evolve(outcome, flags=(ChangeFlag.SINGLE,))
        else:
            chance = (float(facts.confidence), float(facts.power))
            outcome = _compared(facts, outcome, welch(means[0], means[1], *chance))
    if trace is not None:
        tell_change(facts, outcome, STEPS, trace)
    return outcome


def _compared(facts: CesChangeFacts, outcome: CesChange, found: Compared) -> CesChange:
    if found.low is None or found.high is None or found.p_value is None:
        return attrs.evolve(outcome, flags=(ChangeFlag.NO_SPREAD,))
    scale = facts.before.version
    limit = 1 - float(facts.confidence)
    seen = told_or_none(found.seen)
    return attrs.evolve(
        outcome,
        low=told(found.low),
        high=told(found.high),
        p_value=told(found.p_value),
        verdict=judged(found.low, found.high, limit, (), high_is_good=scale.high_is_easy),
        detectable=None if seen is None or seen > scale.highest - scale.lowest else seen,
        standard_error=told(found.error),
        t=told_or_none(found.statistic),
        freedom=told_or_none(found.freedom),
    )


def _headline(facts: CesChangeFacts, parameters: None, outcome: CesChange) -> Reason:
    return change_headline(facts, outcome, STEPS)


ces_change: Final[Rule[CesChangeFacts, None, CesChange]] = Rule(
    id="satisfaction.ces-change",
    facts=CesChangeFacts,
    outcome=CesChange,
    evaluate=_ces_change,
    headline=_headline,
    says=TELLING,
    package=PACKAGE,
)
