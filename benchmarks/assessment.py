"""
What one tier decision costs, beside the same logic written by hand and beside rules engines.

    python benchmarks/assessment.py

Everything runs in one process, in interleaved rounds; the figure is the median over rounds of
the ratio within a round. `rule-engine` and `zen-engine` come with the `bench` extra.
"""

from __future__ import annotations

import json
import platform
import timeit
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from statistics import median
from typing import Any

import attrs

from bankservice import segmentation
from bankservice.core.policy import Version
from bankservice.core.structure import FACTS
from bankservice.segmentation import Measure, Standing
from bankservice.segmentation.ladder import Ladder
from bankservice.segmentation.policy import SHELF
from bankservice.segmentation.tiers import assess

ROUNDS = 9

POLICY = """
id = "bench/tiers"
kind = "segmentation.tiers"
[[version]]
since = 2020-01-01
source = { text = "benchmark", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
"""
TIER = """
[[version.tier]]
code = "{code}"
enter = "{enter}.00"
retain = "{retain}.00"
protection = "P6M"
grace = "P3M"
"""
LEVELS = {"GOLD": (50_000, 40_000), "PLATINUM": (300_000, 240_000), "DIAMOND": (1_000_000, 800_000)}


def three_tiers() -> Version[Ladder]:
    """Return the policy of the golden trace: three tiers above the base."""
    tiers = "".join(TIER.format(code=c, enter=e, retain=r) for c, (e, r) in LEVELS.items())
    text = POLICY + '[[version.tier]]\ncode = "STANDARD"\n' + tiers
    return SHELF.read(text, "the benchmark").versions[0]


@attrs.frozen
class Result:
    """What the hand-written function returns."""

    tier: int
    reason: str
    latches: tuple[tuple[bool, int, int, int], ...]
    effective_on: int
    next_review: int
    assessed_on: int


def by_hand(
    before: Result,
    on: int,
    total: int,
    days: int,
    enter: tuple[int, ...],
    retain: tuple[int, ...],
    protected: tuple[int, ...],
    graced: tuple[int, ...],
) -> Result:
    """The same latch logic on plain integers; the day's dates are worked out outside, for all."""
    latches = []
    reasons = []
    top, review = -1, 0
    for index, latch in enumerate(before.latches):
        held, below, until, due = latch
        if total >= enter[index] * days:
            latches.append((True, 0, protected[index], 0))
            reasons.append("TIER_REQUALIFIED" if held else "TIER_UP")
            top = index
        elif not held:
            latches.append(latch)
            reasons.append("TIER_BASE")
        elif total >= retain[index] * days:
            latches.append((True, 0, until, 0))
            reasons.append("TIER_BAND")
            top = index
        else:
            if not due:
                below = on
                due = max(until, graced[index])
            if on < due:
                latches.append((True, below, until, due))
                reasons.append("TIER_PROTECTED" if on < until else "TIER_GRACE")
                top = index
                if not review or due < review:
                    review = due
            else:
                latches.append((False, 0, 0, 0))
                reasons.append("TIER_LAPSED")
    effective = before.effective_on
    if top > before.tier:
        reason, effective = reasons[top], on
    elif before.tier >= 0:
        reason = reasons[before.tier]
        if top < before.tier:
            effective = before.latches[before.tier][3] or on
    else:
        reason = "TIER_BASE"
    return Result(top, reason, tuple(latches), effective, review, on)


Job = Callable[[], Any]


def compare(title: str, base: str, jobs: dict[str, Job]) -> dict[str, float]:
    """Time *jobs* in interleaved rounds and print each as a ratio to *base*."""
    numbers = {}
    for name, job in jobs.items():
        once = timeit.timeit(job, number=20) / 20
        numbers[name] = max(20, int(0.05 / max(once, 1e-9)))
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            seconds[name].append(timeit.timeit(job, number=numbers[name]) / numbers[name])
    print(f"\n{title}")
    ratios = {}
    for name, found in seconds.items():
        pairs = zip(found, seconds[base], strict=True)
        ratios[name] = median(one / other for one, other in pairs)
        print(f"  {name:46} {median(found) * 1e9:12,.0f} ns  x{ratios[name]:,.2f}")
    return ratios


