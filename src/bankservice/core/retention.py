"""
Keeping long enough and no longer: retention by kind of record, and purge.

A record may be purged once its retention has ended, unless its subject is under a hold (see
`holds`). Purging deletes the entries of one stream for good and leaves a tombstone, which says how
long they had to be kept, why they went, and under whose names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import attrs

from bankservice.core.archive import PURGED, Archive
from bankservice.core.calendar import Period, aware, local_day
from bankservice.core.citation import Citation
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import RaceLostError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.holds import HOLD
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import Append, Entry, History, Stream
from bankservice.core.record import Refused

__all__ = [
    "PurgeRefusal",
    "Purgeable",
    "Purged",
    "Retention",
    "may_purge",
    "purge",
]


@attrs.frozen(kw_only=True)
class Retention:
    """
    How long records of one kind are kept.

    Attributes:
        kind: Kind of record, such as `segmentation.standing`.
        keep: How long after the day of the latest entry's business time. That day is not counted,
            and the last one is kept to its end.
        source: The rule that says so.
        zone: Decides on which day an instant falls.
    """

    kind: str
    keep: Period
    source: Citation
    zone: str = "UTC"

    def until(self, entries: Iterable[Entry]) -> date:
        """Return the first day on which a record with these entries is no longer retained."""
        latest = max(entry.effective_at for entry in entries)
        try:
            return self.keep.after(local_day(latest, self.zone)) + timedelta(days=1)
        except OverflowError:
            return date.max


class PurgeRefusal(Enum):
    """Why a record is not purged; the first that applies wins."""

    APPROVAL_MISSING = "approval-missing"
    APPROVER_IS_ACTOR = "approver-is-actor"
    HELD = "held"
    STILL_OPEN = "still-open"
    RETAINED = "retained"
    EMPTY = "empty"


@attrs.frozen
class Purgeable:
    """
    A record that may be purged.

    Attributes:
        through: The version it is at.
        count: How many entries would go.
        retained_until: The first day on which it was no longer retained.
    """

    through: int
    count: int
    retained_until: date


def may_purge(
    history: History,
    retention: Retention,
    holds: Iterable[str],
    on: date,
    *,
    matters: Iterable[str] = (),
) -> Purgeable | Refused:
    """
    Decide whether a record may be purged on a day.

    Args:
        history: The whole stream, without a snapshot.
        retention: How long records of its kind are kept.
        holds: Ids of the holds its subject is under.
        on: The day, in the zone of *retention*.
        matters: What still waits to be looked at, as `due` of its record says.

    Raises:
        ValueError: If *retention* is for another kind, or *history* is not whole.
    """
    if retention.kind != history.stream.kind or history.snapshot is not None:
        raise ValueError(
            f"{history.stream} was given the retention of {retention.kind!r}, or only in part; "
            "pass the retention of its kind and the whole history."
        )
    held, open_ = sorted(holds), sorted(matters)
    if held:
        return Refused(PurgeRefusal.HELD, FrozenMapping({"holds": ", ".join(held)}))
    if open_:
        return Refused(PurgeRefusal.STILL_OPEN, FrozenMapping({"matters": ", ".join(open_)}))
    entries = [entry for entry in history.entries if entry.kind != PURGED]
    if not entries:
        return Refused(PurgeRefusal.EMPTY)
    until = retention.until(entries)
    if on < until:
        return Refused(PurgeRefusal.RETAINED, FrozenMapping({"until": until}))
    return Purgeable(history.version, len(entries), until)


# -- purge -----------------------------------------------------------------------------------------


@attrs.frozen
class Purged:
    """
    A record that was purged.

    Attributes:
        stream: Which.
        version: Of its tombstone.
        count: How many entries went.
        replayed: Whether this command had purged it before.
    """

    stream: Stream
    version: int
    count: int
    replayed: bool = False


def purge(
    archive: Archive,
    stream: Stream,
    retention: Retention,
    *,
    command_id: str,
    reason: str,
    actor: str,
    approved_by: str,
    now: datetime,
    matters: Iterable[str] = (),
    attempts: int = 5,
) -> Purged | Refused:
    """
    Delete the entries of a record whose retention has ended, and leave a tombstone.

    The holds of the customer it is about are guarded: one that is placed meanwhile wins.

    Args:
        archive: Where the record is kept.
        stream: The record.
        retention: How long records of its kind are kept.
        command_id: The caller's id; the same again gives the first answer.
        reason: Why; stands in the tombstone for ever, so it must hold no personal data.
        actor: Who purges.
        approved_by: The second person.
        now: The present instant, aware.
        matters: What still waits to be looked at, as `due` of its record says.
        attempts: How often to decide again when other writers come first.

    Raises:
        RaceLostError: If other writers came first as often as was tried.
        ValueError: If *retention* is for another kind, or the record is one of holds, which stay.
    """
    if stream.kind == HOLD.kind:
        raise ValueError(
            f"{stream} is a record of holds, which shows why others were kept; it stays."
        )
    for person, what in ((actor, "actor"), (command_id, "command")):
        checked_id(person, what)
    if not approved_by:
        return Refused(PurgeRefusal.APPROVAL_MISSING)
    if checked_id(approved_by, "approver") == actor:
        return Refused(PurgeRefusal.APPROVER_IS_ACTOR)
    desk, waiting = Desk(HOLD, tenant=stream.tenant), tuple(matters)
    while True:
        attempts -= 1
        history = History(stream, archive.read(stream))
        owner = next((entry.owner for entry in history.entries), stream.key)
        hold = serve(desk.load((owner,)), archive)[owner]
        done = _done(history, command_id)
        if done is not None:
            return done
        on = local_day(aware(now), retention.zone)
        found = may_purge(history, retention, hold.state, on, matters=waiting)
        if isinstance(found, Refused):
            return found
        tombstone = Entry(
            stream=stream,
            version=found.through + 1,
            kind=PURGED,
            effective_at=now,
            recorded_at=now,
            actor=actor,
            approved_by=approved_by,
            command_id=command_id,
            data={
                "through": found.through,
                "count": found.count,
                "retained_until": str(found.retained_until),
                "reason": reason,
            },
        )
        try:
            archive.purge(
                Append(stream, found.through, (tombstone,)),
                guards=((desk.stream(owner), hold.version),),
            )
        except RaceLostError:
            if attempts <= 0:
                raise
        else:
            return Purged(stream, tombstone.version, found.count)


def _done(history: History, command_id: str) -> Purged | None:
    """Return what this command did before, if its tombstone is what the stream holds."""
    for entry in history.entries:
        if entry.kind == PURGED and entry.command_id == command_id:
            count: Any = entry.data["count"]
            return Purged(history.stream, entry.version, count, replayed=True)
    return None
