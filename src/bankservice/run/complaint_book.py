"""
Cases written in batches: one read, every step decided in memory, one commit.

What is done later with a case hangs on what was done before: an answer ends clocks that the receipt
began. So the steps are decided one after the other on the states as they become, and written
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from bankservice.complaints.cases.case import Case
from bankservice.core.desk import Desk, Loaded
from bankservice.core.driver import serve
from bankservice.core.errors import IntegrityError
from bankservice.core.journal import Append, Commit, Entry, Journal
from bankservice.core.plain import digest
from bankservice.core.policy import Version
from bankservice.core.record import Command, Refused
from bankservice.run.complaint_rows import Told

__all__ = ["Kept", "Step", "keep"]

Step = Callable[[Told, Case], Iterator[Command]]
"""Yields what is done next with a case, given its state."""

ATTEMPTS = 5


@attrs.define
class Kept:
    """
    What became of a batch.

    Attributes:
        states: The cases as they are now.
        entries: How many entries were written.
        refused: Case → code of the first refusal; what would have come after it was not done.
        differs: Cases whose record says otherwise than the extract, with (column, why).
    """

    states: dict[str, Case]
    entries: int = 0
    refused: dict[str, str] = attrs.field(factory=dict)
    differs: dict[str, tuple[tuple[str, Any], ...]] = attrs.field(factory=dict)


def keep(
    desk: Desk[Case],
    journal: Journal,
    told: Iterable[Told],
    steps: tuple[Step, ...],
    differs: Callable[[Told, Case], Iterable[tuple[str, Any]]],
    now: datetime,
) -> Kept:
    """
    Bring the record up to what the extracts tell.

    Args:
        desk: The desk of the cases.
        journal: Where the record is kept.
        told: The cases, each once.
        steps: What is done with a case, one after the other.
        differs: Tells where the record says otherwise; nothing is done with such a case.
        now: The present instant.

    Raises:
        RaceLostError: If other writers came first as often as it is tried.
    """
    by_case = {held.case: held for held in told}
    attempt = 0
    while True:
        attempt += 1
        loaded: Mapping[str, Loaded[Case]] = serve(desk.load(by_case), journal)
        work = _Work(desk, loaded, now)
        for case, held in by_case.items():
            work.follow(held, loaded[case], steps, differs)
        if not work.entries:
            return work.kept
        try:
            journal.commit(work.commit())
        except IntegrityError:
            if attempt >= ATTEMPTS:
                raise
        else:
            return work.kept


class _Work:
    """Decides on the cases of a batch and gathers what is written."""

    def __init__(self, desk: Desk[Case], loaded: Mapping[str, Loaded[Case]], now: datetime) -> None:
        self._desk = desk
        self._loaded = loaded
        self._now = now
        self._used: dict[Version[Any], None] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.kept = Kept({})

    def follow(
        self,
        told: Told,
        loaded: Loaded[Case],
        steps: tuple[Step, ...],
        differs: Callable[[Told, Case], Iterable[tuple[str, Any]]],
    ) -> None:
        """Decide on everything there is to do with one case."""
        record, state = self._desk.record, loaded.state
        other = () if not loaded.version else tuple(differs(told, state))
        self.kept.states[told.case] = state
        if other:
            self.kept.differs[told.case] = other
            return
        for step in steps:
            for command in step(told, state):
                context = self._desk.context(command, self._now)
                decided = record.decide({told.case: state}, command, context)
                if isinstance(decided, Refused):
                    self.kept.refused[told.case] = str(decided.code.value)
                    return
                self._used.update(dict.fromkeys(decided.used))
                events = decided.events.get(told.case, ())
                if events:
                    held = self.entries.setdefault(told.case, [])
                    version = loaded.version + len(held)
                    held.extend(
                        self._desk.entries_for(told.case, version, events, command, self._now)
                    )
                for event in events:
                    state = record.evolve(state, event)
                self.kept.states[told.case] = state

    def commit(self) -> Commit:
        """Return all of it as one commit."""
        desk, loaded, states = self._desk, self._loaded, self.kept.states
        self.kept.entries = sum(map(len, self.entries.values()))
        content = {
            "entries": digest(
                [
                    (case, held[0].version, [entry.command_id for entry in held])
                    for case, held in self.entries.items()
                ]
            )
        }
        result = {"cases": len(self.entries), "entries": self.kept.entries}
        receipt_id = f"complaints:{content['entries'][:32]}"
        return Commit(
            appends=tuple(
                Append(desk.stream(case), loaded[case].version, tuple(held))
                for case, held in self.entries.items()
            ),
            receipt=desk.receipt(receipt_id, content, result, self._now),
            agenda=tuple(
                change
                for case in self.entries
                for change in desk.agenda(case, loaded[case].state, states[case])
            ),
            versions=desk.keep(self._used),
            snapshots=tuple(
                snapshot
                for case, held in self.entries.items()
                for snapshot in desk.snapshots(
                    case, states[case], held[-1].version, loaded[case].snapshot
                )
            ),
        )
