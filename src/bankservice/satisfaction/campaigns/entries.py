"""
What the stream of a customer's contacts holds: events as decided, and the state they fold to.

The state holds no sealed part: codes that were answered are data, words are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.satisfaction.campaigns.asking import Asked, MayAskFacts
from bankservice.satisfaction.campaigns.commands import plain_readings
from bankservice.satisfaction.campaigns.outcomes import InvitationOutcome

__all__ = [
    "EVENTS",
    "Answered",
    "Contacts",
    "Ended",
    "Expired",
    "Invitation",
    "Invited",
    "OptedIn",
    "OptedOut",
    "Reached",
    "Refusing",
    "Reminded",
    "Volunteered",
    "evolve",
]

_Readings = FrozenMapping[str, Any]
_Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class Invited:
    """
    A customer was invited.

    Attributes:
        campaign: Id of the campaign, and of the invitation among the customer's.
        programme: Code of the programme.
        questionnaire: Id of the questionnaire.
        channel: By which channel.
        at: When.
        on: The day of that, in the plan's zone.
        expires_at: First instant at which it can no longer be answered.
        stratum: Code of the stratum it was drawn from.
        batch: Batch of the draw.
        about: What it is about, as codes.
        zone: Zone of the plan.
        version: Version of the plan it was decided under.
        facts: What it was decided from, as stated.
    """

    campaign: str
    programme: str = ""
    questionnaire: str
    channel: str
    at: datetime
    on: date
    expires_at: datetime
    stratum: str = ""
    batch: int = 0
    about: FrozenMapping[str, str] = FrozenMapping()
    zone: str
    version: _Ref
    facts: MayAskFacts | None = attrs.field(default=None, metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Reminded:
    """An invitation was repeated."""

    campaign: str
    channel: str
    at: datetime
    on: date
    version: _Ref


@attrs.frozen(kw_only=True)
class Reached:
    """Somebody was reached by an invitation, or was not."""

    campaign: str
    at: datetime
    contacted: bool = True


@attrs.frozen(kw_only=True)
class Answered:
    """
    An invitation was answered.

    Attributes:
        campaign: Which.
        at: When it was finished.
        outcome: `complete`, `partial` or `invalid`.
        readings: Question → what was answered, as codes.
        missing: Question → code of why there is no answer.
        metrics: What stands for `nps`, `csat`, `ces` and `solved`.
        flags: What is to be held against it.
        language: Language of the answers.
        channel: By which channel.
        mode: Who held the pen.
        opened_at: When it was begun.
        version: The version of the questionnaire.
        texts: What was said in words.
    """

    campaign: str
    at: datetime
    outcome: InvitationOutcome
    readings: _Readings = attrs.field(factory=_Readings, converter=plain_readings)
    missing: FrozenMapping[str, str] = FrozenMapping()
    metrics: FrozenMapping[str, int] = FrozenMapping()
    flags: tuple[str, ...] = ()
    language: str = ""
    channel: str = ""
    mode: str = ""
    opened_at: datetime | None = None
    version: _Ref = FrozenMapping()
    texts: FrozenMapping[str, str] = attrs.field(default=FrozenMapping(), metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Volunteered(Answered):
    """
    A customer answered without being drawn.

    Attributes:
        questionnaire: Id of the questionnaire.
        about: What it is about, as codes.
        zone: Zone of the plan.
    """

    questionnaire: str
    about: FrozenMapping[str, str] = FrozenMapping()
    zone: str


@attrs.frozen(kw_only=True)
class Ended:
    """An invitation ended otherwise than by an answer."""

    campaign: str
    at: datetime
    outcome: InvitationOutcome
    reason: str = ""
    note: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class OptedOut:
    """The customer wants no surveys by the channels that the words name."""

    words: tuple[str, ...]
    at: datetime
    version: _Ref


@attrs.frozen(kw_only=True)
class OptedIn:
    """The customer took refusals back."""

    words: tuple[str, ...]
    at: datetime
    version: _Ref


@attrs.frozen(kw_only=True)
class Expired:
    """The time of an invitation went by at an instant; a notice, from which nothing follows."""

    campaign: str
    at: datetime


EVENTS: Final = Events(
    {
        "invited": Invited,
        "reminded": Reminded,
        "reached": Reached,
        "answered": Answered,
        "volunteered": Volunteered,
        "ended": Ended,
        "opted-out": OptedOut,
        "opted-in": OptedIn,
        "expired": Expired,
    }
)


# -- state ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Invitation:
    """
    An invitation and what became of it.

    Attributes:
        invited: As it was made, without the facts.
        reminded: When it was repeated.
        reached: Tries to reach the customer, in the order told.
        answers: What was answered, without words; the later takes the place of the earlier.
        ended: How it ended otherwise.
        noted: Whether somebody was told that its time went by.
    """

    invited: Invited
    reminded: tuple[Reminded, ...] = ()
    reached: tuple[Reached, ...] = ()
    answers: tuple[Answered, ...] = ()
    ended: Ended | None = None
    noted: bool = False

    def last(self, by: datetime | None = None) -> Answered | Ended | None:
        """Return what ended it: of what happened up to an instant (up to any), the latest told."""
        told: tuple[Answered | Ended, ...] = self.answers
        if self.ended is not None:
            told = (*told, self.ended)
        known = [held for held in told if by is None or held.at <= by]
        return known[-1] if known else None

    def outcome(self, by: datetime) -> InvitationOutcome | None:
        """
        Return what became of it by an instant; None while it is open.

        One whose time went by expired; or nobody was contacted, where tries are known and none
        reached the customer.
        """
        last = self.last(by)
        if last is not None:
            return last.outcome
        if by < self.invited.expires_at:
            return None
        tries = [held for held in self.reached if held.at <= by]
        if tries and not any(held.contacted for held in tries):
            return InvitationOutcome.NOT_CONTACTED
        return InvitationOutcome.EXPIRED

    @property
    def asked(self) -> Asked:
        """The invitation as later decisions look at it."""
        held = self.invited
        return Asked(on=held.on, channel=held.channel, programme=held.programme)


@attrs.frozen(kw_only=True)
class Refusing:
    """A word by which a customer refuses, from an instant on, until (exclusive) it was taken back."""

    word: str
    at: datetime
    until: datetime | None = None

    def holds(self, by: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.at <= by and (self.until is None or by < self.until)


@attrs.frozen(kw_only=True)
class Contacts:
    """
    The state of the record.

    Attributes:
        invitations: By campaign, in the order they were told.
        volunteered: Answers without an invitation, by campaign.
        refusing: What the customer refused, taken back or not.
    """

    invitations: FrozenMapping[str, Invitation] = FrozenMapping()
    volunteered: FrozenMapping[str, Volunteered] = FrozenMapping()
    refusing: tuple[Refusing, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """The words of the refusals that stand."""
        return tuple(held.word for held in self.refusing if held.until is None)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every invitation, as later decisions look at it."""
        return tuple(held.asked for held in self.invitations.values())


