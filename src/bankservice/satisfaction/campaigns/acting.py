"""
What is done about an invitation: repeated, reached, answered, ended; and why that is refused.

Each gives the events it leads to, none where nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final

from bankservice.core.calendar import instant, local_day
from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.record import Refused
from bankservice.satisfaction.campaigns.asking import AskWhy
from bankservice.satisfaction.campaigns.commands import (
    Answer,
    End,
    NoteExpiry,
    OptIn,
    OptOut,
    Reach,
    Remind,
    Volunteer,
)
from bankservice.satisfaction.campaigns.entries import (
    Answered,
    Contacts,
    Ended,
    Expired,
    Invitation,
    OptedIn,
    OptedOut,
    Reached,
    Reminded,
    Volunteered,
)
from bankservice.satisfaction.campaigns.outcomes import AFTER, InvitationOutcome
from bankservice.satisfaction.campaigns.plan import EVERY_CHANNEL, SamplingPlan
from bankservice.satisfaction.campaigns.waiting import is_quiet

__all__ = [
    "BY_WHY",
    "ContactRefusal",
    "answer",
    "end",
    "note_expiry",
    "opt_in",
    "opt_out",
    "reach",
    "refusal",
    "remind",
    "volunteer",
]


class ContactRefusal(Enum):
    """Why a command on a customer's contacts is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_IN_FORCE = "not-in-force"
    QUOTA_FULL = "quota-full"
    ALREADY_INVITED = "already-invited"
    OPTED_OUT = "opted-out"
    COOLING_DOWN = "cooling-down"
    CHANNEL_COOLING_DOWN = "channel-cooling-down"
    PROGRAMME_COOLING_DOWN = "programme-cooling-down"
    MOST_A_YEAR = "most-a-year"
    CHANNEL_MOST_A_YEAR = "channel-most-a-year"
    RESERVED = "reserved"
    QUIET_HOURS = "quiet-hours"
    NOT_INVITED = "not-invited"
    BEFORE_INVITATION = "before-invitation"
    ALREADY_ENDED = "already-ended"
    OUT_OF_ORDER = "out-of-order"
    NO_REMINDER = "no-reminder"
    TOO_EARLY = "too-early"
    NOT_OPTED_OUT = "not-opted-out"
    NOT_EXPIRED = "not-expired"


BY_WHY: Final[Mapping[AskWhy, ContactRefusal]] = {
    why: ContactRefusal(why.value) for why in AskWhy if why is not AskWhy.UNKNOWN
}
"""Reason against an invitation → the refusal it leads to."""


def refusal(code: ContactRefusal, **told: object) -> Refused:
    """Return a refusal with what the reader needs to know."""
    facts = {
        name: str(instant(held)) if isinstance(held, datetime) else str(held)
        for name, held in told.items()
    }
    return Refused(code, FrozenMapping(facts))


def _invitation(state: Contacts, campaign: str, at: datetime) -> Invitation | Refused:
    """Return an invitation something is told of, or why nothing can be."""
    held: Invitation | None = state.invitations.get(campaign)
    if held is None:
        known = ", ".join(state.invitations)
        return refusal(ContactRefusal.NOT_INVITED, campaign=campaign, known=known)
    if at < held.invited.at:
        return refusal(ContactRefusal.BEFORE_INVITATION, at=at, invited_at=held.invited.at)
    return held


def _open(state: Contacts, campaign: str, at: datetime) -> Invitation | Refused:
    """Return an invitation that is open at an instant, or why it is not."""
    held = _invitation(state, campaign, at)
    if isinstance(held, Refused):
        return held
    last = held.last()
    outcome = held.outcome(at) if last is None else last.outcome
    return held if outcome is None else _ended(held, outcome)


def _ended(held: Invitation, outcome: InvitationOutcome) -> Refused:
    last = held.last()
    at = held.invited.expires_at if last is None else last.at
    return refusal(ContactRefusal.ALREADY_ENDED, outcome=outcome.value, at=at)


def _ends(
    state: Contacts, campaign: str, outcome: InvitationOutcome, at: datetime
) -> Invitation | Refused:
    """Return an invitation that may end in an outcome at an instant, or why it may not."""
    held = _invitation(state, campaign, at)
    if isinstance(held, Refused):
        return held
    last = held.last()
    if last is None:
        return _open(state, campaign, at)
    late = at >= held.invited.expires_at and outcome is not InvitationOutcome.INVALID
    if late or outcome not in AFTER[last.outcome]:
        return _ended(held, last.outcome)
    if at < last.at:
        return refusal(ContactRefusal.OUT_OF_ORDER, at=at, last_at=last.at)
    return held


def remind(
    state: Contacts, body: Remind, at: datetime, version: Version[SamplingPlan]
) -> Sequence[Any] | Refused:
    """Repeat an invitation that is open: not too soon, not too often, and not against a wish."""
    held, plan = _open(state, body.campaign, at), version.parameters
    if isinstance(held, Refused):
        return held
    channel = body.channel or held.invited.channel
    plan.check_channel(channel)
    if plan.refuses(state.refused, channel):
        words = ", ".join(state.refused)
        return refusal(ContactRefusal.OPTED_OUT, channel=channel, refused=words)
    if is_quiet(plan.quiet(channel), at, body.zone or plan.zone):
        return refusal(ContactRefusal.QUIET_HOURS, channel=channel, at=at)
    row, done = plan.table.contact.reminders, len(held.reminded)
    most = 0 if row is None else row.most
    if row is None or done >= most:
        return refusal(ContactRefusal.NO_REMINDER, reminded=done, most=most)
    on = local_day(at, plan.zone)
    last = max((one.on for one in held.reminded), default=held.invited.on)
    if on < row.after.after(last):
        return refusal(ContactRefusal.TOO_EARLY, on=on, from_on=row.after.after(last))
    ref = FrozenMapping(ref_json(version.ref))
    return (Reminded(campaign=body.campaign, channel=channel, at=at, on=on, version=ref),)


