"""
The earning side of a programme in integers: what rules work with.

Amounts are minor units of the programme's currency, points are the smallest unit, rates are
numerator and denominator between the two. Everything that has no order of its own stands by
priority and code, so that the order in which rows are written never matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import attrs

from bankservice.core.conditions import Condition, FactType
from bankservice.loyalty.programme.earning import (
    CapRow,
    EarnRow,
    ExclusionRow,
    LaneRow,
    MultiplierRow,
)
from bankservice.loyalty.window import Window

__all__ = [
    "EARNING_FACTS",
    "Cap",
    "Earning",
    "Exclusion",
    "Lane",
    "Multiplier",
    "Ratio",
    "Scheme",
]

Ratio = tuple[int, int]
"""An exact number: numerator and denominator, the latter above zero."""

EARNING_FACTS: Final[Mapping[str, FactType]] = {
    "kind": FactType("code", "vocabulary/earning-kinds"),
    "channel": FactType("code", "vocabulary/channels"),
    "product": FactType("code", "vocabulary/product-kinds"),
    "mcc": FactType("text"),
    "merchant": FactType("text"),
    "currency": FactType("text"),
    "card": FactType("text"),
    "tier": FactType("text"),
    "stage": FactType("text"),
    "standing": FactType("text"),
    "discounted": FactType("boolean"),
    "count": FactType("integer"),
    "on": FactType("date"),
    "posted_on": FactType("date"),
}
"""Facts of an accrual that conditions may name, beside those a version declares."""


@attrs.frozen(eq=False, kw_only=True)
class Cap:
    """
    A limit, ready to use.

    Attributes:
        row: As written.
        code: Its code.
        measure: What it limits.
        limit: In the smallest unit of what it limits.
        units: Smallest units of one of what `used` states.
        single: Whether each transaction stands by itself.
        rows: Codes of the earning rows it limits.
        above: The rate above an amount cap, as that of a row.
    """

    row: CapRow
    code: str
    measure: Literal["points", "amount", "count"]
    limit: int
    units: int
    single: bool
    rows: frozenset[str]
    above: Ratio = (0, 1)


@attrs.frozen(eq=False, kw_only=True)
class Earning:
    """
    One way to earn, ready to use.

    Attributes:
        row: As written.
        code: Its code.
        component: Class of its lot.
        kinds: Every kind it is for.
        basis: What it counts.
        days: What balance-days are divided by.
        rate: Smallest units of points for each smallest unit of the basis.
        block: Size of full blocks; 0 for none.
        fixed: Points once for each transaction.
        least: Below it nothing is earned.
        most: What lies above it does not count.
        mccs: The category codes it is for; None for all.
        when: Condition.
        window: When it holds.
        gated: Whether merchants, enrolment, a window or a condition decide.
        multiplied: Whether there are multipliers that may apply to it.
        limits: Its caps by amount and by count, the narrower period first.
    """

    row: EarnRow
    code: str
    component: str
    kinds: frozenset[str]
    basis: Literal["amount", "balance-days", "count"]
    days: int
    rate: Ratio
    block: int
    fixed: Ratio
    least: int
    most: int | None
    mccs: frozenset[str] | None
    when: Condition | None
    window: Window | None
    gated: bool
    multiplied: bool
    limits: tuple[Cap, ...] = ()


@attrs.frozen(eq=False, kw_only=True)
class Exclusion:
    """What earns nothing, ready to use; `mccs` None for all, `below` 0 for none."""

    row: ExclusionRow
    code: str
    kinds: frozenset[str] | None
    mccs: frozenset[str] | None
    below: int
    when: Condition | None


@attrs.frozen(eq=False, kw_only=True)
class Multiplier:
    """A factor, ready to use."""

    row: MultiplierRow
    factor: Ratio
    window: Window | None


@attrs.frozen(eq=False, kw_only=True)
class Lane:
    """A lane with the rows of one kind of transaction, by priority and code."""

    row: LaneRow
    rows: tuple[Earning, ...]


@attrs.frozen(eq=False, kw_only=True)
class Scheme:
    """
    All that rating a transaction needs.

    Attributes:
        lanes: Kind of transaction → the lanes it goes through.
        exclusions: Kind of transaction → what may exclude it, by code.
        multipliers: Component → the factors on it, by code.
        point_caps: Caps of points, the narrower period first.
        capped: Whether there is any cap.
        uses: Every name that `used` may hold.
        mccs: The category codes there are; None: any four digits.
    """

    lanes: Mapping[str, tuple[Lane, ...]]
    exclusions: Mapping[str, tuple[Exclusion, ...]]
    multipliers: Mapping[str, tuple[Multiplier, ...]]
    point_caps: tuple[Cap, ...]
    capped: bool
    uses: frozenset[str]
    mccs: frozenset[str] | None
