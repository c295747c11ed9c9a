"""
Decision tables: rows of conditions, and what happens where several of them hold.

Each hit policy means what DMN means by it. What a table cannot decide is found when it is
written, not when a customer falls into it: `check_table` looks for facts that no row takes, that
two rows take, or that never reach a row, and every fault shows such facts. The search is exact.
Facts matter to conditions only by the constants they are compared with, so it goes through one
value between each two constants, and leaves a branch as soon as its answer is certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any, Final, Literal

import attrs

from bankservice.core.conditions import Comparison, Condition
from bankservice.core.errors import BankServiceError
from bankservice.core.policy import Faults
from bankservice.core.terms import Terms, unknown_in

__all__ = [
    "DecisionTable",
    "HitPolicy",
    "Hits",
    "TableConflictError",
    "TableRow",
    "TooWideError",
    "check_table",
    "shown",
    "witness",
]

HitPolicy = Literal["unique", "any", "first", "priority", "collect", "rule-order", "output-order"]
"""Which of the rows that hold are the answer; DMN's seven, `collect` without an aggregate."""

Answers = tuple[bool | None, ...]
"""Whether each row holds; None where that hangs on a fact not known."""

Ranges = Mapping[str, tuple[int, int]]
"""Whole-number facts that can only be from the first number to the last, both counted."""

MOST: Final = 50_000
"""Partial cases a search may look at; tables people can read need some hundreds."""

_ORDERED: Final = ("priority", "output-order")
_NO_RANGES: Final[Ranges] = {}
_DAY: Final = timedelta(days=1)


class TableConflictError(BankServiceError, LookupError):
    """Rows hold together that must not."""

    def __init__(self, hit: str, rows: tuple[str, ...]) -> None:
        super().__init__(hit, rows)
        self.rows = rows

    def __str__(self) -> str:
        hit, rows = self.args
        return (
            f"rows {', '.join(rows)} hold together, which hit policy {hit!r} does not allow; make "
            "their conditions apart."
        )


class TooWideError(BankServiceError, ValueError):
    """A table has more cases than can be gone through."""

    def __str__(self) -> str:
        return (
            f"its conditions have more than {MOST} cases, too many to be checked; compare fewer "
            "facts in one table."
        )


@attrs.frozen
class TableRow:
    """
    One row.

    Attributes:
        code: Stable code; the answer names it.
        when: When it holds; None for always.
        output: What it answers, column by column: `any` compares it, `priority` and
            `output-order` order by it. Other hit policies do not look at it.
    """

    code: str
    when: Condition | None = None
    output: tuple[str, ...] = ()

    def holds(self, facts: Mapping[str, object], terms: Terms) -> bool | None:
        """Tell whether the row holds; None where that hangs on a fact not known."""
        return self.when is None or self.when.holds(facts, terms.within)


@attrs.frozen
class Hits:
    """
    What a table answers.

    Attributes:
        rows: Codes of the rows that are the answer, in the order of the hit policy; of those
            that hold for certain where something is unknown.
        unknown: Facts that could change the answer, in reading order; empty where none could.
    """

    rows: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class DecisionTable:
    """
    Rows, their hit policy, and what their conditions may name.

    Attributes:
        rows: The rows, in the order they are written.
        terms: What conditions may name.
        hit: The hit policy.
        priority: For `priority` and `output-order`: the values of each output column, the most
            important first.

    Examples:
        >>> from bankservice.core.conditions import FactType, read_condition
        >>> terms = Terms({"age": FactType("integer")}, {}, {})
        >>> young = read_condition({"fact": "age", "less_than": 35})
        >>> table = DecisionTable((TableRow("young", young), TableRow("all")), terms, "first")
        >>> table.hits({"age": 30}).rows, table.hits({}).unknown
        (('young',), ('age',))
    """

    rows: tuple[TableRow, ...]
    terms: Terms
    hit: HitPolicy = "unique"
    priority: tuple[tuple[str, ...], ...] = ()

    def hits(self, facts: Mapping[str, object]) -> Hits:
        """
        Return the rows that are the answer for *facts*.

        Raises:
            TableConflictError: If rows hold together that must not; a checked table has none.
        """
        answers = [(row, row.holds(facts, self.terms)) for row in self.rows]
        held = [row for row, answer in answers if answer]
        open_ = [row for row, answer in answers if answer is None]
        if self.hit in ("unique", "any"):
            return self._single(held, open_, facts)
        if self.hit == "first":
            before = [row for row in open_ if not held or self._place(row) < self._place(held[0])]
            return Hits(() if before else _codes(held[:1]), self._unknown(before, facts))
        if self.hit == "priority":
            held.sort(key=self._rank)
            better = [row for row in open_ if not held or self._rank(row) < self._rank(held[0])]
            return Hits(() if better else _codes(held[:1]), self._unknown(better, facts))
        if self.hit == "output-order":
            held.sort(key=self._rank)
        return Hits(_codes(held), self._unknown(open_, facts))

    def _single(
        self, held: list[TableRow], open_: list[TableRow], facts: Mapping[str, object]
    ) -> Hits:
        apart = {row.code if self.hit == "unique" else row.output for row in held}
        if len(apart) > 1:
            raise TableConflictError(self.hit, _codes(held))
        return Hits(_codes(held[:1]), () if held else self._unknown(open_, facts))

    def _unknown(self, rows: Iterable[TableRow], facts: Mapping[str, object]) -> tuple[str, ...]:
        names = (
            name for row in rows if row.when is not None for name in unknown_in(row.when, facts)
        )
        return tuple(dict.fromkeys(names))

    def _place(self, row: TableRow) -> int:
        return self.rows.index(row)

    def _rank(self, row: TableRow) -> tuple[int, ...]:
        columns = zip(self.priority, row.output, strict=True)
        return (*(order.index(value) for order, value in columns), self._place(row))


