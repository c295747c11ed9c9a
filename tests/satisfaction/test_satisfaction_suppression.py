"""Suppression: nothing small follows from what is shown, by a reckoning of its own."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import attrs
import pytest
from effort import some
from hypothesis import given, settings
from hypothesis import strategies as st

from bankservice.core.errors import FaultsError
from bankservice.satisfaction import suppression
from bankservice.satisfaction.changes.disclosure import Group, withheld
from bankservice.satisfaction.changes.suppression import suppressed


@attrs.frozen
class Release:
    """Tables that are to be published, and groups that were."""

    bases: tuple[int, ...]
    tables: tuple[tuple[Group, ...], ...]
    published: tuple[Group, ...]
    floor: int
    guard: int

    def base(self, group: Group) -> int:
        """Return the answers of a group."""
        return sum(self.bases[cell] for cell in group)

    def peopled(self, groups: Iterable[Group]) -> set[Group]:
        """Return groups without the cells over nobody."""
        held = (frozenset(cell for cell in group if self.bases[cell]) for group in groups)
        return {group for group in held if group}


@st.composite
def releases(draw: st.DrawFn) -> Release:
    """Draw tables over up to three dimensions, some of the margins, and what came before."""
    sides = draw(st.sampled_from([(3,), (2, 3), (3, 3), (2, 2, 2)]))
    cells = list(product(*map(range, sides)))
    sizes = st.sampled_from([0, 1, 2, 3, 4, 7, 12, 30, 100])
    bases = draw(st.lists(sizes, min_size=len(cells), max_size=len(cells)))
    tables = []
    for count in range(len(sides) + 1):
        for kept in combinations(range(len(sides)), count):
            groups: dict[tuple[int, ...], set[int]] = {}
            for place, cell in enumerate(cells):
                groups.setdefault(tuple(cell[side] for side in kept), set()).add(place)
            tables.append(tuple(frozenset(group) for group in groups.values()))
    chosen = draw(st.lists(st.sampled_from(tables), min_size=1, unique=True))
    some_cells = st.frozensets(st.integers(0, len(cells) - 1), min_size=1)
    floor = draw(st.sampled_from([3, 5, 30]))
    guard = draw(st.sampled_from([floor, floor, 2]))
    published = draw(st.lists(some_cells, max_size=2))
    return Release(tuple(bases), tuple(chosen), tuple(published), floor, guard)


def rank(rows: Iterable[Iterable[int]]) -> int:
    """Return how many rows are independent, in exact fractions."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left[found:] if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        for row in left[found + 1 :]:
            factor = row[column] / pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


@given(release=releases())
@settings(max_examples=some(90), deadline=None)
def test_nothing_small_follows(release: Release) -> None:
    """
    No pair of what is shown or was published has a difference below the floor, and no figure or
    cell below it is a sum of them; but for what was given away before, which is named.
    """
    found = withheld(
        release.bases,
        release.tables,
        release.published,
        floor=release.floor,
        guard=release.guard,
    )
    figures = {group for table in release.tables for group in release.peopled(table)}
    known = (figures - found.below - found.complementary) | release.peopled(release.published)
    cells = release.peopled(frozenset({cell}) for cell in range(len(release.bases)))
    rows = [[int(cell in group) for cell in range(len(release.bases))] for group in known]

    small = {group for group in figures | cells if release.base(group) < release.guard}
    independent = rank(rows)
    follows = {
        group
        for group in small
        if rank([*rows, [int(cell in group) for cell in range(len(release.bases))]]) == independent
    }
    pairs = {
        outer - inner
        for outer in known
        for inner in known
        if inner < outer and release.base(outer - inner) < release.guard
    }

    assert {group for group in figures if release.base(group) < release.floor} == found.below
    assert follows | pairs <= set(found.exposed)
    assert release.published or not found.exposed


