"""
What accounts held, day by day, from rows in any order, in memory that does not grow with rows.

A movement of `a` on day `d` adds `a` to every end-of-day balance from `d` on: to a window that
ends before day `e` it adds `a × (e − d)` balance-days. That sum does not ask for an order. So it is
enough to keep, for each account and each stretch of days between the edges of the windows asked
for, the sum of the amounts and the sum of the amounts times their days; all of it in whole
numbers, exactly what summing day by day would give.

Accounts in a foreign currency are converted day by day, and stated balances hold until the next
one: of those the days themselves are kept, once each, so memory grows with the days of the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.run.files import LINE, Source
from bankservice.run.register import UNKNOWN_ACCOUNT, Register, minor
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import SCALE, TOO_FINE, Rows

__all__ = ["Holdings", "Window"]

BEFORE_OPENING = Says("before-opening")
AFTER_CLOSING = Says("after-closing")
TWO_BALANCES = Says("two-balances", ("on",))
UNRECONCILED = Says("unreconciled", ("account", "on"))


Window = tuple[date, date]
"""First day (counted) and the day after the last."""

PENDING: Final = 4_000_000
"""Rows of partial sums that wait before they are summed up again."""

_KEYS: Final = ("index", "stretch")
_NEVER: Final = date.max


class Holdings:
    """Takes transactions and stated balances; tells balance-days of any of the windows."""

    def __init__(
        self,
        register: Register,
        windows: Iterable[Window],
        home: str,
        rejects: Rejects,
    ) -> None:
        """
        Start empty.

        Args:
            register: Whose accounts.
            windows: Every window that will be asked for.
            home: Currency of the measure; accounts in another are kept day by day.
            rejects: Where what does not fit is told.
        """
        self._register = register
        self._rejects = rejects
        self._sources: list[Source] = []
        self._edges = pl.Series(
            sorted({day for window in windows for day in window}), dtype=pl.Date
        )
        self._accounts = register.accounts.select(
            "index",
            "account",
            "digits",
            pl.col("opened_on").fill_null(date.min),
            pl.col("closed_on").fill_null(_NEVER),
            (pl.col("currency") != home).alias("foreign"),
        )
        self._sums = _Sums(_KEYS)
        self._daily = _Sums(("index", "day"))
        self._stated: pl.DataFrame | None = None
        self._balances: list[pl.DataFrame] = []
        self._steps: dict[int, list[tuple[date, int]]] = {}
        self._has: set[str] = set()
        self.doubtful: set[int] = set()
        """Index of each account whose balance cannot be trusted."""

    @property
    def by_balance(self) -> bool:
        """Whether what accounts held is stated, not summed from movements."""
        return "balances" in self._has

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block of transactions or balances."""
        table = source.extract.table
        self._has.add(table)
        if source not in self._sources:
            self._sources.append(source)
        if rows.doubtful.height:
            # A sum without the row would be wrong: it is the account that is doubtful now.
            lost = rows.doubtful.join(self._accounts, on="account")
            self.doubtful.update(lost["index"].to_list())
        known = rows.good.join(self._accounts, on="account", how="left", maintain_order="left")
        if source.extract.only_known:
            self._rejects.pass_over(source.counted, known["index"].null_count())
            known = known.filter(pl.col("index").is_not_null())
        known = self._keep(
            source, known, pl.col("index").is_not_null(), "account", UNKNOWN_ACCOUNT()
        )
        field = "balance" if table == "balances" else "amount"
        known = known.with_columns(minor(field, source).alias("minor"))
        known = self._keep(source, known, pl.col("minor").is_not_null(), field, TOO_FINE())
        if field == "amount" and "balance" in known.columns:
            whole = pl.col("balance").is_null() | minor("balance", source).is_not_null()
            known = self._keep(source, known, whole, "balance", TOO_FINE())
        if table == "balances":
            # A balance of nothing before opening or after closing says nothing new.
            idle = ~pl.col("on").is_between("opened_on", "closed_on") & (pl.col("minor") == 0)
            self._rejects.pass_over(source.counted, known.filter(idle).height)
            known = known.filter(~idle)
        lives = pl.col("on") >= pl.col("opened_on")
        known = self._keep(source, known, lives, "on", BEFORE_OPENING())
        # The last movement often falls on the day an account is closed; it counts for no day.
        known = self._keep(
            source, known, pl.col("on") <= pl.col("closed_on"), "on", AFTER_CLOSING()
        )
        if table == "balances":
            self._take_balances(source, known)
        else:
            self._take_movements(source, known)

    def _keep(
        self, source: Source, rows: pl.DataFrame, right: pl.Expr, field: str, said: Reason
    ) -> pl.DataFrame:
        """Return the rows that are right; reject the others and doubt their accounts."""
        kept = rows.filter(right)
        if kept.height < rows.height:
            written = source.written(field)
            wrong = rows.filter(~right).select(LINE, "index", "account")
            for line, index, account in wrong.iter_rows():
                shape = mask(account) if field == "account" else ""
                told = Reject(source.name, line, written, shape, said)
                self._rejects.drop(source.counted, told)
                if index is not None:
                    self.doubtful.add(index)
        return kept

    def _take_movements(self, source: Source, rows: pl.DataFrame) -> None:
        if "direction" in rows.columns:
            sign = pl.when(pl.col("direction") == "out").then(-1).otherwise(1)
            rows = rows.with_columns(pl.col("minor") * sign)
        wide = pl.col("minor").cast(pl.Int128)
        stretch = self._edges.search_sorted(rows["on"], side="right").cast(pl.UInt32)
        number = pl.col("on").to_physical().cast(pl.Int128)
        self._sums.add(
            rows.lazy()
            .with_columns(stretch.alias("stretch"))
            .group_by(_KEYS)
            .agg(amount=wide.sum(), moment=(wide * number).sum())
            .collect()
        )
        foreign = rows.filter("foreign")
        if foreign.height:
            # What moved before the first window is one sum; its days do not matter.
            first = self._edges[0] - timedelta(days=1)
            day = pl.max_horizontal(pl.col("on"), pl.lit(first)).alias("day")
            self._daily.add(foreign.group_by("index", day).agg(amount=wide.sum()))
        if "balance" in rows.columns:
            self._state(source, rows)

    def _state(self, source: Source, rows: pl.DataFrame) -> None:
        """Keep what the bank states of each account after its last day, however rows are ordered."""
        stated = rows.select(
            "index",
            "on",
            minor("balance", source).alias("stated"),
            pl.lit(Fraction(source.extract.within) * 10**SCALE // 1, dtype=pl.Int64).alias(
                "within"
            ),
            pl.col(LINE),
            pl.lit(self._sources.index(source), dtype=pl.UInt16).alias("file"),
        )
        parts = [stated] if self._stated is None else [self._stated, stated]
        last = pl.col("on") == pl.col("on").max().over("index")
        self._stated = (
            pl.concat(parts)
            .filter(last)
            .unique(("index", "stated"), keep="last", maintain_order=True)
        )

    def _take_balances(self, source: Source, rows: pl.DataFrame) -> None:
        file = pl.lit(self._sources.index(source), dtype=pl.UInt16).alias("file")
        held = rows.filter(pl.col("on") < self._edges[-1]).select(
            "index", "on", "minor", LINE, file
        )
        self._balances.append(held)
        if sum(part.height for part in self._balances[1:]) > PENDING:
            self._balances = [self._needed()]

    def _needed(self) -> pl.DataFrame:
        """Return the stated balances that count: of those before the first window the last day's."""
        rows = pl.concat(self._balances).sort("index", "on", "file", LINE)
        before = pl.col("on").filter(pl.col("on") <= self._edges[0]).max().over("index")
        return rows.filter(before.is_null() | (pl.col("on") >= before)).unique(
            ("index", "on", "minor"), keep="first", maintain_order=True
        )

    def _once(self) -> pl.DataFrame:
        """Return the stated balances that count, one a day; a second that differs is rejected."""
        rows = self._needed()
        first = rows.unique(("index", "on"), keep="first", maintain_order=True)
        if first.height < rows.height:
            again = rows.filter(~pl.struct("index", "on").is_first_distinct())
            for row in again.iter_rows(named=True):
                said = TWO_BALANCES(on=row["on"])
                told = self._told(row["file"], row[LINE], said)
                self._rejects.drop(self._sources[row["file"]].counted, told)
                self.doubtful.add(row["index"])
        return first

    def _told(self, file: int, line: int, said: Reason) -> Reject:
        source = self._sources[file]
        return Reject(source.name, line, source.written("balance"), "", said)

    def close(self) -> None:
        """Sum up, and check each account against the balance the bank states last."""
        if self._balances:
            self._balances = [self._once()]
        self._steps = self._by_day()
        if self._stated is not None:
            self._reconcile(self._stated)

    def _reconcile(self, stated: pl.DataFrame) -> None:
        totals = self._sums.held.group_by("index").agg(pl.col("amount").sum())
        openings = self._register.accounts.select("index", "account", "opening", "digits")
        unit = pl.lit(10, dtype=pl.Int64).pow(SCALE - pl.col("digits").cast(pl.UInt32))
        checked = (
            stated.filter(pl.col("stated").is_not_null())
            .join(totals, on="index")
            # Where the opening balance is not known there is nothing to check.
            .join(openings.filter(pl.col("opening").is_not_null()), on="index")
            .with_columns((pl.col("opening").cast(pl.Int128) + pl.col("amount")).alias("sum"))
            .with_columns((pl.col("stated").cast(pl.Int128) - pl.col("sum")).abs().alias("off"))
            .with_columns((pl.col("off") * unit <= pl.col("within")).alias("agrees"))
        )
        # Within a day rows stand in no reliable order: one of the day's balances has to agree.
        wrong = (
            checked.sort("index", "file", LINE)
            .group_by("index", maintain_order=True)
            .agg(pl.col("agrees").any(), pl.col("account", "on", "file", LINE).last())
            .filter(~pl.col("agrees"))
        )
        for row in wrong.iter_rows(named=True):
            said = UNRECONCILED(account=row["account"], on=row["on"])
            self._rejects.add(self._told(row["file"], row[LINE], said))
            self.doubtful.add(row["index"])

    def days(self, lives: pl.DataFrame, window: Window) -> pl.DataFrame:
        """
        Return the balance-days of home accounts.

        Args:
            lives: Columns `index`, `start` and `end`: the days [start, end) of the window on which
                the account lives.
            window: The window, one of those announced.

        Returns:
            *lives* with `minor_days`, null where no balance is known for some day.
        """
        return self._stated_days(lives) if self.by_balance else self._summed_days(lives, window)

    def _summed_days(self, lives: pl.DataFrame, window: Window) -> pl.DataFrame:
        since = pl.col("start").to_physical().cast(pl.Int128)
        until = pl.col("end").to_physical().cast(pl.Int128)
        openings = self._register.accounts.select("index", pl.col("opening").cast(pl.Int128))
        sums = self._sums.held
        begins = pl.Series([date.min, *self._edges], dtype=pl.Date).gather(sums["stretch"])
        # No movement is before the account was opened, so the window's own edge tells what was
        # there when it began.
        parts = (
            sums.with_columns((begins < window[0]).alias("before"))
            .filter(begins < window[1])
            .group_by("index")
            .agg(
                before=pl.col("amount").filter(pl.col("before")).sum(),
                inside=pl.col("amount").filter(~pl.col("before")).sum(),
                moment=pl.col("moment").filter(~pl.col("before")).sum(),
            )
        )
        total = (
            (pl.col("opening") + pl.col("before").fill_null(0)) * (until - since)
            + pl.col("inside").fill_null(0) * until
            - pl.col("moment").fill_null(0)
        )
        return (
            lives.join(openings, on="index", how="left", maintain_order="left")
            .join(parts, on="index", how="left", maintain_order="left")
            .with_columns(total.alias("minor_days"))
            .select(*lives.columns, "minor_days")
        )

    def _stated_days(self, lives: pl.DataFrame) -> pl.DataFrame:
        rows = self._balances[0].join(lives, on="index", maintain_order="left")
        start = pl.max_horizontal("on", "start")
        following = pl.col("on").shift(-1).over("index").fill_null(_NEVER)
        end = pl.min_horizontal(following, pl.col("end"))
        length = (end - start).dt.total_days().clip(0)
        sums = rows.group_by("index").agg(
            minor_days=(pl.col("minor").cast(pl.Int128) * length.cast(pl.Int128)).sum(),
            known=pl.col("on").min(),
        )
        known = pl.when(pl.col("known") <= pl.col("start")).then("minor_days")
        return lives.join(sums, on="index", how="left", maintain_order="left").select(
            *lives.columns, known.alias("minor_days")
        )

    def steps(self, index: int) -> list[tuple[date, int]]:
        """Return (day, end-of-day balance in its currency) of a foreign account, ascending."""
        return self._steps.get(index, [])

    def _by_day(self) -> dict[int, list[tuple[date, int]]]:
        foreign = self._accounts.filter("foreign").select("index")
        held: dict[int, list[tuple[date, int]]] = {}
        if self.by_balance:
            rows = self._balances[0].join(foreign, on="index", how="semi", maintain_order="left")
            for index, day, balance in rows.select("index", "on", "minor").iter_rows():
                held.setdefault(index, []).append((day, balance))
            return held
        openings = self._register.accounts.join(foreign, on="index", how="semi")
        for index, opened, opening in openings.select("index", "opened_on", "opening").iter_rows():
            if opening is not None:
                held[index] = [(opened or date.min, opening)]
        for index, day, amount in self._daily.held.sort("index", "day").iter_rows():
            steps = held.get(index)
            if steps is None:
                continue
            total = steps[-1][1] + int(amount)
            if steps[-1][0] >= day:
                steps[-1] = (steps[-1][0], total)
            else:
                steps.append((day, total))
        return held


class _Sums:
    """Sums by key, gathered from partial sums; what waits is summed up before it grows large."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = keys
        self._parts: list[pl.DataFrame] = []
        self._waiting = 0

    def add(self, part: pl.DataFrame) -> None:
        """Add partial sums."""
        self._parts.append(part)
        self._waiting += part.height
        if self._waiting > max(PENDING, 2 * self._parts[0].height):
            self._merge()

    def _merge(self) -> None:
        whole = pl.concat(self._parts).group_by(self._keys).agg(pl.all().sum())
        self._parts, self._waiting = [whole], 0

    @property
    def held(self) -> pl.DataFrame:
        """The sums."""
        if not self._parts:
            kinds: dict[str, Any] = {"index": pl.UInt32, "amount": pl.Int128, "moment": pl.Int128}
            kinds |= {"stretch": pl.UInt32, "day": pl.Date}
            names = (*self._keys, "amount", *(("moment",) if "stretch" in self._keys else ()))
            return pl.DataFrame(schema={name: kinds[name] for name in names})
        if len(self._parts) > 1:
            self._merge()
        return self._parts[0]
