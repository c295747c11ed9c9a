"""What the proofs share: programmes in a few words, and a bank whose clock a test holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from bankservice.core.answer import Answer
from bankservice.core.calendar import in_utc
from bankservice.core.desk import Desk
from bankservice.core.driver import serve
from bankservice.core.journal import Journal
from bankservice.core.plain import canonical, to_json
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.record import Command
from bankservice.journals.memory import MemoryJournal
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.policy import SHELF
from bankservice.loyalty.record import ACCOUNT

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOURCE = {"text": "Acme points terms", "clause": "1", "checked": "own"}
EARN = {
    "code": "spend",
    "title": {"en": "Spending", "zh": "消费"},
    "kinds": ["card"],
    "points": "1",
    "per": "1.00",
}


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def titled(code: str, **more: Any) -> dict[str, Any]:
    """Return a row of a programme with a code and a title."""
    return {"code": code, "title": {"en": code.capitalize(), "zh": "某项"}, **more}


def earning(code: str = "spend", **more: Any) -> dict[str, Any]:
    """Return an earning row: one point for each full unit of card spending, and what differs."""
    return {**EARN, "code": code, **more}


def programme(*versions: Mapping[str, Any], name: str = "acme/points", **more: Any) -> Policy[Any]:
    """Return a programme; each version is what differs from one point for 1.00, *more* in all."""
    base = {
        "since": date(2020, 1, 1),
        "source": SOURCE,
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "earn": [EARN],
        **more,
    }
    raw = {
        "id": name,
        "kind": "loyalty.programme",
        "version": [{**base, **given} for given in versions or ({},)],
    }
    return read_policy(raw, name, SHELF.kinds, SHELF)


def refunding(shortfall: str, **more: Any) -> dict[str, Any]:
    """Return the terms of refunds, with a price of a cent a point where they ask for money."""
    price = {"cash_per_point": "0.01"} if shortfall == "cash-quote" else {}
    return {"shortfall": shortfall, **price, **more}


@cache
def plain_programme() -> Policy[Any]:
    """Return the programme most faults need: one point for 1.00, never expiring, manual limits."""
    return programme(expiry={"mode": "never"})


@attrs.define
class Bank:
    """A bank over the desk alone; every command takes the instant it is given at."""

    programme: Policy[Any] = attrs.field(factory=plain_programme)
    journal: Journal = attrs.field(factory=MemoryJournal)
    now: datetime = attrs.field(factory=lambda: at("2026-03-02T09:00"))
    given: int = 0
    held: list[Command] = attrs.field(factory=list)
    _desk: Desk[Account] | None = None

    @property
    def desk(self) -> Desk[Account]:
        """The desk over the programme of the moment."""
        if self._desk is None or self._desk.policies != (self.programme,):
            self._desk = Desk(ACCOUNT, (self.programme,))
        return self._desk

    def command(
        self, act: str, who: str = "a", *, when: str | datetime | None = None, **body: Any
    ) -> Command:
        """Return a command, with a fresh id where none is given; *when* is its business time."""
        self.given += 1
        moment = at(when) if isinstance(when, str) else when
        return Command(
            id=body.pop("command_id", f"command-{self.given}"),
            subject=who,
            actor=body.pop("actor", "system"),
            approved_by=body.pop("approved_by", ""),
            source=body.pop("source", ""),
            at=moment,
            body=ACCOUNT.command(act, body),
        )

    def handle(self, command: Command) -> Answer:
        """Give a command, recorded now."""
        self.held.append(command)
        return serve(self.desk.handle(command, self.now), self.journal)

    def do(
        self, act: str, who: str = "a", *, on: str | datetime | None = None, **body: Any
    ) -> Answer:
        """Do something; *on* moves the bank's clock first."""
        if on is not None:
            self.now = at(on) if isinstance(on, str) else on
        return self.handle(self.command(act, who, **body))

    def ok(self, act: str, who: str = "a", **more: Any) -> Answer:
        """Do something that must be accepted."""
        answer = self.do(act, who, **more)

        assert "" == answer.refused, (answer.refused, dict(answer.facts))
        return answer

    def no(self, act: str, who: str = "a", **more: Any) -> str:
        """Do something that must be refused and change nothing; return the code."""
        before = self.bytes(who)
        answer = self.do(act, who, **more)

        assert not answer.accepted
        assert before == self.bytes(who)
        return answer.refused

    def post(self, amount: str, ref: str = "p-1", who: str = "a", **more: Any) -> Answer:
        """Post a card purchase."""
        return self.ok("post", who, ref=ref, amount=amount, **more)

    def look(self, who: str = "a", on: str | datetime | None = None) -> Any:
        """Return an account as seen at an instant."""
        moment = at(on) if isinstance(on, str) else on or self.now
        return serve(self.desk.view(who, moment), self.journal)

    def balance(self, who: str = "a", on: str | datetime | None = None) -> int:
        """Return what can be spent at an instant."""
        return int(self.look(who, on).balance)

    def state(self, who: str = "a") -> Account:
        """Return an account as folded from the journal."""
        return serve(self.desk.load([who]), self.journal)[who].state

    def bytes(self, who: str = "a") -> str:
        """Return an account's state as canonical text."""
        return canonical(to_json(self.state(who)))

    def entries(self, who: str = "a") -> int:
        """Return how many entries an account has."""
        return len(self.journal.read(self.desk.stream(who)))

    def events(self, who: str = "a") -> list[Any]:
        """Return an account's events, oldest first."""
        stream = self.desk.stream(who)
        return [ACCOUNT.events.decode(entry) for entry in self.journal.read(stream)]

    def lots(self, who: str = "a", on: str | datetime | None = None) -> list[tuple[int, int]]:
        """Return granted and remaining of every lot."""
        return [(lot.granted, lot.remaining) for lot in self.look(who, on).lots]

    def fresh(self) -> Bank:
        """Return a bank that was started anew over the same journal."""
        return Bank(self.programme, self.journal, self.now, self.given)


def micros(moment: datetime) -> int:
    """Return an instant as microseconds of the UTC line."""
    return (in_utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
