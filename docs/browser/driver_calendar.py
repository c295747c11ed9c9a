"""
The calendars a decision used, month by month, as the library itself tells each day.

One span for each clock: from day 0 to its last day. Which days are closed, and why, is asked of
the very calendar that decided; the page only draws it.
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import attrs
from babel import dates

from bankservice.core import wording
from bankservice.core.calendar import local_day
from bankservice.core.decision import Decision
from bankservice.core.hours import Closed
from bankservice.core.worktime import WorkingCalendar

__all__ = ["calendars_of"]

MONTHS: Final = 15
"""So many months are drawn of one span; of a longer one its first and last three."""
ENDS: Final = 3
DAY: Final = timedelta(days=1)
IN_BUSINESS_DAYS: Final = ("business-days", "working-time")


@attrs.frozen
class Span:
    """
    What one clock ran through.

    Attributes:
        name: Of the clock; empty where the rule has but one.
        title: What is due.
        start: Day 0.
        last: The last day.
        skips: Whether closed days are not counted.
        calendar: Which decided; None where none did.
    """

    name: str
    title: str
    start: date
    last: date
    skips: bool
    calendar: WorkingCalendar | None


def calendars_of(decision: Decision[Any], locale: str) -> list[dict[str, Any]]:
    """Return the months of every clock of a decision; none where it counted no days."""
    return [drawn(span, locale) for span in spans_of(decision, locale)]


def spans_of(decision: Decision[Any], locale: str) -> Iterator[Span]:
    """Yield what the clocks of a decision ran through."""
    parameters = decision.rule.parameters(decision.versions)
    facts, outcome = decision.facts, decision.outcome
    match decision.rule.id:
        case "worktime.business-day":
            yield Span("", "", facts.day, outcome.day, True, parameters)
        case "worktime.calendar-day":
            yield Span("", "", facts.day, outcome.last_day, False, parameters)
        case "worktime.add":
            start = local_day(facts.start, parameters.zone)
            yield Span("", "", start, outcome.at.date(), True, parameters)
        case "worktime.between":
            start, end = (local_day(at, parameters.zone) for at in (facts.start, facts.end))
            yield Span("", "", start, end, True, parameters)
        case "complaints.deadlines":
            calendar = parameters.calendar_for(facts.region)
            for name, due in outcome.entries.items():
                if due.starts_on is None or due.last_day is None:
                    continue
                # A term in calendar days that no calendar rolls rests on none.
                terms = parameters.clock(name).terms
                used = any(term.by_calendar and term.unit == due.unit for term in terms)
                yield Span(
                    name,
                    due.title.of(locale),
                    due.starts_on,
                    due.last_day,
                    due.unit in IN_BUSINESS_DAYS,
                    calendar if used else None,
                )


def drawn(span: Span, locale: str) -> dict[str, Any]:
    """Return a span as months of weeks of days."""
    first, last = sorted((span.start, span.last))
    calendar = span.calendar
    shown = list(months(first, last))
    left_out = max(0, len(shown) - 2 * ENDS) if len(shown) > MONTHS else 0
    if left_out:
        shown = shown[:ENDS] + shown[-ENDS:]
    resolved = wording.locale_of(locale)
    names = dates.get_day_names("abbreviated", locale=resolved)
    known = None if calendar is None else calendar.known_through
    return {
        "name": span.name,
        "title": span.title,
        "calendar": None if calendar is None else calendar.id,
        "skips": span.skips,
        "start": told(span.start, locale),
        "last": told(span.last, locale),
        "known_through": None if known is None else told(known, locale),
        "provisional": calendar is not None and calendar.provisional(last, first),
        "weekdays": [names[day] for day in range(7)],
        "left_out": left_out,
        "months": [drawn_month(year, month, span, locale) for year, month in shown],
    }


def drawn_month(year: int, month: int, span: Span, locale: str) -> dict[str, Any]:
    """Return one month: its title, and its weeks with the days of other months left empty."""
    weeks = Calendar(0).monthdatescalendar(year, month)
    inside = [day for week in weeks for day in week if day.month == month]
    closed: Mapping[date, Closed] = {}
    if span.calendar is not None:
        days = span.calendar.skipped(inside[0] - DAY, inside[-1])
        closed = {each.on: each for each in days}
    resolved = wording.locale_of(locale)
    form = "yMMMM"
    return {
        "title": str(dates.format_skeleton(form, inside[0], locale=resolved)),
        "weeks": [
            [
                drawn_day(day, closed.get(day), span, locale) if day.month == month else None
                for day in week
            ]
            for week in weeks
        ],
    }


def drawn_day(day: date, closed: Closed | None, span: Span, locale: str) -> dict[str, Any]:
    """Return one day: what it is by the calendar, and what it is to the clock."""
    calendar = span.calendar
    unknown = calendar is not None and calendar.provisional(day, day)
    name = None if closed is None or closed.name is None else closed.name.of(locale)
    shut = closed is not None and not closed.worked
    first, last = sorted((span.start, span.last))
    # Day 0 is never counted; of a span that runs back it is the last one drawn.
    inside = first <= day <= last and day != span.start
    return {
        "day": day.day,
        "on": told(day, locale),
        "kind": "" if closed is None else closed.kind,
        "worked": closed is not None and closed.worked,
        "name": name,
        "start": day == span.start,
        "last": day == span.last,
        "inside": inside,
        "skipped": inside and shut and span.skips,
        "unknown": unknown,
    }


def months(first: date, last: date) -> Iterator[tuple[int, int]]:
    """Yield the months from one day to another, both counted."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def told(day: date, locale: str) -> str:
    """Return a day with its weekday."""
    return str(dates.format_date(day, "full", locale=wording.locale_of(locale)))
