"""
The groups of a bank, ready to use: rows checked against the register of facts.

A fact that its register does not allow for a step, a gap, a tie and a row that can never be
reached are faults when the policy is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

from bankservice.core.conditions import AllOf, AnyOf, Comparison, Condition, FactType
from bankservice.core.decision_table import TableRow, check_table
from bankservice.core.errors import near_names
from bankservice.core.fact_register import Register, Use, register_of
from bankservice.core.institution import check_zone
from bankservice.core.policy import Faults, Kind, Library, Title
from bankservice.core.terms import Terms
from bankservice.segmentation.grouping.specificity import World, arrange
from bankservice.segmentation.grouping.table import (
    Codes,
    GroupsTable,
    PotentialRow,
    ScreenRow,
    SegmentRow,
)

__all__ = ["GROUPS", "Groups"]

Row = TypeVar("Row", ScreenRow, SegmentRow, PotentialRow)


@attrs.frozen(eq=False, kw_only=True)
class Groups:
    """
    A groups policy version, ready to use.

    Attributes:
        written: As written.
        register: Which facts may be used for what.
        world: What facts there can be.
        screen: Rows of screening, in their order.
        behaviours: Rows of behaviours.
        needs: Rows of needs.
        segments: Rows of segments, the more specific before the less.
        behind: Behaviour → the condition it rests on.
        named: `screen` and `segments` → the facts that their rows name.
    """

    written: GroupsTable
    register: Register
    world: World
    screen: tuple[TableRow, ...]
    behaviours: tuple[TableRow, ...]
    needs: tuple[TableRow, ...]
    segments: tuple[TableRow, ...]
    behind: Mapping[str, Condition]
    named: Mapping[str, tuple[str, ...]]

    @property
    def zone(self) -> str:
        """Zone whose local day an instant falls on."""
        return self.written.zone

    def screened(self, code: str) -> ScreenRow:
        """Return a row of screening as written."""
        return _row(self.written.screen, code)

    def segment(self, code: str) -> SegmentRow:
        """Return a segment as written."""
        return _row(self.written.segment, code)

    def potential(self, code: str) -> PotentialRow:
        """Return a potential group as written."""
        return _row(self.written.potential, code)

    def title(self, fact: str) -> Title | str:
        """Return what people read for a fact."""
        known = self.register.facts.get(fact)
        return fact if known is None else known.title


def _row(rows: Iterable[Row], code: str) -> Row:
    return next(row for row in rows if row.code == code)


def _named(rows: Iterable[TableRow]) -> tuple[str, ...]:
    parts = (part for row in rows if row.when is not None for part in row.when.comparisons())
    return tuple(dict.fromkeys(part.fact for part in parts))


def _segment_condition(row: SegmentRow) -> Condition | None:
    """Return what a row of dimensions means as one condition; None for always."""
    parts: list[Condition] = []
    if row.tier is not None:
        parts.append(Comparison("tier", "in", row.tier.any_of))
    for fact, word, codes in (
        ("behaviours", "includes", row.behaviour),
        ("customer_kind", "within", row.customer_kind),
        ("region", "within", row.region),
        ("industry", "within", row.industry),
    ):
        if codes is not None:
            several = tuple(Comparison(fact, word, code) for code in codes.any_of)
            parts.append(several[0] if len(several) == 1 else AnyOf(several))
    if row.age is not None:
        parts.append(Comparison("age", "between", (row.age.since, row.age.until)))
    if row.when is not None:
        parts.append(row.when)
    return None if not parts else parts[0] if len(parts) == 1 else AllOf(tuple(parts))


@attrs.define
class _Check:
    """Checks the rows of a table and notes its faults."""

    table: GroupsTable
    register: Register
    faults: Faults

    def rows(
        self, name: str, use: Use, condition: Callable[[Any], Condition | None]
    ) -> tuple[TableRow, ...]:
        """Return rows ready to use; where a condition is at fault, none of them."""
        before, found = len(self.faults), list[TableRow]()
        rows: Sequence[Any] = getattr(self.table, name)
        codes = [row.code for row in rows]
        for place, row in enumerate(rows):
            path = f"{name}[{place}]"
            if row.code in codes[:place]:
                self.faults.add(f"{path}.code", repr(row.code), "a code that is not taken")
            if self._empty(row, path):
                continue
            when = condition(row)
            if when is not None:
                self.register.check(when, use, path, self.faults)
                self._words(when, path)
            found.append(TableRow(row.code, when))
        return tuple(found) if len(self.faults) == before else ()

    def _empty(self, row: Any, path: str) -> bool:
        empty = [
            field.name
            for field in attrs.fields(type(row))
            if isinstance(held := getattr(row, field.name), Codes) and not held.any_of
        ]
        for name in empty:
            self.faults.add(f"{path}.{name}", "no code", "one or more, or leave it out")
        return bool(empty)

    def _words(self, condition: Condition, path: str) -> None:
        """Note tiers and behaviours that this policy does not have."""
        known = {
            "tier": self.table.tiers,
            "behaviours": tuple(row.code for row in self.table.behaviour),
        }
        for part in condition.comparisons():
            words = known.get(part.fact, ())
            if not words:
                continue
            for word in part.wanted if isinstance(part.wanted, tuple) else (part.wanted,):
                if word not in words:
                    what = "tiers" if part.fact == "tier" else "behaviours"
                    near = near_names(str(word), words)
                    self.faults.add(path, repr(word), f"one of the {what} of this policy", near)


def _build(table: GroupsTable, faults: Faults, library: Library) -> Groups:
    check_zone(table.zone, "zone", faults)
    register = register_of(table.facts, "facts", faults, library)
    if register is None:
        register = Register({}, Terms({}, {}, {}))
        check = _Check(GroupsTable(), register, faults)
    else:
        check = _Check(table, register, faults)
    if not (table.screen or table.behaviour or table.segment or table.potential):
        faults.add("segment", "no row", "rows that screen, analyse, group or project")
    every = register.every
    words = {**every.words, **({"tier": table.tiers} if table.tiers else {})}
    world = World(Terms(every.facts, words, every.trees), register.ranges)
    screen = check.rows("screen", "screening", lambda row: row.when)
    behaviours = check.rows("behaviour", "behaviour", lambda row: row.when)
    needs = check.rows("need", "behaviour", lambda row: row.when)
    segments = check.rows("segment", "segment", _segment_condition)
    potential = check.rows("potential", "potential", lambda row: row.when)
    if screen:
        check_table(screen, "first", world.terms, "screen", faults, ranges=world.ranges)
    for name, rows in (("behaviour", behaviours), ("need", needs), ("potential", potential)):
        check_table(rows, "collect", world.terms, name, faults, complete=False, ranges=world.ranges)
    if segments:
        segments = arrange(segments, world, "segment", faults)
    return Groups(
        written=table,
        register=register,
        world=world,
        screen=screen,
        behaviours=behaviours,
        needs=needs,
        segments=segments,
        behind={row.code: row.when for row in table.behaviour},
        named={"screen": _named(screen), "segments": _named(segments)},
    )


GROUPS: Final[Kind[Any, Groups]] = Kind(
    "segmentation.groups",
    GroupsTable,
    _build,
    cohort={
        "customer_kind": FactType("code", "vocabulary/customer-kinds"),
        "region": FactType("code", "vocabulary/regions"),
    },
)
"""Kind of policy that holds a bank's groups: screening, behaviours, segments, potential groups."""
