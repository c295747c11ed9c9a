"""
What must hold in a journal whatever happened to it: every promise that can be seen from outside.

Each check looks at the journal through its port only, and says what is wrong in words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import reduce
from typing import Any, Final

import attrs
from fault_ledger import ACCOUNT, DESK, FAR, START, TENANT, Order, due_days, give

from bankservice.core.errors import CommandConflictError
from bankservice.core.journal import Entry, Fed, Journal, Receipt, Stream

__all__ = ["Book", "violations", "whole_feed"]

PAGE: Final = 500
LATE: Final = START + timedelta(days=500)


@attrs.define
class Book:
    """
    What was ordered and what was answered, as the outside world knows it.

    Attributes:
        ordered: Every order that was ever given to a writer.
        answers: The first answer to each order that was acknowledged.
        wrong: What was seen to be wrong while answers came in.
    """

    ordered: dict[str, Order] = attrs.field(factory=dict)
    answers: dict[str, Any] = attrs.field(factory=dict)
    wrong: list[str] = attrs.field(factory=list)

    def acknowledge(self, order_id: str, answer: Any) -> None:
        """Note an answer; a second one must be equal to the first."""
        first = self.answers.setdefault(order_id, answer)
        if first != answer:
            self.wrong.append(f"{order_id} was answered {first} and then {answer}")


def whole_feed(journal: Journal) -> list[Fed]:
    """Read the feed from its beginning to its end."""
    found: list[Fed] = []
    while page := journal.feed(found[-1].position if found else 0, limit=PAGE):
        found.extend(page)
    return found


def violations(journal: Journal, book: Book, *, again: tuple[str, ...] = ()) -> list[str]:
    """
    Return what is wrong with a journal nobody writes to; nothing if all is well.

    Args:
        journal: Read through its port.
        book: What was ordered and answered.
        again: Acknowledged orders to give once more; that must change nothing.
    """
    fed = whole_feed(journal)
    streams: dict[Stream, list[Entry]] = defaultdict(list)
    for each in fed:
        streams[each.entry.stream].append(each.entry)
    ids = tuple(book.ordered)
    receipts: dict[str, Receipt] = {}
    for start in range(0, len(ids), PAGE):
        receipts.update(journal.receipts(TENANT, ids[start : start + PAGE]))
    return [
        *book.wrong,
        *_feed(fed, streams),
        *_streams(journal, streams),
        *_receipts(book, streams, receipts),
        *_agenda(journal, streams),
        *_again(journal, book, again, len(fed)),
    ]


def _feed(fed: list[Fed], streams: Mapping[Stream, list[Entry]]) -> Iterator[str]:
    """The feed has one order and keeps that of each stream; versions are 1, 2, 3, …."""
    positions = [each.position for each in fed]
    if positions != sorted(set(positions)):
        yield "the positions of the feed do not rise"
    for stream, entries in streams.items():
        versions = [entry.version for entry in entries]
        if versions != list(range(1, len(entries) + 1)):
            yield f"the feed gives {stream} in versions {versions}"


def _streams(journal: Journal, streams: Mapping[Stream, list[Entry]]) -> Iterator[str]:
    """A stream reads as the feed gives it, and from a snapshot it leads to the same state."""
    histories = journal.read_many(streams)
    for stream, entries in streams.items():
        if list(journal.read(stream)) != entries:
            yield f"{stream} does not read as the feed gives it"
        history = histories[stream]
        if history.version != len(entries):
            yield f"{stream} is read at version {history.version}, has {len(entries)} entries"
        if stream.kind == ACCOUNT.kind and _folded(entries) != reduce(
            ACCOUNT.evolve,
            map(ACCOUNT.events.decode, history.entries),
            ACCOUNT.thaw(history.snapshot),
        ):
            yield f"the snapshot of {stream} leads to another state"
    totals = [_folded(e).total for s, e in streams.items() if s.kind == ACCOUNT.kind]
    if min(totals, default=0) < 0:
        yield f"an account was overdrawn by decisions on an older state: {totals}"


def _folded(entries: list[Entry]) -> Any:
    return reduce(ACCOUNT.evolve, map(ACCOUNT.events.decode, entries), ACCOUNT.initial)


def _receipts(
    book: Book, streams: Mapping[Stream, list[Entry]], receipts: Mapping[str, Receipt]
) -> Iterator[str]:
    """What was acknowledged is there, and whatever is there is there whole, with its receipt."""
    found: dict[str, Counter[tuple[str, Stream]]] = defaultdict(Counter)
    for stream, entries in streams.items():
        for entry in entries:
            found[entry.command_id][entry.command_id, stream] += 1
    last = {(e.command_id, str(s)): e.version for s, entries in streams.items() for e in entries}
    for missing in book.answers.keys() - receipts.keys():
        yield f"{missing} was acknowledged and has no receipt"
    known = set[str]()
    for order_id, order in book.ordered.items():
        wanted, receipt = order.writes, receipts.get(order_id)
        ids = {order_id, *(command.id for command in order.commands)}
        known |= ids
        written = sum((found[each] for each in ids if each in found), Counter[tuple[str, Stream]]())
        if receipt is None:
            if written:
                yield f"{order_id} has no receipt, and left {dict(written)}"
            continue
        result: Any = receipt.result
        if order_id in book.answers and any(
            result.get(name) != said for name, said in book.answers[order_id].items()
        ):
            yield f"{order_id} was answered {book.answers[order_id]}, its receipt says {result}"
        refused = result.get("refused") or ()
        dropped = ids if isinstance(refused, str) else set(refused)
        expected = +Counter({key: n for key, n in wanted.items() if key[0] not in dropped})
        if written != expected:
            yield f"{order_id} should have left {dict(expected)}, it left {dict(written)}"
        for place, version in result.get("versions", {}).items():
            where = place if order.matters else str(DESK.stream(place))
            if last.get((order_id, where)) != version:
                yield f"{order_id} says {place} is at {version}: {last.get((order_id, where))}"
    for stranger in found.keys() - known:
        yield f"{stranger} was never ordered"


def _agenda(journal: Journal, streams: Mapping[Stream, list[Entry]]) -> Iterator[str]:
    """The agenda is what the folded states say is due."""
    wanted = set[tuple[Any, ...]]()
    for stream, entries in streams.items():
        account = stream.kind == ACCOUNT.kind
        days = _folded(entries).days if account else due_days(tuple(entries))
        if days:
            due_at = START + timedelta(days=days)
            wanted.add((stream, "remind" if account else "review", due_at))
    items = journal.due(TENANT, FAR, limit=10_000)
    found = {(item.stream, item.key, item.due_at) for item in items}
    for stream, key, due_at in wanted ^ found:
        where = "states" if (stream, key, due_at) in wanted else "agenda"
        yield f"only the {where} say(s) that {stream}/{key} is due at {due_at}"


def _again(journal: Journal, book: Book, again: tuple[str, ...], entries: int) -> Iterator[str]:
    """An order given again is answered as the first time and writes nothing; an altered one errs."""
    for order_id in again:
        given = give(journal, book.ordered[order_id], LATE)
        if not given.replayed or given.answer != book.answers[order_id]:
            yield f"{order_id} given again: {given}, at first {book.answers[order_id]}"
    altered = next((o for o in map(book.ordered.__getitem__, again) if o.commands), None)
    if altered is not None:
        try:
            given = give(journal, altered.altered, LATE)
        except CommandConflictError:
            pass
        else:
            yield f"{altered.id} with other content was answered {given}"
    if len(whole_feed(journal)) != entries:
        yield f"giving {again} again wrote entries"
