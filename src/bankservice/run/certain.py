"""Where it is certain which version of a policy a record decides under, whoever the customer is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bankservice.core.calendar import local_day
from bankservice.core.policy import Policy, Version

__all__ = ["decides_on_all"]


def decides_on_all(
    policy: Policy[Any], version: Version[Any], on: date, now: datetime, zone: str
) -> bool:
    """
    Tell whether a version decides on everybody on a day: then nobody is refused for want of one.

    Args:
        policy: The policy.
        version: The version asked about.
        on: The day.
        now: The present instant; what is known of the policy is taken from then.
        zone: Whose days count.
    """
    today = local_day(now, zone)
    if on > today or any(held.applies_to is not None for held in policy.versions):
        return False
    found = policy.as_known(today).select(on)
    return isinstance(found, Version) and found.ref == version.ref
