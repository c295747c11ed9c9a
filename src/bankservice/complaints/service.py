"""The cases of a bank: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bankservice.complaints.cases.case import Case
from bankservice.complaints.cases.views import CaseView
from bankservice.complaints.policy import SHELF
from bankservice.complaints.record import CASE
from bankservice.core.answer import Answer
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept

__all__ = ["Cases"]


class Cases:
    """
    Take complaints in, handle them, look, and give notices when they fall due.

    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> cases = Cases(
        ...     MemoryJournal(),
        ...     [SHELF.get("cn-nfra"), SHELF.get("24-hour-promise")],
        ...     now=lambda: pendulum.datetime(2026, 3, 1, 2, 13, tz="Asia/Shanghai"),
        ... )
        >>> cases.receive("r-1", "case-1", customer="customer-7", channel="hotline").accepted
        True
        >>> str(cases.view("case-1").clocks["decision"].last_day)
        '2026-03-16'
    """

    def __init__(
        self,
        journal: Journal,
        policies: Iterable[Policy[Any]],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policies: Regimes, service levels, and, where there are any, the institution's profile
                and how complaints are handled.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, beside these policies and the desks they link.
        """
        held = tuple(policies)
        linked = (
            getattr(version.parameters, "linked", None)
            for policy in held
            for version in policy.versions
        )
        self.desk: Desk[Case] = Desk(CASE, held, tenant=tenant)
        at_hand = shelf.with_policies((*filter(None, linked), *held))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def do(
        self,
        command_id: str,
        case: str,
        act: str,
        *,
        actor: str = "system",
        approved_by: str = "",
        at: datetime | None = None,
        source: str = "",
        **body: Any,
    ) -> Answer:
        """
        Do something with a case.

        Args:
            command_id: The caller's id.
            case: Id of the case.
            act: Name of the command, such as `respond`.
            actor: Who gives it.
            approved_by: The second person, where one approved.
            at: When it happened; now where left out. An answer given in time and recorded late is
                in time.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command.
            FaultsError: If the body has faults.
        """
        return self.handle(
            self.office.command(
                command_id,
                case,
                act,
                body,
                actor=actor,
                approved_by=approved_by,
                at=at,
                source=source,
            )
        )

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def receive(
        self, command_id: str, case: str, *, customer: str, channel: str, **more: Any
    ) -> Answer:
        """Receive a complaint, or another contact about one; *more* as in `do` and `Receive`."""
        return self.do(command_id, case, "receive", customer=customer, channel=channel, **more)

    def respond(self, command_id: str, case: str, *, text_ref: str, **more: Any) -> Answer:
        """Answer the customer; a final answer names the ways on."""
        return self.do(command_id, case, "respond", text_ref=text_ref, **more)

    def view(self, case: str, as_of: datetime | None = None) -> CaseView:
        """Return a case as seen at *as_of* (now where left out)."""
        view: CaseView = self.office.view(case, as_of)
        return view

    def explain(self, case: str, version: int) -> Explanation:
        """Return why an entry of the case was decided, from the record alone."""
        return self.office.explain(case, version)

    def history(self, case: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the case's entries."""
        return self.office.history(case)

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Give the notices that are due: warnings and crossed deadlines, each once.

        They are dated when they came true, however late the sweep comes. What else stands on the
        agenda, such as asking whether a solution was effective, is left to the host's own sweep.
        """
        return self.office.sweep(self.give_notice, limit=limit, mine=_is_notice)

    def give_notice(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one that is no notice of a case is left as it is."""
        if item.stream.kind != CASE.kind or not _is_notice(item):
            return
        self.office.see_to(item, "notice", "notice", {"key": item.key})


def _is_notice(item: AgendaItem) -> bool:
    return "#" in item.key
