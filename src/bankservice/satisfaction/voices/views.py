"""What people see of a voice at an instant, and when somebody must look again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs
import pendulum

from bankservice.core.calendar import in_utc, instant
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.satisfaction.follow_up import timing
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP
from bankservice.satisfaction.follow_up.views import PromiseView, promise_views
from bankservice.satisfaction.voices.entries import Voice, VoiceLink

__all__ = [
    "VoiceView",
    "due",
    "view",
]


@attrs.frozen(kw_only=True)
class VoiceView:
    """
    A voice as seen at an instant.

    Attributes:
        channel: Code of the feedback channel; empty before it was received.
        kind: What it is.
        received_at: When it was received.
        held_on: Day it was said.
        language: Language of the text.
        people: How many people said it.
        customer: Whose it is; nothing where that is not known.
        themes: What it is about, as codes.
        product: Code of the product kind.
        about: Id of what it is about.
        clocks: `answer`, where the policy has that clock.
        answered_at: When it was answered.
        links: What it led to.
    """

    channel: str = ""
    kind: str = ""
    received_at: pendulum.DateTime | None = None
    held_on: date | None = None
    language: str = ""
    people: int = 0
    customer: str | None = None
    themes: tuple[str, ...] = ()
    product: str = ""
    about: str = ""
    clocks: FrozenMapping[str, PromiseView] = FrozenMapping()
    answered_at: pendulum.DateTime | None = None
    links: tuple[VoiceLink, ...] = ()


def view(state: Voice, as_of: datetime, policies: tuple[Policy[Any], ...]) -> VoiceView:
    """Return a voice as seen at *as_of*: verdicts and warnings follow from it."""
    held, at = state.received, in_utc(as_of)
    if held is None or held.at > at:
        return VoiceView()
    policy = next(one for one in policies if one.kind.name == FOLLOW_UP.name)
    version = timing.version_held(policy, held.version) or policy.versions[-1]
    answered = None if state.answered_at is None else instant(state.answered_at, held.zone)
    return VoiceView(
        channel=held.channel,
        kind=held.kind,
        received_at=instant(held.at, held.zone),
        held_on=held.held_on,
        language=held.language,
        people=held.people,
        customer=held.customer,
        themes=state.themes,
        product=state.product,
        about=state.about,
        clocks=promise_views(state.clocks, version.parameters, at, held.zone),
        answered_at=answered,
        links=state.links,
    )


def due(state: Voice) -> Mapping[str, datetime]:
    """Return every step of the clock that was not noticed, and the first instant it is true."""
    return {
        key: first
        for clock in state.clocks
        for key, _, first, _ in timing.steps(clock)
        if key not in state.noticed
    }
