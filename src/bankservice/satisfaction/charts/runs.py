"""
What control charts share: their points, and the runs of points that chance rarely makes.

Each further rule raises false alarms, so only the first two are on unless asked: a point beyond
three deviations, and nine in a row on one side of the centre. On which side a point lies is told
from exact numbers, so that points on the centre are on neither.

L. S. Nelson, Journal of Quality Technology 16 (1984) 237-239.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import Final, Protocol

import attrs

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.errors import Fault
from bankservice.core.policy import Title
from bankservice.core.special import rounded
from bankservice.satisfaction.model import told

__all__ = [
    "CENTRE",
    "FIRST_TWO",
    "NOTED",
    "SIGNAL",
    "ChartFlag",
    "ChartPoint",
    "Charted",
    "RunRule",
    "Standing",
    "baseline_faults",
    "chart_headline",
    "drawn",
    "note_signals",
    "run_signals",
    "signal_places",
]

CENTRE: Final = Says("chart-centre", ("centre", "baseline"))
SIGNAL: Final = Says("chart-signal", ("point", "value", "low", "high"))
NOTED: Final = Says("chart-run", ("point", "value", "rules"))


class RunRule(Enum):
    """A run of points that chance rarely makes."""

    BEYOND_THREE = "beyond-three"
    NINE_ON_ONE_SIDE = "nine-on-one-side"
    SIX_IN_A_ROW = "six-in-a-row"
    TWO_OF_THREE = "two-of-three"
    FOUR_OF_FIVE = "four-of-five"


_TITLES: Final = {
    RunRule.BEYOND_THREE: Title(en="beyond three deviations", zh="超出三个标准差"),
    RunRule.NINE_ON_ONE_SIDE: Title(en="nine on one side", zh="连续九点在同一侧"),
    RunRule.SIX_IN_A_ROW: Title(en="six rising or falling", zh="连续六点上升或下降"),
    RunRule.TWO_OF_THREE: Title(
        en="two of three beyond two deviations", zh="三点中两点超出两个标准差"
    ),
    RunRule.FOUR_OF_FIVE: Title(
        en="four of five beyond one deviation", zh="五点中四点超出一个标准差"
    ),
}
assert set(_TITLES) == set(RunRule), "every rule has a title"

FIRST_TWO: Final = (RunRule.BEYOND_THREE, RunRule.NINE_ON_ONE_SIDE)


class ChartFlag(Enum):
    """What is to be known of a chart beside its points."""

    EMPTY_POINT = "empty-point"
    NO_SPREAD = "no-spread"
    TOO_FEW = "too-few"
    OVERDISPERSED = "overdispersed"


@attrs.frozen(kw_only=True)
class ChartPoint:
    """
    A point of a chart.

    Attributes:
        label: What it is called; empty where it has no name.
        value: Its value; None where nobody answered.
        low: Lower limit at this point; None where there is none.
        high: Upper limit.
        z: How many deviations it is from the centre; None where the deviation is 0 or not known.
        signals: Runs that end here.
    """

    label: str = ""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    z: Decimal | None = None
    signals: tuple[RunRule, ...] = ()


@attrs.frozen
class Standing:
    """
    Where a point stands, as runs look at it.

    Attributes:
        value: Its value, exact.
        side: How far it is above the centre, exact; below 0 under it.
        z: The same in deviations; infinite where these are 0 and the point is off the centre.
    """

    value: Fraction
    side: Fraction
    z: float

    @classmethod
    def of(cls, value: Fraction, centre: Fraction, deviation: Fraction | float) -> Standing:
        """Return where a value stands to a centre."""
        side = value - centre
        if not side:
            return cls(value, side, 0.0)
        if deviation > 0:
            return cls(value, side, float(side / deviation))
        return cls(value, side, float("inf") if side > 0 else float("-inf"))


def drawn(
    value: Fraction, standing: Standing | None, limits: tuple[float, float] | None, label: str = ""
) -> ChartPoint:
    """Return a point with its limits, before runs are looked at."""
    z = None if standing is None or not isfinite(standing.z) else told(standing.z)
    low, high = (None, None) if limits is None else map(told, limits)
    return ChartPoint(label=label, value=told(float(value)), low=low, high=high, z=z)


def run_signals(
    standings: Sequence[Standing], rules: Sequence[RunRule]
) -> list[tuple[RunRule, ...]]:
    """
    Return for each point the runs that end there, of the rules asked.

    Args:
        standings: The points, in the order of time; those without a value left out.
        rules: The rules to look by.
    """
    return [
        tuple(rule for rule in RunRule if rule in rules and _RULES[rule](last))
        for place in range(len(standings))
        for last in [standings[max(0, place - 8) : place + 1]]
    ]


def _beyond_three(points: Sequence[Standing]) -> bool:
    return abs(points[-1].z) > 3


def _nine_on_one_side(points: Sequence[Standing]) -> bool:
    last = points[-9:]
    return len(last) == 9 and (
        all(point.side > 0 for point in last) or all(point.side < 0 for point in last)
    )


def _six_in_a_row(points: Sequence[Standing]) -> bool:
    last = points[-6:]
    steps = [late.value - early.value for early, late in pairwise(last)]
    return len(last) == 6 and (all(step > 0 for step in steps) or all(step < 0 for step in steps))


def _of(points: Sequence[Standing], count: int, out: int, beyond: int) -> bool:
    last = points[-out:]
    # The run ends at a point that is out itself; else it ended before.
    return any(
        points[-1].z * side > beyond and sum(point.z * side > beyond for point in last) >= count
        for side in (1, -1)
    )


_RULES: Final[dict[RunRule, Callable[[Sequence[Standing]], bool]]] = {
    RunRule.BEYOND_THREE: _beyond_three,
    RunRule.NINE_ON_ONE_SIDE: _nine_on_one_side,
    RunRule.SIX_IN_A_ROW: _six_in_a_row,
    RunRule.TWO_OF_THREE: lambda points: _of(points, 2, 3, 2),
    RunRule.FOUR_OF_FIVE: lambda points: _of(points, 4, 5, 1),
}
assert set(_RULES) == set(RunRule), "every rule is looked by"


def baseline_faults(baseline: int | None, points: int) -> Iterable[Fault]:
    """Yield a fault where a baseline is none of the points."""
    if baseline is not None and not 1 <= baseline <= points:
        yield Fault("baseline", str(baseline), f"a number of first points, from 1 to {points}")


def signal_places(points: Sequence[ChartPoint]) -> tuple[int, ...]:
    """Return the places of the points with a signal, from 0."""
    return tuple(place for place, point in enumerate(points) if point.signals)


def note_signals(points: Sequence[ChartPoint], trace: Trace) -> None:
    """Note every point with a signal."""
    for place, point in enumerate(points):
        if not point.signals or point.value is None:
            continue
        name, value = point.label or str(place + 1), rounded(float(point.value), 5)
        if RunRule.BEYOND_THREE in point.signals and point.low is not None:
            low, high = (rounded(float(limit or 0), 5) for limit in (point.low, point.high))
            trace.check(SIGNAL(point=name, value=value, low=low, high=high), held=True)
        else:
            rules = tuple(_TITLES[rule] for rule in point.signals)
            trace.check(NOTED(point=name, value=value, rules=rules), held=True)


class Charted(Protocol):
    """A chart, as what it comes to is told."""

    @property
    def points(self) -> Sequence[object]:
        """The periods."""

    @property
    def centre(self) -> Decimal | None:
        """What limits are drawn about; None where nobody answered."""

    @property
    def signals(self) -> tuple[int, ...]:
        """Places of the periods with a signal."""


def chart_headline(outcome: Charted, nobody: Says, calm: Says, found: Says) -> Reason:
    """Return what a chart comes to: nothing, no signal, or so many."""
    if outcome.centre is None:
        return nobody()
    centre, points = rounded(float(outcome.centre), 5), len(outcome.points)
    if not outcome.signals:
        return calm(points=points, centre=centre)
    return found(signals=len(outcome.signals), points=points, centre=centre)
