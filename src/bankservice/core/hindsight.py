"""What a past entry was decided with, beside its state and facts: policy versions and instants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.policy import Version

__all__ = ["Hindsight", "as_named"]


@attrs.frozen
class Hindsight:
    """
    What an entry that is decided again was decided with, beside its state and facts.

    Called with the id of a policy and a digest it gives that version as it was kept.

    Attributes:
        find: (policy, digest) → the version as it was kept.
        at: Business time of the entry.
        recorded_at: Its knowledge time.
    """

    find: Callable[[str, str], Version[Any]]
    at: datetime
    recorded_at: datetime

    def __call__(self, policy: str, held: str) -> Version[Any]:
        """
        Return a version as it was kept.

        Raises:
            UnknownNameError: If the journal did not keep it.
        """
        return self.find(policy, held)


def as_named(version: Version[Any], ref: Mapping[str, str]) -> Version[Any]:
    """
    Return a kept version under the first day by which an entry names it.

    Two versions that say the same have one digest, and are kept as one.
    """
    since = date.fromisoformat(ref["since"])
    if version.ref.since == since:
        return version
    return attrs.evolve(version, ref=attrs.evolve(version.ref, since=since))
