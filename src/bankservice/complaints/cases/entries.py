"""
What a case's stream holds: events as decided, and how they fold to the case.

Every event that touches clocks carries them as they are afterwards; the fold puts them in place
and never measures.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs

from bankservice.complaints.cases.case import (
    About,
    Case,
    CaseStatus,
    Door,
    Escalation,
    Grant,
    Limit,
    Private,
    Referral,
    Reply,
    Timer,
)
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events

__all__ = [
    "EVENTS",
    "Acknowledged",
    "Assigned",
    "Classified",
    "ClocksChanged",
    "Closed",
    "EffectRecorded",
    "Escalated",
    "Granted",
    "Merged",
    "Noticed",
    "Opened",
    "Referred",
    "Reopened",
    "Replied",
    "Withdrawn",
    "evolve",
]

Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class Opened:
    """A case was opened: what is known of it, and every clock with its deadline."""

    customer: str
    zone: str
    at: datetime
    on: date
    door: Door
    about: About
    timers: tuple[Timer, ...]
    limits: tuple[Limit, ...] = ()
    versions: FrozenMapping[str, Ref] = FrozenMapping()
    older: tuple[Ref, ...] = ()
    calendars_on: date | None = None
    assumed: tuple[str, ...] = ()
    day_only: bool = False
    private: Private = attrs.field(default=Private(), metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Classified:
    """
    More was stated, or the customer came by another door; the clocks that changed with it.

    Attributes:
        customer: Whose case it is.
        about: What was stated.
        timers: The clocks that changed or began.
        limits: All limits from now on; None where they stay.
        assumed: Facts that would lengthen a duty and are not stated.
        door: The door, where the customer came again.
        restarts: Whether new facts begin the law's clocks anew, so that no answer stands.
        zone: Zone that was stated; empty where it stays.
        received_at: Instant of receipt by that zone.
        received_on: Day of receipt by that zone.
        versions: Versions that hold for the case from now on.
        older: Every version what was decided rests on.
        private: What was stated of the customer.
    """

    customer: str
    about: About
    timers: tuple[Timer, ...] = ()
    limits: tuple[Limit, ...] | None = None
    assumed: tuple[str, ...] = ()
    door: Door | None = None
    restarts: bool = False
    zone: str = ""
    received_at: datetime | None = None
    received_on: date | None = None
    versions: FrozenMapping[str, Ref] = FrozenMapping()
    older: tuple[Ref, ...] = ()
    private: Private = attrs.field(default=Private(), metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Acknowledged:
    """Receipt was acknowledged."""

    at: datetime
    text_ref: str = ""
    timers: tuple[Timer, ...] = ()


@attrs.frozen(kw_only=True)
class Assigned:
    """The case was given to a department or to somebody."""

    department: str
    owner: str
    timers: tuple[Timer, ...] = ()


@attrs.frozen(kw_only=True)
class ClocksChanged:
    """
    Clocks were paused, resumed, extended or measured anew.

    Attributes:
        act: `pause`, `resume`, `extend` or `restate`.
        timers: The clocks as they are now.
        reason: Why.
        limits: All limits from now on; None where they stay.
        calendars_on: Day whose knowledge of public holidays they rest on now.
        versions: Versions that hold for the case from now on.
        older: Versions what was decided rests on.
    """

    act: str
    timers: tuple[Timer, ...]
    reason: str = ""
    limits: tuple[Limit, ...] | None = None
    calendars_on: date | None = None
    versions: FrozenMapping[str, Ref] = FrozenMapping()
    older: tuple[Ref, ...] = ()


@attrs.frozen(kw_only=True)
class Replied:
    """A solution was proposed, or an answer given; `proposal` tells a proposal alone."""

    reply: Reply
    proposal: bool = False
    timers: tuple[Timer, ...] = ()


@attrs.frozen(kw_only=True)
class Escalated:
    """The case was raised within the bank."""

    escalation: Escalation
    timers: tuple[Timer, ...] = ()


@attrs.frozen(kw_only=True)
class Granted:
    """Redress was granted."""

    grant: Grant
    timers: tuple[Timer, ...] = ()


@attrs.frozen(kw_only=True)
class Referred:
    """The case went to somebody outside the bank."""

    referral: Referral
    timers: tuple[Timer, ...] = ()


@attrs.frozen(kw_only=True)
class Withdrawn:
    """The customer took the complaint back."""

    at: datetime
    reason: str
    timers: tuple[Timer, ...] = ()
    retain_until: date | None = None


@attrs.frozen(kw_only=True)
class Merged:
    """The case is part of another."""

    at: datetime
    into: str
    timers: tuple[Timer, ...] = ()
    retain_until: date | None = None


@attrs.frozen(kw_only=True)
class Closed:
    """The case was closed."""

    at: datetime
    reason: str
    timers: tuple[Timer, ...] = ()
    ask_effect_at: datetime | None = None
    retain_until: date | None = None


@attrs.frozen(kw_only=True)
class Reopened:
    """A closed case was opened again: the cycles that begin, and the limits that come with them."""

    at: datetime
    reason: str
    timers: tuple[Timer, ...] = ()
    limits: tuple[Limit, ...] | None = None
    versions: FrozenMapping[str, Ref] = FrozenMapping()
    older: tuple[Ref, ...] = ()
    calendars_on: date | None = None


@attrs.frozen(kw_only=True)
class EffectRecorded:
    """The customer said whether the solution was effective."""

    effective: bool


@attrs.frozen(kw_only=True)
class Noticed:
    """
    A warning or a crossed deadline was noticed.

    Attributes:
        key: Clock, cycle and step; each is noticed once.
        true_at: When it came true, whenever it was noticed.
        deliver_at: When it is told, in opening hours.
        to: Roles that are told.
    """

    key: str
    true_at: datetime
    deliver_at: datetime
    to: tuple[str, ...] = ()


EVENTS = Events(
    {
        "opened": Opened,
        "classified": Classified,
        "acknowledged": Acknowledged,
        "assigned": Assigned,
        "clocks-changed": ClocksChanged,
        "replied": Replied,
        "escalated": Escalated,
        "granted": Granted,
        "referred": Referred,
        "withdrawn": Withdrawn,
        "merged": Merged,
        "closed": Closed,
        "reopened": Reopened,
        "effect-recorded": EffectRecorded,
        "noticed": Noticed,
    }
)
"""Codec of a case's entries."""


