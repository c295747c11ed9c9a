"""
A points account as it stands: its lots, what was bought, what is held, what is owed.

All that `evolve` needs lies here and in the entries; what a programme decides was worked out
before. Nothing here changes because time passes: what has lapsed, what can be spent and which
hold has ended follow from an instant and the lots (see `standing`).
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.model import AccrualFacts, Draw, Lot

__all__ = [
    "Account",
    "Authorisation",
    "Counted",
    "Debt",
    "Hold",
    "HoldStatus",
    "Parked",
    "Purchase",
    "Redemption",
    "Refunded",
    "Returned",
    "Taken",
    "Totals",
    "key_of",
]

Ref = FrozenMapping[str, str]


def key_of(ref: str, part: int = 1) -> str:
    """Return the key of a purchase: its ref, with the part where it is not the first."""
    return ref if part == 1 else f"{ref}#{part}"


@attrs.frozen(kw_only=True)
class Counted:
    """
    What was used of a limit in one period.

    Attributes:
        cap: Code of the cap, limit or reward.
        period: The period as text, such as `2026-03`, with whose use it is where that matters.
        used: In the cap's own unit.
    """

    cap: str
    period: str
    used: Fraction

    @property
    def key(self) -> str:
        """Under which its sum stands in `Account.counts`."""
        return f"{self.cap}|{self.period}"


@attrs.frozen
class Refunded:
    """One refund of a purchase: its ref, when, what was given back, and the points taken back."""

    ref: str
    at: int
    on: date
    amount: str
    clawed: int
    items: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Purchase:
    """
    A transaction that was posted.

    Attributes:
        ref: The caller's reference of the transaction.
        part: Which capture of it; 1 for the first.
        on: Local day of the transaction.
        at: Instant of posting.
        version: Programme version that rated it.
        lots: Numbers of its lots.
        granted: Points granted in all.
        lost: Points lost to caps.
        clawed: Points taken back so far.
        kept: Of each lot in `lots`, what it would still hold had nothing been spent: granted less
            what refunds took back for it.
        qualifying: Points of it that count for tiers, after refunds.
        counts: What it uses of caps, after refunds.
        facts: The transaction as it was rated; None once the customer is erased.
        refunds: The refunds so far, in order of their instants.
    """

    ref: str
    part: int = 1
    on: date
    at: int
    version: Ref
    lots: tuple[int, ...] = ()
    granted: int = 0
    lost: int = 0
    clawed: int = 0
    kept: tuple[int, ...] = ()
    qualifying: int = 0
    counts: tuple[Counted, ...] = ()
    facts: AccrualFacts | None = None
    refunds: tuple[Refunded, ...] = ()

    @property
    def key(self) -> str:
        """Under which it stands in `Account.purchases`."""
        return key_of(self.ref, self.part)


@attrs.frozen
class Authorisation:
    """A purchase announced: what it would earn, until it is posted or voided."""

    ref: str
    at: int
    projected: int
    voided: bool = False


class HoldStatus(Enum):
    """Where a hold stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    TIMED_OUT = "timed-out"


@attrs.frozen(kw_only=True)
class Hold:
    """
    Points reserved.

    Attributes:
        ref: The caller's reference.
        at: When they were reserved.
        until: First instant it has ended by itself.
        draws: Which lots, in the order drawn.
        status: Where it stands, as written down.
        reward: What it is for.
        quantity: How many of it.
        cash_minor: What is paid in money beside, in minor units of the programme's currency.
        value_minor: What the points pay for, in the same.
        honoured: Whether points of lots that lapse while held can be spent all the same.
        uses: What it uses of limits; given back where it ends without being confirmed.
        ended_at: When it ended, if it did.
    """

    ref: str
    at: int
    until: int
    draws: tuple[Draw, ...]
    status: HoldStatus = HoldStatus.OPEN
    reward: str = ""
    quantity: int = 1
    cash_minor: int = 0
    value_minor: int = 0
    honoured: bool = True
    uses: tuple[Counted, ...] = ()
    ended_at: int | None = None

    @property
    def points(self) -> int:
        """Points it holds."""
        return sum(draw.points for draw in self.draws)


@attrs.frozen(kw_only=True)
class Redemption:
    """
    Points spent.

    Attributes:
        ref: The caller's reference.
        at: When.
        draws: Which lots, in the order drawn.
        returned: Points given back so far, to lots or new ones, those lost included.
        reward: What was had.
        quantity: How many of it.
        cash_minor: What was paid in money beside, in minor units of the programme's currency.
        value_minor: What the points paid for, in the same.
        share: Which share of it was given back, exact.
        cash_returned: Money given back so far.
        household: Where several accounts paid together: the head's; empty where it paid alone.
        members: The accounts that paid with the head, by id; on the head's own only.
    """

    ref: str
    at: int
    draws: tuple[Draw, ...]
    returned: int = 0
    reward: str = ""
    quantity: int = 1
    cash_minor: int = 0
    value_minor: int = 0
    share: Fraction = Fraction(0)
    cash_returned: int = 0
    household: str = ""
    members: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """Points it took."""
        return sum(draw.points for draw in self.draws)


