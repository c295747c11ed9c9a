"""What a bank's customers say in their own words: a thin, typed face over the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bankservice.core.answer import Answer
from bankservice.core.decision import Explanation
from bankservice.core.desk import Desk
from bankservice.core.journal import AgendaItem, Journal
from bankservice.core.office import Office
from bankservice.core.policy import Policy
from bankservice.core.record import Command
from bankservice.core.shelf import PolicyShelf
from bankservice.core.sweep import Swept
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.policy import SHELF
from bankservice.satisfaction.voices.entries import Voice
from bankservice.satisfaction.voices.record import VOICE
from bankservice.satisfaction.voices.views import VoiceView

__all__ = [
    "Voices",
]


class Voices:
    """
    Receive what customers say, say what it is about, answer it, and tell where it led.

    Every command takes the caller's id; the same again gives the first answer.

    Examples:
        >>> from bankservice.journals.memory import MemoryJournal
        >>> import pendulum
        >>> voices = Voices(
        ...     MemoryJournal(),
        ...     SHELF.get("call-back-promise"),
        ...     now=lambda: pendulum.datetime(2026, 3, 2, 9, tz="Asia/Shanghai"),
        ... )
        >>> voices.receive("v-1", "note-7", channel="opinion_box", kind="suggestion").accepted
        True
        >>> voices.do("v-2", "note-7", "code", themes=["waiting_time"]).accepted
        True
        >>> str(voices.view("note-7").clocks["answer"].due_at)
        '2026-03-03 09:00:00+08:00'
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
            policy: How voices are answered: the policy of follow-ups.
            now: Gives the present instant, aware.
            tenant: Legal entity the customers belong to.
            shelf: Finds what kept versions name, beside this policy and the calendar it links.
        """
        linked = (version.parameters.linked for version in policy.versions)
        self.desk: Desk[Voice] = Desk(VOICE, (policy,), tenant=tenant)
        at_hand = shelf.with_policies((*filter(None, linked), policy))
        self.office = Office(self.desk, journal, now=now, shelf=at_hand)

    def do(
        self,
        command_id: str,
        voice: str,
        act: str,
        /,
        *,
        actor: str = "system",
        at: datetime | None = None,
        source: str = "",
        **body: Any,
    ) -> Answer:
        """
        Do something with a voice.

        Args:
            command_id: The caller's id.
            voice: Id of the voice.
            act: Name of the command, such as `code`.
            actor: Who gives it.
            at: When it happened; now where left out. What was answered in time and recorded late is
                in time.
            source: The system it came from.
            **body: What the command needs.

        Raises:
            UnknownNameError: If there is no such command.
            FaultsError: If the body has faults.
        """
        command = self.office.command(
            command_id, voice, act, body, actor=actor, at=at, source=source
        )
        return self.handle(command)

    def handle(self, command: Command) -> Answer:
        """Decide on a command and write what it leads to."""
        return self.office.handle(command)

    def receive(self, command_id: str, voice: str, **more: Any) -> Answer:
        """Receive a voice; *more* as in `do` and `ReceiveVoice`."""
        return self.do(command_id, voice, "receive", **more)

    def view(self, voice: str, as_of: datetime | None = None) -> VoiceView:
        """Return a voice as seen at *as_of* (now where left out)."""
        view: VoiceView = self.office.view(voice, as_of)
        return view

    def explain(self, voice: str, version: int) -> Explanation:
        """Return why an entry of the voice was decided, from the record alone."""
        return self.office.explain(voice, version)

    def history(self, voice: str) -> Iterable[tuple[int, datetime, str]]:
        """Yield (version, effective instant, kind) of the voice's entries."""
        return self.office.history(voice)

    def sweep(self, *, limit: int = 100) -> Swept:
        """
        Note what came true: warnings and crossed deadlines, each once.

        They are dated when they came true, however late the sweep comes.
        """
        return self.office.sweep(self.give_notice, limit=limit)

    def give_notice(self, item: AgendaItem) -> None:
        """See to one item of the agenda; one that is no notice of a voice is left as it is."""
        if item.stream.kind != VOICE.kind:
            return
        self.office.see_to(item, "notice", "notice", {"key": item.key})
