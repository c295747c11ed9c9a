"""
The measures of a book on a day: summed from what accounts held, or stated by the bank itself.

A policy may ask for several measures. `assets` comes from transactions or balances where there is
an extract of them; any other, and `assets` of a bank that works it out itself, from the table
`measures`. What is not there is unknown, and why is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from bankservice.core.decision import Reason, Says
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.run.assets import Assets, measure_assets
from bankservice.run.files import LINE, Source
from bankservice.run.holdings import Holdings
from bankservice.run.part import Setting
from bankservice.run.rates import Rates
from bankservice.run.register import UNKNOWN_CUSTOMER, Register
from bankservice.run.rejects import Reject, mask
from bankservice.run.rows import SCALE, UNKNOWN_CODE, Rows
from bankservice.segmentation import Measure, Measures
from bankservice.segmentation.balances import window_start
from bankservice.segmentation.ladder import Ladder

__all__ = ["Given", "Measuring"]

NOT_STATED = Says("not-stated")
DOUBTFUL_MEASURE = Says("doubtful-measure")

Given = Measure | UnknownType | Measures
"""What a customer is assessed on."""


class Measuring:
    """Takes the rows measures are made from; gives the measures of any of the days."""

    def __init__(
        self, setting: Setting, register: Register, ladders: Mapping[date, Ladder]
    ) -> None:
        """
        Start empty.

        Args:
            setting: What there is.
            register: Whose account is whose.
            ladders: Day → the policy version in force.

        Raises:
            FaultsError: If the extracts cannot give what the policy asks for.
        """
        self._setting = setting
        self._register = register
        self._names = frozenset[str]().union(*(ladder.measures for ladder in ladders.values()))
        self._digits = ladders[setting.days[-1]].digits
        self._rates = Rates(ladders[setting.days[-1]].currency, setting.rejects)
        self._stated: list[pl.DataFrame] = []
        self._closed = False
        self._holdings = self._begin(ladders)

    def _begin(self, ladders: Mapping[date, Ladder]) -> Holdings | None:
        tables = self._setting.tables & {"transactions", "balances"}
        if len(tables) == 2:
            wanted = "one of the two: map a stated balance as a column of transactions"
            raise FaultsError("bank.toml", (Fault("extract", "transactions and balances", wanted),))
        if not tables:
            if "measures" not in self._setting.tables:
                wanted = "an extract of transactions, of balances or of measures"
                raise FaultsError("bank.toml", (Fault("extract", "nothing to measure", wanted),))
            return None
        currencies = {ladder.currency for ladder in ladders.values()}
        if len(currencies) > 1 or "" in currencies:
            got = ", ".join(sorted(filter(None, currencies))) or "a unit that is no money"
            wanted = "levels in one currency on every day: balances are summed up in it"
            raise FaultsError("bank.toml", (Fault("tiers.policy", got, wanted),))
        if currencies != {self._setting.institution.currency}:
            wanted = f"levels in {self._setting.institution.currency}, which rates are into"
            raise FaultsError(
                "bank.toml",
                (Fault("tiers.policy", ladders[self._setting.days[0]].currency, wanted),),
            )
        windows = ((window_start(on, held), _after(on)) for on, held in ladders.items())
        return Holdings(self._register, windows, currencies.pop(), self._setting.rejects)

    def take(self, source: Source, rows: Rows) -> None:
        """Take rows of one block."""
        match source.extract.table:
            case "transactions" | "balances":
                assert self._holdings is not None, "made where there are such tables"
                self._holdings.take(source, rows)
            case "rates":
                self._rates.take(source, rows)
            case "measures":
                self._take_stated(source, rows)

    def _take_stated(self, source: Source, rows: Rows) -> None:
        absent = {"measure": pl.lit("assets"), "on": pl.lit(None, dtype=pl.Date)}

        def stated(held: pl.DataFrame) -> pl.DataFrame:
            held = held.with_columns(e.alias(n) for n, e in absent.items() if n not in held.columns)
            return held.with_columns(pl.col("measure").fill_null("assets"))

        good = stated(rows.good)
        strange = ~pl.col("measure").is_in(sorted(self._names))
        good = self._keep(source, good, good.filter(strange), "measure", UNKNOWN_CODE())
        known = self._register.customers
        if known.height or "customers" in self._setting.tables:
            nobody = good.join(known, on="customer", how="anti", maintain_order="left")
            if source.extract.only_known:
                self._setting.rejects.pass_over(source.counted, nobody.height)
                good = good.join(known, on="customer", how="semi", maintain_order="left")
            else:
                good = self._keep(source, good, nobody, "customer", UNKNOWN_CUSTOMER())
        if source.extract.columns["average"].minor_units:
            good = good.with_columns(pl.col("average") * 10 ** (SCALE - self._digits))
        # What a rejected row would have said is not known, whatever another row says.
        lost = stated(rows.doubtful).filter(pl.col("customer").is_not_null())
        lost = lost.with_columns(pl.lit(None, dtype=pl.Int64).alias("average"))
        columns = ("customer", "measure", "on", "average")
        self._stated += [good.select(columns), lost.select(columns)]

    def _keep(
        self, source: Source, rows: pl.DataFrame, wrong: pl.DataFrame, field: str, said: Reason
    ) -> pl.DataFrame:
        """Return the rows without the wrong ones, which are rejected."""
        for line, value in wrong.select(LINE, field).iter_rows():
            told = Reject(source.name, line, source.written(field), mask(value), said)
            self._setting.rejects.drop(source.counted, told)
        return rows.join(wrong, on=LINE, how="anti", maintain_order="left")

    def assets(self, on: date, ladder: Ladder) -> pl.DataFrame:
        """Return every customer with the measure `assets`; see `measure_assets` for the columns."""
        if self._holdings is None:
            customers = self._register.customers.select("customer")
            if not customers.height and self._stated:
                customers = pl.concat(self._stated).select("customer").unique(maintain_order=True)
            return customers.with_columns(
                pl.lit(None, dtype=pl.Int128).alias("minor_days"),
                pl.lit(1, dtype=pl.Int64).alias("days"),
                pl.lit(NOT_STATED.code).alias("unknown"),
            )
        if not self._closed:
            self._holdings.close()
            self._closed = True
        rates = self._rates.table(window_start(on, ladder), _after(on))
        return measure_assets(Assets(self._register, self._holdings, rates), on, ladder)

    def given(
        self, part: pl.DataFrame, on: date, ladder: Ladder
    ) -> tuple[dict[str, Given], dict[str, str]]:
        """
        Return what customers are assessed on, and why some of it is not known, as codes.

        Args:
            part: Rows of `assets`.
            on: Day assessed.
            ladder: The policy version in force.
        """
        scale = 10_000 if ladder.measurement.weights else 1
        given: dict[str, Given] = {}
        why: dict[str, str] = {}
        for customer, minor_days, days, unknown in part.iter_rows():
            given[customer] = UNKNOWN if unknown else Measure(int(minor_days), days, scale)
            if unknown:
                why[customer] = unknown
        if self._stated or not ladder.single:
            self._add_stated(part.select("customer"), on, ladder, given, why)
        return given, why

    def _add_stated(
        self,
        customers: pl.DataFrame,
        on: date,
        ladder: Ladder,
        given: dict[str, Given],
        why: dict[str, str],
    ) -> None:
        """Put what the bank states beside, or in place of, what was summed up."""
        finer = 10 ** (SCALE - ladder.digits)
        said = self._said(customers, on)
        for customer, assets in given.items():
            mine = said.get(customer, {})
            held: dict[str, Given] = dict.fromkeys(ladder.measures, UNKNOWN)
            if "assets" in held:
                held["assets"] = assets
            held |= {
                name: UNKNOWN if average is None else Measure(average, 1, finer)
                for name, average in mine.items()
                if name in held
            }
            missing = [name for name, measure in held.items() if measure is UNKNOWN]
            before = why.pop(customer, NOT_STATED.code)
            if missing:
                twice = any(name in mine for name in missing)
                why[customer] = DOUBTFUL_MEASURE.code if twice else before
            given[customer] = held["assets"] if ladder.single else _several(held)

    def _said(self, customers: pl.DataFrame, on: date) -> dict[str, dict[str, int | None]]:
        """Return the stated measures of *customers*: at `SCALE`, None where two contradict."""
        held: dict[str, dict[str, int | None]] = {}
        for frame in self._stated:
            rows = frame.filter(pl.col("on").is_null() | (pl.col("on") == on))
            rows = rows.join(customers, on="customer", how="semi")
            for customer, name, _, average in rows.iter_rows():
                mine = held.setdefault(customer, {})
                mine[name] = average if mine.get(name, average) == average else None
        return held


def _several(held: Mapping[str, Given]) -> Measures:
    return Measures(FrozenMapping(held))  # type: ignore[arg-type]


def _after(on: date) -> date:
    return date.fromordinal(on.toordinal() + 1)
