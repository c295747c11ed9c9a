"""
The programme as it is written: one version of a `loyalty.programme` policy.

Rates are in whole points, as people print them; inside, points are integers of the smallest unit
(`10 ** scale` to a point). Amounts are in the programme's currency.
"""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.loyalty.programme.dating import AvailabilityRow, ExpiryRow
from bankservice.loyalty.programme.earning import (
    CapRow,
    EarnRow,
    ExclusionRow,
    LaneRow,
    MerchantRow,
    MultiplierRow,
    PointsRow,
    RoundingRow,
)
from bankservice.loyalty.programme.terms import (
    ArrearsRow,
    CancellationRow,
    HoldRow,
    HouseholdRow,
    LimitRow,
    PurchaseRow,
    RefundRow,
    ReinstatementRow,
    RewardRow,
    TransferRow,
)

__all__ = [
    "ProgrammeTable",
]


@attrs.frozen(kw_only=True)
class ProgrammeTable:
    """
    A programme.

    Attributes:
        zone: Zone whose days count.
        currency: Currency amounts are converted to before anything else.
        points: What is earned.
        earn: The ways to earn.
        lane: Lanes of earning rows; one lane `base` with mode `all` where left out.
        merchants: Groups of merchants.
        mcc: The category codes there are, as codes and ranges; another one is refused. Nothing: any
            four digits.
        exclude: What earns nothing.
        multiplier: Factors, such as those of tiers.
        multipliers: Several factors on one part: their extras are added (`add`: 1.5 and 1.75 make
            2.25), or they are multiplied (`multiply`).
        cap: Limits.
        eligible: What counts of an amount: `gross` or `net` of tax.
        points_payment: Whether points are earned on the amount `before` or `after` the share that
            was paid with points.
        rounding: The one rounding.
        expiry: When points lapse.
        available: When they can be spent.
        burn_order: Which lots are drawn first: `earliest-expiry` (then available, earned, number),
            `earned-first`, `promo-first` (classes other than base first), `last-in-first-out`.
        refunds: What a refund takes back.
        arrears: Points owed.
        holds: Reserving.
        cancellation: A redemption cancelled.
        reinstatement: Points given back.
        reward: What points buy.
        transfer: Giving points away.
        household: Redeeming together.
        purchase: Buying points.
        limits: Against abuse.
        enrolment: Whether the first purchase opens an account (`automatic`), or `enrol` must.
        statement_day: Last day of the statement period, 1 to 31, clamped to the month's end.
        pending_qualifies: Whether points not yet available count for tiers.
    """

    zone: str
    currency: str
    points: PointsRow = PointsRow()
    earn: tuple[EarnRow, ...]
    lane: tuple[LaneRow, ...] = ()
    merchants: tuple[MerchantRow, ...] = ()
    mcc: tuple[str, ...] = ()
    exclude: tuple[ExclusionRow, ...] = ()
    multiplier: tuple[MultiplierRow, ...] = ()
    multipliers: Literal["add", "multiply"] = "add"
    cap: tuple[CapRow, ...] = ()
    eligible: Literal["gross", "net"] = "gross"
    points_payment: Literal["before", "after"] = "after"
    rounding: RoundingRow = RoundingRow()
    expiry: ExpiryRow = ExpiryRow()
    available: AvailabilityRow = AvailabilityRow()
    burn_order: Literal["earliest-expiry", "earned-first", "promo-first", "last-in-first-out"] = (
        "earliest-expiry"
    )
    refunds: RefundRow = RefundRow()
    arrears: ArrearsRow = ArrearsRow()
    holds: HoldRow = HoldRow()
    cancellation: CancellationRow = CancellationRow()
    reinstatement: ReinstatementRow = ReinstatementRow()
    reward: tuple[RewardRow, ...] = ()
    transfer: TransferRow = TransferRow()
    household: HouseholdRow = HouseholdRow()
    purchase: PurchaseRow = PurchaseRow()
    limits: LimitRow = LimitRow()
    enrolment: Literal["automatic", "required"] = "automatic"
    statement_day: int = 31
    pending_qualifies: bool = False
