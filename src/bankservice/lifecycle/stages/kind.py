"""The kind of policy `lifecycle.stages`, and the clocks it becomes: days as whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.calendar import Period, add_months
from bankservice.core.conditions import FactType
from bankservice.core.errors import UnknownNameError
from bankservice.core.institution import check_zone
from bankservice.core.plain import digest, to_json
from bankservice.core.policy import Faults, Kind, Library
from bankservice.core.terms import Terms
from bankservice.core.vocabulary import Tree
from bankservice.lifecycle.stages.activity import (
    ACT_FACTS,
    ACT_WORDS,
    DEFAULT_ROWS,
    ActivityRow,
    flags_of,
)
from bankservice.lifecycle.stages.table import Boundary, StagesTable

__all__ = ["FAR", "STAGES", "Clock", "Loyal", "Stages", "Window"]

_REMEMBERED: Final = 4096

FAR: Final = date.max.toordinal() + 1
"""A day that never comes."""


class Clock:
    """
    A period from an anchor, and the first day on which it has run out; days are ordinals.

    Examples:
        >>> clock = Clock(Period(months=6), "more_than")
        >>> str(date.fromordinal(clock.due(date(2024, 8, 31).toordinal())))
        '2025-03-01'
    """

    __slots__ = ("_found", "_late", "period")

    def __init__(self, period: Period, boundary: Boundary) -> None:
        """Make a clock of a period."""
        self.period = period
        self._late = 1 if boundary == "more_than" else 0
        self._found: dict[int, int] = {}

    def due(self, anchor: int) -> int:
        """Return the day on which it fires; `FAR` past the end of dates."""
        found = self._found.get(anchor)
        if found is None:
            try:
                found = self.period.after(date.fromordinal(anchor)).toordinal() + self._late
            except OverflowError:
                found = FAR
            self._found[anchor] = found
        return found


class Window:
    """
    The last so many months and days up to a day: (day − period, day]; days are ordinals.

    Examples:
        >>> window = Window(Period(months=12))
        >>> str(date.fromordinal(window.before(date(2025, 1, 10).toordinal())))
        '2024-01-10'
    """

    __slots__ = ("_found", "_gone", "period")

    def __init__(self, period: Period) -> None:
        """Make a window of a period."""
        self.period = period
        self._found: dict[int, int] = {}
        self._gone: dict[int, int] = {}

    def before(self, day: int) -> int:
        """Return the last day that is not in the window of *day* any more."""
        found = self._found.get(day)
        if found is None:
            moved = day - self.period.days
            try:
                found = add_months(date.fromordinal(moved), -self.period.months).toordinal()
            except (OverflowError, ValueError):
                found = 0
            self._found[day] = found
        return found

    def gone(self, day: int) -> int:
        """Return the first day whose window does not hold *day* any more."""
        found = self._gone.get(day)
        if found is None:
            try:
                found = self.period.after(date.fromordinal(day)).toordinal()
            except OverflowError:
                return FAR
            while self.before(found) < day:
                found += 1
            self._gone[day] = found
        return found


@attrs.frozen(eq=False, kw_only=True)
class Loyal:
    """
    Who is loyal, ready to use.

    Attributes:
        tenure: Fires on the first day of which the tenure is met.
        events: Days of business in the window.
        window: The window; None for the whole past.
        products: How many products; 0 for no matter.
        review: Fires when a part was unmet for so long; None for never.
    """

    tenure: Clock
    events: int
    window: Window | None
    products: int
    review: Clock | None


@attrs.frozen(eq=False, kw_only=True)
class Stages:
    """
    A stages policy version, ready to use.

    Attributes:
        zone: Zone whose local day an instant falls on.
        boundary: Whether clocks fire after their period, or on its last day.
        inactive: Makes a customer inactive; None for never.
        lost: Makes a customer lost; None for never.
        lost_from_inactive: Whether that one begins with the first inactive day.
        prospect: Makes a prospect lost; None for never.
        repeat: How many days of business make active.
        repeat_window: Within which; None for ever.
        loyal: Who is loyal; None for nobody.
        recheck: Whether inactive customers must be checked again.
        rows: What acts do; the last holds always.
        kinds: The kinds of acts; None for any word.
        terms: What conditions of the rows may name.
        read_by: Name of the kinds and rows: what another version of the same name reads alike.
    """

    zone: str
    boundary: Boundary
    inactive: Clock | None
    lost: Clock | None
    lost_from_inactive: bool
    prospect: Clock | None
    repeat: int
    repeat_window: Window | None
    loyal: Loyal | None
    recheck: bool
    rows: tuple[ActivityRow, ...]
    kinds: Tree | None
    terms: Terms
    read_by: str
    _found: dict[tuple[str, str, str, bool], tuple[int, tuple[str, ...]]] = attrs.field(
        init=False, factory=dict, repr=False
    )

    def lost_on(self, since: int, last: int) -> int:
        """Return the day on which who is inactive since a day, with a last act, is lost."""
        if self.lost is None:
            return FAR
        return max(self.lost.due(max(since, last) if self.lost_from_inactive else last), since)

    def knows(self, kind: str) -> bool:
        """Tell whether a kind of act is one of the policy's."""
        return self.kinds is None or kind in self.kinds

    def flags(
        self, *, kind: str, initiator: str, channel: str, verified: bool
    ) -> tuple[int, tuple[str, ...]]:
        """Return what an act does to its day, and the unknown facts on which that hangs."""
        asked = (kind, initiator, channel, verified)
        found = self._found.get(asked)
        if found is None:
            act = {
                "kind": kind,
                "initiator": initiator,
                "channel": channel or None,
                "verified": verified,
            }
            found = flags_of(self.rows, act, self.terms.within)
            # Without a vocabulary any word may be a kind, and none may fill the memory.
            if len(self._found) < _REMEMBERED:
                self._found[asked] = found
        return found


