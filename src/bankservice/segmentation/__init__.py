"""
Who the customer is: asset tiers with memory, balance measures, services by class.

Examples:
    >>> from datetime import date
    >>> decision = tier_band(
    ...     "segmentation/cn-retail-shape", measure={"average": "620000.00"}, on=date(2026, 3, 31)
    ... )
    >>> decision.outcome.tier
    'GOLD'
"""

from bankservice.segmentation.balances import Account, BalanceFacts, Balances, EndOfDay, Gap
from bankservice.segmentation.book import (
    Book,
    MembersMissingError,
    RunOutOfOrderError,
    RunResult,
)
from bankservice.segmentation.corrections import Outcome
from bankservice.segmentation.costs import SERVICE_COSTS, ServiceCosts
from bankservice.segmentation.entries import (
    Assess,
    EndOverride,
    GrantOverride,
    GrantRamp,
    StandingView,
)
from bankservice.segmentation.measure import Measure, Measures
from bankservice.segmentation.model import Band, Override, Qualification, Standing, TierReason
from bankservice.segmentation.notices import Lapse, Lapses, Services
from bankservice.segmentation.policy import KINDS, SHELF, TIERS
from bankservice.segmentation.record import STANDING, StandingRefusal
from bankservice.segmentation.rules import (
    RULES,
    balance_days,
    tier_assessment,
    tier_band,
    tier_services,
    upcoming_lapses,
)
from bankservice.segmentation.service import Standings

__all__ = [
    "KINDS",
    "RECORDS",
    "RULES",
    "SERVICE_COSTS",
    "SHELF",
    "STANDING",
    "TIERS",
    "Account",
    "Assess",
    "BalanceFacts",
    "Balances",
    "Band",
    "Book",
    "EndOfDay",
    "EndOverride",
    "Gap",
    "GrantOverride",
    "GrantRamp",
    "Lapse",
    "Lapses",
    "Measure",
    "Measures",
    "MembersMissingError",
    "Outcome",
    "Override",
    "Qualification",
    "RunOutOfOrderError",
    "RunResult",
    "ServiceCosts",
    "Services",
    "Standing",
    "StandingRefusal",
    "StandingView",
    "Standings",
    "TierReason",
    "balance_days",
    "tier_assessment",
    "tier_band",
    "tier_services",
    "upcoming_lapses",
]

RECORDS = (STANDING,)
"""Every record of this domain."""
