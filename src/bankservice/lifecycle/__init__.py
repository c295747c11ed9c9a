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
from bankservice.lifecycle.prediction.adopting import adopt, adopted_version
from bankservice.lifecycle.prediction.cards import (
    ModelCard,
    PurchaseCard,
    SpendCard,
    population_digest,
)
from bankservice.lifecycle.prediction.churn import ChurnFacts, ChurnRisk, churn_risk
from bankservice.lifecycle.prediction.entries import Estimate, Score, Told
from bankservice.lifecycle.prediction.model import Fit, FitWhy, Pattern, Spend
from bankservice.lifecycle.prediction.purchases import (
    Forecast,
    PeriodFacts,
    PurchaseFacts,
    PurchaseFitFacts,
    bg_bb,
    bg_nbd,
    mbg_nbd,
    purchase_fit,
)
from bankservice.lifecycle.prediction.record import OUTLOOKED, OutlookRefusal
from bankservice.lifecycle.prediction.spending import (
    SpendFacts,
    SpendFitFacts,
    SpendForecast,
    gamma_gamma,
    spend_fit,
)
from bankservice.lifecycle.prediction.trend import Trend, TrendFacts, trend
from bankservice.lifecycle.prediction.value import CustomerValue, ValueFacts, customer_value
from bankservice.lifecycle.prediction.views import BandSpan, OutlookView
from bankservice.lifecycle.rules import RULES
from bankservice.lifecycle.stages.activity import Act
from bankservice.lifecycle.stages.commands import Observe, SummaryAct
from bankservice.lifecycle.stages.reading import ProductsHeld, ReadActs, ReadDay
from bankservice.lifecycle.stages.record import STANDING
from bankservice.lifecycle.stages.rule import StageFacts, Stood, stage
from bankservice.lifecycle.stages.views import LifecycleView
from bankservice.lifecycle.stages.work import StageRefusal
from bankservice.lifecycle.trials import TRIALS

__all__ = [
    "KINDS",
    "OUTLOOKED",
    "RECORDS",
    "RULES",
    "SHELF",
    "STANDING",
    "TREATMENT",
    "TRIALS",
    "AccountActivity",
    "AccountDormancy",
    "Act",
    "BandSpan",
    "ChurnFacts",
    "ChurnRisk",
    "CustomerValue",
    "Estimate",
    "Fit",
    "FitWhy",
    "Forecast",
    "LifecycleView",
    "ModelCard",
    "Observe",
    "OutlookRefusal",
    "OutlookView",
    "Pattern",
    "PeriodFacts",
    "ProductsHeld",
    "PurchaseCard",
    "PurchaseFacts",
    "PurchaseFitFacts",
    "ReadActs",
    "ReadDay",
    "Score",
    "Spend",
    "SpendCard",
    "SpendFacts",
    "SpendFitFacts",
    "SpendForecast",
    "Stage",
    "StageChange",
    "StageFacts",
    "StageReason",
    "StageRefusal",
    "Stood",
    "SummaryAct",
    "Told",
    "Treated",
    "TreatmentOutcome",
    "TreatmentRefusal",
    "TreatmentWhy",
    "TreatmentsView",
    "Trend",
    "TrendFacts",
    "ValueFacts",
    "account_dormancy",
    "adopt",
    "adopted_version",
    "bg_bb",
    "bg_nbd",
    "churn_risk",
    "customer_value",
    "gamma_gamma",
    "mbg_nbd",
    "population_digest",
    "purchase_fit",
    "spend_fit",
    "stage",
    "treatments",
    "trend",
]

RECORDS: tuple[Record[Any], ...] = (STANDING, TREATMENT, OUTLOOKED)
"""Every record of this domain."""
