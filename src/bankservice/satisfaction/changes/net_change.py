"""The rule of a change of the net promoter score, between two periods with other respondents."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Trace
from bankservice.core.policy import Title
from bankservice.satisfaction.changes.two_samples import Compared, Mean, net_difference, welch
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
from bankservice.satisfaction.scores.intervals import adjusted_net, plain_net
from bankservice.satisfaction.scores.promoters import NpsFacts, net_shares
from bankservice.satisfaction.scores.tally import Cells, Spread, spread

__all__ = [
    "POINTS",
    "NetChangeMethod",
    "NpsChange",
    "NpsChangeFacts",
    "mean_of",
    "net_compared",
    "nps_change",
]

POINTS: Final = Unit(Title(en="points", zh="点"), 1, 1)
MOST: Final = 200.0
"""Points that two scores can be apart."""


class NetChangeMethod(Enum):
    """How two net promoter scores are compared."""

    ADJUSTED_WALD = "adjusted-wald"
    WALD = "wald"
    WELCH_T = "welch-t"


@attrs.frozen(kw_only=True)
class NpsChangeFacts(Periods):
    """
    Answers of two periods to the question how likely it is that the bank would be recommended.

    Attributes:
        before: Answers of the earlier period, as the facts of `satisfaction.nps`; the method and
            confidence that stand there are not looked at.
        after: Answers of the later period, of other respondents.
        method: `adjusted-wald`, `wald` or `welch-t`.
        confidence: How sure the interval is, between 0 and 1.
        power: How surely `detectable` would have been found, from 0.5 to below 1.
        before_from: First day of the earlier period.
        before_until: Day after its last.
        after_from: First day of the later period.
        after_until: Day after its last.
    """

    before: NpsFacts
    after: NpsFacts
    method: NetChangeMethod = NetChangeMethod.ADJUSTED_WALD


@attrs.frozen(kw_only=True)
class NpsChange(Change):
    """
    A change of the net promoter score, in points.

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
        centre: What the interval lies around: with `adjusted-wald` the difference drawn towards 0.
        z: The centre in standard errors; None for `welch-t`, and where nothing spreads.
        t: The same for `welch-t`.
        freedom: Degrees of freedom of `t`.
        method: How the scores were compared.
    """

    centre: Decimal | None = None
    z: Decimal | None = None
    t: Decimal | None = None
    freedom: Decimal | None = None
    method: NetChangeMethod


def net_compared(
    before: Cells,
    after: Cells,
    confidence: float,
    power: float,
    method: NetChangeMethod = NetChangeMethod.ADJUSTED_WALD,
) -> Compared | None:
    """
    Compare the net promoter scores of two groups, from -1 to 1; None over nobody.

    With weights the effective numbers of answers count.

    Args:
        before: Answers of one group by class, as `classes_of` returns them.
        after: Those of the other, with nobody in common.
        confidence: Between 0 and 1.
        power: From 0.5 to below 1.
        method: How they are compared.

    Examples:
        >>> from bankservice.satisfaction.scores.promoters import counted_classes
        >>> groups = counted_classes(50, 30, 20), counted_classes(60, 25, 15)
        >>> found = net_compared(*groups, 0.95, 0.8)
        >>> round(found.p_value, 10)
        0.1701932396
    """
    spreads, shares = (spread(before), spread(after)), (net_shares(before), net_shares(after))
    if spreads[0] is None or spreads[1] is None or shares[0] is None or shares[1] is None:
        return None
    if method is NetChangeMethod.WELCH_T:
        means = (mean_of(spreads[0]), mean_of(spreads[1]))
        if means[0] is None or means[1] is None:
            return Compared(spreads[1].mean - spreads[0].mean, 0.0)
        return welch(means[0], means[1], confidence, power)
    made = adjusted_net if method is NetChangeMethod.ADJUSTED_WALD else plain_net
    nets = [made(*s, n.effective) for s, n in zip(shares, spreads, strict=True) if s and n]
    return net_difference(nets[0], nets[1], confidence, power)


def mean_of(found: Spread) -> Mean | None:
    """Return a mean with the variance of its sample; None where one answer tells of no spread."""
    # A hair above 1 is the last digit of a float, no second answer.
    if found.effective < 1 + 1e-9:
        return None
    variance = found.variance * found.effective / (found.effective - 1)
    return Mean(found.mean, variance, found.effective)


def _nps_change(facts: NpsChangeFacts, parameters: None, trace: Trace | None) -> NpsChange:
    """
    Tell whether the net promoter score changed from one period to another.

    Both scores are compared by the adjusted Wald method, which adds three answers to each: it also
    judges where all are promoters, and there finds no difference. Wald and Welch's t are offered;
    where all answers are alike they tell nothing, and say so. `difference` is that of the scores
    observed; the interval lies around `centre`. With weights the effective bases count.

    The respondents of both periods must be others: the same ones belong to
    `satisfaction.paired-change`, and periods that overlap are refused. "Improved" means that the
    whole interval is above 0, at the confidence asked for.

    Raises:
        FaultsError: If answers are none of the question, the periods overlap, or the confidence or
            power is out of range; rows are named.

    Source:
        B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70
        (2016) 365-372.

    Examples:
        >>> from bankservice.satisfaction import nps_change
        >>> found = nps_change(
        ...     before={"promoters": 50, "passives": 30, "detractors": 20},
        ...     after={"promoters": 60, "passives": 25, "detractors": 15},
        ... ).outcome
        >>> found.difference, found.verdict.value, round(found.p_value, 4)
        (Decimal('15'), 'no-evidence', Decimal('0.1702'))
        >>> round(found.low, 1), round(found.high, 1), round(found.detectable, 1)
        (Decimal('-6.2'), Decimal('35.4'), Decimal('29.7'))
    """
    classes = (facts.before.classes, facts.after.classes)
    spreads = [spread(each) for each in classes]
    outcome = NpsChange(
        method=facts.method,
        before=None if spreads[0] is None else told(100 * spreads[0].mean),
        after=None if spreads[1] is None else told(100 * spreads[1].mean),
        before_base=sum(cell.n for cell in classes[0].values()),
        after_base=sum(cell.n for cell in classes[1].values()),
        before_effective=None if spreads[0] is None else told(spreads[0].effective),
        after_effective=None if spreads[1] is None else told(spreads[1].effective),
        before_missing=facts.before.missing,
        after_missing=facts.after.missing,
    )
    found = net_compared(*classes, float(facts.confidence), float(facts.power), facts.method)
    if found is None or spreads[0] is None or spreads[1] is None:
        outcome = attrs.evolve(outcome, flags=(ChangeFlag.NOBODY,))
    else:
        difference = spreads[1].mean - spreads[0].mean
        outcome = attrs.evolve(outcome, difference=told(100 * difference))
        single = None in (mean_of(spreads[0]), mean_of(spreads[1]))
        outcome = _compared(facts, outcome, found, single=single)
    if trace is not None:
        tell_change(facts, outcome, POINTS, trace)
    return outcome


def _compared(
    facts: NpsChangeFacts, outcome: NpsChange, found: Compared, *, single: bool
) -> NpsChange:
    if found.low is None or found.high is None or found.p_value is None:
        welched = facts.method is NetChangeMethod.WELCH_T
        flag = ChangeFlag.SINGLE if single and welched else ChangeFlag.NO_SPREAD
        return attrs.evolve(outcome, flags=(flag,))
    welched = found.freedom is not None
    seen = told_or_none(found.seen, 100)
    return attrs.evolve(
        outcome,
        # Of Welch's t an end may lie beyond what two scores can be apart.
        low=told(max(-MOST, 100 * found.low)),
        high=told(min(MOST, 100 * found.high)),
        p_value=told(found.p_value),
        verdict=judged(found.low, found.high, 1 - float(facts.confidence), ()),
        detectable=None if seen is None or seen > MOST else seen,
        standard_error=told(100 * found.error),
        centre=told(100 * found.centre),
        z=None if welched else told_or_none(found.statistic),
        t=told_or_none(found.statistic) if welched else None,
        freedom=told_or_none(found.freedom),
    )


def _headline(facts: NpsChangeFacts, parameters: None, outcome: NpsChange) -> Reason:
    return change_headline(facts, outcome, POINTS)


nps_change: Final[Rule[NpsChangeFacts, None, NpsChange]] = Rule(
    id="satisfaction.nps-change",
    facts=NpsChangeFacts,
    outcome=NpsChange,
    evaluate=_nps_change,
    headline=_headline,
    says=TELLING,
    package=PACKAGE,
)
