"""
What the tests of the site share: a tab with what went wrong in it, and pages of every kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from playwright.sync_api import Page

GENERATED: Final = "reference/generated"
KINDS_OF_PAGES: Final = (
    "index.html",
    "tutorial/tiers.html",
    "how-to/write-a-policy.html",
    "explanation/performance.html",
    "explanation/satisfaction-scores.html",
    "explanation/glossary.html",
    "reference/index.html",
    f"{GENERATED}/rules/worktime.business-day.html",
    f"{GENERATED}/records/segmentation.standing.html",
    f"{GENERATED}/kinds/segmentation.tiers.html",
    f"{GENERATED}/policies/complaints-us-reg-e.html",
    f"{GENERATED}/policies/segmentation-cn-retail-shape.html",
    f"{GENERATED}/policies.html",
    f"{GENERATED}/jurisdictions/hk.html",
    f"{GENERATED}/citations.html",
    f"{GENERATED}/calendars/hk.html",
    f"{GENERATED}/refusals.html",
    "changelog.html",
)
"""A page of each kind there is, as both languages have it."""


@attrs.frozen
class Visit:
    """
    A tab, with what went wrong in it: console errors and exceptions, requests to other hosts.
    """

    page: Page
    errors: list[str]
    foreign: list[str]
