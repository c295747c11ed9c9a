"""A regime of complaint law, laid out for deciding: clocks whose amounts and calendars are ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from bankservice.complaints.model import Role
from bankservice.complaints.regimes.articles import Extension, Keep, Pause, WayOn
from bankservice.core.citation import Citation
from bankservice.core.clock import Reopening
from bankservice.core.conditions import Condition, Within
from bankservice.core.errors import UnknownNameError
from bankservice.core.policy import Title
from bankservice.core.ruler import Target
from bankservice.core.worktime import WorkingCalendar

__all__ = ["ClockRow", "Length", "Regime"]


def _nowhere(fact: str, code: str, above: str) -> bool:
    return False


@attrs.frozen(eq=False, kw_only=True)
class Length:
    """
    One row of a clock, ready.

    Attributes:
        when: Condition of the row; None for the last.
        target: Unit and amount; None for billing cycles.
        cycles: Whole billing cycles after the running one; 0 for other units.
        cap: Row that bounds it, or None.
        unit: Unit as people read it.
        amount: Amount as people read it.
        by_calendar: Whether it takes a working calendar.
        source: Where the number comes from.
        asks: Facts its condition looks at, each once, in reading order.
    """

    when: Condition | None
    target: Target | None
    cycles: int
    cap: Target | None
    unit: str
    amount: str
    by_calendar: bool
    source: Citation | None
    asks: tuple[str, ...] = ()


@attrs.frozen(eq=False, kw_only=True)
class ClockRow:
    """
    One clock, ready.

    Attributes:
        name: Its name.
        role: Duty or limit.
        title: What is due.
        starts: `receipt`, or the fact it runs from.
        when: Condition under which it exists; None for always.
        terms: Its rows.
        extensions: How it may be moved.
        sends: Codes of what must be sent by it.
        lawful_if: Clock that must have been met.
        window: Whether letting it pass breaks no duty.
        stops_on: What ends it.
        reopen: What a reopened complaint does to it.
    """

    name: str
    role: Role
    title: Title
    starts: str
    when: Condition | None
    terms: tuple[Length, ...]
    extensions: tuple[Extension, ...]
    sends: tuple[str, ...]
    lawful_if: str
    window: bool
    stops_on: tuple[str, ...]
    reopen: Reopening


@attrs.frozen(eq=False, kw_only=True)
class Regime:
    """
    A version of a regime, ready.

    Attributes:
        jurisdiction: Country, or `EU`.
        clocks: Its clocks.
        governs: Condition under which it governs; None for always.
        zone: The one zone of its country; empty where there are several.
        calendar: Working calendar of the whole country, or None.
        calendars: Region → working calendar.
        institution_days: Whether the institution's days are its business days.
        hours: The institution's working calendar, where one is known.
        receipt: What counts as receipt, if not the customer's complaint.
        ways_on: Ways on an answer has to name.
        keep: Records to keep.
        pauses: Reasons for which a clock may stand still.
        repeated: What may be done with a repeated complaint.
        new_facts: What new facts do.
        asks: Facts its terms and clocks look at.
        declared: Facts the version declares, with the type they are read into.
        within: Tree membership for its conditions.
    """

    jurisdiction: str
    clocks: tuple[ClockRow, ...]
    governs: Condition | None
    zone: str
    calendar: WorkingCalendar | None
    calendars: Mapping[str, WorkingCalendar]
    institution_days: bool
    hours: WorkingCalendar | None = None
    receipt: Title | None = None
    ways_on: tuple[WayOn, ...] = ()
    keep: tuple[Keep, ...] = ()
    pauses: tuple[Pause, ...] = ()
    repeated: str = ""
    new_facts: str = ""
    asks: tuple[str, ...] = ()
    declared: Mapping[str, type[Any] | None] = attrs.field(factory=dict)
    within: Within = _nowhere

    def calendar_for(self, region: object = "") -> WorkingCalendar | None:
        """
        Return the calendar of the business days.

        Args:
            region: Part of the country; looked at only where its parts differ.

        Returns:
            The institution's own where this law counts its days and one is known, else that of
            the country or the region; None where the region does not tell.
        """
        if self.institution_days and self.hours is not None:
            return self.hours
        if self.calendar is not None:
            return self.calendar
        return self.calendars.get(region) if isinstance(region, str) else None

    def clock(self, name: str) -> ClockRow:
        """
        Return a clock by name.

        Raises:
            UnknownNameError: If there is none.
        """
        for held in self.clocks:
            if held.name == name:
                return held
        raise UnknownNameError("clock", name, (held.name for held in self.clocks))

    def extensions_of(self, name: str) -> tuple[Extension, ...]:
        """Return how a clock may be moved."""
        return self.clock(name).extensions

    def at(self, hours: WorkingCalendar | None) -> Regime:
        """Return the regime for an institution with these working hours."""
        return self if hours is None else attrs.evolve(self, hours=hours)

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions of its clocks and terms, in reading order."""
        for clock in self.clocks:
            if clock.when is not None:
                yield clock.when
            yield from (term.when for term in clock.terms if term.when is not None)
