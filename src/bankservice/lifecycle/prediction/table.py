"""Outlook as it is written: one version of a `lifecycle.outlook` policy."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.money import Rounding
from bankservice.core.policy import Title
from bankservice.lifecycle.prediction.cards import PurchaseCard, SpendCard

__all__ = ["BandRow", "OutlookTable", "TrendRow", "ValueRow"]


@attrs.frozen(kw_only=True)
class BandRow:
    """
    A band of churn risk, from its cut point to the next, that one left out.

    Attributes:
        code: Its code.
        title: What people read.
        at_least: Lowest risk of the band, above 0 and below 1; left out for the first, which begins
            at 0. The last reaches to 1.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    at_least: Decimal | None = None


@attrs.frozen(kw_only=True)
class ValueRow:
    """
    How expected purchases become a value.

    Attributes:
        steps: Into how many equal steps the horizon is cut; each is discounted from its end.
        rate: Discount rate, such as `"0.01"`.
        rate_per: What the rate is for: a `step`, a `unit` of time, or a `year` of 365 days, 365/7
            weeks or 12 months. Compounded: over u of them it is (1 + rate)^u - 1, u any fraction.
        margin: Share of spend that is the bank's margin, above 0 and up to 1.
        rounding: How the value becomes whole minor units.
    """

    steps: int
    rate: Fraction
    rate_per: Literal["step", "unit", "year"]
    margin: Fraction
    rounding: Rounding = Rounding.HALF_EVEN


@attrs.frozen(kw_only=True)
class TrendRow:
    """
    How the trend of one measure is told.

    Attributes:
        measure: Its code, such as `balance`.
        title: What people read.
        period: The period of one value: a `month`, a `quarter`, a `week` (from Monday) or a `day`.
        window: How many of the newest periods are looked at; all where left out.
        least: Fewest known values of which a trend is told, 3 or more.
        significance: A trend is told where its p-value is at most this.
        seasonal: Compare only the same month or quarter of different years.
    """

    measure: str
    title: Title = attrs.field(metadata={"digest": False})
    period: Literal["day", "week", "month", "quarter"] = "month"
    window: int | None = None
    least: int = 5
    significance: Decimal = Decimal("0.05")
    seasonal: bool = False


@attrs.frozen(kw_only=True)
class OutlookTable:
    """
    A version as written.

    Attributes:
        zone: Zone whose local day an instant falls on.
        purchases: The card of the model of purchases.
        horizon: How far ahead purchases are expected, in the card's unit of time.
        spend: The card of the model of spend; nothing where no value is asked.
        band: Bands of churn risk, the lowest first; nothing where risk is not banded.
        value: How expected purchases become a value; nothing where none is asked.
        trend: Trends that are told, one for each measure.
        refit_after: From this long after its fit a score says that the card is old; never where
            left out.
    """

    zone: str
    purchases: PurchaseCard
    horizon: Fraction
    spend: SpendCard | None = None
    band: tuple[BandRow, ...] = ()
    value: ValueRow | None = None
    trend: tuple[TrendRow, ...] = ()
    refit_after: Period | None = None
