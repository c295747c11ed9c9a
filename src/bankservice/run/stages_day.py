"""One decided day of stages: what is counted while it is decided, and what is kept of it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from operator import attrgetter
from typing import Any, Final

import attrs
import polars as pl

from bankservice.core.policy import Version
from bankservice.run.stages_flow import Flow, Move
from bankservice.run.stages_words import STAGES

__all__ = ["FLOW", "RESULT", "StageRow", "StagesDay"]

RESULT: Final = {
    "customer": pl.String,
    "stage": pl.String,
    "since": pl.Date,
    "reason": pl.String,
    "next_stage": pl.String,
    "next_on": pl.Date,
    "first_activity_on": pl.Date,
    "last_activity_on": pl.Date,
    "unknown": pl.String,
}
FLOW: Final = {
    "on": pl.Date,
    "from": pl.String,
    "to": pl.String,
    "reason": pl.String,
    "customers": pl.Int64,
}


@attrs.frozen(kw_only=True)
class StageRow:
    """
    Where one customer stands.

    Attributes:
        customer: Who.
        stage: The stage; None where nobody knows.
        since: Its first day.
        reason: Why it began.
        next_stage: What comes if nothing happens.
        next_on: The first day of that.
        first_activity_on: First day of business.
        last_activity_on: Last day on which the customer did anything.
        unknown: Why there is no stage.
    """

    customer: str
    stage: str | None = None
    since: date | None = None
    reason: str | None = None
    next_stage: str | None = None
    next_on: date | None = None
    first_activity_on: date | None = None
    last_activity_on: date | None = None
    unknown: str | None = None


_cells: Final = attrgetter(*RESULT)
"""The cells of a row: the fields of `StageRow` stand in the order of the columns."""


class StagesDay:
    """One day: what is counted while customers are gone through, and what is kept of it."""

    def __init__(self, on: date, after: date | None, version: Version[Any]) -> None:
        """
        Start empty.

        Args:
            on: The day.
            after: The day decided before; None for the first.
            version: The policy in force.
        """
        self.on = on
        self.after = after
        self.version = version
        self.flow = Flow()
        self.held: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.idle: Counter[str] = Counter()
        self.entries = 0
        self.corrected = 0
        self.differs = 0
        self._rows: list[tuple[Any, ...]] = []

    def add(self, row: StageRow, history: tuple[tuple[str, date, str], ...]) -> None:
        """Count one customer."""
        self._rows.append(_cells(row))
        if row.stage is None:
            self.unknown[row.unknown or ""] += 1
        else:
            self.held[row.stage] += 1
            self.flow.add(history, row.stage)

    def close(self) -> None:
        """
        Look whether the flow and the stages agree.

        Raises:
            ConservationError: If they do not.
        """
        self.flow.check(self.on, len(self._rows), self.unknown.total())

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves since the day decided before."""
        return self.flow.moves(self.after, self.on)

    @property
    def customers(self) -> int:
        """Customers of the book."""
        return self.held.total() + self.unknown.total()

    @property
    def decided(self) -> str:
        """How the day stands to the record: decided `first`, the `same` again, or `corrected`."""
        return "corrected" if self.corrected else "first" if self.entries else "same"

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the result files of the day; its rows are not kept."""
        rows = pl.DataFrame(self._rows, schema=RESULT, orient="row").sort("customer")
        moves = [attrs.astuple(move) for move in self.moves]
        self._rows = []
        return {"stages": rows, "stage-flow": pl.DataFrame(moves, schema=FLOW, orient="row")}

    def moved_to(self, stage: str) -> int:
        """Return how many customers came into a stage since the day decided before."""
        return sum(move.customers for move in self.moves if move.after == stage)

    def summary(self) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        return {
            "policy": str(self.version.ref),
            "customers": self.customers,
            "stages": {stage: self.held[stage] for stage in STAGES},
            "moved": sum(move.customers for move in self.moves),
            "unknown": dict(sorted(self.unknown.items())),
            "idle": dict(sorted(self.idle.items())),
            "refused": dict(sorted(self.refused.items())),
            "entries": self.entries,
            "corrected": self.corrected,
            "differs": self.differs,
            "decided": self.decided,
            "run_again": [],
        }

    def line(self) -> str:
        """Return the day's counts in one line of English, for a terminal."""
        words = [f"{self.customers:,} customers"]
        words += (f"{stage} {self.held[stage]:,}" for stage in STAGES if self.held[stage])
        words.append(f"{sum(move.customers for move in self.moves):,} moves")
        if self.unknown:
            words.append(f"{self.unknown.total():,} undecided")
        if self.refused:
            words.append(f"{self.refused.total():,} refused")
        if self.corrected:
            plural = "" if self.corrected == 1 else "s"
            words.append(
                f"decided before on other data, {self.corrected:,} customer{plural} corrected"
            )
        if self.decided == "same":
            words.append("nothing new")
        return "; ".join(words)
