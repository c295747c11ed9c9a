"""
What a bank pays for the services it gives its classes of customers.

    currency = "CNY"
    per = "month"
    cost = { quick_lane = "2.00", own_adviser = "180.00" }

Costs are a bank's own; none are shipped. A service without a price is named, never taken for free.
"""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.core.errors import near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import check_currency
from bankservice.core.money import parse_minor
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.scalars import Amount
from bankservice.core.vocabulary import Tree

__all__ = ["SERVICE_COSTS", "ServiceCostTable", "ServiceCosts"]

Per = Literal["month", "year"]


@attrs.frozen(kw_only=True)
class ServiceCostTable:
    """
    A version of a bank's service costs as written.

    Attributes:
        currency: Currency of the prices.
        per: The time one price covers: `month` or `year`.
        cost: Code of `vocabulary/services` → what it costs for one customer.
    """

    currency: str
    per: Per
    cost: FrozenMapping[str, Amount]


@attrs.frozen(kw_only=True)
class ServiceCosts:
    """
    What services cost for one customer, in minor units.

    Attributes:
        currency: Currency of the prices.
        per: The time one price covers.
        minor: Code of a service → its price.

    Examples:
        >>> held = ServiceCosts(
        ...     currency="CNY", per="month", minor=FrozenMapping({"quick_lane": 200, "mobile": 0})
        ... )
        >>> held.of(("quick_lane", "mobile", "vip_room"))
        (200, ('vip_room',))
    """

    currency: str
    per: Per
    minor: FrozenMapping[str, int]

    def of(self, services: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        """
        Return what one customer with *services* costs, and the services without a price.

        The sum is of those that have one; who shows it shows the others beside it. A service named
        twice is given once.
        """
        given = dict.fromkeys(services)
        total = sum(self.minor[code] for code in given if code in self.minor)
        return total, tuple(code for code in given if code not in self.minor)


def _build(table: ServiceCostTable, faults: Faults, library: Library) -> ServiceCosts:
    digits = check_currency(table.currency, "currency", faults)
    known: Tree = library.get("vocabulary/services").versions[-1].parameters
    minor: dict[str, int] = {}
    for code, amount in table.cost.items():
        path = f"cost.{code}"
        if code not in known:
            wanted = "a code of vocabulary/services"
            faults.add(path, repr(code), wanted, near_names(code, known))
        if digits is None:
            # Without a currency nothing says how fine a price may be; its sign can be told.
            price = -1 if amount.strip().startswith("-") else 0
        else:
            try:
                price = parse_minor(amount, digits)
            except ValueError as error:
                faults.add(path, repr(amount), str(error))
                continue
        if price < 0:
            faults.add(path, repr(amount), "a price of nothing or more")
        minor[code] = price
    return ServiceCosts(currency=table.currency, per=table.per, minor=FrozenMapping(minor))


SERVICE_COSTS = Kind("segmentation.service-costs", ServiceCostTable, _build)
"""Kind of policy that holds what services cost the bank."""
