"""
A part: one domain's share of a run.

A run reads a bank's extracts once and hands the rows to its parts; each decides every day it is
asked about, keeps the record of it, and tells what belongs in the report. A later domain joins
the run with one class of four methods and one line in `PARTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

import attrs
import polars as pl

from bankservice.bank import Bank
from bankservice.core.errors import Fault, FaultsError, UnknownNameError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.institution import Institution
from bankservice.core.policy import Policy, Version
from bankservice.report import Figure, Section
from bankservice.run.files import Source
from bankservice.run.plan import Extract
from bankservice.run.register import Register
from bankservice.run.rejects import Rejects
from bankservice.run.rows import Rows

__all__ = ["DayResult", "Part", "PartReport", "Setting", "Watch"]

Watch = Callable[[str, int, int], None]
"""Told (stage, done, total) as a run goes on; the total is 0 where it is not known."""


@attrs.frozen(eq=False, kw_only=True)
class Setting:
    """
    What every part works with.

    Attributes:
        bank: Where the record is kept.
        profile: The bank's profile.
        institution: The profile in force on the last day.
        days: The days that will be decided, ascending.
        extracts: What is read.
        rejects: Where what does not fit is told.
        watch: Told how far the run is.
        parts: Names of the parts there are, in the order they decide a day.
        locale: Language of what people read.
        facts: Fact → customer and value, in columns, as an earlier part of the same day tells
            it: `tier` is the one before the day was decided, `tier_now` the one after,
            `average` the measure `assets` in minor units. `stage` has more columns: why it began,
            since when, and the last activity.
    """

    bank: Bank
    profile: Policy[Any]
    institution: Institution
    days: tuple[date, ...]
    extracts: tuple[Extract, ...]
    rejects: Rejects
    watch: Watch
    parts: tuple[str, ...] = ()
    locale: str = "en"
    facts: dict[str, pl.DataFrame] = attrs.field(factory=dict)

    @property
    def tables(self) -> frozenset[str]:
        """Names of the tables there are extracts of."""
        return frozenset(extract.table for extract in self.extracts)

    def policy(self, policy_id: str, kind: str, path: str) -> Policy[Any]:
        """
        Return a policy that a plan names.

        Args:
            policy_id: Its id.
            kind: What kind it must be.
            path: Where the plan names it, for messages.

        Raises:
            FaultsError: If there is none, or it is of another kind.
        """
        try:
            policy = self.bank.policies.get(policy_id)
        except UnknownNameError as error:
            fault = Fault(path, repr(policy_id), "the id of a policy", error.near)
            raise FaultsError("bank.toml", (fault,)) from None
        if policy.kind.name != kind:
            fault = Fault(path, f"a policy of kind {policy.kind.name}", f"one of kind {kind}")
            raise FaultsError("bank.toml", (fault,))
        return policy


@attrs.frozen(eq=False)
class DayResult:
    """
    What a part decided on one day.

    Attributes:
        on: The day.
        files: Name → rows, written as CSV and as Parquet.
        summary: Counts, for people and for `--json`. `decided` tells whether the day was decided
            `first`, the `same` again, or `corrected`; `run_again` the days that a correction
            leaves behind.
        line: The same in one line of English, for a terminal.
        texts: Name → text, written as it stands.
    """

    on: date
    files: Mapping[str, pl.DataFrame]
    summary: Mapping[str, Any]
    line: str
    texts: Mapping[str, str] = FrozenMapping()


@attrs.frozen(eq=False)
class PartReport:
    """
    What a part tells in the report.

    Attributes:
        figures: For the first section: the state at a glance.
        sections: Its own sections.
        versions: The policy versions it decided under, with their policies.
    """

    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    versions: tuple[tuple[Policy[Any], Version[Any]], ...]


class Part(Protocol):
    """
    One domain's share of a run.

    Promises:

    * `begin` is called once, after the register is known and before any row; it refuses what it
      was told (`FaultsError`) before anything is written.
    * `take` is called for every block of the tables beyond the register, in any order of rows.
    * `decide` is called once for each day, ascending. The same input again changes nothing; other
      input for a day decided before re-decides exactly what it touches.
    * `report` is called last.
    """

    def begin(self, register: Register) -> None:
        """Take the register."""

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""

    def decide(self, on: date) -> DayResult:
        """Decide a day and keep the record."""

    def report(self) -> PartReport:
        """Tell what belongs in the report."""
