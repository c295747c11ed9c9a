"""
What became of treatments, in numbers: how many were meant, delivered, answered, and followed by
the stage they were for.

A stage that follows a treatment is counted as following it. Whether it followed because of it, no
count of this kind can tell: that takes a group that was left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

import attrs

from bankservice.lifecycle.care.entries import Care, Intent
from bankservice.lifecycle.care.model import ANSWERED, TreatmentOutcome
from bankservice.lifecycle.care.table import Aim
from bankservice.lifecycle.care.views import status_of
from bankservice.lifecycle.model import StageChange

__all__ = ["TreatmentMeasures", "measure_treatments"]

_DAY: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class TreatmentMeasures:
    """
    What became of the intents of one treatment, up to the end of a day.

    Every intent stands in exactly one of `withdrawn`, `delivered`, `tried`, `waiting` and
    `expired`.

    Attributes:
        treatment: Code of the row.
        intended: Intents in all.
        withdrawn: Taken back before they reached anybody.
        delivered: Reached the customer.
        tried: Tried, but nobody was reached.
        waiting: May still be delivered; nobody tried yet.
        expired: Their days went by, and nobody tried.
        answered: Of those delivered, what the customer said or did is known.
        declined: Of those delivered, declined.
        converted: Of those delivered, told to have led to what was offered.
        watched: Of those delivered, the time to look for the stage aimed at is over.
        followed: Of those watched, the stage began within that time.
    """

    treatment: str
    intended: int = 0
    withdrawn: int = 0
    delivered: int = 0
    tried: int = 0
    waiting: int = 0
    expired: int = 0
    answered: int = 0
    declined: int = 0
    converted: int = 0
    watched: int = 0
    followed: int = 0

    @property
    def share_delivered(self) -> Fraction | None:
        """Share delivered of those whose time to deliver was used up; None over nobody."""
        settled = self.intended - self.withdrawn - self.waiting
        return _share(self.delivered, settled)

    @property
    def share_declined(self) -> Fraction | None:
        """Share declined of those answered; None over nobody."""
        return _share(self.declined, self.answered)

    @property
    def share_converted(self) -> Fraction | None:
        """Share told to have led to what was offered, of those answered; None over nobody."""
        return _share(self.converted, self.answered)

    @property
    def share_followed(self) -> Fraction | None:
        """Share after which the stage aimed at began in time, of those watched; None over nobody."""
        return _share(self.followed, self.watched)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def measure_treatments(
    states: Mapping[str, Care],
    changes: Mapping[str, Sequence[StageChange]],
    aims: Mapping[str, Aim],
    *,
    as_of: date,
) -> Mapping[str, TreatmentMeasures]:
    """
    Count what became of intents, by treatment.

    A stage follows an intent if it began on the day of delivery or later, and before that day plus
    the time of the aim. Only intents whose time is over count there, so that new ones do not make
    the share look small.

    Args:
        states: Customer → treatments, as folded.
        changes: Customer → beginnings of stages, in any order.
        aims: Treatment → what it is for; those left out are not watched.
        as_of: The last day counted.

    Returns:
        Treatment → measures, sorted by its code; only treatments with an intent by that day.
    """
    found: dict[str, TreatmentMeasures] = {}
    for customer, state in states.items():
        for intent in state.intents.values():
            code = intent.intended.treatment
            if intent.intended.on <= as_of:
                before = found.get(code) or TreatmentMeasures(treatment=code)
                more = _counted(intent, changes.get(customer, ()), aims.get(code), as_of)
                found[code] = _plus(before, more)
    return {code: found[code] for code in sorted(found)}


def _counted(
    intent: Intent, changes: Iterable[StageChange], aim: Aim | None, as_of: date
) -> Mapping[str, bool]:
    outcome, delivered = intent.outcome(as_of), intent.delivered_on(as_of)
    status, reached = status_of(intent, as_of), delivered is not None
    told = None if outcome is None else outcome.outcome
    followed = watched = False
    if delivered is not None and aim is not None:
        end = aim.within.after(delivered)
        watched = end <= as_of + _DAY
        followed = watched and any(
            change.stage is aim.stage and delivered <= change.on < end for change in changes
        )
    return {
        "intended": True,
        "withdrawn": status == "withdrawn",
        "delivered": reached,
        "tried": not reached and status in ("no_answer", "undeliverable"),
        "waiting": status == "open",
        "expired": status == "expired",
        "answered": reached and told in ANSWERED,
        "declined": reached and told is TreatmentOutcome.DECLINED,
        "converted": reached and told is TreatmentOutcome.CONVERTED,
        "watched": watched,
        "followed": followed,
    }


def _plus(before: TreatmentMeasures, more: Mapping[str, bool]) -> TreatmentMeasures:
    return attrs.evolve(
        before, **{name: getattr(before, name) + held for name, held in more.items()}
    )
