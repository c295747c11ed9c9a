"""
The chart of accounts of a points currency, and the moves between its accounts.

A move takes points out of one account and puts them into another, so every sum over all accounts
is zero by construction. What a member has stands on four accounts: `pending`, `available`, `held`,
and `arrears`, which is what the member owes and so never above zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Final, TypeAlias

import attrs

from bankservice.core.policy import Title

__all__ = [
    "BY_TIME",
    "MEMBER",
    "TITLES",
    "Figures",
    "Move",
    "Place",
    "PointsAccount",
    "balances",
    "figures",
]

Place: TypeAlias = tuple[int, int]
"""Version of an entry, and the place of a posting in it."""

BY_TIME: Final[Place] = (0, 0)
"""The place of what time alone did."""


class PointsAccount(Enum):
    """An account of the chart."""

    ISSUED = "issued"
    BOUGHT = "bought"
    ADJUSTED = "adjusted"
    TRANSFERRED = "transferred"
    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    ARREARS = "arrears"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CLAWED_BACK = "clawed-back"
    FORFEITED = "forfeited"
    WAIVED = "waived"
    ROUNDING = "rounding"


MEMBER: Final = (
    PointsAccount.PENDING,
    PointsAccount.AVAILABLE,
    PointsAccount.HELD,
    PointsAccount.ARREARS,
)
"""The accounts that hold what a member has."""

TITLES: Final[Mapping[PointsAccount, Title]] = {
    PointsAccount.ISSUED: Title(en="Points issued", zh="已发放积分"),
    PointsAccount.BOUGHT: Title(en="Points sold", zh="已售积分"),
    PointsAccount.ADJUSTED: Title(en="Adjusted by hand", zh="人工调整"),
    PointsAccount.TRANSFERRED: Title(en="Transfers between members", zh="客户间转让"),
    PointsAccount.PENDING: Title(en="Members' points, pending", zh="客户积分（待生效）"),
    PointsAccount.AVAILABLE: Title(en="Members' points, available", zh="客户积分（可用）"),
    PointsAccount.HELD: Title(en="Members' points, held", zh="客户积分（冻结）"),
    PointsAccount.ARREARS: Title(en="Points owed by members", zh="客户欠付积分"),
    PointsAccount.REDEEMED: Title(en="Points redeemed", zh="已兑换积分"),
    PointsAccount.EXPIRED: Title(en="Points lapsed", zh="已过期积分"),
    PointsAccount.CLAWED_BACK: Title(en="Points taken back", zh="已扣回积分"),
    PointsAccount.FORFEITED: Title(en="Points forfeited", zh="已取消积分"),
    PointsAccount.WAIVED: Title(en="Debts waived", zh="已豁免欠付积分"),
    PointsAccount.ROUNDING: Title(en="Rounding", zh="尾差"),
}
"""Account → what people call it."""


@attrs.frozen(kw_only=True)
class Move:
    """
    Points that left one account for another.

    Attributes:
        at: Business instant, in microseconds of the UTC line.
        on: Its local day.
        recorded_at: When it became known; what time alone does is known when it happens, or when
            the points it concerns became known.
        source: Account the points left.
        target: Account they came to.
        points: How many, above zero.
        kind: What did it: the name of the entry's event, or `available`, `lapsed`, `timed-out`,
            `aged` where time did.
        ref: The caller's reference; of the lot, hold or debt where time did it.
        lot: Number of the lot; 0 where it concerns none.
        entry: Its place in the record; `BY_TIME` where time alone did it.
    """

    at: int
    on: date
    recorded_at: int
    source: PointsAccount
    target: PointsAccount
    points: int
    kind: str
    ref: str = ""
    lot: int = 0
    entry: Place = BY_TIME

    @property
    def net(self) -> int:
        """By how much it changes what the member has."""
        return self.points * ((self.target in MEMBER) - (self.source in MEMBER))


@attrs.frozen(kw_only=True)
class Figures:
    """
    What a member has at an instant.

    Attributes:
        available: Can be spent.
        pending: Cannot be spent yet.
        held: Reserved.
        arrears: Owed.
    """

    available: int = 0
    pending: int = 0
    held: int = 0
    arrears: int = 0

    @property
    def outstanding(self) -> int:
        """What the bank owes in points; arrears are not netted."""
        return self.available + self.pending + self.held

    @property
    def balance(self) -> int:
        """All points of the member, less what is owed."""
        return self.outstanding - self.arrears


def balances(moves: Iterable[Move]) -> dict[PointsAccount, int]:
    """Return the balance of every account after *moves*; they sum to zero."""
    held = dict.fromkeys(PointsAccount, 0)
    for move in moves:
        held[move.source] -= move.points
        held[move.target] += move.points
    return held


def figures(moves: Iterable[Move]) -> Figures:
    """Return what a member has after *moves*."""
    held = balances(moves)
    return Figures(
        available=held[PointsAccount.AVAILABLE],
        pending=held[PointsAccount.PENDING],
        held=held[PointsAccount.HELD],
        arrears=-held[PointsAccount.ARREARS],
    )
