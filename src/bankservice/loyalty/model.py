"""
What things are: the facts of a transaction, what it earns, lots of points and what moves them.

Points are integers of the programme's smallest unit. Instants inside are integer microseconds of
the UTC line (`core.clock` and `core.worktime` count the same); days are local days of the
programme's zone.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final

import attrs

from bankservice.core.calendar import Period
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import Amount
from bankservice.core.unknown import UnknownType

__all__ = [
    "STAGES",
    "Accrual",
    "AccrualFacts",
    "Draw",
    "Idle",
    "Item",
    "Lost",
    "Lot",
    "Part",
    "Stage",
    "Use",
]


@attrs.frozen(kw_only=True)
class Item:
    """
    One line of a purchase.

    Attributes:
        ref: Which line; unique in the purchase.
        amount: What it cost, in the currency of the purchase.
        mcc: Its own category; that of the purchase where left out.
        quantity: How many.
        excluded: Whether the seller says that it earns nothing (a line voided, a gift card).
    """

    ref: str
    amount: Amount
    mcc: str = ""
    quantity: int = 1
    excluded: bool = False


# Commands inherit these facts, which two classes with slots do not allow.
@attrs.frozen(kw_only=True, slots=False)
class AccrualFacts:
    """
    One transaction, as far as earning depends on it.

    Attributes:
        amount: What was paid, in `currency`, zero or more; what else it means is told by `kind`: a
            deposit made, a loan instalment paid, a fund bought. Left out where items or
            balance-days are given.
        currency: ISO 4217 code; the programme's where left out.
        rate: Units of the programme's currency for one of `currency`, at posting.
        kind: Code of `vocabulary/earning-kinds`.
        on: Local day of the transaction.
        posted_on: Local day of posting; that of the transaction where left out.
        mcc: Merchant category code, four digits (ISO 18245).
        merchant: The merchant's id.
        channel: Code of `vocabulary/channels`.
        product: Code of `vocabulary/product-kinds`.
        card: Which card; for caps by card.
        tier: The member's tier before this transaction counts.
        stage: The member's stage of life as a customer.
        standing: Standing of the account, such as `good` or `overdue`.
        tax: Tax in the amount.
        paid_with_points: Share of the amount that was paid with points.
        discounted: Whether a discount was used.
        award: Whether points are to be awarded at all.
        count: How many times, for rows that count.
        balance_minor_days: Money times days, in minor units of the programme's currency.
        items: The lines, where the programme looks at them.
        campaigns: Campaigns the member has joined.
        used: Cap → what was used of it before, in its own period: whole points, an amount of the
            programme's currency, or a count. Where points are rounded over a day or a statement,
            `=<component>` (`=total` where the sum is rounded) is the exact points before.
        customer: Facts that the programme's own conditions ask for (`[[version.fact]]`).
    """

    amount: Amount | None = None
    currency: str = ""
    rate: Decimal | None = None
    kind: str = "card"
    on: date | None = None
    posted_on: date | None = None
    mcc: str = ""
    merchant: str = ""
    channel: str | UnknownType = ""
    product: str | UnknownType = ""
    card: str = ""
    tier: str | UnknownType = ""
    stage: str | UnknownType = ""
    standing: str | UnknownType = ""
    tax: Amount | None = None
    paid_with_points: Amount | None = None
    discounted: bool = False
    award: bool = True
    count: int = 1
    balance_minor_days: int | None = None
    items: tuple[Item, ...] = ()
    campaigns: tuple[str, ...] = ()
    used: FrozenMapping[str, Fraction] = FrozenMapping()
    customer: FrozenMapping[str, Any] = FrozenMapping()


@attrs.frozen(kw_only=True)
class Stage:
    """One stage of the pipeline, exact: what it is called, and the number after it."""

    name: str
    value: Fraction


@attrs.frozen(kw_only=True)
class Lost:
    """Points that a cap took."""

    cap: str
    points: int


@attrs.frozen(kw_only=True)
class Use:
    """
    What a transaction used of a cap, or brought to a sum that is rounded over a period.

    Attributes:
        cap: Code of the cap; `=<component>` or `=total` for the exact points of a rounding period.
        used: In the unit of `AccrualFacts.used`, so that it can be added to what stands there.
    """

    cap: str
    used: Fraction


STAGES: Final = ("eligible", "converted", "counted", "rated", "multiplied", "fixed")
"""The stages before rounding, in order: amounts in major units, then whole points."""


@attrs.frozen(kw_only=True)
class Part:
    """
    What one row earned.

    Attributes:
        row: Code of the earning row.
        component: Class of its lot.
        item: The line it is for; empty for the whole transaction.
        uncapped: Points after rounding, before caps.
        points: Points granted.
        lost_to_caps: What caps took.
        losses: Which caps took it.
        qualifying: Whether they count for tiers.
        work: The numbers behind `stages`: numerator, denominator, numerator, and so on.
        unit: Smallest units of a point.
    """

    row: str
    component: str = "base"
    item: str = ""
    uncapped: int = 0
    points: int = 0
    lost_to_caps: int = 0
    losses: tuple[Lost, ...] = ()
    qualifying: bool = True
    work: tuple[int, ...] = attrs.field(default=(), repr=False)
    unit: int = attrs.field(default=1, repr=False)

    shown: ClassVar[tuple[str, ...]] = (
        "row",
        "component",
        "item",
        "stages",
        "exact",
        "uncapped",
        "points",
        "lost_to_caps",
        "losses",
        "qualifying",
    )

    @property
    def stages(self) -> tuple[Stage, ...]:
        """
        The pipeline, exact: the eligible amount, converted, counted in full blocks; the points at
        the row's rate, multiplied, with what is fixed.

        Caps of an amount are in the points at the rate already.
        """
        ratios = zip(self.work[::2], self.work[1::2], strict=True)
        return tuple(
            Stage(name=name, value=Fraction(above, below))
            for name, (above, below) in zip(STAGES, ratios, strict=False)
        )

    @property
    def exact(self) -> Fraction:
        """Points before rounding, in the smallest unit."""
        return Fraction(*self.work[-2:]) * self.unit if self.work else Fraction(0)


@attrs.frozen(kw_only=True)
class Accrual:
    """
    What one transaction earns.

    Attributes:
        points: Granted in all.
        parts: By row, in the order of lanes.
        uncapped: What would have been granted without caps.
        lost_to_caps: What caps took.
        excluded: Codes of what keeps it, or a line of it, from earning: `not-awarded`,
            `paid-with-points`, `item-excluded`, then the programme's own by code, then
            `not-earning` where no row is for this kind; empty for none.
        unknown: Unknown facts that could change it; then nothing is granted for the rows they
            touch.
        uses: What it uses of each cap.
    """

    points: int
    parts: tuple[Part, ...] = ()
    uncapped: int = 0
    lost_to_caps: int = 0
    excluded: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()


@attrs.frozen
class Draw:
    """Points taken from a lot, or given back to it."""

    lot: int
    points: int


@attrs.frozen(kw_only=True)
class Idle:
    """
    How long a lot lives on after each activity.

    Attributes:
        period: From the local day of the activity.
        round_to: Rounded up to the end of the `day`, `month`, `quarter`, `half-year` or `year`.
        most_at: First instant it has lapsed whatever was done; None for no such.
    """

    period: Period
    round_to: str = "day"
    most_at: int | None = None


@attrs.frozen(kw_only=True)
class Lot:
    """
    Points that came in together. Lots are never merged.

    Attributes:
        number: 1 for the first of the account, without gaps.
        granted: Points it came with.
        left: What is left of them: granted less draws plus returns. That it has lapsed does not
            change it: time alone tells.
        component: Class, such as `base`, `bonus`, `promo`, `purchased`, `manual`.
        ref: The source: a purchase, an adjustment, a transfer.
        row: The earning row, or what else made it.
        earned_on: Local day it was earned.
        available_at: First instant it can be spent; None while it waits for `action`.
        expires_at: First instant it has lapsed; None: never.
        qualifying: Whether it counts for tiers.
        action: What it waits for.
        idle: Where inactivity lapses it: how long it lives on after each activity, `expires_at`
            being the earliest; what it comes to is told by `standing.lapses_at`.
    """

    number: int
    granted: int
    left: int
    component: str = "base"
    ref: str
    row: str = ""
    earned_on: date
    available_at: int | None
    expires_at: int | None = None
    qualifying: bool = False
    action: str = ""
    idle: Idle | None = None
