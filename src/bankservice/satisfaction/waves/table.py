"""Reporting as it is written: one version of a `satisfaction.reporting` policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

from bankservice.core.calendar import Period

__all__ = [
    "ChartRow",
    "CutRow",
    "DriverRow",
    "FloorRow",
    "NpsInterval",
    "ReportingTable",
    "ShareInterval",
    "UnitRow",
    "WeightRow",
]

NpsInterval: TypeAlias = Literal["adjusted-wald", "wald", "t"]
ShareInterval: TypeAlias = Literal["wilson", "agresti-coull", "clopper-pearson", "jeffreys"]


@attrs.frozen(kw_only=True)
class FloorRow:
    """
    How many answers a score must rest on to be told.

    Attributes:
        internal: Fewest for readers within the bank.
        external: Fewest for readers outside.
        identity: Fewest of any count that is told: fewer could name who answered.
    """

    internal: int = 30
    external: int = 100
    identity: int = 5


@attrs.frozen(kw_only=True)
class WeightRow:
    """
    What weights may be like.

    Attributes:
        cap: Highest weight, as a multiple of the mean: where trimming cuts.
        warn_above: A weight above this multiple is flagged.
        least_efficiency: Effective base over base below which no weighted score is told.
        warn_efficiency: Below this it is told and flagged.
    """

    cap: Decimal = Decimal(5)
    warn_above: Decimal = Decimal(3)
    least_efficiency: Decimal = Decimal("0.4")
    warn_efficiency: Decimal = Decimal("0.7")


@attrs.frozen(kw_only=True)
class UnitRow:
    """
    How units, such as branches, are compared.

    Attributes:
        prior_strength: Answers that a unit's parent counts for when a score is drawn towards it.
        adjustment: How p-values of several units are adjusted: `holm`, `benjamini-hochberg` or
            `bonferroni`.
    """

    prior_strength: Decimal = Decimal(40)
    adjustment: Literal["holm", "benjamini-hochberg", "bonferroni"] = "holm"


@attrs.frozen(kw_only=True)
class DriverRow:
    """
    When drivers are told.

    Attributes:
        least: Fewest respondents who answered all of it.
        per_driver: Fewest of them for each driver.
        most: Most drivers.
    """

    least: int = 50
    per_driver: int = 10
    most: int = 12


@attrs.frozen(kw_only=True)
class CutRow:
    """
    What is a strength and what a weakness, on a scale where 0 is worst and 100 best.

    Attributes:
        strong: An item is a strength where the whole interval of its mean is at least this.
        weak: It is a weakness where the whole interval is below this.
    """

    strong: Decimal = Decimal(75)
    weak: Decimal = Decimal(60)


@attrs.frozen(kw_only=True)
class ChartRow:
    """
    How scores are charted over waves.

    Attributes:
        rules: Run rules that signal, by their numbers.
        width: Control limits, in standard deviations.
        laney_above: From this ratio of the spread to that of chance on, limits are widened by it.
        ewma_weight: Weight of the newest point of a moving average.
        ewma_width: Its limits, in standard deviations.
    """

    rules: tuple[int, ...] = (1, 2)
    width: Decimal = Decimal(3)
    laney_above: Decimal = Decimal("1.2")
    ewma_weight: Decimal = Decimal("0.2")
    ewma_width: Decimal = Decimal("2.7")


@attrs.frozen(kw_only=True)
class ReportingTable:
    """
    A version as written.

    Attributes:
        cadence: From one wave to the next.
        confidence: Of every interval, between 0 and 1.
        power: Chance that a difference called detectable would have been found.
        nps_interval: `adjusted-wald`, `wald` or `t`.
        share_interval: `wilson`, `agresti-coull`, `clopper-pearson` or `jeffreys`.
        modes: Answers of different modes, such as a device and a call, that no weight brings
            together: `flag` tells of them, `refuse` tells no score.
        floor: How many answers a score must rest on to be told.
        weights: What weights may be like.
        units: How units are compared.
        drivers: When drivers are told.
        cuts: What is a strength and what a weakness.
        charts: How scores are charted over waves.
    """

    cadence: Period
    confidence: Decimal = Decimal("0.95")
    power: Decimal = Decimal("0.8")
    nps_interval: NpsInterval = "adjusted-wald"
    share_interval: ShareInterval = "wilson"
    modes: Literal["flag", "refuse"] = "flag"
    floor: FloorRow = FloorRow()
    weights: WeightRow = WeightRow()
    units: UnitRow = UnitRow()
    drivers: DriverRow = DriverRow()
    cuts: CutRow = CutRow()
    charts: ChartRow = ChartRow()