def _build(table: StagesTable, faults: Faults, library: Library) -> Stages:
    check_zone(table.zone, "zone", faults)
    _check_numbers(table, faults)
    kinds = _kinds(table.kinds, faults, library)
    facts = dict(ACT_FACTS)
    if kinds is not None:
        facts["kind"] = FactType("code", table.kinds)
    terms = Terms(facts, ACT_WORDS, {} if kinds is None else {"kind": kinds})
    _check_rows(table.event, terms, faults)
    rows = table.event or DEFAULT_ROWS
    return Stages(
        zone=table.zone,
        boundary=table.boundary,
        inactive=_clock(table.inactive_after, table.boundary),
        lost=_clock(table.lost_after, table.boundary),
        lost_from_inactive=table.lost_from == "inactive",
        prospect=_clock(table.prospect_after, table.boundary),
        repeat=table.repeat.events,
        repeat_window=_window(table.repeat.window),
        loyal=_loyal(table),
        recheck=table.recheck,
        rows=rows,
        kinds=kinds,
        terms=terms,
        read_by=digest([table.kinds, to_json(rows, for_digest=True)])[:16],
    )


def _clock(period: Period | None, boundary: Boundary) -> Clock | None:
    return None if period is None else Clock(period, boundary)


def _window(period: Period | None) -> Window | None:
    return None if period is None else Window(period)


def _loyal(table: StagesTable) -> Loyal | None:
    row = table.loyal
    if row is None:
        return None
    return Loyal(
        # Tenure is reached on the day itself, and a review is over when its whole period was unmet.
        tenure=Clock(row.tenure, "at_least"),
        events=row.events,
        window=_window(row.window),
        products=row.products,
        review=_clock(row.review, "at_least"),
    )


def _check_numbers(table: StagesTable, faults: Faults) -> None:
    periods: Mapping[str, Period | None] = {
        "inactive_after": table.inactive_after,
        "lost_after": table.lost_after,
        "prospect_after": table.prospect_after,
        "repeat.window": table.repeat.window,
        "loyal.window": None if table.loyal is None else table.loyal.window,
    }
    for path, period in periods.items():
        if period is not None and not period:
            faults.add(path, str(period), "a period longer than nothing; leave it out for none")
    if table.repeat.events < 2:
        wanted = "2 or more; the first day makes a first-time customer"
        faults.add("repeat.events", table.repeat.events, wanted)
    if table.loyal is None:
        return
    if table.loyal.events < 1:
        faults.add("loyal.events", table.loyal.events, "1 or more")
    if table.loyal.products < 0:
        faults.add("loyal.products", table.loyal.products, "0 or more")


def _check_rows(rows: tuple[ActivityRow, ...], terms: Terms, faults: Faults) -> None:
    codes = set[str]()
    for index, row in enumerate(rows):
        path = f"event[{index}]"
        if row.code in codes:
            faults.add(f"{path}.code", repr(row.code), "a code that is not taken")
        codes.add(row.code)
        if row.when is not None:
            terms.check(row.when, f"{path}.when", faults)
        elif index < len(rows) - 1:
            wanted = "a condition; the rows below could never be reached"
            faults.add(f"{path}.when", "nothing", wanted)
        if row.counts and row.resets and set(row.resets) != {"inactive", "lost"}:
            wanted = "nothing beside counts, which resets both clocks"
            faults.add(f"{path}.resets", ", ".join(row.resets), wanted)
    if rows and rows[-1].when is not None:
        wanted = "a last row without `when`, for all other acts"
        faults.add(f"event[{len(rows) - 1}].when", "a condition", wanted)


def _kinds(name: str, faults: Faults, library: Library) -> Tree | None:
    if not name:
        return None
    try:
        found = library.get(name).versions[-1].parameters
    except UnknownNameError as error:
        faults.add("kinds", repr(name), "the id of a vocabulary", error.near)
        return None
    if not isinstance(found, Tree):
        faults.add("kinds", repr(name), "the id of a vocabulary")
        return None
    return found


STAGES: Final[Kind[Any, Stages]] = Kind(
    "lifecycle.stages",
    StagesTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "opened_on": FactType("date"),
        "region": FactType("text"),
    },
)
"""Kind of policy that holds the stages of the relationship and their clocks."""
