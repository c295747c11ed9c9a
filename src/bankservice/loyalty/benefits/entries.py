"""
What the stream of a customer's benefits holds: commands as given, events as decided, the state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.identifiers import checked_id
from bankservice.core.record import Events, Record
from bankservice.loyalty.account.codec import thaw
from bankservice.loyalty.benefits.model import Benefit, EventFacts, OfferFacts

__all__ = [
    "COMMANDS",
    "EVENTS",
    "Benefited",
    "Claim",
    "Claimed",
    "JoinCampaign",
    "Joined",
    "OfferUse",
    "Reversal",
    "ReverseClaim",
    "evolve",
    "fold",
]

_Ref = FrozenMapping[str, str]


@attrs.frozen(kw_only=True)
class JoinCampaign:
    """
    Join a campaign.

    Attributes:
        campaign: Code of an offer that wants it.
    """

    campaign: str


@attrs.frozen(kw_only=True)
class Claim(EventFacts):
    """
    Take what an event gets.

    Attributes:
        ref: The caller's reference of the event; it gets its benefits once, whatever the command.
        on: Local day of the event; that of the command's instant where left out.
        certain_only: Take what is certain where unknown facts could give more; refused otherwise.
    """

    ref: str
    on: date | None = None
    certain_only: bool = False

    def __attrs_post_init__(self) -> None:
        EventFacts.__attrs_post_init__(self)
        checked_id(self.ref, "reference")


@attrs.frozen(kw_only=True)
class ReverseClaim:
    """
    Take a claim back: the event was undone. Its uses are free again in their own period.

    Attributes:
        ref: Reference of the claim.
        reason: Why.
    """

    ref: str
    reason: str = ""


COMMANDS: Final = {"enrol": JoinCampaign, "claim": Claim, "reverse": ReverseClaim}
"""Command names and their classes."""


@attrs.frozen(kw_only=True)
class OfferUse:
    """
    Uses of an offer in one of its periods.

    Attributes:
        offer: Its code.
        period: Name of the period; empty for a lifetime, or where uses are not counted.
        count: How many.
        minor: How much was waived, in minor units.
    """

    offer: str
    period: str = ""
    count: int = 0
    minor: int = 0


@attrs.frozen(kw_only=True)
class Joined:
    """A campaign was joined."""

    campaign: str
    at: int
    on: date
    customer: str
    zone: str
    version: _Ref


@attrs.frozen(kw_only=True)
class Claimed:
    """
    An event got its benefits, or none.

    Attributes:
        ref: Reference of the event.
        at: Business instant.
        on: Local day.
        customer: Whose they are.
        zone: Zone of the policy.
        version: Version it was decided under.
        older: Versions of the holiday calendars it rests on.
        benefits: What it got.
        uses: What that took of limits.
        unknown: Unknown facts that could have given more.
        facts: The event, with what had been used and joined by then.
        rate: The rate with offers.
        fee_minor: What is charged.
    """

    ref: str
    at: int
    on: date
    customer: str
    zone: str
    version: _Ref
    older: tuple[_Ref, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    uses: tuple[OfferUse, ...] = ()
    unknown: tuple[str, ...] = ()
    facts: OfferFacts | None = attrs.field(default=None, metadata={"sealed": True})
    rate: Decimal | None = attrs.field(default=None, metadata={"sealed": True})
    fee_minor: int | None = attrs.field(default=None, metadata={"sealed": True})

    @classmethod
    def thaw(cls, whole: Mapping[str, Any]) -> Claimed:
        """Return the event an entry holds."""
        claimed: Claimed = thaw(cls, whole)
        return claimed


@attrs.frozen(kw_only=True)
class Reversal:
    """A claim was taken back."""

    ref: str
    at: int
    on: date
    customer: str
    uses: tuple[OfferUse, ...] = ()
    reason: str = ""


EVENTS: Final = Events({"joined": Joined, "claimed": Claimed, "reversed": Reversal})


@attrs.frozen(kw_only=True)
class Benefited:
    """
    The state of the record.

    Attributes:
        customer: Whose it is.
        zone: Zone whose days count.
        joined: Campaign → instant and local day it was joined.
        claims: By reference.
        reversals: By reference of the claim.
        used: Offer → period → uses.
    """

    customer: str = ""
    zone: str = "UTC"
    joined: FrozenMapping[str, Joined] = FrozenMapping()
    claims: FrozenMapping[str, Claimed] = FrozenMapping()
    reversals: FrozenMapping[str, Reversal] = FrozenMapping()
    used: FrozenMapping[str, FrozenMapping[str, OfferUse]] = FrozenMapping()

    def use_of(self, offer: str, period: str) -> OfferUse:
        """Return the uses of an offer in a period."""
        found: OfferUse | None = self.used.get(offer, FrozenMapping[str, OfferUse]()).get(period)
        return found or OfferUse(offer=offer, period=period)


def evolve(state: Benefited, event: Any) -> Benefited:
    """Return the state after an event; total over `EVENTS`."""
    return _folded(state, (event,))


def fold(
    record: Record[Benefited], state: Benefited, events: Sequence[Any], followed: Sequence[Any]
) -> Benefited:
    """Return the state after events, as `evolve` one by one; the mappings are copied once."""
    return _folded(state, events) if events else state


def _folded(state: Benefited, events: Sequence[Any]) -> Benefited:
    customer, zone = state.customer, state.zone
    joined, claims, reversals = dict(state.joined), dict(state.claims), dict(state.reversals)
    used = {offer: dict(periods) for offer, periods in state.used.items()}
    for event in events:
        match event:
            case Joined():
                customer, zone = event.customer, event.zone
                joined[event.campaign] = event
            case Claimed():
                customer, zone = event.customer, event.zone
                claims[event.ref] = event
                _count(used, event.uses, 1)
            case Reversal():
                reversals[event.ref] = event
                _count(used, event.uses, -1)
            case _:
                raise TypeError(f"{type(event).__name__} is no event of benefits")
    return Benefited(
        customer=customer,
        zone=zone,
        joined=FrozenMapping(joined),
        claims=FrozenMapping(claims),
        reversals=FrozenMapping(reversals),
        used=FrozenMapping({offer: FrozenMapping(held) for offer, held in used.items()}),
    )


def _count(used: dict[str, dict[str, OfferUse]], uses: tuple[OfferUse, ...], sign: int) -> None:
    for use in uses:
        periods = used.setdefault(use.offer, {})
        before = periods.get(use.period) or OfferUse(offer=use.offer, period=use.period)
        periods[use.period] = attrs.evolve(
            before, count=before.count + sign * use.count, minor=before.minor + sign * use.minor
        )
