"""
What the stream of a customer's follow-ups holds: events as decided.

What the customer answered and wrote is sealed; the classes of answers, the triggers and the themes
are codes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import attrs

from bankservice.core.clock import Clock
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Events
from bankservice.satisfaction.follow_up.commands import TriedWith
from bankservice.satisfaction.follow_up.model import FollowUpFacts, FollowUpState

__all__ = [
    "EVENTS",
    "FollowUpAcknowledged",
    "FollowUpAgreed",
    "FollowUpAssigned",
    "FollowUpAttached",
    "FollowUpAttempted",
    "FollowUpClosed",
    "FollowUpConfirmed",
    "FollowUpContacted",
    "FollowUpEnded",
    "FollowUpNoticed",
    "FollowUpOpened",
    "FollowUpResolved",
    "FollowUpScored",
    "FollowUpThemed",
    "Trigger",
]

_Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class Trigger:
    """
    An answer that is followed up.

    Attributes:
        answer: Its id.
        at: When it was given.
        codes: Codes of the triggers that held.
        priority: The most urgent among them.
        team: The department that follows up.
        levels: Question → class of the answer.
        campaign: Id of the campaign it came from.
        rated: Id of the person it is about.
        may_name: Whether that person may be told who said it.
    """

    answer: str
    at: datetime
    codes: tuple[str, ...]
    priority: int
    team: str
    levels: FrozenMapping[str, str] = FrozenMapping()
    campaign: str = ""
    rated: str = ""
    may_name: bool = False


@attrs.frozen(kw_only=True)
class FollowUpOpened:
    """
    A case was opened.

    Attributes:
        case: Its id, among the customer's.
        trigger: The answer that opened it.
        on: Local day of that.
        until: First day on which later answers do not join it.
        zone: Zone whose days count.
        known_on: Day whose knowledge of public holidays counts.
        clocks: Its clocks.
        version: Version it was decided under, which holds for the life of the case.
        older: Every version the clocks rest on.
        facts: What it was decided from.
        text: What the customer wrote.
    """

    case: str
    trigger: Trigger
    on: date
    until: date
    zone: str
    known_on: date
    clocks: tuple[Clock, ...]
    version: _Ref
    older: tuple[_Ref, ...] = ()
    facts: FollowUpFacts | None = attrs.field(default=None, metadata={"sealed": True})
    text: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class FollowUpAttached:
    """
    An open case took another answer in.

    Attributes:
        case: The case.
        trigger: The answer.
        on: Local day of the case's first answer, of which this may be a new one.
        until: First day on which later answers do not join it.
        owner_removed: Whether the owner was taken off, being the person the answer is about.
        clocks: The clocks, where an earlier answer moved their start.
        version: Version by which the answer is followed up.
        older: Every version that entered.
        facts: What it was decided from.
        text: What the customer wrote.
    """

    case: str
    trigger: Trigger
    on: date
    until: date
    owner_removed: bool = False
    clocks: tuple[Clock, ...] = ()
    version: _Ref
    older: tuple[_Ref, ...] = ()
    facts: FollowUpFacts | None = attrs.field(default=None, metadata={"sealed": True})
    text: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class FollowUpAssigned:
    """Somebody follows up."""

    case: str
    owner: str
    at: datetime


@attrs.frozen(kw_only=True)
class _Timed:
    """
    Something that may end a clock.

    Attributes:
        case: The case.
        at: When it happened.
        clocks: The clocks after it.
        version: Version of the case.
        older: Every version the clocks rest on.
    """

    case: str
    at: datetime
    clocks: tuple[Clock, ...] = ()
    version: _Ref
    older: tuple[_Ref, ...] = ()


@attrs.frozen(kw_only=True)
class FollowUpAcknowledged(_Timed):
    """The customer was told that the answer was heard."""


@attrs.frozen(kw_only=True)
class FollowUpAttempted:
    """The customer was tried and not reached."""

    case: str
    at: datetime
    channel: str
    outcome: TriedWith
    version: _Ref


@attrs.frozen(kw_only=True)
class FollowUpContacted(_Timed):
    """Somebody talked with the customer."""

    channel: str
    note: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class FollowUpAgreed:
    """An action was agreed with the customer."""

    case: str
    at: datetime
    due_on: date | None = None
    action: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class FollowUpResolved(_Timed):
    """What was agreed is done."""

    note: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class FollowUpConfirmed(_Timed):
    """The customer said whether it is resolved."""

    resolved: bool


@attrs.frozen(kw_only=True)
class FollowUpClosed:
    """The case was closed, by the customer's word or after the time to give it."""

    case: str
    at: datetime
    confirmed: bool


@attrs.frozen(kw_only=True)
class FollowUpEnded(_Timed):
    """
    The case ended otherwise.

    Attributes:
        state: How.
        into: The case or complaint that looks after it now.
        received_at: The first instant, which a complaint counts from.
        reason: Why, in words.
    """

    state: FollowUpState
    into: str = ""
    received_at: datetime | None = None
    reason: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class FollowUpThemed:
    """What lies behind it."""

    case: str
    at: datetime
    themes: tuple[str, ...]
    version: _Ref


@attrs.frozen(kw_only=True)
class FollowUpScored:
    """The customer was asked again; the classes of the answers."""

    case: str
    at: datetime
    levels: FrozenMapping[str, str]
    version: _Ref
    answers: FrozenMapping[str, int] = attrs.field(
        default=FrozenMapping[str, int](), metadata={"sealed": True}
    )
    scales: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen(kw_only=True)
class FollowUpNoticed:
    """A warning came true or a deadline was crossed, and who is told."""

    case: str
    clock: str
    step: str
    key: str
    true_at: datetime
    to: tuple[str, ...] = ()
    version: _Ref


EVENTS: Final = Events(
    {
        "opened": FollowUpOpened,
        "attached": FollowUpAttached,
        "assigned": FollowUpAssigned,
        "acknowledged": FollowUpAcknowledged,
        "attempted": FollowUpAttempted,
        "contacted": FollowUpContacted,
        "agreed": FollowUpAgreed,
        "resolved": FollowUpResolved,
        "confirmed": FollowUpConfirmed,
        "closed": FollowUpClosed,
        "ended": FollowUpEnded,
        "themed": FollowUpThemed,
        "scored": FollowUpScored,
        "noticed": FollowUpNoticed,
    }
)
