"""
Working time by walking: every minute of the UTC line is asked what its local clock shows.

It shares no interval code with the library: no intervals on the UTC line, no offsets, no tables.
Calendars are the same raw tables that the library reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
UTC = ZoneInfo("UTC")
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes_of(clock: str) -> int:
    """Return "09:30" as minutes."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


class Walk:
    """One calendar, walked."""

    def __init__(self, table: Mapping[str, Any], holidays: Mapping[str, Any] | None = None) -> None:
        """Take the raw parameters of a calendar and of its public holidays."""
        self.zone = ZoneInfo(table["zone"])
        self.table = table
        self.off = {row["on"] for row in (holidays or {}).get("days", ())}
        self.extra = {row["on"] for row in (holidays or {}).get("make_up", ())}
        self.seen: dict[date, frozenset[int]] = {}
        self.own = {row["on"]: row["hours"] for row in table.get("override", ())}

    def hours(self, day: date) -> list[str]:
        """Return the hours of a local date as written."""
        weekly = self.table["hours"]
        week = {name: ["00:00-24:00"] for name in NAMES} if weekly == "always" else weekly
        if day in self.own:
            return list(self.own[day])
        if day in self.extra:
            return list(week.get(self.table.get("make_up_hours", "fri"), ()))
        if day in self.off:
            return []
        for rule in self.table.get("closed", ()):
            if NAMES[day.weekday()] == rule["weekday"] and (day.day + 6) // 7 in rule["nth"]:
                return []
        return list(week.get(NAMES[day.weekday()], ()))

    def minutes(self, day: date) -> frozenset[int]:
        """Return the minutes of the local clock that are open on a local date."""
        if day not in self.seen:
            spans = [span.split("-") for span in self.hours(day)]
            self.seen[day] = frozenset(
                minute
                for opening, closing in spans
                for minute in range(minutes_of(opening), minutes_of(closing))
            )
        return self.seen[day]

    def is_open(self, at: datetime) -> bool:
        """Tell whether the local clock stands inside the hours of its date."""
        local = at.astimezone(self.zone)
        return local.hour * 60 + local.minute in self.minutes(local.date())

    def between(self, start: datetime, end: datetime) -> int:
        """Count the open minutes from *start* to a later *end*."""
        at, found = start.astimezone(UTC), 0
        while at < end:
            found += self.is_open(at)
            at += MINUTE
        return found

    def add(self, start: datetime, minutes: int, most: int) -> datetime | None:
        """Return when so many open minutes have passed; None where that takes over *most* steps."""
        at = start.astimezone(UTC)
        for _ in range(most):
            if not minutes:
                return at
            minutes -= self.is_open(at)
            at += MINUTE
        return None

    def take(self, start: datetime, minutes: int, most: int) -> datetime | None:
        """Return when so many open minutes were still to come; None as above."""
        at = start.astimezone(UTC)
        for _ in range(most):
            if not minutes:
                return at
            at -= MINUTE
            minutes -= self.is_open(at)
        return None

    def is_business_day(self, day: date) -> bool:
        """Tell whether any minute that bears the local date is open."""
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
        walk = (at + minute * MINUTE for minute in range(58 * 60))
        return any(
            self.is_open(minute) for minute in walk if minute.astimezone(self.zone).date() == day
        )
