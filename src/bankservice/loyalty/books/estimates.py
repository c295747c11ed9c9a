"""Points granted, redeemed and lapsed, and how many are expected to be redeemed in all."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs

__all__ = ["Stand", "expected_total"]


@attrs.frozen(kw_only=True)
class Stand:
    """
    Where a set of points stood when its redemption was estimated.

    Attributes:
        redeemed: Points redeemed so far.
        lapsed: Points that can be redeemed no more: lapsed or forfeited.
        expected: How many are expected to be redeemed in all, those redeemed so far included; by
            the expected share where left out.
    """

    redeemed: int = 0
    lapsed: int = 0
    expected: Decimal | None = None

    def check(self, points: int) -> None:
        """
        Check that it can be a stand of so many points.

        Raises:
            ValueError: If a count is negative, more went than there were, or the expected total is
                below what was redeemed or above what can be.
        """
        for name in ("redeemed", "lapsed"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; points are counted from 0 up.")
        most = points - self.lapsed
        if self.redeemed > most:
            raise ValueError(
                f"{self.redeemed} redeemed and {self.lapsed} lapsed are more than the {points} granted."
            )
        if self.expected is not None and not self.redeemed <= self.expected <= most:
            raise ValueError(
                f"{self.expected} expected in all; it must lie between the {self.redeemed} redeemed "
                f"and the {most} that can be."
            )


def expected_total(points: int, share: Fraction, stand: Stand) -> Fraction:
    """
    Return how many of *points* are expected to be redeemed in all.

    Where the stand does not say, it is the share of the points, but never fewer than were redeemed
    and never more than can be.

    Examples:
        >>> expected_total(1_000, Fraction(4, 5), Stand(redeemed=850))
        Fraction(850, 1)
    """
    if stand.expected is not None:
        return Fraction(stand.expected)
    return max(Fraction(stand.redeemed), min(share * points, Fraction(points - stand.lapsed)))
