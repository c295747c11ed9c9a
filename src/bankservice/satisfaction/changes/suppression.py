"""The rule of disclosure: which bases of a table may be published, and which must not follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import chain
from typing import Final, Literal

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError, near_names
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.changes.disclosure import Group, Hidden, Withheld, withheld
from bankservice.satisfaction.changes.verdicts import PACKAGE
from bankservice.satisfaction.model import count_faults

__all__ = [
    "EXTERNAL_FLOOR",
    "IDENTITY_FLOOR",
    "INTERNAL_FLOOR",
    "BaseCell",
    "Exposed",
    "Figure",
    "Purpose",
    "Suppression",
    "SuppressionFacts",
    "suppressed",
    "suppression",
]

INTERNAL_FLOOR: Final = 30
"""Answers below which a score is not shown inside the bank."""
EXTERNAL_FLOOR: Final = 100
"""Answers below which a score is not compared outside, as the British survey of banks has it."""
IDENTITY_FLOOR: Final = 5
"""Answers below which a cut may say who answered."""

ALL: Final = Says("SUPPRESSION_NONE", ("shown", "floor"))
SOME: Final = Says("SUPPRESSION_SOME", ("shown", "hidden", "floor"))
TOO_LATE: Final = Says("SUPPRESSION_EXPOSED", ("exposed", "floor"))
COUNTED: Final = Says("suppression-hidden", ("below", "complementary", "empty"))
GUARDED: Final = Says("suppression-guarded", ("guarded",))


class Purpose(Enum):
    """Whom figures are for; it picks the floor."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    IDENTITY = "identity"


@attrs.frozen(kw_only=True)
class BaseCell:
    """
    Answers of one cell, of which no other is a part.

    Attributes:
        of: What the cell is of: a value for each dimension, such as branch and age.
        base: Answers.
    """

    of: FrozenMapping[str, str]
    base: int


