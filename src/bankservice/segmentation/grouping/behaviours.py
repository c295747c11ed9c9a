"""
Facts of behaviour, worked out from turnover and holdings by kind, in whole basis points.

Nothing over nothing is not known: a customer without turnover has no share of spending, not a
share of zero.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import attrs

from bankservice.core.unknown import UNKNOWN, UnknownType

__all__ = ["DEALINGS", "Dealings", "behaviour_facts"]

WHOLE: Final = 10_000


@attrs.frozen(kw_only=True)
class Dealings:
    """
    Which kinds of dealings and holdings are of which behaviour.

    Attributes:
        investing: Kinds of turnover that are investing.
        spending: Kinds of turnover that are spending.
        business: Kinds of turnover that are dealings of a business.
        invested: Kinds of products whose holdings are investments.
        online: Channels that are online.
    """

    investing: Collection[str] = ("wealth", "time_deposit", "fund", "equity", "bond")
    spending: Collection[str] = ("spending", "purchase", "card", "payment")
    business: Collection[str] = ("business", "merchant", "payroll", "supplier", "business_loan")
    invested: Collection[str] = ("wealth", "time_deposit", "fund", "equity", "bond")
    online: Collection[str] = ("app", "online_bank", "wechat_bank", "website")


DEALINGS: Final = Dealings()
"""What is taken where a bank says nothing else; the lists are ours."""


def behaviour_facts(
    turnover_minor: Mapping[str, int] | UnknownType,
    holdings_minor: Mapping[str, int] | UnknownType = UNKNOWN,
    *,
    by_channel: Mapping[str, int] | UnknownType = UNKNOWN,
    active_days: int | UnknownType = UNKNOWN,
    dealings: Dealings = DEALINGS,
) -> dict[str, int | UnknownType]:
    """
    Return the facts that rows of behaviours name.

    Args:
        turnover_minor: Kind → sum of amounts in the window, both ways, zero or more.
        holdings_minor: Kind of product → what is held, zero or more; an empty one for nothing.
        by_channel: Channel → number of dealings in the window.
        active_days: Days with a dealing of the customer.
        dealings: Which kinds are of which behaviour.

    Raises:
        ValueError: If a sum is less than zero, or no whole number.

    Examples:
        >>> facts = behaviour_facts({"spending": 600_00, "salary": 300_00})
        >>> facts["spending_share"], facts["turnover_minor"], behaviour_facts({})["spending_share"]
        (6666, 90000, UNKNOWN)
    """
    turnover = _checked("turnover", turnover_minor)
    holdings = _checked("holdings", holdings_minor)
    channels = _checked("dealings", by_channel)
    moved, held = _sum(turnover), _sum(holdings)
    return {
        "turnover_minor": UNKNOWN if turnover is None else moved,
        "investing_share": UNKNOWN
        if turnover is None or holdings is None
        else _share(
            _sum(turnover, dealings.investing) + _sum(holdings, dealings.invested), moved + held
        ),
        "spending_share": _share(_sum(turnover, dealings.spending), moved),
        "business_share": _share(_sum(turnover, dealings.business), moved),
        "online_share": _share(_sum(channels, dealings.online), _sum(channels)),
        "products": UNKNOWN
        if holdings is None
        else sum(1 for amount in holdings.values() if amount),
        "active_days": active_days,
    }


def _checked(what: str, sums: Mapping[str, int] | UnknownType) -> Mapping[str, int] | None:
    if sums is UNKNOWN:
        return None
    assert not isinstance(sums, type(UNKNOWN)), "said above"
    for kind, amount in sums.items():
        if type(amount) is not int or amount < 0:
            raise ValueError(f"{what} of {kind} is {amount!r}; a whole number, zero or more.")
    return sums


def _sum(sums: Mapping[str, int] | None, kinds: Collection[str] | None = None) -> int:
    if sums is None:
        return 0
    return sum(amount for kind, amount in sums.items() if kinds is None or kind in kinds)


def _share(part: int, whole: int) -> int | UnknownType:
    return part * WHOLE // whole if whole else UNKNOWN
