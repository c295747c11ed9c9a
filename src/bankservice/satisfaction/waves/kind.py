"""
A reporting policy, ready to use: how sure, how many answers, and how many are too few.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.calendar import Period
from bankservice.core.policy import Faults, Kind, Library
from bankservice.satisfaction.questionnaires.kind import Questionnaire
from bankservice.satisfaction.waves.table import (
    ChartRow,
    CutRow,
    DriverRow,
    FloorRow,
    NpsInterval,
    ReportingTable,
    ShareInterval,
    UnitRow,
    WeightRow,
)

__all__ = ["REPORTING", "Reporting"]

MOST_DRIVERS: Final = 14
"""Most drivers whose shares are told exactly: each more doubles the work."""
RUN_RULES: Final = 5


@attrs.frozen(eq=False, kw_only=True)
class Reporting:
    """
    A version of a reporting policy, ready to use.

    Attributes:
        confidence: Of every interval.
        power: Chance that a difference called detectable would have been found.
        nps_interval: Method of the interval of an NPS.
        share_interval: Method of the interval of a share.
        floor: How many answers a score must rest on.
        weights: What weights may be like.
        units: How units are compared.
        drivers: When drivers are told.
        cuts: What is a strength and what a weakness.
        charts: How scores are charted.
        cadence: From one wave to the next.
        written: As written.
        asked: The questionnaire beside it, where there is one.
    """

    confidence: float
    power: float
    nps_interval: NpsInterval
    share_interval: ShareInterval
    floor: FloorRow
    weights: WeightRow
    units: UnitRow
    drivers: DriverRow
    cuts: CutRow
    charts: ChartRow
    cadence: Period
    written: ReportingTable
    asked: Questionnaire | None = None

    def floor_for(self, audience: str) -> int:
        """Return how many answers a score must rest on for its readers."""
        told = self.floor.external if audience == "external" else self.floor.internal
        return max(told, self.floor.identity)


def _build(table: ReportingTable, faults: Faults, library: Library) -> Reporting:
    _between(faults, "confidence", table.confidence)
    _between(faults, "power", table.power)
    if table.cadence.months <= 0 and table.cadence.days <= 0:
        faults.add("cadence", table.cadence, "a period above 0, such as P6M")
    _check_floor(table.floor, faults)
    _check_weights(table.weights, faults)
    if table.units.prior_strength < 0:
        faults.add("units.prior_strength", table.units.prior_strength, "0 or more answers")
    _check_drivers(table.drivers, faults)
    _check_cuts(table.cuts, faults)
    _check_charts(table.charts, faults)
    return Reporting(
        confidence=float(table.confidence),
        power=float(table.power),
        nps_interval=table.nps_interval,
        share_interval=table.share_interval,
        floor=table.floor,
        weights=table.weights,
        units=table.units,
        drivers=table.drivers,
        cuts=table.cuts,
        charts=table.charts,
        cadence=table.cadence,
        written=table,
    )


def _between(faults: Faults, path: str, value: Decimal) -> None:
    if not 0 < value < 1:
        faults.add(path, value, "a share above 0 and below 1")


def _check_floor(floor: FloorRow, faults: Faults) -> None:
    if floor.identity < 1:
        faults.add("floor.identity", floor.identity, "1 answer or more")
    if floor.internal < floor.identity:
        wanted = f"{floor.identity} (what would name nobody) or more"
        faults.add("floor.internal", floor.internal, wanted)
    if floor.external < floor.internal:
        wanted = f"{floor.internal} (what the bank itself is told) or more"
        faults.add("floor.external", floor.external, wanted)


def _check_weights(weights: WeightRow, faults: Faults) -> None:
    if weights.cap <= 1:
        faults.add("weights.cap", weights.cap, "a multiple above 1: the mean weight is 1")
    if not 1 < weights.warn_above <= weights.cap:
        faults.add("weights.warn_above", weights.warn_above, "above 1, up to the cap")
    if not 0 <= weights.least_efficiency <= weights.warn_efficiency <= 1:
        got = f"{weights.least_efficiency} and a warning below {weights.warn_efficiency}"
        faults.add("weights.least_efficiency", got, "shares from 0 to 1, the warning above it")


def _check_drivers(drivers: DriverRow, faults: Faults) -> None:
    if not 1 <= drivers.most <= MOST_DRIVERS:
        faults.add("drivers.most", drivers.most, f"from 1 to {MOST_DRIVERS} drivers")
    if drivers.least < 3:
        faults.add("drivers.least", drivers.least, "3 respondents or more")
    if drivers.per_driver < 1:
        faults.add("drivers.per_driver", drivers.per_driver, "1 respondent or more")


def _check_cuts(cuts: CutRow, faults: Faults) -> None:
    if not 0 <= cuts.weak <= cuts.strong <= 100:
        got = f"{cuts.strong} above {cuts.weak}"
        faults.add("cuts.strong", got, "numbers from 0 to 100, the strong one above the weak")


def _check_charts(charts: ChartRow, faults: Faults) -> None:
    for place, rule in enumerate(charts.rules):
        if not 1 <= rule <= RUN_RULES or rule in charts.rules[:place]:
            faults.add(f"charts.rules[{place}]", rule, f"a rule from 1 to {RUN_RULES}, once")
    for name in ("width", "laney_above", "ewma_width"):
        if getattr(charts, name) <= 0:
            faults.add(f"charts.{name}", getattr(charts, name), "a number above 0")
    if not 0 < charts.ewma_weight <= 1:
        faults.add("charts.ewma_weight", charts.ewma_weight, "a share above 0, up to 1")


REPORTING: Final = Kind(
    "satisfaction.reporting",
    ReportingTable,
    _build,
)
"""Kind of policy that says how scores of a wave are told: how sure, and on how many answers."""
