"""What people see of a customer's benefits at an instant."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy, Version
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.benefits.entries import Benefited, Claimed
from bankservice.loyalty.benefits.kind import OFFERS, Offers
from bankservice.loyalty.benefits.model import Benefit, percent, rate_units

__all__ = ["BenefitsView", "ClaimView", "UseView", "view"]


@attrs.frozen(kw_only=True)
class ClaimView:
    """
    What one event got.

    Attributes:
        status: `given`, or `reversed`.
        on: Local day of the event.
        benefits: What it got.
        rate: The rate with offers; None where there was none, or the facts were erased.
        fee_minor: What was charged, in minor units; None as with the rate.
        unknown: Unknown facts that could have given more.
    """

    status: Literal["given", "reversed"]
    on: date
    benefits: tuple[Benefit, ...] = ()
    rate: Decimal | None = None
    fee_minor: int | None = None
    unknown: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class UseView:
    """
    What was used of an offer in the period that runs.

    Attributes:
        count: How often.
        waived_minor: How much was waived, in minor units.
        left: How many uses are left; None for no limit.
    """

    count: int = 0
    waived_minor: int = 0
    left: int | None = None


@attrs.frozen(kw_only=True)
class BenefitsView:
    """
    A customer's benefits.

    Attributes:
        customer: Whose they are.
        campaigns: Campaigns joined, by code → since which day.
        claims: Events by reference.
        used: Offer → what was used of it in the period that runs.
        waived_minor: Fees waived in all, in minor units, what was reversed left out.
    """

    customer: str = ""
    campaigns: FrozenMapping[str, date] = FrozenMapping()
    claims: FrozenMapping[str, ClaimView] = FrozenMapping()
    used: FrozenMapping[str, UseView] = FrozenMapping()
    waived_minor: int = 0


def view(state: Benefited, as_of: datetime, policies: tuple[Policy[Any], ...]) -> BenefitsView:
    """Return a customer's benefits as seen at *as_of*: what happened up to then."""
    policy: Policy[Offers] = next(held for held in policies if held.kind.name == OFFERS.name)
    day, at = local_day(as_of, policy.versions[-1].parameters.zone), micros(as_of)
    claims = {ref: claim for ref, claim in state.claims.items() if claim.at <= at}
    undone = {ref for ref, reversal in state.reversals.items() if reversal.at <= at}
    given = [claim for ref, claim in claims.items() if ref not in undone]
    found = policy.select(day, None)
    offers = found.parameters if isinstance(found, Version) else None
    return BenefitsView(
        customer=state.customer,
        campaigns=FrozenMapping(
            {code: joined.on for code, joined in state.joined.items() if joined.at <= at}
        ),
        claims=FrozenMapping(
            {ref: _claim(claim, undone=ref in undone) for ref, claim in claims.items()}
        ),
        used=FrozenMapping({} if offers is None else _used(offers, given, day)),
        waived_minor=sum(benefit.waived_minor for claim in given for benefit in claim.benefits),
    )


def _claim(claim: Claimed, *, undone: bool) -> ClaimView:
    return ClaimView(
        status="reversed" if undone else "given",
        on=claim.on,
        benefits=claim.benefits,
        # The journal keeps numbers without trailing zeros; a rate has two digits at least.
        rate=None if claim.rate is None else percent(rate_units(claim.rate)),
        fee_minor=claim.fee_minor,
        unknown=claim.unknown,
    )


def _used(offers: Offers, given: list[Claimed], day: date) -> dict[str, UseView]:
    found = {}
    for offer in offers.offers:
        period = offer.period_of(day)
        uses = [
            use
            for claim in given
            for use in claim.uses
            if (use.offer, use.period) == (offer.code, period)
        ]
        count, most = sum(use.count for use in uses), offer.row.most
        left = None if most is None else max(0, most - count)
        if uses or offer.limited:
            minor = sum(use.minor for use in uses)
            found[offer.code] = UseView(count=count, waived_minor=minor, left=left)
    return found
