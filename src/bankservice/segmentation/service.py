"""The standings of a bank's customers: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from bankservice.core.answer import Answer, Batch
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.unknown import UnknownType
from bankservice.segmentation.book import Book, RunResult, run_shard
from bankservice.segmentation.corrections import Outcome, course_of, outcomes
from bankservice.segmentation.entries import (
    Assess,
    EndOverride,
    GrantOverride,
    GrantRamp,
    Member,
    StandingView,
)
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.measure import Measure, Measures
from bankservice.segmentation.policy import SHELF
from bankservice.segmentation.record import STANDING
from bankservice.segmentation.runs import Course

__all__ = ["Standings"]


class Standings:
    """
    Assess customers, hold tiers by hand, look, and run whole books.

    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> standings = Standings(
        ...     MemoryJournal(),
        ...     SHELF.get("cn-retail-shape"),
        ...     now=lambda: pendulum.datetime(2026, 3, 31, 12, tz="Asia/Shanghai"),
        ... )
        >>> standings.assess("run-1", "customer-7", measure={"average": "620000.00"}).accepted
        True
        >>> standings.view("customer-7").tier
        'GOLD'
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[Ladder],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The tier policy.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
        """
        self.desk: Desk[Member] = Desk(STANDING, (policy,), tenant=tenant)
        self.office = Office(self.desk, journal, now=now, shelf=SHELF)

    def assess(
        self,
        command_id: str,
        customer: str,
        *,
        measure: object,
        on: date | None = None,
        household: str = "",
        facts: Mapping[str, object] | None = None,
        actor: str = "system",
    ) -> Answer:
        """Assess a customer; *measure* as in `Assess`."""
        body = STANDING.command(
            "assess",
            {
                "measure": measure,
                "household": household,
                "customer": facts or {},
                **({"on": on} if on else {}),
            },
        )
        return self.handle(Command(id=command_id, subject=customer, body=body, actor=actor))

    def grant_override(
        self,
        command_id: str,
        customer: str,
        *,
        tier: str,
        until: date,
        reason: str,
        actor: str,
        approved_by: str,
        on: date | None = None,
    ) -> Answer:
        """Hold a tier by hand until a day (exclusive)."""
        body = GrantOverride(tier=tier, until=until, reason=reason, on=on)
        return self.handle(
            Command(
                id=command_id, subject=customer, body=body, actor=actor, approved_by=approved_by
            )
        )

    def end_override(
        self,
        command_id: str,
        customer: str,
        *,
        reason: str,
        actor: str,
        approved_by: str,
        on: date | None = None,
    ) -> Answer:
        """End an override before its day."""
        body = EndOverride(reason=reason, on=on)
        return self.handle(
            Command(
                id=command_id, subject=customer, body=body, actor=actor, approved_by=approved_by
            )
        )

    def grant_ramp(
        self,
        command_id: str,
        customer: str,
        *,
        tier: str,
        on: date | None = None,
        actor: str = "system",
    ) -> Answer:
        """Give a new customer a tier ahead of any measure."""
        return self.handle(
            Command(id=command_id, subject=customer, body=GrantRamp(tier=tier, on=on), actor=actor)
        )

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def assess_many(
        self,
        batch_id: str,
        measures: Mapping[str, Measure | UnknownType | Measures],
        on: date,
        *,
        actor: str = "system",
    ) -> Batch:
        """Assess customers with one read and one commit, an entry for each whose standing changes."""
        commands = [
            Command(
                id=f"{batch_id}:{place}",
                subject=customer,
                actor=actor,
                body=Assess(measure=_measures(measure), on=on),
            )
            for place, (customer, measure) in enumerate(measures.items())
        ]
        return self.office.batch(batch_id, commands)

    def run(
        self,
        run: str,
        book: Book,
        measures: Mapping[str, Measure | UnknownType | Measures],
        on: date,
    ) -> RunResult:
        """
        Assess a whole book, shard by shard; see `bankservice.segmentation.book`.

        A run that was interrupted is given again under its id: shards done before are skipped.
        A run of a day that had one is a correction of it; later days are then run again, in order.
        """
        total = RunResult()
        split = book.split(measures)
        # A shard without a customer in the input is run too: it may have customers to miss.
        for shard in range(book.shards):
            part = {customer: measures[customer] for customer in split.get(shard, ())}
            total += self.run_shard(run, book, shard, part, on)
        return total

    def run_shard(
        self,
        run: str,
        book: Book,
        shard: int,
        measures: Mapping[str, Measure | UnknownType | Measures],
        on: date,
    ) -> RunResult:
        """Assess one shard of a book, as `run` does with each of them."""
        asking = run_shard(self.desk, book, shard, run, on, measures, self.office.present())
        return self.office.serve(asking)

    def course(self, book: Book, shard: int) -> Course:
        """Return the runs of a shard and their corrections."""
        return self.office.serve(course_of(self.desk, book.key(shard)))

    def members(self, book: Book, shard: int) -> frozenset[str]:
        """Return the customers who follow a shard: every run of it must state them."""
        return self.course(book, shard).members()

    def outcomes(
        self, book: Book, shard: int, customers: Iterable[str], on: date
    ) -> Mapping[str, Outcome]:
        """
        Return what the run of a day decided of customers of a shard, as it stands now.

        Later runs change nothing of it, a correction does. Who has no entry and was never above
        the base is at the base of the day's policy version.

        Raises:
            UnknownNameError: If the shard had no run of that day.
        """
        asking = outcomes(self.desk, book.key(shard), customers, on, self.office.rebuilt)
        return self.office.serve(asking)

    def view(self, customer: str, as_of: datetime | None = None) -> StandingView:
        """Return a customer's standing as seen at *as_of* (now where left out)."""
        view: StandingView = self.office.view(customer, as_of)
        return view

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's own entries."""
        return self.office.history(customer)


def _measures(measure: Measure | UnknownType | Measures) -> Measures:
    return (
        measure if isinstance(measure, Measures) else Measures(FrozenMapping({"assets": measure}))
    )
