"""
The statement of a points account for a period of local days.

An issued statement never changes: it rests on what was known when it was issued, and what is
written later with an earlier date comes as a line of a prior period in the next one. Data first:
`text` puts it into words afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from bankservice.core.policy import Title
from bankservice.loyalty.account.account import key_of
from bankservice.loyalty.account.entries import Posted, RefundedPoints, Rerated
from bankservice.loyalty.account.instants import micros, moment
from bankservice.loyalty.books.chart import Figures
from bankservice.loyalty.books.days import end_of
from bankservice.loyalty.books.lines import Flow, Line, lines_of
from bankservice.loyalty.books.movements import Booked, Course, LotStand, follow
from bankservice.loyalty.programme.dates import day_of, start_of

if TYPE_CHECKING:
    from bankservice.loyalty.programme.programme import Programme

__all__ = ["Coming", "Rung", "Statement", "Summary", "ladder_of", "statement"]


@attrs.frozen(kw_only=True)
class Rung:
    """
    Points that lapse in one month.

    Attributes:
        month: First day of the month of their last valid day; None for those that never lapse.
        points: How many, held ones included.
        first_on: The earliest last valid day of them.
    """

    month: date | None
    points: int
    first_on: date | None = None


@attrs.frozen(kw_only=True)
class Coming:
    """
    Points that cannot be spent yet.

    Attributes:
        on: First day they can be; None while they wait for an action.
        action: Code of the action they wait for.
        points: How many.
    """

    on: date | None
    action: str = ""
    points: int


@attrs.frozen(kw_only=True)
class Summary:
    """
    How the opening balance became the closing one; each adds or takes as its name says.

    A figure is below zero only where a purchase was rated again, or a line of a prior period
    corrects what a statement told.

    Attributes:
        earned: Added: granted for transactions.
        adjusted_in: Added by hand.
        received: Added: from other members.
        restored: Added: given back from redemptions, lapses and forfeitures.
        bought: Added: sold to the member.
        waived: Added: debts waived.
        clawed_back: Taken: by refunds, what is owed for them included.
        redeemed: Taken: spent.
        sent: Taken: to other members.
        expired: Taken: lapsed.
        forfeited: Taken away.
        adjusted_out: Taken by hand.
        buy_cancelled: Taken: bought points given back.
    """

    earned: int = 0
    adjusted_in: int = 0
    received: int = 0
    restored: int = 0
    bought: int = 0
    waived: int = 0
    clawed_back: int = 0
    redeemed: int = 0
    sent: int = 0
    expired: int = 0
    forfeited: int = 0
    adjusted_out: int = 0
    buy_cancelled: int = 0

    @property
    def added(self) -> int:
        """All that was added."""
        return (
            self.earned
            + self.adjusted_in
            + self.received
            + self.restored
            + self.bought
            + self.waived
        )

    @property
    def taken(self) -> int:
        """All that was taken."""
        return (
            self.clawed_back
            + self.redeemed
            + self.sent
            + self.expired
            + self.forfeited
            + self.adjusted_out
            + self.buy_cancelled
        )


ADDS = (Flow.EARNED, Flow.ADJUSTED_IN, Flow.RECEIVED, Flow.RESTORED, Flow.BOUGHT, Flow.WAIVED)


@attrs.frozen(kw_only=True)
class Statement:
    """
    A statement.

    Points are in the programme's smallest unit; `scale` says how many digits of them stand after
    the point.

    Attributes:
        customer: Whose it is.
        programme: Id of the programme.
        points: What the points are called.
        scale: Digits after the point.
        zone: Zone whose days count.
        from_on: First day.
        to_on: First day after it.
        known_at: What was written later is not in it.
        final: Whether its period had ended by then.
        opening: What the member had when it began, as the statement before told.
        closing: What the member has at its end.
        summary: How the one became the other.
        lines: Line by line, those of prior periods first.
        ladder: What lapses, by month.
        coming: What cannot be spent yet, by day.
        qualifying: Points of the period that count for tiers.
        qualifying_total: All of the account that do, since it was opened.
        lost_to_caps: Points not granted in the period because of caps.
    """

    customer: str
    programme: str
    points: Title
    scale: int = 0
    zone: str
    from_on: date
    to_on: date
    known_at: datetime
    final: bool
    opening: Figures
    closing: Figures
    summary: Summary
    lines: tuple[Line, ...] = ()
    ladder: tuple[Rung, ...] = ()
    coming: tuple[Coming, ...] = ()
    qualifying: int = 0
    qualifying_total: int = 0
    lost_to_caps: int = 0

    def text(self, locale: str = "en") -> str:
        """Return the statement in the language of *locale* (`zh_CN` or `en`)."""
        from bankservice.loyalty.books.statement_text import text

        return text(self, locale)


def statement(
    entries: Iterable[Booked],
    programme: Programme,
    from_on: date,
    to_on: date,
    known_at: datetime | None = None,
    *,
    opened_at: datetime | None = None,
    customer: str = "",
    programme_id: str = "",
) -> Statement:
    """
    Return the statement of an account for the local days from *from_on* to *to_on*, the last not
    counted.

    Args:
        entries: All entries of the account.
        programme: For its zone, the name of its points, and its rewards.
        from_on: First day.
        to_on: First day after it.
        known_at: Up to when what was written counts, that instant included; the end of the period
            where left out.
        opened_at: The same for the statement before, so that its closing figures are the opening
            ones of this; the beginning of the period where left out. Given as *known_at* itself,
            nothing comes as a prior period: all is told where it belongs, as known now.
        customer: Whose it is.
        programme_id: Id of the programme.

    Raises:
        ValueError: If the period is empty, or what is known ends before the statement before it or
            the period begins.
    """
    if to_on <= from_on:
        raise ValueError(f"the period from {from_on} to {to_on} (not counted) has no day.")
    zone = programme.zone
    start, end = start_of(zone, from_on), end_of(zone, to_on - timedelta(days=1))
    known = end if known_at is None else micros(known_at)
    before = start - 1 if opened_at is None else micros(opened_at)
    if known < start or known < before:
        raise ValueError(
            f"a statement from {from_on} cannot rest on what was known at {moment(known)} only; "
            "pass a later instant."
        )
    held = tuple(entries)
    last = min(end, known)
    opening = follow(held, zone, as_of=start - 1, known_at=before)
    closing = follow(held, zone, as_of=last, known_at=known)
    lines = lines_of(opening, closing, start, last, programme)
    told, earlier = _counted(closing, last), _counted(opening, start - 1)
    return Statement(
        customer=customer,
        programme=programme_id,
        points=programme.written.points.title,
        scale=programme.written.points.scale,
        zone=zone,
        from_on=from_on,
        to_on=to_on,
        known_at=moment(known, zone),
        final=known >= end,
        opening=opening.figures,
        closing=closing.figures,
        summary=_summary(lines),
        lines=lines,
        ladder=ladder_of(closing.lots, zone),
        coming=_coming(closing.lots, zone),
        qualifying=told[0] - earlier[0],
        qualifying_total=told[0],
        lost_to_caps=told[1] - earlier[1],
    )


def _summary(lines: Sequence[Line]) -> Summary:
    flows: Counter[Flow] = Counter()
    for line in lines:
        if line.flow is not None:
            flows[line.flow] += line.points if line.flow in ADDS else -line.points
    return Summary(**{flow.name.lower(): points for flow, points in flows.items()})


def ladder_of(stands: Iterable[LotStand], zone: str) -> tuple[Rung, ...]:
    """Return what lapses by month, the soonest first, and what never does last."""
    months: dict[date | None, list[tuple[date, int]]] = {}
    for stand in stands:
        if stand.outstanding:
            expires = stand.lot.expires_at
            day = None if expires is None else day_of(zone, expires - 1)
            month = None if day is None else day.replace(day=1)
            months.setdefault(month, []).append((day or date.max, stand.outstanding))
    return tuple(
        Rung(
            month=month,
            points=sum(points for _, points in held),
            first_on=None if month is None else min(day for day, _ in held),
        )
        for month, held in sorted(months.items(), key=lambda item: item[0] or date.max)
    )


def _coming(stands: Iterable[LotStand], zone: str) -> tuple[Coming, ...]:
    coming: Counter[tuple[date | None, str]] = Counter()
    for stand in stands:
        if stand.pending:
            available = stand.lot.available_at
            day = None if available is None else day_of(zone, available)
            coming[day, stand.lot.action if day is None else ""] += stand.pending
    return tuple(
        Coming(on=day, action=action, points=points)
        for (day, action), points in sorted(
            coming.items(), key=lambda item: (item[0][0] or date.max, item[0][1])
        )
    )


def _counted(course: Course, last: int) -> tuple[int, int]:
    """Return the points that count for tiers, and those lost to caps, up to an instant."""
    qualifying: dict[str, int] = {}
    lost: dict[str, int] = {}
    for entry in course.known:
        event = entry.event
        if isinstance(event, Posted | RefundedPoints | Rerated) and event.at <= last:
            key = key_of(event.ref, event.part) if isinstance(event, Posted) else event.purchase
            qualifying[key] = event.qualifying
            if not isinstance(event, RefundedPoints):
                lost[key] = event.lost
    return sum(qualifying.values()), sum(lost.values())
