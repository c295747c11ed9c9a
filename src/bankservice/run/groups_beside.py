"""What earlier parts of a run told of a day: tiers, stages and averages, for groups to look at."""

from __future__ import annotations

from datetime import date

from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.run.part import Setting

__all__ = ["Beside"]


class Beside:
    """What earlier parts of the run told of the day."""

    def __init__(self, setting: Setting) -> None:
        """Take what is told of the day that is decided now."""
        facts = setting.facts
        self.tiers: dict[str, str] = (
            dict(facts["tier_now"].iter_rows()) if "tier_now" in facts else {}
        )
        self._averages: dict[str, int | None] = (
            dict(facts["average"].iter_rows()) if "average" in facts else {}
        )
        self.stages: dict[str, tuple[str | None, str | None, date | None]] = (
            {
                who: (stage, reason, since)
                for who, stage, reason, since in facts["stage"]
                .select("customer", "stage", "reason", "since")
                .iter_rows()
            }
            if "stage" in facts
            else {}
        )
        self._known = set(self.tiers) | set(self.stages) if facts else None

    def is_member(self, customer: str) -> bool:
        """Tell whether a customer is in the book on the day, as far as anybody told."""
        return not self._known or customer in self._known

    def average(self, customer: str) -> int | UnknownType:
        """Return the average assets in minor units."""
        held = self._averages.get(customer)
        return UNKNOWN if held is None else held
