"""
What RFM of a million customers costs: fit the cut points once, then score everybody.

    python benchmarks/rfm.py
    python benchmarks/rfm.py 100000

The peers score by quantile: `pandas.qcut` with duplicate edges dropped, and SQL's NTILE (SQLite).
For each is told how many customers have another score than somebody with an equal value.
"""

from __future__ import annotations

import gc
import resource
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Final

import pandas as pd

from bankservice.segmentation.scoring.model import Better, Scale, fit

CUSTOMERS: Final = 1_000_000
K: Final = 5
MEASURES: Final[tuple[tuple[str, Better], ...]] = (
    ("recency", "smaller"),
    ("frequency", "larger"),
    ("monetary", "larger"),
)
Column = Sequence[int]


def population(count: int) -> dict[str, list[int]]:
    """Return days, distinct days and minor units of customers, most of whom came once."""
    random = Random(7)
    frequency = [min(1 + int(random.expovariate(0.7)), 300) for _ in range(count)]
    return {
        "recency": [random.randrange(731) for _ in range(count)],
        "frequency": frequency,
        "monetary": [int(random.lognormvariate(8, 1.2)) * each for each in frequency],
    }


def timed(job: Callable[[], list[int]]) -> tuple[float, list[int]]:
    """Return the processor's seconds of a job, and its scores."""
    gc.collect()
    begun = time.process_time()
    scores = job()
    return time.process_time() - begun, scores


def ours(values: Column, better: Better) -> list[int]:
    """Fit, then score everybody by the cut points."""
    return scored(fit(values, K, better), values)


def scored(scale: Scale, values: Column) -> list[int]:
    """Score everybody, one at a time."""
    return list(map(scale.score, values))


def by_qcut(values: Column, better: Better) -> list[int]:
    """Score by quantile edges of pandas; equal edges make fewer bins."""
    series = pd.Series(values) if better == "larger" else -pd.Series(values)
    return list(pd.qcut(series, K, labels=False, duplicates="drop") + 1)


def by_ntile(values: Column, better: Better) -> list[int]:
    """Score by SQL's NTILE, which cuts the row order into equal parts."""
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE held (id INTEGER PRIMARY KEY, value INTEGER)")
        base.executemany("INSERT INTO held VALUES (?, ?)", enumerate(values))
        order = "value" if better == "larger" else "value DESC"
        rows = base.execute(f"SELECT id, NTILE({K}) OVER (ORDER BY {order}) FROM held")
        found = dict(rows)
    return [found[place] for place in range(len(values))]


def split(values: Column, scores: Sequence[int]) -> int:
    """Count customers whose score differs from the lowest of those with an equal value."""
    lowest: dict[int, int] = defaultdict(lambda: K + 1)
    for value, score in zip(values, scores, strict=True):
        lowest[value] = min(lowest[value], score)
    return sum(lowest[value] != score for value, score in zip(values, scores, strict=True))


def mebibytes() -> float:
    """Return the most memory this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Time each way of scoring, and count whom it treats unequally."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    held = population(count)
    before = mebibytes()
    print(f"{count:,} customers, {K} scores; {before:,.0f} MiB with the values alone")
    took = {name: timed(partial(ours, held[name], better)) for name, better in MEASURES}
    total = sum(seconds for seconds, _ in took.values())
    print(f"fit and score R, F and M: {total:.2f} s, {mebibytes() - before:,.0f} MiB more at most")
    print(f"  {'measure':<10}{'way':<14}{'seconds':>9}{'scores used':>13}{'equals split':>14}")
    for name, better in MEASURES:
        ways = {
            "bankservice": took[name],
            "pandas qcut": timed(partial(by_qcut, held[name], better)),
            "SQL NTILE": timed(partial(by_ntile, held[name], better)),
        }
        for way, (seconds, scores) in ways.items():
            used, unequal = len(set(scores)), split(held[name], scores)
            print(f"  {name:<10}{way:<14}{seconds:>9.2f}{used:>13}{unequal:>14,}")


if __name__ == "__main__":
    main()
