"""Calendars for tests, read from the tables a bank would write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bankservice.core.holidays import HOLIDAYS
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.shelf import PolicyShelf
from bankservice.core.worktime import WorkingCalendar

MINUTE = 60_000_000
HOUR = 60 * MINUTE

SOURCE = {"text": "the tests", "clause": "1", "checked": "own"}
SINCE = date(1970, 1, 1)
NINE_TO_FIVE = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def shelf(*holidays: Policy[Any]) -> PolicyShelf:
    """Return a shelf of both kinds that ships nothing and holds *holidays*."""
    return PolicyShelf((WORKTIME, HOLIDAYS), {}).with_policies(holidays)


def holidays(
    *versions: Mapping[str, Any], place: str = "gb-eng", since: date = SINCE
) -> Policy[Any]:
    """Return the public holidays of a place."""
    held = shelf()
    raw = {
        "id": f"holidays/{place}",
        "kind": "worktime.holidays",
        "version": [{"since": since, "source": SOURCE, **version} for version in versions],
    }
    return read_policy(raw, "holidays of the tests", held.kinds, held)


def policy(
    *versions: Mapping[str, Any], linked: Policy[Any] | None = None, since: date = SINCE
) -> Policy[WorkingCalendar]:
    """Return a calendar policy; each version may leave out since, source, zone and hours."""
    held = shelf(*(() if linked is None else (linked,)))
    usual = {"since": since, "source": SOURCE, "zone": "Europe/London", "hours": NINE_TO_FIVE}
    raw = {
        "id": "acme/desk",
        "kind": "worktime.calendar",
        "version": [{**usual, **version} for version in versions],
    }
    return read_policy(raw, "a calendar of the tests", held.kinds, held)


def calendar(
    table: Mapping[str, Any] | None = None,
    days: Mapping[str, Any] | None = None,
    *,
    since: date = SINCE,
) -> WorkingCalendar:
    """Return the calendar of one table; London 9 to 5 where it says nothing else."""
    table = dict(table or {})
    linked = None
    if days is not None:
        linked = holidays(days, place="gb-eng", since=since)
        table["public_holidays"] = {"country": "GB", "subdivision": "ENG"}
    return policy(table, linked=linked, since=since).versions[0].parameters


def at(text: str, zone: str = "Europe/London") -> datetime:
    """Return a local time; `text` has no offset."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
