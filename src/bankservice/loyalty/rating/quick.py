"""
Rating many transactions of one programme: what does not depend on the amount is found out once.

Which rows hold for a transaction, and what multiplies them, follows from its category, its day and
the facts that the programme's conditions name; a book of a million transactions has a few hundred
such kinds. For each kind the rules are asked once, and after that only the amount is worked with,
by the same pipeline. What a plan cannot foresee (lines, foreign amounts, rows chosen by their
worth, unknown facts) is rated whole, as a single transaction is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Rounding
from bankservice.loyalty.accrual import accrual_of
from bankservice.loyalty.model import AccrualFacts, Use
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.programme.scheme import Earning, Ratio
from bankservice.loyalty.rating.grants import granted
from bankservice.loyalty.rating.lanes import Weighing
from bankservice.loyalty.rating.pipeline import Sizes, work
from bankservice.loyalty.rating.purchase import purchase_of
from bankservice.loyalty.rating.room import Room

__all__ = ["Plan", "Points", "Steps", "free_facts", "named_facts", "plan_of", "points_of"]

_NAMED: Final = ("merchant", "card", "tier", "stage", "standing", "discounted")
"""Facts that nothing but conditions and caps look at."""


@attrs.frozen
class Points:
    """
    What a transaction earns, as far as an account needs it.

    Attributes:
        rows: (earning row, component, whether it counts for tiers, points) of each part.
        lost: Points lost to caps.
        why: Codes of what kept it from earning.
        uses: What it uses of caps.
        unknown: Unknown facts that could change it.
    """

    rows: tuple[tuple[str, str, bool, int], ...]
    lost: int = 0
    why: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    unknown: tuple[str, ...] = ()


def named_facts(programme: Programme) -> frozenset[str]:
    """Return the facts that a programme's conditions on earning name."""
    written = programme.written
    return frozenset(
        part.fact
        for rows in (written.earn, written.exclude, written.multiplier)
        for row in rows
        if row.when is not None
        for part in row.when.comparisons()
    )


def free_facts(programme: Programme) -> frozenset[str]:
    """Return the facts on which no plan of a programme depends, beside the amount and the days."""
    return frozenset(_NAMED) - named_facts(programme)


def points_of(facts: AccrualFacts, programme: Programme) -> Points:
    """Return what a transaction earns, rated whole."""
    accrual = accrual_of(facts, programme)
    return Points(
        tuple((part.row, part.component, part.qualifying, part.points) for part in accrual.parts),
        accrual.lost_to_caps,
        accrual.excluded,
        accrual.uses,
        accrual.unknown,
    )


@attrs.frozen(eq=False)
class Limit:
    """A cap of points over some rows of a plan; see `programme.scheme.Cap`."""

    code: str
    limit: int
    units: int
    whole: bool
    single: bool
    under: tuple[int, ...]


