"""
What a wave of a million answers costs: weighted scores by branch, alone and beside a peer.

    python benchmarks/satisfaction.py
    python benchmarks/satisfaction.py 100000

The peer is pandas with statsmodels (pip install pandas statsmodels); where it is absent its columns
are left out, and a line says so. Both score by 200 branches, with weights: NPS with its linearised
standard error, and the satisfied share with its Wilson interval on the effective base. Rounds are
interleaved, by the processor's time; the figure is the median over rounds, the ratio the median of
the ratios within a round, and the results are compared. The number is that of respondents.
"""

from __future__ import annotations

import gc
import platform
import sys
import time
import tracemalloc
from array import array
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from random import Random
from statistics import median
from typing import Any, Final

from bankservice import satisfaction
from bankservice.satisfaction.scores.intervals import wilson
from bankservice.satisfaction.waves.cells import counted, placed
from bankservice.satisfaction.waves.columns import Columns, Wave
from bankservice.satisfaction.waves.items import WaveItem
from bankservice.satisfaction.waves.measuring import measured

ROUNDS: Final = 5
BOOK: Final = 1_000_000
BRANCHES: Final = 200
PEERS: Final = ("pandas", "numpy", "statsmodels")
NPS: Final = WaveItem(code="recommend", metric="nps")
CARE: Final = WaveItem(code="care", metric="csat")

Scores = dict[str, tuple[float, ...]]
"""Branch → score and standard error of NPS, then share, low and high of satisfaction."""