@attrs.frozen(kw_only=True)
class Debt:
    """
    Points owed.

    Attributes:
        ref: By which refund.
        at: Since when.
        points: How many.
        until: First instant they are no longer asked for; None for ever. Time alone tells: the
            debt stays in the state.
        waived: Whether that was written down.
    """

    ref: str
    at: int
    points: int
    until: int | None = None
    waived: bool = False


@attrs.frozen(kw_only=True)
class Parked:
    """A refund that came before its purchase; `amount` is None for all that is left of it."""

    ref: str
    original_ref: str
    part: int = 1
    at: int
    on: date
    amount: str | None
    currency: str
    items: tuple[str, ...] = ()


@attrs.frozen
class Returned:
    """Points that came back to a lot, and when: before that instant they were not there."""

    at: int
    lot: int
    points: int


@attrs.frozen
class Taken:
    """Points that were taken away: when, from which lots, and whether they were given back."""

    at: int
    draws: tuple[Draw, ...]
    given_back: bool = False


@attrs.frozen(kw_only=True)
class Totals:
    """
    Points that moved so far, each 0 or more.

    Attributes:
        earned: Granted for purchases.
        adjusted_in: Granted by hand.
        adjusted_out: Taken by hand.
        bought: Sold to the member.
        received: From other members.
        sent: To other members.
        redeemed: Spent, less what came back.
        restored: Granted anew for what had lapsed.
        clawed_back: Taken back by refunds, what is owed for them included.
        waived: What refunds did not take back because it was no longer there, and debts waived.
        forfeited: Taken away.
        repaid: Debts repaid from credits.
        lost_to_caps: Not granted because of caps.
        qualifying: Points of purchases that count for tiers, after refunds.
    """

    earned: int = 0
    adjusted_in: int = 0
    adjusted_out: int = 0
    bought: int = 0
    received: int = 0
    sent: int = 0
    redeemed: int = 0
    restored: int = 0
    clawed_back: int = 0
    waived: int = 0
    forfeited: int = 0
    repaid: int = 0
    lost_to_caps: int = 0
    qualifying: int = 0


@attrs.frozen(kw_only=True)
class Account:
    """
    A points account.

    Attributes:
        customer: Whose it is; empty before it is opened.
        programme: Id of its programme.
        opened_on: Local day it was opened.
        opened_at: The instant.
        closed_at: When it was closed, if it was.
        zone: Zone whose days count.
        scale: Digits of a point after the decimal point.
        lots: Every lot, by number.
        open: Numbers of lots with points left: earliest expiry first, those that never lapse last;
            then by availability, day earned and number.
        purchases: `<ref>` or `<ref>#<part>` → purchase.
        authorisations: Ref → authorisation.
        holds: Ref → hold.
        redemptions: Ref → redemption.
        forfeits: Ref → points taken away.
        debts: What is owed, oldest first; what is too old to be asked for is among them.
        parked: Refunds that wait for their purchase.
        counts: `<cap>|<period>` → use.
        totals: What moved so far.
        campaigns: Campaigns joined.
        refs: `<act>:<ref>` → what was asked, for everything that is done once.
        active: Ordinals of the local days on which something was earned, in order; kept where a
            lot lapses by inactivity.
        returned: Points that came back to lots, in the order written.
        written: Number of a lot, as text → points of it that were written down as lapsed.
        reinstated: Lots that were given new life once.
        credentials_at: Last change of credentials the account was told of.
    """

    customer: str = ""
    programme: str = ""
    opened_on: date | None = None
    opened_at: int = 0
    closed_at: int | None = None
    zone: str = ""
    scale: int = 0
    lots: tuple[Lot, ...] = ()
    open: tuple[int, ...] = ()
    purchases: FrozenMapping[str, Purchase] = FrozenMapping()
    authorisations: FrozenMapping[str, Authorisation] = FrozenMapping()
    holds: FrozenMapping[str, Hold] = FrozenMapping()
    redemptions: FrozenMapping[str, Redemption] = FrozenMapping()
    forfeits: FrozenMapping[str, Taken] = FrozenMapping()
    debts: tuple[Debt, ...] = ()
    parked: tuple[Parked, ...] = ()
    counts: FrozenMapping[str, Fraction] = FrozenMapping()
    totals: Totals = Totals()
    campaigns: tuple[str, ...] = ()
    refs: FrozenMapping[str, Ref] = FrozenMapping()
    active: tuple[int, ...] = ()
    returned: tuple[Returned, ...] = ()
    written: FrozenMapping[str, int] = FrozenMapping()
    reinstated: tuple[int, ...] = ()
    credentials_at: int | None = None

    def lot(self, number: int) -> Lot:
        """Return a lot by number."""
        return self.lots[number - 1]

    @property
    def opened(self) -> bool:
        """Whether there is an account."""
        return bool(self.customer)
