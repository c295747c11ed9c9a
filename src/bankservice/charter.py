"""What a bank works by: its policies, by what each is for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import attrs

if TYPE_CHECKING:
    from bankservice.core.policy import Policy
    from bankservice.core.shelf import PolicyShelf

    Chosen: TypeAlias = str | Policy[Any]

__all__ = ["Charter", "Choices"]


class Choices(TypedDict, total=False):
    """The choices a bank may state as keywords; `Charter` says what each is, and which is taken."""

    tiers: Chosen
    groups: Chosen
    stages: Chosen
    treatments: Chosen
    outlook: Chosen
    complaints: Iterable[Chosen]
    loyalty: Iterable[Chosen]
    offers: Chosen
    sampling: Chosen
    follow_up: Chosen
    policies: Iterable[Policy[Any]]


def _several(chosen: Iterable[Chosen]) -> tuple[Chosen, ...]:
    return tuple(chosen)


def _own(policies: Iterable[Policy[Any]]) -> tuple[Policy[Any], ...]:
    return tuple(policies)


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Charter:
    """
    The policies a bank works by: policies, or ids of policies at hand.

    Attributes:
        tiers: The tier policy.
        groups: The groups customers are in.
        stages: The stages of the relationship.
        treatments: What is meant for customers by where they stand.
        outlook: The model of purchases that was adopted: churn risk, value, trends.
        complaints: What complaints are handled by: regimes, service levels, the institution's
            profile, how complaints are handled.
        loyalty: The points programmes; `bank.loyalty` serves the first.
        offers: The offers beside points.
        sampling: Whom surveys ask, and how often anybody.
        follow_up: Which answers are called back upon, and by when.
        policies: A bank's own policies; they hide shipped ones of the same id.
        known_at: Instant whose knowledge of policies counts; all there are where left out.
    """

    tiers: Chosen = "segmentation/cn-retail-shape"
    groups: Chosen = "segmentation/customer-groups"
    stages: Chosen = "lifecycle/retail-stages-shape"
    treatments: Chosen = "lifecycle/retail-treatments-shape"
    outlook: Chosen = "lifecycle/cdnow-outlook"
    complaints: tuple[Chosen, ...] = attrs.field(
        default=("complaints/24-hour-promise",), converter=_several
    )
    loyalty: tuple[Chosen, ...] = attrs.field(
        default=("loyalty/cn-card-shape",), converter=_several
    )
    offers: Chosen = "loyalty/spring-festival-offers"
    sampling: Chosen = "satisfaction/retail-sampling-shape"
    follow_up: Chosen = "satisfaction/call-back-promise"
    policies: tuple[Policy[Any], ...] = attrs.field(default=(), converter=_own)
    known_at: datetime | None = None

    @cached_property
    def shelf(self) -> PolicyShelf:
        """The policies at hand: the bank's own, then the shipped ones."""
        from bankservice import policies

        return policies.shelf().with_policies(self.policies)

    def policy(self, chosen: Chosen) -> Policy[Any]:
        """
        Return a policy that was chosen.

        Raises:
            UnknownNameError: If there is none of that id.
            PolicyError: If its file has faults; all are listed.
            NotInForceError: If none of its versions was known at `known_at`.
        """
        policy = self.shelf.load(chosen) if isinstance(chosen, str) else chosen
        if self.known_at is None:
            return policy
        from bankservice.core.calendar import local_day
        from bankservice.core.errors import NotInForceError

        zone = getattr(policy.versions[-1].parameters, "zone", "") or "UTC"
        day = local_day(self.known_at, zone)
        known = policy.as_known(day)
        if not known.versions:
            first = min(version.ref.known_on for version in policy.versions)
            raise NotInForceError(
                f"{policy.id} was not known on {day}: its first version became known on {first}."
            )
        return known
