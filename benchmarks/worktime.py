"""
What working time costs, beside the libraries that count it.

    python benchmarks/worktime.py

England, Monday to Friday from 9 to 5, bank holidays 2023 to 2028; forty working hours, a month and
a year, fifteen business days. Everything runs in one process, in interleaved rounds; the figure is
the median over rounds of the ratio within a round. Every answer is compared with ours first.
`businesstimedelta`, `business-duration`, `pandas` and `numpy` come with the `bench` extra.
"""

from __future__ import annotations

import platform
import timeit
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bankservice import worktime
from bankservice.core.worktime import WorkingCalendar
from bankservice.worktime import SHELF

ROUNDS = 9
LONDON = ZoneInfo("Europe/London")
HOUR = 3_600_000_000

# The days themselves, so that a correction of the shipped data changes no benchmark.
HOLIDAYS = """
2023-01-02 2023-04-07 2023-04-10 2023-05-01 2023-05-08 2023-05-29 2023-08-28 2023-12-25 2023-12-26
2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26
2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28
2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26
"""
DAYS = tuple(date.fromisoformat(day) for day in HOLIDAYS.split())

HEAD = """
kind = "{kind}"
[[version]]
since = {since}
source = {{ text = "benchmark", clause = "1", checked = "own" }}
"""

START = datetime(2025, 3, 3, 10, 17, tzinfo=LONDON)
MONTH = datetime(2025, 4, 3, 10, 17, tzinfo=LONDON)
YEAR = datetime(2026, 3, 3, 10, 17, tzinfo=LONDON)

Job = Callable[[], Any]


