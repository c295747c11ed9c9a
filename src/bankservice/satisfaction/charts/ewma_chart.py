"""The rule of EWMA-charts: has a score moved by a little, for some time?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import fsum, sqrt
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.special import rounded
from bankservice.satisfaction.charts.proportions import (
    MOST_POINTS,
    RANGE_CONSTANT,
    SharePoint,
    pooled,
)
from bankservice.satisfaction.charts.runs import (
    CENTRE,
    ChartFlag,
    baseline_faults,
    chart_headline,
)
from bankservice.satisfaction.importance.columns import Numbers
from bankservice.satisfaction.model import Missing, told

__all__ = ["EwmaChart", "EwmaChartFacts", "EwmaPoint", "ewma_chart"]

CALM: Final = Says("EWMA_CALM", ("points", "centre"))
SIGNALS: Final = Says("EWMA_SIGNALS", ("signals", "points", "centre"))
NOBODY: Final = Says("EWMA_NOBODY")
WEIGHT: Final = Says("ewma-weight", ("weight", "width"))
OUT: Final = Says("ewma-signal", ("point", "average", "low", "high"))


@attrs.frozen(kw_only=True)
class EwmaChartFacts:
    """
    A score by periods: shares of the satisfied, or values.

    Attributes:
        points: The periods with their counts, oldest first; the limits follow from the counts.
        values: In place of these the values of a series, oldest first; where there is none, why.
        target: Where the average starts, and the centre; the share or mean over the baseline where
            left out.
        sigma: Deviation of one value; by how far neighbours in the baseline lie apart where left
            out. Shares have their own.
        weight: What the newest period weighs, above 0 and up to 1.
        width: How many deviations the limits are from the centre, above 0.
        baseline: How many first periods the centre and the deviation are taken from; all where left
            out.
    """

    points: tuple[SharePoint, ...] = ()
    values: Numbers = attrs.field(factory=Numbers)
    target: Decimal | None = None
    sigma: Decimal | None = None
    weight: Decimal = Decimal("0.2")
    width: Decimal = Decimal("2.7")
    baseline: int | None = None

    def __attrs_post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise FaultsError("the points of a chart", faults)


def _faults(facts: EwmaChartFacts) -> Iterable[Fault]:
    count = len(facts.points) or len(facts.values.values)
    if facts.points and facts.values.values:
        yield Fault("values", "values beside points", "one of the two forms")
    if count > MOST_POINTS:
        yield Fault("points", f"{count} points", f"at most {MOST_POINTS}")
    if not 0 < facts.weight <= 1:
        yield Fault("weight", str(facts.weight), "a share above 0, up to 1")
    if facts.width <= 0:
        yield Fault("width", str(facts.width), "a number above 0")
    if facts.sigma is not None and (facts.sigma < 0 or facts.points):
        got = f"{facts.sigma} beside counts" if facts.points else str(facts.sigma)
        yield Fault("sigma", got, "0 or more, of values alone")
    if facts.points and facts.target is not None and not 0 <= facts.target <= 1:
        yield Fault("target", str(facts.target), "a share from 0 to 1")
    yield from baseline_faults(facts.baseline, count)


@attrs.frozen(kw_only=True)
class EwmaPoint:
    """
    A period on the chart.

    Attributes:
        label: What it is called; empty where it has no name.
        value: Its own value; None where nobody answered.
        average: The moving average up to it; None before the first answer.
        low: Lower limit of the average; None where there is none.
        high: Upper limit of the average.
        signal: Whether the average is beyond a limit.
    """

    label: str = ""
    value: Decimal | None = None
    average: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    signal: bool = False


@attrs.frozen(kw_only=True)
class EwmaChart:
    """
    A moving average with its limits.

    Attributes:
        points: The periods, in order.
        baseline: First periods the centre and the deviation are taken from.
        centre: Where the average starts; None where nobody answered.
        sigma: Deviation of one value; None for shares, whose deviation follows from their counts, and
            where it cannot be said.
        low: Lower limit in the long run; None for shares.
        high: Upper limit in the long run.
        signals: Places of the periods with a signal, from 0.
        flags: What else is to be known: `empty-point` (a gap), `no-spread`, or `too-few` values for
            limits.
    """

    points: tuple[EwmaPoint, ...]
    baseline: int
    centre: Decimal | None = None
    sigma: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    signals: tuple[int, ...] = ()
    flags: tuple[ChartFlag, ...] = ()


def _ewma_chart(facts: EwmaChartFacts, parameters: None, trace: Trace | None) -> EwmaChart:
    """
    Tell whether a score has moved by a little, for some time.

    Each period's average is `weight` times its value and the rest times the average before it; the
    first starts from the centre. Small moves add up in it that no single period would show. The
    limits are exact for each period: narrow at first, then wider, towards those of the long run. For
    shares they follow from how many answered in each period. A period in which nobody answered
    changes nothing, and has no limits.

    Raises:
        FaultsError: If there are values beside points, a weight, width, target or sigma out of its
            range, or the baseline is none of the periods.

    Source:
        S. W. Roberts, Technometrics 1 (1959) 239-250; the worked example of values: NIST/SEMATECH
        e-Handbook of Statistical Methods.

    Examples:
        >>> from bankservice.satisfaction import ewma_chart
        >>> found = ewma_chart(values=[52, 47, 53], target=50, sigma="2.0539", weight="0.3").outcome
        >>> [point.average for point in found.points], round(found.low, 4)
        ([Decimal('50.6'), Decimal('49.52'), Decimal('50.564')], Decimal('47.6704'))
    """
    values = _values(facts)
    count = len(values) if facts.baseline is None else facts.baseline
    centre = _centre(facts, values, count)
    labels = [point.label for point in facts.points] or [""] * len(values)
    if centre is None:
        points = tuple(
            EwmaPoint(label=label, value=None if value is None else told(float(value)))
            for label, value in zip(labels, values, strict=True)
        )
        flags = (ChartFlag.EMPTY_POINT,) if points else ()
        return EwmaChart(points=points, baseline=count, flags=flags)
    sigma = None if facts.points else _sigma(facts, values[:count])
    points = _points(facts, values, labels, centre, sigma)
    weight, width = float(facts.weight), float(facts.width)
    half = None if sigma is None else width * sigma * sqrt(weight / (2 - weight))
    noted = {
        ChartFlag.EMPTY_POINT: None in values,
        ChartFlag.NO_SPREAD: sigma == 0 or (bool(facts.points) and not 0 < centre < 1),
        ChartFlag.TOO_FEW: not facts.points and sigma is None,
    }
    outcome = EwmaChart(
        points=points,
        baseline=count,
        centre=told(float(centre)),
        sigma=None if sigma is None else told(sigma),
        low=None if half is None else told(float(centre) - half),
        high=None if half is None else told(float(centre) + half),
        signals=tuple(place for place, point in enumerate(points) if point.signal),
        flags=tuple(flag for flag in ChartFlag if noted.get(flag)),
    )
    if trace is not None:
        _tell(facts, outcome, trace)
    return outcome


def _values(facts: EwmaChartFacts) -> list[Fraction | None]:
    if facts.points:
        return [point.share if point.base else None for point in facts.points]
    return [
        None if isinstance(value, Missing) else Fraction(value) for value in facts.values.values
    ]


def _centre(
    facts: EwmaChartFacts, values: Sequence[Fraction | None], count: int
) -> Fraction | None:
    if not any(value is not None for value in values):
        return None
    if facts.target is not None:
        return Fraction(facts.target)
    if facts.points:
        return pooled(facts.points[:count])
    first = [value for value in values[:count] if value is not None]
    return sum(first, Fraction(0)) / len(first) if first else None


def _sigma(facts: EwmaChartFacts, first: Sequence[Fraction | None]) -> float | None:
    """Return the deviation of a value: the one stated, or by how far neighbours lie apart."""
    if facts.sigma is not None:
        return float(facts.sigma)
    known = [value for value in first if value is not None]
    steps = [abs(late - early) for early, late in pairwise(known)]
    return float(sum(steps, Fraction(0)) / len(steps)) / RANGE_CONSTANT if steps else None


def _points(
    facts: EwmaChartFacts,
    values: Sequence[Fraction | None],
    labels: Sequence[str],
    centre: Fraction,
    sigma: float | None,
) -> tuple[EwmaPoint, ...]:
    weight, width, middle = float(facts.weight), float(facts.width), float(centre)
    unit = float(centre * (1 - centre))
    average, variances, found, started = middle, list[float](), [], False
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        if value is None:
            held = told(average) if started else None
            found.append(EwmaPoint(label=label, average=held))
            continue
        started = True
        # Of what differs from the centre, so that values on it leave the average there exactly.
        average = middle + (1 - weight) * (average - middle) + weight * float(value - centre)
        single = unit / facts.points[place].base if facts.points else (sigma or 0.0) ** 2
        # What older periods weigh fades; the sum runs from the smallest.
        variances = [held * (1 - weight) ** 2 for held in variances]
        variances.append(weight * weight * single)
        if not facts.points and sigma is None:
            found.append(EwmaPoint(label=label, value=told(float(value)), average=told(average)))
            continue
        half = width * sqrt(fsum(variances))
        low, high = middle - half, middle + half
        beyond = abs(average - middle) > half
        if facts.points:
            low, high = max(0.0, low), min(1.0, high)
        found.append(
            EwmaPoint(
                label=label,
                value=told(float(value)),
                average=told(average),
                low=told(low),
                high=told(high),
                signal=beyond,
            )
        )
    return tuple(found)


def _tell(facts: EwmaChartFacts, outcome: EwmaChart, trace: Trace) -> None:
    assert outcome.centre is not None, "a chart without a centre is not told"
    centre = rounded(float(outcome.centre), 5)
    trace.check(CENTRE(centre=centre, baseline=outcome.baseline), held=True)
    trace.check(WEIGHT(weight=facts.weight, width=facts.width), held=True)
    for place in outcome.signals:
        point = outcome.points[place]
        shown = [rounded(float(v or 0), 5) for v in (point.average, point.low, point.high)]
        name = point.label or str(place + 1)
        trace.check(OUT(point=name, average=shown[0], low=shown[1], high=shown[2]), held=True)


def _headline(facts: EwmaChartFacts, parameters: None, outcome: EwmaChart) -> Reason:
    return chart_headline(outcome, NOBODY, CALM, SIGNALS)


ewma_chart: Final[Rule[EwmaChartFacts, None, EwmaChart]] = Rule(
    id="satisfaction.ewma-chart",
    facts=EwmaChartFacts,
    outcome=EwmaChart,
    evaluate=_ewma_chart,
    headline=_headline,
    says=(CALM, SIGNALS, NOBODY, CENTRE, WEIGHT, OUT),
    package="bankservice.satisfaction",
)
