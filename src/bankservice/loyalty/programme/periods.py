"""
In which period a transaction uses a limit, as text: the key under which its use is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from bankservice.core.calendar import add_months, months_between
from bankservice.loyalty.programme.dates import statement_close

__all__ = ["period_key", "rolling_keys"]

_KEYS: Final[Mapping[str, Callable[[date], str]]] = {
    "transaction": lambda day: "",
    "lifetime": lambda day: "ever",
    "day": date.isoformat,
    "rolling": date.isoformat,
    "month": lambda day: f"{day.year:04}-{day.month:02}",
    "quarter": lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day.year:04}",
}


def period_key(
    period: str, day: date, *, statement_day: int = 31, opened_on: date | None = None
) -> str:
    """
    Return the key of the period that *day* is in.

    Args:
        period: As a cap or reward writes it; `rolling` counts each day by itself.
        day: Local day.
        statement_day: Last day of the statement period.
        opened_on: First day of the membership, for `membership-year`; *day* where left out.

    Examples:
        >>> period_key("quarter", date(2026, 5, 3)), period_key("statement", date(2026, 5, 3))
        ('2026-Q2', 'to 2026-05-31')
        >>> period_key("membership-year", date(2026, 5, 3), opened_on=date(2024, 9, 1))
        'from 2025-09-01'
    """
    known = _KEYS.get(period)
    if known is not None:
        return known(day)
    if period == "statement":
        return f"to {statement_close(day, statement_day)}"
    assert period == "membership-year", period
    opened_on = min(opened_on or day, day)
    return f"from {add_months(opened_on, months_between(opened_on, day) // 12 * 12)}"


def rolling_keys(day: date, length: int) -> tuple[str, ...]:
    """Return the keys whose use counts together on the last of *length* days, the newest first."""
    last = day.toordinal()
    return tuple(
        date.fromordinal(each).isoformat() for each in range(last, max(0, last - length), -1)
    )
