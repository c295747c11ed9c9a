"""
A seeded run of faults: hand out orders, do harm, let everybody end, heal, and check everything.

Which orders, which fault and when follow from the seed; where in a commit a blow falls is up to
the machine, so that a seed repeats the run but not its last microsecond.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Final

import attrs
from fault_checks import Book, violations
from fault_harm import Harm, harm_for
from fault_ledger import START, Order, order
from fault_workers import Crew, Said, Task

from bankservice.journals.sql import SqlJournal

__all__ = ["KINDS", "Campaign", "Report"]

KINDS: Final = {
    "sqlite": ("kill", "full", "lock", "clock", "duplicate", "reorder"),
    "postgresql": ("kill", "cut", "end", "full", "lock", "clock", "duplicate", "reorder"),
}
"""What can be done to each database."""

WRITERS: Final = 3
FRESH: Final = 14
"""New orders in each step."""
BLOWS: Final = 3
"""How often a step strikes, where a fault is a blow and no state."""
PATIENCE: Final = 5
"""How often an order is given again at the end: a connection that was cut may still be pooled."""


@attrs.define
class Report:
    """
    What happened in a run.

    Attributes:
        seed: Of the run.
        ordered: How many orders were made.
        given: How often an order was given.
        acknowledged: How many orders were answered.
        replayed: How often the answer was that of an earlier time.
        troubles: How often a writer was told of trouble.
        faults: How often each kind of fault struck.
        checks: How often everything was checked.
        rounds: How many runs this is.
        violations: What did not hold; each names its step.
    """

    seed: int
    ordered: int = 0
    given: int = 0
    acknowledged: int = 0
    replayed: int = 0
    troubles: int = 0
    checks: int = 0
    rounds: int = 0
    faults: Counter[str] = attrs.field(factory=Counter)
    violations: list[str] = attrs.field(factory=list)

    def with_round(self, other: Report) -> Report:
        """Return what this run and another come to together."""
        counted = ("ordered", "given", "acknowledged", "replayed", "troubles", "checks", "rounds")
        return Report(
            self.seed,
            **{name: getattr(self, name) + getattr(other, name) for name in counted},
            faults=self.faults + other.faults,
            violations=[
                *self.violations,
                *(f"seed {other.seed} {violation}" for violation in other.violations),
            ],
        )

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: {self.acknowledged} of {self.ordered} orders, {self.faults}"]
        return "\n".join([*lines, *self.violations])


class Campaign:
    """
    One database under fire.

    Args:
        url: A fresh database.
        seed: What everything is drawn from.
    """

    def __init__(self, url: str, seed: int) -> None:
        self.report = Report(seed, rounds=1)
        self._draws = random.Random(seed)
        self._book = Book()
        self._url = url
        self._now = START
        self._waiting: list[Order] = []

    def run(self, kinds: tuple[str, ...], steps: int) -> Report:
        """Strike so often, each time with a kind drawn from *kinds*, and check after each."""
        with SqlJournal.open(self._url) as journal, self._fight() as (crew, harm):
            for number in range(steps):
                # Each kind at least once, whatever the seed.
                kind = kinds[number] if number < len(kinds) else self._draws.choice(kinds)
                self._step(kind, crew, harm)
                again = self._draws.sample(
                    sorted(self._book.answers), min(3, len(self._book.answers))
                )
                self._check(journal, f"step {number}, {kind}", tuple(again))
                if self.report.violations:
                    return self.report
            self._finish(crew)
            self._check(journal, "the end", tuple(self._book.answers))
        self.report.acknowledged = len(self._book.answers)
        for missing in self._book.ordered.keys() - self._book.answers.keys():
            self.report.violations.append(f"{missing} could not be given in {PATIENCE} attempts")
        return self.report

    @contextmanager
    def _fight(self) -> Iterator[tuple[Crew, Harm]]:
        with ExitStack() as stack:
            harm = stack.enter_context(harm_for(self._url))
            crew = stack.enter_context(Crew(harm.url, WRITERS, busy_seconds=harm.busy_seconds))
            yield crew, harm

    def _check(self, journal: SqlJournal, where: str, again: tuple[str, ...]) -> None:
        found = violations(journal, self._book, again=again)
        self.report.checks += 1
        self._book.wrong.clear()
        self.report.violations += [f"[{where}] {each}" for each in found]

    # --- a step ---------------------------------------------------------------------------------

    def _step(self, kind: str, crew: Crew, harm: Harm) -> None:
        draws, moments = self._draws, self._draws.sample(range(FRESH), BLOWS)
        crew.fill()
        if kind in ("full", "cut"):
            harm.before(kind, draws)
        crew.hand(self._tasks(kind, draws, harm))
        # A blow falls after so many words, and a little later, so that it may hit a commit.
        for count, said in enumerate(crew.words()):
            self._hear(said)
            if kind in ("clock", "duplicate", "reorder") or count not in moments:
                harm.heard(kind, said)
                continue
            time.sleep(draws.uniform(0, 0.003))
            if kind == "kill":
                crew.kill(draws.randrange(WRITERS))
            else:
                harm.strike(kind, draws)
        self.report.faults[kind] += harm.heal(kind) + (kind in ("clock", "duplicate", "reorder"))
        self.report.faults["kill"] += crew.killed
        crew.killed = 0

    def _tasks(self, kind: str, draws: random.Random, harm: Harm) -> list[Task]:
        fresh = [order(self.report.seed, self.report.ordered + n) for n in range(FRESH)]
        self.report.ordered += FRESH
        self._book.ordered.update((each.id, each) for each in fresh)
        # Whoever got no answer asks again, and now and then somebody who did.
        old = draws.sample(list(self._book.ordered.values()), min(4, len(self._book.ordered)))
        wanted = [*self._unanswered(), *fresh, *old]
        match kind:
            case "duplicate":
                shares = [wanted] * WRITERS
            case "reorder":
                shares = [draws.sample(wanted, len(wanted)) for _ in range(WRITERS)]
            case _:
                shares = [wanted[place::WRITERS] for place in range(WRITERS)]
        return [
            Task(tuple((each, self._clock(kind)) for each in share), harm.room(kind, draws))
            for share in shares
        ]

    def _unanswered(self) -> list[Order]:
        return [each for key, each in self._book.ordered.items() if key not in self._book.answers]

    def _clock(self, kind: str) -> datetime:
        """Return what a writer's clock says: later each time, but where clocks are at fault."""
        if kind == "clock":
            return self._now + timedelta(seconds=self._draws.randint(-40_000_000, 40_000_000))
        self._now += timedelta(milliseconds=1)
        return self._now

    def _hear(self, said: Said) -> None:
        self.report.given += said.how != "done"
        match said.how:
            case "acknowledged":
                self._book.acknowledge(said.order_id, said.told)
                self.report.replayed += said.replayed
            case "trouble":
                self.report.troubles += 1
            case "wrong":
                self._book.wrong.append(f"{said.order_id}: {said.told}")

    def _finish(self, crew: Crew) -> None:
        """Give everything that was not answered until it is; no fault is left to excuse it."""
        for _ in range(PATIENCE):
            crew.fill()
            shares = [self._unanswered()[place::WRITERS] for place in range(WRITERS)]
            crew.hand([Task(tuple((each, self._clock("")) for each in share)) for share in shares])
            for said in crew.words():
                self._hear(said)
