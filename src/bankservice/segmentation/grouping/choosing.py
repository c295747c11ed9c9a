"""
The first row that holds, also where facts are unknown.

A row is the answer only if every way of filling in the unknown facts makes it so. Kleene's logic
alone would say "not known" too often: of a row for those under 35 and one for the others, either
holds, whatever the age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import attrs

from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, Not
from bankservice.core.decision_table import TableRow
from bankservice.core.witness import TooWideError, only_last_holds
from bankservice.segmentation.grouping.specificity import World

__all__ = ["Choice", "choose", "left_open"]

_MEMORY: Final = 4_096
"""Sets of open rows whose answer is kept; customers share few of them."""

Left = bool | Condition
"""What is left of a condition when the known facts are filled in."""

_NOTHING: Final[Mapping[str, Condition]] = {}


@attrs.frozen
class Choice:
    """
    What a list of rows answers.

    Attributes:
        row: Code of the first row that holds; None where that is not known, or none does.
        held: Codes of all rows that hold for certain, in their order.
        possible: Codes of rows of which any could be the first, where it is not known which.
        unknown: Facts that would settle it, in reading order.
    """

    row: str | None
    held: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def choose(
    rows: Sequence[TableRow],
    facts: Mapping[str, object],
    world: World,
    behind: Mapping[str, Condition] = _NOTHING,
) -> Choice:
    """
    Return the first of *rows* that holds, whatever the unknown facts may be.

    Args:
        rows: The rows, in their order.
        facts: What is known.
        world: What facts there can be.
        behind: Behaviour → the condition it rests on, where `behaviours` are not stated but told
            from other facts.
    """
    within = world.terms.within
    answers = [row.when is None or row.when.holds(facts, within) for row in rows]
    held = tuple(row.code for row, answer in zip(rows, answers, strict=True) if answer)
    if None not in answers or (held and answers.index(True) < answers.index(None)):
        return Choice(held[0] if held else None, held)
    lefts = [
        True if row.when is None else left_open(row.when, facts, world, behind) for row in rows
    ]
    held = tuple(row.code for row, left in zip(rows, lefts, strict=True) if left is True)
    # What comes after a row that holds for certain is never the first.
    last = lefts.index(True) + 1 if held else len(rows)
    reached = [
        (row.code, left)
        for row, left in zip(rows[:last], lefts[:last], strict=True)
        if left is not False
    ]
    could = _could_be_first(world, tuple(left for _, left in reached))
    possible = [pair for pair, may in zip(reached, could, strict=True) if may]
    if len(possible) == 1:
        return Choice(possible[0][0], held)
    codes = tuple(code for code, _ in possible)
    return Choice(None, held, codes, _named(left for _, left in possible))


def _named(lefts: Iterable[Left]) -> tuple[str, ...]:
    parts = (part for left in lefts if not isinstance(left, bool) for part in left.comparisons())
    return tuple(dict.fromkeys(part.fact for part in parts))


@lru_cache(maxsize=_MEMORY)
def _could_be_first(world: World, lefts: tuple[Left, ...]) -> tuple[bool, ...]:
    """Tell of each row whether it could be the first that holds; what does not hold is left out."""
    rows = [None if isinstance(left, bool) else left for left in lefts]
    try:
        return tuple(
            world.find(rows[: place + 1], only_last_holds) is not None for place in range(len(rows))
        )
    except TooWideError:
        # Nothing is ruled out then: "not known" is never wrong.
        return (True,) * len(rows)


def left_open(
    condition: Condition,
    facts: Mapping[str, object],
    world: World,
    behind: Mapping[str, Condition] = _NOTHING,
) -> Left:
    """Return whether a condition holds, or what is left of it that hangs on unknown facts."""
    match condition:
        case Comparison(fact, "includes", str(word)) if fact == "behaviours" and word in behind:
            return left_open(behind[word], facts, world)
        case Comparison():
            answer = condition.holds(facts, world.terms.within)
            return condition if answer is None else answer
        case Not(part):
            left = left_open(part, facts, world, behind)
            return (not left) if isinstance(left, bool) else Not(left)
        case AllOf(parts):
            return _joined([left_open(part, facts, world, behind) for part in parts], AllOf)
        case AnyOf(parts):
            return _joined([left_open(part, facts, world, behind) for part in parts], AnyOf)


def _joined(lefts: list[Left], kind: type[AllOf] | type[AnyOf]) -> Left:
    """Join what is left of parts: one that decides decides, one that agrees falls out."""
    decides = kind is AnyOf
    if any(left is decides for left in lefts):
        return decides
    rest = [left for left in lefts if not isinstance(left, bool)]
    if not rest:
        return not decides
    return rest[0] if len(rest) == 1 else kind(tuple(rest))
