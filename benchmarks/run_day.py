"""
What the main job costs: rows a second, memory, and where the time goes, by three measured sizes.

    python benchmarks/run_day.py                    # 10,000, 30,000 and 100,000 customers
    python benchmarks/run_day.py 10000 100000 1000000
    python benchmarks/run_day.py months             # one size, 1, 4 and 12 months of rows
    python benchmarks/run_day.py berka              # the real bank of examples/berka

A synthetic bank's month (`bankservice demo`, one month of extracts) is run on a fresh journal, each
size in a process of its own, so that its peak memory is its own. It is a book's first month: every
customer is new. Beside it a script written by hand in polars does the measure and the bands alone,
on the same files: no register, no rejects, no foreign currency, no record, no report.

Reading is from the file to typed rows summed by account; measuring from there to a measure for each
customer; deciding is the assessment and all that surrounds it in a record; writing is the
journal's commits, the result files and the report.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

SIZES = (10_000, 30_000, 100_000)
STAGES = {"read": "reading", "measure": "measuring", "decide": "deciding"}
EXAMPLES = Path(__file__).parent.parent / "examples"
LEVELS = (5_000_000, 20_000_000, 80_000_000)


def peak_mebibytes() -> float:
    """Return the most memory this process had."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (1024 if sys.platform != "darwin" else 1024 * 1024)


def ours(file: Path, output: Path) -> dict[str, Any]:
    """Run a bank and return rows, seconds by stage and peak memory."""
    from attrs import evolve

    from bankservice import run
    from bankservice.journals.sql import SqlJournal

    spent: dict[str, float] = defaultdict(float)
    begun = last = perf_counter()

    def watch(stage: str, done: int, _: int) -> None:
        nonlocal last
        now = perf_counter()
        if done:
            spent[STAGES.get(stage.split(maxsplit=1)[0], "writing")] += now - last
        last = now

    spent_committing = _timed_commits(SqlJournal)
    summary = run.run(evolve(run.plan(file), output=output), watch=watch)
    whole = perf_counter() - begun
    spent["deciding"] -= spent_committing["seconds"]
    spent["writing"] += spent_committing["seconds"]
    return {
        "rows": sum(taken.read for taken in summary.taken),
        "seconds": whole,
        "spent": dict(spent),
        "mebibytes": peak_mebibytes(),
    }


def _timed_commits(journal: Any) -> dict[str, float]:
    """Have a journal's commits count their seconds."""
    spent: dict[str, float] = defaultdict(float)
    commit: Callable[..., Any] = journal.commit

    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = perf_counter()
        try:
            return commit(*args, **kwargs)
        finally:
            spent["seconds"] += perf_counter() - begun

    journal.commit = timed
    return spent


def by_hand(folder: Path) -> dict[str, Any]:
    """Do the measure and the bands as one would by hand, and return seconds and peak memory."""
    begun = perf_counter()
    cents = (pl.col("AMT").cast(pl.Decimal(18, 2), strict=False) * 100).cast(pl.Int64)
    moved = (
        pl.scan_csv(folder / "extracts" / "transactions_2026-06.csv.gz", infer_schema=False)
        .with_columns(
            pl.when(pl.col("DC") == "D").then(-cents).otherwise(cents).alias("amount"),
            pl.col("TXN_DT").str.to_date(strict=False).alias("on"),
        )
        .with_columns((pl.date(2026, 7, 1) - pl.col("on")).dt.total_days().alias("days"))
        .group_by("ACCT_NO")
        .agg((pl.col("amount") * pl.col("days")).sum().alias("moved"))
    )
    opening = (pl.col("BAL_BF").cast(pl.Decimal(18, 2), strict=False) * 100).cast(pl.Int64)
    tiers = (
        pl.scan_csv(folder / "extracts" / "accounts.csv", separator=";", infer_schema=False)
        .with_columns(opening.alias("opening"))
        .join(moved, on="ACCT_NO", how="left")
        .group_by("CUST_NO")
        .agg((pl.col("opening") * 30 + pl.col("moved").fill_null(0)).sum().alias("area"))
        .with_columns(
            pl.sum_horizontal(pl.col("area") >= level * 30 for level in LEVELS).alias("tier")
        )
        .group_by("tier")
        .len()
        .collect()
    )
    return {
        "seconds": perf_counter() - begun,
        "mebibytes": peak_mebibytes(),
        "tiers": tiers.height,
    }


def apart(*words: str) -> dict[str, Any]:
    """Run this file's own step in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, __file__, *words], check=True, capture_output=True, text=True
    )
    held: dict[str, Any] = json.loads(done.stdout)
    return held


def told(name: str, found: dict[str, Any]) -> None:
    """Print one line of figures."""
    whole = found["seconds"]
    shares = "  ".join(
        f"{stage} {found['spent'].get(stage, 0) / whole:4.0%}"
        for stage in ("reading", "measuring", "deciding", "writing")
    )
    print(
        f"{name:>18}: {found['rows']:>11,} rows  {whole:7.1f} s  "
        f"{found['rows'] / whole:>9,.0f} rows/s  {found['mebibytes']:6,.0f} MiB   {shares}"
    )


def synthetic(sizes: tuple[int, ...]) -> None:
    """Measure synthetic banks of several sizes."""
    costs = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as held:
            folder = Path(held) / "bank"
            apart("make", str(folder), str(size), "1")
            found = apart("run", str(folder / "bank.toml"), str(Path(held) / "out"))
            hand = apart("hand", str(folder))
            told(f"{size:,} customers", found)
            reading = found["spent"]["reading"] + found["spent"]["measuring"]
            print(
                f"{'polars by hand':>18}: {hand['seconds']:.2f} s, {hand['mebibytes']:,.0f} MiB; "
                f"ours reads and measures in {reading / hand['seconds']:.1f} of its time, "
                f"and does the whole job in {found['seconds'] / hand['seconds']:.0f}"
            )
            costs.append(found["seconds"] / size * 1e6)
    print(
        "microseconds a customer: "
        + ", ".join(f"{cost:.0f}" for cost in costs)
        + f"; from the smallest size to the largest ×{costs[-1] / costs[0]:.2f}"
    )


def main(words: list[str]) -> None:
    """Run one step, or everything."""
    match words:
        case ["make", folder, size, months]:
            from bankservice import demo

            demo.write(Path(folder), customers=int(size), months=int(months), decided=1)
            print("{}")
        case ["run", file, output]:
            print(json.dumps(ours(Path(file), Path(output))))
        case ["hand", folder]:
            print(json.dumps(by_hand(Path(folder))))
        case ["months"]:
            for count in (1, 4, 12):
                with tempfile.TemporaryDirectory() as held:
                    bank, out = Path(held) / "bank", Path(held) / "out"
                    apart("make", str(bank), "20000", str(count))
                    told(f"{count} months", apart("run", str(bank / "bank.toml"), str(out)))
        case ["berka"]:
            with tempfile.TemporaryDirectory() as held:
                told("Berka", apart("run", str(EXAMPLES / "berka" / "bank.toml"), held))
        case _:
            print(f"Python {platform.python_version()}, polars {pl.__version__}")
            synthetic(tuple(map(int, words)) or SIZES)


if __name__ == "__main__":
    main(sys.argv[1:])
