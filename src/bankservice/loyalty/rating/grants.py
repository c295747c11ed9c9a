"""
From exact points to what is granted: one rounding, then caps of points.

Exact points are summed over what is rounded together and the sum is rounded; each row brings what
the rounded sum grows by, so that the rows add up to it. Over a day or a statement the sum begins
with what was there before.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import Rounding, divide
from bankservice.loyalty.model import Lost, Part, Use
from bankservice.loyalty.programme.programme import Programme
from bankservice.loyalty.programme.scheme import Cap
from bankservice.loyalty.rating.pipeline import Worked
from bankservice.loyalty.rating.purchase import Purchase
from bankservice.loyalty.rating.room import Room, left_of

__all__ = ["Granted", "granted"]

_NOTHING: Final = (0, 1)


@attrs.define(slots=True)
class Granted:
    """
    What one row is granted, of one line or of the whole.

    Attributes:
        worked: Its exact points.
        points: Points granted.
        lost: Points that caps took, by cap.
    """

    worked: Worked
    points: int
    lost: dict[Cap, int] | None = None

    def lose(self, cap: Cap, points: int) -> None:
        """Note points that a cap took."""
        if self.lost is None:
            self.lost = {}
        self.lost[cap] = self.lost.get(cap, 0) + points

    def part(self, programme: Programme, purchase: Purchase) -> Part:
        """Return it as a part of the outcome."""
        worked, points = self.worked, self.points
        row, unit = worked.row, programme.unit
        minor = 1 if row.basis == "count" else programme.minor_units
        # Only where what was used before is no whole minor unit, a size is no integer.
        size, below = worked.size.numerator, worked.size.denominator
        losses: tuple[Lost, ...] = ()
        lost = 0
        if self.lost:
            losses = tuple(
                Lost(cap=cap.code, points=taken) for cap, taken in self.lost.items() if taken
            )
            lost = sum(loss.points for loss in losses)
        return Part(
            row=row.code,
            component=row.component,
            item=worked.item,
            uncapped=points + lost,
            points=points,
            lost_to_caps=lost,
            losses=losses,
            qualifying=row.row.qualifying,
            work=(
                size,
                below * (purchase.own if row.basis == "amount" else worked.below * minor),
                size,
                below * worked.below * minor,
                worked.counted[0],
                worked.counted[1] * minor,
                worked.rated[0],
                worked.rated[1] * unit,
                worked.multiplied[0],
                worked.multiplied[1] * unit,
                worked.exact[0],
                worked.exact[1] * unit,
            ),
            unit=unit,
        )


@attrs.define(slots=True)
class _Sum:
    """Exact points that are rounded together."""

    above: int
    below: int
    before: int
    given: int
    lossy: list[Granted] = attrs.field(factory=list)


def granted(
    worked: list[Worked],
    used: FrozenMapping[str, Fraction],
    room: Room | None,
    programme: Programme,
) -> tuple[list[Granted], list[Use]]:
    """Return what rows are granted of their exact points, and what they use of caps."""
    rounding = programme.written.rounding
    mode, step = rounding.mode, rounding.step
    parts, by_item = rounding.of == "parts", rounding.unit == "item"
    periodic = rounding.unit in ("day", "statement")
    sums: dict[str | tuple[str, str], _Sum] = {}
    found: list[Granted] = []
    for each in worked:
        name = each.row.component if parts else "total"
        key = (name, each.item) if by_item else name
        held = sums.get(key)
        if held is None:
            above, below = _NOTHING
            if periodic and (before := used.get(f"={name}")) is not None:
                above, below = before.numerator * programme.unit, before.denominator
            start = _rounded(above, below, step, mode) if above else 0
            held = sums[key] = _Sum(above, below, start, start)
        above, below = each.exact
        if below == held.below:
            held.above += above
        else:
            held.above = held.above * below + above * held.below
            held.below *= below
        total = _rounded(held.above, held.below, step, mode)
        one = Granted(each, total - held.given)
        held.given = total
        found.append(one)
        if each.losses:
            held.lossy.append(one)
    uses: list[Use] = []
    if room is not None:
        for held in sums.values():
            if held.lossy:
                _tell_losses(held, step, mode)
        uses = _cap_points(found, room, programme)
    if periodic:
        uses.extend(_exact_uses(sums, used, programme))
    return found, uses


def _rounded(above: int, below: int, step: int, mode: Rounding) -> int:
    if mode is Rounding.FLOOR:
        return above // (below * step) * step
    return divide(above, below * step, mode) * step


def _tell_losses(held: _Sum, step: int, mode: Rounding) -> None:
    """Say what caps by amount and count took, in rounded points that add up."""
    losses = [(one, loss) for one in held.lossy for loss in one.worked.losses]
    whole = sum((loss.points for _, loss in losses), Fraction(0))
    exact = Fraction(held.above, held.below) + whole
    taken = _rounded(exact.numerator, exact.denominator, step, mode) - held.given
    so_far, told = Fraction(0), 0
    for one, loss in losses:
        so_far += loss.points
        share = int(taken * so_far / whole) if whole else 0
        one.lose(loss.cap, share - told)
        told = share


def _cap_points(found: list[Granted], room: Room, programme: Programme) -> list[Use]:
    """Let caps of points take what lies above them; return what is used of every cap."""
    reached: list[tuple[Cap, list[Granted]]] = []
    for cap in programme.scheme.point_caps:
        under = [one for one in found if one.worked.row.code in cap.rows]
        if not under:
            continue
        reached.append((cap, under))
        left = int(left_of(cap, room.used) // 1)
        if sum(one.points for one in under) <= left:
            continue
        if cap.row.whole:
            left = 0
        for one in under:
            kept = min(one.points, left)
            left -= kept
            if kept < one.points:
                one.lose(cap, one.points - kept)
                one.points = kept
    uses = [
        Use(cap=cap.code, used=Fraction(sum(one.points for one in under), cap.units))
        for cap, under in reached
        if not cap.single and any(one.points for one in under)
    ]
    for cap, amounts in _amounts(found, room):
        if amounts and not cap.single:
            uses.append(Use(cap=cap.code, used=Fraction(amounts) / (room.below * cap.units)))
    uses.extend(
        Use(cap=cap.code, used=Fraction(1))
        for cap in room.counted.values()
        if not cap.single and any(one.points for one in found if one.worked.row.code in cap.rows)
    )
    return uses


def _amounts(found: list[Granted], room: Room) -> list[tuple[Cap, int | Fraction]]:
    caps = {cap.code: cap for one in found for cap in one.worked.row.limits}
    return [(caps[code], sum(taken.values())) for code, taken in room.taken.items() if code in caps]


def _exact_uses(
    sums: dict[str | tuple[str, str], _Sum],
    used: FrozenMapping[str, Fraction],
    programme: Programme,
) -> list[Use]:
    uses = []
    for name, held in sums.items():
        before = used.get(f"={name}", 0)
        brought = Fraction(held.above, held.below * programme.unit) - before
        if brought:
            uses.append(Use(cap=f"={name}", used=brought))
    return uses