def evolve(case: Case, event: Any) -> Case:
    """Return the case after an event."""
    case = case.timed(getattr(event, "timers", ()))
    match event:
        case Opened():
            return _opened(event)
        case Classified():
            return attrs.evolve(
                case,
                about=case.about.with_stated(event.about),
                private=_stated(case.private, event.private),
                limits=case.limits if event.limits is None else event.limits,
                assumed=event.assumed,
                doors=(*case.doors, event.door) if event.door else case.doors,
                zone=event.zone or case.zone,
                received_at=event.received_at or case.received_at,
                received_on=event.received_on or case.received_on,
                versions=FrozenMapping({**case.versions, **event.versions}),
                status=CaseStatus.OPEN if event.restarts else case.status,
                answered_at=None if event.restarts else case.answered_at,
            )
        case Acknowledged():
            return attrs.evolve(case, acknowledged_at=_first(case.acknowledged_at, event.at))
        case Assigned():
            about = attrs.evolve(case.about, department=event.department or case.about.department)
            return attrs.evolve(case, about=about, owner=event.owner)
        case ClocksChanged():
            return attrs.evolve(
                case,
                limits=case.limits if event.limits is None else event.limits,
                calendars_on=event.calendars_on or case.calendars_on,
                versions=FrozenMapping({**case.versions, **event.versions}),
            )
        case Replied(reply=reply):
            since = case.reopened_at
            # An answer given before the case was opened again does not answer it.
            final = reply.final and not case.ended and (since is None or reply.at >= since)
            return attrs.evolve(
                case,
                replies=(*case.replies, reply),
                status=CaseStatus.ANSWERED if final else case.status,
                answered_at=_first(case.answered_at, reply.at) if final else case.answered_at,
            )
        case Escalated(escalation=escalation):
            return attrs.evolve(case, escalations=(*case.escalations, escalation))
        case Granted(grant=grant):
            return attrs.evolve(case, grants=(*case.grants, grant))
        case Referred(referral=referral):
            return attrs.evolve(case, referrals=(*case.referrals, referral))
        case Noticed(key=key):
            return attrs.evolve(case, noticed=(*case.noticed, key))
        case EffectRecorded(effective=effective):
            return attrs.evolve(case, effective=effective, ask_effect_at=None)
        case Reopened():
            return attrs.evolve(
                case,
                status=CaseStatus.OPEN,
                ended_at=None,
                end_cause="",
                answered_at=None,
                effective=None,
                ask_effect_at=None,
                retain_until=None,
                reopened=case.reopened + 1,
                reopened_at=event.at,
                limits=case.limits if event.limits is None else event.limits,
                versions=FrozenMapping({**case.versions, **event.versions}),
                calendars_on=event.calendars_on or case.calendars_on,
            )
    return _ended(case, event)


def _opened(event: Opened) -> Case:
    return Case(
        status=CaseStatus.OPEN,
        customer=event.customer,
        zone=event.zone,
        received_at=event.at,
        received_on=event.on,
        day_only=event.day_only,
        doors=(event.door,),
        about=event.about,
        private=event.private,
        timers=event.timers,
        limits=event.limits,
        versions=event.versions,
        calendars_on=event.calendars_on,
        assumed=event.assumed,
    )


def _ended(case: Case, event: Any) -> Case:
    status, into = CaseStatus.CLOSED, ""
    if isinstance(event, Withdrawn):
        status = CaseStatus.WITHDRAWN
    elif isinstance(event, Merged):
        status, into = CaseStatus.MERGED, event.into
    return attrs.evolve(
        case,
        status=status,
        ended_at=event.at,
        end_cause=getattr(event, "reason", ""),
        merged_into=into,
        ask_effect_at=getattr(event, "ask_effect_at", None),
        retain_until=event.retain_until,
    )


def _first(before: datetime | None, at: datetime) -> datetime:
    """Return the earlier of two instants: what happened first may be recorded last."""
    return at if before is None else min(before, at)


def _stated(before: Private, after: Private) -> Private:
    changed = {
        field.name: value
        for field in attrs.fields(Private)
        if (value := getattr(after, field.name)) not in (None, ())
    }
    changed["facts"] = FrozenMapping({**before.facts, **after.facts})
    return attrs.evolve(before, **changed)
