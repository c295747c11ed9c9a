"""
Answers of a wave counted by unit and code: one walk over the columns, whatever the units.

A unit and a code make one number; the weights of each number are put together in the order they
come, and added up with `math.fsum`, which rounds once. So no order of respondents moves a digit.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from math import fsum
from operator import mul
from typing import Any, Final

import attrs

from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.scores.tally import Cell
from bankservice.satisfaction.waves.coding import NOT_SHOWN, missing_code
from bankservice.satisfaction.waves.columns import Columns

__all__ = ["NOBODY", "Counted", "counted", "others", "placed"]

_SPAN: Final = 1 << 16
"""More than the codes there are."""

NOBODY: Final[Mapping[int, Cell]] = FrozenMapping()
"""No answer at all."""


@attrs.frozen
class Counted:
    """
    The answers to one item, by unit.

    Attributes:
        whole: Those of everybody, by code.
        units: Unit → those of its respondents; a unit nobody of answered has none.
        missing: How often there is no answer, by why.
    """

    whole: Mapping[int, Cell]
    units: Mapping[str, Mapping[int, Cell]] = FrozenMapping()
    missing: FrozenMapping[str, int] = FrozenMapping()


def placed(columns: Columns, by: str) -> tuple[tuple[str, ...], Sequence[int]]:
    """
    Return the names of units and, for each respondent, the place of its unit from 1; 0 for none.

    Args:
        columns: The respondents.
        by: A sort of unit, or several with `*` between them for the units they cut each other into.
    """
    parts = by.split("*")
    found = [columns.units.get(part, array("i", bytes(4 * columns.n))) for part in parts]
    if len(parts) == 1:
        return columns.names(by), found[0]
    names = [("", *columns.names(part)) for part in parts]
    held: dict[tuple[int, ...], int] = {}
    count = 0
    for row in dict.fromkeys(zip(*found, strict=True)):
        # A respondent without one of the units is in none of the cells.
        if 0 in row:
            held[row] = 0
        else:
            held[row] = count = count + 1
    told = [
        "*".join(each[n] for each, n in zip(names, row, strict=True))
        for row, n in held.items()
        if n
    ]
    return tuple(told), array("i", map(held.__getitem__, zip(*found, strict=True)))


def counted(
    columns: Columns, item: str, units: tuple[tuple[str, ...], Sequence[int]] | None = None
) -> Counted:
    """
    Count the answers to an item.

    Args:
        columns: The respondents.
        item: Code of the item.
        units: What `placed` gives, for counts by unit; None for those of everybody only.
    """
    codes = columns.answers.get(item)
    if codes is None:
        # Nobody was shown it.
        codes = array("h", repeat(NOT_SHOWN, columns.n))
    names: tuple[str, ...] = ()
    keys: Iterable[int] = codes
    if units is not None:
        names, places = units
        keys = map(int.__add__, map(_SPAN.__mul__, places), codes)
    found = _weighed(keys, columns.weights) if columns.weights is not None else _plain(keys)
    parts: defaultdict[int, dict[int, Any]] = defaultdict(dict)
    for key, held in found.items():
        # A code may be below 0, and is nearer to its unit's number than half of the span.
        place = (key + _SPAN // 2) // _SPAN
        parts[place][key - place * _SPAN] = held
    missing = Counter[Missing]()
    answers: defaultdict[int, list[Any]] = defaultdict(list)
    for held in parts.values():
        for code in [code for code in held if missing_code(code) is not None]:
            why = missing_code(code)
            assert why is not None, "only codes of missing answers were taken"
            part = held.pop(code)
            missing[why] += part if isinstance(part, int) else len(part)
        for code, part in held.items():
            answers[code].append(part)
    return Counted(
        whole={code: _cell(answers[code]) for code in sorted(answers)},
        units={
            name: {code: _cell((part,)) for code, part in sorted(parts.get(place, {}).items())}
            for place, name in enumerate(names, 1)
        },
        missing=FrozenMapping({why.value: missing[why] for why in Missing if missing[why]}),
    )


def _plain(keys: Iterable[int]) -> Mapping[int, Any]:
    return Counter(keys)


def _weighed(keys: Iterable[int], weights: Iterable[float]) -> Mapping[int, Any]:
    held: defaultdict[int, array[float]] = defaultdict(lambda: array("d"))
    for key, weight in zip(keys, weights, strict=False):
        held[key].append(weight)
    return held


def _cell(parts: Sequence[Any]) -> Cell:
    """Return the cell of some counts, or of some columns of weights."""
    if isinstance(parts[0], int):
        n = sum(parts)
        return Cell(n, float(n), float(n))
    return Cell(
        sum(map(len, parts)),
        fsum(chain.from_iterable(parts)),
        fsum(chain.from_iterable(map(mul, part, part) for part in parts)),
    )


def others(whole: Mapping[int, Cell], unit: Mapping[int, Cell]) -> Mapping[int, Cell]:
    """Return the answers of everybody but a unit."""
    found = {}
    for code, cell in whole.items():
        own = unit.get(code)
        if own is None:
            found[code] = cell
        elif cell.n > own.n:
            found[code] = Cell(
                cell.n - own.n,
                max(0.0, cell.weight - own.weight),
                max(0.0, cell.square - own.square),
            )
    return found
