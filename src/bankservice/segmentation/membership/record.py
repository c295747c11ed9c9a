"""
Which groups a customer is in, as a record: decided on a day, kept with the facts, told as of any.

The policy version in force on the day decided applies, as it is known when that is recorded. What
hangs on an unknown fact stays as it was, and the fact is named. An entry is written only where
something changes; so a late decision of an earlier day holds until the next entry, and days after
it are to be decided again where they might change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.calendar import local_day
from bankservice.core.decision import Explanation, Says
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.hindsight import Hindsight
from bankservice.core.institution import INSTITUTION
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Undecided, Version
from bankservice.core.record import Accepted, Command, Context, Record, Refused
from bankservice.core.structure import FACTS
from bankservice.core.unknown import UNKNOWN
from bankservice.segmentation.grouping.kind import GROUPS, Groups
from bankservice.segmentation.grouping.model import GroupsFacts
from bankservice.segmentation.grouping.rule import groups
from bankservice.segmentation.grouping.table import ScreenOutcome
from bankservice.segmentation.membership.entries import (
    COMMANDS,
    EVENTS,
    Assign,
    Assigned,
    Belonging,
    Leave,
    Left,
    Place,
    Span,
    evolve,
    facts_of,
)

__all__ = ["MEMBERSHIP", "MembershipRefusal", "MembershipView", "view_on"]

PACKAGE: Final = "bankservice.segmentation"

LEFT: Final = Says("MEMBERSHIP_LEFT", ("on", "reason"))

_NOT_KNOWN: Final = (None, UNKNOWN, UNKNOWN.value)


class MembershipRefusal(Enum):
    """Why a command on a membership is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_IN_FORCE = "not-in-force"
    COHORT_UNKNOWN = "cohort-unknown"
    LEFT = "left"
    NO_MEMBER = "no-member"


@attrs.frozen(kw_only=True)
class MembershipView:
    """
    Where a customer belongs on a day.

    Attributes:
        on: The day.
        segment: Code of the segment; None where there is none, or it was never known.
        behaviours: Codes of behaviours.
        screening: What screening said; None where that was never known.
        since: First day it was so; None for who is no member.
        undecided: What could not be decided last → the facts that were not known; what stood
            before was kept.
        left_on: First day the customer was none, if they left.
        left_reason: Why.
        history: The memberships up to the day, oldest first.
    """

    on: date
    segment: str | None
    behaviours: tuple[str, ...]
    screening: ScreenOutcome | None
    since: date | None
    undecided: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    left_on: date | None = None
    left_reason: str = ""
    history: tuple[Span, ...] = ()


def _zone(policies: tuple[Policy[Any], ...]) -> str:
    """Return the zone whose days count: the institution's, else the policy's own."""
    told = sorted(policies, key=lambda policy: policy.kind.name != INSTITUTION.name)
    zone: str = told[0].versions[-1].parameters.zone
    return zone


def _decide(
    states: Mapping[str, Belonging], command: Command, context: Context
) -> Accepted | Refused:
    state, body = states[command.subject], command.body
    zone = _zone(context.policies)
    on: date = body.on or local_day(context.effective_at, zone)
    today = local_day(context.recorded_at, zone)
    if on > today:
        return Refused(
            MembershipRefusal.IN_FUTURE, FrozenMapping({"on": str(on), "today": str(today)})
        )
    if isinstance(body, Leave):
        return _leave(state, command, body, on)
    policy: Policy[Groups] = context.policy(GROUPS.name)
    cohort = {name: held for name, held in body.customer.items() if held not in _NOT_KNOWN}
    found = policy.as_known(today).select(on, cohort)
    if found is None:
        return Refused(
            MembershipRefusal.NOT_IN_FORCE, FrozenMapping({"policy": policy.id, "on": str(on)})
        )
    if isinstance(found, Undecided):
        return Refused(
            MembershipRefusal.COHORT_UNKNOWN, FrozenMapping({"facts": ", ".join(found.facts)})
        )
    return _assign(state, command, body, on, found)


def _assign(
    state: Belonging, command: Command, body: Assign, on: date, version: Version[Groups]
) -> Accepted | Refused:
    left = state.left(on)
    if left is not None and not body.returned:
        return Refused(
            MembershipRefusal.LEFT, FrozenMapping({"left_on": str(left.on), "on": str(on)})
        )
    facts = GroupsFacts(on=on, customer=body.customer, born_on=body.born_on)
    before = state.at(on)
    after = before.after(groups.decide(facts, version).outcome)
    if state.last(on) is not None and left is None and after == before:
        return Accepted({}, (version,))
    event = Assigned(
        on=on,
        place=after,
        version=FrozenMapping(ref_json(version.ref)),
        returned=left is not None,
        customer=body.customer,
        born_on="" if body.born_on is None else str(to_json(body.born_on)),
    )
    return Accepted({command.subject: (event,)}, (version,))


def _leave(state: Belonging, command: Command, body: Leave, on: date) -> Accepted | Refused:
    mark = state.last(on)
    if mark is None:
        return Refused(MembershipRefusal.NO_MEMBER, FrozenMapping({"on": str(on)}))
    if mark.place is None:
        return Refused(
            MembershipRefusal.LEFT, FrozenMapping({"left_on": str(mark.on), "on": str(on)})
        )
    return Accepted({command.subject: (Left(on=on, reason=body.reason),)})


def view_on(state: Belonging, on: date) -> MembershipView:
    """Return where a customer belongs on a day."""
    place: Place = state.at(on)
    left = state.left(on)
    spans = state.spans(on)
    return MembershipView(
        on=on,
        segment=place.segment,
        behaviours=place.behaviours,
        screening=place.screening,
        since=None if left is not None or not spans else spans[-1].on,
        undecided=place.undecided,
        left_on=None if left is None else left.on,
        left_reason="" if left is None else left.reason,
        history=spans,
    )


def _view(state: Belonging, as_of: datetime, policies: tuple[Policy[Any], ...]) -> MembershipView:
    return view_on(state, local_day(as_of, _zone(policies)))


def _explain(
    state: Belonging, event: Any, find: Callable[[str, str], Version[Any]]
) -> Explanation | None:
    if isinstance(event, Left):
        return Explanation(LEFT(on=event.on, reason=event.reason), (), (), PACKAGE)
    if event.customer is None:
        return None
    version: Version[Groups] = find(event.version["policy"], event.version["digest"])
    return groups(version, **facts_of(event)).explanation()


def _again(state: Belonging, event: Any, find: Hindsight) -> tuple[Place, Place] | None:
    """Return the place as written and as it comes out now; no policy decides that somebody left."""
    if not isinstance(event, Assigned) or event.customer is None:
        return None
    version: Version[Groups] = find(event.version["policy"], event.version["digest"])
    found = groups(version, **facts_of(event)).outcome
    return event.place, state.at(event.on).after(found)


MEMBERSHIP: Final[Record[Belonging]] = Record(
    kind="segmentation.membership",
    initial=Belonging(),
    commands=COMMANDS,
    events=EVENTS,
    decide=_decide,
    evolve=evolve,
    view=_view,
    due=lambda state: {},
    refusals=MembershipRefusal,
    policies=(GROUPS.name,),
    explain=_explain,
    again=_again,
    freeze=(to_json, lambda state: FACTS.read(state, Belonging, "snapshot")),
)
"""The record `segmentation.membership`."""
