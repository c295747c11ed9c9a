"""
What the models of purchases and spend cost: fitting beside a peer, and scoring a million customers.

    python benchmarks/models.py
    python benchmarks/models.py 100000

The peer is `lifetimes` (pip install lifetimes scipy); where it is absent its columns are left out,
and a line says so. Both fit the public sample of CDNOW, whose folder `$BANKSERVICE_DATA` names
(else `../shared/data` beside the clone), in interleaved rounds by the processor's time; the figure
is the median over rounds, the ratio the median of the ratios within a round. Every fit is judged by
one likelihood, ours, at the parameters it gave. The number is that of customers to score.
"""

from __future__ import annotations

import csv
import gc
import gzip
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from bankservice import lifecycle
from bankservice.lifecycle.prediction import gamma_gamma
from bankservice.lifecycle.prediction.model import Pattern, Spend, SpendParameters
from bankservice.lifecycle.prediction.purchase_models import MODELS

ROUNDS: Final = 7
BOOK: Final = 1_000_000
ROOT: Final = Path(__file__).parent.parent
PEERS: Final = ("lifetimes", "scipy", "numpy", "pandas")
ASKED: Final = date(2026, 6, 30)


def seconds(job: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor's time a job takes, and what it gave."""
    gc.collect()
    begun = time.process_time()
    made = job()
    return time.process_time() - begun, made


def mebibytes() -> float:
    """Return the most memory this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def installed(name: str) -> str:
    """Return the version of a distribution; nothing where it is absent."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


# -- data ------------------------------------------------------------------------------------------


def folder() -> Path:
    """Return the folder of the sample."""
    named = os.environ.get("BANKSERVICE_DATA")
    held = (Path(named) if named else ROOT.parent / "shared" / "data") / "cdnow_lifetimes"
    if not held.is_dir():
        sys.exit("there is no sample of CDNOW: name its parent folder in $BANKSERVICE_DATA.")
    return held


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a gzipped table."""
    with gzip.open(folder() / name, "rt", newline="") as file:
        return list(csv.DictReader(file))


# -- fits ------------------------------------------------------------------------------------------

Fitted = Mapping[str, float]
Job = Callable[[], Fitted]


def pattern(row: Mapping[str, str], age: str, count: int = 1) -> Pattern:
    """Return a row of a published summary as the models want it."""
    return Pattern(Decimal(row["frequency"]), Decimal(row["recency"]), Decimal(row[age]), count)


def fit_purchases(model: str, population: list[Pattern]) -> Fitted:
    """Fit a model of purchases by the rule."""
    outcome = lifecycle.purchase_fit(model=model, population=population).outcome
    return {name: float(each) for name, each in outcome.parameters.items()}


def fit_spend(population: list[Spend]) -> Fitted:
    """Fit a model of spend by the rule."""
    outcome = lifecycle.spend_fit(population=population).outcome
    return {name: float(each) for name, each in outcome.parameters.items()}


def fit_peer(fitter: str, *columns: Any) -> Fitted:
    """Fit a model by the peer, on columns made before."""
    import lifetimes

    made = getattr(lifetimes, fitter)()
    made.fit(*columns)
    return {name: float(each) for name, each in made.params_.items()}


def jobs() -> dict[str, tuple[Job, Job | None, Callable[[Fitted], float]]]:
    """Return what is fitted: by us, by the peer where there is one, and how a fit is judged."""
    seen, spent = rows("cdnow_customers_summary.csv.gz"), rows(SPENT)
    given = rows("donations.csv.gz")
    bought = [pattern(row, "T") for row in seen]
    donors = [pattern(row, "periods", int(row["weights"])) for row in given]
    spending = [Spend(Decimal(row["x"]), Decimal(row["zbar"])) for row in spent if row["x"] != "0"]
    there = bool(installed("lifetimes"))
    peer = partial(peers, seen, spent, given) if there else dict
    by_peer: dict[str, Job] = peer()

    def judged(model: str, population: list[Pattern], named: Fitted) -> float:
        return MODELS[model].log_likelihood(MODELS[model].parameters(named), population)

    def judged_spend(named: Fitted) -> float:
        return gamma_gamma.likelihood(spending)(SpendParameters(**named))

    populations = {"bg-nbd": bought, "mbg-nbd": bought, "bg-bb": donors}
    found: dict[str, tuple[Job, Job | None, Callable[[Fitted], float]]] = {
        model: (
            partial(fit_purchases, model, population),
            by_peer.get(model),
            partial(judged, model, population),
        )
        for model, population in populations.items()
    }
    found["gamma-gamma"] = (
        partial(fit_spend, spending),
        by_peer.get("gamma-gamma"),
        judged_spend,
    )
    return found


SPENT: Final = "cdnow_customers_summary_with_transactions.csv.gz"


def peers(
    seen: list[dict[str, str]], spent: list[dict[str, str]], given: list[dict[str, str]]
) -> dict[str, Job]:
    """Return the peer's fits; its columns are ready-made arrays."""
    import pandas as pd

    def column(table: Iterable[Mapping[str, str]], name: str) -> Any:
        return pd.Series([float(row[name]) for row in table])

    times = [column(seen, name) for name in ("frequency", "recency", "T")]
    donors = [column(given, name) for name in ("frequency", "recency", "periods", "weights")]
    back = [row for row in spent if row["x"] != "0"]
    spending = [column(back, name) for name in ("x", "zbar")]
    return {
        "bg-nbd": partial(fit_peer, "BetaGeoFitter", *times),
        "mbg-nbd": partial(fit_peer, "ModifiedBetaGeoFitter", *times),
        "bg-bb": partial(fit_peer, "BetaGeoBetaBinomFitter", *donors),
        "gamma-gamma": partial(fit_peer, "GammaGammaFitter", *spending),
    }


def fits() -> None:
    """Time fits, ours and the peer's, and print what each found."""
    print(f"Fits, {ROUNDS} interleaved rounds, processor's time, medians")
    titles = ("ms", "peer ms", "times peer", "log-likelihood", "peer's, by ours")
    print(f"  {'':12}" + "".join(f"{title:>17}" for title in titles))
    for model, (own, peer, judged) in jobs().items():
        found, other = own(), peer() if peer else {}
        took = [(seconds(own)[0], seconds(peer)[0] if peer else 0.0) for _ in range(ROUNDS)]
        cells = [f"{median(each for each, _ in took) * 1e3:,.0f}"]
        if peer:
            cells += [
                f"{median(each for _, each in took) * 1e3:,.0f}",
                f"{median(mine / theirs for mine, theirs in took):.2f}",
            ]
        else:
            cells += ["-", "-"]
        cells += [f"{judged(found):,.4f}", f"{judged(other):,.4f}" if peer else "-"]
        print(f"  {model:12}" + "".join(f"{cell:>17}" for cell in cells))
        print(f"  {'':12}" + ", ".join(f"{name} {each:.6g}" for name, each in found.items()))


# -- scores ----------------------------------------------------------------------------------------

Past = tuple[int, int, int]
BUYERS: Final = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
DONORS: Final = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}