def evolve(state: Contacts, event: Any) -> Contacts:
    """Return the state after an event; total over `EVENTS`."""
    match event:
        case Invited():
            held = Invitation(invited=attrs.evolve(event, facts=None))
            return _with(state, event.campaign, held)
        case Volunteered():
            told = {**state.volunteered, event.campaign: _mute(event)}
            return attrs.evolve(state, volunteered=FrozenMapping(told))
        case OptedOut():
            more = (Refusing(word=word, at=event.at) for word in event.words)
            return attrs.evolve(state, refusing=(*state.refusing, *more))
        case OptedIn():
            return attrs.evolve(state, refusing=_taken_back(state.refusing, event))
    if type(event) not in EVENTS.kinds.values():
        raise TypeError(f"{type(event).__name__} is no event of contacts")
    held = state.invitations[event.campaign]
    match event:
        case Reminded():
            held = attrs.evolve(held, reminded=(*held.reminded, event))
        case Reached():
            held = attrs.evolve(held, reached=(*held.reached, event))
        case Answered():
            held = attrs.evolve(held, answers=(*held.answers, _mute(event)))
        case Ended():
            held = attrs.evolve(held, ended=attrs.evolve(event, note=""))
        case Expired():
            held = attrs.evolve(held, noted=True)
    return _with(state, event.campaign, held)


def _mute(event: Any) -> Any:
    return attrs.evolve(event, texts=FrozenMapping())


def _with(state: Contacts, campaign: str, held: Invitation) -> Contacts:
    invitations: Mapping[str, Invitation] = {**state.invitations, campaign: held}
    return attrs.evolve(state, invitations=FrozenMapping(invitations))


def _taken_back(held: tuple[Refusing, ...], event: OptedIn) -> tuple[Refusing, ...]:
    return tuple(
        attrs.evolve(one, until=max(event.at, one.at))
        if one.until is None and one.word in event.words
        else one
        for one in held
    )