def _codes(rows: Iterable[TableRow]) -> tuple[str, ...]:
    return tuple(row.code for row in rows)


# --- the search ---------------------------------------------------------------------------------


def witness(
    rows: Sequence[Condition | None],
    wanted: Callable[[Answers], bool | None],
    terms: Terms,
    ranges: Ranges = _NO_RANGES,
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
    if name in ranges:
        low, high = ranges[name]
        return range(low, high + 1)
    if name in terms.trees:
        return terms.trees[name]
    if name in terms.words:
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
            return sorted({value + step for value in constants for step in (-1, 0, 1)})
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


# --- what is wrong with a table -----------------------------------------------------------------


def shown(facts: Mapping[str, object]) -> str:
    """Return facts as people read them, for a fault's example."""
    parts = (
        f"{name} = {str(value).lower() if isinstance(value, bool) else value}"
        for name, value in facts.items()
    )
    return ", ".join(parts) or "any facts"


def _none_holds(answers: Answers) -> bool | None:
    return False if True in answers else None if None in answers else True


def _all_hold(answers: Answers) -> bool | None:
    return False if False in answers else None if None in answers else True


def _only_last_holds(answers: Answers) -> bool | None:
    if answers[-1] is False or True in answers[:-1]:
        return False
    return None if None in answers else True


def check_table(
    rows: Sequence[TableRow],
    hit: HitPolicy,
    terms: Terms,
    path: str,
    faults: Faults,
    *,
    complete: bool = True,
    ranges: Ranges = _NO_RANGES,
    priority: tuple[tuple[str, ...], ...] = (),
) -> None:
    """
    Note what a table cannot decide: gaps, overlaps, rows that can never be reached.

    The conditions themselves have been checked. Facts are taken to be free of each other.

    Args:
        rows: The rows, in the order they are written.
        hit: The hit policy.
        terms: What conditions may name.
        path: Where the rows stand.
        faults: Takes what is wrong, each with an example.
        complete: Whether some row must hold, whatever the facts.
        ranges: Whole-number facts that can only be within bounds.
        priority: The values of each output column, the most important first.
    """
    codes = [row.code for row in rows]
    for place, code in enumerate(codes):
        if code in codes[:place]:
            faults.add(f"{path}[{place}].code", repr(code), "a code that is not taken")
    if hit in _ORDERED:
        _check_outputs(rows, priority, path, faults)
    try:
        _check_reach(rows, hit, terms, path, faults, ranges)
        if hit in ("unique", "any"):
            _check_apart(rows, hit, terms, path, faults, ranges)
        if complete:
            gap = witness([row.when for row in rows], _none_holds, terms, ranges)
            if gap is not None:
                wanted = "a row for every case; none holds there"
                faults.add(path, f"a gap at {shown(gap)}", wanted)
    except TooWideError as error:
        faults.add(path, "conditions over many facts", str(error))


def _check_outputs(
    rows: Sequence[TableRow], priority: tuple[tuple[str, ...], ...], path: str, faults: Faults
) -> None:
    for place, row in enumerate(rows):
        if len(row.output) != len(priority):
            faults.add(
                f"{path}[{place}]", f"{len(row.output)} outputs", f"{len(priority)}, one a column"
            )
            continue
        for value, order in zip(row.output, priority, strict=True):
            if value not in order:
                faults.add(f"{path}[{place}]", repr(value), f"one of {', '.join(order)}")


def _check_reach(
    rows: Sequence[TableRow],
    hit: HitPolicy,
    terms: Terms,
    path: str,
    faults: Faults,
    ranges: Ranges,
) -> None:
    for place, row in enumerate(rows):
        earlier = [other.when for other in rows[:place]] if hit == "first" else []
        if witness([*earlier, row.when], _only_last_holds, terms, ranges) is None:
            wanted = "a row that some facts reach"
            if earlier and witness([row.when], _all_hold, terms, ranges) is not None:
                wanted = "a row that those before it do not take already"
            faults.add(f"{path}[{place}]", f"{row.code}, which can never be reached", wanted)


def _check_apart(
    rows: Sequence[TableRow],
    hit: HitPolicy,
    terms: Terms,
    path: str,
    faults: Faults,
    ranges: Ranges,
) -> None:
    for (place, one), (_, other) in combinations(enumerate(rows), 2):
        if hit == "any" and one.output == other.output:
            continue
        both = witness([one.when, other.when], _all_hold, terms, ranges)
        if both is not None:
            wanted = (
                "rows that never hold together, or agree"
                if hit == "any"
                else ("rows that never hold together")
            )
            got = f"{one.code} and {other.code} both hold at {shown(both)}"
            faults.add(f"{path}[{place}]", got, wanted)
