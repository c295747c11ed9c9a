"""The bank's own service levels, laid out for deciding: clocks with their targets and calendar."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bankservice.core.calendar import Period
from bankservice.core.clock import PolicyChange, Reopening, Revision
from bankservice.core.conditions import Condition
from bankservice.core.policy import Policy, Title
from bankservice.core.ruler import Ruler, Target
from bankservice.core.terms import Terms
from bankservice.core.worktime import WorkingCalendar

__all__ = ["Level", "Rung", "ServiceLevels", "Watched"]


@attrs.frozen(kw_only=True)
class Rung:
    """
    One rung of the escalation ladder.

    Attributes:
        clock: Name of the clock.
        step: Its warning, as written there, or `due` for the deadline itself.
        to: Code of `vocabulary/roles` of the one who is told.
    """

    clock: str
    step: str
    to: str


@attrs.frozen(kw_only=True)
class Watched:
    """
    A duty of law of which the bank warns itself.

    Attributes:
        clock: Name of the duty, bare or as `<policy id>/<duty>`.
        warn: When to warn: `75%`, `-P3D`, `-PT4H`.
    """

    clock: str
    warn: tuple[str, ...]


@attrs.frozen(eq=False, kw_only=True)
class Level:
    """One clock, ready to start."""

    name: str
    title: Title
    target: Target
    stops_on: tuple[str, ...]
    when: Condition | None
    starts_on: str
    pausable: bool
    thresholds: tuple[str, ...]
    most_extension: int
    reopen: Reopening
    on_calendar_change: Revision
    on_policy_change: PolicyChange


@attrs.frozen(eq=False, kw_only=True)
class ServiceLevels:
    """
    A service-levels version, ready to use.

    Attributes:
        levels: The clocks, in order.
        zone: Zone whose days count.
        calendar: The desk's working calendar, if there is one.
        linked: Its policy, to be kept beside this one.
        watch: Duties of law of which the bank warns itself.
        ladder: Who is told at which step.
        deliver_in_hours: Whether warnings wait for opening hours.
        ask_effect_after: How long after closing the customer is asked; nothing for never.
        terms: What conditions may name.
    """

    levels: tuple[Level, ...]
    zone: str
    calendar: WorkingCalendar | None
    linked: Policy[WorkingCalendar] | None
    watch: tuple[Watched, ...]
    ladder: tuple[Rung, ...]
    deliver_in_hours: bool
    ask_effect_after: Period
    terms: Terms

    @property
    def ruler(self) -> Ruler:
        """What measures its clocks."""
        return Ruler(self.zone or "UTC", self.calendar)

    def running(self, facts: Mapping[str, object]) -> tuple[Level, ...]:
        """
        Return the clocks of a case with *facts*: of each name the first row that holds.

        A row that cannot be told because a fact is unknown is passed over, so the row below it,
        which asks for less, stands; put the shortest target last.
        """
        taken: dict[str, Level] = {}
        for level in self.levels:
            holds = level.when is None or level.when.holds(facts, self.terms.within) is True
            if holds and level.name not in taken:
                taken[level.name] = level
        return tuple(taken.values())
