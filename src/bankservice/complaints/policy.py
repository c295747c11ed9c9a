"""The kinds of policy complaints are handled by, and the shelf with the shipped ones."""

from __future__ import annotations

from typing import Final

from bankservice.complaints.handling import HANDLING
from bankservice.complaints.regimes.book import REGIME_BOOK
from bankservice.complaints.regimes.regime import REGIME
from bankservice.complaints.service_levels import SERVICE_LEVELS
from bankservice.complaints.watch.surge_policy import SURGE_WATCH
from bankservice.core.holidays import HOLIDAYS
from bankservice.core.institution import INSTITUTION
from bankservice.core.opening import WORKTIME
from bankservice.core.shelf import PolicyShelf
from bankservice.core.vocabulary import VOCABULARY

__all__ = ["KINDS", "SHELF"]

KINDS: Final = (
    REGIME,
    REGIME_BOOK,
    SERVICE_LEVELS,
    HANDLING,
    SURGE_WATCH,
    INSTITUTION,
    WORKTIME,
    HOLIDAYS,
    VOCABULARY,
)
"""Kinds of policy this domain works with, its own first and those it links."""

SHELF: Final = PolicyShelf(
    KINDS,
    {
        "calendars": "bankservice.calendars",
        "complaints": "bankservice.complaints",
        "holidays": "bankservice.calendars",
        "vocabulary": "bankservice.core",
    },
    home="complaints",
)
"""The policies this domain ships, with the calendars and vocabularies they use."""
