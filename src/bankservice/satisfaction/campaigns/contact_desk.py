"""The record of contacts at a desk: commands by name, what people see, what runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bankservice.core.answer import Answer
from bankservice.core.calendar import local_day
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import FACTS
from bankservice.core.sweep import Swept
from bankservice.satisfaction.campaigns.asking import MayAsk, MayAskFacts, may_ask_of
from bankservice.satisfaction.campaigns.entries import Contacts
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.record import CONTACT, whole_facts
from bankservice.satisfaction.campaigns.views import EXPIRY, ContactsView
from bankservice.satisfaction.policy import SHELF

__all__ = ["ContactDesk"]


class ContactDesk:
    """Contacts of customers with surveys: who may be asked, what became of it, what runs out."""

    def __init__(
        self,
        journal: Journal,
        policy: Policy[SamplingPlan],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The sampling plan.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name.
        """
        self._policy = policy
        self.desk: Desk[Contacts] = Desk(CONTACT, (policy,), tenant=tenant)
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
        Do something with a customer's contacts.

        Args:
            command_id: The caller's id.
            customer: Whose.
            act: Name of the command, such as `end`.
            actor: Who gives it.
            at: When it happened; now where left out.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command, channel or programme.
            FaultsError: If the body has faults.
        """
        command = self.office.command(
            command_id, customer, act, body, actor=actor, at=at, source=source
        )
        return self.handle(command)

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    @property
    def plan(self) -> SamplingPlan:
        """The newest version of the sampling plan."""
        plan: SamplingPlan = self._policy.versions[-1].parameters
        return plan

    def may_ask(self, customer: str, *, channel: str, **more: Any) -> MayAsk:
        """
        Return whether a customer may be invited now; *more* as in `MayAskFacts`.

        Raises:
            NotInForceError: If no version of the plan is in force on that day.
            UnknownNameError: If there is no such channel or programme.
        """
        present = self.office.present()
        told = {"at": present, "channel": channel, **more}
        facts = FACTS.read(told, MayAskFacts, "facts of satisfaction.may-ask")
        state, zone = self.office.load(customer).state, self.plan.zone
        version = self._policy.as_known(local_day(present, zone)).on(local_day(facts.at, zone))
        return may_ask_of(whole_facts(state, facts), version.parameters)

    def view(self, customer: str, as_of: datetime | None = None) -> ContactsView:
        """Return a customer's contacts as seen at *as_of* (now where left out)."""
        view: ContactsView = self.office.view(customer, as_of)
        return view

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(customer)

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Note the invitations whose time went by, each once; how they ended is told by dates alone.

        What else stands on the agenda is left to the host's own sweep.
        """
        return self.office.sweep(self.note_expiry, limit=limit, mine=_is_expiry)

    def note_expiry(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one that is no expiry of an invitation is left as it is."""
        if item.stream.kind != CONTACT.kind or not _is_expiry(item):
            return
        body = {"campaign": item.key.removeprefix(EXPIRY)}
        self.office.see_to(item, "survey-expiry", "note_expiry", body)


def _is_expiry(item: AgendaItem) -> bool:
    return item.key.startswith(EXPIRY)
