"""The rule of NPS-charts: which periods have a net promoter score that chance does not explain?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.special import rounded
from bankservice.satisfaction.charts.proportions import MOST_POINTS
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
from bankservice.satisfaction.model import count_faults, told

__all__ = ["NpsChart", "NpsChartFacts", "NpsPoint", "nps_chart"]

CALM: Final = Says("NPS_CHART_CALM", ("points", "centre"))
SIGNALS: Final = Says("NPS_CHART_SIGNALS", ("signals", "points", "centre"))
NOBODY: Final = Says("NPS_CHART_NOBODY")


@attrs.frozen(kw_only=True)
class NpsPoint:
    """
    How many were promoters, passives and detractors in a period.

    Attributes:
        promoters: Those who scored 9 or 10.
        passives: Those who scored 7 or 8.
        detractors: Those who scored 0 to 6.
        label: What the period is called.
    """

    promoters: int
    passives: int
    detractors: int
    label: str = ""

    def __attrs_post_init__(self) -> None:
        faults = tuple(
            fault
            for name in ("promoters", "passives", "detractors")
            for fault in count_faults(name, getattr(self, name))
        )
        if faults:
            raise FaultsError("a point", faults)

    @property
    def base(self) -> int:
        """Those who answered."""
        return self.promoters + self.passives + self.detractors


@attrs.frozen(kw_only=True)
class NpsChartFacts:
    """
    How many were promoters, passives and detractors, period by period.

    Attributes:
        points: The periods, oldest first.
        centre: The score limits are drawn about, in points; that of the baseline where left out.
        variance: Of one answer scored -1, 0, 1; that of the baseline where left out.
        baseline: How many first periods both are taken from; all where left out.
        rules: Runs that are signals.
    """

    points: tuple[NpsPoint, ...]
    centre: Decimal | None = None
    variance: Decimal | None = None
    baseline: int | None = None
    rules: tuple[RunRule, ...] = FIRST_TWO

    def __attrs_post_init__(self) -> None:
        faults = [*baseline_faults(self.baseline, len(self.points))]
        if len(self.points) > MOST_POINTS:
            faults.append(Fault("points", f"{len(self.points)} points", f"at most {MOST_POINTS}"))
        if self.centre is not None and not -100 <= self.centre <= 100:
            faults.append(Fault("centre", str(self.centre), "a score from -100 to 100"))
        if self.variance is not None and not 0 <= self.variance <= 1:
            faults.append(Fault("variance", str(self.variance), "a variance from 0 to 1"))
        if faults:
            raise FaultsError("the points of a chart", tuple(faults))


@attrs.frozen(kw_only=True)
class NpsChart:
    """
    Net promoter scores with their limits.

    Attributes:
        points: The periods, in order; values and limits in points, -100 to 100.
        base: Answers in all.
        baseline: First periods the centre and the variance are taken from.
        centre: The score limits are drawn about, in points; None where nobody answered.
        variance: Of one answer scored -1, 0, 1.
        signals: Places of the periods with a signal, from 0.
        flags: What else is to be known: `empty-point` (nobody answered in a period), or `no-spread`.
    """

    points: tuple[ChartPoint, ...]
    base: int
    baseline: int
    centre: Decimal | None = None
    variance: Decimal | None = None
    signals: tuple[int, ...] = ()
    flags: tuple[ChartFlag, ...] = ()


def _nps_chart(facts: NpsChartFacts, parameters: None, trace: Trace | None) -> NpsChart:
    """
    Tell which periods have a net promoter score that chance does not explain.

    Limits are three deviations from the centre, wider for fewer answers, and cut to -100 and 100.
    Centre and variance are those of all answers of the baseline, or the ones stated. A period in
    which nobody answered has no score and is passed over.

    Raises:
        FaultsError: If a count is below 0, the centre or the variance is out of its range, or the
            baseline is none of the periods.

    Source:
        The chart of means by Shewhart (1931), with the variance of an answer scored -1, 0, 1.

    Examples:
        >>> from bankservice.satisfaction import nps_chart
        >>> found = nps_chart(
        ...     points=[{"promoters": 200, "passives": 120, "detractors": 80}],
        ...     centre=30,
        ...     variance="0.61",
        ... ).outcome
        >>> round(found.points[0].low, 4), round(found.points[0].high, 4), found.signals
        (Decimal('18.2846'), Decimal('41.7154'), ())
    """
    first = facts.points[: facts.baseline]
    total = sum(point.base for point in facts.points)
    pooled = _score([point for point in first if point.base])
    centre = pooled[0] if pooled else None
    variance = pooled[1] if pooled else None
    if facts.centre is not None:
        centre = Fraction(facts.centre) / 100
    if facts.variance is not None:
        variance = Fraction(facts.variance)
    if centre is None or variance is None or not total:
        points = tuple(ChartPoint(label=point.label) for point in facts.points)
        flags = (ChartFlag.EMPTY_POINT,) if points else ()
        return NpsChart(points=points, base=total, baseline=len(first), flags=flags)
    points = _points(facts, centre, float(variance))
    noted = {
        ChartFlag.EMPTY_POINT: any(not point.base for point in facts.points),
        ChartFlag.NO_SPREAD: not variance,
    }
    outcome = NpsChart(
        points=points,
        base=total,
        baseline=len(first),
        centre=told(float(centre * 100)),
        variance=told(float(variance)),
        signals=signal_places(points),
        flags=tuple(flag for flag in ChartFlag if noted.get(flag)),
    )
    if trace is not None:
        shown = rounded(float(centre * 100), 5)
        trace.check(CENTRE(centre=shown, baseline=outcome.baseline), held=True)
        note_signals(points, trace)
    return outcome


def _score(points: Iterable[NpsPoint]) -> tuple[Fraction, Fraction] | None:
    """Return the score, -1 to 1, and the variance of one answer; None where nobody answered."""
    held = list(points)
    base = sum(point.base for point in held)
    if not base:
        return None
    up, down = (
        Fraction(sum(counts), base)
        for counts in zip(*((point.promoters, point.detractors) for point in held), strict=True)
    )
    return up - down, up + down - (up - down) ** 2


def _points(facts: NpsChartFacts, centre: Fraction, variance: float) -> tuple[ChartPoint, ...]:
    middle, found = float(centre * 100), list[ChartPoint]()
    standings: list[Standing] = []
    for point in facts.points:
        scored = _score([point])
        if scored is None:
            found.append(ChartPoint(label=point.label))
            continue
        deviation = 100 * sqrt(variance / point.base)
        standing = Standing.of(scored[0] * 100, centre * 100, deviation)
        limits = max(-100.0, middle - 3 * deviation), min(100.0, middle + 3 * deviation)
        found.append(drawn(scored[0] * 100, standing, limits, point.label))
        standings.append(standing)
    return _signalled(found, run_signals(standings, facts.rules))


def _signalled(
    found: Sequence[ChartPoint], signals: Iterable[tuple[RunRule, ...]]
) -> tuple[ChartPoint, ...]:
    left = iter(signals)
    return tuple(
        point if point.value is None else attrs.evolve(point, signals=next(left)) for point in found
    )


def _headline(facts: NpsChartFacts, parameters: None, outcome: NpsChart) -> Reason:
    return chart_headline(outcome, NOBODY, CALM, SIGNALS)


nps_chart: Final[Rule[NpsChartFacts, None, NpsChart]] = Rule(
    id="satisfaction.nps-chart",
    facts=NpsChartFacts,
    outcome=NpsChart,
    evaluate=_nps_chart,
    headline=_headline,
    says=(CALM, SIGNALS, NOBODY, CENTRE, SIGNAL, NOTED),
    package="bankservice.satisfaction",
)
