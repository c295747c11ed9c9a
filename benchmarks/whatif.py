"""
What trying a policy costs: a million standings under two policies, beside deciding them once.

    python benchmarks/whatif.py
    python benchmarks/whatif.py 100000

Standings are generated from a seed, one by one: a measure, and what an earlier assessment made of
the customer. Deciding once is the plain loop over the rule, without a record, a comparison or a
count. Of each comparison the processor's time is taken in interleaved rounds over a tenth of the
book, and the ratio is the median of the ratios within a round; the whole book is taken once. Peak
memory is that of a process of its own for each length. The number is that of standings.

Complaints are the deadlines of cases under a regime and under another version of it; repeated are
the entries of a journal in memory, whole and one by one.
"""

from __future__ import annotations

import gc
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import attrs

from bankservice import policies
from bankservice.bank import open_bank
from bankservice.core.frozen import FrozenMapping
from bankservice.core.policy import Policy
from bankservice.core.policy_file import read_policy
from bankservice.core.structure import FACTS
from bankservice.core.trial import Question, Trial
from bankservice.core.what_if import simulate
from bankservice.segmentation import Measure, Measures, Standing
from bankservice.segmentation.rules import AssessmentFacts

BOOK: Final = 1_000_000
ROUNDS: Final = 5
SEED: Final = 8
SHIPPED: Final = "segmentation/cn-retail-shape"
REGIME: Final = "complaints/cn-nfra"
ON: Final = date(2026, 3, 31)
BEFORE: Final = date(2025, 12, 31)


