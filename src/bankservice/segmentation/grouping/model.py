"""What groups are told from and what is told: screening, behaviours, a segment; potential groups."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.citation import Citation
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UnknownType
from bankservice.segmentation.grouping.table import ScreenOutcome

__all__ = [
    "STEPS",
    "Evidence",
    "Grouped",
    "GroupsFacts",
    "Potential",
    "PotentialFacts",
    "PotentialGroup",
    "Screening",
]

STEPS: Final = ("screening", "behaviours", "needs", "segment")
"""The steps of grouping one customer, in their order."""


def _hashable(facts: FrozenMapping[str, Any]) -> FrozenMapping[str, Any]:
    """Return facts with lists as tuples, so that a decision on them can be compared and hashed."""
    return FrozenMapping(
        {name: tuple(held) if isinstance(held, list) else held for name, held in facts.items()}
    )


@attrs.frozen(kw_only=True)
class GroupsFacts:
    """
    What a customer is grouped by.

    Attributes:
        on: Day asked, in the bank's own zone; it selects the version.
        customer: Facts of the customer by name, those of the policy's register. `born_on` may
            stand among them instead of `age`; `behaviours`, where stated, are taken as they are.
        born_on: The birth date; the age on `on` follows.
    """

    on: date
    customer: FrozenMapping[str, Any] = attrs.field(default=FrozenMapping(), converter=_hashable)
    born_on: date | UnknownType | None = None


@attrs.frozen(kw_only=True)
class Screening:
    """
    What the first step says.

    Attributes:
        row: Code of the row that counts; None where that hangs on something unknown, or the
            policy does not screen.
        outcome: `in`, `out` or `refer`; None where that hangs on something unknown.
    """

    row: str | None = None
    outcome: ScreenOutcome | None = "in"


@attrs.frozen(kw_only=True)
class Grouped:
    """
    Where a customer belongs.

    Attributes:
        screening: What the first step says.
        behaviours: Codes of the behaviours that hold for certain.
        needs: Codes of the needs that hold for certain.
        segment: Code of the most specific segment that holds; None where that hangs on something
            unknown, where the customer was screened out, or the policy has no segments.
        also_matched: Other segments that hold for certain, the more specific first.
        possible: Segments it could be, where it is not known which.
        unknown: Step → facts that could change what it says; empty where none could.
        age: The age in whole years that was reckoned with, if known.
    """

    screening: Screening = Screening()
    behaviours: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    segment: str | None = None
    also_matched: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    unknown: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    age: int | None = None


@attrs.frozen(kw_only=True)
class PotentialFacts:
    """
    What potential groups are told from: a study of markets.

    Attributes:
        on: Day asked; it selects the version.
        study: Where the figures come from.
        markets: Name → facts of one market: its industry and region, whom it is about, how many
            they are, how many are served.
    """

    on: date
    study: Citation
    markets: FrozenMapping[str, FrozenMapping[str, Any]]


@attrs.frozen(kw_only=True)
class Evidence:
    """
    One market that shows a group.

    Attributes:
        market: Its name in the study.
        size: Businesses or people in it; None where not known.
        served: Those the bank serves; None where not known.
        unserved: Those it does not; None where not known.
        growth: Growth in a year, in basis points; None where not known.
    """

    market: str
    size: int | None = None
    served: int | None = None
    unserved: int | None = None
    growth: int | None = None


@attrs.frozen(kw_only=True)
class PotentialGroup:
    """
    A group the bank might serve (潜在客户群体); no stage of anybody.

    Attributes:
        code: Its code.
        evidence: The markets that show it, by name.
        size: Businesses or people in all of them; None where one is not known, or two overlap.
        unserved: Those of them the bank does not serve; None likewise.
        overlapping: Names of markets that overlap with another, so that a sum would count some
            twice.
    """

    code: str
    evidence: tuple[Evidence, ...]
    size: int | None = None
    unserved: int | None = None
    overlapping: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Potential:
    """
    Potential groups of a study.

    Attributes:
        groups: Those the study shows, in the order of the policy.
        source: The study, as people quote it.
        undecided: Code of a group → markets that might show it as well.
        unknown: Market → facts that could make it show a group.
    """

    groups: tuple[PotentialGroup, ...]
    source: str
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    unknown: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
