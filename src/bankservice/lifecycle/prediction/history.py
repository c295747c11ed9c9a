"""
A customer's history as the models of purchases want it: how often, how recently, how long.

Counted from business days: the first of them is the beginning; every later day with business is one
repeat purchase, however much was done on it. For models in whole periods a period after the first
counts once, and only periods that are over by the day asked are seen.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

import attrs

from bankservice.core.errors import Fault, FaultsError
from bankservice.core.unknown import UNKNOWN, UnknownType
from bankservice.lifecycle.prediction.cards import TimeUnit
from bankservice.lifecycle.prediction.model import history_faults, period_faults

__all__ = ["History", "HistoryFacts", "per_year", "summary"]

NO_HISTORY: Final = "no-history"

_SUMMED: Final = ("frequency", "recency", "age")
_DAYS: Final[dict[str, Fraction]] = {
    "day": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(365, 12),
}


@attrs.frozen(kw_only=True)
class HistoryFacts:
    """
    What is known of a customer's business.

    Attributes:
        on: Day asked, in the bank's own zone.
        days: Days with business up to `on`, in any order; nothing where the three sums are stated.
        frequency: Repeat purchases (x).
        recency: Time from the first purchase to the last (t_x), in the unit of the model.
        age: Time from the first purchase to the day asked (T).
    """

    on: date
    days: tuple[date, ...] | UnknownType | None = None
    frequency: Decimal | UnknownType | None = None
    recency: Decimal | UnknownType | None = None
    age: Decimal | UnknownType | None = None

    def faults(self) -> tuple[Fault, ...]:
        """Return what contradicts itself, whatever the model."""
        found = []
        if self.days is not None:
            wanted = "nothing: `days` says it"
            found += [
                Fault(name, str(getattr(self, name)), wanted)
                for name in _SUMMED
                if getattr(self, name) is not None
            ]
        if isinstance(self.days, tuple):
            wanted = f"a day up to {self.on}, the day asked"
            found += [
                Fault(f"days[{place}]", str(day), wanted)
                for place, day in enumerate(self.days)
                if day > self.on
            ]
        if all(isinstance(getattr(self, name), Decimal) for name in _SUMMED):
            found += history_faults(self.frequency, self.recency, self.age)  # type: ignore[arg-type]
        return tuple(found)


@attrs.frozen
class History:
    """
    Frequency, recency and age; or why there are none.

    Attributes:
        frequency: Repeat purchases (x).
        recency: Time from the first to the last (t_x).
        age: Time from the first to the day asked (T).
        why: `no-history` for a customer without business; empty otherwise.
        unknown: Facts that are not known, without which there is no history.
    """

    frequency: Fraction = Fraction(0)
    recency: Fraction = Fraction(0)
    age: Fraction = Fraction(0)
    why: Literal["", "no-history"] = ""
    unknown: tuple[str, ...] = ()


def summary(facts: HistoryFacts, unit: TimeUnit, *, periods: bool) -> History:
    """
    Return a customer's history in a unit of time.

    Args:
        facts: Days with business, or the three sums.
        unit: The unit; months of the calendar where *periods*.
        periods: Whether the model counts whole periods.

    Raises:
        FaultsError: If the sums are none a customer of such a model can have.

    Examples:
        >>> facts = HistoryFacts(
        ...     on=date(1997, 9, 30), days=(date(1997, 1, 1), date(1997, 1, 15), date(1997, 1, 15))
        ... )
        >>> found = summary(facts, "week", periods=False)
        >>> found.frequency, found.recency, found.age == Fraction(272, 7)
        (Fraction(1, 1), Fraction(2, 1), True)
    """
    if facts.days is UNKNOWN:
        return History(unknown=("days",))
    if facts.days is not None:
        days = sorted(set(facts.days))
        if not days:
            return History(why="no-history")
        return _in_periods(days, facts.on, unit) if periods else _in_time(days, facts.on, unit)
    stated = {name: getattr(facts, name) for name in _SUMMED}
    if stated["frequency"] == 0 and not isinstance(stated["recency"], Decimal):
        # Who never came back was last seen at the beginning.
        stated["recency"] = Decimal(0)
    unknown = tuple(name for name, held in stated.items() if not isinstance(held, Decimal))
    if unknown:
        return History(unknown=unknown)
    if periods:
        faults = tuple(period_faults(*stated.values()))
        if faults:
            raise FaultsError("the history of a customer", faults)
    x, t_x, age = (Fraction(held) for held in stated.values())
    return History(x, t_x, age)


def per_year(unit: TimeUnit) -> Fraction:
    """Return how many of a unit a year of 365 days has."""
    return 365 / _DAYS[unit]


def _in_time(days: list[date], on: date, unit: TimeUnit) -> History:
    first, last = days[0], days[-1]
    recency, age = ((day - first).days / _DAYS[unit] for day in (last, on))
    return History(Fraction(len(days) - 1), recency, age)


def _in_periods(days: list[date], on: date, unit: TimeUnit) -> History:
    """Count whole periods after the first; the one that is not over yet is not seen."""
    first = days[0]
    # The period of the day after is the one that is not over.
    over = _period(on + timedelta(days=on < date.max), first, unit) - 1
    seen = {_period(day, first, unit) for day in days}
    bought = [period for period in seen if 0 < period <= over]
    return History(Fraction(len(bought)), Fraction(max(bought, default=0)), Fraction(max(over, 0)))


def _period(day: date, first: date, unit: TimeUnit) -> int:
    """Return the number of a day's period; that of the first day is 0."""
    if unit == "month":
        return (day.year - first.year) * 12 + day.month - first.month
    return (day - first).days // int(_DAYS[unit])
