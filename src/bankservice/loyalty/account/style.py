"""
What rows of a book share under one programme version: found out once for all rows of a kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, Final

import attrs

from bankservice.core.desk import ref_json
from bankservice.core.frozen import FrozenMapping
from bankservice.core.offsets import DAY
from bankservice.core.policy import Policy, Version
from bankservice.loyalty.account.account import Account
from bankservice.loyalty.account.shapes import Shape
from bankservice.loyalty.account.standing import NEVER
from bankservice.loyalty.account.using import ordered_caps
from bankservice.loyalty.model import AccrualFacts
from bankservice.loyalty.programme.dates import day_of, start_of
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.rating.quick import Plan, Steps, free_facts, named_facts, plan_of

__all__ = ["Class", "Days", "Kind", "Style", "Styles", "lots_tail", "tail_of", "whole"]

Class = tuple[str, str, bool, str]
"""Component, earning row, whether it counts for tiers, what it waits for."""

_REST: Final[tuple[Any, ...]] = (0, 1, 0, [], [])


_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def tail_of(*tail: Any) -> str:
    """Return how a row ends: nothing where there is nothing to say."""
    held = list(tail)
    while held and held[-1] == _REST[len(held) - 1]:
        held.pop()
    return f"\t{_encode(held)}" if held else ""


def lots_tail(wait: int | None, expires_at: int | None) -> str:
    """Return how a lot ends in a row: microseconds to wait, instant of the lapse."""
    return f",{'' if wait is None else wait},{'' if expires_at is None else expires_at}"


class Kind:
    """
    What rows of one kind share.

    Attributes:
        on: Local day of the transactions.
        posted_on: Local day of posting, as rated.
        ordinal: The first as a number.
        plan: How they are rated; None where each is rated whole.
        tail: How their rows end, where they say nothing else.
        steps: The plan in whole numbers, where lots need no more than the day.
        lots: With it, of each row: the place of the first row whose lots are dated alike, the class
            of its lots, how they end in a row, when they lapse.
    """

    __slots__ = ("lots", "on", "ordinal", "plan", "posted_on", "steps", "tail")

    def __init__(
        self, style: Style, on: date, day: date, posted_on: date, plan: Plan | None
    ) -> None:
        self.on, self.posted_on, self.plan = on, posted_on, plan
        self.ordinal = on.toordinal()
        self.tail = tail_of(posted_on.toordinal() - self.ordinal)
        self.steps: Steps | None = None
        self.lots: tuple[_LotOf, ...] = ()
        if plan is None or plan.steps is None or plan.why:
            return
        lots: list[_LotOf] = []
        for row, _ in plan.rows:
            wait, expires_at, action = style.dates(row.code, on, day)
            if wait:
                # How long there is to wait depends on the instant.
                return
            like = next(
                (
                    first
                    for first, (other, _) in enumerate(plan.rows)
                    if other.component == row.component
                    and other.row.qualifying == row.row.qualifying
                    and style.programme.same_dates(other.code, row.code)
                ),
            )
            kind = (row.component, row.code, row.row.qualifying, action)
            end = NEVER if expires_at is None else expires_at
            lots.append((like, kind, lots_tail(wait, expires_at), end))
        self.steps, self.lots = plan.steps, tuple(lots)


_LotOf = tuple[int, Class, str, int]


_Days = tuple[date, date]
"""Local days of a transaction and of its posting."""


class Style:
    """One programme version, for rows that are posted together."""

    def __init__(self, version: Version[Programme]) -> None:
        self.version = version
        self.programme = version.parameters
        self.ref = FrozenMapping(ref_json(version.ref))
        programme = self.programme
        self.free = free_facts(programme) | {"amount"}
        self.together = (
            not ordered_caps(programme)
            and programme.written.limits.posts_a_day is None
            and all(held.expiry.mode != "inactivity" for held in programme.datings.values())
        )
        self.kinds: dict[Hashable, Kind | None] = {}
        self._plans: dict[Hashable, Plan | None] = {}
        self._windows: dict[date, tuple[bool | None, ...]] = {}
        self._by_day = bool(named_facts(programme) & {"on", "posted_on"})
        self._alike: dict[Shape, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {}
        self.caps = tuple(sorted(programme.scheme.uses))
        self._by_card = any(row.scope == "card" for row in programme.written.cap)
        self._dates: dict[Any, tuple[int | None, int | None, str]] = {}
        self._periods: dict[Any, tuple[tuple[str, tuple[str, ...]], ...]] = {}

    def kind(
        self, account: Account, shape: Shape, picked: Hashable, stated: AccrualFacts, days: _Days
    ) -> Kind:
        """
        Return what rows like this one share.

        Args:
            account: Whose they are.
            shape: Which facts they state.
            picked: Those facts, but for the free ones.
            stated: One of them.
            days: Their day, and the local day they were posted.

        Raises:
            FaultsError: If a fact is none that a transaction can have.
            UnknownNameError: If a code or cap is not known.
        """
        on, day = days
        posted_on = stated.posted_on or day
        named = (on, posted_on) if self._by_day else None
        key = (shape, picked, account.campaigns, self._open_windows(on), named)
        if key not in self._plans:
            facts = whole(self.programme, account, stated, on, day)
            self._plans[key] = plan_of(facts, self.programme)
        return Kind(self, on, day, posted_on, self._plans[key])

    def _open_windows(self, on: date) -> tuple[bool | None, ...]:
        """Return which windows of the programme a day is in: all that a plan has of the day."""
        found = self._windows.get(on)
        if found is None:
            scheme = self.programme.scheme
            earning = (
                row for lanes in scheme.lanes.values() for lane in lanes for row in lane.rows
            )
            factors = (held for each in scheme.multipliers.values() for held in each)
            windows = (*(row.window for row in earning), *(held.window for held in factors))
            found = self._windows[on] = tuple(
                window.holds(on) for window in windows if window is not None
            )
        return found

    def alike(self, shape: Shape) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
        """Return what gives the facts of a row on which its kind depends."""
        found = self._alike.get(shape)
        if found is None:
            found = self._alike[shape] = shape.getter(self.free)
        return found

    def dates(self, row: str, on: date, day: date) -> tuple[int | None, int | None, str]:
        """
        Return when a lot of a row that is posted on a day can be spent, when it lapses, and what it
        waits for; 0 for at once.
        """
        key = (row, on, day)
        found = self._dates.get(key)
        if found is None:
            programme = self.programme
            dates = programme.dates_of(row, on, start_of(programme.zone, day))
            held = programme.datings.get(row) or programme.datings[""]
            available = 0 if held.available.mode == "at-once" else dates.available_at
            found = self._dates[key] = (available, dates.expires_at, dates.action)
        return found

    def periods(
        self, on: date, posted_on: date, opened_on: date | None, card: str
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return each cap with its periods whose use counts together, the row's own first."""
        key = (on, posted_on, opened_on, card if self._by_card else "")
        found = self._periods.get(key)
        if found is None:
            found = self._periods[key] = tuple(
                (cap, self.programme.periods_of(cap, on, posted_on, opened_on, card))
                for cap in self.caps
            )
        return found


