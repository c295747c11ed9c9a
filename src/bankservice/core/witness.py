"""
The search for facts that make conditions come out in a wanted way.

Facts matter to conditions only by the constants they are compared with. So the search goes through
one value between each two constants, and leaves a branch as soon as its answer is certain: it is
exact, and quick enough for every table people can read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any, Final, TypeAlias

from bankservice.core.conditions import Comparison, Condition
from bankservice.core.errors import BankServiceError
from bankservice.core.terms import Terms

__all__ = [
    "ANYTHING",
    "MOST",
    "Answers",
    "Ranges",
    "TooWideError",
    "all_hold",
    "none_holds",
    "only_last_holds",
    "shown",
    "witness",
]

Answers: TypeAlias = tuple[bool | None, ...]
"""Whether each row holds; None where that hangs on a fact not known."""

Ranges: TypeAlias = Mapping[str, tuple[int | None, int | None]]
"""Whole-number facts that can only be from the first to the second, both counted; None: no end."""

ANYTHING: Final[Ranges] = {}
"""No fact is bound."""

MOST: Final = 50_000
"""Partial cases a search may look at; tables people can read need some hundreds."""

_DAY: Final = timedelta(days=1)


class TooWideError(BankServiceError, ValueError):
    """A table has more cases than can be gone through."""

    def __str__(self) -> str:
        return (
            f"its conditions have more than {MOST} cases, too many to be checked; compare fewer "
            "facts in one table."
        )


def witness(
    rows: Sequence[Condition | None],
    wanted: Callable[[Answers], bool | None],
    terms: Terms,
    ranges: Ranges = ANYTHING,
) -> Mapping[str, object] | None:
    """
    Return facts under which the answers of *rows* are as *wanted*, or None if there are none.

    Args:
        rows: Conditions; None for one that always holds.
        wanted: Tells whether answers are as wanted; None where that hangs on those still open.
            What it is sure of must not change when an open answer is filled in.
        terms: What the conditions may name.
        ranges: Whole-number facts that can only be within bounds.

    Raises:
        TooWideError: If there are too many cases.
    """
    values = {name: tuple(_values(name, rows, terms, ranges)) for name in _names(rows)}
    looked = 0

    def search(facts: Mapping[str, object]) -> Mapping[str, object] | None:
        nonlocal looked
        looked += 1
        if looked > MOST:
            raise TooWideError
        answers = tuple(row is None or row.holds(facts, terms.within) for row in rows)
        verdict = wanted(answers)
        if verdict is not None:
            return facts if verdict else None
        # With every fact stated no answer is open, so there is one left to state.
        name = next(n for n in _names(_open(rows, answers)) if n not in facts)
        for value in values[name]:
            found = search({**facts, name: value})
            if found is not None:
                return found
        return None

    return search({})


def _open(rows: Sequence[Condition | None], answers: Answers) -> list[Condition | None]:
    return [row for row, answer in zip(rows, answers, strict=True) if answer is None]


def _comparisons(rows: Iterable[Condition | None]) -> Iterator[Comparison]:
    for row in rows:
        if row is not None:
            yield from row.comparisons()


def _names(rows: Iterable[Condition | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.fact for part in _comparisons(rows)))


def _values(
    name: str, rows: Sequence[Condition | None], terms: Terms, ranges: Ranges
) -> Iterator[object]:
    """Yield values of a fact, one for each way in which the comparisons can come out."""
    compared = [part for part in _comparisons(rows) if part.fact == name]
    seen = set()
    for value in _candidates(name, compared, terms, ranges):
        signature = tuple(part.holds({name: value}, terms.within) for part in compared)
        if signature not in seen:
            seen.add(signature)
            yield value


def _candidates(
    name: str, compared: list[Comparison], terms: Terms, ranges: Ranges
) -> Iterable[Any]:
    if name in terms.trees:
        return terms.trees[name]
    if name in terms.words and terms.facts[name].type != "set":
        return terms.words[name]
    constants: list[Any] = [
        value
        for part in compared
        for value in (part.wanted if isinstance(part.wanted, tuple) else (part.wanted,))
    ]
    match terms.facts[name].type:
        case "boolean":
            return (True, False)
        case "integer":
            low, high = ranges.get(name, (None, None))
            near = {value + step for value in constants for step in (-1, 0, 1)}
            near.update(end for end in (low, high) if end is not None)
            return sorted(
                value
                for value in near
                if (low is None or low <= value) and (high is None or value <= high)
            )
        case "number":
            return _between(sorted({Decimal(value) for value in constants}))
        case "date":
            return sorted({value + step * _DAY for value in constants for step in (-1, 0, 1)})
        case "set":
            sizes = range(len(constants) + 1)
            return (held for size in sizes for held in combinations(constants, size))
        case _:
            # Any other text: longer than each constant, so none of them.
            return (*constants, "other" + max(constants, key=len, default=""))


def _between(constants: list[Decimal]) -> Iterator[Decimal]:
    """Yield each constant, one value between each two, and one beyond each end."""
    yield constants[0] - 1
    for low, high in pairwise(constants):
        yield low
        yield (low + high) / 2
    yield constants[-1]
    yield constants[-1] + 1


def shown(facts: Mapping[str, object]) -> str:
    """Return facts as people read them, for a fault's example."""
    return ", ".join(f"{name} = {_shown(value)}" for name, value in facts.items()) or "any facts"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def none_holds(answers: Answers) -> bool | None:
    """Tell whether no row holds: facts that are wanted to show a gap."""
    return False if True in answers else None if None in answers else True


def all_hold(answers: Answers) -> bool | None:
    """Tell whether every row holds: facts that are wanted to show an overlap."""
    return False if False in answers else None if None in answers else True


def only_last_holds(answers: Answers) -> bool | None:
    """Tell whether the last row holds and none before it: facts that reach it."""
    if answers[-1] is False or True in answers[:-1]:
        return False
    return None if None in answers else True
