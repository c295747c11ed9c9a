"""What people see of a customer's contacts at an instant, and when somebody must look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from bankservice.core.calendar import in_utc, instant
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.satisfaction.campaigns.entries import Answered, Contacts, Invitation
from bankservice.satisfaction.campaigns.outcomes import InvitationOutcome

__all__ = ["EXPIRY", "ContactsView", "InvitationView", "VolunteerView", "due", "view"]

EXPIRY: Final = "expiry:"
"""How keys of the agenda begin; the id of the campaign follows."""


@attrs.frozen(kw_only=True)
class InvitationView:
    """
    One invitation.

    Attributes:
        outcome: What became of it, one of the ten; None while it is open.
        open: Whether it may still be answered.
        programme: Code of the programme.
        questionnaire: Id of the questionnaire.
        channel: By which channel.
        invited_at: When.
        on: The day of that, in the plan's zone.
        expires_at: First instant at which it can no longer be answered.
        ended_at: When it ended; the instant its time went by where it expired.
        reached: Whether somebody was reached.
        reminded: How often it was repeated.
        reason: Code of why it ended.
        readings: Question → what was answered, as codes.
        missing: Question → code of why there is no answer.
        metrics: What stands for `nps`, `csat`, `ces` and `solved`.
        flags: What is to be held against the answer.
        language: Language of the answer.
        mode: Who held the pen.
        stratum: Code of the stratum it was drawn from.
        batch: Batch of the draw.
        about: What it is about, as codes.
    """

    outcome: InvitationOutcome | None
    open: bool
    programme: str = ""
    questionnaire: str
    channel: str
    invited_at: datetime
    on: date
    expires_at: datetime
    ended_at: datetime | None = None
    reached: bool = False
    reminded: int = 0
    reason: str = ""
    readings: FrozenMapping[str, Any] = FrozenMapping()
    missing: FrozenMapping[str, str] = FrozenMapping()
    metrics: FrozenMapping[str, int] = FrozenMapping()
    flags: tuple[str, ...] = ()
    language: str = ""
    mode: str = ""
    stratum: str = ""
    batch: int = 0
    about: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen(kw_only=True)
class VolunteerView:
    """
    One answer of somebody who was not drawn.

    Attributes:
        outcome: `complete`, `partial` or `invalid`.
        questionnaire: Id of the questionnaire.
        channel: By which channel; empty where that is not told.
        at: When.
        readings: Question → what was answered, as codes.
        missing: Question → code of why there is no answer.
        metrics: What stands for `nps`, `csat`, `ces` and `solved`.
        flags: What is to be held against it.
        language: Language of the answer.
        mode: Who held the pen.
        about: What it is about, as codes.
    """

    outcome: InvitationOutcome
    questionnaire: str
    channel: str = ""
    at: datetime
    readings: FrozenMapping[str, Any] = FrozenMapping()
    missing: FrozenMapping[str, str] = FrozenMapping()
    metrics: FrozenMapping[str, int] = FrozenMapping()
    flags: tuple[str, ...] = ()
    language: str = ""
    mode: str = ""
    about: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen(kw_only=True)
class ContactsView:
    """
    A customer's contacts with surveys.

    Attributes:
        invitations: By campaign.
        waiting: Campaigns whose invitation may still be answered, the most urgent first.
        volunteered: Answers without an invitation, by campaign; they stand for nobody else.
        opted_out: Channels by which the customer wants no survey.
    """

    invitations: FrozenMapping[str, InvitationView] = FrozenMapping()
    waiting: tuple[str, ...] = ()
    volunteered: FrozenMapping[str, VolunteerView] = FrozenMapping()
    opted_out: tuple[str, ...] = ()


def view(state: Contacts, as_of: datetime, policies: tuple[Policy[Any], ...]) -> ContactsView:
    """Return a customer's contacts as seen at *as_of*: what happened up to then."""
    by = in_utc(as_of)
    shown = {
        name: _shown(held, by) for name, held in state.invitations.items() if held.invited.at <= by
    }
    waiting = [name for name, held in shown.items() if held.open]
    return ContactsView(
        invitations=FrozenMapping(shown),
        waiting=tuple(sorted(waiting, key=lambda name: (shown[name].expires_at, name))),
        volunteered=FrozenMapping(
            {
                name: VolunteerView(
                    outcome=held.outcome,
                    questionnaire=held.questionnaire,
                    channel=held.channel,
                    at=instant(held.at, held.zone),
                    **_told(held),
                    about=held.about,
                )
                for name, held in state.volunteered.items()
                if held.at <= by
            }
        ),
        opted_out=tuple(dict.fromkeys(held.word for held in state.refusing if held.holds(by))),
    )


def _shown(held: Invitation, by: datetime) -> InvitationView:
    invited, last, outcome = held.invited, held.last(by), held.outcome(by)
    ended_at = None
    if outcome is not None:
        ended_at = instant(invited.expires_at if last is None else last.at, invited.zone)
    answered = last if isinstance(last, Answered) else None
    return InvitationView(
        outcome=outcome,
        # A sheet that was begun may be finished.
        open=by < invited.expires_at and outcome in (None, InvitationOutcome.PARTIAL),
        programme=invited.programme,
        questionnaire=invited.questionnaire,
        channel=invited.channel,
        invited_at=instant(invited.at, invited.zone),
        on=invited.on,
        expires_at=instant(invited.expires_at, invited.zone),
        ended_at=ended_at,
        reached=answered is not None or any(one.contacted for one in held.reached if one.at <= by),
        reminded=sum(one.at <= by for one in held.reminded),
        reason="" if last is None else getattr(last, "reason", ""),
        **({} if answered is None else _told(answered)),
        stratum=invited.stratum,
        batch=invited.batch,
        about=invited.about,
    )


def _told(held: Answered) -> dict[str, Any]:
    names = ("readings", "missing", "metrics", "flags", "language", "mode")
    return {name: getattr(held, name) for name in names}


def due(state: Contacts) -> Mapping[str, datetime]:
    """Return when the time of an invitation goes by, for each that is open."""
    return {
        f"{EXPIRY}{name}": held.invited.expires_at
        for name, held in state.invitations.items()
        if not held.noted and held.last() is None
    }
