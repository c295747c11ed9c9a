"""
What a sweep costs as cases pile up: 1,000 clocks due among ten thousand open ones and a million.

    python benchmarks/complaint_sweep.py [open clocks, 1000000 by default]

Every case runs the two clocks of the 24-hour promise in a SQLite file. 500 cases, with 1,000
clocks, are a day older than the rest, so exactly those are due. Two figures, each the median of
five rounds: asking the agenda for the 1,000, and giving all their notices (1,000 commands, each
decided and committed). The large journal is measured against the small one in the same run.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from bankservice import complaints
from bankservice.complaints.service import Cases
from bankservice.core.driver import serve
from bankservice.core.record import Command
from bankservice.journals.sql import SqlJournal

SMALL, LARGE, DUE = 10_000, 1_000_000, 1_000
BATCH = 5_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SWEPT = NOON + timedelta(hours=24, minutes=1)
ROUNDS = 5


def fill(url: str, clocks: int) -> None:
    """Open cases until *clocks* run, the first of them a day before the rest."""
    journal = SqlJournal.open(url)
    promise = complaints.SHELF.get("24-hour-promise")
    cases = Cases(journal, [promise], now=lambda: NOON + timedelta(days=1))
    done = 0
    while done < clocks // 2:
        count = min(BATCH, clocks // 2 - done)
        body = complaints.CASE.command("receive", {"customer": "c-1", "channel": "hotline"})
        commands = [
            Command(
                id=f"r-{number}",
                subject=f"case-{number}",
                body=body,
                at=NOON if number < DUE // 2 else NOON + timedelta(days=1),
            )
            for number in range(done, done + count)
        ]
        serve(cases.desk.batch(f"fill-{done}", commands, NOON + timedelta(days=1)), journal)
        done += count
    journal.close()


def found(url: str) -> float:
    """Return the seconds of asking the agenda for what is due."""
    journal = SqlJournal.open(url)
    started = perf_counter()
    items = journal.due("default", SWEPT, limit=DUE)
    took = perf_counter() - started
    journal.close()
    assert len(items) == DUE, f"{len(items)} due"
    return took


def given(url: str) -> float:
    """Return the seconds of giving every notice that is due; they are undone by a new journal."""
    journal = SqlJournal.open(url)
    cases = Cases(journal, [complaints.SHELF.get("24-hour-promise")], now=lambda: SWEPT)
    started = perf_counter()
    swept = cases.sweep(limit=DUE)
    took = perf_counter() - started
    journal.close()
    assert (swept.handled, swept.failed) == (DUE, ()), swept
    return took


def main(large: int = LARGE) -> None:
    """Measure both journals in turns and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"small": SMALL, "large": large}
        files = {name: Path(folder) / f"{name}.db" for name in sizes}
        for name, clocks in sizes.items():
            started = perf_counter()
            fill(f"sqlite:///{files[name]}", clocks)
            took = perf_counter() - started
            print(f"{clocks:>9,} open clocks written in {took:,.0f} s", flush=True)
        asked: dict[str, list[float]] = {name: [] for name in sizes}
        for _ in range(ROUNDS):
            for name, file in files.items():
                asked[name].append(found(f"sqlite:///{file}"))
        swept = {name: given(f"sqlite:///{file}") for name, file in files.items()}
        ratio = median(asked["large"]) / median(asked["small"])
        print(
            f"asking for {DUE:,} due: {median(asked['small']) * 1e3:.1f} ms among {SMALL:,}, "
            f"{median(asked['large']) * 1e3:.1f} ms among {large:,}, ratio {ratio:.2f}"
        )
        print(
            f"giving {DUE:,} notices: {swept['small']:.2f} s among {SMALL:,}, "
            f"{swept['large']:.2f} s among {large:,}, ratio {swept['large'] / swept['small']:.2f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
