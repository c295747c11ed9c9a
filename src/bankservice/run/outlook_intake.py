"""
What customers did as the models of purchases see it: how often, how lately, for how long, how much.

Days of business come from the same rows as those of stages. What was spent is summed up by
customer and day, use of digital services is counted by customer and month, so memory grows with
what customers did and never with rows. Customers stand in the order of the register throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import polars as pl

from bankservice.core.money import CURRENCIES, Rounding, divide
from bankservice.run.files import LINE, Source
from bankservice.run.outlook_plan import OutlookPlan
from bankservice.run.outlook_seen import Counting, Seen, month_of, seen
from bankservice.run.rates import Rates
from bankservice.run.register import Register, minor
from bankservice.run.rejects import Reject, Rejects
from bankservice.run.rows import TOO_FINE, Rows
from bankservice.run.stages_intake import ActiveDays
from bankservice.run.stages_plan import ACTIVITY, Act

__all__ = ["Business"]

PENDING: Final = 2_000_000
"""Rows of partial sums that wait before they are summed up again."""

_SPENT: Final[Any] = {"who": pl.UInt32, "on": pl.Date, "minor": pl.Int128}
_USED: Final[Any] = {"who": pl.UInt32, "month": pl.Int32, "uses": pl.Int64}
_OWN: Final = Act()
_BANK: Final = Act(initiator="bank")


class Business:
    """Takes rows of what customers did; tells what was seen of them by a day."""

    def __init__(
        self,
        told: OutlookPlan,
        register: Register,
        home: tuple[str, str],
        rejects: tuple[Rejects | None, Rejects | None],
    ) -> None:
        """
        Start empty.

        Args:
            told: What counts.
            register: Whose accounts.
            home: The bank's zone and its currency.
            rejects: Where days that do not fit are told, and where amounts are; None where another
                part tells them.
        """
        acts = {kind: _OWN if means else _BANK for kind, means in told.kinds.items()}
        zone, self._currency = home
        self.active = ActiveDays(register, acts, (zone, zone), rejects[0])
        self._rejects = rejects[1]
        self._spending = [kind for kind, means in told.kinds.items() if means == "spend"]
        self._kinds, self._all = list(told.kinds), not told.kinds
        self._digital = list(told.digital)
        self._told_since = told.told_since
        self._customers = register.customers.select("customer").with_row_index("who")
        self._accounts = register.accounts.select(
            "account", pl.col("customer").alias("owner"), pl.col("currency").alias("booked")
        )
        opened = register.accounts.group_by("customer").agg(
            pl.col("opened_on").fill_null(date.min).min().alias("opened_on")
        )
        self._opened = self._customers.join(opened, on="customer", maintain_order="left")
        self._spent: list[pl.DataFrame] = [pl.DataFrame(schema=_SPENT)]
        self._abroad: list[pl.DataFrame] = []
        self._used: list[pl.DataFrame] = [pl.DataFrame(schema=_USED)]
        self._uncertain: set[str] = set()

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        if source.extract.table not in ACTIVITY:
            return
        self.active.take(source, rows)
        for name in ("account", "customer"):
            if name in rows.doubtful.columns:
                self._doubt(name, rows.doubtful[name].drop_nulls())
        known = self._owned(rows.good)
        if self._digital:
            self._count(known)
        self._add(source, self._spends(known))

    def _doubt(self, name: str, lost: pl.Series) -> None:
        if name == "account":
            found = self._accounts.filter(pl.col("account").is_in(lost.implode()))
            lost = found["owner"]
        self._uncertain.update(lost)

    def _owned(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of known customers with `who`, `owner`, `day` and `currency`."""
        money = [pl.col("currency")] if "currency" in rows.columns else []
        owners = [pl.col("customer")] if "customer" in rows.columns else []
        if "account" in rows.columns:
            rows = rows.join(self._accounts, on="account", how="left", maintain_order="left")
            money, owners = [*money, pl.col("booked")], [*owners, pl.col("owner")]
        days = [pl.col(name).cast(pl.Date) for name in ("on", "at") if name in rows.columns]
        rows = rows.with_columns(
            pl.coalesce(*owners).alias("owner"),
            pl.coalesce(*days).alias("day"),
            pl.coalesce(*money, pl.lit(self._currency)).alias("currency"),
        )
        people = self._customers.rename({"customer": "owner"})
        return rows.join(people, on="owner", how="inner", maintain_order="left")

    def _count(self, rows: pl.DataFrame) -> None:
        """Count use of digital services by month."""
        names = [name for name in ("kind", "means", "channel") if name in rows.columns]
        if not names:
            return
        digital = pl.any_horizontal(*(pl.col(name).is_in(self._digital) for name in names))
        month = (pl.col("day").dt.year() * 12 + pl.col("day").dt.month() - 1).alias("month")
        used = rows.filter(digital.fill_null(value=False)).group_by("who", month)
        self._used.append(used.agg(pl.len().alias("uses")).cast(_USED))
        self._used = _less(self._used, ("who", "month"), "uses")

    def _spends(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows whose amount is spent."""
        if self._all:
            return rows
        names = [name for name in ("kind", "means") if name in rows.columns]
        named = [pl.when(pl.col(name).is_in(self._kinds)).then(name) for name in names]
        return rows.filter(pl.coalesce(*named).is_in(self._spending))

    def _add(self, source: Source, rows: pl.DataFrame) -> None:
        digits = pl.col("currency").replace_strict(dict(CURRENCIES), return_dtype=pl.Int8)
        rows = rows.with_columns(digits.alias("digits"))
        rows = rows.with_columns(minor("amount", source).abs().cast(pl.Int128).alias("minor"))
        fine = rows.filter(pl.col("minor").is_null())
        if fine.height:
            self._uncertain.update(fine["owner"])
            field = source.written("amount")
            for line in fine[LINE] if self._rejects is not None else ():
                assert self._rejects is not None, "told by somebody else where there is none"
                self._rejects.drop(source.counted, Reject(source.name, line, field, "", TOO_FINE()))
            rows = rows.filter(pl.col("minor").is_not_null())
        at_home = pl.col("currency") == self._currency
        keys = ("who", pl.col("day").alias("on"))
        self._spent.append(rows.filter(at_home).group_by(*keys).agg(pl.col("minor").sum()))
        self._spent = _less([held.cast(_SPENT) for held in self._spent], ("who", "on"), "minor")
        abroad = rows.filter(~at_home)
        if abroad.height:
            self._abroad.append(
                abroad.group_by(*keys, "currency", "owner").agg(pl.col("minor").sum())
            )

    def close(self, rates: Rates) -> None:
        """Sum up; what was spent in foreign currencies is converted at the rates of its days."""
        self.active.close()
        converted: list[tuple[int, date, int]] = []
        for frame in self._abroad:
            columns = ("who", "on", "currency", "owner", "minor")
            for who, on, currency, owner, amount in frame.select(columns).iter_rows():
                rate = rates.of(currency, on)
                if rate is None:
                    self._uncertain.add(owner)
                else:
                    converted.append((who, on, self._converted(int(amount), currency, rate)))
        self._abroad = []
        more = pl.DataFrame(converted, schema=_SPENT, orient="row")
        self._spent = [
            pl.concat([*self._spent, more]).group_by("who", "on").agg(pl.col("minor").sum())
        ]
        self._used = [pl.concat(self._used).group_by("who", "month").agg(pl.col("uses").sum())]
        self._business = self.active.business()
        self._begins = self._begun()

    def _converted(self, amount: int, currency: str, rate: Decimal) -> int:
        shift = CURRENCIES[self._currency] - CURRENCIES[currency]
        whole = amount * Fraction(rate) * Fraction(10) ** shift
        return divide(whole.numerator, whole.denominator, Rounding.HALF_EVEN)

    def _begun(self) -> pl.DataFrame:
        """Return everybody with the day the relationship began, and whether spending is in doubt."""
        first = self._business.group_by("who").agg(pl.col("on").min().alias("began"))
        if self._told_since is not None:
            old = self._opened.filter(pl.col("opened_on") < self._told_since)
            before = old.select("who", pl.lit(self._told_since).alias("began"))
            first = pl.concat([before, first]).group_by("who").agg(pl.col("began").min())
        uncertain = pl.col("customer").is_in(sorted(self._uncertain)).alias("uncertain")
        everybody = self._customers.join(first, on="who", how="left", maintain_order="left")
        return everybody.select("who", "began", uncertain)

    @property
    def first_month(self) -> int | None:
        """The first month the rows tell wholly; None where there are none."""
        first = self._told_since or self._business["on"].min()
        if first is None:
            return None
        assert isinstance(first, date), "a column of days"
        return month_of(first) + (first.day != 1 if self._told_since else 0)

    def seen(self, on: date, counting: Counting) -> Seen:
        """Return what was seen of everybody by the end of a day, once closed."""
        return seen(self._begins, self._business, self._spent[0], on, counting)

    def uses(self, months: Sequence[int]) -> pl.DataFrame:
        """
        Return how often everybody used digital services in months, a column for each.

        A month before the customer began is null.
        """
        month_begun = pl.col("began").dt.year() * 12 + pl.col("began").dt.month() - 1
        wide = self._begins.select("who", month_begun.cast(pl.Int64).alias("began"))
        for month in months:
            used = self._used[0].filter(pl.col("month") == month).select("who", "uses")
            wide = wide.join(used.rename({"uses": str(month)}), on="who", how="left")
        columns = (
            pl.when(pl.col("began") <= month)
            .then(pl.col(str(month)).fill_null(0))
            .alias(str(month))
            for month in months
        )
        return wide.sort("who").select(*columns)

    @property
    def measures_use(self) -> bool:
        """Whether use of digital services is counted."""
        return bool(self._digital)


def _less(frames: list[pl.DataFrame], keys: tuple[str, ...], total: str) -> list[pl.DataFrame]:
    """Return frames summed up where many rows wait."""
    if len(frames) < 2 or sum(frame.height for frame in frames[1:]) < PENDING:
        return frames
    return [pl.concat(frames).group_by(keys).agg(pl.col(total).sum())]
