"""The kinds of policy satisfaction works by, and the shelf with the shipped ones."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.holidays import HOLIDAYS
from bankservice.core.institution import INSTITUTION
from bankservice.core.opening import WORKTIME
from bankservice.core.policy import Kind
from bankservice.core.shelf import PolicyShelf
from bankservice.core.vocabulary import VOCABULARY
from bankservice.satisfaction.campaigns.kind import SAMPLING_PLAN
from bankservice.satisfaction.follow_up.kind import FOLLOW_UP
from bankservice.satisfaction.questionnaires.items import ITEMS
from bankservice.satisfaction.questionnaires.kind import QUESTIONNAIRE
from bankservice.satisfaction.waves.kind import REPORTING

__all__ = ["KINDS", "SHELF"]

KINDS: Final[tuple[Kind[Any, Any], ...]] = (
    INSTITUTION,
    WORKTIME,
    HOLIDAYS,
    VOCABULARY,
    ITEMS,
    QUESTIONNAIRE,
    REPORTING,
    FOLLOW_UP,
    SAMPLING_PLAN,
)
"""Kinds of policy this domain works with, its own first and those it links."""

SHELF: Final = PolicyShelf(
    KINDS,
    {
        "calendars": "bankservice.calendars",
        "holidays": "bankservice.calendars",
        "satisfaction": "bankservice.satisfaction",
        "vocabulary": "bankservice.core",
    },
    home="satisfaction",
)
"""The policies this domain ships, with the calendars and vocabularies they use."""
