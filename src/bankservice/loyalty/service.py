"""The points accounts of a bank: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import AgendaItem, Entry, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.quota import Quota
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.book import BookResult, post_book
from bankservice.loyalty.account.commands import (
    CancelRedemption,
    Post,
    Redeem,
    Transfer,
)
from bankservice.loyalty.account.leasing import Leasing
from bankservice.loyalty.account.remembering import Remembering, remembered
from bankservice.loyalty.account.stock import Stock
from bankservice.loyalty.account.views import AccountView
from bankservice.loyalty.books.bookkeeping import Books
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.programme.programme import PROGRAMME, Programme
from bankservice.loyalty.record import ACCOUNT

__all__ = ["Accounts"]


class Accounts:
    """
    Post what earns, spend what was earned, look.

    Every command takes the caller's id, which is the programme's own; the same again gives the
    first answer. Accounts are named by their customers.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> accounts = Accounts(
        ...     MemoryJournal(),
        ...     [SHELF.get("cn-card-shape")],
        ...     now=lambda: pendulum.datetime(2026, 3, 2, 12, tz="Asia/Shanghai"),
        ... )
        >>> accounts.post("p-1", "customer-7", ref="order-1", amount="1999.00").accepted
        True
        >>> accounts.view("customer-7").pending
        99
    """

    def __init__(
        self,
        journal: Journal,
        policies: Iterable[Policy[Any]],
        *,
        now: Callable[[], datetime],
        tenant: str = "default",
        shelf: PolicyShelf = SHELF,
        quota: Quota | None = None,
        remember: int = 0,
    ) -> None:
        """
        Set up.

        Args:
            journal: Where the record is kept.
            policies: The programme.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, beside the programme.
            quota: Where stocks and campaign budgets are kept, inside the same transaction as the
                journal where there is one; without it the caller states what is left.
            remember: How many accounts are kept folded in memory, so that a long one is not read
                from its beginning for every command. What was erased since is seen and forgotten.

        Raises:
            UnknownNameError: If there is no programme among the policies.
        """
        held = tuple(policies)
        record = remembered(ACCOUNT) if remember else ACCOUNT
        self.desk: Desk[Account] = Desk(record, held, tenant=tenant)
        self.programme: Policy[Programme] = next(
            policy for policy in held if policy.kind.name == PROGRAMME.name
        )
        kept = Remembering(journal, record, remember) if remember else journal
        at_hand = shelf.with_policies(held)
        self.office = Office(self.desk, kept, now=now, shelf=at_hand)
        self._stock = None if quota is None else Stock(quota, self.programme)
        self._leasing = None if self._stock is None else Leasing(self._stock, self.desk, kept)
        self.books = Books(programme=self.programme, entries=self.entries, now=now)

    def subject_of(self, customer: str) -> str:
        """Return the subject of a customer's account; of a subject, itself."""
        own = checked_id(customer, "customer").removeprefix(f"{self.programme.id}:")
        return f"{self.programme.id}:{checked_id(own, 'customer')}"

    def command(
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
    ) -> Command:
        """
        Return a command as `handle` and `batch` take it; accounts in it are named by customer.

        Raises:
            UnknownNameError: If there is no such command.
            FaultsError: If the body has faults.
        """
        read = ACCOUNT.command(act, body)
        if isinstance(read, Transfer):
            read = attrs.evolve(read, to=self.subject_of(read.to))
        elif isinstance(read, (Redeem, CancelRedemption)) and read.household:
            members = tuple(map(self.subject_of, read.household))
            read = attrs.evolve(read, household=members)
        return Command(
            id=self._scoped(command_id, "command"),
            subject=self.subject_of(customer),
            body=read,
            actor=actor,
            approved_by=approved_by,
            at=at,
            source=source,
        )

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
        Do something with a customer's account.

        Args:
            command_id: The caller's id.
            customer: Whose account.
            act: Name of the command, such as `redeem`.
            actor: Who gives it.
            approved_by: The second person, where one approved.
            at: When it happened; now where left out.
            source: The channel or system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command, or a code is not known.
            FaultsError: If the body has faults.
        """
        command = self.command(
            command_id,
            customer,
            act,
            actor=actor,
            approved_by=approved_by,
            at=at,
            source=source,
            **body,
        )
        return self.handle(command)

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        now, command = self.office.present(), self._with_household(command)
        if self._leasing is not None:
            return self._leasing.handle(command, now)
        return self.office.serve(self.desk.handle(command, now))

    def batch(self, batch_id: str, commands: Sequence[Command]) -> Batch:
        """
        Decide on many commands with one read and one commit; those of one account in order.

        Repeats inside the batch are done once, by their refs.
        """
        now, scoped = self.office.present(), self._scoped(batch_id, "batch")
        ready = [self._with_household(command) for command in commands]
        if self._leasing is not None:
            return self._leasing.batch(scoped, ready, now)
        return self.office.serve(self.desk.batch(scoped, ready, now))

    def post_book(
        self,
        batch_id: str,
        rows: Iterable[tuple[str, Post, datetime]],
        *,
        actor: str = "system",
        source: str = "",
    ) -> BookResult:
        """
        Post transactions of many customers with one read, one commit and one receipt.

        Each account ends as it would by single commands, in the order of the rows. A row that is
        refused does not keep the others from being posted. Budgets of campaigns that a quota
        counts are not leased here: state what is left of them (`Post.used`), or post one by one.

        Args:
            batch_id: The caller's id; the same batch again gives the first answer.
            rows: Customer, transaction, and the instant it was posted, aware.
            actor: Who gives the batch.
            source: The channel or system it came from.

        Raises:
            CommandConflictError: If the batch was given with other transactions.
            RaceLostError: If other writers came first as often as the desk tries.
        """
        subject_of = cache(self.subject_of)
        given = [(subject_of(customer), post, at) for customer, post, at in rows]
        now, scoped = self.office.present(), self._scoped(batch_id, "batch")
        asking = post_book(self.desk, scoped, given, now=now, actor=actor, source=source)
        return self.office.serve(asking)

    # -- the commonest ---------------------------------------------------------------------------

    def enrol(self, command_id: str, customer: str, /, **more: Any) -> Answer:
        """Open an account, or join a campaign; *more* as in `do` and `Enrol`."""
        return self.do(command_id, customer, "enrol", **more)

    def post(self, command_id: str, customer: str, /, *, ref: str, **more: Any) -> Answer:
        """Post a transaction; *more* as in `do` and `Post`."""
        return self.do(command_id, customer, "post", ref=ref, **more)

    def refund(
        self, command_id: str, customer: str, /, *, ref: str, original_ref: str, **more: Any
    ) -> Answer:
        """Give a purchase back, or a part of it; *more* as in `do` and `Refund`."""
        return self.do(command_id, customer, "refund", ref=ref, original_ref=original_ref, **more)

    def reserve(self, command_id: str, customer: str, /, *, ref: str, **more: Any) -> Answer:
        """Hold points; *more* as in `do` and `Reserve`."""
        return self.do(command_id, customer, "reserve", ref=ref, **more)

    def confirm(self, command_id: str, customer: str, /, *, ref: str, **more: Any) -> Answer:
        """Spend a hold, or a part of it; *more* as in `do` and `Confirm`."""
        return self.do(command_id, customer, "confirm", ref=ref, **more)

    def redeem(self, command_id: str, customer: str, /, *, ref: str, **more: Any) -> Answer:
        """Spend points at once; *more* as in `do` and `Redeem`."""
        return self.do(command_id, customer, "redeem", ref=ref, **more)

    def cancel_redemption(
        self, command_id: str, customer: str, /, *, ref: str, **more: Any
    ) -> Answer:
        """Give back what was redeemed, or a part; *more* as in `do` and `CancelRedemption`."""
        return self.do(command_id, customer, "cancel_redemption", ref=ref, **more)

    def adjust(
        self, command_id: str, customer: str, /, *, ref: str, points: int, **more: Any
    ) -> Answer:
        """Add or take points by hand; *more* as in `do` and `Adjust`."""
        return self.do(command_id, customer, "adjust", ref=ref, points=points, **more)

    def transfer(
        self, command_id: str, customer: str, /, *, ref: str, to: str, points: int, **more: Any
    ) -> Answer:
        """Give points to another customer; *more* as in `do`."""
        return self.do(command_id, customer, "transfer", ref=ref, to=to, points=points, **more)

    # -- looking ---------------------------------------------------------------------------------

    def view(self, customer: str, as_of: datetime | None = None) -> AccountView:
        """
        Return an account as seen at *as_of* (now where left out).

        What time has made of it is told for that instant; what was done, as it is known now. For
        what was known then, see the statement.
        """
        subject = self.subject_of(customer)
        view: AccountView = self.office.view(subject, as_of)
        return view

    def state(self, customer: str) -> Account:
        """Return the state of an account."""
        return self.office.load(self.subject_of(customer)).state

    def left(self, reward: str) -> int | None:
        """
        Return how many of a reward are left; None where nobody counts.

        Raises:
            KeyError: If there is no such reward.
        """
        return None if self._stock is None else self._stock.left(reward, self.office.present())

    def entries(self, customer: str) -> tuple[Entry, ...]:
        """Return the entries of an account, oldest first."""
        return self.office.journal.read(self.desk.stream(self.subject_of(customer)))

    def history(self, customer: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of an account's entries."""
        return self.office.history(self.subject_of(customer))

    def explain(self, customer: str, version: int) -> Explanation:
        """Return why an entry of an account was decided, from the record alone."""
        return self.office.explain(self.subject_of(customer), version)

    # -- time ------------------------------------------------------------------------------------

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Write down what time has made true: lapses, holds that ended, debts that aged.

        Nothing that anybody can spend changes by it, however late it comes. Accounts of another
        programme are left as they are.
        """
        return self.office.sweep(self.advance, limit=limit, mine=self._is_own)

    def advance(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one of another record or programme is left as it is."""
        subject = item.stream.key
        if item.stream.kind != ACCOUNT.kind or not self._is_own(item):
            return
        # By the version, for the same may fall due again; written twice, it says nothing new.
        self.office.see_to(item, "advance", "advance", {}, self.office.load(subject).version)

    def forget(self) -> None:
        """Forget the accounts that are kept in memory; they are read again when they are needed."""
        if isinstance(self.office.journal, Remembering):
            self.office.journal.forget()

    # -- inside ----------------------------------------------------------------------------------

    def _is_own(self, item: AgendaItem) -> bool:
        return item.stream.key.startswith(f"{self.programme.id}:")

    def _scoped(self, own: str, what: str) -> str:
        return f"{self.programme.id}:{checked_id(own, what)}"

    def _with_household(self, command: Command) -> Command:
        """Return a cancellation with the accounts that paid together, where several did."""
        body = command.body
        if not isinstance(body, CancelRedemption) or body.household:
            return command
        redemption = self.state(command.subject).redemptions.get(body.redemption)
        if redemption is None or not redemption.members:
            return command
        stated = attrs.evolve(body, household=redemption.members)
        return attrs.evolve(command, body=stated)
