"""
A book of transactions posted at once: one read, one append for each account, one receipt.

A month of ten million purchases must not mean ten million commands. What is alike in them is found
out once (`rating.quick`), and an account gets one entry for all that nothing else depends on. Where
something does (a hold that ended, a debt, a refund that waits, a limit of posts a day, caps in the
order of transactions), a row is decided as a single command is, in its turn. Either way the account
ends as it would by single commands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from bankservice.core.desk import Desk, Loaded
from bankservice.core.driver import Asking
from bankservice.core.errors import FaultsError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import AgendaChange, Append, Commit, Entry, Receipt
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Accepted, Command, Refused
from bankservice.loyalty.account.account import Account, key_of
from bankservice.loyalty.account.draft import Draft
from bankservice.loyalty.account.instants import micros, moment
from bankservice.loyalty.account.posted_many import PostedMany
from bankservice.loyalty.account.purchase_commands import Post
from bankservice.loyalty.account.shapes import Asked, Shapes, told
from bankservice.loyalty.account.sheet import Sheet, sheet_for
from bankservice.loyalty.account.style import Styles
from bankservice.loyalty.programme.programme import PROGRAMME, Programme

__all__ = ["FAULTY", "BookResult", "RefusedRow", "post_book"]

FAULTY: Final = "faulty"
"""Code of a row whose facts no transaction can have; a single command would be an error."""


@attrs.frozen
class RefusedRow:
    """A transaction that was refused: which one of the batch, the code, and its facts as text."""

    row: int
    code: str
    facts: FrozenMapping[str, str] = FrozenMapping()


@attrs.frozen(kw_only=True)
class BookResult:
    """
    What became of a batch.

    Attributes:
        posted: Transactions posted.
        replayed: Transactions that had been posted before, or stood twice in the batch.
        refused: Those refused, by place in the batch.
        entries: Entries written.
        again: Whether the batch had been given before; then this is its first answer.
    """

    posted: int = 0
    replayed: int = 0
    refused: tuple[RefusedRow, ...] = ()
    entries: int = 0
    again: bool = False


def post_book(
    desk: Desk[Account],
    batch_id: str,
    rows: Iterable[tuple[str, Post, datetime]],
    *,
    now: datetime,
    actor: str = "system",
    source: str = "",
) -> Asking[BookResult]:
    """
    Post transactions of many accounts with one read and one commit.

    Args:
        desk: The desk of the accounts.
        batch_id: The caller's id; the same batch again gives the first answer.
        rows: Subject, transaction and instant of each, in the order they are to be posted.
        now: Knowledge time, aware.
        actor: Who gives the batch.
        source: The channel or system it came from.

    Raises:
        CommandConflictError: If the batch was given with other transactions.
        RaceLostError: If other writers came first as often as the desk tries.
    """
    shapes = Shapes()
    asked: dict[str, list[Asked]] = {}
    for place, (subject, post, at) in enumerate(rows):
        asked.setdefault(subject, []).append(shapes.asked(place, post, at))
    count = sum(map(len, asked.values()))
    content = {"rows": str(count), "input": _input(asked)}
    policy: Policy[Programme] = desk.context(
        Command(id=batch_id, subject=PROGRAMME.name, body=None), now
    ).policy(PROGRAMME.name)
    styles = Styles(policy, micros(now))

    def work() -> Asking[tuple[Commit, BookResult]]:
        loaded = yield from desk.load(asked)
        batch = _Batch(desk, batch_id, actor, source, now, styles)
        for subject, held in loaded.items():
            batch.post(subject, held, asked[subject])
        receipt = desk.receipt(batch_id, content, batch.result(), now)
        return batch.commit(receipt), _result(receipt, again=False)

    return desk.settle(batch_id, content, work, lambda found: _result(found, again=True))


def _input(asked: Mapping[str, Iterable[Asked]]) -> str:
    """Return the digest of what is asked, account by account."""
    seen = hashlib.sha256()
    for subject, rows in asked.items():
        seen.update("\n".join((subject, *map(told, rows), "")).encode("utf-8", "surrogatepass"))
    return seen.hexdigest()[:32]


def _result(receipt: Receipt, *, again: bool) -> BookResult:
    held: Any = receipt.result
    return BookResult(
        posted=held["posted"],
        replayed=held["replayed"],
        refused=tuple(
            RefusedRow(row, code, FrozenMapping(facts)) for row, code, facts in held["refused"]
        ),
        entries=held["entries"],
        again=again,
    )


@attrs.define(eq=False)
class _Batch:
    """What a batch comes to, account by account."""

    desk: Desk[Account]
    batch_id: str
    actor: str
    source: str
    now: datetime
    styles: Styles
    appends: list[Append] = attrs.field(factory=list)
    agenda: list[AgendaChange] = attrs.field(factory=list)
    used: dict[Version[Any], None] = attrs.field(factory=dict)
    posted: int = 0
    replayed: int = 0
    refused: list[tuple[int, str, dict[str, str]]] = attrs.field(factory=list)

    def result(self) -> dict[str, Any]:
        """Return what the receipt says."""
        return {
            "posted": self.posted,
            "replayed": self.replayed,
            "refused": [list(row) for row in sorted(self.refused, key=lambda row: row[0])],
            "entries": sum(len(append.entries) for append in self.appends),
        }

    def commit(self, receipt: Receipt) -> Commit:
        """Return all of it as one commit."""
        return Commit(
            appends=tuple(self.appends),
            agenda=tuple(self.agenda),
            versions=self.desk.keep(self.used),
            receipt=receipt,
        )

    def post(self, subject: str, held: Loaded[Account], rows: Sequence[Asked]) -> None:
        """Post the rows of one account, in their order."""
        entries: list[Entry] = []
        state = held.state
        sheet: Sheet | None = None

        def write(events: Iterable[Any], at: datetime) -> None:
            command = Command(
                id=self.batch_id,
                subject=subject,
                body=None,
                at=at,
                actor=self.actor,
                source=self.source,
            )
            version = held.version + len(entries)
            entries.extend(
                self.desk.entries_for(subject, version, tuple(events), command, self.now)
            )

        def flush(sheet: Sheet) -> PostedMany:
            event = sheet.event()
            self.used.update(dict.fromkeys((sheet.style.version, *sheet.calendars())))
            self.posted += len(sheet.rows)
            write((event,), moment(sheet.latest))
            return event

        place = 0
        while place < len(rows):
            sheet = sheet_for(state, rows[place], self.styles)
            if sheet is not None:
                place = sheet.take(rows, place)
                if sheet.rows and place == len(rows):
                    break
                if sheet.rows:
                    state = self.desk.record.evolve(state, flush(sheet))
                    # What follows may go on another sheet.
                    continue
            sheet = None
            done = self._single(subject, state, rows[place])
            if done:
                write(done, moment(rows[place][2]))
                state = self.desk.record.fold(self.desk.record, state, done, ())
            place += 1
        after = state
        if sheet is not None:
            flush(sheet)
            after = _soonest(state, sheet)
        if entries:
            self.appends.append(Append(self.desk.stream(subject), held.version, tuple(entries)))
            self.agenda.extend(self.desk.agenda(subject, held.state, after))

    def _single(self, subject: str, state: Account, row: Asked) -> tuple[Any, ...]:
        """Decide a row as a single command is decided."""
        place, post, at, *_ = row
        command = Command(
            id=self.batch_id,
            subject=subject,
            body=post,
            at=moment(at),
            actor=self.actor,
            source=self.source,
        )
        context = self.desk.context(command, self.now)
        try:
            found = self.desk.record.decide({subject: state}, command, context)
        except (FaultsError, UnknownNameError) as error:
            self.refused.append((place, FAULTY, {"faults": _faults(error)}))
            return ()
        if isinstance(found, Refused):
            facts = {name: str(to_json(value)) for name, value in found.facts.items()}
            self.refused.append((place, str(found.code.value), facts))
            return ()
        assert isinstance(found, Accepted)
        events = tuple(found.events.get(subject, ()))
        self.used.update(dict.fromkeys(found.used))
        known = key_of(post.ref, post.part) in state.purchases
        self.posted += not known
        self.replayed += known
        return events


def _faults(error: FaultsError | UnknownNameError) -> str:
    """Return what was wrong, without what was stated."""
    if isinstance(error, UnknownNameError):
        return error.kind
    return ", ".join(fault.path for fault in error.faults)


def _soonest(state: Account, sheet: Sheet) -> Account:
    """Return the account with the lot of a sheet that lapses first: all an agenda looks at."""
    lot = sheet.soonest()
    if lot is None:
        return state
    draft = Draft(state)
    draft.grant(lot)
    return draft.account()
