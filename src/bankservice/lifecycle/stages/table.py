"""
The stages of the relationship as they are written: one version of a `lifecycle.stages` policy.

A period that is left out is a clock that does not exist.
"""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.lifecycle.stages.activity import ActivityRow

__all__ = ["Boundary", "LoyalRow", "RepeatRow", "StagesTable"]

Boundary = Literal["more_than", "at_least"]
"""`more_than`: a clock fires on the first day after its period; `at_least`: on its last day."""


@attrs.frozen(kw_only=True)
class LoyalRow:
    """
    Who is loyal. Every part stated must hold, on a day of business.

    Attributes:
        tenure: How long ago the first day of business must be.
        events: How many days of business there must be in the window.
        window: The last so many months and days, the day itself the last of them; the whole past
            where left out.
        products: How many products the customer must hold; 0 for no matter.
        review: How long a part may be unmet before the customer is loyal no more; where left out,
            a loyal customer stays so until inactive.
    """

    tenure: Period = Period()
    events: int = 1
    window: Period | None = None
    products: int = 0
    review: Period | None = None


@attrs.frozen(kw_only=True)
class RepeatRow:
    """
    Who is active: after the first day of business, or after the return.

    Attributes:
        events: How many days of business it takes, the first one counted.
        window: Within the last so many months and days; without end where left out.
    """

    events: int = 2
    window: Period | None = None


@attrs.frozen(kw_only=True)
class StagesTable:
    """
    A stages policy version as written.

    Attributes:
        inactive_after: After how long without an act a customer is inactive.
        lost_after: After how long a customer is lost.
        lost_from: Where that clock begins: `activity`, with the last act; `inactive`, with the
            first inactive day, or a later contact. It runs out only for who is inactive, or where
            nobody becomes so.
        prospect_after: After how long a prospect who never did business is lost.
        boundary: Whether a clock fires on the first day after its period, or on its last day.
        repeat: Who is active.
        loyal: Who is loyal; nobody where left out.
        recheck: Whether an inactive customer is active again only by an act with `verified`.
        zone: Zone whose local day an instant falls on.
        kinds: Vocabulary of the kinds of acts, such as `vocabulary/activity-kinds`; a kind that is
            not in it is refused. Any word may be a kind where left out.
        event: What acts do; the first row that holds is taken, and the last holds always. The
            house's own rows where left out.
    """

    inactive_after: Period | None = None
    lost_after: Period | None = None
    lost_from: Literal["activity", "inactive"] = "activity"
    prospect_after: Period | None = None
    boundary: Boundary = "more_than"
    repeat: RepeatRow = RepeatRow()
    loyal: LoyalRow | None = None
    recheck: bool = False
    zone: str = "UTC"
    kinds: str = ""
    event: tuple[ActivityRow, ...] = ()
