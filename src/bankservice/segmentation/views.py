"""What people see of a standing on a day, and when somebody must look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from bankservice.core.calendar import local_day, midnight
from bankservice.core.policy import Policy, Version
from bankservice.segmentation.entries import Member, StandingView
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.model import TierReason
from bankservice.segmentation.policy import TIERS

__all__ = ["due", "view"]


def view(state: Member, as_of: datetime, policies: tuple[Policy[Any], ...]) -> StandingView:
    """
    Return a standing as seen at *as_of*.

    A tier held by hand shows while it holds and is the higher one; the rest is as last assessed.
    """
    standing, override = state.standing, state.override
    day = local_day(as_of, state.zone)
    if not standing.base:
        # A standing never assessed holds the base tier of the version in force.
        tiers: Policy[Ladder] = next(held for held in policies if held.kind.name == TIERS.name)
        found = tiers.select(local_day(as_of, tiers.versions[-1].parameters.zone))
        version = found if isinstance(found, Version) else tiers.versions[-1]
        standing = attrs.evolve(standing, base=version.parameters.base)
    shown = StandingView(
        standing.tier,
        standing.reason,
        standing.reasons,
        standing.effective_on,
        standing.next_review,
        standing.assessed_on,
        standing.tier,
        None,
        standing.qualifications,
    )
    if override is None or not override.on <= day < override.until:
        return shown
    codes = standing.codes
    rank = codes.index(override.tier) if override.tier in codes else override.rank
    if rank <= standing.top:
        return shown
    reviews = [review for review in (standing.next_review, override.until) if review is not None]
    return attrs.evolve(
        shown,
        tier=override.tier,
        reason=TierReason.OVERRIDE,
        reasons=(TierReason.OVERRIDE, *standing.reasons),
        effective_on=override.on,
        override_until=override.until,
        next_review=min(reviews),
    )


def due(state: Member) -> Mapping[str, datetime]:
    """Return the first instants at which a standing must be looked at, by matter."""
    days = [latch.due for latch in state.standing.latches if latch.on and latch.due is not None]
    days += [
        latch.ramp_until
        for latch in state.standing.latches
        if latch.ramp_until is not None and not latch.due
    ]
    found = {"review": midnight(min(days), state.zone)} if days else {}
    if state.override is not None:
        found["override"] = midnight(state.override.until, state.zone)
    return found
