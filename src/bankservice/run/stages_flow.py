"""
The flow of a book: who entered and left each stage, day by day.

A day's members are those of the day before with who entered and without who left; the stages and
who is not decided are the whole book. Both are looked at whenever a flow is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

import attrs

from bankservice.core.errors import BankServiceError

__all__ = ["OUTSIDE", "ConservationError", "Flow", "Move"]

OUTSIDE: Final = ""
"""Where customers stand before they have a stage."""


class ConservationError(BankServiceError, ArithmeticError):
    """A flow does not lead to what it should lead to; no result may stand on it."""

    def __init__(self, on: date, stage: str, flowed: int, held: int) -> None:
        super().__init__(on, stage, flowed, held)
        self.on, self.stage, self.flowed, self.held = on, stage, flowed, held

    def __str__(self) -> str:
        return (
            f"On {self.on} the moves lead to {self.flowed} customers of stage {self.stage!r}, and "
            f"{self.held} are there. No results were written; please report this."
        )


@attrs.frozen
class Move:
    """How many customers went from one stage to another on a day, and why the new one began."""

    on: date
    before: str
    after: str
    reason: str
    customers: int


class Flow:
    """Counts the moves of histories."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._moves: Counter[tuple[date, str, str, str]] = Counter()
        self._held: Counter[str] = Counter()

    def add(self, history: Iterable[tuple[str, date, str]], stage: str | None) -> None:
        """
        Add one customer.

        Args:
            history: Stage, its first day and its reason, in the order of time.
            stage: The stage told of now; None where nobody knows.
        """
        before = OUTSIDE
        for after, on, reason in history:
            self._moves[on, before, after, reason] += 1
            before = after
        if stage is not None:
            self._held[stage] += 1

    def moves(self, after: date | None, until: date) -> tuple[Move, ...]:
        """Return the moves of the days after one day up to another, in order."""
        return tuple(
            Move(*key, count)
            for key, count in sorted(self._moves.items())
            if key[0] <= until and (after is None or key[0] > after)
        )

    def days(self) -> Iterator[tuple[date, Mapping[str, int]]]:
        """Yield each day on which somebody moved, and who stands where at its end."""
        by_day: dict[date, list[tuple[str, str, int]]] = {}
        for (on, before, after, _), count in self._moves.items():
            by_day.setdefault(on, []).append((before, after, count))
        members: Counter[str] = Counter()
        for on in sorted(by_day):
            for before, after, count in by_day[on]:
                members[before] -= count
                members[after] += count
            yield on, {stage: members[stage] for stage in members if stage != OUTSIDE}

    def check(self, on: date, customers: int, undecided: int) -> None:
        """
        Look whether the flow leads to the stages told of, and they are the whole book.

        Args:
            on: The day told of.
            customers: Customers of the book.
            undecided: Of these, those of no stage.

        Raises:
            ConservationError: If not.
        """
        last: Mapping[str, int] = {}
        for _, last in self.days():
            for stage, count in last.items():
                if count < 0:
                    raise ConservationError(on, stage, count, 0)
        for stage in sorted({*last, *self._held}):
            if last.get(stage, 0) != self._held[stage]:
                raise ConservationError(on, stage, last.get(stage, 0), self._held[stage])
        if self._held.total() + undecided != customers:
            raise ConservationError(on, OUTSIDE, self._held.total() + undecided, customers)
