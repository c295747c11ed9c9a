"""
What rules of weighting answer: the weights, what they are worth, how well they meet the margins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from math import fsum
from typing import Final

import attrs

from bankservice.core.decision import Reason, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.core.special import rounded
from bankservice.satisfaction.model import told
from bankservice.satisfaction.weights.kish import (
    WeightFlag,
    efficiency_flags,
    kish,
    read_weights,
)
from bankservice.satisfaction.weights.margins import Raked
from bankservice.satisfaction.weights.respondents import Matched

__all__ = [
    "CHECKS",
    "PACKAGE",
    "Weighting",
    "WeightingWhy",
    "base_weights",
    "floats_of",
    "nobody_weighted",
    "note_weighting",
    "start_faults",
    "weighting_headline",
    "weighting_of",
]

PACKAGE: Final = "bankservice.satisfaction"

NOT_RAKED: Final = Says("RAKED_NOT", ("cycles", "percent", "margin"))
NOBODY: Final = Says("WEIGHTED_NOBODY")
MET: Final = Says("raking-met", ("cycles", "patterns"))
UNKNOWN: Final = Says("raking-unknown", ("margin", "respondents"))
ROUNDED: Final = Says("raking-rounded")
RANGE: Final = Says("weights-range", ("least", "most"))
WORTH: Final = Says("weights-worth", ("design_effect", "percent"))

CHECKS: Final = (NOT_RAKED, NOBODY, MET, ROUNDED, UNKNOWN, RANGE, WORTH)
"""Reasons and checks of every rule of weighting, but for its own headline."""

_PLACES: Final = 12
"""Digits after the point of an error of margins: beyond lies what floats cannot help."""
_SHOWN: Final = 6


class WeightingWhy(Enum):
    """Why there are no weights, or none to rely on."""

    NOBODY = "nobody"
    NOT_CONVERGED = "not-converged"


@attrs.frozen(kw_only=True)
class Weighting:
    """
    Weights, and what they are worth.

    Attributes:
        weights: One for each row, with a mean of 1 over the respondents; where a row is several,
            the weight of each. To fourteen digits.
        respondents: How many there are.
        design_effect: How much more the weighted answers vary than as many with equal weights;
            None where there is nobody.
        effective_n: How many answers with equal weights they are worth; None where there is nobody.
        efficiency: Effective answers over respondents; None where there is nobody.
        patterns: How many different patterns of categories were weighted.
        cycles: How many times the margins were gone through.
        converged: Whether every margin is met, judged on the margins themselves.
        worst_error: The worst relative error of a category of a margin; None where there is nobody.
        worst_margin: The margin it is in, where one is missed.
        unknown: Margin → how many respondents have no category of it: their group keeps the share
            of the base weights it has.
        flags: What is to be held against the weights: `inefficient` below 0.7, `unusable` below
            0.4, `heavy` where one is above three times the mean, `zero-weights`,
            `unknown-category`, `rounded-targets` where margins were brought to one total,
            `margins-missed`.
        why: Why there are no weights (`nobody`), or none to rely on (`not-converged`).
    """

    weights: tuple[Decimal, ...]
    respondents: int
    design_effect: Decimal | None
    effective_n: Decimal | None
    efficiency: Decimal | None
    patterns: int
    cycles: int
    converged: bool
    worst_error: Decimal | None
    worst_margin: str | None
    unknown: FrozenMapping[str, int] = FrozenMapping()
    flags: tuple[WeightFlag, ...] = ()
    why: WeightingWhy | None = None


def start_faults(start: tuple[Decimal, ...] | None, rows: int) -> Iterator[Fault]:
    """Yield what is wrong with base weights."""
    if start is None:
        return
    if len(start) != rows:
        yield Fault("start", f"{len(start)} weights", f"{rows}, one for each row")
    try:
        read_weights(start, "start")
    except FaultsError as error:
        yield from error.faults


def base_weights(start: tuple[Decimal, ...] | None, rows: int) -> tuple[float, ...]:
    """Return the base weights of rows: those stated, or 1 each."""
    return (1.0,) * rows if start is None else read_weights(start, "start")


def floats_of(margin: Mapping[str, Decimal]) -> dict[str, float]:
    """Return the targets of a margin as floats."""
    return {category: float(target) for category, target in margin.items()}


def nobody_weighted() -> Weighting:
    """Return what is said of nobody: no weights."""
    return Weighting(
        weights=(),
        respondents=0,
        design_effect=None,
        effective_n=None,
        efficiency=None,
        patterns=0,
        cycles=0,
        converged=False,
        worst_error=None,
        worst_margin=None,
        why=WeightingWhy.NOBODY,
    )


def weighting_of(
    matched: Matched, start: tuple[float, ...], found: Raked, *, adjusted: bool
) -> Weighting:
    """
    Return the weights of rows whose patterns were raked.

    Args:
        matched: The rows by pattern.
        start: Their base weights.
        found: The factors of the patterns.
        adjusted: Whether the targets were brought to one total.
    """
    held = [weight * found.factors[place] for place, weight in zip(matched.of, start, strict=True)]
    n = sum(matched.counts)
    mean = fsum(c * w for c, w in zip(matched.counts, held, strict=True)) / n
    weights = [weight / mean for weight in held]
    worth = kish(weights, matched.counts)
    assert worth is not None, "a margin with a target has respondents with weights"
    flags = [*efficiency_flags(worth, weights, matched.counts)]
    if matched.unknown:
        flags.append(WeightFlag.UNKNOWN_CATEGORY)
    if adjusted:
        flags.append(WeightFlag.ROUNDED_TARGETS)
    if not found.converged:
        flags.append(WeightFlag.MARGINS_MISSED)
    return Weighting(
        weights=tuple(map(told, weights)),
        respondents=n,
        design_effect=told(worth.design_effect),
        effective_n=told(worth.effective),
        efficiency=told(worth.efficiency),
        patterns=len(matched.patterns),
        cycles=found.cycles,
        converged=found.converged,
        worst_error=told(round(found.error, _PLACES)),
        worst_margin=None if found.converged else found.margin,
        unknown=matched.unknown,
        flags=tuple(flag for flag in WeightFlag if flag in flags),
        why=None if found.converged else WeightingWhy.NOT_CONVERGED,
    )


def note_weighting(outcome: Weighting, trace: Trace) -> None:
    """Note how weights came about and what they are worth."""
    trace.check(MET(cycles=outcome.cycles, patterns=outcome.patterns), outcome.converged)
    if WeightFlag.ROUNDED_TARGETS in outcome.flags:
        trace.check(ROUNDED(), True)
    for margin, count in outcome.unknown.items():
        trace.check(UNKNOWN(margin=margin, respondents=count), True)
    least, most = (_short(edge(outcome.weights)) for edge in (min, max))
    trace.check(RANGE(least=least, most=most), WeightFlag.HEAVY not in outcome.flags)
    effect, percent = _short(outcome.design_effect), _short(outcome.efficiency, 100)
    worth = WORTH(design_effect=effect, percent=percent)
    trace.check(worth, WeightFlag.INEFFICIENT not in outcome.flags)


def _short(value: Decimal | None, times: int = 1) -> Decimal:
    return rounded(times * float(value or 0), _SHOWN)


def weighting_headline(outcome: Weighting, says: Says) -> Reason:
    """Return the main reason of weights: *says* where they are to be relied on."""
    if outcome.why is WeightingWhy.NOBODY:
        return NOBODY()
    if not outcome.converged:
        percent = _short(outcome.worst_error, 100)
        return NOT_RAKED(cycles=outcome.cycles, percent=percent, margin=outcome.worst_margin)
    return says(respondents=outcome.respondents, effective_n=_short(outcome.effective_n))
