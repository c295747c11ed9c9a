"""
On which days each customer did what, from rows in any order.

What counts is the day, so each customer, day and kind of activity is kept once: memory grows with
the days on which somebody did something, never with rows. A row whose amount cannot be read still
tells its day; a row whose day cannot be read leaves its customer in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from bankservice.run.files import LINE, Source
from bankservice.run.holdings import AFTER_CLOSING, BEFORE_OPENING
from bankservice.run.register import UNKNOWN_ACCOUNT, UNKNOWN_CUSTOMER, Register
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import Rows
from bankservice.run.stages_plan import ACTIVITY, Act

__all__ = ["ActiveDays", "Days"]

PENDING: Final = 4_000_000
"""Rows that wait before each is kept once."""

_HELD: Final[Any] = {
    "who": pl.UInt32,
    "on": pl.Date,
    "act": pl.UInt16,
}


class ActiveDays:
    """Takes rows of activity; tells the days of each customer."""

    def __init__(
        self,
        register: Register,
        kinds: Mapping[str, Act],
        zones: tuple[str, str],
        rejects: Rejects | None,
    ) -> None:
        """
        Start empty.

        Args:
            register: Whose accounts.
            kinds: Kind or means of the extracts → what it is; nothing: all are transactions.
            zones: The bank's zone, whose local times the extracts state, and the policy's, whose
                days count.
            rejects: Where what does not fit is told; None where another part tells it.
        """
        self._customers = register.customers.select("customer").with_row_index("who")
        self._accounts = register.accounts.select(
            "account", pl.col("customer").alias("owner"), "opened_on", "closed_on"
        )
        self._zones = zones
        self._rejects = rejects
        self.acts: tuple[Act, ...] = tuple(dict.fromkeys(kinds.values())) or (Act(),)
        places = {act: place for place, act in enumerate(self.acts)}
        self._kinds = {kind: places[act] for kind, act in kinds.items()}
        self._held: list[pl.DataFrame] = [pl.DataFrame(schema=_HELD)]
        self._waiting = 0
        self.idle: Counter[str] = Counter()
        """Kind → rows that are no activity because the plan does not name it."""
        self.doubtful: set[str] = set()
        """Customers of whom a row's day could not be read."""
        self.doubtful.update(register.accounts.filter("doubtful")["customer"])

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        if source.extract.table not in ACTIVITY:
            return
        columns = [name for name in rows.good.columns if name != "amount"]
        told = rows.good.select(columns).with_columns(pl.lit(value=True).alias("#good"))
        if rows.doubtful.height:
            known = [name for name in columns if name in rows.doubtful.columns]
            lost = rows.doubtful.select(known).with_columns(pl.lit(value=False).alias("#good"))
            told = pl.concat([told, lost], how="diagonal")
        told = self._alive(source, self._dated(self._owned(source, told)))
        self.doubtful.update(told.filter(pl.col("day").is_null())["customer"])
        told = self._named(told.filter(pl.col("day").is_not_null()))
        held = told.select("who", pl.col("day").alias("on"), "act").cast(_HELD).unique()
        self._held.append(held)
        self._waiting += held.height
        if self._waiting > PENDING:
            self._held = [pl.concat(self._held).unique()]
            self._waiting = 0

    def _owned(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of customers of the register, with `customer` and `who`."""
        field = "customer"
        if "account" in rows.columns:
            rows = rows.join(self._accounts, on="account", how="left", maintain_order="left")
            stated = [pl.col("customer")] if "customer" in rows.columns else []
            rows = rows.with_columns(pl.coalesce(*stated, "owner").alias("customer"))
            field = "account" if not stated else field
        rows = rows.join(self._customers, on="customer", how="left", maintain_order="left")
        strange = rows.filter(pl.col("who").is_null() & pl.col("#good"))
        if strange.height and source.extract.only_known and self._rejects is not None:
            self._rejects.pass_over(source.counted, strange.height)
        elif strange.height and self._rejects is not None:
            said = UNKNOWN_ACCOUNT() if field == "account" else UNKNOWN_CUSTOMER()
            for line, value in strange.select(LINE, field).iter_rows():
                shape = "" if value is None else mask(value)
                told = Reject(source.name, line, source.written(field), shape, said)
                self._rejects.drop(source.counted, told)
        return rows.filter(pl.col("who").is_not_null())

    def _dated(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with their `day` in the policy's zone, null where it is not known."""
        days = [pl.col("on")] if "on" in rows.columns else []
        if "at" in rows.columns:
            here, there = self._zones
            # Of a time there was twice the first; one there never was tells its day all the same.
            at = pl.col("at").dt.replace_time_zone(
                here, ambiguous=pl.lit("earliest"), non_existent="null"
            )
            days += [at.dt.convert_time_zone(there).dt.date(), pl.col("at").dt.date()]
        return rows.with_columns(pl.coalesce(*days).alias("day"))

    def _alive(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows; a day on which the account did not exist is not known."""
        if "opened_on" not in rows.columns:
            return rows
        early = (pl.col("day") < pl.col("opened_on")).fill_null(value=False)
        late = (pl.col("day") > pl.col("closed_on")).fill_null(value=False)
        if self._rejects is not None:
            for wrong, said in ((early, BEFORE_OPENING()), (late, AFTER_CLOSING())):
                field = source.written("on" if "on" in source.extract.columns else "at")
                for line in rows.filter(wrong & pl.col("#good"))[LINE]:
                    told = Reject(source.name, line, field, "", said)
                    self._rejects.drop(source.counted, told)
        return rows.with_columns(pl.when(~(early | late)).then("day").alias("day"))

    def _named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that are activity, with the place of their `act`."""
        if not self._kinds:
            return rows.with_columns(pl.lit(0).alias("act"))
        names = [name for name in ("kind", "means") if name in rows.columns]
        acts = (
            pl.col(n).replace_strict(self._kinds, default=None, return_dtype=pl.UInt16)
            for n in names
        )
        rows = rows.with_columns(pl.coalesce(*acts).alias("act"))
        idle = rows.filter(pl.col("act").is_null())
        told = pl.concat_str(*names, separator=" / ", ignore_nulls=True).alias("kind")
        for kind, count in idle.select(told)["kind"].value_counts().iter_rows():
            self.idle[kind] += count
        return rows.filter(pl.col("act").is_not_null())

    def close(self) -> None:
        """Keep each customer, day and act once, in order."""
        self._held = [pl.concat(self._held).unique().sort("who", "on", "act")]
        self._waiting = 0

    def between(self, after: date | None, until: date) -> Days:
        """
        Return the days of everybody, once closed.

        Args:
            after: Days after this one; None: from the first.
            until: The last day.
        """
        wanted = pl.col("on") <= until
        if after is not None:
            wanted &= pl.col("on") > after
        return Days(self._held[0].filter(wanted))

    def measures(self, since: date, until: date) -> Mapping[str, tuple[date, int]]:
        """
        Return customer → the last day of activity that no bank caused, and how many days of it
        there were in a window.

        Args:
            since: First day of the window.
            until: Its last day; what came later is left aside.
        """
        own = [place for place, act in enumerate(self.acts) if act.initiator != "bank"]
        told = self._held[0].filter(pl.col("act").is_in(own) & (pl.col("on") <= until))
        inside = pl.col("on").filter(pl.col("on") >= since).n_unique()
        found = told.group_by("who").agg(pl.col("on").max().alias("last"), inside.alias("days"))
        rows = self._customers.join(found, on="who").select("customer", "last", "days")
        return {customer: (last, days) for customer, last, days in rows.iter_rows()}

    def business(self) -> pl.DataFrame:
        """Return `who` and `on`: the days on which customers did anything, each once, once closed."""
        own = [place for place, act in enumerate(self.acts) if act.initiator != "bank"]
        return self._held[0].filter(pl.col("act").is_in(own)).select("who", "on").unique()

    def first(self) -> Mapping[str, date]:
        """Return customer → the first day of any activity, once closed."""
        firsts = self._held[0].group_by("who").agg(pl.col("on").min())
        return dict(self._customers.join(firsts, on="who").select("customer", "on").iter_rows())


class Days:
    """Days of activity by customer, in the order of the register."""

    def __init__(self, rows: pl.DataFrame) -> None:
        """Take rows in order of `who` and day."""
        self._rows = rows

    def of(self, first: int, end: int) -> Mapping[int, list[tuple[date, int]]]:
        """Return place in the register → days and acts, of the places from *first* before *end*."""
        low, high = (self._rows["who"].search_sorted(place, "left") for place in (first, end))
        found: dict[int, list[tuple[date, int]]] = {}
        for who, on, act in self._rows.slice(low, high - low).iter_rows():
            found.setdefault(who, []).append((on, act))
        return found
