"""
What caps leave: by amount and by count, while one transaction is rated.

An amount is counted once for each line however many rows it earns by. A line's amounts are
numerators over the purchase's denominator, and so is what is left here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.loyalty.programme.scheme import Cap

__all__ = ["Exact", "Room", "left_of"]

Exact: TypeAlias = int | Fraction
"""Numerators are integers; only where what was used before is no whole minor unit, they are not."""


def left_of(cap: Cap, used: FrozenMapping[str, Fraction]) -> Exact:
    """Return what a cap leaves in its smallest unit, 0 or more."""
    before: Fraction | None = used.get(cap.code)
    if before is None:
        return cap.limit
    if before.denominator == 1:
        return max(0, cap.limit - before.numerator * cap.units)
    return max(Fraction(0), cap.limit - before * cap.units)


@attrs.define(slots=True)
class Room:
    """
    What caps by amount and by count leave.

    Attributes:
        used: What was used before, as stated.
        below: Denominator of amounts.
        left: Cap → what it leaves.
        taken: Cap → line → what of its amount lies within.
        counted: Caps that count this transaction.
    """

    used: FrozenMapping[str, Fraction]
    below: int
    left: dict[str, Exact] = attrs.field(factory=dict)
    taken: dict[str, dict[str, Exact]] = attrs.field(factory=dict)
    counted: dict[str, Cap] = attrs.field(factory=dict)

    def counts(self, cap: Cap) -> bool:
        """Tell whether a cap by count has room for this transaction."""
        return left_of(cap, self.used) >= 1

    def take(self, cap: Cap, sizes: list[tuple[str, Exact]]) -> list[tuple[str, Exact]]:
        """Take the amounts of lines into a cap; return what of each lies within."""
        code = cap.code
        left = self.left.get(code)
        if left is None:
            left = left_of(cap, self.used) * self.below
        taken = self.taken.setdefault(code, {})
        wanted = sum(max(0, size - taken.get(ref, 0)) for ref, size in sizes)
        if cap.row.whole and wanted > left:
            return [(ref, min(size, taken.get(ref, 0))) for ref, size in sizes]
        within: list[tuple[str, Exact]] = []
        for ref, size in sizes:
            before = taken.get(ref, 0)
            more = min(max(0, size - before), left)
            left -= more
            taken[ref] = before + more
            within.append((ref, min(size, before + more)))
        self.left[code] = left
        return within
