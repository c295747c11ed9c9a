"""Who answered a wave, what their weights are like, and whether scores can be told of them."""

from __future__ import annotations

from datetime import date
from math import fsum
from operator import mul

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.model import told
from bankservice.satisfaction.waves.cells import placed
from bankservice.satisfaction.waves.columns import MODE
from bankservice.satisfaction.waves.facts import WaveFacts
from bankservice.satisfaction.waves.kind import Reporting
from bankservice.satisfaction.waves.outcome import WaveFlag, WaveScores, WaveWhy

__all__ = ["described"]


def described(facts: WaveFacts, reporting: Reporting) -> WaveScores:
    """Return what is told of the respondents and their weights, and whether scores can be."""
    drawn = facts.respondents.drawn
    found = WaveScores(
        respondents=drawn.n,
        self_selected=facts.respondents.self_selected.n,
        next_on=_next(facts.on, reporting),
    )
    flags = []
    if found.self_selected:
        flags.append(WaveFlag.SELF_SELECTED)
    if facts.before is not None and facts.respondents.shares(facts.before):
        # Who answered both times makes the waves no samples of their own.
        flags.append(WaveFlag.SHARED_RESPONDENTS)
    if not drawn.n:
        return attrs.evolve(found, flags=tuple(flags), why="no-respondents")
    why: WaveWhy | None = None
    together = MODE in facts.margins and drawn.weights is not None
    if len(drawn.names(MODE)) > 1 and not together:
        flags.append(WaveFlag.MODES_POOLED)
        why = "modes-pooled" if reporting.written.modes == "refuse" else None
    effective, heaviest = float(drawn.n), 1.0
    if drawn.weights is not None:
        total = fsum(drawn.weights)
        effective = total * (total / fsum(map(mul, drawn.weights, drawn.weights)))
        heaviest = max(drawn.weights) * (drawn.n / total)
        row = reporting.weights
        if heaviest > row.cap:
            flags.append(WaveFlag.WEIGHTS_ABOVE_CAP)
        elif heaviest > row.warn_above:
            flags.append(WaveFlag.WEIGHTS_HEAVY)
        efficiency = told(effective / drawn.n)
        if efficiency < row.warn_efficiency:
            flags.append(WaveFlag.LOW_EFFICIENCY)
        if efficiency < row.least_efficiency:
            why = why or "inefficient-weights"
    without = {by: placed(drawn, by)[1] for by in facts.told_by}
    nowhere = {by: sum(1 for place in places if not place) for by, places in without.items()}
    if any(nowhere.values()):
        flags.append(WaveFlag.WITHOUT_UNIT)
    return attrs.evolve(
        found,
        effective=told(effective),
        efficiency=told(effective / drawn.n),
        design_effect=told(drawn.n / effective),
        heaviest=told(heaviest),
        without_unit=FrozenMapping({by: count for by, count in nowhere.items() if count}),
        flags=tuple(flag for flag in WaveFlag if flag in flags),
        why=why,
    )


def _next(on: date, reporting: Reporting) -> date | None:
    try:
        return reporting.cadence.after(on)
    except OverflowError:
        # Dates end in 9999.
        return None
