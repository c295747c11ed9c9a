"""The policies that the rules of working time read: calendars and public holidays."""

from __future__ import annotations

from typing import Final

from bankservice.core.holidays import HOLIDAYS
from bankservice.core.opening import WORKTIME
from bankservice.core.shelf import PolicyShelf

__all__ = ["HOLIDAYS", "KINDS", "SHELF", "WORKTIME"]

KINDS: Final = (WORKTIME, HOLIDAYS)
"""Kinds of policy that this domain reads."""

SHELF: Final = PolicyShelf(
    KINDS,
    {"calendars": "bankservice.calendars", "holidays": "bankservice.calendars"},
    home="calendars",
)
"""The shipped calendars; `calendars/` may be left out of an id."""
