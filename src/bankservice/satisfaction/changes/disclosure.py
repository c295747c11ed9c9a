"""
Which figures may be shown, so that none that must stay hidden follows from those that are.

Twelve answers in a branch, four of them about the counter: who shows the branch and its other
services shows the counter. So beside each figure below the floor another one is withheld, the
smallest that serves, until three things hold of what is shown and of what was published before:

* no figure below the floor, and no cell of which figures are made, is a sum of shown ones, added
  and subtracted in any way;
* what remains of a shown figure without the shown figures of one table inside it is nothing, or not
  below the floor;
* the same without any one figure published before.

Bounds are not guarded against: that two withheld figures make 40 together is still known.

L. H. Cox, "Suppression methodology and statistical disclosure control", Journal of the American
Statistical Association 75 (1980) 377-385.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from heapq import heappop, heappush
from typing import Final, TypeAlias

import attrs

__all__ = ["Group", "Hidden", "Withheld", "withheld"]

Group: TypeAlias = frozenset[int]
"""Cells of which a figure is the sum, by their places."""

_PRIME: Final = 2**61 - 1
"""Sums of figures are found in whole numbers modulo this: exact, and never long."""


class Hidden(Enum):
    """Why a figure is not shown."""

    EMPTY = "empty"
    BELOW_FLOOR = "below-floor"
    COMPLEMENTARY = "complementary"


@attrs.frozen
class Withheld:
    """
    Figures that are not shown.

    Attributes:
        below: Those below the floor.
        complementary: Those from which, with others, one of them would follow.
        exposed: What is below the floor and follows from what was published before: too late.
    """

    below: frozenset[Group]
    complementary: frozenset[Group]
    exposed: tuple[Group, ...]


def withheld(
    bases: Sequence[int],
    tables: Sequence[Sequence[Group]],
    published: Sequence[Group] = (),
    *,
    floor: int,
    guard: int | None = None,
) -> Withheld:
    """
    Return what to withhold of tables whose figures are sums of the same cells.

    Cells over nobody are known to be so, and hide nothing: figures that differ by such alone are
    one. Of figures that would serve, the one with the smallest base is withheld.

    Args:
        bases: Answers in each cell.
        tables: Figures of each table, which have no cell in common.
        published: Figures that were published before, which cannot be taken back.
        floor: Figures with fewer answers are withheld.
        guard: Figures with fewer answers must not follow from those shown; left out, the floor.

    Examples:
        >>> branches = [frozenset({place}) for place in range(3)]
        >>> found = withheld([8, 40, 60], [branches, [frozenset(range(3))]], floor=30)
        >>> found.below, found.complementary
        (frozenset({frozenset({0})}), frozenset({frozenset({1})}))
    """
    figures = _Figures(tuple(bases), tables, published, floor if guard is None else guard)
    below = frozenset(group for group in figures.shown if figures.base(group) < floor)
    known = (figures.shown - below) | figures.published
    exposed: dict[Group, None] = {}
    _mend(figures, known, exposed)
    _show_again(figures, known, figures.shown - below - known)
    return Withheld(below, frozenset(figures.shown - below - known), tuple(exposed))


def _show_again(figures: _Figures, known: set[Group], withheld: set[Group]) -> None:
    """Show what was withheld first and became needless by what was withheld later."""
    held = figures.span(known)
    left = {group: held.residual(group) for group in figures.guarded}
    left = {group: row for group, row in left.items() if row}
    for group in sorted(withheld, key=figures.rank, reverse=True):
        row = held.residual(group)
        if figures.leaves(group, known) or any(_along(row, other) for other in left.values()):
            continue
        known.add(group)
        held.add(group)
        # Nothing is reduced to nothing: it would have lain along the row.
        for other in left.values():
            if row and min(row) in other:
                held.reduce(other)


def _mend(figures: _Figures, known: set[Group], exposed: dict[Group, None]) -> None:
    """Withhold figures until nothing follows that must not; note what cannot be helped."""
    for group, parts in figures.breaches(known, exposed):
        free = [part for part in parts if part not in figures.published]
        if free:
            known.remove(min(free, key=figures.rank))
        else:
            exposed[group] = None


@attrs.frozen(slots=False)
class _Figures:
    """The figures of all tables, and which of them lie inside which."""

    bases: tuple[int, ...]
    tables: Sequence[Sequence[Group]]
    earlier: Sequence[Group]
    guard: int

    def _peopled(self, groups: Iterable[Group]) -> list[Group]:
        held = (frozenset(cell for cell in group if self.bases[cell]) for group in groups)
        return [group for group in held if group]

    @cached_property
    def published(self) -> frozenset[Group]:
        return frozenset(self._peopled(self.earlier))

    @cached_property
    def shown(self) -> set[Group]:
        return {group for table in self.tables for group in self._peopled(table)}

    @cached_property
    def guarded(self) -> tuple[Group, ...]:
        """What must not follow: figures and cells below the guard, the smallest first."""
        cells = {frozenset({cell}) for cell, base in enumerate(self.bases) if base}
        groups = {*self.shown, *self.published, *cells}
        return tuple(sorted((g for g in groups if self.base(g) < self.guard), key=self.rank))

    def base(self, group: Group) -> int:
        return sum(self.bases[cell] for cell in group)

    def rank(self, group: Group) -> tuple[int, list[int]]:
        """Return what orders figures: the smallest first, equal ones by their cells."""
        return self.base(group), sorted(group)

    @cached_property
    def inside(self) -> Mapping[Group, Sequence[Sequence[Group]]]:
        """Figures inside each figure, a list for each table; what was published is one each."""
        tables = [self._peopled(table) for table in self.tables]
        tables += [[group] for group in sorted(self.published, key=self.rank)]
        of_cell: defaultdict[int, list[tuple[int, Group]]] = defaultdict(list)
        for place, table in enumerate(tables):
            for group in table:
                for cell in group:
                    of_cell[cell].append((place, group))
        found: dict[Group, Sequence[Sequence[Group]]] = {}
        for outer in sorted(self.shown | self.published, key=self.rank):
            met = Counter(part for cell in outer for part in of_cell[cell])
            within: defaultdict[int, list[Group]] = defaultdict(list)
            for (place, group), count in met.items():
                if count == len(group) < len(outer):
                    within[place].append(group)
            found[outer] = list(within.values())
        return found

    def breaches(
        self, known: set[Group], exposed: Container[Group]
    ) -> Iterator[tuple[Group, list[Group]]]:
        """
        Yield what follows though it must not, and of what.

        Between two of them one of those is to be withheld, or the first to be given up as exposed.
        What was looked at before needs no second look: with less shown, less follows.
        """
        for outer, tables in self.inside.items():
            for table in tables:
                while outer in known and (rest := self._rest(outer, table, known)):
                    if rest in exposed:
                        break
                    yield rest, [outer, *known.intersection(table)]
        left: Iterable[Group] = self.guarded
        while sums := self._sums(left, known, exposed):
            for group, parts in sums:
                # What was withheld for one may have hidden others.
                if known.issuperset(parts):
                    yield group, parts
            left = [group for group, _ in sums]

    def _rest(self, outer: Group, table: Sequence[Group], known: set[Group]) -> Group:
        """Return what remains of a figure without those shown, where that must not follow."""
        parts = [group for group in table if group in known]
        rest = outer.difference(*parts)
        return rest if parts and self.base(rest) < self.guard else frozenset()

    def leaves(self, group: Group, known: set[Group]) -> bool:
        """Whether with a figure shown, too, something remained that must not follow."""
        more = {*known, group}
        return any(
            self._rest(outer, table, more) for outer, table in self._around[group] if outer in more
        )

    @cached_property
    def _around(self) -> Mapping[Group, Sequence[tuple[Group, Sequence[Group]]]]:
        """Where a figure has a part: in those around it, and in itself."""
        found: defaultdict[Group, list[tuple[Group, Sequence[Group]]]] = defaultdict(list)
        for outer, tables in self.inside.items():
            for table in tables:
                for group in (outer, *table):
                    found[group].append((outer, table))
        return found

    def _sums(
        self, groups: Iterable[Group], known: Container[Group], exposed: Container[Group]
    ) -> list[tuple[Group, list[Group]]]:
        held = self.span(known)
        found = ((group, held.parts(group)) for group in groups if group not in exposed)
        return [(group, parts) for group, parts in found if parts is not None]

    def span(self, known: Container[Group]) -> _Span:
        """Return all that follows from figures."""
        held = _Span(next(iter(group)) for group in self._alone if group in known)
        for group in self._joint:
            if group in known:
                held.add(group)
        return held

    @cached_property
    def _alone(self) -> list[Group]:
        return [group for group in self.shown | self.published if len(group) == 1]

    @cached_property
    def _joint(self) -> list[Group]:
        """Figures of more than one cell, the short ones first: they leave the least to reckon."""
        joint = (group for group in self.shown | self.published if len(group) > 1)
        return sorted(joint, key=lambda group: (len(group), self.rank(group)))


@attrs.frozen
class _Row:
    """A figure, less rows before it, times a factor: what it adds to all that follows."""

    cells: dict[int, int]
    group: Group
    factor: int
    less: list[tuple[int, int]]


class _Span:
    """Everything that follows from figures by adding and subtracting them."""

    def __init__(self, alone: Iterable[int]) -> None:
        # Cells that are shown themselves are done with: rows are made of the others.
        self._alone = frozenset(alone)
        self._rows: dict[int, _Row] = {}

    def add(self, group: Group) -> None:
        """Take a figure in."""
        row = self._row(group)
        less = self.reduce(row)
        if row:
            pivot = min(row)
            inverse = pow(row[pivot], -1, _PRIME)
            cells = {cell: value * inverse % _PRIME for cell, value in row.items()}
            self._rows[pivot] = _Row(cells, group, inverse, less)

    def residual(self, group: Group) -> dict[int, int]:
        """Return what is left of a group without what follows; nothing where it does."""
        row = self._row(group)
        self.reduce(row)
        return row

    def parts(self, group: Group) -> list[Group] | None:
        """Return of which figures a group is a sum; None where it is of none."""
        row = self._row(group)
        owed = dict(self.reduce(row))
        if row:
            return None
        cells = Counter(group & self._alone)
        found = []
        # A row is made of rows before it only.
        for pivot, made in reversed(self._rows.items()):
            times = owed.get(pivot, 0) * made.factor % _PRIME
            if times:
                found.append(made.group)
                for cell in made.group & self._alone:
                    cells[cell] -= times
                for other, factor in made.less:
                    owed[other] = (owed.get(other, 0) - times * factor) % _PRIME
        found.extend(frozenset({cell}) for cell, times in cells.items() if times % _PRIME)
        return found

    def _row(self, group: Group) -> dict[int, int]:
        return dict.fromkeys(group - self._alone, 1)

    def reduce(self, row: dict[int, int]) -> list[tuple[int, int]]:
        """Take from a row what follows; return of which rows that was how many times."""
        less = []
        # A row has nothing before its pivot, so that cells are done with in rising order.
        waiting = sorted(row)
        while waiting:
            cell = heappop(waiting)
            if cell not in row or cell not in self._rows:
                continue
            factor = row[cell]
            less.append((cell, factor))
            for other, value in self._rows[cell].cells.items():
                if other not in row:
                    heappush(waiting, other)
                left = (row.get(other, 0) - factor * value) % _PRIME
                if left:
                    row[other] = left
                else:
                    del row[other]
        return less


def _along(row: dict[int, int], other: dict[int, int]) -> bool:
    """Whether one row is a multiple of the other."""
    if not row or row.keys() != other.keys():
        return False
    pivot = min(row)
    return all((row[c] * other[pivot] - other[c] * row[pivot]) % _PRIME == 0 for c in row)
