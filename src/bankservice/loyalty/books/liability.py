"""
What a bank owes in points at an instant, by cohort, with its money.

Points are valued by cohort: month of issue, class of lot, tier of the member at issue. What is
outstanding is what is pending, available or held; what members owe is shown apart and never
netted. Which model values them is data of the bank (`loyalty.expectations`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from bankservice.core.money import Rounding
from bankservice.loyalty.account.entries import (
    Posted,
    RedemptionCancelled,
    RefundedPoints,
    Rerated,
)
from bankservice.loyalty.account.instants import micros, moment
from bankservice.loyalty.books.amounts import Scale
from bankservice.loyalty.books.chart import PointsAccount
from bankservice.loyalty.books.estimates import Stand, expected_total
from bankservice.loyalty.books.expectations import Cohort, CohortRow, Expectations
from bankservice.loyalty.books.movements import Booked, Course, LotStand, follow
from bankservice.loyalty.books.revenue import recognised_share
from bankservice.loyalty.books.statement import Rung, ladder_of

LAPSED = (PointsAccount.EXPIRED, PointsAccount.FORFEITED)

__all__ = ["CohortValue", "Liability", "Outstanding", "liability"]


@attrs.frozen(kw_only=True)
class Outstanding:
    """
    Points of a cohort, or of all.

    Attributes:
        issued: Points issued that were not taken back or passed on: what follows sums to it.
        redeemed: Redeemed so far.
        lapsed: Lapsed or forfeited.
        pending: Cannot be spent yet.
        available: Can be spent.
        held: Reserved.
    """

    issued: int = 0
    redeemed: int = 0
    lapsed: int = 0
    pending: int = 0
    available: int = 0
    held: int = 0

    @property
    def outstanding(self) -> int:
        """What the bank owes."""
        return self.pending + self.available + self.held

    def __add__(self, other: Outstanding) -> Outstanding:
        return Outstanding(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in attrs.fields(Outstanding)
            }
        )


@attrs.frozen(kw_only=True)
class CohortValue:
    """
    A cohort with its money.

    Attributes:
        cohort: Which points.
        points: How many, and what became of them.
        expected: Points expected to be redeemed in all.
        whole: Exact money of all of them: allocated price, or cost of those expected.
        earned: Exact part of it that is over: revenue recognised, or cost of those redeemed.
    """

    cohort: Cohort
    points: Outstanding
    expected: Fraction
    whole: Fraction
    earned: Fraction

    @property
    def owed(self) -> Fraction:
        """Exact money still owed: revenue deferred, or cost to come."""
        return self.whole - self.earned


@attrs.frozen(kw_only=True)
class Liability:
    """
    What a bank owes in points.

    Money is rounded once, from the exact sum of all cohorts.

    Attributes:
        as_of: The instant.
        known_at: What was written later is not in it; None where all is.
        points: What is outstanding, and what became of the rest.
        arrears: What members owe; an asset, not netted.
        ladder: What lapses, by month.
        cohorts: By cohort, in order of months.
        model: Which model valued them; empty where none did.
        currency: Currency of the money.
        whole: Allocated price (`deferred-revenue`), or cost of all points expected to be redeemed
            (`cost-accrual`).
        earned: Revenue recognised to date, or cost of the points redeemed.
        owed: Revenue deferred, or cost to come: the liability.
    """

    as_of: datetime
    known_at: datetime | None
    points: Outstanding
    arrears: int
    ladder: tuple[Rung, ...]
    cohorts: tuple[CohortValue, ...] = ()
    model: str = ""
    currency: str = ""
    whole: Decimal | None = None
    earned: Decimal | None = None
    owed: Decimal | None = None


def liability(
    accounts: Iterable[Iterable[Booked]],
    zone: str,
    expectations: Expectations | None = None,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    scale: int = 0,
    rounding: Rounding = Rounding.HALF_UP,
) -> Liability:
    """
    Return what a bank owes in points at an instant, as known at another.

    Args:
        accounts: The entries of each account.
        zone: Zone whose days count.
        expectations: What the bank expects, and the money of a point; points alone where left out.
        as_of: The last instant that counts.
        known_at: Up to when what was written counts; all where left out.
        scale: Digits after the point that points have.
        rounding: How money is rounded, once.
    """
    known = None if known_at is None else micros(known_at)
    cohorts: dict[Cohort, Outstanding] = {}
    rows: dict[Cohort, CohortRow] = {}
    stands: list[LotStand] = []
    arrears = 0
    for entries in accounts:
        course = follow(entries, zone, as_of=micros(as_of), known_at=known)
        stands.extend(course.lots)
        arrears += course.figures.arrears
        for cohort, row, points in _cohorts(course, expectations):
            cohorts[cohort] = cohorts.get(cohort, Outstanding()) + points
            if row is not None:
                rows[cohort] = row
    unit = Fraction(1, 10**scale)
    values = tuple(
        _value(cohort, cohorts[cohort], rows.get(cohort), expectations, unit)
        for cohort in sorted(cohorts)
    )

    whole = sum((value.whole for value in values), Fraction(0))
    owed = sum((value.owed for value in values), Fraction(0))
    return Liability(
        as_of=moment(micros(as_of), zone),
        known_at=None if known is None else moment(known, zone),
        points=sum(cohorts.values(), Outstanding()),
        arrears=arrears,
        ladder=ladder_of(stands, zone),
        cohorts=values,
        **({} if expectations is None else _money(expectations, rounding, whole, owed)),
    )


def _money(
    expectations: Expectations, rounding: Rounding, whole: Fraction, owed: Fraction
) -> dict[str, Any]:
    """Return the money of all cohorts, rounded once; its two parts make up the whole."""
    scale = Scale.of(expectations.currency, rounding)
    every, left = scale.units(whole), scale.units(owed)
    return {
        "model": expectations.model,
        "currency": expectations.currency,
        "whole": scale.amount(every),
        "earned": scale.amount(every - left),
        "owed": scale.amount(left),
    }


def _cohorts(
    course: Course, expectations: Expectations | None
) -> Iterator[tuple[Cohort, CohortRow | None, Outstanding]]:
    """Yield the points of each lot, with the cohort they belong to."""
    gone: dict[tuple[int, PointsAccount], int] = {}
    for move in course.moves:
        gone[move.lot, move.target] = gone.get((move.lot, move.target), 0) + move.points
        gone[move.lot, move.source] = gone.get((move.lot, move.source), 0) - move.points
    tiers = _tiers(course.known)
    for stand in course.lots:
        lot = stand.lot
        redeemed = gone.get((lot.number, PointsAccount.REDEEMED), 0)
        lapsed = sum(gone.get((lot.number, held), 0) for held in LAPSED)
        tier = tiers.get(lot.number, "")
        month = date(lot.earned_on.year, lot.earned_on.month, 1)
        row = (
            None
            if expectations is None
            else expectations.row_of(lot.earned_on, lot.component, tier)
        )
        yield (
            Cohort(month, lot.component, tier, "" if row is None else row.code),
            row,
            Outstanding(
                issued=redeemed + lapsed + stand.outstanding,
                redeemed=redeemed,
                lapsed=lapsed,
                pending=stand.pending,
                available=stand.available,
                held=stand.held,
            ),
        )


def _tiers(known: Iterable[Booked]) -> Mapping[int, str]:
    """
    Return the tier at issue by lot; those whose facts were erased are not in it.

    Points that came back as a lot of their own have the tier of those issued alike.
    """
    tiers: dict[int, str] = {}
    alike: dict[tuple[str, date], str] = {}
    for entry in known:
        event = entry.event
        if isinstance(event, Posted) and event.facts is not None:
            tier = event.facts.tier
            for lot in event.grants if isinstance(tier, str) else ():
                tiers[lot.number] = alike[lot.component, lot.earned_on] = str(tier)
        elif isinstance(event, RedemptionCancelled | RefundedPoints | Rerated):
            for lot in event.grants:
                tiers[lot.number] = alike.get((lot.component, lot.earned_on), "")
    return tiers


def _value(
    cohort: Cohort,
    points: Outstanding,
    row: CohortRow | None,
    expectations: Expectations | None,
    unit: Fraction,
) -> CohortValue:
    share = Fraction(1) if row is None else Fraction(row.share)
    # Points redeemed from one cohort may have come back as a new lot of another.
    back = max(-points.redeemed, 0)
    points = attrs.evolve(points, issued=points.issued + back, redeemed=points.redeemed + back)
    stand = Stand(redeemed=points.redeemed, lapsed=points.lapsed)
    expected = expected_total(points.issued, share, stand)
    each = Fraction(0) if row is None else Fraction(row.per_point) * unit
    if expectations is not None and expectations.model == "cost-accrual":
        whole, earned = expected * each, points.redeemed * each
    else:
        whole = points.issued * each
        earned = whole * recognised_share(points.issued, expected, stand)
    return CohortValue(cohort=cohort, points=points, expected=expected, whole=whole, earned=earned)
