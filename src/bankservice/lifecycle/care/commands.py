"""What is asked of a customer's treatments: commands as given."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.care.model import EVERYTHING, TreatmentOutcome, frozen_facts

__all__ = [
    "COMMANDS",
    "Agree",
    "Consider",
    "Deliver",
    "NoteExpiry",
    "Object",
    "RecordOutcome",
    "Withdraw",
]


@attrs.frozen(kw_only=True)
class Consider:
    """
    Consider a customer on a day: what is due becomes intents, once.

    Attributes:
        on: The day, in the policy's zone; that of the command where left out.
        customer: Facts by name, as in `TreatmentFacts`.
        stage_since: First day of the stage.
        ended: Whether the customer died or was exited by the bank; told by the reason of the stage
            where left out.
        refused: What the customer does not want beside what this record holds.
        consents: Purposes the customer agreed to; unknown where left out.
    """

    on: date | None = None
    customer: FrozenMapping[str, Any] = attrs.field(
        factory=FrozenMapping[str, Any], converter=frozen_facts
    )
    stage_since: date | UnknownType | None = None
    ended: bool | UnknownType | None = None
    refused: tuple[str, ...] | UnknownType = ()
    consents: tuple[str, ...] | UnknownType = UNKNOWN


@attrs.frozen(kw_only=True)
class Deliver:
    """
    Say that an intent was delivered.

    Attributes:
        intent: Its id.
        channel: By which channel.
        on: Day it was; that of the command where left out.
    """

    intent: str
    channel: str
    on: date | None = None


@attrs.frozen(kw_only=True)
class RecordOutcome:
    """
    Say what became of an intent; of several, the latest day's counts.

    Attributes:
        intent: Its id.
        outcome: What became of it.
        on: Day of that; that of the command where left out.
        note: What was said.
    """

    intent: str
    outcome: TreatmentOutcome
    on: date | None = None
    note: str = ""


@attrs.frozen(kw_only=True)
class Withdraw:
    """
    Take an intent back before it is delivered; it counts for nothing then.

    Attributes:
        intent: Its id.
        reason: Why.
        on: Day of that; that of the command where left out.
    """

    intent: str
    reason: str = ""
    on: date | None = None


@attrs.frozen(kw_only=True)
class _Wanting:
    """
    What a customer names.

    Attributes:
        kinds: Kinds of treatment, with what stands below them.
        channels: Channels, with what stands below them.
        all: Everything.
        on: Day it was said; that of the command where left out.
    """

    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    all: bool = False
    on: date | None = None

    def __attrs_post_init__(self) -> None:
        if not self.words:
            raise ValueError("nothing is named; pass `kinds`, `channels`, or `all = true`.")

    @property
    def words(self) -> tuple[str, ...]:
        """The codes named, and the word for everything."""
        return (*self.kinds, *self.channels, *((EVERYTHING,) if self.all else ()))


@attrs.frozen(kw_only=True)
class Object(_Wanting):
    """The customer does not want something; open intents against it are withdrawn."""


@attrs.frozen(kw_only=True)
class Agree(_Wanting):
    """The customer takes refusals back; `all` takes back every one."""


@attrs.frozen(kw_only=True)
class NoteExpiry:
    """Note that the days of an intent went by; it changes nothing but the agenda."""

    intent: str


COMMANDS: Final = {
    "consider": Consider,
    "deliver": Deliver,
    "record": RecordOutcome,
    "withdraw": Withdraw,
    "object": Object,
    "agree": Agree,
    "note_expiry": NoteExpiry,
}
"""Command names and their classes."""
