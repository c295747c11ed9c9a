"""The public rules of segmentation."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.segmentation.balances import SAYS as BALANCE_SAYS
from bankservice.segmentation.balances import BalanceFacts, Balances, answer, measure_balances
from bankservice.segmentation.entitling.rule import entitlements
from bankservice.segmentation.grouping.potential import potential_groups
from bankservice.segmentation.grouping.rule import groups
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measures, exact
from bankservice.segmentation.model import Band, Standing
from bankservice.segmentation.notices import SAYS as NOTICE_SAYS
from bankservice.segmentation.notices import (
    LapseFacts,
    Lapses,
    Services,
    ServicesFacts,
    services,
    services_headline,
    upcoming,
)
from bankservice.segmentation.notices import headline as lapses_headline
from bankservice.segmentation.policy import SHELF, TIERS
from bankservice.segmentation.scoring.fitting import rfm_fit, rfm_score
from bankservice.segmentation.scoring.rule import rfm
from bankservice.segmentation.terms import change_terms
from bankservice.segmentation.tiers import CHECKS, SAYS, assess, band, headline
from bankservice.segmentation.wealth.rule import wealth_class

__all__ = [
    "RULES",
    "AssessmentFacts",
    "BandFacts",
    "balance_days",
    "entitlements",
    "groups",
    "potential_groups",
    "rfm",
    "rfm_fit",
    "rfm_score",
    "tier_assessment",
    "tier_band",
    "tier_services",
    "upcoming_lapses",
]

PACKAGE: Final = "bankservice.segmentation"

REACHED: Final = Says("BAND_REACHED", ("tier",))
UNDECIDED: Final = Says("BAND_UNKNOWN", ("measures",))


@attrs.frozen(kw_only=True)
class BandFacts:
    """
    What a band is told from.

    Attributes:
        measure: A measure, a table of measures, or unknown.
        on: Day asked, in the policy's zone; it selects the version.
    """

    measure: Measures
    on: date


def _band(facts: BandFacts, ladder: Ladder, trace: Trace | None) -> Band:
    """
    Decide the tier a measure alone reaches at entry, with no memory.

    The version in force on `on` applies. Levels are inclusive: a measure equal to the entry level
    reaches it. An unknown measure that could lift the tier gives no tier and names the measure.

    Examples:
        >>> from datetime import date
        >>> from bankservice.segmentation import tier_band
        >>> decision = tier_band(
        ...     "cn-retail-shape", measure={"average": "620000.00"}, on=date(2026, 3, 31)
        ... )
        >>> decision.outcome.tier
        'GOLD'
    """
    return band(facts.measure, ladder, trace)


def _band_headline(facts: BandFacts, ladder: Ladder, outcome: Band) -> Reason:
    if outcome.tier is None:
        return UNDECIDED(measures=outcome.unknown)
    row = ladder.rows[ladder.index(outcome.tier) + 1]
    return REACHED(tier=row.name)


tier_band: Final = Rule(
    id="segmentation.tier-band",
    facts=BandFacts,
    outcome=Band,
    evaluate=_band,
    headline=_band_headline,
    says=(REACHED, UNDECIDED, CHECKS[0]),
    package=PACKAGE,
    kind=TIERS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)


@attrs.frozen(kw_only=True)
class AssessmentFacts:
    """
    What an assessment is told from.

    Attributes:
        measure: A measure, a table of measures, or unknown.
        on: Day of the assessment, in the policy's zone; it selects the version.
        standing: The standing before; a fresh one holds the base tier.
        household: Whether the measure is that of a household.
    """

    measure: Measures
    on: date
    standing: Standing = Standing()
    household: bool = False


def _assess(facts: AssessmentFacts, ladder: Ladder, trace: Trace | None) -> Standing:
    """
    Decide the tier with memory: entry and retain levels, protection, grace, reviews.

    The version in force on `on` applies. A tier is gained at once; it lapses only when an
    assessment misses the retain level on or after the lapse date, and then as of that date. Periods
    are half-open: protected until 31 July means the last protected day is 30 July. An unknown
    measure changes nothing.

    Examples:
        >>> from datetime import date
        >>> from bankservice.segmentation import tier_assessment
        >>> gained = tier_assessment(
        ...     "cn-retail-shape", measure={"average": "620000.00"}, on=date(2026, 3, 31)
        ... )
        >>> gained.outcome.tier, gained.outcome.reason.value
        ('GOLD', 'TIER_UP')
    """
    before = facts.standing
    if before.codes and before.codes != ladder.codes:
        before = change_terms(before, facts.on, ladder, None)
    return assess(
        before,
        facts.on,
        exact(facts.measure, ladder),
        ladder,
        household=facts.household,
        trace=trace,
    )


def _assess_headline(facts: AssessmentFacts, ladder: Ladder, outcome: Standing) -> Reason:
    return headline(facts.standing, outcome, ladder)


tier_assessment: Final = Rule(
    id="segmentation.tier-assessment",
    facts=AssessmentFacts,
    outcome=Standing,
    evaluate=_assess,
    headline=_assess_headline,
    says=(*SAYS.values(), *CHECKS),
    package=PACKAGE,
    kind=TIERS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)


balance_days: Final = Rule(
    id="segmentation.balance-days",
    facts=BalanceFacts,
    outcome=Balances,
    evaluate=measure_balances,
    headline=answer,
    says=BALANCE_SAYS,
    package=PACKAGE,
    kind=TIERS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)


upcoming_lapses: Final = Rule(
    id="segmentation.upcoming-lapses",
    facts=LapseFacts,
    outcome=Lapses,
    evaluate=upcoming,
    headline=lapses_headline,
    says=NOTICE_SAYS[:3],
    package=PACKAGE,
    kind=TIERS,
    day=lambda facts: facts.as_of,
    shelf=lambda: SHELF,
)


tier_services: Final = Rule(
    id="segmentation.tier-services",
    facts=ServicesFacts,
    outcome=Services,
    evaluate=services,
    headline=services_headline,
    says=NOTICE_SAYS[3:],
    package=PACKAGE,
    kind=TIERS,
    day=lambda facts: facts.on,
    shelf=lambda: SHELF,
)


RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (
    tier_band,
    tier_assessment,
    balance_days,
    upcoming_lapses,
    tier_services,
    groups,
    potential_groups,
    rfm_fit,
    rfm_score,
    rfm,
    entitlements,
    wealth_class,
)
"""Every public rule of this domain."""
