"""The public rules of complaints."""

from __future__ import annotations

from typing import Any, Final

from bankservice.complaints.authority import redress_authority
from bankservice.complaints.contacts import intake
from bankservice.complaints.regimes.applicable import applicable_regimes
from bankservice.complaints.regimes.deadlines import deadlines
from bankservice.complaints.routes import routing
from bankservice.complaints.watch.crises import crisis_frequency
from bankservice.complaints.watch.figures import statistics
from bankservice.complaints.watch.grave import grave_case
from bankservice.complaints.watch.surges import surge
from bankservice.core.decision import Rule

__all__ = [
    "RULES",
    "applicable_regimes",
    "crisis_frequency",
    "deadlines",
    "grave_case",
    "intake",
    "redress_authority",
    "routing",
    "statistics",
    "surge",
]

RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (
    applicable_regimes,
    deadlines,
    intake,
    routing,
    grave_case,
    redress_authority,
    statistics,
    surge,
    crisis_frequency,
)
"""Every public rule of this domain, in reading order."""