@given(release=releases())
@settings(max_examples=some(40), deadline=None)
def test_nothing_is_withheld_in_vain(release: Release) -> None:
    """
    To show any one of the figures that were withheld beside small ones would give something away.
    """
    found = withheld(release.bases, release.tables, floor=release.floor, guard=release.guard)
    figures = {group for table in release.tables for group in release.peopled(table)}
    shown = figures - found.below - found.complementary

    for group in found.complementary:
        more = {frozenset({cell}) for cell in range(len(release.bases))} | found.below
        rows = [[int(c in g) for c in range(len(release.bases))] for g in {*shown, group}]
        small = [g for g in release.peopled(more) if release.base(g) < release.guard]
        independent = rank(rows)
        by_sum = any(
            rank([*rows, [int(c in g) for c in range(len(release.bases))]]) == independent
            for g in small
        )
        by_rest = any(
            0 < release.base(outer.difference(*parts)) < release.guard
            for outer in {*shown, group}
            for table in release.tables
            for parts in [[g for g in release.peopled(table) & {*shown, group} if g < outer]]
            if parts
        )
        assert by_sum or by_rest


def test_a_chain_of_subtractions_is_found() -> None:
    """
    Where no single subtraction gives a cell away, but several do, a figure more is withheld.
    """
    cells: dict[tuple[str, ...], int] = {
        (row, column): base
        for row, bases in zip("abc", [(3, 3, 90), (4, 60, 2), (80, 4, 70)], strict=True)
        for column, base in zip("xyz", bases, strict=True)
    }
    hidden = suppressed(cells, ((), (0,), (1,), (0, 1)), floor=5)
    shown = [values for values in cells if (3, values) not in hidden]

    assert {v for v, base in cells.items() if base < 5} < {v for p, v in hidden if p == 3}
    assert shown


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"cells": [{"of": {"a": "x"}, "base": -1}]}, r"cells\[0\]\.base: got -1"),
        ({"cells": [{"of": {"a": "x"}, "base": True}]}, r"cells\[0\]\.base: got bool True"),
        (
            {"cells": [{"of": {"a": "x"}, "base": 1}, {"of": {"b": "x"}, "base": 1}]},
            r"cells\[1\]\.of: got b, wanted a value for each of a",
        ),
        (
            {"cells": [{"of": {"a": "x"}, "base": 1}, {"of": {"a": "x"}, "base": 1}]},
            r"cells\[1\]\.of: got x once more",
        ),
        (
            {"cells": [{"of": {"age": "x"}, "base": 1}], "tables": [["aeg"]]},
            "did you mean age",
        ),
        (
            {"cells": [{"of": {"age": "x"}, "base": 1}], "tables": [["age", "age"]]},
            "a dimension once more",
        ),
        (
            {"cells": [{"of": {"age": "old"}, "base": 1}], "published": [{"age": ["odl"]}]},
            "did you mean old",
        ),
        (
            {"cells": [{"of": {"age": "old"}, "base": 1}], "published": [{"aeg": ["old"]}]},
            "did you mean age",
        ),
        ({"cells": [], "identity_floor": 0}, "identity_floor: got 0, wanted 1 or more"),
    ],
)
def test_faulty_tables_are_refused(facts: dict[str, Any], told: str) -> None:
    """
    Cells that contradict each other, and names that are not there, are refused with the near ones.
    """
    with pytest.raises(FaultsError, match=told):
        suppression(**facts)


def test_identity_floor_holds_for_every_purpose() -> None:
    """
    A bank that lowers the inner floor does not go below the one that protects who answered.
    """
    cells = [{"of": {"team": "a"}, "base": 4}, {"of": {"team": "b"}, "base": 50}]
    found = suppression(cells=cells, internal_floor=1).outcome

    assert 5 == found.floor
    assert [54, None, None] == [figure.base for figure in found.figures]


def test_explains_what_is_too_late() -> None:
    """
    A group that is out already is told first, in both languages.
    """
    decision = suppression(
        cells=[{"of": {"team": "a"}, "base": 4}, {"of": {"team": "b"}, "base": 50}],
        published=[{}, {"team": ["b"]}],
    )

    assert "gives away 1 groups below 30 answers" in decision.explain()
    assert "1个低于30个回答的群体" in decision.explain("zh_CN")
