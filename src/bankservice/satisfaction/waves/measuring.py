"""
A score and its interval from counted answers, whatever the metric; and two scores compared.

All is in fractions and floats here: NPS from -1 to 1. Weighted answers count as many as their
effective base, which for answers without weights is their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from bankservice.satisfaction.changes.net_change import mean_of
from bankservice.satisfaction.changes.share_change import shares_compared
from bankservice.satisfaction.changes.two_samples import Compared, net_difference, welch
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.intervals import (
    Interval,
    Net,
    NetMethod,
    ShareMethod,
    adjusted_net,
    mean_t,
    net_interval,
    plain_net,
    share_interval,
)
from bankservice.satisfaction.scores.promoters import classes_of, net_shares
from bankservice.satisfaction.scores.tally import Cell, Portion, Spread, portion, spread
from bankservice.satisfaction.waves.items import WaveItem
from bankservice.satisfaction.waves.kind import Reporting

__all__ = [
    "Apart",
    "Measured",
    "answers",
    "compared",
    "interval",
    "measured",
    "told_ends",
    "unit_of",
]


def answers(cells: Mapping[int, Cell]) -> int:
    """Return how many answers there are."""
    return sum(cell.n for cell in cells.values())


def unit_of(item: WaveItem) -> float:
    """Return what a score is told in: NPS in points, the others as they are."""
    return 100.0 if item.metric == "nps" else 1.0


@attrs.frozen
class Measured:
    """
    A score of some answers, of which one at least weighs something.

    Attributes:
        spread: Of the values that are averaged: -1, 0, 1 for NPS, 0 and 1 for a share.
        rescaled: Of the answers on a scale where 0 is worst and 1 best.
        part: The share, where that is the score.
        easy: Share of those who found it easy, for CES.
        net: Shares of promoters and detractors, for NPS.
    """

    spread: Spread
    rescaled: Spread
    part: Portion | None = None
    easy: float | None = None
    net: tuple[float, float] = (0.0, 0.0)

    @property
    def score(self) -> float:
        """The score, as a fraction or a mean."""
        return self.spread.mean

    @property
    def effective(self) -> float:
        """So many answers of equal weight would tell as much."""
        return self.spread.effective


def measured(item: WaveItem, cells: Mapping[int, Cell]) -> Measured | None:
    """Return the score of an item; None where nobody answered, or the answers weigh nothing."""
    rescaled = spread(cells, lambda code: item.rescaled(item.keyed(code)))
    if rescaled is None:
        return None
    part = portion(cells, item.chosen) if item.chosen else None
    net = None
    if item.metric == "nps":
        classes = classes_of(cells)
        found, net = spread(classes), net_shares(classes)
    elif item.is_share:
        found = spread(cells, lambda code: float(code in item.chosen))
    else:
        found = spread(cells, item.keyed)
    assert found is not None, "it weighs as much, however it is averaged"
    share = part if item.is_share else None
    easy = None if part is None or item.is_share else part.share
    return Measured(found, rescaled, share, easy, net or (0.0, 0.0))


def interval(item: WaveItem, found: Measured, reporting: Reporting) -> Interval | None:
    """Return the interval of a score by the method of the policy; None where there is none."""
    confidence = reporting.confidence
    if found.part is not None:
        method = ShareMethod(reporting.share_interval)
        return share_interval(found.part.k, found.part.effective, confidence, method)
    if item.metric == "nps" and reporting.nps_interval != "t":
        return net_interval(_net(found, reporting), confidence, NetMethod(reporting.nps_interval))
    freedom = found.spread.n - 1
    held = mean_t(found.score, found.spread.linearised, freedom, confidence)
    if held is None or item.metric != "nps":
        return held
    return attrs.evolve(held, low=max(held.low, -1.0), high=min(held.high, 1.0))


def _net(found: Measured, reporting: Reporting) -> Net:
    make = plain_net if reporting.nps_interval == "wald" else adjusted_net
    return make(*found.net, found.effective)


def told_ends(
    around: Interval | None, factor: float = 1.0
) -> tuple[Decimal | None, Decimal | None]:
    """Return the ends of an interval as they are told; None for both where there is none."""
    if around is None:
        return None, None
    return told(around.low * factor), told(around.high * factor)


@attrs.frozen
class Apart:
    """
    Two scores compared: the second less the first.

    Attributes:
        difference: Observed.
        low: Lower end of the interval of the difference; None where nothing spreads.
        high: Upper end.
        p_value: How often chance alone would differ as much; None where that cannot be said.
        detectable: Smallest true difference that would have been found; None where not even the
            largest would.
        small: Whether the table is too small for the normal law.
    """

    difference: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    detectable: float | None = None
    small: bool = False


def compared(item: WaveItem, before: Measured, after: Measured, reporting: Reporting) -> Apart:
    """Return how far a score is from an earlier one, or a unit's from that of the rest."""
    confidence, power = reporting.confidence, reporting.power
    if before.part is not None and after.part is not None:
        found = shares_compared(before.part, after.part, confidence, power)
        p_value: float | None = max(found.p_value, found.exact or 0.0)
        if found.small and found.exact is None:
            # The test that a small table needs is for whole counts only.
            p_value = None
        return Apart(found.difference, found.low, found.high, p_value, found.seen, found.small)
    difference = after.score - before.score
    if item.metric == "nps":
        nets = _net(before, reporting), _net(after, reporting)
        return _apart(difference, net_difference(*nets, confidence, power), 2.0)
    first, second = mean_of(before.spread), mean_of(after.spread)
    if first is None or second is None:
        return Apart(difference)
    low, high = item.ends
    return _apart(difference, welch(first, second, confidence, power), float(high - low))


def _apart(difference: float, found: Compared, most: float) -> Apart:
    p_value, seen = found.p_value, found.seen
    if p_value is None and not difference:
        # Nothing spreads, and nothing differs.
        p_value = 1.0
    within = None if seen is None or seen > most else seen
    return Apart(difference, found.low, found.high, p_value, within)
