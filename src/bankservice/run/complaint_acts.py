"""
From what an extract tells of a case to what is done with it in the record.

The record is compared with the row, and only what is new becomes a command: the same extract again
gives none. What the record holds otherwise is left as it is and told, for nothing of a record is
ever overwritten.

An answer whose day the extract does not state is recorded at the latest instant at which it may
have been given, and marked as undated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from bankservice.complaints.cases.case import About, Case, CaseStatus, Reply
from bankservice.complaints.cases.commands import (
    Classify,
    CloseCase,
    Notice,
    Receive,
    Respond,
    Withdraw,
)
from bankservice.complaints.cases.notices import due
from bankservice.complaints.routes import RoutingFacts, routing
from bankservice.core.calendar import local_day
from bankservice.core.decision import Reason, Says
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Version
from bankservice.core.record import Command
from bankservice.core.unknown import UNKNOWN
from bankservice.run.complaint_rows import Told, last_instant

__all__ = ["UNDATED", "Acts", "is_undated"]

UNDATED: Final = "undated"
"""Reference of an answer whose instant is only the latest it may have been given at."""

OTHER = Says("record-differs", ("field",))
REFUSED = Says("record-refused", ("code",))

_BRIEF: Final = timedelta(microseconds=1)
_ABOUT: Final = frozenset(field.name for field in attrs.fields(About))


def is_undated(reply: Reply) -> bool:
    """Tell whether it is not known when a reply was given."""
    return reply.text_ref == UNDATED


@attrs.frozen(kw_only=True)
class Acts:
    """
    What is done with cases on one day.

    Attributes:
        cut: The last instant that is looked at.
        zone: The bank's zone, whose days the extracts are in.
        case_zone: Zone whose days count for the case; the bank's where empty.
        currency: The bank's currency.
        handling: How complaints are routed.
        facts: Facts that hold for every case.
        ways_on: Ways on that every answer names; without any, no answer is a final one.
    """

    cut: datetime
    zone: str
    case_zone: str
    currency: str
    handling: Version[Any]
    facts: Mapping[str, str]
    ways_on: tuple[str, ...]

    def known_until(self, told: Told) -> datetime:
        """Return the last instant up to which the extract tells of the case."""
        return min(self.cut, last_instant(told.drawn_on, self.zone))

    def opening(self, told: Told, case: Case) -> Iterator[Command]:
        """Yield what brings the record to know the case and what it is about."""
        about = self._about(told)
        if case.status is CaseStatus.NONE:
            yield self._command(told, self._receive(told, about), told.start.at)
            return
        more = {
            name: value
            for name, value in about.items()
            if value != (getattr(case.about if name in _ABOUT else case.private, name))
        }
        if more and not case.ended:
            # Known later, and true from the beginning; no clock may run backward over a reply.
            at = max([told.start.at, *(reply.at for reply in case.replies)])
            yield self._command(told, Classify(**more), at)

    def differs(self, told: Told, case: Case) -> Iterator[tuple[str, Reason]]:
        """Yield (column, why) where the record holds something else than the extract tells."""
        if case.customer != told.customer:
            yield "customer", OTHER(field="customer")
        if case.received_on != told.start.on:
            yield "received_on", OTHER(field="received_on")
        for want, held in zip(self._replies(told, case), case.replies, strict=False):
            if want[0] != held.at and not is_undated(held):
                yield "answered_on", OTHER(field="answered_on")
                return

    def answering(self, told: Told, case: Case) -> Iterator[Command]:
        """Yield the replies, the answer and the closing that the record does not have."""
        if case.status is CaseStatus.NONE or case.ended:
            return
        for at, body in list(self._replies(told, case))[len(case.replies) :]:
            yield self._command(told, body, at)
        ended = told.status in ("closed", "withdrawn") or (told.closed and not told.status)
        if not ended:
            return
        end = told.closed.at if told.closed is not None else self._undated(told, case)
        if end is not None and end <= self.cut:
            ending = Withdraw() if told.status == "withdrawn" else CloseCase()
            yield self._command(told, ending, end)

    def noticing(self, told: Told, case: Case) -> Iterator[Command]:
        """Yield the notices that are due and were not given."""
        until = self.known_until(told)
        if case.replies and is_undated(case.replies[-1]) and told.timely is None:
            # Whether its deadline was crossed nobody knows.
            return
        for key, at in sorted(due(case).items()):
            if "#" in key and at <= until:
                yield self._command(told, Notice(key=key), until)

    def _replies(self, told: Told, case: Case) -> Iterator[tuple[datetime, Respond]]:
        """Yield every reply there is by then, with its instant."""
        if told.replied is not None and told.replied.at <= self.cut:
            yield told.replied.at, Respond(text_ref="")
        answer = Respond(
            text_ref="",
            final=bool(self.ways_on),
            outcome=told.outcome or "",  # type: ignore[arg-type]
            ways_on=self.ways_on,
            proposes=True,
        )
        if told.answered is not None:
            if told.answered.at <= self.cut:
                yield told.answered.at, answer
        elif told.status in ("answered", "closed"):
            at = self._undated(told, case)
            if at is not None:
                yield at, attrs.evolve(answer, text_ref=UNDATED)

    def latest(self, told: Told) -> datetime:
        """Return the latest instant at which an undated answer may have been given."""
        drawn = last_instant(told.drawn_on, self.zone)
        return drawn if told.closed is None else min(drawn, told.closed.at)

    def _undated(self, told: Told, case: Case) -> datetime | None:
        """Return where an undated answer or end is recorded; None while it is not told yet."""
        at = self.latest(told)
        if at > self.cut and local_day(at, self.zone) > local_day(self.cut, self.zone):
            return None
        if told.timely:
            # The source says that it came in time: no later than the first duty was due.
            timers = [timer for timer in case.timers if timer.law] or list(case.timers)
            limits = [timer.clock.due for timer in timers if timer.clock.due is not None]
            at = min([at, *(limit.late_from - _BRIEF for limit in limits)])
        return min(max(at, told.start.at), self.cut)

    def _receive(self, told: Told, about: Mapping[str, Any]) -> Receive:
        routed = self._routed(told, about)
        return Receive(
            customer=told.customer,
            channel=told.facts.get("channel", ""),
            received_on=told.start.on if told.start.by_day else None,
            zone=self.case_zone,
            facts=FrozenMapping(self.facts),
            **{**routed, **about},
        )

    def _about(self, told: Told) -> dict[str, Any]:
        """Return what the extract states of the case."""
        held: dict[str, Any] = {
            name: value for name, value in told.facts.items() if name != "channel"
        }
        for name in ("vulnerable", "public", "regulator_sent"):
            if told.flags.get(name) is not None:
                held[name] = told.flags[name]
        if told.amount_minor is not None:
            held |= {"amount_minor": told.amount_minor, "currency": self.currency}
        return held

    def _routed(self, told: Told, about: Mapping[str, Any]) -> dict[str, str]:
        names = {field.name for field in attrs.fields(RoutingFacts)}
        stated = {name: value for name, value in about.items() if name in names}
        facts = RoutingFacts(
            **{
                "on": told.start.on,
                "matter": "complaint",
                "channel": told.facts.get("channel", UNKNOWN),
                **stated,
            }
        )
        found = routing.decide(facts, self.handling).outcome
        return {"severity": found.severity, "department": found.department}

    def _command(self, told: Told, body: Any, at: datetime) -> Command:
        name = type(body).__name__
        key = f"{name}:{body.key}" if isinstance(body, Notice) else name
        return Command(
            id=f"{told.case}:{key}:{at.isoformat()}",
            subject=told.case,
            body=body,
            actor="run",
            at=at,
            source="extract",
        )
