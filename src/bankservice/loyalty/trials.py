"""
How rules of loyalty are tried under another policy, and asked again from the record.

*Points*: every purchase posted is asked again as it was rated last: its facts, and what had been
used of caps before it then. What refunds took back is left aside on both sides. The other policy's
own use of caps is not followed from one purchase to the next, so where caps bind, what is told is
what each purchase would earn with the room it had.

*Offers*: every event claimed is asked again with what had been used and joined by then; one that was
taken back since is left out, by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Rounding, divide
from bankservice.core.policy import Title
from bankservice.core.trial import UNDECIDED, Question, Seen, Told, Trial, Unasked
from bankservice.loyalty.account.account import Account, key_of
from bankservice.loyalty.account.entries import Posted
from bankservice.loyalty.account.posted_many import each
from bankservice.loyalty.accrual import accrue
from bankservice.loyalty.benefits.entries import Benefited, Claimed
from bankservice.loyalty.benefits.kind import Offers
from bankservice.loyalty.benefits.model import Offered, OfferFacts
from bankservice.loyalty.benefits.record import BENEFITS
from bankservice.loyalty.benefits.rule import offers
from bankservice.loyalty.model import Accrual, AccrualFacts
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.record import ACCOUNT

__all__ = ["TRIALS"]

_EARNS: Final = "earns"
_EXCLUDED: Final = "excluded"
_NOTHING: Final = "nothing"
_GETS: Final = "gets"

_EARNED: Final = {
    _EARNS: Title(en="earns points", zh="获得积分"),
    _EXCLUDED: Title(en="excluded", zh="不计积分"),
    _NOTHING: Title(en="earns nothing", zh="未获得积分"),
}
_OFFERED: Final = {
    _GETS: Title(en="gets an offer", zh="享受优惠"),
    _EXCLUDED: Title(en="excluded from offers", zh="不适用任何优惠"),
    _NOTHING: Title(en="gets no offer", zh="未享受优惠"),
}
_POINTS: Final = {
    "points": Title(en="points (smallest unit)", zh="积分（最小单位）"),
    "lost_to_caps": Title(
        en="points lost to caps (smallest unit)", zh="因上限未获得的积分（最小单位）"
    ),
}
_WORTH: Final = {
    "waived": Title(en="fees waived (minor units)", zh="减免费用（最小货币单位）"),
    "basis_points": Title(en="change of rates (basis points)", zh="利率调整（基点）"),
    "gifts": Title(en="gifts", zh="礼品数量"),
}


# -- points -----------------------------------------------------------------------------------


def _earned(facts: AccrualFacts, programme: Programme, outcome: Accrual) -> Seen:
    if outcome.unknown:
        place = UNDECIDED
    elif outcome.points:
        place = _EARNS
    else:
        place = _EXCLUDED if outcome.excluded else _NOTHING
    amounts = {"points": outcome.points, "lost_to_caps": outcome.lost_to_caps}
    return Seen(place, amounts=FrozenMapping(amounts))


def _purchases_of(told: Told[Account]) -> Iterator[Question[AccrualFacts] | Unasked]:
    """Yield every purchase posted, with the facts it was rated by last."""
    for version, _, event in told.events:
        for posting in each(event):
            if not isinstance(posting, Posted) or posting.version is None:
                continue
            if told.policy and posting.version["policy"] != told.policy:
                continue
            ref = f"{ACCOUNT.kind}/{told.subject}@{version}"
            facts = told.state.purchases[key_of(posting.ref, posting.part)].facts
            if facts is None:
                yield Unasked(told.subject, "erased", ref)
            elif told.on is None or posting.on <= told.on:
                yield Question(told.subject, facts, ref)


# -- offers -----------------------------------------------------------------------------------


def _offered(facts: OfferFacts, policy: Offers, outcome: Offered) -> Seen:
    if outcome.benefits:
        place = _GETS
    elif outcome.unknown:
        place = UNDECIDED
    else:
        place = _EXCLUDED if outcome.excluded else _NOTHING
    gained = outcome.benefits
    rates = sum((abs(Fraction(held.basis_points)) for held in gained), Fraction(0))
    amounts = {
        "waived": sum(held.waived_minor for held in gained),
        # Only where a ceiling leaves a part of one are they not whole.
        "basis_points": divide(rates.numerator, rates.denominator, Rounding.HALF_EVEN),
        "gifts": sum(held.times for held in gained),
    }
    return Seen(place, amounts=FrozenMapping(amounts))


def _events_of(told: Told[Benefited]) -> Iterator[Question[OfferFacts] | Unasked]:
    """Yield every event claimed, with what had been used and joined by then."""
    for version, _, event in told.events:
        if not isinstance(event, Claimed):
            continue
        if told.policy and event.version["policy"] != told.policy:
            continue
        ref = f"{BENEFITS.kind}/{told.subject}@{version}"
        if event.facts is None:
            yield Unasked(told.subject, "erased", ref)
        elif event.ref in told.state.reversals:
            yield Unasked(told.subject, "reversed", ref)
        elif told.on is None or event.on <= told.on:
            yield Question(told.subject, event.facts, ref)


TRIALS: Final[tuple[Trial[Any, Any, Any], ...]] = (
    Trial(
        rule=accrue,
        seen=_earned,
        title=lambda programme, place: _EARNED.get(place),
        amounts=_POINTS,
        record=ACCOUNT,
        asked=_purchases_of,
    ),
    Trial(
        rule=offers,
        seen=_offered,
        title=lambda policy, place: _OFFERED.get(place),
        amounts=_WORTH,
        record=BENEFITS,
        asked=_events_of,
    ),
)
"""The rules of this domain as they are tried."""
