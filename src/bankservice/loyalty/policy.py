"""The kinds of policy loyalty works by, and the shelf with the shipped ones."""

from __future__ import annotations

from typing import Final

from bankservice.core.holidays import HOLIDAYS
from bankservice.core.institution import INSTITUTION
from bankservice.core.opening import WORKTIME
from bankservice.core.shelf import PolicyShelf
from bankservice.core.vocabulary import VOCABULARY
from bankservice.loyalty.benefits.kind import OFFERS
from bankservice.loyalty.books.expectations import EXPECTATIONS
from bankservice.loyalty.programme.programme import PROGRAMME

__all__ = ["KINDS", "SHELF"]

KINDS: Final = (PROGRAMME, OFFERS, EXPECTATIONS, INSTITUTION, WORKTIME, HOLIDAYS, VOCABULARY)
"""Kinds of policy this domain works with, its own first and those it links."""

SHELF: Final = PolicyShelf(
    KINDS,
    {
        "calendars": "bankservice.calendars",
        "holidays": "bankservice.calendars",
        "loyalty": "bankservice.loyalty",
        "vocabulary": "bankservice.core",
    },
    home="loyalty",
)
"""The policies this domain ships, with the calendars and vocabularies they use."""
