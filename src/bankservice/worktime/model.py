"""What the rules of working time are told, and what they answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs
from pendulum import DateTime

from bankservice.core.calendar import Period, parse_duration
from bankservice.core.scalars import RefusedError
from bankservice.core.schema import Forms, Schema
from bankservice.core.structure import Reader
from bankservice.core.worktime import Roll

__all__ = [
    "AddFacts",
    "Added",
    "BetweenFacts",
    "BusinessDay",
    "BusinessDayFacts",
    "CalendarDay",
    "CalendarDayFacts",
    "Duration",
    "Measured",
]

_SECOND = 1_000_000


@attrs.frozen(order=True)
class Duration:
    """
    An amount of time in microseconds, written as an ISO 8601 duration such as `PT8H`.

    It may be negative. A day in it is 24 hours. A caller may also pass a `timedelta`.

    Examples:
        >>> str(Duration.parse("PT1H30M")), Duration.parse("-PT8H").microseconds // 3_600_000_000
        ('PT5400S', -8)
    """

    microseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """
        Read an ISO 8601 duration of days, hours, minutes and seconds.

        Raises:
            ValueError: If *text* is not such a duration.
        """
        return cls(parse_duration(text))

    @classmethod
    def __read__(cls, raw: object, reader: Reader) -> Duration:
        if isinstance(raw, timedelta):
            return cls(raw // timedelta(microseconds=1))
        try:
            return cls.parse(reader.read(raw, str, ""))
        except ValueError:
            raise RefusedError(raw, 'a duration such as "PT8H"') from None

    @classmethod
    def __schema__(cls, forms: Forms) -> Schema:
        return forms.duration()

    def __str__(self) -> str:
        seconds, micro = divmod(abs(self.microseconds), _SECOND)
        fraction = f".{micro:06d}".rstrip("0") if micro else ""
        return f"{'-' if self.microseconds < 0 else ''}PT{seconds}{fraction}S"

    def __written__(self) -> str:
        return str(self)


@attrs.frozen(kw_only=True)
class AddFacts:
    """
    What working time is added to.

    Attributes:
        start: When counting begins.
        amount: How much; of a negative amount, how much before.
    """

    start: datetime
    amount: Duration


@attrs.frozen(kw_only=True)
class Added:
    """
    When an amount of working time has passed.

    Attributes:
        at: In the calendar's zone.
        provisional: Whether public holidays up to then are not all known.
    """

    at: DateTime
    provisional: bool = False


@attrs.frozen(kw_only=True)
class BetweenFacts:
    """
    Between what working time is measured.

    Attributes:
        start: The one instant.
        end: The other; if it is the earlier one, the answer is negative.
    """

    start: datetime
    end: datetime


@attrs.frozen(kw_only=True)
class Measured:
    """
    How much working time lies between two instants.

    Attributes:
        seconds: Whole seconds, rounded down.
        provisional: Whether the public holidays between them are not all known.
    """

    seconds: int
    provisional: bool = False


@attrs.frozen(kw_only=True)
class BusinessDayFacts:
    """
    From which day business days are counted.

    Attributes:
        day: Day 0, which is not counted.
        n: How many; of a negative number, how many before.
    """

    day: date
    n: int


@attrs.frozen(kw_only=True)
class BusinessDay:
    """
    The business day reached.

    Attributes:
        day: The day.
        provisional: Whether public holidays up to then are not all known.
    """

    day: date
    provisional: bool = False


@attrs.frozen(kw_only=True)
class CalendarDayFacts:
    """
    From which day calendar days, weeks or months are counted.

    Attributes:
        day: Day 0, which is not counted.
        amount: How far; months first, clamped to the month's end.
        roll: Where a last day that is no business day moves to.
    """

    day: date
    amount: Period
    roll: Roll = "none"


@attrs.frozen(kw_only=True)
class CalendarDay:
    """
    The last day of a period.

    Attributes:
        last_day: The day.
        ends_at: First instant after it, in the calendar's zone.
        provisional: Whether public holidays that decide it are not all known.
    """

    last_day: date
    ends_at: DateTime
    provisional: bool = False
