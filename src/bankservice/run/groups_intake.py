"""
What customers moved and hold by kind, from rows in any order, in memory that does not grow with
rows.

Only what lies between the edges of the windows asked for is told apart: for each customer, stretch
of days and kind there is one sum, in whole minor units of the bank's currency. What is in a
foreign currency is kept by day, because each day has its rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import polars as pl

from bankservice.core.money import CURRENCIES, Rounding, divide
from bankservice.run.files import Source
from bankservice.run.register import Register, minor
from bankservice.run.rows import Rows

__all__ = ["Dealt", "Turnover"]

PENDING: Final = 2_000_000
"""Rows of partial sums that wait before they are summed up again."""

_KEYS: Final = ("who", "stretch", "kind")
RateOf = Callable[[str, date], Decimal | None]


class Dealt:
    """
    What customers moved in a window and hold at its end.

    Attributes:
        turnover: Customer → kind → sum of amounts, both ways.
        holdings: Customer → kind of product → what is held.
        channels: Customer → channel → dealings.
        unknown: Customers of whom some of it is not known.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.turnover: dict[str, dict[str, int]] = {}
        self.holdings: dict[str, dict[str, int]] = {}
        self.channels: dict[str, dict[str, int]] = {}
        self.unknown: set[str] = set()


class Turnover:
    """Takes transactions and purchases; tells sums of any of the windows."""

    def __init__(
        self,
        register: Register,
        kinds: Mapping[str, str],
        products: Mapping[str, str],
        windows: Mapping[date, date],
        currency: str,
    ) -> None:
        """
        Start empty.

        Args:
            register: Whose accounts.
            kinds: Kind or means of the extracts → kind of dealing; nothing: each as itself.
            products: Product code → kind of product.
            windows: Day asked → first day of its window.
            currency: The bank's own.
        """
        self._kinds, self._windows, self._home = dict(kinds), windows, currency
        self._customers = register.customers.select("customer").with_row_index("who")
        self._accounts = register.accounts.select(
            "index", "account", pl.col("customer").alias("owner"), "currency", "digits"
        )
        named = pl.col("product").replace_strict(
            dict(products), default=pl.col("product"), return_dtype=pl.String
        )
        self._held = register.accounts.select(
            "index", "customer", "currency", "opening", named.alias("product")
        )
        self._doubtful = set(register.accounts.filter("doubtful")["customer"])
        edges = {day for on, start in windows.items() for day in (start, on + timedelta(days=1))}
        self._edges = pl.Series(sorted(edges), dtype=pl.Date)
        self._moved: list[pl.DataFrame] = []
        self._foreign: list[pl.DataFrame] = []
        self._channels: list[pl.DataFrame] = []
        self._signed: list[pl.DataFrame] = []
        self._stated = False
        self._by_channel = False

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        table = source.extract.table
        self._stated |= table == "balances"
        if table not in ("transactions", "purchases"):
            return
        for name in ("account", "customer"):
            if name in rows.doubtful.columns:
                self._doubt(name, rows.doubtful[name].drop_nulls())
        known = self._owned(rows.good)
        known = known.with_columns(minor("amount", source).alias("minor"))
        self._doubtful.update(known.filter(pl.col("minor").is_null())["owner"])
        known = known.filter(pl.col("minor").is_not_null())
        if "direction" in known.columns:
            sign = pl.when(pl.col("direction") == "out").then(-1).otherwise(1)
            known = known.with_columns(pl.col("minor") * sign)
        day = [pl.col(n).cast(pl.Date) for n in ("on", "at") if n in known.columns]
        known = known.with_columns(pl.coalesce(*day).alias("day"))
        stretch = self._edges.search_sorted(known["day"], side="right").cast(pl.UInt32)
        known = known.with_columns(stretch.alias("stretch"))
        if table == "transactions":
            self._signed.append(
                known.group_by("index", "stretch").agg(pl.col("minor").cast(pl.Int128).sum())
            )
            self._signed = _less(self._signed, ("index", "stretch"), ("minor",))
        self._add(self._named(known))

    def _doubt(self, name: str, lost: pl.Series) -> None:
        if name == "customer":
            self._doubtful.update(lost)
        else:
            owners = self._accounts.filter(pl.col("account").is_in(lost.implode()))
            self._doubtful.update(owners["owner"])

    def _owned(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows of known customers with `owner`, `who`, `index`, `currency` and `digits`."""
        booked = self._accounts
        if "account" in rows.columns:
            rows = rows.rename({"currency": "stated"}, strict=False).join(
                booked, on="account", how="left", maintain_order="left"
            )
            if "stated" in rows.columns:
                rows = rows.with_columns(pl.coalesce("stated", "currency").alias("currency"))
        else:
            empty = {"index": pl.UInt32, "owner": pl.String, "currency": pl.String}
            rows = rows.with_columns(
                pl.lit(None, kind).alias(name)
                for name, kind in empty.items()
                if name not in rows.columns
            )
        if "customer" in rows.columns:
            rows = rows.with_columns(pl.coalesce("customer", "owner").alias("owner"))
        digits = pl.col("currency").fill_null(self._home)
        rows = rows.with_columns(digits.alias("currency"))
        held = pl.col("currency").replace_strict(dict(CURRENCIES), return_dtype=pl.Int8)
        rows = rows.with_columns(held.alias("digits"))
        people = self._customers.rename({"customer": "owner"})
        return rows.join(people, on="owner", how="inner", maintain_order="left")

    def _named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that are dealings, with their kind."""
        names = [name for name in ("kind", "means") if name in rows.columns]
        if not self._kinds:
            told = [pl.col(name) for name in names] or [pl.lit(None, dtype=pl.String)]
            return rows.with_columns(pl.coalesce(*told).fill_null("").alias("kind"))
        found = (
            pl.col(name).replace_strict(self._kinds, default=None, return_dtype=pl.String)
            for name in names
        )
        return rows.with_columns(pl.coalesce(*found).alias("kind")).filter(pl.col("kind") != "")

    def _add(self, rows: pl.DataFrame) -> None:
        rows = rows.with_columns(pl.col("minor").abs())
        home = rows.filter(pl.col("currency") == self._home)
        self._moved.append(home.group_by(_KEYS).agg(pl.col("minor").cast(pl.Int128).sum()))
        self._moved = _less(self._moved, _KEYS, ("minor",))
        abroad = rows.filter(pl.col("currency") != self._home)
        if abroad.height:
            by_day = (*_KEYS, "day", "currency")
            self._foreign.append(abroad.group_by(by_day).agg(pl.col("minor").cast(pl.Int128).sum()))
        if "channel" in rows.columns:
            self._by_channel = True
            told = rows.filter(pl.col("channel").is_not_null())
            by_channel = ("who", "stretch", "channel")
            self._channels.append(
                told.group_by(by_channel).agg(pl.len().cast(pl.Int64).alias("count"))
            )
            self._channels = _less(self._channels, by_channel, ("count",))

    def dealt(self, on: date, rate_of: RateOf) -> Dealt:
        """
        Return what customers moved up to a day, and hold at its end.

        Args:
            on: The day, one of those announced.
            rate_of: Units of the bank's currency for one of another on a day.
        """
        found = Dealt()
        names = self._customers["customer"].to_list()
        inside = self._inside(self._windows[on], on)
        # One frame is summed up faster than the many of the blocks they came in.
        self._moved = [pl.concat(self._moved)] if self._moved else []
        for frame in self._moved:
            sums = frame.filter(inside).group_by("who", "kind").agg(pl.col("minor").sum())
            for who, kind, amount in sums.iter_rows():
                _add(found.turnover, names[who], kind, int(amount))
        for frame in self._foreign:
            columns = ("who", "kind", "day", "currency", "minor")
            for who, kind, day, currency, amount in (
                frame.filter(inside).select(columns).iter_rows()
            ):
                home = self._converted(int(amount), currency, rate_of(currency, day))
                if home is None:
                    found.unknown.add(names[who])
                else:
                    _add(found.turnover, names[who], kind, home)
        for frame in self._channels:
            told = frame.filter(inside).select("who", "channel", "count")
            for who, channel, count in told.iter_rows():
                _add(found.channels, names[who], channel, count)
        self._hold(found, on, rate_of)
        found.unknown |= self._doubtful
        return found

    @property
    def by_channel(self) -> bool:
        """Whether some extract tells channels."""
        return self._by_channel

    @property
    def holds(self) -> bool:
        """Whether what is held can be told: it is summed up from movements."""
        return bool(self._signed) and not self._stated

    def _inside(self, start: date, on: date) -> pl.Expr:
        edges = self._edges.to_list()
        low, high = edges.index(start) + 1, edges.index(on + timedelta(days=1)) + 1
        return pl.col("stretch").is_between(low, high - 1)

    def _hold(self, found: Dealt, on: date, rate_of: RateOf) -> None:
        if not self.holds:
            return
        high = self._edges.to_list().index(on + timedelta(days=1)) + 1
        sums = (
            pl.concat(self._signed)
            .filter(pl.col("stretch") < high)
            .group_by("index")
            .agg(pl.col("minor").sum())
        )
        held = self._held.join(sums, on="index", how="left")
        columns = ("customer", "product", "currency", "opening", "minor")
        for customer, product, currency, opening, moved in held.select(columns).iter_rows():
            if opening is None:
                found.unknown.add(customer)
                continue
            amount: int | None = max(opening + int(moved or 0), 0)
            if currency != self._home and amount:
                amount = self._converted(amount, currency, rate_of(currency, on))
            if amount is None:
                found.unknown.add(customer)
            else:
                _add(found.holdings, customer, product or "", amount)

    def _converted(self, amount: int, currency: str, rate: Decimal | None) -> int | None:
        if rate is None:
            return None
        shift = CURRENCIES[self._home] - CURRENCIES[currency]
        whole = amount * Fraction(rate) * Fraction(10) ** shift
        return divide(whole.numerator, whole.denominator, Rounding.HALF_EVEN)


def _add(sums: dict[str, dict[str, int]], customer: str, kind: str, amount: int) -> None:
    held = sums.setdefault(customer, {})
    held[kind] = held.get(kind, 0) + amount


def _less(
    frames: list[pl.DataFrame], keys: tuple[str, ...], sums: tuple[str, ...]
) -> list[pl.DataFrame]:
    """Return frames summed up where many rows wait."""
    if len(frames) < 2 or sum(frame.height for frame in frames[1:]) < PENDING:
        return frames
    return [pl.concat(frames).group_by(keys).agg(pl.col(name).sum() for name in sums)]