def seconds(job: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor's time a job takes, and what it gave."""
    gc.collect()
    begun = time.process_time()
    made = job()
    return time.process_time() - begun, made


def mebibytes(job: Callable[[], Any]) -> float:
    """Return the most memory a job holds beyond what there was, in a run that is not timed."""
    gc.collect()
    tracemalloc.start()
    job()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def installed(name: str) -> str:
    """Return the version of a distribution; nothing where it is absent."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def answered(count: int) -> dict[str, Any]:
    """Return the columns of a wave: two answers, a branch and a weight for each respondent."""
    random = Random(7)
    branches = [f"branch-{place:03}" for place in range(BRANCHES)]
    return {
        "recommend": array("b", (min(10, int(random.triangular(0, 12, 9))) for _ in range(count))),
        "care": array("b", (min(5, int(random.triangular(1, 6, 5))) for _ in range(count))),
        "branch": [branches[int(random.triangular(0, BRANCHES, 20))] for _ in range(count)],
        "weight": array("d", (random.uniform(0.3, 3) for _ in range(count))),
    }


# -- ours ------------------------------------------------------------------------------------------


def gathered(columns: dict[str, Any]) -> Wave:
    """Return columns as a wave."""
    wave = Wave()
    wave.extend(
        {"recommend": columns["recommend"], "care": columns["care"]},
        {"branch": columns["branch"]},
        weights=columns["weight"],
    )
    return wave


def scored(held: Columns) -> Scores:
    """Return the scores of every branch."""
    units = placed(held, "branch")
    found: dict[str, list[float]] = {}
    for item in (NPS, CARE):
        for branch, cells in counted(held, item.code, units).units.items():
            score = measured(item, cells)
            assert score is not None, "every branch has answers"
            told = found.setdefault(branch, [])
            if score.part is None:
                told += [score.score, score.spread.linearised or 0.0]
            else:
                around = wilson(score.part.k, score.part.effective, 0.95)
                told += [score.score, around.low, around.high]
    return {branch: tuple(told) for branch, told in found.items()}


def whole(columns: dict[str, Any]) -> Scores:
    """Return the scores of every branch, from raw columns on."""
    return scored(gathered(columns).drawn)


# -- the peer --------------------------------------------------------------------------------------


def framed(columns: dict[str, Any], *, prepared: bool) -> Any:
    """Return columns as the peer's frame; prepared, the branches are categories already."""
    import pandas as pd

    frame = pd.DataFrame(
        {name: pd.Series(list(column)) for name, column in columns.items()},
    )
    if prepared:
        frame["branch"] = frame["branch"].astype("category")
    return frame


def by_peer(frame: Any) -> Scores:
    """Return the same scores by pandas and statsmodels."""
    import pandas as pd
    from statsmodels.stats.proportion import proportion_confint

    weight, places = frame["weight"], frame["branch"]
    worth = (frame["recommend"] >= 9).astype(float) - (frame["recommend"] <= 6).astype(float)
    good = (frame["care"] >= 4).astype(float)
    sums = (
        pd.DataFrame(
            {"w": weight, "ww": weight**2, "wy": weight * worth, "wg": weight * good, "one": 1.0}
        )
        .groupby(places, observed=True)
        .sum()
    )
    mean = sums["wy"] / sums["w"]
    apart = (worth - mean.reindex(places).to_numpy(dtype=float)) ** 2 * weight**2
    squares = apart.groupby(places, observed=True).sum()
    error = (sums["one"] / (sums["one"] - 1) * squares) ** 0.5 / sums["w"]
    share, effective = sums["wg"] / sums["w"], sums["w"] ** 2 / sums["ww"]
    low, high = proportion_confint(share * effective, effective, method="wilson")
    rows = zip(mean, error, share, low, high, strict=True)
    return {
        str(branch): tuple(map(float, row)) for branch, row in zip(sums.index, rows, strict=True)
    }


# -- the two beside each other ---------------------------------------------------------------------


def beside(columns: dict[str, Any]) -> None:
    """Time the scores of branches, ours and the peer's, and compare them."""
    count = len(columns["weight"])
    wave = gathered(columns)
    kept = sum(column.itemsize * len(column) for column in wave.drawn.answers.values())
    kept += 8 * count + 4 * count
    print(f"\n{count:,} respondents, two answers each, weighted, by {BRANCHES} branches")
    print(
        f"  a wave of columns: {kept / 2**20:,.0f} MiB kept; "
        f"at most {mebibytes(partial(scored, wave.drawn)):,.0f} MiB more while scoring"
    )
    there = all(map(installed, PEERS))
    ways: list[tuple[str, Callable[[], Scores], Callable[[], Scores] | None]] = [
        ("from raw columns", partial(whole, columns), None),
        ("columns prepared", partial(scored, wave.drawn), None),
    ]
    if there:
        frames = [framed(columns, prepared=prepared) for prepared in (False, True)]
        ways = [
            (title, own, partial(by_peer, frame))
            for (title, own, _), frame in zip(ways, frames, strict=True)
        ]
    titles = ("s", "peer s", "times peer", "worst difference")
    print(f"  {'':18}" + "".join(f"{title:>18}" for title in titles))
    for title, own, peer in ways:
        found, other = own(), peer() if peer else None
        took = [(seconds(own)[0], seconds(peer)[0] if peer else 0.0) for _ in range(ROUNDS)]
        cells = [f"{median(each for each, _ in took):.2f}"]
        if other is None:
            cells += ["-"] * 3
        else:
            worst = max(
                abs(one - two)
                for branch, row in found.items()
                for one, two in zip(row, other[branch], strict=True)
            )
            assert worst < 1e-9, f"the peer differs by {worst}"
            cells += [
                f"{median(each for _, each in took):.2f}",
                f"{median(mine / theirs for mine, theirs in took):.1f}",
                f"{worst:.1e}",
            ]
        print(f"  {title:18}" + "".join(f"{cell:>18}" for cell in cells))


def by_rule(columns: dict[str, Any]) -> None:
    """Time the rule: everything that may be told of the wave, each branch beside the rest."""
    wave = gathered(columns)

    def told() -> Any:
        return satisfaction.wave_scores(
            "satisfaction/reporting-shape",
            on=date(2026, 6, 30),
            respondents=wave,
            items=(NPS, CARE),
        ).outcome

    took, outcome = seconds(told)
    units = outcome.units["branch"]
    sure = sum(
        score.against_rest is not None and score.against_rest.verdict != "no-evidence"
        for scores in units.values()
        for score in scores.values()
    )
    print(
        f"\nThe rule satisfaction.wave-scores, all of it: {took:.2f} s, "
        f"{mebibytes(told):,.0f} MiB more at most"
    )
    print(
        f"  {len(units)} branches, {outcome.hidden} scores kept back, "
        f"{sure} of {2 * len(units)} told apart from the rest"
    )


def main() -> None:
    """Score a wave, and compare with the peer."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    told = ", ".join(f"{name} {installed(name) or 'absent'}" for name in PEERS)
    print(f"Python {platform.python_version()}; {told}")
    if not all(map(installed, PEERS)):
        print("The peer is absent: its columns are left out (pip install pandas statsmodels).")
    columns = answered(count)
    by_rule(columns)
    beside(columns)


if __name__ == "__main__":
    main()
