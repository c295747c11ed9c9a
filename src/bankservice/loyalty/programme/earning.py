"""
What earns points, and how many, as it is written.

Rates are in whole points, as people print them; amounts are in the programme's currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.money import Rounding
from bankservice.core.policy import Title
from bankservice.core.scalars import Amount
from bankservice.loyalty.programme.dating import AvailabilityRow, ExpiryRow
from bankservice.loyalty.window import WindowRow

__all__ = [
    "AboveRow",
    "CapRow",
    "EarnRow",
    "ExclusionRow",
    "LaneRow",
    "MerchantRow",
    "MultiplierRow",
    "PointsRow",
    "RoundingRow",
]


@attrs.frozen(kw_only=True)
class PointsRow:
    """
    The points currency of the programme.

    Attributes:
        code: Its code; never renamed.
        title: What members call it.
        scale: Digits after the point; 0 for whole points, 2 where a point is money back in cents.
    """

    code: str = "POINTS"
    title: Title = attrs.field(default=Title(en="points", zh="积分"), metadata={"digest": False})
    scale: int = 0


@attrs.frozen(kw_only=True)
class MerchantRow:
    """
    A group of merchants by category code (ISO 18245).

    Attributes:
        code: Name of the group.
        mcc: Codes such as `5411` and ranges such as `3000-3299`, both ends counted.
        title: What people read.
        source: Where the list comes from, if not from the version's own source.
    """

    code: str
    mcc: tuple[str, ...]
    title: Title | None = attrs.field(default=None, metadata={"digest": False})
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class ExclusionRow:
    """
    What earns nothing, and the code by which that is told. Every part that is stated must hold.

    Of a purchase with lines, the lines it takes earn nothing.

    Attributes:
        code: Reason by which the exclusion is reported.
        title: What people read.
        kinds: Codes of `vocabulary/earning-kinds`, with what stands below them.
        merchants: Groups of merchants.
        below: Whole transactions whose eligible amount is below this.
        when: A condition over the facts of an accrual.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    kinds: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    below: Amount | None = None
    when: Condition | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class LaneRow:
    """
    One lane of earning rows; lanes are gone through in the order they are written.

    Attributes:
        code: Name of the lane.
        mode: Which of the rows that hold are taken, for each line of a purchase: `all`; the `best`
            for the member; the `cheapest` for the bank; the `first` by priority. What caps leave is
            looked at, one row alone. Ties go by priority, then code.
        title: What people read.
    """

    code: str
    mode: Literal["all", "best", "cheapest", "first"] = "all"
    title: Title | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class EarnRow:
    """
    One way to earn: what it is for, and how many points.

    The amount is stepped down to full `block`s, multiplied by `points` / `per`, then by the
    multipliers that hold, and `fixed` is added; rounding is the programme's.

    Attributes:
        code: Name of the row.
        title: What people read.
        kinds: Codes of `vocabulary/earning-kinds`, with what stands below them.
        lane: The lane it stands in; the first where left out.
        priority: The smaller, the earlier, where the lane asks.
        component: Class of the lot it makes, such as `base`, `bonus` or `promo`; parts are rounded
            by component where the programme rounds parts.
        basis: What is counted: the `amount`, `balance-days` (money times days), or a `count`.
        points: Whole points, for each `per`.
        per: How much of the basis earns `points`: an amount; for a count, a number of times.
        per_days: With `balance-days`: over how many days `per` must lie.
        block: The basis counts in full blocks of this size; nothing for none.
        fixed: Points given once for each transaction, after the multipliers.
        minimum: Below this much of the basis nothing is earned by this row.
        maximum: What lies above this much of the basis earns nothing by this row.
        merchants: Groups of merchants; nothing for all.
        when: A condition over the facts of an accrual.
        window: When it holds, by the day of the transaction.
        enrolment: Whether only members count who joined the campaign of this row's code.
        multiplied: Whether multipliers apply to it.
        qualifying: Whether its points count for tiers.
        available: When its points can be spent, if not as the programme says.
        expiry: When they lapse, if not as the programme says.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    kinds: tuple[str, ...]
    lane: str = ""
    priority: int = 100
    component: str = "base"
    basis: Literal["amount", "balance-days", "count"] = "amount"
    points: Decimal = Decimal(0)
    per: Amount = Amount("1")
    per_days: int = 1
    block: Amount | None = None
    fixed: Decimal = Decimal(0)
    minimum: Amount | None = None
    maximum: Amount | None = None
    merchants: tuple[str, ...] = ()
    when: Condition | None = None
    window: WindowRow | None = None
    enrolment: bool = False
    multiplied: bool = True
    qualifying: bool = True
    available: AvailabilityRow | None = None
    expiry: ExpiryRow | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class MultiplierRow:
    """
    A factor on what certain rows earn.

    Attributes:
        code: Name of the multiplier.
        title: What people read.
        factor: Such as `1.75`.
        when: Whom it is for, such as a tier.
        components: Components it applies to.
        window: When it holds.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    factor: Decimal
    when: Condition | None = None
    components: tuple[str, ...] = ("base",)
    window: WindowRow | None = None
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class AboveRow:
    """
    The rate at which the part of an amount above a cap earns: whole points for each `per`.

    It stands for the row's own rate, above which it may not lie; multipliers apply to it alike.
    """

    points: Decimal
    per: Amount = Amount("1")


@attrs.frozen(kw_only=True)
class CapRow:
    """
    A limit on what certain rows earn in a period.

    Attributes:
        code: Name of the cap.
        title: What people read.
        measure: What is limited: `points`, eligible `amount`, or the `count` of transactions.
        limit: How much; points are whole points, amounts are eligible amounts of the programme's
            currency, each transaction counted once however many rows it earns by.
        scope: Whose use is counted together: the `transaction`, the `card`, the `account` (which is
            the member's), the `household`, the `campaign` (everybody, through a shared quota).
        period: Over which time; `rolling` counts back `days` days.
        days: Length of a rolling period.
        rows: Codes of the earning rows it limits, in one sum; nothing for all.
        above: The rate of what lies above an amount cap; nothing is earned there where left out.
        whole: Whether what does not fit is refused whole, instead of granted in part.
        dated_by: Whether the day of `posting` or of the `transaction` tells the period.
        refund: Whether a refund frees headroom in the period that used it, or counts in its own.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    limit: Decimal
    measure: Literal["points", "amount", "count"] = "points"
    scope: Literal["transaction", "card", "account", "household", "campaign"] = "account"
    period: Literal[
        "transaction",
        "day",
        "statement",
        "month",
        "quarter",
        "year",
        "membership-year",
        "rolling",
        "lifetime",
    ] = "month"
    days: int = 0
    rows: tuple[str, ...] = ()
    above: AboveRow | None = None
    whole: bool = False
    dated_by: Literal["posting", "transaction"] = "posting"
    refund: Literal["frees", "current"] = "frees"
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class RoundingRow:
    """
    The one rounding of points.

    Attributes:
        mode: How.
        step: Points are rounded to a multiple of this many of the smallest unit: of 10 points, or of
            10 cents where a point has two digits.
        of: Whether each component is rounded (`parts`) or their sum (`total`).
        unit: Over what the exact points are summed first: each `item`, the `transaction`, the
            `day` or the `statement` period; of a day or statement each transaction brings what the
            rounded sum grows by.
    """

    mode: Rounding = Rounding.FLOOR
    step: int = 1
    of: Literal["parts", "total"] = "parts"
    unit: Literal["item", "transaction", "day", "statement"] = "transaction"
