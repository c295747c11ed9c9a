"""Why a command on a points account is refused."""

from __future__ import annotations

from enum import Enum
from typing import Any

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Refused

__all__ = ["AccountRefusal", "refused"]


class AccountRefusal(Enum):
    """Why a command on a points account is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    APPROVER_IS_ACTOR = "approver-is-actor"
    NOT_IN_FORCE = "not-in-force"
    COHORT_UNKNOWN = "cohort-unknown"
    NOT_ENROLLED = "not-enrolled"
    OTHER_CUSTOMER = "other-customer"
    CLOSED = "closed"
    REF_CONFLICT = "ref-conflict"
    UNKNOWN_CAMPAIGN = "unknown-campaign"
    TOO_MANY_POSTS = "too-many-posts"
    UNDECIDED = "undecided"
    UNKNOWN_AUTHORISATION = "unknown-authorisation"
    UNKNOWN_ORIGINAL = "unknown-original"
    FACTS_ERASED = "facts-erased"
    VERSION_NOT_HELD = "version-not-held"
    BEFORE_PURCHASE = "before-purchase"
    OTHER_CURRENCY = "other-currency"
    UNKNOWN_ITEM = "unknown-item"
    WHOLE_ONLY = "whole-only"
    OVER_ORIGINAL = "over-original"
    UNKNOWN_HOLD = "unknown-hold"
    HOLD_ENDED = "hold-ended"
    OVER_HOLD = "over-hold"
    UNKNOWN_REDEMPTION = "unknown-redemption"
    BEFORE_REDEMPTION = "before-redemption"
    OTHER_HOUSEHOLD = "other-household"
    OVER_REDEMPTION = "over-redemption"
    TO_ITSELF = "to-itself"
    NOT_ALLOWED = "not-allowed"
    RECIPIENT_UNKNOWN = "recipient-unknown"
    RECIPIENT_CLOSED = "recipient-closed"
    IN_ARREARS = "in-arrears"
    ACCOUNT_TOO_NEW = "account-too-new"
    COOLING_OFF = "cooling-off"
    UNKNOWN_REWARD = "unknown-reward"
    NOT_OFFERED = "not-offered"
    NOT_THE_PRICE = "not-the-price"
    NOT_A_STEP = "not-a-step"
    OVER_SHARE = "over-share"
    BELOW_LEAST = "below-least"
    OVER_LIMIT = "over-limit"
    OVER_DAY = "over-day"
    OVER_YEAR = "over-year"
    REWARD_LIMIT = "reward-limit"
    OUT_OF_STOCK = "out-of-stock"
    APPROVAL_MISSING = "approval-missing"
    UNKNOWN_PURCHASE = "unknown-purchase"
    ALREADY_DRAWN = "already-drawn"
    TOO_LATE = "too-late"
    UNKNOWN_LOT = "unknown-lot"
    LOT_LAPSED = "lot-lapsed"
    UNKNOWN_FORFEIT = "unknown-forfeit"
    REINSTATED_ONCE = "reinstated-once"
    NOTHING_THERE = "nothing-there"
    NOT_ENOUGH = "not-enough"


def refused(code: AccountRefusal, **facts: Any) -> Refused:
    """Return a refusal with what the reader needs to know."""
    return Refused(code, FrozenMapping({name: str(value) for name, value in facts.items()}))
