"""How the rule of follow-ups is tried under another policy, and asked again from the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.satisfaction.follow_up.case import FollowUpCases
from bankservice.satisfaction.follow_up.entries import FollowUpAttached, FollowUpOpened
from bankservice.satisfaction.follow_up.kind import FollowUpRules
from bankservice.satisfaction.follow_up.model import FollowUpFacts, FollowUpTriggered
from bankservice.satisfaction.follow_up.record import FOLLOW_UPS
from bankservice.satisfaction.follow_up.rule import follow_up_trigger

__all__ = [
    "FOLLOW_UP_TRIALS",
]

_OPENS: Final = "followed-up"
_NOTHING: Final = "left-alone"

_TITLES: Final = {
    _OPENS: Title(en="followed up", zh="须跟进"),
    _NOTHING: Title(en="left alone", zh="无须跟进"),
}


def _seen(facts: FollowUpFacts, rules: FollowUpRules, outcome: FollowUpTriggered) -> Seen:
    place = UNDECIDED if outcome.opens is None else _OPENS if outcome.opens else _NOTHING
    return Seen(
        place,
        FrozenMapping(),
        FrozenMapping({f"trigger:{code}": 1 for code in outcome.triggers}),
    )


def _asked(told: Told[FollowUpCases]) -> Iterator[Question[FollowUpFacts] | Unasked]:
    """Yield every answer that was followed up; those that were not are not kept."""
    for version, erased, event in told.events:
        if not isinstance(event, (FollowUpOpened, FollowUpAttached)):
            continue
        if told.policy and event.version["policy"] != told.policy:
            continue
        ref = f"{FOLLOW_UPS.kind}/{told.subject}@{version}"
        if erased or event.facts is None:
            yield Unasked(told.subject, "erased", ref)
        elif told.on is None or event.facts.on <= told.on:
            yield Question(told.subject, event.facts, ref)


FOLLOW_UP_TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=follow_up_trigger,
        seen=_seen,
        title=lambda rules, place: _TITLES.get(place),
        record=FOLLOW_UPS,
        asked=_asked,
    ),
)
"""The rule of follow-ups as it is tried."""
