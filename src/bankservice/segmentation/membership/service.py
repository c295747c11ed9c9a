"""The memberships of a bank's customers: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.calendar import aware
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import Institution
from bankservice.core.journal import Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.structure import FACTS
from bankservice.segmentation.grouping.kind import Groups
from bankservice.segmentation.grouping.model import GroupsFacts
from bankservice.segmentation.grouping.rule import groups
from bankservice.segmentation.membership.entries import Assign, Belonging
from bankservice.segmentation.membership.record import MEMBERSHIP, MembershipView, view_on
from bankservice.segmentation.policy import SHELF

__all__ = ["Memberships"]


class Memberships:
    """
    Decide which groups customers are in, and tell it as of any day, as known at any instant.

    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> memberships = Memberships(
        ...     MemoryJournal(),
        ...     SHELF.get("customer-groups"),
        ...     now=lambda: pendulum.datetime(2026, 3, 31, 12, tz="Asia/Shanghai"),
        ... )
        >>> lin = {"customer_kind": "business_owner", "age": 45, "leads_industry": True}
        >>> memberships.assign("m-1", "customer-7", on=date(2026, 3, 31), facts=lin).accepted
        True
        >>> memberships.view("customer-7").segment
        'industry_leader'
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[Groups],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
        institution: Policy[Institution] | None = None,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The groups.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, such as a register of facts.
            institution: Profile whose zone tells the day of an instant; the policy's zone does
                where left out.
        """
        self._policy = policy
        held = (policy,) if institution is None else (policy, institution)
        self.desk: Desk[Belonging] = Desk(MEMBERSHIP, held, tenant=tenant)
        at_hand = shelf.with_policies((policy,))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def assign(
        self,
        command_id: str,
        customer: str,
        *,
        facts: Mapping[str, object],
        on: date | None = None,
        born_on: date | None = None,
        returned: bool = False,
        actor: str = "system",
    ) -> Answer:
        """
        Decide which groups a customer is in; *facts* as for the rule `segmentation.groups`.

        What hangs on a fact that is not known stays as it was, and the view names the fact. A day
        before one decided already may be told late: it holds until the next day with an entry. A
        decision that changed nothing left none, so decide later days again where it might matter.

        Raises:
            FaultsError: If a fact is not of its type.
            UnknownNameError: If there is no such fact, code or word.
        """
        stated = {"on": on, "born_on": born_on}
        body = {name: value for name, value in stated.items() if value is not None}
        read = MEMBERSHIP.command("assign", {"customer": facts, "returned": returned, **body})
        return self.handle(Command(id=command_id, subject=customer, body=read, actor=actor))

    def leave(
        self,
        command_id: str,
        customer: str,
        *,
        reason: str,
        on: date | None = None,
        actor: str = "system",
    ) -> Answer:
        """End a customer's membership: no longer one from a day on."""
        body = {"reason": reason} | ({} if on is None else {"on": on})
        read = MEMBERSHIP.command("leave", body)
        return self.handle(Command(id=command_id, subject=customer, body=read, actor=actor))

    def assign_many(
        self,
        batch_id: str,
        facts: Mapping[str, Mapping[str, object]],
        on: date,
        *,
        actor: str = "system",
    ) -> Batch:
        """
        Decide for many customers with one read and one commit, an entry for each who changes.

        Args:
            batch_id: The caller's id of the batch.
            facts: Customer → facts.
            on: The day.
            actor: Who gives the commands.

        Raises:
            FaultsError: If facts have faults: every one, with whose it is; nothing is written.
        """
        day = FACTS.read(on, date, "the day of a batch")
        return self.office.batch_of(
            batch_id,
            facts,
            lambda customer, held: _assign(held, day),
            lambda: self._faults(facts, day),
            actor=actor,
        )

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def view(
        self, customer: str, on: date | None = None, known_at: datetime | None = None
    ) -> MembershipView:
        """
        Return where a customer belonged on a day, as it was known at an instant.

        Args:
            customer: Whose membership.
            on: The day; that of *known_at* or of now where left out.
            known_at: What was recorded later is left aside; all that is known now where left out.
        """
        asked = aware(self.office.present() if known_at is None else known_at)
        day = None if on is None else FACTS.read(on, date, "the day of a view")
        if known_at is None:
            loaded = self.office.load(customer).state
        else:
            loaded = self.office.known(customer, asked)
        if day is not None:
            return view_on(loaded, day)
        view: MembershipView = MEMBERSHIP.view(loaded, asked, self.desk.policies)
        return view

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(customer)

    def _faults(self, facts: Mapping[str, Mapping[str, object]], on: date) -> Iterator[Fault]:
        """Yield what is wrong and with whose facts: every fact alone, else all of them together."""
        for customer, held in facts.items():
            parts = [{name: value} for name, value in held.items()] if _is_table(held) else []
            found = [fault for part in parts for fault in self._fault(part, on, *part)]
            for fault in found or self._fault(held, on, ""):
                yield attrs.evolve(fault, path=f"{customer}.{fault.path}".rstrip("."))

    def _fault(self, facts: Mapping[str, object], on: date, name: str) -> Iterator[Fault]:
        try:
            body = _assign(facts, on)
            groups.decide(GroupsFacts(on=on, customer=body.customer), self._policy.versions[-1])
        except FaultsError as error:
            for fault in error.faults:
                yield attrs.evolve(fault, path=name or fault.path)
        except UnknownNameError as error:
            yield Fault(name, repr(error.name), f"a {error.kind} there is", error.near)
        except ValueError as error:
            yield Fault(name, "these facts", str(error))


def _is_table(facts: object) -> bool:
    return isinstance(facts, Mapping)


def _assign(facts: Mapping[str, object], on: date) -> Assign:
    """Return the command of one customer of a batch."""
    if not _is_table(facts):
        fault = Fault("", type(facts).__name__, "a table of facts")
        raise FaultsError("the facts of a customer", (fault,))
    return Assign(on=on, customer=FrozenMapping(facts))
