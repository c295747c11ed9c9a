"""Cases for tests: a bank whose hand of the clock a test holds, and policies written in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from bankservice.complaints import CASE, SHELF, CaseView, ClockView
from bankservice.complaints.cases.case import Case
from bankservice.complaints.service import Cases
from bankservice.core.answer import Answer
from bankservice.core.driver import serve
from bankservice.core.journal import Journal
from bankservice.core.plain import to_json
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.journals.memory import MemoryJournal

LONDON = ZoneInfo("Europe/London")
SOURCE = {"text": "Acme service charter", "clause": "2", "checked": "own"}
WEEK = ("mon", "tue", "wed", "thu", "fri")


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def calendar(*versions: Mapping[str, Any], name: str = "acme/desk") -> Policy[Any]:
    """Return a desk's calendar, Monday to Friday 09:00 to 17:00; each version changes something."""
    base = {
        "since": date(2020, 1, 1),
        "source": SOURCE,
        "zone": "Europe/London",
        "public_holidays": {"country": "GB", "subdivision": "ENG"},
        "hours": {day: ["09:00-17:00"] for day in WEEK},
    }
    raw = {
        "id": name,
        "kind": "worktime.calendar",
        "version": [{**base, **more} for more in versions or ({},)],
    }
    return read_policy(raw, name, SHELF.kinds, SHELF)


def clock(name: str = "first_response", **more: Any) -> dict[str, Any]:
    """Return a row of service levels: eight hours of working time, ended by an answer."""
    row = {"name": name, "target": "PT8H", "unit": "working-time", "stops_on": "respond"}
    return {**row, "pausable": True, **more}


def levels(
    *versions: Iterable[Mapping[str, Any]] | Mapping[str, Any],
    desk: Policy[Any] | None = None,
    name: str = "acme/levels",
) -> Policy[Any]:
    """Return service levels: each version a list of clocks, or a table with `clock` and more."""
    desk = desk or calendar()
    written = []
    for given in versions or ([clock()],):
        table = dict(given) if isinstance(given, Mapping) else {"clock": [dict(x) for x in given]}
        base = {"since": date(2020, 1, 1), "source": SOURCE, "calendar": desk.id}
        written.append({**base, **table})
    raw = {"id": name, "kind": "complaints.service-levels", "version": written}
    library = SHELF.with_policies([desk])
    return read_policy(raw, name, SHELF.kinds, library)


@attrs.define
class Bank:
    """A bank whose clock a test sets; every command takes the instant it is given at."""

    policies: tuple[Policy[Any], ...]
    journal: Journal = attrs.field(factory=MemoryJournal)
    now: datetime = attrs.field(factory=lambda: at("2025-06-09T09:00"))
    given: int = 0

    @property
    def cases(self) -> Cases:
        """The service over the policies of the moment."""
        linked = [
            version.linked
            for policy in self.policies
            for held in policy.versions
            if getattr(version := held.parameters, "linked", None) is not None
        ]
        shelf = SHELF.with_policies([*self.policies, *linked])
        return Cases(self.journal, self.policies, now=lambda: self.now, shelf=shelf)

    def do(self, moment: str | datetime, act: str, case: str = "case-1", **body: Any) -> Answer:
        """Give a command at an instant."""
        self.now = at(moment) if isinstance(moment, str) else moment
        self.given += 1
        command_id = body.pop("command_id", f"command-{self.given}")
        return self.cases.do(command_id, case, act, **body)

    def receive(self, moment: str | datetime, case: str = "case-1", **body: Any) -> Answer:
        """Receive a complaint at an instant."""
        held = {"customer": "customer-7", "channel": "email", **body}
        return self.do(moment, "receive", case, **held)

    def look(self, moment: str | datetime, case: str = "case-1") -> CaseView:
        """Return a case as seen at an instant."""
        return self.cases.view(case, at(moment) if isinstance(moment, str) else moment)

    def clock(
        self, moment: str | datetime, name: str = "first_response", case: str = "case-1"
    ) -> ClockView:
        """Return a clock as seen at an instant."""
        return self.look(moment, case).clocks[name]

    def sweep(self, moment: str | datetime) -> int:
        """Sweep at an instant; return how many items were handled."""
        self.now = at(moment) if isinstance(moment, str) else moment
        swept = self.cases.sweep(limit=1000)

        assert () == swept.failed

        return swept.handled

    def notices(self, case: str = "case-1") -> list[tuple[str, datetime, datetime]]:
        """Return the notices that were given: key, when it was true, when it is told."""
        stream = self.cases.desk.stream(case)
        events = [CASE.events.decode(entry) for entry in self.journal.read(stream)]
        return [(e.key, e.true_at, e.deliver_at) for e in events if hasattr(e, "true_at")]

    def state(self, case: str = "case-1") -> Case:
        """Return the case as it is folded from its entries."""
        desk = self.cases.desk
        loaded = serve(desk.load([case]), self.journal)
        return loaded[case].state

    def entries(self, case: str = "case-1") -> int:
        """Return how many entries the case has."""
        return len(self.journal.read(self.cases.desk.stream(case)))


def plain(state: Case) -> Any:
    """Return a state as plain JSON."""
    return to_json(state)