def book(count: int, least: int, most: int) -> list[Past]:
    """Return customers of a book: repeat purchases, time to the last, time seen, all whole."""
    random = Random(7)
    held = []
    for _ in range(count):
        age = random.randint(least, most)
        frequency = min(int(random.expovariate(0.4)), age)
        recency = random.randint(frequency, age) if frequency else 0
        held.append((frequency, recency, age))
    return held


def scores(count: int) -> None:
    """Score books: by days of three years with MBG/NBD, by months of three with BG/BB."""
    buyers = MODELS["mbg-nbd"].parameters(BUYERS)
    donors = MODELS["bg-bb"].parameters(DONORS)

    def weekly(past: Past) -> float:
        return MODELS["mbg-nbd"].p_alive(buyers, past[0], past[1] / 7, past[2] / 7)

    def monthly(past: Past) -> float:
        return MODELS["bg-bb"].p_alive(donors, *past)

    peer = peer_alive if installed("lifetimes") else None
    score_book(f"{count:,} customers by days, mbg-nbd", book(count, 30, 1095), weekly, peer)
    peer = peer_donors if installed("lifetimes") else None
    score_book(f"{count:,} customers by months, bg-bb", book(count, 1, 36), monthly, peer)
    by_rule(count)


def by_rule(count: int) -> None:
    """Decide the churn risk of customers by months, with band and card, each and by patterns."""
    policy = lifecycle.SHELF.read(adopted(), "the benchmark")
    held = book(count, 1, 36)
    some = held[: max(1, count // 100)]

    def decided(past: Past) -> Any:
        frequency, recency, age = past
        return lifecycle.churn_risk(
            policy, on=ASKED, frequency=frequency, recency=recency, age=age
        ).outcome

    def by_pattern() -> list[Any]:
        told = {past: decided(past) for past in set(held)}
        return [told[past] for past in held]

    print(f"\nChurn risk by the rule, with band and card, bg-bb: {count:,} customers, or some")
    report(f"{len(some):,}, one by one", lambda: list(map(decided, some)), len(some))
    report(f"{len(set(held)):,} patterns", by_pattern, count)


def adopted() -> str:
    """Return the fit of the donors as a policy with bands."""
    population = [pattern(row, "periods", int(row["weights"])) for row in rows("donations.csv.gz")]
    return lifecycle.adopt(
        lifecycle.purchase_fit(model="bg-bb", population=population).outcome,
        policy_id="bench/outlook",
        since=ASKED,
        fitted_on=ASKED,
        unit="month",
        population={"en": "Donors", "zh": "捐赠者"},
        source={"text": "benchmark", "clause": "1", "checked": "own"},
        zone="UTC",
        horizon=12,
        bands=[
            {"code": "low", "title": {"en": "Low", "zh": "低"}},
            {"code": "high", "title": {"en": "High", "zh": "高"}, "at_least": "0.5"},
        ],
    )


def score_book(
    title: str,
    held: list[Past],
    score: Callable[[Past], float],
    peer: Callable[[list[Past]], list[float]] | None,
) -> None:
    """Score a book one by one, by its different patterns, and by the peer."""
    print(f"\nChurn risk of {title}; {mebibytes():,.0f} MiB with the book")

    def by_pattern() -> list[float]:
        told = {past: score(past) for past in set(held)}
        return [told[past] for past in held]

    ways: list[tuple[str, Callable[[], list[float]]]] = [
        ("one by one", lambda: list(map(score, held))),
        (f"{len(set(held)):,} patterns", by_pattern),
    ]
    if peer is not None:
        ways.append(("lifetimes, arrays", partial(peer, held)))
    first, *others = (report(way, job, len(held)) for way, job in ways)
    for (way, _), told in zip(ways[1:], others, strict=True):
        worst = max(
            abs(one - other) / max(one, other) for one, other in zip(first, told, strict=True)
        )
        print(f"  {way}: worst relative difference from one by one {worst:.1e}")


def report(way: str, job: Callable[[], Any], count: int) -> Any:
    """Time a way of scoring and print what it took."""
    before = mebibytes()
    took, made = seconds(job)
    more = mebibytes() - before
    print(f"  {way:20}{took:9.2f} s{took / count * 1e6:9.2f} µs each{more:9,.0f} MiB more at most")
    return made


def peer_alive(held: list[Past]) -> list[float]:
    """Return the same of the peer, over arrays, by MBG/NBD."""
    import lifetimes
    import numpy as np
    import pandas as pd

    fitter = lifetimes.ModifiedBetaGeoFitter()
    fitter.params_ = pd.Series(BUYERS)
    columns = np.array(held, dtype=float)
    told = fitter.conditional_probability_alive(columns[:, 0], columns[:, 1] / 7, columns[:, 2] / 7)
    return [float(each) for each in told]


def peer_donors(held: list[Past]) -> list[float]:
    """Return the same by BG/BB: in the period after the last one seen."""
    import lifetimes
    import numpy as np
    import pandas as pd

    fitter = lifetimes.BetaGeoBetaBinomFitter()
    fitter.params_ = pd.Series(DONORS)
    columns = np.array(held, dtype=int)
    told = fitter.conditional_probability_alive(1, columns[:, 0], columns[:, 1], columns[:, 2])
    return [float(each) for each in told]


# -- agreement -------------------------------------------------------------------------------------


def agreement() -> None:
    """Compare expected purchases with the closed form, by SciPy's hypergeometric function 2F1."""
    if not installed("scipy"):
        print("\nSciPy is absent: the closed form is not compared (pip install scipy).")
        return
    from scipy.special import hyp2f1

    asked = MODELS["bg-nbd"]
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    parameters = asked.parameters({"r": r, "alpha": alpha, "a": a, "b": b})
    worst: dict[str, float] = {}
    none = 0
    points = [
        (x, age * share if x else 0.0, age, horizon)
        for x in (0, 1, 2, 5, 10, 30, 100)
        for age in (1.0, 10.0, 38.86, 100.0, 200.0)
        for share in (0.1, 0.5, 1.0)
        for horizon in (0.5, 5.0, 39.0, 104.0, 1000.0, 1e6)
    ]
    for x, recency, age, horizon in points:
        long = horizon / (alpha + age)
        # The published form, then Pfaff's of it: SciPy has not every value of either.
        forms = (
            (1 + long) ** -(r + x) * float(hyp2f1(r + x, b + x, a + b + x - 1, long / (1 + long))),
            float(hyp2f1(r + x, a - 1, a + b + x - 1, -long)),
        )
        told = [form for form in forms if isfinite(form)]
        if not told:
            none += 1
            continue
        alive = asked.p_alive(parameters, x, recency, age)
        expected = (a + b + x - 1) / (a - 1) * (1 - told[0]) * alive
        ours = asked.expected(parameters, x, recency, age, horizon)
        where = "horizon up to 104" if horizon <= 104 else "horizon up to 1,000,000"
        worst[where] = max(worst.get(where, 0.0), abs(ours / expected - 1))
    print(f"\nExpected purchases beside the closed form with SciPy's 2F1, {len(points):,} points")
    for where, each in worst.items():
        print(f"  {where:24} worst relative difference {each:.1e}")
    print(f"  points for which SciPy has no finite value: {none}")


def main() -> None:
    """Time fits and scores, and compare with the closed form."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    told = ", ".join(f"{name} {installed(name) or 'absent'}" for name in PEERS)
    print(f"Python {platform.python_version()}; {told}")
    if not installed("lifetimes"):
        print("lifetimes is absent: its columns are left out (pip install lifetimes scipy).")
    fits()
    scores(count)
    agreement()


if __name__ == "__main__":
    main()
