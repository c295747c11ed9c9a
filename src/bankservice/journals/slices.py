"""
What both quotas check: how a slice of a limit is asked for, spent from and settled.

A slice that fell back stays fallen back. Clocks of several writers differ; if a slice were
judged anew by each `now`, a slow clock could spend units that a fast one has granted again.
"""

from __future__ import annotations

import attrs

from bankservice.core.errors import IntegrityError

__all__ = [
    "Slice",
    "checked_ask",
    "checked_limit_units",
    "checked_spent",
    "checked_units",
    "checked_use",
]


@attrs.frozen
class Slice:
    """
    A slice as kept.

    Attributes:
        amount: Units granted.
        until: Instant, in microseconds, from which what is not recorded as spent falls back.
        open: Neither settled nor seen to have fallen back.
        spent: Units recorded as used so far.
        settled: Whether `spent` is final because the writer said so.
    """

    amount: int
    until: int
    open: bool = True
    spent: int = 0
    settled: bool = False

    @property
    def unspent(self) -> int:
        """The units that go back to the limit when the slice is settled or falls back."""
        return self.amount - self.spent


def _units(what: str, units: int, least: int) -> None:
    if type(units) is not int:
        raise TypeError(f"{what} is a {type(units).__name__}; pass whole units as int.")
    if not least <= units < 2**63:
        raise ValueError(f"{what} is {units}; pass {least} or more, in 63 bits.")


def _ended(taken: Slice, now: int) -> bool:
    return not taken.open or taken.until <= now


def checked_limit_units(quota: str, limit: int) -> None:
    """Refuse a limit that is not a whole number from 0 on."""
    _units(f"the limit of quota {quota!r}", limit, 0)


def checked_ask(quota: str, amount: int, now: int, until: int) -> None:
    """Refuse a lease of nothing, or one that has ended before it begins."""
    _units(f"the amount asked of quota {quota!r}", amount, 1)
    if until <= now:
        raise ValueError(f"a lease of quota {quota!r} ends before it begins; pass a later `until`.")


def checked_units(lease: str, units: int) -> None:
    """Refuse to spend what is no number of units from 1 on."""
    _units(f"what lease {lease!r} spends", units, 1)


def checked_use(quota: str, lease: str, taken: Slice, units: int, now: int) -> None:
    """
    Refuse to spend what a slice does not hold, or holds no longer.

    Raises:
        IntegrityError: If the slice was settled, has fallen back by *now*, or holds fewer units.
    """
    checked_units(lease, units)
    if taken.settled:
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} was settled with {taken.spent}; got {units} more. "
            "Lease again before spending."
        )
    if _ended(taken, now):
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} has ended, and what it had not spent went back; "
            "lease again before spending."
        )
    if units > taken.unspent:
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} holds {taken.unspent} of its {taken.amount}; "
            f"got {units} spent. Spend at most the allotment."
        )


def checked_spent(quota: str, lease: str, taken: Slice, spent: int, now: int) -> bool:
    """
    Tell whether a settlement is new.

    Returns:
        True if it is to be recorded, False if the same one was recorded before.

    Raises:
        IntegrityError: If another settlement was recorded, the slice has fallen back by *now*,
            or *spent* is more than the slice or less than what is recorded as spent of it.
    """
    _units(f"what lease {lease!r} spent", spent, 0)
    if taken.settled:
        if taken.spent != spent:
            raise IntegrityError(
                f"lease {lease!r} of quota {quota!r} was settled with {taken.spent}; got {spent}. "
                "The first settlement stands."
            )
        return False
    if _ended(taken, now):
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} was not settled in time, and what it had not spent "
            "went back; lease again before spending."
        )
    if not taken.spent <= spent <= taken.amount:
        raise IntegrityError(
            f"lease {lease!r} of quota {quota!r} holds {taken.amount} and has spent {taken.spent}; "
            f"got {spent} spent in all. Settle between the two."
        )
    return True
