"""The scores of units: beside the rest of a wave and the wave before, drawn to the whole, ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

import attrs

from bankservice.satisfaction.changes.many_tests import benjamini_hochberg, bonferroni, holm
from bankservice.satisfaction.changes.verdicts import Verdict, judged
from bankservice.satisfaction.model import told
from bankservice.satisfaction.scores.small_units import shrunk
from bankservice.satisfaction.waves.cells import Counted, others
from bankservice.satisfaction.waves.items import WaveItem
from bankservice.satisfaction.waves.keeping import Why
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.waves.measuring import (
    Apart,
    Measured,
    answers,
    compared,
    interval,
    measured,
    told_ends,
    unit_of,
)
from bankservice.satisfaction.waves.outcome import ScoreChange, UnitScore, VerdictWord, WaveFlag

__all__ = ["score_flags", "scored_units", "told_change"]

_ADJUSTMENTS: Final = {
    "holm": holm,
    "benjamini-hochberg": benjamini_hochberg,
    "bonferroni": bonferroni,
}
_WORDS: Final[Mapping[str, Mapping[Verdict, VerdictWord]]] = {
    "waves": {Verdict.IMPROVED: "improved", Verdict.WORSENED: "worsened"},
    "rest": {Verdict.IMPROVED: "better", Verdict.WORSENED: "worse"},
}


def score_flags(found: Measured, reporting: Reporting) -> tuple[WaveFlag, ...]:
    """Return what is to be held against a score."""
    flags = []
    if found.effective < reporting.floor.internal:
        flags.append(WaveFlag.SMALL_EFFECTIVE)
    if not found.spread.variance:
        flags.append(WaveFlag.NO_SPREAD)
    return tuple(flags)


def _told(value: float | None, factor: float = 1.0) -> Decimal | None:
    return None if value is None else told(value * factor)


def told_change(
    item: WaveItem,
    found: Apart,
    adjusted: float | None,
    against: Literal["waves", "rest"],
    reporting: Reporting,
) -> ScoreChange:
    """Return a difference as it is told, with its verdict."""
    factor = unit_of(item)
    verdict = Verdict.NO_EVIDENCE
    if adjusted is not None and found.low is not None and found.high is not None:
        limit = 1 - reporting.confidence
        good = not item.good_is_low
        verdict = judged(found.low, found.high, limit, (adjusted,), high_is_good=good)
    return ScoreChange(
        difference=told(found.difference * factor),
        low=_told(found.low, factor),
        high=_told(found.high, factor),
        p_value=_told(found.p_value),
        adjusted=_told(adjusted),
        detectable=_told(found.detectable, factor),
        verdict=_WORDS[against].get(verdict, "no-evidence"),
        flags=(WaveFlag.SMALL_TABLE,) if found.small else (),
    )


def scored_units(
    item: WaveItem,
    counted: Counted,
    kept: Mapping[str, Why],
    before: Mapping[str, Measured],
    reporting: Reporting,
) -> dict[str, UnitScore]:
    """
    Return the scores of the units of one sort.

    Args:
        item: The item.
        counted: Its answers, by unit.
        kept: Units whose scores are kept back, and why.
        before: The scores of the wave before that may be told.
        reporting: The policy.
    """
    whole = measured(item, counted.whole)
    scores: dict[str, UnitScore] = {}
    found: dict[str, Measured] = {}
    for unit, cells in counted.units.items():
        base = answers(cells)
        if not base:
            scores[unit] = UnitScore(base=0, why="no-answers")
        elif unit in kept:
            scores[unit] = UnitScore(why=kept[unit])
        else:
            held = measured(item, cells)
            if held is None:
                scores[unit] = UnitScore(base=base, why="no-weight")
            else:
                found[unit] = held
                scores[unit] = _scored(item, held, base, whole, reporting)
    rests = {unit: measured(item, others(counted.whole, counted.units[unit])) for unit in found}
    rest = {
        unit: compared(item, held, found[unit], reporting)
        for unit, held in rests.items()
        if held is not None
    }
    since = {
        unit: compared(item, before[unit], held, reporting)
        for unit, held in found.items()
        if unit in before
    }
    against = _changes(item, rest, "rest", reporting)
    changes = _changes(item, since, "waves", reporting)
    ranks = _ranks(item, {unit: scores[unit] for unit in found})
    for unit in found:
        scores[unit] = attrs.evolve(
            scores[unit],
            against_rest=against.get(unit),
            change=changes.get(unit),
            rank=ranks[unit],
        )
    return scores


def _scored(
    item: WaveItem, found: Measured, base: int, whole: Measured | None, reporting: Reporting
) -> UnitScore:
    assert whole is not None, "a unit whose answers weigh something is part of the whole"
    factor = unit_of(item)
    low, high = told_ends(interval(item, found, reporting), factor)
    strength = float(reporting.units.prior_strength)
    drawn = shrunk(found.score, found.effective, whole.score, strength)
    return UnitScore(
        score=told(found.score * factor),
        low=low,
        high=high,
        base=base,
        effective=told(found.effective),
        shrunk=told(drawn * factor),
        flags=score_flags(found, reporting),
    )


def _changes(
    item: WaveItem,
    found: Mapping[str, Apart],
    against: Literal["waves", "rest"],
    reporting: Reporting,
) -> dict[str, ScoreChange]:
    """Return differences as they are told, their p-values adjusted for each other."""
    tested = {unit: each.p_value for unit, each in found.items() if each.p_value is not None}
    adjust = _ADJUSTMENTS[reporting.units.adjustment]
    adjusted = dict(zip(tested, adjust([*tested.values()]), strict=True))
    return {
        unit: told_change(item, each, adjusted.get(unit), against, reporting)
        for unit, each in found.items()
    }


def _ranks(item: WaveItem, scores: Mapping[str, UnitScore]) -> dict[str, int]:
    """Return the place of each unit by its shrunk score, the best first; equals share one."""
    held = [score.shrunk for score in scores.values() if score.shrunk is not None]
    ordered: Sequence[Decimal] = sorted(held, reverse=not item.good_is_low)
    places: dict[Decimal, int] = {}
    for place, each in enumerate(ordered, 1):
        places.setdefault(each, place)
    return {unit: places[s.shrunk] for unit, s in scores.items() if s.shrunk is not None}
