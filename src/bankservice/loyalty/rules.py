"""The public rules of loyalty."""

from __future__ import annotations

from typing import Any, Final

from bankservice.core.decision import Rule
from bankservice.loyalty.accrual import accrue
from bankservice.loyalty.benefits.rule import offers
from bankservice.loyalty.books.cost import cost_accrual
from bankservice.loyalty.books.revenue import deferred_revenue

__all__ = ["RULES", "accrue", "cost_accrual", "deferred_revenue", "offers"]

RULES: Final[tuple[Rule[Any, Any, Any], ...]] = (
    accrue,
    offers,
    deferred_revenue,
    cost_accrual,
)
"""Every public rule of this domain, in reading order."""
