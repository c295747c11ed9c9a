"""Deciding again, for tests: every entry of a journal, of case tables, and entries that lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from repeating import DONE, again

from bankservice import policies
from bankservice.core.desk import Desk
from bankservice.core.journal import Entry, Fed, History, Journal, KeptVersion, Stream
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Record
from bankservice.journals.memory import MemoryJournal
from bankservice.testing import cases

__all__ = ["Altered", "counted", "lying", "of_tables", "office_of"]


class Altered(MemoryJournal):
    """A journal read through a change of its entries, perhaps without the policies it kept."""

    def __init__(
        self,
        journal: Journal,
        change: Callable[[Entry], Entry] = lambda entry: entry,
        *,
        lost: bool = False,
    ) -> None:
        """Look at *journal*; *lost* where no text of a policy is to be found."""
        super().__init__()
        self.within, self.change, self.lost = journal, change, lost

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return the entries, changed."""
        return tuple(map(self.change, self.within.read(stream, after)))

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return whole histories, changed."""
        return {stream: History(stream, self.read(stream)) for stream in streams}

    def feed(
        self, after: int = 0, *, limit: int, part: tuple[int, int] = (0, 1)
    ) -> tuple[Fed, ...]:
        """Return the feed, changed."""
        fed = self.within.feed(after, limit=limit, part=part)
        return tuple(attrs.evolve(held, entry=self.change(held.entry)) for held in fed)

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a version as it was kept, if it is not lost."""
        return None if self.lost else self.within.kept(tenant, policy, digest)


def lying(version: int, **more: Any) -> Callable[[Entry], Entry]:
    """Return what changes the content of the entries of a version."""

    def change(entry: Entry) -> Entry:
        if entry.version != version:
            return entry
        return attrs.evolve(entry, data={**entry.data, **more})

    return change


def office_of(record: Record[Any], held: Iterable[Policy[Any]], journal: Journal) -> Office[Any]:
    """Return an office of a record over a journal, with these policies at hand."""
    own = tuple(held)
    shelf = policies.shelf().with_policies(own)
    now = datetime(2030, 1, 1, tzinfo=UTC)
    return Office(Desk(record, own), journal, now=lambda: now, shelf=shelf)


def counted(at: Office[Any]) -> Counter[tuple[str, str]]:
    """
    Return (event, outcome) → how many of the entries, none of which may differ from what it was.
    """
    found = again(at)
    wrong = [held for held in found if held.outcome not in DONE]

    assert [] == wrong
    return Counter((held.event, held.outcome.value) for held in found)


def of_tables(
    folder: Path, record: Record[Any], monkeypatch: pytest.MonkeyPatch
) -> Counter[tuple[str, str]]:
    """Return the same over all scenarios of a record among the case tables of a folder."""
    journals: list[MemoryJournal] = []

    class Kept(MemoryJournal):
        def __init__(self) -> None:
            super().__init__()
            journals.append(self)

    monkeypatch.setattr(cases, "MemoryJournal", Kept)
    named = f'record = "{record.kind}"'
    tables = [path for path in cases.tables([folder]) if named in path.read_text("utf-8")]
    found = Counter[tuple[str, str]]()
    for case in cases.collect(*tables):
        case.run()
        found += counted(office_of(record, case.held, journals[-1]))
    return found
