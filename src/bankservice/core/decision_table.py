"""
Decision tables: rows of conditions, and what happens where several of them hold.

Each hit policy means what DMN means by it. What a table cannot decide is found when it is
written, not when a customer falls into it: `check_table` looks for facts that no row takes, that
two rows take, or that never reach a row, and every fault shows such facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final, Literal

import attrs

from bankservice.core.conditions import Condition
from bankservice.core.errors import BankServiceError
from bankservice.core.policy import Faults
from bankservice.core.terms import Terms, unknown_in
from bankservice.core.witness import (
    ANYTHING,
    Ranges,
    TooWideError,
    all_hold,
    none_holds,
    only_last_holds,
    shown,
    witness,
)

__all__ = ["DecisionTable", "HitPolicy", "Hits", "TableConflictError", "TableRow", "check_table"]

HitPolicy = Literal["unique", "any", "first", "priority", "collect", "rule-order", "output-order"]
"""Which of the rows that hold are the answer; DMN's seven, `collect` without an aggregate."""

_ORDERED: Final = ("priority", "output-order")


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


# --- what is wrong with a table -----------------------------------------------------------------


def check_table(
    rows: Sequence[TableRow],
    hit: HitPolicy,
    terms: Terms,
    path: str,
    faults: Faults,
    *,
    complete: bool = True,
    ranges: Ranges = ANYTHING,
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
            gap = witness([row.when for row in rows], none_holds, terms, ranges)
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
        if witness([*earlier, row.when], only_last_holds, terms, ranges) is None:
            wanted = "a row that some facts reach"
            if earlier and witness([row.when], all_hold, terms, ranges) is not None:
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
        both = witness([one.when, other.when], all_hold, terms, ranges)
        if both is not None:
            wanted = (
                "rows that never hold together, or agree"
                if hit == "any"
                else ("rows that never hold together")
            )
            got = f"{one.code} and {other.code} both hold at {shown(both)}"
            faults.add(f"{path}[{place}]", got, wanted)
