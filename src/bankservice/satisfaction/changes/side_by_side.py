"""Many groups side by side: each with what it is compared with, and all p-values adjusted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Final

import attrs

from bankservice.satisfaction.changes.many_tests import benjamini_hochberg, holm
from bankservice.satisfaction.changes.net_change import net_compared
from bankservice.satisfaction.changes.share_change import shares_compared
from bankservice.satisfaction.changes.verdicts import POWER, Verdict, judged, told_or_none
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.tally import Cells, Portion, Spread, portion, spread

__all__ = ["Adjusting", "ComparedUnit", "Standing", "side_by_side"]


class Adjusting(Enum):
    """How p-values are adjusted for how many there are."""

    HOLM = "holm"
    BENJAMINI_HOCHBERG = "benjamini-hochberg"


class Standing(Enum):
    """How a unit stands to what it is compared with."""

    BETTER = "better"
    WORSE = "worse"
    NO_EVIDENCE = "no-evidence"


STANDINGS: Final = {
    Verdict.IMPROVED: Standing.BETTER,
    Verdict.WORSENED: Standing.WORSE,
    Verdict.NO_EVIDENCE: Standing.NO_EVIDENCE,
}


@attrs.frozen(kw_only=True)
class ComparedUnit:
    """
    A unit beside another one, or beside the rest.

    Attributes:
        unit: The unit.
        against: The other unit, or `rest`.
        score: Score of the unit: in points, or from 0 to 1; None over nobody.
        other_score: Score of what it is compared with.
        base: Answers of the unit.
        other_base: Answers of what it is compared with.
        difference: The first score less the second; None where there is none of either.
        low: Lower end of its interval, not adjusted for how many there are.
        high: Upper end of its interval.
        p_value: Of this test alone; for shares in a small table, Fisher's.
        holm: The p-value adjusted by Holm.
        bh: The p-value adjusted by Benjamini and Hochberg.
        verdict: `better`, `worse` or `no-evidence`, by the adjusted p-value asked for.
        detectable: The smallest true difference that this test alone would have found four times
            in five; None where not even the largest.
    """

    unit: str
    against: str
    score: Decimal | None = None
    other_score: Decimal | None = None
    base: int
    other_base: int
    difference: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    p_value: Decimal | None = None
    holm: Decimal | None = None
    bh: Decimal | None = None
    verdict: Standing = Standing.NO_EVIDENCE
    detectable: Decimal | None = None


@attrs.frozen
class _Tested:
    difference: float
    low: float
    high: float
    p_value: float
    seen: float | None
    able: bool = True


@attrs.frozen
class _Group:
    """One of the groups, measured once, however often it is compared."""

    cells: Cells
    base: int
    spread: Spread | None
    portion: Portion | None

    @classmethod
    def of(cls, cells: Cells, *, net: bool) -> _Group:
        base = sum(cell.n for cell in cells.values())
        return cls(cells, base, spread(cells), None if net else portion(cells, {1}))


def _tested(first: _Group, second: _Group, *, net: bool, confidence: float) -> _Tested | None:
    """Return the second compared with the first, as fractions; None over nobody."""
    power = float(POWER)
    if net:
        found = net_compared(first.cells, second.cells, confidence, power)
        if found is None or first.spread is None or second.spread is None:
            return None
        assert found.low is not None, "the adjusted method always has a spread"
        assert found.high is not None, "the adjusted method always has a spread"
        assert found.p_value is not None, "the adjusted method always has a spread"
        seen = found.seen if found.seen is not None and found.seen <= 2 else None
        observed = second.spread.mean - first.spread.mean
        return _Tested(observed, found.low, found.high, found.p_value, seen)
    if first.portion is None or second.portion is None:
        return None
    both = shares_compared(first.portion, second.portion, confidence, power)
    # In a small table a difference must convince both tests.
    p_value = both.p_value if both.exact is None else max(both.p_value, both.exact)
    able = both.exact is not None or not both.small
    return _Tested(both.difference, both.low, both.high, p_value, both.seen, able)


def side_by_side(
    pairs: Sequence[tuple[str, Cells, str, Cells]],
    *,
    net: bool,
    confidence: float = 0.95,
    adjust: Adjusting = Adjusting.HOLM,
) -> tuple[ComparedUnit, ...]:
    """
    Compare many pairs of groups at once.

    Args:
        pairs: Name and answers of a group, and of what it is compared with: by class for NPS, as
            `classes_of` returns them, or under 1, satisfied, and 0. Weights count as in the scores.
        net: Whether it is NPS.
        confidence: Between 0 and 1.
        adjust: By which adjusted p-values the verdicts go.
    """
    times = 100 if net else 1
    cells = {id(each): each for _, first, _, second in pairs for each in (first, second)}
    groups = {key: _Group.of(each, net=net) for key, each in cells.items()}
    held = [(unit, groups[id(a)], against, groups[id(b)]) for unit, a, against, b in pairs]
    tested = [_tested(other, own, net=net, confidence=confidence) for _, own, _, other in held]
    raw = [found.p_value for found in tested if found is not None]
    adjusted = iter(zip(holm(raw), benjamini_hochberg(raw), strict=True))
    compared = []
    for (unit, own, against, other), found in zip(held, tested, strict=True):
        each = ComparedUnit(
            unit=unit,
            against=against,
            score=told_or_none(None if own.spread is None else own.spread.mean, times),
            other_score=told_or_none(None if other.spread is None else other.spread.mean, times),
            base=own.base,
            other_base=other.base,
        )
        if found is not None:
            by_holm, by_bh = next(adjusted)
            chosen = by_holm if adjust is Adjusting.HOLM else by_bh
            verdict = judged(found.low, found.high, 1 - confidence, (chosen,))
            each = attrs.evolve(
                each,
                difference=told(times * found.difference),
                low=told(times * found.low),
                high=told(times * found.high),
                p_value=told(found.p_value),
                holm=told(by_holm),
                bh=told(by_bh),
                # A small table with weights has no exact test, and convinces nobody.
                verdict=STANDINGS[verdict] if found.able else Standing.NO_EVIDENCE,
                detectable=told_or_none(found.seen, times),
            )
        compared.append(each)
    return tuple(compared)
