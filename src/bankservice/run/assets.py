"""
The measure `assets` of every customer on a day, from what their accounts held.

It is `segmentation.balance-days` for a whole book at once: the same windows, clipping, weights,
currencies and gaps, the same whole numbers. A customer with an account that is doubtful, without
a balance or without a rate has no measure: it is unknown, and why is said.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from operator import itemgetter
from typing import Final

import attrs
import polars as pl

from bankservice.core.decision import Says
from bankservice.core.money import ExchangeRates, Rounding, digits_of, plain
from bankservice.core.scalars import Amount
from bankservice.run.holdings import Holdings
from bankservice.run.register import Register
from bankservice.segmentation import Account, EndOfDay
from bankservice.segmentation.balances import account_days, window_start
from bankservice.segmentation.ladder import Ladder

__all__ = ["Assets", "measure_assets"]

NO_ACCOUNT = Says("no-account")
DOUBTFUL = Says("doubtful")
NO_BALANCE = Says("no-balance")
NO_RATE = Says("no-rate")

WHOLE: Final = 10_000


@attrs.frozen(eq=False)
class Assets:
    """
    What a measure of assets is made from.

    Attributes:
        register: Whose account is whose.
        holdings: What accounts held.
        rates: Published rates into the bank's currency.
    """

    register: Register
    holdings: Holdings
    rates: ExchangeRates


def measure_assets(assets: Assets, on: date, ladder: Ladder) -> pl.DataFrame:
    """
    Return the measure of every customer the bank has on the day.

    Args:
        assets: What it is made from.
        on: Last day of the window (counted).
        ladder: The policy version in force on that day: window, weights, days before opening.

    Returns:
        Columns `customer`, `minor_days` (null: unknown), `days`, and `unknown` (why, as a code).
    """
    window = (window_start(on, ladder), on + timedelta(days=1))
    lives = _lives(assets.register, window, ladder)
    home = lives.filter(~pl.col("foreign")).select("index", "start", "end")
    foreign = lives.filter("foreign").select("index", "start", "end")
    found = pl.concat(
        [
            assets.holdings.days(home, window).select(
                "index",
                "minor_days",
                pl.when(pl.col("minor_days").is_null()).then(pl.lit(NO_BALANCE.code)).alias("why"),
            ),
            _foreign(assets, foreign, ladder),
        ]
    )
    torn = pl.col("index").is_in(sorted(assets.holdings.doubtful))
    # Rows that contradict each other may be wrong about the days of the account as well.
    doubtful = pl.col("doubtful") | (torn & pl.col("alive"))
    weights = ladder.measurement.weights
    weight = (
        pl.col("product").replace_strict(dict(weights), default=WHOLE, return_dtype=pl.Int64)
        if weights
        else pl.lit(1)
    )
    held = lives.join(found, on="index", how="left", maintain_order="left").with_columns(
        pl.when(doubtful).then(pl.lit(DOUBTFUL.code)).when("alive").then("why").alias("why"),
        pl.when("alive").then(pl.col("minor_days") * weight).otherwise(0).alias("minor_days"),
    )
    by_customer = held.group_by("customer").agg(
        pl.col("minor_days").sum(),
        pl.col("first").min(),
        pl.col("opened_on").fill_null(window[0]).min(),
        pl.col("why").drop_nulls().first().alias("unknown"),
    )
    length = (pl.lit(window[1]) - pl.col("first").fill_null(window[0])).dt.total_days()
    return (
        assets.register.customers.select("customer")
        .join(by_customer, on="customer", how="left", maintain_order="left")
        .with_columns(
            # Nobody's measure is nothing for want of an account in the extract: it is not known.
            pl.when(pl.col("minor_days").is_null())
            .then(pl.lit(NO_ACCOUNT.code))
            .otherwise("unknown")
            .alias("unknown"),
            length.alias("days"),
        )
        .with_columns(pl.when(pl.col("unknown").is_null()).then("minor_days").alias("minor_days"))
        # Whose first account is opened later is no customer yet.
        .filter(pl.col("opened_on").is_null() | (pl.col("opened_on") <= on))
        .select("customer", "minor_days", "days", "unknown")
    )


def _lives(register: Register, window: tuple[date, date], ladder: Ladder) -> pl.DataFrame:
    """Return each account with the days [start, end) of the window on which it lives."""
    start, end = window
    opened = pl.col("opened_on").fill_null(start)
    first = pl.lit(start)
    if ladder.measurement.before_opening == "exclude":
        last = end - timedelta(days=1)
        first = pl.max_horizontal(pl.lit(start), opened.min().over("customer"))
        first = pl.min_horizontal(first, pl.lit(last))
    return (
        register.accounts.with_columns(first.alias("first"))
        .with_columns(
            pl.max_horizontal("first", opened).alias("start"),
            pl.min_horizontal(pl.col("closed_on").fill_null(end), pl.lit(end)).alias("end"),
            (pl.col("currency") != ladder.currency).alias("foreign"),
        )
        # An account that does not live in the window counts for no day of it.
        .with_columns((pl.col("start") < pl.col("end")).alias("alive"))
        .with_columns(pl.max_horizontal("start", "end").alias("end"))
    )


def _foreign(assets: Assets, lives: pl.DataFrame, ladder: Ladder) -> pl.DataFrame:
    """Convert accounts in other currencies, day by day."""
    rounding = Rounding(ladder.measurement.rounding)
    accounts = assets.register.accounts.select("index", "account", "currency")
    rows: list[tuple[int, int | None, str | None]] = []
    for index, start, end, name, currency in lives.join(
        accounts, on="index", how="left", maintain_order="left"
    ).iter_rows():
        if start == end:
            continue
        steps = assets.holdings.steps(index)
        # What went before the last balance at or before the window says nothing of it.
        begin = max(bisect_right(steps, start, key=itemgetter(0)) - 1, 0)
        digits = digits_of(currency)
        account = Account(
            id=name,
            currency=currency,
            opened_on=start,
            balances=tuple(
                EndOfDay(day, Amount(plain(balance, digits))) for day, balance in steps[begin:]
            ),
        )
        total, gaps = account_days(account, start, end, assets.rates, rounding)
        missing = {gap.missing for gap in gaps}
        why = NO_BALANCE if "balance" in missing else NO_RATE
        rows.append((index, None, why.code) if gaps else (index, total, None))
    schema = {"index": pl.UInt32, "minor_days": pl.Int128, "why": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
