"""
Shares from period to period: are they all the same, and do they rise or fall?

The limits of a p-chart take answers to be drawn from one lot, month by month. Where hundreds answer
each month the limits become so narrow that every ordinary difference of months looks like a signal.
Laney's sigma-z tells: how much more neighbouring months differ than the answers within them would
make them, on average; 1 where only the answers differ.

Trend: P. Armitage, Biometrics 11 (1955) 375-386; D. B. Laney, Quality Engineering 14 (2002) 531-537.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import fsum, sqrt
from typing import Final

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.quantiles import chi_square_tail, two_sided
from bankservice.satisfaction.model import count_faults

__all__ = [
    "MOST_POINTS",
    "RANGE_CONSTANT",
    "Armitage",
    "SharePoint",
    "cochran_armitage",
    "homogeneity",
    "laney_sigma",
    "pooled",
]

RANGE_CONSTANT: Final = 1.128
"""Mean distance of two normal values in their deviations, 2 over the root of pi, as charts print it."""

MOST_POINTS: Final = 1_000


@attrs.frozen(kw_only=True)
class SharePoint:
    """
    How many were satisfied in a period.

    Attributes:
        satisfied: Of those who answered, the satisfied.
        base: Those who answered; 0 leaves a gap.
        label: What the period is called.
    """

    satisfied: int
    base: int
    label: str = ""

    def __attrs_post_init__(self) -> None:
        faults = [*count_faults("base", self.base)]
        if not faults and not 0 <= self.satisfied <= self.base:
            wanted = f"a number from 0 to {self.base}, the base"
            faults.append(Fault("satisfied", str(self.satisfied), wanted))
        if faults:
            raise FaultsError("a point", tuple(faults))

    @property
    def share(self) -> Fraction:
        """The satisfied as a share of those who answered, of whom there is at least one."""
        return Fraction(self.satisfied, self.base)


def pooled(points: Iterable[SharePoint]) -> Fraction | None:
    """Return the share of the satisfied over all points; None where nobody answered."""
    held = list(points)
    base = sum(point.base for point in held)
    return Fraction(sum(point.satisfied for point in held), base) if base else None


def laney_sigma(points: Sequence[SharePoint], centre: Fraction) -> float | None:
    """
    Return how much more points differ than their answers would make them.

    None for fewer than two points, or a centre of 0 or 1.
    """
    unit = centre * (1 - centre)
    if len(points) < 2 or not unit:
        return None
    scores = [float(point.share - centre) / sqrt(unit / point.base) for point in points]
    steps = [abs(late - early) for early, late in pairwise(scores)]
    return fsum(steps) / len(steps) / RANGE_CONSTANT


def homogeneity(points: Sequence[SharePoint]) -> tuple[float, int, float] | None:
    """
    Return chi-square of the shares being the same, its degrees of freedom, and p.

    None where there are fewer than two points with answers, or all answers are alike.
    """
    held = [point for point in points if point.base]
    centre = pooled(held)
    if centre is None or len(held) < 2 or not 0 < centre < 1:
        return None
    far = sum((point.base * (point.share - centre) ** 2 for point in held), Fraction(0))
    value, freedom = float(far / (centre * (1 - centre))), len(held) - 1
    return value, freedom, chi_square_tail(value, freedom)


@attrs.frozen
class Armitage:
    """
    Whether shares rise or fall.

    Attributes:
        slope: Change of the share from one period to the next.
        error: The deviation the slope would have by chance.
        z: The slope in these.
        p_value: Two-sided.
    """

    slope: float
    error: float
    z: float
    p_value: float


def cochran_armitage(points: Sequence[SharePoint]) -> Armitage | None:
    """
    Return whether shares rise or fall with time, by Cochran and Armitage.

    None where there are fewer than two points with answers, or all answers are alike.

    Examples:
        >>> counts = [(164, 200), (178, 210), (151, 190)]
        >>> found = cochran_armitage([SharePoint(satisfied=k, base=n) for k, n in counts])
        >>> round(found.z, 6)
        -0.632888
    """
    held = [(place, point) for place, point in enumerate(points) if point.base]
    centre = pooled(point for _, point in held)
    if centre is None or len(held) < 2 or not 0 < centre < 1:
        return None
    base = sum(point.base for _, point in held)
    middle = Fraction(sum(place * point.base for place, point in held), base)
    rise = sum((point.satisfied * (place - middle) for place, point in held), Fraction(0))
    spread = sum((point.base * (place - middle) ** 2 for place, point in held), Fraction(0))
    error = sqrt(centre * (1 - centre) / spread)
    z = float(rise / spread) / error
    return Armitage(float(rise / spread), error, z, two_sided(z))
