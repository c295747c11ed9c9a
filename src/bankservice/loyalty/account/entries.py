"""
What a points account's stream holds: movements of points as decided, and how they fold.

Every entry that moves points is a `Movement`: which lots came in, which were drawn on, which were
given back, which dates changed, what is owed. The fold applies those parts the same way whatever
the kind, so conservation is one law and not twenty.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.account.account import Counted, Hold
from bankservice.loyalty.account.movement import Event, Lapse, Movement, NewDates, Ref
from bankservice.loyalty.model import AccrualFacts

__all__ = [
    "Adjusted",
    "Authorised",
    "Bought",
    "BuyCancelled",
    "Closed",
    "Confirmed",
    "CredentialsChanged",
    "Enrolled",
    "Expired",
    "Extended",
    "Forfeited",
    "Lapse",
    "Met",
    "Movement",
    "NewDates",
    "Posted",
    "Received",
    "Redeemed",
    "RedemptionCancelled",
    "RefundParked",
    "RefundedPoints",
    "Reinstated",
    "Released",
    "Rerated",
    "Reserved",
    "Sent",
    "Voided",
    "Waived",
]


@attrs.frozen(kw_only=True)
class Enrolled(Event):
    """
    The account was opened, or a campaign joined.

    Attributes:
        customer: Whose it is.
        programme: Id of the programme.
        zone: Zone whose days count.
        at: When.
        on: Local day.
        campaign: The campaign joined; empty where only the account was opened.
        scale: Digits of a point after the decimal point.
        version: Programme version it was decided under.
    """

    customer: str
    programme: str
    zone: str
    at: int
    on: date
    campaign: str = ""
    scale: int = 0
    version: Ref | None = None


@attrs.frozen(kw_only=True)
class Authorised(Event):
    """A purchase was announced."""

    customer: str = ""
    ref: str
    at: int
    projected: int
    version: Ref | None = None
    older: tuple[Ref, ...] = ()
    facts: AccrualFacts | None = attrs.field(default=None, metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Voided(Event):
    """An authorisation was voided."""

    ref: str
    at: int


@attrs.frozen(kw_only=True)
class Posted(Movement):
    """
    A transaction was posted.

    Attributes:
        part: Which capture.
        granted: Points granted in all.
        lost: Points lost to caps.
        qualifying: Points of it that count for tiers.
        why: Codes of what kept it from earning: what excluded it, facts that are not known, or
            `no-row` (none held), `too-small` (less than a point), `capped`.
        uses: What it used of caps, for refunds: not the sums afterwards.
        facts: The transaction as it was rated.
    """

    part: int = 1
    granted: int = 0
    lost: int = 0
    qualifying: int = 0
    why: tuple[str, ...] = ()
    uses: tuple[Counted, ...] = ()
    facts: AccrualFacts | None = attrs.field(default=None, metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class RefundedPoints(Movement):
    """
    A purchase was given back, or a part of it.

    Attributes:
        purchase: Key of the purchase.
        clawed: Points it takes back in all; the parts below sum to it. Negative where what is left
            earns more than before, which then comes in as a lot.
        pending: From what could not be spent yet, of the purchase's own lots.
        unspent: From what could be spent, of the same.
        lapsed: Had lapsed, so that it counts as taken back.
        other: From other lots.
        owed: Owed from now on.
        waived: Not taken back.
        cash_minor: Instead of `owed`: the amount to be asked for, in minor units.
        cash_points: Points that amount stands for.
        kept: Of each lot of the purchase, what it would hold now had nothing been spent.
        qualifying: Points of the purchase that count for tiers now.
        uses: What the purchase uses of caps now.
        amount: What was given back, in the currency of the purchase.
        items: The lines given back.
    """

    purchase: str = ""
    clawed: int = 0
    pending: int = 0
    unspent: int = 0
    lapsed: int = 0
    other: int = 0
    owed: int = 0
    waived: int = 0
    cash_minor: int = 0
    cash_points: int = 0
    kept: tuple[int, ...] = ()
    qualifying: int = 0
    uses: tuple[Counted, ...] = ()
    amount: str = attrs.field(default="", metadata={"sealed": True})
    items: tuple[str, ...] = attrs.field(default=(), metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class RefundParked(Event):
    """A refund came before its purchase and is kept; without an amount, it is of all of it."""

    customer: str = ""
    ref: str
    original_ref: str
    part: int = 1
    at: int
    on: date
    amount: str | None = attrs.field(default=None, metadata={"sealed": True})
    currency: str = attrs.field(default="", metadata={"sealed": True})
    items: tuple[str, ...] = attrs.field(default=(), metadata={"sealed": True})


@attrs.frozen(kw_only=True)
class Rerated(Movement):
    """
    A purchase was rated again, because one came late that used a cap before it.

    Attributes:
        purchase: Key of the purchase.
        granted: Points it has been granted now, before refunds.
        clawed: Points taken back by refunds so far, as they come out now.
        lost: Points lost to caps now.
        change: Points more (positive) or fewer than before.
        owed: Owed from now on, where fewer are there than are to be taken.
        waived: Not taken.
        cash_minor: Instead of `owed`: the amount to be asked for, in minor units.
        cash_points: Points that amount stands for.
        kept: Of each lot of the purchase, what it would hold now had nothing been spent.
        qualifying: Points of the purchase that count for tiers now.
        uses: What it uses of caps now.
        used: What others had used of caps before it, as it was rated now.
    """

    purchase: str = ""
    granted: int = 0
    clawed: int = 0
    lost: int = 0
    change: int = 0
    owed: int = 0
    waived: int = 0
    cash_minor: int = 0
    cash_points: int = 0
    kept: tuple[int, ...] = ()
    qualifying: int = 0
    uses: tuple[Counted, ...] = ()
    used: FrozenMapping[str, Fraction] = FrozenMapping()


@attrs.frozen(kw_only=True)
class Reserved(Movement):
    """Points were reserved."""

    hold: Hold


@attrs.frozen(kw_only=True)
class Confirmed(Movement):
    """
    A hold was spent; what was not, came back.

    Attributes:
        points: Spent.
        cash_minor: Paid in money beside.
        value_minor: What the points paid for.
    """

    points: int
    cash_minor: int = 0
    value_minor: int = 0


@attrs.frozen(kw_only=True)
class Released(Movement):
    """A hold ended and its points came back; `timed_out` where it ended by itself."""

    timed_out: bool = False


@attrs.frozen(kw_only=True)
class Redeemed(Movement):
    """
    Points were spent.

    Attributes:
        points: How many.
        reward: For what.
        quantity: How many of it.
        cash_minor: Paid in money beside.
        value_minor: What the points paid for.
        household: The head's account, where several paid together.
        members: The others, on the head's own entry.
    """

    points: int
    reward: str = ""
    quantity: int = 1
    cash_minor: int = 0
    value_minor: int = 0
    household: str = ""
    members: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class RedemptionCancelled(Movement):
    """
    A redemption was given back, or a part of it.

    Attributes:
        redemption: Its reference.
        points: How many points come off it.
        lost: Of these, lost because their lot had lapsed.
        cash_minor: Money that goes back.
        share: Which share of it is given back by now, exact.
    """

    redemption: str
    points: int
    lost: int = 0
    cash_minor: int = 0
    share: Fraction = Fraction(0)


@attrs.frozen(kw_only=True)
class Adjusted(Movement):
    """Points were added or taken by hand."""

    points: int
    reason: str = ""


@attrs.frozen(kw_only=True)
class Sent(Movement):
    """Points went to another account."""

    to: str
    points: int


@attrs.frozen(kw_only=True)
class Received(Movement):
    """Points came from another account."""

    sender: str
    points: int


@attrs.frozen(kw_only=True)
class Bought(Movement):
    """Points were sold to the member."""

    points: int
    paid_minor: int


@attrs.frozen(kw_only=True)
class BuyCancelled(Movement):
    """Bought points were given back."""

    points: int


@attrs.frozen(kw_only=True)
class Forfeited(Movement):
    """Points were taken away."""

    points: int
    reason: str = ""


@attrs.frozen(kw_only=True)
class Extended(Movement):
    """Lots were given longer lives."""

    reason: str = ""


@attrs.frozen(kw_only=True)
class Reinstated(Movement):
    """
    Lapsed or forfeited points were given back: as new dates, or as returns to their lots.

    Attributes:
        points: How many.
        forfeit: Ref of the forfeiture that was taken back; empty where lots had lapsed.
        reason: Why.
    """

    points: int
    forfeit: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Met(Movement):
    """What lots waited for has happened."""

    action: str


@attrs.frozen(kw_only=True)
class Expired(Event):
    """Which points had lapsed, and when each lot did; only bookkeeping."""

    at: int
    lapses: tuple[Lapse, ...]


@attrs.frozen(kw_only=True)
class Waived(Movement):
    """Debts that are too old are no longer asked for; only bookkeeping, `debts` stay as they are."""

    points: int


@attrs.frozen(kw_only=True)
class CredentialsChanged(Event):
    """The member's credentials changed."""

    at: int


@attrs.frozen(kw_only=True)
class Closed(Event):
    """The account was closed."""

    at: int
    on: date
    reason: str = ""
