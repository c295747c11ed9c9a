"""
Dates: months counted rightly, periods with a declared month end, local days.

Months are counted from the anchor, never iterated, and clamp to the month's end. `pendulum`
serves the edge (aware values in and out); its own month and year *counts* are wrong in every
3.x and are not used.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import attrs
import pendulum

from bankservice.core.errors import UnknownNameError

__all__ = [
    "DURATION",
    "PERIOD",
    "LeapDayRule",
    "Period",
    "add_months",
    "age_on",
    "aware",
    "civil",
    "days",
    "days_between",
    "in_utc",
    "instant",
    "last_of_month",
    "local_day",
    "midnight",
    "months_between",
    "parse_duration",
    "zone_of",
]

_MINUTE = timedelta(minutes=1)

LeapDayRule = Literal["first-of-march", "end-of-february"]
"""When somebody born on 29 February has a birthday in a common year."""


def last_of_month(day: date) -> date:
    """Return the last day of *day*'s month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """
    Return the day *months* calendar months after *day*, clamped to the month's end.

    Args:
        day: The anchor. Count from it, never from an earlier result: 31 January plus two
            months is 31 March, plus one and one is 28 March.
        months: May be negative.

    Raises:
        OverflowError: If the result lies outside years 1 to 9999.

    Examples:
        >>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 1, 31), 2)
        (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"{day} plus {months} months is in year {year}; dates end in 9999.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """
    Return the number of whole months from *start* to *end*.

    For `start <= end` it is the largest `n` with `add_months(start, n) <= end`; otherwise the
    negative of the count the other way round.

    Examples:
        >>> months_between(date(2025, 7, 23), date(2025, 9, 22))
        1
    """
    if end < start:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    clamped = min(start.day, monthrange(end.year, end.month)[1])
    return months - 1 if end.day < clamped else months


def days_between(start: date, end: date) -> int:
    """Return the calendar days from *start* (counted) to *end* (not counted)."""
    return end.toordinal() - start.toordinal()


def age_on(born_on: date, day: date, *, leap_day: LeapDayRule = "first-of-march") -> int:
    """
    Return the age in whole years on *day*.

    Args:
        born_on: Birth date.
        day: Day asked, in the bank's own zone.
        leap_day: When somebody born on 29 February has a birthday in a common year.

    Raises:
        ValueError: If *day* is before *born_on*.

    Examples:
        >>> age_on(date(2009, 11, 30), date(2027, 11, 29))
        17
        >>> age_on(date(2000, 2, 29), date(2018, 2, 28), leap_day="end-of-february")
        18
    """
    if day < born_on:
        raise ValueError(f"{day} is before the birth date {born_on}; pass a later day.")
    years = day.year - born_on.year
    birthday = add_months(born_on, years * 12)
    moved = (birthday.month, birthday.day) != (born_on.month, born_on.day)
    if moved and leap_day == "first-of-march":
        birthday += timedelta(days=1)
    return years - 1 if day < birthday else years


PERIOD: Final = re.compile(
    r"P(?=\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?",
    re.ASCII,
)
"""How a period of years, months, weeks and days is written."""


@attrs.frozen(order=False)
class Period:
    """
    A span of calendar months and days, such as `P6M` or `P14D`.

    Months are added first, from the anchor and clamped to the month's end; days after. A month
    is never comparable with a number of days, so periods have no order.

    Examples:
        >>> Period.parse("P6M").after(date(2026, 8, 31))
        datetime.date(2027, 2, 28)
        >>> str(Period.parse("P1Y2W"))
        'P12M14D'
    """

    months: int = 0
    days: int = 0

    def __attrs_post_init__(self) -> None:
        if any(type(part) is not int or part < 0 for part in (self.months, self.days)):
            raise ValueError(
                f"a period has whole months and days from 0 up, got {self.months!r} and {self.days!r}."
            )

    @classmethod
    def parse(cls, text: str) -> Period:
        """
        Read an ISO 8601 period of years, months, weeks and days.

        Raises:
            ValueError: If *text* is not such a period (times of day, signs and fractions are
                not).
        """
        found = PERIOD.fullmatch(text)
        if found is None:
            raise ValueError(
                f"{text!r} is not a period of years, months, weeks or days like 'P6M'."
            )
        years, months, weeks, days = (int(part or 0) for part in found.groups())
        return cls(months=years * 12 + months, days=weeks * 7 + days)

    def __str__(self) -> str:
        if not self.months and not self.days:
            return "P0D"
        return (
            "P"
            + (f"{self.months}M" if self.months else "")
            + (f"{self.days}D" if self.days else "")
        )

    def __bool__(self) -> bool:
        return bool(self.months or self.days)

    def after(self, day: date) -> date:
        """Return the day this period after *day*."""
        moved = add_months(day, self.months) if self.months else day
        return moved + timedelta(days=self.days) if self.days else moved


DURATION: Final = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.(?P<micro>\d{1,6}))?S)?)?",
    re.ASCII,
)
"""How a duration is written, but that something stands after its last `P` or `T`."""


def parse_duration(text: str) -> int:
    """
    Return an ISO 8601 duration of days, hours, minutes and seconds in microseconds.

    A day here is 24 elapsed hours. Calendar spans are `Period`s.

    Raises:
        ValueError: If *text* is not such a duration.

    Examples:
        >>> parse_duration("PT8H") // 3_600_000_000
        8
    """
    found = DURATION.fullmatch(text)
    if found is None or text[-1] in "PT":
        raise ValueError(f"{text!r} is not a duration like 'PT8H' or 'P1DT30M'.")
    part = found.groupdict()
    seconds = (
        int(part["days"] or 0) * 86_400
        + int(part["hours"] or 0) * 3_600
        + int(part["minutes"] or 0) * 60
        + int(part["seconds"] or 0)
    )
    micro = seconds * 1_000_000 + int((part["micro"] or "").ljust(6, "0"))
    return -micro if part["sign"] == "-" else micro


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """
    Return the time zone called *name* in the IANA data.

    `localtime`, which some machines list for their own zone, is not one of them.

    Raises:
        UnknownNameError: If there is none; near names are offered.
    """
    try:
        if name == "localtime":
            raise ValueError("the machine's own zone")
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = available_timezones() - {"localtime"}
        raise UnknownNameError("time zone", name, known) from error


def aware(moment: datetime) -> datetime:
    """
    Return *moment*, which must carry a zone or an offset.

    Raises:
        ValueError: If it is naive: its local day cannot be told.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(
            f"{moment.isoformat()} has no time zone; pass an aware datetime, "
            "for example datetime(..., tzinfo=ZoneInfo('Asia/Shanghai'))."
        )
    return moment


def in_utc(moment: datetime) -> datetime:
    """
    Return an aware *moment* as a plain datetime in UTC, where equal instants compare equal.

    Raises:
        ValueError: If it is naive.
    """
    if moment.tzinfo is UTC and type(moment) is datetime:
        return moment
    utc = aware(moment).astimezone(UTC)
    return datetime.combine(date(utc.year, utc.month, utc.day), utc.time(), tzinfo=UTC)


def local_day(moment: datetime, zone: str, *, cut_off: time | None = None) -> date:
    """
    Return the local day on which an instant falls.

    Args:
        moment: Aware. Its own offset never decides the day.
        zone: IANA name of the zone that does.
        cut_off: From this local time on (inclusive) the instant belongs to the next day.

    Raises:
        ValueError: If *moment* is naive.
        UnknownNameError: If *zone* is not known.
    """
    local = aware(moment).astimezone(zone_of(zone))
    day = local.date()
    return day + timedelta(days=1) if cut_off is not None and local.time() >= cut_off else day


def midnight(day: date, zone: str) -> datetime:
    """
    Return the first instant of the local *day*, in UTC.

    Where a clock change removes midnight, it is the first instant that exists on that day;
    where it repeats, the earlier one.
    """
    home = zone_of(zone)
    utc = datetime.combine(day, time(), tzinfo=home).astimezone(UTC)
    if utc.astimezone(home).time() != time():
        # Midnight was skipped: the day begins where the gap ends, at most some hours earlier.
        while (utc - _MINUTE).astimezone(home).date() >= day:
            utc -= _MINUTE
    return utc


def civil(day: date) -> pendulum.Date:
    """Return *day* as a pendulum date, for values that leave the library."""
    return pendulum.Date(day.year, day.month, day.day)


def instant(moment: datetime, zone: str = "UTC") -> pendulum.DateTime:
    """
    Return an aware *moment* as a pendulum datetime in *zone*.

    Raises:
        ValueError: If it is naive.
        UnknownNameError: If *zone* is not known.
    """
    # From the fields: pendulum's own conversions cost several times as much.
    local = in_utc(moment).astimezone(zone_of(zone))
    return pendulum.DateTime(
        local.year,
        local.month,
        local.day,
        local.hour,
        local.minute,
        local.second,
        local.microsecond,
        tzinfo=_pendulum_zone(zone),
        fold=local.fold,
    )


@lru_cache(maxsize=512)
def _pendulum_zone(name: str) -> pendulum.Timezone | pendulum.FixedTimezone:
    return pendulum.timezone(zone_of(name).key)


def days(start: date, end: date) -> Iterator[date]:
    """Yield every day from *start* to *end*, the end left out."""
    for ordinal in range(start.toordinal(), end.toordinal()):
        yield date.fromordinal(ordinal)