def assessments() -> None:
    """Compare one assessment with the hand-written one, for four kinds of month."""
    rungs = three_tiers().parameters
    on, earlier = date(2026, 2, 28), date(2026, 1, 31)
    day = rungs.day(on)
    enter = tuple(level.enter for level in (row.levels[0] for row in rungs.rows[1:]))
    retain = tuple(level.retain for level in (row.levels[0] for row in rungs.rows[1:]))
    protected = tuple(
        latch.protected_until.toordinal() for latch in day.fresh if latch.protected_until
    )
    graced = tuple(rungs.lapse(index, on, None)[0].toordinal() for index in range(3))
    blank = Result(-1, "", ((False, 0, 0, 0),) * 3, 0, 0, 0)
    for title, first, second in (
        ("mass customer, below every level", 1_000, 1_200),
        ("still reaches PLATINUM", 320_000, 330_000),
        ("in the band of PLATINUM", 320_000, 250_000),
        ("first miss of PLATINUM", 320_000, 200_000),
    ):
        start, now = Measure(first * 3100, 31), Measure(second * 2800, 28)
        before = assess(Standing(), earlier, {"assets": start}, rungs)
        hand = by_hand(
            blank, earlier.toordinal(), start.minor_days, 31, enter, retain, protected, graced
        )
        measures = {"assets": now}
        ordinal = on.toordinal()

        def ours(before: Standing = before, measures: Any = measures) -> Standing:
            return assess(before, on, measures, rungs)

        def written(hand: Result = hand, now: Measure = now, ordinal: int = ordinal) -> Result:
            return by_hand(hand, ordinal, now.minor_days, 28, enter, retain, protected, graced)

        assert ours().top == written().tier
        compare(f"One assessment: {title}", "by hand", {"by hand": written, "bankservice": ours})


def explaining() -> None:
    """Compare deciding with explaining: the first must not pay for the second."""
    policy = three_tiers()
    rule = segmentation.tier_assessment
    read = FACTS.read(
        {"measure": {"balance_minor_days": 992_000_000, "days": 31}, "on": "2026-02-28"},
        rule.facts,
        "facts",
    )
    decision = rule.decide(read, policy)
    compare(
        "Deciding and explaining (the public rule, three tiers)",
        "decide",
        {
            "decide": lambda: rule.decide(read, policy),
            "explain as data": decision.explanation,
            "explain in English": lambda: decision.explain("en"),
            "explain in Chinese": lambda: decision.explain("zh_CN"),
        },
    )


FIVE = {"A": 0, "B": 10_000, "C": 50_000, "D": 300_000, "E": 1_000_000}


def bands() -> None:
    """Compare one stateless band over a five-row table with the peers that are installed."""
    rows = "".join(
        f'[[version.tier]]\ncode = "{code}"\n' + (f'enter = "{level}.00"\n' if level else "")
        for code, level in FIVE.items()
    )
    policy = SHELF.read(POLICY + rows, "the benchmark").versions[0]
    rule = segmentation.tier_band
    read = FACTS.read(
        {"measure": {"balance_minor_days": 6_000_000, "days": 1}, "on": "2026-02-28"},
        rule.facts,
        "facts",
    )
    rungs = policy.parameters
    jobs: dict[str, Job] = {
        "bankservice, the rule": lambda: rule.evaluate(read, rungs, None),
        "bankservice, with a Decision": lambda: rule.decide(read, policy),
    }
    jobs.update(_zen())
    jobs.update(_rule_engine())
    for name, job in jobs.items():
        got = job()
        answer = getattr(got, "tier", None) or getattr(getattr(got, "outcome", None), "tier", got)
        assert answer == "C", f"{name} answers {answer!r}"
    compare("One band over the same five rows", "bankservice, the rule", jobs)


def _zen() -> dict[str, Job]:
    try:
        import zen
    except ImportError:
        print("zen-engine is not installed: pip install 'bankservice[bench]'")
        return {}
    levels = [*FIVE.values()][1:]
    cells = [f"< {levels[0]}", *(f"[{a}..{b})" for a, b in pairwise(levels))]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": "i", "name": "balance", "field": "balance"}],
        "outputs": [{"id": "o", "name": "tier", "field": "tier"}],
        "rules": [
            {"_id": str(place), "i": cell, "o": f'"{code}"'}
            for place, (cell, code) in enumerate(
                zip([*cells, f">= {levels[-1]}"], FIVE, strict=True)
            )
        ],
    }
    graph = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "content": {"schema": ""}},
            {"id": "t", "name": "t", "type": "decisionTableNode", "content": table},
            {"id": "out", "name": "out", "type": "outputNode", "content": {"schema": ""}},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "t", "type": "edge"},
            {"id": "2", "sourceId": "t", "targetId": "out", "type": "edge"},
        ],
    }
    text = json.dumps(graph)
    engine = zen.ZenEngine({"loader": lambda key: text})
    return {
        "zen-engine, loader": lambda: engine.evaluate("t", {"balance": 60_000})["result"]["tier"]
    }


def _rule_engine() -> dict[str, Job]:
    try:
        import rule_engine
    except ImportError:
        print("rule-engine is not installed: pip install 'bankservice[bench]'")
        return {}
    rows = [
        (rule_engine.Rule(f"balance >= {level}"), code) for code, level in reversed(FIVE.items())
    ]
    facts = {"balance": Decimal(60_000)}

    def first() -> str:
        return next(code for rule, code in rows if rule.matches(facts))

    return {"rule-engine, first match": first}


def main() -> None:
    """Run all comparisons."""
    found = []
    for name in ("bankservice", "attrs", "zen-engine", "rule-engine"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    print(f"Python {platform.python_version()}, {', '.join(found)}; {ROUNDS} interleaved rounds")
    assessments()
    explaining()
    bands()


if __name__ == "__main__":
    main()
