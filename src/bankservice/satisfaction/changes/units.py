"""The rule of units side by side: which branches differ from the rest, after counting the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import combinations
from typing import Final

import attrs

from bankservice.core.decision import Reason, Rule, Says, Trace
from bankservice.core.errors import Fault, FaultsError
from bankservice.core.special import rounded
from bankservice.satisfaction.changes.net_change import POINTS
from bankservice.satisfaction.changes.share_change import PERCENT
from bankservice.satisfaction.changes.side_by_side import (
    Adjusting,
    ComparedUnit,
    Standing,
    side_by_side,
)
from bankservice.satisfaction.changes.verdicts import PACKAGE, POWER, chance_faults
from bankservice.satisfaction.model import count_faults
from bankservice.satisfaction.scores.intervals import CONFIDENCE
from bankservice.satisfaction.scores.promoters import counted_classes
from bankservice.satisfaction.scores.tally import Cell, Cells

__all__ = ["REST", "Against", "Counts", "UnitComparison", "UnitComparisonFacts", "unit_comparison"]

REST: Final = "rest"
"""Stands for all others together."""

SOME: Final = Says("UNITS_DIFFER", ("better", "worse", "comparisons"))
NONE: Final = Says("UNITS_ALIKE", ("comparisons",))
NOTHING: Final = Says("UNITS_NOTHING")
PAIR: Final = Says("unit-pair", ("unit", "against", "difference", "title", "p_value", "adjusted"))
EMPTY: Final = Says("unit-nobody", ("unit", "against"))


class Against(Enum):
    """What each unit is compared with."""

    REST = "rest"
    PAIRS = "pairs"


@attrs.frozen(kw_only=True)
class Counts:
    """
    Counted answers of a unit: either three classes, or those satisfied of a base.

    Attributes:
        unit: Name of the unit; left out for the parent.
        promoters: Answers 9 and 10, counted.
        passives: Answers 7 and 8, counted.
        detractors: Answers 0 to 6, counted.
        satisfied: Satisfied customers, counted.
        base: Customers who rated.
    """

    unit: str = ""
    promoters: int | None = None
    passives: int | None = None
    detractors: int | None = None
    satisfied: int | None = None
    base: int | None = None

    def __attrs_post_init__(self) -> None:
        faults = [
            fault
            for name, count in self.counts.items()
            if count is not None
            for fault in count_faults(name, count)
        ]
        given = {name for name, count in self.counts.items() if count is not None}
        if given not in _FORMS:
            got = ", ".join(sorted(given)) or "nothing"
            faults.append(Fault("", got, " or ".join(", ".join(form) for form in _FORMS_TOLD)))
        elif self.satisfied is not None and not faults and self.satisfied > (self.base or 0):
            wanted = f"at most {self.base}, the customers who rated"
            faults.append(Fault("satisfied", str(self.satisfied), wanted))
        if faults:
            raise FaultsError("counts of a unit", tuple(faults))

    @property
    def counts(self) -> Mapping[str, int | None]:
        """The counts by name."""
        names = ("promoters", "passives", "detractors", "satisfied", "base")
        return {name: getattr(self, name) for name in names}

    @property
    def is_net(self) -> bool:
        """Whether it is three classes."""
        return self.promoters is not None

    @property
    def classes(self) -> Cells:
        """Answers by what they count: -1, 0 and 1, or 0 and 1."""
        if self.is_net:
            return counted_classes(self.promoters or 0, self.passives or 0, self.detractors or 0)
        satisfied = self.satisfied or 0
        return _even({0: (self.base or 0) - satisfied, 1: satisfied})


_FORMS_TOLD: Final = (("promoters", "passives", "detractors"), ("satisfied", "base"))
_FORMS: Final = tuple(map(set, _FORMS_TOLD))


@attrs.frozen(kw_only=True)
class UnitComparisonFacts:
    """
    Units whose scores are compared, with nobody in two of them.

    Attributes:
        units: Their counted answers, all of one form.
        parent: Counts of the whole they belong to, where that has more than them; what is left of
            it without a unit is its rest.
        against: `rest`, or `pairs` for each unit with each other.
        adjust: `holm`, or `benjamini-hochberg`, which finds more, of which some are chance.
        confidence: How sure intervals and verdicts are, between 0 and 1.
    """

    units: tuple[Counts, ...]
    parent: Counts | None = None
    against: Against = Against.REST
    adjust: Adjusting = Adjusting.HOLM
    confidence: Decimal = CONFIDENCE

    def __attrs_post_init__(self) -> None:
        faults = [*chance_faults(self.confidence, POWER), *self._unit_faults()]
        if faults:
            raise FaultsError("units to be compared", tuple(faults))

    def _unit_faults(self) -> Iterator[Fault]:
        names = [each.unit for each in self.units]
        for place, each in enumerate(self.units):
            if not each.unit or each.unit in names[:place]:
                got = f"`{each.unit}` once more" if each.unit else "nothing"
                yield Fault(f"units[{place}].unit", got, "a name that no other unit has")
            elif each.is_net is not self.units[0].is_net:
                wanted = " and ".join(_FORMS_TOLD[0 if self.units[0].is_net else 1])
                yield Fault(f"units[{place}]", "counts of another score", f"{wanted}, as the first")
        if self.parent is None or not self.units:
            return
        if self.parent.is_net is not self.units[0].is_net:
            yield Fault("parent", "counts of another score", "the counts that the units have")
            return
        for value, cell in self.parent.classes.items():
            least = sum(each.classes[value].n for each in self.units if value in each.classes)
            if cell.n < least:
                got = f"{cell.n} answers that count {value}"
                yield Fault("parent", got, f"at least {least}, as the units have together")


@attrs.frozen(kw_only=True)
class UnitComparison:
    """
    Units side by side.

    Attributes:
        comparisons: One for each unit, or for each pair, in the order of the facts.
        tests: Of them could be tested; so many are adjusted for.
        better: Units that stand above what they are compared with.
        worse: Units that stand below.
        adjust: How p-values are adjusted for the verdicts.
    """

    comparisons: tuple[ComparedUnit, ...]
    tests: int
    better: tuple[str, ...]
    worse: tuple[str, ...]
    adjust: Adjusting


def _pairs(facts: UnitComparisonFacts) -> list[tuple[str, Cells, str, Cells]]:
    units = [(each.unit, each.classes) for each in facts.units]
    if facts.against is Against.PAIRS:
        return [(*first, *second) for first, second in combinations(units, 2)]
    whole: dict[int, int] = {}
    for cells in [cells for _, cells in units] if facts.parent is None else [facts.parent.classes]:
        for value, cell in cells.items():
            whole[value] = whole.get(value, 0) + cell.n
    return [
        (name, cells, REST, _even({value: n - cells[value].n for value, n in whole.items()}))
        for name, cells in units
    ]


def _even(counts: Mapping[int, int]) -> dict[int, Cell]:
    """Return counts as cells of answers that all weigh 1."""
    return {value: Cell(n, float(n), float(n)) for value, n in counts.items()}


def _unit_comparison(
    facts: UnitComparisonFacts, parameters: None, trace: Trace | None
) -> UnitComparison:
    """
    Tell which units score better or worse than the rest, after counting the tests.

    Who compares twenty branches at 95 % finds one that differs where none does. So p-values are
    adjusted: by Holm, which keeps the risk of a single false finding, or by Benjamini and Hochberg,
    which keep the share of false ones. A unit is compared with the others together, without itself:
    a whole that contains it would hide half of what it has. NPS goes by the adjusted Wald method,
    shares by pooled z, and by Fisher too in small tables. A unit over nobody is not tested and does
    not count among the tests.

    Raises:
        FaultsError: If a name stands twice, counts are below 0 or of two forms, the parent has
            fewer than its units, or the confidence is not between 0 and 1.

    Source:
        Holm (1979); Benjamini and Hochberg (1995).

    Examples:
        >>> from bankservice.satisfaction import unit_comparison
        >>> found = unit_comparison(
        ...     units=[
        ...         {"unit": "north", "satisfied": 90, "base": 100},
        ...         {"unit": "south", "satisfied": 70, "base": 100},
        ...         {"unit": "west", "satisfied": 80, "base": 100},
        ...     ]
        ... ).outcome
        >>> found.better, found.worse, [round(each.holm, 4) for each in found.comparisons]
        (('north',), ('south',), [Decimal('0.0066'), Decimal('0.0066'), Decimal('1.0000')])
    """
    net = bool(facts.units) and facts.units[0].is_net
    confidence = float(facts.confidence)
    compared = side_by_side(_pairs(facts), net=net, confidence=confidence, adjust=facts.adjust)
    if trace is not None:
        _tell(facts, compared, trace)
    stood = {
        standing: tuple(dict.fromkeys(each.unit for each in compared if each.verdict is standing))
        for standing in Standing
    }
    if facts.against is Against.PAIRS:
        # Of a pair the one is as much worse as the other is better.
        stands = {(each.unit, each.verdict) for each in compared}
        stands |= {(each.against, _OTHERWISE[each.verdict]) for each in compared}
        stood = {
            standing: tuple(each.unit for each in facts.units if (each.unit, standing) in stands)
            for standing in Standing
        }
    return UnitComparison(
        comparisons=compared,
        tests=sum(each.p_value is not None for each in compared),
        better=stood[Standing.BETTER],
        worse=stood[Standing.WORSE],
        adjust=facts.adjust,
    )


_OTHERWISE: Final = {
    Standing.BETTER: Standing.WORSE,
    Standing.WORSE: Standing.BETTER,
    Standing.NO_EVIDENCE: Standing.NO_EVIDENCE,
}


def _tell(facts: UnitComparisonFacts, compared: Sequence[ComparedUnit], trace: Trace) -> None:
    unit = POINTS if facts.units and facts.units[0].is_net else PERCENT
    for each in compared:
        if each.difference is None or each.p_value is None or each.holm is None or each.bh is None:
            trace.check(EMPTY(unit=each.unit, against=each.against), held=None)
            continue
        chosen = each.holm if facts.adjust is Adjusting.HOLM else each.bh
        pair = PAIR(
            unit=each.unit,
            against=each.against,
            difference=unit.of(each.difference),
            title=unit.title,
            p_value=rounded(float(each.p_value), 4),
            adjusted=rounded(float(chosen), 4),
        )
        trace.check(pair, held=each.verdict is not Standing.NO_EVIDENCE)


def _headline(facts: UnitComparisonFacts, parameters: None, outcome: UnitComparison) -> Reason:
    if not outcome.tests:
        return NOTHING()
    if not outcome.better and not outcome.worse:
        return NONE(comparisons=outcome.tests)
    return SOME(better=len(outcome.better), worse=len(outcome.worse), comparisons=outcome.tests)


unit_comparison: Final[Rule[UnitComparisonFacts, None, UnitComparison]] = Rule(
    id="satisfaction.unit-comparison",
    facts=UnitComparisonFacts,
    outcome=UnitComparison,
    evaluate=_unit_comparison,
    headline=_headline,
    says=(SOME, NONE, NOTHING, PAIR, EMPTY),
    package=PACKAGE,
)
