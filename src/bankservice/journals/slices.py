"""
What both quotas check: how a slice of a limit is asked for and settled.

A slice that fell back stays fallen back. Clocks of several writers differ; if a slice were
judged anew by each `now`, a slow clock could spend units that a fast one has granted again.
"""

from __future__ import annotations

import attrs

from bankservice.core.errors import IntegrityError

__all__ = ["Slice", "checked_ask", "checked_limit_units", "checked_spent"]


@attrs.frozen
class Slice:
    """
    A slice as kept.

    Attributes:
        amount: Units granted.
        until: Instant, in microseconds, from which it falls back whole.
        open: Neither settled nor seen to have fallen back.
        spent: Units used; None until settled.
    """

    amount: int
    until: int
    open: bool = True
    spent: int | None = None


def _units(what: str, units: int, least: int) -> None:
    if type(units) is not int:
        raise TypeError(f"{what} is a {type(units).__name__}; pass whole units as int.")
    if units < least:
        raise ValueError(f"{what} is {units}; pass {least} or more.")


def checked_limit_units(quota: str, limit: int) -> None:
    """Refuse a limit that is not a whole number from 0 on."""
    _units(f"the limit of quota {quota!r}", limit, 0)


def checked_ask(quota: str, amount: int, now: int, until: int) -> None:
    """Refuse a lease of nothing, or one that has ended before it begins."""
    _units(f"the amount asked of quota {quota!r}", amount, 1)
    if until <= now:
        raise ValueError(f"a lease of quota {quota!r} ends before it begins; pass a later `until`.")


def checked_spent(quota: str, lease: str, taken: Slice, spent: int, now: int) -> bool:
    """
    Tell whether a settlement is new.

    Returns:
        True if it is to be recorded, False if the same one was recorded before.

    Raises:
        IntegrityError: If another settlement was recorded, the slice has fallen back by *now*,
            or *spent* is more than the slice.
    """
    _units(f"what lease {lease!r} spent", spent, 0)
    if taken.spent is not None:
        if taken.spent != spent:
            raise IntegrityError(
                f"lease {lease!r} of quota {quota!r} was settled with {taken.spent}; got {spent}. "
                "The first settlement stands."
            )
        return False
    if not taken.open or taken.until <= now:
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} was not settled in time and went back whole; "
            "lease again before spending."
        )
    if spent > taken.amount:
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} holds {taken.amount}; got {spent} spent. "
            "Spend at most the allotment."
        )
    return True
