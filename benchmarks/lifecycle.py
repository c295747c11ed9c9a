"""
What a step of a customer's lifecycle costs, beside state machine libraries; and a book of a year.

    python benchmarks/lifecycle.py
    python benchmarks/lifecycle.py 100000

The peers have our stages, the same guards, and the same ready-made deadlines; they keep no history
and know one clock. Steps are timed in interleaved rounds by the processor's time; the figure is the
median over rounds of the ratio within a round. The number is that of customers in the book.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from statemachine import State as PeerState
from statemachine import StateMachine
from transitions import Machine as PeerMachine

from bankservice.core.calendar import add_months
from bankservice.core.policy import Policy
from bankservice.journals.sql import SqlJournal
from bankservice.lifecycle import SHELF
from bankservice.lifecycle.stages.activity import COUNTS, RESETS_BOTH
from bankservice.lifecycle.stages.commands import Observe
from bankservice.lifecycle.stages.machine import FRESH, Machine, State, advance, apply
from bankservice.lifecycle.stages.service import Lifecycles

ROUNDS: Final = 7
CUSTOMERS: Final = 1_000
BOOK: Final = 1_000_000
WRITTEN: Final = 50
FIRST: Final = date(2024, 1, 1).toordinal()
DAYS: Final = 366
BUSINESS: Final = COUNTS | RESETS_BOTH
POLICY: Final = """
id = "bench/stages"
kind = "lifecycle.stages"
[[version]]
since = 2020-01-01
source = { text = "benchmark", clause = "1", checked = "own" }
inactive_after = "P6M"
lost_after = "P12M"
"""


@cache
def policy() -> Policy[Any]:
    """Return a policy of two clocks, read once: its deadlines stay ready-made, as the peers'."""
    return SHELF.read(POLICY, "the benchmark")


def seconds(job: Callable[[], object]) -> float:
    """Return the processor's time a job takes."""
    gc.collect()
    begun = time.process_time()
    job()
    return time.process_time() - begun


# -- steps -----------------------------------------------------------------------------------------


@cache
def deadline(last: int) -> int:
    """Return the first day that is more than six months after a day."""
    return add_months(date.fromordinal(last), 6).toordinal() + 1


class Guards:
    """What both peers ask and do: active on the second day, inactive when the clock is over."""

    def __init__(self) -> None:
        self.last = 0
        self.count = 0
        super().__init__()

    def keep(self, day: int) -> None:
        """Keep the day."""
        self.last = day
        self.count += 1

    def repeats(self, day: int) -> bool:
        """Tell whether this is the second day."""
        return self.count + 1 >= 2

    def in_time(self, day: int) -> bool:
        """Tell whether the clock of inactivity is not over."""
        return day < deadline(self.last)

    def rechecked(self, day: int) -> bool:
        """Tell whether an inactive customer may be active again."""
        return True

    def overdue(self, day: int) -> bool:
        """Tell whether the clock of inactivity is over."""
        return day >= deadline(self.last)


STAGES: Final = ("prospect", "first_time", "active", "inactive")
MOVES: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("observe", "prospect", "first_time", ""),
    ("observe", "first_time", "active", "repeats"),
    ("observe", "active", "", "in_time"),
    ("observe", "inactive", "active", "rechecked"),
    ("tick", "first_time", "inactive", "overdue"),
    ("tick", "active", "inactive", "overdue"),
)
"""What sets a move off, from where, to where (nowhere: only the day is kept), what guards it."""


class PeerStages(Guards, StateMachine):  # type: ignore[misc]  # the peer has no types here
    """The moves of `python-statemachine`, an instance for each customer."""

    prospect = PeerState(initial=True)
    first_time = PeerState()
    active = PeerState()
    inactive = PeerState()
    observe = (
        prospect.to(first_time, on="keep")
        | first_time.to(active, cond="repeats", on="keep")
        | active.to.itself(internal=True, cond="in_time", on="keep")
        | inactive.to(active, cond="rechecked", on="keep")
    )
    tick = first_time.to(inactive, cond="overdue") | active.to(inactive, cond="overdue")


def statemachines() -> list[Any]:
    """Return instances of `python-statemachine`."""
    return [PeerStages() for _ in range(CUSTOMERS)]


