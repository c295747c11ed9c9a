"""Points accounts for tests: a programme written in place, and a bank whose clock a test holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from bankservice.core.answer import Answer, Batch
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import Journal
from bankservice.core.kept import read_kept
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.views import AccountView
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.record import ACCOUNT

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOURCE = {"text": "Acme points terms", "clause": "1", "checked": "own"}


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def titled(code: str) -> dict[str, str]:
    """Return a title for a row."""
    return {"en": code, "zh": code}


def row(code: str = "purchase", **more: Any) -> dict[str, Any]:
    """Return an earning row: one point for each yuan of spending."""
    base = {"code": code, "title": titled(code), "kinds": ["spending"], "points": 1, "per": "1.00"}
    return {**base, **more}


def reward(code: str = "kettle", **more: Any) -> dict[str, Any]:
    """Return a reward: a gift for 100 points."""
    return {"code": code, "title": titled(code), "kind": "gift", "points": 100, **more}


def version(**more: Any) -> dict[str, Any]:
    """Return a version of a programme: points live a year from earning, to the end of the day."""
    base = {
        "since": date(2020, 1, 1),
        "source": SOURCE,
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "earn": [row()],
        "expiry": {"mode": "after", "period": "P1Y"},
    }
    return {**base, **more}


def programme(*versions: Mapping[str, Any], name: str = "acme/points", **more: Any) -> Policy[Any]:
    """Return a programme: one version with *more* in it, or the versions given."""
    raw = {
        "id": name,
        "kind": "loyalty.programme",
        "title": titled(name),
        "version": [version(**held) for held in versions] or [version(**more)],
    }
    return read_policy(raw, name, SHELF.kinds, SHELF)


@attrs.define
class Bank:
    """A bank with points accounts; every command takes the instant it is given at."""

    policy: Policy[Any] = attrs.field(factory=programme)
    journal: Journal = attrs.field(factory=MemoryJournal)
    now: datetime = attrs.field(factory=lambda: at("2026-03-02T09:00"))
    subject: str = "ann"
    given: int = 0

    @property
    def desk(self) -> Desk[Account]:
        """The desk."""
        return Desk(ACCOUNT, [self.policy])

    def command(
        self,
        act: str,
        *,
        subject: str = "",
        command: str = "",
        at: datetime | None = None,
        actor: str = "teller-1",
        approved_by: str = "",
        **body: Any,
    ) -> Command:
        """Return a command, with an id of its own where none is given."""
        self.given += 1
        return Command(
            id=command or f"c-{self.given}",
            subject=subject or self.subject,
            body=ACCOUNT.command(act, body),
            actor=actor,
            approved_by=approved_by,
            at=at,
        )

    def do(self, act: str, **more: Any) -> Answer:
        """Give a command, whatever comes of it."""
        return self.give(self.command(act, **more))

    def give(self, command: Command) -> Answer:
        """Give a command that is built already."""
        return serve(self.desk.handle(command, self.now), self.journal)

    def ok(self, act: str, **more: Any) -> Answer:
        """Give a command that must be accepted."""
        answer = self.do(act, **more)
        assert answer.accepted, f"{act}: {answer.refused} {dict(answer.facts)}"
        return answer

    def no(self, act: str, **more: Any) -> str:
        """Give a command that must be refused; return the code, having seen nothing change."""
        subject = more.get("subject") or self.subject
        before = self.bytes(subject)
        answer = self.do(act, **more)
        assert answer.refused, f"{act} was accepted"
        assert before == self.bytes(subject), f"{answer.refused} changed the account"
        return answer.refused

    def batch(self, batch: str, *commands: Command) -> Batch:
        """Give many commands at once."""
        return serve(self.desk.batch(batch, commands, self.now), self.journal)

    def wait(self, text: str) -> None:
        """Set the clock to a local time."""
        self.now = at(text)

    def state(self, subject: str = "") -> Account:
        """Return the state, folded from the journal."""
        subject = subject or self.subject
        loaded = serve(self.desk.load((subject,)), self.journal)
        return loaded[subject].state

    def bytes(self, subject: str = "") -> str:
        """Return the state as canonical text."""
        return canonical(to_json(self.state(subject)))

    def view(self, subject: str = "", as_of: datetime | None = None) -> AccountView:
        """Return what people see."""
        asking = self.desk.view(subject or self.subject, as_of or self.now)
        found: AccountView = serve(asking, self.journal)
        return found

    def balance(self, subject: str = "") -> int:
        """Return what can be spent now."""
        return self.view(subject).balance

    def figures(self, subject: str = "") -> tuple[int, int, int, int]:
        """Return (balance, pending, held, arrears)."""
        seen = self.view(subject)
        return (seen.balance, seen.pending, seen.held, seen.arrears)

    def kinds(self, subject: str = "") -> list[str]:
        """Return the kinds of the entries written so far."""
        entries = self.journal.read(self.desk.stream(subject or self.subject))
        return [entry.kind for entry in entries]

    def events(self, subject: str = "") -> list[Any]:
        """Return the events written so far."""
        entries = self.journal.read(self.desk.stream(subject or self.subject))
        return [ACCOUNT.events.decode(entry) for entry in entries]

    def explain(self, version: int, locale: str = "en", subject: str = "") -> str:
        """Return why an entry was decided; the last one where *version* is 0."""
        subject = subject or self.subject
        version = version or len(self.kinds(subject))
        library = SHELF.with_policies([self.policy])
        asking = self.desk.explain(
            subject,
            version,
            lambda kept, beside=(), *, later=False: read_kept(kept.text, SHELF.kinds, library),
        )
        return serve(asking, self.journal).text(locale)
