"""The rule of post-stratification: weights by the cells of a population."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.frozen import FrozenMapping
from bankservice.satisfaction.weights.margins import rake
from bankservice.satisfaction.weights.respondents import (
    Matched,
    Respondents,
    Targets,
    match_respondents,
    rounded_targets,
    target_faults,
)
from bankservice.satisfaction.weights.weighting import (
    CHECKS,
    PACKAGE,
    Weighting,
    base_weights,
    floats_of,
    nobody_weighted,
    note_weighting,
    start_faults,
    weighting_headline,
    weighting_of,
)

__all__ = ["PopulationCell", "PostStratificationFacts", "post_stratification"]

CELLS: Final = Says("WEIGHTED_BY_CELLS", ("respondents", "effective_n"))

_CELL: Final = "cell"
"""The one margin there is where margins are crossed in full."""


@attrs.frozen(kw_only=True)
class PopulationCell:
    """
    A cell of the population: where its margins cross.

    Attributes:
        of: Margin → category; the same margins in every cell.
        target: Its share or count of the population, 0 or more.
    """

    of: FrozenMapping[str, str]
    target: Decimal


@attrs.frozen(kw_only=True)
class PostStratificationFacts:
    """
    Who answered, and the cells of their population.

    Attributes:
        respondents: Rows of categories, as `satisfaction.raking` takes them. Who lacks a category
            of a cell is in no cell; that group keeps the share of the base weights it has.
        cells: Each cell with its share or count, each once.
        start: Base weights of the rows, 0 or more; nothing for 1 each.
        drop: Whether respondents in a cell whose target is 0 may get a weight of 0.
    """

    respondents: Respondents
    cells: tuple[PopulationCell, ...]
    start: tuple[Decimal, ...] | None = None
    drop: bool = False

    def __attrs_post_init__(self) -> None:
        faults = [*_cell_faults(self.cells)]
        if not faults:
            # Faults of the targets name the cell, as it is named among those of raking.
            faults.extend(target_faults(_as_margin(self.cells), "cells"))
        faults.extend(start_faults(self.start, len(self.respondents.rows)))
        if faults:
            raise FaultsError("what is weighted by cells", tuple(faults))


def _cell_faults(cells: tuple[PopulationCell, ...]) -> Iterator[Fault]:
    if not cells:
        yield Fault("cells", "no cell", "one or more")
        return
    margins = set(cells[0].of)
    seen: set[FrozenMapping[str, str]] = set()
    for place, cell in enumerate(cells):
        if not cell.of or set(cell.of) != margins:
            wanted = f"the margins of the first cell: {', '.join(sorted(margins)) or 'one or more'}"
            got = ", ".join(sorted(cell.of)) or "no margin"
            yield Fault(f"cells[{place}].of", got, wanted)
        elif cell.of in seen:
            yield Fault(f"cells[{place}].of", _named(cell.of, margins), "each cell once")
        seen.add(cell.of)


def _named(row: Mapping[str, str], margins: Iterable[str]) -> str:
    return " × ".join(row[name] for name in sorted(margins))


def _as_margin(cells: tuple[PopulationCell, ...]) -> Targets:
    margin = {_named(cell.of, cell.of): cell.target for cell in cells}
    return FrozenMapping({_CELL: FrozenMapping(margin)})


def _post_stratification(
    facts: PostStratificationFacts, parameters: None, trace: Trace | None
) -> Weighting:
    """
    Weight respondents so that every cell has its share of the population.

    Each weight is the cell's share of the population over its share of the respondents. A cell
    nobody was found in would need a weight without end: it is refused by name, to be collapsed with
    a neighbour. With the margins crossed in full, this is what raking to them would give.

    Raises:
        FaultsError: If a cell comes twice or has other margins than the first; if it has a target
            and no respondent, or respondents and a target of 0 without consent; if shares do not
            sum to 1, a category is unknown, or a base weight or a count is none.

    Source:
        W. G. Cochran, "Sampling techniques" (Wiley, 1977).

    Examples:
        >>> from bankservice.satisfaction import post_stratification
        >>> asked = [{"age": "young", "count": 30}, {"age": "old", "count": 10}]
        >>> cells = [
        ...     {"of": {"age": "young"}, "target": "0.6"},
        ...     {"of": {"age": "old"}, "target": "0.4"},
        ... ]
        >>> found = post_stratification(respondents=asked, cells=cells).outcome
        >>> found.weights, found.converged
        ((Decimal('0.8'), Decimal('1.6')), True)
    """
    names = sorted(facts.cells[0].of)
    margins = {name: dict.fromkeys(cell.of[name] for cell in facts.cells) for name in names}
    matched = match_respondents(facts.respondents, margins)
    if not matched.of:
        return nobody_weighted()
    start = base_weights(facts.start, len(matched.of))
    crossed = _crossed(matched)
    targets = {name: floats_of(margin) for name, margin in _as_margin(facts.cells).items()}
    found = rake(crossed.patterns, crossed.totals(start), targets, drop=facts.drop)
    outcome = weighting_of(crossed, start, found, adjusted=rounded_targets(_as_margin(facts.cells)))
    if trace is not None:
        note_weighting(outcome, trace)
    return outcome


def _crossed(matched: Matched) -> Matched:
    """Return respondents by cell: patterns of one category, that of the cell they are in."""
    places: dict[tuple[str | None], int] = {}
    moved: list[int] = []
    for pattern in matched.patterns:
        known = [category for category in pattern if category is not None]
        cell = " × ".join(known) if len(known) == len(pattern) else None
        moved.append(places.setdefault((cell,), len(places)))
    of = tuple(moved[place] for place in matched.of)
    nobody = places.get((None,))
    lost = sum(c for place, c in zip(of, matched.counts, strict=True) if place == nobody)
    unknown = FrozenMapping({_CELL: lost} if lost else {})
    if lost == sum(matched.counts):
        got = f"{lost} respondents, none with a category of every margin"
        raise FaultsError("respondents", (Fault("respondents", got, "some in a cell"),))
    return Matched(tuple(places), of, matched.counts, unknown)


def _headline(facts: PostStratificationFacts, parameters: None, outcome: Weighting) -> Reason:
    return weighting_headline(outcome, CELLS)


post_stratification: Final[Rule[PostStratificationFacts, None, Weighting]] = Rule(
    id="satisfaction.post-stratification",
    facts=PostStratificationFacts,
    outcome=Weighting,
    evaluate=_post_stratification,
    headline=_headline,
    says=(CELLS, *CHECKS),
    package=PACKAGE,
)
