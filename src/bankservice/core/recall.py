"""
Asking again what a journal holds: its records as questions, page by page.

A page is a part of the feed, so a long journal is read in bounded memory and taken up again at the
position where it was left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar

import attrs

from bankservice.core.archive import PURGED
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import StoreError
from bankservice.core.journal import Fed, Journal
from bankservice.core.kept import Rebuild
from bankservice.core.policy import Version
from bankservice.core.trial import Question, Told, Trial, Unasked

__all__ = ["Page", "pages"]

F = TypeVar("F")


@attrs.frozen
class Page(Generic[F]):
    """
    Part of a book.

    Attributes:
        questions: What is asked, and what cannot be.
        position: Where in the feed the page ends; the next one begins after it.
    """

    questions: tuple[Question[F] | Unasked, ...]
    position: int


def pages(
    trial: Trial[F, Any, Any],
    desk: Desk[Any],
    journal: Journal,
    rebuild: Rebuild,
    *,
    on: date | None = None,
    policy: str = "",
    after: int = 0,
    limit: int = 500,
) -> Iterator[Page[F]]:
    """
    Yield the questions that the records of a journal give, in the order of its feed.

    Args:
        trial: What is asked again.
        desk: Desk of the record whose entries hold the facts.
        journal: The journal, or what was known of it.
        rebuild: Builds a policy version from its kept text.
        on: The day asked for, where the facts are those of a state; that of its last entry where
            left out.
        policy: Only what was decided under the policy of this id is asked again; empty for any.
        after: Position in the feed to begin after.
        limit: How many entries of the feed a page takes.

    Raises:
        ValueError: If no record holds the facts of the rule.
        StoreError: If facts are sealed and the journal was opened without the keys.
    """
    if trial.asked is None:
        raise ValueError(
            f"no record holds the facts of {trial.rule.id}; give them as a book of questions."
        )

    @cache
    def find(policy_id: str, digest: str) -> Version[Any] | None:
        kept = journal.kept(desk.tenant, policy_id, digest)
        return None if kept is None else rebuild(kept)

    while fed := journal.feed(after, limit=limit):
        after = fed[-1].position
        yield Page(tuple(_asked(trial, desk, journal, fed, on, policy, find)), after)


def _asked(
    trial: Trial[F, Any, Any],
    desk: Desk[Any],
    journal: Journal,
    fed: tuple[Fed, ...],
    on: date | None,
    policy: str,
    find: Callable[[str, str], Version[Any] | None],
) -> Iterator[Question[F] | Unasked]:
    assert trial.asked is not None, "a trial that asks nothing again has no pages"
    kind = desk.record.kind
    mine = [
        held.entry
        for held in fed
        if (held.entry.stream.tenant, held.entry.stream.kind) == (desk.tenant, kind)
    ]
    for entry in mine:
        if entry.kind == PURGED:
            yield Unasked(entry.stream.key, "purged", f"{kind}/{entry.stream.key}")
    # Every stream is taken with its first entry, once.
    subjects = [entry.stream.key for entry in mine if entry.version == 1 and entry.kind != PURGED]
    if not subjects:
        return
    loaded = serve(desk.load(subjects), journal)
    for subject in subjects:
        entries = journal.read(desk.stream(subject))
        locked = next((entry for entry in entries if entry.locked), None)
        if locked is not None:
            raise StoreError(
                f"{locked.stream}@{locked.version} is sealed, and this journal was opened without "
                "the keys; open it with them to have it asked again. It was not erased."
            )
        events = tuple(
            (entry.version, entry.erased, desk.record.events.decode(entry)) for entry in entries
        )
        yield from trial.asked(Told(subject, loaded[subject].state, events, on, policy, find))
