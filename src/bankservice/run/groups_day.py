"""One day of groups: what is counted while it is decided, and what is kept of it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final

import polars as pl

from bankservice.core.policy import Version
from bankservice.run.groups_rfm import Scored
from bankservice.segmentation import Entitling, Groups, MembershipView

__all__ = ["GROUPS", "GroupsDay"]

GROUPS: Final = {
    "customer": pl.String,
    "screening": pl.String,
    "behaviours": pl.String,
    "segment": pl.String,
    "since": pl.Date,
    "tier": pl.String,
    "stage": pl.String,
    "rfm": pl.String,
    "services": pl.String,
    "unknown": pl.String,
}


class GroupsDay:
    """One day: what is counted while customers are gone through, and what is kept of it."""

    def __init__(
        self, on: date, version: Version[Groups], entitling: Version[Entitling] | None
    ) -> None:
        """Start a day under a version of the groups, and of the services by class."""
        self.on = on
        self.version = version
        self.entitling = entitling
        self.segments: Counter[tuple[str, str]] = Counter()
        self.behaviours: Counter[str] = Counter()
        self.screening: Counter[str] = Counter()
        self.services: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.customers = 0
        self.undecided = 0
        self.entries = 0
        self.scored: Scored | None = None
        self._rows: list[tuple[Any, ...]] = []

    def add(
        self,
        customer: str,
        view: MembershipView,
        beside: tuple[str, str, str],
        services: tuple[str, ...],
    ) -> None:
        """Count one customer; *beside* are tier, stage and RFM cell, empty where not known."""
        tier, stage, cell = beside
        unknown = sorted({fact for facts in view.undecided.values() for fact in facts})
        self.customers += 1
        self.segments[view.segment or "", tier] += 1
        self.behaviours.update(view.behaviours)
        self.screening[view.screening or ""] += 1
        self.services.update(services)
        self.unknown.update(unknown)
        self.undecided += "segment" in view.undecided
        self._rows.append(
            (
                customer,
                view.screening,
                " ".join(view.behaviours),
                view.segment,
                view.since,
                tier or None,
                stage or None,
                cell or None,
                " ".join(services),
                " ".join(unknown) or None,
            )
        )

    @property
    def decided(self) -> str:
        """How the day stands to the record: decided `first`, or the `same` again."""
        return "first" if self.entries else "same"

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the result files of the day; its rows are not kept."""
        rows = pl.DataFrame(self._rows, schema=GROUPS, orient="row").sort("customer")
        self._rows = []
        return {"groups": rows} | ({"rfm": self.scored.rows} if self.scored is not None else {})

    def summary(self) -> dict[str, Any]:
        """Return the day's counts as plain JSON."""
        by_segment: Counter[str] = Counter()
        for (segment, _), count in self.segments.items():
            by_segment[segment] += count
        return {
            "policy": str(self.version.ref),
            "customers": self.customers,
            "segments": dict(sorted(by_segment.items())),
            "behaviours": dict(sorted(self.behaviours.items())),
            "screening": dict(sorted(self.screening.items())),
            "undecided": self.undecided,
            "unknown": dict(sorted(self.unknown.items())),
            "services": dict(sorted(self.services.items())),
            "cells": {} if self.scored is None else dict(self.scored.cells),
            "refused": dict(sorted(self.refused.items())),
            "entries": self.entries,
            "decided": self.decided,
            "run_again": [],
        }

    def line(self) -> str:
        """Return the day's counts in one line of English, for a terminal."""
        summary = self.summary()
        words = [f"{self.customers:,} customers"]
        words += (f"{code} {n:,}" for code, n in summary["segments"].items() if code)
        words += (f"{code} {n:,}" for code, n in summary["behaviours"].items())
        if self.undecided:
            words.append(f"{self.undecided:,} undecided")
        if self.decided == "same":
            words.append("nothing new")
        return "; ".join(words)
