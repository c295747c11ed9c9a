"""
What the deadlines of one complaint cost, beside one addition of working time.

    python benchmarks/deadlines.py

Everything runs in one process, in interleaved rounds; the figure is the median over rounds of
the ratio within a round.
"""

from __future__ import annotations

import platform
import timeit
from collections.abc import Callable
from datetime import date, datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bankservice.complaints.policy import SHELF
from bankservice.complaints.regimes.deadlines import DeadlineFacts, deadlines, due_dates
from bankservice.core.worktime import WorkingCalendar

ROUNDS = 9
BASE = "one WorkingCalendar.add of 40 hours"

Job = Callable[[], Any]

CALENDAR = """
id = "bench/london"
kind = "worktime.calendar"
[[version]]
since = 2010-01-01
source = { text = "benchmark", clause = "1", checked = "own" }
zone = "Europe/London"
public_holidays = { country = "GB", subdivision = "ENG" }
hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], fri = ["09:00-17:00"] }
"""


def compare(title: str, jobs: dict[str, Job]) -> dict[str, float]:
    """Time *jobs* in interleaved rounds and print each as a ratio to the addition."""
    numbers = {}
    for name, job in jobs.items():
        once = timeit.timeit(job, number=50) / 50
        numbers[name] = max(50, int(0.05 / max(once, 1e-9)))
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            seconds[name].append(timeit.timeit(job, number=numbers[name]) / numbers[name])
    print(f"\n{title}")
    ratios = {}
    for name, found in seconds.items():
        pairs = zip(found, seconds[BASE], strict=True)
        ratios[name] = median(one / other for one, other in pairs)
        print(f"  {name:46} {median(found) * 1e6:10,.2f} us  x{ratios[name]:,.1f}")
    return ratios


def jobs_of(policy: str, calendar: WorkingCalendar, **facts: Any) -> dict[str, Job]:
    """Return the jobs for one complaint under one regime."""
    asked = DeadlineFacts(**facts)
    version = SHELF.get(policy).on(asked.received_on or date(2026, 4, 2))
    start = datetime(2026, 4, 2, 10, 17, tzinfo=ZoneInfo("Europe/London"))
    decision = deadlines.decide(asked, version)
    return {
        BASE: lambda: calendar.add(start, 40 * 3_600_000_000),
        "deadlines, the function": lambda: due_dates(asked, version.parameters),
        "deadlines, with a Decision": lambda: deadlines.decide(asked, version),
        "explaining it as data": decision.explanation,
    }


def main() -> None:
    """Run the comparison."""
    print(f"{platform.machine()}, Python {platform.python_version()}, medians of {ROUNDS} rounds")
    calendar = SHELF.read(CALENDAR, "the benchmark").versions[0].parameters
    day = date(2026, 4, 2)
    compare(
        "us-reg-e: three clocks, two facts not stated, no zone",
        jobs_of("us-reg-e", calendar, received_on=day),
    )
    compare(
        "us-reg-e: an instant with its zone, every fact stated",
        jobs_of(
            "us-reg-e",
            calendar,
            received_at=datetime(2026, 4, 2, 15, tzinfo=ZoneInfo("America/New_York")),
            zone="America/New_York",
            new_account=False,
            extended=False,
        ),
    )
    compare(
        "uk-disp: a payment in England, three clocks with their instants",
        jobs_of("uk-disp", calendar, received_on=day, region="ENG", kind="payment"),
    )


if __name__ == "__main__":
    main()