def office() -> WorkingCalendar:
    """Return England from 9 to 5."""
    days = ", ".join(f"{{ on = {day} }}" for day in DAYS)
    text = 'id = "holidays/bench"' + HEAD.format(kind="worktime.holidays", since=date(2023, 1, 1))
    shelf = SHELF.with_policies(
        [SHELF.read(f"{text}\ndays = [{days}]\nknown_through = 2028-12-31", "the holidays")]
    )
    week = ", ".join(f'{day} = ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
    text = 'id = "bench/office"' + HEAD.format(kind="worktime.calendar", since=date(2023, 1, 1))
    text += (
        f'\nzone = "Europe/London"\npublic_holidays = {{ country = "bench" }}\nhours = {{ {week} }}'
    )
    calendar: WorkingCalendar = shelf.read(text, "the calendar").versions[0].parameters
    return calendar


def compare(title: str, base: str, jobs: dict[str, Job], answers: dict[str, Any]) -> None:
    """Check that *jobs* answer alike, time them in interleaved rounds, and print the ratios."""
    for name, job in jobs.items():
        got = job()
        assert answers[name] == got, f"{title}, {name}: {got!r} instead of {answers[name]!r}"
    numbers = {}
    for name, job in jobs.items():
        once = timeit.timeit(job, number=3) / 3
        numbers[name] = max(3, int(0.05 / max(once, 1e-9)))
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            seconds[name].append(timeit.timeit(job, number=numbers[name]) / numbers[name])
    print(f"\n{title}")
    for name, found in seconds.items():
        pairs = zip(found, seconds[base], strict=True)
        ratio = median(one / other for one, other in pairs)
        print(f"  {name:46} {median(found) * 1e6:12,.2f} us  x{ratio:,.1f}")


OURS = "bankservice, the calendar"


def adding(calendar: WorkingCalendar) -> None:
    """Add forty working hours."""
    end = calendar.add(START, 40 * HOUR)
    plain = end.replace(tzinfo=None)
    rule = worktime.add
    facts = rule.facts(start=START, amount=worktime.Duration(40 * HOUR))
    jobs: dict[str, Job] = {
        OURS: lambda: calendar.add(START, 40 * HOUR),
        "bankservice, the public rule": lambda: rule.evaluate(facts, calendar, None).at,
    }
    answers: dict[str, Any] = dict.fromkeys(jobs, end)
    for name, job in _pandas_hours().items():
        jobs[name], answers[name] = job, plain
    for name, job in _businesstimedelta_add().items():
        # It reads times without a zone as UTC.
        jobs[name], answers[name] = job, plain.replace(tzinfo=UTC)
    compare("Add 40 working hours", OURS, jobs, answers)


def measuring(calendar: WorkingCalendar) -> None:
    """Measure a month and a year."""
    for title, end in (("month", MONTH), ("year", YEAR)):
        worked = calendar.between(START, end)
        jobs: dict[str, Job] = {OURS: lambda end=end: calendar.between(START, end)}  # type: ignore[misc]
        answers: dict[str, Any] = {OURS: worked}
        for name, job in _measures(end).items():
            jobs[name], answers[name] = job, worked / HOUR
        compare(f"Measure the working time of a {title}", OURS, jobs, answers)


def business_days(calendar: WorkingCalendar) -> None:
    """Count fifteen business days on."""
    day = START.date()
    found = calendar.business_day(day, 15)
    jobs: dict[str, Job] = {
        OURS: lambda: calendar.business_day(day, 15),
        **_busday(day),
    }
    compare("Fifteen business days", OURS, jobs, dict.fromkeys(jobs, found))


def _missing(name: str) -> dict[str, Job]:
    print(f"{name} is not installed: pip install 'bankservice[bench]'")
    return {}


def _pandas_hours() -> dict[str, Job]:
    try:
        import pandas as pd
    except ImportError:
        return _missing("pandas")
    days = [pd.Timestamp(day) for day in DAYS]
    start = pd.Timestamp(START.replace(tzinfo=None))
    forty = pd.offsets.CustomBusinessHour(40, start="09:00", end="17:00", holidays=days)
    # Round the clock it is wrong over a clock change, so it is given local times without a zone.
    return {"pandas, CustomBusinessHour kept": lambda: start + forty}


def _rules() -> Any:
    import businesstimedelta

    work = businesstimedelta.WorkDayRule(
        start_time=time(9), end_time=time(17), working_days=[0, 1, 2, 3, 4]
    )
    off = businesstimedelta.HolidayRule(dict.fromkeys(DAYS, "holiday"))
    return businesstimedelta.Rules([work, off])


def _businesstimedelta_add() -> dict[str, Job]:
    try:
        import businesstimedelta
    except ImportError:
        return _missing("businesstimedelta")
    start = START.replace(tzinfo=None)
    forty = businesstimedelta.BusinessTimeDelta(_rules(), hours=40)
    return {"businesstimedelta, without a zone": lambda: start + forty}


def _measures(end: datetime) -> dict[str, Job]:
    start, plain = START.replace(tzinfo=None), end.replace(tzinfo=None)
    jobs: dict[str, Job] = {}
    try:
        from business_duration import businessDuration

        days = dict.fromkeys(DAYS, "holiday")
        jobs["business-duration"] = lambda: round(
            businessDuration(start, plain, time(9), time(17), holidaylist=days, unit="hour"), 9
        )
    except ImportError:
        _missing("business-duration")
    try:
        rules = _rules()
    except ImportError:
        _missing("businesstimedelta")
    else:

        def difference() -> float:
            found = rules.difference(start, plain)
            return float(found.hours + found.seconds / 3600)

        jobs["businesstimedelta, without a zone"] = difference
    try:
        import pandas as pd

        off = [pd.Timestamp(day) for day in DAYS]
        hour = pd.offsets.CustomBusinessHour(start="09:00", end="17:00", holidays=off)
        first, last = pd.Timestamp(start), pd.Timestamp(plain)
        # It can only list whole hours; the minutes past the hour are the same at both ends.
        whole = {"start": first.floor("h"), "end": last.floor("h"), "freq": hour}
        jobs["pandas, listing hours"] = lambda: float(len(pd.date_range(**whole)) - 1)
    except ImportError:
        _missing("pandas")
    return jobs


def _busday(day: date) -> dict[str, Job]:
    jobs: dict[str, Job] = {}
    try:
        import numpy as np

        off = np.busdaycalendar(holidays=[np.datetime64(one) for one in DAYS])
        first = np.datetime64(day)
        jobs["numpy, busday_offset"] = lambda: np.busday_offset(first, 15, busdaycal=off).item()
    except ImportError:
        _missing("numpy")
    try:
        import pandas as pd

        fifteen = pd.offsets.CustomBusinessDay(15, holidays=[pd.Timestamp(one) for one in DAYS])
        stamp = pd.Timestamp(day)
        jobs["pandas, CustomBusinessDay kept"] = lambda: date.fromordinal(
            (stamp + fifteen).toordinal()
        )
    except ImportError:
        _missing("pandas")
    return jobs


def main() -> None:
    """Run all comparisons."""
    found = []
    for name in ("bankservice", "businesstimedelta", "business-duration", "pandas", "numpy"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    print(f"Python {platform.python_version()}, {', '.join(found)}; {ROUNDS} interleaved rounds")
    calendar = office()
    adding(calendar)
    measuring(calendar)
    business_days(calendar)


if __name__ == "__main__":
    main()
