"""Which scores of units are kept back, so that no score of too few answers can be worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Literal, TypeAlias

from bankservice.satisfaction.changes.disclosure import Group, withheld
from bankservice.satisfaction.waves.cells import Counted, placed
from bankservice.satisfaction.waves.coding import missing_code
from bankservice.satisfaction.waves.columns import Columns
from bankservice.satisfaction.waves.measuring import answers

__all__ = ["EVERYBODY", "Keeper", "kept_before"]

EVERYBODY = ("", "")
"""Sort and unit under which the score over everybody stands."""

Why: TypeAlias = Literal["below-floor", "complementary"]
Unit: TypeAlias = tuple[str, str]


class Keeper:
    """
    Tells for each item which scores are kept back.

    The smallest groups of respondents that any of the tables tells apart are found once; how many
    answered an item in each of them decides what is kept back of its tables. Items that the same
    numbers answered are decided together.
    """

    def __init__(self, columns: Columns, by: Sequence[str], floor: int) -> None:
        """Prepare the tables of the sorts of units in *by*, for scores of *floor* answers."""
        self._columns, self._by, self._floor = columns, by, floor
        self._parts = sorted({part for sort in by for part in sort.split("*")})
        self._rows = [placed(columns, part)[1] for part in self._parts]
        names = [("", *columns.names(part)) for part in self._parts]
        self._whole = Counter(zip(*self._rows, strict=True)) if self._parts else Counter()
        self._groups = sorted(self._whole)
        self._labels = [
            dict(
                zip(
                    self._parts,
                    (each[n] for each, n in zip(names, group, strict=True)),
                    strict=True,
                )
            )
            for group in self._groups
        ]
        self._found: dict[tuple[int, ...], Mapping[Unit, Why]] = {}

    def kept(self, item: str) -> Mapping[Unit, Why]:
        """Return why units are kept back, for an item; units that are not have no entry."""
        column = self._columns.answers.get(item, ())
        missing = {code for code in set(column) if missing_code(code) is not None}
        if not self._parts:
            valid = len(column) - sum(map(column.count, missing))
            return {EVERYBODY: "below-floor"} if 0 < valid < self._floor else {}
        if not column:
            return {}
        found = self._whole
        if missing:
            valid_rows = (code not in missing for code in column)
            found = Counter(compress(zip(*self._rows, strict=True), valid_rows))
        bases = tuple(found[group] for group in self._groups)
        if bases not in self._found:
            self._found[bases] = self._decided(bases)
        return self._found[bases]

    def _decided(self, bases: tuple[int, ...]) -> Mapping[Unit, Why]:
        tables: list[dict[Unit, list[int]]] = []
        for sort in self._by:
            parts = sort.split("*")
            table: dict[Unit, list[int]] = {}
            for place, label in enumerate(self._labels):
                unit = [label[part] for part in parts]
                if all(unit) and bases[place]:
                    table.setdefault((sort, "*".join(unit)), []).append(place)
            tables.append(table)
        tables.append({EVERYBODY: [place for place, base in enumerate(bases) if base]})
        return _kept(bases, tables, self._floor)


def kept_before(held: Mapping[str, Counted], floor: int) -> Mapping[Unit, Why]:
    """
    Return why units of an earlier wave are kept back, for an item.

    Args:
        held: Sort of unit → the answers, by unit; under no sort those of everybody alone.
        floor: Fewest answers a score is told of.
    """
    found: dict[Unit, Why] = {}
    for by, counted in held.items():
        units = {(by, unit): answers(cells) for unit, cells in counted.units.items()}
        # Who is in no unit, or in none that is told, is a group as well.
        rest = max(0, answers(counted.whole) - sum(units.values()))
        bases = (*units.values(), rest)
        tables: list[dict[Unit, list[int]]] = [
            {unit: [place] for place, unit in enumerate(units)},
            {EVERYBODY: [*range(len(bases))]},
        ]
        found.update(_kept(bases, tables, floor))
    return found


def _kept(
    bases: tuple[int, ...], tables: Sequence[Mapping[Unit, list[int]]], floor: int
) -> Mapping[Unit, Why]:
    groups: dict[Unit, Group] = {
        unit: frozenset(place for place in places if bases[place])
        for table in tables
        for unit, places in table.items()
    }
    shown = [[groups[unit] for unit in table if groups[unit]] for table in tables]
    found = withheld(bases, shown, floor=floor)
    told: dict[Unit, Why] = {}
    for unit, group in groups.items():
        if group in found.below:
            told[unit] = "below-floor"
        elif group in found.complementary:
            told[unit] = "complementary"
    return told
