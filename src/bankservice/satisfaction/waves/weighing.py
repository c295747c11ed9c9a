"""Weights of a wave: its respondents raked to the margins of a population, and trimmed."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from math import fsum
from operator import mul

import attrs

from bankservice.satisfaction.waves.cells import placed
from bankservice.satisfaction.waves.columns import Wave
from bankservice.satisfaction.weights.margins import margin_error, rake
from bankservice.satisfaction.weights.trimming import trim

__all__ = ["WeighedWave", "weighed_wave"]


@attrs.frozen(kw_only=True)
class WeighedWave:
    """
    A wave with weights that make it look like a population.

    Attributes:
        wave: The wave with weights of mean 1; None where the margins could not be met together.
        cycles: How many times raking went through the margins.
        converged: Whether it met every margin.
        error: The worst relative error of a margin, after trimming.
        margin: The margin that has it.
        trimmed: Respondents whose weight was cut down to the cap.
    """

    wave: Wave | None
    cycles: int
    converged: bool
    error: float
    margin: str
    trimmed: int = 0


def weighed_wave(
    wave: Wave, targets: Mapping[str, Mapping[str, float]], cap: float | None = 5.0
) -> WeighedWave:
    """
    Rake the drawn respondents of a wave to margins, and cap their weights.

    Weights the wave has already are where raking begins. Respondents with the same categories are
    raked as one, so that a million of them cost hardly more than their different patterns. Neither
    wave can be added to afterwards.

    Args:
        wave: The wave, of one respondent or more; margins are sorts of units, such as `age`.
        targets: Margin → category → share or count. Who has no category is left out of the margin.
        cap: Highest weight, as a multiple of the mean; None for no cap. What is cut off is spread,
            and the margins are then met only nearly: `error` says how nearly.

    Raises:
        FaultsError: If a category is unknown, or has a target and nobody in it.

    Examples:
        >>> wave = Wave()
        >>> wave.extend({"nps": [9, 3, 10, 10]}, {"age": ["young", "young", "old", "young"]})
        >>> found = weighed_wave(wave, {"age": {"young": 0.5, "old": 0.5}})
        >>> found.converged, [round(w, 4) for w in found.wave.drawn.weights]
        (True, [0.6667, 0.6667, 2.0, 0.6667])
    """
    drawn = wave.drawn
    margins = [placed(drawn, name) for name in targets]
    rows = [*zip(*(places for _, places in margins), strict=True)]
    patterns = {row: place for place, row in enumerate(dict.fromkeys(rows))}
    named = [
        tuple(names[n - 1] if n else None for (names, _), n in zip(margins, row, strict=True))
        for row in patterns
    ]
    of = [patterns[row] for row in rows]
    base = drawn.weights
    if base is None:
        counts = Counter(of)
        totals = [float(counts[place]) for place in range(len(named))]
        base = array("d", [1.0]) * drawn.n
    else:
        parts: defaultdict[int, array[float]] = defaultdict(lambda: array("d"))
        for place, weight in zip(of, base, strict=True):
            parts[place].append(weight)
        totals = [fsum(parts[place]) for place in range(len(named))]
    raked = rake(named, totals, targets)
    bare = WeighedWave(
        wave=None,
        cycles=raked.cycles,
        converged=raked.converged,
        error=raked.error,
        margin=raked.margin,
    )
    if not raked.converged:
        return bare
    mean = fsum(totals) / drawn.n
    held = array("d", map(mul, base, map(raked.factors.__getitem__, of)))
    weights = array("d", [weight / mean for weight in held])
    kept = weights if cap is None else array("d", trim(weights, cap))
    trimmed = 0 if cap is None else sum(w > cap for w in weights)
    sums: defaultdict[int, array[float]] = defaultdict(lambda: array("d"))
    for place, weight in zip(of, kept, strict=True):
        sums[place].append(weight)
    now = [fsum(sums[place]) for place in range(len(named))]
    error, margin = margin_error(named, now, targets, totals)
    return attrs.evolve(bare, wave=wave.weighted(kept), error=error, margin=margin, trimmed=trimmed)
