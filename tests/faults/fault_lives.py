"""
Customers for fault tests: what is told of their stages, groups and treatments, drawn from a seed.

Writers give commands and batches, many of them twice, to a few customers at one journal, and are
killed meanwhile. What must hold in the end is told without any writer: given one after another, in
the order of the feed, to a journal in memory, what was written writes the very same entries, every
answer is in its receipt, and a state folded from a snapshot is the one folded from all entries.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import attrs
from fault_workers import Crew, Task

from bankservice.core.driver import serve
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Entry, Journal, Stream
from bankservice.core.record import Command, Record
from bankservice.journals import MemoryJournal
from bankservice.journals.sql import SqlJournal
from bankservice.lifecycle import policy as lifecycle
from bankservice.lifecycle.care.record import TREATMENT
from bankservice.lifecycle.care.service import Treatments
from bankservice.lifecycle.stages.commands import Observe
from bankservice.lifecycle.stages.record import STANDING
from bankservice.lifecycle.stages.service import Lifecycles
from bankservice.segmentation import policy as segmentation
from bankservice.segmentation.membership.entries import Assign
from bankservice.segmentation.membership.record import MEMBERSHIP
from bankservice.segmentation.membership.service import Memberships

__all__ = [
    "KINDS",
    "LifeOrder",
    "LifeReport",
    "LivesCampaign",
    "Services",
    "life_order",
    "life_part",
]

NOW: Final = datetime(2026, 11, 22, 4, tzinfo=UTC)
FIRST: Final = date(2024, 1, 31)
WRITERS: Final = 4
STEP: Final = 60
"""Orders in a step."""
BLOWS: Final = 2
"""Writers killed in a step."""
PATIENCE: Final = 60
"""How often what was not answered is given again: writers may lose races for long."""
KINDS: Final[Mapping[str, Record[Any]]] = {
    record.kind: record for record in (STANDING, MEMBERSHIP, TREATMENT)
}
"""The records, by kind."""
_ACTS: Final = ("transfer", "login", "interest", "no-such-kind")
_KINDS: Final = {
    "observe": 6,
    "many": 6,
    "know": 2,
    "end": 1,
    "hold": 2,
    "assign": 4,
    "assigns": 4,
    "leave": 1,
    "care": 4,
    "cares": 4,
}
AGREED: Final = ("marketing",)
"""What everybody agreed to."""
_STANDINGS: Final = (
    {"stage": "lost", "stage_reason": "LC_INACTIVE"},
    {"stage": "loyal", "stage_reason": "LC_LOYAL", "tier": "GOLD"},
    {"stage": "first_time", "stage_reason": "LC_FIRST"},
)


_STAGES: Final = lifecycle.SHELF.get("retail-stages-shape")
_CARE: Final = lifecycle.SHELF.get("retail-treatments-shape")
_GROUPS: Final = segmentation.SHELF.get("customer-groups")


class Services:
    """
    The services on a journal, as of an instant.

    Attributes:
        lifecycle: The stages.
        memberships: The groups.
        treatments: What is meant for the customers.
    """

    def __init__(self, journal: Journal, now: datetime) -> None:
        self.lifecycle = Lifecycles(journal, _STAGES, now=lambda: now)
        self.memberships = Memberships(journal, _GROUPS, now=lambda: now)
        self.treatments = Treatments(journal, _CARE, now=lambda: now)

    def desks(self) -> Mapping[str, Any]:
        """Return what serves each kind of record."""
        served = (self.lifecycle, self.memberships, self.treatments)
        return {each.desk.record.kind: each.desk for each in served}


@attrs.frozen
class LifeGiven:
    """What giving an order led to, and whether that is the answer of an earlier time."""

    answer: Any
    replayed: bool


@attrs.frozen
class LifeOrder:
    """One command or batch, made again by anybody who knows the seed and the number."""

    seed: int
    number: int
    customers: int

    @property
    def id(self) -> str:
        """Its id, which is that of the command."""
        return f"o-{self.number}"

    def give(self, journal: Journal, now: datetime) -> LifeGiven:
        """Give it; the same again gives the first answer."""
        asked = life_order(self.seed, self.number, self.customers)
        done = asked(Services(journal, now), self.id)
        if hasattr(done, "versions"):
            told = {"refused": done.refused, "versions": dict(done.versions)}
        else:
            told = {
                "changed": done.changed,
                "entries": done.entries,
                "refused": dict(done.refused),
            }
        return LifeGiven(told, done.replayed)


def life_part(seed: int, number: int, customers: int, place: int) -> Callable[[Services], Any]:
    """
    Return what one customer's part of batch *number* asks, as a command.

    Parts of a batch are decided each for itself. One that finds nothing to do holds for the state
    it was read in, which may be older than what others wrote before the batch was.
    """
    order = _Drawn(seed, number, customers)
    name, key = order.several[place], f"o-{number}:{place}"
    if order.kind == "assigns":
        body: Any = Assign(on=order.day, customer=FrozenMapping(order.facts[name]))
        return lambda held: held.memberships.handle(Command(id=key, subject=name, body=body))
    told = {"on": order.day, "customer": order.facts[name], "consents": AGREED}
    body = TREATMENT.command("consider", told)
    return lambda held: held.treatments.handle(Command(id=key, subject=name, body=body))


def life_order(seed: int, number: int, customers: int) -> Callable[[Services, str], Any]:
    """Return what order *number* of a seed asks, under an id."""
    drawn = _Drawn(seed, number, customers)
    who, day, several, facts = drawn.who, drawn.day, drawn.several, drawn.facts
    days, act, one = [day + timedelta(days=n) for n in range(3)], drawn.act, facts[several[0]]
    match drawn.kind:
        case "observe":
            return lambda held, key: held.lifecycle.observe(key, who, on=day, kind=act)
        case "many":
            acts = {name: [Observe(on=on, kind=act) for on in days] for name in several}
            return lambda held, key: held.lifecycle.observe_many(key, acts, days[-1])
        case "know":
            return lambda held, key: held.lifecycle.know(key, who, on=day, products=number % 4)
        case "end":
            return lambda held, key: held.lifecycle.close(key, who, on=day)
        case "hold":
            until = day + timedelta(days=90)
            return lambda held, key: held.lifecycle.hold(
                key, who, kind="court_order", on=day, until=until
            )
        case "assign":
            return lambda held, key: held.memberships.assign(key, who, on=day, facts=one)
        case "assigns":
            return lambda held, key: held.memberships.assign_many(key, facts, day)
        case "leave":
            return lambda held, key: held.memberships.leave(key, who, on=day, reason="moved")
        case "care":
            return lambda held, key: held.treatments.consider(
                key, who, facts=one, on=day, consents=AGREED
            )
        case _:
            agreed = dict.fromkeys(several, AGREED)
            return lambda held, key: held.treatments.consider_many(key, facts, day, consents=agreed)


class _Drawn:
    """What order *number* of a seed is about."""

    def __init__(self, seed: int, number: int, customers: int) -> None:
        draws = random.Random(f"{seed}/{number}")
        self.who = f"c-{draws.randrange(customers)}"
        # Days go on with the numbers, and some are told late.
        self.day = FIRST + timedelta(days=number // 2 + draws.randint(-20, 20))
        self.several = sorted({f"c-{draws.randrange(customers)}" for _ in range(5)})
        self.act = draws.choice(_ACTS)
        self.facts: dict[str, dict[str, Any]] = {
            name: {"customer_kind": "person", "age": draws.randint(16, 80)}
            | draws.choice(_STANDINGS)
            for name in self.several
        }
        self.kind = draws.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]


@attrs.define
class LifeReport:
    """
    What happened.

    Attributes:
        answered: How many orders were answered.
        replayed: How often the answer was that of an earlier time.
        killed: How many writers were killed.
        entries: Entries in the end, by kind of record.
        snapshots: Streams whose state is folded from a snapshot.
        violations: What did not hold.
    """

    answered: int = 0
    replayed: int = 0
    killed: int = 0
    entries: dict[str, int] = attrs.field(factory=dict)
    snapshots: int = 0
    violations: list[str] = attrs.field(factory=list)


class LivesCampaign:
    """
    One database under fire.

    Args:
        url: A fresh database.
        seed: What everything is drawn from.
        customers: How many customers.
    """

    def __init__(self, url: str, seed: int, customers: int) -> None:
        self.report = LifeReport()
        self._url = url
        self._seed = seed
        self._customers = customers
        self._draws = random.Random(seed)
        self._answers: dict[str, Any] = {}

    def run(self, orders: int) -> LifeReport:
        """Give so many orders, a third of them again, kill writers, and check everything."""
        asked = [LifeOrder(self._seed, n, self._customers) for n in range(orders)]
        missing = {each.id: each for each in asked}
        wanted = sorted(
            [*asked, *self._draws.choices(asked, k=orders // 3)],
            key=lambda each: each.number + self._draws.uniform(0, 12),
        )
        with SqlJournal.open(self._url) as journal:
            with Crew(self._url, WRITERS) as crew:
                for start in range(0, len(wanted), STEP):
                    step = wanted[start : start + STEP]
                    moments = set(self._draws.sample(range(len(step)), min(BLOWS, len(step))))
                    self._hand(crew, step, moments, missing)
                for _ in range(PATIENCE):
                    if not missing:
                        break
                    self._hand(crew, list(missing.values()), set(), missing)
                self.report.killed = crew.killed
            self.report.violations += [f"{name} was never answered" for name in missing]
            self.check(journal)
        return self.report

    def alone(self, journal: Journal, orders: int) -> None:
        """Give so many orders in this process, without any fault."""
        for number in range(orders):
            order = LifeOrder(self._seed, number, self._customers)
            self._answers[order.id] = order.give(journal, NOW).answer

    def _hand(
        self, crew: Crew, wanted: list[LifeOrder], moments: set[int], missing: dict[str, LifeOrder]
    ) -> None:
        crew.fill()
        crew.hand(
            [
                Task(tuple((each, NOW) for each in wanted[place::WRITERS]))
                for place in range(WRITERS)
            ]
        )
        for heard, said in enumerate(crew.words()):
            match said.how:
                case "acknowledged":
                    first = self._answers.setdefault(said.order_id, said.told)
                    missing.pop(said.order_id, None)
                    self.report.replayed += said.replayed
                    if first != said.told:
                        told = f"{said.order_id} was answered {first} and then {said.told}"
                        self.report.violations.append(told)
                case "wrong":
                    self.report.violations.append(f"{said.order_id}: {said.told}")
            if heard in moments:
                time.sleep(self._draws.uniform(0, 0.003))
                crew.kill(self._draws.randrange(WRITERS))

    # -- what must hold --------------------------------------------------------------------------

    def check(self, journal: Journal) -> None:
        """Note what does not hold in a journal that nobody writes to."""
        report, streams = self.report, defaultdict[Stream, list[Entry]](list)
        report.answered = len(self._answers)
        fed = [held.entry for held in journal.feed(0, limit=1_000_000)]
        for entry in fed:
            streams[entry.stream].append(entry)
            report.entries[entry.stream.kind] = report.entries.get(entry.stream.kind, 0) + 1
        report.violations += self._replayed(fed, streams)
        report.violations += self._receipts(journal)
        report.violations += self._folded(journal, streams)

    def _replayed(self, fed: list[Entry], streams: dict[Stream, list[Entry]]) -> Iterator[str]:
        """Given one by one in memory, in the order of the feed, orders write the same entries."""
        memory, done = MemoryJournal(), set[str]()
        for entry in fed:
            if entry.command_id in done:
                continue
            name, _, place = entry.command_id.partition(":")
            done |= {entry.command_id, name}
            if place:
                asked = life_part(self._seed, int(name[2:]), self._customers, int(place))
                asked(Services(memory, NOW))
            else:
                LifeOrder(self._seed, int(name[2:]), self._customers).give(memory, NOW)
        for stream, entries in streams.items():
            if list(memory.read(stream)) != entries:
                yield f"{stream} is not what its orders write one by one"
        for name, answer in self._answers.items():
            if (answer.get("versions") or answer.get("changed")) and name not in done:
                yield f"{name} was answered {answer}, and is not in the journal"

    def _receipts(self, journal: Journal) -> Iterator[str]:
        """Everything that was answered has a receipt that says the same."""
        found = journal.receipts("default", tuple(self._answers))
        for name, answer in self._answers.items():
            result: Any = found[name].result if name in found else {}
            if any(result.get(part) != said for part, said in answer.items()):
                yield f"{name} was answered {answer}, its receipt says {result}"

    def _folded(self, journal: Journal, streams: dict[Stream, list[Entry]]) -> Iterator[str]:
        """A state folded from a snapshot is the one folded from all entries, and so is its agenda."""
        desks = Services(journal, NOW).desks()
        items = journal.due("default", NOW + timedelta(days=36_500), limit=100_000)
        agenda = defaultdict[Stream, dict[str, datetime]](dict)
        for item in items:
            agenda[item.stream][item.key] = item.due_at
        for stream, entries in streams.items():
            record = KINDS[stream.kind]
            loaded = serve(desks[stream.kind].load((stream.key,)), journal)[stream.key]
            events = [record.events.decode(entry) for entry in entries]
            state = record.fold(record, record.initial, events, ())
            self.report.snapshots += loaded.snapshot > 0
            if loaded.state != state:
                yield f"{stream} is not what its snapshot says"
            due = record.due(state)
            if agenda[stream] != dict(due):
                yield f"{stream} has {agenda[stream]} on the agenda, not {due}"
