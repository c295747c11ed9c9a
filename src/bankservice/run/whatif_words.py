"""
Words for what trials of all domains tell by code: places, dates, sums, and why nothing was asked.

A policy's own titles come first; a code that nobody has a word for is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.decision import Says

__all__ = ["DATES", "PLACES", "SUMS_OF", "UNASKED"]

PLACES: Final[Mapping[str, Says]] = {
    "answered": Says("whatif-place-answered"),
    "undecided": Says("whatif-place-undecided"),
    "not-in-force": Says("whatif-place-not-in-force"),
    "cohort-unknown": Says("whatif-place-cohort-unknown"),
    "two-cohorts": Says("whatif-place-two-cohorts"),
    "not-askable": Says("whatif-place-not-askable"),
}
"""Where a subject stands, where no policy has a title."""

UNASKED: Final[Mapping[str, Says]] = {
    "erased": Says("whatif-unasked-erased"),
    "purged": Says("whatif-unasked-purged"),
    "policy-missing": Says("whatif-unasked-policy-missing"),
    "no-measure": Says("whatif-unasked-no-measure"),
    "left": Says("whatif-unasked-left"),
    "out-of-order": Says("whatif-unasked-out-of-order"),
    "reversed": Says("whatif-unasked-reversed"),
    "acts-not-kept": Says("whatif-unasked-acts-not-kept"),
}
"""Why something could not be asked again."""

DATES: Final[Mapping[str, Says]] = {
    "effective_on": Says("whatif-name-effective_on"),
    "next_review": Says("whatif-name-next_review"),
    "protected_until": Says("whatif-name-protected_until"),
    "lapses_on": Says("whatif-name-lapses_on"),
    "since": Says("whatif-name-since"),
    "next": Says("whatif-name-next"),
    "day": Says("whatif-name-day"),
    "at": Says("whatif-name-at"),
    "on": Says("whatif-name-on"),
    "last_day": Says("whatif-name-last_day"),
    "deadline": Says("whatif-name-deadline"),
}
"""Dates by their names."""

SUMS_OF: Final[Mapping[str, Says]] = {
    "cost": Says("whatif-cost-of", ("of",)),
    "liability": Says("whatif-liability-of", ("of",)),
    "unpriced": Says("whatif-unpriced-of", ("of",)),
    "behaviour": Says("whatif-behaviour-of", ("of",)),
    "service": Says("whatif-service-of", ("of",)),
    "due_by": Says("whatif-due_by-of", ("of",)),
    "meant": Says("whatif-meant-of", ("of",)),
    "class": Says("whatif-class-of", ("of",)),
    "group": Says("whatif-group-of", ("of",)),
    "lapse": Says("whatif-lapse-of", ("of",)),
    "late": Says("whatif-late-of", ("of",)),
}
"""Sums and dates of one thing each, such as `cost:CNY`, by what comes before the colon."""
