"""Deciding every entry of a journal again, for the tests of all records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from bankservice.core.driver import serve
from bankservice.core.journal import Entry, History, Journal, KeptVersion, Stream
from bankservice.core.office import Office
from bankservice.core.repetition import Repeated, Repetition, repeat
from bankservice.journals.memory import MemoryJournal

__all__ = ["DONE", "Changed", "again", "with_data"]

DONE = frozenset({Repetition.EQUAL, Repetition.NOT_DECIDED})
"""What becomes of an entry that nobody touched, facts and policies being there."""


class Changed(MemoryJournal):
    """A journal whose entries come back changed, or that lost the texts of policies."""

    def __init__(self) -> None:
        super().__init__()
        self.change: Callable[[Entry], Entry] = lambda entry: entry
        self.lost = False

    def read(self, stream: Stream, after: int = 0) -> tuple[Entry, ...]:
        """Return entries as they are changed."""
        return tuple(map(self.change, super().read(stream, after)))

    def read_many(self, streams: Iterable[Stream]) -> Mapping[Stream, History]:
        """Return histories with entries as they are changed."""
        found = super().read_many(streams)
        return {
            stream: attrs.evolve(held, entries=tuple(map(self.change, held.entries)))
            for stream, held in found.items()
        }

    def kept(self, tenant: str, policy: str, digest: str) -> KeptVersion | None:
        """Return a policy version, unless they were lost."""
        return None if self.lost else super().kept(tenant, policy, digest)


def again(office: Office[Any], journal: Journal | None = None) -> list[Repeated]:
    """
    Return what becomes of every entry of an office's record that is decided again.

    With another journal than its own the office does not read kept texts anew each time.
    """
    kind, held = office.desk.record.kind, office.journal if journal is None else journal
    entries = [fed.entry for fed in held.feed(limit=100_000)]
    return [
        serve(repeat(office.desk, entry.stream.key, entry.version, office.rebuilt), held)
        for entry in entries
        if entry.stream.kind == kind
    ]


def with_data(entry: Entry, path: str, value: Any) -> Entry:
    """Return an entry with one part of what it holds in the clear changed."""
    data: Any = _mutable(entry.data)
    *names, last = path.split("/")
    place = data
    for name in names:
        place = place[int(name) if isinstance(place, list) else name]
    place[int(last) if isinstance(place, list) else last] = value
    return attrs.evolve(entry, data=data)


def _mutable(held: Any) -> Any:
    if isinstance(held, Mapping):
        return {name: _mutable(part) for name, part in held.items()}
    return [_mutable(part) for part in held] if isinstance(held, (list, tuple)) else held
