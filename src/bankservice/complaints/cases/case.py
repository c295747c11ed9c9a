"""
A complaint case: what is known of it, its clocks, and what was done.

All that `evolve` needs lies here and in the entries; whatever a calendar or a policy decides was
worked out before, when the command was decided.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Literal

import attrs

from bankservice.core.clock import Clock, Reopening, Revision
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title
from bankservice.core.ruler import Deadline
from bankservice.core.unknown import UnknownType

__all__ = [
    "About",
    "Case",
    "CaseStatus",
    "Door",
    "Escalation",
    "Grant",
    "Limit",
    "Private",
    "Referral",
    "Reply",
    "Timer",
]


# Commands inherit both classes of facts, which two classes with slots do not allow.
@attrs.frozen(kw_only=True, slots=False)
class About:
    """
    What a case is about, as far as it is stated: nothing of it says who the customer is.

    Attributes:
        matter: `complaint`, `dispute` or `concern`.
        kind: Kind of complaint in law, such as `general`, `payment` or `hardship`.
        region: Where calendars or law differ within a country.
        product: Code of `vocabulary/product-kinds`.
        issue: Code of `vocabulary/complaint-issues`.
        cause: Code of `vocabulary/complaint-causes`.
        branch: Which branch it is about.
        severity: `low`, `normal`, `high` or `grave`.
        department: Code of `vocabulary/departments`.
        tier: The customer's tier.
        customer_kind: Code of `vocabulary/customer-kinds`.
        amount_minor: Money at stake, in minor units.
        currency: Its currency.
        public: Whether it was made in public.
        regulator_sent: Whether a regulator or ombudsman passed it on.
    """

    matter: Literal["complaint", "dispute", "concern"] | None = None
    kind: str | None = None
    region: str | UnknownType | None = None
    product: str | UnknownType | None = None
    issue: str | UnknownType | None = None
    cause: str | UnknownType | None = None
    branch: str | None = None
    severity: Literal["low", "normal", "high", "grave"] | None = None
    department: str | None = None
    tier: str | None = None
    customer_kind: str | UnknownType | None = None
    amount_minor: int | UnknownType | None = None
    currency: str | None = None
    public: bool | None = None
    regulator_sent: bool | None = None

    def with_stated(self, other: About) -> About:
        """Return this with whatever *other* states."""
        names = [field.name for field in attrs.fields(About)]
        stated = {name: found for name in names if (found := getattr(other, name)) is not None}
        return attrs.evolve(self, **stated)


@attrs.frozen(kw_only=True, slots=False)
class Private:
    """
    What a case tells of the customer; it is sealed, and gone once the customer is erased.

    Attributes:
        vulnerable: Whether the customer needs particular care.
        new_account: Whether the account is new, where law asks.
        extended: Whether the longer investigation of Regulation E applies.
        cycle_ends: Last days of billing cycles, where law counts them.
        provisional_credit_on: Day the account was credited provisionally (Regulation E).
        finished_on: Day the investigation was finished.
        error_found_on: Day an error was found.
        reversal_notice_on: Day the customer was told that a provisional credit is taken back.
        facts: What a bank's own regime asks for.
    """

    vulnerable: bool | UnknownType | None = None
    new_account: bool | UnknownType | None = None
    extended: bool | UnknownType | None = None
    cycle_ends: tuple[date, ...] = ()
    provisional_credit_on: date | None = None
    finished_on: date | None = None
    error_found_on: date | None = None
    reversal_notice_on: date | None = None
    facts: FrozenMapping[str, str] = FrozenMapping()


class CaseStatus(Enum):
    """Where a case stands."""

    NONE = "none"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


@attrs.frozen
class Door:
    """One way in which the customer came with the same matter: channel, when, and the reference."""

    channel: str
    at: datetime
    text_ref: str = ""


@attrs.frozen(kw_only=True)
class Timer:
    """
    A clock of the case, with what the policy said of it when it started.

    Attributes:
        clock: The clock; its name is `<policy id>/<clock>`.
        title: What is due.
        law: Whether a regime asks for it; else it is the bank's own service level.
        window: Whether it is a span that may be used: letting it pass breaks no duty.
        stops_on: What ends it.
        reopen: What a reopened case does to it.
        on_calendar_change: What a newer calendar does to it.
        unproven: Conditions of its extension that nobody has shown to be met yet.
        lawful_if: Clock that must have been met for this one to be lawful.
        last_day: Last day as law told it, where no zone is known that tells its instant.
        version: Digest of the version of its policy that measures it, where it is not the one that
            holds for the case.
        known_on: Day whose knowledge of public holidays it keeps, where a newer one is none of its
            concern.
    """

    clock: Clock
    title: Title
    law: bool
    window: bool = False
    stops_on: tuple[str, ...]
    reopen: Reopening = "new-cycle"
    on_calendar_change: Revision = "recompute"
    unproven: tuple[str, ...] = ()
    lawful_if: str = ""
    last_day: date | None = None
    version: str = ""
    known_on: date | None = None

    @property
    def policy(self) -> str:
        """Id of the policy that asks for it."""
        return self.clock.name.rpartition("/")[0]

    @property
    def bare(self) -> str:
        """Its name without the policy."""
        return self.clock.name.rpartition("/")[2]


@attrs.frozen
class Limit:
    """How far extensions may move a duty: its name (`<policy id>/<limit>`), last day, deadline."""

    name: str
    last_day: date | None
    due: Deadline | None


@attrs.frozen(kw_only=True)
class Reply:
    """
    A proposal or an answer to the customer.

    Attributes:
        at: When it was given.
        text_ref: Where its text lies; never the text itself.
        final: Whether it is the final answer.
        outcome: `upheld`, `partly`, `rejected` or empty.
        ways_on: What the customer was told they may do next.
    """

    at: datetime
    text_ref: str
    final: bool = False
    outcome: str = ""
    ways_on: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Grant:
    """Redress that was granted: `money`, `apology` or `correction`; money in minor units."""

    at: datetime
    kind: str
    by: str
    role: str = ""
    amount_minor: int = 0
    currency: str = ""


@attrs.frozen
class Escalation:
    """To whom the case was raised, when and why."""

    to: str
    at: datetime
    reason: str


@attrs.frozen
class Referral:
    """To whom outside the bank it went, when and why."""

    to: str
    at: datetime
    reason: str


@attrs.frozen(kw_only=True)
class Case:
    """
    The state of a case.

    Attributes:
        status: Where it stands.
        customer: Whose it is.
        zone: Zone whose days count; empty where none is known.
        received_at: When it was received.
        received_on: Local day of receipt; it chooses the versions.
        day_only: Whether no more than the day of receipt is known.
        doors: How the customer came, the first first.
        about: What it is about.
        private: What it tells of the customer.
        owner: Who works on it.
        timers: Its clocks.
        limits: How far extensions may move duties.
        versions: Policy id → the version that holds for this case, by name.
        calendars_on: Day whose knowledge of public holidays the clocks rest on.
        assumed: Facts that would lengthen a duty and were not stated.
        replies: Proposals and answers, in order.
        grants: Redress, in order.
        escalations: To whom it was raised.
        referrals: To whom it went outside the bank.
        acknowledged_at: When receipt was first acknowledged.
        answered_at: When the final answer was given.
        ended_at: When it was closed, withdrawn or merged.
        end_cause: Why.
        merged_into: The case it is part of now.
        effective: Whether the solution was effective, once asked.
        ask_effect_at: When that is to be asked.
        retain_until: First day on which the record may be discarded, once it has ended.
        reopened: How often it was opened again.
        reopened_at: When it was opened again last.
        noticed: Keys of the notices given.
    """

    status: CaseStatus = CaseStatus.NONE
    customer: str = ""
    zone: str = ""
    received_at: datetime | None = None
    received_on: date | None = None
    day_only: bool = False
    doors: tuple[Door, ...] = ()
    about: About = About()
    private: Private = Private()
    owner: str = ""
    timers: tuple[Timer, ...] = ()
    limits: tuple[Limit, ...] = ()
    versions: FrozenMapping[str, FrozenMapping[str, str]] = FrozenMapping()
    calendars_on: date | None = None
    assumed: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    grants: tuple[Grant, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    referrals: tuple[Referral, ...] = ()
    acknowledged_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    end_cause: str = ""
    merged_into: str = ""
    effective: bool | None = None
    ask_effect_at: datetime | None = None
    retain_until: date | None = None
    reopened: int = 0
    reopened_at: datetime | None = None
    noticed: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it was closed, withdrawn or merged."""
        return self.status in (CaseStatus.CLOSED, CaseStatus.WITHDRAWN, CaseStatus.MERGED)

    def named(self, name: str) -> tuple[Timer, ...]:
        """Return the clocks a name means: one by its full name, or all that share a bare one."""
        return tuple(timer for timer in self.timers if name in (timer.clock.name, timer.bare))

    def timed(self, timers: tuple[Timer, ...]) -> Case:
        """Return the case with some clocks as they are now; new ones come after the others."""
        held = {timer.clock.name: timer for timer in self.timers}
        held.update((timer.clock.name, timer) for timer in timers)
        return attrs.evolve(self, timers=tuple(held.values()))
