"""The public rules of the lifecycle."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.decision import Rule
from bankservice.lifecycle.care.rule import treatments
from bankservice.lifecycle.dormancy.rule import account_dormancy
from bankservice.lifecycle.prediction.churn import churn_risk
from bankservice.lifecycle.prediction.purchases import bg_bb, bg_nbd, mbg_nbd, purchase_fit
from bankservice.lifecycle.prediction.spending import gamma_gamma, spend_fit
from bankservice.lifecycle.prediction.trend import trend
from bankservice.lifecycle.prediction.value import customer_value
from bankservice.lifecycle.stages.rule import stage

__all__ = ["RULES"]

RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (
    stage,
    account_dormancy,
    treatments,
    bg_nbd,
    mbg_nbd,
    bg_bb,
    gamma_gamma,
    purchase_fit,
    spend_fit,
    churn_risk,
    customer_value,
    trend,
)
"""Every public rule of this domain, in reading order."""
