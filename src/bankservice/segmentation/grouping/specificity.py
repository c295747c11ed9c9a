"""
The most specific row wins: the order of rows, and the facts for which it does not decide.

A row is more specific than another if it holds only where the other does, and not everywhere.
Rows that can hold together without one being more specific, and no third that is more specific
there, are a tie; facts for which no row holds are a gap. Both are found when a table is read, with
facts that show them. In a table without either, the first row that holds, the more specific
before the less, is the one that wins; so the order in which rows were written never matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Final

import attrs

from bankservice.core.conditions import AllOf, Condition
from bankservice.core.decision_table import TableRow
from bankservice.core.policy import Faults
from bankservice.core.terms import Terms, implies
from bankservice.core.witness import (
    Answers,
    Ranges,
    TooWideError,
    none_holds,
    only_last_holds,
    shown,
    witness,
)

__all__ = ["World", "arrange"]

Place = int

_ALWAYS: Final = AllOf(())


def _first_two(answers: Answers) -> bool | None:
    """Tell whether the first two rows hold and no other."""
    if False in answers[:2] or True in answers[2:]:
        return False
    return None if None in answers else True


@attrs.frozen(eq=False)
class World:
    """
    What facts there can be: their names, codes and bounds.

    Attributes:
        terms: What conditions may name.
        ranges: The bounds of whole-number facts.
    """

    terms: Terms
    ranges: Ranges

    def find(
        self, rows: Sequence[Condition | None], wanted: Callable[[Answers], bool | None]
    ) -> Mapping[str, object] | None:
        """
        Return facts within their bounds under which the rows' answers are as *wanted*, or None.

        Raises:
            TooWideError: If there are too many cases.
        """
        return witness(rows, wanted, self.terms, self.ranges)

    def inside(self, narrow: TableRow, wide: TableRow) -> bool:
        """Tell whether a row holds only where another does."""
        if wide.when is None or implies(narrow.when or _ALWAYS, wide.when, self.terms.trees):
            return True
        return self.find([wide.when, narrow.when], only_last_holds) is None


def arrange(
    rows: Sequence[TableRow], world: World, path: str, faults: Faults
) -> tuple[TableRow, ...]:
    """
    Return rows the more specific before the less, and note what they cannot decide.

    Args:
        rows: The rows as written; their conditions have been checked.
        world: What facts there can be.
        path: Where the rows stand.
        faults: Takes gaps, ties and rows that can never win, each with an example.
    """
    try:
        below = _below(rows, world)
        for place in range(len(rows)):
            _check_reach(place, rows, below, world, f"{path}[{place}]", faults)
        for one, other in combinations(range(len(rows)), 2):
            if one not in below[other] and other not in below[one]:
                _check_tie(one, other, rows, below, world, f"{path}[{other}]", faults)
        gap = world.find([row.when for row in rows], none_holds)
        if gap is not None:
            wanted = "a row for every case, such as one without any condition"
            faults.add(path, f"a gap at {shown(gap)}", wanted)
    except TooWideError as error:
        faults.add(path, "conditions over many facts", str(error))
        return tuple(rows)
    # What is below a row has strictly less below it.
    order = sorted(range(len(rows)), key=lambda place: (len(below[place]), rows[place].code))
    return tuple(rows[place] for place in order)


def _below(rows: Sequence[TableRow], world: World) -> list[frozenset[Place]]:
    """Return for each row the places of those that are more specific."""
    inside = [[world.inside(one, other) for other in rows] for one in rows]
    places = range(len(rows))
    return [
        frozenset(low for low in places if inside[low][high] and not inside[high][low])
        for high in places
    ]


def _check_reach(
    place: Place,
    rows: Sequence[TableRow],
    below: list[frozenset[Place]],
    world: World,
    path: str,
    faults: Faults,
) -> None:
    narrower = [rows[low].when for low in sorted(below[place])]
    if world.find([*narrower, rows[place].when], only_last_holds) is None:
        wanted = "a row that some facts reach"
        if narrower and world.find([rows[place].when], only_last_holds) is not None:
            wanted = "a row that more specific ones do not take wholly"
        faults.add(path, f"{rows[place].code}, which can never be reached", wanted)


def _check_tie(
    one: Place,
    other: Place,
    rows: Sequence[TableRow],
    below: list[frozenset[Place]],
    world: World,
    path: str,
    faults: Faults,
) -> None:
    narrower = [rows[low].when for low in sorted(below[one] | below[other])]
    both = world.find([rows[one].when, rows[other].when, *narrower], _first_two)
    if both is not None:
        got = f"a tie of {rows[one].code} and {rows[other].code} at {shown(both)}"
        faults.add(path, got, "a more specific row for both, or conditions apart")
