"""
What the services of a book cost, added up beside a simulation.

    told = simulate(before, after, book, meters=[service_cost(costs)])
    told.amounts["cost:CNY"]
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from bankservice.core.money import Rounding, divide
from bankservice.core.policy import Policy
from bankservice.core.trial import Meter
from bankservice.segmentation.costs import SERVICE_COSTS, ServiceCosts
from bankservice.segmentation.entitling.rule import Entitled
from bankservice.segmentation.model import Band, Standing
from bankservice.segmentation.notices import Services
from bankservice.segmentation.takeover import ladder_of

__all__ = ["service_cost"]

_MONTHS: Final = {"month": 1, "year": 12}


def service_cost(costs: Policy[ServiceCosts] | ServiceCosts) -> Meter:
    """
    Return a meter that adds up what services cost a month, for the tier or entitlements told.

    It adds `cost:<currency>` in minor units, and `unpriced:<service>` for each customer with a
    service that has no price: nothing is taken for free. A yearly price counts by a twelfth of
    what one customer's services cost, rounded half to even. Of a customer whose tier is not known
    nothing is added; services that are undecided are not given.

    Args:
        costs: What services cost; of a policy the version in force on the day asked.

    Raises:
        TypeError: If the policy is of another kind.
    """
    if isinstance(costs, Policy) and costs.kind.name != SERVICE_COSTS.name:
        raise TypeError(
            f"services are priced by a policy of kind {SERVICE_COSTS.name}; "
            f"got {costs.id} of kind {costs.kind.name}."
        )

    @cache
    def added(prices: ServiceCosts, services: tuple[str, ...]) -> Mapping[str, int]:
        total, unpriced = prices.of(services)
        month = divide(total, _MONTHS[prices.per], Rounding.HALF_EVEN)
        return {f"cost:{prices.currency}": month, **{f"unpriced:{code}": 1 for code in unpriced}}

    def meter(facts: Any, parameters: Any, outcome: Any) -> Mapping[str, int]:
        services = _services(parameters, outcome)
        if services is None:
            return {}
        prices = costs.on(facts.on).parameters if isinstance(costs, Policy) else costs
        return added(prices, services)

    return meter


def _services(parameters: Any, outcome: Any) -> tuple[str, ...] | None:
    """Return the services an outcome gives; None where that is not known."""
    if isinstance(outcome, Services | Entitled):
        return outcome.services
    if not isinstance(outcome, Band | Standing):
        raise TypeError(
            f"a {type(outcome).__name__} tells neither a tier nor services; meter the cost of "
            "segmentation.tier-assessment, tier-band, tier-services or entitlements."
        )
    if outcome.tier is None:
        return None
    ladder = ladder_of(parameters)
    return ladder.rows[ladder.index(outcome.tier) + 1].services
