"""
Brings many records of one kind up to what a run tells, and keeps their states from day to day.

A desk answers one caller at a time and reads what it decides on. A run decides the same records
day after day: their states stay in memory, every decision is the record's own, and all that is
written of a part of the book is one commit. What a record knows already writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import attrs

from bankservice.core.calendar import in_utc
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import IntegrityError
from bankservice.core.journal import Append, Commit, Entry, Journal
from bankservice.core.plain import digest
from bankservice.core.policy import Version
from bankservice.core.record import Command, Refused

__all__ = ["Keeper", "Told"]

S = TypeVar("S")

ATTEMPTS: Final = 5
"""How often it is tried where other writers come first."""

KEPT: Final = 50_000
"""Records kept in memory from one day to the next; of a larger bank each day reads them anew."""


@attrs.define
class Told:
    """
    What became of commands.

    Attributes:
        entries: Entries written.
        events: Kind of event → how many.
        refused: The commands that were refused, and why.
    """

    entries: int = 0
    events: Counter[str] = attrs.field(factory=Counter)
    refused: list[tuple[Command, Refused]] = attrs.field(factory=list)


@attrs.frozen
class _Held(Generic[S]):
    state: S
    version: int


class Keeper(Generic[S]):
    """Keeps the records of one desk."""

    def __init__(self, desk: Desk[S], journal: Journal) -> None:
        """
        Start with nothing read.

        Args:
            desk: Whose records; one that follows no shared streams.
            journal: Where they are kept.
        """
        self._desk = desk
        self._journal = journal
        self._held: dict[str, _Held[S]] = {}

    def read(self, subjects: Iterable[str]) -> None:
        """Read the records of subjects that are not in memory."""
        wanted = tuple(subjects)
        lacking = tuple(one for one in wanted if one not in self._held)
        if len(self._held) + len(lacking) > KEPT:
            self._held.clear()
            lacking = wanted
        self._load(lacking)

    def _load(self, subjects: tuple[str, ...]) -> None:
        loaded = serve(self._desk.load(subjects), self._journal) if subjects else {}
        self._held |= {one: _Held(held.state, held.version) for one, held in loaded.items()}

    def state(self, subject: str) -> S:
        """Return the state of a record that was read."""
        return self._held[subject].state

    def version(self, subject: str) -> int:
        """Return how many entries a record that was read has."""
        return self._held[subject].version

    def keep(self, commands: Sequence[Command], now: datetime) -> Told:
        """
        Decide on commands, in order, and write what they lead to in one commit.

        Args:
            commands: Of records that were read.
            now: The present instant.

        Raises:
            RaceLostError: If other writers came first as often as it is tried.
        """
        subjects = tuple(dict.fromkeys(command.subject for command in commands))
        # Entries hold it in UTC: it is made so once, and not for each of them.
        now = in_utc(now)
        attempt = 0
        while True:
            attempt += 1
            work = _Work(self._desk, {one: self._held[one] for one in subjects}, now)
            for command in commands:
                work.decide(command)
            if not work.written:
                return work.told
            try:
                self._journal.commit(work.commit())
            except IntegrityError:
                if attempt >= ATTEMPTS:
                    raise
                self._load(subjects)
            else:
                self._held |= work.held
                return work.told


class _Work(Generic[S]):
    """Decides and gathers what is written."""

    def __init__(self, desk: Desk[S], known: dict[str, _Held[S]], now: datetime) -> None:
        self._desk = desk
        self._known = known
        self._now = now
        self._used: dict[Version[Any], None] = {}
        self.held = dict(known)
        self.written: dict[str, list[Entry]] = {}
        self.told = Told()

    def decide(self, command: Command) -> None:
        """Decide on one command."""
        record, subject = self._desk.record, command.subject
        held = self.held[subject]
        context = self._desk.context(command, self._now)
        decided = record.decide({subject: held.state}, command, context)
        if isinstance(decided, Refused):
            self.told.refused.append((command, decided))
            return
        events = decided.events.get(subject, ())
        if not events:
            return
        self._used.update(dict.fromkeys(decided.used))
        entries = self._desk.entries_for(subject, held.version, events, command, self._now)
        self.written.setdefault(subject, []).extend(entries)
        state = held.state
        for event in events:
            state = record.evolve(state, event)
        self.held[subject] = _Held(state, held.version + len(entries))
        self.told.entries += len(entries)
        self.told.events.update(entry.kind for entry in entries)

    def commit(self) -> Commit:
        """Return all that is written as one commit, under an id that follows from it."""
        desk, known = self._desk, self._known
        content = {
            "entries": digest(
                [
                    (one, entries[0].version, [entry.command_id for entry in entries])
                    for one, entries in self.written.items()
                ]
            )
        }
        result = {"records": len(self.written), "entries": self.told.entries}
        key = f"{desk.record.kind}:{content['entries'][:32]}"
        return Commit(
            appends=tuple(
                Append(desk.stream(one), known[one].version, tuple(entries))
                for one, entries in self.written.items()
            ),
            receipt=desk.receipt(key, content, result, self._now),
            agenda=tuple(
                change
                for one in self.written
                for change in desk.agenda(one, known[one].state, self.held[one].state)
            ),
            versions=desk.keep(self._used),
        )
