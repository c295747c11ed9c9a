"""
Which records decide by which rules, and which of their refusals come from the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["DECIDES", "records_of", "rules_of"]

_VERSION: Final = ("not-in-force", "cohort-unknown")
"""Where the rule itself raises that no version is in force, or that a cohort hangs on a fact."""

DECIDES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "segmentation.standing": {"segmentation.tier-assessment": _VERSION},
    "segmentation.membership": {"segmentation.groups": _VERSION},
    "lifecycle.standing": {"lifecycle.stage": _VERSION},
    "lifecycle.treatment": {"lifecycle.treatments": (*_VERSION, "undecided")},
    "lifecycle.outlook": {
        "lifecycle.churn-risk": _VERSION,
        "lifecycle.customer-value": _VERSION,
        "lifecycle.trend": _VERSION,
    },
    "complaints.case": {
        "complaints.deadlines": ("not-in-force", "undecided"),
        "complaints.redress-authority": ("authority-exceeded",),
    },
    "loyalty.account": {"loyalty.accrue": (*_VERSION, "undecided")},
    "loyalty.benefits": {"loyalty.offers": (*_VERSION, "undecided")},
    "satisfaction.follow-up": {"satisfaction.follow-up-trigger": ("not-in-force", "undecided")},
    "satisfaction.contact": {
        "satisfaction.may-ask": (
            "not-in-force",
            "opted-out",
            "cooling-down",
            "channel-cooling-down",
            "programme-cooling-down",
            "most-a-year",
            "channel-most-a-year",
            "reserved",
            "quiet-hours",
        )
    },
    "satisfaction.campaign": {"satisfaction.sample": ("not-in-force",)},
}
"""Record → rules it decides by → codes of its refusals that say what the rule says."""


def records_of(rule: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the records that decide by a rule, each with the refusals that come from it."""
    for record, rules in DECIDES.items():
        if rule in rules:
            yield record, rules[rule]


def rules_of(record: str) -> tuple[str, ...]:
    """Return the rules a record decides by."""
    return tuple(DECIDES.get(record, ()))