@attrs.frozen(kw_only=True)
class SuppressionFacts:
    """
    Bases that are to be published, with all that is made of them.

    Attributes:
        cells: The finest cells, all of the same dimensions.
        tables: The tables to be published, each by its dimensions; a table of none is the total.
            Left out: each dimension by itself, all of them together, and the total.
        published: Groups that were published before: values by dimension, all cells where a
            dimension is left out.
        purpose: `internal`, `external`, or `identity` for bases without scores.
        internal_floor: Answers below which a figure is withheld inside the bank.
        external_floor: Answers below which a figure is withheld outside.
        identity_floor: Answers below which a figure is withheld whatever it is for.
        guarded: Which figures must not follow from those shown: those below the `floor`, or only
            those below the `identity` floor.
    """

    cells: tuple[BaseCell, ...]
    tables: tuple[tuple[str, ...], ...] | None = None
    published: tuple[FrozenMapping[str, tuple[str, ...]], ...] = ()
    purpose: Purpose = Purpose.INTERNAL
    internal_floor: int = INTERNAL_FLOOR
    external_floor: int = EXTERNAL_FLOOR
    identity_floor: int = IDENTITY_FLOOR
    guarded: Literal["floor", "identity"] = "floor"

    def __attrs_post_init__(self) -> None:
        faults = tuple(chain(self._cell_faults(), self._table_faults(), self._floor_faults()))
        if faults:
            raise FaultsError("bases to be published", faults)

    def _cell_faults(self) -> Iterator[Fault]:
        seen: dict[tuple[str, ...], int] = {}
        for place, cell in enumerate(self.cells):
            if set(cell.of) != set(self.dimensions):
                wanted = f"a value for each of {', '.join(self.dimensions) or 'no dimension'}"
                yield Fault(f"cells[{place}].of", ", ".join(cell.of) or "nothing", wanted)
                continue
            key = tuple(cell.of[name] for name in self.dimensions)
            first = seen.setdefault(key, place)
            if first != place:
                got = f"{', '.join(key)} once more"
                yield Fault(f"cells[{place}].of", got, f"each cell once: it is in cells[{first}]")
            yield from count_faults(f"cells[{place}].base", cell.base)

    def _table_faults(self) -> Iterator[Fault]:
        known = ", ".join(self.dimensions) or "no dimension"
        for place, table in enumerate(self.tables or ()):
            for name in table:
                if name not in self.dimensions:
                    near = near_names(name, self.dimensions)
                    yield Fault(f"tables[{place}]", f"`{name}`", f"one of {known}", near)
            if len(set(table)) < len(table):
                yield Fault(f"tables[{place}]", "a dimension once more", "each once")
        for place, group in enumerate(self.published):
            for name, values in group.items():
                path = f"published[{place}].{name}"
                if name not in self.dimensions:
                    near = near_names(name, self.dimensions)
                    yield Fault(path, f"`{name}`", f"one of {known}", near)
                    continue
                there = {cell.of.get(name, "") for cell in self.cells}
                for value in values:
                    if value not in there:
                        near = near_names(value, sorted(there))
                        yield Fault(path, f"`{value}`", "a value that some cell has", near)

    def _floor_faults(self) -> Iterator[Fault]:
        for name in ("internal_floor", "external_floor", "identity_floor"):
            if getattr(self, name) < 1:
                yield Fault(name, str(getattr(self, name)), "1 or more")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions, as the first cell has them."""
        return tuple(self.cells[0].of) if self.cells else ()

    @property
    def chosen(self) -> tuple[tuple[str, ...], ...]:
        """The tables to be published, each once."""
        if self.tables is not None:
            return tuple({frozenset(table): table for table in reversed(self.tables)}.values())[
                ::-1
            ]
        names = self.dimensions
        usual = ((), *((name,) for name in names), names)
        return tuple(dict.fromkeys(usual))

    @property
    def floor(self) -> int:
        """Answers below which a figure is withheld."""
        floors = {
            Purpose.INTERNAL: self.internal_floor,
            Purpose.EXTERNAL: self.external_floor,
            Purpose.IDENTITY: self.identity_floor,
        }
        return max(floors[self.purpose], self.identity_floor)


@attrs.frozen(kw_only=True)
class Figure:
    """
    A figure of a table.

    Attributes:
        of: What it is of: a value for each dimension of its table.
        base: Answers; None where it is not shown.
        visible: Whether it is shown.
        why: Why not: `empty`, `below-floor`, or `complementary`, which is for the bank alone: told
            to readers it would narrow down what is hidden.
    """

    of: FrozenMapping[str, str]
    base: int | None = None
    visible: bool
    why: Hidden | None = None


@attrs.frozen(kw_only=True)
class Exposed:
    """
    A group below the floor that what was published before gives away.

    Attributes:
        cells: The cells it is made of.
    """

    cells: tuple[FrozenMapping[str, str], ...]


@attrs.frozen(kw_only=True)
class Suppression:
    """
    What may be published.

    Attributes:
        figures: The figures of each table, in the order of tables and cells.
        floor: Answers below which a figure is withheld.
        guarded: Answers below which a group must not follow from what is shown.
        visible: Figures that are shown, counted.
        hidden: Figures that are not, counted.
        exposed: Groups that cannot be protected any more.
    """

    figures: tuple[Figure, ...]
    floor: int
    guarded: int
    visible: int
    hidden: int
    exposed: tuple[Exposed, ...] = ()


def suppressed(
    cells: Mapping[tuple[str, ...], int],
    tables: tuple[tuple[int, ...], ...],
    published: tuple[Group, ...] = (),
    *,
    floor: int,
    guard: int | None = None,
) -> Mapping[tuple[int, tuple[str, ...]], Hidden]:
    """
    Return which figures of tables over the same cells are not to be shown, and why.

    Args:
        cells: Answers by the values of a cell, one for each dimension.
        tables: The dimensions of each table, by their places; those of the total are none.
        published: Groups that were published before, by the places of their cells.
        floor: Figures with fewer answers are withheld.
        guard: Figures with fewer answers must not follow; left out, the floor.

    Returns:
        Why, by the place of a table and the values of a figure in it; those shown are left out.

    Examples:
        >>> answers = {("north", "young"): 4, ("north", "old"): 60, ("south", "young"): 50}
        >>> found = suppressed(answers, ((0,), (0, 1), ()), floor=30)
        >>> [(values, why.value) for (_, values), why in found.items()]
        [(('north', 'young'), 'below-floor'), (('north', 'old'), 'complementary')]
    """
    groups = _groups(cells, tables)
    bases = tuple(cells.values())
    listed = [list(table.values()) for table in groups]
    found = withheld(bases, listed, published, floor=floor, guard=guard)
    return {
        (place, values): why
        for place, table in enumerate(groups)
        for values, group in table.items()
        if (why := _why(group, bases, found)) is not None
    }


def _groups(
    cells: Mapping[tuple[str, ...], int], tables: tuple[tuple[int, ...], ...]
) -> list[dict[tuple[str, ...], Group]]:
    """Return the figures of each table: the places of their cells by their values."""
    found = []
    for table in tables:
        held: dict[tuple[str, ...], list[int]] = {}
        for place, values in enumerate(cells):
            held.setdefault(tuple(values[name] for name in table), []).append(place)
        found.append({values: frozenset(places) for values, places in held.items()})
    return found


def _why(group: Group, bases: tuple[int, ...], found: Withheld) -> Hidden | None:
    # Cells over nobody make no difference: figures are told apart by the others.
    peopled = frozenset(place for place in group if bases[place])
    if not peopled:
        return Hidden.EMPTY
    if peopled in found.below:
        return Hidden.BELOW_FLOOR
    return Hidden.COMPLEMENTARY if peopled in found.complementary else None


def _suppression(facts: SuppressionFacts, parameters: None, trace: Trace | None) -> Suppression:
    """
    Decide which figures of tables may be published, so that no small group follows from them.

    Figures below the floor are withheld, and beside them such as would give them away: a branch less
    its other services is its counter. No figure or cell below the floor is then a sum or difference
    of shown figures and of those published before; nor is what remains of a figure without those of
    one table inside it. What was published before and already gives a group away is told as
    `exposed`. A figure over nobody is `empty` and known to be so. Bounds are not guarded against.

    The floors are 30 answers inside the bank, 100 outside, and 5 for any cut that could identify a
    respondent; the last holds for every purpose. Of figures that would serve, the one over the
    fewest answers is withheld, and none that could be shown after all.

    Raises:
        FaultsError: If a cell stands twice or has other dimensions, a base is below 0, a floor below
            1, or a table or group names what is not there.

    Source:
        L. H. Cox, "Suppression methodology and statistical disclosure control", Journal of the
        American Statistical Association 75 (1980) 377-385. The floor of 100 is that of the British
        survey of banks; those of 30 and 5 are ours.

    Examples:
        >>> from bankservice.satisfaction import suppression
        >>> found = suppression(
        ...     cells=[
        ...         {"of": {"branch": "north"}, "base": 12},
        ...         {"of": {"branch": "south"}, "base": 45},
        ...         {"of": {"branch": "west"}, "base": 80},
        ...     ]
        ... ).outcome
        >>> [(figure.of.get("branch", "all"), figure.base) for figure in found.figures]
        [('all', 137), ('north', None), ('south', None), ('west', 80)]
    """
    names = facts.dimensions
    cells = {tuple(cell.of[name] for name in names): cell.base for cell in facts.cells}
    tables = facts.chosen if facts.cells else ()
    groups = _groups(cells, tuple(tuple(map(names.index, table)) for table in tables))
    bases = tuple(cells.values())
    guard = facts.floor if facts.guarded == "floor" else min(facts.floor, facts.identity_floor)
    earlier = tuple(_published(facts, group) for group in facts.published)
    listed = [list(table.values()) for table in groups]
    found = withheld(bases, listed, earlier, floor=facts.floor, guard=guard)
    figures = []
    for table, held in zip(tables, groups, strict=True):
        for values, group in held.items():
            why = _why(group, bases, found)
            of = FrozenMapping(dict(zip(table, values, strict=True)))
            base = sum(bases[place] for place in group) if why is None else None
            figures.append(Figure(of=of, base=base, visible=why is None, why=why))
    outcome = Suppression(
        figures=tuple(figures),
        floor=facts.floor,
        guarded=guard,
        visible=sum(figure.visible for figure in figures),
        hidden=sum(not figure.visible for figure in figures),
        exposed=tuple(
            Exposed(cells=tuple(facts.cells[place].of for place in sorted(group)))
            for group in found.exposed
        ),
    )
    if trace is not None:
        counts = {why: sum(figure.why is why for figure in figures) for why in Hidden}
        told = COUNTED(
            below=counts[Hidden.BELOW_FLOOR],
            complementary=counts[Hidden.COMPLEMENTARY],
            empty=counts[Hidden.EMPTY],
        )
        trace.check(told, held=True)
        trace.check(GUARDED(guarded=guard), held=not outcome.exposed)
    return outcome


def _published(facts: SuppressionFacts, group: Mapping[str, tuple[str, ...]]) -> Group:
    return frozenset(
        place
        for place, cell in enumerate(facts.cells)
        if all(cell.of[name] in values for name, values in group.items())
    )


def _headline(facts: SuppressionFacts, parameters: None, outcome: Suppression) -> Reason:
    if outcome.exposed:
        return TOO_LATE(exposed=len(outcome.exposed), floor=outcome.guarded)
    if not outcome.hidden:
        return ALL(shown=outcome.visible, floor=outcome.floor)
    return SOME(shown=outcome.visible, hidden=outcome.hidden, floor=outcome.floor)


suppression: Final[Rule[SuppressionFacts, None, Suppression]] = Rule(
    id="satisfaction.suppression",
    facts=SuppressionFacts,
    outcome=Suppression,
    evaluate=_suppression,
    headline=_headline,
    says=(ALL, SOME, TOO_LATE, COUNTED, GUARDED),
    package=PACKAGE,
)
