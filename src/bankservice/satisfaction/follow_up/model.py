"""
What a follow-up is decided from, what comes out, and the states a case goes through.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import attrs

from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.core.scalars import named
from bankservice.core.schema import Forms, Schema, any_of
from bankservice.core.structure import Reader
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.satisfaction.model import Missing

__all__ = [
    "ENDED",
    "MOVES",
    "NOT_ASKED",
    "QUESTIONS",
    "FollowUpFacts",
    "FollowUpState",
    "FollowUpTriggered",
    "SaidAnswer",
]

QUESTIONS: Final = ("nps", "csat", "ces")
"""The questions whose answers are read by classes of a scale."""


class FollowUpState(Enum):
    """Where a follow-up stands."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    ATTEMPTED = "attempted"
    CONTACTED = "contacted"
    AGREED = "agreed"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"
    CONVERTED = "converted"
    DUPLICATE = "duplicate"
    NO_CONSENT = "no-consent"


_S = FollowUpState
_OUT: Final = frozenset({_S.DECLINED, _S.CONVERTED, _S.DUPLICATE, _S.NO_CONSENT})

MOVES: Final[Mapping[FollowUpState, frozenset[FollowUpState]]] = FrozenMapping(
    {
        _S.OPENED: _OUT | {_S.ASSIGNED},
        # Whoever is reached at the first try was never tried in vain.
        _S.ASSIGNED: _OUT | {_S.ATTEMPTED, _S.CONTACTED},
        _S.ATTEMPTED: _OUT | {_S.ATTEMPTED, _S.CONTACTED, _S.UNREACHABLE},
        _S.CONTACTED: _OUT | {_S.AGREED},
        _S.AGREED: _OUT | {_S.RESOLVED},
        # A customer who does not confirm is back where a new action is agreed.
        _S.RESOLVED: _OUT | {_S.CONFIRMED, _S.CONTACTED, _S.CLOSED},
        _S.CONFIRMED: frozenset({_S.CLOSED}),
        _S.CLOSED: frozenset(),
        _S.UNREACHABLE: frozenset(),
        _S.DECLINED: frozenset(),
        _S.CONVERTED: frozenset(),
        _S.DUPLICATE: frozenset(),
        _S.NO_CONSENT: frozenset(),
    }
)
"""State → the states it may move to; a state without any has ended the case."""

assert MOVES.keys() == set(FollowUpState), "every state has its moves"

ENDED: Final = frozenset(state for state, moves in MOVES.items() if not moves)
"""States that end a case."""


@attrs.frozen
class SaidAnswer:
    """
    An answer to one question.

    Attributes:
        value: A whole number; why there is none; `unknown` where it is not known yet; nothing
            where the question was not asked.

    Examples:
        >>> from bankservice.core.structure import FACTS
        >>> FACTS.read(6, SaidAnswer, "nps").value, FACTS.read("skipped", SaidAnswer, "nps").value
        (6, <Missing.SKIPPED: 'skipped'>)
    """

    value: int | Missing | UnknownType | None = None

    @classmethod
    def __read__(cls, raw: Any, reader: Reader) -> SaidAnswer:
        if raw is None or raw is UNKNOWN or isinstance(raw, Missing) or type(raw) is int:
            return cls(raw)
        if isinstance(raw, Decimal) and raw.as_tuple().exponent == 0:
            # As JSON writes whole numbers.
            return cls(int(raw))
        codes = {code.value: code for code in Missing}
        if raw == UNKNOWN.value:
            return cls(UNKNOWN)
        if isinstance(raw, str) and raw in codes:
            return cls(codes[raw])
        near = near_names(raw, codes) if isinstance(raw, str) else ()
        wanted = "a whole number, unknown, or one of " + ", ".join(codes)
        raise FaultsError("answer", (Fault("", named(raw), wanted, near),))

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        # A whole number that stands as text is a code of no answer here.
        return any_of([{"type": ["integer", "null"]}, forms.unknown(), forms.of(Missing)])

    def __written__(self) -> Any:
        return self.value.value if isinstance(self.value, Enum) else self.value


NOT_ASKED: Final = SaidAnswer()
"""The answer to a question that was not asked."""


@attrs.frozen(kw_only=True)
class FollowUpFacts:
    """
    An answer to a survey, as a follow-up looks at it.

    What was not asked, or has no answer, opens nothing; what is stated as unknown leaves it open.

    Attributes:
        on: Day of the answer, in the policy's zone.
        nps: How likely the customer is to recommend, 0 to 10.
        csat: How satisfied, on its scale.
        csat_scale: Its scale, as the policy has it.
        ces: How easy or hard it was, on the scale of its version.
        ces_version: Its version, as the policy has it.
        solved: Whether the customer says the matter is solved.
        keywords: Classes of words found in the text, such as `fraud`.
        contact_requested: Whether the customer asks to be contacted.
        channel: Code of `vocabulary/channels`, where the answer is about one.
        product: Code of `vocabulary/product-kinds`, where it is about one.
        tier: Tier of the customer, where a bank goes by it.
    """

    on: date
    nps: SaidAnswer = NOT_ASKED
    csat: SaidAnswer = NOT_ASKED
    csat_scale: str = "1-5"
    ces: SaidAnswer = NOT_ASKED
    ces_version: str = "v2"
    solved: bool | UnknownType | None = None
    keywords: tuple[str, ...] | UnknownType = ()
    contact_requested: bool | UnknownType = False
    channel: str | UnknownType | None = None
    product: str | UnknownType | None = None
    tier: str | UnknownType | None = None


@attrs.frozen(kw_only=True)
class FollowUpTriggered:
    """
    Whether an answer is followed up.

    Attributes:
        opens: Yes, no, or None where an unknown fact could make it so.
        triggers: Codes of the rows that hold, in their order.
        priority: The most urgent priority among them, the lowest number; None where none holds.
        team: The department that follows up; None where nothing is followed up.
        levels: Question → `low`, `middle` or `high`, for the answers there are.
        unknown: Unknown facts that could open it, or add a trigger.
    """

    opens: bool | None
    triggers: tuple[str, ...] = ()
    priority: int | None = None
    team: str | None = None
    levels: FrozenMapping[str, str] = FrozenMapping()
    unknown: tuple[str, ...] = ()
