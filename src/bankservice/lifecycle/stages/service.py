"""The stages of a bank's customers: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bankservice.core.answer import Answer, Batch
from bankservice.core.calendar import aware, local_day
from bankservice.core.decision import Explanation
from bankservice.core.frozen import FrozenMapping
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept
from bankservice.core.unknown import UnknownType
from bankservice.lifecycle.policy import SHELF
from bankservice.lifecycle.stages.batch import observe_many
from bankservice.lifecycle.stages.commands import Observe
from bankservice.lifecycle.stages.kind import Stages
from bankservice.lifecycle.stages.record import STANDING
from bankservice.lifecycle.stages.snapshots import EVERY, SNAPPED, StagesDesk
from bankservice.lifecycle.stages.views import LifecycleView, seen, zone_of_policy

__all__ = ["Lifecycles"]


class Lifecycles:
    """
    Tell what customers did, and see at which stage they stand.

    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> lifecycles = Lifecycles(
        ...     MemoryJournal(),
        ...     SHELF.get("retail-stages-shape"),
        ...     now=lambda: pendulum.datetime(2026, 5, 5, 12, tz="Asia/Shanghai"),
        ... )
        >>> lifecycles.know("k-1", "customer-7", on=date(2026, 4, 1)).accepted
        True
        >>> lifecycles.observe("o-1", "customer-7", kind="transfer").accepted
        True
        >>> lifecycles.view("customer-7").stage.value
        'first_time'
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[Stages],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: The stages policy.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, beside this policy.
        """
        self._policy = policy
        self.desk = StagesDesk(SNAPPED, (policy,), tenant=tenant, snapshot_every=EVERY)
        at_hand = shelf.with_policies((policy,))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    # -- telling ---------------------------------------------------------------------------------

    def do(
        self,
        command_id: str,
        customer: str,
        act: str,
        /,
        *,
        actor: str = "system",
        approved_by: str = "",
        at: datetime | None = None,
        source: str = "",
        **body: Any,
    ) -> Answer:
        """
        Tell something of a customer: `know`, `observe`, `advance`, `close`, `hold`, `release`.

        Args:
            command_id: The caller's id.
            customer: Whose stages.
            act: Name of the command.
            actor: Who gives it.
            approved_by: The second person, where one approved.
            at: When it happened; now where left out.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command.
            FaultsError: If the body has faults.
        """
        stated = {name: value for name, value in body.items() if value is not None}
        command = Command(
            id=command_id,
            subject=customer,
            body=STANDING.command(act, stated),
            actor=actor,
            approved_by=approved_by,
            at=at,
            source=source,
        )
        return self.handle(command)

    def handle(self, command: Command) -> Answer:
        """Handle any command of the record."""
        return self.office.handle(command)

    def know(
        self, command_id: str, customer: str, /, *, on: date | None = None, **more: Any
    ) -> Answer:
        """Tell that a customer became known on a day; *more* as in `Know` and `do`."""
        return self.do(command_id, customer, "know", on=on, **more)

    def observe(
        self, command_id: str, customer: str, /, *, on: date | None = None, **more: Any
    ) -> Answer:
        """Tell what a customer did; *more* as in `Observe` and `do`."""
        return self.do(command_id, customer, "observe", on=on, **more)

    def advance(self, command_id: str, customer: str, /, as_of: date, **more: Any) -> Answer:
        """Write down the stages that clocks have begun by the end of a day; *more* as in `do`."""
        return self.do(command_id, customer, "advance", as_of=as_of, **more)

    def close(
        self,
        command_id: str,
        customer: str,
        /,
        *,
        on: date | None = None,
        reason: str = "closed",
        **more: Any,
    ) -> Answer:
        """Tell that everything ended: `closed`, `deceased` or `exited`; *more* as in `do`."""
        return self.do(command_id, customer, "close", on=on, reason=reason, **more)

    def hold(
        self,
        command_id: str,
        customer: str,
        /,
        *,
        kind: str,
        on: date | None = None,
        until: date | None = None,
        **more: Any,
    ) -> Answer:
        """Stop the clocks of inactivity until a day (exclusive); *more* as in `do`."""
        return self.do(command_id, customer, "hold", kind=kind, on=on, until=until, **more)

    def release(
        self, command_id: str, customer: str, /, *, kind: str, on: date | None = None, **more: Any
    ) -> Answer:
        """Let the clocks of inactivity run again from a day on; *more* as in `do`."""
        return self.do(command_id, customer, "release", kind=kind, on=on, **more)

    def observe_many(
        self,
        batch_id: str,
        activity: Mapping[str, Sequence[Observe]],
        as_of: date,
        *,
        known: Mapping[str, date | UnknownType] = FrozenMapping(),
    ) -> Batch:
        """
        Take in what many customers did, and write down their stages at the end of a day.

        There is one read and one commit, and at most one entry for each customer; none where
        nothing is new. An act that is refused is named as `customer/place`, counted from 1; the
        customer's other acts count.

        Args:
            batch_id: The caller's id of the batch.
            activity: Customer → what they did; customers without acts may be named, to have their
                clocks written down.
            as_of: The day at whose end stages are written down.
            known: Customer → day they became known.

        Raises:
            CommandConflictError: If the batch was given with other content.
            ValueError: If the day has not come yet.
        """
        asking = observe_many(self.desk, batch_id, activity, as_of, known, self.office.present())
        return self.office.serve(asking)

    # -- looking ---------------------------------------------------------------------------------

    def view(
        self,
        customer: str,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> LifecycleView:
        """
        Return a customer's stages at the end of the day of *as_of*, as known at *known_at*.

        Both are now where left out. What was told later than *known_at*, and policy versions that
        became known later, are left aside.
        """
        now = self.office.present()
        zone = zone_of_policy(self._policy)
        known_at = now if known_at is None else aware(known_at)
        if known_at >= now:
            state = self.office.load(customer).state
        else:
            state = self.office.known(customer, known_at)
        policy = self._policy.as_known(local_day(known_at, zone))
        return seen(state, local_day(now if as_of is None else as_of, zone), policy)

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(customer)

    # -- time ------------------------------------------------------------------------------------

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Write down the stages that clocks have begun.

        They are dated when the clocks fired, however late the sweep comes, and whoever looks sees
        them before it. Items of other records are left as they are. Where a newer version has
        shorter clocks, what is on the agenda is late: name the customers in `observe_many`, or
        `advance` them, once it is in force.
        """
        return self.office.sweep(self.see_to, limit=limit)

    def see_to(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one of another record is left as it is."""
        if item.stream.kind != STANDING.kind:
            return
        customer = item.stream.key
        version = self.office.load(customer).version
        # An item may be early, as where the policy's zone has changed: each day is asked anew.
        today = local_day(self.office.present(), zone_of_policy(self._policy))
        self.office.see_to(item, "advance", "advance", {}, version, str(today))
