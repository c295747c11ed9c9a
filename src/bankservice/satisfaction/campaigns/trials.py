"""How the rules of sampling plans are tried under another plan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, Final

from bankservice.core.calendar import local_day
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.satisfaction.campaigns.asking import MayAsk, MayAskFacts, may_ask
from bankservice.satisfaction.campaigns.drawing import sample
from bankservice.satisfaction.campaigns.entries import Contacts, Invited, evolve
from bankservice.satisfaction.campaigns.frame import Sampled, SampleFacts
from bankservice.satisfaction.campaigns.plan import SamplingPlan
from bankservice.satisfaction.campaigns.record import CONTACT, whole_facts

__all__ = ["CAMPAIGN_TRIALS"]

_ALLOWED: Final = "allowed"
_PLACES: Final = {
    _ALLOWED: Title(en="may be asked", zh="可以邀请"),
    "opted-out": Title(en="wants no survey", zh="不愿接受调查"),
    "cooling-down": Title(en="asked not long ago", zh="间隔期内"),
    "channel-cooling-down": Title(en="asked not long ago by this channel", zh="该渠道间隔期内"),
    "programme-cooling-down": Title(
        en="asked not long ago by this programme", zh="该调查项目间隔期内"
    ),
    "most-a-year": Title(en="asked as often as is allowed", zh="已达邀请次数上限"),
    "channel-most-a-year": Title(
        en="asked by this channel as often as is allowed", zh="已达该渠道邀请次数上限"
    ),
    "reserved": Title(en="kept for another programme", zh="已为其他调查项目保留"),
    "quiet-hours": Title(en="quiet hours", zh="免打扰时段"),
    "drawn": Title(en="somebody is drawn", zh="有客户被抽取"),
    "nobody": Title(en="nobody may be asked", zh="无人可调查"),
}


def _asked(facts: MayAskFacts, plan: SamplingPlan, outcome: MayAsk) -> Seen:
    place = UNDECIDED if outcome.allowed is None else _ALLOWED
    if outcome.allowed is False:
        place = outcome.why[0].value
    from_on = None if outcome.from_at is None else local_day(outcome.from_at, plan.zone)
    return Seen(place, FrozenMapping({"from": from_on}), FrozenMapping({"asked": 1}))


def _invitations_of(told: Told[Contacts]) -> Iterator[Question[MayAskFacts] | Unasked]:
    """Yield every invitation up to the day: on the facts stated then, and what had been made."""
    held = [event for _, _, event in told.events]
    for place, (version, erased, event) in enumerate(told.events):
        if not isinstance(event, Invited):
            continue
        later = told.on is not None and event.on > told.on
        if later or told.policy not in ("", event.version["policy"]):
            continue
        ref = f"{CONTACT.kind}/{told.subject}@{version}"
        if erased or event.facts is None:
            yield Unasked(told.subject, "erased", ref)
            continue
        state: Contacts = reduce(evolve, held[:place], CONTACT.initial)
        yield Question(told.subject, whole_facts(state, event.facts), ref)


def _drawn(facts: SampleFacts, plan: SamplingPlan, outcome: Sampled) -> Seen:
    amounts = {"invited": outcome.invited, "answers": outcome.n, "eligible": outcome.eligible}
    return Seen("drawn" if outcome.eligible else "nobody", amounts=FrozenMapping(amounts))


CAMPAIGN_TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=may_ask,
        seen=_asked,
        title=lambda plan, place: _PLACES.get(place),
        order=lambda plan: _PLACES,
        amounts=FrozenMapping({"asked": Title(en="Invitations looked at", zh="邀请数")}),
        record=CONTACT,
        asked=_invitations_of,
    ),
    Trial(
        rule=sample,
        seen=_drawn,
        title=lambda plan, place: _PLACES.get(place),
        amounts=FrozenMapping(
            {
                "invited": Title(en="Invitations", zh="邀请数"),
                "answers": Title(en="Answers wanted", zh="所需答卷数"),
                "eligible": Title(en="Customers who may be asked", zh="可调查客户数"),
            }
        ),
    ),
)
"""The rules of this room as they are tried."""
