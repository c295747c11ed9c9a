"""One decided day of tiers: what is counted while it is decided, and what is kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from bankservice.core.policy import Version
from bankservice.segmentation import RunResult
from bankservice.segmentation.ladder import Ladder

__all__ = ["Day"]


class Day:
    """One decided day: what is counted while it is decided, and its rows."""

    def __init__(self, on: date, version: Version[Ladder]) -> None:
        """Start a day under a version of the policy."""
        self.on = on
        self.version = version
        self.moves: Counter[tuple[str, str]] = Counter()
        self.unknown: Counter[str] = Counter()
        self.result = RunResult()
        self.later: tuple[date, ...] = ()
        self.became: Counter[str] = Counter()
        self.tiers = pl.DataFrame()
        self.lapses = pl.DataFrame()
        self.moved_rows = pl.DataFrame()

    def count(self, result: RunResult, *, before: bool) -> None:
        """Add what became of a shard, and whether the day was decided before."""
        self.result += result
        same = result.unchanged or result.replayed
        self.became["same" if same else "corrected" if before else "first"] += 1

    @property
    def decided(self) -> str:
        """How the day stands to the record: decided `first`, the `same` again, or `corrected`."""
        return next(word for word in ("corrected", "first", "same") if self.became[word])

    def look_ahead(self, decided: Iterable[date]) -> None:
        """Note days after this one that were decided before: a correction leaves them as they were."""
        self.later = tuple(sorted({*self.later, *(on for on in decided if on > self.on)}))

    def move(self, before: str, after: str) -> None:
        """Count one customer's tier before and after."""
        self.moves[before, after] += 1

    def close(self, rows: pl.DataFrame, lapses: pl.DataFrame) -> None:
        """Keep what later days and the report look at, and no more."""
        counts = rows["unknown"].drop_nulls().value_counts()
        self.unknown = Counter(dict(counts.iter_rows()))
        self.tiers = rows.select("customer", pl.col("tier").cast(pl.Categorical))
        self.lapses = lapses
        self.moved_rows = rows.filter(pl.col("tier") != pl.col("tier_before")).select(
            "customer", "tier_before", "tier"
        )

    def forget(self) -> None:
        """Keep the counts alone."""
        self.tiers, self.lapses = self.tiers.clear(), self.lapses.clear()
        self.moved_rows = self.moved_rows.clear()

    @property
    def codes(self) -> tuple[str, ...]:
        """Tiers of the policy, base first."""
        ladder = self.version.parameters
        return (ladder.base, *ladder.codes)

    @property
    def held(self) -> Counter[str]:
        """Customers by tier."""
        held: Counter[str] = Counter()
        for (_, after), count in self.moves.items():
            held[after] += count
        return held

    def moved(self, way: int) -> int:
        """Return how many customers moved up (1) or down (-1); tiers gone from the policy aside."""
        rank = {code: place for place, code in enumerate(self.codes)}
        return sum(
            count
            for (before, after), count in self.moves.items()
            if before in rank and after in rank and (rank[after] - rank[before]) * way > 0
        )

    def summary(self) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        held = self.held
        return {
            "policy": str(self.version.ref),
            "customers": self.moves.total(),
            "tiers": {code: held[code] for code in self.codes},
            "up": self.moved(1),
            "down": self.moved(-1),
            "unknown": dict(sorted(self.unknown.items())),
            "lapses": self.lapses.height,
            "decided": self.decided,
            "written": self.result.written,
            "corrected": self.result.corrected,
            "held_back": list(self.result.held_back),
            "run_again": [str(on) for on in self.later] if self.result.corrected else [],
        }

    def line(self) -> str:
        """Return the day's counts in one line of English, for a terminal."""
        held = self.held
        words = [f"{self.moves.total():,} customers"]
        words += (f"{code} {held[code]:,}" for code in self.codes)
        words.append(f"{self.moved(1):,} up, {self.moved(-1):,} down")
        if self.unknown:
            words.append(f"{self.unknown.total():,} undecided")
        if self.decided == "corrected":
            plural = "" if self.result.corrected == 1 else "s"
            corrected = f"{self.result.corrected:,} decision{plural} corrected"
            words.append(f"decided before on other data, {corrected}")
        if self.result.held_back:
            words.append(f"{len(self.result.held_back):,} left for a person to assess")
        return "; ".join(words)
