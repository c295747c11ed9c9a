"""
What the rules of scores share: answers with their weights, checked, and what to mind of a score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final

from bankservice.core.decision import Says, Trace
from bankservice.core.errors import Fault
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.model import MOST, Answers, Missing
from bankservice.satisfaction.scores.intervals import Interval
from bankservice.satisfaction.scores.tally import Cell, Tally

__all__ = [
    "DISPLAY",
    "EVEN",
    "EXTERNAL",
    "FLAGGED",
    "UNANSWERED",
    "ScoreFlag",
    "base_flags",
    "cells_of_answers",
    "in_order",
    "interval_flags",
    "note_base",
    "range_faults",
    "scale_faults",
    "shown",
    "weight_faults",
    "weights_as_floats",
]

DISPLAY: Final = 30
"""A score over fewer answers is for no more than internal display with a warning."""
EXTERNAL: Final = 100
"""A score over fewer answers is not compared in public, as the British survey of banks has it."""
EVEN: Final = 0.4
"""Weights that leave a smaller part of the base effective are to be thought over."""

WIDEST: Final = 1000
"""A scale has at most so many steps from its lowest code to its highest."""
FARTHEST: Final = 10**6
"""No code of a scale is farther than this from 0."""


class ScoreFlag(Enum):
    """
    What to mind of a score.

    The order is that of the outcome. The floors count effective answers.
    """

    NOBODY = "nobody"
    NO_WEIGHT = "no-weight"
    SINGLE = "tiny-base"
    NO_INTERVAL = "no-interval"
    DISPLAY = "below-display-floor"
    EXTERNAL = "below-external-floor"
    UNEVEN = "uneven-weights"
    ONE_CLASS = "one-class"
    NO_WIDTH = "no-width"
    OUTSIDE = "outside-interval"
    INCOMPLETE = "incomplete-answers"
    COLLAPSED = "strata-collapsed"


FLAGGED: Final[dict[ScoreFlag, Says]] = {flag: Says(f"score-{flag.value}") for flag in ScoreFlag}
"""What an explanation says of each flag."""

UNANSWERED: Final = Says("score-unanswered", ("missing", "asked"))
EFFECTIVE: Final = Says("score-effective", ("effective", "base"))


def in_order(flags: Collection[ScoreFlag]) -> tuple[ScoreFlag, ...]:
    """Return flags in the order they are declared."""
    return tuple(flag for flag in ScoreFlag if flag in flags)


def base_flags(base: int, effective: float | None) -> Iterator[ScoreFlag]:
    """
    Yield what is to be minded of a base alone.

    Args:
        base: Answers.
        effective: Effective base; None where no answer has weight.
    """
    if effective is None:
        yield ScoreFlag.NO_WEIGHT if base else ScoreFlag.NOBODY
        return
    if base == 1:
        yield ScoreFlag.SINGLE
    # A hair below a floor is the last digit of a float, no answer less.
    if effective < DISPLAY - 1e-9:
        yield ScoreFlag.DISPLAY
    if effective < EXTERNAL - 1e-9:
        yield ScoreFlag.EXTERNAL
    if effective < EVEN * base:
        yield ScoreFlag.UNEVEN


def interval_flags(interval: Interval | None, variance: float) -> Iterator[ScoreFlag]:
    """
    Yield what is to be minded of an interval.

    Args:
        interval: The interval; None where nothing tells one.
        variance: Of one answer, as observed.
    """
    if interval is None:
        yield ScoreFlag.NO_INTERVAL
    elif interval.low == interval.high:
        yield ScoreFlag.NO_WIDTH
    if not variance:
        yield ScoreFlag.ONE_CLASS


def weights_as_floats(weights: tuple[Decimal, ...] | None) -> list[float] | None:
    """Return weights as statistics take them; None where there are none."""
    return None if weights is None else [float(weight) for weight in weights]


def weight_faults(weights: tuple[Decimal, ...] | None, rows: int) -> Iterator[Fault]:
    """
    Yield what is wrong with weights that stand beside *rows* of answers.

    A list of weights that are all 0 is a mistake, where one of an empty list of answers is not.
    """
    if weights is None:
        return
    if len(weights) != rows:
        yield Fault("weights", f"{len(weights)} weights", f"one for each of {rows} rows")
    for row, weight in enumerate(weights):
        if weight < 0:
            yield Fault(f"weights[{row}]", str(weight), "a weight of 0 or more")
    if weights and not any(weights):
        yield Fault("weights", "weights that are all 0", "at least one above 0")


def scale_faults(lowest: int, highest: int) -> Iterator[Fault]:
    """Yield what is wrong with the ends of a scale."""
    if abs(lowest) > FARTHEST:
        yield Fault("lowest", "a code far from 0", f"one from {-FARTHEST} to {FARTHEST}")
    elif not 1 <= highest - lowest <= WIDEST:
        got = str(highest) if abs(highest) < MOST else "a code far from 0"
        yield Fault("highest", got, f"from 1 to {WIDEST} more than {lowest}, the lowest code")


def range_faults(path: str, answers: Answers, codes: range) -> Iterator[Fault]:
    """Yield the answers that are no code of a scale, by row."""
    for row, code in enumerate(answers.codes):
        if not isinstance(code, Missing) and code not in codes:
            wanted = f"a whole number from {codes[0]} to {codes[-1]}, or why there is none"
            yield Fault(f"{path}[{row}]", str(code), wanted)


def cells_of_answers(
    answers: Answers, weights: tuple[Decimal, ...] | None
) -> FrozenMapping[int, Cell]:
    """Return answers by code, with their weights where they have some."""
    tally = Tally()
    tally.extend(answers.codes, weights_as_floats(weights))
    return tally.cells()


def shown(value: Decimal | float, places: int = 1) -> Decimal:
    """
    Return a number as a sentence shows it: to so many places after the point.

    Examples:
        >>> shown(29.1262135922), shown(Decimal("-0.04"))
        (Decimal('29.1'), Decimal('0'))
    """
    # Digits of an integer: no ambient context can round them away.
    whole = round(Fraction(value) * 10**places)
    units, rest = divmod(abs(whole), 10**places)
    digits = f"{rest:0{places}d}".rstrip("0") if places else ""
    return Decimal(f"{'-' if whole < 0 else ''}{units}{'.' if digits else ''}{digits}")


def note_base(
    base: int,
    effective: Decimal | None,
    missing: FrozenMapping[str, int],
    flags: tuple[ScoreFlag, ...],
    trace: Trace,
) -> None:
    """Note what a score rests on: who did not answer, the effective base, and what to mind."""
    unanswered = sum(missing.values())
    if unanswered:
        trace.check(UNANSWERED(missing=unanswered, asked=unanswered + base), held=True)
    if effective is not None and effective != base:
        trace.check(EFFECTIVE(effective=shown(effective), base=base), held=True)
    for flag in flags:
        trace.check(FLAGGED[flag](), held=True)
