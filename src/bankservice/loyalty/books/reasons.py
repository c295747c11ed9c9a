"""Why points moved, as reasons: one for each kind of entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.decision import Reason, Says
from bankservice.core.policy import Title
from bankservice.loyalty.account.account import Hold
from bankservice.loyalty.account.entries import (
    Adjusted,
    Bought,
    BuyCancelled,
    Confirmed,
    Extended,
    Forfeited,
    Met,
    Posted,
    Received,
    Redeemed,
    RedemptionCancelled,
    RefundedPoints,
    Reinstated,
    Released,
    Rerated,
    Reserved,
    Sent,
    Waived,
)
from bankservice.loyalty.account.movement import Movement

__all__ = ["lapsed", "other", "said", "timed_out", "waived"]

EARNED: Final = Says("line-earned", ("ref",))
CAPPED: Final = Says("line-earned-capped", ("ref", "lost"))
NOTHING: Final = Says("line-earned-nothing", ("ref", "why"))
ZERO: Final = Says("line-earned-zero", ("ref",))
RERATED: Final = Says("line-rerated", ("purchase", "ref"))
REFUNDED: Final = Says("line-refunded", ("purchase", "ref"))
SHORT: Final = Says("line-refunded-waived", ("purchase", "ref", "waived"))
RESERVED: Final = Says("line-reserved", ("points", "ref"))
RELEASED: Final = Says("line-released", ("ref",))
ENDED: Final = Says("line-timed-out", ("ref",))
REDEEMED: Final = Says("line-redeemed", ("ref",))
REWARDED: Final = Says("line-rewarded", ("reward", "quantity", "ref"))
CANCELLED: Final = Says("line-redemption-cancelled", ("redemption", "ref"))
ADDED: Final = Says("line-adjusted-in", ("why",))
TAKEN: Final = Says("line-adjusted-out", ("why",))
SENT: Final = Says("line-sent", ("to", "ref"))
RECEIVED: Final = Says("line-received", ("sender", "ref"))
BOUGHT: Final = Says("line-bought", ("ref",))
UNBOUGHT: Final = Says("line-buy-cancelled", ("ref",))
FORFEITED: Final = Says("line-forfeited", ("why",))
EXTENDED: Final = Says("line-extended", ("why",))
REINSTATED: Final = Says("line-reinstated", ("why",))
MET: Final = Says("line-met", ("action",))
WAIVED: Final = Says("line-waived", ("ref",))
LAPSED: Final = Says("line-lapsed")
LAPSED_OF: Final = Says("line-lapsed-of", ("ref",))
OTHER: Final = Says("line-other", ("ref",))


def lapsed(ref: str) -> Reason:
    """Return the reason of points that lapsed; of which source, where it was one."""
    return LAPSED_OF(ref=ref) if ref else LAPSED()


def timed_out(ref: str) -> Reason:
    """Return the reason of points that came back because a hold had ended by itself."""
    return ENDED(ref=ref)


def waived(ref: str) -> Reason:
    """Return the reason of a debt that is waived."""
    return WAIVED(ref=ref)


def other(ref: str) -> Reason:
    """Return the reason of what has none of its own."""
    return OTHER(ref=ref)


def said(event: Movement, names: Mapping[str, Title], holds: Mapping[str, Hold]) -> Reason:
    """
    Return the reason of an entry, with its facts.

    Args:
        event: What the entry holds.
        names: Code → what people call it: rewards and exclusions.
        holds: Reference → hold, for what was reserved.
    """
    ref = event.ref
    match event:
        case Posted() if event.lost:
            return CAPPED(ref=ref, lost=event.lost)
        case Posted() if not event.granted and event.why:
            return NOTHING(ref=ref, why=tuple(names.get(code, code) for code in event.why))
        case Posted() if not event.granted:
            return ZERO(ref=ref)
        case Posted():
            return EARNED(ref=ref)
        case Rerated():
            return RERATED(purchase=event.purchase, ref=ref)
        case RefundedPoints() if event.waived:
            return SHORT(purchase=event.purchase, ref=ref, waived=event.waived)
        case RefundedPoints():
            return REFUNDED(purchase=event.purchase, ref=ref)
        case Reserved():
            return RESERVED(points=event.hold.points, ref=event.hold.ref)
        case Released():
            return RELEASED(ref=ref)
        case Redeemed():
            return _redeemed(ref, event.reward, event.quantity, names)
        case Confirmed():
            hold = holds.get(ref)
            return _redeemed(ref, hold.reward if hold else "", hold.quantity if hold else 1, names)
        case RedemptionCancelled():
            return CANCELLED(redemption=event.redemption, ref=ref)
        case Adjusted():
            return (ADDED if event.points > 0 else TAKEN)(why=event.reason or ref)
        case Sent():
            return SENT(to=event.to, ref=ref)
        case Received():
            return RECEIVED(sender=event.sender, ref=ref)
        case Bought():
            return BOUGHT(ref=ref)
        case BuyCancelled():
            return UNBOUGHT(ref=ref)
        case Forfeited():
            return FORFEITED(why=event.reason or ref)
        case Extended():
            return EXTENDED(why=event.reason or ref)
        case Reinstated():
            return REINSTATED(why=event.reason or ref)
        case Met():
            return MET(action=event.action)
        case Waived():
            return WAIVED(ref=ref)
        case _:
            return OTHER(ref=ref)


def _redeemed(ref: str, reward: str, quantity: int, names: Mapping[str, Title]) -> Reason:
    if not reward:
        return REDEEMED(ref=ref)
    return REWARDED(reward=names.get(reward, reward), quantity=quantity, ref=ref)
