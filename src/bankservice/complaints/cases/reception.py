"""Receiving a case: codes checked, clocks begun, another door joined to the case there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from bankservice.complaints.cases import changes, renewals
from bankservice.complaints.cases.case import About, Case, CaseStatus, Door, Private
from bankservice.complaints.cases.commands import Receive
from bankservice.complaints.cases.entries import Classified, Opened, evolve
from bankservice.complaints.cases.refusals import CaseRefusal, refused
from bankservice.complaints.cases.timing import Begun, Timing, moment_of
from bankservice.complaints.policy import SHELF
from bankservice.core.calendar import in_utc, local_day, midnight
from bankservice.core.errors import near_names
from bankservice.core.record import Accepted, Command, Context, Refused

__all__ = ["part", "receive", "unknown_code"]

AHEAD: Final = timedelta(hours=14)
"""How long before UTC a day begins where it begins first."""


def receive(
    case: Case, command: Command, body: Receive, timing: Timing, at: datetime, context: Context
) -> Accepted | Refused:
    """Open a case, or take in another contact about the one there is."""
    at = at if body.received_at is None else in_utc(body.received_at)
    about, private = part(body, About), part(body, Private)
    zone, guessed = timing.zone(body.zone or case.zone, about.region)
    now = in_utc(context.recorded_at)
    if body.received_on is not None and case.status is CaseStatus.NONE:
        # Only the day is known: elapsed time counts from its first instant, the cautious end.
        at = midnight(body.received_on, zone or "UTC")
        if not zone and at - AHEAD <= now:
            # Somewhere that day has begun, and nobody knows where it counts.
            at = min(at, now)
    if at > now:
        return refused(CaseRefusal.IN_FUTURE, at=at, now=now)
    no = unknown_code(body, context)
    if no is not None:
        return no
    door = Door(body.channel, at, body.text_ref or body.external_ref)
    if case.status is not CaseStatus.NONE:
        if body.customer != case.customer:
            return refused(CaseRefusal.OTHER_CUSTOMER, customer=body.customer)
        return _another_door(case, command, body, about, private, door, timing, at, context)
    on = body.received_on or local_day(at, zone or "UTC")
    known_on = local_day(context.recorded_at, zone or "UTC")
    fresh = Case(customer=body.customer, zone=zone, doors=(door,), about=about, private=private)
    begun = timing.begin(fresh, at, on, known_on)
    if begun is None:
        return refused(CaseRefusal.NOT_IN_FORCE, on=on)
    event = Opened(
        customer=body.customer,
        zone=zone,
        at=at,
        on=on,
        door=door,
        about=attrs.evolve(about, matter=about.matter or "complaint"),
        timers=begun.timers,
        limits=begun.limits,
        versions=begun.refs,
        older=begun.older,
        calendars_on=known_on,
        assumed=(*begun.assumed, *(("zone",) if guessed else ())),
        day_only=body.received_on is not None,
        private=private,
    )
    return Accepted({command.subject: (event,)}, begun.every)


def _another_door(
    case: Case,
    command: Command,
    body: Receive,
    about: About,
    private: Private,
    door: Door,
    timing: Timing,
    at: datetime,
    context: Context,
) -> Accepted | Refused:
    """The customer came by another door: one case, with the clocks it has, but for new facts."""
    if door in case.doors:
        return Accepted({})
    event = Classified(
        customer=case.customer, about=about, private=private, door=door, assumed=case.assumed
    )
    begun: Begun | Refused = Begun()
    if body.new_facts:
        known_on = moment_of(case, context.recorded_at)
        begun = renewals.restart_by_law(case, evolve(case, event), timing, at, known_on)
    if isinstance(begun, Refused):
        return begun
    if begun.timers:
        event = attrs.evolve(
            event,
            timers=begun.timers,
            limits=renewals.limits_after(case, begun),
            restarts=True,
            versions=begun.refs,
            older=begun.older,
        )
    found = changes.stated(case, event, timing, at)
    if isinstance(found, Refused):
        return found
    told, used = found
    return Accepted({command.subject: (told,)}, (*begun.every, *used))


def part(body: Any, kind: type[Any]) -> Any:
    """Return the part of a command that states one class of facts."""
    return kind(**{field.name: getattr(body, field.name) for field in attrs.fields(kind)})


_TREES: Mapping[str, str] = {
    "channel": "vocabulary/channels",
    "product": "vocabulary/product-kinds",
    "issue": "vocabulary/complaint-issues",
    "cause": "vocabulary/complaint-causes",
    "customer_kind": "vocabulary/customer-kinds",
}


def unknown_code(body: Any, context: Context) -> Refused | None:
    """Refuse a code that is in no tree: those given beside the policies, then the shipped ones."""
    given = {policy.id: policy for policy in context.policies}
    for name, tree in _TREES.items():
        code = getattr(body, name, None)
        if not isinstance(code, str) or not code:
            continue
        known = (given.get(tree) or SHELF.get(tree)).versions[-1].parameters
        if code not in known:
            near = ", ".join(near_names(code, known))
            return refused(CaseRefusal.UNKNOWN_CODE, fact=name, got=code, near=near)
    return None
