"""
An office: a desk with the journal it writes to, a source of time and the policies at hand.

What the services of all domains do alike stands here once; each is a thin, typed face over one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from bankservice.core.answer import Answer, Batch
from bankservice.core.archive import PURGED
from bankservice.core.calendar import aware, in_utc, instant
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk, Loaded
from bankservice.core.driver import Asking, serve
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.foresight import foresee
from bankservice.core.identifiers import checked_id
from bankservice.core.journal import AgendaItem, Journal, KeptVersion
from bankservice.core.kept import read_kept
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import Version
from bankservice.core.recall import Page, pages
from bankservice.core.record import Command
from bankservice.core.repetition import Repeated, repeat
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept, sweep
from bankservice.core.trial import Trial

__all__ = ["Office"]

F = TypeVar("F")
G = TypeVar("G")
R = TypeVar("R")
S = TypeVar("S")


_REMEMBERED: Final = 256
"""How many versions built from kept texts an office holds at most."""


class Office(Generic[S]):
    """
    A desk at work.

    Attributes:
        desk: What decides.
        journal: Where the record is kept.
    """

    def __init__(
        self,
        desk: Desk[S],
        journal: Journal,
        *,
        now: Callable[[], datetime],
        shelf: PolicyShelf,
    ) -> None:
        """
        Set up.

        Args:
            desk: What decides.
            journal: Where the record is kept.
            now: Gives the present instant, aware.
            shelf: Finds what kept versions name, such as calendars and vocabularies.
        """
        self.desk = desk
        self.journal = journal
        self._now = now
        self._shelf = shelf
        self._rebuilt: dict[tuple[str, tuple[str, ...], bool], Version[Any]] = {}

    def present(self) -> datetime:
        """Return the present instant."""
        return self._now()

    def serve(self, asking: Asking[R]) -> R:
        """Answer what the desk asks for from the journal."""
        return serve(asking, self.journal)

    def command(
        self, command_id: str, subject: str, act: str, body: Mapping[str, Any], **more: Any
    ) -> Command:
        """
        Return a command to the record, read strictly.

        Args:
            command_id: The caller's id.
            subject: Whose record.
            act: Name of the command.
            body: What it needs.
            **more: `actor`, `approved_by`, `at` and `source`, as in `Command`.

        Raises:
            UnknownNameError: If there is no such command.
            FaultsError: If the body has faults.
        """
        read = self.desk.record.command(act, body)
        return Command(id=command_id, subject=subject, body=read, **more)

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.serve(self.desk.handle(command, self.present()))

    def foresee(self, command: Command) -> Answer:
        """Return what a command would be answered now, and write nothing."""
        return self.serve(foresee(self.desk, command, self.present()))

    def batch(self, batch_id: str, commands: Sequence[Command]) -> Batch:
        """Decide on commands with one read and one commit."""
        return self.serve(self.desk.batch(batch_id, commands, self.present()))

    def batch_of(
        self,
        batch_id: str,
        facts: Mapping[str, G],
        body: Callable[[str, G], Any],
        faults: Callable[[], Iterable[Fault]],
        *,
        actor: str,
    ) -> Batch:
        """
        Decide on one command for each subject with one read and one commit.

        Args:
            batch_id: The caller's id of the batch.
            facts: Subject → what is told of it.
            body: (subject, what is told of it) → the command.
            faults: Yields what is wrong and with whose facts; asked only where something is.
            actor: Who gives the commands.

        Raises:
            FaultsError: If facts have faults: every one, with whose it is; nothing is written.
            IdentifierError: If the batch id or a subject may not serve as an identifier.
        """
        checked_id(batch_id, "batch")
        for subject in facts:
            checked_id(subject, "customer")
        try:
            commands = [
                Command(
                    id=f"{batch_id}:{place}", subject=subject, actor=actor, body=body(subject, told)
                )
                for place, (subject, told) in enumerate(facts.items())
            ]
            return self.batch(batch_id, commands)
        except (ValueError, UnknownNameError):
            # One bad subject stops the batch: who it is, and who else, is found only then.
            found = tuple(faults())
            if found:
                raise FaultsError(f"batch {batch_id}", found) from None
            raise

    def load(self, subject: str) -> Loaded[S]:
        """Return the state of a record, with its version."""
        return self.serve(self.desk.load((subject,)))[subject]

    def known(self, subject: str, known_at: datetime) -> S:
        """
        Return the state of a record over the entries written by an instant.

        Raises:
            PurgedError: If the record was purged since.
        """
        upto, record = in_utc(aware(known_at)), self.desk.record
        state = record.initial
        for entry in self.journal.read(self.desk.stream(subject)):
            # A tombstone was written later, but what was known then is gone: reading it says so.
            if entry.kind == PURGED or in_utc(entry.recorded_at) <= upto:
                state = record.evolve(state, record.events.decode(entry))
        return state

    def view(self, subject: str, as_of: datetime | None = None) -> Any:
        """Return what people see of a record at *as_of* (now where left out)."""
        return self.serve(self.desk.view(subject, self.present() if as_of is None else as_of))

    def explain(self, subject: str, version: int) -> Explanation:
        """Return why an entry was decided, from the record alone."""
        return self.serve(self.desk.explain(subject, version, self.rebuilt))

    def repeat(self, subject: str, version: int) -> Repeated:
        """Decide a past entry again, under the versions as they were kept, and compare."""
        return self.serve(repeat(self.desk, subject, version, self.rebuilt))

    def pages(
        self,
        trial: Trial[F, Any, Any],
        *,
        on: date | None = None,
        policy: str = "",
        after: int = 0,
        limit: int = 500,
    ) -> Iterator[Page[F]]:
        """Yield what the records give to be asked again, page by page; see `core.recall`."""
        return pages(
            trial,
            self.desk,
            self.journal,
            self.rebuilt,
            on=on,
            policy=policy,
            after=after,
            limit=limit,
        )

    def history(self, subject: str) -> Iterator[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of a record's entries."""
        for entry in self.journal.read(self.desk.stream(subject)):
            yield entry.version, instant(entry.effective_at), entry.kind

    def sweep(
        self,
        handle: Callable[[AgendaItem], object],
        *,
        limit: int,
        mine: Callable[[AgendaItem], bool] = lambda item: True,
    ) -> Swept:
        """
        Have what is due of this kind of record handled; what stands for others is passed over.

        Args:
            handle: Sees to one item.
            limit: How many items at most.
            mine: Which items of the record are the handler's; all where left out.
        """
        kind = self.desk.record.kind
        return sweep(
            self.journal,
            self.desk.tenant,
            handle,
            now=self._now,
            limit=limit,
            mine=lambda item: item.stream.kind == kind and mine(item),
        )

    def see_to(
        self, item: AgendaItem, prefix: str, act: str, body: Mapping[str, Any], *told: Any
    ) -> None:
        """
        See to an item of the agenda by a command, whose id follows from the item.

        So it is done once, however often it comes.

        Args:
            item: The item.
            prefix: What the id begins with.
            act: Name of the command.
            body: What it needs.
            *told: What else makes it another command, such as the day it is asked on.
        """
        # It may be seen to early, refused, and be true later: that is another command.
        held = [item.stream.key, item.key, to_json(in_utc(item.due_at)), *told]
        self.handle(self.command(f"{prefix}-{digest(held)}", item.stream.key, act, body))

    def rebuilt(
        self, kept: KeptVersion, beside: tuple[KeptVersion, ...] = (), *, later: bool = False
    ) -> Version[Any]:
        """Return a policy version as it was kept when first used, with what it links of *beside*."""
        texts = tuple(held.text for held in beside)
        found = self._rebuilt.get((kept.text, texts, later))
        if found is None:
            found = read_kept(kept.text, self._shelf.kinds, self._shelf, texts, later=later)
            if len(self._rebuilt) >= _REMEMBERED:
                self._rebuilt.clear()
            self._rebuilt[kept.text, texts, later] = found
        return found
