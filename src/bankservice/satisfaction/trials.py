"""How rules of satisfaction are tried under another policy."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.trial import Trial
from bankservice.satisfaction.campaigns.trials import CAMPAIGN_TRIALS
from bankservice.satisfaction.follow_up.trials import FOLLOW_UP_TRIALS
from bankservice.satisfaction.questionnaires.trials import SHEET_TRIALS
from bankservice.satisfaction.waves.trials import WAVE_TRIALS

__all__ = ["TRIALS"]

TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    *SHEET_TRIALS,
    *WAVE_TRIALS,
    *FOLLOW_UP_TRIALS,
    *CAMPAIGN_TRIALS,
)
"""The rules of this domain as they are tried."""