def seconds(job: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor's time a job takes, and what it gave."""
    gc.collect()
    begun = time.process_time()
    made = job()
    return time.process_time() - begun, made


def mebibytes() -> float:
    """Return the most memory this process held so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` tells of a process begins with what its parent held.
        (line,) = (one for one in status.read_text("utf-8").splitlines() if "VmHWM" in one)
        return int(line.split()[1]) / 1024
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (1024 if sys.platform != "darwin" else 1024 * 1024)


def standings(trial: Trial[Any, Any, Any], policy: Policy[Any], customers: int) -> Iterator[Any]:
    """Yield questions: a measure of today, and a standing that an earlier measure led to."""
    chance = Random(SEED)
    ladder = policy.on(BEFORE).parameters
    assess = trial.rule.evaluate
    for number in range(customers):
        level = 10 ** chance.uniform(3.5, 7.2)
        then = Measures(FrozenMapping({"assets": Measure(int(level * 100) * 31, 31, 1)}))
        now = Measure(int(level * chance.uniform(60, 140)) * 31, 31, 1)
        held: Standing = assess(AssessmentFacts(measure=then, on=BEFORE), ladder, None)
        measure = Measures(FrozenMapping({"assets": now}))
        facts = AssessmentFacts(measure=measure, on=ON, standing=held)
        yield Question(f"customer-{number}", facts)


def draft(policy: Policy[Any]) -> Policy[Any]:
    """Return the policy with every level above the base an eighth higher."""
    shelf = policies.shelf()
    raw = json.loads(policy.versions[-1].text)
    for tier in raw["version"][0]["tier"]:
        for name in ("enter", "retain"):
            if name in tier and isinstance(tier[name], str):
                tier[name] = f"{int(float(tier[name]) * 1.125)}.00"
    return read_policy(raw, "the draft", shelf.kinds, shelf, reader=FACTS)


def decide(
    trial: Trial[Any, Any, Any], policy: Policy[Any], book: list[Any], *others: Policy[Any]
) -> None:
    """Decide every question once, under each policy."""
    for each in (policy, *others):
        parameters, evaluate = each.on(ON).parameters, trial.rule.evaluate
        for question in book:
            evaluate(question.facts, parameters, None)


def peak(customers: int) -> None:
    """Print the most memory a process holds that tries a book of a length."""
    policy = policies.load(SHIPPED)
    trial = policies.trial("segmentation.tier-assessment")
    simulate(trial, policy, draft(policy), standings(trial, policy, customers))
    print(mebibytes())


def tiers(customers: int) -> None:
    """Print what a book of standings costs, beside deciding it once."""
    policy, trial = policies.load(SHIPPED), policies.trial("segmentation.tier-assessment")
    other = draft(policy)
    book = list(standings(trial, policy, max(customers // 10, 1)))
    jobs: dict[str, Callable[[], Any]] = {
        "decide once": lambda: decide(trial, policy, book),
        "decide under both": lambda: decide(trial, policy, book, other),
        "what if, two policies": lambda: simulate(trial, policy, other, book),
        "what if, the same": lambda: simulate(trial, policy, policy, book),
    }
    rounds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            rounds[name].append(seconds(job)[0])
    once = rounds["decide once"]
    print(f"\n{len(book):,} standings, {ROUNDS} interleaved rounds")
    for name, held in rounds.items():
        ratio = median(mine / one for mine, one in zip(held, once, strict=True))
        each = median(held) / len(book) * 1e6
        print(f"  {name:24} {median(held):8.2f} s   {each:7.2f} µs each   {ratio:5.2f} × once")


def whole(customers: int) -> None:
    """Print what a long book costs that is generated while it is asked, and its memory."""
    policy, trial = policies.load(SHIPPED), policies.trial("segmentation.tier-assessment")
    other = draft(policy)
    made, _ = seconds(lambda: sum(1 for _ in standings(trial, policy, customers)))
    took, told = seconds(
        lambda: simulate(trial, policy, other, standings(trial, policy, customers))
    )
    print(f"{customers:,} standings, generated while they are asked")
    print(f"  generating them          {made:8.2f} s")
    print(f"  and trying the policy    {took:8.2f} s   of which what if {took - made:.2f} s")
    print(f"  asked {told.asked:,}, changed {told.changed:,}, moved {told.moved:,}")
    for length in (customers // 10, customers):
        done = subprocess.run(
            [sys.executable, __file__, "peak", str(length)],
            check=True,
            capture_output=True,
            text=True,
        )
        print(f"  peak memory of {length:>9,}: {float(done.stdout):7.1f} MiB")


def complaints(cases: int) -> None:
    """Print what deadlines of complaints cost."""
    policy, trial = policies.load(REGIME), policies.trial("complaints.deadlines")
    facts = trial.rule.facts
    chance = Random(SEED)
    names = {field.name for field in attrs.fields(facts)}
    book = []
    for number in range(cases):
        day = date(2025, 1, 2) + timedelta(days=chance.randrange(360))
        at = datetime(day.year, day.month, day.day, chance.randrange(24), tzinfo=UTC)
        told = {"received_at": at} if "received_at" in names else {"received_on": day}
        book.append(Question(f"case-{number}", facts(**told)))
    version = policy.versions[-1]
    same = attrs.evolve(version, ref=attrs.evolve(version.ref, digest="0" * 32))
    took, _ = seconds(lambda: simulate(trial, version, same, book))
    print(f"\ncomplaints: {cases:,} cases under two versions, {cases / took:,.0f} cases a second")


def repeated(customers: int) -> None:
    """Print how many entries are decided again in a second."""
    with open_bank("memory:") as bank:
        for month in range(1, 13):
            on = date(2025 + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            measures = {
                f"customer-{n}": {"average": f"{(n * 7919 + month * 104729) % 900_000}.00"}
                for n in range(customers)
            }
            for who, measure in measures.items():
                bank.standings.assess(f"{on}-{who}", who, measure=measure, on=on)
        took, told = seconds(lambda: [again for _, _, again in bank.repeat_all()])
        some = told[:: max(len(told) // 500, 1)]
        single, _ = seconds(lambda: [bank.repeat(again.ref) for again in some])
    print(f"\nrepeat: {len(told):,} entries of {customers:,} records")
    print(f"  the whole journal  {len(told) / took:10,.0f} entries a second")
    print(f"  one by one         {len(some) / single:10,.0f} entries a second")


def main() -> None:
    """Print it all."""
    if sys.argv[1:2] == ["peak"]:
        peak(int(sys.argv[2]))
        return
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    print(f"bankservice {version('bankservice')}, Python {platform.python_version()}")
    print(f"{platform.system()} {platform.machine()}, seed {SEED}, {SHIPPED} and {REGIME}")
    tiers(customers)
    whole(customers)
    complaints(customers // 50)
    repeated(max(customers // 2_000, 10))


if __name__ == "__main__":
    main()
