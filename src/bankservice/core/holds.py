"""
Legal hold: a subject whose records must stay, whatever their retention says.

Holds are a record of their own, one stream for each subject, so it says who placed a hold, who
released it and who approved that. `retention` asks it before anything is purged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import attrs

from bankservice.core.answer import Answer
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import Journal
from bankservice.core.record import Accepted, Command, Context, Events, Record, Refused

__all__ = [
    "HOLD",
    "HoldPlaced",
    "HoldRefusal",
    "HoldReleased",
    "Holds",
    "PlaceHold",
    "ReleaseHold",
]


@attrs.frozen(kw_only=True)
class PlaceHold:
    """
    Keep all records of a subject, whatever their retention says.

    Attributes:
        hold: Id of the hold, such as that of the court case; a subject may be under several.
        reason: Why.
    """

    hold: str
    reason: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.hold, "hold")


@attrs.frozen(kw_only=True)
class ReleaseHold:
    """End a hold; a second person approves."""

    hold: str
    reason: str

    def __attrs_post_init__(self) -> None:
        checked_id(self.hold, "hold")


@attrs.frozen(kw_only=True)
class HoldPlaced:
    """A hold began."""

    hold: str
    reason: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class HoldReleased:
    """A hold ended."""

    hold: str
    reason: str = attrs.field(default="", metadata={"sealed": True})


class HoldRefusal(Enum):
    """Why a command on holds is refused; the first that applies wins."""

    APPROVAL_MISSING = "approval-missing"
    APPROVER_IS_ACTOR = "approver-is-actor"
    ALREADY_HELD = "already-held"
    NOT_HELD = "not-held"


def _decide(
    states: Mapping[str, tuple[str, ...]], command: Command, context: Context
) -> Accepted | Refused:
    body, held = command.body, states[command.subject]
    release = isinstance(body, ReleaseHold)
    if release and not context.approved_by:
        return Refused(HoldRefusal.APPROVAL_MISSING)
    if context.approved_by == context.actor:
        return Refused(HoldRefusal.APPROVER_IS_ACTOR)
    if release != (body.hold in held):
        code = HoldRefusal.NOT_HELD if release else HoldRefusal.ALREADY_HELD
        return Refused(code, FrozenMapping({"hold": body.hold}))
    event = HoldReleased if release else HoldPlaced
    return Accepted({command.subject: (event(hold=body.hold, reason=body.reason),)})


def _evolve(held: tuple[str, ...], event: HoldPlaced | HoldReleased) -> tuple[str, ...]:
    rest = tuple(hold for hold in held if hold != event.hold)
    return (*rest, event.hold) if isinstance(event, HoldPlaced) else rest


HOLD: Record[tuple[str, ...]] = Record(
    kind="retention.hold",
    initial=(),
    commands={"place": PlaceHold, "release": ReleaseHold},
    events=Events({"placed": HoldPlaced, "released": HoldReleased}),
    decide=_decide,
    evolve=_evolve,
    view=lambda held, as_of, policies: held,
    due=lambda held: {},
    refusals=HoldRefusal,
)
"""The holds a subject is under. One stream for each subject; its state is their ids."""


class Holds:
    """
    Place and release holds, and look: a thin face over the desk of `HOLD`.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> holds = Holds(MemoryJournal(), now=lambda: pendulum.datetime(2026, 3, 2))
        >>> holds.place(
        ...     "h-1", "customer-7", hold="case-12", reason="subpoena", actor="legal-1"
        ... ).accepted
        True
        >>> holds.on("customer-7")
        ('case-12',)
        >>> holds.release(
        ...     "h-2", "customer-7", hold="case-12", reason="closed", actor="legal-1"
        ... ).refused
        'approval-missing'
    """

    def __init__(
        self, journal: Journal, *, now: Callable[[], datetime], tenant: str = "default"
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            now: Gives the present instant, aware.
            tenant: Legal entity the subjects belong to.
        """
        self._journal = journal
        self._now = now
        self.desk: Desk[tuple[str, ...]] = Desk(HOLD, tenant=tenant)

    def place(
        self,
        command_id: str,
        subject: str,
        *,
        hold: str,
        reason: str,
        actor: str,
        approved_by: str = "",
    ) -> Answer:
        """Place a hold on a subject; refusals are `HoldRefusal`s."""
        body = PlaceHold(hold=hold, reason=reason)
        return self._give(command_id, subject, body, actor, approved_by)

    def release(
        self,
        command_id: str,
        subject: str,
        *,
        hold: str,
        reason: str,
        actor: str,
        approved_by: str = "",
    ) -> Answer:
        """Release a hold; *approved_by* is a second person. Refusals are `HoldRefusal`s."""
        body = ReleaseHold(hold=hold, reason=reason)
        return self._give(command_id, subject, body, actor, approved_by)

    def _give(
        self, command_id: str, subject: str, body: Any, actor: str, approved_by: str
    ) -> Answer:
        command = Command(
            id=command_id, subject=subject, body=body, actor=actor, approved_by=approved_by
        )
        return serve(self.desk.handle(command, self._now()), self._journal)

    def on(self, subject: str) -> tuple[str, ...]:
        """Return the ids of the holds a subject is under, the oldest first."""
        found: tuple[str, ...] = serve(self.desk.view(subject, self._now()), self._journal)
        return found
