"""
Complaints: deadlines by law, the bank's own clocks, the case and its record, surges.

Examples:
    >>> from datetime import date
    >>> decision = deadlines("us-reg-e", received_on=date(2014, 11, 3))
    >>> decision.outcome["determination"].last_day
    datetime.date(2014, 11, 18)
"""

from bankservice.complaints.cases.case import Case, CaseStatus
from bankservice.complaints.cases.refusals import CaseRefusal
from bankservice.complaints.cases.views import CaseView, ClockView
from bankservice.complaints.handling import HANDLING
from bankservice.complaints.model import Deadlines, Due, Governing, Role
from bankservice.complaints.policy import KINDS, SHELF
from bankservice.complaints.record import CASE
from bankservice.complaints.regimes.book import REGIME_BOOK
from bankservice.complaints.regimes.deadlines import DeadlineFacts
from bankservice.complaints.regimes.regime import REGIME
from bankservice.complaints.rules import (
    RULES,
    applicable_regimes,
    crisis_frequency,
    deadlines,
    grave_case,
    intake,
    redress_authority,
    routing,
    statistics,
    surge,
)
from bankservice.complaints.service import Cases
from bankservice.complaints.service_levels import SERVICE_LEVELS
from bankservice.complaints.trials import TRIALS
from bankservice.complaints.watch.surge_policy import SURGE_WATCH
from bankservice.complaints.watch.surges import DayCount, Series, series_by
from bankservice.complaints.watch.tally import CaseRow, CycleRow

__all__ = [
    "CASE",
    "HANDLING",
    "KINDS",
    "RECORDS",
    "REGIME",
    "REGIME_BOOK",
    "RULES",
    "SERVICE_LEVELS",
    "SHELF",
    "SURGE_WATCH",
    "TRIALS",
    "Case",
    "CaseRefusal",
    "CaseRow",
    "CaseStatus",
    "CaseView",
    "Cases",
    "ClockView",
    "CycleRow",
    "DayCount",
    "DeadlineFacts",
    "Deadlines",
    "Due",
    "Governing",
    "Role",
    "Series",
    "applicable_regimes",
    "crisis_frequency",
    "deadlines",
    "grave_case",
    "intake",
    "redress_authority",
    "routing",
    "series_by",
    "statistics",
    "surge",
]

RECORDS = (CASE,)
"""Every record of this domain."""
