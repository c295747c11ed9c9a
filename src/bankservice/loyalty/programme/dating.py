"""
When points can be spent and when they lapse, as it is written.
"""

from __future__ import annotations

from typing import Literal

import attrs

from bankservice.core.calendar import Period

__all__ = [
    "AvailabilityRow",
    "ExpiryRow",
]


@attrs.frozen(kw_only=True)
class AvailabilityRow:
    """
    When points can be spent, counted from posting, by local days of the programme's zone.

    Attributes:
        mode: `at-once`; `next-day`; `after` so many `days`; at the `statement` close; on an
            `action` (such as `minimum-payment`) that the account is told of.
        days: For `after`: 1 is the beginning of the next day.
        action: For `action`: its code.
    """

    mode: Literal["at-once", "next-day", "after", "statement", "action"] = "at-once"
    days: int = 0
    action: str = ""


@attrs.frozen(kw_only=True)
class ExpiryRow:
    """
    When points lapse. All is by local days of the programme's zone; the first instant after the
    last valid day ends the lot.

    Attributes:
        mode: `never`; `after` a period; `end-of` the period they were earned in and `period` more;
            `fixed-day` of the year; `cycles` (several days of the year); `inactivity`.
        period: How long: for `after` from the start, for `inactivity` from the last qualifying
            activity, for `end-of` counted after the end of the earning period, for `fixed-day` and
            `cycles` what must have passed before the day is looked for.
        round_to: Rounded up, after adding, to the end of the `day`, `month`, `quarter`,
            `half-year` or `year`; for `end-of` the earning period itself.
        days: Last valid days as `MM-DD`, for `fixed-day` and `cycles`; 29 February is the 28th in
            common years.
        years: For `fixed-day`: how many times the day passes; 1 is the next one, the starting day
            itself included.
        starts: From the `earning` day, the `posting` day or the day of `activation`.
        most: With `inactivity`, the longest life counted from earning, rounded as `round_to` says.
    """

    mode: Literal["never", "after", "end-of", "fixed-day", "cycles", "inactivity"] = "never"
    period: Period = Period()
    round_to: Literal["day", "month", "quarter", "half-year", "year"] = "day"
    days: tuple[str, ...] = ()
    years: int = 1
    starts: Literal["earning", "posting", "activation"] = "earning"
    most: Period = Period()
