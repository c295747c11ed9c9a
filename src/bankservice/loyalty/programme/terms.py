"""
The terms of a points account, as they are written: refunds, holds, rewards, limits.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.citation import Citation
from bankservice.core.conditions import Condition
from bankservice.core.policy import Title
from bankservice.core.scalars import Amount
from bankservice.loyalty.window import WindowRow

__all__ = [
    "ArrearsRow",
    "CancellationRow",
    "HoldRow",
    "HouseholdRow",
    "LimitRow",
    "PurchaseRow",
    "RefundRow",
    "ReinstatementRow",
    "RewardRow",
    "TransferRow",
]


@attrs.frozen(kw_only=True)
class RefundRow:
    """
    What a refund takes back.

    Attributes:
        mode: `re-evaluate` the rules on what is left of the purchase, or `proportional` to value.
        shortfall: What becomes of points that are no longer there: `waive`; `within-balance` (other
            lots, the rest waived); `arrears` (other lots, the rest owed); `cash-quote` (the rest is
            told as an amount to be asked for).
        unknown_original: A refund of a purchase not known yet is kept (`park`) or refused.
        within: How long after the purchase a refund takes points back; nothing for ever.
        cash_per_point: Amount of the programme's currency for each point, for `cash-quote`.
    """

    mode: Literal["re-evaluate", "proportional"] = "re-evaluate"
    shortfall: Literal["waive", "within-balance", "arrears", "cash-quote"] = "arrears"
    unknown_original: Literal["park", "refuse"] = "park"
    within: Period = Period()
    cash_per_point: Amount | None = None


@attrs.frozen(kw_only=True)
class ArrearsRow:
    """
    Points owed.

    Attributes:
        limit: Most that may be owed, in whole points; the rest is waived. Nothing for no limit.
        age: How long until what is owed is waived; nothing for ever.
        blocks: Whether redemption and transfer are refused while anything is owed.
    """

    limit: int | None = None
    age: Period = Period()
    blocks: bool = True


@attrs.frozen(kw_only=True)
class HoldRow:
    """
    Reserving points.

    Attributes:
        lasts: ISO 8601 duration after which a hold ends by itself (the instant itself no longer
            counts).
        lapse: A lot that lapses while held: `honour` lets the hold be confirmed until it ends.
    """

    lasts: str = "PT30M"
    lapse: Literal["honour", "lose"] = "honour"


@attrs.frozen(kw_only=True)
class CancellationRow:
    """
    A redemption that is cancelled gives points back to the lots they came from.

    Attributes:
        lapsed: What becomes of points whose lot has lapsed since: they are `lost`, live on for
            `days` of `grace`, or make a `new-lot` of `days`.
        days: For `grace` and `new-lot`: valid days, the day of cancellation being the first.
    """

    lapsed: Literal["lost", "grace", "new-lot"] = "grace"
    days: int = 30


@attrs.frozen(kw_only=True)
class ReinstatementRow:
    """
    Points that lapsed or were forfeited may be given back.

    Attributes:
        within: How long after they lapsed; nothing: never.
        days: How long they live then, the day they are given back being the first.
    """

    within: Period = Period()
    days: int = 90


@attrs.frozen(kw_only=True)
class RewardRow:
    """
    One thing points buy.

    Attributes:
        code: Its code.
        title: What people read.
        kind: `gift`, `voucher`, `statement-credit` or `points-plus-cash`.
        points: Price of one in whole points; for `statement-credit` points of one `step`.
        value: What one (or one step) is worth, in the programme's currency.
        partner: Code of the partner who gives it; empty for the bank.
        stock: How many there are, in all; nothing for no limit. Held by a shared quota.
        most: How many one account may take in `period`; nothing for no limit.
        period: For `most`.
        minimum: Least points of one redemption.
        step: For `statement-credit`: points come in multiples of this.
        exact: For `statement-credit`: whether an amount may be paid exactly where the points cover
            it; else, and where they do not, in full steps.
        most_share: For `points-plus-cash`: largest share of the price that points may pay.
        window: When it can be had.
        when: Whom it is for.
        earns: Whether the cash part earns points.
        source: Where it comes from, if not from the version's own source.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    kind: Literal["gift", "voucher", "statement-credit", "points-plus-cash"] = "gift"
    points: int
    value: Amount | None = None
    partner: str = ""
    stock: int | None = None
    most: int | None = None
    period: Literal["day", "month", "quarter", "year", "lifetime"] = "year"
    minimum: int = 0
    step: int = 1
    exact: bool = False
    most_share: Decimal = Decimal(1)
    window: WindowRow | None = None
    when: Condition | None = None
    earns: bool = True
    source: Citation | None = attrs.field(default=None, metadata={"digest": False})


@attrs.frozen(kw_only=True)
class TransferRow:
    """
    Giving points to another member; moved points keep their dates and class.

    Attributes:
        allowed: Whether it is at all.
        least: Fewest points of one transfer.
        most_a_day: Most points sent in a day.
        most_a_year: Most points sent in a calendar year.
    """

    allowed: bool = False
    least: int = 1
    most_a_day: int | None = None
    most_a_year: int | None = None


@attrs.frozen(kw_only=True)
class HouseholdRow:
    """How a redemption from several accounts is split among them."""

    split: Literal["proportional", "earliest-expiry", "head-first"] = "proportional"


@attrs.frozen(kw_only=True)
class PurchaseRow:
    """
    Buying points; they make lots of the class `purchased`, which never qualify.

    Attributes:
        price: Amount for each `points` points; nothing: points are not sold.
        points: Whole points of one price.
        most_a_year: Most points bought in a calendar year.
        cancel_within: Until when a purchase may be cancelled, while none is drawn.
    """

    price: Amount | None = None
    points: int = 1_000
    most_a_year: int | None = None
    cancel_within: Period = Period(days=14)


@attrs.frozen(kw_only=True)
class LimitRow:
    """
    Limits against abuse.

    Attributes:
        most_a_redemption: Most points of one redemption.
        most_a_day: Most points redeemed in a day.
        posts_a_day: Most transactions that earn in a day.
        new_account_days: Days after opening in which nothing is redeemed or sent.
        cooling_hours: Hours after a change of credentials in which nothing is redeemed or sent.
        adjust_alone: Most points one person may adjust by; above it a second one approves.
    """

    most_a_redemption: int | None = None
    most_a_day: int | None = None
    posts_a_day: int | None = None
    new_account_days: int = 0
    cooling_hours: int = 0
    adjust_alone: int | None = None
