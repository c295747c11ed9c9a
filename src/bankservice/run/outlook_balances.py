"""
What customers held on average in each month, as the part of tiers measures it.

Months are those that are over; the first is the one in which the rows, or the customer, begin.
Whose accounts are in doubt has no average: it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import polars as pl

from bankservice.core.calendar import last_of_month
from bankservice.core.frozen import FrozenMapping
from bankservice.core.money import CURRENCIES
from bankservice.run.assets import Assets, measure_assets
from bankservice.run.files import Source
from bankservice.run.holdings import Holdings
from bankservice.run.outlook_seen import last_whole_month
from bankservice.run.part import Setting
from bankservice.run.rates import Rates
from bankservice.run.register import Register
from bankservice.run.rejects import Reject, Rejects
from bankservice.run.rows import Rows
from bankservice.segmentation.ladder import Ladder, Measurement

__all__ = ["Balances", "month_end", "months_before"]


def month_end(month: int) -> date:
    """
    Return the last day of a month that is told by its number.

    Examples:
        >>> month_end(2026 * 12 + 1)
        datetime.date(2026, 2, 28)
    """
    return last_of_month(date(month // 12, month % 12 + 1, 1))


class _Silent(Rejects):
    """Takes what does not fit where another part tells it."""

    def __init__(self) -> None:
        """Open nothing."""

    def add(self, reject: Reject) -> None:
        """Leave it to the other part."""

    def drop(self, counted: tuple[str, str], reject: Reject) -> None:
        """Leave it to the other part."""

    def pass_over(self, counted: tuple[str, str], rows: int) -> None:
        """Leave it to the other part."""


class Balances:
    """Takes transactions or stated balances; tells averages of months."""

    def __init__(self, register: Register, setting: Setting, months: Iterable[int]) -> None:
        """
        Start empty.

        Args:
            register: Whose accounts.
            setting: What there is.
            months: Every month that may be asked for, by number.
        """
        tables = setting.tables & {"transactions", "balances"}
        # What is stated is nearer than what is summed up.
        self._table = "balances" if "balances" in tables else "transactions"
        self.known = bool(tables)
        """Whether some extract tells them."""
        currency = setting.institution.currency
        self._register = register
        # Its measurement is all that is asked of it: averages of calendar months.
        self._ladder = Ladder(
            rows=(),
            zone=setting.institution.zone,
            digits=CURRENCIES[currency],
            currency=currency,
            unit=None,
            after_protection=False,
            landing="by_latch",
            reviews=(),
            on_change="immediate",
            measurement=Measurement(before_opening="exclude"),
            measure_titles=FrozenMapping(),
            service_titles=FrozenMapping(),
        )
        edges = (_window(month) for month in months)
        self._holdings = Holdings(register, edges, currency, _Silent())
        self._averages: dict[int, pl.DataFrame] = {}

    def take(self, source: Source, rows: Rows) -> None:
        """Take the rows of one block."""
        if source.extract.table == self._table:
            self._holdings.take(source, rows)

    def close(self, rates: Rates) -> None:
        """Sum up."""
        self._rates = rates
        if self.known:
            self._holdings.close()

    def averages(self, months: Sequence[int]) -> pl.DataFrame:
        """
        Return what everybody held, in the order of the register, a column for each month.

        A month before the first account is null, and so is one that is not known. The column
        `unknown` tells whether the last month is not known.
        """
        held = {str(month): self._average(month)["average"] for month in months}
        last = self._average(months[-1])["unknown"].is_not_null() if months else None
        nobody = pl.Series([False] * self._register.customers.height, dtype=pl.Boolean)
        return pl.DataFrame({**held, "unknown": nobody if last is None else last})

    def _average(self, month: int) -> pl.DataFrame:
        found = self._averages.get(month)
        if found is None:
            rates = self._rates.table(*_window(month))
            assets = Assets(self._register, self._holdings, rates)
            measured = measure_assets(assets, month_end(month), self._ladder)
            average = (pl.col("minor_days") // pl.col("days")).alias("average")
            rows = self._register.customers.select("customer").join(
                measured.select("customer", average, "unknown"),
                on="customer",
                how="left",
                maintain_order="left",
            )
            found = self._averages[month] = rows.select("average", "unknown")
        return found


def _window(month: int) -> tuple[date, date]:
    """Return the first day of a month and the day after its last."""
    last = month_end(month)
    return last.replace(day=1), last + timedelta(days=1)


def months_before(on: date, first: int, most: int) -> range:
    """Return the numbers of the last months that are over by a day, none before the first."""
    last = last_whole_month(on)
    return range(max(first, last - most + 1), last + 1)
