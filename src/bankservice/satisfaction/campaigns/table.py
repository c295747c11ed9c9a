"""
Sampling plans as they are written: one version of a `satisfaction.sampling-plan` policy.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Literal

import attrs

from bankservice.core.calendar import Period
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Title

__all__ = [
    "BandRow",
    "ChannelRow",
    "ContactTable",
    "DimensionRow",
    "ExclusionRow",
    "ProgrammeRow",
    "QuietHours",
    "QuotaRow",
    "ReminderRow",
    "ReserveRow",
    "SamplingTable",
    "SizeRow",
    "StratumRow",
]


@attrs.frozen(kw_only=True)
class BandRow:
    """
    One band of a dimension: a stretch of numbers, or some codes.

    Attributes:
        code: Stable code; never renamed.
        title: What people read.
        at_least: The least number in it; none for the lowest band.
        less_than: The first number no longer in it; none for the highest band.
        values: Codes in it, where the dimension is one of codes.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    at_least: Decimal | None = None
    less_than: Decimal | None = None
    values: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DimensionRow:
    """
    One dimension by which strata are made, such as age.

    Attributes:
        code: Stable code.
        title: What people read.
        fact: Name of the fact in the frame; the code where left out.
        band: Its bands, in the order people have them in.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    fact: str = ""
    band: tuple[BandRow, ...]


@attrs.frozen(kw_only=True)
class StratumRow:
    """
    What is expected of some strata; the first row that holds a stratum counts.

    Attributes:
        where: Dimension → codes of its bands, `unknown` and `other` among them; every stratum
            where left out.
        response: Share of those invited who answer; that of the plan where left out.
        spread: Standard deviation of an answer, for the methods that look at it; 1 where left out.
        cost: Cost of one answer, for the method that looks at it; 1 where left out.
    """

    where: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    response: Decimal | None = None
    spread: Decimal | None = None
    cost: Decimal | None = None


@attrs.frozen(kw_only=True)
class QuotaRow:
    """
    How many complete answers are wanted of some strata at most.

    Attributes:
        code: Stable code.
        title: What people read.
        where: As in `StratumRow`.
        most: The most complete answers.
        hard: Whether nobody is asked any more once it is full; else it is only told.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    where: FrozenMapping[str, tuple[str, ...]] = FrozenMapping()
    most: int
    hard: bool = False


@attrs.frozen(kw_only=True)
class SizeRow:
    """
    How many answers are wanted: a number, or a margin of error with its confidence.

    Attributes:
        n: The number.
        margin: Half the width of the interval, as a share.
        share: Share expected, where a margin is wanted.
        confidence: How often the interval holds what is true.
        design_effect: How much more the design needs than a simple random sample.
    """

    n: int | None = None
    margin: Decimal | None = None
    share: Decimal = Decimal("0.5")
    confidence: Decimal = Decimal("0.95")
    design_effect: Decimal = Decimal(1)


@attrs.frozen(kw_only=True)
class ReserveRow:
    """
    Who is drawn beside those invited first, to be asked where answers lack.

    Attributes:
        batches: How many batches.
        share: Size of a batch as a share of those invited first, in each stratum, rounded up.
        number: Size of a batch in people, spread over the strata as those invited first are.
    """

    batches: int
    share: Decimal | None = None
    number: int | None = None


@attrs.frozen(kw_only=True)
class ExclusionRow:
    """
    One reason for which a customer is left out of every draw; the frame names it by its code.

    Attributes:
        code: Stable code.
        title: What people read.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})


@attrs.frozen(kw_only=True)
class ProgrammeRow:
    """
    One programme of surveys.

    Attributes:
        code: Stable code.
        title: What people read.
        priority: The smaller, the earlier; a programme gives way to what one before it has planned.
        cool_down: How long after an invitation of this programme it does not invite again; that
            over all programmes stands beside it.
    """

    code: str
    title: Title = attrs.field(metadata={"digest": False})
    priority: int = 100
    cool_down: Period | None = None


@attrs.frozen(kw_only=True)
class ChannelRow:
    """
    What holds for one channel beside what holds for all, with the channels below it.

    Attributes:
        channel: Code of `vocabulary/feedback-channels`.
        cool_down: How long after an invitation by it nobody is invited by it again.
        most_a_year: The most invitations by it in any twelve months.
    """

    channel: str
    cool_down: Period | None = None
    most_a_year: int | None = None


@attrs.frozen(kw_only=True)
class QuietHours:
    """
    Hours in which nobody is invited, by the customer's own clock where its zone is known.

    Attributes:
        start: First local time of the quiet; may be later than `until`, over midnight.
        until: First local time after it.
        channels: Codes of channels, with those below them; every channel where left out.
    """

    start: time
    until: time
    channels: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ReminderRow:
    """
    How often an invitation may be repeated.

    Attributes:
        most: The most reminders of one invitation.
        after: How long after the invitation, or the reminder before, at the earliest.
    """

    most: int
    after: Period


@attrs.frozen(kw_only=True)
class ContactTable:
    """
    How often customers are asked, over all programmes and channels.

    Attributes:
        cool_down: How long after an invitation, whatever its programme and channel, a customer is
            not invited again: up to, and not with, that day plus the period.
        expires_after: How long an invitation can be answered: up to, and not with, its day plus
            the period.
        most_a_year: The most invitations in any twelve months.
        channel: What holds for single channels beside this.
        quiet: Hours in which nobody is invited.
        reminders: How often an invitation may be repeated; never where left out.
    """

    cool_down: Period
    expires_after: Period
    most_a_year: int | None = None
    channel: tuple[ChannelRow, ...] = ()
    quiet: tuple[QuietHours, ...] = ()
    reminders: ReminderRow | None = None


@attrs.frozen(kw_only=True)
class SamplingTable:
    """
    Whom to ask, how many, and how often.

    Attributes:
        zone: Zone whose local day counts.
        contact: How often customers are asked.
        size: How many answers are wanted.
        dimension: By which strata are made; all are one stratum where left out.
        method: How answers are spread over the strata.
        minimum: Answers wanted of each stratum at least, as far as it has people.
        response: Share of those invited who answer, expected.
        stratum: What is expected of single strata.
        reserve: Who is drawn beside; nobody where left out.
        exclusion: Reasons for which the frame may leave customers out.
        quota: How many answers are wanted of some strata at most.
        programme: The programmes of surveys.
    """

    zone: str
    contact: ContactTable
    size: SizeRow
    dimension: tuple[DimensionRow, ...] = ()
    method: Literal["proportional", "neyman", "power", "cost"] = "proportional"
    minimum: int = 0
    response: Decimal = Decimal(1)
    stratum: tuple[StratumRow, ...] = ()
    reserve: ReserveRow | None = None
    exclusion: tuple[ExclusionRow, ...] = ()
    quota: tuple[QuotaRow, ...] = ()
    programme: tuple[ProgrammeRow, ...] = ()
