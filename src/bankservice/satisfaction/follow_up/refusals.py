"""Why a command on follow-ups is refused."""

from __future__ import annotations

from enum import Enum

from bankservice.core.frozen import FrozenMapping
from bankservice.core.record import Refused

__all__ = [
    "FollowUpRefusal",
    "refused",
]


class FollowUpRefusal(Enum):
    """Why a command on follow-ups is refused; the first that applies wins."""

    IN_FUTURE = "in-future"
    NOT_IN_FORCE = "not-in-force"
    ANSWER_CONFLICT = "answer-conflict"
    UNDECIDED = "undecided"
    NO_CASE = "no-case"
    WHICH_CASE = "which-case"
    BEFORE_OPENING = "before-opening"
    VERSION_NOT_HELD = "version-not-held"
    NOT_TRUE_YET = "not-true-yet"
    UNKNOWN_CODE = "unknown-code"
    CASE_ENDED = "case-ended"
    OUT_OF_ORDER = "out-of-order"
    OUT_OF_PLACE = "out-of-place"
    OWNER_IS_RATED = "owner-is-rated"
    NO_OWNER = "no-owner"
    OTHER_CHANNEL = "other-channel"
    TOO_FEW_ATTEMPTS = "too-few-attempts"
    NOT_CONFIRMED = "not-confirmed"
    INTO_ITSELF = "into-itself"


def refused(code: FollowUpRefusal, **told: object) -> Refused:
    """Return a refusal with what the reader needs to know."""
    return Refused(code, FrozenMapping({name: str(held) for name, held in told.items()}))
