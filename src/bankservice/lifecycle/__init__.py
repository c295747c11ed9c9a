"""Where the customer stands: stages, inactivity, account dormancy by law, and what is done about it."""

from typing import Any

from bankservice.core.record import Record
from bankservice.lifecycle.care.acting import TreatmentRefusal
from bankservice.lifecycle.care.model import Treated, TreatmentOutcome, TreatmentWhy
from bankservice.lifecycle.care.record import TREATMENT
from bankservice.lifecycle.care.rule import treatments
from bankservice.lifecycle.care.views import TreatmentsView
from bankservice.lifecycle.dormancy.facts import AccountActivity
from bankservice.lifecycle.dormancy.model import AccountDormancy
from bankservice.lifecycle.dormancy.rule import account_dormancy
from bankservice.lifecycle.model import Stage, StageChange, StageReason
from bankservice.lifecycle.policy import KINDS, SHELF
from bankservice.lifecycle.rules import RULES
from bankservice.lifecycle.stages.activity import Act
from bankservice.lifecycle.stages.commands import Observe, SummaryAct
from bankservice.lifecycle.stages.record import STANDING
from bankservice.lifecycle.stages.rule import StageFacts, Stood, stage
from bankservice.lifecycle.stages.views import LifecycleView
from bankservice.lifecycle.stages.work import StageRefusal

__all__ = [
    "KINDS",
    "RECORDS",
    "RULES",
    "SHELF",
    "STANDING",
    "TREATMENT",
    "AccountActivity",
    "AccountDormancy",
    "Act",
    "LifecycleView",
    "Observe",
    "Stage",
    "StageChange",
    "StageFacts",
    "StageReason",
    "StageRefusal",
    "Stood",
    "SummaryAct",
    "Treated",
    "TreatmentOutcome",
    "TreatmentRefusal",
    "TreatmentWhy",
    "TreatmentsView",
    "account_dormancy",
    "stage",
    "treatments",
]

RECORDS: tuple[Record[Any], ...] = (STANDING, TREATMENT)
"""Every record of this domain."""
