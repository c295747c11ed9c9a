"""Codes of the reasons and checks of a wave's scores, and how its explanation is noted."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.special import rounded
from bankservice.satisfaction.scores.answered import shown
from bankservice.satisfaction.waves.facts import WaveFacts
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.waves.outcome import WaveFlag, WaveScores

__all__ = ["WAVE_SAYS", "tell_wave", "wave_headline"]

_PLACES: Final = 4
"""Places of a p-value that are shown."""

SCORED: Final = Says("WAVE_SCORED", ("respondents", "items", "hidden"))
NOBODY: Final = Says("WAVE_NOBODY")
POOLED: Final = Says("WAVE_MODES_POOLED", ("modes",))
INEFFICIENT: Final = Says("WAVE_INEFFICIENT", ("percent", "least"))
EFFICIENCY: Final = Says("wave-efficiency", ("percent", "least"))
HEAVIEST: Final = Says("wave-heaviest", ("heaviest", "most"))
MODES: Final = Says("wave-modes", ("modes",))
FLOOR: Final = Says("wave-floor", ("floor", "hidden"))
APART: Final = Says("wave-apart", ("self_selected",))
SCORE: Final = Says("wave-score", ("item", "score", "low", "high", "base"))
KEPT: Final = Says("wave-kept", ("item", "floor"))
CHANGED: Final = Says("wave-changed", ("item", "difference", "p_value"))
UNIT: Final = Says("wave-unit", ("item", "unit", "difference", "p_value"))
STRENGTH: Final = Says("wave-strength", ("item", "at_least"))
WEAKNESS: Final = Says("wave-weakness", ("item", "below"))

WAVE_SAYS: Final = (
    SCORED,
    NOBODY,
    POOLED,
    INEFFICIENT,
    EFFICIENCY,
    HEAVIEST,
    MODES,
    FLOOR,
    APART,
    SCORE,
    KEPT,
    CHANGED,
    UNIT,
    STRENGTH,
    WEAKNESS,
)


def _shown(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(float(value), 4)


def _p_value(value: Decimal | None) -> Decimal | None:
    return None if value is None else shown(value, _PLACES)


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else rounded(100 * float(share), 3)


def _modes(facts: WaveFacts) -> int:
    return len(facts.respondents.drawn.names("mode"))


def tell_wave(facts: WaveFacts, reporting: Reporting, outcome: WaveScores, trace: Trace) -> None:
    """Note what the scores of a wave were held against, and what was found."""
    _tell_weights(facts, reporting, outcome, trace)
    if outcome.self_selected:
        trace.check(APART(self_selected=outcome.self_selected), held=True)
    if outcome.why is not None:
        return
    trace.check(FLOOR(floor=outcome.floor, hidden=outcome.hidden), held=not outcome.hidden)
    for item, score in outcome.scores.items():
        if score.score is None:
            trace.check(KEPT(item=item, floor=outcome.floor), held=False)
            continue
        ends = _shown(score.low), _shown(score.high)
        told = SCORE(
            item=item, score=_shown(score.score), low=ends[0], high=ends[1], base=score.base
        )
        trace.check(told, held=True)
        if score.change is not None and score.change.p_value is not None:
            changed = CHANGED(
                item=item,
                difference=_shown(score.change.difference),
                p_value=shown(score.change.p_value, _PLACES),
            )
            trace.check(changed, held=score.change.verdict != "no-evidence")
    for units in outcome.units.values():
        for unit, items in units.items():
            for item, found in items.items():
                rest = found.against_rest
                if rest is not None and rest.verdict != "no-evidence":
                    apart = _shown(rest.difference), _p_value(rest.adjusted)
                    trace.check(
                        UNIT(item=item, unit=unit, difference=apart[0], p_value=apart[1]), True
                    )
    for item in outcome.strengths:
        trace.check(STRENGTH(item=item, at_least=reporting.cuts.strong), held=True)
    for item in outcome.weaknesses:
        trace.check(WEAKNESS(item=item, below=reporting.cuts.weak), held=True)


def _tell_weights(
    facts: WaveFacts, reporting: Reporting, outcome: WaveScores, trace: Trace
) -> None:
    if outcome.efficiency is not None and facts.respondents.drawn.weights is not None:
        weights = reporting.weights
        least = _percent(weights.warn_efficiency)
        held = outcome.efficiency >= weights.warn_efficiency
        trace.check(EFFICIENCY(percent=_percent(outcome.efficiency), least=least), held=held)
        light = outcome.heaviest is not None and outcome.heaviest <= weights.warn_above
        told = HEAVIEST(heaviest=_shown(outcome.heaviest), most=weights.warn_above)
        trace.check(told, held=light)
    if WaveFlag.MODES_POOLED in outcome.flags:
        trace.check(MODES(modes=_modes(facts)), held=False)


def wave_headline(facts: WaveFacts, reporting: Reporting, outcome: WaveScores) -> Reason:
    """Return the main reason of an outcome."""
    match outcome.why:
        case "no-respondents":
            return NOBODY()
        case "modes-pooled":
            return POOLED(modes=_modes(facts))
        case "inefficient-weights":
            least = _percent(reporting.weights.least_efficiency)
            return INEFFICIENT(percent=_percent(outcome.efficiency), least=least)
    return SCORED(respondents=outcome.respondents, items=len(facts.items), hidden=outcome.hidden)
