"""
What a desk asks for, and the short driver that answers from a journal.

A desk's methods are generators: they yield an ask and are sent the answer. An async driver would
be the same few lines with `await`, so nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeAlias, TypeVar

import attrs

from bankservice.core.errors import IntegrityError
from bankservice.core.journal import Commit, History, Journal, KeptVersion, Receipt, Stream

__all__ = ["Ask", "Asking", "Kept", "Read", "Receipts", "Write", "serve"]

R = TypeVar("R")


@attrs.frozen
class Read:
    """Ask for the histories of streams, whole or from their snapshots on."""

    streams: tuple[Stream, ...]
    whole: bool = False

    def answer(self, journal: Journal) -> Mapping[Stream, History]:
        """Read them."""
        if self.whole:
            return {stream: History(stream, journal.read(stream)) for stream in self.streams}
        return journal.read_many(self.streams)


@attrs.frozen
class Receipts:
    """Ask for receipts."""

    tenant: str
    ids: tuple[str, ...]

    def answer(self, journal: Journal) -> Mapping[str, Receipt]:
        """Look them up."""
        return journal.receipts(self.tenant, self.ids)


@attrs.frozen
class Kept:
    """Ask for a policy version as it was when first used."""

    tenant: str
    policy: str
    digest: str

    def answer(self, journal: Journal) -> KeptVersion | None:
        """Look it up."""
        return journal.kept(self.tenant, self.policy, self.digest)


@attrs.frozen
class Write:
    """Ask for a commit."""

    commit: Commit

    def answer(self, journal: Journal) -> None:
        """Write it."""
        journal.commit(self.commit)


Ask: TypeAlias = "Read | Receipts | Kept | Write"
Asking: TypeAlias = Generator[Ask, Any, R]


def serve(asking: Asking[R], journal: Journal) -> R:
    """Answer what a desk asks for from *journal* until it is done, and return its result."""
    try:
        ask = next(asking)
        while True:
            try:
                reply = ask.answer(journal)
            except IntegrityError as error:
                ask = asking.throw(error)
            else:
                ask = asking.send(reply)
    except StopIteration as done:
        result: R = done.value
        return result
