"""
The months of the demo: which days people spend on, when pay comes, when interest is booked.

The festival days are those of the years around the demo, good enough for a made-up bank; they are
no calendar, and no rule reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import exp
from random import Random
from typing import Final

import attrs

from bankservice.core.calendar import add_months, days, last_of_month

__all__ = ["PAYDAYS", "UNIT", "Month", "Purchase", "is_business_day", "months_of"]

PAYDAYS: Final = (5, 10, 15, 25)
"""Days of the month on which employers pay; on the business day before where it is none."""

UNIT: Final = 1024
"""A purchase of the size a person makes on average."""

PURCHASES: Final = 4096
"""Purchases drawn for one month; everybody's are a slice of them, in their own size."""

FESTIVALS: Final = {
    2018: date(2018, 2, 16),
    2019: date(2019, 2, 5),
    2020: date(2020, 1, 25),
    2021: date(2021, 2, 12),
    2022: date(2022, 2, 1),
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
}
"""Spring Festival by year."""

WEEK: Final = (85, 85, 90, 95, 120, 150, 135)
"""How much is spent by weekday, Monday first; integers, so that sums are the same everywhere."""

MEANS: Final = ("QRP", "QRP", "QRP", "POS", "POS", "ONL", "ONL", "ATM")
"""Ways to pay, as often as they stand here."""

Purchase = tuple[int, int, str]
"""Index of the day, size in `UNIT`s, transaction code."""


@attrs.frozen(kw_only=True, eq=False)
class Month:
    """
    One month of the demo.

    Attributes:
        name: Such as `2026-06`.
        first: Its first day.
        days: Its days in ISO form; events name them by index.
        busy: How many purchases there are, against a plain month.
        paydays: Day of the month of an employer → index of the day it pays.
        bonus: Index of the day the thirteenth month's pay comes, if in this month.
        festival: Index of the eve of Spring Festival, if in this month.
        interest: Index of the day interest is booked, if in this month.
        purchases: Drawn once and shared; a slice of them is somebody's month.
    """

    name: str
    first: date
    days: tuple[str, ...]
    busy: float
    paydays: dict[int, int]
    bonus: int | None
    festival: int | None
    interest: int | None
    purchases: tuple[Purchase, ...]


def festival(year: int) -> date:
    """Return the first day of Spring Festival; in the early days of February where not known."""
    return FESTIVALS.get(year) or date(year, 2, 5)


def is_business_day(day: date) -> bool:
    """Tell whether banks publish rates and employers pay on *day*."""
    if day.weekday() >= 5 or (day.month, day.day) in ((1, 1), (5, 1), (5, 2)):
        return False
    if day.month == 10 and day.day <= 7:
        return False
    return not 0 <= (day - festival(day.year)).days < 7


def appetite(day: date) -> int:
    """Return how much is spent on *day*, as a weight."""
    weight = WEEK[day.weekday()]
    to_festival = (festival(day.year) - day).days
    if 1 <= to_festival <= 12:
        weight = weight * 17 // 10
    elif -4 <= to_festival <= 0:
        weight = weight // 2
    if day.month == 10 and day.day <= 7:
        weight = weight * 16 // 10
    if day.month == 11 and day.day <= 11:
        # People wait for the sale of the eleventh.
        weight = weight * 4 if day.day == 11 else weight * 8 // 10
    return weight


def months_of(count: int, last: date, rng: Random) -> tuple[Month, ...]:
    """Return the *count* months up to that of *last*."""
    return tuple(_month(add_months(last.replace(day=1), -back), rng) for back in range(count))[::-1]


def _month(first: date, rng: Random) -> Month:
    end = last_of_month(first)
    held = tuple(days(first, end + timedelta(days=1)))
    weights = [appetite(day) for day in held]
    return Month(
        name=f"{first:%Y-%m}",
        first=first,
        days=tuple(map(str, held)),
        busy=sum(weights) * 7 / (sum(WEEK) * len(held)),
        paydays={day: _business_index(first.replace(day=day), first) for day in PAYDAYS},
        bonus=_index(festival(end.year) - timedelta(days=12), held),
        festival=_index(festival(end.year) - timedelta(days=1), held),
        interest=20 if first.month % 3 == 0 else None,
        purchases=tuple(_purchases(weights, rng)),
    )


def _index(day: date, held: tuple[date, ...]) -> int | None:
    return held.index(day) if day in held else None


def _business_index(day: date, first: date) -> int:
    """Return the index of *day*, or of the business day before it within the month."""
    while not is_business_day(day) and day > first:
        day -= timedelta(days=1)
    return (day - first).days


def _purchases(weights: list[int], rng: Random) -> Iterator[Purchase]:
    pool = [index for index, weight in enumerate(weights) for _ in range(weight // 5)]
    for _ in range(PURCHASES):
        # The mean of a log-normal value with sigma 0.8 is exp(0.32).
        size = int(UNIT * exp(0.8 * rng.gauss(0.0, 1.0) - 0.32)) + 1
        yield rng.choice(pool), size, rng.choice(MEANS)
