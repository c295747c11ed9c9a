"""The public rules of the lifecycle."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.decision import Rule
from bankservice.lifecycle.care.rule import treatments
from bankservice.lifecycle.dormancy.rule import account_dormancy
from bankservice.lifecycle.stages.rule import stage

__all__ = ["RULES"]

RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (stage, account_dormancy, treatments)
"""Every public rule of this domain, in reading order."""
