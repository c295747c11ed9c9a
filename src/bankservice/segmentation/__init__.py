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
from bankservice.segmentation.entitling.kind import ENTITLEMENTS, Entitling
from bankservice.segmentation.entitling.rule import Entitled
from bankservice.segmentation.entries import (
    Assess,
    EndOverride,
    GrantOverride,
    GrantRamp,
    StandingView,
)
from bankservice.segmentation.grouping.behaviours import Dealings, behaviour_facts
from bankservice.segmentation.grouping.kind import GROUPS, Groups
from bankservice.segmentation.grouping.model import (
    Grouped,
    Potential,
    PotentialGroup,
    Screening,
)
from bankservice.segmentation.measure import Measure, Measures
from bankservice.segmentation.membership.entries import Span
from bankservice.segmentation.membership.record import (
    MEMBERSHIP,
    MembershipRefusal,
    MembershipView,
)
from bankservice.segmentation.membership.service import Memberships
from bankservice.segmentation.metering import service_cost
from bankservice.segmentation.model import Band, Override, Qualification, Standing, TierReason
from bankservice.segmentation.notices import Lapse, Lapses, Services
from bankservice.segmentation.policy import KINDS, SHELF, TIERS
from bankservice.segmentation.record import STANDING, StandingRefusal
from bankservice.segmentation.rules import (
    RULES,
    balance_days,
    entitlements,
    groups,
    potential_groups,
    rfm,
    rfm_fit,
    rfm_score,
    tier_assessment,
    tier_band,
    tier_services,
    upcoming_lapses,
)
from bankservice.segmentation.scoring.adopting import fit_policy, version_text
from bankservice.segmentation.scoring.book import FittedBook, Scores, fit_book, score_book
from bankservice.segmentation.scoring.fitting import Fit, Score
from bankservice.segmentation.scoring.kind import RFM_CUTS, CutPoints
from bankservice.segmentation.scoring.model import Scale
from bankservice.segmentation.scoring.rule import Rfm
from bankservice.segmentation.service import Standings
from bankservice.segmentation.trials import TRIALS
from bankservice.segmentation.wealth.model import LimbMet, WealthClasses
from bankservice.segmentation.wealth.rule import wealth_class

__all__ = [
    "ENTITLEMENTS",
    "GROUPS",
    "KINDS",
    "MEMBERSHIP",
    "RECORDS",
    "RFM_CUTS",
    "RULES",
    "SERVICE_COSTS",
    "SHELF",
    "STANDING",
    "TIERS",
    "TRIALS",
    "Account",
    "Assess",
    "BalanceFacts",
    "Balances",
    "Band",
    "Book",
    "CutPoints",
    "Dealings",
    "EndOfDay",
    "EndOverride",
    "Entitled",
    "Entitling",
    "Fit",
    "FittedBook",
    "Gap",
    "GrantOverride",
    "GrantRamp",
    "Grouped",
    "Groups",
    "Lapse",
    "Lapses",
    "LimbMet",
    "Measure",
    "Measures",
    "MembersMissingError",
    "MembershipRefusal",
    "MembershipView",
    "Memberships",
    "Outcome",
    "Override",
    "Potential",
    "PotentialGroup",
    "Qualification",
    "Rfm",
    "RunOutOfOrderError",
    "RunResult",
    "Scale",
    "Score",
    "Scores",
    "Screening",
    "ServiceCosts",
    "Services",
    "Span",
    "Standing",
    "StandingRefusal",
    "StandingView",
    "Standings",
    "TierReason",
    "WealthClasses",
    "balance_days",
    "behaviour_facts",
    "entitlements",
    "fit_book",
    "fit_policy",
    "groups",
    "potential_groups",
    "rfm",
    "rfm_fit",
    "rfm_score",
    "score_book",
    "service_cost",
    "tier_assessment",
    "tier_band",
    "tier_services",
    "upcoming_lapses",
    "version_text",
    "wealth_class",
]

RECORDS = (STANDING, MEMBERSHIP)
"""Every record of this domain."""
