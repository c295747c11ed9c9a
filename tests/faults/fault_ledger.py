"""
A small ledger for fault tests: what is ordered follows from a seed, and so does what it must leave.

An *order* is one undertaking with one receipt: a command for one or two accounts, a batch of
commands, or a commit made by hand for several streams. Anybody who knows the seed and the number
can make the order again and give it again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.errors import IntegrityError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import (
    AgendaChange,
    Append,
    Commit,
    Entry,
    Journal,
    Json,
    Receipt,
    Stream,
)
from bankservice.core.record import Accepted, Command, Context, Events, Record, Refused

TENANT: Final = "bank"
START: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
FAR: Final = START + timedelta(days=40_000)
ACCOUNTS: Final = tuple(f"a-{number}" for number in range(5))
MATTERS: Final = tuple(Stream(TENANT, "faults.matter", f"m-{number}") for number in range(4))
ATTEMPTS: Final = 30
"""How often a lost race is tried again: few records, many writers."""


# --- accounts, through the desk -----------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Add:
    """Add an amount, in so many entries; nothing changes where it is 0."""

    amount: int
    times: int = 1
    note: str = ""


@attrs.frozen(kw_only=True)
class Move:
    """Move an amount to another account, if there is enough."""

    to: str
    amount: int


@attrs.frozen(kw_only=True)
class Remind:
    """Set a reminder some days after the start, or take it off with 0."""

    days: int


@attrs.frozen(kw_only=True)
class Added:
    """An amount came or went."""

    amount: int
    note: str = attrs.field(default="", metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Reminded:
    """The reminder was set or taken off."""

    days: int


@attrs.frozen
class Account:
    """The state: what there is, and the day of the reminder (0 for none)."""

    total: int = 0
    days: int = 0


class No(Enum):
    """Why a command is refused."""

    NOT_ENOUGH = "not-enough"


def _decide(
    states: Mapping[str, Account], command: Command, context: Context
) -> Accepted | Refused:
    subject, body = command.subject, command.body
    if isinstance(body, Move):
        if states[subject].total < body.amount:
            return Refused(No.NOT_ENOUGH, FrozenMapping({"total": states[subject].total}))
        return Accepted(
            {subject: (Added(amount=-body.amount),), body.to: (Added(amount=body.amount),)}
        )
    if isinstance(body, Remind):
        return Accepted({subject: (Reminded(days=body.days),)})
    added = Added(amount=body.amount, note=body.note)
    return Accepted({subject: (added,) * body.times if body.amount else ()})


def _evolve(state: Account, event: Any) -> Account:
    if isinstance(event, Reminded):
        return attrs.evolve(state, days=event.days)
    return attrs.evolve(state, total=state.total + event.amount)


def _due(state: Account) -> Mapping[str, datetime]:
    return {"remind": START + timedelta(days=state.days)} if state.days else {}


def _thaw(raw: Mapping[str, Json]) -> Account:
    return Account(*map(int, map(str, (raw["total"], raw["days"]))))


ACCOUNT: Final = Record(
    kind="faults.account",
    initial=Account(),
    commands={"add": Add, "move": Move, "remind": Remind},
    events=Events({"added": Added, "reminded": Reminded}),
    decide=_decide,
    evolve=_evolve,
    view=lambda state, as_of, policies: state,
    due=_due,
    refusals=No,
    touches=lambda command: (
        (command.subject, command.body.to) if isinstance(command.body, Move) else (command.subject,)
    ),
    freeze=(attrs.asdict, _thaw),
)
DESK: Final = Desk(ACCOUNT, tenant=TENANT, attempts=ATTEMPTS, snapshot_every=20)


# --- orders -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Order:
    """
    What is to be done under one receipt.

    Attributes:
        id: Of the receipt.
        commands: One command, or those of a batch; empty for a commit by hand.
        matters: For a commit by hand: entries for each stream, by its place in `MATTERS`.
        days: For a commit by hand: when the first of them is due, in days; 0 takes it off.
    """

    id: str
    commands: tuple[Command, ...] = ()
    matters: tuple[tuple[int, int], ...] = ()
    days: int = 0

    def give(self, journal: Journal, now: datetime) -> Given:
        """Give it; the same again gives the first answer."""
        return give(journal, self, now)

    @property
    def batch(self) -> bool:
        """Tell whether one receipt stands for several commands."""
        return len(self.commands) > 1

    @property
    def writes(self) -> Counter[tuple[str, Stream]]:
        """Return how many entries each command writes to each stream, if nothing is refused."""
        found: Counter[tuple[str, Stream]] = Counter()
        for command in self.commands:
            body, stream = command.body, DESK.stream(command.subject)
            if isinstance(body, Add):
                found[command.id, stream] += body.times if body.amount else 0
                continue
            found[command.id, stream] += 1
            if isinstance(body, Move):
                found[command.id, DESK.stream(body.to)] += 1
        for place, entries in self.matters:
            found[self.id, MATTERS[place]] += entries
        return +found

    @property
    def altered(self) -> Order:
        """Return other content under the same id; there is none for a commit by hand."""
        first, *rest = self.commands
        return attrs.evolve(
            self, commands=(attrs.evolve(first, body=Add(amount=999, note="other")), *rest)
        )


def order(seed: int, number: int) -> Order:
    """Return order *number* of a seed."""
    draws = random.Random(f"{seed}/{number}")
    kind = draws.choices(("one", "batch", "hand"), (6, 1, 3))[0]
    if kind == "hand":
        places = draws.sample(range(len(MATTERS)), draws.randint(1, 3))
        return Order(
            id=f"o-{number}",
            matters=tuple((place, draws.randint(1, 4)) for place in places),
            days=draws.choice((0, 1, 2, 30)),
        )
    if kind == "one":
        return Order(id=f"o-{number}", commands=(_command(draws, f"o-{number}"),))
    commands = tuple(_command(draws, f"o-{number}-{each}") for each in range(draws.randint(2, 12)))
    return Order(id=f"o-{number}", commands=commands)


def _command(draws: random.Random, command_id: str) -> Command:
    subject, other = draws.sample(ACCOUNTS, 2)
    body: Any = draws.choice(
        (
            Add(amount=draws.randint(0, 3) * 10, times=draws.randint(1, 5), note="x" * 40),
            Move(to=other, amount=draws.randint(1, 60)),
            Remind(days=draws.choice((0, 1, 7, 90))),
        )
    )
    return Command(id=command_id, subject=subject, body=body, actor="teller-1")


# --- giving them --------------------------------------------------------------------------------


@attrs.frozen
class Given:
    """What giving an order led to: its answer, and whether it is that of an earlier time."""

    answer: dict[str, Any]
    replayed: bool


def give(journal: Journal, wanted: Order, now: datetime) -> Given:
    """Give an order; the same again gives the first answer."""
    if wanted.matters:
        return _by_hand(journal, wanted, now)
    if wanted.batch:
        batch = serve(DESK.batch(wanted.id, wanted.commands, now), journal)
        counts = {name: getattr(batch, name) for name in ("commands", "changed", "entries")}
        return Given({**counts, "refused": dict(batch.refused)}, batch.replayed)
    answer = serve(DESK.handle(wanted.commands[0], now), journal)
    said = {"refused": answer.refused, "versions": dict(answer.versions)}
    return Given(said, answer.replayed)


def _by_hand(journal: Journal, wanted: Order, now: datetime) -> Given:
    """Commit by hand, on nothing but the port: look, read, commit, and again on a lost race."""
    counts = {MATTERS[place]: entries for place, entries in wanted.matters}
    streams = tuple(counts)
    # One stream is read and not written; what was read must still hold.
    beside = next(stream for stream in MATTERS if stream not in streams)
    attempt = 0
    while True:
        attempt += 1
        receipt = journal.receipts(TENANT, [wanted.id]).get(wanted.id)
        if receipt is not None:
            return Given(dict(receipt.result), True)
        histories = journal.read_many((*streams, beside))
        expected = {stream: histories[stream].version for stream in streams}
        appends = tuple(
            Append(
                stream,
                expected[stream],
                tuple(
                    Entry(
                        stream=stream,
                        version=expected[stream] + each,
                        kind="noted",
                        effective_at=now,
                        recorded_at=now,
                        actor="teller-1",
                        command_id=wanted.id,
                        data={"days": wanted.days if stream == streams[0] else -1},
                        sealed={"note": "x" * 100},
                    )
                    for each in range(1, counts[stream] + 1)
                ),
            )
            for stream in streams
        )
        answer = {"versions": {str(each.stream): each.entries[-1].version for each in appends}}
        due_at = START + timedelta(days=wanted.days) if wanted.days else None
        commit = Commit(
            appends=appends,
            guards=((beside, histories[beside].version),),
            receipt=Receipt(TENANT, wanted.id, "by-hand", answer, now),
            agenda=(AgendaChange(streams[0], "review", due_at),),
        )
        try:
            journal.commit(commit)
        except IntegrityError:
            # Another writer came first, with this order or with another.
            if attempt == ATTEMPTS:
                raise
        else:
            return Given(answer, False)


def due_days(entries: tuple[Entry, ...]) -> int:
    """Return when a matter is due as its entries say, in days after the start; 0 for never."""
    days = 0
    for entry in entries:
        said = entry.data["days"]
        assert isinstance(said, int)
        days = said if said >= 0 else days
    return days
