"""The stages of a customer's relationship, and why one follows another."""

from __future__ import annotations

from datetime import date
from enum import Enum

import attrs

__all__ = ["Stage", "StageChange", "StageReason"]


class Stage(Enum):
    """
    Where a customer stands with the bank.

    Prospect, first-time, loyal and lost are the source texts' four stages (潜在客户, 初次客户,
    忠诚客户, 流失客户); active, inactive and won back are ours. An *account* may be dormant by law;
    a customer is inactive.
    """

    PROSPECT = "prospect"
    FIRST_TIME = "first_time"
    ACTIVE = "active"
    LOYAL = "loyal"
    INACTIVE = "inactive"
    LOST = "lost"
    WON_BACK = "won_back"


class StageReason(Enum):
    """Why a stage began."""

    KNOWN = "LC_KNOWN"
    FIRST = "LC_FIRST"
    REPEAT = "LC_REPEAT"
    LOYAL = "LC_LOYAL"
    LOYAL_LAPSED = "LC_LOYAL_LAPSED"
    INACTIVE = "LC_INACTIVE"
    REACTIVATED = "LC_REACTIVATED"
    CLOSED = "LC_CLOSED"
    DECEASED = "LC_DECEASED"
    EXITED = "LC_EXITED"
    RETURNED = "LC_RETURNED"
    PROSPECT_EXPIRED = "LC_PROSPECT_EXPIRED"


@attrs.frozen
class StageChange:
    """
    The beginning of a stage.

    Attributes:
        stage: The stage that begins.
        on: The first day it holds, a business day of the policy's zone.
        reason: Why it begins.
    """

    stage: Stage
    on: date
    reason: StageReason