_FACTS: Final = tuple(field.name for field in attrs.fields(AccrualFacts))


def whole(
    programme: Programme, account: Account, stated: AccrualFacts, on: date, day: date, **more: Any
) -> AccrualFacts:
    """Return the facts of a transaction as they are rated."""
    held = {name: getattr(stated, name) for name in _FACTS}
    held["on"], held["posted_on"] = on, stated.posted_on or day
    held["currency"] = stated.currency or programme.currency
    held["campaigns"] = account.campaigns
    return AccrualFacts(**{**held, **more})


class Days:
    """The local days of a zone."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._held: dict[int, tuple[int, date, date]] = {}

    def of(self, at: int) -> date:
        """Return the local day of an instant."""
        begun = at // DAY
        held = self._held.get(begun)
        if held is None:
            held = self._held[begun] = self._found(begun)
        edge, before, after = held
        return before if at < edge else after

    def _found(self, begun: int) -> tuple[int, date, date]:
        """Return where in a day of UTC the local day changes, with the local days around it."""
        first, last = day_of(self._zone, begun * DAY), day_of(self._zone, begun * DAY + DAY - 1)
        if first == last:
            return (begun + 1) * DAY, first, last
        return start_of(self._zone, last), first, last


class Styles:
    """The styles of a policy's versions, by day."""

    def __init__(self, policy: Policy[Programme], now: int) -> None:
        self.now = now
        self._policy = policy
        self._days: dict[str, Days] = {}
        self._held: dict[Version[Programme], Style] = {}
        self._found: dict[tuple[date, date], Style | None] = {}

    def days(self, zone: str) -> Days:
        """Return the days of a zone."""
        if zone not in self._days:
            self._days[zone] = Days(zone)
        return self._days[zone]

    def on(self, day: date, today: date) -> Style | None:
        """Return the style of a day; None where it depends on the member, or there is none."""
        if (day, today) not in self._found:
            self._found[day, today] = self._of(day, today)
        return self._found[day, today]

    def _of(self, day: date, today: date) -> Style | None:
        known = self._policy.as_known(max(day, today))
        if any(version.cohort for version in known.versions):
            return None
        version = known.select(day)
        if not isinstance(version, Version):
            return None
        style = self._held.get(version)
        if style is None:
            style = self._held[version] = Style(version)
        return style if style.together else None
