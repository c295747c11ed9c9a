"""
What was seen of customers by a day, as a model of purchases counts it.

The same counting as `bankservice.lifecycle.prediction.history`, for a whole book at once: in
days, or in periods after the one a customer began in, of which those that are over are seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import attrs
import polars as pl

from bankservice.core.calendar import last_of_month
from bankservice.core.special import rounded

__all__ = ["Counting", "History", "Seen", "last_whole_month", "month_of", "seen"]

_LENGTHS: Final = {"day": 1.0, "week": 7.0, "month": 365 / 12}
"""Days of a unit of time that does not count in periods."""


def month_of(on: date) -> int:
    """
    Return a month as a number: the next month is one more.

    Examples:
        >>> month_of(date(2026, 1, 31)) - month_of(date(2025, 12, 1))
        1
    """
    return on.year * 12 + on.month - 1


def last_whole_month(on: date) -> int:
    """
    Return the last month that is over by the end of a day.

    Examples:
        >>> last_whole_month(date(2026, 2, 28)) - last_whole_month(date(2026, 2, 27))
        1
    """
    return month_of(on) - (on != last_of_month(on))


@attrs.frozen
class Counting:
    """
    How a model counts time.

    Attributes:
        unit: Its unit.
        periods: Whether it counts whole periods; months are those of the calendar then.
    """

    unit: Literal["day", "week", "month"]
    periods: bool

    @property
    def step(self) -> int:
        """Days of a period; of a month it is not asked."""
        return int(_LENGTHS[self.unit]) if self.periods else 1

    def place(self, day: pl.Expr) -> pl.Expr:
        """Return how many periods, or days, after the beginning a day is."""
        if self.periods and self.unit == "month":
            return _month(day) - _month(pl.col("began"))
        return (day - pl.col("began")).dt.total_days() // self.step

    def age(self, on: date) -> pl.Expr:
        """Return how many of them were over by the end of a day."""
        if not self.periods:
            return self.place(pl.lit(on))
        # The period of the day after is the one that is not over.
        return (self.place(pl.lit(on + timedelta(days=1))) - 1).clip(0)

    def time(self, places: int) -> Decimal:
        """
        Return periods, or days, in the unit of the model.

        Examples:
            >>> Counting("week", periods=False).time(10), Counting("month", periods=True).time(10)
            (Decimal('1.42857142857'), Decimal('10'))
        """
        return Decimal(places) if self.periods else rounded(places / _LENGTHS[self.unit])


class History(NamedTuple):
    """Frequency, recency and age of a customer, the last two in periods or days."""

    frequency: int
    recency: int
    age: int


@attrs.frozen(eq=False)
class Seen:
    """
    What was seen of customers up to a day, in the order of the register.

    Attributes:
        histories: Frequency, recency and age; None of who never did business.
        spent: What was spent on repeat purchases, in minor units; None where it is not known.
    """

    histories: Sequence[History | None]
    spent: Sequence[int | None]

    def repeated(self) -> Iterator[tuple[int, int]]:
        """Yield frequency and spending of everybody who came back and whose spending is known."""
        for held, spent in zip(self.histories, self.spent, strict=True):
            if held is not None and held.frequency and spent:
                yield held.frequency, spent


def seen(
    began: pl.DataFrame, business: pl.DataFrame, spent: pl.DataFrame, on: date, counting: Counting
) -> Seen:
    """
    Return what was seen of everybody by the end of a day.

    Args:
        began: `who`, the day each `began`, null where never, and whether spending is `uncertain`.
        business: `who` and `on`: days of business.
        spent: `who`, `on` and `minor`: what was spent on days.
        on: The day.
        counting: How time is counted.
    """
    begun = began.filter(pl.col("began") <= on).select("who", "began")

    def repeats(rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows after each customer's beginning, in what is over by the day."""
        placed = rows.filter(pl.col("on") <= on).join(begun, on="who")
        placed = placed.with_columns(counting.place(pl.col("on")).alias("place"))
        return placed.filter((pl.col("place") > 0) & (pl.col("place") <= counting.age(on)))

    place = pl.col("place")
    times = repeats(business).group_by("who").agg(place.n_unique().alias("x"), place.max())
    money = repeats(spent).group_by("who").agg(pl.col("minor").sum())
    rows = (
        began.select("who", "uncertain")
        .join(begun, on="who", how="left")
        .join(times, on="who", how="left")
        .join(money, on="who", how="left")
        .sort("who")
        .select(
            pl.when(pl.col("began").is_not_null()).then(pl.col("x").fill_null(0)),
            pl.col("place").fill_null(0),
            counting.age(on).alias("age"),
            pl.when(~pl.col("uncertain")).then(pl.col("minor").fill_null(0)),
        )
    )
    histories: list[History | None] = []
    spending: list[int | None] = []
    for frequency, recency, age, minor in rows.iter_rows():
        histories.append(None if frequency is None else History(frequency, recency, age))
        spending.append(None if minor is None else int(minor))
    return Seen(histories, spending)


def _month(day: pl.Expr) -> pl.Expr:
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)
