"""
The pipeline of one row, every stage exact: amount, full blocks, rate, multipliers, fixed points.

    eligible amount -> converted -> counted in full blocks -> times rate -> times multipliers
    -> plus fixed

A cap by amount splits the amount before the rate: what lies within earns at the row's rate, what
lies above at the cap's, and no block is split or lost between the two.
"""

from __future__ import annotations

from fractions import Fraction

import attrs

from bankservice.loyalty.programme.scheme import Cap, Earning, Ratio
from bankservice.loyalty.rating.room import Exact, Room

__all__ = ["Loss", "Sizes", "Worked", "work"]

Sizes = list[tuple[str, Exact]]


@attrs.define(slots=True)
class Loss:
    """
    Exact points that a cap by amount or by count took.

    Attributes:
        cap: The cap.
        points: What it took.
        within: What counts within it, in minor units.
    """

    cap: Cap
    points: Fraction
    within: Fraction = Fraction(0)


@attrs.define(slots=True)
class Worked:
    """
    What one row earns, exact, of one line or of the whole.

    Attributes:
        row: The row.
        item: The line; empty for the whole.
        size: What of the basis was eligible, over `below`.
        below: Denominator of `size`.
        counted: What counted of it, after full blocks.
        rated: Points at the rate.
        multiplied: Points after the multipliers.
        exact: Points with what is fixed.
        losses: What caps by amount and count took of them.
    """

    row: Earning
    item: str
    size: Exact
    below: int
    counted: Ratio
    rated: Ratio
    multiplied: Ratio
    exact: Ratio
    losses: list[Loss]


def work(
    row: Earning,
    item: str,
    sizes: Sizes,
    below: int,
    factor: Ratio,
    *,
    fixed: bool,
    room: Room | None,
) -> Worked:
    """
    Return what a row earns.

    Args:
        row: The row.
        item: The line; empty for the whole.
        sizes: What of the basis each line brings, over *below*.
        below: Denominator.
        factor: What the multipliers make together.
        fixed: Whether the fixed points are given here.
        room: What caps leave; None where the row has none.
    """
    size: Exact = sizes[0][1] if len(sizes) == 1 else sum(part for _, part in sizes)
    counted, lower = _full(size, below, row.block)
    above, under = row.rate
    rated = (counted * above, lower * under)
    losses: list[Loss] = []
    barred = False
    if room is not None and row.limits:
        rated, losses, barred = _capped(row, sizes, below, counted, lower, room)
    multiplied = rated
    if factor != (1, 1):
        multiplied = (rated[0] * factor[0], rated[1] * factor[1])
        for loss in losses:
            loss.points = loss.points * factor[0] / factor[1]
    exact = multiplied
    if fixed and row.fixed[0]:
        if barred:
            losses[0].points += Fraction(*row.fixed)
        else:
            more, unit = row.fixed
            exact = (multiplied[0] * unit + more * multiplied[1], multiplied[1] * unit)
    return Worked(row, item, size, below, (counted, lower), rated, multiplied, exact, losses)


def _full(size: Exact, below: int, block: int) -> Ratio:
    """Return an amount in full blocks, as numerator and denominator."""
    if block:
        return int(size // (block * below)) * block, 1
    if type(size) is int:
        return size, below
    exact = Fraction(size)
    return exact.numerator, exact.denominator * below


def _capped(
    row: Earning, sizes: Sizes, below: int, counted: int, lower: int, room: Room
) -> tuple[Ratio, list[Loss], bool]:
    """Return points at the rate within caps, what was lost, and whether a count barred the row."""
    for cap in row.limits:
        if cap.measure == "count":
            if not room.counts(cap):
                lost = Fraction(counted, lower) * Fraction(*row.rate)
                return (0, 1), [Loss(cap, lost)], True
            room.counted[cap.code] = cap
    inside, points = sizes, Fraction(0)
    rate = edge = Fraction(0)
    losses: list[Loss] = []
    for cap in row.limits:
        if cap.measure != "amount":
            continue
        before, inside = inside, room.take(cap, inside)
        if inside == before:
            continue
        if not losses:
            rate, edge = Fraction(*row.rate), Fraction(counted, lower)
        within = Fraction(*_full(sum(size for _, size in inside), below, row.block))
        if within < edge:
            above = Fraction(*cap.above)
            points += (edge - within) * above
            losses.append(Loss(cap, (edge - within) * (rate - above), within))
            edge = within
    if not losses:
        return (counted * row.rate[0], lower * row.rate[1]), losses, False
    points += edge * rate
    return (points.numerator, points.denominator), losses, False
