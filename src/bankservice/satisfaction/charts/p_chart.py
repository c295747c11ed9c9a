"""The rule of p-charts: which periods have a share of the satisfied that chance does not explain?"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.special import rounded
from bankservice.satisfaction.charts.proportions import (
    MOST_POINTS,
    SharePoint,
    cochran_armitage,
    homogeneity,
    laney_sigma,
    pooled,
)
from bankservice.satisfaction.charts.runs import (
    CENTRE,
    FIRST_TWO,
    NOTED,
    SIGNAL,
    ChartFlag,
    ChartPoint,
    RunRule,
    Standing,
    baseline_faults,
    chart_headline,
    drawn,
    note_signals,
    run_signals,
    signal_places,
)
from bankservice.satisfaction.model import told

__all__ = ["PChart", "PChartFacts", "p_chart"]

OVERDISPERSED: Final = 1.2
"""From here on the limits of Laney are used."""

CALM: Final = Says("P_CHART_CALM", ("points", "centre"))
SIGNALS: Final = Says("P_CHART_SIGNALS", ("signals", "points", "centre"))
NOBODY: Final = Says("P_CHART_NOBODY")
WIDENED: Final = Says("p-chart-laney", ("sigma_z",))
PLAIN: Final = Says("p-chart-plain", ("sigma_z",))
SAME: Final = Says("p-chart-homogeneity", ("chi_square", "freedom", "p_value"))


@attrs.frozen(kw_only=True)
class PChartFacts:
    """
    How many were satisfied, period by period.

    Attributes:
        points: The periods, oldest first.
        baseline: How many first periods the centre and the spread are taken from, so that later ones
            cannot move them; all where left out.
        limits: The plain ones (`p`), those of Laney (`laney`), or by how much periods differ
            (`auto`): Laney's where `sigma_z` is above 1.2.
        rules: Runs that are signals.
    """

    points: tuple[SharePoint, ...]
    baseline: int | None = None
    limits: Literal["auto", "p", "laney"] = "auto"
    rules: tuple[RunRule, ...] = FIRST_TWO

    def __attrs_post_init__(self) -> None:
        faults = [*baseline_faults(self.baseline, len(self.points))]
        if len(self.points) > MOST_POINTS:
            faults.append(Fault("points", f"{len(self.points)} points", f"at most {MOST_POINTS}"))
        if faults:
            raise FaultsError("the points of a chart", tuple(faults))


@attrs.frozen(kw_only=True)
class PChart:
    """
    Shares with their limits.

    Attributes:
        points: The periods, in order; shares are 0 to 1.
        base: Answers in all.
        baseline: First periods the centre and the spread are taken from.
        centre: Share over these; None where nobody answered.
        sigma_z: How much more neighbouring periods differ than the answers within them would make
            them; None where it cannot be said.
        method: Whose limits they are: `p` or `laney`.
        signals: Places of the periods with a signal, from 0.
        chi_square: Of all shares being the same; None where it cannot be said.
        freedom: Its degrees of freedom.
        homogeneity_p: How often shares that are the same would differ as much.
        trend_z: Of the shares rising (above 0) or falling, by Cochran and Armitage.
        trend_p: How often shares without a trend would show one as strong.
        flags: What else is to be known: `empty-point` (nobody answered in a period), `no-spread`,
            `too-few` periods for `sigma_z`, or `overdispersed`.
    """

    points: tuple[ChartPoint, ...]
    base: int
    baseline: int
    centre: Decimal | None = None
    sigma_z: Decimal | None = None
    method: Literal["p", "laney"] | None = None
    signals: tuple[int, ...] = ()
    chi_square: Decimal | None = None
    freedom: int | None = None
    homogeneity_p: Decimal | None = None
    trend_z: Decimal | None = None
    trend_p: Decimal | None = None
    flags: tuple[ChartFlag, ...] = ()


def _p_chart(facts: PChartFacts, parameters: None, trace: Trace | None) -> PChart:
    """
    Tell which periods have a share of the satisfied that chance does not explain.

    Limits are three deviations from the share over the baseline, wider for fewer answers, and cut to
    0 and 1. Where neighbouring periods differ more than their answers would make them, by more than
    a fifth, the limits are widened so far (Laney) and the outcome says so: with hundreds of answers
    a period, plain limits take every ordinary difference for a signal. A period in which nobody
    answered has no share and is passed over. A baseline is given up only by a decision of the bank,
    such as after an improvement that was verified.

    Raises:
        FaultsError: If a period has more satisfied than answers, or the baseline is none of them.

    Source:
        Laney (2002); Nelson (1984); Armitage (1955).

    Examples:
        >>> from bankservice.satisfaction import p_chart
        >>> counts = [(83, 100), (80, 100), (84, 100), (82, 100), (60, 100)]
        >>> found = p_chart(
        ...     points=[{"satisfied": k, "base": n} for k, n in counts], baseline=4
        ... ).outcome
        >>> found.centre, found.method, found.signals
        (Decimal('0.8225'), 'p', (4,))
    """
    first = facts.points[: facts.baseline]
    held = [point for point in first if point.base]
    centre = pooled(held)
    base = sum(point.base for point in facts.points)
    if centre is None:
        points = tuple(ChartPoint(label=point.label) for point in facts.points)
        flags = (ChartFlag.EMPTY_POINT,) if points else ()
        return PChart(points=points, base=base, baseline=len(first), flags=flags)
    sigma_z = laney_sigma(held, centre)
    spread = bool(centre * (1 - centre))
    wide = sigma_z is not None and sigma_z > OVERDISPERSED
    laney = sigma_z is not None and (facts.limits == "laney" or (wide and facts.limits == "auto"))
    points = _points(facts, centre, sigma_z if laney and sigma_z is not None else 1.0)
    same, trend = homogeneity(facts.points), cochran_armitage(facts.points)
    noted = {
        ChartFlag.EMPTY_POINT: any(not point.base for point in facts.points),
        ChartFlag.NO_SPREAD: not spread,
        ChartFlag.TOO_FEW: len(held) < 2,
        ChartFlag.OVERDISPERSED: wide,
    }
    outcome = PChart(
        points=points,
        base=base,
        baseline=len(first),
        centre=told(float(centre)),
        sigma_z=None if sigma_z is None else told(sigma_z),
        method="laney" if laney else "p",
        signals=signal_places(points),
        chi_square=None if same is None else told(same[0]),
        freedom=None if same is None else same[1],
        homogeneity_p=None if same is None else told(same[2]),
        trend_z=None if trend is None else told(trend.z),
        trend_p=None if trend is None else told(trend.p_value),
        flags=tuple(flag for flag in ChartFlag if noted[flag]),
    )
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _points(facts: PChartFacts, centre: Fraction, factor: float) -> tuple[ChartPoint, ...]:
    middle, standings, found = float(centre), [], []
    for point in facts.points:
        if not point.base:
            found.append(ChartPoint(label=point.label))
            continue
        deviation = sqrt(centre * (1 - centre) / point.base) * factor
        standing = Standing.of(point.share, centre, deviation)
        limits = max(0.0, middle - 3 * deviation), min(1.0, middle + 3 * deviation)
        found.append(drawn(point.share, standing, limits, point.label))
        standings.append(standing)
    signals = iter(run_signals(standings, facts.rules))
    return tuple(
        point if point.value is None else attrs.evolve(point, signals=next(signals))
        for point in found
    )


def _tell(outcome: PChart, trace: Trace) -> None:
    assert outcome.centre is not None, "a chart without a centre is not told"
    centre = rounded(float(outcome.centre), 5)
    trace.check(CENTRE(centre=centre, baseline=outcome.baseline), held=True)
    if outcome.sigma_z is not None:
        says = WIDENED if outcome.method == "laney" else PLAIN
        trace.check(says(sigma_z=rounded(float(outcome.sigma_z), 4)), held=True)
    if outcome.chi_square is not None and outcome.homogeneity_p is not None:
        value = rounded(float(outcome.chi_square), 5)
        p_value = rounded(float(outcome.homogeneity_p), 3)
        said = SAME(chi_square=value, freedom=outcome.freedom, p_value=p_value)
        trace.check(said, held=outcome.homogeneity_p >= Decimal("0.05"))
    note_signals(outcome.points, trace)


def _headline(facts: PChartFacts, parameters: None, outcome: PChart) -> Reason:
    return chart_headline(outcome, NOBODY, CALM, SIGNALS)


p_chart: Final[Rule[PChartFacts, None, PChart]] = Rule(
    id="satisfaction.p-chart",
    facts=PChartFacts,
    outcome=PChart,
    evaluate=_p_chart,
    headline=_headline,
    says=(CALM, SIGNALS, NOBODY, CENTRE, WIDENED, PLAIN, SAME, SIGNAL, NOTED),
    package="bankservice.satisfaction",
)