def transitioned() -> list[Any]:
    """Return customers on one shared machine of `transitions`."""
    moves = [
        {
            "trigger": trigger,
            "source": source,
            "dest": to or None,
            "conditions": guard or None,
            "after": "keep" if trigger == "observe" else None,
        }
        for trigger, source, to, guard in MOVES
    ]
    machine = PeerMachine(
        model=None,
        states=list(STAGES),
        transitions=moves,
        initial="prospect",
        auto_transitions=False,
    )
    customers: list[Any] = [Guards() for _ in range(CUSTOMERS)]
    for customer in customers:
        machine.add_model(customer)
    return customers


def strangers() -> list[Any]:
    """Return as many states of ours."""
    return [FRESH] * CUSTOMERS


def observe_peers(customers: list[Any], after: int) -> None:
    """Let something happen to everybody, so many days after their first day."""
    for number, customer in enumerate(customers):
        customer.observe(day=FIRST + number + after)


def tick_peers(customers: list[Any], after: int) -> None:
    """Look at everybody's clock."""
    for number, customer in enumerate(customers):
        customer.tick(day=FIRST + number + after)


def observe_ours(states: list[Any], after: int) -> None:
    """Let something happen to everybody; a state is a value, with its history."""
    machine = Machine.of(policy().versions[0].parameters)
    for number, state in enumerate(states):
        states[number] = apply(state, FIRST + number + after, BUSINESS, machine)


def tick_ours(states: list[Any], after: int) -> None:
    """Look at everybody's clocks."""
    machine = Machine.of(policy().versions[0].parameters)
    for number, state in enumerate(states):
        states[number] = advance(state, FIRST + number + after, machine)


Act = Callable[[list[Any], int], None]
WAYS: Final[dict[str, tuple[Callable[[], list[Any]], Act, Act]]] = {
    "bankservice": (strangers, observe_ours, tick_ours),
    "transitions": (transitioned, observe_peers, tick_peers),
    "python-statemachine": (statemachines, observe_peers, tick_peers),
}
STEPS: Final = (
    ("first", 0),
    ("second", 40),
    ("again", 70),
    ("clock fires", 300),
    ("comes back", 301),
)


def steps() -> None:
    """Time steps with guards, ours and the peers'."""
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way, (make, observe, tick) in WAYS.items():
            customers, row = make(), []
            for name, after in STEPS:
                job = tick if name == "clock fires" else observe
                row.append(seconds(partial(job, customers, after)) / CUSTOMERS * 1e6)
            found[way].append([*row, sum(row) / len(STEPS)])
    print(f"Steps with guards, {CUSTOMERS:,} customers, {ROUNDS} rounds, µs; and times ours")
    print(f"  {'':20}" + "".join(f"{name:>16}" for name in (*(n for n, _ in STEPS), "mean")))
    for way, rows in found.items():
        cells = []
        for place in range(len(STEPS) + 1):
            ratio = median(
                row[place] / own[place] for row, own in zip(rows, found["bankservice"], strict=True)
            )
            cells.append(f"{median(row[place] for row in rows):9.2f}{ratio:6.1f}x")
        print(f"  {way:20}" + "".join(cells))


# -- a book of a year ------------------------------------------------------------------------------


def book(count: int, machine: Machine) -> list[State]:
    """Return customers whose last days of business lie in the year before, some of them alone."""
    states = []
    for number in range(count):
        first = FIRST - 32 - number % 366
        state = apply(FRESH, first, BUSINESS, machine)
        if number % 3:
            state = apply(state, first + number % 31, BUSINESS, machine)
        states.append(state)
    return states


def daily(states: list[State], machine: Machine) -> list[State]:
    """Advance everybody day by day."""
    for day in range(FIRST, FIRST + DAYS):
        states = [advance(state, day, machine) for state in states]
    return states


def at_once(states: list[State], machine: Machine) -> list[State]:
    """Advance everybody by one call."""
    return [advance(state, FIRST + DAYS - 1, machine) for state in states]