def reach(state: Contacts, body: Reach, at: datetime) -> Sequence[Any] | Refused:
    """Note whether somebody was reached."""
    held = _open(state, body.campaign, at)
    if isinstance(held, Refused):
        return held
    event = Reached(campaign=body.campaign, at=at, contacted=body.contacted)
    return () if event in held.reached else (event,)


def answer(state: Contacts, body: Answer, at: datetime) -> Sequence[Any] | Refused:
    """Note what was answered: once; what was begun may be finished while the invitation is open."""
    outcome = InvitationOutcome(body.status)
    held = _ends(state, body.campaign, outcome, at)
    if isinstance(held, Refused):
        return held
    if body.opened_at is not None and body.opened_at < held.invited.at:
        told = {"at": body.opened_at, "invited_at": held.invited.at}
        return refusal(ContactRefusal.BEFORE_INVITATION, **told)
    if body.opened_at is not None and body.opened_at > at:
        return refusal(ContactRefusal.OUT_OF_ORDER, at=at, last_at=body.opened_at)
    return (
        Answered(
            campaign=body.campaign,
            at=at,
            outcome=outcome,
            readings=body.readings,
            missing=body.missing,
            metrics=body.metrics,
            flags=body.flags,
            language=body.language,
            channel=body.channel or held.invited.channel,
            mode=body.mode,
            opened_at=body.opened_at,
            version=body.version,
            texts=body.texts,
        ),
    )


def volunteer(
    state: Contacts, body: Volunteer, at: datetime, plan: SamplingPlan
) -> Sequence[Any] | Refused:
    """Note what somebody answered who was not drawn: once for each campaign."""
    before = state.volunteered.get(body.campaign)
    if before is not None:
        told = {"outcome": before.outcome.value, "at": before.at}
        return refusal(ContactRefusal.ALREADY_ENDED, **told)
    if body.opened_at is not None and body.opened_at > at:
        return refusal(ContactRefusal.OUT_OF_ORDER, at=at, last_at=body.opened_at)
    return (
        Volunteered(
            campaign=body.campaign,
            questionnaire=body.questionnaire,
            at=at,
            outcome=InvitationOutcome(body.status),
            readings=body.readings,
            missing=body.missing,
            metrics=body.metrics,
            flags=body.flags,
            language=body.language,
            channel=body.channel,
            mode=body.mode,
            opened_at=body.opened_at,
            version=body.version,
            about=body.about,
            zone=plan.zone,
            texts=body.texts,
        ),
    )


def end(state: Contacts, body: End, at: datetime) -> Sequence[Any] | Refused:
    """Note how an invitation ended otherwise than by an answer."""
    outcome = InvitationOutcome(body.outcome)
    held = _ends(state, body.campaign, outcome, at)
    if isinstance(held, Refused):
        return held
    event = Ended(
        campaign=body.campaign, at=at, outcome=outcome, reason=body.reason, note=body.note
    )
    return (event,)


def opt_out(
    state: Contacts, body: OptOut, at: datetime, version: Version[SamplingPlan]
) -> Sequence[Any] | Refused:
    """Note that a customer wants no surveys, and end what is open against that."""
    plan, ref = version.parameters, FrozenMapping(ref_json(version.ref))
    for word in body.words:
        plan.check_channel(word, word=True)
    if body.campaign:
        held = _invitation(state, body.campaign, at)
        if isinstance(held, Refused):
            return held
    words = tuple(word for word in dict.fromkeys(body.words) if word not in state.refused)
    every = (*state.refused, *words)
    against = _against(state, body.campaign, every, at, plan)
    events: list[Any] = [OptedOut(words=words, at=at, version=ref)] if words else []
    return (*events, *against)


def _against(
    state: Contacts, campaign: str, words: Sequence[str], at: datetime, plan: SamplingPlan
) -> Iterator[Ended]:
    """Yield the end of every open invitation that words refuse, and of the one named."""
    for name, held in state.invitations.items():
        # An opt-out that is told late ends what was sent since.
        when = max(at, held.invited.at)
        wanted = name == campaign or plan.refuses(words, held.invited.channel)
        if wanted and held.last() is None and held.outcome(when) is None:
            yield Ended(campaign=name, at=when, outcome=InvitationOutcome.OPTED_OUT)


def opt_in(
    state: Contacts, body: OptIn, at: datetime, version: Version[SamplingPlan]
) -> Sequence[Any] | Refused:
    """Take refusals back: those named, or every one."""
    words = state.refused if EVERY_CHANNEL in body.words else tuple(dict.fromkeys(body.words))
    missing = [word for word in words if word not in state.refused]
    if missing or not words:
        named, standing = ", ".join(missing or body.words), ", ".join(state.refused)
        return refusal(ContactRefusal.NOT_OPTED_OUT, words=named, refused=standing)
    return (OptedIn(words=words, at=at, version=FrozenMapping(ref_json(version.ref))),)


def note_expiry(state: Contacts, body: NoteExpiry, now: datetime) -> Sequence[Any] | Refused:
    """Note that the time of an invitation went by, dated on the instant it did."""
    held: Invitation | None = state.invitations.get(body.campaign)
    if held is None:
        known = ", ".join(state.invitations)
        return refusal(ContactRefusal.NOT_INVITED, campaign=body.campaign, known=known)
    until = held.invited.expires_at
    if held.noted or held.last() is not None:
        return ()
    if now < until:
        return refusal(ContactRefusal.NOT_EXPIRED, campaign=body.campaign, expires_at=until)
    return (Expired(campaign=body.campaign, at=until),)
