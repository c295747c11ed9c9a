"""
Points written in batches: one read, every row decided in memory, one commit for many.

What is refused stays refused: it leaves a receipt under the command's id, as a command given by
itself does, and is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from typing import Any, Final

import attrs

from bankservice.core.desk import Desk
from bankservice.core.errors import IntegrityError
from bankservice.core.journal import Append, Commit, Entry, Journal
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import Version
from bankservice.core.record import Command, Refused
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.instants import micros
from bankservice.loyalty.books.movements import Booked, booked
from bankservice.run.points_acts import Acts
from bankservice.run.points_rows import Movement

__all__ = ["Batch", "Book", "Held"]

ATTEMPTS: Final = 5


@attrs.define
class Held:
    """
    An account as far as it is known.

    Attributes:
        state: As all its entries leave it.
        entries: Every entry as the books see it, in order.
    """

    state: Account
    entries: list[Booked] = attrs.field(factory=list)

    @property
    def version(self) -> int:
        """Where its stream stands."""
        return self.entries[-1].place[0] if self.entries else 0


@attrs.define
class Batch:
    """
    What became of the rows of some customers.

    Attributes:
        held: Customer → account as it is now.
        entries: How many entries were written.
        told: Rows that were not done, or stand otherwise on record: (row, column, why).
        refused: Rows the record refused, with the code.
    """

    held: dict[str, Held]
    entries: int = 0
    told: list[tuple[Movement, str, Any]] = attrs.field(factory=list)
    refused: list[tuple[Movement, str]] = attrs.field(factory=list)


class Book:
    """Brings accounts up to what the extracts tell."""

    def __init__(self, desk: Desk[Account], journal: Journal) -> None:
        """
        Set up.

        Args:
            desk: The desk of the accounts.
            journal: Where the record is kept.
        """
        self._desk = desk
        self._journal = journal

    def load(self, subjects: Mapping[str, str]) -> dict[str, Held]:
        """Return customer → account, given customer → subject; every entry is read."""
        desk = self._desk
        streams = {who: desk.stream(subject) for who, subject in subjects.items()}
        found = self._journal.read_many(tuple(streams.values()))
        loaded, start = {}, desk.record.initial
        for who, stream in streams.items():
            history = found[stream]
            entries = history.entries
            if history.snapshot is not None:
                # A day of the past is told by its entries.
                entries = self._journal.read(stream)
            known = list(booked(entries))
            loaded[who] = Held(reduce(desk.record.evolve, (e.event for e in known), start), known)
        return loaded

    def keep(
        self,
        known: Mapping[str, Held],
        rows: Iterable[Movement],
        acts: Acts,
        until: datetime,
        now: datetime,
    ) -> Batch:
        """
        Bring the record up to what rows tell.

        Args:
            known: Customer → account, as it was loaded.
            rows: What the extracts tell of them, in the order of time.
            acts: What is done with a row.
            until: Up to where time is written down.
            now: The present instant.

        Raises:
            RaceLostError: If other writers came first as often as it is tried.
        """
        told = tuple(rows)
        attempt = 0
        while True:
            attempt += 1
            work = _Work(self._desk, known, now)
            before = self._refused(told, known, acts)
            for row in told:
                work.follow(row, acts, before)
            for customer in known:
                work.sweep(customer, acts, until)
            try:
                for commit in work.commits():
                    self._journal.commit(commit)
            except IntegrityError:
                if attempt >= ATTEMPTS:
                    raise
                known = self.load({who: acts.subject_of(who) for who in known})
            else:
                return work.batch

    def _refused(
        self, rows: tuple[Movement, ...], known: Mapping[str, Held], acts: Acts
    ) -> Mapping[str, str]:
        """Return id → code of the commands that were refused before."""
        ids = [
            acts.id_of(row) for row in rows if row.ref not in known[row.customer].state.purchases
        ]
        found = self._journal.receipts(self._desk.tenant, ids)
        codes = {key: str(receipt.result.get("refused") or "") for key, receipt in found.items()}
        return {key: code for key, code in codes.items() if code}


class _Work:
    """Decides on rows and gathers what is written."""

    def __init__(self, desk: Desk[Account], known: Mapping[str, Held], now: datetime) -> None:
        self._desk = desk
        self._known = known
        self._now = now
        self._used: dict[Version[Any], None] = {}
        self._written: dict[str, list[Entry]] = {}
        self._no: dict[str, tuple[Command, Refused]] = {}
        self.batch = Batch(
            {who: Held(held.state, list(held.entries)) for who, held in known.items()}
        )

    def follow(self, row: Movement, acts: Acts, before: Mapping[str, str]) -> None:
        """Decide on one row."""
        held = self.batch.held[row.customer]
        command = acts.command(row, held.state)
        if command is None:
            return
        if not isinstance(command, Command):
            self.batch.told.append((row, *command))
            return
        code = before.get(command.id)
        if code is None:
            decided = self._decide(row.customer, command)
            if decided is None:
                return
            code = str(decided.code.value)
            self._no[command.id] = (command, decided)
        self.batch.refused.append((row, code))

    def sweep(self, customer: str, acts: Acts, until: datetime) -> None:
        """Write down what time has made true of an account."""
        state = self.batch.held[customer].state
        if not state.customer:
            return
        if any(at <= until for at in self._desk.record.due(state).values()):
            self._decide(customer, acts.advance(customer, until))

    def _decide(self, customer: str, command: Command) -> Refused | None:
        record, held = self._desk.record, self.batch.held[customer]
        states = {command.subject: held.state}
        decided = record.decide(states, command, self._desk.context(command, self._now))
        if isinstance(decided, Refused):
            return decided
        self._used.update(dict.fromkeys(decided.used))
        events = decided.events.get(command.subject, ())
        if not events:
            return None
        version = held.version
        self._written.setdefault(customer, []).extend(
            self._desk.entries_for(command.subject, version, events, command, self._now)
        )
        recorded = micros(self._now)
        held.entries += (
            Booked((version + 1 + n, 0), recorded, event) for n, event in enumerate(events)
        )
        for event in events:
            held.state = record.evolve(held.state, event)
        return None

    def commits(self) -> Iterator[Commit]:
        """Yield what is written: all entries as one commit, then the receipt of each refusal."""
        self.batch.entries = sum(map(len, self._written.values()))
        if self._written:
            yield self._commit()
        for command, no in self._no.values():
            content = command.content(self._desk.record.name_of(command.body))
            result = {"refused": str(no.code.value), "facts": to_json(no.facts), "versions": {}}
            yield Commit(receipt=self._desk.receipt(command.id, content, result, self._now))

    def _commit(self) -> Commit:
        desk, known, held = self._desk, self._known, self.batch.held
        content = {
            "entries": digest(
                [
                    (written[0].stream.key, written[0].version, [one.command_id for one in written])
                    for written in self._written.values()
                ]
            )
        }
        result = {"accounts": len(self._written), "entries": self.batch.entries}
        return Commit(
            appends=tuple(
                Append(written[0].stream, known[who].version, tuple(written))
                for who, written in self._written.items()
            ),
            receipt=desk.receipt(f"points:{content['entries'][:32]}", content, result, self._now),
            agenda=tuple(
                change
                for who, written in self._written.items()
                for change in desk.agenda(written[0].stream.key, known[who].state, held[who].state)
            ),
            versions=desk.keep(self._used),
        )
