"""
The front door: one journal, one set of policies, one source of time, the desks by domain.

    bank = bankservice.open("sqlite:///bank.db", tiers="segmentation/cn-retail-shape")
    bank.standings.assess("run-7", "customer-7", measure={"average": "620000.00"})

`bank.using(connection)` is the same bank inside the host's own transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

import attrs

from bankservice.charter import Charter, Choices
from bankservice.core.errors import HeldError, UnknownNameError
from bankservice.core.identifiers import checked_id
from bankservice.services import EXPLAINED, Services

# The door is light: what stands behind it is imported when it is used.
if TYPE_CHECKING:
    from bankservice.core.answer import Answer
    from bankservice.core.decision import Explanation
    from bankservice.core.holds import Holds
    from bankservice.core.journal import Journal
    from bankservice.core.keys import Keys
    from bankservice.core.quota import Quota
    from bankservice.core.recall import Page
    from bankservice.core.repeating import Again
    from bankservice.core.repetition import Repeated
    from bankservice.core.trial import Question, Unasked
    from bankservice.loyalty.service import Accounts

__all__ = ["Bank", "open_bank", "utc_now"]


_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
_REMEMBERED = 256
_VERSION = re.compile(r"[0-9]{1,18}")


def utc_now() -> datetime:
    """Return the present instant, in UTC."""
    import pendulum

    return pendulum.now("UTC")


class Bank(Services):
    """
    A bank with a record.

    Examples:
        >>> with open_bank("memory:", tiers="segmentation/cn-retail-shape") as bank:
        ...     answer = bank.standings.assess(
        ...         "run-1", "customer-7", measure={"average": "620000.00"}
        ...     )
        ...     bank.standings.view("customer-7").tier
        'GOLD'
    """

    def __init__(
        self,
        journal: Journal,
        *,
        now: Callable[[], datetime] = utc_now,
        tenant: str = "default",
        keys: Keys | None = None,
        quota: Quota | None = None,
        **choices: Unpack[Choices],
    ) -> None:
        """
        Wire a bank.

        Args:
            journal: Where the record is kept.
            now: Gives the present instant, aware.
            tenant: Legal entity the records belong to.
            keys: Keys of the customers, where facts are to be sealed, so that they can be erased.
            quota: Where shared limits are kept, such as the budgets of offers; the stocks of
                rewards lie beside the journal where left out.
            **choices: The policies it works by, as `Charter` has them.

        Raises:
            TypeError: If there is no such choice.
        """
        self.journal = journal if keys is None else _sealed(journal, keys)
        self.keys = keys
        self.now = now
        self.tenant = tenant
        self.charter = Charter(**choices)
        self._quota = quota
        self._remember = _REMEMBERED
        self._accounts: dict[str, Accounts] = {}

    @cached_property
    def holds(self) -> Holds:
        """Legal holds on customers, under which nothing is erased or purged."""
        from bankservice.core.holds import Holds

        return Holds(self.journal, now=self.now, tenant=self.tenant)

    def using(self, connection: object, *, keys: Keys | None = None) -> Bank:
        """
        Return the same bank inside the host's open transaction.

        Args:
            connection: A SQLAlchemy `Connection` or `Session`, Django's `connection`, a
                `sqlite3.Connection` or a `psycopg.Connection`.
            keys: The keys on that connection, where they lie in the same database; the bank's
                own where left out.

        What is written there is committed or rolled back with the host's own work.
        """
        from bankservice.journals.sql import SqlJournal

        bank = Bank(
            SqlJournal.on(connection),
            now=self.now,
            tenant=self.tenant,
            keys=self.keys if keys is None else keys,
            quota=self._quota,
        )
        bank.charter = self.charter
        # What the host rolls back was never there: nothing of it may be remembered.
        bank._remember = 0
        return bank

    def known(self, at: datetime) -> Bank:
        """
        Return the bank as it was known at an instant: its record, and its policies.

        What it says of a day is what would have been said of that day, knowing no more. It is
        looked at only: nothing can be written to it, and closing this one closes it too.

        Args:
            at: The instant, aware; what was recorded at it is known.

        Examples:
            >>> import pendulum
            >>> with open_bank("memory:") as bank:
            ...     past = bank.known(pendulum.datetime(2026, 3, 31, tz="Asia/Shanghai"))
            ...     past.standings.view("customer-7").tier
            'STANDARD'
        """
        from bankservice.journals.known import KnownJournal

        bank = Bank(KnownJournal(self.journal, at), now=lambda: at, tenant=self.tenant)
        bank.charter = attrs.evolve(self.charter, known_at=at)
        bank._remember = 0
        return bank

    def explain(self, ref: str) -> Explanation:
        """
        Return why an entry was decided, from the record alone.

        Args:
            ref: `kind/subject@version`, such as `segmentation.standing/customer-7@3`; without
                `@version`, the latest entry.

        Raises:
            UnknownNameError: If there is no such entry, or nothing to explain in it.
        """
        service, subject, version = self._entry(ref)
        found: Explanation = service.explain(subject, version)
        return found

    def repeat(self, ref: str) -> Repeated:
        """
        Decide a past entry again, from the record alone, and compare with what was written.

        The facts and the policy versions are those of the record, so neither an edited policy
        file nor an upgrade of the package changes what is asked.

        Args:
            ref: As for `explain`.

        Raises:
            UnknownNameError: If there is no such entry, or its record decides nothing.
            StoreError: If its facts are sealed and the journal was opened without the keys.
        """
        service, subject, version = self._entry(ref)
        found: Repeated = service.office.repeat(subject, version)
        return found

    def repeat_all(self, *, after: int = 0) -> Iterator[tuple[str, str, Again]]:
        """
        Decide every entry of every record again, stream by stream in the order of the feed.

        Args:
            after: Position in the feed to begin after.

        Yields:
            (kind of record, subject, what became of an entry); what cannot be asked is told too.
        """
        from bankservice.core.repeating import Repeating, repeat_feed

        made: dict[int, Repeating[Any]] = {}

        def find(kind: str, subject: str) -> Repeating[Any] | None:
            if kind not in EXPLAINED:
                return None
            office = self.service(kind, subject).office
            if id(office) not in made:
                made[id(office)] = Repeating(office.desk, self.journal, office.rebuilt)
            return made[id(office)]

        return repeat_feed(find, self.journal, self.tenant, after=after)

    def questions(
        self, rule: str, *, on: date | None = None, policy: str = ""
    ) -> Iterator[Question[Any] | Unasked]:
        """
        Yield what the record gives to be asked again of a rule, for `bankservice.simulate`.

        Args:
            rule: Id of the rule, such as `complaints.deadlines`.
            on: The day asked for, where the facts are those of a state.
            policy: Only what was decided under the policy of this id; empty for any.

        Raises:
            UnknownNameError: If no such rule is tried.
            ValueError: If no record holds the facts of the rule.
        """
        for page in self.pages(rule, on=on, policy=policy):
            yield from page.questions

    def pages(
        self, rule: str, *, on: date | None = None, policy: str = "", after: int = 0
    ) -> Iterator[Page[Any]]:
        """Yield the same page by page, each with its position in the feed to go on after."""
        from bankservice import policies

        trial = policies.trial(rule)
        kind = trial.record.kind if trial.record is not None else ""
        if kind not in EXPLAINED:
            raise ValueError(f"no record holds the facts of {rule}; give them as a book.")
        service = EXPLAINED[kind][1](self, policy)
        yield from service.office.pages(trial, on=on, policy=policy, after=after)

    def _entry(self, ref: str) -> tuple[Any, str, int]:
        """Return what keeps an entry, whose it is, and its version."""
        address, at, version = ref.rpartition("@") if "@" in ref else (ref, "", "")
        kind, _, subject = address.partition("/")
        if kind not in EXPLAINED or (at and not _VERSION.fullmatch(version)):
            known = (f"{name}/{who}@VERSION" for name, (who, _) in EXPLAINED.items())
            raise UnknownNameError("entry", ref, known)
        desk = EXPLAINED[kind][1](self, subject)
        versions = [held for held, *_ in desk.history(subject)]
        if not versions:
            raise UnknownNameError("entry", ref, ())
        return desk, subject, int(version) if at else versions[-1]

    def complain_of(
        self,
        command_id: str,
        customer: str,
        *,
        into: str,
        channel: str,
        case: str = "",
        actor: str = "system",
        **more: Any,
    ) -> tuple[Answer | None, Answer | None]:
        """
        Make a complaint of a follow-up: the one ends, the other counts from its first instant.

        What was promised from that instant on, the law promises from it too: no clock begins anew.
        The same again does what is not done yet, such as after a crash between the two.

        Args:
            command_id: The caller's id; the complaint is received under `ID:complaint`.
            customer: Whose follow-up.
            into: Id of the complaint.
            channel: By which channel it came.
            case: Id of the follow-up, among the customer's; the open one where left out.
            actor: Who does it.
            **more: What is known of the complaint, as in `bank.complaints.receive`.

        Returns:
            The answers to the follow-up's end and to the complaint. Where one is refused the other
            is not done, and is None.

        Raises:
            FaultsError: If what is known of the complaint has faults; nothing is done then.
        """
        from bankservice.conversion import complain_of

        told = {"channel": channel, "case": case, "actor": actor, **more}
        both = self.follow_ups, self.complaints
        return complain_of(*both, command_id, customer, into=into, **told)

    def erase(self, customer: str) -> int:
        """
        Erase a customer's facts for good: destroy the keys they are sealed under.

        Tiers, dates and everything else that replay reads stay. What is written of the customer
        later gets a new key.

        Args:
            customer: Whose facts.

        Returns:
            How many keys there were; 0 where nothing was sealed, or all is erased already.

        Raises:
            HeldError: If the customer is under legal hold.
            ValueError: If the bank has no keys: nothing is sealed, so nothing can be erased.
            IdentifierError: If *customer* may not serve as an identifier.
        """
        if self.keys is None:
            raise ValueError(
                "this bank seals nothing, so it cannot erase a customer's facts; open it with "
                "keys=…, and what is written from then on can be erased."
            )
        held = self.holds.on(checked_id(customer, "customer"))
        if held:
            raise HeldError(customer, held)
        for accounts in self._accounts.values():
            accounts.forget()
        return self.keys.destroy(self.tenant, customer)

    def close(self) -> None:
        """Release what the journal holds, if it holds anything."""
        close = getattr(self.journal, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _sealed(journal: Journal, keys: Keys) -> Journal:
    from bankservice.journals.sealed import SealedJournal

    return SealedJournal(journal, keys)


def open_bank(
    url: str,
    *,
    now: Callable[[], datetime] = utc_now,
    tenant: str = "default",
    keys: Keys | None = None,
    quota: Quota | None = None,
    **choices: Unpack[Choices],
) -> Bank:
    """
    Open a bank with its record.

    Args:
        url: `sqlite:///path/to/bank.db` (made if it is not there),
            `postgresql://user@host/bank` or `memory:`.
        now: Gives the present instant, aware.
        tenant: Legal entity the records belong to.
        keys: Keys of the customers, where facts are to be sealed, so that they can be erased.
        quota: Where shared limits are kept, such as the budgets of offers; the stocks of rewards
            lie beside the journal where left out.
        **choices: The policies it works by, as `Charter` has them.

    Raises:
        TypeError: If there is no such choice.
        UnknownNameError: If the kind of address is not known.
        SchemaVersionError: If the database was written by another schema.
        OperationalError: If it cannot be reached.
    """
    if keys is not None:
        # Before anything is opened, for its message where the extra is missing.
        import bankservice.journals.sealed  # noqa: F401
    journal: Journal
    if url == "memory:":
        from bankservice.journals.memory import MemoryJournal

        journal = MemoryJournal()
    elif url == "sqlite://" or url.startswith(_DATABASES):
        from bankservice.journals.sql import SqlJournal

        journal = SqlJournal.open(url)
    else:
        # An address may hold a password: only what comes before it is told.
        told = url.partition(":")[0] if "@" in url else url.partition("?")[0]
        known = ("sqlite:///bank.db", "postgresql://host/bank", "memory:")
        raise UnknownNameError("journal address", told, known)
    return Bank(journal, now=now, tenant=tenant, keys=keys, quota=quota, **choices)
