"""A bank's follow-ups: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import attrs

from bankservice.core.answer import Answer
from bankservice.core.calendar import instant
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.errors import UnknownNameError
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command, Refused
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept
from bankservice.satisfaction.follow_up.acting import case_of
from bankservice.satisfaction.follow_up.case import FollowUpCases
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.model import FollowUpState
from bankservice.satisfaction.follow_up.record import FOLLOW_UPS
from bankservice.satisfaction.follow_up.views import FollowUpsView, RatedView, shown_to_rated
from bankservice.satisfaction.policy import SHELF

__all__ = [
    "FollowUps",
    "HandOver",
]


@attrs.frozen(kw_only=True)
class HandOver:
    """
    What a complaint takes over from a follow-up.

    Attributes:
        customer: Whose it is.
        case: Id of the follow-up, among the customer's.
        into: Id of the complaint.
        received_at: The first instant: the complaint counts from it.
        answers: Ids of the answers.
        themes: What lies behind it.
    """

    customer: str
    case: str
    into: str
    received_at: datetime
    answers: tuple[str, ...]
    themes: tuple[str, ...] = ()


class FollowUps:
    """
    Hear answers, call back who was not satisfied, and see that it happens.

    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> follow_ups = FollowUps(
        ...     MemoryJournal(),
        ...     SHELF.get("call-back-promise"),
        ...     now=lambda: pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai"),
        ... )
        >>> follow_ups.hear("a-1", "chen", answer="answer-7", nps=3, rated="teller-9").accepted
        True
        >>> follow_ups.do("a-2", "chen", "assign", owner="teller-9").refused
        'owner-is-rated'
        >>> str(follow_ups.view("chen").cases["follow-up-1"].clocks["contact"].due_at)
        '2026-03-04 09:00:00+08:00'
    """

    def __init__(
        self,
        journal: Journal,
        policy: Policy[FollowUpRules],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policy: How answers are followed up.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, beside this policy and the calendar it links.
        """
        self._policy = policy
        linked = (version.parameters.linked for version in policy.versions)
        self.desk: Desk[FollowUpCases] = Desk(FOLLOW_UPS, (policy,), tenant=tenant)
        at_hand = shelf.with_policies((*filter(None, linked), policy))
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
        Do something with a customer's follow-ups.

        Args:
            command_id: The caller's id.
            customer: Whose.
            act: Name of the command, such as `contact`.
            actor: Who gives it.
            at: When it happened; now where left out. What was done in time and recorded late is in
                time.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command, scale, code or class of words.
            FaultsError: If the body has faults.
        """
        command = self.office.command(
            command_id, customer, act, body, actor=actor, at=at, source=source
        )
        return self.handle(command)

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def hear(self, command_id: str, customer: str, *, answer: str, **more: Any) -> Answer:
        """Hear an answer; *more* as in `do` and `Hear`."""
        return self.do(command_id, customer, "hear", answer=answer, **more)

    def convert(self, command_id: str, customer: str, *, into: str, **more: Any) -> Answer:
        """End a follow-up as a complaint of the id *into*; *more* as in `do` and `Convert`."""
        return self.do(command_id, customer, "convert", into=into, **more)

    def began(self, customer: str, case: str = "") -> datetime:
        """
        Return the first instant of a follow-up: what a complaint made of it counts from.

        Args:
            customer: Whose it is.
            case: Its id, among the customer's; the open one, or else the latest, where left out.

        Raises:
            UnknownNameError: If there is no such follow-up, or several are open and none is named.
        """
        state = self.office.load(customer).state
        held = case_of(state, case)
        if isinstance(held, Refused):
            raise UnknownNameError("follow-up", case, state.cases)
        return instant(held.opened_at, held.zone)

    def handed_over(self, customer: str, into: str, case: str = "") -> HandOver:
        """
        Return what the complaint of an id takes over.

        Args:
            customer: Whose follow-up it was.
            into: Id of the complaint.
            case: Id of the follow-up; where left out, of several the one that was opened first.

        Raises:
            UnknownNameError: If no follow-up of the customer was converted into it.
        """
        cases = self.office.load(customer).state.cases.values()
        converted = [held for held in cases if held.state is FollowUpState.CONVERTED]
        fitting = [held for held in converted if held.into == into and case in ("", held.id)]
        if not fitting:
            known = (held.into for held in converted)
            raise UnknownNameError("complaint of a follow-up", into, known)
        first = min(fitting, key=lambda held: held.opened_at)
        return HandOver(
            customer=customer,
            case=first.id,
            into=into,
            received_at=instant(first.opened_at, first.zone),
            answers=tuple(held.answer for held in first.triggers),
            themes=first.themes,
        )

    def view(self, customer: str, as_of: datetime | None = None) -> FollowUpsView:
        """Return a customer's follow-ups as seen at *as_of* (now where left out)."""
        view: FollowUpsView = self.office.view(customer, as_of)
        return view

    def view_of_rated(self, customer: str, person: str) -> tuple[RatedView, ...]:
        """Return what a person is shown of the cases whose answers are about that person."""
        rules: FollowUpRules = self._policy.versions[-1].parameters
        return shown_to_rated(self.view(customer), customer, person, rules)

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of the customer's record was decided, from the record alone."""
        return self.office.explain(customer, version)

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the customer's entries."""
        return self.office.history(customer)

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Note what came true: warnings and crossed deadlines, each once.

        They are dated when they came true, however late the sweep comes.
        """
        return self.office.sweep(self.give_notice, limit=limit)

    def give_notice(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one that is no notice of a follow-up is left as it is."""
        if item.stream.kind != FOLLOW_UPS.kind:
            return
        self.office.see_to(item, "notice", "notice", {"key": item.key})
