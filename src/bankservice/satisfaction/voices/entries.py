"""
What the stream of a voice holds: events as decided, and the state they fold to.

What was said is sealed: under the customer's key where the customer is known, under the voice's own
otherwise. A voice has no score.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import attrs

from bankservice.core.clock import Clock
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.satisfaction.voices.commands import LinkKind, VoiceKind

__all__ = [
    "EVENTS",
    "Voice",
    "VoiceAnswered",
    "VoiceCoded",
    "VoiceLink",
    "VoiceLinked",
    "VoiceNoticed",
    "VoiceReceived",
    "evolve",
]

_Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class VoiceReceived:
    """
    A voice was received.

    Attributes:
        at: When.
        held_on: Day it was said.
        channel: Code of the feedback channel.
        kind: What it is.
        language: Language of the text.
        people: How many people said it.
        customer: Whose it is; nothing where that is not known.
        product: Code of the product kind; empty where it is about none.
        zone: Zone whose days count.
        known_on: Day whose knowledge of public holidays counts.
        clocks: The clock of the answer, where the policy has one.
        version: Version that holds for it.
        older: Every version the clock rests on.
        text: What was said.
    """

    at: datetime
    held_on: date
    channel: str
    kind: VoiceKind
    language: str
    people: int
    customer: str | None = None
    product: str = ""
    zone: str
    known_on: date
    clocks: tuple[Clock, ...] = ()
    version: _Ref
    older: tuple[_Ref, ...] = ()
    text: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class VoiceCoded:
    """It was said what a voice is about."""

    at: datetime
    themes: tuple[str, ...]
    product: str
    about: str
    version: _Ref


@attrs.frozen(kw_only=True)
class VoiceAnswered:
    """A voice was answered, in its own channel."""

    at: datetime
    channel: str
    clocks: tuple[Clock, ...]
    version: _Ref
    older: tuple[_Ref, ...] = ()
    customer: str | None = None
    text: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class VoiceLinked:
    """A voice led to something."""

    at: datetime
    kind: LinkKind
    to: str


@attrs.frozen(kw_only=True)
class VoiceNoticed:
    """A warning came true or the deadline was crossed, and who is told."""

    clock: str
    step: str
    key: str
    true_at: datetime
    to: tuple[str, ...] = ()
    version: _Ref


EVENTS: Final = Events(
    {
        "received": VoiceReceived,
        "coded": VoiceCoded,
        "answered": VoiceAnswered,
        "linked": VoiceLinked,
        "noticed": VoiceNoticed,
    }
)


@attrs.frozen
class VoiceLink:
    """
    What a voice led to.

    Attributes:
        kind: What that is.
        to: Its id.
    """

    kind: LinkKind
    to: str


@attrs.frozen(kw_only=True)
class Voice:
    """
    The state of the record.

    Attributes:
        received: How it was received, without what was said; None before that.
        themes: What it is about, as codes.
        product: Code of the product kind.
        about: Id of what it is about.
        answered_at: When it was answered, first.
        clocks: The clock of the answer.
        links: What it led to.
        noticed: Keys of what was noticed.
    """

    received: VoiceReceived | None = None
    themes: tuple[str, ...] = ()
    product: str = ""
    about: str = ""
    answered_at: datetime | None = None
    clocks: tuple[Clock, ...] = ()
    links: tuple[VoiceLink, ...] = ()
    noticed: tuple[str, ...] = ()


def evolve(state: Voice, event: Any) -> Voice:
    """Return the state after an event; total over `EVENTS`."""
    match event:
        case VoiceReceived():
            held = attrs.evolve(event, text="")
            return attrs.evolve(state, received=held, product=event.product, clocks=event.clocks)
        case VoiceCoded():
            return attrs.evolve(
                state, themes=event.themes, product=event.product, about=event.about
            )
        case VoiceAnswered():
            return attrs.evolve(state, answered_at=event.at, clocks=event.clocks)
        case VoiceLinked():
            return attrs.evolve(state, links=(*state.links, VoiceLink(event.kind, event.to)))
        case VoiceNoticed():
            return attrs.evolve(state, noticed=(*state.noticed, event.key))
    raise TypeError(f"{type(event).__name__} is no event of a voice")
