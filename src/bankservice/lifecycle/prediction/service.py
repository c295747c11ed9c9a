"""The outlooks of a bank's customers: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.calendar import aware, local_day
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.driver import Asking, Kept
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.journal import Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy, Version
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import FACTS
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.prediction.entries import Outlooked, Score
from bankservice.lifecycle.prediction.kind import Outlook
from bankservice.lifecycle.prediction.record import (
    OUTLOOKED,
    decisions,
    versions_of,
    zone_of_policy,
)
from bankservice.lifecycle.prediction.views import OutlookView, view_on

__all__ = ["Outlooks"]


class Outlooks:
    """
    Estimate customers' outlooks, and tell them as of any day, as known at any instant.

    An outlook is an estimate: no stage, tier or treatment of the record changes because of it.
    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from datetime import timedelta
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> outlooks = Outlooks(
        ...     MemoryJournal(),
        ...     SHELF.get("cdnow-outlook"),
        ...     now=lambda: pendulum.datetime(1997, 10, 1, 12),
        ... )
        >>> days = [date(1997, 1, 2) + timedelta(weeks=n) for n in (0, 4, 9)]
        >>> outlooks.score("o-1", "customer-7", days=days, mean="22.35").accepted
        True
        >>> view = outlooks.view("customer-7")
        >>> view.band, view.card.purchases.model, view.card.purchases.customers
        ('high', 'mbg-nbd', 2357)
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[Outlook],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The model that was adopted, bands, value and trends.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, such as vocabularies.
        """
        self._policy = policy
        self.desk: Desk[Outlooked] = Desk(OUTLOOKED, (policy,), tenant=tenant)
        at_hand = shelf.with_policies((policy,))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def score(
        self,
        command_id: str,
        customer: str,
        /,
        *,
        on: date | None = None,
        actor: str = "system",
        **facts: Any,
    ) -> Answer:
        """
        Estimate a customer's outlook of a day; an entry is written where it changed.

        Args:
            command_id: The caller's id.
            customer: Whose outlook.
            on: The day; today where left out.
            actor: Who gives the command.
            **facts: `days` with business up to it, or `frequency`, `recency` and `age`; `mean` and
                `currency` of spend; `values` by measure; `customer`: see `Score`.

        Raises:
            FaultsError: If the facts contradict each other, or are none the model can have.
        """
        body = OUTLOOKED.command("score", facts if on is None else {"on": on, **facts})
        return self.handle(Command(id=command_id, subject=customer, body=body, actor=actor))

    def score_many(
        self,
        batch_id: str,
        facts: Mapping[str, Mapping[str, object]],
        on: date,
        *,
        actor: str = "system",
    ) -> Batch:
        """
        Estimate many customers' outlooks with one read and one commit, an entry for each change.

        Args:
            batch_id: The caller's id of the batch.
            facts: Customer → facts, as for `score`.
            on: The day.
            actor: Who gives the commands.

        Raises:
            FaultsError: If facts have faults: every one, with whose it is; nothing is written.
        """
        day = FACTS.read(on, date, "the day of a batch")
        return self.office.batch_of(
            batch_id,
            facts,
            lambda customer, held: _score(held, day),
            lambda: self._faults(facts, day),
            actor=actor,
        )

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def view(
        self, customer: str, on: date | None = None, known_at: datetime | None = None
    ) -> OutlookView:
        """
        Return a customer's outlook on a day, as it was known at an instant, with its model card.

        Args:
            customer: Whose outlook.
            on: The day; that of *known_at* or of now where left out.
            known_at: What was recorded later is left aside; all that is known now where left out.
        """
        asked = aware(self.office.present() if known_at is None else known_at)
        zone = zone_of_policy(self._policy)
        day = local_day(asked, zone) if on is None else FACTS.read(on, date, "the day of a view")
        if known_at is None:
            state = self.office.load(customer).state
        else:
            state = self.office.known(customer, asked)
        return view_on(state, day, self._version)

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(customer)

    def _version(self, ref: tuple[str, str]) -> Version[Outlook] | None:
        """Return a version at hand, else as the journal kept it; None where it kept none."""
        at_hand = versions_of(self._policy).get(ref)
        if at_hand is not None:
            return at_hand

        def kept() -> Asking[Version[Outlook] | None]:
            found = yield Kept(self.desk.tenant, *ref)
            return None if found is None else self.office.rebuilt(found)

        return self.office.serve(kept())

    def _faults(self, facts: Mapping[str, Mapping[str, object]], on: date) -> Iterator[Fault]:
        """Yield what is wrong and with whose facts."""
        for customer, held in facts.items():
            try:
                body = _score(held, on)
                for version in self._policy.versions[-1:]:
                    decisions(body, on, version)
            except FaultsError as error:
                for fault in error.faults:
                    yield attrs.evolve(fault, path=f"{customer}.{fault.path}".rstrip("."))
            except UnknownNameError:
                # A measure the policy tells no trend of is refused, and no fault.
                continue


def _score(facts: object, on: date) -> Score:
    """Return the command of one customer of a batch."""
    if not isinstance(facts, Mapping):
        fault = Fault("", type(facts).__name__, "a table of facts")
        raise FaultsError("the facts of a customer", (fault,))
    found: Score = OUTLOOKED.command("score", {**facts, "on": on})
    return found