@attrs.frozen(eq=False)
class Steps:
    """
    A plan whose rows are worked with in whole numbers: rates, one rounding down, caps of points.

    Attributes:
        rows: (numerator over its sum's denominator, block, least, sum) of each row.
        sums: Denominators of what is rounded together.
        limits: Caps of points, the narrower period first.
    """

    rows: tuple[tuple[int, int, int, int], ...]
    sums: tuple[int, ...]
    limits: tuple[Limit, ...]

    def earned(
        self, minor: int, used: Mapping[str, int | Fraction]
    ) -> tuple[list[int], int, list[tuple[str, int, int]]]:
        """
        Return the points of each row, those lost to caps, and (cap, points, units of one) of its
        uses, with what was used of caps before.
        """
        exact, given = [0] * len(self.sums), [0] * len(self.sums)
        points = []
        for above, block, least, place in self.rows:
            if minor < least:
                points.append(0)
                continue
            exact[place] += (minor // block * block if block else minor) * above
            total = exact[place] // self.sums[place]
            points.append(total - given[place])
            given[place] = total
        lost = 0
        for limit in self.limits:
            left = int(max(limit.limit - used.get(limit.code, 0) * limit.units, 0) // 1)
            if sum([points[row] for row in limit.under]) <= left:
                continue
            if limit.whole:
                left = 0
            for row in limit.under:
                kept = min(points[row], left)
                left -= kept
                lost += points[row] - kept
                points[row] = kept
        uses = []
        for limit in self.limits:
            brought = sum([points[row] for row in limit.under])
            if brought and not limit.single:
                uses.append((limit.code, brought, limit.units))
        return points, lost, uses


@attrs.frozen(eq=False)
class Plan:
    """
    What transactions of one kind earn, whatever their amount.

    Attributes:
        programme: The programme.
        rows: The rows that hold, with their factors.
        why: Codes of what kept it from earning.
        steps: The same in whole numbers, where that is all it needs.
    """

    programme: Programme
    rows: tuple[tuple[Earning, Ratio], ...]
    why: tuple[str, ...]
    steps: Steps | None

    def earned(self, minor: int, used: FrozenMapping[str, Fraction]) -> Points:
        """Return what an amount of minor units earns, with what was used of caps before."""
        programme = self.programme
        room = Room(used, 1) if programme.scheme.capped else None
        worked = []
        for row, factor in self.rows:
            if 0 < minor >= row.least:
                size = minor if row.most is None else min(minor, row.most)
                sizes: Sizes = [("", size)]
                worked.append(work(row, "", sizes, 1, factor, fixed=True, room=room))
        found, uses = granted(worked, used, room, programme)
        rows = []
        lost = 0
        for one in found:
            row = one.worked.row
            rows.append((row.code, row.component, row.row.qualifying, one.points))
            if one.lost:
                lost += sum(one.lost.values())
        return Points(tuple(rows), lost, self.why, tuple(uses))


def plan_of(facts: AccrualFacts, programme: Programme) -> Plan | None:
    """
    Return the plan of transactions like this one; None where they are rated whole.

    Transactions are alike where they differ in the amount, in `free_facts`, and in days that are in
    the same windows.

    Raises:
        FaultsError: If a fact is none that a transaction can have.
        UnknownNameError: If a code or cap is not known.
    """
    if not _plain(facts, programme):
        return None
    scheme = programme.scheme
    if any(held.below for held in scheme.exclusions.get(facts.kind, ())):
        return None
    purchase = purchase_of(facts, programme)
    weighing = Weighing(purchase, programme)
    excluded = weighing.exclusions()
    if weighing.unknown:
        return None
    lanes = scheme.lanes[facts.kind]
    if not excluded and not lanes:
        excluded = ("not-earning",)
    (line,) = purchase.lines
    rows: list[tuple[Earning, Ratio]] = []
    for lane in lanes:
        if lane.row.mode != "all":
            return None
        for row in lane.rows:
            why = weighing.verdict(row, line)
            factor = None if why else weighing.factor(row)
            if why.startswith("?") or (not why and (row.basis != "amount" or factor is None)):
                return None
            if factor is not None:
                rows.append((row, factor))
    return Plan(programme, tuple(rows), excluded, _steps(rows, programme))


def _plain(facts: AccrualFacts, programme: Programme) -> bool:
    """Tell whether only an amount of the programme's own currency is stated."""
    return (
        type(facts.amount) is str
        and facts.currency in ("", programme.currency)
        and facts.rate is None
        and facts.tax is None
        and facts.paid_with_points is None
        and facts.balance_minor_days is None
        and not facts.items
    )


def _steps(rows: Sequence[tuple[Earning, Ratio]], programme: Programme) -> Steps | None:
    """Return a plan in whole numbers, where that is all it needs."""
    rounding = programme.written.rounding
    plain = (
        rounding.mode is Rounding.FLOOR and rounding.step == 1 and rounding.unit == "transaction"
    )
    if not plain or any(row.fixed[0] or row.most is not None or row.limits for row, _ in rows):
        return None
    names = [row.component if rounding.of == "parts" else "" for row, _ in rows]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    rates = [(row.rate[0] * factor[0], row.rate[1] * factor[1]) for row, factor in rows]
    sums = [1] * len(places)
    for name, (_, below) in zip(names, rates, strict=True):
        sums[places[name]] = lcm(sums[places[name]], below)
    steps = (
        (above * (sums[places[name]] // below), row.block, max(1, row.least), places[name])
        for (row, _), name, (above, below) in zip(rows, names, rates, strict=True)
    )
    limits = (
        Limit(
            cap.code,
            cap.limit,
            cap.units,
            cap.row.whole,
            cap.single,
            tuple(place for place, (row, _) in enumerate(rows) if row.code in cap.rows),
        )
        for cap in programme.scheme.point_caps
    )
    return Steps(tuple(steps), tuple(sums), tuple(limit for limit in limits if limit.under))
