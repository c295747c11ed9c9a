"""Why a command on a case is refused."""

from __future__ import annotations

from enum import Enum
from typing import Any

from bankservice.core.clock import ClockRefusal
from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Refused

__all__ = ["CaseRefusal", "of_clock", "refused"]


class CaseRefusal(Enum):
    """Why a command on a case is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    APPROVER_IS_ACTOR = "approver-is-actor"
    NOT_RECEIVED = "not-received"
    BEFORE_RECEIPT = "before-receipt"
    CASE_ENDED = "case-ended"
    NOT_ENDED = "not-ended"
    NOT_CLOSED = "not-closed"
    UNKNOWN_CODE = "unknown-code"
    OTHER_CUSTOMER = "other-customer"
    ZONE_KNOWN = "zone-known"
    INTO_ITSELF = "into-itself"
    WAYS_ON_MISSING = "ways-on-missing"
    AUTHORITY_EXCEEDED = "authority-exceeded"
    UNKNOWN_CLOCK = "unknown-clock"
    CLOCK_ENDED = "clock-ended"
    BEFORE_START = "before-start"
    OUT_OF_ORDER = "out-of-order"
    NOT_IN_FORCE = "not-in-force"
    NOT_PAUSABLE = "not-pausable"
    REASON_NOT_LAWFUL = "reason-not-lawful"
    NOTHING_LEFT = "nothing-left"
    NOT_PAUSED = "not-paused"
    APPROVAL_MISSING = "approval-missing"
    NO_EXTENSION = "no-extension"
    APPROVAL_LEVEL = "approval-level"
    UNDECIDED = "undecided"
    NOT_AN_EXTENSION = "not-an-extension"
    DUTY_RUNNING = "duty-running"
    NOT_TRUE_YET = "not-true-yet"


def refused(code: CaseRefusal, **facts: Any) -> Refused:
    """Return a refusal with what the reader needs to know."""
    return Refused(code, FrozenMapping({name: str(value) for name, value in facts.items()}))


def of_clock(code: ClockRefusal, clock: str) -> Refused:
    """Return the refusal of a clock as one of its case."""
    return refused(CaseRefusal(code.value), clock=clock)
