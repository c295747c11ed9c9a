"""
Points accounts for fault tests: commands that follow from a seed, and a campaign that gives them.

Four writers give mixed commands, a third of them repeats, to one account or to many; they are
killed and their connections ended. What must hold in the end is told without any writer: given one
after another, in the order of the feed, to a journal in memory, the commands that wrote something
write the very same entries, and those that were answered are answered alike.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs
from fault_harm import harm_for
from fault_workers import Crew, Said, Task

from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import Entry, Journal, Stream
from bankservice.core.record import Command
from bankservice.core.scalars import Amount
from bankservice.journals import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.commands import (
    CancelRedemption,
    Confirm,
    Post,
    Redeem,
    Refund,
    Release,
    Reserve,
    Transfer,
)
from bankservice.loyalty.account.remembering import Remembering, remembered
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.record import ACCOUNT

__all__ = ["POINT_KINDS", "PointsCampaign", "PointsOrder", "PointsReport", "points_order"]

POINT_KINDS: Final = {"sqlite": ("kill", "lock"), "postgresql": ("kill", "end", "cut", "lock")}
"""What is done to each database."""
WRITERS: Final = 4
STEP: Final = 240
"""Commands in a step, a third of them given before."""
BLOWS: Final = 3
PATIENCE: Final = 60
"""How often what was not answered is given again at the end: writers may lose races for long."""
PAGE: Final = 1_000
START: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW: Final = datetime(2026, 9, 1, 12, tzinfo=UTC)
POLICY: Final = SHELF.read(
    """
