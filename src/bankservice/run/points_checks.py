"""
What is wrong with rows that move points: looked at block by block, rejected with line and field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import attrs
import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.core.money import CURRENCIES, plain
from bankservice.run.complaint_rows import NO_SUCH_TIME
from bankservice.run.files import LINE, Source
from bankservice.run.register import (
    BAD_ID,
    UNKNOWN_ACCOUNT,
    UNKNOWN_CUSTOMER,
    Register,
    bad_ids,
    minor,
)
from bankservice.run.rejects import Reject, Rejects, mask
from bankservice.run.rows import MISSING, SCALE, TOO_FINE

__all__ = ["Checks", "Ways"]

UNKNOWN_KIND = Says("unknown-kind")
BAD_MCC = Says("bad-mcc")
BELOW_NOTHING = Says("purchase-below-nothing")
NOT_ABOVE = Says("not-above-nothing")
OTHER_WAY = Says("purchase-other-way")
BAD_COUNT = Says("bad-count")
NOTHING_SPENT = Says("nothing-spent")

_UNIT: Final = 10**SCALE


@attrs.frozen
class Ways:
    """
    What earns, by the plan.

    Attributes:
        kinds: Kind of the extracts → code of `vocabulary/earning-kinds`.
        incoming: Of these codes, those that money earns by coming in.
    """

    kinds: Mapping[str, str]
    incoming: frozenset[str]


class Checks:
    """Looks at rows; what does not fit is rejected and left out."""

    def __init__(
        self, ways: Ways, zone: str, currency: str, rejects: Rejects, *, told: bool
    ) -> None:
        """
        Set up.

        Args:
            ways: What earns.
            zone: The bank's zone, whose local times the extracts state.
            currency: The bank's own.
            rejects: Where what does not fit is told.
            told: Whether another part tells of transactions on accounts nobody has.
        """
        self._ways = ways
        self._zone = zone
        self._currency = currency
        self._rejects = rejects
        self._told = told
        self.idle: Counter[str] = Counter()
        """Kind → rows of transactions that earn nothing because the plan does not name it."""

    def begin(self, register: Register) -> None:
        """Take the register."""
        self._accounts = register.accounts.select("account", "customer", "currency")
        self._customers = register.customers

    def of(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a block that count."""
        if source.extract.table == "redemptions":
            rows = self._redemptions(source, rows)
        else:
            rows = self._valued(source, self._owned(source, self._earning(source, rows)))
        return self._dated(source, self._named(source, rows))

    def _earning(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of purchases that earn or give back, with what they earn for."""
        for name in ("refund_of", "means", "kind"):
            if name not in rows.columns:
                rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name))
        codes = dict(self._ways.kinds)
        first, then = (
            pl.col(name).replace_strict(codes, default=None, return_dtype=pl.String)
            for name in ("kind", "means")
        )
        rows = rows.with_columns(pl.coalesce(first, then).alias("earns"), of="refund_of")
        idle = pl.col("earns").is_null() & pl.col("of").is_null()
        if source.extract.table == "purchases":
            return self._keep(source, rows, ~idle, "kind", UNKNOWN_KIND())
        told = pl.concat_str("kind", "means", separator=" / ", ignore_nulls=True).alias("kind")
        for kind, count in rows.filter(idle).select(told)["kind"].value_counts().iter_rows():
            self.idle[kind] += count
        rows = rows.filter(~idle)
        rows = self._keep(source, rows, pl.col("ref").is_not_null(), "ref", MISSING())
        if "direction" in rows.columns:
            out = pl.col("direction") == "out"
            rows = rows.with_columns(pl.when(out).then(-pl.col("amount")).otherwise("amount"))
        # What is bought goes out, what is paid in comes in; the other way round it is given back.
        incoming = pl.col("earns").is_in(sorted(self._ways.incoming))
        way = pl.when(incoming).then(pl.col("amount") >= 0).otherwise(pl.col("amount") <= 0)
        right = pl.col("of").is_not_null() | way
        rows = self._keep(source, rows, right, "amount", OTHER_WAY())
        return rows.with_columns(pl.col("amount").abs())

    def _owned(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows with whose they are and in which currency."""
        partial = source.extract.only_known
        if "account" in rows.columns:
            rows = rows.rename({"customer": "stated"}, strict=False).join(
                self._accounts.rename({"currency": "booked"}),
                on="account",
                how="left",
                maintain_order="left",
            )
            if "stated" in rows.columns:
                rows = rows.with_columns(pl.coalesce("stated", "customer").alias("customer"))
            silent = partial or (self._told and source.extract.table == "transactions")
            known = pl.col("customer").is_not_null()
            if silent:
                rows = rows.filter(known)
            rows = self._keep(source, rows, known, "account", UNKNOWN_ACCOUNT())
        if self._customers.height:
            strange = rows.select("customer").unique()
            strange = strange.join(self._customers, on="customer", how="anti")
            known = ~pl.col("customer").is_in(strange["customer"].sort().implode())
            if partial:
                self._rejects.pass_over(source.counted, rows.filter(~known).height)
                rows = rows.filter(known)
            rows = self._keep(source, rows, known, "customer", UNKNOWN_CUSTOMER())
        currencies = [pl.col(n) for n in ("currency", "booked") if n in rows.columns]
        return rows.with_columns(pl.coalesce(*currencies, pl.lit(self._currency)).alias("currency"))

    def _valued(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return purchases with their amounts in minor units, and their facts checked."""
        rows = self._keep(source, rows, pl.col("amount") >= 0, "amount", BELOW_NOTHING())
        right = pl.col("of").is_null() | (pl.col("amount") > 0)
        rows = self._keep(source, rows, right, "amount", NOT_ABOVE())
        digits = pl.col("currency").replace_strict(dict(CURRENCIES), return_dtype=pl.Int8)
        rows = rows.with_columns(digits.alias("digits"))
        rows = rows.with_columns(minor("amount", source).alias("minor"))
        rows = self._keep(source, rows, pl.col("minor").is_not_null(), "amount", TOO_FINE())
        if "mcc" in rows.columns:
            right = pl.col("mcc").is_null() | pl.col("mcc").str.contains("^[0-9]{4}$")
            rows = self._keep(source, rows, right, "mcc", BAD_MCC())
        return rows.with_columns(pl.lit(value=False).alias("spends"))

    def _redemptions(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return redemptions with what they spend."""
        for name in ("points", "quantity", "amount", "reward", "cancels"):
            kind = pl.String if name in ("reward", "cancels") else pl.Int64
            if name not in rows.columns:
                rows = rows.with_columns(pl.lit(None, dtype=kind).alias(name))
        for name in ("points", "quantity"):
            mapped = source.extract.columns.get(name)
            unit = 1 if mapped is not None and mapped.minor_units else _UNIT
            whole = (pl.col(name) % unit == 0) & (pl.col(name) > 0)
            right = pl.col(name).is_null() | whole
            rows = self._keep(source, rows, right, name, BAD_COUNT())
            rows = rows.with_columns(pl.col(name) // unit)
        said = pl.any_horizontal(pl.col("points", "reward", "cancels").is_not_null())
        rows = self._keep(source, rows, said, "reward", NOTHING_SPENT())
        digits = pl.lit(CURRENCIES[self._currency], dtype=pl.Int8).alias("digits")
        rows = rows.with_columns(digits, pl.lit(self._currency).alias("currency"))
        if "amount" in source.extract.columns:
            right = pl.col("amount").is_null() | (pl.col("amount") > 0)
            rows = self._keep(source, rows, right, "amount", NOT_ABOVE())
            rows = rows.with_columns(minor("amount", source).alias("minor"))
            right = pl.col("amount").is_null() | pl.col("minor").is_not_null()
            rows = self._keep(source, rows, right, "amount", TOO_FINE())
        rows = rows.with_columns(pl.lit(value=True).alias("spends"), of="cancels")
        if not self._customers.height:
            return rows
        known = pl.col("customer").is_in(self._customers["customer"].implode())
        if source.extract.only_known:
            self._rejects.pass_over(source.counted, rows.filter(~known).height)
            return rows.filter(known)
        return self._keep(source, rows, known, "customer", UNKNOWN_CUSTOMER())

    def _named(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows whose ids may serve as such; none may look like a card number."""
        for name in ("ref", "of", "customer", "merchant", "card", "reward"):
            if name in rows.columns:
                wrong = sorted(bad_ids(rows[name], name))
                column = {"of": "cancels" if rows["spends"].any() else "refund_of"}.get(name, name)
                rows = self._keep(
                    source,
                    rows,
                    ~pl.col(name).is_in(wrong).fill_null(value=False),
                    column,
                    BAD_ID(),
                )
        return rows

    def _dated(self, source: Source, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows with their local day, and their instant where they have a time."""
        if "at" in rows.columns:
            # Of a time there was twice, the first.
            at = pl.col("at").dt.replace_time_zone(
                self._zone, ambiguous=pl.lit("earliest"), non_existent="null"
            )
            rows = rows.with_columns(at.dt.convert_time_zone("UTC").alias("instant"))
            right = pl.col("at").is_null() | pl.col("instant").is_not_null()
            rows = self._keep(source, rows, right, "at", NO_SUCH_TIME(zone=self._zone))
        else:
            rows = rows.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("instant"))
        if "on" not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.Date).alias("on"))
        dated = pl.col("on").is_not_null() | pl.col("instant").is_not_null()
        column = "on" if "on" in source.extract.columns else "at"
        rows = self._keep(source, rows, dated, column, MISSING())
        return rows.with_columns(pl.col("on").alias("day"))

    def _keep(
        self, source: Source, rows: pl.DataFrame, right: pl.Expr, column: str, said: Reason
    ) -> pl.DataFrame:
        """Return the rows for which something holds; the others are rejected."""
        wrong = rows.filter(~right)
        if not wrong.height:
            return rows
        mapped = column in source.extract.columns
        shown = pl.col(column) if column in wrong.columns else pl.lit(None, dtype=pl.String)
        for line, value in wrong.select(LINE, shown.alias("#shown")).iter_rows():
            if isinstance(value, int) and mapped:
                value = plain(value, SCALE).rstrip("0").rstrip(".")
            shape = "" if value is None else mask(str(value))
            field = source.written(column) if mapped else column
            self._rejects.drop(source.counted, Reject(source.name, line, field, shape, said))
        return rows.filter(right)
