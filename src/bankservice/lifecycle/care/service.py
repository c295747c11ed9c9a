"""What is meant for a bank's customers by where they stand: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.calendar import local_day
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command, Refused
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept
from bankservice.lifecycle.care.commands import Consider
from bankservice.lifecycle.care.entries import Care, Intended
from bankservice.lifecycle.care.holding import Case
from bankservice.lifecycle.care.kind import TreatmentRules
from bankservice.lifecycle.care.model import Treated
from bankservice.lifecycle.care.record import TREATMENT, planned, stated
from bankservice.lifecycle.care.views import EXPIRY, TreatmentsView
from bankservice.lifecycle.policy import SHELF

__all__ = ["Handed", "IntentFeed", "Treatments"]


@attrs.frozen
class Handed:
    """An intent as handed on: its place in the feed, whose it is, which entry holds it."""

    position: int
    customer: str
    version: int
    intent: Intended


@attrs.frozen
class IntentFeed:
    """A part of the feed: its intents, and the position to read on from."""

    intents: tuple[Handed, ...]
    position: int


class Treatments:
    """
    Consider customers, hand intents on, and keep what became of them.

    Every command takes the caller's id; the same again gives the first answer. Considering a
    customer again on a day changes nothing.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> treatments = Treatments(
        ...     MemoryJournal(),
        ...     SHELF.get("retail-treatments-shape"),
        ...     now=lambda: pendulum.datetime(2026, 11, 22, 12, tz="Asia/Shanghai"),
        ... )
        >>> lost = {"stage": "lost", "stage_reason": "LC_INACTIVE", "days_in_stage": 1}
        >>> treatments.consider("c-1", "chen", facts=lost, consents=["marketing"]).accepted
        True
        >>> treatments.deliver("c-2", "chen", intent="lost-visit-1", channel="phone").accepted
        True
        >>> treatments.view("chen").waiting
        ('lost-offer-1',)
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[TreatmentRules],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The treatments.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, such as a bank's own register of facts.
        """
        self._policy = policy
        self.desk: Desk[Care] = Desk(TREATMENT, (policy,), tenant=tenant)
        at_hand = shelf.with_policies((policy,))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def do(
        self,
        command_id: str,
        customer: str,
        act: str,
        /,
        *,
        actor: str = "system",
        at: datetime | None = None,
        source: str = "",
        **body: Any,
    ) -> Answer:
        """
        Do something with a customer's treatments.

        Args:
            command_id: The caller's id.
            customer: Whose.
            act: Name of the command, such as `deliver`.
            actor: Who gives it.
            at: When it happened; now where left out.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command, fact, word or code.
            FaultsError: If the body has faults.
        """
        command = self.office.command(
            command_id, customer, act, body, actor=actor, at=at, source=source
        )
        return self.handle(command)

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def consider(
        self, command_id: str, customer: str, *, facts: Mapping[str, object], **more: Any
    ) -> Answer:
        """
        Consider a customer: what is due becomes intents.

        Args:
            command_id: The caller's id.
            customer: Whose treatments.
            facts: Facts of the customer by name: stage, tier and so on.
            **more: `on`, `stage_since`, `ended`, `refused`, `consents` as in `Consider`; the rest
                as in `do`.
        """
        return self.do(command_id, customer, "consider", customer=facts, **more)

    def consider_many(
        self,
        batch_id: str,
        facts: Mapping[str, Mapping[str, object]],
        on: date,
        *,
        stage_since: Mapping[str, date] | None = None,
        ended: Mapping[str, bool] | None = None,
        refused: Mapping[str, Sequence[str]] | None = None,
        consents: Mapping[str, Sequence[str]] | None = None,
        actor: str = "system",
    ) -> Batch:
        """
        Consider customers with one read and one commit, entries only where something is due.

        Args:
            batch_id: The caller's id of the batch.
            facts: Customer → facts by name.
            on: The day.
            stage_since: Customer → first day of the stage; told by `days_in_stage` otherwise.
            ended: Customer → whether they died or were exited by the bank.
            refused: Customer → what is not wanted beside what the record holds.
            consents: Customer → purposes agreed to; unknown for who is left out.
            actor: Who gives it.

        Raises:
            FaultsError: If facts have faults: every one, with whose it is; nothing is written.
            UnknownNameError: If something is told of a customer who is not considered.
        """
        beside: dict[str, Mapping[str, object]] = {
            "stage_since": stage_since or {},
            "ended": ended or {},
            "refused": refused or {},
            "consents": consents or {},
        }
        for part in beside.values():
            for customer in part:
                if customer not in facts:
                    # A death or a refusal under a misspelt id must not be passed over.
                    raise UnknownNameError("customer in the batch", customer, facts)
        return self.office.batch_of(
            batch_id,
            facts,
            lambda customer, held: TREATMENT.command("consider", _body(customer, held, on, beside)),
            lambda: self._faults(facts, on, beside),
            actor=actor,
        )

    def deliver(
        self, command_id: str, customer: str, *, intent: str, channel: str, **more: Any
    ) -> Answer:
        """Say that an intent was delivered; *more* as in `do` and `Deliver`."""
        return self.do(command_id, customer, "deliver", intent=intent, channel=channel, **more)

    def record_outcome(
        self, command_id: str, customer: str, *, intent: str, outcome: str, **more: Any
    ) -> Answer:
        """Say what became of an intent; *more* as in `do` and `RecordOutcome`."""
        return self.do(command_id, customer, "record", intent=intent, outcome=outcome, **more)

    def withdraw(self, command_id: str, customer: str, *, intent: str, **more: Any) -> Answer:
        """Take an intent back before it is delivered; *more* as in `do` and `Withdraw`."""
        return self.do(command_id, customer, "withdraw", intent=intent, **more)

    def object_to(self, command_id: str, customer: str, **more: Any) -> Answer:
        """Note what a customer does not want; *more* as in `do` and `Object`."""
        return self.do(command_id, customer, "object", **more)

    def agree(self, command_id: str, customer: str, **more: Any) -> Answer:
        """Note that a customer takes refusals back; *more* as in `do` and `Agree`."""
        return self.do(command_id, customer, "agree", **more)

    def preview(
        self, customer: str, *, facts: Mapping[str, object], **more: Any
    ) -> Treated | Refused:
        """
        Return what considering a customer would lead to now; nothing is written.

        Args:
            customer: Whose treatments.
            facts: Facts of the customer by name.
            **more: As in `Consider`.
        """
        now = self.office.present()
        body = TREATMENT.command("consider", {"customer": facts, **more})
        on = body.on or local_day(now, self._policy.versions[-1].parameters.zone)
        state = self.office.load(customer).state
        plan = planned(state, body, on, now, self._policy)
        return plan if isinstance(plan, Refused) else plan.outcome

    def intents(self, after: int = 0, *, limit: int) -> IntentFeed:
        """
        Return intents to hand on, in the order they were meant.

        Whoever acts on them keeps the position given and reads on from it: each intent comes once,
        and none is skipped.

        Args:
            after: Position in the feed read up to.
            limit: How many entries of the feed to look at, of whatever kind.
        """
        fed = self.office.journal.feed(after, limit=limit)
        found = []
        for held in fed:
            entry = held.entry
            if (entry.stream.tenant, entry.stream.kind) == (self.desk.tenant, TREATMENT.kind):
                event = TREATMENT.events.decode(entry)
                if isinstance(event, Intended):
                    handed = Handed(held.position, entry.stream.key, entry.version, event)
                    found.append(handed)
        return IntentFeed(tuple(found), fed[-1].position if fed else after)

    def view(self, customer: str, as_of: datetime | None = None) -> TreatmentsView:
        """Return a customer's treatments as seen at *as_of* (now where left out)."""
        view: TreatmentsView = self.office.view(customer, as_of)
        return view

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(customer)

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Note the intents whose days went by, each once; how they stand is told by dates alone.

        What else stands on the agenda is left to the host's own sweep.
        """
        return self.office.sweep(self.note_expiry, limit=limit, mine=_is_expiry)

    def note_expiry(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one that is no expiry of an intent is left as it is."""
        if item.stream.kind != TREATMENT.kind or not _is_expiry(item):
            return
        now = self.office.present()
        # Too early by the day of a newer version's zone, it is asked again on the next.
        today = local_day(now, self._policy.versions[-1].parameters.zone)
        intent = item.key.removeprefix(EXPIRY)
        self.office.see_to(item, "expiry", "note_expiry", {"intent": intent}, str(today))

    def _faults(
        self,
        facts: Mapping[str, Mapping[str, object]],
        on: date,
        beside: Mapping[str, Mapping[str, object]],
    ) -> Iterator[Fault]:
        rules: TreatmentRules = self._policy.versions[-1].parameters
        for customer, held in facts.items():
            found = tuple(_of_facts(held, rules)) or tuple(
                _of_the_rest(_body(customer, held, on, beside), rules)
            )
            for fault in found:
                yield attrs.evolve(fault, path=f"{customer}.{fault.path}".rstrip("."))


