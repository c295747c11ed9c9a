"""
When something holds: dates, weekdays, named holidays.

A window is a set of local days; the zone in which a transaction's instant becomes a day is stated
by what the window belongs to. So the last day counts up to its last instant, and the first instant
of the next day does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal

import attrs

from bankservice.core.calendar import days as days_from
from bankservice.core.errors import UnknownNameError, near_names
from bankservice.core.holidays import HOLIDAYS, PublicHolidays, corrected_on, public_holidays
from bankservice.core.offsets import first_instant
from bankservice.core.policy import Faults, Library, Policy, Version

__all__ = [
    "WEEKDAYS",
    "Weekday",
    "Window",
    "WindowRow",
    "build_window",
]

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""How a day of the week is written."""

WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week in order."""

_LONGEST: Final = 31
"""Days of the longest month, and the most days a run is widened by on one side."""
_JOINED: Final = "; "
"""What stands between the names of a day that is two holidays at once."""
_LEAP_YEAR: Final = 2000
_CALENDAR_REPEATS: Final = 146_097
"""Days after which dates and weekdays come round: 400 years."""


@attrs.frozen(kw_only=True)
class WindowRow:
    """
    When something holds: every part that is stated must hold on the local day.

    Attributes:
        from_on: First day.
        through_on: Last day, inclusive: up to its last instant.
        calendar: Id of a calendar of holidays, such as `holidays/cn`.
        holidays: English names of holidays in that calendar, letter by letter, such as
            `Chinese New Year (Spring Festival)`; their days are those of the calendar, year by
            year, never copied dates. Nothing: every holiday in it.
        run: `named`: the days of those names alone. `days-off`: with the holidays, days off in lieu
            and weekends that join them without a working day between; make-up working days are
            working days.
        weekend: With `days-off`: which weekdays are the weekend.
        before: Days before each run of holidays that count too.
        after: Days after each run of holidays that count too.
        weekdays: `mon` to `sun`.
        days_of_month: 1 to 31.
        months: 1 to 12.
    """

    from_on: date | None = None
    through_on: date | None = None
    calendar: str = ""
    holidays: tuple[str, ...] = ()
    run: Literal["named", "days-off"] = "named"
    weekend: tuple[Weekday, ...] = ("sat", "sun")
    before: int = 0
    after: int = 0
    weekdays: tuple[Weekday, ...] = ()
    days_of_month: tuple[int, ...] = ()
    months: tuple[int, ...] = ()


@attrs.frozen(eq=False)
class _Festival:
    """The days of holidays as known on a day: ordinals that count, and how far lists are known."""

    days: frozenset[int]
    known_from: int
    known_through: int


@attrs.frozen(eq=False)
class Window:
    """
    When something holds.

    Attributes:
        row: As written.
        policy: The calendar of its holidays, where it has some.
        festivals: First day on which each list was known → the days that count; the first from
            ever. Empty without holidays.
    """

    row: WindowRow
    policy: Policy[Any] | None = None
    festivals: tuple[tuple[date, _Festival], ...] = attrs.field(default=(), repr=False)
    _weekdays: frozenset[int] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        held = frozenset(WEEKDAYS.index(name) for name in self.row.weekdays)
        object.__setattr__(self, "_weekdays", held)

    @property
    def calendars(self) -> tuple[Policy[Any], ...]:
        """The linked calendars."""
        return () if self.policy is None else (self.policy,)

    def holds(self, day: date, known: date | None = None) -> bool | None:
        """
        Tell whether it holds on a local *day*.

        Args:
            day: Of the zone its owner states.
            known: Leave out what was corrected in the calendar after this day.

        Returns:
            None where the calendar does not know that time.
        """
        return self._holds_plain(day) and (
            True if self.policy is None else self._holds_festival(day, known)
        )

    def bounds(self, zone: str) -> tuple[int | None, int | None]:
        """
        Return the first instant that may count and the first that no longer does.

        Microseconds of the UTC line, by the first and last day in *zone*; None where there is none.
        """
        start, last = self.row.from_on, self.row.through_on
        return (
            None if start is None else first_instant(zone, start.toordinal()),
            None if last is None else first_instant(zone, last.toordinal() + 1),
        )

    def began(self, day: date, known: date | None = None) -> date:
        """
        Return the first day of the run of days, all of which count, in which *day* lies.

        Without a calendar the run is the whole time from its first day; what has no first day
        began at the first day there is.
        """
        if self.policy is None:
            return self.row.from_on or date.min
        first = day
        while (before := _shifted(first, -1)) < first and self.holds(before, known):
            first = before
        return first

    def links(self, day: date) -> tuple[Version[Any], ...]:
        """Return the versions of the calendar by which it is told whether it holds on *day*."""
        if self.policy is None:
            return ()
        start = _shifted(day, -self.row.after)
        return public_holidays(self.policy).on(start, _shifted(day, self.row.before))

    def _holds_plain(self, day: date) -> bool:
        row = self.row
        return (
            (row.from_on is None or row.from_on <= day)
            and (row.through_on is None or day <= row.through_on)
            and (not self._weekdays or day.weekday() in self._weekdays)
            and (not row.days_of_month or day.day in row.days_of_month)
            and (not row.months or day.month in row.months)
        )

    def _holds_festival(self, day: date, known: date | None) -> bool | None:
        held = next(
            festival
            for since, festival in reversed(self.festivals)
            if known is None or since <= known
        )
        first, last = day.toordinal() - self.row.after, day.toordinal() + self.row.before
        if any(ordinal in held.days for ordinal in range(first, last + 1)):
            return True
        return False if held.known_from <= first and last <= held.known_through else None


def build_window(row: WindowRow, path: str, faults: Faults, library: Library) -> Window:
    """
    Check a window as written and return it compiled.

    Args:
        row: As written.
        path: Where it stands.
        faults: Takes what is wrong: a window that can never hold, names the calendar has not.
        library: Finds the calendar.
    """
    before = len(faults)
    _check_numbers(row, path, faults)
    if row.from_on is not None and row.through_on is not None and row.through_on < row.from_on:
        faults.add(f"{path}.through_on", row.through_on, f"a day from {row.from_on} on")
    policy = _calendar(row, path, faults, library)
    if len(faults) > before:
        return Window(attrs.evolve(row, calendar="", holidays=()))
    window = Window(row, policy, () if policy is None else _festivals(row, policy))
    _check_ever(window, path, faults)
    return window


def _check_numbers(row: WindowRow, path: str, faults: Faults) -> None:
    for name, most in (("days_of_month", _LONGEST), ("months", 12)):
        for index, number in enumerate(getattr(row, name)):
            if not 1 <= number <= most:
                faults.add(f"{path}.{name}[{index}]", number, f"a whole number from 1 to {most}")
    for name in ("before", "after"):
        if not 0 <= getattr(row, name) <= _LONGEST:
            wanted = f"a number of days from 0 to {_LONGEST}"
            faults.add(f"{path}.{name}", getattr(row, name), wanted)
    for name in ("days_of_month", "months", "weekdays", "weekend", "holidays"):
        held = getattr(row, name)
        for index, part in enumerate(held):
            if part in held[:index]:
                faults.add(f"{path}.{name}[{index}]", repr(part), "each once")


def _calendar(row: WindowRow, path: str, faults: Faults, library: Library) -> Policy[Any] | None:
    if not row.calendar:
        for name in ("holidays", "before", "after"):
            if getattr(row, name):
                wanted = "a `calendar` beside it, such as 'holidays/cn'"
                faults.add(f"{path}.{name}", getattr(row, name), wanted)
        if row.run != "named":
            faults.add(
                f"{path}.run", repr(row.run), "a `calendar` beside it, such as 'holidays/cn'"
            )
        return None
    try:
        policy = library.get(row.calendar)
    except UnknownNameError as error:
        near = tuple(name for name in error.near if name.startswith("holidays/"))
        wanted = "a calendar of holidays, such as 'holidays/cn'"
        faults.add(f"{path}.calendar", repr(row.calendar), wanted, near)
        return None
    if policy.kind.name != HOLIDAYS.name:
        faults.add(f"{path}.calendar", repr(row.calendar), f"a policy of kind {HOLIDAYS.name}")
        return None
    names = _names(policy)
    for index, name in enumerate(row.holidays):
        if name not in names:
            where = f"a holiday that {policy.id} has in some year"
            near = near_names(name, names) or tuple(
                sorted(held for held in names if name.casefold() in held.casefold())
            )
            faults.add(f"{path}.holidays[{index}]", repr(name), where, near)
    return policy


def _names(policy: Policy[Any]) -> frozenset[str]:
    """Return the English names of the holidays of any year."""
    return frozenset(
        name
        for version in policy.versions
        for day in version.parameters.days
        if day.name is not None
        for name in (day.name.en, *day.name.en.split(_JOINED))
    )


def _festivals(row: WindowRow, policy: Policy[Any]) -> tuple[tuple[date, _Festival], ...]:
    """Return what counted, by the day from which it was known: at first, and at each correction."""
    known = (date.min, *corrected_on(policy.versions))
    return tuple((day, _festival(row, public_holidays(policy, day))) for day in known)


def _festival(row: WindowRow, held: PublicHolidays) -> _Festival:
    wanted = frozenset(row.holidays)
    found = {
        ordinal
        for ordinal, name in held.days.items()
        if not wanted
        or (name is not None and not wanted.isdisjoint((name.en, *name.en.split(_JOINED))))
    }
    if row.run == "days-off":
        weekend = frozenset(WEEKDAYS.index(name) for name in row.weekend)
        for step in (-1, 1):
            for ordinal in sorted(found):
                found.update(_joined(ordinal, step, held, weekend))
    return _Festival(frozenset(found), held.known_from.toordinal(), held.known_through.toordinal())


def _joined(
    ordinal: int, step: int, held: PublicHolidays, weekend: frozenset[int]
) -> Iterator[int]:
    """Yield the days off that follow a day one upon the other, in steps of a day."""
    for _ in range(_LONGEST):
        ordinal += step
        made_up: Mapping[int, Any] = held.make_up
        # Day 1 of all ordinals was a Monday.
        off = ordinal in held.days or ((ordinal - 1) % 7 in weekend and ordinal not in made_up)
        if not off:
            return
        yield ordinal


def _check_ever(window: Window, path: str, faults: Faults) -> None:
    """Note a window that holds on no day at all."""
    row = window.row
    if row.from_on is not None and row.through_on is not None:
        last = min(row.through_on.toordinal(), row.from_on.toordinal() + _CALENDAR_REPEATS)
        ordinals = range(row.from_on.toordinal(), last + 1)
        ever = any(window.holds(date.fromordinal(each)) is not False for each in ordinals)
    else:
        # A leap year shows every day of every month; the weekdays come round by themselves.
        plain = Window(WindowRow(months=row.months, days_of_month=row.days_of_month))
        ever = any(map(plain.holds, days_from(date(_LEAP_YEAR, 1, 1), date(_LEAP_YEAR + 1, 1, 1))))
    if not ever:
        faults.add(path, "a window that never holds", "one that holds on some day")


def _shifted(day: date, by: int) -> date:
    return date.fromordinal(max(1, min(date.max.toordinal(), day.toordinal() + by)))
