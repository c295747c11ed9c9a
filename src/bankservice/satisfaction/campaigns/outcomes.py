"""
What becomes of an invitation: ten outcomes, of which each invitation ends in exactly one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.satisfaction.sampling.response import ResponseFacts

__all__ = ["AFTER", "ANSWERS", "TITLES", "InvitationOutcome", "counted", "response_facts"]


class InvitationOutcome(Enum):
    """What became of an invitation."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSED = "refused"
    OPTED_OUT = "opted-out"
    NOT_CONTACTED = "not-contacted"
    UNDELIVERABLE = "undeliverable"
    INELIGIBLE = "ineligible"
    QUOTA_FULL = "quota-full"
    EXPIRED = "expired"
    INVALID = "invalid"


TITLES: Final[Mapping[InvitationOutcome, Title]] = {
    InvitationOutcome.COMPLETE: Title(en="complete", zh="完整作答"),
    InvitationOutcome.PARTIAL: Title(en="partly answered", zh="部分作答"),
    InvitationOutcome.REFUSED: Title(en="refused", zh="拒绝"),
    InvitationOutcome.OPTED_OUT: Title(en="opted out", zh="退出调查"),
    InvitationOutcome.NOT_CONTACTED: Title(en="not contacted", zh="未联系到"),
    InvitationOutcome.UNDELIVERABLE: Title(en="undeliverable", zh="无法送达"),
    InvitationOutcome.INELIGIBLE: Title(en="not eligible", zh="不符合条件"),
    InvitationOutcome.QUOTA_FULL: Title(en="quota full", zh="配额已满"),
    InvitationOutcome.EXPIRED: Title(en="expired", zh="逾期未答"),
    InvitationOutcome.INVALID: Title(en="invalid", zh="无效"),
}
"""What people read."""

ANSWERS: Final = (
    InvitationOutcome.COMPLETE,
    InvitationOutcome.PARTIAL,
    InvitationOutcome.INVALID,
)
"""Outcomes that an answer leads to."""

_NOTHING: Final[frozenset[InvitationOutcome]] = frozenset()

AFTER: Final[Mapping[InvitationOutcome, frozenset[InvitationOutcome]]] = FrozenMapping(
    {
        **dict.fromkeys(InvitationOutcome, _NOTHING),
        # What was begun may be finished; what was answered may turn out not to count.
        InvitationOutcome.PARTIAL: frozenset(ANSWERS),
        InvitationOutcome.COMPLETE: frozenset({InvitationOutcome.INVALID}),
    }
)
"""Outcome → those that may still take its place."""

_FACT: Final[Mapping[InvitationOutcome, str]] = {
    InvitationOutcome.COMPLETE: "completes",
    InvitationOutcome.PARTIAL: "partials",
    InvitationOutcome.REFUSED: "refusals",
    InvitationOutcome.OPTED_OUT: "refusals",
    InvitationOutcome.NOT_CONTACTED: "non_contacts",
    InvitationOutcome.EXPIRED: "non_contacts",
    InvitationOutcome.INVALID: "others",
    InvitationOutcome.UNDELIVERABLE: "unknown_others",
}
"""Outcome → the count of response rates it adds to; who may not be asked adds to none."""


def counted(outcomes: Iterable[InvitationOutcome]) -> FrozenMapping[str, int]:
    """Return how often each of the ten came, those that never did among them."""
    found = dict.fromkeys((outcome.value for outcome in InvitationOutcome), 0)
    for outcome in outcomes:
        found[outcome.value] += 1
    return FrozenMapping(found)


def response_facts(counts: Mapping[str, int]) -> ResponseFacts:
    """
    Return the facts of `satisfaction.response-rates` from outcomes that were counted.

    Those invited are a bank's own customers, known to be eligible: who did not react was not
    contacted. Of an invitation that came back nobody can tell; who turned out not to be eligible,
    or to be one too many for a quota, counts for no rate.

    Args:
        counts: Outcome → how often, as `counted` gives it.

    Examples:
        >>> response_facts({"complete": 2, "expired": 3, "opted-out": 1, "ineligible": 4})
        ResponseFacts(completes=2, partials=0, refusals=1, non_contacts=3, others=0, unknown_households=0, unknown_others=0, eligible_share=None)
    """
    facts: dict[str, Any] = {}
    for outcome, name in _FACT.items():
        facts[name] = facts.get(name, 0) + counts.get(outcome.value, 0)
    return ResponseFacts(**facts)