def year(count: int) -> None:
    """Advance a book a year, by daily calls and by one call."""
    machine = Machine.of(policy().versions[0].parameters)
    states = book(count, machine)
    ends: dict[str, list[State]] = {}
    print(f"\nA year of {count:,} customers")
    for way, job in (("one call", at_once), (f"{DAYS} daily calls", daily)):
        gc.collect()
        begun = time.process_time()
        ends[way] = job(states, machine)
        took = time.process_time() - begun
        calls = count * (1 if job is at_once else DAYS)
        print(f"  {way:18}{took:9.2f} s{took / calls * 1e9:9.0f} ns a call")
    first, second = ends.values()
    changed = sum(
        len(after.changes) - len(before.changes)
        for before, after in zip(states, first, strict=True)
    )
    print(f"  equal histories: {first == second}; {changed:,} stages began")


# -- what is written -------------------------------------------------------------------------------


def acts_of(number: int) -> list[int]:
    """Return the days of a customer's acts in a year: some daily, some weekly, some seldom."""
    every = (1, 2, 4, 9, 30, 75)[number % 6]
    away = 200 if number % 10 == 9 else 0
    return [FIRST + day for day in range(number % every, DAYS, every) if not away or day < away]


def one_by_one(stages: Lifecycles, clock: list[datetime]) -> None:
    """Tell every act when it happens."""
    told = sorted((day, n) for n in range(WRITTEN) for day in acts_of(n))
    for place, (day, number) in enumerate(told):
        clock[0] = noon(day)
        on = date.fromordinal(day)
        stages.observe(f"act-{place}", f"customer-{number}", on=on, kind="payment")


def batches(days: int, stages: Lifecycles, clock: list[datetime]) -> None:
    """Tell the acts of so many days together, then follow the agenda of clocks."""
    customers = {f"customer-{number}": acts_of(number) for number in range(WRITTEN)}
    for end in range(FIRST + days - 1, FIRST + DAYS + days - 1, days):
        end = min(end, FIRST + DAYS - 1)
        clock[0] = noon(end)
        activity = {
            customer: [
                Observe(on=date.fromordinal(day), kind="payment")
                for day in acts
                if end - days < day <= end
            ]
            for customer, acts in customers.items()
        }
        did = {customer: acts for customer, acts in activity.items() if acts}
        stages.observe_many(f"batch-{end}", did, date.fromordinal(end))
        stages.sweep()


def noon(day: int) -> datetime:
    """Return noon of a day in UTC."""
    on = date.fromordinal(day)
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


def writes() -> None:
    """Write a year of some customers to SQLite, act by act and in batches."""
    acts = sum(len(acts_of(number)) for number in range(WRITTEN))
    print(f"\nA year of {WRITTEN:,} customers with {acts / WRITTEN:.0f} acts each, on SQLite")
    titles = ("entries each", "commands", "bytes each", "seconds")
    print(f"  {'':18}" + "".join(f"{title:>14}" for title in titles))
    seen: list[list[Any]] = []
    ways: dict[str, tuple[Callable[[Lifecycles, list[datetime]], None], int]] = {
        "act by act": (one_by_one, acts),
        "daily batches": (partial(batches, 1), DAYS),
        "monthly batches": (partial(batches, 31), -(-DAYS // 31)),
    }
    for way, (job, commands) in ways.items():
        clock = [noon(FIRST)]
        with TemporaryDirectory() as folder:
            with SqlJournal.open(f"sqlite:///{folder}/bank.db") as journal:
                stages = Lifecycles(journal, policy(), now=lambda: clock[0])  # noqa: B023
                took = seconds(partial(job, stages, clock))
                names = [f"customer-{number}" for number in range(WRITTEN)]
                entries = sum(len(list(stages.history(name))) for name in names)
                seen.append([stages.view(name, noon(FIRST + DAYS - 1)).history for name in names])
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
        cells = (entries / WRITTEN, commands, size / WRITTEN, took)
        print(f"  {way:18}" + "".join(f"{cell:14,.1f}" for cell in cells))
    print(f"  equal histories: {all(each == seen[0] for each in seen)}")


def main() -> None:
    """Time steps, a book of a year, and what is written."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    steps()
    year(count)
    writes()


if __name__ == "__main__":
    main()
