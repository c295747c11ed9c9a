"""The benefits of a bank's customers beside points: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from bankservice.core.answer import Answer
from bankservice.core.calendar import aware
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.quota import Quota
from bankservice.core.record import Command, Refused
from bankservice.core.shelf import PolicyShelf
from bankservice.loyalty.benefits.entries import Benefited, Claim
from bankservice.loyalty.benefits.kind import Offers
from bankservice.loyalty.benefits.model import Offered
from bankservice.loyalty.benefits.purses import Budgets
from bankservice.loyalty.benefits.record import BENEFITS, planned
from bankservice.loyalty.benefits.views import BenefitsView
from bankservice.loyalty.policy import SHELF

__all__ = ["Benefits"]

_HOLD: Final = timedelta(days=1)


class Benefits:
    """
    Join campaigns, ask and take what an event gets, take it back.

    Every command takes the caller's id, which is the policy's own: the same again gives the first
    answer. A preview gives exactly what a claim of the same event would at that instant.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> from bankservice.loyalty.policy import SHELF
        >>> import pendulum
        >>> benefits = Benefits(
        ...     MemoryJournal(),
        ...     SHELF.get("spring-festival-offers"),
        ...     now=lambda: pendulum.datetime(2026, 2, 18, 12, tz="Asia/Shanghai"),
        ... )
        >>> event = {"product": "", "kind": "transfer", "fee": "transfer", "fee_amount": "5.00"}
        >>> benefits.preview("customer-7", **event).fee_minor
        0
        >>> benefits.claim("c-1", "customer-7", ref="transfer-1", **event).accepted
        True
        >>> benefits.view("customer-7").used["spring-transfers"].left
        1
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[Offers],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
        quota: Quota | None = None,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The offers.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, beside this policy and its calendars.
            quota: Where shared budgets are kept; without one the caller states what is left.
        """
        linked = (c for version in policy.versions for c in version.parameters.calendars)
        self._policy = policy
        self._budgets = None if quota is None else Budgets(quota, policy, hold=_HOLD)
        self.desk: Desk[Benefited] = Desk(BENEFITS, (policy,), tenant=tenant)
        at_hand = shelf.with_policies((*linked, policy))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def subject_of(self, customer: str) -> str:
        """Return the subject of a customer's benefits under this policy; of a subject, itself."""
        own = checked_id(customer, "customer").removeprefix(f"{self._policy.id}:")
        return f"{self._policy.id}:{checked_id(own, 'customer')}"

    def do(
        self,
        command_id: str,
        customer: str,
        act: str,
        *,
        actor: str = "system",
        approved_by: str = "",
        at: datetime | None = None,
        source: str = "",
        **body: Any,
    ) -> Answer:
        """
        Do something with a customer's benefits: `enrol`, `claim` or `reverse`.

        Args:
            command_id: The caller's id.
            customer: Whose benefits.
            act: Name of the command.
            actor: Who gives it.
            approved_by: The second person, where one approved.
            at: When it happened; now where left out.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command, or a code is not known.
            FaultsError: If the body has faults.
        """
        now = self.office.present()
        read = BENEFITS.command(act, body)
        command = Command(
            id=f"{self._policy.id}:{checked_id(command_id, 'command')}",
            subject=self.subject_of(customer),
            body=read,
            actor=actor,
            approved_by=approved_by,
            at=at,
            source=source,
        )
        if not isinstance(read, Claim) or self._budgets is None:
            return self.office.serve(self.desk.handle(command, now))
        leased = self._budgets.lease(command, now)
        answer = self.office.serve(self.desk.handle(leased, now))
        # Without entries it was claimed before by another command, which settled it.
        made = answer.accepted and bool(answer.versions)
        claim = self._state(customer).claims.get(read.ref) if made else None
        self._budgets.settle(leased, claim, now)
        return answer

    def enrol(self, command_id: str, customer: str, *, campaign: str, **more: Any) -> Answer:
        """Let a customer join a campaign; *more* as in `do`."""
        return self.do(command_id, customer, "enrol", campaign=campaign, **more)

    def claim(self, command_id: str, customer: str, *, ref: str, **event: Any) -> Answer:
        """Take what an event gets; *event* as in `Claim` and `do`."""
        return self.do(command_id, customer, "claim", ref=ref, **event)

    def reverse(self, command_id: str, customer: str, *, ref: str, **more: Any) -> Answer:
        """Take a claim back; *more* as in `do`."""
        return self.do(command_id, customer, "reverse", ref=ref, **more)

    def preview(
        self, customer: str, *, at: datetime | None = None, **event: Any
    ) -> Offered | Refused:
        """
        Return what a claim of an event would get at this instant, or why it would be refused.

        Args:
            customer: Whose benefits.
            at: When the event happens; now where left out.
            **event: As in `Claim`, without its reference.
        """
        now = self.office.present()
        body = BENEFITS.command("claim", {"ref": "preview", **event})
        if self._budgets is not None:
            left = self._budgets.left(body, aware(at or now), now)
            body = attrs.evolve(body, budget_left=FrozenMapping({**left, **body.budget_left}))
        plan = planned(self._state(customer), body, aware(at or now), now, self._policy)
        return plan if isinstance(plan, Refused) else plan.outcome

    def view(self, customer: str, as_of: datetime | None = None) -> BenefitsView:
        """Return a customer's benefits as seen at *as_of* (now where left out)."""
        view: BenefitsView = self.office.view(self.subject_of(customer), as_of)
        return view

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(self.subject_of(customer), version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(self.subject_of(customer))

    def open_budgets(self) -> Mapping[str, int]:
        """
        Open the shared budgets of the policy's versions; again it changes nothing.

        Returns:
            Name of each budget → its uses, or minor units.

        Raises:
            ValueError: If there is no quota to keep them in.
        """
        if self._budgets is None:
            raise ValueError("there is nowhere to keep budgets; pass a `quota`.")
        return self._budgets.open()

    def _state(self, customer: str) -> Benefited:
        return self.office.load(self.subject_of(customer)).state
