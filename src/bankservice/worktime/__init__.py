"""
Working time: adding and measuring it, business days, calendar days, by a calendar as data.

Examples:
    >>> from datetime import date
    >>> business_day("calendars/gb-eng", day=date(2025, 12, 10), n=15).outcome.day
    datetime.date(2026, 1, 5)
"""

from bankservice.core.open_time import BeyondHorizonError
from bankservice.core.worktime import WorkingCalendar
from bankservice.worktime.model import Duration
from bankservice.worktime.policy import HOLIDAYS, KINDS, SHELF, WORKTIME
from bankservice.worktime.rules import RULES, add, between, business_day, calendar_day
from bankservice.worktime.trials import TRIALS

__all__ = [
    "HOLIDAYS",
    "KINDS",
    "RECORDS",
    "RULES",
    "SHELF",
    "TRIALS",
    "WORKTIME",
    "BeyondHorizonError",
    "Duration",
    "WorkingCalendar",
    "add",
    "between",
    "business_day",
    "calendar_day",
]

RECORDS = ()
"""Working time keeps no record."""