def _body(
    customer: str,
    facts: Mapping[str, object],
    on: date,
    beside: Mapping[str, Mapping[str, object]],
) -> dict[str, object]:
    """Return what is asked of one customer of a batch."""
    more = {name: part[customer] for name, part in beside.items() if customer in part}
    return {"on": on, "customer": facts, **more}


def _of_facts(facts: object, rules: TreatmentRules) -> Iterator[Fault]:
    """Yield what is wrong with facts, each alone; that they are no table is told with the rest."""
    for name, value in facts.items() if isinstance(facts, Mapping) else ():
        try:
            rules.register.read({name: value})
        except FaultsError as error:
            for fault in error.faults:
                yield attrs.evolve(fault, path=name)
        except UnknownNameError as error:
            yield Fault(name, repr(value), "what the register of facts has", error.near)


def _of_the_rest(body: Mapping[str, object], rules: TreatmentRules) -> Iterator[Fault]:
    """Yield what is wrong with what is told beside facts that have no fault of their own."""
    try:
        told: Consider = TREATMENT.command("consider", body)
        Case.of(stated(told, told.on or date.max), rules)
    except FaultsError as error:
        yield from error.faults
    except UnknownNameError as error:
        yield Fault("refused", repr(error.name), "a kind or channel", error.near)
    except ValueError as error:
        yield Fault("", "these facts", str(error))


def _is_expiry(item: AgendaItem) -> bool:
    return item.key.startswith(EXPIRY)
