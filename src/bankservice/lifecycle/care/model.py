"""
What treatments are decided from, and what comes out: intents, and what is held back and why.

A treatment is an intent, never an act: somebody else calls, writes or visits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.unknown import UNKNOWN, Unknown, UnknownType

__all__ = [
    "ANSWERED",
    "EVERYTHING",
    "Due",
    "HeldBack",
    "Past",
    "Treated",
    "TreatmentFacts",
    "TreatmentOutcome",
    "TreatmentWhy",
    "frozen_facts",
]

EVERYTHING = "all"
"""The word by which a customer refuses every treatment."""


class TreatmentOutcome(Enum):
    """What became of a treatment that was tried."""

    DONE = "done"
    NO_ANSWER = "no_answer"
    UNDELIVERABLE = "undeliverable"
    DECLINED = "declined"
    CONVERTED = "converted"


ANSWERED = frozenset({TreatmentOutcome.DONE, TreatmentOutcome.DECLINED, TreatmentOutcome.CONVERTED})
"""Outcomes that somebody who was reached gave."""


class TreatmentWhy(Enum):
    """Why a treatment is held back; the first that applies is told."""

    TERMINAL = "terminal"
    QUIET = "quiet"
    REFUSED = "refused"
    NO_CONSENT = "no-consent"
    DECLINED = "declined"
    OPEN = "open"
    ONCE_PER_STAGE = "once-per-stage"
    COOLING = "cooling"
    CAPPED = "capped"
    BEATEN = "beaten"
    CAPPED_IN_ALL = "capped-in-all"
    UNKNOWN = "unknown"


_PLAIN: Final = (str, int, Decimal, date, Unknown, type(None))


def frozen_facts(facts: Mapping[str, Any]) -> FrozenMapping[str, Any]:
    """
    Return facts by name with lists as tuples, so that they can be compared and hashed.

    What kind of value a fact has is for the register to say; what no fact can be is refused here,
    because it could not be kept.

    Raises:
        FaultsError: If a value can be none of any fact.
    """
    held = {name: tuple(fact) if isinstance(fact, list) else fact for name, fact in facts.items()}
    faults = [
        Fault(str(name), type(part).__name__, "a text, number, boolean, date or list of texts")
        for name, fact in held.items()
        for part in (fact if isinstance(fact, tuple) else (fact,))
        if not isinstance(part, _PLAIN)
    ]
    if faults:
        raise FaultsError("the facts of a customer", tuple(faults))
    return FrozenMapping(held)


@attrs.frozen(kw_only=True)
class Past:
    """
    What was meant before.

    Attributes:
        code: Code of the row.
        on: Day it was meant.
        kind: Its kind; that of the policy's row where left out.
        stage: The stage it was meant for; empty where that is not told.
        due_by: Last day to deliver it, if told.
        delivered_on: Day it was delivered, if it was.
        outcome: What became of it, the latest that is known.
        outcome_on: Day of that.
        withdrawn: Whether it was taken back before it was delivered; it counts for nothing then.
    """

    code: str
    on: date
    kind: str = ""
    stage: str = ""
    due_by: date | None = None
    delivered_on: date | None = None
    outcome: TreatmentOutcome | None = None
    outcome_on: date | None = None
    withdrawn: bool = False

    def __attrs_post_init__(self) -> None:
        later = (self.due_by, self.delivered_on, self.outcome_on)
        if any(day is not None and day < self.on for day in later):
            raise ValueError(f"{self.code} was meant on {self.on}; pass no earlier day beside it.")
        if (self.outcome is None) != (self.outcome_on is None):
            raise ValueError(f"an outcome of {self.code} has its day; pass both or neither.")

    @property
    def day(self) -> date:
        """The day of delivery, or else of intent."""
        return self.delivered_on or self.on

    def is_open(self, on: date) -> bool:
        """Tell whether it may still be delivered on a day."""
        waiting = self.outcome in (None, TreatmentOutcome.NO_ANSWER)
        undelivered = self.delivered_on is None and not self.withdrawn
        return waiting and undelivered and self.due_by is not None and on <= self.due_by

    def is_expired(self, on: date) -> bool:
        """Tell whether its days went by and nobody tried to deliver it."""
        untouched = self.delivered_on is None and self.outcome is None and not self.withdrawn
        return untouched and self.due_by is not None and on > self.due_by


@attrs.frozen(kw_only=True)
class TreatmentFacts:
    """
    A customer on a day.

    Attributes:
        on: The day, in the policy's zone.
        customer: Facts by name, as the register of facts has them: `stage`, `stage_reason`, `tier`
            and so on. What is left out is unknown.
        stage_since: First day of the stage; told by `days_in_stage` where left out.
        ended: Whether the customer died or was exited by the bank. Who was lost before is lost since
            then, so the reason of the stage does not tell of a later death; where this is left out,
            the reason alone decides.
        refused: What the customer does not want: codes of kinds, codes of channels, or `all`.
        consents: Purposes the customer agreed to; unknown where left out.
        past: What was meant before.
    """

    on: date
    customer: FrozenMapping[str, Any] = attrs.field(
        factory=FrozenMapping[str, Any], converter=frozen_facts
    )
    stage_since: date | UnknownType | None = None
    ended: bool | UnknownType | None = None
    refused: tuple[str, ...] | UnknownType = ()
    consents: tuple[str, ...] | UnknownType = UNKNOWN
    past: tuple[Past, ...] = ()

    def __attrs_post_init__(self) -> None:
        for held in self.past:
            if held.on > self.on:
                raise ValueError(
                    f"{held.code} was meant on {held.on}, which is after {self.on}; pass what was "
                    "meant up to that day."
                )
        if isinstance(self.stage_since, date) and self.stage_since > self.on:
            raise ValueError(
                f"the stage began on {self.stage_since}, which is after {self.on}; pass the stage "
                "of that day."
            )


@attrs.frozen(kw_only=True)
class Due:
    """
    A treatment that is meant for the customer now.

    Attributes:
        treatment: Code of the row.
        kind: Its kind.
        title: What people read.
        due_by: Last day to deliver it.
        channels: Channels by which it may be delivered, without those refused.
        why: Names of the facts it was meant by.
    """

    treatment: str
    kind: str
    title: Title
    due_by: date
    channels: tuple[str, ...]
    why: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class HeldBack:
    """
    A treatment that is not meant now, though the customer may be one it is for.

    Attributes:
        treatment: Code of the row.
        kind: Its kind.
        why: The first reason against it.
        until: First day on which that reason is gone, where it goes with time.
        by: The treatment that took its place, or the quiet row.
        unknown: Facts it hangs on, where they are unknown.
    """

    treatment: str
    kind: str
    why: TreatmentWhy
    until: date | None = None
    by: str = ""
    unknown: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Treated:
    """
    What is meant for a customer on a day.

    Attributes:
        due: What is meant, by priority.
        held_back: What is not, and why; rows the customer is not one for are left out.
        unknown: Unknown facts that could add to what is due.
        on: The day.
        stage: The stage it was decided for; None where unknown.
        stage_since: First day of that stage; None where unknown.
    """

    due: tuple[Due, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    unknown: tuple[str, ...] = ()
    on: date
    stage: str | None = None
    stage_since: date | None = None