id = "faults/points"
kind = "loyalty.programme"
[[version]]
since = 2020-01-01
source = { text = "Acme", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
points = { code = "P", title = { en = "points", zh = "积分" } }
rounding = { mode = "floor", of = "parts", unit = "transaction" }
expiry = { mode = "after", period = "P24M", round_to = "month" }
holds = { lasts = "PT9600H" }
transfer = { allowed = true }
[[version.earn]]
code = "purchase"
title = { en = "Purchases", zh = "消费" }
kinds = ["spending"]
points = 1
per = "1.00"
""",
    "faults/points",
)
KEPT: Final = 256
"""Accounts that a writer keeps folded."""


@attrs.frozen
class PointsOrder:
    """One command, made again by anybody who knows the seed and the number."""

    id: str
    command: Command

    def give(self, journal: Journal, now: datetime) -> Any:
        """Give it; the same again gives the first answer."""
        del now
        answer = serve(_DESK.handle(self.command, NOW), _folded(journal))
        said = {"refused": answer.refused, "versions": dict(answer.versions)}
        return PointsGiven(said, answer.replayed)


@attrs.frozen
class PointsGiven:
    """What giving a command led to, and whether that is the answer of an earlier time."""

    answer: dict[str, Any]
    replayed: bool


_RECORD: Final = remembered(ACCOUNT)
_DESK: Final[Desk[Account]] = Desk(_RECORD, (POLICY,), attempts=8)
_FOLDED: Final[dict[int, Remembering]] = {}


def _folded(journal: Journal) -> Remembering:
    """Return a journal with its accounts kept folded, as a service of accounts would."""
    held = _FOLDED.get(id(journal))
    if held is None or held.journal is not journal:
        held = _FOLDED[id(journal)] = Remembering(journal, _RECORD, KEPT)
    return held


def points_order(seed: int, number: int, accounts: int) -> PointsOrder:
    """Return command *number* of a seed."""
    draws = random.Random(f"{seed}/{number}")
    subject = f"a-{draws.randrange(accounts)}"
    # What it is about was likely done a short while ago, and perhaps not at all.
    before = f"o-{max(0, number - draws.randint(1, 8 * accounts + 8))}"
    earlier = points_subject(seed, int(before[2:]), accounts)
    ref, points = f"o-{number}", draws.randint(1, 90)
    body: Any = Post(ref=ref, amount=Amount(f"{draws.randint(1, 400)}.{draws.randint(0, 99):02d}"))
    match draws.choices(
        ("post", "refund", "reserve", "confirm", "release", "redeem", "transfer", "cancel"),
        (8, 3, 3, 2, 1, 3, 2, 2),
    )[0]:
        case "refund":
            subject = earlier
            some = None if draws.randrange(2) else Amount(f"{draws.randint(1, 60)}.00")
            body = Refund(ref=ref, original_ref=before, amount=some)
        case "reserve":
            body = Reserve(ref=ref, points=points)
        case "confirm":
            subject, body = earlier, Confirm(ref=before)
        case "release":
            subject, body = earlier, Release(ref=before)
        case "redeem":
            body = Redeem(ref=ref, points=points)
        case "transfer" if accounts > 1:
            others = draws.sample(range(accounts), 2)
            subject = f"a-{others[0]}"
            body = Transfer(ref=ref, to=f"a-{others[1]}", points=points)
        case "cancel":
            subject, body = earlier, CancelRedemption(ref=f"{ref}-back", original_ref=before)
    at = START + timedelta(seconds=number)
    return PointsOrder(ref, Command(id=ref, subject=subject, body=body, at=at, actor="teller-1"))


def points_subject(seed: int, number: int, accounts: int) -> str:
    """Return the account of a command that is not about an earlier one."""
    return f"a-{random.Random(f'{seed}/{number}').randrange(accounts)}"


@attrs.define
class PointsReport:
    """
    What happened.

    Attributes:
        given: How often a command was given.
        fresh: How many commands there were.
        accepted: How many were accepted.
        replayed: How often the answer was that of an earlier time.
        troubles: How often a writer was told of trouble, or lost a race for good.
        entries: Entries in the end.
        points: Points that the accounts hold in the end.
        faults: How often each kind of fault struck.
        violations: What did not hold.
    """

    given: int = 0
    fresh: int = 0
    accepted: int = 0
    replayed: int = 0
    troubles: int = 0
    entries: int = 0
    points: int = 0
    faults: Counter[str] = attrs.field(factory=Counter)
    violations: list[str] = attrs.field(factory=list)


class PointsCampaign:
    """
    One database under fire.

    Args:
        url: A fresh database.
        seed: What everything is drawn from.
        accounts: How many accounts.
    """

    def __init__(self, url: str, seed: int, accounts: int) -> None:
        self.report = PointsReport()
        self._url = url
        self._seed = seed
        self._accounts = accounts
        self._draws = random.Random(seed)
        self._orders: list[PointsOrder] = []
        self._answers: dict[str, Any] = {}
        self._open: dict[str, PointsOrder] = {}

    def run(self, kinds: tuple[str, ...], commands: int) -> PointsReport:
        """Give so many commands, a third of them again, and check everything in the end."""
        with SqlJournal.open(self._url) as journal:
            with (
                harm_for(self._url) as harm,
                Crew(harm.url, WRITERS, busy_seconds=harm.busy_seconds) as crew,
            ):
                number = 0
                while self.report.given < commands:
                    self._step(kinds[number % len(kinds)], crew, harm)
                    number += 1
                for _ in range(PATIENCE):
                    if not self._open:
                        break
                    crew.fill()
                    crew.hand(self._shares(list(self._open.values())))
                    for said in crew.words():
                        self._hear(said)
            self.check(journal)
        return self.report

    def alone(self, journal: Journal, commands: int) -> None:
        """Give so many commands in this process, without any fault."""
        self._orders += [points_order(self._seed, n, self._accounts) for n in range(commands)]
        for order in self._orders:
            self._answers[order.id] = order.give(journal, NOW).answer

    def _step(self, kind: str, crew: Crew, harm: Any) -> None:
        draws, count = self._draws, STEP * 2 // 3
        first = len(self._orders)
        fresh = [points_order(self._seed, first + n, self._accounts) for n in range(count)]
        self._orders += fresh
        self.report.fresh += count
        self._open.update((each.id, each) for each in fresh)
        again = draws.choices(self._orders, k=STEP - count)
        wanted = [*fresh, *again]
        # Near each other still, so that what a command is about was mostly done before.
        wanted.sort(key=lambda each: int(each.id[2:]) + draws.uniform(0, 12))
        moments = set(draws.sample(range(STEP), BLOWS))
        crew.fill()
        if kind == "cut":
            harm.before(kind, draws)
        crew.hand(self._shares(wanted))
        for number, said in enumerate(crew.words()):
            self._hear(said)
            if number not in moments:
                harm.heard(kind, said)
                continue
            time.sleep(draws.uniform(0, 0.003))
            if kind == "kill":
                crew.kill(draws.randrange(WRITERS))
            else:
                harm.strike(kind, draws)
        self.report.faults[kind] += harm.heal(kind)
        self.report.faults["kill"] += crew.killed
        crew.killed = 0

    def _shares(self, wanted: list[PointsOrder]) -> list[Task]:
        return [
            Task(tuple((each, NOW) for each in wanted[place::WRITERS])) for place in range(WRITERS)
        ]

    def _hear(self, said: Said) -> None:
        self.report.given += said.how != "done"
        match said.how:
            case "acknowledged":
                first = self._answers.setdefault(said.order_id, said.told)
                self._open.pop(said.order_id, None)
                self.report.replayed += said.replayed
                if first != said.told:
                    self.report.violations.append(
                        f"{said.order_id} was answered {first} and then {said.told}"
                    )
            case "trouble" | "lost":
                self.report.troubles += 1
            case "wrong":
                self.report.violations.append(f"{said.order_id}: {said.told}")

    # -- what must hold --------------------------------------------------------------------------

    def check(self, journal: Journal) -> None:
        """Note what does not hold in a journal that nobody writes to."""
        report = self.report
        report.accepted = sum(not answer["refused"] for answer in self._answers.values())
        report.violations += [f"{order_id} was never answered" for order_id in self._open]
        fed = _feed(journal)
        streams: dict[Stream, list[Entry]] = defaultdict(list)
        for entry in fed:
            streams[entry.stream].append(entry)
        report.entries = sum(map(len, streams.values()))
        report.violations += self._replayed(fed, streams)
        report.violations += self._receipts(journal)
        states = {
            stream.key: ACCOUNT.fold(
                ACCOUNT, ACCOUNT.initial, [ACCOUNT.events.decode(entry) for entry in entries], ()
            )
            for stream, entries in streams.items()
        }
        report.points = sum(lot.left for state in states.values() for lot in state.lots)
        report.violations += _unsound(states)

    def _replayed(self, fed: list[Entry], streams: dict[Stream, list[Entry]]) -> Iterator[str]:
        """Given one by one in memory, in the order of the feed, commands write the same entries."""
        orders = {each.id: each for each in self._orders}
        memory = MemoryJournal()
        done: set[str] = set()
        for entry in fed:
            if entry.command_id not in orders:
                yield f"{entry.command_id} was never given"
            elif entry.command_id not in done:
                done.add(entry.command_id)
                orders[entry.command_id].give(memory, NOW)
        for stream, entries in streams.items():
            if list(memory.read(stream)) != entries:
                yield f"{stream} is not what its commands write one by one"
        for order_id, answer in self._answers.items():
            if answer["versions"] and order_id not in done:
                yield f"{order_id} was answered {answer}, and is not in the journal"

    def _receipts(self, journal: Journal) -> Iterator[str]:
        """Everything that was answered has a receipt that says the same."""
        ids = list(self._answers)
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            found = journal.receipts("default", page)
            for order_id in page:
                answer = self._answers[order_id]
                result: Any = found[order_id].result if order_id in found else {}
                if not result or any(result.get(name) != said for name, said in answer.items()):
                    yield f"{order_id} was answered {answer}, its receipt says {result}"


def _feed(journal: Journal) -> list[Entry]:
    found: list[Entry] = []
    position = 0
    while page := journal.feed(position, limit=PAGE):
        found += [fed.entry for fed in page]
        position = page[-1].position
    return found


def _unsound(states: dict[str, Account]) -> Iterator[str]:
    """Every point is somewhere once: in a lot, held, spent, sent, or taken back."""
    sent = received = 0
    for key, state in states.items():
        totals = state.totals
        sent, received = sent + totals.sent, received + totals.received
        if any(not 0 <= lot.left <= lot.granted for lot in state.lots):
            yield f"{key} has a lot that holds less than nothing, or more than it came with"
        held = sum(hold.points for hold in state.holds.values() if hold.status.value == "open")
        owed = sum(debt.points for debt in state.debts)
        left = sum(lot.left for lot in state.lots)
        came = totals.earned + totals.received + totals.restored
        went = totals.redeemed + totals.sent + totals.clawed_back + totals.forfeited
        if came - went != left + held - owed:
            yield f"{key}: {came} came, {went} went, {left} are left, {held} held, {owed} owed"
    if sent != received:
        yield f"{sent} were sent and {received} received"
