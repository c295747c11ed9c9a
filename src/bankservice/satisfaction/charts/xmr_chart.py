"""The rule of XmR-charts: which values of a series stand out, by how far neighbours lie apart?"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
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
from bankservice.satisfaction.importance.columns import Numbers
from bankservice.satisfaction.model import Missing, told

__all__ = ["XmrChart", "XmrChartFacts", "xmr_chart"]

OF_RANGE: Final = Fraction("2.66")
"""Three deviations in mean moving ranges: 3 over 1.128, as charts print it."""
RANGE_LIMIT: Final = Fraction("3.267")

CALM: Final = Says("XMR_CALM", ("points", "centre"))
SIGNALS: Final = Says("XMR_SIGNALS", ("signals", "points", "centre"))
NOBODY: Final = Says("XMR_NOBODY")
RANGE: Final = Says("xmr-range", ("mean_range", "range_limit"))
NO_RANGE: Final = Says("xmr-no-range")
WIDE: Final = Says("xmr-wide", ("point", "moving_range"))


@attrs.frozen(kw_only=True)
class XmrChartFacts:
    """
    Values of a series, such as an index by months.

    Attributes:
        values: Oldest first; where there is none, why.
        baseline: How many first values the centre and the limits are taken from; all where left out.
        rules: Runs that are signals.
    """

    values: Numbers
    baseline: int | None = None
    rules: tuple[RunRule, ...] = FIRST_TWO

    def __attrs_post_init__(self) -> None:
        count = len(self.values.values)
        faults = [*baseline_faults(self.baseline, count)]
        if count > MOST_POINTS:
            faults.append(Fault("values", f"{count} values", f"at most {MOST_POINTS}"))
        if faults:
            raise FaultsError("the values of a chart", tuple(faults))


@attrs.frozen(kw_only=True)
class XmrChart:
    """
    Values with their limits.

    Attributes:
        points: The values, in order.
        base: Values there are.
        baseline: First values the centre and the limits are taken from.
        centre: Mean of these; None where there is none.
        mean_range: Mean distance of neighbours among these; None for fewer than two.
        low: Lower limit of a value.
        high: Upper limit of a value.
        range_limit: Upper limit of the distance of neighbours.
        ranges: Distance of each value from the one before; None for the first, and for gaps.
        wide: Places of the values whose distance from the one before is above its limit, from 0.
        signals: Places of the values with a signal, from 0.
        flags: What else is to be known: `empty-point` (a gap), `no-spread`, or `too-few` values for
            limits.
    """

    points: tuple[ChartPoint, ...]
    base: int
    baseline: int
    centre: Decimal | None = None
    mean_range: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    range_limit: Decimal | None = None
    ranges: tuple[Decimal | None, ...] = ()
    wide: tuple[int, ...] = ()
    signals: tuple[int, ...] = ()
    flags: tuple[ChartFlag, ...] = ()


def _xmr_chart(facts: XmrChartFacts, parameters: None, trace: Trace | None) -> XmrChart:
    """
    Tell which values of a series stand out, by how far neighbours lie apart.

    Limits are 2.66 mean moving ranges from the mean; the moving range itself has its limit at 3.267
    of its mean. Both constants are those that charts print. Gaps are passed over: the values on
    either side are neighbours. Where all values are the same, limits lie on the centre and nothing
    stands out.

    Raises:
        FaultsError: If the baseline is none of the values.

    Source:
        W. A. Shewhart, "Economic control of quality of manufactured product" (1931); D. J. Wheeler,
        "Understanding variation" (1993).

    Examples:
        >>> from bankservice.satisfaction import xmr_chart
        >>> found = xmr_chart(values=[31, 28, 33, 30, 35, 29, 12], baseline=6).outcome
        >>> found.centre, found.mean_range, found.low, found.signals
        (Decimal('31'), Decimal('4.4'), Decimal('19.296'), (6,))
    """
    values = [
        None if isinstance(value, Missing) else Fraction(value) for value in facts.values.values
    ]
    count = len(values) if facts.baseline is None else facts.baseline
    first = [value for value in values[:count] if value is not None]
    known = [value for value in values if value is not None]
    if not first:
        flags = (ChartFlag.EMPTY_POINT,) if values else ()
        points = tuple(
            ChartPoint() if value is None else drawn(value, None, None) for value in values
        )
        return XmrChart(points=points, base=len(known), baseline=count, flags=flags)
    centre = sum(first, Fraction(0)) / len(first)
    steps = [abs(late - early) for early, late in pairwise(first)]
    mean = sum(steps, Fraction(0)) / len(steps) if steps else None
    half = None if mean is None else OF_RANGE * mean
    limit = None if mean is None else RANGE_LIMIT * mean
    limits = None if half is None else (float(centre - half), float(centre + half))
    points = _points(facts, values, centre, half, limits)
    ranges = _ranges(values)
    wide = tuple(
        place
        for place, step in enumerate(ranges)
        if step is not None and limit is not None and step > limit
    )
    noted = {
        ChartFlag.EMPTY_POINT: len(known) < len(values),
        ChartFlag.NO_SPREAD: mean == 0,
        ChartFlag.TOO_FEW: mean is None,
    }
    outcome = XmrChart(
        points=points,
        base=len(known),
        baseline=count,
        centre=told(float(centre)),
        mean_range=None if mean is None else told(float(mean)),
        low=None if limits is None else told(limits[0]),
        high=None if limits is None else told(limits[1]),
        range_limit=None if limit is None else told(float(limit)),
        ranges=tuple(None if step is None else told(float(step)) for step in ranges),
        wide=wide,
        signals=signal_places(points),
        flags=tuple(flag for flag in ChartFlag if noted.get(flag)),
    )
    if trace is not None:
        _tell(outcome, trace)
    return outcome


def _points(
    facts: XmrChartFacts,
    values: list[Fraction | None],
    centre: Fraction,
    half: Fraction | None,
    limits: tuple[float, float] | None,
) -> tuple[ChartPoint, ...]:
    if half is None:
        return tuple(ChartPoint() if v is None else drawn(v, None, None) for v in values)
    standings = [Standing.of(v, centre, half / 3) for v in values if v is not None]
    signals = iter(run_signals(standings, facts.rules))
    placed = iter(standings)
    return tuple(
        ChartPoint()
        if value is None
        else attrs.evolve(drawn(value, next(placed), limits), signals=next(signals))
        for value in values
    )


def _ranges(values: list[Fraction | None]) -> list[Fraction | None]:
    found: list[Fraction | None] = []
    last: Fraction | None = None
    for value in values:
        found.append(None if value is None or last is None else abs(value - last))
        last = last if value is None else value
    return found


def _tell(outcome: XmrChart, trace: Trace) -> None:
    assert outcome.centre is not None, "a chart without a centre is not told"
    centre = rounded(float(outcome.centre), 5)
    trace.check(CENTRE(centre=centre, baseline=outcome.baseline), held=True)
    if outcome.mean_range is None or outcome.range_limit is None:
        trace.check(NO_RANGE(), held=False)
    else:
        mean, limit = (rounded(float(v), 5) for v in (outcome.mean_range, outcome.range_limit))
        trace.check(RANGE(mean_range=mean, range_limit=limit), held=True)
    note_signals(outcome.points, trace)
    for place in outcome.wide:
        step = rounded(float(outcome.ranges[place] or 0), 5)
        trace.check(WIDE(point=place + 1, moving_range=step), held=True)


def _headline(facts: XmrChartFacts, parameters: None, outcome: XmrChart) -> Reason:
    return chart_headline(outcome, NOBODY, CALM, SIGNALS)


xmr_chart: Final[Rule[XmrChartFacts, None, XmrChart]] = Rule(
    id="satisfaction.xmr-chart",
    facts=XmrChartFacts,
    outcome=XmrChart,
    evaluate=_xmr_chart,
    headline=_headline,
    says=(CALM, SIGNALS, NOBODY, CENTRE, RANGE, NO_RANGE, WIDE, SIGNAL, NOTED),
    package="bankservice.satisfaction",
)
